"""Layer files for ArcGIS Pro: objects as Esri publishes them, and the styles of the atlas in them.

There is no ArcGIS here: what a file draws is worked out from its own words, on the very rows of
the GeoPackage that it refers to.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from contextlib import closing
from pathlib import Path, PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyogrio
import pytest
import shapely
from arcgis_model import FIELDS, faults

from atlas.cim_renderers import drawings, where
from atlas.cim_symbols import label_class, reference
from atlas.definitions import Text
from atlas.dictionary import Column, Layer, read_dictionary
from atlas.exports import layers
from atlas.lyrx import write_arcgis, write_lyrx
from atlas.publication import publication_of
from atlas.styles import styles
from atlas.symbology import (
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
    graduated,
    radius_mm,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import atlas
    from atlas.symbology import Shape, Symbol

HOME = Path(__file__).parents[1]
TONNES = Text("t", "t")
POINTS = 72 / 25.4
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
    "<": lambda have, want: have < want,
    ">": lambda have, want: have > want,
    ">=": lambda have, want: have >= want,
}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def folder(built: Path) -> Path:
    return built / "layers" / "zuid-holland"


@pytest.fixture(scope="module")
def files(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.lyrx")
    }


@pytest.fixture(scope="module")
def own(region: atlas.Atlas) -> tuple[Style, ...]:
    return styles(region, layers(region), read_dictionary(region.catalog.home))


@pytest.fixture
def square() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": ['="a"'], "mass_t": [1.0], "year": [2035]},
        geometry=[shapely.box(0, 0, 1, 1)],
        crs=28992,
    )


def objects(found: object) -> Iterator[dict[str, Any]]:
    """Yield every object of the model within one."""
    if isinstance(found, dict):
        if "type" in found:
            yield found
        for value in found.values():
            yield from objects(value)
    elif isinstance(found, list):
        for value in found:
            yield from objects(value)


def feature_layers(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each for each in document["layerDefinitions"] if each["type"] == "CIMFeatureLayer"]


def holds(conditions: tuple[Condition, ...], row: Row) -> bool:
    """Judge conditions of the neutral model by what they say."""
    for each in conditions:
        have = row[each.column]
        if each.operator in {"null", "known"}:
            true = (have is None) == (each.operator == "null")
        else:
            true = have is not None and OPERATORS[each.operator](have, each.value)
        if not true:
            return False
    return True


def arcade(expression: str, row: Row) -> Any:  # noqa: ANN401 - a text or a number
    """Work out an Arcade expression as Esri describes its functions; Log is the natural one."""
    functions = {
        "When": lambda *pairs: next(
            (then for test, then in zip(pairs[:-1:2], pairs[1::2], strict=True) if test), pairs[-1]
        ),
        "IIf": lambda test, then, other: then() if test else other(),
        "IsEmpty": lambda value: value in {None, ""},
        "Boolean": bool,
        "Min": min,
        "Max": max,
        "Log": math.log,
        "row": row,
        "true": True,
    }
    strings: list[str] = []

    def keep(match: re.Match[str]) -> str:
        strings.append(json.loads(match[0]))
        return f"strings[{len(strings) - 1}]"

    text = re.sub(r"\$feature\.(\w+)", r'row["\1"]', expression)
    text = re.sub(r"\$feature\[", "row[", text)
    text = re.sub(r'"(?:[^"\\]|\\.)*"', keep, text)
    text = text.replace("&&", " and ").replace("\n", " ")
    text = re.sub(r"!(?!=)", " not ", text)
    # Both sides of a choice are worked out only when chosen, as in Arcade.
    choice = re.fullmatch(r"IIf\((IsEmpty\([^)]*\)), ([\d.]+), (.*)\)", text)
    if choice:
        text = f"IIf({choice[1]}, lambda: {choice[2]}, lambda: {choice[3]})"
    return eval(text, {"__builtins__": {}, "strings": strings, **functions})  # noqa: S307 - ours


def drawn(renderer: dict[str, Any], row: Row) -> tuple[str, dict[str, Any]] | None:
    """Return the label and symbol that a renderer of ArcGIS gives a feature."""
    kind = renderer["type"]
    if kind == "CIMSimpleRenderer":
        return renderer["label"], renderer["symbol"]
    if kind == "CIMClassBreaksRenderer":
        value, least = row[renderer["field"]], renderer["minimumBreak"]
        if value is not None and value > least:
            for each in renderer["breaks"]:
                # Esri: greater than the bound before, less than or equal to the class's own.
                if value <= each["upperBound"]:
                    return each["label"], each["symbol"]
        default = (renderer.get("defaultLabel", ""), renderer.get("defaultSymbol", {}))
        return default if renderer["useDefaultSymbol"] else None
    if "valueExpressionInfo" in renderer:
        values = [arcade(renderer["valueExpressionInfo"]["expression"], row)]
    else:
        values = ["<Null>" if row[name] is None else str(row[name]) for name in renderer["fields"]]
    found = [
        (each["label"], each["symbol"])
        for group in renderer["groups"]
        for each in group["classes"]
        if values in [value["fieldValues"] for value in each["values"]]
    ]
    assert len(found) <= 1
    return found[0] if found else None


def rows_of(package: Path, layer: Mapping[str, Any]) -> list[Row]:
    """Read the rows that a layer file asks of the GeoPackage, by its own words."""
    table = layer["featureTable"]
    query = table["dataConnection"]["sqlQuery"]
    if "definitionExpression" in table:
        query += f" where {table['definitionExpression']}"
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as file:
        file.row_factory = sqlite3.Row
        return [dict(row) for row in file.execute(query)]


def test_every_object_is_one_that_esri_describes(files: dict[str, dict[str, Any]]) -> None:
    assert files
    for name, document in files.items():
        assert faults(document, name) == []
    kinds = {each["type"] for document in files.values() for each in objects(document)}
    assert kinds == set(FIELDS), "the table describes what we write, and nothing else"


def test_the_table_finds_what_is_wrong() -> None:
    assert faults({"type": "CIMSolidFill", "colour": {}}) == ["/CIMSolidFill.colour: no such field"]
    assert faults({"enable": True, "type": "CIMSolidFill"}) == [": its type does not come first"]
    assert faults({"type": "CIMSolidFill", "enable": 1}) == ["/CIMSolidFill.enable: 1"]
    assert faults({"type": "CIMSolidFill", "color": {"type": "CIMHSVColor"}}) != []
    assert faults({"type": "CIMSolidStroke", "capStyle": "Flat"}) != []
    assert faults({"type": "CIMRGBColor", "values": ["1"]}) != []
    assert faults({"type": "CIMFill"}) == [": a type CIMFill"]


def test_every_layer_with_features_has_a_file(
    files: dict[str, dict[str, Any]], own: tuple[Style, ...]
) -> None:
    assert set(files) == {style.layer for style in own}
    assert {name for name in files if name.startswith("zones_")} == {
        name for name, layer in read_dictionary(HOME).items() if layer.stream is not None
    }


def test_a_file_hangs_together(files: dict[str, dict[str, Any]], own: tuple[Style, ...]) -> None:
    titles = {name: layer.title.nl for name, layer in read_dictionary(HOME).items()}
    for name, document in files.items():
        defined = {each["uRI"]: each for each in document["layerDefinitions"]}
        assert len(defined) == len(document["layerDefinitions"])
        (root,) = (defined[address] for address in document["layers"])
        assert root["name"] == titles[name]
        inside = [address for each in defined.values() for address in each.get("layers", ())]
        # Every layer hangs under the root, once.
        assert sorted([*inside, *document["layers"]]) == sorted(defined)
        looks = [style for style in own if style.layer == name]
        if len(looks) > 1:
            shown = [defined[address] for address in root["layers"]]
            assert [each["name"] for each in shown] == [style.title.nl for style in looks]
            assert [each["visibility"] for each in shown] == [style.default for style in looks]


def test_the_geopackage_is_found_from_the_file(
    files: dict[str, dict[str, Any]], folder: Path
) -> None:
    for name, document in files.items():
        for layer in feature_layers(document):
            connection = layer["featureTable"]["dataConnection"]
            words = dict(
                part.split("=") for part in connection["workspaceConnectionString"].split(";")
            )
            path = PureWindowsPath(words["DATABASE"])
            assert not path.is_absolute()
            package = (folder / path.as_posix()).resolve()
            info = pyogrio.read_info(package, layer=name)
            assert connection["dataset"] == f"main.%{name}"
            assert info["fid_column"] == connection["oIDFields"]
            assert info["crs"] == f"EPSG:{connection['srid']}" == "EPSG:28992"
            kind = connection["geometryType"].removeprefix("esriGeometry").lower()
            kinds = {"MultiPolygon": "polygon", "LineString": "polyline", "Point": "point"}
            assert kinds[info["geometry_type"]] == kind
            extent = [connection["extent"][side] for side in ("xmin", "ymin", "xmax", "ymax")]
            assert extent == pytest.approx(info["total_bounds"])
            described = [each["fieldName"] for each in layer["featureTable"]["fieldDescriptions"]]
            assert described == ["fid", "geom", *info["fields"]]


def test_columns_have_their_dutch_titles(files: dict[str, dict[str, Any]]) -> None:
    dictionary = read_dictionary(HOME)
    for name, document in files.items():
        for layer in feature_layers(document):
            found = {each["fieldName"]: each for each in layer["featureTable"]["fieldDescriptions"]}
            for column in dictionary[name].columns:
                assert found[column.name]["alias"] == column.heading("nl")
                assert found[column.name]["visible"]
            assert not found["fid"]["visible"]
            assert not found["geom"]["visible"]
    fields = feature_layers(files["flows"])[0]["featureTable"]["fieldDescriptions"]
    formats = {each["fieldName"]: each.get("numberFormat") for each in fields}
    # A year is no 2.035, a tonnage is 2.035.
    assert not formats["year"]["useSeparator"]
    assert formats["tonnes"]["useSeparator"]
    assert formats["zone_id"] is None


def looks_of(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the layers that draw each style together, by the style's title."""
    defined = {each["uRI"]: each for each in document["layerDefinitions"]}
    root = defined[document["layers"][0]]

    def parts(layer: dict[str, Any]) -> list[dict[str, Any]]:
        inside = [defined[address] for address in layer.get("layers", ())]
        return [each for layer in inside for each in parts(layer)] if inside else [layer]

    tops = [defined[address] for address in root.get("layers", (root["uRI"],))]
    return {top["name"]: parts(top) for top in tops}


def test_every_feature_looks_as_its_style_has_it(
    files: dict[str, dict[str, Any]], own: tuple[Style, ...], folder: Path
) -> None:
    """Labels and symbols, feature by feature, against the neutral model's own rules."""
    package = folder.with_suffix(".gpkg")
    seen = 0
    for style in own:
        looks = looks_of(files[style.layer])
        parts = looks[style.title.nl] if len(looks) > 1 else next(iter(looks.values()))
        wanted: dict[int, list[tuple[str, dict[str, Any]]]] = {}
        query = f"select * from {style.layer}"  # noqa: S608 - the name of a layer of ours
        everything = {"featureTable": {"dataConnection": {"sqlQuery": query}}}
        for row in rows_of(package, everything):
            wanted[row["fid"]] = [
                (rule.label.nl, reference(rule.symbol))
                for rule in as_rules(style.renderer)
                if holds(rule.conditions, row)
            ]
        found: dict[int, list[tuple[str, dict[str, Any]]]] = {fid: [] for fid in wanted}
        # What is drawn first lies beneath, and a list of layers begins with the uppermost.
        for part in reversed(parts):
            for row in rows_of(package, part):
                one = drawn(part["renderer"], row)
                if one is not None:
                    found[row["fid"]].append(one)
        assert found == wanted, (style.layer, style.name)
        seen += sum(map(len, found.values()))
    assert seen > 1500


def test_classes_are_those_of_the_style(
    files: dict[str, dict[str, Any]], own: tuple[Style, ...]
) -> None:
    count = 0
    for style in own:
        if not isinstance(style.renderer, Graduated):
            continue
        (layer,) = looks_of(files[style.layer])[style.title.nl]
        renderer = layer["renderer"]
        assert renderer["field"] == style.renderer.column
        bounds = [each["upperBound"] for each in renderer["breaks"]]
        assert bounds == sorted(bounds)
        for each, broken in zip(style.renderer.classes, renderer["breaks"], strict=True):
            assert isinstance(each.symbol, Fill)
            assert broken["label"] == each.label.nl
            assert colours(broken["symbol"])[-1] == each.symbol.colour
            if each.upper is not None:
                # Just short of the bound, since ArcGIS counts it to the class beneath.
                assert broken["upperBound"] < each.upper
                assert broken["upperBound"] == pytest.approx(each.upper, rel=1e-11)
        assert renderer["defaultLabel"] == "geen gegevens"
        assert colours(renderer["defaultSymbol"])[-1] == "#ffffff"
        count += 1
    assert count >= 11


def colours(found: dict[str, Any]) -> list[str]:
    return [
        "#" + "".join(f"{part:02x}" for part in each["values"][:3])
        for each in objects(found)
        if each["type"] == "CIMRGBColor"
    ]


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
    # Told as classes and told as rules, it comes out as the same classes.
    (classes,), (rules,) = drawings(renderer), drawings(Rules(as_rules(renderer)))
    assert classes.renderer == rules.renderer
    found = drawn(classes.renderer, {"mass_t": value})
    assert found is not None
    assert found[0] == label


def test_what_lies_over_the_features_is_a_layer_of_its_own(
    files: dict[str, dict[str, Any]],
) -> None:
    looks = looks_of(files["zones_smartphone"])
    hatch, base = looks["Komt vrij in 2035, met het capaciteitsgat"]
    assert hatch["name"] == "capaciteitsgat"
    assert hatch["featureTable"]["definitionExpression"] == "capacity_gap_2035_t > 0.000001"
    kinds = [each["type"] for each in hatch["renderer"]["symbol"]["symbol"]["symbolLayers"]]
    assert kinds == ["CIMHatchFill", "CIMHatchFill"]
    assert colours(hatch["renderer"]["symbol"]) == ["#e8590c", "#ffffff"]
    assert base["name"] == "Komt vrij in 2035"
    assert base["labelVisibility"]
    assert not hatch["labelVisibility"]


def test_flows_are_classes_of_one_year(files: dict[str, dict[str, Any]]) -> None:
    (layer,) = feature_layers(files["flows"])
    assert layer["featureTable"]["definitionExpression"] == "year = 2035"
    assert layer["renderer"]["type"] == "CIMClassBreaksRenderer"
    assert not layer["renderer"]["useDefaultSymbol"]
    widths = [
        each["symbol"]["symbol"]["symbolLayers"][0]["width"] for each in layer["renderer"]["breaks"]
    ]
    assert widths == pytest.approx([mm * POINTS for mm in (0.2, 0.4, 0.8, 1.4, 2.2)], abs=1e-3)


@pytest.mark.parametrize("capacity", [None, 0.0, 1.0, 700.0, 45_000.0, 3e6, 1e9])
def test_a_plant_grows_as_on_the_page(capacity: float | None) -> None:
    marker = Marker("triangle", "#123456", "#123456", size_by="capacity_t_per_a")
    found = reference(marker)
    sizes = {each["primitiveName"]: each["size"] for each in found["symbol"]["symbolLayers"]}
    by_part = {
        each["primitiveName"]: arcade(
            each["valueExpressionInfo"]["expression"], {"capacity_t_per_a": capacity}
        )
        for each in found["primitiveOverrides"]
    }
    assert by_part.keys() == sizes.keys() == {"vorm", "rand"}
    wanted = 3.2 if capacity is None else 2 * radius_mm(capacity)
    assert by_part["vorm"] == pytest.approx(wanted * POINTS, rel=1e-3)
    assert by_part["rand"] == pytest.approx(1.25 * wanted * POINTS, rel=1e-3)
    assert sizes["vorm"] == pytest.approx(3.2 * POINTS, rel=1e-3)


@pytest.mark.parametrize(
    "shape", ["circle", "square", "diamond", "triangle", "star", "pentagon", "plus"]
)
def test_a_shape_is_a_sound_polygon(shape: Shape) -> None:
    found = reference(Marker(shape, None, "#123456", dashed=True, sign="question"))
    layers_of = found["symbol"]["symbolLayers"]
    assert [each["primitiveName"] for each in layers_of] == ["teken", "vorm", "rand"]
    _sign, form, ring = layers_of
    assert ring["size"] == pytest.approx(1.5 * form["size"], abs=1e-3)
    (graphic,) = ring["markerGraphics"]
    assert [each["type"] for each in objects(graphic)].count("CIMGeometricEffectDashes") == 1
    geometry = graphic["geometry"]
    if shape == "circle":
        assert list(geometry) == ["curveRings"]
        return
    (corners,) = geometry["rings"]
    outline = shapely.LinearRing(corners)
    assert corners[0] == corners[-1]
    assert not outline.is_ccw, "outer rings run clockwise"
    assert shapely.Polygon(outline).is_valid
    assert shapely.Polygon(outline).contains(shapely.Point(0, 0))


def test_plants_are_told_apart_without_colour(files: dict[str, dict[str, Any]]) -> None:
    (layer,) = feature_layers(files["facilities"])
    looks = [
        json.dumps(each["symbol"])
        for each in layer["renderer"]["groups"][0]["classes"]
        if not each["label"].startswith("recycling, afgeblazen")  # crossed, as closed ones are
    ]
    assert len(looks) == len(set(looks)) > 10


@pytest.mark.parametrize(
    "symbol",
    [
        Fill("#123456", "#654321", 0.0),
        Fill(None),
        Line("#123456", 0.5, 0.25),
        Marker("star", None, "#123456", sign="cross"),
    ],
)
def test_a_symbol_has_the_colours_of_the_model(symbol: Symbol) -> None:
    found = reference(symbol)
    assert faults(found) == []
    if isinstance(symbol, Fill):
        edge = [symbol.edge] if symbol.edge_mm else []
        assert colours(found) == [*edge, *([symbol.colour] if symbol.colour else [])]
    elif isinstance(symbol, Line):
        (colour,) = (each for each in objects(found) if each["type"] == "CIMRGBColor")
        assert colour["values"] == [0x12, 0x34, 0x56, 25]
    else:
        assert set(colours(found)) == {symbol.edge, "#ffffff"}


def test_names_appear_where_the_style_has_them() -> None:
    found = label_class(Label("name", 400_000, 8.0, "#1c2733"), "polygon")
    assert faults(found) == []
    assert (found["expression"], found["minimumScale"]) == ("$feature.name", 400_000)
    assert found["textSymbol"]["symbol"]["height"] == 8.0
    assert colours(found) == ["#ffffff", "#1c2733"]
    assert "minimumScale" not in label_class(Label("name"), "point")


def test_hostile_words_stay_words(square: gpd.GeoDataFrame) -> None:
    evil = "\"); </x> 's\\ \n\u2028 ${a} {b} 你好"
    rules = Rules(
        (
            Rule(Text(evil, ""), (Condition("name", "=", evil), Condition("mass_t", ">", 0.0)),
                 Fill("#111111")),
            Rule(Text("rest", ""), (Condition("name", "!=", evil),), Fill("#222222")),
        )
    )  # fmt: skip
    layer = Layer("zones", Text(evil, evil), Text(evil, evil), ("name",), (
        Column("name", Text(evil, ""), Text("", "")), Column("mass_t", Text("m", ""), Text("", "")),
    ))  # fmt: skip
    style = Style("zones", "x", Text(evil, ""), rules, Label('na"me'), default=True)
    text = write_lyrx(layer, [style], square, package=PurePath("../x.gpkg"), credit=evil)
    document = json.loads(text)
    assert faults(document) == []
    (one,) = document["layerDefinitions"]
    assert one["name"] == one["attribution"] == evil
    assert one["labelClasses"][0]["expression"] == '$feature["na\\"me"]'
    for name, mass, label in ((evil, 1.0, evil), (evil, 0.0, None), ("b", None, "rest")):
        found = drawn(one["renderer"], {"name": name, "mass_t": mass})
        assert (None if found is None else found[0]) == label
    with closing(sqlite3.connect(":memory:")) as file:
        query = where((Condition("name", "=", evil), Condition("a", "=", True)))  # noqa: FBT003
        file.execute("create table t (name text, a boolean)")
        file.execute("insert into t values (?, ?)", (evil, True))
        assert file.execute(f"select count(*) from t where {query}").fetchone() == (1,)  # noqa: S608


def test_a_rule_of_truth_takes_one_and_zero() -> None:
    yes, no = Condition("chosen", "=", True), Condition("chosen", "=", False)  # noqa: FBT003
    rules = Rules(tuple(
        Rule(Text(name, name), (condition,), Fill("#111111"))
        for name, condition in (("yes", yes), ("no", no))
    ))  # fmt: skip
    (found,) = drawings(rules)
    for value, label in ((True, "yes"), (1, "yes"), (False, "no"), (0, "no")):
        one = drawn(found.renderer, {"chosen": value})
        assert one is not None
        assert one[0] == label
    assert drawn(found.renderer, {"chosen": None}) is None


def test_a_layer_in_no_known_system_is_still_written(square: gpd.GeoDataFrame) -> None:
    bare = square.set_crs(None, allow_override=True)
    layer = Layer("zones", TONNES, TONNES, ("name",), (Column("name", TONNES, TONNES),))
    style = Style("zones", "x", TONNES, graduated("mass_t", (1.0,), unit=TONNES), default=True)
    text = write_lyrx(layer, [style], bare, package=PurePath("x.gpkg"), credit="")
    assert faults(json.loads(text)) == []
    assert "srid" not in text


def test_the_same_bytes_every_time(region: atlas.Atlas, folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "zuid-holland"
    again.mkdir()
    write_arcgis(publication_of(region), again, package=tmp_path / "zuid-holland.gpkg")
    written = {path.name: path.read_bytes() for path in again.iterdir()}
    assert written == {path.name: path.read_bytes() for path in folder.glob("*.lyrx")}
    assert all(b"\r" not in content for content in written.values())


def test_a_world_without_sites_has_no_file_of_them(edition: Path) -> None:
    folder = edition / "layers" / "built" / "world"
    package = folder.with_suffix(".gpkg")
    placed = {str(name) for name, kind in pyogrio.list_layers(package) if kind is not None}
    filled = {name for name in placed if pyogrio.read_info(package, layer=name)["features"]}
    assert {path.stem for path in folder.glob("*.lyrx")} == filled
    for path in folder.glob("*.lyrx"):
        assert faults(json.loads(path.read_text(encoding="utf-8")), path.name) == []
