"""All candidate sites in one table: class, rank, what each would gain, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.errors import DataError, problem
from atlas.siting import plan, plan_within, value_of_each
from atlas.siting_case import Limits, Plants, class_capacity, ground, served, summed, ways
from atlas.siting_km import carried
from atlas.siting_tonnes import kinds_of, level, processed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atlas.siting import Plan
    from atlas.siting_case import Case, Ground, Options, Ways
    from atlas.siting_tonnes import Level

    Floats = NDArray[np.float64]

CLASS_WIDTH = 0.01  # sites that process 99 % of the best of their class belong to it
_FEW = 0.01  # part of a plant: kilometres of less say nothing of it
_SOME = 1e-9  # tonnes a year: less is the dust of the arithmetic
_OUTSIDE = 1e-6  # what a kilometre from outside counts beside one of ours, when flows are drawn
_COLUMNS = (
    "size_t_per_a", "gained_t_per_a", "ours_t_per_a", "served_zones", "utilisation", "mean_km",
    "tonne_km",
)  # fmt: skip


def rank_sites(
    cases: Mapping[str, Case], options: Options, *, default: str, merit: Floats
) -> pd.DataFrame:
    """Return one row for each site, in the order of the sites.

    Parameters
    ----------
    cases
        Scenario -> case; all have the same sites.
    options
        What may be built, in every scenario.
    default
        The scenario that classes, ranks and amounts are of.
    merit
        Attributes of the sites, shape (s, q): the first column decides first, higher is better,
        NaN is lowest.

    Returns
    -------
    DataFrame
        ``site_id``; ``rank`` by class, merits, tonne-kilometres and site_id; ``class`` by the most
        tonnes of any plan with the site: 1 is within 1 % of the best, the next begins at the first
        site below that; ``chosen``, whether it is in the best plan.  Then, of the best plan that
        holds the site (for the chosen the best plan itself): its ``size_t_per_a``;
        ``gained_t_per_a``, what is processed with and not without it, others staying as they are,
        and ``ours_t_per_a``, how much of that is ours, both by proportional access and as the mean
        of the years that count; ``served_zones``, how many of our zones gain; ``utilisation`` of
        its capacity, in the flows that carry what is served with the fewest tonne-kilometres, ours
        first, as the mean of the years that count and in which it runs (NaN without a limit);
        ``mean_km`` of our tonnes to it in these flows; ``tonne_km`` of all of ours in that plan.
        Over all scenarios: ``robustness``, the share of
        them in which the site is in class 1; ``regret_t``, the largest difference from the best
        plan a year (a site that no plan holds processes what there is without new plants);
        ``lost_in``, the scenarios in which it is not in class 1, joined by ";".  A site that no
        plan holds has neither rank nor class.
    """
    _check(cases, options, default, merit)
    # Scenarios that change nothing here share their case, and are solved once.
    each = {id(case): case for case in cases.values()}
    solved = {key: value_of_each(case, options) for key, case in each.items()}
    grounds = {name: ground(case, options) for name, case in cases.items()}
    values = {name: solved[id(case)] for name, case in cases.items()}
    classes = {name: classes_of(value) for name, value in values.items()}
    rows = _amounts(grounds[default])
    lost = {name: np.asarray(found != 1) for name, found in classes.items()}
    frame = pd.DataFrame({"site_id": options.site_ids, "class": classes[default]}).assign(
        chosen=[row.chosen for row in rows],
        **{name: [getattr(row, name) for row in rows] for name in _COLUMNS},
        robustness=1.0 - np.mean(list(lost.values()), axis=0),
        regret_t=_regret(grounds, values),
        lost_in=[
            ";".join(name for name, out in lost.items() if out[site])
            for site in range(len(options.site_ids))
        ],
    )
    frame["class"] = frame["class"].where(frame["class"] > 0).astype("Int64")
    frame.insert(1, "rank", _ranks(frame, merit))
    return frame


def classes_of(values: Floats) -> NDArray[np.int64]:
    """Return the class of each value from 1 on, 0 for NaN."""
    found = np.zeros(len(values), dtype=np.int64)
    number, best = 0, np.inf
    for site in np.argsort(-values, kind="stable"):
        if np.isnan(values[site]):
            continue
        if number == 0 or values[site] < best * (1.0 - CLASS_WIDTH):
            number, best = number + 1, values[site]
        found[site] = number
    return found


@dataclass(frozen=True)
class _Row:
    chosen: bool
    size_t_per_a: float = np.nan
    gained_t_per_a: float = np.nan
    ours_t_per_a: float = np.nan
    served_zones: int = 0
    utilisation: float = np.nan
    mean_km: float = np.nan
    tonne_km: float = np.nan


def _amounts(on: Ground) -> list[_Row]:
    """Return what each site does in the best plan that holds it."""
    best = plan(on.case, on.options)
    chosen = {site for site, _ in best.chosen}
    drawn = ways(on.case, outside=_OUTSIDE)
    kind_of = kinds_of(on)
    levels: dict[int, tuple[int, Level | None]] = {}
    found: list[_Row] = []
    for site in map(int, range(len(kind_of))):
        held: Plan | None = best
        if site not in chosen:
            kind = int(kind_of[site])
            if kind not in levels:
                levels[kind] = site, level(on, Limits(must=site))
            first, known = levels[kind]
            held = None
            if known is not None:
                # What holds for one site of a kind holds for each, with the two exchanged.
                swap = np.arange(len(kind_of))
                swap[[first, site]] = site, first
                plants = replace(known.plants, sites=swap[known.plants.sites])
                own = replace(known, plants=plants)
                held = plan_within(on, Limits(must=site), known=own)
        row = _Row(chosen=site in chosen)
        found.append(row if held is None else _filled(on, drawn, held, site, row))
    return found


def _filled(on: Ground, drawn: Ways, held: Plan, site: int, row: _Row) -> _Row:
    case, options = on.case, on.options
    sites = np.array([i for i, _ in held.chosen], dtype=np.intp)
    sizes = np.array([k for _, k in held.chosen], dtype=np.intp)
    others = sites != site
    with_it = served(on, class_capacity(on, Plants(sites, sizes)))
    without = served(on, class_capacity(on, Plants(sites[others], sizes[others])))
    more = (with_it - without).sum(axis=1) / case.counts.sum()
    zone = np.arange(len(more)) if case.zone is None else case.zone
    size = float(options.sizes[sizes[~others][0]])
    m = len(case.capacity)
    column = m + int(np.flatnonzero(~others)[0])
    ends = np.r_[np.arange(m), m + sites]
    taken, ours, km = 0.0, 0.0, 0.0
    years = np.flatnonzero(case.counts & case.runs)
    for year in years:
        got = with_it[:, year]
        tonnes = summed(drawn.place, got, len(drawn.cost))
        own = summed(drawn.place, got * case.ours, len(drawn.cost))
        some = np.flatnonzero(tonnes > 0)
        cost = drawn.cost[np.ix_(some, ends)]
        limits = np.r_[case.capacity[:, year], options.sizes[sizes]]
        to_it = carried(tonnes[some], cost, limits)[0][:, column]
        from_ours = to_it * own[some] / tonnes[some]
        taken += float(to_it.sum())
        ours += float(from_ours.sum())
        km += float((from_ours * np.where(from_ours > 0, cost[:, column], 0.0)).sum())
    return replace(
        row,
        size_t_per_a=size,
        gained_t_per_a=float(more.sum()),
        ours_t_per_a=float(more[case.ours].sum()),
        served_zones=len(np.unique(zone[case.ours & (more > _SOME) & (zone >= 0)])),
        utilisation=taken / (size * len(years)) if np.isfinite(size) and len(years) else np.nan,
        mean_km=km / ours if ours > _FEW * size * len(years) else np.nan,
        tonne_km=held.tonne_km,
    )


def _regret(grounds: Mapping[str, Ground], values: Mapping[str, Floats]) -> Floats:
    """Return the largest difference from the best over the scenarios, in tonnes a year."""
    worst = []
    for name, on in grounds.items():
        before = processed(on, np.zeros(on.merged.site_reach.shape[1]))
        value = np.where(np.isnan(values[name]), before, values[name])
        worst.append((value.max() - value) / on.case.counts.sum())
    return np.asarray(np.max(worst, axis=0), dtype=float)


def _ranks(frame: pd.DataFrame, merit: Floats) -> pd.Series:
    """Return the rank of each site that has a class."""
    keys = pd.DataFrame(-np.nan_to_num(merit, nan=-np.inf), index=frame.index)
    order = keys.assign(first=frame["class"], km=frame["tonne_km"], name=frame["site_id"])
    order = order.dropna(subset=["first"]).sort_values(["first", *keys.columns, "km", "name"])
    ranks = pd.Series(range(1, len(order) + 1), index=order.index, dtype="Int64")
    return ranks.reindex(frame.index)


def _check(cases: Mapping[str, Case], options: Options, default: str, merit: Floats) -> None:
    if default not in cases:
        raise DataError(
            problem(
                "siting: scenarios",
                f"no {default!r}",
                f"one of {', '.join(cases) or 'none given'}",
                "name one that is given",
            )
        )
    if merit.ndim != 2 or len(merit) != len(options.site_ids):  # noqa: PLR2004 - a table
        raise DataError(
            problem(
                "siting: merit",
                f"shape {merit.shape}",
                f"a row for each of {len(options.site_ids)} sites",
                "give all attributes of all sites",
            )
        )
