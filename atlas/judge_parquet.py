"""What a Parquet file must satisfy to be read as GeoParquet, by ArcGIS Pro too."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from atlas.judge_geopackage import NAME
from atlas.rulebook import Breach, Rule, UnreadableError
from atlas.untrusted import MIB, read_json, refuse, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNPACKED = 512 * MIB
# Of all columns together: the largest file of an edition has a tenth.
_MOST_CELLS = 5_000_000
_BATCH = 65_536
# Others take a value from those before it, so that a small page may stand for any amount.
_ENCODINGS = {"PLAIN", "PLAIN_DICTIONARY", "RLE", "RLE_DICTIONARY", "BIT_PACKED",
              "BYTE_STREAM_SPLIT"}  # fmt: skip
_NOTE = 8 * MIB
_VERSIONS = ("1.0.0", "1.1.0")
# What ArcGIS Pro reads.
_COMPRESSIONS = {"SNAPPY", "GZIP", "ZSTD", "UNCOMPRESSED"}
_FILE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\.parquet")
_GEO = b"geo"
_SHAPES = ("geom", "geometry")
_BOX = 1e-6
_DO = "write it anew (geopandas: to_parquet)"


@dataclass(frozen=True)
class ColumnFile:
    """An open Parquet file.

    Attributes
    ----------
    path
        Where it stands.
    file
        The open file.
    table
        All its columns.
    """

    path: Path
    file: pq.ParquetFile
    table: pa.Table


@contextmanager
def opened_parquet(path: Path) -> Iterator[ColumnFile]:
    """Open a Parquet file and read it whole.

    Raises
    ------
    UnreadableError
        It is no Parquet, is damaged, or is far larger unpacked than it says to be reasonable.
    """
    size_of(path, most=_UNPACKED)
    try:
        with pq.ParquetFile(path, thrift_string_size_limit=_NOTE) as file:
            _hold_to_bounds(path, file)
            yield ColumnFile(path, file, file.read(use_threads=False))
    except (pa.ArrowException, OSError) as error:
        refuse(f"no Parquet ({error})", "a whole Parquet file", "restore it from its source")


def _hold_to_bounds(path: Path, file: pq.ParquetFile) -> None:
    """Refuse a file that is large unpacked, before its values are copied for every row."""
    about = file.metadata
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    unpacked = max(
        sum(group.total_byte_size for group in groups),
        sum(chunk.total_uncompressed_size for chunk in chunks),
    )
    cells = max(about.num_rows, sum(chunk.num_values for chunk in chunks))
    if unpacked > _UNPACKED or cells > _MOST_CELLS:
        found = f"{unpacked:,} bytes unpacked, {cells:,} values"
        refuse(found, f"at most {_UNPACKED:,} and {_MOST_CELLS:,}", "do not open it")
    for chunk in chunks:
        if other := set(chunk.encodings) - _ENCODINGS:
            refuse(f"the encoding {min(other)}", ", ".join(sorted(_ENCODINGS)), _DO)
    # A value that stands once in the file may stand for every row: it is kept once here, too.
    texts = [
        field.name for field in file.schema_arrow
        if pa.types.is_string(field.type) or pa.types.is_binary(field.type)
        or pa.types.is_large_string(field.type) or pa.types.is_large_binary(field.type)
    ]  # fmt: skip
    size = 0
    with pq.ParquetFile(path, read_dictionary=texts, thrift_string_size_limit=_NOTE) as once:
        for batch in once.iter_batches(batch_size=_BATCH, use_threads=False):
            size += sum(map(_bytes_of, batch.columns))
            if size > _UNPACKED:
                refuse("values that are far larger than the file", f"{_UNPACKED:,} bytes",
                       "do not open it")  # fmt: skip


def _bytes_of(column: pa.Array) -> int:
    """Return how many bytes the values of a column take, each of them written out."""
    if pa.types.is_dictionary(column.type):
        lengths = pc.binary_length(column.dictionary).take(column.indices)
        return int(pc.sum(lengths).as_py() or 0)
    return int(column.nbytes)


def _name(held: ColumnFile) -> Iterator[Breach]:
    if not _FILE.fullmatch(held.path.name):
        expected = "letters, digits, _ and - only, as ArcGIS Pro asks"
        yield Breach(f'the file name "{held.path.name}"', expected, "rename it")


def _columns(held: ColumnFile) -> Iterator[Breach]:
    names = held.table.column_names
    for name, times in Counter(names).items():
        if not NAME.fullmatch(name) or times > 1:
            expected = "a to z first, then a to z, 0 to 9 and _, once each"
            yield Breach(f'the column "{name}"', expected, "rename it")


def _compression(held: ColumnFile) -> Iterator[Breach]:
    about = held.file.metadata
    found = {
        about.row_group(group).column(column).compression
        for group in range(about.num_row_groups)
        for column in range(about.num_columns)
    }
    for codec in sorted(found - _COMPRESSIONS):
        expected = ", ".join(sorted(_COMPRESSIONS))
        yield Breach(f"compression {codec}", f"{expected}, which ArcGIS Pro reads", _DO)


def _missing(held: ColumnFile) -> Iterator[Breach]:
    for name, column in zip(held.table.column_names, held.table.columns, strict=True):
        if pa.types.is_floating(column.type):
            strange = pc.sum(pc.invert(pc.is_finite(column))).as_py() or 0
            if strange:
                found = f"{name}: {strange:,} values that are NaN or infinite"
                yield Breach(found, "null where a number is missing", _DO)


def _note(held: ColumnFile) -> dict[str, Any] | None:
    """Return what the file says of its geometries, None where it says nothing."""
    raw = (held.file.schema_arrow.metadata or {}).get(_GEO)
    if raw is None:
        return None
    note = read_json(raw)
    if not isinstance(note, dict) or not isinstance(note.get("columns"), dict):
        refuse('no columns in the metadata "geo"', "those of GeoParquet", _DO)
    return note


def _described(held: ColumnFile) -> dict[str, dict[str, Any]]:
    """Return each geometry column that is described and there, with its description."""
    try:
        note = _note(held)
    except UnreadableError:
        return {}
    own = {} if note is None else note["columns"]
    return {
        name: about
        for name, about in own.items()
        if isinstance(about, dict) and name in held.table.column_names
    }


def _geo(held: ColumnFile) -> Iterator[Breach]:
    note = _note(held)
    names = held.table.column_names
    if note is None:
        for name in names:
            if name in _SHAPES or b"ARROW:extension:name" in (
                held.file.schema_arrow.field(name).metadata or {}
            ):
                found = f'a column "{name}" without metadata "geo"'
                yield Breach(found, "GeoParquet", _DO)
        return
    if note.get("version") not in _VERSIONS:
        found = f"version {note.get('version')!r} of GeoParquet"
        yield Breach(found, " or ".join(_VERSIONS), _DO)
    if note.get("primary_column") not in note["columns"]:
        found = f"the primary column {note.get('primary_column')!r}"
        yield Breach(found, f"one of {', '.join(note['columns'])}", _DO)
    for name, about in note["columns"].items():
        if name not in names or not isinstance(about, dict):
            yield Breach(f'the geometry column "{name}"', "a column of the file", _DO)
        elif about.get("encoding") != "WKB" or not isinstance(about.get("geometry_types"), list):
            found = f"{name}: encoding {about.get('encoding')!r}"
            yield Breach(found, "WKB with geometry_types", _DO)


def _system(held: ColumnFile) -> Iterator[Breach]:
    for name, about in _described(held).items():
        # Without one it is longitude and latitude; null would be unknown.
        crs = about.get("crs", {"type": "GeographicCRS"})
        if not isinstance(crs, dict) or "type" not in crs:
            yield Breach(f"{name}: crs {str(crs)[:60]!r}", "PROJJSON", _DO)
        elif "crs" in about and "id" not in crs:
            yield Breach(f"{name}: a crs without id", "its EPSG code beside it", _DO)


def _geometries(held: ColumnFile) -> Iterator[Breach]:
    for name, about in _described(held).items():
        column = held.table.column(name)
        if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
            yield Breach(f"{name}: values of {column.type}", "binary WKB", _DO)
            continue
        try:
            shapes = shapely.from_wkb(np.array(column.to_pylist(), dtype=object))
        except shapely.errors.ShapelyError as error:
            yield Breach(f"{name}: no WKB ({error})", "WKB", _DO)
            continue
        shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        kinds = {shape.geom_type for shape in shapes}
        listed = about.get("geometry_types")
        if (
            isinstance(listed, list)
            and listed
            and kinds - {str(k).removesuffix(" Z") for k in listed}
        ):
            found = f"{name}: geometry_types {', '.join(map(str, listed))}"
            yield Breach(found, ", ".join(sorted(kinds)), _DO)
        box = about.get("bbox")
        if box is not None and len(shapes):
            true = shapely.total_bounds(shapes)
            flat = isinstance(box, list) and len(box) == len(true) and all(
                isinstance(v, int | float) for v in box
            )  # fmt: skip
            if not flat or not np.allclose(np.array(box, dtype=float), true, rtol=0, atol=_BOX):
                yield Breach(f"{name}: bbox {box}", f"{true.tolist()}", _DO)


RULES: tuple[Rule[ColumnFile], ...] = (
    Rule("parquet-name", "Its name is plain ASCII.", _name),
    Rule("parquet-columns", "Columns have plain lower-case names, once each.", _columns),
    Rule("parquet-compression", "It is compressed as ArcGIS Pro reads it.", _compression),
    Rule("parquet-missing", "Numbers are finite, and null where they are missing.", _missing),
    Rule("parquet-geo", "Geometries are described as in GeoParquet 1.0 or 1.1, in WKB.", _geo),
    Rule("parquet-crs", "Their coordinate system is PROJJSON with its code.", _system),
    Rule("parquet-geometries", "They are WKB, of the types and in the bbox that it names.",
         _geometries),
)  # fmt: skip
