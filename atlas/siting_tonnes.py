"""The most tonnes that new plants let through, and the least capacity that does so.

Only reach and size matter here, so sites of equal reach and sizes are one kind of which some are
taken, and nodes of equal reach are one group.  Where no size has a limit what remains is a
maximal cover; else tonnes flow from groups to classes of plants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlas.mixed_integer import SIZE, Rows, one_row, rows, solve
from atlas.siting_case import Limits, Plants, class_capacity, distinct, proportional, served, summed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from atlas.siting_case import Ground, Merged, Options

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.intp]

SAME = 1e-7  # relative: totals that differ by less are the same
LARGE = 5_000  # unknowns: with more and a gap, the least capacity is searched for plant by plant


@dataclass(frozen=True)
class Level:
    """What the first two objectives leave: tonnes to reach, and capacity to do it with.

    `most_t` is the most that any plan processes over the years that count, `floor_t` what a plan
    must process, `built_t_per_a` the least capacity that does (sizes without a limit count
    nothing); `plants` are one plan that does.  `least` tells whether that capacity was sought among
    all plans: with a gap, in large cases, the plants of the first objective are only made smaller.
    """

    most_t: float
    floor_t: float
    built_t_per_a: float
    plants: Plants
    least: bool


@dataclass(frozen=True)
class _Programme:
    """The unknowns are first the number of plants of each lot (a kind of site with a size).

    `tonnes` says what each unknown adds to what is processed, in `unit`, beyond `fixed_t`.
    """

    kinds: tuple[Numbers, ...]  # the sites of each
    lot_kind: Numbers
    lot_size: Numbers
    tonnes: Floats
    blocks: tuple[Rows, ...]
    upper: Floats
    unit: float
    fixed_t: float


def level(on: Ground, limits: Limits, *, at_least_t: float = np.inf) -> Level | None:
    """Return the most tonnes and then the least capacity, None when no plan is possible.

    `at_least_t` is a floor that holds, where some plan reaches it, instead of that of these plans.
    """
    options = on.options
    programme = _programme(on, limits)
    best = _solved(on, programme, -programme.tonnes)
    if best is None:
        return None
    most = processed(on, class_capacity(on, _named(on, programme, best)))
    floor = (1.0 - options.slack - SAME) * most
    floor = at_least_t if floor <= at_least_t <= most else floor
    plants = _named(on, programme, best)
    sizes = options.sizes[programme.lot_size]
    built = np.where(np.isinf(sizes), 0.0, sizes)
    rough = bool(built.any()) and options.gap > 0 and len(programme.tonnes) > LARGE
    if rough:
        plants = _shrunk(on, limits, plants, floor)
    elif built.any():
        cost = np.zeros(len(programme.tonnes))
        cost[: len(built)] = built / built.max()
        used = np.flatnonzero(programme.tonnes)
        least = (floor - programme.fixed_t) / programme.unit
        enough = (one_row(used, programme.tonnes[used], least, np.inf),) if len(used) else ()
        found = _solved(on, programme, cost, enough)
        # None: the best plan misses its own floor by rounding.
        plants = plants if found is None else _named(on, programme, found)
    taken = options.sizes[plants.sizes]
    return Level(most, floor, float(taken[np.isfinite(taken)].sum()), plants, not rough)


def _shrunk(on: Ground, limits: Limits, plants: Plants, floor: float) -> Plants:
    """Return plants each as small as it can be with the others as they are, or left out."""
    options = on.options
    while True:
        before = plants
        for site in before.sites:
            at = int(np.flatnonzero(plants.sites == site)[0])
            now = options.sizes[plants.sizes[at]]
            smaller = [k for k in np.flatnonzero(options.allowed[site]) if options.sizes[k] < now]
            trials = [
                Plants(plants.sites, np.r_[plants.sizes[:at], k, plants.sizes[at + 1 :]])
                for k in sorted(smaller, key=lambda k: options.sizes[k])
            ]
            without = frozenset(map(int, np.delete(plants.sites, at)))
            if site != limits.must and without != limits.other_than:
                trials.insert(0, Plants(np.delete(plants.sites, at), np.delete(plants.sizes, at)))
            enough = (t for t in trials if processed(on, class_capacity(on, t)) >= floor)
            plants = next(enough, plants)
        if len(plants.sites) == len(before.sites) and (plants.sizes == before.sizes).all():
            return plants


def most_tonnes(on: Ground, site: int) -> float:
    """Return the most tonnes of any plan that holds a site, NaN when there is none."""
    programme = _programme(on, Limits(must=site))
    best = _solved(on, programme, -programme.tonnes)
    if best is None:
        return np.nan
    return processed(on, class_capacity(on, _named(on, programme, best)))


def processed(on: Ground, capacity: Floats) -> float:
    """Return the tonnes processed over the years that count, with `capacity` (R,) of classes."""
    return float(served(on, capacity)[:, on.case.counts].sum())


def can_be_used(on: Ground, built: Floats) -> bool:
    """Tell whether what is built in each class (R,) can be filled as asked in the fifth year."""
    wanted = built * on.options.viable
    demand = on.merged.demand[:, on.case.fifth]
    filled = float(proportional(demand, on.merged.site_reach, wanted).sum())
    return filled >= float(wanted.sum()) * (1.0 - SAME)


def kinds_of(on: Ground, apart: Iterable[int] = ()) -> Numbers:
    """Return of each site its kind: those of one kind can stand in for each other.

    Sites in `apart`, and those that exclude another, are each a kind of their own.
    """
    options = on.options
    alone = np.full(len(options.site_ids), -1)
    own = np.array([*apart, *(site for pair in options.excludes for site in pair)], dtype=np.intp)
    alone[own] = own
    return distinct(np.column_stack([on.merged.site_class, options.allowed, alone]))[1]


# ------------------------------------------------------------------ the programme


def _programme(on: Ground, limits: Limits) -> _Programme:
    case, merged, options = on.case, on.merged, on.options
    apart = [*(limits.other_than or ()), *([] if limits.must is None else [limits.must])]
    kind_of = kinds_of(on, apart)
    kinds = tuple(np.flatnonzero(kind_of == kind) for kind in range(int(kind_of.max()) + 1))
    first = np.array([members[0] for members in kinds])
    lot_kind, lot_size = np.nonzero(options.allowed[first])
    lot_class, size = merged.site_class[first][lot_kind], options.sizes[lot_size]
    counted = np.flatnonzero(case.counts & case.runs)
    demand, capacity = merged.demand[:, counted], merged.plant_capacity[:, counted]
    unit = max(demand.sum(), merged.demand[:, case.fifth].sum()) / SIZE or 1.0
    unlimited = (merged.plant_reach[:, :, None] & np.isinf(capacity)).any(axis=1)
    still = np.where(unlimited, 0.0, demand) / unit  # what existing plants may have to leave
    lots, groups = len(lot_kind), len(demand)
    reached = merged.site_reach[:, lot_class]

    # The unknowns: plants of each lot, covered part of each group, flows, flows of the fifth year.
    blocks = [*_conditions(options, limits, kind_of, lot_kind)]
    group, lot = np.nonzero(reached & np.isinf(size))
    covered = np.bincount(group, minlength=groups) > 0
    cover = lots + np.arange(groups)
    blocks.append(
        rows(
            np.r_[np.arange(groups), group],
            np.r_[cover, lot],
            np.r_[np.ones(groups), -np.ones(len(group))],
            -np.inf,
            np.zeros(groups),
        )
    )
    flows, flow_blocks = _flows(
        still, capacity / unit, covered, merged, _Lots(size / unit, lot_class)
    )
    wanted = options.viable * np.where(np.isinf(size), 0.0, size)
    used, used_blocks = _use(
        merged.demand[:, case.fifth] / unit,
        merged.site_reach,
        wanted / unit,
        lot_class,
        lots + groups + flows,
    )
    # A plant that all within its reach cannot fill is no choice at all.
    fifth = merged.demand[:, case.fifth] @ reached
    usable = wanted <= fifth * (1.0 + SAME)
    upper = np.r_[
        np.where(usable, np.array([len(members) for members in kinds])[lot_kind], 0),
        covered,
        np.full(flows + used, np.inf),
    ]
    tonnes = np.r_[np.zeros(lots), covered * still.sum(axis=1), np.ones(flows), np.zeros(used)]
    before = sum(
        float(
            proportional(
                merged.demand[:, year], merged.plant_reach, merged.plant_capacity[:, year]
            ).sum()
        )
        for year in np.flatnonzero(case.counts & ~case.runs)
    )
    return _Programme(
        kinds,
        lot_kind,
        lot_size,
        tonnes,
        (*blocks, *flow_blocks, *used_blocks),
        upper,
        unit,
        before + float(demand[unlimited].sum()),
    )


def _conditions(
    options: Options, limits: Limits, kind_of: Numbers, lot_kind: Numbers
) -> Iterator[Rows]:
    """Yield the rows of the numbers of plants: p, one at a site, excludes, what must be or not."""
    lots = np.arange(len(lot_kind))
    yield one_row(lots, 1.0, 0.0, options.p)
    yield rows(lot_kind, lots, 1.0, 0.0, np.bincount(kind_of))
    for a, b in options.excludes:
        yield one_row(lots[np.isin(lot_kind, kind_of[[a, b]])], 1.0, 0.0, 1.0)
    if limits.must is not None:
        yield one_row(lots[lot_kind == kind_of[limits.must]], 1.0, 1.0, 1.0)
    if limits.other_than is not None:
        in_set = np.isin(lot_kind, kind_of[list(limits.other_than)])
        signs = np.where(in_set, -1.0, 1.0)
        yield one_row(lots, signs, 1.0 - len(limits.other_than), np.inf)


@dataclass(frozen=True)
class _Lots:
    size: Floats
    site_class: Numbers


def _flows(
    still: Floats, capacity: Floats, covered: Flags, merged: Merged, of: _Lots
) -> tuple[int, list[Rows]]:
    """Return the number of flows to plants of limited capacity, and their rows.

    Out of a group no more than is not covered; into a class no more than its plants take, and out
    of one group no more than it has for each of them (which the solver's bounds need).
    """
    size, lot_class, lots = of.size, of.site_class, len(of.size)
    groups, years = still.shape
    classes = merged.site_reach.shape[1]
    limited = np.flatnonzero(np.isfinite(size))
    into = np.column_stack([merged.plant_reach, merged.site_reach])
    takes = np.vstack(
        [
            np.isfinite(capacity) & (capacity > 0),
            np.repeat(np.isin(np.arange(classes), lot_class[limited])[:, None], years, axis=1),
        ]
    )
    year, group, end = np.nonzero(
        (still.T > 0)[:, :, None] & into[None, :, :] & takes.T[:, None, :]
    )
    flows = len(year)
    if not flows:
        return 0, []
    flow = lots + groups + np.arange(flows)
    has = still[group, year]
    out, out_of = np.unique(year * groups + group, return_inverse=True)
    shared = np.flatnonzero(covered[out % groups])
    into_key, into_row = np.unique(year * len(takes) + end, return_inverse=True)
    existing = len(capacity)
    end_of, year_of = into_key % len(takes), into_key // len(takes)
    # More than all that reaches a plant is as good as that.
    all_t = still.max(axis=1) @ merged.site_reach
    worth = np.minimum(size, all_t[lot_class])
    row, lot = _matching(end_of - existing, lot_class, limited)
    known = end_of < existing
    high = np.zeros(len(into_key))
    high[known] = capacity[end_of[known], year_of[known]]
    each, each_lot = _matching(end - existing, lot_class, limited)
    new = np.flatnonzero(end >= existing)
    place = np.zeros(flows, dtype=np.intp)
    place[new] = np.arange(len(new))
    return flows, [
        rows(
            np.r_[out_of, shared],
            np.r_[flow, lots + out[shared] % groups],
            np.r_[np.ones(flows), still[out[shared] % groups, out[shared] // groups]],
            -np.inf,
            still[out % groups, out // groups],
        ),
        rows(
            np.r_[into_row, row],
            np.r_[flow, lot],
            np.r_[np.ones(flows), -worth[lot]],
            -np.inf,
            high,
        ),
        rows(
            np.r_[place[new], place[each]],
            np.r_[flow[new], each_lot],
            np.r_[np.ones(len(new)), -np.minimum(worth[each_lot], has[each])],
            -np.inf,
            np.zeros(len(new)),
        ),
    ]


def _matching(wanted: Numbers, lot_class: Numbers, lots: Numbers) -> tuple[Numbers, Numbers]:
    """Return all pairs of a position in `wanted` and a lot of that class."""
    lots = lots[np.argsort(lot_class[lots], kind="stable")]
    first = np.searchsorted(lot_class[lots], wanted, side="left")
    count = np.searchsorted(lot_class[lots], wanted, side="right") - first
    position = np.repeat(np.arange(len(wanted)), count)
    within = np.arange(len(position)) - np.repeat(np.cumsum(count) - count, count)
    return position, lots[first[position] + within]


def _use(
    fifth: Floats, reach: Flags, wanted: Floats, lot_class: Numbers, start: int
) -> tuple[int, list[Rows]]:
    """Return the number of flows that make new plants viable, and their rows.

    In the fifth year each class must be able to take exactly what its plants need, all classes at
    once.  Existing plants do not matter: what flows to them can go elsewhere, and any such flow
    can be extended to one of the most tonnes.
    """
    limited = np.flatnonzero(np.isfinite(wanted) & (wanted > 0))
    patterns, group = distinct(reach)
    demand = summed(group, fifth, len(patterns))
    asked = np.isin(np.arange(reach.shape[1]), lot_class[limited])
    out, into = np.nonzero(patterns & asked & (demand > 0)[:, None])
    flow = start + np.arange(len(out))
    return len(out), [
        rows(out, flow, 1.0, -np.inf, demand),
        rows(
            np.r_[into, lot_class[limited]],
            np.r_[flow, limited],
            np.r_[np.ones(len(out)), -wanted[limited]],
            np.zeros(reach.shape[1]),
            0.0,
        ),
    ]


# ------------------------------------------------------------------ answers


def _solved(
    on: Ground, programme: _Programme, cost: Floats, extra: tuple[Rows, ...] = ()
) -> Floats | None:
    whole = np.arange(len(cost)) < len(programme.lot_kind)
    blocks = (*programme.blocks, *extra)
    return solve(cost, blocks, upper=programme.upper, whole=whole, gap=on.options.gap)


def _named(on: Ground, programme: _Programme, found: Floats) -> Plants:
    """Return plants: of each kind the first sites in the order of their ids."""
    sites: list[int] = []
    sizes: list[int] = []
    for kind, members in enumerate(programme.kinds):
        lots = np.flatnonzero(programme.lot_kind == kind)
        counts = found[lots].astype(int)
        by_name = sorted(map(int, members), key=lambda site: on.options.site_ids[site])
        sites += by_name[: int(counts.sum())]
        sizes += np.repeat(programme.lot_size[lots], counts).tolist()
    return Plants(np.array(sites, dtype=np.intp), np.array(sizes, dtype=np.intp))
