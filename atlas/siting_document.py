"""Candidate sites and their ranking as the page reads them, and as a terminal does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlas.definitions import Siting

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from atlas.pipeline import Atlas
    from atlas.proposals import Proposal
    from atlas.trail import Json

_DEGREES = 5  # decimals: about a metre
_SITE = (
    "site_id", "name", "kind", "municipality", "zone_id", "precision_m", "hectares",
    "hectares_available", "category", "quay", "rail", "external_safety", "grid", "transformation",
    "natura2000_km", "nitrogen_km", "lies_in", "year", "source_url", "certainty", "note",
)  # fmt: skip
_ROW = (
    "rank", "class", "chosen", "size_t_per_a", "gained_t_per_a", "ours_t_per_a", "served_zones",
    "utilisation", "mean_km", "robustness", "regret_t", "lost_in",
)  # fmt: skip
_DIGITS = 6  # of an amount that is shown and never summed


def sites_document(atlas: Atlas) -> list[Json]:
    """Return every candidate site with what is known of it; None is not known."""
    if atlas.candidates is None:
        return []
    places = atlas.candidates.geometry.to_crs("EPSG:4326")
    return [
        {name: _plain(site[name]) for name in _SITE}
        | {"point": [round(float(y), _DEGREES), round(float(x), _DEGREES)]}
        for site, x, y in zip(atlas.candidates.to_dict("records"), places.x, places.y, strict=True)
    ]


def siting_document(atlas: Atlas) -> Json:
    """Return the ranking of every stream that a map asks for: stream -> one for each p."""
    found: Json = {}
    for proposal in atlas.proposals:
        rows = [proposal_document(proposal, atlas.candidates)]
        found.setdefault(proposal.stream, []).extend(rows)
    return found


def proposal_document(proposal: Proposal, candidates: gpd.GeoDataFrame | None) -> Json:
    """Return one proposal as plain values; sites are named by their place among the candidates."""
    names = [] if candidates is None else list(candidates["site_id"])
    place = {name: number for number, name in enumerate(names)}
    plan, other = proposal.plan, proposal.other
    years = len(proposal.siting.years)
    # Tonnes and tonne-kilometres are summed over the years that count, and told by the year.
    per = years if other and other.objective in ("processed_t", "tonne_km") else 1
    return {
        "streams": list(proposal.streams),
        "command": _command(proposal),
        "step": proposal.step,
        "fraction": proposal.fraction,
        "p": proposal.p,
        "opens": proposal.siting.opens,
        "years": list(proposal.siting.years),
        "reach": proposal.siting.reach,
        "before_t_per_a": _plain(proposal.before_t_per_a),
        "after_t_per_a": _plain(proposal.after_t_per_a),
        "capacity_t_per_a": _plain(plan.capacity_t_per_a),
        "tonne_km_per_a": _plain(plan.tonne_km / years),
        "gained_by_year": [[year, _plain(gained)] for year, gained in proposal.gained_by_year],
        "chosen": [place[proposal.site_ids[site]] for site, _ in plan.chosen],
        "reason": plan.reason or None,
        "other": None
        if other is None
        else {
            "sites": [place[proposal.site_ids[site]] for site, _ in other.plan.chosen],
            "objective": other.objective,
            "best": _plain(other.best / per),
            "other": _plain(other.other / per),
            "change": _plain(other.change / per),
        },
        "scenarios": len(proposal.scenarios),
        "rows": [
            [place[row["site_id"]], *(_plain(row[name]) for name in _ROW)]
            for row in proposal.sites.to_dict("records")
        ],
        "left_out": [
            [place[row["site_id"]], row["why_not"]] for row in proposal.left_out.to_dict("records")
        ],
    }


def _command(proposal: Proposal) -> str:
    """Return what to say to the command to have the same answer, after the region."""
    asked = proposal.siting
    words = [proposal.stream, f"--p {proposal.p}", f"--opens {asked.opens}"]
    words.append(f"--years {','.join(map(str, asked.years))}")
    words += [f"--size {size:g}" for size in asked.sizes]
    options = {
        "reach": asked.reach if asked.reach != Siting.reach else None,
        "category": asked.category,
        "safety": ",".join(asked.external_safety),
        "grid": ",".join(asked.grid),
        "quay": ",".join(asked.quay),
        "transformation": ",".join(asked.transformation),
        "nitrogen": asked.nitrogen_km,
        "unknown-fails": ",".join(asked.unknown_fails),
    }
    words += [f"--{name} {value}" for name, value in options.items() if value]
    return " ".join([*words, *(["--overrule-available"] if asked.overrule_available else [])])


def _plain(value: Any) -> Any:  # noqa: ANN401 - any cell of a table
    """Return a plain JSON value, None for what is missing; amounts to a few digits."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def in_words(proposals: Sequence[Proposal], candidates: gpd.GeoDataFrame) -> str:
    """Write proposals for a terminal, in English."""
    names = dict(zip(candidates["site_id"], candidates["name"], strict=True))
    return "\n\n".join("\n".join(_lines(proposal, names)) for proposal in proposals)


def _lines(proposal: Proposal, names: dict[str, str]) -> list[str]:
    """Write one proposal: the plan, the ranking, the runner-up, and who was left out."""
    plan, siting = proposal.plan, proposal.siting
    years = ", ".join(map(str, siting.years))
    asked = (
        f"{proposal.stream}: at most {proposal.p} new for {proposal.step} of {proposal.fraction}"
    )
    asked += f", open from {siting.opens}, over {years}, reach {siting.reach}"
    taken = f"taken: {', '.join(proposal.streams)}; known facilities process "
    taken += f"{proposal.before_t_per_a:,.0f} t/a of all that shares them, with the plan "
    taken += f"{proposal.after_t_per_a:,.0f} t/a"
    chosen = [f"{names[name]} ({name})" for name in (proposal.site_ids[i] for i, _ in plan.chosen)]
    built = f"plan: {', '.join(chosen)}; {plan.capacity_t_per_a:,.0f} t/a of whole product, "
    built += f"{plan.tonne_km / len(siting.years):,.0f} t·km/a of ours"
    nothing = f"nothing is worth building: {plan.reason}"
    lines = [asked, taken, built if chosen else nothing]
    lines.append(
        f"{'rank':>4} {'class':>5}  {'site':<42} {'t/a':>8} {'gained':>8} {'ours':>7} {'zones':>5} "
        f"{'use':>5} {'km':>5} {'robust':>6} {'regret':>7}"
    )
    for row in proposal.sites.to_dict("records"):
        if pd.isna(row["rank"]):
            continue
        mark = "*" if row["chosen"] else " "
        use = "–" if pd.isna(row["utilisation"]) else f"{row['utilisation']:.0%}"
        km = "–" if pd.isna(row["mean_km"]) else f"{row['mean_km']:.0f}"
        lines.append(
            f"{row['rank']:>4} {row['class']:>5} {mark}{str(row['name'])[:41]:<42} "
            f"{row['size_t_per_a']:>8,.0f} {row['gained_t_per_a']:>8,.0f} "
            f"{row['ours_t_per_a']:>7,.0f} {row['served_zones']:>5} {use:>5} {km:>5} "
            f"{row['robustness']:>6.0%} {row['regret_t']:>7,.0f}"
        )
    lost = proposal.sites["lost_in"].mode()
    if len(lost) and lost.iloc[0]:
        lines.append(f"most sites lose: {lost.iloc[0].replace(';', ', ')}")
    lines += [_runner_up(proposal, names)] if proposal.other else []
    ranked = proposal.sites["rank"].notna()
    without = proposal.left_out
    if ranked.any():  # otherwise the reason of the plan tells of all of them
        why_not = "no size fits there, or none can be filled enough"
        unplanned = proposal.sites.loc[~ranked, ["site_id"]].assign(why_not=why_not)
        without = pd.concat([without, unplanned])
    if len(without):
        lines.append("left out:")
        lines += [
            f"  {names[row['site_id']]} ({row['site_id']}): {row['why_not']}"
            for row in without.to_dict("records")
        ]
    return lines


def _runner_up(proposal: Proposal, names: dict[str, str]) -> str:
    """Say which set of sites comes second, and what would have to change for it to win."""
    other = proposal.other
    if other is None:
        return ""
    sites = ", ".join(names[proposal.site_ids[site]] for site, _ in other.plan.chosen)
    sites = sites or "nothing built"
    years = len(proposal.siting.years)
    share = -other.change / other.other if other.other else 0.0
    words = {
        "processed_t": f"it would have to process {other.change / years:,.0f} t/a more",
        "capacity_t_per_a": f"it would have to need {-other.change:,.0f} t/a less of capacity",
        "tonne_km": f"its journeys would have to be {-other.change / years:,.0f} t·km/a shorter "
        f"({share:.1%})",
        "plants": f"it would have to need {-other.change:.0f} plants fewer",
        "site_id": "it is as good: only the order of the names decides",
    }
    return f"runner-up: {sites}; to win {words[other.objective]}"
