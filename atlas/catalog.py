"""layers/*.toml and maps/*.toml into frozen dataclasses; the only module that knows TOML."""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from atlas.definitions import (
    Catalog,
    Dataset,
    Key,
    Layer,
    Map,
    Region,
    Source,
    Stock,
)
from atlas.errors import DefinitionError, problem, raise_problems

D = TypeVar("D")

# Filled in here, never written in a file; a measure's id is one that is written.
_GIVEN = {"id", "where", "layer"}

_FOLDERS: dict[str, tuple[str, type[Any]]] = {
    "regions": ("layers/areas", Region),
    "keys": ("layers/keys", Key),
    "stocks": ("layers/stocks", Stock),
    "facilities": ("layers/facilities", Layer),
    "tables": ("layers/tables", Layer),
    "reports": ("layers/reports", Layer),
    "maps": ("maps", Map),
}


def find_home(folder: Path) -> Path:
    """Return the folder whose definitions count: `folder` if it has any, else the package's own.

    A checkout keeps layers/ and maps/ beside the package; an installed wheel carries them inside.
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
        All problems of all files at once: unknown or missing keys, wrong types, references to
        definitions that do not exist.
    """
    problems: list[str] = []
    found: dict[str, dict[str, Any]] = {}
    for name, (folder, cls) in _FOLDERS.items():
        found[name] = {}
        for path in sorted((home / folder).glob("*.toml")):
            definition = _read_file(path, cls, where=f"{folder}/{path.name}", problems=problems)
            if definition is not None:
                found[name][path.stem] = definition
    if not problems:
        problems += _check_references(found)
    raise_problems(problems, DefinitionError)
    ordered = {
        name: dict(sorted(items.items(), key=lambda item: (getattr(item[1], "order", 0), item[0])))
        for name, items in found.items()
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
    """Return `options[name]`, or say which names exist and which is nearest."""
    if name in options:
        return options[name]
    raise DefinitionError(
        problem(what, f'"{name}" is not defined', f"known: {', '.join(options)}", _nearest(name, options))
    )


def _read_file(path: Path, cls: type[D], *, where: str, problems: list[str]) -> D | None:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(
            problem(where, f"not readable as TOML ({error})", "TOML in UTF-8 is expected", "mend it")
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
        if f.name not in _GIVEN or f.default != ""
    }
    if cls is Layer or cls is Stock:
        table = _lift_data(table)
    problems += [
        problem(where, f'unknown key "{key}"', f"known: {', '.join(fields)}", _nearest(key, fields))
        for key in table
        if key not in fields
    ]
    values: dict[str, Any] = {}
    for name, spec in fields.items():
        if name in table:
            inner = where if name == "data" else f"{where} [{name}]"
            values[name] = _read_value(
                table[name], hints[name], where=inner, layer=_inner_layer(layer, name), problems=problems
            )
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            problems.append(
                problem(where, f'no key "{name}"', "it is needed", f"add {name} = …")
            )
            values[name] = None
    if cls is Source and not problems:
        problems += _check_source(values, where=where)
    if cls is Dataset:
        values |= {"layer": layer, "where": where}
    return cls(**values)


def _inner_layer(layer: str, name: str) -> str:
    """Name the dataset of a definition: its only one by the definition, others by their table."""
    return layer if name in ("data", "source", "columns") else f"{layer}.{name}"


def _lift_data(table: dict[str, Any]) -> dict[str, Any]:
    """Let a definition of one dataset write [source] and [columns] at its top."""
    data = {key: table[key] for key in ("source", "columns") if key in table}
    rest = {key: value for key, value in table.items() if key not in data}
    return {**rest, "data": data} if data else rest


def _read_value(
    value: object, hint: Any, *, where: str, layer: str, problems: list[str]  # noqa: ANN401
) -> Any:  # noqa: ANN401 - a value of any annotated type
    """Read one TOML value as its annotation says."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, typing.Union):
        hint = next(arg for arg in args if arg is not types.NoneType)
        return _read_value(value, hint, where=where, layer=layer, problems=problems)
    if dataclasses.is_dataclass(hint):
        return _read_table(value, hint, where=where, layer=layer, problems=problems)  # type: ignore[arg-type]
    if origin is dict and isinstance(value, dict):
        return {
            key: _read_value(
                item, args[1], where=f"{where}.{key}", layer=key, problems=problems
            )
            for key, item in value.items()
        }
    if origin is tuple and isinstance(value, list):
        return tuple(
            _read_value(item, args[0], where=f"{where}[{i}]", layer=layer, problems=problems)
            for i, item in enumerate(value)
        )
    if origin is typing.Literal:
        if value not in args:
            known = [str(arg) for arg in args]
            problems.append(
                problem(where, f"{value!r}", f"one of {', '.join(known)}", _nearest(str(value), known))
            )
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint in (str, float, int, bool, date) and type(value) is hint:
        return value
    problems.append(_type_problem(where, value, _TYPE_WORDS.get(hint, "a table or a list")))
    return None


_TYPE_WORDS: dict[Any, str] = {
    str: "text in quotes",
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    date: "a date (2026-01-31)",
}


def _type_problem(where: str, value: object, expected: str) -> str:
    return problem(where, f"{value!r}", f"{expected} is expected", "write it so")


def _nearest(name: str, known: typing.Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else "choose one of these"


def _check_source(values: dict[str, Any], *, where: str) -> list[str]:
    problems = []
    if str(values["licence"]).strip().lower() in {"", "unknown", "na", "none"}:
        problems.append(
            problem(where, "no licence", "an SPDX name or the publisher's words", "ask the publisher")
        )
    if not re.fullmatch(r"[0-9a-f]{64}", str(values["sha256"])):
        problems.append(
            problem(
                where,
                f"sha256 = {str(values['sha256'])[:16]!r}",
                "64 hexadecimal digits are expected",
                f"run sha256sum {values['file']}",
            )
        )
    if not re.fullmatch(r"EPSG:\d+|none", str(values["crs"])):
        problems.append(
            problem(
                where,
                f"crs = {values['crs']!r}",
                '"EPSG:" with its number, or "none" for a table, is expected',
                "say in which coordinates the file is",
            )
        )
    return problems


def _check_references(found: dict[str, dict[str, Any]]) -> list[str]:
    """Check that everything named by a definition exists."""
    problems = []

    def need(where: str, name: str, known: Mapping[str, Any]) -> None:
        if name not in known:
            problems.append(
                problem(where, f'"{name}" is not defined', f"known: {', '.join(known)}", _nearest(name, known))
            )

    for key in found["keys"].values():
        if key.within is not None:
            need(f"{key.where} [within]", key.within, found["keys"])
        if key.points is not None:
            need(f"{key.where} [points]", key.points, found["stocks"])
    for stock in found["stocks"].values():
        for category, name in stock.keys.items():
            need(f"{stock.where} [keys.{category}]", name, found["keys"])
        problems += _check_measures(stock)
    for page in found["maps"].values():
        need(f"{page.where} [view.stream]", page.view.stream, found["stocks"])
    layers = {d.layer for kind in found.values() for x in kind.values() for d in datasets(x)}
    for region in found["regions"].values():
        for name in region.override:
            need(f"{region.where} [override.{name}]", name, dict.fromkeys(sorted(layers)))
    return problems


def _check_measures(stock: Stock) -> list[str]:
    where = f"{stock.where} [measures]"
    known = {measure.id: measure for measure in stock.measures}
    problems = []
    if len(known) != len(stock.measures):
        problems.append(problem(where, "a measure stands twice", "each once", "remove one"))
    for name in (stock.units, "mass"):
        if name not in known:
            problems.append(problem(where, f'no measure "{name}"', "it is needed", "add it"))
    for measure in stock.measures:
        derived = measure.of is not None and measure.factor is not None
        if derived == (measure.grade is not None):
            problems.append(
                problem(
                    f"{where} {measure.id}",
                    "it is neither counted nor derived, or both",
                    "a grade for what is counted, or of and factor for what is derived",
                    "give one of the two",
                )
            )
        if measure.of is not None and measure.of not in known:
            problems.append(
                problem(f"{where} {measure.id}", f'of = "{measure.of}"', "a measure", _nearest(measure.of, known))
            )
    return problems
