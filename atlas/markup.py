"""Markup out of text that anybody may have written: what is not made here is escaped."""

from __future__ import annotations

import html


class Markup(str):
    """Text that is markup already, made by `tag`; every other text is escaped."""

    __slots__ = ()


_ALONE = frozenset({"input", "meta", "path", "rect", "use"})


def tag(name: str, /, *children: str | None, **attributes: str | float | None) -> Markup:
    """Return an element.

    Parameters
    ----------
    name
        Its name.
    children
        Markup as it is, other text escaped; None is left out.
    attributes
        By name, ``class_`` and ``for_`` for those that are words of Python, ``_`` for ``-``; None
        is left out.
    """
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _ALONE:
        return Markup(f"<{name}{words}>" if name in {"input", "meta"} else f"<{name}{words}/>")
    inside = "".join(
        child if isinstance(child, Markup) else html.escape(child)
        for child in children
        if child is not None
    )
    return Markup(f"<{name}{words}>{inside}</{name}>")


def joined(*parts: str) -> Markup:
    """Return parts after each other: markup as it is, other text escaped."""
    return Markup("".join(p if isinstance(p, Markup) else html.escape(p) for p in parts))


def table(
    head: list[str], rows: list[list[str]], *, caption: str | None = None, numbers: int = 0
) -> Markup:
    """Return a table of which the first column is a heading and the last `numbers` are numbers."""

    def kind(column: int) -> str | None:
        return "n" if column >= len(head) - numbers else None

    top = [tag("th", text, scope="col", class_=kind(i)) for i, text in enumerate(head)]
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row", class_=kind(0)),
            *(tag("td", text, class_=kind(i)) for i, text in enumerate(row[1:], 1)),
        )
        for row in rows
    ]
    whole = tag(
        "table",
        None if caption is None else tag("caption", caption),
        tag("thead", tag("tr", *top)),
        tag("tbody", *body),
    )
    return tag("div", whole, class_="scroll", tabindex="0")
