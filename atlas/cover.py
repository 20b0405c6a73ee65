"""Cover of collection: how many residents have a known collection point within reach."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
import pyproj

from atlas.catchments import (
    listed,
    nearest_m,
    reaches,
    served_municipalities,
    takers_of,
    usable_points,
)
from atlas.columns import rows_named
from atlas.errors import problem, raise_problems
from atlas.facilities import CERTAINTIES, PLACE_LEVEL_M
from atlas.grid import Grid
from atlas.sources import same_crs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

CoverStatus = Literal["known", "shared", "unknown"]
# No law sets a distance for collection: these are a choice.
DISTANCES_KM = (2.0, 5.0, 10.0)
_KNOWN, _SHARED, _UNKNOWN = get_args(CoverStatus)
_M_PER_KM = 1000.0
_DECIMALS = 6


def check_coverage(
    coverage: pd.DataFrame, *, points: pd.DataFrame, where: str = "coverage"
) -> list[str]:
    """Name what municipalities are said to be served by that is no collection point.

    Parameters
    ----------
    coverage
        ``served_by``: point_ids joined by ``;``, or NaN; the index numbers the rows.
    points
        ``point_id``.
    where
        The file, for messages.
    """
    named = listed(coverage["served_by"])
    return [
        problem(
            f'{where} column "served_by"',
            f'"{name}" in {rows_named(named == name)}',
            "the point_id of a collection point is expected",
            "correct the row, or add the point",
        )
        for name in sorted(set(named) - set(points["point_id"]))
    ]


def cover(  # noqa: PLR0913 - who lives where, who collects, and for whom
    cells: pd.DataFrame,
    grid: Grid,
    zones: pd.DataFrame,
    points: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    *,
    streams: Sequence[str],
    detour_factor: float,
    distances_km: Sequence[float] = DISTANCES_KM,
) -> pd.DataFrame:
    """Count the residents who have a known collection point for a stream within reach.

    Only known points count, and there are more: a lower bound.  Kilometres are straight ones from
    the centre of a cell, times the detour factor.

    Parameters
    ----------
    cells
        ``zone_id, cell, residents`` as of `grid.spread_districts`.
    grid
        The grid that the cells are of, in a metric CRS.
    zones
        ``zone_id, municipality_code``.
    points
        From `facilities.locate_points`, in the CRS of the grid.
    coverage
        ``municipality_code``, ``served_by`` (point_ids joined by ``;``, or NaN) and ``status``
        (known, shared, or operator_only: the collector is known and its site is not).
    streams
        Those wanted; one that no point accepts is unknown everywhere.
    detour_factor
        Kilometres travelled for each as the crow flies.
    distances_km
        Kilometres travelled that are within reach.

    Returns
    -------
    DataFrame
        ``zone_id, stream, distance_km, own_only, certainty, residents, covered_low, covered_high,
        status``: one row for every zone, stream, distance, answer to `own_only` and certainty, in
        this order.  0 <= covered_low <= covered_high <= residents, all three to a millionth.

    Raises
    ------
    DataError
        With every fault: what `check_coverage` finds, points in another CRS than the grid, cells
        in none of the zones or off the grid.

    Notes
    -----
    *Which points.*  Not those that are closed or planned, and not those without coordinates or
    of unknown precision.  A point of status unknown may be closed: it counts for ``covered_high``
    only, and makes no municipality known.  ``certainty`` is "stated" where only points count that
    say what they accept, "assumed" where those of which it is assumed count too.

    *For whom.*  With ``own_only`` a point serves its own municipality and those that name it under
    ``served_by``, and everybody only where it is known to; without, borders do not matter.

    *Low and high.*  A point lies within its precision of its coordinates.  ``covered_low`` has the
    residents within reach of a point at its farthest, ``covered_high`` at its nearest; it need not
    be the same point.  One that is known no better than its place (`facilities.PLACE_LEVEL_M`)
    counts as any other: it widens the range.

    *Status* is "known" where the municipality has an open point of its own that counts for the
    stream, however well it is placed, "shared" where only one elsewhere that serves it does, and
    "unknown" where neither is found, or where the site of its collector is not (operator_only: the
    stops of its van are then not all there is).  Those whom no known point reaches there are
    unknown, never uncovered: with ``own_only`` both counts are NaN; without, ``covered_low`` is
    what the points of others reach and ``covered_high`` all residents.

    Both counts grow with distance, and ``covered_low`` with every point and with the assumed
    ones.  ``covered_high`` falls where an unknown municipality becomes known.
    """
    raise_problems(_problems(cells, grid, zones, points, coverage))
    homes, usable = _homes(cells, grid, zones), usable_points(points)
    serves = served_municipalities(points, coverage)
    low: list[NDArray[np.float64]] = []
    high: list[NDArray[np.float64]] = []
    status: list[NDArray[np.object_]] = []
    residents = _on_zones(homes, zones, np.ones(len(homes), dtype=bool))
    switches = (False, True)
    for stream in streams:
        takers = takers_of(usable, stream)
        found = {c: _statuses(zones, _certain(takers, c), serves, coverage) for c in CERTAINTIES}
        reach = {own: reaches(homes, takers, serves, own_only=own) for own in switches}
        for km, own_only, certainty in product(distances_km, switches, CERTAINTIES):
            nearest, farthest = reach[own_only][certainty]
            straight_m = km * _M_PER_KM / detour_factor
            unknown = found[certainty] == _UNKNOWN
            sure = _on_zones(homes, zones, farthest <= straight_m)
            perhaps = _on_zones(homes, zones, nearest <= straight_m)
            low.append(np.where(unknown, np.nan, sure) if own_only else sure)
            high.append(np.where(unknown, np.nan if own_only else residents, perhaps))
            status.append(found[certainty])
    table = pd.MultiIndex.from_product(
        [zones["zone_id"], streams, map(float, distances_km), switches, CERTAINTIES],
        names=["zone_id", "stream", "distance_km", "own_only", "certainty"],
    ).to_frame(index=False)
    by_zone = (len(low), len(zones))
    return table.assign(
        residents=np.repeat(residents, len(low)),
        covered_low=np.reshape(low, by_zone).T.ravel(),
        covered_high=np.reshape(high, by_zone).T.ravel(),
        status=np.reshape(status, by_zone).T.ravel(),
    )


def distance_grid(
    cells: pd.DataFrame, grid: Grid, points: gpd.GeoDataFrame, *, stream: str, detour_factor: float
) -> Grid:
    """Return the kilometres from each inhabited cell to the nearest point that takes a stream.

    Parameters
    ----------
    cells, grid, points, detour_factor
        As in `cover`.
    stream
        What is to be handed in; whether that is stated or assumed does not matter.

    Returns
    -------
    Grid
        From the centre of a cell to the coordinates of the nearest open point, whoever it serves
        and without its precision.  Points placed no better than `facilities.PLACE_LEVEL_M` are left
        out: one distance has no range to show how far off they may be.  NaN where nobody lives, and
        everywhere when no point is left.

    Raises
    ------
    DataError
        When the points are in another CRS than the grid, or a cell is off it.
    """
    raise_problems([*_check_crs(points, grid), *_check_cells(cells, grid)])
    usable = usable_points(points)
    told = usable["open"] & (usable["precision_m"] < PLACE_LEVEL_M)
    takers = takers_of(usable[told], stream)
    values = np.full(grid.values.size, np.nan)
    lived_in = np.flatnonzero(
        np.bincount(cells["cell"], weights=cells["residents"], minlength=values.size)
    )
    if len(takers):
        straight_m = nearest_m(_middles(lived_in, grid), takers)
        values[lived_in] = straight_m * detour_factor / _M_PER_KM
    return Grid(values=values.reshape(grid.values.shape), transform=grid.transform, crs=grid.crs)


def uncovered_grids(  # noqa: PLR0913 - as in `cover`
    cells: pd.DataFrame,
    grid: Grid,
    zones: pd.DataFrame,
    points: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    *,
    stream: str,
    distances_km: Iterable[float],
    detour_factor: float,
) -> list[Grid]:
    """Return the residents per cell whom no known point within reach covers for sure.

    Parameters
    ----------
    cells, grid, zones, points, coverage, detour_factor
        As in `cover`.
    stream, distances_km
        Those that are wanted.

    Returns
    -------
    list of Grid
        For each distance what ``covered_low`` leaves, without `own_only` and with certainty
        "assumed"; together they are the residents of all zones that are not unknown, to a millionth
        for each.  NaN where nobody lives and where the municipality is unknown; a cell of several
        has the residents of those that are not.

    Raises
    ------
    DataError
        As `cover`.
    """
    raise_problems(_problems(cells, grid, zones, points, coverage))
    homes, usable = _homes(cells, grid, zones), usable_points(points)
    serves = served_municipalities(points, coverage)
    takers = takers_of(usable, stream)
    known = (_statuses(zones, takers, serves, coverage) != _UNKNOWN)[homes["zone"]]
    _, farthest = reaches(homes, takers, serves, own_only=False)[CERTAINTIES[-1]]
    cell, residents = homes["cell"].to_numpy()[known], homes["residents"].to_numpy()[known]
    nobody = np.bincount(cell, minlength=grid.values.size) == 0
    found = []
    for km in distances_km:
        covered = (farthest <= km * _M_PER_KM / detour_factor)[known]
        left = np.where(covered, 0.0, residents)
        values = np.bincount(cell, weights=left, minlength=grid.values.size).astype(float)
        values[nobody] = np.nan
        shaped = values.reshape(grid.values.shape)
        found.append(Grid(values=shaped, transform=grid.transform, crs=grid.crs))
    return found


def _certain(points: pd.DataFrame, certainty: str) -> pd.DataFrame:
    """Return the points of a certainty and of those before it: assumed has the stated ones too."""
    enough = CERTAINTIES[: CERTAINTIES.index(certainty) + 1]
    return points[points["streams_certainty"].isin(enough)]


def _statuses(
    zones: pd.DataFrame, takers: pd.DataFrame, serves: pd.DataFrame, coverage: pd.DataFrame
) -> NDArray[np.object_]:
    """Return the `CoverStatus` of each zone, which is that of its municipality."""
    sure = takers[takers["open"]]
    served = serves.loc[serves["point_id"].isin(sure["point_id"]), "municipality_code"]
    lost = coverage.loc[coverage["status"] == "operator_only", "municipality_code"]
    codes = zones["municipality_code"]
    own, shared = codes.isin(sure["municipality_code"]), codes.isin(served)
    status: NDArray[np.object_] = np.select(
        [codes.isin(lost), own, shared], [_UNKNOWN, _KNOWN, _SHARED], default=_UNKNOWN
    ).astype(object)
    return status


def _homes(cells: pd.DataFrame, grid: Grid, zones: pd.DataFrame) -> pd.DataFrame:
    """Return where people live: ``zone`` (a row number), its municipality, the cell, its centre."""
    # An empty cell changes no sum, and may lie far from every point.
    lived_in = cells[cells["residents"] > 0]
    zone = pd.Index(zones["zone_id"]).get_indexer(pd.Index(lived_in["zone_id"]))
    x_m, y_m = _middles(lived_in["cell"].to_numpy(), grid).T
    return pd.DataFrame(
        {
            "zone": zone,
            "municipality_code": zones["municipality_code"].astype("category").array[zone],
            "cell": lived_in["cell"].to_numpy(),
            "residents": lived_in["residents"].to_numpy(),
            "x_m": x_m,
            "y_m": y_m,
        }
    )


def _middles(cell: NDArray[np.int64], grid: Grid) -> NDArray[np.float64]:
    row, column = np.divmod(cell, grid.values.shape[1])
    x_m = grid.transform.c + (column + 0.5) * grid.transform.a
    y_m = grid.transform.f + (row + 0.5) * grid.transform.e
    return np.column_stack([x_m, y_m])


def _on_zones(
    homes: pd.DataFrame, zones: pd.DataFrame, covered: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Sum the residents of some homes; every sum adds in one order, so that less is never more."""
    people = np.where(covered, homes["residents"], 0.0)
    sums = np.bincount(homes["zone"], weights=people, minlength=len(zones)).astype(float)
    # Parts of a million are dust of the arithmetic, and rounding keeps the order.
    return np.asarray(sums.round(_DECIMALS), dtype=float)


def _problems(
    cells: pd.DataFrame,
    grid: Grid,
    zones: pd.DataFrame,
    points: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
) -> Iterable[str]:
    yield from check_coverage(coverage, points=points)
    yield from _check_crs(points, grid)
    yield from _check_cells(cells, grid)
    for zone_id in sorted(set(cells["zone_id"].unique()) - set(zones["zone_id"])):
        yield problem("cells", f"residents in {zone_id}", "a zone", "spread them over the zones")


def _check_crs(points: gpd.GeoDataFrame, grid: Grid) -> list[str]:
    if points.crs is not None and same_crs(pyproj.CRS(points.crs), pyproj.CRS(grid.crs)):
        return []
    name = "no CRS" if points.crs is None else pyproj.CRS(points.crs).to_string()
    return [problem("collection points", name, f"{grid.crs} is expected", "reproject them")]


def _check_cells(cells: pd.DataFrame, grid: Grid) -> list[str]:
    size = grid.values.size
    off = cells.loc[~cells["cell"].between(0, size - 1), "cell"]
    if off.empty:
        return []
    return [
        problem("cells", f"number {off.iloc[0]}", f"0 to {size - 1}", "use the grid they are of")
    ]
