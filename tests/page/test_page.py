"""The page as a reader meets it, opened from disk with the network closed."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page, Route

pytestmark = pytest.mark.browser

ZONES = "path.zones"


def fills(page: Page) -> list[str | None]:
    return [page.locator(f"{ZONES}").nth(place).get_attribute("fill") for place in range(4)]


def zone(page: Page, start: str) -> Locator:
    return page.locator(f'{ZONES}[aria-label^="{start}"]')


def control(page: Page, name: str) -> Locator:
    return page.locator("#controls").get_by_role("button", name=name, exact=True)


def switch(page: Page, name: str) -> Locator:
    return page.locator("#controls").get_by_role("switch", name=re.compile(f"^{name}"))


def layer(page: Page, name: str) -> None:
    page.locator("#controls .layers").get_by_role("button", name=name, exact=True).click()


def choose(page: Page, measure: str) -> None:
    """Choose a measure or material: one action."""
    page.locator("#measure").select_option(measure)


def move_to(page: Page, year: int) -> None:
    page.locator("#year").fill(str(year))


def cells(page: Page, column: int) -> list[str]:
    rows = page.locator(f"#drawer tbody tr > :nth-child({column})")
    return [text.strip() for text in rows.all_inner_texts()]


def test_every_zone_is_drawn_once_and_named(page: Page) -> None:
    expect(page.locator(ZONES)).to_have_count(4)
    labels = [page.locator(ZONES).nth(place).get_attribute("aria-label") for place in range(4)]
    assert "Alfa: 100 kWp" in labels
    assert sum(str(label).endswith(": geen gegevens") for label in labels) == 1


def test_zones_wear_the_colour_of_their_class(page: Page) -> None:
    colours = {
        "Alfa": "#86b0d3",  # 100 reaches two of 50, 100, 200, 500
        "<img": "#12436d",  # 1234.5
        "\u202e": "#c5d5e8",  # 50
        "Ω": "#ffffff",  # no data
    }
    for start, colour in colours.items():
        expect(zone(page, start)).to_have_attribute("fill", colour)


def test_a_switch_of_stream_changes_the_colours_and_keeps_the_polygons(page: Page) -> None:
    before = fills(page)
    page.evaluate("for (const path of document.querySelectorAll('path.zones')) path.kept = true")
    page.locator("#controls .streams button").nth(1).click()
    after = fills(page)
    assert before != after
    kept = "[...document.querySelectorAll('path.zones')].every((path) => path.kept)"
    assert page.evaluate(kept)


def test_the_legend_counts_every_zone(page: Page) -> None:
    rows = [row.split("\n\t") for row in page.locator(".legend-body tbody tr").all_inner_texts()]
    labels = ["< 50", "50 – 100", "100 – 200", "200 – 500", "≥ 500", "geen gegevens"]
    labels.append("gestippeld: orde van grootte (D)")
    assert rows == [list(row) for row in zip(labels, "0110113", strict=True)]
    expect(page.locator(".legend-box > summary")).to_have_text("Vermogen, kWp · 4 gebieden")


def test_hover_shows_name_value_unit_source_and_year(page: Page) -> None:
    zone(page, "Alfa").hover(position={"x": 200, "y": 150})
    tip = page.locator(".tip")
    for words in ("Alfa", "100 kWp", "Panelen, in gebruik: vermogen", "Registerhuis 2024"):
        expect(tip).to_contain_text(words)


def test_a_click_fills_the_panel(page: Page) -> None:
    panel = page.locator("#panel")
    expect(panel.locator("h2")).to_have_text("Klein")
    expect(panel.locator(".figure")).to_have_text("1.390 kWp")  # 100 + 1234.5 + 50 + 10, at D
    expect(panel).to_contain_text("stand eind 2024")
    expect(panel).to_contain_text("Niet geplaatst")
    zone(page, "Alfa").click(position={"x": 200, "y": 150})
    expect(panel.locator("h2")).to_have_text("Alfa")
    expect(panel.locator(".kicker")).to_have_text("Gemeente, zonder haar havengebieden")
    expect(panel.locator(".figure")).to_have_text("100 kWp")
    # Count and key, each a factor of two: 100 ÷ and × 2.67.
    expect(panel.locator(".certainty")).to_contain_text("37,5 – 267 kWp")
    expect(panel.locator(".certainty .badge")).to_have_text("betrouwbaarheid D, orde van grootte")
    expect(panel).to_contain_text("7,2 %")  # 100 of 1394.5
    expect(panel).to_contain_text("Fabriek · 12 km")
    expect(panel).to_contain_text("1.000 t/jaar")
    # Its municipality is one source: no key.
    expect(panel.get_by_text("Heel Alfa, met havens").locator("..")).to_contain_text("150 kWp")
    expect(panel.get_by_text("Heel Alfa, met havens").locator("..")).to_contain_text("75 – 300 kWp")


def test_the_region_shows_its_ports_and_largest_municipalities(page: Page) -> None:
    panel = page.locator("#panel")
    ports = panel.get_by_text("Havengebieden samen").locator("..")
    expect(ports).to_contain_text("50 kWp")
    expect(ports.locator(".badge")).to_have_text("D")
    largest = panel.locator(".largest li")
    expect(largest).to_have_count(2)
    assert largest.first.locator(".choose").inner_text().startswith("<img")
    expect(largest.nth(1)).to_contain_text("150 kWp")  # Alfa with its port
    largest.nth(1).locator(".choose").click()
    expect(panel.locator("h2")).to_have_text("Alfa")


def test_the_trail_leads_from_the_number_to_its_sources(page: Page) -> None:
    layer(page, "Komt vrij")
    move_to(page, 2026)
    choose(page, "Nd")
    zone(page, "Alfa").click(position={"x": 200, "y": 150})
    page.locator(".trail summary").click()
    rows = page.locator(".trail .product li").all_inner_texts()
    assert [row.split("\n")[-1] for row in rows] == [
        "100 kWp",
        "0,2 per jaar",
        "17,5 kg / kWp",
        "0,35 t/jaar",
    ]
    steps = page.locator(".trail .steps > li")
    expect(steps).to_have_count(7)  # the two contents of neodymium share a row here
    for words in ("× 0,5 tot × 2", "betrouwbaarheid C", "layers/maat.toml, rij 12", "CC BY 4.0"):
        expect(steps.nth(2)).to_contain_text(words)
    expect(page.locator(".trail")).to_contain_text("naar inwoners")
    expect(page.locator(".trail")).to_contain_text("orde van grootte")
    expect(steps.first.locator("a")).to_have_attribute("href", "https://example.org/register")
    layer(page, "In gebruik")
    expect(page.locator(".trail")).to_have_attribute("open", "")


def test_any_number_opens_its_own_trail(page: Page) -> None:
    layer(page, "Ingezameld")
    move_to(page, 2026)
    bar = page.locator(".bars [data-element=Nd]")
    bar.locator(".ask").click()
    expect(page.locator(".trail")).to_have_attribute("open", "")
    expect(page.locator("#panel")).to_contain_text("Herkomst van: Neodymium")
    expect(page.locator(".trail .steps")).to_contain_text("Stap gehalte Nd")
    expect(page.locator(".trail summary")).to_be_focused()
    expect(page.locator("#measure")).to_have_value("mass")  # nothing was chosen
    page.get_by_role("button", name="13,7 t/jaar").first.click()
    expect(page.locator(".trail .steps")).not_to_contain_text("Stap gehalte Nd")
    # The one number brings its own trail back; so does the next choice.
    page.locator(".figure .ask").click()
    expect(page.locator("#panel")).not_to_contain_text("Herkomst van")
    bar.locator(".ask").click()
    expect(page.locator("#panel")).to_contain_text("Herkomst van: Neodymium")
    move_to(page, 2027)
    expect(page.locator("#panel")).not_to_contain_text("Herkomst van")


def test_a_material_is_one_choice_and_survives(page: Page) -> None:
    groups = page.locator("#measure optgroup").evaluate_all(
        "(groups) => groups.map((g) => [g.label, [...g.children].map((o) => o.textContent)])"
    )
    assert groups == [
        ["Totalen", ["Alle kritieke grondstoffen", "Kritiek zonder Al, Cu, Si en Ni"]],
        ["Strategisch", ["Aluminium (Al)", "Neodymium (Nd)"]],
        ["Niet op de EU-lijst", ["Zilver (Ag)"]],
        ["Bulkmaterialen", ["Glas"]],
    ]
    choose(page, "Nd")
    expect(zone(page, "Alfa: 2.500 kg")).to_have_count(1)
    expect(page.locator("#sentence")).to_contain_text("neodymium")
    page.locator("#controls .streams button").nth(1).click()
    expect(page.locator("#measure")).to_have_value("Nd")
    layer(page, "Teruggewonnen")
    expect(page.locator("#measure")).to_have_value("Nd")
    assert page.locator("#measure option[value=mass]").count() == 0
    choose(page, "crm")
    layer(page, "In huis")
    page.locator("#controls .streams button").nth(2).click()
    expect(page.locator(".figure")).to_have_text("Geen voorraadcijfer")


def test_materials_stand_as_bars_with_their_marks(page: Page) -> None:
    bars = page.locator(".bars li")
    names = bars.locator("button.choose").all_inner_texts()
    assert names == ["Aluminium", "Neodymium", "Glas", "Zilver"]  # critical first
    expect(bars.nth(0)).to_contain_text("uit het hoofd")
    expect(bars.nth(3)).to_contain_text("niet op de EU-lijst")
    expect(bars.nth(1).locator(".letter")).to_have_text("D")
    bars.nth(1).locator("button.choose").press("Enter")
    expect(page.locator("#measure")).to_have_value("Nd")
    expect(bars.nth(1)).to_have_class("now")
    expect(bars.nth(1).locator("button.choose")).to_be_focused()
    bars.nth(0).locator(".bar").click()
    expect(page.locator("#measure")).to_have_value("Al")


def test_the_year_is_a_slider_with_play(page: Page) -> None:
    year = page.locator("#year")
    expect(year).to_be_disabled()  # the stock stands still
    expect(page.locator("#controls .year .value")).to_have_text("stand eind 2024")
    layer(page, "Komt vrij")
    expect(year).to_be_enabled()
    year.focus()
    page.keyboard.press("Home")
    expect(zone(page, "Alfa: 1 t/jaar")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(zone(page, "Alfa: 2 t/jaar")).to_have_count(1)
    expect(page.locator("#sentence")).to_contain_text("2026")
    move_to(page, 2048)
    page.get_by_role("button", name="afspelen").click()
    expect(page.get_by_role("button", name="stoppen")).to_be_visible()
    expect(page.locator("#sentence")).to_contain_text("2050")
    expect(page.get_by_role("button", name="afspelen")).to_be_visible()  # it stops by itself
    page.emulate_media(reduced_motion="reduce")
    move_to(page, 2030)
    page.get_by_role("button", name="een jaar verder").click()
    page.wait_for_timeout(900)
    expect(year).to_have_value("2031")


def test_years_that_play_are_one_step_back(page: Page) -> None:
    layer(page, "Komt vrij")
    page.wait_for_timeout(300)
    for year in (2030, 2031, 2032):
        move_to(page, year)
        page.wait_for_timeout(300)
    assert "year=2032" in page.evaluate("location.hash")
    page.go_back()
    expect(page.locator("#year")).to_have_value("2026")


def test_years_before_the_count_say_why_they_are_empty(page: Page) -> None:
    page.locator("#controls .streams button").nth(1).click()
    layer(page, "Komt vrij")
    move_to(page, 2025)
    assert set(fills(page)) == {"#ffffff"}
    expect(page.locator(".figure")).to_have_text("Geen gegevens")
    expect(page.locator(".certainty")).to_contain_text("aan het eind van 2025")


def test_a_scenario_changes_numbers_and_is_undone(page: Page) -> None:
    layer(page, "Komt vrij")
    move_to(page, 2025)
    expect(page.locator("#sentence")).to_contain_text("standaardscenario")
    expect(page.locator("#controls .reset")).to_be_hidden()
    page.get_by_label("Levensduur").select_option(label="vroege uitval")
    expect(zone(page, "Alfa: 5,5 t/jaar")).to_have_count(1)
    expect(page.locator("#sentence")).to_contain_text("levensduur: vroege uitval")
    layer(page, "Verwerkt")
    expect(page.locator(".figure")).to_have_text(re.compile("t/jaar$"))
    page.locator("#controls .reset").click()
    expect(page.get_by_label("Levensduur")).to_have_value("regular")
    expect(page.locator("#sentence")).to_contain_text("standaardscenario")
    # A switch that changes nothing for a stream is not offered.
    page.locator("#controls .streams button").nth(1).click()
    expect(page.get_by_label("Levensduur")).to_be_hidden()
    expect(page.get_by_label("Instroom")).to_contain_text("eigen aanname (vervanging)")


def test_a_value_of_a_switch_without_a_word_is_its_code(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    document["switches"]["drive_train"].append("all_eesg")
    document["switches"]["lifetime"].append("odd")
    model = document["streams"][0]["model"]
    model["overrides"]["all_eesg"] = [["CdTe", 1.0]]
    model["lifetimes"]["odd"] = model["lifetimes"]["early"]
    page = show(document, "#layer=released&year=2026")
    page.get_by_label("Aandrijving").select_option(label="all_eesg")
    expect(page.locator("#sentence")).to_contain_text("aandrijving: all_eesg")
    page.get_by_label("Levensduur").select_option(label="odd")
    expect(page.locator("#sentence")).to_contain_text("levensduur: odd")
    assert "odd" in page.locator(".curve .name").all_text_contents()
    assert page.locator(".curve .line[stroke='#12436d']").count() == 2
    expect(page.locator(".curve table th").nth(1)).to_have_count(0)
    page.locator(".curve").get_by_text("als tabel").click()
    expect(page.locator(".curve thead th").nth(1)).to_have_text("odd")


def test_a_flow_that_does_not_grow_stays_level(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    document["streams"][2]["model"]["inflow"]["own"] = "growth"
    page = show(document, "#stream=car&layer=released&year=2026")
    options = page.get_by_label("Instroom").locator("option")
    assert options.all_text_contents() == ["eigen aanname", "gelijk na 2030"]
    page.get_by_label("Instroom").select_option("frozen")
    expect(page.locator("#sentence")).to_contain_text("instroom: gelijk na 2030")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#sentence")).to_contain_text("inflow: level after 2030")


def test_the_curve_shows_both_lifetimes_and_the_year(page: Page) -> None:
    curve = page.locator(".curve")
    expect(curve.locator(".line")).to_have_count(2)
    assert curve.locator(".name").all_text_contents() == ["regulier", "vroege uitval"]
    expect(curve.locator(".band")).to_have_count(1)
    expect(curve.locator(".now")).to_have_count(0)  # a stock has no year
    layer(page, "Komt vrij")
    move_to(page, 2026)
    expect(curve.locator(".now")).to_have_count(1)
    expect(curve.locator("svg")).to_have_attribute("aria-label", "Komt vrij, t/jaar")
    # The same numbers in a table: year, regular, early, low, high.
    curve.get_by_text("als tabel").click()
    row = curve.locator("table tbody tr").nth(1).locator("th, td")
    expect(row).to_have_text(["2026", "27,4", "63", "10", "74,9"])
    box = curve.locator("svg").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.98, box["y"] + box["height"] / 2)
    expect(page.locator("#year")).to_have_value("2050")
    page.locator("#controls .streams button").nth(1).click()
    expect(curve.locator(".line")).to_have_count(1)
    expect(curve.locator(".name")).to_have_count(0)


def test_what_is_released_goes_somewhere(page: Page) -> None:
    expect(page.get_by_text("Waar het blijft")).to_have_count(0)
    layer(page, "Komt vrij")
    move_to(page, 2026)
    zone(page, "Alfa").click(position={"x": 200, "y": 150})
    section = page.get_by_text("Waar het blijft").locator("..")
    rows = section.locator("dd").all_inner_texts()
    assert rows == ["2 t/jaar", "200 kg/jaar", "1 t/jaar", "800 kg/jaar"]
    section.get_by_role("button", name="800 kg/jaar").click()
    expect(page.locator(".trail")).to_contain_text("deel dat niet wordt ingezameld of hergebruikt")


def test_an_unknown_amount_says_so_instead_of_every_number(page: Page) -> None:
    page.locator("#controls .streams button").nth(3).click()
    for place in ("Alfa", "Ω"):
        expect(zone(page, f"{place}")).to_have_attribute(
            "aria-label", re.compile("aanwezig, hoeveelheid onbekend$")
        )
    expect(page.locator(".figure")).to_have_text("Aanwezig, hoeveelheid onbekend")
    expect(page.locator("#panel")).to_contain_text("Ziekenhuizen melden niets.")
    expect(page.locator("#legend")).to_contain_text("aanwezig, hoeveelheid onbekend")
    for name in ("Komt vrij", "Capaciteitsgat", "Teruggewonnen"):
        layer(page, name)
        expect(page.locator(".figure")).to_have_text("Aanwezig, hoeveelheid onbekend")
    expect(page.locator(".curve, .bars, .trail")).to_have_count(0)


def test_the_range_moves_the_numbers_and_not_the_classes(page: Page) -> None:
    control(page, "hoog").click()
    expect(zone(page, "Alfa: 267 kWp")).to_have_attribute("fill", "#3f80b5")
    expect(page.locator("#sentence")).to_contain_text("bandbreedte hoog")
    expect(page.locator(".legend-body tbody tr").first).to_contain_text("< 50")


def test_the_basis_is_a_switch(page: Page) -> None:
    control(page, "Rapport 2026").click()
    expect(zone(page, "Alfa: 200 kWp")).to_have_count(1)
    expect(page.locator("#sentence")).to_contain_text("provincierapport 2026")
    layer(page, "Komt vrij")
    move_to(page, 2026)
    expect(page.locator(".figure")).to_have_text("54,8 t/jaar")  # 2 × 27.39
    expect(page.locator(".certainty .badge")).to_have_text("betrouwbaarheid D")
    layer(page, "Teruggewonnen")
    assert set(fills(page)) == {"#ffffff"}
    expect(page.locator(".figure")).to_have_text("Geen gegevens")


def test_the_gap_is_hatched_and_the_doubtful_dotted(page: Page) -> None:
    page.get_by_role("button", name="Gat?").click()
    expect(page.locator("#year")).to_have_value("2026")
    # All of the first zone is processed: no gap, no hatch.
    expect(zone(page, "Alfa")).to_have_attribute("fill", "#f1eef6")
    # 24.69 t released, half collected, half of that without a plant: 6.17.
    expect(zone(page, "<img")).to_have_attribute("fill", "url(#hatch-4)")
    expect(zone(page, "<img")).to_have_attribute("stroke-dasharray", "0.1 3.4")
    expect(page.locator("#controls .story")).to_have_text("Over het gat.")
    expect(page.locator(".legend-body")).to_contain_text("gat: recycling")
    expect(page.locator(".figure")).to_have_text("6,35 t/jaar")
    expect(page.locator(".pair")).to_contain_text("tussen 0 en 6,35 t/jaar")
    switch(page, "Gat gearceerd").click()
    expect(zone(page, "<img")).to_have_attribute("fill", "#12436d")
    switch(page, "Gat gearceerd").click()
    move_to(page, 2027)
    expect(zone(page, "Alfa")).to_have_attribute("fill", "url(#hatch-3)")


def test_a_total_of_what_is_recovered_says_what_it_lacks(page: Page) -> None:
    layer(page, "Teruggewonnen")
    move_to(page, 2027)
    choose(page, "crm")
    expect(page.locator("#panel")).to_contain_text("1 van de 2 stoffen telt niet mee")
    choose(page, "crm_other")
    expect(page.locator("#panel")).not_to_contain_text("telt niet mee")


def test_what_is_recovered_is_a_pair_where_capacity_is_unknown(page: Page) -> None:
    layer(page, "Teruggewonnen")
    move_to(page, 2027)
    choose(page, "Nd")
    zone(page, "Alfa").click(position={"x": 200, "y": 150})
    expect(page.locator("#panel .pair")).to_contain_text("tussen 106 en 213 kg/jaar")
    expect(page.locator(".certainty")).to_contain_text("0 – ")
    expect(page.locator(".certainty .badge")).to_contain_text("betrouwbaarheid D")


def test_several_materials_that_do_not_count_are_plural(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    document["elements"][2] |= {"critical": True}
    page = show(document, "#layer=recovered&measure=crm&year=2027")
    expect(page.locator("#panel")).to_contain_text("2 van de 3 stoffen tellen niet mee")


def test_iron_starts_with_two_capitals_in_dutch(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    document["elements"][0]["title"] = {"nl": "ijzer", "en": "iron"}
    page = show(document, "#layer=stock&measure=Al")
    expect(page.locator("#measure option:checked")).to_have_text("IJzer (Al)")
    expect(page.locator(".legend-box > summary")).to_contain_text("IJzer, ")
    expect(page.locator(".bars [data-element=Al] .choose")).to_have_text("IJzer")
    expect(page.locator("#sentence")).to_contain_text("· ijzer ·")


def test_the_gap_beside_a_material_says_that_it_is_of_products(page: Page) -> None:
    layer(page, "Komt vrij")
    move_to(page, 2026)
    title = page.locator("#panel dt").get_by_text(re.compile("^Capaciteitsgat in 2026"))
    expect(title).to_have_text("Capaciteitsgat in 2026")
    for material in ("Nd", "crm"):
        choose(page, material)
        expect(title).to_have_text("Capaciteitsgat in 2026, productmassa")


def test_flows_are_told_as_they_were_computed(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    flows = document["flows"]["panel"]["2026"]
    flows += [[1, 1, 5.0 + more, 9.0, 0] for more in range(2)]
    page = show(document, "#layer=released&year=2026&chosen=zone:GM0002")
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Gaat in 2026 naar")
    expect(panel).not_to_contain_text("andere")
    # Yields change nothing of it; in another scenario it is worked out: 27.776 t of 126.005.
    page.get_by_label("Terugwinning").select_option("legal")
    expect(panel).to_contain_text("Fabriek · 12,3 t/jaar · 3 km")
    page.get_by_label("Levensduur").select_option("early")
    expect(panel).to_contain_text("Fabriek · 8,8 t/jaar · 3 km")
    flows += [[1, 3, 1.0, 9.0, 0] for _ in range(2)]
    page = show(document, "#layer=released&year=2026&chosen=zone:GM0002")
    row = page.locator("#panel").get_by_text("Gaat in 2026 naar").locator("..")
    expect(row).to_contain_text(re.compile("Fabriek · 12,3 t/jaar · 3 km; .* en 2 andere$"))
    expect(row).not_to_contain_text("Gesloten")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#panel")).to_contain_text("and 2 more")


def test_flows_are_those_of_the_year(page: Page) -> None:
    layer(page, "Komt vrij")
    move_to(page, 2026)
    zone(page, "<img").click(position={"x": 200, "y": 50})
    expect(page.locator("#panel")).to_contain_text("Fabriek · 12,3 t/jaar")
    # In a year without flows in the tables they are worked out: the plant has room for all.
    move_to(page, 2025)
    expect(page.locator("#panel")).to_contain_text("Fabriek · 6,2 t/jaar")


def test_the_table_sorts_numbers_and_text(page: Page) -> None:
    page.get_by_role("button", name="Tabel van alle gebieden").click()
    assert cells(page, 5) == ["1.234,5", "100", "50", "geen gegevens"]
    heading = page.locator("#drawer th[data-key=value]")
    expect(heading).to_have_attribute("aria-sort", "descending")
    heading.get_by_role("button").click()
    assert cells(page, 5) == ["50", "100", "1.234,5", "geen gegevens"]
    expect(heading).to_have_attribute("aria-sort", "ascending")
    page.locator("#drawer th[data-key=name] button").click()
    names = cells(page, 1)
    assert names[0].startswith("<img")
    assert names.index("Alfa") < names.index("Ω" * 500)
    expect(heading).to_have_attribute("aria-sort", "none")
    assert page.locator("#drawer tfoot tr").first.inner_text().split("\t")[4] == "10"
    assert page.locator("#drawer tfoot tr").last.inner_text().split("\t")[4] == "1.394,5"
    expect(page.locator("#drawer caption")).to_have_text(page.locator("#sentence").inner_text())
    page.locator("#controls .streams button").nth(1).click()
    assert cells(page, 5) == ["8", "7", "10", "9"]  # still by name
    headings = page.locator("#drawer th[data-key]").evaluate_all(
        "(e) => e.map((h) => h.dataset.key)"
    )
    assert headings[4:8] == ["value", "low", "high", "grade"]
    layer(page, "Capaciteitsgat")
    page.locator("#controls .streams button").first.click()
    move_to(page, 2027)
    headings = page.locator("#drawer th[data-key]").evaluate_all(
        "(e) => e.map((h) => h.dataset.key)"
    )
    assert headings[4:7] == ["value", "best", "grade"]


def test_the_table_comes_as_csv(page: Page) -> None:
    page.get_by_role("button", name="Tabel van alle gebieden").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Opslaan als CSV").click()
    assert waiting.value.suggested_filename == "small-panel-stock-kwp-register.csv"
    data = Path(waiting.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbfgebied_id;Gebied;")
    lines = data.decode("utf-8-sig").split("\r\n")
    assert lines[1].startswith("GM0002;")
    assert ";1234,5;617,25;2469;D;" in lines[1]
    assert lines[-2].startswith("unallocated;Niet geplaatst;;;;10;5;20;D")
    assert len(lines) == 1 + 4 + 1 + 1


def test_a_name_that_is_a_formula_is_defused_in_the_csv(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    document["zones"][0]["name"] = '=HYPERLINK("x")'
    page = show(document, "#drawer=table")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Opslaan als CSV").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert """GM0001;"'=HYPERLINK(""x"")";""" in text


def test_tab_reaches_controls_and_a_zone_and_arrows_go_to_neighbours(page: Page) -> None:
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("document.activeElement.closest('#header, #controls, #canvas')?.id ?? ''")
        )
        if page.evaluate("document.activeElement.matches('path.zones')"):
            break
    assert {"header", "controls", "canvas"} <= set(seen)
    focused = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(focused) == "Alfa: 100 kWp"
    assert page.locator(".ring:not([d='M0 0'])").count() == 2
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused).startswith("<img")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused).startswith("Ω")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused).startswith("\u202e")
    page.keyboard.press("Enter")
    expect(page.locator("#panel .kicker")).to_have_text("Havengebied · gemeente Alfa")
    expect(page.locator("#announcer")).to_contain_text("50 kWp")
    page.keyboard.press("Escape")
    expect(page.locator("#panel h2")).to_have_text("Klein")
    page.keyboard.press("ArrowUp")
    page.keyboard.press(" ")
    expect(page.locator("#panel h2")).to_have_text("Alfa")
    page.keyboard.press("Home")
    expect(page.locator("#panel h2")).to_have_text("Klein")
    assert page.locator(f"{ZONES}[tabindex='0']").count() == 1


def test_escape_closes_the_drawer_first_and_gives_the_focus_back(page: Page) -> None:
    button = page.get_by_role("button", name="Bronnen")
    button.click()
    expect(page.locator("#drawer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(button).to_be_focused()


def test_the_language_switch_changes_every_word(page: Page) -> None:
    words = json.loads((files("atlas") / "page" / "words.json").read_text(encoding="utf-8"))
    only = {
        lang: {word[lang] for word in words.values()} - {word[other] for word in words.values()}
        for lang, other in (("nl", "en"), ("en", "nl"))
    }
    texts = (
        "[...document.querySelectorAll('body :not(script)')]"
        ".filter((e) => e.children.length === 0).map((e) => e.textContent.trim())"
        ".concat([...document.querySelectorAll('[aria-label]')].map((e) => e.ariaLabel))"
    )
    switch(page, "Alleen stroom").click()
    tools = page.locator("#header")
    for place in range(page.locator("#foot button").count()):
        page.locator("#foot button").nth(place).click()
        for lang, other in (("en", "nl"), ("nl", "en")):
            tools.get_by_role("button", name=lang.upper(), exact=True).click()
            expect(page.locator("html")).to_have_attribute("lang", lang)
            shown = set(page.evaluate(texts))
            assert len(shown & only[lang]) > 20
            assert shown & only[other] == set()
    expect(page).to_have_title("Grondstoffenatlas Klein")
    tools.get_by_role("button", name="EN", exact=True).click()
    expect(page).to_have_title("Raw materials atlas Small")
    expect(page.locator(".figure")).to_have_text("1,390 kWp")


def test_the_address_keeps_the_view_and_back_undoes(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(
        document,
        "#layer=released&year=2026&measure=Nd&lifetime=early&inflow=replacement&range=low"
        "&chosen=zone:GM0001.haven&lang=en&drawer=table",
    )
    for words in ("released", "2026", "neodymium", "lifetime: early failure", "range low"):
        expect(page.locator("#sentence")).to_contain_text(words)
    expect(page.locator("#panel .kicker")).to_have_text("Port area · municipality of Alfa")
    low = page.locator("#panel .figure").inner_text()
    expect(page.locator("#drawer table")).to_be_visible()
    control(page, "mid").click()
    # 25 units of 2020 and the 25 that replaced those of the year before, at 0.02 and 0.025.
    expect(page.locator("#panel .figure")).to_have_text("1.13 t/a")
    page.wait_for_function("!location.hash.includes('range')")
    page.go_back()
    expect(page.locator("#panel .figure")).to_have_text(low)
    assert "range=low" in page.evaluate("location.hash")


def test_hostile_text_is_inert_wherever_it_stands(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, "#stream=phone")
    for place in range(4):
        page.locator(ZONES).nth(place).dispatch_event("mouseover")
        page.locator(ZONES).nth(place).dispatch_event("click")
    for chosen in ("facility:F3", "point:P2", "zone:GM0002", "zone:GM0003"):
        page.evaluate(f"location.hash = 'stream=phone&chosen={chosen}'")
        expect(page.locator("#panel h2")).not_to_have_text("")
    for place in range(page.locator("#foot button").count()):
        page.locator("#foot button").nth(place).click()
    page.get_by_role("button", name="Andere cijfers?").click()
    assert page.evaluate("window.fired") is None
    assert page.locator("img").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_collection_points_stand_as_text_with_what_is_unknown(page: Page) -> None:
    page.locator("#foot").get_by_role("button", name="Inzamelpunten").click()
    text = page.locator("#drawer").inner_text()
    for words in (
        "Straat Noord",
        "Kade 1, 1234 AB",
        "aangenomen",
        "op ongeveer 800 m",
        "zonder plaats op de kaart",
        "Eigen punt: onbekend.",
    ):
        assert words in text
    assert text.count("Eigen punt: onbekend.") == 2  # two municipalities without a known point
    page.locator("#drawer").get_by_role("button", name="Straat Noord").click()
    expect(page.locator("#panel .kicker")).to_have_text("Inzamelpunt · milieustraat")
    expect(page.locator("#panel a")).to_have_attribute("href", "https://example.org/point")


def test_symbols_have_their_own_switches(page: Page) -> None:
    plants, points = (
        page.locator(".symbol-plant:not([hidden])"),
        page.locator(".symbol-point:not([hidden])"),
    )
    expect(points).to_have_count(1)  # the other has no place on the map
    expect(plants).to_have_count(3)
    switch(page, "Inzamelpunten").click()
    expect(points).to_have_count(0)
    expect(plants).to_have_count(3)
    switch(page, "Verwerkers").click()
    expect(plants).to_have_count(0)
    expect(page.locator(".arrow")).to_have_count(0)
    expect(switch(page, "Verwerkers")).to_have_attribute("aria-checked", "false")
    expect(switch(page, "Verwerkers")).to_contain_text("uit")


def test_symbols_follow_the_stream_unless_told_otherwise(page: Page) -> None:
    page.locator("#controls .streams button").nth(1).click()
    expect(page.locator(".symbol-plant:not([hidden])")).to_have_count(0)
    switch(page, "Alleen stroom").click()
    expect(page.locator(".symbol-plant:not([hidden])")).to_have_count(3)
    page.locator("#controls .switches summary").click()
    switch(page, "recycling").click()
    expect(page.locator(".symbol-plant:not([hidden])")).to_have_count(0)


def test_plants_outside_the_view_stand_on_the_edge_with_their_distance(page: Page) -> None:
    arrow = page.locator(".arrow")
    expect(arrow).to_have_count(1)  # the closed one takes nothing
    expect(arrow).to_contain_text("Verre fabriek")
    # 94.7 km straight from the middle of the region (52.0, 4.2), times the detour of 1.3
    kilometres = int(re.findall(r"(\d+) km", arrow.inner_text())[0])
    assert kilometres == pytest.approx(1.3 * 106.8, abs=1.5)
    arrow.click()
    expect(page.locator("#panel h2")).to_have_text("Verre fabriek (ver weg)")
    expect(page.locator("#panel")).to_contain_text("gepland")


def test_figures_stand_beside_the_atlas_with_the_reason(page: Page) -> None:
    page.get_by_role("button", name="Andere cijfers?").click()
    known = page.locator("[data-figure=panels]")
    for words in (
        "300.000 stuks",
        "600.000 stuks",
        "500.000 – 700.000",
        "betrouwbaarheid B",
        "× 2",
        "+ 300.000 stuks",
        "Ongeveer 300.000",
        "installaties geteld",
    ):
        expect(known).to_contain_text(words)
    expect(known.get_by_text("som van de gemeenten")).to_be_hidden()
    known.get_by_text("hoe berekend?").click()
    expect(known.get_by_text("som van de gemeenten")).to_be_visible()
    unknown = page.locator("[data-figure=ore]")
    expect(unknown).to_contain_text("niet te berekenen")
    expect(unknown).to_contain_text("geen register")
    assert page.locator("#figures .stream").all_inner_texts() == ["Panelen", "Alle stromen"]
    expect(page.locator("#canvas")).to_be_hidden()
    page.get_by_role("button", name="Verkennen").click()
    expect(page.locator("#canvas")).to_be_visible()


def test_the_page_opens_at_the_figures_as_well(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    document["map"] = "figures"
    page = show(document)
    expect(page.locator("[data-figure]")).to_have_count(2)
    page.get_by_role("button", name="Verkennen").click()
    box = zone(page, "Alfa").bounding_box()
    assert box is not None
    assert box["width"] > 100


def test_the_background_map_is_asked_for_only_when_switched_on(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, "#background=yes")
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(
            status=200,
            content_type="image/svg+xml",
            body="<svg xmlns='http://www.w3.org/2000/svg' width='256' height='256'/>",
        )

    page.route("https://service.pdok.nl/**", answer)
    page.locator("#controls .switches summary").click()
    expect(page.locator("#controls .note")).to_contain_text("pas na aanzetten")
    page.wait_for_timeout(300)
    assert asked == []
    switch(page, "Achtergrondkaart").click()
    expect(page.locator(".leaflet-control-attribution")).to_have_text("Kaartgegevens © Kadaster")
    page.wait_for_function("document.querySelectorAll('.leaflet-tile-loaded').length > 0")
    assert asked
    assert all("brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:3857/" in url for url in asked)
    switch(page, "Achtergrondkaart").click()
    expect(page.locator(".leaflet-tile")).to_have_count(0)


def test_five_doors_fit_beside_each_other(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    titles = ["Verkennen", "Wanneer komt het vrij?", "Waar zit het gat?", "Waar kan het?"]
    document["region"]["title"]["nl"] = "Zuid-Holland"
    document["maps"] = [
        {**document["maps"][0], "id": f"door{place}", "title": {"nl": title, "en": title}}
        for place, title in enumerate([*titles, "Waarom andere cijfers?"])
    ]
    document["map"] = "door0"
    page = show(document)
    box = page.locator("#header").bounding_box()
    assert box is not None
    assert box["height"] < 60
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (390, 844), (341, 500)])
def test_nothing_hangs_over_the_side(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 900:
        assert page.evaluate("document.documentElement.scrollHeight") <= height
    expect(page.locator("#canvas")).to_be_visible()


def test_what_must_be_said_is_said(page: Page) -> None:
    page.get_by_role("button", name="Over deze atlas").click()
    text = page.locator("#drawer").inner_text()
    for words in (
        "geen toets voor vergunningen",
        "geen wettelijke afstandsnorm",
        "D betekent: orde van grootte",
        "vult zelden een installatie",
        "bij benadering",
        "11 januari 2026",
    ):
        assert words in text


def test_printing_shows_map_legend_and_imprint(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for shown in ("#canvas", "#legend", "#sentence", "#imprint"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in ("#controls", "#foot", ".doors"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator(".bars .ask").first).to_be_visible()
    expect(page.locator(".curve svg")).to_be_visible()
    expect(page.locator("#imprint")).to_contain_text("0123456789")
    expect(page.locator("#imprint")).to_contain_text("Registerhuis")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.locator("#controls")).to_be_visible()
