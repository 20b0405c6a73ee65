"""What a page must satisfy: one file that asks nothing of any host, readable for everybody."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from atlas.rulebook import Breach, Rule
from atlas.untrusted import MIB, read_bytes, read_text, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The page of a whole country has a sixth of it.
_LARGEST = 16 * MIB
# What a browser fetches by itself, by element; an address to click on (a) is none of it.  What
# a script asks for is not to be told from its text: the tests of the page run it without a network.
_FETCHED = {
    "script": ("src",), "link": ("href",), "img": ("src", "srcset"), "iframe": ("src", "srcdoc"),
    "source": ("src", "srcset"), "video": ("src", "poster"), "audio": ("src",), "track": ("src",),
    "embed": ("src",), "object": ("data",), "input": ("src", "formaction"),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"), "feimage": ("href", "xlink:href"), "body": ("background",),
    "base": ("href",), "frame": ("src",),
    # What it sends when somebody clicks.
    "a": ("ping",), "area": ("ping",), "form": ("action",), "button": ("formaction",),
}  # fmt: skip
# Attributes of drawings that may refer to one elsewhere, as a style does.
_PRESENTED = ("fill", "stroke", "filter", "mask", "clip-path", "cursor", "marker", "marker-start",
              "marker-mid", "marker-end")  # fmt: skip
_HOST = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_INSIDE = re.compile(r"\s*(?:data:|#|blob:|about:blank|$)", re.IGNORECASE)
_IN_STYLE = re.compile(r"url\(\s*['\"]?([^'\")]*)|@import\s+['\"]([^'\"]*)", re.IGNORECASE)
_DO = "put it into the page itself"


@dataclass(frozen=True)
class Page:
    """What stands in a page: elements with their attributes, style sheets, and its title."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    begins: str = ""


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self._page = page
        self._within: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        self._page.elements.append((tag, own))
        self._page.styles.extend(own[name] for name in ("style", *_PRESENTED) if name in own)
        # The title of a drawing within the page is not the page's own.
        first = tag == "title" and not self._page.title
        self._within = tag if tag == "style" or first else None

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's signature
        self._within = None

    def handle_data(self, data: str) -> None:
        if self._within == "style":
            self._page.styles.append(data)
        elif self._within == "title":
            self._page.title.append(data)


@contextmanager
def opened_page(path: Path) -> Iterator[Page]:
    """Open a page of HTML.

    Raises
    ------
    UnreadableError
        It is no UTF-8, or does not begin as HTML does.
    """
    text = read_text(read_bytes(path, most=_LARGEST))
    page = Page(begins=text[:256].lstrip().lower())
    if not page.begins.startswith("<!doctype html"):
        refuse("it does not begin with <!doctype html>", "a page of HTML", "restore it")
    reader = _Reader(page)
    reader.feed(text)
    # Closing it would try what is unfinished from every bracket: for hours, if there are many.
    if "<" in reader.rawdata:
        refuse("an element or comment without its end", "a whole page", "restore it")
    if not any(tag == "body" for tag, _ in page.elements):
        refuse("no <body>", "a whole page", "restore it from its source")
    yield page


def _fetched(page: Page) -> Iterator[tuple[str, str]]:
    """Yield every address that a browser would fetch, and where it stands."""
    for tag, own in page.elements:
        for name in _FETCHED.get(tag, ()):
            if name in own and not _INSIDE.match(own[name]):
                yield f"<{tag} {name}>", own[name]
        if tag == "meta" and own.get("http-equiv", "").lower() == "refresh":
            yield "<meta refresh>", own.get("content", "").rpartition("=")[2]
    for style in page.styles:
        for found in _IN_STYLE.finditer(style):
            address = found[1] or found[2] or ""
            if not _INSIDE.match(address):
                yield "a style", address


def _no_host(page: Page) -> Iterator[Breach]:
    for where, address in _fetched(page):
        if _HOST.match(address):
            yield Breach(f"{where}: {address[:80]}", "nothing from another host", _DO)


def _one_file(page: Page) -> Iterator[Breach]:
    for where, address in _fetched(page):
        if not _HOST.match(address):
            yield Breach(f"{where}: {address[:80]}", "nothing from another file", _DO)


def _attributes(page: Page, tag: str) -> list[dict[str, str]]:
    return [own for name, own in page.elements if name == tag]


def _language(page: Page) -> Iterator[Breach]:
    found = [own.get("lang") for own in _attributes(page, "html")]
    if found != ["nl"]:
        yield Breach(
            f"lang {', '.join(map(str, found)) or 'missing'}", '<html lang="nl">', "set it"
        )


def _title(page: Page) -> Iterator[Breach]:
    if not "".join(page.title).strip():
        yield Breach("no title", "<title> with words", "write one")


def _letters(page: Page) -> Iterator[Breach]:
    found = [own["charset"].lower() for own in _attributes(page, "meta") if "charset" in own]
    if found != ["utf-8"]:
        yield Breach("no charset", '<meta charset="utf-8">', "add it")


def _zoom(page: Page) -> Iterator[Breach]:
    views = [own.get("content", "") for own in _attributes(page, "meta")
             if own.get("name") == "viewport"]  # fmt: skip
    for view in views:
        if re.search(r"user-scalable\s*=\s*(no|0)|maximum-scale", view):
            yield Breach(f'viewport "{view}"', "a page that can be enlarged", "remove the limit")
    if not views:
        yield Breach("no viewport", "one, for small screens", "add <meta name=viewport>")


def _ids(page: Page) -> Iterator[Breach]:
    ids = Counter(own["id"] for _, own in page.elements if "id" in own)
    for mark in (mark for mark, times in ids.items() if times > 1):
        yield Breach(f'id "{mark}" more than once', "each id once", "rename one")


RULES: tuple[Rule[Page], ...] = (
    Rule(
        "html-host",
        "No element or style of it asks anything of another host; its scripts are not run.",
        _no_host,
    ),
    Rule(
        "html-file",
        "No element or style of it asks for another file; its scripts are not run.",
        _one_file,
    ),
    Rule("html-language", "It says that it is in Dutch.", _language),
    Rule("html-title", "It has a title.", _title),
    Rule("html-charset", "It says that it is in UTF-8.", _letters),
    Rule("html-zoom", "It fits a small screen and can be enlarged.", _zoom),
    Rule("html-ids", "Its ids differ.", _ids),
)
