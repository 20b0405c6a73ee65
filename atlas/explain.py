"""The trail of one figure: the product that makes it, and every factor with its source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlas.areas import UNALLOCATED
from atlas.composition import MASS
from atlas.definitions import FIRST_YEAR, LAST_YEAR
from atlas.figure import AFTER_PROCESSING, figure
from atlas.question import TOTALS
from atlas.scenarios import REPORT
from atlas.stock_trail import (
    content_rows,
    measure_steps,
    mix_step,
    report_steps,
    size_steps,
    yield_rows,
)
from atlas.supply import inflow_of
from atlas.trail import (
    Json,
    ages_step,
    flow_steps,
    inflow_step,
    lifetime_step,
    market_step,
    number,
    outside_step,
    processed_step,
    rate_step,
    reuse_step,
    targets_step,
)

if TYPE_CHECKING:
    from atlas.amounts import Asked, Figure
    from atlas.definitions import Flow, Stock
    from atlas.pipeline import Atlas
    from atlas.supply import Run

# What the parts of a product are called.
_SAID = {
    "units": "in stock",
    "share": "part of it that leaves in the year",
    "content": "content",
    "flow": "released",
    "collected": "part that is collected",
    "left": "part that is neither collected nor reused",
    "processed": "part that is processed",
    "unprocessed": "part that no known plant can take",
    "recovered": "part that the process gives back",
    "lost": "part that the process loses",
    "register": "by the register",
    "scale": "report ÷ register",
    "factor": "per unit",
}


def explain(atlas: Atlas, asked: Asked) -> Json:
    """Return a figure with its trail, as plain values.

    Parameters
    ----------
    atlas
        A built region.
    asked
        From `ask`.

    Returns
    -------
    dict
        ``value, low, high, grade, unit``; ``product``, the numbers that multiply out to the
        value; ``steps``, each with its words in both languages, range, grade, definition, row,
        and source with publisher, year and licence.
    """
    found = figure(atlas.known, asked)
    # What is not known has no trail.
    known = not math.isnan(found.value)
    steps = _steps(atlas, asked, found) if known else []
    parts = found.parts if known else ()
    return {
        "region": atlas.region.id,
        "places": list(asked.places),
        "where": _where(atlas, asked),
        "stream": asked.stream,
        "layer": asked.layer,
        "element": asked.substance,
        "year": asked.year,
        "scenario_id": asked.scenario_id,
        "value": _plain(found.value),
        "low": _plain(found.low),
        "high": _plain(found.high),
        "best": _plain(found.best),
        "grade": found.grade,
        "unit": found.unit,
        "product": [
            {"name": name, "value": value, "unit": _unit(atlas, asked, name)}
            for name, value in parts
        ],
        "without": _without(atlas, asked),
        "steps": [_with_source(atlas, each) for each in steps],
    }


def _where(atlas: Atlas, asked: Asked) -> str:
    """Name the places of a figure; a municipality with ports says that it is without them."""
    if len(asked.places) > 1:
        zones = sum(place != UNALLOCATED for place in asked.places)
        rest = ", and what is unallocated" if UNALLOCATED in asked.places else ""
        return f"{zones} zones{rest}"
    zone = asked.places[0]
    own = atlas.zones[atlas.zones["municipality_code"] == zone]
    rest = f", without its ports ({zone}.* is all of it)" if len(own) > 1 else ""
    names = dict(zip(atlas.zones["zone_id"], atlas.zones["name"], strict=True))
    return f"{names[zone]} ({zone}){rest}" if zone in names else zone


def _unit(atlas: Atlas, asked: Asked, part: str) -> str:
    """Return the unit of a part of a product; a share has none."""
    stock = atlas.catalog.stocks.get(asked.stream)
    base = atlas.streams.supplies[asked.stream].holding.base
    measures = {measure.id: measure.unit.en for measure in stock.measures} if stock else {}
    if part in ("units", "flow"):
        return measures.get(str(base), "t/a")
    if part == "content":
        return f"t per {measures.get(str(base), 't').removesuffix('s')}"
    if part == "register":
        return "t" if asked.layer == "stock" else "t/a"
    return measures.get(part, "")


def _without(atlas: Atlas, asked: Asked) -> list[str]:
    """Return the elements of a total that are not in it, since their yield is not known."""
    if asked.layer not in AFTER_PROCESSING or asked.substance not in TOTALS:
        return []
    run = atlas.known.runs[asked.scenario_id][asked.stream]
    known = {
        row["element"]
        for row in yield_rows(asked.stream, atlas.inputs)
        if (row["from"] or 0) <= (asked.year or 0)
        and row["recovery"] in {"today", run.scenario.recovery}
    }
    held = dict.fromkeys(run.supply.table["element"])
    return [name for name in held if name in _elements_of(atlas, asked) - known]


def in_words(explained: Json) -> str:
    """Write an explained figure for a terminal, in English."""
    value, unit = explained["value"], explained["unit"]
    where = explained["where"]
    when = "" if explained["year"] is None else f" {explained['year']}"
    title = f"{where} · {explained['stream']} · {explained['layer']} · {explained['element']}{when}"
    lines = [f"{title} ({explained['scenario_id']})"]
    if value is None:
        lines.append("no figure: it is not known here, or not worked out in this scenario (NULL)")
        return "\n".join(lines)
    text = f"{number(value)[1]} {unit}"
    if explained["low"] is not None:
        text += f", range {number(explained['low'], 4)[1]} to {number(explained['high'], 4)[1]}"
    if explained["best"] not in (None, value):
        text += f", or {number(explained['best'])[1]} where unknown capacity counts"
    if explained["grade"]:
        text += f", grade {explained['grade']}"
    lines += [text, ""]
    if explained["product"]:
        product = " × ".join(
            f"{number(each['value'])[1]}{each['unit'] and ' ' + each['unit']} "
            f"({_SAID.get(each['name'], each['name'])})"
            for each in explained["product"]
        )
        lines += [f"= {product}", ""]
    if explained["without"]:
        lines += [f"without {', '.join(explained['without'])}, whose yield is not known", ""]
    for place, each in enumerate(explained["steps"], start=1):
        lines += _step_lines(place, each)
    return "\n".join(lines)


def _step_lines(place: int, step: Json) -> list[str]:
    """Write one step: its words, then its range, grade, file, line and source."""
    facts = []
    if "low" in step:
        facts.append(f"× {step['low']:.3g} to × {step['high']:.3g}")
    if "grade" in step:
        facts.append(f"grade {step['grade']}")
    facts.append(step["definition"])
    if step["source"]:
        source = step["source"]
        file = source["file"] if step["row"] is None else f"{source['file']} line {step['row']}"
        named = [file, *(str(source[k]) for k in ("publisher", "year", "licence"))]
        facts.append(", ".join(named))
    title = f"{place}. {step['title']['en']}: {step['words']['en']}"
    return [title, "   " + " · ".join(facts)]


def _steps(atlas: Atlas, asked: Asked, found: Figure) -> list[Json]:
    """Return the steps that touch a figure, in the order that it is worked out in."""
    inputs = atlas.inputs
    stock = atlas.catalog.stocks.get(asked.stream)
    if asked.scenario_id == REPORT and stock is not None and stock.report is not None:
        name = stock.report.units
        if asked.substance in TOTALS:
            name = stock.report.crm_per_unit or stock.report.crm_total or name
        return report_steps(stock, name, inputs)
    run = atlas.known.runs[asked.scenario_id][asked.stream]
    if stock is None:
        steps = _flow_steps(atlas, asked, run)
    else:
        measures = {measure.id: measure for measure in stock.measures}
        counted = asked.layer == "stock" and asked.substance in measures
        name = asked.substance if counted and asked.substance != MASS else str(run.holding.base)
        steps = measure_steps(stock, measures[name], atlas.known, inputs)
        if name == asked.substance:
            return _touching(asked, run, steps)
    steps = _touching(asked, run, steps)
    steps += _content_steps(atlas, asked, found, run)
    if asked.layer == "stock":
        return steps
    if stock is not None:
        name = run.scenario.lifetime if run.scenario.lifetime in stock.lifetimes else "regular"
        steps += [lifetime_step(stock, name, stock.lifetimes[name]), ages_step(stock, inputs)]
        steps.append(inflow_step(stock, inflow_of(run.supply, run.scenario)))
    return steps + _later_steps(atlas, asked, run)


def _flow_steps(atlas: Atlas, asked: Asked, run: Run) -> list[Json]:
    """Return the steps of a flow in the year that is asked for."""
    supply = run.supply
    part = 0.0 if supply.portion is None else float(supply.portion.sum())
    band = run.leaving.timing[int((asked.year or 0) - run.leaving.years[0])]
    flow = atlas.catalog.flows[asked.stream]
    return flow_steps(flow, atlas.inputs, run.holding.key, part=part, figure_of=band)


def _touching(asked: Asked, run: Run, steps: list[Json]) -> list[Json]:
    """Leave out the spreading of what was not spread, or is asked for whole."""
    inside = np.array([place in asked.places for place in run.holding.places])
    sources = run.holding.sources
    split = {int(s) for s in sources[inside] if s >= 0 and not inside[sources == s].all()}
    return [each for each in steps if split or not each["id"].startswith("key ")]


def _later_steps(atlas: Atlas, asked: Asked, run: Run) -> list[Json]:
    """Return the steps of the layers after release."""
    catalog = atlas.catalog
    stream: Stock | Flow = catalog.stocks.get(asked.stream) or catalog.flows[asked.stream]
    steps: list[Json] = []
    if asked.layer != "released":
        steps += _collection_steps(atlas, asked, stream, run)
    if asked.layer in ("processed", "capacity_gap", *AFTER_PROCESSING):
        steps.append(processed_step(stream))
        access = atlas.balance.access
        if len(access.outside) and run.scenario.demand != "province_alone":
            steps.append(outside_step(stream, access.ratios[stream.id]))
    if asked.layer in AFTER_PROCESSING:
        steps += _yield_steps(atlas, asked, run)
    return steps


def _yield_steps(atlas: Atlas, asked: Asked, run: Run) -> list[Json]:
    """Return the yield of each element that counts: the last one whose year has come."""
    names = _elements_of(atlas, asked)
    used: dict[str, Json] = {}
    rows = yield_rows(asked.stream, atlas.inputs)
    for recovery in dict.fromkeys(["today", run.scenario.recovery]):
        for row in sorted(rows, key=lambda row: row["from"] or 0):
            counts = row["recovery"] == recovery and (row["from"] or 0) <= (asked.year or 0)
            if counts and row["element"] in names:
                used[row["element"]] = row["trail"]
    order = list(dict.fromkeys(run.supply.table["element"]))
    return [used[name] for name in order if name in used]


def _elements_of(atlas: Atlas, asked: Asked) -> set[str]:
    """Return the elements that a figure adds up: one, or those of a total."""
    if asked.substance not in TOTALS:
        return {asked.substance}
    elements = atlas.elements[atlas.elements["critical"] == "yes"]
    if asked.substance == TOTALS[1]:
        elements = elements[elements["bulk_metal"] != "yes"]
    return set(elements["element"])


def _content_steps(atlas: Atlas, asked: Asked, found: Figure, run: Run) -> list[Json]:
    """Return the sizes and contents that have a part in a figure."""
    stock = atlas.catalog.stocks.get(asked.stream)
    names = _elements_of(atlas, asked)
    if asked.layer in AFTER_PROCESSING:
        known = {row["element"] for row in yield_rows(asked.stream, atlas.inputs)}
        names &= known
    later = asked.layer not in ("stock", "released")
    if later and "market" in _binding(asked, run) and asked.substance != MASS:
        # What is sold says nothing of elements: those follow from their part of the mass.
        names = {*names, MASS}
    steps: list[Json] = []
    if stock is not None and asked.substance != MASS:
        sizes = size_steps(stock, atlas.inputs, run.holding.sizes)
        used = {size for _, size in found.types}
        steps += [each for size, each in sizes.items() if size in used]
    mix = mix_step(stock or atlas.catalog.flows[asked.stream])
    if (
        mix is not None
        and asked.substance != MASS
        and run.scenario.drive_train not in run.supply.overrides
    ):
        steps.append(mix)
    variants = {variant for variant, _ in found.types}
    for row in content_rows(asked.stream, atlas.known):
        when = any(
            (row["from"] or FIRST_YEAR - 999) <= year <= (row["to"] or LAST_YEAR)
            for year in found.entered
        )
        fits = row["variant"] is None or row["variant"] in variants
        if row["element"] in names and fits and when and row["value"] > 0 and row["trail"]:
            steps.append(row["trail"])
    return steps


def _binding(asked: Asked, run: Run) -> set[str]:
    """Return what limits the collection of the places asked for: reuse, a rate, or a market."""
    if asked.year is None or asked.year not in run.leaving.years:
        return set()
    index = int(asked.year - run.leaving.years[0])
    inside = np.array([place in asked.places for place in run.holding.places])
    inside &= run.released_t[:, index] > 0
    bound = run.collected.bound[inside, index]
    found = {"reuse"} if bound.any() else set()
    if not bound.all():
        found.add("rate" if run.supply.market is None else "market")
    return found


def _collection_steps(atlas: Atlas, asked: Asked, stream: Stock | Flow, run: Run) -> list[Json]:
    """Return the steps of reuse, rate, targets and market, as far as they decide."""
    binding, gap = _binding(asked, run), asked.layer == "collection_gap"
    steps = []
    if "reuse" in binding or gap:
        steps.append(reuse_step(stream))
    if binding & {"rate", "market"} or gap:
        targets = targets_step(stream)
        if run.scenario.collection != "targets" or targets is None:
            steps.append(rate_step(stream))
        else:
            first = stream.collection.targets[0].year
            # What the law sets has no range, and today's rate is where the line begins, if it does.
            if first > max(stream.collection.year, FIRST_YEAR):
                today = rate_step(stream)
                steps.append({k: v for k, v in today.items() if k not in ("low", "high")})
            steps.append(targets)
    share, market = stream.collection.put_on_market, run.supply.market
    if share is not None and market is not None and ("market" in binding or gap):
        stock = atlas.catalog.stocks[stream.id]
        steps.append(market_step(stock, share, market.band, atlas.inputs))
    return steps


def _with_source(atlas: Atlas, step: Json) -> Json:
    """Put publisher, year and licence in the place of the name of a source."""
    if step["source"] is None:
        return step
    row = atlas.sources.set_index("source_id").loc[step["source"]]
    names = ("title", "publisher", "year", "licence", "url", "file")
    return step | {"source": {name: _plain(row[name]) for name in names}}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any cell of a table
    if value is None or pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
