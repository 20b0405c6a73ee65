"""The model of a stream as the page reads it: what it needs to work out every year and scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from atlas.capacity_document import processed_document
from atlas.definitions import FIRST_YEAR, LAST_YEAR, InflowName
from atlas.ranges import limits
from atlas.scenarios import DEFAULT
from atlas.stock_trail import content_rows, mix_step, size_steps, yield_rows
from atlas.survival import leaves, renewal
from atlas.trail import (
    Json,
    ages_step,
    flow_steps,
    inflow_step,
    lifetime_step,
    market_step,
    rate_step,
    reuse_step,
    targets_step,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.definitions import Flow, Stock
    from atlas.holdings import Holding
    from atlas.pipeline import Atlas
    from atlas.supply import Supply

YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))
_DIGITS = 14  # of a share: what the page multiplies out stays within 1e-12 of the tables


def shared_model(atlas: Atlas, stream: Stock | Flow, supply: Supply) -> Json:
    """Return the parts of a model that stocks and flows have alike."""
    run = atlas.runs[DEFAULT][stream.id]
    mix = supply.holding.mix
    rate = stream.collection.rate
    low, high = limits(rate)
    reuse = stream.reuse
    least, most = limits(reuse)
    return {
        "until": supply.holding.until,
        "first_year": int(supply.holding.until) + 1,
        "types": [],
        "cohorts": [],
        "patterns": [],
        "pattern": [0] * len(atlas.zones),
        "rest_pattern": 0,
        "lifetimes": {},
        "inflow": {
            "own": stream.inflow.own,
            "growth": {
                "rate": stream.inflow.growth.value,
                "years": list(supply.holding.growth_years),
            },
            "trails": {name: inflow_step(stream, name) for name in get_args(InflowName)},
            "mix": [list(pair) for pair in mix],
        },
        "overrides": {
            name: [list(pair) for pair in own.items()] for name, own in supply.overrides.items()
        },
        "ages": None,
        "sizes": {},
        "mix_trail": mix_step(stream),
        "contents": content_rows(stream.id, atlas.known),
        "reuse": {
            "value": reuse.value,
            "low": least,
            "high": most,
            "trail": reuse_step(stream),
        },
        "collection": {
            "rate_of": stream.collection.rate_of,
            "year": max(stream.collection.year, FIRST_YEAR),
            "rate": rate.value,
            "low": low,
            "high": high,
            "targets": [[target.year, target.value] for target in stream.collection.targets],
            "trail": rate_step(stream),
            "targets_trail": targets_step(stream),
            "market": _market(atlas, stream, supply),
        },
        "yields": yield_rows(stream.id, atlas.inputs),
        "processed": processed_document(atlas, stream, run),
        "flow": None,
    }


def stock_model(atlas: Atlas, stock: Stock, supply: Supply) -> Json:
    """Return the model of a stream with a stock: its ages, types and lifetimes too."""
    holding = supply.holding
    years = np.arange(holding.until + 1, LAST_YEAR + 1)
    patterns, pattern = _patterns(holding)
    return {
        **shared_model(atlas, stock, supply),
        "base": holding.base,
        "cohorts": holding.cohorts.tolist(),
        "types": [{"variant": each.variant, "size": each.size} for each in holding.types],
        "patterns": patterns,
        "pattern": pattern[:-1],
        "rest_pattern": pattern[-1],
        "lifetimes": {
            name: {
                "leaves": _short(leaves(lifetime, holding.cohorts, years, until=holding.until)),
                "renewal": _short(renewal(lifetime, len(years))),
                "trail": lifetime_step(stock, name, lifetime),
            }
            for name, lifetime in supply.lifetimes.items()
        },
        "ages": ages_step(stock, atlas.inputs),
        "sizes": size_steps(stock, atlas.inputs, holding.sizes),
    }


def _short(shares: NDArray[np.float64]) -> Json:
    """Return shares as nested lists, without the digits that only rounding makes."""
    rounded = [float(f"{share:.{_DIGITS}g}") for share in shares.ravel()]
    nested: Json = np.array(rounded).reshape(shares.shape).tolist()
    return nested


def _patterns(holding: Holding) -> tuple[list[list[list[float]]], list[int]]:
    """Return the age and type shapes of the places, each once, and which place has which."""
    places = len(holding.places)
    flat = holding.amounts.reshape(places, -1)
    sums = flat.sum(axis=1)
    whole = flat.sum(axis=0) / sums.sum() if sums.any() else np.zeros(flat.shape[1])
    shares = np.where(sums[:, None] > 0, flat / np.where(sums > 0, sums, 1.0)[:, None], whole)
    _, first, index = np.unique(
        np.round(shares, _ALIKE), axis=0, return_index=True, return_inverse=True
    )
    kinds = len(holding.types)
    patterns = []
    for row in first:
        there = np.flatnonzero(shares[row] > 0)
        patterns.append([[int(i // kinds), int(i % kinds), float(shares[row, i])] for i in there])
    return patterns, index.ravel().tolist()


def _market(atlas: Atlas, stream: Stock | Flow, supply: Supply) -> Json | None:
    market, share = supply.market, stream.collection.put_on_market
    if market is None or share is None:
        return None
    return {
        "t_per_a": market.t_per_a[:-1].tolist(),
        "rest": float(market.t_per_a[-1]),
        "year": market.year,
        "band": list(market.band),
        "trail": market_step(atlas.catalog.stocks[stream.id], share, market.band, atlas.inputs),
    }


def flow_model(atlas: Atlas, flow: Flow, supply: Supply) -> Json:
    """Return what a flow has instead: the tonnes of the country, and the part of each zone."""
    series, portion = supply.series, supply.portion
    if series is None or portion is None:
        return {}
    held = [min(year, flow.hold_after) for year in YEARS]
    growth = [series[year][0] for year in YEARS]
    frozen = [series[year][0] for year in held]
    own = growth if flow.inflow.own == "growth" else frozen
    tonnes = {"default": own, "growth": growth, "frozen": frozen, "replacement": frozen}
    return {
        "portion": portion[:-1].tolist(),
        "rest": float(portion[-1]),
        "key": list(supply.holding.key),
        "t_per_a": tonnes,
        # What is held on is as sure as in the year that it is of.
        "hold_after": flow.hold_after,
        "low": [series[year][1][0] for year in YEARS],
        "high": [series[year][1][1] for year in YEARS],
        "trails": flow_steps(flow, atlas.inputs, supply.holding.key, part=float(portion.sum())),
    }


_ALIKE = 12  # digits to which two age shapes are the same
