"""The fewest tonne-kilometres of the region's own that carry what is served, given the plants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from atlas.errors import ConservationError, problem
from atlas.siting_case import class_capacity, proportional, served, summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.siting_case import Ground, Plants

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.intp]

_ROOM = 1e-10  # relative
_LARGEST = 1000.0  # the solver keeps sums to 1e-7 of whatever they count


@dataclass(frozen=True)
class Bound:
    """The tonne-kilometres of a set of plants, and what they say of other sets.

    Any other set with the same tonnes served has at least `least`, less what `saves` (s, k) says
    of each of its plants.
    """

    tonne_km: float
    least: float
    saves: Floats


def tonne_km(on: Ground, plants: Plants) -> Bound:
    """Return the fewest tonne-kilometres of ours over the years that count, with their bound."""
    case, options, by = on.case, on.options, on.ways
    size, sites = options.sizes[plants.sizes], plants.sites
    got = served(on, class_capacity(on, plants))
    m = len(case.capacity)
    total = least = 0.0
    saves = np.zeros((len(options.site_ids), len(options.sizes)))
    for year in np.flatnonzero(case.counts):
        new = sites if case.runs[year] else sites[:0]
        tonnes = summed(by.place, got[:, year], len(by.cost))
        some = np.flatnonzero(tonnes > 0)
        tonnes, cost = tonnes[some], by.cost[some]
        known = case.capacity[:, year]
        limits = np.r_[known, size[: len(new)]]
        to_ends = cost[:, np.r_[np.arange(m), m + new]]
        km, worth = _least(tonnes, to_ends, limits)
        total += km
        # A plant saves at most what all gain by it, or its limit at the best of these gains.
        gain = np.clip(worth[:, None] - cost, 0.0, None)
        gains, best = tonnes @ gain, gain.max(axis=0, initial=0.0)
        least += float(worth @ tonnes - _limited(gains[:m], best[:m], known).sum())
        if case.runs[year]:
            for k, limit in enumerate(options.sizes):
                saves[:, k] += _limited(gains[m:], best[m:], np.full(len(saves), limit))
    return Bound(total, least, saves)


def _least(tonnes: Floats, cost: Floats, limit: Floats) -> tuple[float, Floats]:
    """Return the least cost, and what one tonne more of each would cost."""
    cost = np.where(limit > 0, cost, np.inf)
    least = cost.min(axis=1, initial=np.inf)
    free = (np.where(np.isfinite(cost), cost, 0.0) == 0).all(axis=1)
    nearest = cost[~free].argmin(axis=1) if len(limit) else np.zeros(0, dtype=np.intp)
    left = limit - summed(nearest, tonnes[~free], len(limit))
    if (left >= 0).all():
        # All whose way counts go to the nearest: optimal if the others fit in what is left.
        fit = proportional(tonnes[free], np.isfinite(cost[free]), left)
        if (fit >= tonnes[free] * (1.0 - _ROOM)).all():
            return float(tonnes @ least), least
    flows, worth = carried(tonnes, cost, limit)
    return float((flows * np.where(flows > 0, cost, 0.0)).sum()), worth


def _limited(gains: Floats, best: Floats, limit: Floats) -> Floats:
    capped = np.where(best > 0, best, 0.0) * np.where(np.isfinite(limit), limit, 0.0)
    return np.where(np.isfinite(limit), np.minimum(gains, capped), gains)


def carried(tonnes: Floats, cost: Floats, limit: Floats) -> tuple[Floats, Floats]:
    """Return the cheapest flows (h, d) that carry all tonnes, and what one tonne more would cost.

    `tonnes` (h,) and `limit` (d,) of the plants; `cost` (h, d) is inf out of reach.
    """
    cost = np.where(limit > 0, cost, np.inf)
    flows = np.zeros(cost.shape)
    if not len(tonnes):
        return flows, tonnes
    nearest = cost.argmin(axis=1)
    if (summed(nearest, tonnes, len(limit)) <= limit).all():
        flows[np.arange(len(tonnes)), nearest] = tonnes
        return flows, cost.min(axis=1)
    place, end = np.nonzero(np.isfinite(cost))
    unit = float(tonnes.max()) / _LARGEST
    ones, pair = np.ones(len(place)), np.arange(len(place))
    finite = np.isfinite(limit)
    into = coo_array((ones, (end, pair)), shape=(len(limit), len(place))).tocsr()[finite]
    answer = linprog(
        cost[place, end],
        A_eq=coo_array((ones, (place, pair)), shape=(len(tonnes), len(place))).tocsr(),
        b_eq=tonnes / unit,
        # What is served fills plants to the last digit: a hair of room for rounding.
        A_ub=into,
        b_ub=limit[finite] / unit * (1.0 + _ROOM),
        method="highs",
    )
    if answer.status != 0:
        raise ConservationError(
            problem(
                "siting: tonne-kilometres",
                f"what is served cannot be carried ({answer.message})",
                "a flow for what was found to be servable",
                "this is a fault of the program: report it with the data",
            )
        )
    flows[place, end] = np.clip(answer.x, 0.0, None) * unit
    return flows, np.asarray(answer.eqlin.marginals, dtype=float)
