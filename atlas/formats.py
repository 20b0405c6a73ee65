"""Every form that the layers come in, each a file that opens by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlas.data_package import write_data_package
from atlas.dcat import write_dcat
from atlas.geopackage import write_geopackage
from atlas.interchange import write_interchange, write_scenarios
from atlas.lyrx import write_arcgis
from atlas.publication import publication_of
from atlas.qgis_project import write_project
from atlas.rasters import write_rasters

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
    own = folder / region
    own.mkdir(parents=True, exist_ok=True)
    published = publication_of(atlas)
    package = folder / f"{region}.gpkg"
    write_geopackage(published, package)
    write_interchange(published, own)
    write_arcgis(published, own, package=package)
    rasters = write_rasters(atlas, own / "rasters", cog=cog)
    write_project(published, rasters, folder / f"{region}.qgz")
    if all_scenarios:
        write_scenarios(atlas, own / "all_scenarios")
    write_data_package(published, own)
    write_dcat(published, own)
