"""The questions that the page is made for, and the trail that page and command share."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import pytest

from atlas.explain import explain as explain_figure
from atlas.question import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    import atlas

pytestmark = pytest.mark.browser

MOST_ACTIONS = 3

# zone, stream, layer, element, year, scenario; the page has a switch for each scenario.
ASKED = [
    ("GM0599.maasvlakte", "wind_turbine", "stock", "turbines", None, {}),
    ("GM0599.maasvlakte", "wind_turbine", "stock", "Nd", None, {}),
    ("GM0599.maasvlakte", "wind_turbine", "released", "Nd", 2035, {}),
    ("ports", "wind_turbine", "stock", "Nd", None, {}),
    ("all", "wind_turbine", "released", "Cu", 2030, {"drive_train": "dd_pmsg"}),
    ("GM0546", "solar_panel", "stock", "panels", None, {}),
    ("GM0599", "solar_panel", "released", "mass", 2035, {"lifetime": "early"}),
    ("all", "solar_panel", "collected", "Al", 2040, {"collection": "targets"}),
    ("GM0518", "solar_panel", "collection_gap", "mass", 2045, {"inflow": "growth"}),
    ("GM0518", "ebike_battery", "collected", "Co", 2030, {}),
    ("all", "ebike_battery", "recovered", "Ni", 2035, {"recovery": "legal"}),
    ("GM0629", "smartphone", "released", "Au", 2028, {"lifetime": "late"}),
    ("ports", "ev_battery", "collected", "Li", 2032, {}),
    ("all", "ev_battery", "processed", "mass", 2040, {}),
]

EXPLAIN = """
async ([zone, stream, layer, measure, year, switches]) => {
  const { explain } = await import("atlas/explain");
  const { prepare } = await import("atlas/view");
  const { firstState } = await import("atlas/state");
  const text = document.querySelector("#atlas-document").textContent;
  const atlas = prepare(JSON.parse(text));
  const indices = atlas.zones.map((_, index) => index);
  const set = {
    zones: zone === "all" ? indices
      : indices.filter((index) => (zone === "ports" ? atlas.zones[index].kind === "port"
        : atlas.zones[index].id === zone)),
    rest: zone === "all",
  };
  const state = { ...firstState(atlas), stream, layer, measure, year: year ?? 2035,
    basis: "register", ...switches };
  const found = explain(atlas, { state, set });
  return {
    value: found.value, low: found.low, high: found.high, grade: found.grade,
    product: found.product.filter(({ key }) => key !== "product.result").map(({ value }) => value),
    steps: found.steps.map(({ id, definition, row, source }) => [id, definition, row, source]),
  };
}
"""


@pytest.fixture
def page(built: Path, browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1366, "height": 768})
    opened.goto((built / "maps" / "zuid-holland.html").as_uri())
    opened.wait_for_function("document.querySelectorAll('path.zones[aria-label]').length === 61")
    yield opened
    opened.close()


def door(page: Page, name: str) -> Callable[[Callable[[], object]], None]:
    """Go through a door and count what is done from there: one choice in one control each."""
    page.get_by_role("button", name=name, exact=True).click()
    done: list[object] = []

    def act(choice: Callable[[], object]) -> None:
        done.append(choice())
        assert len(done) <= MOST_ACTIONS

    return act


def test_how_much_neodymium_stands_in_the_ports_and_how_sure(page: Page) -> None:
    act = door(page, "Verkennen")
    act(lambda: page.locator("#measure").select_option("Nd"))
    row = page.locator("#panel .notes div", has_text="Havengebieden samen").first
    assert row.is_visible()
    text = row.inner_text()
    assert re.search(r"\b15,5\st\b", text)
    assert re.search(r"11\s–\s20,7\st", text)
    assert re.search(r"\bD\b", text)


def test_which_municipality_releases_most_panels_in_2035_under_early_loss(page: Page) -> None:
    act = door(page, "Wanneer komt het vrij?")
    act(lambda: page.get_by_label("Levensduur").select_option("early"))
    assert "2035" in page.locator("#sentence").inner_text()
    first = page.locator("#panel ol.largest li").first
    assert first.is_visible()
    assert "Rotterdam" in first.inner_text()


def test_why_the_atlas_counts_more_panels_than_the_province(page: Page) -> None:
    door(page, "Waarom andere cijfers?")
    row = page.locator("[data-figure=pv_count]")
    text = row.inner_text()
    assert "300.000" in text
    assert "10.749.487" in text
    assert "35,8" in text
    assert "INSTALLATIES" in text


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: "-".join(map(str, asked[:5])))
def test_page_and_command_give_the_same_trail(
    page: Page, region: atlas.Atlas, asked: tuple[Any, ...]
) -> None:
    zone, stream, layer, element, year, switches = asked
    scenario = "-".join(next(iter(switches.items()))) if switches else "default"
    theirs = page.evaluate(EXPLAIN, list(asked))
    ours = explain_figure(region, ask(region, zone, stream, layer, element, year, scenario))
    assert theirs["value"] == pytest.approx(ours["value"], rel=1e-9)
    for side in ("low", "high"):
        if ours[side] is None:
            assert theirs[side] is None
        else:
            assert theirs[side] == pytest.approx(ours[side], rel=1e-9)
    if ours["grade"] is not None and ours["low"] is not None:
        assert theirs["grade"] == ours["grade"]
    for product in (theirs["product"], [part["value"] for part in ours["product"]]):
        if product:
            assert math.prod(product) == pytest.approx(ours["value"], rel=1e-9)
    assert ours["product"]
    steps = [
        [step["id"], step["definition"], step["row"], step["source"] and step["source"]["file"]]
        for step in ours["steps"]
    ]
    files = region.sources.set_index("source_id")["file"].to_dict()
    named = [[i, where, row, files.get(source)] for i, where, row, source in theirs["steps"]]
    assert named == steps
    assert len(steps) >= 1
