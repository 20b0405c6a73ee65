"""Stocks in use on zones, counted bottom-up (register) and as a report gives them (report)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlas.allocation import TOLERANCE, allocate, check_conserved, spread, weights
from atlas.areas import UNALLOCATED
from atlas.errors import DataError, problem, raise_problems
from atlas.ranges import CERTAIN, Band, combine, grade_of, graded, stated

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from atlas.definitions import Categories, Grade, Measure, Share, Stock

COLUMNS = (
    "zone_id",
    "stream",
    "basis",
    "year",
    "measure",
    "value",
    "value_low",
    "value_high",
    "unit",
    "grade",
    "source_id",
)
REPORT_GRADE: Grade = "D"  # a headline figure without its method
_YEARS_AWAY = 5
CRM = "crm"  # the "element" of a total that a report gives without naming elements


def count_points(stock: Stock, points: pd.DataFrame) -> pd.DataFrame:
    """Sum the counted measures of placed points; on ``zone_id``.

    Parameters
    ----------
    stock
        A stream whose method is ``points``.
    points
        One row a piece: ``zone_id`` and the columns that its measures name.
    """
    counted = {m.id: _amount(points, m) for m in _counted(stock)}
    return pd.DataFrame(counted).groupby(points["zone_id"]).sum()


def count_table(
    stock: Stock, rows: pd.DataFrame, zones: gpd.GeoDataFrame, *, keys: Mapping[str, pd.Series]
) -> pd.DataFrame:
    """Spread the counted measures of municipalities over their zones; on ``zone_id``.

    Parameters
    ----------
    stock
        A stream whose method is ``table``.
    rows
        ``municipality_code``, the column of categories if there are any, and the measures.
    zones
        A partition.
    keys
        The key of each category on ``zone_id``.

    Raises
    ------
    DataError
        When the parts of a municipality exceed its total: they overlap, or a row stands twice.
    """
    names = [m.id for m in _counted(stock)]
    amounts = pd.DataFrame({m.id: _amount(rows, m) for m in _counted(stock)}, index=rows.index)
    amounts["municipality_code"] = rows["municipality_code"]
    if stock.categories is None:
        split = {"all": amounts}
    else:
        amounts["category"] = rows["category"]
        split = split_categories(amounts, stock.categories, names, where=stock.where)
    placed = [
        allocate(part, weights(zones, keys[stock.keys[category]]))
        for category, part in split.items()
    ]
    return pd.concat(placed).groupby("zone_id")[names].sum(min_count=1)


def split_categories(
    amounts: pd.DataFrame, categories: Categories, names: list[str], *, where: str
) -> dict[str, pd.DataFrame]:
    """Return the parts of a total, and what is left of it as the remainder.

    Parameters
    ----------
    amounts
        ``municipality_code``, ``category`` and the columns `names`.
    categories
        Which category is the total, which are its parts, and what the rest is called.

    Returns
    -------
    dict
        Category -> ``municipality_code`` and `names`; together they sum to the total.

    Raises
    ------
    DataError
        When a pair of municipality and category stands twice, the total is missing, or the parts
        sum to more than it.
    """
    used = [categories.total, *categories.parts]
    amounts = amounts[amounts["category"].isin(used)]
    twice = amounts[amounts.duplicated(["municipality_code", "category"])]
    raise_problems(
        problem(
            where,
            f"{code} has {category} twice",
            "one row for each category",
            "remove one, or it is counted twice",
        )
        for code, category in zip(twice["municipality_code"], twice["category"], strict=True)
    )
    problems = []
    rest: dict[str, pd.Series] = {}
    split: dict[str, dict[str, pd.Series]] = {part: {} for part in categories.parts}
    for name in names:
        wide = amounts.pivot(index="municipality_code", columns="category", values=name)
        wide = wide.reindex(columns=used)
        total = wide[categories.total]
        parts = wide[list(categories.parts)].fillna(0.0)
        summed = parts.sum(axis=1)
        problems += [
            problem(
                where,
                f"{name} of {', '.join(categories.parts)} in {code} is {summed[code]:g}",
                f"at most the {categories.total} of {total[code]:g}",
                "they overlap and count something twice: name categories that do not",
            )
            for code in wide.index[summed > total * (1.0 + TOLERANCE)]
        ]
        problems += [
            problem(where, f"no {categories.total} {name} for {code}", "a number", "fill it in")
            for code in wide.index[total.isna()]
        ]
        hidden = amounts[amounts[name].isna() & amounts["category"].isin(categories.parts)]
        problems += [
            problem(
                where,
                f"{category} {name} for {code} is suppressed",
                "a number: not known is not the same as nothing",
                "fill it in; a municipality without any needs no row",
            )
            for code, category in zip(hidden["municipality_code"], hidden["category"], strict=True)
        ]
        rest[name] = (total - summed).clip(lower=0.0)
        for part in categories.parts:
            split[part][name] = parts[part]
    raise_problems(problems)
    frames = {**split, categories.remainder: rest}
    return {name: pd.DataFrame(columns).reset_index() for name, columns in frames.items()}


def count_key(
    stock: Stock, *, key: pd.Series, of_region: float, of_year: int, national: pd.DataFrame
) -> pd.DataFrame:
    """Give the region its share of a national figure and spread it by a key; on ``zone_id``.

    Parameters
    ----------
    stock
        A stream whose method is ``key``.
    key
        On ``zone_id``.
    of_region, of_year
        The region's part of the national denominator (its residents), and the year of it.
    national
        ``figure, year, value``.
    """
    if stock.national is None:
        raise DataError(
            problem(stock.where, 'method = "key"', "a [national] table is needed", "add it")
        )
    total = region_share(
        stock.national,
        of_region=of_region,
        of_year=of_year,
        national=national,
        where=stock.where,
    )
    return pd.DataFrame({m.id: spread(total, key) for m in _counted(stock)})


def region_share(
    share: Share, *, of_region: float, of_year: int, national: pd.DataFrame, where: str
) -> float:
    """Return a national figure times the region's share of its denominator.

    Region and country are compared in one year, `of_year`, which may not be that of the figure.
    """
    total = national_figure(national, share.total, share.year, where=where)
    whole = national_figure(national, share.denominator, of_year, where=where)
    return total * of_region / whole


def national_grade(national: pd.DataFrame, figure: str, year: int) -> Grade:
    """Return the grade of the row that `national_figure` takes."""
    rows = national[national["figure"] == figure]
    distance = (rows["year"] - year).abs() - (rows["year"] > year) * 0.5
    found: Grade = rows["grade"].iloc[int(distance.to_numpy().argmin())]
    return found


def national_figure(national: pd.DataFrame, figure: str, year: int, *, where: str) -> float:
    """Return one national figure: that of `year`, else of the nearest year (the later of two).

    A figure more than five years away stands for another time and is refused.
    """
    rows = national[national["figure"] == figure]
    if rows.empty:
        raise DataError(
            problem(
                where,
                f'no national figure "{figure}"',
                f"known: {', '.join(sorted(set(national['figure'])))}",
                "add it to the table of national figures",
            )
        )
    distance = (rows["year"] - year).abs() - (rows["year"] > year) * 0.5
    nearest = int(distance.to_numpy().argmin())
    if distance.iloc[nearest] > _YEARS_AWAY:
        raise DataError(
            problem(
                where,
                f'"{figure}" is known for {rows["year"].iloc[nearest]:.0f}',
                f"a year within {_YEARS_AWAY} of {year}",
                "add a later figure to the table of national figures",
            )
        )
    return float(rows["value"].iloc[nearest])


def stock_table(
    stock: Stock, counted: pd.DataFrame, zones: gpd.GeoDataFrame, *, key_grades: Mapping[str, Grade]
) -> pd.DataFrame:
    """Return the stock of one stream on the register basis, every measure of every zone.

    Parameters
    ----------
    stock
        The stream.
    counted
        Its counted measures on ``zone_id``.
    zones
        A partition.
    key_grades
        Grade of each key that the stream is spread by.

    Returns
    -------
    DataFrame
        The columns of CONTRACT's table stocks.  Zones + unallocated = the sum of `counted`.
    """
    zone_ids = [*zones["zone_id"], UNALLOCATED]
    sums = counted.sum()
    counted = counted.reindex(zone_ids).fillna(0.0)
    key_bands = _key_bands(stock, zones, key_grades)
    values: dict[str, pd.Series] = {}
    bands: dict[str, Band] = {}
    rows = []
    for measure in _in_order(stock.measures):
        if measure.of is None:
            values[measure.id] = counted[measure.id]
            bands[measure.id] = graded(measure.grade) if measure.grade else CERTAIN
        elif measure.factor is not None:
            values[measure.id] = values[measure.of] * measure.factor.value
            bands[measure.id] = combine(bands[measure.of], stated(measure.factor))
        band = [combine(bands[measure.id], key_bands[z]) for z in zone_ids]
        value = values[measure.id].to_numpy()
        if measure.of is None:
            check_conserved(
                float(sums[measure.id]), float(value.sum()), where=f"{stock.id} {measure.id}"
            )
        rows.append(
            pd.DataFrame(
                {
                    "zone_id": zone_ids,
                    "measure": measure.id,
                    "value": value,
                    "value_low": value * [b[0] for b in band],
                    "value_high": value * [b[1] for b in band],
                    "unit": measure.unit.en,
                    "grade": [grade_of(b) for b in band],
                }
            )
        )
    table = pd.concat(rows, ignore_index=True)
    source = stock.id if stock.data is not None else "national"
    table = table.assign(stream=stock.id, basis="register", year=stock.year, source_id=source)
    return table[list(COLUMNS)]


def report_table(
    stock: Stock, register: pd.DataFrame, figures: pd.DataFrame, *, year: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return stock and critical raw materials of one stream as the report gives them.

    The report names a total and no places: it follows the pattern of the register, and what it
    has beyond the register is unallocated.  Only totals that the report gives are shown: pieces,
    their mass at the register's mean, and the tonnes of critical raw materials without elements.

    Parameters
    ----------
    stock
        The stream, with a [report] table.
    register
        Its `stock_table`.
    figures
        Headline figures of this region: ``figure_id, value, unit``.
    year
        The year of the report.

    Returns
    -------
    stocks, materials
        CONTRACT's columns on the basis ``report``; each sums to the report's own total.  Empty
        where the report says nothing of the stream or the region.

    Raises
    ------
    DataError
        When the report counts pieces and the register has none to follow, or a figure is in a unit
        that is no mass.
    """
    if stock.report is None or stock.report.units not in set(figures["figure_id"]):
        return pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame(columns=["mass_t"])
    value = figures.set_index("figure_id")["value"]
    wide = register.pivot(index="zone_id", columns="measure", values="value")
    units, mass = wide[stock.units], wide["mass"]
    reported = float(value[stock.report.units])
    if not float(units.sum()) > 0:
        raise DataError(
            problem(
                f"{stock.where} [report]",
                f"{reported:g} in the report and none in the register",
                "a register whose pattern the report can follow",
                "remove [report], or complete the register",
            )
        )
    factor = reported / float(units.sum())
    tables = {}
    for name, series in {stock.units: units, "mass": mass}.items():
        placed = series * min(1.0, factor)
        placed[UNALLOCATED] += float(series.sum()) * max(0.0, factor - 1.0)
        check_conserved(
            float(series.sum()) * factor,
            float(placed.sum()),
            where=f"{stock.id} {name} of the report",
        )
        tables[name] = placed
    low, high = graded(REPORT_GRADE)
    shown = register[register["measure"].isin(list(tables))].copy()
    shown["value"] = [tables[m][z] for m, z in zip(shown["measure"], shown["zone_id"], strict=True)]
    shown = shown.assign(
        value_low=shown["value"] * low,
        value_high=shown["value"] * high,
        basis="report",
        year=year,
        grade=REPORT_GRADE,
        source_id="headline_figures",
    )
    total_t = crm_total_t(stock, figures)
    if total_t is None:
        return shown[list(COLUMNS)], pd.DataFrame(columns=["mass_t"])
    # Where the report counts nothing, its tonnes have no place either.
    per_unit = total_t / reported if reported > 0 else 0.0
    mass_t = tables[stock.units] * per_unit
    mass_t[UNALLOCATED] += total_t - float(mass_t.sum())
    materials = pd.DataFrame(
        {"zone_id": mass_t.index, "stream": stock.id, "year": year, "element": CRM}
    ).assign(mass_t=mass_t.to_numpy())
    return shown[list(COLUMNS)], materials


def crm_total_t(stock: Stock, figures: pd.DataFrame) -> float | None:
    """Return the report's tonnes of critical raw materials in a stream, None where it has none."""
    report = stock.report
    if report is None:
        return None
    rows = figures.set_index("figure_id")
    if report.crm_per_unit is not None:
        per_unit_t = _tonnes(rows, report.crm_per_unit, per="/piece")
        return float(rows["value"][report.units]) * per_unit_t
    if report.crm_total is not None:
        return _tonnes(rows, report.crm_total, per="")
    return None


def _tonnes(rows: pd.DataFrame, figure: str, *, per: str) -> float:
    """Return a headline figure in tonnes (per piece), converted by its own unit."""
    worth = {f"t{per}": 1.0, f"kg{per}": 1e-3}
    unit = str(rows["unit"][figure])
    if unit not in worth:
        raise DataError(
            problem(
                f"headline figure {figure}",
                f'unit "{unit}"',
                f"one of {', '.join(worth)}",
                "convert it in the file",
            )
        )
    return float(rows["value"][figure]) * worth[unit]


def _counted(stock: Stock) -> list[Measure]:
    return [m for m in stock.measures if m.of is None]


def _in_order(measures: tuple[Measure, ...]) -> list[Measure]:
    """Return measures so that each comes after the one it is derived from."""
    done: list[Measure] = []
    left = list(measures)
    while left:
        ready = [m for m in left if m.of is None or any(m.of == d.id for d in done)]
        if not ready:
            raise DataError(
                problem("measures", ", ".join(m.id for m in left), "no circle", "break the circle")
            )
        done += ready
        left = [m for m in left if m not in ready]
    return done


def _amount(rows: pd.DataFrame, measure: Measure) -> pd.Series:
    """Return the column that a measure counts, or one for each row."""
    if measure.column is None:
        return pd.Series(1.0, index=rows.index)
    return rows[measure.column].astype(float)


def key_band(stock: Stock, grades: Mapping[str, Grade]) -> Band:
    """Return what spreading adds to the range of a zone; nothing for points."""
    if stock.method == "points":
        return CERTAIN
    return graded(max(grades[name] for name in stock.keys.values()))


def _key_bands(
    stock: Stock, zones: gpd.GeoDataFrame, grades: Mapping[str, Grade]
) -> dict[str, Band]:
    """Return the band that spreading adds in each zone: none where a source is one zone."""
    split = zones["municipality_code"].duplicated(keep=False) | (stock.method == "key")
    bands = dict.fromkeys([*zones["zone_id"], UNALLOCATED], CERTAIN)
    return bands | dict.fromkeys(zones.loc[split, "zone_id"], key_band(stock, grades))
