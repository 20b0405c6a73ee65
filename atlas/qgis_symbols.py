"""Symbols as QGIS 3.22 and later write them, in styles, projects and layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

from atlas.symbology import Fill, Line, Marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlas.symbology import Symbol

_SHAPES = {"plus": "cross_fill", "triangle": "triangle"}
_HALO, _HALO_DASHED = 1.25, 1.5  # of the size of a symbol
_HATCH_MM, _HATCH_WIDTH_MM = 2.8, 0.4
_MM = {"size_unit": "MM", "outline_width_unit": "MM"}
# As the page has it: pixels of 0.2 mm, and twice the radius.
_SIZE = "0.4 * min(12, max(5, 2.4 * log10(max(1, {column}))))"


def quoted(column: str) -> str:
    """Return the name of a column as an expression has it."""
    return '"' + column.replace('"', '""') + '"'


def add_symbols(node: ET.Element, symbols: Iterable[Symbol]) -> None:
    """Write symbols, named by their number."""
    parent = ET.SubElement(node, "symbols")
    for number, symbol in enumerate(symbols):
        add_symbol(parent, str(number), symbol)


def add_symbol(parent: ET.Element, name: str, symbol: Symbol) -> None:
    """Write one symbol: an area, a line or a mark."""
    kind = {Fill: "fill", Line: "line", Marker: "marker"}[type(symbol)]
    alpha = symbol.opacity if isinstance(symbol, Line) else 1.0
    node = ET.SubElement(
        parent,
        "symbol",
        {"type": kind, "name": name, "alpha": f"{alpha:g}", "clip_to_extent": "1",
         "force_rhr": "0"},
    )  # fmt: skip
    if isinstance(symbol, Fill):
        _fill(node, symbol)
    elif isinstance(symbol, Line):
        _layer(node, "SimpleLine", _line(symbol.colour, symbol.width_mm))
    else:
        _marker(node, symbol)


def _line(colour: str, width: float) -> dict[str, str]:
    return {
        "line_color": rgba(colour),
        "line_width": f"{width:g}",
        "line_width_unit": "MM",
        "line_style": "solid",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _fill(node: ET.Element, fill: Fill) -> None:
    if fill.hatch is not None:
        # A white line beneath keeps the orange apart from the middle blues, for every eye.
        for colour, width in (("#ffffff", 2 * _HATCH_WIDTH_MM), (fill.hatch, _HATCH_WIDTH_MM)):
            options = {
                "angle": "45", "distance": f"{_HATCH_MM:g}", "distance_unit": "MM",
                "line_width": f"{width:g}", "line_width_unit": "MM", "color": rgba(colour),
            }  # fmt: skip
            layer = _layer(node, "LinePatternFill", options)
            inner = ET.SubElement(
                layer, "symbol", {"type": "line", "name": f"@{node.get('name')}@{len(node) - 1}",
                                  "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"},
            )  # fmt: skip
            _layer(inner, "SimpleLine", _line(colour, width))
        return
    options = {
        "color": rgba(fill.colour or "#ffffff"),
        "style": "no" if fill.colour is None else "solid",
        "outline_color": rgba(fill.edge),
        "outline_width": f"{fill.edge_mm:g}",
        "outline_width_unit": "MM",
        "outline_style": "solid" if fill.edge_mm else "no",
        "joinstyle": "round",
    }
    _layer(node, "SimpleFill", options)


def _marker(node: ET.Element, marker: Marker) -> None:
    """Draw a symbol on its halo: white, or dashed where the capacity is not known."""
    shape = _SHAPES.get(marker.shape, marker.shape)
    halo = _HALO_DASHED if marker.dashed else _HALO
    edge = marker.edge if marker.dashed else "#ffffff"
    _simple(node, marker, shape, grow=halo, colour="#ffffff", edge=edge, width=0.25,
            style="dash" if marker.dashed else "solid")  # fmt: skip
    _simple(node, marker, shape, colour=marker.colour or "#ffffff", edge=marker.edge,
            width=0.15 if marker.colour else 0.4)  # fmt: skip
    if marker.sign == "cross":
        _simple(node, marker, "cross2", colour=marker.edge, edge=marker.edge, width=0.4)
    elif marker.sign == "question":
        options = {
            "chr": "?", "font": "Sans", "font_style": "Bold", "color": rgba(marker.edge),
            "outline_width": "0", "size": f"{marker.size_mm * 0.75:g}", **_MM,
        }  # fmt: skip
        _layer(node, "FontMarker", options)


def _simple(  # noqa: PLR0913 - what a mark consists of
    node: ET.Element,
    marker: Marker,
    shape: str,
    *,
    colour: str,
    edge: str,
    width: float,
    grow: float = 1.0,
    style: Literal["solid", "dash"] = "solid",
) -> None:
    options = {
        "name": shape,
        "color": rgba(colour),
        "outline_color": rgba(edge),
        "outline_style": style,
        "outline_width": f"{width:g}",
        "joinstyle": "round",
        "size": f"{marker.size_mm * grow:g}",
        "scale_method": "diameter",
        **_MM,
    }
    size = None
    if marker.size_by is not None:
        size = f"{grow:g} * {_SIZE.format(column=quoted(marker.size_by))}"
    _layer(node, "SimpleMarker", options, size=size)


def _layer(
    node: ET.Element, kind: str, options: Mapping[str, str], *, size: str | None = None
) -> ET.Element:
    layer = ET.SubElement(
        node, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"}
    )
    add_options(layer, options)
    if size is not None:
        add_driven(ET.SubElement(layer, "data_defined_properties"), "size", size)
    return layer


def add_driven(node: ET.Element, name: str, expression: str) -> None:
    """Write a property that an expression gives the value of."""
    outer = ET.SubElement(node, "Option", {"type": "Map"})
    add_option(outer, "name", "")
    named = ET.SubElement(outer, "Option", {"type": "Map", "name": "properties"})
    own = ET.SubElement(named, "Option", {"type": "Map", "name": name})
    add_option(own, "active", "true", "bool")
    add_option(own, "expression", expression)
    add_option(own, "type", "3", "int")
    add_option(outer, "type", "collection")


def add_options(layer: ET.Element, options: Mapping[str, str]) -> None:
    """Write settings by name."""
    parent = ET.SubElement(layer, "Option", {"type": "Map"})
    for name, value in options.items():
        add_option(parent, name, value)


def add_option(parent: ET.Element, name: str, value: str, kind: str = "QString") -> None:
    """Write one setting."""
    ET.SubElement(parent, "Option", {"type": kind, "name": name, "value": value})


def rgba(colour: str) -> str:
    """Return a colour such as #12436d as QGIS writes it."""
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"
