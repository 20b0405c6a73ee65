"""The layers one by one: GeoJSON, GeoParquet, CSV, and the records that describe them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from click.testing import CliRunner
from world import copy_world

import atlas
from atlas.cli import main
from atlas.dictionary import read_dictionary
from atlas.exports import layers
from atlas.formats import write_formats
from atlas.interchange import write_csv

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME = Path(__file__).parents[1]
CODES = {"id"}  # a feature's own, beside its columns


@pytest.fixture(scope="module")
def folder(built: Path) -> Path:
    return built / "layers" / "zuid-holland"


@pytest.fixture(scope="module")
def tables(region: atlas.Atlas) -> dict[str, pd.DataFrame]:
    return layers(region)


@pytest.fixture(scope="module")
def geojson(folder: Path) -> dict[str, Any]:
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.geojson"))
    }


def same(ours: pd.Series, theirs: pd.Series, where: str) -> None:
    """Hold two columns to be equal to the last bit, missing where missing."""
    if pd.api.types.is_numeric_dtype(ours):
        found = [each.to_numpy(float, na_value=np.nan) for each in (ours, theirs)]
        assert np.array_equal(*found, equal_nan=True), where
    else:
        assert (ours.isna().to_numpy() == theirs.isna().to_numpy()).all(), where
        left, right = (each.dropna().astype(str).str.lower().to_list() for each in (ours, theirs))
        assert left == right, where


def test_each_layer_is_there_in_each_form(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    placed = {name for name, frame in tables.items() if isinstance(frame, gpd.GeoDataFrame)}
    assert {path.stem for path in folder.glob("*.parquet")} == set(tables)
    assert {path.stem for path in folder.glob("*.csv")} == set(tables)
    assert {path.stem for path in folder.glob("*.geojson")} == placed
    assert len(placed) > 10


def test_parquet_holds_what_the_frames_hold(
    folder: Path, tables: Mapping[str, pd.DataFrame]
) -> None:
    for name, frame in tables.items():
        path = folder / f"{name}.parquet"
        if isinstance(frame, gpd.GeoDataFrame):
            found: pd.DataFrame = gpd.read_parquet(path)
            assert found.geometry.geom_equals_exact(frame.geometry, 0).all(), name
            assert found.crs == frame.crs, name
        else:
            found = pd.read_parquet(path)
        for column in frame.columns.drop("geometry", errors="ignore"):
            same(frame[column], found[column], f"{name}.{column}")


def test_a_column_of_parquet_has_a_type_also_without_a_value(folder: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    kinds = {"string": "large_string", "number": "double", "integer": "int64", "boolean": "bool"}
    seen = 0
    for resource in package["resources"]:
        if not resource["path"].endswith(".parquet"):
            continue
        types = pq.read_schema(folder / resource["path"])
        for field in resource["schema"]["fields"]:
            if field["type"] != "any":
                assert str(types.field(field["name"]).type) == kinds[field["type"]], resource[
                    "path"
                ]
                seen += 1
    assert seen > 500


def test_csv_holds_what_the_frames_hold(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    dictionary = read_dictionary(HOME)
    for name, frame in tables.items():
        found = pd.read_csv(
            folder / f"{name}.csv", dtype="str", keep_default_na=False, na_values=[""]
        )
        own = [column.name for column in dictionary[name].columns]
        assert list(found.columns[: len(own)]) == own, name
        for column in own:
            theirs = found[column]
            if pd.api.types.is_numeric_dtype(frame[column]):
                theirs = theirs.replace({"true": "1", "false": "0"}).astype("object").map(float)
            same(frame[column], theirs, f"{name}.{column}")
        point = isinstance(frame, gpd.GeoDataFrame) and set(frame.geom_type) == {"Point"}
        assert list(found.columns[len(own) :]) == (["longitude", "latitude"] if point else []), name


def test_geojson_holds_what_the_frames_hold(
    geojson: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]
) -> None:
    for name, collection in geojson.items():
        frame = tables[name]
        found = pd.DataFrame([feature["properties"] for feature in collection["features"]])
        assert set(found.columns) - CODES == set(frame.columns) - {"geometry"}, name
        for column in frame.columns.drop("geometry"):
            theirs = found[column]
            if pd.api.types.is_numeric_dtype(frame[column]):
                theirs = theirs.astype("float64")
            same(frame[column], theirs, f"{name}.{column}")


def test_geojson_is_as_its_standard_has_it(geojson: Mapping[str, Any]) -> None:
    for name, collection in geojson.items():
        assert collection["type"] == "FeatureCollection"
        assert "crs" not in collection, name
        west, south, east, north = collection["bbox"]
        assert (west, south) < (east, north)
        shapes = [shapely.geometry.shape(each["geometry"]) for each in collection["features"]]
        bounds = shapely.total_bounds(shapes)
        assert collection["bbox"] == pytest.approx(bounds, abs=1e-6), name
        assert (bounds[0], bounds[2]) >= (-180.0, -180.0)
        for shape in shapes:
            for part in getattr(shape, "geoms", [shape]):
                if isinstance(part, shapely.Polygon):
                    assert part.exterior.is_ccw, name
                    assert not any(ring.is_ccw for ring in part.interiors), name
    ids = [feature["id"] for feature in geojson["zones"]["features"]]
    assert len(ids) == len(set(ids)) == 61
    assert ids[0].startswith("GM")


def test_places_in_degrees_are_the_places_on_the_map(
    geojson: Mapping[str, Any], folder: Path, tables: Mapping[str, pd.DataFrame]
) -> None:
    frame = tables["facilities"]
    assert isinstance(frame, gpd.GeoDataFrame)
    expected = frame.geometry.to_crs("EPSG:4326")
    found = [each["geometry"]["coordinates"] for each in geojson["facilities"]["features"]]
    degrees = np.column_stack([expected.x, expected.y])
    # A decimetre; a row more or less south is far more.
    assert np.abs(np.array(found) - degrees).max() <= 0.51e-6
    table = pd.read_csv(folder / "facilities.csv")
    assert np.abs(table[["longitude", "latitude"]].to_numpy() - degrees).max() <= 0.51e-6


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\r\n=1"])
def test_text_that_a_spreadsheet_would_run_is_defused(words: str, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    write_csv(pd.DataFrame({"name": [words, "a = b", None], "value": [-1.5, np.nan, 2.0]}), path)
    found = pd.read_csv(path, keep_default_na=False, dtype="str")
    assert found["name"].to_list() == ["'" + words, "a = b", ""]
    # A number below nothing is none of it.
    assert found["value"].to_list() == ["-1.5", "", "2"]


def test_the_package_describes_every_file(folder: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    found = {each["path"]: each for each in package["resources"]}
    records = {"datapackage.json", "dcat.jsonld", "provenance.json"}
    files = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    } - records
    assert set(found) == files
    assert len({each["name"] for each in package["resources"]}) == len(files)
    for place, resource in found.items():
        content = (folder / place).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource.get("bytes", len(content)) == len(content)
        if place.endswith(".csv"):
            header = content.split(b"\r\n", 1)[0].decode().split(",")
            assert [field["name"] for field in resource["schema"]["fields"]] == header, place
    sources = pd.read_csv(folder / "sources.csv")
    assert [each["source_id"] for each in package["sources"]] == list(sources["source_id"])
    assert [each["licence"] for each in package["sources"]] == list(sources["licence"])


def test_the_record_for_portals_has_what_the_dutch_profile_asks_for(folder: Path) -> None:
    record = json.loads((folder / "dcat.jsonld").read_text(encoding="utf-8"))
    assert record["@type"] == "dcat:Dataset"
    asked = [
        *("dct:identifier", "dct:title", "dct:description", "dct:publisher", "dct:creator"),
        *("dcat:contactPoint", "dcat:theme", "dct:accessRights", "dct:license", "dct:language"),
    ]
    assert all(record.get(name) for name in asked)
    assert {each["@language"] for each in record["dct:title"]} == {"nl", "en"}
    prefixes = {name.split(":")[0] for name in record if ":" in name}
    assert prefixes <= set(record["@context"])
    places = [each["dcat:downloadURL"]["@id"] for each in record["dcat:distribution"]]
    assert {"../zuid-holland.gpkg", "zones.geojson", "datapackage.json"} <= set(places)
    for place in places:
        assert (folder / place).is_file(), place
    for each in record["dcat:distribution"]:
        assert each["dcat:accessURL"]
        assert each["dct:license"]


def test_a_layer_without_features_is_left_out_and_that_is_said(
    written_world: Path, tmp_path: Path
) -> None:
    world = atlas.build("world", home=written_world)
    empty = replace(
        world, flows=world.flows.iloc[:0], facilities=world.facilities.iloc[:0],
        sites=world.sites.iloc[:0],
    )  # fmt: skip
    tables = layers(empty)
    gone = {"flows", "facilities", "sites"}
    assert not gone & set(tables)
    findings = tables["findings"]
    rows = findings[findings["rule"] == "layer without features"]
    assert gone <= set(rows["layer"])
    assert len(findings) == len(world.findings) + len(rows)
    write_formats(empty, tmp_path)
    files = {path.stem for path in tmp_path.rglob("*") if path.is_file()}
    assert not gone & files
    assert {"zones", "world", "datapackage"} <= files


def test_all_scenarios_stand_in_files_of_their_own(
    edition: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy_world(edition, tmp_path / "home"))
    result = CliRunner().invoke(main, ["build", "world", "--all-scenarios", "--out", "out"])
    assert result.exit_code == 0, result.output
    world = atlas.build("world")
    folder = Path("out/layers/world/all_scenarios")
    names = ("materials", "releases", "gaps", "recovery")
    assert {path.stem for path in folder.iterdir()} == set(names)
    for name in names:
        frame, found = getattr(world, name), pd.read_parquet(folder / f"{name}.parquet")
        for column in frame.columns:
            same(frame[column], found[column], f"{name}.{column}")
    # A switch that a table does not depend on has no rows of its own in it.
    there = {each for name in names for each in getattr(world, name)["scenario_id"].unique()}
    assert there >= set(world.scenarios["scenario_id"])
    # The next edition without them leaves none of them behind.
    result = CliRunner().invoke(main, ["build", "world", "--out", "out"])
    assert result.exit_code == 0, result.output
    assert not folder.exists()


def test_two_editions_have_the_same_bytes(written_world: Path, tmp_path: Path) -> None:
    world = atlas.build("world", home=written_world)
    for name in ("one", "two"):
        write_formats(world, tmp_path / name, all_scenarios=True)
    files = [p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file()]
    assert len(files) > 50
    for file in files:
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        assert one == two, file
