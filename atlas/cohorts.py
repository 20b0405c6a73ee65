"""When what stands came in: years of entry from observed stocks, sales, sizes or none of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlas.errors import DataError, problem
from atlas.survival import MID_YEAR, log_survival, remaining

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from atlas.definitions import Lifetime

    Floats = NDArray[np.float64]
    Years = NDArray[np.int64]

_OLDEST = 1e-6  # the least part of a cohort that is worth following
_LONGEST_A = 150


@dataclass(frozen=True)
class Entries:
    """Cohorts of S sources: what stands of each at the end, and how it came to be.

    `standing` has shape (S, C); `inflow`, `released` and `removed` have shape (S, T), one column
    for each observed year.  `removed` is the part of `released` that no lifetime explains: the
    stock fell faster.  Stock before + inflow - released = stock after, in every year.
    """

    cohorts: Years
    standing: Floats
    inflow: Floats
    released: Floats
    removed: Floats


@dataclass(frozen=True)
class AgeShape:
    """Years of entry of what stands, and the part that entered in each; the parts sum to 1.

    `standing` is what stands in the unit of the series, `interpolated` the years that it has no
    row for, `removed` the years in which it fell by more than lifetimes explain.
    """

    cohorts: Years
    shares: Floats
    standing: float
    interpolated: tuple[int, ...]
    removed: tuple[int, ...]


def entries(
    stock: Floats, years: Years, lifetime: Lifetime, *, cohorts: Years, standing: Floats
) -> Entries:
    """Return what entered in each year, from stocks observed at the ends of consecutive years.

    Parameters
    ----------
    stock
        Stocks at the end of each year, shape (S, T).
    years
        The T consecutive years.
    lifetime
        How long what entered stays.
    cohorts, standing
        What stood at the end of the first year, by year of entry: shapes (C0,) and (S, C0).

    Notes
    -----
    Inflow is what the survivors do not account for.  Where the stock is less than its survivors
    nothing entered; the survivors are scaled to it, and the excess is released.
    """
    inflow, released, removed = (np.zeros_like(stock) for _ in range(3))
    own = cohorts == years[0]
    inflow[:, 0] = standing[:, own].sum(axis=1)
    for t in range(1, len(years)):
        age = years[t] - cohorts + MID_YEAR
        survivors = standing * remaining(lifetime, age - 1, age)
        rest = survivors.sum(axis=1)
        lost = np.maximum(rest - stock[:, t], 0.0)
        kept = np.divide(stock[:, t], rest, out=np.ones_like(rest), where=lost > 0)
        inflow[:, t] = np.maximum(stock[:, t] - rest, 0.0)
        released[:, t] = standing.sum(axis=1) - rest + lost
        removed[:, t] = lost
        standing = np.column_stack([survivors * kept[:, None], inflow[:, t]])
        cohorts = np.append(cohorts, years[t])
    return Entries(cohorts, standing, inflow, released, removed)


def from_series(rows: pd.DataFrame, lifetime: Lifetime, *, until: int, where: str) -> AgeShape:
    """Return the age shape of a national series of stocks or sales at the end of a year.

    Parameters
    ----------
    rows
        One series: ``year, value, kind`` (stock or sales); years between its rows are
        interpolated.
    lifetime
        How long what entered stays.
    until
        The year at whose end the stock stands; years after the last row have no entry.

    Returns
    -------
    AgeShape
        Of what stands at the end of `until`.

    Raises
    ------
    DataError
        When the series begins after `until`, or nothing of it stands then.
    """
    known = rows.sort_values("year")
    first, last = int(known["year"].iloc[0]), min(int(known["year"].iloc[-1]), until)
    if first > until:
        raise DataError(
            problem(where, f"a series from {first}", f"years up to {until}", "add earlier years")
        )
    years = np.arange(first, last + 1)
    values = np.interp(years, known["year"], known["value"])
    fell: tuple[int, ...] = ()
    if rows["kind"].iloc[0] == "sales":
        standing = values * np.exp(log_survival(lifetime, until - years + MID_YEAR))
    else:
        one = values[None, :]
        found = entries(one, years, lifetime, cohorts=years[:1], standing=one[:, :1])
        fell = tuple(years[found.removed[0] > 0].tolist())
        age = until - years + MID_YEAR
        standing = found.standing[0] * remaining(lifetime, last - years + MID_YEAR, age)
    total = float(standing.sum())
    if not total > 0:
        raise DataError(
            problem(where, f"nothing of it stands in {until}", "a stock", "check series and years")
        )
    missing = tuple(sorted(set(years.tolist()) - set(known["year"].astype(int))))
    return AgeShape(years, standing / total, total, missing, fell)


def steady(lifetime: Lifetime, *, until: int) -> tuple[Years, Floats]:
    """Return the ages of a stock that has been renewed at the same pace for ever.

    A chance to leave that does not depend on age needs no ages: one cohort stands for all.
    """
    if lifetime.distribution == "hazard":
        return np.array([until]), np.ones(1)
    ages = np.arange(_LONGEST_A)
    survival = np.exp(log_survival(lifetime, ages + MID_YEAR))
    kept = ages[survival > _OLDEST][::-1]
    if not len(kept):
        return np.array([until]), np.ones(1)
    return until - kept, survival[kept] / survival[kept].sum()


def by_size(sizes: Floats, shares: Floats) -> Floats:
    """Return the ages of pieces by their size, where larger pieces are younger.

    Parameters
    ----------
    sizes
        Size of each piece, shape (n,); what is counted in is the size itself.
    shares
        Part of the summed size that entered in each cohort, oldest first, shape (C,).

    Returns
    -------
    ndarray, shape (n, C)
        Part of each piece by cohort; rows sum to 1, and weighted by size the columns sum to
        `shares`.  Pieces of one size have the same ages, whatever their order.
    """
    values, group = np.unique(sizes, return_inverse=True)
    summed = np.bincount(group.ravel(), weights=sizes)
    total = float(summed.sum()) or 1.0
    upper = np.cumsum(summed) / total
    lower = upper - summed / total
    end = np.cumsum(shares) / np.sum(shares)
    begin = np.concatenate([[0.0], end[:-1]])
    overlap = np.minimum(upper[:, None], end[None, :]) - np.maximum(lower[:, None], begin[None, :])
    overlap = np.maximum(overlap, 0.0)
    width = overlap.sum(axis=1, keepdims=True)
    # A piece of size zero weighs nothing, so any ages will do.
    parts = np.divide(
        overlap, width, out=np.tile(shares / np.sum(shares), (len(values), 1)), where=width > 0
    )
    return np.asarray(parts[group.ravel()].reshape(len(sizes), len(shares)), dtype=float)


def interpolated(stock: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Fill suppressed years between known ones; the ends are held.

    Returns
    -------
    filled, suppressed
        Both of the shape of `stock` (S, T); a source without any known year stays NaN.
    """
    suppressed = np.isnan(stock)
    filled = stock.copy()
    columns = np.arange(stock.shape[1])
    for row in np.flatnonzero(suppressed.any(axis=1) & ~suppressed.all(axis=1)):
        known = ~suppressed[row]
        filled[row] = np.interp(columns, columns[known], stock[row, known])
    return filled, suppressed
