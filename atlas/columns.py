"""A text table into our own columns: encoding, separators, names, numbers, units."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from atlas.errors import problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas.definitions import Dataset

Kind = Literal["id", "code", "text", "amount", "amount?", "year", "year?", "coordinate?"]

# What a column's suffix promises, and what one of each accepted unit is worth in it.
UNITS: dict[str, dict[str, float]] = {
    "_t_per_a": {"t/a": 1.0, "kg/a": 1e-3, "kt/a": 1e3},
    "_kwp": {"kWp": 1.0, "Wp": 1e-3, "MWp": 1e3},
    "_kw": {"kW": 1.0, "W": 1e-3, "MW": 1e3},
    "_km2": {"km2": 1.0, "ha": 1e-2, "m2": 1e-6},
    "_km": {"km": 1.0, "m": 1e-3},
    "_t": {"t": 1.0, "kg": 1e-3, "kt": 1e3},
    "_m": {"m": 1.0, "km": 1e3},
}
_UNITLESS = {"piece": 1.0, "1": 1.0, "year": 1.0}
_SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas", "|": "bars"}
_SHOWN = 5  # rows named in one message before "and n more"


def read_table(content: bytes, dataset: Dataset, problems: list[str]) -> pd.DataFrame | None:
    """Read the bytes of a text table into a frame of text, None where that cannot be done.

    Parameters
    ----------
    content
        The bytes of the file.
    dataset
        Its encoding and the separator of its columns.
    problems
        What is wrong is added here.

    Returns
    -------
    DataFrame or None
        One column for each name in the header; the index ``line`` numbers the lines of the file.
    """
    where, separator = dataset.source.file, dataset.source.delimiter
    text = _decode(content, dataset, problems)
    if text is None:
        return None
    header = text.split("\n", 1)[0]
    other = next((d for d in _SEPARATORS if d != separator and d in header), None)
    if separator not in header and other is not None:
        problems.append(
            problem(
                where,
                f"its columns are separated by {_SEPARATORS[other]}",
                f"{_SEPARATORS[separator]} are expected",
                f"set delimiter = {other!r} in the definition (and decimal, if it uses a comma)",
            )
        )
        return None
    rows, lines, last = [], [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(last + 1)
            last = reader.line_num
    except csv.Error as error:
        problems.append(
            problem(
                f"{where} line {last + 1}", f"not a table ({error})", "rows of cells", "mend it"
            )
        )
        return None
    if not rows:
        problems.append(problem(where, "it is empty", "a line of column names", "restore the file"))
        return None
    return _frame(rows, lines, where=where, problems=problems)


def pick_columns(
    raw: pd.DataFrame, dataset: Dataset, schema: Mapping[str, Kind], problems: list[str]
) -> pd.DataFrame:
    """Pick, rename, parse and convert the columns of a schema.

    Parameters
    ----------
    raw
        The table as it is in the file; its index numbers the lines (or rows) of that file and is
        called what they are.
    dataset
        The names and units of its columns, and its decimal sign.
    schema
        Our column -> kind, as in `sources.read`; a ``coordinate?`` may be negative or missing.
    problems
        What is wrong is added here; such a column is left out or holds NaN.

    Returns
    -------
    DataFrame
        Our columns in the order of the schema, in the units that their suffixes promise.
    """
    file = dataset.source.file
    parsed: dict[str, Any] = {}
    for ours, kind in schema.items():
        theirs = dataset.columns[ours].name if ours in dataset.columns else ours
        if theirs not in raw.columns:
            problems.append(
                problem(
                    file,
                    f'no column "{theirs}"',
                    f"its columns are {', '.join(map(str, raw.columns))}",
                    f"name the right one under [columns] {ours} in {dataset.where}",
                )
            )
            continue
        where = f'{file} column "{theirs}"'
        if kind in {"id", "code", "text"}:
            parsed[ours] = _text(raw[theirs], kind, where=where, problems=problems)
        else:
            decimal = dataset.source.decimal
            numbers = _numbers(raw[theirs], decimal, where=where, problems=problems)
            problems += _check_numbers(numbers, _written(raw[theirs]), kind, where=where)
            parsed[ours] = numbers * _unit_factor(dataset, ours, problems)
    return pd.DataFrame(parsed, index=raw.index)


def rows_named(mask: pd.Series) -> str:
    """Name the rows of a mask by their lines in the file: "line 3, 7 and 12 more"."""
    rows = [str(row) for row in mask.index[mask.to_numpy(dtype=bool)]]
    shown = ", ".join(rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    name = "row" if mask.index.name is None else mask.index.name
    return f"{name} {shown}{more}"


def _frame(
    rows: list[list[str]], lines: list[int], *, where: str, problems: list[str]
) -> pd.DataFrame | None:
    """Put the cells of a table in a frame, once all rows are as long as the header."""
    names = [name.strip() for name in rows[0]]
    index = pd.Index(lines[1:], name="line", dtype=int)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        problems.append(
            problem(
                f"{where} line {lines[0]}",
                f"the column {', '.join(twice)} stands twice",
                "every name once",
                "rename or remove one",
            )
        )
        return None
    ragged = pd.Series([len(row) != len(names) for row in rows[1:]], index=index, dtype=bool)
    if ragged.any():
        cells = len(rows[1:][int(ragged.to_numpy().argmax())])
        problems.append(
            problem(
                where,
                f"{cells} cells in {rows_named(ragged)}",
                f"{len(names)} are expected, as in the header",
                "put quotes around a cell that holds the separator, or fill the row up",
            )
        )
        return None
    return pd.DataFrame(rows[1:], columns=names, index=index, dtype=object)


def _decode(content: bytes, dataset: Dataset, problems: list[str]) -> str | None:
    source, where = dataset.source, dataset.source.file
    encoding = source.encoding.lower().replace("_", "-")
    if content.startswith(b"\xef\xbb\xbf") and encoding != "utf-8-sig":
        problems.append(
            problem(
                where,
                "it begins with a byte order mark",
                f"{source.encoding} without one is expected",
                'set encoding = "utf-8-sig" in the definition, or save it without',
            )
        )
        content = content[3:]
    if encoding not in {"utf-8", "utf8", "utf-8-sig"} and _is_utf_8(content):
        problems.append(
            problem(
                where,
                "its accents are written in utf-8",
                f"text in {source.encoding} is expected",
                'set encoding = "utf-8" in the definition',
            )
        )
    try:
        return content.decode(source.encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.append(
            problem(
                f"{where} line {line}",
                f"byte 0x{content[error.start]:02x} is not {source.encoding}",
                f"text in {source.encoding} is expected",
                'set encoding = "latin-1" (or what it is) in the definition, or convert the file',
            )
        )
        return None


def _is_utf_8(content: bytes) -> bool:
    """Tell whether text with accents is UTF-8; what another encoding means is hardly ever so."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not content.isascii()


def _unit_factor(dataset: Dataset, ours: str, problems: list[str]) -> float:
    column = dataset.columns.get(ours)
    if column is None or column.unit is None:
        return 1.0
    worth = next((units for suffix, units in UNITS.items() if ours.endswith(suffix)), _UNITLESS)
    if column.unit in worth:
        return worth[column.unit]
    problems.append(
        problem(
            f"{dataset.where} [columns] {ours}",
            f'unit "{column.unit}"',
            f"one of {', '.join(worth)} is expected",
            "convert it in the file, or correct the unit",
        )
    )
    return 1.0


def _written(values: pd.Series) -> list[str]:
    """Return what stands in a column, empty where nothing does."""
    there = values.notna().tolist()
    return [str(v).strip() if ok else "" for v, ok in zip(values.tolist(), there, strict=True)]


def _where_empty(written: list[str], index: pd.Index) -> pd.Series:
    return pd.Series([text == "" for text in written], index=index, dtype=bool)


def _text(values: pd.Series, kind: Kind, *, where: str, problems: list[str]) -> pd.Series:
    written = _written(values)
    if kind in {"id", "code"} and "" in written:
        empty = _where_empty(written, values.index)
        problems.append(
            problem(where, f"empty in {rows_named(empty)}", "every row needs one", "fill it in")
        )
    if kind == "id":
        count = Counter(text for text in written if text)
        double = pd.Series([count[text] > 1 for text in written], index=values.index, dtype=bool)
        if double.any():
            names = ", ".join(sorted(text for text in count if count[text] > 1)[:_SHOWN])
            problems.append(
                problem(
                    where,
                    f"{names} more than once, in {rows_named(double)}",
                    "every id once",
                    "remove or renumber the rows",
                )
            )
    return pd.Series([text or None for text in written], index=values.index, dtype=object)


def _numbers(values: pd.Series, decimal: str, *, where: str, problems: list[str]) -> pd.Series:
    """Parse numbers, NaN where there is none."""
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float)
    # "nan" and "inf" parse as numbers in Python, but nobody measured them; and a separator of
    # thousands in one file is the decimal sign of the next.
    sign = re.escape(decimal)
    plain = re.compile(rf"[+-]?([0-9]+({sign}[0-9]*)?|{sign}[0-9]+)([eE][+-]?[0-9]+)?")
    written = _written(values)
    parsed = [
        float(text.replace(decimal, ".")) if plain.fullmatch(text) else np.nan for text in written
    ]
    numbers = pd.Series(parsed, index=values.index, dtype=float)
    # What is wrong is said here: it counts as missing from here on, not as empty.
    wrong = numbers.isna() & ~_where_empty(written, numbers.index)
    if wrong.any():
        example = written[int(wrong.to_numpy().argmax())]
        other = "," if decimal == "." else "."
        do = "write a plain number, or leave it empty"
        if re.fullmatch(r"[+-]?[0-9.,]*[0-9]", example):
            do = (
                "write it without separators of thousands; if "
                f'"{other}" is the decimal sign, set decimal = "{other}" in the definition'
            )
        found = f"{example!r} in {rows_named(wrong)}"
        problems.append(problem(where, found, "a number is expected", do))
    return numbers


def _check_numbers(numbers: pd.Series, written: list[str], kind: Kind, *, where: str) -> list[str]:
    problems = []
    value = numbers.to_numpy(dtype=float)
    empty = np.isnan(value) & np.array([text == "" for text in written], dtype=bool)
    infinite = np.isinf(value)
    negative = (value < 0) & ~infinite
    broken = np.isfinite(value) & (value != np.trunc(value))
    for bad, held, expected, do in (
        (empty, not kind.endswith("?"), "a number in every row", "fill it in"),
        (infinite, True, "a finite number is expected", "correct it, or leave it empty"),
        (negative, kind != "coordinate?", "zero or more is expected", "correct it at the source"),
        (
            broken,
            kind.startswith("year"),
            "a whole year is expected",
            "correct it",
        ),
    ):
        if held and bad.any():
            shown = "empty" if bad is empty else f"{value[bad][0]:g}"
            found = f"{shown} in {rows_named(pd.Series(bad, index=numbers.index))}"
            problems.append(problem(where, found, expected, do))
    return problems
