"""Where new plants should come: the best plan, what each site is worth, and the runner-up.

Objectives, one after the other: the most tonnes processed (ours and outside, over the years that
count, within a slack), the least capacity built, the fewest tonne-kilometres of ours, and then the
fewest plants, first in the order of site_id.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from atlas.errors import ConservationError, problem
from atlas.siting_case import Limits, class_capacity, ground
from atlas.siting_places import nearest
from atlas.siting_tonnes import SAME, kinds_of, level, most_tonnes, processed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.siting_case import Case, Ground, Options
    from atlas.siting_tonnes import Level

    Floats = NDArray[np.float64]

Objective = Literal["processed_t", "capacity_t_per_a", "tonne_km", "plants", "site_id"]


@dataclass(frozen=True)
class Plan:
    """Plants to build.

    `chosen` holds (site, size) indices in the order of site_id.  `processed_t` is what is
    processed over the years that count, ours and outside; `most_t` the most that any plan can
    (`processed_t` lies within the slack of it), `floor_t` what was asked of a plan for that;
    `capacity_t_per_a` is what is built, sizes without a limit counting nothing; `tonne_km` those
    of ours over the years that count.

    `status` holds words: ``exact``, or ``gap`` when the solver might stop before the best;
    ``capacity`` when less capacity might do, and ``kilometres`` when tonne-kilometres are not
    proven to be the fewest.  `reason` says why nothing is built; it is empty otherwise.
    """

    chosen: tuple[tuple[int, int], ...]
    processed_t: float
    most_t: float
    floor_t: float
    capacity_t_per_a: float
    tonne_km: float
    status: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class RunnerUp:
    """The best plan with another set of sites, and why it comes second.

    `objective` is the first in which it is the lesser; `best` and `other` are the values of both,
    and `change` is what must come to that of the other for it to draw level (0 where only the
    order of site_id decides).
    """

    plan: Plan
    objective: Objective
    best: float
    other: float
    change: float


def plan(case: Case, options: Options) -> Plan:
    """Return the best plan, with nothing in it and a reason when nothing is worth building.

    Parameters
    ----------
    case
        One scenario.
    options
        What may be built.

    Raises
    ------
    DataError
        When tables do not fit each other, a number is negative or not known, no site is allowed,
        or `p` is larger than the number of sites that are.
    """
    on = ground(case, options)
    found = plan_within(on, Limits())
    if found is None:  # the plan without plants is always possible
        raise ConservationError(problem("siting", "no plan", "one", "report it with the data"))
    return found if found.chosen else replace(found, reason=_why_nothing(on))


def plan_within(
    on: Ground, limits: Limits, *, at_least_t: float = np.inf, known: Level | None = None
) -> Plan | None:
    """Return the best plan within limits, None when there is none.

    Parameters
    ----------
    on
        The case and what is asked.
    limits
        What every plan holds, and what none may equal.
    at_least_t
        As in `siting_tonnes.level`.
    known
        The level of these limits, where it has been found before.
    """
    found = known or level(on, limits, at_least_t=at_least_t)
    if found is None:
        return None
    choice = nearest(on, found, limits)
    sizes = on.options.sizes[choice.plants.sizes]
    words = (
        "gap" if on.options.gap else "exact",
        *(() if found.least else ("capacity",)),
        *(() if choice.proven else ("kilometres",)),
    )
    pairs = zip(map(int, choice.plants.sites), map(int, choice.plants.sizes), strict=True)
    return Plan(
        chosen=tuple(sorted(pairs, key=lambda pair: on.options.site_ids[pair[0]])),
        processed_t=processed(on, class_capacity(on, choice.plants)),
        most_t=found.most_t,
        floor_t=found.floor_t,
        capacity_t_per_a=float(sizes[np.isfinite(sizes)].sum()),
        tonne_km=choice.tonne_km,
        status=words,
    )


def value_of_each(case: Case, options: Options) -> Floats:
    """Return for each site (s,) the most tonnes processed by any plan that holds it.

    Tonnes are summed over the years that count, ours and outside; NaN where no plan holds the
    site, since no size fits or none can be used.  Sites of one kind share one search.
    """
    on = ground(case, options)
    kind_of = kinds_of(on)
    values = np.full(len(kind_of), np.nan)
    for kind in np.unique(kind_of[options.allowed.any(axis=1)]):
        members = np.flatnonzero(kind_of == kind)
        values[members] = most_tonnes(on, int(members[0]))
    return values


def runner_up(case: Case, options: Options, chosen: Plan) -> RunnerUp | None:
    """Return the best plan with another set of sites than `chosen`, None when there is none.

    It must process what was asked of `chosen` where any other set does; where none does it is the
    best of the others by the same rules.
    """
    limits = Limits(other_than=frozenset(site for site, _ in chosen.chosen))
    found = plan_within(ground(case, options), limits, at_least_t=chosen.floor_t)
    if found is None:
        return None
    if found.processed_t < chosen.floor_t:
        best, other = chosen.processed_t, found.processed_t
        return RunnerUp(found, "processed_t", best, other, chosen.floor_t - other)
    pairs: tuple[tuple[Objective, float, float], ...] = (
        ("capacity_t_per_a", chosen.capacity_t_per_a, found.capacity_t_per_a),
        ("tonne_km", chosen.tonne_km, found.tonne_km),
        ("plants", float(len(chosen.chosen)), float(len(found.chosen))),
    )
    for objective, best, other in pairs:
        if abs(best - other) > SAME * max(best, other):
            return RunnerUp(found, objective, best, other, best - other)
    return RunnerUp(found, "site_id", np.nan, np.nan, 0.0)


def _why_nothing(on: Ground) -> str:
    """Return why a plan is empty, and what to relax."""
    case, merged, options = on.case, on.merged, on.options
    counted = case.counts & case.runs
    demand = merged.demand[:, counted].sum(axis=1)
    if not case.demand[:, case.counts].sum():
        return problem(
            "siting: demand",
            "0 t in the years that count",
            "something to process",
            "choose other streams or years",
        )
    if not counted.any():
        return problem(
            "siting: years",
            "new plants run in none of the years that count",
            "at least one",
            "let later years count, or let plants open earlier",
        )
    if not (demand @ merged.site_reach).any():
        return problem(
            "siting: reach",
            f"nobody with demand reaches any of {len(options.site_ids)} sites",
            "a site within reach",
            "widen the reach, or add sites",
        )
    best = processed(on, np.zeros(merged.site_reach.shape[1]))
    free = level(replace(on, options=replace(options, viable=0.0)), Limits())
    tested = level(on, Limits())
    if free and tested and free.most_t > tested.most_t * (1.0 + SAME):
        sizes = options.sizes[options.allowed.any(axis=0)]
        offered = float(merged.demand[:, case.fifth] @ merged.site_reach.any(axis=1))
        return problem(
            "siting: viable",
            f"{offered:,.0f} t within reach of sites in the fifth year, sizes from"
            f" {sizes.min():,.0f} t/a on",
            f"{options.viable:.0%} of a size to be filled",
            "add smaller sizes, widen the reach, or lower the share",
        )
    total = float(case.demand[:, case.counts].sum())
    most = best if tested is None else tested.most_t
    return problem(
        "siting: gain",
        f"plants that are there process {best:,.0f} of {total:,.0f} t, with new ones"
        f" {most:,.0f} t at most",
        f"more than {options.slack:.1%} gained by a new plant",
        "widen the reach, choose other years, or lower the slack",
    )
