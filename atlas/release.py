"""What is released in a year: units that leave, and the tonnes in them, with their ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlas.composition import MASS, PerUnit, per_unit
from atlas.definitions import LAST_YEAR
from atlas.ranges import CERTAIN, Band, band_logs
from atlas.survival import leaves, renewal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from atlas.definitions import Flow, InflowName, Lifetime
    from atlas.holdings import Holding

    Floats = NDArray[np.float64]
    Years = NDArray[np.int64]

_GONE = 1e-12 - 1.0  # a sum that loses this part of itself has lost all


@dataclass(frozen=True)
class Leaving:
    """What leaves a holding in each of T years.

    `shares` (C, T) of what stands; `inflow` (Z, S) enters in each of S years, `entered`, and of it
    the parts `renewed` (S, T) leave in later ones.  `timing` is how sure the years are, a band for
    each year.  Everything is linear in the units that stand and enter.
    """

    years: Years
    shares: Floats
    entered: Years
    inflow: Floats
    renewed: Floats
    timing: tuple[Band, ...]


def stand(holding: Holding) -> Leaving:
    """Return the stock itself as one that would leave at once: every cohort, whole."""
    return Leaving(
        years=np.array([holding.until]),
        shares=np.ones((len(holding.cohorts), 1)),
        entered=np.zeros(0, dtype=np.int64),
        inflow=np.zeros((len(holding.places), 0)),
        renewed=np.zeros((0, 1)),
        timing=(CERTAIN,),
    )


def leave(
    holding: Holding, lifetime: Lifetime, *, inflow: InflowName, growth: float, timing: Band
) -> Leaving:
    """Let a holding leave until 2050.

    Parameters
    ----------
    holding
        What stands at the end of `until`.
    lifetime
        How long it stays; what enters later stays as long.
    inflow
        ``frozen``: nothing enters.  ``replacement``: as much enters as leaves in the same year.
        ``growth``: the mean entry of the last known years, growing by `growth` a year; where no
        entry is known, as much as leaves in the first year.
    growth
        Part a year.
    timing
        How sure the years of entry are.

    Returns
    -------
    Leaving
        Stock + inflow - released = remaining, in every place and year; without inflow, all that
        is ever released and what remains sum to the stock.
    """
    years = np.arange(holding.until + 1, LAST_YEAR + 1)
    shares = leaves(lifetime, holding.cohorts, years, until=holding.until)
    ages = np.subtract.outer(years, years).T  # of the entry of row s in year t
    parts = renewal(lifetime, len(years))
    renewed = np.where(ages > 0, parts[np.clip(ages - 1, 0, None)], 0.0)
    standing = holding.amounts.sum(axis=2)
    out = standing @ shares
    entering = np.zeros_like(out)
    if inflow == "replacement":
        # What enters leaves in turn: out = leaving of the stock + out @ renewed.
        entering = np.linalg.solve((np.eye(len(years)) - renewed).T, out.T).T
    elif inflow == "growth":
        known = np.isin(holding.cohorts, holding.growth_years)
        start = standing[:, known].mean(axis=1) if known.any() else out[:, 0]
        entering = start[:, None] * (1.0 + growth) ** (years - holding.until)
    return Leaving(years, shares, years, entering, renewed, (timing,) * len(years))


def at(leaving: Leaving, years: Years) -> Leaving:
    """Return what leaves in some of its years only."""
    index = np.asarray(years) - leaving.years[0]
    return Leaving(
        years=leaving.years[index],
        shares=leaving.shares[:, index],
        entered=leaving.entered,
        inflow=leaving.inflow,
        renewed=leaving.renewed[:, index],
        timing=tuple(leaving.timing[i] for i in index),
    )


def pass_through(
    holding: Holding, flow: Flow, series: Mapping[int, tuple[float, Band]], portion: Floats,
    *, inflow: InflowName,
) -> Leaving:  # fmt: skip
    """Let the flow of a country pass through the places of a region.

    Parameters
    ----------
    holding
        The empty holding of the flow.
    flow
        Without growth its figure of the year `hold_after` holds on.
    series
        Year -> tonnes in the country, and how sure.
    portion
        The part of the country's flow that each place has, shape (Z,).
    inflow
        ``growth`` follows the series; any other holds it.
    """
    years = np.arange(holding.until + 1, LAST_YEAR + 1)
    held = years if inflow == "growth" else np.minimum(years, flow.hold_after)
    tonnes = np.array([series[int(year)][0] for year in held])
    return Leaving(
        years=years,
        shares=np.zeros((0, len(years))),
        entered=years,
        inflow=portion[:, None] * tonnes[None, :],
        renewed=np.eye(len(years)),
        timing=tuple(series[int(year)][1] for year in held),
    )


def units(holding: Holding, leaving: Leaving) -> Floats:
    """Return the units that leave, shape (Z, T)."""
    out = holding.amounts.sum(axis=2) @ leaving.shares + leaving.inflow @ leaving.renewed
    return np.asarray(out, dtype=float)


def remaining_units(holding: Holding, leaving: Leaving) -> Floats:
    """Return the units that stand at the end of each year, shape (Z, T).

    For what passes through without standing this is nothing.
    """
    balance = leaving.inflow - units(holding, leaving)
    standing = holding.amounts.sum(axis=(1, 2))[:, None]
    return np.asarray(standing + np.cumsum(balance, axis=1), dtype=float)


def carry(holding: Holding, leaving: Leaving, held: Floats, entering: Floats) -> Floats:
    """Return what the units that leave carry with them.

    Parameters
    ----------
    holding, leaving
        Units, and what of them leaves.
    held
        Amount per unit that stands, shape (C, K, E).
    entering
        Amount per unit that enters later, by year of entry, shape (S, E).

    Returns
    -------
    ndarray, shape (Z, T, E)
        Linear in the holding: doubled when it is, and the same when a place is split in two.
    """
    places, years, kinds = len(leaving.inflow), len(leaving.years), held.shape[2]
    weights = leaving.shares[:, None, :, None] * held[:, :, None, :]
    old = holding.amounts.reshape(places, -1) @ weights.reshape(-1, years * kinds)
    new = leaving.inflow @ (leaving.renewed[:, :, None] * entering[:, None, :]).reshape(
        len(leaving.entered), years * kinds
    )
    return np.asarray((old + new).reshape(places, years, kinds), dtype=float)


@dataclass(frozen=True)
class Tonnes:
    """Tonnes per place, year and substance, with the factors that their range is made of.

    `value` has shape (Z, T, J): the mass of the product, its elements, and the totals of critical
    ones.  `up` and `down` hold the summed squares of the log-widths of content and size only; the
    units, the years and the key are the same for every substance and are added by `logs`.
    """

    substances: tuple[str, ...]
    value: Floats
    up: Floats
    down: Floats


def contents(
    holding: Holding, leaving: Leaving, table: pd.DataFrame
) -> tuple[PerUnit, PerUnit, Floats]:
    """Lay contents out for what stands and for what enters later, and the mix of the latter."""
    variants = [each.variant for each in holding.types]
    held = per_unit(table, variants, holding.cohorts)
    later = per_unit(table, [variant for variant, _ in holding.mix], leaving.entered)
    return held, later, np.array([share for _, share in holding.mix])


def tonnes(
    holding: Holding, leaving: Leaving, table: pd.DataFrame
) -> tuple[tuple[str, ...], Floats]:
    """Return the mass and the elements that leave: their names, and tonnes of shape (Z, T, E)."""
    held, later, mix = contents(holding, leaving, table)
    entering = np.einsum("v,tve->te", mix, later.value_t)
    return held.elements, carry(holding, leaving, held.value_t, entering)


def ranged(
    holding: Holding,
    leaving: Leaving,
    table: pd.DataFrame,
    *,
    sums: Mapping[str, NDArray[np.bool_]],
    parts: Floats | None = None,
) -> Tonnes:
    """Return tonnes with the widths that contents and sizes give them.

    Parameters
    ----------
    holding, leaving, table
        As in `tonnes`.
    sums
        Name of a total -> which of the elements add up to it.
    parts
        The part of each element that counts in the totals, shape (T, E); by default all of it.

    Notes
    -----
    A factor f widens a sum by W = ln(sum of X e^w / sum of X), where w is the width of f for the
    parts that it touches and 0 for the others; different factors add in quadrature.  Contents of
    one variant and element are one factor, and so are the mass of all variants and the type of
    one size.
    """
    held, later, mix = contents(holding, leaving, table)
    entering = later.value_t * mix[None, :, None]
    value = carry(holding, leaving, held.value_t, entering.sum(axis=1))
    picks = np.array(list(sums.values()), dtype=float).reshape(len(sums), len(held.elements)).T
    counted = np.ones((1, 1)) if parts is None else parts
    full = np.concatenate([value, (value * counted) @ picks], axis=2)
    elements = np.array([name != MASS for name in held.elements])
    widths = {}
    for side, sign in (("up", 1.0), ("down", -1.0)):
        own, new = (np.expm1(sign * getattr(each, side)) for each in (held, later))
        mass = carry(holding, leaving, held.value_t * own, (entering * new).sum(axis=1))
        square = np.zeros_like(full)
        square[..., : len(elements)] = np.where(elements, 0.0, _log_share(mass, value) ** 2)
        variants = dict.fromkeys(held.variants + later.variants)
        for variant in variants if elements.any() else ():
            of_held = np.array([name == variant for name in held.variants], dtype=bool)
            of_new = np.array([name == variant for name in later.variants], dtype=bool)
            excess = carry(
                _only(holding, of_held),
                leaving,
                (held.value_t * own)[:, of_held] * elements,
                (entering * new)[:, of_new].sum(axis=1) * elements,
            )
            square[..., : excess.shape[2]] += _log_share(excess, value) ** 2
            for j, name in enumerate(sums, start=excess.shape[2]):
                each = (excess * counted)[..., sums[name]]
                square[..., j] += (_log_share(each, full[..., j, None]) ** 2).sum(axis=2)
        for size, band in holding.sizes.items() if elements.any() else ():
            of_size = np.array([each.size == size for each in holding.types], dtype=bool)
            factor = np.expm1(sign * band_logs(band)[0 if sign > 0 else 1])
            excess = carry(
                _only(holding, of_size),
                leaving,
                held.value_t[:, of_size] * factor * elements,
                np.zeros((len(leaving.entered), len(held.elements))),
            )
            whole = np.concatenate([excess, (excess * counted) @ picks], axis=2)
            square += _log_share(whole, full) ** 2
        widths[side] = square
    return Tonnes((*held.elements, *sums), full, widths["up"], widths["down"])


def _only(holding: Holding, types: NDArray[np.bool_]) -> Holding:
    """Return the holding of some types."""
    return type(holding)(**{**holding.__dict__, "amounts": holding.amounts[:, :, types]})


def _log_share(excess: Floats, whole: Floats) -> Floats:
    """Return ln(1 + excess / whole), 0 where there is nothing."""
    part = np.divide(excess, whole, out=np.zeros_like(excess), where=whole > 0)
    with np.errstate(divide="ignore"):
        # All of it gone is minus infinity, whatever rounding says.
        return np.log1p(np.where(part < _GONE, -1.0, part))
