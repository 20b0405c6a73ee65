"""Residents on a grid of 100 m, and sums of a grid over zones."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import rasterio
import rasterio.errors
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

from atlas.areas import outlines
from atlas.errors import DataError, problem, raise_problems
from atlas.sources import same_crs

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CELL_M = 100.0
_FACTOR_OFF = 2.0  # a grid of another year is nearer than this
# A district that lies for this part in port areas has its residents there and nowhere else.
IN_PORT = 0.95
_PIECE_SHARE = 1e-5
_PIECE_M2 = 1.0  # less is the width of a drawn line


@dataclass(frozen=True)
class Grid:
    """A raster: values per cell (NaN where there is no ground), its place and its CRS."""

    values: NDArray[np.float64]
    transform: Affine
    crs: str


def spread_districts(  # noqa: PLR0913 - three kinds of ground, each by its name
    districts: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    totals: pd.Series,
    *,
    ports: gpd.GeoDataFrame | None,
    water: gpd.GeoDataFrame | None,
    cell_m: float = CELL_M,
) -> tuple[Grid, pd.DataFrame]:
    """Spread the residents of districts evenly over their habitable ground.

    Port areas and large water hold nobody, unless a district lies for 95 % in port areas: then its
    residents live there.  A district counts where it lies in its own municipality, so nobody
    crosses a border because two maps draw it differently.

    Parameters
    ----------
    districts
        ``district_code``, ``municipality_code``, ``residents`` and polygons in a metric CRS.
    zones
        A partition in the same CRS.
    totals
        Residents per municipality in the year wanted, on ``municipality_code``.
    ports, water
        Polygons in the same CRS.
    cell_m
        The width of a cell; cell borders lie on whole multiples of it.

    Returns
    -------
    Grid
        Residents per cell, NaN off the habitable ground; sums to `totals` to 1e-9.
    DataFrame
        ``zone_id, cell, residents``: who lives in which part of which cell (cells number row by
        row from the top left).  Sums per municipality to `totals` to 1e-9.

    Raises
    ------
    DataError
        When a municipality has no total, or residents but no habitable district with any.
    """
    raise_problems(_check_totals(totals, zones))
    pieces = habitable_pieces(districts, zones, ports=ports, water=water)
    sums = pieces.groupby("municipality_code")["residents"].sum().reindex(totals.index).fillna(0.0)
    raise_problems(
        problem(
            f"districts of {code}",
            "no residents",
            f"{totals[code]:g} residents to place",
            "add its districts, or the merger of its municipality to the recoding table",
        )
        for code in totals.index[(sums <= 0) & (totals > 0)]
    )
    scale = (totals / sums.where(sums > 0)).fillna(0.0)
    west, south, east, north = pieces.total_bounds
    left, top = np.floor(west / cell_m) * cell_m, np.ceil(north / cell_m) * cell_m
    shape = (int(np.ceil((top - south) / cell_m)), int(np.ceil((east - left) / cell_m)))
    transform = Affine(cell_m, 0.0, left, 0.0, -cell_m, top)
    grid = Grid(values=np.zeros(shape), transform=transform, crs=_crs(zones).to_string())
    parts = _cells(grid, pieces)
    row, coverage = parts["row"].to_numpy(), parts["coverage"].to_numpy()
    covered = np.bincount(row, weights=coverage, minlength=len(pieces))
    people = (pieces["residents"] * pieces["municipality_code"].map(scale)).to_numpy()
    cells = pd.DataFrame(
        {
            "zone_id": pieces["zone_id"].to_numpy()[row],
            "cell": parts["cell"],
            "residents": people[row] * coverage / covered[row],
        }
    )
    values = np.bincount(cells["cell"], weights=cells["residents"], minlength=shape[0] * shape[1])
    values[np.setdiff1d(np.arange(len(values)), cells["cell"])] = np.nan
    grid = Grid(values=values.astype(float).reshape(shape), transform=transform, crs=grid.crs)
    return grid, cells.groupby(["zone_id", "cell"])[["residents"]].sum().reset_index()


def cut_grid(
    grid: Grid, zones: gpd.GeoDataFrame, totals: pd.Series
) -> tuple[Grid, pd.DataFrame, list[str]]:
    """Cut a grid of residents by zones, part-covered cells by the part covered.

    Parameters
    ----------
    grid
        A user's residents per cell.
    zones
        A partition in the CRS of the grid.
    totals
        Residents per municipality, on ``municipality_code``; the cells are scaled to them.

    Returns
    -------
    Grid
        The grid after scaling; sums to `totals` to 1e-9, NaN outside all zones.
    DataFrame
        ``zone_id, cell, residents`` as of `spread_districts`.
    list of str
        What was left out: the cells that belong to no zone and the residents in them.

    Raises
    ------
    DataError
        When a municipality has no total, or residents but none on the grid; when the grid and the
        totals differ by more than a factor of two, so that it can hardly be residents per cell.
    """
    raise_problems(_check_totals(totals, zones))
    parts = _cells(grid, zones)
    amounts = np.nan_to_num(grid.values).ravel()
    covered = np.bincount(parts["cell"], weights=parts["coverage"], minlength=len(amounts))
    lost = amounts * np.clip(1.0 - covered, 0.0, 1.0)
    left_out = []
    whole = int(np.count_nonzero((amounts > 0) & (covered == 0)))
    # Coverage is known to six digits: less than half a resident on the border is nobody.
    if whole or lost.sum() >= 0.5:  # noqa: PLR2004 - half a resident
        left_out = [
            f"{whole} cells in no zone; {lost.sum():.0f} residents in these and on the border"
        ]
    codes = zones["municipality_code"].to_numpy()[parts["row"]]
    residents = amounts[parts["cell"]] * parts["coverage"].to_numpy()
    sums = pd.Series(residents).groupby(codes).sum().reindex(totals.index).fillna(0.0)
    raise_problems(
        problem(
            f"grid of residents in {code}",
            "nobody on the grid",
            f"{totals[code]:g} residents to place",
            "use a grid that covers the whole region",
        )
        for code in totals.index[(sums <= 0) & (totals > 0)]
    )
    off = float(residents.sum() / totals.sum())
    if not 1 / _FACTOR_OFF <= off <= _FACTOR_OFF:
        raise DataError(
            problem(
                "grid of residents",
                f"{residents.sum():.0f} residents in the region",
                f"about {totals.sum():.0f}",
                "give residents per cell; when resampling sum the cells, do not average them",
            )
        )
    scale = (totals / sums.where(sums > 0)).fillna(0.0)
    cells = pd.DataFrame(
        {
            "zone_id": zones["zone_id"].to_numpy()[parts["row"]],
            "cell": parts["cell"],
            "residents": residents * scale.reindex(codes).to_numpy(),
        }
    )
    values = np.bincount(cells["cell"], weights=cells["residents"], minlength=len(amounts))
    values[covered == 0] = np.nan
    scaled = Grid(
        values=values.astype(np.float64).reshape(grid.values.shape[0], -1),
        transform=grid.transform,
        crs=grid.crs,
    )
    return scaled, cells[cells["residents"] > 0].reset_index(drop=True), left_out


def centres(cells: pd.DataFrame, grid: Grid, zones: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return where the residents of each zone live on average, on ``zone_id``.

    The centroid of a polygon is no such place: Rotterdam's lies in the port.  A zone without
    residents gets a point on its surface.
    """
    columns = grid.values.shape[1]
    x_m = grid.transform.c + (cells["cell"] % columns + 0.5) * grid.transform.a
    y_m = grid.transform.f + (cells["cell"] // columns + 0.5) * grid.transform.e
    weighted = pd.DataFrame(
        {
            "x": x_m * cells["residents"],
            "y": y_m * cells["residents"],
            "residents": cells["residents"],
        }
    )
    sums = weighted.groupby(cells["zone_id"]).sum().reindex(zones["zone_id"])
    means = gpd.points_from_xy(sums["x"] / sums["residents"], sums["y"] / sums["residents"])
    points = np.where(sums["residents"] > 0, means, zones.geometry.representative_point())
    return gpd.GeoSeries(points, index=pd.Index(zones["zone_id"]), crs=zones.crs)


def read_grid(path: Path, *, crs: str) -> Grid:
    """Read a user's GeoTIFF of residents per cell.

    Raises
    ------
    DataError
        When it is no raster, states no CRS or another than `crs`, is rotated, has more than one
        band, holds a negative value, or is zero everywhere.
    """
    where = path.name
    try:
        with warnings.catch_warnings():
            # A raster without a place is a problem of its own, told below.
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path) as raster:
                count, found, transform = raster.count, raster.crs, raster.transform
                values = raster.read(1, masked=True).astype(float).filled(np.nan)
    except rasterio.errors.RasterioIOError as error:
        reason = str(error).splitlines()[0].replace(str(path), where)
        raise DataError(
            problem(where, f"not readable ({reason})", "a GeoTIFF", "name another file")
        ) from error
    problems = []
    if count != 1:
        problems.append(
            problem(where, f"{count} bands", "one band of residents", "extract the band")
        )
    if found is None or not same_crs(pyproj.CRS(found.to_wkt()), pyproj.CRS(crs)):
        name = "no CRS" if found is None else found.to_string()
        problems.append(problem(where, name, f"{crs} is expected", "reproject it (sum-preserving)"))
    elif transform.b or transform.d or transform.e >= 0 or transform.a <= 0:
        problems.append(problem(where, "a rotated or south-up raster", "north up", "warp it"))
    known = values[~np.isnan(values)]
    if not np.isfinite(known).all():
        problems.append(
            problem(where, "an infinite cell", "a number or nodata", "set its nodata value")
        )
    elif (known < 0).any():
        problems.append(
            problem(where, f"a cell of {known.min():g}", "zero or more", "set its nodata value")
        )
    elif not known.sum() > 0:
        problems.append(
            problem(where, "no residents in any cell", "residents per cell", "check the band")
        )
    raise_problems(problems)
    return Grid(values=values, transform=transform, crs=crs)


def zonal(grid: Grid, zones: gpd.GeoDataFrame) -> pd.Series:
    """Sum a grid over zones, part-covered cells by the part covered; on ``zone_id``."""
    raster = _raster(grid, np.nan_to_num(grid.values), zones)
    sums = exact_extract(raster, zones[["geometry"]], ["sum"], output="pandas")["sum"]
    return pd.Series(
        sums.fillna(0.0).to_numpy(), index=pd.Index(zones["zone_id"], name="zone_id"), name="total"
    )


def habitable_pieces(
    districts: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    ports: gpd.GeoDataFrame | None,
    water: gpd.GeoDataFrame | None,
) -> gpd.GeoDataFrame:
    """Cut the habitable ground of districts by the zones of their own municipality.

    Parameters
    ----------
    districts, zones, ports, water
        As in `spread_districts`.

    Returns
    -------
    GeoDataFrame
        ``zone_id, municipality_code, residents`` and the ground; the pieces of a district share its
        residents by area and sum to them, unless it has no ground in its municipality.
    """
    ground, shapes = outlines(districts), outlines(zones)
    if water is not None and len(water):
        dry = shapely.difference(ground, shapely.union_all(outlines(water)))
        ground = np.where(shapely.area(dry) > 0, dry, ground)
    if ports is not None and len(ports):
        # The zones of ports hold strips of shore that the outlines of ports leave out.
        port_zones = shapes[(zones["zone_id"] != zones["municipality_code"]).to_numpy()]
        closed = shapely.union_all(np.concatenate([outlines(ports), port_zones]))
        free = shapely.difference(ground, closed)
        in_port = shapely.area(free) < (1.0 - IN_PORT) * shapely.area(ground)
        ground = np.where(in_port, ground, free)
    district, zone = shapely.STRtree(shapes).query(ground, predicate="intersects")
    codes = districts["municipality_code"].to_numpy()
    own = codes[district] == zones["municipality_code"].to_numpy()[zone]
    district, zone = district[own], zone[own]
    pieces = _intersections(ground, shapes, district, zone)
    area = shapely.area(pieces)
    # What is less than a drawn line, or next to nothing of its district, is nobody's home.
    kept = area > np.maximum(_PIECE_M2, _PIECE_SHARE * shapely.area(ground)[district])
    district, zone, pieces, area = district[kept], zone[kept], pieces[kept], area[kept]
    whole = np.bincount(district, weights=area, minlength=len(districts))
    return gpd.GeoDataFrame(
        {
            "zone_id": zones["zone_id"].to_numpy()[zone],
            "municipality_code": codes[district],
            "residents": districts["residents"].to_numpy()[district] * area / whole[district],
        },
        geometry=pieces,
        crs=zones.crs,
    )


def _intersections(
    ground: NDArray[np.object_],
    shapes: NDArray[np.object_],
    district: NDArray[np.int64],
    zone: NDArray[np.int64],
) -> NDArray[np.object_]:
    """Intersect pairs of polygons; a district that lies in its zone needs no cutting."""
    shapely.prepare(shapes)
    whole = shapely.covers(shapes[zone], ground[district])
    cut = ground[district]
    cut[~whole] = shapely.intersection(cut[~whole], shapes[zone[~whole]])
    # Along a border an intersection leaves points and lines beside polygons.
    mixed = np.flatnonzero(shapely.get_type_id(cut) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for i in mixed:
        parts = shapely.get_parts(cut[i])
        cut[i] = shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
    return cut


def _cells(grid: Grid, shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return ``row`` of the shape, ``cell`` and the part of it covered, for every overlap."""
    raster = _raster(grid, np.zeros(grid.values.shape, dtype=np.uint8), shapes)
    found = exact_extract(raster, shapes[["geometry"]], ["cell_id", "coverage"], output="pandas")
    counts = found["cell_id"].map(len).to_numpy()
    return pd.DataFrame(
        {
            "row": np.repeat(np.arange(len(shapes)), counts),
            "cell": np.concatenate(found["cell_id"].to_list()).astype(np.int64),
            "coverage": np.concatenate(found["coverage"].to_list()),
        }
    )


def _raster(grid: Grid, values: NDArray[np.generic], shapes: gpd.GeoDataFrame) -> NumPyRasterSource:
    height, width = values.shape
    return NumPyRasterSource(
        values,
        xmin=grid.transform.c,
        ymin=grid.transform.f + height * grid.transform.e,
        xmax=grid.transform.c + width * grid.transform.a,
        ymax=grid.transform.f,
        srs_wkt=_crs(shapes).to_wkt(),
    )


def _crs(frame: gpd.GeoDataFrame) -> pyproj.CRS:
    return pyproj.CRS(frame.crs)


def _check_totals(totals: pd.Series, zones: gpd.GeoDataFrame) -> list[str]:
    """Name the municipalities without a total; a region without residents has nobody to place."""
    problems = [
        problem("residents", f"no total for {code}", "one for each municipality", "add it")
        for code in sorted(set(zones["municipality_code"]) - set(totals.index))
    ]
    if not problems and not totals.sum() > 0:
        problems.append(
            problem("residents", "the totals sum to zero", "some residents", "correct the figures")
        )
    return problems
