"""A style as QGIS 3.22 and later write it: QML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from atlas.qgis_symbols import add_symbols, quoted, rgba
from atlas.symbology import ENDLESS, Fill, Graduated, just_below

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas.symbology import Condition, Label, Rules, Style

VERSION = "3.22.0"
DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
# What coalesce gives for a missing value: no amount is below nothing.
_MISSING = -1.0
_ALWAYS = 100_000_000


def write_qml(style: Style, aliases: Mapping[str, str]) -> str:
    """Return a style as the text of a .qml file.

    Parameters
    ----------
    style
        How the layer looks.
    aliases
        Title by column, in the order of the columns; the feature id comes before them.
    """
    categories = "Symbology|Labeling|Fields|Rendering"
    root = ET.Element("qgis", {"version": VERSION, "styleCategories": categories})
    add_style(root, style, aliases)
    return _written(root)


def add_style(node: ET.Element, style: Style, aliases: Mapping[str, str]) -> None:
    """Write a style into the root of a .qml file, or into a layer of a project: both read alike.

    Parameters
    ----------
    node
        The element that gets the attributes and parts of the style.
    style, aliases
        As `write_qml` takes them.
    """
    node.attrib |= {
        "labelsEnabled": "0" if style.label is None else "1",
        "hasScaleBasedVisibilityFlag": "0",
        "minScale": str(_ALWAYS),
        "maxScale": "0",
    }
    if isinstance(style.renderer, Graduated):
        _graduated(node, style.renderer)
    else:
        _rules(node, style.renderer)
    if style.label is not None:
        _labels(node, style.label, style.geometry)
    ET.SubElement(node, "blendMode").text = "0"
    ET.SubElement(node, "layerOpacity").text = "1"
    add_aliases(node, aliases)


def write_table_qml(aliases: Mapping[str, str]) -> str:
    """Return the titles of the columns of a table without places as the text of a .qml file."""
    root = ET.Element("qgis", {"version": VERSION, "styleCategories": "Fields"})
    add_aliases(root, aliases)
    return _written(root)


def add_aliases(node: ET.Element, aliases: Mapping[str, str]) -> None:
    """Write the titles of the columns into a style, or into a layer of a project."""
    names = ET.SubElement(node, "aliases")
    for index, (column, title) in enumerate({"fid": "", **aliases}.items()):
        ET.SubElement(names, "alias", {"index": str(index), "field": column, "name": title})


def _written(root: ET.Element) -> str:
    ET.indent(root, " ")
    return DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def write_raster_qml(renderer: Graduated, *, most: float) -> str:
    """Return the classes of a raster's band as the text of a .qml file.

    Parameters
    ----------
    renderer
        The classes; what has no value stays clear.
    most
        The largest value there is.
    """
    root = ET.Element("qgis", {"version": VERSION, "styleCategories": "Symbology"})
    add_raster_style(root, renderer, most=most)
    return _written(root)


def add_raster_style(node: ET.Element, renderer: Graduated, *, most: float) -> None:
    """Write the classes of a raster's band into a style, or into a layer of a project."""
    pipe = ET.SubElement(node, "pipe")
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


def _graduated(root: ET.Element, renderer: Graduated) -> None:
    node = ET.SubElement(
        root,
        "renderer-v2",
        {
            "type": "graduatedSymbol",
            "attr": f"coalesce({quoted(renderer.column)}, {_MISSING:g})",
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
    add_symbols(node, [symbol for *_, symbol in rows])
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
    add_symbols(node, [rule.symbol for rule in renderer.rules])


def _key(number: int) -> str:
    """Return the name of a rule, which QGIS wants in the form of a random one."""
    return f"{{00000000-0000-4000-8000-{number:012d}}}"


def _filter(condition: Condition) -> str:
    column = quoted(condition.column)
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
            "textColor": rgba(label.colour),
            "textOpacity": "1",
        },
    )
    ET.SubElement(
        text,
        "text-buffer",
        {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM",
         "bufferColor": rgba("#ffffff"), "bufferOpacity": "0.85"},
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
