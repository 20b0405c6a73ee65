"""What a definition must satisfy beyond the types of its keys; a list of problems each."""

from __future__ import annotations

import codecs
import re
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pyproj
from pyproj.exceptions import CRSError

from atlas.errors import problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas.definitions import Factor, Key, Map, Measure, Stock

_NO_LICENCE = {"", "unknown", "onbekend", "na", "n/a", "none", "?"}
_BREAKS = 4  # five classes
_DELIMITERS = (",", ";", "\t", "|")


def check_source(values: Mapping[str, Any], *, where: str) -> list[str]:
    """Check the licence, the hash, the CRS and how the file is written."""
    problems = []

    def need(name: str, ok: bool, expected: str, do: str) -> None:  # noqa: FBT001 - a condition
        if values.get(name) is not None and not ok:
            problems.append(
                problem(
                    where, f"{name} = {str(values[name])[:40]!r}", f"{expected} is expected", do
                )
            )

    file, licence = str(values.get("file")), str(values.get("licence"))
    path = PurePosixPath(file)
    need(
        "file",
        file != "" and not path.is_absolute() and ".." not in path.parts,
        "a path inside this folder",
        "put the file under data/geo",
    )
    need(
        "licence",
        licence.strip().lower() not in _NO_LICENCE,
        "an SPDX name or the publisher's words",
        "ask the publisher: without a licence a source cannot be used",
    )
    need(
        "sha256",
        re.fullmatch(r"[0-9a-f]{64}", str(values.get("sha256"))) is not None,
        "64 hexadecimal digits",
        f"run sha256sum {file}",
    )
    crs = str(values.get("crs"))
    need(
        "crs",
        crs == "none" or _crs(crs) is not None,
        '"EPSG:" with its number, or "none" for a table,',
        "say in which coordinates the file is",
    )
    need(
        "delimiter",
        values.get("delimiter", ",") in _DELIMITERS,
        "a comma, semicolon, tab or bar",
        "say what stands between the columns",
    )
    need(
        "decimal",
        values.get("decimal", ".") in {".", ","},
        '"." or ","',
        "say what stands before the decimals",
    )
    need(
        "encoding",
        _is_encoding(str(values.get("encoding", "utf-8"))),
        '"utf-8", "latin-1" or another that Python knows',
        "say how the file is written",
    )
    return problems


def check_factor(values: Mapping[str, Any], *, where: str) -> list[str]:
    """Check that 0 < low <= value <= high, as far as they are stated; a value may be 0 alone."""
    value, low, high = (values.get(name) for name in ("value", "low", "high"))
    if value is None:
        return []
    problems = []
    if value < 0 or (value == 0 and (low is not None or high is not None)):
        problems.append(
            problem(where, f"value = {value:g}", "a value above zero is expected", "correct it")
        )
    elif low is not None and not 0 < low <= value:
        problems.append(
            problem(
                where,
                f"low = {low:g}",
                f"more than 0 and at most the value of {value:g} is expected",
                "correct low or value",
            )
        )
    if high is not None and high < value:
        problems.append(
            problem(
                where,
                f"high = {high:g}",
                f"at least the value of {value:g} is expected",
                "correct high or value",
            )
        )
    return problems


def check_crs(values: Mapping[str, Any], *, where: str) -> list[str]:
    """Check that both systems exist and count in metres."""
    problems = []
    for name in ("metric", "area"):
        text = values.get(name)
        crs = None if text is None else _crs(text)
        metres = crs is not None and crs.is_projected and crs.axis_info[0].unit_name == "metre"
        if text is not None and not metres:
            problems.append(
                problem(
                    f"{where} [{name}]",
                    f"{text!r}",
                    'a projected system in metres, as "EPSG:28992", is expected',
                    "choose one of the country, or EPSG:3035 for areas",
                )
            )
    return problems


def check_key(key: Key, keys: Mapping[str, Key], stocks: Mapping[str, Stock]) -> list[str]:
    """Check that a key has what its measure needs, and that `within` ends somewhere."""
    needs = {"column": ("column", "within"), "points": ("points", "column")}.get(key.measure, ())
    problems = [
        problem(key.where, f'no key "{name}"', f'measure = "{key.measure}" needs it', f"add {name}")
        for name in needs
        if getattr(key, name) is None
    ]
    trail, step = [key.id], key.within
    while step in keys and step not in trail:
        trail.append(str(step))
        step = keys[str(step)].within
    if step == key.id:
        problems.append(
            problem(
                f"{key.where} [within]",
                f"a circle: {', '.join([*trail, key.id])}",
                "a key that does not depend on this one",
                "spread one of them by residents or area",
            )
        )
    stock = stocks.get(key.points or "")
    if key.measure == "points" and stock is not None:
        columns = [m.column for m in stock.measures if m.column is not None]
        if stock.method != "points" or key.column not in columns:
            problems.append(
                problem(
                    f"{key.where} [points]",
                    f'column "{key.column}" of {stock.id}',
                    "a stream whose method is points, and a column that one of its measures counts",
                    f"choose one of {', '.join(columns) or 'another stream'}",
                )
            )
    return problems


def check_stock(stock: Stock) -> list[str]:
    """Check that a stream has what its method, measures, lifetime and collection need."""
    return [*_check_method(stock), *_check_measures(stock), *_check_rates(stock)]


def check_map(page: Map, stocks: Mapping[str, Stock]) -> list[str]:
    """Check that a map opens at something that there is, with breaks that ascend."""
    problems = []
    stock = stocks.get(page.view.stream)
    if stock is not None:
        measures = [measure.id for measure in stock.measures]
        if page.view.layer == "stock" and page.view.measure not in measures:
            problems.append(
                problem(
                    f"{page.where} [view]",
                    f'measure = "{page.view.measure}"',
                    f"one of {', '.join(measures)}",
                    "name a measure of the stream",
                )
            )
        if page.view.basis == "report" and stock.report is None:
            problems.append(
                problem(
                    f"{page.where} [view]",
                    'basis = "report"',
                    f"a [report] in {stock.where}",
                    "add it there, or open the map on the register",
                )
            )
    for stream, classes in page.classes.items():
        where = f"{page.where} [classes.{stream}]"
        if stream not in stocks:
            problems.append(
                problem(where, "no such stream", f"one of {', '.join(stocks)}", "correct its name")
            )
        problems += [
            problem(
                f"{where} {name}",
                f"{list(breaks)}",
                f"{_BREAKS} breaks above zero, each larger than the one before",
                "correct them",
            )
            for name, breaks in classes.items()
            if len(breaks) != _BREAKS or not all(a < b for a, b in pairwise((0.0, *breaks)))
        ]
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
        if measure.of is not None and measure.factor is not None and measure.grade is None:
            problems += _check_derived(measure, measure.factor, known, where=spot)
        elif measure.of is None and measure.factor is None and measure.grade is not None:
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
    measure: Measure, factor: Factor, known: Mapping[str, Measure], *, where: str
) -> list[str]:
    base = known.get(str(measure.of))
    if base is None or base is measure:
        others = ", ".join(name for name in known if name != measure.id)
        return [
            problem(where, f'of = "{measure.of}"', "another measure", f"choose one of {others}")
        ]
    unit = f"{_singular(measure.unit.en)}/{_singular(base.unit.en)}"
    if factor.unit == unit:
        return []
    return [
        problem(
            f"{where} [factor]",
            f"unit = {factor.unit!r}",
            f'"{unit}" is expected, from {base.id} to {measure.id}',
            "convert the value, or correct the unit",
        )
    ]


def _check_rates(stock: Stock) -> list[str]:
    problems = []
    life, rate = stock.mean_lifetime, stock.collection.rate
    if life.unit != "a" or life.value <= 0:
        problems.append(
            problem(
                f"{stock.where} [mean_lifetime]",
                f"{life.value:g} {life.unit}",
                'years above zero, in the unit "a", are expected',
                "convert the value",
            )
        )
    if rate.unit != "share" or rate.value > 1 or (rate.high or 0.0) > 1:
        problems.append(
            problem(
                f"{stock.where} [collection.rate]",
                f"{max(rate.value, rate.high or 0.0):g} {rate.unit}",
                'a part from 0 to 1, in the unit "share", is expected',
                "divide a percentage by 100",
            )
        )
    if stock.collection.rate_of == "put_on_market" and stock.collection.put_on_market is None:
        problems.append(
            problem(
                f"{stock.where} [collection]",
                'rate_of = "put_on_market" without the tonnes put on the market',
                "[collection.put_on_market] is needed",
                "add it",
            )
        )
    return problems


def _singular(unit: str) -> str:
    return "piece" if unit == "pieces" else unit


def _crs(text: str) -> pyproj.CRS | None:
    if not re.fullmatch(r"EPSG:[0-9]+", text):
        return None
    try:
        return pyproj.CRS(text)
    except CRSError:
        return None


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name) is not None
    except LookupError:
        return False
