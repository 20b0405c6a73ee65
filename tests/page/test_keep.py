"""What is taken along: the map on paper or as a picture, an area on one sheet, lists as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import rasterio
from playwright.sync_api import expect
from rasterio.errors import NotGeoreferencedWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=window.fired=1></script><script>window.fired=1</script>"
SVG = "{http://www.w3.org/2000/svg}"
POINTS = 72 / 25.4  # of a PDF in a millimetre
SIZES = {"A4": (210, 297), "A3": (297, 420)}
# What stands on paper comes with the event, as in a browser that prints.
BEFORE = "dispatchEvent(new Event('beforeprint'))"
AFTER = "dispatchEvent(new Event('afterprint'))"
PRINTED = "window.printed = 0; window.print = () => { window.printed += 1 }; 0"


def menu(page: Page) -> Locator:
    keep = page.locator("#keep")
    if keep.is_hidden():
        page.locator(".keeper > button").click()
    return keep


def press(page: Page, name: str) -> None:
    menu(page).get_by_role("button", name=name, exact=True).click()


def pdf(page: Page) -> list[tuple[float, float]]:
    """Give the size in millimetres of every page that comes out of the printer."""
    data = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == len(re.findall(rb"/MediaBox", data))
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", data)
    return [(float(wide) / POINTS, float(high) / POINTS) for wide, high in boxes]


def height(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize("way", ["liggend", "staand"])
@pytest.mark.parametrize("size", ["A4", "A3"])
def test_the_map_is_sized_to_the_sheet(page: Page, size: str, way: str) -> None:
    press(page, size)
    press(page, way)
    wide, high = sorted(SIZES[size], reverse=way == "liggend")
    pages = pdf(page)
    assert len(pages) >= 2
    assert all(each == pytest.approx((wide, high), abs=0.5) for each in pages)
    page.emulate_media(media="print")
    page.evaluate(BEFORE)
    stage = page.locator("#stage").bounding_box()
    canvas = page.locator("#canvas").bounding_box()
    assert stage is not None
    assert canvas is not None
    dots = 96 / 25.4
    assert stage["width"] == pytest.approx((wide - 20) * dots, abs=2)
    # With its words the map stands on the first sheet, and takes most of it.
    assert stage["height"] <= (high - 20) * dots
    assert canvas["width"] * canvas["height"] > 0.5 * (wide - 20) * (high - 20) * dots**2
    region = page.locator("path.zones").evaluate_all(
        "(all) => { const boxes = all.map((each) => each.getBoundingClientRect());"
        " return { left: Math.min(...boxes.map((each) => each.left)),"
        " right: Math.max(...boxes.map((each) => each.right)) } }",
    )
    assert canvas["x"] <= region["left"]
    assert region["right"] <= canvas["x"] + canvas["width"]
    assert region["right"] - region["left"] > 0.5 * canvas["width"]


def test_paper_says_all_that_a_map_needs(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, "#door=gap")
    page.emulate_media(media="print")
    page.evaluate(BEFORE)
    expect(page.locator("#header h1")).to_have_text("Grondstoffenatlas Klein")
    expect(page.locator("#sentence")).to_have_text(
        "Panelen · capaciteitsgat · 2026 · productmassa · standaardscenario · registers"
        " · midden · gat in 2026 gearceerd",
    )
    for shown in (".legend-body table", ".leaflet-control-scale-line", ".north svg"):
        expect(page.locator(shown)).to_be_visible()
    imprint = page.locator("#imprint")
    for words in (
        "Over het gat.",
        "geen toets voor vergunningen",
        "D betekent: orde van grootte",
        "11 januari 2026",
        "0123456789",
        "Registerhuis, CC BY 4.0",
        "(2024)",
        "#door=gap",
        "Inzamelpunt",
    ):
        expect(imprint).to_contain_text(words)
    expect(imprint.locator(".changed")).to_have_count(0)
    for hidden in ("#controls", "#foot", ".doors", ".tools"):
        expect(page.locator(hidden)).to_be_hidden()


def test_the_address_on_paper_opens_the_same_view(
    show: Callable[..., Page],
    document: dict[str, Any],
) -> None:
    page = show(document, "#layer=released&measure=Nd&year=2026&chosen=zone:GM0001&lang=en")
    page.evaluate(BEFORE)
    address = page.locator("#imprint .address").text_content()
    assert address is not None
    sentence = page.locator("#sentence").inner_text()
    again = show(
        document, address.removeprefix("Address of this view, after the name of the file: ")
    )
    assert again.locator("#sentence").inner_text() == sentence
    expect(again.locator("#panel h2")).to_have_text("Alfa")


def test_printing_leaves_the_map_where_the_reader_had_it(page: Page) -> None:
    zone = page.locator("path.zones").first
    for _ in range(6):
        zone.press("+")
        page.wait_for_timeout(300)
    bounds = "(() => { const b = map_atlas.getBounds(); return b.toBBoxString() })()"
    seen = [float(side) for side in page.evaluate(bounds).split(",")]
    zoom = page.evaluate("map_atlas.getZoom()")
    page.evaluate(BEFORE)
    west, south, east, north = (float(side) for side in page.evaluate(bounds).split(","))
    # What was in sight is on paper, and not the whole region instead.
    assert west <= seen[0] < seen[2] <= east
    assert south <= seen[1] < seen[3] <= north
    assert east - west < 0.3
    page.evaluate(AFTER)
    page.wait_for_timeout(50)
    after = [float(side) for side in page.evaluate(bounds).split(",")]
    assert after == pytest.approx(seen, abs=1e-3)
    assert page.evaluate("map_atlas.getZoom()") == zoom


MADE = """
async ([document, state]) => {
  const { madeIn } = await import("atlas/changes");
  const { changesList } = await import("atlas/imprint");
  const { prepare, viewOf } = await import("atlas/view");
  const { firstState } = await import("atlas/state");
  const { words } = JSON.parse(window.document.querySelector("#atlas-document").textContent);
  const atlas = prepare({ ...document, words });
  const view = viewOf(atlas, { ...firstState(atlas), ...state });
  const list = changesList(view);
  return { pairs: madeIn(view), list: list?.textContent ?? null,
    markup: list?.querySelectorAll("img").length ?? 0 };
}
"""


def test_where_nothing_was_made_paper_says_nothing_of_it(
    modules: Page, document: dict[str, Any]
) -> None:
    found = modules.evaluate(MADE, [document, {}])
    assert found == {"pairs": [], "list": None, "markup": 0}


def test_plants_changes_and_notes_stand_on_paper(modules: Page, document: dict[str, Any]) -> None:
    plant = {
        "id": "P1", "stream": "panel", "step": "recycling", "capacity": 5000, "from": 2030,
        "point": [52.0, 4.1], "zone": "GM0001", "name": HOSTILE,
    }  # fmt: skip
    state = {
        "put": [plant],
        "changes": [{"id": "C1", "facility": "F1", "capacity": None, "from": None, "to": 2032}],
        "marks": [{"id": "M1", "kind": "note", "text": HOSTILE}],
    }
    found = modules.evaluate(MADE, [document, state])
    assert found["pairs"] == [
        ["Verwerker erbij", f"{HOSTILE} · 5.000 t/jaar · vanaf 2030 · Alfa"],
        ["Aanpassing", "Fabriek · tot en met 2032"],
        ["Notitie", HOSTILE],
    ]
    assert "Notitie: <img src=x" in found["list"]
    assert found["markup"] == 0


def test_the_menu_works_by_keys_and_escape_closes_it_alone(page: Page) -> None:
    page.locator("path.zones").first.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Alfa")
    button = page.locator(".keeper > button")
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="A4", exact=True)).to_be_focused()
    heights = page.locator("#keep button:visible").evaluate_all(
        "(all) => all.map((each) => each.getBoundingClientRect().height)",
    )
    assert min(heights) >= 24
    page.keyboard.press("Escape")
    expect(page.locator("#keep")).to_be_hidden()
    expect(button).to_be_focused()
    expect(page.locator("#panel h2")).to_have_text("Alfa")  # still chosen
    button.press("Enter")
    page.locator("#sentence").click()
    expect(page.locator("#keep")).to_be_hidden()


@pytest.mark.parametrize("width", [1366, 390, 341])
def test_the_menu_stays_within_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    box = menu(page).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_an_area_sheet_tells_of_every_stream(
    show: Callable[..., Page],
    document: dict[str, Any],
) -> None:
    page = show(document, "#chosen=zone:GM0001&year=2026&layer=released&measure=mass")
    number = page.locator("#panel .figure").inner_text()
    page.evaluate(PRINTED)
    press(page, "Gebiedsblad: Alfa")
    assert page.evaluate("window.printed") == 1
    page.emulate_media(media="print")
    page.evaluate(BEFORE)
    sheet = page.locator("#sheet")
    expect(sheet.locator("h2")).to_have_text("Alfa")
    expect(sheet.locator(".size")).to_contain_text(
        "Gemeente, zonder haar havengebieden · 153,4 km²"
    )
    expect(sheet.locator(".size")).to_contain_text("1.000 inwoners")
    expect(sheet.locator(".figure")).to_have_text(number)
    rows = sheet.locator(".streams-table tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("100 kWp")
    expect(rows.first).to_contain_text(number)
    expect(rows.first.locator(".badge").first).to_have_text("D")
    expect(rows.nth(2)).to_contain_text("geen voorraadcijfer")
    expect(rows.nth(3)).to_contain_text("aanwezig, hoeveelheid onbekend")
    # Without a number there is a reason and no nought.
    assert not re.search(r"\b0 t/jaar", rows.nth(3).inner_text())
    expect(sheet.locator(".curve .band")).to_have_count(1)
    expect(sheet.locator(".bars li").first).to_be_visible()
    expect(sheet).to_contain_text("Waar het blijft")
    expect(sheet).to_contain_text("Fabriek · 18 km")
    expect(sheet.locator(".cover table")).to_have_count(3)  # of all streams that have it
    expect(sheet.locator("footer")).to_contain_text("Registerhuis")
    expect(sheet.locator(".kicker")).to_contain_text("0123456789")
    expect(sheet.locator(".small-map path[stroke='#c2410c']")).to_have_count(1)
    expect(page.locator("#canvas")).to_be_hidden()
    page.evaluate(AFTER)
    page.emulate_media(media="screen")
    expect(page.locator("#canvas")).to_be_visible()
    expect(sheet).to_be_hidden()


def test_the_whole_municipality_has_a_sheet_of_its_own(
    show: Callable[..., Page],
    document: dict[str, Any],
) -> None:
    page = show(document, "#chosen=zone:GM0001.haven")
    page.evaluate(PRINTED)
    names = menu(page).locator(".sheets button").all_inner_texts()
    assert names[1:] == ["Gebiedsblad: Heel Alfa, met havens", "Gebiedsblad: Klein"]
    press(page, names[1])
    page.evaluate(BEFORE)
    expect(page.locator("#sheet .size")).to_contain_text("306,8 km² · 1.030 inwoners")
    expect(page.locator("#sheet .figure")).to_have_text("150 kWp")


def test_a_sheet_prints_once_and_the_map_after_it(page: Page) -> None:
    page.evaluate(PRINTED)
    press(page, "A3")
    press(page, "Gebiedsblad: Klein")
    assert pdf(page) == [pytest.approx((210, 297), abs=0.5)]
    assert pdf(page)[0] == pytest.approx((420, 297), abs=0.5)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_sheet_of_hostile_names_fits_its_page(
    show: Callable[..., Page],
    document: dict[str, Any],
    lang: str,
) -> None:
    for zone in document["zones"]:
        page = show(document, f"#chosen=zone:{zone['id']}&lang={lang}")
        page.evaluate(PRINTED)
        menu(page).locator(".sheets button").first.click()
        assert pdf(page) == [pytest.approx((210, 297), abs=0.5)]
        page.close()


@pytest.fixture(scope="module")
def real(browser: Browser, built: Path) -> Iterator[Callable[[str], Page]]:
    """Open the page of the real region at an address; in the end all was well."""
    complaints: list[str] = []
    requests: list[str] = []
    context = offline(browser, requests)

    def open_page(address: str) -> Page:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{(built / 'maps' / 'zuid-holland.html').as_uri()}{address}")
        page.wait_for_selector("#sentence:not(:empty)", state="attached")
        return page

    yield open_page
    context.close()
    assert requests == []
    assert complaints == []


def offline(browser: Browser, requests: list[str]) -> BrowserContext:
    """Give a browser that opens files, and keeps what else was asked for."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(10_000)

    def refuse(route: Route) -> None:
        if route.request.url.startswith("file:"):
            route.continue_()
            return
        requests.append(route.request.url)
        route.abort()

    context.route("**/*", refuse)
    return context


PLACES = ["", "zone:GM0599", "zone:GM0599.maasvlakte", "zone:GM0599.europoort", "zone:GM0518",
          "zone:GM1924", "zone:GM0590"]  # fmt: skip


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_real_sheet_is_one_page_that_can_be_read(real: Callable[[str], Page], lang: str) -> None:
    addresses = ("#door=gap&stream=smartphone&year=2040", "#stream=wind_turbine")
    for address in addresses:
        for chosen in PLACES:
            page = real(f"{address}&lang={lang}&chosen={chosen}")
            page.evaluate(PRINTED)
            count = menu(page).locator(".sheets button").count()
            assert count == (1 if not chosen else 3 if "GM0599" in chosen else count)
            for place in range(count):
                menu(page).locator(".sheets button").nth(place).click()
                page.evaluate(BEFORE)
                scale = float(
                    page.evaluate("document.documentElement.style.getPropertyValue('--fit')")
                )
                assert scale >= 0.7
                page.evaluate(AFTER)
                menu(page).locator(".sheets button").nth(place).click()
                assert pdf(page) == [pytest.approx((210, 297), abs=0.5)]
            page.close()


def test_every_real_zone_fits_one_sheet(real: Callable[[str], Page]) -> None:
    page = real("#stream=solar_panel&year=2040&layer=capacity_gap")
    zones = page.evaluate(
        "JSON.parse(document.getElementById('atlas-document').textContent).zones.map((z) => z.id)",
    )
    assert len(zones) == 61
    page.evaluate(PRINTED)
    for zone in zones:
        page.evaluate(f"location.hash = '#stream=solar_panel&year=2040&chosen=zone:{zone}'")
        button = menu(page).locator(".sheets button").first
        name = page.locator("#panel h2")
        page.wait_for_function(
            "(id) => location.hash.includes(id) && document.querySelector('.ring')", arg=zone
        )
        expect(button).to_contain_text(name.inner_text())
        button.click()
        page.evaluate(BEFORE)
        fits = page.evaluate(
            "(() => { const s = document.getElementById('sheet');"
            " return [s.scrollHeight, s.clientHeight] })()",
        )
        assert fits[0] <= fits[1], zone
        page.evaluate(AFTER)


@pytest.mark.parametrize("door", ["explore", "release", "gap", "siting"])
@pytest.mark.parametrize("size", ["A4", "A3"])
@pytest.mark.parametrize("way", ["liggend", "staand"])
def test_a_real_map_stands_with_its_words_on_one_sheet(
    real: Callable[[str], Page], door: str, size: str, way: str
) -> None:
    page = real(f"#door={door}")
    press(page, size)
    press(page, way)
    page.emulate_media(media="print")
    page.evaluate(BEFORE)
    _, high = sorted(SIZES[size], reverse=way == "liggend")
    assert height(page, "#stage") + height(page, "#header") <= (high - 20) * 96 / 25.4
    expect(page.locator("#imprint")).to_contain_text("Editie")
    page.close()


def picture(page: Page, kind: str, tmp_path: Path) -> tuple[str, Path]:
    with page.expect_download() as waiting:
        press(page, f"Kaart opslaan als {kind}")
    path = tmp_path / f"picture.{kind.lower()}"
    waiting.value.save_as(path)
    expect(page.locator("#keep [role=status]")).to_contain_text(waiting.value.suggested_filename)
    return waiting.value.suggested_filename, path


def dots(path: Path) -> NDArray[np.uint8]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as image:
            bands: NDArray[np.uint8] = image.read()
    return bands


def has(image: NDArray[np.uint8], colour: str) -> int:
    """How many dots have a colour."""
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return int(((image[0] == wanted[0]) & (image[1] == wanted[1]) & (image[2] == wanted[2])).sum())


def test_the_map_is_saved_as_a_picture(page: Page, tmp_path: Path) -> None:
    name, path = picture(page, "PNG", tmp_path)
    assert name == "small-panel-stock-kwp-register.png"
    image = dots(path)
    assert image.shape[2] >= 2400
    assert image.shape[1] >= 1200
    # Alfa, the hostile one, the port and the one without data, the sea, and ink for the words.
    for colour in ("#86b0d3", "#12436d", "#c5d5e8", "#ffffff", "#e1e8ef"):
        assert has(image, colour) > 5000, colour
    assert has(image, "#15202b") > 500
    assert has(image, "#1b7f4d") > 20  # a collection point


def test_the_picture_follows_the_view(
    show: Callable[..., Page],
    document: dict[str, Any],
    tmp_path: Path,
) -> None:
    page = show(document, "#door=gap&chosen=zone:GM0001")
    name, path = picture(page, "PNG", tmp_path)
    assert name == "small-panel-capacity_gap-mass-2026-register.png"
    image = dots(path)
    assert has(image, "#d9480f") > 500  # the hatch of the gap
    assert has(image, "#c2410c") > 500  # the ring of the zone chosen


def test_the_picture_as_svg_has_every_word_as_text(page: Page, tmp_path: Path) -> None:
    name, path = picture(page, "SVG", tmp_path)
    assert name == "small-panel-stock-kwp-register.svg"
    root = ET.parse(path).getroot()  # noqa: S314 - made by the page under test
    assert root.tag == f"{SVG}svg"
    words = " ".join(" ".join(text.text or "" for text in root.iter(f"{SVG}text")).split())
    for said in (
        "Grondstoffenatlas Klein",
        "Panelen · in gebruik",
        "Vermogen, kWp · 4 gebieden",
        "100 – 200 (1)",
        "geen gegevens (1)",
        "Inzamelpunt",
        "Alfa",
        "km",
        "N",
        "Een klein verhaal.",
        "geen toets voor vergunningen",
        "Registerhuis, CC BY 4.0",
        "0123456789",
        "#door=explore",
        "<img src=x onerror=window.fired=1>",
    ):
        assert said in words, said
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert not tags & {"foreignObject", "img", "image", "script", "style", "use", "a"}
    assert {"pattern", "path", "clipPath"} <= tags
    # Nothing refers outside the file, and no path went lost.
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {"#frame"}
    assert "href" not in text
    fills = [each.get("fill") for each in root.iter(f"{SVG}path")]
    assert "rgb(134, 176, 211)" in fills
    assert "NaN" not in text


def test_zones_are_as_large_in_the_picture_as_on_the_map(page: Page, tmp_path: Path) -> None:
    _, path = picture(page, "SVG", tmp_path)
    drawn = page.locator("path.zones").evaluate_all(
        "(all) => all.map((each) => { const b = each.getBBox(); return [b.width, b.height] })",
    )
    shapes = [
        each.get("d", "")
        for each in ET.parse(path).getroot().iter(f"{SVG}path")  # noqa: S314 - as above
        if (each.get("fill") or "").startswith("rgb")
        and each.get("stroke-width") in {"1px", "1.4px"}
    ]
    found = []
    for shape in shapes:
        numbers = [float(each) for each in re.findall(r"-?[\d.]+", shape)]
        found.append([max(numbers[at::2]) - min(numbers[at::2]) for at in (0, 1)])
    assert len(found) >= 3
    assert all(any(each == pytest.approx(one, abs=1.5) for one in drawn) for each in found)


LISTS = {"points": "Inzamelpunten", "plants": "Verwerkers", "sites": "Locaties"}


def listed(page: Page, drawer: str) -> tuple[str, list[dict[str, str]]]:
    page.locator("#foot").get_by_role("button", name=LISTS[drawer], exact=True).click()
    with page.expect_download() as waiting:
        page.locator("#drawer").get_by_role("button", name="Opslaan als CSV").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    return waiting.value.suggested_filename, rows


def test_collection_points_come_as_csv(
    show: Callable[..., Page],
    document: dict[str, Any],
) -> None:
    document["collection_points"][1]["name"] = "=cmd()"
    document["collection_points"][1]["address"] = "@kade\n2"
    name, rows = listed(show(document), "points")
    assert name == "small-points.csv"
    assert [row["id"] for row in rows] == ["P1", "P2"]
    first, second = rows
    assert first["Gebied"] == "Alfa"
    assert first["Stromen"] == "Panelen"
    assert first["breedtegraad"] == "52,06"
    assert first["nauwkeurigheid van de plaats (m)"] == "800"
    assert first["gemeente"] == "Alfa"
    assert first["uitgever"] == "Registerhuis"
    assert first["jaar"] == "2024"
    assert first["licentie"] == "CC BY 4.0"
    assert first["url"] == "https://example.org/point"
    # Unknown stays empty, and nothing runs in a spreadsheet.
    assert second["breedtegraad"] == second["nauwkeurigheid van de plaats (m)"] == ""
    assert second["Adres"] == "'@kade\n2"
    assert second["Naam"] == "'=cmd()"


def test_facilities_come_as_csv(show: Callable[..., Page], document: dict[str, Any]) -> None:
    document["facilities"][0]["name"] = "+31 fabriek"
    name, rows = listed(show(document), "plants")
    assert name == "small-plants.csv"
    assert [row["id"] for row in rows] == ["F1", "F2", "F3", "F4"]
    assert rows[0]["Naam"] == "'+31 fabriek"
    assert rows[0]["capaciteit (t/jaar)"] == "1000"
    assert rows[1]["capaciteit (t/jaar)"] == ""
    assert rows[0]["stap"] == "recycling"
    assert rows[1]["Status"] == "gepland"
    assert rows[0]["nauwkeurigheid van de plaats (m)"] == "3000"
    assert rows[2]["nauwkeurigheid van de plaats (m)"] == ""  # it has no place
    assert rows[0]["Bron"] == HOSTILE


def test_sites_come_as_csv_with_their_rank(
    show: Callable[..., Page],
    document: dict[str, Any],
) -> None:
    name, rows = listed(show(document), "sites")
    assert name == "small-sites.csv"
    assert [row["id"] for row in rows] == ["S1", "S2", "S3"]
    assert [row["rang"] for row in rows] == ["1", "2", ""]
    assert rows[0]["Stromen"] == "Panelen"
    assert rows[2]["Stromen"] == ""
    assert rows[0]["kade"] == "diepzee"
    assert rows[0]["milieucategorie tot"] == "5,1"
    assert rows[0]["nauwkeurigheid van de plaats (m)"] == "800"
    assert rows[0]["url"] == "https://example.org/site"


def test_lists_without_places_have_no_csv(page: Page) -> None:
    page.locator("#foot").get_by_role("button", name="Bronnen", exact=True).click()
    expect(page.locator("#drawer .sources").first).to_be_visible()
    expect(page.locator("#drawer .save")).to_have_count(0)


def without(page: Page, script: str) -> None:
    """Open the page again in a browser that lacks something."""
    page.context.add_init_script(script)
    page.reload()
    page.wait_for_selector("#sentence:not(:empty)", state="attached")


@pytest.mark.parametrize(
    ("script", "act", "named"),
    [
        ("delete HTMLCanvasElement.prototype.toBlob", "Kaart opslaan als PNG", "canvas.toBlob"),
        ("delete URL.createObjectURL", "Kaart opslaan als SVG", "URL.createObjectURL"),
        ("delete window.print; window.print = undefined", "Deze kaart afdrukken", "window.print"),
    ],
)
def test_a_browser_without_a_feature_is_told_which(
    page: Page, script: str, act: str, named: str
) -> None:
    without(page, script)
    press(page, act)
    expect(page.locator("#notice")).to_contain_text(named)
    expect(page.locator("#notice")).to_contain_text("Deze browser kent")
    expect(page.locator("#notice")).to_be_visible()


def test_without_a_clipboard_the_reader_is_told(page: Page) -> None:
    without(page, "Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Delen").click()
    expect(page.locator("#notice")).to_contain_text("navigator.clipboard")
    expect(page.locator("#notice")).to_contain_text("adresbalk")


def test_a_csv_that_cannot_be_saved_says_so(page: Page) -> None:
    without(page, "delete URL.createObjectURL")
    page.get_by_role("button", name="Tabel van alle gebieden").click()
    page.get_by_role("button", name="Opslaan als CSV").click()
    expect(page.locator("#notice")).to_contain_text("URL.createObjectURL")


def test_an_svg_is_still_saved_without_a_canvas(page: Page, tmp_path: Path) -> None:
    without(page, "delete HTMLCanvasElement.prototype.toBlob")
    name, path = picture(page, "SVG", tmp_path)
    assert name.endswith(".svg")
    assert path.stat().st_size > 5000


def test_a_browser_too_old_for_the_atlas_is_told_what_it_lacks(
    browser: Browser,
    document: dict[str, Any],
    tmp_path: Path,
) -> None:
    from atlas.maps import render  # noqa: PLC0415 - the page that cannot start is opened by hand

    path = tmp_path / "old.html"
    path.write_text(render(document), encoding="utf-8")
    context = offline(browser, [])
    context.add_init_script("delete Array.prototype.toReversed")
    page = context.new_page()
    page.goto(path.as_uri())
    told = page.locator("#lacking")
    expect(told).to_be_visible()
    expect(told).to_contain_text("te oud")
    expect(told).to_contain_text("Array.prototype.toReversed")
    expect(told).not_to_contain_text("import maps")
    context.close()


def test_the_words_of_missing_features_are_complete() -> None:
    page = Path(__file__).parents[2] / "atlas" / "page"
    features = set(
        re.findall(
            r"^  (\w+): \(\) =>", (page / "needs.js").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    words = json.loads((page / "words.json").read_text(encoding="utf-8"))
    assert len(features) >= 4
    for family in ("feature", "instead"):
        assert {key.partition(".")[2] for key in words if key.startswith(f"{family}.")} == features
