"""Two states beside each other: side by side, or their difference on one map."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

DIVERGING = ["#542788", "#998ec3", "#cbcbe4", "#f7f7f7", "#fee0b6", "#f1a340", "#b35806"]
MASS = "#layer=released&measure=mass&year=2026"

# Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
VISIONS: dict[str, list[list[float]]] = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = (0.95047, 1.0, 1.08883)


def call(modules: Page, module: str, expression: str, *values: object) -> Any:  # noqa: ANN401
    """Value of a JavaScript expression in which `m` is the module and `v` the values given."""
    body = f"async (v) => {{ const m = await import('atlas/{module}'); return {expression}; }}"
    return modules.evaluate(body, list(values))


def layer(page: Page, name: str) -> None:
    page.locator("#controls .layers").get_by_role("button", name=name, exact=True).click()


def choose(page: Page, measure: str) -> None:
    page.locator("#measure").select_option(measure)


def move_to(page: Page, year: int) -> None:
    page.locator("#year").fill(str(year))


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def times(matrix: list[list[float]], vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def lab(colour: str, vision: str) -> tuple[float, float, float]:
    seen = [min(1.0, max(0.0, part)) for part in times(VISIONS[vision], linear(colour))]
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (a / b for a, b in zip(times(TO_XYZ, seen), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one: str, other: str, vision: str) -> float:
    """Give the distance ΔE of two colours (CIE 1976): 2.3 is just noticed side by side."""
    pairs = zip(lab(one, vision), lab(other, vision), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((times(TO_XYZ, linear(each))[1] for each in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def start(page: Page) -> None:
    page.get_by_role("button", name="Vergelijk", exact=True).click()


def press(page: Page, name: str) -> None:
    page.locator("#compare").get_by_role("button", name=name, exact=True).click()


def linked(page: Page) -> Locator:
    return page.locator("#compare").get_by_role("switch")


def fills(page: Page, host: str) -> list[str | None]:
    paths = page.locator(f"{host} path.zones")
    return [path.get_attribute("fill") for path in paths.all()]


def rings(page: Page, host: str) -> int:
    """Count the outlines that are drawn on a map: two lines each."""
    return page.locator(f"{host} .ring:not([d='M0 0'])").count() // 2


def rows(page: Page, host: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in row.split("\t")]
        for row in page.locator(f"{host} .legend-body tbody tr").all_inner_texts()
    ]


def test_the_page_wears_the_colours_that_are_tested(modules: Page) -> None:
    assert call(modules, "diverging", "m.DIVERGING") == DIVERGING


@pytest.mark.parametrize("vision", VISIONS)
def test_every_eye_tells_the_classes_apart(vision: str) -> None:
    # Four times what is just noticed side by side: areas are seldom side by side.
    for one, other in itertools.pairwise(DIVERGING):
        assert apart(one, other, vision) >= 4 * 2.3
    # Less is never taken for more, however strong either is: farther apart than neighbours.
    for one in DIVERGING[:3]:
        for other in DIVERGING[4:]:
            assert apart(one, other, vision) >= 6 * 2.3


def test_the_signs_on_the_strongest_classes_stand_out() -> None:
    assert contrast("#ffffff", DIVERGING[0]) >= 3
    assert contrast("#ffffff", DIVERGING[-1]) >= 3
    assert contrast("#8793a1", "#ffffff") >= 3  # the lines of "no data"
    # No scale that fails this way passes unseen: red and green as dark as each other do.
    assert (
        apart("#b35806", "#5a7d00", "deuteranopia") < 6 * 2.3 < apart("#b35806", "#5a7d00", "usual")
    )


@pytest.mark.parametrize(
    ("most", "edges"),
    [
        (100, [10, 20, 50]),
        (99, [5, 10, 20]),
        (0.04, [0.005, 0.01, 0.02]),
        (7, [0.5, 1, 2]),
        (1e6, [100000, 200000, 500000]),
        (0, []),
    ],
)
def test_edges_are_of_the_series_one_two_five(
    modules: Page, most: float, edges: list[float]
) -> None:
    assert call(modules, "diverging", "m.edgesFor(...v)", most) == edges


def test_what_is_unknown_has_no_difference_and_dust_is_none(modules: Page) -> None:
    before, after = [1.0, None, 3.0, None, 0.3], [4.0, 2.0, None, None, 0.1 + 0.2]
    expression = "m.differences(...v)"
    assert call(modules, "diverging", expression, before, after) == [3.0, None, None, None, 0]
    assert call(modules, "diverging", "m.minus(0, 5)") == -5


def test_classes_are_symmetric_around_zero(modules: Page) -> None:
    values = [-50, -49, -10, -9.9, 0, 9.9, 10, 49, 50, None]
    classes = call(
        modules, "diverging", "v[0].map((x) => m.divergedClass(x, v[1]))", values, [10, 20, 50]
    )
    assert classes == [0, 1, 2, 3, 3, 3, 4, 5, 6, None]


def test_side_by_side_pins_what_is_shown_and_the_choices_change_the_other(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    alone = fills(page, "#map_atlas")
    start(page)
    expect(page.locator("#compare").get_by_role("button", name="Naast elkaar")).to_be_focused()
    expect(page.locator("#map_other path.zones")).to_have_count(4)
    assert fills(page, "#map_other") == fills(page, "#map_atlas") == alone
    page.locator("#switch-lifetime").select_option("early")
    assert fills(page, "#map_other") == alone
    assert fills(page, "#map_atlas") != alone
    expect(page.locator(".caption-A")).to_contain_text("standaardscenario")
    expect(page.locator(".caption-B")).to_contain_text("levensduur: vroege uitval")
    left, right = (page.locator(each).bounding_box() for each in ("#map_other", "#map_atlas"))
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"] + 1
    assert left["width"] == pytest.approx(right["width"], abs=3)
    # The same classes: one legend with a count for each side, that counts every zone.
    expect(page.locator("#legend-other")).to_be_hidden()
    counts = [
        [int(cell) for cell in row[1:]]
        for row in rows(page, "#legend")
        if row[0][0] in "<≥g0123456789"
    ]
    classes = [row for row in rows(page, "#legend") if "gestippeld" not in row[0]]
    assert [sum(int(row[place]) for row in classes) for place in (-2, -1)] == [4, 4]
    assert counts
    page.locator("#compare").get_by_role("button", name="Stop vergelijken").click()
    expect(page.locator("#map_other")).to_be_hidden()
    expect(page.get_by_role("button", name="Vergelijk", exact=True)).to_be_focused()
    expect(page.locator("#sentence")).to_be_visible()


def test_layers_of_other_classes_have_each_their_legend(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    start(page)
    layer(page, "Ingezameld")
    expect(page.locator("#legend-other summary").first).to_contain_text("Komt vrij")
    expect(page.locator("#legend summary").first).to_contain_text("Ingezameld")


def test_both_maps_move_as_one(show: Callable[..., Page], document: dict[str, Any]) -> None:
    page = show(document, MASS)
    start(page)

    def corners() -> list[float]:
        """Give the place of a point on each map, and how far a plant is from it."""
        found = []
        for host in ("#map_other", "#map_atlas"):
            places = [
                page.locator(each).first.bounding_box()
                for each in (host, f"{host} .symbol-point svg", f"{host} .symbol-plant svg")
            ]
            frame, point, plant = (box for box in places if box is not None)
            found += [point["x"] - frame["x"], point["y"] - frame["y"], plant["x"] - point["x"]]
        return found

    def at_rest() -> list[float]:
        """Wait until the maps, which glide on after a drag, stand still."""
        found: list[float] = []
        while found != (found := corners()):
            page.wait_for_timeout(300)
        return found

    first = at_rest()
    assert first[:3] == pytest.approx(first[3:], abs=3)
    page.locator("#map_other").hover(position={"x": 40, "y": 400})
    page.mouse.down()
    page.mouse.move(500, 500, steps=3)
    page.mouse.up()
    moved = at_rest()
    assert moved[:2] != first[:2]
    assert moved[:3] == pytest.approx(moved[3:], abs=3)
    page.locator(".leaflet-control-zoom-in").click()
    zoomed = at_rest()
    assert zoomed[2] > moved[2] * 1.2
    assert zoomed[:3] == pytest.approx(zoomed[3:], abs=3)


def test_a_zone_that_is_pointed_at_is_outlined_on_the_other_map_with_both_numbers(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    start(page)
    page.locator("#switch-lifetime").select_option("early")
    page.wait_for_timeout(300)
    page.locator("#map_other path.zones").first.hover()
    assert rings(page, "#map_atlas") == 1
    tip = page.locator(".tip-pair")
    words = tip.inner_text().split()
    assert words[0] == "A"
    assert "B" in words
    assert "Verschil" in words
    page.locator("#map_atlas path.zones").first.hover()
    assert rings(page, "#map_other") == 1
    assert rings(page, "#map_atlas") == 0
    page.locator("#compare .note, #header").first.hover(force=True)
    assert rings(page, "#map_other") == 0


def test_arrows_rove_on_both_maps_with_one_tab_stop_each(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    start(page)
    for host in ("#map_other", "#map_atlas"):
        expect(page.locator(f"{host} path.zones[tabindex='0']")).to_have_count(1)
    expect(page.get_by_role("group", name="Kaart A")).to_be_visible()
    expect(page.get_by_role("group", name="Kaart B")).to_be_visible()
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "document.activeElement.matches('path.zones')"
            " && document.activeElement.closest('.folium-map').id"
        )
        if at:
            seen.append(at)
        if at == "map_other":
            page.keyboard.press("ArrowRight")
            label = page.evaluate("document.activeElement.getAttribute('aria-label')")
            assert label.startswith("<img")
            assert "; B: " in label
            assert "; Verschil: " in label
            assert rings(page, "#map_atlas") == 1
    assert seen == ["map_other", "map_atlas"]


def test_linked_years_move_together_and_can_be_let_go(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    start(page)
    move_to(page, 2030)
    for side in "AB":
        expect(page.locator(f".caption-{side}")).to_contain_text("2030")
    linked(page).click()
    expect(linked(page)).to_have_attribute("aria-checked", "false")
    move_to(page, 2041)
    expect(page.locator(".caption-A")).to_contain_text("2030")
    expect(page.locator(".caption-B")).to_contain_text("2041")
    press(page, "A en B omwisselen")
    expect(page.locator(".caption-A")).to_contain_text("2041")
    expect(page.locator(".caption-B")).to_contain_text("2030")
    expect(page.locator("#year")).to_have_value("2030")
    linked(page).click()
    expect(page.locator(".caption-A")).to_contain_text("2030")


def test_back_undoes_every_step_and_the_address_opens_the_pair(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    start(page)
    page.wait_for_function("location.hash.includes('compare=side')")
    page.locator("#switch-lifetime").select_option("early")
    page.wait_for_function("location.hash.includes('lifetime')")
    press(page, "Verschil")
    page.wait_for_function("location.hash.includes('compare=difference')")
    shown = fills(page, "#map_atlas")
    again = show(document, page.evaluate("location.hash"))
    assert fills(again, "#map_atlas") == shown
    again.close()
    page.go_back()
    expect(page.locator("#map_other")).to_be_visible()
    page.go_back()
    expect(page.locator(".caption-B")).to_contain_text("standaardscenario")
    page.go_back()
    expect(page.locator("#map_other")).to_be_hidden()
    expect(page.get_by_role("button", name="Vergelijk", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    "address",
    [
        "#compare=side",
        "#other=door%3Dexplore",
        "#compare=both&other=door%3Dexplore",
        "#compare=side&other=",
        "#compare=side&other=layer%3Dreleased",
        "#compare=side&other=door%3Dnowhere",
        "#compare=side&other=door%3Dexplore%26layer%3Dx",
        "#compare=side&other=door%3Dexplore%26year%3D1999",
        "#compare=side&other=door%3Dexplore%26year%3D",
        "#compare=difference&other=door%3Dexplore%26chosen%3Dzone%3AGM0001",
        "#compare=difference&other=door%3Dexplore%26__proto__%3D1",
        "#compare=side&linked=no&other=%00",
    ],
)
def test_a_broken_pair_is_as_not_given(
    modules: Page, document: dict[str, Any], address: str
) -> None:
    first = call(modules, "address", "m.fromHash(v[0], '')", document)
    assert call(modules, "address", "m.fromHash(...v)", document, address) == first


def test_the_address_of_a_pair_says_only_what_differs_from_its_door(
    modules: Page, document: dict[str, Any]
) -> None:
    address = "#compare=side&other=door%3Dgap%26lifetime%3Dearly"
    back = "m.toHash(v[0], m.fromHash(...v))"
    assert call(modules, "address", back, document, address) == address
    other = call(modules, "address", "m.fromHash(...v).other", document, address)
    assert (other["layer"], other["year"], other["lifetime"]) == ("capacity_gap", 2026, "early")
    numbers = call(modules, "state", "m.NUMBERS")
    assert set(other) == {"door", *numbers}


def test_the_difference_is_signed_classed_and_counted(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    before = numbers(page)
    start(page)
    page.locator("#switch-lifetime").select_option("early")
    press(page, "Verschil")
    expect(page.locator("#map_other")).to_be_hidden()
    expect(page.locator("#legend summary").first).to_contain_text("Verschil B − A, t/jaar")
    counts = rows(page, "#legend")
    classes = [row for row in counts if "gestippeld" not in row[0]]
    assert len(classes) == 8  # seven, and no data
    assert classes[0][0].startswith("≤ −")
    assert classes[6][0].startswith("≥ +")
    assert classes[7] == ["geen gegevens", "1"]
    assert sum(int(row[1]) for row in classes) == 4
    labels = [
        path.get_attribute("aria-label") for path in page.locator("#map_atlas path.zones").all()
    ]
    after = {str(label).split(": A: ")[0]: str(label) for label in labels}
    assert "Verschil: + " in after["Alfa"]
    assert any(label.endswith("Verschil: geen gegevens") for label in after.values())
    # What A was is what stood there before.
    assert f"A: {before['Alfa']};" in after["Alfa"]
    unknown = next(
        place for place, label in enumerate(labels) if str(label).endswith("geen gegevens")
    )
    assert fills(page, "#map_atlas")[unknown] == "url(#unknown)"
    assert page.locator("#patterns #unknown, #patterns #more, #patterns #less").count() == 3
    press(page, "A en B omwisselen")
    expect(page.locator("#map_atlas path.zones").first).to_have_attribute(
        "aria-label", re.compile("Verschil: − ")
    )


def numbers(page: Page) -> dict[str, str]:
    labels = [
        str(path.get_attribute("aria-label"))
        for path in page.locator("#map_atlas path.zones").all()
    ]
    return {label.rsplit(": ", 1)[0]: label.rsplit(": ", 1)[1] for label in labels}


def test_the_scale_stands_still_while_linked_years_play(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    start(page)
    page.locator("#switch-lifetime").select_option("early")
    press(page, "Verschil")
    labels = {}
    for year in (2026, 2033, 2050):
        move_to(page, year)
        labels[year] = [row[0] for row in rows(page, "#legend") if row[0][0] in "≤≥−+"]
        assert len(labels[year]) == 7
    assert labels[2026] == labels[2033] == labels[2050]
    # Let go, the scale is that of the pair at hand: small where the year's differences are.
    linked(page).click()
    move_to(page, 2050)
    loose = [row[0] for row in rows(page, "#legend") if row[0][0] in "≤≥−+"]
    assert loose != labels[2026]


def test_no_difference_between_units_and_it_says_why(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    start(page)
    press(page, "Verschil")
    layer(page, "In gebruik")
    choose(page, "kwp")
    difference = page.locator("#compare").get_by_role("button", name="Verschil", exact=True)
    expect(difference).to_have_attribute("aria-disabled", "true")
    why = page.locator("#compare-why")
    expect(why).to_have_text("Geen verschil te geven: A is in t/jaar, B in kWp.")
    expect(page.locator("#map_other")).to_be_visible()  # beside each other they still can be
    difference.click(force=True)
    expect(page.locator("#map_other")).to_be_visible()
    assert "Verschil" not in page.locator("#panel .pair-notes").inner_text()
    layer(page, "Komt vrij")
    choose(page, "mass")
    expect(why).to_be_hidden()
    expect(page.locator("#map_other")).to_be_hidden()  # as was asked for


def test_panel_and_announcement_say_both(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, f"{MASS}&chosen=zone:GM0001")
    alone = page.locator("#panel .figure").inner_text()
    start(page)
    page.locator("#switch-lifetime").select_option("early")
    table = page.locator("#panel .pair-notes tr")
    expect(table).to_have_count(3)
    expect(table.nth(0).locator(".number")).to_have_text(alone)
    expect(table.nth(1).locator(".number")).to_have_text(
        page.locator("#panel .figure").inner_text()
    )
    expect(table.nth(2)).to_contain_text("+ ")
    announced = page.locator("#announcer")
    for words in (
        f"Alfa: A: {alone}",
        "; B: ",
        "; Verschil: + ",
        "vroege uitval",
        "standaardscenario",
    ):
        expect(announced).to_contain_text(words)
    page.locator("#panel .back").click()
    expect(page.locator("#panel .pair-notes tr")).to_have_count(3)


def test_the_table_and_the_file_have_a_b_and_the_difference(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, f"{MASS}&drawer=table")
    start(page)
    page.locator("#switch-lifetime").select_option("early")
    heads = [text.strip(" ▲▼") for text in page.locator("#drawer thead th").all_inner_texts()]
    for title in ("A (t/jaar)", "B (t/jaar)", "Verschil B − A (t/jaar)"):
        assert heads.count(title) == 1
    row = page.locator("#drawer tbody tr", has_text="Alfa").first.locator("td").all_inner_texts()
    at = heads.index("Verschil B − A (t/jaar)") - 1
    assert row[at].startswith("+ ")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Als CSV").click()
    text = path_of(saved.value.path()).read_text(encoding="utf-8-sig")
    lines = [line.split(";") for line in text.splitlines()]
    head = lines[0]
    assert any(title.startswith("A: Panelen · komt vrij · 2026") for title in head)
    columns = [
        next(at for at, title in enumerate(head) if title.startswith(start_))
        for start_ in ("A: ", "B: ", "Verschil")
    ]
    cells = next(line for line in lines if line[0] == "GM0001")
    a, b, difference = (float(cells[at].replace(",", ".")) for at in columns)
    assert difference == pytest.approx(b - a)
    assert difference > 0
    unknown = next(line for line in lines if line[0] == "GM0003")
    assert unknown[columns[2]] == ""  # not zero


def path_of(path: Path | None) -> Path:
    assert path is not None
    return path


@pytest.mark.parametrize("mode", ["side", "difference"])
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844), (341, 500)])
def test_a_pair_fits_the_screen(
    show: Callable[..., Page], document: dict[str, Any], width: int, height: int, mode: str
) -> None:
    page = show(
        document,
        f"{MASS}&lifetime=early&compare={mode}&other=door%3Dexplore%26layer%3Dreleased%26measure%3Dmass",
    )
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 900:
        assert page.evaluate("document.documentElement.scrollHeight") <= height
    if mode == "side":
        boxes = [page.locator(each).bounding_box() for each in ("#map_other", "#map_atlas")]
        a, b = (box for box in boxes if box is not None)
        assert min(a["width"], b["width"], a["height"], b["height"]) > 200
        if width < 900:  # one above the other
            assert a["y"] + a["height"] <= b["y"]
    for button in page.locator("#compare button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24


def test_paper_shows_both_maps(show: Callable[..., Page], document: dict[str, Any]) -> None:
    page = show(document, MASS)
    start(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for shown in ("#map_other", "#map_atlas", ".caption-A", ".caption-B", "#legend"):
        expect(page.locator(shown)).to_be_visible()
    expect(page.locator("#compare")).to_be_hidden()
    boxes = [
        page.locator(f"{each} path.zones").first.bounding_box()
        for each in ("#map_other", "#map_atlas")
    ]
    a, b = (box for box in boxes if box is not None)
    assert a["width"] == pytest.approx(b["width"], rel=0.05)
    assert a["width"] > 100


def test_stopping_leaves_the_page_as_one_map(
    show: Callable[..., Page], document: dict[str, Any]
) -> None:
    page = show(document, MASS)
    fresh = numbers(page)
    start(page)
    press(page, "Stop vergelijken")
    assert numbers(page) == fresh
    expect(page.get_by_role("group", name="Kaart B")).to_have_count(0)
    page.wait_for_function("!location.hash.includes('compare') && !location.hash.includes('other')")
