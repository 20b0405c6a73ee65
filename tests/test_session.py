"""A session file is read to the last field, worked out, and comes out as layers and a report."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import siting_world
import world
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from atlas.cli import main
from atlas.errors import AtlasError, DataError
from atlas.pipeline import REFERENCE_YEARS, build
from atlas.session import (
    LARGEST,
    Expected,
    Mark,
    PutChange,
    PutPlant,
    Session,
    Support,
    View,
    open_session,
    session_of,
    session_text,
)
from atlas.session_checks import parse
from atlas.what_if import Change, Kind, NewPlant
from atlas.what_if_effect import effect_of, expected_in, layers
from atlas.what_if_map import class_of, edges
from atlas.what_if_report import report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result
    from playwright.sync_api import Browser, Page

    from atlas.pipeline import Atlas
    from atlas.what_if_effect import Effect

    Command = Callable[..., Result]

Json = dict[str, Any]

EXPECTED = Expected(
    edition="0123456789",
    switches={
        "basis": ("register", "report"),
        "reach": ("europe", "250_km", "netherlands", "province_only"),
        "planned": ("no", "yes"),
    },
    kinds=[
        Kind("panel", "sorting", "whole", ("panel",), (("panel", "sorting"),), (100.0,)),
        Kind("panel", "recycling", "glass", ("panel",), (("panel", "recycling"),), ()),
        Kind("pack", "recycling", "whole", ("pack",), (("pack", "recycling"),), (10.0,)),
    ],
    facilities=frozenset({"F1", "F2", "F3"}),
    taking=frozenset({"F1", "F2"}),
    streams=["panel", "pack", "scanner"],
    years=range(2025, 2051),
)

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(1)</script>"
SAID: Json = {"by": "Fatima", "votes": {"for": 3, "against": 1, "unsure": 0}}
RAW: Json = {
    "format": 1,
    "program": "urban-mine-atlas",
    "region": "world",
    "edition": "0123456789",
    "edition_date": "2026-01-11",
    "version": "0.1.0",
    "title": "Werksessie",
    "date": "2026-01-31",
    "scenario": {"basis": "register", "reach": "netherlands"},
    "view": {"stream": "panel", "layer": "capacity_gap", "measure": "mass", "year": 2035},
    "plants": [
        {
            "id": "P1", "stream": "panel", "step": "recycling", "capacity_t_per_a": 40,
            "from_year": 2030, "latitude": 52.0, "longitude": 4.25, "name": "Kade", **SAID,
        },
    ],
    "changes": [
        {
            "id": "C1", "facility_id": "F1", "capacity_t_per_a": None, "from_year": None,
            "to_year": 2034, **SAID,
        },
    ],
    "marks": [
        {
            "id": "M1", "kind": "note", "text": "Hier\nligt iets", "latitude": [52.0],
            "longitude": [4.25], **SAID,
        },
        {
            "id": "M2", "kind": "area", "text": "", "latitude": [52.0, 52.1, 52.1],
            "longitude": [4.2, 4.2, 4.3], **SAID,
        },
    ],
}  # fmt: skip

RAW = json.loads(json.dumps(RAW))  # nothing in it is shared


def read(raw: object, expected: Expected = EXPECTED) -> Session:
    assert isinstance(raw, dict)
    return session_of(raw, expected, where="s.json")


def put(raw: Json, path: tuple[str | int, ...], value: object) -> Json:
    """Return a copy with another value somewhere in it."""
    changed = copy.deepcopy(raw)
    inside: Any = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return changed


# ---------------------------------------------------------------- reading


def test_a_session_is_read_field_by_field() -> None:
    found = read(RAW)
    said = Support("Fatima", (3, 1, 0))
    assert found == Session(
        region="world",
        edition="0123456789",
        edition_date="2026-01-11",
        version="0.1.0",
        title="Werksessie",
        date="2026-01-31",
        # A switch that is not named is at its default.
        scenario={"basis": "register", "reach": "netherlands", "planned": "no"},
        view=View("panel", "capacity_gap", "mass", 2035),
        plants=(
            PutPlant(NewPlant("P1", "panel", "recycling", 40.0, 2030, 4.25, 52.0, "Kade"), said),
        ),
        changes=(PutChange("C1", Change("F1", to_year=2034), said),),
        marks=(
            Mark("M1", "note", "Hier\nligt iets", ((52.0, 4.25),), said),
            Mark("M2", "area", "", ((52.0, 4.2), (52.1, 4.2), (52.1, 4.3)), said),
        ),
    )


PLANT, CHANGE, MARK = ("plants", 0), ("changes", 0), ("marks", 0)
WRONG: dict[str, tuple[tuple[str | int, ...], object, str]] = {
    "no day": (("date",), "2026-02-30", 's.json date: "2026-02-30"; a day like 2026-01-31 is '),
    "a long title": (("title",), "x" * 121, "; text of at most 120 characters is expected; "),
    "half a character": (("title",), "a\ud800", 's.json title: "a?"; text without control '),
    "a bell": (("title",), "a\x07", "title: "),
    "lines in a title": (("title",), "a\nb", "title: "),
    "no scenario": (("scenario",), [], "s.json scenario: a list [ … ]; an object { … } is "),
    "no such switch": (("scenario", "range"), "3", 's.json scenario.range: "3"; a session has '),
    "no such value": (("scenario", "reach"), "moon", "; one of europe, 250_km, netherlands, "),
    "no such layer": (("view", "layer"), "gold", 'view.layer: "gold"; one of stock, released, '),
    "no such year": (("view", "year"), 2051, "view.year: 2051; one of 2025, 2026, "),
    "true is no year": (("view", "year"), True, "view.year: true; one of 2025, "),
    "plants no list": (("plants",), {}, "s.json plants: an object { … }; a list [ … ] is "),
    "a plant no object": (PLANT, 7, "s.json plants 1: 7; an object { … } is expected"),
    "a plant of no stream": ((*PLANT, "stream"), "x", 'plants 1.stream: "x"; one of panel, pack'),
    "a step of another": ((*PLANT, "step"), "refining", "; one of sorting, recycling is expected"),
    "the id of a facility": ((*PLANT, "id"), "F1", 'plants 1.id: "F1"; every name once is '),
    "an id with a space": ((*PLANT, "id"), "P 1", "; a name of 1 to 20 letters, digits, - or _ "),
    "less than nothing": ((*PLANT, "capacity_t_per_a"), -1, ": -1; a number from 0 to 1e+07 is "),
    "a size as text": ((*PLANT, "capacity_t_per_a"), "40", ': "40"; a number from 0 to 1e+07 is '),
    "a size of true": ((*PLANT, "capacity_t_per_a"), True, ": true; a number from 0 to 1e+07 is "),
    "endless": ((*PLANT, "capacity_t_per_a"), float("inf"), ": Infinity; a number from 0 to 1e+"),
    "not a number": ((*PLANT, "latitude"), float("nan"), ": NaN; a number from -90 to 90 is "),
    "a huge number": ((*PLANT, "latitude"), 10**400, ": a number of many digits; a number from "),
    "half a year": ((*PLANT, "from_year"), 2030.5, ": 2030.5; a whole number from 1990 to 2100 "),
    "no size for a plant": ((*PLANT, "capacity_t_per_a"), None, ": null; a number from 0 to 1e+07"),
    "a field more": ((*PLANT, "colour"), "red", 'plants 1.colour: "red"; a session has no such '),
    "votes below nothing": ((*PLANT, "votes", "for"), -1, "votes.for: -1; a whole number from 0 "),
    "a change of nobody": ((*CHANGE, "facility_id"), "F9", 'facility_id: "F9"; a facility that '),
    "of one that takes none": ((*CHANGE, "facility_id"), "F3", 'facility_id: "F3"; a facility '),
    "a change of nothing": ((*CHANGE, "to_year"), None, "changes 1: null; a capacity, a first or "),
    "no such mark": ((*MARK, "kind"), "star", 'marks 1.kind: "star"; one of note, site, area is '),
    "a note in two places": ((*MARK, "latitude"), [1, 2], 'marks 1: "2 + 1"; one latitude and '),
    "an area of two corners": ((*MARK, "kind"), "area", 'marks 1: "1 + 1"; three or more corners'),
    "a corner too far": ((*MARK, "latitude"), [91], "marks 1.latitude 1: 91; a number from -90 "),
    "too many corners": ((*MARK, "latitude"), [1] * 1001, ": 1001; a list of at most 1000 is "),
    "too many marks": (("marks",), [{}] * 501, "marks: 501; a list of at most 500 is expected; "),
    "a mark twice": (("marks", 1, "id"), "M1", 'marks 2.id: "M1"; every name once is expected; '),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_said(path: tuple[str | int, ...], value: object, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(put(RAW, path, value))
    assert len(caught.value.problems) == 1
    (line,) = caught.value.problems
    assert message in line
    assert line.startswith("s.json ")
    assert line.count("; ") >= 2
    # A terminal can write it, and does nothing else with it.
    assert all(character.isprintable() for character in line.encode().decode())


@pytest.mark.parametrize("name", list(RAW))
def test_every_field_is_expected(name: str) -> None:
    lacking = {key: value for key, value in RAW.items() if key != name}
    with pytest.raises(DataError) as caught:
        read(lacking)
    assert caught.value.problems == (f"s.json {name}: missing; this field is expected; add it",)


def test_all_is_said_at_once() -> None:
    raw = put(put(put(RAW, ("title",), 7), (*PLANT, "step"), "x"), (*MARK, "text"), None)
    with pytest.raises(DataError) as caught:
        read(raw)
    where = [line.split(": ")[0] for line in caught.value.problems]
    assert where == ["s.json title", "s.json plants 1.step", "s.json marks 1.text"]


def test_an_edition_of_another_day_may_have_lost_a_facility() -> None:
    raw = put(RAW, (*CHANGE, "facility_id"), "F9")
    found = read({**raw, "edition": "other"})
    assert found.gone == ("F9",)
    assert found.changes == ()
    assert found.plants == read(RAW).plants


def text_of(longest: int, *, lines: bool = False) -> st.SearchStrategy[str]:
    """Give text of at most so many of a browser's characters, without what cannot be seen."""
    seen = st.characters(exclude_categories=["Cs", "Cc"])
    letters = st.one_of(seen, st.just("\n")) if lines else seen
    return st.text(letters, max_size=longest // 2)


NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)
SUPPORT = st.builds(
    Support, text_of(80), st.tuples(*[st.integers(min_value=0, max_value=100_000)] * 3)
)
YEAR = st.integers(1990, 2100)
TONNES = st.floats(0, 1e7)
PLANTS = st.builds(
    PutPlant,
    st.builds(
        lambda kind, **more: NewPlant(stream=kind.stream, step=kind.step, **more),
        st.sampled_from(EXPECTED.kinds),
        plant_id=NAMES.filter(lambda name: name not in EXPECTED.facilities),
        capacity_t_per_a=TONNES,
        from_year=YEAR,
        longitude=st.floats(-180, 180),
        latitude=st.floats(-90, 90),
        name=text_of(80),
    ),
    SUPPORT,
)
CHANGES = st.builds(
    PutChange,
    NAMES,
    st.builds(
        Change,
        st.sampled_from(sorted(EXPECTED.taking)),
        st.none() | TONNES,
        st.none() | YEAR,
        st.none() | YEAR,
    ).filter(lambda own: (own.capacity_t_per_a, own.from_year, own.to_year) != (None,) * 3),
    SUPPORT,
)
CORNER = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
MARKS = st.one_of(
    st.builds(
        Mark,
        NAMES,
        st.sampled_from(["note", "site"]),
        text_of(500, lines=True),
        st.tuples(CORNER),
        SUPPORT,
    ),
    st.builds(
        Mark,
        NAMES,
        st.just("area"),
        text_of(500, lines=True),
        st.lists(CORNER, min_size=3, max_size=6).map(tuple),
        SUPPORT,
    ),
)
SESSIONS = st.builds(
    Session,
    region=st.just("world"),
    edition=text_of(80),
    edition_date=st.dates().map(str),
    version=text_of(80),
    title=text_of(120),
    date=st.dates().map(str),
    scenario=st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in EXPECTED.switches.items()}
    ),
    view=st.builds(
        View,
        st.sampled_from(EXPECTED.streams),
        st.sampled_from(["stock", "processed", "capacity_gap"]),
        text_of(80),
        st.sampled_from(EXPECTED.years),
    ),
    plants=st.lists(PLANTS, max_size=3, unique_by=lambda own: own.plant.plant_id).map(tuple),
    changes=st.lists(
        CHANGES,
        max_size=2,
        unique_by=(lambda own: own.change_id, lambda own: own.change.facility_id),
    ).map(tuple),
    marks=st.lists(MARKS, max_size=3, unique_by=lambda own: own.mark_id).map(tuple),
)  # fmt: skip


@given(SESSIONS)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_session_written_is_read_back_equal(session: Session) -> None:
    problems: list[str] = []
    raw = parse(session_text(session).encode(), "s.json", problems)
    assert problems == []
    assert read(raw) == session


def places_in(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[call-overload]
    for key, each in items:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from places_in(each, (*path, key))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(list(places_in(RAW))), ANYTHING)
@settings(max_examples=300)
def test_anything_anywhere_is_read_or_said(path: tuple[str | int, ...], value: object) -> None:
    try:
        found = read(put(RAW, path, value))
    except AtlasError as error:
        assert error.problems  # noqa: PT017 - what it says must be of one form
        for line in error.problems:
            assert line.startswith("s.json ")
            assert line.count("; ") >= 2
            line.encode()
    else:
        # What passes can be written, and says the same again.
        again = json.loads(session_text(found))
        assert read(again) == replace(found, gone=())


@given(st.binary(max_size=6), st.integers(0, 1000), st.integers(0, 30))
@settings(max_examples=200)
def test_a_damaged_file_is_read_or_said(
    tmp_path_factory: pytest.TempPathFactory, put_in: bytes, at: int, cut: int
) -> None:
    content = json.dumps(RAW, ensure_ascii=False).encode()
    spoiled = content[:at] + put_in + content[at + cut :]
    assume(spoiled != content)
    path = tmp_path_factory.getbasetemp() / "spoiled.json"
    path.write_bytes(spoiled)
    try:
        read(open_session(path, "world"))
    except AtlasError as error:
        assert all(line.count("; ") >= 2 for line in error.problems)  # noqa: PT017 - as above


REFUSED = {
    "no JSON": (b"hello", "no JSON (Expecting value"),
    "half of it": (json.dumps(RAW).encode()[:300], "no JSON ("),
    "not UTF-8": (b'{"format": "\xff"}', "no JSON ('utf-8' codec can't decode"),
    "no number": (b'{"format": NaN}', "no JSON (NaN is no number)"),
    "too deep": (b"[" * 100_000, "no JSON (too deeply nested)"),
    "too many digits": (b'{"format": ' + b"9" * 5000 + b"}", "no JSON (Exceeds the limit"),
    "a list": (b"[]", "a list [ … ]; an object { … } is expected"),
    "too large": (b" " * (LARGEST + 1), "more than 2 MB; no session is that large"),
    "another format": (b'{"format": 2}', "format: 2; 1 is expected; use the atlas it was made"),
    "true is no format": (b'{"format": true}', "format: true; 1 is expected"),
    "another program": (b'{"format": 1}', 'program: missing; "urban-mine-atlas" is expected'),
    "another region": (
        json.dumps({**RAW, "region": "utrecht"}).encode(),
        'region: "utrecht"; "world" is expected; name the region that it is of',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_session_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        open_session(path, "world")
    assert message in str(caught.value)
    assert len(caught.value.problems) == 1


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path, Path("a\0b")):
        with pytest.raises(DataError, match="cannot be read"):
            open_session(path, "world")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(RAW).encode())
    assert read(open_session(path, "world")) == read(RAW)


# ---------------------------------------------------------------- working out


@pytest.fixture(scope="module")
def small(written_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """Give the world in which packs of bikes and cars and panels share the 20 t/a of F1."""
    home = world.copy_world(written_world, tmp_path_factory.mktemp("session") / "home")
    return build("world", home=siting_world.add_sites(home))


def session_in(small: Atlas, **more: Any) -> Json:  # noqa: ANN401 - fields of JSON
    view = {"stream": "ebike_battery", "layer": "capacity_gap", "measure": "mass", "year": 2035}
    own = {"region": "world", "edition": small.edition[:10], "scenario": {}, "view": view}
    return {**RAW, **own, "plants": [], "changes": [], **more}


def plant(**more: Any) -> Json:  # noqa: ANN401 - fields of JSON
    longitude, latitude = siting_world.degrees(92_500, 441_100)
    return {
        "id": "P1", "stream": "ebike_battery", "step": "recycling", "capacity_t_per_a": 1e6,
        "from_year": 2030, "latitude": latitude, "longitude": longitude, "name": "Kade",
        **copy.deepcopy(SAID), **more,
    }  # fmt: skip


def solved(small: Atlas, raw: Json) -> Effect:
    return effect_of(small, session_of(raw, expected_in(small), where="s.json"))


def test_a_plant_that_takes_everything_leaves_no_gap(small: Atlas) -> None:
    effect = solved(small, session_in(small, plants=[plant()]))
    rows = effect.gaps[effect.gaps["stream"].isin(["ebike_battery", "ev_battery"])]
    rows = rows[rows["step"] == "recycling"]
    before, later = rows[rows["year"] < 2030], rows[rows["year"] >= 2030]
    assert (before["difference_t"].fillna(0) == 0).all()
    assert (later["today_gap_t"] > 1).any()
    assert later["session_gap_t"].to_numpy() == pytest.approx(0, abs=1e-9)
    assert later["difference_t"].to_numpy() == pytest.approx(-later["today_gap_t"].to_numpy())
    # And what F1 has left over is for panels: they never get less.
    panels = effect.gaps[effect.gaps["stream"] == "solar_panel"]
    assert (panels["difference_t"].fillna(0) <= 1e-9).all()
    # What it takes is what is collected, less what stays nearer to F1; all of ours and theirs.
    use = effect.use.set_index("year")
    assert use.loc[2025, ["taken_t", "ours_t", "can_t"]].tolist() == [0, 0, 0]
    assert use.loc[2035, "can_t"] == pytest.approx(1e6)
    assert 0 < use.loc[2035, "ours_t"] < use.loc[2035, "taken_t"]


def test_a_plant_that_closes_leaves_all_of_it(small: Atlas) -> None:
    change = {**RAW["changes"][0], "facility_id": "F1", "to_year": 2029}
    effect = solved(small, session_in(small, changes=[change]))
    # F2 takes packs too but nobody knows how much: it counts for nothing.
    rows = effect.gaps[(effect.gaps["step"] == "recycling") & (effect.gaps["year"] >= 2030)]
    rows = rows[rows["stream"].isin(["ebike_battery", "ev_battery", "solar_panel"])]
    assert len(rows) > 100
    assert rows["session_gap_t"].to_numpy() == pytest.approx(rows["collected_t"].to_numpy())
    use = effect.use.set_index("year")
    assert use.loc[2025, "can_t"] == pytest.approx(20)
    assert use.loc[2025, "taken_t"] == pytest.approx(20)
    assert use.loc[[2030, 2035, 2040, 2050], ["taken_t", "can_t"]].to_numpy().max() == 0
    plants = layers(effect)["plants"]
    assert plants[["plant_id", "what", "to_year"]].to_numpy().tolist() == [["F1", "changed", 2029]]


def test_the_scenario_of_the_session_holds_for_both(small: Atlas) -> None:
    plain = solved(small, session_in(small))
    alone = solved(small, session_in(small, scenario={"demand": "province_alone"}))
    assert (plain.gaps["difference_t"].fillna(0) == 0).all()
    assert plain.use.empty
    default = small.gaps[small.gaps["scenario_id"] == "default"]
    keys = ["zone_id", "stream", "step", "year"]
    for effect, name in ((plain, "default"), (alone, "demand-province_alone")):
        table = small.gaps[small.gaps["scenario_id"] == name].astype({"zone_id": str})
        joined = effect.gaps.merge(table, on=keys, validate="one_to_one")
        assert len(joined) == len(effect.gaps) == len(default)
        assert joined["today_gap_t"].to_numpy() == pytest.approx(
            joined["capacity_gap_t"].to_numpy(), nan_ok=True
        )


# ---------------------------------------------------------------- the command


@pytest.fixture
def command(small: Atlas, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Give the command in an empty folder, with the world built."""
    monkeypatch.setattr("atlas.cli.build_atlas", lambda _region, **_options: small)
    monkeypatch.chdir(tmp_path)

    def run(raw: Json | bytes, *words: str) -> Result:
        path = tmp_path / "Sessie Haven.json"
        path.write_bytes(raw if isinstance(raw, bytes) else json.dumps(raw).encode())
        result = CliRunner().invoke(main, ["what-if", "world", str(path), *words])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        return result

    return run


def whole(small: Atlas) -> Json:
    """Give a session with everything in it."""
    change = {**RAW["changes"][0], "facility_id": "F1", "to_year": 2040}
    longitude, latitude = siting_world.degrees(91_500, 441_500)
    place = {"latitude": [latitude], "longitude": [longitude]}
    east, north = longitude + 0.01, latitude + 0.01
    # Its lines cross: what it encloses are two triangles.
    ring = {"latitude": [latitude, north, latitude, north],
            "longitude": [longitude, east, east, longitude]}  # fmt: skip
    marks = [
        {**RAW["marks"][0], **place, "text": HOSTILE, "by": HOSTILE[:80]},
        {**RAW["marks"][0], **place, "id": "M2", "kind": "site"},
        {**RAW["marks"][1], **ring, "id": "M3"},
        {**RAW["marks"][1], "latitude": [52.0] * 3, "longitude": [4.2] * 3, "id": "M4"},
    ]
    name = {"name": HOSTILE[:80]}
    return session_in(
        small, title=HOSTILE[:80], plants=[plant(**name)], changes=[change], marks=marks
    )


def test_layers_and_report_are_put_beside_the_edition(
    command: Command,
    small: Atlas,
    tmp_path: Path,
) -> None:
    for name in ("layers/built/world.gpkg", "layers/built/world/provenance.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("of the edition", encoding="utf-8")
    result = command(whole(small))
    assert result.exit_code == 0, result.output
    stem = "world-what-if-sessie-haven"
    assert result.output.split() == [f"layers/built/{stem}.gpkg", f"maps/built/{stem}.html"]
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert files == {
        "Sessie Haven.json", "layers/built/world.gpkg", "layers/built/world/provenance.json",
        f"layers/built/{stem}.gpkg", f"maps/built/{stem}.html",
    }  # fmt: skip
    assert (tmp_path / "layers/built/world.gpkg").read_text(encoding="utf-8") == "of the edition"


def test_the_geopackage_has_what_was_proposed_and_what_it_does(
    command: Command,
    small: Atlas,
    tmp_path: Path,
) -> None:
    assert command(whole(small), "--name", "x").exit_code == 0
    path = tmp_path / "layers" / "built" / "world-what-if-x.gpkg"
    names = dict(pyogrio.list_layers(path).tolist())
    assert names == {
        "plants": "Point", "marks_points": "Point", "marks_areas": "MultiPolygon",
        "zones": "MultiPolygon", "flows": "LineString", "gaps": None, "tonne_km": None,
        "proposals": None, "session": None,
    }  # fmt: skip
    found = {name: pyogrio.read_dataframe(path, layer=name) for name in names}
    plants = found["plants"].set_index("plant_id")
    assert plants["what"].to_dict() == {"P1": "new", "F1": "changed"}
    assert plants["zone_id"]["P1"] == "GM0006.kade"
    assert plants["votes_for"].tolist() == [3, 3]
    assert plants["capacity_t_per_a"].tolist() == [1e6, 20]
    assert found["marks_points"]["text"].tolist() == [HOSTILE, "Hier\nligt iets"]
    areas = found["marks_areas"]
    assert areas["mark_id"].tolist() == ["M3", "M4"]
    assert len(areas.geometry[0].geoms) == 2
    assert areas.geometry[1] is None
    assert isinstance(areas, gpd.GeoDataFrame)
    assert {str(own.crs) for own in found.values() if isinstance(own, gpd.GeoDataFrame)} == {
        "EPSG:28992"
    }
    zones = found["zones"]
    packs = zones[zones["stream"] == "ebike_battery"].set_index("zone_id")
    assert len(packs) == len(small.zones)
    gaps = found["gaps"]
    own = gaps[(gaps["stream"] == "ebike_battery") & (gaps["step"] == "recycling")]
    for year in REFERENCE_YEARS:
        rows = own[own["year"] == year].set_index("zone_id").loc[packs.index]
        for side in ("today_gap_t", "session_gap_t", "difference_t"):
            assert packs[f"{side}_{year}"].to_numpy() == pytest.approx(
                rows[side].to_numpy(), nan_ok=True
            )
    assert found["proposals"]["proposal_id"].tolist() == ["P1", "C1", "M1", "M2", "M3", "M4"]
    assert found["proposals"]["votes_against"].tolist() == [1] * 6
    assert set(found["flows"]["scenario_id"]) == {"today", "session"}
    assert found["session"]["made_with_edition"].tolist() == [small.edition[:10]]
    flows = found["flows"]
    ours = flows[(flows["zone_id"] != "outside") & (flows["scenario_id"] == "session")]
    km = found["tonne_km"]
    assert km["session_tonne_km"].sum() == pytest.approx(
        (ours["tonnes"] * ours["distance_km"]).sum()
    )
    # Something travels less far to a plant in the port.
    assert (km["difference_tonne_km"].abs() > 1e-3).any()


def test_the_same_session_gives_the_same_bytes(
    command: Command,
    small: Atlas,
    tmp_path: Path,
) -> None:
    for name in ("one", "two"):
        assert command(whole(small), "--out", name).exit_code == 0
    for tree in ("layers", "maps"):
        (one,), (two,) = (list((tmp_path / name / tree).iterdir()) for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_a_session_without_anything_has_all_layers_too(
    command: Command,
    small: Atlas,
    tmp_path: Path,
) -> None:
    assert command(session_in(small, marks=[]), "--name", "x").exit_code == 0
    path = tmp_path / "layers" / "built" / "world-what-if-x.gpkg"
    names = dict(pyogrio.list_layers(path).tolist())
    assert [names[name] for name in ("plants", "marks_points", "marks_areas")] == [
        "Point", "Point", "MultiPolygon",
    ]  # fmt: skip
    empty = [name for name in names if not len(pyogrio.read_dataframe(path, layer=name))]
    assert empty == ["plants", "marks_points", "marks_areas", "proposals"]
    assert "verandert geen gat" in (tmp_path / "maps/built/world-what-if-x.html").read_text("utf-8")


def test_what_is_wrong_is_said_in_lines_and_nothing_is_written(
    command: Command,
    small: Atlas,
    tmp_path: Path,
) -> None:
    raw = put(put(whole(small), ("title",), "a\x1b[31m\ud800"), (*PLANT, "stream"), "gold")
    for content, lines in ((raw, 2), (b"[" * 100_000, 1), ({**raw, "region": "x"}, 1)):
        result = command(content)
        assert result.exit_code == 1
        assert len(result.output.splitlines()) == lines
        assert result.output.startswith("Sessie Haven.json")
        assert "\x1b" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["Sessie Haven.json"]


def test_a_name_must_leave_something_for_the_files(command: Command, small: Atlas) -> None:
    assert command(whole(small), "--name", "…/..").exit_code == 2
    result = command(whole(small), "--name", "../Côté: 2")
    assert result.output.split()[1] == "maps/built/world-what-if-cote-2.html"


# ---------------------------------------------------------------- the report


class Seen(HTMLParser):
    """The elements of a page, and its text by language."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {"nl": [], "en": []}
        self.lang: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "article":
            self.lang = dict(attrs)["lang"]

    def handle_data(self, data: str) -> None:
        if self.lang:
            self.texts[self.lang].append(data)


def seen(page: str) -> Seen:
    found = Seen()
    found.feed(page)
    return found


def test_no_text_of_a_session_becomes_markup(small: Atlas) -> None:
    found = seen(report(solved(small, whole(small))))
    assert not {"script", "img", "link", "iframe", "object", "style"} & set(
        found.tags[found.tags.index("body") :]
    )
    assert not [key for key, _ in found.attributes if key.startswith("on")]
    # It asks for nothing: what it refers to stands in it.
    assert {value[:1] for key, value in found.attributes if key == "href" and value} == {"#"}
    assert not [key for key, _ in found.attributes if key in ("src", "srcset", "action")]
    for texts in found.texts.values():
        assert HOSTILE in texts
        assert HOSTILE[:80] in texts


def test_the_report_says_it_in_both_languages(small: Atlas) -> None:
    raw = whole(small)
    raw = put(put(raw, ("edition",), "fedcba9876"), (*CHANGE, "facility_id"), "F9")
    texts = {lang: " ".join(own) for lang, own in seen(report(solved(small, raw))).texts.items()}
    for lang, words in (
        ("nl", ("31 januari 2026", "fedcba9876", "de wijziging van F9", "geen vergunningtoets",
                "betrouwbaarheid D", "1.000.000", "vanaf 2030", "Fatima", "gat met sessie",
                "het gat van de provincie wordt", "Bereik: Europa")),
        ("en", ("31 January 2026", "fedcba9876", "the change of F9", "not a permit test",
                "grade D", "1,000,000", "from 2030", "Fatima", "gap with session",
                "the gap of the province becomes", "Reach: Europe")),
    ):  # fmt: skip
        for word in words:
            assert word in texts[lang], word
    same = seen(report(solved(small, whole(small)))).texts["nl"]
    assert "andere editie" not in " ".join(same)


def test_the_report_has_the_numbers_of_the_layers(small: Atlas) -> None:
    change = {**RAW["changes"][0], "facility_id": "F1", "to_year": 2029}
    effect = solved(small, session_in(small, changes=[change]))
    rows = effect.gaps[(effect.gaps["year"] == 2040) & (effect.gaps["zone_id"] != "outside")]
    gap = rows.groupby(["stream", "step"])["session_gap_t"].sum()["solar_panel", "recycling"]
    assert gap > 1
    texts = seen(report(effect)).texts
    told = f"{gap:,.1f}"
    assert any(told in text for text in texts["en"])
    assert any(told.translate(str.maketrans(",.", ".,")) in text for text in texts["nl"])


def test_classes_of_a_difference_are_even_and_never_empty_at_the_top() -> None:
    assert edges(0.0) == []
    assert edges(float("nan")) == []
    assert edges(36.9) == [2.0, 5.0, 10.0]
    own = edges(36.9)
    values = [-36.9, -7, -3, -1, 0, 1, 3, 7, 36.9]
    assert [class_of(value, own) for value in values] == [0, 1, 2, 3, 3, 3, 4, 5, 6]


# ---------------------------------------------------------------- page and command

# What the page works out of a state: gaps of all zones by stream and year, and tonne-kilometres.
PAGE = """
async ({ made, years }) => {
  const { prepare } = await import("atlas/view");
  const { firstState } = await import("atlas/state");
  const { flowsIn } = await import("atlas/cases");
  const { amounts } = await import("atlas/series");
  const { readSession, sessionText } = await import("atlas/session_file");
  const atlas = prepare(JSON.parse(document.querySelector("#atlas-document").textContent));
  const state = { ...firstState(atlas), basis: "register", ...made };
  const text = sessionText(atlas, state, "2026-01-31");
  const zoneOf = (point) => made.put.find((plant) => String(plant.point) === String(point)).zone;
  const read = readSession(atlas, text, zoneOf);
  const [gaps, km] = [{}, {}];
  for (const { id, model } of atlas.streams) {
    if (!model?.processed) continue;
    for (const year of years) {
      const now = { ...state, stream: id, layer: "capacity_gap", measure: "mass", year };
      const found = amounts(atlas, now);
      gaps[`${id} ${year}`] = [...found.values, found.unallocated];
      for (const [step] of atlas.access.chain[id]) {
        km[`${id} ${step} ${year}`] = flowsIn(atlas, now, id, step, atlas.years.indexOf(year))
          .filter((flow) => !flow.outside)
          .reduce((total, { tonnes, km }) => total + tonnes * km, 0);
      }
    }
  }
  return { text, gaps, km, problems: read.problems, read: read.session, state };
}
"""
SUPPORTED = {"by": "Fatima", "votes": {"for": 2, "against": 1, "unsure": 0}}
PUT = [
    {"id": "P1", "stream": "ev_battery", "step": "recycling", "name": "Kade", "capacity": 10000,
     "from": 2030, "point": [51.95, 4.1], "zone": "GM0599.europoort", **SUPPORTED},
    {"id": "P2", "stream": "solar_panel", "step": "recycling", "name": "", "capacity": 3000.5,
     "from": 2034, "point": [51.82, 4.67], "zone": "GM0505", **SUPPORTED},
]  # fmt: skip
CHANGED = [
    {"id": "C1", "facility": "F001", "capacity": None, "from": None, "to": 2036, **SUPPORTED},
    {"id": "C2", "facility": "F034", "capacity": 1234.5, "from": 2028, "to": None, **SUPPORTED},
]
MADE = [
    {"put": PUT, "changes": CHANGED},
    {"put": PUT[:1], "changes": [], "reach": "netherlands", "lifetime": "early",
     "unknown_capacity": "median"},
    {"put": PUT, "changes": CHANGED[:1], "basis": "report", "demand": "ours_first",
     "planned": "yes"},
    {"put": PUT[1:], "changes": CHANGED, "reach": "province_only", "demand": "province_alone",
     "collection": "targets", "foreign_share": "1"},
]  # fmt: skip


@pytest.fixture
def page(built: Path, browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    opened.goto((built / "maps" / "zuid-holland.html").as_uri())
    opened.wait_for_selector("#sentence:not(:empty)", state="attached")
    yield opened
    opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("made", MADE, ids=["default", "reach", "report", "alone"])
def test_page_and_command_agree(
    page: Page, region: Atlas, made: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = {"id": "M1", "kind": "note", "text": "Kijk\nhier", "by": "", "points": [[52.0, 4.4]],
            "votes": {"for": 0, "against": 0, "unsure": 1}}  # fmt: skip
    state = {"marks": [mark], "title": "Beide", **made}
    found = page.evaluate(PAGE, {"made": state, "years": [*REFERENCE_YEARS]})
    # What the page saves it reads back as it was.
    assert found["problems"] == []
    assert found["read"] == {key: found["state"][key] for key in found["read"]}
    assert {"put", "changes", "marks", "title", "reach", "basis", "stream"} <= set(found["read"])
    path = tmp_path / "beide.json"
    path.write_text(found["text"], encoding="utf-8")
    monkeypatch.setattr("atlas.cli.build_atlas", lambda _region, **_options: region)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["what-if", "zuid-holland", str(path), "--out", "out"])
    assert result.exit_code == 0, result.output
    layer = tmp_path / "out" / "layers" / "zuid-holland-what-if-beide.gpkg"
    gaps = pyogrio.read_dataframe(layer, layer="gaps").set_index(["stream", "step", "year"])
    order = [*region.zones["zone_id"], "unallocated"]
    steps = region.balance.access.gap_steps
    assert {key.split()[0] for key in found["gaps"]} == set(steps)
    for key, values in found["gaps"].items():
        stream, year = key.split()
        own = gaps.loc[(stream, steps[stream], int(year))].set_index("zone_id").loc[order]
        told = np.array([np.nan if value is None else value for value in values], dtype=float)
        np.testing.assert_allclose(told, own["session_gap_t"], 0, 1e-6, err_msg=key)
    assert gaps["difference_t"].abs().max() > 1
    km = pyogrio.read_dataframe(layer, layer="tonne_km").set_index(["stream", "step", "year"])
    assert len(km) == len(found["km"])
    # Streams from one place that share a plant can change places there at no cost: what each has
    # of the kilometres is a matter of chance, what they have together is not.
    told = pd.Series(found["km"])
    told.index = pd.MultiIndex.from_tuples([(*key.split()[1:],) for key in told.index])
    together = km["session_tonne_km"].groupby(["step", "year"]).sum()
    for (step, year), own in together.items():
        assert told[step, str(year)].sum() == pytest.approx(own, rel=1e-9, abs=1e-6), (step, year)
    total = told.sum()
    assert total == pytest.approx(km["session_tonne_km"].sum(), rel=1e-9)
    assert total > 1000


VALUES = [
    *(None, True, -1, 0, 1.5, 2030, 2030.0, 1e308, "", "x", "P1", "F001", "F034", "2026-01-31"),
    *([], {}, [1], [1, 2, 3], "a\nb", "a\x07", "x" * 81, "x" * 501, "🏭" * 41, {"for": 1}),
]
BOTH = """
async (texts) => {
  const { prepare } = await import("atlas/view");
  const { readSession } = await import("atlas/session_file");
  const atlas = prepare(JSON.parse(document.querySelector("#atlas-document").textContent));
  const where = (text) => readSession(atlas, text, () => null).problems.map((each) => each.where);
  return texts.map(where);
}
"""


@pytest.mark.browser
def test_page_and_command_refuse_the_same_for_the_same_reasons(page: Page, region: Atlas) -> None:
    expected = expected_in(region)
    state = {"marks": [], "title": "Beide", **MADE[0]}
    found = page.evaluate(PAGE, {"made": state, "years": []})
    whole_one = {**json.loads(found["text"]), "marks": RAW["marks"]}
    spoiled = [put(whole_one, path, value) for path in places_in(whole_one) for value in VALUES]
    spoiled += [put(whole_one, (*path, "more"), 1) for path in ((), PLANT, CHANGE, MARK)]
    told = page.evaluate(BOTH, [json.dumps(each) for each in spoiled])
    refused = 0
    for each, theirs in zip(spoiled, told, strict=True):
        ours: list[str] = []
        try:
            content = json.dumps(each).encode()
            raw: Any = parse(content, "s.json", ours)
            head = ("format", "program", "region")
            strange = [key for key in head if json.dumps(raw[key]) != json.dumps(whole_one[key])]
            if strange:
                ours = strange[:1]
            else:
                session_of(raw, expected, where="s.json")
        except DataError as error:
            ours = [line.split(": ")[0].removeprefix("s.json ") for line in error.problems]
        assert sorted(set(ours)) == sorted(set(theirs)), content.decode()
        refused += bool(ours)
    assert len(spoiled) > 1000
    assert len(spoiled) / 2 < refused < len(spoiled)
