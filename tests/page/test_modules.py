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


BASIS = {
    "quantities": [
        {"id": "kwp", "layer": "stock", "values": [100, None, 0], "unallocated": 10},
        {"id": "mass", "layer": "stock", "of": "kwp", "factor": 0.1, "low": 0.5, "high": 2},
        {"id": "released", "layer": "released", "of": "mass", "factor": 0.5},
        {
            "id": "gap",
            "layer": "capacity_gap",
            "values": [4, 1, None],
            "unallocated": 0,
            "best": [1, 1, None],
            "unallocated_best": None,
        },
    ],
}


def test_factors_multiply_along_the_chain(modules: Page) -> None:
    got = call(modules, "model", "m.amounts(v[0], v[0].quantities[2])", BASIS)
    assert got == {
        "values": [5, None, 0],
        "unallocated": 0.5,
        "best": None,
        "unallocatedBest": None,
    }
    gap = call(modules, "model", "m.amounts(v[0], v[0].quantities[3])", BASIS)
    assert gap["best"] == [1, 1, None]


def test_a_factor_of_itself_is_refused(modules: Page) -> None:
    ring = {
        "quantities": [{"id": "a", "of": "b", "factor": 2}, {"id": "b", "of": "a", "factor": 2}]
    }
    code = "await (async () => m.amounts(v[0], v[0].quantities[0]))().catch((e) => e.message)"
    assert call(modules, "model", code, ring) == "quantity a is a factor of itself"


def test_missing_is_not_zero_in_sums(modules: Page) -> None:
    assert call(modules, "model", "m.sum([1, null, 2])") == 3
    assert call(modules, "model", "m.sum([null, null])") is None
    total = "m.total(m.amounts(v[0], v[0].quantities[0]))"
    assert call(modules, "model", total, BASIS) == 110
    best = "m.total(m.amounts(v[0], v[0].quantities[3]), 'best')"
    assert call(modules, "model", best, BASIS) == 2
    zones = [{"municipality": "a"}, {"municipality": "b"}, {"municipality": "a"}]
    sums = "[...m.byMunicipality(v[0], v[1])]"
    assert call(modules, "model", sums, zones, [1, None, 2]) == [["a", 3], ["b", None]]


def test_a_quantity_is_found_or_null(modules: Page) -> None:
    find = "m.quantityOf(v[0], v[1], v[2])?.id ?? null"
    assert call(modules, "model", find, BASIS, "stock", "kwp") == "kwp"
    assert call(modules, "model", find, BASIS, "stock", "gone") == "mass"
    assert call(modules, "model", find, BASIS, "released", "kwp") == "released"
    assert call(modules, "model", find, BASIS, "processed", "mass") is None
    assert call(modules, "model", find, None, "stock", "mass") is None


def test_ranges_only_where_they_are_known(modules: Page) -> None:
    mass, gap = BASIS["quantities"][1], BASIS["quantities"][3]
    assert call(modules, "model", "m.bounds(...v)", mass, 10) == [5, 20]
    assert call(modules, "model", "m.bounds(...v)", gap, 10) is None
    assert call(modules, "model", "m.bounds(...v)", mass, None) is None
    assert call(modules, "model", "m.rangeFactor(...v)", mass, "high") == 2
    assert call(modules, "model", "m.rangeFactor(...v)", gap, "high") == 1


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
    state = {
        "door": "gap",
        "stream": "phone",
        "layer": "stock",
        "measure": "phones",
        "basis": "register",
        "range": "high",
        "hatch": False,
        "points": False,
        "plants": True,
        "hidden": ["recycling", "sorting"],
        "only": False,
        "background": False,
        "chosen": "zone:GM0001.haven",
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
