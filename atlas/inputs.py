"""Everything a region needs, read and checked together, so that all problems show at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pandas as pd
import pyproj

from atlas.areas import recode
from atlas.capacity_checks import check_capacity
from atlas.checks import STOCK, check_places, check_recoding, check_rows, check_stock
from atlas.errors import attempt, problem, raise_problems
from atlas.grid import read_grid
from atlas.material_checks import check_flow, check_materials
from atlas.schemas import FIGURES, PLACES, TABLES
from atlas.sources import checked_file, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

    from atlas.catalog import Catalog
    from atlas.columns import Kind
    from atlas.definitions import Dataset, Layer, Region, Stock
    from atlas.sources import Bounds

_LAYERS = (
    *(("tables", name) for name in ("national", "fractions", "accepted", "coverage")),
    *(("tables", name) for name in ("composition", "elements", "eu_list", "drive_trains")),
    *(("tables", name) for name in ("history", "yields", "chain", "plant_sizes")),
    ("reports", "headline_figures"),
    *(("facilities", name) for name in ("facilities", "collection_points")),
)
# Without these a region has no neighbours that need the same plants, and no sites to choose from.
_OPTIONAL = (("tables", "outside"), ("facilities", "candidate_sites"))
# Where the frame has another name than the layer.
_NAMES = {"headline_figures": "headlines", "drive_trains": "sizes"}
# Tables whose single rows are named in the trail of a number, by their lines in the file.
_TRACED = ("composition", "sizes", "history", "yields", "national", "headlines")
_AMOUNT: Kind = "amount"
# Plants abroad count: how far beyond the country of a region a coordinate may lie, in degrees.
_ABROAD_DEGREES = 20.0


@dataclass(frozen=True)
class Inputs:
    """The frames of a region in its metric CRS, codes recoded, each with checked columns."""

    municipalities: gpd.GeoDataFrame
    ports: gpd.GeoDataFrame | None
    districts: gpd.GeoDataFrame | None
    water: gpd.GeoDataFrame | None
    recoding: pd.DataFrame | None
    figures: pd.DataFrame
    figures_year: int
    stocks: dict[str, gpd.GeoDataFrame]
    national: pd.DataFrame
    composition: pd.DataFrame
    elements: pd.DataFrame
    eu_list: pd.DataFrame
    sizes: pd.DataFrame
    history: pd.DataFrame
    yields: pd.DataFrame
    fractions: pd.DataFrame
    chain: pd.DataFrame
    outside: pd.DataFrame
    plant_sizes: pd.DataFrame
    candidate_sites: gpd.GeoDataFrame | None
    facilities: gpd.GeoDataFrame
    collection_points: gpd.GeoDataFrame
    accepted: pd.DataFrame
    coverage: pd.DataFrame
    headlines: pd.DataFrame
    report_year: int
    residents_grid: Path | None


def datasets_of(catalog: Catalog, region: Region) -> list[Dataset]:
    """Return every dataset that a region uses: its own, and those of the layers.

    Where the region replaces the data of a layer, its own stand in their place.
    """
    own = [
        region.municipalities,
        region.ports,
        region.districts,
        region.water,
        region.recoding,
        region.figures,
        region.residents_grid,
    ]
    layers: list[Layer | Stock] = [*catalog.stocks.values(), *catalog.facilities.values()]
    layers += [*catalog.tables.values(), *catalog.reports.values()]
    used = [region.override.get(layer.id, layer.data) for layer in layers]
    return [dataset for dataset in own + used if dataset is not None]


def read_inputs(catalog: Catalog, region: Region) -> Inputs:
    """Read every source of a region.

    Raises
    ------
    DataError
        The problems of all sources together: what `sources.read` finds in each, and what they
        must satisfy together (`checks`).
    """
    problems: list[str] = []
    used = _datasets(catalog, region, problems)
    found: dict[str, pd.DataFrame] = {}
    for name, dataset in used.items():
        frame = attempt(problems, _read, name, dataset, catalog, region)
        if frame is not None:
            found[name] = frame.assign(row=frame.index) if name in _TRACED else frame
    grid = attempt(problems, _checked_grid, catalog, region)
    problems += check_rows(found, used, catalog.stocks)
    problems += check_materials(found, used, catalog)
    problems += check_capacity(found, used, catalog)
    wrong = check_recoding(found, used)
    problems += wrong
    # With wrong mergers every code would look wrong as well.
    if not wrong:
        found = _recoded(found)
        problems += check_places(found, used)
        found = {name: _merged(frame, name) for name, frame in found.items()}
        for stock in catalog.stocks.values():
            problems += check_stock(stock, found, used)
        for flow in catalog.flows.values():
            problems += check_flow(flow, catalog.keys, found, used)
    raise_problems(problems)
    places = {name: cast("gpd.GeoDataFrame", found[name]) for name in PLACES if name in found}
    stocks = {name.removeprefix(STOCK): found[name] for name in found if name.startswith(STOCK)}
    return Inputs(
        municipalities=places["municipalities"],
        ports=places.get("ports"),
        districts=places.get("districts"),
        water=places.get("water"),
        recoding=found.get("recoding"),
        figures=found["figures"],
        figures_year=region.figures.source.reference_date.year,
        stocks=cast("dict[str, gpd.GeoDataFrame]", stocks),
        national=found["national"],
        composition=found["composition"],
        elements=found["elements"],
        eu_list=found["eu_list"],
        sizes=found["sizes"],
        history=found["history"],
        yields=found["yields"],
        fractions=found["fractions"],
        chain=found["chain"],
        outside=found.get("outside", pd.DataFrame(columns=list(TABLES["outside"]))),
        plant_sizes=found["plant_sizes"],
        candidate_sites=places.get("candidate_sites"),
        facilities=places["facilities"],
        collection_points=places["collection_points"],
        accepted=found["accepted"],
        coverage=found["coverage"],
        headlines=found["headlines"],
        report_year=used["headlines"].source.reference_date.year,
        residents_grid=grid,
    )


def _datasets(catalog: Catalog, region: Region, problems: list[str]) -> dict[str, Dataset]:
    """Return the dataset of every frame by its name, the region's own before the layers'."""
    used: dict[str, Dataset | None] = {
        "municipalities": region.municipalities,
        "ports": region.ports,
        "districts": region.districts,
        "water": region.water,
        "recoding": region.recoding,
        "figures": region.figures,
    }
    folders: dict[str, Mapping[str, Layer]] = {
        "tables": catalog.tables,
        "reports": catalog.reports,
        "facilities": catalog.facilities,
    }
    for folder, id_ in _LAYERS:
        if id_ in folders[folder]:
            used[_NAMES.get(id_, id_)] = region.override.get(id_, folders[folder][id_].data)
        else:
            problems.append(
                problem(f"layers/{folder}/{id_}.toml", "no such file", "it is needed", "add it")
            )
    for folder, id_ in _OPTIONAL:
        if id_ in folders[folder]:
            used[id_] = region.override.get(id_, folders[folder][id_].data)
    for stock in catalog.stocks.values():
        if stock.data is not None:
            used[STOCK + stock.id] = region.override.get(stock.id, stock.data)
    return {name: dataset for name, dataset in used.items() if dataset is not None}


def _read(name: str, dataset: Dataset, catalog: Catalog, region: Region) -> pd.DataFrame:
    """Read one dataset with the columns, the place and the kind of shape that its name asks for."""
    home, crs, bounds = catalog.home, region.crs.metric, _bounds(region)
    if name.startswith(STOCK):
        stock = catalog.stocks[name.removeprefix(STOCK)]
        schema = _stock_schema(stock, dataset)
        if stock.method == "points":
            return read(dataset, schema, home=home, crs=crs, bounds=bounds, shape="point")
        return read(dataset, schema, home=home)
    if name in PLACES:
        columns, shape = PLACES[name]
        wide = _ABROAD_DEGREES if name == "facilities" else 0.0
        west, south, east, north = bounds
        bounds = (west - wide, south - wide, east + wide, north + wide)
        return read(dataset, columns, home=home, crs=crs, bounds=bounds, shape=shape)
    if name == "figures":
        extra = [k.column for k in catalog.keys.values() if k.measure == "column" and k.column]
        return read(dataset, {**FIGURES, **dict.fromkeys(extra, _AMOUNT)}, home=home)
    return read(dataset, TABLES[name], home=home)


def _bounds(region: Region) -> Bounds:
    """Return where the region's metric CRS may be used, in degrees."""
    use = pyproj.CRS(region.crs.metric).area_of_use
    if use is None:
        return (-180.0, -90.0, 180.0, 90.0)
    return (use.west, use.south, use.east, use.north)


def _stock_schema(stock: Stock, dataset: Dataset) -> dict[str, Kind]:
    columns = [m.column for m in stock.measures if m.of is None and m.column is not None]
    schema: dict[str, Kind] = {"municipality_code": "code"}
    if stock.method == "points":
        ids: dict[str, Kind] = {name: "id" for name in dataset.columns if name.endswith("_id")}
        more: dict[str, Kind] = {}
        if stock.variants is not None:
            named = {stock.variants.size: "amount", stock.variants.rotor: "amount?"}
            named[stock.variants.doubt] = "text"
            more = {str(name): cast("Kind", kind) for name, kind in named.items() if name}
        return {**ids, **schema, **more, **dict.fromkeys(columns, "amount")}
    schema["year"] = "year"
    if stock.categories is not None:
        schema["category"] = "code"
    # A suppressed figure is empty; what must be there is checked for the year that is used.
    return {**schema, **dict.fromkeys(columns, "amount?")}


def _checked_grid(catalog: Catalog, region: Region) -> Path | None:
    """Return the path of the region's own grid of residents, once it can be read."""
    if region.residents_grid is None:
        return None
    path = checked_file(region.residents_grid, home=catalog.home)
    read_grid(path, crs=region.crs.metric)
    return path


def _recoded(found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Recode the municipalities of every frame that names one."""
    if "recoding" not in found:
        return dict(found)
    table = found["recoding"]
    became = dict(zip(table["old_code"], table["new_code"], strict=True))
    return {
        name: frame.assign(municipality_code=recode(frame["municipality_code"], became))
        if "municipality_code" in frame
        else frame
        for name, frame in found.items()
    }


def _merged(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Sum the rows of municipalities that merged, and number the rows from zero.

    A sum of which a part is not known is not known.
    """
    keys = [c for c in ("municipality_code", "year", "category") if c in frame]
    counted = name == "figures" or (name.startswith(STOCK) and "geometry" not in frame)
    if not counted or not frame.duplicated(keys).any():
        return frame.reset_index(drop=True)
    groups = frame.groupby(keys)
    whole = groups.count().eq(groups.size(), axis=0)
    return groups.sum().where(whole).reset_index()[frame.columns.tolist()]
