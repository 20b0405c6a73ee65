"""What a unit holds: by year of entry and variant, in tonnes, with totals by the EU list."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from dynamics import (
    ELEMENTS,
    STREAM,
    composition,
    contents,
    entry_factor,
    mass_measure,
    real,
    share,
)
from hypothesis import given
from hypothesis import strategies as st

from atlas.composition import MASS, UNITS, contents_of, per_unit, totals
from atlas.definitions import Factor

if TYPE_CHECKING:
    from dynamics import Row

SILVER: list[Row] = [
    ("c-Si", "Ag", None, 2012, 80.0, None, None, "C"),
    ("c-Si", "Ag", 2013, 2017, 26.0, 20.0, None, "C"),
    ("c-Si", "Ag", 2018, None, 10.0, 0.0, 15.0, "D"),
    ("CdTe", "Ag", None, None, 1.0, None, None, "B"),
    ("c-Si", "Cu", None, None, 300.0, None, None, "D"),
]
YEARS = np.array([1990, 2012, 2013, 2017, 2018, 2050])


def test_a_content_is_that_of_the_year_of_entry_and_the_variant() -> None:
    found = per_unit(contents(SILVER), ["c-Si", "CdTe", "thin film"], YEARS)
    silver = found.value_t[:, :, found.elements.index("Ag")] * 1e3
    assert silver[:, 0] == pytest.approx([80, 80, 26, 26, 10, 10])
    assert silver[:, 1] == pytest.approx([1.0] * 6)
    copper = found.value_t[:, :, found.elements.index("Cu")] * 1e3
    assert copper.tolist() == pytest.approx(np.tile([300.0, 0.0, 0.0], (6, 1)))
    # A variant that has no row holds none.
    assert not silver[:, 2].any()


def test_the_mass_comes_first_and_is_that_of_every_variant() -> None:
    found = per_unit(contents(SILVER, share(0.5)), ["c-Si", "CdTe"], YEARS)
    assert found.elements == (MASS, "Ag", "Cu")
    assert found.value_t[:, :, 0] == pytest.approx(0.5)
    assert found.up[:, :, 0] == pytest.approx(math.log(1.4))


def test_the_mass_may_depend_on_the_year_of_entry() -> None:
    factors = (entry_factor(0.092, till=2011), entry_factor(0.065, since=2012, grade="B"))
    found = per_unit(contents(SILVER, *factors), ["c-Si"], YEARS)
    assert found.value_t[:, 0, 0] == pytest.approx([0.092, *[0.065] * 5])
    assert np.exp(found.up[:, 0, 0]) == pytest.approx([1.4, *[1.2] * 5])


def test_a_side_that_is_not_stated_is_that_of_the_grade() -> None:
    found = per_unit(contents(SILVER), ["c-Si"], YEARS)
    up, down = (each[:, 0, found.elements.index("Ag")] for each in (found.up, found.down))
    assert np.exp(up) == pytest.approx([1.4, 1.4, 1.4, 1.4, 1.5, 1.5])
    assert np.exp(down[:4]) == pytest.approx([1.4, 1.4, 1.3, 1.3])
    # A low of nothing is infinitely far down.
    assert np.isinf(down[4:]).all()


def test_contents_of_one_variant_and_element_are_one_factor() -> None:
    table = contents(SILVER)
    names = table.loc[table["element"] == "Ag", ["variant", "factor"]]
    assert names.groupby("variant")["factor"].nunique().tolist() == [1, 1]
    assert table["factor"].nunique() == 4  # silver twice, copper, mass


@pytest.mark.parametrize(
    ("unit", "base", "tonnes"),
    [
        ("kg/MW", "kW", 2e-6),
        ("kg/kW", "kW", 2e-3),
        ("kg/MWp", "kWp", 2e-6),
        ("kg/kWp", "kWp", 2e-3),
        ("g/piece", "piece", 2e-6),
        ("kg/piece", "piece", 2e-3),
        ("kg/t", "t", 2e-3),
    ],
)
def test_contents_are_converted_to_tonnes(unit: str, base: str, tonnes: float) -> None:
    table = contents([("all", "Nd", None, None, 2.0, 1.0, 4.0, "C")], unit=unit)
    row = table[table["element"] == "Nd"].iloc[0]
    assert UNITS[unit][0] == base
    assert row["value_t"] == pytest.approx(tonnes, rel=1e-12)
    assert (row["low_t"], row["high_t"]) == pytest.approx((tonnes / 2, tonnes * 2), rel=1e-12)


def test_what_is_counted_in_tonnes_weighs_what_it_is() -> None:
    table = contents_of(composition(SILVER, unit="kg/t"), stream=STREAM, mass=None)
    mass = table[table["element"] == MASS].iloc[0]
    assert (mass["value_t"], mass["low_t"], mass["high_t"]) == (1.0, 1.0, 1.0)


def test_contents_of_other_streams_are_left_out() -> None:
    rows = composition(SILVER).assign(stream=["other", *[STREAM] * 4])
    table = contents_of(rows, stream=STREAM, mass=mass_measure(share(1.0)))
    assert len(table) == 1 + 4
    assert not (table["value_t"] == 0.08).any()


@given(st.permutations(SILVER))
def test_the_order_of_the_rows_changes_nothing(rows: list[Row]) -> None:
    first, found = (per_unit(contents(each), ["c-Si", "CdTe"], YEARS) for each in (SILVER, rows))
    places = [found.elements.index(element) for element in first.elements]
    for name in ("value_t", "up", "down"):
        assert (getattr(found, name)[:, :, places] == getattr(first, name)).all()


def test_totals_hold_critical_elements_with_and_without_the_bulk_metals() -> None:
    found = totals([MASS, "Nd", "Dy", "Cu", "Ag", "glass"], ELEMENTS)
    assert found["crm"].tolist() == [False, True, True, True, False, False]
    assert found["crm_other"].tolist() == [False, True, True, False, False, False]


def test_a_stated_factor_is_taken_over_the_grade() -> None:
    factor = Factor(0.1, "t/piece", "made up", "D", 0.09, 0.12)
    found = per_unit(contents([], factor), ["all"], YEARS[:1])
    assert np.exp(found.up[0, 0, 0]) == pytest.approx(1.2)
    assert np.exp(found.down[0, 0, 0]) == pytest.approx(0.1 / 0.09)


# ------------------------------------------------------------------ the list of the EU


def test_the_eu_list_has_34_entries_of_which_17_are_strategic() -> None:
    entries = real().eu_list.set_index("number")
    assert entries.index.tolist() == list(range(1, 35))
    assert (entries["critical"] == "yes").all()
    assert (entries["strategic"] == "yes").sum() == 16
    # Light and heavy rare earths have the seventeenth in common: seven of them, for magnets.
    assert entries.index[entries["strategic"] == "part"].tolist() == [17, 18]
    assert entries.loc[20, "name_en"] == "magnesium"
    assert entries.loc[20, "strategic"] == "yes"


def test_the_strategic_group_of_rare_earths_has_seven() -> None:
    elements = real().elements
    rare = elements[elements["eu_number"].isin([17, 18])]
    strategic = set(rare.loc[rare["strategic"] == "yes", "element"])
    assert strategic == {"Nd", "Pr", "Tb", "Dy", "Gd", "Sm", "Ce"}


def test_every_element_of_an_entry_is_known_and_flagged_as_the_entry_is() -> None:
    elements = real().elements.set_index("element")
    named = []
    for entry in real().eu_list.dropna(subset=["elements"]).to_dict("records"):
        for element in str(entry["elements"]).split(";"):
            own = elements.loc[element]
            named.append(element)
            assert own["critical"] == "yes"
            if entry["strategic"] != "part" and entry["number"] != 25:
                assert own["strategic"] == entry["strategic"], element
    assert set(named) == set(elements.index[elements["critical"] == "yes"])


def test_elements_that_are_not_on_the_list_are_kept_and_marked() -> None:
    elements = real().elements.set_index("element")
    own = elements.loc[["Ag", "In", "Au", "Zn", "Sn", "Cr"]]
    assert (own["critical"] == "no").all()
    assert own["note"].eq("not on the EU list of 2024").all()
    rows = real().materials
    there = rows[(rows["layer"] == "stock") & (rows["scenario_id"] == "default")]
    for element, stream in (("Ag", "solar_panel"), ("Zn", "wind_turbine"), ("Au", "smartphone")):
        silver = there[(there["element"] == element) & (there["stream"] == stream)]
        assert silver["mass_t"].sum() > 0
        assert not silver["critical"].any()
        assert not silver["strategic"].any()


def test_the_bulk_metals_are_aluminium_copper_silicon_and_nickel() -> None:
    elements = real().elements
    assert set(elements.loc[elements["bulk_metal"] == "yes", "element"]) == {"Al", "Cu", "Si", "Ni"}


def test_elements_in_a_product_never_weigh_more_than_the_product() -> None:
    for name, each in real().streams.supplies.items():
        variants = [one.variant for one in each.holding.types] or [v for v, _ in each.holding.mix]
        found = per_unit(each.table, variants, np.arange(1995, 2051))
        steel = [element in {MASS, "steel"} for element in found.elements]
        # Steel holds manganese, chromium, nickel and molybdenum that stand beside it; the parts of
        # a phone are those of 160 g, and its lithium, estimated apart, comes on top of them.
        parts = found.value_t[:, :, ~np.array(steel)].sum(axis=2)
        assert (parts <= found.value_t[:, :, 0] * 1.01).all(), name


def test_no_stream_states_a_content_twice() -> None:
    rows = real().inputs.composition
    keys = ["stream", "variant", "element", "from_year"]
    assert not rows.duplicated(keys).any()
