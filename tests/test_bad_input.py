"""Wrong input gives one clear line each, all at once, and leaves the previous edition alone."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
import world
from affine import Affine
from spoil import change, files, lines_of, rewrite, run

import atlas
from atlas.errors import AtlasError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd
    from spoil import Spoil

GEO = "data/geo/"
TURBINE = "layers/stocks/wind_turbine.toml"
SOLAR = "layers/stocks/solar_panel.toml"
REGION = "layers/areas/world.toml"


def redraw(
    name: str, make: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], **options: object
) -> Spoil:
    def spoil(home: Path) -> None:
        path = home / GEO / f"{name}.gpkg"
        frame = make(pyogrio.read_dataframe(path))
        path.unlink()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'crs' was not provided")
            pyogrio.write_dataframe(frame, path, **options)
        world.sign(home)

    return spoil


def shape(row: int, geometry: shapely.Geometry) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
    def put(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        shapes = np.array(frame.geometry.array)
        shapes[row] = geometry
        return frame.set_geometry(shapes, crs=frame.crs)

    return put


def swap(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    flipped = shapely.transform(np.array(frame.geometry.array), lambda xy: xy[:, ::-1])
    return frame.set_geometry(flipped, crs=frame.crs)


def without_hash(home: Path) -> None:
    with (home / GEO / "figures.csv").open("ab") as file:
        file.write(b"\n")


def two_layers(home: Path) -> None:
    path = home / GEO / "water.gpkg"
    pyogrio.write_dataframe(world.water(), path, layer="second", append=True)
    world.sign(home)


def _crs_of(home: Path, file: str, crs: str) -> None:
    """Give the source of a file another coordinate system."""
    for path in (home / "layers").rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        part = re.compile(rf'(file = "data/geo/{re.escape(file)}".*?crs = )"[^"]*"', re.DOTALL)
        path.write_text(part.sub(rf'\1"{crs}"', text), encoding="utf-8")


def _add(home: Path, name: str, line: str) -> None:
    """Add a line to the first [source] of a definition."""
    world.change(home, name, "[source]\n", f"[source]\n{line}\n")


def _dutch(home: Path, text: str) -> None:
    """Write the turbines as a Dutch spreadsheet does, and say so."""
    (home / GEO / "turbines.csv").write_bytes(text.encode("latin-1"))
    _add(home, TURBINE, 'delimiter = ";"\ndecimal = ","\nencoding = "latin-1"')


def _overlapping(home: Path) -> None:
    """Take a part in that counts half of the panels of GM0005 again."""
    world.change(home, SOLAR, '["dwellings"]', '["dwellings", "large"]')
    world.change(home, SOLAR, "businesses = ", 'large = "area", businesses = ')
    world.change(home, GEO + "panels.csv", "GM0005,2022,large,4", "GM0005,2022,large,25")
    others = [code for code in [*world.CODES, "GM0000"] if code != "GM0005"]
    with (home / GEO / "panels.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{code},2022,large,0\n" for code in others)
    world.sign(home)


BOW = shapely.Polygon([(90_000, 440_000), (91_000, 441_000), (91_000, 440_000), (90_000, 441_000)])
OVER = shapely.box(90_000, 440_000, 91_010, 441_000)
GAP = shapely.Polygon(
    [
        (90_000, 440_000),
        (91_000, 440_000),
        (90_999.7, 440_500),
        (91_000, 441_000),
        (90_000, 441_000),
    ]
)
LINE = shapely.LineString([(90_000, 440_000), (91_000, 441_000)])
COMMA = "turbine_id;x_m;y_m;mw;municipality_code\nT1;91200;441500;1;GM0005\n"

# What is wrong -> how it gets so, and the one line that says so.
CASES: dict[str, tuple[Spoil, str]] = {
    # Coordinates and outlines.
    "vector without a CRS": (
        redraw("ports", lambda f: f.set_crs(None, allow_override=True)),
        r"data/geo/ports\.gpkg: it states no CRS; EPSG:28992 is expected; ",
    ),
    "vector in another CRS": (
        redraw("ports", lambda f: f.to_crs("EPSG:4326")),
        (
            r"data/geo/ports\.gpkg: its CRS is EPSG:4326; \"EPSG:28992\" is expected by "
            r"layers/areas/world\.toml \[ports\]; correct crs in the definition, or reproject "
        ),
    ),
    "vector said to be a table": (
        lambda home: _crs_of(home, "ports.gpkg", "none"),
        r"data/geo/ports\.gpkg: its CRS is EPSG:28992; \"none\" is expected by ",
    ),
    "table of points without a CRS": (
        lambda home: _crs_of(home, "turbines.csv", "none"),
        r"layers/stocks/wind_turbine\.toml: crs = \"none\"; coordinates are needed; ",
    ),
    "CRS that is none": (
        lambda home: _crs_of(home, "turbines.csv", "EPSG:999999"),
        r"layers/stocks/wind_turbine\.toml \[source\]: crs = 'EPSG:999999'; \"EPSG:\" with its ",
    ),
    "region measured in degrees": (
        change(REGION, 'metric = "EPSG:28992"', 'metric = "EPSG:4326"'),
        r"layers/areas/world\.toml \[crs\] \[metric\]: 'EPSG:4326'; a projected system in metres",
    ),
    "points with swapped coordinates": (
        change(GEO + "turbines.csv", "T3,91700,441500", "T3,441500,91700"),
        (
            r"data/geo/turbines\.csv: \(441500, 91700\) in line 4 lies elsewhere; longitude .* are "
            r"expected; swap the two coordinates"
        ),
    ),
    "outlines with swapped coordinates": (
        redraw("municipalities", swap),
        (
            r"data/geo/municipalities\.gpkg: \(440000, 90000\) in row 1, 2, 3, 4, 5 and 4 more "
            r"lies elsewhere; .*; swap the two coordinates"
        ),
    ),
    "a plant in another part of the world": (
        change(GEO + "facilities.csv", "NL,90500,441500", "NL,9050000,441500"),
        r"data/geo/facilities\.csv: .* in line 2 lies elsewhere; .*; correct the coordinates or ",
    ),
    "half a coordinate": (
        change(GEO + "facilities.csv", "NL,90500,441500", "NL,90500,"),
        r"data/geo/facilities\.csv: one coordinate in line 2; both or neither; fill in the other",
    ),
    "overlapping municipalities": (
        redraw("municipalities", shape(0, OVER)),
        r"municipalities: Vak 1 and Vak 2 overlap by 10000 m2; no shared ground; ",
    ),
    "an invalid outline": (
        redraw("municipalities", shape(0, BOW)),
        r"data/geo/municipalities\.gpkg row 1: Self-intersection\[.*\]; a valid shape is expected",
    ),
    "a narrow gap": (
        redraw("municipalities", shape(0, GAP)),
        r"municipalities: the borders of Vak 1 and Vak 2 do not meet over \d+ m; ",
    ),
    "a line for a district": (
        redraw("districts", shape(2, LINE), geometry_type="Unknown"),
        r"data/geo/districts\.gpkg row 3: a LineString; a polygon; convert it in a GIS",
    ),
    "no outline": (
        redraw("districts", shape(2, None)),
        r"data/geo/districts\.gpkg row 3: no geometry; ",
    ),
    "no outlines at all": (
        redraw("municipalities", lambda f: f.iloc[:0]),
        r"data/geo/municipalities\.gpkg: no municipalities; one at least; ",
    ),
    "two layers in a file": (
        two_layers,
        r"data/geo/water\.gpkg: 2 layers \(water, second\); one layer; export the one meant",
    ),
    "a vector file that is none": (
        rewrite(GEO + "water.gpkg", lambda _: b"water"),
        r"data/geo/water\.gpkg: not readable \(.*\); a vector file; mend it",
    ),
    # Codes and ids.
    "unknown municipality in a table": (
        change(GEO + "panels.csv", "GM0001,2021", "GM0099,2021"),
        r"data/geo/panels\.csv: unknown municipality GM0099 in line 24; one of the 9 codes of ",
    ),
    "unknown municipality of a district": (
        redraw("districts", lambda f: f.replace("GM0006", "GM0066")),
        r"data/geo/districts\.gpkg: unknown municipality GM0066 in row 9, 10; ",
    ),
    "unknown municipality of a turbine": (
        change(GEO + "turbines.csv", "5,GM0002", "5,GM00O2"),
        r"data/geo/turbines\.csv: unknown municipality GM00O2 in line 6; ",
    ),
    "municipality without figures": (
        rewrite(GEO + "figures.csv", lambda t: t.replace(b"GM0004,400,200,40\n", b"")),
        r"data/geo/figures\.csv: no row for GM0004; every municipality of the region; add it",
    ),
    "municipality without panels": (
        rewrite(GEO + "panels.csv", lambda t: re.sub(rb"GM0004,.*\n", b"", t)),
        r"data/geo/panels\.csv: no row for GM0004; ",
    ),
    "duplicate id": (
        change(GEO + "turbines.csv", "T2,", "T1,"),
        r"data/geo/turbines\.csv column \"turbine_id\": T1 more than once, in line 2, 3; ",
    ),
    "empty code": (
        change(GEO + "turbines.csv", "2,GM0005", "2,"),
        r"data/geo/turbines\.csv column \"municipality_code\": empty in line 3; ",
    ),
    "a circle of mergers": (
        change(GEO + "recoding.csv", "GM0010,GM0009", "GM0010,GM0011"),
        r"data/geo/recoding\.csv: a circle: GM0010, GM0011, GM0010; ",
    ),
    "a merger of what has an outline": (
        change(GEO + "recoding.csv", "GM0010,GM0009\nGM0011", "GM0001,GM0002\nGM0011"),
        r"data/geo/recoding\.csv: GM0001 became GM0002, but has an outline; ",
    ),
    # Numbers.
    "negative amount": (
        change(GEO + "figures.csv", "GM0004,400", "GM0004,-400"),
        r"data/geo/figures\.csv column \"residents\": -400 in line 5; zero or more is expected; ",
    ),
    "negative amount in a vector file": (
        redraw("districts", lambda f: f.assign(residents=[-1.0, *f["residents"][1:]])),
        r"data/geo/districts\.gpkg column \"residents\": -1 in row 1; zero or more is expected; ",
    ),
    "NaN in a vector file": (
        redraw("districts", lambda f: f.assign(residents=[np.nan, *f["residents"][1:]])),
        r"data/geo/districts\.gpkg column \"residents\": empty in row 1; ",
    ),
    "NaN in a table": (
        change(GEO + "figures.csv", "GM0004,400", "GM0004,NaN"),
        r"data/geo/figures\.csv column \"residents\": 'NaN' in line 5; a number is expected; ",
    ),
    "inf in a table": (
        change(GEO + "turbines.csv", "441500,2,", "441500,inf,"),
        r"data/geo/turbines\.csv column \"mw\": 'inf' in line 3; a number is expected; ",
    ),
    "a number beyond all": (
        change(GEO + "turbines.csv", "441500,2,", "441500,1e999,"),
        r"data/geo/turbines\.csv column \"mw\": inf in line 3; a finite number is expected; ",
    ),
    "empty amount": (
        change(GEO + "turbines.csv", "441500,2,", "441500,,"),
        r"data/geo/turbines\.csv column \"mw\": empty in line 3; a number in every row; fill it in",
    ),
    "half a year": (
        change(GEO + "panels.csv", "GM0001,2021", "GM0001,2021.5"),
        r"data/geo/panels\.csv column \"year\": 2021\.5 in line 24; a whole year is expected; ",
    ),
    "decimal comma": (
        change(GEO + "turbines.csv", "441500,2,", '441500,"2,5",'),
        (
            r"data/geo/turbines\.csv column \"mw\": '2,5' in line 3; a number is expected; .*"
            r"if \",\" is the decimal sign, set decimal = \",\" in the definition"
        ),
    ),
    "separators of thousands": (
        change(GEO + "turbines.csv", "441500,2,", '441500,"2,500",'),
        (
            r"data/geo/turbines\.csv column \"mw\": '2,500' in line 3; a number is expected; "
            r"write it without separators of thousands; "
        ),
    ),
    "separators of thousands in Dutch": (
        lambda home: _dutch(home, COMMA.replace(";1;", ";1.500;")),
        (
            r"data/geo/turbines\.csv column \"mw\": '1\.500' in line 2; a number is expected; "
            r"write it without separators of thousands; "
        ),
    ),
    "residents nowhere": (
        rewrite(GEO + "figures.csv", lambda t: re.sub(rb"(GM\d+),\d+", rb"\1,0", t)),
        r"data/geo/figures\.csv: no residents in any municipality; ",
    ),
    "districts without residents": (
        redraw("districts", lambda f: f.assign(residents=[0.0, *f["residents"][1:]])),
        r"data/geo/districts\.gpkg: no residents in the districts of GM0001; some, since ",
    ),
    # How a table is written.
    "semicolons": (
        rewrite(GEO + "figures.csv", lambda t: t.replace(b",", b";")),
        (
            r"data/geo/figures\.csv: its columns are separated by semicolons; commas are expected; "
            r"set delimiter = ';' in the definition"
        ),
    ),
    "byte order mark": (
        rewrite(GEO + "figures.csv", lambda t: b"\xef\xbb\xbf" + t),
        r"data/geo/figures\.csv: it begins with a byte order mark; .*set encoding = \"utf-8-sig\"",
    ),
    "Latin-1": (
        rewrite(GEO + "points.csv", lambda t: t.replace(b"Winkel", "Café".encode("latin-1"))),
        r"data/geo/points\.csv line 3: byte 0xe9 is not utf-8; .*set encoding = \"latin-1\"",
    ),
    "UTF-8 said to be Latin-1": (
        lambda home: (
            world.change(home, GEO + "points.csv", "Winkel", "Café"),
            _add(home, "layers/facilities/collection_points.toml", 'encoding = "latin-1"'),
        ),
        r"data/geo/points\.csv: its accents are written in utf-8; text in latin-1 is expected; ",
    ),
    "missing column": (
        change(GEO + "figures.csv", "households", "homes"),
        (
            r"data/geo/figures\.csv: no column \"households\"; its columns are municipality_code, "
            r"residents, homes, cars; name the right one under \[columns\] households in layers/"
        ),
    ),
    "missing coordinates": (
        change(GEO + "turbines.csv", "x_m", "lon"),
        r"data/geo/turbines\.csv: no column \"x_m\"; ",
    ),
    "a column twice": (
        change(GEO + "figures.csv", "households", "residents"),
        r"data/geo/figures\.csv line 1: the column residents stands twice; ",
    ),
    "empty table": (
        rewrite(GEO + "figures.csv", lambda _: b""),
        r"data/geo/figures\.csv: it is empty; a line of column names; restore the file",
    ),
    "ragged rows": (
        change(GEO + "figures.csv", "GM0004,400,200,40", "GM0004,400,200,40,7"),
        r"data/geo/figures\.csv: 5 cells in line 5; 4 are expected, as in the header; ",
    ),
    "a short row": (
        change(GEO + "figures.csv", "GM0004,400,200,40", "GM0004,400"),
        r"data/geo/figures\.csv: 2 cells in line 5; 4 are expected, as in the header; ",
    ),
    "an open quote": (
        change(GEO + "points.csv", "Winkel", '"Winkel'),
        r"data/geo/points\.csv line 3: not a table \(.*\); ",
    ),
    "a column that is not used": (
        change(TURBINE, 'turbine_id = { name = "turbine_id" }', 'size_m = { name = "mw" }'),
        r"layers/stocks/wind_turbine\.toml \[columns\]: \"size_m\"; used here: municipality_code, ",
    ),
    "a unit that the column has not": (
        change(TURBINE, 'unit = "MW"', 'unit = "t"'),
        r"layers/stocks/wind_turbine\.toml \[columns\] power_kw: unit \"t\"; one of kW, W, MW is ",
    ),
    # Files.
    "hash mismatch": (
        without_hash,
        (
            r"data/geo/figures\.csv: sha256 is [0-9a-f]{64}; [0-9a-f]{64} is expected by "
            r"layers/areas/world\.toml \[figures\]; restore the file, or if the change is meant "
        ),
    ),
    "missing file": (
        lambda home: (home / GEO / "figures.csv").unlink(),
        r"layers/areas/world\.toml \[figures\]: no file data/geo/figures\.csv; the data file; ",
    ),
    "a folder for a file": (
        lambda home: ((home / GEO / "figures.csv").unlink(), (home / GEO / "figures.csv").mkdir()),
        r"layers/areas/world\.toml \[figures\]: no file data/geo/figures\.csv; ",
    ),
    # Definitions.
    "licence unknown": (
        change(TURBINE, '"CC0-1.0"', '"unknown"'),
        r"layers/stocks/wind_turbine\.toml \[source\]: licence = 'unknown'; .*ask the publisher",
    ),
    "licence missing": (
        change(TURBINE, 'licence = "CC0-1.0"\n', ""),
        r"layers/stocks/wind_turbine\.toml \[source\]: no key \"licence\"; it is needed; add ",
    ),
    "unknown TOML key": (
        change(TURBINE, 'units = "turbines"', 'unitz = "turbines"'),
        r"layers/stocks/wind_turbine\.toml: unknown key \"unitz\"; .*did you mean \"units\"\?",
    ),
    "wrong TOML type": (
        change(TURBINE, "year = 2023\nunits", 'year = "2023"\nunits'),
        r"layers/stocks/wind_turbine\.toml \[year\]: '2023'; a whole number is expected; ",
    ),
    "low above value": (
        change(TURBINE, "low = 0.1", "low = 0.3"),
        r"layers/stocks/wind_turbine\.toml \[reuse\]: low = 0\.3; 0 or more and at most the value",
    ),
    "low below zero": (
        change(TURBINE, "low = 0.1", "low = -0.1"),
        r"layers/stocks/wind_turbine\.toml \[reuse\]: low = -0\.1; 0 or more and at most the value",
    ),
    "high below value": (
        change(TURBINE, "high = 0.4", "high = 0.15"),
        r"layers/stocks/wind_turbine\.toml \[reuse\]: high = 0\.15; at least the value of 0\.2 ",
    ),
    # What counts twice, or cannot be counted.
    "overlapping categories": (
        _overlapping,
        r"data/geo/panels\.csv: kwp of dwellings, large in GM0005 is 55; at most the total of 50; ",
    ),
    "a row twice": (
        rewrite(GEO + "panels.csv", lambda t: t + b"GM0005,2022,total,50\n"),
        r"data/geo/panels\.csv: GM0005, 2022, total more than once, in line 10, 58; ",
    ),
    "one turbine under two ids": (
        change(GEO + "turbines.csv", "T2,91300,441500,2", "T2,91200,441500,1"),
        r"data/geo/turbines\.csv: one place and the same power_kw in line 2, 3; one row for each; ",
    ),
    "one plant under two ids": (
        rewrite(GEO + "facilities.csv", lambda t: t + t.splitlines()[1].replace(b"F1", b"F9")),
        r"data/geo/facilities\.csv line 2, 6: F1, F9 are one plant; ",
    ),
    "a national figure twice": (
        rewrite(GEO + "national.csv", lambda t: t + b"packs_nl,2000,piece,2022,x,A\n"),
        r"data/geo/national\.csv: packs_nl, 2022 more than once, in line 3, 7; ",
    ),
    "no total to take parts from": (
        rewrite(GEO + "panels.csv", lambda t: t.replace(b"GM0005,2022,total,50\n", b"")),
        r"data/geo/panels\.csv: no total kwp for GM0005; ",
    ),
    "no rows of the year": (
        lambda home: (
            world.change(home, SOLAR, "year = 2022", "year = 2030"),
            world.change(home, SOLAR, "until = 2022", "until = 2030"),
        ),
        r"data/geo/panels\.csv: no rows of 2030; the year of the stock; ",
    ),
    "no such national figure": (
        change(GEO + "national.csv", "packs_nl", "bikes_nl"),
        r"layers/stocks/ebike_battery\.toml: no figure \"packs_nl\" in data/geo/national\.csv; ",
    ),
    "a denominator of zero": (
        change(GEO + "national.csv", "45000", "0"),
        r"data/geo/national\.csv: residents_nl is zero; above zero; correct it",
    ),
    "no such headline figure": (
        change(TURBINE, 'units = "wind"', 'units = "wnd"'),
        r"layers/stocks/wind_turbine\.toml \[report\]: no figure \"wnd\" in data/geo/headlines",
    ),
    "unknown step": (
        change(GEO + "facilities.csv", "Noord,recycling", "Noord,recyling"),
        r"data/geo/facilities\.csv column \"step\": \"recyling\" in line 2; one of collection, ",
    ),
    "unknown fraction": (
        change(GEO + "facilities.csv", "ebike_battery,whole,,", "ebike_battery,hole,,"),
        r"data/geo/facilities\.csv line 3: fraction \"hole\" of ebike_battery; a fraction of ",
    ),
    "a share above one": (
        change(GEO + "fractions.csv", "black_mass,0.5", "black_mass,50"),
        r"data/geo/fractions\.csv column \"mass_share\": 50 in line 5; more than 0 and at most 1; ",
    ),
    "unknown word of a point": (
        change(GEO + "points.csv", "bikes;lamps", "bikes;lamp"),
        r"data/geo/points\.csv column \"accepted\": \"lamp\" in line 2; one of bikes, panels, ",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_clear_line(case: str, spoilt: Path) -> None:
    spoil, expected = CASES[case]
    before = files(spoilt)
    assert len(before) >= 5
    spoil(spoilt)
    lines = lines_of(run("build", "world"))
    assert len(lines) == 1, lines
    assert re.match(expected, lines[0]), lines[0]
    assert lines[0].count("; ") >= 2
    assert str(spoilt) not in lines[0]
    assert files(spoilt) == before


def test_all_problems_of_all_sources_are_told_at_once(spoilt: Path) -> None:
    together = [
        "unknown municipality in a table",
        "duplicate id",
        "negative amount",
        "vector without a CRS",
        "overlapping municipalities",
        "a national figure twice",
        "unknown step",
        "an open quote",
    ]
    for case in together:
        CASES[case][0](spoilt)
    lines = lines_of(run("build", "world"))
    for case in together:
        assert any(re.match(CASES[case][1], line) for line in lines), case
    assert len(lines) == len(together)
    assert lines_of(run("check", "world")) == lines
    with pytest.raises(AtlasError) as error:
        atlas.build("world", home=spoilt)
    assert list(error.value.problems) == lines


def test_all_problems_of_all_definitions_are_told_at_once(spoilt: Path) -> None:
    together = ["licence unknown", "unknown TOML key", "low above value", "CRS that is none"]
    for case in together:
        CASES[case][0](spoilt)
    world.change(spoilt, "layers/keys/cars.toml", 'within = "residents"', 'within = "resident"')
    world.change(spoilt, "maps/explore.toml", "order = 1", "order = one")
    lines = lines_of(run("check", "world"))
    for case in together:
        if case != "unknown TOML key":
            assert any(re.match(CASES[case][1], line) for line in lines), case
    assert any(line.startswith("layers/keys/cars.toml [within]: ") for line in lines)
    assert any(line.startswith("maps/explore.toml: not readable as TOML") for line in lines)


def test_an_unknown_region_is_told_with_the_nearest(spoilt: Path) -> None:
    assert spoilt.is_dir()
    (line,) = lines_of(run("check", "wereld"))
    assert line.startswith('region: "wereld" is not defined; known: world; ')


def test_a_key_that_is_zero_everywhere_cannot_spread(spoilt: Path) -> None:
    before = files(spoilt)
    rewrite(GEO + "figures.csv", lambda t: re.sub(rb",\d+\n", b",0\n", t))(spoilt)
    (line,) = lines_of(run("build", "world"))
    assert line.startswith("key cars: it sums to zero; above zero in some zone; ")
    assert files(spoilt) == before


def test_a_key_that_is_zero_in_one_municipality_leaves_its_part_unallocated(spoilt: Path) -> None:
    world.change(spoilt, SOLAR, 'businesses = "area"', 'businesses = "cars"')
    world.change(spoilt, GEO + "figures.csv", "GM0004,400,200,40", "GM0004,400,200,0")
    built = atlas.build("world", home=spoilt)
    rows = built.stocks[(built.stocks["measure"] == "kwp")].set_index("zone_id")["value"]
    # 40 kWp in GM0004, of which 24 on dwellings; 10 kWp belong to no municipality.
    assert rows["GM0004"] == pytest.approx(24)
    assert rows["unallocated"] == pytest.approx(10 + 16)
    assert rows.sum() == pytest.approx(460, rel=1e-12)


def test_a_dutch_file_that_is_said_to_be_one_is_read_rightly(spoilt: Path) -> None:
    text = (
        "turbine_id;x_m;y_m;mw;municipality_code\r\n"
        "Café;91200,5;441500;1,25;GM0005\r\n\r\nT2;91700;441500;,5;GM0005\r\n"
    )
    _dutch(spoilt, text)
    built = atlas.build("world", home=spoilt)
    rows = built.stocks[
        (built.stocks["measure"] == "kw") & (built.stocks["basis"] == "register")
    ].set_index("zone_id")["value"]
    assert rows["GM0005.west"] == 1250
    assert rows["GM0005"] == 500


@pytest.mark.parametrize("through", ["option", "definition"])
def test_a_wrong_grid_of_residents_is_one_clear_line(through: str, spoilt: Path) -> None:
    before = files(spoilt)
    path = spoilt / GEO / "residents.tif"
    profile = {"driver": "GTiff", "height": 6, "width": 6, "count": 1, "dtype": "float64"}
    transform = Affine(500, 0, 90_000, 0, -500, 443_000)
    with rasterio.open(path, "w", **profile, crs="EPSG:3035", transform=transform) as raster:
        raster.write(np.ones((1, 6, 6)))
    arguments = ["build", "world"]
    if through == "option":
        arguments += ["--residents-grid", str(path)]
    else:
        source = world.SOURCE.format(file=GEO + "residents.tif", crs=world.CRS)
        with (spoilt / REGION).open("a", encoding="utf-8") as toml:
            toml.write(f"\n[residents_grid.source]\n{source}")
        world.sign(spoilt)
    (line,) = lines_of(run(*arguments))
    assert line.startswith("residents.tif: EPSG:3035; EPSG:28992 is expected; ")
    if through == "definition":
        assert lines_of(run("check", "world")) == [line]
    assert files(spoilt) == before
