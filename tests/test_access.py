"""Distances, what a plant counts for, and classes of a map."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from atlas.access import acceptance, counts, distances_km, shares_abroad
from atlas.classes import breaks
from atlas.errors import AtlasError
from atlas.journeys import flow_lines, nearest_plants, starting_points

FRACTIONS = pd.DataFrame(
    [
        ("pack", "whole", 1.0, "recycling", "yes"),
        ("pack", "black_mass", 0.5, "refining", "yes"),
        ("panel", "whole", 1.0, "recycling", "yes"),
        ("panel", "glass", 0.7, "recycling", "no"),
        ("phone", "boards", 0.2, "refining", "yes"),
        ("laptop", "boards", 0.1, "refining", "yes"),
    ],
    columns=["stream", "fraction", "mass_share", "arrives_at_step", "carries_crm"],
)
STEPS = {"pack": "recycling", "panel": "recycling", "phone": "refining", "laptop": "refining"}


def plants(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    base = {
        "facility_id": "F",
        "step": "recycling",
        "streams": "pack",
        "fraction": "whole",
        "capacity_t_per_a": 100.0,
        "site_throughput_t_per_a": np.nan,
        "status": "operating",
        "from_year": np.nan,
        "country": "NL",
        "geometry": shapely.Point(0, 0),
    }
    return gpd.GeoDataFrame([{**base, **row} for row in rows], geometry="geometry")


def accepted(*rows: dict[str, object], steps: dict[str, str] = STEPS) -> list[tuple[object, ...]]:
    found = acceptance(
        plants(*rows), FRACTIONS, steps, year=2026, foreign_share={"NL": 1.0, "BE": 0.6}
    )
    return [tuple(row) for row in found.drop(columns="best_t_per_a").to_numpy().tolist()]


def test_capacity_is_turned_into_whole_product() -> None:
    rows = {"step": "refining", "streams": "phone", "fraction": "boards"}
    assert accepted(rows) == [(0, "phone", 500.0)]


def test_abroad_only_a_share_counts() -> None:
    assert accepted({"country": "BE"}) == [(0, "pack", 60.0)]


def test_a_refinery_of_whole_packs_counts_at_recycling() -> None:
    assert accepted({"step": "refining"}) == [(0, "pack", 100.0)]


def test_glass_closes_no_gap_and_sorting_is_no_recycling() -> None:
    assert accepted({"streams": "panel", "fraction": "glass"}, {"step": "sorting"}) == []


@pytest.mark.parametrize(
    "row",
    [
        {"status": "planned"},
        {"status": "closed"},
        {"status": "cancelled"},
        {"from_year": 2027.0},
        {"step": "refurbishment"},
        {"step": "collection"},
        {"geometry": None},
        {"streams": None},
    ],
)
def test_what_does_not_count(row: dict[str, object]) -> None:
    assert accepted(row) == []


def test_unknown_capacity_and_unknown_status_are_alike() -> None:
    for row in ({"capacity_t_per_a": np.nan}, {"status": "unknown"}):
        ((number, stream, capacity),) = accepted(row)
        assert (number, stream) == (0, "pack")
        assert np.isnan(capacity)


def test_the_best_of_a_plant_is_its_capacity_else_its_site_else_no_limit() -> None:
    unknown = {"capacity_t_per_a": np.nan, "country": "BE"}
    site = {**unknown, "site_throughput_t_per_a": 500.0}
    found = acceptance(
        plants({}, unknown, site),
        FRACTIONS,
        STEPS,
        year=2026,
        foreign_share={"NL": 1.0, "BE": 0.6},
    )
    assert found["best_t_per_a"].tolist() == [100.0, np.inf, 300.0]


def test_a_country_whose_share_is_not_known_is_refused() -> None:
    with pytest.raises(
        AtlasError, match='facility F: country "PL"; one of NL, BE; add residents_pl'
    ):
        accepted({"country": "PL"})


def test_a_capacity_shared_by_unlike_fractions_is_refused() -> None:
    row = {"step": "refining", "streams": "phone;laptop", "fraction": "boards"}
    with pytest.raises(AtlasError, match="facility F: boards is"):
        accepted(row)


def test_from_its_year_on_a_plant_counts() -> None:
    assert counts("operating", "recycling", 2026.0, year=2026)
    assert not counts("operating", "recycling", 2027.0, year=2026)


def test_shares_abroad_go_by_residents() -> None:
    national = pd.DataFrame(
        {
            "figure": ["residents_nl", "residents_nl", "residents_be", "bikes_nl"],
            "year": [2022, 2023, 2023, 2022],
            "value": [1.0, 18.0, 12.0, 5.0],
        }
    )
    assert shares_abroad(national, home="NL") == pytest.approx({"NL": 1.0, "BE": 0.6})
    with pytest.raises(AtlasError, match="residents_de"):
        shares_abroad(national, home="DE")


places = st.tuples(st.floats(-20, 40), st.floats(35, 70))


@given(places, places)
def test_distances_are_near_those_on_the_ellipsoid(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    one = pd.DataFrame([a], columns=["longitude", "latitude"])
    two = pd.DataFrame([b], columns=["longitude", "latitude"])
    ours = distances_km(one, two, detour_factor=1.3)[0, 0]
    assert ours == pytest.approx(distances_km(two, one, detour_factor=1.3)[0, 0], abs=1e-9)
    geodesic = Geod(ellps="WGS84").inv(*a, *b)[2] / 1000 * 1.3
    assert ours == pytest.approx(geodesic, rel=0.006, abs=1e-3)


def test_a_plant_without_a_place_is_at_no_distance() -> None:
    one = pd.DataFrame({"longitude": [4.0], "latitude": [52.0]})
    two = pd.DataFrame({"longitude": [np.nan], "latitude": [np.nan]})
    assert np.isnan(distances_km(one, two, detour_factor=1.3)[0, 0])


def test_journeys_start_where_the_stock_is() -> None:
    zones = gpd.GeoDataFrame(
        {"zone_id": ["a", "b"], "residents": [3.0, 1.0]},
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)],
        crs="EPSG:4326",
    )
    centres = gpd.GeoSeries(
        [shapely.Point(0.5, 0.5), shapely.Point(1.5, 0.5)], index=["a", "b"], crs="EPSG:4326"
    )
    turbines = gpd.GeoDataFrame(
        {"zone_id": ["a", "a", "unallocated"]},
        geometry=[shapely.Point(0, 0), shapely.Point(0.2, 0.4), shapely.Point(9, 9)],
        crs="EPSG:4326",
    )
    starts = starting_points(["wind", "pack"], zones, centres, {"wind": turbines})
    found = starts.set_index(["stream", "zone_id"])[["longitude", "latitude"]]
    assert found.loc[("wind", "a")].tolist() == pytest.approx([0.1, 0.2])
    assert found.loc[("wind", "b")].tolist() == pytest.approx([1.5, 0.5])
    assert found.loc[("pack", "a")].tolist() == pytest.approx([0.5, 0.5])
    assert found.loc[("pack", "unallocated")].tolist() == pytest.approx([0.75, 0.5])
    ends = pd.DataFrame({"longitude": [0.0, 2.0], "latitude": [0.5, 0.5]})
    accepts = pd.DataFrame(
        {"facility": [0, 1], "stream": "pack", "capacity_t_per_a": [np.nan, 1.0]}
    )
    nearest = nearest_plants(starts, ends, accepts, detour_factor=1.0).set_index("zone_id")
    assert nearest["facility"].to_dict() == {"a": 0, "b": 1, "unallocated": 0}
    assert set(nearest["stream"]) == {"pack"}
    sites = gpd.GeoDataFrame(
        {"facility_id": ["F0", "F1"]},
        geometry=gpd.points_from_xy(ends["longitude"], ends["latitude"]),
        crs="EPSG:4326",
    )
    flows = pd.DataFrame(
        [("b", "pack", "default", 2026, 1, 5.0, 55.6)],
        columns=["zone_id", "stream", "scenario_id", "year", "facility", "tonnes", "distance_km"],
    )
    lines = flow_lines(flows, starts, sites, {"pack": "recycling"})
    assert lines["facility_id"].tolist() == ["F1"]
    ends_of_line = shapely.get_coordinates(lines.geometry.iloc[0]).ravel()
    assert ends_of_line == pytest.approx([1.5, 0.5, 2.0, 0.5])


@pytest.mark.parametrize(
    ("maximum", "expected"),
    [
        (66, (5, 10, 20, 50)),
        (100, (5, 10, 20, 50)),
        (3.7, (0.2, 0.5, 1, 2)),
        (9e6, (5e5, 1e6, 2e6, 5e6)),
        (0, (1, 2, 5, 10)),
        (float("nan"), (1, 2, 5, 10)),
    ],
)
def test_breaks_are_round(maximum: float, expected: tuple[float, ...]) -> None:
    assert breaks(maximum) == expected


@given(st.floats(1e-6, 1e12))
def test_breaks_ascend_below_the_maximum(maximum: float) -> None:
    found = breaks(maximum)
    assert list(found) == sorted(set(found))
    assert len(found) == 4
    assert maximum / 2.6 <= found[-1] < maximum
