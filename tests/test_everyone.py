"""The page for everyone: axe in each view, every control without a network, and keys alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PUT = "put=P1~ev_battery~recycling~5000~2030~51.95~4.02~Proef"
VIEWS = {
    "explore": "",
    "release": "#door=release",
    "gap": "#door=gap",
    "siting": "#door=siting",
    "figures": "#door=figures",
    "zone": "#chosen=zone:GM0599.maasvlakte",
    "municipality": "#areas=municipality&chosen=municipality:GM0599",
    "facility": "#chosen=facility:F001",
    "point": "#chosen=point:{point}",
    "site": "#door=siting&chosen=site:{site}",
    "plant": f"#door=siting&{PUT}&chosen=plant:P1",
    "what if": f"#door=siting&stream=ev_battery&{PUT}&changes=C1~F001~~~2032",
    "side by side": "#door=gap&compare=side&other=door%3Drelease",
    "difference": "#door=release&compare=difference&other=door%3Drelease%26lifetime%3Dearly",
    "table": "#drawer=table",
    "points": "#drawer=points",
    "plants": "#drawer=plants",
    "sites": "#door=siting&drawer=sites",
    "sources": "#drawer=sources",
    "findings": "#drawer=findings",
    "about": "#drawer=about",
    "cover": "#stream=ebike_battery&own=yes",
    "recovered": "#stream=ev_battery&layer=recovered&year=2040",
    "per km2": "#layer=released&year=2035&stream=solar_panel&per=km2",
    "english": "#lang=en&door=gap",
}
# The years of WCAG 2.2 AA, and what axe itself calls good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BEAMER, PHONE = (1366, 768), (390, 844)
MOST_TABS = 250


def drawn(page: Page) -> None:
    page.wait_for_function("document.querySelectorAll('path.zones[aria-label]').length >= 61")


def go(page: Page, address: str) -> None:
    ids = page.evaluate(
        """() => {
          const atlas = JSON.parse(document.querySelector("#atlas-document").textContent);
          return { point: atlas.collection_points[0].id, site: atlas.sites[0].site_id };
        }"""
    )
    url = page.url.split("#")[0] + address.format(**ids)
    page.goto("about:blank")
    page.goto(url)
    drawn(page)


# ------------------------------------------------------------------ axe


@pytest.mark.parametrize(
    ("view", "size"),
    [(view, BEAMER) for view in VIEWS]
    + [(view, PHONE) for view in ("explore", "gap", "zone", "plant", "side by side", "table")],
)
def test_axe_finds_nothing_serious(page: Page, view: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    go(page, VIEWS[view])
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    serious = [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert found.response["testEngine"]["name"] == "axe-core"


def test_axe_would_find_what_is_wrong(page: Page) -> None:
    """A check that cannot fail is none: a button without a name, and grey on grey."""
    page.evaluate(
        """() => {
          const bad = document.createElement("button");
          bad.className = "bad";
          const pale = document.createElement("p");
          pale.textContent = "bleek";
          pale.style.cssText = "color:#bbb;background:#ccc";
          document.querySelector("#panel").prepend(bad, pale);
        }"""
    )
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    assert {"button-name", "color-contrast"} <= {r["id"] for r in found.response["violations"]}


# ------------------------------------------------------------------ every control


TOUR = """
async (door) => {
  const rest = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  globalThis.print = () => {};
  HTMLAnchorElement.prototype.click = () => {};  // downloads: seen elsewhere
  const shown = (element) => element.offsetParent !== null && !element.disabled;
  const name = (element) => `${element.id} ${element.className} ${element.textContent.slice(0, 60)}`
    + ` ${element.getAttribute("aria-label") ?? ""}`;
  document.querySelectorAll("#header .door")[door].click();
  await rest();
  const used = new Set();
  for (let left = 600; left > 0; left -= 1) {
    for (const details of document.querySelectorAll("details")) details.open = true;
    const next = [...document.querySelectorAll("button, select, summary, input[type=range]")]
      .find((element) => shown(element) && !used.has(name(element))
        // The background is the one thing that asks the network, and says so.
        && !/achtergrond|background/i.test(element.textContent)
        && !element.matches("#header .door, #panel ol button, #drawer td button, #drawer th button")
        && !element.closest("#drawer .list, #found"));
    if (!next) break;
    used.add(name(next));
    if (next.tagName === "SELECT") {
      for (const option of [...next.options].slice(0, 6)) {
        next.value = option.value;
        next.dispatchEvent(new Event("change", { bubbles: true }));
        await rest();
      }
    } else if (next.tagName === "INPUT") {
      next.value = next.max;
      next.dispatchEvent(new Event("input", { bubbles: true }));
    } else next.click();
    await rest();
  }
  return [...used];
}
"""


@pytest.mark.parametrize("door", range(5))
def test_every_control_works_without_a_network_or_a_complaint(page: Page, door: int) -> None:
    used = page.evaluate(TOUR, door)
    assert len(used) > 20
    assert page.locator("#sentence").inner_text() != ""
    assert page.locator("#header .door").count() == 5


# ------------------------------------------------------------------ keys alone


# Zones show the focus by a ring of their own shape, everything else by an outline.
SEEN = """
() => document.activeElement.matches("path.zones")
  ? [...document.querySelectorAll("path.ring")].some((ring) => ring.getAttribute("d").length > 20)
  : getComputedStyle(document.activeElement).outlineStyle !== "none"
"""


class Keys:
    """Someone without a pointer: Tab and arrows to go somewhere, and choices that are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0

    def go_to(self, selector: str) -> None:
        """Press Tab until what is sought has the focus, and can be seen to have it."""
        for _ in range(MOST_TABS):
            if self.page.evaluate("(s) => document.activeElement.matches(s)", selector):
                assert self.page.evaluate(SEEN)
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{selector} is not reached by Tab")

    def through(self, door: str) -> None:
        """Go through a door: where actions are counted from."""
        index = self.page.locator("#header .door").all_inner_texts().index(door)
        self.go_to(f"#header .door:nth-child({index + 1})")
        self.page.keyboard.press("Enter")
        self.actions = 0

    def choose(self, selector: str, *keys: str, text: str = "") -> None:
        self.go_to(selector)
        if text:
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(text)
        for key in keys:
            self.page.keyboard.press(key)
        self.actions += 1
        assert self.actions <= 3


def panel(page: Page) -> str:
    return re.sub(r"\s+", " ", page.locator("#panel").inner_text())


def test_keys_tell_how_much_neodymium_stands_in_the_ports(page: Page) -> None:
    keys = Keys(page)
    keys.through("Verkennen")
    keys.choose("#measure", text="neodymium")
    text = panel(page)
    assert re.search(r"Havengebieden samen 15,5 t D 11 – 20,7 t", text)


def test_keys_tell_who_lives_far_from_a_collection_point(page: Page) -> None:
    keys = Keys(page)
    keys.through("Verkennen")
    keys.choose("#controls .streams button:nth-child(3)", "Enter")
    keys.choose("#find", "Enter", text="Goeree")
    assert page.locator("#panel h2").inner_text() == "Goeree-Overflakkee"
    assert re.search(r"5 km 13 % – 59 % 41 % – 87 %", panel(page))


def test_keys_tell_what_a_battery_plant_on_the_maasvlakte_does(page: Page) -> None:
    keys = Keys(page)
    keys.through("Waar kan het?")
    keys.choose("#find", "Enter", text="Maasvlakte")
    assert page.locator("#panel h2").inner_text() == "Maasvlakte"
    keys.choose("#panel button.put", "Enter")
    assert page.evaluate("document.activeElement.id") == "plant-capacity"
    keys.choose("#plant-capacity", "Enter", text="5000")
    assert page.locator("#plant-from").input_value() == "2030"
    text = panel(page)
    # Of the gap of packs of bikes in 2040, 3.94 t at worst, all goes; most zones are served more.
    assert re.search(r"2040 0 – 3,94 0 0 tot −3,94 \(100 %\)", text)
    assert re.search(r"Meer bediend in 2040: 5\d van 61 gebieden", text)
    assert re.search(r"EV-accu's .* 2040 0 – 229 0 0 tot −229 \(100 %\)", text)


def test_arrows_walk_from_zone_to_zone_and_nobody_is_trapped(page: Page) -> None:
    keys = Keys(page)
    keys.go_to("path.zones")
    names = set()
    for key in ["ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"] * 3:
        page.keyboard.press(key)
        names.add(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert len(names) > 3
    page.keyboard.press("Enter")
    assert page.locator("#panel .back").is_visible()
    before = page.evaluate("document.activeElement.tagName")
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.matches('path.zones')")
    assert before == "path"
