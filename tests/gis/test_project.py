"""The project opens in QGIS wherever it is moved to, without a warning, and prints its sheets."""

from __future__ import annotations

import itertools
import json
import math
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyogrio
import pytest
import world as worlds
from desktop import SYSTEM_PYTHON, require_desktop, start
from spoil import run

if TYPE_CHECKING:
    import pandas as pd

pytestmark = pytest.mark.gis

HERE = Path(__file__).parent
# As QGIS's own users name their folders.
ELSEWHERE = "verhuisd naar é & 海"
A3_POINTS = (1190.55, 841.89)
TITLE = 'Ærø & <Öland> \'n "Sjælland"'
RESIDENTS = 663_900


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project") / "home"


@pytest.fixture(scope="module", autouse=True)
def _systems(home: Path) -> None:
    require_desktop(home)


def opened(project: Path, home: Path, municipality: str) -> dict[str, Any]:
    script = [SYSTEM_PYTHON, str(HERE / "open_project.py")]
    result = start([*script, str(project), str(project.parent), municipality], home)
    assert result.returncode == 0, result.stderr
    # GDAL's own warnings pass QGIS's log by and end up here.
    assert result.stderr == ""
    described: dict[str, Any] = json.loads(result.stdout)
    return described


@pytest.fixture(scope="module")
def folder(built: Path, home: Path) -> Path:
    """Give a copy of the layers in another place."""
    return Path(shutil.copytree(built / "layers", home / ELSEWHERE))


@pytest.fixture(scope="module")
def seen(folder: Path, home: Path) -> dict[str, Any]:
    """Give what QGIS makes of the project."""
    return opened(folder / "zuid-holland.qgz", home, "Rotterdam")


@pytest.fixture(scope="module")
def foreign(written_world: Path, home: Path) -> dict[str, Any]:
    """Give what QGIS makes of another region, of a title that is hard to write."""
    own = worlds.copy_world(written_world, home / "world é")
    text = json.dumps(TITLE)
    area = own / "layers" / "areas" / "world.toml"
    words = area.read_text(encoding="utf-8").replace('"Wereld"', text).replace('"World"', text)
    area.write_text(words, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(own)
        result = run("build", "world", "--quiet")
    assert result.exit_code == 0, result.output
    return opened(own / "layers" / "built" / "world.qgz", home, "Vak 5")


def test_qgis_has_nothing_to_say(seen: dict[str, Any], foreign: dict[str, Any]) -> None:
    for each in (seen, foreign):
        assert each["read"]
        assert each["error"] == ""
        assert each["messages"] == []


def test_every_layer_is_valid_and_read_to_the_end(
    seen: dict[str, Any], foreign: dict[str, Any]
) -> None:
    for each in (seen, foreign):
        for own, layer in each["layers"].items():
            assert layer["valid"], own
            if not layer["raster"]:
                assert layer["features"] == layer["read"] > 0, own


def test_layers_are_read_from_where_the_project_stands(seen: dict[str, Any], folder: Path) -> None:
    for own, layer in seen["layers"].items():
        assert layer["source"].startswith(f"{folder}/zuid-holland"), own
    assert seen["absolute"] is False


def test_the_project_says_what_it_is(seen: dict[str, Any], foreign: dict[str, Any]) -> None:
    assert seen["crs"] == "EPSG:28992"
    assert "Zuid-Holland" in seen["title"]
    assert "Zuid-Holland" in seen["abstract"]
    assert seen["author"] == "Grondstoffenatlas"
    assert seen["dated"] == "2026-11-21"
    assert TITLE in foreign["title"]
    assert TITLE in foreign["layouts"]["A3 liggend – blad per gemeente"]["texts"]["Colofon"]
    for layer in seen["layers"].values():
        assert layer["title"]
        assert layer["abstract"]
        assert "CBS" in layer["rights"][0]


def test_tables_and_layers_have_dutch_columns(seen: dict[str, Any], folder: Path) -> None:
    gaps = seen["layers"]["urban_mine_gaps"]["titles"]
    assert "Capaciteitsgat (t)" in gaps
    for own, layer in seen["layers"].items():
        if not layer["raster"]:
            assert layer["titles"][0] == "", own
            assert all(layer["titles"][1:]), own
    names = {str(name) for name, _ in pyogrio.list_layers(folder / "zuid-holland.gpkg")}
    assert {f"urban_mine_{name}" for name in names - {"layer_styles"}} <= set(seen["layers"])


def test_a_layer_looks_as_in_the_geopackage(seen: dict[str, Any], foreign: dict[str, Any]) -> None:
    for each in (seen, foreign):
        compared = 0
        for own, layer in each["layers"].items():
            if layer["raster"] or layer["legend"] is None:
                continue
            assert layer["legend"], own
            if "__" not in own:
                assert layer["legend"] == layer["default_legend"], own
                compared += 1
        assert compared >= 9


def test_rasters_have_their_classes(seen: dict[str, Any]) -> None:
    rasters = [layer for layer in seen["layers"].values() if layer["raster"]]
    assert len(rasters) == 9
    for layer in rasters:
        assert 2 <= len(layer["legend"]) <= 5, layer["title"]


def test_a_layer_of_one_stream_has_its_rows_only(seen: dict[str, Any]) -> None:
    flows = seen["layers"]["urban_mine_flows"]["features"]
    parts = {
        own: layer["features"]
        for own, layer in seen["layers"].items()
        if own.startswith("urban_mine_flows__")
    }
    assert len(parts) > 1
    assert sum(parts.values()) == flows
    plants = seen["layers"]["urban_mine_facilities__ev_battery"]["features"]
    assert 0 < plants < seen["layers"]["urban_mine_facilities"]["features"]


def test_every_relation_holds(seen: dict[str, Any], foreign: dict[str, Any]) -> None:
    assert len(seen["relations"]) > 20
    assert {"gaps__zone_id", "materials__element", "flows__facility_id"} <= set(seen["relations"])
    for each in (seen, foreign):
        assert {valid for valid, *_ in each["relations"].values()} == {True}


def test_the_first_view_and_every_theme_show_the_region(
    seen: dict[str, Any], foreign: dict[str, Any]
) -> None:
    assert len(seen["themes"]) == 20
    assert seen["filled"] == pytest.approx(0.44, abs=0.03)
    for name, share in seen["filled_by_theme"].items():
        assert share == pytest.approx(0.44, abs=0.03), name
    for name, shown in seen["themes"].items():
        assert "urban_mine_municipalities" in shown, name
    # Its squares fill the view but for the margin.
    assert foreign["filled"] > 0.8


def test_sheets_are_a3_and_nothing_on_them_is_cut_or_overlaps(
    seen: dict[str, Any], foreign: dict[str, Any]
) -> None:
    for name, sheet in [*seen["layouts"].items(), *foreign["layouts"].items()]:
        assert sheet["page"] == [420, 297], name
        assert sheet["exported"] == 0, name
        assert sheet["pictures"] == [[False, 0]], name
        assert sheet["scale"] % 25_000 == pytest.approx(0, abs=1) or sheet[
            "scale"
        ] % 25_000 == pytest.approx(25_000, abs=1), name
        boxes = {own: box for own, box in sheet["boxes"].items() if own != "page"}
        for own, (x, y, width, height) in boxes.items():
            assert x + width <= 411, (name, own)
            assert y + height <= 289, (name, own)
        for own, (width, height) in sheet["needed"].items():
            _, _, wide, high = boxes[own]
            # A line breaks between words, and so is not filled to its end.
            lines = math.ceil(1.1 * width / wide) if width > wide else 1
            assert lines * height <= high + 0.5, (name, own)
        for (one, box), (other, box2) in itertools.combinations(boxes.items(), 2):
            assert not overlap(box, box2), (name, one, other)


def overlap(one: list[float], other: list[float]) -> bool:
    (x, y, width, height), (x2, y2, width2, height2) = one, other
    return x < x2 + width2 and x2 < x + width and y < y2 + height2 and y2 < y + height


def test_pdfs_are_a3(folder: Path, seen: dict[str, Any]) -> None:
    assert seen["layouts"]
    for name in ("0.pdf", "sheet.pdf"):
        data = (folder / name).read_bytes()
        (box,) = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data))
        assert tuple(map(float, box)) == pytest.approx(A3_POINTS, abs=1)


def test_there_is_a_sheet_for_every_municipality(seen: dict[str, Any], folder: Path) -> None:
    sheet = seen["layouts"]["A3 liggend – blad per gemeente"]
    table = pyogrio.read_dataframe(folder / "zuid-holland.gpkg", layer="municipalities")
    assert sorted(sheet["sheets"]) == sorted(table["name"])
    assert len(sheet["sheets"]) == 50
    assert sheet["sheets"].index("Delft") < sheet["sheets"].index("Gouda")


def test_a_sheet_says_the_figures_of_its_municipality(seen: dict[str, Any], folder: Path) -> None:
    sheet = seen["layouts"]["A3 liggend – blad per gemeente"]
    assert sheet["texts"]["Titel"] == "Rotterdam"
    assert f"{RESIDENTS:,} inwoners".replace(",", ".") in sheet["texts"]["Ondertitel"]
    assert "Maasvlakte" in sheet["texts"]["Ondertitel"]
    columns = ("released", "collected", "capacity_gap")
    streams = ("wind_turbine", "solar_panel", "ebike_battery", "smartphone", "ev_battery")
    for column, rows in zip(columns, sheet["tables"], strict=True):
        assert rows[0] == ["", "2025", "2030", "2035", "2040", "2050"]
        assert len(rows) == 6
        for stream, row in zip(streams, rows[1:], strict=True):
            wide = pyogrio.read_dataframe(
                folder / "zuid-holland.gpkg", layer=f"zones_{stream}", read_geometry=False
            )
            own = wide[wide["municipality_code"] == "GM0599"]
            if column == "capacity_gap":
                step = own["gap_step"].iloc[0]
                words = {"dismantling": "demontage", "refining": "raffinage"}
                assert row[0].endswith(f", {words.get(step, step)}")
            for year, shown in zip(rows[0][1:], row[1:], strict=True):
                worst = own[f"{column}_{year}_t"]
                best, _, most = shown.rpartition(" – ")
                says(most, worst)
                if column == "capacity_gap":
                    says(best or most, own[f"{column}_{year}_t_best"])
                else:
                    assert not best


def says(shown: str, values: pd.Series) -> None:
    """Hold a cell to the sum of a municipality's zones, as precise as it is shown."""
    if values.isna().any():
        assert shown == "onbekend"
    elif 0 < values.sum() < 0.1:
        assert shown == "< 0,1"
    else:
        number = float(shown.replace(".", "").replace(",", "."))
        close = 0.5 if values.sum() >= 10 else 0.05
        assert number == pytest.approx(values.sum(), abs=close + 1e-6)


def test_a_sheet_of_a_stream_says_how_sure_it_is_and_where_it_is_from(
    seen: dict[str, Any],
) -> None:
    sheet = seen["layouts"]["A3 liggend – Windturbines: komt vrij in 2035"]
    assert sheet["texts"]["Titel"] == "Windturbines: komt vrij in 2035"
    assert sheet["theme"] == "Windturbines: komt vrij in 2035"
    assert "Betrouwbaarheid D" in sheet["texts"]["Voorbehoud"]
    assert "bandbreedte" in sheet["texts"]["Voorbehoud"]
    gap = seen["layouts"]["A3 liggend – Zonnepanelen: capaciteitsgat in 2040"]
    assert "Onbekende capaciteit telt als niets" in gap["texts"]["Voorbehoud"]
    assert "RIVM (1 bestand, 11-01-2026, Public Domain Mark 1.0)" in sheet["texts"]["Bronnen"]
    assert "21-11-2026" in sheet["texts"]["Colofon"]
    assert sheet["texts"]["Schaal in cijfers"] == "Schaal 1 : 300.000"
