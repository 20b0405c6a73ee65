"""Every stream in every scenario: what stands, leaves, is collected, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from atlas.allocation import check_conserved
from atlas.collection import Collected, collect, growth_of
from atlas.composition import MASS
from atlas.definitions import FIRST_YEAR, LAST_YEAR
from atlas.holdings import switched
from atlas.ranges import band_logs, graded, grades_of, key_logs, rss
from atlas.release import at, leave, pass_through, ranged, tonnes
from atlas.reports import REPORT_GRADE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atlas.collection import Market
    from atlas.definitions import Collection, Factor, Flow, Inflow, InflowName, Lifetime, Step
    from atlas.holdings import Holding
    from atlas.ranges import Band
    from atlas.release import Leaving, Tonnes
    from atlas.scenarios import Scenario

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Supply:
    """A stream with all that its future depends on.

    A stock has `lifetimes`; a flow has the `series` of its country and the `portion` of it that
    each place has.
    """

    holding: Holding
    table: pd.DataFrame  # from composition.contents_of
    step: Step
    inflow: Inflow
    reuse: Factor
    collection: Collection
    market: Market | None
    overrides: Mapping[str, Mapping[str, float]]  # drive_train -> mix of variants
    lifetimes: Mapping[str, Lifetime]
    timing: Band
    flow: Flow | None = None
    series: Mapping[int, tuple[float, Band]] | None = None
    portion: Floats | None = None


@dataclass(frozen=True)
class Run:
    """A stream in one scenario, from the first year that is shown on.

    `released_t` (Z, T) is the mass of the product; `element_t` (Z, T, E) what it is made of, the
    names in `elements`.  `up` and `down` are the log-widths of what is released.
    """

    supply: Supply
    scenario: Scenario
    holding: Holding  # with the variants of the scenario
    leaving: Leaving
    released_t: Floats
    up: Floats
    down: Floats
    elements: tuple[str, ...]
    element_t: Floats
    collected: Collected


def inflow_of(supply: Supply, scenario: Scenario) -> InflowName:
    """Return what is assumed to enter: the stream's own assumption unless the scenario says."""
    return supply.inflow.own if scenario.inflow == "default" else scenario.inflow


def leaving_of(supply: Supply, scenario: Scenario) -> tuple[Holding, Leaving]:
    """Return what stands and what of it leaves in a scenario, from the year after it stood on."""
    holding = switched(supply.holding, supply.overrides.get(scenario.drive_train))
    own = inflow_of(supply, scenario)
    if supply.flow is not None and supply.series is not None and supply.portion is not None:
        return holding, pass_through(
            holding, supply.flow, supply.series, supply.portion, inflow=own
        )
    lifetime = supply.lifetimes.get(scenario.lifetime, supply.lifetimes["regular"])
    growth = supply.inflow.growth.value
    return holding, leave(holding, lifetime, inflow=own, growth=growth, timing=supply.timing)


def run_supply(supply: Supply, scenario: Scenario) -> Run:
    """Compute a stream in a scenario.

    Returns
    -------
    Run
        For a stock without inflow, released tonnes and what remains sum to the stock in every
        place.
    """
    holding, leaving = leaving_of(supply, scenario)
    leaving = at(leaving, leaving.years[leaving.years >= FIRST_YEAR])
    names, value = tonnes(holding, leaving, supply.table)
    place = names.index(MASS)
    released = value[:, :, place]
    of_mass = supply.table[supply.table["element"] == MASS]
    mass = ranged(holding, leaving, of_mass, sums={})
    up, down = (each[..., 0] for each in widths(holding, leaving, mass))
    own = inflow_of(supply, scenario)
    collected = collect(
        released,
        leaving.years,
        supply.collection,
        supply.reuse,
        scenario=scenario.collection,
        widths=(up, down),
        market=supply.market,
        growth=growth_of(own, supply.inflow.growth.value),
    )
    others = [i for i in range(len(names)) if i != place]
    return Run(
        supply=supply,
        scenario=scenario,
        holding=holding,
        leaving=leaving,
        released_t=released,
        up=up,
        down=down,
        elements=tuple(names[i] for i in others),
        element_t=value[:, :, others],
        collected=collected,
    )


def widths(
    holding: Holding,
    leaving: Leaving,
    found: Tonnes,
    *,
    members: Floats | None = None,
    value: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Add units, years and key to the widths of tonnes.

    Parameters
    ----------
    holding, leaving
        On places.
    found
        From `release.ranged`: of the places, or of groups of them.
    members
        1 where a place belongs to a group, shape (G, Z); by default every place is one.
    value
        Tonnes of the single places, where `found` is of groups.

    Returns
    -------
    up, down
        Log-widths of the shape of its values: the root of the sum of squares of all factors.
    """
    shared = common(holding, leaving, found.value if value is None else value, members=members)
    return rss(np.sqrt(found.up), shared[0]), rss(np.sqrt(found.down), shared[1])


def common(
    holding: Holding, leaving: Leaving, value: Floats, *, members: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return the log-widths that do not depend on the substance: of units, years and key.

    Parameters
    ----------
    holding, leaving
        On places.
    value
        Tonnes of the single places, shape (Z, T, J).
    members
        As in `widths`.
    """
    key = key_logs(value, members, holding.sources, holding.key)
    timing = np.array([band_logs(band) for band in leaving.timing])
    count = band_logs(holding.count)
    sides = [rss(count[i], timing[:, i][None, :, None], key[i]) for i in (0, 1)]
    return sides[0], sides[1]


def reported(run: Run, factor: float, scenario: Scenario) -> Run:
    """Return a run on the basis of a report that counts `factor` times the pieces of the register.

    What it has beyond the register has no place: it is released, but where the rate is one of
    sales it is not collected, since those are spread over zones and nothing is sold to nowhere.
    """
    last = len(run.released_t) - 1

    def scaled(value: Floats) -> Floats:
        placed = value * min(1.0, factor)
        placed[last] += value.sum(axis=0) * max(0.0, factor - 1.0)
        before, after = float(value.sum()) * factor, float(placed.sum())
        check_conserved(before, after, where=f"release of {run.holding.stream} in the report")
        return placed

    released = scaled(run.released_t)
    up, down = (np.full_like(released, band_logs(graded(REPORT_GRADE))[side]) for side in (0, 1))
    supply = run.supply
    collected = collect(
        released,
        run.leaving.years,
        supply.collection,
        supply.reuse,
        scenario=scenario.collection,
        widths=(up, down),
        market=supply.market,
        growth=growth_of(inflow_of(supply, scenario), supply.inflow.growth.value),
    )
    return Run(
        supply=supply,
        scenario=scenario,
        holding=run.holding,
        leaving=run.leaving,
        released_t=released,
        up=up,
        down=down,
        elements=(),
        element_t=np.zeros((*released.shape, 0)),
        # A headline figure is an order of magnitude, whatever is worked out of it.
        collected=replace(collected, up=up, down=down),
    )


def at_end(run: Run, end: Literal["low", "mid", "high"]) -> Run:
    """Return a run whose collected tonnes are those at one end of their range, in all places."""
    if end == "mid":
        return run
    collected = run.collected
    factor = np.exp(-collected.down) if end == "low" else np.exp(collected.up)
    return replace(run, collected=replace(collected, collected_t=collected.collected_t * factor))


def release_table(run: Run) -> pd.DataFrame:
    """Return CONTRACT's table releases of one run: every year from 2025 to 2050.

    Years up to the one that the stock stood in are NULL; released = reused or exported +
    collected + collection gap.
    """
    places, years = run.holding.places, np.arange(FIRST_YEAR, LAST_YEAR + 1)
    offset = run.leaving.years[0] - FIRST_YEAR

    def rows(value: NDArray[Any], fill: object = np.nan) -> NDArray[Any]:
        whole = np.full((len(places), len(years)), fill, dtype=value.dtype)
        whole[:, offset:] = value
        return whole.ravel()

    collected = run.collected
    return pd.DataFrame(
        {
            "zone_id": np.repeat(np.array(places, dtype=object), len(years)),
            "stream": run.holding.stream,
            "scenario_id": run.scenario.scenario_id,
            "year": np.tile(years, len(places)),
            "released_t": rows(run.released_t),
            "released_t_low": rows(run.released_t * np.exp(-run.down)),
            "released_t_high": rows(run.released_t * np.exp(run.up)),
            "reused_exported_t": rows(collected.reused_t),
            "collected_t": rows(collected.collected_t),
            "collected_t_low": rows(collected.collected_t * np.exp(-collected.down)),
            "collected_t_high": rows(collected.collected_t * np.exp(collected.up)),
            "collection_gap_t": rows(collected.gap_t),
            "grade": rows(grades_of(run.up, run.down), None),
            "collected_grade": rows(grades_of(collected.up, collected.down), None),
        }
    )
