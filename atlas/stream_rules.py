"""What the definition of a stream must satisfy beyond the types of its keys; a list of problems."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args

from atlas.definitions import FIRST_YEAR, LAST_YEAR, LifetimeName
from atlas.errors import problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlas.definitions import (
        Collection,
        EntryFactor,
        Factor,
        Flow,
        Inflow,
        Measure,
        Stock,
        Variants,
    )

_SUM = 1e-9  # how far shares may be from 1
# What each distribution needs, all of it above zero.
_PARAMETERS = {
    "weibull": ("shape", "scale_a"),
    "normal": ("mean_a", "sd_a"),
    "fixed": ("mean_a",),
    "hazard": ("chance_per_a",),
}


def check_stock(stock: Stock) -> list[str]:
    """Check that a stream has what its method, measures, lifetimes and collection need."""
    return [
        *_check_method(stock),
        *_check_measures(stock),
        *_check_lifetimes(stock),
        *_check_ages(stock),
        *_check_rates(stock.where, stock.inflow, stock.reuse, stock.collection),
        *_check_variants(stock.where, stock.variants, method=stock.method),
    ]


def check_flow(flow: Flow) -> list[str]:
    """Check the years, the rates and the variants of a stream without a stock."""
    held = FIRST_YEAR <= flow.hold_after <= LAST_YEAR
    wrong = problem(
        flow.where,
        f"hold_after = {flow.hold_after}",
        f"a year from {FIRST_YEAR} to {LAST_YEAR}",
        "name one of the years that are shown",
    )
    return [
        *([] if held else [wrong]),
        *_check_rates(flow.where, flow.inflow, flow.reuse, flow.collection),
        *_check_variants(flow.where, flow.variants, method="flow"),
    ]


def check_lifetime(values: Mapping[str, Any], *, where: str) -> list[str]:
    """Check that a distribution has its parameters, each above zero, and no others."""
    needed = _PARAMETERS.get(str(values.get("distribution")), ())
    problems = []
    for name in ("shape", "scale_a", "mean_a", "sd_a", "chance_per_a"):
        value = values.get(name)
        if name in needed and value is None:
            problems.append(
                problem(
                    where,
                    f'no key "{name}"',
                    f'distribution = "{values["distribution"]}" needs it',
                    f"add {name} = …",
                )
            )
        elif name not in needed and value is not None and needed:
            problems.append(
                problem(
                    where,
                    f"{name} = {value:g}",
                    f"{', '.join(needed)} of a {values['distribution']}",
                    f"remove {name}, or choose another distribution",
                )
            )
        elif value is not None and (value <= 0 or (name == "chance_per_a" and value > 1)):
            expected = "more than 0 and at most 1" if name == "chance_per_a" else "above zero"
            problems.append(problem(where, f"{name} = {value:g}", expected, "correct it"))
    return problems


def _check_method(stock: Stock) -> list[str]:
    problems = []
    needed = {"key": ("national", "[national]"), "table": ("data", "[source]")}
    name, written = needed.get(stock.method, ("data", "[source]"))
    if getattr(stock, name) is None:
        problems.append(
            problem(
                stock.where, f'method = "{stock.method}"', f"{written} is needed", f"add {written}"
            )
        )
    keys = {"all"}
    if stock.method == "points":
        keys = set()
    elif stock.categories is not None:
        keys = {*stock.categories.parts, stock.categories.remainder}
    if set(stock.keys) != keys:
        problems.append(
            problem(
                f"{stock.where} [keys]",
                f"keys for {', '.join(sorted(stock.keys)) or 'nothing'}",
                f"keys for {', '.join(sorted(keys)) or 'nothing, since points stand somewhere'}",
                "name a key for each",
            )
        )
    return problems


def _check_measures(stock: Stock) -> list[str]:
    where = f"{stock.where} [measures]"
    known = {measure.id: measure for measure in stock.measures}
    problems = []
    if len(known) != len(stock.measures):
        problems.append(problem(where, "a measure stands twice", "each once", "remove one"))
    problems += [
        problem(where, f'no measure "{name}"', "it is needed", "add it")
        for name in dict.fromkeys([stock.units, "mass"])
        if name not in known
    ]
    for measure in stock.measures:
        spot = f"{where} {measure.id}"
        factors: list[Factor | EntryFactor] = [*measure.by_entry]
        factors += [measure.factor] if measure.factor else []
        if measure.of is not None and factors and measure.grade is None:
            problems += _check_derived(measure, factors, known, where=spot)
            problems += _check_years(measure, where=spot)
        elif measure.of is None and not factors and measure.grade is not None:
            problems += _check_counted(measure, stock.method, where=spot)
        else:
            problems.append(
                problem(
                    spot,
                    "it is neither counted nor derived, or both",
                    "a grade for what is counted, or of and factor for what is derived",
                    "give one of the two",
                )
            )
    problems += [
        problem(
            f"{where} mass", f'unit = "{measure.unit.en}"', '"t"', "convert the factor to tonnes"
        )
        for measure in stock.measures
        if measure.id == "mass" and measure.unit.en != "t"
    ]
    of = known[str(known["mass"].of)] if known.get("mass") and known["mass"].of in known else None
    if of is not None and of.of is not None:
        counted = ", ".join(name for name, measure in known.items() if measure.of is None)
        problems.append(
            problem(
                f"{where} mass",
                f'of = "{of.id}", which is derived from {of.of}',
                f"a measure that is counted: {counted}",
                "convert the factor to one of that",
            )
        )
    return problems


def _check_counted(measure: Measure, method: str, *, where: str) -> list[str]:
    if method == "points" or (measure.column is not None) == (method == "table"):
        return []
    return [
        problem(
            where,
            "no column" if measure.column is None else f'column = "{measure.column}"',
            f'method = "{method}"',
            "name the column of the table that is counted; with a key there is none",
        )
    ]


def _check_derived(
    measure: Measure,
    factors: Iterable[Factor | EntryFactor],
    known: Mapping[str, Measure],
    *,
    where: str,
) -> list[str]:
    base = known.get(str(measure.of))
    if base is None or base is measure:
        others = ", ".join(name for name in known if name != measure.id)
        return [
            problem(where, f'of = "{measure.of}"', "another measure", f"choose one of {others}")
        ]
    unit = f"{_singular(measure.unit.en)}/{_singular(base.unit.en)}"
    return [
        problem(
            f"{where} [factor]",
            f"unit = {factor.unit!r}",
            f'"{unit}" is expected, from {base.id} to {measure.id}',
            "convert the value, or correct the unit",
        )
        for factor in factors
        if factor.unit != unit
    ]


def _check_years(measure: Measure, *, where: str) -> list[str]:
    """Check that factors by year of entry touch: no year twice, and none without one."""
    if measure.by_entry and measure.factor is not None:
        return [problem(where, "factor and by_entry", "one of the two", "remove one")]
    return check_intervals(
        [(factor.from_year, factor.to_year) for factor in measure.by_entry],
        where=f"{where} [by_entry]",
    )


def check_intervals(years: Iterable[tuple[float | None, float | None]], *, where: str) -> list[str]:
    """Check that intervals of years of entry cover every year once.

    Parameters
    ----------
    years
        First and last year of each, both included; None leaves a side open.
    where
        For messages.
    """
    endless = float("inf")
    spans = sorted(
        (-endless if start is None else start, endless if end is None else end)
        for start, end in years
    )
    problems = [
        problem(where, f"{start:g} to {end:g}", "a first year before the last", "correct it")
        for start, end in spans
        if start > end
    ]
    if problems:
        return problems
    for (_, end), (start, _) in pairwise(spans):
        if start <= end:
            what = f"years that overlap: one ends in {end:g}, the next begins in {start:g}"
            problems.append(problem(where, what, "each year once", "correct the years"))
        elif start != end + 1:
            what = f"nothing between {end:g} and {start:g}"
            problems.append(problem(where, what, "every year of entry", "correct the years"))
    if spans and (spans[0][0] != -endless or spans[-1][1] != endless):
        closed = [
            f"{word} {year:g}"
            for word, year in (("from", spans[0][0]), ("to", spans[-1][1]))
            if abs(year) != endless
        ]
        problems.append(
            problem(
                where,
                f"years {' '.join(closed)} only",
                "a first without from_year and a last without to_year",
                "leave the outer sides open: products are older and newer than tables",
            )
        )
    return problems


def _check_lifetimes(stock: Stock) -> list[str]:
    known = get_args(LifetimeName)
    problems = [
        problem(
            f"{stock.where} [lifetimes.{name}]", "no such lifetime", f"one of {', '.join(known)}",
            "rename it",
        )
        for name in stock.lifetimes
        if name not in known
    ]  # fmt: skip
    if "regular" not in stock.lifetimes:
        problems.append(
            problem(
                stock.where, "no [lifetimes.regular]", "it is needed", "add [lifetimes.regular]"
            )
        )
    return problems


def _check_ages(stock: Stock) -> list[str]:
    ages, where = stock.ages, f"{stock.where} [ages]"
    needs_series = ages.method != "steady"
    problems = []
    if needs_series != (ages.series is not None):
        problems.append(
            problem(
                where,
                "no series" if needs_series else f'series = "{ages.series}"',
                f'method = "{ages.method}"',
                "name a series of the table of national history; a steady stock has none",
            )
        )
    asked = {"stocks": "table", "size": "points"}.get(ages.method)
    if asked is not None and stock.method != asked:
        problems.append(
            problem(
                where,
                f'method = "{ages.method}"',
                f'a stream whose own method is "{asked}"',
                'choose "series" or "steady"',
            )
        )
    if not stock.year - 1 <= ages.until <= min(stock.year, LAST_YEAR - 1):
        problems.append(
            problem(
                where,
                f"until = {ages.until} of a stock of {stock.year}",
                f"{stock.year}, or the year before where it was counted early in the year, "
                f"and before {LAST_YEAR}",
                "correct until or year",
            )
        )
    return problems


def _check_rates(where: str, inflow: Inflow, reuse: Factor, collection: Collection) -> list[str]:
    problems = []
    rate = collection.rate
    shares = {"reuse": reuse, "collection.rate": rate, "inflow.growth": inflow.growth}
    for name, factor in shares.items():
        largest = max(factor.value, factor.high or 0.0)
        if factor.unit != "share" or largest > 1:
            problems.append(
                problem(
                    f"{where} [{name}]",
                    f"{largest:g} {factor.unit}",
                    'a part from 0 to 1, in the unit "share", is expected',
                    "divide a percentage by 100",
                )
            )
    years = [target.year for target in collection.targets]
    wrong = [target.value for target in collection.targets if not 0 < target.value <= 1]
    if years != sorted(set(years)) or wrong:
        problems.append(
            problem(
                f"{where} [collection.targets]",
                f"targets of {', '.join(map(str, years))}",
                "parts above 0 and at most 1, each year later than the one before",
                "correct them",
            )
        )
    if collection.rate_of == "put_on_market" and collection.put_on_market is None:
        problems.append(
            problem(
                f"{where} [collection]",
                'rate_of = "put_on_market" without the tonnes put on the market',
                "[collection.put_on_market] is needed",
                "add it",
            )
        )
    return problems


def _check_variants(where: str, variants: Variants | None, *, method: str) -> list[str]:
    if variants is None:
        return []
    mixes = {"mix": variants.mix, **{f"scenarios.{k}": v for k, v in variants.scenarios.items()}}
    problems = [
        problem(
            f"{where} [variants.{name}]",
            f"shares of {', '.join(f'{share:g}' for share in mix.values()) or 'nothing'}",
            "shares above zero that sum to 1",
            "correct them",
        )
        for name, mix in mixes.items()
        if abs(sum(mix.values()) - 1.0) > _SUM or min(mix.values(), default=0.0) <= 0
    ]
    if variants.by_size and (method != "points" or variants.size is None):
        problems.append(
            problem(
                f"{where} [variants]",
                f'by_size with method = "{method}" and size = "{variants.size}"',
                "points, and the column that the table of sizes is looked up by",
                "name the column, or leave by_size out",
            )
        )
    return problems


def _singular(unit: str) -> str:
    return "piece" if unit == "pieces" else unit
