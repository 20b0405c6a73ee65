"""What a person asks of the atlas, by the names of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from atlas.amounts import Asked
from atlas.areas import UNALLOCATED
from atlas.composition import MASS
from atlas.definitions import FIRST_YEAR, LAST_YEAR, LayerName
from atlas.errors import DefinitionError, problem, raise_problems
from atlas.figure import AFTER_PROCESSING
from atlas.proposals import propose
from atlas.scenarios import scenarios
from atlas.sites import check_sites, join_sites, locate_sites, read_site_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import geopandas as gpd

    from atlas.definitions import Siting
    from atlas.pipeline import Atlas
    from atlas.proposals import Proposal

ALL, PORTS = "all", "ports"
TOTALS = ("crm", "crm_other")


def ask(  # noqa: PLR0913, PLR0917 - the words of the command
    atlas: Atlas,
    zone: str,
    stream: str,
    layer: str,
    element: str | None,
    year: int | None,
    scenario_id: str,
) -> Asked:
    """Turn the words of a person into a question.

    Parameters
    ----------
    atlas
        A built region.
    zone
        A zone_id, ``unallocated``, ``ports``, ``all``, or a municipality with all its zones
        (``GM0599.*``).
    stream, layer
        A stream, and a layer of it.
    element
        A measure of the stock, ``mass``, an element, ``crm`` or ``crm_other``; by default what is
        counted, in stock, and else the mass.
    year
        Needed for every layer but the stock.
    scenario_id
        A row of the table scenarios.

    Raises
    ------
    DefinitionError
        Everything that does not exist, at once.
    """
    zones = atlas.zones
    codes = {f"{code}.*" for code in zones["municipality_code"]}
    names = [*zones["zone_id"], UNALLOCATED, PORTS, ALL]
    streams = list(atlas.streams.supplies)
    problems = [] if zone in codes else _unknown("zone", zone, names)
    if stream in atlas.catalog.mentions:
        expected = f"one of {', '.join(streams)}"
        what = f"{stream} is present, in an amount that nobody knows"
        problems.append(problem("stream", what, expected, "there is no figure to explain"))
    else:
        problems += _unknown("stream", stream, streams)
    problems += _unknown("layer", layer, get_args(LayerName))
    problems += _unknown("scenario", scenario_id, atlas.scenarios["scenario_id"])
    stock = atlas.catalog.stocks.get(stream)
    if stream in streams and element is not None:
        problems += _unknown("element", element, _substances(atlas, stream, layer))
    if layer == "stock" and year is not None:
        what = f"{year} with layer stock"
        problems.append(problem("year", what, "no year: the stock is of one", "leave it out"))
    if layer != "stock" and (year is None or not FIRST_YEAR <= year <= LAST_YEAR):
        what, do = ("no year", "add one") if year is None else (f"{year}", "correct it")
        expected = f"a year from {FIRST_YEAR} to {LAST_YEAR}"
        problems.append(problem("year", what, expected, do))
    raise_problems(problems, DefinitionError)
    inside = {
        ALL: [*zones["zone_id"], UNALLOCATED],
        PORTS: zones.loc[zones["kind"] == "port", "zone_id"].tolist(),
    }
    places = inside.get(zone, [zone])
    if zone in codes:
        own = zones["municipality_code"] == zone.removesuffix(".*")
        places = zones.loc[own, "zone_id"].tolist()
    default = stock.units if stock is not None and layer == "stock" else MASS
    if layer in AFTER_PROCESSING:
        default = TOTALS[0]
    return Asked(
        places=tuple(places),
        stream=stream,
        layer=layer,
        substance=element or default,
        year=None if layer == "stock" else year,
        scenario_id=scenario_id,
    )


def _substances(atlas: Atlas, stream: str, layer: str) -> list[str]:
    """Return what can be asked of a layer: measures of the stock, elements, totals."""
    stock = atlas.catalog.stocks.get(stream)
    measures = [m.id for m in stock.measures] if stock is not None and layer == "stock" else []
    elements = atlas.streams.supplies[stream].table["element"]
    return list(dict.fromkeys([*measures, *elements, *TOTALS]))


def _unknown(what: str, name: str, known: Iterable[str]) -> list[str]:
    """Return the problem of a name that is not one of those known, if it is not."""
    known = list(known)
    if name in known:
        return []
    expected = f"one of {', '.join(known)}"
    return [problem(what, f'"{name}"', expected, "choose one of these")]


def propose_in(
    atlas: Atlas,
    siting: Siting,
    *,
    own_sites: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[gpd.GeoDataFrame, list[Proposal]]:
    """Rank candidate sites for what a person asks.

    Parameters
    ----------
    atlas
        A built region.
    siting
        What is asked, of one stream or more.
    own_sites
        A file of the person's own, beside the sites of the atlas; an id of ours replaces it.
    progress
        Called with a few words before each answer.

    Returns
    -------
    candidates, proposals
        The sites, and an answer for each stream with `siting.p` plants.

    Raises
    ------
    AtlasError
        When a stream is not known, there is no site, or the question has no answer.
    """
    streams = list(atlas.streams.supplies)
    raise_problems(
        [line for name in siting.streams for line in _unknown("stream", name, streams)],
        DefinitionError,
    )
    candidates = atlas.candidates
    if own_sites is not None:
        users = read_site_file(own_sites, crs=atlas.region.crs.metric)
        if candidates is None:
            raise_problems(check_sites(users, where=own_sites.name))
        known = users if candidates is None else join_sites(candidates, users)[0]
        candidates = locate_sites(known, atlas.zones)[0]
    if candidates is None:
        raise DefinitionError(
            problem(
                "siting",
                "no candidate sites",
                "layers/facilities/candidate_sites.toml, or a file of your own",
                "add the table, or name a file with --sites",
            )
        )
    rows = scenarios([*atlas.catalog.stocks.values(), *atlas.catalog.flows.values()])
    found: list[Proposal] = []
    for stream in siting.streams:
        found += propose(
            atlas.balance,
            rows,
            atlas.runs,
            candidates,
            atlas.inputs.plant_sizes,
            siting,
            stream=stream,
            detour_factor=atlas.region.detour_factor,
            plants=(siting.p,),
            progress=progress,
        )
    return candidates, found
