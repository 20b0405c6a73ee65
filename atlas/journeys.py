"""Where tonnes start from, where they go, and how far that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from atlas.access import LIMIT_KM
from atlas.areas import UNALLOCATED
from atlas.outside import OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from atlas.programme import Network

# So near the limit of reach, as parts of it, that a detour decides.
NEAR_LIMIT = (0.8, 1.25)
_NEAREST = ("zone_id", "stream", "step", "year", "facility_id", "distance_km", "sensitive")


def starting_points(
    streams: Iterable[str],
    zones: gpd.GeoDataFrame,
    centres: gpd.GeoSeries,
    placed: Mapping[str, gpd.GeoDataFrame],
) -> pd.DataFrame:
    """Return from where each stream of each zone travels: its own points, else its residents.

    What is unallocated starts from where the region's residents live on average.

    Parameters
    ----------
    streams
        The streams.
    zones
        ``zone_id`` and ``residents``.
    centres
        Where the residents of each zone live on average, on ``zone_id``.
    placed
        Stream -> points with their ``zone_id``, for streams that have them.

    Returns
    -------
    DataFrame
        ``zone_id, stream, longitude, latitude``, also for ``unallocated``.
    """
    people = zones["residents"].to_numpy()
    all_x, all_y = (np.average(axis, weights=people) for axis in (centres.x, centres.y))
    tables = []
    for stream in streams:
        x_m, y_m = centres.x.copy(), centres.y.copy()
        if stream in placed:
            points = placed[stream]
            points = points[points.geometry.notna() & (points["zone_id"] != UNALLOCATED)]
            means = pd.DataFrame({"x": points.geometry.x, "y": points.geometry.y})
            means = means.groupby(points["zone_id"]).mean()
            x_m.update(means["x"])
            y_m.update(means["y"])
        x_m[UNALLOCATED], y_m[UNALLOCATED] = all_x, all_y
        degrees = gpd.GeoSeries.from_xy(x_m, y_m, crs=zones.crs).to_crs("EPSG:4326")
        tables.append(
            pd.DataFrame(
                {
                    "zone_id": x_m.index,
                    "stream": stream,
                    "longitude": degrees.x.to_numpy(),
                    "latitude": degrees.y.to_numpy(),
                }
            )
        )
    if not tables:
        return pd.DataFrame(columns=list(_NEAREST))
    return pd.concat(tables, ignore_index=True)


def nearest_plants(  # noqa: PLR0913 - each says something else of the journey
    network: Network,
    plants: gpd.GeoDataFrame,
    open_plants: NDArray[np.bool_],
    km: NDArray[np.float64],
    *,
    years: Mapping[int, int],
    home: str,
) -> pd.DataFrame:
    """Return the nearest plant that takes each stream of a zone at each step, whatever it can take.

    Parameters
    ----------
    network
        From `programme.network_of`.
    plants
        The table facilities.
    open_plants, km
        Whether a plant works, shape (m, T), and kilometres, shape (n, m).
    years
        Year -> its place in `open_plants`.
    home
        The country whose plants are within reach at any distance.

    Returns
    -------
    DataFrame
        ``zone_id, stream, step, year, facility_id, distance_km, sensitive``; no row where none
        takes it.  Sensitive is a zone whose nearest plant abroad is so near the limit of 250 km
        that a little more or less of a detour decides whether it counts.
    """
    nodes = network.nodes
    ours = nodes["ours"].to_numpy()
    streams, places = nodes["stream"].to_numpy(), nodes["place"].to_numpy()
    ids, abroad = plants["facility_id"].to_numpy(), (plants["country"] != home).to_numpy()
    tables: list[pd.DataFrame] = []
    for stream, steps in network.chain.items():
        rows = np.flatnonzero(ours & (streams == stream))
        for step in steps if len(rows) and km.shape[1] else ():
            takes = network.takes[step][rows]
            for year, at in years.items():
                far = np.where(takes & open_plants[None, :, at], km[rows], np.inf)
                best = far.argmin(axis=1)
                nearest = far[np.arange(len(rows)), best]
                foreign = np.where(abroad[None, :], far, np.inf).min(axis=1, initial=np.inf)
                near_limit = (foreign >= NEAR_LIMIT[0] * LIMIT_KM) & (
                    foreign <= NEAR_LIMIT[1] * LIMIT_KM
                )
                table = pd.DataFrame(
                    {
                        "zone_id": places[rows],
                        "stream": stream,
                        "step": step,
                        "year": year,
                        "facility_id": ids[best],
                        "distance_km": nearest,
                        "sensitive": near_limit,
                    }
                )
                tables.append(table[np.isfinite(nearest)])
    if not tables:
        return pd.DataFrame(columns=list(_NEAREST))
    return pd.concat(tables, ignore_index=True)


def flow_lines(
    flows: pd.DataFrame, nodes: pd.DataFrame, plants: gpd.GeoDataFrame, *, km: NDArray[np.float64]
) -> gpd.GeoDataFrame:
    """Draw every flow as a straight line.

    Parameters
    ----------
    flows
        From `programme.flows_of`, with ``scenario_id``.
    nodes
        ``place, ours, longitude, latitude``, in the order that flows number them.
    plants
        The table facilities; its CRS is that of the lines.
    km
        Kilometres, shape (n, m).

    Returns
    -------
    GeoDataFrame
        CONTRACT's layer flows.  What comes from the regions outside is one line to each plant,
        from where it comes on average, with the kilometres that its tonnes travel on average.
    """
    node, plant = flows["node"].to_numpy(dtype=int), flows["facility"].to_numpy(dtype=int)
    ours = nodes["ours"].to_numpy()[node]
    zone = np.where(ours, nodes["place"].to_numpy()[node], OUTSIDE)
    weights = flows["tonnes"].to_numpy(dtype=float)
    weighted = {
        "distance_km": km[node, plant] * weights,
        "longitude": nodes["longitude"].to_numpy()[node] * weights,
        "latitude": nodes["latitude"].to_numpy()[node] * weights,
    }
    keys = ["zone_id", "facility", "stream", "scenario_id", "step", "year"]
    joined = flows.assign(zone_id=zone, **weighted)
    summed = joined.groupby(keys, sort=False)[["tonnes", *weighted]].sum().reset_index()
    for name in weighted:
        summed[name] /= summed["tonnes"]
    degrees = gpd.GeoSeries.from_xy(summed["longitude"], summed["latitude"], crs="EPSG:4326")
    start = degrees.to_crs(str(plants.crs)).array
    end = plants.geometry.array[summed["facility"].to_numpy(dtype=int)]
    ends = [shapely.get_coordinates(np.asarray(side, dtype=object)) for side in (start, end)]
    summed["facility_id"] = plants["facility_id"].to_numpy()[summed["facility"]]
    columns = ["zone_id", "facility_id", "stream", "scenario_id", "step", "year", "tonnes"]
    return gpd.GeoDataFrame(
        summed[[*columns, "distance_km"]],
        geometry=shapely.linestrings(np.stack(ends, axis=1)),
        crs=plants.crs,
    )
