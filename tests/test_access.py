"""Distances, who may use which plant and for how much, and classes of a map."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from atlas.access import (
    STEPS,
    acceptance,
    capacities,
    distances_km,
    mass_shares,
    part_here,
    running,
    shares_abroad,
    within_reach,
)
from atlas.classes import breaks
from atlas.definitions import Reach, Step, UnknownCapacity
from atlas.errors import AtlasError
from atlas.journeys import flow_lines, nearest_plants, starting_points
from atlas.programme import network_of

if TYPE_CHECKING:
    from atlas.definitions import ForeignShare

NAN, INF = np.nan, np.inf

FRACTIONS = pd.DataFrame(
    [
        ("pack", "whole", 1.0, "sorting", "yes"),
        ("pack", "modules", 0.5, "recycling", "yes"),
        ("pack", "black_mass", 0.4, "refining", "yes"),
        ("panel", "whole", 1.0, "recycling", "yes"),
        ("panel", "laminate", 0.85, "recycling", "yes"),
        ("panel", "glass", 0.7, "recycling", "no"),
        ("turbine", "whole", 1.0, "dismantling", "yes"),
        ("turbine", "blades", 0.1, "dismantling", "no"),
        ("turbine", "magnets", NAN, "refining", "yes"),
        ("phone", "whole", 1.0, "sorting", "yes"),
        ("phone", "boards", 0.2, "refining", "yes"),
        ("laptop", "whole", 1.0, "sorting", "yes"),
        ("laptop", "boards", 0.1, "refining", "yes"),
    ],
    columns=["stream", "fraction", "mass_share", "arrives_at_step", "carries_crm"],
)
# Not in the order of the steps, which is that of the column.
CHAIN = pd.DataFrame(
    [
        ("pack", 3, "refining", "black_mass"),
        ("pack", 1, "sorting", "whole"),
        ("pack", 2, "recycling", "whole"),
        ("panel", 1, "recycling", "whole"),
        ("turbine", 1, "dismantling", "whole"),
        ("turbine", 2, "refining", "magnets"),
        ("phone", 1, "sorting", "whole"),
        ("phone", 2, "refining", "boards"),
        ("laptop", 1, "refining", "boards"),
    ],
    columns=["stream", "order", "step", "fraction"],
)
YEARS = np.arange(2025, 2031)


def plants(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    base = {
        "step": "recycling",
        "streams": "pack",
        "fraction": "whole",
        "capacity_t_per_a": 100.0,
        "planned_capacity_t_per_a": NAN,
        "site_throughput_t_per_a": NAN,
        "status": "operating",
        "from_year": NAN,
        "to_year": NAN,
        "country": "NL",
        "zone_id": None,
        "geometry": shapely.Point(0, 0),
    }
    found = [{"facility_id": f"F{i}", **base, **row} for i, row in enumerate(rows)]
    return gpd.GeoDataFrame(found, geometry="geometry")


def accepted(*rows: dict[str, object]) -> list[tuple[object, ...]]:
    found = acceptance(plants(*rows), FRACTIONS, CHAIN)
    assert list(found) == ["facility", "stream", "step", "fraction"]
    return [tuple(row) for row in found.to_numpy().tolist()]


def steps_of(row: dict[str, object]) -> list[object]:
    return [step for _, _, step, _ in accepted(row)]


# ------------------------------------------------------------------ who takes what


def test_a_plant_serves_the_steps_from_its_fraction_to_its_own() -> None:
    assert accepted({}) == [(0, "pack", "sorting", "whole"), (0, "pack", "recycling", "whole")]
    assert steps_of({"step": "sorting"}) == ["sorting"]
    # A smelter of whole packs also sorts and recycles.
    assert steps_of({"step": "refining"}) == ["sorting", "recycling", "refining"]
    assert steps_of({"step": "refining", "fraction": "black_mass"}) == ["refining"]


def test_a_fraction_beside_that_of_the_chain_counts_from_where_it_arrives() -> None:
    assert steps_of({"fraction": "modules"}) == ["recycling"]
    assert steps_of({"fraction": "modules", "step": "refining"}) == ["recycling", "refining"]
    assert steps_of({"streams": "panel", "fraction": "laminate"}) == ["recycling"]


def test_what_arrives_later_than_the_plant_works_is_not_taken() -> None:
    assert steps_of({"step": "recycling", "fraction": "black_mass"}) == []
    assert steps_of({"step": "sorting", "fraction": "modules"}) == []


def test_glass_and_blades_close_no_gap_and_sorting_is_no_recycling() -> None:
    rows = [
        {"streams": "panel", "fraction": "glass"},
        {"streams": "turbine", "fraction": "blades", "step": "dismantling"},
        {"streams": "turbine", "fraction": "blades", "step": "refining"},
        {"streams": "panel", "step": "sorting"},
    ]
    assert accepted(*rows) == []


def test_a_plant_takes_every_stream_that_it_names() -> None:
    row = {"step": "refining", "streams": "phone;laptop;ships", "fraction": "boards"}
    assert accepted({}, row)[2:] == [
        (1, "phone", "refining", "boards"),
        (1, "laptop", "refining", "boards"),
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"step": "refurbishment"},
        {"step": "collection"},
        {"geometry": None},
        {"streams": None},
        {"streams": ""},
        {"streams": "ships"},
        {"fraction": None},
    ],
)
def test_what_takes_nothing(row: dict[str, object]) -> None:
    assert accepted(row) == []


@given(st.sampled_from(STEPS[1:]), st.sampled_from(["whole", "modules", "black_mass"]))
def test_a_later_step_takes_no_less(step: Step, fraction: str) -> None:
    place = STEPS.index(step)
    now = steps_of({"step": step, "fraction": fraction})
    assert all(STEPS.index(each) <= place for each in now)
    if step != STEPS[-1]:
        assert set(now) <= set(steps_of({"step": STEPS[place + 1], "fraction": fraction}))


# ------------------------------------------------------------------ when it works


def open_in(row: dict[str, object], *, planned: bool = False) -> list[int]:
    found = running(plants(row), YEARS, planned=planned, planned_from=2028)
    assert found.shape == (1, len(YEARS))
    return YEARS[found[0]].tolist()


ALL = YEARS.tolist()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, ALL),
        ({"status": "unknown"}, ALL),
        ({"from_year": 2027.0}, [2027, 2028, 2029, 2030]),
        ({"to_year": 2026.0}, [2025, 2026]),
        ({"from_year": 2026.0, "to_year": 2026.0}, [2026]),
        ({"status": "unknown", "from_year": 2030.0}, [2030]),
        ({"from_year": 2031.0}, []),
        ({"to_year": 2024.0}, []),
        ({"status": "closed"}, []),
        ({"status": "cancelled"}, []),
        ({"status": "planned"}, []),
        ({"status": "planned", "from_year": 2020.0}, []),
        ({"step": "refurbishment"}, []),
        ({"step": "collection"}, []),
    ],
)
def test_when_a_plant_works(row: dict[str, object], expected: list[int]) -> None:
    assert open_in(row) == expected
    if row.get("status") != "planned":
        assert open_in(row, planned=True) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, [2028, 2029, 2030]),
        ({"from_year": 2026.0}, [2026, 2027, 2028, 2029, 2030]),
        ({"from_year": 2030.0}, [2030]),
        ({"to_year": 2029.0}, [2028, 2029]),
        ({"step": "refurbishment"}, []),
    ],
)
def test_planned_plants_open_in_their_year_or_after_today(
    row: dict[str, object], expected: list[int]
) -> None:
    assert open_in({"status": "planned", **row}, planned=True) == expected


# ------------------------------------------------------------------ how much it takes


def shares_of(*rows: dict[str, object], years: int = 2, **other: list[float]) -> np.ndarray:
    """Return mass shares with those of FRACTIONS, and others by stream_fraction."""
    known = {
        (str(row["stream"]), str(row["fraction"])): np.full(years, float(row["mass_share"]))
        for row in FRACTIONS.to_dict("records")
    }
    for name, value in other.items():
        stream, fraction = name.split("_", 1)
        known[stream, fraction] = np.array(value)
    frame = plants(*rows)
    return mass_shares(frame, acceptance(frame, FRACTIONS, CHAIN), known)


def test_a_mass_share_is_that_of_the_fraction_in_every_year() -> None:
    boards = {"step": "refining", "streams": "phone", "fraction": "boards"}
    magnets = {"step": "refining", "streams": "turbine", "fraction": "magnets"}
    found = shares_of({}, boards, magnets, {"streams": None}, turbine_magnets=[0.25, 0.5])
    assert found[:3].tolist() == [[1.0, 1.0], [0.2, 0.2], [0.25, 0.5]]
    assert np.isnan(found[3]).all()  # it takes nothing


def test_two_streams_by_one_mass_share_are_one_capacity() -> None:
    row = {"step": "refining", "streams": "phone;laptop", "fraction": "boards"}
    assert shares_of(row, laptop_boards=[0.2, 0.2]).tolist() == [[0.2, 0.2]]
    # A share that is not known is one answer, not several.
    unknown = {"laptop_boards": [NAN, NAN], "phone_boards": [NAN, NAN]}
    assert np.isnan(shares_of(row, **unknown)).all()


def test_a_capacity_shared_by_unlike_fractions_is_refused() -> None:
    row = {"step": "refining", "streams": "phone;laptop", "fraction": "boards"}
    with pytest.raises(AtlasError) as error:
        shares_of({}, row, {**row, "facility_id": "G"})
    assert error.value.problems == tuple(
        f"facility {name}: boards is {{'phone': 0.2, 'laptop': 0.1}} of its streams; one mass "
        "share, since the capacity is shared; split the plant into one row for each stream"
        for name in ("F1", "G")
    )


def test_shares_that_part_in_a_later_year_are_refused_too() -> None:
    row = {"step": "refining", "streams": "phone;laptop", "fraction": "boards"}
    with pytest.raises(AtlasError, match="facility F0: boards is"):
        shares_of(row, laptop_boards=[0.2, 0.3])


def taken(
    row: dict[str, object],
    unknown: UnknownCapacity = "nothing",
    *,
    share: float = 1.0,
    home: float = 1.0,
    median: float = NAN,
    planned: bool = False,
    runs: bool = True,
) -> float:
    """Return what one plant can take in one year."""
    found = capacities(
        plants(row),
        np.array([[runs]]),
        np.array([[share]]),
        planned=planned,
        unknown=unknown,
        median_t=np.array([median]),
        home_share=np.array([home]),
    )
    return float(found[0, 0])


UNKNOWN = {"capacity_t_per_a": NAN}
SITE = {**UNKNOWN, "site_throughput_t_per_a": 500.0}
WAYS: tuple[UnknownCapacity, ...] = get_args(UnknownCapacity)


@pytest.mark.parametrize("unknown", WAYS)
def test_a_known_capacity_is_what_it_is_in_whole_product(unknown: UnknownCapacity) -> None:
    assert taken({}, unknown, median=7.0) == 100.0
    assert taken({"site_throughput_t_per_a": 60.0}, unknown) == 100.0
    assert taken({}, unknown, share=0.2) == 500.0
    assert taken({"capacity_t_per_a": 0.0}, unknown) == 0.0
    assert taken({}, unknown, runs=False) == 0.0


@pytest.mark.parametrize(
    ("row", "median", "expected"),
    [
        (UNKNOWN, 80.0, {"nothing": 0.0, "median": 80.0, "unlimited": INF}),
        (UNKNOWN, NAN, {"nothing": 0.0, "median": 0.0, "unlimited": INF}),
        (SITE, 80.0, {"nothing": 0.0, "median": 80.0, "unlimited": 500.0}),
        # A plant is not larger than the site it stands on.
        (SITE, 900.0, {"nothing": 0.0, "median": 500.0, "unlimited": 500.0}),
        # Of unknown status is of unknown capacity.
        ({"status": "unknown"}, 80.0, {"nothing": 0.0, "median": 80.0, "unlimited": INF}),
    ],
)
def test_an_unknown_capacity_is_nothing_or_the_median_or_the_site(
    row: dict[str, object], median: float, expected: dict[UnknownCapacity, float]
) -> None:
    assert {way: taken(row, way, median=median) for way in WAYS} == expected
    half = {way: value * 2 for way, value in expected.items()}
    assert {way: taken(row, way, median=median, share=0.5) for way in WAYS} == half
    closed = {way: taken(row, way, median=median, runs=False) for way in WAYS}
    assert closed == dict.fromkeys(WAYS, 0.0)


@pytest.mark.parametrize(
    ("row", "without", "with_plans"),
    [
        ({"planned_capacity_t_per_a": 250.0}, 100.0, 250.0),
        ({"planned_capacity_t_per_a": 50.0}, 100.0, 100.0),
        ({**UNKNOWN, "planned_capacity_t_per_a": 40.0}, 0.0, 40.0),
        ({**UNKNOWN, "planned_capacity_t_per_a": 40.0, "status": "planned"}, 0.0, 40.0),
        ({**UNKNOWN, "status": "planned"}, 0.0, 0.0),
        # What is planned of a plant that may not be there stays unknown.
        ({"planned_capacity_t_per_a": 40.0, "status": "unknown"}, 0.0, 0.0),
    ],
)
def test_plans_count_where_they_are_asked_for(
    row: dict[str, object], without: float, with_plans: float
) -> None:
    assert taken(row) == without
    assert taken(row, planned=True) == with_plans


@pytest.mark.parametrize("way", WAYS)
def test_abroad_only_a_part_counts(way: UnknownCapacity) -> None:
    assert [taken({}, way, home=part) for part in (0.0, 0.6, 1.0)] == [0.0, 60.0, 100.0]
    # Nothing of a plant without limit is nothing.
    assert taken(UNKNOWN, way, home=0.0) == 0.0


def test_the_best_of_a_plant_abroad_is_its_part_of_the_site() -> None:
    assert taken(SITE, "unlimited", home=0.6) == 300.0
    assert taken(UNKNOWN, "unlimited", home=0.6) == INF


def test_a_part_of_the_product_that_is_not_known_is_an_unknown_capacity() -> None:
    assert [taken({}, way, share=NAN) for way in WAYS] == [
        {"nothing": 0.0, "median": 0.0, "unlimited": INF}[way] for way in WAYS
    ]
    assert taken({"capacity_t_per_a": 0.0}, "unlimited", share=NAN) == 0.0
    assert taken({}, "unlimited", share=NAN, home=0.0) == 0.0


def test_a_product_without_the_fraction_passes_any_plant_that_takes_some() -> None:
    assert taken({}, share=0.0) == INF
    assert taken({"capacity_t_per_a": 0.0}, share=0.0) == 0.0
    assert taken(UNKNOWN, share=0.0) == 0.0
    assert taken({}, share=0.0, home=0.0) == 0.0
    assert taken({}, share=0.0, runs=False) == 0.0


def test_capacities_of_several_plants_and_years() -> None:
    found = capacities(
        plants({}, SITE, {"country": "BE"}),
        np.array([[True, True], [True, False], [False, True]]),
        np.array([[0.5, 0.25], [1.0, 1.0], [1.0, 1.0]]),
        planned=False,
        unknown="unlimited",
        median_t=np.full(3, NAN),
        home_share=np.array([1.0, 1.0, 0.6]),
    )
    assert found.tolist() == [[200.0, 400.0], [500.0, 0.0], [0.0, 60.0]]


sizes = st.floats(0, 1e6) | st.just(NAN)


@given(
    stated=sizes, site=sizes, median=sizes, share=st.floats(1e-6, 1) | st.sampled_from([0.0, NAN]),
    home=st.floats(0, 1),
)  # fmt: skip
def test_nothing_is_least_and_unlimited_is_most(
    *, stated: float, site: float, median: float, share: float, home: float
) -> None:
    row = {"capacity_t_per_a": stated, "site_throughput_t_per_a": site}
    least, middle, most = (
        taken(row, way, share=share, home=home, median=median)
        for way in ("nothing", "median", "unlimited")
    )
    assert 0 <= least <= middle <= most


# ------------------------------------------------------------------ who may use it


NEAR = plants(
    {"zone_id": "a"},
    {},
    {"country": "BE"},
    {"country": "DE"},
    {"zone_id": "a"},
)
# The last stands nowhere, so that no journey to it has a length.
KM_TO = np.array([[10.0, 400.0, 250.0, 251.0, NAN], [20.0, 10.0, 250.1, 90.0, NAN]])


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        ("province_only", [[1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]),
        ("netherlands", [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0]]),
        # The limit is for plants abroad, and is within reach itself.
        ("250_km", [[1, 1, 1, 0, 0], [1, 1, 0, 1, 0]]),
        ("europe", [[1, 1, 1, 1, 0], [1, 1, 1, 1, 0]]),
    ],
)
def test_what_is_within_reach(reach: Reach, expected: list[list[int]]) -> None:
    found = within_reach(NEAR, KM_TO, reach=reach, home="NL")
    assert found.astype(int).tolist() == expected


def test_each_reach_holds_the_one_before() -> None:
    order: tuple[Reach, ...] = ("province_only", "netherlands", "250_km", "europe")
    assert set(order) == set(get_args(Reach))
    found = [within_reach(NEAR, KM_TO, reach=reach, home="NL") for reach in order]
    assert all((less <= more).all() for less, more in pairwise(found))


def part(foreign: ForeignShare, *rows: dict[str, object]) -> list[float]:
    frame = plants(*rows)
    accepts = acceptance(frame, FRACTIONS, CHAIN)
    shares = {"NL": 1.0, "BE": 0.6}
    return part_here(frame, accepts, shares, foreign=foreign, home="NL").tolist()


def test_the_part_of_a_plant_abroad_that_is_for_us() -> None:
    rows = ({}, {"country": "BE"}, {"country": "BE", "streams": None})
    assert part("0", *rows) == [1.0, 0.0, 0.0]
    assert part("share", *rows) == [1.0, 0.6, 0.0]
    assert part("1", *rows) == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("foreign", ["0", "share", "1"])
def test_a_country_whose_share_is_not_known_is_refused(foreign: ForeignShare) -> None:
    with pytest.raises(AtlasError) as error:
        part(foreign, {"country": "PL"}, {}, {"country": "BE/EU"})
    assert error.value.problems == (
        'facility F0: country "PL"; one of NL, BE; add residents_pl to the national figures',
        'facility F2: country "BE/EU"; one of NL, BE; add residents_be/eu to the national figures',
    )
    # Of a plant that takes nothing it is not asked.
    assert part(foreign, {"country": "PL", "geometry": None}) == [0.0]


def test_a_plant_abroad_serves_its_own_country_too() -> None:
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


NODES = pd.DataFrame(
    {
        "place": ["a", "b", "far", "wide"],
        "stream": "pack",
        "ours": [True, True, False, False],
        "longitude": [0.5, 1.5, 4.0, 8.0],
        "latitude": [0.5, 0.5, 1.0, 2.0],
    }
)


def nearest(km: list[list[float]], *, open_in_2026: list[bool], country: str) -> pd.DataFrame:
    rows = [{"step": "sorting"}, {"country": country}]
    frame = plants(*rows)
    chain = {"pack": ("sorting", "recycling")}
    network = network_of(NODES, acceptance(frame, FRACTIONS, CHAIN), chain, len(frame))
    open_plants = np.array([[True, opens] for opens in open_in_2026])
    return nearest_plants(
        network, frame, open_plants, np.array(km), years={2025: 0, 2026: 1}, home="NL"
    )


def test_the_nearest_plant_of_every_step_and_year() -> None:
    km = [[10.0, 40.0], [50.0, 30.0], [1.0, 1.0], [1.0, 1.0]]
    found = nearest(km, open_in_2026=[True, False], country="BE")
    rows = found[["zone_id", "step", "year", "facility_id", "distance_km"]].to_numpy().tolist()
    assert rows == [
        ["a", "sorting", 2025, "F0", 10.0],
        ["b", "sorting", 2025, "F1", 30.0],
        # The plant of the later step is closed in 2026: nothing takes packs to recycle.
        ["a", "sorting", 2026, "F0", 10.0],
        ["b", "sorting", 2026, "F0", 50.0],
        ["a", "recycling", 2025, "F1", 40.0],
        ["b", "recycling", 2025, "F1", 30.0],
    ]
    assert set(found["stream"]) == {"pack"}
    assert not found["sensitive"].any()


@pytest.mark.parametrize(
    ("km", "country", "expected"),
    [
        (199.9, "BE", False),
        (200.0, "BE", True),
        (312.5, "BE", True),
        (312.6, "BE", False),
        (250.0, "NL", False),
    ],
)
def test_a_plant_abroad_near_the_limit_is_sensitive(
    km: float,
    country: str,
    expected: bool,  # noqa: FBT001
) -> None:
    found = nearest([[999.0, km]] * 4, open_in_2026=[True, True], country=country)
    assert found["sensitive"].tolist() == [expected] * 8


def test_lines_go_from_places_to_plants_and_those_outside_are_one() -> None:
    sites = gpd.GeoDataFrame(
        {"facility_id": ["F0", "F1"]}, geometry=gpd.points_from_xy([0, 2], [0.5, 0.5]),
        crs="EPSG:4326",
    )  # fmt: skip
    flows = pd.DataFrame(
        [(1, 1, 5.0), (2, 1, 30.0), (3, 1, 10.0), (3, 0, 2.0)],
        columns=["node", "facility", "tonnes"],
    ).assign(stream="pack", scenario_id="default", step="recycling", year=2026)
    km = np.array([[1, 2], [3, 55.6], [5, 100], [70, 180]], dtype=float)
    lines = flow_lines(flows, NODES, sites, km=km)
    columns = ["zone_id", "facility_id", "tonnes", "distance_km"]
    assert lines[columns].to_numpy().tolist() == [
        ["b", "F1", 5.0, 55.6],
        ["outside", "F1", 40.0, 120.0],
        ["outside", "F0", 2.0, 70.0],
    ]
    ends = [shapely.get_coordinates(line).ravel().tolist() for line in lines.geometry]
    assert ends[0] == pytest.approx([1.5, 0.5, 2.0, 0.5])
    # A quarter of it comes from twice as far.
    assert ends[1] == pytest.approx([5.0, 1.25, 2.0, 0.5])
    assert ends[2] == pytest.approx([8.0, 2.0, 0.0, 0.5])


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
