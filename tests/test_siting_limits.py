"""Conditions on new plants, what happens beyond the limits of the search, and limits of peers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pulp
import pytest
from spopt import locate
from test_siting import INF, choices, open_field, plane, random_case

from atlas import siting_places, siting_tonnes
from atlas.errors import DataError
from atlas.ranking import rank_sites
from atlas.siting import plan, runner_up, value_of_each
from atlas.siting_case import Case, Options

# A 60, B 30, C 10 and O 100 outside; 100 t at F1 (A, B, O), 40 t at F2 (B, C).  Sites N, nearer
# to A, and M are reached by A and O.
COUNTRY = Case(
    demand=np.array([[60.0], [30.0], [10.0], [100.0]]),
    ours=np.array([True, True, True, False]),
    reach=np.array([[1, 0], [1, 1], [0, 1], [1, 0]], dtype=bool),
    capacity=np.array([[100.0], [40.0]]),
    km=np.array([[10.0, np.nan], [20.0, 30.0], [np.nan, 10.0], [80.0, np.nan]]),
    site_reach=np.array([[1, 1], [0, 0], [0, 0], [1, 1]], dtype=bool),
    site_km=np.array([[5.0, 8.0], [np.nan, np.nan], [np.nan, np.nan], [50.0, 40.0]]),
    counts=np.ones(1, dtype=bool),
    runs=np.ones(1, dtype=bool),
    fifth=0,
)
SITES = replace(choices(2, [30.0, 60.0], 1), site_ids=("N", "M"))


def test_the_nearer_of_two_sites_wins_by_its_kilometres() -> None:
    best = plan(COUNTRY, SITES)
    # A to N 60 x 5, B to F2 30 x 30, C to F2 10 x 10; from outside nothing is counted.
    assert best.chosen == ((0, 1),)
    assert best.processed_t == pytest.approx(200.0)
    assert best.tonne_km == pytest.approx(1300.0)
    second = runner_up(COUNTRY, SITES, best)
    assert second is not None
    assert second.plan.chosen == ((1, 1),)
    assert second.objective == "tonne_km"
    assert (second.best, second.other, second.change) == pytest.approx((1300.0, 1480.0, -180.0))


def test_where_kilometres_tie_the_name_decides() -> None:
    tied = replace(COUNTRY, site_km=COUNTRY.site_km[:, [0, 0]])
    best = plan(tied, SITES)
    assert best.chosen == ((1, 1),)  # M before N
    second = runner_up(tied, SITES, best)
    assert second is not None
    assert second.objective == "site_id"
    assert second.change == 0.0


def test_sites_that_exclude_each_other_never_stand_together() -> None:
    two = replace(SITES, sizes=np.array([30.0]), allowed=np.ones((2, 1), dtype=bool), p=2)
    assert plan(COUNTRY, two).chosen == ((1, 0), (0, 0))
    one = plan(COUNTRY, replace(two, excludes=((0, 1),)))
    assert one.chosen == ((0, 0),)
    assert one.processed_t == pytest.approx(170.0)


@pytest.mark.parametrize(
    ("size", "viable", "built"), [(266.0, 0.6, True), (267.0, 0.6, False), (320.0, 0.5, True)]
)
def test_a_plant_must_fill_three_fifths_in_its_fifth_year(
    size: float,
    viable: float,
    built: bool,  # noqa: FBT001
) -> None:
    # A and O bring 160 t.
    options = replace(SITES, sizes=np.array([size]), allowed=np.ones((2, 1), bool), viable=viable)
    best = plan(COUNTRY, options)
    assert bool(best.chosen) == built
    assert best.reason.startswith("siting: viable: 160 t" if not built else "")
    assert np.isfinite(value_of_each(COUNTRY, options)).all() == built


def test_the_fifth_year_need_not_count() -> None:
    later = replace(
        COUNTRY,
        demand=np.column_stack([COUNTRY.demand, COUNTRY.demand / 10]),
        capacity=np.repeat(COUNTRY.capacity, 2, axis=1),
        counts=np.array([True, False]),
        runs=np.ones(2, dtype=bool),
        fifth=1,
    )
    assert not plan(later, SITES).chosen
    assert plan(later, replace(SITES, viable=0.2)).chosen == ((0, 1),)


def test_the_table_of_sites_by_hand() -> None:
    fewer = replace(COUNTRY, demand=COUNTRY.demand * np.array([[1.0], [1.0], [1.0], [0.4]]))
    away = replace(COUNTRY, site_reach=COUNTRY.site_reach & np.array([True, False]))
    table = rank_sites(
        {"default": COUNTRY, "fewer": fewer, "away": away},
        SITES,
        default="default",
        merit=np.array([[1.0, 0.0], [1.0, 2.0]]),
    ).set_index("site_id")
    assert table["rank"].tolist() == [2, 1]  # M by its second merit
    assert table["chosen"].tolist() == [True, False]
    assert table["gained_t_per_a"].tolist() == pytest.approx([60.0, 60.0])
    assert table["ours_t_per_a"].tolist() == pytest.approx([22.5, 22.5])
    assert table["utilisation"].tolist() == pytest.approx([1.0, 1.0])
    assert table["mean_km"].tolist() == pytest.approx([5.0, 8.0])
    assert table["tonne_km"].tolist() == pytest.approx([1300.0, 1480.0])
    assert table["robustness"].tolist() == pytest.approx([1.0, 2 / 3])
    assert table["regret_t"].tolist() == pytest.approx([0.0, 60.0])
    assert table["lost_in"].tolist() == ["", "away"]


@pytest.mark.parametrize("seed", range(40))
def test_beyond_the_lists_tonnes_and_capacity_hold(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, options = random_case(seed)
    best = plan(case, options)
    for limit in ("LISTED", "SPREADS", "PRICED"):
        with monkeypatch.context() as patch:
            patch.setattr(siting_places, limit, 1)
            rough = plan(case, options)
        assert rough.most_t == pytest.approx(best.most_t)
        assert rough.processed_t >= best.floor_t * (1 - 1e-9)
        assert rough.capacity_t_per_a == pytest.approx(best.capacity_t_per_a)
        assert rough.tonne_km >= best.tonne_km * (1 - 1e-7)
        assert "kilometres" in rough.status or rough.tonne_km == pytest.approx(best.tonne_km)


@pytest.mark.parametrize("seed", range(40))
def test_with_a_gap_large_cases_still_reach_the_floor(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siting_tonnes, "LARGE", 0)
    case, options = random_case(seed)
    best = plan(case, options)
    rough = plan(case, replace(options, gap=0.01))
    assert rough.most_t >= best.most_t * 0.99 - 1e-9
    assert rough.processed_t >= rough.floor_t * (1 - 1e-9)
    assert rough.status[0] == "gap"


def test_many_plants_of_many_sizes_are_not_listed_one_by_one() -> None:
    km, tonnes = plane(1, nodes=60, sites=40)
    total = tonnes.sum()
    options = choices(40, [total / 80, total / 40, total / 20], 20, gap=0.01)
    assert plan(open_field(km, tonnes, np.ones_like(km, dtype=bool)), options).chosen


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulp.*")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:spopt.*")
@pytest.mark.parametrize("seed", range(5))
def test_with_limits_the_kilometres_are_those_of_spopt(seed: int) -> None:
    # The peer sends each node to one plant; nodes of one tonne are not worth splitting.
    km, _ = plane(seed, nodes=30, sites=7)
    capacity = 11.0
    peer = locate.PMedian.from_cost_matrix(
        km, np.ones(30), p_facilities=3, facility_capacities=np.full(7, capacity)
    ).solve(pulp.PULP_CBC_CMD(msg=False))
    case = open_field(km, np.ones(30), np.ones_like(km, dtype=bool))
    found = plan(case, choices(7, [capacity], 3))
    assert found.status == ("exact",)
    assert found.tonne_km == pytest.approx(peer.problem.objective.value())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"demand": np.full((4, 1), np.nan)}, "siting: demand, row 0, column 0: nan; "),
        ({"km": np.full((4, 2), np.nan)}, "siting: km, row 0, column 0: nan; "),
        ({"capacity": np.full((2, 1), -1.0)}, "siting: capacity, row 0, column 0: -1.0; "),
        ({"ours": np.ones(3, dtype=bool)}, "siting: ours: shape (3,); "),
        ({"counts": np.zeros(1, dtype=bool)}, "siting: years: none counts; "),
        ({"fifth": 5}, "siting: fifth year: index 5 of 1 years"),
    ],
)
def test_a_case_that_is_wrong_says_where(change: dict[str, object], words: str) -> None:
    with pytest.raises(DataError) as error:
        plan(replace(COUNTRY, **change), SITES)  # type: ignore[arg-type]
    assert str(error.value).startswith(words)


def test_options_that_are_wrong_are_all_told() -> None:
    wrong: Options = replace(
        SITES, site_ids=("N", "N"), excludes=((1, 1),), viable=2.0, sizes=np.array([0.0, INF])
    )
    with pytest.raises(DataError) as error:
        plan(COUNTRY, wrong)
    assert [each.split(":")[1].strip() for each in error.value.problems] == [
        "sizes", "viable", "site_id", "excludes",
    ]  # fmt: skip
