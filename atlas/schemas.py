"""The columns of every table and layer of places that a region reads, and what kind each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlas.facilities import FACILITY_SCHEMA, POINT_SCHEMA
from atlas.sites import SITE_SCHEMA, SIZE_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas.columns import Kind
    from atlas.sources import Shape

_MUNICIPALITIES: Mapping[str, Kind] = {"municipality_code": "id", "name": "code"}
_PORTS: Mapping[str, Kind] = {"port_id": "id", "name": "code", "municipality_code": "code"}
_DISTRICTS: Mapping[str, Kind] = {
    "district_code": "id",
    "municipality_code": "code",
    "residents": "amount",
}
_RECODING: Mapping[str, Kind] = {"old_code": "id", "new_code": "code"}
FIGURES: Mapping[str, Kind] = {
    "municipality_code": "id",
    "residents": "amount",
    "households": "amount",
    "cars": "amount",
}
TABLES: Mapping[str, Mapping[str, Kind]] = {
    "national": {
        "figure": "code",
        "value": "amount",
        "unit": "code",
        "year": "year",
        "source": "code",
        "grade": "code",
    },
    "fractions": {
        "stream": "code",
        "fraction": "code",
        "mass_share": "amount?",
        "elements": "text",
        "element_share": "amount?",
        "carries_crm": "code",
        "arrives_at_step": "code",
    },
    "chain": {"stream": "code", "order": "amount", "step": "code", "fraction": "code"},
    "outside": {
        "region_id": "id",
        "residents": "amount",
        "longitude": "amount",
        "latitude": "amount",
    },
    "plant_sizes": SIZE_SCHEMA,
    "accepted": {"accepted": "id", "stream": "text"},
    "coverage": {
        "municipality_code": "id",
        "served_by": "text",
        "status": "code",
        "note": "text",
    },
    "headlines": {
        "figure_id": "id",
        "stream": "code",
        "value": "amount",
        "quantity_nl": "code",
        "quantity_en": "code",
        "unit": "code",
        "region": "code",
        "report": "code",
        "reading": "code",
        "reason_nl": "code",
        "reason_en": "code",
    },
    "composition": {
        "stream": "code",
        "variant": "code",
        "element": "code",
        "from_year": "year?",
        "to_year": "year?",
        "content": "amount",
        "low": "amount?",
        "high": "amount?",
        "unit": "code",
        "grade": "code",
        "recollection": "code",
        "source": "code",
        "source_nl": "text",
        "note": "text",
        "note_nl": "text",
    },
    "elements": {
        "element": "id",
        "kind": "code",
        "name_nl": "code",
        "name_en": "code",
        "eu_number": "amount?",
        "critical": "code",
        "strategic": "code",
        "bulk_metal": "code",
        "note": "text",
    },
    "eu_list": {
        "number": "amount",
        "name_nl": "code",
        "name_en": "code",
        "elements": "text",
        "critical": "code",
        "strategic": "code",
        "note": "text",
    },
    "sizes": {
        "size_id": "code",
        "power_kw_from": "amount",
        "power_kw_to": "amount",
        "rotor_m": "amount?",
        "model": "text",
        "variant": "code",
        "share": "amount",
        "grade": "code",
        "range_factor": "amount?",
    },
    "history": {
        "series": "code",
        "kind": "code",
        "year": "year",
        "value": "amount",
        "unit": "code",
        "grade": "code",
        "recollection": "code",
    },
    "yields": {
        "stream": "code",
        "element": "code",
        "recovery": "code",
        "from_year": "year?",
        "yield": "amount",
        "low": "amount?",
        "high": "amount?",
        "grade": "code",
        "source": "code",
        "source_nl": "text",
    },
    "recoding": _RECODING,
}
PLACES: Mapping[str, tuple[Mapping[str, Kind], Shape]] = {
    "municipalities": (_MUNICIPALITIES, "polygon"),
    "ports": (_PORTS, "polygon"),
    "districts": (_DISTRICTS, "polygon"),
    "water": ({}, "polygon"),
    "facilities": (FACILITY_SCHEMA, "point"),
    "collection_points": (POINT_SCHEMA, "point"),
    "candidate_sites": (SITE_SCHEMA, "point"),
}
