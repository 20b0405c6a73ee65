"""What the records of an edition must satisfy: its provenance and its data package."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from atlas.rulebook import Breach, Rule
from atlas.untrusted import MIB, leads_out, read_bytes, read_json, read_text, refuse, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What a field may hold (Table Schema).
_TYPES = {
    "string", "number", "integer", "boolean", "object", "array", "date", "time", "datetime", "year",
    "yearmonth", "duration", "geopoint", "geojson", "any",
}  # fmt: skip
# What is data of its own in the folder of a package.
_DATA = (".csv", ".geojson", ".parquet")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST = 32 * MIB
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HASHES = ("md5", "sha1", "sha256", "sha512")
_PROVENANCE = ("format", "region", "program", "edition", "reference_date", "files", "sha256",
               "sources", "findings")  # fmt: skip
_SOURCE = ("source_id", "title", "publisher", "licence", "file", "sha256")
BUILD = "build anew"


@dataclass(frozen=True)
class Record:
    """A record: where it stands and the object in it."""

    path: Path
    held: dict[str, Any]


@contextmanager
def opened_record(path: Path) -> Iterator[Record]:
    """Open a record in JSON.

    Raises
    ------
    UnreadableError
        It is no JSON object.
    """
    held = read_json(read_bytes(path, most=_LARGEST))
    if not isinstance(held, dict):
        refuse("no object", "an object", "restore it from its source")
    yield Record(path, held)


def _list(held: dict[str, Any], name: str) -> list[Any]:
    found = held.get(name)
    return found if isinstance(found, list) else []


def _digest(path: Path, name: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, name).hexdigest()


# ---------------------------------------------------------------- provenance.json


def _place(record: Record, name: str) -> Path:
    """Return where a file named layers/… or maps/… is, seen from layers/<region>/."""
    layers = record.path.resolve().parents[1]
    tree, _, rest = name.partition("/")
    if tree == "layers":
        return layers / rest
    # layers/built stands beside maps/built; of another folder, layers beside maps.
    built = layers.name == "built"
    return (layers.parents[1] / tree / "built" if built else layers.parent / tree) / rest


def _is_name(name: object) -> bool:
    return isinstance(name, str) and not leads_out(name) and name.startswith(("layers/", "maps/"))


def _whole(record: Record) -> Iterator[Breach]:
    for name in _PROVENANCE:
        if not record.held.get(name) and name != "findings":
            yield Breach(f"no {name}", "what the edition was made of", BUILD)
    if not _DAY.fullmatch(str(record.held.get("reference_date", ""))):
        found = f"reference_date {record.held.get('reference_date')!r}"
        yield Breach(found, "a day such as 2026-11-21", BUILD)


def _files(record: Record) -> Iterator[Breach]:
    names = _list(record.held, "files")
    pages = [name for name in names if _is_name(name) and name.startswith("maps/")]
    # The layers may be passed on without the pages.
    apart = not any(_place(record, name).is_file() for name in pages)
    for name in names:
        if not _is_name(name):
            yield Breach(f"the file {name!r}", "a name in layers/ or maps/", BUILD)
        elif not _place(record, name).is_file() and not (apart and name in pages):
            yield Breach(f"no {name}", "every file of the edition", "restore it, or build anew")


def _hashes(record: Record) -> Iterator[Breach]:
    hashes = record.held.get("sha256")
    hashes = hashes if isinstance(hashes, dict) else {}
    for name in _list(record.held, "files"):
        if not _is_name(name):
            continue
        path = _place(record, name)
        if path.resolve() == record.path.resolve() or not path.is_file():
            continue
        if hashes.get(name) != _digest(path, "sha256"):
            found = f"{name} is another than was built"
            yield Breach(found, "the hash that provenance.json has", "restore it, or build anew")


def _named_sources(record: Record) -> Iterator[Breach]:
    for number, source in enumerate(_list(record.held, "sources")):
        own = source if isinstance(source, dict) else {}
        where = f"source {own.get('source_id', number)}"
        for name in _SOURCE:
            if not isinstance(own.get(name), str) or not own[name].strip():
                yield Breach(f"{where} has no {name}", "one", "add it to its definition")
        url = own.get("url")
        if url is not None and not str(url).startswith(("https://", "http://")):
            yield Breach(f"{where}: url {url!r}", "an address, or null", "correct its definition")
        if own.get("sha256") and not _SHA256.fullmatch(str(own["sha256"])):
            yield Breach(f"{where}: sha256 {own['sha256']!r}", "64 hexadecimal digits", BUILD)


PROVENANCE_RULES: tuple[Rule[Record], ...] = (
    Rule("provenance-whole", "It says which edition it is and what it was made with.", _whole),
    Rule("provenance-files", "Every file of the edition is there.", _files),
    Rule("provenance-hashes", "Every file is as it was built.", _hashes),
    Rule("provenance-sources", "Every source has title, publisher, licence, file and hash.",
         _named_sources),
)  # fmt: skip


# ---------------------------------------------------------------- datapackage.json


def _resources(record: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, each in enumerate(_list(record.held, "resources")):
        if isinstance(each, dict):
            yield str(each.get("name", number)), each


def _path_of(record: Record, resource: dict[str, Any]) -> Path | None:
    """Return where a resource is, None where its path is none or there is no file."""
    name = resource.get("path")
    if not isinstance(name, str) or leads_out(name):
        return None
    path = record.path.parent / name
    return path if path.is_file() else None


def _package(record: Record) -> Iterator[Breach]:
    if not re.fullmatch(r"[a-z0-9._/-]+", str(record.held.get("name", ""))):
        yield Breach(f"name {record.held.get('name')!r}", "a to z, 0 to 9 and . _ - /", BUILD)
    if not list(_resources(record)):
        yield Breach("no resources", "one at least", BUILD)
    names = Counter(name for name, _ in _resources(record))
    for name, times in names.items():
        if times > 1:
            yield Breach(f'the resource "{name}" twice', "each name once", BUILD)


def _paths(record: Record) -> Iterator[Breach]:
    for name, each in _resources(record):
        path = each.get("path")
        if not isinstance(path, str) or leads_out(path):
            expected = "a relative path without .. (Data Package)"
            yield Breach(f"{name}: path {path!r}", expected, BUILD)
        elif _path_of(record, each) is None:
            yield Breach(f"{name}: no file {path}", "one below datapackage.json", "restore it")


def _true(record: Record) -> Iterator[Breach]:
    for name, each in _resources(record):
        path = _path_of(record, each)
        if path is None:
            continue
        size = path.stat().st_size
        if "bytes" in each and each["bytes"] != size:
            yield Breach(f"{name}: bytes {each.get('bytes')!r}", f"{size}", BUILD)
        kind, _, digest = str(each.get("hash", "")).rpartition(":")
        kind = kind or "md5"
        if kind not in _HASHES or digest != _digest(path, kind):
            found = f"{name}: hash {each.get('hash')!r}"
            yield Breach(found, "that of the file", "restore the file, or build anew")


def _schema(resource: dict[str, Any]) -> dict[str, Any]:
    own = resource.get("schema")
    return own if isinstance(own, dict) else {}


def _fields(resource: dict[str, Any]) -> list[object]:
    """Return the names of the fields that a resource is said to have."""
    fields = _list(_schema(resource), "fields")
    return [field.get("name") if isinstance(field, dict) else None for field in fields]


def _columns_of(path: Path) -> list[str]:
    """Return the columns of a CSV or a Parquet file.

    Raises
    ------
    UnreadableError
        It is none.
    """
    if path.suffix == ".csv":
        text = read_text(read_bytes(path)).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        return next(csv.reader(io.StringIO(text, newline="")), [])
    size_of(path)
    try:
        with pq.ParquetFile(path, thrift_string_size_limit=_LARGEST) as file:
            return list(file.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        refuse(f"{path.name}: no Parquet ({error})", "a whole Parquet file", "restore it")


def _schemas(record: Record) -> Iterator[Breach]:
    for name, each in _resources(record):
        path = _path_of(record, each)
        if path is None or path.suffix not in {".csv", ".parquet"}:
            continue
        own, columns = _fields(each), _columns_of(path)
        if own != columns:
            other = next((b for a, b in zip(own, columns, strict=False) if a != b), None)
            found = f"{name}: {len(own)} fields, first other than the file's: {other!r}"
            yield Breach(found, "the columns of the file in their order", BUILD)


def _types(record: Record) -> Iterator[Breach]:
    for name, each in _resources(record):
        for field in _list(_schema(each), "fields"):
            kind = field.get("type", "string") if isinstance(field, dict) else None
            if not isinstance(kind, str) or kind not in _TYPES:
                yield Breach(f"{name}: a field of type {kind!r}", ", ".join(sorted(_TYPES)), BUILD)


def _names(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _keys(record: Record) -> Iterator[Breach]:
    """Hold the fields and the resources that keys name against those that there are."""
    fields = {name: _fields(each) for name, each in _resources(record)}
    for name, each in _resources(record):
        named = [(name, field) for field in _names(_schema(each).get("primaryKey"))]
        for key in _list(_schema(each), "foreignKeys"):
            own = key if isinstance(key, dict) else {}
            reference = own.get("reference")
            reference = reference if isinstance(reference, dict) else {}
            # An empty name is the resource itself.
            target = str(reference.get("resource", "none")) or name
            named += [(name, field) for field in _names(own.get("fields")) or [None]]
            named += [(target, field) for field in _names(reference.get("fields")) or [None]]
        for resource, field in named:
            if field not in fields.get(resource, []):
                found = f"{name}: a key with the field {field!r} of {resource}"
                yield Breach(found, "a field and a resource that there are", BUILD)


def _complete(record: Record) -> Iterator[Breach]:
    known = {path for _, each in _resources(record) if (path := _path_of(record, each))}
    for path in sorted(record.path.parent.iterdir()):
        if path.suffix in _DATA and path not in known:
            yield Breach(f"{path.name} is no resource", "all data of the folder", BUILD)


def _terms(record: Record) -> Iterator[Breach]:
    for what, names in (("licenses", ("name", "path")), ("sources", ("title",))):
        found = _list(record.held, what)
        if not found:
            yield Breach(f"no {what}", "one at least", BUILD)
        for each in found:
            if not isinstance(each, dict) or not any(each.get(name) for name in names):
                yield Breach(f"{what}: {str(each)[:60]}", " or ".join(names), BUILD)


PACKAGE_RULES: tuple[Rule[Record], ...] = (
    Rule("datapackage-whole", "It has a name, and resources by names of their own.", _package),
    Rule("datapackage-paths", "Every resource is a file below it.", _paths),
    Rule("datapackage-true", "Every resource has its hash, and if it says so its size.", _true),
    Rule(
        "datapackage-schema",
        "The schema of a table has the columns of its file in their order.",
        _schemas,
    ),
    Rule("datapackage-types", "Fields are of a type of Table Schema.", _types),
    Rule("datapackage-keys", "Keys name fields and resources that there are.", _keys),
    Rule("datapackage-complete", "All tables and layers beside it are resources.", _complete),
    Rule("datapackage-terms", "It names licences and sources.", _terms),
)
