"""Stocks in use on zones, counted bottom-up from registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.allocation import TOLERANCE, allocate, check_conserved, spread, weights
from atlas.areas import UNALLOCATED
from atlas.errors import DataError, problem, raise_problems
from atlas.national import region_share
from atlas.ranges import CERTAIN, Band, combine, grade_of, graded, stated

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from atlas.definitions import Categories, Grade, Measure, Stock
    from atlas.holdings import Holding

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
    stock: Stock,
    *,
    key: pd.Series,
    totals: Mapping[str, float],
    of_year: int,
    national: pd.DataFrame,
) -> pd.DataFrame:
    """Give the region its share of a national figure and spread it by a key; on ``zone_id``.

    Parameters
    ----------
    stock
        A stream whose method is ``key``.
    key
        On ``zone_id``.
    totals, of_year
        The sum of each key over the region, and the year in which region and country are compared.
    national
        ``figure, year, value``.
    """
    if stock.national is None:
        raise DataError(
            problem(stock.where, 'method = "key"', "a [national] table is needed", "add it")
        )
    total = region_share(
        stock.national,
        totals=totals,
        of_year=of_year,
        national=national,
        where=stock.where,
    )
    return pd.DataFrame({m.id: spread(total, key) for m in _counted(stock)})


def stock_table(
    stock: Stock,
    counted: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    *,
    key_grades: Mapping[str, Grade],
    holding: Holding,
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
    holding
        Its years of entry, for measures whose factor depends on them.

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
    bands: dict[str, list[Band]] = {}
    rows = []
    for measure in _in_order(stock.measures):
        if measure.of is None:
            values[measure.id] = counted[measure.id]
            bands[measure.id] = [graded(measure.grade) if measure.grade else CERTAIN] * len(
                zone_ids
            )
        else:
            factor, own = _factors(measure, holding)
            values[measure.id] = values[measure.of] * factor
            bands[measure.id] = [
                combine(*pair) for pair in zip(bands[measure.of], own, strict=True)
            ]
        band = [
            combine(own, key_bands[z]) for own, z in zip(bands[measure.id], zone_ids, strict=True)
        ]
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


def _factors(measure: Measure, holding: Holding) -> tuple[NDArray[np.float64], list[Band]]:
    """Return the factor of a derived measure on each place, and its range.

    Where it depends on the year of entry, it is the mean over what stands there; a place without
    anything has that of all places together.
    """
    places = len(holding.places)
    if measure.factor is not None:
        return np.full(places, measure.factor.value), [stated(measure.factor)] * places
    standing = holding.amounts.sum(axis=2)
    empty = standing.sum(axis=1) <= 0
    standing[empty] = standing.sum(axis=0)
    if not standing.any():
        standing[:, -1] = 1.0
    sides = np.zeros((3, len(holding.cohorts)))
    for factor in measure.by_entry:
        since = -np.inf if factor.from_year is None else factor.from_year
        till = np.inf if factor.to_year is None else factor.to_year
        own = (holding.cohorts >= since) & (holding.cohorts <= till)
        low, high = stated(factor)
        sides[:, own] = np.array([[1.0], [low], [high]]) * factor.value
    mean, low_t, high_t = (standing @ side / standing.sum(axis=1) for side in sides)
    return mean, list(zip((low_t / mean).tolist(), (high_t / mean).tolist(), strict=True))


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
