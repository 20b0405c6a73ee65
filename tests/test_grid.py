"""Residents live where they can, and every sum of the grid comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import world
from affine import Affine
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given
from hypothesis import strategies as st
from strategies import Region, frame, grids, regions

from atlas.areas import partition
from atlas.errors import DataError
from atlas.grid import Grid, centres, cut_grid, read_grid, spread_districts, zonal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd

TOTALS = pd.Series(world.RESIDENTS)
ZONES = partition(world.municipalities(), world.ports())


def spread_world(**replaced: object) -> tuple[Grid, pd.DataFrame]:
    given_ = {"ports": world.ports(), "water": world.water(), **replaced}
    return spread_districts(world.districts(), ZONES, TOTALS, **given_)


def on_zones(cells: pd.DataFrame) -> pd.Series:
    return cells.groupby("zone_id")["residents"].sum().reindex(ZONES["zone_id"], fill_value=0.0)


def cell_boxes(grid: Grid) -> list[shapely.Polygon]:
    a, _, left, _, e, top = grid.transform[:6]
    rows, columns = grid.values.shape
    return [
        shapely.box(left + j * a, top + (i + 1) * e, left + (j + 1) * a, top + i * e)
        for i in range(rows)
        for j in range(columns)
    ]


def parts_by_hand(grid: Grid, zones: gpd.GeoDataFrame) -> np.ndarray:
    """Return what part of each cell (columns) each zone (rows) covers, polygon by polygon."""
    boxes = np.array(cell_boxes(grid))
    shapes = np.asarray(zones.geometry.array)
    area = shapely.area(shapely.intersection(shapes[:, None], boxes[None, :]))
    return area / shapely.area(boxes)[None, :]


def test_the_world_lives_where_it_can() -> None:
    grid, cells = spread_world()
    assert on_zones(cells).round(9).to_dict() == {
        **{code: 100.0 * i for i, code in enumerate(world.CODES, 1)},
        # The empty port; and the port with a district of its own, 75 of 300 before rescaling.
        "GM0005.west": 0.0,
        "GM0006": 450.0,
        "GM0006.kade": 150.0,
    }
    assert grid.transform == Affine(100, 0, 90_000, 0, -100, 443_000)
    assert grid.values.shape == (30, 30)
    # GM0001: 100 people on the 50 cells west of the water, two in each.
    corner = grid.values[20:, :10]
    np.testing.assert_allclose(corner[:, :5], 2.0, rtol=1e-9)
    assert np.isnan(corner[:, 5:]).all()
    # GM0005: 500 people on 50 cells, nobody in the port.
    middle = grid.values[10:20, 10:20]
    assert np.isnan(middle[:, :5]).all()
    np.testing.assert_allclose(middle[:, 5:], 10.0, rtol=1e-9)
    assert np.nansum(grid.values) == pytest.approx(4500, rel=1e-12)


def test_a_district_that_lies_nearly_all_in_a_port_keeps_its_residents() -> None:
    kade = world.PORTS["kade"][1]
    for share, there in ((0.96, True), (0.94, False)):
        districts = world.districts()
        # The district reaches out of the port: 4 or 6 % of it lies north of the port.
        height = 250 / share
        shapes = np.array(districts.geometry.array)
        shapes[-1] = shapely.box(92_000, 441_000, 93_000, 441_000 + height)
        shapes[-2] = shapely.difference(world.SQUARES["GM0006"], shapes[-1])
        _, cells = spread_districts(
            districts.set_geometry(shapes, crs=world.CRS), ZONES, TOTALS, ports=world.ports(),
            water=None,
        )  # fmt: skip
        in_port = on_zones(cells)["GM0006.kade"]
        assert in_port == pytest.approx(150 * share if there else 0.0, rel=1e-6)
        assert kade.area == 250_000


def test_nobody_lives_on_a_strip_of_shore_along_an_empty_port() -> None:
    ports = frame(
        [shapely.box(90_030, 440_000, 90_500, 441_000)],
        port_id=["p"],
        name=["P"],
        municipality_code=["GM0001"],
    )
    zones = partition(world.municipalities(), ports)
    _, cells = spread_districts(world.districts(), zones, TOTALS, ports=ports, water=None)
    sums = cells.groupby("zone_id")["residents"].sum()
    assert sums["GM0001"] == pytest.approx(100)
    assert "GM0001.p" not in sums


def test_a_district_all_in_water_keeps_its_residents() -> None:
    _, cells = spread_world(water=frame([world.SQUARES["GM0002"].buffer(10)], name=["meer"]))
    assert on_zones(cells)["GM0002"] == pytest.approx(200)


def test_nobody_crosses_a_border_that_two_maps_draw_differently() -> None:
    districts = world.districts()
    shapes = np.array(districts.geometry.array)
    shapes[0] = shapely.box(90_000, 440_000, 91_300, 441_000)
    _, cells = spread_districts(
        districts.set_geometry(shapes, crs=world.CRS), ZONES, TOTALS, ports=None, water=None
    )
    assert on_zones(cells)["GM0001"] == pytest.approx(100)
    assert on_zones(cells)["GM0002"] == pytest.approx(200)


@given(regions())
def test_cells_and_zones_sum_to_the_municipal_totals(region: Region) -> None:
    zones = partition(region.municipalities, region.ports)
    grid, cells = spread_districts(
        region.districts, zones, region.totals, ports=region.ports, water=region.water
    )
    whole = region.totals.sum()
    assert abs(np.nansum(grid.values) - whole) <= 1e-9 * whole
    assert (cells["residents"] >= 0).all()
    owner = zones.set_index("zone_id")["municipality_code"]
    sums = cells.groupby(cells["zone_id"].map(owner))["residents"].sum()
    for code, total in region.totals.items():
        assert abs(sums.get(code, 0.0) - total) <= 1e-9 * total
    # A port leaves every district three tenths; only where these are water may it hold people.
    if region.water is None:
        kinds = zones.set_index("zone_id")["kind"]
        assert cells.loc[cells["zone_id"].map(kinds) == "port", "residents"].sum() == 0
    by_cell = cells.groupby("cell")["residents"].sum()
    np.testing.assert_allclose(grid.values.ravel()[by_cell.index], by_cell, rtol=1e-9, atol=1e-9)
    assert np.isnan(np.delete(grid.values.ravel(), by_cell.index)).all()


@given(regions())
def test_water_is_empty(region: Region) -> None:
    if region.water is None:
        return
    zones = partition(region.municipalities, region.ports)
    grid, _ = spread_districts(
        region.districts, zones, region.totals, ports=region.ports, water=region.water
    )
    lake = region.water.geometry.iloc[0]
    drowned = region.districts.geometry.within(lake.buffer(1e-6))
    if drowned.any():  # such a district keeps its residents
        return
    wet = [lake.contains(box) for box in cell_boxes(grid)]
    assert np.nansum(grid.values.ravel()[wet]) == 0


@given(st.data())
def test_sums_over_zones_equal_those_by_hand(data: st.DataObject) -> None:
    region = data.draw(regions())
    zones = partition(region.municipalities, region.ports)
    grid = data.draw(grids(region.municipalities.total_bounds))
    expected = parts_by_hand(grid, zones) @ grid.values.ravel()
    np.testing.assert_allclose(zonal(grid, zones), expected, rtol=1e-6)
    height, width = grid.values.shape
    raster = NumPyRasterSource(
        grid.values,
        xmin=grid.transform.c,
        ymax=grid.transform.f,
        xmax=grid.transform.c + width * grid.transform.a,
        ymin=grid.transform.f + height * grid.transform.e,
        srs_wkt=zones.crs.to_wkt(),
    )
    own = exact_extract(raster, zones[["geometry"]], ["sum"], output="pandas")["sum"]
    np.testing.assert_allclose(zonal(grid, zones), own, rtol=1e-12)


@given(st.data())
def test_a_users_grid_takes_the_place_of_the_districts(data: st.DataObject) -> None:
    region = data.draw(regions())
    zones = partition(region.municipalities, region.ports)
    grid = data.draw(grids(region.municipalities.total_bounds))
    raw = pd.Series(parts_by_hand(grid, zones) @ grid.values.ravel(), index=zones["zone_id"])
    # Figures of another year: as many residents, but in other municipalities.
    totals = region.totals * raw.sum() / region.totals.sum()
    scaled, cells, left_out = cut_grid(grid, zones, totals)
    whole = totals.sum()
    assert abs(np.nansum(scaled.values) - whole) <= 1e-9 * whole
    owner = zones.set_index("zone_id")["municipality_code"]
    scale = totals / raw.groupby(owner).sum()
    expected = raw * owner.map(scale)
    found = cells.groupby("zone_id")["residents"].sum().reindex(raw.index, fill_value=0.0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)
    outside = grid.values.sum() - raw.sum()
    assert bool(left_out) == (outside >= 0.5)
    parts = parts_by_hand(grid, zones).sum(axis=0)
    assert np.isnan(scaled.values.ravel()[parts < 1e-9]).all()


def test_what_a_users_grid_has_outside_all_zones_is_told() -> None:
    values = np.full((4, 4), 500.0)
    grid = Grid(values, Affine(1000, 0, 89_500, 0, -1000, 443_500), world.CRS)
    _, _, left_out = cut_grid(grid, ZONES, TOTALS)
    # Half a cell all round: 16 cells of 500 against 9 km2 of 500.  None is wholly outside.
    assert left_out == ["0 cells in no zone; 3500 residents in these and on the border"]
    assert cut_grid(exact_grid(), ZONES, TOTALS)[2] == []
    # Parts of cells add up to one within six digits: that is nobody outside.
    sevenths = Grid(
        np.full((7, 7), 1e2), Affine(3e3 / 7, 0, 90_000, 0, -3e3 / 7, 443_000), world.CRS
    )
    assert cut_grid(sevenths, ZONES, TOTALS)[2] == []


def exact_grid(value: float = 125.0) -> Grid:
    return Grid(np.full((6, 6), value), Affine(500, 0, 90_000, 0, -500, 443_000), world.CRS)


def test_a_users_grid_is_scaled_to_the_municipalities() -> None:
    _, cells, _ = cut_grid(exact_grid(), ZONES, TOTALS)
    # Every square has the same four cells, so zones follow their ground.
    found = on_zones(cells)
    assert found["GM0009"] == pytest.approx(900)
    assert found[["GM0005", "GM0005.west"]].tolist() == pytest.approx([250, 250])
    assert found[["GM0006", "GM0006.kade"]].tolist() == pytest.approx([450, 150])


def test_a_grid_that_leaves_a_municipality_out_is_refused() -> None:
    grid = replace(exact_grid(), transform=Affine(500, 0, 91_000, 0, -500, 443_000))
    with pytest.raises(DataError) as error:
        cut_grid(grid, ZONES, TOTALS)
    assert [line.split(":")[0] for line in error.value.problems] == [
        f"grid of residents in GM000{i}" for i in (1, 4, 7)
    ]


@pytest.mark.parametrize(("value", "there"), [(50.0, "1800"), (500.0, "18000")])
def test_a_grid_of_something_else_than_residents_is_refused(value: float, there: str) -> None:
    with pytest.raises(DataError) as error:
        cut_grid(exact_grid(value), ZONES, TOTALS)
    (line,) = error.value.problems
    assert line.startswith(f"grid of residents: {there} residents in the region; about 4500; ")


def test_districts_that_leave_a_municipality_out_are_refused() -> None:
    districts = world.districts()
    less = districts[districts["municipality_code"] != "GM0004"]
    with pytest.raises(DataError) as error:
        spread_districts(less, ZONES, TOTALS, ports=None, water=None)
    (line,) = error.value.problems
    assert line.startswith("districts of GM0004: no residents; 400 residents to place; ")


@pytest.mark.parametrize(
    ("totals", "message"),
    [(TOTALS.drop("GM0003"), "no total for GM0003"), (TOTALS * 0, "sum to zero")],
)
def test_totals_that_cannot_be_placed_are_refused(totals: pd.Series, message: str) -> None:
    with pytest.raises(DataError, match=message):
        spread_districts(world.districts(), ZONES, totals, ports=None, water=None)
    with pytest.raises(DataError, match=message):
        cut_grid(exact_grid(), ZONES, totals)


def test_a_zone_lives_on_average_where_its_residents_do() -> None:
    grid, cells = spread_world()
    middle = centres(cells, grid, ZONES)
    # West of the water; east of the port; and nobody in the port: a point on its surface.
    assert middle["GM0001"].coords[0] == pytest.approx((90_250, 440_500))
    assert middle["GM0005"].coords[0] == pytest.approx((91_750, 441_500))
    assert world.PORTS["west"][1].contains(middle["GM0005.west"])


# ---------------------------------------------------------------- a GeoTIFF of the user's


def write_tif(path: Path, values: np.ndarray, **given_: object) -> Path:
    values = np.atleast_3d(values).transpose(2, 0, 1) if values.ndim == 2 else values
    profile = {
        "driver": "GTiff",
        "height": values.shape[1],
        "width": values.shape[2],
        "count": values.shape[0],
        "dtype": values.dtype,
        "crs": world.CRS,
        "transform": Affine(500, 0, 90_000, 0, -500, 443_000),
        **given_,
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(values)
    return path


def test_a_geotiff_is_read_with_its_nodata(tmp_path: Path) -> None:
    values = np.array([[1.0, -9.0], [2.0, 3.0]], dtype="float32")
    grid = read_grid(write_tif(tmp_path / "r.tif", values, nodata=-9.0), crs=world.CRS)
    np.testing.assert_array_equal(grid.values, [[1.0, np.nan], [2.0, 3.0]])
    assert grid.transform.c == 90_000
    whole = write_tif(tmp_path / "i.tif", np.array([[1, 2]], dtype="uint16"))
    assert read_grid(whole, crs=world.CRS).values.tolist() == [[1.0, 2.0]]


ONES = np.ones((2, 2))
BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no CRS": (lambda p: write_tif(p, ONES, crs=None), "no CRS; EPSG:28992 is expected"),
    "other CRS": (lambda p: write_tif(p, ONES, crs="EPSG:3035"), "EPSG:3035; EPSG:28992 is expec"),
    "degrees": (
        lambda p: write_tif(p, ONES, crs="EPSG:4326", transform=Affine(0.1, 0, 4, 0, -0.1, 52)),
        "EPSG:4326; EPSG:28992 is expected",
    ),
    "negative": (lambda p: write_tif(p, -ONES), "a cell of -1; zero or more"),
    "zero": (lambda p: write_tif(p, ONES * 0), "no residents in any cell"),
    "all nodata": (lambda p: write_tif(p, ONES * 0, nodata=0), "no residents in any cell"),
    "infinite": (lambda p: write_tif(p, ONES * np.inf), "an infinite cell"),
    "two bands": (lambda p: write_tif(p, np.ones((2, 2, 2))), "2 bands; one band"),
    "rotated": (
        lambda p: write_tif(p, ONES, transform=Affine(500, 9, 90_000, 9, -500, 443_000)),
        "a rotated or south-up raster",
    ),
    "mirrored": (
        lambda p: write_tif(p, ONES, transform=Affine(-500, 0, 91_000, 0, -500, 443_000)),
        "a rotated or south-up raster",
    ),
    "nowhere": (
        lambda p: write_tif(p, ONES, crs=None, transform=Affine.identity()),
        "no CRS; EPSG:28992 is expected",
    ),
    "text": (lambda p: p.write_text("no raster") and p, "not readable"),
    "empty file": (lambda p: p.write_bytes(b"") or p, "not readable"),
    "missing": (lambda p: p, "not readable"),
    "cut off": (
        lambda p: p.write_bytes(write_tif(p, np.ones((99, 99))).read_bytes()[:300]) and p,
        "not readable",
    ),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_wrong_geotiff_is_one_clear_line(case: str, tmp_path: Path) -> None:
    make, message = BAD[case]
    path = make(tmp_path / "residents.tif")
    with pytest.raises(DataError) as error:
        read_grid(path, crs=world.CRS)
    (line,) = error.value.problems
    assert line.startswith("residents.tif: ")
    assert message in line
    assert "\n" not in line
    assert str(tmp_path) not in line
