"""What a layer file of ArcGIS Pro (lyrx) must satisfy to open beside its data on any machine."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from atlas.judge_geopackage import opened_database, quoted
from atlas.judge_project import BESIDE, Source, there
from atlas.rulebook import Breach, Rule
from atlas.untrusted import read_bytes, read_json, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

# In an expression in Arcade.
_COLUMN = re.compile(r"\$feature\.(\w+)")
# The database is opened for each.
_MOST_LAYERS = 1000
_DATABASE = re.compile(r"(?:^|;)DATABASE=([^;]*)", re.IGNORECASE)


@dataclass(frozen=True)
class LayerFile:
    """A layer file of ArcGIS Pro: where it stands and the document in it."""

    path: Path
    document: dict[str, Any]


@contextmanager
def opened_lyrx(path: Path) -> Iterator[LayerFile]:
    """Open a layer file of ArcGIS Pro.

    Raises
    ------
    UnreadableError
        It is no JSON object.
    """
    held = read_json(read_bytes(path))
    if not isinstance(held, dict):
        refuse("no object", "a CIMLayerDocument", "save it from ArcGIS Pro")
    file = LayerFile(path, held)
    if (count := len(_definitions(file))) > _MOST_LAYERS:
        refuse(f"{count:,} layers", f"at most {_MOST_LAYERS:,}", "save fewer in one file")
    yield file


def _definitions(file: LayerFile) -> list[dict[str, Any]]:
    found = file.document.get("layerDefinitions")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _inside(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON value."""
    waiting = [value]
    while waiting:
        own = waiting.pop()
        if isinstance(own, dict):
            yield own
            waiting += own.values()
        elif isinstance(own, list):
            waiting += own


def _document(file: LayerFile) -> Iterator[Breach]:
    kind = file.document.get("type")
    if kind != "CIMLayerDocument" or not _definitions(file):
        found = f"type {kind!r} with {len(_definitions(file))} layers"
        yield Breach(found, "a CIMLayerDocument with layers", "save it from ArcGIS Pro")
    for own in _definitions(file):
        if not str(own.get("type", "")).startswith("CIM"):
            yield Breach(f"a layer of type {own.get('type')!r}", "one of the CIM", "save it anew")


def _addresses(file: LayerFile) -> Iterator[Breach]:
    """Hold the addresses that name a layer against the layers, both ways."""
    definitions = _definitions(file)
    known = Counter(str(own.get("uRI")) for own in definitions)
    for mark, times in known.items():
        if times > 1 or mark == "None":
            yield Breach(f"{times} layers with uRI {mark}", "one each", "save it anew")
    lists = [own.get("layers") for own in (file.document, *definitions)]
    named = [mark for own in lists if isinstance(own, list) for mark in own]
    if not file.document.get("layers"):
        yield Breach("no layer on top", "the uRI of one", "save it anew")
    for mark in dict.fromkeys(map(str, named)):
        if mark not in known:
            yield Breach(f"the layer {mark} is not defined", "a layer definition", "save it anew")
    for mark in known:
        if mark not in set(map(str, named)):
            yield Breach(f"the layer {mark} is in no group", "one that names it", "save it anew")


def _connections(file: LayerFile) -> Iterator[tuple[str, str, str]]:
    """Yield the database, the table and the whole text of every connection."""
    for own in _inside(file.document):
        text = own.get("workspaceConnectionString")
        if isinstance(text, str):
            database = _DATABASE.search(text)
            name = str(own.get("dataset", "")).rpartition(".")[2].lstrip("%")
            yield database[1] if database else "", name, text


def _connected(file: LayerFile) -> Iterator[Breach]:
    features = [own for own in _inside(file.document) if own.get("type") == "CIMFeatureTable"]
    if not features:
        yield Breach("no table of features", "one at least", "save it from ArcGIS Pro")
    for database, _, text in _connections(file):
        path = PureWindowsPath(database)
        if not database or path.is_absolute() or path.drive or path.root or "://" in database:
            yield Breach(f"the connection {text}", "DATABASE= and a relative path", BESIDE)


def _data_there(file: LayerFile) -> Iterator[Breach]:
    for database, name, _ in dict.fromkeys(_connections(file)):
        path = PureWindowsPath(database)
        if database and not path.is_absolute() and not path.drive and not path.root:
            source = Source(name, database, name)
            yield from there(source, file.path.parent / Path(*path.parts))


@dataclass(frozen=True)
class _Table:
    """A table of features as ArcGIS names it, and what the database beside the file has of it."""

    name: str
    connection: dict[str, Any]
    columns: frozenset[str]
    system: int | None


def _table(file: LayerFile, definition: dict[str, Any]) -> _Table | None:
    """Return what a layer reads, None where it is not there: that it should is another rule's."""
    features = definition.get("featureTable")
    connection = features.get("dataConnection") if isinstance(features, dict) else None
    if not isinstance(connection, dict):
        return None
    for database, name, _ in _connections(LayerFile(file.path, connection)):
        own = PureWindowsPath(database)
        path = file.path.parent / Path(*own.parts)
        if own.is_absolute() or own.drive or own.root or not path.is_file():
            continue
        with suppress(sqlite3.DatabaseError), opened_database(path) as data:
            columns = [row[1] for row in data.execute(f"PRAGMA table_info({quoted(name)})")]
            query = "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?"
            system = data.execute(query, (name,)).fetchone()
            if columns:
                return _Table(name, connection, frozenset(columns), system and system[0])
    return None


def _looked_at(definition: dict[str, Any]) -> Iterator[str]:
    """Yield every column that a layer draws by, shows or writes."""
    for own in _inside(definition):
        names = [own.get("fieldName"), own.get("displayField")]
        if str(own.get("type")).endswith("Renderer"):
            fields = own.get("fields")
            names += [own.get("field"), *(fields if isinstance(fields, list) else ())]
        yield from (name for name in names if isinstance(name, str) and name)
        for words in (own.get("expression"), own.get("valueExpression")):
            if isinstance(words, str):
                yield from _COLUMN.findall(words)


def _columns_there(file: LayerFile) -> Iterator[Breach]:
    for definition in _definitions(file):
        table = _table(file, definition)
        for column in dict.fromkeys(_looked_at(definition)) if table else ():
            if table and column.rpartition(".")[2] not in table.columns:
                found = f'{definition.get("name")}: the column "{column}"'
                yield Breach(found, f"a column of {table.name}", "correct it, or save it anew")


def _systems(file: LayerFile) -> Iterator[Breach]:
    for definition in _definitions(file):
        table = _table(file, definition)
        if table is None or table.system is None:
            continue
        reference = table.connection.get("spatialReference")
        wkid = reference.get("wkid") if isinstance(reference, dict) else None
        for code in (table.connection.get("srid"), wkid):
            if code is not None and str(code) != str(table.system):
                found = f"{definition.get('name')}: the system {code}"
                yield Breach(found, f"{table.system}, as {table.name} has", "save it anew")


def _breaks(file: LayerFile) -> Iterator[Breach]:
    for own in _inside(file.document):
        classes = own.get("breaks")
        if own.get("type") != "CIMClassBreaksRenderer" or not isinstance(classes, list):
            continue
        bounds = [each.get("upperBound") if isinstance(each, dict) else None for each in classes]
        least = own.get("minimumBreak")
        bounds = bounds if least is None else [least, *bounds]
        numbers = [bound for bound in bounds if isinstance(bound, int | float)]
        ascend = all(less < more for less, more in pairwise(numbers))
        if len(numbers) < len(bounds) or not ascend:
            found = f"classes of {own.get('field')} up to {', '.join(map(str, bounds))}"
            yield Breach(found, "numbers, each above the one before", "correct them")


RULES: tuple[Rule[LayerFile], ...] = (
    Rule("lyrx-document", "It is a layer document of ArcGIS Pro.", _document),
    Rule("lyrx-layers", "Every layer has its own address, and every address is a layer.",
         _addresses),
    Rule("lyrx-relative", "It has features, and the way to them is relative.", _connected),
    Rule("lyrx-sources", "What it reads is there.", _data_there),
    Rule("lyrx-columns", "Every column that it draws by, shows or writes is one of its table.",
         _columns_there),
    Rule("lyrx-crs", "Every layer has the coordinate system of its table.", _systems),
    Rule("lyrx-breaks", "Classes ascend.", _breaks),
)  # fmt: skip
