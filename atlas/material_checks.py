"""What the tables of materials and time must satisfy together; a list of problems each."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pandas as pd

from atlas.checks import check_words, unnamed
from atlas.columns import rows_named
from atlas.composition import check_contents, check_sizes, check_variants
from atlas.definitions import Grade
from atlas.errors import problem
from atlas.holdings import held_measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlas.checks import Frames, Used
    from atlas.definitions import Catalog, Flow, Stock

# Columns of which every cell is one of a few words.
_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "composition": {"grade": get_args(Grade), "recollection": ("yes", "no")},
    "elements": {
        "kind": ("element", "bulk"),
        "critical": ("yes", "no"),
        "strategic": ("yes", "no"),
        "bulk_metal": ("yes", "no"),
    },
    "eu_list": {"critical": ("yes", "no"), "strategic": ("yes", "no", "part")},
    "sizes": {"grade": get_args(Grade)},
    "history": {"kind": ("stock", "sales"), "grade": get_args(Grade)},
    "yields": {"recovery": ("today", "legal"), "grade": get_args(Grade)},
}


def check_materials(found: Frames, used: Used, catalog: Catalog) -> list[str]:
    """Check what products are made of against the elements and the streams that are defined.

    Contents, sizes, history and yields: units, names, ranges, years of entry, grades.
    """
    problems = _check_composition(found, used, catalog)
    if "sizes" in found:
        problems += check_sizes(found["sizes"], where=used["sizes"].source.file)
    for name, words in _WORDS.items():
        if name in found:
            for column, known in words.items():
                where = f'{used[name].source.file} column "{column}"'
                problems += check_words(found[name][column], known, where)
    if "history" in found:
        problems += _check_series(found, used, catalog.stocks)
    if "yields" in found and "elements" in found:
        problems += _check_yields(found, used)
    return problems


def _check_composition(found: Frames, used: Used, catalog: Catalog) -> list[str]:
    """Check the contents, and that every variant that is named has some."""
    if "composition" not in found or "elements" not in found:
        return []
    problems: list[str] = []
    rows, where = found["composition"], used["composition"].source.file
    bases = {name: _held_unit(stock) for name, stock in catalog.stocks.items()}
    bases |= dict.fromkeys(catalog.flows, "t")
    problems += check_contents(rows, found["elements"], bases, where=where)
    variants = {name: stock.variants for name, stock in catalog.stocks.items()}
    variants |= {name: flow.variants for name, flow in catalog.flows.items()}
    named: dict[str, list[str]] = {
        name: [*own.mix, *(v for mix in own.scenarios.values() for v in mix)]
        for name, own in variants.items()
        if own is not None and name in set(rows["stream"])
    }
    for stream in catalog.stocks.values():
        if stream.variants is not None and stream.variants.by_size and "sizes" in found:
            named.setdefault(stream.id, []).extend(found["sizes"]["variant"])
    problems += check_variants(rows, named, where=where)
    return problems


def _check_yields(found: Frames, used: Used) -> list[str]:
    """Check the elements and the ranges of the yields."""
    problems: list[str] = []
    where = f'{used["yields"].source.file} column "element"'
    problems += check_words(found["yields"]["element"], tuple(found["elements"]["element"]), where)
    rows = found["yields"]
    over = (rows["yield"] > 1) | (rows["low"] > rows["yield"]) | (rows["high"] < rows["yield"])
    if over.any():
        where = used["yields"].source.file
        what = f"a yield out of its range in {rows_named(over)}"
        problems.append(problem(where, what, "low <= yield <= high, at most 1", "correct it"))
    return problems


def check_flow(flow: Flow, keys: Iterable[str], found: Frames, used: Used) -> list[str]:
    """Check that the national figures hold the series that a flow names, and its denominator."""
    if "national" not in found:
        return []
    names = [flow.national.total, flow.national.denominator]
    problems = unnamed(names, found["national"]["figure"], flow.where, used["national"])
    if flow.national.numerator not in set(keys):
        what = f'numerator = "{flow.national.numerator}"'
        problems.append(problem(flow.where, what, f"one of {', '.join(keys)}", "name a key"))
    return problems


def _held_unit(stock: Stock) -> str:
    """Return the unit of the measure that is held, as a content names it."""
    unit = next(m.unit.en for m in stock.measures if m.id == held_measure(stock))
    return "piece" if unit == "pieces" else unit


def _check_series(found: Frames, used: Used, stocks: Mapping[str, Stock]) -> list[str]:
    """Check that a series is of one kind, and that the streams name one that is there."""
    history, where = found["history"], used["history"].source.file
    problems = [
        problem(where, f"{name} is of two kinds", "stock or sales", "split the series")
        for name, group in history.groupby("series", sort=False)
        if len(set(group["kind"])) > 1
    ]
    known = list(dict.fromkeys(history["series"]))
    for stock in stocks.values():
        if stock.ages.series is not None:
            names = (stock.ages.series,)
            problems += check_words(
                pd.Series(names), tuple(known), f"{stock.where} [ages.series] in {where}"
            )
    return problems
