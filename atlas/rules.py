"""What a definition must satisfy beyond the types of its keys; a list of problems each."""

from __future__ import annotations

import codecs
import math
import re
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, get_args

import pyproj
from pyproj.exceptions import CRSError

from atlas.definitions import FIRST_YEAR, LAST_YEAR, LayerName
from atlas.errors import problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlas.definitions import Flow, Key, Map, Region, Siting, Stock

_NO_LICENCE = {"", "unknown", "onbekend", "na", "n/a", "none", "?"}
_BREAKS = 4  # five classes
_TOTALS = ("crm", "crm_other")  # sums of elements, which every stream has
FIFTH = 4  # years after it opens a new plant must be used well
# The words that a site may be asked for, and all of it that may have to be known.
SITE_WORDS: Mapping[str, tuple[str, ...]] = {
    "external_safety": ("ok", "limited", "no", "unknown"),
    "grid": ("ok", "congested", "unknown"),
    "quay": ("deep_sea", "inland", "none", "unknown"),
    "transformation": ("none", "partial", "yes", "unknown"),
}
SITE_NUMBERS = ("category", "nitrogen_km")
_DELIMITERS = (",", ";", "\t", "|")
# What the Dutch rules for GeoPackages allow as the name of a layer or a column.
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST_NAME = 57
_FILE_NAME = re.compile(r"[^\W_]([\w .'()-]*[\w)])?")
# What Windows takes for a device.
_RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)),
             *(f"lpt{n}" for n in range(10))}  # fmt: skip


def check_names(where: str, stream: str, measures: Iterable[str]) -> list[str]:
    """Check that a stream and its measures can stand in the names of layers and of columns."""
    named = [("stream", stream, "zones_{}"), *(("measure", m, "stock_{}_high") for m in measures)]
    problems = []
    for what, name, used in named:
        longest = _LONGEST_NAME - len(used.format(""))
        if not _NAME.fullmatch(name) or len(name) > longest:
            problems.append(
                problem(
                    where,
                    f'the {what} "{name}" ({len(name)} characters)',
                    f"a small letter, then small letters, digits and _, at most {longest}, since "
                    f"{used.format('…')} must be a name in a GeoPackage",
                    "rename the file" if what == "stream" else "rename it",
                )
            )
    return problems


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
    """Check that 0 <= low <= value <= high, as far as they are stated; a value may be 0 alone."""
    value, low, high = (values.get(name) for name in ("value", "low", "high"))
    if value is None:
        return []
    problems = []
    if value < 0 or (value == 0 and (low is not None or high is not None)):
        problems.append(
            problem(where, f"value = {value:g}", "a value above zero is expected", "correct it")
        )
    elif low is not None and not 0 <= low <= value:
        problems.append(
            problem(
                where,
                f"low = {low:g}",
                f"0 or more and at most the value of {value:g} is expected",
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


def check_region(region: Region) -> list[str]:
    """Check that files can bear its name, and that no journey is shorter than as the crow flies."""
    problems = []
    if not _FILE_NAME.fullmatch(region.id) or region.id.lower() in _RESERVED:
        problems.append(
            problem(
                region.where,
                f"the region {region.id!r}",
                "letters, digits, spaces, and . - _ ' ( ) within: its files bear that name, on any "
                "system and in any address",
                "rename the file",
            )
        )
    if region.detour_factor < 1:
        problems.append(
            problem(
                region.where,
                f"detour_factor = {region.detour_factor:g}",
                "1 or more: kilometres travelled for each as the crow flies",
                "correct it",
            )
        )
    return problems


def check_titles(streams: Iterable[Stock | Flow]) -> list[str]:
    """Check that no two streams are called the same, since layers are known by their titles."""
    seen: dict[str, str] = {}
    problems = []
    for stream in streams:
        title, other = stream.title.nl, seen.setdefault(stream.title.nl, stream.where)
        if other != stream.where:
            expected = f"another title than that of {other}"
            problems.append(problem(stream.where, f'title.nl = "{title}"', expected, "change one"))
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


def check_map(page: Map, stocks: Mapping[str, Stock], *, streams: list[str]) -> list[str]:
    """Check that a map opens at something that there is, with breaks that ascend."""
    problems = []
    stock = stocks.get(page.view.stream)
    if stock is not None:
        measures = [measure.id for measure in stock.measures]
        symbol = page.view.measure[:1].isupper() or page.view.measure in _TOTALS
        if page.view.layer == "stock" and not symbol and page.view.measure not in measures:
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
    year = page.view.year
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        expected = f"a year from {FIRST_YEAR} to {LAST_YEAR}"
        problems.append(problem(f"{page.where} [view]", f"year = {year}", expected, "correct it"))
    for stream, classes in page.classes.items():
        where = f"{page.where} [classes.{stream}]"
        if stream not in streams:
            problems.append(
                problem(where, "no such stream", f"one of {', '.join(streams)}", "correct its name")
            )
        problems += [
            problem(
                f"{where} {name}",
                "no such layer",
                f"layer:measure, with a layer of {', '.join(get_args(LayerName))}",
                "correct it: a class of nothing is never used",
            )
            for name in classes
            if name.partition(":")[0] not in get_args(LayerName) or not name.partition(":")[2]
        ]
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
    return problems + _check_siting(page, streams)


def _check_siting(page: Map, streams: list[str]) -> list[str]:
    """Check that a map asks for sites of streams that there are, and what can be answered."""
    problems = []
    for number, siting in enumerate(page.siting):
        where = f"{page.where} [siting][{number}]"
        if not siting.streams:
            problems.append(problem(f"{where} streams", "none", "one at least", "name a stream"))
        problems += [
            problem(
                f"{where} streams",
                f'no such stream "{stream}"',
                f"one of {', '.join(streams)}",
                "correct its name",
            )
            for stream in siting.streams
            if stream not in streams
        ]
        problems += check_siting(siting, where=where)
    return problems


def check_siting(siting: Siting, *, where: str) -> list[str]:
    """Check what is asked of sites, whatever the stream: numbers, years and words."""
    problems = []
    if siting.p < 1:
        problems.append(
            problem(f"{where} p", f"{siting.p} new plants", "1 or more", "ask for one at least")
        )
    problems += [
        problem(
            f"{where} sizes", f"{size:g} t/a", "a number above 0", "correct it, or leave it out"
        )
        for size in siting.sizes
        if not 0 < size < math.inf
    ]
    problems += [
        problem(f"{where} {name}", f"{value}", "a number", "correct it, or leave it out")
        for name in SITE_NUMBERS
        if (value := getattr(siting, name)) is not None and not math.isfinite(value)
    ]
    if not siting.years:
        problems.append(problem(f"{where} years", "none", "one at least", "say which years count"))
    first = min([*siting.years, siting.opens])
    last = max([*siting.years, siting.opens + FIFTH])
    if first < FIRST_YEAR or last > LAST_YEAR:
        problems.append(
            problem(
                where,
                f"years {first} to {last} (the fifth after opening is {siting.opens + FIFTH})",
                f"years from {FIRST_YEAR} to {LAST_YEAR}",
                "open earlier, or let other years count",
            )
        )
    attributes = (*SITE_WORDS, *SITE_NUMBERS)
    problems += [
        problem(where, f'attribute "{name}"', f"one of {', '.join(attributes)}", "correct it")
        for name in siting.unknown_fails
        if name not in attributes
    ]
    return problems + [
        problem(f"{where} {name}", f'"{word}"', f"one of {', '.join(known)}", "correct it")
        for name, known in SITE_WORDS.items()
        for word in getattr(siting, name)
        if word not in known
    ]


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
