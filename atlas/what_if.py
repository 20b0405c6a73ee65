"""What if: plants that are put, changed or closed, and what that does to what is processed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from atlas.access import acceptance, distances_km
from atlas.areas import UNALLOCATED, place_points
from atlas.capacity import YEARS, chain_of, setting_of
from atlas.journeys import flow_lines
from atlas.programme import flows_of, gap_table, network_of, solve
from atlas.scenarios import DEFAULT, REPORT, Scenario
from atlas.sites import sizes_for
from atlas.supply import reported, run_supply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from atlas.capacity import Access
    from atlas.definitions import Step
    from atlas.programme import Passed, Setting
    from atlas.streams import Streams
    from atlas.supply import Run

    Floats = NDArray[np.float64]

CASE = "what-if"  # the scenario_id of a case on the basis of the registers


@dataclass(frozen=True)
class NewPlant:
    """A plant that somebody puts: `capacity_t_per_a` of the fraction that arrives at its step."""

    plant_id: str
    stream: str
    step: Step
    capacity_t_per_a: float
    from_year: int
    longitude: float
    latitude: float
    name: str = ""


@dataclass(frozen=True)
class Change:
    """What becomes of an existing plant; None leaves it as it is.

    One that is given a capacity or a first year works; `to_year` is the last year that it does.
    """

    facility_id: str
    capacity_t_per_a: float | None = None
    from_year: int | None = None
    to_year: int | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of plant that can be put: what it takes of which streams, and how large such are.

    `takes` has the stream and step of every journey that can end there.
    """

    stream: str
    step: Step
    fraction: str
    streams: tuple[str, ...]
    takes: tuple[tuple[str, Step], ...]
    sizes_t_per_a: tuple[float, ...]


@dataclass(frozen=True)
class Case:
    """One combination of switches, solved: the arrays, CONTRACT's gaps, and flows as lines."""

    access: Access
    setting: Setting
    passed: Passed
    gaps: pd.DataFrame
    flows: gpd.GeoDataFrame


def kinds_of(access: Access, plant_sizes: pd.DataFrame, chain: pd.DataFrame) -> list[Kind]:
    """Return the kinds of plants that can be put: one for each step of each stream's chain.

    Parameters
    ----------
    access
        From `capacity.access_of`.
    plant_sizes
        Plants elsewhere: those of a kind say which streams share such a plant.
    chain
        ``stream, order, step, fraction``.

    Returns
    -------
    list of Kind
        In the order of the streams and of their steps.
    """
    whole = chain_of(chain, access.gap_steps)
    kinds = []
    for stream in access.ratios:
        for step in access.network.chain[stream]:
            fraction = access.fraction_at[stream, step]
            stated = sizes_for(plant_sizes, stream=stream, step=step, fraction=fraction)
            shared = ";".join([stream, *stated["streams"]]).split(";")
            streams = tuple(name for name in dict.fromkeys(shared) if name in access.ratios)
            plant = pd.DataFrame(
                {
                    "geometry": [True],  # it has a place
                    "step": [step],
                    "streams": [";".join(streams)],
                    "fraction": [fraction],
                }
            )
            takes = acceptance(plant, access.fractions, whole)
            kinds.append(
                Kind(
                    stream=stream,
                    step=step,
                    fraction=fraction,
                    streams=streams,
                    takes=tuple(zip(takes["stream"], takes["step"], strict=True)),
                    sizes_t_per_a=tuple(float(size) for size in stated["size_t_per_a"]),
                )
            )
    return kinds


def put(  # noqa: PLR0913 - plants, and all that they are laid out by
    access: Access,
    plants: Sequence[NewPlant],
    changes: Sequence[Change],
    *,
    kinds: Sequence[Kind],
    zones: gpd.GeoDataFrame,
    detour_factor: float,
) -> Access:
    """Return nodes and plants with those put and changed; the network of before is left alone.

    Parameters
    ----------
    access
        From `capacity.access_of`.
    plants, changes
        What somebody puts, and what becomes of existing plants; of two changes of one plant the
        later counts.
    kinds
        From `kinds_of`.
    zones
        The zones, in any CRS: a plant in none of them lies outside the region.  Wherever it lies,
        it counts as one of the region's own country.
    detour_factor
        Kilometres travelled for each as the crow flies, to the new plants.
    """
    table = access.plants.copy()
    for change in changes:
        own = (table["facility_id"] == change.facility_id).to_numpy()
        if change.capacity_t_per_a is not None or change.from_year is not None:
            table.loc[own, "status"] = "operating"
        if change.capacity_t_per_a is not None:
            table.loc[own, "capacity_t_per_a"] = change.capacity_t_per_a
            table.loc[own, "planned_capacity_t_per_a"] = np.nan
        for column in ("from_year", "to_year"):
            year = getattr(change, column)
            if year is not None:
                table.loc[own, column] = year
    if not plants:
        return replace(access, plants=table)
    kind_of = {(kind.stream, kind.step): kind for kind in kinds}
    own_kinds = [kind_of[plant.stream, plant.step] for plant in plants]
    rows = _rows(plants, own_kinds, zones=zones, home=access.home).to_crs(str(table.crs))
    first = len(table)
    # A column that is empty in the new rows keeps the kind that it has.
    rows = rows.reindex(columns=table.columns)
    known = [name for name in rows.columns if name == "geometry" or rows[name].notna().any()]
    joined = pd.concat([table, rows[known]], ignore_index=True)
    accepts = pd.DataFrame(
        [
            (first + number, stream, step, kind.fraction)
            for number, kind in enumerate(own_kinds)
            for stream, step in kind.takes
        ],
        columns=["facility", "stream", "step", "fraction"],
    )
    accepts = pd.concat([access.accepts, accepts], ignore_index=True)
    nodes = access.network.nodes
    places = pd.DataFrame({name: [getattr(p, name) for p in plants] for name in _AXES})
    km = distances_km(nodes, places, detour_factor=detour_factor)
    return replace(
        access,
        network=network_of(nodes, accepts, access.network.chain, first + len(plants)),
        plants=gpd.GeoDataFrame(joined, geometry="geometry", crs=table.crs),
        accepts=accepts,
        km=np.hstack([access.km, km]),
        cost=np.hstack([access.cost, km * pace(access)]),
        median_t=np.concatenate([access.median_t, np.full(len(plants), np.nan)]),
    )


def runs_in(streams: Streams, scenario: Scenario) -> dict[str, dict[str, Run]]:
    """Return what is released in a combination of switches, as `capacity.setting_of` reads it.

    Parameters
    ----------
    streams
        From `streams.streams_of`.
    scenario
        From `case_of`.

    Returns
    -------
    dict
        `DEFAULT`: the registers with every other switch as in the scenario; and the scenario
        itself, where a report counts instead.
    """
    counted = {
        name: run_supply(supply, replace(scenario, basis="register"))
        for name, supply in streams.supplies.items()
    }
    runs = {DEFAULT: counted, scenario.scenario_id: counted}
    if scenario.basis == "report":
        runs[REPORT] = {
            name: reported(run, streams.reported.get(name, 1.0), scenario)
            for name, run in counted.items()
            if name in streams.reported or run.holding.base is None
        }
    return runs


def case_of(switches: Mapping[str, str]) -> Scenario:
    """Return the scenario of any combination of switches; what is not named is the default."""
    name = REPORT if switches.get("basis") == "report" else CASE
    return Scenario(scenario_id=name, **switches)  # type: ignore[arg-type]  # checked by the reader


def solve_case(
    access: Access, streams: Streams, scenario: Scenario, *, flow_years: Sequence[int]
) -> Case:
    """Solve the capacity programme of one combination of switches, every year.

    Parameters
    ----------
    access
        From `capacity.access_of`, or from `put`.
    streams
        From `streams.streams_of`.
    scenario
        From `case_of`.
    flow_years
        The years of which flows are drawn.
    """
    name = scenario.scenario_id
    network = access.network
    setting = setting_of(access, scenario, runs_in(streams, scenario))
    passed = solve(network, setting)
    years = {year: int(year - YEARS[0]) for year in flow_years}
    flows = flows_of(network, setting, passed, cost=access.cost, years=years)
    drawn = flow_lines(flows.assign(scenario_id=name), network.nodes, access.plants, km=access.km)
    return Case(
        access=access,
        setting=setting,
        passed=passed,
        gaps=gap_table(
            network, setting, passed, scenario_id=name, years=[int(year) for year in YEARS]
        ),
        flows=drawn,
    )


_AXES = ("longitude", "latitude")


def _rows(
    plants: Sequence[NewPlant], kinds: Sequence[Kind], *, zones: gpd.GeoDataFrame, home: str
) -> gpd.GeoDataFrame:
    """Return the new plants as rows of the table facilities."""
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(
            [p.longitude for p in plants], [p.latitude for p in plants], crs="EPSG:4326"
        )
    ).to_crs(str(zones.crs))
    placed = place_points(points, zones, within_m=0.0)["zone_id"].astype(object)
    return gpd.GeoDataFrame(
        {
            "facility_id": [p.plant_id for p in plants],
            "name": [p.name for p in plants],
            "step": [p.step for p in plants],
            "streams": [";".join(kind.streams) for kind in kinds],
            "fraction": [kind.fraction for kind in kinds],
            "capacity_t_per_a": [p.capacity_t_per_a for p in plants],
            "capacity_of": [kind.fraction for kind in kinds],
            "status": "operating",
            "from_year": [float(p.from_year) for p in plants],
            "country": home,
            "zone_id": placed.where(placed != UNALLOCATED, None).to_numpy(),
        },
        geometry=points.geometry.array,
        crs=zones.crs,
    )


def pace(access: Access) -> float:
    """Return what a kilometre costs in the network: 1, or minutes where journeys are in those."""
    both = np.isfinite(access.cost) & np.isfinite(access.km) & (access.km > 0)
    return float(access.cost[both].sum() / access.km[both].sum()) if both.any() else 1.0
