"""A world of four zones and two streams, and the page of it with the network closed."""

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
    }


def quantity(name: str, layer: str, words: dict[str, str], unit: str, **more: Any) -> Document:  # noqa: ANN401
    return {
        "id": name,
        "layer": layer,
        "title": words,
        "unit": both(unit, unit.replace("jaar", "a")),
        "decimals": 1,
        "grade": "B",
        "low": 0.5,
        "high": 2.0,
        "sources": ["register"],
        "formula": both("geteld", "counted"),
        **more,
    }


def panels() -> Document:
    register = [
        quantity(
            "kwp",
            "stock",
            both("Vermogen", "Power"),
            "kWp",
            values=[100.0, 1234.5, 50.0, None],
            unallocated=10.0,
        ),
        quantity("mass", "stock", both("Massa", "Mass"), "t", of="kwp", factor=0.1),
        quantity(
            "released",
            "released",
            both("Komt vrij", "Released"),
            "t/jaar",
            of="mass",
            factor=0.5,
            grade="D",
        ),
        quantity(
            "capacity_gap",
            "capacity_gap",
            both("Gat", "Gap"),
            "t/jaar",
            values=[4.0, 0.0, 2.0, None],
            best=[1.0, 0.0, 2.0, None],
            unallocated=0.0,
            unallocated_best=0.0,
            low=None,
            high=None,
        ),
    ]
    report = [
        quantity(
            "kwp",
            "stock",
            both("Vermogen", "Power"),
            "kWp",
            values=[1.0, 2.0, 3.0, 4.0],
            unallocated=0.0,
            sources=["report"],
        ),
    ]
    return {
        "id": "panel",
        "title": both("Panelen", "Panels"),
        "in_stock": both("In gebruik", "In use"),
        "year": 2024,
        "date": "2024-12-31",
        "released_year": 2026,
        "spread": both("naar inwoners", "by residents"),
        "step": "recycling",
        "bases": {
            "register": {"quantities": register, "why": ["capacity", None, "reach", None]},
            "report": {"quantities": report, "why": [None] * 4},
        },
        "nearest": [[0, 12.4], [0, 3.0], None, None],
    }


def phones() -> Document:
    units = quantity(
        "phones",
        "stock",
        both("Telefoons", "Phones"),
        "stuks",
        values=[7.0, 8.0, 9.0, 10.0],
        unallocated=0.0,
        low=None,
        high=None,
        grade="A",
    )
    return {
        "id": "phone",
        "title": both(HOSTILE, HOSTILE),
        "in_stock": both("In huis", "At home"),
        "year": 2025,
        "date": "2025-12-31",
        "released_year": 2026,
        "spread": both("naar inwoners", "by residents"),
        "step": "sorting",
        "bases": {
            "register": {"quantities": [units], "why": [None] * 4},
            "report": {"quantities": [], "why": [None] * 4},
        },
        "nearest": [None] * 4,
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
        **more,
    }


def small_document() -> Document:
    """Alfa (west) with a port below it; a hostile name (east) with Delta, of no data, below it."""
    return {
        "format": 1,
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
                "view": view(layer="capacity_gap", measure="capacity_gap", hatch=True),
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
        "streams": [panels(), phones()],
        "classes": {
            "panel": {
                "kwp": [50.0, 100.0, 200.0, 500.0],
                "mass": [5.0, 10.0, 20.0, 50.0],
                "released": [1.0, 2.0, 5.0, 10.0],
                "capacity_gap": [1.0, 2.0, 5.0, 10.0],
            },
            "phone": {"phones": [8.0, 9.0, 10.0, 20.0]},
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
        "flows": [
            {"zone": "GM0002", "facility": 0, "stream": "panel", "tonnes": 12.3, "km": 3.0},
        ],
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
                "difference": -300000.0,
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
