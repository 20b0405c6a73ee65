"""Checks of text that anybody may have written: each value is right, or noted as a problem."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeGuard, TypeVar

from atlas.errors import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")
Word = TypeVar("Word", bound=str | int)

MISSING: Final = object()  # what stands where a field does not: said already
_SHOWN = 60  # characters of what was found that a message shows
_NAME = re.compile(r"[A-Za-z0-9_-]{1,20}")
# Control characters mean nothing on a map; half a character cannot be written anywhere.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass
class Checks:
    """Gives each value where it is right; where it is not, a problem and something like it."""

    problems: list[str] = field(default_factory=list)

    def wrong(self, where: str, found: object, expected: str, do: str = "correct it") -> None:
        """Note a problem."""
        self.problems.append(problem(where, shown(found), f"{expected} is expected", do))

    def fields(
        self, where: str, found: object, names: Sequence[str], *, open_: bool = False
    ) -> dict[str, Any]:
        """Return the fields of an object, `MISSING` for those it lacks; `open_` lets it lack any.

        `where` is empty for the file itself.
        """
        if found is MISSING:
            return dict.fromkeys(names, MISSING)
        if not isinstance(found, dict):
            self.wrong(where, found, "an object { … }")
            return dict.fromkeys(names, MISSING)
        inside = f"{where}." if where else ""
        for name in found:
            if name not in names:
                self.problems.append(
                    problem(
                        f"{inside}{shown(name)[1:-1]}",
                        shown(found[name]),
                        "a session has no such field",
                        "remove it, or use the edition it was made with",
                    )
                )
        for name in names:
            if name not in found and not open_:
                self.problems.append(
                    problem(f"{inside}{name}", "missing", "this field is expected", "add it")
                )
        return {name: found.get(name, MISSING) for name in names}

    def each(
        self, where: str, found: object, read: Callable[[str, Any], T], *, most: int
    ) -> tuple[T, ...]:
        """Return the items of a list, each as `read` reads it."""
        if found is MISSING:
            return ()
        if not isinstance(found, list):
            self.wrong(where, found, "a list [ … ]")
            return ()
        if len(found) > most:
            self.wrong(where, len(found), f"a list of at most {most}", "split the session")
            return ()
        return tuple(read(f"{where} {number}", item) for number, item in enumerate(found, 1))

    def number(self, where: str, found: object, low: float, high: float) -> float:
        """Return a number from low to high."""
        if found is MISSING:
            return low
        if not _lies(found, low, high):
            self.wrong(where, found, f"a number from {low:g} to {high:g}")
            return low
        return float(found)

    def whole(self, where: str, found: object, low: int, high: int) -> int:
        """Return a whole number from low to high; 2030.0 is one."""
        if found is MISSING:
            return low
        if not _lies(found, low, high) or found != math.floor(found):
            self.wrong(where, found, f"a whole number from {low} to {high}")
            return low
        return int(found)

    def text(self, where: str, found: object, longest: int, *, lines: bool = False) -> str:
        """Return text of at most so many characters, as a browser counts them."""
        if found is MISSING:
            return ""
        if (
            not isinstance(found, str)
            or len(found.encode("utf-16-le", "surrogatepass")) > 2 * longest
        ):
            self.wrong(where, found, f"text of at most {longest} characters", "shorten it")
            return ""
        if _UNSEEN.search(found.replace("\n", "") if lines else found):
            self.wrong(where, found, "text without control characters", "type it again")
            return ""
        return found

    def word(self, where: str, found: object, known: Sequence[Word]) -> Word | None:
        """Return one of some words or numbers, None where it is none of them."""
        if found is MISSING:
            return None
        for each in known:
            if found == each and not isinstance(found, bool):
                return each
        self.wrong(where, found, f"one of {', '.join(map(str, known))}")
        return None

    def name(self, where: str, found: object, seen: set[str]) -> str:
        """Return a name of letters and digits that nothing else has."""
        if found is MISSING:
            return ""
        if not isinstance(found, str) or not _NAME.fullmatch(found):
            self.wrong(where, found, "a name of 1 to 20 letters, digits, - or _")
            return ""
        return self.once(where, found, seen)

    def once(self, where: str, found: str, seen: set[str]) -> str:
        """Return a name, once."""
        if found and found in seen:
            self.wrong(where, found, "every name once", "remove one, or give it another name")
        seen.add(found)
        return found

    def day(self, where: str, found: object) -> str:
        """Return a day."""
        if found is MISSING:
            return ""
        if isinstance(found, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found):
            try:
                return date.fromisoformat(found).isoformat()
            except ValueError:
                pass
        self.wrong(where, found, "a day like 2026-01-31")
        return ""


def parse(content: bytes, where: str, problems: list[str]) -> object:
    """Return what JSON says; on anything else add a problem and return None."""
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        # Its message holds no more than a place in the text.
        reason = "too deeply nested" if isinstance(error, RecursionError) else plain(str(error))
        found = f"no JSON ({reason[:_SHOWN]})"
        do = "name a file that was saved on the page"
        problems.append(problem(where, found, "JSON text in UTF-8 is expected", do))
        return None


def shown(found: object) -> str:
    """Return what was found, short, and harmless to a terminal; nothing of what is inside it."""
    if isinstance(found, dict | list):
        return "an object { … }" if isinstance(found, dict) else "a list [ … ]"
    if isinstance(found, int) and abs(found) >= 10**_SHOWN:
        return "a number of many digits"
    text = plain(json.dumps(found, ensure_ascii=False))
    return f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text


def plain(text: str) -> str:
    """Return text with a question mark for every character that cannot be seen or written."""
    return _UNSEEN.sub("?", text)


def _refuse(name: str) -> Iterable[object]:
    message = f"{name} is no number"
    raise ValueError(message)


def _lies(found: object, low: float, high: float) -> TypeGuard[float]:
    """Tell whether what was found is a number from low to high; yes and no are none."""
    return isinstance(found, int | float) and not isinstance(found, bool) and low <= found <= high
