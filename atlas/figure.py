"""One figure of any set of places: its value, its range, its grade and the factors in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.composition import MASS, totals
from atlas.materials import yields_of
from atlas.ranges import Band, band_logs, combine, grade_of, graded, key_logs, rss, stated
from atlas.release import at, ranged, stand, units
from atlas.reports import REPORT_GRADE
from atlas.scenarios import DEFAULT, REPORT, same_product
from atlas.supply import common, widths

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from atlas.definitions import Catalog, Measure, Stock
    from atlas.holdings import Holding
    from atlas.release import Leaving, Tonnes
    from atlas.supply import Run

    Floats = NDArray[np.float64]

AFTER_PROCESSING = ("recovered", "recovery_gap")
_WITHOUT_RANGE = ("collection_gap", "processed", "capacity_gap", "recovery_gap")


@dataclass(frozen=True)
class Known:
    """All that figures are made of: definitions, runs by scenario and stream, and tables."""

    catalog: Catalog
    runs: Mapping[str, Mapping[str, Run]]
    stocks: pd.DataFrame
    materials: pd.DataFrame
    gaps: pd.DataFrame
    elements: pd.DataFrame
    yields: pd.DataFrame


@dataclass(frozen=True)
class Asked:
    """Which figure: of which places, and what of them."""

    places: tuple[str, ...]
    stream: str
    layer: str
    substance: str  # a measure of the stock, mass, an element, crm or crm_other
    year: int | None = None
    scenario_id: str = DEFAULT


@dataclass(frozen=True)
class Figure:
    """A figure; NaN where it is not known, and low and high where it has no range.

    `parts` are the numbers that it is the product of, in their order; `types` the variants and
    sizes, `cohorts` the years of entry that count in it.
    """

    value: float
    low: float
    high: float
    grade: str | None
    unit: str
    parts: tuple[tuple[str, float], ...] = ()
    types: tuple[tuple[str, str | None], ...] = ()
    entered: tuple[int, ...] = ()


def figure(known: Known, asked: Asked) -> Figure:
    """Work out a figure.

    Parameters
    ----------
    known
        From a built region.
    asked
        Names that exist, and a year for every layer but the stock.

    Returns
    -------
    Figure
        Equal to the sum over its places of the tables; its range knows which factors the places
        share.
    """
    stock = known.catalog.stocks.get(asked.stream)
    measures = {measure.id: measure for measure in stock.measures} if stock else {}
    if asked.layer == "stock" and stock and asked.substance in measures and (
        asked.substance != MASS or asked.scenario_id == REPORT
    ):
        return _measured(known, asked, stock, measures[asked.substance])
    run = known.runs[asked.scenario_id].get(asked.stream)
    if asked.scenario_id == REPORT and (run is None or not run.elements):
        return _reported(known, asked)
    unit = "t" if asked.layer == "stock" else "t/a"
    nothing = Figure(math.nan, math.nan, math.nan, None, unit)
    if run is None or (asked.layer == "stock" and run.holding.base is None):
        return nothing
    if asked.layer == "stock":
        leaving = stand(run.holding)
    elif asked.year is not None and asked.year in run.leaving.years:
        leaving = at(run.leaving, np.array([asked.year]))
    else:
        return nothing
    sums = totals(list(dict.fromkeys(run.supply.table["element"])), known.elements)
    places = ranged(run.holding, leaving, run.supply.table, sums=sums)
    if asked.substance not in places.substances:
        return replace(nothing, value=0.0, low=0.0, high=0.0)
    members = np.array([[float(place in asked.places) for place in run.holding.places]])
    if asked.layer in ("stock", "released"):
        return _carried(run, asked, leaving, places, members, sums, unit)
    return _after(known, run, asked, leaving, places, members, sums)


def measure_band(stock: Stock, measure: Measure) -> Band:
    """Return the range of a measure without what spreading adds; not of one by year of entry."""
    measures = {each.id: each for each in stock.measures}
    bands = []
    while measure.of is not None:
        if measure.factor is not None:
            bands.append(stated(measure.factor))
        measure = measures[measure.of]
    return combine(*bands, graded(measure.grade) if measure.grade else (1.0, 1.0))


def of_places(holding: Holding, leaving: Leaving, members: Floats) -> tuple[Holding, Leaving]:
    """Sum a holding and what leaves it over groups of places, shape (G, Z)."""
    shape = (len(members), *holding.amounts.shape[1:])
    amounts = (members @ holding.amounts.reshape(len(holding.places), -1)).reshape(shape)
    return replace(holding, amounts=amounts), replace(leaving, inflow=members @ leaving.inflow)


def _measured(known: Known, asked: Asked, stock: Stock, measure: Measure) -> Figure:
    """Return a measure of the stock, on either basis."""
    basis = "report" if asked.scenario_id == REPORT else "register"
    rows = known.stocks[
        (known.stocks["stream"] == stock.id)
        & (known.stocks["basis"] == basis)
        & (known.stocks["measure"] == measure.id)
    ].set_index("zone_id")
    if rows.empty:
        return Figure(math.nan, math.nan, math.nan, None, measure.unit.en)
    run = next(iter(known.runs.values()))[stock.id]
    values = rows["value"].reindex(run.holding.places).to_numpy(dtype=float)
    members = np.array([[float(place in asked.places) for place in run.holding.places]])
    value = float(members[0] @ values)
    if basis == "report":
        logs = [np.float64(each) for each in band_logs(graded(REPORT_GRADE))]
    else:
        key = key_logs(values, members, run.holding.sources, run.holding.key)
        band = band_logs(measure_band(stock, measure))
        logs = [rss(band[side], key[side][0]) for side in (0, 1)]
    parts = [(measure.id, value)]
    if measure.factor is not None and basis == "register":
        parts = [(str(measure.of), value / measure.factor.value), ("factor", measure.factor.value)]
    return _figure(value, float(logs[0]), float(logs[1]), measure.unit.en, tuple(parts))


def _reported(known: Known, asked: Asked) -> Figure:
    """Return a figure on the basis of a report: only totals of product, and its CRM in stock."""
    unit = "t" if asked.layer == "stock" else "t/a"
    value = math.nan
    if asked.layer == "stock":
        rows = known.materials[
            (known.materials["scenario_id"] == REPORT)
            & (known.materials["stream"] == asked.stream)
            & (known.materials["element"] == asked.substance)
            & (known.materials["layer"] == "stock")
        ]
        if len(rows):
            value = float(rows.loc[rows["zone_id"].isin(asked.places), "mass_t"].sum())
    else:
        run = known.runs.get(REPORT, {}).get(asked.stream)
        if run is not None and asked.substance == MASS and asked.year in run.leaving.years:
            index = int(np.flatnonzero(run.leaving.years == asked.year)[0])
            inside = [place in asked.places for place in run.holding.places]
            value = float(_layer(known, run, asked.layer, index)[inside].sum())
    up, down = band_logs(graded(REPORT_GRADE))
    if asked.layer in _WITHOUT_RANGE or math.isnan(value):
        return Figure(value, math.nan, math.nan, REPORT_GRADE, unit)
    return _figure(value, up, down, unit, ((asked.substance, value),))


def _carried(  # noqa: PLR0913, PLR0917 - one figure and what it is made of
    run: Run,
    asked: Asked,
    leaving: Leaving,
    places: Tonnes,
    members: Floats,
    sums: Mapping[str, NDArray[np.bool_]],
    unit: str,
) -> Figure:
    """Return a figure of what stands or is released."""
    holding, own = of_places(run.holding, leaving, members)
    found = ranged(holding, own, run.supply.table, sums=sums)
    up, down = widths(run.holding, leaving, found, members=members, value=places.value)
    j = found.substances.index(asked.substance)
    value = float(found.value[0, 0, j])
    parts = _parts(run, holding, own, value, asked.layer)
    types, entered = _counted(holding, own)
    return replace(
        _figure(value, float(up[0, 0, j]), float(down[0, 0, j]), unit, parts),
        types=types,
        entered=entered,
    )


def _parts(
    run: Run, holding: Holding, leaving: Leaving, value: float, layer: str
) -> tuple[tuple[str, float], ...]:
    """Return units x part that leaves x content, which multiply out to the value."""
    standing = float(holding.amounts.sum())
    leaves = float(units(holding, leaving).sum())
    content = _part(value, leaves)
    if layer == "stock":
        return (("units", standing), ("content", content))
    if run.holding.base is None:
        return (("flow", leaves), ("content", content))
    return (("units", standing), ("share", _part(leaves, standing)), ("content", content))


def _counted(
    holding: Holding, leaving: Leaving
) -> tuple[tuple[tuple[str, str | None], ...], tuple[int, ...]]:
    """Return which types and years of entry have a part in what leaves."""
    out = np.einsum("zck,ct->ck", holding.amounts, leaving.shares)
    types = [holding.types[k] for k in np.flatnonzero(out.sum(axis=0) > 0)]
    found = [(each.variant, each.size) for each in types]
    new = (leaving.inflow @ leaving.renewed).sum() > 0
    if new:
        found += [(variant, None) for variant, _ in holding.mix]
    entered = [int(year) for year in holding.cohorts[out.sum(axis=1) > 0]]
    if new:
        later = leaving.renewed.sum(axis=1) * leaving.inflow.sum(axis=0) > 0
        entered += [int(year) for year in leaving.entered[later]]
    return tuple(dict.fromkeys(found)), tuple(entered)


def _layer(known: Known, run: Run, layer: str, index: int) -> Floats:
    """Return tonnes of product of a layer, on the places of the run; NaN where not worked out."""
    collected = run.collected
    if layer == "released":
        return run.released_t[:, index]
    if layer == "collected":
        return collected.collected_t[:, index]
    if layer == "collection_gap":
        return collected.gap_t[:, index]
    column = "capacity_gap_t" if layer == "capacity_gap" else "processed_t"
    scenario_id = run.scenario.scenario_id
    if same_product(run.scenario):
        scenario_id = DEFAULT
    rows = known.gaps[
        (known.gaps["scenario_id"] == scenario_id)
        & (known.gaps["stream"] == run.holding.stream)
        & (known.gaps["year"] == run.leaving.years[index])
    ].set_index("zone_id")
    return rows[column].reindex(run.holding.places).to_numpy(dtype=float)


def _after(  # noqa: PLR0913, PLR0917 - one figure and what it is made of
    known: Known,
    run: Run,
    asked: Asked,
    leaving: Leaving,
    places: Tonnes,
    members: Floats,
    sums: Mapping[str, NDArray[np.bool_]],
) -> Figure:
    """Return a figure of what is collected, processed or recovered, or of what is lost there."""
    index = int(np.flatnonzero(run.leaving.years == asked.year)[0])
    names = places.substances
    mass = places.value[:, 0, names.index(MASS)][:, None]
    part = np.divide(
        places.value[:, 0], mass, out=np.zeros_like(places.value[:, 0]), where=mass > 0
    )

    def passed(layer: str) -> Floats:
        """Return every substance in the product that passes a layer."""
        return np.asarray(members[0] @ (part * _layer(known, run, layer, index)[:, None]))

    j = names.index(asked.substance)
    processed = passed("processed")
    value = float(passed(asked.layer)[j]) if asked.layer not in AFTER_PROCESSING else _back(
        known, run, asked, processed, names, sums
    )  # fmt: skip
    released = _carried(run, asked, leaving, places, members, sums, "t/a")
    parts = [*released.parts, *_later(asked, value, released.value, passed, j)]
    known_types = {"types": released.types, "entered": released.entered}
    if asked.layer in _WITHOUT_RANGE:
        return replace(
            Figure(value, math.nan, math.nan, _grade(known, asked), "t/a", tuple(parts)), **known_types
        )
    up, down = _logs_after(known, run, asked, leaving, places, members, processed, sums)
    return replace(_figure(value, up, down, "t/a", tuple(parts)), **known_types)


def _logs_after(  # noqa: PLR0913, PLR0917 - one range and all it depends on
    known: Known,
    run: Run,
    asked: Asked,
    leaving: Leaving,
    places: Tonnes,
    members: Floats,
    passed: Floats,
    sums: Mapping[str, NDArray[np.bool_]],
) -> tuple[float, float]:
    """Return the log-widths of what a group collects or has recovered, as for single places."""
    index = int(np.flatnonzero(run.leaving.years == asked.year)[0])
    collected = run.collected
    inside = (members[0] > 0) & (collected.collected_t[:, index] > 0)
    if not inside.any():
        return 0.0, 0.0
    holding, own = of_places(run.holding, leaving, members)
    found = ranged(holding, own, run.supply.table, sums=sums)
    shared = common(run.holding, leaving, places.value, members=members)
    names = found.substances
    j, mass = names.index(asked.substance), names.index(MASS)
    of_release = bool(collected.of_release[inside, index].any())
    yields = yields_of(known.yields, stream=run.holding.stream, recovery=run.scenario.recovery)
    ends = []
    for side, (square, rate) in enumerate(
        ((found.up, collected.own_up), (found.down, collected.own_down))
    ):
        own_width = float(rate[inside, index].max())
        inner = np.sqrt(square[0, 0])
        if asked.layer == "recovered":
            inner = _with_yields(inner, passed, names, yields, sums, side, asked.year or 0)
        outer = float(shared[side][0, 0, j]) if of_release else float(np.sqrt(square[0, 0, mass]))
        if asked.substance == MASS and not of_release:
            ends.append(own_width)
        else:
            ends.append(float(rss(inner[j], outer, own_width)))
    if asked.layer == "collected":
        released = float(members[0] @ run.released_t[:, index])
        most = math.log(released / float(members[0] @ collected.collected_t[:, index]))
        whole = float(rss(np.sqrt(found.up[0, 0, j]), shared[0][0, 0, j]))
        ends[0] = min(ends[0], max(whole + most, 0.0))
    return ends[0], ends[1]


def _with_yields(  # noqa: PLR0913, PLR0917 - the parts of one range
    inner: Floats,
    passed: Floats,
    names: tuple[str, ...],
    yields: Mapping[str, list[tuple[float, float, Band]]],
    sums: Mapping[str, NDArray[np.bool_]],
    side: int,
    year: int,
) -> Floats:
    """Add the widths of yields; a total holds the elements whose yield is known."""
    inner = inner.copy()
    back = np.zeros(len(names))
    for j, name in enumerate(names):
        rows = [row for row in yields.get(name, ()) if row[0] <= year]
        if rows:
            inner[j] = rss(inner[j], band_logs(rows[-1][2])[side])
            back[j] = passed[j] * rows[-1][1]
    sign = 1.0 if side == 0 else -1.0
    for total, pick in sums.items():
        own = np.flatnonzero(pick)
        whole = back[own].sum()
        part = back[own] / whole if whole else np.zeros(len(own))
        with np.errstate(divide="ignore"):
            inner[names.index(total)] = rss(*np.log1p(part * np.expm1(sign * inner[own])))
    return inner


def _back(
    known: Known, run: Run, asked: Asked, passed: Floats, names: tuple[str, ...],
    sums: Mapping[str, NDArray[np.bool_]],
) -> float:  # fmt: skip
    """Return what is recovered, or lost in the process, of an element or a total."""
    found = yields_of(known.yields, stream=run.holding.stream, recovery=run.scenario.recovery)
    picked = [asked.substance]
    if asked.substance in sums:
        picked = [name for name, own in zip(names, sums[asked.substance], strict=False) if own]
    recovered, there = 0.0, False
    for name in picked:
        rows = [row for row in found.get(name, ()) if row[0] <= (asked.year or 0)]
        if rows:
            amount = float(passed[names.index(name)])
            share = rows[-1][1]
            recovered += amount * (share if asked.layer == "recovered" else 1.0 - share)
            there = True
    return recovered if there else math.nan


def _later(
    asked: Asked, value: float, released: float, passed: Callable[[str], Floats], j: int
) -> list[tuple[str, float]]:
    """Return the factors of the layers after release, which multiply out to the value."""
    if asked.layer == "collection_gap":
        return [("left", _part(value, released))]
    collected = float(passed("collected")[j])
    parts = [("collected", _part(collected, released))]
    if asked.layer == "collected":
        return parts
    if asked.layer == "capacity_gap":
        return [*parts, ("unprocessed", _part(value, collected))]
    processed = float(passed("processed")[j])
    parts.append(("processed", _part(processed, collected)))
    if asked.layer in AFTER_PROCESSING:
        name = "recovered" if asked.layer == "recovered" else "lost"
        parts.append((name, _part(value, processed)))
    return parts


def _part(amount: float, whole: float) -> float:
    return amount / whole if whole else 0.0


def _grade(known: Known, asked: Asked) -> str | None:
    """Return the grade of a layer that has no range of its own: the worst of its places."""
    rows = known.gaps[
        (known.gaps["stream"] == asked.stream)
        & (known.gaps["year"] == asked.year)
        & (known.gaps["scenario_id"] == DEFAULT)
        & known.gaps["zone_id"].isin(asked.places)
    ]
    return None if rows.empty else str(rows["grade"].max())


def _figure(
    value: float, up: float, down: float, unit: str, parts: tuple[tuple[str, float], ...]
) -> Figure:
    band = (math.exp(-down), math.exp(up))
    return Figure(value, value * band[0], value * band[1], grade_of(band), unit, parts)
