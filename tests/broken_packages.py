"""A GeoPackage of the world for every rule, broken so that this rule does not hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import shapely
import shapely.affinity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Break = Callable[[Path], None]

SQUARE = shapely.box(90_000, 440_000, 91_000, 441_000)
FLY = shapely.Polygon([(0, 0), (4, 0), (4, 4), (2, -1), (0, 4)])
NEW = "CREATE TABLE extra (fid INTEGER PRIMARY KEY)"
LIST = "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('extra', 'attributes', 'x')"  # noqa: E501


def statements(*lines: str) -> Break:
    """Return what runs SQL on a package."""

    def run(package: Path) -> None:
        with closing(sqlite3.connect(package)) as file, file:
            for line in lines:
                file.execute(line)

    return run


def blob(shape: shapely.Geometry | None, *, system: int = 28992) -> bytes | None:
    """Return a geometry as a GeoPackage holds it, without an envelope."""
    if shape is None:
        return None
    head = b"GP\x00\x01" + system.to_bytes(4, "little", signed=True)
    return head + shapely.to_wkb(shape, byte_order=1, flavor="iso")


def layer(
    shape: shapely.Geometry | None,
    *,
    kind: str = "POLYGON",
    column: str = "geom",
    system: int = 28992,
    borne: int | None = None,
    extent: tuple[float, ...] | None = None,
    indexed: bool = True,
    index_rows: int = 1,
) -> Break:
    """Return what adds a layer `extra` with one feature."""

    def run(package: Path) -> None:
        there = shape is not None and not shape.is_empty
        box = extent or (shape.bounds if there else (None,) * 4)
        with closing(sqlite3.connect(package)) as file, file:
            file.execute(f"CREATE TABLE extra (fid INTEGER PRIMARY KEY, {column} {kind})")
            file.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, "
                "max_x, max_y, srs_id) VALUES ('extra', 'features', 'x', ?, ?, ?, ?, ?)",
                (*box, system),
            )
            file.execute(
                "INSERT INTO gpkg_geometry_columns VALUES ('extra', ?, ?, ?, 0, 0)",
                (column, kind, system),
            )
            held = blob(shape, system=system if borne is None else borne)
            file.execute("INSERT INTO extra VALUES (1, ?)", (held,))
            if indexed:
                index = f"rtree_extra_{column}"
                file.execute(
                    f"CREATE VIRTUAL TABLE {index} USING rtree(id, minx, maxx, miny, maxy)"
                )
                if there:
                    for row in range(1, index_rows + 1):
                        file.execute(f"INSERT INTO {index} VALUES (?, 0, 1, 0, 1)", (row,))  # noqa: S608
                file.execute(
                    "INSERT INTO gpkg_extensions VALUES ('extra', ?, 'gpkg_rtree_index', 'x', "
                    "'write-only')",
                    (column,),
                )

    return run


def redrawn(table: str, row: int, change: Callable[[shapely.Geometry], shapely.Geometry]) -> Break:
    """Return what changes the geometry of a row; the spatial index stays as it is."""

    def run(package: Path) -> None:
        with closing(sqlite3.connect(package)) as file, file:
            query = f"SELECT geom FROM {table} WHERE fid = ?"  # noqa: S608
            (held,) = file.execute(query, (row,)).fetchone()
            envelope = {0: 0, 1: 32}[held[3] >> 1 & 7]
            new = blob(change(shapely.from_wkb(held[8 + envelope :])))
            file.execute(f"UPDATE {table} SET geom = ? WHERE fid = ?", (new, row))  # noqa: S608

    return run


def shrunk(shape: shapely.Geometry) -> shapely.Geometry:
    """Draw an outline 10 m further in, with the extent that it had: one corner stays."""
    corner = shapely.get_coordinates(shape)[0]
    small = shapely.affinity.scale(shape, 0.99, 0.99, origin=tuple(corner))
    return shapely.MultiPolygon(shapely.get_parts(shapely.orient_polygons(small)).tolist())


def cut(package: Path) -> None:
    package.write_bytes(package.read_bytes()[:5000])


def no_tables(package: Path) -> None:
    package.unlink()
    with closing(sqlite3.connect(package)) as file, file:
        file.execute("CREATE TABLE a (b)")


def only_the_ground(package: Path) -> None:
    """Drop every table but the zones and the municipalities, with all that tells of them."""
    kept = "('zones', 'municipalities', 'layer_styles')"
    with closing(sqlite3.connect(package)) as file, file:
        query = f"SELECT table_name FROM gpkg_contents WHERE table_name NOT IN {kept}"  # noqa: S608
        for (table,) in file.execute(query).fetchall():
            file.execute(f'DROP TABLE "{table}"')
            file.execute(f'DROP TABLE IF EXISTS "rtree_{table}_geom"')
        for told in ("gpkg_extensions", "gpkg_data_columns", "gpkg_geometry_columns",
                     "gpkg_metadata_reference", "gpkg_ogr_contents", "gpkg_contents"):  # fmt: skip
            if file.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (told,)).fetchone():
                file.execute(f"DELETE FROM {told} WHERE table_name NOT IN {kept}")  # noqa: S608
        file.execute(f"DELETE FROM layer_styles WHERE f_table_name NOT IN {kept}")  # noqa: S608


def leave_journal(package: Path) -> None:
    package.with_name(f"{package.name}-wal").write_bytes(b"half")


def _style(change: str, table: str) -> str:
    return f"UPDATE layer_styles SET {change} WHERE f_table_name = '{table}'"  # noqa: S608


# Rule -> each way to break it; where no other way breaks one rule alone, the rules it takes along.
PACKAGES: list[tuple[str, Break, set[str]]] = [
    ("gpkg-opens", cut, set()),
    ("gpkg-opens", no_tables, set()),
    ("gpkg-opens", statements("ALTER TABLE gpkg_metadata ADD COLUMN extra TEXT "
                              "GENERATED ALWAYS AS (hex(zeroblob(15e6))) VIRTUAL"), set()),
    ("gpkg-sound", statements("UPDATE gpkg_metadata_reference SET md_file_id = 999 "
                              "WHERE table_name = 'zones'"), set()),
    ("gpkg-version", statements("PRAGMA user_version = 10200"), set()),
    ("gpkg-version", statements("PRAGMA application_id = 1"), set()),
    ("gpkg-alone", leave_journal, set()),
    ("gpkg-announced", statements(NEW), set()),
    ("gpkg-announced", statements(LIST), set()),
    ("gpkg-announced", statements(NEW, LIST.replace("attributes", "features")), set()),
    ("gpkg-views", statements("CREATE VIEW extra AS SELECT 1 AS fid"), set()),
    ("gpkg-names", statements(NEW.replace(")", ', "Naam" TEXT)'), LIST), set()),
    ("gpkg-names", statements(NEW.replace("extra", "Extra"), LIST.replace("extra", "Extra")),
     set()),
    ("gpkg-fid", statements(NEW.replace("fid", "id"), LIST), set()),
    ("gpkg-fid", statements("CREATE TABLE extra (fid INTEGER)", LIST), set()),
    ("gpkg-types", statements("UPDATE facilities SET capacity_t_per_a = ''"), set()),
    ("gpkg-types", statements("UPDATE facilities SET capacity_t_per_a = 9e999"), set()),
    ("gpkg-types", statements("UPDATE facilities SET name = x'00'"), set()),
    ("gpkg-missing", statements(
        "ALTER TABLE facilities ADD COLUMN extra TEXT", "UPDATE facilities SET extra = '1.5'",
        "UPDATE facilities SET extra = 'NaN' WHERE fid = 1"), set()),
    ("gpkg-missing", statements("ALTER TABLE facilities ADD COLUMN extra TEXT",
                                "UPDATE facilities SET extra = 'nan' WHERE fid = 1"), set()),
    ("gpkg-geom", layer(SQUARE, column="shape"), set()),
    ("gpkg-crs", layer(SQUARE, system=0), set()),
    ("gpkg-crs", layer(SQUARE, borne=4326), set()),
    ("gpkg-crs", statements("UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = 2263 "
                            "WHERE srs_id = 28992"), set()),
    ("gpkg-geometries", layer(shapely.Polygon()), set()),
    ("gpkg-geometries", layer(None), set()),
    ("gpkg-geometries", statements("UPDATE zones SET geom = x'4750' WHERE fid = 1"),
     {"gpkg-index", "edition-unions"}),
    ("gpkg-geometry-type", layer(SQUARE, kind="POINT"), set()),
    ("gpkg-valid", layer(FLY), set()),
    ("gpkg-rings", layer(SQUARE.reverse()), set()),
    ("gpkg-extent", layer(SQUARE, extent=(0, 0, 1, 1)), set()),
    ("gpkg-index", layer(SQUARE, indexed=False), set()),
    ("gpkg-index", layer(SQUARE, index_rows=2), set()),
    ("gpkg-style-default", statements(_style("useAsDefault = 0", "zones")), set()),
    ("gpkg-style-default", statements(_style("useAsDefault = 1", "zones")), set()),
    ("gpkg-style-default", statements(_style("f_geometry_column = ''", "zones")), set()),
    ("gpkg-style-default", statements(_style("f_table_name = 'extra'", "zones")),
     {"edition-styled"}),
    ("gpkg-style-text", statements(_style("styleSLD = '<a>'", "zones")), set()),
    ("gpkg-style-text", statements(_style("styleQML = '<!DOCTYPE qgis [<!ENTITY a \"b\">]><qgis/>'",
                                          "zones")), set()),
    ("gpkg-style-columns", statements(_style(
        "styleQML = replace(styleQML, '&quot;kind&quot;', '&quot;soort&quot;')", "zones")), set()),
    ("gpkg-style-columns", statements(_style(
        "styleSLD = replace(styleSLD, '>kind<', '>soort<')", "zones")), set()),
    ("edition-layers", statements(
        "DROP TABLE chains", "DELETE FROM gpkg_contents WHERE table_name = 'chains'",
        "DELETE FROM layer_styles WHERE f_table_name = 'chains'"), set()),
    ("edition-layers", statements(
        "DELETE FROM findings WHERE rule = 'layer without features' AND layer = 'sites'"), set()),
    ("edition-layers", only_the_ground, set()),
    ("edition-layers", statements(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) "
        "VALUES ('sites', 'site_id', 'x', 'x', 'x')"), set()),
    ("edition-columns", statements("ALTER TABLE elements DROP COLUMN note"),
     {"gpkg-style-columns"}),
    ("edition-filled", statements(
        "DELETE FROM collection_points", "DELETE FROM rtree_collection_points_geom"), set()),
    ("edition-titles", statements(
        "DELETE FROM gpkg_data_columns WHERE table_name = 'zones' AND column_name = 'name'"),
     set()),
    ("edition-metadata", statements("UPDATE gpkg_metadata SET metadata = '<a>' WHERE id = 1"),
     set()),
    ("edition-metadata", statements("UPDATE gpkg_metadata SET metadata = 'a' WHERE id = 2"), set()),
    ("edition-styled", statements("DELETE FROM layer_styles WHERE f_table_name = 'elements'"),
     set()),
    ("edition-keys", statements(
        "INSERT INTO elements (element, kind) SELECT element, kind FROM elements LIMIT 1"), set()),
    ("edition-keys", statements("UPDATE chains SET step = NULL WHERE fid = 1"), set()),
    ("edition-codes", statements("UPDATE facilities SET zone_id = 'GM9999' WHERE fid = 1"), set()),
    ("edition-codes", statements("UPDATE stocks SET source_id = 'extra' WHERE fid = 1"), set()),
    ("edition-amounts", statements("UPDATE facilities SET precision_m = -1"), set()),
    ("edition-ranges", statements("UPDATE stocks SET value_low = value + 1 WHERE fid = 1"), {
        "edition-wide"}),
    ("edition-orders", statements("UPDATE chains SET passed_t_best = collected_t + 1"), set()),
    ("edition-balances", statements(
        "UPDATE releases SET collection_gap_t = collection_gap_t + 1 WHERE fid = 1"), {
            "edition-wide"}),
    ("edition-balances", statements("UPDATE gaps SET capacity_gap_t_best = NULL, capacity_gap_t = "
                                    "NULL WHERE zone_id = 'unallocated'"), set()),
    ("edition-orders", statements("UPDATE chains SET passed_t = NULL WHERE fid = 1"), set()),
    ("edition-ranges", statements("UPDATE stocks SET value_low = NULL WHERE zone_id = "
                                  "'unallocated'"), set()),
    ("edition-sums", statements("UPDATE municipalities SET residents = residents + 1"), set()),
    ("edition-collected", statements(
        "UPDATE gaps SET collected_t = collected_t + 1, capacity_gap_t = capacity_gap_t + 1, "
        "capacity_gap_t_best = capacity_gap_t_best + 1 WHERE zone_id <> 'outside'"), {
            "edition-wide"}),
    ("edition-flows", statements("UPDATE flows SET tonnes = 1e9 WHERE fid = 1"), set()),
    ("edition-coverage", redrawn("zones", 5, shrunk), {"edition-unions", "edition-outlines"}),
    ("edition-unions", redrawn("municipalities", 5, shrunk), set()),
    ("edition-outlines", redrawn("zones_wind_turbine", 5, shrunk), set()),
    ("edition-places", statements("UPDATE facilities SET zone_id = 'GM0009' WHERE fid = 1"), set()),
    ("edition-arrivals", redrawn("flows", 1, shapely.reverse), set()),
    ("edition-grades", statements("UPDATE stocks SET grade = 'E' WHERE fid = 1"), set()),
    ("edition-words", statements("UPDATE facilities SET step = 'Recyclen' WHERE fid = 1"), set()),
    ("edition-words", statements("UPDATE zones SET kind = 'haven' WHERE kind = 'port'"), {
        "edition-wide"}),
    ("edition-streams", statements(
        "UPDATE recovery SET stream = 'windturbine' WHERE stream = 'wind_turbine'"), set()),
    ("edition-wide", statements(
        "UPDATE zones_wind_turbine SET capacity_gap_2040_t = capacity_gap_2040_t + 1"), set()),
    ("edition-wide", statements("UPDATE stocks SET value = value * 1.01, value_high = "
                                "value_high * 1.1 WHERE measure = 'mass'"), set()),
    ("edition-wide", statements("DELETE FROM gaps WHERE zone_id = 'GM0001'"), {
        "edition-complete"}),
    ("edition-complete", statements(
        "DELETE FROM releases WHERE zone_id = 'unallocated' AND year = 2041"), set()),
    ("edition-complete", statements("DELETE FROM gaps WHERE zone_id = 'GM0001' AND year = 2031"),
     set()),
    ("edition-complete", statements("DELETE FROM releases WHERE year = 2031",
                                    "DELETE FROM gaps WHERE year = 2031",
                                    "DELETE FROM chains WHERE year = 2031"), set()),
    ("edition-wide", statements(
        "UPDATE zones_wind_turbine SET released_2035_t = released_2035_t + 1, "
        "released_2035_t_low = released_2035_t_low + 1, "
        "released_2035_t_high = released_2035_t_high + 1"), set()),
]  # fmt: skip
