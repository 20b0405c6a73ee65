"""Straight metres from where people live to the nearest collection point that serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from atlas.facilities import CERTAINTIES

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

# A tree pays from some tens of points; a look into it costs as much for one as for thirty.
_FEW = 20


def usable_points(points: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the points that count: open or perhaps open, and placed to a known precision.

    Parameters
    ----------
    points
        From `facilities.locate_points`.

    Returns
    -------
    DataFrame
        ``point_id, streams, streams_certainty, municipality_code, precision_m, x_m, y_m, open,
        for_all``, on the index of `points`: whether it is open for sure, and whether it is known
        to take what everybody brings.  Without those that are closed or planned, those without
        coordinates and those of unknown precision.
    """
    placed = points.geometry.notna() & ~points.geometry.is_empty & points["precision_m"].notna()
    usable = points[placed & points["status"].isin(["open", "unknown"])]
    columns = ["point_id", "streams", "streams_certainty", "municipality_code", "precision_m"]
    return pd.DataFrame(usable[columns]).assign(
        x_m=usable.geometry.x,
        y_m=usable.geometry.y,
        open=usable["status"] == "open",
        for_all=usable["own_residents_only"] == "no",
    )


def served_municipalities(points: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Return whom points serve: their own municipality, and those that name them.

    Parameters
    ----------
    points
        ``point_id, municipality_code``.
    coverage
        ``municipality_code``, and ``served_by``: point_ids joined by ``;``, or NaN.

    Returns
    -------
    DataFrame
        ``municipality_code, point_id``, each pair once.
    """
    named = listed(coverage["served_by"])
    shared = pd.DataFrame(
        {"municipality_code": coverage["municipality_code"].loc[named.index], "point_id": named}
    )
    own = pd.DataFrame(points[["municipality_code", "point_id"]])
    return pd.concat([own, shared], ignore_index=True).drop_duplicates(ignore_index=True)


def takers_of(points: pd.DataFrame, stream: str) -> pd.DataFrame:
    """Return the points that take a stream, whether that is stated or assumed.

    Parameters
    ----------
    points
        ``streams`` joined by ``;``, or None; an index without duplicates.
    stream
        What is to be handed in.
    """
    words = listed(points["streams"])
    return points[points.index.isin(words.index[words == stream])]


def reaches(
    homes: pd.DataFrame, takers: pd.DataFrame, serves: pd.DataFrame, *, own_only: bool
) -> dict[str, NDArray[np.float64]]:
    """Return how far homes are from the nearest points, each at its nearest and at its farthest.

    Parameters
    ----------
    homes
        ``municipality_code, x_m, y_m``.
    takers
        From `takers_of`, of `usable_points`.
    serves
        From `served_municipalities`.
    own_only
        Whether a point that is not for all counts only for the municipalities it serves.

    Returns
    -------
    dict
        For each of `facilities.CERTAINTIES` the straight metres by the points of it and of those
        before it: assumed has the stated ones too.  Shape (2, homes): the least distance less
        precision, not below 0, and the least distance and precision together, of those open for
        sure; infinite without any.
    """
    found = {}
    reach = np.full((2, len(homes)), np.inf)
    for certainty in CERTAINTIES:
        added = takers[takers["streams_certainty"] == certainty]
        free = added["for_all"] | (not own_only)
        reach = np.minimum(reach, _nearest(homes, added[free]))
        reach = np.minimum(reach, _nearest_own(homes, added[~free], serves))
        found[certainty] = reach
    return found


def nearest_m(middles: NDArray[np.float64], points: pd.DataFrame) -> NDArray[np.float64]:
    """Return the straight metres to the coordinates of the nearest of one point or more.

    Parameters
    ----------
    middles
        Where from: one row of x and y for each.
    points
        ``x_m, y_m``.
    """
    places = points[["x_m", "y_m"]].to_numpy()
    if len(places) > _FEW:
        return np.asarray(cKDTree(places).query(middles)[0], dtype=float)
    x_m, y_m = middles.T.copy()
    squares = np.full(len(middles), np.inf)
    for x, y in places:
        squares = np.minimum(squares, (x_m - x) ** 2 + (y_m - y) ** 2)
    return np.asarray(np.sqrt(squares), dtype=float)


def listed(values: pd.Series) -> pd.Series:
    """Return what a column lists, joined by ``;``: one word each, on the index of its row."""
    words = values.dropna().astype(str).str.split(";").explode()
    return words[words != ""]


def _nearest(homes: pd.DataFrame, points: pd.DataFrame) -> NDArray[np.float64]:
    """Return the straight metres of `reaches` where every point counts for everybody."""
    reach = np.full((2, len(homes)), np.inf)
    middles = homes[["x_m", "y_m"]].to_numpy()
    # Among points of one precision the nearest is the same one both ways.
    for is_open, group in points.groupby("open"):
        for precision_m in group["precision_m"].unique():
            straight_m = nearest_m(middles, group[group["precision_m"] == precision_m])
            reach = np.minimum(reach, _bounds(straight_m, precision_m, is_open=bool(is_open)))
    return reach


def _nearest_own(
    homes: pd.DataFrame, points: pd.DataFrame, serves: pd.DataFrame
) -> NDArray[np.float64]:
    """Return the same where a point counts only for the municipalities that it serves."""
    reach = np.full((2, len(homes)), np.inf)
    rows_of = homes.groupby("municipality_code", observed=True).indices
    middles = homes[["x_m", "y_m"]].to_numpy()
    by_id = points.set_index("point_id")
    served = serves[
        serves["point_id"].isin(by_id.index) & serves["municipality_code"].isin(rows_of)
    ]
    takers = by_id.loc[served["point_id"]]
    for code, x_m, y_m, precision_m, is_open in zip(
        served["municipality_code"],
        *(takers[c] for c in ("x_m", "y_m", "precision_m", "open")),
        strict=True,
    ):
        rows = rows_of[code]
        straight_m = np.sqrt(((middles[rows] - (x_m, y_m)) ** 2).sum(axis=1))
        reach[:, rows] = np.minimum(
            reach[:, rows], _bounds(straight_m, precision_m, is_open=is_open)
        )
    return reach


def _bounds(
    straight_m: NDArray[np.float64], precision_m: float, *, is_open: bool
) -> NDArray[np.float64]:
    farthest = straight_m + precision_m if is_open else np.full_like(straight_m, np.inf)
    return np.stack([np.maximum(straight_m - precision_m, 0.0), farthest])
