"""What the geometries of a GeoPackage must satisfy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from atlas.judge_geopackage import GEOMETRY, ROW, SYSTEMS, Package, is_allowed, quoted, tables_of
from atlas.rulebook import Breach, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

# The index holds places in single precision, and GDAL takes the extent from it after a change.
_EXTENT, _EXTENT_M = 2.5e-7, 0.001


def _system(package: Package) -> Iterator[Breach]:
    expected = f"{SYSTEMS} (PDOK RQ22)"
    known = {
        code: (str(organisation).upper(), number)
        for code, organisation, number in package.file.execute(
            "SELECT srs_id, organization, organization_coordsys_id FROM gpkg_spatial_ref_sys"
        )
    }
    for table, code in package.file.execute("SELECT table_name, srs_id FROM gpkg_geometry_columns"):
        organisation, number = known.get(code, ("NONE", code))
        if organisation != "EPSG" or not (isinstance(number, int) and is_allowed(number)):
            found = f"{table}: {organisation} {number}"
            yield Breach(found, expected, "reproject the layer, in the Netherlands to EPSG:28992")
        places = package.places.get(table)
        if places is not None and (places.crs != code).any():
            row = places.rows[places.crs != code][0]
            found = f"{table}: {ROW} {row} bears another system than its layer"
            yield Breach(found, f"{code}", "save the layer anew")


def _geometry_column(package: Package) -> Iterator[Breach]:
    rows = package.file.execute("SELECT table_name, column_name FROM gpkg_geometry_columns")
    for table, column in rows:
        if column != GEOMETRY:
            found = f'{table}: the geometry column "{column}"'
            yield Breach(found, f"{GEOMETRY} (PDOK RC17)", "rename it")


def _geometries(package: Package) -> Iterator[Breach]:
    for table, places in package.places.items():
        for row, reason in places.damaged.items():
            found = f"{table}: {ROW} {row} has {reason}"
            yield Breach(found, "a geometry (PDOK RQ24)", "draw it, or move the row to a table")


def _geometry_types(package: Package) -> Iterator[Breach]:
    rows = package.file.execute("SELECT table_name, geometry_type_name FROM gpkg_geometry_columns")
    for table, declared in rows:
        places = package.places.get(table)
        if places is None or declared == "GEOMETRY":
            continue
        kinds = np.array([shape.geom_type.upper() for shape in places.shapes], dtype=object)
        other = kinds != declared
        if other.any():
            found = f"{table}: {ROW} {places.rows[other][0]} is a {kinds[other][0]}"
            yield Breach(found, declared, "save the layer as one type")


def _valid(package: Package) -> Iterator[Breach]:
    for table, places in package.places.items():
        for row, shape in zip(places.rows, places.shapes, strict=True):
            if not shape.is_valid:
                found = f"{table}: {ROW} {row}: {shapely.is_valid_reason(shape)}"
                yield Breach(found, "a valid geometry", "repair it (QGIS: Fix geometries)")


def _rings(package: Package) -> Iterator[Breach]:
    for table, places in package.places.items():
        parts, index = shapely.get_parts(places.shapes, return_index=True)
        rings = shapely.get_exterior_ring(parts)
        polygons = ~shapely.is_missing(rings)
        clockwise = polygons & ~shapely.is_ccw(rings)
        for row in np.unique(places.rows[index[clockwise]]):
            found = f"{table}: {ROW} {row} has a clockwise outer ring"
            yield Breach(
                found, "counter-clockwise (PDOK RC20)", "turn it (shapely.orient_polygons)"
            )


def _extent(package: Package) -> Iterator[Breach]:
    rows = package.file.execute("SELECT table_name, min_x, min_y, max_x, max_y FROM gpkg_contents")
    for table, *written in rows:
        places = package.places.get(table)
        if places is None or not len(places.shapes):
            continue
        true = shapely.total_bounds(places.shapes)
        if None in written or not np.allclose(
            np.array(written, dtype=float), true, rtol=_EXTENT, atol=_EXTENT_M
        ):
            found = f"{table}: the extent {', '.join(map(str, written))}"
            yield Breach(found, ", ".join(f"{v:.3f}" for v in true), "save the layer anew")


def _index(package: Package) -> Iterator[Breach]:
    tables = tables_of(package.file)
    announced = (
        set()
        if "gpkg_extensions" not in tables
        else set(
            package.file.execute(
                "SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'"
            )
        )
    )
    do = "make it (QGIS: Create spatial index)"
    for table, column in package.file.execute(
        "SELECT table_name, column_name FROM gpkg_geometry_columns"
    ):
        index = f"rtree_{table}_{column}"
        if index not in tables or (table,) not in announced:
            yield Breach(f"{table}: no spatial index", f"{index} (PDOK RQ9)", do)
        elif table in package.places:
            (found,) = package.file.execute(f"SELECT count(*) FROM {quoted(index)}").fetchone()  # noqa: S608
            if found != len(package.places[table].shapes):
                expected = f"{len(package.places[table].shapes)}, as the layer has"
                yield Breach(f"{table}: {found} places in the spatial index", expected, do)


RULES: tuple[Rule[Package], ...] = (
    Rule("gpkg-geom", "The geometry column of every layer is geom.", _geometry_column),
    Rule(
        "gpkg-crs",
        "Every layer, and each geometry in it, is in one system in metres, or one of PDOK's.",
        _system,
    ),
    Rule("gpkg-geometries", "Every feature has a geometry that is not empty.", _geometries),
    Rule("gpkg-geometry-type", "Geometries are of the type of their layer.", _geometry_types),
    Rule("gpkg-valid", "Every geometry is valid.", _valid),
    Rule("gpkg-rings", "Outer rings run counter-clockwise.", _rings),
    Rule("gpkg-extent", "The extent of a layer is that of its geometries.", _extent),
    Rule("gpkg-index", "Every layer has a whole spatial index.", _index),
)
