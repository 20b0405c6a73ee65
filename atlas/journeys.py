"""Where tonnes start from, where they go, and how far that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from atlas.access import distances_km
from atlas.areas import UNALLOCATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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
    return pd.concat(tables, ignore_index=True)


def nearest_plants(
    starts: pd.DataFrame, ends: pd.DataFrame, accepts: pd.DataFrame, *, detour_factor: float
) -> pd.DataFrame:
    """Return the nearest plant that takes each stream, whatever its capacity, and its kilometres.

    Parameters
    ----------
    starts
        From `starting_points`.
    ends
        ``longitude, latitude`` of the plants, in the order of the table facilities.
    accepts
        From `access.acceptance`.
    detour_factor
        As in `access.distances_km`.

    Returns
    -------
    DataFrame
        ``zone_id, stream, facility`` (row number), ``distance_km``; no row where none takes it.
    """
    km = distances_km(starts, ends, detour_factor=detour_factor)
    tables = []
    for stream, rows in starts.groupby("stream", sort=False):
        plants = accepts.loc[accepts["stream"] == stream, "facility"].to_numpy(dtype=int)
        if not len(plants):
            continue
        own = km[rows.index][:, plants]
        best = own.argmin(axis=1)
        tables.append(
            pd.DataFrame(
                {
                    "zone_id": rows["zone_id"],
                    "stream": stream,
                    "facility": plants[best],
                    "distance_km": own[np.arange(len(own)), best],
                }
            )
        )
    columns = ["zone_id", "stream", "facility", "distance_km"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def flow_lines(
    flows: pd.DataFrame,
    starts: pd.DataFrame,
    plants: gpd.GeoDataFrame,
    steps: Mapping[str, str],
) -> gpd.GeoDataFrame:
    """Draw every flow as a straight line.

    Parameters
    ----------
    flows
        ``zone_id, stream, facility`` (row number), ``scenario_id, year, tonnes, distance_km``.
    starts
        From `starting_points`.
    plants
        The table facilities; its CRS is that of the lines.
    steps
        Stream -> the step that the flow belongs to.

    Returns
    -------
    GeoDataFrame
        CONTRACT's layer flows.
    """
    joined = flows.merge(starts, on=["zone_id", "stream"], how="left")
    degrees = gpd.GeoSeries.from_xy(joined["longitude"], joined["latitude"], crs="EPSG:4326")
    start = degrees.to_crs(str(plants.crs)).array
    end = plants.geometry.array[joined["facility"].to_numpy(dtype=int)]
    ends = [shapely.get_coordinates(np.asarray(side, dtype=object)) for side in (start, end)]
    joined["facility_id"] = plants["facility_id"].to_numpy()[joined["facility"]]
    joined["step"] = joined["stream"].map(steps)
    columns = ["zone_id", "facility_id", "stream", "scenario_id", "step", "year", "tonnes"]
    return gpd.GeoDataFrame(
        joined[[*columns, "distance_km"]],
        geometry=shapely.linestrings(np.stack(ends, axis=1)),
        crs=plants.crs,
    )
