"""Numbers of the real region that are known from elsewhere, or can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from dynamics import real

from atlas.amounts import Asked, Figure
from atlas.composition import per_unit
from atlas.figure import figure


def total(stream: str, substance: str, scenario: str = "default") -> Figure:
    places = real().runs["default"][stream].holding.places
    return figure(real().known, Asked(places, stream, "stock", substance, None, scenario))


def content_t(stream: str, variant: str, element: str, year: int = 2020) -> float:
    """Give the tonnes of an element in a unit of what is held."""
    found = per_unit(real().streams.supplies[stream].table, [variant], np.array([year]))
    return float(found.value_t[0, 0, found.elements.index(element)])


def test_panels_at_the_end_of_2024() -> None:
    assert total("solar_panel", "kwp").value == pytest.approx(3_310_842.0, abs=0.5)
    # At 308 Wp each.
    panels = total("solar_panel", "panels")
    assert panels.value == pytest.approx(3_310_842_000 / 308, rel=1e-9)
    assert panels.value == pytest.approx(10.75e6, rel=1e-3)
    # Between 250 and 420 Wp, and the count of grade A.
    assert panels.low < 3_310_842_000 / 420 < panels.value < 3_310_842_000 / 250 < panels.high


def test_turbines_and_their_power() -> None:
    assert total("wind_turbine", "turbines").value == 267
    assert total("wind_turbine", "kw").value == pytest.approx(775_430, abs=1.0)


def test_neodymium_in_one_turbine() -> None:
    # 180 and 12 kg a MW at 2.47 MW.
    assert content_t("wind_turbine", "DD-PMSG", "Nd") * 2470 * 1e3 == pytest.approx(444.6)
    assert content_t("wind_turbine", "GB-DFIG", "Nd") * 2470 * 1e3 == pytest.approx(29.64)


def test_neodymium_in_all_turbines_is_far_below_what_the_report_says() -> None:
    found = total("wind_turbine", "Nd")
    assert found.value == pytest.approx(25.4, abs=0.1)
    assert found.low < 25.4 < found.high
    # 336 turbines of 400 kg each: 134 t.
    assert found.high < 134 / 3


def test_neodymium_if_all_were_direct_drive() -> None:
    found = total("wind_turbine", "Nd", "drive_train-dd_pmsg")
    assert found.value == pytest.approx(775.43 * 0.180, rel=1e-9)
    assert found.value == pytest.approx(139.6, abs=0.05)
    geared = total("wind_turbine", "Nd", "drive_train-gb_dfig")
    assert geared.value == pytest.approx(775.43 * 0.012, rel=1e-9)
    assert geared.value < total("wind_turbine", "Nd").value < found.value


def test_rare_earths_in_a_direct_drive_make_770_kilos_of_magnet_a_megawatt() -> None:
    # 180, 35, 17 and 7 kg are 31 % of a magnet.
    rare = sum(content_t("wind_turbine", "DD-PMSG", each) for each in ("Nd", "Pr", "Dy", "Tb"))
    assert rare / 0.31 * 1e6 == pytest.approx(770.97, abs=0.01)


def test_critical_materials_in_one_pack() -> None:
    packs = total("ebike_battery", "packs").value
    each = total("ebike_battery", "crm").value / packs * 1e3
    assert each == pytest.approx(1.52, abs=0.01)
    assert total("ebike_battery", "mass").value / packs * 1e3 == pytest.approx(3.3)
    # Graphite, nickel, lithium and cobalt alone.
    four = sum(
        total("ebike_battery", element).value for element in ("C", "Ni", "Li", "Co")
    ) / packs * 1e3  # fmt: skip
    assert 0.86 < four < 0.98


def test_critical_materials_in_one_phone() -> None:
    phones = total("smartphone", "phones").value
    each = total("smartphone", "crm").value / phones * 1e6
    assert each == pytest.approx(48.73 + 0.75, abs=0.01)
    assert total("smartphone", "mass").value / phones * 1e6 == pytest.approx(160.0)


def test_critical_materials_in_one_panel() -> None:
    each = total("solar_panel", "crm").value / total("solar_panel", "panels").value * 1e3
    assert 2.2 < each < 3.5
    # Nearly all of it is aluminium, silicon and copper.
    assert total("solar_panel", "crm_other").value == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("stream", "units", "tonnes"),
    [
        ("wind_turbine", 336, 168.0),
        ("solar_panel", 300_000, 1_500.0),
        ("ebike_battery", 2_100_000, 3_150.0),
    ],
)
def test_the_report_counts_what_it_says(stream: str, units: int, tonnes: float) -> None:
    stock = real().catalog.stocks[stream]
    assert total(stream, stock.units, "basis-report").value == pytest.approx(units, rel=1e-12)
    assert total(stream, "crm", "basis-report").value == pytest.approx(tonnes, rel=1e-12)
    rows = real().materials
    own = rows[(rows["scenario_id"] == "basis-report") & (rows["stream"] == stream)]
    assert own["mass_t"].sum() == pytest.approx(tonnes, rel=1e-12)
    assert set(own["element"]) == {"crm"}


def test_the_report_counts_phones_without_their_materials() -> None:
    assert total("smartphone", "phones", "basis-report").value == pytest.approx(5_700_000)
    assert np.isnan(total("smartphone", "crm", "basis-report").value)


def test_at_least_half_of_the_wind_power_is_from_2019_or_later() -> None:
    holding = real().streams.supplies["wind_turbine"].holding
    by_year = holding.amounts.sum(axis=(0, 2))
    young = by_year[holding.cohorts >= 2019].sum()
    assert young / by_year.sum() >= 0.5
    # Nothing is older than the history, and all of it stands.
    assert by_year.sum() == pytest.approx(775_430, abs=1.0)


def test_packs_and_phones_are_the_region_s_part_of_the_country() -> None:
    part = 3_804_906 / 17_811_291
    assert total("ebike_battery", "packs").value == pytest.approx(4_900_000 * part, rel=1e-9)
    assert total("smartphone", "phones").value == pytest.approx(26_800_000 * part, rel=1e-9)


def test_a_sixth_of_the_phones_leaves_every_year() -> None:
    run = real().runs["default"]["smartphone"]
    phones = total("smartphone", "phones").value
    assert run.released_t.sum(axis=0) == pytest.approx(phones * 160e-6 / 6, rel=1e-9)


def test_panels_released_lie_between_regular_and_early_loss() -> None:
    # In the country 1.4 kt were seen in 2023; scaled to the region's 12 % of its power, 0.17 kt.
    known = real().runs
    early, regular = (
        float(known[name]["solar_panel"].released_t[:, 0].sum())
        for name in ("lifetime-early", "default")
    )
    part = 3310.842 / 27_980
    assert regular < 1400 * part < early


def test_batteries_of_cars_follow_the_national_model() -> None:
    run = real().runs["default"]["ev_battery"]
    whole = run.released_t.sum(axis=0) / run.supply.portion.sum()
    years = run.leaving.years
    assert whole[years == 2025] == pytest.approx(1160.0)
    assert whole[years == 2030] == pytest.approx(8200.0)
    assert whole[years == 2050] == pytest.approx(100_000.0)
    # What is left after export: about 400 t in 2025 and 2,800 t in 2030.
    collected = run.collected.collected_t.sum(axis=0) / run.supply.portion.sum()
    assert collected[years == 2025] == pytest.approx(394.4)
    assert collected[years == 2030] == pytest.approx(2788.0)
