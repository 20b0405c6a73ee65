"""The QGIS project as a file: what it says, in which order, and that it leads to what is there."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pyogrio
import pytest
import world as worlds
from pyproj import CRS

import atlas
from atlas.definitions import Text
from atlas.errors import AtlasError
from atlas.publication import publication_of
from atlas.qgis_layers import add_reference_system
from atlas.qgis_layout import plain
from atlas.qgis_project import project_text, write_project
from atlas.rasters import write_rasters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from atlas.rasters import Raster

DAY = "2026-11-21"
HOSTILE = "Zee <b>\"&'%</b> [% 1 + 1 %] ]]> é\u0001"


def text_of(path: Path) -> str:
    with zipfile.ZipFile(path) as file:
        (entry,) = file.infolist()
        assert entry.filename == f"{path.stem}.qgs"
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        return file.read(entry).decode()


@pytest.fixture(scope="module")
def folder(built: Path) -> Path:
    return built / "layers"


@pytest.fixture(scope="module")
def project(folder: Path) -> ET.Element:
    return ET.fromstring(text_of(folder / "zuid-holland.qgz"))  # noqa: S314 - of our own making


@pytest.fixture(scope="module")
def tiny(written_world: Path) -> atlas.Atlas:
    return atlas.build("world", home=written_world)


@pytest.fixture(scope="module")
def drawn(tiny: atlas.Atlas, tmp_path_factory: pytest.TempPathFactory) -> tuple[Raster, ...]:
    return write_rasters(tiny, tmp_path_factory.mktemp("rasters"))


def parse(tiny: atlas.Atlas, drawn: tuple[Raster, ...]) -> ET.Element:
    return ET.fromstring(project_text(publication_of(tiny), drawn))  # noqa: S314 - as above


def groups(node: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    """Give every group by its path."""
    for group in node.findall("layer-tree-group"):
        name = str(group.get("name"))
        yield name, group
        for path, inner in groups(group):
            yield f"{name}/{path}", inner


def titles(group: ET.Element) -> list[str]:
    return [str(node.get("name")) for node in group if node.tag.startswith("layer-tree")]


def top(project: ET.Element) -> ET.Element:
    found = project.find("layer-tree-group")
    assert found is not None
    return found


def test_every_source_is_relative_and_there(project: ET.Element, folder: Path) -> None:
    there = {str(name) for name, _ in pyogrio.list_layers(folder / "zuid-holland.gpkg")}
    sources = [str(node.findtext("datasource")) for node in project.iter("maplayer")]
    named = [node.get("source") for node in project.iter("layer-tree-layer")]
    assert sorted(map(str, named)) == sorted(sources)
    shown = set()
    for source in sources:
        path, _, rest = source.partition("|layername=")
        assert path.startswith("./")
        assert (folder / path).is_file(), source
        if rest:
            shown.add(rest.partition("|subset=")[0])
    assert shown == there - {"layer_styles"}
    assert sum("/rasters/" in source for source in sources) == 9
    assert project.findtext("properties/Paths/Absolute") == "false"


def test_no_path_of_this_machine_and_no_clock(project: ET.Element, folder: Path) -> None:
    text = text_of(folder / "zuid-holland.qgz")
    assert str(folder) not in text
    assert "/home/" not in text
    dates = set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", text))
    assert dates == {f"{DAY}T00:00:00"}
    assert project.findtext("projectMetadata/creation") == f"{DAY}T00:00:00Z"
    assert "saveDateTime" not in project.attrib


def test_ids_are_unique_long_enough_and_all_known(project: ET.Element) -> None:
    ids = [str(node.findtext("id")) for node in project.iter("maplayer")]
    assert len(ids) == len(set(ids))
    # QGIS replaces the id of a layer that has at most ten letters.
    assert min(map(len, ids)) > 10
    named = [node.get("id") for node in project.iter("layer-tree-layer")]
    assert sorted(map(str, named)) == sorted(ids)
    for preset in project.iter("visibility-preset"):
        assert {str(node.get("id")) for node in preset.findall("layer")} <= set(ids)
    for relation in project.iter("relation"):
        assert {relation.get("referencingLayer"), relation.get("referencedLayer")} <= set(ids)


def test_groups_stand_in_the_order_of_drawing(project: ET.Element) -> None:
    assert titles(top(project)) == [
        "Locaties",
        "Stromen naar verwerkers",
        "Grenzen",
        "Stromen per gebied",
        "Gebieden",
        "Rasters",
        "Tabellen",
    ]
    found = dict(groups(top(project)))
    assert titles(found["Locaties"])[:3] == ["Verwerkers", "Inzamelpunten", "Kandidaat-locaties"]
    assert titles(found["Stromen per gebied"]) == [
        "Windturbines",
        "Zonnepanelen",
        "Fietsaccu's",
        "Smartphones",
        "EV-accu's",
    ]
    assert titles(found["Stromen per gebied/Windturbines"]) == [
        "Windturbines: komt vrij in 2035",
        "Windturbines: komt vrij in 2035, met het capaciteitsgat",
        "Windturbines: capaciteitsgat in 2035",
        "Windturbines: aanwezig, massa",
    ]
    # In a list without groups no two can be taken for each other.
    layers = [str(node.findtext("layername")) for node in project.iter("maplayer")]
    assert len(layers) == len(set(layers)) > 50
    assert "Capaciteitsgat" in titles(found["Tabellen"])
    assert all(len(group) for group in found.values())


def test_one_stream_its_borders_and_the_plants_are_seen_at_first(project: ET.Element) -> None:
    def seen(node: ET.Element) -> Iterator[str]:
        for part in node:
            if part.get("checked") == "Qt::Checked":
                if part.tag == "layer-tree-layer":
                    yield str(part.get("id"))
                else:
                    yield from seen(part)

    assert list(seen(top(project))) == [
        "urban_mine_facilities",
        "urban_mine_municipalities",
        "urban_mine_zones_wind_turbine",
    ]
    found = dict(groups(top(project)))
    for path, group in found.items():
        if path.startswith(("Stromen per gebied", "Rasters")) or path.endswith("per stroom"):
            assert group.get("mutually-exclusive") == "1", path
            checked = [part for part in group if part.get("checked") == "Qt::Checked"]
            assert len(checked) <= 1, path
    unfolded = [
        str(node.get("id"))
        for node in project.iter("layer-tree-layer")
        if node.get("expanded") == "1"
    ]
    assert unfolded == ["urban_mine_zones_wind_turbine"]


def test_relations_follow_the_dictionary(project: ET.Element) -> None:
    found = {
        str(node.get("id")): (
            node.get("referencingLayer"),
            node.get("referencedLayer"),
            *(child.get(end) for child in node for end in ("referencingField", "referencedField")),
        )
        for node in project.findall("relations/relation")
    }
    assert found["gaps__zone_id"] == (
        "urban_mine_gaps", "urban_mine_zones", "zone_id", "zone_id",
    )  # fmt: skip
    assert found["elements__eu_number"][2:] == ("eu_number", "number")
    # Wide layers repeat the tables.
    assert not [row for row in found.values() if str(row[0]).startswith("urban_mine_zones_")]


def test_each_theme_names_groups_that_are_there(project: ET.Element) -> None:
    there = {path for path, _ in groups(top(project))}
    names = [str(node.get("name")) for node in project.iter("visibility-preset")]
    assert names[0] == "Windturbines: komt vrij in 2035"
    assert "Fietsaccu's: aanwezig, massa" in names
    assert names[-1] == "Locaties"
    for preset in project.iter("visibility-preset"):
        paths = [node.get("id") for node in preset.iter("checked-group-node")]
        assert paths
        assert set(map(str, paths)) <= there


def test_the_system_is_told_in_full(project: ET.Element) -> None:
    (system,) = project.findall("projectCrs/spatialrefsys")
    assert system.findtext("authid") == "EPSG:28992"
    assert str(system.findtext("wkt")).startswith("PROJCRS[")
    assert system.findtext("description") == "Amersfoort / RD New"


@pytest.mark.parametrize("name", ["EPSG:25832", "EPSG:4326", "+proj=laea +lat_0=52 +lon_0=5"])
def test_any_system_can_be_told(name: str) -> None:
    root = ET.Element("projectCrs")
    add_reference_system(root, name)
    assert CRS.from_wkt(str(root.findtext("spatialrefsys/wkt"))) == CRS(name)
    known = root.findtext("spatialrefsys/authid")
    assert known == (name if name.startswith("EPSG") else None)
    geographic = root.findtext("spatialrefsys/geographicflag")
    assert geographic == ("true" if name == "EPSG:4326" else "false")


def test_there_is_a_sheet_for_each_stream_and_one_per_municipality(project: ET.Element) -> None:
    names = [str(node.get("name")) for node in project.findall("Layouts/Layout")]
    assert len(names) == 11
    assert names[:2] == [
        "A3 liggend – Windturbines: komt vrij in 2035",
        "A3 liggend – Windturbines: capaciteitsgat in 2035",
    ]
    assert names[-1] == "A3 liggend – blad per gemeente"
    (sheets,) = project.iter("Atlas")
    assert sheets.get("coverageLayer") == "urban_mine_municipalities"
    assert (sheets.get("sortFeatures"), sheets.get("sortKey")) == ("1", '"name"')
    for item in project.iter("LayoutItem"):
        x, y = map(float, str(item.get("position")).split(",")[:2])
        width, height = map(float, str(item.get("size")).split(",")[:2])
        assert x >= 0, item.attrib
        assert y >= 0, item.attrib
        assert x + width <= 420, item.attrib
        assert y + height <= 297, item.attrib


def test_two_builds_have_the_same_bytes(
    tiny: atlas.Atlas, drawn: tuple[Raster, ...], tmp_path: Path
) -> None:
    for name in ("one", "two"):
        write_project(publication_of(tiny), drawn, tmp_path / f"{name}.qgz")
    assert (tmp_path / "one.qgz").read_bytes() == (tmp_path / "two.qgz").read_bytes()


def test_a_place_that_cannot_be_written_is_a_message(tiny: atlas.Atlas, tmp_path: Path) -> None:
    path = tmp_path / "none" / "world.qgz"
    with pytest.raises(
        AtlasError, match=r"^world\.qgz: it cannot be written \(.*; room and rights"
    ):
        write_project(publication_of(tiny), (), path)


def test_what_has_no_rows_is_left_out(tiny: atlas.Atlas, drawn: tuple[Raster, ...]) -> None:
    assert not len(tiny.sites)
    assert not len(tiny.cover)
    project = parse(tiny, drawn)
    ids = {node.findtext("id") for node in project.iter("maplayer")}
    assert "urban_mine_facilities" in ids
    assert "urban_mine_sites" not in ids
    assert "urban_mine_cover" not in ids


def test_a_stream_more_is_a_group_more(tiny: atlas.Atlas, drawn: tuple[Raster, ...]) -> None:
    found = dict(groups(top(parse(tiny, drawn))))
    streams = {path for path in found if path.startswith("Stromen per gebied/")}
    assert len(streams) == len(tiny.streams.supplies)
    assert len(streams) < 5


def test_hostile_words_stay_words(written_world: Path, tmp_path: Path) -> None:
    home = worlds.copy_world(written_world, tmp_path / "home")
    (path,) = (home / "data").rglob("facilities.csv")
    first, second, *rest = path.read_text(encoding="utf-8").splitlines()
    cells = second.split(",")
    cells[1] = "\"</qgis>[% env('HOME') %]\""
    path.write_text("\n".join([first, ",".join(cells), *rest, ""]), encoding="utf-8")
    worlds.sign(home)
    tiny = atlas.build("world", home=home)
    region = replace(tiny.region, title=Text(HOSTILE, HOSTILE))
    text = project_text(publication_of(replace(tiny, region=region)), ())
    project = ET.fromstring(text)  # noqa: S314 - of our own making
    said = HOSTILE.replace("\u0001", "\ufffd")
    assert said in str(project.findtext("title"))
    # No name of a place stands in the project, and no label works out what comes from data.
    assert "env('HOME')" not in text
    labels = [str(node.get("labelText")) for node in project.iter("LayoutItem")]
    assert [label for label in labels if said.replace("[%", "[ %") in label]
    assert not [label for label in labels if "1 + 1" in label and "[% 1" in label]


def test_words_of_data_are_no_expression() -> None:
    assert plain("[% 1 %] [#x#] %]") == "[ % 1 %] [ #x#] %]"
