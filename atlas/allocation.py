"""Spread amounts over zones by a key, losing nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.areas import UNALLOCATED
from atlas.errors import ConservationError, problem

if TYPE_CHECKING:
    import geopandas as gpd

TOLERANCE = 1e-9  # relative, of every sum that must come out


def weights(zones: gpd.GeoDataFrame, key: pd.Series) -> pd.DataFrame:
    """Return what share of a municipality each of its zones gets.

    Parameters
    ----------
    zones
        ``zone_id`` and ``municipality_code``.
    key
        Non-negative amounts on ``zone_id``.

    Returns
    -------
    DataFrame
        ``municipality_code, zone_id, share``.  Shares lie in [0, 1] and sum to 1 for every
        municipality; one whose key is zero in all its zones has the single row ``unallocated``.
    """
    frame = zones[["municipality_code", "zone_id"]].copy()
    frame["share"] = key.reindex(frame["zone_id"]).fillna(0.0).to_numpy(dtype=float)
    sums = frame.groupby("municipality_code")["share"].transform("sum")
    empty = sums <= 0
    frame["share"] = np.divide(frame["share"], sums, out=np.zeros(len(frame)), where=~empty)
    # A division can leave the sum an ulp off one; the largest share takes the difference.
    rest = 1.0 - frame[~empty].groupby("municipality_code")["share"].sum()
    largest = frame[~empty].groupby("municipality_code")["share"].idxmax()
    frame.loc[largest, "share"] += rest.to_numpy()
    lost = pd.DataFrame(
        {"municipality_code": frame.loc[empty, "municipality_code"].unique(), "zone_id": UNALLOCATED}
    ).assign(share=1.0)
    return pd.concat([frame[~empty], lost], ignore_index=True)


def allocate(amounts: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Move amounts per municipality onto zones.

    Parameters
    ----------
    amounts
        ``municipality_code`` and any number of extensive columns (NaN is unknown and stays so).
    shares
        From `weights`.

    Returns
    -------
    DataFrame
        ``zone_id`` and the columns, one row a zone; municipalities without shares go to
        ``unallocated``.  Every column keeps its sum to 1e-9.
    """
    columns = [c for c in amounts.columns if c != "municipality_code"]
    joined = amounts.merge(shares, on="municipality_code", how="left")
    joined["zone_id"] = joined["zone_id"].fillna(UNALLOCATED)
    share = joined["share"].fillna(1.0).to_numpy()
    for column in columns:
        joined[column] = joined[column].to_numpy(dtype=float) * share
    placed = joined.groupby("zone_id", sort=True)[columns].sum(min_count=1).reset_index()
    for column in columns:
        check_conserved(
            float(amounts[column].sum()), float(placed[column].sum()), where=f"allocation of {column}"
        )
    return placed


def spread(total: float, key: pd.Series) -> pd.Series:
    """Spread one amount over zones in proportion to a key; all of it is placed.

    Raises
    ------
    ConservationError
        When the key is zero everywhere.
    """
    whole = float(key.sum())
    if not whole > 0:
        raise ConservationError(
            problem("key", f"it sums to {whole:g}", "a key above zero somewhere", "choose another key")
        )
    return total * (key / whole)


def check_conserved(before: float, after: float, *, where: str) -> None:
    """Raise ConservationError unless `after` equals `before` to 1e-9."""
    if not abs(after - before) <= TOLERANCE * max(1.0, abs(before)):
        raise ConservationError(
            problem(
                where,
                f"{before!r} went in and {after!r} came out",
                "equal to 1e-9",
                "this is a fault of the program: report it with the data",
            )
        )
