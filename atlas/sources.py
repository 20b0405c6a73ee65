"""One dataset into one clean frame: hash, encoding, columns, units, coordinates; all input I/O."""

from __future__ import annotations

import hashlib
import io
import re
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from atlas.errors import DataError, problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atlas.definitions import Dataset

Kind = Literal["id", "code", "text", "amount", "amount?", "year", "year?"]
Bounds = tuple[float, float, float, float]

# What a column's suffix promises, and what one of each accepted unit is worth in it.
UNITS: dict[str, dict[str, float]] = {
    "_t_per_a": {"t/a": 1.0, "kg/a": 1e-3, "kt/a": 1e3},
    "_kwp": {"kWp": 1.0, "Wp": 1e-3, "MWp": 1e3},
    "_kw": {"kW": 1.0, "W": 1e-3, "MW": 1e3},
    "_km2": {"km2": 1.0, "ha": 1e-2, "m2": 1e-6},
    "_km": {"km": 1.0, "m": 1e-3},
    "_t": {"t": 1.0, "kg": 1e-3, "kt": 1e3},
    "_m": {"m": 1.0, "km": 1e3},
}
_VECTOR = {".gpkg", ".geojson", ".json", ".shp", ".fgb"}
_SHOWN = 5  # rows named in one message before "and n more"


def read(
    dataset: Dataset,
    schema: Mapping[str, Kind],
    *,
    home: Path,
    crs: str | None = None,
    bounds: Bounds | None = None,
) -> gpd.GeoDataFrame:
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

    Returns
    -------
    GeoDataFrame
        The columns of the schema in its order, and ``geometry`` when `crs` is given (points of a
        table may be None where it has no coordinates).  Without `crs` the frame has none.

    Raises
    ------
    DataError
        Every problem of the file at once.
    """
    problems: list[str] = []
    where = dataset.source.file
    path = home / where
    content = _content(path, dataset, problems)
    raw = _vector(path, dataset, problems) if path.suffix in _VECTOR else _table(content, dataset, problems)
    if raw is None:
        raise DataError(*problems)
    known = {*schema, "longitude", "latitude", "x_m", "y_m"}
    problems += [
        problem(
            f"{dataset.where} [columns]",
            f'"{ours}"',
            f"used here: {', '.join(schema)}",
            "remove it, or correct its name",
        )
        for ours in dataset.columns
        if ours not in known
    ]
    frame = _columns(raw, dataset, schema, problems)
    if crs is None:
        raise_problems(problems)
        return frame
    geometry = _geometry(raw, dataset, problems)
    raise_problems(problems)
    frame = gpd.GeoDataFrame(frame, geometry=geometry, crs=dataset.source.crs)
    raise_problems(_check_place(frame, where=where, bounds=bounds))
    return frame.to_crs(crs)


def checked_file(dataset: Dataset, *, home: Path) -> Path:
    """Return the path of a source that is read elsewhere (a raster), once its hash is right."""
    problems: list[str] = []
    path = home / dataset.source.file
    _content(path, dataset, problems)
    raise_problems(problems)
    return path


def _content(path: Path, dataset: Dataset, problems: list[str]) -> bytes:
    """Read a file and hold it against its hash; a file that is not there ends the reading."""
    if not path.is_file():
        raise DataError(
            problem(dataset.where, f"no file {dataset.source.file}", "the data file", "put it there")
        )
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != dataset.source.sha256:
        problems.append(
            problem(
                dataset.source.file,
                f"sha256 is {found}",
                f"{dataset.source.sha256} is expected by {dataset.where}",
                "restore the file, or if the change is meant set sha256 to the value found",
            )
        )
    return content


def _vector(path: Path, dataset: Dataset, problems: list[str]) -> gpd.GeoDataFrame | None:
    where, declared = dataset.source.file, dataset.source.crs
    try:
        frame = pyogrio.read_dataframe(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        problems.append(problem(where, f"not readable ({error})", "a vector file", "mend it"))
        return None
    if not isinstance(frame, gpd.GeoDataFrame):
        problems.append(problem(where, "it has no geometry", "a vector layer", "name another file"))
        return None
    if frame.crs is None:
        problems.append(
            problem(where, "it states no CRS", f"{declared} is expected", "write the CRS into the file")
        )
        return None
    if frame.crs != pyproj.CRS(declared):
        problems.append(
            problem(
                where,
                f"its CRS is {frame.crs.to_string()}",
                f"{declared} is expected by {dataset.where}",
                "correct crs in the definition, or reproject the file",
            )
        )
        return None
    return frame


def _table(content: bytes, dataset: Dataset, problems: list[str]) -> pd.DataFrame | None:
    source, where = dataset.source, dataset.source.file
    if content.startswith(b"\xef\xbb\xbf") and source.encoding.lower() != "utf-8-sig":
        problems.append(
            problem(
                where,
                "it begins with a byte order mark",
                f"{source.encoding} without one is expected",
                'set encoding = "utf-8-sig" in the definition, or save it without',
            )
        )
        content = content[3:]
    try:
        text = content.decode(source.encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.append(
            problem(
                f"{where} line {line}",
                f"byte 0x{content[error.start]:02x} is not {source.encoding}",
                f"text in {source.encoding} is expected",
                'set encoding = "latin-1" (or what it is) in the definition, or convert the file',
            )
        )
        return None
    header = text.split("\n", 1)[0]
    other = next((d for d in (";", "\t", ",", "|") if d != source.delimiter and d in header), None)
    if source.delimiter not in header and other is not None:
        problems.append(
            problem(
                where,
                f"its columns are separated by {other!r}",
                f"{source.delimiter!r} is expected",
                f"set delimiter = {other!r} in the definition (and decimal, if it uses a comma)",
            )
        )
        return None
    try:
        return pd.read_csv(
            io.StringIO(text), dtype=str, keep_default_na=False, sep=source.delimiter, index_col=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        problems.append(problem(where, f"not a table ({error})", "rows of equal length", "mend it"))
        return None


def _columns(
    raw: pd.DataFrame, dataset: Dataset, schema: Mapping[str, Kind], problems: list[str]
) -> pd.DataFrame:
    """Pick, rename, parse and convert the columns of the schema."""
    where = dataset.source.file
    parsed: dict[str, Any] = {}
    for ours, kind in schema.items():
        theirs = _their_name(dataset, ours)
        if theirs not in raw.columns:
            problems.append(
                problem(
                    where,
                    f'no column "{theirs}"',
                    f"its columns are {', '.join(map(str, raw.columns))}",
                    f"name the right one under [columns] {ours} in {dataset.where}",
                )
            )
            continue
        values = raw[theirs]
        if kind in ("id", "code", "text"):
            parsed[ours] = _text(values, kind, where=f'{where} column "{theirs}"', problems=problems)
        else:
            numbers = _numbers(values, kind, dataset, where=f'{where} column "{theirs}"', problems=problems)
            parsed[ours] = numbers * _unit_factor(dataset, ours, problems)
    return pd.DataFrame(parsed, index=raw.index)


def _their_name(dataset: Dataset, ours: str) -> str:
    return dataset.columns[ours].name if ours in dataset.columns else ours


def _unit_factor(dataset: Dataset, ours: str, problems: list[str]) -> float:
    column = dataset.columns.get(ours)
    if column is None or column.unit is None:
        return 1.0
    for suffix, worth in UNITS.items():
        if ours.endswith(suffix):
            if column.unit in worth:
                return worth[column.unit]
            known = ", ".join(worth)
            break
    else:
        if column.unit in ("piece", "1", "year"):
            return 1.0
        known = "piece"
    problems.append(
        problem(
            f"{dataset.where} [columns] {ours}",
            f'unit "{column.unit}"',
            f"one of {known} is expected",
            "convert it in the file, or correct the unit",
        )
    )
    return 1.0


def _text(values: pd.Series, kind: Kind, *, where: str, problems: list[str]) -> pd.Series:
    text = values.where(values.notna(), "").astype(str).str.strip()
    empty = text == ""
    if kind in ("id", "code") and empty.any():
        problems.append(
            problem(where, f"empty in {_rows(empty)}", "every row needs one", "fill it in")
        )
    double = text.duplicated(keep="first") & ~empty
    if kind == "id" and double.any():
        names = ", ".join(sorted(set(text[double]))[:_SHOWN])
        problems.append(
            problem(where, f"{names} more than once", "every id once", "remove or renumber the rows")
        )
    return text.astype(object).where(~empty, None)


def _numbers(
    values: pd.Series, kind: Kind, dataset: Dataset, *, where: str, problems: list[str]
) -> pd.Series:
    optional = kind.endswith("?")
    if pd.api.types.is_numeric_dtype(values):
        numbers, empty = values.astype(float), values.isna()
        wrong = pd.Series(data=False, index=values.index)
    else:
        text = values.where(values.notna(), "").astype(str).str.strip()
        empty = text == ""
        if dataset.source.decimal != ".":
            text = text.str.replace(".", "", regex=False).str.replace(
                dataset.source.decimal, ".", regex=False
            )
        # "nan" and "inf" parse as numbers in Python, but nobody measured them.
        plain = text.str.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
        numbers = pd.to_numeric(text.where(plain), errors="coerce")
        wrong = ~plain & ~empty
    if wrong.any():
        example = str(values[wrong].iloc[0])
        comma = re.fullmatch(r"-?[\d.]*,\d+", example) and dataset.source.decimal == "."
        do = 'set decimal = "," in the definition' if comma else "write a plain number, or leave it empty"
        problems.append(
            problem(where, f"{example!r} in {_rows(wrong)}", "a number is expected", do)
        )
    if not optional and empty.any():
        problems.append(problem(where, f"empty in {_rows(empty)}", "a number in every row", "fill it in"))
    negative = numbers < 0
    if negative.any():
        problems.append(
            problem(
                where,
                f"{numbers[negative].iloc[0]:g} in {_rows(negative)}",
                "zero or more is expected",
                "correct it at the source",
            )
        )
    infinite = np.isinf(numbers)
    if infinite.any():
        problems.append(problem(where, f"infinite in {_rows(infinite)}", "a number", "correct it"))
    return numbers


def _rows(mask: pd.Series) -> str:
    """Name the rows of a mask as lines of the file (the header is line 1)."""
    lines = [int(i) + 2 for i in np.flatnonzero(mask.to_numpy())]
    shown = ", ".join(str(line) for line in lines[:_SHOWN])
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"line {shown}{more}"


def _geometry(raw: pd.DataFrame, dataset: Dataset, problems: list[str]) -> gpd.GeoSeries | None:
    """Return the geometry of a vector file, or points from the two coordinate columns of a table."""
    where = dataset.source.file
    if isinstance(raw, gpd.GeoDataFrame):
        geometry = raw.geometry
        bad = geometry.isna() | geometry.is_empty | ~geometry.is_valid
        for i in np.flatnonzero(bad.to_numpy()):
            shape = geometry.iloc[i]
            found = "no geometry" if shape is None or shape.is_empty else shapely.is_valid_reason(shape)
            problems.append(
                problem(f"{where} row {i + 1}", found, "a valid shape is expected", "mend it in a GIS")
            )
        return geometry
    if dataset.source.crs == "none":
        problems.append(
            problem(dataset.where, 'crs = "none"', "coordinates are needed", "state the EPSG code")
        )
        return None
    names = ("longitude", "latitude") if pyproj.CRS(dataset.source.crs).is_geographic else ("x_m", "y_m")
    axes = _columns(raw, dataset, dict.fromkeys(names, "text"), problems)
    if len(axes.columns) < len(names):
        return None
    parsed = {}
    for name in names:
        parsed[name] = pd.to_numeric(axes[name], errors="coerce")
        wrong = parsed[name].isna() & axes[name].notna()
        if wrong.any():
            problems.append(
                problem(
                    f"{where} column {name}",
                    f"{axes[name][wrong].iloc[0]!r} in {_rows(wrong)}",
                    "a coordinate is expected",
                    "correct it, or leave both coordinates empty",
                )
            )
    half = parsed[names[0]].isna() != parsed[names[1]].isna()
    if half.any():
        problems.append(
            problem(where, f"one coordinate in {_rows(half)}", "both or neither", "fill in the other")
        )
    points = gpd.points_from_xy(parsed[names[0]], parsed[names[1]])
    missing = parsed[names[0]].isna().to_numpy()
    return gpd.GeoSeries(np.where(missing, None, points), index=raw.index)


def _check_place(frame: gpd.GeoDataFrame, *, where: str, bounds: Bounds | None) -> list[str]:
    """Check that everything lies within bounds, and say so when the axes look swapped."""
    if bounds is None or frame.geometry.isna().all():
        return []
    degrees = frame.geometry.to_crs("EPSG:4326")
    west, south, east, north = bounds
    box = degrees.bounds.to_numpy()
    outside = (box[:, 0] < west) | (box[:, 1] < south) | (box[:, 2] > east) | (box[:, 3] > north)
    outside = pd.Series(outside | (~np.isfinite(box).all(axis=1) & degrees.notna().to_numpy()))
    if not outside.any():
        return []
    native = frame.geometry.bounds.to_numpy()[outside.to_numpy()][0]
    swapped = gpd.GeoSeries([shapely.Point(native[1], native[0])], crs=frame.crs).to_crs("EPSG:4326")
    point = swapped.iloc[0]
    looks_swapped = west <= point.x <= east and south <= point.y <= north
    return [
        problem(
            where,
            f"({native[0]:g}, {native[1]:g}) in {_rows(outside)} lies elsewhere",
            f"longitude {west:g} to {east:g} and latitude {south:g} to {north:g} are expected",
            "swap the two coordinates" if looks_swapped else "correct the coordinates or the crs",
        )
    ]
