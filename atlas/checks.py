"""What the sources of a region must satisfy together; a list of problems each."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

import pandas as pd

from atlas.areas import check_codes, check_outlines
from atlas.columns import rows_named
from atlas.definitions import Grade, Step
from atlas.errors import attempt, problem
from atlas.facilities import check_facilities, check_points
from atlas.stocks import split_categories

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd

    from atlas.definitions import Dataset, Stock

    Frames = Mapping[str, pd.DataFrame]  # by name; a source that could not be read is not there
    Used = Mapping[str, Dataset]  # the dataset that each frame was read from


STOCK = "stock "  # how the frame of a stream is called: the word and its id

# What makes a row of a table one thing; a second row of it would count twice.
_ONCE: Mapping[str, tuple[str, ...]] = {
    "national": ("figure", "year"),
    "fractions": ("stream", "fraction"),
    "eu_list": ("number",),
    "sizes": ("size_id", "variant"),
    "history": ("series", "year"),
    "yields": ("stream", "element", "recovery", "from_year"),
}


def check_rows(found: Frames, used: Used, stocks: Mapping[str, Stock]) -> list[str]:
    """Check the rows of the sources as they stand, before codes are recoded.

    What stands twice and would be counted twice, words that are in no table, mass shares that are
    none.
    """
    problems = []
    for name, columns in _ONCE.items():
        if name in found:
            problems += _check_once(found[name], columns, used[name])
    for stock in stocks.values():
        name = STOCK + stock.id
        if name in found and stock.method == "points":
            problems += _check_same_points(found[name], stock, used[name])
        elif name in found:
            key = [c for c in ("municipality_code", "year", "category") if c in found[name]]
            problems += _check_once(found[name], key, used[name])
    return problems + _check_words(found, used)


def check_recoding(found: Frames, used: Used) -> list[str]:
    """Check that mergers of municipalities end somewhere, and not in what still has an outline."""
    if "recoding" not in found:
        return []
    file = used["recoding"].source.file
    became = dict(zip(found["recoding"]["old_code"], found["recoding"]["new_code"], strict=True))
    problems = []
    for old in became:
        trail = [old]
        while trail[-1] in became and trail[-1] not in trail[:-1]:
            trail.append(became[trail[-1]])
        if trail[-1] == old and len(trail) > 1:
            what = f"a circle: {', '.join(trail)}"
            problems.append(problem(file, what, "mergers that end", "correct a row"))
            break
    if "municipalities" in found:
        codes = set(found["municipalities"]["municipality_code"])
        problems += [
            problem(
                file,
                f"{old} became {became[old]}, but has an outline",
                f"outlines after the merger in {used['municipalities'].source.file}",
                "join the outlines, or remove the row",
            )
            for old in became
            if old in codes
        ]
    return problems


def check_places(found: Frames, used: Used) -> list[str]:
    """Check the sources against the outlines, once codes are recoded.

    Outlines that are no ground for a partition, codes that are no municipality of the region,
    municipalities without a row or without people to spread.
    """
    if "municipalities" not in found:
        return []
    municipalities = _places(found, "municipalities")
    if municipalities.empty:
        file = used["municipalities"].source.file
        return [problem(file, "no municipalities", "one at least", "restore the file")]
    known = municipalities["municipality_code"]
    problems = check_outlines(municipalities, _places(found, "ports") if "ports" in found else None)
    strange = {
        name: check_codes(
            frame["municipality_code"],
            known,
            where=used[name].source.file,
            unplaced=name not in {"figures", "districts", "coverage"},
        )
        for name, frame in found.items()
        if "municipality_code" in frame and name not in {"municipalities", "ports"}
    }
    problems += [line for lines in strange.values() for line in lines]
    if "figures" in found and not strange["figures"]:
        problems += _missing(known, found["figures"], used["figures"].source.file)
        # A district with a wrong code is missed in its own municipality: that is one problem.
        if not strange.get("districts"):
            problems += _check_people(found, used)
    if "coverage" in found:
        problems += _check_once(found["coverage"], ("municipality_code",), used["coverage"])
    return problems


def check_stock(stock: Stock, found: Frames, used: Used) -> list[str]:
    """Check that the tables hold what a stream asks of them, once merged rows are summed.

    Rows of its year for every municipality, categories that do not overlap, national and
    headline figures by their names.
    """
    problems = []
    name = STOCK + stock.id
    if stock.method == "table" and name in found:
        problems += _check_table(stock, found[name], found, used[name].source.file)
    shares = [stock.national, stock.collection.put_on_market]
    if "national" in found:
        named = [n for share in shares if share for n in (share.total, share.denominator)]
        figures = found["national"].set_index("figure")["value"]
        problems += unnamed(named, figures.index, stock.where, used["national"])
        problems += [
            problem(used["national"].source.file, f"{n} is zero", "above zero", "correct it")
            for n in dict.fromkeys(share.denominator for share in shares if share)
            if n in figures.index and not (figures.loc[[n]] > 0).all()
        ]
        market, file = stock.collection.put_on_market, used["national"].source.file
        problems += check_tonnes(market.total, found["national"], where=file) if market else []
    if "headlines" in found and stock.report is not None:
        report = stock.report
        named = [n for n in (report.units, report.crm_per_unit, report.crm_total) if n]
        figures = found["headlines"]["figure_id"]
        problems += unnamed(named, figures, f"{stock.where} [report]", used["headlines"])
    return problems


def check_tonnes(figure: str, national: pd.DataFrame, *, where: str) -> list[str]:
    """Check that a national figure that is a flow is in tonnes."""
    units = national.loc[national["figure"] == figure, "unit"]
    return [
        problem(where, f"{figure} in {unit}", "t or t/a", "convert it in the file")
        for unit in sorted(set(units) - {"t", "t/a"})
    ]


def _check_table(stock: Stock, rows: pd.DataFrame, found: Frames, file: str) -> list[str]:
    rows = rows[rows["year"] == stock.year]
    if rows.empty:
        return [problem(file, f"no rows of {stock.year}", "the year of the stock", "correct it")]
    problems: list[str] = []
    if "municipalities" in found:
        problems += _missing(found["municipalities"]["municipality_code"], rows, file)
    columns = {m.column: m.id for m in stock.measures if m.of is None and m.column is not None}
    if stock.categories is not None:
        names = list(columns.values())
        amounts = rows.rename(columns=columns)
        attempt(problems, split_categories, amounts, stock.categories, names, where=file)
        return problems
    for column in columns:
        empty = rows[column].isna()
        if empty.any():
            codes = ", ".join(rows.loc[empty, "municipality_code"])
            found_ = f"no {column} of {stock.year} for {codes}"
            problems.append(problem(file, found_, "a number", "fill it in"))
    return problems


def _check_once(frame: pd.DataFrame, columns: Iterable[str], dataset: Dataset) -> list[str]:
    columns = list(columns)
    twice = frame[frame.duplicated(columns, keep=False)]
    return [
        problem(
            dataset.source.file,
            f"{_named(values)} more than once, in {_rows(group)}",
            "one row for each",
            "remove one, or it is counted twice",
        )
        for values, group in twice.groupby(columns, sort=False, dropna=False)
    ]


def _named(values: object) -> str:
    """Write what makes a row one thing; a year is a whole number."""
    parts = values if isinstance(values, tuple) else (values,)
    # A year that is left open is NaN, which differs from itself.
    known = [part for part in parts if part == part]  # noqa: PLR0124
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in known)


def _rows(group: pd.DataFrame) -> str:
    return rows_named(pd.Series(data=True, index=group.index))


def _check_same_points(points: pd.DataFrame, stock: Stock, dataset: Dataset) -> list[str]:
    """Name the points that stand in one place with the same amounts: one thing under two ids."""
    columns = [m.column for m in stock.measures if m.of is None and m.column is not None]
    if not columns:
        return []
    place = points.geometry.to_wkb().to_numpy()
    same = points[columns].assign(place=place)[points.geometry.notna()]
    problems = []
    for _, group in same[same.duplicated(keep=False)].groupby([*columns, "place"], sort=False):
        problems.append(
            problem(
                dataset.source.file,
                f"one place and the same {' and '.join(columns)} in {_rows(group)}",
                "one row for each",
                "remove one, or it is counted twice",
            )
        )
    return problems


def check_words(words: pd.Series, known: tuple[str, ...], where: str) -> list[str]:
    """Name the words that are none of those known."""
    return [
        problem(where, f'"{word}"', f"one of {', '.join(known)}", "correct it")
        for word in sorted(set(words) - set(known))
    ]


def _check_words(found: Frames, used: Used) -> list[str]:
    problems = []
    if "fractions" in found:
        share, file = found["fractions"]["mass_share"], used["fractions"].source.file
        wrong = (share <= 0) | (share > 1)
        if wrong.any():
            where = f'{file} column "mass_share"'
            what = f"{share[wrong].iloc[0]:g} in {rows_named(wrong)}"
            problems.append(problem(where, what, "more than 0 and at most 1", "correct it"))
        words = {"carries_crm": ("yes", "no"), "arrives_at_step": get_args(Step)}
        for column, known in words.items():
            problems += check_words(found["fractions"][column], known, f'{file} column "{column}"')
    if "accepted" in found and "fractions" in found:
        known = tuple(sorted(set(found["fractions"]["stream"])))
        where = f'{used["accepted"].source.file} column "stream"'
        problems += check_words(found["accepted"]["stream"].dropna(), known, where)
    if "national" in found:
        where = f'{used["national"].source.file} column "grade"'
        problems += check_words(found["national"]["grade"], get_args(Grade), where)
    if "facilities" in found and "fractions" in found:
        plants, file = _places(found, "facilities"), used["facilities"].source.file
        streams = sorted(set(found["fractions"]["stream"]))
        problems += check_facilities(plants, streams=streams, where=file)
        pairs = set(zip(found["fractions"]["stream"], found["fractions"]["fraction"], strict=True))
        for row, own, fraction in zip(
            plants.index, plants["streams"], plants["fraction"], strict=True
        ):
            problems += [
                problem(
                    f"{file} {plants.index.name} {row}",
                    f'fraction "{fraction}" of {stream}',
                    f"a fraction of {used['fractions'].source.file}",
                    "correct it, or add the fraction",
                )
                for stream in (own or "").split(";")
                if stream in streams and fraction is not None and (stream, fraction) not in pairs
            ]
    if "collection_points" in found and "accepted" in found:
        file = used["collection_points"].source.file
        problems += check_points(found["collection_points"], accepted=found["accepted"], where=file)
    return problems


def _check_people(found: Frames, used: Used) -> list[str]:
    """Check that someone lives in the region, and that districts say where."""
    figures, file = found["figures"], used["figures"].source.file
    people = figures.groupby("municipality_code")["residents"].sum()
    if not people.sum() > 0:
        return [problem(file, "no residents in any municipality", "one at least", "correct it")]
    if "districts" not in found:
        return []
    housed = found["districts"].groupby("municipality_code")["residents"].sum()
    known = set(found["municipalities"]["municipality_code"])
    return [
        problem(
            used["districts"].source.file,
            f"no residents in the districts of {code}",
            f"some, since {file} has {people[code]:g}",
            "add its districts, or the merger of its municipality to the recoding table",
        )
        for code in people.index[people > 0]
        if code in known and not housed.get(code, 0.0) > 0
    ]


def _places(found: Frames, name: str) -> gpd.GeoDataFrame:
    return cast("gpd.GeoDataFrame", found[name])


def _missing(known: pd.Series, rows: pd.DataFrame, file: str) -> list[str]:
    return [
        problem(file, f"no row for {code}", "every municipality of the region", "add it")
        for code in sorted(set(known) - set(rows["municipality_code"]))
    ]


def unnamed(names: Iterable[str], known: Iterable[str], where: str, dataset: Dataset) -> list[str]:
    """Name the figures that a table does not have."""
    known = list(dict.fromkeys(known))
    return [
        problem(
            where,
            f'no figure "{name}" in {dataset.source.file}',
            f"one of {', '.join(known)}",
            "correct its name, or add the figure",
        )
        for name in dict.fromkeys(names)
        if name not in known
    ]
