"""What the GeoPackage of an edition must satisfy beyond any other: names, codes, sums, ranges.

An edition is a GeoPackage with the zones and municipalities of the dictionary, or with most of its
layers; of another these rules ask nothing.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

from atlas.definitions import Grade
from atlas.judge_geopackage import STYLES, Package, quoted, rows_of
from atlas.metadata import STANDARD
from atlas.outside import OUTSIDE
from atlas.rulebook import Breach, Rule, UnreadableError
from atlas.untrusted import read_json, read_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlas.dictionary import Layer

# Codes that stand for what is in no table.
_BESIDE = {
    "zones": ("unallocated", OUTSIDE),
    "elements": ("crm", "crm_other"),
    "sources": ("national",),
}
# What an edition is known by, whatever else of it is gone.
_GROUND = ("zones", "municipalities")
# What a build leaves out where there is none, without a word; of all else its findings tell.
_OPTIONAL = {"facilities_unplaced", "collection_points_unplaced"}
_EMPTY = "layer without features"
# What a sum may be off by: of tonnes and people in float64.
_DUST = 1e-6
# A difference may be below nothing: the register less the report.
_SIGNED = {("headline_figures", "difference")}
# Of the same row: what each is, from the others of its table.
_BALANCES = (
    ("releases", "collection_gap_t", "released_t - reused_exported_t - collected_t"),
    ("gaps", "capacity_gap_t", "collected_t - processed_t"),
    ("gaps", "capacity_gap_t_best", "collected_t - processed_t_best"),
    ("recovery", "recovery_gap_t", "processed_t - recovered_t"),
)
# Of the same row: from the least to the most.
_ORDERS = (
    ("gaps", ("processed_t", "processed_t_best", "collected_t")),
    ("gaps", ("capacity_gap_t_best", "capacity_gap_t")),
    ("recovery", ("recovered_t", "processed_t")),
    ("recovery", ("recovered_t_best", "processed_t_best")),
    ("cover", ("covered_low", "covered_high", "residents")),
    ("chains", ("passed_t", "passed_t_best", "collected_t")),
    ("gap_starts", ("year", "year_best")),
)
# Of these orders a row has all or nothing.
_TOGETHER = {"gaps", "chains"}
_RANGE = ("_low", "", "_high")
_SUMMED = ("area_km2", "residents", "households")
_DO = "restore the values of the build"


def is_edition(package: Package) -> bool:
    """Tell whether a GeoPackage has the ground of an edition, or more than half of its layers."""
    own = package.dictionary
    if own and all(has(package, name, "municipality_code", "residents") for name in _GROUND):
        return True
    return 2 * len(set(own) & set(package.columns)) > len(own) > 0


def _own(package: Package) -> Iterator[tuple[str, Layer]]:
    """Yield the layers that are there and that the dictionary describes."""
    for name, layer in package.dictionary.items():
        if name in package.columns:
            yield name, layer


def has(package: Package, table: str, *columns: str) -> bool:
    """Tell whether these columns are there; that they should be is a rule of its own."""
    return set(columns) <= set(package.columns.get(table, ()))


def _layers(package: Package) -> Iterator[Breach]:
    streams = set()
    if has(package, "releases", "stream"):
        streams = {s for (s,) in package.file.execute("SELECT DISTINCT stream FROM releases")}
    empty = set()
    if has(package, "findings", "layer", "rule"):
        query = "SELECT DISTINCT layer FROM findings WHERE rule = ?"
        empty = {name for (name,) in package.file.execute(query, (_EMPTY,))}
    described = {table for (table,) in _read(package, "gpkg_data_columns", "table_name")}
    for name, layer in package.dictionary.items():
        # A region may have nothing of some, and lack a stream; what is described was there.
        optional = name in _OPTIONAL or (layer.stream is not None and layer.stream not in streams)
        optional = optional or (name in empty and name not in _GROUND)
        if name not in package.columns and (name in described or not optional):
            yield Breach(f"no {name}", f"the layer or table {layer.title.nl}", "build anew")


def _columns(package: Package) -> Iterator[Breach]:
    for name, layer in _own(package):
        for column in layer.columns:
            if column.name not in package.columns[name]:
                found = f"{name} has no column {column.name}"
                yield Breach(found, column.title.nl, "restore it under that name")


def _filled(package: Package) -> Iterator[Breach]:
    for name, _ in _own(package):
        if name in package.places and not rows_of(package, name):
            yield Breach(f"{name} is empty", "a feature at least (PDOK RQ2)", "leave the layer out")


def _titles(package: Package) -> Iterator[Breach]:
    rows = _read(package, "gpkg_data_columns", "table_name, column_name, name, description")
    titles = {(table, column) for table, column, *words in rows if all(words)}
    for name, layer in _own(package):
        for column in layer.columns:
            if column.name in package.columns[name] and (name, column.name) not in titles:
                found = f"{name}.{column.name} has no title and description in gpkg_data_columns"
                yield Breach(found, f'"{column.title.nl}"', "add the row")


def _metadata(package: Package) -> Iterator[Breach]:
    found = set()
    do = "restore gpkg_metadata"
    for row, standard, form, text in _read(
        package, "gpkg_metadata", "id, md_standard_uri, mime_type, metadata"
    ):
        content = str(text).encode("utf-8", "replace")
        try:
            read_xml(content) if form == "text/xml" else read_json(content)
            found.add(standard)
        except UnreadableError as error:
            yield Breach(f"gpkg_metadata id {row}: {error.breach.found}", f"sound {form}", do)
    if STANDARD not in found:
        yield Breach("no record of ISO 19115 in gpkg_metadata", "one in ISO 19139", do)


def _styled(package: Package) -> Iterator[Breach]:
    styled = {table for (table,) in _read(package, STYLES, "f_table_name")}
    for name, _ in _own(package):
        if name not in styled:
            yield Breach(f"{name} has no style", "one in layer_styles", "save one from QGIS")


def _keys(package: Package) -> Iterator[Breach]:
    for name, layer in _own(package):
        if not layer.key or not has(package, name, *layer.key):
            continue
        key = ", ".join(map(quoted, layer.key))
        empty = " OR ".join(f"{quoted(column)} IS NULL" for column in layer.key)
        query = f"SELECT {key} FROM {quoted(name)} GROUP BY {key} HAVING count(*) > 1 OR {empty}"  # noqa: S608
        for values in package.file.execute(query):
            found = f"{name}: {', '.join(map(str, values))} more than once, or not filled in"
            yield Breach(found, f"one row for each {', '.join(layer.key)}", "remove a row")


def _codes(package: Package) -> Iterator[Breach]:
    for name, layer in _own(package):
        for column in layer.columns:
            target = "sources" if column.name == "source_id" and name != "sources" else (
                column.refers
            )  # fmt: skip
            if target is None:
                continue
            (key,) = package.dictionary[target].key
            if not has(package, name, column.name) or not has(package, target, key):
                continue
            beside = _BESIDE.get(target, ())
            code = quoted(column.name)
            query = (
                f"SELECT {code}, count(*) FROM {quoted(name)} WHERE {code} IS NOT NULL "  # noqa: S608
                f"AND {code} NOT IN ({', '.join('?' * len(beside))}) AND {code} NOT IN "
                f"(SELECT {quoted(key)} FROM {quoted(target)} WHERE {quoted(key)} IS NOT NULL) "
                f"GROUP BY {code}"
            )
            expected = " or ".join((f"a {key} of {target}", *beside))
            for value, count in package.file.execute(query, beside):
                found = f'{name}.{column.name}: "{value}" in {count} rows'
                yield Breach(found, expected, "correct the code")


def _amounts(package: Package) -> Iterator[Breach]:
    for name, layer in _own(package):
        for column in layer.columns:
            declared = package.columns[name].get(column.name, "")
            if not declared.startswith(("REAL", "INT", "MEDIUM")):
                continue
            if (name, column.name) not in _SIGNED:
                yield from _where(package, name, f"{quoted(column.name)} < 0", column.name,
                                  "nothing below 0")  # fmt: skip


def _grades(package: Package) -> Iterator[Breach]:
    known = ", ".join(f"'{grade}'" for grade in get_args(Grade))
    for name, _ in _own(package):
        for column in package.columns[name]:
            if column == "grade" or column.endswith("_grade"):
                wrong = f"{quoted(column)} NOT IN ({known})"
                yield from _where(package, name, wrong, column, f"{known}, or NULL")


def _ranges(package: Package) -> Iterator[Breach]:
    for name, _ in _own(package):
        columns = package.columns[name]
        for middle in columns:
            ends = [middle + end for end in _RANGE]
            if set(ends) <= set(columns):
                yield from _ordered(package, name, ends, together=True)


def _orders(package: Package) -> Iterator[Breach]:
    for table, columns in _ORDERS:
        if has(package, table, *columns):
            yield from _ordered(package, table, list(columns), together=table in _TOGETHER)


def _balances(package: Package) -> Iterator[Breach]:
    for table, column, formula in _BALANCES:
        if has(package, table, column, *formula.replace(" - ", " ").split()):
            off = (
                f"abs({column} - ({formula})) > {_DUST} * max(1, abs({formula})) "
                f"OR ({column} IS NULL) <> (({formula}) IS NULL)"
            )
            yield from _where(package, table, off, column, formula)


def _sums(package: Package) -> Iterator[Breach]:
    for column in _SUMMED:
        if not all(
            has(package, table, "municipality_code", column)
            for table in ("zones", "municipalities")
        ):
            continue
        query = (
            f"SELECT m.municipality_code, m.{column}, sum(z.{column}) AS whole "  # noqa: S608
            "FROM municipalities m LEFT JOIN zones z USING (municipality_code) "
            f"GROUP BY m.fid HAVING abs(coalesce(m.{column}, 0) - coalesce(whole, 0)) > "
            f"{_DUST} * max(1, abs(coalesce(m.{column}, 0)))"
        )
        for code, own, whole in package.file.execute(query):
            found = f"municipalities.{column}: {own} for {code}"
            yield Breach(found, f"{whole}, the sum of its zones", _DO)


def _collected(package: Package) -> Iterator[Breach]:
    keys = ("zone_id", "stream", "scenario_id", "year")
    if has(package, "gaps", "collected_t", *keys) and has(
        package, "releases", "collected_t", *keys
    ):
        query = (
            "SELECT g.zone_id, g.stream, g.year, g.collected_t, r.collected_t FROM gaps g "  # noqa: S608
            f"JOIN releases r USING ({', '.join(keys)}) WHERE "
            f"abs(g.collected_t - r.collected_t) > {_DUST} * max(1, r.collected_t)"
        )
        for zone, stream, year, own, released in package.file.execute(query):
            found = f"gaps.collected_t: {own} for {zone}, {stream}, {year}"
            yield Breach(found, f"{released}, as in releases", _DO)


def _transported(package: Package) -> Iterator[Breach]:
    keys = ("zone_id", "stream", "scenario_id", "step", "year")
    if has(package, "gaps", "processed_t_best", *keys) and has(package, "flows", "tonnes", *keys):
        key = ", ".join(keys)
        query = (
            "SELECT zone_id, stream, step, year, carried, processed_t_best FROM "  # noqa: S608
            f"(SELECT {key}, sum(tonnes) AS carried FROM flows GROUP BY {key}) "
            f"JOIN gaps USING ({key}) "
            f"WHERE carried > processed_t_best + {_DUST} * max(1, processed_t_best)"
        )
        for zone, stream, step, year, carried, most in package.file.execute(query):
            found = f"flows: {carried} t from {zone}, {stream}, {step}, {year}"
            yield Breach(found, f"at most {most}, processed_t_best in gaps", _DO)


def _ordered(
    package: Package, table: str, columns: list[str], *, together: bool
) -> Iterator[Breach]:
    """Name a row where a column is more than the next, or known alone where all are `together`."""
    wrong = " OR ".join(
        f"{quoted(less)} > {quoted(more)} + {_DUST} * max(1, abs({quoted(more)}))"
        for less, more in pairwise(columns)
    )
    if together:
        wrong += "".join(
            f" OR ({quoted(less)} IS NULL) <> ({quoted(more)} IS NULL)"
            for less, more in pairwise(columns)
        )
    yield from _where(package, table, wrong, columns[0], " ≤ ".join(columns))


def _where(
    package: Package, table: str, wrong: str, column: str, expected: str
) -> Iterator[Breach]:
    query = f"SELECT count(*), min(fid), {quoted(column)} FROM {quoted(table)} WHERE {wrong}"  # noqa: S608
    with closing(package.file.execute(query)) as rows:
        count, row, value = rows.fetchone()
    if count:
        found = f"{table}.{column}: {value} at fid {row}, {count} rows in all"
        yield Breach(found, expected, _DO)


def _read(package: Package, table: str, columns: str) -> Iterator[tuple[object, ...]]:
    """Yield columns of a table that the standard describes, no rows where it is not there."""
    there = package.file.execute("SELECT 1 FROM sqlite_master WHERE type='table' AND name = ?",
                                 (table,)).fetchone()  # fmt: skip
    if there:
        yield from package.file.execute(f"SELECT {columns} FROM {table}")  # noqa: S608


_ASKED: tuple[Rule[Package], ...] = (
    Rule("edition-layers", "An edition has every layer and table of the dictionary.", _layers),
    Rule("edition-columns", "Each of them has every column of the dictionary.", _columns),
    Rule("edition-filled", "Every layer has a feature at least.", _filled),
    Rule("edition-titles", "Every column has its Dutch title and description.", _titles),
    Rule("edition-metadata", "There is a record of ISO 19115, and all metadata are well-formed.",
         _metadata),
    Rule("edition-styled", "Every layer and table has a style.", _styled),
    Rule("edition-keys", "The key of a table tells its rows apart.", _keys),
    Rule("edition-codes", "A code stands in the table that it refers to, or for what is in none.",
         _codes),
    Rule("edition-amounts", "No amount is below zero.", _amounts),
    Rule("edition-grades", "A grade is A, B, C or D.", _grades),
    Rule("edition-ranges", "A value lies between its low and high end.", _ranges),
    Rule("edition-orders", "What is part of an amount is not more than it.", _orders),
    Rule("edition-balances", "What goes in comes out: every gap is what its row leaves over.",
         _balances),
    Rule("edition-sums", "A municipality is the sum of its zones.", _sums),
    Rule("edition-collected", "Gaps start from what releases say is collected.", _collected),
    Rule("edition-flows", "No more is carried to facilities than is processed at best.",
         _transported),
)  # fmt: skip
RULES = tuple(replace(rule, applies=is_edition) for rule in _ASKED)
