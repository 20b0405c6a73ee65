"""What a layer file of ArcGIS Pro (lyrx) must satisfy to open beside its data on any machine."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from atlas.judge_project import BESIDE, Source, there
from atlas.rulebook import Breach, Rule
from atlas.untrusted import read_bytes, read_json, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    yield LayerFile(path, held)


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


RULES: tuple[Rule[LayerFile], ...] = (
    Rule("lyrx-document", "It is a layer document of ArcGIS Pro.", _document),
    Rule("lyrx-layers", "Every layer has its own address, and every address is a layer.",
         _addresses),
    Rule("lyrx-relative", "It has features, and the way to them is relative.", _connected),
    Rule("lyrx-sources", "What it reads is there.", _data_there),
)  # fmt: skip
