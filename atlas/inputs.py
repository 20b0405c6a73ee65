"""Everything a region needs, read and checked together, so that all problems show at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyproj

from atlas.areas import check_codes, recode
from atlas.catalog import choose
from atlas.errors import attempt, problem, raise_problems
from atlas.facilities import FACILITY_SCHEMA, POINT_SCHEMA
from atlas.sources import checked_file, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from atlas.definitions import Catalog, Dataset, Region, Stock
    from atlas.sources import Bounds, Kind

_MUNICIPALITIES: Mapping[str, Kind] = {"municipality_code": "id", "name": "code"}
_PORTS: Mapping[str, Kind] = {"port_id": "id", "name": "code", "municipality_code": "code"}
_DISTRICTS: Mapping[str, Kind] = {
    "district_code": "id",
    "municipality_code": "code",
    "residents": "amount",
}
_RECODING: Mapping[str, Kind] = {"old_code": "id", "new_code": "code"}
_FIGURES: Mapping[str, Kind] = {
    "municipality_code": "id",
    "residents": "amount",
    "households": "amount",
    "cars": "amount",
}
_NATIONAL: Mapping[str, Kind] = {
    "figure": "code",
    "value": "amount",
    "unit": "code",
    "year": "year",
    "source": "code",
    "grade": "code",
}
_FRACTIONS: Mapping[str, Kind] = {
    "stream": "code",
    "fraction": "code",
    "mass_share": "amount?",
    "carries_crm": "code",
    "arrives_at_step": "code",
}
_FIGURE_TEXTS = ("quantity_nl", "quantity_en", "unit", "region", "report", "reading")
_HEADLINES: Mapping[str, Kind] = {
    "figure_id": "id",
    "stream": "code",
    "value": "amount",
    **dict.fromkeys(_FIGURE_TEXTS, "code"),
    "reason_nl": "code",
    "reason_en": "code",
}
# Plants abroad count: how far beyond the country of a region a coordinate may lie, in degrees.
_ABROAD_DEGREES = 20.0


@dataclass(frozen=True)
class Inputs:
    """The frames of a region in its metric CRS, codes recoded, each with checked columns."""

    municipalities: gpd.GeoDataFrame
    ports: gpd.GeoDataFrame | None
    districts: gpd.GeoDataFrame | None
    water: gpd.GeoDataFrame | None
    figures: pd.DataFrame
    figures_year: int
    stocks: dict[str, gpd.GeoDataFrame]
    national: pd.DataFrame
    fractions: pd.DataFrame
    facilities: gpd.GeoDataFrame
    collection_points: gpd.GeoDataFrame
    accepted: pd.DataFrame
    coverage: pd.DataFrame
    headlines: pd.DataFrame
    residents_grid: Path | None


def datasets_of(catalog: Catalog, region: Region) -> list[Dataset]:
    """Return every dataset that a region uses: its own, and the layers', replaced where it says so."""
    own = [
        d
        for d in (
            region.municipalities,
            region.ports,
            region.districts,
            region.water,
            region.recoding,
            region.figures,
            region.residents_grid,
        )
        if d is not None
    ]
    layers = [*catalog.stocks.values(), *catalog.facilities.values()]
    layers += [*catalog.tables.values(), *catalog.reports.values()]
    return own + [
        region.override.get(layer.id, layer.data) for layer in layers if layer.data is not None
    ]


def read_inputs(catalog: Catalog, region: Region) -> Inputs:
    """Read every source of a region.

    Raises
    ------
    DataError
        The problems of all sources together: what `sources.read` finds in each, codes that are no
        municipality of the region, a stock without its data.
    """
    problems: list[str] = []
    crs = region.crs.metric
    bounds = _bounds(region)
    abroad = (
        bounds[0] - _ABROAD_DEGREES,
        bounds[1] - _ABROAD_DEGREES,
        bounds[2] + _ABROAD_DEGREES,
        bounds[3] + _ABROAD_DEGREES,
    )

    def get(
        dataset: Dataset | None, schema: Mapping[str, Kind], *, within: Bounds | None = None
    ) -> gpd.GeoDataFrame | None:
        if dataset is None:
            return None
        place = {"crs": crs, "bounds": within} if within is not None else {}
        return attempt(problems, read, dataset, schema, home=catalog.home, **place)  # type: ignore[arg-type]

    def layer(kind: str, name: str) -> Dataset:
        definition = choose(getattr(catalog, kind), name, what=f"layers/{kind}")
        data: Dataset = region.override.get(name, definition.data)
        return data

    frames = {
        "municipalities": get(region.municipalities, _MUNICIPALITIES, within=bounds),
        "ports": get(region.ports, _PORTS, within=bounds),
        "districts": get(region.districts, _DISTRICTS, within=bounds),
        "water": get(region.water, {}, within=bounds),
        "figures": get(region.figures, _FIGURES),
        "national": get(layer("tables", "national"), _NATIONAL),
        "fractions": get(layer("tables", "fractions"), _FRACTIONS),
        "facilities": get(layer("facilities", "facilities"), FACILITY_SCHEMA, within=abroad),
        "collection_points": get(
            layer("facilities", "collection_points"), POINT_SCHEMA, within=bounds
        ),
        "accepted": get(layer("tables", "accepted"), {"accepted": "id", "stream": "text"}),
        "coverage": get(
            layer("tables", "coverage"),
            {"municipality_code": "id", "served_by": "text", "status": "code", "note": "text"},
        ),
        "headlines": get(layer("reports", "headline_figures"), _HEADLINES),
    }
    recoding = get(region.recoding, _RECODING)
    stocks = {}
    for stock in catalog.stocks.values():
        if stock.method == "key":
            continue
        dataset = region.override.get(stock.id, stock.data) if stock.data else None
        if dataset is None:
            problems.append(
                problem(stock.where, f'method = "{stock.method}" without data', "a [source]", "add it")
            )
            continue
        schema = _stock_schema(stock)
        points = bounds if stock.method == "points" else None
        stocks[stock.id] = get(dataset, schema, within=points)
    raise_problems(problems)
    found = {**frames, "stocks": stocks}
    mapping = {} if recoding is None else dict(zip(recoding["old_code"], recoding["new_code"], strict=True))
    found = _recoded(found, mapping)
    raise_problems(_check_all_codes(found, catalog, region))
    year = region.figures.source.reference_date.year
    grid = region.residents_grid
    path = None if grid is None else checked_file(grid, home=catalog.home)
    return Inputs(figures_year=year, residents_grid=path, **found)  # type: ignore[arg-type]


def _bounds(region: Region) -> Bounds:
    """Return where the region's metric CRS may be used, in degrees."""
    use = pyproj.CRS(region.crs.metric).area_of_use
    if use is None:
        return (-180.0, -90.0, 180.0, 90.0)
    return (use.west, use.south, use.east, use.north)


def _stock_schema(stock: Stock) -> dict[str, Kind]:
    columns = [m.column for m in stock.measures if m.of is None and m.column is not None]
    schema: dict[str, Kind] = {"municipality_code": "code"}
    if stock.method == "points":
        own = stock.data.columns if stock.data else {}
        ids: dict[str, Kind] = {name: "id" for name in own if name.endswith("_id")}
        return {**ids, **schema, **dict.fromkeys(columns, "amount")}
    schema["year"] = "year"
    if stock.categories is not None:
        schema["category"] = "code"
    # A suppressed figure is empty; what must be there is checked for the year that is used.
    return {**schema, **dict.fromkeys(columns, "amount?")}


def _recoded(found: dict[str, object], mapping: dict[str, str]) -> dict[str, object]:
    """Recode the municipalities of every frame that names one."""

    def recoded(value: object) -> object:
        if isinstance(value, dict):
            return {name: recoded(item) for name, item in value.items()}
        if value is None or "municipality_code" not in getattr(value, "columns", ()):
            return value
        frame: pd.DataFrame = value  # type: ignore[assignment]
        return frame.assign(municipality_code=recode(frame["municipality_code"], mapping))

    return {name: recoded(value) for name, value in found.items()}


def _check_all_codes(found: dict[str, object], catalog: Catalog, region: Region) -> list[str]:
    known = found["municipalities"]["municipality_code"]  # type: ignore[index]
    named = {
        "districts": region.districts,
        "figures": region.figures,
        "collection_points": catalog.facilities["collection_points"].data,
        "coverage": catalog.tables["coverage"].data,
    }
    problems = []
    for name, dataset in named.items():
        frame = found[name]
        if frame is not None and dataset is not None:
            codes = frame["municipality_code"]  # type: ignore[index]
            problems += check_codes(codes, known, where=dataset.source.file)
    for name, frame in found["stocks"].items():  # type: ignore[attr-defined]
        data = region.override.get(name, catalog.stocks[name].data)
        if data is not None:
            problems += check_codes(frame["municipality_code"], known, where=data.source.file)
    missing = sorted(set(known) - set(found["figures"]["municipality_code"]))  # type: ignore[index]
    problems += [
        problem(region.figures.source.file, f"no row for {code}", "every municipality", "add it")
        for code in missing
    ]
    return problems
