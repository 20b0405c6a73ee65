"""Spread amounts over zones by a key, losing nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.areas import UNALLOCATED
from atlas.errors import ConservationError, problem, raise_problems

if TYPE_CHECKING:
    import geopandas as gpd

TOLERANCE = 1e-9  # relative, of every sum that must come out
_TINY = 5e-324  # the least number above zero
_LEAST = 1e-6  # sums below it are held to the tolerance of this one


def weights(zones: gpd.GeoDataFrame, key: pd.Series) -> pd.DataFrame:
    """Return what share of a municipality each of its zones gets.

    Parameters
    ----------
    zones
        ``zone_id`` and ``municipality_code``.
    key
        Non-negative amounts on ``zone_id``, one for every zone.

    Returns
    -------
    DataFrame
        ``municipality_code, zone_id, share``.  Shares lie in [0, 1] and sum to 1 for every
        municipality; one whose key is zero in all its zones has the single row ``unallocated``.

    Raises
    ------
    DataError
        When the key is zero everywhere, negative, or not known for a zone.
    """
    frame = zones[["municipality_code", "zone_id"]].reset_index(drop=True)
    frame["share"] = key.reindex(frame["zone_id"]).to_numpy(dtype=float)
    _check_key(frame.set_index("zone_id")["share"], name=key.name)
    # Divided by its largest first, a sum of very large amounts stays finite.
    frame["share"] /= frame.groupby("municipality_code")["share"].transform("max").clip(lower=_TINY)
    sums = frame.groupby("municipality_code")["share"].transform("sum")
    empty = sums <= 0
    frame["share"] /= sums.where(~empty, 1.0)
    # A division can leave the sum an ulp off one; the largest share takes the difference.
    rest = 1.0 - frame[~empty].groupby("municipality_code")["share"].sum()
    largest = frame[~empty].groupby("municipality_code")["share"].idxmax()
    frame.loc[largest, "share"] += rest.to_numpy()
    lost = pd.DataFrame({"municipality_code": frame.loc[empty, "municipality_code"].unique()})
    lost = lost.assign(zone_id=UNALLOCATED, share=1.0)
    return pd.concat([part for part in (frame[~empty], lost) if len(part)], ignore_index=True)


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
        before, after = float(amounts[column].sum()), float(placed[column].sum())
        check_conserved(before, after, where=f"allocation of {column}")
    return placed


def spread(total: float, key: pd.Series) -> pd.Series:
    """Spread one amount over zones in proportion to a key; all of it is placed.

    Raises
    ------
    DataError
        When the key is zero everywhere, negative, or not known for a zone.
    """
    _check_key(key, name=key.name)
    placed = total * (key / float(key.sum()))
    check_conserved(total, float(placed.sum()), where="spreading")
    return placed


def check_conserved(before: float, after: float, *, where: str) -> None:
    """Raise ConservationError unless `after` equals `before` to 1e-9 of it."""
    if not abs(after - before) <= TOLERANCE * max(_LEAST, abs(before)):
        raise ConservationError(
            problem(
                where,
                f"{before!r} went in and {after!r} came out",
                "equal to 1e-9",
                "this is a fault of the program: report it with the data",
            )
        )


def _check_key(key: pd.Series, *, name: object) -> None:
    """Refuse a key that cannot spread anything, or would spread it wrongly."""
    where = "key" if name is None else f"key {name}"
    unknown = sorted(map(str, key.index[~np.isfinite(key.to_numpy(dtype=float))]))
    negative = sorted(map(str, key.index[key.to_numpy(dtype=float) < 0]))
    problems = []
    if unknown:
        problems.append(
            problem(where, f"no value in {', '.join(unknown)}", "one for every zone", "fill it in")
        )
    if negative:
        problems.append(
            problem(where, f"below zero in {', '.join(negative)}", "zero or more", "correct it")
        )
    if not problems and not (key > 0).any():
        problems.append(
            problem(
                where,
                "it sums to zero",
                "above zero in some zone",
                "choose another key, or correct its source",
            )
        )
    raise_problems(problems)
