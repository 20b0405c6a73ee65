"""What plants can take, who has a point near, and where a plant could come, on the page."""

from __future__ import annotations

import json
import math
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

Document = dict[str, Any]

# Names as in the document of the fixtures.
HOSTILE = "<img src=x onerror=window.fired=1></script><script>window.fired=1</script>"
RIGHT_TO_LEFT = "\u202eשלום\u202c 🏭"
LONG = "Ω" * 500

GAP = "#door=gap"
NEVER = {"low": [None, None], "mid": [None, None], "high": [None, None]}


def rows_of(table: Locator) -> list[list[str]]:
    """Give the cells of every row of a table's bodies."""
    found: list[list[str]] = table.locator("tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return [[plain(cell) for cell in row] for row in found]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def terms_of(box: Locator) -> dict[str, str]:
    """Give the terms of all lists in a box, with their descriptions."""
    pairs: list[list[str]] = box.locator(".terms > div").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent))"
    )
    return {term: plain(description) for term, description in pairs}


def english(page: Page) -> None:
    page.locator("#header").get_by_role("button", name="EN", exact=True).click()


def toggle(page: Page, name: str) -> Locator:
    return page.locator("#controls").get_by_role("switch", name=re.compile(f"^{name}"))


def move_to(page: Page, year: int) -> None:
    page.locator("#year").fill(str(year))


# ------------------------------------------------------------------ how far the chain reaches


def test_the_chain_has_a_row_per_reach_and_step_and_a_pair_where_capacity_is_unknown(
    page: Page,
) -> None:
    page.get_by_role("button", name="Gat?").click()
    chain = page.locator("#panel .chain")
    expect(chain.locator("h3")).to_have_text("Tot waar reikt de keten in 2026?")
    expect(chain).to_contain_text("Ingezameld in de provincie: 20 t/jaar.")
    heads = chain.locator("thead th").all_text_contents()
    assert heads == ["stap", "met rest van Nederland", "provincie alleen"]
    # Of 20 t the second step takes nothing, a quarter or half, and half or all; at best all.
    assert rows_of(chain.locator("table")) == [
        ["In de provincie"],
        ["sortering", "20", "20"],
        ["recycling", "0 – 20", "0 – 20"],
        ["In Nederland"],
        ["sortering", "20", "20"],
        ["recycling", "5 – 20", "10 – 20"],
        ["In Europa"],
        ["sortering", "20", "20"],
        ["recycling", "10 – 20", "20"],
    ]
    broken = [plain(cell) for cell in chain.locator("td.breaks").all_text_contents()]
    assert broken == ["0 – 20", "0 – 20", "5 – 20", "10 – 20", "10 – 20"]
    for cell in chain.locator("td.breaks").all():
        expect(cell).to_have_attribute("title", "hier breekt de keten")
    expect(chain.locator("td.number:not(.breaks)[title]")).to_have_count(0)
    move_to(page, 2027)
    expect(chain.locator("h3")).to_have_text("Tot waar reikt de keten in 2027?")
    assert rows_of(chain.locator("table"))[-1] == ["recycling", "20 – 40", "40"]
    english(page)
    expect(chain.locator("h3")).to_have_text("How far does the chain reach in 2027?")
    expect(chain).to_contain_text("Collected in the province: 40 t/a.")
    assert [row[0] for row in rows_of(chain.locator("table"))[:3]] == [
        "In the province",
        "sorting",
        "recycling",
    ]


def test_the_chain_breaks_only_where_more_than_dust_is_lost(
    show: Callable[..., Page], document: Document
) -> None:
    """Of 20 t in 2026, by step: all but 10 g; a kilogram less; no less; half a tonne less."""
    steps = [20 - 1e-5, 19.999, 19.999, 19.499]

    def demand() -> list[Document]:
        rows = [[None, passed, *[40.0] * 24] for passed in steps]
        return [{"passed": row, "best": None, "starts": NEVER} for row in rows]

    chain = document["streams"][0]["chain"]
    chain["steps"] = ["sorting", "dismantling", "recycling", "refining"]
    chain["reaches"] = {"europe": {"proportional": demand(), "province_alone": demand()}}
    page = show(document, GAP)
    broken = page.locator("#panel .chain tbody tr:has(.breaks) td:first-child")
    expect(broken).to_have_text(["demontage", "raffinage"])
    assert rows_of(page.locator("#panel .chain table")) == [
        ["In Europa"],
        ["sortering", "20", "20"],
        ["demontage", "20", "20"],
        ["recycling", "20", "20"],
        ["raffinage", "19", "19"],
    ]


def test_the_chain_says_from_when_it_has_a_gap_at_every_end_of_the_range(page: Page) -> None:
    page.get_by_role("button", name="Gat?").click()
    start = page.locator("#panel .chain .start")
    years = "laag nooit · midden 2030 · hoog 2027"
    expect(start).to_have_text(
        [
            f"Gat bij recycling, in de provincie, vanaf: {years}",
            f"Gat bij recycling, in Nederland, vanaf: {years}",
            f"Gat bij recycling, in Europa, vanaf: {years}",
        ]
    )
    english(page)
    expect(start.first).to_have_text(
        "Gap at recycling, in the province, from: low never · mid 2030 · high 2027"
    )


def test_amounts_below_ten_keep_a_decimal(show: Callable[..., Page], document: Document) -> None:
    chain = document["streams"][0]["chain"]
    chain["collected"] = [None, 9.96, *[0.04] * 24]
    first = {"passed": chain["collected"], "best": None, "starts": NEVER}
    none = {"passed": [None, *[0.0] * 25], "best": None, "starts": NEVER}
    demands = {"proportional": [first, none], "province_alone": [first, first]}
    chain["reaches"] = {"europe": demands}
    page = show(document, GAP)
    table = page.locator("#panel .chain table")
    assert rows_of(table)[1:] == [["sortering", "10", "10"], ["recycling", "0", "10"]]
    move_to(page, 2027)
    assert rows_of(table)[1:] == [["sortering", "< 0,1", "< 0,1"], ["recycling", "0", "< 0,1"]]
    expect(table.locator(".breaks")).to_have_text(["0"])


def test_the_chain_stands_where_it_is_asked_and_known(page: Page) -> None:
    chain = page.locator("#panel .chain")
    expect(chain).to_have_count(0)  # a stock
    shown = {
        "Komt vrij": 0,
        "Ingezameld": 1,
        "Verwerkt": 1,
        "Teruggewonnen": 1,
        "Inzamelgat": 0,
        "Capaciteitsgat": 1,
        "Terugwingat": 1,
    }
    move_to_layer = page.locator("#controls .layers")
    for name, count in shown.items():
        move_to_layer.get_by_role("button", name=name, exact=True).click()
        expect(chain).to_have_count(count)
    move_to(page, 2025)  # nothing was collected that anybody knows
    expect(chain).to_have_count(0)
    move_to(page, 2026)
    expect(chain).to_have_count(1)
    page.locator("#controls").get_by_role("button", name="Rapport 2026", exact=True).click()
    expect(chain).to_have_count(1)  # twice as much is collected, of which as much is taken
    page.locator("#controls").get_by_role("button", name="Registers", exact=True).click()
    expect(chain).to_have_count(1)
    page.locator('path.zones[aria-label^="Alfa"]').click(position={"x": 200, "y": 150})
    expect(page.locator("#panel h2")).to_have_text("Alfa")
    expect(chain).to_have_count(0)  # it is one of the region
    page.keyboard.press("Escape")
    page.locator("#controls .streams button").nth(1).click()
    expect(chain).to_have_count(0)  # without a chain


def test_the_chain_is_worked_out_in_another_scenario_and_ends_are_of_the_standard(
    page: Page,
) -> None:
    page.get_by_role("button", name="Gat?").click()
    chain = page.locator("#panel .chain")
    said = chain.get_by_text("Standaardscenario", exact=True)
    expect(said).to_have_count(0)
    page.get_by_label("Levensduur").select_option("early")
    expect(said).to_have_count(1)
    # 31.5 t here and three times that outside, for a plant of 40 t/a: 10 t of ours, or all.
    assert rows_of(chain.locator("table"))[1] == ["sortering", "10", "32"]
    page.get_by_label("Levensduur").select_option("regular")
    page.get_by_label("Terugwinning").select_option("legal")  # takes no other way
    expect(said).to_have_count(0)


def test_journeys_are_those_of_the_tables_and_else_worked_out(
    show: Callable[..., Page], document: Document
) -> None:
    # 12.3 t over 3 km; what comes from outside the region does not count.
    page = show(document, GAP)
    chain = page.locator("#panel .chain")
    expect(chain).to_contain_text(
        "Vervoer naar verwerkers met bekende capaciteit: 37 tonkilometer per jaar."
    )
    page.get_by_label("Levensduur").select_option("early")
    # Of each tonne 40 / 126.005 goes to the plant, from where its zone has its residents.
    places = {
        (52.05, 4.1): 2.25, (52.05, 4.3): 27.77625, (51.95, 4.1): 1.25, (52.0, 4.2): 0.225,
    }  # fmt: skip
    total = sum(t * straight_km(*place, 52.03, 4.3) * 1.3 for place, t in places.items())
    expected = round(total * 40 / (4 * sum(places.values())))
    expect(chain).to_contain_text(f"{expected} tonkilometer per jaar")
    english(page)
    expect(chain).to_contain_text(f"{expected} tonne-kilometres")


def straight_km(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Give kilometres over the globe by the law of cosines: another formula than the page's."""
    one, other = math.radians(lat), math.radians(to_lat)
    turn = math.radians(to_lon - lon)
    cosine = math.sin(one) * math.sin(other) + math.cos(one) * math.cos(other) * math.cos(turn)
    return 6371.0088 * math.acos(cosine)


# ------------------------------------------------------------------ who has a point near


@pytest.fixture
def covered(document: Document) -> Document:
    """Give Delta 400 residents, of whom nothing is known: perhaps all have a point near."""
    document["zones"][3]["residents"] = 400
    cover = document["streams"][1]["cover"]
    for pair in cover["covered"]["assumed"]["no"]:
        pair[1] = [80, 200, 30, 400]
    cover["covered"]["stated"]["no"] = [[[0] * 4, [1000, 200, 30, 400]]] * 2
    return document


def flip(page: Page, name: str) -> Locator:
    return page.locator("#panel .cover").get_by_role("switch", name=name)


def test_cover_is_a_share_of_residents_from_low_to_high_and_the_rest_is_farther(
    show: Callable[..., Page], covered: Document
) -> None:
    page = show(covered, "#stream=phone")
    cover = page.locator("#panel .cover")
    expect(cover.locator("h3")).to_have_text("Inzamelpunt dichtbij")
    # 400 of 1,630.
    expect(cover).to_contain_text(
        "400 inwoners (25 %) wonen in een gemeente zonder bekend punt dat deze stroom aanneemt: "
        "onbekend, niet onbedekt."
    )
    # Nobody to 710 of 1,630 within 2 km, and 150 to 710 within 5 km.
    assert rows_of(cover.locator("table")) == [
        ["2 km", "0 % – 44 %", "56 % – 100 %"],
        ["5 km", "9,2 % – 44 %", "56 % – 91 %"],
    ]
    expect(cover).to_contain_text("Bekende punten, een ondergrens")
    english(page)
    expect(cover.locator("h3")).to_have_text("Collection point near")
    expect(cover).to_contain_text("400 residents (25%) live in a municipality without")
    assert rows_of(cover.locator("table"))[1] == ["5 km", "9.2% – 44%", "56% – 91%"]


def test_only_known_zones_are_summed_where_a_point_serves_its_own_municipality(
    show: Callable[..., Page], covered: Document
) -> None:
    page = show(covered, "#stream=phone")
    own = flip(page, "alleen eigen gemeente")
    expect(own).to_have_attribute("aria-checked", "false")
    own.click()
    expect(own).to_have_attribute("aria-checked", "true")
    expect(own).to_be_focused()
    # Of the 1,230 residents elsewhere: nobody to 160, and 140 to 240.
    table = page.locator("#panel .cover table")
    assert rows_of(table) == [
        ["2 km", "0 % – 13 %", "87 % – 100 %"],
        ["5 km", "11 % – 20 %", "80 % – 89 %"],
    ]
    own.click()
    assert rows_of(table)[0] == ["2 km", "0 % – 44 %", "56 % – 100 %"]


def test_where_nothing_is_stated_all_is_unknown(
    show: Callable[..., Page], covered: Document
) -> None:
    page = show(covered, "#stream=phone")
    cover = page.locator("#panel .cover")
    flip(page, "alleen punten die dit zelf vermelden").click()
    expect(cover).to_contain_text("1.630 inwoners (100 %)")
    whole = "0 % – 100 %"
    assert rows_of(cover.locator("table")) == [["2 km", whole, whole], ["5 km", whole, whole]]
    flip(page, "alleen eigen gemeente").click()
    assert rows_of(cover.locator("table")) == [
        ["2 km", "onbekend", "onbekend"],
        ["5 km", "onbekend", "onbekend"],
    ]
    english(page)
    assert rows_of(cover.locator("table"))[0] == ["2 km", "unknown", "unknown"]


def test_a_zone_says_whether_its_municipality_has_a_point(
    show: Callable[..., Page], covered: Document
) -> None:
    page = show(covered, "#stream=phone&chosen=zone:GM0001&own=yes")
    cover = page.locator("#panel .cover")
    expect(cover).to_contain_text("De gemeente heeft een bekend punt.")
    assert rows_of(cover.locator("table")) == [
        ["2 km", "0 % – 4 %", "96 % – 100 %"],
        ["5 km", "5 % – 6 %", "94 % – 95 %"],
    ]
    page.evaluate("location.hash = 'stream=phone&own=yes&chosen=zone:GM0001.haven'")
    expect(cover).to_contain_text("De gemeente deelt een punt met een andere.")
    assert rows_of(cover.locator("table"))[0] == ["2 km", "0 % – 100 %", "0 % – 100 %"]
    page.evaluate("location.hash = 'stream=phone&own=yes&chosen=zone:GM0003'")
    unknown = "is geen punt bekend dat deze stroom aanneemt: onbekend, niet onbedekt."
    expect(cover).to_contain_text(unknown)
    assert rows_of(cover.locator("table")) == [
        ["2 km", "onbekend", "onbekend"],
        ["5 km", "onbekend", "onbekend"],
    ]
    # Points of others may be near; nobody is sure to be far from all.
    flip(page, "alleen eigen gemeente").click()
    expect(cover).to_contain_text(unknown)
    assert rows_of(cover.locator("table"))[0] == ["2 km", "0 % – 100 %", "0 % – 100 %"]


def test_a_zone_without_known_residents_has_an_unknown_cover(page: Page) -> None:
    page.locator("#controls .streams button").nth(1).click()
    page.evaluate("location.hash = 'stream=phone&chosen=zone:GM0003'")
    expect(page.locator("#panel .cover td.number")).to_have_text(["onbekend"] * 4)


def test_nobody_hands_in_a_panel(page: Page) -> None:
    expect(page.locator("#panel .curve")).to_have_count(1)
    expect(page.locator("#panel .cover")).to_have_count(0)
    page.locator("#controls .streams button").nth(1).click()
    expect(page.locator("#panel .cover")).to_have_count(1)


def test_the_switches_of_cover_are_kept_in_the_address(
    show: Callable[..., Page], covered: Document
) -> None:
    page = show(covered, "#stream=phone")
    flip(page, "alleen eigen gemeente").click()
    flip(page, "alleen punten die dit zelf vermelden").click()
    page.wait_for_function("location.hash.includes('certainty')")
    address = page.evaluate("location.hash")
    assert "own=yes" in address
    assert "certainty=stated" in address
    page.go_back()
    expect(flip(page, "alleen punten die dit zelf vermelden")).to_have_attribute(
        "aria-checked", "false"
    )
    page = show(covered, address)
    for name in ("alleen eigen gemeente", "alleen punten die dit zelf vermelden"):
        expect(flip(page, name)).to_have_attribute("aria-checked", "true")
    expect(page.locator("#panel .cover td.number").first).to_have_text("onbekend")


# ------------------------------------------------------------------ flows as lines


@pytest.fixture
def flowing(document: Document) -> Document:
    """Draw three flows of 2026: of Alfa, of a hostile zone, and a small one to a hostile plant."""
    document["facilities"][2]["point"] = [51.97, 4.3]
    document["flows"]["panel"]["2026"] = [
        [0, 0, 49.0, 30.4, 0],
        [1, 0, 1.0, 3.0, 0],
        [0, 2, 0.1, 30.0, 0],
        [None, 0, 99.0, 80.0, 1],  # from outside: not drawn
    ]
    return document


def middle_of(line: Locator) -> tuple[float, float]:
    x, y = line.evaluate(
        """(path) => {
          const point = path.getPointAtLength(path.getTotalLength() * 0.4);
          const at = new DOMPoint(point.x, point.y).matrixTransform(path.getScreenCTM());
          return [at.x, at.y];
        }"""
    )
    return x, y


def test_flows_are_drawn_when_asked_for_and_gone_when_switched_off(
    show: Callable[..., Page], flowing: Document
) -> None:
    page = show(flowing, GAP)
    lines = page.locator("path.flow")
    asked = toggle(page, "Stromen als lijnen")
    expect(asked).to_have_attribute("aria-checked", "false")
    expect(lines).to_have_count(0)
    asked.click()
    expect(lines).to_have_count(3)
    # As wide as the root of the tonnes: 7, a seventh of that, and no thinner than can be seen.
    widths = [line.get_attribute("stroke-width") for line in lines.all()]
    assert widths == ["7", "1", "0.6"]
    page.wait_for_function("location.hash.includes('flows=yes')")
    asked.click()
    expect(lines).to_have_count(0)


def test_flows_are_those_of_the_tables_and_else_worked_out(
    show: Callable[..., Page], flowing: Document
) -> None:
    page = show(flowing, f"{GAP}&flows=yes")
    lines = page.locator("path.flow")
    expect(lines).to_have_count(3)
    move_to(page, 2025)  # the port brings nothing in that year
    expect(lines).to_have_count(2)
    move_to(page, 2026)
    expect(lines).to_have_count(3)
    for name, value, first in (
        ("Levensduur", "early", "regular"),
        ("Aandrijving", "dd_pmsg", "inferred"),
    ):
        page.get_by_label(name).select_option(value)
        tips = lines.evaluate_all("(all) => all.map((each) => each.getAttribute('d'))")
        assert len(set(tips)) == 3  # from the three zones that bring something to the one plant
        page.get_by_label(name).select_option(first)
        expect(lines).to_have_count(3)
    page.get_by_label("Terugwinning").select_option("legal")
    expect(lines).to_have_count(3)  # what comes of it changes no journey
    page.locator("#controls .streams button").nth(1).click()
    expect(lines).to_have_count(0)  # of this stream nothing is known to be taken


def test_a_line_says_from_where_to_where_and_how_much(
    show: Callable[..., Page], flowing: Document
) -> None:
    page = show(flowing, f"{GAP}&flows=yes")
    lines = page.locator("path.flow")
    tip = page.locator(".leaflet-tooltip")
    page.mouse.move(*middle_of(lines.nth(0)))
    expect(tip).to_have_text("Alfa → Fabriek: 49 t/jaar, 30 km")
    page.mouse.move(5, 5)
    expect(tip).to_have_count(0)
    english(page)
    page.mouse.move(*middle_of(lines.nth(0)))
    expect(tip).to_have_text("Alfa → Fabriek: 49 t/a, 30 km")


def test_hostile_names_in_a_line_are_text(show: Callable[..., Page], flowing: Document) -> None:
    flowing["flows"]["panel"]["2026"][2][2] = 49.0  # wide enough to point at
    page = show(flowing, f"{GAP}&flows=yes")
    tip = page.locator(".leaflet-tooltip").last  # the one before it still fades
    for place, words in ((1, f"{HOSTILE} → Fabriek: 1 t/jaar, 3 km"), (2, f"Alfa → {HOSTILE}: ")):
        page.mouse.move(*middle_of(page.locator("path.flow").nth(place)))
        expect(tip).to_contain_text(words)
    assert page.evaluate("window.fired") is None
    assert page.locator("img").count() == 0


def test_a_plant_without_a_place_has_no_line(show: Callable[..., Page], flowing: Document) -> None:
    flowing["facilities"][2]["point"] = None
    page = show(flowing, f"{GAP}&flows=yes")
    expect(page.locator("path.flow")).to_have_count(2)


# ------------------------------------------------------------------ the switches of capacity


def fold(page: Page) -> Locator:
    return page.locator("#controls .scenario details")


def test_the_switches_of_capacity_are_folded_and_say_what_is_set(page: Page) -> None:
    expect(fold(page)).to_be_hidden()  # a stock takes no plant
    page.get_by_role("button", name="Gat?").click()
    expect(fold(page)).to_be_visible()
    expect(fold(page)).not_to_have_attribute("open", "")
    expect(fold(page).locator("summary")).to_have_text("Bereik en capaciteit: standaard")
    expect(page.locator("#switch-reach")).to_be_hidden()
    fold(page).locator("summary").click()
    labels = fold(page).locator("label")
    expect(labels).to_have_text(
        [
            "Bereik",
            "Geplande verwerkers",
            "Onbekende capaciteit telt als",
            "Deel van verwerkers in het buitenland",
            "Vraag van buiten de provincie",
        ]
    )
    options = page.locator("#switch-reach option").all_text_contents()
    assert options == [
        "Europa",
        "Nederland, buitenland tot 250 km",
        "alleen Nederland",
        "alleen in de provincie",
    ]
    english(page)
    expect(fold(page).locator("summary")).to_have_text("Reach and capacity: standard")
    page.locator("#controls .streams button").nth(1).click()
    expect(fold(page)).to_be_hidden()  # a stream of which nothing was computed


def test_a_reach_changes_the_numbers_as_it_was_computed_and_is_undone(page: Page) -> None:
    page.get_by_role("button", name="Gat?").click()
    figure, pair = page.locator(".figure"), page.locator("#panel .pair").first
    # Half of 24.69, 0.5 and 0.2 t is collected, half of which no plant takes: 6.3475.
    expect(figure).to_have_text("6,35 t/jaar")
    fold(page).locator("summary").click()
    page.get_by_label("Bereik").select_option(label="alleen Nederland")
    # A quarter of the 13.695 t that is collected passes: 10.27 is left, or nothing.
    expect(figure).to_have_text("10,3 t/jaar")
    expect(pair).to_contain_text("tussen 0 en 10,3 t/jaar")
    expect(page.locator('path.zones[aria-label="Alfa: 0,75 t/jaar"]')).to_have_count(1)
    expect(page.locator("#sentence")).to_contain_text("bereik: alleen Nederland")
    expect(fold(page).locator("summary")).to_have_text("Bereik en capaciteit: alleen Nederland")
    page.wait_for_function("location.hash.includes('reach=netherlands')")
    page.locator("#controls .reset").click()
    expect(figure).to_have_text("6,35 t/jaar")
    expect(page.locator("#switch-reach")).to_have_value("europe")
    expect(fold(page).locator("summary")).to_have_text("Bereik en capaciteit: standaard")
    expect(page.locator("#controls .reset")).to_be_hidden()
    expect(page.locator("#sentence")).to_contain_text("standaardscenario")


def test_a_switch_that_is_set_stays_in_sight_where_it_changes_nothing(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, "#layer=released&year=2026&reach=netherlands")
    expect(page.locator(".figure")).to_have_text("27,4 t/jaar")  # 2 + 24.69 + 0.5 + 0.2
    expect(fold(page).locator("summary")).to_have_text("Bereik en capaciteit: alleen Nederland")
    fold(page).locator("summary").click()
    expect(page.get_by_label("Bereik")).to_be_visible()
    expect(page.get_by_label("Geplande verwerkers")).to_be_hidden()
    page.locator("#controls .reset").click()
    expect(fold(page)).to_be_hidden()


def test_two_switches_at_once_are_worked_out_on_the_page(
    show: Callable[..., Page], document: Document
) -> None:
    for one in ("reach=netherlands", "drive_train=dd_pmsg"):
        page = show(document, f"{GAP}&{one}")
        expect(page.locator(".figure")).to_have_text(re.compile("t/jaar$"))
    # Here 13.695 t and three times that outside share 40 t/a: 10 t of ours is taken.
    page = show(document, f"{GAP}&reach=netherlands&drive_train=dd_pmsg")
    expect(page.locator(".figure")).to_have_text("3,69 t/jaar")
    expect(page.locator("#controls .layers .empty")).to_have_count(0)
    sentence = page.locator("#sentence")
    expect(sentence).to_contain_text("aandrijving: alle met magneten (PMSG) · bereik: alleen Ned")
    page.get_by_label("Aandrijving").select_option("inferred")
    expect(page.locator(".figure")).to_have_text("10,3 t/jaar")
    english(page)
    page.get_by_label("Drive train").select_option("dd_pmsg")
    expect(page.locator(".figure")).to_have_text("3.69 t/a")
    page.locator("#controls .reset").click()
    expect(page.locator(".figure")).to_have_text("6.35 t/a")


def test_several_switches_of_capacity_are_all_told(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, f"{GAP}&reach=netherlands&planned=yes&demand=ours_first")
    expect(fold(page).locator("summary")).to_have_text(
        "Bereik en capaciteit: alleen Nederland · tellen mee vanaf hun jaar · "
        "telt mee, provincie eerst"
    )
    expect(page.locator(".figure")).to_have_text("0 t/jaar")  # ours go first: 13.7 t of 40 t/a


SOLVED = """
async ([atlas, stream, switches]) => {
  const { solvedIn, standard } = await import("atlas/scenario");
  const state = { basis: "register", ...standard(atlas), ...switches };
  const one = atlas.streams.find(({ id }) => id === stream);
  return solvedIn(atlas, one, state);
}
"""


@pytest.mark.parametrize(
    ("switches", "alone", "shared"),
    [
        ({}, "default", "default"),
        # Telephones are replaced unless nothing is added; of panels that is the assumption.
        ({"inflow": "frozen"}, "default", "inflow-frozen"),
        ({"reach": "netherlands"}, "reach-netherlands", "reach-netherlands"),
        ({"reach": "netherlands", "inflow": "frozen"}, "reach-netherlands", None),
        ({"recovery": "legal"}, "default", "default"),
        ({"reach": "250_km"}, "reach-250_km", "reach-250_km"),
        ({"basis": "report"}, "basis-report", "basis-report"),
        ({"basis": "report", "inflow": "frozen"}, "basis-report", None),
        ({"basis": "report", "reach": "netherlands"}, None, None),
    ],
)
def test_a_switch_counts_where_it_changes_a_stream_that_shares_a_plant(
    modules: Page,
    document: Document,
    switches: dict[str, str],
    alone: str | None,
    shared: str | None,
) -> None:
    assert modules.evaluate(SOLVED, [document, "panel", switches]) == alone
    document["facilities"][2]["streams"] = ["phone", "panel"]
    assert modules.evaluate(SOLVED, [document, "panel", switches]) == shared


def test_a_switch_of_a_stream_that_shares_plants_is_told_and_can_be_undone(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, f"{GAP}&inflow=frozen")
    expect(page.locator(".figure")).to_have_text("6,35 t/jaar")  # the phones share none
    expect(page.locator("#sentence")).to_contain_text("standaardscenario")
    expect(page.locator("#controls .reset")).to_be_hidden()
    document["facilities"][2]["streams"] = ["phone", "panel"]
    page = show(document, f"{GAP}&inflow=frozen")
    expect(page.locator(".figure")).to_have_text("3,69 t/jaar")  # worked out here
    expect(page.locator("#sentence")).to_contain_text("instroom: niets erbij")
    page.locator("#controls .reset").click()
    expect(page.locator(".figure")).to_have_text("6,35 t/jaar")
    expect(page.locator("#sentence")).to_contain_text("standaardscenario")
    expect(page.locator("#controls .reset")).to_be_hidden()


# ------------------------------------------------------------------ why there is a gap


def test_zones_are_hatched_only_where_there_is_a_gap_and_say_why(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, GAP)
    hatched = page.locator('path.zones[fill^="url(#hatch"]')
    # All of the first zone passes and of the last nothing is known.
    expect(hatched).to_have_count(2)
    expect(page.locator(".legend-body tr", has_text="gat: recycling").locator("td")).to_have_text(
        "2"
    )
    reasons = {
        "GM0001": None,
        "GM0002": "te weinig bekende capaciteit",
        "GM0001.haven": "buiten bereik",
        "GM0003": None,
    }
    for zone, reason in reasons.items():
        page.evaluate(f"location.hash = 'door=gap&chosen=zone:{zone}'")
        expect(page.locator("#panel .back")).to_have_count(1)
        name = document["zones"][["GM0001", "GM0002", "GM0001.haven", "GM0003"].index(zone)]["name"]
        expect(page.locator("#panel h2")).to_have_text(name)
        assert terms_of(page.locator("#panel")).get("Waarom een gat?") == reason
    page.evaluate("location.hash = 'door=gap&chosen=zone:GM0002&lang=en'")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert terms_of(page.locator("#panel"))["Why a gap?"] == "too little known capacity"
    page.evaluate("location.hash = 'door=gap&year=2027'")
    expect(hatched).to_have_count(3)


def test_a_reason_is_that_of_the_scenario_and_of_the_step_of_the_gap(
    show: Callable[..., Page], document: Document
) -> None:
    page = show(document, f"{GAP}&chosen=zone:GM0001&reach=netherlands")
    assert terms_of(page.locator("#panel"))["Waarom een gat?"] == "buiten bereik"
    expect(page.locator('path.zones[fill^="url(#hatch"]')).to_have_count(3)
    document["streams"][0]["model"]["processed"]["pool"][3][1] = [0, 1, 2, 3, 3]
    page = show(document, f"{GAP}&chosen=zone:GM0002")
    absence = "er is geen verwerker voor deze stroom"
    assert terms_of(page.locator("#panel"))["Waarom een gat?"] == absence
    # At the first step all passes: no zone has a gap there, whatever the reasons say.
    document["streams"][0]["model"]["processed"]["at"] = 0
    page = show(document, f"{GAP}&chosen=zone:GM0002")
    expect(page.locator("#panel h2")).to_have_text(HOSTILE)
    assert "Waarom een gat?" not in terms_of(page.locator("#panel"))
    expect(page.locator('path.zones[fill^="url(#hatch"]')).to_have_count(0)


def test_a_plant_near_the_limit_is_told_where_the_limit_holds(
    show: Callable[..., Page], document: Document
) -> None:
    limit = "Grens van 250 km"
    page = show(document, f"{GAP}&chosen=zone:GM0001")
    assert limit not in terms_of(page.locator("#panel"))
    page = show(document, f"{GAP}&chosen=zone:GM0001&reach=250_km")
    assert "een omweg beslist" in terms_of(page.locator("#panel"))[limit]
    page.evaluate("location.hash = 'door=gap&reach=250_km&chosen=zone:GM0002'")
    expect(page.locator("#panel h2")).to_have_text(HOSTILE)
    assert limit not in terms_of(page.locator("#panel"))  # this plant is not so near it
    page.evaluate("location.hash = 'door=gap&reach=250_km&chosen=zone:GM0001&lang=en'")
    expect(page.locator("#panel h2")).to_have_text("Alfa")
    assert "a detour decides" in terms_of(page.locator("#panel"))["Limit of 250 km"]


# ------------------------------------------------------------------ where a plant could come

SITING = "#door=siting"


@pytest.fixture
def siting(document: Document) -> Document:
    """Give the document a door with sites on the map."""
    door = {"id": "siting", "title": {"nl": "Waar?", "en": "Where?"}, "siting": True}
    story = {"nl": "Over plekken.", "en": "On places."}
    document["maps"].append({**document["maps"][1], **door, "story": story})
    return document


def markers(page: Page) -> Locator:
    return page.locator(".symbol-site:not([hidden])")


def test_the_door_opens_with_the_sites_on_the_map(
    show: Callable[..., Page], siting: Document
) -> None:
    page = show(siting)
    expect(markers(page)).to_have_count(0)
    expect(page.locator("#panel .siting")).to_have_count(0)
    page.get_by_role("button", name="Waar?").click()
    expect(markers(page)).to_have_text(["1", "2"])  # the third was left out
    expect(page.locator(".site.taken")).to_have_text(["1"])
    expect(page.locator(".site.lesser")).to_have_count(0)
    sites = toggle(page, "Locaties")
    expect(sites).to_have_attribute("aria-checked", "true")
    sites.click()
    expect(markers(page)).to_have_count(0)
    expect(page.locator("#panel .siting")).to_have_count(1)  # that is what the door is about
    page.wait_for_function("location.hash.includes('sites=no')")
    page.get_by_role("button", name="Gat?").click()
    page.get_by_role("button", name="Waar?").click()
    expect(markers(page)).to_have_count(2)
    page.get_by_role("button", name="Verkennen").click()
    expect(markers(page)).to_have_count(0)
    expect(page.locator("#panel .siting")).to_have_count(0)
    sites.click()  # they can be had with any view
    expect(markers(page)).to_have_count(2)
    expect(page.locator("#panel .siting")).to_have_count(1)


def test_the_best_site_lies_above_and_lesser_classes_are_marked(
    show: Callable[..., Page], siting: Document
) -> None:
    proposal = siting["siting"]["panel"][0]
    rows = proposal["rows"]
    rows[1][2] = 2
    siting["sites"][1]["point"] = siting["sites"][0]["point"]
    page = show(siting, SITING)
    expect(page.locator(".site.lesser")).to_have_text(["2"])

    def on_top() -> str:
        box = markers(page).first.locator(".site").bounding_box()
        assert box is not None
        at = f"{box['x'] + box['width'] / 2}, {box['y'] + box['height'] / 2}"
        return str(page.evaluate(f"document.elementFromPoint({at}).textContent"))

    assert on_top() == "1"
    rows[0][3], rows[1][3], proposal["chosen"] = False, True, [1]
    page = show(siting, SITING)
    expect(page.locator(".site.taken")).to_have_text(["2"])
    assert on_top() == "2"  # what is planned, before what ranks best


def test_the_panel_tells_the_plan_its_rivals_and_what_would_change_it(
    show: Callable[..., Page], siting: Document
) -> None:
    page = show(siting, SITING)
    section = page.locator("#panel .siting")
    expect(section.locator("h3")).to_have_text("Waar kan een verwerker voor panelen?")
    for words in (
        "Ten hoogste 1 nieuwe voor recycling, open vanaf 2030, gerekend over 2035, 2040, bereik: ",
        "Plan: Kade, 120 t/jaar. Gemiddeld over deze jaren wordt 100 t/jaar meer verwerkt,",
        "2 van 2 locaties zijn even goed op tonnen",
        f"Alternatief voor het plan: {HOSTILE}. Wint als het vervoer 500 tonkilometer per jaar",
        "Winst per jaar: 2035: 80 t/jaar · 2040: 120 t/jaar.",
        "of niets is het bouwen waard, bij: vraag van buiten de provincie: telt niet mee.",
        "het deel van 20 scenario's waarin een locatie in de beste klasse valt.",
    ):
        expect(section).to_contain_text(words)
    assert rows_of(section.locator(".ranking")) == [
        ["1", "Kadeplan", "100", "25 %", "75 %"],
        ["2", HOSTILE, "100", "25 %", "75 %"],  # 25 of 99.5
    ]
    expect(section.locator("tr.taken td").nth(1)).to_have_text("Kadeplan")
    english(page)
    for words in (
        "At most 1 new for recycling, open from 2030, over 2035, 2040, reach: Europe.",
        "Plan: Kade, 120 t/a. On average over these years 100 t/a more is processed, of which",
        "Gained by year: 2035: 80 t/a · 2040: 120 t/a.",
        "Wins when its journeys get 500 tonne-kilometres a year (50%) shorter",
        "nothing is worth building, with: demand from outside the province: does not count.",
    ):
        expect(section).to_contain_text(words)


@pytest.mark.parametrize(
    ("objective", "change", "nl", "en"),
    [
        (
            "processed_t",
            1234.4,
            "Wint als er 1.234 t/jaar meer wordt verwerkt.",
            "Wins when it processes 1,234 t/a more.",
        ),
        (
            "capacity_t_per_a",
            -2500.0,
            "Wint als er 2.500 t/jaar minder gebouwd hoeft te worden.",
            "Wins when 2,500 t/a less has to be built.",
        ),
        (
            "plants",
            -2.0,
            "Wint als er 2 installaties minder nodig zijn.",
            "Wins when it needs 2 plants fewer.",
        ),
        (
            "site_id",
            0.0,
            "Even goed: alleen de volgorde van de namen beslist.",
            "As good: only the order of the names decides.",
        ),
    ],
)
def test_the_runner_up_says_what_it_lacks(  # noqa: PLR0917 - a case and its words
    show: Callable[..., Page], siting: Document, objective: str, change: float, nl: str, en: str
) -> None:
    other = siting["siting"]["panel"][0]["other"]
    other |= {"sites": [], "objective": objective, "change": change}
    page = show(siting, SITING)
    expect(page.locator("#panel .siting")).to_contain_text(
        f"Alternatief voor het plan: niets bouwen. {nl}"
    )
    english(page)
    expect(page.locator("#panel .siting")).to_contain_text(
        f"Runner-up of the plan: build nothing. {en}"
    )


def test_every_scenario_that_is_lost_has_words(show: Callable[..., Page], siting: Document) -> None:
    lost = "lifetime-early;drive_train-gb_dfig;reach-250_km;foreign_share-0;unknown_capacity-median"
    siting["siting"]["panel"][0]["rows"][0][12] = lost
    page = show(siting, SITING)
    words = (
        "Niet in de beste klasse, of niets is het bouwen waard, bij: levensduur: vroege uitval; "
        "aandrijving: alle zonder magneten (DFIG); bereik: Nederland, buitenland tot 250 km; "
        "deel van verwerkers in het buitenland: niets voor Nederland; "
        "onbekende capaciteit telt als: gemiddelde grootte (mediaan)."
    )
    expect(page.locator("#panel .siting")).to_contain_text(words)
    siting["siting"]["panel"][0]["rows"][0][12] = ""
    page = show(siting, SITING)
    expect(page.locator("#panel .siting")).to_contain_text("Alternatief voor het plan")
    expect(page.locator("#panel .siting")).not_to_contain_text("Niet in de beste klasse")


def test_a_plan_with_nothing_in_it_gives_its_reason(
    show: Callable[..., Page], siting: Document
) -> None:
    proposal = siting["siting"]["panel"][0]
    proposal |= {"chosen": [], "reason": HOSTILE, "other": None, "after_t_per_a": 10.0}
    # A site that no plan holds has no rank, no class, and amounts that nobody knows.
    proposal["rows"] = [[0, None, None, False, None, None, None, 0, None, None, 0.0, 0.0, ""]]
    page = show(siting, SITING)
    section = page.locator("#panel .siting")
    expect(section).to_contain_text(f"Niets is het bouwen waard: {HOSTILE}")
    expect(section).not_to_contain_text("Plan:")
    expect(section).not_to_contain_text("Alternatief voor het plan")
    expect(section).not_to_contain_text("Winst per jaar")
    expect(markers(page)).to_have_count(0)
    section.get_by_role("button", name="alle locaties").click()
    row = rows_of(page.locator("#drawer"))[0]
    assert row[:12] == ["–", "–", "Kade", "Alfa", "–", "–", "–", "0", "–", "–", "0 %", "0 t/jaar"]
    assert page.evaluate("window.fired") is None


def test_the_plan_stands_in_the_ranking_however_low_it_ranks(
    show: Callable[..., Page], siting: Document
) -> None:
    proposal = siting["siting"]["panel"][0]
    first = {**siting["sites"][0], "name": "Plek"}
    siting["sites"] = [{**first, "site_id": f"S{n}", "name": f"Plek {n}"} for n in range(1, 13)]
    row = proposal["rows"][1]
    proposal["rows"] = [[n, n + 1, 1, n == 10, *row[4:]] for n in range(12)]
    proposal |= {"chosen": [10], "left_out": []}
    page = show(siting, SITING)
    ranking = page.locator("#panel .ranking")
    ranks = [row[0] for row in rows_of(ranking)]
    assert ranks == [*map(str, range(1, 9)), "11"]
    expect(ranking.locator("tr.taken .choose")).to_have_text("Plek 11")
    expect(markers(page)).to_have_count(12)


def test_the_drawer_has_every_site_and_why_some_are_left_out(
    show: Callable[..., Page], siting: Document
) -> None:
    page = show(siting, SITING)
    page.locator("#panel .siting").get_by_role("button", name="alle locaties").click()
    drawer = page.locator("#drawer")
    expect(drawer.locator("h2")).to_have_text("Locaties")
    expect(drawer).to_be_focused()
    known = ["diepzee", "onbekend", "ruim", "vol", "geen plan gezien"]
    assert rows_of(drawer) == [
        ["1", "1", "Kade", "Alfa", "120 t/jaar", "100 t/jaar", "25 t/jaar", "3", "90 %", "13",
         "75 %", "0 t/jaar", *known],
        ["2", "1", HOSTILE, "onbekend", "120 t/jaar", "100 t/jaar", "25 t/jaar", "3", "90 %", "25",
         "75 %", "1 t/jaar", *known],
    ]  # fmt: skip
    assert drawer.locator("thead th").count() == 17
    left = drawer.locator("h3:has-text('Afgevallen') + ul li")
    expect(left).to_have_text(["Vol: geen ruimte beschikbaar (0 ha)"])
    left.get_by_role("button", name="Vol").press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Vol")
    drawer.locator("tbody .choose").nth(1).click()
    expect(page.locator("#panel h2")).to_have_text(HOSTILE)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page.locator("#foot").get_by_role("button", name="Locaties")).to_be_focused()


def test_a_site_tells_all_that_is_known_of_it_and_what_is_not(
    show: Callable[..., Page], siting: Document
) -> None:
    page = show(siting, SITING)
    markers(page).first.click()
    panel = page.locator("#panel")
    expect(panel.locator(".kicker")).to_have_text("Kandidaat-locatie")
    expect(panel.locator("h2")).to_have_text("Kade")
    assert terms_of(panel) == {
        "rang": "1 (klasse 1)",
        "grootte": "120 t/jaar",
        "winst": "100 t/jaar",
        "winst uit de provincie": "25 t/jaar (25 %)",
        "gebieden die winnen": "3",
        "benutting": "90 %",
        "gemiddelde km van ons": "12,5 km",
        "robuust": "75 %",
        "grootste spijt": "0 t/jaar",
        "Plaats": "Alfa",
        "Gebied": HOSTILE,
        "hectaren": "12,5 ha",
        "waarvan beschikbaar": "onbekend",
        "milieucategorie tot": "5,1",
        "kade": "diepzee",
        "spoor": "onbekend",
        "externe veiligheid": "ruim",
        "stroomnet (dec 2024)": "vol",
        "transformatie": "geen plan gezien",
        "Natura 2000": "2,5 km",
        "stikstofgevoelige natuur": "onbekend",
        "Plaats op de kaart": "op ongeveer 800 m",
        "Zekerheid": "sourced",
        "Opmerking": HOSTILE,
        "Bron": "bron",
    }
    expect(panel.locator("a")).to_have_attribute("href", "https://example.org/site")
    expect(panel).to_contain_text("Planningshulp, geen vergunningtoets.")
    english(page)
    found = terms_of(panel)
    assert found["quay"] == "deep sea"
    assert found["rail"] == found["of which available"] == "unknown"
    assert found["gained from the province"] == "25 t/a (25%)"


def test_a_site_of_which_nothing_is_known_says_unknown_everywhere(
    show: Callable[..., Page], siting: Document
) -> None:
    known = {"site_id", "name", "point"}
    empty = {key: None for key in siting["sites"][2] if key not in known}
    siting["sites"][2] |= empty
    page = show(siting, f"{SITING}&chosen=site:S3")
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Afgevallen: geen ruimte beschikbaar (0 ha)")
    found = terms_of(panel)
    assert found.pop("Gebied") == "buiten de gebieden"
    assert found == dict.fromkeys(
        [
            "Plaats", "hectaren", "waarvan beschikbaar", "milieucategorie tot", "kade", "spoor",
            "externe veiligheid", "stroomnet (dec 2024)", "transformatie", "Natura 2000",
            "stikstofgevoelige natuur", "Plaats op de kaart", "Zekerheid",
        ],
        "onbekend",
    )  # fmt: skip
    # It is not in the ranking: no rank, and no number on the map.
    assert "rang" not in found
    expect(markers(page)).to_have_count(2)


def test_every_reason_to_leave_a_site_out_has_words(
    show: Callable[..., Page], siting: Document
) -> None:
    reasons = [
        "hectares_available is 0, more than 0 is asked for",
        "category is 4.2, at least 5.1 is asked for",
        "nitrogen_km is unknown, at least 2 is asked for",
        "external_safety is no, ok or limited is asked for",
        "quay is unknown, deep_sea or inland is asked for",
        "transformation is yes, none or partial is asked for",
    ]
    siting["siting"]["panel"][0]["left_out"][0][1] = "; ".join(reasons)
    page = show(siting, f"{SITING}&chosen=site:S3&drawer=sites")
    words = [
        "geen ruimte beschikbaar (0 ha)",
        "milieucategorie tot is 4.2, gevraagd is ≥ 5.1",
        "stikstofgevoelige natuur is onbekend, gevraagd is ≥ 2",
        "externe veiligheid is nee, gevraagd is ruim of beperkt",
        "kade is onbekend, gevraagd is diepzee of binnenvaart",
        "transformatie is ja, gevraagd is geen plan gezien of deels",
    ]
    expect(page.locator("#panel .pair")).to_have_text(f"Afgevallen: {'; '.join(words)}")
    expect(page.locator("#drawer li")).to_have_text(f"Vol: {'; '.join(words)}")
    english(page)
    words = [
        "no land available (0 ha)",
        "environmental category up to is 4.2, ≥ 5.1 is asked for",
        "nitrogen-sensitive nature is unknown, ≥ 2 is asked for",
        "external safety is no, ok or limited is asked for",
        "quay is unknown, deep sea or inland is asked for",
        "transformation is yes, no plan seen or partly is asked for",
    ]
    expect(page.locator("#panel .pair")).to_have_text(f"Left out: {'; '.join(words)}")
    expect(page.locator("#drawer li")).to_have_text(f"Vol: {'; '.join(words)}")


def test_a_site_on_the_map_says_its_rank_and_gain(
    show: Callable[..., Page], siting: Document
) -> None:
    page = show(siting, SITING)
    tip = page.locator(".tip")
    markers(page).nth(1).hover()
    expect(tip.locator("strong")).to_have_text(HOSTILE)
    expect(tip).to_contain_text("rang 2, winst 100 t/jaar, waarvan 25 t/jaar uit de provincie")
    english(page)
    markers(page).first.hover()
    expect(tip.locator("strong")).to_have_text("Kade")
    expect(tip).to_contain_text("rank 1, gained 100 t/a, of which 25 t/a from the province")


@pytest.mark.parametrize("name", [HOSTILE, RIGHT_TO_LEFT, LONG], ids=["hostile", "back", "long"])
def test_hostile_names_of_sites_are_inert_and_fit(
    show: Callable[..., Page], siting: Document, name: str
) -> None:
    for site in siting["sites"]:
        site |= {"name": name, "municipality": name, "source_url": "javascript:window.fired=1"}
    siting["siting"]["panel"][0]["left_out"][0][1] = name
    page = show(siting, SITING)
    for place in range(2):
        markers(page).nth(place).dispatch_event("pointermove")
        expect(page.locator(".tip strong")).to_have_text(name)
    for place in range(2):
        page.locator("#panel .ranking .choose").nth(place).click()
        expect(page.locator("#panel h2")).to_have_text(name)
        page.keyboard.press("Escape")
    for address in ("&drawer=sites", "&chosen=site:S1", "&chosen=site:S3&lang=en"):
        page.evaluate(f"location.hash = '{SITING}{address}'")
        expect(page.locator("#panel")).to_contain_text(name)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("window.fired") is None
    assert page.locator("img").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0


def test_keys_reach_the_sites_through_the_ranking(
    show: Callable[..., Page], siting: Document
) -> None:
    page = show(siting, SITING)
    first = page.locator("#panel .ranking .choose").first
    first.focus()
    page.keyboard.press("Tab")
    second = page.locator("#panel .ranking .choose").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text(HOSTILE)
    expect(page.locator("#panel")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#panel .back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Klein")
    expect(page.locator("#panel")).to_be_focused()
    first.press(" ")
    expect(page.locator("#panel h2")).to_have_text("Kade")
    page.keyboard.press("Escape")
    expect(page.locator("#panel h2")).to_have_text("Klein")
    # Numbers on the map are no stops of their own.
    assert page.locator(".symbol-site[tabindex]").count() == 0


def test_a_stream_without_a_proposal_says_how_to_make_one(
    show: Callable[..., Page], siting: Document
) -> None:
    page = show(siting, f"{SITING}&stream=car")
    section = page.locator("#panel .siting")
    expect(section).to_have_text(
        "Waar kan een verwerker voor auto-accu's?"
        "Voor deze stroom is geen ranglijst gemaakt; maak er een met: atlas siting small car"
    )
    expect(markers(page)).to_have_count(0)
    page.locator("#foot").get_by_role("button", name="Locaties").click()
    expect(page.locator("#drawer")).to_contain_text("maak er een met: atlas siting small car")
    english(page)
    expect(section).to_contain_text("make one with: atlas siting small car")
    # A plant that takes both has one proposal for both.
    siting["siting"]["panel"][0]["streams"] = ["panel", "car"]
    page = show(siting, f"{SITING}&stream=car")
    expect(page.locator("#panel .siting")).to_contain_text("Plan: Kade, 120 t/jaar.")
    expect(markers(page)).to_have_count(2)


def test_of_several_proposals_that_with_most_plants_is_shown(
    show: Callable[..., Page], siting: Document
) -> None:
    one = siting["siting"]["panel"][0]
    two = {
        **one,
        "p": 2,
        "chosen": [0, 1],
        "rows": [[*row[:3], True, *row[4:]] for row in one["rows"]],
    }
    siting["siting"]["panel"].append(two)
    page = show(siting, SITING)
    section = page.locator("#panel .siting")
    expect(section).to_contain_text("Ten hoogste 2 nieuwe voor recycling")
    expect(section).to_contain_text(f"Plan: Kade, {HOSTILE}, 120 t/jaar.")
    expect(section).to_contain_text("waarvan 50 t/jaar uit de provincie")
    expect(page.locator(".site.taken")).to_have_text(["1", "2"])


def test_a_site_is_kept_in_the_address(show: Callable[..., Page], siting: Document) -> None:
    page = show(siting, f"{SITING}&chosen=site:S2&lang=en&drawer=sites")
    expect(page.locator("#panel h2")).to_have_text(HOSTILE)
    expect(page.locator("#panel .kicker")).to_have_text("Candidate site")
    expect(page.locator("#drawer h2").first).to_have_text("Sites")
    page = show(siting, f"{SITING}&chosen=site:gone")
    expect(page.locator("#panel h2")).to_have_text("Klein")


# ------------------------------------------------------------------ in every view


@pytest.mark.parametrize(
    "address",
    [
        f"{GAP}&flows=yes",
        f"{GAP}&reach=netherlands",
        f"{GAP}&reach=netherlands&planned=yes",
        f"{GAP}&chosen=zone:GM0002",
        f"{GAP}&year=2027",
        "#stream=phone&own=yes",
        "#stream=phone&certainty=stated&own=yes&chosen=zone:GM0003",
        SITING,
        f"{SITING}&drawer=sites",
        f"{SITING}&chosen=site:S1",
        f"{SITING}&chosen=site:S3",
        f"{SITING}&stream=car&drawer=sites",
    ],
)
def test_the_language_switch_changes_every_word_of_the_new_views(
    show: Callable[..., Page], siting: Document, address: str
) -> None:
    words = json.loads((files("atlas") / "page" / "words.json").read_text(encoding="utf-8"))
    only = {
        lang: {word[lang] for word in words.values()} - {word[other] for word in words.values()}
        for lang, other in (("nl", "en"), ("en", "nl"))
    }
    texts = (
        "[...document.querySelectorAll('body :not(script)')]"
        ".filter((e) => e.children.length === 0).map((e) => e.textContent.trim())"
        ".concat([...document.querySelectorAll('[aria-label]')].map((e) => e.ariaLabel))"
        ".concat([...document.querySelectorAll('[title]')].map((e) => e.title))"
    )
    page = show(siting, address)
    for lang, other in (("en", "nl"), ("nl", "en")):
        page.locator("#header").get_by_role("button", name=lang.upper(), exact=True).click()
        expect(page.locator("html")).to_have_attribute("lang", lang)
        shown = set(page.evaluate(texts))
        assert len(shown & only[lang]) > 20
        assert shown & only[other] == set()
        assert [text for text in shown if re.search(r"\{\w+\}|undefined|NaN|\bnull\b", text)] == []


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (390, 844), (341, 500)])
def test_the_new_views_hang_over_no_side(
    show: Callable[..., Page], siting: Document, width: int, height: int
) -> None:
    page = show(siting)
    page.set_viewport_size({"width": width, "height": height})
    for address in (
        f"{GAP}&flows=yes&reach=netherlands",
        "#stream=phone&own=yes",
        SITING,
        f"{SITING}&drawer=sites",
        f"{SITING}&chosen=site:S1",
    ):
        page.evaluate(f"location.hash = '{address}'")
        expect(page.locator("#sentence")).not_to_have_text("")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for side in ("#panel", "#controls"):
            assert page.locator(side).evaluate("(e) => e.scrollWidth - e.clientWidth") <= 0
