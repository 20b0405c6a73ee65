"""The session on the page: marks, votes, undo, and the file it is kept in."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

Json = dict[str, Any]
HOSTILE = "<img src=x onerror=window.fired=1></script><script>window.fired=1</script>"
SAID = {"by": "Fatima", "votes": {"for": 3, "against": 1, "unsure": 0}}
STATE = """{
  ...s.firstState(atlas), title: "Werksessie", reach: "netherlands", stream: "phone", year: 2030,
  put: [{ id: "P1", stream: "panel", step: "recycling", name: "Kade", point: [52.05, 4.1],
    zone: "GM0001", capacity: 500.5, from: 2032 }],
  changes: [{ id: "C1", facility: "F1", capacity: null, from: null, to: 2040, by: "Piet",
    votes: { for: 0, against: 2, unsure: 1 } }],
  marks: [{ id: "M1", kind: "area", text: "Hier\\nniet", by: "",
    points: [[52, 4], [52.1, 4], [52.1, 4.1]],
    votes: { for: 1, against: 0, unsure: 0 } }],
}"""
FILES = """
const atlas = (await import("atlas/view")).prepare(
  JSON.parse(document.querySelector("#atlas-document").textContent));
const s = await import("atlas/state");
const f = await import("atlas/session_file");
const c = await import("atlas/session_checks");
const w = await import("atlas/words");
const zoneOf = ([lat]) => (lat > 52 ? "GM0001" : null);
"""


def call(modules: Page, module: str, expression: str, *values: object) -> Any:  # noqa: ANN401
    """Value of a JavaScript expression in which `m` is the module and `v` the values given."""
    body = f"async (v) => {{ const m = await import('atlas/{module}'); return {expression}; }}"
    return modules.evaluate(body, list(values))


def files(modules: Page, body: str, *values: object) -> Any:  # noqa: ANN401
    """Value of a body of JavaScript that has the document and the modules of a session's file."""
    return modules.evaluate(f"async (v) => {{ {FILES} {body} }}", list(values))


@pytest.fixture(scope="module")
def raw(modules: Page) -> Json:
    """Give a session as the page writes it."""
    text = files(modules, f'return f.sessionText(atlas, {STATE}, "2026-01-31");')
    found: Json = json.loads(text)
    return found


def read(modules: Page, content: object) -> Json:
    """Read a session on the page, with its problems in both languages."""
    text = content if isinstance(content, str) else json.dumps(content)
    found: Json = files(
        modules,
        """
        const read = f.readSession(atlas, v[0], zoneOf);
        const words = (lang) => read.problems.map((each) =>
          c.problemWords(w.speaker(atlas.words, lang), each));
        return { ...read, nl: words("nl"), en: words("en") };
        """,
        text,
    )
    return found


def put(session: Json, path: tuple[str | int, ...], value: object) -> Json:
    changed = copy.deepcopy(session)
    inside: Any = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return changed


# ---------------------------------------------------------------- the file


def test_a_session_is_written_whole(raw: Json) -> None:
    none = {"for": 0, "against": 0, "unsure": 0}
    assert raw == {
        "format": 1,
        "program": "urban-mine-atlas",
        "region": "small",
        "edition": "0123456789",
        "edition_date": "2026-01-11",
        "version": "0.0.0",
        "title": "Werksessie",
        "date": "2026-01-31",
        "scenario": {
            "basis": "register", "lifetime": "regular", "inflow": "default",
            "collection": "today", "drive_train": "inferred", "recovery": "today",
            "reach": "netherlands", "planned": "no", "unknown_capacity": "nothing",
            "foreign_share": "share", "demand": "proportional",
        },
        "view": {"stream": "phone", "layer": "stock", "measure": "kwp", "year": 2030},
        "plants": [
            {
                "id": "P1", "stream": "panel", "step": "recycling", "capacity_t_per_a": 500.5,
                "from_year": 2032, "latitude": 52.05, "longitude": 4.1, "name": "Kade",
                "by": "", "votes": none,
            },
        ],
        "changes": [
            {
                "id": "C1", "facility_id": "F1", "capacity_t_per_a": None, "from_year": None,
                "to_year": 2040, "by": "Piet", "votes": {"for": 0, "against": 2, "unsure": 1},
            },
        ],
        "marks": [
            {
                "id": "M1", "kind": "area", "text": "Hier\nniet", "latitude": [52, 52.1, 52.1],
                "longitude": [4, 4, 4.1], "by": "", "votes": {**none, "for": 1},
            },
        ],
    }  # fmt: skip


def test_what_is_written_is_read_back(modules: Page, raw: Json) -> None:
    found = read(modules, raw)
    assert found["problems"] == []
    assert found["other"] is None
    assert found["gone"] == []
    state = files(modules, f"return {STATE};")
    nothing = {"by": "", "votes": {"for": 0, "against": 0, "unsure": 0}}
    expected = {**state, "put": [{**state["put"][0], **nothing}]}
    assert found["session"] == {key: expected[key] for key in found["session"]}
    kept = {
        "title",
        "reach",
        "basis",
        "stream",
        "layer",
        "measure",
        "year",
        "put",
        "changes",
        "marks",
    }
    assert kept <= set(found["session"])


def test_a_switch_that_is_not_named_is_at_its_default(modules: Page, raw: Json) -> None:
    session = read(modules, {**raw, "scenario": {"planned": "yes"}})["session"]
    assert (session["planned"], session["reach"], session["basis"]) == ("yes", "europe", "register")


PLANT, CHANGE, MARK = ("plants", 0), ("changes", 0), ("marks", 0)
WRONG: dict[str, tuple[tuple[str | int, ...], object, str]] = {
    "no day": (("date",), "2026-02-30", 'date: "2026-02-30"; een dag als 2026-01-31; verbeter hem'),
    "a long title": (("title",), "x" * 121, "; tekst van ten hoogste 120 tekens; kort het in"),
    "half a character": (("title",), "a\ud800", "; tekst zonder stuurtekens of halve tekens; typ "),
    "a bell": (("title",), "a\x07", 'title: "a\\u0007"; '),
    "no scenario": (("scenario",), [], "scenario: [ … ]; verwacht wordt een object { … }; "),
    "no such switch": (("scenario", "range"), "3", 'scenario.range: "3"; zo\'n veld heeft een '),
    "no such value": (("scenario", "reach"), "moon", "; een van europe, 250_km, netherlands, "),
    "no such layer": (("view", "layer"), "gold", 'view.layer: "gold"; een van stock, released, '),
    "no such year": (("view", "year"), 2051, "view.year: 2051; een van 2025, 2026, "),
    "plants no list": (("plants",), {}, "plants: { … }; verwacht wordt een lijst [ … ]; "),
    "a plant no object": (PLANT, 7, "plants 1: 7; verwacht wordt een object"),
    "a plant of no stream": ((*PLANT, "stream"), "x", 'plants 1.stream: "x"; een van panel; '),
    "a step of another": ((*PLANT, "step"), "sorting", 'step: "sorting"; een van recycling; '),
    "the id of a facility": ((*PLANT, "id"), "F1", 'plants 1.id: "F1"; elk nummer één keer; '),
    "an id with a space": ((*PLANT, "id"), "P 1", "; 1 tot 20 letters, cijfers, - of _; "),
    "less than nothing": ((*PLANT, "capacity_t_per_a"), -1, ": -1; een getal van 0 tot en met "),
    "a size as text": ((*PLANT, "capacity_t_per_a"), "40", ': "40"; een getal van 0 tot en met '),
    "half a year": ((*PLANT, "from_year"), 2030.5, ": 2030.5; een heel getal van 1990 tot en met "),
    "no size for a plant": ((*PLANT, "capacity_t_per_a"), None, ": null; een getal van 0 tot en "),
    "a field more": ((*PLANT, "colour"), "red", 'plants 1.colour: "red"; zo\'n veld heeft een '),
    "its prototype": ((*PLANT, "__proto__"), {}, "plants 1.__proto__: { … }; zo'n veld heeft "),
    "votes below nothing": ((*PLANT, "votes", "for"), -1, "votes.for: -1; een heel getal van 0 "),
    "a change of nobody": ((*CHANGE, "facility_id"), "F9", 'facility_id: "F9"; een verwerker van '),
    "of one that takes none": ((*CHANGE, "facility_id"), "F3", 'facility_id: "F3"; een verwerker '),
    "a change of nothing": ((*CHANGE, "to_year"), None, "changes 1: null; een capaciteit, een "),
    "no such mark": ((*MARK, "kind"), "star", 'marks 1.kind: "star"; een van note, site, area; '),
    "a note of three places": ((*MARK, "kind"), "note", 'marks 1: "3 + 3"; één breedte en één '),
    "a latitude less": ((*MARK, "latitude"), [1, 2], 'marks 1: "2 + 3"; drie of meer hoeken'),
    "a corner too far": ((*MARK, "latitude"), [91] * 1, "marks 1.latitude 1: 91; een getal van "),
    "too many corners": ((*MARK, "latitude"), [1] * 1001, ": 1001; ten hoogste 1000 is het "),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_said_in_both_languages(
    modules: Page, raw: Json, path: tuple[str | int, ...], value: object, message: str
) -> None:
    found = read(modules, put(raw, path, value))
    assert found["session"] is None
    (line,), (english,) = found["nl"], found["en"]
    assert message in line
    assert english != line
    for each in (line, english):
        assert each.count("; ") >= 2
        assert "{" not in each.replace("{ … }", "")  # every place in it is filled


@pytest.mark.parametrize(
    "name", ["edition", "title", "date", "scenario", "view", "plants", "marks"]
)
def test_every_field_is_expected(modules: Page, raw: Json, name: str) -> None:
    found = read(modules, {key: value for key, value in raw.items() if key != name})
    assert found["nl"] == [
        f"{name}: ontbreekt; dit veld hoort erin; vul het aan, of bewaar de sessie opnieuw"
    ]


def test_all_is_said_at_once(modules: Page, raw: Json) -> None:
    spoiled = put(put(put(raw, ("title",), 7), (*PLANT, "step"), "x"), (*MARK, "text"), None)
    where = [each["where"] for each in read(modules, spoiled)["problems"]]
    assert where == ["title", "plants 1.step", "marks 1.text"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hello", 'session: "hello"; JSON-tekst (UTF-8) van een sessie; '),
        ("[" * 100_000, "; JSON-tekst (UTF-8) van een sessie; "),
        ("[" * 5000 + "]" * 5000, "session: [ … ]; verwacht wordt een object"),
        (" " * 2_000_001, "session: 2000001; ten hoogste 2 MB; "),
        ('{"format": 2}', "format: 2; vorm 1; open het met een nieuwere atlas"),
        ("null", "session: null; verwacht wordt een object"),
    ],
)
def test_what_is_no_session_is_refused(modules: Page, content: str, message: str) -> None:
    found = read(modules, content)
    assert found["session"] is None
    assert message in found["nl"][0]


def test_a_session_of_another_region_is_refused_in_one_line(modules: Page, raw: Json) -> None:
    found = read(modules, {**raw, "region": "utrecht"})
    assert found["nl"] == [
        'region: "utrecht"; een sessie van small; open het in de atlas van die regio'
    ]


def test_an_edition_of_another_day_may_have_lost_a_facility(modules: Page, raw: Json) -> None:
    other = put(
        {**raw, "edition": "older", "edition_date": "2025-01-01"}, (*CHANGE, "facility_id"), "F9"
    )
    found = read(modules, other)
    assert found["gone"] == ["F9"]
    assert found["other"] == {"edition": "older", "date": "2025-01-01", "older": True}
    assert found["session"]["changes"] == []
    assert len(found["session"]["put"]) == 1
    newer = read(modules, {**raw, "edition": "newer", "edition_date": "2027-01-01"})
    assert newer["other"]["older"] is False
    assert newer["gone"] == []


# ---------------------------------------------------------------- pure parts


def test_a_place_is_found_in_its_zone(modules: Page) -> None:
    ring = [[4, 52], [4.2, 52], [4.2, 52.1], [4, 52.1], [4, 52]]
    hole = [[4.05, 52.02], [4.1, 52.02], [4.1, 52.05], [4.05, 52.05], [4.05, 52.02]]
    east = [[4.2, 52], [4.4, 52], [4.4, 52.1], [4.2, 52.1], [4.2, 52]]
    outlines = [[[ring, hole]], [[east]]]
    for point, zone in (
        ([52.09, 4.1], 0),
        ([52.03, 4.07], None),
        ([52.05, 4.3], 1),
        ([52.2, 4.1], None),
    ):
        assert call(modules, "within", "m.zoneAt(...v)", outlines, point) == zone
    largest = call(modules, "within", "m.shellOf(v[0])", [[hole], [east]])
    assert largest == [[52, 4.2], [52, 4.4], [52.1, 4.4], [52.1, 4.2]]
    middle = call(modules, "within", "m.middleOf(v[0])", largest)
    assert middle == pytest.approx([52.05, 4.3])
    flat = call(modules, "within", "m.middleOf(v[0])", [[52, 4], [52, 4], [53, 4]])
    assert flat == pytest.approx([52 + 1 / 3, 4])


def test_votes_are_counted_and_never_below_nothing(modules: Page) -> None:
    state = {"marks": [{"id": "M1", "text": "x"}, {"id": "M2"}], "put": [], "changes": []}
    once = call(modules, "marks", "m.voted(v[0], 'marks', 'M1', 'against', 1)", state)
    votes = {"for": 0, "against": 1, "unsure": 0}
    assert once == {"marks": [{"id": "M1", "text": "x", "votes": votes}, {"id": "M2"}]}
    never = call(modules, "marks", "m.voted(v[0], 'marks', 'M2', 'for', -1)", state)
    assert never["marks"][1]["votes"]["for"] == 0


def test_text_is_cleaned_as_the_file_needs_it(modules: Page) -> None:
    told = "a\r\nb\u0000c\u0085 \ud83c"
    assert call(modules, "marks", "m.clean(v[0], 80, true)", told) == "a\nb c"
    assert call(modules, "marks", "m.clean(v[0], 80)", told) == "a b c"
    # A character of two halves is never cut in two.
    assert call(modules, "marks", "m.clean('ab🏭', 3)") == "ab"
    assert call(modules, "marks", "m.isClean('ab🏭\\n', true)") is True
    assert call(modules, "marks", "m.isClean('ab\\n')") is False


def test_who_proposed_a_plant_changes_no_number_and_no_address(modules: Page) -> None:
    found = files(
        modules,
        f"""
        const a = await import("atlas/address");
        const {{ caseKey }} = await import("atlas/scenario");
        const state = {STATE};
        const said = {{ ...state, put: state.put.map((p) => ({{ ...p, ...v[0] }})), marks: [] }};
        return [caseKey(atlas, state) === caseKey(atlas, said),
          a.toHash(atlas, state) === a.toHash(atlas, said), a.toHash(atlas, {{ ...said, put: [] }})
            === a.toHash(atlas, said)];
        """,
        SAID,
    )
    assert found == [True, True, False]


def test_a_file_is_named_by_its_title(modules: Page) -> None:
    for title, name in (
        ("Werksessie Côté 2", "werksessie-cote-2.json"),
        ("", "sessie-small.json"),
        ("../../x", "x.json"),
        ("🏭", "sessie-small.json"),
    ):
        assert (
            files(modules, "return (await import('atlas/session')).fileName(atlas, v[0]);", title)
            == name
        )


# ---------------------------------------------------------------- on the map


def unfold(page: Page) -> Locator:
    box = page.locator(".session")
    if box.get_attribute("open") is None:
        box.locator("> summary").click()
    return box


def start(page: Page, kind: str) -> None:
    unfold(page).get_by_role("button", name=kind, exact=True).click()


def at(page: Page, lat: float, lon: float) -> tuple[float, float]:
    x, y = page.evaluate(
        """([lat, lon]) => {
          const { x, y } = map_atlas.latLngToContainerPoint([lat, lon]);
          const box = map_atlas.getContainer().getBoundingClientRect();
          return [box.x + x, box.y + y];
        }""",
        [lat, lon],
    )
    return x, y


def click(page: Page, lat: float, lon: float) -> None:
    page.mouse.click(*at(page, lat, lon))


CORNERS = [(52.02, 4.12), (52.07, 4.12), (52.07, 4.17), (52.02, 4.17)]


def draw(page: Page, corners: list[tuple[float, float]] = CORNERS) -> None:
    start(page, "Gebied")
    for corner in corners:
        click(page, *corner)


def save(page: Page) -> Json:
    with page.expect_download() as info:
        unfold(page).get_by_role("button", name=re.compile("Bewaar sessie|Save session")).click()
    found: Json = json.loads(info.value.path().read_text(encoding="utf-8"))
    return found


def marks(page: Page) -> list[Json]:
    """Give the marks that a saved session holds."""
    found: list[Json] = save(page)["marks"]
    return found


def rows(page: Page) -> list[str]:
    return page.locator(".proposals > li > .choose").all_inner_texts()


def title(page: Page) -> Locator:
    return page.locator("#panel h2")


def test_a_note_is_put_where_the_map_is_clicked(page: Page) -> None:
    start(page, "Notitie")
    click(page, 52.05, 4.15)
    # The click is the note's: no zone is chosen by it.
    expect(title(page)).to_have_text("Notitie 1")
    expect(page.locator("#mark-text")).to_be_focused()
    assert "Alfa" in page.locator("#panel .size").inner_text()
    page.keyboard.type("Hier ligt een terrein")
    page.keyboard.press("Tab")
    page.keyboard.type("Fatima")
    page.locator("#panel").get_by_role("button", name="een stem erbij: voor").click()
    page.locator("#panel").get_by_role("button", name="een stem erbij: voor").click()
    page.locator("#panel").get_by_role("button", name="een stem erbij: twijfel").click()
    page.locator("#panel").get_by_role("button", name="een stem eraf: voor").click()
    assert rows(page) == ["Hier ligt een terrein"]
    assert "Fatima · 1 voor · 1 twijfel" in page.locator(".proposals summary").inner_text()
    (mark,) = marks(page)
    assert (mark["text"], mark["by"]) == ("Hier ligt een terrein", "Fatima")
    assert mark["votes"] == {"for": 1, "against": 0, "unsure": 1}
    assert [*mark["latitude"], *mark["longitude"]] == pytest.approx([52.05, 4.15], abs=2e-3)
    assert page.evaluate("location.hash") == ""
    # Its symbol opens it again.
    click(page, 51.95, 4.35)
    expect(title(page)).not_to_have_text("Notitie 1")
    page.locator(".symbol-mark svg").click()
    expect(title(page)).to_have_text("Notitie 1")


def test_a_drag_while_drawing_moves_the_map_and_puts_nothing(page: Page) -> None:
    start(page, "Plek")
    before = page.evaluate("map_atlas.getCenter()")
    x, y = at(page, 52.05, 4.15)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 30, steps=4)
    page.mouse.up()
    assert page.evaluate("map_atlas.getCenter()") != before
    assert rows(page) == []
    page.locator(".leaflet-control-zoom-in").click()
    assert rows(page) == []
    click(page, 52.05, 4.15)
    assert rows(page) == ["Plek 1"]


@pytest.mark.parametrize("end", ["Enter", "double click", "button"])
def test_an_area_is_drawn_corner_by_corner(page: Page, end: str) -> None:
    corners = CORNERS if end != "double click" else CORNERS[:3]
    draw(page, corners)
    zoom = page.evaluate("map_atlas.getZoom()")
    if end == "Enter":
        page.keyboard.press("Enter")
    elif end == "button":
        page.locator("#drawing").get_by_role("button", name="Klaar").click()
    else:
        page.mouse.dblclick(*at(page, *CORNERS[3]))
    expect(title(page)).to_have_text("Gebied 1")
    assert page.evaluate("map_atlas.getZoom()") == zoom
    (mark,) = marks(page)
    assert mark["latitude"] == pytest.approx([lat for lat, _ in CORNERS], abs=2e-3)
    assert mark["longitude"] == pytest.approx([lon for _, lon in CORNERS], abs=2e-3)
    # What lies in it can still be chosen, and its line chooses it.
    click(page, 52.028, 4.13)
    expect(title(page)).to_have_text("Alfa")
    click(page, 52.045, 4.12)
    expect(title(page)).to_have_text("Gebied 1")


def test_corners_are_taken_back_and_drawing_is_given_up(page: Page) -> None:
    draw(page)
    expect(page.locator("#drawing p")).to_contain_text("(4)")
    page.keyboard.press("Backspace")
    page.locator("#drawing").get_by_role("button", name="Hoek terug").click()
    expect(page.locator("#drawing p")).to_contain_text("(2)")
    # Two corners enclose nothing.
    page.keyboard.press("Enter")
    expect(page.locator("#drawing").get_by_role("button", name="Klaar")).to_be_hidden()
    assert rows(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#drawing")).to_be_hidden()
    expect(page.get_by_role("button", name="Gebied", exact=True)).to_be_focused()
    assert rows(page) == []
    # And the map is as it was.
    click(page, 52.05, 4.15)
    expect(title(page)).to_have_text("Alfa")


def test_everything_is_done_by_keyboard(page: Page) -> None:
    box = unfold(page)
    for kind, here, name in (
        ("Notitie", "Zet in Alfa", "Notitie 1"),
        ("Gebied", "Omtrek van Alfa", "Gebied 2"),
    ):
        page.locator('path.zones[aria-label^="Alfa"]').focus()
        page.keyboard.press("Enter")
        expect(title(page)).to_have_text("Alfa")
        box.get_by_role("button", name=kind, exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.locator("#drawing button").first).to_be_focused()
        expect(page.locator("#drawing button").first).to_have_text(here)
        page.keyboard.press("Enter")
        expect(title(page)).to_have_text(name)
        expect(page.locator("#mark-text")).to_be_focused()
    note, area = marks(page)
    assert (note["latitude"], note["longitude"]) == ([52.05], [4.1])
    assert list(zip(area["latitude"], area["longitude"], strict=True)) == [
        (52.0, 4.0), (52.0, 4.2), (52.1, 4.2), (52.1, 4.0),
    ]  # fmt: skip
    # Without a zone the middle of the map is the place.
    page.locator("#panel .back").press("Enter")
    box.get_by_role("button", name="Plek", exact=True).press("Enter")
    expect(page.locator("#drawing button").first).to_have_text("Zet in het midden van de kaart")
    page.keyboard.press("Enter")
    expect(title(page)).to_have_text("Plek 3")
    # The first Escape leaves the field and keeps what stands in it, the next the panel.
    page.keyboard.type("terrein")
    page.keyboard.press("Escape")
    expect(title(page)).to_have_text("Plek 3")
    assert marks(page)[2]["text"] == "terrein"
    page.locator("#panel").focus()
    page.keyboard.press("Escape")
    expect(title(page)).to_have_text("Klein")
    page.get_by_role("button", name="terrein", exact=True).press("Enter")
    page.locator("#panel").get_by_role("button", name="Weghalen").press("Enter")
    assert rows(page) == ["Notitie 1", "Gebied 2"]
    expect(page.locator("#panel")).to_be_focused()


def test_text_half_written_is_kept_when_something_else_is_clicked(page: Page) -> None:
    start(page, "Notitie")
    click(page, 52.05, 4.15)
    page.keyboard.type("half")
    # The click on a vote is not lost by what the text changes.
    page.locator("#panel").get_by_role("button", name="een stem erbij: tegen").click()
    page.locator("#mark-text").click()
    page.keyboard.press("End")
    page.keyboard.type(" af")
    click(page, 51.95, 4.35)
    page.locator(".proposals .choose").click()
    expect(page.locator("#mark-text")).to_have_value("half af")
    assert marks(page)[0]["votes"]["against"] == 1


def test_marks_votes_and_texts_are_undone_and_redone(page: Page) -> None:
    start(page, "Plek")
    click(page, 52.05, 4.15)
    page.keyboard.type("Terrein")
    page.locator("#panel").get_by_role("button", name="een stem erbij: voor").click()
    count = page.locator("#panel output").first
    expect(count).to_have_text("1")
    page.locator("#panel").focus()
    page.keyboard.press("Control+z")
    expect(count).to_have_text("0")
    # Text goes back as a whole, however many keys it took.
    page.keyboard.press("Control+z")
    expect(page.locator("#mark-text")).to_have_value("")
    page.keyboard.press("Control+z")
    assert rows(page) == []
    expect(title(page)).to_have_text("Klein")
    expect(page.locator(".symbol-mark")).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("Control+Shift+z")
    assert rows(page) == ["Terrein"]
    expect(page.locator(".symbol-mark")).to_have_count(1)
    assert marks(page)[0]["votes"]["for"] == 1


PLANTS = "#put=P1~panel~recycling~500~2032~52.05~4.1~Kade&changes=C1~F1~~~2040"


def test_plants_and_changes_are_voted_on_too(show: Callable[..., Page], document: Json) -> None:
    page = show(document, PLANTS)
    unfold(page)
    assert rows(page) == ["Kade · 500 t/jaar · 2032", "Fabriek · tot en met 2040"]
    for place, name in ((0, "Fatima"), (1, "Piet")):
        row = page.locator(".proposals > li").nth(place)
        row.locator("summary").click()
        row.get_by_label("Voorgesteld door").fill(name)
        row.get_by_role("button", name="een stem erbij: voor").click()
    saved = save(page)
    for own, name in ((saved["plants"][0], "Fatima"), (saved["changes"][0], "Piet")):
        assert (own["by"], own["votes"]["for"]) == (name, 1)
    # Back and Forward over the plants' own changes keep who proposed them.
    page.locator(".proposals > li").nth(1).get_by_role("button", name="Weghalen").click()
    page.wait_for_function("!location.hash.includes('changes')")
    page.go_back()
    expect(page.locator(".proposals > li")).to_have_count(2)
    assert save(page)["changes"][0]["by"] == "Piet"
    page.locator(".proposals .choose").nth(1).click()
    expect(title(page)).to_have_text("Fabriek")


def test_marks_stay_when_the_reader_goes_back(page: Page) -> None:
    start(page, "Notitie")
    click(page, 52.05, 4.15)
    page.get_by_role("button", name="Rapport 2026", exact=True).click()
    page.wait_for_function("location.hash.includes('basis=report')")
    assert "mark" not in page.evaluate("location.hash")
    page.go_back()
    page.wait_for_function("!location.hash.includes('basis')")
    assert rows(page) == ["Notitie 1"]


# ---------------------------------------------------------------- saved and opened


def give(page: Page, name: str, content: Json | bytes) -> None:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    unfold(page).locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/json", "buffer": data}
    )


def told(page: Page) -> Locator:
    return page.locator(".session .told")


def test_a_session_is_saved_and_opened_in_one_step(
    show: Callable[..., Page], document: Json, raw: Json
) -> None:
    page = show(document)
    start(page, "Notitie")
    click(page, 52.05, 4.15)
    give(page, "werk.json", raw)
    expect(told(page)).to_contain_text("werk.json geopend: 3 voorstellen.")
    assert rows(page) == ["Kade · 501 t/jaar · 2032", "Fabriek · tot en met 2040", "Hier"]
    assert page.locator("#session-title").input_value() == "Werksessie"
    page.wait_for_function("location.hash.includes('reach=netherlands')")
    assert "stream=phone" in page.evaluate("location.hash")
    saved = save(page)
    saved.pop("date")
    assert saved == {key: value for key, value in raw.items() if key != "date"}
    # One step back, and all is as it was: marks, title, switches and stream.
    page.locator("#panel").focus()
    page.keyboard.press("Control+z")
    assert rows(page) == ["Notitie 1"]
    assert page.locator("#session-title").input_value() == ""
    page.wait_for_function("!location.hash.includes('reach')")
    assert "stream" not in page.evaluate("location.hash")
    page.keyboard.press("Control+Shift+z")
    assert len(rows(page)) == 3


def test_a_damaged_file_changes_nothing_and_says_why(
    show: Callable[..., Page], document: Json, raw: Json
) -> None:
    page = show(document)
    start(page, "Notitie")
    click(page, 52.05, 4.15)
    before = marks(page)
    spoiled = put(put(raw, ("title",), HOSTILE * 3), (*MARK, "kind"), "star")
    cases = (
        (spoiled, "title: "),
        (b"\xff\xfe{}", "JSON-tekst (UTF-8) van een sessie"),
        (b"x" * 2_000_001, "kapot.json: 2.0 MB; ten hoogste 2 MB; open het bestand van een sessie"),
        ({**raw, "region": "utrecht"}, 'region: "utrecht"'),
    )
    for content, words in cases:
        give(page, "kapot.json", content)  # type: ignore[arg-type]  # JSON or bytes
        expect(told(page)).to_contain_text("kapot.json is niet geopend; er is niets veranderd.")
        expect(told(page)).to_contain_text(words)
        assert marks(page) == before
        assert page.evaluate("location.hash") == ""
        give(page, "kapot.json", content)  # type: ignore[arg-type]  # again: it is said again
        expect(told(page)).to_contain_text(words)
    give(page, "kapot.json", spoiled)
    assert told(page).locator("li").count() == 2
    page.locator("header").get_by_role("button", name="EN", exact=True).click()
    expect(told(page)).to_contain_text("kapot.json was not opened; nothing has changed.")
    expect(told(page)).to_contain_text("one of note, site, area is expected")


def test_an_older_edition_is_opened_with_a_notice(
    show: Callable[..., Page], document: Json, raw: Json
) -> None:
    page = show(document)
    older = {**raw, "edition": "abc", "edition_date": "2025-01-01"}
    give(page, "oud.json", put(older, (*CHANGE, "facility_id"), "F9"))
    expect(told(page)).to_contain_text(
        "Gemaakt met een oudere editie (1 januari 2025 · abc); deze is 0123456789."
    )
    expect(told(page)).to_contain_text("wijziging van F9")
    assert rows(page) == ["Kade · 501 t/jaar · 2032", "Hier"]


def test_a_file_is_dropped_on_the_page(
    show: Callable[..., Page], document: Json, raw: Json
) -> None:
    page = show(document)
    page.evaluate(
        """(text) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([text], "gesleept.json"));
          const over = new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true });
          document.querySelector("#canvas").dispatchEvent(over);
          if (!over.defaultPrevented) throw new Error("the page does not take files");
          document.querySelector("#canvas").dispatchEvent(
            new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        json.dumps(raw),
    )
    expect(told(page)).to_contain_text("gesleept.json geopend")
    assert len(rows(page)) == 3


def test_the_zone_of_a_plant_follows_from_its_place(
    show: Callable[..., Page], document: Json, raw: Json
) -> None:
    page = show(document)
    give(page, "a.json", put(raw, (*PLANT, "latitude"), 51.95))
    page.wait_for_function("location.hash.includes('put=')")
    assert "GM0001.haven" in page.evaluate("decodeURIComponent(location.hash)")
    give(page, "b.json", put(raw, (*PLANT, "latitude"), 53.0))
    page.wait_for_function("decodeURIComponent(location.hash).includes('~53~4.1~~Kade')")


def leaving(page: Page) -> bool:
    """Tell whether the page asks before it is left."""
    asked: bool = page.evaluate(
        "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    )
    return asked


def test_it_warns_only_of_what_is_not_saved(
    show: Callable[..., Page], document: Json, raw: Json
) -> None:
    page = show(document)
    summary = unfold(page).locator("> summary")
    assert not leaving(page)
    page.get_by_role("button", name="Rapport 2026", exact=True).click()
    assert not leaving(page)
    start(page, "Notitie")
    click(page, 52.05, 4.15)
    assert leaving(page)
    expect(summary).to_have_text("Sessie · 1 voorstel · niet bewaard")
    save(page)
    assert not leaving(page)
    expect(summary).to_have_text("Sessie · 1 voorstel")
    page.locator("#session-title").fill("Ander")
    page.locator("#session-title").press("Tab")
    assert leaving(page)
    give(page, "werk.json", raw)
    expect(told(page)).to_contain_text("geopend")
    assert not leaving(page)
    page.locator(".proposals summary").first.click()
    page.locator(".proposals").get_by_role("button", name="een stem erbij: voor").first.click()
    assert leaving(page)
    for _ in range(3):
        row = page.locator(".proposals > li").first
        if row.locator("details").get_attribute("open") is None:
            row.locator("summary").click()
        row.get_by_role("button", name="Weghalen").click()
    assert not leaving(page)


def test_a_page_opened_with_plants_in_its_address_has_nothing_to_lose(
    show: Callable[..., Page], document: Json
) -> None:
    page = show(document, PLANTS)
    assert not leaving(page)


def test_text_of_others_stays_text(show: Callable[..., Page], document: Json, raw: Json) -> None:
    page = show(document)
    hostile = put(put(raw, (*MARK, "text"), HOSTILE), (*PLANT, "name"), HOSTILE[:80])
    hostile = put(hostile, (*MARK, "longitude"), [4.2, 4.2, 4.3])  # beside the legend
    give(page, f"{HOSTILE[:20]}.json", put(hostile, ("title",), HOSTILE[:80]))
    expect(page.locator(".proposals > li")).to_have_count(3)
    page.locator(".proposals .choose").last.click()
    expect(page.locator("#mark-text")).to_have_value(HOSTILE)
    page.locator(".symbol-mark svg").hover()
    expect(page.locator("#canvas .tip")).to_contain_text("<img src=x")
    assert page.evaluate("window.fired") is None


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768), (341, 192)])
def test_it_fits_and_its_targets_are_large_enough(
    show: Callable[..., Page], document: Json, raw: Json, width: int, height: int
) -> None:
    page = show(document)
    page.set_viewport_size({"width": width, "height": height})
    give(page, "werk.json", raw)
    for summary in page.locator(".proposals summary").all():
        summary.click()
    page.locator(".proposals .choose").last.click()
    start(page, "Gebied")
    small = page.evaluate(
        """() => [...document.querySelectorAll(`.session button, .session summary, .session input,
            .mark-panel button, .mark-panel input, textarea, #drawing button`)]
          .filter((each) => each.offsetParent && each.type !== "file")
          .map((each) => [each.textContent, each.getBoundingClientRect()])
          .filter(([, { width, height }]) => width < 24 || height < 24).map(([text]) => text)"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bar, canvas = (page.locator(name).bounding_box() for name in ("#drawing", "#canvas"))
    assert bar is not None
    assert canvas is not None
    assert bar["x"] >= canvas["x"]
    assert bar["x"] + bar["width"] <= canvas["x"] + canvas["width"]


def test_every_field_has_a_name(show: Callable[..., Page], document: Json, raw: Json) -> None:
    page = show(document)
    give(page, "werk.json", raw)
    page.locator(".proposals .choose").last.click()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll(".session input, .mark-panel input, textarea")]
          .filter((each) => each.type !== "file" && !each.labels.length).map((each) => each.id)"""
    )
    assert nameless == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))


def test_a_switch_stays_quick_with_many_marks(
    show: Callable[..., Page], document: Json, raw: Json
) -> None:
    page = show(document)
    many = [
        {**raw["marks"][0], "id": f"M{number}", "latitude": [52 + number / 1e4, 52.1, 52.05]}
        for number in range(1, 101)
    ]
    give(page, "veel.json", {**raw, "marks": many, "plants": [], "changes": []})
    expect(page.locator(".proposals > li")).to_have_count(100)
    median = page.evaluate(
        """() => {
          const box = document.querySelector("#controls .layers");
          const buttons = [...box.querySelectorAll("button")];
          const took = [...buttons, ...buttons].map((each) => {
            const before = performance.now();
            each.click();
            document.body.offsetHeight;
            return performance.now() - before;
          }).sort((one, other) => one - other);
          return took[took.length >> 1];
        }"""
    )
    assert median <= 50


def test_marks_are_in_the_legend_only_when_there_are_any(page: Page, tmp_path: Path) -> None:
    key = page.locator("#legend .key")
    assert "sessie" not in (key.text_content() or "")
    start(page, "Plek")
    click(page, 52.05, 4.15)
    assert "plek van de sessie" in (key.text_content() or "")
    page.screenshot(path=tmp_path / "legend.png")
