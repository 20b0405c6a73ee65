"""What a QGIS project (qgz) must satisfy to open beside its data on any machine."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atlas.judge_geopackage import SYSTEMS, is_allowed, opened_database
from atlas.rulebook import Breach, Rule
from atlas.untrusted import (
    leads_out,
    opened_zip,
    read_member,
    read_xml,
    refuse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

# Of a path that holds for one machine only: a scheme, a drive, a server, or a folder from the root.
# Every part is bounded, so that a long text takes no longer than its length.
_ABSOLUTE = re.compile(
    r"(?:^|(?<=['=]))(?:file:/|[a-z]:[\\/]|\\\\|//|/\w(?:[^/|\n]{0,254}/|[^/|\n]{0,254}\.\w))",
    re.IGNORECASE,
)
_FILES = {"ogr", "gdal", "spatialite", "delimitedtext"}
_FETCHED = re.compile(
    r"(?<!file)://|/vsi(?:curl|s3|gs|az|adls|oss|swift|hdfs|webhdfs)", re.IGNORECASE
)
_SERVICE = re.compile(r"(?:^|[&\s])url=", re.IGNORECASE)
# Where an address is something to read, not to fetch.
_TOLD = {"resourceMetadata", "projectMetadata", "dataUrl", "metadataUrls", "attribution", "wkt"}
_LONGEST_SOURCE = 4096
# What QGIS runs, by the element that holds it.
_CODE = {"pythonCode", "editforminitcode", "editforminitfilepath", "editforminitfunction"}
_LAYER = re.compile(r"\|layername=([^|]*)")
BESIDE = "save it beside its data, with relative paths"


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
        for text in root.iterfind("projectlayers/maplayer/datasource"):
            if len(text.text or "") > _LONGEST_SOURCE:
                found = f"a datasource of {len(text.text or ''):,} characters"
                refuse(found, f"at most {_LONGEST_SOURCE:,}", "remove the layer")
        yield Project(path, root)


def _map_layers(project: Project) -> list[Element]:
    own = project.root.find("projectlayers")
    return [] if own is None else own.findall("maplayer")


def _sources(project: Project) -> Iterator[Source]:
    """Yield what the layers read from files."""
    for layer in _map_layers(project):
        text = layer.findtext("datasource") or ""
        if not _is_service(layer):
            name = _LAYER.search(text)
            file = text.partition("|")[0].partition("?")[0]
            where = layer.findtext("layername") or layer.findtext("id") or "a layer"
            yield Source(where, file, name[1] if name else None)


def _is_service(layer: Element) -> bool:
    text = layer.findtext("datasource") or ""
    provider = layer.findtext("provider") or "ogr"
    return bool(provider not in _FILES or _FETCHED.search(text) or _SERVICE.search(text))


def _written(project: Project) -> Iterator[tuple[Element, str]]:
    """Yield every text and attribute but those that tell of addresses, and the datasources."""
    waiting = [project.root]
    while waiting:
        node = waiting.pop()
        if node.tag not in _TOLD:
            waiting += node
            texts = () if node.tag == "datasource" else (node.text or "", *node.attrib.values())
            yield from ((node, text.strip()) for text in texts)


def _has_layers(project: Project) -> Iterator[Breach]:
    if not _map_layers(project):
        yield Breach("no layer", "one at least", "add the layers")


def _offline(project: Project) -> Iterator[Breach]:
    for layer in _map_layers(project):
        if _is_service(layer):
            provider, text = layer.findtext("provider"), layer.findtext("datasource") or ""
            found = f"{layer.findtext('layername')}: {provider} {text[:60]}"
            yield Breach(found, "data from a file beside the project", "remove the layer")
    for node, text in _written(project):
        if _FETCHED.search(text):
            yield Breach(f"<{node.tag}>: {text[:80]}", "nothing to fetch", "remove it")


def _relative(project: Project) -> Iterator[Breach]:
    for source in _sources(project):
        if _ABSOLUTE.search(source.file) or leads_out(source.file.removeprefix("./")):
            yield Breach(f"{source.where}: {source.file}", "a path below the project", BESIDE)


def _no_machine(project: Project) -> Iterator[Breach]:
    """Name absolute paths anywhere else: of pictures, of the folder of who saved it."""
    for node, text in _written(project):
        if _ABSOLUTE.search(text):
            yield Breach(f"<{node.tag}>: {text[:80]}", "no path of a machine", BESIDE)
    for node in project.root.iter("homePath"):
        home = node.get("path", "")
        if home and not _ABSOLUTE.search(home):
            yield Breach(f'<homePath path="{home[:80]}">', 'path=""', BESIDE)
    for node in project.root.iter("Absolute"):
        if (node.text or "").strip() != "false":
            yield Breach("paths are kept absolute", "relative", BESIDE)


def _beside(project: Project) -> Iterator[Breach]:
    for source in _sources(project):
        if _ABSOLUTE.search(source.file):
            continue
        yield from there(source, project.path.parent / source.file)


def there(source: Source, path: Path) -> Iterator[Breach]:
    """Name a file, or a layer in a GeoPackage, that a project reads and that is not there."""
    if not path.is_file():
        found = f"{source.where}: no file {source.file}"
        yield Breach(found, "a file there, seen from the project", BESIDE)
    elif source.layer is not None and path.suffix == ".gpkg":
        try:
            with opened_database(path) as file:
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
    number = re.fullmatch(r"EPSG:([0-9]{1,6})", code)
    if number is None or not is_allowed(int(number[1])):
        yield Breach(f"the system {code}", SYSTEMS, "set it in the project")


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


def _no_code(project: Project) -> Iterator[Breach]:
    for node in project.root.iter():
        text = (node.text or "").strip() if node.tag in _CODE else ""
        action = node.get("action", "").strip() if node.tag == "actionsetting" else ""
        if text or action:
            found = f"<{node.tag}>: {(text or action)[:80]}"
            yield Breach(found, "nothing that QGIS runs", "remove it")


def _references(project: Project) -> Iterator[Breach]:
    """Hold what names a theme or a layer against those of the project."""
    themes = {node.get("name") for node in project.root.iter("visibility-preset")}
    ids = {layer.findtext("id") for layer in _map_layers(project)}
    for node in project.root.iter():
        theme = node.get("followPresetName")
        if theme and theme not in themes:
            yield Breach(f'a map of the theme "{theme}"', "a theme of the project", "choose one")
        layer = node.get("coverageLayer")
        if layer and layer not in ids:
            yield Breach(f'pages for "{layer}"', "a layer of the project", "choose one")
    for preset in project.root.iter("visibility-preset"):
        for own in preset.findall("layer"):
            if own.get("id") not in ids:
                found = f'the layer "{own.get("id")}" in the theme "{preset.get("name")}"'
                yield Breach(found, "a layer of the project", "remove it")


RULES: tuple[Rule[Project], ...] = (
    Rule("qgz-layers", "It has layers.", _has_layers),
    Rule("qgz-offline", "Every layer reads a file, and nothing is fetched from a host.", _offline),
    Rule("qgz-relative", "Every layer reads what stands beside or below the project.", _relative),
    Rule("qgz-machine", "It holds no path of the machine that it was made on.", _no_machine),
    Rule("qgz-code", "It holds no code, form or action that QGIS runs.", _no_code),
    Rule("qgz-references", "Every theme and layer that it names is in it.", _references),
    Rule("qgz-sources", "What its layers read is there.", _beside),
    Rule("qgz-crs", "It is in a coordinate system in metres, or one of PDOK's.", _system),
    Rule("qgz-layout", "It has a layout to print.", _layout),
    Rule("qgz-tree", "The tree names every layer, and nothing else.", _tree),
)
