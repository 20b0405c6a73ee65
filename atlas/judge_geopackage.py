"""What any GeoPackage must satisfy to be opened, drawn and joined by other programs."""

from __future__ import annotations

import re
import sqlite3
import struct
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from atlas.rulebook import Breach, Rule
from atlas.untrusted import MIB, refuse, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from atlas.dictionary import Layer

NAME = re.compile(r"[a-z][a-z0-9_]{0,56}")
# The metric system of the country, and those that PDOK's validator knows beside it.
_PDOK = (28992, 3034, 3035, 3857, 4258, 4326, 7415, 7931, 9067, 9289, 9756)
SYSTEMS = f"a projected system of EPSG in metres, or EPSG {', '.join(map(str, _PDOK))}"
GEOMETRY, ROW = "geom", "fid"
STYLES = "layer_styles"
_LARGEST = 512 * MIB
_LONGEST_VALUE = 64 * MIB
# Steps of SQLite between two looks, and looks before a query counts as endless.
_STEPS, _LOOKS = 1_000_000, 3000
_APPLICATION = int.from_bytes(b"GPKG", "big")
_VERSION = 10300
_NEEDED = {"gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"}
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_HEADER = 8
# Words of programs for no value, as SQL has a list.
_NO_VALUE = "('nan', 'null', '<na>')"
# How PRAGMA table_xinfo tells that a column is generated: when it is read, or when it is written.
_FORMULAS = {2, 3}
# What SQLite may hold in a column, by the beginning of the type that it was declared with.
_HELD = {
    "BOOL": "integer", "TINY": "integer", "SMALL": "integer", "MEDIUM": "integer", "INT": "integer",
    "FLOAT": "real", "DOUBLE": "real", "REAL": "real", "TEXT": "text", "DATE": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Places:
    """The geometries of a layer.

    Attributes
    ----------
    rows
        The feature ids, of those that have a geometry.
    shapes
        Their geometries.
    crs
        The code that each of them bears.
    damaged
        Feature ids without a geometry that can be read, each with the reason.
    """

    rows: np.ndarray
    shapes: np.ndarray
    crs: np.ndarray
    damaged: dict[int, str]


@dataclass(frozen=True)
class Package:
    """A GeoPackage that is open for reading.

    Attributes
    ----------
    path
        Where it stands.
    file
        The open database.
    columns
        By table that is announced and there: its columns, each with its declared type.
    places
        By layer: its geometries.
    dictionary
        What an edition's layers and columns are called.
    """

    path: Path
    file: sqlite3.Connection
    columns: dict[str, dict[str, str]]
    places: dict[str, Places]
    dictionary: Mapping[str, Layer]


@contextmanager
def opened_database(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a SQLite database for reading only, of which no value and no query is endless."""
    # Immutable: SQLite neither locks the file nor looks for what another program left beside it.
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as file:
        file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        file.text_factory = lambda raw: raw.decode("utf-8", "replace")
        looks = iter(range(_LOOKS))
        file.set_progress_handler(lambda: next(looks, None) is None, _STEPS)
        yield file


@contextmanager
def opened_package(path: Path, dictionary: Mapping[str, Layer]) -> Iterator[Package]:
    """Open a GeoPackage for reading only; nothing is written beside it.

    Raises
    ------
    UnreadableError
        It is no SQLite database, or has not the tables that every GeoPackage has.
    """
    size_of(path, most=_LARGEST)
    with opened_database(path) as file:
        try:
            file.execute("PRAGMA trusted_schema = OFF")
            tables = tables_of(file)
            computed = _computed(file, tables)
        except sqlite3.DatabaseError as error:
            refuse(f"no GeoPackage ({error})", "a SQLite database", "restore it from its source")
        if computed:
            refuse(f"the computed column {computed}", "values", "save the layer anew")
        if not tables >= _NEEDED:
            missing = ", ".join(sorted(_NEEDED - tables))
            refuse(f"no table {missing}", "a GeoPackage", "save it as GeoPackage")
        announced = [
            table for (table,) in file.execute("SELECT table_name FROM gpkg_contents")
            if table in tables
        ]  # fmt: skip
        columns = {table: _columns(file, table) for table in announced}
        places = {
            table: _places(file, table, column)
            for table, column in file.execute(
                "SELECT table_name, column_name FROM gpkg_geometry_columns"
            )
            if column in columns.get(table, {})
        }
        yield Package(path, file, columns, places, dictionary)


@cache
def is_allowed(code: int) -> bool:
    """Tell whether a code of EPSG is a projected system in metres, or one that PDOK allows."""
    if code in _PDOK:
        return True
    try:
        system = pyproj.CRS.from_epsg(code)
    except pyproj.exceptions.CRSError:
        return False
    metres = {axis.unit_name for axis in system.axis_info} == {"metre"}
    return system.is_projected and metres


def quoted(name: str) -> str:
    """Return the name of a table or column as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def rows_of(package: Package, table: str) -> int:
    """Return how many rows a table has."""
    (count,) = package.file.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()  # noqa: S608
    return int(count)


def tables_of(file: sqlite3.Connection) -> set[str]:
    """Return the names of all tables, announced or not."""
    rows = file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in rows}


def _computed(file: sqlite3.Connection, tables: set[str]) -> str | None:
    """Return a column of which the file has the formula only: a short one may give any amount."""
    for table in sorted(tables):
        for _, name, _, _, _, _, hidden in file.execute(f"PRAGMA table_xinfo({quoted(table)})"):
            if hidden in _FORMULAS:
                return f"{table}.{name}"
    return None


def _columns(file: sqlite3.Connection, table: str) -> dict[str, str]:
    rows = file.execute(f"PRAGMA table_info({quoted(table)})")
    return {name: kind.upper() for _, name, kind, *_ in rows}


def _places(file: sqlite3.Connection, table: str, column: str) -> Places:
    rows, shapes, systems, damaged = [], [], [], {}
    size = 0
    for row, blob in file.execute(f"SELECT rowid, {quoted(column)} FROM {quoted(table)}"):  # noqa: S608
        size += len(blob) if isinstance(blob, bytes) else 0
        if size > _LARGEST:
            refuse(f"{table}: geometries larger than a file", f"{_LARGEST:,} bytes", "save it anew")
        try:
            system, shape = _shape(blob)
        except (ValueError, shapely.errors.ShapelyError) as error:
            damaged[row] = str(error).splitlines()[0]
            continue
        rows.append(row)
        shapes.append(shape)
        systems.append(system)
    held = np.empty(len(shapes), dtype=object)
    held[:] = shapes
    return Places(np.array(rows, dtype="int64"), held, np.array(systems, dtype="int64"), damaged)


def _shape(blob: object) -> tuple[int, shapely.Geometry]:
    """Return the code and the geometry of a GeoPackage's own form of WKB."""
    if blob is None:
        raise ValueError("no geometry")
    if not isinstance(blob, bytes) or len(blob) < _HEADER or blob[:2] != b"GP":
        raise ValueError("no GeoPackage geometry")
    flags = blob[3]
    envelope = _ENVELOPES.get(flags >> 1 & 7)
    if envelope is None:
        raise ValueError("an unknown kind of envelope")
    (system,) = struct.unpack_from("<i" if flags & 1 else ">i", blob, 4)
    shape = shapely.from_wkb(blob[_HEADER + envelope :])
    if shape.is_empty:
        raise ValueError("an empty geometry")
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise ValueError("a coordinate that is no number")
    return system, shape


# ---------------------------------------------------------------- the file


def _sound(package: Package) -> Iterator[Breach]:
    for (found,) in package.file.execute("PRAGMA integrity_check(5)"):
        if found != "ok":
            yield Breach(found, "a whole database", "restore it from its source")
    for table, row, parent, _ in package.file.execute("PRAGMA foreign_key_check"):
        found = f"{table} row {row} refers to no row of {parent}"
        yield Breach(found, "references that lead somewhere", "restore the row")


def _version(package: Package) -> Iterator[Breach]:
    (application,) = package.file.execute("PRAGMA application_id").fetchone()
    (version,) = package.file.execute("PRAGMA user_version").fetchone()
    if (application, version) != (_APPLICATION, _VERSION):
        found = f"application_id {application}, user_version {version}"
        expected = f"{_APPLICATION} (GPKG) and {_VERSION} (1.3)"
        yield Breach(found, expected, "save it as GeoPackage 1.3")


def _alone(package: Package) -> Iterator[Breach]:
    for end in ("-wal", "-journal"):
        beside = package.path.with_name(package.path.name + end)
        if beside.exists() and beside.stat().st_size:
            yield Breach(
                f"{beside.name} stands beside it", "a file that is whole in itself",
                "close the programs that have it open",
            )  # fmt: skip


def _announced(package: Package) -> Iterator[Breach]:
    for where, there in (
        ("gpkg_contents", set(package.columns)),
        ("gpkg_geometry_columns", set(package.places)),
    ):
        for (table,) in package.file.execute(f"SELECT table_name FROM {where}"):  # noqa: S608
            if table not in there:
                yield Breach(f'{where} names "{table}"', "a table of the file", "remove the row")
    features = "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'"
    for (table,) in package.file.execute(features):
        if table in package.columns and table not in package.places:
            found = f"{table} is a layer without a geometry column"
            yield Breach(found, "a row of gpkg_geometry_columns", "save the layer anew")
    inner = re.compile(r"sqlite_|gpkg_|rtree_")
    for table in sorted(tables_of(package.file) - set(package.columns) - {STYLES}):
        if not inner.match(table):
            yield Breach(f"{table} is in no list", "a row of gpkg_contents", "add it")


def _views(package: Package) -> Iterator[Breach]:
    for (name,) in package.file.execute("SELECT name FROM sqlite_master WHERE type = 'view'"):
        yield Breach(f'a view "{name}"', "tables only (PDOK RQ4)", "save it as a layer")


# ---------------------------------------------------------------- names and columns


def _names(package: Package) -> Iterator[Breach]:
    expected = "a to z first, then a to z, 0 to 9 and _, at most 57 (PDOK RQ1, RQ6, RQ21)"
    for table, columns in package.columns.items():
        if table != STYLES:
            for name, what in ((table, "the layer"), *((c, f"{table}: the column")
                                                       for c in columns)):  # fmt: skip
                if not NAME.fullmatch(name):
                    yield Breach(f'{what} "{name}"', expected, "rename it")


def _rows_named(package: Package) -> Iterator[Breach]:
    for table in package.columns:
        if table == STYLES:
            continue
        info = package.file.execute(f"PRAGMA table_info({quoted(table)})").fetchall()
        keys = [(name, kind.upper()) for _, name, kind, _, _, key in info if key]
        if keys != [(ROW, "INTEGER")]:
            found = ", ".join(f"{name} {kind}" for name, kind in keys) or "none"
            yield Breach(
                f"{table}: the primary key is {found}", f"{ROW} INTEGER",
                f"save the layer with {ROW} as feature id",
            )  # fmt: skip


def _types(package: Package) -> Iterator[Breach]:
    """Name columns that hold what they are not declared to hold: SQLite takes anything."""
    for table, columns in package.columns.items():
        held = {
            column: next((own for start, own in _HELD.items() if kind.startswith(start)), None)
            for column, kind in columns.items()
        }
        for column, own in held.items():
            if own is None or table == STYLES:
                continue
            name = quoted(column)
            wrong = f"typeof({name}) NOT IN ('null', '{own}')"
            if own == "real":
                wrong += f" OR abs({name}) > 1.7976931348623157e308"
            query = f"SELECT count(*), min(rowid), {name} FROM {quoted(table)} WHERE {wrong}"  # noqa: S608
            count, row, value = package.file.execute(query).fetchone()
            if count:
                yield Breach(
                    f"{table}.{column}: {value!r} in {count} rows, first {ROW} {row}",
                    f"{columns[column]}, or NULL where it is missing", "correct it there",
                )  # fmt: skip


def _missing(package: Package) -> Iterator[Breach]:
    for table, columns in package.columns.items():
        if table == STYLES:
            continue
        for column, kind in columns.items():
            if not kind.startswith("TEXT"):
                continue
            name = quoted(column)
            query = (
                f"SELECT count(*), min(rowid) FROM {quoted(table)} "  # noqa: S608
                f"WHERE lower({name}) IN {_NO_VALUE}"
            )
            count, row = package.file.execute(query).fetchone()
            # Among words it may be one: a place may be called so.
            if count and not _has_words(package, table, name):
                found = f"{table}.{column}: a word for no value in {count} rows, first {ROW} {row}"
                yield Breach(found, "NULL where it is missing", "write NULL")


def _has_words(package: Package, table: str, name: str) -> bool:
    query = (
        f"SELECT 1 FROM {quoted(table)} WHERE {name} GLOB '*[^0-9.eE+-]*' "  # noqa: S608
        f"AND lower({name}) NOT IN {_NO_VALUE} LIMIT 1"
    )
    return package.file.execute(query).fetchone() is not None


RULES: tuple[Rule[Package], ...] = (
    Rule("gpkg-sound", "The database passes SQLite's own checks.", _sound),
    Rule("gpkg-version", "It says that it is a GeoPackage of version 1.3.", _version),
    Rule("gpkg-alone", "No other program has changes in a file beside it.", _alone),
    Rule(
        "gpkg-announced", "Every table is in gpkg_contents, and what is there exists.", _announced
    ),
    Rule("gpkg-views", "It has no views.", _views),
    Rule("gpkg-names", "Layers and columns have plain lower-case names.", _names),
    Rule("gpkg-fid", "The feature id of every table is fid.", _rows_named),
    Rule("gpkg-types", "Values are of the type of their column, and finite.", _types),
    Rule("gpkg-missing", "A missing number is NULL, not a word such as nan.", _missing),
)
