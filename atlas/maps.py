"""Assemble the page of an atlas: one HTML file that opens from disk and requests nothing."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from string import Template
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import quote

import folium

from atlas.definitions import LayerName
from atlas.errors import AtlasError, problem, raise_problems

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

# Kept readable in a data: URL. What could end the URL or the script element is percent-encoded:
# angle brackets, number and percent signs, line ends, all that is not ASCII. JSON escapes quotes.
_PLAIN_IN_URL = " !$&'()*+,-./:;=?@[]^_`{|}~\""

# Leaflet's controls are replaced or unused, so its images are dropped instead of inlined.
_CSS_URL = re.compile(r"[^{};]*url\([^)]*\)[^;}]*;")
FORMAT = 2
BREAKS = 4
TOTALS = {"mass", "crm", "crm_other"}
LAYERS = get_args(LayerName)
# House style of the modules: comments stand on lines of their own, none within a text.
_INDENT = re.compile(r"^[ ]+", re.MULTILINE)
_COMMENT = re.compile(r"^(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
_JOINED = re.compile(r"^((?:(?!//)[^\n])*[;{,(\[])\n", re.MULTILINE)
_SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=.*")

_REQUIRED: dict[str, type] = {
    "format": int,
    "region": Mapping,
    "edition": Mapping,
    "map": str,
    "maps": Sequence,
    "years": Sequence,
    "elements": Sequence,
    "switches": Mapping,
    "zones": Sequence,
    "outlines": Sequence,
    "water": Sequence,
    "streams": Sequence,
    "classes": Mapping,
    "facilities": Sequence,
    "collection_points": Sequence,
    "flows": Mapping,
    "access": Mapping,
    "sites": Sequence,
    "siting": Mapping,
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
            f"{_lean(source.read_text(encoding='utf-8'))}//# sourceURL=atlas/{source.name}\n",
            safe=_PLAIN_IN_URL,
        )
        for source in sources
    }


def _lean(source: str) -> str:
    """Leave out indentation, lines that are only comment, and ends of lines that end nothing.

    A third of the modules' size: each end of a line takes three bytes in a URL.
    """
    return _JOINED.sub(r"\1", _COMMENT.sub("", _INDENT.sub("", source)))


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
    return [
        *_format_problems(document),
        *_door_problems(document),
        *_length_problems(document),
        *_class_problems(document),
        *_source_problems(document),
    ]


def _format_problems(document: Mapping[str, Any]) -> list[str]:
    if document["format"] == FORMAT:
        return []
    expected = f"format {FORMAT} is expected"
    return [problem("page document [format]", str(document["format"]), expected, "write that one")]


def _door_problems(document: Mapping[str, Any]) -> list[str]:
    """Say which door is not there, and which shows what is not there."""
    doors = [door["id"] for door in document["maps"]]
    streams = {stream["id"]: stream for stream in document["streams"]}
    elements = {element["id"] for element in document["elements"]} | TOTALS
    problems = [_unknown("map", document["map"], doors)]
    for door in document["maps"]:
        view, place = door["view"], f"maps.{door['id']}.view"
        problems.append(_unknown(f"{place}.layer", view["layer"], LAYERS))
        if view["year"] is not None:
            problems.append(_unknown(f"{place}.year", view["year"], document["years"]))
        problems += [
            _unknown(f"{place}.{name}", view[name], values)
            for name, values in document["switches"].items()
            if view.get(name) is not None
        ]
        stream = streams.get(view["stream"])
        if stream is None:
            problems.append(_unknown(f"{place}.stream", view["stream"], list(streams)))
            continue
        problems.append(_unknown(f"{place}.basis", view["basis"], list(stream["bases"])))
        measures = {
            quantity["id"] for basis in stream["bases"].values() for quantity in basis["quantities"]
        }
        known = sorted(measures | elements)
        problems.append(_unknown(f"{place}.measure", view["measure"], known))
    return [found for found in problems if found is not None]


def _unknown(place: str, value: object, known: Sequence[object]) -> str | None:
    if value in known:
        return None
    return problem(
        f"page document [{place}]",
        repr(value),
        f"one of {', '.join(map(str, known))} is expected",
        "name one that exists",
    )


def _length_problems(document: Mapping[str, Any]) -> list[str]:
    """Say what is not parallel to the zones, or to the years that it is about."""
    zones, years = len(document["zones"]), len(document["years"])
    lengths = [("outlines", len(document["outlines"]), zones, "zone")]
    for stream in document["streams"]:
        place = f"streams.{stream['id']}"
        lengths += [
            (f"{place}.nearest.{step}", len(near), zones, "zone")
            for step, near in stream["nearest"].items()
        ]
        for basis, content in stream["bases"].items():
            lengths += [
                (
                    f"{place}.bases.{basis}.{quantity['id']}.values",
                    len(quantity["values"]),
                    zones,
                    "zone",
                )
                for quantity in content["quantities"]
            ]
        if stream["model"] is not None:
            lengths += _model_lengths(
                f"{place}.model", stream["model"], zones=zones, years=years,
                last=document["years"][-1],
            )  # fmt: skip
    return [
        problem(
            f"page document [{place}]",
            f"{found} entries",
            f"{expected} are expected, one per {each}",
            f"make it parallel to the {each}s",
        )
        for place, found, expected, each in lengths
        if found != expected
    ]


def _model_lengths(
    place: str, model: Mapping[str, Any], *, zones: int, years: int, last: int
) -> list[tuple[str, int, int, str]]:
    market, flow = model["collection"]["market"], model["flow"]
    lengths = []
    if flow is None:
        lengths.append((f"{place}.pattern", len(model["pattern"]), zones, "zone"))
    else:
        lengths.append((f"{place}.flow.portion", len(flow["portion"]), zones, "zone"))
        series = {"low": flow["low"], "high": flow["high"], **flow["t_per_a"]}
        lengths += [(f"{place}.flow.{n}", len(t), years, "year") for n, t in series.items()]
    if market is not None:
        where = f"{place}.collection.market.t_per_a"
        lengths.append((where, len(market["t_per_a"]), zones, "zone"))
    for name, life in model["lifetimes"].items():
        # From the year after the count on, which may lie before the first that is shown.
        rows = {
            "renewal": life["renewal"],
            **{f"leaves.{c}": r for c, r in enumerate(life["leaves"])},
        }
        lengths += [
            (f"{place}.lifetimes.{name}.{key}", len(row), last - model["until"], "year")
            for key, row in rows.items()
        ]
    processed = model["processed"] or {"pool": [], "scenarios": {}, "steps": []}
    for number, entry in enumerate(processed["pool"]):
        if isinstance(entry, list):
            where = f"{place}.processed.pool.{number}"
            lengths.append((where, len(entry), years, "year"))
            # What is unallocated stands after the zones.
            lengths += [
                (f"{where}.{index}", len(share), zones + 1, "zone")
                for index, share in enumerate(entry)
                if isinstance(share, list)
            ]
    lengths += [
        (f"{place}.processed.scenarios.{name}", len(steps), len(processed["steps"]), "step")
        for name, steps in processed["scenarios"].items()
    ]
    return lengths


def _class_problems(document: Mapping[str, Any]) -> list[str]:
    return [
        problem(
            f"page document [classes.{stream}.{name}]",
            str(list(breaks)),
            f"{BREAKS} ascending breaks are expected",
            "give each class a lower break of its own",
        )
        for stream, classes in document["classes"].items()
        for name, breaks in classes.items()
        if len(breaks) != BREAKS or any(low >= high for low, high in pairwise(breaks))
    ]


def _source_problems(document: Mapping[str, Any]) -> list[str]:
    """Say which source is named, by a quantity or by any trail, and is not there."""
    known = {source["id"] for source in document["sources"]}
    named: dict[str, set[str]] = {}
    for stream in document["streams"]:
        place = f"streams.{stream['id']}"
        for basis, content in stream["bases"].items():
            for quantity in content["quantities"]:
                where = f"{place}.bases.{basis}.{quantity['id']}"
                named[where] = {*quantity["sources"], *_trail_sources(quantity["trail"])}
        named[f"{place}.model"] = _trail_sources(stream["model"])
    return [
        problem(
            f"page document [{place}]",
            f"source {source!r}",
            "one of the sources is expected",
            "add it to them",
        )
        for place, sources in named.items()
        for source in sorted(sources - known)
    ]


def _trail_sources(part: object) -> set[str]:
    """Give the sources of all trails in a part of the document, however deep."""
    if isinstance(part, Mapping):
        own = {part["source"]} if part.get("source") and "definition" in part else set()
        return own.union(*map(_trail_sources, part.values()))
    if isinstance(part, list):
        return set().union(*map(_trail_sources, part)) if part else set()
    return set()


def _found(document: Mapping[str, Any], key: str) -> str:
    if key not in document:
        return f"no part {key!r}"
    return f"{key!r} is {type(document[key]).__name__}"
