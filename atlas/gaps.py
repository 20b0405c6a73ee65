"""The capacity programme: who is served when plants cannot take everything, and by which plant.

Zones that can reach the same plants are served in the same proportion; distance must not decide
who is left with a gap.  What is served is the leximin of served / collected; kilometres are
minimised afterwards and only draw the flows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array

from atlas.allocation import TOLERANCE
from atlas.errors import ConservationError, problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SLACK = 1e-12  # relative: what a flow may miss by rounding


def serve(
    collected: NDArray[np.float64], reach: NDArray[np.bool_], capacity: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what is processed of each node under proportional access.

    Parameters
    ----------
    collected
        Tonnes per node, shape (n,).
    reach
        Whether a node can use a plant, shape (n, m).
    capacity
        Tonnes per plant, shape (m,); ``inf`` for no limit.

    Returns
    -------
    ndarray, shape (n,)
        The leximin of served / collected: unique, unchanged when a node is split in two, and of
        the largest total that any flow reaches.

    Notes
    -----
    Nodes with equal reach are merged.  Then, as long as some are left: find the set whose plants
    can take the least of what it collects (a parametric minimum cut: start from full service, cut,
    lower the ratio to that of the cut, until it can be served), serve it in that ratio, and remove
    it with its plants.
    """
    served = np.zeros(len(collected))
    unlimited = np.asarray(reach[:, np.isinf(capacity)].any(axis=1))
    served[unlimited] = collected[unlimited]
    finite = np.isfinite(capacity) & (capacity > 0)
    use = reach[:, finite] & ~unlimited[:, None] & (collected > 0)[:, None]
    reached = use.any(axis=1)
    if not reached.any():
        return served
    pattern, group = np.unique(use[reached], axis=0, return_inverse=True)
    group = group.ravel()
    demand = np.bincount(group, weights=collected[reached]).astype(float)
    # More than everything is as good as everything, and keeps the sizes comparable.
    ratio = _ratios(demand, pattern, np.minimum(capacity[finite], demand.sum()))
    served[reached] = collected[reached] * ratio[group]
    return served


def _ratios(
    demand: NDArray[np.float64], reach: NDArray[np.bool_], capacity: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the served part of each merged group."""
    ratio = np.ones(len(demand))
    groups = np.ones(len(demand), dtype=bool)
    plants = np.ones(len(capacity), dtype=bool)
    while groups.any():
        tight, theta = _tightest(demand[groups], reach[np.ix_(groups, plants)], capacity[plants])
        if tight is None:
            break
        members = np.flatnonzero(groups)[tight]
        ratio[members] = theta
        groups[members] = False
        plants &= ~reach[members].any(axis=0)
    return ratio


def _tightest(
    demand: NDArray[np.float64], reach: NDArray[np.bool_], capacity: NDArray[np.float64]
) -> tuple[NDArray[np.bool_] | None, float]:
    """Return the set with the least capacity per tonne, None when all can be served in full."""
    theta, tight = 1.0, None
    while True:
        flow, cut = _cut(demand * theta, reach, capacity)
        if flow >= theta * demand.sum() * (1.0 - _SLACK) or not cut.any():
            return tight, theta
        lower = float(capacity[reach[cut].any(axis=0)].sum() / demand[cut].sum())
        if lower >= theta * (1.0 - _SLACK):
            return tight, theta
        theta, tight = lower, cut


def _cut(
    demand: NDArray[np.float64], reach: NDArray[np.bool_], capacity: NDArray[np.float64]
) -> tuple[float, NDArray[np.bool_]]:
    """Return the largest flow and the groups on the source side of a smallest cut.

    Breadth-first augmenting paths (Edmonds and Karp); after merging there are few groups.
    """
    n, m = reach.shape
    left, room = demand.astype(float).copy(), capacity.astype(float).copy()
    flow = np.zeros((n, m))
    eps = _SLACK * max(float(demand.sum()), float(capacity.sum()), 1.0)
    while True:
        from_group = np.full(m, -1)
        from_plant = np.full(n, -1)
        seen = left > eps
        queue = [int(g) for g in np.flatnonzero(seen)]
        end = -1
        while queue and end < 0:
            g = queue.pop(0)
            for p in np.flatnonzero(reach[g] & (from_group < 0)):
                from_group[p] = g
                if room[p] > eps:
                    end = int(p)
                    break
                for other in np.flatnonzero((flow[:, p] > eps) & ~seen):
                    seen[other] = True
                    from_plant[other] = p
                    queue.append(int(other))
        if end < 0:
            return float(demand.sum() - left.sum()), seen
        path, plant = [], end
        while True:
            start = int(from_group[plant])
            path.append((start, plant, +1))
            if from_plant[start] < 0:
                break
            plant = int(from_plant[start])
            path.append((start, plant, -1))
        push = min(left[start], room[end], *(flow[a, b] for a, b, sign in path if sign < 0))
        for a, b, sign in path:
            flow[a, b] += sign * push
        left[start] -= push
        room[end] -= push


def route(
    served: NDArray[np.float64],
    reach: NDArray[np.bool_],
    capacity: NDArray[np.float64],
    km: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the flows that carry what is served with the fewest tonne-kilometres.

    Parameters
    ----------
    served, reach, capacity
        As in and from `serve`.
    km
        Kilometres, shape (n, m).

    Returns
    -------
    ndarray, shape (n, m)
        Tonnes from node to plant; each row sums to what is served of its node.
    """
    flows = np.zeros(reach.shape)
    node, plant = np.nonzero(reach & (served > 0)[:, None] & (capacity > 0)[None, :])
    if not len(node):
        return flows
    ones, pair = np.ones(len(node)), np.arange(len(node))
    nodes, rows = np.unique(node, return_inverse=True)
    plants, columns = np.unique(plant, return_inverse=True)
    finite = np.isfinite(capacity[plants])
    # The solver's tolerances are absolute, so it is given numbers around one.
    size = float(served.max())
    limits = coo_array((ones, (columns, pair)), shape=(len(plants), len(node))).tocsr()[finite]
    answer = linprog(
        km[node, plant],
        A_eq=coo_array((ones, (rows, pair)), shape=(len(nodes), len(node))).tocsr(),
        b_eq=served[nodes] / size,
        A_ub=limits if finite.any() else None,
        b_ub=capacity[plants][finite] / size if finite.any() else None,
        method="highs",
    )
    if answer.status != 0:
        raise ConservationError(
            problem(
                "flows",
                f"what is served cannot be carried ({answer.message})",
                "a flow for what was found to be servable",
                "this is a fault of the program: report it with the data",
            )
        )
    flows[node, plant] = np.clip(answer.x, 0.0, None) * size
    # What is too little for the solver to see goes to the nearest plant.
    unseen = np.flatnonzero((flows.sum(axis=1) <= 0) & (served > 0))
    nearest = np.where(reach & (capacity > 0)[None, :], km, np.inf)[unseen].argmin(axis=1)
    flows[unseen, nearest] = served[unseen]
    # The solver keeps sums to its own tolerance; rows are scaled back to ours.
    sums = flows.sum(axis=1)
    scale = np.divide(served, sums, out=np.zeros_like(sums), where=sums > 0)
    return np.asarray(flows * scale[:, None], dtype=float)


def programme(
    nodes: pd.DataFrame,
    accepts: pd.DataFrame,
    km: NDArray[np.float64],
    *,
    limit_km: float,
    draw: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Solve one year for all streams together, since plants share their capacity.

    Parameters
    ----------
    nodes
        ``zone_id, stream, collected_t``: what each zone collects of each stream.
    accepts
        From `access.acceptance`.
    km
        Kilometres, shape (nodes, plants); NaN where a plant cannot be reached at all.
    limit_km
        Plants farther than this are out of reach.
    draw
        Whether the flows are wanted.

    Returns
    -------
    gaps
        The rows of `nodes` with ``processed_t`` and ``capacity_gap_t``, where plants of unknown
        capacity count as nothing; ``processed_t_best`` and ``capacity_gap_t_best``, where they
        count for the best that can be said of them; and ``why`` (absence, reach or capacity; None
        without a gap).
        Processed + gap = collected.
    flows
        ``zone_id, stream, facility, tonnes, distance_km`` of the first of the two.
    """
    takes, known, best = _plants(nodes, accepts, km.shape[1])
    reach = takes & np.isfinite(km) & (np.nan_to_num(km) <= limit_km)
    collected = nodes["collected_t"].to_numpy(dtype=float)
    served = serve(collected, reach, known)
    served_best = serve(collected, reach, best)
    _check_served(served, collected)
    _check_served(served_best, collected)
    gap = collected - served
    frame = nodes.assign(
        processed_t=served,
        processed_t_best=served_best,
        capacity_gap_t=gap,
        capacity_gap_t_best=collected - served_best,
    )
    some = gap > TOLERANCE * np.maximum(1.0, collected)
    cause = np.where(
        ~takes.any(axis=1), "absence", np.where(~reach.any(axis=1), "reach", "capacity")
    )
    frame["why"] = pd.Series(cause, index=frame.index).astype("object").where(some, None)
    tonnes = np.zeros(reach.shape)
    if draw:
        tonnes = route(served, reach, known, np.nan_to_num(km, nan=0.0))
    node, plant = np.nonzero(tonnes > TOLERANCE)
    flows = pd.DataFrame(
        {
            "zone_id": nodes["zone_id"].to_numpy()[node],
            "stream": nodes["stream"].to_numpy()[node],
            "facility": plant,
            "tonnes": tonnes[node, plant],
            "distance_km": km[node, plant],
        }
    )
    return frame, flows


def _plants(
    nodes: pd.DataFrame, accepts: pd.DataFrame, plants: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Return which node's stream each plant takes, and its capacity at worst and at best."""
    streams = nodes["stream"].to_numpy()
    takes = np.zeros((len(nodes), plants), dtype=bool)
    known, best = np.zeros(plants), np.zeros(plants)
    for row in accepts.to_dict("records"):
        takes[streams == row["stream"], row["facility"]] = True
        known[row["facility"]] = np.nan_to_num(row["capacity_t_per_a"])
        # A mass share that is not known leaves no limit either.
        best[row["facility"]] = np.nan_to_num(row["best_t_per_a"], nan=np.inf)
    return takes, known, best


def _check_served(served: NDArray[np.float64], collected: NDArray[np.float64]) -> None:
    """Hold what is processed between nothing and what is collected."""
    beyond = np.maximum(served - collected, -served)
    if (beyond > TOLERANCE * np.maximum(1.0, collected)).any():
        worst = int(np.argmax(beyond))
        raise ConservationError(
            problem(
                "gap",
                f"{served[worst]!r} t processed of {collected[worst]!r} t collected",
                "between 0 and what is collected",
                "this is a fault of the program: report it with the data",
            )
        )
