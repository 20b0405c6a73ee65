"""Elements in what stands, is released and is recovered, with their ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlas.allocation import TOLERANCE
from atlas.composition import MASS, totals
from atlas.ranges import CERTAIN, band_logs, graded, grades_of, rss
from atlas.release import Tonnes, at, ranged, stand
from atlas.supply import common, widths

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from atlas.holdings import Holding
    from atlas.ranges import Band
    from atlas.release import Leaving
    from atlas.supply import Run

    Floats = NDArray[np.float64]

COLUMNS = (
    "zone_id", "stream", "scenario_id", "layer", "year", "element", "critical", "strategic",
    "mass_t", "mass_t_low", "mass_t_high", "grade",
)  # fmt: skip
RECOVERY_COLUMNS = (
    "zone_id", "stream", "scenario_id", "year", "element", "processed_t", "processed_t_best",
    "recovered_t", "recovered_t_best", "recovery_gap_t",
)  # fmt: skip


def materials_of(
    run: Run,
    elements: pd.DataFrame,
    *,
    years: Sequence[int],
    processed_t: tuple[Floats, Floats] | None,
    yields: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the materials of one stream in one scenario, and what is recovered of them.

    Parameters
    ----------
    run
        From `supply.run`.
    elements
        The table elements: ``element, critical, strategic, bulk_metal``.
    years
        The years of the layers released and recovered; those in which nothing is known are left
        out.
    processed_t
        Tonnes of product that pass the last step, on the places and years of the run: at worst,
        where unknown capacity counts as nothing, and at best.  None where the capacity programme
        was not solved for the scenario.
    yields
        The table yields: ``stream, element, recovery, from_year, yield, low, high, grade``.

    Returns
    -------
    materials, recovery
        CONTRACT's tables.  The elements ``crm`` and ``crm_other`` are totals over the critical
        ones, and stand beside them, not on top.  An element whose yield is not known has no
        recovered tonnes (NULL).
    """
    sums = totals(list(dict.fromkeys(run.supply.table["element"])), elements)
    shown = [year for year in years if year in run.leaving.years]
    frames = []
    if run.holding.base is not None:
        standing = stand(run.holding)
        found = ranged(run.holding, standing, run.supply.table, sums=sums)
        sides = widths(run.holding, standing, found)
        frames.append(
            _frame(run, "stock", [run.holding.year], found.substances, found.value, *sides)
        )
    leaving = at(run.leaving, np.array(shown))
    found = ranged(run.holding, leaving, run.supply.table, sums=sums)
    sides = widths(run.holding, leaving, found)
    frames.append(_frame(run, "released", shown, found.substances, found.value, *sides))
    recovery = pd.DataFrame(columns=list(RECOVERY_COLUMNS))
    if processed_t is not None:
        index = np.array(shown) - run.leaving.years[0]
        product, best = (each[:, index] for each in processed_t)
        share, logs = yields_in(run, found.substances, shown, yields)
        back = recovered_of(run, leaving, share, sums=sums)
        passed, recovered = _in_product(found, product), _in_product(back, product)
        recovered[:, :, : share.shape[1]] *= share[None]
        recovered[:, :, share.shape[1] :][:, _none_known(share, sums)] = np.nan
        sides = _recovered_widths(run, back, index, with_yields(back, share, logs, sums=sums))
        got = _frame(run, "recovered", shown, found.substances, recovered, *sides)
        # What depends on a capacity that nobody knows is an order of magnitude.
        unsure = np.broadcast_to((np.abs(best - product) > TOLERANCE)[:, :, None], recovered.shape)
        frames.append(got.assign(grade=np.where(unsure.ravel(), "D", got["grade"])))
        top = _in_product(found, best)
        recovery = _recovery_frame(run, found.substances, shown, (passed, top), share)
    table = pd.concat(frames, ignore_index=True)
    table = table[table["element"] != MASS]
    flags = elements.set_index("element")
    for name in ("critical", "strategic"):
        known = table["element"].map(flags[name] == "yes")
        if name == "critical":
            known = known.where(~table["element"].isin(list(sums)), other=True)
        table[name] = known.astype("boolean")
    return table[list(COLUMNS)], recovery


def yields_of(
    yields: pd.DataFrame, *, stream: str, recovery: str
) -> dict[str, list[tuple[float, float, Band]]]:
    """Return the yields of each element of a stream, each with the year it counts from.

    Parameters
    ----------
    yields
        The table yields.
    stream, recovery
        The stream, and the scenario: the legal shares count from their years on, before that
        today's.

    Returns
    -------
    dict
        Element -> (first year, yield, range), in the order of the years.
    """
    own = yields[(yields["stream"] == stream) & yields["recovery"].isin(["today", recovery])]
    own = own.assign(since=own["from_year"].fillna(-np.inf), legal=own["recovery"] != "today")
    found: dict[str, list[tuple[float, float, Band]]] = {}
    for row in own.sort_values(["since", "legal"], kind="stable").to_dict("records"):
        each = (float(row["since"]), float(row["yield"]), yield_band(row))
        found.setdefault(str(row["element"]), []).append(each)
    return found


def yield_band(row: Mapping[Hashable, Any]) -> Band:
    """Return the range of a yield; a yield of nothing has none, and no yield exceeds 1."""
    value = float(row["yield"])
    if value <= 0:
        return CERTAIN
    low, high = graded(row["grade"])
    low = low if pd.isna(row["low"]) else row["low"] / value
    high = high if pd.isna(row["high"]) else row["high"] / value
    return low, min(high, 1.0 / value)


def _in_product(found: Tonnes, product_t: Floats) -> Floats:
    """Return the substances in some tonnes of what is released, shape (Z, T, J)."""
    mass = found.value[:, :, [found.substances.index(MASS)]]
    part = np.divide(found.value, mass, out=np.zeros_like(found.value), where=mass > 0)
    return np.asarray(part * product_t[:, :, None], dtype=float)


def yields_in(
    run: Run, substances: Sequence[str], years: Sequence[int], yields: pd.DataFrame
) -> tuple[Floats, Floats]:
    """Return the yield of the mass and of each element in some years.

    Returns
    -------
    share, logs
        Shapes (T, E), NaN where not known, and (2, T, E): log-widths up and down.
    """
    names = list(dict.fromkeys(run.supply.table["element"]))
    share = np.full((len(years), len(names)), np.nan)
    logs = np.zeros((2, *share.shape))
    known = yields_of(yields, stream=run.holding.stream, recovery=run.scenario.recovery)
    for j, element in enumerate(substances[: len(names)]):
        for since, value, band in known.get(element, ()):
            counts = np.asarray(years) >= since
            share[counts, j] = value
            logs[:, counts, j] = np.array(band_logs(band))[:, None]
    return share, logs


def recovered_of(
    run: Run,
    leaving: Leaving,
    share: Floats,
    *,
    sums: Mapping[str, NDArray[np.bool_]],
    holding: Holding | None = None,
) -> Tonnes:
    """Return what is released, with totals of the parts that would be recovered of it."""
    own = run.holding if holding is None else holding
    return ranged(own, leaving, run.supply.table, sums=sums, parts=np.nan_to_num(share))


def with_yields(
    found: Tonnes, share: Floats, logs: Floats, *, sums: Mapping[str, NDArray[np.bool_]]
) -> tuple[Floats, Floats]:
    """Add the widths of yields to those of contents and sizes: squares of both sides.

    Parameters
    ----------
    found
        From `recovered_of`.
    share, logs
        From `yields_in`.
    sums
        Name of a total -> which of the elements add up to it; each yield is a factor of its own.
    """
    own = found.value[:, :, : share.shape[1]] * np.nan_to_num(share)
    sides = []
    for side, square in enumerate((found.up, found.down)):
        sign = 1.0 if side == 0 else -1.0
        wider = square.copy()
        wider[:, :, : share.shape[1]] += logs[side] ** 2
        for j, pick in enumerate(sums.values(), start=share.shape[1]):
            whole = own[:, :, pick].sum(axis=2, keepdims=True)
            part = np.divide(own, whole, out=np.zeros_like(own), where=whole > 0)
            lost = np.maximum(part * np.expm1(sign * logs[side]), -1.0)
            with np.errstate(divide="ignore"):
                each = np.log1p(lost)[:, :, pick]
            wider[:, :, j] += (each**2).sum(axis=2)
        sides.append(wider)
    return sides[0], sides[1]


def _none_known(share: Floats, sums: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Tell in which years no yield of a total is known, shape (T, totals)."""
    found = [np.isnan(share[:, pick]).all(axis=1) for pick in sums.values()]
    return np.array(found, dtype=bool).reshape(len(sums), len(share)).T


def _recovered_widths(
    run: Run, found: Tonnes, index: NDArray[np.int64], squares: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the log-widths of what is recovered: of contents, yields, and what is collected."""
    collected, leaving = run.collected, at(run.leaving, run.leaving.years[index])
    shared = common(run.holding, leaving, found.value)
    of_release = collected.of_release[:, index, None]
    mass = found.substances.index(MASS)
    sides = []
    for square, own, rest, factor in (
        (squares[0], found.up, shared[0], collected.own_up),
        (squares[1], found.down, shared[1], collected.own_down),
    ):
        outer = np.where(of_release, rest, np.sqrt(own[:, :, [mass]]))
        sides.append(rss(np.sqrt(square), outer, factor[:, index, None]))
    return sides[0], sides[1]


def _recovery_frame(
    run: Run,
    substances: Sequence[str],
    years: Sequence[int],
    passed: tuple[Floats, Floats],
    share: Floats,
) -> pd.DataFrame:
    """Return CONTRACT's table recovery, at worst and at best: elements only, no totals."""
    names = substances[: share.shape[1]]
    kept = [j for j, name in enumerate(names) if name != MASS]
    worst, best = (each[:, :, kept] for each in passed)
    recovered = worst * share[None, :, kept]
    frame = _frame(run, "", years, [names[j] for j in kept], worst, None, None)
    frame = frame.rename(columns={"mass_t": "processed_t"}).assign(
        processed_t_best=best.ravel(),
        recovered_t=recovered.ravel(),
        recovered_t_best=(best * share[None, :, kept]).ravel(),
        recovery_gap_t=(worst - recovered).ravel(),
    )
    return frame[list(RECOVERY_COLUMNS)]


def _frame(  # noqa: PLR0913, PLR0917 - the columns of the table
    run: Run,
    layer: str,
    years: Sequence[int],
    substances: Sequence[str],
    value: Floats,
    up: Floats | None,
    down: Floats | None,
) -> pd.DataFrame:
    """Lay arrays of shape (Z, T, J) out as rows, the last axis fastest."""
    places, names = run.holding.places, list(substances)
    shape = (len(places), len(years), len(names))

    place, year, name = (each.ravel() for each in np.indices(shape))
    frame = pd.DataFrame(
        {
            # Categories: there are few names and very many rows.
            "zone_id": pd.Categorical.from_codes(place, categories=pd.Index(places)),
            "year": np.asarray(years, dtype=np.int64)[year],
            "element": pd.Categorical.from_codes(name, categories=pd.Index(names)),
            "mass_t": value.ravel(),
        }
    )
    frame = frame.assign(stream=run.holding.stream, scenario_id=run.scenario.scenario_id)
    if up is None or down is None:
        return frame
    with np.errstate(invalid="ignore"):
        frame["mass_t_low"] = (value * np.exp(-down)).ravel()
        frame["mass_t_high"] = (value * np.exp(up)).ravel()
    frame["grade"] = grades_of(up, down).ravel()
    return frame.assign(layer=layer)
