"""The plan of the workbook: which sheets there are, and the words that only it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from atlas.catalog import read_definition
from atlas.definitions import Text
from atlas.dictionary import Column, unit_of
from atlas.errors import DefinitionError, problem, raise_problems
from atlas.pipeline import REFERENCE_YEARS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from atlas.dictionary import Layer

FILE = "layers/workbook.toml"
FIRST = "Leeswijzer"
COLUMNS = "Kolommen"
_YEAR = "{year}"
# What Excel accepts as the name of a sheet.
_LONGEST = 31
_FORBIDDEN = set("[]:*?/\\")


@dataclass(frozen=True)
class Reading:
    """One paragraph of the first sheet."""

    title: str
    text: str


@dataclass(frozen=True)
class _Words:
    """A column that only the workbook has."""

    title: Text
    about: Text


@dataclass(frozen=True)
class SheetPlan:
    """A sheet as the file writes it; without words of its own it has those of its table."""

    name: str
    tables: tuple[str, ...]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    about: str | None = None
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """layers/workbook.toml."""

    sheets: tuple[SheetPlan, ...]
    names: dict[str, str]
    codes: dict[str, dict[str, str]]
    columns: dict[str, _Words]
    reading: tuple[Reading, ...]
    id: str = ""
    where: str = ""


def read_plan(home: Path) -> Plan:
    """Return what the workbook holds as `home` writes it, as the package does where it has none.

    Raises
    ------
    DefinitionError
        When the file is wrong, or a sheet has a name that a spreadsheet refuses.
    """
    package = Path(__file__).resolve().parent
    path = next(p for p in (at / FILE for at in (home, package.parent, package / "home"))
                if p.is_file())  # fmt: skip
    plan = read_definition(path, Plan, FILE)
    raise_problems(_wrong(plan), DefinitionError)
    return plan


def described(plan: Plan, layer: Layer, names: Iterable[str]) -> dict[str, Column]:
    """Return what columns are: in the words of the dictionary, else in those of the workbook."""
    found = {column.name: column for column in layer.columns}
    for template, words in plan.columns.items():
        for year in REFERENCE_YEARS if _YEAR in template else ("",):
            name = template.replace(_YEAR, str(year))
            title, about = _filled(words.title, year), _filled(words.about, year)
            found.setdefault(name, Column(name, title, about, unit_of(name)))
    return {name: found[name] for name in names if name in found}


def over_years(names: Iterable[str]) -> Iterator[str]:
    """Yield the names, those of a year once for each: what is of one year stands together."""
    for repeated, group in groupby(names, key=lambda name: _YEAR in name):
        together = list(group)
        for year in REFERENCE_YEARS if repeated else ("",):
            yield from (name.replace(_YEAR, str(year)) for name in together)


def _filled(text: Text, year: int | str) -> Text:
    return Text(text.nl.replace(_YEAR, str(year)), text.en.replace(_YEAR, str(year)))


def _wrong(plan: Plan) -> list[str]:
    """Say which names of sheets a spreadsheet refuses, or would not tell apart."""
    problems = []
    seen = {FIRST.lower(), COLUMNS.lower(), "history"}
    firsts = [sheet.tables[0] for sheet in plan.sheets if sheet.tables]
    for sheet in plan.sheets:
        name = sheet.name
        if not 0 < len(name) <= _LONGEST or _FORBIDDEN & set(name) or name.strip("'") != name:
            expected = f"1 to {_LONGEST} characters, none of {' '.join(sorted(_FORBIDDEN))}"
            problems.append(problem(FILE, f'sheet "{name}"', expected, "rename it"))
        elif name.lower() in seen:
            problems.append(
                problem(FILE, f'sheet "{name}" twice', "a name of its own", "rename it")
            )
        seen.add(name.lower())
    return problems + [
        problem(FILE, f'table "{name}" on two sheets', "one sheet for each", "remove one of them")
        for name in sorted({name for name in firsts if firsts.count(name) > 1})
    ]


def check_plan(plan: Plan, dictionary: Mapping[str, Layer]) -> None:
    """Check that every sheet asks for tables and columns that there are.

    Raises
    ------
    DefinitionError
        All that there is not, at once.
    """
    problems = []
    for sheet in plan.sheets:
        where = f"{FILE} sheet {sheet.name}"
        tables = [name for name in sheet.tables if name not in dictionary]
        problems += [problem(where, f'table "{n}"', "a layer or table", "name one") for n in tables]
        if not sheet.tables:
            problems.append(problem(where, "no table", "one at least", "name one"))
        if not sheet.tables or tables:
            continue
        asked = list(over_years((*sheet.key, *sheet.columns)))
        known = described(plan, dictionary[sheet.tables[0]], asked)
        problems += [
            problem(where, f'column "{name}"', f"one of {sheet.tables[0]}", "name one")
            for name in asked
            if name not in known
        ]
    raise_problems(problems, DefinitionError)
