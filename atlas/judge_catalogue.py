"""What the record of an edition for catalogues (dcat.jsonld) must satisfy."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from atlas.judge_records import BUILD, Record
from atlas.rulebook import Breach, Rule
from atlas.untrusted import leads_out

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATASET = (
    "title", "description", "identifier", "publisher", "license", "contactPoint", "accessRights",
    "language", "theme", "distribution",
)  # fmt: skip
# By any of these names: a format that the European list has not is told by its media type.
_DISTRIBUTION = (
    ("accessURL",), ("downloadURL",), ("format", "mediaType"), ("license",),
)  # fmt: skip
_WEB = re.compile(r"https?://[^\s/]")
_DAY = len("2026-11-21")
_TERMS = ("license", "language", "accessRights", "theme")
# The European list of themes.
_THEME = tuple(
    f"{scheme}://publications.europa.eu/resource/authority/data-theme"
    for scheme in ("http", "https")
)
_THEMES = (
    "AGRI", "ECON", "EDUC", "ENER", "ENVI", "GOVE", "HEAL", "INTR", "JUST", "REGI", "SOCI", "TECH",
    "TRAN",
)  # fmt: skip


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
        yield Breach("no @context", "what its words mean", BUILD)
        return
    inside = [part for part in parts if isinstance(part, dict)]
    if len(inside) < len(parts):
        yield Breach("a context at another place", "all words in the file itself", BUILD)
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
        yield Breach("no dcat:Dataset", "one", BUILD)
    for node in found:
        for name in _DATASET:
            if not _values(node, name):
                where = node.get("@id", "the dataset")
                yield Breach(f"{where} has no {name}", "one, as DCAT-AP-NL asks", BUILD)


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
                yield Breach(f"{name} without Dutch", 'a text with @language "nl"', BUILD)


def _distributions(record: Record) -> Iterator[Breach]:
    # Those of a dataset may stand within it, or beside it by their @id.
    for node in _typed(record, "Distribution"):
        for names in _DISTRIBUTION:
            if not any(_values(node, name) for name in names):
                where = node.get("@id") or f"the distribution {_said(node)}"
                found = f"{where} has no {' or '.join(names)}"
                yield Breach(found, "one, as DCAT-AP-NL asks", BUILD)
    if _typed(record, "Dataset") and not _typed(record, "Distribution"):
        yield Breach("no dcat:Distribution", "one for every file", BUILD)


def _addresses(record: Record) -> Iterator[Breach]:
    """Name what is at no address, or at one beside this record where no file is."""
    for node in _typed(record, "Distribution"):
        for name in ("accessURL", "downloadURL"):
            for address in map(_iri, _values(node, name)):
                if not _WEB.match(address) and not _is_beside(record, address):
                    found = f"{_said(node)}: {name} {address[:80]!r}"
                    expected = "a file beside this record, or an address with https://"
                    yield Breach(found, expected, BUILD)


def _iri(value: object) -> str:
    return str(value.get("@id")) if isinstance(value, dict) else str(value)


def _is_beside(record: Record, address: str) -> bool:
    """Tell whether a relative address is that of a file of the edition: at most one folder up."""
    name = unquote(address).removeprefix("../")
    if leads_out(name) or ":" in name.partition("/")[0]:
        return False
    folder = record.path.resolve().parent
    return (
        (folder.parent if unquote(address).startswith("../") else folder).joinpath(name).is_file()
    )


def _dates(record: Record) -> Iterator[Breach]:
    for node in (*_typed(record, "Dataset"), *_typed(record, "Distribution")):
        for name in ("issued", "modified"):
            for value in _values(node, name):
                own = value if isinstance(value, dict) else {}
                typed = _local(str(own.get("@type"))) == "date"
                if not typed or not _is_day(str(own.get("@value"))):
                    found = f"{name} {str(value)[:80]}"
                    yield Breach(found, "a day such as 2026-11-21, of type xsd:date", BUILD)


def _is_day(text: str) -> bool:
    try:
        return len(text) == _DAY and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _terms(record: Record) -> Iterator[Breach]:
    for node in (*_typed(record, "Dataset"), *_typed(record, "Distribution")):
        for name in _TERMS:
            for address in map(_iri, _values(node, name)):
                if not _WEB.match(address):
                    found = f"{name} {address[:80]!r}"
                    yield Breach(found, "the address of a term, with https:// or http://", BUILD)
    for node in _typed(record, "Dataset"):
        for address in map(_iri, _values(node, "theme")):
            start, _, code = address.rpartition("/")
            if _WEB.match(address) and (start not in _THEME or code not in _THEMES):
                found = f"theme {address[:80]!r}"
                yield Breach(found, f"{_THEME[0]}/{' or '.join(_THEMES)}", BUILD)


RULES: tuple[Rule[Record], ...] = (
    Rule("dcat-context", "It says itself what its words mean.", _context),
    Rule("dcat-dataset", "It describes a dataset with all that DCAT-AP-NL asks.", _dataset),
    Rule("dcat-addresses", "Every form of it is a file beside this record, or has an address.",
         _addresses),
    Rule("dcat-dates", "Days are days, and said to be.", _dates),
    Rule("dcat-terms", "Licence, language, access and theme are terms by their address.", _terms),
    Rule("dcat-dutch", "Title and description are in Dutch.", _dutch),
    Rule("dcat-distributions", "It says of every form where it is, in which format and licence.",
         _distributions),
)  # fmt: skip
