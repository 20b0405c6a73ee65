"""A layer of a QGIS project: where its data are, what it is called and how it looks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from pyproj import CRS

from atlas.qml import add_aliases, add_raster_style, add_style
from atlas.rasters import Raster
from atlas.symbology import Style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas.dictionary import Layer

# What XML cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class ProjectLayer:
    """One layer of a project.

    `source` starts at the project's own folder; `look` is None for a table without places; `stream`
    is set where it shows one stream only.
    """

    id: str
    title: str
    about: str
    source: str
    aliases: Mapping[str, str]
    look: Style | Raster | None
    shown: bool = False
    stream: str | None = None


@dataclass(frozen=True)
class About:
    """What is the same in the metadata of every layer."""

    crs: str
    rights: str
    licence: str
    lineage: str


def layer_of(
    layer: Layer,
    geopackage: str,
    look: Style | None = None,
    *,
    title: str | None = None,
    only: str | None = None,
) -> ProjectLayer:
    """Return a layer or table of the GeoPackage as a layer of the project.

    Parameters
    ----------
    layer
        What it is called, in the dictionary.
    geopackage
        The name of the file, which stands beside the project.
    look
        Its style; None for a table.
    title
        What it is called in the project, where that is not the layer's own title.
    only
        The one stream of which rows are shown.
    """
    parts = [layer.name, *(() if look is None or look.default else (look.name,))]
    source = f"./{geopackage}|layername={layer.name}"
    if only is not None:
        parts.append(only)
        source += f"|subset={_of_stream(layer, only)}"
    return ProjectLayer(
        id=id_of_table("__".join(parts)),
        title=title or layer.title.nl,
        about=layer.about.nl,
        source=source,
        aliases={column.name: column.heading("nl") for column in layer.columns},
        look=look,
        stream=layer.stream if only is None else only,
    )


def _of_stream(layer: Layer, stream: str) -> str:
    """Return the filter of the rows of one stream, as SQLite has it."""
    said = stream.replace("'", "''")
    if any(column.name == "stream" for column in layer.columns):
        return f"\"stream\" = '{said}'"
    # A cell may name several.
    return f"instr(';' || \"streams\" || ';', ';{said};') > 0"


def id_of_table(name: str) -> str:
    """Return the id of the layer that shows a table as it is, in its default style.

    QGIS gives an id of its own to a layer whose id is short.
    """
    return f"urban_mine_{name}"


def layer_of_raster(raster: Raster, folder: str) -> ProjectLayer:
    """Return a raster as a layer of the project.

    Parameters
    ----------
    raster
        What was written.
    folder
        Where it lies, from the project's folder on.
    """
    name = raster.file.rpartition(".")[0]
    source = f"./{folder}/{raster.file}"
    own = id_of_table(name)
    return ProjectLayer(own, raster.title.nl, raster.title.nl, source, {}, raster)


def style_name(layer: ProjectLayer) -> str:
    """Return the name of a layer's style, by which map themes call it."""
    return layer.look.name if isinstance(layer.look, Style) else "default"


def provider(layer: ProjectLayer) -> str:
    """Return what reads a layer."""
    return "gdal" if isinstance(layer.look, Raster) else "ogr"


def add_layer(parent: ET.Element, layer: ProjectLayer, about: About) -> None:
    """Write a layer into a project."""
    raster = isinstance(layer.look, Raster)
    node = ET.SubElement(
        parent,
        "maplayer",
        {"type": "raster" if raster else "vector", "styleCategories": "AllStyleCategories"},
    )
    add_text(node, "id", layer.id)
    add_text(node, "datasource", layer.source)
    add_text(node, "layername", layer.title)
    if layer.look is not None:
        add_reference_system(ET.SubElement(node, "srs"), about.crs)
    _metadata(node, layer, about)
    reader = add_text(node, "provider", provider(layer))
    if not raster:
        reader.set("encoding", "UTF-8")
    manager = ET.SubElement(node, "map-layer-style-manager", {"current": style_name(layer)})
    ET.SubElement(manager, "map-layer-style", {"name": style_name(layer)})
    if isinstance(layer.look, Style):
        add_style(node, layer.look, layer.aliases)
    elif isinstance(layer.look, Raster):
        add_raster_style(node, layer.look.renderer, most=layer.look.most)
        add_text(node, "blendMode", "0")
    else:
        add_aliases(node, layer.aliases)
    if "name" in layer.aliases:
        add_text(node, "previewExpression", '"name"')


def _metadata(parent: ET.Element, layer: ProjectLayer, about: About) -> None:
    node = ET.SubElement(parent, "resourceMetadata")
    add_text(node, "identifier", layer.id)
    add_text(node, "language", "NL")
    add_text(node, "type", "dataset")
    add_text(node, "title", layer.title)
    add_text(node, "abstract", layer.about)
    add_text(node, "rights", about.rights)
    add_text(node, "license", about.licence)
    add_text(node, "history", about.lineage)


def add_reference_system(parent: ET.Element, name: str) -> None:
    """Write a coordinate reference system in full, so that it is known where its code is not.

    Parameters
    ----------
    parent
        What it belongs to.
    name
        Such as EPSG:28992, as PROJ knows it.
    """
    crs = CRS.from_user_input(name)
    node = ET.SubElement(parent, "spatialrefsys", {"nativeFormat": "Wkt"})
    add_text(node, "wkt", crs.to_wkt("WKT2_2019"))
    code = crs.to_authority()
    if code is not None:
        add_text(node, "srid", code[1])
        add_text(node, "authid", ":".join(code))
    add_text(node, "description", crs.name)
    add_text(node, "geographicflag", str(crs.is_geographic).lower())


def add_text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    """Write words as a part of an element; what XML cannot hold becomes U+FFFD."""
    node = ET.SubElement(parent, tag)
    node.text = writable(text)
    return node


def writable(text: str) -> str:
    """Return a text that XML can hold, with U+FFFD in place of what it cannot."""
    return _UNWRITABLE.sub("\ufffd", text)
