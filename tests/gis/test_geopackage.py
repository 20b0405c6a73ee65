"""The GeoPackage opens in QGIS and in GDAL: every layer, without a warning."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import geopandas
import pyogrio
import pytest
from desktop import SYSTEM_PYTHON, require_desktop, start

from atlas.classes import classes_of
from atlas.dictionary import read_dictionary
from atlas.symbology import BLUES, WHITE

if TYPE_CHECKING:
    import atlas

pytestmark = pytest.mark.gis

HERE = Path(__file__).parent
HOME = HERE.parents[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gis") / "home"


@pytest.fixture(scope="module", autouse=True)
def _systems(home: Path) -> None:
    require_desktop(home)


@pytest.fixture(scope="module")
def geopackage(built: Path, home: Path) -> Path:
    """Give a copy, since QGIS may write into what it opens."""
    return shutil.copy(built / "layers" / "zuid-holland.gpkg", home)


@pytest.fixture(scope="module")
def seen(geopackage: Path, home: Path) -> dict[str, Any]:
    """Give what QGIS makes of the GeoPackage."""
    script = [SYSTEM_PYTHON, str(HERE / "open_in_qgis.py")]
    result = start([*script, str(geopackage), "zones", str(home / "zones.png")], home)
    assert result.returncode == 0, result.stderr
    # GDAL's own warnings pass QGIS's log by and end up here.
    assert result.stderr == ""
    described: dict[str, Any] = json.loads(result.stdout)
    return described


def test_qgis_has_nothing_to_say(seen: dict[str, Any]) -> None:
    assert seen["messages"] == []


def test_qgis_sees_the_layers_that_were_written(geopackage: Path, seen: dict[str, Any]) -> None:
    names = {str(name) for name, _ in pyogrio.list_layers(geopackage)} - {"layer_styles"}
    assert set(seen["layers"]) == names
    assert names >= {"zones", "municipalities", "facilities", "collection_points", "flows"}
    assert names >= {"stocks", "materials", "releases", "gaps", "recovery", "scenarios"}
    assert names >= {"elements", "eu_list", "sources", "findings", "headline_figures"}


def test_every_layer_is_valid_and_read_to_the_end(geopackage: Path, seen: dict[str, Any]) -> None:
    for name, layer in seen["layers"].items():
        info = pyogrio.read_info(geopackage, layer=name)
        assert layer["valid"], name
        assert layer["invalid_shapes"] == 0, name
        assert layer["counted"] == layer["read"] == info["features"], name
        assert layer["fields"] == ["fid", *info["fields"]], name


def test_layers_on_the_map_are_in_the_dutch_system(seen: dict[str, Any]) -> None:
    systems = {name: layer["crs"] for name, layer in seen["layers"].items() if layer["crs"]}
    assert {"zones", "municipalities", "facilities", "collection_points"} <= set(systems)
    assert set(systems.values()) == {"EPSG:28992"}


def test_zones_and_municipalities_are_complete(seen: dict[str, Any]) -> None:
    assert seen["layers"]["zones"]["read"] == 61
    assert seen["layers"]["municipalities"]["read"] == 50


def test_columns_are_shown_by_their_dutch_titles(seen: dict[str, Any]) -> None:
    for name, layer in read_dictionary(HOME).items():
        titles = [column.heading("nl") for column in layer.columns]
        assert seen["layers"][name]["titles"] == ["", *titles], name


def test_every_layer_opens_in_its_default_style(seen: dict[str, Any], geopackage: Path) -> None:
    with closing(sqlite3.connect(geopackage)) as file:
        kept = dict(
            file.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault")
        )
    looks = {name: each["style"] for name, each in seen["layers"].items() if each["style"]}
    assert len(looks) == 11
    for name, style in looks.items():
        assert f'type="{style["renderer"]}"' in kept[name], name
        assert style["labels"] == (name != "flows"), name
        labels = [label for _, label, _ in style["legend"]]
        assert all(f'label="{escape(label)}"' in kept[name] for label in labels), name
        assert len(labels) > 0, name


def test_features_are_drawn_in_the_class_that_they_reach(seen: dict[str, Any]) -> None:
    """As the page counts: from its lower break on, not from above it."""
    for name, layer in seen["layers"].items():
        if name == "flows" or layer["style"] is None:
            continue
        assert {len(keys) for keys in layer["style"]["drawn"]} == {1}, name


@pytest.mark.parametrize("stream", ["wind_turbine", "solar_panel", "ev_battery"])
def test_a_wide_layer_has_the_blues_of_the_page(
    seen: dict[str, Any], geopackage: Path, region: atlas.Atlas, stream: str
) -> None:
    style = seen["layers"][f"zones_{stream}"]["style"]
    assert style["renderer"] == "graduatedSymbol"
    assert style["legend"][0][1:] == ["geen gegevens", WHITE]
    assert [colour for *_, colour in style["legend"][1:]] == list(BLUES)
    values = pyogrio.read_dataframe(geopackage, layer=f"zones_{stream}")["released_2035_t"]
    edges = classes_of(region)[stream]["released:mass"]
    expected = [sum(value >= edge for edge in edges) for value in values]
    place = {key: number for number, (key, *_) in enumerate(style["legend"][1:])}
    assert [place[key] for (key,) in style["drawn"]] == expected


def test_the_zones_are_drawn(geopackage: Path, seen: dict[str, Any]) -> None:
    zones = geopandas.read_file(geopackage, layer="zones")
    west, south, east, north = zones.total_bounds
    share = zones.area.sum() / ((east - west) * (north - south))
    # Outlines add a little on the outer border.
    assert seen["filled"] == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(
    "program",
    [
        ["ogrinfo", "-ro", "-al", "-q"],
        [SYSTEM_PYTHON, "-m", "osgeo_utils.samples.validate_gpkg"],
    ],
    ids=["ogrinfo", "validate_gpkg"],
)
def test_gdal_reads_it_without_a_warning(geopackage: Path, home: Path, program: list[str]) -> None:
    result = start([*program, str(geopackage)], home)
    assert (result.returncode, result.stderr) == (0, "")
