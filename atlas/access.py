"""Who can reach which plant, how far it is, and how much of a product the plant can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.errors import DataError, problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atlas.definitions import ForeignShare, Reach, Step, UnknownCapacity

EARTH_KM = 6371.0088  # mean radius; the page computes distances the same way
LIMIT_KM = 250.0  # how far a plant abroad may be, in the scenario of that name
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
    facilities: pd.DataFrame, fractions: pd.DataFrame, chain: pd.DataFrame
) -> pd.DataFrame:
    """Return which plant takes which stream at which step of its chain, whatever its capacity.

    A plant serves a step when it has coordinates, works at that step or a later one, and takes
    what arrives there: the fraction that the chain names, or another that bears critical raw
    materials and arrives at the same step.  One that takes an earlier fraction serves the steps
    from there to its own: a smelter of whole packs also recycles.  Blades and glass bear none, so
    they close no gap.

    Parameters
    ----------
    facilities
        From `facilities.locate_facilities`.
    fractions
        ``stream, fraction, arrives_at_step, carries_crm``.
    chain
        ``stream, order, step, fraction``: the steps that a stream passes, in their order.

    Returns
    -------
    DataFrame
        ``facility`` (row number in `facilities`), ``stream, step, fraction``.
    """
    bearing = fractions[fractions["carries_crm"] == "yes"]
    arrives: dict[tuple[str, str], set[str]] = {}
    for row in bearing.to_dict("records"):
        arrives.setdefault((row["stream"], row["arrives_at_step"]), set()).add(row["fraction"])
    steps = {
        str(stream): list(zip(own["step"], own["fraction"], strict=True))
        for stream, own in chain.sort_values("order").groupby("stream", sort=False)
    }
    rows = []
    for number, plant in enumerate(facilities.to_dict("records")):
        if plant["geometry"] is None or plant["step"] not in STEPS[1:]:
            continue
        for stream in str(plant["streams"] or "").split(";"):
            taken: set[str] = set()
            for step, fraction in steps.get(stream, []):
                taken |= {fraction} | arrives.get((stream, step), set())
                if plant["fraction"] in taken and STEPS.index(plant["step"]) >= STEPS.index(step):
                    rows.append((number, stream, step, plant["fraction"]))
    return pd.DataFrame(rows, columns=["facility", "stream", "step", "fraction"])


def running(
    facilities: pd.DataFrame, years: NDArray[np.int64], *, planned: bool, planned_from: int
) -> NDArray[np.bool_]:
    """Tell in which years each plant works, shape (m, T).

    Operating plants, and those of unknown status, count from their first year (always, where none
    is known) to their last; planned ones only where `planned`, from their year or, where none is
    stated, from `planned_from`.  Refurbishers and traders never do.
    """
    status = facilities["status"].to_numpy()
    first = facilities["from_year"].to_numpy(dtype=float)
    last = facilities["to_year"].to_numpy(dtype=float)
    hoped = status == "planned"
    first = np.where(np.isnan(first), np.where(hoped, planned_from, -np.inf), first)
    last = np.where(np.isnan(last), np.inf, last)
    there = np.isin(status, ["operating", "unknown", *(["planned"] if planned else [])])
    there &= facilities["step"].isin(STEPS[1:]).to_numpy()
    open_ = (first[:, None] <= years[None, :]) & (years[None, :] <= last[:, None])
    return np.asarray(there[:, None] & open_)


def mass_shares(
    facilities: pd.DataFrame,
    accepts: pd.DataFrame,
    shares: Mapping[tuple[str, str], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return what part of a whole product each plant takes, in every year, shape (m, T).

    Parameters
    ----------
    facilities, accepts
        As in and from `acceptance`.
    shares
        (stream, fraction) -> part of the product, in every year; NaN where it is not known.

    Raises
    ------
    DataError
        When one plant takes two streams by fractions of different mass, so that its one capacity is
        no number of product tonnes.
    """
    years = len(next(iter(shares.values()))) if shares else 0
    found = np.full((len(facilities), years), np.nan)
    problems = []
    names = facilities["facility_id"].to_numpy()
    for number, own in accepts.drop_duplicates(["facility", "stream"]).groupby("facility"):
        each = [shares[stream, own["fraction"].iloc[0]] for stream in own["stream"]]
        found[int(str(number))] = each[0]
        if not all(np.array_equal(each[0], other, equal_nan=True) for other in each[1:]):
            parts = {s: float(e[0]) for s, e in zip(own["stream"], each, strict=True)}
            problems.append(
                problem(
                    f"facility {names[int(str(number))]}",
                    f"{own['fraction'].iloc[0]} is {parts} of its streams",
                    "one mass share, since the capacity is shared",
                    "split the plant into one row for each stream",
                )
            )
    raise_problems(problems)
    return found


def capacities(  # noqa: PLR0913 - each is one part of the rule
    facilities: pd.DataFrame,
    runs: NDArray[np.bool_],
    mass_share: NDArray[np.float64],
    *,
    planned: bool,
    extends: NDArray[np.bool_] | None = None,
    unknown: UnknownCapacity,
    median_t: NDArray[np.float64],
    home_share: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what each plant can take of whole product, tonnes a year, shape (m, T).

    Parameters
    ----------
    facilities
        ``status, capacity_t_per_a, planned_capacity_t_per_a, site_throughput_t_per_a``.
    runs, mass_share
        From `running` and `mass_shares`.
    planned
        Whether plans count: the planned capacity of plants to come and of those that run.
    extends
        In which years plans of plants that run are carried out, shape (T,); by default in all.
    unknown
        What a plant of unknown capacity, or unknown status, counts for: nothing, the median size
        of its step (where one is known), or no limit but the throughput stated for its whole site.
    median_t
        Median size, shape (m,), NaN where none is known.
    home_share
        The part of each plant that falls to this country, shape (m,).
    """
    stated = facilities["capacity_t_per_a"].to_numpy(dtype=float)
    hoped = facilities["planned_capacity_t_per_a"].to_numpy(dtype=float)
    status = facilities["status"].to_numpy()
    later = np.ones(runs.shape[1], dtype=bool) if extends is None else extends
    known = np.where(status == "operating", stated, np.nan)[:, None].repeat(runs.shape[1], axis=1)
    if planned:
        more = np.isin(status, ["operating", "planned"])
        since = more[:, None] & (later[None, :] | (status == "planned")[:, None])
        known = np.where(since, np.fmax(stated, hoped)[:, None], known)
    site = facilities["site_throughput_t_per_a"].to_numpy(dtype=float)
    best = np.where(np.isnan(site), np.inf, site)
    instead = {
        "nothing": np.zeros(len(known)),
        "median": np.where(np.isnan(median_t), 0.0, np.minimum(median_t, best)),
        "unlimited": best,
    }[unknown]
    of_fraction = np.where(np.isnan(known), instead[:, None], known)
    # Of what the product holds none of, a plant takes any amount of product.
    with np.errstate(divide="ignore", invalid="ignore"):
        product = of_fraction / mass_share
    # A plant whose part of the product is not known is one of unknown capacity.
    blind = np.inf if unknown == "unlimited" else 0.0
    product = np.where(np.isnan(mass_share), np.where(of_fraction > 0, blind, 0.0), product)
    # Nothing of a plant is nothing, also of one without limit.
    falls = np.where(home_share > 0, home_share, 0.0)[:, None]
    with np.errstate(invalid="ignore"):
        here = np.where(falls > 0, product * falls, 0.0)
    return np.where(runs, np.nan_to_num(here, nan=0.0, posinf=np.inf), 0.0)


def within_reach(
    facilities: pd.DataFrame, km: NDArray[np.float64], *, reach: Reach, home: str
) -> NDArray[np.bool_]:
    """Tell which plants each node may use, shape (n, m).

    Parameters
    ----------
    facilities
        ``zone_id`` (None outside the region) and ``country``.
    km
        Kilometres, shape (n, m); NaN to a plant without a place.
    reach
        Only plants in the region; all of the country; those and plants abroad within
        `LIMIT_KM`; or all.
    home
        The region's country.
    """
    own = (facilities["country"] == home).to_numpy()
    placed = np.isfinite(km)
    if reach == "province_only":
        return np.asarray(placed & facilities["zone_id"].notna().to_numpy()[None, :])
    if reach == "netherlands":
        return np.asarray(placed & own[None, :])
    if reach == "250_km":
        return np.asarray(placed & (own[None, :] | (np.nan_to_num(km, nan=np.inf) <= LIMIT_KM)))
    return placed


def part_here(
    facilities: pd.DataFrame,
    accepts: pd.DataFrame,
    shares: Mapping[str, float],
    *,
    foreign: ForeignShare,
    home: str,
) -> NDArray[np.float64]:
    """Return what part of each plant falls to this country, shape (m,).

    Parameters
    ----------
    facilities, accepts
        As in and from `acceptance`; a plant that takes nothing counts for nothing.
    shares
        From `shares_abroad`.
    foreign
        Whether plants abroad count for nothing, their share, or whole.
    home
        The region's country.

    Raises
    ------
    DataError
        When the share of a country is not known.
    """
    part = np.zeros(len(facilities))
    problems = []
    for number in dict.fromkeys(accepts["facility"]):
        plant = facilities.iloc[number]
        if plant["country"] == home or foreign == "share":
            part[number] = shares.get(plant["country"], 0.0)
        else:
            part[number] = float(foreign)
        if plant["country"] not in shares:
            problems.append(
                problem(
                    f"facility {plant['facility_id']}",
                    f'country "{plant["country"]}"',
                    f"one of {', '.join(shares)}",
                    f"add residents_{str(plant['country']).lower()} to the national figures",
                )
            )
    raise_problems(problems)
    return part


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
