"""What if on the page: plants are put, changed and closed, and every number follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

Document = dict[str, Any]

# In 2026 13.695 t is collected here and three times that outside, for a plant of 40 t/a in the
# east; the tables of the fixture say that 6.35 t of ours is left over.
GAP = "#door=gap"
ALFA = f"{GAP}&chosen=zone:GM0001"
HOSTILE = "<img src=x onerror=window.fired=1>"


def rows_of(table: Locator) -> list[list[str]]:
    found: list[list[str]] = table.locator("tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return [[cell.replace("\u00a0", " ") for cell in row] for row in found]


def effect(page: Page) -> Locator:
    return page.locator("#panel .effect").first


def put(page: Page, capacity: str, year: str = "2026") -> None:
    """Put a plant in the zone of the panel, of this size, open from this year."""
    page.get_by_role("button", name="Plaats hier een installatie").click()
    expect(page.locator("#plant-capacity")).to_be_focused()
    fill(page, "#plant-capacity", capacity)
    fill(page, "#plant-from", year)


def fill(page: Page, field: str, value: str) -> None:
    page.locator(field).fill(value)
    page.locator(field).press("Enter")


def test_a_plant_is_put_in_a_zone_and_the_gap_goes(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, ALFA)
    put(page, "14.78")
    # 54.78 t for 54.78 t/a: nothing is left over.
    assert rows_of(effect(page))[1] == ["2026", "0 – 6,35", "0", "0 tot −6,35 (100 %)"]
    expect(page.locator("#sentence")).to_contain_text("wat als: 1 geplaatst, 0 gewijzigd")
    expect(page.locator("#panel")).to_contain_text("Meer bediend in 2026")
    # Half as much more leaves 7.39 t of 54.78, of which a quarter is ours.
    fill(page, "#plant-capacity", "7.39")
    assert rows_of(effect(page))[1] == ["2026", "0 – 6,35", "1,85", "+1,85 tot −4,5 (71 %)"]
    expect(page.locator("#panel .terms").first).to_contain_text("100 % (7,39 t/jaar)")
    # It opens later: then it takes nothing yet, and 40 t/a is shared: 3.695 t of ours is left.
    fill(page, "#plant-from", "2027")
    assert rows_of(effect(page))[1][2] == "3,69"
    expect(page.locator("#panel .terms").first).to_contain_text("nog niet open")
    page.locator("#panel .back").click()
    expect(page.locator(".figure")).to_have_text("3,69 t/jaar")


def test_the_map_and_every_part_follow(show: Callable[..., Page], document: Document) -> None:
    page = show(document, ALFA)
    put(page, "14.78")
    for name in ("Alfa", HOSTILE[:4]):
        expect(page.locator(f'path.zones[aria-label^="{name}"]')).to_have_attribute(
            "aria-label", re.compile(": 0 t/jaar")
        )
    expect(page.locator('path.zones[fill^="url(#hatch"]')).to_have_count(0)
    symbol = page.locator(".leaflet-marker-icon.symbol-put")
    expect(symbol).to_have_count(1)
    expect(symbol).to_have_class(re.compile(r"\bnow\b"))
    page.locator("#panel .back").click()
    expect(page.locator("#panel .plan")).to_contain_text("Nieuw: panelen, recycling · 14,78 t/jaar")
    page.get_by_role("button", name="Tabel van alle gebieden").click()
    expect(page.locator("#drawer tbody tr").first.locator("td").nth(3)).to_have_text("0")


def test_undo_and_redo_by_button_and_by_keys(show: Callable[..., Page], document: Document) -> None:
    page = show(document, ALFA)
    figure = page.locator(".figure")
    expect(figure).to_have_text("0 t/jaar")  # all of Alfa passes in the tables
    page.keyboard.press("Escape")
    expect(figure).to_have_text("6,35 t/jaar")
    page.locator('path.zones[aria-label^="Alfa"]').press("Enter")
    put(page, "14.78")
    page.locator("#panel .back").click()
    expect(figure).to_have_text("0 t/jaar")
    for _ in range(3):  # year, capacity, the plant itself
        page.keyboard.press("Control+z")
    expect(figure).to_have_text("6,35 t/jaar")
    expect(page.locator(".leaflet-marker-icon.symbol-put")).to_have_count(0)
    page.keyboard.press("Control+z")  # nothing is left to undo
    expect(figure).to_have_text("6,35 t/jaar")
    for _ in range(3):
        page.keyboard.press("Control+Shift+Z")
    expect(figure).to_have_text("0 t/jaar")
    page.get_by_role("button", name="Ongedaan maken").click()
    expect(figure).to_have_text("3,69 t/jaar")  # open from 2030 again
    page.get_by_role("button", name="Opnieuw").click()
    expect(figure).to_have_text("0 t/jaar")
    page.get_by_role("button", name="Alles weg").click()
    expect(figure).to_have_text("6,35 t/jaar")
    page.keyboard.press("Control+z")
    expect(figure).to_have_text("0 t/jaar")


def test_a_plant_of_the_panel_that_is_undone_leaves_the_panel(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, ALFA)
    page.get_by_role("button", name="Plaats hier een installatie").click()
    expect(page.locator("#panel h2")).to_have_text("Nieuw: panelen, recycling")
    page.locator("#panel").get_by_role("button", name="Ongedaan maken").click()
    expect(page.locator("#panel h2")).to_have_text("Klein")
    expect(page.locator(".leaflet-marker-icon.symbol-put")).to_have_count(0)


def test_an_existing_plant_is_changed_and_closed(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, f"{GAP}&chosen=facility:F1")
    fill(page, "#change-capacity", "54.78")
    assert rows_of(effect(page))[1] == ["2026", "0 – 6,35", "0", "0 tot −6,35 (100 %)"]
    expect(page.locator("#sentence")).to_contain_text("wat als: 0 geplaatst, 1 gewijzigd")
    expect(page.locator(".symbol-plant.changed")).to_have_count(1)
    page.get_by_role("button", name="Sluit vanaf 2026").click()
    expect(page.locator("#change-to")).to_have_value("2025")
    assert rows_of(effect(page))[1] == ["2026", "0 – 6,35", "13,7", "+13,7 tot +7,35 (116 %)"]
    expect(page.locator("#panel")).to_contain_text("Minder bediend in 2026")
    page.get_by_role("button", name="Zoals nu").click()
    expect(page.locator("#change-to")).to_have_value("")
    expect(effect(page)).to_have_count(0)
    # A field that is emptied leaves the plant as it is; without any change there is none.
    fill(page, "#change-to", "2030")
    expect(page.locator("#sentence")).to_contain_text("1 gewijzigd")
    fill(page, "#change-to", "")
    expect(page.locator("#sentence")).not_to_contain_text("gewijzigd")


def test_a_facility_that_is_in_no_programme_cannot_be_changed(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, "#chosen=facility:F3")
    expect(page.locator("#panel h2")).to_be_visible()
    expect(page.locator("#panel .plan")).to_have_count(0)


@pytest.mark.parametrize("bad", ["-5", "1e9", ""])
def test_what_is_no_capacity_is_said_and_changes_nothing(
    show: Callable[..., Page], document: Document, bad: str
) -> None:
    page = show(document, ALFA)
    page.get_by_role("button", name="Plaats hier een installatie").click()
    field = page.locator("#plant-capacity")
    expect(field).to_have_value("500")  # the middle of the sizes that are stated
    fill(page, "#plant-capacity", bad)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_have_text(
        "Een getal van 0 tot 10.000.000 wordt verwacht; wat was blijft."
    )
    expect(field).to_have_value(bad)  # as it was typed
    expect(page.locator("#sentence")).to_contain_text("1 geplaatst")
    page.wait_for_function("decodeURIComponent(location.hash).includes('~500~')")
    fill(page, "#plant-capacity", "600")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#plant-capacity-wrong")).to_have_text("")


def test_a_click_on_the_map_puts_a_plant_there_and_escape_gives_up(
    show: Callable[..., Page], document: Document
) -> None:
    document["maps"][1]["siting"] = True
    document["maps"][1]["id"] = "siting"
    page = show(document, "#door=siting")
    start = page.get_by_role("button", name="Op de kaart plaatsen")
    start.click()
    expect(page.locator("#announcer")).to_contain_text("Klik op de kaart")
    page.keyboard.press("Escape")
    zone = page.locator('path.zones[aria-label^="Alfa"]')
    zone.click(position={"x": 250, "y": 170})
    expect(page.locator("#panel h2")).to_have_text("Alfa")  # chosen, as without it
    page.keyboard.press("Escape")
    start.click()
    zone.click(position={"x": 250, "y": 170})
    expect(page.locator("#panel h2")).to_have_text("Nieuw: panelen, recycling")
    expect(page.locator("#plant-zone")).to_have_value("GM0001")
    page.locator("#plant-zone").select_option("GM0002")
    expect(page.locator("#panel .size")).to_contain_text("<img")
    # Dragged to the sea it lies in no zone.
    box = page.locator(".leaflet-marker-icon.symbol-put").bounding_box()
    frame = page.locator("#canvas").bounding_box()
    assert box
    assert frame
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] - 30, frame["y"] + frame["height"] / 2, steps=8)
    page.mouse.up()
    expect(page.locator("#plant-zone")).to_have_value("")


def test_a_plan_stands_in_the_address_and_a_hostile_one_is_text(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, ALFA)
    put(page, "14.78")
    page.locator("#plant-name").fill(HOSTILE)
    page.locator("#plant-name").press("Enter")
    expect(page.locator("#panel h2")).to_have_text(HOSTILE)
    page.wait_for_function("location.hash.includes('onerror')")
    address = page.evaluate("location.hash")
    again = show(document, address)
    expect(again.locator("#panel h2")).to_have_text(HOSTILE)
    expect(again.locator("#plant-capacity")).to_have_value("14.78")
    assert again.evaluate("window.fired") is None
    english = again.locator("#header").get_by_role("button", name="EN", exact=True)
    english.click()
    expect(again.locator("#sentence")).to_contain_text("what if: 1 put, 0 changed")


@pytest.mark.parametrize(
    "plan",
    [
        "put=P1~nothing~recycling~5~2030~52~4~",
        "put=P1~panel~recycling~-5~2030~52~4~",
        "put=P1~panel~recycling~5~1200~52~4~~",
        "put=P1~panel~recycling~5~2030~520~4~",
        "put=%00!~~~~!P1",
        "changes=C1~F9~5~~",
        "changes=C1~F1~~~",
        "changes=C1~F4~5~~",
    ],
)
def test_a_plan_that_cannot_be_is_left_out(
    show: Callable[..., Page], document: Document, plan: str
) -> None:
    page = show(document, f"{GAP}&{plan}")
    expect(page.locator("#sentence")).not_to_contain_text("wat als")
    expect(page.locator(".figure")).to_have_text("6,35 t/jaar")


def test_where_a_plant_lies_follows_from_its_place_and_half_a_character_is_none(
    show: Callable[..., Page], document: Document
) -> None:
    name = "x" * 79 + "%25F0%259F%2598%2580"
    page = show(document, f"{GAP}&put=P1~panel~recycling~5~2030~48.85~2.35~{name}&chosen=plant:P1")
    expect(page.locator("#panel .size")).to_have_text("buiten de gebieden")
    expect(page.locator("#plant-zone")).to_have_value("")
    expect(page.locator("#panel h2")).to_have_text(re.compile("^x{79}"))
    page.locator("#header").get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#sentence")).to_contain_text("what if: 1 put")


def test_what_is_typed_is_kept_while_the_years_play(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, f"{GAP}&put=P1~panel~recycling~5~2030~52.05~4.1~&chosen=plant:P1")
    page.locator("#controls .play").click()
    page.locator("#plant-name").press_sequentially("Plan bij de haven", delay=120)
    expect(page.locator("#plant-name")).to_have_value("Plan bij de haven")
    page.locator("#plant-name").press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Plan bij de haven")


def test_what_was_taken_away_can_be_taken_back_by_a_button(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, f"{GAP}&put=P1~panel~recycling~5~2030~52.05~4.1~&chosen=plant:P1")
    page.get_by_role("button", name="Verwijderen").click()
    expect(page.locator("#panel h2")).to_have_text("Klein")
    page.locator("#panel").get_by_role("button", name="Ongedaan maken").click()
    expect(page.locator(".leaflet-marker-icon.symbol-put")).to_have_count(1)


def test_keys_put_a_plant_in_the_zone_that_they_choose(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, f"{GAP}&put=P1~panel~recycling~5~2030~52.05~4.1~")
    page.get_by_role("button", name="Op de kaart plaatsen").press("Enter")
    expect(page.locator("path.zones:focus")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#plant-capacity")).to_be_focused()
    expect(page.locator("#plant-zone")).to_have_value("GM0002")
    expect(page.locator("#sentence")).to_contain_text("2 geplaatst")


def test_a_plant_that_closes_is_crossed_out_from_then_on_and_says_who_loses(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, f"{GAP}&chosen=facility:F1&changes=C1~F1~~~2025")
    symbol = page.locator(".symbol-plant.changed.now")
    expect(symbol).to_have_count(1)
    crossed = symbol.inner_html()
    expect(page.locator("#panel")).to_contain_text("Minder bediend in 2026: ")
    page.locator("#year").fill("2025")
    expect(symbol).to_have_count(1)
    assert symbol.inner_html() != crossed


def test_beside_today(show: Callable[..., Page], document: Document) -> None:
    page = show(document, ALFA)
    put(page, "14.78")
    page.locator("#panel .back").click()
    page.get_by_role("button", name="Naast vandaag").click()
    expect(page.locator("#canvas .leaflet-container")).to_have_count(2)
    labels = page.locator('path[aria-label^="<img"]').evaluate_all(
        "(paths) => paths.map((path) => path.getAttribute('aria-label'))"
    )
    assert len(labels) == 2
    assert all("A: 6,17 t/jaar; B: 0 t/jaar" in label for label in labels)


def test_several_plants_add_up_and_each_says_how_full_it_is(
    show: Callable[..., Page], document: Document
) -> None:
    plants = "!".join(f"P{n}~panel~recycling~2~2026~52~4.1~" for n in (1, 2, 3))
    page = show(document, f"{GAP}&put={plants}")
    # 40 + 6 of 54.78: 8.78 is left, a quarter of it ours.
    expect(page.locator(".figure")).to_have_text("2,19 t/jaar")
    page.locator("#panel .plan summary").click()
    uses = rows_of(page.locator("#panel .uses"))
    assert len(uses) == 4
    assert [row[2] for row in uses] == ["100 %"] * 4
    assert [row[1] for row in uses].count("–") == 3  # today they are not there


def test_places_lie_in_the_zone_whose_outline_holds_them(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { zoneAt } = await import("atlas/within");
          const square = (west, south) => [[[west, south], [west + 2, south], [west + 2, south + 2],
            [west, south + 2], [west, south]]];
          const hole = [[0.5, 0.5], [1.5, 0.5], [1.5, 1.5], [0.5, 1.5], [0.5, 0.5]];
          const pair = [square(2, 0)[0], square(9, 9)[0]].map((ring) => [ring]);
          const outlines = [[[...square(0, 0), hole]], pair];
          return [[0.2, 0.2], [1, 1], [1, 3], [10, 10], [50, 4]].map((at) => zoneAt(outlines, at));
        }"""
    )
    assert found == [0, None, 1, 1, None]
