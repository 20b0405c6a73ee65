"""How a layer can look, told without a word of any program: classes, rules, symbols, labels."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from atlas.definitions import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

BLUES = ("#f1eef6", "#c5d5e8", "#86b0d3", "#3f80b5", "#12436d")
WHITE = "#ffffff"
INK = "#1c2733"
PALE_EDGE = "#a9b8c6"  # of pale areas, where white would not show
ENDLESS = 1e15
_BELOW = 1 - 1e-12
_NO_DATA = Text("geen gegevens", "no data")

Shape = Literal["circle", "square", "diamond", "triangle", "star", "pentagon", "plus"]
Operator = Literal["=", "!=", "<", ">=", ">", "null", "known"]


@dataclass(frozen=True)
class Fill:
    """An area: its colour (None is nothing), its edge, and lines over it."""

    colour: str | None
    edge: str = PALE_EDGE
    edge_mm: float = 0.2
    hatch: str | None = None


@dataclass(frozen=True)
class Line:
    """A line."""

    colour: str
    width_mm: float
    opacity: float = 1.0


@dataclass(frozen=True)
class Marker:
    """A symbol on a point: hollow without a colour, with a sign in it, dashed around it."""

    shape: Shape
    colour: str | None
    edge: str
    size_mm: float = 3.2
    sign: Literal["cross", "question"] | None = None
    dashed: bool = False
    size_by: str | None = None  # t/a: the size grows with the logarithm, size_mm is without one


Symbol = Fill | Line | Marker


@dataclass(frozen=True)
class Condition:
    """What a feature must satisfy, by one of its columns."""

    column: str
    operator: Operator
    value: str | float | bool | None = None


@dataclass(frozen=True)
class Class:
    """The values from `lower` up to `upper`, which is not among them; None is without an end."""

    lower: float | None
    upper: float | None
    label: Text
    symbol: Symbol


@dataclass(frozen=True)
class Graduated:
    """Classes of one column, and how a feature without a value looks."""

    column: str
    classes: tuple[Class, ...]
    no_data: Symbol
    no_data_label: Text = _NO_DATA


@dataclass(frozen=True)
class Rule:
    """Features that satisfy all conditions look so; what satisfies two rules is drawn twice."""

    label: Text
    conditions: tuple[Condition, ...]
    symbol: Symbol


@dataclass(frozen=True)
class Rules:
    """Features by rule, drawn in this order."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Label:
    """Names beside the features, from the scale 1 : `from_scale` on (None is always)."""

    column: str
    from_scale: int | None = None
    size_pt: float = 8.0
    colour: str = INK


@dataclass(frozen=True)
class Style:
    """One way to look at a layer; the default is how it opens."""

    layer: str
    name: str
    title: Text
    renderer: Graduated | Rules
    label: Label | None = None
    default: bool = False
    geometry: Literal["polygon", "line", "point"] = "polygon"


def graduated(column: str, edges: Iterable[float], *, unit: Text) -> Graduated:
    """Return the page's classes of a column: its blues, a value in the class that it reaches.

    Parameters
    ----------
    column
        The column that is shown.
    edges
        Ascending breaks, at most four.
    unit
        What the column is counted in, behind every label.
    """
    found = list(edges)
    bounds = [None, *found, None]
    classes = tuple(
        Class(lower, upper, between(lower, upper, unit), Fill(colour, _edge(colour)))
        for (lower, upper), colour in zip(itertools.pairwise(bounds), BLUES, strict=False)
    )
    return Graduated(column, classes, no_data=Fill(WHITE))


def in_dutch(value: float) -> str:
    """Return a number as Dutch readers write it: 1.250 and 0,5."""
    return f"{value:,.10g}".translate(str.maketrans(",.", ".,"))


def between(lower: float | None, upper: float | None, unit: Text) -> Text:
    """Return the words of a class, as the page has them: < 10 t, 10 – 25 t, ≥ 150 t."""

    def words(write: Any, of: str) -> str:  # noqa: ANN401 - a way to write numbers
        if lower is None and upper is None:
            return "–"
        if lower is None:
            return f"< {write(upper)} {of}"
        if upper is None:
            return f"≥ {write(lower)} {of}"
        return f"{write(lower)} – {write(upper)} {of}"

    return Text(words(in_dutch, unit.nl), words(lambda value: f"{value:,.10g}", unit.en))


def _edge(colour: str) -> str:
    return PALE_EDGE if colour in BLUES[:2] else WHITE


def just_below(bound: float) -> float:
    """Return the upper bound of a class for programs that count it to that class.

    Those of the page belong to the next one.
    """
    return bound * _BELOW


def as_rules(renderer: Graduated | Rules) -> tuple[Rule, ...]:
    """Return any renderer as rules, that of what has no value first."""
    if isinstance(renderer, Rules):
        return renderer.rules
    none = Rule(renderer.no_data_label, (Condition(renderer.column, "null"),), renderer.no_data)
    return (none, *(
        Rule(each.label, (
            *(() if each.lower is None else (Condition(renderer.column, ">=", each.lower),)),
            *(() if each.upper is None else (Condition(renderer.column, "<", each.upper),)),
            *((Condition(renderer.column, "known"),) if each.lower is each.upper else ()),
        ), each.symbol)
        for each in renderer.classes
    ))  # fmt: skip


def radius_mm(capacity_t_per_a: float) -> float:
    """Return half the size of a plant's symbol, as the page draws it: by the logarithm of t/a."""
    pixels = min(12.0, max(5.0, 2.4 * math.log10(max(1.0, capacity_t_per_a))))
    return pixels * 0.2
