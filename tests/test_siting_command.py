"""The command `atlas siting`, what a map may ask of sites, and journeys of one's own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import siting_world
import world
from click.testing import CliRunner

from atlas.catalog import load
from atlas.cli import main
from atlas.definitions import Siting
from atlas.errors import DefinitionError
from atlas.pipeline import build
from atlas.question import propose_in
from atlas.rules import SITE_NUMBERS, SITE_WORDS
from atlas.sites import ATTRIBUTES
from atlas.siting_question import MERITS

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from atlas.pipeline import Atlas

MAP = "maps/explore.toml"
ROW = (
    "rank", "class", "chosen", "size_t_per_a", "gained_t_per_a", "ours_t_per_a", "served_zones",
    "utilisation", "mean_km", "robustness", "regret_t", "lost_in",
)  # fmt: skip
NEAR = siting_world.degrees(91_500, 442_500)


@pytest.fixture(scope="module")
def sited(written_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the world with its sites; to be read only."""
    home = world.copy_world(written_world, tmp_path_factory.mktemp("sited") / "home")
    return siting_world.add_sites(home)


@pytest.fixture(scope="module")
def small(sited: Path) -> Atlas:
    return build("world", home=sited)


@pytest.fixture
def own(sited: Path, tmp_path: Path) -> Path:
    """Give a copy of that world to spoil."""
    return world.copy_world(sited, tmp_path / "home")


@pytest.fixture
def ask(small: Atlas, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function
    """Give the command, which finds the world built; what it says wrong is said in lines."""
    monkeypatch.setattr("atlas.cli.build_atlas", lambda _region, **_options: small)

    def command(*words: str) -> Result:
        result = CliRunner().invoke(main, ["siting", "world", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        return result

    return command


# ---------------------------------------------------------------- what a map may ask

WRONG = {
    "a stream that is none": (
        'streams = ["ebike_battery"]',
        'streams = ["ebike_batery"]',
        'streams: no such stream "ebike_batery"; one of ',
    ),
    "no stream": ('streams = ["ebike_battery"]', "streams = []", "streams: none; one at least; "),
    "no plant": ("p = 2", "p = 0", "p: 0 new plants; 1 or more; "),
    "too late to open": ("opens = 2030", "opens = 2047", "(the fifth after opening is 2051); "),
    "open before all": ("opens = 2030", "opens = 2024", "years 2024 to 2040 (the fifth after "),
    "a year too late": ("years = [2035, 2040]", "years = [2051]", "years 2030 to 2051 (the fifth "),
    "a year too early": ("years = [2035, 2040]", "years = [2024, 2040]", "years 2024 to 2040 ("),
    "no year": ("years = [2035, 2040]", "years = []", "years: none; one at least; "),
    "a size of nothing": ("p = 2", "p = 2\nsizes = [40, 0]", "sizes: 0 t/a; a number above 0; "),
    "a size below": ("p = 2", "p = 2\nsizes = [-40]", "sizes: -40 t/a; a number above 0; "),
    "a word of safety": ("p = 2", 'p = 2\nexternal_safety = ["ok", "fine"]', 'external_safety: "'),
    "a word of the grid": ("p = 2", 'p = 2\ngrid = ["full"]', 'grid: "full"; one of '),
    "a word of the quay": ("p = 2", 'p = 2\nquay = ["sea"]', 'quay: "sea"; one of '),
    "a word of plans": ("p = 2", 'p = 2\ntransformation = ["no"]', 'transformation: "no"; '),
    "an attribute": ("p = 2", 'p = 2\nunknown_fails = ["rail"]', 'attribute "rail"; one of '),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), WRONG.values(), ids=list(WRONG))
def test_what_a_map_asks_of_sites_must_have_an_answer(
    own: Path, old: str, new: str, message: str
) -> None:
    world.change(own, MAP, old, new)
    with pytest.raises(DefinitionError) as error:
        load(own)
    (line,) = error.value.problems
    assert line.startswith(f"{MAP} [siting][0]")
    assert message in line
    assert line.count("; ") == 2


def test_all_that_is_wrong_in_a_map_stands_together_by_its_question(own: Path) -> None:
    world.change(own, MAP, "opens = 2030", 'opens = 2050\ngrid = ["x"]\nsizes = [0]')
    path = own / MAP
    more = '\n[[siting]]\nstreams = ["nonsuch", "nothing"]\np = -1\nopens = 2030\nyears = [2030]\n'
    world.write(path, path.read_text(encoding="utf-8") + more)
    with pytest.raises(DefinitionError) as error:
        load(own)
    numbers = [line.split("[siting]")[1][:3] for line in error.value.problems]
    assert numbers == ["[0]"] * 3 + ["[1]"] * 3


def test_a_question_knows_the_words_of_the_filters() -> None:
    assert {*SITE_WORDS, *SITE_NUMBERS} == set(ATTRIBUTES)
    for name, words in SITE_WORDS.items():
        assert set(words) == set(MERITS[name])


def test_a_map_may_ask_up_to_the_edge(own: Path) -> None:
    world.change(own, MAP, "opens = 2030", 'opens = 2046\nquay = ["none"]\nsizes = [0.5]')
    world.change(own, MAP, "years = [2035, 2040]", 'years = [2025, 2050]\nunknown_fails = ["quay"]')
    (siting,) = load(own).maps["explore"].siting
    assert (siting.opens, siting.years, siting.sizes) == (2046, (2025, 2050), (0.5,))


# ---------------------------------------------------------------- the answer


def test_the_command_builds_and_answers_in_words(
    sited: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sited)
    words = ["siting", "world", "ebike_battery", "--p", "2", "--years", "2040,2035"]
    result = CliRunner().invoke(main, [*words, "--size", "45", "--size", "70"])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == (
        "ebike_battery: at most 2 new for recycling of whole, open from 2030, over 2035, 2040, "
        "reach europe"
    )
    # 45 and 70 t take all packs of 100.3 t, F1 20 of the 23 t of panels of 2040: 110.3 t a year.
    # Twice 45 t would leave more than half a per cent.
    assert lines[1].startswith("taken: ebike_battery, ev_battery; ")
    assert lines[1].endswith("20 t/a of all that shares them, with the plan 110 t/a")
    assert lines[2].startswith("plan: Kade (A1), Vak (A2); 115 t/a of whole product, ")
    assert lines[3].split()[:4] == ["rank", "class", "site", "t/a"]
    table = [line.split() for line in lines[4:8]]
    assert [row[:3] for row in table] == [
        ["1", "1", "*Kade"],
        ["2", "1", "Buiten"],
        ["3", "1", "Perceel"],
        ["4", "1", "*Vak"],
    ]
    assert {row[3] for row in table} <= {"45", "70"}
    assert {row[3] for row in table if row[2].startswith("*")} == {"45", "70"}
    assert lines[8] == "most sites lose: demand-province_alone"
    assert lines[9].startswith("runner-up: ")
    assert "; to win its journeys would have to be " in lines[9]
    assert lines[10:] == [
        "left out:",
        "  Vol (A4): hectares_available is 0, more than 0 is asked for",
    ]


def test_json_is_what_the_frames_hold(ask: Any, small: Atlas) -> None:  # noqa: ANN401
    result = ask("ebike_battery", "--p", "2", "--years", "2035,2040", "--json", "--grid", "ok")
    assert result.exit_code == 0
    document = json.loads(result.output, parse_constant=pytest.fail)
    siting = Siting(("ebike_battery",), 2, 2030, (2035, 2040), grid=("ok",))
    candidates, (found,) = propose_in(small, siting)
    assert document["sites"] == list(candidates["site_id"])
    (said,) = document["proposals"]
    ids = document["sites"]
    assert said["streams"] == ["ebike_battery", "ev_battery"]
    assert (said["p"], said["opens"], said["years"], said["reach"]) == (
        2, 2030, [2035, 2040], "europe",
    )  # fmt: skip
    assert said["scenarios"] == len(found.scenarios)
    assert [ids[site] for site in said["chosen"]] == [
        found.site_ids[site] for site, _ in found.plan.chosen
    ]
    assert said["reason"] is None
    years = len(said["years"])
    assert said["tonne_km_per_a"] == pytest.approx(found.plan.tonne_km / years, rel=1e-5)
    by_year = [gained for _, gained in said["gained_by_year"]]
    more = found.after_t_per_a - found.before_t_per_a
    assert sum(by_year) / years == pytest.approx(more, rel=1e-5)
    assert said["after_t_per_a"] == pytest.approx(found.after_t_per_a, rel=1e-5)
    assert found.other is not None
    assert said["other"]["objective"] == found.other.objective
    per = years if found.other.objective in ("processed_t", "tonne_km") else 1
    assert said["other"]["change"] == pytest.approx(found.other.change / per, rel=1e-5)
    assert len(said["rows"]) == len(found.sites)
    for row, known in zip(said["rows"], found.sites.to_dict("records"), strict=True):
        assert ids[row[0]] == known["site_id"]
        for name, value in zip(ROW, row[1:], strict=True):
            if value is None:
                assert pd.isna(known[name]), name
            elif isinstance(value, float):
                assert value == pytest.approx(known[name], rel=1e-5), name
            else:
                assert value == known[name], name
    assert [
        [ids[site], why] for site, why in said["left_out"]
    ] == found.left_out.to_numpy().tolist()


def test_the_same_command_says_the_same(ask: Any) -> None:  # noqa: ANN401
    words = ("ebike_battery", "--p", "2", "--json")
    assert ask(*words).output == ask(*words).output


def test_every_option_reaches_the_question(ask: Any) -> None:  # noqa: ANN401
    def left_out(*words: str) -> set[str]:
        said = json.loads(ask("ebike_battery", *words, "--json").output)
        return {said["sites"][site] for site, _ in said["proposals"][0]["left_out"]}

    assert left_out() == {"A4"}
    assert left_out("--category", "5") == {"A2", "A4"}
    assert left_out("--safety", "ok, limited") == {"A4", "A5"}
    assert left_out("--grid", "ok") == {"A2", "A4"}
    assert left_out("--quay", "deep_sea,inland") == {"A2", "A4"}
    assert left_out("--transformation", "none") == {"A2", "A4", "A5"}
    assert left_out("--nitrogen", "2") == {"A2", "A4"}
    assert left_out("--nitrogen", "2", "--unknown-fails", "nitrogen_km") == {"A2", "A3", "A4"}
    assert left_out("--overrule-available") == set()


def test_a_site_that_no_plan_holds_is_told(ask: Any) -> None:  # noqa: ANN401
    lines = ask("ebike_battery", "--reach", "province_only").output.splitlines()
    assert not any(line.split()[2:3] == ["Buiten"] for line in lines)
    assert "  Buiten (A5): no size fits there, or none can be filled enough" in lines


def test_nothing_to_build_is_an_answer_with_a_reason(ask: Any) -> None:  # noqa: ANN401
    result = ask("ebike_battery", "--size", "390")
    assert result.exit_code == 0
    assert "nothing is worth building: siting: viable: 100 t within reach of" in result.output
    said = json.loads(ask("ebike_battery", "--size", "390", "--json").output)["proposals"][0]
    assert said["chosen"] == []
    assert said["other"] is None
    assert "60% of a size" in said["reason"]
    assert [row[1] for row in said["rows"]] == [None] * 4


# ---------------------------------------------------------------- sites of one's own

OWN = {
    "own.csv": f"name,longitude,latitude,quay,hectares\nEigen,{NEAR[0]},{NEAR[1]},deep_sea,3\n",
    "semicolons.csv": "name;x;y;quay;hectares\nEigen;91500,0;442500,0;deep_sea;3,5\n",
    "own.geojson": siting_world.as_geojson({"Eigen": NEAR}),
}


@pytest.mark.parametrize("name", list(OWN))
def test_own_sites_are_ranked_together_with_ours(
    ask: Any,  # noqa: ANN401
    tmp_path: Path,
    name: str,
) -> None:
    path = tmp_path / name
    path.write_text(OWN[name], encoding="utf-8")
    result = ask("ebike_battery", "--years", "2035,2040", "--sites", str(path), "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.output)
    assert said["sites"] == ["A1", "A2", "A3", "A4", "A5", "Eigen"]
    rows = {said["sites"][row[0]]: row for row in said["proposals"][0]["rows"]}
    assert set(rows) == {"A1", "A2", "A3", "A5", "Eigen"}
    assert sorted(row[1] for row in rows.values()) == [1, 2, 3, 4, 5]
    # It processes as much as ours do.
    assert rows["Eigen"][ROW.index("gained_t_per_a") + 1] == 80.0
    words = ask("ebike_battery", "--sites", str(path)).output
    assert "Eigen" in words


def test_an_own_site_with_the_id_of_ours_takes_its_place(
    ask: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        f"site_id,name,longitude,latitude\nA4,Weer vrij,{NEAR[0]},{NEAR[1]}\n", encoding="utf-8"
    )
    output = ask("ebike_battery", "--sites", str(path)).output
    assert "Weer vrij" in output
    assert "left out" not in output


# ---------------------------------------------------------------- what is wrong

QUESTIONS = {
    "unknown stream": (["ebike_batery"], ['stream: "ebike_batery"; one of wind_turbine, ']),
    "a stream without tonnes": (["medical"], ['stream: "medical"; one of wind_turbine, ']),
    "more plants than sites": (
        ["ebike_battery", "--p", "5"],
        ["siting: p: 5 new plants; 1 to 4: 4 sites are left of 4; "],
    ),
    "no plant": (["ebike_battery", "--p", "0"], ["siting ebike_battery p: 0 new plants; 1 or mo"]),
    "no size stated": (
        ["solar_panel"],
        ["siting solar_panel: no size stated for recycling of whole; one at least; name sizes of"],
    ),
    "a size of nothing": (["ebike_battery", "--size", "0"], ["siting ebike_battery sizes: 0 t/a;"]),
    "a size below": (["ebike_battery", "--size", "-5"], ["siting ebike_battery sizes: -5 t/a; "]),
    "no size at all": (["ebike_battery", "--size", "inf"], ["siting ebike_battery sizes: inf t/a"]),
    "a category that is none": (
        ["ebike_battery", "--category", "nan"],
        ["siting ebike_battery category: nan; a number; "],
    ),
    "a year too late": (
        ["ebike_battery", "--years", "2051"],
        ["siting ebike_battery: years 2030 to 2051 (the fifth after opening is 2034); years from"],
    ),
    "a year too early": (
        ["ebike_battery", "--years", "2024"],
        ["siting ebike_battery: years 2024 to 2034 (the fifth "],
    ),
    "too late to open": (
        ["ebike_battery", "--opens", "2047"],
        ["siting ebike_battery: years 2035 to 2051 (the fifth after opening is 2051); "],
    ),
    "words": (
        ["ebike_battery", "--safety", "fine", "--unknown-fails", "rail", "--p", "0"],
        [
            "siting ebike_battery p: 0 new plants; ",
            'siting ebike_battery: attribute "rail"; one of external_safety, ',
            'siting ebike_battery external_safety: "fine"; one of ',
        ],
    ),
}


@pytest.mark.parametrize(("words", "starts"), QUESTIONS.values(), ids=list(QUESTIONS))
def test_a_question_without_an_answer_says_why(
    ask: Any,  # noqa: ANN401
    words: list[str],
    starts: list[str],
) -> None:
    result = ask(*words)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert [line[: len(start)] for line, start in zip(lines, starts, strict=True)] == starts
    assert all(line.count("; ") >= 2 for line in lines)


def test_when_no_site_passes_it_says_how_many_each_attribute_keeps_out(
    ask: Any,  # noqa: ANN401
) -> None:
    result = ask(
        "ebike_battery", "--quay", "deep_sea", "--nitrogen", "5", "--unknown-fails", "quay"
    )
    assert result.exit_code == 1
    assert result.output == (
        "siting filters: none of 5 sites passes (quay keeps out 4, nitrogen_km keeps out 3, "
        "hectares_available keeps out 1); one at least; relax quay first\n"
    )


def test_a_list_that_is_none_is_wrong_usage(ask: Any) -> None:  # noqa: ANN401
    for years in ("soon", "", "2035;2040"):
        assert ask("ebike_battery", "--years", years).exit_code == 2
    assert ask("ebike_battery", "--reach", "moon").exit_code == 2
    assert ask("ebike_battery", "--sites", "nowhere.csv").exit_code == 2


FILES = {
    "a text for a number": (
        f"name,longitude,latitude,hectares\nX,{NEAR[0]},{NEAR[1]},ca. 10.000\n",
        "own.csv column \"hectares\": 'ca. 10.000' in line 2; a number is expected; ",
    ),
    "less than nothing": (
        f"name,longitude,latitude,hectares\nX,{NEAR[0]},{NEAR[1]},-3\n",
        'own.csv column "hectares": -3 in line 2; zero or more is expected; ',
    ),
    "the middle of Germany": (
        "name,longitude,latitude\nKassel,9.5,51.3\n",
        "site Kassel: 331 km from the nearest place that brings anything; within 150 km: ",
    ),
    "at sea": (
        "name,longitude,latitude\nDogger,-1,55.5\n",
        "site Dogger: 672 km from the nearest place that brings anything; within 150 km: ",
    ),
    "an unknown column": (
        f"name,longitude,latitude,hektares\nX,{NEAR[0]},{NEAR[1]},3\n",
        'own.csv: unknown column "hektares"; known: site_id, name, ',
    ),
    "an unknown word": (
        f"name,longitude,latitude,grid\nX,{NEAR[0]},{NEAR[1]},full\n",
        'own.csv column "grid": "full" in ',
    ),
    "in an area that is none": (
        f"name,longitude,latitude,lies_in\nX,{NEAR[0]},{NEAR[1]},A9\n",
        'sites column "lies_in": "A9" in ',
    ),
    "nothing": ("", "own.csv: it is empty; "),
    "only a header": ("name,longitude,latitude\n", "own.csv: no sites; "),
}


@pytest.mark.parametrize(("text", "start"), FILES.values(), ids=list(FILES))
def test_what_is_wrong_with_own_sites_is_said(
    ask: Any,  # noqa: ANN401
    tmp_path: Path,
    text: str,
    start: str,
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    result = ask("ebike_battery", "--sites", str(path))
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert line.startswith(start)
    assert line.count("; ") >= 2


@pytest.mark.parametrize("text", ["", "{}", '{"features": 3}', "[1]"])
def test_a_geojson_that_is_none_is_said(
    ask: Any,  # noqa: ANN401
    tmp_path: Path,
    text: str,
) -> None:
    path = tmp_path / "own.geojson"
    path.write_text(text, encoding="utf-8")
    result = ask("ebike_battery", "--sites", str(path))
    assert result.exit_code == 1
    assert result.output.startswith("own.geojson: ")


def test_a_region_without_sites_asks_for_some(
    ask: Any,  # noqa: ANN401
    small: Atlas,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    bare = replace(small, candidates=None)
    monkeypatch.setattr("atlas.cli.build_atlas", lambda _region, **_options: bare)
    result = ask("ebike_battery")
    assert result.exit_code == 1
    assert result.output.startswith("siting: no candidate sites; ")
    path = tmp_path / "own.csv"
    path.write_text(OWN["own.csv"], encoding="utf-8")
    result = ask("ebike_battery", "--sites", str(path))
    assert result.exit_code == 0
    assert "plan: Eigen (Eigen); 80 t/a" in result.output


# ---------------------------------------------------------------- journeys of one's own


@pytest.fixture
def two_plants(own: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the world with a second plant of known size, as the working folder."""
    siting_world.add_plant(own, "N1", site="A1", size_t_per_a=80.0, opens=2030)
    monkeypatch.chdir(siting_world.without_question(own))
    return own


def journeys(header: str, small: Atlas, row: Any) -> str:  # noqa: ANN401 - zone, plant -> cells
    """Write a row for every zone and every plant that takes a stream."""
    lines = [
        f"{zone},{plant},{row(zone, plant)}"
        for zone in small.zones["zone_id"]
        for plant in ("F1", "F2", "N1")
    ]
    return "\n".join([header, *lines]) + "\n"


def flows(home: Path) -> pd.DataFrame:
    """Return the flows of packs of cars that the build wrote, ours only."""
    path = home / "layers" / "built" / "world.gpkg"
    found = pyogrio.read_dataframe(path, layer="flows", read_geometry=False)
    own = (found["zone_id"] != "outside") & (found["stream"] == "ev_battery")
    return found[own & (found["year"] >= 2035)]


def test_a_missing_journey_is_named(small: Atlas, two_plants: Path) -> None:
    text = journeys("from,to,km", small, lambda *_: "7")
    path = two_plants / "roads.csv"
    path.write_text(text.replace("GM0003,N1,7\n", ""), encoding="utf-8")
    result = CliRunner().invoke(main, ["build", "world", "--costs", str(path)])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.output == (
        "roads.csv: no journey from GM0003 to N1; one from every zone to every plant that takes a "
        "stream; add the rows\n"
    )
    assert not (two_plants / "layers" / "built" / "world.gpkg").exists()


def test_flows_carry_the_kilometres_of_ones_own(small: Atlas, two_plants: Path) -> None:
    zones = list(small.zones["zone_id"])

    def km(zone: str, plant: str) -> float:
        return 10 + zones.index(zone) + {"F1": 0.0, "F2": 0.25, "N1": 0.5}[plant]

    path = two_plants / "roads.csv"
    path.write_text(journeys("from,to,km", small, km), encoding="utf-8")
    result = CliRunner().invoke(main, ["build", "world", "--costs", str(path)])
    assert result.exit_code == 0, result.output
    found = flows(two_plants)
    found = found[found["zone_id"].isin(zones)]
    assert set(found["facility_id"]) == {"F1", "N1"}
    expected = [km(*pair) for pair in zip(found["zone_id"], found["facility_id"], strict=True)]
    assert found["distance_km"].to_numpy() == pytest.approx(np.array(expected))


def test_minutes_choose_the_plant_and_kilometres_stay(small: Atlas, two_plants: Path) -> None:
    def minutes(zone: str, plant: str) -> int:
        # The plant next door is an hour away, and the one across the world a minute.
        west = zone in {"GM0001", "GM0004", "GM0007"}
        return 60 if west == (plant == "F1") else 1

    path = two_plants / "times.csv"
    path.write_text(journeys("from,to,minutes", small, minutes), encoding="utf-8")
    result = CliRunner().invoke(main, ["build", "world", "--costs", str(path)])
    assert result.exit_code == 0, result.output
    found = flows(two_plants)
    # Panels, which take most of F1 later on, do not leave yet.
    found = found[found["year"] == 2035]
    to = found.groupby("zone_id")["facility_id"].agg(set)
    for zone in ("GM0001", "GM0004", "GM0007"):
        assert to[zone] == {"N1"}
    for zone in ("GM0003", "GM0006", "GM0009"):
        assert to[zone] == {"F1"}
    # Within a world of 3 km no straight line, with its detour, is longer than this.
    assert found["distance_km"].between(0.0, 3.0 * 1.3 * 2**0.5).all()
