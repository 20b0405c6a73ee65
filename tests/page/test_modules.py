"""The pure modules, called in the browser they run in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def call(modules: Page, module: str, expression: str, *values: object) -> Any:  # noqa: ANN401
    """Value of a JavaScript expression in which `m` is the module and `v` the values given."""
    body = f"async (v) => {{ const m = await import('atlas/{module}'); return {expression}; }}"
    return modules.evaluate(body, list(values))


@pytest.mark.parametrize(
    ("value", "lang", "decimals", "text"),
    [
        (1234.5, "nl", 1, "1.234,5"),
        (1234.5, "en", 1, "1,234.5"),
        (1234.5, "nl", 0, "1.235"),
        (10750000, "nl", 0, "10.750.000"),
        (0, "nl", 2, "0"),
        (0.004, "nl", 1, "< 0,1"),
        (0.004, "en", 2, "< 0.01"),
        (-0.004, "en", 1, "> −0.1"),
        (0.05, "nl", 1, "0,1"),
        (None, "nl", 1, None),
    ],
)
def test_numbers_follow_the_notation(
    modules: Page, value: float | None, lang: str, decimals: int, text: str | None
) -> None:
    assert call(modules, "format", "m.number(...v)", value, lang, decimals) == text


@pytest.mark.parametrize(
    ("value", "grade", "text"),
    [(123456, "A", "123.456"), (123456, "C", "123.000"), (0.12345, "D", "0,12"), (None, "D", None)],
)
def test_doubtful_numbers_carry_three_digits(
    modules: Page, value: float | None, grade: str, text: str | None
) -> None:
    assert call(modules, "format", "m.amount(v[0], 'nl', 2, v[1])", value, grade) == text


def test_shares_and_dates(modules: Page) -> None:
    assert call(modules, "format", "m.percentage(1, 8, 'nl')") == "13 %"
    assert call(modules, "format", "m.percentage(1, 80, 'en')") == "1.3%"
    assert call(modules, "format", "m.percentage(1, 0, 'nl')") is None
    assert call(modules, "format", "m.percentage(null, 5, 'nl')") is None
    assert call(modules, "format", "m.date('2026-01-11', 'nl')") == "11 januari 2026"
    assert call(modules, "format", "m.date('undated', 'nl')") == "undated"


@pytest.mark.parametrize(
    ("text", "lang", "capital"),
    [
        ("ijzer", "nl", "IJzer"),
        ("ijzer", "en", "Ijzer"),
        ("indium", "nl", "Indium"),
        ("iron", "en", "Iron"),
        ("", "nl", ""),
    ],
)
def test_a_line_starts_with_a_capital(modules: Page, text: str, lang: str, capital: str) -> None:
    assert call(modules, "say", "m.capital(...v)", text, lang) == capital


def test_missing_is_not_zero_in_sums(modules: Page) -> None:
    assert call(modules, "model", "m.sum([1, null, 2])") == 3
    assert call(modules, "model", "m.sum([null, null])") is None
    assert call(modules, "model", "m.sum([0, null])") == 0


def test_kilometres_over_the_globe(modules: Page) -> None:
    # A degree of latitude is 6371 km × π / 180.
    assert call(modules, "model", "m.kilometres([51, 4], [52, 4])") == pytest.approx(
        111.195, abs=1e-2
    )
    assert call(modules, "model", "m.kilometres([51, 4], [51, 4])") == 0


def test_classes_are_open_above_and_count_every_zone(modules: Page) -> None:
    breaks = [10, 25, 60, 150]
    values = [0, 9.99, 10, 24, 60, 149, 150, 1e9, None]
    classes = call(
        modules, "classes", "v[0].map((value) => m.classOf(value, v[1]))", values, breaks
    )
    assert classes == [0, 0, 1, 1, 3, 3, 4, 4, None]
    counts = call(modules, "classes", "m.countClasses(...v)", classes, breaks)
    assert counts == {"of": [2, 2, 0, 2, 2], "none": 1}
    assert sum(counts["of"]) + counts["none"] == len(values)
    labels = call(modules, "classes", "m.classLabels(v[0], String)", breaks)
    assert labels == ["< 10", "10 – 25", "25 – 60", "60 – 150", "≥ 150"]


def test_csv_defuses_formulas_and_follows_the_language(modules: Page) -> None:
    rows = [["naam", "t"], ["=1+1", 1234.5], ['a;"b"', -2], ["\t@x", None]]
    text = call(modules, "csv", "m.toCsv(...v)", rows, "nl")
    assert text == '\ufeffnaam;t\r\n\'=1+1;1234,5\r\n"a;""b""";-2\r\n\'\t@x;\r\n'
    english = call(modules, "csv", "m.toCsv(...v)", rows, "en")
    assert "'=1+1,1234.5" in english


def test_arrow_keys_prefer_what_lies_beside(modules: Page) -> None:
    points = [[1, 0], [1, 1], [0, 0], [0, 1]]
    touches = "v[0].map((_, a) => new Set(v[0].keys()))"
    step = f"m.neighbour(v[0], {touches}, v[1], v[2])"
    for start, key, end in [
        (0, "ArrowRight", 1),
        (0, "ArrowDown", 2),
        (3, "ArrowUp", 1),
        (3, "ArrowLeft", 2),
        (0, "ArrowUp", 0),
    ]:
        assert call(modules, "neighbours", step, points, start, key) == end


def test_a_state_comes_back_from_its_address(modules: Page, document: dict[str, Any]) -> None:
    switches = {key: values[0] for key, values in document["switches"].items()}
    other = {
        "door": "figures",
        "stream": "panel",
        "layer": "released",
        "measure": "Nd",
        "basis": "report",
        "year": 2026,
        **switches,
        "lifetime": "late",
        "range": "low",
        "put": [],
        "changes": [{"id": "C2", "facility": "F1", "capacity": 5, "from": None, "to": None}],
    }
    state = {
        "door": "gap",
        "stream": "phone",
        "layer": "stock",
        "measure": "phones",
        "year": 2041,
        "basis": "register",
        "lifetime": "early",
        "inflow": "growth",
        "collection": "targets",
        "drive_train": "dd_pmsg",
        "recovery": "legal",
        "reach": "netherlands",
        "planned": "yes",
        "unknown_capacity": "median",
        "foreign_share": "1",
        "demand": "ours_first",
        "range": "high",
        "per": "km2",
        "areas": "municipality",
        "hatch": False,
        "compare": "difference",
        "other": other,
        "linked": False,
        "flows": True,
        "sites": True,
        "own": True,
        "certainty": "stated",
        "points": False,
        "plants": True,
        "hidden": ["recycling", "sorting"],
        "only": False,
        "background": False,
        "slash": True,
        "put": [
            {
                "id": "P1",
                "stream": "panel",
                "step": "recycling",
                "capacity": 1500.5,
                "from": 2031,
                "point": [51.95, 4.1],
                "zone": "GM0001.haven",
                "name": "Naam!~ & #",
            }
        ],
        "changes": [
            {"id": "C1", "facility": "F1", "capacity": 0, "from": None, "to": 2040},
        ],
        "marks": [],
        "title": "",
        "chosen": "plant:P1",
        "drawer": "table",
        "lang": "en",
    }
    back = "m.fromHash(v[0], m.toHash(v[0], v[1]))"
    assert call(modules, "address", back, document, state) == state
    first = "m.toHash(v[0], m.fromHash(v[0], ''))"
    assert call(modules, "address", first, document) == ""


@pytest.mark.parametrize(
    "address",
    [
        "#",
        "#%",
        "#stream=gone&layer=x&chosen=zone:nowhere&lang=xx&drawer=boom&hatch=maybe",
        "#year=2024&lifetime=x&inflow=&collection=__proto__&measure=Xx",
        "#__proto__=1&constructor=2&background=yes",
        "#hidden=<script>&door=%00",
        "#" + "a=b&" * 2000,
    ],
)
def test_a_garbled_address_opens_as_at_first(
    modules: Page, document: dict[str, Any], address: str
) -> None:
    first = call(modules, "address", "m.fromHash(v[0], '')", document)
    assert call(modules, "address", "m.fromHash(...v)", document, address) == first
