"""One good file of every kind, small enough to read: what the tests of `validate` spoil."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyarrow.parquet as pq
import pyogrio

if TYPE_CHECKING:
    from pathlib import Path

THEME = "http://publications.europa.eu/resource/authority/data-theme/ENVI"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

PROJECT = """<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis projectname="Wereld" version="3.22.0">
 <homePath path=""/>
 <resourceMetadata><license>https://creativecommons.org/licenses/by/4.0/</license></resourceMetadata>
 <projectCrs><spatialrefsys><authid>EPSG:28992</authid></spatialrefsys></projectCrs>
 <layer-tree-group>
  <layer-tree-layer id="zones_1" name="Gebieden" source="./world.gpkg|layername=zones"/>
  <layer-tree-layer id="residents_1" name="Inwoners"/>
 </layer-tree-group>
 <projectlayers>
  <maplayer><id>zones_1</id><layername>Gebieden</layername><provider>ogr</provider>
   <datasource>./world.gpkg|layername=zones</datasource></maplayer>
  <maplayer><id>residents_1</id><layername>Inwoners</layername><provider>gdal</provider>
   <datasource>./world/rasters/residents_100m.tif</datasource></maplayer>
 </projectlayers>
 <visibility-presets><visibility-preset name="Alles"><layer id="zones_1"/></visibility-preset>
 </visibility-presets>
 <Layouts><Layout name="A4"><LayoutItem followPresetName="Alles"/><Atlas coverageLayer="zones_1"/>
 </Layout></Layouts>
 <properties><Macros><pythonCode type="QString"></pythonCode></Macros>
  <Paths><Absolute type="bool">false</Absolute></Paths></properties>
</qgis>
"""
STYLE = """<StyledLayerDescriptor version="1.1.0" xmlns="http://www.opengis.net/sld"
 xmlns:se="http://www.opengis.net/se"><NamedLayer><UserStyle><se:FeatureTypeStyle>
 <se:Rule/></se:FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>
"""
HTML = """<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Wereld</title><link rel="icon" href="data:,"><style>p { background: url(#a) }</style></head>
<body><p id="a">Zie <a href="https://example.org/">daar</a>.</p>
<script>"<img src=https://example.org>"</script></body></html>
"""
COLUMNS = """zone_id,name,tonnes,note
GM0001,Een,-1.5,
GM0002,"Twee, of drie",2e3,"1,5 of meer"
GM0003,Drie,,3
"""
SHEET = {"A1": "Gebied", "B1": "Massa", "A2": "code", "B2": "t", "A3": "GM0001", "B3": 1.5,
         "A4": "'=1+1"}  # fmt: skip


def write_good(edition: Path, folder: Path) -> None:
    """Write layers/built and maps/built of the world with a file of every kind; all rules hold."""
    layers, maps = folder / "layers" / "built", folder / "maps" / "built"
    own = layers / "world"
    built = edition / "layers" / "built"
    shutil.copytree(built / "world" / "rasters", own / "rasters")
    for name in ("world.gpkg", "world/provenance.json"):
        shutil.copy(built / name, layers / name)
    maps.mkdir(parents=True)
    (maps / "world.html").write_text(HTML, encoding="utf-8")
    drop_triggers(layers / "world.gpkg")
    zones = pyogrio.read_dataframe(layers / "world.gpkg", layer="zones")
    write_zip(layers / "world.qgz", {"world.qgs": PROJECT})
    write_zip(layers / "world.xlsx", workbook())
    (own / "zones.csv").write_text(COLUMNS, encoding="utf-8", newline="")
    (own / "zones.sld").write_text(STYLE, encoding="utf-8")
    write_json(own / "zones.lyrx", layer_file())
    write_json(own / "zones.geojson", collection())
    gpd.GeoDataFrame(zones).to_parquet(own / "zones.parquet")
    write_json(own / "datapackage.json", data_package(own))
    write_json(own / "dcat.jsonld", catalogue())
    write_provenance(own / "provenance.json", folder)


def write_json(path: Path, held: object) -> None:
    path.write_text(json.dumps(held, indent=1), encoding="utf-8")


def write_zip(path: Path, members: dict[str, str | bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name, text)


def drop_triggers(package: Path) -> None:
    """Leave out what only GDAL can run, since the tests change rows without it."""
    with closing(sqlite3.connect(package)) as file, file:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (trigger,) in file.execute(triggers).fetchall():
            file.execute(f'DROP TRIGGER "{trigger}"')


def workbook(
    cells: dict[str, str | float] = SHEET, *, name: str = "Gebieden", pane: str = "frozen"
) -> dict[str, str | bytes]:
    """Return the parts of a workbook with one sheet and one of sources."""
    sources = {"A1": "Bron", "A2": "", "A3": "CBS"}
    names = {"sheet1": name, "sheet2": "Bronnen"}
    return {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{title}" sheetId="{n}" r:id="r{n}"/>'
            for n, title in enumerate(names.values(), 1)
        )
        + "</sheets><definedNames><definedName name='zones'>'Bronnen'!$A$3</definedName>"
        "<definedName name='_xlnm.Print_Titles'>'Bronnen'!$A:$A,Bronnen!$1:$2</definedName>"
        "</definedNames></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/{part}.xml"/>'
            for n, part in enumerate(names, 1)
        )
        + "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/><xf quotePrefix="1"/></cellXfs>'
        "</styleSheet>",
        "xl/worksheets/sheet1.xml": sheet(cells, pane=pane),
        "xl/worksheets/sheet2.xml": sheet(sources),
    }


def sheet(cells: dict[str, str | float], *, pane: str = "frozen", more: str = "") -> str:
    """Return a sheet; a text after an apostrophe is marked as one."""
    written = []
    for place, value in cells.items():
        if isinstance(value, str):
            style = ' s="1"' if value.startswith("'") else ""
            text = f"<is><t>{value.removeprefix(chr(39))}</t></is>"
            written.append(f'<c r="{place}" t="inlineStr"{style}>{text}</c>')
        else:
            written.append(f'<c r="{place}"><v>{value}</v></c>')
    return (
        f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView><pane ySplit="2" state="{pane}"/>'
        f"</sheetView></sheetViews><sheetData>{''.join(written)}{more}</sheetData></worksheet>"
    )


def layer_file() -> dict[str, Any]:
    connection = {
        "type": "CIMStandardDataConnection",
        "workspaceConnectionString": "AUTHENTICATION_MODE=OSA;DATABASE=..\\world.gpkg",
        "workspaceFactory": "Sql",
        "dataset": "main.%zones",
        "srid": "28992",
        "spatialReference": {"wkid": 28992},
    }
    table = {"type": "CIMFeatureTable", "dataConnection": connection, "displayField": "name",
             "fieldDescriptions": [{"type": "CIMField", "fieldName": "zone_id"}]}  # fmt: skip
    renderer = {"type": "CIMClassBreaksRenderer", "field": "residents", "minimumBreak": -1.0,
                "breaks": [{"upperBound": 10}, {"upperBound": 20.5}]}  # fmt: skip
    label = {"type": "CIMLabelClass", "expression": "$feature.name"}
    group = {"type": "CIMGroupLayer", "uRI": "CIMPATH=a", "layers": ["CIMPATH=b"]}
    own = {"type": "CIMFeatureLayer", "uRI": "CIMPATH=b", "featureTable": table,
           "renderer": renderer, "labelClasses": [label]}  # fmt: skip
    return {
        "type": "CIMLayerDocument",
        "layers": ["CIMPATH=a"],
        "layerDefinitions": [group, own],
    }


def collection() -> dict[str, Any]:
    ring = [[4.0, 52.0], [4.4, 52.0], [4.4, 52.4], [4.0, 52.4], [4.0, 52.0]]
    hole = [[4.1, 52.1], [4.1, 52.2], [4.2, 52.2], [4.2, 52.1], [4.1, 52.1]]
    shapes: list[dict[str, Any] | None] = [
        {"type": "Polygon", "coordinates": [ring, hole]},
        {"type": "Point", "coordinates": [4.5, 52]},
        None,
    ]
    return {
        "type": "FeatureCollection",
        "bbox": [4.0, 52.0, 4.5, 52.4],
        "features": [
            {"type": "Feature", "id": number, "properties": {"tonnes": None}, "geometry": shape}
            for number, shape in enumerate(shapes)
        ],
    }


def data_package(folder: Path) -> dict[str, Any]:
    columns = {
        "zones.csv": ["zone_id", "name", "tonnes", "note"],
        "zones.parquet": pq.read_schema(folder / "zones.parquet").names,
        "zones.geojson": [],
    }
    resources: list[dict[str, Any]] = []
    for path, names in columns.items():
        content = (folder / path).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        own = {"name": path.removesuffix(".csv"), "path": path, "bytes": len(content),
               "hash": f"sha256:{digest}"}  # fmt: skip
        fields = [{"name": name, "type": "any"} for name in names]
        resources.append({**own, "schema": {"fields": fields}} if fields else own)
    reference = {"resource": "zones", "fields": ["zone_id"]}
    keys = [{"fields": ["zone_id"], "reference": reference}]
    resources[0]["schema"].update(primaryKey=["zone_id"])
    resources[1]["schema"].update(primaryKey="zone_id", foreignKeys=keys)
    return {
        "name": "world",
        "licenses": [{"name": "CC-BY-4.0"}],
        "sources": [{"title": "CBS"}],
        "resources": resources,
    }


def catalogue() -> dict[str, Any]:
    own = {
        "@id": "https://example.org/zones.csv",
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": "https://example.org"},
        "dcat:downloadURL": {"@id": "../world.gpkg"},
        "dct:format": {"@id": "https://example.org/CSV"},
        "dct:license": {"@id": "https://creativecommons.org/licenses/by/4.0/"},
    }
    words = {"dct:title": {"@value": "Wereld", "@language": "nl"},
             "dct:description": [{"@value": "Negen vierkanten", "@language": "nl"}]}  # fmt: skip
    names = ("identifier", "publisher", "license", "accessRights", "language")
    return {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
        "@graph": [
            {
                "@id": "https://example.org/world",
                "@type": "dcat:Dataset",
                **words,
                **{f"dct:{name}": {"@id": f"https://example.org/{name}"} for name in names},
                "dcat:contactPoint": {"@id": "https://example.org/contact"},
                "dct:issued": {"@type": "xsd:date", "@value": "2026-11-21"},
                "dcat:theme": [{"@id": THEME}],
                "dcat:distribution": [own],
            }
        ],
    }


def write_provenance(path: Path, folder: Path) -> None:
    """Name all files that are there, with their hashes, in the record that the build wrote."""
    found = {
        f"{tree}/{file.relative_to(folder / tree / 'built').as_posix()}": file
        for tree in ("layers", "maps")
        for file in sorted((folder / tree / "built").rglob("*"))
        if file.is_file()
    }
    record = json.loads(path.read_text(encoding="utf-8"))
    record["files"] = sorted(found)
    record["sha256"] = {
        name: hashlib.sha256(file.read_bytes()).hexdigest()
        for name, file in found.items()
        if file != path
    }
    write_json(path, record)
