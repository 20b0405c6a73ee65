"""One figure of any set of places: its value, its range, its grade and the factors in it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from atlas.allocation import TOLERANCE
from atlas.amounts import (
    LAST,
    Asked,
    Figure,
    Group,
    Known,
    as_figure,
    carried,
    measure_band,
    of_places,
    part_of_whole,
    product_t,
)
from atlas.composition import MASS, totals
from atlas.materials import recovered_of, with_yields, yields_in
from atlas.ranges import band_logs, graded, key_logs, rss
from atlas.release import at, ranged, stand
from atlas.reports import REPORT_GRADE
from atlas.scenarios import DEFAULT, REPORT, solved_in
from atlas.supply import common

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from atlas.definitions import Measure, Stock
    from atlas.release import Leaving
    from atlas.supply import Run

    Floats = NDArray[np.float64]

AFTER_PROCESSING = ("recovered", "recovery_gap")
_WITHOUT_RANGE = ("collection_gap", "processed", "capacity_gap", "recovery_gap")


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
    if (
        asked.layer == "stock"
        and stock
        and asked.substance in measures
        and (asked.substance != MASS or asked.scenario_id == REPORT)
    ):
        return _measured(known, asked, stock, measures[asked.substance])
    run = known.runs[asked.scenario_id].get(asked.stream)
    if asked.scenario_id == REPORT and (run is None or not run.elements):
        return _reported(known, asked)
    unit = "t" if asked.layer == "stock" else "t/a"
    leaving = None if run is None else _leaving(run, asked)
    if run is None or leaving is None:
        return Figure(math.nan, math.nan, math.nan, None, unit)
    sums = totals(list(dict.fromkeys(run.supply.table["element"])), known.elements)
    places = ranged(run.holding, leaving, run.supply.table, sums=sums)
    if asked.substance not in places.substances:
        return Figure(math.nan, math.nan, math.nan, None, unit)
    members = np.array([[float(place in asked.places) for place in run.holding.places]])
    group = Group(leaving, places, members, sums)
    if asked.layer in ("stock", "released"):
        return carried(run, asked, group, unit)
    return _after(known, run, asked, group)


def _leaving(run: Run, asked: Asked) -> Leaving | None:
    """Return what stands, or what leaves in the year asked for; None where nothing is known."""
    if asked.layer == "stock":
        return None if run.holding.base is None else stand(run.holding)
    if asked.year is None or asked.year not in run.leaving.years:
        return None
    return at(run.leaving, np.array([asked.year]))


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
        logs = list(band_logs(graded(REPORT_GRADE)))
    else:
        key = key_logs(values, members, run.holding.sources, run.holding.key)
        band = band_logs(measure_band(stock, measure))
        logs = [float(rss(band[side], key[side][0])) for side in (0, 1)]
    parts = [(measure.id, value)]
    if measure.factor is not None and basis == "register":
        parts = [(str(measure.of), value / measure.factor.value), ("factor", measure.factor.value)]
    return as_figure(value, logs[0], logs[1], measure.unit.en, tuple(parts))


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
            value = float(product_t(known, run, asked.layer, index)[inside].sum())
    up, down = band_logs(graded(REPORT_GRADE))
    counted = figure(known, replace(asked, scenario_id=DEFAULT)).value
    parts: tuple[tuple[str, float], ...] = (
        ("register", counted),
        ("scale", part_of_whole(value, counted)),
    )
    if asked.substance not in (MASS, "crm") or math.isnan(value) or asked.layer == "stock":
        parts = ((asked.substance, value),)
    if asked.layer in _WITHOUT_RANGE or math.isnan(value):
        return Figure(value, math.nan, math.nan, REPORT_GRADE, unit, parts)
    return as_figure(value, up, down, unit, parts)


def _after(known: Known, run: Run, asked: Asked, group: Group) -> Figure:
    """Return a figure of what is collected, processed or recovered, or of what is lost there."""
    index = int(np.flatnonzero(run.leaving.years == asked.year)[0])
    names = group.places.substances
    mass = group.places.value[:, 0, names.index(MASS)][:, None]
    part = np.divide(
        group.places.value[:, 0], mass, out=np.zeros_like(group.places.value[:, 0]), where=mass > 0
    )

    def passed(layer: str, *, best: bool = False) -> Floats:
        """Return every substance in the product that passes a layer."""
        product = product_t(known, run, layer, index, best=best)
        return np.asarray(group.members[0] @ (part * product[:, None]))

    j = names.index(asked.substance)
    if asked.layer in AFTER_PROCESSING:
        value, best = (
            _back(known, run, asked, passed(LAST, best=best), group.sums) for best in (False, True)
        )
    else:
        value = float(passed(asked.layer)[j])
        best = float(passed(asked.layer, best=True)[j])
    released = carried(run, asked, group, "t/a")
    parts = [*released.parts, *_later(asked, value, released.value, passed, j)]
    if asked.layer in _WITHOUT_RANGE:
        bare = Figure(value, math.nan, math.nan, _grade(known, run, asked), "t/a", tuple(parts))
        return replace(bare, best=best, types=released.types, entered=released.entered)
    up, down = _logs_after(known, run, asked, group)
    found = as_figure(value, up, down, "t/a", tuple(parts))
    if asked.layer == "recovered":
        # What depends on a capacity that nobody knows is an order of magnitude.
        known_capacity = abs(best - value) <= TOLERANCE * max(1.0, abs(value))
        found = replace(found, best=best, grade=found.grade if known_capacity else "D")
    return replace(found, types=released.types, entered=released.entered)


def _logs_after(known: Known, run: Run, asked: Asked, group: Group) -> tuple[float, float]:
    """Return the log-widths of what a group collects or has recovered, as for single places."""
    index = int(np.flatnonzero(run.leaving.years == asked.year)[0])
    collected = run.collected
    inside = (group.members[0] > 0) & (collected.collected_t[:, index] > 0)
    if not inside.any():
        return 0.0, 0.0
    holding, own = of_places(run.holding, group.leaving, group.members)
    share, logs = yields_in(run, group.places.substances, [asked.year or 0], known.yields)
    found = recovered_of(run, own, share, sums=group.sums, holding=holding)
    squares = (found.up, found.down)
    if asked.layer == "recovered":
        squares = with_yields(found, share, logs, sums=group.sums)
    elif asked.substance in group.sums:
        found = ranged(holding, own, run.supply.table, sums=group.sums)
        squares = (found.up, found.down)
    shared = common(run.holding, group.leaving, group.places.value, members=group.members)
    j, mass = found.substances.index(asked.substance), found.substances.index(MASS)
    of_release = bool(collected.of_release[inside, index].any())
    ends = []
    for side, rate in enumerate((collected.own_up, collected.own_down)):
        own_width = float(rate[inside, index].max())
        inner = float(np.sqrt(squares[side][0, 0, j]))
        of_mass = float(np.sqrt((found.up, found.down)[side][0, 0, mass]))
        outer = float(shared[side][0, 0, j]) if of_release else of_mass
        if asked.substance == MASS and not of_release:
            ends.append(own_width)
        else:
            ends.append(float(rss(inner, outer, own_width)))
    if asked.layer == "collected":
        released = float(group.members[0] @ run.released_t[:, index])
        most = math.log(released / float(group.members[0] @ collected.collected_t[:, index]))
        whole = float(rss(np.sqrt(found.up[0, 0, j]), shared[0][0, 0, j]))
        ends[0] = min(ends[0], max(whole + most, 0.0))
    return ends[0], ends[1]


def _back(
    known: Known, run: Run, asked: Asked, passed: Floats, sums: Mapping[str, NDArray[np.bool_]]
) -> float:
    """Return what is recovered, or lost in the process, of an element or a total."""
    names = list(dict.fromkeys(run.supply.table["element"]))
    share = yields_in(run, names, [asked.year or 0], known.yields)[0][0]
    pick = sums.get(asked.substance, np.array([name == asked.substance for name in names]))
    pick = pick & ~np.isnan(share)
    if not pick.any():
        return math.nan
    part = share[pick] if asked.layer == "recovered" else 1.0 - share[pick]
    return float(passed[: len(names)][pick] @ part)


def _later(
    asked: Asked, value: float, released: float, passed: Callable[[str], Floats], j: int
) -> list[tuple[str, float]]:
    """Return the factors of the layers after release, which multiply out to the value."""
    if asked.layer == "collection_gap":
        return [("left", part_of_whole(value, released))]
    collected = float(passed("collected")[j])
    parts = [("collected", part_of_whole(collected, released))]
    if asked.layer == "collected":
        return parts
    if asked.layer == "capacity_gap":
        return [*parts, ("unprocessed", part_of_whole(value, collected))]
    after = asked.layer in AFTER_PROCESSING
    processed = float(passed(LAST if after else "processed")[j])
    parts.append(("processed", part_of_whole(processed, collected)))
    if after:
        name = "recovered" if asked.layer == "recovered" else "lost"
        parts.append((name, part_of_whole(value, processed)))
    return parts


def _grade(known: Known, run: Run, asked: Asked) -> str | None:
    """Return the grade of a layer that has no range of its own: the worst of its places."""
    gaps = known.gaps[known.gaps["stream"] == asked.stream]
    gaps = gaps[gaps["year"] == asked.year]
    gaps = gaps[gaps["scenario_id"] == solved_in(run.scenario)]
    step = gaps["step"].iloc[-1] if asked.layer in AFTER_PROCESSING else run.supply.step
    rows = gaps[(gaps["step"] == step) & gaps["zone_id"].isin(asked.places)]
    return None if rows.empty else str(rows["grade"].dropna().astype(str).max())
