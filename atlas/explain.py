"""The trail of one figure: the product that makes it, and every factor with its source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from atlas.amounts import Asked
from atlas.areas import UNALLOCATED
from atlas.composition import MASS
from atlas.definitions import FIRST_YEAR, LAST_YEAR, LayerName
from atlas.errors import DefinitionError, problem, raise_problems
from atlas.figure import AFTER_PROCESSING, figure
from atlas.scenarios import REPORT
from atlas.stock_trail import content_rows, measure_steps, report_steps, size_steps, yield_rows
from atlas.supply import inflow_of
from atlas.trail import (
    Json,
    ages_step,
    flow_step,
    growth_step,
    lifetime_step,
    market_step,
    number,
    processed_step,
    rate_step,
    reuse_step,
    targets_step,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlas.amounts import Figure
    from atlas.definitions import Flow, Stock
    from atlas.pipeline import Atlas
    from atlas.supply import Run

ALL, PORTS = "all", "ports"
TOTALS = ("crm", "crm_other")


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
        "stream": asked.stream,
        "layer": asked.layer,
        "element": asked.substance,
        "year": asked.year,
        "scenario_id": asked.scenario_id,
        "value": _plain(found.value),
        "low": _plain(found.low),
        "high": _plain(found.high),
        "grade": found.grade,
        "unit": found.unit,
        "product": [{"name": name, "value": value} for name, value in parts],
        "steps": [_with_source(atlas, each) for each in steps],
    }


def ask(  # noqa: PLR0913, PLR0917 - the words of the command
    atlas: Atlas,
    zone: str,
    stream: str,
    layer: str,
    element: str | None,
    year: int | None,
    scenario_id: str,
) -> Asked:
    """Turn the words of a person into a question.

    Parameters
    ----------
    atlas
        A built region.
    zone
        A zone_id, ``unallocated``, ``ports``, ``all``, or a municipality with all its zones
        (``GM0599.*``).
    stream, layer
        A stream, and a layer of it.
    element
        A measure of the stock, ``mass``, an element, ``crm`` or ``crm_other``; by default what is
        counted, in stock, and else the mass.
    year
        Needed for every layer but the stock.
    scenario_id
        A row of the table scenarios.

    Raises
    ------
    DefinitionError
        Everything that does not exist, at once.
    """
    zones = atlas.zones
    codes = {f"{code}.*" for code in zones["municipality_code"]}
    names = [*zones["zone_id"], UNALLOCATED, PORTS, ALL]
    streams = list(atlas.streams.supplies)
    problems = [] if zone in codes else _unknown("zone", zone, names)
    problems += _unknown("stream", stream, streams)
    problems += _unknown("layer", layer, get_args(LayerName))
    problems += _unknown("scenario", scenario_id, atlas.scenarios["scenario_id"])
    stock = atlas.catalog.stocks.get(stream)
    if stream in streams and element is not None:
        problems += _unknown("element", element, _substances(atlas, stream, layer))
    if layer != "stock" and (year is None or not FIRST_YEAR <= year <= LAST_YEAR):
        what = "no year" if year is None else f"{year}"
        expected = f"a year from {FIRST_YEAR} to {LAST_YEAR}"
        problems.append(problem("year", what, expected, "add one"))
    raise_problems(problems, DefinitionError)
    inside = {
        ALL: [*zones["zone_id"], UNALLOCATED],
        PORTS: zones.loc[zones["kind"] == "port", "zone_id"].tolist(),
    }
    places = inside.get(zone, [zone])
    if zone in codes:
        own = zones["municipality_code"] == zone.removesuffix(".*")
        places = zones.loc[own, "zone_id"].tolist()
    default = stock.units if stock is not None and layer == "stock" else MASS
    if layer in AFTER_PROCESSING:
        default = TOTALS[0]
    return Asked(
        places=tuple(places),
        stream=stream,
        layer=layer,
        substance=element or default,
        year=None if layer == "stock" else year,
        scenario_id=scenario_id,
    )


def in_words(explained: Json) -> str:
    """Write an explained figure for a terminal, in English."""
    value, unit = explained["value"], explained["unit"]
    places = explained["places"]
    where = places[0] if len(places) == 1 else f"{len(places)} zones"
    when = "" if explained["year"] is None else f" {explained['year']}"
    title = f"{where} · {explained['stream']} · {explained['layer']} · {explained['element']}{when}"
    lines = [f"{title} ({explained['scenario_id']})"]
    if value is None:
        lines.append("no figure: it is not known here, or not worked out in this scenario (NULL)")
        return "\n".join(lines)
    text = f"{number(value)[1]} {unit}"
    if explained["low"] is not None:
        text += f", range {number(explained['low'], 4)[1]} to {number(explained['high'], 4)[1]}"
    if explained["grade"]:
        text += f", grade {explained['grade']}"
    lines += [text, ""]
    if explained["product"]:
        product = " × ".join(
            f"{number(each['value'])[1]} ({each['name']})" for each in explained["product"]
        )
        lines += [f"= {product}", ""]
    for i, each in enumerate(explained["steps"], start=1):
        lines.append(f"{i}. {each['title']['en']}: {each['words']['en']}")
        facts = []
        if "low" in each:
            facts.append(f"× {each['low']:.3g} to × {each['high']:.3g}")
        if "grade" in each:
            facts.append(f"grade {each['grade']}")
        row = "" if each["row"] is None else f", line {each['row']}"
        facts.append(f"{each['definition']}{row}")
        if each["source"]:
            source = each["source"]
            facts.append(
                ", ".join(str(source[k]) for k in ("file", "publisher", "year", "licence"))
            )
        lines.append("   " + " · ".join(facts))
    return "\n".join(lines)


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
        steps = [flow_step(atlas.catalog.flows[asked.stream], inputs)]
    else:
        measures = {measure.id: measure for measure in stock.measures}
        counted = asked.layer == "stock" and asked.substance in measures
        if counted and asked.substance != MASS:
            return measure_steps(stock, measures[asked.substance], atlas.known, inputs)
        steps = measure_steps(stock, measures[str(run.holding.base)], atlas.known, inputs)
    steps += _content_steps(atlas, asked, found, run)
    if asked.layer == "stock":
        return steps
    if stock is not None:
        name = run.scenario.lifetime if run.scenario.lifetime in stock.lifetimes else "regular"
        steps += [lifetime_step(stock, name, stock.lifetimes[name]), ages_step(stock, inputs)]
        if inflow_of(run.supply, run.scenario) == "growth":
            steps.append(growth_step(stock))
    return steps + _later_steps(atlas, asked, run)


def _later_steps(atlas: Atlas, asked: Asked, run: Run) -> list[Json]:
    """Return the steps of the layers after release."""
    catalog = atlas.catalog
    stream: Stock | Flow = catalog.stocks.get(asked.stream) or catalog.flows[asked.stream]
    steps: list[Json] = []
    if asked.layer != "released":
        steps += _collection_steps(atlas, asked, stream, run)
    if asked.layer in ("processed", "capacity_gap", *AFTER_PROCESSING):
        steps.append(processed_step(stream))
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
        steps.append(rate_step(stream))
        targets = targets_step(stream)
        if run.scenario.collection == "targets" and targets is not None:
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


def _substances(atlas: Atlas, stream: str, layer: str) -> list[str]:
    """Return what can be asked of a layer: measures of the stock, elements, totals."""
    stock = atlas.catalog.stocks.get(stream)
    measures = [m.id for m in stock.measures] if stock is not None and layer == "stock" else []
    elements = atlas.streams.supplies[stream].table["element"]
    return list(dict.fromkeys([*measures, *elements, *TOTALS]))


def _unknown(what: str, name: str, known: Iterable[str]) -> list[str]:
    """Return the problem of a name that is not one of those known, if it is not."""
    known = list(known)
    if name in known:
        return []
    expected = f"one of {', '.join(known)}"
    return [problem(what, f'"{name}"', expected, "choose one of these")]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any cell of a table
    if value is None or pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
