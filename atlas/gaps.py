"""The capacity programme: who is served when plants cannot take everything, and by which plant.

Zones that can reach the same plants are served in the same proportion; distance must not decide
who is left with a gap.  What is served is the leximin of served / collected; kilometres are
minimised afterwards and only draw the flows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from atlas.errors import ConservationError, problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_SLACK = 1e-12  # relative: what a flow may miss by rounding


def serve(
    collected: Floats,
    reach: Flags,
    capacity: Floats,
    *,
    most: Floats | None = None,
    first: Flags | None = None,
) -> Floats:
    """Return what is processed of each node under proportional access.

    Parameters
    ----------
    collected
        Tonnes per node, shape (n,).
    reach
        Whether a node can use a plant, shape (n, m).
    capacity
        Tonnes per plant, shape (m,); ``inf`` for no limit.
    most
        What of each node arrives here at all, shape (n,): what passed the step before.  By default
        everything.
    first
        Nodes that are served before all others, shape (n,).  By default none.

    Returns
    -------
    ndarray, shape (n,)
        The leximin of served / collected: unique, unchanged when a node is split in two, and of
        the largest total that any flow reaches.  With `first`, the leximin of those, and then of
        the others in what is left; the total stays the same.

    Notes
    -----
    Nodes with the same plants and the same part arriving are merged, and groups that share no
    plant are solved apart.  In each, the ratio of all rises together (progressive filling) until
    some set fills every plant that it reaches, or has no more to give; these stay, the others go
    on.  The set is found by a parametric minimum cut: start from full service, cut, lower the
    ratio to that of the cut, until it can be served.
    """
    served = np.zeros(len(collected))
    arrives = np.minimum(collected, collected if most is None else most)
    unlimited = np.asarray(reach[:, np.isinf(capacity)].any(axis=1))
    served[unlimited] = arrives[unlimited]
    finite = np.isfinite(capacity) & (capacity > 0)
    use = reach[:, finite] & ~unlimited[:, None] & (arrives > 0)[:, None]
    reached = use.any(axis=1)
    if not reached.any():
        return served
    part = np.divide(arrives, collected, out=np.zeros_like(served), where=collected > 0)[reached]
    rank = np.zeros(len(part)) if first is None else np.where(first[reached], 0.0, 1.0)
    # Parts that differ by rounding alone are one group.
    pattern = use[reached]
    first_of, group = merged(np.column_stack([pattern, np.round(part, 13), rank]))
    pattern, rank, size = pattern[first_of], rank[first_of], len(first_of)
    demand = np.bincount(group, weights=collected[reached], minlength=size).astype(float)
    given = np.bincount(group, weights=arrives[reached], minlength=size).astype(float)
    ratio = np.zeros(size)
    plants = capacity[finite]
    for members, own in _apart(pattern):
        # More than everything is as good as everything, and keeps the sizes comparable.
        limits = np.minimum(plants[own], demand[members].sum())
        ratio[members] = _filled(
            demand[members],
            given[members] / demand[members],
            pattern[np.ix_(members, own)],
            limits,
            rank[members],
        )
    served[reached] = np.minimum(collected[reached] * ratio[group], arrives[reached])
    return served


def merged(keys: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first of each kind of row, and the kind of each row, in the order they appear."""
    kinds: dict[bytes, int] = {}
    rows = np.ascontiguousarray(keys)
    group = np.array([kinds.setdefault(row.tobytes(), len(kinds)) for row in rows], dtype=np.intp)
    first = np.full(len(kinds), len(rows), dtype=np.intp)
    np.minimum.at(first, group, np.arange(len(rows)))
    return first, group


def _apart(pattern: Flags) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the groups and plants of every part of the network that has no plant in common."""
    n = len(pattern)
    label = np.arange(n)
    while True:
        # Every plant takes the least label of its groups, and every group that of its plants.
        of_plant = np.where(pattern, label[:, None], n).min(axis=0)
        least = np.where(pattern, of_plant[None, :], n).min(axis=1)
        if (least == label).all():
            break
        label = least
    return [
        (np.flatnonzero(label == each), np.flatnonzero(of_plant == each))
        for each in sorted(set(label.tolist()))
    ]


def _filled(demand: Floats, part: Floats, reach: Flags, capacity: Floats, rank: Floats) -> Floats:
    """Return the served ratio of each group: lower ranks are filled before higher ones."""
    ratio = np.zeros(len(demand))
    # There are few, and this is called thousands of times.
    for each in sorted(set(rank.tolist())):
        rising = rank == each
        while rising.any():
            pinned = np.where(rising, 0.0, demand * ratio)
            limit = float(part[rising].min())
            theta, tight = _tightest(
                np.where(rising, demand, 0.0), pinned, reach, capacity, start=limit
            )
            ratio[rising] = theta
            rising = rising & ~(part <= theta) if tight is None else rising & ~tight
    return ratio


def _tightest(
    demand: Floats, pinned: Floats, reach: Flags, capacity: Floats, *, start: float
) -> tuple[float, Flags | None]:
    """Return the largest ratio, at most `start`, that all can have, and the set that stops it.

    None when nothing stops it.
    """
    theta, tight = start, None
    while True:
        wanted = pinned + demand * theta
        flow, cut = _cut(wanted, reach, capacity)
        asked = float(demand[cut].sum())
        if flow >= wanted.sum() * (1.0 - _SLACK) or asked <= 0:
            return theta, tight
        room = float(capacity[reach[cut].any(axis=0)].sum() - pinned[cut].sum())
        lower = max(0.0, room) / asked
        if lower >= theta * (1.0 - _SLACK):
            return theta, tight
        theta, tight = lower, cut


def _cut(demand: Floats, reach: Flags, capacity: Floats) -> tuple[float, Flags]:
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
    served: Floats,
    reach: Flags,
    capacity: Floats,
    km: Floats,
) -> Floats:
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
        method="highs-ds",
        # As exact as the solver can be: the page has the same sums.
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
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
