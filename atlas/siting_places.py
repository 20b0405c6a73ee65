"""Which sites of equal worth are nearest to the region's own.

What each node gets served is fixed by the capacity of each class of sites.  So for every way to
spread the least capacity over the classes, the sites are a p-median with limits: a programme that
sends everyone to the nearest open plant, which is a bound, and cuts from the transport problem of
each set tried, until the bound meets it (Benders).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atlas.mixed_integer import SIZE, Rows, one_row, rows, solve
from atlas.siting_case import Plants, distinct, served, summed
from atlas.siting_km import tonne_km
from atlas.siting_spreads import covers, spreads
from atlas.siting_tonnes import SAME, processed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from atlas.siting_case import Ground, Limits
    from atlas.siting_spreads import Spread
    from atlas.siting_tonnes import Level

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.intp]

ROUNDS = 200  # sets of sites that are tried for one spread of the capacity
LARGEST = 30_000  # pairs of a place and a site: with more the search is not begun


@dataclass(frozen=True)
class Choice:
    """Plants with their tonne-kilometres, and whether none are proven to have fewer."""

    plants: Plants
    tonne_km: float
    proven: bool


@dataclass(frozen=True)
class _Search:
    """What stays the same over all spreads; totals are counted in `unit`."""

    on: Ground
    level: Level
    limits: Limits
    fixed_km: float  # of years in which no new plant runs
    known_km: float
    unit: float


@dataclass(frozen=True)
class _Master:
    """The bound as a programme: first the lots (site, size), then the total, then assignments.

    Of a cover what is served is not fixed, and the bound is no bound but the number itself.
    """

    site: Numbers
    size: Numbers
    blocks: tuple[Rows, ...]
    upper: Floats
    covers: bool


def nearest(on: Ground, level: Level, limits: Limits) -> Choice:
    """Return the plan of fewest tonne-kilometres of ours among those of a level.

    Of plans with as few the one with the fewest plants, and then the first in the order of
    site_id.  Where there are more than `siting_spreads.MOST` ways to spread the capacity, more
    than `LARGEST` pairs of a place and a site, or no proof in `ROUNDS` rounds, the answer is the
    best plan met, and not proven.
    """
    idle = replace(on, case=replace(on.case, counts=on.case.counts & ~on.case.runs))
    none = np.zeros(0, dtype=np.intp)
    first = tonne_km(on, level.plants).tonne_km
    if on.options.p == 1 and limits.must is not None:
        # One plant, at one site, of the one size that is the least capacity: nothing to choose.
        return Choice(level.plants, first, proven=True)
    fixed = tonne_km(idle, Plants(none, none)).tonne_km
    search = _Search(on, level, limits, fixed, first, first / SIZE or 1.0)
    best = Choice(level.plants, first, proven=False)
    ways = [None] if covers(on) else spreads(on, level)
    masters = None if ways is None else [_master(search, spread) for spread in ways]
    if masters is None or any(master is None for master in masters):
        return best
    proven = True
    ties: list[tuple[_Master, list[Rows], Choice]] = []
    for master in filter(None, masters):
        cuts: list[Rows] = []
        found, sure = _fewest(search, master, cuts, best.tonne_km * (1.0 + SAME))
        proven &= sure
        if found is not None:
            ties.append((master, cuts, found))
            best = min(best, found, key=lambda choice: choice.tonne_km)
    ceiling = best.tonne_km * (1.0 + SAME)
    named = [
        _first_by_name(search, master, cuts, found, ceiling)
        for master, cuts, found in ties
        if found.tonne_km <= ceiling
    ]
    proven &= all(choice.proven for choice in named)
    chosen = min(named or [best], key=lambda choice: _order(on, choice.plants))
    return replace(chosen, proven=proven)


def _order(on: Ground, plants: Plants) -> tuple[int, list[str], list[int]]:
    names = [on.options.site_ids[site] for site in plants.sites]
    by_name = sorted(zip(names, map(int, plants.sizes), strict=True))
    return len(by_name), [name for name, _ in by_name], [size for _, size in by_name]


# ------------------------------------------------------------------ the bound


def _master(search: _Search, spread: Spread | None) -> _Master | None:
    """Return the programme of one spread, or of a cover; None when it is too large."""
    case, merged, options = search.on.case, search.on.merged, search.on.options
    site, size = np.nonzero(options.allowed)
    if spread is not None:
        own = merged.site_class[site]
        fits = np.where(np.isinf(options.sizes[size]), spread.unlimited[own], spread.built[own] > 0)
        site, size = site[fits], size[fits]
    place, base, weight = _loads(search, spread)
    here, m = np.unique(site), len(case.capacity)
    to_site = search.on.ways.cost[np.ix_(place, m + here)]
    # Who would alone travel more than all do in the plan that is known does not go there.
    too_far = np.isinf(base)[:, None] & (to_site * weight[:, None] > search.known_km * (1.0 + SAME))
    too_far &= spread is not None
    load, column = np.nonzero((to_site < base[:, None]) & ~too_far)
    if len(load) > LARGEST:
        return None
    total = len(site)
    covers = 0 if spread is not None else len(merged.demand)
    assigned = total + 1 + covers + np.arange(len(load))
    group_of = np.zeros(len(search.on.ways.cost), dtype=np.intp)
    group_of[search.on.ways.place] = merged.group
    reached = np.unique(load)
    alone = np.isinf(base)[reached] if covers else np.zeros(len(reached), dtype=bool)
    known = np.where(np.isfinite(base), base, 0.0)
    extra = (to_site - known[:, None])[load, column] * weight[load]
    lot, into = np.nonzero(site[:, None] == here[column])
    blocks = [
        *_conditions(search, spread, site, size),
        one_row(
            np.r_[total, assigned],
            np.r_[1.0, -extra / search.unit],
            (float(known @ weight) + search.fixed_km) / search.unit,
            np.inf,
        ),
        # Everyone to one plant; or to an existing one, where there is one; or where there is cover.
        rows(
            np.r_[np.searchsorted(reached, load), np.flatnonzero(alone)],
            np.r_[assigned, total + 1 + group_of[place[reached[alone]]]],
            np.r_[np.ones(len(load)), -np.ones(int(alone.sum()))],
            np.where(np.isinf(base)[reached] & ~alone, 1.0, 0.0),
            np.where(alone, 0.0, 1.0),
        ),
        rows(
            np.r_[np.arange(len(load)), into],
            np.r_[assigned, lot],
            np.r_[np.ones(len(load)), -np.ones(len(lot))],
            -np.inf,
            np.zeros(len(load)),
        ),
    ]
    if covers:
        blocks += _cover(search, site, total + 1)
    upper = np.r_[np.ones(total), np.inf, np.ones(covers), np.ones(len(load))]
    return _Master(site, size, tuple(blocks), upper, spread is None)


def _loads(search: _Search, spread: Spread | None) -> tuple[Numbers, Floats, Floats]:
    """Return places, kilometres to their nearest existing plant, and the tonnes of all years."""
    case, cost = search.on.case, search.on.ways.cost
    years, m = np.flatnonzero(case.counts & case.runs), len(case.capacity)
    got = case.demand if spread is None else served(search.on, spread.capacity)
    tonnes = np.zeros((len(cost), len(years)))
    np.add.at(tonnes, search.on.ways.place, got[:, years])
    base = np.full(tonnes.shape, np.inf)
    for column, year in enumerate(map(int, years)):
        running = case.capacity[:, year] > 0
        base[:, column] = cost[:, :m][:, running].min(axis=1, initial=np.inf)
    travels = np.asarray((np.isfinite(cost) & (cost > 0)).any(axis=1))
    place, when = np.nonzero((tonnes > 0) & travels[:, None])
    pairs, pair_of = distinct(np.column_stack([place.astype(float), base[place, when]]))
    weight = summed(pair_of, tonnes[place, when], len(pairs))
    return pairs[:, 0].astype(np.intp), pairs[:, 1], weight


def _conditions(
    search: _Search, spread: Spread | None, site: Numbers, size: Numbers
) -> Iterator[Rows]:
    """Yield the rows of which plants may stand together."""
    options, limits, lots = search.on.options, search.limits, np.arange(len(site))
    yield one_row(lots, 1.0, 0.0, options.p)
    here, row = np.unique(site, return_inverse=True)
    yield rows(row, lots, 1.0, 0.0, np.ones(len(here)))
    for pair in options.excludes:
        yield one_row(lots[np.isin(site, pair)], 1.0, 0.0, 1.0)
    if limits.must is not None:
        yield one_row(lots[site == limits.must], 1.0, 1.0, 1.0)
    if limits.other_than is not None:
        in_set = np.isin(site, list(limits.other_than))
        signs = np.where(in_set, -1.0, 1.0)
        yield one_row(lots, signs, 1.0 - len(limits.other_than), np.inf)
    if spread is not None:
        own = search.on.merged.site_class[site]
        limited = np.isfinite(options.sizes[size])
        value = options.sizes[size[limited]] / spread.built[own[limited]]
        some = spread.built > 0
        least, most = some * (1.0 - SAME), some * (1.0 + SAME)
        yield rows(own[limited], lots[limited], value, least, most)
        yield rows(own[~limited], lots[~limited], 1.0, spread.unlimited * 1.0, np.inf)


def _cover(search: _Search, site: Numbers, start: int) -> list[Rows]:
    """Return the rows of what is covered: as much as the level asks, and all that can be."""
    case, merged = search.on.case, search.on.merged
    years = np.flatnonzero(case.counts & case.runs)
    unlimited = np.isinf(merged.plant_capacity[:, years])
    already = (merged.plant_reach[:, :, None] & unlimited).any(axis=1)
    weight = np.where(already, 0.0, merged.demand[:, years]).sum(axis=1)
    before = processed(search.on, np.zeros(merged.site_reach.shape[1]))
    unit = (before + float(weight.sum())) / SIZE or 1.0
    groups = np.arange(len(weight))
    group, lot = np.nonzero(merged.site_reach[:, merged.site_class[site]])
    pair = np.arange(len(group))
    return [
        one_row(start + groups, weight / unit, (search.level.floor_t - before) / unit, np.inf),
        rows(
            np.r_[groups, group],
            np.r_[start + groups, lot],
            np.r_[np.ones(len(groups)), -np.ones(len(group))],
            -np.inf,
            np.zeros(len(groups)),
        ),
        rows(
            np.r_[pair, pair],
            np.r_[start + group, lot],
            np.r_[np.ones(len(pair)), -np.ones(len(pair))],
            np.zeros(len(pair)),
            np.inf,
        ),
    ]


# ------------------------------------------------------------------ the search


def _fewest(
    search: _Search, master: _Master, cuts: list[Rows], ceiling: float, fixed: Sequence[Rows] = ()
) -> tuple[Choice | None, bool]:
    """Return the plan of fewest tonne-kilometres, None when all have more than the ceiling.

    And whether that is certain.  What is learnt of the plans tried is added to the cuts; it holds
    whatever else is fixed.
    """
    lots, best = len(master.site), None
    cost = np.zeros(len(master.upper))
    cost[lots] = 1.0
    whole = np.arange(len(cost)) < lots
    rejected: list[Rows] = []
    seen: set[tuple[int, ...]] = set()
    for _ in range(ROUNDS):
        blocks = [*master.blocks, *cuts, *fixed, *rejected]
        found = solve(cost, blocks, upper=master.upper, whole=whole)
        bound = np.inf if found is None else float(found[lots]) * search.unit
        if found is None or bound > ceiling * (1.0 + SAME):
            return best, True
        taken = found[:lots] > 0
        lot = tuple(map(int, np.flatnonzero(taken)))
        if lot in seen:  # the solver sees its true price as a rounding error
            rejected.append(_another(taken))
            continue
        seen.add(lot)
        plants = Plants(master.site[taken], master.size[taken])
        price = tonne_km(search.on, plants)
        if not master.covers:
            # No plan has less than nothing, so none saves more than all.
            saves = np.minimum(price.saves[master.site, master.size], price.least) / search.unit
            cuts.append(
                one_row(np.arange(lots + 1), np.r_[saves, 1.0], price.least / search.unit, np.inf)
            )
        if price.tonne_km <= min(ceiling, np.inf if best is None else best.tonne_km):
            best = Choice(plants, price.tonne_km, proven=True)
        if best is not None and best.tonne_km <= bound * (1.0 + SAME):
            return best, True
    return best, False


def _another(taken: Flags) -> Rows:
    """Return the row that all plans keep but that of the lots taken."""
    return one_row(
        np.arange(len(taken)), np.where(taken, -1.0, 1.0), 1.0 - float(taken.sum()), np.inf
    )


def _first_by_name(
    search: _Search, master: _Master, cuts: list[Rows], known: Choice, ceiling: float
) -> Choice:
    """Return the plan with the fewest plants, then first by name, of those below the ceiling.

    Plants are taken away as long as there is such a plan; then sites are fixed one by one in the
    order of their ids, and last their sizes.
    """
    ids, lots = search.on.options.site_ids, np.arange(len(master.site))
    certain = True
    fixed: list[Rows] = []

    def holds(row: Rows) -> bool:
        """Look for a plan with one condition more, and go on with it."""
        nonlocal known, certain
        found, sure = _fewest(search, master, cuts, ceiling, [*fixed, row])
        certain &= sure
        known = known if found is None else found
        return found is not None

    first = known
    taken = np.zeros(len(lots), dtype=bool)
    for site, size in zip(known.plants.sites, known.plants.sizes, strict=True):
        taken |= (master.site == site) & (master.size == size)
    if not holds(_another(taken)):
        return replace(known, proven=certain)  # it is the only one
    known = min(first, known, key=lambda choice: len(choice.plants.sites))
    while holds(one_row(lots, 1.0, 0.0, len(known.plants.sites) - 1.0)):
        pass
    fixed.append(one_row(lots, 1.0, 0.0, float(len(known.plants.sites))))
    names = np.array([ids[site] for site in master.site])
    for name in np.unique(names):
        here = lots[names == name]
        row = one_row(here, 1.0, 1.0, 1.0)
        there = bool(np.isin(master.site[here], known.plants.sites).any()) or holds(row)
        fixed.append(row if there else one_row(here, 1.0, 0.0, 0.0))
    for lot in sorted(lots, key=lambda lot: (names[lot], master.size[lot])):
        at = known.plants.sites == master.site[lot]
        row = one_row([lot], 1.0, 1.0, 1.0)
        if at.any() and (known.plants.sizes[at][0] == master.size[lot] or holds(row)):
            fixed.append(row)
    return replace(known, proven=certain)
