"""Fixed classes of a map: round breaks that stay the same over years, scenarios and zones."""

from __future__ import annotations

import math
from itertools import count

CLASSES = 5


def breaks(maximum: float) -> tuple[float, ...]:
    """Return four breaks of the series 1, 2, 5, 10, …, the last just below the maximum.

    Parameters
    ----------
    maximum
        The largest amount that the map will show; without one (0 or NaN) the breaks are 1 to 10.

    Returns
    -------
    tuple of float
        Ascending; a value belongs to the class whose lower break it reaches.
    """
    if not maximum > 0 or not math.isfinite(maximum):
        return (1.0, 2.0, 5.0, 10.0)
    power = math.floor(math.log10(maximum))
    found: list[float] = []
    for exponent in count(power, -1):
        # Written as text, 5e-05 is exact where 5 * 10 ** -5 is not.
        found += [b for b in (float(f"{m}e{exponent}") for m in (5, 2, 1)) if b < maximum]
        if len(found) >= CLASSES - 1:
            return tuple(sorted(found[: CLASSES - 1]))
    raise AssertionError  # count never ends
