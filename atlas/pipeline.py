"""One region from its definitions to all its frames; read top to bottom, it is the method."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.access import acceptance, distances_km, shares_abroad
from atlas.allocation import TOLERANCE, check_conserved
from atlas.areas import measure_area_km2, municipalities_of, partition
from atlas.catalog import choose, find_home, load
from atlas.errors import DataError, problem
from atlas.facilities import locate_facilities, locate_points
from atlas.gaps import programme
from atlas.ground import Ground, lay_ground
from atlas.inputs import Inputs, datasets_of, read_inputs
from atlas.journeys import flow_lines, nearest_plants, starting_points
from atlas.provenance import edition_hash, source_table
from atlas.ranges import graded
from atlas.reconciliation import headline_figures
from atlas.release import put_on_market, releases
from atlas.reports import REPORT_GRADE, report_table
from atlas.scenarios import BASES, REPORT
from atlas.scenarios import table as scenario_table
from atlas.stocks import count_key, count_points, count_table, stock_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import geopandas as gpd

    from atlas.definitions import Catalog, Region, Stock
    from atlas.grid import Grid

# The first year after every stock was counted; a plain release is the same every year.
YEAR = 2026
# Europe has no limit in kilometres.
REACH_KM = np.inf


@dataclass(frozen=True)
class Atlas:
    """Everything that is known of a region, in the frames of the contract.

    `zones` to `headline_figures` are the layers and tables by their published names; geometry is in
    the region's metric CRS.  `nearest` has for every zone and stream the nearest plant that takes
    it, and its kilometres; `national` the figures of the country and `figures_year` the year that
    region and country are compared in; `residents` is the grid; `water` a backdrop.
    """

    region: Region
    catalog: Catalog
    zones: gpd.GeoDataFrame
    municipalities: gpd.GeoDataFrame
    scenarios: pd.DataFrame
    stocks: pd.DataFrame
    materials: pd.DataFrame
    releases: pd.DataFrame
    gaps: pd.DataFrame
    flows: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    collection_points: gpd.GeoDataFrame
    coverage: pd.DataFrame
    sources: pd.DataFrame
    findings: pd.DataFrame
    headline_figures: pd.DataFrame
    nearest: pd.DataFrame
    national: pd.DataFrame
    figures_year: int
    centres: gpd.GeoSeries
    residents: Grid
    water: gpd.GeoDataFrame | None
    reference_date: date
    edition: str


def build(
    region: str = "zuid-holland",
    *,
    home: Path | None = None,
    residents_grid: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Atlas:
    """Build the atlas of a region in memory.

    Parameters
    ----------
    region
        The name of a file in layers/areas.
    home
        The folder with layers/, maps/ and data/; by default the working folder's, else the
        package's own.
    residents_grid
        A GeoTIFF of residents per cell that takes the place of the grid built from districts.
    progress
        Called with a few words before each step.

    Raises
    ------
    AtlasError
        When a definition or a data file is wrong, or anything is lost on the way.
    """
    progress("definitions")
    catalog = load(find_home(Path.cwd()) if home is None else home)
    area = choose(catalog.regions, region, what="region")
    progress("sources")
    inputs = read_inputs(catalog, area)
    progress("zones")
    zones = partition(inputs.municipalities, inputs.ports)
    zones["area_km2"] = measure_area_km2(zones, crs=area.crs.area).to_numpy()
    progress("residents")
    ground, findings = lay_ground(catalog, area, inputs, zones, grid_file=residents_grid)
    zones = ground.zones
    progress("stocks")
    stocks, materials = _stocks(catalog, area, inputs, ground)
    progress("releases")
    released = _releases(catalog, inputs, ground, stocks)
    progress("facilities")
    plants, plant_findings = locate_facilities(inputs.facilities, zones, streams=_streams(inputs))
    points, point_findings = locate_points(
        inputs.collection_points, zones, accepted=inputs.accepted
    )
    progress("capacity gap")
    gaps, flows, nearest = _gaps(catalog, area, inputs, ground, released, plants)
    progress("reconciliation")
    report = catalog.reports["headline_figures"]
    headlines = headline_figures(inputs.headlines, stocks, report.register, where=report.where)
    findings = pd.concat(
        [
            findings,
            plant_findings.assign(layer="facilities"),
            point_findings.assign(layer="collection_points"),
        ],
        ignore_index=True,
    )
    sums = zones[["area_km2", "residents", "households"]]
    datasets = datasets_of(catalog, area)
    return Atlas(
        region=area,
        catalog=catalog,
        zones=zones,
        municipalities=municipalities_of(zones, sums),
        scenarios=scenario_table(),
        stocks=stocks,
        materials=materials,
        releases=released,
        gaps=gaps,
        flows=flows,
        facilities=plants,
        collection_points=points,
        coverage=inputs.coverage,
        sources=source_table(catalog, area, residents_grid=residents_grid),
        findings=findings,
        headline_figures=headlines,
        nearest=nearest,
        national=inputs.national,
        figures_year=inputs.figures_year,
        centres=ground.centres,
        residents=ground.grid,
        water=inputs.water,
        reference_date=max(d.source.reference_date for d in datasets),
        edition=edition_hash(catalog, area, residents_grid=residents_grid),
    )


def _stocks(
    catalog: Catalog, region: Region, inputs: Inputs, ground: Ground
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count every stream on both bases; also the tonnes of CRM that the report gives."""
    grades = {name: key.grade for name, key in catalog.keys.items()}
    tables, materials = [], []
    # A report speaks of one region; elsewhere there is no such basis.
    own = inputs.headlines[inputs.headlines["region"] == region.title.nl]
    for stock in catalog.stocks.values():
        counted = _count(stock, inputs, ground)
        register = stock_table(stock, counted, ground.zones, key_grades=grades)
        report, crm = report_table(stock, register, own, year=inputs.report_year)
        tables += [register, report]
        materials.append(crm)
    low, high = graded(REPORT_GRADE)
    columns = ["zone_id", "stream", "scenario_id", "layer", "year", "element", "critical"]
    columns += ["strategic", "mass_t", "mass_t_low", "mass_t_high", "grade"]
    filled = [table for table in tables if not table.empty]
    some = [table for table in materials if not table.empty]
    if not some:
        return pd.concat(filled, ignore_index=True), pd.DataFrame(columns=columns)
    named = pd.concat(some, ignore_index=True)
    named = named.assign(
        scenario_id=REPORT,
        layer="stock",
        critical=True,
        strategic=pd.array([pd.NA] * len(named), dtype="boolean"),
        mass_t_low=named["mass_t"] * low,
        mass_t_high=named["mass_t"] * high,
        grade=REPORT_GRADE,
    )
    return pd.concat(filled, ignore_index=True), named[columns]


def _count(stock: Stock, inputs: Inputs, ground: Ground) -> pd.DataFrame:
    """Count the measures of a stream on zones, and hold the sum against the source."""
    if stock.method == "points":
        points = ground.placed[stock.id]
        counted = count_points(stock, points)
        for measure in (m for m in stock.measures if m.of is None):
            before = points[measure.column].sum() if measure.column else len(points)
            check_conserved(
                float(before), float(counted[measure.id].sum()), where=f"{stock.id} {measure.id}"
            )
        return counted
    if stock.method == "table":
        rows = inputs.stocks[stock.id]
        rows = rows[rows["year"] == stock.year]
        if rows.empty:
            raise DataError(
                problem(
                    stock.where, f"no rows of {stock.year}", "the year of the stock", "correct it"
                )
            )
        return count_table(stock, rows, ground.zones, keys=ground.keys)
    return count_key(
        stock,
        key=ground.keys[stock.keys["all"]],
        of_region=float(ground.zones["residents"].sum()),
        of_year=inputs.figures_year,
        national=inputs.national,
    )


def _releases(
    catalog: Catalog, inputs: Inputs, ground: Ground, stocks: pd.DataFrame
) -> pd.DataFrame:
    """Release and collect every stream on both bases."""
    people = float(ground.zones["residents"].sum())
    tables = []
    for stock in catalog.stocks.values():
        market = put_on_market(
            stock,
            key=ground.keys[stock.keys.get("all", "residents")],
            key_grade=catalog.keys[stock.keys.get("all", "residents")].grade,
            of_region=people,
            of_year=inputs.figures_year,
            national=inputs.national,
        )
        for basis, scenario_id in BASES.items():
            rows = stocks[(stocks["stream"] == stock.id) & (stocks["basis"] == basis)]
            if not rows.empty:
                tables.append(
                    releases(stock, rows, scenario_id=scenario_id, years=[YEAR], market=market)
                )
    return pd.concat(tables, ignore_index=True)


def _gaps(  # noqa: PLR0913, PLR0917 - the programme is where everything meets
    catalog: Catalog,
    region: Region,
    inputs: Inputs,
    ground: Ground,
    released: pd.DataFrame,
    plants: gpd.GeoDataFrame,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    """Solve the capacity programme of every scenario; also the nearest plant of every zone."""
    steps = {stock.id: stock.step for stock in catalog.stocks.values()}
    accepts = acceptance(
        plants,
        inputs.fractions,
        steps,
        year=YEAR,
        foreign_share=shares_abroad(inputs.national, home=region.country),
    )
    degrees = plants.geometry.to_crs("EPSG:4326")
    ends = pd.DataFrame({"longitude": degrees.x, "latitude": degrees.y})
    starts = starting_points(catalog.stocks, ground.zones, ground.centres, ground.placed)
    gaps, flows = [], []
    for scenario_id, rows in released.groupby("scenario_id", sort=False):
        nodes = rows[["zone_id", "stream", "scenario_id", "year", "collected_t", "grade"]]
        nodes = nodes.merge(starts, on=["zone_id", "stream"], how="left")
        km = distances_km(nodes, ends, detour_factor=region.detour_factor)
        solved, carried = programme(nodes, accepts, km, limit_km=REACH_KM)
        gaps.append(solved)
        flows.append(carried.assign(scenario_id=scenario_id, year=YEAR))
    table = pd.concat(gaps, ignore_index=True)
    table["step"] = table["stream"].map(steps)
    # A gap that depends on what nobody knows is an order of magnitude, whatever was collected.
    wide = table["capacity_gap_t"] - table["capacity_gap_t_best"] > TOLERANCE
    table["grade"] = table["grade"].where(~wide, "D")
    columns = ["zone_id", "stream", "scenario_id", "step", "year", "collected_t", "processed_t"]
    columns += ["processed_t_best", "capacity_gap_t", "capacity_gap_t_best", "why", "grade"]
    lines = flow_lines(pd.concat(flows, ignore_index=True), starts, plants, steps)
    return (
        table[columns],
        lines,
        nearest_plants(starts, ends, accepts, detour_factor=region.detour_factor),
    )


def _streams(inputs: Inputs) -> list[str]:
    """Return every stream a plant may take, also those that have no stock here yet."""
    return sorted(set(inputs.fractions["stream"]))
