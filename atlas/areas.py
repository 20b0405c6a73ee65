"""Municipalities and port areas into zones that share no ground and leave none out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from atlas.columns import rows_named
from atlas.errors import ConservationError, DataError, problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

UNALLOCATED = "unallocated"  # the zone_id of what could not be placed
UNPLACED_CODE = "GM0000"  # how CBS writes "cannot be assigned to a municipality"

_AREA_TOLERANCE = 1e-9  # relative: area of the zones against that of the municipalities
_OVERLAP_M2 = 1.0  # less is the width of a drawn line
_STRIP_M = 100.0  # a narrower strip of shore belongs to the port it lies along
_GAP_M = 0.5  # a narrower gap between two municipalities is a drawing fault, a wider one is water


def partition(municipalities: gpd.GeoDataFrame, ports: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Carve the ports out of their municipalities.

    All boundary lines are polygonised together and each face is given to one zone; taking
    differences polygon by polygon would leave slivers along borders drawn in different years.
    What of a port lies beyond its municipality stays with the neighbour; strips of shore along a
    port go to the port.

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
    raise_problems(check_outlines(municipalities, ports))
    grounds = outlines(municipalities)
    lines = [shapely.boundary(grounds)]
    if ports is not None:
        lines.append(shapely.boundary(outlines(ports)))
    faces = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.union_all(np.concatenate(lines))))
    )
    inside = shapely.point_on_surface(faces)
    owner = _containing(inside, grounds)
    faces, inside, owner = faces[owner >= 0], inside[owner >= 0], owner[owner >= 0]
    codes = municipalities["municipality_code"].to_numpy(dtype=object)[owner]
    names = dict(zip(municipalities["municipality_code"], municipalities["name"], strict=True))
    zone_ids = codes.copy()
    for port_id, name, code, shape in _each_port(ports):
        zone_id = f"{code}.{port_id}"
        names[zone_id] = name
        shapely.prepare(shape)
        zone_ids[shapely.contains(shape, inside) & (codes == code)] = zone_id
    zone_ids = _slivers_to_ports(faces, zone_ids, codes)
    order = np.argsort(zone_ids.astype(str), kind="stable")
    starts = np.flatnonzero(np.r_[True, zone_ids[order][1:] != zone_ids[order][:-1]])
    groups = np.split(faces[order], starts[1:])
    zones = gpd.GeoDataFrame(
        {"zone_id": zone_ids[order][starts], "municipality_code": codes[order][starts]},
        geometry=[_multi(shapely.coverage_union_all(group)) for group in groups],
        crs=municipalities.crs,
    )
    zones["kind"] = np.where(zones["zone_id"] == zones["municipality_code"], "municipality", "port")
    zones["name"] = zones["zone_id"].map(names)
    check_partition(zones, municipalities)
    return zones[["zone_id", "municipality_code", "kind", "name", "geometry"]]


def outlines(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the geometry of a frame as a plain array."""
    return np.asarray(frame.geometry.array, dtype=object)


def check_outlines(municipalities: gpd.GeoDataFrame, ports: gpd.GeoDataFrame | None) -> list[str]:
    """Say where municipalities or ports overlap, leave narrow gaps, or lie elsewhere."""
    problems = _check_municipalities(municipalities)
    return problems if ports is None else problems + _check_ports(ports, municipalities)


def check_partition(zones: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame) -> None:
    """Refuse zones that overlap, leave a hole, or cover other ground than the municipalities.

    Raises
    ------
    ConservationError
        With every fault: invalid coverage, area lost or gained, a municipality without ground.
    """
    problems = []
    if not shapely.coverage_is_valid(outlines(zones)):
        problems.append(
            problem("zones", "they overlap or do not meet", "a partition", "mend the boundaries")
        )
    before = float(shapely.coverage_union_all(outlines(municipalities)).area)
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
    own = zones.loc[zones["kind"] == "municipality", "municipality_code"]
    problems += [
        problem(
            "zones",
            f"nothing is left of {code} beside its ports",
            "a port area is a part of its municipality",
            "leave the port out, or correct its outline",
        )
        for code in sorted(set(municipalities["municipality_code"]) - set(own))
    ]
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


def check_codes(
    codes: pd.Series, known: pd.Series, *, where: str, unplaced: bool = True
) -> list[str]:
    """Name the codes that are no municipality of the region, and the rows they stand in.

    Parameters
    ----------
    codes
        Codes of a source; its index numbers the rows.
    known
        The codes of the region.
    where
        The file, for messages.
    unplaced
        Whether ``GM0000`` may be among them: an amount that belongs to no municipality.
    """
    allowed = {*known, UNPLACED_CODE} if unplaced else set(known)
    return [
        problem(
            where,
            f"unknown municipality {code} in {rows_named(codes == code)}",
            f"one of the {len(known)} codes of the region",
            "correct it, or add the merger to the recoding table",
        )
        for code in sorted(set(codes.dropna()) - allowed)
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
    shapes, owners = outlines(zones), zones["municipality_code"].to_numpy(dtype=object)
    named = [None] * len(points)
    if "municipality_code" in points:
        named = points["municipality_code"].tolist()
    tree = shapely.STRtree(shapes)
    placed, off = [], []
    for point, code in zip(outlines(points), named, strict=True):
        zone_id, off_m = UNALLOCATED, np.nan
        if point is not None and not point.is_empty:
            own = np.flatnonzero(owners == code)
            distances = shapely.distance(shapes[own], point)
            around = tree.query(point, predicate="intersects")
            if len(own) and float(distances.min()) <= within_m:
                zone_id, off_m = zone_ids[own[int(distances.argmin())]], float(distances.min())
            elif len(around):
                zone_id, off_m = zone_ids[around.min()], 0.0
        placed.append(zone_id)
        off.append(off_m)
    return pd.DataFrame(
        {"zone_id": pd.Series(placed, index=points.index, dtype=object), "off_m": off},
        index=points.index,
    ).astype({"off_m": float})


def _slivers_to_ports(
    faces: NDArray[np.object_], zone_ids: NDArray[np.object_], codes: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Give the strips of shore that two maps drawn apart leave along a port to that port.

    A face of the municipality that is narrower than a strip on average goes to its own port that
    it shares the longest border with; the largest of what is left always stays.
    """
    result = zone_ids.copy()
    area = shapely.area(faces)
    thin = (zone_ids == codes) & (2.0 * area < _STRIP_M * shapely.length(faces))
    tree = shapely.STRtree(faces)
    for face in np.flatnonzero(thin):
        if area[face] == area[(zone_ids == codes) & (codes == codes[face])].max():
            continue
        near = tree.query(faces[face], predicate="touches")
        near = near[(zone_ids[near] != codes[near]) & (codes[near] == codes[face])]
        shared = shapely.length(shapely.intersection(faces[near], faces[face]))
        if len(near) and shared.max() > 0:
            result[face] = zone_ids[near[int(shared.argmax())]]
    return result


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return one kind of shape with outer rings counter-clockwise, as the exchange formats ask."""
    parts = [shapely.geometry.polygon.orient(part) for part in shapely.get_parts(shape)]
    return shapely.MultiPolygon(parts)


def _each_port(
    ports: gpd.GeoDataFrame | None,
) -> list[tuple[str, str, str, shapely.Geometry]]:
    if ports is None:
        return []
    columns = [ports[c] for c in ("port_id", "name", "municipality_code")]
    return list(zip(*columns, outlines(ports), strict=True))


def _containing(points: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return for each point the index of the shape that contains it, or -1."""
    owner = np.full(len(points), -1, dtype=np.int64)
    point, shape = shapely.STRtree(shapes).query(points, predicate="within")
    owner[point] = shape
    return owner


def _check_municipalities(municipalities: gpd.GeoDataFrame) -> list[str]:
    shapes, names = outlines(municipalities), municipalities["name"].to_numpy()
    problems = _overlaps(shapes, names, what="municipalities")
    if problems:
        return problems
    faults = shapely.coverage_invalid_edges(shapes, gap_width=_GAP_M)
    bad = np.flatnonzero(~shapely.is_empty(faults))
    # A gap is a fault of both neighbours, but one problem; others only touch it at its ends.
    one, other = shapely.STRtree(faults[bad]).query(faults[bad], "dwithin", distance=_GAP_M)
    shared = shapely.intersection(faults[bad[one]], shapely.buffer(faults[bad[other]], _GAP_M))
    along = (one < other) & (shapely.length(shared) > 4 * _GAP_M)
    pairs = list(zip(bad[one[along]], bad[other[along]], strict=True))
    alone = set(bad.tolist()) - {int(i) for pair in pairs for i in pair}
    found = {f"{names[i]} and {names[j]}": faults[i].length for i, j in pairs}
    found |= {f"{names[i]} and its neighbour": faults[i].length for i in sorted(alone)}
    return [
        problem(
            "municipalities",
            f"the borders of {pair} do not meet over {length:.0f} m",
            "borders that share every vertex",
            "snap the borders to each other",
        )
        for pair, length in found.items()
    ]


def _check_ports(ports: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame) -> list[str]:
    problems = _overlaps(outlines(ports), ports["name"].to_numpy(), what="ports")
    own = dict(zip(municipalities["municipality_code"], outlines(municipalities), strict=True))
    for _, name, code, shape in _each_port(ports):
        if code not in own:
            problems += check_codes(
                pd.Series([code]), municipalities["municipality_code"], where=f"port {name}"
            )
            continue
        share = float(shapely.area(shapely.intersection(shape, own[code])) / shapely.area(shape))
        if share < 0.5:  # noqa: PLR2004 - a port that lies mostly elsewhere has the wrong code
            problems.append(
                problem(
                    f"port {name}",
                    f"{share:.0%} of it lies in {code}",
                    "more than half",
                    "correct its municipality or its outline",
                )
            )
    return problems


def _overlaps(shapes: NDArray[np.object_], names: NDArray[np.object_], *, what: str) -> list[str]:
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
        raise DataError(
            problem("municipalities", "another index", "that of the zones", "align them")
        )
    sums = totals.groupby(zones["municipality_code"]).sum(min_count=1)
    names = zones[zones["kind"] == "municipality"].set_index("municipality_code")["name"]
    frame = pd.DataFrame(
        {"municipality_code": sums.index, "name": names.reindex(sums.index).to_numpy()}
    )
    frame = pd.concat([frame, sums.reset_index(drop=True)], axis=1)
    shapes, codes = outlines(zones), zones["municipality_code"].to_numpy()
    joined = [_multi(shapely.coverage_union_all(shapes[codes == code])) for code in sums.index]
    return gpd.GeoDataFrame(frame, geometry=joined, crs=zones.crs)
