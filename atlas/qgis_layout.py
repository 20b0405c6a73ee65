"""The parts of a print layout as QGIS 3.22 and later read them: a page, and what lies on it."""

from __future__ import annotations

import base64
import math
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from atlas.qgis_layers import writable
from atlas.qgis_symbols import add_driven, add_option, add_symbol, rgba
from atlas.symbology import INK, WHITE, Fill

if TYPE_CHECKING:
    from collections.abc import Sequence

# What QGIS calls the kinds of things on a page.
_PAGE, _MAP, _PICTURE, _LABEL, _LEGEND = 65638, 65639, 65640, 65641, 65642
_SCALE_BAR = 65646
_LEFT, _TOP = 1, 32
_FONT = "Sans"
A3_MM = (420.0, 297.0)
# Scales are multiples of this, so that a piece of the scale bar is a round number of km.
_SCALES = 25_000
_PIECES, _PIECE_MM = 3, 20.0
_ROOM = 0.03  # around what must be seen, as a share of it
# Drawn here, so that no file is needed beside the project.
_NORTH = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="14" height="20" viewBox="0 0 14 20">'
    f'<path d="M7 0 L12 14 L7 11 L2 14 Z" fill="{INK}"/>'
    f'<path d="M4.4 20 V15 L9.6 20 V15" fill="none" stroke="{INK}" stroke-width="1.1"/></svg>'
)


@dataclass(frozen=True)
class Box:
    """Where something lies on the page, in mm from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


def add_layout(parent: ET.Element, name: str) -> ET.Element:
    """Write an empty A3 page, lying, and return its layout."""
    node = ET.SubElement(
        parent,
        "Layout",
        {"name": writable(name), "units": "mm", "printResolution": "300", "worldFileMap": ""},
    )
    pages = ET.SubElement(node, "PageCollection")
    page = add_item(pages, _PAGE, f"{name}/page", Box(0, 0, *A3_MM), order=0)
    add_symbol(page, "", Fill(WHITE, edge_mm=0.0))
    return node


def id_of(name: str) -> str:
    """Return the id of something by its name, in the form that QGIS wants of a random one."""
    return f"{{{uuid.uuid5(uuid.NAMESPACE_URL, f'urban-mine-atlas/layout/{name}')}}}"


def add_item(
    layout: ET.Element, kind: int, name: str, box: Box, *, order: int | None = None
) -> ET.Element:
    """Write what all things on a page have, and return it; each lies over those before."""
    own, place = id_of(name), f"{box.x:g},{box.y:g},mm"
    return ET.SubElement(
        layout,
        "LayoutItem",
        {
            "type": str(kind),
            "id": writable(name.rpartition("/")[2]),
            "uuid": own,
            "templateUuid": own,
            "position": place,
            "positionOnPage": place,
            "size": f"{box.width:g},{box.height:g},mm",
            "zValue": str(len(layout) if order is None else order),
            "visibility": "1",
            "opacity": "1",
            "frame": "false",
            "background": "false",
            "outlineWidthM": "0.2,mm",
            "referencePoint": "0",
            "blendMode": "0",
        },
    )


def add_map(
    layout: ET.Element,
    box: Box,
    *,
    theme: str,
    extent: tuple[float, float, float, float],
    follows: bool = False,
) -> ET.Element:
    """Write a map with a frame, and return it.

    Parameters
    ----------
    layout
        The layout, as of `add_layout`.
    box
        Where it lies.
    theme
        The map theme that it shows.
    extent
        What must be seen: west, south, east, north, in metres of the project.
    follows
        Whether it follows the feature of an atlas; its scale is round in either case.
    """
    node = add_item(layout, _MAP, f"{layout.get('name')}/Kaart", box)
    node.attrib |= {
        "frame": "true",
        "background": "true",
        "followPreset": "true",
        "followPresetName": writable(theme),
        "keepLayerSet": "false",
        "drawCanvasItems": "true",
        "mapRotation": "0",
        "labelMargin": "2,mm",
    }
    colour = {"red": "68", "green": "85", "blue": "106", "alpha": "255"}
    ET.SubElement(node, "FrameColor", colour)
    names = ("xmin", "ymin", "xmax", "ymax")
    shown = dict(zip(names, map(repr, _in_shape(extent, box)), strict=True))
    ET.SubElement(node, "Extent", shown)
    if follows:
        ET.SubElement(node, "AtlasMap", {"atlasDriven": "1", "scalingMode": "2", "margin": "0.05"})
        width, height = (f"{1000 * (1 + _ROOM) / side:g}" for side in (box.width, box.height))
        scale = (
            f"ceil(max(bounds_width(@atlas_geometry) * {width}, "
            f"bounds_height(@atlas_geometry) * {height}) / {_SCALES}) * {_SCALES}"
        )
        outer = ET.SubElement(ET.SubElement(node, "LayoutObject"), "dataDefinedProperties")
        add_driven(outer, "dataDefinedMapScale", scale)
    return node


def clip_to_feature(map_item: ET.Element, layers: Sequence[tuple[str, str, str]]) -> None:
    """Let a map that follows an atlas draw some layers within its feature only.

    Parameters
    ----------
    map_item
        The map.
    layers
        Id, title and source of each layer.
    """
    node = ET.SubElement(
        map_item,
        "atlasClippingSettings",
        {"enabled": "1", "restrictLayers": "1", "clippingType": "1", "forceLabelsInside": "0"},
    )
    clipped = ET.SubElement(node, "layersToClip")
    for own, title, source in layers:
        said = {"name": writable(title), "source": source, "provider": "ogr"}
        ET.SubElement(clipped, "Layer", said).text = own


def _in_shape(
    extent: tuple[float, float, float, float], box: Box
) -> tuple[float, float, float, float]:
    """Widen an extent to the shape of a box, at a round scale and with room around it."""
    west, south, east, north = extent
    least = 1000 * max((east - west) / box.width, (north - south) / box.height)
    scale = _SCALES * math.ceil(least * (1 + _ROOM) / _SCALES)
    x, y = (west + east) / 2, (south + north) / 2
    half_width, half_height = scale * box.width / 2000, scale * box.height / 2000
    return x - half_width, y - half_height, x + half_width, y + half_height


def add_label(  # noqa: PLR0913 - what words on a page consist of
    layout: ET.Element,
    name: str,
    text: str,
    box: Box,
    *,
    size_pt: float = 8.0,
    bold: bool = False,
) -> None:
    """Write words, in which [% … %] is an expression: see `plain` for words that are none."""
    node = add_item(layout, _LABEL, f"{layout.get('name')}/{name}", box)
    node.attrib |= {
        "labelText": writable(text),
        "htmlState": "0",
        "halign": str(_LEFT),
        "valign": str(_TOP),
        "marginX": "0",
        "marginY": "0",
    }
    ET.SubElement(node, "LabelFont", {"description": _font(size_pt, bold=bold), "style": ""})
    red, green, blue = (str(int(INK[i : i + 2], 16)) for i in (1, 3, 5))
    colour = {"red": red, "green": green, "blue": blue, "alpha": "255"}
    ET.SubElement(node, "FontColor", colour)


def plain(text: str) -> str:
    """Return words from data that no label takes for an expression."""
    return text.replace("[%", "[ %").replace("[#", "[ #")


def _font(size_pt: float, *, bold: bool = False) -> str:
    return f"{_FONT},{size_pt:g},-1,5,{75 if bold else 50},0,0,0,0,0"


def add_legend(layout: ET.Element, map_item: ET.Element, box: Box, *, columns: int = 1) -> None:
    """Write the legend of what is seen on a map; it grows downward from the top of its box."""
    node = add_item(layout, _LEGEND, f"{layout.get('name')}/Legenda", box)
    node.attrib |= {
        "title": "",
        "map_uuid": str(map_item.get("uuid")),
        "legendFilterByMap": "1",
        "legendFilterByAtlas": "0",
        "resizeToContents": "1",
        "columnCount": str(columns),
        "splitLayer": "0",
        "symbolWidth": "6",
        "symbolHeight": "3.5",
        "boxSpace": "0",
        "columnSpace": "4",
        "lineSpacing": "1",
        "fontColor": INK,
        "wrapChar": "",
    }
    styles = ET.SubElement(node, "styles")
    for name, size, bold, top in (
        ("title", 11.0, True, 0.0),
        ("group", 10.0, True, 3.0),
        ("subgroup", 9.0, True, 2.5),
        ("symbol", 8.0, False, 1.0),
        ("symbolLabel", 8.0, False, 1.0),
    ):
        own = {"name": name, "alignment": str(_LEFT), "indent": "0", "marginTop": f"{top:g}"}
        if name == "symbolLabel":
            own["marginLeft"] = "2"
        font = {"description": _font(size, bold=bold), "style": ""}
        ET.SubElement(ET.SubElement(styles, "style", own), "styleFont", font)


def add_scale_bar(layout: ET.Element, map_item: ET.Element, box: Box) -> None:
    """Write a scale bar in kilometres, of pieces that are as long at every scale."""
    node = add_item(layout, _SCALE_BAR, f"{layout.get('name')}/Schaal", box)
    node.attrib |= {
        "mapUuid": str(map_item.get("uuid")),
        "style": "Single Box",
        "unitType": "km",
        "unitLabel": "km",
        "numMapUnitsPerScaleBarUnit": "1",
        "segmentSizeMode": "1",
        "minBarWidth": f"{0.8 * _PIECES * _PIECE_MM:g}",
        # A trace more, since QGIS rounds what fits down.
        "maxBarWidth": f"{1.002 * _PIECES * _PIECE_MM:g}",
        "numSegments": str(_PIECES),
        "numSegmentsLeft": "0",
        "numUnitsPerSegment": "1",
        "height": "2",
        "labelBarSpace": "1.5",
        "boxContentSpace": "0",
        "outlineWidth": "0.2",
        "alignment": "0",
    }
    add_text_style(node, 8.0)
    options = ET.SubElement(ET.SubElement(node, "numericFormat", {"id": "basic"}), "Option",
                            {"type": "Map"})  # fmt: skip
    add_option(options, "decimal_separator", ",", "QChar")
    add_option(options, "thousand_separator", ".", "QChar")
    add_option(options, "decimals", "6", "int")
    add_option(options, "show_trailing_zeros", "false", "bool")


def add_north_arrow(layout: ET.Element, map_item: ET.Element, box: Box) -> None:
    """Write an arrow to the north of a map."""
    node = add_item(layout, _PICTURE, f"{layout.get('name')}/Noord", box)
    node.attrib |= {
        "file": "base64:" + base64.b64encode(_NORTH.encode()).decode(),
        "mode": "0",
        "mapUuid": str(map_item.get("uuid")),
        "northMode": "0",
        "northOffset": "0",
        "pictureRotation": "0",
        "resizeMode": "0",
        "anchorPoint": "0",
    }


def add_text_style(parent: ET.Element, size_pt: float, *, bold: bool = False) -> None:
    """Write how words look where QGIS reads no bare font."""
    ET.SubElement(
        parent,
        "text-style",
        {
            "fontFamily": _FONT,
            "fontSize": f"{size_pt:g}",
            "fontSizeUnit": "Point",
            "fontWeight": "75" if bold else "50",
            "namedStyle": "Bold" if bold else "",
            "textColor": rgba(INK),
            "textOpacity": "1",
        },
    )


def add_atlas(layout: ET.Element, layer: tuple[str, str, str], *, named_by: str) -> None:
    """Make the layout an atlas: a sheet for every feature of a layer, sorted by their names.

    Parameters
    ----------
    layout
        The layout, as of `add_layout`.
    layer
        Id, title and source of the layer.
    named_by
        The expression that names a sheet.
    """
    own, title, source = layer
    ET.SubElement(
        layout,
        "Atlas",
        {
            "enabled": "1",
            "coverageLayer": own,
            "coverageLayerName": writable(title),
            "coverageLayerSource": source,
            "coverageLayerProvider": "ogr",
            "pageNameExpression": named_by,
            "sortFeatures": "1",
            "sortKey": named_by,
            "sortAscending": "1",
            "filterFeatures": "0",
            "hideCoverage": "0",
            "filenamePattern": named_by,
        },
    )
