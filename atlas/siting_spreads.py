"""The ways in which the least capacity can fall to the classes of sites."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from atlas.siting_tonnes import can_be_used, processed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atlas.siting_case import Ground, Plants
    from atlas.siting_tonnes import Level

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

MOST = 300  # ways that are looked at
_NONE = Fraction(0)
_Sum = tuple[Fraction, bool]  # tonnes a year, and whether there is a plant without limit beside


@dataclass(frozen=True)
class Spread:
    """What is `built` in each class of sites (R,), and which have plants without limit as well."""

    built: Floats
    unlimited: Flags
    capacity: Floats  # both together


def covers(on: Ground) -> bool:
    """Tell whether nothing has a limit, so that reach alone decides who is served."""
    case, options = on.case, on.options
    known = case.capacity[:, case.counts & case.runs]
    limited = np.isfinite(options.sizes) & options.allowed.any(axis=0)
    return not limited.any() and not (np.isfinite(known) & (known > 0)).any()


def spreads(on: Ground, level: Level) -> list[Spread] | None:
    """Return the spreads that meet the level, None when there are too many to look at."""
    found: list[Spread] = []
    for number, spread in enumerate(_candidates(on, level.plants)):
        if number >= MOST:
            return None
        if processed(on, spread.capacity) >= level.floor_t and can_be_used(on, spread.built):
            found.append(spread)
    return found


def _candidates(on: Ground, plants: Plants) -> Iterator[Spread]:
    """Yield every way in which at most p plants, as large together as these, fall to the classes.

    Sums are kept as fractions, so that three thirds are one.
    """
    options = on.options
    exact = [Fraction(str(size)) if np.isfinite(size) else _NONE for size in options.sizes]
    built = sum((exact[size] for size in plants.sizes), _NONE)
    sums = _sums(on, exact, built)
    rest: list[dict[Fraction, int]] = [{_NONE: 0}]  # what classes from here on can add up to
    for own in reversed(sums):
        both: dict[Fraction, int] = {}
        for (so_far, few), ((amount, _), more) in product(rest[-1].items(), own.items()):
            total = so_far + amount
            if total <= built and few + more <= both.get(total, options.p):
                both[total] = few + more
        rest.append(both)
    rest.reverse()
    stack: list[tuple[Fraction, int, tuple[_Sum, ...]]] = [(built, options.p, ())]
    while stack:
        left, still, spread = stack.pop()
        if len(spread) == len(sums):
            amounts = np.array([float(amount) for amount, _ in spread])
            without = np.array([unlimited for _, unlimited in spread], dtype=bool)
            yield Spread(amounts, without, np.where(without, np.inf, amounts))
            continue
        for (amount, unlimited), few in sums[len(spread)].items():
            if rest[len(spread) + 1].get(left - amount, options.p + 1) <= still - few:
                stack.append((left - amount, still - few, (*spread, (amount, unlimited))))


def _sums(on: Ground, exact: list[Fraction], built: Fraction) -> list[dict[_Sum, int]]:
    """Return what the plants of each class can add up to, and how few of them do."""
    most, unlimited = on.options.p, np.isinf(on.options.sizes)
    sums: list[dict[_Sum, int]] = [
        {(_NONE, False): 0} for _ in range(on.merged.site_reach.shape[1])
    ]
    for site, may in enumerate(on.options.allowed):
        found = sums[on.merged.site_class[site]]
        sizes = np.flatnonzero(may)
        for ((total, endless), few), size in product(list(found.items()), sizes):
            more = (total + exact[size], endless or bool(unlimited[size]))
            if more[0] <= built and few < min(found.get(more, most + 1) - 1, most):
                found[more] = few + 1
    return sums
