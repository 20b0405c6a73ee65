"""What becomes of what is released: reused, collected or neither, by rates that change by law."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from dynamics import collection, real, share
from hypothesis import given
from hypothesis import strategies as st

from atlas.areas import UNALLOCATED
from atlas.collection import Market, collect, growth_of, market_of, rates
from atlas.definitions import Collection, Share
from atlas.ranges import CERTAIN, graded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.collection import Collected

YEARS = np.arange(2025, 2036)


def of_released(
    released: object,
    rate: float,
    *,
    reuse: float = 0.0,
    width: float = 0.0,
    market: Market | None = None,
    growth: float = 0.0,
    bounds: tuple[float, float] | None = None,
) -> Collected:
    """Collect of (Z, T) tonnes from 2025 on; rate and reuse are certain unless bounds are given."""
    tonnes = np.array(released, dtype=float)
    low, high = bounds or (rate, rate)
    return collect(
        tonnes,
        np.arange(2025, 2025 + tonnes.shape[1]),
        collection(share(rate, low=low, high=high), of_market=market is not None),
        share(reuse, low=reuse, high=reuse),
        scenario="today",
        widths=(np.full_like(tonnes, width), np.full_like(tonnes, width)),
        market=market,
        growth=growth,
    )


# ------------------------------------------------------------------ rates


def test_today_holds_on() -> None:
    own = collection(share(0.4), targets={2030: 0.6})
    assert rates(own, YEARS, scenario="today") == pytest.approx(0.4)


def test_targets_are_reached_in_a_straight_line_and_held() -> None:
    # From 0.2 in 2025, the first year shown, to 0.5 in 2027 and 0.6 in 2032; the rate is of 2024.
    own = collection(share(0.2), year=2024, targets={2027: 0.5, 2032: 0.6})
    found = rates(own, YEARS, scenario="targets")
    line = [0.2, 0.35, 0.5, 0.52, 0.54, 0.56, 0.58, 0.6, 0.6, 0.6, 0.6]
    assert found == pytest.approx(line)


def test_a_target_whose_year_has_come_applies_at_once() -> None:
    own = collection(share(0.1), year=2025, targets={2019: 0.85})
    assert rates(own, YEARS, scenario="targets") == pytest.approx(0.85)
    both = collection(share(0.1), year=2025, targets={2019: 0.5, 2030: 0.6})
    assert rates(both, YEARS, scenario="targets")[:6] == pytest.approx(
        [0.5, 0.52, 0.54, 0.56, 0.58, 0.6]
    )


def test_without_targets_today_is_all_there_is() -> None:
    assert rates(collection(share(0.4)), YEARS, scenario="targets") == pytest.approx(0.4)


def test_legal_rates_of_the_definitions() -> None:
    years = np.array([2025, 2028, 2031, 2050])
    packs = real().catalog.stocks["ebike_battery"].collection
    # From 14 % in 2025, the first year shown, to 51 % in 2028.
    start = 305 / 2200
    found = rates(packs, years, scenario="targets")
    assert found == pytest.approx([start, 0.51, 0.61, 0.61])
    for stream in ("solar_panel", "smartphone"):
        own = real().catalog.stocks[stream].collection
        assert rates(own, years, scenario="targets") == pytest.approx(0.85), stream
    own = real().catalog.stocks["wind_turbine"].collection
    assert rates(own, years, scenario="targets") == pytest.approx(1.0)


# ------------------------------------------------------------------ amounts


def test_a_rate_of_what_is_released() -> None:
    found = of_released([[100.0, 0.0]], 0.6, reuse=0.1)
    assert found.reused_t[0].tolist() == pytest.approx([10.0, 0.0])
    assert found.collected_t[0].tolist() == pytest.approx([60.0, 0.0])
    assert found.gap_t[0].tolist() == pytest.approx([30.0, 0.0])


def test_a_reuse_of_nothing_may_still_be_something() -> None:
    # More is asked for than there is: all of the 100, or no less than 80 of them.
    found = collect(
        np.array([[100.0]]), np.array([2025]),
        collection(share(1.0, low=1.0, high=1.0), of_market=True),
        share(0.0, low=0.0, high=0.2), scenario="today",
        widths=(np.array([[0.0]]), np.array([[0.0]])),
        market=Market(np.array([500.0]), 2024, CERTAIN),
    )  # fmt: skip
    assert found.collected_t[0, 0] == 100.0
    assert logs(found) == pytest.approx([1.0, 1.25])


def test_not_more_is_collected_than_reuse_leaves() -> None:
    found = of_released([[100.0]], 1.0, reuse=0.2)
    assert found.collected_t[0, 0] == pytest.approx(80.0)
    assert found.gap_t[0, 0] == pytest.approx(0.0)


def test_a_rate_of_the_market_does_not_follow_what_is_released() -> None:
    market = Market(np.array([200.0, 50.0]), 2022, CERTAIN)
    found = of_released([[100.0, 10.0], [100.0, 100.0]], 0.14, market=market)
    # 28 and 7 a year, or what there is.
    assert found.collected_t == pytest.approx(np.array([[28.0, 10.0], [7.0, 7.0]]))


def test_a_growing_market_is_counted_from_the_year_it_is_of() -> None:
    market = Market(np.array([200.0]), 2022, CERTAIN)
    found = of_released([[1000.0, 1000.0]], 0.1, market=market, growth=0.04)
    assert found.collected_t[0] == pytest.approx([20 * 1.04**3, 20 * 1.04**4])
    assert growth_of("growth", 0.04) == 0.04
    assert growth_of("replacement", 0.04) == growth_of("frozen", 0.04) == 0.0


def test_the_market_is_the_region_s_part_of_the_country_by_the_key() -> None:
    national = pd.DataFrame(
        [("sold", 2022, 1000.0, "B"), ("people", 2023, 400.0, "A")],
        columns=["figure", "year", "value", "grade"],
    )
    own = Collection(share(0.5), "put_on_market", 2022, put_on_market=Share("sold", "people", 2022))
    key = pd.Series({"Z0": 30.0, "Z1": 10.0}, name="residents")
    found = market_of(
        own, key=key, key_grade="C", totals={"residents": 40.0}, of_year=2023,
        national=national, where="here",
    )  # fmt: skip
    assert found is not None
    # 40 of 400 people: 100 of 1000; nothing is sold to nowhere.
    assert found.t_per_a.tolist() == pytest.approx([75.0, 25.0, 0.0])
    assert found.year == 2022
    wide = math.exp(math.hypot(math.log(1.2), math.log(1.4)))
    assert found.band == pytest.approx((1 / wide, wide))
    assert key.index.tolist() == ["Z0", "Z1"]
    assert UNALLOCATED not in key


def test_no_market_where_the_rate_is_one_of_what_is_released() -> None:
    found = market_of(
        collection(share(0.5)), key=pd.Series({"Z0": 1.0}), key_grade="C", totals={},
        of_year=2023, national=pd.DataFrame(), where="here",
    )  # fmt: skip
    assert found is None


@given(
    st.lists(st.just(0.0) | st.floats(1e-3, 1e6), min_size=4, max_size=4),
    st.floats(0.01, 1.0),
    st.floats(0.0, 1.0),
    st.floats(0.0, 2.0),
    st.none() | st.just(0.0) | st.floats(1e-3, 1e6),
)
def test_nothing_is_lost_and_no_more_collected_than_there_is(
    released: list[float], rate: float, reuse: float, width: float, sold: float | None
) -> None:
    market = None if sold is None else Market(np.full(2, sold), 2024, graded("D"))
    tonnes = np.reshape(released, (2, 2))
    low, high = 0.5 * rate, min(1.0, 1.5 * rate)
    found = of_released(tonnes, rate, reuse=reuse, width=width, market=market, bounds=(low, high))
    scale = max(1.0, float(tonnes.max()))
    parts = found.reused_t + found.collected_t + found.gap_t
    assert parts == pytest.approx(tonnes, rel=1e-9, abs=1e-9 * scale)
    for part in (found.reused_t, found.collected_t, found.gap_t):
        assert (part >= -1e-12 * scale).all()
    assert (found.collected_t <= tonnes * (1 - reuse) + 1e-12 * scale).all()
    collected_high = found.collected_t * np.exp(found.up)
    assert (collected_high <= tonnes * math.exp(width) + 1e-9 * scale).all()
    assert (found.up >= 0).all()
    assert (found.down >= 0).all()


# ------------------------------------------------------------------ ranges


def logs(found: Collected) -> NDArray[np.float64]:
    return np.exp(np.array([found.up[0, 0], found.down[0, 0]]))


def test_the_range_of_a_rate_comes_on_that_of_what_is_released() -> None:
    found = of_released([[100.0]], 0.4, width=math.log(1.4), bounds=(0.2, 0.6))
    up = math.exp(math.hypot(math.log(1.4), math.log(1.5)))
    down = math.exp(math.hypot(math.log(1.4), math.log(2.0)))
    assert logs(found) == pytest.approx([up, down])


def test_what_is_collected_of_sales_does_not_know_the_range_of_what_is_released() -> None:
    market = Market(np.array([100.0]), 2024, graded("B"))
    found = of_released([[1000.0]], 0.5, width=math.log(3.0), market=market)
    assert logs(found) == pytest.approx([1.2, 1.2])
    assert not found.of_release.any()


def test_where_all_that_is_left_is_collected_the_range_is_that_of_what_is_left() -> None:
    found = collect(
        np.array([[100.0]]), np.array([2025]), collection(share(1.0, low=0.9, high=1.0)),
        share(0.2, low=0.0, high=0.6), scenario="today",
        widths=(np.array([[0.0]]), np.array([[0.0]])),
    )  # fmt: skip
    # 80, between 40 and 100.
    assert found.collected_t[0, 0] == pytest.approx(80.0)
    assert logs(found) == pytest.approx([100 / 80, 80 / 40])


def test_the_high_end_is_cut_at_all_that_is_released() -> None:
    # 90 of 100, and a rate that could be a half more.
    found = of_released([[100.0]], 0.9, bounds=(0.9, 1.0), width=0.0)
    assert found.collected_t[0, 0] * math.exp(found.up[0, 0]) == pytest.approx(100.0)
    wider = of_released([[100.0]], 0.9, bounds=(0.9, 1.35), width=math.log(1.1))
    assert wider.collected_t[0, 0] * math.exp(wider.up[0, 0]) == pytest.approx(110.0)


def test_a_rate_that_the_law_sets_has_no_range() -> None:
    tonnes = np.array([[100.0]])
    own = collection(share(0.4, low=0.1, high=0.9), targets={2020: 0.5})
    found = collect(
        tonnes, np.array([2025]), own, share(0.0, low=0.0, high=0.0), scenario="targets",
        widths=(tonnes * 0, tonnes * 0),
    )  # fmt: skip
    assert found.collected_t[0, 0] == pytest.approx(50.0)
    assert logs(found) == pytest.approx([1.0, 1.0])


# ------------------------------------------------------------------ the real region


def test_region_loses_nothing_in_any_scenario() -> None:
    rows = real().releases.dropna(subset=["released_t"])
    assert len(rows) > 80_000
    parts = rows[["reused_exported_t", "collected_t", "collection_gap_t"]]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(
        rows["released_t"].to_numpy(), rel=1e-9, abs=1e-9
    )
    assert (parts >= -1e-9).to_numpy().all()
    for first, last in (
        ("released_t_low", "released_t"), ("released_t", "released_t_high"),
        ("collected_t_low", "collected_t"), ("collected_t", "collected_t_high"),
        ("collected_t_high", "released_t_high"),
    ):  # fmt: skip
        assert (rows[first] <= rows[last] * (1 + 1e-9) + 1e-12).all(), (first, last)


def test_region_collects_fourteen_per_cent_of_the_packs_put_on_the_market() -> None:
    run = real().runs["default"]["ebike_battery"]
    market = run.supply.market
    assert market is not None
    first = run.collected.collected_t[:, 0]
    most = run.released_t[:, 0] * 0.95
    assert first == pytest.approx(np.minimum(most, market.t_per_a * 305 / 2200), rel=1e-9)


def test_region_is_null_up_to_the_year_that_the_stock_stood_in() -> None:
    rows = real().releases
    rows = rows[(rows["scenario_id"] == "default") & (rows["stream"] == "wind_turbine")]
    unknown = rows[rows["released_t"].isna()]
    assert set(unknown["year"]) == {2025}
    assert unknown["collected_t"].isna().all()
    assert unknown["grade"].isna().all()
