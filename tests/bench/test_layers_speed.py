"""How fast the layers are written: every form, of the region and of 3,340 zones, beside a peer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import atlas
from atlas.data_package import write_data_package
from atlas.dcat import write_dcat
from atlas.formats import write_formats
from atlas.geopackage import write_geopackage
from atlas.interchange import write_interchange
from atlas.lyrx import write_arcgis
from atlas.publication import Publication, publication_of
from atlas.qgis_project import write_project
from atlas.validation import validate
from atlas.workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.bench
DISTRICTS = 3_340


@pytest.fixture(scope="module")
def region() -> atlas.Atlas:
    return atlas.build("zuid-holland")


@pytest.fixture(scope="module")
def published(region: atlas.Atlas) -> Publication:
    return publication_of(region)


def once(benchmark: Any, write: Callable[[Path], object], folder: Path) -> list[Path]:
    """Time a writing into a folder of its own, three times."""
    count = iter(range(100))

    def fresh() -> tuple[tuple[Path], dict[str, object]]:
        own = folder / str(next(count))
        (own / "layers").mkdir(parents=True)
        return (own / "layers",), {}

    benchmark.pedantic(write, setup=fresh, rounds=3)
    return [path for path in (folder / "0").rglob("*") if path.is_file()]


def test_all_layers(benchmark: Any, region: atlas.Atlas, tmp_path: Path) -> None:
    files = once(benchmark, lambda folder: write_formats(region, folder), tmp_path)
    sizes = pd.Series({path: path.stat().st_size / 1e6 for path in files})
    kinds = sizes.groupby([path.suffix for path in files]).sum()
    print("\n", kinds.round(2).to_dict(), "MB,", len(files), "files")


def test_geopackage(benchmark: Any, published: Publication, tmp_path: Path) -> None:
    once(benchmark, lambda folder: write_geopackage(published, folder / "a.gpkg"), tmp_path)


def test_plain_geopandas(benchmark: Any, published: Publication, tmp_path: Path) -> None:
    """The same layers without style, title or metadata, as anybody writes them."""

    def write(folder: Path) -> None:
        for name, table in published.tables.items():
            gpd.GeoDataFrame(table).to_file(folder / "a.gpkg", layer=name, driver="GPKG")

    once(benchmark, write, tmp_path)


def test_workbook(benchmark: Any, published: Publication, tmp_path: Path) -> None:
    once(benchmark, lambda folder: write_workbook(published, folder / "a.xlsx"), tmp_path)


def test_one_by_one(benchmark: Any, published: Publication, tmp_path: Path) -> None:
    once(benchmark, lambda folder: write_interchange(published, folder), tmp_path)


def test_validate(benchmark: Any, region: atlas.Atlas, tmp_path: Path) -> None:
    write_formats(region, tmp_path)
    paths = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    verdicts = benchmark.pedantic(validate, args=(paths, publication_of(region).dictionary))
    assert len(verdicts) == len(paths)


def enlarged(published: Publication, zones: int) -> Publication:
    """Repeat the zones, and with them the rows of every table, until there are as many."""
    own = published.atlas.zones
    times = -(-zones // len(own))
    codes = pd.Index(own["zone_id"])
    tables = {}
    for name, table in published.tables.items():
        if "zone_id" not in table or not table["zone_id"].isin(codes).any():
            tables[name] = table
            continue
        number = np.repeat(np.arange(times), len(table))
        more = table.iloc[np.tile(np.arange(len(table)), times)].reset_index(drop=True)
        place = codes.get_indexer(pd.Index(more["zone_id"]))
        kept = (place >= 0) & (number * len(own) + place < zones)
        suffix = pd.Series(number.astype(str), index=more.index)
        more = more.assign(zone_id=more["zone_id"].astype("object") + "." + suffix)[kept]
        tables[name] = more.reset_index(drop=True)
    return replace(published, tables=tables)


def test_all_tables_of_3340_zones(benchmark: Any, published: Publication, tmp_path: Path) -> None:
    large = enlarged(published, DISTRICTS)
    assert len(large.tables["zones"]) == DISTRICTS
    rows = sum(map(len, large.tables.values()))

    def write(folder: Path) -> None:
        own = folder / "large"
        own.mkdir()
        write_geopackage(large, folder / "large.gpkg")
        write_workbook(large, folder / "large.xlsx")
        write_interchange(large, own)
        write_arcgis(large, own, package=folder / "large.gpkg")
        write_project(large, [], folder / "large.qgz")
        write_data_package(large, own)
        write_dcat(large, own)

    (tmp_path / "layers").mkdir()
    benchmark.pedantic(write, args=(tmp_path / "layers",), rounds=1)
    print("\n", rows, "rows")
