"""Zones share no ground and leave none out; codes and points find their place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import world
from hypothesis import given
from strategies import Region, frame, regions

from atlas.areas import (
    UNALLOCATED,
    check_codes,
    check_outlines,
    check_partition,
    measure_area_km2,
    municipalities_of,
    partition,
    place_points,
    recode,
)
from atlas.catalog import load
from atlas.errors import AtlasError, ConservationError, DataError
from atlas.inputs import read_inputs

KM2 = 1e6


def zones_of_world() -> gpd.GeoDataFrame:
    return partition(world.municipalities(), world.ports())


def shape_of(zones: gpd.GeoDataFrame, zone_id: str) -> shapely.Geometry:
    return zones.set_index("zone_id").geometry[zone_id]


def test_ports_are_carved_out_of_their_municipality() -> None:
    zones = zones_of_world()
    assert zones["zone_id"].tolist() == [
        *world.CODES[:5], "GM0005.west", "GM0006", "GM0006.kade", *world.CODES[6:]
    ]  # fmt: skip
    area = dict(zip(zones["zone_id"], zones.geometry.area / KM2, strict=True))
    assert area["GM0005"] == area["GM0005.west"] == pytest.approx(0.5)
    assert area["GM0006"] == pytest.approx(0.75)
    assert area["GM0006.kade"] == pytest.approx(0.25)
    assert shape_of(zones, "GM0005.west").equals(world.PORTS["west"][1])
    kinds = zones.set_index("zone_id")["kind"]
    assert kinds[["GM0005", "GM0005.west"]].tolist() == ["municipality", "port"]
    assert zones.set_index("zone_id")["name"]["GM0005.west"] == "Haven west"


def test_without_ports_zones_are_municipalities() -> None:
    zones = partition(world.municipalities(), None)
    assert zones["zone_id"].tolist() == world.CODES
    assert (zones["kind"] == "municipality").all()
    assert all(shape_of(zones, c).equals(s) for c, s in world.SQUARES.items())


@given(regions())
def test_zones_are_a_partition(region: Region) -> None:
    zones = partition(region.municipalities, region.ports)
    shapes = np.asarray(zones.geometry.array)
    assert shapely.coverage_is_valid(shapes)
    whole = region.municipalities.geometry.area.sum()
    assert abs(zones.geometry.area.sum() - whole) <= 1e-9 * whole
    own = region.municipalities.set_index("municipality_code").geometry
    for zone in zones.itertuples():
        ground = own[zone.municipality_code]
        outside = zone.geometry.difference(ground.buffer(1e-6)).area
        assert outside == 0, f"{zone.zone_id} leaves its municipality"
    count = 0 if region.ports is None else len(region.ports)
    assert len(zones) == len(region.municipalities) + count


@given(regions())
def test_a_port_that_sticks_out_is_cut_at_the_border(region: Region) -> None:
    if region.ports is None:
        return
    zones = partition(region.municipalities, region.ports)
    own = region.municipalities.set_index("municipality_code").geometry
    for port in region.ports.itertuples():
        expected = port.geometry.intersection(own[port.municipality_code])
        found = shape_of(zones, f"{port.municipality_code}.{port.port_id}")
        assert expected.difference(found).area <= 1e-6
        # Beyond its outline a port has strips of its own shore, narrower than 100 m on average.
        for strip in shapely.get_parts(found.difference(expected)):
            assert strip.area <= 1e-6 or 2 * strip.area / strip.length < 100


@given(regions())
def test_splitting_a_port_changes_no_municipality(region: Region) -> None:
    if region.ports is None:
        return
    halves = []
    for port in region.ports.itertuples():
        west, south, east, north = port.geometry.bounds
        middle = (west + east) / 2
        halves.append((port, "a", shapely.box(west, south, middle, north)))
        halves.append((port, "b", shapely.box(middle, south, east, north)))
    split = frame(
        [shape for _, _, shape in halves],
        port_id=[f"{port.port_id}_{half}" for port, half, _ in halves],
        name=[f"{port.name}_{half}" for port, half, _ in halves],
        municipality_code=[port.municipality_code for port, _, _ in halves],
    )
    joined = []
    for ports in (region.ports, split):
        zones = partition(region.municipalities, ports)
        area = pd.DataFrame({"area": zones.geometry.area})
        joined.append(municipalities_of(zones, area))
    assert joined[0]["municipality_code"].tolist() == joined[1]["municipality_code"].tolist()
    np.testing.assert_allclose(joined[0]["area"], joined[1]["area"], rtol=1e-9)
    apart = joined[0].geometry.symmetric_difference(joined[1].geometry).area
    assert apart.max() <= 1e-6


def test_the_real_region_has_61_zones_and_50_municipalities(request: pytest.FixtureRequest) -> None:
    home = request.config.rootpath
    catalog = load(home)
    inputs = read_inputs(catalog, catalog.regions["zuid-holland"])
    zones = partition(inputs.municipalities, inputs.ports)
    assert len(zones) == 61
    assert zones["municipality_code"].nunique() == 50
    assert (zones["kind"] == "port").sum() == 11
    assert shapely.coverage_is_valid(np.asarray(zones.geometry.array))
    whole = shapely.union_all(np.asarray(inputs.municipalities.geometry.array)).area
    assert abs(zones.geometry.area.sum() - whole) <= 1e-9 * whole


@pytest.mark.parametrize(
    ("port", "area_km2"),
    [
        # 30 m of shore west of the port, cut off from the rest by it: the port's.
        ((90_030, 440_000, 90_500, 441_000), 0.5),
        # 200 m is ground of its own.
        ((90_200, 440_000, 90_500, 441_000), 0.3),
        # 30 m all round, but one with the rest of the municipality.
        ((90_030, 440_030, 90_500, 440_970), 0.47 * 0.94),
        # A port with nothing but a strip beside it leaves the strip to the municipality.
        ((90_000, 440_000, 90_970, 441_000), 0.97),
    ],
)
def test_a_strip_of_shore_along_a_port_is_the_ports(
    port: tuple[float, ...], area_km2: float
) -> None:
    ports = frame([shapely.box(*port)], port_id=["p"], name=["P"], municipality_code=["GM0001"])
    zones = partition(world.municipalities(), ports)
    area = dict(zip(zones["zone_id"], zones.geometry.area / KM2, strict=True))
    assert area["GM0001.p"] == pytest.approx(area_km2)
    assert area["GM0001"] == pytest.approx(1 - area_km2)
    assert area["GM0002"] == 1


def test_overlapping_municipalities_are_named_as_a_pair() -> None:
    municipalities = world.municipalities()
    shapes = list(world.SQUARES.values())
    shapes[0] = shapely.box(90_000, 440_000, 91_010, 441_000)
    with pytest.raises(DataError) as error:
        partition(municipalities.set_geometry(shapes, crs=world.CRS), None)
    assert error.value.problems == (
        (
            "municipalities: Vak 1 and Vak 2 overlap by 10000 m2; no shared ground; "
            "correct one of the two outlines"
        ),
    )


def test_a_narrow_gap_is_one_problem_and_a_wide_one_is_water() -> None:
    def moved(west: float) -> gpd.GeoDataFrame:
        shapes = list(world.SQUARES.values())[:2]
        shapes[1] = shapely.box(west, 440_000, 92_000, 441_000)
        return frame(shapes, municipality_code=world.CODES[:2], name=["A", "B"])

    with pytest.raises(DataError) as error:
        partition(moved(91_000.2), None)
    (line,) = error.value.problems
    assert line.startswith("municipalities: the borders of A and B do not meet over 1000 m; ")
    assert len(partition(moved(91_010), None)) == 2


def test_only_neighbours_along_a_gap_are_named() -> None:
    # The first square ends 0.3 m early: its border with the second gapes, and the fourth has a
    # corner where it has none.  The second and the fourth only touch.
    shapes = list(world.SQUARES.values())
    shapes[0] = shapely.box(90_000, 440_000, 90_999.7, 441_000)
    municipalities = world.municipalities().set_geometry(shapes, crs=world.CRS)
    pairs = [line.split(" do not")[0] for line in check_outlines(municipalities, None)]
    assert pairs == [
        "municipalities: the borders of Vak 1 and Vak 2",
        "municipalities: the borders of Vak 1 and Vak 4",
    ]


def test_a_vertex_that_the_neighbour_lacks_is_a_fault() -> None:
    bent = shapely.Polygon(
        [(90_000, 440_000), (91_000, 440_000), (91_000.001, 440_500), (91_000, 441_000),
         (90_000, 441_000)]
    )  # fmt: skip
    both = frame([bent, world.SQUARES["GM0002"]], municipality_code=["a", "b"], name=["A", "B"])
    assert "the borders of A and B do not meet" in check_outlines(both, None)[0]


@pytest.mark.parametrize(
    ("ports", "message"),
    [
        ({"a": ("GM0005", (92_100, 441_300, 92_500, 441_900))}, "0% of it lies in GM0005"),
        ({"a": ("GM9999", (91_000, 441_000, 91_100, 441_100))}, "unknown municipality GM9999"),
        (
            {
                "a": ("GM0005", (91_000, 441_000, 91_200, 441_200)),
                "b": ("GM0005", (91_100, 441_100, 91_300, 441_300)),
            },
            "Haven a and Haven b overlap by 10000 m2",
        ),
        ({"a": ("GM0005", (91_000, 441_000, 92_000, 442_000))}, "nothing is left of GM0005"),
    ],
)
def test_ports_that_cannot_be(
    ports: dict[str, tuple[str, tuple[float, ...]]], message: str
) -> None:
    table = frame(
        [shapely.box(*box) for _, box in ports.values()],
        port_id=list(ports),
        name=[f"Haven {name}" for name in ports],
        municipality_code=[code for code, _ in ports.values()],
    )
    with pytest.raises(AtlasError) as error:
        partition(world.municipalities(), table)
    assert len(error.value.problems) == 1
    assert message in error.value.problems[0]


def test_what_is_no_partition_is_refused() -> None:
    zones = zones_of_world()
    check_partition(zones, world.municipalities())
    doubled = zones.copy()
    doubled.loc[0, "geometry"] = shapely.box(90_000, 440_000, 91_500, 441_000)
    with pytest.raises(ConservationError, match="overlap"):
        check_partition(doubled, world.municipalities())
    with pytest.raises(ConservationError, match="m2 in zones"):
        check_partition(zones.iloc[:-1], world.municipalities())


def test_area_is_measured_in_the_equal_area_system() -> None:
    area = measure_area_km2(zones_of_world(), crs="EPSG:3035")
    # A square kilometre of the national grid is within 0.1 % of one on the ground.
    assert area["GM0001"] == pytest.approx(1.0, rel=1e-3)
    assert area["GM0001"] != pytest.approx(1.0, rel=1e-9)


def test_mergers_are_followed_to_their_end() -> None:
    codes = pd.Series(["GM1", "GM2", "GM3", "GM4", None])
    recoded = recode(codes, {"GM1": "GM2", "GM2": "GM3"})
    assert recoded.tolist()[:4] == ["GM3", "GM3", "GM3", "GM4"]
    assert pd.isna(recoded.iloc[4])


def test_unknown_codes_are_named_with_their_rows() -> None:
    codes = pd.Series(["GM1", "GM7", "GM0000", "GM7"], index=pd.Index([2, 3, 4, 5], name="line"))
    known = pd.Series(["GM1"])
    (line,) = check_codes(codes, known, where="x.csv")
    assert line.startswith("x.csv: unknown municipality GM7 in line 3, 5; ")
    assert len(check_codes(codes, known, where="x.csv", unplaced=False)) == 2


@pytest.mark.parametrize(
    ("point", "code", "zone_id", "off_m"),
    [
        ((90_250, 440_500), "GM0001", "GM0001", 0.0),
        ((91_250, 441_500), "GM0005", "GM0005.west", 0.0),
        ((91_250, 441_500), None, "GM0005.west", 0.0),
        ((89_900, 440_500), "GM0001", "GM0001", 100.0),
        ((89_500, 440_500), "GM0001", "GM0001", 500.0),
        ((89_499, 440_500), "GM0001", UNALLOCATED, None),
        # Just over the border the register is right, and far from it the coordinates are.
        ((92_100, 441_500), "GM0005", "GM0005", 100.0),
        ((92_600, 440_500), "GM0001", "GM0003", 0.0),
        # The nearest zone of a municipality with a port.
        ((90_900, 441_500), "GM0005", "GM0005.west", 100.0),
        (None, "GM0001", UNALLOCATED, None),
    ],
)
def test_points_are_placed(
    point: tuple[float, float] | None, code: str | None, zone_id: str, off_m: float | None
) -> None:
    shapes = [None if point is None else shapely.Point(point)]
    points = gpd.GeoDataFrame({"municipality_code": [code]}, geometry=shapes, crs=world.CRS)
    placed = place_points(points, zones_of_world(), within_m=500.0)
    assert placed["zone_id"].tolist() == [zone_id]
    assert placed["off_m"].isna().item() if off_m is None else placed["off_m"].item() == off_m


def test_a_point_on_a_border_is_placed_once() -> None:
    points = gpd.GeoDataFrame(geometry=[shapely.Point(91_000, 440_500)], crs=world.CRS)
    assert place_points(points, zones_of_world(), within_m=0)["zone_id"].tolist() == ["GM0001"]


def test_municipalities_sum_their_zones() -> None:
    zones = zones_of_world()
    totals = pd.DataFrame({"n": range(len(zones)), "unknown": np.nan}, index=zones.index)
    joined = municipalities_of(zones, totals).set_index("municipality_code")
    assert joined["n"].tolist() == [0, 1, 2, 3, 4 + 5, 6 + 7, 8, 9, 10]
    assert joined["unknown"].isna().all()
    assert joined["name"]["GM0005"] == "Vak 5"
    assert joined.geometry["GM0005"].equals(world.SQUARES["GM0005"])
    with pytest.raises(DataError, match="another index"):
        municipalities_of(zones, totals.iloc[::-1])
