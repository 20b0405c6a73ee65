"""What leaves in a year: nothing lost, linear in what stands, scenarios that differ in one way."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from dynamics import (
    ELEMENTS,
    UNTIL,
    contents,
    fixed,
    hazard,
    holding,
    holdings,
    lifetimes,
    real,
    weibull,
)
from hypothesis import given
from hypothesis import strategies as st

from atlas.amounts import of_places
from atlas.composition import MASS
from atlas.definitions import FIRST_YEAR, LAST_YEAR, InflowName
from atlas.holdings import grouped
from atlas.ranges import CERTAIN
from atlas.release import (
    at,
    carry,
    leave,
    ranged,
    remaining_units,
    stand,
    tonnes,
    units,
)
from atlas.scenarios import Scenario, same_supply, scenarios
from atlas.supply import leaving_of, widths
from atlas.survival import remaining
from atlas.variants import Type

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.definitions import Lifetime
    from atlas.holdings import Holding
    from atlas.release import Leaving

TYPES = (Type("big", "large"), Type("small", "large"), Type("small", "little"))
CONTENTS = contents(
    [
        ("big", "Nd", None, 1999, 8.0, 5.0, 9.0, "C"),
        ("big", "Nd", 2000, None, 4.0, 3.0, 6.0, "C"),
        ("big", "Cu", None, None, 60.0, 0.0, 90.0, "D"),
        ("small", "Nd", None, None, 1.0, None, None, "D"),
        ("small", "Ag", None, None, 2.0, None, None, "B"),
    ]
)
SUMS = {"crm": np.array([False, True, True, False])}


def leaving(stands: Holding, lifetime: Lifetime, inflow: InflowName = "frozen") -> Leaving:
    return leave(stands, lifetime, inflow=inflow, growth=0.05, timing=(0.8, 1.3))


# ------------------------------------------------------------------ nothing is lost


@given(holdings(), lifetimes())
def test_all_that_is_ever_released_and_what_remains_is_the_stock(
    stands: Holding, lifetime: Lifetime
) -> None:
    out = leaving(stands, lifetime)
    stock = stands.amounts.sum(axis=(1, 2))
    released = units(stands, out)
    left = remaining_units(stands, out)[:, -1]
    assert not out.inflow.any()
    assert released.sum(axis=1) + left == pytest.approx(stock, rel=1e-9, abs=1e-9)
    # And what remains is what the survival curve leaves, not only the difference.
    age = UNTIL - stands.cohorts + 0.5
    part = remaining(lifetime, age, age + LAST_YEAR - UNTIL)
    assert left == pytest.approx(stands.amounts.sum(axis=2) @ part, rel=1e-9, abs=1e-9 * 1e6)


@given(holdings(), lifetimes(), st.sampled_from(get_args(InflowName)))
def test_every_year_is_balanced_and_nothing_is_negative(
    stands: Holding, lifetime: Lifetime, inflow: InflowName
) -> None:
    out = leaving(stands, lifetime, inflow)
    released, left = units(stands, out), remaining_units(stands, out)
    before = np.column_stack([stands.amounts.sum(axis=(1, 2)), left[:, :-1]])
    scale = max(1.0, float(left.max()))
    assert before + out.inflow - released == pytest.approx(left, abs=1e-9 * scale)
    for amount in (released, left, out.inflow):
        assert np.isfinite(amount).all()
        assert (amount >= -1e-9 * scale).all()


@given(holdings(), lifetimes())
def test_replacement_keeps_the_stock_as_it_is(stands: Holding, lifetime: Lifetime) -> None:
    out = leaving(stands, lifetime, "replacement")
    stock = stands.amounts.sum(axis=(1, 2))
    assert out.inflow == pytest.approx(units(stands, out), rel=1e-9, abs=1e-9 * 1e6)
    left = remaining_units(stands, out)
    assert left == pytest.approx(np.tile(stock[:, None], left.shape[1]), rel=1e-9, abs=1e-6)


def test_what_has_outlived_every_lifetime_stands_and_leaves_first() -> None:
    stands = holding([[7.0, 0.0], [1.0, 1.0]], [1900, 2024])
    for lifetime in (weibull(5.3759, 30.0), fixed(25.0)):
        released = units(stands, leaving(stands, lifetime))
        assert released[0, 0] == pytest.approx(7.0, rel=1e-6)
        assert released[1, 0] == pytest.approx(1.0, rel=1e-6)
        assert remaining_units(stands, leaving(stands, lifetime))[0, -1] == pytest.approx(0.0)


def test_growth_starts_from_the_mean_of_the_last_known_years() -> None:
    # 6 and 12 entered in the last two years: 9 a year, and 5 % more each year.
    stands = holding([[50.0, 6.0, 12.0]], [2010, 2023, 2024], growth_years=(2023, 2024))
    out = leaving(stands, fixed(100.0), "growth")
    assert out.inflow[0, :3] == pytest.approx([9 * 1.05, 9 * 1.05**2, 9 * 1.05**3])
    assert not units(stands, out).any()
    assert remaining_units(stands, out)[0, 1] == pytest.approx(68 + 9 * 1.05 + 9 * 1.05**2)


def test_growth_without_known_years_starts_from_what_leaves_first() -> None:
    stands = holding([[60.0]], [2024])
    out = leaving(stands, hazard(1 / 6), "growth")
    assert out.inflow[0, :2] == pytest.approx([10 * 1.05, 10 * 1.05**2])


def test_what_enters_later_leaves_later_too() -> None:
    # Ten of 2024 leave after two years and are replaced; these leave two years after that.
    stands = holding([[10.0]], [2024])
    out = leaving(stands, fixed(2.0), "replacement")
    assert units(stands, out)[0, :6].tolist() == pytest.approx([0, 10, 0, 10, 0, 10])


def test_a_chance_of_one_in_six_with_replacement_releases_a_sixth_for_ever() -> None:
    stands = holding([[600.0]], [2024])
    assert units(stands, leaving(stands, hazard(1 / 6), "replacement")) == pytest.approx(100.0)


# ------------------------------------------------------------------ linear


@given(holdings(TYPES), lifetimes(), st.sampled_from(get_args(InflowName)), st.floats(0.01, 100.0))
def test_tonnes_are_linear_in_what_stands(
    stands: Holding, lifetime: Lifetime, inflow: InflowName, worth: float
) -> None:
    more = replace(stands, amounts=stands.amounts * worth)
    _, one = tonnes(stands, leaving(stands, lifetime, inflow), CONTENTS)
    _, other = tonnes(more, leaving(more, lifetime, inflow), CONTENTS)
    scale = max(1.0, float(one.max()))
    assert other / worth == pytest.approx(one, rel=1e-9, abs=1e-9 * scale)


@given(
    holdings(TYPES), lifetimes(), st.sampled_from(get_args(InflowName)),
    st.floats(0.0, 1.0), st.data(),
)  # fmt: skip
def test_splitting_a_place_in_two_changes_no_sum_and_no_range_of_the_whole(
    stands: Holding, lifetime: Lifetime, inflow: InflowName, part: float, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(stands.places) - 1))
    sources = np.array([data.draw(st.integers(-1, 1)) for _ in stands.places])
    stands = replace(stands, key=(0.6, 1.8), count=(0.9, 1.1), sources=sources)
    divided = split(stands, place, part)
    found = [whole(each, leaving(each, lifetime, inflow)) for each in (stands, divided)]
    scale = max(1.0, float(found[0][0].max()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-9, abs=1e-9 * scale)
    for side in (1, 2):
        there = found[0][0] > 1e-6 * scale
        assert found[0][side][there] == pytest.approx(found[1][side][there], rel=1e-6, abs=1e-9)


def split(stands: Holding, place: int, part: float) -> Holding:
    """Divide a place in two, from the same source."""
    amounts = np.concatenate([stands.amounts, stands.amounts[[place]] * (1.0 - part)])
    amounts[place] *= part
    return replace(
        stands,
        amounts=amounts,
        places=(*stands.places, "half"),
        sources=np.append(stands.sources, stands.sources[place]),
    )


def whole(
    stands: Holding, out: Leaving
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give tonnes of all places together, and their log-widths."""
    members = np.ones((1, len(stands.places)))
    single = ranged(stands, out, CONTENTS, sums=SUMS)
    group, own = of_places(stands, out, members)
    found = ranged(group, own, CONTENTS, sums=SUMS)
    up, down = widths(stands, out, found, members=members, value=single.value)
    return found.value[0], up[0], down[0]


def test_a_part_of_the_places_keeps_its_sum_and_its_range_when_one_is_split() -> None:
    stands = replace(
        holding(np.random.default_rng(1).uniform(1, 9, (3, 2, 3)), [1995, 2015], types=TYPES),
        sources=np.array([0, 0, 1]),
        key=(0.5, 1.7),
    )
    divided = split(stands, 0, 0.3)
    found = []
    for each, inside in ((stands, [1, 0, 1]), (divided, [1, 0, 1, 1])):
        members = np.array([inside], dtype=float)
        one = stand(each)
        group, own = of_places(each, one, members)
        single = ranged(each, one, CONTENTS, sums=SUMS)
        total = ranged(group, own, CONTENTS, sums=SUMS)
        sides = widths(each, one, total, members=members, value=single.value)
        found.append((total.value, *sides))
    for one, other in zip(*found, strict=True):
        assert one == pytest.approx(other, rel=1e-12)


@given(holdings(TYPES), lifetimes(), st.sampled_from(get_args(InflowName)))
def test_the_order_of_places_and_contents_changes_nothing(
    stands: Holding, lifetime: Lifetime, inflow: InflowName
) -> None:
    back = replace(
        stands,
        amounts=stands.amounts[::-1],
        places=stands.places[::-1],
        sources=stands.sources[::-1],
    )
    names, one = tonnes(stands, leaving(stands, lifetime, inflow), CONTENTS)
    others, other = tonnes(back, leaving(back, lifetime, inflow), CONTENTS.iloc[::-1])
    order = [others.index(name) for name in names]
    assert other[::-1][:, :, order] == pytest.approx(one, rel=1e-9, abs=1e-9)


@given(holdings(TYPES), lifetimes())
def test_a_place_with_nothing_releases_nothing(stands: Holding, lifetime: Lifetime) -> None:
    stands = replace(stands, amounts=np.concatenate([stands.amounts, stands.amounts[:1] * 0]))
    stands = replace(
        stands, places=(*stands.places, "empty"), sources=np.append(stands.sources, -1)
    )
    out = leaving(stands, lifetime, "replacement")
    found = ranged(stands, out, CONTENTS, sums=SUMS)
    assert not found.value[-1].any()
    assert not found.up[-1].any()


# ------------------------------------------------------------------ what it carries


def test_tonnes_by_hand() -> None:
    # Two big ones of 1990 (8 kg Nd each) and one small of 2010 (1 kg); all leave in 2025.
    amounts = [[[2, 0, 0], [0, 1, 0]]]
    stands = holding(amounts, [1990, 2010], types=TYPES, mix={"big": 0.5, "small": 0.5})
    names, found = tonnes(stands, leaving(stands, fixed(15.0)), CONTENTS)
    assert names == (MASS, "Nd", "Cu", "Ag")
    assert found[0, 0] == pytest.approx([3.0, 0.017, 0.120, 0.002])
    assert not found[0, 1:].any()


def test_what_enters_later_has_the_contents_of_its_own_year() -> None:
    # The old ones leave at once with 8 kg, their successors three years later: a quarter of them
    # big with 4 kg, the others small with 1 kg.
    stands = holding([[[1, 0, 0]]], [1990], types=TYPES, mix={"big": 0.25, "small": 0.75})
    names, found = tonnes(stands, leaving(stands, fixed(3.0), "replacement"), CONTENTS)
    neodymium = found[0, :, names.index("Nd")] * 1e3
    assert neodymium[:7] == pytest.approx([8.0, 0, 0, 1.75, 0, 0, 1.75])


def test_the_stock_is_what_would_leave_at_once() -> None:
    stands = holding([[[2, 0, 0], [0, 1, 0]]], [1990, 2010], types=TYPES)
    names, found = tonnes(stands, stand(stands), CONTENTS)
    assert found[0, 0] == pytest.approx([3.0, 0.017, 0.120, 0.002])
    assert names[0] == MASS


@given(holdings(TYPES), lifetimes(), st.sampled_from(get_args(InflowName)))
def test_chosen_years_are_those_of_all_years(
    stands: Holding, lifetime: Lifetime, inflow: InflowName
) -> None:
    out = leaving(stands, lifetime, inflow)
    chosen = at(out, np.array([2030, 2050]))
    _, all_years = tonnes(stands, out, CONTENTS)
    _, some = tonnes(stands, chosen, CONTENTS)
    index = [2030 - UNTIL - 1, 2050 - UNTIL - 1]
    assert some == pytest.approx(all_years[:, index], rel=1e-12, abs=1e-12)


@given(holdings(TYPES), lifetimes())
def test_carrying_one_a_unit_is_counting_the_units(stands: Holding, lifetime: Lifetime) -> None:
    out = leaving(stands, lifetime, "growth")
    held = np.ones((len(stands.cohorts), len(TYPES), 1))
    entering = np.ones((len(out.entered), 1))
    found = carry(stands, out, held, entering)[:, :, 0]
    assert found == pytest.approx(units(stands, out), rel=1e-9, abs=1e-9)


# ------------------------------------------------------------------ the real region


def cases() -> list[tuple[str, str]]:
    streams = ("wind_turbine", "solar_panel", "ebike_battery", "smartphone", "ev_battery")
    names = [
        "default", "lifetime-early", "lifetime-late", "inflow-frozen", "inflow-replacement",
        "inflow-growth", "collection-targets", "drive_train-gb_dfig", "drive_train-dd_pmsg",
        "recovery-legal",
    ]  # fmt: skip
    return [(stream, name) for stream in streams for name in names]


def test_every_scenario_of_the_region_is_one_of_those_tested_here() -> None:
    known = real()
    # What plants can take changes nothing of what is released.
    switched = {n for n, own in known.runs.items() if not same_supply(own["ev_battery"].scenario)}
    assert switched - {"basis-report"} == {name for _, name in cases()} - {"default"}
    assert set(known.streams.supplies) == {stream for stream, _ in cases()}


@pytest.mark.parametrize(("stream", "name"), cases())
def test_region_released_to_2050_and_what_remains_is_stock_and_inflow(
    stream: str, name: str
) -> None:
    known = real()
    scenario = known.runs[name][stream].scenario
    stands, out = leaving_of(known.streams.supplies[stream], scenario)
    stock = stands.amounts.sum(axis=(1, 2))
    released, left = units(stands, out), remaining_units(stands, out)
    assert out.years.tolist() == list(range(stands.until + 1, LAST_YEAR + 1))
    ever = released.sum(axis=1) + left[:, -1]
    assert ever == pytest.approx(stock + out.inflow.sum(axis=1), rel=1e-9, abs=1e-9)
    assert (released >= -1e-9).all()
    assert (left >= -1e-6).all()
    run = known.runs[name][stream]
    if stands.base is None:
        # What passes through without standing leaves nothing.
        assert left == pytest.approx(0.0, abs=1e-9)
        assert released.sum() > 0
    elif name == "inflow-frozen":
        assert not out.inflow.any()
    elif name == "inflow-replacement":
        assert left == pytest.approx(np.tile(stock[:, None], left.shape[1]), rel=1e-9, abs=1e-9)
    # The run has these years from 2025 on.
    shown = out.years >= FIRST_YEAR
    assert run.leaving.years.tolist() == out.years[shown].tolist()
    assert units(run.holding, run.leaving) == pytest.approx(released[:, shown], rel=1e-12)


@pytest.mark.parametrize("stream", ["wind_turbine", "solar_panel", "ebike_battery", "smartphone"])
def test_region_stands_as_counted_in_every_zone(stream: str) -> None:
    known = real()
    stands = known.streams.supplies[stream].holding
    rows = known.stocks[(known.stocks["stream"] == stream) & (known.stocks["basis"] == "register")]
    counted = rows[rows["measure"] == stands.base].set_index("zone_id")["value"]
    found = stands.amounts.sum(axis=(1, 2))
    assert found == pytest.approx(counted[list(stands.places)].to_numpy(), rel=1e-9, abs=1e-12)
    assert (stands.amounts >= 0).all()


def test_region_summed_over_places_releases_the_sum() -> None:
    for stream, run in real().runs["default"].items():
        group = grouped(run.holding, np.ones((1, len(run.holding.places))))
        own = replace(run.leaving, inflow=run.leaving.inflow.sum(axis=0, keepdims=True))
        _, summed = tonnes(group, own, run.supply.table)
        of_mass = summed[0, :, 0]
        assert of_mass == pytest.approx(run.released_t.sum(axis=0), rel=1e-9), stream


# ------------------------------------------------------------------ scenarios


def test_scenarios_differ_from_the_default_in_exactly_one_switch() -> None:
    rows = scenarios(real().catalog.stocks.values())
    names = [field.name for field in fields(Scenario) if field.name != "scenario_id"]
    assert rows[0] == Scenario()
    assert len({row.scenario_id for row in rows}) == len(rows) == 21
    for row in rows[1:]:
        changed = [name for name in names if getattr(row, name) != getattr(rows[0], name)]
        assert len(changed) == 1
        assert row.scenario_id == f"{changed[0]}-{getattr(row, changed[0])}"
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("name", ["drive_train-gb_dfig", "drive_train-dd_pmsg", "recovery-legal"])
def test_another_drive_train_leaves_every_tonne_of_product(name: str) -> None:
    known = real().runs
    for stream, run in known[name].items():
        plain = known["default"][stream]
        assert run.released_t == pytest.approx(plain.released_t, rel=1e-9, abs=1e-12)
        for part in ("reused_t", "collected_t", "gap_t"):
            same = getattr(run.collected, part)
            assert same == pytest.approx(getattr(plain.collected, part), rel=1e-9, abs=1e-12)
    neodymium = known[name]["wind_turbine"].elements.index("Nd")
    found, plain = (
        known[each]["wind_turbine"].element_t[..., neodymium].sum() for each in (name, "default")
    )
    if name == "drive_train-gb_dfig":
        assert found < plain
    elif name == "drive_train-dd_pmsg":
        assert found > 5 * plain
    else:
        assert found == plain


def test_another_drive_train_changes_nothing_of_other_streams() -> None:
    known = real().runs
    for stream in ("solar_panel", "ebike_battery", "smartphone", "ev_battery"):
        one, other = (known[n][stream] for n in ("default", "drive_train-dd_pmsg"))
        assert (one.element_t == other.element_t).all()


@pytest.mark.parametrize("name", ["lifetime-early", "lifetime-late"])
def test_another_lifetime_leaves_the_stock_as_it_is(name: str) -> None:
    known = real()
    for stream, run in known.runs[name].items():
        plain = known.runs["default"][stream]
        assert (run.holding.amounts == plain.holding.amounts).all()
    rows = known.materials[known.materials["layer"] == "stock"]
    one, other = (
        rows[rows["scenario_id"] == each].drop(columns="scenario_id").reset_index(drop=True)
        for each in ("default", name)
    )
    assert one.equals(other)


def test_what_lives_shorter_is_released_sooner() -> None:
    known = real().runs
    # Nothing enters: what is out by a year is more, the shorter it lives.
    for stream in ("wind_turbine", "solar_panel"):
        early, regular = (
            known[name][stream].released_t.sum(axis=0).cumsum()
            for name in ("lifetime-early", "default")
        )
        assert (early >= regular - 1e-9).all()
        assert early[4] > 1.2 * regular[4]
    late = known["lifetime-late"]["wind_turbine"].released_t.sum(axis=0).cumsum()
    assert (late <= known["default"]["wind_turbine"].released_t.sum(axis=0).cumsum() + 1e-9).all()
    # Panels have no late lifetime, so theirs is the regular one.
    assert (
        known["lifetime-late"]["solar_panel"].released_t
        == known["default"]["solar_panel"].released_t
    ).all()


def test_each_stream_has_its_own_inflow_as_default() -> None:
    known = real().runs
    for stream, own in (
        ("wind_turbine", "frozen"), ("solar_panel", "frozen"),
        ("ebike_battery", "replacement"), ("smartphone", "replacement"), ("ev_battery", "growth"),
    ):  # fmt: skip
        one, other = (known[name][stream].released_t for name in ("default", f"inflow-{own}"))
        assert (one == other).all(), stream


def test_a_flow_holds_after_the_year_that_it_says() -> None:
    run = real().runs["inflow-frozen"]["ev_battery"]
    total = run.released_t.sum(axis=0)
    year = run.leaving.years
    assert total[year > 2030] == pytest.approx(total[year == 2030][0])
    assert (np.diff(total[year <= 2030]) > 0).all()
    assert (np.diff(real().runs["default"]["ev_battery"].released_t.sum(axis=0)) > 0).all()


def test_totals_of_critical_materials_are_the_sums_of_their_elements() -> None:
    elements = real().elements.set_index("element")
    rows = real().materials
    rows = rows[(rows["scenario_id"] == "default") & (rows["layer"] != "recovered")]
    keys = ["stream", "layer", "year", "zone_id"]
    critical = rows["element"].isin(elements.index[elements["critical"] == "yes"])
    summed = rows[critical].groupby(keys, observed=True)["mass_t"].sum()
    total = rows[rows["element"] == "crm"].set_index(keys)["mass_t"]
    assert summed[total.index].to_numpy() == pytest.approx(total.to_numpy(), rel=1e-9, abs=1e-12)
    few = critical & ~rows["element"].isin(["Al", "Cu", "Si", "Ni"])
    other = rows[rows["element"] == "crm_other"].set_index(keys)["mass_t"]
    left = rows[few].groupby(keys, observed=True)["mass_t"].sum().reindex(other.index, fill_value=0)
    assert left.to_numpy() == pytest.approx(other.to_numpy(), rel=1e-9, abs=1e-12)
    assert set(ELEMENTS["element"]) <= set(elements.index)


def test_what_is_certain_has_no_width() -> None:
    stands = holding([[5.0]], [2000])
    out = leave(stands, fixed(30.0), inflow="frozen", growth=0.0, timing=CERTAIN)
    table = contents([("all", "Nd", None, None, 1.0, 1.0, 1.0, "A")])
    up, down = widths(stands, out, ranged(stands, out, table, sums={}))
    assert not up.any()
    assert not down.any()
