"""What is asked of the choice of sites: demand, plants, candidates and conditions, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from atlas.errors import problem, raise_problems
from atlas.gaps import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.intp]

_Cell = TypeVar("_Cell", bound=np.generic)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One scenario: n nodes (zone x stream), m existing plants, s candidate sites, T years.

    `demand` (n, T) in tonnes of product a year; `ours` (n,) tells the region's nodes from those
    outside.  Existing plants are always there: `reach` (n, m), `capacity` (m, T) in tonnes of
    product a year (``inf`` for no limit, 0 where they do not run) and `km` (n, m); candidates have
    `site_reach` and `site_km` (n, s).  Kilometres out of reach may be NaN.  `counts` (T,) are the
    years whose tonnes count, `runs` (T,) those in which new plants run, `fifth` is the index of
    the year in which their use is tested, whether or not it counts.
    """

    demand: Floats
    ours: Flags
    reach: Flags
    capacity: Floats
    km: Floats
    site_reach: Flags
    site_km: Floats
    counts: Flags
    runs: Flags
    fifth: int
    zone: Numbers | None = None  # which nodes are of one zone, for counting those that gain


@dataclass(frozen=True, kw_only=True)
class Options:
    """What may be built, and what is asked of it.

    `sizes` (k,) in tonnes of product a year, ``inf`` for no limit; `allowed` (s, k) tells which
    size fits where; of two sites in `excludes` (indices) at most one is taken; at most `p` plants
    come, at most one at a site.  A plant is `viable` when that part of its size can be filled in
    the fifth year (one without limit always is).  Plans within `slack` of the most tonnes are as
    good as the best; `gap` is how far from the best the solver may stop.
    """

    site_ids: tuple[str, ...]
    sizes: Floats
    allowed: Flags
    p: int
    excludes: tuple[tuple[int, int], ...] = ()
    viable: float = 0.6
    slack: float = 0.005
    gap: float = 0.0


@dataclass(frozen=True)
class Merged:
    """A case whose nodes, plants and sites are merged where their reach is the same.

    Of each node its `group`, of each site its `site_class`; `demand` (G, T); `plant_reach` (G, E)
    and `plant_capacity` (E, T) of existing plants; `site_reach` (G, R) of the classes of sites.
    """

    group: Numbers
    site_class: Numbers
    demand: Floats
    plant_reach: Flags
    plant_capacity: Floats
    site_reach: Flags


@dataclass(frozen=True)
class Ways:
    """Nodes merged where reach and kilometres are the same, with what each kilometre costs.

    Of each node its `place`; `cost` (h, m + s) to plants and sites, inf out of reach.  Those
    outside travel for nothing: only the tonne-kilometres of ours are asked for.
    """

    place: Numbers
    cost: Floats


@dataclass(frozen=True)
class Ground:
    """A checked case, what may be built, and the case merged in both ways."""

    case: Case
    options: Options
    merged: Merged
    ways: Ways


@dataclass(frozen=True)
class Limits:
    """A site that every plan holds, and a set of sites that none may equal."""

    must: int | None = None
    other_than: frozenset[int] | None = None


@dataclass(frozen=True)
class Plants:
    """New plants: the indices of their sites and sizes."""

    sites: Numbers
    sizes: Numbers


def ground(case: Case, options: Options) -> Ground:
    """Check a case and merge it."""
    check(case, options)
    return Ground(case, options, merge(case), ways(case))


def merge(case: Case) -> Merged:
    """Merge what has the same reach: only groups and classes matter for tonnes."""
    m, years = case.capacity.shape
    both, group = distinct(np.column_stack([case.reach, case.site_reach]))
    demand = np.zeros((len(both), years))
    np.add.at(demand, group, case.demand)
    plants, plant_class = distinct(both[:, :m].T)
    capacity = np.zeros((len(plants), years))
    np.add.at(capacity, plant_class, case.capacity)
    sites, site_class = distinct(both[:, m:].T)
    return Merged(group, site_class, demand, plants.T, capacity, sites.T)


def ways(case: Case, *, outside: float = 0.0) -> Ways:
    """Return the distinct ways to the plants, a kilometre from outside counting as `outside`."""
    reach = np.column_stack([case.reach, case.site_reach])
    km = np.where(reach, np.column_stack([case.km, case.site_km]), np.inf)
    factor = np.where(reach & ~case.ours[:, None], outside, 1.0)
    cost, place = distinct(np.where(reach, km * factor, np.inf))
    return Ways(place, cost)


def distinct(table: NDArray[_Cell]) -> tuple[NDArray[_Cell], Numbers]:
    """Return the distinct rows of a table, and of each row which of them it is."""
    if not table.size:
        return table[:1], np.zeros(len(table), dtype=np.intp)
    found, number = np.unique(table, axis=0, return_inverse=True)
    return found, np.asarray(number, dtype=np.intp).ravel()


def summed(place: Numbers, amounts: Floats, size: int) -> Floats:
    """Return what of the amounts is at each of `size` places."""
    return np.bincount(place, weights=amounts, minlength=size).astype(float)


def proportional(demand: Floats, reach: Flags, capacity: Floats) -> Floats:
    """Return what is served of each node of one year by proportional access."""
    return serve(demand, reach, capacity)


def served(on: Ground, capacity: Floats) -> Floats:
    """Return what is served of each node (n, T), nothing in years that do not count.

    `capacity` (R,) is that of all new plants of each class of sites together.
    """
    case, merged = on.case, on.merged
    part = np.zeros_like(merged.demand)
    reach = np.column_stack([merged.plant_reach, merged.site_reach])
    for year in np.flatnonzero(case.counts):
        demand = merged.demand[:, year]
        new = capacity if case.runs[year] else np.zeros_like(capacity)
        got = proportional(demand, reach, np.r_[merged.plant_capacity[:, year], new])
        np.divide(got, demand, out=part[:, year], where=demand > 0)
    return np.asarray(case.demand * part[merged.group], dtype=float)


def class_capacity(on: Ground, plants: Plants) -> Floats:
    """Return the capacity (R,) of each class of sites."""
    capacity = np.zeros(on.merged.site_reach.shape[1])
    np.add.at(capacity, on.merged.site_class[plants.sites], on.options.sizes[plants.sizes])
    return capacity


# ------------------------------------------------------------------ what is wrong with a case


def check(case: Case, options: Options) -> None:
    """Raise a `DataError` that names all that is wrong with a case and its options."""
    found = list(_shapes(case, options))
    raise_problems(found or [*_numbers(case), *_conditions(case, options)])


def _shapes(case: Case, options: Options) -> Iterator[str]:
    n, years = case.demand.shape if case.demand.ndim == 2 else (-1, -1)  # noqa: PLR2004
    m, s, k = len(case.capacity), len(options.site_ids), len(options.sizes)
    expected = {
        "demand": (case.demand, (n, years)),
        "ours": (case.ours, (n,)),
        "reach": (case.reach, (n, m)),
        "capacity": (case.capacity, (m, years)),
        "km": (case.km, (n, m)),
        "site_reach": (case.site_reach, (n, s)),
        "site_km": (case.site_km, (n, s)),
        "counts": (case.counts, (years,)),
        "runs": (case.runs, (years,)),
        "allowed": (options.allowed, (s, k)),
    }
    for name, (table, shape) in expected.items():
        if table.shape != shape:
            yield problem(
                f"siting: {name}",
                f"shape {table.shape}",
                f"{shape}, for {n} nodes, {m} plants, {s} sites, {k} sizes and {years} years",
                "give all tables for the same nodes, plants, sites, sizes and years",
            )


def _numbers(case: Case) -> Iterator[str]:
    for name, table, right in (
        ("demand", case.demand, np.isfinite(case.demand) & (case.demand >= 0)),
        ("capacity", case.capacity, case.capacity >= 0),
        ("km", case.km, ~case.reach | np.isfinite(case.km) & (case.km >= 0)),
        (
            "site_km",
            case.site_km,
            ~case.site_reach | np.isfinite(case.site_km) & (case.site_km >= 0),
        ),
    ):
        wrong = ~right
        if wrong.any():
            row, column = (int(i[0]) for i in np.nonzero(wrong))
            yield problem(
                f"siting: {name}, row {row}, column {column}",
                f"{table[row, column]}",
                "a number of 0 or more",
                "put 0 where there is none, and take what is not known out of the case",
            )


def _conditions(case: Case, options: Options) -> Iterator[str]:
    years = len(case.counts)
    if not case.counts.any():
        yield problem("siting: years", "none counts", "at least one", "choose a year")
    if not 0 <= case.fifth < years or not case.runs[case.fifth]:
        yield problem(
            "siting: fifth year",
            f"index {case.fifth} of {years} years, in which new plants do not run",
            "a year in which they run",
            "let the years go on to the fifth after opening",
        )
    if not (options.sizes > 0).all():
        yield problem(
            "siting: sizes",
            f"{[float(size) for size in options.sizes]}",
            "tonnes a year above 0, or inf for no limit",
            "leave out the sizes that are none",
        )
    for name in ("viable", "slack", "gap"):
        if not 0 <= getattr(options, name) <= 1:
            yield problem(
                f"siting: {name}",
                f"{getattr(options, name)}",
                "a share from 0 to 1",
                "write 60 % as 0.6",
            )
    yield from _sites(options)


def _sites(options: Options) -> Iterator[str]:
    s, left = len(options.site_ids), int(options.allowed.any(axis=1).sum())
    twice = {name for name in options.site_ids if options.site_ids.count(name) > 1}
    if twice:
        yield problem(
            "siting: site_id", ", ".join(sorted(twice)), "each once", "give each site its own"
        )
    for a, b in options.excludes:
        if a == b or not (0 <= a < s and 0 <= b < s):
            yield problem(
                "siting: excludes", f"sites {a} and {b}", f"two sites below {s}", "correct them"
            )
    if not left:
        yield problem(
            "siting: sites",
            f"none of {s} may have any of {len(options.sizes)} sizes",
            "a site that is allowed",
            "relax a filter (unknown passes, hectares, category) or add smaller sizes",
        )
    elif not 1 <= options.p <= left:
        yield problem(
            "siting: p",
            f"{options.p} new plants",
            f"1 to {left}: {left} sites are left of {s}",
            f"ask for {left} or fewer, or relax a filter",
        )
