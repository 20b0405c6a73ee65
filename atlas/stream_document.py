"""The streams as the page reads them: measures of the stock, and the model of what follows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlas.allocation import TOLERANCE
from atlas.areas import UNALLOCATED
from atlas.composition import MASS
from atlas.figure import measure_band
from atlas.ranges import CERTAIN, graded, stated
from atlas.release import FIRST_YEAR, LAST_YEAR
from atlas.reports import CRM, REPORT_GRADE
from atlas.scenarios import BASES, DEFAULT
from atlas.survival import leaves, renewal
from atlas.trail import (
    ages_step,
    content_rows,
    factor_step,
    flow_step,
    lifetime_step,
    market_step,
    measure_steps,
    processed_step,
    rate_words,
    report_steps,
    size_steps,
    targets_step,
    yield_rows,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atlas.definitions import Flow, Mention, Stock, Text
    from atlas.holdings import Holding
    from atlas.pipeline import Atlas
    from atlas.supply import Run, Supply

Json = dict[str, Any]

YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))
_ALIKE = 12  # digits to which two age shapes are the same


def stream_documents(atlas: Atlas) -> list[Json]:
    """Return every stream in the order of the page."""
    catalog = atlas.catalog
    documents = [_stock(atlas, stock) for stock in catalog.stocks.values()]
    documents += [_flow(atlas, flow) for flow in catalog.flows.values()]
    documents += [_mention(atlas, mention) for mention in catalog.mentions.values()]
    streams = (*catalog.stocks.values(), *catalog.flows.values(), *catalog.mentions.values())
    order = {stream.id: (stream.order, stream.id) for stream in streams}
    return sorted(documents, key=lambda document: order[document["id"]])


def _stock(atlas: Atlas, stock: Stock) -> Json:
    supply = atlas.streams.supplies[stock.id]
    data = atlas.region.override.get(stock.id, stock.data) if stock.data else None
    bases = {"register": {"quantities": _measures(atlas, stock), "why": _why(atlas, stock.id, DEFAULT)}}
    if stock.id in atlas.streams.reported:
        bases["report"] = {
            "quantities": _reported(atlas, stock),
            "why": _why(atlas, stock.id, BASES["report"]),
        }
    return {
        **_head(stock.id, "stock", stock.title),
        "in_stock": both(stock.in_stock),
        "spread": both(stock.spread),
        "note": None,
        "year": stock.year,
        "date": data.source.reference_date.isoformat() if data else f"{stock.year}",
        "step": stock.step,
        "spread_over": {"points": "none", "table": "municipality"}.get(stock.method, "region"),
        "bases": bases,
        "nearest": _nearest(atlas, stock.id),
        "model": _model_of_stock(atlas, stock, supply),
    }


def _flow(atlas: Atlas, flow: Flow) -> Json:
    supply = atlas.streams.supplies[flow.id]
    return {
        **_head(flow.id, "flow", flow.title),
        "in_stock": both(flow.in_stock),
        "spread": both(flow.spread),
        "note": both(flow.note),
        "year": None,
        "date": None,
        "step": flow.step,
        "spread_over": "region",
        "bases": {"register": {"quantities": [], "why": _why(atlas, flow.id, DEFAULT)}},
        "nearest": _nearest(atlas, flow.id),
        "model": {
            **_shared(atlas, flow, supply),
            "base": None,
            "flow": _flow_model(atlas, flow, supply),
        },
    }


def _mention(atlas: Atlas, mention: Mention) -> Json:
    nothing = {"nl": "", "en": ""}
    return {
        **_head(mention.id, "unknown", mention.title),
        "in_stock": {"nl": "aanwezig", "en": "present"},
        "spread": nothing,
        "note": both(mention.note),
        "year": None,
        "date": None,
        "step": "",
        "spread_over": "none",
        "bases": {"register": {"quantities": [], "why": {}}},
        "nearest": [None] * len(atlas.zones),
        "model": None,
    }


def _head(id_: str, kind: str, title: Text) -> Json:
    return {"id": id_, "kind": kind, "title": both(title)}


def _measures(atlas: Atlas, stock: Stock) -> list[Json]:
    """Return the measures of the stock on the register basis."""
    known = atlas.known
    key = atlas.streams.supplies[stock.id].holding.key
    found = []
    for measure in stock.measures:
        values, rest = _column(_rows(atlas, stock.id, "register", measure.id)["value"], atlas)
        steps = measure_steps(stock, measure, known, atlas.inputs)
        found.append(
            {
                "id": measure.id,
                "title": both(measure.title),
                "unit": both(measure.unit),
                "decimals": measure.decimals,
                "sources": _sources(steps),
                "band": list(measure_band(stock, measure)),
                "key": None if key == CERTAIN else list(key),
                "values": values,
                "unallocated": rest,
                "trail": steps,
            }
        )
    return found


def _reported(atlas: Atlas, stock: Stock) -> list[Json]:
    """Return what a report gives: pieces, their mass, and a total of critical raw materials."""
    found = []
    if stock.report is None:
        return found
    band = list(graded(REPORT_GRADE))
    for measure in sorted(stock.measures, key=lambda each: each.id != stock.units):
        rows = _rows(atlas, stock.id, "report", measure.id)
        if rows.empty:
            continue
        values, rest = _column(rows["value"], atlas)
        found.append(
            {
                "id": measure.id,
                "title": both(measure.title),
                "unit": both(measure.unit),
                "decimals": measure.decimals,
                "sources": ["headline_figures"],
                "band": band,
                "key": None,
                "values": values,
                "unallocated": rest,
                "trail": report_steps(stock, stock.report.units, atlas.inputs),
            }
        )
    crm = atlas.streams.materials
    crm = crm[(crm["stream"] == stock.id) & (crm["element"] == CRM)]
    if not crm.empty:
        values, rest = _column(crm.set_index("zone_id")["mass_t"], atlas)
        figure_id = stock.report.crm_per_unit or stock.report.crm_total or stock.report.units
        found.append(
            {
                "id": CRM,
                "title": {"nl": "kritieke grondstoffen", "en": "critical raw materials"},
                "unit": {"nl": "t", "en": "t"},
                "decimals": 0,
                "sources": ["headline_figures"],
                "band": band,
                "key": None,
                "values": values,
                "unallocated": rest,
                "trail": report_steps(stock, figure_id, atlas.inputs),
            }
        )
    return found


def _shared(atlas: Atlas, stream: Stock | Flow, supply: Supply) -> Json:
    """Return the parts of a model that stocks and flows have alike."""
    run = atlas.runs[DEFAULT][stream.id]
    mix = supply.holding.mix
    growth = factor_step(
        f"growth {stream.id}",
        ("groei van wat erbij komt", "growth of what enters"),
        stream.inflow.growth,
        where=f"{stream.where} [inflow.growth]",
        suffix=(" per jaar", " a year"),
        ranged=False,
    )
    rate = stream.collection.rate
    low, high = (rate.value * side for side in stated(rate))
    reuse = stream.reuse
    least, most = (reuse.value * side for side in stated(reuse))
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
                "trail": growth,
            },
            "mix": [list(pair) for pair in mix],
        },
        "overrides": {
            name: [list(pair) for pair in own.items()] for name, own in supply.overrides.items()
        },
        "ages": None,
        "sizes": {},
        "contents": content_rows(stream.id, atlas.known),
        "reuse": {
            "value": reuse.value,
            "low": least,
            "high": most,
            "trail": factor_step(
                f"reuse {stream.id}",
                ("hergebruikt of uitgevoerd", "reused or exported"),
                reuse,
                where=f"{stream.where} [reuse]",
                suffix=(" van wat vrijkomt", " of what is released"),
            ),
        },
        "collection": {
            "rate_of": stream.collection.rate_of,
            "year": stream.collection.year,
            "rate": rate.value,
            "low": low,
            "high": high,
            "targets": [[target.year, target.value] for target in stream.collection.targets],
            "trail": factor_step(
                f"collection {stream.id}",
                ("ingezameld", "collected"),
                rate,
                where=f"{stream.where} [collection.rate]",
                suffix=rate_words(stream),
            ),
            "targets_trail": targets_step(stream),
            "market": _market(atlas, stream, supply),
        },
        "yields": yield_rows(stream.id, atlas.inputs),
        "processed": _processed(atlas, stream, run),
        "flow": None,
    }


def _model_of_stock(atlas: Atlas, stock: Stock, supply: Supply) -> Json:
    holding = supply.holding
    years = np.arange(holding.until + 1, LAST_YEAR + 1)
    patterns, pattern = _patterns(holding)
    return {
        **_shared(atlas, stock, supply),
        "base": holding.base,
        "cohorts": holding.cohorts.tolist(),
        "types": [{"variant": each.variant, "size": each.size} for each in holding.types],
        "patterns": patterns,
        "pattern": pattern[:-1],
        "rest_pattern": pattern[-1],
        "lifetimes": {
            name: {
                "leaves": leaves(lifetime, holding.cohorts, years, until=holding.until).tolist(),
                "renewal": renewal(lifetime, len(years)).tolist(),
                "trail": lifetime_step(stock, name, lifetime),
            }
            for name, lifetime in supply.lifetimes.items()
        },
        "ages": ages_step(stock, atlas.inputs),
        "sizes": size_steps(stock, atlas.inputs, holding.sizes),
    }


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
        patterns.append(
            [[int(i // kinds), int(i % kinds), float(shares[row, i])] for i in there]
        )
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


def _flow_model(atlas: Atlas, flow: Flow, supply: Supply) -> Json:
    series, portion = supply.series, supply.portion
    if series is None or portion is None:
        return {}
    held = [min(year, flow.hold_after) for year in YEARS]
    growth = [series[year][0] for year in YEARS]
    frozen = [series[year][0] for year in held]
    own = growth if flow.inflow.own == "growth" else frozen
    bands = [series[year][1] for year in (YEARS if flow.inflow.own == "growth" else held)]
    tonnes = {"default": own, "growth": growth, "frozen": frozen, "replacement": frozen}
    return {
        "portion": portion[:-1].tolist(),
        "rest": float(portion[-1]),
        "t_per_a": tonnes,
        "low": [band[0] for band in bands],
        "high": [band[1] for band in bands],
        "trail": flow_step(flow, atlas.inputs),
    }


def _processed(atlas: Atlas, stream: Stock | Flow, run: Run) -> Json:
    """Return the share of what is collected that is processed, on both bases."""
    found: Json = {}
    trail = processed_step(stream)
    for basis, scenario_id in BASES.items():
        rows = atlas.gaps[
            (atlas.gaps["stream"] == stream.id) & (atlas.gaps["scenario_id"] == scenario_id)
        ]
        if rows.empty:
            continue
        wide = {
            column: rows.pivot(index="zone_id", columns="year", values=column).reindex(
                index=list(run.holding.places), columns=list(YEARS)
            )
            for column in ("collected_t", "processed_t", "processed_t_best")
        }
        collected = wide["collected_t"].to_numpy()
        entry: Json = {"trail": trail}
        for name, column in (("share", "processed_t"), ("best", "processed_t_best")):
            part = np.divide(
                wide[column].to_numpy(), collected, out=np.zeros_like(collected),
                where=collected > 0,
            )  # fmt: skip
            rest = "rest" if name == "share" else "rest_best"
            entry[name] = [_one_or_all(part[:-1, t], collected[:-1, t]) for t in range(len(YEARS))]
            entry[rest] = [float(value) for value in part[-1]]
        found[basis] = entry
    return found


def _one_or_all(
    part: NDArray[np.float64], collected: NDArray[np.float64]
) -> float | list[float]:
    """Return one share where all zones that collect anything have the same, else one each."""
    some = part[collected > 0]
    if not len(some):
        return 0.0
    if np.ptp(some) <= TOLERANCE * max(1.0, float(some.max())):
        return float(some[0])
    return [float(value) for value in part]


def _why(atlas: Atlas, stream: str, scenario_id: str) -> Json:
    """Return why there is a gap, per year; years without any gap are left out."""
    rows = atlas.gaps[(atlas.gaps["stream"] == stream) & (atlas.gaps["scenario_id"] == scenario_id)]
    found: Json = {}
    for year, group in rows.groupby("year"):
        own = group.set_index("zone_id")["why"]
        listed = [plain(own.get(zone)) for zone in atlas.zones["zone_id"]]
        if any(listed):
            found[str(year)] = listed
    return found


def _nearest(atlas: Atlas, stream: str) -> list[list[float] | None]:
    rows = atlas.nearest[atlas.nearest["stream"] == stream].set_index("zone_id")
    rows = rows[["facility", "distance_km"]].astype(float).reindex(atlas.zones["zone_id"])
    return [
        None if math.isnan(plant) else [int(plant), float(km)] for plant, km in rows.to_numpy()
    ]


def _rows(atlas: Atlas, stream: str, basis: str, measure: str) -> pd.DataFrame:
    stocks = atlas.stocks
    rows = stocks[
        (stocks["stream"] == stream) & (stocks["basis"] == basis) & (stocks["measure"] == measure)
    ]
    return rows.set_index("zone_id")


def _column(series: pd.Series, atlas: Atlas) -> tuple[list[Any], Any]:
    """Return the values of the zones, and what is unallocated."""
    return (
        [plain(series.get(zone)) for zone in atlas.zones["zone_id"]],
        plain(series.get(UNALLOCATED)),
    )


def _sources(steps: Sequence[Json]) -> list[str]:
    return list(dict.fromkeys(each["source"] for each in steps if each["source"]))


def plain(value: Any) -> Any:  # noqa: ANN401 - any cell of a table
    """Return a plain JSON value, None for what is missing."""
    if value is None or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def both(text: Text) -> Json:
    """Return the same words in both languages."""
    return {"nl": text.nl, "en": text.en}
