"""Definitions are read whole, and what is wrong in them is said with what was meant."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
import world

from atlas.catalog import choose, datasets, find_home, load
from atlas.definitions import Column, Factor, Headline, Lifetime
from atlas.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

TURBINE = "layers/stocks/wind_turbine.toml"
SOLAR = "layers/stocks/solar_panel.toml"
BIKE = "layers/stocks/ebike_battery.toml"
REGION = "layers/areas/world.toml"
CARS = "layers/keys/cars.toml"
MAP = "maps/explore.toml"
COVERAGE = "layers/tables/coverage.toml"


def problems_of(home: Path) -> tuple[str, ...]:
    with pytest.raises(DefinitionError) as error:
        load(home)
    return error.value.problems


def test_definitions_become_dataclasses(written_world: Path) -> None:
    catalog = load(written_world)
    assert catalog.home == written_world
    assert list(catalog.stocks) == ["wind_turbine", "solar_panel", "ebike_battery"]
    assert list(catalog.keys) == ["area", "cars", "power", "residents"]
    turbine = catalog.stocks["wind_turbine"]
    assert (turbine.id, turbine.where, turbine.method) == ("wind_turbine", TURBINE, "points")
    assert turbine.lifetimes == {
        "regular": Lifetime("fixed", "the world", mean_a=20.0),
        "early": Lifetime("fixed", "the world", mean_a=15.0),
        "late": Lifetime("normal", "the world", mean_a=25.0, sd_a=5.0),
    }
    assert turbine.reuse == Factor(0.2, "share", "the world", "D", low=0.1, high=0.4)
    assert (turbine.ages.method, turbine.ages.series, turbine.ages.until) == (
        "size",
        "wind_nl",
        2022,
    )
    assert turbine.variants is not None
    assert turbine.variants.scenarios == {"magnets": {"magnets": 1.0}}
    (target,) = catalog.stocks["solar_panel"].collection.targets
    assert (target.year, target.value) == (2030, 0.64)
    assert list(catalog.flows) == ["ev_battery"]
    assert catalog.flows["ev_battery"].national.numerator == "cars"
    assert list(catalog.mentions) == ["medical"]
    assert catalog.reports["headline_figures"].register == {
        "wind": Headline(stream="wind_turbine", substance="turbines", layer="stock")
    }
    assert turbine.data is not None
    assert turbine.data.columns["power_kw"] == Column("mw", "MW")
    assert turbine.data.source.reference_date == date(2023, 1, 1)
    assert (turbine.data.layer, turbine.data.where) == ("wind_turbine", TURBINE)
    region = catalog.regions["world"]
    assert region.detour_factor == 1.3
    assert region.labels == ("GM0005", "GM0005.west")
    assert [d.layer for d in datasets(region)] == [
        f"world.{name}"
        for name in ("municipalities", "figures", "ports", "districts", "water", "recoding")
    ]
    assert region.figures.where == f"{REGION} [figures]"
    assert catalog.maps["explore"].view.stream == "wind_turbine"


def test_the_own_definitions_load(request: pytest.FixtureRequest) -> None:
    home = request.config.rootpath
    catalog = load(home)
    kinds = (catalog.regions, catalog.keys, catalog.stocks, catalog.facilities, catalog.tables)
    kinds += (catalog.flows, catalog.mentions)
    loaded = sum(map(len, (*kinds, catalog.reports, catalog.maps)))
    written = [p for p in (home / "layers").rglob("*.toml") if "built" not in p.parts]
    # The words of what comes out are no definitions: they have readers of their own.
    words = [path.name for path in written if path.parent.name == "layers"]
    assert sorted(words) == ["dictionary.toml", "metadata.toml", "workbook.toml"]
    assert loaded == len(written) - len(words) + len([*(home / "maps").glob("*.toml")])
    assert "zuid-holland" in catalog.regions


def test_a_whole_number_will_do_for_a_number(home: Path) -> None:
    world.change(home, REGION, "detour_factor = 1.3", "detour_factor = 1")
    factor = load(home).regions["world"].detour_factor
    assert factor == 1.0
    assert isinstance(factor, float)


# A file, what in it becomes what, and the beginning of the one line that says so.
WRONG = {
    "key nearly right": (
        MAP,
        "order =",
        "ordr =",
        (
            r'maps/explore\.toml: unknown key "ordr"; .*'
            r'did you mean "order"\?'
        ),
    ),
    "key of nothing": (
        MAP,
        "order = 1",
        "order = 1\nqqqq = 1",
        (
            r"maps/explore\.toml: unknown key "
            r'"qqqq"; known: title, story, order, view, classes, siting; choose one of these'
        ),
    ),
    "key in an inner table": (
        MAP,
        "layer =",
        "lyer =",
        (
            r"maps/explore\.toml \[view\]: unknown key "
            r'"lyer"; .*did you mean "layer"\?'
        ),
    ),
    "source nearly right": (
        COVERAGE,
        "[source]",
        "[sorce]",
        (
            r"layers/tables/coverage\.toml: "
            r'unknown key "sorce"; .*did you mean "source"\?'
        ),
    ),
    "key filled in by the program": (
        CARS,
        "grade",
        'id = "x"\ngrade',
        (
            r"layers/keys/cars\.toml: "
            r'unknown key "id"; '
        ),
    ),
    "missing key": (
        REGION,
        'country = "NL"\n',
        "",
        (
            r'layers/areas/world\.toml: no key "country"; '
            r"it is needed; add country = …"
        ),
    ),
    "text for a number": (
        REGION,
        "= 1.3",
        '= "1.3"',
        (
            r"layers/areas/world\.toml \[detour_factor\]"
            r": '1.3'; a number is expected; "
        ),
    ),
    "not a number": (
        REGION,
        "= 1.3",
        "= nan",
        r"layers/areas/world\.toml \[detour_factor\]: nan; ",
    ),
    "infinite": (REGION, "= 1.3", "= inf", r"layers/areas/world\.toml \[detour_factor\]: inf; "),
    "truth for a number": (
        MAP,
        "order = 1",
        "order = true",
        (
            r"maps/explore\.toml \[order\]: True; "
            r"a whole number is expected; "
        ),
    ),
    "fraction for a whole number": (
        MAP,
        "order = 1",
        "order = 1.5",
        (
            r"maps/explore\.toml \[order\]"
            r": 1.5; a whole number is expected; "
        ),
    ),
    "number for text": (
        REGION,
        '"NL"',
        "31",
        (
            r"layers/areas/world\.toml \[country\]: 31; "
            r"text in quotes is expected; "
        ),
    ),
    "text for a date": (
        COVERAGE,
        "2023-01-01",
        '"2023-01-01"',
        (
            r"layers/tables/coverage\.toml "
            r"\[source\] \[reference_date\]: '2023-01-01'; a date "
        ),
    ),
    "time for a date": (
        COVERAGE,
        "2023-01-01",
        "2023-01-01T12:00:00",
        (
            r"layers/tables/coverage"
            r"\.toml \[source\] \[reference_date\]: datetime.*; a date "
        ),
    ),
    "text for a list": (
        REGION,
        '["GM0005", "GM0005.west"]',
        '"GM0005"',
        (
            r"layers/areas/world\.toml"
            r" \[labels\]: 'GM0005'; a list is expected; "
        ),
    ),
    "list for a table": (
        MAP,
        'title = { nl = "Verkennen", en = "Explore" }',
        'title = ["x"]',
        r"maps/explore\.toml \[title\]: \['x'\]; a table is expected; ",
    ),
    "text for a table by name": (
        TURBINE,
        "keys = {}",
        'keys = "residents"',
        (
            r"layers/stocks/"
            r"wind_turbine\.toml \[keys\]: 'residents'; a table is expected; "
        ),
    ),
    "wrong item of a list": (
        REGION,
        '"GM0005.west"',
        "5",
        (
            r"layers/areas/world\.toml \[labels\]"
            r"\[1\]: 5; text in quotes is expected; "
        ),
    ),
    "word nearly right": (
        TURBINE,
        '"dismantling"',
        '"dismanteling"',
        (
            r"layers/stocks/wind_turbine"
            r"\.toml \[step\]: 'dismanteling'; one of collection, .*; "
            r'did you mean "dismantling"\?'
        ),
    ),
    "no TOML": (
        MAP,
        "order = 1",
        "order = 1 2",
        (
            r"maps/explore\.toml: not readable as TOML \(.*"
            r"\); TOML in UTF-8 is expected; mend it"
        ),
    ),
    "a key of TOML twice": (MAP, "order = 1", "order = 1\norder = 2", r"maps/explore\.toml: not "),
    "file outside": (
        COVERAGE,
        '"data/geo/coverage.csv"\nsha',
        '"../coverage.csv"\nsha',
        (
            r"layers/tables/coverage\.toml \[source\]: file = '\.\./coverage\.csv'; a path "
            r"inside this folder is expected; "
        ),
    ),
    "hash too short": (
        COVERAGE,
        'sha256 = "',
        'sha256 = "0',
        (
            r"layers/tables/coverage\.toml "
            r"\[source\]: sha256 = '0[0-9a-f]{39}'; 64 hexadecimal digits is expected; "
            r"run sha256sum data/geo/coverage\.csv"
        ),
    ),
    "CRS by name": (
        COVERAGE,
        'crs = "none"',
        'crs = "RD"',
        (
            r"layers/tables/coverage\.toml "
            r"\[source\]: crs = 'RD'; \"EPSG:\" with its number, or \"none\" for a table, "
        ),
    ),
    "empty licence": (
        COVERAGE,
        '"CC0-1.0"',
        '" "',
        (
            r"layers/tables/coverage\.toml \[source\]: "
            r"licence = ' '; "
        ),
    ),
    "separator of two": (
        COVERAGE,
        "crs =",
        'delimiter = "::"\ncrs =',
        (
            r"layers/tables/coverage"
            r"\.toml \[source\]: delimiter = '::'; a comma, semicolon, tab or bar "
        ),
    ),
    "decimal sign of another kind": (
        COVERAGE,
        "crs =",
        'decimal = "·"\ncrs =',
        (
            r"layers/tables/"
            r"coverage\.toml \[source\]: decimal = '·'; "
        ),
    ),
    "unknown encoding": (
        COVERAGE,
        "crs =",
        'encoding = "utf-9"\ncrs =',
        (
            r"layers/tables/coverage"
            r"\.toml \[source\]: encoding = 'utf-9'; "
        ),
    ),
    "area in degrees": (
        REGION,
        'area = "EPSG:3035"',
        'area = "EPSG:4258"',
        (
            r"layers/areas/world"
            r"\.toml \[crs\] \[area\]: 'EPSG:4258'; a projected system in metres"
        ),
    ),
    "unknown key to spread by": (
        BIKE,
        'all = "cars"',
        'all = "car"',
        (
            r"layers/stocks/ebike_battery"
            r'\.toml \[keys\.all\]: "car" is not defined; .*did you mean "cars"'
        ),
    ),
    "unknown stream of a map": (
        MAP,
        '"wind_turbine"',
        '"wind"',
        (
            r"maps/explore\.toml "
            r'\[view\.stream\]: "wind" is not defined; '
        ),
    ),
    "circle of keys": (
        CARS,
        'within = "residents"',
        'within = "cars"',
        (
            r"layers/keys/cars\.toml "
            r"\[within\]: a circle: cars, cars; "
        ),
    ),
    "column key without within": (
        CARS,
        'within = "residents"\n',
        "",
        (
            r"layers/keys/cars\.toml: "
            r'no key "within"; measure = "column" needs it; add within'
        ),
    ),
    "points key of no points": (
        "layers/keys/power.toml",
        '"wind_turbine"',
        '"solar_panel"',
        r'layers/keys/power\.toml \[points\]: column "power_kw" of ',
    ),
    "keys of too few categories": (
        SOLAR,
        ', businesses = "area"',
        "",
        (
            r"layers/stocks/solar_panel"
            r"\.toml \[keys\]: keys for dwellings; keys for businesses, dwel"
        ),
    ),
    "key of a stream of points": (
        TURBINE,
        "keys = {}",
        'keys = { all = "area" }',
        (
            r"layers/stocks/"
            r"wind_turbine\.toml \[keys\]: keys for all; keys for nothing, "
        ),
    ),
    "units that are no measure": (
        TURBINE,
        'units = "turbines"',
        'units = "wings"',
        (
            r"layers/stocks/wind_turbine\.toml \[measures\]: no measure "
            r'"wings"; '
        ),
    ),
    "a measure neither way": (
        TURBINE,
        'of = "kw"\n',
        "",
        (
            r"layers/stocks/wind_turbine\.toml "
            r"\[measures\] mass: it is neither counted nor derived, or both; "
        ),
    ),
    "a measure of nothing": (
        TURBINE,
        'of = "kw"',
        'of = "kilowatt"',
        (
            r"layers/stocks/wind_turbine"
            r'\.toml \[measures\] mass: of = "kilowatt"; another measure; '
        ),
    ),
    "kilograms for tonnes": (
        BIKE,
        '"t/piece"',
        '"kg/piece"',
        (
            r"layers/stocks/ebike_battery\.toml "
            r"\[measures\] mass \[factor\]: unit = 'kg/piece'; \"t/piece\" is exp"
        ),
    ),
    "table measure without column": (
        SOLAR,
        'column = "installed_kwp"\n',
        "",
        (
            r"layers/stocks/"
            r'solar_panel\.toml \[measures\] kwp: no column; method = "ta'
        ),
    ),
    "rate in percent": (
        TURBINE,
        "value = 0.5",
        "value = 50",
        (
            r"layers/stocks/wind_turbine\.toml "
            r"\[collection\.rate\]: 50 share; a part from 0 to 1, "
        ),
    ),
    "negative factor": (
        TURBINE,
        "value = 0.5",
        "value = -0.5",
        (
            r"layers/stocks/wind_turbine\.toml "
            r"\[collection\] \[rate\]: value = -0.5; a value above zero is expected; "
        ),
    ),
    "rate of what is not told": (
        TURBINE,
        '"generated"',
        '"put_on_market"',
        (
            r"layers/stocks/"
            r"wind_turbine\.toml \[collection\]: rate_of = .*"
            r"\[collection\.put_on_market\] is needed; add it"
        ),
    ),
    "override of nothing": (
        REGION,
        "[water.source]",
        "[override.turbines.source]",
        r'layers/areas/world\.toml \[override\.turbines\]: "turbines" is not ',
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_definition_is_one_clear_line(case: str, home: Path) -> None:
    name, old, new, expected = WRONG[case]
    path = home / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = problems_of(home)
    assert len(found) == 1, found
    assert re.match(expected, found[0]), found[0]
    assert "\n" not in found[0]


def test_a_stream_by_key_needs_its_national_figure(home: Path) -> None:
    path = home / BIKE
    text = re.sub(r"\[national\]\n(.+\n)+", "", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    (line,) = problems_of(home)
    assert line == f'{BIKE}: method = "key"; [national] is needed; add [national]'


@pytest.mark.parametrize(("name", "rest"), [(COVERAGE, ""), (TURBINE, "[columns]\n")])
def test_a_definition_without_its_source_is_told(name: str, rest: str, home: Path) -> None:
    path = home / name
    text = re.sub(r"\[source\]\n(.+\n)+", "", path.read_text(encoding="utf-8"))
    assert rest in text
    path.write_text(text, encoding="utf-8")
    (line,) = problems_of(home)
    assert line == f'{name}: no key "source"; it is needed; add [source]'


def test_latin_1_is_no_toml(home: Path) -> None:
    (home / MAP).write_bytes("# é".encode("latin-1") + (home / MAP).read_bytes())
    (line,) = problems_of(home)
    assert line.startswith("maps/explore.toml: not readable as TOML ")


def test_a_broken_file_is_not_also_missing(home: Path) -> None:
    with (home / TURBINE).open("a", encoding="utf-8") as file:
        file.write("\nnonsense")
    # The map, the key "power" and others name the stream, whose file is there.
    (line,) = problems_of(home)
    assert line.startswith(f"{TURBINE}: not readable as TOML")


def test_all_problems_of_a_file_are_told(home: Path) -> None:
    path = home / TURBINE
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ("year = 2023", 'year = "x"'),
        ('"CC0-1.0"', '"?"'),
        ("high = 0.4", "high = 0.1"),
    ):
        text = text.replace(old, new, 1)
    path.write_text(text.replace("keys = {}", "keys = {}\ncolour = 1", 1), encoding="utf-8")
    assert len(problems_of(home)) == 4


def test_choosing_what_is_not_there_names_the_nearest() -> None:
    options = {"zuid-holland": 1, "limburg": 2}
    assert choose(options, "limburg", what="region") == 2
    with pytest.raises(DefinitionError) as error:
        choose(options, "zuidholland", what="region")
    assert str(error.value) == (
        'region: "zuidholland" is not defined; known: zuid-holland, limburg; '
        'did you mean "zuid-holland"?'
    )


def test_the_folder_with_definitions_is_home(
    written_world: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    assert find_home(written_world) == written_world
    assert find_home(tmp_path) == request.config.rootpath


def test_without_any_region_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atlas.catalog.__file__", str(tmp_path / "atlas" / "catalog.py"))
    with pytest.raises(DefinitionError, match="no region is defined; one TOML per region"):
        find_home(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('measure = "', 'measure = "no', "one of "),
        ("[view]", '[view]\nbasis = "report"', r'basis = "report"; a \[report\] in layers/stocks/'),
    ],
)
def test_a_map_opens_at_something_that_there_is(
    home: Path, old: str, new: str, message: str
) -> None:
    path = home / "maps" / "explore.toml"
    text = path.read_text(encoding="utf-8")
    stream = re.search(r'stream = "(\w+)"', text)
    assert stream
    stock = home / "layers" / "stocks" / f"{stream[1]}.toml"
    stock.write_text(re.sub(r"\[report\]\n(.+\n)*", "", stock.read_text(encoding="utf-8")))
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DefinitionError, match=message) as error:
        load(home)
    assert len(error.value.problems) == 1


@pytest.mark.parametrize("breaks", ["[1, 2, 5]", "[5, 2, 1, 10]", "[0, 1, 2, 5]"])
def test_breaks_are_four_and_ascend(home: Path, breaks: str) -> None:
    path = home / "maps" / "explore.toml"
    text = path.read_text(encoding="utf-8")
    stream = re.search(r'stream = "(\w+)"', text)
    assert stream
    added = f'\n[classes.{stream[1]}]\n"stock:mass" = {breaks}\n'
    added += '\n[classes.nonsuch]\n"stock:mass" = [1, 2, 5, 10]\n'
    path.write_text(text + added, encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        load(home)
    assert ["mass: " in line or "no such stream" in line for line in error.value.problems] == [
        True,
        True,
    ]


@pytest.mark.parametrize("name", ["stok:mass", "stock:", "mass"])
def test_a_class_of_no_layer_is_told(home: Path, name: str) -> None:
    path = home / "maps" / "explore.toml"
    added = f'\n[classes.wind_turbine]\n"{name}" = [1, 2, 5, 10]\n'
    path.write_text(path.read_text(encoding="utf-8") + added, encoding="utf-8")
    with pytest.raises(DefinitionError, match="no such layer") as error:
        load(home)
    assert len(error.value.problems) == 1


@pytest.mark.parametrize("factor", ["0.0", "-1.0", "0.9"])
def test_no_journey_is_shorter_than_as_the_crow_flies(home: Path, factor: str) -> None:
    path = home / "layers" / "areas" / "world.toml"
    text = path.read_text(encoding="utf-8").replace(
        "detour_factor = 1.3", f"detour_factor = {factor}"
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match="1 or more") as error:
        load(home)
    assert len(error.value.problems) == 1


def test_without_maps_there_is_no_page(home: Path) -> None:
    for path in (home / "maps").glob("*.toml"):
        path.unlink()
    with pytest.raises(DefinitionError, match="maps: no map is defined"):
        load(home)


def test_a_folder_named_like_a_definition_is_none(home: Path) -> None:
    (home / "maps" / "folder.toml").mkdir()
    assert "folder" not in load(home).maps
