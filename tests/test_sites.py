"""Candidate sites: what is unknown is no refusal, what is wrong is said with its row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import world

from atlas.areas import partition
from atlas.catalog import load
from atlas.errors import DataError
from atlas.sites import (
    SITE_SCHEMA,
    SIZE_SCHEMA,
    SiteFilter,
    check_sites,
    check_sizes,
    excluding_pairs,
    fits,
    join_sites,
    locate_sites,
    median_size,
    passes,
    read_site_file,
    sizes_for,
)
from atlas.sources import read

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
ZONES = partition(world.municipalities(), world.ports())
IN_PORT, IN_1, OUTSIDE = (91_200, 441_500), (90_200, 440_500), (50_000, 440_000)
RECYCLING = {"stream": "ebike_battery", "step": "recycling", "fraction": "whole"}
HOSTILE = ['=HYPERLINK("http://x","y")', "<script>alert(1)</script>", "a'b\\n{{ 1 }}%s"]


def table(schema: Mapping[str, str], rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame({c: [row.get(c) for row in rows] for c in schema}, dtype=object)
    return frame.astype({c: float for c, kind in schema.items() if kind.endswith("?")})


def sites(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    rows = tuple({"site_id": f"S{i}", "name": f"Site {i}", **row} for i, row in enumerate(rows))
    points = [shapely.Point(row.get("at", IN_1)) for row in rows]
    return gpd.GeoDataFrame(table(SITE_SCHEMA, list(rows)), geometry=points, crs=world.CRS)


def sizes(*rows: dict[str, object]) -> pd.DataFrame:
    plant = {"streams": "ebike_battery;ev_battery", "step": "recycling", "fraction": "whole"}
    uses = {"use_for_size": "yes", "use_for_land": "no"}
    named = [{"size_id": f"Z{i}", "name": f"Plant {i}"} for i in range(len(rows))]
    filled = [{**name, **plant, **uses, **row} for name, row in zip(named, rows, strict=True)]
    return table(SIZE_SCHEMA, filled)


def found(findings: pd.DataFrame, rule: str) -> list[str]:
    return findings.loc[findings["rule"] == rule, "row"].tolist()


# ---------------------------------------------------------------- checks


def test_sound_sites_and_sizes_have_no_problems() -> None:
    assert check_sites(sites({"kind": "estate", "category": 5.1}, {"lies_in": "S0"})) == []
    plot = {"use_for_land": "yes", "hectares": 1.0, "hectares_of": "plot", "size_t_per_a": 9.0}
    assert check_sizes(sizes(plot, {"use_for_size": "no"})) == []


@pytest.mark.parametrize(
    ("rows", "start"),
    [
        ([{"grid": "okay"}], 'sites column "grid": "okay" in row 0; one of ok, congested, unkn'),
        ([{}, {"quay": "sea"}], 'sites column "quay": "sea" in row 1; one of deep_sea, inland, '),
        ([{"kind": "field"}], 'sites column "kind": "field" in row 0; '),
        ([{"category": 5.0}], 'sites column "category": 5 in row 0; one of 1, 2, 3.1, 3.2, '),
        ([{"site_id": "S1"}, {}], 'sites column "site_id": "S1" in row 0, 1; every id once; '),
        ([{"hectares": -2.0}], 'sites column "hectares": -2 in row 0; zero or more is expected'),
        ([{"lies_in": "S8"}], 'sites column "lies_in": "S8" in row 0; the site_id of a row; did '),
        ([{"lies_in": "S0"}], "sites: S0 lies in itself; a larger area; correct lies_in"),
        ([{"at": (52.0, 4.0)}], "sites: a place elsewhere in row 0; longitude -25 to 45 and lat"),
    ],
)
def test_what_is_wrong_with_a_site_is_said_with_its_row(
    rows: list[dict[str, object]], start: str
) -> None:
    (line,) = check_sites(sites(*rows))
    assert line.startswith(start)
    assert line.count("; ") == 2


def test_a_circle_of_areas_is_named_once_for_each() -> None:
    lines = check_sites(sites({"lies_in": "S1"}, {"lies_in": "S0"}, {"lies_in": "S0"}))
    assert [line.split(":")[1].split()[0] for line in lines] == ["S0", "S1"]


def test_all_problems_of_sites_stand_together() -> None:
    wrong = sites({"grid": "x", "rail": "x", "hectares_available": -1.0, "lies_in": "nowhere"})
    assert len(check_sites(wrong, where="own.csv")) == 4


@pytest.mark.parametrize(
    ("row", "start"),
    [
        ({"step": "melting"}, 'plant sizes column "step": "melting" in row 0; one of collection'),
        ({"hectares_of": "hall"}, 'plant sizes column "hectares_of": "hall" in row 0; '),
        ({"use_for_size": "maybe"}, 'plant sizes column "use_for_size": "maybe" in row 0; '),
        ({"capex_meur": -1.0}, 'plant sizes column "capex_meur": -1 in row 0; zero or more is '),
        ({"size_t_per_a": None}, "plant sizes: no number to use in row 0; tonnes, or a plot; "),
        (
            {"use_for_land": "yes", "hectares": 1.0, "hectares_of": "floor"},
            "plant sizes: no number to use in row 0; ",
        ),
    ],
)
def test_what_is_wrong_with_a_size_is_said_with_its_row(row: dict[str, object], start: str) -> None:
    (line,) = check_sizes(sizes({"size_t_per_a": 10.0, **row}))
    assert line.startswith(start)


# ---------------------------------------------------------------- a user's file


def write(folder: Path, name: str, content: str | bytes | list[tuple[object, object]]) -> Path:
    path = folder / name
    if isinstance(content, list):
        features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in content]
        content = json.dumps({"type": "FeatureCollection", "features": features})
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def point(x: float, y: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": [x, y]}


def square(x: float, y: float, size: float) -> dict[str, object]:
    return shapely.geometry.mapping(shapely.box(x, y, x + size, y + size))


def problems_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(DataError) as error:
        read_site_file(path, crs=world.CRS)
    problems = error.value.problems
    assert all(line.startswith(path.name) and line.count("; ") >= 2 for line in problems)
    return problems


@pytest.mark.parametrize(
    "content",
    [
        "name,longitude,latitude\nA,4.1,51.9\n",
        "site_id;longitude;latitude\r\nA;4,1;51,9\r\n",
        "name\tlongitude\tlatitude\nA\t4.1\t51.9\n",
        "\ufeffname,x,y\nA,66411.327,435394.309\n",
    ],
)
def test_a_name_and_a_place_will_do(tmp_path: Path, content: str) -> None:
    own = read_site_file(write(tmp_path, "own.csv", content), crs=world.CRS)
    assert own.columns.tolist() == [*SITE_SCHEMA, "geometry"]
    assert own[["site_id", "name"]].to_numpy().tolist() == [["A", "A"]]
    assert own.geometry.iloc[0].distance(shapely.Point(66_411.327, 435_394.309)) < 0.01
    unknown = own.drop(columns=["site_id", "name", "geometry"])
    assert unknown.isna().all(axis=None)
    assert own.crs == world.CRS


def test_a_comma_is_the_decimal_sign_beside_semicolons_only(tmp_path: Path) -> None:
    mixed = "name;longitude;latitude;hectares\nA;4.1;51.9;1,5\nB;4.1;51.9;\n"
    own = read_site_file(write(tmp_path, "own.csv", mixed), crs=world.CRS)
    assert own["hectares"].iloc[0] == 1.5
    assert np.isnan(own["hectares"].iloc[1])
    (line,) = problems_of(write(tmp_path, "b.csv", mixed.replace("B;4.1;51.9;", "B;4.1;51.9;2.5")))
    assert "'1,5' in line 2" in line
    (line,) = problems_of(
        write(tmp_path, "c.csv", 'name,longitude,latitude,hectares\nA,4.1,51.9,"1,5"\n')
    )
    assert "'1,5' in line 2" in line


def test_polygons_count_with_a_point_on_their_surface(tmp_path: Path) -> None:
    l_shape = shapely.Polygon([(0, 0), (0.1, 0), (0.1, 0.01), (0.01, 0.01), (0.01, 0.1), (0, 0.1)])
    corner = shapely.affinity.translate(l_shape, 4.1, 51.9)
    features = [
        ({"name": "A", "year": 2020, "grid": "ok"}, point(4.1, 51.9)),
        ({"name": "B", "year": None}, square(4.1, 51.9, 0.01)),
        ({"name": "C", "hectares": 3}, square(4.1, 51.9, 0.01)),
        ({"name": "D"}, shapely.geometry.mapping(shapely.MultiPolygon([corner]))),
    ]
    own = read_site_file(write(tmp_path, "own.geojson", features), crs=world.CRS)
    assert own.geom_type.unique().tolist() == ["Point"]
    inside = gpd.GeoSeries([corner], crs="EPSG:4326").to_crs(world.CRS).iloc[0]
    assert inside.contains(own.geometry.iloc[3])
    assert np.isnan(own["hectares"].iloc[0])
    assert own["hectares"].iloc[1] == pytest.approx(76.57, abs=0.01)
    assert own["hectares"].iloc[2] == 3.0
    assert own["year"].tolist()[:1] == [2020.0]
    assert own["grid"].tolist()[:2] == ["ok", None]


def test_an_older_geojson_names_its_system(tmp_path: Path) -> None:
    table = {
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}},
        "features": [{"properties": {"site_id": 7}, "geometry": point(90_000, 440_000)}],
    }
    own = read_site_file(write(tmp_path, "own.json", json.dumps(table)), crs=world.CRS)
    assert own["site_id"].tolist() == ["7"]
    assert own.geometry.iloc[0] == shapely.Point(90_000, 440_000)


def test_hostile_text_passes_unchanged(tmp_path: Path) -> None:
    rows = [({"name": text, "note": text}, point(4.1, 51.9)) for text in HOSTILE]
    own = read_site_file(write(tmp_path, "own.geojson", rows), crs=world.CRS)
    assert own["name"].tolist() == own["note"].tolist() == HOSTILE
    assert set(locate_sites(own, ZONES)[1]["found"]) == set(HOSTILE)


def test_every_problem_of_a_table_is_told_at_once(tmp_path: Path) -> None:
    rows = [
        "site_id,name,longitude,latitude,hectare,hectares,grid,category,year",
        "U,A,4.1,51.9,1,ca. 10,okay,5,2020",
        "U,B,51.9,4.1,1,-3,ok,5.1,2020.5",
        "V,,4.1,,,,,,",
    ]
    lines = problems_of(write(tmp_path, "own.csv", "\n".join(rows) + "\n"))
    for start in (
        'own.csv: unknown column "hectare"; known: site_id, ',
        "own.csv: no place in line 4; ",
        "own.csv: a place elsewhere in line 3; ",
        'own.csv column "site_id": U more than once, in line 2, 3; ',
        'own.csv column "name": empty in line 4; ',
        "own.csv column \"hectares\": 'ca. 10' in line 2; a number is expected; ",
        'own.csv column "hectares": -3 in line 3; ',
        'own.csv column "year": 2020.5 in line 3; ',
        'own.csv column "category": 5 in line 2; ',
        'own.csv column "grid": "okay" in line 2; ',
    ):
        assert sum(line.startswith(start) for line in lines) == 1, start
    assert len(lines) == 10
    assert lines[0].endswith('did you mean "hectares"?')


def test_every_problem_of_a_geojson_is_told_at_once(tmp_path: Path) -> None:
    bow = shapely.Polygon([(4.1, 51.9), (4.2, 52.0), (4.2, 51.9), (4.1, 52.0)])
    line = {"type": "LineString", "coordinates": [[4.1, 51.9], [4.2, 51.9]]}
    features = [
        ({"name": "A", "hectares": "ca. 10"}, point(4.1, 51.9)),
        ({"name": "B", "hectares": 2, "grit": "ok"}, line),
        ({"name": "C", "rail": True}, None),
        ({"name": "D"}, shapely.geometry.mapping(bow)),
        ({"name": "E"}, point(90_000, 440_000)),
    ]
    assert [x.split("; ")[0] for x in problems_of(write(tmp_path, "own.geojson", features))] == [
        'own.geojson: unknown column "grit"',
        "own.geojson: no place in row 3",
        "own.geojson: neither a point nor a polygon in row 2",
        "own.geojson: an outline that crosses itself in row 4",
        "own.geojson: a place elsewhere in row 5",
        "own.geojson column \"hectares\": 'ca. 10' in row 1",
        'own.geojson column "rail": "True" in row 3',
    ]


@pytest.mark.parametrize(
    ("name", "content", "start"),
    [
        ("own.csv", "", "own.csv: it is empty; "),
        ("own.csv", "name,longitude,latitude\n", "own.csv: no sites; "),
        ("own.csv", "name\nA\n", "own.csv: no place in line 2; longitude and latitude, or x and "),
        ("own.csv", "name,x,y\nA,4.1,51.9\n", "own.csv: a place elsewhere in line 2; "),
        ("own.csv", "longitude,latitude\n4,52\n", 'own.csv: neither a column "name" nor "site'),
        ("own.csv", "name,longitude,latitude\nA,4\n", "own.csv: 2 cells in line 2; 3 are expect"),
        (
            "own.csv",
            "name,longitude,latitude,x,y\nA,4,52,9,9\n",
            "own.csv: no place in line 2; longitude and latitude, or x and y; ",
        ),
        ("own.csv", "name\nCafé\n".encode("latin-1"), "own.csv: not readable ('utf-8' codec "),
        ("own.geojson", "", "own.geojson: not readable (Expecting value: "),
        ("own.geojson", '{"type": "Point"}', "own.geojson: not readable ('features'); "),
        ("own.geojson", "[]", "own.geojson: not readable ("),
        ("own.geojson", [], "own.geojson: no sites; "),
        ("own.geojson", [({"name": "A"}, None)], "own.geojson: no place in row 1; "),
        ("own.xlsx", "x", 'own.xlsx: a file of kind ".xlsx"; a .csv (UTF-8) or .geojson; '),
    ],
)
def test_a_file_that_is_none_is_said_to_be_so(
    tmp_path: Path, name: str, content: str | bytes | list[tuple[object, object]], start: str
) -> None:
    (line,) = problems_of(write(tmp_path, name, content))
    assert line.startswith(start)


def test_a_file_that_is_not_there_is_missed(tmp_path: Path) -> None:
    (line,) = problems_of(tmp_path / "own.csv")
    assert line.startswith("own.csv: no such file; ")


# ---------------------------------------------------------------- together, and in zones


def test_a_site_of_the_user_takes_the_place_of_ours() -> None:
    own = sites({"hectares": 1.0, "note": "ours"}, {"lies_in": "S0"})
    users = sites({"site_id": "U", "lies_in": "S1"}, {"site_id": "S0", "name": "Theirs"})
    joined, findings = join_sites(own, users)
    assert joined["site_id"].tolist() == ["S0", "S1", "U"]
    assert joined["name"].tolist() == ["Theirs", "Site 1", "Site 0"]
    assert joined.index.tolist() == [0, 1, 2]
    assert joined["hectares"].isna().all()
    assert joined.crs == own.crs
    assert findings[["row", "rule", "found"]].to_numpy().tolist() == [
        ["S0", "replaces a site of ours", "Theirs"]
    ]
    alone, none = join_sites(own, users.iloc[:0])
    assert alone["site_id"].tolist() == ["S0", "S1"]
    assert none.empty
    with pytest.raises(DataError, match="lies_in"):
        join_sites(own, sites({"site_id": "U", "lies_in": "V"}))


def test_a_site_outside_the_region_is_a_finding() -> None:
    located, findings = locate_sites(sites({"at": IN_PORT}, {"at": OUTSIDE}), ZONES)
    assert located["zone_id"].tolist() == ["GM0005.west", None]
    assert found(findings, "outside the region") == ["S1"]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"municipality": "elsewhere"}, "lies in another municipality"),
        ({"precision_m": 1500.0}, "place level only"),
        ({"hectares_available": 0.0}, "no hectares available"),
        ({"hectares": None}, "hectares unknown"),
        ({"category": None}, "category unknown"),
        ({"transformation": "none"}, "no plan seen"),
    ],
)
def test_every_doubt_about_a_site_is_told(row: dict[str, object], rule: str) -> None:
    sound = {"hectares": 5.0, "category": 5.1, "transformation": "partial", "precision_m": 100.0}
    _, findings = locate_sites(sites(sound, {**sound, **row}), ZONES)
    assert findings[["row", "rule"]].to_numpy().tolist() == [["S1", rule]]
    assert findings["action"].str.len().min() > 0


# ---------------------------------------------------------------- filters


def test_without_a_question_every_site_passes() -> None:
    judged = passes(sites({}, {"grid": "congested"}), SiteFilter())
    assert judged.columns.tolist() == ["site_id", "passes", "why_not"]
    assert judged["passes"].tolist() == [True, True]
    assert judged["why_not"].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("asked", "good", "bad", "why"),
    [
        ({"category": 5.1}, 5.1, 4.2, "category is 4.2, at least 5.1 is asked for"),
        ({"nitrogen_km": 3.0}, 3.0, 2.9, "nitrogen_km is 2.9, at least 3 is asked for"),
        ({"grid": ("ok",)}, "ok", "congested", "grid is congested, ok is asked for"),
        (
            {"quay": ("deep_sea", "inland")},
            "inland",
            "none",
            "quay is none, deep_sea or inland is asked for",
        ),
        ({"external_safety": ("ok",)}, "ok", "no", "external_safety is no, ok is asked for"),
        (
            {"transformation": ("none",)},
            "none",
            "yes",
            "transformation is yes, none is asked for",
        ),
    ],
)
def test_a_filter_says_why_not(
    asked: dict[str, object], good: object, bad: object, why: str
) -> None:
    (name,) = asked
    unsaid = {} if isinstance(good, float) else {name: "unknown"}
    candidates = sites({name: good}, {name: bad}, {}, unsaid)
    judged = passes(candidates, SiteFilter(**asked))
    assert judged["passes"].tolist() == [True, False, True, True]
    assert judged["why_not"].tolist() == ["", why, "", ""]
    strict = passes(candidates, SiteFilter(**asked, unknown_passes=frozenset()))
    assert strict["passes"].tolist() == [True, False, False, False]
    assert strict["why_not"].iloc[2].startswith(f"{name} is unknown, ")


def test_unknown_may_be_asked_for_by_name() -> None:
    asked = SiteFilter(grid=("ok", "unknown"), unknown_passes=frozenset())
    assert passes(sites({}, {"grid": "congested"}), asked)["passes"].tolist() == [True, False]


def test_nothing_available_excludes_unless_overruled() -> None:
    candidates = sites({"hectares_available": 0.0}, {"hectares_available": 0.5}, {})
    judged = passes(candidates, SiteFilter())
    assert judged["passes"].tolist() == [False, True, True]
    assert judged["why_not"].iloc[0] == "hectares_available is 0, more than 0 is asked for"
    assert passes(candidates, SiteFilter(overrule_available=True))["passes"].all()


def test_every_reason_is_told() -> None:
    asked = SiteFilter(category=5.1, grid=("ok",))
    (why,) = passes(sites({"category": 3.1, "grid": "congested"}), asked)["why_not"]
    assert why == "category is 3.1, at least 5.1 is asked for; grid is congested, ok is asked for"


# ---------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("stated", "names", "chosen"),
    [
        ([], [], []),
        ([10], ["medium"], [10]),
        ([10, 10], ["medium"], [10]),
        ([20, 10], ["small", "large"], [10, 20]),
        ([3, 1, 2], ["small", "medium", "large"], [1, 2, 3]),
        ([50, 3, 14, 10], ["small", "medium", "large"], [3, 10, 14]),
    ],
)
def test_sizes_are_those_of_plants(
    stated: list[float], names: list[str], chosen: list[float]
) -> None:
    rows = [{"size_t_per_a": float(size)} for size in stated]
    other = {"size_t_per_a": 99.0, "step": "refining"}
    unused = {"size_t_per_a": 77.0, "use_for_size": "no"}
    options = sizes_for(sizes(*rows, other, unused), **RECYCLING)
    assert options["size"].tolist() == names
    assert options["size_t_per_a"].tolist() == chosen
    assert options["ha_per_1000_t"].isna().all()
    assert (options["grade"] == "D").all()


def test_land_is_the_median_of_plots_that_may_be_divided() -> None:
    plot = {"hectares_of": "plot", "use_for_land": "yes"}
    plants = sizes(
        {"size_t_per_a": 10_000.0, "hectares": 1.0, **plot},
        {"size_t_per_a": 20_000.0, "hectares": 4.0, **plot, "streams": "ebike_battery"},
        {"size_t_per_a": 30_000.0, "hectares": 9.0, "hectares_of": "floor"},
        {"size_t_per_a": 1_000.0, "hectares": 9.0, **plot, "streams": "solar_panel"},
    )
    options = sizes_for(plants, **RECYCLING)
    assert options["ha_per_1000_t"].tolist() == pytest.approx([0.15] * 3)
    both = "ebike_battery;ev_battery"
    assert options["streams"].tolist() == [both, "ebike_battery", both]


def test_the_median_size_of_a_step() -> None:
    plants = sizes(*({"size_t_per_a": size} for size in (1.0, 2.0, 9.0)))
    assert median_size(plants, **RECYCLING) == 2.0
    assert np.isnan(median_size(plants, **{**RECYCLING, "stream": "nets"}))
    assert np.isnan(median_size(plants.iloc[:0], **RECYCLING))


def test_a_plant_fits_where_land_is_known_or_nothing_is() -> None:
    options = pd.DataFrame({"size_t_per_a": [10_000.0, 50_000.0], "ha_per_1000_t": [0.1, 0.1]})
    candidates = sites(
        {"hectares": 100.0, "hectares_available": 1.0},
        {"hectares": 5.0},
        {},
        {"hectares": 100.0, "hectares_available": 0.0},
        {"hectares": 4.9},
    )
    assert fits(candidates, options).tolist() == [
        [True, False], [True, True], [True, True], [False, False], [True, False]
    ]  # fmt: skip
    assert fits(candidates, options, overrule_available=True)[3].tolist() == [True, True]
    unknown = options.assign(ha_per_1000_t=np.nan)
    assert fits(candidates, unknown).all()
    assert fits(candidates, options.iloc[:0]).shape == (5, 0)
    exact = options.assign(size_t_per_a=[30_000.0, 30_001.0])  # 30 × 0.1 is above 3 in floats
    assert fits(sites({"hectares": 3.0}), exact).tolist() == [[True, False]]


def test_a_site_excludes_the_areas_it_lies_in() -> None:
    candidates = sites(
        {}, {"lies_in": "S0"}, {"lies_in": "S1"}, {"lies_in": "S0"}, {"lies_in": "gone"}, {}
    )
    assert excluding_pairs(candidates) == [(1, 0), (2, 1), (2, 0), (3, 0)]
    assert excluding_pairs(sites()) == []


# ---------------------------------------------------------------- the real files


@pytest.fixture(scope="module")
def real() -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    catalog = load(ROOT)
    own = read(
        catalog.facilities["candidate_sites"].data,
        SITE_SCHEMA,
        home=ROOT,
        crs=world.CRS,
        bounds=(3.0, 50.0, 8.0, 54.0),
        shape="point",
    )
    plants = read(catalog.tables["plant_sizes"].data, SIZE_SCHEMA, home=ROOT)
    return own, plants


def test_the_own_sites_lie_where_they_say(real: tuple[gpd.GeoDataFrame, pd.DataFrame]) -> None:
    own, _ = real
    assert len(own) == 42
    assert check_sites(own) == []
    region = load(ROOT).regions["zuid-holland"]
    codes = {"municipality_code": "id", "name": "code"}
    towns = read(region.municipalities, codes, home=ROOT, crs=world.CRS)
    port = {"port_id": "id", "name": "code", "municipality_code": "code"}
    ports = read(region.ports, port, home=ROOT, crs=world.CRS)
    located, findings = locate_sites(own, partition(towns, ports))
    assert found(findings, "outside the region") == ["S20"]
    assert found(findings, "lies in another municipality") == []
    assert located["zone_id"].notna().sum() == 41
    assert own.loc[own["site_id"] == "S20", "municipality"].tolist() == ["Moerdijk"]
    assert len(excluding_pairs(own)) == own["lies_in"].notna().sum() == 9
    judged = passes(own, SiteFilter())
    assert set(judged.loc[~judged["passes"], "site_id"]) == {
        "S05", "S09", "S12", "S18", "S29", "S30", "S32", "P01", "P03", "P04", "P09"
    }  # fmt: skip


def test_the_own_sizes_are_of_streams_and_fractions_that_there_are(
    real: tuple[gpd.GeoDataFrame, pd.DataFrame],
) -> None:
    _, plants = real
    assert len(plants) == 34
    assert check_sizes(plants) == []
    fractions = pd.read_csv(ROOT / "data/geo/processing_chain/fractions.csv")
    pairs = set(zip(fractions["stream"], fractions["fraction"], strict=True))
    named = plants.assign(stream=plants["streams"].str.split(";")).explode("stream")
    assert set(zip(named["stream"], named["fraction"], strict=True)) <= pairs
    options = sizes_for(plants, **RECYCLING)
    assert options["size_t_per_a"].tolist() == [10_000.0, 15_000.0, 30_000.0]
    assert options["ha_per_1000_t"].tolist() == pytest.approx([0.1] * 3)
