"""Every form that the layers come in, each a file that opens by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlas.data_package import write_data_package
from atlas.dcat import write_dcat
from atlas.dictionary import read_dictionary
from atlas.exports import layers
from atlas.geopackage import write_geopackage
from atlas.interchange import write_interchange, write_scenarios
from atlas.lyrx import write_arcgis
from atlas.rasters import write_rasters
from atlas.workbook import write_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from atlas.pipeline import Atlas


def write_formats(
    atlas: Atlas, folder: Path, *, cog: bool = False, all_scenarios: bool = False
) -> None:
    """Write the layers of a region in every form, and then what describes the files there are.

    Parameters
    ----------
    atlas
        A built region.
    folder
        Where the files of the whole go; the layers one by one go to a folder in it that is named
        after the region.
    cog
        Rasters with overviews, as `write_rasters` has it.
    all_scenarios
        Also every scenario of the tables that differ between them, as Parquet.
    """
    region = atlas.region.id
    tables = layers(atlas)
    own = folder / region
    own.mkdir(parents=True, exist_ok=True)
    write_geopackage(atlas, tables, folder / f"{region}.gpkg")
    write_workbook(atlas, tables, folder / f"{region}.xlsx")
    write_interchange(tables, own, dictionary=read_dictionary(atlas.catalog.home))
    write_arcgis(atlas, own, package=folder / f"{region}.gpkg")
    write_rasters(atlas, own / "rasters", cog=cog)
    if all_scenarios:
        write_scenarios(atlas, own / "all_scenarios")
    write_data_package(atlas, tables, own)
    write_dcat(atlas, own)
