"""What stocks are spread by, measured on zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlas.allocation import allocate, weights
from atlas.catalog import choose
from atlas.errors import DataError, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from atlas.definitions import Key


def measure_keys(
    keys: Mapping[str, Key],
    zones: gpd.GeoDataFrame,
    figures: pd.DataFrame,
    placed: Mapping[str, pd.DataFrame],
) -> dict[str, pd.Series]:
    """Measure every key on the zones.

    Parameters
    ----------
    keys
        The definitions.
    zones
        ``zone_id, municipality_code, residents, area_km2``.
    figures
        Extensive figures per ``municipality_code``.
    placed
        Points of each stream that has them, with their ``zone_id``.

    Returns
    -------
    dict
        Key -> non-negative amounts on ``zone_id``, named after the key.

    Raises
    ------
    DataError
        When a definition lacks what its measure needs.
    """
    measured: dict[str, pd.Series] = {}

    def measure(key: Key) -> pd.Series:
        if key.id not in measured:
            within = None
            if key.measure == "column" and key.within is not None:
                within = measure(choose(keys, key.within, what=key.where))
            amounts = _measure(key, zones, figures, placed, within=within)
            measured[key.id] = amounts.rename(key.id)
        return measured[key.id]

    return {name: measure(key) for name, key in keys.items()}


def _measure(
    key: Key,
    zones: gpd.GeoDataFrame,
    figures: pd.DataFrame,
    placed: Mapping[str, pd.DataFrame],
    *,
    within: pd.Series | None,
) -> pd.Series:
    on_zone = zones.set_index("zone_id")
    if key.measure == "grid":
        return on_zone["residents"]
    if key.measure == "area":
        return on_zone["area_km2"]
    points = placed.get(key.points or "")
    if key.measure == "points" and points is not None and key.column is not None:
        sums = points.groupby("zone_id")[key.column].sum()
        return sums.reindex(on_zone.index).fillna(0.0)
    if within is not None and key.column in figures:
        spread = allocate(figures[["municipality_code", key.column]], weights(zones, within))
        return spread.set_index("zone_id")[key.column].reindex(on_zone.index).fillna(0.0)
    raise DataError(
        problem(
            key.where,
            f"measure = {key.measure!r}, column = {key.column!r}",
            'for "column": a column of the region\'s figures, and within; '
            'for "points": a stream placed by points, and one of its columns',
            "complete the definition",
        )
    )
