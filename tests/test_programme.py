"""The capacity programme down the chain: the example of the model, and what must always hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.access import STEPS, acceptance, capacities, mass_shares
from atlas.errors import ConservationError
from atlas.gaps import serve
from atlas.programme import (
    GAP_COLUMNS,
    WHY,
    Network,
    Passed,
    Setting,
    _check_served,
    flows_of,
    gap_table,
    network_of,
    solve,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas.definitions import Step

NAN, INF = np.nan, np.inf
MANY = settings(max_examples=max(200, settings().max_examples))

# ------------------------------------------------------------------ the example of the model

# Four places with packs: three of the province, and O for the rest of the country.  F1 takes 50
# t/a of modules, half the mass of a pack, so 100 t/a of packs; F2 takes 40 t/a of packs.
PLACES = ["A", "B", "C", "O"]
COLLECTED = [60.0, 30.0, 10.0, 100.0]
KM = np.array([[10, NAN], [20, 30], [NAN, 10], [80, NAN]], dtype=float)
FRACTIONS = pd.DataFrame(
    [
        ("pack", "whole", 1.0, "recycling", "yes"),
        ("pack", "modules", 0.5, "recycling", "yes"),
        ("pack", "black_mass", 0.5, "refining", "yes"),
    ],
    columns=["stream", "fraction", "mass_share", "arrives_at_step", "carries_crm"],
)
PLANT = {
    "step": "recycling",
    "streams": "pack",
    "fraction": "whole",
    "status": "operating",
    "capacity_t_per_a": NAN,
    "planned_capacity_t_per_a": NAN,
    "site_throughput_t_per_a": NAN,
    "geometry": shapely.Point(0, 0),
}
F1 = {**PLANT, "fraction": "modules", "capacity_t_per_a": 50.0}
F2 = {**PLANT, "capacity_t_per_a": 40.0}
# A refinery of 15 t/a of black mass, which is 30 t/a of packs.
F3 = {**PLANT, "step": "refining", "fraction": "black_mass", "capacity_t_per_a": 15.0}


class Example(NamedTuple):
    network: Network
    setting: Setting
    passed: Passed
    cost: np.ndarray

    def gaps(self, step: str = "recycling") -> pd.DataFrame:
        found = gap_table(
            self.network, self.setting, self.passed, scenario_id="default", years=[2030]
        )
        return found[found["step"] == step].reset_index(drop=True)

    def flows(self, step: str = "recycling") -> dict[tuple[str, int], float]:
        found = flows_of(self.network, self.setting, self.passed, cost=self.cost, years={2030: 0})
        places = self.network.nodes["place"]
        own = found[found["step"] == step]
        return {(places[f.node], f.facility): f.tonnes for f in own.itertuples()}

    def tonne_km(self) -> float:
        nodes = list(self.network.nodes["place"])
        return sum(t * self.cost[nodes.index(a), f] for (a, f), t in self.flows().items())


def example(
    *rows: dict[str, object],
    collected: list[float] = COLLECTED,
    places: list[str] = PLACES,
    km: np.ndarray = KM,
    ours_first: bool = False,
    grade: str = "B",
) -> Example:
    """Solve for places and plants; a missing distance is out of reach; O is outside."""
    plants = pd.DataFrame(rows).assign(facility_id=[f"F{i + 1}" for i in range(len(rows))])
    steps: tuple[Step, ...] = ("recycling", "refining") if len(rows) > 2 else ("recycling",)
    chain = pd.DataFrame({"stream": "pack", "order": range(len(steps)), "step": steps}).assign(
        fraction=["whole", "black_mass"][: len(steps)]
    )
    accepts = acceptance(plants, FRACTIONS, chain)
    nodes = pd.DataFrame({"place": places, "stream": "pack", "ours": [p != "O" for p in places]})
    network = network_of(nodes, accepts, {"pack": steps}, len(plants))
    known = {
        (row.stream, row.fraction): np.array([row.mass_share]) for row in FRACTIONS.itertuples()
    }
    there = np.ones((len(plants), 1), dtype=bool)
    worst, best = (
        capacities(
            plants,
            there,
            mass_shares(plants, accepts, known),
            planned=False,
            unknown=unknown,
            median_t=np.full(len(plants), NAN),
            home_share=np.ones(len(plants)),
        )
        for unknown in ("nothing", "unlimited")
    )
    setting = Setting(
        collected=np.array(collected)[:, None],
        grades=np.full((len(places), 1), grade, dtype=object),
        reach=np.isfinite(km),
        open_plants=there,
        worst=worst,
        best=best,
        ours_first=ours_first,
    )
    return Example(network, setting, solve(network, setting), km)


def gap_of(found: Example, column: str = "capacity_gap_t", step: str = "recycling") -> list[float]:
    return found.gaps(step)[column].tolist()


def why_of(gaps: pd.DataFrame) -> list[str | None]:
    return [None if pd.isna(word) else word for word in gaps["why"]]


def test_alone_the_province_is_served_in_full() -> None:
    found = example(F1, F2, collected=[60.0, 30.0, 10.0, 0.0])
    assert found.setting.worst.ravel().tolist() == [100.0, 40.0]
    assert gap_of(found) == [0.0, 0.0, 0.0, 0.0]
    assert why_of(found.gaps()) == [None] * 4
    assert found.flows() == pytest.approx({("A", 0): 60.0, ("B", 0): 30.0, ("C", 1): 10.0})
    assert found.tonne_km() == pytest.approx(1300.0)


def test_with_the_rest_of_the_country_those_who_share_a_plant_share_its_gap() -> None:
    found = example(F1, F2)
    assert found.gaps()["zone_id"].tolist() == ["A", "B", "C", "outside"]
    assert gap_of(found) == pytest.approx([22.5, 0.0, 0.0, 37.5])
    assert why_of(found.gaps()) == ["capacity", None, None, "capacity"]
    assert found.flows() == pytest.approx(
        {("A", 0): 37.5, ("B", 1): 30.0, ("C", 1): 10.0, ("O", 0): 62.5}
    )
    assert found.tonne_km() == pytest.approx(6375.0)


def test_splitting_a_place_splits_its_gap() -> None:
    found = example(
        F1,
        F2,
        collected=[30.0, 30.0, 30.0, 10.0, 100.0],
        places=["A1", "A2", "B", "C", "O"],
        km=np.vstack([KM[0], KM]),
    )
    assert gap_of(found) == pytest.approx([11.25, 11.25, 0.0, 0.0, 37.5])
    assert found.tonne_km() == pytest.approx(6375.0)


def test_ours_first_leaves_the_gap_to_the_others() -> None:
    found = example(F1, F2, ours_first=True)
    assert gap_of(found) == pytest.approx([0.0, 0.0, 0.0, 60.0])
    # B gives way to O at the nearer plant, or 10 t less would be served in all.
    assert found.flows() == pytest.approx(
        {("A", 0): 60.0, ("B", 1): 30.0, ("C", 1): 10.0, ("O", 0): 40.0}
    )
    assert found.tonne_km() == pytest.approx(4800.0)


@pytest.mark.parametrize("site", [NAN, 40.0])
def test_an_unknown_capacity_gives_a_pair(site: float) -> None:
    # At best F2 has no limit, or that of its site: B and C need 40 t, and it changes nothing.
    found = example(F1, {**PLANT, "site_throughput_t_per_a": site})
    gap, best = gap_of(found), gap_of(found, "capacity_gap_t_best")
    assert gap == pytest.approx([28.4211, 14.2105, 10.0, 47.3684], abs=1e-4)
    assert gap == pytest.approx([60 * 90 / 190, 30 * 90 / 190, 10.0, 100 * 90 / 190])
    assert best == pytest.approx([22.5, 0.0, 0.0, 37.5])
    assert [sum(best[:3]), sum(gap[:3])] == pytest.approx([22.5, 52.6316], abs=1e-4)
    assert why_of(found.gaps()) == ["capacity"] * 4
    # A gap that hangs on what nobody knows is an order of magnitude.
    assert found.gaps()["grade"].tolist() == ["D"] * 4
    # C can go to the plant of unknown capacity only: no flow of it is drawn.
    assert {place for place, _ in found.flows()} == {"A", "B", "O"}


def test_a_known_gap_keeps_the_grade_of_what_is_collected() -> None:
    assert example(F1, F2, grade="C").gaps()["grade"].tolist() == ["C"] * 4
    part = example(F1, {**PLANT, "site_throughput_t_per_a": 40.0}, km=np.array(
        [[10, NAN], [20, NAN], [NAN, 10], [80, NAN]]))  # fmt: skip
    # Only C reaches the plant of unknown capacity.
    assert part.gaps()["grade"].tolist() == ["B", "B", "D", "B"]


KM3 = np.column_stack([KM, [50.0] * 4])


def test_a_refinery_of_fifteen_tonnes_serves_all_alike() -> None:
    found = example(F1, F2, F3, km=KM3)
    assert found.setting.worst.ravel().tolist() == [100.0, 40.0, 30.0]
    refined = found.gaps("refining")
    assert refined["processed_t"].tolist() == pytest.approx([9.0, 4.5, 1.5, 15.0])
    passed = [100.0, *(found.gaps(s)["processed_t"][:3].sum() for s in ("recycling", "refining"))]
    assert passed == pytest.approx([100.0, 77.5, 15.0])
    assert -np.diff(passed) == pytest.approx([22.5, 62.5])
    assert found.flows("refining") == pytest.approx(
        {("A", 2): 9.0, ("B", 2): 4.5, ("C", 2): 1.5, ("O", 2): 15.0}
    )
    assert gap_of(found) == pytest.approx([22.5, 0.0, 0.0, 37.5])


def test_ours_first_at_the_refinery_too() -> None:
    found = example(F1, F2, F3, km=KM3, ours_first=True)
    assert gap_of(found) == pytest.approx([0.0, 0.0, 0.0, 60.0])
    assert gap_of(found, "processed_t", "refining") == pytest.approx([18.0, 9.0, 3.0, 0.0])


def test_what_did_not_pass_the_first_step_leaves_room_at_the_second() -> None:
    # C passes nothing; 30 t of the refinery are shared by the 190 t of the others.
    found = example(F1, PLANT, F3, km=KM3)
    refined = gap_of(found, "processed_t", "refining")
    assert refined == pytest.approx([60 * 30 / 190, 30 * 30 / 190, 0.0, 100 * 30 / 190])
    # At worst more of A is refined than at best, where C has its part.
    best = gap_of(found, "processed_t_best", "refining")
    assert best == pytest.approx([9.0, 4.5, 1.5, 15.0])


# ------------------------------------------------------------------ any network


class Net(NamedTuple):
    """Nodes, and for each step which plants take them: the chain of each stream is given."""

    streams: list[str]
    takes: Mapping[Step, np.ndarray]
    setting: Setting

    def network(self) -> Network:
        nodes = pd.DataFrame(
            {
                "place": [f"z{i}" for i in range(len(self.streams))],
                "stream": self.streams,
                "ours": [i % 3 != 2 for i in range(len(self.streams))],
            }
        )
        return Network(nodes, self.takes, CHAINS)

    def solved(self) -> Passed:
        return solve(self.network(), self.setting)


CHAINS: dict[str, tuple[Step, ...]] = {
    "pack": ("sorting", "recycling", "refining"),
    "phone": ("sorting", "refining"),
    "panel": ("recycling",),
}
YEARS = 2
sizes = st.floats(0.1, 100.0).map(lambda x: round(x, 3)) | st.integers(1, 3).map(float)


def setting_with(collected: np.ndarray, reach: np.ndarray, worst: np.ndarray) -> Setting:
    """Give a setting in which every plant works in all years, at worst half of the best."""
    return Setting(
        collected=collected,
        grades=np.full(collected.shape, "C", dtype=object),
        reach=reach,
        open_plants=np.ones(worst.shape, dtype=bool),
        worst=worst,
        best=worst * 2,
    )


@st.composite
def nets(draw: st.DrawFn, streams: tuple[str, ...] = tuple(CHAINS)) -> Net:
    """Give up to seven nodes of some streams and four plants, in two years."""
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 4))

    def table(of: st.SearchStrategy, rows: int, columns: int) -> np.ndarray:
        size = rows * columns
        values = np.array(draw(st.lists(of, min_size=size, max_size=size)))
        return values.reshape(rows, columns)

    own = draw(st.lists(st.sampled_from(streams), min_size=n, max_size=n))
    takes = {}
    for step in STEPS[1:]:
        of_stream = {
            name: table(st.booleans(), 1, m)[0] & (step in CHAINS[name]) for name in streams
        }
        takes[step] = np.array([of_stream[name] for name in own])
    worst = table(sizes | st.sampled_from([0.0, INF]), m, YEARS)
    collected = table(sizes | st.just(0.0), n, YEARS)
    setting = setting_with(collected, table(st.booleans(), n, m), worst)
    return Net(own, takes, replace(setting, ours_first=draw(st.booleans())))


def one_by_one(net: Net, capacity: np.ndarray) -> dict[Step, np.ndarray]:
    """Solve with every node by itself."""
    collected = np.nan_to_num(net.setting.collected)
    ours = np.array([i % 3 != 2 for i in range(len(net.streams))])
    found = {step: np.zeros_like(collected) for step in STEPS[1:]}
    for year in range(YEARS):
        before = collected[:, year].copy()
        for step in STEPS[1:]:
            own = np.array([step in CHAINS[name] for name in net.streams])
            before[own] = serve(
                collected[own, year],
                (net.takes[step] & net.setting.reach)[own],
                capacity[:, year],
                most=before[own],
                first=ours[own] if net.setting.ours_first else None,
            )
            found[step][:, year] = before
    return found


def steps_of(net: Net, row: int) -> tuple[Step, ...]:
    return CHAINS[net.streams[row]]


@MANY
@given(nets())
def test_merging_gives_what_every_node_gets_by_itself(net: Net) -> None:
    passed = net.solved()
    for found, capacity in ((passed.worst, net.setting.worst), (passed.best, net.setting.best)):
        expected = one_by_one(net, capacity)
        for row in range(len(net.streams)):
            for step in steps_of(net, row):
                assert found[step][row] == pytest.approx(expected[step][row], abs=1e-9)


@given(nets())
def test_down_the_chain_nothing_grows(net: Net) -> None:
    passed = net.solved()
    for found in (passed.worst, passed.best):
        for row in range(len(net.streams)):
            before = net.setting.collected[row]
            for step in steps_of(net, row):
                assert (found[step][row] >= 0).all()
                assert (found[step][row] <= before * (1 + 1e-9)).all()
                before = found[step][row]


@given(nets())
def test_no_plant_takes_more_than_it_can_and_none_out_of_reach(net: Net) -> None:
    network, passed = net.network(), net.solved()
    cost = np.arange(net.setting.reach.size, dtype=float).reshape(net.setting.reach.shape)
    flows = flows_of(network, net.setting, passed, cost=cost, years={2025: 0, 2026: 1})
    for (step, year, plant), own in flows.groupby(["step", "year", "facility"]):
        limit = net.setting.worst[plant, year - 2025]
        assert own["tonnes"].sum() <= limit * (1 + 1e-6) + 1e-6
        assert (net.takes[step] & net.setting.reach)[own["node"], plant].all()
    carried = flows.groupby(["step", "node", "year"])["tonnes"].sum()
    for row in range(len(net.streams)):
        for step in steps_of(net, row):
            for year in (2025, 2026):
                passes = passed.worst[step][row, year - 2025]
                assert carried.get((step, row, year), 0.0) == pytest.approx(passes, abs=1e-7)


@given(nets())
def test_what_is_processed_and_the_gap_are_what_is_collected(net: Net) -> None:
    network, passed = net.network(), net.solved()
    found = gap_table(network, net.setting, passed, scenario_id="x", years=[2025, 2026])
    for end in ("", "_best"):
        sums = found[f"processed_t{end}"] + found[f"capacity_gap_t{end}"]
        assert sums.to_numpy() == pytest.approx(found["collected_t"].to_numpy(), abs=1e-9)
        assert (found[f"capacity_gap_t{end}"] >= -1e-9).all()
    # Whatever has a reason has a gap at some step, and no gap is without one.
    gap = found["capacity_gap_t"] > 1e-6
    assert found.loc[gap, "why"].notna().all()
    assert found.loc[found["why"].notna(), "capacity_gap_t"].gt(0).all()
    for stream, own in found.groupby("stream"):
        rows = [i for i, name in enumerate(net.streams) if name == stream]
        first = own[own["step"] == CHAINS[str(stream)][0]]
        assert first["collected_t"].sum() == pytest.approx(net.setting.collected[rows].sum())


def larger(net: Net, which: int, more: float) -> Net:
    worst = net.setting.worst.copy()
    worst[which % len(worst)] += more
    return net._replace(setting=replace(net.setting, worst=worst, best=worst * 2))


@given(nets(streams=("panel",)), st.integers(0, 3), sizes)
def test_a_larger_plant_raises_no_gap(net: Net, which: int, more: float) -> None:
    before, after = net.solved(), larger(net, which, more).solved()
    assert (after.worst["recycling"] >= before.worst["recycling"] - 1e-9).all()
    assert (after.best["recycling"] >= before.best["recycling"] - 1e-9).all()
    assert (before.best["recycling"] >= before.worst["recycling"] - 1e-9).all()


@given(nets(streams=("panel",)), st.data())
def test_a_new_plant_raises_no_gap(net: Net, data: st.DataObject) -> None:
    n = len(net.streams)
    column = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))[:, None]
    grown = np.vstack([net.setting.worst, [data.draw(sizes | st.just(INF))] * YEARS])
    takes = {
        step: np.hstack([own, np.full((n, 1), step == "recycling")])
        for step, own in net.takes.items()
    }
    wider = setting_with(net.setting.collected, np.hstack([net.setting.reach, column]), grown)
    setting = replace(wider, ours_first=net.setting.ours_first)
    after = net._replace(takes=takes, setting=setting).solved()
    assert (after.worst["recycling"] >= net.solved().worst["recycling"] - 1e-9).all()


@given(nets(streams=("panel",)), st.data())
def test_more_reach_never_raises_the_sum_over_all_rows(net: Net, data: st.DataObject) -> None:
    size = net.setting.reach.size
    more = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    reach = net.setting.reach | more.reshape(net.setting.reach.shape)
    after = net._replace(setting=replace(net.setting, reach=reach)).solved()
    sums = [found.worst["recycling"].sum(axis=0) for found in (net.solved(), after)]
    assert (sums[1] >= sums[0] - 1e-9).all()


def in_two_steps(
    recycling: list[list[bool]], refining: list[bool], capacity: list[float]
) -> list[list[float]]:
    """Return what of two zones with 10 t each passes two steps."""
    takes = {step: np.zeros((2, len(capacity)), dtype=bool) for step in STEPS[1:]}
    takes["recycling"][:, :-1] = True
    takes["refining"][:, -1] = True
    reach = np.column_stack([np.array(recycling), np.array(refining)])
    setting = setting_with(np.full((2, 1), 10.0), reach, np.array(capacity)[:, None])
    nodes = pd.DataFrame({"place": ["a", "b"], "stream": "pack", "ours": True})
    passed = solve(Network(nodes, takes, {"pack": ("recycling", "refining")}), setting)
    return [passed.worst[step].ravel().tolist() for step in ("recycling", "refining")]


def test_further_down_a_larger_plant_may_take_from_the_neighbour_but_not_from_the_sum() -> None:
    # Both need a refinery of 10 t; a has a plant of its own, and so has b.
    own = [[True, False], [False, True]]
    assert in_two_steps(own, [True, True], [1.0, 10.0, 10.0]) == [[1.0, 10.0], [1.0, 9.0]]
    assert in_two_steps(own, [True, True], [10.0, 10.0, 10.0]) == [[10.0, 10.0], [5.0, 5.0]]


def test_further_down_more_reach_may_cost_who_alone_could_go_on() -> None:
    # b comes to share the plant of a, but cannot reach the refinery that a goes on to.
    assert in_two_steps([[True], [False]], [True, False], [10.0, 10.0]) == [[10.0, 0.0]] * 2
    assert in_two_steps([[True], [True]], [True, False], [10.0, 10.0]) == [[5.0, 5.0], [5.0, 0.0]]


# ------------------------------------------------------------------ streams beside each other


def beside(net: Net, other: Net) -> Net:
    """Put two nets in one, without a plant in common."""
    n, m = net.setting.reach.shape
    rows, columns = other.setting.reach.shape

    def apart(one: np.ndarray, two: np.ndarray) -> np.ndarray:
        whole = np.zeros((n + rows, m + columns), dtype=bool)
        whole[:n, :m], whole[n:, m:] = one, two
        return whole

    setting = setting_with(
        np.vstack([net.setting.collected, other.setting.collected]),
        apart(net.setting.reach, other.setting.reach),
        np.vstack([net.setting.worst, other.setting.worst]),
    )
    takes = {step: apart(net.takes[step], other.takes[step]) for step in net.takes}
    return Net([*net.streams, *other.streams], takes, setting)


@given(nets(streams=("pack", "panel")), nets(streams=("phone",)))
def test_streams_that_share_no_plant_do_not_touch_each_other(net: Net, other: Net) -> None:
    net = net._replace(setting=replace(net.setting, ours_first=False))
    alone, both = net.solved(), beside(net, other).solved()
    for step in STEPS[1:]:
        n = len(net.streams)
        for end in ("worst", "best"):
            found, expected = getattr(both, end)[step][:n], getattr(alone, end)[step]
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert (both.why[step][:n] == alone.why[step]).all()


@given(nets(), st.sampled_from(list(CHAINS)), st.integers(0, 1))
def test_years_without_data_stay_so_and_touch_no_other_stream(
    net: Net, stream: str, year: int
) -> None:
    rows = np.array([name == stream for name in net.streams])
    unknown, nothing = net.setting.collected.copy(), net.setting.collected.copy()
    unknown[rows, year], nothing[rows, year] = NAN, 0.0
    passed = net._replace(setting=replace(net.setting, collected=unknown)).solved()
    without = net._replace(setting=replace(net.setting, collected=nothing)).solved()
    for step in STEPS[1:]:
        for found, expected in ((passed.worst, without.worst), (passed.best, without.best)):
            assert np.isnan(found[step][rows, year]).all()
            assert (found[step][~rows] == expected[step][~rows]).all()
            assert (found[step][rows, 1 - year] == expected[step][rows, 1 - year]).all()


def test_a_year_without_data_is_empty_in_the_table() -> None:
    found = example(F1, F2, collected=[NAN] * 4)
    gaps = found.gaps()
    columns = ["collected_t", "processed_t", "processed_t_best", "capacity_gap_t"]
    assert gaps[columns].isna().all(axis=None)
    assert gaps["why"].isna().all()
    assert found.flows() == {}


def test_two_streams_share_a_plant() -> None:
    takes = {step: np.full((2, 1), step == "recycling") for step in STEPS[1:]}
    setting = setting_with(np.array([[30.0], [90.0]]), takes["recycling"], np.array([[60.0]]))
    nodes = pd.DataFrame({"place": "A", "stream": ["pack", "car"], "ours": True})
    network = Network(nodes, takes, {"pack": ("recycling",), "car": ("recycling",)})
    passed = solve(network, setting)
    assert passed.worst["recycling"].ravel().tolist() == pytest.approx([15.0, 45.0])
    assert passed.best["recycling"].ravel().tolist() == pytest.approx([30.0, 90.0])
    table = gap_table(network, setting, passed, scenario_id="x", years=[2025])
    assert table["stream"].tolist() == ["pack", "car"]


# ------------------------------------------------------------------ the table and its reasons


def reasons(
    collected: list[float],
    takes: dict[str, list[list[bool]]],
    reach: list[list[bool]],
    capacity: list[float],
    *,
    open_plants: list[bool] | None = None,
    ours: list[bool] | None = None,
) -> pd.DataFrame:
    """Return the gaps of one stream whose chain is the steps that are given."""
    n, m = len(collected), len(capacity)
    table = {step: np.zeros((n, m), dtype=bool) for step in STEPS[1:]}
    table |= {step: np.array(own) for step, own in takes.items()}
    worst = np.array(capacity)[:, None]
    setting = setting_with(np.array(collected)[:, None], np.array(reach, dtype=bool), worst)
    setting = replace(setting, best=worst)
    if open_plants is not None:
        setting = replace(setting, open_plants=np.array(open_plants)[:, None])
    nodes = pd.DataFrame({"place": [f"z{i}" for i in range(n)], "stream": "pack"}).assign(
        ours=True if ours is None else ours
    )
    network = Network(nodes, table, {"pack": tuple(takes)})
    return gap_table(network, setting, solve(network, setting), scenario_id="default", years=[2030])


def test_the_reason_is_absence_then_reach_then_capacity() -> None:
    both = [[True, True]] * 3
    found = reasons([5.0, 5.0, 5.0], {"recycling": both}, [[1, 0], [0, 0], [0, 1]], [2.0, 9.0])
    assert why_of(found) == ["capacity", "reach", None]
    assert found["capacity_gap_t"].tolist() == [3.0, 5.0, 0.0]
    nothing = reasons([5.0], {"recycling": [[False]]}, [[True]], [9.0])
    assert why_of(nothing) == ["absence"]
    assert nothing["capacity_gap_t"].tolist() == [5.0]


def test_a_plant_that_does_not_work_is_no_plant() -> None:
    takes = {"recycling": [[True, True]]}
    shut = reasons([5.0], takes, [[1, 1]], [0.0, 0.0], open_plants=[False, False])
    assert why_of(shut) == ["absence"]
    far = reasons([5.0], takes, [[1, 0]], [0.0, 9.0], open_plants=[False, True])
    assert why_of(far) == ["reach"]
    # One that works, but of which nothing is known or for us, is a matter of capacity.
    unknown = reasons([5.0], takes, [[1, 0]], [0.0, 9.0], open_plants=[True, True])
    assert why_of(unknown) == ["capacity"]


def test_a_later_step_inherits_the_reason_of_an_earlier_one() -> None:
    takes = {"sorting": [[True, False, False]], "recycling": [[False, True, False]]}
    takes["refining"] = [[False, False, True]]
    found = reasons([10.0], takes, [[1, 1, 1]], [10.0, 4.0, INF]).set_index("step")
    assert why_of(found) == [None, "capacity", "capacity"]
    assert found["capacity_gap_t"].tolist() == [0.0, 6.0, 6.0]
    # Where more is lost further on, the reason is that of there.
    later = reasons([10.0], takes, [[1, 1, 0]], [10.0, 4.0, INF]).set_index("step")
    assert why_of(later) == [None, "capacity", "reach"]
    # Where nothing arrives, nothing more is lost.
    takes["refining"] = [[False, False, False]]
    nothing = reasons([10.0], takes, [[0, 1, 1]], [10.0, 4.0, INF]).set_index("step")
    assert why_of(nothing) == ["reach"] * 3


def test_nothing_collected_has_no_reason() -> None:
    found = reasons([0.0], {"recycling": [[False]]}, [[True]], [9.0])
    assert why_of(found) == [None]
    assert found["capacity_gap_t"].tolist() == [0.0]


def test_outside_is_one_row_with_the_sum_and_the_reason_furthest_on() -> None:
    found = reasons(
        [5.0, 6.0, 7.0, 8.0],
        {"recycling": [[True]] * 4},
        [[1], [1], [0], [1]],
        [9.5],
        ours=[True, False, False, False],
    )
    assert list(found) == list(GAP_COLUMNS)
    assert found["zone_id"].tolist() == ["z0", "outside"]
    assert found["collected_t"].tolist() == [5.0, 21.0]
    assert found["processed_t"].tolist() == pytest.approx([2.5, 7.0])
    assert found["capacity_gap_t"].tolist() == pytest.approx([2.5, 14.0])
    # z2 has nothing within reach, but of the others capacity is short.
    assert why_of(found) == ["capacity", "capacity"]


def test_a_region_of_the_whole_country_has_no_row_outside() -> None:
    found = reasons([5.0], {"recycling": [[True]]}, [[1]], [9.5])
    assert found["zone_id"].tolist() == ["z0"]


def test_rows_go_by_stream_step_place_and_year() -> None:
    net = Net(
        ["pack", "panel", "pack"],
        {step: np.ones((3, 1), dtype=bool) for step in STEPS[1:]},
        setting_with(
            np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.ones((3, 1), bool), np.ones((1, 2))
        ),
    )
    found = gap_table(net.network(), net.setting, net.solved(), scenario_id="x", years=[2025, 2026])
    rows = found[["stream", "step", "zone_id", "year", "collected_t"]].to_numpy().tolist()
    packs = [["z0", 2025, 1.0], ["z0", 2026, 2.0], ["outside", 2025, 5.0], ["outside", 2026, 6.0]]
    assert rows == [
        *(["pack", step, *row] for step in CHAINS["pack"] for row in packs),
        ["panel", "recycling", "z1", 2025, 3.0],
        ["panel", "recycling", "z1", 2026, 4.0],
    ]
    assert set(found["scenario_id"]) == {"x"}


def test_flows_are_none_where_nothing_is_carried() -> None:
    found = example({**F1, "capacity_t_per_a": 0.0}, {**F2, "capacity_t_per_a": 0.0})
    assert found.flows() == {}
    assert gap_of(found) == COLLECTED
    columns = ["node", "stream", "step", "facility", "year", "tonnes"]
    empty = flows_of(found.network, found.setting, found.passed, cost=KM, years={2030: 0})
    assert list(empty) == columns


def test_minutes_may_choose_the_other_plant() -> None:
    found = example(F1, F2, collected=[60.0, 30.0, 10.0, 0.0])
    assert found._replace(cost=np.array([[9, NAN], [60, 20], [NAN, 9], [9, NAN]])).flows() == (
        pytest.approx({("A", 0): 60.0, ("B", 1): 30.0, ("C", 1): 10.0})
    )


@pytest.mark.parametrize("served", [-0.1, 10.1])
def test_more_than_is_collected_is_a_fault_of_the_program(served: float) -> None:
    collected = np.array([[10.0, NAN]])
    _check_served(np.array([[10.0, NAN]]), collected)
    with pytest.raises(ConservationError, match=r"t processed of .*10\.0.* t collected; between 0"):
        _check_served(np.array([[served, NAN]]), collected)


def test_the_words_of_the_reasons() -> None:
    assert WHY == (None, "absence", "reach", "capacity")
