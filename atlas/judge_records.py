"""What the records of an edition must satisfy: provenance, data package, catalogue record."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atlas.rulebook import Breach, Rule
from atlas.untrusted import MIB, leads_out, read_bytes, read_json, read_text, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST = 32 * MIB
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HASHES = ("md5", "sha1", "sha256", "sha512")
_PROVENANCE = ("format", "region", "program", "edition", "reference_date", "files", "sha256",
               "sources", "findings")  # fmt: skip
_SOURCE = ("source_id", "title", "publisher", "licence", "file", "sha256")
_DATASET = (
    "title", "description", "identifier", "publisher", "license", "contactPoint", "accessRights",
    "language", "theme", "distribution",
)  # fmt: skip
# By any of these names: a format that the European list has not is told by its media type.
_DISTRIBUTION = (
    ("accessURL",), ("downloadURL",), ("format", "mediaType"), ("license",),
)  # fmt: skip
_BUILD = "build anew"


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
            yield Breach(f"no {name}", "what the edition was made of", _BUILD)
    if not _DAY.fullmatch(str(record.held.get("reference_date", ""))):
        found = f"reference_date {record.held.get('reference_date')!r}"
        yield Breach(found, "a day such as 2026-11-21", _BUILD)


def _files(record: Record) -> Iterator[Breach]:
    names = _list(record.held, "files")
    pages = [name for name in names if _is_name(name) and name.startswith("maps/")]
    # The layers may be passed on without the pages.
    apart = not any(_place(record, name).is_file() for name in pages)
    for name in names:
        if not _is_name(name):
            yield Breach(f"the file {name!r}", "a name in layers/ or maps/", _BUILD)
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
            yield Breach(f"{where}: sha256 {own['sha256']!r}", "64 hexadecimal digits", _BUILD)


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
        yield Breach(f"name {record.held.get('name')!r}", "a to z, 0 to 9 and . _ - /", _BUILD)
    if not list(_resources(record)):
        yield Breach("no resources", "one at least", _BUILD)
    names = Counter(name for name, _ in _resources(record))
    for name, times in names.items():
        if times > 1:
            yield Breach(f'the resource "{name}" twice', "each name once", _BUILD)


def _paths(record: Record) -> Iterator[Breach]:
    for name, each in _resources(record):
        path = each.get("path")
        if not isinstance(path, str) or leads_out(path):
            expected = "a relative path without .. (Data Package)"
            yield Breach(f"{name}: path {path!r}", expected, _BUILD)
        elif _path_of(record, each) is None:
            yield Breach(f"{name}: no file {path}", "one below datapackage.json", "restore it")


def _true(record: Record) -> Iterator[Breach]:
    for name, each in _resources(record):
        path = _path_of(record, each)
        if path is None:
            continue
        size = path.stat().st_size
        if "bytes" in each and each["bytes"] != size:
            yield Breach(f"{name}: bytes {each.get('bytes')!r}", f"{size}", _BUILD)
        kind, _, digest = str(each.get("hash", "")).rpartition(":")
        kind = kind or "md5"
        if kind not in _HASHES or digest != _digest(path, kind):
            found = f"{name}: hash {each.get('hash')!r}"
            yield Breach(found, "that of the file", "restore the file, or build anew")


def _schemas(record: Record) -> Iterator[Breach]:
    for name, each in _resources(record):
        path = _path_of(record, each)
        if path is None or path.suffix != ".csv":
            continue
        schema = each.get("schema")
        fields = _list(schema, "fields") if isinstance(schema, dict) else []
        own = [field.get("name") if isinstance(field, dict) else None for field in fields]
        text = read_text(read_bytes(path)).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        header = next(csv.reader(io.StringIO(text, newline="")), [])
        if own != header:
            other = next((b for a, b in zip(own, header, strict=False) if a != b), None)
            found = f"{name}: {len(own)} fields, first other than the file's: {other!r}"
            yield Breach(found, "the columns of the file in their order", _BUILD)


def _terms(record: Record) -> Iterator[Breach]:
    for what, names in (("licenses", ("name", "path")), ("sources", ("title",))):
        found = _list(record.held, what)
        if not found:
            yield Breach(f"no {what}", "one at least", _BUILD)
        for each in found:
            if not isinstance(each, dict) or not any(each.get(name) for name in names):
                yield Breach(f"{what}: {str(each)[:60]}", " or ".join(names), _BUILD)


PACKAGE_RULES: tuple[Rule[Record], ...] = (
    Rule("datapackage-whole", "It has a name, and resources by names of their own.", _package),
    Rule("datapackage-paths", "Every resource is a file below it.", _paths),
    Rule("datapackage-true", "Every resource has its hash, and if it says so its size.", _true),
    Rule("datapackage-schema", "The schema of a CSV has its columns in their order.", _schemas),
    Rule("datapackage-terms", "It names licences and sources.", _terms),
)


# ---------------------------------------------------------------- dcat.jsonld


def _local(name: str) -> str:
    """Return the last part of a name: that of dct:title, and of its full address, is title."""
    return re.split(r"[:/#]", name)[-1]


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        own = waiting.pop()
        if isinstance(own, dict):
            yield own
            waiting += [inner for name, inner in own.items() if name != "@context"]
        elif isinstance(own, list):
            waiting += own


def _typed(record: Record, kind: str) -> list[dict[str, Any]]:
    found = []
    for node in _nodes(record.held):
        own = node.get("@type", [])
        if kind in {_local(str(each)) for each in (own if isinstance(own, list) else [own])}:
            found.append(node)
    return found


def _values(node: dict[str, Any], name: str) -> list[Any]:
    found = [value for key, value in node.items() if _local(key) == name]
    flat = [v for value in found for v in (value if isinstance(value, list) else [value])]
    return [value for value in flat if value not in (None, "", {}, [])]


def _said(node: dict[str, Any]) -> str:
    """Return how a distribution calls itself, as far as it does."""
    for own in (*_values(node, "title"), *_values(node, "downloadURL")):
        return str(own.get("@value") or own.get("@id")) if isinstance(own, dict) else str(own)
    return "without a title"


def _context(record: Record) -> Iterator[Breach]:
    own = record.held.get("@context")
    parts = own if isinstance(own, list) else [own]
    if not own:
        yield Breach("no @context", "what its words mean", _BUILD)
        return
    inside = [part for part in parts if isinstance(part, dict)]
    if len(inside) < len(parts):
        yield Breach("a context at another place", "all words in the file itself", _BUILD)
        return
    known = {word for part in inside for word in part}
    used = {
        name.partition(":")[0]
        for node in _nodes(record.held)
        for name in node
        if ":" in name and "//" not in name
    }
    for word in sorted(used - known):
        yield Breach(f'the prefix "{word}"', "one of the @context", "declare it")


def _dataset(record: Record) -> Iterator[Breach]:
    found = _typed(record, "Dataset")
    if not found:
        yield Breach("no dcat:Dataset", "one", _BUILD)
    for node in found:
        for name in _DATASET:
            if not _values(node, name):
                where = node.get("@id", "the dataset")
                yield Breach(f"{where} has no {name}", "one, as DCAT-AP-NL asks", _BUILD)


def _dutch(record: Record) -> Iterator[Breach]:
    own = record.held.get("@context")
    parts = own if isinstance(own, list) else [own]
    default = any(isinstance(part, dict) and part.get("@language") == "nl" for part in parts)
    for node in _typed(record, "Dataset"):
        for name in ("title", "description"):
            texts = _values(node, name)
            tagged = {
                str(each.get("@language")) if isinstance(each, dict) else "nl" if default else ""
                for each in texts
            }
            if texts and "nl" not in tagged:
                yield Breach(f"{name} without Dutch", 'a text with @language "nl"', _BUILD)


def _distributions(record: Record) -> Iterator[Breach]:
    # Those of a dataset may stand within it, or beside it by their @id.
    for node in _typed(record, "Distribution"):
        for names in _DISTRIBUTION:
            if not any(_values(node, name) for name in names):
                where = node.get("@id") or f"the distribution {_said(node)}"
                found = f"{where} has no {' or '.join(names)}"
                yield Breach(found, "one, as DCAT-AP-NL asks", _BUILD)
    if _typed(record, "Dataset") and not _typed(record, "Distribution"):
        yield Breach("no dcat:Distribution", "one for every file", _BUILD)


DCAT_RULES: tuple[Rule[Record], ...] = (
    Rule("dcat-context", "It says itself what its words mean.", _context),
    Rule("dcat-dataset", "It describes a dataset with all that DCAT-AP-NL asks.", _dataset),
    Rule("dcat-dutch", "Title and description are in Dutch.", _dutch),
    Rule("dcat-distributions", "It says of every form where it is, in which format and licence.",
         _distributions),
)  # fmt: skip
