"""Every scenario and year of the capacity programme, step by step down the chain of each stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.access import STEPS
from atlas.allocation import TOLERANCE
from atlas.errors import ConservationError, problem
from atlas.gaps import merged, route, serve
from atlas.outside import OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from atlas.definitions import Step

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

GAP_COLUMNS = (
    "zone_id", "stream", "scenario_id", "step", "year", "collected_t", "processed_t",
    "processed_t_best", "capacity_gap_t", "capacity_gap_t_best", "why", "grade",
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """Who brings what, and which plants take it.

    `nodes` has a row for each place of each stream: ``place`` (a zone, ``unallocated``, or a region
    outside), ``stream, ours``; `takes` (n, m) for each step tells which plants take a node's stream
    there; `chain` has the steps of each stream in their order.
    """

    nodes: pd.DataFrame
    takes: Mapping[Step, Flags]
    chain: Mapping[str, tuple[Step, ...]]


@dataclass(frozen=True)
class Setting:
    """What a scenario makes of it.

    `collected` (n, T) tonnes of product, NaN where nothing is known, and the `grades` of that;
    `reach` (n, m) tells which plants a node may use, `open_plants` (m, T) when they work; `worst`
    and `best` (m, T) are the tonnes of product that they can take, where unknown capacities count
    for the least and for the best that can be said of them.
    """

    collected: Floats
    grades: NDArray[np.object_]
    reach: Flags
    open_plants: Flags
    worst: Floats
    best: Floats
    ours_first: bool = False


@dataclass(frozen=True)
class Passed:
    """What passes each step, shape (n, T): at worst, at best, and why something is left over.

    `why` has an index into `WHY`.
    """

    worst: Mapping[Step, Floats]
    best: Mapping[Step, Floats]
    why: Mapping[Step, NDArray[np.int8]]


WHY = (None, "absence", "reach", "capacity")


def network_of(
    nodes: pd.DataFrame, accepts: pd.DataFrame, chain: Mapping[str, tuple[Step, ...]], plants: int
) -> Network:
    """Lay out which plants take the stream of each node at each step.

    Parameters
    ----------
    nodes
        ``place, stream, ours``.
    accepts
        From `access.acceptance`.
    chain
        Stream -> its steps.
    plants
        How many there are.
    """
    streams = nodes["stream"].to_numpy()
    takes = {step: np.zeros((len(nodes), plants), dtype=bool) for step in STEPS[1:]}
    for row in accepts.to_dict("records"):
        takes[row["step"]][streams == row["stream"], row["facility"]] = True
    return Network(nodes=nodes, takes=takes, chain=chain)


def solve(network: Network, setting: Setting) -> Passed:
    """Solve every year of one scenario, all streams together, since plants share their capacity.

    Parameters
    ----------
    network
        From `network_of`.
    setting
        The scenario.

    Returns
    -------
    Passed
        Each step is given what passed the one before, so what passes never grows down the chain;
        at one step it is the leximin of `gaps.serve`.  Beyond the first step a zone can get less at
        best than at worst, where a plant that takes more of others leaves it less room later.

    Notes
    -----
    Nodes of a stream that reach the same plants at all steps are merged before anything is solved:
    their ratio is the same, and few groups remain.
    """
    group, first = _groups(network, setting.reach)
    collected = setting.collected
    sizes = np.zeros((len(first), collected.shape[1]))
    np.add.at(sizes, group, np.nan_to_num(collected))
    use = {step: (takes & setting.reach)[first] for step, takes in network.takes.items()}
    known = {step: network.takes[step][first] for step in use}
    inside = {
        step: np.array(
            [step in network.chain[s] for s in network.nodes["stream"].to_numpy()[first]]
        )
        for step in use
    }
    before_others = network.nodes["ours"].to_numpy()[first] if setting.ours_first else None
    found: list[dict[Step, Floats]] = []
    for capacity in (setting.worst, setting.best):
        passed = {step: np.zeros_like(sizes) for step in use}
        for year in range(sizes.shape[1]):
            before = sizes[:, year].copy()
            for step in use:
                members = inside[step]
                before[members] = serve(
                    sizes[members, year],
                    use[step][members],
                    capacity[:, year],
                    most=before[members],
                    first=None if before_others is None else before_others[members],
                )
                passed[step][:, year] = before
        found.append(passed)
    why = _why(sizes, found[0], use, known, inside, setting.open_plants)
    share = [
        {step: collected * _ratio(passed, sizes)[group] for step, passed in each.items()}
        for each in found
    ]
    for own in share:
        for passes in own.values():
            _check_served(passes, collected)
    return Passed(share[0], share[1], {step: each[group] for step, each in why.items()})


def _groups(network: Network, reach: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the group of each node, and the first node of each group."""
    stream = pd.factorize(network.nodes["stream"])[0]
    ours = network.nodes["ours"].to_numpy()
    keys = [(takes & reach) for takes in network.takes.values()]
    first, group = merged(np.column_stack([stream, ours, *keys]))
    return group, first


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _why(  # noqa: PLR0913, PLR0917 - all of it is needed to tell the reasons apart
    sizes: Floats,
    passed: Mapping[Step, Floats],
    use: Mapping[Step, Flags],
    known: Mapping[Step, Flags],
    inside: Mapping[Step, Flags],
    open_plants: Flags,
) -> dict[Step, NDArray[np.int8]]:
    """Tell why something is left over: the reason of the last step that something is lost at."""
    found: dict[Step, NDArray[np.int8]] = {}
    reason = np.zeros(sizes.shape, dtype=np.int8)
    before = sizes
    for step, after in passed.items():
        lost = before - after > TOLERANCE * np.maximum(1.0, sizes)
        exists = known[step] @ open_plants  # whether any plant takes the stream in the year
        reached = use[step] @ open_plants
        own = np.where(~exists, 1, np.where(~reached, 2, 3))
        reason = np.where(lost & inside[step][:, None], own, reason).astype(np.int8)
        found[step] = reason
        before = after
    return found


def flows_of(
    network: Network, setting: Setting, passed: Passed, *, cost: Floats, years: Mapping[int, int]
) -> pd.DataFrame:
    """Draw what passes each step with the least cost: the region's and the outside's.

    Parameters
    ----------
    network, setting, passed
        As in and from `solve`; flows go to plants of known capacity only.
    cost
        Kilometres or minutes of every pair, shape (n, m).
    years
        Year -> its place in the arrays.

    Returns
    -------
    DataFrame
        ``node, stream, step, facility, year, tonnes``; the tonnes of a node and step sum to what
        passes.
    """
    tables = []
    streams = network.nodes["stream"].to_numpy()
    for step, takes in network.takes.items():
        members = np.flatnonzero([step in network.chain[stream] for stream in streams])
        for year, at in years.items():
            tonnes = route(
                np.nan_to_num(passed.worst[step][members, at]),
                (takes & setting.reach)[members],
                setting.worst[:, at],
                np.nan_to_num(cost[members]),
            )
            row, plant = np.nonzero(tonnes > TOLERANCE)
            tables.append(
                pd.DataFrame(
                    {
                        "node": members[row],
                        "stream": streams[members[row]],
                        "step": step,
                        "facility": plant,
                        "year": year,
                        "tonnes": tonnes[row, plant],
                    }
                )
            )
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def gap_table(
    network: Network, setting: Setting, passed: Passed, *, scenario_id: str, years: Sequence[int]
) -> pd.DataFrame:
    """Return CONTRACT's table gaps of one scenario: a row for each place, stream, step and year.

    Parameters
    ----------
    network, setting, passed
        As in and from `solve`.
    scenario_id, years
        Of the scenario.

    Returns
    -------
    DataFrame
        `GAP_COLUMNS`.  The regions outside are one row, ``outside``.  Processed + gap = collected,
        and what is processed at a step never exceeds that of the step before.  A gap that depends
        on a capacity that nobody knows is an order of magnitude (D), whatever was collected.
    """
    tables = []
    for stream, steps in network.chain.items():
        own = (network.nodes["stream"] == stream).to_numpy()
        ours = np.flatnonzero(own & network.nodes["ours"])
        rest = np.flatnonzero(own & ~network.nodes["ours"])
        if not len(ours):
            continue
        places = [*network.nodes["place"].to_numpy()[ours], *([OUTSIDE] if len(rest) else [])]
        gathered = _with_rest(setting.collected, ours, rest)
        # What is outside has one grade.
        grades = np.concatenate([setting.grades[ours], setting.grades[rest[:1]]]).ravel()
        for step in steps:
            worst = _with_rest(passed.worst[step], ours, rest)
            best = _with_rest(passed.best[step], ours, rest)
            gap, gap_best = gathered - worst, gathered - best
            reasons = passed.why[step]
            # Of the reasons outside the one furthest on is named.
            furthest = reasons[rest].max(axis=0, initial=0)[None, :]
            why = np.concatenate(
                [reasons[ours], furthest] if len(rest) else [reasons[ours]]
            ).ravel()
            tables.append(
                pd.DataFrame(
                    {
                        "zone_id": np.repeat(np.array(places, dtype=object), len(years)),
                        "stream": stream,
                        "scenario_id": scenario_id,
                        "step": step,
                        "year": np.tile(np.asarray(years), len(places)),
                        "collected_t": gathered,
                        "processed_t": worst,
                        "processed_t_best": best,
                        "capacity_gap_t": gap,
                        "capacity_gap_t_best": gap_best,
                        # Who brings nothing has no gap, whoever shares the plants.
                        "why": np.where(gap > TOLERANCE, np.array(WHY, dtype=object)[why], None),
                        "grade": np.where(np.abs(gap - gap_best) > TOLERANCE, "D", grades),
                    }
                )
            )
    return pd.concat(tables, ignore_index=True)[list(GAP_COLUMNS)]


def _with_rest(value: Floats, ours: NDArray[np.intp], rest: NDArray[np.intp]) -> Floats:
    """Return the rows of the region and, where there is any, the sum of those outside, as one."""
    parts = [value[ours]]
    if len(rest):
        parts.append(value[rest].sum(axis=0, keepdims=True))
    return np.concatenate(parts).ravel()


def _check_served(served: Floats, collected: Floats) -> None:
    """Hold what is processed between nothing and what is collected."""
    beyond = np.maximum(served - collected, -served)
    if (beyond > TOLERANCE * np.maximum(1.0, collected)).any():
        worst = np.unravel_index(int(np.nanargmax(beyond)), beyond.shape)
        raise ConservationError(
            problem(
                "gap",
                f"{served[worst]!r} t processed of {collected[worst]!r} t collected",
                "between 0 and what is collected",
                "this is a fault of the program: report it with the data",
            )
        )
