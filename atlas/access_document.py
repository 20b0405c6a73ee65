"""Nodes, plants and distances as the page reads them, so that it can solve any case itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlas.access import distances_km
from atlas.stream_document import plain
from atlas.what_if import kinds_of, pace

if TYPE_CHECKING:
    import geopandas as gpd

    from atlas.capacity import Access
    from atlas.pipeline import Atlas
    from atlas.trail import Json


def access_document(atlas: Atlas) -> Json:
    """Return what the capacity programme is made of, apart from what is collected.

    Returns
    -------
    dict
        ``starts``, a pool of places from where a stream travels, by zone with what is unallocated
        last; ``nodes``, stream -> its ``start`` in the pool and ``ratio``, how many times the
        region the rest of the country has; ``outside``, the points and shares of the regions of
        that rest; ``chain``, stream -> steps with the fraction that arrives there; ``parts``, what
        of a product each fraction is; ``plants``, parallel to the facilities, null for one that
        takes nothing; ``kinds`` of plants that can be put; ``km`` and ``cost`` only where the user
        gave a table. Points are latitude, longitude; they are not rounded, since kilometres follow
        from them.
    """
    access = atlas.balance.access
    nodes = access.network.nodes
    starts: list[list[list[float]]] = []
    streams: Json = {}
    for stream in access.ratios:
        own = nodes[(nodes["stream"] == stream) & nodes["ours"]]
        points = own[["latitude", "longitude"]].to_numpy().tolist()
        if points not in starts:
            starts.append(points)
        streams[stream] = {"start": starts.index(points), "ratio": access.ratios[stream]}
    return {
        "starts": starts,
        "nodes": streams,
        "outside": {
            "points": access.outside[["latitude", "longitude"]].to_numpy().tolist(),
            "shares": access.outside["share"].tolist(),
        },
        "chain": {
            stream: [[step, access.fraction_at[stream, step]] for step in steps]
            for stream, steps in access.network.chain.items()
            if stream in access.ratios
        },
        "parts": [
            {
                "stream": row["stream"],
                "fraction": row["fraction"],
                "part": plain(row["mass_share"]),
                "elements": str(row["elements"]).split(";") if plain(row["elements"]) else [],
                "of_elements": plain(row["element_share"]),
            }
            for row in access.fractions.to_dict("records")
        ],
        "plants": _plants(access),
        "planned_from": access.planned_from,
        "kinds": [
            {
                "stream": kind.stream,
                "step": kind.step,
                "fraction": kind.fraction,
                "streams": list(kind.streams),
                "takes": [list(pair) for pair in kind.takes],
                "sizes": list(kind.sizes_t_per_a),
            }
            for kind in kinds_of(access, atlas.inputs.plant_sizes, atlas.inputs.chain)
        ],
        **_journeys(access, detour_factor=atlas.region.detour_factor),
    }


def _plants(access: Access) -> list[Json | None]:
    """Return what is known of each plant that takes something of our streams."""
    takes: dict[int, list[tuple[str, str]]] = {}
    for row in access.accepts.to_dict("records"):
        if row["stream"] in access.ratios:
            takes.setdefault(int(row["facility"]), []).append((row["stream"], row["step"]))
    first = access.accepts.drop_duplicates("facility").set_index("facility")["stream"]
    degrees = access.plants.geometry.to_crs("EPSG:4326")
    places = np.column_stack([degrees.y, degrees.x]).tolist()
    found: list[Json | None] = []
    for number, plant in enumerate(access.plants.to_dict("records")):
        if number not in takes:
            found.append(None)
            continue
        found.append(
            {
                "at": places[number],
                "takes": [list(pair) for pair in takes[number]],
                "of": [str(first[number]), plant["fraction"]],
                "home": plant["country"] == access.home,
                "inside": plain(plant["zone_id"]) is not None,
                "share": access.abroad.get(plant["country"], 0.0),
                "status": plant["status"],
                "first": _year(plant["from_year"]),
                "last": _year(plant["to_year"]),
                "capacity": plain(plant["capacity_t_per_a"]),
                "hoped": plain(plant["planned_capacity_t_per_a"]),
                "site": plain(plant["site_throughput_t_per_a"]),
                "median": plain(access.median_t[number]),
            }
        )
    return found


def _year(value: Any) -> int | None:  # noqa: ANN401 - a cell of a table
    return None if plain(value) is None else int(value)


def _journeys(access: Access, *, detour_factor: float) -> Json:
    """Return kilometres and what journeys are chosen by, where they are not the straight line's."""
    degrees: gpd.GeoSeries = access.plants.geometry.to_crs("EPSG:4326")
    ends = pd.DataFrame({"longitude": degrees.x, "latitude": degrees.y})
    straight = distances_km(access.network.nodes, ends, detour_factor=detour_factor)
    if np.array_equal(access.km, straight, equal_nan=True) and access.cost is access.km:
        return {"km": None, "cost": None, "pace": 1.0}
    return {"km": _rows(access.km), "cost": _rows(access.cost), "pace": pace(access)}


def _rows(values: np.ndarray[Any, Any]) -> list[list[float | None]]:
    return [[None if np.isnan(value) else float(value) for value in row] for row in values]
