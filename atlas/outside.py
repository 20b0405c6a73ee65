"""The rest of the country: demand for the same plants, from where its residents live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from atlas.columns import UNITS
from atlas.national import national_figure, part_of

if TYPE_CHECKING:
    import pandas as pd

    from atlas.catalog import Catalog
    from atlas.definitions import Flow, Outside, Region, Stock
    from atlas.ground import Ground
    from atlas.inputs import Inputs

OUTSIDE = "outside"  # the zone_id of all of it together


def regions_outside(regions: pd.DataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the regions of the country that do not lie here, and the part of its people in each.

    Parameters
    ----------
    regions
        ``region_id, residents, longitude, latitude``: the whole country.
    zones
        Zones of the region, in any CRS.

    Returns
    -------
    DataFrame
        The rows whose point is in no zone, with ``share``, which sums to 1.
    """
    points = gpd.GeoSeries.from_xy(regions["longitude"], regions["latitude"], crs="EPSG:4326")
    inside = points.to_crs(str(zones.crs)).within(zones.union_all()).to_numpy()
    rest = regions[~inside].reset_index(drop=True)
    return rest.assign(share=rest["residents"] / rest["residents"].sum())


def outside_ratios(
    catalog: Catalog, region: Region, inputs: Inputs, ground: Ground, *, stocks: pd.DataFrame
) -> dict[str, float]:
    """Return how many times the region the rest of the country has of each stream.

    Parameters
    ----------
    catalog, region, inputs, ground
        Definitions and frames.  A stock with a national series goes by it; a share of a national
        figure by what the figure leaves; everything else by residents.
    stocks
        The table stocks.

    Returns
    -------
    dict
        Stream -> ratio, 0 or more: a region cannot have more than its country.  0 where the region
        has nothing of it, since nothing of it is then collected that could be scaled.
    """
    totals = {name: float(key.sum()) for name, key in ground.keys.items()}
    figure = f"residents_{region.country.lower()}"
    people = national_figure(
        inputs.national, figure, inputs.figures_year, where="demand from outside"
    )
    by_people = people / float(ground.zones["residents"].sum()) - 1.0
    found: dict[str, float] = {}
    streams: list[Stock | Flow] = [*catalog.stocks.values(), *catalog.flows.values()]
    for stream in streams:
        ratio = by_people
        outside = getattr(stream, "outside", None)
        if stream.national is not None:
            part = part_of(
                stream.national,
                totals=totals,
                of_year=inputs.figures_year,
                national=inputs.national,
                where=stream.where,
            )
            ratio = 1.0 / part - 1.0 if part > 0 else 0.0
        elif outside is not None:
            rows = stocks[(stocks["stream"] == stream.id) & (stocks["basis"] == "register")]
            own = float(rows.loc[rows["measure"] == outside.measure, "value"].sum())
            ratio = _stands(inputs.history, outside) / own - 1.0 if own > 0 else 0.0
        found[stream.id] = max(0.0, ratio)
    return found


def _stands(history: pd.DataFrame, outside: Outside) -> float:
    """Return the last value of a national series, in the unit of the measure."""
    last = history[history["series"] == outside.series].sort_values("year").iloc[-1]
    worth = UNITS.get(f"_{outside.measure}", {}).get(str(last["unit"]), 1.0)
    return float(last["value"]) * worth
