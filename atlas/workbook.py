"""The workbook: the figures of an edition for who works in a spreadsheet, in Dutch."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, time
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
    from collections.abc import Callable, Mapping, Sequence
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
        styles = _Styles(book)
        _describe(book, atlas, description)
        first = book.add_worksheet(FIRST)
        _write_first(first, styles, atlas, description, plan, found, left)
        for sheet in found:
            _write_sheet(book.add_worksheet(sheet.name), styles, sheet)
            book.define_name(sheet.table, f"={_quoted(sheet.name)}!{_extent(sheet)}")
    with writing(path):
        path.write_bytes(content.getvalue())


class _Styles:
    """The formats of one workbook, each made once; and text that is harmless."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}
        self.heading = self.of(bold=True, text_wrap=True, valign="top", bg_color="#D9E2EC")
        self.unit = self.of(italic=True, bg_color="#D9E2EC")
        self.name = self.of(font_size=8, font_color="#51606F", bg_color="#D9E2EC", bottom=1)
        self.title = self.of(bold=True, font_size=16)
        self.section = self.of(bold=True, font_size=12, bottom=1)
        self.label = self.of(bold=True, valign="top", text_wrap=True)
        self.link = self.of(font_color="#0B5394", underline=1, valign="top")

    def of(self, **properties: object) -> Format:
        """Return the format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(dict(properties))
        return self._made[key]

    def number(self, kind: Kind) -> Format:
        return self.of(num_format=_FORMATS[kind], valign="top")

    def text(self, text: str, *, wrapped: bool) -> Format:
        """Return the format of a text: typed again, none becomes a formula."""
        return self.of(valign="top", text_wrap=wrapped, quote_prefix=bool(_FORMULA.match(text)))


# ---------------------------------------------------------------- sheets of data


def _write_sheet(page: Worksheet, styles: _Styles, sheet: Sheet) -> None:
    last, end = len(sheet.rows) + _HEAD - 1, len(sheet.columns) - 1
    for at, column in enumerate(sheet.columns):
        unit = "" if column.unit is None else column.unit.nl
        page.write_string(0, at, _clean(column.title.nl), styles.heading)
        page.write_string(1, at, _clean(unit), styles.unit)
        page.write_string(2, at, _clean(column.name), styles.name)
        width = _write_column(page, styles, at, column, sheet.rows)
        page.set_column(at, at, width)
    page.freeze_panes(_HEAD, sheet.frozen)
    page.autofilter(_HEAD - 1, 0, last, end)
    # Codes of digits alone are meant as text.
    page.ignore_errors({"number_stored_as_text": xl_range(_HEAD, 0, last, end)})
    page.repeat_rows(0, _HEAD - 1)
    _lay_out(page, sheet.name)


def _write_column(
    page: Worksheet, styles: _Styles, at: int, column: Column, rows: pd.DataFrame
) -> float:
    """Write a column from the first row below the head; return the width that it needs."""
    values, most = rows[column.name], _WIDE
    if pd.api.types.is_bool_dtype(values.dtype):
        write, shown = _boolean(page, styles), ["ONWAAR"]
    elif column.name in _DATES:
        write, shown = _day(page, styles), ["31-12-2026"]
    elif pd.api.types.is_numeric_dtype(values.dtype):
        kinds = _kinds(column, rows)
        write = _number(page, styles, kinds)
        largest = values.abs().max()
        shown = [f"{0 if pd.isna(largest) else largest:,.3f}"]
    else:
        longest = max((len(str(value)) for value in values.dropna().unique()), default=0)
        write, shown = _text(page, styles, wrapped=longest > _WIDE), ["x" * longest]
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


def _number(page: Worksheet, styles: _Styles, kinds: Kind | list[Kind]) -> _Put:
    if isinstance(kinds, str):
        one = styles.number(kinds)
        return lambda row, at, value: page.write_number(row + _HEAD, at, _Whole(value), one)
    each = [styles.number(kind) for kind in kinds]
    return lambda row, at, value: page.write_number(row + _HEAD, at, _Whole(value), each[row])


def _text(page: Worksheet, styles: _Styles, *, wrapped: bool) -> _Put:
    known: dict[object, tuple[str, Format]] = {}

    def put(row: int, at: int, value: object) -> None:
        if value not in known:
            text = _clean(str(value))
            known[value] = (text, styles.text(text, wrapped=wrapped))
        page.write_string(row + _HEAD, at, *known[value])

    return put


def _boolean(page: Worksheet, styles: _Styles) -> _Put:
    style = styles.text("", wrapped=False)
    return lambda row, at, value: page.write_boolean(row + _HEAD, at, bool(value), style)


def _day(page: Worksheet, styles: _Styles) -> _Put:
    style = styles.number("date")
    return lambda row, at, value: page.write_datetime(
        row + _HEAD, at, date.fromisoformat(str(value)), style
    )


def _clean(text: str) -> str:
    """Return a text as a cell can hold it: what XML forbids is marked, what is too long is cut."""
    text = _NO_XML.sub("\ufffd", text)
    # Excel counts characters beyond the first plane twice.
    return text if len(text) <= _LONGEST // 2 else text[: _LONGEST // 2 - 1] + "…"


# ---------------------------------------------------------------- the first sheet


def _write_first(  # noqa: PLR0913, PLR0917 - all that it tells of
    page: Worksheet,
    styles: _Styles,
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
    lines = _Lines(page, styles)
    page.write_string(lines.next(), 0, _clean(description.title.nl.format(**filled)), styles.title)
    licence, contact = description.licence, description.contact
    lines.pair("Regio", atlas.region.title.nl)
    lines.pair("Peildatum", words.day(atlas.reference_date.isoformat()))
    lines.pair("Editie", atlas.edition)
    lines.pair("Over de atlas", description.abstract.nl.format(**filled))
    lines.pair("Gebruik", description.use_limitation.nl)
    lines.pair("Licentie", f"{licence.title.nl}, {licence.url}")
    lines.pair("Contact", ", ".join(filter(None, (
        contact.organisation, contact.email, contact.url
    ))))  # fmt: skip
    row = lines.section("Bladen", "Wat erop staat", "Rijen", "Benoemd bereik")
    for sheet in found:
        row = lines.next()
        target = f"internal:{_quoted(sheet.name)}!A1"
        page.write_url(row, 0, target, styles.link, string=sheet.name)
        page.write_string(row, 1, _clean(sheet.about), styles.text("", wrapped=True))
        page.write_number(row, 2, len(sheet.rows), styles.number("whole"))
        page.write_string(row, 3, sheet.table, styles.text("", wrapped=False))
    for name, why in left.items():
        lines.pair(name, why)
    lines.section("Zo leest u het")
    years = [str(year) for year in REFERENCE_YEARS]
    told = {"years": f"{', '.join(years[:-1])} en {years[-1]}", "file": atlas.region.id}
    for paragraph in plan.reading:
        text = paragraph.text
        for name, value in told.items():
            text = text.replace(f"{{{name}}}", value)
        lines.pair(paragraph.title, text)
    lines.section("Betrouwbaarheid")
    for grade in _GRADES:
        lines.pair(grade, words.code("grade", grade))
    page.set_selection(0, 0, 0, 0)
    _lay_out(page, FIRST)


class _Lines:
    """Puts one line of the first sheet below the other."""

    def __init__(self, page: Worksheet, styles: _Styles) -> None:
        self._page, self._styles, self._row = page, styles, -1

    def next(self) -> int:
        self._row += 1
        return self._row

    def pair(self, label: str, text: str) -> None:
        """Write a label and, beside it, a text."""
        row, text = self.next(), _clean(text)
        self._page.write_string(row, 0, _clean(label), self._styles.label)
        self._page.write_string(row, 1, text, self._styles.text(text, wrapped=True))

    def section(self, *titles: str) -> int:
        """Write the head of a section, a line below the one before."""
        self.next()
        row = self.next()
        for at in range(4):
            title = titles[at] if at < len(titles) else ""
            self._page.write_string(row, at, title, self._styles.section)
        return row


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
