"""What the tables of an edition must say to each other: the same figures, in words of the atlas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd

from atlas.definitions import Step
from atlas.judge_edition import has, is_edition
from atlas.judge_geopackage import Package, quoted
from atlas.outside import OUTSIDE
from atlas.rulebook import Breach, Rule
from atlas.untrusted import LARGEST, refuse
from atlas.wide import wide_layers

if TYPE_CHECKING:
    from collections.abc import Iterator

_DO = "restore the values of the build"
# What a figure may be off by, of itself: the tables are float64 and so are the layers.
_DUST = 1e-9
# Years between the first and the last, of any scenario.
_MOST = 200
_TABLES = ("zones", "municipalities", "stocks", "materials", "releases", "gaps")
_STEPS = get_args(Step)
# Table -> column -> the words that stand in it.
_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "zones": {"kind": ("municipality", "port")},
    "facilities": {
        "step": _STEPS,
        "status": ("operating", "planned", "closed", "cancelled", "unknown"),
    },
    "collection_points": {
        "status": ("open", "planned", "closed", "unknown"),
        "streams_certainty": ("stated", "assumed"),
    },
    "stocks": {"basis": ("register", "report")},
    "materials": {"layer": ("stock", "released", "recovered")},
    "gaps": {"step": _STEPS, "why": ("absence", "reach", "capacity")},
    "nearest": {"step": _STEPS},
    "chains": {"step": _STEPS},
    "flows": {"step": _STEPS},
    "cover": {"status": ("known", "shared", "unknown"), "certainty": ("stated", "assumed")},
}
# The columns that hold amounts of a stream: one without a layer of its own has none.
_AMOUNTS = {
    "stocks": "value", "materials": "mass_t", "releases": "released_t", "gaps": "collected_t",
    "recovery": "processed_t", "flows": "tonnes", "sites": "gained_t_per_a",
}  # fmt: skip


def _words(package: Package) -> Iterator[Breach]:
    for table, columns in _WORDS.items():
        for column, words in columns.items():
            if not has(package, table, column):
                continue
            query = f"SELECT {quoted(column)}, min(fid) FROM {quoted(table)} GROUP BY 1"  # noqa: S608
            for word, row in package.file.execute(query):
                if word is not None and word not in words:
                    found = f"{table}.{column}: {word} at fid {row}"
                    yield Breach(found, ", ".join(words), "write one of these words")


def _streams(package: Package) -> Iterator[Breach]:
    known = {layer.stream for layer in package.dictionary.values() if layer.stream is not None}
    for table, amount in _AMOUNTS.items():
        if not has(package, table, "stream", amount):
            continue
        query = (
            f"SELECT stream, min(fid) FROM {quoted(table)} "  # noqa: S608
            f"WHERE {quoted(amount)} IS NOT NULL GROUP BY stream"
        )
        for stream, row in package.file.execute(query):
            if stream not in known:
                found = f"{table}.stream: {stream} at fid {row}, with {amount}"
                yield Breach(found, f"one of {', '.join(sorted(known))}", "correct the word")


def _wide(package: Package) -> Iterator[Breach]:
    """Make the wide layers again from the tables, and hold those of the file to them."""
    there = {
        name: layer
        for name, layer in package.dictionary.items()
        if layer.stream is not None and name in package.columns
    }
    needed = {name: [c.name for c in package.dictionary[name].columns] for name in _TABLES
              if name in package.dictionary}  # fmt: skip
    if len(needed) < len(_TABLES) or not all(has(package, n, *c) for n, c in needed.items()):
        return  # that they should be there is a rule of its own
    tables = {name: _frame(package, name, columns) for name, columns in needed.items()}
    for name, layer in there.items():
        names = [column.name for column in layer.columns]
        if not has(package, name, *names):
            continue
        own = _frame(package, name, names).set_index("zone_id")
        steps = own["gap_step"].dropna().unique()
        if layer.stream is None or len(steps) != 1 or not own.index.is_unique:
            yield Breach(f"{name}: {len(own)} rows, gap_step {list(steps)}", "a row for each zone, "
                         "and one step", _DO)  # fmt: skip
            continue
        made = wide_layers(tables, {name: layer}, steps={layer.stream: steps[0]})[name]
        yield from _same(name, own, made.set_index("zone_id"))


def _complete(package: Package) -> Iterator[Breach]:
    """Name rows that are not there: what is unknown has a row as well, with NULL in it."""
    keys = ("zone_id", "stream", "year")
    tables = ("releases", "gaps", "chains")
    if not (
        has(package, "zones", "zone_id")
        and all(has(package, table, *keys) for table in tables[:2])
        and all(has(package, table, "stream", "step", "year") for table in tables[1:])
    ):
        return
    streams = {(own.stream,) for name, own in package.dictionary.items()
               if own.stream is not None and name in package.columns}  # fmt: skip
    streams |= _found(package, "stream", "releases")
    years = {year for (year,) in set().union(*(_found(package, "year", t) for t in tables))}
    if years and all(isinstance(year, int) for year in years):
        years = set(range(min(years), max(years) + 1)) if max(years) - min(years) < _MOST else years
    zones = _found(package, "zone_id", "zones")
    beside = _found(package, "zone_id", "releases") | _found(package, "zone_id", "gaps")
    here = zones | (beside - {(OUTSIDE,)})
    steps = set().union(*(_found(package, "stream, step", table) for table in tables[1:]))
    steps = {(stream, step) for stream, step in steps if (stream,) in streams and step}
    for table, columns, zones, parts in (
        ("releases", "zone_id, year, stream", here, streams),
        ("gaps", "zone_id, year, stream, step", here | _found(package, "zone_id", "gaps"), steps),
    ):
        rows = _found(package, columns, table)
        for part in sorted(parts, key=str):
            missing = [
                (zone, year) for (zone,) in zones for year in years
                if (zone, year, *part) not in rows
            ]  # fmt: skip
            if missing:
                zone, year = min(missing, key=str)
                found = f"{table}: no {', '.join(map(str, part))} for {zone} in {year}"
                yield Breach(f"{found}, {len(missing)} in all", "a row for each", _DO)


def _found(package: Package, columns: str, table: str) -> set[tuple[Any, ...]]:
    return set(package.file.execute(f"SELECT DISTINCT {columns} FROM {quoted(table)}"))  # noqa: S608


def _frame(package: Package, table: str, columns: list[str]) -> pd.DataFrame:
    asked = ", ".join(map(quoted, columns))
    length = " + ".join(f"total(length({quoted(column)}))" for column in columns)
    (size,) = package.file.execute(f"SELECT {length} FROM {quoted(table)}").fetchone()  # noqa: S608
    if size > LARGEST:
        refuse(f"{table}: {size:,.0f} characters", f"at most {LARGEST:,}", _DO)
    rows = package.file.execute(f"SELECT {asked} FROM {quoted(table)}").fetchall()  # noqa: S608
    return pd.DataFrame(rows, columns=columns)


def _same(name: str, own: pd.DataFrame, made: pd.DataFrame) -> Iterator[Breach]:
    """Compare cell by cell, and tell the first difference of each column."""
    if set(own.index) != set(made.index):
        yield Breach(f"{name}: {len(own)} zones", f"the {len(made)} of the table zones", _DO)
        return
    made = made.reindex(own.index)
    for column in own.columns:
        ours, theirs = own[column], made[column]
        if pd.api.types.is_numeric_dtype(theirs):
            ours, theirs = (pd.to_numeric(each, errors="coerce") for each in (ours, theirs))
            off = (ours - theirs).abs() > _DUST * theirs.abs().clip(lower=1)
        else:
            off = ours.astype("object").ne(theirs.astype("object")) & ours.notna()
        wrong = (off.fillna(value=False) & theirs.notna()) | (own[column].isna() != theirs.isna())
        if wrong.any():
            zone = str(wrong.idxmax())
            cell: Any = own.loc[zone, column]
            expected: Any = made.loc[zone, column]
            found = f"{name}.{column}: {cell} for {zone}, {wrong.sum()} zones in all"
            yield Breach(found, f"{expected}, by the tables", _DO)


_ASKED: tuple[Rule[Package], ...] = (
    Rule("edition-words", "A step, a status and other words are those of the atlas.", _words),
    Rule("edition-streams", "Only a stream with a layer of its own has amounts.", _streams),
    Rule(
        "edition-complete",
        "Releases and gaps have a row for every zone, year, stream and step.",
        _complete,
    ),
    Rule("edition-wide", "A wide layer says what the tables say, in every column.", _wide),
)
RULES = tuple(replace(rule, applies=is_edition) for rule in _ASKED)
