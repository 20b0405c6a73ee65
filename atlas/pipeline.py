"""One region from its definitions to all its frames; read top to bottom, it is the method."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.access import acceptance, counts, distances_km, shares_abroad
from atlas.allocation import TOLERANCE
from atlas.amounts import Known
from atlas.areas import measure_area_km2, municipalities_of, partition
from atlas.catalog import choose, find_home, load
from atlas.definitions import FIRST_YEAR, LAST_YEAR
from atlas.facilities import locate_facilities, locate_points
from atlas.gaps import programme
from atlas.ground import lay_ground
from atlas.inputs import datasets_of, read_inputs
from atlas.journeys import flow_lines, nearest_plants, starting_points
from atlas.materials import materials_of
from atlas.provenance import edition_hash, source_table
from atlas.reconciliation import headline_figures
from atlas.scenarios import DEFAULT, REPORT, same_product, scenarios, table
from atlas.streams import streams_of
from atlas.supply import release_table, reported, run_supply

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import geopandas as gpd

    from atlas.definitions import Catalog, Region
    from atlas.grid import Grid
    from atlas.ground import Ground
    from atlas.inputs import Inputs
    from atlas.scenarios import Scenario
    from atlas.streams import Streams
    from atlas.supply import Run

# The years of tables that would be too long with all of them.
REFERENCE_YEARS = (2025, 2030, 2035, 2040, 2050)
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
    elements: pd.DataFrame
    eu_list: pd.DataFrame
    materials: pd.DataFrame
    releases: pd.DataFrame
    gaps: pd.DataFrame
    recovery: pd.DataFrame
    flows: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    collection_points: gpd.GeoDataFrame
    coverage: pd.DataFrame
    sources: pd.DataFrame
    findings: pd.DataFrame
    headline_figures: pd.DataFrame
    nearest: pd.DataFrame
    streams: Streams
    runs: dict[str, dict[str, Run]]
    known: Known
    inputs: Inputs
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
    streams = streams_of(catalog, area, inputs, ground)
    progress("releases")
    rows, runs = _release(catalog, streams)
    progress("facilities")
    plants, plant_findings = locate_facilities(inputs.facilities, zones, streams=_streams(inputs))
    points, point_findings = locate_points(
        inputs.collection_points, zones, accepted=inputs.accepted
    )
    progress("capacity gap")
    gaps, flows, nearest = _gaps(area, inputs, ground, runs, plants)
    progress("materials")
    materials, recovery = _materials(inputs, runs, gaps)
    materials = pd.concat(
        [table for table in (materials, streams.materials) if len(table)], ignore_index=True
    )
    releases = pd.concat(
        [release_table(each) for own in runs.values() for each in own.values()], ignore_index=True
    )
    progress("reconciliation")
    report = catalog.reports["headline_figures"]
    known = Known(
        catalog=catalog,
        runs=runs,
        stocks=streams.stocks,
        materials=materials,
        gaps=gaps,
        elements=inputs.elements,
        yields=inputs.yields,
    )
    headlines = headline_figures(inputs.headlines, known, report.register, where=report.where)
    findings = pd.concat(
        [
            findings,
            streams.findings,
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
        scenarios=table(rows),
        elements=inputs.elements,
        eu_list=inputs.eu_list,
        stocks=streams.stocks,
        materials=materials,
        releases=releases,
        gaps=gaps,
        recovery=recovery,
        flows=flows,
        facilities=plants,
        collection_points=points,
        coverage=inputs.coverage,
        sources=source_table(catalog, area, residents_grid=residents_grid),
        findings=findings,
        headline_figures=headlines,
        nearest=nearest,
        streams=streams,
        runs=runs,
        known=known,
        inputs=inputs,
        national=inputs.national,
        figures_year=inputs.figures_year,
        centres=ground.centres,
        residents=ground.grid,
        water=inputs.water,
        reference_date=max(d.source.reference_date for d in datasets),
        edition=edition_hash(catalog, area, residents_grid=residents_grid),
    )


def _release(
    catalog: Catalog, streams: Streams
) -> tuple[list[Scenario], dict[str, dict[str, Run]]]:
    """Run every stream in every scenario: scenario -> stream -> run."""
    rows = scenarios([*catalog.stocks.values(), *catalog.flows.values()])
    runs: dict[str, dict[str, Run]] = {}
    for scenario in rows:
        if scenario.scenario_id == REPORT:
            # A report has a flow as the register has it: once.
            runs[REPORT] = {
                name: reported(run, streams.reported.get(name, 1.0), scenario)
                for name, run in runs[DEFAULT].items()
                if name in streams.reported or run.holding.base is None
            }
        else:
            runs[scenario.scenario_id] = {
                name: run_supply(supply, scenario) for name, supply in streams.supplies.items()
            }
    return rows, runs


def _gaps(
    region: Region,
    inputs: Inputs,
    ground: Ground,
    runs: dict[str, dict[str, Run]],
    plants: gpd.GeoDataFrame,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    """Solve the capacity programme of every year; also the nearest plant of every zone.

    On both bases; what is in the products changes nothing here, and the other scenarios wait for
    the programme to be solved in them.
    """
    steps = {name: run.supply.step for name, run in runs[DEFAULT].items()}
    degrees = plants.geometry.to_crs("EPSG:4326")
    ends = pd.DataFrame({"longitude": degrees.x, "latitude": degrees.y})
    starts = starting_points(steps, ground.zones, ground.centres, ground.placed)
    abroad = shares_abroad(inputs.national, home=region.country)
    known: dict[tuple[bool, ...], pd.DataFrame] = {}

    def accepts(year: int) -> pd.DataFrame:
        # The same plants run in most years.
        running = tuple(
            counts(*plant, year=year)
            for plant in zip(plants["status"], plants["step"], plants["from_year"], strict=True)
        )
        if running not in known:
            known[running] = acceptance(
                plants, inputs.fractions, steps, year=year, foreign_share=abroad
            )
        return known[running]

    gaps, flows = [], []
    for scenario_id in (DEFAULT, REPORT):
        table = pd.concat([release_table(run) for run in runs.get(scenario_id, {}).values()])
        nodes = table.rename(columns={"grade": "released_grade", "collected_grade": "grade"})
        nodes = nodes[["zone_id", "stream", "scenario_id", "year", "collected_t", "grade"]]
        nodes = nodes.merge(starts, on=["zone_id", "stream"], how="left")
        one = nodes[nodes["year"] == FIRST_YEAR].reset_index(drop=True)
        km = distances_km(one, ends, detour_factor=region.detour_factor)
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            rows = nodes[nodes["year"] == year]
            there = rows["collected_t"].notna().to_numpy()
            solved, carried = programme(
                rows[there].reset_index(drop=True),
                accepts(year),
                km[there],
                limit_km=REACH_KM,
                draw=scenario_id == DEFAULT and year in REFERENCE_YEARS,
            )
            gaps += [solved, rows[~there]]
            flows.append(carried.assign(scenario_id=scenario_id, year=year))
    gap = pd.concat([table for table in gaps if len(table)], ignore_index=True)
    gap["step"] = gap["stream"].map(steps)
    # A gap that depends on what nobody knows is an order of magnitude, whatever was collected.
    wide = gap["capacity_gap_t"] - gap["capacity_gap_t_best"] > TOLERANCE
    gap["grade"] = gap["grade"].where(~wide, "D")
    gap = gap.sort_values(["scenario_id", "stream", "zone_id", "year"], key=_by_place(starts))
    columns = ["zone_id", "stream", "scenario_id", "step", "year", "collected_t", "processed_t"]
    columns += ["processed_t_best", "capacity_gap_t", "capacity_gap_t_best", "why", "grade"]
    lines = flow_lines(
        pd.concat([table for table in flows if len(table)], ignore_index=True),
        starts,
        plants,
        steps,
    )
    return (
        gap[columns].reset_index(drop=True),
        lines,
        nearest_plants(
            starts, ends, accepts(REFERENCE_YEARS[0]), detour_factor=region.detour_factor
        ),
    )


def _by_place(starts: pd.DataFrame) -> Callable[[pd.Series], pd.Series]:
    """Return the key that sorts zones and streams as they stand, not by their names."""
    order = {
        column: {name: place for place, name in enumerate(dict.fromkeys(starts[column]))}
        for column in ("zone_id", "stream")
    }
    order["scenario_id"] = {DEFAULT: 0, REPORT: 1}

    def key(column: pd.Series) -> pd.Series:
        return column.map(order[str(column.name)]) if column.name in order else column

    return key


def _materials(
    inputs: Inputs, runs: dict[str, dict[str, Run]], gaps: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return materials and recovery of every scenario.

    Scenarios that change only what is in the products have the programme of the default.
    """
    materials, recovery = [], []
    for own in runs.values():
        for name, each in own.items():
            if not each.elements:
                continue
            processed = None
            same = DEFAULT if same_product(each.scenario) else each.scenario.scenario_id
            solved = gaps[(gaps["scenario_id"] == same) & (gaps["stream"] == name)]
            if len(solved):
                places, shown = list(each.holding.places), list(each.leaving.years)
                worst, best = (
                    solved.pivot(index="zone_id", columns="year", values=column)
                    .loc[places, shown]
                    .to_numpy()
                    for column in ("processed_t", "processed_t_best")
                )
                processed = (worst, best)
            found, back = materials_of(
                each,
                inputs.elements,
                years=REFERENCE_YEARS,
                processed_t=processed,
                yields=inputs.yields,
            )
            materials.append(found)
            recovery.append(back)
    return (
        pd.concat([table for table in materials if len(table)], ignore_index=True),
        pd.concat([table for table in recovery if len(table)], ignore_index=True),
    )


def _streams(inputs: Inputs) -> list[str]:
    """Return every stream a plant may take, also those that have no stock here yet."""
    return sorted(set(inputs.fractions["stream"]))
