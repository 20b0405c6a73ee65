"""Layer files of ArcGIS Pro (.lyrx): each layer of the GeoPackage with all the ways to look at it.

A GeoPackage keeps no styles and no titles that ArcGIS Pro would read.
"""

from __future__ import annotations

import json
import os
from itertools import groupby
from pathlib import PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from atlas.cim_renderers import drawings, where
from atlas.cim_symbols import Cim, cim, label_class
from atlas.exports import writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from atlas.cim_renderers import Drawing
    from atlas.dictionary import Layer
    from atlas.metadata import Description
    from atlas.pipeline import Atlas
    from atlas.publication import Publication
    from atlas.symbology import Style

# The first of ArcGIS Pro 3, which every later one reads.
_VERSION, _BUILD = "3.0.0", 36056
_GEOMETRY = {
    "polygon": "esriGeometryPolygon", "line": "esriGeometryPolyline", "point": "esriGeometryPoint",
}  # fmt: skip
_DECIMALS = 3


def write_arcgis(published: Publication, folder: Path, *, package: Path) -> None:
    """Write a layer file for every layer on the map that has features.

    Parameters
    ----------
    published
        What is drawn.
    folder
        Where they go: <layer>.lyrx.
    package
        The GeoPackage with the layers; a file refers to it by the way to it from `folder`, so that
        both can be moved together.
    """
    source = PurePath(os.path.relpath(package, folder))
    credit = credits_of(published.atlas, published.description)
    for name, looks in groupby(published.styles, key=lambda style: style.layer):
        frame = published.tables[name]
        if isinstance(frame, gpd.GeoDataFrame):
            layer = published.dictionary[name]
            text = write_lyrx(layer, list(looks), frame, package=source, credit=credit)
            path = folder / f"{name}.lyrx"
            with writing(path):
                path.write_text(text, encoding="utf-8", newline="\n")


def credits_of(atlas: Atlas, description: Description) -> str:
    """Return who is to be named beside a map: the atlas, its licence, and those it draws on."""
    year = str(atlas.reference_date.year)
    title = description.title.nl.format(region=atlas.region.title.nl, year=year)
    publishers = "; ".join(dict.fromkeys(atlas.sources["publisher"]))
    return f"{title}. Bronnen: {publishers}. {description.licence.title.nl}."


def write_lyrx(
    layer: Layer,
    looks: Sequence[Style],
    frame: gpd.GeoDataFrame,
    *,
    package: PurePath,
    credit: str,
) -> str:
    """Return a layer as the text of a .lyrx file; of several styles the default is turned on.

    Parameters
    ----------
    layer
        Its titles and those of its columns.
    looks
        The styles of the layer, at least one.
    frame
        The layer itself: the kinds of its columns, its extent and its CRS.
    package
        The way to the GeoPackage from where the file will stand.
    credit
        Who is to be named beside a map.
    """
    about = {
        "attribution": credit,
        "description": f"{layer.about.nl}\n{layer.about.en}",
    }
    found: list[Cim] = []
    tops = [
        _look(found, layer, style, _table(layer, style, frame, package), about) for style in looks
    ]
    root = tops[0]
    if len(looks) > 1:
        root = cim("CIMGroupLayer", **_common(layer.title.nl, _address(layer.name)), **about)
        root["layers"] = [top["uRI"] for top in tops]
        found.append(root)
    else:
        root["name"] = layer.title.nl
    document = cim(
        "CIMLayerDocument",
        version=_VERSION,
        build=_BUILD,
        layers=[root["uRI"]],
        layerDefinitions=found,
    )
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _look(found: list[Cim], layer: Layer, style: Style, table: Cim, about: dict[str, str]) -> Cim:
    """Add the layers that draw a style, and return the one that stands for them all."""
    visible = style.default
    parts = drawings(style.renderer)
    address = _address(layer.name, style.name)
    if len(parts) == 1:
        own = _feature_layer(style.title.nl, address, style, parts[0], table, about)
        found.append(own | {"visibility": visible})
        return found[-1]
    group = cim("CIMGroupLayer", **_common(style.title.nl, address), **about)
    group |= {"visibility": visible, "layers": []}
    for number, part in enumerate(parts):
        title = (part.title or style.title).nl
        if "field" in part.renderer:
            title = layer.column(part.renderer["field"]).title.nl
        own = _feature_layer(
            title, _address(layer.name, style.name, str(number)), style, part, table, about
        )
        if part.title is not None:
            # The names stand in the layer beneath.
            own["labelVisibility"] = False
        found.append(own)
        group["layers"].append(own["uRI"])
    found.append(group)
    return group


def _address(*parts: str) -> str:
    return f"CIMPATH=map/{'_'.join(parts)}.json"


def _common(title: str, address: str) -> Cim:
    """Return what a layer of features and a group of layers share."""
    return {
        "name": title,
        "uRI": address,
        "sourceModifiedTime": {"type": "TimeInstant"},
        "useSourceMetadata": False,
        "expanded": True,
        "layerType": "Operational",
        "showLegends": True,
        "visibility": True,
        "displayCacheType": "Permanent",
        "maxDisplayCacheAge": 5,
        "showPopups": True,
        "serviceLayerID": -1,
        "refreshRate": -1,
        "refreshRateUnit": "esriTimeUnitsSeconds",
        "blendingMode": "Alpha",
        "allowDrapingOnIntegratedMesh": True,
    }


def _feature_layer(  # noqa: PLR0913, PLR0917 - what a layer consists of
    title: str, address: str, style: Style, part: Drawing, table: Cim, about: dict[str, str]
) -> Cim:
    query = where(part.only)
    if query:
        name = (part.title or style.title).nl
        table = {
            **table,
            "definitionExpression": query,
            "definitionExpressionName": name,
            "definitionFilterChoices": [
                cim("CIMDefinitionFilter", name=name, definitionExpression=query)
            ],
        }
    return cim(
        "CIMFeatureLayer",
        **_common(title, address),
        **about,
        popupInfo=cim(
            "CIMPopupInfo",
            title=f"{{{table['displayField']}}}",
            mediaInfos=[
                cim("CIMTableMediaInfo", row=1, column=1, useLayerFields=True),
            ],
        ),
        featureTable=table,
        htmlPopupEnabled=True,
        selectable=True,
        featureCacheType="Session",
        displayFiltersType="ByScale",
        featureBlendingMode="Alpha",
        labelClasses=[] if style.label is None else [label_class(style.label, style.geometry)],
        labelVisibility=style.label is not None,
        renderer=part.renderer,
        scaleSymbols=True,
        snappable=True,
    )


def _table(layer: Layer, style: Style, frame: gpd.GeoDataFrame, package: PurePath) -> Cim:
    """Return the columns of a layer with their titles, and where its features are."""
    hidden = [
        cim("CIMFieldDescription", alias=alias, fieldName=name, visible=False, searchMode="Exact")
        for name, alias in (("fid", "Nummer"), ("geom", "Geometrie"))
    ]
    shown = [
        cim(
            "CIMFieldDescription",
            alias=column.heading("nl"),
            fieldName=column.name,
            **_format(frame[column.name]),
            visible=True,
            searchMode="Exact",
        )
        for column in layer.columns
    ]
    return cim(
        "CIMFeatureTable",
        displayField="name" if "name" in frame.columns else layer.key[0],
        editable=False,
        fieldDescriptions=[*hidden, *shown],
        dataConnection=_connection(layer.name, style.geometry, frame, package),
        studyAreaSpatialRel="esriSpatialRelUndefined",
        searchOrder="esriSearchOrderSpatial",
    )


def _format(values: pd.Series[Any]) -> Cim:
    """Return how a column's numbers are written: amounts in groups of three, years not."""
    kind = values.dtype.kind
    if kind not in "fiu":
        return {}
    return {
        "numberFormat": cim(
            "CIMNumericFormat",
            alignmentOption="esriAlignRight",
            alignmentWidth=0,
            roundingOption="esriRoundNumberOfDecimals",
            roundingValue=_DECIMALS if kind == "f" else 0,
            useSeparator=kind == "f",
        )
    }


def _connection(name: str, geometry: str, frame: gpd.GeoDataFrame, package: PurePath) -> Cim:
    """Return where the features are: ArcGIS Pro reads a GeoPackage's layer as a query on it."""
    code = None if frame.crs is None else frame.crs.to_epsg()
    found = cim(
        "CIMSqlQueryDataConnection",
        workspaceConnectionString=f"AUTHENTICATION_MODE=OSA;DATABASE={PureWindowsPath(package)}",
        workspaceFactory="Sql",
        dataset=f"main.%{name}",
        datasetType="esriDTFeatureClass",
        sqlQuery=f"select * from main.{name}",  # noqa: S608 - the name of a layer of ours
        oIDFields="fid",
        geometryType=_GEOMETRY[geometry],
    )
    if code is not None:
        system = {"wkid": code, "latestWkid": code}
        bounds = zip(("xmin", "ymin", "xmax", "ymax"), frame.total_bounds, strict=True)
        extent = {side: float(bound) for side, bound in bounds}
        found |= {
            "srid": str(code),
            "spatialReference": system,
            "extent": {**extent, "spatialReference": system},
        }
    return found
