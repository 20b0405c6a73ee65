"""The GeoPackage: every layer and table, how it looks, what it is called and where it is from."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio

from atlas.exports import writing
from atlas.metadata import STANDARD, write_metadata
from atlas.qml import write_qml, write_table_qml
from atlas.sld import write_sld

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from atlas.dictionary import Layer
    from atlas.publication import Publication
    from atlas.symbology import Style

_TABLE_SCHEMA = "https://specs.frictionlessdata.io/table-schema/"
_SPECIFICATION = "http://www.geopackage.org/spec131/#extension_"

# As the standard has them, and for layer_styles as QGIS makes it.
_TABLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30),
  styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30),
  ui TEXT(30), update_time DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
  min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
"""
_EXTENSIONS = (
    ("gpkg_data_columns", None, "gpkg_schema", "schema"),
    ("gpkg_data_column_constraints", None, "gpkg_schema", "schema"),
    ("gpkg_metadata", None, "gpkg_metadata", "metadata"),
    ("gpkg_metadata_reference", None, "gpkg_metadata", "metadata"),
)


def write_geopackage(published: Publication, path: Path) -> None:
    """Write the GeoPackage: version 1.3, the region's metric CRS, the same bytes every time.

    Parameters
    ----------
    published
        What goes into it.
    path
        Where it goes; nothing stands there yet.
    """
    atlas, own, tables = published.atlas, published.own, published.tables
    about = {layer.name: (layer.title.nl, layer.about.nl) for layer in own}
    write_layers(tables, path, dated=atlas.reference_date, about=about)
    stamp = _stamp(atlas.reference_date)
    with writing(path), closing(sqlite3.connect(path)) as file, file:
        for statement in _TABLES.strip().rstrip(";").split(";\n"):
            file.execute(statement)
        file.executemany(
            "INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, 'read-write')",
            [(table, column, name, _SPECIFICATION + on) for table, column, name, on in _EXTENSIONS],
        )
        _write_columns(file, own)
        _write_styles(file, published.styles, own, stamp)
        record = write_metadata(atlas, published.description)
        _write_metadata(file, record, published.schemas, stamp)


def write_layers(
    frames: Mapping[str, pd.DataFrame],
    path: Path,
    *,
    dated: date,
    kinds: Mapping[str, str] | None = None,
    about: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Write layers and tables to a new GeoPackage, the same bytes every time.

    Parameters
    ----------
    frames
        By the names that they get.
    path
        Where it goes; nothing stands there yet.
    dated
        The day it bears.
    kinds
        The geometry of layers that may be empty, or of which each feature may be of another kind.
    about
        Title and description of layers that have them.
    """
    # GDAL dates the file and its layers by the clock unless told otherwise.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _stamp(dated)})
    try:
        for name, frame in frames.items():
            words = (about or {}).get(name)
            _write_layer(frame, path, name, kind=(kinds or {}).get(name), about=words)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _stamp(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"


def _write_layer(
    frame: pd.DataFrame,
    path: Path,
    name: str,
    *,
    kind: str | None = None,
    about: tuple[str, str] | None = None,
) -> None:
    options = {"FID": "fid"}
    if about is not None:
        options |= dict(zip(("IDENTIFIER", "DESCRIPTION"), about, strict=True))
    if isinstance(frame, gpd.GeoDataFrame):
        options |= {"GEOMETRY_NAME": "geom"}
        kind = kind or next(iter(frame.geometry.geom_type.dropna().unique()), None)
    with writing(path):
        pyogrio.write_dataframe(
            frame,
            path,
            layer=name,
            driver="GPKG",
            append=path.exists(),
            geometry_type=kind,
            dataset_options={"VERSION": "1.3"},
            layer_options=options,
        )


def _write_columns(file: sqlite3.Connection, own: Iterable[Layer]) -> None:
    """Write the Dutch title and description of every column, which GIS show in its place."""
    file.executemany(
        "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)",
        [
            (layer.name, column.name, column.heading("nl"), column.heading("nl"), column.about.nl)
            for layer in own
            for column in layer.columns
        ],
    )


def _write_styles(
    file: sqlite3.Connection, found: Iterable[Style], own: Iterable[Layer], stamp: str
) -> None:
    """Write every style, and for each table without places one with the titles of its columns.

    QGIS 3.22 reads no titles from gpkg_data_columns.
    """
    titles = {layer.name: {c.name: c.heading("nl") for c in layer.columns} for layer in own}
    rows = [
        (
            style.layer, "geom", style.name, write_qml(style, titles[style.layer]),
            write_sld(style), style.default, style.title.nl,
        )
        for style in found
    ]  # fmt: skip
    drawn = {layer for layer, *_ in rows}
    rows += [
        (name, "", "velden", write_table_qml(titles[name]), "", True, "Nederlandse namen")
        for name in titles
        if name not in drawn
    ]
    file.executemany(
        "INSERT INTO layer_styles VALUES (NULL, '', '', ?, ?, ?, ?, ?, ?, ?, '', NULL, ?)",
        [(*row, stamp) for row in rows],
    )
    file.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', 'Stijlen voor QGIS', ?)",
        (stamp,),
    )
    file.execute("INSERT INTO gpkg_ogr_contents VALUES ('layer_styles', ?)", (len(rows),))


def _write_metadata(
    file: sqlite3.Connection,
    metadata: str,
    schemas: Mapping[str, Mapping[str, object]],
    stamp: str,
) -> None:
    """Write the metadata of the whole, and under it the schema of each table."""
    rows = [(1, "dataset", STANDARD, "text/xml", metadata)]
    references: list[tuple[str, str | None, int, int | None]] = [("geopackage", None, 1, None)]
    for number, (name, schema) in enumerate(schemas.items(), 2):
        text = json.dumps(schema, ensure_ascii=False, indent=1)
        rows.append((number, "schema", _TABLE_SCHEMA, "application/json", text))
        references.append(("table", name, number, 1))
    file.executemany("INSERT INTO gpkg_metadata VALUES (?, ?, ?, ?, ?)", rows)
    file.executemany(
        "INSERT INTO gpkg_metadata_reference VALUES (?, ?, NULL, NULL, ?, ?, ?)",
        [(scope, table, stamp, number, parent) for scope, table, number, parent in references],
    )
