"""Plants and collection points: cleaned, placed, and told apart by what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pandas as pd

from atlas.areas import UNALLOCATED, place_points
from atlas.columns import rows_named
from atlas.definitions import Step
from atlas.errors import problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd

    from atlas.columns import Kind

STATUSES = ("operating", "planned", "closed", "cancelled", "unknown")
POINT_STATUSES = ("open", "planned", "closed", "unknown")
CERTAINTIES = ("stated", "assumed")
ANSWERS = ("yes", "no", "unknown")
# From here on a coordinate says which place a point is in, not where in it.
PLACE_LEVEL_M = 1500.0

FACILITY_SCHEMA: Mapping[str, Kind] = {
    "facility_id": "id",
    "name": "code",
    "step": "code",
    "streams": "text",
    "fraction": "text",
    "capacity_t_per_a": "amount?",
    "planned_capacity_t_per_a": "amount?",
    "site_throughput_t_per_a": "amount?",
    "capacity_of": "text",
    "capacity_year": "year?",
    "status": "code",
    "from_year": "year?",
    "to_year": "year?",
    "municipality": "text",
    "country": "code",
    "precision_m": "amount?",
    "source_url": "text",
    "certainty": "text",
    "note": "text",
}
POINT_SCHEMA: Mapping[str, Kind] = {
    "point_id": "id",
    "name": "code",
    "kind": "code",
    "operator": "text",
    "address": "text",
    "postcode": "text",
    "municipality_code": "code",
    "municipality": "text",
    "precision_m": "amount?",
    "accepted": "text",
    "streams_certainty": "code",
    "own_residents_only": "code",
    "status": "code",
    "source_date": "text",
    "source_url": "text",
    "certainty": "text",
    "note": "text",
}


def check_facilities(
    facilities: gpd.GeoDataFrame, *, streams: Iterable[str], where: str = "facilities"
) -> list[str]:
    """Name what is no step, status or stream, and the plants that stand in the list twice.

    Parameters
    ----------
    facilities
        The columns of `FACILITY_SCHEMA` and points; the index numbers the rows.
    streams
        The streams that there are.
    where
        The file, for messages.
    """
    problems = _unknown(facilities["step"], get_args(Step), where=where)
    problems += _unknown(facilities["status"], STATUSES, where=where)
    problems += _unknown(_words(facilities["streams"]), tuple(streams), where=where)
    same = facilities[["name", "step", "streams", "fraction", "status"]].fillna("")
    twice = same.assign(place=facilities.geometry.to_wkb()).duplicated(keep=False)
    if twice.any():
        ids = ", ".join(facilities.loc[twice, "facility_id"])
        problems.append(
            problem(
                f"{where} {rows_named(twice)}",
                f"{ids} are one plant",
                "one row for each",
                "remove one, or its capacity counts twice",
            )
        )
    return problems


def check_points(
    points: pd.DataFrame, *, accepted: pd.DataFrame, where: str = "collection points"
) -> list[str]:
    """Name the words of collection points that are in none of the tables.

    Parameters
    ----------
    points
        The columns of `POINT_SCHEMA`; the index numbers the rows.
    accepted
        ``accepted, stream``, as of `locate_points`.
    where
        The file, for messages.
    """
    problems = _unknown(_words(points["accepted"]), tuple(accepted["accepted"]), where=where)
    problems += _unknown(points["status"], POINT_STATUSES, where=where)
    problems += _unknown(points["streams_certainty"], CERTAINTIES, where=where)
    problems += _unknown(points["own_residents_only"], ANSWERS, where=where)
    return problems


def locate_facilities(
    facilities: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, streams: Iterable[str]
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Check plants and place them in zones; what is not known stays unknown.

    Parameters
    ----------
    facilities
        The columns of `FACILITY_SCHEMA` and points (None where the place is not known).
    zones
        A partition in the same CRS.
    streams
        The streams that there are.

    Returns
    -------
    facilities
        As given, with ``zone_id`` (None outside the region or without a place).
    findings
        ``row, rule, found, action`` for whatever is doubtful.

    Raises
    ------
    DataError
        What `check_facilities` finds.
    """
    raise_problems(check_facilities(facilities, streams=streams))
    placed = place_points(facilities[["geometry"]], zones, within_m=0.0)["zone_id"]
    located = facilities.assign(zone_id=placed.astype(object).where(placed != UNALLOCATED, None))
    takes = located["streams"].notna()
    running = takes & located["status"].isin(["operating", "unknown"])
    recycling = ~located["step"].isin(["collection", "refurbishment"])
    towns = zones[zones["kind"] == "municipality"].set_index("municipality_code")["name"]
    owner = located["zone_id"].map(zones.set_index("zone_id")["municipality_code"])
    elsewhere = owner.notna() & located["municipality"].isin(towns)
    elsewhere &= owner.map(towns) != located["municipality"]
    rules = {
        "lies in another municipality": (elsewhere, "kept where its coordinates are"),
        "no coordinates": (takes & located.geometry.isna(), "listed, not on the map, no capacity"),
        "capacity unknown": (
            running & recycling & located["capacity_t_per_a"].isna(),
            "gap given twice: counted as nothing and as unlimited",
        ),
        "status unknown": (located["status"] == "unknown", "treated as capacity unknown"),
        "place level only": (
            takes & (located["precision_m"] >= PLACE_LEVEL_M),
            "drawn at its place; distances are approximate",
        ),
        "fraction unknown": (
            running & recycling & located["fraction"].isna(),
            "counts for no stream until it is known",
        ),
        "takes none of the streams": (~takes, "kept for context, no part in any sum"),
    }
    return located, _findings(located["facility_id"], located["name"], rules)


def locate_points(
    points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, accepted: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Check collection points, translate what they accept, and place them in zones.

    Parameters
    ----------
    points
        The columns of `POINT_SCHEMA` and points (None where only the existence is known).
    zones
        A partition in the same CRS.
    accepted
        ``accepted, stream``: what a point's words mean for our streams (None: nothing).

    Returns
    -------
    points
        As given, with ``streams`` (ours, joined by ``;``; None where nothing is said) and
        ``zone_id``.
    findings
        ``row, rule, found, action``.

    Raises
    ------
    DataError
        What `check_points` finds.
    """
    raise_problems(check_points(points, accepted=accepted))
    meaning = dict(zip(accepted["accepted"], accepted["stream"], strict=True))
    words = _words(points["accepted"]).map(meaning)
    streams = words.groupby(level=0).agg(lambda own: ";".join(sorted(set(own.dropna()))))
    # Empty is what takes none of our streams; unknown is what does not say what it takes.
    streams = streams.reindex(points.index).astype(object).where(points["accepted"].notna(), None)
    placed = place_points(points[["geometry"]], zones, within_m=0.0)["zone_id"]
    located = points.assign(
        streams=streams, zone_id=placed.astype(object).where(placed != UNALLOCATED, None)
    )
    owner = dict(zip(zones["zone_id"], zones["municipality_code"], strict=True))
    lies_in = located["zone_id"].map(owner)
    spot = located.geometry.to_wkt()
    same = located.geometry.notna() & spot.duplicated(keep=False)
    rules = {
        "no coordinates": (located.geometry.isna(), "listed, not on the map"),
        "place level only": (
            located["precision_m"] >= PLACE_LEVEL_M,
            "drawn at its place; its precision is in the range of the cover",
        ),
        "streams assumed": (
            located["streams_certainty"] == "assumed",
            "national practice; shown as assumed",
        ),
        "lies in another municipality": (
            lies_in.notna() & (lies_in != located["municipality_code"]),
            "kept where its coordinates are",
        ),
        "same coordinates as another": (same, "both kept; look which one is approximate"),
        "status unknown": (located["status"] == "unknown", "drawn as unknown"),
    }
    return located, _findings(located["point_id"], located["name"], rules)


def _words(values: pd.Series) -> pd.Series:
    """Return the words of a column, each on the index of its row."""
    words = values.dropna().astype(str).str.split(";").explode()
    return words[words != ""]


def _unknown(values: pd.Series, known: tuple[str, ...], *, where: str) -> list[str]:
    return [
        problem(
            f'{where} column "{values.name}"',
            f'"{value}" in {rows_named(values == value)}',
            f"one of {', '.join(known)} is expected",
            "correct the row, or define the word",
        )
        for value in sorted(set(values.dropna()) - set(known))
    ]


def _findings(
    ids: pd.Series, names: pd.Series, rules: dict[str, tuple[pd.Series, str]]
) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame({"row": ids[mask], "rule": rule, "found": names[mask], "action": action})
            for rule, (mask, action) in rules.items()
        ],
        ignore_index=True,
    )
