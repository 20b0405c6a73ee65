"""What stands in the GeoPackage beside its layers: titles, metadata, rows that announce them."""

from __future__ import annotations

import json
import sqlite3
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import pytest
import rasterio
from click.testing import CliRunner

import atlas
from atlas.dictionary import read_dictionary
from atlas.errors import DefinitionError
from atlas.exports import layers
from atlas.geopackage import write_geopackage
from atlas.metadata import read_description, write_metadata
from atlas.publication import publication_of
from atlas.rasters import NODATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

HOME = Path(__file__).parents[1]
DAY = "2026-11-21"
NAMES = {
    "gmd": "http://www.isotc211.org/2005/gmd",
    "gco": "http://www.isotc211.org/2005/gco",
    "gmx": "http://www.isotc211.org/2005/gmx",
    "xlink": "http://www.w3.org/1999/xlink",
}


@pytest.fixture(scope="module")
def package(built: Path) -> Path:
    return built / "layers" / "zuid-holland.gpkg"


@pytest.fixture(scope="module")
def file(package: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{package}?mode=ro", uri=True)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def record(file: sqlite3.Connection) -> ET.Element:
    (text,) = file.execute(
        "SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = ?", (NAMES["gmd"],)
    ).fetchone()
    return ET.fromstring(text)  # noqa: S314 - of our own making


def said(record: ET.Element, path: str) -> list[str]:
    return ["".join(node.itertext()).strip() for node in record.findall(path, NAMES)]


def test_the_file_is_sound(file: sqlite3.Connection) -> None:
    assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    assert file.execute("PRAGMA user_version").fetchone() == (10300,)


def test_extensions_are_announced(file: sqlite3.Connection) -> None:
    rows = file.execute(
        "SELECT table_name, extension_name, scope FROM gpkg_extensions "
        "WHERE table_name LIKE 'gpkg%'"
    ).fetchall()
    assert set(rows) == {
        ("gpkg_data_columns", "gpkg_schema", "read-write"),
        ("gpkg_data_column_constraints", "gpkg_schema", "read-write"),
        ("gpkg_metadata", "gpkg_metadata", "read-write"),
        ("gpkg_metadata_reference", "gpkg_metadata", "read-write"),
    }


def test_layers_and_columns_have_dutch_titles(package: Path, file: sqlite3.Connection) -> None:
    dictionary = read_dictionary(HOME)
    titles = dict(file.execute("SELECT table_name, identifier FROM gpkg_contents"))
    assert titles.pop("layer_styles") == "layer_styles"
    assert titles == {name: layer.title.nl for name, layer in dictionary.items()}
    columns = file.execute(
        "SELECT table_name, column_name, name, description FROM gpkg_data_columns"
    )
    found = {(table, column): (title, about) for table, column, title, about in columns}
    expected = {
        (name, column.name): (column.heading("nl"), column.about.nl)
        for name, layer in dictionary.items()
        for column in layer.columns
    }
    assert found == expected
    for table in titles:
        fields = pyogrio.read_info(package, layer=table)["fields"]
        assert {column for name, column in found if name == table} == set(fields)


def test_nothing_is_dated_by_the_clock(file: sqlite3.Connection) -> None:
    moments = {
        moment
        for query in (
            "SELECT last_change FROM gpkg_contents",
            "SELECT update_time FROM layer_styles",
            "SELECT timestamp FROM gpkg_metadata_reference",
        )
        for (moment,) in file.execute(query)
    }
    assert moments == {f"{DAY}T00:00:00.000Z"}


def test_two_builds_have_the_same_bytes(written_world: Path, tmp_path: Path) -> None:
    world = atlas.build("world", home=written_world)
    written = []
    for name in ("one.gpkg", "two.gpkg"):
        write_geopackage(publication_of(world), tmp_path / name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_a_world_in_which_all_is_placed_has_no_table_of_the_rest(written_world: Path) -> None:
    world = atlas.build("world", home=written_world)
    placed = world.facilities.geometry.notna()
    tables = layers(world)
    assert ("facilities_unplaced" in tables) == (not placed.all())
    assert len(tables["facilities"]) == placed.sum()


def test_the_record_is_in_the_dutch_profile(record: ET.Element) -> None:
    def code(path: str) -> list[str | None]:
        return [node.get("codeListValue") for node in record.findall(path, NAMES)]

    assert code("gmd:language/gmd:LanguageCode") == ["dut"]
    assert code("gmd:characterSet/*") == ["utf8"]
    assert code("gmd:hierarchyLevel/*") == ["dataset"]
    assert code("gmd:contact//gmd:CI_RoleCode") == ["pointOfContact"]
    assert said(record, "gmd:dateStamp/gco:Date") == [DAY]
    (version,) = said(record, "gmd:metadataStandardVersion")
    assert version == "Nederlands metadata profiel op ISO 19115 voor geografie 2.1.0"
    (system,) = record.findall("gmd:referenceSystemInfo//gmd:code/gmx:Anchor", NAMES)
    assert system.get(f"{{{NAMES['xlink']}}}href") == "http://www.opengis.net/def/crs/EPSG/0/28992"
    own = "gmd:identificationInfo/gmd:MD_DataIdentification"
    assert "Zuid-Holland" in said(record, f"{own}/gmd:citation//gmd:title")[0]
    assert len(said(record, f"{own}/gmd:abstract")[0]) > 200
    assert code(f"{own}/gmd:language/*") == ["dut"]
    assert said(record, f"{own}/gmd:topicCategory") == ["environment", "economy"]
    assert said(record, f"{own}/gmd:spatialResolution") == ["100"]
    assert said(record, f"{own}/gmd:resourceConstraints//gmd:useLimitation")
    assert code(f"{own}//gmd:accessConstraints/*") == ["otherRestrictions"]
    links = [
        node.get(f"{{{NAMES['xlink']}}}href")
        for node in record.findall(f"{own}//gmd:otherConstraints/gmx:Anchor", NAMES)
    ]
    assert "https://creativecommons.org/licenses/by/4.0/deed.nl" in links
    mark = said(record, "gmd:fileIdentifier")[0]
    assert str(uuid.UUID(mark)) == mark
    bounds = [float(word) for word in said(record, f"{own}//gmd:EX_GeographicBoundingBox/*")]
    assert bounds == pytest.approx([3.8, 5.0, 51.6, 52.4], abs=0.15)
    assert not {text for text in record.itertext() if "{" in text}


def test_the_record_names_every_source(record: ET.Element, package: Path) -> None:
    sources = pyogrio.read_dataframe(package, layer="sources")
    written = said(record, "gmd:dataQualityInfo//gmd:LI_Source/gmd:description")
    assert len(written) == len(sources)
    for title, licence, words in zip(sources["title"], sources["licence"], written, strict=True):
        assert title in words
        assert licence in words


def test_each_table_has_its_schema(file: sqlite3.Connection) -> None:
    rows = file.execute(
        "SELECT table_name, md_parent_id, mime_type, metadata FROM gpkg_metadata_reference "
        "JOIN gpkg_metadata ON id = md_file_id WHERE reference_scope = 'table'"
    ).fetchall()
    dictionary = read_dictionary(HOME)
    assert {table for table, *_ in rows} == set(dictionary)
    assert {(parent, kind) for _, parent, kind, _ in rows} == {(1, "application/json")}
    schemas = {table: json.loads(text) for table, *_, text in rows}
    assert schemas["releases"]["primaryKey"] == ["zone_id", "stream", "scenario_id", "year"]
    reference = {"resource": "zones", "fields": ["zone_id"]}
    assert {"fields": ["zone_id"], "reference": reference} in schemas["facilities"]["foreignKeys"]
    # What is in no zone is told beside the table that the zones stand in.
    field = next(each for each in schemas["gaps"]["fields"] if each["name"] == "zone_id")
    assert (field["refers"], field["beyond"]) == ("zones.zone_id", ["outside", "unallocated"])
    types = {each["name"]: each["type"] for each in schemas["sites"]["fields"]}
    assert (types["chosen"], types["rank"], types["mean_km"]) == ("boolean", "integer", "number")
    units = {field["name"]: field.get("unit") for field in schemas["facilities"]["fields"]}
    assert (units["capacity_t_per_a"], units["precision_m"], units["name"]) == ("t/jaar", "m", None)


@pytest.mark.parametrize(
    "stream", ["wind_turbine", "solar_panel", "ebike_battery", "smartphone", "ev_battery"]
)
def test_a_wide_layer_says_what_the_tables_say(package: Path, stream: str) -> None:
    def of(table: str, **only: object) -> pd.DataFrame:
        frame = pyogrio.read_dataframe(package, layer=table, read_geometry=False)
        for column, value in {"stream": stream, **only}.items():
            frame = frame[frame[column] == value]
        return frame.set_index("zone_id").reindex(wide.index)

    def same(name: str, other: pd.Series) -> None:
        assert wide[name].to_numpy(dtype=float) == pytest.approx(
            other.to_numpy(dtype=float), rel=1e-12, nan_ok=True
        ), name

    wide = pyogrio.read_dataframe(package, layer=f"zones_{stream}").set_index("zone_id")
    assert len(wide) == 61
    assert wide.geometry.geom_type.eq("MultiPolygon").all()
    stock = of("stocks", basis="register", measure="mass")
    for end in ("", "_low", "_high"):
        same(f"stock_t{end}", stock[f"value{end}"])
    for year in (2025, 2030, 2035, 2040, 2050):
        released = of("releases", year=year)
        (step,) = wide["gap_step"].unique()
        gaps = of("gaps", year=year, step=step)
        metals = of("materials", year=year, element="crm", layer="released", scenario_id="default")
        for end in ("", "_low", "_high"):
            same(f"released_{year}_t{end}", released[f"released_t{end}"])
            same(f"collected_{year}_t{end}", released[f"collected_t{end}"])
            same(f"released_{year}_crm_t{end}", metals[f"mass_t{end}"])
        for end in ("", "_best"):
            same(f"processed_{year}_t{end}", gaps[f"processed_t{end}"])
            same(f"capacity_gap_{year}_t{end}", gaps[f"capacity_gap_t{end}"])
        same(f"collection_gap_{year}_t", released["collection_gap_t"])
        grades = wide[f"released_{year}_grade"].fillna("")
        assert grades.tolist() == released["grade"].fillna("").tolist()
    assert wide["released_2050_t"].notna().all()
    assert wide["stock_t"].isna().all() == (stream == "ev_battery")


def test_a_home_may_describe_itself(home: Path) -> None:
    text = (HOME / "layers" / "metadata.toml").read_text(encoding="utf-8")
    own = text + 'email = "atlas@example.org"\nurl = "https://example.org/atlas"\n'
    (home / "layers" / "metadata.toml").write_text(own, encoding="utf-8")
    world = atlas.build("world", home=home)
    record = ET.fromstring(write_metadata(world, read_description(home)))  # noqa: S314
    assert set(said(record, ".//gmd:electronicMailAddress")) == {"atlas@example.org"}
    assert "https://example.org/atlas" in said(record, "gmd:distributionInfo//gmd:URL")
    (home / "layers" / "metadata.toml").write_text(own + "phone = 1\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="phone"):
        read_description(home)


@pytest.mark.parametrize(("cog", "compression"), [(False, "LZW"), (True, "DEFLATE")])
def test_rasters_are_in_the_profile_asked_for(
    edition: Path, home: Path, monkeypatch: pytest.MonkeyPatch, *, cog: bool, compression: str
) -> None:
    folder = edition / "layers" / "built"
    if cog:
        from atlas.cli import main  # noqa: PLC0415 - as in conftest

        monkeypatch.chdir(home)
        result = CliRunner().invoke(main, ["build", "world", "--cog", "--quiet"])
        assert result.exit_code == 0, result.output
        folder = home / "layers" / "built"
    (path,) = folder.rglob("residents_*.tif")
    with rasterio.open(path) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.tags(ns="IMAGE_STRUCTURE")["COMPRESSION"] == compression
        # The world is smaller than a tile, and so has no need of overviews.
        assert raster.overviews(1) == []
        assert raster.nodata == NODATA
        assert raster.units == ("residents",)
        values = raster.read(1, masked=True)
        tags = raster.tags(1)
        assert raster.tags()["TIFFTAG_IMAGEDESCRIPTION"] == "Inwoners per cel"
    known = values.compressed()
    assert float(tags["STATISTICS_MAXIMUM"]) == known.max()
    assert float(tags["STATISTICS_MEAN"]) == pytest.approx(float(np.mean(known)))
    assert path.with_suffix(".qml").is_file()
