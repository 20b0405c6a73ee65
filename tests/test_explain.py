"""The trail of a number: its product, and every factor down to a line of a file and a licence."""

from __future__ import annotations

import csv
import json
import math
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from click.testing import CliRunner
from dynamics import HOME, real

import atlas.cli
from atlas.definitions import LayerName
from atlas.errors import DefinitionError
from atlas.explain import explain, in_words
from atlas.figure import figure
from atlas.question import ask
from atlas.trail import number

if TYPE_CHECKING:
    from click.testing import Result

Json = dict[str, Any]

# Zone, stream, layer, element, year, scenario: every stream and layer, and what is special.
QUESTIONS: list[tuple[str, str, str, str | None, int | None, str]] = [
    ("GM0599.maasvlakte", "wind_turbine", "stock", None, None, "default"),
    ("all", "wind_turbine", "stock", "Nd", None, "default"),
    ("all", "wind_turbine", "stock", "Nd", None, "drive_train-dd_pmsg"),
    ("all", "wind_turbine", "stock", "crm", None, "basis-report"),
    ("GM1978.*", "wind_turbine", "released", "mass", 2035, "lifetime-early"),
    ("GM0599.*", "wind_turbine", "recovered", "Cu", 2040, "default"),
    ("ports", "wind_turbine", "released", "crm_other", 2030, "inflow-growth"),
    ("GM0599.*", "solar_panel", "stock", "panels", None, "default"),
    ("GM0505", "solar_panel", "stock", "mass", None, "default"),
    ("GM0505", "solar_panel", "released", "Ag", 2030, "default"),
    ("GM0505", "solar_panel", "collected", "mass", 2030, "collection-targets"),
    ("all", "solar_panel", "collection_gap", "mass", 2050, "default"),
    ("all", "solar_panel", "recovered", "crm", 2050, "default"),
    ("all", "ebike_battery", "stock", "packs", None, "basis-report"),
    ("GM0503", "ebike_battery", "collected", "Co", 2030, "default"),
    ("GM0503", "ebike_battery", "recovered", "Li", 2031, "recovery-legal"),
    ("GM0503", "ebike_battery", "recovery_gap", "Li", 2035, "recovery-legal"),
    ("GM0518", "smartphone", "stock", "phones", None, "default"),
    ("GM0518", "smartphone", "stock", "crm", None, "default"),
    ("GM0518", "smartphone", "capacity_gap", "mass", 2030, "default"),
    ("all", "smartphone", "processed", "Au", 2030, "default"),
    ("GM0599.*", "ev_battery", "released", "mass", 2030, "default"),
    ("GM0599.*", "ev_battery", "collected", "Co", 2040, "inflow-frozen"),
    ("all", "ev_battery", "released", "mass", 2030, "basis-report"),
]


@cache
def answer(question: tuple[str, str, str, str | None, int | None, str]) -> Json:
    return explain(real(), ask(real(), *question))


@cache
def lines(file: str) -> list[str]:
    return (HOME / file).read_text(encoding="utf-8").splitlines()


def line_of(file: str, line: int) -> dict[str, str]:
    """Give the cells of one line of a CSV by the names of its first line."""
    header, own = (next(csv.reader([lines(file)[i - 1]])) for i in (1, line))
    return dict(zip(header, own, strict=True))


# ------------------------------------------------------------------ the product


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_product_multiplies_out_to_the_value(question: tuple[Any, ...]) -> None:
    found = answer(question)
    assert found["value"] is not None
    product = math.prod(each["value"] for each in found["product"])
    assert product == pytest.approx(found["value"], rel=1e-9, abs=1e-15)
    plain = figure(real().known, ask(real(), *question))
    assert (found["value"], found["grade"], found["unit"]) == (plain.value, plain.grade, plain.unit)
    if found["low"] is not None:
        assert found["low"] <= found["value"] * (1 + 1e-12)
        assert found["value"] <= found["high"] * (1 + 1e-12)


def test_units_share_and_content_by_hand() -> None:
    found = answer(("GM0518", "smartphone", "capacity_gap", "mass", 2030, "default"))
    product = {each["name"]: each["value"] for each in found["product"]}
    # One in six leaves, a phone weighs 160 g, one in ten is collected, and nobody takes it.
    assert list(product) == ["units", "share", "content", "collected", "unprocessed"]
    assert product["share"] == pytest.approx(1 / 6)
    assert product["content"] == pytest.approx(0.00016)
    assert product["collected"] == pytest.approx(0.1)
    assert 0.0 <= product["unprocessed"] <= 1.0


# ------------------------------------------------------------------ the steps


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_every_step_has_a_definition_that_exists_and_where_data_count_a_licence(
    question: tuple[Any, ...],
) -> None:
    steps = answer(question)["steps"]
    assert steps
    for each in steps:
        for part in each["definition"].split(", "):
            path = HOME / part.split(" [")[0]
            assert path.is_file(), each
            table = part.split(" [")[1].rstrip("]") if " [" in part else None
            if table is not None and not table.startswith("measures"):
                head = table.split(".")[0]
                text = path.read_text(encoding="utf-8")
                assert f"[{head}" in text or f"\n{head}" in text, each
        assert each["title"]["nl"]
        assert each["title"]["en"]
        assert each["words"]["nl"]
        assert each["words"]["en"]
        if each["row"] is not None:
            assert each["source"] is not None
        if each["source"] is not None:
            for name in ("title", "publisher", "licence", "file"):
                assert each["source"][name], (each["id"], name)
            assert (HOME / each["source"]["file"]).is_file()
            assert 2012 <= each["source"]["year"] <= 2026
        if "low" in each:
            assert each["low"] <= 1 <= each["high"]
            assert each["grade"] in tuple("ABCD")


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_row_numbers_are_the_lines_that_the_steps_speak_of(question: tuple[Any, ...]) -> None:
    for each in answer(question)["steps"]:
        if each["row"] is None:
            continue
        own = line_of(each["source"]["file"], each["row"])
        kind, *names = each["id"].split(" ")
        if kind == "content":
            assert [own["stream"], own["variant"], own["element"]] == names
            value = f"{number(float(own['content']))[1]} {own['unit']}"
            assert each["words"]["en"].startswith(value)
            assert own["source"] in each["words"]["en"]
        elif kind == "size":
            assert own["size_id"] == names[0]
            assert own["variant"] in each["words"]["en"]
        elif kind == "yield":
            assert [own["stream"], own["element"], own["recovery"]] == names
            assert f"{number(float(own['yield']) * 100, 4)[1]}%" in each["words"]["en"]
        elif kind == "ages":
            assert own["series"] == real().catalog.stocks[names[0]].ages.series
        elif kind == "report":
            assert own["figure_id"] == names[0]
            assert own["reading"] in each["words"]["nl"]
        else:
            assert kind in {"count", "flow", "market", "part"}
            assert own["figure"]
            value = number(float(own["value"]))[1]
            assert (own["figure"] if kind == "part" else value) in each["words"]["en"]


def test_steps_follow_the_layers() -> None:
    def ids(*question: Any) -> list[str]:  # noqa: ANN401 - the words of a question
        return [each["id"].split(" ")[0] for each in answer(question)["steps"]]

    stock = ids("GM0505", "solar_panel", "stock", "mass", None, "default")
    released = ids("GM0505", "solar_panel", "released", "mass", 2030, "default")
    collected = ids("GM0505", "solar_panel", "collected", "mass", 2030, "default")
    assert stock[:2] == ["count", "key"] or stock[0] == "count"
    assert released == [*stock, "lifetime", "ages", "inflow"]
    assert collected == [*released, "collection"]
    legal = ids("GM0505", "solar_panel", "collected", "mass", 2030, "collection-targets")
    assert "targets" in legal
    growing = ids("all", "wind_turbine", "released", "mass", 2035, "inflow-growth")
    assert growing[-1] == "inflow"


def test_spreading_is_a_step_only_where_something_is_spread() -> None:
    def keys(zone: str, stream: str) -> list[str]:
        steps = answer((zone, stream, "released", "mass", 2030, "default"))["steps"]
        return [each["id"] for each in steps if each["id"].startswith("key ")]

    # Voorne aan Zee is one zone; Rotterdam has ports, and is whole with them.
    assert keys("GM1992", "solar_panel") == []
    assert keys("GM0599", "solar_panel") == ["key solar_panel"]
    assert keys("GM0599.*", "solar_panel") == []
    assert keys("GM0599.*", "ebike_battery") == ["key ebike_battery"]
    assert keys("all", "ebike_battery") == []
    assert keys("ports", "ev_battery") == ["key ev_battery"]


def test_what_unknown_capacity_could_take_is_told_beside() -> None:
    found = answer(("all", "wind_turbine", "recovered", "Cu", 2035, "default"))
    assert found["value"] == 0
    assert found["best"] > 0
    assert found["grade"] == "D"


def test_a_total_names_the_elements_that_it_lacks() -> None:
    found = answer(("all", "solar_panel", "recovered", "crm", 2035, "default"))
    assert found["without"] == ["Cu"]
    assert answer(("all", "solar_panel", "released", "crm", 2035, "default"))["without"] == []


def test_only_contents_that_count_are_named() -> None:
    found = answer(("all", "wind_turbine", "stock", "Nd", None, "drive_train-dd_pmsg"))
    named = [each["id"] for each in found["steps"] if each["id"].startswith("content")]
    assert named == ["content wind_turbine DD-PMSG Nd"]
    assert not [each for each in found["steps"] if each["id"].startswith("size")]
    silver = answer(("GM0505", "solar_panel", "released", "Ag", 2030, "default"))
    years = [each for each in silver["steps"] if each["id"].startswith("content")]
    assert len(years) == 5  # five spans of years of entry, one factor
    assert len({each["id"] for each in years}) == 1


def test_a_content_from_memory_says_so() -> None:
    found = answer(("all", "wind_turbine", "stock", "crm", None, "default"))
    table = real().inputs.composition.set_index("row")
    told = 0
    for each in found["steps"]:
        if each["id"].startswith("content") and each["row"] is not None:
            recalled = table.loc[each["row"], "recollection"] == "yes"
            told += recalled
            assert ("; from memory)" in each["words"]["en"]) == recalled
            assert ("; uit het hoofd)" in each["words"]["nl"]) == recalled
    assert told > 0


def test_what_is_not_known_has_no_steps() -> None:
    for question in (
        ("GM0505", "ev_battery", "stock", None, None, "default"),
        ("GM0505", "wind_turbine", "released", None, 2025, "default"),
        ("all", "wind_turbine", "stock", "Nd", None, "basis-report"),
    ):
        found = explain(real(), ask(real(), *question))
        assert found["value"] is None
        assert found["steps"] == []
        assert "NULL" in in_words(found)


def test_the_ranges_of_the_steps_make_the_range_of_a_stock() -> None:
    # Where every factor is one, the widths of the steps add up in quadrature to that of the figure.
    for question in (
        ("GM0518", "smartphone", "stock", "Co", None, "default"),
        ("GM0505", "solar_panel", "stock", "panels", None, "default"),
        ("GM0503", "ebike_battery", "stock", "mass", None, "default"),
    ):
        found = answer(question)
        zone = question[0]
        split = real().zones["municipality_code"].eq(zone).sum() > 1
        spread = split or question[1] != "solar_panel"
        steps = [
            each for each in found["steps"]
            if "high" in each and (spread or not each["id"].startswith("key"))
        ]  # fmt: skip
        up = math.exp(math.hypot(*(math.log(each["high"]) for each in steps)))
        assert found["high"] / found["value"] == pytest.approx(up, rel=1e-9), question


# ------------------------------------------------------------------ questions


def test_words_for_places() -> None:
    def places(zone: str) -> set[str]:
        return set(ask(real(), zone, "solar_panel", "stock", None, None, "default").places)

    zones = real().zones
    assert places("unallocated") == {"unallocated"}
    assert places("all") == {*zones["zone_id"], "unallocated"}
    assert places("ports") == set(zones.loc[zones["kind"] == "port", "zone_id"])
    assert len(places("ports")) == 11
    rotterdam = set(zones.loc[zones["municipality_code"] == "GM0599", "zone_id"])
    assert places("GM0599.*") == rotterdam > {"GM0599", "GM0599.maasvlakte"}
    assert places("GM0599") == {"GM0599"}


def test_what_is_not_named_is_what_is_counted() -> None:
    def substance(stream: str, layer: str, year: int | None = 2030) -> str:
        return ask(real(), "all", stream, layer, None, year, "default").substance

    assert substance("wind_turbine", "stock", None) == "turbines"
    assert substance("ev_battery", "released") == "mass"
    assert substance("wind_turbine", "collected") == "mass"
    assert substance("wind_turbine", "recovered") == "crm"


def test_all_that_does_not_exist_is_said_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        ask(real(), "GM9999", "nets", "sunk", None, 1999, "worst")
    told = caught.value.problems
    assert [each.split(":")[0] for each in told] == ["zone", "stream", "layer", "scenario", "year"]
    assert all("\n" not in each for each in told)
    for each, word in zip(told, ("GM9999", "nets", "sunk", "worst", "1999"), strict=True):
        assert word in each


def test_a_stock_has_no_year_and_what_is_only_present_no_figure() -> None:
    with pytest.raises(DefinitionError, match="2030 with layer stock; no year"):
        ask(real(), "all", "wind_turbine", "stock", None, 2030, "default")
    with pytest.raises(DefinitionError, match="medical_equipment is present, in an amount that"):
        ask(real(), "all", "medical_equipment", "stock", None, None, "default")


def test_a_municipality_with_ports_says_that_it_is_without_them() -> None:
    rest = answer(("GM0599", "wind_turbine", "stock", "Nd", None, "default"))["where"]
    assert rest == "Rotterdam (GM0599), without its ports (GM0599.* is all of it)"
    assert answer(("GM0503", "wind_turbine", "stock", "Nd", None, "default"))["where"] == (
        "Delft (GM0503)"
    )


@pytest.mark.parametrize("year", [None, 2024, 2051])
def test_a_layer_that_flows_needs_a_year_of_the_model(year: int | None) -> None:
    with pytest.raises(DefinitionError, match="a year from 2025 to 2050"):
        ask(real(), "all", "wind_turbine", "released", "Nd", year, "default")


def test_an_element_that_a_stream_does_not_hold_is_refused() -> None:
    with pytest.raises(DefinitionError, match='element: "Au"'):
        ask(real(), "all", "wind_turbine", "stock", "Au", None, "default")
    with pytest.raises(DefinitionError, match='element: "panels"'):
        ask(real(), "all", "solar_panel", "released", "panels", 2030, "default")


def test_every_question_of_a_sample_has_an_answer_in_words() -> None:
    rng = np.random.default_rng(4)
    zones = [*real().zones["zone_id"], "unallocated", "ports", "all", "GM0599.*"]
    for _ in range(60):
        stream = str(rng.choice(list(real().streams.supplies)))
        table = real().streams.supplies[stream].table
        element = str(rng.choice([*dict.fromkeys(table["element"]), "crm", "crm_other"]))
        layer = str(rng.choice(get_args(LayerName)))
        scenario = str(rng.choice(real().scenarios["scenario_id"]))
        year = None if layer == "stock" else int(rng.integers(2025, 2051))
        asked = ask(real(), str(rng.choice(zones)), stream, layer, element, year, scenario)
        found = explain(real(), asked)
        json.dumps(found, allow_nan=False)
        text = in_words(found)
        assert stream in text.splitlines()[0]
        assert (found["value"] is None) == ("NULL" in text)
        if found["steps"]:
            assert f"{len(found['steps'])}. " in text


# ------------------------------------------------------------------ the command


@pytest.fixture
def built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command find the region built already."""
    monkeypatch.setattr(atlas.cli, "build_atlas", lambda _region: real())


def run(*words: str) -> Result:
    return CliRunner().invoke(atlas.cli.main, ["explain", "zuid-holland", *words])


@pytest.mark.usefixtures("built_once")
def test_json_is_the_answer() -> None:
    words = ("GM0503", "ebike_battery", "recovered", "Li", "2031", "--scenario", "recovery-legal")
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found == json.loads(
        json.dumps(answer(("GM0503", "ebike_battery", "recovered", "Li", 2031, "recovery-legal")))
    )
    assert run(*words).stdout.splitlines()[0] == (
        "Delft (GM0503) · ebike_battery · recovered · Li 2031 (recovery-legal)"
    )


@pytest.mark.usefixtures("built_once")
def test_a_year_may_stand_in_the_place_of_an_element() -> None:
    done = run("all", "wind_turbine", "released", "2035")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == (
        "61 zones, and what is unallocated · wind_turbine · released · mass 2035 (default)"
    )


@pytest.mark.usefixtures("built_once")
def test_bad_names_are_a_line_each_and_exit_1() -> None:
    done = run("GM9999", "nets", "released", "Nd", "1999", "--scenario", "worst")
    assert done.exit_code == 1
    assert done.stdout == ""
    told = done.stderr.splitlines()
    assert [each.split(":")[0] for each in told] == ["zone", "stream", "scenario", "year"]
    assert "Traceback" not in done.output


@pytest.mark.usefixtures("built_once")
def test_what_is_no_year_is_wrong_usage() -> None:
    done = run("all", "wind_turbine", "released", "Nd", "soon")
    assert done.exit_code == 2
    assert '"soon" is no year' in done.stderr


def test_an_unknown_region_is_a_line_and_exit_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    done = CliRunner().invoke(atlas.cli.main, ["explain", "atlantis", "all", "nets", "stock"])
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert "atlantis" in done.stderr
