"""Whatever way a source is written, its rows come out the same; else it is said where."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from atlas.definitions import Column, Dataset, Source
from atlas.errors import DataError
from atlas.sources import checked_file, read, same_crs

if TYPE_CHECKING:
    from atlas.columns import Kind

RD = "EPSG:28992"
NETHERLANDS = (3.2, 50.7, 7.3, 53.7)
HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "<script>alert(1)</script>",
    "+31",
    "@SUM(A1)",
    "a\nb",
    "'",
]


def dataset(home: Path, content: bytes, *, file: str = "x.csv", **given_: object) -> Dataset:
    columns = given_.pop("columns", {})
    (home / file).write_bytes(content)
    source = Source(
        **{
            "file": file,
            "sha256": hashlib.sha256(content).hexdigest(),
            "title": "x",
            "publisher": "x",
            "licence": "CC0-1.0",
            "reference_date": date(2023, 1, 1),
            "crs": "none",
            **given_,
        }
    )
    return Dataset(source, columns=columns, where="x.toml")


def read_text(home: Path, text: str, schema: dict[str, Kind], **given_: object) -> pd.DataFrame:
    return read(dataset(home, text.encode(), **given_), schema, home=home)


def problems_of(
    home: Path, text: str, schema: dict[str, Kind], **given_: object
) -> tuple[str, ...]:
    with pytest.raises(DataError) as error:
        read_text(home, text, schema, **given_)
    return error.value.problems


def test_columns_come_in_the_order_and_units_of_the_schema(tmp_path: Path) -> None:
    frame = read_text(
        tmp_path,
        "name,MW,unused,year\n  Noord ,1.5,x,2020\nZuid,.5,y,2021\n",
        {"power_kw": "amount", "name": "code", "year": "year"},
        columns={"power_kw": Column("MW", "MW")},
    )
    assert frame.to_dict("list") == {
        "power_kw": [1500.0, 500.0],
        "name": ["Noord", "Zuid"],
        "year": [2020.0, 2021.0],
    }
    assert frame.index.name == "line"
    assert frame.index.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("ours", "unit", "factor"),
    [
        ("mass_t", "kg", 1e-3),
        ("capacity_t_per_a", "kt/a", 1e3),
        ("area_km2", "ha", 1e-2),
        ("distance_km", "m", 1e-3),
        ("precision_m", "km", 1e3),
        ("power_kw", "W", 1e-3),
        ("installed_kwp", "MWp", 1e3),
        ("cars", "piece", 1.0),
        ("mass_t", None, 1.0),
    ],
)
def test_units_are_converted_once(
    ours: str, unit: str | None, factor: float, tmp_path: Path
) -> None:
    columns = {ours: Column("n", unit)}
    frame = read_text(tmp_path, "n\n8\n", {ours: "amount"}, columns=columns)
    assert frame[ours].tolist() == [8 * factor]


def test_missing_stays_missing(tmp_path: Path) -> None:
    schema: dict[str, Kind] = {"t": "text", "n": "amount?", "y": "year?"}
    frame = read_text(tmp_path, "t,n,y\n,,\nNA,0,2020\n", schema)
    assert frame["t"].tolist() == [None, "NA"]
    assert frame["n"].isna().tolist() == [True, False]
    assert frame["y"].isna().tolist() == [True, False]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    # A cell of three lines, and a blank line, come before the row that is wrong.
    text = 'name,n\n"one\ntwo\nthree",1\n\nfour,x\nfive,y\n'
    (line,) = problems_of(tmp_path, text, {"name": "text", "n": "amount"})
    assert line.startswith("x.csv column \"n\": 'x' in line 6, 7; ")


def test_many_wrong_rows_are_one_line(tmp_path: Path) -> None:
    text = "n\n" + "x\n" * 20
    (line,) = problems_of(tmp_path, text, {"n": "amount"})
    assert "'x' in line 2, 3, 4, 5, 6 and 15 more; " in line


@pytest.mark.parametrize("text", ["1 000", "1e", "0x10", "٣", "--1", "1.2.3", "half", "1_000", "∞"])
def test_what_only_looks_like_a_number_is_none(text: str, tmp_path: Path) -> None:
    (line,) = problems_of(tmp_path, f"n\n{text}\n", {"n": "amount?"})
    assert line.startswith(f"x.csv column \"n\": '{text}' in line 2; a number is expected; ")


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1,5", ",", 1.5),
        (",5", ",", 0.5),
        ("2", ",", 2.0),
        ("1,5e3", ",", 1500.0),
        ("1.5", ".", 1.5),
    ],
)
def test_decimals_are_read_as_declared(
    text: str, decimal: str, value: float, tmp_path: Path
) -> None:
    frame = read_text(tmp_path, f"n;m\n{text};\n", {"n": "amount"}, delimiter=";", decimal=decimal)
    assert frame["n"].tolist() == [value]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("naam\nCafé\n".encode("latin-1"), "latin-1"),
        ("naam\nCafé\n".encode("cp1252"), "cp1252"),
        ("naam\nCafé\n".encode("utf-16"), "utf-16"),
        (b"\xef\xbb\xbfnaam\nCaf\xc3\xa9\n", "utf-8-sig"),
        ("naam\r\nCafé\r\n".encode(), "utf-8"),
        (b"naam\nCaf\xc3\xa9", "UTF8"),
    ],
)
def test_encodings_are_read_as_declared(content: bytes, encoding: str, tmp_path: Path) -> None:
    source = dataset(tmp_path, content, encoding=encoding)
    assert read(source, {"naam": "id"}, home=tmp_path)["naam"].tolist() == ["Café"]


def test_a_header_without_rows_is_an_empty_table(tmp_path: Path) -> None:
    schema: dict[str, Kind] = {"name": "id", "n": "amount", "y": "year"}
    assert read_text(tmp_path, "name,n,y\n", schema).shape == (0, 3)
    points = dataset(tmp_path, b"name,x_m,y_m\n", crs=RD)
    frame = read(points, {"name": "id"}, home=tmp_path, crs=RD, bounds=NETHERLANDS, shape="point")
    assert frame.shape == (0, 2)
    assert frame.crs == RD


def test_hostile_text_passes_unchanged(tmp_path: Path) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["name"], *([text] for text in HOSTILE)])
    assert read_text(tmp_path, out.getvalue(), {"name": "id"})["name"].tolist() == HOSTILE


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
numbers = st.floats(0, 1e300, allow_nan=False)


@given(
    st.lists(st.tuples(cells, st.none() | numbers), min_size=1, max_size=8),
    st.sampled_from([(",", "."), (";", ","), ("\t", "."), ("|", ",")]),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, float | None]],
    signs: tuple[str, str],
) -> None:
    delimiter, decimal = signs
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["text", "amount"])
    for text, number in rows:
        written = "" if number is None else repr(number).replace(".", decimal)
        writer.writerow([text, written])
    home = tmp_path_factory.mktemp("written")
    schema: dict[str, Kind] = {"text": "text", "amount": "amount?"}
    frame = read_text(home, out.getvalue(), schema, delimiter=delimiter, decimal=decimal)
    assert frame["text"].tolist() == [text.strip() or None for text, _ in rows]
    expected = [np.nan if number is None else number for _, number in rows]
    np.testing.assert_array_equal(frame["amount"], expected)


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        "id,n,m\n1,-1,x\n1,,2\n,3,1e999\n",
        {"id": "id", "n": "amount", "m": "amount", "k": "code"},
        columns={"wrong": Column("n"), "m": Column("m", "furlong")},
        sha256="0" * 64,
    )
    assert [line.split(": ")[0] for line in found] == [
        "x.csv",
        "x.toml [columns]",
        'x.csv column "id"',
        'x.csv column "id"',
        'x.csv column "n"',
        'x.csv column "n"',
        'x.csv column "m"',
        'x.csv column "m"',
        "x.toml [columns] m",
        "x.csv",
    ]
    assert all(line.count("; ") >= 2 for line in found)


# ---------------------------------------------------------------- places


def points(home: Path, text: str, *, crs: str = "EPSG:4326", **given_: object) -> gpd.GeoDataFrame:
    source = dataset(home, text.encode(), crs=crs, **given_)
    options = {"home": home, "crs": RD, "bounds": NETHERLANDS, "shape": "point"}
    return read(source, {"name": "id"}, **options)  # type: ignore[call-overload, no-any-return]


def test_points_of_a_table_come_in_the_metric_system(tmp_path: Path) -> None:
    # The tower of Amersfoort, where the national grid has its middle.
    frame = points(tmp_path, "name,longitude,latitude\na,5.38720621,52.15517440\nb,,\n")
    place = frame.geometry.iloc[0]
    assert (place.x, place.y) == pytest.approx((155_000, 463_000), abs=1.0)
    assert frame.geometry.isna().tolist() == [False, True]
    assert frame.crs == RD


def test_coordinates_are_named_and_written_as_declared(tmp_path: Path) -> None:
    frame = points(
        tmp_path,
        "name;X;Y\na;155,5;463000\n",
        crs=RD,
        delimiter=";",
        decimal=",",
        columns={"x_m": Column("X", "km"), "y_m": Column("Y", "m")},
    )
    assert frame.geometry.iloc[0].coords[0] == pytest.approx((155_500, 463_000))


@pytest.mark.parametrize("text", ["x", "nan", "inf", "5,3"])
def test_a_coordinate_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        points(tmp_path, f'name,longitude,latitude\na,"{text}",52\n')
    (line,) = error.value.problems
    assert line.startswith(f"x.csv column \"longitude\": '{text}' in line 2; ")


def vector(home: Path, file: str, shapes: list[shapely.Geometry], crs: str = RD) -> Dataset:
    frame = gpd.GeoDataFrame({"name": list("abcdef")[: len(shapes)]}, geometry=shapes, crs=crs)
    pyogrio.write_dataframe(frame, home / file)
    return dataset(home, (home / file).read_bytes(), file=file, crs=crs)


BOX = shapely.box(90_000, 440_000, 91_000, 441_000)


@pytest.mark.parametrize("file", ["x.gpkg", "x.GPKG", "x.fgb"])
def test_vector_files_are_read(file: str, tmp_path: Path) -> None:
    source = vector(tmp_path, file, [BOX])
    frame = read(source, {"name": "id"}, home=tmp_path, crs=RD, bounds=NETHERLANDS, shape="polygon")
    assert frame["name"].tolist() == ["a"]
    assert frame.geometry.iloc[0].equals(BOX)
    assert (frame.index.name, frame.index.tolist()) == ("row", [1])


def test_geojson_is_read_and_reprojected(tmp_path: Path) -> None:
    degrees = gpd.GeoSeries([BOX], crs=RD).to_crs("EPSG:4326").tolist()
    source = vector(tmp_path, "x.geojson", degrees, crs="EPSG:4326")
    frame = read(source, {"name": "id"}, home=tmp_path, crs=RD, shape="polygon")
    assert frame.geometry.iloc[0].symmetric_difference(BOX).area < 1.0


def test_heights_are_left_out(tmp_path: Path) -> None:
    source = vector(tmp_path, "x.gpkg", [shapely.force_3d(BOX, 5.0)])
    frame = read(source, {"name": "id"}, home=tmp_path, crs=RD, shape="polygon")
    assert not frame.geometry.has_z.any()


def test_every_bad_shape_is_told(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    source = vector(tmp_path, "x.geojson", [BOX, bow, None, shapely.Point(1, 1)], crs="EPSG:4326")
    with pytest.raises(DataError) as error:
        read(source, {"name": "id"}, home=tmp_path, crs=RD, shape="polygon")
    assert [line.split(";")[0] for line in error.value.problems] == [
        "x.geojson row 2: Self-intersection[0.5 0.5]",
        "x.geojson row 3: no geometry",
        "x.geojson row 4: a Point",
    ]


def test_a_shape_that_cannot_be_built_is_told(tmp_path: Path) -> None:
    ring = "[[[4,52],[4,52]]]"
    text = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"a"},'
    text += f'"geometry":{{"type":"Polygon","coordinates":{ring}}}}}]}}'
    source = dataset(tmp_path, text.encode(), file="x.geojson", crs="EPSG:4326")
    with pytest.raises(DataError, match=r"x\.geojson row 1: "):
        read(source, {"name": "id"}, home=tmp_path, crs=RD, shape="polygon")


def test_a_table_of_a_vector_file_needs_no_place(tmp_path: Path) -> None:
    pyogrio.write_dataframe(pd.DataFrame({"name": ["a"]}), tmp_path / "x.gpkg", driver="GPKG")
    source = dataset(tmp_path, (tmp_path / "x.gpkg").read_bytes(), file="x.gpkg", crs=RD)
    with pytest.raises(DataError, match=r"x\.gpkg: it has no geometry; a vector layer; "):
        read(source, {"name": "id"}, home=tmp_path, crs=RD, shape="polygon")


@pytest.mark.parametrize("file", ["x.shp", "x.xlsx", "x"])
def test_a_file_of_another_kind_is_told(file: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read(dataset(tmp_path, b"n\n1\n", file=file), {"n": "amount"}, home=tmp_path)
    (line,) = error.value.problems
    assert line.startswith(f'{file}: a file of kind "{Path(file).suffix}"; one of .csv, ')


def test_a_system_is_the_same_however_it_is_written() -> None:
    national = pyproj.CRS(RD)
    assert same_crs(national, pyproj.CRS(national.to_wkt("WKT1_ESRI")))
    assert same_crs(pyproj.CRS("EPSG:4326"), pyproj.CRS("OGC:CRS84"))
    assert not same_crs(national, pyproj.CRS("EPSG:4326"))
    assert not same_crs(pyproj.CRS("+proj=utm +zone=31"), pyproj.CRS("+proj=utm +zone=32"))


def test_a_file_is_returned_once_its_hash_is_right(tmp_path: Path) -> None:
    source = dataset(tmp_path, b"raster", file="x.tif")
    assert checked_file(source, home=tmp_path) == tmp_path / "x.tif"
    (tmp_path / "x.tif").write_bytes(b"other")
    with pytest.raises(DataError, match=r"x\.tif: sha256 is "):
        checked_file(source, home=tmp_path)
    (tmp_path / "x.tif").unlink()
    with pytest.raises(DataError, match=r"x\.toml: no file x\.tif; the data file; put it there"):
        checked_file(source, home=tmp_path)
