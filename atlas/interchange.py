"""The layers one by one, for any program: GeoJSON, GeoParquet and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from atlas.definitions import Text
from atlas.dictionary import Column
from atlas.exports import writing

if TYPE_CHECKING:
    from pathlib import Path

    from atlas.dictionary import Layer
    from atlas.pipeline import Atlas
    from atlas.publication import Publication

# RFC 7946 knows no other.
_GEOGRAPHIC = "EPSG:4326"
# Degrees: a decimetre, as RFC 7946 advises.
_DECIMALS = 6
# Which tables have more scenarios than an edition's other files hold.
_BY_SCENARIO = ("materials", "releases", "gaps", "recovery")
# What a spreadsheet takes for a formula; it leaves text after an apostrophe alone.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# Words stand in quotes, and a line ends as in RFC 4180.
_CSV = csv.WriteOptions(eol="\r\n", quoting_header="none")

PLACE = (
    Column(
        "longitude",
        Text("Lengtegraad", "Longitude"),
        Text("Oosterlengte (WGS 84).", "Degrees east (WGS 84)."),
        Text("graden", "degrees"),
    ),
    Column(
        "latitude",
        Text("Breedtegraad", "Latitude"),
        Text("Noorderbreedte (WGS 84).", "Degrees north (WGS 84)."),
        Text("graden", "degrees"),
    ),
)


def write_interchange(published: Publication, folder: Path) -> None:
    """Write every layer and table as Parquet and CSV, and what has places as GeoJSON.

    Parameters
    ----------
    published
        What is written.
    folder
        Where it goes, each layer under its own name.

    Notes
    -----
    The numbers are those of the tables to the last bit.  GeoJSON has degrees, to a decimetre;
    Parquet the coordinates of the layers as they are; CSV the degrees of a point, and of lines and
    areas their codes only.
    """
    for layer in published.own:
        # Here for both, which then find nothing left to do.
        frame = typed(in_order(published.tables[layer.name], layer))
        write_parquet(frame, folder / f"{layer.name}.parquet")
        if isinstance(frame, gpd.GeoDataFrame):
            frame = in_degrees(frame)
            write_geojson(frame, folder / f"{layer.name}.geojson", layer=layer)
        write_csv(frame, folder / f"{layer.name}.csv")


def write_scenarios(atlas: Atlas, folder: Path) -> None:
    """Write the tables that differ between scenarios once more, with every scenario, as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _BY_SCENARIO:
        write_parquet(getattr(atlas, name), folder / f"{name}.parquet")


def in_order(frame: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    """Return a layer with its columns in the order of the dictionary, the geometry last."""
    names = [column.name for column in layer.columns]
    return frame[[*names, "geometry"] if "geometry" in frame else names]


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with all words as text, since a column without a value would have no type."""
    words = [name for name, kind in frame.dtypes.items() if pd.api.types.is_object_dtype(kind)]
    return frame.astype(dict.fromkeys(words, "str")) if words else frame


def in_degrees(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer in degrees, its outer rings counter-clockwise, as RFC 7946 asks."""
    turned = frame.geometry.to_crs(_GEOGRAPHIC).orient_polygons()
    return frame.set_geometry(turned.transform(lambda xy: xy.round(_DECIMALS)))


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a layer as GeoParquet, a table as Parquet; Snappy, which ArcGIS reads too."""
    with writing(path):
        # The row numbers mean nothing.
        typed(frame).to_parquet(path, index=False, compression="snappy")


def write_geojson(frame: gpd.GeoDataFrame, path: Path, *, layer: Layer) -> None:
    """Write a layer in degrees as RFC 7946 has it; its id is its code, where one column is that."""
    coded = len(layer.key) == 1
    if coded:
        frame = frame.set_index(layer.key[0], drop=False)
    # GDAL would round the numbers in their last digits.
    text = frame.to_json(
        na="null", show_bbox=True, drop_id=not coded, to_wgs84=True, ensure_ascii=False
    )
    with writing(path):
        path.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 with commas and points; what is missing is empty, points in degrees.

    Text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    flat = typed(pd.DataFrame(frame.drop(columns="geometry", errors="ignore")))
    if isinstance(frame, gpd.GeoDataFrame) and has_points(frame):
        flat = flat.assign(longitude=frame.geometry.x, latitude=frame.geometry.y)
    words = [name for name in flat.columns if pd.api.types.is_string_dtype(flat[name])]
    flat = flat.assign(**{name: _harmless(flat[name]) for name in words})
    with writing(path):
        # Ten times as fast as pandas, and as exact.
        csv.write_csv(pa.Table.from_pandas(flat, preserve_index=False), path, _CSV)


def has_points(frame: pd.DataFrame) -> bool:
    """Tell whether a layer has a point for each row, which stands in two columns of its CSV."""
    return isinstance(frame, gpd.GeoDataFrame) and set(frame.geometry.geom_type) == {"Point"}


def _harmless(values: pd.Series) -> pd.Series:
    """Return words of which a spreadsheet takes none for a formula."""
    runs = values.str.startswith(_FORMULA).fillna(value=False).astype(bool)
    return values.mask(runs, "'" + values) if runs.any() else values
