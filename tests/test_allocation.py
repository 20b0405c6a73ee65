"""Whatever is spread comes out whole, in whatever order and however the zones are split."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies import allocations

from atlas.allocation import allocate, check_conserved, spread, weights
from atlas.areas import UNALLOCATED
from atlas.definitions import Key, Text
from atlas.errors import ConservationError, DataError
from atlas.keys import measure_keys

World = tuple[pd.DataFrame, pd.Series, pd.DataFrame]
ZONES = pd.DataFrame({"municipality_code": ["A", "A", "B"], "zone_id": ["A", "A.port", "B"]})
T = Text("x", "x")


def key(*values: float) -> pd.Series:
    return pd.Series(values, index=["A", "A.port", "B"], dtype=float, name="people")


def test_shares_follow_the_key_within_a_municipality() -> None:
    shares = weights(ZONES, key(30, 10, 5))
    assert shares.to_dict("list") == {
        "municipality_code": ["A", "A", "B"],
        "zone_id": ["A", "A.port", "B"],
        "share": [0.75, 0.25, 1.0],
    }


def test_a_key_that_is_zero_in_one_municipality_leaves_it_unallocated() -> None:
    shares = weights(ZONES, key(0, 0, 5))
    assert shares["zone_id"].tolist() == ["B", UNALLOCATED]
    amounts = pd.DataFrame({"municipality_code": ["A", "B"], "t": [7.0, 3.0]})
    placed = allocate(amounts, shares).set_index("zone_id")["t"]
    assert placed.to_dict() == {"B": 3.0, UNALLOCATED: 7.0}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0, 0, 0), "key people: it sums to zero; above zero in some zone"),
        ((1, -1, 1), "key people: below zero in A.port"),
        ((1, math.nan, 1), "key people: no value in A.port"),
        ((1, 1, math.inf), "key people: no value in B"),
    ],
)
def test_a_key_that_cannot_spread_is_refused(values: tuple[float, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        weights(ZONES, key(*values))
    with pytest.raises(DataError, match=message):
        spread(1.0, key(*values))


def test_a_zone_without_a_key_is_refused() -> None:
    with pytest.raises(DataError, match=r"no value in A\.port"):
        weights(ZONES, key(1, 1, 1).drop("A.port"))


def test_unknown_amounts_stay_unknown() -> None:
    amounts = pd.DataFrame({"municipality_code": ["A", "B"], "t": [math.nan, 3.0]})
    placed = allocate(amounts, weights(ZONES, key(30, 10, 5))).set_index("zone_id")["t"]
    assert placed[["A", "A.port"]].isna().all()
    assert placed["B"] == 3.0


@given(allocations())
def test_zones_and_unallocated_sum_to_the_source(world: World) -> None:
    zones, by, amounts = world
    placed = allocate(amounts, weights(zones, by))
    assert set(placed["zone_id"]) <= {*zones["zone_id"], UNALLOCATED}
    assert placed["zone_id"].is_unique
    for column in ("mass_t", "pieces"):
        before = math.fsum(amounts[column])
        assert abs(math.fsum(placed[column]) - before) <= 1e-9 * before
        strange = amounts["municipality_code"].isin(["GM9", "GM0000"])
        lost = placed.loc[placed["zone_id"] == UNALLOCATED, column].sum()
        assert lost >= amounts.loc[strange, column].sum() * (1 - 1e-9)


@given(allocations())
def test_shares_are_parts_of_one(world: World) -> None:
    zones, by, _ = world
    shares = weights(zones, by)
    assert shares["share"].between(0, 1).all()
    sums = shares.groupby("municipality_code")["share"].sum()
    assert set(sums.index) == set(zones["municipality_code"])
    assert (abs(sums - 1) <= 1e-15).all()


@given(allocations(), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(world: World, random: object) -> None:
    zones, by, amounts = world
    rows = [random.sample(range(len(f)), len(f)) for f in (zones, amounts)]  # type: ignore[attr-defined]
    mixed = zones.iloc[rows[0]], amounts.iloc[rows[1]]
    one = allocate(amounts, weights(zones, by)).set_index("zone_id")
    other = allocate(mixed[1], weights(mixed[0], by)).set_index("zone_id")
    pd.testing.assert_frame_equal(one, other, rtol=1e-12)


@given(allocations(), st.floats(0, 1))
def test_splitting_a_zone_changes_no_municipality(world: World, part: float) -> None:
    zones, by, amounts = world
    split = zones.iloc[[0]].assign(zone_id="new")
    first = zones["zone_id"].iloc[0]
    halves = by.copy()
    halves[first], halves["new"] = by[first] * part, by[first] * (1 - part)
    more = pd.concat([zones, split], ignore_index=True)
    sums = []
    for z, k in ((zones, by), (more, halves)):
        owner = dict(zip(z["zone_id"], z["municipality_code"], strict=True))
        placed = allocate(amounts, weights(z, k))
        sums.append(placed.groupby(placed["zone_id"].map(owner).fillna("none"))["mass_t"].sum())
    np.testing.assert_allclose(sums[0], sums[1].reindex(sums[0].index), rtol=1e-9)


@given(allocations(), st.floats(0, 1e6, allow_subnormal=False))
def test_allocation_is_linear(world: World, factor: float) -> None:
    zones, by, amounts = world
    shares = weights(zones, by)
    one = allocate(amounts, shares)
    both = allocate(amounts.assign(sum=amounts["mass_t"] * factor + amounts["pieces"]), shares)
    expected = one["mass_t"] * factor + one["pieces"]
    np.testing.assert_allclose(both["sum"], expected, rtol=1e-9, atol=1e-300)


@given(allocations(), st.floats(0, 1e12, allow_subnormal=False))
def test_spreading_places_everything_in_proportion(world: World, total: float) -> None:
    zones, by, _ = world
    placed = spread(total, by)
    assert placed.index.tolist() == zones["zone_id"].tolist()
    assert abs(math.fsum(placed) - total) <= 1e-9 * total
    assert (placed[by == 0] == 0).all()
    np.testing.assert_allclose(placed * by.sum(), by * total, rtol=1e-9, atol=1e-300)


def test_what_is_lost_is_an_error_however_small_the_sum() -> None:
    check_conserved(1e9, 1e9 + 0.5, where="x")
    check_conserved(0.0, 0.0, where="x")
    for before, after in ((1e9, 1e9 + 2), (1e-3, 1e-3 + 1e-11), (1.0, math.nan), (0.0, 1e-9)):
        with pytest.raises(ConservationError, match="went in"):
            check_conserved(before, after, where="x")


def measured(**keys: Key) -> dict[str, pd.Series]:
    zones = gpd.GeoDataFrame(
        ZONES.assign(residents=[90.0, 0.0, 10.0], area_km2=[3.0, 1.0, 4.0]),
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(3)],
    )
    figures = pd.DataFrame({"municipality_code": ["A", "B"], "cars": [40.0, 60.0]})
    turbines = pd.DataFrame({"zone_id": ["A.port", "A.port", UNALLOCATED], "kw": [1.0, 2.0, 9.0]})
    return measure_keys(keys, zones, figures, {"turbine": turbines})


def test_keys_are_measured_on_zones() -> None:
    found = measured(
        cars=Key(T, "column", "C", column="cars", within="area", id="cars"),
        people=Key(T, "grid", "C", id="people"),
        area=Key(T, "area", "D", id="area"),
        power=Key(T, "points", "A", points="turbine", column="kw", id="power"),
    )
    assert {name: amounts.tolist() for name, amounts in found.items()} == {
        "cars": [30.0, 10.0, 60.0],
        "people": [90.0, 0.0, 10.0],
        "area": [3.0, 1.0, 4.0],
        "power": [0.0, 3.0, 0.0],
    }
    assert [amounts.name for amounts in found.values()] == list(found)


@pytest.mark.parametrize(
    "wrong",
    [
        Key(T, "column", "C", column="ships", within="area", id="x", where="x.toml"),
        Key(T, "column", "C", column="cars", id="x", where="x.toml"),
        Key(T, "points", "C", points="ship", column="kw", id="x", where="x.toml"),
    ],
)
def test_a_key_that_lacks_what_its_measure_needs_is_refused(wrong: Key) -> None:
    with pytest.raises(DataError, match=r"x\.toml: measure = "):
        measured(x=wrong, area=Key(T, "area", "D", id="area"))
