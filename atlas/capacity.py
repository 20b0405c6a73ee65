"""What is collected against what plants can take: every scenario of the capacity programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.access import (
    acceptance,
    capacities,
    distances_km,
    mass_shares,
    part_here,
    running,
    shares_abroad,
    within_reach,
)
from atlas.costs import with_costs
from atlas.definitions import FIRST_YEAR, LAST_YEAR
from atlas.journeys import flow_lines, nearest_plants, starting_points
from atlas.outside import regions_outside
from atlas.programme import Setting, flows_of, gap_table, network_of, solve
from atlas.ranges import grades_of
from atlas.scenarios import DEFAULT, REPORT, same_supply, solved_in
from atlas.sites import median_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from atlas.costs import Costs
    from atlas.definitions import Region, Step
    from atlas.ground import Ground
    from atlas.inputs import Inputs
    from atlas.programme import Network, Passed
    from atlas.scenarios import Scenario
    from atlas.supply import Run

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

YEARS = np.arange(FIRST_YEAR, LAST_YEAR + 1)


@dataclass(frozen=True)
class Access:
    """Nodes, plants, and what lies between them, the same in every scenario.

    `km` (n, m) are the kilometres and `cost` what journeys are chosen by: the same, or the minutes
    of a user's table.  `accepts` is from `access.acceptance`, `median_t` the median size of a plant
    like each, `abroad` the part of the plants of each country that is for `home`.  `outside` has
    the regions of the rest of the country and their share of its people, `ratios` how many times
    the region it has of each stream; `gap_steps` the step that each gap is taken at, `fraction_at`
    what arrives at each step of each stream.
    """

    network: Network
    plants: gpd.GeoDataFrame
    accepts: pd.DataFrame
    fractions: pd.DataFrame
    km: Floats
    cost: Floats
    median_t: Floats
    home: str
    abroad: Mapping[str, float]
    outside: pd.DataFrame
    ratios: Mapping[str, float]
    planned_from: int
    gap_steps: Mapping[str, Step]
    fraction_at: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Balance:
    """The capacity programme of a region in every scenario.

    `gaps` and `flows` are CONTRACT's; `nearest` has the nearest plant of every zone, stream and
    step; `passed` the arrays behind the gaps, by scenario.
    """

    access: Access
    settings: dict[str, Setting]
    passed: dict[str, Passed]
    gaps: pd.DataFrame
    flows: gpd.GeoDataFrame
    nearest: pd.DataFrame


def chain_of(chain: pd.DataFrame, steps: Mapping[str, Step]) -> pd.DataFrame:
    """Return the table of steps with a row for streams that have none: whole, at one step.

    Parameters
    ----------
    chain
        ``stream, order, step, fraction``.
    steps
        Stream -> the step that its gap is taken at.
    """
    rows = [
        {"stream": stream, "order": 1.0, "step": step, "fraction": "whole"}
        for stream, step in steps.items()
        if stream not in set(chain["stream"])
    ]
    return pd.concat([chain, pd.DataFrame(rows)], ignore_index=True) if rows else chain


def access_of(  # noqa: PLR0913 - all that nodes and plants are laid out from
    region: Region,
    inputs: Inputs,
    ground: Ground,
    plants: gpd.GeoDataFrame,
    *,
    steps: Mapping[str, Step],
    ratios: Mapping[str, float],
    costs: Costs | None,
    reference_year: int,
) -> Access:
    """Lay out nodes and plants, and the kilometres between them.

    Parameters
    ----------
    region, inputs, ground
        Definitions and frames.
    plants
        The table facilities.
    steps
        Stream -> the step that its gap is taken at.
    ratios
        From `outside.outside_ratios`: its streams are those that are asked for.
    costs
        The user's own, or None.
    reference_year
        Of the newest source: plants that are planned for no stated year open after it.
    """
    outside = regions_outside(inputs.outside, ground.zones)
    starts = starting_points(ratios, ground.zones, ground.centres, ground.placed)
    there = outside.rename(columns={"region_id": "place"})[["place", "longitude", "latitude"]]
    own = [starts.rename(columns={"zone_id": "place"}).assign(ours=True)]
    rest = [there.assign(stream=stream, ours=False) for stream in ratios if len(there)]
    nodes = pd.concat([*own, *rest], ignore_index=True)
    degrees = plants.geometry.to_crs("EPSG:4326")
    ends = pd.DataFrame({"longitude": degrees.x, "latitude": degrees.y})
    km = distances_km(nodes, ends, detour_factor=region.detour_factor)
    chain = chain_of(inputs.chain, steps).sort_values("order", kind="stable")
    accepts = acceptance(plants, inputs.fractions, chain)
    km, cost = with_costs(km, costs, nodes=nodes, plants=plants, accepts=accepts)
    median_t = np.full(len(plants), np.nan)
    for row in accepts.to_dict("records"):
        # Of a plant of several streams the first whose size is stated counts.
        if np.isnan(median_t[row["facility"]]):
            median_t[row["facility"]] = median_size(
                inputs.plant_sizes,
                stream=row["stream"],
                step=plants["step"].iloc[row["facility"]],
                fraction=row["fraction"],
            )
    return Access(
        network=network_of(
            nodes,
            accepts,
            {str(stream): tuple(own) for stream, own in chain.groupby("stream")["step"]},
            len(plants),
        ),
        plants=plants,
        accepts=accepts,
        fractions=inputs.fractions,
        km=km,
        cost=cost,
        median_t=median_t,
        home=region.country,
        abroad=shares_abroad(inputs.national, home=region.country),
        outside=outside,
        ratios=ratios,
        planned_from=reference_year + 1,
        gap_steps=steps,
        fraction_at={
            (row["stream"], row["step"]): row["fraction"] for row in chain.to_dict("records")
        },
    )


def balance(
    access: Access,
    scenarios: Sequence[Scenario],
    runs: Mapping[str, Mapping[str, Run]],
    *,
    flow_years: Sequence[int],
) -> Balance:
    """Solve the capacity programme of every scenario.

    Parameters
    ----------
    access
        From `access_of`.
    scenarios, runs
        Every scenario, and what is released in it.
    flow_years
        The years of which the flows of the default scenario are drawn.
    """
    settings: dict[str, Setting] = {}
    passed: dict[str, Passed] = {}
    tables = []
    for scenario in scenarios:
        name = scenario.scenario_id
        if solved_in(scenario) != name:
            settings[name], passed[name] = settings[DEFAULT], passed[DEFAULT]
            continue
        settings[name] = setting_of(access, scenario, runs)
        passed[name] = solve(access.network, settings[name])
        tables.append(
            gap_table(
                access.network,
                settings[name],
                passed[name],
                scenario_id=name,
                years=[int(year) for year in YEARS],
            )
        )
    gaps = pd.concat(tables, ignore_index=True)
    words = ["zone_id", "stream", "scenario_id", "step", "why", "grade"]
    gaps = gaps.astype(dict.fromkeys(words, "category"))
    years = {year: int(year - FIRST_YEAR) for year in flow_years}
    default = settings[DEFAULT]
    flows = flows_of(access.network, default, passed[DEFAULT], cost=access.cost, years=years)
    return Balance(
        access=access,
        settings=settings,
        passed=passed,
        gaps=gaps,
        flows=flow_lines(
            flows.assign(scenario_id=DEFAULT), access.network.nodes, access.plants, km=access.km
        ),
        nearest=nearest_plants(
            access.network,
            access.plants,
            default.open_plants,
            access.km,
            years=years,
            home=access.home,
        ),
    )


def setting_of(
    access: Access, scenario: Scenario, runs: Mapping[str, Mapping[str, Run]]
) -> Setting:
    """Return what is collected, within reach and can be taken in a scenario, as in `balance`."""
    own = runs[DEFAULT if same_supply(scenario) else scenario.scenario_id]
    # What a report counts is of the region; the rest of the country stays that of the registers.
    counted = runs[DEFAULT] if scenario.scenario_id == REPORT else own
    alone = scenario.demand == "province_alone"
    collected, grades = [], []
    for stream in access.ratios:
        tonnes, grade = _collected(own.get(stream), counted[stream])
        collected.append(tonnes)
        grades.append(grade)
    share = access.outside["share"].to_numpy(dtype=float)
    for stream, ratio in access.ratios.items() if len(share) else ():
        here = _collected(counted[stream], counted[stream])[0]
        known = ~np.isnan(here).all(axis=0)
        there = np.where(known, here.sum(axis=0) * (0.0 if alone else ratio), np.nan)
        collected.append(share[:, None] * there[None, :])
        grade = np.full((len(share), len(YEARS)), None, dtype=object)
        grade[:, known] = "D"
        grades.append(grade)
    runs_ = running(
        access.plants, YEARS, planned=scenario.planned == "yes", planned_from=access.planned_from
    )
    shares = mass_shares(access.plants, access.accepts, parts_of(access.fractions, own, counted))
    home = part_here(
        access.plants,
        access.accepts,
        access.abroad,
        foreign=scenario.foreign_share,
        home=access.home,
    )

    def taken(unknown: str) -> Floats:
        return capacities(
            access.plants,
            runs_,
            shares,
            planned=scenario.planned == "yes",
            extends=access.planned_from <= YEARS,
            unknown=unknown,  # type: ignore[arg-type]  # a value of the switch
            median_t=access.median_t,
            home_share=home,
        )

    return Setting(
        collected=np.concatenate(collected),
        grades=np.concatenate(grades),
        reach=within_reach(access.plants, access.km, reach=scenario.reach, home=access.home),
        open_plants=runs_,
        worst=taken(scenario.unknown_capacity),
        best=taken("unlimited"),
        ours_first=scenario.demand == "ours_first",
    )


def _collected(run: Run | None, known: Run) -> tuple[Floats, NDArray[np.object_]]:
    """Return what is collected, shape (Z, T) over all years, and its grade; NaN where not known."""
    places = len(known.holding.places)
    tonnes = np.full((places, len(YEARS)), np.nan)
    grades = np.full((places, len(YEARS)), None, dtype=object)
    if run is not None:
        start = int(run.leaving.years[0]) - FIRST_YEAR
        tonnes[:, start:] = run.collected.collected_t
        grades[:, start:] = grades_of(run.collected.up, run.collected.down)
    return tonnes, grades


def parts_of(
    fractions: pd.DataFrame, runs: Mapping[str, Run], known: Mapping[str, Run]
) -> dict[tuple[str, str], Floats]:
    """Return what part of a product each fraction is, in every year.

    Where the table gives no part but elements, it is what they weigh in what is released, divided
    by the part of the fraction that they are: magnets by their rare earths.
    """
    found: dict[tuple[str, str], Floats] = {}
    for row in fractions.to_dict("records"):
        part = np.full(len(YEARS), float(row["mass_share"]))
        stream = str(row["stream"])
        run = runs.get(stream)
        if run is None or not run.elements:
            run = known.get(stream)
        if np.isnan(part).all() and row["elements"] and run is not None:
            names = [run.elements.index(e) for e in row["elements"].split(";") if e in run.elements]
            start = int(run.leaving.years[0]) - FIRST_YEAR
            held = run.element_t[:, :, names].sum(axis=(0, 2)) / float(row["element_share"])
            mass = run.released_t.sum(axis=0)
            part[start:] = np.divide(held, mass, out=np.zeros_like(held), where=mass > 0)
        found[stream, str(row["fraction"])] = part
    return found
