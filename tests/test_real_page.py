"""The page of the real region: whole, silent, and with the numbers of the frames."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from atlas.amounts import Asked
from atlas.figure import figure
from atlas.scenarios import DEFAULT, same_supply, solved_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    import atlas

pytestmark = pytest.mark.browser

# Every number of some layers, years and scenarios, by the page's own modules.
NUMBERS = """
async ({ scenario, basis, layers, years }) => {
  const { prepare } = await import("atlas/view");
  const { amounts } = await import("atlas/series");
  const { spanOf } = await import("atlas/spans");
  const { choicesOf } = await import("atlas/model");
  const { restSet, zoneSet } = await import("atlas/sets");
  window.known ??= prepare(JSON.parse(document.querySelector("#atlas-document").textContent));
  const atlas = window.known;
  const sets = [...atlas.zones.map((_, zone) => zoneSet(zone)), restSet()];
  const rows = [];
  for (const stream of atlas.streams) for (const layer of layers) {
    if (!stream.bases[basis]) continue;
    for (const measure of choicesOf(atlas, stream, basis, layer)) {
      for (const year of layer === "stock" ? [null] : years) {
        const state = { ...scenario, stream: stream.id, basis, layer, measure, year };
        const found = amounts(atlas, state);
        const spans = sets.map((set) => spanOf(atlas, state, set));
        rows.push({
          stream: stream.id, layer, measure, year,
          value: [...found.values, found.unallocated],
          best: found.best ? [...found.best, found.unallocatedBest] : null,
          span: spans.map(({ value }) => value),
          low: spans.map(({ low }) => low),
          high: spans.map(({ high }) => high),
          grade: spans.map(({ grade }) => grade),
        });
      }
    }
  }
  return rows;
}
"""

# What a set of zones has, and the product that makes it.
EXPLAINED = """
async (asked) => {
  const { prepare } = await import("atlas/view");
  const { explain } = await import("atlas/explain");
  const { spanOf } = await import("atlas/spans");
  window.known ??= prepare(JSON.parse(document.querySelector("#atlas-document").textContent));
  return asked.map(({ state, set }) => {
    const { value, low, high, grade } = spanOf(window.known, state, set);
    const { product, steps } = explain(window.known, { state, set });
    const values = product.map((each) => each.value);
    return { value, low, high, grade, product: values, steps: steps.length };
  });
}
"""

SWITCHES = [
    *("lifetime", "inflow", "collection", "drive_train", "recovery"),
    *("reach", "planned", "unknown_capacity", "foreign_share", "demand"),
]
SAMPLE_YEARS = {DEFAULT: [2025, 2030, 2035, 2050]}

FREE_PLACE = """
(path) => {
  const box = path.getBoundingClientRect();
  for (let x = box.left; x < box.right; x += 3) {
    for (let y = box.top; y < box.bottom; y += 3) {
      if (document.elementFromPoint(x, y) === path) return [x, y];
    }
  }
  return null;
}
"""


def test_it_draws_61_zones_and_says_so(page: Page) -> None:
    assert page.locator("path.zones").count() == 61
    assert page.title() == "Grondstoffenatlas Zuid-Holland"
    assert page.locator("html").get_attribute("lang") == "nl"
    counts = page.locator("#legend tbody td").all_inner_texts()
    assert sum(map(int, counts)) == 61


def best_recovered(region: atlas.Atlas) -> pd.DataFrame:
    """Give what is recovered at best of every element, and of the totals that they add up to."""
    keys = ["scenario_id", "stream", "year", "zone_id"]
    rows = region.recovery.astype({"zone_id": str, "element": str})
    rows = rows.rename(columns={"element": "measure", "recovered_t_best": "best"})
    critical = set(region.elements.loc[region.elements["critical"] == "yes", "element"])
    bulk = set(region.elements.loc[region.elements["bulk_metal"] == "yes", "element"])
    totals = [
        rows[rows["measure"].isin(own)]
        .groupby(keys)["best"]
        .sum(min_count=1)
        .reset_index()
        .assign(measure=name)
        for name, own in (("crm", critical), ("crm_other", critical - bulk))
    ]
    found = pd.concat([rows[[*keys, "measure", "best"]], *totals], ignore_index=True)
    return found.assign(layer="recovered")


def frames_of(region: atlas.Atlas) -> Mapping[str, pd.DataFrame]:
    """Give value, low, high and grade of what the page shows, by layer and place."""
    materials = region.materials.astype({"zone_id": str, "element": str})
    elements = materials.rename(
        columns={
            "mass_t": "value",
            "mass_t_low": "low",
            "mass_t_high": "high",
            "element": "measure",
        }
    ).merge(best_recovered(region), how="left")
    stocks = region.stocks.rename(columns={"value_low": "low", "value_high": "high"})
    scenario = stocks["basis"].map({"register": DEFAULT, "report": "basis-report"})
    stocks = stocks.assign(scenario_id=scenario, layer="stock")
    product = [
        region.releases.rename(
            columns={f"{name}_t": "value", f"{name}_t_low": "low", f"{name}_t_high": "high"}
        ).assign(layer=name, measure="mass", grade=region.releases[grade])
        for name, grade in (("released", "grade"), ("collected", "collected_grade"))
    ]
    steps = {name: supply.step for name, supply in region.streams.supplies.items()}
    words = dict.fromkeys(["zone_id", "stream", "scenario_id", "step", "grade"], "object")
    gaps = region.gaps.astype(words)
    # The page takes the gap at one step of the chain, and has no zone for the rest of the country.
    gaps = gaps[(gaps["step"] == gaps["stream"].map(steps)) & (gaps["zone_id"] != "outside")]
    plain = [
        gaps.rename(columns={f"{name}_t": "value"}).assign(
            layer=name, measure="mass", best=gaps[f"{name}_t_best"]
        )
        for name in ("processed", "capacity_gap")
    ]
    lost = region.releases.drop(columns="grade").rename(columns={"collection_gap_t": "value"})
    plain.append(lost.assign(layer="collection_gap", measure="mass"))
    keys = ["scenario_id", "stream", "layer", "measure", "year"]
    whole = pd.concat(
        [
            table.assign(year=np.where(table["layer"] == "stock", 0, table["year"]))[
                [*keys, "zone_id", *({"value", "low", "high", "grade", "best"} & set(table))]
            ]
            for table in (elements, stocks, *product, *plain)
        ]
    )
    order = [*region.zones["zone_id"], "unallocated"]
    return {
        key: rows.set_index("zone_id").reindex(order)
        for key, rows in whole.groupby(keys, sort=False, observed=True)
    }


@pytest.fixture(scope="module")
def frames(region: atlas.Atlas) -> Mapping[Any, pd.DataFrame]:
    return frames_of(region)


def numbers_of(values: list[Any]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def compare(row: dict[str, Any], frame: pd.DataFrame, name: tuple[Any, ...]) -> None:
    """Compare the numbers of a layer in all zones with those of the frames, to 1e-9."""
    for column in ("value", "span"):
        np.testing.assert_allclose(
            numbers_of(row[column]), frame["value"].astype(float), 1e-9, 1e-9, err_msg=f"{name}"
        )
    some = (frame["value"] > 0).to_numpy()
    if row["layer"] in ("stock", "released", "collected", "recovered"):
        for side in ("low", "high"):
            np.testing.assert_allclose(
                numbers_of(row[side])[some],
                frame.loc[some, side].astype(float),
                1e-9,
                1e-12,  # a microgram
                err_msg=f"{side} of {name}",
            )
    if row["layer"] != "collection_gap" and row["layer"] != "capacity_gap":
        grades = np.array(row["grade"], dtype=object)[some]
        assert grades.tolist() == frame.loc[some, "grade"].tolist(), name
    if row["best"] is not None:
        np.testing.assert_allclose(
            numbers_of(row["best"]), frame["best"].astype(float), 1e-9, 1e-9, err_msg=f"{name}"
        )


def state_of(region: atlas.Atlas, scenario_id: str) -> dict[str, str]:
    row = region.scenarios.set_index("scenario_id").loc[scenario_id]
    return {switch: row[switch] for switch in SWITCHES}


def test_what_stands_is_that_of_the_frames_on_both_bases(
    page: Page, region: atlas.Atlas, frames: Mapping[Any, pd.DataFrame]
) -> None:
    for basis, scenario_id in (("register", DEFAULT), ("report", "basis-report")):
        asked = {
            "scenario": state_of(region, scenario_id),
            "basis": basis,
            "layers": ["stock"],
            "years": [],
        }
        rows = page.evaluate(NUMBERS, asked)
        seen = set()
        for row in rows:
            name = (scenario_id, row["stream"], "stock", row["measure"], 0)
            compare(row, frames[name], name)
            seen.add(name)
        # Whatever a table has of the stock can be chosen on the page.
        own = {key for key in frames if key[0] == scenario_id and key[2] == "stock"}
        told = {key for key in own if frames[key]["value"].notna().any()}
        assert told <= seen
        assert len(told) >= (60 if basis == "register" else 11)
        assert {key[1] for key in own - told} <= {"ev_battery", "medical_equipment"}


CAPACITY = {
    "reach": ("250_km", "netherlands", "province_only"),
    "planned": ("yes",),
    "unknown_capacity": ("median", "unlimited"),
    "foreign_share": ("0", "1"),
    "demand": ("ours_first", "province_alone"),
}


def scenarios_of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scenario_id", names)


@scenarios_of(
    DEFAULT,
    "lifetime-early",
    "lifetime-late",
    "inflow-frozen",
    "inflow-replacement",
    "inflow-growth",
    "collection-targets",
    "drive_train-gb_dfig",
    "drive_train-dd_pmsg",
    "recovery-legal",
    "basis-report",
    *(f"{switch}-{value}" for switch, values in CAPACITY.items() for value in values),
)
def test_what_is_released_and_after_is_that_of_the_frames(
    page: Page, region: atlas.Atlas, frames: Mapping[Any, pd.DataFrame], scenario_id: str
) -> None:
    report = scenario_id == "basis-report"
    scenario = region.runs[scenario_id]["ev_battery"].scenario
    # Where nothing else is released the tables have no rows of their own.
    supply = DEFAULT if same_supply(scenario) else scenario_id
    layers = ["released", "collected", "collection_gap", "processed", "capacity_gap"]
    # What is recovered in them is held against `atlas explain` elsewhere.
    layers += ["recovered"] if supply == scenario_id else []
    years = SAMPLE_YEARS.get(scenario_id, [2025, 2040])
    asked = {
        "scenario": state_of(region, scenario_id),
        "basis": "report" if report else "register",
        "layers": layers,
        "years": years,
    }
    own = dict.fromkeys(layers, supply) | {
        name: solved_in(scenario) for name in ("processed", "capacity_gap")
    }
    seen = set()
    for row in page.evaluate(NUMBERS, asked):
        layer, measure = row["layer"], row["measure"]
        name = (scenario_id, row["stream"], layer, measure, row["year"])
        # What is in the product after its release stands in the tables for no layer but one.
        if measure != "mass" and layer not in ("released", "recovered"):
            continue
        name = (own[layer], *name[1:])
        if name in frames:
            compare(row, frames[name], name)
        else:
            # Only what is not known has no number.
            assert set(row["value"]) == {None}, name
            early = row["year"] <= region.runs[scenario_id][row["stream"]].holding.until
            assert early or layer == "recovered", name
        seen.add(name)
    # And no row of the tables was left out.
    expected = {
        key for key in frames if key[2] in layers and key[0] == own[key[2]] and key[4] in years
    }
    assert expected <= seen
    streams = {"wind_turbine", "solar_panel", "ebike_battery", "smartphone", "ev_battery"}
    assert {key[1] for key in seen} == streams
    assert {key[2] for key in seen} >= {"released", "collected"}


def test_sets_of_zones_and_their_products_are_those_of_the_program(
    page: Page, region: atlas.Atlas
) -> None:
    """Ranges of municipalities, ports and the province, against `atlas.figure`."""
    zones = region.zones.reset_index(drop=True)
    inside = {
        "GM0599": zones["municipality_code"] == "GM0599",
        "GM1924": zones["municipality_code"] == "GM1924",
        "ports": zones["kind"] == "port",
        "all": pd.Series(data=True, index=zones.index),
    }
    asked, expected = [], []
    wanted = {
        "wind_turbine": ["mass", "Nd", "crm"],
        "solar_panel": ["mass", "Ag", "crm"],
        "ebike_battery": ["mass", "Co", "crm_other"],
        "smartphone": ["mass", "Au"],
        "ev_battery": ["mass", "Li"],
    }
    layers = ["stock", "released", "collected", "processed", "recovered", "capacity_gap"]
    for (stream, substances), layer, place in product(wanted.items(), layers, inside):
        for substance in substances:
            if (layer == "recovered" and substance == "mass") or (
                layer == "stock" and stream == "ev_battery"
            ):
                continue
            whole = place == "all"
            names = zones.loc[inside[place], "zone_id"].tolist()
            year = None if layer == "stock" else 2035
            own = Asked(
                (*names, "unallocated") if whole else tuple(names), stream, layer, substance, year
            )
            expected.append((own, figure(region.known, own)))
            state = {**state_of(region, DEFAULT), "basis": "register", "stream": stream}
            asked.append(
                {
                    "state": {**state, "layer": layer, "measure": substance, "year": year},
                    "set": {"zones": np.flatnonzero(inside[place]).tolist(), "rest": whole},
                }
            )
    assert len(asked) > 250
    for found, (own, theirs) in zip(page.evaluate(EXPLAINED, asked), expected, strict=True):
        name = f"{own.places[0]} of {len(own.places)}: {own.stream} {own.layer} {own.substance}"
        value = np.nan if found["value"] is None else found["value"]
        assert value == pytest.approx(theirs.value, rel=1e-9, abs=1e-12, nan_ok=True), name
        if found["value"] is None or found["value"] == 0:
            continue
        for side in ("low", "high"):
            if found[side] is not None:
                assert found[side] == pytest.approx(getattr(theirs, side), rel=1e-9), name
        if own.layer in ("stock", "released", "collected", "recovered"):
            assert None not in (found["low"], found["high"]), name
            assert found["grade"] == theirs.grade, name
        # The last of the product is the number, and the others multiply to it.
        *factors, last = found["product"]
        assert last == pytest.approx(value, rel=1e-9), name
        if factors:
            assert np.prod(factors) == pytest.approx(value, rel=1e-9), name
        assert found["steps"] > 0, name


def test_rotterdams_turbines_stand_in_its_ports(page: Page) -> None:
    page.get_by_role("button", name="Tabel van alle gebieden").click()
    table = page.locator("#drawer table")
    keys = table.locator("thead th").evaluate_all("(cells) => cells.map((c) => c.dataset.key)")
    rows = [
        dict(zip(keys, row, strict=True))
        for row in table.locator("tbody tr").evaluate_all(
            "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText))"
        )
    ]
    assert len(rows) == 61
    turbines = {row["name"]: int(row["value"] or 0) for row in rows}
    own = {
        name: count
        for name, count in turbines.items()
        if name.startswith(("Rotterdam", "Maasvlakte", "Europoort", "Botlek", "Landtong"))
    }
    assert sum(own.values()) == 82
    assert sorted(own.values()) == [1, 6, 9, 23, 43]
    assert sum(turbines.values()) == 267


def test_another_stream_colours_other_zones(page: Page) -> None:
    fills = "[...document.querySelectorAll('path.zones')].map((p) => getComputedStyle(p).fill)"
    before = page.evaluate(fills)
    page.get_by_role("button", name="Zonnepanelen").click()
    # Colours fade over, so the new ones are not there at once.
    page.wait_for_function(f"(before) => String({fills}) !== String(before)", arg=before)
    panel = page.locator("#panel")
    assert "494.315 stuks" in panel.inner_text()
    page.locator("#measure").select_option("kwp")
    assert "3.310.842 kWp" in panel.inner_text()


def test_hover_names_zone_value_unit_and_source(page: Page) -> None:
    # A symbol or label may lie over the middle of a zone.
    place = page.locator("path.zones[aria-label*='Maasvlakte']").first.evaluate(FREE_PLACE)
    page.mouse.move(*place)
    text = page.locator("#canvas .tip").inner_text()
    assert "Maasvlakte" in text
    assert "43 stuks" in text
    assert "RIVM" in text


def test_every_door_opens_in_a_file_of_its_own(built: Path, browser: Browser) -> None:
    for name in ("explore", "gap", "figures"):
        page = browser.new_page()
        page.goto((built / "maps" / f"zuid-holland-{name}.html").as_uri())
        page.wait_for_function("document.querySelectorAll('path.zones').length === 61")
        current = page.locator("header [aria-current=page]")
        titles = {
            "explore": "Verkennen",
            "gap": "Waar zit het gat?",
            "figures": "Waarom andere cijfers?",
        }
        assert current.inner_text() == titles[name]
        page.close()


def test_the_reports_stand_beside_the_registers(page: Page) -> None:
    page.get_by_role("button", name="Waarom andere cijfers?").click()
    text = page.locator("body").inner_text()
    for words in ("336 stuks", "267 stuks", "300.000 stuks", "× 35,8", "niet te berekenen"):
        assert words in text


def test_the_page_is_small(built: Path) -> None:
    assert (built / "maps" / "zuid-holland.html").stat().st_size <= 1_500_000
