"""The data document of the page: plain values, factors instead of products, geometry once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from atlas import VERSION
from atlas.access_document import access_document
from atlas.capacity_document import flow_document
from atlas.classes import classes_of
from atlas.model_document import YEARS
from atlas.scenarios import switches
from atlas.siting_document import sites_document, siting_document
from atlas.stream_document import both, plain, stream_documents

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from atlas.definitions import Map
    from atlas.pipeline import Atlas
    from atlas.trail import Json

_DEGREES = 5  # decimals: about a metre


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
    streams = stream_documents(atlas)
    zones = atlas.zones.to_crs("EPSG:4326")
    west, south, east, north = (round(float(x), _DEGREES) for x in zones.total_bounds)
    maps = sorted(atlas.catalog.maps.values(), key=lambda item: item.order)
    return {
        "format": 2,
        "region": {
            "id": atlas.region.id,
            "title": both(atlas.region.title),
            "bounds": [[south, west], [north, east]],
            "detour_factor": atlas.region.detour_factor,
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
                "title": both(item.title),
                "story": both(item.story),
                "siting": bool(item.siting),
                "view": {
                    "basis": item.view.basis,
                    "stream": item.view.stream,
                    "layer": item.view.layer,
                    "measure": item.view.measure,
                    "hatch": item.view.hatch,
                    "year": item.view.year,
                    "lifetime": item.view.lifetime,
                },
            }
            for item in maps
        ],
        "zones": _zones(atlas),
        "outlines": [_coordinates(shape) for shape in zones.geometry],
        "water": _water(atlas),
        "years": list(YEARS),
        "elements": _elements(atlas),
        "switches": {
            name: list(values)
            for name, values in switches(
                [*atlas.catalog.stocks.values(), *atlas.catalog.flows.values()]
            ).items()
            if name != "basis"
        },
        "streams": streams,
        "classes": classes_of(atlas),
        "facilities": _facilities(atlas),
        "collection_points": _collection_points(atlas),
        "flows": flow_document(atlas),
        "access": access_document(atlas),
        "sites": sites_document(atlas),
        "siting": siting_document(atlas),
        "sources": _records(
            atlas.sources.rename(columns={"source_id": "id", "definition": "layer"}),
            [
                "id",
                "layer",
                "title",
                "publisher",
                "year",
                "reference_date",
                "licence",
                "url",
                "note",
                "file",
            ],
        ),
        "findings": _records(atlas.findings, ["layer", "row", "rule", "found", "action"]),
        "figures": _figures(atlas.headline_figures),
        "municipalities": _municipalities(atlas),
    }


def _elements(atlas: Atlas) -> list[Json]:
    """Return the elements that some stream holds: critical ones first, in the order of the list."""
    used = {row["element"] for row in atlas.inputs.composition.to_dict("records")}
    entries = atlas.eu_list.set_index("number")
    rows = atlas.elements[atlas.elements["element"].isin(used)]
    rows = rows.assign(
        first=(rows["critical"] != "yes") * 2 + (rows["kind"] == "bulk") * 1,
        second=(rows["strategic"] != "yes"),
    ).sort_values(["first", "second", "element"], kind="stable")
    found = []
    for row in rows.to_dict("records"):
        number = plain(row["eu_number"])
        entry = None if number is None else entries.loc[number]
        note = plain(row["note"])
        found.append(
            {
                "id": row["element"],
                "title": {"nl": row["name_nl"], "en": row["name_en"]},
                "kind": row["kind"],
                "critical": row["critical"] == "yes",
                "strategic": row["strategic"] == "yes",
                "bulk_metal": row["bulk_metal"] == "yes",
                "eu_number": None if number is None else int(number),
                "eu_title": None
                if entry is None
                else {"nl": entry["name_nl"], "en": entry["name_en"]},
                "note": None if note is None else {"nl": note, "en": note},
            }
        )
    return found


def _zones(atlas: Atlas) -> list[Json]:
    places = atlas.ground.centres.to_crs("EPSG:4326")
    names = dict(
        zip(atlas.municipalities["municipality_code"], atlas.municipalities["name"], strict=True)
    )
    columns = ["kind", "name", "area_km2", "residents", "households"]
    return [
        {
            "id": zone["zone_id"],
            "municipality": zone["municipality_code"],
            "municipality_name": names[zone["municipality_code"]],
            **{column: zone[column] for column in columns},
            "point": _point(place),
            "label": 1 if zone["zone_id"] in atlas.region.labels else 2,
            "short": list(atlas.region.short_names.get(zone["name"], ())),
        }
        for zone, place in zip(atlas.zones.to_dict("records"), places, strict=True)
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
        row["point"] = _point(place)
        row["streams"] = _split(words)
    return rows


def _figures(figures: pd.DataFrame) -> list[Json]:
    rows = _records(
        figures.rename(columns={"figure_id": "id"}),
        [
            *("id", "stream", "report_value", "unit", "region", "report", "reading"),
            *("register_value", "register_low", "register_high", "grade"),
            *("difference", "factor"),
        ],
    )
    for row, figure in zip(rows, figures.to_dict("records"), strict=True):
        for name in ("quantity", "reason"):
            row[name] = {"nl": figure[f"{name}_nl"], "en": figure[f"{name}_en"]}
        words = plain(figure["formula_nl"]), plain(figure["formula_en"])
        row["formula"] = None if words[0] is None else {"nl": words[0], "en": words[1]}
    return rows


def _municipalities(atlas: Atlas) -> list[Json]:
    known = atlas.coverage.set_index("municipality_code")
    return [
        {
            "code": code,
            "name": name,
            "served_by": known["status"].get(code, "unknown"),
            "note": plain(known["note"].get(code)),
        }
        for code, name in zip(
            atlas.municipalities["municipality_code"], atlas.municipalities["name"], strict=True
        )
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


def _records(frame: pd.DataFrame, names: list[str]) -> list[Json]:
    return [
        {name: plain(value) for name, value in zip(names, row, strict=True)}
        for row in frame[names].itertuples(index=False, name=None)
    ]


def _split(words: str | None) -> list[str]:
    return str(words).split(";") if words else []


def _point(place: shapely.Geometry | None) -> list[float] | None:
    """Return latitude and longitude, None for what has no place."""
    if not isinstance(place, shapely.Point):
        return None
    return [round(float(place.y), _DEGREES), round(float(place.x), _DEGREES)]
