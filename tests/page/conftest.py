"""A world of four zones and four streams, and the page of it with the network closed."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from atlas.maps import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page, Route

Document = dict[str, Any]

YEARS = list(range(2025, 2051))

HOSTILE = "<img src=x onerror=window.fired=1></script><script>window.fired=1</script>"
RIGHT_TO_LEFT = "\u202eשלום\u202c 🏭"
LONG = "Ω" * 500


def both(nl: str, en: str) -> dict[str, str]:
    return {"nl": nl, "en": en}


def square(west: float, south: float) -> list[Any]:
    east, north = round(west + 0.2, 5), round(south + 0.1, 5)
    return [[[[west, south], [east, south], [east, north], [west, north], [west, south]]]]


def zone(zone_id: str, name: str, residents: float | None, point: list[float]) -> Document:
    port = "." in zone_id
    return {
        "id": zone_id,
        "municipality": zone_id.partition(".")[0],
        "municipality_name": {"GM0001": "Alfa", "GM0002": HOSTILE, "GM0003": "Delta"}[zone_id[:6]],
        "kind": "port" if port else "municipality",
        "name": name,
        "area_km2": 153.4,
        "residents": residents,
        "households": None,
        "point": point,
        "label": 0 if port else 1,
        "short": [],
    }


def trail(step: str, low: float | None = None, high: float | None = None) -> Document:
    """One factor or step of a number; its definition names it, as a reader would look for it."""
    ends = {} if low is None else {"low": low, "high": high}
    return {
        "id": step,
        "title": both(f"Stap {step}", f"Step {step}"),
        "words": both(f"woorden over {step}", f"words on {step}"),
        **ends,
        "grade": "C",
        "definition": f"layers/{step}.toml",
        "row": 12,
        "source": "register",
    }


def quantity(name: str, words: dict[str, str], unit: str, **more: Any) -> Document:  # noqa: ANN401
    return {
        "id": name,
        "title": words,
        "unit": both(unit, unit),
        "decimals": 1,
        "sources": ["register"],
        "band": [0.5, 2.0],
        "key": None,
        "unallocated": 0.0,
        "trail": [trail("geteld")],
        **more,
    }


def by_year(first: list[Any], rest: Any, count: int = len(YEARS)) -> list[Any]:  # noqa: ANN401
    """Values of the years up to 2050: the first few, and one for all after them."""
    return [*first, *[rest] * (count - len(first))]


def content(element: str, variant: str | None, value: float, **more: Any) -> Document:  # noqa: ANN401
    low, high = more.pop("low", value / 2), more.pop("high", value * 2)
    return {
        "element": element,
        "variant": variant,
        "from": None,
        "to": None,
        "value": value,
        "low": low,
        "high": high,
        "factor": f"content {variant} {element}",
        "recollection": False,
        "trail": trail(f"gehalte {element}", 0.5, 2.0),
        **more,
    }


def processed() -> Document:
    """What passes two steps: in 2026 all of the first zone, and of others for unlike reasons."""
    return {
        "steps": ["sorting", "recycling"],
        "at": 1,
        "scenarios": {
            "default": [[1, 1, 4], [0, 1, 3]],
            "basis-report": [[1, 1, 4], [2, 2, 4]],
            "reach-netherlands": [[1, 1, 4], [2, 1, 5]],
            "drive_train-dd_pmsg": [[1, 1, 4], [0, 1, 3]],
        },
        "why": [None, "absence", "reach", "capacity"],
        "pool": [
            by_year([0.5, [1.0, 0.5, 0.5, 0.5, 0.5]], 0.5),
            1,
            0.25,
            by_year([3, [0, 3, 2, 3, 3]], 3),
            3,
            2,
        ],
        "trail": trail("verwerking"),
        "outside": trail("buiten"),
    }


def sites() -> list[Document]:
    known = {
        "kind": "estate", "zone_id": "GM0002", "precision_m": 800.0, "hectares": 12.5,
        "hectares_available": None, "category": 5.1, "quay": "deep_sea", "rail": None,
        "external_safety": "ok", "grid": "congested", "transformation": "none",
        "natura2000_km": 2.5, "nitrogen_km": None, "lies_in": None, "year": 2024,
        "source_url": "https://example.org/site", "certainty": "sourced", "note": HOSTILE,
    }  # fmt: skip
    return [
        {**known, "site_id": "S1", "name": "Kade", "municipality": "Alfa", "point": [52.02, 4.2]},
        {**known, "site_id": "S2", "name": HOSTILE, "municipality": None, "point": [52.0, 4.1]},
        {**known, "site_id": "S3", "name": "Vol", "municipality": "Alfa", "zone_id": None,
         "hectares_available": 0.0, "point": [51.95, 4.3]},
    ]  # fmt: skip


def proposal() -> Document:
    return {
        "streams": ["panel"], "command": "panel --p 1", "step": "recycling", "fraction": "whole",
        "p": 1, "opens": 2030,
        "years": [2035, 2040], "reach": "europe", "before_t_per_a": 10.0, "after_t_per_a": 110.0,
        "capacity_t_per_a": 120.0, "tonne_km_per_a": 500.0, "chosen": [0], "reason": None,
        "gained_by_year": [[2035, 80.0], [2040, 120.0]],
        "other": {"sites": [1], "objective": "tonne_km", "best": 500.0, "other": 1000.0,
                  "change": -500.0},
        "scenarios": 20,
        "rows": [
            [0, 1, 1, True, 120.0, 100.0, 25.0, 3, 0.9, 12.5, 0.75, 0.0, "demand-province_alone"],
            [1, 2, 1, False, 120.0, 99.5, 25.0, 3, 0.9, 25.0, 0.75, 0.5, "demand-province_alone"],
        ],
        "left_out": [[2, "hectares_available is 0, more than 0 is asked for"]],
    }  # fmt: skip


def access() -> Document:
    """One plant for panels, in the east, and one region outside that has three times as many."""
    plant = {
        "at": [52.03, 4.3], "takes": [["panel", "sorting"], ["panel", "recycling"]],
        "of": ["panel", "whole"], "home": True, "inside": True, "share": 1.0,
        "status": "operating", "first": None, "last": None, "capacity": 40.0, "hoped": None,
        "site": None, "median": None,
    }  # fmt: skip
    places = [[52.05, 4.1], [52.05, 4.3], [51.95, 4.1], [51.95, 4.3], [52.0, 4.2]]
    return {
        "starts": [places],
        "nodes": {"panel": {"start": 0, "ratio": 3.0}},
        "outside": {"points": [[52.5, 5.0]], "shares": [1.0]},
        "chain": {"panel": [["sorting", "whole"], ["recycling", "whole"]]},
        "parts": [
            {
                "stream": "panel", "fraction": "whole", "part": 1.0, "elements": [],
                "of_elements": None,
            },
        ],
        "plants": [plant, None, None, None],
        "planned_from": 2027,
        "kinds": [
            {
                "stream": "panel", "step": "recycling", "fraction": "whole", "streams": ["panel"],
                "takes": [["panel", "sorting"], ["panel", "recycling"]],
                "sizes": [100.0, 500.0, 2000.0],
            },
        ],
        "km": None,
        "cost": None,
        "pace": 1.0,
    }  # fmt: skip


def cover() -> Document:
    """Of the four zones the last is unknown, and nobody within 2 km is sure of a point."""
    sure, perhaps = [50, 100, 0, 0], [80, 200, 30, 20]
    return {
        "km": [2.0, 5.0],
        "status": {
            "stated": ["unknown"] * 4,
            "assumed": ["known", "known", "shared", "unknown"],
        },
        "covered": {
            "stated": {
                "no": [[[0] * 4, [90, 200, 40, 20]]] * 2,
                "yes": [[[None] * 4, [None] * 4]] * 2,
            },
            "assumed": {
                "no": [[[0] * 4, perhaps], [sure, perhaps]],
                "yes": [
                    [[0, 0, 0, None], [40, 90, 30, None]],
                    [[50, 90, 0, None], [60, 150, 30, None]],
                ],
            },
        },
    }


def chain() -> Document:
    """The first step takes all, the second half of it, and nothing within the province."""

    def demand(part: float) -> list[Document]:
        whole = by_year([None, 20.0], 40.0)
        years = {"low": [None, None], "mid": [2030, None], "high": [2027, 2040]}
        passed = [None if each is None else each * part for each in whole]
        return [
            {"passed": whole, "best": None, "starts": {end: [None, None] for end in years}},
            {"passed": passed, "best": whole, "starts": years},
        ]

    return {
        "steps": ["sorting", "recycling"],
        "collected": by_year([None, 20.0], 40.0),
        "reaches": {
            "province_only": {"proportional": demand(0.0), "province_alone": demand(0.0)},
            "netherlands": {"proportional": demand(0.25), "province_alone": demand(0.5)},
            "europe": {"proportional": demand(0.5), "province_alone": demand(1.0)},
        },
        "tonne_km": {"2026": 36.9},
    }


def inflow_trails() -> Document:
    """One for each way in which a stock can go on."""
    words = {"frozen": "niets erbij", "replacement": "vervangen", "growth": "groei"}
    return {name: trail(word) for name, word in words.items()}


def panel_model() -> Document:
    """Held in kWp: half of the first pattern is of 2010, half of 2020; the other is of 2020."""
    return {
        "until": 2024,
        "base": "kwp",
        "cohorts": [2010, 2020],
        "types": [{"variant": "c-Si", "size": None}, {"variant": "CdTe", "size": "big"}],
        "patterns": [[[0, 0, 0.5], [1, 1, 0.5]], [[1, 0, 1.0]]],
        "pattern": [0, 0, 1, 0],
        "rest_pattern": 0,
        "lifetimes": {
            "regular": {
                "leaves": [by_year([0.2, 0.3, 0.5], 0.0), by_year([0.0, 0.1, 0.3], 0.0)],
                "renewal": by_year([0.5, 0.25, 0.25], 0.0),
                "trail": trail("regulier"),
            },
            "early": {
                "leaves": [by_year([0.6, 0.4], 0.0), by_year([0.5, 0.5], 0.0)],
                "renewal": by_year([1.0], 0.0),
                "trail": trail("vroeg"),
            },
        },
        "inflow": {
            "own": "frozen",
            "growth": {"rate": 1.0, "years": [2019, 2020]},
            "trails": inflow_trails(),
            "mix": [["c-Si", 0.75], ["CdTe", 0.25]],
        },
        "overrides": {"dd_pmsg": [["CdTe", 1.0]]},
        "ages": trail("leeftijd", 0.8, 1.25),
        "sizes": {"big": trail("maat", 0.5, 2.0)},
        "contents": [
            content("mass", None, 0.1, factor="content mass"),
            content("Nd", "c-Si", 0.01, to=2015, low=0.0, high=0.02),
            content("Nd", "c-Si", 0.02, **{"from": 2016}),
            content("Nd", "CdTe", 0.04),
            content("Al", "c-Si", 0.05, recollection=True),
            content("Ag", "CdTe", 0.001),
            content("glass", None, 0.06, factor="content glass"),
        ],
        "reuse": {"value": 0.1, "low": 0.05, "high": 0.4, "trail": trail("hergebruik")},
        "collection": {
            "rate_of": "generated",
            "year": 2023,
            "rate": 0.5,
            "low": 0.25,
            "high": 0.8,
            "targets": [[2019, 0.6], [2033, 1.0]],
            "trail": trail("inzameling"),
            "targets_trail": trail("doelen"),
            "market": None,
        },
        "yields": [
            yields("Nd", "today", 0.5, low=0.0, high=0.8),
            yields("Nd", "legal", 0.9, **{"from": 2027}),
        ],
        "processed": processed(),
        "flow": None,
    }


def yields(element: str, recovery: str, value: float, **more: Any) -> Document:  # noqa: ANN401
    return {
        "element": element,
        "recovery": recovery,
        "from": None,
        "value": value,
        "low": None,
        "high": None,
        "trail": trail(f"opbrengst {element} {recovery}"),
        **more,
    }


def panels() -> Document:
    register = [
        quantity(
            "kwp",
            both("Vermogen", "Power"),
            "kWp",
            values=[100.0, 1234.5, 50.0, None],
            unallocated=10.0,
            key=[0.5, 2.0],
            trail=[trail("geteld"), trail("key panel", 0.5, 2.0)],
        ),
        quantity("panels", both("Panelen", "Panels"), "stuks", values=[1.0, 2.0, 3.0, None]),
    ]
    report = [
        quantity(
            "kwp",
            both("Vermogen", "Power"),
            "kWp",
            values=[200.0, 2469.0, 100.0, None],
            unallocated=20.0,
            sources=["report"],
            band=[1 / 1.7, 1.7],
        ),
        quantity("crm", both("Kritiek", "Critical"), "t", values=[1.0, 2.0, 3.0, None]),
    ]
    return {
        "id": "panel",
        "kind": "stock",
        "title": both("Panelen", "Panels"),
        "in_stock": both("In gebruik", "In use"),
        "year": 2024,
        "date": "2024-12-31",
        "note": None,
        "spread": both("naar inwoners", "by residents"),
        "spread_over": "municipality",
        "by_residents": "within",
        "step": "recycling",
        "bases": {
            "register": {"quantities": register},
            "report": {"quantities": report},
        },
        "nearest": {"recycling": [[0, 12.4, True], [0, 3.0, False], None, None]},
        "chain": chain(),
        "cover": None,
        "model": panel_model(),
    }


def phone_model() -> Document:
    """Everything is of one age and renewed each year; collected as a share of what is sold."""
    return {
        **panel_model(),
        "until": 2025,
        "base": "phones",
        "cohorts": [2025],
        "types": [{"variant": "all", "size": None}],
        "patterns": [[[0, 0, 1.0]]],
        "pattern": [0, 0, 0, 0],
        "lifetimes": {
            "regular": {
                "leaves": [by_year([0.5, 0.25], 0.0, 25)],
                "renewal": by_year([0.5, 0.25], 0.0, 25),
                "trail": trail("blijft"),
            },
        },
        "inflow": {
            "own": "replacement",
            "growth": None,
            "trails": inflow_trails(),
            "mix": [["all", 1.0]],
        },
        "overrides": {},
        "ages": None,
        "sizes": {},
        "contents": [
            content("mass", None, 2.0, factor="content mass", low=1.0, high=4.0),
            content("Nd", "all", 0.5, low=0.25, high=1.0),
        ],
        "collection": {
            "rate_of": "put_on_market",
            "year": 2023,
            "rate": 0.5,
            "low": 0.25,
            "high": 1.0,
            "targets": [],
            "trail": trail("inzameling"),
            "targets_trail": None,
            "market": {
                "t_per_a": [2.0, 20.0, 2.0, 2.0],
                "rest": 0.0,
                "year": 2024,
                "band": [0.5, 2.0],
                "trail": trail("verkoop"),
            },
        },
        "yields": [],
        "processed": None,
    }


def phones() -> Document:
    units = quantity(
        "phones",
        both("Telefoons", "Phones"),
        "stuks",
        values=[7.0, 8.0, 9.0, 10.0],
        band=[1 / 1.1, 1.1],
        key=[0.5, 2.0],
    )
    return {
        **panels(),
        "id": "phone",
        "title": both(HOSTILE, HOSTILE),
        "in_stock": both("In huis", "At home"),
        "year": 2025,
        "date": "2026-01-11",
        "spread_over": "region",
        "by_residents": "all",
        "step": "sorting",
        "bases": {"register": {"quantities": [units]}},
        "nearest": {"refining": [None] * 4},
        "chain": None,
        "cover": cover(),
        "model": phone_model(),
    }


def cars() -> Document:
    """Only what is released is known: 100 t a year, of which each zone has a portion."""
    model = {
        **panel_model(),
        "base": None,
        "cohorts": [],
        "types": [],
        "patterns": [],
        "pattern": [0, 0, 0, 0],
        "lifetimes": {},
        "inflow": {
            "own": "frozen",
            "growth": None,
            "trails": inflow_trails(),
            "mix": [["NMC", 0.5], ["LFP", 0.5]],
        },
        "overrides": {},
        "ages": None,
        "sizes": {},
        "contents": [content("Nd", "NMC", 0.2)],
        "collection": {
            **panel_model()["collection"],
            "rate": 1.0,
            "low": 1.0,
            "high": 1.0,
            "targets": [],
        },
        "yields": [],
        "processed": None,
        "flow": {
            "portion": [0.5, 0.25, 0.125, 0.125],
            "rest": 0.0,
            "t_per_a": {
                "default": by_year([100.0], 200.0),
                "frozen": by_year([100.0], 100.0),
                "replacement": by_year([100.0], 100.0),
                "growth": by_year([100.0], 400.0),
            },
            "hold_after": 2030,
            "low": by_year([0.5], 0.25),
            "high": by_year([2.0], 4.0),
            "trails": [trail("landelijk"), trail("aandeel"), trail("key car", 0.5, 2.0)],
        },
    }
    return {
        **phones(),
        "id": "car",
        "kind": "flow",
        "title": both("Auto-accu's", "Car batteries"),
        "year": None,
        "date": None,
        "bases": {"register": {"quantities": []}},
        "model": model,
    }


def scanners() -> Document:
    return {
        **phones(),
        "id": "scanner",
        "kind": "unknown",
        "title": both("Scanners", "Scanners"),
        "in_stock": both("In ziekenhuizen", "In hospitals"),
        "year": None,
        "date": None,
        "note": both("Ziekenhuizen melden niets.", "Hospitals report nothing."),
        "bases": {"register": {"quantities": []}},
        "model": None,
    }


def element(symbol: str, nl: str, en: str, **more: Any) -> Document:  # noqa: ANN401
    return {
        "id": symbol,
        "title": both(nl, en),
        "kind": "element",
        "critical": True,
        "strategic": False,
        "bulk_metal": False,
        "eu_number": 1,
        "eu_title": both(nl, en),
        "note": None,
        **more,
    }


def facility(facility_id: str, name: str, **more: Any) -> Document:  # noqa: ANN401
    return {
        "id": facility_id,
        "name": name,
        "step": "recycling",
        "streams": ["panel"],
        "fraction": "whole",
        "capacity_t_per_a": None,
        "planned_capacity_t_per_a": None,
        "capacity_of": None,
        "capacity_year": None,
        "status": "operating",
        "from_year": None,
        "country": "NL",
        "zone": None,
        "point": None,
        "precision_m": 3000.0,
        "url": "javascript:window.fired=1",
        "source": "register",
        "certainty": "stated",
        "note": HOSTILE,
        **more,
    }


def collection_point(point_id: str, name: str, **more: Any) -> Document:  # noqa: ANN401
    return {
        "id": point_id,
        "name": name,
        "kind": "recycling_centre",
        "operator": "Alfa",
        "address": "Kade 1",
        "postcode": "1234 AB",
        "municipality": "GM0001",
        "streams": ["panel"],
        "accepts": ["solar_panel", HOSTILE],
        "streams_certainty": "assumed",
        "own_residents_only": "unknown",
        "status": "open",
        "zone": "GM0001",
        "point": None,
        "precision_m": None,
        "url": "https://example.org/point",
        "source": "register",
        "certainty": "stated",
        "note": "",
        **more,
    }


def view(**more: Any) -> Document:  # noqa: ANN401
    return {
        "basis": "register",
        "stream": "panel",
        "layer": "stock",
        "measure": "kwp",
        "hatch": False,
        "year": None,
        **more,
    }


def small_document() -> Document:
    """Alfa (west) with a port below it; a hostile name (east) with Delta, of no data, below it."""
    return {
        "format": 2,
        "region": {
            "id": "small",
            "title": both("Klein", "Small"),
            "bounds": [[51.9, 4.0], [52.1, 4.4]],
            "detour_factor": 1.3,
        },
        "edition": {"date": "2026-01-11", "hash": "0123456789", "version": "0.0.0"},
        "map": "explore",
        "maps": [
            {
                "id": "explore",
                "title": both("Verkennen", "Explore"),
                "story": both("Een klein verhaal.", "A small story."),
                "view": view(),
            },
            {
                "id": "gap",
                "title": both("Gat?", "Gap?"),
                "story": both("Over het gat.", "On the gap."),
                "view": view(layer="capacity_gap", measure="mass", hatch=True, year=2026),
            },
            {
                "id": "figures",
                "title": both("Andere cijfers?", "Other figures?"),
                "story": both("Over cijfers.", "On figures."),
                "view": view(basis="report"),
            },
        ],
        "zones": [
            zone("GM0001", "Alfa", 1000.0, [52.05, 4.1]),
            zone("GM0002", HOSTILE, 200.0, [52.05, 4.3]),
            zone("GM0001.haven", RIGHT_TO_LEFT, 30.0, [51.95, 4.1]),
            zone("GM0003", LONG, None, [51.95, 4.3]),
        ],
        "outlines": [square(4.0, 52.0), square(4.2, 52.0), square(4.0, 51.9), square(4.2, 51.9)],
        "water": [square(3.8, 51.9)],
        "years": YEARS,
        "elements": [
            element("Al", "aluminium", "aluminium", bulk_metal=True, strategic=True),
            element("Nd", "neodymium", "neodymium", strategic=True),
            element("Ag", "zilver", "silver", critical=False, eu_number=None, eu_title=None),
            element("glass", "glas", "glass", kind="bulk", critical=False, eu_number=None),
        ],
        "switches": {
            "lifetime": ["regular", "early", "late"],
            "inflow": ["default", "frozen", "replacement", "growth"],
            "collection": ["today", "targets"],
            "drive_train": ["inferred", "gb_dfig", "dd_pmsg"],
            "recovery": ["today", "legal"],
            "reach": ["europe", "250_km", "netherlands", "province_only"],
            "planned": ["no", "yes"],
            "unknown_capacity": ["nothing", "median", "unlimited"],
            "foreign_share": ["share", "0", "1"],
            "demand": ["proportional", "ours_first", "province_alone"],
        },
        "streams": [panels(), phones(), cars(), scanners()],
        "classes": {
            "panel": {
                "stock:kwp": [50.0, 100.0, 200.0, 500.0],
                "stock:panels": [1.0, 2.0, 5.0, 10.0],
                "stock:mass": [5.0, 10.0, 20.0, 50.0],
                "stock:Nd": [0.001, 0.01, 0.1, 0.5],
                "released:mass": [1.0, 2.0, 5.0, 10.0],
                "collected:mass": [0.5, 1.0, 2.0, 5.0],
                "capacity_gap:mass": [0.2, 0.5, 1.0, 2.0],
            },
            "phone": {"stock:phones": [8.0, 9.0, 10.0, 20.0]},
            "car": {"released:mass": [10.0, 20.0, 50.0, 100.0]},
        },
        "facilities": [
            facility("F1", "Fabriek", capacity_t_per_a=1000.0, zone="GM0002", point=[52.03, 4.3]),
            facility("F2", "Verre fabriek (ver weg)", status="planned", point=[51.44, 5.47]),
            facility("F3", HOSTILE, status="unknown", step="sorting", streams=["phone"]),
            facility("F4", "Gesloten", status="closed", point=[51.2, 5.0]),
        ],
        "collection_points": [
            collection_point("P1", "Straat Noord", point=[52.06, 4.06], precision_m=800.0),
            collection_point("P2", HOSTILE, status="unknown"),
        ],
        "flows": {"panel": {"2026": [[1, 0, 12.3, 3.0, 0], [None, 0, 99.0, 80.0, 1]]}},
        "access": access(),
        "sites": sites(),
        "siting": {"panel": [proposal()]},
        "sources": [
            {
                "id": "register",
                "layer": "stocks",
                "title": HOSTILE,
                "publisher": "Registerhuis",
                "year": 2024,
                "reference_date": "2024-12-31",
                "licence": "CC BY 4.0",
                "url": "https://example.org/register",
            },
            {
                "id": "report",
                "layer": "reports",
                "title": "Jaarboek",
                "publisher": "Provincie",
                "year": 2026,
                "reference_date": None,
                "licence": "unknown",
                "url": "javascript:window.fired=1",
            },
        ],
        "findings": [
            {"layer": "points", "row": "P2", "rule": HOSTILE, "found": "none", "action": "kept"},
        ],
        "figures": [
            {
                "id": "panels",
                "stream": "panel",
                "quantity": both("panelen", "panels"),
                "report_value": 300000.0,
                "unit": "piece",
                "region": "Klein",
                "report": "report",
                "reading": "Ongeveer 300.000",
                "register_value": 600000.0,
                "register_low": 500000.0,
                "register_high": 700000.0,
                "grade": "B",
                "formula": both("som van de gemeenten", "sum of the municipalities"),
                "difference": 300000.0,
                "factor": 2.0,
                "reason": both("installaties geteld", "installations counted"),
            },
            {
                "id": "ore",
                "stream": "all",
                "quantity": both("erts", "ore"),
                "report_value": 2.0,
                "unit": "t",
                "region": "Klein",
                "report": "report",
                "reading": HOSTILE,
                "register_value": None,
                "register_low": None,
                "register_high": None,
                "grade": None,
                "formula": None,
                "difference": None,
                "factor": None,
                "reason": both("geen register", "without a register"),
            },
        ],
        "municipalities": [
            {"code": "GM0001", "name": "Alfa", "served_by": "known", "note": ""},
            {"code": "GM0002", "name": HOSTILE, "served_by": "shared", "note": "buur"},
            {"code": "GM0003", "name": "Delta", "served_by": "operator_only", "note": ""},
        ],
    }


@dataclass(frozen=True)
class Heard:
    """What the page asked of the network and what it complained of."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def document() -> Document:
    return copy.deepcopy(small_document())


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def show(browser: Browser, heard: Heard, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open the page of a document from disk; in the end nothing was asked and all went well."""
    with closed_network(browser, heard) as context:

        def open_page(document: Document, address: str = "") -> Page:
            path = tmp_path / "page.html"
            path.write_text(render(document), encoding="utf-8")
            return opened(context, path, heard, address)

        yield open_page
    assert heard.requests == []
    assert heard.complaints == []


@pytest.fixture
def page(show: Callable[..., Page], document: Document) -> Page:
    return show(document)


@pytest.fixture(scope="session")
def modules(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Keep one page open for calls of its pure modules, which leave nothing behind."""
    heard = Heard()
    path = tmp_path_factory.mktemp("modules") / "page.html"
    path.write_text(render(small_document()), encoding="utf-8")
    with closed_network(browser, heard) as context:
        yield opened(context, path, heard)
    assert heard.requests == []
    assert heard.complaints == []


@contextmanager
def closed_network(browser: Browser, heard: Heard) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})

    def refuse(route: Route) -> None:
        if route.request.url.startswith("file:"):
            route.continue_()
            return
        heard.requests.append(route.request.url)
        route.abort()

    context.set_default_timeout(10_000)
    context.route("**/*", refuse)
    yield context
    context.close()


def opened(context: BrowserContext, path: Path, heard: Heard, address: str = "") -> Page:
    page = context.new_page()
    page.on("console", lambda message: heard.complaints.append(message.text))
    page.on("pageerror", lambda error: heard.complaints.append(str(error)))
    page.goto(f"{path.as_uri()}{address}")
    page.wait_for_selector("#sentence:not(:empty)", state="attached")
    return page
