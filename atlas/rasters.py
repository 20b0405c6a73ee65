"""GeoTIFFs of the region, each with its style beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rasterio.io import MemoryFile

from atlas.classes import breaks
from atlas.cover import distance_grid, uncovered_grids
from atlas.definitions import Text
from atlas.exports import writing
from atlas.qml import write_raster_qml
from atlas.symbology import graduated

if TYPE_CHECKING:
    from pathlib import Path

    from atlas.grid import Grid
    from atlas.pipeline import Atlas
    from atlas.symbology import Graduated

NODATA = -9999.0
_PEOPLE = Text("inwoners", "residents")
_KM = Text("km", "km")
# The cover is told at 2, 5 and 10 km; the nearest class is a walk.
_KM_BREAKS = (1.0, 2.0, 5.0, 10.0)
# What PDOK's profile asks for: cloud-optimised in its layout, LZW, no overviews.
_DUTCH = {"COMPRESS": "LZW", "OVERVIEWS": "NONE"}
# What is fast to read over a network: smaller, with coarser copies.
_CLOUD = {"COMPRESS": "DEFLATE", "OVERVIEWS": "AUTO", "OVERVIEW_RESAMPLING": "AVERAGE"}


@dataclass(frozen=True)
class Raster:
    """A raster that was written: its file, what it holds, its classes and largest value."""

    file: str
    title: Text
    renderer: Graduated
    most: float


def write_rasters(atlas: Atlas, folder: Path, *, cog: bool = False) -> tuple[Raster, ...]:
    """Write GeoTIFFs: residents, how far a collection point is, and whom none covers.

    Parameters
    ----------
    atlas
        A built region.
    folder
        Where they go, each with its style (.qml) beside it.
    cog
        With overviews and DEFLATE, for reading over a network; otherwise as the Dutch profile
        for GeoTIFF has them, which allows neither.

    Returns
    -------
    tuple of Raster
        What was written, in the order of the streams.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # A grid of the user's may have other cells.
    cell = f"{atlas.ground.grid.transform.a:g}m"
    edition = f"{atlas.reference_date.year} edition"
    date = f"{atlas.reference_date:%Y:%m:%d} 00:00:00"
    names = {stock.id: stock.title for stock in atlas.catalog.stocks.values()}
    written = []

    def write(grid: Grid, name: str, title: Text, unit: Text) -> None:
        # A raster in which nothing is known would say nothing.
        if np.isnan(grid.values).all():
            return
        path = folder / f"{name}_{cell}.tif"
        written.append(_write_raster(grid, path, title=title, unit=unit, date=date, cog=cog))

    title = Text("Inwoners per cel", f"Residents per cell, {edition}")
    write(atlas.ground.grid, "residents", title, _PEOPLE)
    ground, points, detour = atlas.ground, atlas.collection_points, atlas.region.detour_factor
    for stream in dict.fromkeys(atlas.cover["stream"]):
        write(
            distance_grid(ground.cells, ground.grid, points, stream=stream, detour_factor=detour),
            f"distance_to_collection_{stream}",
            Text(
                f"Kilometers tot het dichtstbijzijnde bekende inzamelpunt, {names[stream].nl}",
                f"Kilometres to the nearest known collection point of {stream}, {edition}",
            ),
            _KM,
        )
        distances_km = list(dict.fromkeys(atlas.cover["distance_km"]))
        grids = uncovered_grids(
            ground.cells,
            ground.grid,
            atlas.zones,
            points,
            atlas.coverage,
            stream=stream,
            distances_km=distances_km,
            detour_factor=detour,
        )
        for km, left in zip(distances_km, grids, strict=True):
            write(
                left,
                f"uncovered_residents_{stream}_{km:g}km",
                Text(
                    f"Inwoners niet zeker binnen {km:g} km van een bekend punt (het meeste dat "
                    f"niet bereikt kan zijn), {names[stream].nl}",
                    f"Residents not surely within {km:g} km of a known point of {stream} "
                    f"(the most that can be uncovered), {edition}",
                ),
                _PEOPLE,
            )
    return tuple(written)


def _write_raster(  # noqa: PLR0913 - what a file consists of
    grid: Grid, path: Path, *, title: Text, unit: Text, date: str, cog: bool
) -> Raster:
    """Write one band, what it holds and its statistics, and a style beside it."""
    height, width = grid.values.shape
    known = grid.values[~np.isnan(grid.values)]
    # Not straight to the disk: GDAL has many words for a full one, some of which it only prints.
    with MemoryFile() as memory:
        with memory.open(
            driver="COG",
            height=height,
            width=width,
            count=1,
            dtype="float64",  # so that the cells still sum to the residents to 1e-9
            crs=grid.crs,
            transform=grid.transform,
            nodata=NODATA,
            PREDICTOR="FLOATING_POINT",
            BLOCKSIZE=256,
            **(_CLOUD if cog else _DUTCH),
        ) as raster:
            raster.write(np.where(np.isnan(grid.values), NODATA, grid.values), 1)
            raster.set_band_description(1, title.en)
            raster.units = (unit.en,)
            raster.update_tags(TIFFTAG_IMAGEDESCRIPTION=title.nl, TIFFTAG_DATETIME=date)
            if known.size:
                raster.update_tags(1, **_statistics(known, cells=grid.values.size))
        content = memory.read()
    most = float(known.max(initial=0.0))
    edges = _KM_BREAKS if unit is _KM else breaks(most)
    renderer = graduated("", edges, unit=unit)
    style = write_raster_qml(renderer, most=most)
    with writing(path):
        path.write_bytes(content)
    with writing(path.with_suffix(".qml")):
        path.with_suffix(".qml").write_text(style, encoding="utf-8", newline="\n")
    return Raster(path.name, title, renderer, most)


def _statistics(known: np.ndarray, *, cells: int) -> dict[str, str]:
    """Return what GDAL calls the statistics of a band, so that no reader has to work them out."""
    return {
        "STATISTICS_MINIMUM": repr(float(known.min())),
        "STATISTICS_MAXIMUM": repr(float(known.max())),
        "STATISTICS_MEAN": repr(float(known.mean())),
        "STATISTICS_STDDEV": repr(float(known.std())),
        "STATISTICS_VALID_PERCENT": f"{100 * known.size / cells:.4g}",
    }
