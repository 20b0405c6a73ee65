"""What a workbook must satisfy: figures to read and filter, and nothing that runs or calls.

The file's own XML is read, since a library would hide what the rules are about: formulas, links,
macros.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atlas.rulebook import Breach, Rule
from atlas.sheet_plan import FIRST
from atlas.untrusted import opened_zip, read_member, refuse, xml_reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_SOURCES = "Bronnen"
_RUNS = re.compile(
    r"vbaProject|macrosheets|activeX|embeddings|connections|externalLinks|webextensions"
    r"|queryTables|customUI|ctrlProps|taskpanes",
    re.IGNORECASE,
)
# Formulas beside those of cells: of conditional formats and of what may be filled in.
_RULED = {f"{_MAIN}{name}" for name in ("formula", "formula1", "formula2")}
# Cells, columns or rows of one sheet, as an absolute or relative reference.
_REFERENCE = re.compile(
    r"(?:'((?:[^'\[\]]|''){1,62})'|([\w.]{1,31}))!"
    r"\$?(?:[A-Z]{1,3}|[A-Z]{1,3}\$?[0-9]{1,7}|[0-9]{1,7})"
    r"(?::\$?(?:[A-Z]{1,3}|[A-Z]{1,3}\$?[0-9]{1,7}|[0-9]{1,7}))?"
)
_LONGEST_NAME = 31
_HEADINGS = 2
_ERRORS = {"e"}
_TEXTS = {"s", "inlineStr", "str"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, its XML, and its cells by row, each with its column and its text.

    Its state is "visible", or how it is hidden.
    """

    name: str
    state: str
    root: Element
    rows: dict[int, dict[str, str]]


@dataclass(frozen=True)
class Workbook:
    """A workbook: its parts, the links out of it, the styles that mark a text, its sheets.

    And its names, each with what it stands for.
    """

    parts: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    quoted: frozenset[str]
    sheets: tuple[Sheet, ...]
    names: tuple[tuple[str, str], ...]


@contextmanager
def opened_workbook(path: Path) -> Iterator[Workbook]:
    """Open a workbook (xlsx).

    Raises
    ------
    UnreadableError
        It is no zip of XML, or has no sheets.
    """
    # All parts count together: each could be as large as a whole workbook.
    read_xml = xml_reader()
    with opened_zip(path) as file:
        parts = tuple(file.namelist())
        related = _related(read_xml(read_member(file, "xl/_rels/workbook.xml.rels")))
        strings, styles = "xl/sharedStrings.xml", "xl/styles.xml"
        shared = _shared(read_xml(read_member(file, strings))) if strings in parts else []
        marking = _marking(read_xml(read_member(file, styles))) if styles in parts else frozenset()
        book = read_xml(read_member(file, "xl/workbook.xml"))
        sheets = []
        for node in book.iter(f"{_MAIN}sheet"):
            target = related.get(node.get(_REL, ""), "")
            member = posixpath.normpath(posixpath.join("xl", target)).lstrip("/")
            root = read_xml(read_member(file, member))
            name, state = node.get("name", ""), node.get("state", "visible")
            sheets.append(Sheet(name, state, root, _rows(root, shared)))
        if not sheets:
            refuse("no sheet", "a workbook with sheets", "restore it from its source")
        links = tuple(
            (part, node.get("Target", ""))
            for part in parts
            if part.endswith(".rels")
            for node in read_xml(read_member(file, part)).iter(_RELATIONS)
            # A link that a reader may follow opens nothing by itself.
            if node.get("TargetMode") == "External"
            and not (node.get("Type") or "").endswith("/hyperlink")
        )
        names = tuple(
            (node.get("name", ""), (node.text or "").strip())
            for node in book.iter(f"{_MAIN}definedName")
        )
        yield Workbook(parts, links, marking, tuple(sheets), names)


def _related(root: Element) -> dict[str, str]:
    return {node.get("Id", ""): node.get("Target", "") for node in root.iter(_RELATIONS)}


def _shared(root: Element) -> list[str]:
    return [_text(node) for node in root.iter(f"{_MAIN}si")]


def _marking(root: Element) -> frozenset[str]:
    """Return the styles, by their number, that mark a cell as text whatever it begins with."""
    styles = root.findall(f"{_MAIN}cellXfs/{_MAIN}xf")
    return frozenset(str(n) for n, own in enumerate(styles) if own.get("quotePrefix") == "1")


def _text(node: Element) -> str:
    return "".join(part.text or "" for part in node.iter(f"{_MAIN}t"))


def _rows(root: Element, shared: list[str]) -> dict[int, dict[str, str]]:
    """Return the cells that hold something, by row and column (letters)."""
    found: dict[int, dict[str, str]] = {}
    for cell in root.iter(f"{_MAIN}c"):
        kind = cell.get("t", "n")
        value = cell.findtext(f"{_MAIN}v") or ""
        if kind == "inlineStr":
            value = _text(cell)
        elif kind == "s":
            index = int(value) if value.isdecimal() else -1
            if not 0 <= index < len(shared):
                refuse(f"cell {cell.get('r')} refers to no text", "one of the shared", "restore it")
            value = shared[index]
        place = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", cell.get("r", ""))
        if place is None:
            refuse(f"a cell at {cell.get('r')!r}", "a place such as A1", "save it anew")
        if value:
            found.setdefault(int(place[2]), {})[place[1]] = value
    return found


def _no_formula(book: Workbook) -> Iterator[Breach]:
    for sheet in book.sheets:
        cells = [c.get("r", "") for c in sheet.root.iter(f"{_MAIN}c")
                 if c.find(f"{_MAIN}f") is not None]  # fmt: skip
        if cells:
            found = f"{sheet.name}: a formula in {cells[0]}, {len(cells)} in all"
            yield Breach(found, "values only", "paste them as values")
        for node in sheet.root.iter():
            if node.tag in _RULED:
                found = f"{sheet.name}: the formula {(node.text or '')[:40]!r} of a format or entry"
                yield Breach(found, "values only", "remove the format or the check")


def _no_error(book: Workbook) -> Iterator[Breach]:
    for sheet in book.sheets:
        for cell in sheet.root.iter(f"{_MAIN}c"):
            if cell.get("t") in _ERRORS:
                found = f"{sheet.name}: {cell.findtext(f'{_MAIN}v')} in {cell.get('r')}"
                yield Breach(found, "an empty cell where there is no value", "empty it")


def _no_link(book: Workbook) -> Iterator[Breach]:
    for part, target in book.links:
        yield Breach(f"{part} links to {target}", "a workbook on its own", "break the link")
    for part in book.parts:
        if _RUNS.search(part):
            yield Breach(f"a part {part}", "no macros, connections or objects", "save it as .xlsx")


def _tables(book: Workbook) -> list[Sheet]:
    return [sheet for sheet in book.sheets if sheet.name != FIRST]


def _names(book: Workbook) -> Iterator[Breach]:
    names = Counter(sheet.name.casefold() for sheet in book.sheets)
    for sheet in book.sheets:
        good = re.fullmatch(r"[^\[\]:*?/\\]+", sheet.name) and len(sheet.name) <= _LONGEST_NAME
        if not good or names[sheet.name.casefold()] > 1:
            found = f'a sheet "{sheet.name}"'
            yield Breach(found, f"its own name of at most {_LONGEST_NAME} characters", "rename it")


def _defined(book: Workbook) -> Iterator[Breach]:
    """Name what stands for anything but cells of the book: a formula, a command, another file."""
    sheets = {sheet.name for sheet in book.sheets}
    for name, text in book.names:
        found = [_REFERENCE.fullmatch(part) for part in _parts(text)]
        own = {
            match[2] if match[1] is None else match[1].replace("''", "'")
            for match in found
            if match
        }
        if not all(found) or not own <= sheets or re.search(r"auto_", name, re.IGNORECASE):
            yield Breach(f'the name "{name}" for {text[:60]!r}', "cells of a sheet", "remove it")


def _parts(text: str) -> list[str]:
    """Split a reference at the commas that are not within the name of a sheet."""
    pieces = text.split("'")
    outer = [piece.replace(",", "\n") if not n % 2 else piece for n, piece in enumerate(pieces)]
    return "'".join(outer).split("\n")


def _headings(book: Workbook) -> Iterator[Breach]:
    """Name sheets of which the heading, and below it the units, are not above all columns."""
    for sheet in _tables(book):
        head = sheet.rows.get(1, {})
        width = {column for row in sheet.rows.values() for column in row}
        missing = sorted(width - set(head), key=lambda column: (len(column), column))
        if missing or not head:
            found = f"{sheet.name}: no heading above column {missing[0] if missing else 'A'}"
            yield Breach(found, "a heading in row 1 above every column", "write it")
        twice = [text for text, times in Counter(head.values()).items() if times > 1]
        if twice:
            found = f'{sheet.name}: the heading "{twice[0]}" twice'
            yield Breach(found, "each heading once", "rename one")


def _units(book: Workbook) -> Iterator[Breach]:
    if not any(sheet.rows.get(2) for sheet in _tables(book)):
        yield Breach("no unit in any sheet", "units in row 2", "write them")
    for sheet in _tables(book):
        numbers = [cell.get("r", "") for cell in sheet.root.iter(f"{_MAIN}c")
                   if cell.get("t", "n") not in _TEXTS and cell.findtext(f"{_MAIN}v")]  # fmt: skip
        early = [place for place in numbers if re.fullmatch(r"[A-Z]+[12]", place)]
        if early:
            found = f"{sheet.name}: no text in {early[0]}"
            yield Breach(found, "headings in row 1, units in row 2", "insert a row for units")


def _quoted(book: Workbook) -> Iterator[Breach]:
    """Name texts that become formulas once somebody edits their cell."""
    for sheet in book.sheets:
        for cell in sheet.root.iter(f"{_MAIN}c"):
            place = re.fullmatch(r"([A-Z]+)([0-9]+)", cell.get("r", ""))
            if cell.get("t") not in _TEXTS or place is None:
                continue
            text = sheet.rows.get(int(place[2]), {}).get(place[1], "")
            if text.startswith(_FORMULA) and cell.get("s", "0") not in book.quoted:
                found = f"{sheet.name}: {text[:40]!r} in {place[0]}"
                yield Breach(found, "a text marked as one (quotePrefix)", "put ' before it")


def _frozen(book: Workbook) -> Iterator[Breach]:
    for sheet in _tables(book):
        panes = [
            pane for pane in sheet.root.iter(f"{_MAIN}pane")
            if pane.get("state") in {"frozen", "frozenSplit"}
        ]  # fmt: skip
        if not any((pane.get("ySplit") or "0") not in {"0", "0.0"} for pane in panes):
            found = f"{sheet.name}: the headings scroll away"
            yield Breach(found, "frozen panes below them", "freeze the top rows")


def _sources(book: Workbook) -> Iterator[Breach]:
    own = next((sheet for sheet in book.sheets if sheet.name == _SOURCES), None)
    if own is None:
        yield Breach(f"no sheet {_SOURCES}", "one with the sources", "restore it")
    elif own.state != "visible":
        yield Breach(f"{_SOURCES} is hidden ({own.state})", "a sheet in sight", "show it")
    elif max(own.rows, default=0) < _HEADINGS:
        yield Breach(f"{_SOURCES} without rows", "a row for every source", "restore them")


RULES: tuple[Rule[Workbook], ...] = (
    Rule("xlsx-formula", "It has no formula, in no cell, format or check.", _no_formula),
    Rule("xlsx-error", "No cell holds an error.", _no_error),
    Rule("xlsx-links", "It has no macro and takes nothing from another file or host.", _no_link),
    Rule("xlsx-names", "Sheets have names of their own that Excel takes.", _names),
    Rule("xlsx-defined", "A name that it defines stands for cells of one of its sheets.",
         _defined),
    Rule("xlsx-headings", "Row 1 of a sheet has a heading above every column, once each.",
         _headings),
    Rule("xlsx-units", "Row 2 of a sheet is for units, and figures begin below; one has units.",
         _units),
    Rule("xlsx-quoted", "A text that begins as a formula does is marked as text.", _quoted),
    Rule("xlsx-frozen", "Headings stay in sight.", _frozen),
    Rule("xlsx-sources", "The sheet Bronnen is in sight and names the sources.", _sources),
)  # fmt: skip
