"""How every layer looks: in the classes, colours and shapes of the page."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from atlas.classes import breaks, classes_of
from atlas.definitions import Text
from atlas.outside import OUTSIDE
from atlas.pipeline import REFERENCE_YEARS
from atlas.symbology import (
    Condition,
    Fill,
    Graduated,
    Label,
    Line,
    Marker,
    Rule,
    Rules,
    Style,
    as_rules,
    between,
    graduated,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from atlas.dictionary import Column, Layer
    from atlas.pipeline import Atlas
    from atlas.symbology import Shape

GAP = "#e8590c"
PLANT = "#7a1fa2"
POINT = "#1b7f4d"
_LAND = "#eef2f5"
_PORT, _PORT_EDGE = "#c9d3dc", "#22303f"
_BORDER = "#44566a"
_LESSER = "#56667a"
_PLANT_INK, _POINT_INK = "#5a1279", "#125c37"
_WIDTHS_MM = (0.2, 0.4, 0.8, 1.4, 2.2)
GAP_STYLE = "capaciteitsgat"
_YEAR = 2035
# Tonnes; a smaller gap is the rounding of the arithmetic.
_DUST_T = 1e-6
# At the scale of the province the names of 61 zones would lie over each other.
_NAMES_FROM = 400_000
_POINT_NAMES_FROM = 75_000


def styles(
    atlas: Atlas, layers: Mapping[str, pd.DataFrame], dictionary: Mapping[str, Layer]
) -> tuple[Style, ...]:
    """Return the styles of every layer on the map, the default of each before its others.

    Parameters
    ----------
    atlas
        A built region.
    layers
        The layers by their published names.
    dictionary
        What the layers are called.
    """
    found = [*_zones(layers["zones"]), *_municipalities(layers["municipalities"])]
    # A layer without a feature is none.
    drawn = {
        "facilities": _facilities,
        "collection_points": _points,
        "flows": _flows,
        "sites": _sites,
    }
    found += [draw(layers[name]) for name, draw in drawn.items() if name in layers]
    classes = classes_of(atlas)
    for layer in dictionary.values():
        if layer.stream is not None:
            found += _wide(layer, layers[layer.name], classes[layer.stream])
    return tuple(found)


def _zones(frame: pd.DataFrame) -> list[Style]:
    kinds = (
        Rule(Text("gemeente", "municipality"), (Condition("kind", "=", "municipality"),),
             Fill(_LAND)),
        Rule(Text("havengebied", "port area"), (Condition("kind", "=", "port"),),
             Fill(_PORT, _PORT_EDGE, 0.4)),
    )  # fmt: skip
    names = Label("name", _NAMES_FROM)
    plain = Style("zones", "gebieden", Text("Gebieden", "Zones"), Rules(kinds), names, default=True)
    return [plain, _residents(frame, "zones", names)]


def _municipalities(frame: pd.DataFrame) -> list[Style]:
    names = Label("name", 2 * _NAMES_FROM)
    outline = Rule(Text("gemeente", "municipality"), (), Fill(None, _BORDER, 0.4))
    title = Text("Gemeentegrenzen", "Municipal borders")
    plain = Style("municipalities", "grenzen", title, Rules((outline,)), names, default=True)
    return [plain, _residents(frame, "municipalities", names)]


def _residents(frame: pd.DataFrame, layer: str, names: Label) -> Style:
    edges = breaks(float(frame["residents"].max()))
    unit = Text("inwoners", "residents")
    renderer = graduated("residents", edges, unit=unit)
    return Style(layer, "inwoners", Text("Inwoners", "Residents"), renderer, names)


# Step of a chain -> the shape of who does it, and its name.
STEPS: dict[str, tuple[Shape, Text]] = {
    "collection": ("plus", Text("inzameling", "collection")),
    "refurbishment": ("pentagon", Text("opknappen", "refurbishment")),
    "sorting": ("square", Text("sortering", "sorting")),
    "dismantling": ("diamond", Text("demontage", "dismantling")),
    "recycling": ("triangle", Text("recycling", "recycling")),
    "refining": ("star", Text("raffinage", "refining")),
}
_STATUSES = {
    "operating": Text("in bedrijf", "operating"),
    "open": Text("open", "open"),
    "planned": Text("gepland", "planned"),
    "closed": Text("gesloten", "closed"),
    "cancelled": Text("afgeblazen", "cancelled"),
    "unknown": Text("status onbekend", "status unknown"),
}
_KNOWN = {True: Text("capaciteit bekend", "capacity known"),
          False: Text("capaciteit onbekend", "capacity unknown")}  # fmt: skip


def _by_status(marker: Marker, status: str) -> Marker:
    """Return the symbol of a place by its status: filled, hollow, crossed, or with a question."""
    if status in {"operating", "open"}:
        return replace(marker, colour=marker.edge)
    if status in {"closed", "cancelled"}:
        return replace(marker, sign="cross")
    return replace(marker, sign="question") if status == "unknown" else marker


def _facilities(frame: pd.DataFrame) -> Style:
    rules = []
    known = frame["capacity_t_per_a"].notna()
    there = set(zip(frame["step"], frame["status"], known, strict=True))
    for step, status, sized in itertools.product(STEPS, _STATUSES, (True, False)):
        if (step, status, sized) not in there:
            continue
        shape, word = STEPS[step]
        marker = Marker(
            shape, None, PLANT, dashed=not sized, size_by="capacity_t_per_a" if sized else None
        )
        parts = (word, _STATUSES[status], _KNOWN[sized])
        rules.append(
            Rule(
                Text(", ".join(p.nl for p in parts), ", ".join(p.en for p in parts)),
                (
                    Condition("step", "=", step),
                    Condition("status", "=", status),
                    Condition("capacity_t_per_a", "known" if sized else "null"),
                ),
                _by_status(marker, status),
            )
        )
    title = Text("Stap, status en capaciteit", "Step, status and capacity")
    names = Label("name", _NAMES_FROM, colour=_PLANT_INK)
    return Style("facilities", "stap_en_status", title, Rules(tuple(rules)), names, default=True,
                 geometry="point")  # fmt: skip


def _points(frame: pd.DataFrame) -> Style:
    there = set(frame["status"])
    rules = tuple(
        Rule(
            word,
            (Condition("status", "=", status),),
            _by_status(Marker("circle", None, POINT, size_mm=2.4), status),
        )
        for status, word in _STATUSES.items()
        if status in there
    )
    names = Label("name", _POINT_NAMES_FROM, colour=_POINT_INK)
    return Style("collection_points", "status", Text("Status", "Status"), Rules(rules), names,
                 default=True, geometry="point")  # fmt: skip


def _flows(frame: pd.DataFrame) -> Style:
    year = (
        _YEAR if (frame["year"] == _YEAR).any() else int(frame["year"].max() if len(frame) else 0)
    )
    # What comes from elsewhere is many times more, and would leave the region's own in one class.
    ours = frame[(frame["year"] == year) & (frame["zone_id"] != OUTSIDE)]
    edges = breaks(float(ours["tonnes"].max()))
    unit = Text(f"t in {year}", f"t in {year}")
    rules = tuple(
        Rule(
            between(lower, upper, unit),
            (
                Condition("year", "=", year),
                *(() if lower is None else (Condition("tonnes", ">=", lower),)),
                *(() if upper is None else (Condition("tonnes", "<", upper),)),
            ),
            Line(PLANT, width, 0.55),
        )
        for (lower, upper), width in zip(
            itertools.pairwise([None, *edges, None]), _WIDTHS_MM, strict=True
        )
    )
    title = Text(f"Hoeveelheid in {year}", f"Amount in {year}")
    return Style("flows", f"hoeveelheid_{year}", title, Rules(rules), default=True, geometry="line")


def _sites(_frame: pd.DataFrame) -> Style:
    marker = Marker("square", None, PLANT, size_mm=3.4)
    rules = (
        Rule(Text("lagere klasse", "lower class"),
             (Condition("chosen", "=", False), Condition("class", ">", 1)),  # noqa: FBT003
             replace(marker, edge=_LESSER)),
        Rule(Text("beste klasse", "best class"),
             (Condition("chosen", "=", False), Condition("class", "=", 1)),  # noqa: FBT003
             marker),
        Rule(Text("gekozen in het plan", "chosen in the plan"),
             (Condition("chosen", "=", True),),  # noqa: FBT003
             replace(marker, colour=PLANT)),
    )  # fmt: skip
    names = Label("name", _NAMES_FROM, colour=_PLANT_INK)
    return Style("sites", "klasse", Text("Klasse en plan", "Class and plan"), Rules(rules), names,
                 default=True, geometry="point")  # fmt: skip


def _wide(layer: Layer, frame: pd.DataFrame, classes: Mapping[str, Iterable[float]]) -> list[Style]:
    """Return what is released, the same with the gap, the gap, and the stock where it is known."""
    names = Label("name", _NAMES_FROM)

    def of(column: Column, kind: str) -> Graduated:
        return graduated(column.name, classes[kind], unit=column.unit or Text("", ""))

    released = layer.column(f"released_{_YEAR}_t")
    renderer = of(released, "released:mass")
    title = released.title
    found = [Style(layer.name, f"komt_vrij_{_YEAR}", title, renderer, names, default=True)]
    # The gap of the first reference year that has one, from the default's year on.
    gaps = {year: frame[f"capacity_gap_{year}_t"].max() for year in REFERENCE_YEARS}
    year = next((each for each, most in gaps.items() if each >= _YEAR and most > _DUST_T), _YEAR)
    column = layer.column(f"released_{year}_t")
    words = Text(
        f"{column.title.nl}, met het capaciteitsgat", f"{column.title.en}, with the capacity gap"
    )
    hatched = _hatched(of(column, "released:mass"), f"capacity_gap_{year}_t")
    found.append(Style(layer.name, f"komt_vrij_{year}_met_gat", words, hatched, names))
    gap = layer.column(f"capacity_gap_{year}_t")
    shown = of(gap, "capacity_gap:mass")
    found.append(Style(layer.name, f"{GAP_STYLE}_{year}", gap.title, shown, names))
    if "stock:mass" in classes and frame["stock_t"].notna().any():
        stock = layer.column("stock_t")
        found.append(Style(layer.name, "aanwezig", stock.title, of(stock, "stock:mass"), names))
    return found


def _hatched(renderer: Graduated, gap: str) -> Rules:
    """Return the same classes with lines over every area that has a gap."""
    hatch = Rule(
        Text("capaciteitsgat", "capacity gap"),
        (Condition(gap, ">", _DUST_T),),
        Fill(None, edge=GAP, edge_mm=0.0, hatch=GAP),
    )
    return Rules((*as_rules(renderer), hatch))
