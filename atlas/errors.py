"""Errors that a person can act on: where, what was found, what is expected, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

P = ParamSpec("P")
T = TypeVar("T")


class AtlasError(ValueError):
    """One or more problems, a line each; the base of everything the atlas raises on purpose."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DefinitionError(AtlasError):
    """A TOML definition is wrong."""


class DataError(AtlasError):
    """A data file is wrong."""


class ConservationError(AtlasError):
    """Something went in and did not come out."""


def problem(where: str, found: str, expected: str, do: str) -> str:
    """Put one problem in the form that all messages share."""
    return f"{where}: {found}; {expected}; {do}"


def raise_problems(problems: Iterable[str], error: type[AtlasError] = DataError) -> None:
    """Raise `error` with every distinct problem, in the order met; do nothing without any."""
    distinct = tuple(dict.fromkeys(problems))
    if distinct:
        raise error(*distinct)


def attempt(
    problems: list[str], function: Callable[P, T], *args: P.args, **options: P.kwargs
) -> T | None:
    """Call `function`; on an `AtlasError` note its problems and return None.

    This is how independent inputs are all read before anything is reported, so that a person
    sees every problem at once.
    """
    try:
        return function(*args, **options)
    except AtlasError as error:
        problems.extend(error.problems)
        return None
