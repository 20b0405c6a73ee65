"""What every layer, table and column that comes out is called, in Dutch and in English."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from atlas.catalog import load, read_definition
from atlas.definitions import Text
from atlas.errors import DefinitionError, problem, raise_problems
from atlas.pipeline import REFERENCE_YEARS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlas.definitions import Flow, Stock

FILE = "layers/dictionary.toml"
# The end of a column's name is its unit; the longest that fits is meant.
_UNITS = {
    "_t_per_a": Text("t/jaar", "t/a"),
    "_t": Text("t", "t"),
    "_km2": Text("km²", "km²"),
    "_km": Text("km", "km"),
    "_m": Text("m", "m"),
    "_kw": Text("kW", "kW"),
    "_kwp": Text("kWp", "kWp"),
}
_ENDS = re.compile(r"_(low|high|best)$")
_REPEATED = re.compile(r"{\w+}")
_MASS = "mass"


@dataclass(frozen=True)
class Column:
    """One column of a layer: what it is called, what it is counted in, what it says.

    `refers` is the layer or table in which a code is looked up, by the column that is its key; a
    few codes stand for what is in none (`unallocated`, `outside`, `crm`, `crm_other`).
    """

    name: str
    title: Text
    about: Text
    unit: Text | None = None
    refers: str | None = None

    def heading(self, language: Literal["nl", "en"]) -> str:
        """Return the title with its unit, as above a column of a sheet: "Komt vrij (t)"."""
        title: str = getattr(self.title, language)
        unit: str = "" if self.unit is None else getattr(self.unit, language)
        return f"{title} ({unit})" if unit and unit != title.lower() else title


@dataclass(frozen=True)
class Layer:
    """One layer or table: its titles, the columns that tell rows apart, and all its columns.

    `stream` is the stream of a wide layer, None for what holds all streams.
    """

    name: str
    title: Text
    about: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    stream: str | None = None

    def column(self, name: str) -> Column:
        """Return a column by its name.

        Raises
        ------
        KeyError
            When the layer has no such column.
        """
        return {column.name: column for column in self.columns}[name]


@dataclass(frozen=True)
class _Words:
    """A column as the file writes it."""

    title: Text
    about: Text
    unit: Text | None = None
    refers: str | None = None


@dataclass(frozen=True)
class _Table:
    """A layer as the file writes it: `own` describes columns that mean something else here.

    A layer `like` another has that one's key and columns.
    """

    title: Text
    about: Text
    key: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    own: dict[str, _Words] = field(default_factory=dict)
    like: str | None = None


@dataclass(frozen=True)
class _File:
    layers: dict[str, _Table]
    columns: dict[str, _Words]
    id: str = ""
    where: str = ""


def read_dictionary(home: Path) -> dict[str, Layer]:
    """Return every layer and table that a build writes into the GeoPackage, by its name.

    Parameters
    ----------
    home
        The folder with layers/; its streams tell which wide layers there are.  Where it has no
        dictionary of its own the package's own holds, since the words are the program's.

    Raises
    ------
    DefinitionError
        When the dictionary or a definition of a stream is wrong.
    """
    package = Path(__file__).resolve().parent
    path = next(p for p in (at / FILE for at in (home, package.parent, package / "home"))
                if p.is_file())  # fmt: skip
    written = read_definition(path, _File, FILE)
    raise_problems(_wrong(written), DefinitionError)
    catalog = load(home)
    streams: list[Stock | Flow] = [*catalog.stocks.values(), *catalog.flows.values()]
    streams.sort(key=lambda item: (item.order, item.id))
    found: dict[str, Layer] = {}
    for name, own in written.layers.items():
        same = own if own.like is None else written.layers[own.like]
        table = replace(own, key=same.key, columns=same.columns, own=same.own)
        wide: list[Stock | Flow | None] = [*streams] if "{stream}" in name else [None]
        for stream in wide:
            layer = _layer(name, table, written.columns, stream)
            found[layer.name] = layer
    return found


def _layer(
    name: str, table: _Table, shared: Mapping[str, _Words], stream: Stock | Flow | None
) -> Layer:
    """Fill in the words of a layer, those of a stream where it is a wide one."""
    ids = {"stream": "" if stream is None else stream.id}
    words = {} if stream is None else {"stream": stream.title}
    own = name.format(**ids)
    columns = tuple(
        column
        for names in _together(table.columns)
        for column in _columns(
            names, {each: table.own.get(each) or shared[each] for each in names}, stream
        )
    )
    return Layer(
        name=own,
        title=_filled(table.title, words),
        about=_filled(table.about, words),
        key=table.key,
        # A code does not refer to the very table that it stands in, nor to one like it.
        columns=tuple(
            replace(column, refers=None) if column.refers in {own, table.like} else column
            for column in columns
        ),
        stream=None if stream is None else stream.id,
    )


def _together(names: tuple[str, ...]) -> Iterator[list[str]]:
    """Yield the names by what they are repeated for: what is of one year stands together."""
    for _, group in groupby(names, key=_REPEATED.findall):
        yield list(group)


def _columns(
    names: list[str], words: Mapping[str, _Words], stream: Stock | Flow | None
) -> Iterator[Column]:
    """Yield the columns that names of the file stand for: of every measure, of every year."""
    if "{measure}" in names[0]:
        # The mass has columns of its own, since also a stream without a stock has them.
        for measure in getattr(stream, "measures", ()):
            if measure.id != _MASS:
                title = {"measure": measure.title}
                for name in names:
                    yield _column(name.format(measure=measure.id), words[name], title, measure.unit)
    elif "{year}" in names[0]:
        for year in REFERENCE_YEARS:
            title = {"year": Text(str(year), str(year))}
            for name in names:
                yield _column(name.format(year=year), words[name], title)
    else:
        for name in names:
            yield _column(name, words[name], {})


def _column(
    name: str, words: _Words, filled: Mapping[str, Text], unit: Text | None = None
) -> Column:
    return Column(
        name=name,
        title=_filled(words.title, filled),
        about=_filled(words.about, filled),
        unit=words.unit or unit or unit_of(name),
        refers=words.refers,
    )


def unit_of(name: str) -> Text | None:
    """Return the unit that the end of a column's name tells, None where it tells none."""
    bare = _ENDS.sub("", name)
    fitting = [end for end in _UNITS if bare.endswith(end)]
    return _UNITS[max(fitting, key=len)] if fitting else None


def _filled(text: Text, words: Mapping[str, Text]) -> Text:
    nl = text.nl.format(**{name: word.nl for name, word in words.items()})
    en = text.en.format(**{name: word.en for name, word in words.items()})
    return Text(nl, en)


def _wrong(written: _File) -> list[str]:
    """Say which names of the file lead nowhere."""
    problems = [
        problem(f"{FILE} [layers.{name}]", f'like = "{table.like}"', "a layer", "name one")
        for name, table in written.layers.items()
        if table.like is not None and table.like not in written.layers
    ]
    used = set()
    for name, table in written.layers.items():
        where = f"{FILE} [layers.{name}]"
        used |= set(table.columns) - set(table.own)
        problems += [
            problem(where, f'column "{column}"', "a table [columns.…] of it", "describe it")
            for column in table.columns
            if column not in table.own and column not in written.columns
        ]
        problems += [
            problem(where, f'"{column}"', "one of its columns", "add it to columns, or remove it")
            for column in (*table.key, *table.own)
            if column not in table.columns
        ]
        words = (*table.own.values(), *(written.columns[c] for c in table.columns
                                        if c in written.columns))  # fmt: skip
        problems += [
            problem(where, f'refers = "{word.refers}"', "a layer or table", "name one")
            for word in words
            if word.refers is not None and word.refers not in written.layers
        ]
    problems += [
        problem(f"{FILE} [columns.{name}]", "in no layer", "a layer with it", "remove it")
        for name in written.columns
        if name not in used
    ]
    return problems
