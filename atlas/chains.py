"""Where the chain of each stream breaks, and from when: in the region, the country and beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from atlas.capacity import YEARS, setting_of
from atlas.programme import solve
from atlas.scenarios import DEFAULT, Scenario
from atlas.supply import at_end

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas.capacity import Access
    from atlas.definitions import Demand, Reach
    from atlas.programme import Passed, Setting
    from atlas.supply import Run

REACHES: tuple[Reach, ...] = ("province_only", "netherlands", "europe")
DEMANDS: tuple[Demand, ...] = ("proportional", "province_alone")
ENDS: tuple[Literal["low", "mid", "high"], ...] = ("low", "mid", "high")
# A gap starts where more than this part of what is collected is left over: less is dust.
_SOME = 1e-6


def chains_of(
    access: Access, runs: Mapping[str, Mapping[str, Run]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Follow what the region collects down the chain, within three reaches.

    Parameters
    ----------
    access
        From `capacity.access_of`.
    runs
        What is released in every scenario; that of the default is used.

    Returns
    -------
    chains
        ``stream, reach, demand, step, year, collected_t, passed_t, passed_t_best``: what of the
        region's passes each step, with the demand of the rest of the country and without it.  The
        chain breaks at a step by what passed the one before minus what passes it.
    starts
        ``stream, reach, demand, step, range, year, year_best``: the first year in which not all
        that is collected passes the step (None when there is none), where what is collected lies at
        the low end of its range, in the middle, or at the high end, in all zones together.
    """
    chains, starts = [], []
    for reach in REACHES:
        for demand in DEMANDS:
            scenario = Scenario(reach=reach, demand=demand)
            for end in ENDS:
                moved = {name: at_end(run, end) for name, run in runs[DEFAULT].items()}
                setting = setting_of(access, scenario, {DEFAULT: moved})
                passed = solve(access.network, setting)
                keys = {"reach": reach, "demand": demand}
                starts.append(_starts(access, setting, passed).assign(**keys, range=end))
                if end == "mid":
                    chains.append(_sums(access, setting, passed).assign(**keys))
    columns = ["stream", "reach", "demand", "step"]
    return (
        pd.concat(chains, ignore_index=True)[
            [*columns, "year", "collected_t", "passed_t", "passed_t_best"]
        ],
        pd.concat(starts, ignore_index=True)[[*columns, "range", "year", "year_best"]],
    )


def _sums(access: Access, setting: Setting, passed: Passed) -> pd.DataFrame:
    """Return what the region collects and what of it passes each step, year by year."""
    nodes = access.network.nodes
    tables = []
    for stream in access.ratios:
        own = ((nodes["stream"] == stream) & nodes["ours"]).to_numpy()
        for step in access.network.chain[stream]:
            parts = (setting.collected, passed.worst[step], passed.best[step])
            collected, worst, best = (part[own].sum(axis=0) for part in parts)
            tables.append(
                pd.DataFrame(
                    {
                        "stream": stream,
                        "step": step,
                        "year": YEARS,
                        "collected_t": collected,
                        "passed_t": worst,
                        "passed_t_best": best,
                    }
                )
            )
    return pd.concat(tables, ignore_index=True)


def _starts(access: Access, setting: Setting, passed: Passed) -> pd.DataFrame:
    """Return the first year of a gap, at worst and at best."""
    sums = _sums(access, setting, passed)
    rows = []
    for (stream, step), own in sums.groupby(["stream", "step"], sort=False):
        found: dict[str, object] = {"stream": stream, "step": step}
        for name, column in (("year", "passed_t"), ("year_best", "passed_t_best")):
            lost = own["collected_t"] - own[column] > _SOME * own["collected_t"]
            found[name] = int(own.loc[lost, "year"].min()) if lost.any() else None
        rows.append(found)
    return pd.DataFrame(rows).astype({"year": "Int64", "year_best": "Int64"})
