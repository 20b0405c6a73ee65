"""A file of every other kind for every rule, broken so that this rule does not hold."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import good_files as good
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
from rasterio.transform import Affine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Break = Callable[[Path], None]


def text(old: str, new: str) -> Break:
    """Return what replaces words of a text file, which must be there."""

    def run(path: Path) -> None:
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.write_text(before.replace(old, new, 1), encoding="utf-8", newline="")

    return run


def content(raw: bytes) -> Break:
    return lambda path: path.write_bytes(raw) and None


def changed(change: Callable[[dict[str, Any]], object]) -> Break:
    """Return what changes the object in a JSON file."""

    def run(path: Path) -> None:
        held = json.loads(path.read_text(encoding="utf-8"))
        change(held)
        path.write_text(json.dumps(held), encoding="utf-8")

    return run


# ---------------------------------------------------------------- GeoTIFF


def raster(
    *,
    cell: float | None = None,
    statistics: bool = True,
    unit: str = "residents",
    **options: object,
) -> Break:
    """Return what writes a raster anew: in PDOK's profile and all else good, but for `options`."""

    def run(path: Path) -> None:
        with rasterio.open(path) as file:
            values, crs, transform = file.read(1), file.crs, file.transform
            tags = file.tags()
        values[values < 0] = 0
        if cell is not None:
            values[0, 0] = cell
        chosen: dict[str, Any] = {
            "driver": "GTiff", "dtype": "float64", "crs": crs, "transform": transform,
            "nodata": -9999.0, "compress": "LZW", "count": 1, **options,
        }  # fmt: skip
        height, width = values.shape
        with rasterio.open(path, "w", height=height, width=width, **chosen) as file:
            for band in file.indexes:
                file.write(values.astype(chosen["dtype"]), band)
                file.set_band_description(band, "Residents")
            file.units = (unit,) * chosen["count"]
            file.update_tags(TIFFTAG_IMAGEDESCRIPTION=tags["TIFFTAG_IMAGEDESCRIPTION"])
            known = values[np.isfinite(values)]
            true = (known.min(), known.max(), known.mean(), known.std())
            names = ("MINIMUM", "MAXIMUM", "MEAN", "STDDEV")
            written = true if statistics else (0, 1, 0, 1)
            file.update_tags(
                1,
                **{f"STATISTICS_{n}": repr(float(v)) for n, v in zip(names, written, strict=True)},
            )

    return run


def turned(path: Path) -> None:
    with rasterio.open(path) as file:
        transform = file.transform
    raster(transform=transform @ Affine.rotation(10))(path)


def endless(path: Path) -> None:
    """Declare a raster of 10^10 cells in a file of a few kilobytes."""
    options = {
        "driver": "GTiff",
        "dtype": "uint8",
        "count": 1,
        "SPARSE_OK": True,
        "tiled": True,
        "transform": Affine.scale(100, -100),
    }
    with rasterio.open(path, "w", width=100_000, height=100_000, **options):
        pass


def no_style(path: Path) -> None:
    path.with_suffix(".qml").unlink()


# ---------------------------------------------------------------- zips


def project(old: str, new: str) -> Break:
    assert old in good.PROJECT
    return lambda path: good.write_zip(path, {"a.qgs": good.PROJECT.replace(old, new)})


def members(**parts: str) -> Break:
    """Return what writes a workbook with some of its parts (by the end of their names) changed."""

    def run(path: Path) -> None:
        own = good.workbook()
        for name, new in parts.items():
            own[f"xl/{name}.xml" if name == "extra" else f"xl/worksheets/{name}.xml"] = new
        good.write_zip(path, own)

    return run


def book(old: str, new: str) -> Break:
    """Return what writes a workbook of which the list of sheets and names is changed."""

    def run(path: Path) -> None:
        own = good.workbook()
        before = str(own["xl/workbook.xml"])
        assert old in before
        good.write_zip(path, {**own, "xl/workbook.xml": before.replace(old, new, 1)})

    return run


def cells(changes: dict[str, str | float], **options: str) -> Break:
    return lambda path: good.write_zip(path, good.workbook({**good.SHEET, **changes}, **options))


def sheet_with(more: str) -> Break:
    return members(sheet1=good.sheet(good.SHEET, more=more))


def linked(path: Path) -> None:
    link = (
        f'<Relationship Id="a" Type="{good.OFFICE}/image" TargetMode="External" Target="http://a"/>'
    )
    rels = f'<Relationships xmlns="{good.PACKAGE}">{link}</Relationships>'
    good.write_zip(path, {**good.workbook(), "xl/worksheets/_rels/sheet1.xml.rels": rels})


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(11):
            file.writestr(f"{number}.qgs", b"\0" * (25 << 20), compresslevel=1)


# ---------------------------------------------------------------- Parquet


def parquet(change: Callable[[pa.Table], pa.Table] = lambda table: table, **options: str) -> Break:
    def run(path: Path) -> None:
        table = change(pq.read_table(path))
        pq.write_table(table, path, **options)

    return run


def geo(change: Callable[[dict[str, Any]], object]) -> Break:
    """Return what changes what the file says of its geometries."""

    def apply(table: pa.Table) -> pa.Table:
        note = json.loads(table.schema.metadata[b"geo"])
        change(note)
        return table.replace_schema_metadata({b"geo": json.dumps(note).encode()})

    return parquet(apply)


def repeated(path: Path) -> None:
    """Write one value of a megabyte that stands for 20,000 rows: a kilobyte of a file."""
    rows = pa.array(np.zeros(20_000, "int32"))
    column = pa.DictionaryArray.from_arrays(rows, pa.array(["a" * 1_000_000]))
    pq.write_table(pa.table({"a": column}), path, compression="zstd")


def other(name: str) -> Callable[[Path], Path]:
    """Return what gives a file another name."""
    return lambda path: shutil.copy(path, path.with_name(name))


def _column(name: str, values: list[object]) -> Callable[[pa.Table], pa.Table]:
    def apply(table: pa.Table) -> pa.Table:
        padded = values + [None] * (len(table) - len(values))
        return table.append_column(name, pa.array(padded))

    return apply


def _features(held: dict[str, Any]) -> list[dict[str, Any]]:
    return held["features"]


def _rings(held: dict[str, Any]) -> list[list[list[float]]]:
    return held["features"][0]["geometry"]["coordinates"]


def _resource(held: dict[str, Any]) -> dict[str, Any]:
    return held["resources"][0]


def _connect(string: str) -> Break:
    def apply(held: dict[str, Any]) -> None:
        table = held["layerDefinitions"][1]["featureTable"]
        table["dataConnection"]["workspaceConnectionString"] = string

    return changed(apply)


def _foreign(held: dict[str, Any]) -> dict[str, Any]:
    return held["resources"][1]["schema"]["foreignKeys"][0]


def _layer(held: dict[str, Any]) -> dict[str, Any]:
    return held["layerDefinitions"][1]


def _node(held: dict[str, Any]) -> dict[str, Any]:
    return held["@graph"][0]


MACROS = '<Macros><pythonCode type="QString"></pythonCode></Macros>'
BILLION = b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>'
DEEP = b"<a>" * 10_000
# File -> rule, how it is broken, and the rules that this takes along.
FILES: dict[str, list[tuple[str, Callable[[Path], Path | None], set[str]]]] = {
    "layers/built/world/rasters/residents_100m.tif": [
        ("tif-opens", content(b"II*\0"), set()),
        ("tif-opens", endless, set()),
        ("tif-opens", content(b"<VRTDataset rasterXSize='1' rasterYSize='1'/>"), set()),
        ("tif-crs", raster(crs="EPSG:2263"), set()),
        ("tif-crs", raster(crs=None), set()),
        ("tif-place", turned, set()),
        ("tif-band", raster(dtype="int32"), set()),
        ("tif-band", raster(count=2), set()),
        ("tif-nodata", raster(nodata=None), set()),
        ("tif-values", raster(cell=-1.0), set()),
        ("tif-values", raster(cell=float("nan")), set()),
        ("tif-described", raster(unit=""), set()),
        ("tif-statistics", raster(statistics=False), set()),
        ("tif-profile", raster(compress="DEFLATE"), set()),
        ("tif-style", no_style, set()),
    ],
    "layers/built/world.qgz": [
        ("qgz-opens", content(b"PK\3\4"), set()),
        ("qgz-opens", bomb, set()),
        ("qgz-opens", lambda path: good.write_zip(path, {"../a.qgs": good.PROJECT}), set()),
        ("qgz-opens", lambda path: good.write_zip(path, {"a.qgs": BILLION}), set()),
        ("qgz-opens", lambda path: good.write_zip(path, {"a.qgs": "<qgis>"}), set()),
        ("qgz-layers", lambda path: good.write_zip(path, {"a.qgs": (
            "<qgis><projectCrs><spatialrefsys><authid>EPSG:28992</authid></spatialrefsys>"
            "</projectCrs><Layouts><Layout/></Layouts></qgis>")}), set()),
        ("qgz-offline", project("<provider>gdal</provider>", "<provider>wms</provider>"), set()),
        ("qgz-offline", project("./world/rasters/residents_100m.tif", "https://a.nl/b.tif"), set()),
        ("qgz-relative", project("<datasource>./world.gpkg", "<datasource>../built/world.gpkg"),
         set()),
        ("qgz-relative", project("<datasource>./world.gpkg", "<datasource>C:/a/world.gpkg"), set()),
        ("qgz-machine", project("<Layout name", '<Layout file="/home/me/a.svg" name'), set()),
        ("qgz-machine", project(">false<", ">true<"), set()),
        *(("qgz-machine", project('<homePath path=""', f'<homePath path="{path}"'), set())
          for path in ("/home/jan/atlas", "//server/share/jan", "C:/jan", "&#92;&#92;a", "..")),
        *(("qgz-machine", project('"./world.gpkg|', f'"{path}|'), set())
          for path in ("/home/jan de vries/x.gpkg", "file:///home/jan/x.gpkg", "D:&#92;jan&#92;x",
                       "/x.gpkg", "dbname='/home/jan/x.sqlite'")),
        ("qgz-offline", project('"./world.gpkg|', '"/vsicurl/http://a.nl/b.gpkg|'),
         {"qgz-machine"}),
        ("qgz-offline", project("<Layout name", '<Layout file="http://a.nl/b.svg" name'), set()),
        ("qgz-offline", project("./world/rasters/residents_100m.tif", "url=a.nl"), set()),
        ("qgz-code", project(MACROS, MACROS.replace("></", ">import os</")), set()),
        ("qgz-code", project("<provider>gdal", '<actionsetting action="os.remove(1)"/>'
                             "<provider>gdal"), set()),
        ("qgz-code", project("<provider>gdal", "<editforminitcode>a()</editforminitcode>"
                             "<provider>gdal"), set()),
        ("qgz-references", project('followPresetName="Alles"', 'followPresetName="Extra"'), set()),
        ("qgz-references", project('coverageLayer="zones_1"', 'coverageLayer="extra"'), set()),
        ("qgz-references", project('<layer id="zones_1"', '<layer id="extra"'), set()),
        ("qgz-opens", project("./world/rasters/residents_100m.tif", "a" * 5000), set()),
        ("qgz-sources", project("=zones</datasource>", "=extra</datasource>"), set()),
        ("qgz-sources", project("residents_100m.tif", "extra.tif"), set()),
        ("qgz-crs", project("EPSG:28992", "EPSG:2263"), set()),
        ("qgz-layout", project("Layouts>", "Extra>"), set()),
        ("qgz-tree", project('<layer-tree-layer id="residents_1"', '<layer-tree-layer id="b"'),
         set()),
    ],
    "layers/built/world.xlsx": [
        ("xlsx-opens", content(b"PK\5\6" + b"\0" * 18), set()),
        ("xlsx-opens", members(sheet1=BILLION.decode()), set()),
        ("xlsx-opens", sheet_with('<c r="A9" t="s"><v>7</v></c>'), set()),
        ("xlsx-opens", members(sheet1=f'<a xmlns="{good.MAIN}">{"<b/>" * 800_000}</a>',
                               sheet2=f'<a xmlns="{good.MAIN}">{"<b/>" * 800_000}</a>'), set()),
        ("xlsx-formula", sheet_with('<c r="A9"><f>1+1</f><v>2</v></c>'), set()),
        *(("xlsx-formula", members(sheet1=good.sheet(good.SHEET).replace("</worksheet>", (
            f"<{outer}><{name}>1=1</{name}></{outer}></worksheet>"))), set())
          for outer, name in (("cfRule", "formula"), ("dataValidation", "formula1"))),
        *(("xlsx-defined", book("'Bronnen'!$A$3<", f"{text}<"), set())
          for text in ("cmd|'/c calc'!A1", "[1]Bronnen!$A$3", "Extra!$A$3", "1+1", "")),
        ("xlsx-defined", book("name='zones'", "name='Auto_Open'"), set()),
        ("xlsx-error", sheet_with('<c r="A9" t="e"><v>#N/A</v></c>'), set()),
        ("xlsx-links", linked, set()),
        ("xlsx-links", members(extra="<a/>", connections="<a/>"), set()),
        *(("xlsx-links", lambda path, part=part: good.write_zip(
            path, {**good.workbook(), part: "<a/>"}), set())
          for part in ("xl/webextensions/a.xml", "xl/queryTables/queryTable1.xml")),
        ("xlsx-names", cells({}, name="Een/twee"), set()),
        ("xlsx-names", cells({}, name="BRONNEN"), set()),
        ("xlsx-headings", cells({"C3": 1.0}), set()),
        ("xlsx-headings", cells({"B1": "Gebied"}), set()),
        ("xlsx-units", cells({"B2": 2.0}), set()),
        ("xlsx-units", cells({"A2": "", "B2": ""}), set()),
        ("xlsx-quoted", cells({"A4": "=1+1"}), set()),
        ("xlsx-frozen", cells({}, pane="split"), set()),
        *(("xlsx-sources", book('name="Bronnen"', f'name="Bronnen" state="{state}"'), set())
          for state in ("hidden", "veryHidden")),
        ("xlsx-sources", members(sheet2=good.sheet({"A1": "Bron"})), set()),
    ],
    "layers/built/world/zones.geojson": [
        ("geojson-opens", content(b"\xef\xbb\xbf{}"), set()),
        ("geojson-opens", content(b'{"a": NaN}'), set()),
        ("geojson-opens", content(b"[" * 100_000), set()),
        ("geojson-opens", content(b'{"a": 1, "a": 2}'), set()),
        ("geojson-opens", content(b'{"a": "\xff"}'), set()),
        ("geojson-opens", content(b"[]"), set()),
        ("geojson-opens", content(b'{"a": 1e400}'), set()),
        ("geojson-opens", content(b'{"a": [' + b"[]," * 5_000_000 + b"0]}"), set()),
        ("geojson-collection", content(b'{"type": "Feature"}'), set()),
        ("geojson-collection", changed(lambda held: _features(held)[1].pop("properties")), set()),
        ("geojson-collection", changed(lambda held: _features(held).clear()), set()),
        ("geojson-collection", changed(lambda held: _features(held)[1].update(properties=[])),
         set()),
        ("geojson-geometries", changed(lambda held: [
            each.update(geometry=None) for each in _features(held)]), set()),
        ("geojson-geometries", changed(lambda held: _features(held)[2].update(
            geometry={"type": "LineString", "coordinates": [[4, 52]]})), set()),
        ("geojson-geometries", changed(lambda held: _features(held)[2].update(geometry={
            "type": "GeometryCollection", "geometries": [{"type": "Point"}]})), set()),
        ("geojson-bbox", changed(lambda held: held.update(bbox=[4.5, 52.0, 4.0, 52.4])), set()),
        ("geojson-crs", changed(lambda held: held.update(crs={"type": "name"})), set()),
        ("geojson-geometries", changed(lambda held: _features(held)[1]["geometry"].update(
            type="Polygon", coordinates=[])), {"geojson-bbox"}),
        ("geojson-geometries", changed(lambda held: _features(held)[1]["geometry"].update(
            type=["Point"])), {"geojson-bbox"}),
        ("geojson-degrees", changed(lambda held: (
            held.pop("bbox"), _features(held)[1]["geometry"].update(coordinates=[90_000, 440_000])
        )), set()),
        ("geojson-closed", changed(lambda held: _rings(held)[0].pop()), set()),
        ("geojson-rings", changed(lambda held: _rings(held)[0].reverse()), set()),
        ("geojson-rings", changed(lambda held: _rings(held)[1].reverse()), set()),
        ("geojson-bbox", changed(lambda held: held.update(bbox=[52, 4, 52.4, 4.5])), set()),
        ("geojson-bbox", changed(lambda held: _features(held)[1].update(bbox=[0, 0])), set()),
        ("geojson-ids", changed(lambda held: _features(held)[1].update(id=0)), set()),
    ],
    "layers/built/world/zones.parquet": [
        ("parquet-opens", content(b"PAR1PAR1"), set()),
        ("parquet-opens", lambda path: content(path.read_bytes()[:-20])(path), set()),
        ("parquet-opens", repeated, set()),
        ("parquet-opens", lambda path: pq.write_table(pa.table(
            {"a": np.ones(6_000_000, "int8")}), path), set()),
        ("parquet-opens", lambda path: pq.write_table(
            pa.table({"a": ["a" * 1000, "a" * 1001]}), path, use_dictionary=False,
            column_encoding={"a": "DELTA_BYTE_ARRAY"}), set()),
        ("parquet-name", other("zonés.parquet"), set()),
        ("parquet-columns", parquet(_column("Naam", [])), set()),
        ("parquet-compression", parquet(compression="brotli"), set()),
        ("parquet-missing", parquet(_column("tonnes", [float("nan")])), set()),
        ("parquet-geo", parquet(lambda table: table.replace_schema_metadata(None)), set()),
        ("parquet-geo", geo(lambda note: note.update(version="0.4.0")), set()),
        ("parquet-geo", geo(lambda note: note.update(columns=[])), set()),
        ("parquet-geo", geo(lambda note: note.update(primary_column="extra")), set()),
        ("parquet-crs", geo(lambda note: note["columns"]["geometry"].update(crs=None)), set()),
        ("parquet-geometries", geo(lambda note: note["columns"]["geometry"].update(
            geometry_types=["Point"])), set()),
        ("parquet-geometries", geo(lambda note: note["columns"]["geometry"].update(
            bbox=[0, 0, 1, 1])), set()),
        ("parquet-geometries", parquet(lambda table: table.set_column(
            table.schema.get_field_index("geometry"), "geometry",
            pa.array([b"a"] * len(table)))), set()),
    ],
    "layers/built/world/zones.csv": [
        ("csv-opens", content("a,b\né,".encode("latin-1")), set()),
        ("csv-opens", content(b'a,b\n"c,d\n'), set()),
        ("csv-opens", content(b""), set()),
        ("csv-opens", content(b"\n" * (1 << 20)), set()),
        ("csv-opens", content(b"," * 5_000_001), set()),
        ("csv-header", text("zone_id,name", "name,name"), set()),
        ("csv-header", content(b"a;b\nc;d\n"), set()),
        ("csv-rectangle", text("GM0003,Drie,,", "GM0003,Drie,"), set()),
        ("csv-formula", text("Een", "=cmd|' /C calc'!A0"), set()),
        ("csv-formula", text("Een", "@SUM(1)"), set()),
        ("csv-formula", text("Een", '"\n=1+1"'), set()),
        ("csv-decimal", text("-1.5", '"-1,5"'), set()),
        ("csv-missing", text("-1.5", "NaN"), set()),
    ],
    "layers/built/world/zones.lyrx": [
        ("lyrx-opens", content(b"{"), set()),
        ("lyrx-opens", changed(lambda held: held.update(layerDefinitions=[{}] * 1001)), set()),
        ("lyrx-document", changed(lambda held: held.update(type="CIMMapDocument")), set()),
        ("lyrx-layers", changed(
            lambda held: held.update(layers=["CIMPATH=c", "CIMPATH=a"])), set()),
        ("lyrx-layers", changed(lambda held: held.update(layers=["CIMPATH=b"])), set()),
        ("lyrx-relative", _connect("DATABASE=C:\\a\\world.gpkg"), set()),
        ("lyrx-relative", _connect("SERVER=a"), set()),
        ("lyrx-columns", changed(lambda held: _layer(held)["renderer"].update(field="extra")),
         set()),
        ("lyrx-columns", changed(lambda held: _layer(held)["labelClasses"][0].update(
            expression="$feature.extra")), set()),
        ("lyrx-columns", changed(lambda held: _layer(held)["featureTable"].update(
            fieldDescriptions=[{"fieldName": "extra"}])), set()),
        ("lyrx-crs", changed(lambda held: _layer(held)["featureTable"]["dataConnection"].update(
            srid="31370")), set()),
        ("lyrx-breaks", changed(lambda held: _layer(held)["renderer"]["breaks"].reverse()), set()),
        ("lyrx-breaks", changed(lambda held: _layer(held)["renderer"].update(minimumBreak=10)),
         set()),
        ("lyrx-sources", _connect("DATABASE=..\\extra.gpkg"), set()),
    ],
    "layers/built/world/rasters/residents_100m.qml": [
        ("qml-opens", text("</qgis>", ""), set()),
        ("qml-opens", content(BILLION), set()),
        ("qml-opens", content(DEEP), set()),
        ("qml-style", content(b"<qgis/>"), set()),
        ("qml-style", content(b"<svg/>"), set()),
    ],
    "layers/built/world/zones.sld": [
        ("sld-opens", content(b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), set()),
        ("sld-style", text('version="1.1.0"', 'version="2"'), set()),
        ("sld-style", text("<se:Rule/>", ""), set()),
    ],
    "layers/built/world/datapackage.json": [
        ("datapackage-opens", content(b"1e999"), set()),
        ("datapackage-whole", changed(lambda held: held.update(name="De wereld")), set()),
        ("datapackage-paths", changed(lambda held: _resource(held).update(path="../world.gpkg")),
         {"datapackage-complete"}),
        ("datapackage-paths", changed(lambda held: _resource(held).update(path="/etc/passwd")),
         {"datapackage-complete"}),
        ("datapackage-paths", changed(lambda held: _resource(held).update(path="extra.csv")),
         {"datapackage-complete"}),
        ("datapackage-true", changed(lambda held: _resource(held).update(bytes=1)), set()),
        ("datapackage-true", changed(lambda held: _resource(held).update(hash="sha256:0")), set()),
        ("datapackage-true", changed(lambda held: _resource(held).pop("hash")), set()),
        ("datapackage-schema", changed(lambda held: _resource(held)["schema"]["fields"].reverse()),
         set()),
        ("datapackage-schema", changed(
            lambda held: held["resources"][1]["schema"]["fields"].pop(1)), set()),
        ("datapackage-types", changed(lambda held: _resource(held)["schema"]["fields"][0].update(
            type="text")), set()),
        ("datapackage-keys", changed(lambda held: _resource(held)["schema"].update(
            primaryKey="code")), set()),
        ("datapackage-keys", changed(lambda held: _foreign(held).update(fields=["code"])), set()),
        ("datapackage-keys", changed(lambda held: _foreign(held)["reference"].update(
            resource="extra")), set()),
        ("datapackage-keys", changed(lambda held: _foreign(held)["reference"].update(
            fields=["code"])), set()),
        ("datapackage-complete", changed(lambda held: held["resources"].pop()), set()),
        ("datapackage-terms", changed(lambda held: held.pop("licenses")), set()),
        ("datapackage-terms", changed(lambda held: held.update(sources=[{}])), set()),
    ],
    "layers/built/world/provenance.json": [
        ("provenance-opens", content(b"{]"), set()),
        ("provenance-whole", changed(lambda held: held.pop("edition")), set()),
        ("provenance-files", lambda path: (path.parent / "zones.csv").unlink(), set()),
        ("provenance-files", changed(lambda held: held["files"].append("layers/../../a")), set()),
        ("provenance-hashes", lambda path: text("GM0001", "GM0002")(path.parent / "zones.csv"),
         set()),
        ("provenance-sources", changed(lambda held: held["sources"][0].update(licence="")), set()),
        ("provenance-sources", changed(lambda held: held["sources"][0].update(url="www.a.nl")),
         set()),
    ],
    "layers/built/world/dcat.jsonld": [
        ("dcat-opens", content(b"null"), set()),
        ("dcat-context", changed(lambda held: held["@context"].pop("dct")), set()),
        ("dcat-context", changed(lambda held: held.update({"@context": "https://a.nl/b"})), set()),
        ("dcat-dataset", changed(lambda held: _node(held).pop("dcat:theme")), set()),
        *(("dcat-addresses", changed(lambda held, address=address: _node(held)[
            "dcat:distribution"][0].update({"dcat:downloadURL": {"@id": address}})), set())
          for address in ("extra.csv", "/etc/passwd", "../../../layers", "file:///etc/passwd",
                          "javascript:alert(1)")),
        *(("dcat-dates", changed(lambda held, day=day: _node(held).update({"dct:issued": day})),
           set())
          for day in ("2026-11-21", {"@type": "xsd:date", "@value": "2026-02-30"},
                      {"@type": "xsd:string", "@value": "2026-11-21"})),
        ("dcat-terms", changed(lambda held: _node(held).update({"dct:license": "CC BY"})), set()),
        ("dcat-terms", changed(lambda held: _node(held).update({"dcat:theme": [
            {"@id": good.THEME.replace("ENVI", "MINE")}]})), set()),
        ("dcat-terms", changed(lambda held: _node(held).update({"dcat:theme": [
            {"@id": "https://example.org/ENVI"}]})), set()),
        ("dcat-dutch", changed(lambda held: _node(held)["dct:title"].update({"@language": "en"})),
         set()),
        ("dcat-distributions", changed(
            lambda held: _node(held)["dcat:distribution"][0].pop("dct:license")), set()),
    ],
    "maps/built/world.html": [
        ("html-opens", content(b"<p>"), set()),
        ("html-host", text('href="data:,"', 'href="//a.nl/b.ico"'), set()),
        ("html-host", text("url(#a)", "url('https://a.nl/b.png')"), set()),
        ("html-host", text("<style>", '<style>@import "http://a.nl/b.css";'), set()),
        ("html-host", text('<p id="a">', '<p id="a" style="background: url(//a.nl)">'), set()),
        ("html-host", text('href="https://example.org/"', 'href="#" ping="https://a.nl"'), set()),
        ("html-host", text("</body>", '<form action="https://a.nl"></form></body>'), set()),
        ("html-host", text("</body>", '<button formaction="//a.nl"></button></body>'), set()),
        ("html-host", text("</body>", '<svg fill="url(https://a.nl/b.svg#c)"></svg></body>'),
         set()),
        ("html-file", text("</body>", '<svg filter="url(a.svg#b)"></svg></body>'), set()),
        ("html-file", text("</body>", "<script src=a.js></script></body>"), set()),
        ("html-language", text('lang="nl"', 'lang="en"'), set()),
        ("html-title", text("<title>Wereld", "<title>"), set()),
        ("html-charset", text("utf-8", "latin-1"), set()),
        ("html-zoom", text("width=device-width", "user-scalable=no"), set()),
        ("html-ids", text("</body>", '<p id="a"></p></body>'), set()),
    ],
    "layers/built/world/notes.txt": [("file-kind", content(b"a"), set())],
}  # fmt: skip
