"""A style as other GIS read it: Styled Layer Descriptor 1.1 with Symbology Encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from atlas.symbology import Fill, Line, Marker, as_rules, radius_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlas.symbology import Condition, Label, Rule, Style, Symbol

_SLD = "http://www.opengis.net/sld"
_SE = "http://www.opengis.net/se"
_OGC = "http://www.opengis.net/ogc"
_NAMES = {"": _SLD, "se": _SE, "ogc": _OGC}
_PIXEL_MM = 0.28  # by definition of the standard
# The standard has six marks; a diamond is a square on its point, and refurbishing a circle, which
# collection points have too, in another colour.
_MARKS = {"diamond": "square", "plus": "cross", "pentagon": "circle"}
_EIGHTH_TURN = "45"
_TYPICAL_T_PER_A = 10_000.0
_OPERATORS = {
    "=": "PropertyIsEqualTo",
    "!=": "PropertyIsNotEqualTo",
    "<": "PropertyIsLessThan",
    ">": "PropertyIsGreaterThan",
    ">=": "PropertyIsGreaterThanOrEqualTo",
}


def write_sld(style: Style) -> str:
    """Return a style as the text of an .sld file, with the labels in Dutch."""
    root = ET.Element("StyledLayerDescriptor", {"version": "1.1.0"})
    for prefix, address in _NAMES.items():
        root.set(f"xmlns:{prefix}" if prefix else "xmlns", address)
    layer = ET.SubElement(root, "NamedLayer")
    _text(layer, "se:Name", style.layer)
    user = ET.SubElement(layer, "UserStyle")
    _text(user, "se:Name", style.name)
    about = ET.SubElement(user, "se:Description")
    _text(about, "se:Title", style.title.nl)
    if style.default:
        _text(user, "IsDefault", "1")
    features = ET.SubElement(user, "se:FeatureTypeStyle")
    for rule in as_rules(style.renderer):
        _rule(features, rule)
    if style.label is not None:
        _label(features, style.label, style.geometry)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _rule(parent: ET.Element, rule: Rule) -> None:
    node = ET.SubElement(parent, "se:Rule")
    _text(node, "se:Name", rule.label.nl)
    about = ET.SubElement(node, "se:Description")
    _text(about, "se:Title", rule.label.nl)
    if rule.conditions:
        _filter(node, rule.conditions)
    _symbolizers(node, rule.symbol)


def _filter(parent: ET.Element, conditions: Sequence[Condition]) -> None:
    node = ET.SubElement(parent, "ogc:Filter")
    if len(conditions) > 1:
        node = ET.SubElement(node, "ogc:And")
    for each in conditions:
        _condition(node, each)


def _condition(parent: ET.Element, condition: Condition) -> None:
    if condition.operator in {"null", "known"}:
        if condition.operator == "known":
            parent = ET.SubElement(parent, "ogc:Not")
        test = ET.SubElement(parent, "ogc:PropertyIsNull")
        _text(test, "ogc:PropertyName", condition.column)
        return
    test = ET.SubElement(parent, f"ogc:{_OPERATORS[condition.operator]}")
    _text(test, "ogc:PropertyName", condition.column)
    value = condition.value
    _text(test, "ogc:Literal", str(value).lower() if isinstance(value, bool) else f"{value}")


def _symbolizers(rule: ET.Element, symbol: Symbol) -> None:
    if isinstance(symbol, Fill):
        _polygon(rule, symbol)
    elif isinstance(symbol, Line):
        node = ET.SubElement(rule, "se:LineSymbolizer")
        _stroke(node, symbol.colour, symbol.width_mm, opacity=symbol.opacity)
    else:
        _point(rule, symbol)


def _polygon(rule: ET.Element, fill: Fill) -> None:
    node = ET.SubElement(rule, "se:PolygonSymbolizer")
    if fill.hatch is not None:
        area = ET.SubElement(node, "se:Fill")
        graphic = ET.SubElement(ET.SubElement(area, "se:GraphicFill"), "se:Graphic")
        mark = ET.SubElement(graphic, "se:Mark")
        # The standard has no lines; this is how GeoServer and those after it name them.
        _text(mark, "se:WellKnownName", "shape://slash")
        _stroke(mark, fill.hatch, 0.4)
        _text(graphic, "se:Size", "8")
        return
    if fill.colour is not None:
        _parameter(ET.SubElement(node, "se:Fill"), "fill", fill.colour)
    if fill.edge_mm:
        _stroke(node, fill.edge, fill.edge_mm)


def _point(rule: ET.Element, marker: Marker) -> None:
    """Draw the dashed halo, the mark and the sign over one another."""
    size = marker.size_mm
    if marker.size_by is not None:
        size = 2 * radius_mm(_TYPICAL_T_PER_A)
    name = _MARKS.get(marker.shape, marker.shape)
    turned = marker.shape == "diamond"
    if marker.dashed:
        _mark(rule, name, 1.5 * size, colour="#ffffff", edge=marker.edge, width=0.25, turned=turned,
              dashed=True)  # fmt: skip
    _mark(rule, name, size, colour=marker.colour or "#ffffff", edge=marker.edge,
          width=0.15 if marker.colour else 0.4, turned=turned)  # fmt: skip
    if marker.sign == "cross":
        _mark(rule, "x", size, colour=marker.edge, edge=marker.edge, width=0.3)
    elif marker.sign == "question":
        node = ET.SubElement(rule, "se:TextSymbolizer")
        _text(ET.SubElement(node, "se:Label"), "ogc:Literal", "?")
        font = ET.SubElement(node, "se:Font")
        _parameter(font, "font-weight", "bold")
        _parameter(font, "font-size", f"{size / _PIXEL_MM * 0.75:.0f}")
        _anchor(node)
        _parameter(ET.SubElement(node, "se:Fill"), "fill", marker.edge)


def _mark(  # noqa: PLR0913 - what a mark consists of
    rule: ET.Element,
    name: str,
    size: float,
    *,
    colour: str,
    edge: str,
    width: float,
    turned: bool = False,
    dashed: bool = False,
) -> None:
    graphic = ET.SubElement(ET.SubElement(rule, "se:PointSymbolizer"), "se:Graphic")
    mark = ET.SubElement(graphic, "se:Mark")
    _text(mark, "se:WellKnownName", name)
    _parameter(ET.SubElement(mark, "se:Fill"), "fill", colour)
    _stroke(mark, edge, width, dashed=dashed)
    _text(graphic, "se:Size", f"{size / _PIXEL_MM:.1f}")
    if turned:
        _text(graphic, "se:Rotation", _EIGHTH_TURN)


def _label(parent: ET.Element, label: Label, geometry: str) -> None:
    rule = ET.SubElement(parent, "se:Rule")
    _text(rule, "se:Name", label.column)
    if label.from_scale is not None:
        _text(rule, "se:MaxScaleDenominator", str(label.from_scale))
    node = ET.SubElement(rule, "se:TextSymbolizer")
    _text(ET.SubElement(node, "se:Label"), "ogc:PropertyName", label.column)
    _parameter(ET.SubElement(node, "se:Font"), "font-size", f"{label.size_pt / 0.75:.0f}")
    _anchor(node, beside=geometry == "point")
    halo = ET.SubElement(node, "se:Halo")
    _text(halo, "se:Radius", "2")
    _parameter(ET.SubElement(halo, "se:Fill"), "fill", "#ffffff")
    _parameter(ET.SubElement(node, "se:Fill"), "fill", label.colour)


def _anchor(node: ET.Element, *, beside: bool = False) -> None:
    place = ET.SubElement(ET.SubElement(node, "se:LabelPlacement"), "se:PointPlacement")
    point = ET.SubElement(place, "se:AnchorPoint")
    _text(point, "se:AnchorPointX", "0" if beside else "0.5")
    _text(point, "se:AnchorPointY", "0.5")
    if beside:
        moved = ET.SubElement(place, "se:Displacement")
        _text(moved, "se:DisplacementX", "8")
        _text(moved, "se:DisplacementY", "0")


def _stroke(
    node: ET.Element, colour: str, width_mm: float, *, opacity: float = 1.0, dashed: bool = False
) -> None:
    stroke = ET.SubElement(node, "se:Stroke")
    _parameter(stroke, "stroke", colour)
    if opacity < 1:
        _parameter(stroke, "stroke-opacity", f"{opacity:g}")
    _parameter(stroke, "stroke-width", f"{width_mm / _PIXEL_MM:.2f}")
    if dashed:
        _parameter(stroke, "stroke-dasharray", "3 2")


def _parameter(node: ET.Element, name: str, value: str) -> None:
    ET.SubElement(node, "se:SvgParameter", {"name": name}).text = value


def _text(node: ET.Element, name: str, value: str) -> None:
    ET.SubElement(node, name).text = value
