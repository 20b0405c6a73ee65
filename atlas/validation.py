"""Every kind of file of an edition with its rules, and the verdict on files of any origin."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any

from atlas import (
    judge_catalogue,
    judge_contents,
    judge_edition,
    judge_geopackage,
    judge_layer_file,
    judge_outlines,
    judge_page,
    judge_parquet,
    judge_places,
    judge_project,
    judge_raster,
    judge_records,
    judge_styles,
    judge_text,
    judge_workbook,
)
from atlas.errors import problem
from atlas.rulebook import Breach, Kind, Problem, judge, opening, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from atlas.dictionary import Layer

KNOWN = "file-kind"
_KNOWN_SAYS = "The name of a file says what it is."


@dataclass(frozen=True)
class Verdict:
    """What holds of a file.

    Attributes
    ----------
    path
        The file.
    kind
        The id of its kind, None where its name tells none.
    rules
        How many rules it was held against.
    problems
        Where they do not hold; none where all do.
    """

    path: Path
    kind: str | None
    rules: int
    problems: tuple[Problem, ...]


def kinds(dictionary: Mapping[str, Layer]) -> tuple[Kind[Any], ...]:
    """Return every kind of file with its rules.

    Parameters
    ----------
    dictionary
        What the layers of an edition are called, from `dictionary.read_dictionary`.  Without any,
        no GeoPackage counts as an edition.
    """
    package_rules = (
        *judge_geopackage.RULES, *judge_places.RULES, *judge_styles.PACKAGE_RULES,
        *judge_edition.RULES, *judge_contents.RULES, *judge_outlines.RULES,
    )  # fmt: skip
    opened_package = partial(judge_geopackage.opened_package, dictionary=dictionary)
    zipped = "a zip of which nothing leads out or is far larger than packed"
    json = "JSON in UTF-8, of finite numbers"
    return (
        Kind("gpkg", "GeoPackage", ("*.gpkg",), "It is a SQLite database with the tables of one.",
             opened_package, package_rules),
        Kind("tif", "GeoTIFF", ("*.tif", "*.tiff"), "It is a whole TIFF.",
             judge_raster.opened_raster, judge_raster.RULES),
        Kind("qgz", "QGIS project", ("*.qgz",), f"It is {zipped}, with one project of XML in it.",
             judge_project.opened_project, judge_project.RULES),
        Kind("xlsx", "workbook", ("*.xlsx",), f"It is {zipped}, with sheets of XML in it.",
             judge_workbook.opened_workbook, judge_workbook.RULES),
        Kind("geojson", "GeoJSON", ("*.geojson",), f"It is {json}.",
             judge_text.opened_geojson, judge_text.GEOJSON_RULES),
        Kind("parquet", "Parquet", ("*.parquet",), "It is a whole Parquet file.",
             judge_parquet.opened_parquet, judge_parquet.RULES),
        Kind("csv", "CSV", ("*.csv",), "It is text in UTF-8 of which all quotes are closed.",
             judge_text.opened_csv, judge_text.CSV_RULES),
        Kind("lyrx", "layer file of ArcGIS Pro", ("*.lyrx",), f"It is {json}.",
             judge_layer_file.opened_lyrx, judge_layer_file.RULES),
        Kind("qml", "QGIS style", ("*.qml",), "It is well-formed XML without entities.",
             judge_styles.opened_qml, judge_styles.QML_RULES),
        Kind("sld", "SLD style", ("*.sld",), "It is well-formed XML without entities.",
             judge_styles.opened_sld, judge_styles.SLD_RULES),
        Kind("datapackage", "data package", ("datapackage.json",), f"It is {json}.",
             judge_records.opened_record, judge_records.PACKAGE_RULES),
        Kind("provenance", "provenance", ("provenance.json",), f"It is {json}.",
             judge_records.opened_record, judge_records.PROVENANCE_RULES),
        Kind("dcat", "catalogue record", ("dcat.jsonld",), f"It is {json}.",
             judge_records.opened_record, judge_catalogue.RULES),
        Kind("html", "page", ("*.html",), "It is a whole page of HTML in UTF-8.",
             judge_page.opened_page, judge_page.RULES),
    )  # fmt: skip


def rules_of(found: Iterable[Kind[Any]]) -> list[tuple[str, str, str]]:
    """Return id, kind and sentence of every rule; the first is of files of any kind."""
    listed = [(KNOWN, "any", _KNOWN_SAYS)]
    for kind in found:
        listed.append((opening(kind), kind.id, kind.opens))
        listed += [(rule.id, kind.id, rule.says) for rule in kind.rules]
    return listed


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and in place of a folder all in it but hidden ones, each once."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(
                inner
                for inner in path.rglob("*")
                if not inner.is_dir()
                and not any(part.startswith(".") for part in inner.relative_to(path).parts)
            )
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def validate(paths: Iterable[Path], dictionary: Mapping[str, Layer]) -> list[Verdict]:
    """Hold files against the rules of their kind.

    Parameters
    ----------
    paths
        Files, from `files_in`.
    dictionary
        As in `kinds`.

    Returns
    -------
    list of Verdict
        One for each file, in the order given; a file of no known kind has a problem too.
    """
    known = kinds(dictionary)
    verdicts = []
    for path in paths:
        own = next((kind for kind in known if _fits(kind, path)), None)
        if own is None or not path.is_file():
            verdicts.append(Verdict(path, None, 1, (_unknown(path, known),)))
        else:
            asked, problems = judge(own, path)
            # That its name says what it is holds too.
            verdicts.append(Verdict(path, own.id, asked + 1, tuple(problems)))
    return verdicts


def _fits(kind: Kind[Any], path: Path) -> bool:
    return any(fnmatchcase(path.name.lower(), pattern) for pattern in kind.names)


def _unknown(path: Path, known: tuple[Kind[Any], ...]) -> Problem:
    if path.exists() and not path.is_file():
        return Problem(KNOWN, Breach("it is no file", "a file", "name one"))
    names = ", ".join(name for kind in known for name in kind.names)
    found = f'"{"".join(path.suffixes[-1:]) or path.name}" is no kind of file of an edition'
    return Problem(KNOWN, Breach(plain(found), names, "rename it, or leave it out"))


def lines_of(verdict: Verdict, name: str) -> list[str]:
    """Return a line for each problem: the file, the rule, what is found, expected and to do."""
    return [
        problem(f"{plain(name)} [{own.rule}]", own.breach.found, own.breach.expected, own.breach.do)
        for own in verdict.problems
    ]


def record_of(verdict: Verdict, name: str) -> dict[str, object]:
    """Return a verdict as JSON has it."""
    return {
        "file": plain(name),
        "kind": verdict.kind,
        "rules": verdict.rules,
        "holds": not verdict.problems,
        "problems": [{"rule": own.rule, **vars(own.breach)} for own in verdict.problems],
    }
