"""The page in a frame of a notebook, where it has no address of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import atlas

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_the_page_works_in_a_cell(region: atlas.Atlas, browser: Browser, tmp_path: Path) -> None:
    shown = atlas.map(region, door="gap", height_px=600)
    notebook = tmp_path / "notebook.html"
    html = shown._repr_html_()
    notebook.write_text(f"<!doctype html><p id='cell'>1</p>{html}", encoding="utf-8")
    loud: list[str] = []
    opened = browser.new_page(viewport={"width": 1100, "height": 800})
    opened.on("console", lambda message: loud.append(message.text))
    opened.on("pageerror", lambda error: loud.append(str(error)))
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(notebook.as_uri())
    (frame,) = opened.main_frame.child_frames
    frame.wait_for_function("document.querySelectorAll('path.zones[aria-label]').length === 61")
    assert opened.locator("iframe").bounding_box()["height"] == 600  # type: ignore[index]
    frame.locator("button[lang=en], button[data-lang=en]").first.click()
    frame.wait_for_function("document.documentElement.lang === 'en'")
    reached = "() => { try { return parent.document.title } catch { return null } }"
    assert frame.evaluate(reached) is None, "the page reads the notebook around it"
    # Longer than the page waits before it writes an address.
    opened.wait_for_timeout(500)
    assert opened.url == notebook.as_uri()
    assert asked == [notebook.as_uri()]
    assert loud == []
    opened.close()


def test_a_door_that_is_not_there_is_refused(region: atlas.Atlas) -> None:
    with pytest.raises(atlas.AtlasError, match=r"gaps.*gap"):
        atlas.map(region, door="gaps")


def test_it_is_the_page_that_a_build_writes(region: atlas.Atlas, built: Path) -> None:
    page = (built / "maps" / "zuid-holland-gap.html").read_text(encoding="utf-8")
    assert atlas.map(region, door="gap").html == page
