"""Municipalities and port areas into zones that share no ground and leave none out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from atlas.errors import ConservationError, DataError, problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

UNALLOCATED = "unallocated"  # the zone_id of what could not be placed
OUTSIDE = "outside"  # the zone_id of the rest of the country
UNPLACED_CODE = "GM0000"  # how CBS writes "cannot be assigned to a municipality"

_AREA_TOLERANCE = 1e-9  # relative: area of the zones against that of the municipalities
_OVERLAP_M2 = 1.0  # less is the width of a drawn line
_GAP_M = 0.5  # a narrower gap between two municipalities is a drawing fault, a wider one is water


def partition(municipalities: gpd.GeoDataFrame, ports: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Carve the ports out of their municipalities.

    All boundary lines are polygonised together and each face is given to one zone; taking
    differences polygon by polygon would leave slivers along borders drawn in different years.
    What of a port lies beyond its municipality stays with the neighbour.

    Parameters
    ----------
    municipalities
        ``municipality_code``, ``name`` and polygons in a metric CRS.
    ports
        ``port_id``, ``name``, ``municipality_code`` and polygons in the same CRS, or None.

    Returns
    -------
    GeoDataFrame
        ``zone_id, municipality_code, kind, name`` and multipolygons, ordered by `zone_id`.  The
        zones are a partition: valid as a coverage, equal in area to the union of municipalities.

    Raises
    ------
    DataError
        When the municipalities overlap or leave narrow gaps, or a port overlaps another or lies
        outside its municipality; every pair is named.
    ConservationError
        When the zones are not a partition of the municipalities.
    """
    raise_problems(_check_municipalities(municipalities))
    if ports is None:
        ports = gpd.GeoDataFrame(
            {"port_id": [], "name": [], "municipality_code": []}, geometry=[], crs=municipalities.crs
        )
    raise_problems(_check_ports(ports, municipalities))
    lines = shapely.union_all(
        np.concatenate(
            [shapely.boundary(municipalities.geometry.array), shapely.boundary(ports.geometry.array)]
        )
    )
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.point_on_surface(faces)
    owner = _containing(inside, municipalities.geometry.array)
    faces, inside, owner = faces[owner >= 0], inside[owner >= 0], owner[owner >= 0]
    codes = municipalities["municipality_code"].to_numpy()[owner]
    zone_ids = codes.astype(object)
    for port in ports.itertuples():
        shapely.prepare(port.geometry)
        own = shapely.contains(port.geometry, inside) & (codes == port.municipality_code)
        zone_ids[own] = f"{port.municipality_code}.{port.port_id}"
    order = np.argsort(zone_ids, kind="stable")
    starts = np.flatnonzero(np.r_[True, zone_ids[order][1:] != zone_ids[order][:-1]])
    shapes = [_multi(shapely.coverage_union_all(group)) for group in np.split(faces[order], starts[1:])]
    zones = gpd.GeoDataFrame(
        {"zone_id": zone_ids[order][starts], "municipality_code": codes[order][starts]},
        geometry=shapes,
        crs=municipalities.crs,
    )
    names = dict(zip(municipalities["municipality_code"], municipalities["name"], strict=True))
    names |= {f"{p.municipality_code}.{p.port_id}": p.name for p in ports.itertuples(index=False)}
    zones["kind"] = np.where(zones["zone_id"] == zones["municipality_code"], "municipality", "port")
    zones["name"] = zones["zone_id"].map(names)
    check_partition(zones, municipalities)
    return zones[["zone_id", "municipality_code", "kind", "name", "geometry"]]


def check_partition(zones: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame) -> None:
    """Refuse zones that overlap, leave a hole, or cover other ground than the municipalities.

    Raises
    ------
    ConservationError
        With the largest fault: invalid coverage, area lost or gained, a municipality or port
        without ground.
    """
    problems = []
    if not shapely.coverage_is_valid(zones.geometry.array):
        problems.append(
            problem("zones", "they overlap or do not meet", "a partition", "mend the boundaries")
        )
    before = float(shapely.coverage_union_all(municipalities.geometry.array).area)
    after = float(zones.geometry.area.sum())
    if abs(after - before) > _AREA_TOLERANCE * before:
        problems.append(
            problem(
                "zones",
                f"{after:.1f} m2 in zones, {before:.1f} m2 in municipalities",
                "equal areas",
                "look for ports or municipalities that overlap",
            )
        )
    missing = sorted(set(municipalities["municipality_code"]) - set(zones["municipality_code"]))
    problems += [problem("zones", f"{code} has no zone", "one at least", "check it") for code in missing]
    raise_problems(problems, ConservationError)


def measure_area_km2(zones: gpd.GeoDataFrame, *, crs: str) -> pd.Series:
    """Return the area of each zone in km2, measured in the equal-area `crs`, on ``zone_id``."""
    return pd.Series(
        zones.to_crs(crs).geometry.area.to_numpy() / 1e6, index=zones["zone_id"], name="area_km2"
    )


def recode(codes: pd.Series, recoding: Mapping[str, str]) -> pd.Series:
    """Replace the codes of merged municipalities by those they became, following chains."""
    seen = dict(recoding)
    for old, new in recoding.items():
        trail = {old}
        while new in recoding and new not in trail:
            trail.add(new)
            new = recoding[new]  # noqa: PLW2901 - following the chain is the point
        seen[old] = new
    return codes.map(lambda code: seen.get(code, code))


def check_codes(codes: pd.Series, known: pd.Series, *, where: str) -> list[str]:
    """Name the codes that are no municipality of the region (``GM0000`` is allowed)."""
    strange = sorted(set(codes.dropna()) - set(known) - {UNPLACED_CODE})
    return [
        problem(
            where,
            f"unknown municipality {code}",
            f"one of the {len(known)} codes of the region",
            "correct it, or add the merger to the recoding table",
        )
        for code in strange
    ]


def place_points(
    points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, within_m: float
) -> pd.DataFrame:
    """Place points in zones.

    Where its row names a municipality, a point belongs to the nearest zone of that one, at most
    `within_m` metres away: shorelines are generalised and turbines stand on sea walls.  Otherwise
    it belongs to the zone it lies in.  Anything else is unallocated.

    Parameters
    ----------
    points
        Points (or None) in the CRS of the zones; ``municipality_code`` where it is known.
    zones
        A partition.
    within_m
        How far outside its municipality a point may lie.

    Returns
    -------
    DataFrame
        On the index of the points: ``zone_id`` (``unallocated`` where none fits) and
        ``off_m``, the metres between the point and that zone (NaN when unallocated).
    """
    zone_ids = zones["zone_id"].to_numpy(dtype=object)
    shapes = zones.geometry.array
    named = points.get("municipality_code", pd.Series([None] * len(points), index=points.index))
    tree = shapely.STRtree(shapes)
    placed, off = [], []
    for point, code in zip(points.geometry.array, named, strict=True):
        zone_id, off_m = UNALLOCATED, np.nan
        if point is not None and not point.is_empty:
            own = np.flatnonzero(zones["municipality_code"] == code)
            distances = shapely.distance(shapes[own], point)
            around = tree.query(point, predicate="intersects")
            if len(own) and float(distances.min()) <= within_m:
                zone_id, off_m = zone_ids[own[int(distances.argmin())]], float(distances.min())
            elif len(around):
                zone_id, off_m = zone_ids[around.min()], 0.0
        placed.append(zone_id)
        off.append(off_m)
    return pd.DataFrame({"zone_id": placed, "off_m": off}, index=points.index)


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return one kind of shape with outer rings counter-clockwise, as the exchange formats ask."""
    parts = [shapely.geometry.polygon.orient(part) for part in shapely.get_parts(shape)]
    return shapely.MultiPolygon(parts)


def _containing(points: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Return for each point the index of the shape that contains it, or -1."""
    owner = np.full(len(points), -1)
    point, shape = shapely.STRtree(shapes).query(points, predicate="within")
    owner[point] = shape
    return owner


def _check_municipalities(municipalities: gpd.GeoDataFrame) -> list[str]:
    shapes, names = municipalities.geometry.array, municipalities["name"].to_numpy()
    problems = _overlaps(shapes, names, what="municipalities")
    if problems:
        return problems
    bad = shapely.coverage_invalid_edges(shapes, gap_width=_GAP_M)
    return [
        problem(
            "municipalities",
            f"the border of {name} does not meet its neighbour's ({edges.length:.1f} m)",
            "borders that share every vertex",
            "snap the borders to each other",
        )
        for name, edges in zip(names, bad, strict=True)
        if not edges.is_empty
    ]


def _check_ports(ports: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame) -> list[str]:
    problems = _overlaps(ports.geometry.array, ports["name"].to_numpy(), what="ports")
    problems += check_codes(
        ports["municipality_code"], municipalities["municipality_code"], where="ports"
    )
    own = municipalities.set_index("municipality_code").geometry
    for port in ports.itertuples(index=False):
        if port.municipality_code not in own.index:
            continue
        share = port.geometry.intersection(own[port.municipality_code]).area / port.geometry.area
        if share < 0.5:  # noqa: PLR2004 - a port that lies mostly elsewhere has the wrong code
            problems.append(
                problem(
                    f"port {port.name}",
                    f"{share:.0%} of it lies in {port.municipality_code}",
                    "more than half",
                    "correct its municipality or its outline",
                )
            )
    return problems


def _overlaps(shapes: np.ndarray, names: np.ndarray, *, what: str) -> list[str]:
    """Name each pair of shapes that share more than a line."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    return [
        problem(
            what,
            f"{names[i]} and {names[j]} overlap by {area:.0f} m2",
            "no shared ground",
            "correct one of the two outlines",
        )
        for i, j, area in zip(left, right, shared, strict=True)
        if area > _OVERLAP_M2
    ]


def municipalities_of(zones: gpd.GeoDataFrame, totals: pd.DataFrame) -> gpd.GeoDataFrame:
    """Join the zones of each municipality, ports included.

    Parameters
    ----------
    zones
        A partition, with the columns of `totals` too.
    totals
        Extensive columns on the index of `zones`; each is summed.

    Returns
    -------
    GeoDataFrame
        ``municipality_code, name``, the sums and the joined outline, ordered by code.
    """
    if not totals.index.equals(zones.index):
        raise DataError(problem("municipalities", "another index", "that of the zones", "align them"))
    shapes = zones.groupby("municipality_code").geometry.agg(
        lambda group: _multi(shapely.coverage_union_all(group.array))
    )
    sums = totals.groupby(zones["municipality_code"]).sum(min_count=1)
    names = zones[zones["kind"] == "municipality"].set_index("municipality_code")["name"]
    frame = pd.DataFrame({"municipality_code": shapes.index, "name": names.reindex(shapes.index)})
    frame = pd.concat([frame.reset_index(drop=True), sums.reset_index(drop=True)], axis=1)
    return gpd.GeoDataFrame(frame, geometry=shapes.to_numpy(), crs=zones.crs)
