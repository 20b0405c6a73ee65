"""The reports beside the registers: every headline figure, and a definition that changes it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from dynamics import HOME, contents, fixed, holding, real, share, supply, weibull

from atlas import build
from atlas.amounts import Asked
from atlas.composition import MASS
from atlas.definitions import Headline
from atlas.errors import AtlasError
from atlas.figure import figure
from atlas.ranges import graded
from atlas.reconciliation import headline_figures, peak_year

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

# What the reports say of which the atlas has no number of its own.
WITHOUT = {
    "phone_ore", "eee_2022", "eee_2025", "eee_crm", "eee_release", "drop_off_points", "crma_target",
}  # fmt: skip


def table() -> pd.DataFrame:
    return real().headline_figures.set_index("figure_id")


def test_every_headline_figure_of_both_reports_is_there() -> None:
    rows = real().headline_figures
    assert len(rows) == 19
    assert not rows["figure_id"].duplicated().any()
    assert rows["report_value"].notna().all()
    assert set(rows["report"]) == {"provincie-zuid-holland-2026", "stichting-open-2026"}
    for name in ("quantity_nl", "quantity_en", "reading", "reason_nl", "reason_en", "unit"):
        assert rows[name].str.len().gt(0).all(), name


def test_a_figure_is_null_exactly_where_no_definition_says_what_stands_beside_it() -> None:
    rows = table()
    register = real().catalog.reports["headline_figures"].register
    unknown = set(rows.index[rows["register_value"].isna()])
    assert unknown == set(rows.index) - set(register) == WITHOUT
    for name in ("difference", "formula_nl", "formula_en", "grade", "register_low"):
        assert rows.loc[list(WITHOUT), name].isna().all(), name
    known = rows.loc[sorted(register)]
    for name in ("register_value", "difference", "formula_nl", "formula_en", "grade"):
        assert known[name].notna().all(), name


def test_difference_and_factor_are_of_register_and_report() -> None:
    rows = table().dropna(subset=["register_value"])
    difference = rows["register_value"] - rows["report_value"]
    assert rows["difference"].to_numpy() == pytest.approx(difference.to_numpy())
    counted = rows[rows["unit"] != "year"]
    factor = counted["register_value"] / counted["report_value"]
    assert counted["factor"].to_numpy() == pytest.approx(factor.to_numpy())
    # Twice as late as 2035 is no year.
    assert np.isnan(rows.loc["pv_wave", "factor"])
    assert rows.loc["pv_wave", "difference"] == rows.loc["pv_wave", "register_value"] - 2035


def test_a_range_holds_its_value() -> None:
    rows = table().dropna(subset=["register_low"])
    assert len(rows) == 11
    assert (rows["register_low"] < rows["register_value"]).all()
    assert (rows["register_value"] < rows["register_high"]).all()


def test_amounts_are_those_of_figures_in_the_unit_of_the_report() -> None:
    rows, known = table(), real().known
    places = known.runs["default"]["wind_turbine"].holding.places
    stock = figure(known, Asked(places, "solar_panel", "stock", "crm"))
    found = rows.loc["pv_total"]
    # The report counts in kilos.
    assert found["unit"] == "kg"
    assert found["register_value"] == pytest.approx(stock.value * 1000)
    assert found["register_low"] == pytest.approx(stock.low * 1000)
    assert found["grade"] == stock.grade
    turbines = figure(known, Asked(places, "wind_turbine", "stock", "turbines"))
    neodymium = figure(known, Asked(places, "wind_turbine", "stock", "Nd"))
    each = rows.loc["wind_nd", "register_value"]
    assert each == pytest.approx(neodymium.value * 1000 / turbines.value)


def test_how_many_there_are_cancels_out_of_an_amount_for_each() -> None:
    rows = table()
    # The count of packs is of grade C; what is in one of them does not depend on it.
    each, packs = rows.loc["ebike_crm"], rows.loc["ebike_count"]
    assert packs["register_high"] / packs["register_value"] == pytest.approx(1.4)
    assert each["register_high"] / each["register_value"] < 1.25
    places = real().runs["default"]["ebike_battery"].holding.places
    whole = figure(real().known, Asked(places, "ebike_battery", "stock", "crm"))
    assert whole.high / whole.value > 1.4


def test_a_flow_of_the_whole_country_is_not_that_of_the_region() -> None:
    rows = table()
    # 34 % of 1,160 t and of 8,200 t.
    assert rows.loc["ev_2025", "register_value"] == pytest.approx(394.4)
    assert rows.loc["ev_2030", "register_value"] == pytest.approx(2788.0)
    run = real().runs["default"]["ev_battery"]
    assert run.collected.collected_t[:, 0].sum() < 0.25 * 394.4


# ------------------------------------------------------------------ the peak


def test_the_peak_is_the_year_in_which_most_mass_leaves() -> None:
    stands = holding([[10.0, 30.0]], [2000, 2020])
    own = supply(stands, contents([]), lifetime=fixed(30.0))
    assert peak_year(own) == 2050.0
    old = supply(holding([[31.0, 30.0]], [2000, 2020]), contents([]), lifetime=fixed(30.0))
    assert peak_year(old) == 2030.0


def test_the_peak_may_lie_after_the_years_of_the_model() -> None:
    own = supply(holding([[1.0]], [2024]), contents([], share(2.0)), lifetime=weibull(12.0, 50.0))
    assert 2070 <= peak_year(own) <= 2076


def test_panels_that_lie_there_now_peak_after_2045() -> None:
    assert peak_year(real().streams.supplies["solar_panel"]) > 2045
    assert table().loc["pv_wave", "register_value"] > 2045


# ------------------------------------------------------------------ definitions


def figures(**register: Headline) -> pd.DataFrame:
    headlines = real().inputs.headlines
    return headline_figures(headlines, real().known, register, where="reports.toml")


def test_what_stands_beside_a_figure_is_a_matter_of_the_definition() -> None:
    found = figures(
        pv_count=Headline("solar_panel", "installations", "stock"),
        wind_total=Headline("wind_turbine", "crm_other", "stock"),
    ).set_index("figure_id")
    assert found.loc["pv_count", "register_value"] == pytest.approx(494_315)
    assert found.loc["wind_total", "register_value"] == pytest.approx(644.387, abs=1e-3)
    assert found["register_value"].notna().sum() == 2
    assert len(found) == 19


def test_all_that_names_nothing_is_said_at_once() -> None:
    with pytest.raises(AtlasError) as caught:
        figures(
            pv_sum=Headline("solar_panel", "panels", "stock"),
            pv_total=Headline("sun", "crm", "stock"),
            wind_nd=Headline("wind_turbine", "Au", "stock", per="wings"),
            ev_2025=Headline("ev_battery", MASS, "collected"),
            eee_release=Headline("solar_panel", MASS, "released", 2030),
        )
    told = "\n".join(caught.value.problems)
    for words in (
        '[register.pv_sum]: "pv_sum"', 'stream = "sun"', 'substance = "Au"', 'per = "wings"',
        "[register.ev_2025]: no year", 'unit "1/a"',
    ):  # fmt: skip
        assert words in told
    assert len(caught.value.problems) == 6


def test_the_order_of_the_rows_is_that_of_the_file() -> None:
    headlines = real().inputs.headlines
    register = real().catalog.reports["headline_figures"].register
    back = headline_figures(headlines.iloc[::-1], real().known, register, where="here")
    assert back["figure_id"].tolist() == headlines["figure_id"].tolist()[::-1]
    one = back.set_index("figure_id").loc[table().index, "register_value"]
    assert one.to_numpy() == pytest.approx(table()["register_value"].to_numpy(), nan_ok=True)


def test_an_amount_for_each_makes_the_count_certain_in_a_copy_only() -> None:
    before = real().runs["default"]["ebike_battery"].holding.count
    figures(ebike_crm=Headline("ebike_battery", "crm", "stock", per="packs"))
    assert real().runs["default"]["ebike_battery"].holding.count == before == graded("C")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home folder in which panels are twice as large and no figure of phones is asked."""
    home: Path = tmp_path_factory.mktemp("home")
    for name in ("layers", "maps", "data"):
        shutil.copytree(HOME / name, home / name, ignore=shutil.ignore_patterns("built"))
    panels = home / "layers" / "stocks" / "solar_panel.toml"
    text = panels.read_text(encoding="utf-8")
    assert text.count("value = 3.24675324675 # 1000 / 308\n") == 1
    text = text.replace("value = 3.24675324675 # 1000 / 308\n", "value = 1.623376623375\n")
    text = text.replace("low = 2.38\n", "low = 1.19\n").replace("high = 4.0\n", "high = 2.0\n")
    panels.write_text(text, encoding="utf-8")
    reports = home / "layers" / "reports" / "headline_figures.toml"
    text = reports.read_text(encoding="utf-8")
    begin = text.index("[register.phone_count]")
    end = text.index("[register.", begin + 1)
    reports.write_text(text[:begin] + text[end:], encoding="utf-8")
    return home


def test_a_changed_definition_changes_the_table_and_nothing_else(changed: Path) -> None:
    found = build("zuid-holland", home=changed).headline_figures.set_index("figure_id")
    before = table()
    for name in ("register_value", "register_low", "register_high", "factor"):
        half = before.loc["pv_count", name] / 2
        assert found.loc["pv_count", name] == pytest.approx(half, rel=1e-9), name
    assert np.isnan(found.loc["phone_count", "register_value"])
    others = [name for name in before.index if name not in {"pv_count", "phone_count"}]
    columns = ["register_value", "register_low", "register_high", "difference", "factor"]
    assert found.loc[others, columns].equals(before.loc[others, columns])
