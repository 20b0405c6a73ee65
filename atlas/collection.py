"""How much of what is released is reused, collected and lost: rates by year, and of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlas.allocation import spread
from atlas.areas import UNALLOCATED
from atlas.definitions import FIRST_YEAR
from atlas.national import national_grade, region_share
from atlas.ranges import CERTAIN, Band, band_logs, combine, graded, limits, rss, stated

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from atlas.definitions import Collection, Factor, Grade, InflowName

    Floats = NDArray[np.float64]

TODAY, TARGETS = "today", "targets"


@dataclass(frozen=True)
class Market:
    """Tonnes put on the market per year and place, the year they are of, and their range."""

    t_per_a: Floats  # shape (Z,)
    year: int
    band: Band


@dataclass(frozen=True)
class Collected:
    """What becomes of what is released, each of shape (Z, T) in tonnes a year.

    Released = reused + collected + gap.  `up` and `down` are the log-widths of what is collected;
    `own_up` and `own_down` those of rate, reuse and market alone, to which the widths of what is
    released come where `of_release`.  Where `bound`, more is asked for than is left after reuse.
    """

    reused_t: Floats
    collected_t: Floats
    gap_t: Floats
    up: Floats
    down: Floats
    own_up: Floats
    own_down: Floats
    of_release: NDArray[np.bool_]
    bound: NDArray[np.bool_]


def rates(collection: Collection, years: NDArray[np.int64], *, scenario: str) -> Floats:
    """Return the rate of collection in each year.

    Today's rate holds on.  With targets it moves in a straight line, from the first year that is
    shown to the first target and from one to the next; a target whose year has come applies at
    once, and the last one holds on.
    """
    today = max(collection.year, FIRST_YEAR)
    if scenario != TARGETS or not collection.targets:
        return np.full(len(years), collection.rate.value)
    come = [target for target in collection.targets if target.year <= today]
    # What the law asks for already is the start, not the rate that falls short of it.
    points = {today: come[-1].value if come else collection.rate.value}
    points |= {target.year: target.value for target in collection.targets if target.year > today}
    known = sorted(points)
    return np.interp(years, known, [points[year] for year in known])


def market_of(  # noqa: PLR0913 - a share of the country, a key, and how sure each is
    collection: Collection,
    *,
    key: pd.Series,
    key_grade: Grade,
    totals: Mapping[str, float],
    of_year: int,
    national: pd.DataFrame,
    where: str,
) -> Market | None:
    """Spread what is put on the market over places; None when no rate asks for it.

    Parameters
    ----------
    collection
        The rate, and the national figure that it is a rate of.
    key, key_grade
        What the tonnes are spread by, on ``zone_id``, and how well it stands for them.
    totals, of_year, national, where
        As in `national.region_share`.
    """
    share = collection.put_on_market
    if share is None:
        return None
    total = region_share(share, totals=totals, of_year=of_year, national=national, where=where)
    placed = spread(total, key)
    placed.loc[UNALLOCATED] = 0.0
    sold = graded(national_grade(national, share.total, share.year, where=where))
    band = combine(sold, graded(key_grade))
    return Market(placed.to_numpy(dtype=float), share.year, band)


def collect(  # noqa: PLR0913 - each is one part of the rule
    released_t: Floats,
    years: NDArray[np.int64],
    collection: Collection,
    reuse: Factor,
    *,
    scenario: str,
    widths: tuple[Floats, Floats],
    market: Market | None = None,
    growth: float = 0.0,
) -> Collected:
    """Divide what is released into reused or exported, collected, and neither.

    Parameters
    ----------
    released_t
        Tonnes of product, shape (Z, T).
    years
        Their years.
    collection, reuse
        The rate and what it is a rate of; the part that is reused or exported.
    scenario
        ``today`` or ``targets``.
    widths
        Log-widths of what is released, up and down.
    market
        What is put on the market, where the rate is one of that.
    growth
        How much more is put on the market every year.

    Notes
    -----
    collected = min(released (1 - reuse), rate x base), where the base is what is released or what
    is put on the market.  The range is that of whichever of the two counts; a rate that the law
    sets is a scenario and has none.
    """
    reused = released_t * reuse.value
    left = released_t - reused
    rate = rates(collection, years, scenario=scenario)[None, :]
    rate_band = CERTAIN if scenario == TARGETS and collection.targets else stated(collection.rate)
    if market is None:
        base = released_t
        base_band: Band = CERTAIN
    else:
        grown = (1.0 + growth) ** (years - market.year)
        base = market.t_per_a[:, None] * grown[None, :]
        base_band = market.band
    wanted = rate * base
    bound = wanted > left  # more is asked for than there is
    collected = np.minimum(left, wanted)
    of_release = bound | (market is None)
    own = [band_logs(rate_band), band_logs(base_band)]
    rest = _rest_band(reuse)
    factors, logs = [], []
    for side in (0, 1):
        asked = rss(own[0][side], own[1][side])
        factors.append(np.where(bound, band_logs(rest)[side], asked))
        logs.append(rss(factors[side], np.where(of_release, widths[side], 0.0)))
    # Not more can be collected than is released, at the high end as well.
    with np.errstate(divide="ignore"):
        most = np.where(
            collected > 0, np.log(released_t / np.where(collected > 0, collected, 1.0)), 0.0
        )
    up = np.minimum(logs[0], np.maximum(widths[0] + most, 0.0))
    return Collected(
        reused_t=reused,
        collected_t=collected,
        gap_t=left - collected,
        up=up,
        down=logs[1],
        own_up=factors[0],
        own_down=factors[1],
        of_release=of_release,
        bound=bound,
    )


def growth_of(inflow: InflowName, growth: float) -> float:
    """Return how fast the market grows: only where what enters does."""
    return growth if inflow == "growth" else 0.0


def _rest_band(reuse: Factor) -> Band:
    """Return the range of what is not reused, as factors of it."""
    low, high = limits(reuse)
    rest = 1.0 - reuse.value
    if rest <= 0:
        return CERTAIN
    return max(0.0, 1.0 - high) / rest, (1.0 - low) / rest
