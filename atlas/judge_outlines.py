"""What places of an edition must satisfy: zones that fit, and what stands in or goes to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from atlas.judge_edition import is_edition
from atlas.judge_geopackage import Package, quoted
from atlas.rulebook import Breach, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEAR_M = 1.0
_SLIVER_M2 = 1.0
_PLACED = ("facilities", "collection_points", "sites")
_DO = "restore the geometry of the build"


def _shapes(package: Package, table: str, column: str) -> tuple[list[object], np.ndarray]:
    """Return the codes in a column and the geometry beside each; nothing without that column."""
    if column not in package.columns.get(table, {}) or table not in package.places:
        return [], np.empty(0, dtype=object)
    query = f"SELECT rowid, {quoted(column)} FROM {quoted(table)}"  # noqa: S608
    codes = dict(package.file.execute(query).fetchall())
    places = package.places[table]
    return [codes.get(int(row)) for row in places.rows], places.shapes


def _zones(package: Package) -> dict[object, shapely.Geometry]:
    return dict(zip(*_shapes(package, "zones", "zone_id"), strict=True))


def _coverage(package: Package) -> Iterator[Breach]:
    codes, shapes = _shapes(package, "zones", "zone_id")
    if not codes:
        return
    edges = shapely.coverage_invalid_edges(shapes)
    for code, edge in zip(codes, edges, strict=True):
        if not edge.is_empty:
            x, y = shapely.get_coordinates(edge)[0]
            found = f"zones: {code} overlaps a neighbour, or does not meet it, at {x:.1f}, {y:.1f}"
            yield Breach(found, "zones that share their edges", _DO)


def _unions(package: Package) -> Iterator[Breach]:
    parts: dict[object, list[shapely.Geometry]] = {}
    for code, shape in zip(*_shapes(package, "zones", "municipality_code"), strict=True):
        parts.setdefault(code, []).append(shape)
    for code, shape in zip(*_shapes(package, "municipalities", "municipality_code"), strict=True):
        off = shapely.union_all(parts.get(code, [])).symmetric_difference(shape).area
        if off > _SLIVER_M2:
            found = f"municipalities: {code} differs from its zones by {off:,.0f} m²"
            yield Breach(found, "the union of its zones", _DO)


def _same(package: Package) -> Iterator[Breach]:
    zones = _zones(package)
    for name, layer in package.dictionary.items():
        if layer.stream is None:
            continue
        for code, shape in zip(*_shapes(package, name, "zone_id"), strict=True):
            if code in zones and not shapely.equals(shape, zones[code]):
                yield Breach(f"{name}: {code} has another outline", "that of the layer zones", _DO)


def _placed(package: Package) -> Iterator[Breach]:
    zones = _zones(package)
    for name in _PLACED:
        for number, (code, shape) in enumerate(
            zip(*_shapes(package, name, "zone_id"), strict=True)
        ):
            if code in zones and (off := shapely.distance(shape, zones[code])) > _NEAR_M:
                row = package.places[name].rows[number]
                found = f"{name}: fid {row} lies {off:,.0f} m from {code}"
                yield Breach(found, "a place in its zone", "correct the place or the zone_id")


def _arrives(package: Package) -> Iterator[Breach]:
    plants = dict(zip(*_shapes(package, "facilities", "facility_id"), strict=True))
    for number, (code, line) in enumerate(
        zip(*_shapes(package, "flows", "facility_id"), strict=True)
    ):
        if code not in plants:
            continue
        off = shapely.distance(shapely.get_point(line, -1), plants[code])
        # What is no line has no end.
        if not off <= _NEAR_M:
            row = package.places["flows"].rows[number]
            found = f"flows: fid {row} ends {off:,.0f} m from {code}"
            yield Breach(found, "a line to its facility", _DO)


_ASKED: tuple[Rule[Package], ...] = (
    Rule("edition-coverage", "Zones share their edges: they neither overlap nor leave slivers.",
         _coverage),
    Rule("edition-unions", "A municipality is the union of its zones.", _unions),
    Rule("edition-outlines", "Wide layers have the outlines of the zones.", _same),
    Rule("edition-places", "What has a zone lies in it.", _placed),
    Rule("edition-arrivals", "A flow ends at its facility.", _arrives),
)  # fmt: skip
RULES = tuple(replace(rule, applies=is_edition) for rule in _ASKED)
