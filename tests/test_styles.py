"""Styles: the classes and colours of the page, and what QML and SLD make of them."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pyogrio
import pytest

import atlas
from atlas.classes import classes_of
from atlas.definitions import Text
from atlas.dictionary import read_dictionary
from atlas.document import page_document
from atlas.exports import layers
from atlas.qml import write_qml, write_raster_qml
from atlas.sld import write_sld
from atlas.styles import GAP, PLANT, POINT, styles
from atlas.symbology import (
    BLUES,
    Condition,
    Fill,
    Graduated,
    Label,
    Line,
    Marker,
    Rule,
    Rules,
    Style,
    as_rules,
    between,
    graduated,
    in_dutch,
)

PAGE = Path(atlas.__file__).parent / "page"
NAMES = {
    "sld": "http://www.opengis.net/sld",
    "se": "http://www.opengis.net/se",
    "ogc": "http://www.opengis.net/ogc",
}
TONNES = Text("t", "t")
OPERATORS = {
    "PropertyIsEqualTo": lambda have, want: have == want,
    "PropertyIsLessThan": lambda have, want: have < want,
    "PropertyIsGreaterThan": lambda have, want: have > want,
    "PropertyIsGreaterThanOrEqualTo": lambda have, want: have >= want,
}


@pytest.fixture(scope="module")
def world(written_world: Path) -> atlas.Atlas:
    return atlas.build("world", home=written_world)


@pytest.fixture(scope="module")
def own(world: atlas.Atlas) -> tuple[Style, ...]:
    return styles(world, layers(world), read_dictionary(world.catalog.home))


def classes(style: Style) -> list[tuple[float | None, float | None, str | None]]:
    assert isinstance(style.renderer, Graduated)
    found = []
    for each in style.renderer.classes:
        assert isinstance(each.symbol, Fill)
        found.append((each.lower, each.upper, each.symbol.colour))
    return found


def true_of(node: ET.Element, row: dict[str, object]) -> bool:
    """Judge a filter of an SLD as another program would."""
    kind = node.tag.split("}")[1]
    if kind in {"Filter", "And"}:
        return all(true_of(each, row) for each in node)
    if kind == "Not":
        return not true_of(node[0], row)
    have = row[node.findtext("ogc:PropertyName", "", NAMES)]
    if kind == "PropertyIsNull":
        return have is None
    want = node.findtext("ogc:Literal", "", NAMES)
    if have is None:
        return False
    if isinstance(have, bool):
        return OPERATORS[kind](have, want == "true")
    return OPERATORS[kind](have, want if isinstance(have, str) else float(want))


def drawn_by(text: str, row: dict[str, object]) -> list[str]:
    """Name the rules of an SLD that draw a feature, those of its names apart."""
    rules = ET.fromstring(text).iterfind(".//se:Rule", NAMES)  # noqa: S314 - of our own making
    return [
        rule.findtext("se:Name", "", NAMES)
        for rule in rules
        if rule.find("se:Description", NAMES) is not None
        and all(true_of(each, row) for each in rule.iterfind("ogc:Filter", NAMES))
    ]


def test_colours_are_those_of_the_page() -> None:
    code = (PAGE / "classes.js").read_text(encoding="utf-8")
    colours = re.search(r"COLOURS = \[(.*?)\]", code)
    assert colours is not None
    assert tuple(re.findall(r"#\w{6}", colours[1])) == BLUES
    shapes = (PAGE / "shapes.js").read_text(encoding="utf-8")
    assert f'PLANT = "{PLANT}"' in shapes
    assert f'POINT = "{POINT}"' in shapes
    assert GAP in (PAGE / "style.css").read_text(encoding="utf-8")


def test_classes_are_those_of_the_page(world: atlas.Atlas, own: tuple[Style, ...]) -> None:
    page = min(world.catalog.maps.values(), key=lambda each: each.order)
    document = page_document(world, page)["classes"]
    assert document == classes_of(world)
    seen = 0
    for style in own:
        if style.layer.startswith("zones_") and isinstance(style.renderer, Graduated):
            kinds = {"aanwezig": "stock", "capaciteitsgat": "capacity_gap"}
            kind = kinds.get(style.name.rpartition("_")[0] or style.name, "released")
            edges = document[style.layer.removeprefix("zones_")][f"{kind}:mass"]
            assert [lower for lower, _, _ in classes(style)] == [None, *edges]
            assert [upper for _, upper, _ in classes(style)] == [*edges, None]
            assert tuple(colour for *_, colour in classes(style)) == BLUES[: len(edges) + 1]
            seen += 1
    assert seen == 3 * len(world.catalog.stocks) + 2 * len(world.catalog.flows)


def test_every_layer_on_the_map_has_one_default(built: Path) -> None:
    package = built / "layers" / "zuid-holland.gpkg"
    placed = {str(name) for name, kind in pyogrio.list_layers(package) if kind is not None}
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as file:
        rows = file.execute(
            "SELECT f_table_name, styleName, useAsDefault FROM layer_styles"
        ).fetchall()
    assert {layer for layer, _, default in rows if default} >= placed
    for layer in {layer for layer, *_ in rows}:
        assert sum(default for name, _, default in rows if name == layer) == 1, layer
    assert len({(layer, name) for layer, name, _ in rows}) == len(rows)
    wide = {name for layer, name, _ in rows if layer == "zones_solar_panel"}
    assert {"komt_vrij_2035", "aanwezig"} < wide
    assert any(name.endswith("_met_gat") for name in wide)
    assert any(name.startswith("capaciteitsgat_") for name in wide)


def test_styles_speak_of_columns_that_are_there(world: atlas.Atlas, own: tuple[Style, ...]) -> None:
    tables = layers(world)
    assert own
    for style in own:
        rules = as_rules(style.renderer)
        used = {each.column for rule in rules for each in rule.conditions}
        used |= {style.label.column} if style.label else set()
        used |= {
            rule.symbol.size_by
            for rule in rules
            if isinstance(rule.symbol, Marker) and rule.symbol.size_by
        }
        assert used <= set(tables[style.layer].columns), (style.layer, style.name)


def test_every_feature_is_drawn_once_by_a_default(built: Path) -> None:
    """The rules of the SLD, judged on every row; flows show one year only."""
    package = built / "layers" / "zuid-holland.gpkg"
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as file:
        found = file.execute(
            "SELECT f_table_name, styleSLD FROM layer_styles "
            "WHERE useAsDefault AND f_geometry_column = 'geom' AND f_table_name <> 'flows'"
        ).fetchall()
    assert len(found) >= 10
    for layer, text in found:
        frame = pyogrio.read_dataframe(package, layer=layer, read_geometry=False)
        frame = frame.astype(object).where(frame.notna(), None)
        for row in frame.to_dict("records"):
            assert len(drawn_by(text, row)) == 1, (layer, row)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (None, "geen gegevens"),
        (0.0, "< 1 t"),
        (0.999, "< 1 t"),
        (1.0, "1 – 2,5 t"),
        (2.5, "2,5 – 1.000 t"),
        (1000.0, "≥ 1.000 t"),
        (1e9, "≥ 1.000 t"),
    ],
)
def test_a_value_is_in_the_class_that_it_reaches(value: float | None, label: str) -> None:
    renderer = graduated("mass_t", (1.0, 2.5, 1000.0), unit=TONNES)
    style = Style("zones", "massa", Text("Massa", "Mass"), renderer)
    assert drawn_by(write_sld(style), {"mass_t": value}) == [label]
    ranges = ET.fromstring(write_qml(style, {}).split("\n", 1)[1]).iter("range")  # noqa: S314
    own = -1.0 if value is None else value
    inside = [
        each.get("label")
        for each in ranges
        if float(each.get("lower", "nan")) <= own <= float(each.get("upper", "nan"))
    ]
    assert inside == [label]


def test_words_and_values_are_escaped() -> None:
    rules = Rules(
        (
            Rule(
                Text("< 'a' & \"b\"", ""),
                (Condition('na"me', "=", "'s-Gravenhage"), Condition("open", "=", True)),  # noqa: FBT003
                Line("#123456", 0.5, 0.5),
            ),
        )
    )
    style = Style("flows", "x", Text("<x>", ""), rules, Label('na"me'), geometry="line")
    qml = ET.fromstring(write_qml(style, {"a": "<&>"}).split("\n", 1)[1])  # noqa: S314
    (rule,) = (each for each in qml.iter("rule"))
    assert rule.get("label") == "< 'a' & \"b\""
    assert rule.get("filter") == '"na""me" = \'\'\'s-Gravenhage\' AND "open" = true'
    assert [each.get("name") for each in qml.iter("alias")] == ["", "<&>"]
    row = {'na"me': "'s-Gravenhage", "open": True}
    assert drawn_by(write_sld(style), row) == ["< 'a' & \"b\""]
    assert drawn_by(write_sld(style), row | {"open": False}) == []


def test_plants_are_told_apart_without_colour(own: tuple[Style, ...]) -> None:
    (style,) = (each for each in own if each.layer == "facilities")
    markers = [rule.symbol for rule in as_rules(style.renderer)]
    looks = [
        (m.shape, m.colour is None, m.sign, m.dashed) for m in markers if isinstance(m, Marker)
    ]
    assert len(looks) == len(markers) > 0
    assert len(set(looks)) == len(looks)


def test_numbers_are_written_as_dutch_readers_do() -> None:
    assert [in_dutch(value) for value in (0.05, 2.5, 1000.0, 1_250_000.0)] == [
        "0,05", "2,5", "1.000", "1.250.000",
    ]  # fmt: skip
    assert between(None, 1000.0, TONNES) == Text("< 1.000 t", "< 1,000 t")
    assert between(None, None, TONNES).nl == "–"


def test_a_raster_has_the_same_classes() -> None:
    text = write_raster_qml(graduated("", (1.0, 2.0, 5.0, 10.0), unit=Text("km", "km")), most=33.0)
    items = list(ET.fromstring(text.split("\n", 1)[1]).iter("item"))  # noqa: S314
    assert [item.get("color") for item in items] == list(BLUES)
    bounds = [float(item.get("value", "nan")) for item in items]
    assert bounds == pytest.approx([1, 2, 5, 10, float("inf")], rel=1e-9)
    assert bounds[0] < 1  # a cell at 1 km belongs to the next class
