"""What if: the page and the program agree on hundreds of cases, and one rule holds in all."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atlas.scenarios import switches
from atlas.what_if import Change, NewPlant, case_of, kinds_of, put, solve_case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    import atlas
    from atlas.what_if import Case

pytestmark = pytest.mark.browser

CASES = 200
BATCH = 20
YEARS = (2027, 2030, 2035, 2040, 2050)

# Gaps of every zone and stream at the step of the gap, and journeys, by the page's own modules.
SOLVED = """
async ([cases, years]) => {
  const { prepare } = await import("atlas/view");
  const { amounts } = await import("atlas/series");
  const { carried } = await import("atlas/effect");
  window.known ??= prepare(JSON.parse(document.querySelector("#atlas-document").textContent));
  const atlas = window.known;
  return cases.map((chosen) => atlas.streams.filter((stream) => stream.model).flatMap((stream) =>
    years.map((year) => {
      const state = { ...chosen, stream: stream.id, layer: "capacity_gap", measure: "mass", year };
      const { values, unallocated, best, unallocatedBest } = amounts(atlas, state);
      const { tonne_km, outside_km } = values[0] === null
        ? { tonne_km: 0, outside_km: 0 } : carried(atlas, state, stream);
      return { stream: stream.id, step: stream.step, year, gap: [...values, unallocated],
        best: best ? [...best, unallocatedBest] : [...values, unallocated],
        tonne_km: tonne_km + outside_km };
    })));
}
"""

# Every number of a state, as the page has them; of many states after another.
NUMBERS = """
async ([states]) => {
  const { prepare } = await import("atlas/view");
  const { amounts } = await import("atlas/series");
  window.known ??= prepare(JSON.parse(document.querySelector("#atlas-document").textContent));
  return states.map((state) => JSON.stringify(amounts(window.known, state)));
}
"""


# The largest difference, in tonnes, between what the tables hold and what the page works out, and
# how many reasons differ; of every scenario of the tables.
LIVE = """
async () => {
  const { prepare } = await import("atlas/view");
  const { live, passedOf } = await import("atlas/cases");
  const { contextOf, inModel } = await import("atlas/context");
  const { gatheredIn } = await import("atlas/gathered");
  const atlas = prepare(JSON.parse(document.querySelector("#atlas-document").textContent));
  const found = {};
  const pairs = atlas.streams.flatMap((stream) =>
    Object.keys(stream.model?.processed.scenarios ?? {}).map((id) => [stream, id]));
  for (const [stream, id] of pairs) {
    const [, key, value] = id.match(/^([a-z_]+)-(.*)$/) ?? [];
    const state = { basis: "register", stream: stream.id, ...(key ? { [key]: value } : {}) };
    const context = contextOf(atlas, state);
    const [tabled, worked] = [passedOf(context), live(atlas, state, stream)];
    const told = (found[id] ??= { compared: 0, tonnes: 0, reasons: 0 });
    atlas.years.forEach((_, now) => {
      if (!inModel(context, now)) return;
      const { collected: tonnes } = gatheredIn(context, now);
      tonnes.forEach((collected, cell) => tabled.forEach((step, place) => {
        if (collected === null) return;
        told.compared += 1;
        for (const side of ["worst", "best"]) {
          const off = collected * Math.abs(step[side](now, cell) - worked[place][side](now, cell));
          told.tonnes = Math.max(told.tonnes, off);
        }
        const left = collected * (1 - step.worst(now, cell)) > 1e-9;
        if (left && step.why(now, cell) !== worked[place].why(now, cell)) told.reasons += 1;
      }));
    });
  }
  return found;
}
"""


@pytest.fixture(scope="module")
def page(built: Path, browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    loud: list[str] = []
    opened.on("pageerror", lambda error: loud.append(str(error)))
    opened.goto((built / "maps" / "zuid-holland.html").as_uri())
    opened.wait_for_selector("#sentence:not(:empty)", state="attached")
    yield opened
    opened.close()
    assert loud == []


def drawn(region: atlas.Atlas, chance: random.Random) -> dict[str, Any]:
    """Draw a state: any switches, up to three plants anywhere, up to three changes."""
    streams = [*region.catalog.stocks.values(), *region.catalog.flows.values()]
    # Most switches stay as they are, so that what is put is not alone in mattering.
    chosen: dict[str, Any] = {
        name: chance.choice(values) if chance.random() < 0.4 else values[0]
        for name, values in switches(streams).items()
    }
    access = region.balance.access
    kinds = kinds_of(access, region.inputs.plant_sizes, region.inputs.chain)
    zones = region.zones.to_crs("EPSG:4326")
    plants = []
    for number in range(chance.randint(0, 3)):
        kind = chance.choice(kinds)
        if chance.random() < 0.7:
            place = chance.randrange(len(zones))
            point = zones.geometry.iloc[place].representative_point()
            zone = zones["zone_id"].iloc[place]
            lat, lon = round(point.y, 5), round(point.x, 5)
        else:
            lat, lon, zone = (
                round(chance.uniform(52.6, 53), 5),
                round(chance.uniform(5, 6), 5),
                None,
            )
        plants.append(
            {
                "id": f"P{number}", "stream": kind.stream, "step": kind.step, "name": "",
                "point": [lat, lon], "zone": zone,
                "capacity": chance.choice([0, 5, 250, 5000, 1e6]) * chance.choice([1, 1.37]),
                "from": chance.choice([2020, 2030, 2036]),
            }
        )  # fmt: skip
    taking = access.plants["facility_id"].iloc[sorted(set(access.accepts["facility"]))]
    changes = [
        {
            "id": f"C{number}", "facility": facility,
            "capacity": chance.choice([None, 0, 750.5, 40000]),
            "from": chance.choice([None, 2031]),
            "to": chance.choice([None, 2024, 2034]),
        }
        for number, facility in enumerate(chance.sample(list(taking), chance.randint(0, 3)))
    ]  # fmt: skip
    return {**chosen, "put": plants, "changes": changes}


def solved(region: atlas.Atlas, state: dict[str, Any]) -> Case:
    """Solve a state of the page in the program."""
    plants = [
        NewPlant(
            plant_id=plant["id"],
            stream=plant["stream"],
            step=plant["step"],
            capacity_t_per_a=plant["capacity"],
            from_year=plant["from"],
            longitude=plant["point"][1],
            latitude=plant["point"][0],
        )
        for plant in state["put"]
    ]
    changes = [
        Change(change["facility"], change["capacity"], change["from"], change["to"])
        for change in state["changes"]
    ]
    access = region.balance.access
    chosen = {name: value for name, value in state.items() if name not in ("put", "changes")}
    changed = put(
        access,
        plants,
        changes,
        kinds=kinds_of(access, region.inputs.plant_sizes, region.inputs.chain),
        zones=region.zones,
        detour_factor=region.region.detour_factor,
    )
    return solve_case(changed, region.streams, case_of(chosen), flow_years=YEARS)


def test_page_and_program_agree_on_random_cases(page: Page, region: atlas.Atlas) -> None:
    chance = random.Random(20261126)  # noqa: S311 - a drawing of test cases
    states = [drawn(region, chance) for _ in range(CASES)]
    compared = moved = 0
    for first in range(0, CASES, BATCH):
        batch = states[first : first + BATCH]
        found = page.evaluate(SOLVED, [batch, list(YEARS)])
        for state, rows in zip(batch, found, strict=True):
            case = solved(region, state)
            where = json.dumps(state)
            gaps = case.gaps[case.gaps["zone_id"] != "outside"]
            gaps = gaps.set_index(["stream", "step", "year"]).sort_index()
            flows = case.flows.assign(tkm=case.flows["tonnes"] * case.flows["distance_km"])
            journeys = flows.groupby(["stream", "step", "year"])["tkm"].sum()
            own = region.balance.access.network.chain
            assert {row["stream"] for row in rows} == set(own)
            for row in rows:
                keys = (row["stream"], row["step"], row["year"])
                expected = gaps.loc[keys]
                for name, column in (("gap", "capacity_gap_t"), ("best", "capacity_gap_t_best")):
                    values = np.array(row[name], dtype=float)
                    wanted = expected[column].to_numpy(dtype=float)
                    assert np.array_equal(np.isnan(values), np.isnan(wanted)), (where, keys)
                    assert np.nanmax(np.abs(values - wanted), initial=0.0) <= 1e-6, (where, keys)
                compared += len(expected)
            # Streams that share plants share the shortest ways: single flows may tie, sums do not.
            for step in {row["step"] for row in rows}:
                for year in YEARS:
                    ours = sum(
                        row["tonne_km"]
                        for row in rows
                        if (row["step"], row["year"]) == (step, year)
                    )
                    theirs = sum(
                        value
                        for (stream, at, when), value in journeys.items()
                        if (at, when) == (step, year)
                        and any(row["stream"] == stream and row["step"] == step for row in rows)
                    )
                    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-6), (where, step, year)
                    moved += ours > 0
    assert compared > CASES * 5 * 5 * 60
    assert moved > CASES


def test_the_page_works_out_what_the_tables_hold(page: Page, region: atlas.Atlas) -> None:
    found = page.evaluate(LIVE)
    assert set(found) == set(region.scenarios["scenario_id"])
    for name, told in found.items():
        assert told["compared"] > 10_000, name
        assert told["tonnes"] <= 1e-9, name
        assert told["reasons"] == 0, name


def test_closing_a_plant_never_lowers_a_gap(page: Page, region: atlas.Atlas) -> None:
    """Only streams whose plants take whole products at the first step that they serve are held.

    Further down a chain a plant that closes leaves others less to bring, and so more room there.
    """
    access = region.balance.access
    first = {stream: steps[0] for stream, steps in access.network.chain.items()}
    taking = access.plants["facility_id"].iloc[sorted(set(access.accepts["facility"]))]
    open_ = {"basis": "register", "put": [], "changes": [], "unknown_capacity": "median"}
    states = [open_] + [
        {**open_, "changes": [{"id": "C1", "facility": name, "capacity": None, "from": None,
                               "to": 2024}]}
        for name in taking
    ]  # fmt: skip
    before, *closed = page.evaluate(SOLVED, [states, list(YEARS)])
    raised = 0
    for name, rows in zip(taking, closed, strict=True):
        for row, today in zip(rows, before, strict=True):
            if row["step"] != first[row["stream"]]:
                continue
            pairs = zip(row["gap"], today["gap"], strict=True)
            for now, then in pairs:
                if now is None:
                    assert then is None
                    continue
                assert now >= then - 1e-9, (name, row["stream"], row["year"])
                raised += now > then + 1e-6
    assert raised > 100


def test_undo_gives_every_number_back(page: Page, region: atlas.Atlas) -> None:
    """Put, change, move and close through the store, then undo all and redo all."""
    fresh = """
    async ([states, shown]) => {
      const { prepare } = await import("atlas/view");
      const { amounts } = await import("atlas/series");
      const { createStore, firstState } = await import("atlas/state");
      const { createUndo } = await import("atlas/undo");
      const atlas = prepare(JSON.parse(document.querySelector("#atlas-document").textContent));
      const numbers = (state) =>
        JSON.stringify(shown.map((each) => amounts(atlas, { ...state, ...each })));
      const store = createStore(firstState(atlas));
      const undo = createUndo(store);
      const went = [numbers(store.get())];
      for (const { put, changes } of states) {
        store.set({ put, changes });
        went.push(numbers(store.get()));
      }
      // Worked out anew, so that nothing is merely remembered.
      const text = document.querySelector("#atlas-document").textContent;
      const anew = (state) => JSON.stringify(
        shown.map((each) => amounts(prepare(JSON.parse(text)), { ...state, ...each })));
      const back = states.map(() => { undo.undo(); return anew(store.get()); });
      const ends = undo.can();
      const again = states.map(() => { undo.redo(); return numbers(store.get()); });
      return { went, back, again, ends, atEnd: undo.can() };
    }
    """
    chance = random.Random(7)  # noqa: S311 - as above
    states = [drawn(region, chance) for _ in range(12)]
    states = [state for state in states if state["put"] or state["changes"]]
    shown = [
        {"stream": stream, "layer": layer, "measure": "mass", "year": year}
        for stream in region.streams.supplies
        for layer in ("processed", "capacity_gap")
        for year in (2030, 2045)
    ]
    found = page.evaluate(fresh, [states, shown])
    assert len(set(found["went"])) > len(states) // 2
    assert found["back"] == found["went"][-2::-1]
    assert found["again"] == found["went"][1:]
    assert found["ends"] == {"undo": False, "redo": True}
    assert found["atEnd"] == {"undo": True, "redo": False}
