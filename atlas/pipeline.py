"""One region from its definitions to all its frames; read top to bottom, it is the method."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from atlas.amounts import Known
from atlas.areas import measure_area_km2, municipalities_of, partition
from atlas.capacity import access_of, balance
from atlas.catalog import choose, find_home, load
from atlas.chains import chains_of
from atlas.costs import read_costs
from atlas.cover import cover
from atlas.definitions import FIRST_YEAR
from atlas.facilities import locate_facilities, locate_points
from atlas.ground import lay_ground
from atlas.inputs import datasets_of, read_inputs
from atlas.materials import materials_of
from atlas.outside import outside_ratios
from atlas.proposals import proposals_of, site_layer
from atlas.provenance import edition_hash, source_table
from atlas.reconciliation import headline_figures
from atlas.scenarios import DEFAULT, REPORT, same_supply, scenarios, solved_in, table
from atlas.sites import locate_sites
from atlas.streams import streams_of
from atlas.supply import release_table, reported, run_supply

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from atlas.capacity import Balance
    from atlas.catalog import Catalog
    from atlas.definitions import Region, Step
    from atlas.ground import Ground
    from atlas.inputs import Inputs
    from atlas.proposals import Proposal
    from atlas.scenarios import Scenario
    from atlas.streams import Streams
    from atlas.supply import Run

    Floats = NDArray[np.float64]

# The years of tables that would be too long with all of them.
REFERENCE_YEARS = (2025, 2030, 2035, 2040, 2050)


@dataclass(frozen=True)
class Atlas:
    """Everything that is known of a region: the frames of CONTRACT, and what they are made from.

    Numbers end in their unit (`_t` tonnes, `_t_per_a`, `_km`, `_km2`, `_m`); missing is missing,
    never 0.  What has no place stands in rows with the zone_id ``unallocated``, in `gaps`, `flows`
    and `recovery` the rest of the country as ``outside``: the rows of a stream sum to what went in.
    `layers` gives the frames as the files have them; layers/dictionary.toml tells every column.

    Attributes
    ----------
    zones, municipalities : polygons in the region's metric CRS, area_km2, residents, households
    scenarios : the default, and a row for each switch turned
    stocks : by zone_id, stream, basis, year, measure: value (_low, _high) in unit, grade
    elements, eu_list : what is critical and strategic
    materials : by zone_id, stream, scenario_id, layer, year, element: mass_t (_low, _high); the
        elements crm and crm_other are totals beside the others
    releases : by zone_id, stream, scenario_id, year: released_t, collected_t (_low, _high)
    gaps : by zone_id, stream, scenario_id, step, year: collected_t, processed_t, capacity_gap_t,
        unknown capacity counted for nothing, and as endless (_best)
    recovery : by zone_id, stream, scenario_id, year, element: processed_t, recovered_t
    flows : lines from zone_id to facility_id by stream, step, year: tonnes, distance_km
    facilities, collection_points : points, no geometry where the place is not known
    sources, findings, headline_figures : provenance; repairs; reports beside registers
    coverage, cover : how complete the points are; residents within distance_km of one
    nearest, chains, gap_starts : the nearest plant; how far chains reach; from when they fall short
    sites, candidates, proposals : ranked sites; all that were looked at; what was asked and found
    streams, runs, balance, known, inputs, ground : steps of the method, for what is told of it
    national, figures_year, water : figures of the country and their year; a backdrop
    reference_date, edition : of the newest source; a hash of all that went in
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
    chains: pd.DataFrame
    gap_starts: pd.DataFrame
    cover: pd.DataFrame
    sites: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame | None
    proposals: tuple[Proposal, ...]
    streams: Streams
    runs: dict[str, dict[str, Run]]
    balance: Balance
    known: Known
    inputs: Inputs
    national: pd.DataFrame
    figures_year: int
    ground: Ground
    water: gpd.GeoDataFrame | None
    reference_date: date
    edition: str


def build(
    region: str = "zuid-holland",
    *,
    home: Path | None = None,
    residents_grid: Path | None = None,
    costs: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Atlas:
    """Build the atlas of a region in memory; no file is written.

    Parameters
    ----------
    region
        The name of a file in layers/areas.
    home
        The folder with layers/, maps/ and data/; by default the working folder's, else the
        package's own.
    residents_grid
        A GeoTIFF of residents per cell that takes the place of the grid built from districts.
    costs
        A table of kilometres or minutes that takes the place of the straight line and its detour.
    progress
        Called with a few words before each step.

    Returns
    -------
    Atlas
        The frames of CONTRACT by their names, as attributes.

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
    files = {"residents_grid": residents_grid, "costs": costs}
    given = {name: path for name, path in files.items() if path is not None}
    datasets = datasets_of(catalog, area)
    reference_date = max(d.source.reference_date for d in datasets)
    access = access_of(
        area,
        inputs,
        ground,
        plants,
        steps={name: supply.step for name, supply in streams.supplies.items()},
        ratios=outside_ratios(catalog, area, inputs, ground, stocks=streams.stocks),
        costs=None if costs is None else read_costs(costs),
        reference_year=reference_date.year,
    )
    solved = balance(access, rows, runs, flow_years=REFERENCE_YEARS)
    chains, gap_starts = chains_of(access, runs)
    processed = _processed(solved, rows)
    progress("sites")
    candidates, site_findings = _candidates(inputs, zones)
    proposals = proposals_of(
        catalog.maps.values(),
        solved,
        rows,
        runs,
        candidates,
        inputs.plant_sizes,
        detour_factor=area.detour_factor,
    )
    progress("cover")
    covered = cover(
        ground.cells,
        ground.grid,
        zones,
        points,
        inputs.coverage,
        streams=[stock.id for stock in catalog.stocks.values() if stock.handed_in],
        detour_factor=area.detour_factor,
    )
    progress("materials")
    materials, recovery = _materials(inputs, runs, processed)
    materials = pd.concat(
        [table for table in (materials, streams.materials) if len(table)], ignore_index=True
    )
    releases = pd.concat(
        [
            release_table(each)
            for scenario in rows
            if _own_supply(scenario)
            for each in runs[scenario.scenario_id].values()
        ],
        ignore_index=True,
    )
    progress("reconciliation")
    report = catalog.reports["headline_figures"]
    known = Known(
        catalog=catalog,
        runs=runs,
        stocks=streams.stocks,
        materials=materials,
        gaps=solved.gaps,
        processed=processed,
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
            *([] if site_findings is None else [site_findings.assign(layer="candidate_sites")]),
        ],
        ignore_index=True,
    )
    sums = zones[["area_km2", "residents", "households"]]
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
        gaps=solved.gaps,
        recovery=recovery,
        flows=solved.flows,
        facilities=plants,
        collection_points=points,
        coverage=inputs.coverage,
        sources=source_table(catalog, area, own=given),
        findings=findings,
        headline_figures=headlines,
        nearest=solved.nearest,
        chains=chains,
        gap_starts=gap_starts,
        cover=covered,
        sites=site_layer(proposals, candidates, crs=area.crs.metric),
        candidates=candidates,
        proposals=proposals,
        streams=streams,
        runs=runs,
        balance=solved,
        known=known,
        inputs=inputs,
        national=inputs.national,
        figures_year=inputs.figures_year,
        ground=ground,
        water=inputs.water,
        reference_date=reference_date,
        edition=edition_hash(catalog, area, own=given),
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
        elif not _own_supply(scenario):
            runs[scenario.scenario_id] = {
                name: replace(run, scenario=scenario) for name, run in runs[DEFAULT].items()
            }
        else:
            runs[scenario.scenario_id] = {
                name: run_supply(supply, scenario) for name, supply in streams.supplies.items()
            }
    return rows, runs


def _candidates(
    inputs: Inputs, zones: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    """Place the candidate sites; None where the region has none."""
    if inputs.candidate_sites is None:
        return None, None
    return locate_sites(inputs.candidate_sites, zones)


def _own_supply(scenario: Scenario) -> bool:
    """Tell whether what is released is worked out in a scenario, and not that of the default."""
    return scenario.scenario_id == DEFAULT or not same_supply(scenario)


def _processed(
    solved: Balance, rows: list[Scenario]
) -> dict[str, dict[str, dict[Step, tuple[Floats, Floats]]]]:
    """Return what passes each step of each stream on the places of the region."""
    nodes, chain = solved.access.network.nodes, solved.access.network.chain
    streams = dict.fromkeys(nodes["stream"])
    own = {s: ((nodes["stream"] == s) & nodes["ours"]).to_numpy() for s in streams}
    found: dict[str, dict[str, dict[Step, tuple[Floats, Floats]]]] = {}
    for row in rows:
        passed = solved.passed[row.scenario_id]
        found[row.scenario_id] = {
            stream: {
                step: (passed.worst[step][own[stream]], passed.best[step][own[stream]])
                for step in chain[stream]
            }
            for stream in streams
        }
    return found


def _materials(
    inputs: Inputs,
    runs: dict[str, dict[str, Run]],
    passed: dict[str, dict[str, dict[Step, tuple[Floats, Floats]]]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return materials and recovery of every scenario that changes what is released.

    In the others elements are those of the default, times what passes the last step.
    """
    materials, recovery = [], []
    for own in runs.values():
        for name, each in own.items():
            if not each.elements or not _own_supply(each.scenario):
                continue
            last = list(passed[solved_in(each.scenario)][name].values())[-1]
            start = int(each.leaving.years[0]) - FIRST_YEAR
            processed = (last[0][:, start:], last[1][:, start:])
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
