"""The streams as the page reads them: measures of the stock, and the model of what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlas.amounts import measure_band
from atlas.areas import UNALLOCATED
from atlas.capacity_document import chain_document, cover_document, nearest_document
from atlas.model_document import flow_model, shared_model, stock_model
from atlas.ranges import CERTAIN, graded
from atlas.reports import CRM, REPORT_GRADE
from atlas.scenarios import BASES
from atlas.stock_trail import measure_steps, report_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atlas.definitions import Flow, Key, Mention, Stock, Text
    from atlas.pipeline import Atlas
    from atlas.trail import Json


def stream_documents(atlas: Atlas) -> list[Json]:
    """Return every stream in the order of the page."""
    catalog = atlas.catalog
    documents = [_stock(atlas, stock) for stock in catalog.stocks.values()]
    documents += [_flow(atlas, flow) for flow in catalog.flows.values()]
    documents += [_mention(mention) for mention in catalog.mentions.values()]
    order = {
        name: stream.order
        for streams in (catalog.stocks, catalog.flows, catalog.mentions)
        for name, stream in streams.items()
    }
    return sorted(documents, key=lambda document: (order[document["id"]], document["id"]))


def _stock(atlas: Atlas, stock: Stock) -> Json:
    supply = atlas.streams.supplies[stock.id]
    data = atlas.region.override.get(stock.id, stock.data) if stock.data else None
    bases = {"register": {"quantities": _measures(atlas, stock)}}
    if stock.id in atlas.streams.reported:
        bases["report"] = {
            "quantities": _reported(atlas, stock),
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
        "by_residents": _by_residents(
            atlas, stock.keys.values(), counted=stock.method in ("points", "table")
        ),
        "bases": bases,
        "nearest": nearest_document(atlas, stock.id),
        "chain": chain_document(atlas, stock.id),
        "cover": cover_document(atlas, stock.id),
        "model": stock_model(atlas, stock, supply),
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
        "by_residents": _by_residents(atlas, [flow.key], counted=False),
        "bases": {
            basis: {"quantities": []}
            for basis, scenario_id in BASES.items()
            if flow.id in atlas.runs.get(scenario_id, {})
        },
        "nearest": nearest_document(atlas, flow.id),
        "chain": chain_document(atlas, flow.id),
        "cover": None,
        "model": {
            **shared_model(atlas, flow, supply),
            "base": None,
            "flow": flow_model(atlas, flow, supply),
        },
    }


def _mention(mention: Mention) -> Json:
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
        "by_residents": "none",
        "bases": {"register": {"quantities": []}},
        "nearest": {},
        "chain": None,
        "cover": None,
        "model": None,
    }


def _head(id_: str, kind: str, title: Text) -> Json:
    return {"id": id_, "kind": kind, "title": both(title)}


def _by_residents(atlas: Atlas, names: Iterable[str], *, counted: bool) -> str:
    """Return how far residents say where it is: all of it, within a municipality, or none.

    What was divided by residents says nothing per resident: it gives the key back.
    """
    keys = [atlas.catalog.keys[name] for name in names]
    if not counted and any(_is_residents(key) for key in keys):
        return "all"
    keys += [atlas.catalog.keys[key.within] for key in keys if key.within is not None]
    return "within" if any(_is_residents(key) for key in keys) else "none"


def _is_residents(key: Key) -> bool:
    return key.measure == "grid" or key.column == "residents"


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
    found: list[Json] = []
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
