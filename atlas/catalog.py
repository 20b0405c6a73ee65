"""layers/*.toml and maps/*.toml into frozen dataclasses; the only module that knows TOML."""

from __future__ import annotations

import dataclasses
import difflib
import math
import tomllib
import types
import typing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from atlas.definitions import (
    Crs,
    Dataset,
    EntryFactor,
    Factor,
    Flow,
    Key,
    Layer,
    Lifetime,
    Map,
    Mention,
    Region,
    Source,
    Stock,
)
from atlas.errors import DefinitionError, problem, raise_problems
from atlas.rules import (
    check_crs,
    check_factor,
    check_key,
    check_map,
    check_names,
    check_region,
    check_source,
    check_titles,
)
from atlas.stream_rules import check_flow, check_lifetime, check_stock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

D = TypeVar("D")

_NEAR = 0.5  # how alike two names must be for one to be meant by the other
# Filled in here, never written in a file; a measure's id is one that is written.
_GIVEN = {"id", "where", "layer"}

_FOLDERS: dict[str, tuple[str, type[Any]]] = {
    "regions": ("layers/areas", Region),
    "keys": ("layers/keys", Key),
    "stocks": ("layers/stocks", Stock),
    "flows": ("layers/flows", Flow),
    "mentions": ("layers/mentions", Mention),
    "facilities": ("layers/facilities", Layer),
    "tables": ("layers/tables", Layer),
    "reports": ("layers/reports", Layer),
    "maps": ("maps", Map),
}
# Definitions of one dataset, which write its [source] and [columns] at their top.
_LIFTED: tuple[type[Any], ...] = (Layer, Stock)

# What a table must satisfy beyond the types of its keys.
_RULES: dict[type[Any], Callable[..., list[str]]] = {
    Source: check_source,
    Factor: check_factor,
    EntryFactor: check_factor,
    Lifetime: check_lifetime,
    Crs: check_crs,
}


@dataclass(frozen=True)
class Catalog:
    """Every definition by its id, and the folder that they and the data were read from."""

    home: Path
    regions: dict[str, Region]
    keys: dict[str, Key]
    stocks: dict[str, Stock]
    flows: dict[str, Flow]
    mentions: dict[str, Mention]
    facilities: dict[str, Layer]
    tables: dict[str, Layer]
    reports: dict[str, Layer]
    maps: dict[str, Map]


def find_home(folder: Path) -> Path:
    """Return the folder whose definitions count: `folder` if it has any, else the package's own.

    A checkout keeps layers/ and maps/ beside the package; an installed wheel carries them inside.

    Raises
    ------
    DefinitionError
        When neither has a region.
    """
    package = Path(__file__).resolve().parent
    for home in (folder, package.parent, package / "home"):
        if any((home / "layers" / "areas").glob("*.toml")):
            return home
    raise DefinitionError(
        problem(
            f"{folder}/layers/areas",
            "no region is defined",
            "one TOML per region is expected",
            "run in a folder with layers/ and maps/, or reinstall the package",
        )
    )


def load(home: Path) -> Catalog:
    """Read every definition under `home`.

    Raises
    ------
    DefinitionError
        All problems of all files at once: unknown or missing keys, wrong types, values that
        cannot be, references to definitions that do not exist.
    """
    problems: list[str] = []
    found: dict[str, dict[str, Any]] = {}
    names: dict[str, list[str]] = {}
    for kind, (folder, cls) in _FOLDERS.items():
        paths = sorted(path for path in (home / folder).glob("*.toml") if path.is_file())
        names[kind] = [path.stem for path in paths]
        read = {p.stem: _read_file(p, cls, f"{folder}/{p.name}", problems) for p in paths}
        found[kind] = {name: definition for name, definition in read.items() if definition}
    problems += _check_references(found, names)
    raise_problems(problems, DefinitionError)
    ordered = {
        kind: dict(sorted(items.items(), key=lambda item: (getattr(item[1], "order", 0), item[0])))
        for kind, items in found.items()
    }
    return Catalog(home=home, **ordered)


def datasets(definition: Any) -> list[Dataset]:  # noqa: ANN401 - any definition
    """Return every dataset that a definition holds, in the order of its fields."""
    found: list[Dataset] = []
    for field in dataclasses.fields(definition):
        value = getattr(definition, field.name)
        if isinstance(value, Dataset):
            found.append(value)
        elif isinstance(value, dict):
            found += [item for item in value.values() if isinstance(item, Dataset)]
    return found


def choose(options: Mapping[str, D], name: str, *, what: str) -> D:
    """Return `options[name]`.

    Raises
    ------
    DefinitionError
        When there is none: it says which names exist and which is nearest.
    """
    if name in options:
        return options[name]
    raise DefinitionError(_undefined(what, name, options))


def _undefined(where: str, name: str, known: Iterable[str]) -> str:
    known = list(known)
    return problem(
        where, f'"{name}" is not defined', f"known: {', '.join(known)}", _nearest(name, known)
    )


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=_NEAR)
    return f'did you mean "{near[0]}"?' if near else "choose one of these"


def read_definition(path: Path, cls: type[D], where: str) -> D:
    """Read one TOML file into a frozen dataclass of its own, whose annotations are the schema.

    Parameters
    ----------
    path
        The file.
    cls
        The dataclass; it has the fields `id` and `where`, which are filled in.
    where
        What messages call the file.

    Raises
    ------
    DefinitionError
        All problems of the file at once.
    """
    problems: list[str] = []
    found = _read_file(path, cls, where, problems)
    raise_problems(problems, DefinitionError)
    return typing.cast("D", found)


def _read_file(path: Path, cls: type[D], where: str, problems: list[str]) -> D | None:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(
            problem(
                where, f"not readable as TOML ({error})", "TOML in UTF-8 is expected", "mend it"
            )
        )
        return None
    before = len(problems)
    definition = _read_table(table, cls, where=where, layer=path.stem, problems=problems)
    if definition is None or len(problems) > before:
        return None
    return dataclasses.replace(definition, id=path.stem, where=where)  # type: ignore[type-var]


def _read_table(
    table: object, cls: type[D], *, where: str, layer: str, problems: list[str]
) -> D | None:
    """Read one TOML table into `cls`, whose annotations are the schema."""
    if not isinstance(table, dict):
        problems.append(_type_problem(where, table, "a table"))
        return None
    hints = typing.get_type_hints(cls)
    fields = {
        f.name: f
        for f in dataclasses.fields(cls)  # type: ignore[arg-type]
        if f.name not in _GIVEN or f.default is dataclasses.MISSING
    }
    known = list(fields)
    if cls in _LIFTED:
        known = [name for name in known if name != "data"] + ["source", "columns"]
        wrong = [key for key in table if key not in known]
        table = _lift_data(table)
    else:
        wrong = [key for key in table if key not in known]
    problems += [
        problem(where, f'unknown key "{key}"', f"known: {', '.join(known)}", _nearest(key, known))
        for key in wrong
    ]
    # A needed key that is misspelt is one problem, not two.
    meant = {name for key in wrong for name in difflib.get_close_matches(key, known, 1, _NEAR)}
    values: dict[str, Any] = {}
    for name, spec in fields.items():
        if name in table:
            values[name] = _read_value(
                table[name],
                hints[name],
                where=where if name == "data" else f"{where} [{name}]",
                layer=_inner_layer(layer, name),
                problems=problems,
            )
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            values[name] = None
            written = "source" if name == "data" else name
            is_table = dataclasses.is_dataclass(hints[name])
            add = f"add [{written}]" if is_table else f"add {written} = …"
            if written not in meant:
                problems.append(problem(where, f'no key "{written}"', "it is needed", add))
    if cls in _RULES:
        problems += _RULES[cls](values, where=where)
    if cls is Dataset:
        values |= {"layer": layer, "where": where}
    return cls(**values)


def _inner_layer(layer: str, name: str) -> str:
    """Name the dataset of a definition: its only one by the definition, others by their table."""
    return layer if name in {"data", "source", "columns"} else f"{layer}.{name}"


def _lift_data(table: dict[str, Any]) -> dict[str, Any]:
    """Let a definition of one dataset write [source] and [columns] at its top."""
    data = {key: table[key] for key in ("source", "columns") if key in table}
    rest = {key: value for key, value in table.items() if key not in {*data, "data"}}
    return {**rest, "data": data} if data else rest


def _read_value(
    value: object,
    hint: Any,  # noqa: ANN401 - any annotation
    *,
    where: str,
    layer: str,
    problems: list[str],
) -> Any:  # noqa: ANN401 - a value of any annotated type
    """Read one TOML value as its annotation says."""
    origin = get_origin(hint)
    if origin in {types.UnionType, typing.Union}:
        hint = next(arg for arg in get_args(hint) if arg is not types.NoneType)
        return _read_value(value, hint, where=where, layer=layer, problems=problems)
    if dataclasses.is_dataclass(hint):
        cls = typing.cast("type[Any]", hint)
        return _read_table(value, cls, where=where, layer=layer, problems=problems)
    if origin in {dict, tuple}:
        return _read_items(value, hint, where=where, layer=layer, problems=problems)
    if origin is typing.Literal:
        known = [str(arg) for arg in get_args(hint)]
        if value not in known:
            expected = f"one of {', '.join(known)}"
            problems.append(problem(where, f"{value!r}", expected, _nearest(str(value), known)))
        return value
    return _read_plain(value, hint, where=where, problems=problems)


def _read_items(
    value: object,
    hint: Any,  # noqa: ANN401 - any annotation
    *,
    where: str,
    layer: str,
    problems: list[str],
) -> dict[str, Any] | tuple[Any, ...] | None:
    """Read a table of things by name, or a list of things."""
    args = get_args(hint)
    if get_origin(hint) is dict and isinstance(value, dict):
        return {
            key: _read_value(item, args[1], where=f"{where}.{key}", layer=key, problems=problems)
            for key, item in value.items()
        }
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(
            _read_value(item, args[0], where=f"{where}[{i}]", layer=layer, problems=problems)
            for i, item in enumerate(value)
        )
    expected = "a table" if get_origin(hint) is dict else "a list"
    problems.append(_type_problem(where, value, expected))
    return None


_TYPE_WORDS: dict[Any, str] = {
    str: "text in quotes",
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    date: "a date (2026-01-31)",
}


def _read_plain(value: object, hint: type[D], *, where: str, problems: list[str]) -> object:
    if hint is float and type(value) is int:
        value = float(value)
    # TOML has nan and inf, but nobody measured them.
    finite = not isinstance(value, float) or math.isfinite(value)
    if type(value) is hint and finite:
        return value
    problems.append(_type_problem(where, value, _TYPE_WORDS[hint]))
    return None


def _type_problem(where: str, value: object, expected: str) -> str:
    return problem(where, f"{value!r}", f"{expected} is expected", "write it so")


def _check_references(
    found: Mapping[str, Mapping[str, Any]], names: Mapping[str, list[str]]
) -> list[str]:
    """Check that everything named by a definition exists; a file that is wrong exists too."""
    problems: list[str] = []
    for key in found["keys"].values():
        problems += _missing(f"{key.where} [within]", key.within, names["keys"])
        problems += _missing(f"{key.where} [points]", key.points, names["stocks"])
        problems += check_key(key, found["keys"], found["stocks"])
    for stock in found["stocks"].values():
        for category, name in stock.keys.items():
            problems += _missing(f"{stock.where} [keys.{category}]", name, names["keys"])
        problems += check_stock(stock)
        problems += check_names(stock.where, stock.id, [each.id for each in stock.measures])
    for flow in found["flows"].values():
        problems += _missing(f"{flow.where} [key]", flow.key, names["keys"])
        problems += check_flow(flow)
        problems += check_names(flow.where, flow.id, [])
    streams = [*names["stocks"], *names["flows"], *names["mentions"]]
    problems += [
        problem(name, "two definitions of this stream", "one", "rename one of them")
        for name in sorted({name for name in streams if streams.count(name) > 1})
    ]
    defined = [*found["stocks"].values(), *found["flows"].values()]
    problems += check_titles(each for each in defined if streams.count(each.id) == 1)
    for page in found["maps"].values():
        problems += _missing(f"{page.where} [view.stream]", page.view.stream, streams)
        problems += check_map(page, found["stocks"], streams=streams)
    if not names["maps"]:
        problems.append(
            problem("maps", "no map is defined", "one TOML at least", "add maps/explore.toml")
        )
    layers = [n for kind in ("stocks", "facilities", "tables", "reports") for n in names[kind]]
    for region in found["regions"].values():
        problems += check_region(region)
        for name in region.override:
            problems += _missing(f"{region.where} [override.{name}]", name, layers)
    return problems


def _missing(where: str, name: str | None, known: list[str]) -> list[str]:
    return [] if name is None or name in known else [_undefined(where, name, known)]
