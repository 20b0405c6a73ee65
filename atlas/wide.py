"""Layers for looking: one per stream, with what a reader of a map asks for beside each zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from atlas.pipeline import REFERENCE_YEARS
from atlas.reports import CRM
from atlas.scenarios import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atlas.dictionary import Layer

_BASIS = "register"
_ENDS = ("", "_low", "_high")
_MASS = "mass"


def wide_layers(
    tables: Mapping[str, pd.DataFrame], dictionary: Mapping[str, Layer], *, steps: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Return a layer of zones for every stream, with the columns of the dictionary.

    Parameters
    ----------
    tables
        CONTRACT's zones, municipalities, stocks, materials, releases and gaps, with rows of the
        default scenario at least.  Where the zones have outlines, so have the layers.
    dictionary
        What the layers and their columns are called.
    steps
        Stream -> the step of its chain at which the gap is taken.

    Notes
    -----
    They hold the default scenario on the basis of the registers, in the reference years.  What has
    no place stands in the tables only.
    """
    return {
        layer.name: _wide(tables, layer.stream, [c.name for c in layer.columns], steps)
        for layer in dictionary.values()
        if layer.stream is not None
    }


def _wide(
    tables: Mapping[str, pd.DataFrame], stream: str, columns: list[str], steps: Mapping[str, str]
) -> pd.DataFrame:
    zones = tables["zones"].set_index("zone_id")
    names = tables["municipalities"].set_index("municipality_code")["name"]
    parts: dict[str, Any] = {
        name: zones[name]
        for name in ("name", "kind", "municipality_code", "area_km2", "residents", "households")
    }
    parts["municipality"] = zones["municipality_code"].map(names)
    parts |= _stock(tables, stream)
    parts |= _years(tables, stream, steps[stream])
    frame = pd.DataFrame(
        {name: column.reindex(zones.index) for name, column in parts.items()}, index=zones.index
    ).assign(gap_step=steps[stream])
    # A stream of which nothing is counted has no stock: its columns are there and empty.
    frame = frame.reset_index().reindex(columns=columns)
    if not isinstance(zones, gpd.GeoDataFrame):
        return frame
    return gpd.GeoDataFrame(frame, geometry=zones.geometry.to_numpy(), crs=zones.crs)


def _stock(tables: Mapping[str, pd.DataFrame], stream: str) -> dict[str, pd.Series]:
    """Return what is in stock: every measure, the mass, and the critical raw materials in it."""
    stocks = tables["stocks"]
    own = stocks[(stocks["stream"] == stream) & (stocks["basis"] == _BASIS)]
    found: dict[str, pd.Series] = {}
    for measure, rows in own.groupby("measure", sort=False):
        by_zone = rows.set_index("zone_id")
        if measure == _MASS:
            found |= _ranged(by_zone, {f"stock_t{end}": f"value{end}" for end in _ENDS})
            found["stock_grade"] = by_zone["grade"]
            found["stock_year"] = by_zone["year"].where(by_zone["value"].notna()).astype("Int64")
        else:
            found |= _ranged(by_zone, {f"stock_{measure}{end}": f"value{end}" for end in _ENDS})
    materials = _materials(tables, stream, "stock")
    by_zone = materials.set_index("zone_id")
    found |= _ranged(by_zone, {f"stock_crm_t{end}": f"mass_t{end}" for end in _ENDS})
    found["stock_crm_grade"] = by_zone["grade"]
    return found


def _years(tables: Mapping[str, pd.DataFrame], stream: str, step: str) -> dict[str, pd.Series]:
    """Return what becomes of the stream in each reference year."""
    releases, gaps = (_default(tables[name], stream) for name in ("releases", "gaps"))
    gaps = gaps[gaps["step"] == step]
    materials = _materials(tables, stream, "released")
    found: dict[str, pd.Series] = {}
    for year in REFERENCE_YEARS:
        rows = releases[releases["year"] == year].set_index("zone_id")
        for name in ("released", "collected"):
            found |= _ranged(rows, {f"{name}_{year}_t{end}": f"{name}_t{end}" for end in _ENDS})
        found[f"released_{year}_grade"] = rows["grade"]
        found[f"collected_{year}_grade"] = rows["collected_grade"]
        found[f"collection_gap_{year}_t"] = rows["collection_gap_t"]
        rows = materials[materials["year"] == year].set_index("zone_id")
        found |= _ranged(rows, {f"released_{year}_crm_t{end}": f"mass_t{end}" for end in _ENDS})
        rows = gaps[gaps["year"] == year].set_index("zone_id")
        for name in ("processed", "capacity_gap"):
            found |= {f"{name}_{year}_t{end}": rows[f"{name}_t{end}"] for end in ("", "_best")}
        found[f"capacity_gap_{year}_why"] = rows["why"]
        found[f"capacity_gap_{year}_grade"] = rows["grade"]
    return found


def _ranged(rows: pd.DataFrame, names: Mapping[str, str]) -> dict[str, pd.Series]:
    return {name: rows[column] for name, column in names.items()}


def _default(table: pd.DataFrame, stream: str) -> pd.DataFrame:
    own = table[(table["scenario_id"] == DEFAULT) & (table["stream"] == stream)]
    return _plain(own, own.select_dtypes("category").columns)


def _materials(tables: Mapping[str, pd.DataFrame], stream: str, layer: str) -> pd.DataFrame:
    """Return all critical raw materials together."""
    own = _default(tables["materials"], stream)
    return own[(own["layer"] == layer) & (own["element"] == CRM)]


def _plain(table: pd.DataFrame, words: Iterable[str]) -> pd.DataFrame:
    return table.astype(dict.fromkeys(words, "object"))
