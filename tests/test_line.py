"""The modules stand in one straight line, each short enough to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "atlas"
LONGEST = 400
LINE = [
    "errors",
    "definitions",
    "rules",
    "stream_rules",
    "catalog",
    "columns",
    "sources",
    "areas",
    "grid",
    "allocation",
    "ranges",
    "survival",
    "cohorts",
    "variants",
    "holdings",
    "composition",
    "release",
    "scenarios",
    "national",
    "collection",
    "stocks",
    "reports",
    "supply",
    "materials",
    "amounts",
    "figure",
    "facilities",
    "catchments",
    "cover",
    "sites",
    "checks",
    "material_checks",
    "capacity_checks",
    "schemas",
    "inputs",
    "keys",
    "ground",
    "streams",
    "access",
    "outside",
    "gaps",
    "programme",
    "journeys",
    "costs",
    "capacity",
    "chains",
    "mixed_integer",
    "siting_case",
    "siting_tonnes",
    "siting_km",
    "siting_places",
    "siting",
    "ranking",
    "siting_question",
    "proposals",
    "what_if",
    "session_checks",
    "session",
    "reconciliation",
    "provenance",
    "pipeline",
    "dictionary",
    "table_schema",
    "wide",
    "trail",
    "stock_trail",
    "question",
    "explain",
    "classes",
    "capacity_document",
    "model_document",
    "stream_document",
    "access_document",
    "siting_document",
    "document",
    "maps",
    "symbology",
    "styles",
    "qgis_symbols",
    "qml",
    "sld",
    "cim_symbols",
    "cim_renderers",
    "metadata",
    "exports",
    "publication",
    "geopackage",
    "interchange",
    "rasters",
    "qgis_layers",
    "qgis_tree",
    "qgis_layout",
    "qgis_table",
    "qgis_sheets",
    "qgis_project",
    "lyrx",
    "report_words",
    "sheet_plan",
    "sheets",
    "workbook",
    "data_package",
    "dcat",
    "formats",
    "notebook",
    "markup",
    "what_if_effect",
    "what_if_map",
    "what_if_report",
    "obstacles",
    "edition",
    "rulebook",
    "untrusted",
    "judge_geopackage",
    "judge_places",
    "judge_styles",
    "judge_edition",
    "judge_contents",
    "judge_outlines",
    "judge_raster",
    "judge_text",
    "judge_parquet",
    "judge_workbook",
    "judge_project",
    "judge_layer_file",
    "judge_records",
    "judge_catalogue",
    "judge_page",
    "validation",
    "cli",
]
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(PACKAGE / "page").rglob("*.js")])


def imported_modules(code: str) -> set[str]:
    """Name the modules of the atlas that `code` imports, anywhere in it."""
    modules = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            # `from .areas import …` counts as `atlas.areas`.
            origin = ".".join(filter(None, ["atlas" if node.level else "", node.module]))
            modules |= {origin, *(f"{origin}.{name.name}" for name in node.names)}
    within = {module.split(".")[1] for module in modules if module.startswith("atlas.")}
    return within & {path.stem for path in PACKAGE.glob("*.py")}


def test_imports_are_found_in_every_form() -> None:
    code = (
        "import atlas.areas\n"
        "from atlas import errors\n"
        "from atlas.catalog import load\n"
        "def later():\n    from .sources import read\n"
    )
    assert imported_modules(code) == {"areas", "errors", "catalog", "sources"}


def test_every_module_stands_in_the_line() -> None:
    modules = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
    assert modules == {"__init__.py", *(f"{name}.py" for name in LINE)}


@pytest.mark.parametrize("name", LINE)
def test_a_module_imports_only_from_its_left(name: str) -> None:
    allowed = set(LINE[: LINE.index(name)])
    assert imported_modules((PACKAGE / f"{name}.py").read_text(encoding="utf-8")) <= allowed


def test_the_page_has_scripts() -> None:
    assert [path for path in SOURCES if path.suffix == ".js"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
