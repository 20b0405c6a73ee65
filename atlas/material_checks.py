"""What the tables of materials and time must satisfy together; a list of problems each."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pandas as pd

from atlas.checks import check_tonnes, check_words, unnamed
from atlas.columns import rows_named
from atlas.composition import UNITS, check_contents, check_sizes, check_variants
from atlas.definitions import FIRST_YEAR, LAST_YEAR, Grade
from atlas.errors import problem
from atlas.holdings import held_measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlas.catalog import Catalog
    from atlas.checks import Frames, Used
    from atlas.definitions import EntryFactor, Factor, Flow, Headline, Stock

# Unit of a headline figure -> how many of it go into a tonne, or into one piece or year.
HEADLINE_UNITS = {
    "t": 1.0, "t/a": 1.0, "kg": 1e3, "kg/a": 1e3, "kg/piece": 1e3, "piece": 1.0, "year": 1.0
}  # fmt: skip
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
    if "elements" in found and "eu_list" in found:
        problems += _check_list(found, used)
    if "history" in found:
        problems += _check_series(found, used, catalog.stocks)
    if "yields" in found and "elements" in found:
        problems += _check_yields(found, used, (*catalog.stocks, *catalog.flows))
    if "composition" in found:
        problems += _check_views(found, catalog)
    if "headlines" in found and "composition" in found:
        rows = found["composition"].groupby("stream")["element"]
        contents = {str(name): list(dict.fromkeys(elements)) for name, elements in rows}
        report = catalog.reports["headline_figures"]
        problems += check_register(
            report.register, found["headlines"], catalog, contents, where=report.where
        )
    return problems


def _check_views(found: Frames, catalog: Catalog) -> list[str]:
    """Check that a map opens at a measure or an element that its stream has."""
    rows = found["composition"]
    problems = []
    for page in catalog.maps.values():
        stock = catalog.stocks.get(page.view.stream)
        known = [measure.id for measure in stock.measures] if stock else []
        known += ["mass", "crm", "crm_other"]
        known += rows.loc[rows["stream"] == page.view.stream, "element"].tolist()
        if page.view.measure not in known and page.view.stream not in catalog.mentions:
            what = f'measure = "{page.view.measure}"'
            expected = f"one of {', '.join(dict.fromkeys(known))}"
            problems.append(problem(f"{page.where} [view]", what, expected, "correct it"))
    return problems


def check_register(
    register: Mapping[str, Headline],
    headlines: pd.DataFrame,
    catalog: Catalog,
    contents: Mapping[str, Iterable[str]],
    *,
    where: str,
) -> list[str]:
    """Check that what stands beside a headline figure is something that the atlas has.

    Parameters
    ----------
    register
        Figure -> what stands beside it.
    headlines
        ``figure_id, unit``.
    catalog, contents
        The streams, and the elements in each.
    where
        The definition that says so, for messages.
    """
    problems = []
    units = dict(zip(headlines["figure_id"], headlines["unit"], strict=True))
    streams = [*catalog.stocks, *catalog.flows]
    for name, asked in register.items():
        place = f"{where} [register.{name}]"
        stock = catalog.stocks.get(asked.stream)
        measures = [measure.id for measure in stock.measures] if stock else []
        substances = ["mass", "crm", "crm_other", *contents.get(asked.stream, ())]
        if asked.layer == "stock":
            substances = [*measures, *substances]
        known = asked.stream in streams
        timeless = asked.layer == "stock" or asked.give == "peak_year"
        year = asked.year
        for ok, what, expected, do in (
            (name in units, f'"{name}"', "a headline figure", "correct its id"),
            (
                units.get(name, "t") in HEADLINE_UNITS,
                f'unit "{units.get(name)}"',
                f"one of {', '.join(HEADLINE_UNITS)}",
                "convert it",
            ),
            (known, f'stream = "{asked.stream}"', f"one of {', '.join(streams)}", "correct it"),
            (
                not known or asked.substance in substances,
                f'substance = "{asked.substance}"',
                f"one of {', '.join(dict.fromkeys(substances))}",
                "correct it",
            ),
            (
                not known or asked.per is None or asked.per in measures,
                f'per = "{asked.per}"',
                f"one of {', '.join(measures) or 'nothing: it is not counted'}",
                "correct it",
            ),
            (
                not known or stock is not None or not timeless,
                f"the stock of {asked.stream}",
                "a stream whose stock is known",
                "choose another layer",
            ),
            (
                timeless or (year is not None and FIRST_YEAR <= year <= LAST_YEAR),
                "no year" if year is None else f"year = {year}",
                f'with layer = "{asked.layer}" a year from {FIRST_YEAR} to {LAST_YEAR}',
                "add or correct it",
            ),
            (
                not known or asked.of == "region" or stock is None,
                'of = "country"',
                "a stream of which the flow of the country is known",
                "leave it out",
            ),
        ):
            if not ok:
                problems.append(problem(place, what, expected, do))
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
    problems += _check_within(rows, catalog.stocks, where=where)
    variants = {name: stock.variants for name, stock in catalog.stocks.items()}
    variants |= {name: flow.variants for name, flow in catalog.flows.items()}
    named: dict[str, list[str]] = {
        name: [*own.mix, *(v for mix in own.scenarios.values() for v in mix)]
        for name, own in variants.items()
        if own is not None and name in set(rows["stream"])
    }
    # What has no variants is all of one kind.
    plain = [name for name, own in variants.items() if own is None and name in set(rows["stream"])]
    named |= {name: ["all"] for name in plain}
    for stream in catalog.stocks.values():
        if stream.variants is not None and stream.variants.by_size and "sizes" in found:
            named.setdefault(stream.id, []).extend(found["sizes"]["variant"])
    problems += check_variants(rows, named, where=where)
    return problems


def _check_list(found: Frames, used: Used) -> list[str]:
    """Check that what is critical is on the list, and that what is on the list is critical."""
    rows, where = found["elements"], used["elements"].source.file
    numbers = set(found["eu_list"]["number"])
    strange = rows["eu_number"].notna() & ~rows["eu_number"].isin(numbers)
    unlike = (rows["critical"] == "yes") != rows["eu_number"].notna()
    return [
        problem(where, f"{what} in {rows_named(mask)}", expected, "correct the row")
        for mask, what, expected in (
            (strange, "an eu_number that the list does not have", "one of its numbers, or none"),
            (unlike, "critical and eu_number do not agree", "critical = yes with a number only"),
        )
        if mask.any()
    ]


def _check_within(rows: pd.DataFrame, stocks: Mapping[str, Stock], *, where: str) -> list[str]:
    """Check that no product holds more of one element than it weighs."""
    problems = []
    for name, stock in stocks.items():
        mass = next(measure for measure in stock.measures if measure.id == "mass")
        factors: list[Factor | EntryFactor] = [
            *mass.by_entry,
            *([mass.factor] if mass.factor else []),
        ]
        if not factors:
            continue
        most = max(max(factor.value, factor.high or 0.0) for factor in factors)
        own = rows[rows["stream"] == name]
        worth = own["unit"].map({unit: tonnes for unit, (_, tonnes) in UNITS.items()})
        over = own["content"] * worth > most
        if over.any():
            mask = pd.Series(over, index=own.index)
            mask.index.name = rows.index.name
            what = f"more in {name} than it weighs in {rows_named(mask)}"
            expected = f"at most {most:g} t for each {_held_unit(stock)}"
            problems.append(problem(where, what, expected, "correct the content or its unit"))
    return problems


def _check_yields(found: Frames, used: Used, streams: tuple[str, ...]) -> list[str]:
    """Check the streams, the elements and the ranges of the yields."""
    problems: list[str] = []
    rows, elements = found["yields"], tuple(found["elements"]["element"])
    for column, known in (("stream", streams), ("element", elements)):
        where = f'{used["yields"].source.file} column "{column}"'
        problems += check_words(rows[column], known, where)
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
    national, file = found["national"], used["national"].source.file
    problems = unnamed(names, national["figure"], flow.where, used["national"])
    for name in names:
        if not (national.loc[national["figure"] == name, "value"] > 0).all():
            problems.append(problem(file, f"{name} is zero", "above zero", "correct it"))
    problems += check_tonnes(flow.national.total, national, where=file)
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
        if {"stock", "sales"} <= set(group["kind"])
    ]
    problems += [
        problem(where, f"{name} in {', '.join(units)}", "one unit a series", "convert its rows")
        for name, group in history.groupby("series", sort=False)
        if len(units := sorted(set(group["unit"]))) > 1
    ]
    known = list(dict.fromkeys(history["series"]))
    for stock in stocks.values():
        if stock.ages.series is not None:
            names = (stock.ages.series,)
            problems += check_words(
                pd.Series(names), tuple(known), f"{stock.where} [ages.series] in {where}"
            )
            rows = history[(history["series"] == names[0]) & (history["year"] <= stock.ages.until)]
            if names[0] in known and not (rows["value"] > 0).any():
                what = f"nothing of {names[0]} up to {stock.ages.until}"
                problems.append(problem(where, what, "a stock or sales", "add earlier years"))
    return problems
