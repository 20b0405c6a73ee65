"""What can go wrong where layers are written: names, places, disks; the edition before stays."""

from __future__ import annotations

import json
import resource
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio
import pytest
from spoil import files, lines_of, run
from world import sign

import atlas
from atlas.data_package import write_data_package
from atlas.dcat import write_dcat
from atlas.errors import AtlasError
from atlas.geopackage import write_geopackage
from atlas.interchange import in_degrees, write_csv, write_geojson, write_parquet
from atlas.lyrx import write_arcgis
from atlas.publication import Publication, publication_of
from atlas.qgis_project import write_project
from atlas.rasters import write_rasters
from atlas.workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STOCK = "layers/stocks/ebike_battery.toml"
LONG = "pack_" * 10 + "x"


@contextmanager
def disk(most: int) -> Iterator[None]:
    """Let no file grow beyond `most` bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["Packs", "e-bike", "1st", "pack" * 13])
def test_a_stream_whose_layer_would_have_no_proper_name_is_refused(name: str, spoilt: Path) -> None:
    before = files(spoilt)
    (spoilt / STOCK).rename(spoilt / f"layers/stocks/{name}.toml")
    lines = lines_of(run("build", "world"))
    told = f'layers/stocks/{name}.toml: the stream "{name}" ({len(name)} characters); a small '
    (line,) = [each for each in lines if each.startswith(told)]
    assert "at most 51" in line
    assert line.endswith("; rename the file")
    assert files(spoilt) == before


@pytest.mark.parametrize("name", [LONG, "kWh", "e-bikes"])
def test_a_measure_whose_column_would_have_no_proper_name_is_refused(
    name: str, spoilt: Path
) -> None:
    before = files(spoilt)
    path = spoilt / STOCK
    text = path.read_text(encoding="utf-8")
    assert 'id = "packs"' in text
    renamed = text.replace('id = "packs"', f'id = "{name}"').replace('"packs"', f'"{name}"')
    path.write_text(renamed, encoding="utf-8")
    lines = lines_of(run("build", "world"))
    (line,) = [each for each in lines if f'{STOCK}: the measure "{name}"' in each]
    assert "at most 46" in line
    assert files(spoilt) == before


@pytest.mark.parametrize("name", ["w[1]", "a|b", "w#1%20?", "con", "a.", " a", "w;1", "-x"])
def test_a_region_whose_files_would_have_no_proper_name_is_refused(name: str, spoilt: Path) -> None:
    before = files(spoilt)
    (spoilt / "layers/areas/world.toml").rename(spoilt / f"layers/areas/{name}.toml")
    (line,) = lines_of(run("check", "--", name))
    assert line.startswith(f"layers/areas/{name}.toml: the region {name!r}; letters, digits")
    assert files(spoilt) == before


def test_two_streams_of_one_title_are_refused(spoilt: Path) -> None:
    path = spoilt / STOCK
    other = spoilt / "layers/stocks/wind_turbine.toml"
    own, theirs = (p.read_text(encoding="utf-8").splitlines() for p in (path, other))
    line = next(n for n, text in enumerate(own) if text.startswith("title = "))
    own[line] = next(text for text in theirs if text.startswith("title = "))
    path.write_text("\n".join(own) + "\n", encoding="utf-8")
    (told,) = lines_of(run("check", "world"))
    assert "title.nl = " in told
    assert told.endswith("; change one")


def test_a_region_without_facilities_has_gaps_and_no_flows(spoilt: Path) -> None:
    path = spoilt / "data/geo/facilities.csv"
    path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", encoding="utf-8")
    sign(spoilt)
    result = run("build", "world", "--out", "out")
    assert result.exit_code == 0, result.output
    tables = {name for name, _ in pyogrio.list_layers(spoilt / "out/layers/world.gpkg")}
    assert "gaps" in tables
    assert not {"facilities", "flows", "nearest"} & tables


def test_names_beyond_ascii_and_spaces_are_names_like_others(spoilt: Path) -> None:
    region = "fryslân west"
    definition = (spoilt / "layers/areas/world.toml").rename(spoilt / f"layers/areas/{region}.toml")
    text = definition.read_text(encoding="utf-8")
    definition.write_text(text.replace('"Wereld"', '"Fryslân ’t Súd"'), encoding="utf-8")
    sign(spoilt)
    result = run("build", region, "--out", "út fier")
    assert result.exit_code == 0, result.output
    layers = spoilt / "út fier" / "layers"
    names = {path.name for path in layers.iterdir()}
    assert {f"{region}.gpkg", region} <= names
    assert set(result.stdout.splitlines()) == {
        path.relative_to(spoilt).as_posix()
        for path in (spoilt / "út fier").rglob("*")
        if path.is_file() and ".edition" not in path.parts
    }
    package = layers / f"{region}.gpkg"
    assert len(pyogrio.read_dataframe(package, layer="zones")) > 0
    record = json.loads((layers / region / "dcat.jsonld").read_text(encoding="utf-8"))
    places = [each["dcat:downloadURL"]["@id"] for each in record["dcat:distribution"]]
    assert all(place.isascii() and " " not in place for place in places)
    assert any("Frysl%C3%A2n" in place.replace("frysl", "Frysl") for place in places)
    described = json.loads((layers / region / "datapackage.json").read_text(encoding="utf-8"))
    assert described["name"] == "urban-mine-atlas-fryslan-west"
    assert "’t Súd" in described["title"]
    with closing(sqlite3.connect(package)) as file:
        (record_text,) = file.execute(
            "SELECT metadata FROM gpkg_metadata WHERE mime_type = 'text/xml'"
        ).fetchone()
    assert "Fryslân ’t Súd" in record_text


@pytest.fixture(scope="module")
def published(written_world: Path) -> Publication:
    return publication_of(atlas.build("world", home=written_world))


WRITERS: dict[str, Callable[[Publication, Path], object]] = {
    "gpkg": lambda p, folder: write_geopackage(p, folder / "world.gpkg"),
    "xlsx": lambda p, folder: write_workbook(p, folder / "world.xlsx"),
    "parquet": lambda p, folder: write_parquet(p.tables["stocks"], folder / "stocks.parquet"),
    "geojson": lambda p, folder: write_geojson(
        in_degrees(gpd.GeoDataFrame(p.tables["zones"])), folder / "zones.geojson", layer=p.own[0]
    ),
    "csv": lambda p, folder: write_csv(p.tables["stocks"], folder / "stocks.csv"),
    "lyrx": lambda p, folder: write_arcgis(p, folder, package=folder / "world.gpkg"),
    "rasters": lambda p, folder: write_rasters(p.atlas, folder),
    "project": lambda p, folder: write_project(p, [], folder / "world.qgz"),
    "package": write_data_package,
    "dcat": write_dcat,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_full_disk_is_told_whatever_is_written(
    kind: str, published: Publication, tmp_path: Path
) -> None:
    write = WRITERS[kind]
    whole = tmp_path / "whole"
    whole.mkdir()
    write(published, whole)
    sizes = {path.name: path.stat().st_size for path in whole.iterdir()}
    largest = max(sizes.values())
    told = 0
    for number, most in enumerate([0, 1, *(largest * part // 7 for part in range(1, 7))]):
        folder = tmp_path / str(number)
        folder.mkdir()
        with disk(most), pytest.raises(AtlasError) as error:
            write(published, folder)
        (line,) = error.value.problems
        name, _, rest = line.partition(": it cannot be written (")
        assert name in sizes, line
        assert "; free some space, name another folder with --out" in rest, line
        assert len(line) < 400
        assert str(tmp_path) not in line
        told += 1
    assert told == 8
    with disk(largest + 2**17):  # SQLite keeps a journal beside what it writes
        write(published, tmp_path)


@pytest.mark.parametrize("most", [1_000, 30_000, 300_000])
def test_a_disk_that_fills_up_leaves_the_edition_before(most: int, spoilt: Path) -> None:
    before = files(spoilt)
    with disk(most):
        (line,) = lines_of(run("build", "world"))
    assert "cannot be written (" in line
    assert "--out" in line
    assert files(spoilt) == before
