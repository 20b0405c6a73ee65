"""Ranges against sampled factors, and what widens a sum and what does not.

The sampled factors are lognormal with the low and the high as their 5th and 95th percentiles.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from dynamics import ELEMENTS, contents, fixed, holding, real, share, supply
from hypothesis import given
from hypothesis import strategies as st

from atlas.amounts import of_places
from atlas.composition import per_unit, totals
from atlas.ranges import (
    CERTAIN,
    WIDTHS,
    band_logs,
    combine,
    grade_of,
    graded,
    grades_of,
    key_logs,
    rss,
    stated,
)
from atlas.release import at, leave, ranged, stand
from atlas.scenarios import Scenario
from atlas.supply import run_supply, widths
from atlas.variants import Type

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.holdings import Holding
    from atlas.ranges import Band

    Floats = NDArray[np.float64]

DRAWS = 200_000
P95 = 1.6448536269514722  # standard deviations from the middle to the 95th percentile


def sampled(band: Band, rng: np.random.Generator) -> Floats:
    """Draw a factor whose 5th and 95th percentiles are the ends of a band, each side for itself."""
    normal = rng.standard_normal(DRAWS)
    up, down = band_logs(band)
    return np.exp(np.where(normal > 0, up, down) * normal / P95)


def ends(values: Floats) -> list[float]:
    return np.quantile(values, [0.05, 0.95]).tolist()


def symmetric(width: float) -> Band:
    return 1.0 / (1.0 + width), 1.0 + width


# ------------------------------------------------------------------ grades and products


def test_a_grade_is_symmetric_in_logarithms_and_finds_itself() -> None:
    assert graded("B") == pytest.approx((1 / 1.2, 1.2))
    assert list(WIDTHS.values()) == [0.10, 0.20, 0.40, 0.70]
    for grade in WIDTHS:
        assert grade_of(graded(grade)) == grade


@pytest.mark.parametrize(
    ("band", "grade"),
    [
        ((1.0, 1.0), "A"),
        ((0.95, 1.1), "A"),
        ((0.9, 1.1), "B"),  # 1 / 0.9 is 11 % away
        ((1.0, 1.21), "C"),
        ((0.6, 1.0), "D"),
        ((0.1, 9.0), "D"),
        ((0.0, 1.0), "D"),
    ],
)
def test_the_grade_of_a_band_is_that_of_its_wider_side(band: Band, grade: str) -> None:
    assert grade_of(band) == grade
    up, down = band_logs(band)
    assert grades_of(np.array([up]), np.array([down]))[0] == grade


@given(st.just(0.0) | st.floats(1e-9, 1.0), st.floats(1.0, 5.0))
def test_grades_of_many_are_those_of_each(low: float, high: float) -> None:
    up, down = band_logs((low, high))
    assert grades_of(np.array([up]), np.array([down]))[0] == grade_of((low, high))


def test_a_stated_side_takes_the_place_of_the_grade() -> None:
    assert stated(share(0.5, low=0.25)) == pytest.approx((0.5, 1.4))
    assert stated(share(0.5, high=1.0, grade="A")) == pytest.approx((1 / 1.1, 2.0))


def test_independent_factors_of_a_product_add_in_quadrature() -> None:
    # ln 1.2 and ln 1.4: the root of 0.03324 + 0.11321 is 0.38269.
    low, high = combine(graded("B"), graded("C"))
    assert high == pytest.approx(1.46622, rel=1e-5)
    assert low == pytest.approx(1 / 1.46622, rel=1e-5)
    assert combine() == CERTAIN


def test_each_side_is_combined_for_itself() -> None:
    assert combine((0.5, 1.0), (1.0, 3.0)) == pytest.approx((0.5, 3.0))
    assert combine((0.0, 1.5), (0.5, 1.0)) == pytest.approx((0.0, 1.5))


@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_range_of_a_product_is_that_of_sampled_factors(count: int) -> None:
    rng = np.random.default_rng(count)
    bands = [symmetric(width) for width in rng.uniform(0.05, 0.9, count)]
    product = np.prod([sampled(band, rng) for band in bands], axis=0)
    # Exact, so only the error of sampling is left.  The 5th percentile of 200,000 draws has a
    # standard error of root(0.05 x 0.95 / 200,000) / 0.103 = 0.0047 standard deviations, and the
    # logarithms here have one of at most 0.6: 0.0028, twice.
    assert ends(product) == pytest.approx(combine(*bands), rel=0.006)


# ------------------------------------------------------------------ sums, sampled


def sums(shared: tuple[float, ...], own: tuple[float, ...]) -> tuple[list[float], list[float]]:
    """Give the sampled and the combined range of a sum of zones.

    A factor that all zones share, in a width of each zone's own, and a factor for each zone.
    """
    rng = np.random.default_rng(7)
    amounts = np.arange(1.0, len(own) + 1)
    normal = rng.standard_normal(DRAWS) / P95
    drawn = np.zeros(DRAWS)
    logs = [[], []]
    for i, amount in enumerate(amounts):
        wide = math.log1p(shared[i])
        drawn += amount * np.exp(wide * normal) * sampled(symmetric(own[i]), rng)
    for side, sign in enumerate((-1.0, 1.0)):
        each = np.expm1(sign * np.log1p(np.array(shared)))
        logs[side].append(np.log1p((amounts * each).sum() / amounts.sum()))
        for i, amount in enumerate(amounts):
            excess = np.expm1(sign * math.log1p(own[i]))
            logs[side].append(np.log1p(amount * excess / amounts.sum()))
    combined = [amounts.sum() * math.exp(sign * rss(*logs[i])) for i, sign in ((0, -1), (1, 1))]
    return ends(drawn), combined


def test_one_shared_factor_adds_up_linearly() -> None:
    # The sum rises with the factor, so its percentiles are those of the factor: exact.
    drawn, combined = sums((0.4, 0.1, 0.7), (0.0, 0.0, 0.0))
    assert drawn == pytest.approx(combined, rel=0.003)


def test_different_factors_of_zones_add_in_quadrature() -> None:
    # A sum of lognormals is none: the formula is an approximation.  Its error grows with the
    # square of the width: 0.2, 0.5 and 1.3 % of the value at the grades B, C and D, where the
    # ranges themselves are 10, 20 and 40 %.
    for width, tolerance in ((0.2, 0.003), (0.4, 0.007), (0.7, 0.016)):
        drawn, combined = sums((0.0,) * 4, (width,) * 4)
        assert drawn == pytest.approx(combined, rel=tolerance), width


def test_shared_and_own_factors_together_are_close_to_the_sampled_sum() -> None:
    drawn, combined = sums((0.4, 0.4, 0.4), (0.4, 0.2, 0.7))
    assert drawn == pytest.approx(combined, rel=0.005)
    # And far from what the two simple readings would give: all alike, or none.
    assert combined[1] < 0.95 * 6 * 1.4 * (1 * 1.4 + 2 * 1.2 + 3 * 1.7) / 6
    assert combined[1] > 1.02 * 6 * 1.4


# ------------------------------------------------------------------ sums, through the atlas

# Contents in kilos a piece, by year of entry; wide enough to matter, alike on both sides.
CONTENTS = contents(
    [
        ("big", "Nd", None, 2009, 8.0, 8 / 1.4, 8 * 1.4, "C"),
        ("big", "Nd", 2010, None, 4.0, 4 / 1.2, 4 * 1.2, "B"),
        ("big", "Cu", None, None, 60.0, 60 / 1.5, 60 * 1.5, "D"),
        ("small", "Nd", None, None, 1.0, 1 / 1.7, 1.7, "D"),
        ("small", "Cu", None, None, 50.0, 50 / 1.1, 50 * 1.1, "A"),
        ("small", "Ag", None, None, 2.0, 2 / 1.3, 2.6, "C"),
    ],
    share(0.9, low=0.9 / 1.25, high=0.9 * 1.25),
)
TYPES = (Type("big", "large"), Type("small", "large"), Type("small", "little"))
SIZES = {"large": symmetric(0.3), "little": symmetric(0.15)}
TIMING = symmetric(0.25)


def stock() -> Holding:
    """Give four places, of which the first two share a source and the others have one each."""
    amounts = np.random.default_rng(3).uniform(1, 10, (4, 2, 3))
    return holding(
        amounts, [2005, 2015], types=TYPES, mix={"big": 0.5, "small": 0.5},
        sources=[0, 0, 1, -1], count=symmetric(0.2), key=symmetric(0.35), sizes=SIZES,
    )  # fmt: skip


def drawn_tonnes(stands: Holding, weights: Floats, members: Floats) -> dict[str, Floats]:
    """Draw every factor once and add up by brute force; weights are the parts of the cohorts."""
    rng = np.random.default_rng(11)
    count, timing, key = (sampled(b, rng) for b in (stands.count, TIMING, stands.key))
    sizes = {name: sampled(band, rng) for name, band in stands.sizes.items()}
    table = CONTENTS[CONTENTS["element"] != "mass"]
    normals = {name: rng.standard_normal(DRAWS) / P95 for name in table["factor"].unique()}
    found: dict[str, Floats] = {}
    inside = members > 0
    amounts = stands.amounts.sum(axis=2) @ weights * 0.9
    weighs = sampled(symmetric(0.25), rng)
    found["mass"] = np.zeros(DRAWS)
    for i in np.flatnonzero(inside):
        source = stands.sources[i]
        broken = source >= 0 and not inside[stands.sources == source].all()
        found["mass"] += amounts[i] * weighs * count * timing * (key if broken else 1.0)
    for element in ("Nd", "Cu", "Ag"):
        total = np.zeros(DRAWS)
        for i in np.flatnonzero(inside):
            source = stands.sources[i]
            broken = source >= 0 and not inside[stands.sources == source].all()
            for c, cohort in enumerate(stands.cohorts):
                for k, kind in enumerate(stands.types):
                    fits = (table["variant"] == kind.variant) & (table["element"] == element)
                    fits &= ~(table["from_year"] > cohort) & ~(table["to_year"] < cohort)
                    for row in table[fits].to_dict("records"):
                        wide = math.log(row["high_t"] / row["value_t"])
                        amount = stands.amounts[i, c, k] * weights[c] * row["value_t"]
                        each = amount * np.exp(wide * normals[row["factor"]])
                        total += each * sizes[str(kind.size)] * (key if broken else 1.0)
        found[element] = total * count * timing
    found["crm"] = found["Nd"] + found["Cu"]
    return found


@pytest.mark.parametrize("places", [[0], [2], [0, 1], [0, 2, 3], [0, 1, 2, 3]], ids=str)
def test_the_range_of_any_places_is_close_to_sampled_factors(places: list[int]) -> None:
    stands = stock()
    out = at(
        leave(stands, fixed(16.0), inflow="frozen", growth=0.0, timing=TIMING), np.array([2031])
    )
    # In 2031 all of 2015 leaves.
    assert out.shares[:, 0].tolist() == [0.0, 1.0]
    both = replace(out, shares=np.array([[0.25], [1.0]]))
    members = np.zeros((1, 4))
    members[0, places] = 1.0
    picks = totals(list(dict.fromkeys(CONTENTS["element"])), ELEMENTS)
    single = ranged(stands, both, CONTENTS, sums=picks)
    group, own = of_places(stands, both, members)
    found = ranged(group, own, CONTENTS, sums=picks)
    up, down = widths(stands, both, found, members=members, value=single.value)
    drawn = drawn_tonnes(stands, both.shares[:, 0], members[0])
    for element, values in drawn.items():
        j = found.substances.index(element)
        value = found.value[0, 0, j]
        combined = [value * np.exp(-down[0, 0, j]), value * np.exp(up[0, 0, j])]
        # The ends are 35 to 70 % away; 1 % of the value is what sampling (0.3 %) and the sum of
        # lognormals (see above) leave.  The middle of such a sum is a little above the sum of the
        # middles: half the variance that is not shared.
        assert ends(values) == pytest.approx(combined, rel=0.01), element
        assert float(np.median(values)) == pytest.approx(value, rel=0.02), element


def test_the_mass_of_all_variants_is_one_factor_and_their_contents_are_not() -> None:
    table = contents(
        [("a", "Nd", None, None, 1.0, 0.5, 2.0, "C"), ("b", "Nd", None, None, 1.0, 0.5, 2.0, "C")],
        share(1.0, low=0.5, high=2.0),
    )
    stands = holding([[[5.0, 5.0]]], [2010], types=(Type("a"), Type("b")))
    found = ranged(stands, stand(stands), table, sums={})
    assert np.sqrt(found.up[0, 0]) == pytest.approx([math.log(2.0), math.sqrt(2.0) * math.log(1.5)])
    assert np.sqrt(found.down[0, 0]) == pytest.approx(
        [math.log(2.0), -math.sqrt(2.0) * math.log(0.75)]
    )


def test_a_place_that_is_a_group_of_one_has_its_own_range() -> None:
    stands = stock()
    one = stand(stands)
    picks = totals(list(dict.fromkeys(CONTENTS["element"])), ELEMENTS)
    single = ranged(stands, one, CONTENTS, sums=picks)
    alone = widths(stands, one, single)
    group, own = of_places(stands, one, np.eye(4))
    found = ranged(group, own, CONTENTS, sums=picks)
    for side, same in zip(
        alone, widths(stands, one, found, members=np.eye(4), value=single.value), strict=True
    ):
        assert side == pytest.approx(same, rel=1e-12)


def test_a_group_is_never_surer_than_its_shared_factors_nor_wider_than_its_places() -> None:
    stands = stock()
    one = stand(stands)
    members = np.ones((1, 4))
    single = ranged(stands, one, CONTENTS, sums={})
    apart = widths(stands, one, single)
    group, own = of_places(stands, one, members)
    found = ranged(group, own, CONTENTS, sums={})
    up, down = widths(stands, one, found, members=members, value=single.value)
    high = (single.value * np.exp(apart[0])).sum(axis=0)
    low = (single.value * np.exp(-apart[1])).sum(axis=0)
    assert (found.value[0] * np.exp(up[0]) <= high).all()
    assert (found.value[0] * np.exp(-down[0]) >= low).all()
    assert (up >= band_logs(stands.count)[0]).all()


# ------------------------------------------------------------------ the key


def test_the_key_drops_out_of_a_whole_source_and_counts_in_a_part_of_it() -> None:
    value = np.array([[3.0], [1.0], [4.0]])
    sources = np.array([0, 0, -1])
    members = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1], [1, 1, 1]], dtype=float)
    up, down = key_logs(value, members, sources, (0.5, 2.0))
    # 3 of 7 are spread and may be twice as many: 10 of 7, or 5.5 of 7.
    assert up[:, 0] == pytest.approx([0, math.log(2), math.log(10 / 7), 0])
    assert down[:, 0] == pytest.approx([0, math.log(2), math.log(7 / 5.5), 0])


@given(
    st.lists(st.tuples(st.integers(-1, 3), st.just(0.0) | st.floats(0.1, 9.0)), min_size=1),
    st.floats(0.1, 1.0),
    st.floats(1.0, 5.0),
)
def test_places_one_by_one_are_groups_of_one(
    places: list[tuple[int, float]], low: float, high: float
) -> None:
    sources = np.array([source for source, _ in places])
    value = np.array([[amount] for _, amount in places])
    one = key_logs(value, None, sources, (low, high))
    other = key_logs(value, np.eye(len(places)), sources, (low, high))
    assert np.array(one) == pytest.approx(np.array(other), abs=1e-15)


def test_all_zones_of_a_municipality_know_their_stock_as_well_as_the_count() -> None:
    atlas = real()
    run = atlas.runs["default"]["solar_panel"]
    places = list(run.holding.places)
    inside = np.array([[place.startswith("GM0599") for place in places]], dtype=float)
    assert inside.sum() > 1
    value = run.holding.amounts.sum(axis=(1, 2))
    up, _ = key_logs(value, inside, run.holding.sources, run.holding.key)
    assert up[0] == 0.0
    inside[0, places.index("GM0599")] = 0.0
    up, _ = key_logs(value, inside, run.holding.sources, run.holding.key)
    assert up[0] == pytest.approx(band_logs(run.holding.key)[0])


# ------------------------------------------------------------------ a low of nothing


def test_a_low_of_nothing_is_nothing_alone_and_finite_beside_others() -> None:
    table = contents(
        [
            ("all", "Nd", None, None, 1.0, 0.0, 2.0, "D"),
            ("all", "Dy", None, None, 1.0, 1 / 1.2, 1.2, "B"),
        ]
    )
    stands = holding([[10.0]], [2010])
    found = ranged(stands, stand(stands), table, sums=totals(["mass", "Nd", "Dy"], ELEMENTS))
    up, down = (side[0, 0] for side in widths(stands, stand(stands), found))
    low = found.value[0, 0] * np.exp(-down)
    names = found.substances
    assert low[names.index("Nd")] == 0.0
    # Half of the sum is sure to be no less than it is; ln 2 and ln(12/11) in quadrature.
    assert down[names.index("crm")] == pytest.approx(math.hypot(math.log(2), math.log(12 / 11)))
    assert 0.0 < low[names.index("crm")] < found.value[0, 0, names.index("crm")]
    assert np.isfinite(up).all()
    assert grades_of(up, down)[names.index("Nd")] == "D"


def test_a_content_of_nothing_has_no_width() -> None:
    table = contents([("all", "Nd", None, None, 0.0, None, None, "D")])
    found = per_unit(table, ["all"], np.array([2020]))
    assert not found.up[0, 0, found.elements.index("Nd")]
    assert not found.down[0, 0, found.elements.index("Nd")]


# ------------------------------------------------------------------ switches are no range


@pytest.mark.parametrize("stream", ["wind_turbine", "solar_panel", "ebike_battery", "smartphone"])
def test_the_range_of_the_default_does_not_know_the_other_scenarios(stream: str) -> None:
    own = real().streams.supplies[stream]
    only = {"regular": own.lifetimes["regular"]}
    rates = replace(own.collection, targets=())
    bare = replace(own, lifetimes=only, overrides={}, collection=rates)
    with_all, without = (run_supply(each, Scenario()) for each in (own, bare))
    for name in ("released_t", "up", "down"):
        assert (getattr(with_all, name) == getattr(without, name)).all()
    for name in ("collected_t", "up", "down"):
        assert (getattr(with_all.collected, name) == getattr(without.collected, name)).all()


def test_a_mix_that_a_scenario_sets_has_no_width_of_its_own() -> None:
    stands = stock()
    each = supply(
        stands, CONTENTS, lifetime=fixed(16.0), overrides={"all_big": {"big": 1.0}}, timing=TIMING
    )
    run = run_supply(each, Scenario("drive_train-all_big", drive_train="all_big"))
    assert run.holding.sizes == {}
    alone = replace(stands, count=CERTAIN, key=CERTAIN)
    changed = supply(alone, CONTENTS, lifetime=fixed(16.0), overrides={"all_big": {"big": 1.0}})
    known = run_supply(changed, run.scenario)
    found = ranged(known.holding, known.leaving, CONTENTS, sums={})
    there = found.value[:, :, found.substances.index("Nd")] > 0
    # Only the content is left, and all of what stands entered after 2009.
    later = known.leaving.years == 2031
    up = np.sqrt(found.up[:, later, found.substances.index("Nd")])
    assert there[:, later].all()
    assert up == pytest.approx(math.log(1.2))
