"""The page of the real region: whole, silent, and with the numbers of the frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import atlas
from atlas.scenarios import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser

AMOUNTS = """
async () => {
  const { amounts, sideOf, gradeOf } = await import("atlas/model");
  const data = JSON.parse(document.querySelector("#atlas-document").textContent);
  const rows = [];
  for (const stream of data.streams) {
    for (const [basis, content] of Object.entries(stream.bases)) {
      for (const quantity of content.quantities) {
        const found = amounts(content, quantity);
        data.zones.forEach((zone, i) => rows.push([
          stream.id, basis, quantity.id, zone.id, found.values[i], found.best?.[i] ?? null,
          sideOf(quantity, "low", i), sideOf(quantity, "high", i), gradeOf(quantity, i),
        ]));
        rows.push([stream.id, basis, quantity.id, "unallocated", found.unallocated,
                   found.unallocatedBest, null, null, null]);
      }
    }
  }
  return rows;
}
"""

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


@pytest.fixture(scope="module")
def region() -> atlas.Atlas:
    return atlas.build("zuid-holland")


@pytest.fixture
def page(built: Path, browser: Browser) -> Iterator[Page]:
    """Open the page from disk; it fails on any request, message of the console, or error."""
    loud: list[str] = []

    def closed(route: Route) -> None:
        url = route.request.url
        if url.startswith("file:"):
            route.continue_()
        else:
            loud.append(f"request {url}")
            route.abort()

    opened = browser.new_page(viewport={"width": 1366, "height": 768})
    opened.on("console", lambda message: loud.append(f"console {message.text}"))
    opened.on("pageerror", lambda error: loud.append(f"error {error}"))
    opened.route("**/*", closed)
    opened.goto((built / "maps" / "zuid-holland.html").as_uri())
    opened.wait_for_function("document.querySelectorAll('path.zones[aria-label]').length > 0")
    opened.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))"
    )
    yield opened
    opened.close()
    assert loud == []


def test_it_draws_61_zones_and_says_so(page: Page) -> None:
    assert page.locator("path.zones").count() == 61
    assert page.title() == "Grondstoffenatlas Zuid-Holland"
    assert page.locator("html").get_attribute("lang") == "nl"
    counts = page.locator("#legend tbody td").all_inner_texts()
    assert sum(map(int, counts)) == 61


def test_every_amount_is_that_of_the_frames(page: Page, region: atlas.Atlas) -> None:
    found: list[list[Any]] = page.evaluate(AMOUNTS)
    stocks = region.stocks.set_index(["stream", "basis", "measure", "zone_id"])
    scenarios = {"register": DEFAULT, "report": "basis-report"}
    keys = ["stream", "scenario_id", "zone_id"]
    releases, gaps = region.releases.set_index(keys), region.gaps.set_index(keys)
    crm = region.materials.set_index(["stream", "zone_id"])
    seen = set()
    for stream, basis, name, zone, value, best, low, high, grade in found:
        place = (stream, scenarios[basis], zone)
        seen.add((stream, basis, name))
        if (stream, basis, name, zone) in stocks.index:
            row, column = stocks.loc[(stream, basis, name, zone)], "value"
        elif name == "crm":
            row, column = crm.loc[(stream, zone)], "mass_t"
        elif name in ("released", "collected"):
            row, column = releases.loc[place], f"{name}_t"
        else:
            row, column = gaps.loc[place], f"{name}_t"
            assert best == pytest.approx(row[f"{column}_best"], rel=1e-9, abs=1e-9)
        assert value == pytest.approx(row[column], rel=1e-9, abs=1e-9), (name, zone)
        if zone != "unallocated" and f"{column}_low" in row and row[column] > 0:
            assert value * low == pytest.approx(row[f"{column}_low"], rel=1e-9), (name, zone)
            assert value * high == pytest.approx(row[f"{column}_high"], rel=1e-9), (name, zone)
            assert grade == row["grade"], (name, zone)
    # Every measure of the stock and the four layers after it, on both bases.
    assert {s for s, _, _ in seen} == set(region.stocks["stream"])
    for stream, basis in {(s, b) for s, b, _ in seen}:
        names = {n for s, b, n in seen if (s, b) == (stream, basis)}
        own = region.stocks[(region.stocks["stream"] == stream) & (region.stocks["basis"] == basis)]
        assert set(own["measure"]) | {"released", "collected", "processed", "capacity_gap"} <= names


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
    assert page.evaluate(fills) != before
    assert "3.310.842 kWp" in page.locator("#panel").inner_text()


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
    for words in ("336 stuks", "267 stuks", "300.000 stuks", "× 35,83", "niet te berekenen"):
        assert words in text


def test_the_page_is_small(built: Path) -> None:
    assert (built / "maps" / "zuid-holland.html").stat().st_size <= 1_500_000
