"""Plants and collection points: what is not known stays unknown, what is doubtful is told."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import world

from atlas.access import acceptance, capacities, running
from atlas.areas import partition
from atlas.errors import DataError
from atlas.facilities import (
    FACILITY_SCHEMA,
    POINT_SCHEMA,
    check_facilities,
    check_points,
    locate_facilities,
    locate_points,
)

ZONES = partition(world.municipalities(), world.ports())
STREAMS = ["solar_panel", "ebike_battery"]
ACCEPTED = pd.DataFrame(
    {
        "accepted": ["bikes", "packs", "panels", "lamps"],
        "stream": ["ebike_battery", "ebike_battery", "solar_panel", None],
    }
)
HOSTILE = ['=HYPERLINK("http://x","y")', "<script>alert(1)</script>", "a'b\\n{{ 1 }}%s"]


def table(
    schema: dict[str, str], rows: list[dict[str, object]], defaults: dict[str, object]
) -> gpd.GeoDataFrame:
    numbers = ("_t_per_a", "_year", "_m")
    frame = {
        column: [{**defaults, **row}.get(column) for row in rows]
        for column in schema
    }  # fmt: skip
    points = [None if "at" not in row else shapely.Point(row["at"]) for row in rows]
    data = pd.DataFrame(frame).astype(object)
    for column in data:
        if column.endswith(numbers):
            data[column] = data[column].astype(float)
    return gpd.GeoDataFrame(data, geometry=points, crs=world.CRS)


def plants(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    defaults = {
        "step": "recycling",
        "streams": "solar_panel",
        "fraction": "whole",
        "status": "operating",
        "country": "NL",
    }
    rows = [{"facility_id": f"F{i}", "name": f"F{i}", **row} for i, row in enumerate(rows)]
    return table(FACILITY_SCHEMA, rows, defaults)


def spots(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    defaults = {
        "kind": "other",
        "municipality_code": "GM0001",
        "accepted": "bikes",
        "streams_certainty": "stated",
        "own_residents_only": "unknown",
        "status": "open",
    }
    rows = [{"point_id": f"P{i}", "name": f"P{i}", **row} for i, row in enumerate(rows)]
    return table(POINT_SCHEMA, rows, defaults)


def found(findings: pd.DataFrame, rule: str) -> list[str]:
    return findings.loc[findings["rule"] == rule, "row"].tolist()


IN_PORT = (91_200, 441_500)
IN_1 = (90_200, 440_500)


def test_unknown_capacity_stays_unknown_and_zero_stays_zero() -> None:
    located, findings = locate_facilities(
        plants({"at": IN_1}, {"at": IN_1, "capacity_t_per_a": 0.0}), ZONES, streams=STREAMS
    )
    assert located["capacity_t_per_a"].isna().tolist() == [True, False]
    assert located["capacity_t_per_a"].iloc[1] == 0
    assert found(findings, "capacity unknown") == ["F0"]


def test_plants_without_coordinates_stay_in_the_list_without_a_zone() -> None:
    located, findings = locate_facilities(
        plants({"at": IN_PORT}, {}, {"at": (10_000, 400_000)}), ZONES, streams=STREAMS
    )
    assert located["facility_id"].tolist() == ["F0", "F1", "F2"]
    assert located["zone_id"].tolist() == ["GM0005.west", None, None]
    assert located.geometry.isna().tolist() == [False, True, False]
    assert found(findings, "no coordinates") == ["F1"]


def test_precision_is_kept() -> None:
    rows = [{"at": IN_1, "precision_m": m} for m in (None, 50.0, 1499.0, 1500.0)]
    located, findings = locate_facilities(plants(*rows), ZONES, streams=STREAMS)
    assert located["precision_m"].tolist()[1:] == [50.0, 1499.0, 1500.0]
    assert pd.isna(located["precision_m"].iloc[0])
    assert found(findings, "place level only") == ["F3"]
    located_points, point_findings = locate_points(spots(*rows), ZONES, accepted=ACCEPTED)
    assert located_points["precision_m"].tolist()[1:] == [50.0, 1499.0, 1500.0]
    assert found(point_findings, "place level only") == ["P3"]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({}, "no coordinates"),
        ({"at": IN_1}, "capacity unknown"),
        ({"at": IN_1, "status": "unknown", "capacity_t_per_a": 1.0}, "status unknown"),
        ({"at": IN_1, "precision_m": 9000.0, "capacity_t_per_a": 1.0}, "place level only"),
        ({"at": IN_1, "fraction": None, "capacity_t_per_a": 1.0}, "fraction unknown"),
        ({"at": IN_1, "streams": None, "capacity_t_per_a": 1.0}, "takes none of the streams"),
    ],
)
def test_every_doubt_about_a_plant_is_told(row: dict[str, object], rule: str) -> None:
    sound = {"at": IN_PORT, "capacity_t_per_a": 5.0, "precision_m": 50.0}
    _, findings = locate_facilities(plants(sound, row), ZONES, streams=STREAMS)
    assert rule in set(findings["rule"])
    assert set(findings["row"]) == {"F1"}
    assert findings["action"].str.len().min() > 0


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({}, "no coordinates"),
        ({"at": IN_1, "precision_m": 2000.0}, "place level only"),
        ({"at": IN_1, "streams_certainty": "assumed"}, "streams assumed"),
        ({"at": IN_1, "municipality_code": "GM0002"}, "lies in another municipality"),
        ({"at": IN_1, "status": "unknown"}, "status unknown"),
    ],
)
def test_every_doubt_about_a_point_is_told(row: dict[str, object], rule: str) -> None:
    sound = {"at": IN_PORT, "municipality_code": "GM0005"}
    _, findings = locate_points(spots(sound, row), ZONES, accepted=ACCEPTED)
    assert findings[["row", "rule"]].to_numpy().tolist() == [["P1", rule]]


def test_points_in_one_place_are_both_told() -> None:
    rows = [{"at": IN_1}, {"at": IN_1}, {"at": (90_201, 440_500)}, {}, {}]
    _, findings = locate_points(spots(*rows), ZONES, accepted=ACCEPTED)
    assert found(findings, "same coordinates as another") == ["P0", "P1"]


def test_words_of_a_point_become_our_streams() -> None:
    words = ["bikes;packs;panels", "lamps", None]
    located, _ = locate_points(
        spots(*({"accepted": word} for word in words)), ZONES, accepted=ACCEPTED
    )
    # Lamps are none of our streams; a point that does not say what it takes is unknown.
    assert located["streams"].tolist() == ["ebike_battery;solar_panel", "", None]
    assert located["zone_id"].tolist() == [None, None, None]


def test_a_refurbisher_never_counts_as_recycling() -> None:
    located, findings = locate_facilities(
        plants(
            {"at": IN_1, "capacity_t_per_a": 10.0},
            {"at": IN_1, "capacity_t_per_a": 99.0, "step": "refurbishment"},
            {"at": IN_1, "step": "refurbishment", "name": "without capacity"},
            {"at": IN_1, "capacity_t_per_a": 99.0, "step": "collection"},
        ),
        ZONES,
        streams=STREAMS,
    )
    assert found(findings, "capacity unknown") == []
    fractions = pd.DataFrame(
        {
            "stream": ["solar_panel"],
            "fraction": ["whole"],
            "arrives_at_step": ["recycling"],
            "carries_crm": ["yes"],
        }
    )
    chain = pd.DataFrame(
        {"stream": "solar_panel", "order": [1], "step": ["recycling"], "fraction": ["whole"]}
    )
    accepts = acceptance(located, fractions, chain)
    assert accepts["facility"].tolist() == [0]
    runs = running(located, np.array([2026]), planned=True, planned_from=2026)
    assert runs.tolist() == [[True], [False], [False], [False]]
    taken = capacities(
        located,
        runs,
        np.ones((4, 1)),
        planned=True,
        unknown="unlimited",
        median_t=np.full(4, np.nan),
        home_share=np.ones(4),
    )
    assert taken.tolist() == [[10.0], [0.0], [0.0], [0.0]]


def test_hostile_text_passes_unchanged() -> None:
    rows = [{"at": IN_1, "name": text, "note": text} for text in HOSTILE]
    located, findings = locate_facilities(plants(*rows), ZONES, streams=STREAMS)
    assert located["name"].tolist() == HOSTILE
    assert located["note"].tolist() == HOSTILE
    assert set(findings["found"]) == set(HOSTILE)
    assert locate_points(spots(*rows), ZONES, accepted=ACCEPTED)[0]["name"].tolist() == HOSTILE


def test_unknown_words_are_named_with_their_rows() -> None:
    wrong = plants(
        {"step": "melting"}, {"status": "open"}, {"streams": "solar_panel;ships"}, {"at": IN_1}
    )
    with pytest.raises(DataError) as error:
        locate_facilities(wrong, ZONES, streams=STREAMS)
    assert [line.split(";")[0] for line in error.value.problems] == [
        'facilities column "step": "melting" in row 0',
        'facilities column "status": "open" in row 1',
        'facilities column "streams": "ships" in row 2',
    ]
    strange = spots(
        {"accepted": "bikes;boats"},
        {"status": "operating"},
        {"streams_certainty": "guessed"},
        {"own_residents_only": "maybe"},
    )
    with pytest.raises(DataError) as error:
        locate_points(strange, ZONES, accepted=ACCEPTED)
    assert [line.split('"')[1] for line in error.value.problems] == [
        "accepted", "status", "streams_certainty", "own_residents_only"
    ]  # fmt: skip
    assert check_points(spots({}, {"at": IN_1}), accepted=ACCEPTED) == []


def test_one_plant_under_two_ids_is_refused() -> None:
    same = {"at": IN_1, "name": "Een", "capacity_t_per_a": 10.0}
    (line,) = check_facilities(plants(same, {"at": IN_PORT}, same), streams=STREAMS)
    assert line.startswith("facilities row 0, 2: F0, F2 are one plant; ")
    # Two steps on one site, or two plants of one name, are two plants.
    others = plants(same, {**same, "step": "refining"}, {**same, "at": IN_PORT})
    assert check_facilities(others, streams=STREAMS) == []
