"""The command `atlas validate`: every rule is broken once, and what is good passes."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import time
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from broken_files import FILES, project, raster
from broken_packages import PACKAGES
from click.testing import CliRunner
from good_files import write_good, write_zip
from hypothesis import given
from hypothesis import strategies as st

from atlas.cli import main
from atlas.dictionary import Layer, read_dictionary
from atlas.validation import KNOWN, Verdict, files_in, kinds, rules_of, validate

PACKAGE = "layers/built/world.gpkg"
BELGIAN = project("EPSG:28992", "EPSG:31370")
UNKNOWN = "layers/built/world/notes.txt"
CASES = [(PACKAGE, *case) for case in PACKAGES] + [
    (file, *case) for file, cases in FILES.items() for case in cases
]
NAMES = [pattern.replace("*", "a") for kind in kinds({}) for pattern in kind.names]


@pytest.fixture(scope="module")
def good(edition: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good") / "home"
    write_good(edition, folder)
    return folder


@pytest.fixture(scope="module")
def dictionary(edition: Path) -> dict[str, Layer]:
    return read_dictionary(edition)


def broken_rules(path: Path, dictionary: dict[str, Layer]) -> set[str]:
    (verdict,) = validate([path], dictionary)
    for problem in verdict.problems:
        # Only what cannot be opened may be said in the words of a library.
        assert problem.rule.endswith("-opens") or "cannot be read" not in problem.breach.found
    return {problem.rule for problem in verdict.problems}


def test_every_kind_has_a_good_file(good: Path, dictionary: dict[str, Layer]) -> None:
    verdicts = validate(files_in([good]), dictionary)
    assert [own for own in verdicts if own.problems] == []
    assert {own.kind for own in verdicts} == {kind.id for kind in kinds(dictionary)}


@pytest.mark.parametrize(
    ("file", "rule", "spoil", "along"),
    CASES,
    ids=[f"{rule}-{number}" for number, (_, rule, *_) in enumerate(CASES)],
)
def test_a_broken_rule_is_named(  # noqa: PLR0917 - a case has these parts
    good: Path,
    tmp_path: Path,
    dictionary: dict[str, Layer],
    file: str,
    rule: str,
    spoil: object,
    along: set[str],
) -> None:
    home = tmp_path / "home"
    shutil.copytree(good, home)
    assert callable(spoil)
    path = spoil(home / file)
    broken = broken_rules(path if isinstance(path, Path) else home / file, dictionary)
    assert broken == {rule, *along}


def test_every_rule_is_broken_once() -> None:
    rules = [rule for rule, _, _ in rules_of(kinds({}))]
    assert len(set(rules)) == len(rules)
    assert {rule for _, rule, *_ in CASES} == set(rules)


def test_every_rule_is_one_sentence() -> None:
    for rule, kind, says in rules_of(kinds({})):
        assert says[0].isupper(), rule
        assert says.endswith("."), rule
        assert says.count(". ") == 0, rule
        assert rule.split("-")[0] in {kind, "edition", "file"}


def sound(verdict: Verdict) -> Verdict:
    """Return a verdict of which every word is a person's to read, and none a mistake of ours."""
    for problem in verdict.problems:
        breach = problem.breach
        for words in (breach.found, breach.expected, breach.do):
            assert words
            assert words.isprintable()
        assert not re.search(r"\b(Attribute|Index|Key|Name|Type|UnboundLocal)Error", breach.found)
    return verdict


@pytest.mark.parametrize("name", NAMES)
@given(content=st.binary(max_size=400))
def test_random_bytes_give_a_message(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    (verdict,) = validate([path], {})
    # Text that is random is CSV often enough; nothing else is anything.
    assert sound(verdict).problems or verdict.kind == "csv"


@pytest.mark.parametrize("file", [PACKAGE, *sorted(set(FILES) - {UNKNOWN})])
@given(data=st.data())
def test_a_damaged_file_gives_a_verdict(
    good: Path,
    dictionary: dict[str, Layer],
    tmp_path_factory: pytest.TempPathFactory,
    file: str,
    data: st.DataObject,
) -> None:
    """Cut off, or with other bytes in the middle: whatever it is now, it is judged."""
    raw = bytearray((good / file).read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    cut = data.draw(st.booleans())
    if cut:
        raw = raw[:at]
    else:
        raw[at : at + 8] = data.draw(st.binary(min_size=8, max_size=8))
    path = tmp_path_factory.getbasetemp() / Path(file).name
    path.write_bytes(raw)
    (verdict,) = validate([path], dictionary)
    sound(verdict)
    # A text may have lost no more than the end of its last line.
    if cut and path.suffix in {".gpkg", ".qgz", ".xlsx", ".parquet"}:
        assert verdict.problems


SCALARS = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text("a:/@")
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("a@"), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize(
    "name", ["zones.geojson", "zones.lyrx", "datapackage.json", "provenance.json", "dcat.jsonld"]
)
@given(data=st.data())
def test_a_record_of_any_shape_gives_a_verdict(
    good: Path, tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    """Put any value in the place of any other."""
    held = json.loads((good / "layers" / "built" / "world" / name).read_bytes())
    own: Any = held
    while True:
        keys = list(own) if isinstance(own, dict) else list(range(len(own)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(own[key], dict | list) and own[key] and data.draw(st.integers(0, 3)):
            own = own[key]
        else:
            own[key] = data.draw(JSON)
            break
    path = tmp_path_factory.getbasetemp() / name
    path.write_text(json.dumps(held).replace("Infinity", "1e999"), encoding="utf-8")
    (verdict,) = validate([path], {})
    sound(verdict)


# ---------------------------------------------------------------- the command


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["validate", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_the_edition_of_the_world_passes(edition: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(edition)
    code, out, err = run("layers/built", "maps/built")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "maps/built/world.html: 9 rules hold"


def test_the_edition_of_the_real_region_passes(built: Path) -> None:
    code, out, err = run(built)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == len(files_in([built]))
    assert all(line.endswith(" rules hold") for line in lines)


def test_problems_of_all_files_are_collected(
    good: Path, tmp_path: Path, edition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(edition)
    folder = tmp_path / "home"
    shutil.copytree(good, folder)
    own = folder / "layers" / "built" / "world"
    (own / "zones.csv").write_text("a,a\n=b,NaN\n", encoding="utf-8")
    (own / "zones.geojson").write_text("{", encoding="utf-8")
    code, out, err = run(own / "zones.csv", own / "zones.geojson", own / "zones.sld")
    assert code == 1
    assert out == f"{own / 'zones.sld'}: 3 rules hold\n"
    *lines, summary = err.splitlines()
    assert summary == "2 of 3 files break a rule"
    assert [line.split("[")[1].split("]")[0] for line in lines] == [
        "csv-header",
        "csv-formula",
        "csv-missing",
        "geojson-opens",
    ]
    # Where and which rule, what was found, what is expected, what to do.
    assert all(line.count("; ") >= 2 and line.startswith(str(own)) for line in lines)
    code, out, err = run("--json", own / "zones.csv", own / "zones.sld")
    assert (code, err) == (1, "1 of 2 files break a rule\n")
    spoilt, sound = json.loads(out)["files"]
    assert (spoilt["holds"], sound["holds"]) == (False, True)
    assert [each["rule"] for each in spoilt["problems"]] == [
        "csv-header",
        "csv-formula",
        "csv-missing",
    ]
    assert set(spoilt["problems"][0]) == {"rule", "found", "expected", "do"}


def test_what_is_no_file_is_wrong_usage(tmp_path: Path) -> None:
    assert run(tmp_path / "extra.gpkg")[0] == 2
    assert run()[0] == 2
    assert run(tmp_path)[0] == 2


def test_an_unknown_kind_is_a_problem_that_names_the_kinds(tmp_path: Path) -> None:
    path = tmp_path / "a.shp"
    path.write_bytes(b"a")
    (tmp_path / ".hidden").write_bytes(b"a")
    code, out, err = run(tmp_path)
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 2
    assert f"[{KNOWN}]" in err
    assert "*.gpkg" in err
    assert "provenance.json" in err


def test_rules_are_listed() -> None:
    code, out, _ = run("--rules")
    assert code == 0
    assert len(out.splitlines()) == len(rules_of(kinds({})))
    assert "gpkg-rings (gpkg): Outer rings run counter-clockwise.\n" in out
    listed = json.loads(run("--rules", "--json")[1])
    assert listed[0] == {
        "rule": KNOWN,
        "kind": "any",
        "says": "The name of a file says what it is.",
    }


def test_many_problems_of_one_rule_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "c\n" * 1000, encoding="utf-8")
    *lines, _ = run(path)[2].splitlines()
    assert len(lines) == 21
    assert "980 more" in lines[-1]


def test_text_of_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n@\x1b[2J" + "b" * 10_000, encoding="utf-8")
    text = run(path)[2]
    assert "\x1b" not in text
    assert len(text) < 1000


def test_nothing_is_written_beside_a_file(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "a ?#%.gpkg"
    shutil.copy(good / PACKAGE, path)
    before = path.read_bytes()
    validate([path], {})
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before


HOSTILE = {
    "tags.html": b"<!doctype html><body>" + b"<a " * 500_000,
    "comments.html": b"<!doctype html><body>" + b"<!--" * 500_000,
    "quotes.html": b"<!doctype html><body>" + b"<a b='" * 300_000,
    "digits.csv": b"a\n+" + b"1" * 2_000_000 + b"x\n",
    "quotes.csv": b"a\n" + b'"' * 2_000_001,
    "lists.geojson": b"[" * 2_000_000,
    "numbers.geojson": b'{"a": ' + b"1" * 2_000_000 + b"}",
    "elements.qml": b"<qgis>" + b"<a>" * 500_000,
    "attributes.sld": b"<a " + b" ".join(b"a%d='b'" % n for n in range(100_000)) + b">",
}


def test_a_long_source_of_a_layer_is_refused_at_once(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.qgz"
    with zipfile.ZipFile(good / "layers/built/world.qgz") as file:
        project = file.read("world.qgs").decode()
    write_zip(path, {"a.qgs": project.replace("=zones</", f"={'a' * 1_000_000}</")})
    start = time.process_time()
    assert broken_rules(path, {}) == {"qgz-opens"}
    assert time.process_time() - start < 30


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_made_to_last_is_refused_at_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    start = time.process_time()
    (verdict,) = validate([path], {})
    assert verdict.problems
    # A second, and what a slow machine needs for it; what grows with the square takes hours.
    assert time.process_time() - start < 30


def test_a_table_that_never_ends_is_refused(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    shutil.copy(good / PACKAGE, path)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DROP TABLE chains")
        file.execute(f"CREATE VIEW chains AS {endless}")
    (verdict,) = validate([path], {})
    assert {"gpkg-views", "gpkg-announced"} <= {problem.rule for problem in verdict.problems}


def test_a_region_in_the_metres_of_another_country_passes(
    good: Path, tmp_path: Path, dictionary: dict[str, Layer]
) -> None:
    """Belgium has EPSG:31370."""
    home = tmp_path / "home"
    shutil.copytree(good, home)
    own = home / "layers" / "built"
    BELGIAN(own / "world.qgz")
    raster(crs="EPSG:31370")(own / "world" / "rasters" / "residents_100m.tif")
    for file in ("world.qgz", "world/rasters/residents_100m.tif"):
        assert broken_rules(own / file, dictionary) == set()
    with closing(sqlite3.connect(own / "world.gpkg")) as file, file:
        file.execute(
            "UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = 31370 WHERE srs_id = 28992"
        )
    assert broken_rules(own / "world.gpkg", dictionary) == set()


def test_geojson_across_the_antimeridian_and_of_mixed_parts_passes(tmp_path: Path) -> None:
    parts = [
        {"type": "Point", "coordinates": [179.5, 10]},
        {"type": "LineString", "coordinates": [[-179.5, 11], [-179, 12]]},
    ]
    shape = {"type": "GeometryCollection", "geometries": parts}
    feature = {"type": "Feature", "properties": None, "geometry": shape}
    held = {"type": "FeatureCollection", "bbox": [179.5, 10, -179, 12], "features": [feature]}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(held), encoding="utf-8")
    assert broken_rules(path, {}) == set()


def test_a_place_may_be_called_nan(
    good: Path, tmp_path: Path, dictionary: dict[str, Layer]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,tonnes\nNone,1\nNaN,\nDelft,3\n", encoding="utf-8")
    assert broken_rules(path, {}) == set()
    package = tmp_path / "a.gpkg"
    shutil.copy(good / PACKAGE, package)
    with closing(sqlite3.connect(package)) as file, file:
        assert file.execute("UPDATE facilities SET name = 'Nan' WHERE fid = 1").rowcount == 1
    assert broken_rules(package, dictionary) == set()


def test_an_extent_that_gis_wrote_after_a_change_is_right(
    good: Path, tmp_path: Path, dictionary: dict[str, Layer]
) -> None:
    """GDAL takes it from the spatial index, which rounds outward to single precision."""
    path = tmp_path / "a.gpkg"
    shutil.copy(good / PACKAGE, path)
    with closing(sqlite3.connect(path)) as file, file:
        changed = file.execute(
            "UPDATE gpkg_contents SET min_x = min_x - 0.008, max_y = max_y + 0.03 "
            "WHERE data_type = 'features'"
        )
        assert changed.rowcount > 5
    assert broken_rules(path, dictionary) == set()
