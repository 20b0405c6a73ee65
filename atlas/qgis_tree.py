"""What a QGIS project holds, in which groups and order, and what is seen at first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd

from atlas.qgis_layers import ProjectLayer, layer_of, layer_of_raster
from atlas.symbology import Fill, Rules, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from atlas.dictionary import Layer
    from atlas.publication import Publication
    from atlas.rasters import Raster

# The groups by their names, from the one that is drawn over all others down.
PLACES = "Locaties"
FLOWS = "Stromen naar verwerkers"
BORDERS = "Grenzen"
STREAMS = "Stromen per gebied"
AREAS = "Gebieden"
RASTERS = "Rasters"
TABLES = "Tabellen"
_ALL = "Alle stromen"
_AT_FIRST = ("facilities", "municipalities")


@dataclass(frozen=True)
class Group:
    """Layers and groups under one name; of `one_only` at most one is shown at a time.

    In a printed legend a `heading` stands over them.
    """

    title: str
    parts: tuple[Group | ProjectLayer, ...]
    shown: bool = True
    one_only: bool = False
    heading: bool = True


@dataclass(frozen=True)
class Theme:
    """A choice of layers under a name: their ids, and the paths of the groups they stand in."""

    title: str
    layers: tuple[str, ...]
    groups: tuple[str, ...]


def stream_titles(published: Publication) -> dict[str, str]:
    """Return the Dutch title of every stream that has a wide layer, by its name."""
    catalog = published.atlas.catalog
    titles = {each.id: each.title.nl for each in catalog.stocks.values()}
    titles |= {each.id: each.title.nl for each in catalog.flows.values()}
    return {layer.stream: titles[layer.stream] for layer in published.own if layer.stream}


def layer_tree(
    published: Publication, rasters: Iterable[Raster], *, geopackage: str, folder: str
) -> tuple[Group, ...]:
    """Return the groups of the project, the uppermost first; what has no rows is left out.

    A layer stands where its shape tells: points, lines, borders, streams, areas, tables.  A stream
    has a group with its wide layer in every style.  Ids of layers are unique and the same in every
    build.

    Parameters
    ----------
    published
        What the GeoPackage holds.
    rasters
        What was written beside it.
    geopackage
        The name of the file with the layers, beside the project.
    folder
        The folder of the rasters, from the project's folder on.
    """
    named: dict[str, list[Group | ProjectLayer]] = {
        title: [] for title in (PLACES, FLOWS, BORDERS, STREAMS, AREAS, RASTERS, TABLES)
    }
    wide: dict[str, list[ProjectLayer]] = {}
    apart: list[Group] = []
    titles = stream_titles(published)
    for style in published.styles:
        layer = published.dictionary[style.layer]
        if layer.stream is not None:
            # Where layers stand in a list the group is not seen.
            title = f"{titles[layer.stream]}: {_in_a_sentence(style.title.nl)}"
            own = layer_of(layer, geopackage, style, title=title)
            wide.setdefault(layer.stream, []).append(replace(own, shown=style.default))
        elif style.geometry == "line":
            named[FLOWS] += _by_stream(published, layer, style, geopackage)
            named[FLOWS].append(layer_of(layer, geopackage, style, title=_ALL))
        else:
            title = _title(layer, style)
            own = layer_of(layer, geopackage, style, title=title)
            group = PLACES if style.geometry == "point" else AREAS
            if group == AREAS and _hollow(style):
                group = BORDERS
            named[group].append(replace(own, shown=style.default and style.layer in _AT_FIRST))
            each = tuple(_by_stream(published, layer, style, geopackage))
            if each:
                title = f"{layer.title.nl} per stroom"
                apart.append(Group(title, each, shown=False, one_only=True, heading=False))
    named[PLACES] += apart
    named[STREAMS] += [
        Group(titles[stream], tuple(layers), shown=number == 0, one_only=True, heading=False)
        for number, (stream, layers) in enumerate(wide.items())
    ]
    named[RASTERS] += [layer_of_raster(raster, folder) for raster in rasters]
    named[TABLES] += [
        layer_of(layer, geopackage)
        for layer in published.own
        if not isinstance(published.tables[layer.name], gpd.GeoDataFrame)
    ]
    return tuple(
        Group(
            title,
            tuple(parts),
            shown=title not in {FLOWS, RASTERS},
            one_only=title in {STREAMS, RASTERS},
            heading=title in {FLOWS, RASTERS},
        )
        for title, parts in named.items()
        if parts
    )


def _title(layer: Layer, style: Style) -> str:
    if style.default:
        return style.title.nl if style.geometry == "polygon" else layer.title.nl
    return f"{layer.title.nl}: {_in_a_sentence(style.title.nl)}"


def _in_a_sentence(title: str) -> str:
    return title[:1].lower() + title[1:].replace(": ", ", ")


def _hollow(style: Style) -> bool:
    """Tell whether nothing of what lies beneath is hidden."""
    return isinstance(style.renderer, Rules) and all(
        isinstance(rule.symbol, Fill) and rule.symbol.colour is None
        for rule in style.renderer.rules
    )


def _by_stream(
    published: Publication, layer: Layer, style: Style, geopackage: str
) -> Iterator[ProjectLayer]:
    """Give a layer for each stream that has rows in a layer of several."""
    table = published.tables[layer.name]
    column = next((name for name in ("stream", "streams") if name in table), None)
    there = set() if column is None else set(";".join(table[column].dropna()).split(";"))
    for stream, title in stream_titles(published).items():
        if stream in there:
            own = f"{layer.title.nl}: {title}"
            yield layer_of(layer, geopackage, style, title=own, only=stream)


def themes_of(tree: Iterable[Group]) -> tuple[Theme, ...]:
    """Return a map theme for each style of each stream, and one of the places.

    Parameters
    ----------
    tree
        The groups of the project.
    """
    shown = list(_paths(tree))
    borders = [(layer, path) for layer, path in shown if path[0] == BORDERS and layer.shown]
    themes = []
    for layer, path in shown:
        if path[0] != STREAMS:
            continue
        plants = [
            (other, at)
            for other, at in shown
            if at[0] == PLACES
            and other.stream == layer.stream
            and isinstance(other.look, Style)
            and other.look.layer == "facilities"
        ]
        themes.append(_theme(layer.title, [*plants, *borders, (layer, path)]))
    places = [
        (layer, path)
        for layer, path in shown
        if path in {(PLACES,), (BORDERS,), (AREAS,)}
        and isinstance(layer.look, Style)
        and layer.look.default
    ]
    return (*themes, _theme(PLACES, places)) if places else tuple(themes)


def _theme(title: str, parts: Iterable[tuple[ProjectLayer, tuple[str, ...]]]) -> Theme:
    found = list(parts)
    groups = ["/".join(path[:depth]) for _, path in found for depth in range(1, len(path) + 1)]
    return Theme(title, tuple(layer.id for layer, _ in found), tuple(dict.fromkeys(groups)))


def _paths(
    parts: Iterable[Group | ProjectLayer], path: tuple[str, ...] = ()
) -> Iterator[tuple[ProjectLayer, tuple[str, ...]]]:
    """Give every layer with the titles of the groups that it stands in."""
    for part in parts:
        if isinstance(part, Group):
            yield from _paths(part.parts, (*path, part.title))
        else:
            yield part, path


def layers_in(tree: Iterable[Group]) -> tuple[ProjectLayer, ...]:
    """Return every layer of the project, in its order."""
    return tuple(layer for layer, _ in _paths(tree))
