"""How long products stay: survival curves, and what leaves of those that stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from atlas.definitions import Lifetime

# What enters is taken to enter in the middle of its year.
MID_YEAR = 0.5


def log_survival(lifetime: Lifetime, age_a: ArrayLike) -> NDArray[np.float64]:
    """Return the logarithm of the part that still stands at an age; -inf where nothing does.

    Parameters
    ----------
    lifetime
        A distribution with its parameters.
    age_a
        Ages in years; at and below zero everything stands.

    Notes
    -----
    Logarithms, because what matters is a ratio of two survivals, and both may be too small to
    write.  A normal lifetime is cut at age zero: S(a) / S(0).
    """
    age = np.maximum(np.asarray(age_a, dtype=float), 0.0)
    if lifetime.distribution == "weibull":
        with np.errstate(over="ignore"):
            # Beyond all numbers nothing is left.
            power = (age / _needed(lifetime.scale_a)) ** _needed(lifetime.shape)
        return np.asarray(-power, dtype=float)
    if lifetime.distribution == "normal":
        mean, sd = _needed(lifetime.mean_a), _needed(lifetime.sd_a)
        return np.asarray(log_ndtr((mean - age) / sd) - log_ndtr(mean / sd), dtype=float)
    if lifetime.distribution == "fixed":
        return np.where(age < _needed(lifetime.mean_a), 0.0, -np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = age * np.log1p(-_needed(lifetime.chance_per_a))
    return np.where(age > 0, chance, 0.0)


def remaining(lifetime: Lifetime, start_a: ArrayLike, end_a: ArrayLike) -> NDArray[np.float64]:
    """Return which part of what stands at one age still stands at a later one.

    What stands beyond the end of its lifetime is not dead: it stands, so it leaves next.
    """
    start, end = np.broadcast_arrays(np.asarray(start_a, float), np.asarray(end_a, float))
    before, after = log_survival(lifetime, start), log_survival(lifetime, end)
    stands = np.isfinite(before)
    with np.errstate(invalid="ignore"):
        part = np.exp(np.where(stands, after - before, -np.inf))
    return np.where(end <= start, 1.0, part)


def leaves(
    lifetime: Lifetime, cohorts: ArrayLike, years: ArrayLike, *, until: int
) -> NDArray[np.float64]:
    """Return which part of a cohort that stands at the end of `until` leaves in each year after.

    Parameters
    ----------
    lifetime
        A distribution with its parameters.
    cohorts
        Years of entry, shape (C,), none later than `until`.
    years
        Consecutive years from ``until + 1`` on, shape (T,).

    Returns
    -------
    ndarray, shape (C, T)
        [S(t - c - 1/2) - S(t - c + 1/2)] / S(until - c + 1/2).  Each row and what remains after
        the last year sum to 1.
    """
    entered, when = np.asarray(cohorts)[:, None], np.asarray(years)[None, :]
    standing = np.broadcast_to(until - entered + MID_YEAR, (entered.size, when.size))
    begin = remaining(lifetime, standing, when - 1 - entered + MID_YEAR)
    end = remaining(lifetime, standing, when - entered + MID_YEAR)
    return begin - end


def renewal(lifetime: Lifetime, years: int) -> NDArray[np.float64]:
    """Return which part of what entered in a year leaves one, two, … years later, shape (years,).

    Of what stands at the end of its year of entry; all of it if one waits long enough.
    """
    age = np.arange(1, years + 1)
    return remaining(lifetime, MID_YEAR, age - MID_YEAR) - remaining(
        lifetime, MID_YEAR, age + MID_YEAR
    )


def mean_a(lifetime: Lifetime) -> float:
    """Return the mean lifetime in years, to a thousandth of a year."""
    step, longest = 0.01, 400.0
    ages = np.arange(step / 2, longest, step)
    return float(np.exp(log_survival(lifetime, ages)).sum() * step)


def _needed(parameter: float | None) -> float:
    """Return a parameter that the catalog has checked to be there."""
    if parameter is None:
        message = "a lifetime without its parameters passed the catalog"
        raise AssertionError(message)
    return parameter
