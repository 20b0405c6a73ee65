"""Low, mid and high: ranges as factors, combined in logarithms; grades as bands of width."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.definitions import EntryFactor, Factor, Grade

Band = tuple[float, float]  # low and high as factors of mid: low <= 1 <= high

# Half-widths of the grades; beyond the last a figure is an order of magnitude.
WIDTHS: dict[Grade, float] = {"A": 0.10, "B": 0.20, "C": 0.40, "D": 0.70}
CERTAIN: Band = (1.0, 1.0)


def graded(grade: Grade) -> Band:
    """Return the band of a grade: 1 / (1 + w) to 1 + w, symmetric in logarithms."""
    return 1.0 / (1.0 + WIDTHS[grade]), 1.0 + WIDTHS[grade]


def stated(factor: Factor | EntryFactor) -> Band:
    """Return the band of a factor: its own low and high where stated, else its grade's.

    Nothing has no band: no factor of it is anything else.
    """
    if factor.value == 0:
        return CERTAIN
    low, high = graded(factor.grade)
    if factor.low is not None:
        low = factor.low / factor.value
    if factor.high is not None:
        high = factor.high / factor.value
    return low, high


def limits(factor: Factor) -> tuple[float, float]:
    """Return low and high of a factor in its own unit, also of one that may be nothing."""
    low, high = (factor.value * side for side in graded(factor.grade))
    return low if factor.low is None else factor.low, high if factor.high is None else factor.high


def combine(*bands: Band) -> Band:
    """Combine independent factors of a product.

    The log-widths add in quadrature, each side for itself, which is exact for lognormals whose
    5th and 95th percentiles the bands are.
    """
    sides = [band_logs(band) for band in bands]
    up, down = (math.sqrt(sum(side[i] ** 2 for side in sides)) for i in (0, 1))
    return math.exp(-down), math.exp(up)


def grade_of(band: Band) -> Grade:
    """Return the grade whose band holds this one; D beyond all."""
    width = max(band[1] - 1.0, 1.0 / band[0] - 1.0 if band[0] > 0 else math.inf)
    # A band made of one grade must find that grade again in floating point.
    return next((g for g, w in WIDTHS.items() if width <= w * (1 + 1e-9)), "D")


def band_logs(band: Band) -> tuple[float, float]:
    """Return ln(high / mid) and ln(mid / low); the second is infinite where the low is nothing."""
    return math.log(band[1]), math.inf if band[0] <= 0 else -math.log(band[0])


def key_logs(
    value: NDArray[np.float64],
    members: NDArray[np.float64] | None,
    sources: NDArray[np.int64],
    key: Band,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what a key widens the sums of groups by: ln of both sides.

    Parameters
    ----------
    value
        Amounts per place, shape (Z, ...).
    members
        1 where a place belongs to a group, shape (G, Z); None where every place is one.
    sources
        What each place was spread from; -1 where nothing was spread.
    key
        What spreading adds to a place.

    Returns
    -------
    up, down
        Shape (G, ...).  A source that lies in a group with all its places adds nothing: what is
        wrong between them drops out of their sum.
    """
    flat = value.reshape(len(value), -1)
    if members is None:
        shared = (sources >= 0) & (np.bincount(sources + 1)[sources + 1] > 1)
        part = (shared[:, None] & (flat > 0)).astype(float)
    else:
        # Column s of `of` is 1 where a place was spread from source s; the last is for none.
        of = np.eye(int(sources.max(initial=-1)) + 2)[sources]
        broken = (members @ of < of.sum(axis=0))[:, :-1] @ of[:, :-1].T
        whole, touched = members @ flat, (members * (broken > 0)) @ flat
        part = np.divide(touched, whole, out=np.zeros_like(whole), where=whole > 0)
    up, down = (np.log1p(part * (side - 1.0)) for side in (key[1], key[0]))
    shape = (len(part), *value.shape[1:])
    return up.reshape(shape), -down.reshape(shape)


def rss(*logs: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return the root of the sum of squares of log-widths."""
    return np.sqrt(sum((np.asarray(each, dtype=float) ** 2 for each in logs), np.zeros(())))


def grades_of(up: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return the grade of each pair of log-widths, as `grade_of` of a band."""
    width = np.expm1(np.maximum(up, down))
    limits = np.array([w * (1 + 1e-9) for w in WIDTHS.values()])
    names = np.array([*WIDTHS, "D"], dtype=object)
    return names[np.searchsorted(limits, width, side="left")]
