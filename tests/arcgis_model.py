"""What Esri publishes of the objects in a layer file (CIM 3.x): their fields, and what they hold.

Facts of github.com/Esri/cim-spec, docs/v3, for the types that we write and no others; in JSON a
name begins with a small letter.  A field maps to the type of the objects in it, to the words that
it takes, or to a Python type.
"""

from __future__ import annotations

NUMBER = (int, float)
PATCH = {"Default"}
COLOUR = {"CIMRGBColor"}
STROKES = {"CIMSolidStroke"}
UNITS = {"Map", "MM", "Inch", "Point", "Percentage"}
SCALES = {"minScale": NUMBER, "maxScale": NUMBER}

_SYMBOL_LAYER = {
    "effects": ["CIMGeometricEffectDashes"],
    "enable": bool,
    "name": str,
    "colorLocked": bool,
    "primitiveName": str,
    "overprint": bool,
}
_DEFINITION = {
    "name": str,
    "uRI": str,
    "sourceURI": str,
    "sourceModifiedTime": {"TimeInstant"},
    "metadataURI": str,
    "useSourceMetadata": bool,
    "attribution": str,
    "description": str,
    "expanded": bool,
    "layerType": {"Operational", "BasemapBackground", "BasemapTopReference", "MapNotes"},
    **SCALES,
    "showLegends": bool,
    "transparency": NUMBER,
    "visibility": bool,
    "displayCacheType": {"Permanent", "InSession", "None", "MaxAge"},
    "maxDisplayCacheAge": NUMBER,
    "popupInfo": {"CIMPopupInfo"},
    "showPopups": bool,
    "serviceLayerID": int,
    "searchable": bool,
    "refreshRate": NUMBER,
    "refreshRateUnit": {"esriTimeUnitsSeconds", "esriTimeUnitsMinutes", "esriTimeUnitsHours"},
    "showMapTips": bool,
    "blendingMode": {"Alpha"},
    "allowDrapingOnIntegratedMesh": bool,
}
_MULTILAYER = {"effects": list, "thumbnailURI": str, "useRealWorldSymbolSizes": bool}
_DEFAULT = {
    "useDefaultSymbol": bool,
    "defaultSymbol": {"CIMSymbolReference"},
    "defaultSymbolPatch": PATCH,
    "defaultLabel": str,
    "defaultDescription": str,
    "polygonSymbolColorTarget": {"Fill", "Outline", "FillOutline"},
    "valueExpressionInfo": {"CIMExpressionInfo"},
}
_LAYER = {"CIMFeatureLayer", "CIMGroupLayer"}
_RENDERERS = {"CIMSimpleRenderer", "CIMClassBreaksRenderer", "CIMUniqueValueRenderer"}

FIELDS: dict[str, dict[str, object]] = {
    "CIMLayerDocument": {
        "version": str,
        "build": int,
        "layers": [str],
        "layerDefinitions": list(_LAYER),
    },
    "TimeInstant": {"start": int},
    "CIMGroupLayer": {**_DEFINITION, "layers": [str]},
    "CIMFeatureLayer": {
        **_DEFINITION,
        "featureTable": {"CIMFeatureTable"},
        "htmlPopupEnabled": bool,
        "selectable": bool,
        "featureCacheType": {"None", "Session"},
        "displayFiltersType": {"ByChoice", "ByScale"},
        "featureBlendingMode": {"Alpha"},
        "labelClasses": ["CIMLabelClass"],
        "labelVisibility": bool,
        "renderer": _RENDERERS,
        "scaleSymbols": bool,
        "snappable": bool,
    },
    "CIMFeatureTable": {
        "definitionExpression": str,
        "definitionExpressionName": str,
        "definitionFilterChoices": ["CIMDefinitionFilter"],
        "displayField": str,
        "editable": bool,
        "fieldDescriptions": ["CIMFieldDescription"],
        "dataConnection": {"CIMSqlQueryDataConnection"},
        "studyAreaSpatialRel": {"esriSpatialRelUndefined"},
        "searchOrder": {"esriSearchOrderSpatial", "esriSearchOrderAttribute"},
    },
    "CIMDefinitionFilter": {"name": str, "definitionExpression": str},
    "CIMFieldDescription": {
        "alias": str,
        "fieldName": str,
        "highlight": bool,
        "numberFormat": {"CIMNumericFormat"},
        "readOnly": bool,
        "visible": bool,
        "searchable": bool,
        "searchMode": {"Contains", "Exact"},
    },
    "CIMNumericFormat": {
        "alignmentOption": {"esriAlignRight", "esriAlignLeft"},
        "alignmentWidth": int,
        "roundingOption": {"esriRoundNumberOfDecimals", "esriRoundNumberOfSignificantDigits"},
        "roundingValue": int,
        "showPlusSign": bool,
        "useSeparator": bool,
        "zeroPad": bool,
    },
    "CIMSqlQueryDataConnection": {
        "workspaceConnectionString": str,
        "workspaceFactory": {"Sql"},
        "dataset": str,
        "datasetType": {"esriDTFeatureClass"},
        "sqlQuery": str,
        "srid": str,
        "spatialReference": dict,
        "oIDFields": str,
        "geometryType": {"esriGeometryPoint", "esriGeometryPolyline", "esriGeometryPolygon"},
        "extent": dict,
    },
    "CIMPopupInfo": {"title": str, "mediaInfos": ["CIMTableMediaInfo"]},
    "CIMTableMediaInfo": {
        "row": int,
        "column": int,
        "fields": [str],
        "useLayerFields": bool,
        "caption": str,
        "title": str,
    },
    "CIMSimpleRenderer": {
        "description": str,
        "label": str,
        "patch": PATCH,
        "symbol": {"CIMSymbolReference"},
    },
    "CIMClassBreaksRenderer": {
        **_DEFAULT,
        "barrierWeight": {"None", "Low", "Medium", "High"},
        "breaks": ["CIMClassBreak"],
        "classBreakType": {"GraduatedColor", "GraduatedSymbol", "UnclassedColor"},
        "classificationMethod": {"Manual"},
        "field": str,
        "minimumBreak": NUMBER,
        "showInAscendingOrder": bool,
        "heading": str,
        "minimumLabel": str,
    },
    "CIMClassBreak": {
        "description": str,
        "label": str,
        "patch": PATCH,
        "symbol": {"CIMSymbolReference"},
        "upperBound": NUMBER,
    },
    "CIMUniqueValueRenderer": {**_DEFAULT, "fields": [str], "groups": ["CIMUniqueValueGroup"]},
    "CIMUniqueValueGroup": {"classes": ["CIMUniqueValueClass"], "heading": str},
    "CIMUniqueValueClass": {
        "description": str,
        "editable": bool,
        "label": str,
        "patch": PATCH,
        "symbol": {"CIMSymbolReference"},
        "values": ["CIMUniqueValue"],
        "visible": bool,
    },
    "CIMUniqueValue": {"fieldValues": [str]},
    "CIMExpressionInfo": {
        "title": str,
        "expression": str,
        "name": str,
        "returnType": {"Default", "String", "Numeric"},
    },
    "CIMSymbolReference": {
        "primitiveOverrides": ["CIMPrimitiveOverride"],
        "symbol": {"CIMPolygonSymbol", "CIMLineSymbol", "CIMPointSymbol", "CIMTextSymbol"},
        "symbolName": str,
        **SCALES,
    },
    "CIMPrimitiveOverride": {
        "primitiveName": str,
        "propertyName": str,
        "expression": str,
        "valueExpressionInfo": {"CIMExpressionInfo"},
    },
    "CIMPolygonSymbol": {
        **_MULTILAYER,
        "symbolLayers": ["CIMSolidFill", "CIMHatchFill", *STROKES],
        "angleAlignment": {"Display", "Map"},
    },
    "CIMLineSymbol": {**_MULTILAYER, "symbolLayers": list(STROKES)},
    "CIMPointSymbol": {
        **_MULTILAYER,
        "symbolLayers": ["CIMVectorMarker"],
        "haloSize": NUMBER,
        "haloSymbol": {"CIMPolygonSymbol"},
        "primitiveName": str,
        "scaleX": NUMBER,
        "angle": NUMBER,
        "angleAlignment": {"Display", "Map"},
    },
    "CIMSolidFill": {**_SYMBOL_LAYER, "color": COLOUR},
    "CIMHatchFill": {
        **_SYMBOL_LAYER,
        "lineSymbol": {"CIMLineSymbol"},
        "offsetX": NUMBER,
        "offsetY": NUMBER,
        "rotation": NUMBER,
        "separation": NUMBER,
    },
    "CIMSolidStroke": {
        **_SYMBOL_LAYER,
        "capStyle": {"Butt", "Round", "Square"},
        "joinStyle": {"Bevel", "Round", "Miter"},
        "lineStyle3D": {"Tube", "Strip", "Wall"},
        "miterLimit": NUMBER,
        "width": NUMBER,
        "color": COLOUR,
    },
    "CIMGeometricEffectDashes": {
        "primitiveName": str,
        "customEndingOffset": NUMBER,
        "dashTemplate": [NUMBER],
        "lineDashEnding": {
            "NoConstraint", "HalfPattern", "HalfGap", "FullPattern", "FullGap", "Custom",
        },
        "offsetAlongLine": NUMBER,
    },
    "CIMVectorMarker": {
        **_SYMBOL_LAYER,
        "anchorPoint": dict,
        "anchorPointUnits": {"Relative", "Absolute"},
        "dominantSizeAxis3D": {"Z"},
        "offsetX": NUMBER,
        "offsetY": NUMBER,
        "rotateClockwise": bool,
        "rotation": NUMBER,
        "size": NUMBER,
        "billboardMode3D": {"None", "SignPost", "FaceNearPlane"},
        "frame": dict,
        "markerGraphics": ["CIMMarkerGraphic"],
        "scaleSymbolsProportionally": bool,
        "respectFrame": bool,
    },
    "CIMMarkerGraphic": {
        "geometry": dict,
        "symbol": {"CIMPolygonSymbol", "CIMLineSymbol"},
        "textString": str,
        "primitiveName": str,
    },
    "CIMRGBColor": {"values": [NUMBER]},
    "CIMLabelClass": {
        "expressionTitle": str,
        "expression": str,
        "expressionEngine": {"VBScript", "JScript", "Python", "Arcade"},
        "featuresToLabel": {"AllVisibleFeatures", "MostCurrentTrackFeatures"},
        "maplexLabelPlacementProperties": {"CIMMaplexLabelPlacementProperties"},
        "maximumScale": NUMBER,
        "minimumScale": NUMBER,
        "name": str,
        "priority": int,
        "standardLabelPlacementProperties": {"CIMStandardLabelPlacementProperties"},
        "textSymbol": {"CIMSymbolReference"},
        "useCodedValue": bool,
        "whereClause": str,
        "visibility": bool,
        "iD": int,
    },
    "CIMMaplexLabelPlacementProperties": {
        "featureType": {"Point", "Line", "Polygon"},
        "avoidPolygonHoles": bool,
        "canPlaceLabelOutsidePolygon": bool,
        "canRemoveOverlappingLabel": bool,
        "labelBuffer": int,
        "labelLargestPolygon": bool,
        "labelPriority": int,
        "linePlacementMethod": {
            "CenteredHorizontalOnLine", "CenteredStraightOnLine", "CenteredCurvedOnLine",
            "CenteredPerpendicularOnLine", "OffsetHorizontalFromLine", "OffsetStraightFromLine",
            "OffsetCurvedFromLine", "OffsetPerpendicularFromLine",
        },
        "multiPartOption": {"OneLabelPerFeature", "OneLabelPerPart", "OneLabelPerSegment"},
        "pointPlacementMethod": {
            "AroundPoint", "CenteredOnPoint", "NorthOfPoint", "NorthEastOfPoint", "EastOfPoint",
            "SouthEastOfPoint", "SouthOfPoint", "SouthWestOfPoint", "WestOfPoint",
            "NorthWestOfPoint",
        },
        "polygonPlacementMethod": {
            "HorizontalInPolygon", "StraightInPolygon", "CurvedInPolygon",
            "HorizontalAroundPolygon", "RepeatAlongBoundary", "CurvedAroundPolygon",
        },
        "primaryOffset": NUMBER,
        "primaryOffsetUnit": UNITS,
    },
    "CIMStandardLabelPlacementProperties": {
        "featureType": {"Point", "Line", "Polygon"},
        "featureWeight": {"None", "Low", "Medium", "High"},
        "labelWeight": {"Low", "Medium", "High"},
        "numLabelsOption": {
            "NoLabelRestrictions", "OneLabelPerName", "OneLabelPerShape", "OneLabelPerPart",
        },
        "pointPlacementMethod": {
            "AroundPoint", "OnTopPoint", "SpecifiedAngles", "RotationField",
        },
        "polygonPlacementMethod": {"AlwaysHorizontal", "AlwaysStraight", "MixedStrategy"},
    },
    "CIMTextSymbol": {
        "blockProgression": {"TTB", "RTL", "BTT"},
        "fontEffects": {"Normal", "Superscript", "Subscript"},
        "fontEncoding": {"MSSymbol", "Unicode"},
        "fontFamilyName": str,
        "fontStyleName": str,
        "fontType": {"Unspecified", "TrueType", "PSOpenType", "TTOpenType", "Type1"},
        "haloSize": NUMBER,
        "haloSymbol": {"CIMPolygonSymbol"},
        "height": NUMBER,
        "hinting": {"None", "Default", "Force"},
        "horizontalAlignment": {"Left", "Right", "Center", "Justify"},
        "kerning": bool,
        "letterWidth": NUMBER,
        "ligatures": bool,
        "lineGapType": {"ExtraLeading", "Multiple", "Exact"},
        "symbol": {"CIMPolygonSymbol"},
        "textCase": {"Normal", "LowerCase", "Allcaps"},
        "textDirection": {"LTR", "RTL"},
        "verticalAlignment": {"Top", "Center", "Baseline", "Bottom"},
        "verticalGlyphOrientation": {"Right", "Upright"},
        "wordSpacing": NUMBER,
        "billboardMode3D": {"None", "SignPost", "FaceNearPlane"},
    },
}  # fmt: skip


def faults(found: object, where: str = "") -> list[str]:
    """Say where an object of a layer file is not as the model has it."""
    if not isinstance(found, dict) or "type" not in found:
        return [f"{where}: no object of the model"]
    kind = found["type"]
    if kind not in FIELDS:
        return [f"{where}: a type {kind}"]
    said = [] if next(iter(found)) == "type" else [f"{where}: its type does not come first"]
    for name, value in found.items():
        if name == "type":
            continue
        at = f"{where}/{kind}.{name}"
        if name not in FIELDS[kind]:
            said.append(f"{at}: no such field")
        else:
            said += _value(value, FIELDS[kind][name], at)
    return said


def _value(value: object, wanted: object, at: str) -> list[str]:
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return [f"{at}: no list"]
        one = wanted[0] if len(wanted) == 1 and not isinstance(wanted[0], str) else set(wanted)
        return [fault for each in value for fault in _value(each, one, at)]
    if isinstance(wanted, set):
        if isinstance(value, dict):
            own = [] if value.get("type") in wanted else [f"{at}: a {value.get('type')}"]
            return own + faults(value, at)
        return [] if value in wanted else [f"{at}: {value!r}"]
    right = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))  # type: ignore[arg-type]
    return [] if right else [f"{at}: {value!r}"]
