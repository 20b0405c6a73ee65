"""Mixed-integer programmes: blocks of rows, put together and solved by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from atlas.errors import ConservationError, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.intp]

# HiGHS keeps rows to 1e-6 of whatever they count: callers give it totals around this number.
SIZE = 100.0
_INFEASIBLE = 2


@dataclass(frozen=True)
class Rows:
    """Rows low <= sum of value * x[column] <= high, their coefficients as triplets."""

    row: Numbers
    column: Numbers
    value: Floats
    low: Floats
    high: Floats


def rows(
    row: ArrayLike, column: ArrayLike, value: ArrayLike, low: ArrayLike, high: ArrayLike
) -> Rows:
    """Return rows; one coefficient, or one bound, may stand for all."""
    where, of = np.broadcast_arrays(
        np.asarray(row, dtype=np.intp), np.asarray(column, dtype=np.intp)
    )
    least, most = np.broadcast_arrays(
        np.atleast_1d(np.asarray(low, dtype=float)), np.atleast_1d(np.asarray(high, dtype=float))
    )
    factors = np.broadcast_to(np.asarray(value, dtype=float), of.shape)
    return Rows(where.ravel(), of.ravel(), factors.ravel(), least, most)


def one_row(column: ArrayLike, value: ArrayLike, low: float, high: float) -> Rows:
    """Return a single row."""
    return rows(0, np.atleast_1d(np.asarray(column)), value, low, high)


def solve(
    cost: Floats,
    blocks: Sequence[Rows],
    *,
    upper: Floats,
    whole: Flags,
    gap: float = 0.0,
) -> Floats | None:
    """Return the x of least cost, None when no x keeps all rows.

    Parameters
    ----------
    cost, upper, whole
        Per unknown: its cost, its upper bound (the lower is 0), and whether it is a whole number.
    blocks
        The rows that x must keep.
    gap
        Relative distance from the best at which the search may stop.

    Raises
    ------
    ConservationError
        When the solver stops for any other reason.
    """
    starts = np.cumsum([0, *(len(block.low) for block in blocks)])
    matrix = coo_array(
        (
            np.concatenate([block.value for block in blocks]),
            (
                np.concatenate([b.row + start for b, start in zip(blocks, starts, strict=False)]),
                np.concatenate([block.column for block in blocks]),
            ),
        ),
        shape=(int(starts[-1]), len(cost)),
    ).tocsr()
    answer = milp(
        cost,
        constraints=LinearConstraint(
            matrix,
            np.concatenate([block.low for block in blocks]),
            np.concatenate([block.high for block in blocks]),
        ),
        integrality=whole.astype(int),
        bounds=Bounds(0.0, upper),
        options={"mip_rel_gap": gap},
    )
    if answer.status == _INFEASIBLE:
        return None
    if answer.status != 0 or answer.x is None:
        raise ConservationError(
            problem(
                "siting",
                f"the solver stopped ({answer.message})",
                "a best plan, or the proof that there is none",
                "this is a fault of the program: report it with the data",
            )
        )
    x = np.asarray(answer.x, dtype=float)
    x[whole] = np.round(x[whole])
    return x
