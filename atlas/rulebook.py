"""Rules that a file must satisfy: what each says, and how a file is held against them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

Opened = TypeVar("Opened")

# So many lines of one rule of one file; what is more is counted.
_SHOWN = 20
_LONGEST = 300


@dataclass(frozen=True)
class Breach:
    """One place in a file where a rule does not hold."""

    found: str
    expected: str
    do: str


class UnreadableError(Exception):
    """A file, or a part of it, that cannot be read at all; `breach` says why."""

    def __init__(self, breach: Breach) -> None:
        super().__init__(breach.found)
        self.breach = breach


@dataclass(frozen=True)
class Rule(Generic[Opened]):
    """What must hold of files of one kind.

    Attributes
    ----------
    id
        Its name in messages: the kind, a hyphen, what it is about.
    says
        What holds, as one sentence.
    breaches
        From an opened file to the places where it does not hold; none where it does.
    applies
        Whether it is asked of an opened file at all.
    """

    id: str
    says: str
    breaches: Callable[[Opened], Iterable[Breach]]
    applies: Callable[[Opened], bool] = lambda _: True


@dataclass(frozen=True)
class Kind(Generic[Opened]):
    """Files of one kind: how they are called, opened and judged.

    Attributes
    ----------
    id
        As the ids of its rules begin.
    title
        As people call it.
    names
        Patterns of file names.
    opens
        What holds of a file that can be read, as one sentence: the rule before all others.
    opened
        Opens a path; raises `UnreadableError` where that rule does not hold.
    rules
        All other rules.
    """

    id: str
    title: str
    names: tuple[str, ...]
    opens: str
    opened: Callable[[Path], AbstractContextManager[Opened]]
    rules: tuple[Rule[Opened], ...]


@dataclass(frozen=True)
class Problem:
    """A breach of a named rule."""

    rule: str
    breach: Breach


def opening(kind: Kind[Any]) -> str:
    """Return the id of the rule that a file of a kind can be read."""
    return f"{kind.id}-opens"


def judge(kind: Kind[Any], path: Path) -> tuple[int, list[Problem]]:
    """Hold a file against every rule of its kind.

    Whatever the file is made of, this returns: an error of a library that reads it is
    a problem of the rule that was being judged.

    Parameters
    ----------
    kind
        What the file is by its name.
    path
        The file.

    Returns
    -------
    int
        How many rules were asked.
    list of Problem
        In the order of the rules, empty where all hold.
    """
    asked = 1
    problems: list[Problem] = []
    with warnings.catch_warnings():
        # What libraries warn of is said by a rule, or is none of ours.
        warnings.simplefilter("ignore")
        try:
            with kind.opened(path) as opened:
                for rule in kind.rules:
                    if rule.applies(opened):
                        asked += 1
                        problems += _held(rule, opened)
        except Exception as error:  # noqa: BLE001 - a file of others makes libraries raise anything
            problems.append(Problem(opening(kind), _reason(error, kind.title)))
    return asked, problems


def _held(rule: Rule[Any], opened: object) -> list[Problem]:
    problems: list[Problem] = []
    more = 0
    try:
        for breach in rule.breaches(opened):
            if len(problems) < _SHOWN:
                problems.append(Problem(rule.id, _as_shown(breach)))
            else:
                more += 1
    except Exception as error:  # noqa: BLE001 - as in judge
        problems.append(Problem(rule.id, _reason(error, "part")))
    if more:
        found = f"{more} more of the same"
        problems.append(Problem(rule.id, Breach(found, "none", "see the lines before")))
    return problems


def _reason(error: Exception, what: str) -> Breach:
    if isinstance(error, UnreadableError):
        return _as_shown(error.breach)
    reason = str(error).strip().splitlines()
    words = f"{type(error).__name__}: {reason[0]}" if reason else type(error).__name__
    return _as_shown(
        Breach(f"it cannot be read ({words})", f"a sound {what}", "restore it from its source")
    )


def _as_shown(breach: Breach) -> Breach:
    return Breach(plain(breach.found), plain(breach.expected), plain(breach.do))


def plain(text: str) -> str:
    """Return text that can neither steer a terminal nor fill it."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
