"""Which sites of equal worth are nearest to the region's own.

What is left after tonnes and capacity are all plans of the same capacity, and these can be listed:
few sites, fewer plants.  What each node gets served depends only on how the capacity falls to the
classes of sites.  Sending everyone to the nearest plant bounds the tonne-kilometres of each plan;
the transport problem of the most promising gives its own, and a cut that raises the bounds of
others (as in Benders' decomposition), until no bound is below the best.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from atlas.siting_case import Plants, class_capacity, distinct, served, summed
from atlas.siting_km import tonne_km
from atlas.siting_tonnes import SAME, can_be_used, processed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atlas.siting_case import Ground, Limits
    from atlas.siting_tonnes import Level

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.intp]

LISTED = 1_000_000  # plans that are listed
SPREADS = 300  # ways in which capacity falls to classes, each with its own tonnes served
PRICED = 300  # plans whose transport problem is solved
_BLOCK = 4_000_000  # numbers held at a time


@dataclass(frozen=True)
class Choice:
    """Plants with their tonne-kilometres, and whether none are proven to have fewer."""

    plants: Plants
    tonne_km: float
    proven: bool


@dataclass(frozen=True)
class _Pool:
    """Plans (N, p), the best first where all else is equal: few plants, then by name and size.

    Places that stay empty hold the number of sites, and that of sizes.
    """

    sites: Numbers
    sizes: Numbers


def nearest(on: Ground, level: Level, limits: Limits) -> Choice:
    """Return the plan of fewest tonne-kilometres of ours among those of a level.

    Of plans with as few the one with the fewest plants, and then the first in the order of
    site_id.  Where more than `LISTED` plans have the capacity of the level, where it can fall to
    the classes in more than `SPREADS` ways (unless nothing has a limit), or where `PRICED` plans
    are no proof, the answer is the best that was met, and not proven: in the first two cases the
    plan of the level, improved by exchanging one site at a time for another of its class.
    """
    pool = _pool(on, level, limits)
    found = None if pool is None else _bounded(on, level, pool)
    if pool is None or found is None:
        return _exchanged(on, level.plants, limits)
    return _settled(on, pool, *found)


# ------------------------------------------------------------------ all plans of a level


def _pool(on: Ground, level: Level, limits: Limits) -> _Pool | None:
    """Return all plans as large as that of the level, None when they are too many."""
    options = on.options
    s, k = options.allowed.shape
    # Sums are kept as fractions, so that three thirds are one.
    exact = [Fraction(str(size)) if np.isfinite(size) else Fraction(0) for size in options.sizes]
    built = sum((exact[size] for size in level.plants.sizes), Fraction(0))
    usable = np.flatnonzero(options.allowed.any(axis=1))
    sums = [{Fraction(0)}]  # what so many plants can add up to
    for _ in range(options.p):
        sums.append({a + b for a in sums[-1] for b in exact if a + b <= built})
        if len(sums[-1]) > LISTED // 100:
            return None
    left, sets = LISTED, []
    for q in range(options.p + 1):
        ways = comb(len(usable), q)
        sets.append(list(islice(_sized(exact, sums, q, built), left // ways + 1)))
        left -= ways * len(sets[-1])
        if left < 0:
            return None
    by_name = sorted(map(int, usable), key=lambda site: options.site_ids[site])
    all_sites, all_sizes = [], []
    for q, of_q in enumerate(sets):
        if not of_q:
            continue
        sites = np.array(list(combinations(by_name, q)), dtype=np.intp)
        sites = sites.reshape(comb(len(usable), q), q)
        sites = sites[_together(on, sites, limits)]
        sizes = np.array(of_q, dtype=np.intp).reshape(len(of_q), q)
        fits = options.allowed[sites[:, None, :], sizes[None, :, :]].all(axis=2)
        which, sized = np.nonzero(fits)
        room = ((0, 0), (0, options.p - q))
        all_sites.append(np.pad(sites[which], room, constant_values=s))
        all_sizes.append(np.pad(sizes[sized], room, constant_values=k))
    return _Pool(np.concatenate(all_sites), np.concatenate(all_sizes))


def _sized(
    exact: list[Fraction], sums: list[set[Fraction]], q: int, left: Fraction
) -> Iterator[tuple[int, ...]]:
    """Yield the sizes of q plants that add up to what is left, in order."""
    if not q and not left:
        yield ()
    for size, amount in enumerate(exact) if q else ():
        if left - amount in sums[q - 1]:
            yield from ((size, *more) for more in _sized(exact, sums, q - 1, left - amount))


def _together(on: Ground, sites: Numbers, limits: Limits) -> Flags:
    """Tell which sets of sites (N, q) may stand together and keep the limits."""
    fine = np.ones(len(sites), dtype=bool)
    for a, b in on.options.excludes:
        fine &= ~((sites == a).any(axis=1) & (sites == b).any(axis=1))
    if limits.must is not None:
        fine &= (sites == limits.must).any(axis=1)
    if limits.other_than is not None and len(limits.other_than) == sites.shape[1]:
        fine &= ~np.isin(sites, list(limits.other_than)).all(axis=1)
    return fine


# ------------------------------------------------------------------ bounds


def _bounded(on: Ground, level: Level, pool: _Pool) -> tuple[Floats, Numbers] | None:
    """Return the bound of each plan, inf where it is below the level, and which share a spread.

    None when the spreads are too many.
    """
    options, classes = on.options, on.merged.site_reach.shape[1]
    bounds = np.full(len(pool.sites), np.inf)
    if _covers(on):
        enough = _covered_t(on, pool) >= level.floor_t
        before = served(on, np.zeros(classes))
        got = np.where(on.case.runs, on.case.demand, before)
        bounds[enough] = _to_nearest(on, pool.sites[enough], got)
        return bounds, np.arange(len(bounds))
    if len(bounds) * classes > _BLOCK:
        return None
    capacity, finite = (np.zeros((len(bounds), classes + 1)) for _ in range(2))
    own, sizes = np.r_[on.merged.site_class, classes], np.r_[options.sizes, 0.0]
    plan = np.arange(len(bounds))
    for sites, size in zip(pool.sites.T, pool.sizes.T, strict=True):
        capacity[plan, own[sites]] += sizes[size]
        finite[plan, own[sites]] += np.where(np.isinf(sizes[size]), 0.0, sizes[size])
    # Sums that differ by rounding alone are one spread.
    unit = float(finite.sum(axis=1).max(initial=0.0)) or 1.0
    spreads, spread_of = distinct(np.column_stack([np.isinf(capacity), np.round(finite / unit, 9)]))
    if len(spreads) > SPREADS:
        return None
    for spread in range(len(spreads)):
        plans = np.flatnonzero(spread_of == spread)
        each = capacity[plans[0], :classes]
        if processed(on, each) >= level.floor_t and can_be_used(on, finite[plans[0], :classes]):
            bounds[plans] = _to_nearest(on, pool.sites[plans], served(on, each))
    return bounds, spread_of


def _covers(on: Ground) -> bool:
    """Tell whether nothing has a limit, so that reach alone decides who is served."""
    known = on.case.capacity[:, on.case.counts & on.case.runs]
    limited = np.isfinite(on.options.sizes) & on.options.allowed.any(axis=0)
    return not limited.any() and not (np.isfinite(known) & (known > 0)).any()


def _covered_t(on: Ground, pool: _Pool) -> Floats:
    """Return what each plan processes, where nothing has a limit."""
    case, merged = on.case, on.merged
    years = np.flatnonzero(case.counts & case.runs)
    unlimited = np.isinf(merged.plant_capacity[:, years])
    already = (merged.plant_reach[:, :, None] & unlimited).any(axis=1)
    weight = np.where(already, 0.0, merged.demand[:, years]).sum(axis=1)
    total = np.full(len(pool.sites), processed(on, np.zeros(merged.site_reach.shape[1])))
    reach = np.column_stack([merged.site_reach[:, merged.site_class], np.zeros(len(weight), bool)])
    step = max(1, _BLOCK // max(1, len(weight)))
    for start in range(0, len(total), step):
        rows = slice(start, start + step)
        covered = np.zeros((len(weight), len(total[rows])), dtype=bool)
        for sites in pool.sites[rows].T:
            covered |= reach[:, sites]
        total[rows] += weight @ covered
    return total


def _to_nearest(on: Ground, sites: Numbers, got: Floats) -> Floats:
    """Return the tonne-kilometres of ours if each went to the nearest plant of each plan (N, p).

    `got` (n, T) is what is served; who reaches no plant travels nothing.
    """
    case, cost = on.case, on.ways.cost
    m = len(case.capacity)
    years = np.flatnonzero(case.counts)
    base = np.full((len(cost), len(years)), np.inf)
    for column, year in enumerate(map(int, years)):
        running = case.capacity[:, year] > 0
        base[:, column] = cost[:, :m][:, running].min(axis=1, initial=np.inf)
    tonnes = np.stack([summed(on.ways.place, got[:, year], len(cost)) for year in years], axis=1)
    travels = np.asarray((np.isfinite(cost) & (cost > 0)).any(axis=1))
    # Places and years with the same nearest existing plant are one load.
    place, when = np.nonzero((tonnes > 0) & travels[:, None])
    keys = np.column_stack([place, case.runs[years][when], base[place, when]]).astype(float)
    loads, load_of = distinct(keys)
    weight = summed(load_of, tonnes[place, when], len(loads))
    to_site = np.column_stack([cost[loads[:, 0].astype(np.intp), m:], np.full(len(loads), np.inf)])
    to_site[loads[:, 1] == 0] = np.inf
    total = np.zeros(len(sites))
    step = max(1, _BLOCK // max(1, len(loads)))
    for start in range(0, len(sites), step):
        rows = slice(start, start + step)
        km = np.repeat(loads[:, 2:], len(sites[rows]), axis=1)
        for column in sites[rows].T:
            np.minimum(km, to_site[:, column], out=km)
        total[rows] = weight @ np.where(np.isfinite(km), km, 0.0)
    return total


# ------------------------------------------------------------------ the search


def _settled(on: Ground, pool: _Pool, bounds: Floats, spread_of: Numbers) -> Choice:
    """Return the first of the plans with the fewest tonne-kilometres."""
    prices = np.full(len(bounds), np.nan)

    def price(plan: int) -> float:
        """Solve the transport problem of a plan, and raise the bounds of its spread."""
        found = tonne_km(on, _plants(on, pool, plan))
        alike = np.flatnonzero(spread_of == spread_of[plan])
        saves = np.pad(found.saves, ((0, 1), (0, 1)))
        less = saves[pool.sites[alike], pool.sizes[alike]].sum(axis=1)
        bounds[alike] = np.maximum(bounds[alike], found.least - less)
        prices[plan] = bounds[plan] = found.tonne_km
        return found.tonne_km

    best = price(int(np.argmin(bounds)))
    for _ in range(PRICED):
        plan = int(np.argmin(bounds))
        if bounds[plan] >= best * (1.0 - SAME):
            break
        best = min(best, price(plan))
    proven = bool(np.min(bounds) >= best * (1.0 - SAME))
    for _ in range(PRICED):
        plan = int(np.argmax(bounds <= best * (1.0 + SAME)))
        if np.isfinite(prices[plan]):
            break
        price(plan)
    settled = np.isfinite(prices[plan])
    plan = plan if settled else int(np.nanargmin(prices))
    return Choice(_plants(on, pool, plan), float(prices[plan]), proven=proven and bool(settled))


def _plants(on: Ground, pool: _Pool, plan: int) -> Plants:
    there = pool.sites[plan] < len(on.options.site_ids)
    return Plants(pool.sites[plan][there], pool.sizes[plan][there])


def _exchanged(on: Ground, plants: Plants, limits: Limits) -> Choice:
    """Return plants improved by exchanging sites for others of their class, as long as it helps."""
    options, own = on.options, on.merged.site_class
    got = served(on, class_capacity(on, plants))
    now = tonne_km(on, plants).tonne_km
    left = PRICED
    while True:
        others = [
            np.r_[np.delete(plants.sites, at), new][_order(at, len(plants.sites))]
            for at, site in enumerate(plants.sites)
            for new in np.flatnonzero((own == own[site]) & options.allowed[:, plants.sizes[at]])
            if new not in plants.sites
        ]
        tried = np.array(others, dtype=np.intp).reshape(len(others), len(plants.sites))
        tried = tried[_together(on, tried, limits)]
        bounds = _to_nearest(on, tried, got)
        for row in np.argsort(bounds, kind="stable")[:left]:
            left -= 1
            km = tonne_km(on, Plants(tried[row], plants.sizes)).tonne_km
            if km < now * (1.0 - SAME):
                plants, now = Plants(tried[row], plants.sizes), km
                break
        else:
            return Choice(plants, now, proven=False)


def _order(at: int, size: int) -> Numbers:
    """Return the order that puts the last of `size` at place `at`."""
    return np.insert(np.arange(size - 1), at, size - 1)
