"""One dataset into one clean frame: hash, encoding, columns, coordinates; all input I/O."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal, overload

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from atlas.columns import pick_columns, read_table, rows_named
from atlas.errors import DataError, problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atlas.columns import Kind
    from atlas.definitions import Dataset

Bounds = tuple[float, float, float, float]
Shape = Literal["polygon", "point"]

# Each of these is one file, and so is its hash; a shapefile is several.
_VECTOR = {".gpkg", ".geojson", ".json", ".fgb"}
_TABLE = {".csv", ".tsv", ".txt"}
_SHAPES: dict[Shape, set[str]] = {"polygon": {"Polygon", "MultiPolygon"}, "point": {"Point"}}


@overload
def read(
    dataset: Dataset, schema: Mapping[str, Kind], *, home: Path, crs: None = None
) -> pd.DataFrame: ...


@overload
def read(
    dataset: Dataset,
    schema: Mapping[str, Kind],
    *,
    home: Path,
    crs: str,
    bounds: Bounds | None = None,
    shape: Shape | None = None,
) -> gpd.GeoDataFrame: ...


def read(  # noqa: PLR0913 - the last three say what geometry is expected
    dataset: Dataset,
    schema: Mapping[str, Kind],
    *,
    home: Path,
    crs: str | None = None,
    bounds: Bounds | None = None,
    shape: Shape | None = None,
) -> pd.DataFrame:
    """Read a dataset into its canonical columns.

    Parameters
    ----------
    dataset
        The source, its expected hash and its names and units of columns.
    schema
        Our column -> kind.  ``id`` is text, filled and unique; ``code`` text and filled; ``text``
        may be empty (None); ``amount`` a finite number >= 0; ``amount?`` the same or missing
        (NaN); ``year`` and ``year?`` whole numbers.
    home
        The folder that ``dataset.source.file`` is relative to.
    crs
        The coordinate system that geometry is returned in (EPSG code); None for a table.
    bounds
        West, south, east, north in degrees that every coordinate must fall in.
    shape
        The kind of geometry that is expected.

    Returns
    -------
    DataFrame or GeoDataFrame
        The columns of the schema in its order, and ``geometry`` when `crs` is given (points of a
        table may be None where it has no coordinates).  Without `crs` the frame has none.  The
        index is called ``line`` (``row`` for a vector file) and numbers those of the file.

    Raises
    ------
    DataError
        Every problem of the file at once.
    """
    problems: list[str] = []
    where = dataset.source.file
    path = home / where
    content = _content(path, dataset, problems)
    raw: pd.DataFrame | None = None
    if path.suffix.lower() in _VECTOR:
        raw = _vector(path, dataset, problems)
    elif path.suffix.lower() in _TABLE:
        raw = read_table(content, dataset, problems)
    else:
        kinds = ", ".join(sorted(_VECTOR | _TABLE))
        problems.append(
            problem(where, f'a file of kind "{path.suffix}"', f"one of {kinds}", "convert it")
        )
    if raw is None:
        raise DataError(*problems)
    known = [*schema, "longitude", "latitude", "x_m", "y_m"]
    problems += [
        problem(
            f"{dataset.where} [columns]",
            f'"{ours}"',
            f"used here: {', '.join(schema) or 'none'}",
            "remove it, or correct its name",
        )
        for ours in dataset.columns
        if ours not in known
    ]
    frame = pick_columns(raw, dataset, schema, problems)
    if crs is None:
        raise_problems(problems)
        return frame
    geometry = _geometry(raw, dataset, problems)
    if geometry is not None:
        problems += _check_shapes(geometry, where=where, shape=shape)
        problems += _check_place(geometry, where=where, bounds=bounds)
    raise_problems(problems)
    return gpd.GeoDataFrame(frame, geometry=geometry).to_crs(crs)


def checked_file(dataset: Dataset, *, home: Path) -> Path:
    """Return the path of a source that is read elsewhere (a raster), once its hash is right."""
    problems: list[str] = []
    path = home / dataset.source.file
    _content(path, dataset, problems)
    raise_problems(problems)
    return path


def same_crs(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    """Tell whether two systems are one, however they are written down."""
    if one.equals(other, ignore_axis_order=True):
        return True
    return one.to_epsg() is not None and one.to_epsg() == other.to_epsg()


def _content(path: Path, dataset: Dataset, problems: list[str]) -> bytes:
    """Read a file and hold it against its hash; a file that is not there ends the reading."""
    file = dataset.source.file
    try:
        content = path.read_bytes()
    except OSError as error:
        found = f"no file {file}" if not path.is_file() else f"{file}: {error.strerror}"
        raise DataError(problem(dataset.where, found, "the data file", "put it there")) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != dataset.source.sha256:
        problems.append(
            problem(
                file,
                f"sha256 is {digest}",
                f"{dataset.source.sha256} is expected by {dataset.where}",
                "restore the file, or if the change is meant set sha256 to the value found",
            )
        )
    return content


def _vector(path: Path, dataset: Dataset, problems: list[str]) -> gpd.GeoDataFrame | None:
    where, declared = dataset.source.file, dataset.source.crs
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if len(layers) > 1:
            names = ", ".join(layers)
            problems.append(
                problem(
                    where, f"{len(layers)} layers ({names})", "one layer", "export the one meant"
                )
            )
            return None
        frame = pyogrio.read_dataframe(path, on_invalid="ignore", force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        reason = " ".join(str(error).split()).replace(str(path), path.name)
        problems.append(problem(where, f"not readable ({reason})", "a vector file", "mend it"))
        return None
    if not isinstance(frame, gpd.GeoDataFrame):
        problems.append(problem(where, "it has no geometry", "a vector layer", "name another file"))
        return None
    if frame.crs is None:
        problems.append(
            problem(
                where, "it states no CRS", f"{declared} is expected", "write the CRS into the file"
            )
        )
        return None
    if declared == "none" or not same_crs(frame.crs, pyproj.CRS(declared)):
        problems.append(
            problem(
                where,
                f"its CRS is {frame.crs.to_string()}",
                f'"{declared}" is expected by {dataset.where}',
                "correct crs in the definition, or reproject the file",
            )
        )
        return None
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="row"), axis="index")


def _geometry(raw: pd.DataFrame, dataset: Dataset, problems: list[str]) -> gpd.GeoSeries | None:
    """Return the geometry of a vector file, or points from two columns of a table."""
    where = dataset.source.file
    if isinstance(raw, gpd.GeoDataFrame):
        return raw.geometry
    if dataset.source.crs == "none":
        problems.append(
            problem(
                dataset.where,
                'crs = "none"',
                "coordinates are needed",
                'state the EPSG code, as "EPSG:4326"',
            )
        )
        return None
    degrees = pyproj.CRS(dataset.source.crs).is_geographic
    names = ("longitude", "latitude") if degrees else ("x_m", "y_m")
    before = len(problems)
    schema: dict[str, Kind] = dict.fromkeys(names, "coordinate?")
    axes = pick_columns(raw, dataset, schema, problems)
    if len(problems) > before:
        return None
    half = axes.isna().any(axis=1) & axes.notna().any(axis=1)
    if half.any():
        problems.append(
            problem(
                where,
                f"one coordinate in {rows_named(half)}",
                "both or neither",
                "fill in the other",
            )
        )
    points: Any = np.full(len(axes), None, dtype=object)
    known = axes.notna().all(axis=1).to_numpy()
    points[known] = shapely.points(axes.to_numpy(dtype=float)[known])
    return gpd.GeoSeries(points, index=raw.index, crs=dataset.source.crs)


def _check_shapes(geometry: gpd.GeoSeries, *, where: str, shape: Shape | None) -> list[str]:
    """Check that shapes are there, valid and of the kind expected; points may be missing."""
    problems = []
    table = geometry.index.name == "line"
    for row, item in zip(geometry.index, np.asarray(geometry.array, dtype=object), strict=True):
        spot = f"{where} {geometry.index.name} {row}"
        if item is None and table:
            continue
        if item is None or item.is_empty:
            problems.append(problem(spot, "no geometry", "a valid shape", "draw or remove it"))
        elif shape is not None and item.geom_type not in _SHAPES[shape]:
            found = f"a {item.geom_type}"
            problems.append(problem(spot, found, f"a {shape}", "convert it in a GIS"))
        elif not item.is_valid:
            reason = shapely.is_valid_reason(item)
            problems.append(problem(spot, reason, "a valid shape is expected", "mend it in a GIS"))
    return problems


def _check_place(geometry: gpd.GeoSeries, *, where: str, bounds: Bounds | None) -> list[str]:
    """Check that everything lies within bounds, and say so when the axes look swapped."""
    shapes = np.asarray(geometry.array, dtype=object)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if bounds is None or not there.any():
        return []
    west, south, east, north = bounds
    degrees = gpd.GeoSeries(shapes[there], crs=geometry.crs).to_crs("EPSG:4326")
    box = shapely.bounds(np.asarray(degrees.array, dtype=object))
    inside = np.isfinite(box).all(axis=1)
    inside &= (box[:, 0] >= west) & (box[:, 1] >= south)
    inside &= (box[:, 2] <= east) & (box[:, 3] <= north)
    if inside.all():
        return []
    outside = pd.Series(~inside, index=geometry.index[there])
    x, y = shapely.bounds(shapes[there][~inside][0])[:2]
    swapped = gpd.GeoSeries([shapely.Point(y, x)], crs=geometry.crs).to_crs("EPSG:4326")
    looks_swapped = west <= swapped.x.iloc[0] <= east and south <= swapped.y.iloc[0] <= north
    return [
        problem(
            where,
            f"({x:g}, {y:g}) in {rows_named(outside)} lies elsewhere",
            f"longitude {west:g} to {east:g} and latitude {south:g} to {north:g} are expected",
            "swap the two coordinates" if looks_swapped else "correct the coordinates or the crs",
        )
    ]
