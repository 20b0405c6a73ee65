"""Low, mid and high: ranges as factors, combined in logarithms; grades as bands of width."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atlas.definitions import Factor, Grade

Band = tuple[float, float]  # low and high as factors of mid: low <= 1 <= high

# Half-widths of the grades; beyond the last a figure is an order of magnitude.
WIDTHS: dict[Grade, float] = {"A": 0.10, "B": 0.20, "C": 0.40, "D": 0.70}
CERTAIN: Band = (1.0, 1.0)


def graded(grade: Grade) -> Band:
    """Return the band of a grade: 1 / (1 + w) to 1 + w, symmetric in logarithms."""
    return 1.0 / (1.0 + WIDTHS[grade]), 1.0 + WIDTHS[grade]


def stated(factor: Factor) -> Band:
    """Return the band of a factor: its own low and high where stated, else its grade's."""
    low, high = graded(factor.grade)
    if factor.low is not None:
        low = factor.low / factor.value
    if factor.high is not None:
        high = factor.high / factor.value
    return low, high


def combine(*bands: Band) -> Band:
    """Combine independent factors of a product.

    The log-widths add in quadrature, each side for itself, which is exact for lognormals whose
    5th and 95th percentiles the bands are.
    """
    low = math.sqrt(sum(math.log(band[0]) ** 2 for band in bands))
    high = math.sqrt(sum(math.log(band[1]) ** 2 for band in bands))
    return math.exp(-low), math.exp(high)


def without(band: Band, part: Band) -> Band:
    """Return what is left of a combined band without one of its parts: the inverse of `combine`."""
    sides = [
        math.log(whole) ** 2 - math.log(own) ** 2 for whole, own in zip(band, part, strict=True)
    ]
    low, high = (math.sqrt(max(0.0, side)) for side in sides)
    return math.exp(-low), math.exp(high)


def grade_of(band: Band) -> Grade:
    """Return the grade whose band holds this one; D beyond all."""
    width = max(band[1] - 1.0, 1.0 / band[0] - 1.0)
    # A band made of one grade must find that grade again in floating point.
    return next((g for g, w in WIDTHS.items() if width <= w * (1 + 1e-9)), "D")
