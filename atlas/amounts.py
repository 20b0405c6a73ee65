"""What a figure is asked of, what it is made of, and what of it stands or is released."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atlas.definitions import FIRST_YEAR
from atlas.ranges import Band, combine, grade_of, graded, stated
from atlas.release import ranged, units
from atlas.scenarios import DEFAULT, solved_in
from atlas.supply import widths

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from atlas.catalog import Catalog
    from atlas.definitions import Measure, Step, Stock
    from atlas.holdings import Holding
    from atlas.release import Leaving, Tonnes
    from atlas.supply import Run

    Floats = NDArray[np.float64]


LAST = "last"


@dataclass(frozen=True)
class Known:
    """All that figures are made of: definitions, runs by scenario and stream, and tables.

    `processed` has, by scenario, stream and step, the tonnes of product that pass the step at worst
    and at best, on the places of the run and all years from the first that is shown.
    """

    catalog: Catalog
    runs: Mapping[str, Mapping[str, Run]]
    stocks: pd.DataFrame
    materials: pd.DataFrame
    gaps: pd.DataFrame
    processed: Mapping[str, Mapping[str, Mapping[Step, tuple[Floats, Floats]]]]
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

    `best` is the figure where unknown capacity counts for the best that can be said of it.
    `parts` are the numbers that it is the product of, in their order; `types` the variants and
    sizes, `cohorts` the years of entry that count in it.
    """

    value: float
    low: float
    high: float
    grade: str | None
    unit: str
    parts: tuple[tuple[str, float], ...] = ()
    best: float = math.nan
    types: tuple[tuple[str, str | None], ...] = ()
    entered: tuple[int, ...] = ()


def measure_band(stock: Stock, measure: Measure) -> Band:
    """Return the range of a measure without what spreading adds; not of one by year of entry."""
    measures = {each.id: each for each in stock.measures}
    bands = []
    while measure.of is not None:
        if measure.factor is not None:
            bands.append(stated(measure.factor))
        measure = measures[measure.of]
    return combine(*bands, graded(measure.grade) if measure.grade else (1.0, 1.0))


@dataclass(frozen=True)
class Group:
    """Places that a figure sums, and what stands or leaves in each of them."""

    leaving: Leaving
    places: Tonnes  # of every place by itself
    members: Floats  # (1, Z), 1 where a place belongs to the group
    sums: Mapping[str, NDArray[np.bool_]]  # total -> which of the elements


def of_places(holding: Holding, leaving: Leaving, members: Floats) -> tuple[Holding, Leaving]:
    """Sum a holding and what leaves it over groups of places, shape (G, Z)."""
    shape = (len(members), *holding.amounts.shape[1:])
    amounts = (members @ holding.amounts.reshape(len(holding.places), -1)).reshape(shape)
    return replace(holding, amounts=amounts), replace(leaving, inflow=members @ leaving.inflow)


def carried(run: Run, asked: Asked, group: Group, unit: str) -> Figure:
    """Return a figure of what stands or is released."""
    holding, own = of_places(run.holding, group.leaving, group.members)
    found = ranged(holding, own, run.supply.table, sums=group.sums)
    up, down = widths(
        run.holding, group.leaving, found, members=group.members, value=group.places.value
    )
    j = found.substances.index(asked.substance)
    value = float(found.value[0, 0, j])
    parts = _parts(run, holding, own, value, asked.layer)
    types, entered = _counted(holding, own)
    return replace(
        as_figure(value, float(up[0, 0, j]), float(down[0, 0, j]), unit, parts),
        types=types,
        entered=entered,
    )


def _parts(
    run: Run, holding: Holding, leaving: Leaving, value: float, layer: str
) -> tuple[tuple[str, float], ...]:
    """Return units x part that leaves x content, which multiply out to the value."""
    standing = float(holding.amounts.sum())
    leaves = float(units(holding, leaving).sum())
    content = part_of_whole(value, leaves)
    if layer == "stock":
        return (("units", standing), ("content", content))
    if run.holding.base is None:
        return (("flow", leaves), ("content", content))
    return (("units", standing), ("share", part_of_whole(leaves, standing)), ("content", content))


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


def product_t(known: Known, run: Run, layer: str, index: int, *, best: bool = False) -> Floats:
    """Return tonnes of product of a layer, on the places of the run; NaN where not worked out.

    Beside the layers of the atlas there is `LAST`: what passes the last step of the chain.  At
    best, plants of unknown capacity count for the best that can be said of them.
    """
    collected = run.collected
    if layer == "released":
        return run.released_t[:, index]
    if layer == "collected":
        return collected.collected_t[:, index]
    if layer == "collection_gap":
        return collected.gap_t[:, index]
    steps = known.processed.get(solved_in(run.scenario), {}).get(run.holding.stream)
    if steps is None:
        return np.full(len(run.holding.places), np.nan)
    # What is recovered comes out of the last step; the gap is taken at the stream's own.
    step = list(steps)[-1] if layer == LAST else run.supply.step
    year = int(run.leaving.years[index]) - FIRST_YEAR
    passed = steps[step][1 if best else 0][:, year]
    return collected.collected_t[:, index] - passed if layer == "capacity_gap" else passed


def part_of_whole(amount: float, whole: float) -> float:
    """Return a part, 0 of nothing."""
    return amount / whole if whole else 0.0


def as_figure(
    value: float, up: float, down: float, unit: str, parts: tuple[tuple[str, float], ...]
) -> Figure:
    """Put a value and its log-widths in a figure, with the grade that they make."""
    band = (math.exp(-down), math.exp(up))
    return Figure(value, value * band[0], value * band[1], grade_of(band), unit, parts)
