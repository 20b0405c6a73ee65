"""What a project must satisfy to open beside its data on any machine: QGIS (qgz), ArcGIS (lyrx)."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from atlas.judge_geopackage import CRS
from atlas.rulebook import Breach, Rule
from atlas.untrusted import (
    leads_out,
    opened_zip,
    read_bytes,
    read_json,
    read_member,
    read_xml,
    refuse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_ABSOLUTE = re.compile(r"file:/|[A-Za-z]:[\\/]|\\\\|/(?:[^/|\s]+/)+[^/|\s]+\.\w+")
_FILES = {"ogr", "gdal", "spatialite", "delimitedtext"}
_NETWORK = re.compile(r"\w+://|(?:^|&|\s)url=", re.IGNORECASE)
_LAYER = re.compile(r"\|layername=([^|]*)")
_DATABASE = re.compile(r"(?:^|;)DATABASE=([^;]*)", re.IGNORECASE)
_DO = "save it beside its data, with relative paths"


# ---------------------------------------------------------------- QGIS


@dataclass(frozen=True)
class Project:
    """A QGIS project: where it stands and the XML in it."""

    path: Path
    root: Element


@dataclass(frozen=True)
class Source:
    """What a layer of a project reads: the file as written, and the layer in it if it is named."""

    where: str
    file: str
    layer: str | None


@contextmanager
def opened_project(path: Path) -> Iterator[Project]:
    """Open a .qgz: a zip with one project in it.

    Raises
    ------
    UnreadableError
        It is no zip, has not one .qgs, or that is no well-formed XML.
    """
    with opened_zip(path) as file:
        projects = [name for name in file.namelist() if name.endswith(".qgs")]
        if len(projects) != 1:
            refuse(f"{len(projects)} files .qgs in it", "one project", "save it from QGIS")
        root = read_xml(read_member(file, projects[0]), doctype="qgis")
        if root.tag != "qgis":
            refuse(f"<{root.tag}> in {projects[0]}", "<qgis>", "save it from QGIS")
        yield Project(path, root)


def _map_layers(project: Project) -> list[Element]:
    own = project.root.find("projectlayers")
    return [] if own is None else own.findall("maplayer")


def _sources(project: Project) -> Iterator[Source]:
    """Yield what the layers read from files."""
    for layer in _map_layers(project):
        text = layer.findtext("datasource") or ""
        if (layer.findtext("provider") or "ogr") in _FILES and not _NETWORK.search(text):
            name = _LAYER.search(text)
            file = text.partition("|")[0].partition("?")[0]
            where = layer.findtext("layername") or layer.findtext("id") or "a layer"
            yield Source(where, file, name[1] if name else None)


def _has_layers(project: Project) -> Iterator[Breach]:
    if not _map_layers(project):
        yield Breach("no layer", "one at least", "add the layers")


def _offline(project: Project) -> Iterator[Breach]:
    for layer in _map_layers(project):
        text = layer.findtext("datasource") or ""
        provider = layer.findtext("provider") or "ogr"
        if provider not in _FILES or _NETWORK.search(text):
            found = f"{layer.findtext('layername')}: {provider} {text[:60]}"
            yield Breach(found, "data from a file beside the project", "remove the layer")


def _relative(project: Project) -> Iterator[Breach]:
    for source in _sources(project):
        if _ABSOLUTE.match(source.file) or leads_out(source.file.removeprefix("./")):
            yield Breach(f"{source.where}: {source.file}", "a path below the project", _DO)


def _no_machine(project: Project) -> Iterator[Breach]:
    """Name absolute paths anywhere else: of pictures, of the folder of who saved it."""
    for node in project.root.iter():
        if node.tag in {"datasource", "wkt", "proj4"}:
            continue
        for text in (node.text or "", *node.attrib.values()):
            if _ABSOLUTE.match(text.strip()):
                yield Breach(f"<{node.tag}>: {text.strip()[:80]}", "no path of a machine", _DO)
    for node in project.root.iter("Absolute"):
        if (node.text or "").strip() != "false":
            yield Breach("paths are kept absolute", "relative", _DO)


def _beside(project: Project) -> Iterator[Breach]:
    for source in _sources(project):
        if _ABSOLUTE.match(source.file):
            continue
        yield from _there(source, project.path.parent / source.file)


def _there(source: Source, path: Path) -> Iterator[Breach]:
    """Name a file, or a layer in a GeoPackage, that a project reads and that is not there."""
    if not path.is_file():
        found = f"{source.where}: no file {source.file}"
        yield Breach(found, "a file there, seen from the project", _DO)
    elif source.layer is not None and path.suffix == ".gpkg":
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as file:
                there = file.execute(
                    "SELECT 1 FROM gpkg_contents WHERE table_name = ?", (source.layer,)
                ).fetchone()
        except sqlite3.DatabaseError as error:
            yield Breach(f"{source.file}: {error}", "a GeoPackage", "restore it")
            return
        if not there:
            found = f'{source.where}: no layer "{source.layer}" in {source.file}'
            yield Breach(found, "one by that name", "correct the project")


def _system(project: Project) -> Iterator[Breach]:
    code = project.root.findtext("projectCrs/spatialrefsys/authid") or "none"
    if code not in {f"EPSG:{number}" for number in CRS}:
        yield Breach(f"the system {code}", "EPSG:28992", "set it in the project")


def _layout(project: Project) -> Iterator[Breach]:
    if project.root.find("Layouts/Layout") is None:
        yield Breach("no layout", "one to print", "make one")


def _tree(project: Project) -> Iterator[Breach]:
    ids = [layer.findtext("id") or "" for layer in _map_layers(project)]
    listed = [node.get("id", "") for node in project.root.iter("layer-tree-layer")]
    for mark, times in Counter(ids).items():
        if times > 1:
            yield Breach(f"{times} layers with the id {mark}", "one", "save it from QGIS")
    for mark in dict.fromkeys(mark for mark in listed if mark not in set(ids)):
        yield Breach(f"{mark} in the tree is no layer", "a layer of the project", "remove it")
    for mark in ids:
        if mark not in set(listed):
            yield Breach(f"the layer {mark} is not in the tree", "every layer", "add it")


QGZ_RULES: tuple[Rule[Project], ...] = (
    Rule("qgz-layers", "It has layers.", _has_layers),
    Rule("qgz-offline", "Every layer reads a file, none a service.", _offline),
    Rule("qgz-relative", "Every layer reads what stands beside or below the project.", _relative),
    Rule("qgz-machine", "It holds no path of the machine that it was made on.", _no_machine),
    Rule("qgz-sources", "What its layers read is there.", _beside),
    Rule("qgz-crs", "It is in an allowed coordinate system.", _system),
    Rule("qgz-layout", "It has a layout to print.", _layout),
    Rule("qgz-tree", "The tree names every layer, and nothing else.", _tree),
)


# ---------------------------------------------------------------- ArcGIS


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
            yield Breach(f"the connection {text}", "DATABASE= and a relative path", _DO)


def _data_there(file: LayerFile) -> Iterator[Breach]:
    for database, name, _ in dict.fromkeys(_connections(file)):
        path = PureWindowsPath(database)
        if database and not path.is_absolute() and not path.drive and not path.root:
            source = Source(name, database, name)
            yield from _there(source, file.path.parent / Path(*path.parts))


LYRX_RULES: tuple[Rule[LayerFile], ...] = (
    Rule("lyrx-document", "It is a layer document of ArcGIS Pro.", _document),
    Rule("lyrx-layers", "Every layer has its own address, and every address is a layer.",
         _addresses),
    Rule("lyrx-relative", "It has features, and the way to them is relative.", _connected),
    Rule("lyrx-sources", "What it reads is there.", _data_there),
)  # fmt: skip
