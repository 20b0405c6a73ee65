"""Who has a known collection point within reach, and of whom that is not known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import sqrt
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from atlas import catchments
from atlas.cover import check_coverage, cover, distance_grid, uncovered_grids
from atlas.errors import DataError
from atlas.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Callable

CRS = "EPSG:28992"
COLUMNS = [
    *("zone_id", "stream", "distance_km", "own_only", "certainty"),
    *("residents", "covered_low", "covered_high", "status"),
]
# A street of ten cells of 1 km with ten residents each: "A" has 0 to 4, "B" has 5 to 9, and the
# port of A is empty.  A point "at" 0 lies in the middle of cell 0, so kilometres are differences.
ZONES = pd.DataFrame(
    {"zone_id": ["A", "A.port", "B"], "municipality_code": ["A", "A", "B"]}, index=[7, 8, 9]
)
STREET = Grid(np.full((1, 10), 10.0), Affine(1000, 0, 0, 0, -1000, 1000), CRS)
CELLS = pd.DataFrame({"zone_id": ["A"] * 5 + ["B"] * 5, "cell": range(10), "residents": 10.0})
NOBODY = pd.DataFrame({"municipality_code": [], "served_by": [], "status": []}, dtype=object)


def points(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    """Give points at exact coordinates in A that take phones of everybody, for sure."""
    base = {
        "at": 0.0,
        "streams": "phone",
        "streams_certainty": "stated",
        "own_residents_only": "no",
        "status": "open",
        "precision_m": 0.0,
        "municipality_code": "A",
    }
    full = [{"point_id": f"C{i}", **base, **row} for i, row in enumerate(rows)]
    places = [
        None if row["at"] is None else shapely.Point(1000 * row["at"] + 500, 500) for row in full
    ]
    frame = pd.DataFrame(full, columns=["point_id", *base]).drop(columns="at")
    return gpd.GeoDataFrame(frame, geometry=places, crs=CRS)


def coverage(served: dict[str, str | None], status: str = "known") -> pd.DataFrame:
    return pd.DataFrame(
        {"municipality_code": list(served), "served_by": list(served.values()), "status": status}
    )


def covered(
    *rows: dict[str, object],
    zone: str = "A",
    served: pd.DataFrame = NOBODY,
    km: float = 2.0,
    own_only: bool = False,
    certainty: str = "stated",
    detour_factor: float = 1.0,
) -> tuple[float, float, str]:
    table = cover(
        CELLS, STREET, ZONES, points(*rows), served,
        streams=["phone"], detour_factor=detour_factor, distances_km=[km],
    )  # fmt: skip
    wanted = (table["zone_id"] == zone) & (table["own_only"] == own_only)
    (row,) = table[wanted & (table["certainty"] == certainty)].itertuples()
    return row.covered_low, row.covered_high, row.status


# ---------------------------------------------------------------- distance


def test_cells_count_whose_middle_is_within_reach() -> None:
    # 0, 1 and exactly 2 km away.
    assert covered({}) == (30, 30, "known")
    assert covered({}, km=1.9) == (20, 20, "known")
    assert covered({}, km=10) == (50, 50, "known")


def test_kilometres_are_travelled_and_not_straight() -> None:
    assert covered({}, detour_factor=2.0) == (20, 20, "known")


def test_a_point_lies_within_its_precision() -> None:
    # Covered for sure to 1 km, perhaps to 3 km.
    assert covered({"precision_m": 1000.0}) == (20, 40, "known")
    # The detour is made of the precision as well: 0.5 and 1.5 km straight.
    assert covered({"precision_m": 500.0}, detour_factor=2.0) == (10, 20, "known")
    # Who lives nearer than the precision is no less than 0 km away.
    assert covered({"precision_m": 1400.0}, km=0.0) == (0, 20, "known")


def test_low_and_high_may_be_of_different_points() -> None:
    rows = [{}, {"at": 4, "precision_m": 1400.0}]
    # Sure: 0 to 2 by the first, 4 by the second.  Perhaps: the second adds 3.
    assert covered(*rows) == (40, 50, "known")
    # Cell 2 is 2 km from both: sure by the first, within 1 km only perhaps by the second.
    assert covered(*rows, km=1.0) == (20, 50, "known")


# ---------------------------------------------------------------- which points


def test_a_point_that_may_be_closed_covers_perhaps_and_makes_nothing_known() -> None:
    doubt = {"at": 4, "status": "unknown"}
    assert covered({}, doubt) == (30, 50, "known")
    assert covered({}, doubt, own_only=True) == (30, 50, "known")
    assert covered(doubt) == (0, 50, "unknown")
    assert np.isnan(covered(doubt, own_only=True)[0])


@pytest.mark.parametrize(
    "row",
    [
        {"status": "closed"},
        {"status": "planned"},
        {"at": None},
        {"precision_m": np.nan},
        {"at": None, "precision_m": 1500.0},
        {"streams": None},
        {"streams": ""},
        {"streams": "headphone;pack"},
    ],
)
def test_such_a_point_does_not_count(row: dict[str, object]) -> None:
    assert covered({"at": 9, "municipality_code": "B"}, row) == (0, 50, "unknown")
    assert covered({}, {"at": 4, **row}) == (30, 30, "known")


def test_a_point_of_which_only_the_place_is_known_widens_the_range() -> None:
    # Within 2 km of somewhere up to 1.5 km off: cell 0 for sure, 0 to 3 perhaps.
    near: dict[str, object] = {"precision_m": 1500.0}
    assert covered(near) == (10, 40, "known")
    assert covered(near, own_only=True) == (10, 40, "known")
    # Nobody lives surely within 2 km of one that may be 3 km off; its municipality is known.
    far: dict[str, object] = {"precision_m": 3000.0}
    assert covered(far) == (0, 50, "known")
    assert covered(far, km=1.0, own_only=True) == (0, 50, "known")
    assert covered({"at": 9, "municipality_code": "B"}, far, km=0.0) == (0, 40, "known")
    # An exact one beside it makes sure what it does.
    assert covered({}, far) == (30, 50, "known")


def test_a_place_makes_known_whom_it_serves_unless_it_may_be_closed() -> None:
    place = {"at": 5, "precision_m": 1500.0, "own_residents_only": "yes"}
    assert covered(place, zone="B", served=coverage({"B": "C0"})) == (10, 40, "shared")
    assert covered(place, zone="B")[2] == "unknown"
    assert covered({**place, "status": "unknown"}) == (0, 50, "unknown")
    # The site of the collector stays unknown, whatever else is found there.
    only = coverage({"A": None}, "operator_only")
    assert covered(place, served=only) == (0, 50, "unknown")


def test_one_of_several_streams_is_enough() -> None:
    assert covered({"streams": "pack;phone"}) == (30, 30, "known")


def test_assumed_counts_where_that_is_asked_for() -> None:
    rows = [{}, {"at": 4, "streams_certainty": "assumed"}]
    assert covered(*rows) == (30, 30, "known")
    assert covered(*rows, certainty="assumed") == (50, 50, "known")
    assert covered(rows[1]) == (0, 50, "unknown")
    assert covered(rows[1], certainty="assumed") == (30, 30, "known")


def test_no_point_at_all_is_unknown_everywhere() -> None:
    assert covered() == (0, 50, "unknown")
    table = cover(CELLS, STREET, ZONES, points({}), NOBODY, streams=["pack"], detour_factor=1.3)
    assert set(table["status"]) == {"unknown"}
    assert table.loc[table["own_only"], ["covered_low", "covered_high"]].isna().all(axis=None)
    open_borders = table[~table["own_only"]]
    assert (open_borders["covered_low"] == 0).all()
    assert (open_borders["covered_high"] == open_borders["residents"]).all()


# ---------------------------------------------------------------- for whom

OWN = {"at": 5, "own_residents_only": "yes"}


def test_borders_count_where_that_is_asked_for() -> None:
    # The point of A lies in the first cell of B, which has one of its own at its other end.
    far = {"at": 9, "municipality_code": "B"}
    assert covered(OWN, far, zone="B") == (50, 50, "known")
    assert covered(OWN, far, zone="B", own_only=True) == (30, 30, "known")
    assert covered(OWN, far, zone="A", own_only=True) == (20, 20, "known")


@pytest.mark.parametrize(("answer", "low"), [("no", 50), ("yes", 30), ("unknown", 30)])
def test_a_point_takes_everybodys_only_where_it_is_known_to(answer: str, low: int) -> None:
    rows = [{**OWN, "own_residents_only": answer}, {"at": 9, "municipality_code": "B"}]
    assert covered(*rows, zone="B", own_only=True) == (low, low, "known")


def test_a_point_serves_the_municipalities_that_name_it() -> None:
    served = coverage({"B": "C0", "A": None})
    assert covered(OWN, zone="B", served=served, own_only=True) == (30, 30, "shared")
    assert covered(OWN, zone="A", served=served, own_only=True) == (20, 20, "known")
    # Named twice, by itself as well: the same.
    served = coverage({"A": "C0", "B": "C0;C1;C0"})
    both = [OWN, {"at": 9, "municipality_code": "B"}]
    assert covered(*both, zone="B", served=served, own_only=True) == (50, 50, "known")


def test_without_borders_a_shared_municipality_is_shared_too() -> None:
    assert covered(OWN, zone="B", served=coverage({"B": "C0"})) == (30, 30, "shared")


def test_beyond_the_points_of_others_an_unknown_municipality_is_unknown() -> None:
    low, high, status = covered(OWN, zone="B")
    assert (low, high, status) == (30, 50, "unknown")
    low, high, status = covered(OWN, zone="B", own_only=True)
    assert np.isnan([low, high]).all()
    assert status == "unknown"


def test_a_collector_whose_site_was_not_found_leaves_its_municipality_unknown() -> None:
    van = {"at": 7, "municipality_code": "B"}
    assert covered(van, zone="B") == (50, 50, "known")
    only = coverage({"B": "C0"}, "operator_only")
    assert covered(van, zone="B", served=only, km=1.0) == (30, 50, "unknown")


# ---------------------------------------------------------------- the table


def test_every_zone_has_every_row() -> None:
    table = cover(
        CELLS, STREET, ZONES, points({}), NOBODY, streams=["phone", "pack"], detour_factor=1.0
    )
    assert list(table.columns) == COLUMNS
    assert len(table) == 3 * 2 * 3 * 2 * 2
    keys = COLUMNS[:5]
    assert not table.duplicated(keys).any()
    assert table["zone_id"].drop_duplicates().tolist() == ["A", "A.port", "B"]
    assert table["distance_km"].unique().tolist() == [2.0, 5.0, 10.0]
    assert table["own_only"].dtype == bool
    by_zone = table.groupby("zone_id")["residents"].unique().map(list)
    assert by_zone.to_dict() == {"A": [50.0], "A.port": [0.0], "B": [50.0]}
    port = table[(table["zone_id"] == "A.port") & (table["stream"] == "phone")]
    assert set(port["status"]) == {"known"}
    assert (port[["covered_low", "covered_high"]] == 0).all(axis=None)


def test_counts_are_without_the_dust_of_the_arithmetic() -> None:
    for each in (0.1, 1 / 3, 2 / 3):
        table = cover(
            CELLS.assign(residents=each), STREET, ZONES, points({"at": 4}), NOBODY,
            streams=["phone"], detour_factor=1.0, distances_km=[1.0, 5.0],
        )  # fmt: skip
        assert set(table["residents"]) == {0.0, round(5 * each, 6)}
        known = table[table["status"] == "known"]
        assert (known["covered_high"] <= known["residents"]).all()
        street = known[known["zone_id"] == "A"]
        assert street["covered_low"].isin([round(2 * each, 6), round(5 * each, 6)]).all()
        whole = street[street["distance_km"] == 5.0]
        assert (whole["covered_low"] == whole["residents"]).all()


def test_nothing_wanted_is_an_empty_table() -> None:
    table = cover(CELLS, STREET, ZONES, points({}), NOBODY, streams=[], detour_factor=1.0)
    assert list(table.columns) == COLUMNS
    assert table.empty


# ---------------------------------------------------------------- rasters


def test_a_raster_of_kilometres() -> None:
    cells = CELLS.assign(residents=[10.0, 0.0, *[10.0] * 8]).drop(index=9)
    rows = [
        {"precision_m": 1400.0, "streams_certainty": "assumed"},
        {"at": 1, "status": "unknown"},
        {"at": 8, "own_residents_only": "yes", "municipality_code": "B"},
        # Only the place is known, or not even how well.
        {"at": 4, "precision_m": 1500.0},
        {"at": 4, "precision_m": np.nan},
    ]
    grid = distance_grid(cells, STREET, points(*rows), stream="phone", detour_factor=1.5)
    nan = np.nan
    expected = [[0.0, nan, 3.0, 4.5, 6.0, 4.5, 3.0, 1.5, 0.0, nan]]
    np.testing.assert_array_equal(grid.values, expected)
    assert (grid.transform, grid.crs) == (STREET.transform, CRS)
    none = distance_grid(cells, STREET, points(*rows), stream="pack", detour_factor=1.5)
    assert np.isnan(none.values).all()


def test_a_raster_of_those_not_covered() -> None:
    # Cell 4 lies in both, and B is unknown; cell 1 is empty and cell 0 is not there.
    cells = pd.concat(
        [
            CELLS.assign(residents=[10.0, 0.0, *[10.0] * 8]).drop(index=0),
            pd.DataFrame({"zone_id": ["B"], "cell": [4], "residents": [7.0]}),
        ]
    )
    nan = np.nan
    for at, left in ((2, [0.0, 0.0, 10.0]), (4, [10.0, 0.0, 0.0]), (9, [10.0, 10.0, 10.0])):
        (grid,) = uncovered_grids(
            cells, STREET, ZONES, points({"at": at, "streams_certainty": "assumed"}), NOBODY,
            stream="phone", distances_km=[1.0], detour_factor=1.0,
        )  # fmt: skip
        np.testing.assert_array_equal(grid.values, [[nan, nan, *left, *[nan] * 5]])
    (none,) = uncovered_grids(
        cells, STREET, ZONES, points(), NOBODY,
        stream="phone", distances_km=[1.0], detour_factor=1.0,
    )  # fmt: skip
    assert np.isnan(none.values).all()


def test_the_raster_has_what_a_point_covers_at_its_farthest() -> None:
    # A is known by a place 1.5 km wide, which covers only its own cell for sure.
    rows: list[dict[str, object]] = [
        {"at": 2, "precision_m": 1500.0},
        {"at": 4, "precision_m": np.nan},
    ]
    (grid,) = uncovered_grids(
        CELLS, STREET, ZONES, points(*rows), NOBODY,
        stream="phone", distances_km=[2.0], detour_factor=1.0,
    )  # fmt: skip
    np.testing.assert_array_equal(grid.values, [[10, 10, 0, 10, 10, *[np.nan] * 5]])


def test_the_raster_knows_no_borders() -> None:
    # Cell 5 is in B and has the point of A, whoever that serves.
    rows = [OWN, {"at": 9, "municipality_code": "B"}]
    (grid,) = uncovered_grids(
        CELLS, STREET, ZONES, points(*rows), NOBODY,
        stream="phone", distances_km=[1.0], detour_factor=1.0,
    )  # fmt: skip
    np.testing.assert_array_equal(grid.values, [[10, 10, 10, 10, 0, 0, 0, 10, 0, 0]])


# ---------------------------------------------------------------- bad input


def test_every_fault_is_named_at_once() -> None:
    served = coverage({"A": "C0;C8", "B": "C9;C8"}).set_axis(pd.Index([2, 3], name="line"))
    cells = pd.concat([CELLS, pd.DataFrame({"zone_id": ["X"], "cell": [10], "residents": [1.0]})])
    wrong = points({}).to_crs("EPSG:4326")
    is_what = "the point_id of a collection point is expected; correct the row, or add the point"
    faults = [
        f'coverage column "served_by": "C8" in line 2, 3; {is_what}',
        f'coverage column "served_by": "C9" in line 3; {is_what}',
        "collection points: EPSG:4326; EPSG:28992 is expected; reproject them",
        "cells: number 10; 0 to 9; use the grid they are of",
        "cells: residents in X; a zone; spread them over the zones",
    ]
    with pytest.raises(DataError) as error:
        cover(cells, STREET, ZONES, wrong, served, streams=["phone"], detour_factor=1.0)
    assert list(error.value.problems) == faults
    with pytest.raises(DataError) as error:
        uncovered_grids(
            cells, STREET, ZONES, wrong, served, stream="phone", distances_km=[1], detour_factor=1.0
        )
    assert list(error.value.problems) == faults
    with pytest.raises(DataError) as error:
        distance_grid(cells, STREET, wrong, stream="phone", detour_factor=1.0)
    assert list(error.value.problems) == faults[2:4]
    nowhere = points({}).set_crs(None, allow_override=True)
    with pytest.raises(DataError, match="collection points: no CRS; EPSG:28992 is expected"):
        distance_grid(CELLS, STREET, nowhere, stream="phone", detour_factor=1.0)


def test_coverage_that_names_what_there_is_is_fine() -> None:
    served = coverage({"A": "C0", "B": None})
    assert check_coverage(served, points=points({})) == []


# ---------------------------------------------------------------- random worlds

STREAMS = ("phone", "pack")
DISTANCES = (0.5, 1.0, 2.0)
DUST = 1.1e-6


@dataclass(frozen=True)
class World:
    """Random people in 6 by 4 cells of 500 m, three municipalities, points and who they serve."""

    cells: pd.DataFrame
    grid: Grid
    zones: pd.DataFrame
    points: gpd.GeoDataFrame
    coverage: pd.DataFrame
    detour_factor: float

    def table(self) -> pd.DataFrame:
        return cover(
            self.cells, self.grid, self.zones, self.points, self.coverage,
            streams=STREAMS, detour_factor=self.detour_factor, distances_km=DISTANCES,
        )  # fmt: skip


@st.composite
def worlds(draw: Callable[..., object], least: int = 0) -> World:
    codes = ["A", "A", "B", "C"]
    homes = draw(
        st.dictionaries(
            st.tuples(st.sampled_from(["A", "A.port", "B", "C"]), st.integers(0, 23)),
            st.floats(0, 1e4, allow_subnormal=False),
            min_size=1,
            max_size=30,
        )
    )
    # Most points count, or the worlds would be empty ones.
    point = st.fixed_dictionaries(
        {
            "place": st.tuples(st.integers(-500, 3500), st.integers(-500, 2500)),
            "placed": st.sampled_from([True, True, True, True, False]),
            "streams": st.sampled_from(["phone", "phone", "pack;phone", "pack", "", None]),
            "streams_certainty": st.sampled_from(["stated", "assumed"]),
            "own_residents_only": st.sampled_from(["yes", "no", "unknown"]),
            "status": st.sampled_from(["open"] * 4 + ["unknown", "closed", "planned"]),
            "precision_m": st.sampled_from([0.0, 0.0, 250.0, 250.0, 900.0, 1500.0, 2500.0, np.nan]),
            "municipality_code": st.sampled_from(["A", "B", "C", "elsewhere"]),
        }
    )
    drawn = draw(st.lists(point, min_size=least, max_size=8))
    rows = pd.DataFrame(drawn, columns=["place", "placed", *points().columns[1:-1]])
    rows.insert(0, "point_id", [f"C{i}" for i in range(len(rows))])
    places = [shapely.Point(row["place"]) if row["placed"] else None for row in drawn]
    names = (
        st.lists(st.sampled_from(rows["point_id"].tolist()), max_size=3) if drawn else st.just([])
    )
    return World(
        cells=pd.DataFrame(
            [(zone, cell, residents) for (zone, cell), residents in homes.items()],
            columns=["zone_id", "cell", "residents"],
        ),
        grid=Grid(np.zeros((4, 6)), Affine(500, 0, 0, 0, -500, 2000), CRS),
        zones=pd.DataFrame({"zone_id": ["A", "A.port", "B", "C"], "municipality_code": codes}),
        points=gpd.GeoDataFrame(rows.drop(columns=["place", "placed"]), geometry=places, crs=CRS),
        coverage=pd.DataFrame(
            {
                "municipality_code": ["A", "B"],
                "served_by": [";".join(draw(names)) or None for _ in range(2)],
                "status": [
                    draw(st.sampled_from(["known", "known", "operator_only"])) for _ in range(2)
                ],
            }
        ),
        detour_factor=draw(st.sampled_from([1.0, 1.25])),
    )


def words(value: object) -> list[str]:
    return value.split(";") if isinstance(value, str) else []


def counted_by_hand(world: World, stream: str, certainty: str) -> list[object]:
    return [
        point
        for point in world.points.itertuples()
        if point.geometry is not None
        and not np.isnan(point.precision_m)
        and point.status in {"open", "unknown"}
        and stream in words(point.streams)
        and (certainty == "assumed" or point.streams_certainty == "stated")
    ]


def status_by_hand(world: World, code: str, counted: list[object]) -> str:
    listed = {row.municipality_code: row for row in world.coverage.itertuples()}.get(code)
    sure = [point for point in counted if point.status == "open"]
    if listed is not None and listed.status == "operator_only":
        return "unknown"
    if any(point.municipality_code == code for point in sure):
        return "known"
    served = [] if listed is None else words(listed.served_by)
    return "shared" if any(point.point_id in served for point in sure) else "unknown"


def serves_by_hand(world: World, point: object, code: str) -> bool:
    return (
        point.own_residents_only == "no"
        or point.municipality_code == code
        or any(
            row.municipality_code == code and point.point_id in words(row.served_by)
            for row in world.coverage.itertuples()
        )
    )


def reach_by_hand(world: World, cell: int, serving: list[object], km: float) -> tuple[bool, bool]:
    x, y = 250 + 500 * (cell % 6), 1750 - 500 * (cell // 6)
    low = high = False
    for point in serving:
        straight = sqrt((point.geometry.x - x) ** 2 + (point.geometry.y - y) ** 2)
        nearest = max(0, straight - point.precision_m) * world.detour_factor / 1000
        farthest = (straight + point.precision_m) * world.detour_factor / 1000
        high |= nearest <= km
        low |= farthest <= km and point.status == "open"
    return low, high


def by_hand(world: World) -> list[tuple[object, ...]]:
    """Do the same by a plain loop over rows, cells and points."""
    rows = []
    for zone, stream, km, own_only, certainty in product(
        world.zones.itertuples(), STREAMS, DISTANCES, (False, True), ("stated", "assumed")
    ):
        code = zone.municipality_code
        serving = counted = counted_by_hand(world, stream, certainty)
        if own_only:
            serving = [point for point in counted if serves_by_hand(world, point, code)]
        residents = low = high = 0.0
        for cell in world.cells[world.cells["zone_id"] == zone.zone_id].itertuples():
            sure, perhaps = reach_by_hand(world, cell.cell, serving, km)
            residents += cell.residents
            low += cell.residents * sure
            high += cell.residents * perhaps
        status = status_by_hand(world, code, counted)
        if status == "unknown":
            low, high = (np.nan, np.nan) if own_only else (low, residents)
        key = (zone.zone_id, stream, km, own_only, certainty)
        rows.append((*key, residents, low, high, status))
    return rows


@given(worlds())
def test_the_same_by_hand(world: World) -> None:
    expected = pd.DataFrame(by_hand(world), columns=COLUMNS)
    # Parts of a million are rounded off.
    pd.testing.assert_frame_equal(world.table(), expected, check_dtype=False, rtol=1e-9, atol=DUST)


@given(worlds())
def test_counts_stay_within_bounds_and_grow_with_distance(world: World) -> None:
    table = world.table().dropna()
    assert (table["covered_low"] >= 0).all()
    assert (table["covered_low"] <= table["covered_high"]).all()
    assert (table["covered_high"] <= table["residents"]).all()
    others = [name for name in COLUMNS[:5] if name != "distance_km"]
    steps = table.groupby(others, sort=False)[["covered_low", "covered_high"]].diff().dropna()
    assert (steps >= 0).all(axis=None)


@given(worlds())
def test_assumed_points_and_open_borders_never_cover_less(world: World) -> None:
    table = world.table().fillna({"covered_low": 0.0})
    for switch, more in (("certainty", "assumed"), ("own_only", False)):
        others = [name for name in COLUMNS[:5] if name != switch]
        is_more = table[switch] == more
        low = table.set_index(others)["covered_low"]
        assert (low[is_more.to_numpy()] >= low[~is_more.to_numpy()]).all()


@given(worlds(least=1))
def test_a_point_more_never_covers_less(world: World) -> None:
    after = world.table()
    last = world.points["point_id"].iloc[-1]
    served = world.coverage["served_by"].map(
        lambda ids: ";".join(name for name in ids.split(";") if name != last) or None,
        na_action="ignore",
    )
    before = replace(
        world, points=world.points.iloc[:-1], coverage=world.coverage.assign(served_by=served)
    ).table()
    assert (after["covered_low"].fillna(0.0) >= before["covered_low"].fillna(0.0)).all()
    # What is known stays so, and there a point more is never less at best either.
    known = before["status"] != "unknown"
    assert (after.loc[known, "status"] != "unknown").all()
    assert (after.loc[known, "covered_high"] >= before.loc[known, "covered_high"]).all()


@given(worlds(), st.sampled_from(DISTANCES))
def test_covered_and_uncovered_are_all_residents(world: World, km: float) -> None:
    (grid,) = uncovered_grids(
        world.cells, world.grid, world.zones, world.points, world.coverage,
        stream="phone", distances_km=[km], detour_factor=world.detour_factor,
    )  # fmt: skip
    table = world.table().query(
        "stream == 'phone' and distance_km == @km and not own_only and certainty == 'assumed'"
    )
    known = table[table["status"] != "unknown"]
    whole = known["residents"].sum()
    left = np.nansum(grid.values) + known["covered_low"].sum() - whole
    assert abs(left) <= 1e-9 * whole + DUST * len(known)
    # And it is empty exactly where none of these live.
    lived_in = world.cells[world.cells["zone_id"].isin(known["zone_id"])].query("residents > 0")
    filled = np.flatnonzero(~np.isnan(grid.values))
    assert filled.tolist() == sorted(lived_in["cell"].unique())


@given(worlds())
def test_a_tree_finds_what_a_loop_finds(world: World) -> None:
    few = world.table()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catchments, "_FEW", 0)
        pd.testing.assert_frame_equal(world.table(), few)
