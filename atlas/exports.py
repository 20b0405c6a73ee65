"""The files of an edition other than the page: GeoPackage, rasters, provenance."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import rasterio.errors

from atlas import VERSION
from atlas.cover import distance_grid, uncovered_grid
from atlas.errors import AtlasError, problem
from atlas.scenarios import DEFAULT, REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from atlas.grid import Grid
    from atlas.pipeline import Atlas

NODATA = -9999.0

# Names and order of the columns are CONTRACT's.
_FACILITY_COLUMNS = [
    "facility_id", "name", "step", "streams", "fraction", "capacity_t_per_a",
    "planned_capacity_t_per_a", "capacity_of", "status", "from_year", "to_year", "country",
    "zone_id", "precision_m", "source_url", "source_id",
]  # fmt: skip
_POINT_COLUMNS = [
    "point_id", "name", "kind", "streams", "streams_certainty", "own_residents_only", "status",
    "zone_id", "precision_m", "source_url", "source_id", "operator", "address", "postcode",
    "municipality_code",
]  # fmt: skip


def layers(atlas: Atlas) -> dict[str, pd.DataFrame]:
    """Return the layers and tables of the GeoPackage by name: the default scenario.

    Stocks keep both bases, and materials the totals that a report gives, since these are what the
    two are compared by.
    """
    # Years are whole numbers, also where some are missing.
    years = {name: atlas.facilities[name].astype("Int64") for name in ("from_year", "to_year")}
    facilities = atlas.facilities.assign(source_id="facilities", **years)
    points = atlas.collection_points.assign(source_id="collection_points")
    return {
        "zones": atlas.zones,
        "municipalities": atlas.municipalities,
        "facilities": facilities[[*_FACILITY_COLUMNS, "geometry"]],
        "collection_points": points[[*_POINT_COLUMNS, "geometry"]],
        "flows": _default(atlas.flows),
        "sites": atlas.sites,
        "scenarios": atlas.scenarios,
        "elements": atlas.elements.assign(eu_number=atlas.elements["eu_number"].astype("Int64")),
        "eu_list": atlas.eu_list.assign(number=atlas.eu_list["number"].astype("Int64")),
        "stocks": atlas.stocks,
        "materials": _plain(
            atlas.materials[atlas.materials["scenario_id"].isin([DEFAULT, REPORT])]
        ),
        "releases": _default(atlas.releases),
        "gaps": _default(atlas.gaps),
        "recovery": _default(atlas.recovery),
        "nearest": atlas.nearest,
        "chains": atlas.chains,
        "gap_starts": atlas.gap_starts,
        "cover": atlas.cover,
        "sources": atlas.sources,
        "findings": atlas.findings,
        "headline_figures": atlas.headline_figures,
    }


def write_geopackage(atlas: Atlas, path: Path) -> None:
    """Write the GeoPackage: version 1.3, the region's metric CRS, the same bytes every time."""
    write_layers(layers(atlas), path, dated=atlas.reference_date)


def write_layers(
    frames: Mapping[str, pd.DataFrame],
    path: Path,
    *,
    dated: date,
    kinds: Mapping[str, str] | None = None,
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
    """
    # GDAL dates the file and its layers by the clock unless told otherwise.
    stamp = f"{dated.isoformat()}T00:00:00.000Z"
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
    try:
        for name, frame in frames.items():
            _write_layer(frame, path, name, (kinds or {}).get(name))
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_rasters(atlas: Atlas, folder: Path) -> None:
    """Write GeoTIFFs: residents, how far a collection point is, and whom none covers."""
    folder.mkdir(parents=True, exist_ok=True)
    # A grid of the user's may have other cells.
    cell = f"{atlas.ground.grid.transform.a:.0f}m"
    edition = f"{atlas.reference_date.year} edition"
    _write_raster(
        atlas.ground.grid,
        folder / f"residents_{cell}.tif",
        title=f"Residents per cell, {edition}",
        unit="residents",
    )
    ground, points, detour = atlas.ground, atlas.collection_points, atlas.region.detour_factor
    for stream in dict.fromkeys(atlas.cover["stream"]):
        _write_raster(
            distance_grid(ground.cells, ground.grid, points, stream=stream, detour_factor=detour),
            folder / f"distance_to_collection_{stream}_{cell}.tif",
            title=f"Kilometres to the nearest known collection point of {stream}, {edition}",
            unit="km",
        )
        for km in dict.fromkeys(atlas.cover["distance_km"]):
            left = uncovered_grid(
                ground.cells,
                ground.grid,
                atlas.zones,
                points,
                atlas.coverage,
                stream=stream,
                distance_km=km,
                detour_factor=detour,
            )
            _write_raster(
                left,
                folder / f"uncovered_residents_{stream}_{km:g}km_{cell}.tif",
                title=f"Residents not surely within {km:g} km of a known point of {stream} "
                f"(the most that can be uncovered), {edition}",
                unit="residents",
            )


def write_provenance(atlas: Atlas, folder: Path, trees: dict[str, Path]) -> None:
    """Write what the edition was made from and which files it consists of.

    Parameters
    ----------
    atlas
        A built region.
    folder
        Where provenance.json goes; it must lie in one of the trees.
    trees
        The folders of the edition by the name they are known by (layers, maps).
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = folder / "provenance.json"
    found = {
        f"{tree}/{path.relative_to(root).as_posix()}": path
        for tree, root in trees.items()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    name = next(
        f"{tree}/{own.relative_to(root).as_posix()}"
        for tree, root in trees.items()
        if own.is_relative_to(root)
    )
    content = {
        "format": 1,
        "region": atlas.region.id,
        "program": {"name": "urban-mine-atlas", "version": VERSION},
        "edition": atlas.edition,
        "reference_date": atlas.reference_date.isoformat(),
        "files": sorted([*found, name]),
        "sha256": {
            key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in found.items()
        },
        "sources": _records(atlas.sources),
        "findings": _records(atlas.findings),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    own.write_text(text + "\n", encoding="utf-8", newline="\n")


def _default(table: pd.DataFrame) -> pd.DataFrame:
    return _plain(table[table["scenario_id"] == DEFAULT])


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with words as words, also where it keeps them as categories."""
    words = dict.fromkeys(table.select_dtypes("category").columns, "object")
    return table.astype(words).reset_index(drop=True)


def _write_layer(frame: pd.DataFrame, path: Path, name: str, kind: str | None = None) -> None:
    options = {"FID": "fid"}
    if isinstance(frame, gpd.GeoDataFrame):
        options |= {"GEOMETRY_NAME": "geom"}
    kinds = frame.geometry.geom_type.dropna().unique() if "GEOMETRY_NAME" in options else []
    kinds = kinds if kind is None else [kind]
    with _writing(path):
        pyogrio.write_dataframe(
            frame,
            path,
            layer=name,
            driver="GPKG",
            append=path.exists(),
            geometry_type=kinds[0] if len(kinds) else None,
            dataset_options={"VERSION": "1.3"},
            layer_options=options,
        )


def _write_raster(grid: Grid, path: Path, *, title: str, unit: str) -> None:
    """Write one band: LZW, no overviews, as the Dutch profile for GeoTIFF asks."""
    height, width = grid.values.shape
    with (
        _writing(path),
        rasterio.open(
            path,
            "w",
            driver="GTiff",
            height=height,
            width=width,
            count=1,
            dtype="float64",  # so that the cells still sum to the residents to 1e-9
            crs=grid.crs,
            transform=grid.transform,
            nodata=NODATA,
            compress="lzw",
            predictor=3,
            tiled=True,
            blockxsize=256,
            blockysize=256,
        ) as raster,
    ):
        raster.write(np.where(np.isnan(grid.values), NODATA, grid.values), 1)
        raster.set_band_description(1, title)
        raster.units = (unit,)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what GDAL says of a full or read-only disk into a message; these are no OSErrors."""
    try:
        yield
    except (pyogrio.errors.DataSourceError, rasterio.errors.RasterioIOError) as error:
        # GDAL repeats the path of the work folder, which means nothing to a reader.
        reason = str(error).replace(str(path), path.name).strip().rstrip(".")
        raise AtlasError(
            problem(
                path.name,
                f"it cannot be written ({reason})",
                "room and rights to write",
                "free some space, or name another folder with --out",
            )
        ) from error


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]
