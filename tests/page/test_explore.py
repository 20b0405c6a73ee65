"""Exploring: the search box, numbers per resident and km², municipalities, targets in the curve."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from atlas.classes import breaks

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

ZONES = "path.zones"
LONG = "Ω"
PORT = 3  # ports are drawn last


def call(modules: Page, module: str, expression: str, *values: object) -> Any:  # noqa: ANN401
    """Value of a JavaScript expression in which `m` is the module and `v` the values given."""
    body = f"async (v) => {{ const m = await import('atlas/{module}'); return {expression}; }}"
    return modules.evaluate(body, list(values))


def zone(page: Page, start: str) -> Locator:
    return page.locator(f'{ZONES}[aria-label^="{start}"]:not([aria-hidden])')


def control(page: Page, name: str) -> Locator:
    return page.locator("#controls").get_by_role("button", name=name, exact=True)


def layer(page: Page, name: str) -> None:
    page.locator("#controls .layers").get_by_role("button", name=name, exact=True).click()


def cells(page: Page, column: int) -> list[str]:
    rows = page.locator(f"#drawer tbody tr > :nth-child({column})")
    return [text.strip() for text in rows.all_inner_texts()]


def kilograms(figure: Locator) -> float:
    number, unit = figure.inner_text().split()
    return float(number.replace(".", "").replace(",", ".")) * {"kg/jaar": 1, "t/jaar": 1000}[unit]


def with_places(document: dict[str, Any]) -> dict[str, Any]:
    """Give names that are long, accented, and known by others."""
    haag = document["zones"][1]
    haag |= {"name": "'s-Gravenhage", "municipality_name": "'s-Gravenhage"}
    haag["short"] = ["Den Haag", "The Hague"]
    document["zones"][3] |= {"name": "Súdwest-Fryslân", "municipality_name": "Súdwest-Fryslân"}
    document["zones"][2] |= {"name": "Alfahaven"}
    document["facilities"][0] |= {"name": "Alfa Metaal", "municipality": "Alfa"}
    document["facilities"][1] |= {"municipality": "'s-Gravenhage"}
    document["collection_points"][1] |= {"name": "Werf Noord", "municipality": "GM0002"}
    return document


def found(page: Page, words: str) -> list[str]:
    page.locator("#find").fill(words)
    return page.locator("#found [role=option] span").all_inner_texts()


# --- search ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("'s-Gravenhage", "s gravenhage"),
        ("’s-Gravenhage", "s gravenhage"),
        ("Súdwest-Fryslân", "sudwest fryslan"),
        ("  R'dam ", "rdam"),
        ("Rijswijk (ZH.)", "rijswijk zh"),
        ("İzmir ß Ω", "izmir ß ω"),
        (None, ""),
        ("---", ""),
    ],
)
def test_what_makes_no_difference_is_folded(modules: Page, text: str | None, plain: str) -> None:
    assert call(modules, "match", "m.folded(v[0])", text) == plain


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("Den Haag", "'s-Gravenhage"),
        ("den h", "'s-Gravenhage"),
        ("HAGUE", "'s-Gravenhage"),
        ("sgravenhage", "'s-Gravenhage"),
        ("gravenhage", "'s-Gravenhage"),
        ("fryslan sud", "Súdwest-Fryslân"),
        ("sudwestfrys", "Súdwest-Fryslân"),
        ("alfa", "Alfa"),  # the municipality, before the plant and the port that begin alike
        ("alfah", "Alfahaven"),
        ("metaal", "Alfa Metaal"),
        ("noord straat", "Straat Noord"),
        ("1234 ab", "Straat Noord"),
        ("1234AB", "Straat Noord"),
        ("GM0003", "Súdwest-Fryslân"),
        ("kade", "Kade"),
        ("ryslân", "Súdwest-Fryslân"),  # also in the middle of a word
        ("haag werf", "Werf Noord"),  # a short name of where it stands
    ],
)
def test_the_first_found_is_the_sensible_one(
    show: Callable[..., Page], document: dict[str, Any], words: str, first: str
) -> None:
    page = show(with_places(document))
    assert found(page, words)[0] == first


def test_names_that_begin_so_come_before_those_that_hold_it(modules: Page) -> None:
    entries = [
        {"names": [name], "others": others, "order": order}
        for order, (name, others) in enumerate(
            [
                ("groot maasdam", ""),
                ("maasdam", ""),
                ("werf", "maasdam"),
                ("maas", ""),
                ("xmaas", ""),
            ]
        )
    ]
    ranked = call(modules, "match", "m.matches(v[0], 'maas').map((e) => e.names[0])", entries)
    assert ranked == ["maas", "maasdam", "groot maasdam", "werf", "xmaas"]


def test_a_name_and_enter_choose_at_once(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(with_places(document))
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("den haag")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("'s-Gravenhage")
    expect(page.locator("#find")).to_have_value("")
    expect(page.locator("#announcer")).to_contain_text("'s-Gravenhage: 1.230 kWp")
    page.wait_for_function("location.hash.includes('GM0002')")


def test_the_box_is_a_combobox_that_says_what_it_holds(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(with_places(document))
    box = page.get_by_role("combobox", name="Zoek een gemeente")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#found")).to_be_hidden()
    box.focus()
    box.fill("alfa")
    expect(box).to_have_attribute("aria-expanded", "true")
    options = page.get_by_role("listbox").get_by_role("option")
    count = options.count()
    assert count >= 4
    expect(box).to_have_attribute("aria-activedescendant", "found-0")
    expect(page.locator("#search [role=status]")).to_contain_text(f"{count} getoond")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "found-1")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(options.nth(0)).to_have_attribute("aria-selected", "false")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")  # round to the last
    expect(box).to_have_attribute("aria-activedescendant", f"found-{count - 1}")
    box.fill("zzz")
    expect(page.locator("#search [role=status]")).to_have_text("0 gevonden, 0 getoond")
    expect(page.locator("#found")).to_contain_text("niets gevonden")
    page.keyboard.press("Enter")  # nothing to choose: nothing happens
    expect(page.locator("#panel h2")).to_have_text("Klein")
    assert box.get_attribute("aria-activedescendant") is None


def test_escape_empties_the_box_before_it_leaves_the_panel(page: Page) -> None:
    page.locator("#find").fill("alfa")
    page.keyboard.press("Enter")
    heading = page.locator("#panel h2")
    expect(heading).to_have_text("Alfa")
    page.locator("#find").fill("delta")
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_have_value("")
    expect(page.locator("#found")).to_be_hidden()
    expect(heading).to_have_text("Alfa")
    page.keyboard.press("Escape")
    expect(heading).to_have_text("Klein")


def test_a_click_on_a_result_chooses_it(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(with_places(document))
    page.locator("#find").fill("metaal")
    page.locator("#found [role=option]").first.click()
    expect(page.locator("#panel h2")).to_have_text("Alfa Metaal")
    expect(page.locator("#found")).to_be_hidden()
    assert page.evaluate("window.fired") is None


def test_the_slash_is_a_letter_where_one_types_and_can_be_switched_off(page: Page) -> None:
    page.locator("#find").fill("a")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_have_value("a/")
    page.locator("#find").fill("")
    page.locator("#measure").focus()
    page.keyboard.press("/")  # a list is sought in by letters
    expect(page.locator("#measure")).to_be_focused()
    page.locator("#controls .switches summary").click()
    page.locator("#controls").get_by_role("switch", name=re.compile("^Toets")).click()
    page.locator("#panel").focus()
    page.keyboard.press("/")
    expect(page.locator("#panel")).to_be_focused()
    page.wait_for_timeout(300)
    assert "slash" not in page.evaluate("location.hash")


def test_what_is_chosen_comes_into_view_and_is_marked(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(with_places(document))
    page.evaluate("map_atlas.setView([52.05, 4.35], 14, { animate: false })")
    seen = "map_atlas.getBounds().contains([52.06, 4.06])"
    assert page.evaluate(seen) is False
    rings = page.locator(".leaflet-rings-pane path:not([d='M0 0'])")
    expect(rings).to_have_count(0)
    page.locator("#find").fill("straat noord")
    page.keyboard.press("Enter")
    assert page.evaluate(seen) is True
    expect(rings).to_have_count(2)
    # What lies outside the region is told in the panel: there is no map there.
    centre = page.evaluate("String(map_atlas.getCenter())")
    page.locator("#find").fill("verre")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Verre fabriek (ver weg)")
    assert page.evaluate("String(map_atlas.getCenter())") == centre


def test_what_is_chosen_has_its_symbol_whatever_is_hidden(page: Page) -> None:
    plants = page.locator(".symbol-plant:not([hidden])")
    page.locator("#controls").get_by_role("switch", name=re.compile("^Verwerkers")).click()
    expect(plants).to_have_count(0)
    page.locator("#find").fill("fabriek")
    page.keyboard.press("Enter")
    expect(plants).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#panel h2")).to_have_text("Klein")
    expect(plants).to_have_count(0)


def test_hostile_names_are_found_as_text(page: Page) -> None:
    names = found(page, "img src")
    assert names
    assert all(name.startswith("<img") for name in names)
    assert page.locator("#found img").count() == 0
    assert page.evaluate("window.fired") is None


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844), (341, 500)])
def test_the_box_is_in_sight_and_large_enough(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.locator("#find").fill("a")
    box = page.locator("#find").bounding_box()
    assert box is not None
    assert box["height"] >= 24
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    option = page.locator("#found [role=option]").first.bounding_box()
    assert option is not None
    assert option["height"] >= 24
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# --- per resident and per square kilometre --------------------------------------------------------


def test_breaks_are_those_of_the_program(modules: Page) -> None:
    given = [0, -1, 1, 2, 5, 10, 1000, 1e-6, 5e-5, 999.999, 1000.001, 1e12, 3e-9, 20, 50, 0.1]
    given += [10 ** (step / 17) for step in range(-153, 154)]
    ported = call(modules, "classes", "v[0].map(m.breaksUnder)", given)
    assert ported == [list(breaks(value)) for value in given]
    assert call(modules, "classes", "[NaN, Infinity].map(m.breaksUnder)") == [[1, 2, 5, 10]] * 2


def test_per_square_kilometre_every_part_of_the_page_follows(page: Page) -> None:
    control(page, "per km²").click()
    each = 153.4
    expect(page.locator("#sentence")).to_contain_text("per km²")
    expect(zone(page, "<img")).to_have_attribute("aria-label", re.compile(r": 8,05 kWp per km²$"))
    expect(page.locator(".legend-box > summary")).to_have_text("Vermogen, kWp per km² · 4 gebieden")
    labels = page.locator(".legend-body tbody th").all_inner_texts()
    assert [text.strip() for text in labels[:5]] == ["< 0,5", "0,5 – 1", "1 – 2", "2 – 5", "≥ 5"]
    expect(page.locator("#panel .figure")).to_have_text("2,27 kWp per km²")  # 1394.5 over all four
    zone(page, "<img").hover(position={"x": 200, "y": 50})
    expect(page.locator(".tip")).to_contain_text("8,05 kWp per km²")
    zone(page, "<img").click(position={"x": 200, "y": 50})
    expect(page.locator("#panel .figure")).to_have_text("8,05 kWp per km²")
    # 1234.5 between half and twice, over the same area
    expect(page.locator("#panel .certainty").first).to_contain_text("4,02 – 16,1 kWp per km²")
    page.locator(".trail summary").click()
    rows = page.locator(".trail .product li").all_inner_texts()
    assert [row.split("\n")[-1] for row in rows] == ["1.234,5 kWp", "153,4", "8,0476 kWp per km²"]
    page.get_by_role("button", name="Tabel van alle gebieden").click()
    assert cells(page, 5) == ["8,05", "0,65", "0,33", "geen gegevens"]
    expect(page.locator("#drawer tfoot tr")).to_have_count(1)  # unallocated has no ground
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Opslaan als CSV").click()
    assert waiting.value.suggested_filename == "small-panel-stock-kwp-register-per-km2.csv"
    lines = Path(waiting.value.path()).read_text(encoding="utf-8-sig").split("\n")
    assert "(kWp per km²)" in lines[0]
    value = float(lines[1].split(";")[5].replace(",", "."))
    assert value == pytest.approx(1234.5 / each, rel=1e-12)
    page.wait_for_function("location.hash.includes('per=km2')")


def test_per_resident_has_no_number_where_hardly_anyone_lives(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    document["streams"][0]["by_residents"] = "none"
    page = show(document, "#per=resident")
    expect(zone(page, "Alfa")).to_have_attribute("aria-label", "Alfa: 0,1 kWp per inwoner")
    expect(zone(page, "<img")).to_have_attribute("aria-label", re.compile("6,17 kWp per inwoner"))
    for start in ("\u202e", LONG):  # 30 residents, and unknown
        expect(zone(page, start)).to_have_attribute("fill", "#ffffff")
        expect(zone(page, start)).to_have_attribute("aria-label", re.compile("geen gegevens$"))
    expect(page.locator("#controls .why")).to_contain_text("Onder 100 inwoners")
    zone(page, "\u202e").click(position={"x": 100, "y": 50})
    expect(page.locator("#panel .figure")).to_have_text("Geen gegevens")
    expect(page.locator("#panel .certainty")).to_contain_text("Minder dan 100 inwoners")
    zone(page, LONG).click(position={"x": 100, "y": 50})
    expect(page.locator("#panel .certainty")).to_contain_text("Inwoners onbekend")


def test_what_residents_spread_is_never_given_per_resident(page: Page) -> None:
    # The panels are spread by residents within a municipality only: a part of one has no number.
    control(page, "per inwoner").click()
    expect(zone(page, "Alfa")).to_have_attribute("aria-label", "Alfa: geen gegevens")
    expect(zone(page, "<img")).to_have_attribute("aria-label", re.compile("6,17 kWp per inwoner"))
    expect(page.locator("#controls .why")).to_contain_text("als de kaart gemeenten toont")
    control(page, "gemeenten").click()
    expect(zone(page, "Alfa")).to_have_attribute("aria-label", "Alfa: 0,15 kWp per inwoner")
    # Phones are spread by residents altogether: the choice is gone, and the page says why.
    page.locator("#controls .streams button").nth(1).click()
    expect(control(page, "per inwoner")).to_have_count(0)
    expect(page.locator("#controls .why")).to_have_text(
        "Niet per inwoner: dit cijfer is zelf naar inwoners verdeeld."
    )
    expect(page.locator("#sentence")).not_to_contain_text("per inwoner")
    expect(control(page, "totaal")).to_have_attribute("aria-pressed", "true")
    expect(zone(page, "Alfa")).to_have_attribute("aria-label", "Alfa: 16 stuks")
    # What was asked for comes back with a stream that has it.
    page.locator("#controls .streams button").first.click()
    expect(page.locator("#sentence")).to_contain_text("per inwoner")
    # Of what nobody counted there is nothing to divide.
    page.locator("#controls .streams button").nth(3).click()
    expect(page.locator("#controls .segments.per")).to_be_hidden()


def test_units_suit_what_is_left_after_the_division(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    document["streams"][0]["by_residents"] = "none"
    page = show(document, "#per=resident&measure=Nd&chosen=zone:GM0002")
    # 1,234.5 kWp of half 2010 at 0.01 and half CdTe at 0.04 t: 30.9 t for 200 people
    expect(page.locator("#panel .figure")).to_have_text("154 kg per inwoner")
    page.locator("#measure").select_option("panels")
    expect(page.locator("#panel .figure")).to_have_text("10 stuks per 1.000 inwoners")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#panel .figure")).to_have_text("10 stuks per 1,000 residents")


def test_the_classes_of_a_quotient_stay_over_years_and_scenarios(page: Page) -> None:
    layer(page, "Komt vrij")
    control(page, "per km²").click()
    labels = page.locator(".legend-body tbody tr:nth-child(-n+5) th")
    first = labels.all_inner_texts()
    assert first[-1].startswith("≥")
    for year in (2026, 2040):
        page.locator("#year").fill(str(year))
        assert labels.all_inner_texts() == first
    page.get_by_label("Levensduur").select_option("early")
    control(page, "hoog").click()
    assert labels.all_inner_texts() == first
    # The largest in the default scenario is of 2027: 1234.5 kWp × 0.1 t × (0.5 × 0.5 + 0.3 × 0.5).
    largest = 1234.5 * 0.1 * 0.4 / 153.4 * 1000
    edges = [float(text.split()[-1].replace(",", ".")) for text in first[:1] + first[-1:]]
    assert edges == [breaks(largest)[0], breaks(largest)[-1]]


def test_the_curve_and_the_ranking_are_divided_too(page: Page) -> None:
    layer(page, "Komt vrij")
    page.locator("#year").fill("2027")
    page.locator("#controls .segments.per button").nth(2).click()
    expect(page.locator(".curve figcaption")).to_have_text("Komt vrij, kg/jaar per km²")
    page.locator(".twin summary").first.click()
    expect(page.locator(".twin tbody tr")).to_have_count(26)
    row = page.locator(".twin tbody tr").nth(2)
    assert row.inner_text().split("\t")[1] == page.locator("#panel .figure").inner_text().split()[0]
    largest = page.locator(".largest .number").all_inner_texts()
    assert largest
    assert all("per km²" in text for text in largest)


# --- zones or municipalities ----------------------------------------------------------------------


def test_a_municipality_is_shown_with_its_ports_as_one(page: Page) -> None:
    control(page, "gemeenten").click()
    fills = [page.locator(ZONES).nth(place).get_attribute("fill") for place in (0, PORT)]
    assert fills == ["#86b0d3"] * 2  # 150 of Alfa with its port
    expect(zone(page, "Alfa")).to_have_attribute("aria-label", "Alfa: 150 kWp")
    # The line between the two is gone: they wear their fill, and one ring goes around both.
    strokes = [page.locator(ZONES).nth(place).get_attribute("stroke") for place in (0, PORT)]
    assert strokes == fills
    border = page.locator("path.border")
    expect(border).to_have_count(1)
    assert str(border.get_attribute("d")).count("M") == 1
    counts = page.locator(".legend-body tbody td").all_inner_texts()
    assert sum(map(int, counts[:5])) + int(counts[5]) == 3
    expect(page.locator(".legend-box > summary")).to_have_text("Vermogen, kWp · 3 gemeenten")
    page.get_by_role("button", name="Tabel van alle gebieden").click()
    assert cells(page, 5) == ["1.234,5", "150", "geen gegevens"]
    assert "Gemeente met havens" in cells(page, 2)
    control(page, "gebieden").click()
    expect(page.locator("path.border")).to_have_count(0)
    expect(zone(page, "\u202e")).to_have_attribute("aria-label", re.compile(": 50 kWp$"))
    assert len(cells(page, 5)) == 4


def test_its_range_is_that_of_the_whole_and_no_sum_of_lows(page: Page) -> None:
    control(page, "gemeenten").click()
    page.get_by_role("button", name="Tabel van alle gebieden").click()
    # Count alone, a factor of two: between its zones the key falls away.
    assert cells(page, 6)[1] == "75"
    assert cells(page, 7)[1] == "300"
    control(page, "gebieden").click()
    lows = [cell for cell in cells(page, 6) if cell != "geen gegevens"]
    assert lows == ["617,3", "37,5", "18,8"]


def test_hover_click_and_keys_take_it_as_one(page: Page) -> None:
    control(page, "gemeenten").click()
    port = page.locator(ZONES).nth(PORT)
    port.hover(position={"x": 100, "y": 50}, force=True)
    expect(page.locator(".tip strong")).to_have_text("Alfa")
    expect(page.locator(".tip")).to_contain_text("150 kWp")
    expect(page.locator(f"{ZONES}.near")).to_have_count(2)
    port.click(position={"x": 100, "y": 50}, force=True)
    panel = page.locator("#panel")
    expect(panel.locator("h2")).to_have_text("Alfa")
    expect(panel.locator(".kicker")).to_have_text("Gemeente, met haar havengebieden")
    expect(panel.locator(".figure")).to_have_text("150 kWp")
    expect(panel.locator(".size")).to_have_text("306,8 km² · 1.030 inwoners · GM0001")
    page.wait_for_function("decodeURIComponent(location.hash).includes('municipality:GM0001')")
    zone(page, "Alfa").focus()
    page.keyboard.press("ArrowRight")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(focused).startswith("<img")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == "Alfa: 150 kWp"
    page.keyboard.press("ArrowDown")  # its own port is no neighbour
    assert page.evaluate(focused).startswith("Delta")
    assert page.locator(f"{ZONES}[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(panel.locator("h2")).to_have_text("Delta")


def test_the_panel_of_a_municipality_has_all_that_of_a_zone_has(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    # A flow from the port, beside one from the rest of the municipality to the same plant.
    document["flows"]["panel"]["2026"] = [[0, 0, 1.5, 12.0, 0], [2, 0, 0.5, 20.0, 0]]
    page = show(document, "#layer=released&year=2026&measure=mass&chosen=municipality:GM0001")
    panel = page.locator("#panel")
    # (0.3 × 0.5 + 0.1 × 0.5) × 0.1 t of 100 kWp of the first pattern, 0.1 × 0.1 of 50 of the second
    expect(panel.locator(".figure")).to_have_text("2,5 t/jaar")
    expect(panel.locator(".certainty").first).to_contain_text("bandbreedte")
    for part in (".curve svg", ".bars li", ".trail"):
        expect(panel.locator(part).first).to_be_visible()
    row = panel.get_by_text("Gaat in 2026 naar").locator("..")
    expect(row).to_contain_text("Fabriek · 2 t/jaar · 12 – 20 km")
    expect(panel).to_contain_text("Waar het blijft")
    layer(page, "In gebruik")
    expect(panel.get_by_text("Fabriek · 12 km", exact=True)).to_have_count(1)  # the nearest
    # From the whole to a part, and back.
    panel.locator(".family summary").click()
    panel.get_by_role("button", name="Alfa zonder havens").click()
    expect(panel.locator(".kicker")).to_have_text("Gemeente, zonder haar havengebieden")
    panel.get_by_role("button", name="Toon de hele gemeente Alfa").click()
    expect(panel.locator(".kicker")).to_have_text("Gemeente, met haar havengebieden")


def test_cover_of_a_municipality_counts_all_its_zones(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, "#stream=phone&chosen=municipality:GM0001")
    rows = page.locator(".cover tbody tr")
    # Within 5 km: 50 for sure, 80 + 30 perhaps, of 1,030.
    expect(rows.nth(1).locator("td").nth(1)).to_have_text("4,9 % – 11 %")
    expect(page.locator(".cover")).to_contain_text("De gemeente heeft een bekend punt.")


def test_a_municipality_of_one_zone_is_that_zone(page: Page) -> None:
    panel = page.locator("#panel")
    page.locator("#find").fill(LONG)
    page.keyboard.press("Enter")
    page.wait_for_function("decodeURIComponent(location.hash).includes('zone:GM0003')")
    expect(panel.locator(".family")).to_have_count(0)
    # As the map shows municipalities, it is chosen as one.
    control(page, "gemeenten").click()
    page.locator("#find").fill("<img")
    page.keyboard.press("Enter")
    page.wait_for_function("decodeURIComponent(location.hash).includes('municipality:GM0002')")
    expect(panel.locator(".kicker")).to_have_text("Gemeente")


def test_the_document_says_what_residents_spread_and_what_else_a_place_is_called(
    built: Path,
) -> None:
    text = (built / "maps" / "zuid-holland.html").read_text(encoding="utf-8")
    data = re.search(r'id="atlas-document">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    document = json.loads(data[1])
    assert {stream["id"]: stream["by_residents"] for stream in document["streams"]} == {
        "wind_turbine": "none",  # each at its own place
        "solar_panel": "within",  # counted per municipality
        "ebike_battery": "all",
        "smartphone": "all",
        "ev_battery": "within",  # by cars per municipality
        "medical_equipment": "none",
    }
    short = {zone["id"]: zone["short"] for zone in document["zones"] if zone["short"]}
    assert short["GM0518"] == ["Den Haag", "The Hague"]
    assert set(short) == {"GM0518", "GM0599"}


@pytest.mark.parametrize("bad", ["areas=province", "per=head", "chosen=municipality:GM0001.haven"])
def test_an_address_that_cannot_be_is_as_at_opening(page: Page, bad: str) -> None:
    page.evaluate(f"location.hash = '{bad}'")
    expect(page.locator("#panel h2")).to_have_text("Klein")
    expect(control(page, "gebieden")).to_have_attribute("aria-pressed", "true")
    expect(control(page, "totaal")).to_have_attribute("aria-pressed", "true")


def test_what_is_compared_follows_areas_and_quotients(page: Page) -> None:
    layer(page, "Komt vrij")
    page.locator("#year").fill("2026")
    page.get_by_role("button", name="Vergelijk", exact=True).click()
    page.get_by_label("Levensduur").select_option("early")
    control(page, "gemeenten").click()
    control(page, "per km²").click()
    expect(page.locator("#map_other path.border")).to_have_count(1)
    page.get_by_role("button", name="Verschil", exact=True).click()
    counts = page.locator("#legend .legend-body tbody tr:not(:last-child) td").all_inner_texts()
    assert sum(map(int, counts)) == 3
    label = str(
        page.locator("#map_atlas path.zones[aria-label^=Alfa]").first.get_attribute("aria-label")
    )
    numbers = [
        float(text.replace(",", ".")) for text in re.findall(r": (?:[+−] )?([\d,]+) ", label)
    ]
    before, after, difference = numbers
    assert difference == pytest.approx(after - before, abs=0.11)
    assert label.count("kg/jaar per km²") == 3
    page.get_by_role("button", name="Tabel van alle gebieden").click()
    assert len(cells(page, 5)) == 3
    assert sum(text == "geen gegevens" for text in cells(page, 5)) == 1


def test_rings_go_around_zones_together(modules: Page) -> None:
    def box(west: float, south: float, *, hole: bool = False) -> list[Any]:
        east, north = west + 1, south + 1
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        inner = [[west + 0.4, south + 0.4], [west + 0.6, south + 0.4], [west + 0.5, south + 0.6]]
        return [[ring, [*inner, inner[0]]]] if hole else [[ring]]

    outlines = [box(0, 0), box(1, 0), box(5, 5), box(0, 1, hole=True)]
    around = "m.ringsAround(...v).map((ring) => ring.length)"
    assert call(modules, "borders", around, outlines, [0]) == [5]
    assert call(modules, "borders", around, outlines, [0, 1]) == [7]
    assert sorted(call(modules, "borders", around, outlines, [0, 1, 2])) == [5, 7]
    assert sorted(call(modules, "borders", around, outlines, [0, 3])) == [4, 7]
    rings = call(modules, "borders", "m.ringsAround(...v)", outlines, [0, 1])
    assert rings[0][0] == rings[0][-1]
    assert {tuple(point) for point in rings[0]} == {
        (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2),
    }  # fmt: skip


# --- targets --------------------------------------------------------------------------------------


def test_targets_stand_in_the_curve_of_what_is_collected(page: Page) -> None:
    layer(page, "Ingezameld")
    page.locator("#year").fill("2027")
    curve = page.locator(".curve")
    expect(curve.locator("path.target").first).to_be_visible()
    assert curve.locator("svg").first.locator("path.target").count() == 2
    assert curve.locator("svg").first.locator("rect.target-start").count() == 2
    words = ["doel 2019: 60 % van wat vrijkomt", "doel 2033: 100 % van wat vrijkomt"]
    assert page.locator(".targets li").all_inner_texts() == words
    label = curve.locator("svg").first.get_attribute("aria-label")
    assert all(each in str(label) for each in words)
    expect(page.locator(".targets")).to_contain_text("volgens welke wet?")
    page.locator(".curve .twin summary").last.click()
    expect(page.locator(".curve .twin tbody tr")).to_have_count(26)
    heads = page.locator(".curve .twin table th[scope=col]").all_inner_texts()
    assert heads[-2:] == words
    # In 2027 0.6 of what is released then, and the later target holds from its own year on.
    row = page.locator(".curve .twin tbody tr").nth(2).inner_text().split("\t")
    layer(page, "Komt vrij")
    released = float(page.locator("#panel .figure").inner_text().split()[0].replace(",", "."))
    assert float(row[-2].replace(",", ".")) == pytest.approx(0.6 * released, rel=5e-3)
    assert row[-1] == "–"
    assert page.locator(".curve path.target").count() == 0


TARGETS = """
async ([document, state, place]) => {
  const { prepare } = await import("atlas/view");
  const { targetsOf } = await import("atlas/targets");
  const { firstState } = await import("atlas/state");
  const { regionSet, zoneSet } = await import("atlas/sets");
  const atlas = prepare(document);
  const set = place === null ? regionSet(atlas) : zoneSet(place);
  return targetsOf(atlas, { ...firstState(atlas), ...state }, set);
}
"""


def test_a_target_is_a_share_of_its_own_base(modules: Page, document: dict[str, Any]) -> None:
    collection = document["streams"][1]["model"]["collection"]
    collection["targets"] = [[2031, 0.61], [2028, 0.5]]
    state = {"stream": "phone", "layer": "collected", "measure": "mass"}
    first, second = modules.evaluate(TARGETS, [document, state, 1])
    # Of the 20 t that are sold, whatever is released.
    assert (first["year"], first["rate"]) == (2028, 0.5)
    assert first["values"] == [None] * 3 + [10.0] * 3 + [None] * 20
    assert second["values"][:6] == [None] * 6
    assert second["values"][6:] == pytest.approx([12.2] * 20)
    # Neodymium is a quarter of the mass.
    first, _ = modules.evaluate(TARGETS, [document, {**state, "measure": "Nd"}, 1])
    assert first["values"][4] == pytest.approx(2.5)
    grown = {**state, "inflow": "growth"}
    document["streams"][1]["model"]["inflow"]["growth"] = {"rate": 0.1, "years": []}
    first, _ = modules.evaluate(TARGETS, [document, grown, 1])
    assert first["values"][4] == pytest.approx(10 * 1.1**5)  # the market is of 2024


def test_only_what_is_collected_has_targets(modules: Page, document: dict[str, Any]) -> None:
    for layer_name in ("released", "recovered", "processed", "collection_gap"):
        state = {"stream": "panel", "layer": layer_name, "measure": "Nd"}
        assert modules.evaluate(TARGETS, [document, state, None]) == []
    state = {"stream": "phone", "layer": "collected", "measure": "mass"}
    assert modules.evaluate(TARGETS, [document, state, None]) == []  # the law asks nothing


def test_the_european_benchmark_gets_words_and_no_line(page: Page) -> None:
    layer(page, "Teruggewonnen")
    page.locator("#year").fill("2026")
    page.locator("#measure").select_option("Nd")
    note = page.locator(".benchmark")
    for words in (
        "25 %",
        "verbruik van strategische grondstoffen in de hele Unie",
        "geen plicht van een regio",
        "geen deel van wat vrijkomt",
        "Het verbruik van Klein is niet bekend",
    ):
        expect(note).to_contain_text(words)
    recovered = kilograms(page.locator("#panel .figure"))
    share = re.search(
        r"in 2026 vrijkomt, wordt ([\d,]+) % (tot .*)?teruggewonnen", note.inner_text()
    )
    assert share is not None
    assert page.locator(".curve path.target").count() == 0
    layer(page, "Komt vrij")
    expect(page.locator(".benchmark")).to_have_count(0)
    released = kilograms(page.locator("#panel .figure"))
    assert float(share[1].replace(",", ".")) == pytest.approx(100 * recovered / released, abs=0.5)
