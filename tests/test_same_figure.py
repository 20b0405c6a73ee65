"""Fifty figures drawn by lot: the same on the page, in the GeoPackage and in the workbook."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pandas as pd
import pyogrio
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

YEARS = (2025, 2030, 2035, 2040, 2050)
# Layer -> the table of the GeoPackage, its column, and the sheet of the workbook with that table.
PLACES = {
    "released": ("releases", "released_t", "Komt vrij"),
    "collected": ("releases", "collected_t", "Komt vrij"),
    "capacity_gap": ("gaps", "capacity_gap_t", "Capaciteitsgat"),
    "stock": ("stocks", "value", "Voorraden"),
}
STREAMS = {
    "wind_turbine": "Windturbines",
    "solar_panel": "Zonnepanelen",
    "ebike_battery": "Fietsaccu's",
    "smartphone": "Smartphones",
    "ev_battery": "EV-accu's",
}
# A number in Dutch, and what stands before it where it is too small to be shown.
NUMBER = re.compile(r"(< )?(\d{1,3}(?:\.\d{3})*)(?:,(\d+))? (t|kg|g)\b")


def figure_of(text: str) -> tuple[float, float]:
    """Return the tonnes that a text shows, and by how much they may be rounded."""
    match = NUMBER.search(text.replace("\u00a0", " "))
    assert match, text
    less, whole, part, unit = match.groups()
    value = float(whole.replace(".", "") + "." + (part or "0"))
    last = 10.0 ** -len(part or "")
    # C and D carry three significant digits.
    slack = max(last / 2, 0.005 * value)
    of = {"t": 1.0, "kg": 1e-3, "g": 1e-6}[unit]
    return (0.0, value * of) if less else (value * of, slack * of * 1.000001)


def table(package: Path, name: str) -> pd.DataFrame:
    frame = pyogrio.read_dataframe(package, layer=name, read_geometry=False)
    if name == "gaps":
        # The page shows the gap at one step of the chain, which the wide layers name.
        streams = frame["stream"].unique()
        steps = {
            stream: pyogrio.read_dataframe(
                package, layer=f"zones_{stream}", columns=["gap_step"], read_geometry=False
            )["gap_step"].iloc[0]
            for stream in streams
        }
        return frame[frame["step"] == frame["stream"].map(steps)]
    return frame


@pytest.fixture(scope="module")
def keys(built: Path) -> list[tuple[str, str, str, int, float, float]]:
    """Give layer, stream, zone, year and the figure in the GeoPackage and in the workbook."""
    package = built / "layers" / "zuid-holland.gpkg"
    found = []
    lot = random.Random(20261126)  # noqa: S311 - the same fifty every time
    for layer, (name, column, sheet) in PLACES.items():
        frame = table(package, name)
        book = pd.read_excel(package.with_suffix(".xlsx"), sheet_name=sheet, header=2)
        on = ["zone_id", "stream"]
        if layer == "stock":
            frame = frame[(frame["basis"] == "register") & (frame["measure"] == "mass")]
            book = book[book["measure"] == "mass"]
        else:
            frame = frame[frame["year"].isin(YEARS)]
            on.append("year")
            if layer == "capacity_gap":
                on.append("step")
        frame = frame[~frame["zone_id"].isin(["unallocated", "outside"]) & frame[column].notna()]
        both = frame.merge(book, on=on, suffixes=("", "_sheet"), how="left", validate="1:1")
        rows = lot.sample(range(len(both)), 20 if layer == "stock" else 10)
        for row in both.iloc[rows].to_dict("records"):
            year = int(row["year"]) if layer != "stock" else 2035
            figures = (row[column], row[f"{column}_sheet"])
            found.append((layer, row["stream"], row["zone_id"], year, *figures))
    return found


def test_fifty_figures_are_the_same_everywhere(
    page: Page, built: Path, keys: list[tuple[str, str, str, int, float, float]]
) -> None:
    zones = pyogrio.read_dataframe(built / "layers" / "zuid-holland.gpkg", layer="zones")
    names = zones.set_index("zone_id")["name"]
    assert len(keys) == 50
    assert len({key[1] for key in keys}) == 5
    for layer, stream, zone, year, packed, written in keys:
        assert packed == written, (layer, stream, zone, year)
        page.evaluate(
            "([layer, stream, zone, year]) => { location.hash = `layer=${layer}&stream=${stream}"
            "&measure=mass&year=${year}&basis=register&chosen=zone:${zone}` }",
            [layer, stream, zone, year],
        )
        # Drawn, and then the address is written anew, without what is as at opening.
        page.wait_for_function(
            "(words) => words.every((word) => document.querySelector('#panel').innerText"
            ".includes(word))",
            arg=[names[zone], STREAMS[stream], *([] if layer == "stock" else [str(year)])],
        )
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        what = page.locator("#panel .what").first.inner_text()
        assert STREAMS[stream] in what, (what, stream)
        assert layer == "stock" or str(year) in what
        shown, slack = figure_of(page.locator("#panel .figure").first.inner_text())
        assert abs(shown - packed) <= slack, (layer, stream, zone, year, shown, packed)
