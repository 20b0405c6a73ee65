"""A table on a print layout, of words and of expressions that QGIS works out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from atlas.qgis_layers import writable
from atlas.qgis_layout import add_item, add_text_style, id_of
from atlas.qgis_symbols import add_option, rgba
from atlas.symbology import WHITE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlas.qgis_layout import Box

_FRAME, _TABLE = 65647, 65652
_LEFT, _RIGHT, _MIDDLE = 1, 2, 128
_PALE = "#dde4ea"
_MARGIN_MM, _SIZE_PT = 0.7, 7.5


@dataclass(frozen=True)
class Cell:
    """A cell of a table: words, or an expression that QGIS works out."""

    text: str
    expression: bool = False
    heading: bool = False


def add_table(
    layout: ET.Element,
    name: str,
    rows: Sequence[Sequence[Cell]],
    box: Box,
    *,
    widths_mm: Sequence[float],
) -> None:
    """Write a table: the first column to the left, all others to the right.

    Parameters
    ----------
    layout
        The layout, as of `add_layout`.
    name
        What it is called on the page.
    rows
        All of as many cells as there are widths.
    box
        Where it lies.
    widths_mm
        The width of each column, with its margins.
    """
    own = id_of(f"{layout.get('name')}/{name}/cells")
    frame = add_item(layout, _FRAME, f"{layout.get('name')}/{name}", box)
    frame.attrib |= {"multiFrame": own, "multiFrameTemplateUuid": own}
    frame.attrib |= {"sectionX": "0", "sectionY": "0"}
    frame.attrib |= {"sectionWidth": f"{box.width:g}", "sectionHeight": f"{box.height:g}"}
    node = ET.SubElement(
        layout,
        "LayoutMultiFrame",
        {
            "type": str(_TABLE),
            "uuid": own,
            "templateUuid": own,
            "resizeMode": "0",
            "cellMargin": f"{_MARGIN_MM:g}",
            "showGrid": "1",
            "horizontalGrid": "1",
            "verticalGrid": "0",
            "gridStrokeWidth": "0.15",
            "gridColor": rgba(_PALE),
            "backgroundColor": rgba(WHITE),
            "wrapBehavior": "0",
            "includeHeader": "0",
            "headerMode": "2",
        },
    )
    ids = {"uuid": str(frame.get("uuid")), "templateUuid": str(frame.get("uuid"))}
    ET.SubElement(node, "childFrame", ids)
    add_text_style(ET.SubElement(node, "headerTextFormat"), _SIZE_PT, bold=True)
    add_text_style(ET.SubElement(node, "contentTextFormat"), _SIZE_PT)
    contents = ET.SubElement(node, "contents")
    for row in rows:
        line = ET.SubElement(contents, "row")
        for number, cell in enumerate(row):
            _cell(line, cell, _LEFT if number == 0 else _RIGHT)
    widths = ET.SubElement(node, "columnWidths")
    for width in widths_mm:
        ET.SubElement(widths, "column", {"width": f"{width - 2 * _MARGIN_MM:g}"})


def _cell(row: ET.Element, cell: Cell, align: int) -> None:
    node = ET.SubElement(row, "Option", {"type": "Map"})
    if cell.expression:
        content = ET.SubElement(node, "Option", {"type": "QgsProperty", "name": "content"})
        parts = ET.SubElement(content, "Option", {"type": "Map"})
        add_option(parts, "active", "true", "bool")
        add_option(parts, "expression", writable(cell.text))
        add_option(parts, "type", "3", "int")
    else:
        add_option(node, "content", writable(cell.text))
    add_option(node, "halign", str(align), "int")
    add_option(node, "valign", str(_MIDDLE), "int")
    if cell.heading:
        add_option(node, "background", rgba(_PALE), "color")
