"""The page of a region in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from atlas.catalog import choose
from atlas.document import page_document
from atlas.maps import render
from atlas.pipeline import Atlas, build

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Page:
    """A page of the atlas: HTML text that needs nothing else, and how high a notebook shows it."""

    html: str
    height_px: int

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the page in a frame of its own, apart from its scripts."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" title="Grondstoffenatlas" '
            # Without the rights of the notebook, whose server could be asked to run anything.
            'sandbox="allow-scripts allow-downloads allow-modals allow-popups" '
            f'style="width: 100%; height: {self.height_px}px; border: 0"></iframe>'
        )


def show(
    region: str | Atlas = "zuid-holland",
    *,
    door: str | None = None,
    home: Path | None = None,
    height_px: int = 760,
) -> Page:
    """Show a region in a notebook: the same page that `atlas build` writes.

    Parameters
    ----------
    region
        A region that was built, or the name of one to build.
    door
        The map that the page opens at, a file in maps/; the first unless named.
    home
        Where the definitions are, as for `build`; of a built region its own.
    height_px
        Pixels; the width is that of the notebook.

    Returns
    -------
    Page
        Jupyter shows it as the last line of a cell; its `html` is the text of the page.

    Raises
    ------
    AtlasError
        When a name is not known, or the region cannot be built.
    """
    built = region if isinstance(region, Atlas) else build(region, home=home)
    maps = built.catalog.maps
    first = min(maps.values(), key=lambda page: page.order)
    page = first if door is None else choose(maps, door, what="map")
    return Page(html=render(page_document(built, page)), height_px=height_px)
