"""What a table (CSV) and a layer (GeoJSON) as text must satisfy."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from atlas.rulebook import Breach, Rule
from atlas.untrusted import MIB, read_bytes, read_json, read_text, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LONGEST_CELL = 16 * MIB
# The largest table of an edition has a tenth of these.
_MOST_ROWS, _MOST_CELLS = 1_000_000, 5_000_000
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_COMMA = re.compile(r"[-+]?\d{1,3}(\.\d{3})*,\d+|[-+]?\d+,\d+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NO_VALUE = {"nan", "NaN", "NAN", "NULL", "null", "None", "<NA>", "#N/A", "NaT", "inf", "-inf"}
# GeoJSON: how deep positions lie, and whether they are rings.
_DEPTHS = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
    "MultiPolygon": 3,
}  # fmt: skip
_COLLECTION = "GeometryCollection"
_LINES, _LINE = {"LineString", "MultiLineString"}, 2
_RING = 4
_FLAT = 4
_BOX_DEGREES = 1e-9


# ---------------------------------------------------------------- CSV


@dataclass(frozen=True)
class Sheet:
    """A CSV: its header, and its rows as they are, each with the line that it ends at."""

    header: list[str]
    rows: list[tuple[int, list[str]]]


@contextmanager
def opened_csv(path: Path) -> Iterator[Sheet]:
    """Open a CSV with commas.

    Raises
    ------
    UnreadableError
        It is no UTF-8, or quotes are left open.
    """
    text = read_text(read_bytes(path)).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows: list[tuple[int, list[str]]] = []
        cells = 0
        for row in reader:
            cells += len(row)
            if len(rows) >= _MOST_ROWS or cells > _MOST_CELLS:
                found = f"more than {_MOST_ROWS:,} rows or {_MOST_CELLS:,} cells"
                refuse(found, "fewer", "leave out what is not of the edition")
            rows.append((reader.line_num, row))
    except csv.Error as error:
        refuse(f"line {reader.line_num}: {error}", "CSV as RFC 4180 has it", "save it anew")
    finally:
        csv.field_size_limit(before)
    if not rows:
        refuse("no line", "a header", "restore it from its source")
    yield Sheet(rows[0][1], rows[1:])


def _header(sheet: Sheet) -> Iterator[Breach]:
    names = sheet.header
    do = "save it with commas and one line of names"
    if len(names) == 1 and re.search(r"[;\t|]", names[0]):
        yield Breach(f'one column "{names[0]}"', "columns separated by commas", do)
    for number, name in enumerate(names, 1):
        if not name.strip() or _NUMBER.fullmatch(name):
            yield Breach(f'"{name}" above column {number}', "a name", do)
    for name, times in Counter(names).items():
        if times > 1:
            yield Breach(f'"{name}" above {times} columns', "each name once", "rename one")


def _rectangle(sheet: Sheet) -> Iterator[Breach]:
    for line, row in sheet.rows:
        if len(row) != len(sheet.header):
            expected = f"{len(sheet.header)}, as in the header"
            yield Breach(f"line {line}: {len(row)} cells", expected, "quote or add a cell")


def _cells(sheet: Sheet) -> Iterator[tuple[int, str, str]]:
    """Yield line, column and text of every cell under a name."""
    for line, row in sheet.rows:
        for name, cell in zip(sheet.header, row, strict=False):
            yield line, name, cell


def _formulas(sheet: Sheet) -> Iterator[Breach]:
    head = [(1, name, name) for name in sheet.header]
    for line, name, cell in [*head, *_cells(sheet)]:
        number = _NUMBER.fullmatch(cell) or _COMMA.fullmatch(cell)
        if cell.startswith(_FORMULA) and not number:
            found = f"line {line}, {name}: {cell[:40]!r}"
            yield Breach(found, "no text that a spreadsheet runs", "put an apostrophe before it")


def _decimals(sheet: Sheet) -> Iterator[Breach]:
    """Name columns of numbers of which one has a comma; in a column of words it is a text."""
    commas: dict[str, tuple[int, str]] = {}
    words = set()
    for line, name, cell in _cells(sheet):
        if _COMMA.fullmatch(cell):
            commas.setdefault(name, (line, cell))
        elif cell and not _NUMBER.fullmatch(cell):
            words.add(name)
    for name, (line, cell) in commas.items():
        if name not in words:
            yield Breach(f"line {line}, {name}: {cell}", "a point before decimals", "save it so")


def _no_values(sheet: Sheet) -> Iterator[Breach]:
    """Name words for no value in columns of numbers; among words one may be a name."""
    found: list[tuple[int, int, str]] = []
    words = set()
    for line, row in sheet.rows:
        for column, cell in enumerate(row[: len(sheet.header)]):
            if cell in _NO_VALUE:
                found.append((line, column, cell))
            elif cell and column not in words and not _NUMBER.fullmatch(cell):
                words.add(column)
    for line, column, cell in found:
        if column not in words:
            where = f"line {line}, {sheet.header[column]}: {cell}"
            yield Breach(where, "an empty cell where none is", "empty it")


CSV_RULES: tuple[Rule[Sheet], ...] = (
    Rule("csv-header", "The first line names every column, once each, with commas between.",
         _header),
    Rule("csv-rectangle", "Every line has as many cells as the header.", _rectangle),
    Rule("csv-formula", "No text begins as a formula of a spreadsheet does.", _formulas),
    Rule("csv-decimal", "Numbers have a point before their decimals.", _decimals),
    Rule("csv-missing", "A missing number is an empty cell, not a word.", _no_values),
)  # fmt: skip


# ---------------------------------------------------------------- GeoJSON


@contextmanager
def opened_geojson(path: Path) -> Iterator[Any]:
    """Open a GeoJSON text; gives what it holds, an object at least.

    Raises
    ------
    UnreadableError
        It is no JSON of finite numbers, or no object.
    """
    held = read_json(read_bytes(path))
    if not isinstance(held, dict):
        refuse("no object", "a FeatureCollection", "save it as GeoJSON")
    yield held


def _features(held: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the features that are objects, each with how it is called in a message."""
    found = held.get("features")
    features = found if isinstance(found, list) else []
    return [(f"feature {n}", each) for n, each in enumerate(features) if isinstance(each, dict)]


def _collection(held: dict[str, Any]) -> Iterator[Breach]:
    do = "save it as GeoJSON (RFC 7946)"
    if held.get("type") != "FeatureCollection" or not isinstance(held.get("features"), list):
        found = f"type {held.get('type')!r}"
        yield Breach(found, "a FeatureCollection with features", do)
        return
    if not held["features"]:
        yield Breach("no feature", "one at least", "leave the file out")
    for number, each in enumerate(held["features"]):
        if not isinstance(each, dict) or each.get("type") != "Feature":
            yield Breach(f"feature {number} is none", 'an object of type "Feature"', do)
        elif not {"geometry", "properties"} <= set(each):
            yield Breach(f"feature {number} lacks a member", "geometry and properties", do)
        elif not isinstance(each["properties"], dict | None):
            found = f"feature {number}: properties {str(each['properties'])[:40]!r}"
            yield Breach(found, "an object, or null", do)


def _no_system(held: dict[str, Any]) -> Iterator[Breach]:
    if "crs" in held or any("crs" in each for _, each in _features(held)):
        yield Breach("a member crs", "degrees of WGS 84, which need none", "save it as RFC 7946")


def _wrong_shape(shape: object) -> str | None:
    """Say what is wrong with a geometry, None where nothing is."""
    if not isinstance(shape, dict):
        return "no geometry"
    kind = shape.get("type")
    if kind == _COLLECTION:
        parts = shape.get("geometries")
        if not isinstance(parts, list):
            return f"a {kind} without geometries"
        return next(filter(None, map(_wrong_shape, parts)), None)
    if not isinstance(kind, str) or kind not in _DEPTHS:
        return f"a geometry of type {kind!r}"
    return _wrong_positions(kind, shape.get("coordinates"))


def _wrong_positions(kind: str, coordinates: object) -> str | None:
    level: list[Any] = [coordinates]
    for depth in range(_DEPTHS[kind], 0, -1):
        if not all(isinstance(each, list) and each for each in level):
            return f"a {kind} without positions"
        if depth == 1 and kind in _LINES and min(map(len, level)) < _LINE:
            return f"a {kind} of one position"
        level = [inner for each in level for inner in each]
    if not all(map(_is_position, level)):
        return f"a {kind} with a position that is none"
    return None


def _is_position(held: object) -> bool:
    return (
        isinstance(held, list)
        and len(held) in {2, 3}
        and all(type(v) in {int, float} and math.isfinite(v) for v in held)
    )


def _sound(held: dict[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    """Yield every sound geometry: its feature, its type, its coordinates."""
    for where, feature in _features(held):
        shape = feature.get("geometry")
        if shape is not None and _wrong_shape(shape) is None:
            for part in _parts(shape):
                yield where, part["type"], part["coordinates"]


def _parts(shape: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if shape["type"] != _COLLECTION:
        yield shape
        return
    for part in shape["geometries"]:
        yield from _parts(part)


def _positions(kind: str, coordinates: list[Any]) -> list[list[float]]:
    level = [coordinates]
    for _ in range(_DEPTHS[kind]):
        level = [inner for each in level for inner in each]
    return level


def _rings_of(kind: str, coordinates: list[Any]) -> Iterator[tuple[bool, list[list[float]]]]:
    """Yield every ring, and whether it is an outer one."""
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, [])
    for polygon in polygons:
        for number, ring in enumerate(polygon):
            yield number == 0, ring


def _geometries(held: dict[str, Any]) -> Iterator[Breach]:
    for where, feature in _features(held):
        shape = feature.get("geometry")
        wrong = None if shape is None else _wrong_shape(shape)
        if wrong is not None:
            yield Breach(f"{where}: {wrong}", "a geometry of RFC 7946", "save it anew")
    features = _features(held)
    if features and all(feature.get("geometry") is None for _, feature in features):
        yield Breach("no feature has a geometry", "one at least", "save it as CSV")


def _degrees(held: dict[str, Any]) -> Iterator[Breach]:
    for where, kind, coordinates in _sound(held):
        far = [p for p in _positions(kind, coordinates) if abs(p[0]) > 180 or abs(p[1]) > 90]  # noqa: PLR2004
        if far:
            found = f"{where}: {far[0][0]:g}, {far[0][1]:g}"
            yield Breach(found, "degrees, longitude first", "reproject it to EPSG:4326")


def _closed(held: dict[str, Any]) -> Iterator[Breach]:
    for where, kind, coordinates in _sound(held):
        for _, ring in _rings_of(kind, coordinates):
            if len(ring) < _RING or ring[0] != ring[-1]:
                found = f"{where}: a ring of {len(ring)} positions that is not closed"
                if ring[0] == ring[-1]:
                    found = f"{where}: a ring of {len(ring)} positions"
                yield Breach(found, "four at least, the last as the first", "close it")


def _turning(held: dict[str, Any]) -> Iterator[Breach]:
    for where, kind, coordinates in _sound(held):
        for outer, ring in _rings_of(kind, coordinates):
            # Measured from a corner of its own, or the small area drowns in large products.
            x, y = ring[0][:2]
            area = sum((a[0] - x) * (b[1] - y) - (b[0] - x) * (a[1] - y) for a, b in pairwise(ring))
            if (area < 0) == outer and area:
                name = "an outer ring runs clockwise" if outer else "a hole runs counter-clockwise"
                expected = "outer rings counter-clockwise, holes clockwise"
                yield Breach(f"{where}: {name}", expected, "turn it (shapely.orient_polygons)")


def _box(held: dict[str, Any]) -> Iterator[Breach]:
    own: dict[str, list[list[float]]] = {}
    for where, kind, inner in _sound(held):
        own.setdefault(where, []).extend(_positions(kind, inner))
    whole = [position for positions in own.values() for position in positions]
    boxes = [("the collection", held, whole)]
    boxes += [(where, each, own.get(where, [])) for where, each in _features(held)]
    for where, each, positions in boxes:
        if "bbox" not in each or not positions:
            continue
        box = each["bbox"]
        numbers = isinstance(box, list) and all(type(v) in {int, float} for v in box)
        # With heights, if every position has one.
        size = min(map(len, positions)) if numbers and len(box) != _FLAT else 2
        # A box that begins east of its end crosses the antimeridian.
        crosses = numbers and len(box) == 2 * size and box[0] > box[size]
        corners = [
            pick(_turned(p[i], crosses=crosses and i == 0) for p in positions)
            for pick in (min, max)
            for i in range(size)
        ]
        if crosses:
            box = [_turned(v, crosses=i % size == 0) for i, v in enumerate(box)]
        if not numbers or len(box) != len(corners) or any(
            abs(written - true) > _BOX_DEGREES for written, true in zip(box, corners, strict=True)
        ):  # fmt: skip
            yield Breach(f"{where}: bbox {box}", f"{corners}", "correct it, or leave it out")


def _turned(longitude: float, *, crosses: bool) -> float:
    """Return a longitude of a box that crosses the antimeridian counted eastward from 0."""
    return longitude + 360 if crosses and longitude < 0 else longitude


def _ids(held: dict[str, Any]) -> Iterator[Breach]:
    seen: set[str] = set()
    for where, feature in _features(held):
        if "id" not in feature:
            continue
        mark = feature["id"]
        if type(mark) not in {int, float, str}:
            yield Breach(f"{where}: id {mark!r}", "a text or a number", "correct it")
        elif repr(mark) in seen:
            yield Breach(f"{where}: id {mark!r} again", "each id once", "correct it")
        seen.add(repr(mark))


GEOJSON_RULES: tuple[Rule[dict[str, Any]], ...] = (
    Rule("geojson-collection", "It is a FeatureCollection of one feature at least.", _collection),
    Rule("geojson-crs", "It names no coordinate system, since there is only one.", _no_system),
    Rule(
        "geojson-geometries",
        "Every geometry has positions as its type has them, and one feature has one.",
        _geometries,
    ),
    Rule("geojson-degrees", "Positions are longitude and latitude, in degrees.", _degrees),
    Rule("geojson-closed", "Every ring is closed.", _closed),
    Rule("geojson-rings", "Outer rings run counter-clockwise, holes clockwise.", _turning),
    Rule("geojson-bbox", "A bbox is that of the positions within.", _box),
    Rule("geojson-ids", "The ids of features, if they have any, differ.", _ids),
)
