"""What is printed from a QGIS project: a sheet for each stream, and one for each municipality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atlas.pipeline import REFERENCE_YEARS
from atlas.qgis_layout import (
    Box,
    add_atlas,
    add_label,
    add_layout,
    add_legend,
    add_map,
    add_north_arrow,
    add_scale_bar,
    clip_to_feature,
    plain,
)
from atlas.qgis_table import Cell, add_table
from atlas.symbology import Graduated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree import ElementTree as ET

    import pandas as pd

    from atlas.qgis_layers import ProjectLayer

NAME = "A3 liggend"
PER_MUNICIPALITY = f"{NAME} – blad per gemeente"
_UNKNOWN = "onbekend"
_HEAD, _SUBHEAD = Box(10, 8, 400, 11), Box(10, 20, 400, 7)
# A wide layer's columns by year, and what they are called above a table.
_BY_YEAR = (
    ("released_{year}_t", "Komt vrij, t"),
    ("collected_{year}_t", "Ingezameld, t"),
    (
        "capacity_gap_{year}_t",
        "Capaciteitsgat, t (onbekende capaciteit als onbeperkt – als niets)",
    ),
)
_RANGES = "Middelste waarden; de bandbreedte van elk gebied staat in de kolommen laag en hoog."
_UNKNOWN_CAPACITY = (
    "Onbekende capaciteit telt als niets; de kolom van het beste geval telt haar als onbeperkt."
)
_ROW_MM, _YEAR_MM = 4.3, 22.0
_MOST_IN_THREE = 8  # streams; of more there is no room for three tables and a legend


@dataclass(frozen=True)
class Imprint:
    """What every sheet says of itself, in Dutch."""

    title: str
    caveat: str
    sources: str
    licence: str
    dated: str
    edition: str


def add_stream_sheet(  # noqa: PLR0913 - what a sheet consists of
    parent: ET.Element,
    theme: str,
    layer: ProjectLayer,
    table: pd.DataFrame,
    imprint: Imprint,
    *,
    extent: tuple[float, float, float, float],
) -> None:
    """Write the layout of one stream: its map of the whole region.

    Parameters
    ----------
    parent
        Where it goes.
    theme
        The map theme, which is also its title.
    layer, table
        The layer that is coloured, and its rows.
    imprint
        What it says of itself.
    extent
        The region: west, south, east, north.
    """
    layout = add_layout(parent, f"{NAME} – {theme}")
    add_label(layout, "Titel", plain(theme), _HEAD, size_pt=22, bold=True)
    add_label(layout, "Ondertitel", plain(imprint.title), _SUBHEAD, size_pt=11)
    drawn = add_map(layout, Box(10, 30, 284, 257), theme=theme, extent=extent)
    add_legend(layout, drawn, Box(300, 30, 110, 140))
    told = _UNKNOWN_CAPACITY if _column(layer).startswith("capacity_gap") else _RANGES
    _foot(layout, drawn, imprint, x=300, width=110, told=f"{told} {_grades(layer, table)}")


def _foot(  # noqa: PLR0913 - what a sheet consists of
    layout: ET.Element,
    drawn: ET.Element,
    imprint: Imprint,
    *,
    x: float,
    width: float,
    told: str,
    lead: str = "",
) -> None:
    """Write what stands at the lower right of every sheet."""
    scale = "map_get(item_variables('Kaart'), 'map_scale')"
    words = f"Schaal 1 : [% format_number(round({scale} / 100) * 100, 0, 'nl') %]"
    add_label(layout, "Schaal in cijfers", words, Box(x, 227, 80, 5))
    add_scale_bar(layout, drawn, Box(x, 232.5, 75, 9))
    add_north_arrow(layout, drawn, Box(x + width - 12, 225, 12, 17))
    said = f"{told.strip()} {imprint.caveat}"
    add_label(layout, "Voorbehoud", plain(said), Box(x, 246, width, 13), size_pt=7)
    sources = f"Bronnen: {imprint.sources}"
    add_label(layout, "Bronnen", plain(sources), Box(x, 260, width, 18), size_pt=6.5)
    dated = (
        f"{lead}Stand van de bronnen: {imprint.dated}. Editie {imprint.edition}. {imprint.licence}"
    )
    add_label(layout, "Colofon", plain(dated), Box(x, 279.5, width, 8), size_pt=7)


def _column(layer: ProjectLayer) -> str:
    """Return the column that a layer is coloured by, no letters where it is by no one column."""
    renderer = getattr(layer.look, "renderer", None)
    return renderer.column if isinstance(renderer, Graduated) else ""


def _grades(layer: ProjectLayer, table: pd.DataFrame) -> str:
    """Say how reliable the shown values are, where the layer knows."""
    grades = table.get(f"{_column(layer).removesuffix('_t')}_grade")
    if grades is None or not grades.notna().any():
        return ""
    best, worst = min(grades.dropna()), max(grades.dropna())
    return f"Betrouwbaarheid {best}." if best == worst else f"Betrouwbaarheid {best} tot {worst}."


def add_municipality_sheets(  # noqa: PLR0913 - what a sheet consists of
    parent: ET.Element,
    theme: str,
    layers: Mapping[str, ProjectLayer],
    streams: Mapping[str, ProjectLayer],
    imprint: Imprint,
    *,
    steps: Mapping[str, str],
    extent: tuple[float, float, float, float],
) -> None:
    """Write the atlas of municipalities: its places, and the figures of every stream.

    Parameters
    ----------
    parent
        Where it goes.
    theme
        The map theme.
    layers
        The layers of the project that show a table as it is, by its name.
    streams
        The wide layer of each stream, by its title.
    imprint
        What it says of itself.
    steps
        The step at which the gap of each is taken, by its title.
    extent
        The region: west, south, east, north.
    """
    layout = add_layout(parent, PER_MUNICIPALITY)
    add_label(layout, "Titel", '[% "name" %]', _HEAD, size_pt=22, bold=True)
    add_label(layout, "Ondertitel", _facts(layers), _SUBHEAD, size_pt=11)
    drawn = add_map(layout, Box(10, 30, 238, 257), theme=theme, extent=extent, follows=True)
    if "zones" in layers:
        clip_to_feature(drawn, [_named(layers["zones"])])
    x, width, y = 254.0, 156.0, 30.0
    widths = (width - _YEAR_MM * len(REFERENCE_YEARS), *(_YEAR_MM,) * len(REFERENCE_YEARS))
    for column, title in _BY_YEAR if len(streams) <= _MOST_IN_THREE else _BY_YEAR[::2]:
        rows = list(_rows(column, streams, steps if column.startswith("capacity_gap") else {}))
        add_label(layout, title, title, Box(x, y, width, 5), size_pt=9, bold=True)
        box = Box(x, y + 5, width, _ROW_MM * len(rows) + 1)
        add_table(layout, f"Tabel {title}", rows, box, widths_mm=widths)
        y += box.height + 8
    add_legend(layout, drawn, Box(x, y, width, 80), columns=2)
    _foot(layout, drawn, imprint, x=x, width=width, told=_RANGES, lead=f"{imprint.title}. ")
    add_atlas(layout, _named(layers["municipalities"]), named_by='"name"')


def _named(layer: ProjectLayer) -> tuple[str, str, str]:
    return layer.id, layer.title, layer.source


def _facts(layers: Mapping[str, ProjectLayer]) -> str:
    """Return the words under the name of a municipality."""
    parts = [
        f"[% coalesce(format_number(\"{column}\", 0, 'nl'), '{_UNKNOWN}') %] {word}"
        for column, word in (
            ("residents", "inwoners"),
            ("households", "huishoudens"),
            ("area_km2", "km²"),
        )
    ]
    text = " · ".join(parts)
    if "zones" in layers:
        ports = _aggregate(layers["zones"], "concatenate", "name", "\"kind\" = 'port'", "', '")
        text += f"[% coalesce(' · havengebieden: ' || nullif({ports}, ''), '') %]"
    return text


def _rows(
    column: str, streams: Mapping[str, ProjectLayer], steps: Mapping[str, str]
) -> Iterator[Sequence[Cell]]:
    heads = ("", *map(str, REFERENCE_YEARS))
    yield tuple(Cell(head, heading=True) for head in heads)
    for title, layer in streams.items():
        names = [column.format(year=year) for year in REFERENCE_YEARS]
        # What depends on unknown capacity is a pair, as on the page.
        figures = [
            _pair(layer, name) if f"{name}_best" in layer.aliases else _figure(layer, name)
            for name in names
        ]
        name = f"{title}, {steps[title]}" if title in steps else title
        yield (Cell(name), *(Cell(each, expression=True) for each in figures))


def _pair(layer: ProjectLayer, column: str) -> str:
    """Return the sums at best and at worst, once where they are the same."""
    best, worst = _figure(layer, f"{column}_best"), _figure(layer, column)
    return (
        f"with_variable('best', {best}, with_variable('worst', {worst}, "
        "if(@best = @worst, @worst, @best || ' – ' || @worst)))"
    )


def _figure(layer: ProjectLayer, column: str) -> str:
    """Return the sum over the zones of a municipality; it is not known if one of them is not."""
    missing = _aggregate(layer, "count_missing", column)
    total = _aggregate(layer, "sum", column)
    return (
        f"with_variable('sum', if({missing} > 0, NULL, {total}), CASE "
        f"WHEN @sum IS NULL THEN '{_UNKNOWN}' "
        "WHEN @sum = 0 THEN '0' "
        "WHEN @sum > 0 AND @sum < 0.1 THEN '< 0,1' "
        "WHEN @sum < 10 THEN format_number(@sum, 1, 'nl') "
        "ELSE format_number(@sum, 0, 'nl') END)"
    )


def _aggregate(
    layer: ProjectLayer, kind: str, column: str, only: str | None = None, between: str | None = None
) -> str:
    """Return an expression over the rows of a layer that lie in the municipality of the sheet."""
    place = "\"municipality_code\" = attribute(@parent, 'municipality_code')"
    condition = place if only is None else f"{place} AND {only}"
    tail = "" if between is None else f", concatenator:={between}"
    return (
        f"aggregate(layer:='{layer.id}', aggregate:='{kind}', "
        f'expression:="{column}", filter:={condition}{tail})'
    )
