"""The capacity programme as the page reads it: what passes each step, where to, and how near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlas.allocation import TOLERANCE
from atlas.definitions import FIRST_YEAR
from atlas.outside import OUTSIDE
from atlas.programme import WHY
from atlas.scenarios import DEFAULT
from atlas.trail import Json, outside_step, processed_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.definitions import Flow, Stock
    from atlas.pipeline import Atlas
    from atlas.supply import Run

    Floats = NDArray[np.float64]

_SHARES = 13  # digits of a share: what the page multiplies out stays within 1e-9 of the tables
_TONNES, _KM = 3, 1  # decimals of a flow, which is drawn and named; sums stand beside it


def processed_document(atlas: Atlas, stream: Stock | Flow, run: Run) -> Json:
    """Return which part of what is collected passes each step, in every scenario.

    Returns
    -------
    dict
        ``steps``; ``at``, the place among them of the step that the gap is taken at;
        ``scenarios``, for each step the places in ``pool`` of the parts at worst, the parts at
        best, and the reasons of what is left over; ``why``, the names of the reasons; ``trail``,
        and ``outside``, the step of the demand of the rest of the country.

        An entry of the pool is one value, or one a year; of a year, one, or one a zone with what is
        unallocated last.  Scenarios with the same parts share them.
    """
    solved = atlas.balance
    nodes = solved.access.network.nodes
    own = ((nodes["stream"] == stream.id) & nodes["ours"]).to_numpy()
    steps = solved.access.network.chain[stream.id]
    pool: list[Any] = []
    places: dict[str, int] = {}

    def pooled(value: Any) -> int:  # noqa: ANN401 - numbers, or lists of them
        key = str(value)
        if key not in places:
            places[key] = len(pool)
            pool.append(value)
        return places[key]

    scenarios: Json = {}
    for name, passed in solved.passed.items():
        setting = solved.settings[name]
        collected = np.nan_to_num(setting.collected[own])
        if not (~np.isnan(setting.collected[own])).any():
            continue  # a report that does not count the stream
        scenarios[name] = [
            [
                pooled(_compact(_part(passed.worst[step][own], collected), collected)),
                pooled(_compact(_part(passed.best[step][own], collected), collected)),
                pooled(_compact(passed.why[step][own].astype(float), collected)),
            ]
            for step in steps
        ]
    return {
        "steps": list(steps),
        "at": steps.index(run.supply.step),
        "scenarios": scenarios,
        "why": list(WHY),
        "pool": pool,
        "trail": processed_step(stream),
        "outside": outside_step(stream, solved.access.ratios[stream.id])
        if len(solved.access.outside)
        else None,
    }


def _part(passed: Floats, collected: Floats) -> Floats:
    return np.divide(
        np.nan_to_num(passed), collected, out=np.zeros_like(collected), where=collected > 0
    )


def _compact(part: Floats, collected: Floats) -> Any:  # noqa: ANN401 - numbers, or lists of them
    """Return one value where all are the same; zones that collect nothing have any."""
    years = [_of_year(part[:, t], collected[:, t]) for t in range(part.shape[1])]
    known = [each for each in years if each is not None]
    if not known:
        return 0
    if all(not isinstance(each, list) and each == known[0] for each in known):
        return known[0]
    return [0 if each is None else each for each in years]


def _of_year(part: Floats, collected: Floats) -> Any:  # noqa: ANN401 - a number, or a list of them
    some = part[collected > 0]
    if not len(some):
        return None
    if np.ptp(some) <= TOLERANCE * 1e-3 * max(1.0, float(some.max())):
        return _short(float(some[0]))
    return [_short(float(value)) for value in part]


def _short(value: float) -> float | int:
    rounded = round(value, _SHARES)
    return int(rounded) if rounded == int(rounded) else rounded


def flow_document(atlas: Atlas) -> Json:
    """Return the flows of the default scenario at the step that each stream's gap is taken at.

    Returns
    -------
    dict
        Stream -> year -> rows of zone (its place; null for what is unallocated or outside),
        facility (its place), tonnes, kilometres, and 1 where it comes from outside the region.
    """
    plants = {name: i for i, name in enumerate(atlas.facilities["facility_id"])}
    zones = {name: i for i, name in enumerate(atlas.zones["zone_id"])}
    flows = atlas.flows[atlas.flows["scenario_id"] == DEFAULT]
    found: Json = {}
    for flow in flows.drop(columns="geometry").to_dict("records"):
        stream = str(flow["stream"])
        if flow["step"] != atlas.streams.supplies[stream].step:
            continue
        rows = found.setdefault(stream, {}).setdefault(str(flow["year"]), [])
        rows.append(
            [
                zones.get(flow["zone_id"]),
                plants[flow["facility_id"]],
                round(float(flow["tonnes"]), _TONNES),
                round(float(flow["distance_km"]), _KM),
                int(flow["zone_id"] == OUTSIDE),
            ]
        )
    return found


def nearest_document(atlas: Atlas, stream: str) -> Json:
    """Return for each step the nearest plant of every zone that takes the stream, and its km.

    Of the first year; null where none takes it.  Beside the kilometres stands whether a plant
    abroad is so near the limit of 250 km that a detour decides whether it counts.
    """
    plants = {name: i for i, name in enumerate(atlas.facilities["facility_id"])}
    nearest = atlas.nearest
    year = int(nearest["year"].min()) if len(nearest) else FIRST_YEAR
    rows = nearest[(nearest["stream"] == stream) & (nearest["year"] == year)]
    found: Json = {}
    for step in atlas.balance.access.network.chain[stream]:
        own = rows[rows["step"] == step].set_index("zone_id")
        found[step] = [
            [
                plants[own["facility_id"][zone]],
                round(float(own["distance_km"][zone]), _KM),
                bool(own["sensitive"][zone]),
            ]
            if zone in own.index
            else None
            for zone in atlas.zones["zone_id"]
        ]
    return found


def chain_document(atlas: Atlas, stream: str) -> Json:
    """Return how far the chain of a stream reaches: what passes each step, and when gaps start.

    Returns
    -------
    dict
        ``steps``; ``collected``, tonnes of the region by year; ``reaches``: reach -> demand -> for
        each step ``passed``, ``best`` (None where it is the same), and ``starts``, by the end of
        the range the first year of a gap at worst and at best.
    """
    steps = list(atlas.balance.access.network.chain[stream])
    chains = atlas.chains[atlas.chains["stream"] == stream]
    starts = atlas.gap_starts[atlas.gap_starts["stream"] == stream]
    whens = dict(iter(starts.groupby(["reach", "demand", "step"])))
    reaches: Json = {}
    collected: list[float | None] = []
    for keys, own in chains.groupby(["reach", "demand", "step"], sort=False):
        reach, demand, _ = (str(key) for key in keys)
        collected = _tonnes(own["collected_t"])
        passed, best = _tonnes(own["passed_t"]), _tonnes(own["passed_t_best"])
        years = whens[keys]
        reaches.setdefault(reach, {}).setdefault(demand, []).append(
            {
                "passed": passed,
                "best": None if best == passed else best,
                "starts": {
                    end: [None if pd.isna(year) else int(year) for year in row]
                    for end, row in zip(
                        years["range"], years[["year", "year_best"]].to_numpy(), strict=True
                    )
                },
            }
        )
    flows = atlas.flows[(atlas.flows["stream"] == stream) & (atlas.flows["zone_id"] != OUTSIDE)]
    flows = flows[flows["step"] == atlas.streams.supplies[stream].step]
    tonne_km = (flows["tonnes"] * flows["distance_km"]).groupby(flows["year"]).sum()
    return {
        "steps": steps,
        "collected": collected,
        "reaches": reaches,
        "tonne_km": {str(year): float(value) for year, value in tonne_km.items()},
    }


def _tonnes(values: pd.Series) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), _TONNES) for value in values]


def cover_document(atlas: Atlas, stream: str) -> Json | None:
    """Return who has a collection point near: for each certainty, own_only, and distance.

    Returns
    -------
    dict or None
        ``km``, the distances; ``status``: certainty -> by zone; ``covered``: certainty -> no or yes
        (own municipality only) -> by distance the residents covered at least and at most, by zone,
        None where they are unknown.  None for a stream that nobody hands in.
    """
    rows = atlas.cover[atlas.cover["stream"] == stream]
    if rows.empty:
        return None
    order = list(atlas.zones["zone_id"])
    status: Json = {}
    covered: Json = {}
    for keys, own in rows.groupby(["certainty", "own_only", "distance_km"], sort=False):
        certainty, answer = str(keys[0]), "yes" if own["own_only"].iloc[0] else "no"
        table = own.set_index("zone_id").loc[order]
        status[certainty] = table["status"].tolist()
        kept = covered.setdefault(certainty, {}).setdefault(answer, [])
        kept.append([_people(table["covered_low"]), _people(table["covered_high"])])
    return {
        "km": [float(km) for km in dict.fromkeys(rows["distance_km"])],
        "status": status,
        "covered": covered,
    }


def _people(values: pd.Series) -> list[int | None]:
    return [None if np.isnan(value) else round(float(value)) for value in values]
