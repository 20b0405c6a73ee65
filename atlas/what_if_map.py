"""Small maps of a session: zones by the difference of their gap, plants, and numbered marks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

from atlas.markup import Markup, tag
from atlas.what_if_effect import shapes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlas.what_if_effect import Effect

Style = dict[str, str | float | None]

# From much less to much more, as on the page; told apart by everybody, and more is hatched too.
COLOURS = ("#542788", "#998ec3", "#cbcbe4", "#f7f7f7", "#fee0b6", "#f1a340", "#b35806")
SAME = 3
_METRES = 100.0  # to a unit of the drawing
_COARSE = 120.0  # metres: what a map of this size can show
_INK, _YELLOW, _PURPLE = "#0f1c2b", "#ffe066", "#7a1fa2"
# Around the place they stand for, as on the page.
_SHAPES = {
    "note": "M-13 -29H13A4 4 0 0 1 17 -25V-11A4 4 0 0 1 13 -7H5L0 0L-5 -7H-13A4 4 0 0 1 -17 -11V-25"
    "A4 4 0 0 1 -13 -29Z",
    "site": "M0 0C-4 -7 -13 -11 -13 -20A13 13 0 0 1 13 -20C13 -11 4 -7 0 0Z",
    "area": "M-1 13V-13H17L12 -5L17 3H1V13Z",
}
_TEXT = {"note": (0, -14), "site": (0, -15.5), "area": (6.5, -0.5)}
_PLANTS = {
    "sorting": "M-8 -8H8V8H-8Z",
    "dismantling": "M0 -11L11 0L0 11L-11 0Z",
    "recycling": "M0 -11L11 9H-11Z",
    "refining": "M0 -12L3 -4L12 -4L5 2L8 11L0 6L-8 11L-5 2L-12 -4L-3 -4Z",
}


def edges(most: float) -> list[float]:
    """Return three edges of the series 1-2-5 below the largest difference; none where none is."""
    if not most > 0 or not math.isfinite(most):
        return []
    power = math.floor(math.log10(most)) - 2
    series = [float(f"{digit}e{power + each}") for each in range(4) for digit in (1, 2, 5)]
    return [edge for edge in series if edge <= most / 2][-3:]


def class_of(value: float, own: Sequence[float]) -> int:
    """Return the class of a difference, from 0 (much less) to 6 (much more)."""
    steps = sum(abs(value) >= edge for edge in own)
    return SAME + (steps if value > 0 else -steps)


def definitions(effect: Effect) -> Markup:
    """Return the outlines of the zones and the hatch, once for all maps of a document."""
    shapes = shapely.coverage_simplify(effect.atlas.zones.geometry.to_numpy(), _COARSE)
    west, north = _corner(effect)
    outlines = [
        tag("path", id=f"z{number}", d=_path(shape, west, north))
        for number, shape in enumerate(shapes)
    ]
    hatch = tag(
        "pattern",
        tag("path", d="M0 7L7 0", stroke=_INK, stroke_width=1.3),
        id="more",
        width=7,
        height=7,
        patternUnits="userSpaceOnUse",
    )
    return tag("svg", tag("defs", *outlines, hatch), class_="defs", aria_hidden="true")


def draw(
    effect: Effect, difference: Mapping[str, float], own: Sequence[float], *, label: str
) -> Markup:
    """Return one map.

    Parameters
    ----------
    effect
        The session, solved.
    difference
        zone_id -> tonnes more (or less) of a gap; zones that are not named are as they were.
    own
        From `edges`.
    label
        What it shows, in words.
    """
    west, south, east, north = effect.atlas.zones.total_bounds
    zones = []
    for number, zone in enumerate(effect.atlas.zones["zone_id"]):
        each = class_of(difference.get(zone, 0.0), own)
        fill: Style = {"stroke": "#8b98a6", "stroke_width": 1}
        zones.append(tag("use", href=f"#z{number}", fill=COLOURS[each], **fill))
        if each > SAME:
            zones.append(tag("use", href=f"#z{number}", fill="url(#more)", **fill))
    return tag(
        "svg",
        *zones,
        *_marks(effect),
        *_plants(effect),
        viewBox=f"-12 -34 {(east - west) / _METRES + 24:.0f} {(north - south) / _METRES + 46:.0f}",
        role="img",
        aria_label=label,
    )


def swatch(each: int) -> Markup:
    """Return the sample of a class, for the legend."""
    box: Style = {"x": 0.5, "y": 0.5, "width": 21, "height": 12, "stroke": "#8b98a6"}
    parts = [tag("rect", fill=COLOURS[each], **box)]
    if each > SAME:
        parts.append(tag("rect", fill="url(#more)", **box))
    return tag("svg", *parts, viewBox="0 0 22 13", aria_hidden="true")


def _marks(effect: Effect) -> list[Markup]:
    marks = effect.session.marks
    if not marks:
        return []
    west, north = _corner(effect)
    drawn: list[Markup] = []
    signs: list[Markup] = []
    shapes = shapes_of(marks, crs=str(effect.atlas.zones.crs)).to_numpy()
    for own, shape in zip(marks, shapes, strict=True):
        if shape is None:  # an area that encloses nothing
            continue
        if own.kind == "area":
            line: Style = {
                "fill": _YELLOW,
                "fill_opacity": 0.2,
                "stroke": _INK,
                "stroke_width": 2.5,
            }
            drawn.append(tag("path", d=_path(shape, west, north), stroke_dasharray="9 6", **line))
        x, y = _TEXT[own.kind]
        number = own.mark_id.removeprefix("M")
        sign = tag("path", d=_SHAPES[own.kind], fill=_YELLOW, stroke=_INK, stroke_width=1.6)
        signs.append(
            tag("g", sign, _letters(number, x, y, _INK), transform=_at(shape.centroid, west, north))
        )
    return drawn + signs


def _plants(effect: Effect) -> list[Markup]:
    west, north = _corner(effect)
    table = effect.after.access.plants.set_index("facility_id")
    places = dict(zip(table.index, table.geometry.to_numpy(), strict=True))
    named = {own.plant.plant_id: (own.plant.plant_id, False) for own in effect.session.plants}
    named |= {
        own.change.facility_id: (own.change_id, own.change.to_year is not None)
        for own in effect.session.changes
    }
    drawn = []
    for plant, (name, closes) in named.items():
        row = table.loc[plant]
        shape = _PLANTS.get(str(row["step"]), _PLANTS["sorting"])
        line: Style = {"stroke": "#fff", "stroke_width": 2, "stroke_linejoin": "round"}
        cross = tag("path", d="M-11 -11L11 11M-11 11L11 -11", stroke=_INK, stroke_width=3)
        drawn.append(
            tag(
                "g",
                tag("path", d=shape, fill=_PURPLE, **line),
                cross if closes else None,
                _letters(name, 0, 25, _INK, halo=True),
                transform=_at(places[plant], west, north),
            )
        )
    return drawn


def _letters(text: str, x: float, y: float, colour: str, *, halo: bool = False) -> Markup:
    edge: Style = {"stroke": "#fff", "stroke_width": 4, "paint_order": "stroke"} if halo else {}
    size: Style = {"font_size": 13, "font_weight": 700, "text_anchor": "middle"}
    return tag("text", text, x=x, y=y, fill=colour, **size, **edge)


def _corner(effect: Effect) -> tuple[float, float]:
    west, _, _, north = effect.atlas.zones.total_bounds
    return float(west), float(north)


def _at(place: shapely.Point, west: float, north: float) -> str:
    """Return where a symbol goes: a place outside of the map lies beyond its edge."""
    return f"translate({(place.x - west) / _METRES:.1f} {(north - place.y) / _METRES:.1f})"


def _path(shape: shapely.Geometry, west: float, north: float) -> str:
    rings = [
        shapely.get_coordinates(ring)
        for part in shapely.get_parts(shape)
        for ring in (part.exterior, *part.interiors)
    ]
    parts = []
    for ring in rings:
        units = np.round((ring[:-1] - (west, north)) / (_METRES, -_METRES)).astype(int)
        parts.append("M" + "L".join(f"{x} {y}" for x, y in units.tolist()) + "Z")
    return "".join(parts)
