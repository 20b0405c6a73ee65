"""Who can reach which plant, how far it is, and how much of a product the plant can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.errors import DataError, problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atlas.definitions import Step

EARTH_KM = 6371.0088  # mean radius; the page computes distances the same way
# Products pass the steps in this order; a plant that takes a whole product serves earlier ones too.
STEPS: tuple[Step, ...] = ("collection", "sorting", "dismantling", "recycling", "refining")


def distances_km(
    nodes: pd.DataFrame, facilities: pd.DataFrame, *, detour_factor: float
) -> NDArray[np.float64]:
    """Return kilometres from every node to every plant: great circle times the detour factor.

    Parameters
    ----------
    nodes, facilities
        ``longitude`` and ``latitude`` in degrees.
    detour_factor
        Kilometres travelled for each as the crow flies.

    Returns
    -------
    ndarray, shape (nodes, facilities)
        NaN to a plant without coordinates.
    """
    lon1, lat1 = (np.radians(nodes[c].to_numpy(float))[:, None] for c in ("longitude", "latitude"))
    lon2, lat2 = (
        np.radians(facilities[c].to_numpy(float))[None, :] for c in ("longitude", "latitude")
    )
    half = (
        np.sin((lat2 - lat1) / 2) ** 2
        + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    )
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(half)) * detour_factor, dtype=float)


def acceptance(
    facilities: pd.DataFrame,
    fractions: pd.DataFrame,
    steps: Mapping[str, Step],
    *,
    year: int,
    foreign_share: Mapping[str, float],
) -> pd.DataFrame:
    """Return which plants count at the step of each stream, and for how much.

    A plant counts when it runs in `year`, has coordinates, and takes a fraction that bears
    critical raw materials and arrives at that step (blades and glass close no such gap); a plant
    of a later step that takes the fraction whole counts as well.  Capacities are turned into
    tonnes of whole product; abroad, only the share that falls to this country counts.

    Parameters
    ----------
    facilities
        From `facilities.locate_facilities`, with ``longitude`` and ``latitude``.
    fractions
        ``stream, fraction, mass_share, arrives_at_step, carries_crm``.
    steps
        Stream -> the step at which its gap is taken.
    year
        Plants that open later do not count.
    foreign_share
        Country -> share of a plant's capacity that serves this country (1 at home).

    Returns
    -------
    DataFrame
        ``facility`` (row number in `facilities`), ``stream``, ``capacity_t_per_a`` in tonnes of
        whole product a year (NaN where unknown), and ``best_t_per_a``: the same, but where the
        capacity is unknown the throughput that is stated for the whole site, else no limit (inf).

    Raises
    ------
    DataError
        When one plant takes two streams by fractions of different mass, so that its one capacity is
        no number of product tonnes; when the share of its country is not known.
    """
    rows: list[dict[str, object]] = []
    problems: list[str] = []
    bearing = fractions[fractions["carries_crm"] == "yes"]
    for number, plant in enumerate(facilities.to_dict("records")):
        placed = plant["geometry"] is not None
        if not placed or not counts(plant["status"], plant["step"], plant["from_year"], year=year):
            continue
        shares = {}
        for stream in str(plant["streams"] or "").split(";"):
            fraction = bearing[
                (bearing["stream"] == stream)
                & (bearing["fraction"] == plant["fraction"])
                & (bearing["arrives_at_step"] == steps.get(stream))
            ]
            if len(fraction) and STEPS.index(plant["step"]) >= STEPS.index(steps[stream]):
                shares[stream] = float(fraction["mass_share"].iloc[0])
        # NaN differs from itself: a share that is not known is one answer, not several.
        if len({share for share in shares.values() if share == share}) > 1:  # noqa: PLR0124
            problems.append(
                problem(
                    f"facility {plant['facility_id']}",
                    f"{plant['fraction']} is {shares} of its streams",
                    "one mass share, since the capacity is shared",
                    "split the plant into one row for each stream",
                )
            )
        if shares and plant["country"] not in foreign_share:
            problems.append(
                problem(
                    f"facility {plant['facility_id']}",
                    f'country "{plant["country"]}"',
                    f"one of {', '.join(foreign_share)}",
                    f"add residents_{str(plant['country']).lower()} to the national figures",
                )
            )
            continue
        known = plant["capacity_t_per_a"] if plant["status"] == "operating" else np.nan
        home = foreign_share.get(plant["country"], np.nan)
        site = plant["site_throughput_t_per_a"]
        best = known if np.isfinite(known) else site if np.isfinite(site) else np.inf
        rows += [
            {
                "facility": number,
                "stream": stream,
                "capacity_t_per_a": known / share * home,
                "best_t_per_a": best / share * home,
            }
            for stream, share in shares.items()
        ]
    raise_problems(problems)
    return pd.DataFrame(rows, columns=["facility", "stream", "capacity_t_per_a", "best_t_per_a"])


def counts(status: str, step: str, from_year: float, *, year: int) -> bool:
    """Tell whether a plant recycles in `year`; refurbishers and traders never do."""
    opened = bool(np.isnan(from_year)) or from_year <= year
    return status in ("operating", "unknown") and step in STEPS[1:] and opened


def shares_abroad(national: pd.DataFrame, *, home: str) -> dict[str, float]:
    """Return, for each country with residents in the table, the part of its plants for `home`.

    A plant abroad serves its own country too; residents stand for the flows of both.
    """
    residents = national[national["figure"].str.fullmatch(r"residents_[a-z]{2}")]
    latest = residents.sort_values("year").groupby("figure")["value"].last()
    own = latest.get(f"residents_{home.lower()}")
    if own is None:
        raise DataError(
            problem("national figures", f"no residents_{home.lower()}", "a number", "add it")
        )
    return {
        str(figure).removeprefix("residents_").upper(): float(own / (own + host))
        if figure != f"residents_{home.lower()}"
        else 1.0
        for figure, host in latest.items()
    }
