"""The data document of the page: plain values, factors instead of products, geometry once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from atlas import VERSION
from atlas.areas import UNALLOCATED
from atlas.classes import breaks
from atlas.ranges import combine, grade_of, graded, stated
from atlas.scenarios import DEFAULT
from atlas.stocks import CRM

if TYPE_CHECKING:
    import geopandas as gpd

    from atlas.definitions import Factor, Map, Measure, Stock, Text
    from atlas.pipeline import Atlas
    from atlas.ranges import Band

Json = dict[str, Any]

_DEGREES = 5  # decimals: about a metre
_SCENARIOS = {"register": DEFAULT, "report": "basis-report"}
_TONNES = {"nl": "t", "en": "t"}
_TONNES_A_YEAR = {"nl": "t/jaar", "en": "t/a"}
_TITLES = {
    "released": {"nl": "komt vrij", "en": "released"},
    "collected": {"nl": "ingezameld", "en": "collected"},
    "processed": {"nl": "verwerkt", "en": "processed"},
    "capacity_gap": {"nl": "capaciteitsgat", "en": "capacity gap"},
    CRM: {"nl": "kritieke grondstoffen", "en": "critical raw materials"},
}


def page_document(atlas: Atlas, page: Map) -> Json:
    """Return everything the page shows, opened at one of its maps.

    Parameters
    ----------
    atlas
        A built region.
    page
        The map (a door of the page) that it opens at.

    Returns
    -------
    dict
        JSON values only: missing numbers are None, text is as in the sources (not escaped),
        coordinates are in EPSG:4326.  Arrays called values are parallel to ``zones``.
    """
    streams = [_stream(atlas, stock) for stock in atlas.catalog.stocks.values()]
    zones = atlas.zones.to_crs("EPSG:4326")
    west, south, east, north = (round(float(x), _DEGREES) for x in zones.total_bounds)
    maps = sorted(atlas.catalog.maps.values(), key=lambda item: item.order)
    return {
        "format": 1,
        "region": {
            "id": atlas.region.id,
            "title": _text(atlas.region.title),
            "bounds": [[south, west], [north, east]],
        },
        "edition": {
            "date": atlas.reference_date.isoformat(),
            "hash": atlas.edition[:10],
            "version": VERSION,
        },
        "map": page.id,
        "maps": [
            {
                "id": item.id,
                "title": _text(item.title),
                "story": _text(item.story),
                "view": {
                    "basis": item.view.basis,
                    "stream": item.view.stream,
                    "layer": item.view.layer,
                    "measure": item.view.measure,
                    "hatch": item.view.hatch,
                },
            }
            for item in maps
        ],
        "zones": _zones(atlas),
        "outlines": [_coordinates(shape) for shape in zones.geometry],
        "water": _water(atlas),
        "streams": streams,
        "classes": {stream["id"]: _classes(stream, maps) for stream in streams},
        "facilities": _facilities(atlas),
        "collection_points": _collection_points(atlas),
        "flows": _flows(atlas),
        "sources": _records(
            atlas.sources.rename(columns={"source_id": "id", "definition": "layer"}),
            ["id", "layer", "title", "publisher", "year", "reference_date", "licence", "url", "note"],
        ),
        "findings": _records(atlas.findings, ["layer", "row", "rule", "found", "action"]),
        "figures": _figures(atlas.headline_figures),
        "municipalities": _municipalities(atlas),
    }


def _stream(atlas: Atlas, stock: Stock) -> Json:
    bases = {
        basis: content
        for basis, scenario_id in _SCENARIOS.items()
        if (content := _basis(atlas, stock, basis, scenario_id)) is not None
    }
    year = int(atlas.releases["year"].min())
    data = atlas.region.override.get(stock.id, stock.data) if stock.data else None
    date = data.source.reference_date.isoformat() if data else f"{stock.year}"
    nearest = atlas.nearest[atlas.nearest["stream"] == stock.id].set_index("zone_id")
    return {
        "id": stock.id,
        "title": _text(stock.title),
        "in_stock": _text(stock.in_stock),
        "year": stock.year,
        "date": date,
        "released_year": year,
        "spread": _text(stock.spread),
        "step": stock.step,
        "bases": bases,
        "nearest": [
            [int(nearest.at[z, "facility"]), float(nearest.at[z, "distance_km"])]
            if z in nearest.index
            else None
            for z in atlas.zones["zone_id"]
        ],
    }


def _basis(atlas: Atlas, stock: Stock, basis: str, scenario_id: str) -> Json | None:
    """Return the quantities of one stream on one basis, None where the basis lacks it."""
    rows = atlas.stocks[(atlas.stocks["stream"] == stock.id) & (atlas.stocks["basis"] == basis)]
    if rows.empty:
        return None
    zone_ids = atlas.zones["zone_id"]
    quantities = []
    for measure in stock.measures:
        own = rows[rows["measure"] == measure.id].set_index("zone_id")
        if own.empty:
            continue
        derived = basis == "register"
        quantities.append(_measure(measure, own, zone_ids, stock, derived=derived))
    crm = atlas.materials
    crm = crm[
        (crm["stream"] == stock.id)
        & (crm["scenario_id"] == scenario_id)
        & (crm["layer"] == "stock")
        & (crm["element"] == CRM)
    ].set_index("zone_id")
    if not crm.empty:
        quantities.append(
            {
                **_quantity(CRM, "stock", _TITLES[CRM], _TONNES, 0, ["headline_figures"]),
                **_range(graded(crm["grade"].iloc[0])),
                **_values(crm["mass_t"], zone_ids),
                "formula": {
                    "nl": "het totaal dat het rapport noemt, verdeeld als de stuks",
                    "en": "the total that the report gives, spread like the pieces",
                },
            }
        )
    released = _of(atlas.releases, stock.id, scenario_id)
    gaps = _of(atlas.gaps, stock.id, scenario_id)
    quantities += _flows_of(stock, released, gaps, zone_ids, _sources_of(stock, basis))
    why = [_missing(gaps["why"].get(zone)) for zone in zone_ids]
    return {"quantities": quantities, "why": why}


def _measure(
    measure: Measure, own: pd.DataFrame, zone_ids: pd.Series, stock: Stock, *, derived: bool
) -> Json:
    """Return one measure of the stock: counted, or a factor of another where it is one."""
    basis = "register" if derived else "report"
    quantity = _quantity(
        measure.id, "stock", _text(measure.title), _text(measure.unit), measure.decimals,
        _sources_of(stock, basis),
    )
    quantity |= _zone_ranges(own["value"], own["value_low"], own["value_high"], own["grade"], zone_ids)
    factor = measure.factor
    if factor is not None and measure.of is not None and derived:
        of = next(m for m in stock.measures if m.id == measure.of)
        quantity |= {"of": measure.of, "factor": factor.value}
        quantity["formula"] = {
            "nl": f"{of.title.nl} × {_number(factor, nl=True)} ({factor.source})",
            "en": f"{of.title.en} × {_number(factor, nl=False)} ({factor.source})",
        }
        return quantity
    formula = (
        {"nl": "geteld in de bron", "en": "counted in the source"}
        if derived
        else {
            "nl": "het totaal van het rapport, verdeeld als het register; wat het register niet heeft "
            "is niet geplaatst",
            "en": "the report's total, spread like the register; what the register lacks is unallocated",
        }
    )
    return quantity | _values(own["value"], zone_ids) | {"formula": formula}


def _flows_of(
    stock: Stock, released: pd.DataFrame, gaps: pd.DataFrame, zone_ids: pd.Series, sources: list[str]
) -> list[Json]:
    """Return released, collected, processed and the gap of one stream."""
    life, rate = stock.mean_lifetime, stock.collection.rate
    percent = {"nl": f"{rate.value * 100:.3g} %".replace(".", ","), "en": f"{rate.value * 100:.3g} %"}
    of_market = stock.collection.rate_of == "put_on_market"
    result = []
    quantity = _quantity("released", "released", _TITLES["released"], _TONNES_A_YEAR, 1, sources)
    quantity |= _zone_ranges(
        released["released_t"],
        released["released_t_low"],
        released["released_t_high"],
        released["grade"],
        zone_ids,
    )
    quantity |= {"of": "mass", "factor": 1.0 / life.value}
    quantity["formula"] = {
        "nl": f"massa ÷ {_number(life, nl=True)} gemiddelde levensduur ({life.source})",
        "en": f"mass ÷ {_number(life, nl=False)} mean lifetime ({life.source})",
    }
    result.append(quantity)
    quantity = _quantity("collected", "collected", _TITLES["collected"], _TONNES_A_YEAR, 1, sources)
    quantity |= _zone_ranges(
        released["collected_t"],
        released["collected_t_low"],
        released["collected_t_high"],
        released["grade"],
        zone_ids,
    )
    if of_market:
        quantity |= _values(released["collected_t"], zone_ids)
        quantity["sources"] = [*dict.fromkeys([*sources, "national"])]
        quantity["formula"] = {
            "nl": f"{percent['nl']} van wat op de markt komt, hooguit wat vrijkomt ({rate.source})",
            "en": f"{percent['en']} of what is put on the market, at most what is released "
            f"({rate.source})",
        }
    else:
        quantity |= {"of": "released", "factor": rate.value}
        quantity["formula"] = {
            "nl": f"{percent['nl']} van wat vrijkomt ({rate.source})",
            "en": f"{percent['en']} of what is released ({rate.source})",
        }
    result.append(quantity)
    formulas = {
        "processed": {
            "nl": "wat bekende verwerkers kunnen aannemen, gelijk verdeeld over wie ze bereiken",
            "en": "what known facilities can take, shared alike by those who reach them",
        },
        "capacity_gap": {"nl": "ingezameld − verwerkt", "en": "collected − processed"},
    }
    for layer, formula in formulas.items():
        column = f"{layer}_t"
        quantity = _quantity(
            layer, layer, _TITLES[layer], _TONNES_A_YEAR, 1, [*sources, "facilities", "fractions"]
        )
        quantity |= _values(gaps[column], zone_ids)
        best = _values(gaps[f"{column}_best"], zone_ids)
        quantity |= {"best": best["values"], "unallocated_best": best["unallocated"]}
        # The pair of unknown capacity is the range that counts here; the grade is the release's.
        quantity |= {"low": None, "high": None, "grade": _worst(gaps["grade"]), "formula": formula}
        result.append(quantity)
    return result


def _quantity(
    name: str, layer: str, title: Json, unit: Json, decimals: int, sources: list[str]
) -> Json:
    return {
        "id": name,
        "layer": layer,
        "title": title,
        "unit": unit,
        "decimals": decimals,
        "sources": list(dict.fromkeys(sources)),
    }


def _values(series: pd.Series, zone_ids: pd.Series) -> Json:
    return {
        "values": [_missing(series.get(zone)) for zone in zone_ids],
        "unallocated": _missing(series.get(UNALLOCATED)),
    }


def _zone_ranges(
    value: pd.Series, low: pd.Series, high: pd.Series, grade: pd.Series, zone_ids: pd.Series
) -> Json:
    """Return the range as factors: of the whole region, and per zone where they differ.

    What spreading adds to a zone's range drops out of the region's, so the narrowest of the zones
    is the region's.
    """
    some = value[value > 0].index
    lows = (low[some] / value[some]).reindex(zone_ids)
    highs = (high[some] / value[some]).reindex(zone_ids)
    if lows.isna().all():
        return _range(graded("D"))
    band = (float(lows.max()), float(highs.min()))
    result = _range(band)
    grades = grade.reindex(zone_ids)
    if grades[lows.notna().to_numpy()].nunique() > 1 or lows.max() - lows.min() > 1e-12:  # noqa: PLR2004 - rounding
        result |= {
            "zone_low": [_missing(x) for x in lows],
            "zone_high": [_missing(x) for x in highs],
            "zone_grade": [
                _missing(g) if known else None
                for g, known in zip(grades, lows.notna(), strict=True)
            ],
        }
    return result


def _range(band: Band) -> Json:
    return {"low": band[0], "high": band[1], "grade": grade_of(band)}


def _classes(stream: Json, maps: list[Map]) -> Json:
    """Return the breaks of every quantity: those frozen in a map's definition, else computed."""
    frozen: dict[str, tuple[float, ...]] = {}
    for item in reversed(maps):
        frozen |= item.classes.get(stream["id"], {})
    result = {}
    for content in stream["bases"].values():
        for quantity in content["quantities"]:
            name = quantity["id"]
            if name in frozen:
                result[name] = list(frozen[name])
            elif name not in result:
                result[name] = list(breaks(_maximum(quantity, content["quantities"])))
    return result


def _maximum(quantity: Json, others: list[Json]) -> float:
    if "values" in quantity:
        return max((v for v in quantity["values"] if v is not None), default=0.0)
    of = next(other for other in others if other["id"] == quantity["of"])
    return _maximum(of, others) * float(quantity["factor"])


def _zones(atlas: Atlas) -> list[Json]:
    places = atlas.centres.to_crs("EPSG:4326")
    names = dict(
        zip(atlas.municipalities["municipality_code"], atlas.municipalities["name"], strict=True)
    )
    return [
        {
            "id": zone.zone_id,
            "municipality": zone.municipality_code,
            "municipality_name": names[zone.municipality_code],
            "kind": zone.kind,
            "name": zone.name,
            "area_km2": float(zone.area_km2),
            "residents": float(zone.residents),
            "households": float(zone.households),
            "point": _point(places[zone.zone_id]),
            "label": 1 if zone.zone_id in atlas.region.labels else 2,
        }
        for zone in atlas.zones.itertuples(index=False)
    ]


def _facilities(atlas: Atlas) -> list[Json]:
    frame = atlas.facilities.rename(
        columns={"facility_id": "id", "source_url": "url", "zone_id": "zone"}
    )
    frame = frame.assign(source="facilities")
    names = ["id", "name", "step", "fraction", "capacity_t_per_a", "planned_capacity_t_per_a"]
    names += ["capacity_of", "capacity_year", "status", "from_year", "municipality", "country"]
    names += ["zone", "precision_m", "url", "source", "certainty", "note"]
    return _with_places(frame, names, streams=frame["streams"])


def _collection_points(atlas: Atlas) -> list[Json]:
    frame = atlas.collection_points.drop(columns=["municipality"]).rename(
        columns={
            "point_id": "id",
            "source_url": "url",
            "zone_id": "zone",
            "municipality_code": "municipality",
        }
    )
    frame = frame.assign(source="collection_points")
    names = ["id", "name", "kind", "operator", "address", "postcode", "municipality"]
    names += ["streams_certainty", "own_residents_only", "status", "zone", "precision_m"]
    names += ["source_date", "url", "source", "certainty", "note"]
    rows = _with_places(frame, names, streams=frame["streams"])
    for row, words in zip(rows, frame["accepted"], strict=True):
        row["accepts"] = _split(words)
    return rows


def _with_places(frame: gpd.GeoDataFrame, names: list[str], *, streams: pd.Series) -> list[Json]:
    rows = _records(frame, names)
    places = frame.geometry.to_crs("EPSG:4326")
    for row, place, words in zip(rows, places, streams, strict=True):
        row["point"] = None if place is None else _point(place)
        row["streams"] = _split(words)
    return rows


def _flows(atlas: Atlas) -> list[Json]:
    number = {name: i for i, name in enumerate(atlas.facilities["facility_id"])}
    flows = atlas.flows[atlas.flows["scenario_id"] == DEFAULT]
    return [
        {
            "zone": flow.zone_id,
            "facility": number[flow.facility_id],
            "stream": flow.stream,
            "tonnes": float(flow.tonnes),
            "km": float(flow.distance_km),
        }
        for flow in flows.itertuples(index=False)
    ]


def _figures(figures: pd.DataFrame) -> list[Json]:
    rows = _records(
        figures.rename(columns={"figure_id": "id"}),
        ["id", "stream", "report_value", "unit", "region", "report", "reading", "register_value"]
        + ["difference", "factor"],
    )
    for row, figure in zip(rows, figures.itertuples(index=False), strict=True):
        row["quantity"] = {"nl": figure.quantity_nl, "en": figure.quantity_en}
        row["reason"] = {"nl": figure.reason_nl, "en": figure.reason_en}
    return rows


def _municipalities(atlas: Atlas) -> list[Json]:
    known = atlas.coverage.set_index("municipality_code")
    return [
        {
            "code": row.municipality_code,
            "name": row.name,
            "served_by": known["status"].get(row.municipality_code, "unknown"),
            "note": _missing(known["note"].get(row.municipality_code)),
        }
        for row in atlas.municipalities.itertuples(index=False)
    ]


def _water(atlas: Atlas) -> list[Any]:
    if atlas.water is None:
        return []
    return [_coordinates(shape) for shape in atlas.water.to_crs("EPSG:4326").geometry]


def _coordinates(shape: shapely.Geometry) -> list[Any]:
    """Return the coordinates of a multipolygon, rounded, each ring closed."""
    return [
        [
            np.round(shapely.get_coordinates(ring), _DEGREES).tolist()
            for ring in (part.exterior, *part.interiors)
        ]
        for part in shapely.get_parts(shape)
    ]


def _of(table: pd.DataFrame, stream: str, scenario_id: str) -> pd.DataFrame:
    rows = table[(table["stream"] == stream) & (table["scenario_id"] == scenario_id)]
    return rows[rows["year"] == rows["year"].min()].set_index("zone_id")


def _sources_of(stock: Stock, basis: str) -> list[str]:
    if basis == "report":
        return ["headline_figures"]
    return [stock.id if stock.data is not None else "national"]


def _records(frame: pd.DataFrame, names: list[str]) -> list[Json]:
    return [
        {name: _missing(value) for name, value in zip(names, row, strict=True)}
        for row in frame[names].itertuples(index=False, name=None)
    ]


def _missing(value: Any) -> Any:  # noqa: ANN401 - any cell of a table
    """Return a plain JSON value, None for what is missing."""
    if value is None or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _worst(grades: pd.Series) -> str:
    return str(grades.max())


def _split(words: str | None) -> list[str]:
    return str(words).split(";") if words else []


def _point(place: shapely.Point) -> list[float]:
    return [round(float(place.y), _DEGREES), round(float(place.x), _DEGREES)]


def _text(text: Text) -> Json:
    return {"nl": text.nl, "en": text.en}


def _number(factor: Factor, *, nl: bool) -> str:
    """Write a factor with its unit, in the notation of the language."""
    text = f"{factor.value:.6g} {factor.unit}"
    if not nl:
        return text
    words = {"piece": "stuk", " a": " jaar"}
    text = text.replace(".", ",")
    for english, dutch in words.items():
        text = text.replace(english, dutch)
    return text
