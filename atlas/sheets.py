"""What stands on each sheet of the workbook: names beside codes, what a reader asks for first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from atlas.catalog import read_definition
from atlas.definitions import Text
from atlas.dictionary import Column, read_dictionary, unit_of
from atlas.errors import DefinitionError, problem, raise_problems
from atlas.exports import layers
from atlas.pipeline import REFERENCE_YEARS
from atlas.report_words import Words
from atlas.reports import CRM
from atlas.scenarios import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from atlas.dictionary import Layer
    from atlas.pipeline import Atlas

FILE = "layers/workbook.toml"
FIRST = "Leeswijzer"
COLUMNS = "Kolommen"
_BASIS = "register"
_CODE = " (code)"
_NAME = "_nl"
_YEAR = "{year}"
_SEPARATOR = ";"
_KEY = ["zone_id", "stream", "element"]
_TOTALS = (CRM, f"{CRM}_other")
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
class _Plan:
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

    sheets: tuple[_Plan, ...]
    names: dict[str, str]
    codes: dict[str, dict[str, str]]
    columns: dict[str, _Words]
    reading: tuple[Reading, ...]
    id: str = ""
    where: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet: a frame, and in the same order what each of its columns is.

    The first `frozen` columns stay in view; `table` is the table it shows.
    """

    name: str
    table: str
    about: str
    columns: tuple[Column, ...]
    rows: pd.DataFrame
    frozen: int


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


def sheets(atlas: Atlas, plan: Plan) -> tuple[tuple[Sheet, ...], tuple[str, ...]]:
    """Return the sheets of data, and the names of those left out since they would be empty.

    Figures are those of the default scenario on the basis of the registers, in the reference
    years.  Each value stands in a sheet as it stands in `exports.layers`, under the same technical
    name; `materials` and `recovery` are restricted to what is critical and have their years beside
    each other.  A code has its Dutch name before it, in a column of the same name that ends in
    ``_nl``.

    Raises
    ------
    DefinitionError
        When the plan asks for a table or column that there is not.
    """
    dictionary = read_dictionary(atlas.catalog.home)
    raise_problems(_unknown(plan, dictionary), DefinitionError)
    tables = _shown(layers(atlas, wide=False))
    names = _Names(atlas, plan, dictionary)
    found = []
    for each in plan.sheets:
        layer = dictionary[each.tables[0]]
        known = _described(plan, layer, _over_years((*each.key, *each.columns)))
        about = each.about or layer.about.nl
        own = [tables[name] for name in each.tables if name in tables]
        families = {**plan.names, **each.names}
        found.append(_sheet(replace(each, about=about), own, names, families, known))
    filled = tuple(sheet for sheet in found if len(sheet.rows))
    return filled, tuple(sheet.name for sheet in found if not len(sheet.rows))


def column_sheet(found: Iterable[Sheet]) -> Sheet:
    """Return the sheet that tells of every column of the others what it is."""
    columns = (
        Column("sheet", Text("Blad", "Sheet"), Text("Naam van het blad.", "Name of the sheet.")),
        Column("heading", Text("Kop", "Heading"), Text("Rij 1 van het blad.", "Row 1 of it.")),
        Column(
            "name",
            Text("Technische naam", "Technical name"),
            Text("Rij 3 van het blad, zoals in de andere bestanden.", "Row 3, as in other files."),
        ),
        Column("unit", Text("Eenheid", "Unit"), Text("Rij 2 van het blad.", "Row 2 of it.")),
        Column(
            "about",
            Text("Omschrijving", "Description"),
            Text("Wat de kolom zegt.", "What the column says."),
        ),
        Column(
            "heading_en",
            Text("Kop in het Engels", "Heading in English"),
            Text("De kop in het Engels.", "The heading in English."),
        ),
    )
    rows = [
        {
            "sheet": sheet.name,
            "heading": column.title.nl,
            "name": column.name,
            "unit": None if column.unit is None else column.unit.nl,
            "about": column.about.nl,
            "heading_en": column.title.en,
        }
        for sheet in found
        for column in sheet.columns
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    about = "Wat elke kolom van elk blad betekent."
    return Sheet(COLUMNS, "columns", about, columns, frame, frozen=2)


class _Names:
    """Says codes in Dutch and describes columns, for the sheets of one atlas."""

    def __init__(self, atlas: Atlas, plan: Plan, dictionary: Mapping[str, Layer]) -> None:
        catalog = atlas.catalog
        streams = (catalog.stocks, catalog.flows, catalog.mentions)
        measures = [m for stock in catalog.stocks.values() for m in stock.measures]
        titles = {name: each.title.nl for kind in streams for name, each in kind.items()}
        self._words = Words(catalog, "nl")
        self._own = plan.codes
        self._known: dict[str, dict[str, str]] = {
            "zone": _lookup(atlas.zones, "zone_id", "name"),
            "municipality": _lookup(atlas.municipalities, "municipality_code", "name"),
            "stream": titles,
            "element": _lookup(atlas.elements, "element", "name_nl"),
            "measure": {measure.id: measure.title.nl for measure in measures},
            "unit": {measure.unit.en: measure.unit.nl for measure in measures},
            "source": _lookup(atlas.sources, "source_id", "title"),
            "part": {**{name: each.title.nl for name, each in dictionary.items()}, **titles},
        }

    def say(self, family: str, codes: pd.Series) -> pd.Series:
        """Return the Dutch of each code, or of each part of a list of codes."""
        said = {
            code: "; ".join(self._one(family, part) for part in str(code).split(_SEPARATOR))
            for code in codes.dropna().unique()
        }
        return codes.astype(object).map(said)

    def _one(self, family: str, code: str) -> str:
        for words in (self._known.get(family, {}), self._own.get(family, {})):
            if code in words:
                return words[code]
        # The page calls totals of elements materials.
        return self._words.code("material" if family == "element" else family, code)


def _sheet(
    plan: _Plan,
    tables: list[pd.DataFrame],
    names: _Names,
    families: Mapping[str, str],
    known: Mapping[str, Column],
) -> Sheet:
    """Lay the tables of a sheet one below the other, with names before their codes."""
    rows = pd.concat(tables, ignore_index=True)
    columns: list[Column] = []
    parts: dict[str, pd.Series] = {}

    def put(name: str, *, said: bool) -> None:
        own = known[name]
        if not said:
            title = _both(own.title, _as_code) if name in families else own.title
            columns.append(replace(own, title=title))
            parts[name] = rows[name]
        elif name in families:
            words = replace(own, name=f"{name}{_NAME}", title=_both(own.title, _as_name))
            columns.append(replace(words, unit=None, refers=None))
            parts[words.name] = names.say(families[name], rows[name])

    key = list(_over_years(plan.key))
    # What stays in view is what is read: codes of the key are the first to scroll away.
    for name in key:
        put(name, said=name in families)
    for name in key:
        if name in families:
            put(name, said=False)
    for name in _over_years(plan.columns):
        put(name, said=True)
        put(name, said=False)
    frame = pd.DataFrame(parts, columns=[column.name for column in columns])
    return Sheet(plan.name, plan.tables[0], plan.about or "", tuple(columns), frame, len(key))


def _described(plan: Plan, layer: Layer, names: Iterable[str]) -> dict[str, Column]:
    """Return what columns are: in the words of the dictionary, else in those of the workbook."""
    found = {column.name: column for column in layer.columns}
    for template, words in plan.columns.items():
        for year in REFERENCE_YEARS if _YEAR in template else ("",):
            name = template.format(year=year)
            title, about = (
                _both(text, lambda word, year=year: word.format(year=year))
                for text in (words.title, words.about)
            )
            found.setdefault(name, Column(name, title, about, unit_of(name)))
    return {name: found[name] for name in names if name in found}


def _over_years(names: Iterable[str]) -> Iterator[str]:
    """Yield the names, those of a year once for each: what is of one year stands together."""
    for repeated, group in groupby(names, key=lambda name: _YEAR in name):
        together = list(group)
        for year in REFERENCE_YEARS if repeated else ("",):
            yield from (name.format(year=year) for name in together)


def _both(text: Text, change: Callable[[str], str]) -> Text:
    return Text(change(text.nl), change(text.en))


def _as_code(title: str) -> str:
    return title if title.endswith(_CODE) else f"{title}{_CODE}"


def _as_name(title: str) -> str:
    return title.removesuffix(_CODE)


def _lookup(frame: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    return dict(zip(frame[key].astype(str), frame[value].astype(str), strict=True))


# ---------------------------------------------------------------- what is shown of a table


def _shown(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables as the workbook shows them."""
    stocks = tables["stocks"]
    materials = tables["materials"]
    critical = materials[materials["critical"].fillna(value=False).astype(bool)]
    critical = critical[critical["scenario_id"] == DEFAULT]
    return {
        **tables,
        "stocks": stocks[stocks["basis"] == _BASIS],
        **{name: _of_years(tables[name]) for name in ("releases", "gaps")},
        "materials": _materials(critical),
        "recovery": _recovery(critical, tables["recovery"]),
    }


def _of_years(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["year"].isin(REFERENCE_YEARS)]


def _materials(critical: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each zone, stream and material: in stock, and released year by year."""
    own = critical[critical["layer"].isin(["stock", "released"])]
    found = own.drop_duplicates(_KEY).set_index(_KEY)[["strategic"]]
    stock = own[own["layer"] == "stock"].set_index(_KEY)
    years = stock["year"].where(stock["mass_t"].notna()).astype("Int64")
    parts = [found, years.rename("stock_year"), _masses(stock, "stock")]
    for year in REFERENCE_YEARS:
        rows = own[(own["layer"] == "released") & (own["year"] == year)].set_index(_KEY)
        parts.append(_masses(rows, f"released_{year}"))
    return pd.concat([part.reindex(found.index) for part in parts], axis=1).reset_index()


def _recovery(critical: pd.DataFrame, recovery: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each zone, stream and material that is recovered, year by year.

    Totals are recovered without being counted as processed; a material of which no yield is known
    has no row.
    """
    own = critical[critical["layer"] == "recovered"]
    known = pd.MultiIndex.from_frame(recovery[_KEY]).unique()
    keys = pd.MultiIndex.from_frame(own[_KEY]).unique()
    keys = keys[keys.isin(known) | keys.get_level_values("element").isin(_TOTALS)]
    parts = []
    for year in REFERENCE_YEARS:
        passed = recovery[recovery["year"] == year].set_index(_KEY)
        rows = own[own["year"] == year].set_index(_KEY)
        parts += [
            passed["processed_t"].rename(f"processed_{year}_t").reindex(keys),
            passed["recovered_t_best"].rename(f"recovered_{year}_t_best").reindex(keys),
            _masses(rows, f"recovered_{year}").reindex(keys),
        ]
    return pd.concat(parts, axis=1).reset_index()


def _masses(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    ends = {f"mass_t{end}": f"{name}_t{end}" for end in ("", "_low", "_high")}
    return rows[[*ends, "grade"]].rename(columns={**ends, "grade": f"{name}_grade"})


# ---------------------------------------------------------------- what may be wrong


def _wrong(plan: Plan) -> list[str]:
    """Say which names of sheets a spreadsheet refuses, or would not tell apart."""
    problems = []
    seen = {FIRST.lower(), COLUMNS.lower(), "history"}
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
    return problems


def _unknown(plan: Plan, dictionary: Mapping[str, Layer]) -> list[str]:
    """Say which tables and columns there are not."""
    problems = []
    for sheet in plan.sheets:
        where = f"{FILE} sheet {sheet.name}"
        tables = [name for name in sheet.tables if name not in dictionary]
        problems += [problem(where, f'table "{n}"', "a layer or table", "name one") for n in tables]
        if not sheet.tables or tables:
            continue
        asked = list(_over_years((*sheet.key, *sheet.columns)))
        known = _described(plan, dictionary[sheet.tables[0]], asked)
        problems += [
            problem(where, f'column "{name}"', f"one of {sheet.tables[0]}", "name one")
            for name in asked
            if name not in known
        ]
    return problems
