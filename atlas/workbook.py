"""The workbook: the figures of an edition for who works in a spreadsheet, in Dutch."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, time
from functools import cache, reduce
from itertools import count, zip_longest
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range, xl_range_abs

from atlas.exports import writing
from atlas.pipeline import REFERENCE_YEARS
from atlas.report_words import Words
from atlas.sheet_plan import FIRST, read_plan
from atlas.sheets import column_sheet, sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from atlas.dictionary import Column
    from atlas.metadata import Description
    from atlas.pipeline import Atlas
    from atlas.publication import Publication
    from atlas.sheet_plan import Plan
    from atlas.sheets import Sheet

    # Writes a value into a row, counted from the first below the head, and a column.
    _Put = Callable[[int, int, Any], object]
    # Gives the format with some properties.
    _Styles = Callable[..., Format]

Kind = Literal["whole", "counted", "plain", "mass", "signed", "share", "one", "ratio", "date"]

# How numbers show; the cells hold all their digits.  A mass that three decimals would make 0, and
# that is not, shows as a power of ten.
_FORMATS: dict[Kind, str] = {
    "whole": "#,##0",
    "counted": "[=0]0;[<100]0.0;#,##0",
    "plain": "0",
    "mass": "[=0]0;[<0.001]0.0E+00;#,##0.0##",
    "signed": "#,##0.0##",
    "share": "0.0%",
    "one": "#,##0.0",
    "ratio": "0.00",
    "date": "dd-mm-yyyy",
}
# What a number is counted in -> how it shows: by the unit of its column, or of its row.
_KINDS: dict[str, Kind] = {
    "t": "mass",
    "t/jaar": "counted",
    "km": "one",
    "km²": "one",
    "kW": "one",
    "kWp": "one",
    "m": "whole",
    "inwoners": "whole",
    "huishoudens": "whole",
    "gebieden": "whole",
    "stuks": "counted",
    "aandeel": "share",
    "jaar": "plain",
}
_DATES = {"reference_date"}
_UNIT = "unit_nl"  # of the row, where each has one of its own
_HEAD = 3  # rows: heading, unit, technical name
_NARROW, _WIDE, _WIDEST = 8, 60, 100
_PARAGRAPH = 300  # characters, from which a text gets the widest column
_FORMULA = re.compile(r"[=+\-@\t\r\n]")
# XML has no place for these; what they stood for cannot be told.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 32_767  # characters in a cell
_GRADES = "ABCD"

_HEADING = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#D9E2EC"}
_UNITS = {"italic": True, "bg_color": "#D9E2EC"}
_NAME = {"font_size": 8, "font_color": "#51606F", "bg_color": "#D9E2EC", "bottom": 1}
_TITLE = {"bold": True, "font_size": 16}
_SECTION = {"bold": True, "font_size": 12, "bottom": 1}
_LABEL = {"bold": True, "valign": "top", "text_wrap": True}
_LINK = {"font_color": "#0B5394", "underline": 1, "valign": "top"}


class _Whole(float):
    """A number that is written with every digit that tells it apart, where 16 would not do."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        return float.__repr__(self).removesuffix(".0")


def write_workbook(published: Publication, path: Path) -> None:
    """Write the workbook of a region, the same bytes every time.

    The first sheet tells what is in the others and how to read them; in these row 1 is the Dutch
    heading, row 2 the unit, row 3 the technical name.  Every number is that of its frame to the
    last digit, missing is an empty cell, and no cell holds a formula or a link out: text stays the
    text it is, and one that a spreadsheet would take for a formula when it is typed again is
    marked as text.

    Raises
    ------
    AtlasError
        When the file cannot be written, or layers/workbook.toml is wrong.
    """
    atlas, description = published.atlas, published.description
    plan = read_plan(atlas.catalog.home)
    found, left = sheets(published, plan)
    found = (*found, column_sheet(found))
    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        # Each format is made once.
        style = cache(lambda **properties: book.add_format(properties))
        _describe(book, atlas, description)
        first = book.add_worksheet(FIRST)
        _write_first(first, style, atlas, description, plan, found, left)
        for sheet in found:
            _write_sheet(book.add_worksheet(sheet.name), style, sheet)
            book.define_name(sheet.table, f"={_quoted(sheet.name)}!{_extent(sheet)}")
    with writing(path):
        path.write_bytes(content.getvalue())


def _text_style(style: _Styles, text: str, *, wrapped: bool) -> Format:
    """Return the format of a text: typed again, none becomes a formula."""
    return style(valign="top", text_wrap=wrapped, quote_prefix=bool(_FORMULA.match(text)))


def _number_style(style: _Styles, kind: Kind) -> Format:
    return style(num_format=_FORMATS[kind], valign="top")


# ---------------------------------------------------------------- sheets of data


def _write_sheet(page: Worksheet, style: _Styles, sheet: Sheet) -> None:
    last, end = len(sheet.rows) + _HEAD - 1, len(sheet.columns) - 1
    for at, column in enumerate(sheet.columns):
        unit = "" if column.unit is None else column.unit.nl
        page.write_string(0, at, _clean(column.title.nl), style(**_HEADING))
        page.write_string(1, at, _clean(unit), style(**_UNITS))
        page.write_string(2, at, _clean(column.name), style(**_NAME))
        width = _write_column(page, style, at, column, sheet.rows)
        page.set_column(at, at, width)
    page.freeze_panes(_HEAD, sheet.frozen)
    page.autofilter(_HEAD - 1, 0, last, end)
    # Codes of digits alone are meant as text.
    page.ignore_errors({"number_stored_as_text": xl_range(_HEAD, 0, last, end)})
    page.repeat_rows(0, _HEAD - 1)
    _lay_out(page, sheet.name)


def _write_column(
    page: Worksheet, style: _Styles, at: int, column: Column, rows: pd.DataFrame
) -> float:
    """Write a column from the first row below the head; return the width that it needs."""
    values, most = rows[column.name], _WIDE
    if pd.api.types.is_bool_dtype(values.dtype):
        write, shown = _boolean(page, style), ["ONWAAR"]
    elif column.name in _DATES:
        write, shown = _day(page, style), ["31-12-2026"]
    elif pd.api.types.is_numeric_dtype(values.dtype):
        kinds = _kinds(column, rows)
        write = _number(page, style, kinds)
        largest = values.abs().max()
        shown = [f"{0 if pd.isna(largest) else largest:,.3f}"]
    else:
        longest = max((len(str(value)) for value in values.dropna().unique()), default=0)
        write, shown = _text(page, style, wrapped=longest > _WIDE), ["x" * longest]
        most = _WIDEST if longest > _PARAGRAPH else _WIDE
    there = (values.notna() & (values != "")).to_numpy(dtype=bool, na_value=False)
    for row, value in zip(np.flatnonzero(there).tolist(), values[there].tolist(), strict=True):
        write(row, at, value)
    # A heading may take two lines, and a filter button stands beside the technical name.
    heads = (len(column.title.nl) / 2 + 2, len(column.name) * 0.8 + 3)
    return min(max(_NARROW, *heads, *(len(text) + 2 for text in shown)), most)


def _kinds(column: Column, rows: pd.DataFrame) -> Kind | list[Kind]:
    """Return how the numbers of a column show: one kind for all, or one for each row."""
    if column.unit is not None:
        return _KINDS.get(column.unit.nl, "mass")
    if pd.api.types.is_integer_dtype(rows[column.name].dtype):
        return "plain"
    if column.name == "factor" or _UNIT not in rows:
        return "ratio"
    kinds = [_KINDS.get(str(unit), "mass") for unit in rows[_UNIT]]
    if (rows[column.name] < 0).any():
        # What shows small numbers apart would take one below zero for small.
        return ["signed" if kind in {"mass", "counted"} else kind for kind in kinds]
    return kinds


def _number(page: Worksheet, style: _Styles, kinds: Kind | list[Kind]) -> _Put:
    if isinstance(kinds, str):
        one = _number_style(style, kinds)
        return lambda row, at, value: page.write_number(row + _HEAD, at, _Whole(value), one)
    each = [_number_style(style, kind) for kind in kinds]
    return lambda row, at, value: page.write_number(row + _HEAD, at, _Whole(value), each[row])


def _text(page: Worksheet, style: _Styles, *, wrapped: bool) -> _Put:
    known: dict[object, tuple[str, Format]] = {}

    def put(row: int, at: int, value: object) -> None:
        if value not in known:
            text = _clean(str(value))
            known[value] = (text, _text_style(style, text, wrapped=wrapped))
        page.write_string(row + _HEAD, at, *known[value])

    return put


def _boolean(page: Worksheet, style: _Styles) -> _Put:
    one = _text_style(style, "", wrapped=False)
    return lambda row, at, value: page.write_boolean(row + _HEAD, at, bool(value), one)


def _day(page: Worksheet, style: _Styles) -> _Put:
    one = _number_style(style, "date")
    return lambda row, at, value: page.write_datetime(
        row + _HEAD, at, date.fromisoformat(str(value)), one
    )


def _clean(text: str) -> str:
    """Return a text as a cell can hold it: what XML forbids is marked, what is too long is cut."""
    text = _NO_XML.sub("\ufffd", text)
    # Excel counts characters beyond the first plane twice.
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _LONGEST:
        return text
    return units[: 2 * (_LONGEST - 1)].decode("utf-16-le", "ignore") + "…"


# ---------------------------------------------------------------- the first sheet


def _write_first(  # noqa: PLR0913, PLR0917 - all that it tells of
    page: Worksheet,
    style: _Styles,
    atlas: Atlas,
    description: Description,
    plan: Plan,
    found: Sequence[Sheet],
    left: Mapping[str, str],
) -> None:
    """Write what the file is, what is on each sheet, and how to read it."""
    filled = {"region": atlas.region.title.nl, "year": str(atlas.reference_date.year)}
    words = Words(atlas.catalog, "nl")
    for at, width in enumerate((26, 90, 10, 18)):
        page.set_column(at, at, width)
    licence, contact = description.licence, description.contact
    who = ", ".join(filter(None, (contact.organisation, contact.email, contact.url)))
    years = [str(year) for year in REFERENCE_YEARS]
    told = {"{years}": f"{', '.join(years[:-1])} en {years[-1]}", "{file}": atlas.region.id}
    row = count()
    page.write_string(next(row), 0, _clean(description.title.nl.format(**filled)), style(**_TITLE))
    _pairs(
        page,
        style,
        row,
        {
            "Regio": atlas.region.title.nl,
            "Peildatum": words.day(atlas.reference_date.isoformat()),
            "Editie": atlas.edition,
            "Over de atlas": description.abstract.nl.format(**filled),
            "Gebruik": description.use_limitation.nl,
            "Licentie": f"{licence.title.nl}, {licence.url}",
            "Contact": who,
        },
    )
    _section(page, style, row, "Bladen", "Wat erop staat", "Rijen", "Benoemd bereik")
    for sheet in found:
        at = next(row)
        target = f"internal:{_quoted(sheet.name)}!A1"
        page.write_url(at, 0, target, style(**_LINK), string=sheet.name)
        page.write_string(at, 1, _clean(sheet.about), _text_style(style, "", wrapped=True))
        page.write_number(at, 2, len(sheet.rows), _number_style(style, "whole"))
        page.write_string(at, 3, sheet.table, _text_style(style, "", wrapped=False))
    _pairs(page, style, row, left)
    _section(page, style, row, "Zo leest u het")
    _pairs(
        page,
        style,
        row,
        {
            each.title: reduce(lambda text, of: text.replace(*of), told.items(), each.text)
            for each in plan.reading
        },
    )
    _section(page, style, row, "Betrouwbaarheid")
    _pairs(page, style, row, {grade: words.code("grade", grade) for grade in _GRADES})
    page.set_selection(0, 0, 0, 0)
    _lay_out(page, FIRST)


def _pairs(page: Worksheet, style: _Styles, row: Iterator[int], told: Mapping[str, str]) -> None:
    """Write lines of a label and, beside it, a text."""
    for label, said in told.items():
        at, text = next(row), _clean(said)
        page.write_string(at, 0, _clean(label), style(**_LABEL))
        page.write_string(at, 1, text, _text_style(style, text, wrapped=True))


def _section(page: Worksheet, style: _Styles, row: Iterator[int], *titles: str) -> None:
    """Write the head of a section, a line below the one before."""
    next(row)
    at = next(row)
    for column, title in zip_longest(range(4), titles, fillvalue=""):
        page.write_string(at, column, title, style(**_SECTION))


# ---------------------------------------------------------------- paper, names, properties


def _lay_out(page: Worksheet, name: str) -> None:
    """Set the page up for A4, landscape, one page wide."""
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer(f"&L{name}&R&P / &N")


def _describe(book: Workbook, atlas: Atlas, description: Description) -> None:
    filled = {"region": atlas.region.title.nl, "year": str(atlas.reference_date.year)}
    licence = description.licence
    book.set_properties(
        {
            "title": _clean(description.title.nl.format(**filled)),
            "author": _clean(description.contact.organisation),
            "keywords": _clean(", ".join(description.keywords)),
            "comments": _clean(
                f"{description.use_limitation.nl} {licence.title.nl}. Editie {atlas.edition}"
            ),
            "created": datetime.combine(atlas.reference_date, time(), tzinfo=UTC),
        }
    )


def _quoted(name: str) -> str:
    """Return a sheet's name as references have it."""
    return "'" + name.replace("'", "''") + "'"


def _extent(sheet: Sheet) -> str:
    """Return where a sheet's technical names and rows are."""
    extent: str = xl_range_abs(_HEAD - 1, 0, len(sheet.rows) + _HEAD - 1, len(sheet.columns) - 1)
    return extent
