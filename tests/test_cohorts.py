"""Years of entry: the worked example, and what must hold whatever was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from dynamics import fixed, hazard, holding, lifetimes, weibull
from hypothesis import given
from hypothesis import strategies as st

import atlas.cohorts
import atlas.survival
from atlas.cohorts import by_size, entries, from_series, interpolated, steady
from atlas.errors import DataError
from atlas.release import leave, remaining_units, units
from atlas.survival import remaining

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from atlas.cohorts import Entries
    from atlas.definitions import Lifetime

YEARS = np.array([2022, 2023, 2024])
SHAPE = fixed(3.0)  # of a lifetime whose curve the worked example replaces


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 1, 0.8, 0.5 and 0 stand at half a year, a year and a half, and so on."""

    def log_survival(_lifetime: Lifetime, age_a: object) -> NDArray[np.float64]:
        part = np.interp(np.asarray(age_a, float), [0.5, 1.5, 2.5, 3.5], [1.0, 0.8, 0.5, 0.0])
        with np.errstate(divide="ignore"):
            return np.log(part)

    monkeypatch.setattr(atlas.survival, "log_survival", log_survival)
    monkeypatch.setattr(atlas.cohorts, "log_survival", log_survival)


def observed(*stock: float) -> Entries:
    """Give the cohorts of yearly stocks, all of the first of which came in that year."""
    one = np.array([stock], dtype=float)
    return entries(one, YEARS, SHAPE, cohorts=YEARS[:1], standing=one[:, :1])


def frozen(found: Entries) -> list[float]:
    """Give what leaves in 2025 to 2028 with nothing coming in."""
    stands = holding(found.standing, found.cohorts.tolist(), until=2024)
    out = leave(stands, SHAPE, inflow="frozen", growth=0.0, timing=(1.0, 1.0))
    return units(stands, out)[0, :4].tolist()


# ------------------------------------------------------------------ the worked example


@pytest.mark.usefixtures("worked")
def test_inflow_is_what_survivors_do_not_account_for() -> None:
    found = observed(100, 180, 170)
    assert found.inflow[0] == pytest.approx([100, 100, 40], abs=1e-12)
    assert found.released[0] == pytest.approx([0, 20, 50], abs=1e-12)
    assert found.cohorts.tolist() == [2022, 2023, 2024]
    assert found.standing[0] == pytest.approx([50, 80, 40], abs=1e-12)
    assert not found.removed.any()


@pytest.mark.usefixtures("worked")
def test_what_stands_leaves_by_its_ages() -> None:
    out = frozen(observed(100, 180, 170))
    assert out == pytest.approx([88, 62, 20, 0], abs=1e-12)
    assert sum(out) == pytest.approx(170, abs=1e-12)


@pytest.mark.usefixtures("worked")
def test_a_stock_that_fell_faster_scales_its_survivors_and_releases_the_rest() -> None:
    found = observed(100, 180, 120)
    assert found.inflow[0] == pytest.approx([100, 100, 0], abs=1e-12)
    assert found.removed[0] == pytest.approx([0, 0, 10], abs=1e-12)
    assert found.released[0] == pytest.approx([0, 20, 60], abs=1e-12)
    assert found.standing[0] == pytest.approx([46.154, 73.846, 0], abs=5e-4)
    out = frozen(found)
    assert out[:2] == pytest.approx([73.846, 46.154], abs=5e-4)
    assert sum(out) == pytest.approx(120, abs=1e-12)


@pytest.mark.usefixtures("worked")
def test_replacement_renews_the_worked_example() -> None:
    found = observed(100, 180, 170)
    stands = holding(found.standing, found.cohorts.tolist(), until=2024)
    out = leave(stands, SHAPE, inflow="replacement", growth=0.0, timing=(1.0, 1.0))
    # 88 leave and 88 enter; of these 17.6 leave in 2026 beside the 62: 79.6.
    # In 2027 20 of the old, 0.3 x 88 = 26.4 and 0.2 x 79.6 = 15.92: 62.32.
    assert units(stands, out)[0, :3] == pytest.approx([88, 79.6, 62.32], abs=1e-12)
    assert out.inflow[0, :3] == pytest.approx([88, 79.6, 62.32], abs=1e-12)
    assert remaining_units(stands, out) == pytest.approx(170, abs=1e-9)


# ------------------------------------------------------------------ observed stocks


@given(
    lifetimes(),
    st.lists(
        st.lists(st.just(0.0) | st.floats(0.01, 1e6), min_size=5, max_size=5),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 200),
)
def test_every_year_is_balanced(lifetime: Lifetime, stocks: list[list[float]], age: int) -> None:
    stock, years = np.array(stocks), np.arange(2020, 2025)
    first = np.array([2020 - age, 2020]) if age else np.array([2020])
    found = entries(
        stock, years, lifetime, cohorts=first,
        standing=stock[:, :1] * np.full(len(first), 1 / len(first)),
    )  # fmt: skip
    balance = stock[:, :-1] + found.inflow[:, 1:] - found.released[:, 1:]
    largest = stock.max(initial=1.0)
    assert balance == pytest.approx(stock[:, 1:], abs=1e-9 * largest)
    assert found.standing.sum(axis=1) == pytest.approx(stock[:, -1], abs=1e-9 * largest)
    for amount in (found.standing, found.inflow, found.released, found.removed):
        assert (amount >= -1e-9 * largest).all()
    assert not ((found.removed > 0) & (found.inflow > 0)).any()


@given(lifetimes(), st.lists(st.floats(0.01, 1e6), min_size=5, max_size=5), st.floats(0.1, 100))
def test_a_stock_in_another_unit_has_the_same_ages(
    lifetime: Lifetime, stocks: list[float], worth: float
) -> None:
    stock, years = np.array([stocks]), np.arange(2020, 2025)

    def ages(value: NDArray[np.float64]) -> NDArray[np.float64]:
        return entries(value, years, lifetime, cohorts=years[:1], standing=value[:, :1]).standing

    least = 1e-9 * worth * stock.max()
    assert ages(stock * worth) == pytest.approx(ages(stock) * worth, rel=1e-9, abs=least)


# ------------------------------------------------------------------ national series


def series(kind: str, points: dict[int, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"series": "s", "kind": kind, "year": list(points), "value": list(points.values())}
    )


def test_sales_are_interpolated_and_survive() -> None:
    # 100, 200 (between), 300; of what came in at mid 2020 half a year, then years, go by.
    rows = series("sales", {2022: 300.0, 2020: 100.0})
    found = from_series(rows, hazard(0.5), until=2022, where="here")
    left = np.array([100 * 0.5**2.5, 200 * 0.5**1.5, 300 * 0.5**0.5])
    assert found.cohorts.tolist() == [2020, 2021, 2022]
    assert found.standing == pytest.approx(left.sum(), rel=1e-12)
    assert found.shares == pytest.approx(left / left.sum(), rel=1e-12)
    assert found.interpolated == (2021,)


def test_nothing_is_known_to_have_entered_after_the_last_row() -> None:
    rows = series("sales", {2020: 100.0, 2021: 100.0})
    found = from_series(rows, hazard(0.1), until=2024, where="here")
    assert found.cohorts.tolist() == [2020, 2021]
    assert found.shares.sum() == pytest.approx(1.0, abs=1e-12)


def test_rows_after_the_stock_say_nothing_of_it() -> None:
    long = series("sales", {2020: 100.0, 2021: 200.0, 2022: 9e9})
    short = series("sales", {2020: 100.0, 2021: 200.0})
    found = from_series(long, hazard(0.1), until=2021, where="here")
    same = from_series(short, hazard(0.1), until=2021, where="here")
    assert found.cohorts.tolist() == same.cohorts.tolist() == [2020, 2021]
    assert found.shares == pytest.approx(same.shares)


@pytest.mark.usefixtures("worked")
def test_a_series_of_stocks_gives_the_ages_of_the_worked_example() -> None:
    rows = series("stock", {2022: 100.0, 2023: 180.0, 2024: 170.0})
    found = from_series(rows, SHAPE, until=2024, where="here")
    assert found.cohorts.tolist() == [2022, 2023, 2024]
    assert found.shares * 170 == pytest.approx([50, 80, 40], abs=1e-12)
    assert found.standing == pytest.approx(170, abs=1e-12)
    assert found.removed == ()


@pytest.mark.usefixtures("worked")
def test_a_series_says_in_which_years_it_fell_faster_than_lifetimes_explain() -> None:
    rows = series("stock", {2022: 100.0, 2023: 180.0, 2024: 120.0})
    found = from_series(rows, SHAPE, until=2024, where="here")
    assert found.removed == (2024,)
    assert found.shares * 120 == pytest.approx([46.154, 73.846, 0], abs=5e-4)


@pytest.mark.usefixtures("worked")
def test_a_stock_observed_earlier_has_aged_since() -> None:
    # A year later 50/80/40 are 0/50/32.
    rows = series("stock", {2022: 100.0, 2023: 180.0, 2024: 170.0})
    found = from_series(rows, SHAPE, until=2025, where="here")
    assert found.shares * found.standing == pytest.approx([0, 50, 32], abs=1e-12)


def test_a_series_that_begins_too_late_or_has_nothing_left_is_refused() -> None:
    with pytest.raises(DataError, match="a series from 2025"):
        from_series(series("stock", {2025: 1.0}), hazard(0.1), until=2024, where="here")
    with pytest.raises(DataError, match="nothing of it stands in 2024"):
        from_series(series("sales", {2000: 1.0}), fixed(3.0), until=2024, where="here")


# ------------------------------------------------------------------ no ages at all


def test_a_steady_stock_is_as_old_as_its_lifetime_lets_it() -> None:
    cohorts, shares = steady(fixed(3.0), until=2024)
    assert cohorts.tolist() == [2022, 2023, 2024]
    assert shares == pytest.approx([1 / 3] * 3)


def test_a_chance_that_does_not_depend_on_age_needs_one_cohort() -> None:
    cohorts, shares = steady(hazard(1 / 6), until=2025)
    assert cohorts.tolist() == [2025]
    assert shares.tolist() == [1.0]


@given(st.floats(1.5, 8.0), st.floats(2.0, 20.0))
def test_a_steady_stock_that_is_replaced_releases_the_same_every_year(
    shape: float, scale: float
) -> None:
    lifetime = weibull(shape, scale)
    cohorts, shares = steady(lifetime, until=2024)
    stands = holding([shares], cohorts.tolist(), until=2024)
    out = leave(stands, lifetime, inflow="replacement", growth=0.0, timing=(1.0, 1.0))
    yearly = units(stands, out)[0]
    # The youngest cohort is what enters in a year; cohorts of less than a millionth are left out.
    assert yearly == pytest.approx(shares[-1], rel=1e-5)


# ------------------------------------------------------------------ by size


def test_larger_pieces_are_younger() -> None:
    # Six units, the first third old: 1 and 1 are old, of the 4 nothing is.
    ages = by_size(np.array([4.0, 1.0, 1.0]), np.array([1 / 3, 2 / 3]))
    assert ages == pytest.approx(np.array([[0, 1], [1, 0], [1, 0]]))


def test_a_piece_on_the_border_of_two_cohorts_is_partly_of_both() -> None:
    # Half of ten units is old: the 3 whole, and 2 of the 7.
    ages = by_size(np.array([3.0, 7.0]), np.array([0.5, 0.5]))
    assert ages == pytest.approx(np.array([[1, 0], [2 / 7, 5 / 7]]))


def parts() -> st.SearchStrategy[list[float]]:
    return st.lists(st.integers(0, 100), min_size=1, max_size=8).filter(any).map(
        lambda values: [value / sum(values) for value in values]
    )  # fmt: skip


@given(st.lists(st.sampled_from([0.0, 10, 600, 660, 3000, 3000.5, 12_000]), min_size=1), parts())
def test_ages_by_size_keep_pieces_and_cohorts(sizes: list[float], shares: list[float]) -> None:
    if not any(sizes):
        sizes = [*sizes, 1.0]
    size = np.array(sizes)
    ages = by_size(size, np.array(shares))
    assert (ages >= 0).all()
    assert ages.sum(axis=1) == pytest.approx(1.0, abs=1e-9)
    assert size @ ages / size.sum() == pytest.approx(np.array(shares), abs=1e-9)
    for one in set(sizes) - {0.0}:
        of_one = ages[size == one]
        assert (of_one == of_one[0]).all()
    # A larger piece is on the whole no older.
    middle = ages @ np.arange(len(shares))
    ranked = middle[size > 0][np.argsort(size[size > 0], kind="stable")]
    assert (np.diff(ranked) >= -1e-9).all()


@given(
    st.lists(st.sampled_from([10.0, 600, 660, 3000, 12_000]), min_size=2),
    parts(),
    st.randoms(use_true_random=False),
)
def test_ages_by_size_do_not_depend_on_the_order(
    sizes: list[float], shares: list[float], random: object
) -> None:
    order = list(range(len(sizes)))
    shuffle: Callable[[list[int]], None] = random.shuffle  # type: ignore[attr-defined]
    shuffle(order)
    found = by_size(np.array(sizes), np.array(shares))
    shuffled = by_size(np.array(sizes)[order], np.array(shares))
    assert shuffled == pytest.approx(found[order], abs=1e-12)


# ------------------------------------------------------------------ suppressed years


def test_suppressed_years_lie_between_their_neighbours_and_the_ends_are_held() -> None:
    nan = np.nan
    stock = np.array([[nan, 10, nan, nan, 40, nan], [1, 2, 3, 4, 5, 6.0], [nan] * 6])
    filled, suppressed = interpolated(stock)
    assert filled[0].tolist() == [10, 10, 20, 30, 40, 40]
    assert filled[1].tolist() == [1, 2, 3, 4, 5, 6]
    assert np.isnan(filled[2]).all()
    assert suppressed.sum(axis=1).tolist() == [4, 0, 6]


@given(lifetimes(), st.integers(0, 60))
def test_survivors_of_a_series_and_of_a_holding_age_alike(lifetime: Lifetime, years: int) -> None:
    # One year after another, or all at once.
    ages = np.arange(years + 1) + 0.5
    steps = remaining(lifetime, ages[:-1], ages[1:])
    whole = float(remaining(lifetime, ages[0], ages[-1]))
    assert np.prod(steps) == pytest.approx(whole, rel=1e-6, abs=1e-12)
