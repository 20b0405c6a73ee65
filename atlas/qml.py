"""A style as QGIS 3.22 and later write it: QML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

from atlas.symbology import ENDLESS, Fill, Graduated, Line, Marker, just_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlas.symbology import Condition, Label, Rules, Style, Symbol

_VERSION = "3.22.0"
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_SHAPES = {"plus": "cross_fill", "triangle": "triangle"}
# What coalesce gives for a missing value: no amount is below nothing.
_MISSING = -1.0
_ALWAYS = 100_000_000
_HALO, _HALO_DASHED = 1.25, 1.5  # of the size of a symbol
_HATCH_MM, _HATCH_WIDTH_MM = 2.8, 0.4
_MM = {"size_unit": "MM", "outline_width_unit": "MM"}
# As the page has it: pixels of 0.2 mm, and twice the radius.
_SIZE = "0.4 * min(12, max(5, 2.4 * log10(max(1, {column}))))"


def write_qml(style: Style, aliases: Mapping[str, str]) -> str:
    """Return a style as the text of a .qml file.

    Parameters
    ----------
    style
        How the layer looks.
    aliases
        Title by column, in the order of the columns; the feature id comes before them.
    """
    root = ET.Element(
        "qgis",
        {
            "version": _VERSION,
            "styleCategories": "Symbology|Labeling|Fields|Rendering",
            "labelsEnabled": "0" if style.label is None else "1",
            "hasScaleBasedVisibilityFlag": "0",
            "minScale": str(_ALWAYS),
            "maxScale": "0",
        },
    )
    if isinstance(style.renderer, Graduated):
        _graduated(root, style.renderer)
    else:
        _rules(root, style.renderer)
    if style.label is not None:
        _labels(root, style.label, style.geometry)
    ET.SubElement(root, "blendMode").text = "0"
    ET.SubElement(root, "layerOpacity").text = "1"
    _aliases(root, aliases)
    return _written(root)


def write_table_qml(aliases: Mapping[str, str]) -> str:
    """Return the titles of the columns of a table without places as the text of a .qml file."""
    root = ET.Element("qgis", {"version": _VERSION, "styleCategories": "Fields"})
    _aliases(root, aliases)
    return _written(root)


def _aliases(root: ET.Element, aliases: Mapping[str, str]) -> None:
    names = ET.SubElement(root, "aliases")
    for index, (column, title) in enumerate({"fid": "", **aliases}.items()):
        ET.SubElement(names, "alias", {"index": str(index), "field": column, "name": title})


def _written(root: ET.Element) -> str:
    ET.indent(root, " ")
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def write_raster_qml(renderer: Graduated, *, most: float) -> str:
    """Return the classes of a raster's band as the text of a .qml file.

    Parameters
    ----------
    renderer
        The classes; what has no value stays clear.
    most
        The largest value there is.
    """
    root = ET.Element("qgis", {"version": _VERSION, "styleCategories": "Symbology"})
    pipe = ET.SubElement(root, "pipe")
    drawn = ET.SubElement(
        pipe,
        "rasterrenderer",
        {
            "type": "singlebandpseudocolor",
            "band": "1",
            "opacity": "1",
            "alphaBand": "-1",
            "classificationMin": "0",
            "classificationMax": repr(most),
        },
    )
    shader = ET.SubElement(
        ET.SubElement(drawn, "rastershader"),
        "colorrampshader",
        {
            "colorRampType": "DISCRETE",
            "classificationMode": "1",
            "clip": "0",
            "minimumValue": "0",
            "maximumValue": repr(most),
        },
    )
    for each in renderer.classes:
        upper = "inf" if each.upper is None else repr(just_below(each.upper))
        colour = each.symbol.colour if isinstance(each.symbol, Fill) else None
        ET.SubElement(
            shader,
            "item",
            {
                "value": upper,
                "color": colour or "#ffffff",
                "alpha": "255",
                "label": each.label.nl,
            },
        )
    return _written(root)


def _graduated(root: ET.Element, renderer: Graduated) -> None:
    node = ET.SubElement(
        root,
        "renderer-v2",
        {
            "type": "graduatedSymbol",
            "attr": f"coalesce({_quoted(renderer.column)}, {_MISSING:g})",
            "graduatedMethod": "GraduatedColor",
            "symbollevels": "0",
            "enableorderby": "0",
            "forceraster": "0",
        },
    )
    ranges = ET.SubElement(node, "ranges")
    rows = [(_MISSING, _MISSING, renderer.no_data_label, renderer.no_data)]
    for each in renderer.classes:
        lower = 0.0 if each.lower is None else each.lower
        upper = ENDLESS if each.upper is None else just_below(each.upper)
        rows.append((lower, upper, each.label, each.symbol))
    for number, (lower, upper, label, _) in enumerate(rows):
        ET.SubElement(
            ranges,
            "range",
            {
                "lower": repr(lower),
                "upper": repr(upper),
                "symbol": str(number),
                "label": label.nl,
                "render": "true",
            },
        )
    _symbols(node, [symbol for *_, symbol in rows])
    ET.SubElement(node, "classificationMethod", {"id": "Custom"})


def _rules(root: ET.Element, renderer: Rules) -> None:
    node = ET.SubElement(
        root,
        "renderer-v2",
        {"type": "RuleRenderer", "symbollevels": "0", "enableorderby": "0", "forceraster": "0"},
    )
    rules = ET.SubElement(node, "rules", {"key": _key(0)})
    for number, rule in enumerate(renderer.rules):
        words = {"key": _key(number + 1), "symbol": str(number), "label": rule.label.nl}
        if rule.conditions:
            words["filter"] = " AND ".join(_filter(each) for each in rule.conditions)
        ET.SubElement(rules, "rule", words)
    _symbols(node, [rule.symbol for rule in renderer.rules])


def _key(number: int) -> str:
    """Return the name of a rule, which QGIS wants in the form of a random one."""
    return f"{{00000000-0000-4000-8000-{number:012d}}}"


def _filter(condition: Condition) -> str:
    column = _quoted(condition.column)
    if condition.operator == "null":
        return f"{column} IS NULL"
    if condition.operator == "known":
        return f"{column} IS NOT NULL"
    value = condition.value
    if isinstance(value, bool):
        said = str(value).lower()
    else:
        said = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
    return f"{column} {condition.operator} {said}"


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _symbols(node: ET.Element, symbols: Iterable[Symbol]) -> None:
    parent = ET.SubElement(node, "symbols")
    for number, symbol in enumerate(symbols):
        _symbol(parent, str(number), symbol)


def _symbol(parent: ET.Element, name: str, symbol: Symbol) -> None:
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
        "line_color": _rgba(colour),
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
                "line_width": f"{width:g}", "line_width_unit": "MM", "color": _rgba(colour),
            }  # fmt: skip
            layer = _layer(node, "LinePatternFill", options)
            inner = ET.SubElement(
                layer, "symbol", {"type": "line", "name": f"@{node.get('name')}@{len(node) - 1}",
                                  "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"},
            )  # fmt: skip
            _layer(inner, "SimpleLine", _line(colour, width))
        return
    options = {
        "color": _rgba(fill.colour or "#ffffff"),
        "style": "no" if fill.colour is None else "solid",
        "outline_color": _rgba(fill.edge),
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
            "chr": "?", "font": "Sans", "font_style": "Bold", "color": _rgba(marker.edge),
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
        "color": _rgba(colour),
        "outline_color": _rgba(edge),
        "outline_style": style,
        "outline_width": f"{width:g}",
        "joinstyle": "round",
        "size": f"{marker.size_mm * grow:g}",
        "scale_method": "diameter",
        **_MM,
    }
    size = None
    if marker.size_by is not None:
        size = f"{grow:g} * {_SIZE.format(column=_quoted(marker.size_by))}"
    _layer(node, "SimpleMarker", options, size=size)


def _layer(
    node: ET.Element, kind: str, options: Mapping[str, str], *, size: str | None = None
) -> ET.Element:
    layer = ET.SubElement(
        node, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"}
    )
    _options(layer, options)
    if size is not None:
        driven = ET.SubElement(layer, "data_defined_properties")
        outer = ET.SubElement(driven, "Option", {"type": "Map"})
        _option(outer, "name", "")
        named = ET.SubElement(outer, "Option", {"type": "Map", "name": "properties"})
        own = ET.SubElement(named, "Option", {"type": "Map", "name": "size"})
        _option(own, "active", "true", "bool")
        _option(own, "expression", size)
        _option(own, "type", "3", "int")
        _option(outer, "type", "collection")
    return layer


def _options(layer: ET.Element, options: Mapping[str, str]) -> None:
    parent = ET.SubElement(layer, "Option", {"type": "Map"})
    for name, value in options.items():
        _option(parent, name, value)


def _option(parent: ET.Element, name: str, value: str, kind: str = "QString") -> None:
    ET.SubElement(parent, "Option", {"type": kind, "name": name, "value": value})


def _labels(root: ET.Element, label: Label, geometry: str) -> None:
    labeling = ET.SubElement(root, "labeling", {"type": "simple"})
    settings = ET.SubElement(labeling, "settings", {"calloutType": "simple"})
    text = ET.SubElement(
        settings,
        "text-style",
        {
            "fieldName": label.column,
            "isExpression": "0",
            "fontFamily": "Sans",
            "fontSize": f"{label.size_pt:g}",
            "fontSizeUnit": "Point",
            "fontWeight": "50",
            "textColor": _rgba(label.colour),
            "textOpacity": "1",
        },
    )
    ET.SubElement(
        text,
        "text-buffer",
        {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM",
         "bufferColor": _rgba("#ffffff"), "bufferOpacity": "0.85"},
    )  # fmt: skip
    # Over an area, horizontally within it; around a point, where there is room.
    place = {"placement": "1"} if geometry == "polygon" else {"placement": "6", "dist": "1"}
    ET.SubElement(
        settings,
        "placement",
        {**place, "distUnits": "MM", "centroidInside": "1", "priority": "5",
         "predefinedPositionOrder": "TR,TL,BR,BL,R,L,TSR,BSR"},
    )  # fmt: skip
    ET.SubElement(
        settings,
        "rendering",
        {
            "scaleVisibility": "0" if label.from_scale is None else "1",
            "scaleMax": str(label.from_scale or 0),
            "scaleMin": "0",
            "drawLabels": "1",
            "displayAll": "0",
            "obstacle": "1",
        },
    )


def _rgba(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"
