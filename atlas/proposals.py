"""Where a plant could come: the programme of siting set up from a built region, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from atlas.access import distances_km, within_reach
from atlas.areas import UNALLOCATED
from atlas.capacity import YEARS, parts_of
from atlas.definitions import FIRST_YEAR
from atlas.errors import DataError, DefinitionError, problem, raise_problems
from atlas.ranking import rank_sites
from atlas.rules import FIFTH
from atlas.scenarios import DEFAULT, REPORT, Scenario
from atlas.sites import excluding_pairs, fits, passes
from atlas.siting import plan, runner_up
from atlas.siting_case import Case, Options, Plants, class_capacity, ground, served
from atlas.siting_question import (
    MERITS,
    check_near,
    filter_of,
    nothing_passes,
    question_problems,
    tried_sizes,
)
from atlas.siting_tonnes import processed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from atlas.capacity import Access, Balance
    from atlas.definitions import Map, Reach, Siting, Step
    from atlas.programme import Setting
    from atlas.siting import Plan, RunnerUp
    from atlas.siting_case import Ground
    from atlas.supply import Run

    Floats = NDArray[np.float64]

BAND_KM, _UNKNOWN_BAND = 5.0, 0.5
SITE_COLUMNS = (
    "site_id", "name", "zone_id", "stream", "streams", "p", "rank", "class", "chosen",
    "size_t_per_a", "gained_t_per_a", "ours_t_per_a", "served_zones", "utilisation", "mean_km",
    "robustness", "regret_t", "lost_in",
)  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """The answer for one stream: at most `p` plants, and every site that was looked at.

    `sites` has `SITE_COLUMNS`; `left_out` the sites that a filter stopped, and why.  Of all that
    shares plants with `streams`, `before_t_per_a` is processed without the plan and
    `after_t_per_a` with it, ours and outside, as the mean of the years that count.
    """

    stream: str
    streams: tuple[str, ...]  # that the new plants take
    step: Step
    fraction: str
    p: int
    siting: Siting
    plan: Plan
    other: RunnerUp | None
    site_ids: tuple[str, ...]
    sites: pd.DataFrame
    left_out: pd.DataFrame
    before_t_per_a: float
    after_t_per_a: float
    gained_by_year: tuple[tuple[int, float], ...]
    scenarios: tuple[str, ...]


def propose(  # noqa: PLR0913, PLR0917 - all that a choice of sites depends on
    solved: Balance,
    scenarios: Sequence[Scenario],
    runs: Mapping[str, Mapping[str, Run]],
    sites: gpd.GeoDataFrame,
    plant_sizes: pd.DataFrame,
    siting: Siting,
    *,
    stream: str,
    detour_factor: float,
    plants: Sequence[int] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> list[Proposal]:
    """Rank candidate sites for new plants of one stream, with one plant and with more.

    Parameters
    ----------
    solved, scenarios, runs
        The capacity programme, its scenarios, and what is released in them.
    sites
        From `sites.locate_sites`.
    plant_sizes
        The table of plants and their sizes.
    siting
        What is asked.
    stream
        What the new plants take, at the step that its gap is taken at.
    detour_factor
        As in `access.distances_km`.
    plants
        How many plants at most, one answer for each; by default every number up to `siting.p`.
    progress
        Called with a few words before each answer.

    Returns
    -------
    list of Proposal
        Robustness is over all scenarios on the basis of the registers.

    Raises
    ------
    DefinitionError
        When nobody knows how much there is of the stream.
    DataError
        When years, sizes or candidates cannot be used, or the filters let no site through; the
        message says which and what to relax.
    """
    access = solved.access
    if stream not in access.gap_steps:
        expected = f"one of {', '.join(access.gap_steps)}"
        what = f'"{stream}" brings no tonnes that anybody knows'
        raise DefinitionError(problem("siting streams", what, expected, "leave it out"))
    step = access.gap_steps[stream]
    fraction = access.fraction_at[stream, step]
    options = tried_sizes(plant_sizes, siting, stream=stream, step=step, fraction=fraction)
    raise_problems(question_problems(siting, options, stream=stream, step=step, fraction=fraction))
    check_near(sites, access.network.nodes, detour_factor=detour_factor)
    passing = passes(sites, filter_of(siting))
    kept = np.flatnonzero(passing["passes"])
    if not len(kept):
        raise DataError(nothing_passes(passing))
    chosen = sites.iloc[kept].reset_index(drop=True)
    takes = tuple(dict.fromkeys([stream, *options["streams"].iloc[0].split(";")]))
    takes = tuple(each for each in takes if each in access.ratios)
    part = _part(access, runs, siting, stream=stream, fraction=fraction)
    rows = {row.scenario_id: row for row in scenarios if row.scenario_id != REPORT}
    spread = _Spread(takes, _together(access, takes, step), step, detour_factor)
    cases = _shared(
        {
            name: case_of(
                access,
                _reached(access, solved.settings[name], row, siting),
                chosen,
                replace(siting, reach=_reach(row, siting)),
                spread,
            )
            for name, row in rows.items()
        }
    )
    whole = Options(
        site_ids=tuple(chosen["site_id"]),
        sizes=options["size_t_per_a"].to_numpy(dtype=float) / part,
        allowed=fits(chosen, options, overrule_available=siting.overrule_available),
        p=1,
        excludes=tuple(_pairs(sites, kept)),
    )
    empty = ground(cases[DEFAULT], whole)
    before_t = processed(empty, np.zeros(empty.merged.site_reach.shape[1]))
    found = []
    for p in plants or range(1, siting.p + 1):
        progress(f"{stream}, {p}")
        asked = replace(whole, p=p)
        best = plan(cases[DEFAULT], asked)
        table = rank_sites(cases, asked, default=DEFAULT, merit=_merit(chosen))
        table["size_t_per_a"] *= part
        known = chosen.set_index("site_id")
        table = table.assign(
            name=known.loc[table["site_id"], "name"].to_numpy(),
            zone_id=known.loc[table["site_id"], "zone_id"].to_numpy(),
            stream=stream,
            streams=";".join(takes),
            p=p,
        ).sort_values(["rank", "site_id"], kind="stable", na_position="last")
        case = cases[DEFAULT]
        years = int(case.counts.sum())
        found.append(
            Proposal(
                stream=stream,
                streams=takes,
                step=step,
                fraction=fraction,
                p=p,
                siting=siting,
                plan=best,
                other=runner_up(case, asked, best) if best.chosen else None,
                site_ids=whole.site_ids,
                sites=table[list(SITE_COLUMNS)].reset_index(drop=True),
                left_out=passing[~passing["passes"]][["site_id", "why_not"]].reset_index(drop=True),
                before_t_per_a=before_t / years,
                after_t_per_a=best.processed_t / years,
                gained_by_year=_by_year(ground(case, asked), best, siting),
                scenarios=tuple(rows),
            )
        )
    return found


@dataclass(frozen=True)
class _Spread:
    """The streams that new plants take, all that share plants with them, and at which step."""

    takes: Sequence[str]
    together: Sequence[str]
    step: Step
    detour_factor: float


def case_of(
    access: Access, setting: Setting, sites: gpd.GeoDataFrame, siting: Siting, spread: _Spread
) -> Case:
    """Return the case of one scenario: everybody whose stream shares a plant at the step.

    Parameters
    ----------
    access, setting
        Nodes and plants, and what the scenario makes of them.
    sites
        The candidates.
    siting
        Years and reach.
    spread
        The streams and the step; what is collected is taken to arrive there.
    """
    nodes = access.network.nodes
    rows = np.flatnonzero(nodes["stream"].isin(spread.together))
    years = sorted({*siting.years, siting.opens + FIFTH})
    at = np.array(years) - FIRST_YEAR
    places = sites.geometry.to_crs("EPSG:4326")
    ends = pd.DataFrame({"longitude": places.x, "latitude": places.y})
    km = distances_km(nodes.iloc[rows], ends, detour_factor=spread.detour_factor)
    own = nodes["stream"].isin(spread.takes).to_numpy()[rows]
    # Candidates are in the country: only a reach that ends at the border of the region stops them.
    inside = sites["zone_id"].notna().to_numpy() | (siting.reach != "province_only")
    return Case(
        demand=np.nan_to_num(setting.collected[np.ix_(rows, at)]),
        ours=nodes["ours"].to_numpy()[rows],
        reach=(access.network.takes[spread.step] & setting.reach)[rows],
        capacity=setting.worst[:, at],
        km=access.km[rows],
        site_reach=own[:, None] & inside[None, :],
        site_km=km,
        counts=np.isin(years, siting.years),
        runs=np.array(years) >= siting.opens,
        fifth=years.index(siting.opens + FIFTH),
        # What is in no zone is none.
        zone=pd.factorize(nodes["place"].iloc[rows].where(nodes["place"] != UNALLOCATED))[0],
    )


def _by_year(on: Ground, best: Plan, siting: Siting) -> tuple[tuple[int, float], ...]:
    """Return what is processed more with the plan in each year that counts."""
    sites, sizes = (np.array([pair[i] for pair in best.chosen], dtype=np.intp) for i in (0, 1))
    built = class_capacity(on, Plants(sites, sizes))
    more = (served(on, built) - served(on, np.zeros_like(built))).sum(axis=0)
    years = sorted({*siting.years, siting.opens + FIFTH})
    return tuple(
        (year, float(gained))
        for year, gained in zip(years, more, strict=True)
        if year in siting.years
    )


def _shared(cases: Mapping[str, Case]) -> dict[str, Case]:
    """Return the cases with one object for those that are equal, so that each is solved once."""
    known: dict[bytes, Case] = {}
    parts = ("demand", "reach", "capacity", "site_reach")
    return {
        name: known.setdefault(b"".join(getattr(case, part).tobytes() for part in parts), case)
        for name, case in cases.items()
    }


def _reached(access: Access, setting: Setting, scenario: Scenario, siting: Siting) -> Setting:
    """Return a setting within the reach that is asked for, unless the scenario is one of reach."""
    asked = _reach(scenario, siting)
    if asked == scenario.reach:
        return setting
    reach = within_reach(access.plants, access.km, reach=asked, home=access.home)
    return replace(setting, reach=reach)


def _reach(scenario: Scenario, siting: Siting) -> Reach:
    """Return the reach of a scenario: its own where that is what it changes, else what is asked."""
    return scenario.reach if scenario.reach != Scenario().reach else siting.reach


def _together(access: Access, takes: Sequence[str], step: Step) -> list[str]:
    """Return the streams that share plants at a step with those that are taken, one by one."""
    accepts = access.accepts[access.accepts["step"] == step]
    found = set(takes)
    while True:
        plants = set(accepts.loc[accepts["stream"].isin(found), "facility"])
        more = set(accepts.loc[accepts["facility"].isin(plants), "stream"]) | found
        if more == found:
            return [stream for stream in access.ratios if stream in found]
        found = more


def _part(
    access: Access,
    runs: Mapping[str, Mapping[str, Run]],
    siting: Siting,
    *,
    stream: str,
    fraction: str,
) -> float:
    """Return what part of a whole product the plant takes, in the years that count on average."""
    parts = parts_of(access.fractions, runs[DEFAULT], runs[DEFAULT])
    part = parts.get((stream, fraction), np.ones(len(YEARS)))
    counted = part[np.isin(YEARS, siting.years)]
    found = float(counted.mean())
    if not found > 0:
        raise DataError(
            problem(
                f"siting {stream}",
                f"no {fraction} in what is released in {', '.join(map(str, siting.years))}",
                "some in the years that count",
                "choose other years, or another step",
            )
        )
    return found


def _pairs(sites: gpd.GeoDataFrame, kept: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return the pairs that never stand together, by their places among those kept."""
    place = {int(row): number for number, row in enumerate(kept)}
    return [
        (place[one], place[other])
        for one, other in excluding_pairs(sites)
        if one in place and other in place
    ]


def _merit(sites: gpd.GeoDataFrame) -> Floats:
    """Return how good each site is, attribute by attribute: higher is better."""
    columns = []
    for name, words in MERITS.items():
        if words:
            values = sites[name].astype(object).where(sites[name].notna(), "unknown")
            columns.append(values.map({word: place for place, word in enumerate(words)}))
        else:
            # Places are known to some kilometres: bands of five, the unknown above the nearest.
            columns.append(np.floor(sites[name] / BAND_KM).fillna(_UNKNOWN_BAND))
    return np.column_stack([column.to_numpy(dtype=float) for column in columns])


def site_layer(
    proposals: Sequence[Proposal], candidates: gpd.GeoDataFrame | None, *, crs: str
) -> gpd.GeoDataFrame:
    """Return CONTRACT's layer sites: a row for each site, stream and number of plants."""
    tables = [proposal.sites for proposal in proposals]
    if candidates is None or not tables:
        return gpd.GeoDataFrame(columns=[*SITE_COLUMNS, "geometry"], geometry="geometry", crs=crs)
    rows = pd.concat(tables, ignore_index=True)
    place = pd.Index(candidates["site_id"]).get_indexer(pd.Index(rows["site_id"]))
    return gpd.GeoDataFrame(rows, geometry=candidates.geometry.array[place], crs=crs)


def proposals_of(  # noqa: PLR0913, PLR0917 - all that proposals depend on
    maps: Iterable[Map],
    solved: Balance,
    scenarios: Sequence[Scenario],
    runs: Mapping[str, Mapping[str, Run]],
    candidates: gpd.GeoDataFrame | None,
    plant_sizes: pd.DataFrame,
    *,
    detour_factor: float,
) -> tuple[Proposal, ...]:
    """Rank the sites for every stream that a map asks it for, as in `propose`."""
    found: list[Proposal] = []
    for page in maps:
        if candidates is None:
            break
        for siting in page.siting:
            for stream in siting.streams:
                found += propose(
                    solved,
                    scenarios,
                    runs,
                    candidates,
                    plant_sizes,
                    siting,
                    stream=stream,
                    detour_factor=detour_factor,
                )
    return tuple(found)
