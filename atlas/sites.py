"""Places where a plant could come: read, checked, placed, filtered; and how large plants are."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj.exceptions import CRSError

from atlas.areas import UNALLOCATED, place_points
from atlas.columns import pick_columns, read_table, rows_named
from atlas.definitions import Dataset, Source, Step
from atlas.errors import DataError, problem, raise_problems
from atlas.facilities import ANSWERS, PLACE_LEVEL_M

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from atlas.columns import Kind

    Located = tuple[gpd.GeoDataFrame, pd.DataFrame]  # sites, and ``row, rule, found, action``

# fmt: off
SITE_SCHEMA: Mapping[str, Kind] = {
    "site_id": "id", "name": "code", "kind": "text", "municipality": "text",
    "precision_m": "amount?", "hectares": "amount?", "hectares_available": "amount?",
    "category": "amount?", "quay": "text", "rail": "text", "external_safety": "text",
    "grid": "text", "transformation": "text", "natura2000_km": "amount?", "nitrogen_km": "amount?",
    "lies_in": "text", "year": "year?", "source_url": "text", "certainty": "text", "note": "text",
}
SIZE_SCHEMA: Mapping[str, Kind] = {
    "size_id": "id", "name": "code", "streams": "code", "step": "code", "fraction": "code",
    "size_t_per_a": "amount?", "hectares": "amount?", "hectares_of": "text",
    "use_for_size": "code", "use_for_land": "code", "capex_meur": "amount?", "year": "year?",
    "source_url": "text", "certainty": "text", "note": "text",
}
# fmt: on
# What a filter may ask for, and what may be unknown of a site.
ATTRIBUTES = ("category", "external_safety", "grid", "quay", "transformation", "nitrogen_km")
SIZE_GRADE = "D"  # sizes and hectares of single plants elsewhere are orders of magnitude
# A category is one of the Dutch list: the highest that the plan of a site allows.
_KNOWN: Mapping[str, tuple[Any, ...]] = {
    "category": (1.0, 2.0, 3.1, 3.2, 4.1, 4.2, 5.1, 5.2, 5.3, 6.0),
    "kind": ("port_area", "estate", "project", "other"),
    "quay": ("deep_sea", "inland", "none", "unknown"),
    "rail": ANSWERS,
    "external_safety": ("ok", "limited", "no", "unknown"),
    "grid": ("ok", "congested", "unknown"),
    "transformation": ("none", "partial", "yes", "unknown"),
    "step": get_args(Step),
    "hectares_of": ("plot", "floor", "usable", "shared"),
    "use_for_size": ("yes", "no"),
    "use_for_land": ("yes", "no"),
}
_NEAR = 0.5  # how alike two names must be for one to be meant by the other
_BOUNDS = (-25.0, 34.0, 45.0, 72.0)  # degrees: beyond lies nothing that a user can mean
_WITHIN = "longitude -25 to 45 and latitude 34 to 72, or metres"
_HALF_TURN = 180.0  # numbers up to it are degrees: no site is that near to the origin of a grid
_AXES = ["longitude", "latitude"], ["x", "y"]


@dataclass(frozen=True)
class SiteFilter:
    """What is asked of a site; None asks nothing."""

    category: float | None = None  # the category that the plant needs
    external_safety: tuple[str, ...] | None = None
    grid: tuple[str, ...] | None = None
    quay: tuple[str, ...] | None = None
    transformation: tuple[str, ...] | None = None
    nitrogen_km: float | None = None  # at least so far from nature that is sensitive to nitrogen
    unknown_passes: frozenset[str] = frozenset(ATTRIBUTES)
    overrule_available: bool = False  # sites with 0 hectares available pass


def check_sites(sites: gpd.GeoDataFrame, *, where: str = "sites") -> list[str]:
    """Name unknown words, ids that stand twice, amounts below zero, and areas that are no site.

    `sites` has the columns of `SITE_SCHEMA` and points; its index numbers the rows of `where`.
    """
    problems = _check_rows(sites, where=where) + _check_shapes(sites.geometry, where=where)
    inside, ids = sites["lies_in"], sites["site_id"].tolist()
    for name in inside[inside.notna() & ~inside.isin(ids)].unique():
        place, found = f'{where} column "lies_in"', f'"{name}" in {rows_named(inside == name)}'
        problems.append(problem(place, found, "the site_id of a row", _nearest(name, ids)))
    circles = [i for i, above in zip(ids, _areas_above(sites), strict=True) if i in above]
    return problems + [
        problem(where, f"{i} lies in itself", "a larger area", "correct lies_in") for i in circles
    ]


def check_sizes(sizes: pd.DataFrame, *, where: str = "plant sizes") -> list[str]:
    """Name unknown words, ids that stand twice, amounts below zero, uses without the number.

    `sizes` has the columns of `SIZE_SCHEMA`; its index numbers the rows of `where`.
    """
    problems = _check_rows(sizes, where=where)
    sized, plot = sizes["size_t_per_a"] > 0, sizes["hectares_of"] == "plot"
    wrong = (sizes["use_for_size"] == "yes") & ~sized
    wrong |= (sizes["use_for_land"] == "yes") & ~(sized & plot & (sizes["hectares"] > 0))
    if wrong.any():
        found = f"no number to use in {rows_named(wrong)}"
        problems.append(problem(where, found, "tonnes, or a plot", 'fill it in, or write "no"'))
    return problems


def read_site_file(path: Path, *, crs: str) -> gpd.GeoDataFrame:
    """Read sites of the user's own.

    A table has commas, semicolons or tabs between its columns (beside semicolons a comma may be
    the decimal sign) and places in ``longitude`` and ``latitude``, or in ``x`` and ``y`` of `crs`.
    A GeoJSON has points or polygons; a polygon counts with a point on its surface, and its area
    is its hectares where none are given.  A name (or ``site_id``) and a place are all it needs.
    Returned are the columns of `SITE_SCHEMA`, unknown where the file has none, and points in the
    metric `crs`.  Whether what ``lies_in`` names exists is for `join_sites` to see.

    Raises
    ------
    DataError
        Every problem of the file at once.
    """
    problems: list[str] = []
    where = path.name
    raw = _read_raw(path, crs=crs, problems=problems)
    if raw is None:
        raise DataError(*problems)
    known = [*SITE_SCHEMA, *_AXES[0], *_AXES[1]]
    lacks = {
        f'unknown column "{c}"': (f"known: {', '.join(known)}", _nearest(str(c), known))
        for c in raw
        if c not in [*known, "geometry"]
    }
    if raw.empty or "name" not in raw:
        found = "no sites" if raw.empty else 'neither a column "name" nor "site_id"'
        lacks[found] = ("a name and a place for each site", "add them")
    problems += [problem(where, found, *line) for found, line in lacks.items()]
    problems += _check_shapes(raw.geometry, where=where)
    schema = {column: kind for column, kind in SITE_SCHEMA.items() if column in raw}
    sites = pick_columns(raw, _dataset(where), schema, problems)
    for column in [column for column in SITE_SCHEMA if column not in sites]:
        sites[column] = np.nan if SITE_SCHEMA[column].endswith("?") else None
    problems += _check_rows(sites[[c for c in SITE_SCHEMA if c in _KNOWN]], where=where)
    raise_problems(problems)
    shapes = raw.geometry.to_crs(crs)
    sites["hectares"] = sites["hectares"].fillna(shapes.area.where(shapes.area > 0) / 1e4)
    return gpd.GeoDataFrame(sites[[*SITE_SCHEMA]], geometry=shapes.representative_point())


def join_sites(own: gpd.GeoDataFrame, users: gpd.GeoDataFrame) -> Located:
    """Add the sites of a user to ours; one with the id of ours takes its place as a whole.

    Ours come first, in their order, numbered from zero; what `check_sites` finds in all of them
    together is raised.  The findings name what was replaced.
    """
    ours = {name: place for place, name in enumerate(own["site_id"])}
    kept = own[~own["site_id"].isin(users["site_id"])]
    sites = pd.concat([part for part in (kept, users) if len(part)] or [own])
    place = sites["site_id"].map(ours).fillna(len(ours)).to_numpy()
    sites = sites.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
    raise_problems(check_sites(sites))
    taken = users["site_id"].isin(list(ours))
    return sites, _findings(users, {"replaces a site of ours": (taken, "the user's row is used")})


def locate_sites(sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> Located:
    """Place sites in zones of the same CRS: ``zone_id`` is None outside the region.

    The findings tell whatever is doubtful.
    """
    placed = place_points(sites[["geometry"]], zones, within_m=0.0)["zone_id"]
    located = sites.assign(zone_id=placed.astype(object).where(placed != UNALLOCATED, None))
    towns = zones[zones["kind"] == "municipality"].set_index("municipality_code")["name"]
    owner = located["zone_id"].map(zones.set_index("zone_id")["municipality_code"]).map(towns)
    elsewhere = owner.notna() & sites["municipality"].notna() & (owner != sites["municipality"])
    no_land = sites["hectares"].isna() & sites["hectares_available"].isna()
    full = sites["hectares_available"] == 0
    near, quiet = sites["precision_m"] >= PLACE_LEVEL_M, sites["transformation"] == "none"
    rules = {
        "outside the region": (located["zone_id"].isna(), "kept, in no zone"),
        "lies in another municipality": (elsewhere, "kept where its coordinates are"),
        "place level only": (near, "drawn at its place; distances are approximate"),
        "no hectares available": (full, "left out, unless that is overruled"),
        "hectares unknown": (no_land, "every size is taken to fit"),
        "category unknown": (sites["category"].isna(), "passes, unless unknown is refused"),
        "no plan seen": (quiet, "taken as no transformation, which is not proven"),
    }
    return located, _findings(located, rules)


def passes(sites: pd.DataFrame, site_filter: SiteFilter) -> pd.DataFrame:
    """Tell which sites have what a filter asks for: ``site_id, passes, why_not``.

    The last names each attribute, its value and what was asked for; empty where a site passes.
    """
    reasons = []
    for site in sites.to_dict("records"):
        why = []
        if site["hectares_available"] == 0 and not site_filter.overrule_available:
            why.append("hectares_available is 0, more than 0 is asked for")
        for name in ATTRIBUTES:
            asked = getattr(site_filter, name)
            value = "unknown" if pd.isna(site[name]) else site[name]
            if asked is None or (value == "unknown" and name in site_filter.unknown_passes):
                continue
            words = isinstance(asked, tuple)
            if not (value in asked if words else value != "unknown" and value >= asked):
                shown = value if isinstance(value, str) else f"{value:g}"
                wanted = " or ".join(asked) if words else f"at least {asked:g}"
                why.append(f"{name} is {shown}, {wanted} is asked for")
        reasons.append("; ".join(why))
    why_not = pd.Series(reasons, index=sites.index, dtype=object)
    return pd.DataFrame({"site_id": sites["site_id"], "passes": why_not == "", "why_not": why_not})


def sizes_for(sizes: pd.DataFrame, *, stream: str, step: str, fraction: str) -> pd.DataFrame:
    """Return how large a plant may be: stated sizes at the 25th, 50th and 75th percentile.

    Returned are ``size`` (small, medium, large; fewer where fewer are stated), ``size_t_per_a``,
    ``streams`` of the plants of that size, ``ha_per_1000_t`` (the median of the plots that may be
    divided, NaN where there is none) and ``grade``.
    """
    used = _rows_of(sizes, stream, step, fraction, use="size")
    land = _rows_of(sizes, stream, step, fraction, use="land")
    stated = used["size_t_per_a"].to_numpy(dtype=float)
    quarters = [0.25, 0.5, 0.75] if len(stated) else []
    chosen = np.unique([np.quantile(stated, q, method="inverted_cdf") for q in quarters])
    names = [[], ["medium"], ["small", "large"], ["small", "medium", "large"]][len(chosen)]
    options = pd.DataFrame({"size": names, "size_t_per_a": chosen.astype(float)})
    takes = [";".join(used.loc[stated == size, "streams"]).split(";") for size in chosen]
    return options.assign(
        streams=[";".join(sorted(set(streams))) for streams in takes],
        ha_per_1000_t=float((land["hectares"] / land["size_t_per_a"] * 1000.0).median()),
        grade=SIZE_GRADE,
    )


def median_size(sizes: pd.DataFrame, *, stream: str, step: str, fraction: str) -> float:
    """Return the median of the sizes stated for a step in t/a, NaN where none is."""
    return float(_rows_of(sizes, stream, step, fraction, use="size")["size_t_per_a"].median())


def fits(
    sites: pd.DataFrame, options: pd.DataFrame, *, overrule_available: bool = False
) -> NDArray[np.bool_]:
    """Tell which sizes of `sizes_for` fit on which site; where either's land is unknown, they do.

    Hectares available count; else, or where their 0 is overruled, those of the whole site.
    """
    available = sites["hectares_available"]
    if overrule_available:
        available = available.where(available != 0)
    land = available.fillna(sites["hectares"]).to_numpy(dtype=float)[:, None]
    needed = (options["size_t_per_a"] / 1000.0 * options["ha_per_1000_t"]).to_numpy(dtype=float)
    return np.asarray(~(needed[None, :] > land * (1.0 + 1e-9)), dtype=bool)


def excluding_pairs(sites: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the pairs (site, area it lies in, however many steps up) by their row numbers.

    They are one piece of land; sites beside each other in one area do not exclude each other.
    """
    number = {name: row for row, name in enumerate(sites["site_id"])}
    trails = enumerate(_areas_above(sites))
    return [(row, number[area]) for row, above in trails for area in above if area in number]


def _areas_above(sites: pd.DataFrame) -> list[list[str]]:
    """Return the areas that each site lies in, from the inside out, each once."""
    parents = dict(zip(sites["site_id"], sites["lies_in"], strict=True))
    trails: list[list[str]] = []
    for area in sites["lies_in"]:
        trails.append([])
        while isinstance(area, str) and area not in trails[-1]:
            trails[-1].append(area)
            area = parents.get(area)  # noqa: PLW2901 - going up is the point
    return trails


def _rows_of(sizes: pd.DataFrame, stream: str, step: str, part: str, *, use: str) -> pd.DataFrame:
    takes = np.array([stream in own.split(";") for own in sizes["streams"]], dtype=bool)
    takes &= (sizes["step"] == step) & (sizes["fraction"] == part)
    return sizes[takes & (sizes[f"use_for_{use}"] == "yes")]


def _check_rows(frame: pd.DataFrame, *, where: str) -> list[str]:
    """Name ids that stand twice, unknown words and amounts below zero."""
    problems = []
    for column, values in frame.items():
        kind, known = {**SITE_SCHEMA, **SIZE_SCHEMA}.get(str(column)), _KNOWN.get(str(column))
        wrong, expected = pd.Series(data=False, index=frame.index), ""
        if kind == "id":
            wrong, expected = values.duplicated(keep=False), "every id once"
        elif known is not None:
            words = ", ".join(f"{word:g}" if kind == "amount?" else word for word in known)
            wrong, expected = values.notna() & ~values.isin(known), f"one of {words} is expected"
        elif kind == "amount?":
            wrong, expected = values < 0, "zero or more is expected"
        place = f'{where} column "{column}"'
        for value in values[wrong].unique():
            shown = f"{value:g}" if kind == "amount?" else f'"{value}"'
            found = f"{shown} in {rows_named(values == value)}"
            problems.append(problem(place, found, expected, "correct the row"))
    return problems


def _check_shapes(shapes: gpd.GeoSeries, *, where: str) -> list[str]:
    """Name the rows whose place is none, no point or polygon, or lies elsewhere."""
    there = shapes.notna() & ~shapes.is_empty
    degrees, close = shapes.to_crs("EPSG:4326").envelope, shapes.bounds.abs() <= _HALF_TURN
    metric = shapes.crs is not None and shapes.crs.is_projected
    inside = degrees.within(shapely.box(*_BOUNDS)) & ~(metric & close.all(axis=1))
    odd = there & ~shapes.geom_type.isin(["Point", "Polygon", "MultiPolygon"])
    rules = {
        "no place": (~there, "longitude and latitude, or x and y", "fill in those or these"),
        "neither a point nor a polygon": (odd, "one of the two", "convert it in a GIS"),
        "an outline that crosses itself": (there & ~shapes.is_valid, "a valid one", "mend it"),
        "a place elsewhere": (there & ~inside, _WITHIN, "correct or swap the coordinates"),
    }
    return [
        problem(where, f"{found} in {rows_named(wrong)}", expected, do)
        for found, (wrong, expected, do) in rules.items()
        if wrong.any()
    ]


def _dataset(where: str, delimiter: str = ",") -> Dataset:
    source = Source(where, "", where, "the user", "not stated", date.min, "none")
    return Dataset(replace(source, delimiter=delimiter), where=where)


def _read_raw(path: Path, *, crs: str, problems: list[str]) -> gpd.GeoDataFrame | None:
    """Return the texts and the shapes of a user's file, None where it cannot be read."""
    kind, raw = path.suffix.lower(), None
    found = f'a file of kind "{kind}"' if path.is_file() else "no such file"
    try:
        if kind == ".csv" and path.is_file():
            raw = _table(path.read_text(encoding="utf-8-sig"), path.name, crs, problems)
        elif kind in {".geojson", ".json"} and path.is_file():
            raw = _features(json.loads(path.read_bytes()))
    except (ValueError, LookupError, TypeError, AttributeError, CRSError) as error:
        found = f"not readable ({error})"
    if raw is None and not problems:
        problems.append(problem(path.name, found, "a .csv (UTF-8) or .geojson", "convert it"))
    for one, other in (("name", "site_id"), ("site_id", "name")):
        if raw is not None and one not in raw and other in raw:
            raw[one] = raw[other]
    return raw


def _table(text: str, where: str, crs: str, problems: list[str]) -> gpd.GeoDataFrame | None:
    sign = next((sign for sign in ";\t" if sign in text.split("\n", 1)[0]), ",")
    dataset = _dataset(where, sign)
    raw = read_table(text.encode(), dataset, problems)
    if raw is None:
        return None
    pairs = [pair for pair in _AXES if {*pair} <= {*raw}]
    axes = pairs[0] if len(pairs) == 1 else []
    numbers = [c for c, kind in SITE_SCHEMA.items() if c in raw and kind.endswith("?")]
    for column in [*numbers, *axes] if sign == ";" else []:
        if not raw[column].str.contains(".", regex=False).any():
            raw[column] = raw[column].str.replace(",", ".")
    place = pick_columns(raw, dataset, dict.fromkeys(axes, "coordinate?"), problems)
    known = place.notna().all(axis=1) if axes else np.zeros(len(raw), dtype=bool)
    points = np.full(len(raw), None, dtype=object)
    points[known] = shapely.points(place[known].to_numpy(dtype=float))
    declared = crs if axes == _AXES[1] else "EPSG:4326"
    return gpd.GeoDataFrame(raw.drop(columns=axes), geometry=points, crs=declared)


def _features(table: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return the features of a GeoJSON, in the system that older ones may name."""
    parts = table["features"]
    crs = ((table.get("crs") or {}).get("properties") or {}).get("name", "EPSG:4326")
    own = [{c: str(v) for c, v in (f["properties"] or {}).items() if v is not None} for f in parts]
    drawn = [json.dumps(f["geometry"]) if f["geometry"] else None for f in parts]
    shapes = shapely.from_geojson(drawn, on_invalid="ignore")
    texts = pd.DataFrame(own, index=range(1, len(parts) + 1), dtype=object)
    return gpd.GeoDataFrame(texts, geometry=shapes, crs=crs)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=_NEAR)
    return f'did you mean "{near[0]}"?' if near else "choose one of these"


def _findings(sites: pd.DataFrame, rules: Mapping[str, tuple[pd.Series, str]]) -> pd.DataFrame:
    found = sites[["site_id", "name"]].set_axis(["row", "found"], axis="columns")
    parts = [found[mask].assign(rule=rule, action=action) for rule, (mask, action) in rules.items()]
    return pd.concat(parts, ignore_index=True)[["row", "rule", "found", "action"]]
