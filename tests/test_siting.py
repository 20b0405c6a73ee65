"""The choice of sites against every set that there is, peers, and numbers worked by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pulp
import pytest
from scipy.optimize import linprog
from spopt import locate

from atlas.errors import DataError
from atlas.gaps import serve
from atlas.ranking import classes_of, rank_sites
from atlas.siting import plan, runner_up, value_of_each
from atlas.siting_case import Case, Options

if TYPE_CHECKING:
    from collections.abc import Iterator

INF = np.inf

# ------------------------------------------------------------------ every set there is


def random_case(seed: int, *, unlimited: bool = False) -> tuple[Case, Options]:
    """Make a small case; some have ties, some nothing outside, some no plants."""
    rng = np.random.default_rng(seed)
    n, m, s, k, years = (
        int(rng.integers(*ends)) for ends in ((2, 7), (0, 3), (1, 5), (1, 3), (1, 4))
    )
    round_to = rng.choice([1.0, 0.001])
    amount = lambda shape, low, high: np.round(rng.uniform(low, high, shape) / round_to) * round_to  # noqa: E731
    some = rng.uniform(0.4, 1.0)
    sizes = np.unique(amount(k, 5, 60))
    if unlimited:
        sizes = np.array([INF])
    elif rng.random() < 0.2:
        sizes = np.r_[sizes, INF]
    runs = np.arange(years) >= rng.integers(0, years)
    counts = rng.random(years) < 0.8
    counts[-1] |= not counts.any()
    capacity = amount((m, years), 0, 60) * (rng.random((m, years)) < 0.8)
    if unlimited:
        capacity = np.where(capacity > 30, INF, 0.0)
    elif rng.random() < 0.2:
        capacity[rng.random((m, years)) < 0.3] = INF
    allowed = rng.random((s, len(sizes))) < 0.85
    allowed[0, 0] = True
    left = int(allowed.any(axis=1).sum())
    excludes = tuple(pair for pair in combinations(range(s), 2) if rng.random() < 0.15)
    case = Case(
        demand=amount((n, years), 0, 40),
        ours=rng.random(n) < 0.7,
        reach=rng.random((n, m)) < some,
        capacity=capacity,
        km=amount((n, m), 1, 99),
        site_reach=rng.random((n, s)) < some,
        site_km=amount((n, s), 1, 99),
        counts=counts,
        runs=runs,
        fifth=years - 1,
    )
    options = Options(
        site_ids=tuple(rng.permutation([f"S{i}" for i in range(s)]).tolist()),
        sizes=sizes,
        allowed=allowed,
        p=int(rng.integers(1, min(3, left) + 1)),
        excludes=excludes,
        viable=float(rng.choice([0.0, 0.6, 0.9])),
        slack=float(rng.choice([0.0, 0.005, 0.1])),
    )
    return case, options


def plants_of(
    case: Case, options: Options, lots: tuple[tuple[int, int], ...], year: int
) -> tuple[Any, Any, Any]:
    """Return reach, capacity and kilometres of all plants, each site by itself."""
    sites = [site for site, _ in lots] if case.runs[year] else []
    sizes = [options.sizes[size] for _, size in lots] if case.runs[year] else []
    return (
        np.column_stack([case.reach, case.site_reach[:, sites]]),
        np.r_[case.capacity[:, year], sizes],
        np.column_stack([case.km, case.site_km[:, sites]]),
    )


def served_by(case: Case, options: Options, lots: tuple[tuple[int, int], ...]) -> np.ndarray:
    got = np.zeros_like(case.demand)
    for year in np.flatnonzero(case.counts):
        reach, capacity, _ = plants_of(case, options, lots, year)
        got[:, year] = serve(case.demand[:, year], reach, capacity)
    return got


def transport(
    tonnes: np.ndarray,
    reach: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    km: np.ndarray,
    *,
    all_of_it: bool,
) -> float | None:
    """Solve the plain transport problem of one year; None when there is no flow."""
    n, m = reach.shape
    if not m:
        return None if all_of_it and tonnes.sum() > 0 else 0.0
    rows, columns = np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))
    finite = np.isfinite(high)
    room = 1e-9 * max(1.0, float(tonnes.sum()))
    limits = [columns[finite], -columns]
    bounds = [high[finite] + room, -low + room]
    found = linprog(
        km.ravel(),
        A_ub=np.vstack(limits if all_of_it else [*limits, rows]),
        b_ub=np.concatenate(bounds if all_of_it else [*bounds, tonnes]),
        A_eq=rows if all_of_it else None,
        b_eq=tonnes if all_of_it else None,
        bounds=[(0, None if can else 0) for can in reach.ravel()],
    )
    return float(found.fun) if found.status == 0 else None


def usable(case: Case, options: Options, lots: tuple[tuple[int, int], ...]) -> bool:
    reach, capacity, km = plants_of(case, options, lots, case.fifth)
    low = np.where(np.isinf(capacity), 0.0, np.nan_to_num(capacity) * options.viable)
    low[: len(case.capacity)] = 0.0
    demand = case.demand[:, case.fifth]
    return transport(demand, reach, low, capacity, 0 * km, all_of_it=False) is not None


def kilometres(case: Case, options: Options, lots: tuple[tuple[int, int], ...]) -> float:
    total = 0.0
    got = served_by(case, options, lots)
    for year in np.flatnonzero(case.counts):
        reach, capacity, km = plants_of(case, options, lots, year)
        cost = np.where(case.ours[:, None] & reach, km, 0.0)
        found = transport(
            got[:, year], reach, np.zeros(len(capacity)), capacity, cost, all_of_it=True
        )
        assert found is not None
        total += found
    return total


def all_plans(options: Options) -> Iterator[tuple[tuple[int, int], ...]]:
    for count in range(options.p + 1):
        for sites in combinations(range(len(options.site_ids)), count):
            if any(a in sites and b in sites for a, b in options.excludes):
                continue
            yield from (
                tuple(zip(sites, sizes, strict=True))
                for sizes in product(*(np.flatnonzero(options.allowed[i]).tolist() for i in sites))
            )


def built(options: Options, lots: tuple[tuple[int, int], ...]) -> float:
    return float(sum(options.sizes[k] for _, k in lots if np.isfinite(options.sizes[k])))


def brute_force(
    case: Case,
    options: Options,
    plans: list[tuple[tuple[int, int], ...]],
    floor: float | None = None,
) -> tuple[tuple[tuple[int, int], ...], float, float, float]:
    """Return the best plan, most tonnes, its capacity and its tonne-kilometres."""
    tonnes = [float(served_by(case, options, lots).sum()) for lots in plans]
    most = max(tonnes)
    own = (1 - options.slack) * most - 1e-7 * most
    enough = own if floor is None or not own <= floor <= most else floor
    near = [lots for lots, t in zip(plans, tonnes, strict=True) if t >= enough]
    least = min(built(options, lots) for lots in near)
    near = [lots for lots in near if built(options, lots) <= least * (1 + 1e-9)]
    km = [kilometres(case, options, lots) for lots in near]
    fewest = min(km)
    tied = [lots for lots, t in zip(near, km, strict=True) if t <= fewest + 2e-7 * (1 + fewest)]

    def order(lots: tuple[tuple[int, int], ...]) -> tuple[int, list[str], list[int]]:
        named = sorted((options.site_ids[i], k) for i, k in lots)
        return len(named), [name for name, _ in named], [k for _, k in named]

    best = min(tied, key=order)
    named = tuple(sorted(best, key=lambda lot: options.site_ids[lot[0]]))
    return named, most, least, fewest


SEEDS = [
    pytest.param(seed, unlimited, id=f"{seed}{' unlimited' * unlimited}")
    for seed in range(150)
    for unlimited in (False, True)
]


@pytest.mark.parametrize(("seed", "unlimited"), SEEDS)
def test_brute_force_finds_the_same(seed: int, unlimited: bool) -> None:  # noqa: FBT001
    case, options = random_case(seed, unlimited=unlimited)
    plans = [lots for lots in all_plans(options) if usable(case, options, lots)]
    best, most, least, fewest = brute_force(case, options, plans)
    found = plan(case, options)
    assert found.status == ("exact",)
    assert found.most_t == pytest.approx(most, rel=1e-7, abs=1e-9)
    assert found.capacity_t_per_a == pytest.approx(least, rel=1e-9)
    assert found.tonne_km == pytest.approx(fewest, rel=1e-6, abs=1e-6)
    assert found.chosen == best
    assert bool(found.reason) == (not best)

    values = value_of_each(case, options)
    for site, value in enumerate(values):
        with_it = [lots for lots in plans if site in dict(lots)]
        tonnes = [float(served_by(case, options, lots).sum()) for lots in with_it]
        assert value == pytest.approx(max(tonnes, default=np.nan), rel=1e-7, nan_ok=True)

    others = [lots for lots in plans if set(dict(lots)) != set(dict(best))]
    second = runner_up(case, options, found)
    assert (second is None) == (not others)
    if second is not None:
        expected, *_ = brute_force(case, options, others, found.floor_t)
        assert second.plan.chosen == expected


# ------------------------------------------------------------------ peers


def plane(seed: int, *, nodes: int = 40, sites: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Give kilometres and tonnes of nodes and sites on a plane."""
    rng = np.random.default_rng(seed)
    places, candidates = rng.uniform(0, 50, (nodes, 2)), rng.uniform(0, 50, (sites, 2))
    km = np.hypot(*(places[:, None] - candidates[None]).transpose(2, 0, 1)).round(3)
    return km, rng.integers(1, 100, nodes).astype(float)


def open_field(km: np.ndarray, tonnes: np.ndarray, reach: np.ndarray) -> Case:
    """Give a case of one year without existing plants; all of it is ours."""
    nodes = len(km)
    return Case(
        demand=tonnes[:, None],
        ours=np.ones(nodes, dtype=bool),
        reach=np.zeros((nodes, 0), dtype=bool),
        capacity=np.zeros((0, 1)),
        km=np.zeros((nodes, 0)),
        site_reach=reach,
        site_km=km,
        counts=np.ones(1, dtype=bool),
        runs=np.ones(1, dtype=bool),
        fifth=0,
    )


def choices(sites: int, sizes: list[float], p: int, **more: float) -> Options:
    return Options(
        site_ids=tuple(f"S{i:03}" for i in range(sites)),
        sizes=np.array(sizes),
        allowed=np.ones((sites, len(sizes)), dtype=bool),
        p=p,
        **more,
    )


# The peer builds its model in a way that its own solver's library will give up.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulp.*")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:spopt.*")
@pytest.mark.parametrize("seed", range(5))
def test_a_cover_is_that_of_spopt(seed: int) -> None:
    km, tonnes = plane(seed)
    peer = locate.MCLP.from_cost_matrix(km, tonnes, service_radius=12.0, p_facilities=3)
    peer = peer.solve(pulp.PULP_CBC_CMD(msg=False))
    found = plan(open_field(km, tonnes, km <= 12.0), choices(10, [INF], 3, slack=0.0))
    assert found.processed_t == pytest.approx(peer.problem.objective.value())


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulp.*")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:spopt.*")
@pytest.mark.parametrize("seed", range(5))
def test_fewest_tonne_kilometres_are_those_of_spopt(seed: int) -> None:
    km, tonnes = plane(seed)
    peer = locate.PMedian.from_cost_matrix(km, tonnes, p_facilities=3)
    peer = peer.solve(pulp.PULP_CBC_CMD(msg=False))
    found = plan(open_field(km, tonnes, np.ones_like(km, dtype=bool)), choices(10, [INF], 3))
    assert len(found.chosen) == 3
    assert found.tonne_km == pytest.approx(peer.problem.objective.value())


# ------------------------------------------------------------------ by hand


def test_a_new_plant_takes_what_the_known_ones_leave() -> None:
    # A 60, B 30, C 10 and O 100 outside; 100 t at F1 (A, B, O), 40 t at F2 (B, C): 60 t are left.
    case = Case(
        demand=np.array([[60.0], [30.0], [10.0], [100.0]]),
        ours=np.array([True, True, True, False]),
        reach=np.array([[1, 0], [1, 1], [0, 1], [1, 0]], dtype=bool),
        capacity=np.array([[100.0], [40.0]]),
        km=np.array([[10.0, np.nan], [20.0, 30.0], [np.nan, 10.0], [80.0, np.nan]]),
        site_reach=np.ones((4, 2), dtype=bool),
        site_km=np.array([[5.0, 50.0], [5.0, 50.0], [5.0, 50.0], [60.0, 60.0]]),
        counts=np.ones(1, dtype=bool),
        runs=np.ones(1, dtype=bool),
        fifth=0,
    )
    found = plan(case, choices(2, [40.0, 60.0, 100.0], 2))
    assert found.processed_t == pytest.approx(200.0)
    assert found.capacity_t_per_a == 60.0
    assert found.chosen == ((0, 1),)
    # All of ours at 5 km would be 500 t·km, but 40 t can stay at none but the known plants.
    assert found.tonne_km < 1_300.0
    table = rank_sites(
        {"default": case}, choices(2, [60.0], 1), default="default", merit=np.zeros((2, 1))
    )
    assert table["gained_t_per_a"].tolist() == pytest.approx([60.0, 60.0])
    assert table["ours_t_per_a"].tolist() == pytest.approx([22.5, 22.5])
    assert table["class"].tolist() == [1, 1]
    assert table["rank"].tolist() == [1, 2]


def test_more_plants_never_process_less() -> None:
    for seed in range(20):
        case, options = random_case(seed)
        left = int(options.allowed.any(axis=1).sum())
        most = [plan(case, replace(options, p=p)).most_t for p in range(1, left + 1)]
        assert all(b >= a - 1e-7 * (1 + a) for a, b in pairwise(most))


def test_classes_begin_where_a_hundredth_is_lost() -> None:
    values = np.array([100.0, 99.0, 98.9, 97.92, 97.9, np.nan])
    assert classes_of(values).tolist() == [1, 1, 2, 2, 3, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"p": 3}, "siting: p: 3 new plants; 1 to 2: "),
        ({"p": 0}, "siting: p: 0 new plants; 1 to 2: "),
        ({"allowed": np.zeros((2, 1), dtype=bool)}, "siting: "),
        ({"sizes": np.array([-1.0])}, "siting: "),
    ],
)
def test_what_cannot_be_asked_is_told(change: dict[str, Any], words: str) -> None:
    km, tonnes = plane(1, nodes=3, sites=2)
    case = open_field(km, tonnes, np.ones_like(km, dtype=bool))
    with pytest.raises(DataError) as error:
        plan(case, replace(choices(2, [50.0], 1), **change))
    assert str(error.value).startswith(words)


def test_where_nothing_is_worth_building_the_reason_is_told() -> None:
    km, tonnes = plane(1, nodes=3, sites=2)
    nobody = open_field(km, tonnes, np.zeros_like(km, dtype=bool))
    assert "nobody with demand reaches any of 2 sites" in plan(nobody, choices(2, [5.0], 1)).reason
    empty = open_field(km, tonnes * 0, np.ones_like(km, dtype=bool))
    assert "0 t in the years that count" in plan(empty, choices(2, [5.0], 1)).reason
    idle = plan(open_field(km, tonnes, np.ones_like(km, dtype=bool)), choices(2, [1e6], 1))
    assert idle.chosen == ()
    assert "60% of a size to be filled" in idle.reason
