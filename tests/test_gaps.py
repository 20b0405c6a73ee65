"""The capacity programme against hand-worked numbers, brute force and its own promises."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from atlas.gaps import programme, route, serve

INF = np.inf

# Four places with packs: three of the province, and O for the rest of the country.  The first
# plant takes 50 t/a of black mass, half the mass of a pack, so 100 t/a of packs; the second 40.
NAMES = ["A", "B", "C", "O"]
COLLECTED = np.array([60.0, 30.0, 10.0, 100.0])
KM = np.array([[10, np.nan], [20, 30], [np.nan, 10], [80, np.nan]], dtype=float)


def solve(
    collected: list[float] | np.ndarray, capacity: list[float], km: np.ndarray = KM
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Solve for given nodes; a missing distance is out of reach."""
    nodes = pd.DataFrame(
        {"zone_id": NAMES[: len(collected)], "stream": "pack", "collected_t": collected}
    )
    accepts = pd.DataFrame(
        {"facility": range(len(capacity)), "stream": "pack", "capacity_t_per_a": capacity}
    )
    accepts["best_t_per_a"] = accepts["capacity_t_per_a"].fillna(INF)
    return programme(nodes, accepts, km[: len(collected)], limit_km=INF)


def tonne_km(flows: pd.DataFrame) -> float:
    return float((flows["tonnes"] * flows["distance_km"]).sum())


def test_alone_the_province_is_served_in_full() -> None:
    gaps, flows = solve(COLLECTED[:3], [100.0, 40.0])
    assert gaps["capacity_gap_t"].tolist() == [0.0, 0.0, 0.0]
    carried = {(f.zone_id, f.facility): f.tonnes for f in flows.itertuples()}
    assert carried == pytest.approx({("A", 0): 60.0, ("B", 0): 30.0, ("C", 1): 10.0})
    assert tonne_km(flows) == pytest.approx(1300.0)


def test_with_the_rest_of_the_country_those_who_share_a_plant_share_its_gap() -> None:
    gaps, flows = solve(COLLECTED, [100.0, 40.0])
    assert gaps["capacity_gap_t"].to_numpy() == pytest.approx([22.5, 0.0, 0.0, 37.5])
    assert gaps["why"].tolist() == ["capacity", None, None, "capacity"]
    assert tonne_km(flows) == pytest.approx(6375.0)


def test_splitting_a_place_splits_its_gap() -> None:
    km = np.vstack([KM[0], KM])
    nodes = pd.DataFrame({"zone_id": ["A1", "A2", "B", "C", "O"], "stream": "pack"}).assign(
        collected_t=[30.0, 30.0, 30.0, 10.0, 100.0]
    )
    accepts = pd.DataFrame(
        {
            "facility": [0, 1],
            "stream": "pack",
            "capacity_t_per_a": [100.0, 40.0],
            "best_t_per_a": [100.0, 40.0],
        }
    )
    gaps, _ = programme(nodes, accepts, km, limit_km=INF)
    assert gaps["capacity_gap_t"].to_numpy() == pytest.approx([11.25, 11.25, 0.0, 0.0, 37.5])


def test_an_unknown_capacity_gives_a_pair() -> None:
    gaps, _ = solve(COLLECTED, [100.0, np.nan])
    served = gaps["processed_t"].to_numpy()
    # C reaches only the unknown plant: its tonnes count as processed in the best case alone.
    assert served == pytest.approx([60 * 100 / 190, 30 * 100 / 190, 0.0, 100 * 100 / 190])
    gap = gaps["capacity_gap_t"].to_numpy()
    assert gap == pytest.approx([28.4211, 14.2105, 10.0, 47.3684], abs=1e-4)
    assert gap[:3].sum() == pytest.approx(52.6316, abs=1e-4)
    best = gaps["capacity_gap_t_best"].to_numpy()
    assert best == pytest.approx([22.5, 0.0, 0.0, 37.5])
    assert best[:3].sum() == pytest.approx(22.5)


def test_ours_first_fills_the_plants_by_distance() -> None:
    # The province whole, the rest of the country what is left: the flows with the fewest t·km.
    served = np.array([60.0, 30.0, 10.0, 40.0])
    km = np.nan_to_num(KM)
    flows = route(served, np.isfinite(KM), np.array([100.0, 40.0]), km)
    assert float((flows * km).sum()) == pytest.approx(4800.0)
    assert flows[1] == pytest.approx([0.0, 30.0])


def test_the_best_of_an_unknown_plant_is_what_its_site_takes() -> None:
    nodes = pd.DataFrame({"zone_id": ["A"], "stream": "pack", "collected_t": [60.0]})
    accepts = pd.DataFrame(
        {"facility": [0], "stream": "pack", "capacity_t_per_a": np.nan, "best_t_per_a": 45.0}
    )
    gaps, _ = programme(nodes, accepts, np.array([[1.0]]), limit_km=INF)
    assert gaps["capacity_gap_t"].tolist() == [60.0]
    assert gaps["capacity_gap_t_best"].tolist() == [15.0]


def test_a_second_step_of_fifteen_tonnes_serves_all_alike() -> None:
    # A refinery of 15 t black mass is 30 t of packs, of the 200 t that all collect.
    first, _ = solve(COLLECTED, [100.0, 40.0])
    served = serve(COLLECTED, np.ones((4, 1), dtype=bool), np.array([30.0]))
    assert served / COLLECTED == pytest.approx(np.full(4, 0.15))
    assert (served <= first["processed_t"].to_numpy()).all()
    province = [COLLECTED[:3].sum(), first["processed_t"][:3].sum(), served[:3].sum()]
    assert province == pytest.approx([100.0, 77.5, 15.0])


def test_the_reason_of_a_gap() -> None:
    nodes = pd.DataFrame(
        {"zone_id": ["A", "B", "C"], "stream": ["pack", "pack", "panel"], "collected_t": 5.0}
    )
    accepts = pd.DataFrame(
        {"facility": [0], "stream": ["pack"], "capacity_t_per_a": [2.0], "best_t_per_a": [2.0]}
    )
    km = np.array([[10.0], [300.0], [10.0]])
    gaps, _ = programme(nodes, accepts, km, limit_km=100.0)
    assert gaps["why"].tolist() == ["capacity", "reach", "absence"]
    assert gaps["capacity_gap_t"].tolist() == [3.0, 5.0, 5.0]


def test_streams_share_a_plant() -> None:
    nodes = pd.DataFrame(
        {"zone_id": ["A", "A"], "stream": ["pack", "ev"], "collected_t": [30.0, 90.0]}
    )
    accepts = pd.DataFrame(
        {
            "facility": [0, 0],
            "stream": ["pack", "ev"],
            "capacity_t_per_a": [60.0, 60.0],
            "best_t_per_a": [60.0, 60.0],
        }
    )
    gaps, _ = programme(nodes, accepts, np.array([[1.0], [1.0]]), limit_km=INF)
    assert gaps["processed_t"].tolist() == pytest.approx([15.0, 45.0])


# ------------------------------------------------------------------ brute force and properties

amounts = st.floats(0.1, 100.0).map(lambda x: round(x, 3))


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    collected = np.array(draw(st.lists(amounts, min_size=n, max_size=n)))
    capacity = np.array(draw(st.lists(amounts, min_size=m, max_size=m)))
    reach = np.array(
        draw(st.lists(st.lists(st.booleans(), min_size=m, max_size=m), min_size=n, max_size=n))
    )
    return collected, reach, capacity


def brute_force(collected: np.ndarray, reach: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Leximin by trying every set of nodes for the one with the least capacity per tonne."""
    ratio = np.zeros(len(collected))
    left = {i for i in range(len(collected)) if reach[i].any()}
    plants = set(range(len(capacity)))
    while left:
        best = (1.0, ())
        for size in range(1, len(left) + 1):
            for members in combinations(sorted(left), size):
                near = {p for p in plants if any(reach[i, p] for i in members)}
                theta = sum(capacity[p] for p in near) / sum(collected[i] for i in members)
                if theta < best[0] - 1e-12:
                    best = (theta, members)
        theta, members = best
        for i in members or left:
            ratio[i] = theta if members else 1.0
        if not members:
            break
        left -= set(members)
        plants -= {p for p in plants if any(reach[i, p] for i in members)}
    return collected * ratio


@given(cases())
def test_brute_force_finds_the_same(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    assert serve(*case) == pytest.approx(brute_force(*case), abs=1e-7)


@given(cases())
def test_the_total_is_the_most_that_any_flow_reaches(
    case: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    collected, reach, capacity = case
    n, m = reach.shape
    limits = np.zeros((n + m, n * m))
    for i in range(n):
        limits[i, i * m : (i + 1) * m] = 1
    for j in range(m):
        limits[n + j, j::m] = 1
    best = linprog(
        -np.ones(n * m),
        A_ub=limits,
        b_ub=np.r_[collected, capacity],
        bounds=[(0, None if reach[k // m, k % m] else 0) for k in range(n * m)],
    )
    assert serve(*case).sum() == pytest.approx(-best.fun, abs=1e-6)


@given(cases(), st.integers(0, 99))
def test_flows_keep_every_bound(case: tuple[np.ndarray, np.ndarray, np.ndarray], seed: int) -> None:
    collected, reach, capacity = case
    served = serve(*case)
    km = np.random.default_rng(seed).uniform(1, 300, reach.shape)
    flows = route(served, reach, capacity, km)
    assert flows.sum(axis=1) == pytest.approx(served, rel=1e-9, abs=1e-9)
    assert (served <= collected * (1 + 1e-9)).all()
    assert (flows.sum(axis=0) <= capacity * (1 + 1e-6) + 1e-6).all()
    assert not flows[~reach].any()


@given(cases(), st.integers(0, 5), st.floats(0.05, 0.95))
def test_splitting_a_node_changes_nothing(
    case: tuple[np.ndarray, np.ndarray, np.ndarray], which: int, part: float
) -> None:
    collected, reach, capacity = case
    which %= len(collected)
    halves = np.r_[collected, collected[which] * part]
    halves[which] *= 1 - part
    served = serve(halves, np.vstack([reach, reach[which]]), capacity)
    whole = serve(collected, reach, capacity)
    joined = served[:-1].copy()
    joined[which] += served[-1]
    assert joined == pytest.approx(whole, abs=1e-7)


@given(cases(), st.integers(0, 3), amounts)
def test_a_larger_plant_raises_no_gap(
    case: tuple[np.ndarray, np.ndarray, np.ndarray], which: int, more: float
) -> None:
    collected, reach, capacity = case
    larger = capacity.copy()
    larger[which % len(capacity)] += more
    assert (serve(collected, reach, larger) >= serve(*case) - 1e-7).all()


@given(cases(), st.data())
def test_a_new_plant_raises_no_gap(
    case: tuple[np.ndarray, np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    collected, reach, capacity = case
    own = data.draw(st.lists(st.booleans(), min_size=len(collected), max_size=len(collected)))
    wider = np.column_stack([reach, own])
    grown = np.r_[capacity, data.draw(st.one_of(amounts, st.just(INF)))]
    assert (serve(collected, wider, grown) >= serve(*case) - 1e-7).all()


@given(cases(), st.data())
def test_more_reach_never_raises_the_sum_of_gaps(
    case: tuple[np.ndarray, np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    collected, reach, capacity = case
    size = reach.size
    more = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    wider = reach | more.reshape(reach.shape)
    assert serve(collected, wider, capacity).sum() >= serve(*case).sum() - 1e-7


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0, 1e6, 1e9])
def test_the_size_of_the_numbers_changes_nothing(size: float) -> None:
    nodes = pd.DataFrame({"zone_id": NAMES, "stream": "pack", "collected_t": COLLECTED * size})
    accepts = pd.DataFrame(
        {
            "facility": [0, 1],
            "stream": "pack",
            "capacity_t_per_a": [100.0 * size, 40.0 * size],
            "best_t_per_a": [100.0 * size, 40.0 * size],
        }
    )
    gaps, _ = programme(nodes, accepts, KM, limit_km=INF)
    gap = gaps["capacity_gap_t"].to_numpy() / size
    assert gap == pytest.approx([22.5, 0.0, 0.0, 37.5], abs=1e-6)


def test_a_giant_beside_a_dwarf_leaves_the_dwarf_its_limit() -> None:
    reach = np.array([[True, False], [False, True]])
    served = serve(np.array([2e-3, 5.0]), reach, np.array([1e-3, 1e10]))
    assert served == pytest.approx([1e-3, 5.0], rel=1e-9)


def test_nobody_collects_anything() -> None:
    served = serve(np.zeros(2), np.ones((2, 1), dtype=bool), np.array([5.0]))
    assert served.tolist() == [0.0, 0.0]


def test_equal_ratios_at_two_plants_are_both_found() -> None:
    served = serve(np.array([10.0, 10.0]), np.eye(2, dtype=bool), np.array([5.0, 5.0]))
    assert served.tolist() == [5.0, 5.0]


def test_what_is_too_little_for_the_solver_is_carried_too() -> None:
    served = np.array([5e-6, 500.0])
    flows = route(served, np.ones((2, 1), dtype=bool), np.array([600.0]), np.array([[9.0], [7.0]]))
    assert flows[:, 0] == pytest.approx(served, rel=1e-9)
