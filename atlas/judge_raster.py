"""What a raster of an edition must satisfy: a GeoTIFF that draws, sums and is found by itself."""

from __future__ import annotations

import logging
import math
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from atlas.judge_geopackage import SYSTEMS, is_allowed
from atlas.rulebook import Breach, Rule
from atlas.untrusted import MIB, refuse, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rasterio.io import DatasetReader

# A raster of the whole country at 100 m has a fifth of it.
_MOST_CELLS = 50_000_000
_LARGEST = 512 * MIB
# What stands beside the file (.aux.xml, .ovr) does not count: it is judged as it travels.
_ALONE = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}
# Below this a raster is one tile, and coarser copies of it would be of no use.
_NO_OVERVIEWS = 512
_COMPRESSIONS = ("DEFLATE", "LZW", "ZSTD")
_STATISTICS = ("MINIMUM", "MAXIMUM", "MEAN", "STDDEV")
_DUST = 1e-9
_DO = "save it anew (gdal_translate), with atlas build as example"


@dataclass(frozen=True)
class Raster:
    """An open raster.

    Attributes
    ----------
    path
        Where it stands.
    file
        The open dataset.
    known
        The values of its first band that are not missing.
    strange
        How many cells hold NaN or infinity and are not missing by the file's own word.
    """

    path: Path
    file: DatasetReader
    known: np.ndarray
    strange: int


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what GDAL says of a damaged file, in bytes that may be no text, from the terminal.

    What matters of it comes as an error, or breaks a rule.
    """
    log = logging.getLogger("rasterio")
    level, hook = log.level, sys.unraisablehook
    log.setLevel(logging.CRITICAL + 1)
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        log.setLevel(level)
        sys.unraisablehook = hook


@contextmanager
def opened_raster(path: Path) -> Iterator[Raster]:
    """Open a GeoTIFF and read its first band.

    Raises
    ------
    UnreadableError
        It is no TIFF, is damaged, or has more cells than any region.
    """
    size_of(path, most=_LARGEST)
    try:
        # By name: under another driver a file that ends in .tif may point at other files.
        with _silent(), rasterio.Env(**_ALONE), rasterio.open(path, driver="GTiff") as file:
            # A file may be made of blocks that are larger than itself.
            blocks = max(height * width for height, width in file.block_shapes)
            cells = max(file.width * file.height, blocks) * file.count
            if cells > _MOST_CELLS:
                found = f"{file.width:,} × {file.height:,} cells in {file.count} bands"
                refuse(found, f"at most {_MOST_CELLS:,}", "cut it to the region")
            values = file.read(1)
            there = np.isfinite(values)
            # NaN as nodata is missing, like any other.
            missing = np.zeros_like(there)
            if file.nodata is not None:
                missing = np.isnan(values) if math.isnan(file.nodata) else values == file.nodata
            known = values[there & ~missing]
            yield Raster(path, file, known, int((~there & ~missing).sum()))
    except RasterioError as error:
        refuse(f"no GeoTIFF ({error})", "a whole GeoTIFF", "restore it from its source")


def _system(raster: Raster) -> Iterator[Breach]:
    crs = raster.file.crs
    code = None if crs is None else crs.to_epsg()
    if code is None or not is_allowed(code):
        found = "no coordinate system" if crs is None else f"{crs}"
        yield Breach(found, SYSTEMS, "reproject it, in the Netherlands to EPSG:28992")


def _placed(raster: Raster) -> Iterator[Breach]:
    t = raster.file.transform
    if t.b or t.d or t.a <= 0 or t.e >= 0 or not math.isclose(t.a, -t.e, rel_tol=1e-6):
        found = f"cells of {t.a:g} by {t.e:g}, turned {t.b:g} and {t.d:g}"
        yield Breach(found, "square cells, north up", _DO)
    elif t.is_identity or (t.c, t.f) == (0.0, 0.0):
        yield Breach("no place", "a corner in its coordinate system", _DO)


def _band(raster: Raster) -> Iterator[Breach]:
    kinds = raster.file.dtypes
    if len(kinds) != 1 or not kinds[0].startswith("float"):
        yield Breach(f"bands of {', '.join(kinds)}", "one of float32 or float64", _DO)


def _nodata(raster: Raster) -> Iterator[Breach]:
    if raster.file.nodata is None:
        yield Breach("no value for missing cells", "nodata, such as -9999", _DO)


def _values(raster: Raster) -> Iterator[Breach]:
    if raster.strange:
        yield Breach(f"{raster.strange:,} cells without a number", "numbers, or nodata", _DO)
    if not raster.known.size:
        yield Breach("no cell with a value", "one at least", "leave the raster out")
    elif (least := float(raster.known.min())) < 0:
        yield Breach(f"the value {least:g}", "residents or kilometres, none below 0", _DO)


def _described(raster: Raster) -> Iterator[Breach]:
    for what, text in (
        ("unit", raster.file.units[0]),
        ("description of the band", raster.file.descriptions[0]),
        ("TIFFTAG_IMAGEDESCRIPTION", raster.file.tags().get("TIFFTAG_IMAGEDESCRIPTION")),
    ):
        if not text:
            yield Breach(f"no {what}", "what the values are", _DO)


def _statistics(raster: Raster) -> Iterator[Breach]:
    known = raster.known.astype("float64")
    if not known.size:
        return
    true = (known.min(), known.max(), known.mean(), known.std())
    tags = raster.file.tags(1)
    for name, value in zip(_STATISTICS, true, strict=True):
        written = tags.get(f"STATISTICS_{name}")
        try:
            right = math.isclose(float(written or "nan"), value, rel_tol=_DUST, abs_tol=_DUST)
        except ValueError:
            right = False
        if not right:
            found = f"STATISTICS_{name} {written or 'missing'}"
            yield Breach(found, f"{value:g}", "work them out anew (gdalinfo -stats)")


def profile(raster: Raster) -> str | None:
    """Return the profile that a raster is in: PDOK, COG, or None.

    PDOK's has LZW and no overviews; a cloud-optimised one (COG) has them, unless it is too small.
    """
    own = raster.file.tags(ns="IMAGE_STRUCTURE")
    overviews = any(raster.file.overviews(band) for band in raster.file.indexes)
    compression = own.get("COMPRESSION")
    if compression == "LZW" and not overviews:
        return "PDOK"
    small = max(raster.file.width, raster.file.height) <= _NO_OVERVIEWS
    cloud = own.get("LAYOUT") == "COG" and compression in _COMPRESSIONS
    return "COG" if cloud and (overviews or small) else None


def _profile(raster: Raster) -> Iterator[Breach]:
    if profile(raster) is None:
        own = raster.file.tags(ns="IMAGE_STRUCTURE")
        overviews = raster.file.overviews(1)
        found = (
            f"compression {own.get('COMPRESSION', 'none')}, layout {own.get('LAYOUT', 'plain')}, "
            f"{len(overviews)} overviews"
        )
        expected = "PDOK (LZW, no overviews) or COG (DEFLATE, LZW or ZSTD, with overviews)"
        yield Breach(found, expected, _DO)


def _style(raster: Raster) -> Iterator[Breach]:
    beside = raster.path.with_suffix(".qml")
    if not beside.is_file():
        yield Breach(f"no {beside.name} beside it", "its style", "save one from QGIS")


RULES: tuple[Rule[Raster], ...] = (
    Rule("tif-crs", "It is in a coordinate system in metres, or one of PDOK's, and says in which.",
         _system),
    Rule("tif-place", "It has square cells, north up, and a place.", _placed),
    Rule("tif-band", "It has one band of floating-point numbers.", _band),
    Rule("tif-nodata", "It says which value means missing.", _nodata),
    Rule("tif-values", "Every cell is missing or a number from 0 on, and one has a number.",
         _values),
    Rule("tif-described", "It says what it holds and in which unit.", _described),
    Rule("tif-statistics", "Its statistics are there and true.", _statistics),
    Rule("tif-profile", "It is in PDOK's profile (LZW, no overviews), or cloud-optimised (COG).",
         _profile),
    Rule("tif-style", "Its style stands beside it, as .qml.", _style),
)  # fmt: skip
