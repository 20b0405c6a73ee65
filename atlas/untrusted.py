"""Reading files that anybody may have made: never more than a bound, nothing that they point at."""

from __future__ import annotations

import json
import math
import re
import zipfile
from collections import Counter
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from atlas.rulebook import Breach, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIB = 1 << 20
# The largest file of text of an edition has a tenth of this; what is read takes some twenty times
# the room.
LARGEST = 64 * MIB
_MEMBERS = 5000
_UNPACKED = 256 * MIB
# Of a document, or of all in one zip: the workbook of a province has a third.
_ELEMENTS = 1_500_000
_ATTRIBUTES = 6_000_000
# Values of a JSON text: the largest of an edition has a hundredth.
_VALUES = 8_000_000
_DEEPEST = 256
_HUGE = re.compile(r"[eE]\+?[0-9]{3}|[0-9]{300}")


def refuse(found: str, expected: str, do: str) -> NoReturn:
    """Say that a file or a part of it cannot be read.

    Raises
    ------
    UnreadableError
        Always.
    """
    raise UnreadableError(Breach(found, expected, do))


def size_of(path: Path, *, most: int = LARGEST) -> int:
    """Return the size of a file in bytes.

    Raises
    ------
    UnreadableError
        It is empty, or has more than `most`.
    """
    size = path.stat().st_size
    if size == 0:
        refuse("no bytes", "a file with content", "restore it from its source")
    if size > most:
        refuse(f"{size:,} bytes", f"at most {most:,}", "leave out what is not of the edition")
    return size


def read_bytes(path: Path, *, most: int = LARGEST) -> bytes:
    """Return all bytes of a file that has at most `most`.

    Raises
    ------
    UnreadableError
        It is empty or larger.
    """
    size_of(path, most=most)
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        refuse("it grows while it is read", f"at most {most:,} bytes", "wait until it is written")
    return content


def read_text(content: bytes) -> str:
    """Return bytes as text.

    Raises
    ------
    UnreadableError
        It is no UTF-8, or holds NUL.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        refuse(f"no UTF-8 at byte {error.start:,}", "text in UTF-8", "save it as UTF-8")
    if "\0" in text:
        refuse("a NUL character", "text", "restore it from its source")
    return text


def read_json(content: bytes) -> Any:  # noqa: ANN401 - JSON holds anything
    """Return the value of a JSON text as RFC 8259 has it.

    Raises
    ------
    UnreadableError
        It is no UTF-8, begins with a BOM, is no JSON, has NaN or Infinity, or a name twice in one
        object.
    """
    if content.startswith(b"\xef\xbb\xbf"):
        refuse("a byte order mark", "UTF-8 without one", "save it as UTF-8 without BOM")
    text = read_text(content)
    values = sum(map(text.count, ",[{"))
    if values > _VALUES:
        refuse(f"{values:,} values", f"at most {_VALUES:,}", "leave out what is not of the edition")
    # To look at every number takes its time: only where one may be too large for float64.
    finite = _finite if _HUGE.search(text) else None
    try:
        return json.loads(
            text, parse_constant=_no_number, parse_float=finite, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        refuse(f"no JSON ({reason})", "valid JSON", "correct it there")


def _finite(word: str) -> float:
    value = float(word)
    return value if math.isfinite(value) else _no_number(word)


def _no_number(word: str) -> NoReturn:
    refuse(f"the number {word}", "finite numbers; null where one is missing", "write null")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        refuse(f'"{twice}" twice in one object', "each name once", "remove one")
    return found


def read_xml(content: bytes, *, doctype: str | None = None) -> Element:
    """Return the root of an XML document, as a reader of `xml_reader` does.

    Raises
    ------
    UnreadableError
        As there.
    """
    return xml_reader(doctype=doctype)(content)


def xml_reader(*, doctype: str | None = None) -> Callable[[bytes], Element]:
    """Return what reads XML documents of which all together are small.

    It takes the bytes of a document and gives its root; names are as ElementTree has them,
    ``{namespace}name``.

    Parameters
    ----------
    doctype
        The one document type that may be declared, by its name; it is not read.

    Raises
    ------
    UnreadableError
        By the reader: a document is not well-formed, is nested deeper than any file of ours,
        declares another document type, or any entity: an entity may stand for a billion others, or
        for a file.
    """
    elements = attributes = 0

    def counted(more: int) -> None:
        nonlocal elements, attributes
        elements, attributes = elements + 1, attributes + more
        if elements > _ELEMENTS or attributes > _ATTRIBUTES:
            found = f"more than {_ELEMENTS:,} elements or {_ATTRIBUTES:,} attributes"
            refuse(found, "fewer", "restore it from its source")

    return lambda content: _parsed(content, doctype, counted)


def _parsed(content: bytes, doctype: str | None, counted: Callable[[int], None]) -> Element:
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = 0

    def named(name: str) -> str:
        return "{" + name if "}" in name else name

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        counted(len(attributes))
        if depth > _DEEPEST:
            found = f"more than {_DEEPEST} elements within each other"
            refuse(found, "fewer", "restore it from its source")
        builder.start(named(name), {named(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(named(name))

    def declared(name: str, _system: str | None, _public: str | None, inside: int) -> None:
        if name != doctype or inside:
            refuse(f"<!DOCTYPE {name}>", "no document type of its own", "remove it")

    def entity(name: str, *_rest: object) -> None:
        refuse(f"<!ENTITY {name}>", "no entities", "remove them")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat takes it by position only
    except expat.ExpatError as error:
        refuse(f"no XML ({error})", "well-formed XML", "correct it there")
    return builder.close()


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip of which all is small, named once and inside.

    Raises
    ------
    UnreadableError
        It is no zip, has too many or too large members, one that is encrypted, or one whose name
        leads out of it.
    """
    size_of(path)
    try:
        file = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        refuse(f"no zip ({error})", "a zip file", "restore it from its source")
    with file:
        members = file.infolist()
        unpacked = sum(member.file_size for member in members)
        if len(members) > _MEMBERS or unpacked > _UNPACKED:
            found = f"{len(members):,} members, {unpacked:,} bytes unpacked"
            refuse(found, f"at most {_MEMBERS:,} and {_UNPACKED:,}", "do not open it")
        names = [member.filename for member in members]
        for member in members:
            if leads_out(member.filename):
                found = f'a member "{member.filename}"'
                refuse(found, "names inside the zip", "do not unpack it")
            packed = member.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
            if member.flag_bits & 1 or not packed:
                found = f'"{member.filename}" is encrypted, or packed in a rare way'
                refuse(found, "members as any program reads them", "save it anew")
        if len(set(names)) < len(names):
            refuse("a member twice", "each name once", "do not unpack it")
        yield file


def read_member(file: zipfile.ZipFile, name: str) -> bytes:
    """Return a member of a zip from `opened_zip`.

    Raises
    ------
    UnreadableError
        It is not there, or damaged.
    """
    try:
        # A member gives no more bytes than the size that the bound was held against.
        return file.read(name)
    except KeyError:
        refuse(f"no member {name}", "one", "restore the file from its source")
    except Exception as error:  # noqa: BLE001 - zlib.error is a bare Exception, lzma has its own
        refuse(f"{name} is damaged ({error})", "a sound member", "restore the file from its source")


def leads_out(name: str) -> bool:
    """Tell whether a name is anything but a path below the folder that it is read in."""
    drive = len(name) > 1 and name[1] == ":"
    path = PurePosixPath(name)
    return not name or drive or "\\" in name or path.is_absolute() or ".." in path.parts
