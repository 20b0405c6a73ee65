"""Random worlds of rectangles for hypothesis, small enough to check by brute force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from hypothesis import strategies as st

from atlas.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Callable

CRS = "EPSG:28992"
WEST, SOUTH = 90_000.0, 440_000.0


@dataclass(frozen=True)
class Region:
    """Frames as `read_inputs` gives them: rectangles in rows and columns, ports in some of them."""

    municipalities: gpd.GeoDataFrame
    ports: gpd.GeoDataFrame | None
    districts: gpd.GeoDataFrame
    water: gpd.GeoDataFrame | None
    totals: pd.Series


def frame(shapes: list[shapely.Polygon], **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


@st.composite
def regions(draw: Callable[..., object]) -> Region:
    """Give rectangles of 500 m to 1.5 km, whose ports may stick out over the northern border."""
    steps = st.lists(st.integers(500, 1500), min_size=1, max_size=3)
    x = WEST + np.cumsum([0, *draw(steps)])
    y = SOUTH + np.cumsum([0, *draw(steps)])
    boxes = [
        shapely.box(x[i], y[j], x[i + 1], y[j + 1])
        for j in range(len(y) - 1)
        for i in range(len(x) - 1)
    ]
    codes = [f"GM{i:04}" for i in range(len(boxes))]
    ports = {
        code: draw(_ports_in(box))
        for code, box in zip(codes, boxes, strict=True)
        if draw(st.booleans())
    }
    districts = [
        (code, part, draw(st.integers(0, 1000)))
        for code, box in zip(codes, boxes, strict=True)
        for part in _strips(box, draw(st.integers(1, 3)))
    ]
    # Where nobody lives nobody can be placed: someone does, south of every port.
    districts += [(code, _south_of(box), 1) for code, box in zip(codes, boxes, strict=True)]
    totals = pd.Series({code: float(draw(st.integers(0, 10_000))) for code in codes})
    if totals.sum() == 0:
        totals.iloc[0] = 1.0
    lake = shapely.box(x[0], y[0], x[0] + draw(st.integers(100, 900)), y[0] + 300)
    return Region(
        municipalities=frame(boxes, municipality_code=codes, name=codes),
        ports=frame(
            list(ports.values()),
            port_id=["haven"] * len(ports),
            name=[f"haven {code}" for code in ports],
            municipality_code=list(ports),
        )
        if ports
        else None,
        districts=frame(
            [part for _, part, _ in districts],
            district_code=[f"WK{i}" for i in range(len(districts))],
            municipality_code=[code for code, _, _ in districts],
            residents=[float(residents) for _, _, residents in districts],
        ),
        water=frame([lake], name=["meer"]) if draw(st.booleans()) else None,
        totals=totals,
    )


@st.composite
def _ports_in(draw: Callable[..., object], box: shapely.Polygon) -> shapely.Polygon:
    """Give a port that leaves three tenths of its municipality and its neighbour's ports alone."""
    west, south, east, north = box.bounds
    part = st.floats(0, 0.4, allow_nan=False)
    bottom = south + (0.3 + draw(part)) * (north - south)
    top = draw(st.sampled_from([north - 30, north, north + 90]))
    left = west + draw(part) * (east - west)
    return shapely.box(left, bottom, east - draw(part) * (east - west), top)


def _south_of(box: shapely.Polygon) -> shapely.Polygon:
    west, south, east, north = box.bounds
    return shapely.box(west, south, east, south + 0.2 * (north - south))


def _strips(box: shapely.Polygon, count: int) -> list[shapely.Polygon]:
    west, south, east, north = box.bounds
    x = np.linspace(west, east, count + 1)
    return [shapely.box(x[i], south, x[i + 1], north) for i in range(count)]


@st.composite
def grids(draw: Callable[..., object], bounds: tuple[float, float, float, float]) -> Grid:
    """Give a grid of residents that covers the bounds, with its own size and place of cells."""
    west, south, east, north = bounds
    cell = draw(st.sampled_from([250.0, 400.0]))
    left, top = west - draw(st.integers(0, 200)), north + draw(st.integers(0, 200))
    shape = (int((top - south) // cell) + 1, int((east - left) // cell) + 1)
    seed = draw(st.integers(0, 2**32 - 1))
    values = np.random.default_rng(seed).integers(1, 100, shape).astype(float)
    return Grid(values=values, transform=Affine(cell, 0, left, 0, -cell, top), crs=CRS)


@st.composite
def allocations(
    draw: Callable[..., object],
) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """Give zones, a key that is somewhere above zero, and amounts, also of other municipalities."""
    codes = [f"GM{i}" for i in range(draw(st.integers(1, 5)))]
    amounts = st.floats(0, 1e12, allow_subnormal=False)
    zones = pd.DataFrame(
        [(code, f"{code}.{i}") for code in codes for i in range(draw(st.integers(1, 4)))],
        columns=["municipality_code", "zone_id"],
    )
    keys = st.lists(st.just(0.0) | amounts, min_size=len(zones), max_size=len(zones))
    values = draw(keys.filter(lambda values: max(values) > 0))
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from([*codes, "GM9", "GM0000"]), amounts, amounts), max_size=12
        )
    )
    table = pd.DataFrame(rows, columns=["municipality_code", "mass_t", "pieces"])
    table[["mass_t", "pieces"]] = table[["mass_t", "pieces"]].astype(float)
    return zones, pd.Series(values, index=zones["zone_id"], name="key"), table
