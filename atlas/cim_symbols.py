"""Symbols and labels as ArcGIS Pro keeps them: objects of its Cartographic Information Model."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Literal

from atlas.symbology import Fill, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atlas.symbology import Label, Marker, Shape, Symbol

Cim = dict[str, Any]
_POINTS = 72 / 25.4  # of a millimetre: the unit of every size
_WHITE = "#ffffff"
_HALO, _HALO_DASHED = 1.25, 1.5  # of the size of a symbol
_HALO_MM, _EDGE_MM, _HOLLOW_EDGE_MM, _SIGN_MM = 0.25, 0.15, 0.4, 0.4
_HATCH_MM, _HATCH_WIDTH_MM = 2.8, 0.4
_DASHES_MM = [0.6, 0.5]
_TEXT_HALO_MM = 0.5
# Half the size is 1; outer rings run clockwise and end where they begin.
_CIRCLE: Cim = {"curveRings": [[[0, 1], {"a": [[0, 1], [0, 0], 0, 1]}]]}
_CORNERS: dict[Shape, tuple[tuple[float, float], ...]] = {
    "square": ((-0.82, -0.82), (-0.82, 0.82), (0.82, 0.82), (0.82, -0.82)),
    "diamond": ((0, -1.08), (-1.08, 0), (0, 1.08), (1.08, 0)),
    "triangle": ((-1.05, -0.84), (0, 1.05), (1.05, -0.84)),
    "pentagon": ((-0.59, -0.81), (-0.95, 0.31), (0, 1), (0.95, 0.31), (0.59, -0.81)),
    "star": tuple(
        (radius * math.sin(turn * math.pi / 5), radius * math.cos(turn * math.pi / 5))
        for turn, radius in enumerate([1.2, 0.52] * 5)
    ),
    "plus": tuple(
        (0.95 * x, 0.95 * y)
        for x, y in (
            (-0.35, -1), (-0.35, -0.35), (-1, -0.35), (-1, 0.35), (-0.35, 0.35), (-0.35, 1),
            (0.35, 1), (0.35, 0.35), (1, 0.35), (1, -0.35), (0.35, -0.35), (0.35, -1),
        )
    ),
}  # fmt: skip
_SIGNS: dict[str, list[list[list[float]]]] = {
    "cross": [[[-0.95, -0.95], [0.95, 0.95]], [[-0.95, 0.95], [0.95, -0.95]]],
    # Drawn, since how large a letter in a mark comes out depends on its font.
    "question": [
        [[-0.3, 0.33], [-0.24, 0.52], [0, 0.62], [0.24, 0.52], [0.3, 0.33], [0.22, 0.15],
         [0, 0], [0, -0.22]],
        [[0, -0.55], [0, -0.58]],
    ],
}  # fmt: skip
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def cim(kind: str, **fields: object) -> Cim:
    """Return an object of the model, its type first, as its readers want it."""
    return {"type": kind, **fields}


def field_of(column: str) -> str:
    """Return a column as Arcade, the language of expressions, calls it."""
    return f"$feature.{column}" if _IDENTIFIER.fullmatch(column) else f"$feature[{quoted(column)}]"


def quoted(text: str) -> str:
    """Return a text as Arcade writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def reference(symbol: Symbol) -> Cim:
    """Return a symbol as a renderer holds it, with what makes its size follow a column."""
    if isinstance(symbol, Fill):
        return cim("CIMSymbolReference", symbol=_polygon(symbol))
    if isinstance(symbol, Line):
        strokes = [_stroke(symbol.colour, symbol.width_mm, opacity=symbol.opacity)]
        return cim("CIMSymbolReference", symbol=cim("CIMLineSymbol", symbolLayers=strokes))
    parts = _parts(symbol)
    drawn = cim(
        "CIMPointSymbol",
        symbolLayers=[layer for layer, _ in parts],
        haloSize=1,
        scaleX=1,
        angleAlignment="Display",
    )
    found = cim("CIMSymbolReference", symbol=drawn)
    if symbol.size_by is not None:
        found["primitiveOverrides"] = [
            _sized(layer["primitiveName"], symbol, symbol.size_by, grow) for layer, grow in parts
        ]
    return found


def _sized(primitive: str, marker: Marker, column: str, grow: float) -> Cim:
    """Let the size of one part follow a column: by its logarithm, as the page draws it."""
    field = field_of(column)
    plain = f"{marker.size_mm * grow * _POINTS:.4f}"
    unit = f"{0.4 * grow * _POINTS:.4f}"
    pixels = f"Min(12, Max(5, 2.4 * Log(Max(1, {field})) / Log(10)))"
    return cim(
        "CIMPrimitiveOverride",
        primitiveName=primitive,
        propertyName="Size",
        valueExpressionInfo=expression(
            f"IIf(IsEmpty({field}), {plain}, {unit} * {pixels})", "Grootte", "Numeric"
        ),
    )


def expression(arcade: str, title: str, returns: Literal["String", "Numeric"]) -> Cim:
    """Return an Arcade expression with what it gives."""
    return cim("CIMExpressionInfo", title=title, expression=arcade, returnType=returns)


def _polygon(fill: Fill) -> Cim:
    """Return the layers of an area, the uppermost first."""
    layers: list[Cim] = []
    if fill.hatch is not None:
        # A white line beneath keeps the orange apart from the middle blues, for every eye.
        layers += [_hatch(fill.hatch, _HATCH_WIDTH_MM), _hatch(_WHITE, 2 * _HATCH_WIDTH_MM)]
    if fill.edge_mm:
        layers.append(_stroke(fill.edge, fill.edge_mm))
    if fill.colour is not None:
        layers.append(_solid(fill.colour))
    return cim("CIMPolygonSymbol", symbolLayers=layers, angleAlignment="Map")


def _hatch(colour: str, width_mm: float) -> Cim:
    lines = cim("CIMLineSymbol", symbolLayers=[_stroke(colour, width_mm)])
    separation = _points(_HATCH_MM)
    return cim("CIMHatchFill", enable=True, lineSymbol=lines, rotation=45, separation=separation)


def _parts(marker: Marker) -> list[tuple[Cim, float]]:
    """Return the layers of a symbol with their growth: sign, shape, and the ring under them."""
    geometry = _geometry(marker.shape)
    edge = _stroke(marker.edge, _EDGE_MM if marker.colour else _HOLLOW_EDGE_MM)
    shape = _area(geometry, [edge, _solid(marker.colour or _WHITE)])
    if marker.dashed:
        ring = _stroke(marker.edge, _HALO_MM, dashes_mm=_DASHES_MM)
    else:
        ring = _stroke(_WHITE, _HALO_MM)
    halo = _area(geometry, [ring, _solid(_WHITE)])
    grow = _HALO_DASHED if marker.dashed else _HALO
    parts = [(shape, "vorm", 1.0), (halo, "rand", grow)]
    if marker.sign is not None:
        paths = {"paths": _SIGNS[marker.sign]}
        lines = cim("CIMLineSymbol", symbolLayers=[_stroke(marker.edge, _SIGN_MM)])
        parts.insert(0, (_graphic(paths, lines), "teken", 1.0))
    return [(_marker(graphic, name, marker.size_mm * size), size) for graphic, name, size in parts]


def _marker(graphic: Cim, name: str, size_mm: float) -> Cim:
    return cim(
        "CIMVectorMarker",
        enable=True,
        primitiveName=name,
        anchorPointUnits="Relative",
        dominantSizeAxis3D="Z",
        size=_points(size_mm),
        billboardMode3D="FaceNearPlane",
        frame={"xmin": -1, "ymin": -1, "xmax": 1, "ymax": 1},
        markerGraphics=[graphic],
        respectFrame=True,
    )


def _geometry(shape: Shape) -> Cim:
    if shape == "circle":
        return _CIRCLE
    ring = [[round(x, 4), round(y, 4)] for x, y in _CORNERS[shape]]
    return {"rings": [[*ring, ring[0]]]}


def _area(geometry: Cim, layers: Sequence[Cim]) -> Cim:
    drawn = cim("CIMPolygonSymbol", symbolLayers=list(layers), angleAlignment="Map")
    return _graphic(geometry, drawn)


def _graphic(geometry: Cim, symbol: Cim) -> Cim:
    return cim("CIMMarkerGraphic", geometry=geometry, symbol=symbol)


def _solid(colour: str) -> Cim:
    return cim("CIMSolidFill", enable=True, color=_colour(colour))


def _stroke(
    colour: str, width_mm: float, *, opacity: float = 1.0, dashes_mm: Iterable[float] = ()
) -> Cim:
    stroke = cim("CIMSolidStroke", enable=True, capStyle="Round", joinStyle="Round")
    dashes = [_points(each) for each in dashes_mm]
    if dashes:
        stroke["capStyle"] = "Butt"
        stroke["effects"] = [
            cim("CIMGeometricEffectDashes", dashTemplate=dashes, lineDashEnding="NoConstraint")
        ]
    return {
        **stroke, "lineStyle3D": "Strip", "miterLimit": 10, "width": _points(width_mm),
        "color": _colour(colour, opacity),
    }  # fmt: skip


def _colour(colour: str, opacity: float = 1.0) -> Cim:
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return cim("CIMRGBColor", values=[*parts, round(100 * opacity)])


def _points(millimetres: float) -> float:
    return round(millimetres * _POINTS, 4)


def label_class(label: Label, geometry: str) -> Cim:
    """Return the names beside the features, as both label engines of ArcGIS Pro place them."""
    kind = {"polygon": "Polygon", "line": "Line", "point": "Point"}[geometry]
    found = cim(
        "CIMLabelClass",
        name="Namen",
        expressionTitle="Naam",
        expression=field_of(label.column),
        expressionEngine="Arcade",
        featuresToLabel="AllVisibleFeatures",
        priority=-1,
        visibility=True,
        useCodedValue=True,
        iD=-1,
        maplexLabelPlacementProperties=cim(
            "CIMMaplexLabelPlacementProperties",
            featureType=kind,
            avoidPolygonHoles=True,
            canPlaceLabelOutsidePolygon=True,
            canRemoveOverlappingLabel=True,
            labelLargestPolygon=True,
            labelPriority=-1,
            labelBuffer=15,
            pointPlacementMethod="AroundPoint",
            polygonPlacementMethod="HorizontalInPolygon",
            linePlacementMethod="OffsetCurvedFromLine",
            primaryOffset=1,
            primaryOffsetUnit="Point",
            multiPartOption="OneLabelPerFeature",
        ),
        standardLabelPlacementProperties=cim(
            "CIMStandardLabelPlacementProperties",
            featureType=kind,
            featureWeight="None",
            labelWeight="High",
            numLabelsOption="OneLabelPerShape",
            pointPlacementMethod="AroundPoint",
            polygonPlacementMethod="AlwaysHorizontal",
        ),
        textSymbol=cim("CIMSymbolReference", symbol=_text(label)),
    )
    if label.from_scale is not None:
        found["minimumScale"] = label.from_scale
    return found


def _text(label: Label) -> Cim:
    return cim(
        "CIMTextSymbol",
        blockProgression="TTB",
        fontEffects="Normal",
        fontEncoding="Unicode",
        fontFamilyName="Arial",
        fontStyleName="Regular",
        fontType="Unspecified",
        haloSize=_points(_TEXT_HALO_MM),
        haloSymbol=cim("CIMPolygonSymbol", symbolLayers=[_solid(_WHITE)], angleAlignment="Map"),
        height=label.size_pt,
        hinting="Default",
        horizontalAlignment="Center",
        kerning=True,
        letterWidth=100,
        ligatures=True,
        lineGapType="ExtraLeading",
        symbol=cim("CIMPolygonSymbol", symbolLayers=[_solid(label.colour)], angleAlignment="Map"),
        textCase="Normal",
        textDirection="LTR",
        verticalAlignment="Center",
        verticalGlyphOrientation="Right",
        wordSpacing=100,
        billboardMode3D="FaceNearPlane",
    )
