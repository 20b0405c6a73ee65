"""What stands on each sheet of the workbook: names beside codes, what a reader asks for first."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from atlas.definitions import Text
from atlas.dictionary import Column
from atlas.pipeline import REFERENCE_YEARS
from atlas.report_words import Words
from atlas.scenarios import DEFAULT
from atlas.sheet_plan import COLUMNS, check_plan, described, over_years
from atlas.symbology import in_dutch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlas.dictionary import Layer
    from atlas.pipeline import Atlas
    from atlas.publication import Publication
    from atlas.sheet_plan import Plan, SheetPlan

MOST_ROWS = 14_800  # fifteen thousand with the heads and the first sheet
_BASIS = "register"
_CODE = " (code)"
_STEM = re.compile(r" ?\(?code\)?$")  # "Gebied (code)", "Gemeentecode"
_NAME = "_nl"
_SEPARATOR = ";"
_KEY = ["zone_id", "stream", "element"]


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


def sheets(
    published: Publication, plan: Plan, *, most: int = MOST_ROWS
) -> tuple[tuple[Sheet, ...], dict[str, str]]:
    """Return the sheets of data, and by name why others are left out, in Dutch.

    A sheet without rows is, and of sheets that together have more than `most` rows, with one for
    each of their columns, the longest: who asks for so many is better served by the other files.

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
    dictionary = published.dictionary
    check_plan(plan, dictionary)
    shown = _shown(published.tables)
    names = _names_of(published.atlas, plan, dictionary)
    found: list[Sheet] = []
    left: dict[str, str] = {}
    for each in plan.sheets:
        layer = dictionary[each.tables[0]]
        known = described(plan, layer, over_years((*each.key, *each.columns)))
        about = each.about or layer.about.nl
        own = [shown[name] for name in each.tables if name in shown and len(shown[name])]
        if not own:
            left[each.name] = "Dit blad is weggelaten: er zijn voor deze regio geen rijen."
            continue
        families = {k: v for k, v in {**plan.names, **each.names}.items() if v}
        found.append(_sheet(replace(each, about=about), own, names, families, known))
    while sum(len(sheet.rows) + len(sheet.columns) for sheet in found) > most:
        longest = max(found, key=lambda sheet: len(sheet.rows))
        found.remove(longest)
        left[longest.name] = (
            f"Dit blad is weggelaten: met {in_dutch(len(longest.rows))} rijen is het te lang voor "
            f"deze werkmap. Gebruik de tabel {longest.table}, als CSV of in de GeoPackage."
        )
    return tuple(found), left


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
    return Sheet(COLUMNS, "dictionary", about, columns, frame, frozen=2)


@dataclass(frozen=True)
class _Names:
    """The Dutch of codes: what an atlas and its definitions say, the plan, the page."""

    known: dict[str, dict[str, str]]
    planned: Mapping[str, Mapping[str, str]]
    words: Words


def _names_of(atlas: Atlas, plan: Plan, dictionary: Mapping[str, Layer]) -> _Names:
    catalog = atlas.catalog
    streams = (catalog.stocks, catalog.flows, catalog.mentions)
    measures = [m for stock in catalog.stocks.values() for m in stock.measures]
    titles = {name: each.title.nl for kind in streams for name, each in kind.items()}
    known = {
        "zone": _lookup(atlas.zones, "zone_id", "name") | _without_ports(atlas.zones),
        "municipality": _lookup(atlas.municipalities, "municipality_code", "name"),
        "stream": titles,
        "element": _lookup(atlas.elements, "element", "name_nl"),
        "measure": {measure.id: measure.title.nl for measure in measures},
        "unit": {measure.unit.en: measure.unit.nl for measure in measures},
        "source": _lookup(atlas.sources, "source_id", "title"),
        "part": {**{name: each.title.nl for name, each in dictionary.items()}, **titles},
    }
    return _Names(known, plan.codes, Words(catalog, "nl"))


def _without_ports(zones: pd.DataFrame) -> dict[str, str]:
    """Return the names of municipalities that have ports, which are zones beside them."""
    with_ports = zones.loc[zones["kind"] == "port", "municipality_code"]
    own = zones[(zones["kind"] != "port") & zones["municipality_code"].isin(with_ports)]
    own = own.dropna(subset=["name"])
    return {
        str(code): f"{name} (zonder havengebieden)"
        for code, name in zip(own["zone_id"], own["name"], strict=True)
    }


def _said(names: _Names, family: str, codes: pd.Series) -> pd.Series:
    """Return the Dutch of each code, or of each part of a list of codes."""
    said = {
        code: "; ".join(_said_one(names, family, part) for part in str(code).split(_SEPARATOR))
        for code in codes.dropna().unique()
    }
    return codes.astype(object).map(said)


def _said_one(names: _Names, family: str, code: str) -> str:
    for words in (names.known.get(family, {}), names.planned.get(family, {})):
        if code in words:
            return words[code]
    # The page calls totals of elements materials.
    return names.words.code("material" if family == "element" else family, code)


def _sheet(
    plan: SheetPlan,
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
            columns.append(_of_code(own) if name in families else _in_dutch(own))
            parts[name] = rows[name]
        elif name in families:
            columns.append(_of_name(own))
            parts[columns[-1].name] = _said(names, families[name], rows[name])

    key = list(over_years(plan.key))
    # What stays in view is what is read: codes of the key are the first to scroll away.
    for name in key:
        put(name, said=name in families)
    for name in key:
        if name in families:
            put(name, said=False)
    for name in over_years(plan.columns):
        put(name, said=True)
        put(name, said=False)
    frame = pd.DataFrame(parts, columns=[column.name for column in columns])
    return Sheet(plan.name, plan.tables[0], plan.about or "", tuple(columns), frame, len(key))


def _in_dutch(column: Column) -> Column:
    """Return a column without the mark of its language, since the other one is not shown."""
    nl, en = (getattr(column.title, name) for name in ("nl", "en"))
    return replace(column, title=Text(nl.removesuffix(" (Nederlands)"), en))


def _of_code(column: Column) -> Column:
    """Return the column of a code, whose title tells it from that of the names."""
    title = column.title
    if not title.nl.endswith((_CODE, _CODE.strip(" ()"))):
        title = Text(title.nl + _CODE, title.en + _CODE)
    return replace(column, title=title)


def _of_name(column: Column) -> Column:
    """Return the column of the Dutch names of a code, titled as the thing that they name."""
    return Column(
        name=f"{column.name}{_NAME}",
        title=Text(*(_STEM.sub("", title) for title in (column.title.nl, column.title.en))),
        about=Text(f"Bij de code, in woorden. {column.about.nl}",
                   f"The code in words, in Dutch. {column.about.en}"),
    )  # fmt: skip


def _lookup(frame: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    named = frame.dropna(subset=[value])
    return dict(zip(named[key].astype(str), named[value].astype(str), strict=True))


# ---------------------------------------------------------------- what is shown of a table


def _shown(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables as the workbook shows them."""
    own = dict(tables)
    if "stocks" in own:
        own["stocks"] = own["stocks"][own["stocks"]["basis"] == _BASIS]
    for name in own.keys() & {"releases", "gaps"}:
        own[name] = own[name][own[name]["year"].isin(REFERENCE_YEARS)]
    # What is recovered has its range in the materials.
    passed = own.pop("recovery", None)
    if "materials" in own:
        materials = own["materials"]
        critical = materials["critical"].fillna(value=False).astype(bool)
        critical &= materials["scenario_id"] == DEFAULT
        own["materials"] = _materials(materials[critical])
        if passed is not None:
            own["recovery"] = _recovery(materials[critical], passed)
    return own


def _materials(critical: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each zone, stream and material: in stock, and released year by year."""
    own = critical[critical["layer"].isin(["stock", "released"])]
    found = own.drop_duplicates(_KEY).set_index(_KEY)[["strategic"]]
    stock = own[own["layer"] == "stock"].set_index(_KEY)
    years = stock["year"].where(stock["mass_t"].notna()).astype("Int64")
    parts: list[pd.DataFrame] = [found, years.to_frame("stock_year"), _masses(stock, "stock")]
    for year in REFERENCE_YEARS:
        rows = own[(own["layer"] == "released") & (own["year"] == year)].set_index(_KEY)
        parts.append(_masses(rows, f"released_{year}"))
    return pd.concat([part.reindex(found.index) for part in parts], axis=1).reset_index()


def _recovery(critical: pd.DataFrame, recovery: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each zone, stream and material: processed and recovered, year by year.

    Totals are recovered without being counted as processed.
    """
    own = critical[critical["layer"] == "recovered"]
    keys = pd.MultiIndex.from_frame(own[_KEY]).unique()
    parts: list[pd.DataFrame] = []
    for year in REFERENCE_YEARS:
        passed = recovery[recovery["year"] == year].set_index(_KEY)
        rows = own[own["year"] == year].set_index(_KEY)
        parts += [
            passed["processed_t"].to_frame(f"processed_{year}_t").reindex(keys),
            passed["recovered_t_best"].to_frame(f"recovered_{year}_t_best").reindex(keys),
            _masses(rows, f"recovered_{year}").reindex(keys),
        ]
    return pd.concat(parts, axis=1).reset_index()


def _masses(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    ends = {f"mass_t{end}": f"{name}_t{end}" for end in ("", "_low", "_high")}
    # Of what is not known there is no grade either.
    grade = rows["grade"].where(rows["mass_t"].notna())
    return rows[[*ends]].rename(columns=ends).assign(**{f"{name}_grade": grade})
