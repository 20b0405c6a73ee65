"""Who is served by plants that cannot take everything: by hand, by brute force, by its promises."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from atlas.gaps import merged, route, serve

INF = np.inf
MANY = settings(max_examples=max(300, settings().max_examples))

# Four places with packs: three of the province, and O for the rest of the country.  The first
# plant takes 100 t/a of packs, the second 40.
COLLECTED = np.array([60.0, 30.0, 10.0, 100.0])
KM = np.array([[10, np.nan], [20, 30], [np.nan, 10], [80, np.nan]], dtype=float)
REACH = np.isfinite(KM)
PLANTS = np.array([100.0, 40.0])


def test_those_who_share_a_plant_share_its_gap() -> None:
    assert serve(COLLECTED, REACH, PLANTS) == pytest.approx([37.5, 30.0, 10.0, 62.5])


def test_the_first_are_served_whole_where_they_can_be() -> None:
    first = np.array([True, True, True, False])
    assert serve(COLLECTED, REACH, PLANTS, first=first) == pytest.approx([60.0, 30.0, 10.0, 40.0])


def test_the_first_share_among_themselves_and_leave_nothing() -> None:
    first = np.array([True, True, False])
    served = serve(np.array([30.0, 10.0, 5.0]), np.ones((3, 1), dtype=bool), np.array([20.0]),
                   first=first)  # fmt: skip
    assert served.tolist() == [15.0, 5.0, 0.0]


def test_what_did_not_arrive_is_not_served_and_leaves_room_for_others() -> None:
    # Of 60 only 6 passed the step before: 94 of the plant are left for 100 and 30.
    collected, most = np.array([60.0, 30.0, 100.0]), np.array([6.0, 30.0, 100.0])
    served = serve(collected, np.ones((3, 1), dtype=bool), np.array([71.0]), most=most)
    assert served == pytest.approx([6.0, 15.0, 50.0])


def test_more_than_what_is_collected_never_arrives() -> None:
    served = serve(np.array([5.0]), np.array([[True]]), np.array([INF]), most=np.array([9.0]))
    assert served.tolist() == [5.0]


def test_a_plant_without_limit_takes_what_arrives() -> None:
    served = serve(COLLECTED, REACH, np.array([INF, 0.0]), most=COLLECTED / 2)
    assert served.tolist() == [30.0, 15.0, 0.0, 50.0]


def test_equal_rows_are_one_group_in_the_order_they_appear() -> None:
    first, group = merged(np.array([[2, 1], [0, 0], [2, 1], [1, 2], [0, 0]]))
    assert first.tolist() == [0, 1, 3]
    assert group.tolist() == [0, 1, 0, 2, 1]


# ------------------------------------------------------------------ brute force and properties

amounts = st.floats(0.1, 100.0).map(lambda x: round(x, 3))
parts = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5, 0.8, 1.0, 1.0])


class Case(NamedTuple):
    collected: np.ndarray
    reach: np.ndarray
    capacity: np.ndarray
    most: np.ndarray
    first: np.ndarray


def served_of(case: Case, *, most: bool = True, first: bool = True) -> np.ndarray:
    return serve(
        case.collected,
        case.reach,
        case.capacity,
        most=case.most if most else None,
        first=case.first if first else None,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Give up to six nodes and four plants; whole numbers now and then, so that ratios tie."""
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    size = draw(st.sampled_from([amounts, st.integers(1, 4).map(float)]))

    def row(of: st.SearchStrategy, length: int) -> np.ndarray:
        return np.array(draw(st.lists(of, min_size=length, max_size=length)))

    collected, capacity = row(size, n), row(size, m)
    reach = row(st.booleans(), n * m).reshape(n, m)
    return Case(collected, reach, capacity, collected * row(parts, n), row(st.booleans(), n))


def subsets(members: list[int]) -> list[list[int]]:
    return [list(s) for k in range(1, len(members) + 1) for s in combinations(members, k)]


def room(case: Case, some: list[int]) -> float:
    """Return what the plants within reach of some nodes take together."""
    return float(case.capacity[case.reach[some].any(axis=0)].sum())


def brute_force(case: Case) -> np.ndarray:
    """Leximin by raising all together until some set of nodes, of all there are, is full."""
    n = len(case.collected)
    served = np.zeros(n)
    for rank in (True, False):
        rising = {i for i in range(n) if case.first[i] == rank}
        while rising:
            limits = [(case.most[i] / case.collected[i], [i]) for i in rising]
            for some in subsets(list(range(n))):
                up = [i for i in some if i in rising]
                if up:
                    pinned = sum(served[i] for i in some if i not in rising)
                    limit = (room(case, some) - pinned) / case.collected[up].sum()
                    limits.append((max(0.0, limit), up))
            theta = min(limit for limit, _ in limits)
            for i in rising:
                served[i] = theta * case.collected[i]
            for limit, up in limits:
                if limit <= theta + 1e-12:
                    rising -= set(up)
    return served


def everything(case: Case) -> Case:
    return case._replace(most=case.collected, first=np.zeros(len(case.collected), dtype=bool))


@MANY
@given(cases())
def test_brute_force_finds_the_same(case: Case) -> None:
    expected = brute_force(everything(case))
    assert served_of(case, most=False, first=False) == pytest.approx(expected, abs=1e-9)


@MANY
@given(cases())
def test_brute_force_finds_the_same_of_what_passed_the_step_before(case: Case) -> None:
    expected = brute_force(case._replace(first=everything(case).first))
    assert served_of(case, first=False) == pytest.approx(expected, abs=1e-9)


@MANY
@given(cases())
def test_brute_force_finds_the_same_with_some_served_first(case: Case) -> None:
    assert served_of(case) == pytest.approx(brute_force(case), abs=1e-9)


def bounds_of(case: Case) -> tuple[np.ndarray, np.ndarray, list[tuple[float, float | None]]]:
    """Return the rows of a plain linear programme: node by node, then plant by plant."""
    n, m = case.reach.shape
    rows = np.zeros((n + m, n * m))
    for i in range(n):
        rows[i, i * m : (i + 1) * m] = 1
    for j in range(m):
        rows[n + j, j::m] = 1
    limits = [(0.0, None if open_ else 0.0) for open_ in case.reach.ravel()]
    return rows, np.r_[case.most, case.capacity], limits


@given(cases())
def test_the_total_is_the_most_that_any_flow_reaches(case: Case) -> None:
    for each in (everything(case), case):
        rows, most, limits = bounds_of(each)
        best = linprog(-np.ones(rows.shape[1]), A_ub=rows, b_ub=most, bounds=limits)
        assert served_of(each, first=False).sum() == pytest.approx(-best.fun, abs=1e-6)
        assert served_of(each).sum() == pytest.approx(-best.fun, abs=1e-6)


@given(cases())
def test_nobody_gets_more_without_someone_who_has_no_more_getting_less(case: Case) -> None:
    served = served_of(case, first=False)
    ratio = served / case.collected
    rows, most, limits = bounds_of(case)
    n, m = case.reach.shape
    for i in range(n):
        poorer = [j for j in range(n) if j != i and ratio[j] <= ratio[i] + 1e-9]
        floors = np.maximum(served[poorer] - 1e-9, 0.0)
        more = linprog(
            -rows[i],
            A_ub=np.vstack([rows, -rows[poorer]]),
            b_ub=np.r_[most, -floors],
            bounds=limits,
        )
        assert more.status == 0
        assert -more.fun == pytest.approx(served[i], abs=1e-6 * (n + m))


@given(cases())
def test_the_first_get_what_they_would_get_alone(case: Case) -> None:
    alone = np.where(case.first, case.collected, 0.0)
    expected = serve(alone, case.reach, case.capacity, most=np.where(case.first, case.most, 0.0))
    assert served_of(case)[case.first] == pytest.approx(expected[case.first], abs=1e-9)


@given(cases())
def test_all_first_is_as_good_as_none(case: Case) -> None:
    everyone = case._replace(first=np.ones(len(case.collected), dtype=bool))
    assert served_of(everyone) == pytest.approx(served_of(case, first=False), abs=1e-9)


@given(cases(), st.integers(0, 99))
def test_flows_keep_every_bound(case: Case, seed: int) -> None:
    km = np.random.default_rng(seed).uniform(1, 300, case.reach.shape)
    for first in (False, True):
        served = served_of(case, first=first)
        flows = route(served, case.reach, case.capacity, km)
        assert flows.sum(axis=1) == pytest.approx(served, rel=1e-9, abs=1e-9)
        assert (served <= case.most).all()
        assert (served >= 0).all()
        assert (flows.sum(axis=0) <= case.capacity * (1 + 1e-6) + 1e-6).all()
        assert not flows[~case.reach].any()
        assert (flows >= 0).all()


@given(cases(), st.integers(0, 5), st.floats(0.05, 0.95))
def test_splitting_a_node_changes_nothing(case: Case, which: int, part: float) -> None:
    which %= len(case.collected)

    def split(value: np.ndarray) -> np.ndarray:
        halves = np.r_[value, value[which] * part]
        halves[which] *= 1 - part
        return halves

    again = Case(
        split(case.collected),
        np.vstack([case.reach, case.reach[which]]),
        case.capacity,
        split(case.most),
        np.r_[case.first, case.first[which]],
    )
    for first in (False, True):
        served = served_of(again, first=first)
        joined = served[:-1].copy()
        joined[which] += served[-1]
        assert joined == pytest.approx(served_of(case, first=first), abs=1e-9)


@given(cases(), st.integers(0, 3), amounts)
def test_a_larger_plant_raises_no_gap(case: Case, which: int, more: float) -> None:
    larger = case.capacity.copy()
    larger[which % len(larger)] += more
    for first in (False, True):
        after = served_of(case._replace(capacity=larger), first=first)
        assert (after >= served_of(case, first=first) - 1e-9).all()


@given(cases(), st.data())
def test_a_new_plant_raises_no_gap(case: Case, data: st.DataObject) -> None:
    size = len(case.collected)
    own = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    grown = np.r_[case.capacity, data.draw(st.one_of(amounts, st.just(INF)))]
    wider = case._replace(reach=np.column_stack([case.reach, own]), capacity=grown)
    for first in (False, True):
        assert (served_of(wider, first=first) >= served_of(case, first=first) - 1e-9).all()


@given(cases(), st.data())
def test_more_reach_never_raises_the_sum_of_gaps(case: Case, data: st.DataObject) -> None:
    size = case.reach.size
    more = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    wider = case._replace(reach=case.reach | more.reshape(case.reach.shape))
    for first in (False, True):
        after, before = served_of(wider, first=first), served_of(case, first=first)
        assert after.sum() >= before.sum() - 1e-9


@given(cases(), cases())
def test_what_shares_no_plant_does_not_touch(one: Case, other: Case) -> None:
    apart = np.zeros((len(one.collected) + len(other.collected), len(one.capacity)), dtype=bool)
    apart[: len(one.collected)] = one.reach
    beside = np.zeros((len(apart), len(other.capacity)), dtype=bool)
    beside[len(one.collected) :] = other.reach
    both = Case(
        np.r_[one.collected, other.collected * 1e6],
        np.hstack([apart, beside]),
        np.r_[one.capacity, other.capacity * 1e6],
        np.r_[one.most, other.most * 1e6],
        np.r_[one.first, other.first],
    )
    found = served_of(both)
    found[len(one.collected) :] /= 1e6
    expected = np.r_[served_of(one), served_of(other)]
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0, 1e6, 1e9])
def test_the_size_of_the_numbers_changes_nothing(size: float) -> None:
    served = serve(COLLECTED * size, REACH, PLANTS * size)
    assert served / size == pytest.approx([37.5, 30.0, 10.0, 62.5], abs=1e-6)
    flows = route(served, REACH, PLANTS * size, np.nan_to_num(KM))
    assert float((flows * np.nan_to_num(KM)).sum() / size) == pytest.approx(6375.0)


def test_a_giant_beside_a_dwarf_leaves_the_dwarf_its_limit() -> None:
    reach = np.array([[True, False], [False, True]])
    served = serve(np.array([2e-3, 5.0]), reach, np.array([1e-3, 1e10]))
    assert served == pytest.approx([1e-3, 5.0], rel=1e-9)


def test_nobody_collects_anything() -> None:
    served = serve(np.zeros(2), np.ones((2, 1), dtype=bool), np.array([5.0]))
    assert served.tolist() == [0.0, 0.0]
    assert not route(served, np.ones((2, 1), dtype=bool), np.array([5.0]), np.ones((2, 1))).any()


def test_there_are_no_plants() -> None:
    assert serve(np.ones(2), np.zeros((2, 0), dtype=bool), np.zeros(0)).tolist() == [0.0, 0.0]


def test_equal_ratios_at_two_plants_are_both_found() -> None:
    served = serve(np.array([10.0, 10.0]), np.eye(2, dtype=bool), np.array([5.0, 5.0]))
    assert served.tolist() == [5.0, 5.0]


def test_what_is_too_little_for_the_solver_is_carried_too() -> None:
    served = np.array([5e-6, 500.0])
    flows = route(served, np.ones((2, 1), dtype=bool), np.array([600.0]), np.array([[9.0], [7.0]]))
    assert flows[:, 0] == pytest.approx(served, rel=1e-9)


def test_flows_take_the_fewest_tonne_kilometres() -> None:
    # The province whole, the rest of the country what is left: B has to go to the farther plant.
    flows = route(np.array([60.0, 30.0, 10.0, 40.0]), REACH, PLANTS, np.nan_to_num(KM))
    assert float((flows * np.nan_to_num(KM)).sum()) == pytest.approx(4800.0)
    assert flows[1] == pytest.approx([0.0, 30.0])
