"""What a question of siting must satisfy: sizes, years, words and places, and what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.access import distances_km
from atlas.errors import problem, raise_problems
from atlas.rules import check_siting
from atlas.sites import ATTRIBUTES, SiteFilter, sizes_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from atlas.definitions import Siting, Step

# A candidate farther than this from everyone who brings anything is not in the country.
FARTHEST_KM = 150.0
# How good each word is, for sites that process as much; what is not known stands in between.
MERITS: Mapping[str, tuple[str, ...]] = {
    "quay": ("none", "unknown", "inland", "deep_sea"),
    "grid": ("congested", "unknown", "ok"),
    "external_safety": ("no", "unknown", "limited", "ok"),
    "nitrogen_km": (),
    "transformation": ("yes", "unknown", "partial", "none"),
}


def tried_sizes(
    plant_sizes: pd.DataFrame, siting: Siting, *, stream: str, step: Step, fraction: str
) -> pd.DataFrame:
    """Return the sizes that are tried: those asked for, else those stated."""
    stated = sizes_for(plant_sizes, stream=stream, step=step, fraction=fraction)
    if not siting.sizes:
        return stated
    streams = stated["streams"].iloc[0] if len(stated) else stream
    land = float(stated["ha_per_1000_t"].iloc[0]) if len(stated) else np.nan
    sizes = sorted(siting.sizes)
    return pd.DataFrame({"size": [f"{size:g} t" for size in sizes], "size_t_per_a": sizes}).assign(
        streams=streams, ha_per_1000_t=land, grade="D"
    )


def question_problems(
    siting: Siting, options: pd.DataFrame, *, stream: str, step: Step, fraction: str
) -> list[str]:
    """Name what of the question has no answer."""
    where, problems = f"siting {stream}", []
    if not len(options):
        problems.append(
            problem(
                where,
                f"no size stated for {step} of {fraction}",
                "one at least",
                "name sizes of your own, or add plants to the table of sizes",
            )
        )
    return problems + check_siting(siting, where=where)


def check_near(sites: gpd.GeoDataFrame, nodes: pd.DataFrame, *, detour_factor: float) -> None:
    """Refuse candidates that are not in the country: nobody would reckon with them."""
    places = sites.geometry.to_crs("EPSG:4326")
    ends = pd.DataFrame({"longitude": places.x, "latitude": places.y})
    nearest = distances_km(nodes, ends, detour_factor=detour_factor).min(axis=0)
    raise_problems(
        problem(
            f"site {site_id}",
            f"{km:.0f} km from the nearest place that brings anything",
            f"within {FARTHEST_KM:g} km: candidates lie in the country",
            "correct its coordinates, or leave it out",
        )
        for site_id, km in zip(sites["site_id"], nearest, strict=True)
        if km > FARTHEST_KM
    )


def filter_of(siting: Siting) -> SiteFilter:
    """Return what is asked of a site."""
    return SiteFilter(
        category=siting.category,
        external_safety=siting.external_safety or None,
        grid=siting.grid or None,
        quay=siting.quay or None,
        transformation=siting.transformation or None,
        nitrogen_km=siting.nitrogen_km,
        unknown_passes=frozenset(ATTRIBUTES) - set(siting.unknown_fails),
        overrule_available=siting.overrule_available,
    )


def nothing_passes(passing: pd.DataFrame) -> str:
    """Say which attribute keeps most sites out, so that it can be relaxed."""
    names = passing["why_not"].str.split("; ").explode().str.split(" is ").str[0]
    counts = names.value_counts()
    told = ", ".join(f"{name} keeps out {count}" for name, count in counts.items())
    return problem(
        "siting filters",
        f"none of {len(passing)} sites passes ({told})",
        "one at least",
        f"relax {counts.index[0]} first",
    )
