"""Survival curves against hand-worked numbers and scipy, and what leaves of what stands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from dynamics import UNTIL, fixed, hazard, lifetimes, normal, real, weibull
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from atlas.survival import leaves, log_survival, mean_a, remaining, renewal

if TYPE_CHECKING:
    from atlas.definitions import Lifetime


def stands(lifetime: Lifetime, age: float) -> float:
    return float(np.exp(log_survival(lifetime, age)))


def test_weibull_has_one_over_e_left_at_its_scale() -> None:
    assert stands(weibull(5.3759, 30.0), 30.0) == pytest.approx(math.exp(-1), rel=1e-12)
    assert stands(weibull(2.0, 10.0), 20.0) == pytest.approx(math.exp(-4), rel=1e-12)


def test_normal_is_cut_at_age_zero() -> None:
    # Half of a whole bell at its mean, over the part of the bell above zero.
    assert stands(normal(10.0, 5.0), 0.0) == 1.0
    assert stands(normal(10.0, 5.0), 10.0) == pytest.approx(0.5 / 0.977249868, rel=1e-9)


def test_fixed_stands_whole_until_its_age_and_not_after() -> None:
    assert [stands(fixed(7.0), age) for age in (0.0, 6.9, 7.0, 8.0)] == [1.0, 1.0, 0.0, 0.0]


def test_hazard_loses_the_same_part_every_year() -> None:
    assert [stands(hazard(1 / 6), age) for age in (1.0, 2.0)] == pytest.approx([5 / 6, 25 / 36])
    assert [stands(hazard(1.0), age) for age in (0.0, 0.5)] == [1.0, 0.0]


@given(shape=st.floats(0.5, 12.0), scale=st.floats(0.3, 100.0), age=st.floats(0.0, 60.0))
def test_weibull_is_that_of_scipy(shape: float, scale: float, age: float) -> None:
    theirs = stats.weibull_min.logsf(age, shape, scale=scale)
    assert float(log_survival(weibull(shape, scale), age)) == pytest.approx(theirs, rel=1e-9)


@given(mean=st.floats(1.0, 50.0), sd=st.floats(0.5, 20.0), age=st.floats(0.0, 60.0))
def test_normal_is_the_truncated_one_of_scipy(mean: float, sd: float, age: float) -> None:
    theirs = stats.norm.logsf(age, mean, sd) - stats.norm.logsf(0.0, mean, sd)
    found = float(log_survival(normal(mean, sd), age))
    assert found == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@given(lifetimes(), st.lists(st.floats(-50.0, 500.0), min_size=2, max_size=20))
def test_everything_stands_at_zero_and_nothing_comes_back(
    lifetime: Lifetime, ages: list[float]
) -> None:
    found = log_survival(lifetime, np.sort([*ages, 0.0, -1.0]))
    assert found[np.sort([*ages, 0.0, -1.0]) <= 0] == pytest.approx(0.0)
    assert (found[1:] <= found[:-1] + 1e-12).all()


@given(lifetimes(), st.floats(0.0, 400.0), st.floats(0.0, 40.0), st.floats(0.0, 40.0))
def test_what_remains_over_two_spans_is_the_product(
    lifetime: Lifetime, start: float, first: float, second: float
) -> None:
    middle = start + first
    over = float(remaining(lifetime, start, middle + second))
    parts = float(remaining(lifetime, start, middle)) * float(
        remaining(lifetime, middle, middle + second)
    )
    assert 0.0 <= over <= 1.0
    # Where the first span leaves nothing by rule, the second has nothing to speak of.
    assert over == pytest.approx(parts, rel=1e-6, abs=1e-12)


@given(
    lifetimes(),
    st.lists(st.integers(0, 500), min_size=1, max_size=6, unique=True),
    st.integers(1, 80),
)
def test_what_leaves_and_what_remains_is_all(
    lifetime: Lifetime, ages: list[int], span: int
) -> None:
    cohorts, years = UNTIL - np.array(ages), np.arange(UNTIL + 1, UNTIL + 1 + span)
    found = leaves(lifetime, cohorts, years, until=UNTIL)
    left = remaining(lifetime, np.array(ages) + 0.5, np.array(ages) + 0.5 + span)
    assert np.isfinite(found).all()
    assert (found >= -1e-15).all()
    assert found.sum(axis=1) + left == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    "lifetime", [weibull(5.3759, 30.0), weibull(12.0, 0.5), normal(7.0, 1.0), fixed(7.0)]
)
def test_what_has_outlived_its_lifetime_stands_and_leaves_next(lifetime: Lifetime) -> None:
    cohorts = np.array([UNTIL - 400])
    found = leaves(lifetime, cohorts, np.arange(UNTIL + 1, UNTIL + 4), until=UNTIL)
    assert found[0, 0] == pytest.approx(1.0, abs=1e-6)
    assert found.sum() == pytest.approx(1.0, abs=1e-9)


def test_fixed_lifetime_leaves_in_the_year_it_reaches_its_age() -> None:
    # In at the middle of 2020, four years old at the middle of 2024 and gone by the end of it.
    found = leaves(fixed(4.0), [2020], np.arange(2021, 2027), until=2020)
    assert found[0].tolist() == [0, 0, 0, 1, 0, 0]


@given(lifetimes(), st.integers(1, 60))
def test_renewal_is_what_leaves_of_the_cohort_of_the_last_year(
    lifetime: Lifetime, span: int
) -> None:
    years = np.arange(UNTIL + 1, UNTIL + 1 + span)
    own = leaves(lifetime, [UNTIL], years, until=UNTIL)[0]
    assert renewal(lifetime, span) == pytest.approx(own, abs=1e-15)


@given(lifetimes())
def test_all_that_enters_leaves_in_the_end(lifetime: Lifetime) -> None:
    assert renewal(lifetime, 20_000).sum() == pytest.approx(1.0, abs=1e-6)


def test_mean_is_that_of_the_distribution() -> None:
    assert mean_a(weibull(5.3759, 30.0)) == pytest.approx(
        30.0 * math.gamma(1 + 1 / 5.3759), abs=1e-3
    )
    assert mean_a(fixed(7.0)) == pytest.approx(7.0, abs=0.011)
    # A chance of 1/6 a year, at any moment: 1 / ln(6/5).
    assert mean_a(hazard(1 / 6)) == pytest.approx(5.4848, abs=1e-3)


@pytest.mark.parametrize(
    ("stream", "means"),
    [
        ("wind_turbine", {"early": 20.0, "regular": 25.0, "late": 30.0}),
        ("ebike_battery", {"early": 5.0, "regular": 7.0, "late": 10.0}),
        ("solar_panel", {"early": 26.61, "regular": 27.66}),
    ],
)
def test_lifetimes_of_the_definitions_have_the_means_that_they_say(
    stream: str, means: dict[str, float]
) -> None:
    found = {
        name: mean_a(lifetime) for name, lifetime in real().catalog.stocks[stream].lifetimes.items()
    }
    assert found == pytest.approx(means, abs=0.02)
