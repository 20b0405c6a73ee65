"""How fast, measured beside peers on the same areas in the same run.

Districts of a whole country are read from the GeoPackage that ATLAS_BENCH_DISTRICTS names; without
it a square country of about as many districts is made.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from exactextract import exact_extract

from atlas.grid import Grid, habitable_pieces, zonal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.bench

SIDE_M = 300_000.0


@pytest.fixture(scope="session")
def districts() -> gpd.GeoDataFrame:
    path = os.environ.get("ATLAS_BENCH_DISTRICTS")
    if path:
        frame = gpd.read_file(path).to_crs("EPSG:28992")
        residents = next(c for c in frame.columns if "population" in c or "residents" in c)
        frame = frame.rename(columns={residents: "residents"})[["residents", "geometry"]]
        return frame[frame.geometry.is_valid & (frame["residents"] > 0)].assign(
            municipality_code="GM"
        )
    edges = np.linspace(0, SIDE_M, 59)
    squares = [
        shapely.box(x, y, x + edges[1], y + edges[1]) for x in edges[:-1] for y in edges[:-1]
    ]
    residents = np.random.default_rng(1).integers(1, 9000, len(squares)).astype(float)
    return gpd.GeoDataFrame(
        {"residents": residents, "municipality_code": "GM"}, geometry=squares, crs="EPSG:28992"
    )


@pytest.fixture(scope="session")
def zones(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Squares of 7 km, laid across the borders of the districts."""
    west, south, east, north = districts.total_bounds
    step = 7_000.0
    squares = [
        shapely.box(x, y, x + step, y + step)
        for x in np.arange(west - 1, east + step, step)
        for y in np.arange(south - 1, north + step, step)
    ]
    frame = gpd.GeoDataFrame(geometry=squares, crs=districts.crs)
    near = frame.sindex.query(districts.geometry, predicate="intersects")[1]
    frame = frame.iloc[np.unique(near)].reset_index(drop=True)
    return frame.assign(zone_id=frame.index.map("Z{:04d}".format), municipality_code="GM")


@pytest.fixture(scope="session")
def grid(districts: gpd.GeoDataFrame) -> Grid:
    west, _, _, north = districts.total_bounds
    values = np.random.default_rng(2).uniform(0, 50, (3_200, 2_800))
    transform = Affine(100, 0, np.floor(west / 100) * 100, 0, -100, np.ceil(north / 100) * 100)
    return Grid(values=values, transform=transform, crs="EPSG:28992")


@pytest.fixture(scope="session")
def raster(grid: Grid, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("grid") / "grid.tif"
    height, width = grid.values.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=1, dtype="float64",
        crs=grid.crs, transform=grid.transform,
    ) as out:  # fmt: skip
        out.write(grid.values, 1)
    return path


# ------------------------------------------------------------------ weights


@pytest.mark.benchmark(group="weights: districts onto zones")
def test_weights_atlas(benchmark: Any, districts: Any, zones: Any) -> None:
    pieces = benchmark.pedantic(
        habitable_pieces, (districts, zones), {"ports": None, "water": None}, rounds=3
    )
    assert pieces["residents"].sum() == pytest.approx(districts["residents"].sum(), rel=1e-9)


@pytest.mark.benchmark(group="weights: districts onto zones")
@pytest.mark.filterwarnings("ignore")
def test_weights_tobler(benchmark: Any, districts: Any, zones: Any) -> None:
    from tobler.area_weighted import area_interpolate  # noqa: PLC0415 - heavy, one bench

    found = benchmark.pedantic(
        area_interpolate,
        (districts, zones),
        {"extensive_variables": ["residents"], "allocate_total": True},
        rounds=3,
    )
    pieces = habitable_pieces(districts, zones, ports=None, water=None)
    ours = pieces.groupby("zone_id")["residents"].sum().reindex(zones["zone_id"]).fillna(0.0)
    # tobler keeps its weights in single precision.
    assert found["residents"].to_numpy() == pytest.approx(ours.to_numpy(), rel=1e-5, abs=1e-2)


# ------------------------------------------------------------------ zonal sums


@pytest.mark.benchmark(group="zonal sums: 100 m grid over zones")
def test_zonal_atlas(benchmark: Any, grid: Grid, zones: Any, raster: Path) -> None:
    sums = benchmark.pedantic(zonal, (grid, zones), rounds=3)
    theirs = exact_extract(raster, zones, ["sum"], output="pandas")["sum"]
    assert sums.to_numpy() == pytest.approx(theirs.fillna(0.0).to_numpy(), rel=1e-6, abs=1e-6)


@pytest.mark.benchmark(group="zonal sums: 100 m grid over zones")
def test_zonal_exactextract(benchmark: Any, zones: Any, raster: Path) -> None:
    found = benchmark.pedantic(
        exact_extract, (raster, zones, ["sum"]), {"output": "pandas"}, rounds=3
    )
    assert len(found) == len(zones)


@pytest.mark.benchmark(group="zonal sums: 100 m grid over zones")
@pytest.mark.filterwarnings("ignore")
def test_zonal_rasterstats(benchmark: Any, zones: Any, raster: Path) -> None:
    from rasterstats import zonal_stats  # noqa: PLC0415 - heavy, one bench

    found = benchmark.pedantic(
        zonal_stats, (zones, str(raster)), {"stats": ["sum"], "nodata": -1}, rounds=1
    )
    assert len(found) == len(zones)


# ------------------------------------------------------------------ the build and the page


COLD = """
import resource, sys
from atlas.cli import main
main(standalone_mode=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


@pytest.mark.benchmark(group="atlas build zuid-holland, cold")
def test_build(benchmark: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-c", COLD, "build", "--quiet", "--out", str(tmp_path)]
    options = {"check": True, "capture_output": True, "text": True}
    done = benchmark.pedantic(subprocess.run, (command,), options, rounds=3)
    peak = int(done.stderr.split()[-1]) / 1024
    page = (tmp_path / "maps" / "zuid-holland.html").stat().st_size / 1e6
    package = (tmp_path / "layers" / "zuid-holland.gpkg").stat().st_size / 1e6
    benchmark.extra_info |= {"peak_mb": peak, "page_mb": page, "geopackage_mb": package}
    print(f"\npeak memory {peak:.0f} MB, page {page:.2f} MB, GeoPackage {package:.2f} MB")
    assert page <= 1.5
