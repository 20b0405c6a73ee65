"""Residents, points and keys on the zones: what every stock is placed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.allocation import allocate, check_conserved, weights
from atlas.areas import UNALLOCATED, place_points
from atlas.errors import DataError, problem
from atlas.grid import Grid, centres, cut_grid, read_grid, spread_districts, zonal
from atlas.keys import measure_keys

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from atlas.catalog import Catalog
    from atlas.definitions import Region
    from atlas.inputs import Inputs

# Turbines stand on sea walls, and the outlines are generalised.
OFF_SHORE_M = 500.0
_DECIMALS = 6


@dataclass(frozen=True)
class Ground:
    """What stocks are placed on: the zones, and everything measured on them."""

    zones: gpd.GeoDataFrame
    grid: Grid
    cells: pd.DataFrame  # who lives in which zone and cell
    centres: gpd.GeoSeries  # where the residents of each zone live on average
    placed: dict[str, gpd.GeoDataFrame]  # points of each stream that has them, with their zone
    keys: dict[str, pd.Series]


def lay_ground(
    catalog: Catalog,
    region: Region,
    inputs: Inputs,
    zones: gpd.GeoDataFrame,
    *,
    grid_file: Path | None,
) -> tuple[Ground, pd.DataFrame]:
    """Put residents and points on the zones and measure the keys; report what lies off them.

    Parameters
    ----------
    catalog, region, inputs
        Definitions and checked frames.
    zones
        A partition, with ``area_km2``.
    grid_file
        A user's GeoTIFF of residents that takes the place of everything else.

    Returns
    -------
    ground
        Its zones have ``residents`` and ``households`` too; both sum to the municipal totals.
    findings
        ``layer, row, rule, found, action``: points just off their municipality or in no zone,
        cells in no zone.
    """
    grid, cells, left_out = _residents(region, inputs, zones, grid_file=grid_file)
    zones = _with_people(zones, cells, inputs.figures)
    placed, findings = _placed_points(catalog, inputs, zones)
    findings += [
        {
            "layer": "residents",
            "row": None,
            "rule": "grid of the user's own",
            "found": found,
            "action": "scaled to the municipal totals",
        }
        for found in left_out
    ]
    crossing = float(np.nansum(grid.values)) - float(zonal(grid, zones).sum())
    findings.append(
        {
            "layer": "residents",
            "row": None,
            "rule": "border cells",
            "found": f"{crossing:.0f} residents in the parts of border cells that lie in no zone",
            "action": "counted in the zones; a sum of the raster over zones leaves them out",
        }
    )
    ground = Ground(
        zones=zones,
        grid=grid,
        cells=cells,
        centres=centres(cells, grid, zones),
        placed=placed,
        keys=measure_keys(catalog.keys, zones, inputs.figures, placed),
    )
    columns = ["layer", "row", "rule", "found", "action"]
    return ground, pd.DataFrame(findings, columns=columns)


def _residents(
    region: Region, inputs: Inputs, zones: gpd.GeoDataFrame, *, grid_file: Path | None
) -> tuple[Grid, pd.DataFrame, list[str]]:
    """Return the grid of residents, and who lives in which zone: the user's grid or our own."""
    totals = inputs.figures.set_index("municipality_code")["residents"]
    path = grid_file or inputs.residents_grid
    if path is not None:
        return cut_grid(read_grid(path, crs=region.crs.metric), zones, totals)
    if inputs.districts is None:
        raise DataError(
            problem(
                region.where,
                "neither districts nor a grid of residents",
                "one of the two",
                "add [districts], or [residents_grid] with a GeoTIFF",
            )
        )
    grid, cells = spread_districts(
        inputs.districts, zones, totals, ports=inputs.ports, water=inputs.water
    )
    return grid, cells, []


def _with_people(
    zones: gpd.GeoDataFrame, cells: pd.DataFrame, figures: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Add residents and households; households follow residents within a municipality."""
    residents = cells.groupby("zone_id")["residents"].sum().reindex(zones["zone_id"]).fillna(0.0)
    check_conserved(float(figures["residents"].sum()), float(residents.sum()), where="residents")
    shares = weights(zones, residents)
    spread = allocate(figures[["municipality_code", "households"]], shares)
    households = spread.set_index("zone_id")["households"].reindex(zones["zone_id"]).fillna(0.0)
    # Parts of a million are dust of the arithmetic: 20356 and not 20356.000000000004.
    return zones.assign(
        residents=residents.round(_DECIMALS).to_numpy(),
        households=households.round(_DECIMALS).to_numpy(),
    )


def _placed_points(
    catalog: Catalog, inputs: Inputs, zones: gpd.GeoDataFrame
) -> tuple[dict[str, gpd.GeoDataFrame], list[dict[str, object]]]:
    """Place the points of every stream that has them; report those off their municipality."""
    placed: dict[str, gpd.GeoDataFrame] = {}
    findings: list[dict[str, object]] = []
    for stock in catalog.stocks.values():
        if stock.method != "points":
            continue
        points = inputs.stocks[stock.id]
        place = place_points(points, zones, within_m=OFF_SHORE_M)
        placed[stock.id] = points.assign(zone_id=place["zone_id"])
        name = next((c for c in points.columns if c.endswith("_id")), None)
        rows = points[name] if name else points.index.astype(str)
        owner = place["zone_id"].map(zones.set_index("zone_id")["municipality_code"])
        for row, zone_id, off_m, code, own in zip(
            rows, place["zone_id"], place["off_m"], points["municipality_code"], owner, strict=True
        ):
            if zone_id == UNALLOCATED:
                rule, found, action = "in no zone", "far off", "unallocated"
            elif own != code:
                rule, found = "lies in another municipality", f"{code}, in {zone_id}"
                action = "kept where its coordinates are"
            elif off_m > 0:
                rule, found = "just outside its municipality", f"{off_m:.0f} m"
                action = "to the nearest zone of it"
            else:
                continue
            findings.append(
                {"layer": stock.id, "row": row, "rule": rule, "found": found, "action": action}
            )
    return placed, findings
