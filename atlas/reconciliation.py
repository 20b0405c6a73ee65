"""The headline figures of the reports beside what the registers give, with the reason."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.amounts import Asked, Figure
from atlas.composition import MASS, per_unit
from atlas.errors import raise_problems
from atlas.figure import figure
from atlas.material_checks import HEADLINE_UNITS, check_register
from atlas.ranges import CERTAIN
from atlas.survival import leaves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas.amounts import Known
    from atlas.definitions import Headline
    from atlas.supply import Supply

_HORIZON_A = 80
_PEAK = (
    "jaar waarin de meeste massa vrijkomt, levensduur regulier, niets erbij",
    "year in which most mass is released, lifetime regular, nothing added",
)


def headline_figures(
    headlines: pd.DataFrame, known: Known, register: Mapping[str, Headline], *, where: str
) -> pd.DataFrame:
    """Return every headline figure with the register's number, difference and factor.

    Parameters
    ----------
    headlines
        ``figure_id, stream, quantity_nl, quantity_en, value, unit, region, report, reading``
        (the report's words) and ``reason_nl, reason_en``.
    known
        What figures are made of.
    register
        Figure -> what of the default scenario stands beside it.
    where
        The definition that says so, for messages.

    Returns
    -------
    DataFrame
        The headlines with ``register_value, register_low, register_high, grade``, ``difference``
        (register - report) and ``factor`` (register / report; NaN for years), and the formula;
        NaN where the atlas has no number of its own, for the reason that stands there.
    """
    runs = next(iter(known.runs.values()))
    contents = {name: run.supply.table["element"] for name, run in runs.items()}
    raise_problems(check_register(register, headlines, known.catalog, contents, where=where))
    rows = []
    for row in headlines.to_dict("records"):
        asked = register.get(str(row["figure_id"]))
        found = Figure(math.nan, math.nan, math.nan, None, "")
        words: tuple[str | None, str | None] = (None, None)
        if asked is not None:
            found = _beside(known, asked)
            worth = HEADLINE_UNITS[str(row["unit"])]
            found = replace(
                found, value=found.value * worth, low=found.low * worth, high=found.high * worth
            )
            words = _words(known, asked)
        year = row["unit"] == "year"
        rows.append(
            {
                "register_value": found.value,
                "register_low": found.low,
                "register_high": found.high,
                "grade": found.grade,
                "difference": found.value - row["value"],
                "factor": math.nan if year or not row["value"] else found.value / row["value"],
                "formula_nl": words[0],
                "formula_en": words[1],
            }
        )
    frame = headlines.drop(columns=["reason_nl", "reason_en", "row"], errors="ignore")
    frame = frame.rename(columns={"value": "report_value"}).reset_index(drop=True)
    beside = pd.DataFrame(rows, columns=[
        "register_value", "register_low", "register_high", "grade", "difference", "factor",
        "formula_nl", "formula_en",
    ])  # fmt: skip
    reasons = headlines[["reason_nl", "reason_en"]].reset_index(drop=True)
    return pd.concat([frame, beside, reasons], axis=1)


def peak_year(supply: Supply) -> float:
    """Return the year in which most of what stands is released, without inflow."""
    holding = supply.holding
    years = np.arange(holding.until + 1, holding.until + _HORIZON_A + 1)
    table = supply.table[supply.table["element"] == MASS]
    variants = [each.variant for each in holding.types]
    unit = per_unit(table, variants, holding.cohorts).value_t[:, :, 0]
    standing = (holding.amounts.sum(axis=0) * unit).sum(axis=1)
    lifetime = supply.lifetimes["regular"]
    out = standing @ leaves(lifetime, holding.cohorts, years, until=holding.until)
    return float(years[int(out.argmax())])


def _beside(known: Known, asked: Headline) -> Figure:
    """Return what the atlas has for a headline figure, in tonnes, pieces or years."""
    run = next(iter(known.runs.values()))[asked.stream]
    if asked.give == "peak_year":
        return Figure(peak_year(run.supply), math.nan, math.nan, "D", "year")
    places = run.holding.places
    if asked.per is not None:
        # How many there are cancels out of an amount for each of them.
        certain = replace(run, holding=replace(run.holding, count=CERTAIN))
        own = next(iter(known.runs))
        known = replace(known, runs={own: {asked.stream: certain}})
    found = figure(known, Asked(places, asked.stream, asked.layer, asked.substance, asked.year))
    divisor = 1.0
    if asked.per is not None:
        divisor = figure(known, Asked(places, asked.stream, "stock", asked.per)).value
    if asked.of == "country" and run.supply.portion is not None:
        divisor = float(run.supply.portion.sum())
    return replace(
        found, value=found.value / divisor, low=found.low / divisor, high=found.high / divisor
    )


def _words(known: Known, asked: Headline) -> tuple[str, str]:
    """Say how the number of the atlas comes about."""
    names = known.elements.set_index("element")
    plain = {
        "crm": ("alle kritieke grondstoffen", "all critical raw materials"),
        "crm_other": ("kritieke grondstoffen zonder Al, Cu, Si en Ni",
                      "critical raw materials without Al, Cu, Si and Ni"),
        MASS: ("massa", "mass"),
    }  # fmt: skip
    layers = {
        "stock": ("aanwezig", "in stock"),
        "released": ("komt vrij", "released"),
        "collected": ("ingezameld", "collected"),
    }
    stock = known.catalog.stocks.get(asked.stream)
    measures = {m.id: (m.title.nl, m.title.en) for m in stock.measures} if stock else {}
    found = []
    for i in (0, 1):
        name = plain.get(asked.substance) or measures.get(asked.substance)
        text = name[i] if name else str(names.loc[asked.substance, ("name_nl", "name_en")[i]])
        text = f"{text}, {layers.get(asked.layer, (asked.layer, asked.layer))[i]}"
        if asked.give == "peak_year":
            text = _PEAK[i]
        if asked.year is not None:
            text += f", {asked.year}"
        if asked.per is not None:
            text += f" ÷ {measures[asked.per][i]}"
        if asked.of == "country":
            text += (", heel Nederland", ", whole country")[i]
        found.append(text)
    return found[0], found[1]
