"""Every column that comes out has its words, and every word its column."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pyogrio
import pytest

import atlas
from atlas.definitions import Text
from atlas.dictionary import Column, Layer, read_dictionary, unit_of
from atlas.errors import DefinitionError

HOME = Path(__file__).parents[1]
FILE = "layers/dictionary.toml"


@pytest.fixture(scope="module")
def dictionary() -> dict[str, Layer]:
    return read_dictionary(HOME)


@pytest.fixture(scope="module")
def package(built: Path) -> Path:
    return built / "layers" / "zuid-holland.gpkg"


def rewritten(home: Path, old: str, new: str) -> Path:
    """Give a home with a dictionary in which something else is written."""
    text = (HOME / FILE).read_text(encoding="utf-8")
    assert old in text
    (home / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    return home


def test_every_layer_has_words_and_every_word_a_layer(
    package: Path, dictionary: dict[str, Layer]
) -> None:
    written = {str(name) for name, _ in pyogrio.list_layers(package)} - {"layer_styles"}
    assert written == set(dictionary)


def test_every_column_has_words_and_every_word_a_column(
    package: Path, dictionary: dict[str, Layer]
) -> None:
    for name, layer in dictionary.items():
        info = pyogrio.read_info(package, layer=name)
        assert [column.name for column in layer.columns] == list(info["fields"]), name


def test_words_are_there_in_both_languages(dictionary: dict[str, Layer]) -> None:
    described: list[Layer | Column] = [
        each for layer in dictionary.values() for each in (layer, *layer.columns)
    ]
    assert len(described) > 700
    for each in described:
        for text in (each.title, each.about):
            for words in dataclasses.astuple(text):
                assert words == words.strip() != "", each.name
                assert not set("{}") & set(words), each.name
        assert each.about.nl.endswith("."), each.name
        assert each.about.en.endswith("."), each.name


def test_titles_tell_columns_apart(dictionary: dict[str, Layer]) -> None:
    for layer in dictionary.values():
        for language in ("nl", "en"):
            titles = [getattr(column.title, language) for column in layer.columns]
            assert len(titles) == len(set(titles)), (layer.name, language)


def test_keys_tell_rows_apart(package: Path, dictionary: dict[str, Layer]) -> None:
    for name, layer in dictionary.items():
        if layer.key:
            frame = pyogrio.read_dataframe(package, layer=name, read_geometry=False)
            assert not frame.duplicated(list(layer.key)).any(), name


def test_references_are_found_where_they_lead(package: Path, dictionary: dict[str, Layer]) -> None:
    said = {"unallocated", "outside", "crm", "crm_other"}
    frames = {
        name: pyogrio.read_dataframe(package, layer=name, read_geometry=False)
        for name in dictionary
    }
    followed = 0
    for name, layer in dictionary.items():
        for column in layer.columns:
            if column.refers is not None:
                (key,) = dictionary[column.refers].key
                codes = set(frames[name][column.name].dropna()) - said
                assert codes <= set(frames[column.refers][key]), (name, column.name)
                followed += 1
    assert followed > 20


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("released_t", "t"),
        ("capacity_gap_2035_t_best", "t"),
        ("mass_t_low", "t"),
        ("size_t_per_a", "t/jaar"),
        ("planned_capacity_t_per_a", "t/jaar"),
        ("area_km2", "km²"),
        ("mean_km", "km"),
        ("precision_m", "m"),
        ("covered_low", None),
        ("name", None),
        ("from_year", None),
    ],
)
def test_the_end_of_a_name_is_its_unit(name: str, unit: str | None) -> None:
    found = unit_of(name)
    assert (None if found is None else found.nl) == unit


def test_headings_have_the_unit() -> None:
    gap = Column("gap_t", Text("Gat", "Gap"), Text("Het.", "It."), Text("t", "t"))
    people = Column("residents", Text("Inwoners", "Residents"), Text("Wie.", "Who."))
    assert (gap.heading("nl"), gap.heading("en")) == ("Gat (t)", "Gap (t)")
    assert people.heading("nl") == "Inwoners"
    counted = dataclasses.replace(people, unit=Text("inwoners", "residents"))
    assert counted.heading("nl") == "Inwoners"


def test_a_wide_layer_has_the_measures_of_its_stream(dictionary: dict[str, Layer]) -> None:
    panels = dictionary["zones_solar_panel"]
    assert panels.stream == "solar_panel"
    assert panels.title.nl == "Zonnepanelen per gebied"
    assert panels.column("stock_kwp").unit == Text("kWp", "kWp")
    assert panels.column("stock_panels_low").title.nl == "Aanwezig: panelen, laag"
    assert panels.column("released_2035_t").heading("nl") == "Komt vrij in 2035 (t)"
    names = [column.name for column in panels.columns]
    assert names.index("capacity_gap_2030_t") < names.index("released_2035_t")
    assert "stock_kw" not in names
    packs = [column.name for column in dictionary["zones_ev_battery"].columns]
    assert "stock_t" in packs
    assert not [name for name in packs if name.startswith("stock_packs")]


def test_a_home_without_a_dictionary_has_the_programs(written_world: Path) -> None:
    assert not (written_world / FILE).exists()
    found = read_dictionary(written_world)
    streams = {layer.stream for layer in found.values() if layer.stream}
    catalog = atlas.catalog.load(written_world)
    assert streams == {*catalog.stocks, *catalog.flows}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[columns.postcode]", "[columns.post_code]", '[layers.collection_points]: column "postc'),
        ("[columns.postcode]", "[columns.post_code]", "[columns.post_code]: in no layer"),
        ('key = ["facility_id"]', 'key = ["plant_id"]', '[layers.facilities]: "plant_id"'),
        ('refers = "municipalities"', 'refers = "towns"', 'refers = "towns"'),
        ('title = { nl = "Gebieden", en = "Zones" }\n', "", 'no key "title"'),
    ],
)
def test_what_is_wrong_is_said(home: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_dictionary(rewritten(home, old, new))
    assert said in str(caught.value)


def test_the_folder_of_the_program_is_found_from_anywhere(tmp_path: Path) -> None:
    shutil.copytree(HOME / "layers" / "areas", tmp_path / "layers" / "areas")
    shutil.copytree(HOME / "maps", tmp_path / "maps", ignore=shutil.ignore_patterns("built"))
    with pytest.raises(DefinitionError):  # its streams are missing, its words are not
        read_dictionary(tmp_path)
