"""Assemble the page of an atlas: one HTML file that opens from disk and requests nothing."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import folium

from atlas.errors import AtlasError, problem, raise_problems

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

# Kept readable in a data: URL; everything that could end the URL, the attribute or the script
# element (quotes, angle brackets, #, %, line ends, anything not ASCII) is percent-encoded.
_PLAIN_IN_URL = " !$&'()*+,-./:;=?@[]^_`{|}~"

# Leaflet's controls are replaced or unused, so its images are dropped instead of inlined.
_CSS_URL = re.compile(r"[^{};]*url\([^)]*\)[^;}]*;")
_SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=.*")

_REQUIRED: dict[str, type] = {
    "format": int,
    "region": Mapping,
    "edition": Mapping,
    "map": str,
    "maps": Sequence,
    "zones": Sequence,
    "outlines": Sequence,
    "water": Sequence,
    "streams": Sequence,
    "classes": Mapping,
    "facilities": Sequence,
    "collection_points": Sequence,
    "flows": Sequence,
    "sources": Sequence,
    "findings": Sequence,
    "figures": Sequence,
    "municipalities": Sequence,
}


def render(document: Mapping[str, Any]) -> str:
    """Give the whole page as HTML text.

    Parameters
    ----------
    document
        The data document of the page: plain mappings, sequences, text and numbers, with missing
        numbers as ``None`` and text as it stands in the sources. Outlines and water are
        multipolygon coordinates in EPSG:4326, longitude first.

    Returns
    -------
    str
        One HTML file. It holds Leaflet, the style, the modules and the data, so that opening it
        makes no request; two calls with equal documents give equal text; no text of the document
        can become markup or script.

    Raises
    ------
    AtlasError
        When the document lacks a part, or parts of it contradict each other; all problems at once.
    """
    raise_problems(_problems(document), AtlasError)
    page = files("atlas") / "page"
    words = json.loads((page / "words.json").read_text(encoding="utf-8"))
    map_html, map_script = _leaflet_map(document)
    data = {key: value for key, value in document.items() if key not in ("outlines", "water")}
    region = document["region"]["title"]["nl"]
    template = Template((page / "index.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=html.escape(f"{words['atlas.title']['nl']} {region}"),
        description=html.escape(words["atlas.description"]["nl"].replace("{region}", region)),
        leaflet_css=_CSS_URL.sub("", _leaflet_file("leaflet.css")),
        style=(page / "style.css").read_text(encoding="utf-8"),
        map_html=map_html,
        document=_script_json({**data, "words": words}),
        leaflet_js=_SOURCE_MAP.sub("", _leaflet_file("leaflet.js")),
        map_script=map_script,
        import_map=_script_json({"imports": _modules(page)}),
    )


def _leaflet_map(document: Mapping[str, Any]) -> tuple[str, str]:
    """Element and script of the Leaflet map: water and zones, drawn once, styled by the modules.

    folium names elements after random ids and links its own scripts; here every element has an id
    of its own and nothing is linked, so only the parts that fit a closed network are taken over.
    """
    (south, west), (north, east) = document["region"]["bounds"]
    world = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=9,
        tiles=None,
        zoom_control="topright",
        zoom_snap=0.25,
        zoom_delta=0.5,
        min_zoom=6,
        max_zoom=16,
        # The zones themselves take the keys; the attribution comes with the background map.
        keyboard=False,
        attribution_control=False,
    )
    world._id = "atlas"  # noqa: SLF001 - folium has no public way to name an element
    world.default_js = []
    world.default_css = []
    layers = (("water", document["water"], False), ("zones", document["outlines"], True))
    for name, polygons, interactive in layers:
        layer = folium.GeoJson(
            _features(polygons),
            smooth_factor=0.6,
            class_name=name,
            interactive=interactive,
        )
        layer._id = name  # noqa: SLF001 - as above
        layer.add_to(world)
    figure = folium.Figure()
    figure.add_child(world)
    figure.render()  # once: a second rendering adds every part again
    return figure.html.render(), figure.script.render()


def _features(polygons: Sequence[Any]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"index": index},
                "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
            }
            for index, coordinates in enumerate(polygons)
        ],
    }


def _leaflet_file(name: str) -> str:
    folder = files("js_lib_leaflet") / "static" / "js_lib_leaflet"
    return (folder / name).read_text(encoding="utf-8")


def _modules(page: Traversable) -> dict[str, str]:
    """Import map entries: module name to a data: URL, as a file opened from disk has no origin."""
    sources = sorted((entry for entry in page.iterdir() if entry.name.endswith(".js")), key=_name)
    return {
        f"atlas/{source.name.removesuffix('.js')}": "data:text/javascript;charset=utf-8,"
        + quote(
            f"{source.read_text(encoding='utf-8')}//# sourceURL=atlas/{source.name}\n",
            safe=_PLAIN_IN_URL,
        )
        for source in sources
    }


def _name(entry: Traversable) -> str:
    return entry.name


def _script_json(value: object) -> str:
    """JSON that cannot end the script element it stands in, whatever the text in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _problems(document: Mapping[str, Any]) -> list[str]:
    """Say where the document is not what the page reads, a line per problem."""
    problems = [
        problem(
            "page document",
            _found(document, key),
            f"{kind.__name__.lower()} {key!r} is expected",
            "give the document this part",
        )
        for key, kind in _REQUIRED.items()
        if not isinstance(document.get(key), kind)
    ]
    if problems:
        return problems
    doors = [door["id"] for door in document["maps"]]
    if document["map"] not in doors:
        problems.append(
            problem(
                "page document [map]",
                repr(document["map"]),
                f"one of {', '.join(doors)} is expected",
                "name a map that exists",
            )
        )
    lengths = {"outlines": len(document["outlines"])}
    for stream in document["streams"]:
        lengths[f"streams.{stream['id']}.nearest"] = len(stream["nearest"])
        for basis, content in stream["bases"].items():
            place = f"streams.{stream['id']}.bases.{basis}"
            lengths[f"{place}.why"] = len(content["why"])
            lengths |= {
                f"{place}.{quantity['id']}.values": len(quantity["values"])
                for quantity in content["quantities"]
                if "values" in quantity
            }
            problems += _quantity_problems(place, content["quantities"], document, stream["id"])
    count = len(document["zones"])
    problems += [
        problem(
            f"page document [{place}]",
            f"{length} entries",
            f"{count} are expected, one per zone",
            "make it parallel to the zones",
        )
        for place, length in lengths.items()
        if length != count
    ]
    return problems


def _quantity_problems(
    place: str,
    quantities: Sequence[Mapping[str, Any]],
    document: Mapping[str, Any],
    stream: str,
) -> list[str]:
    known = {quantity["id"] for quantity in quantities}
    sources = {source["id"] for source in document["sources"]}
    problems = []
    for quantity in quantities:
        where = f"page document [{place}.{quantity['id']}]"
        if "values" not in quantity and quantity.get("of") not in known:
            problems.append(
                problem(
                    where,
                    f"no values and of = {quantity.get('of')!r}",
                    "values, or a factor of a quantity of the same basis, are expected",
                    "add one of the two",
                )
            )
        if quantity["id"] not in document["classes"].get(stream, {}):
            problems.append(
                problem(
                    where,
                    "no class breaks",
                    f"classes.{stream}.{quantity['id']} is expected",
                    "give the breaks of this quantity",
                )
            )
        problems += [
            problem(where, f"source {source!r}", "one of the sources is expected", "add it to them")
            for source in quantity["sources"]
            if source not in sources
        ]
    return problems


def _found(document: Mapping[str, Any], key: str) -> str:
    if key not in document:
        return f"no part {key!r}"
    return f"{key!r} is {type(document[key]).__name__}"
