"""What is released and collected in a year.

This is the plain form: stock / mean lifetime, every year the same, as if what leaves were
replaced.  Cohorts by year of entry will take its place; whatever comes after reads only the
table that `releases` returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.allocation import check_conserved, spread
from atlas.areas import UNALLOCATED
from atlas.national import national_grade, region_share
from atlas.ranges import Band, combine, grade_of, graded, stated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlas.definitions import Grade, Stock

COLUMNS = (
    "zone_id",
    "stream",
    "scenario_id",
    "year",
    "released_t",
    "released_t_low",
    "released_t_high",
    "reused_exported_t",
    "collected_t",
    "collected_t_low",
    "collected_t_high",
    "grade",
)


@dataclass(frozen=True)
class Market:
    """Tonnes put on the market per year on ``zone_id``, and their range in one zone."""

    put_on_market_t: pd.Series
    band: Band


def releases(
    stock: Stock,
    stocks: pd.DataFrame,
    *,
    scenario_id: str,
    years: Iterable[int],
    market: Market | None,
) -> pd.DataFrame:
    """Return released and collected tonnes of one stream per zone and year.

    Parameters
    ----------
    stock
        The stream: its mean lifetime and its rate of collection.
    stocks
        Its rows of the table stocks on one basis.
    scenario_id
        The scenario the rows belong to.
    years
        Years after the stock was counted.
    market
        What is put on the market, when the rate is one of that.

    Returns
    -------
    DataFrame
        The columns of CONTRACT's table releases; reuse and export are not known here (NULL).
        Released sums to stock / lifetime, collected never exceeds released.
    """
    mass = stocks[stocks["measure"] == "mass"].set_index("zone_id")
    released = mass["value"] / stock.mean_lifetime.value
    # A long life means a small yearly release, so the band of a divisor is turned round.
    life_low, life_high = stated(stock.mean_lifetime)
    bands = [combine((low, high), (1.0 / life_high, 1.0 / life_low)) for low, high in _bands(mass)]
    low, high = np.array([b[0] for b in bands]), np.array([b[1] for b in bands])
    rate = stock.collection.rate
    collected = released * rate.value
    both = [combine(band, stated(rate)) for band in bands]
    if market is not None:
        base = market.put_on_market_t.reindex(mass.index).fillna(0.0)
        collected = (rate.value * base).clip(upper=released)
        # Neither the stock nor its lifetime is in this product.
        both = [combine(stated(rate), market.band)] * len(mass)
    collected_low = np.array([b[0] for b in both])
    collected_high = np.array([b[1] for b in both])
    frame = pd.DataFrame(
        {
            "zone_id": mass.index,
            "stream": stock.id,
            "scenario_id": scenario_id,
            "released_t": released.to_numpy(),
            "released_t_low": released.to_numpy() * low,
            "released_t_high": released.to_numpy() * high,
            "reused_exported_t": np.nan,
            "collected_t": collected.to_numpy(),
            "collected_t_low": collected.to_numpy() * collected_low,
            # Not more can be collected than is released, at the high end as well.
            "collected_t_high": np.minimum(
                collected.to_numpy() * collected_high, released.to_numpy() * high
            ),
            "grade": [grade_of(band) for band in bands],
        }
    )
    check_conserved(
        float(mass["value"].sum()) / stock.mean_lifetime.value,
        float(frame["released_t"].sum()),
        where=f"release of {stock.id}",
    )
    return pd.concat([frame.assign(year=year) for year in years], ignore_index=True)[list(COLUMNS)]


def put_on_market(  # noqa: PLR0913 - a key, a share of the country, and how sure each is
    stock: Stock,
    *,
    key: pd.Series,
    key_grade: Grade,
    of_region: float,
    of_year: int,
    national: pd.DataFrame,
) -> Market | None:
    """Spread what is put on the market over zones; None when no rate asks for it.

    Parameters
    ----------
    stock
        The stream.
    key, key_grade
        What the tonnes are spread by, on ``zone_id``, and how well it stands for them.
    of_region, of_year, national
        As in `stocks.count_key`.
    """
    share = stock.collection.put_on_market
    if share is None:
        return None
    total = region_share(
        share, of_region=of_region, of_year=of_year, national=national, where=stock.where
    )
    placed = spread(total, key)
    placed.loc[UNALLOCATED] = 0.0
    sold = graded(national_grade(national, share.total, share.year, where=stock.where))
    return Market(put_on_market_t=placed, band=combine(sold, graded(key_grade)))


def _bands(rows: pd.DataFrame) -> list[tuple[float, float]]:
    """Return low and high as factors of the value, one where nothing is there."""
    some = rows["value"] > 0
    low = np.divide(rows["value_low"], rows["value"], out=np.ones(len(rows)), where=some)
    high = np.divide(rows["value_high"], rows["value"], out=np.ones(len(rows)), where=some)
    return list(zip(low.tolist(), high.tolist(), strict=True))
