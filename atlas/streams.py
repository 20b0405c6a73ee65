"""Every stream of a region, counted and aged: the stocks, and what their futures depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.allocation import check_conserved
from atlas.areas import UNALLOCATED
from atlas.collection import market_of
from atlas.composition import contents_of
from atlas.definitions import FIRST_YEAR, LAST_YEAR
from atlas.errors import DataError, problem
from atlas.holdings import held_measure, hold_flow, hold_stock
from atlas.materials import COLUMNS as MATERIALS
from atlas.national import national_series, part_of
from atlas.ranges import graded
from atlas.reports import REPORT_GRADE, report_table
from atlas.scenarios import REPORT
from atlas.stocks import COLUMNS as STOCKS
from atlas.stocks import count_key, count_points, count_table, key_band, stock_table
from atlas.supply import Supply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlas.catalog import Catalog
    from atlas.definitions import Flow, Mention, Region, Stock
    from atlas.ground import Ground
    from atlas.inputs import Inputs


@dataclass(frozen=True)
class Streams:
    """The streams of a region.

    `supplies` by their ids, in the order of the page; `stocks` and `materials` are CONTRACT's
    tables of both bases, the latter as far as a report gives totals; `reported` has for every
    stream of which a report counts the pieces, how many times the register that is.
    """

    supplies: dict[str, Supply]
    stocks: pd.DataFrame
    materials: pd.DataFrame
    reported: dict[str, float]
    findings: pd.DataFrame


def streams_of(catalog: Catalog, region: Region, inputs: Inputs, ground: Ground) -> Streams:
    """Count every stream on both bases and put its rates beside it.

    Parameters
    ----------
    catalog, region
        Definitions.
    inputs
        Checked frames.
    ground
        The zones, and the keys and points on them.

    Returns
    -------
    Streams
        Zones + unallocated = the source, for every measure.
    """
    # A report speaks of one region; elsewhere there is no such basis.
    own = inputs.headlines[inputs.headlines["region"] == region.title.nl]
    supplies: dict[str, Supply] = {}
    tables, named, findings = [], [], []
    reported: dict[str, float] = {}
    for stock in catalog.stocks.values():
        supply, register, found = _stock(catalog, stock, inputs, ground)
        report, crm = report_table(stock, register, own, year=inputs.report_year)
        supplies[stock.id] = supply
        tables += [register, report]
        named.append(crm)
        findings += found
        findings += _merged(stock, inputs)
        if not report.empty and stock.report is not None:
            units = register[register["measure"] == stock.units]["value"].sum()
            value = own.set_index("figure_id")["value"][stock.report.units]
            reported[stock.id] = float(value) / float(units)
    for flow in catalog.flows.values():
        supplies[flow.id] = _flow(catalog, flow, inputs, ground)
        tables.append(_unknown(flow, ground, year=inputs.figures_year, source="national"))
    for mention in catalog.mentions.values():
        tables.append(_unknown(mention, ground, year=inputs.figures_year, source=None))
    order = {name: stock.order for name, stock in catalog.stocks.items()}
    order |= {name: flow.order for name, flow in catalog.flows.items()}
    return Streams(
        supplies=dict(sorted(supplies.items(), key=lambda item: (order[item[0]], item[0]))),
        stocks=_together(tables, STOCKS),
        materials=_report_materials(named),
        reported=reported,
        findings=pd.DataFrame(findings, columns=["layer", "row", "rule", "found", "action"]),
    )


def _stock(
    catalog: Catalog, stock: Stock, inputs: Inputs, ground: Ground
) -> tuple[Supply, pd.DataFrame, list[dict[str, object]]]:
    """Return a stream with a register: its supply, its stock table, and what was found."""
    grades = {name: key.grade for name, key in catalog.keys.items()}
    counted = _count(stock, inputs, ground)
    rows = ground.placed.get(stock.id, inputs.stocks.get(stock.id, pd.DataFrame()))
    holding, findings = hold_stock(
        stock,
        counted[held_measure(stock)],
        ground.zones,
        history=inputs.history,
        rows=rows,
        sizes=inputs.sizes,
        key=key_band(stock, grades),
    )
    key = stock.keys.get("all", "residents")
    supply = Supply(
        holding=holding,
        table=contents_of(
            inputs.composition,
            stream=stock.id,
            mass=next(measure for measure in stock.measures if measure.id == "mass"),
        ),
        step=stock.step,
        inflow=stock.inflow,
        reuse=stock.reuse,
        collection=stock.collection,
        market=market_of(
            stock.collection,
            key=ground.keys[key],
            key_grade=catalog.keys[key].grade,
            totals=_totals(ground),
            of_year=inputs.figures_year,
            national=inputs.national,
            where=stock.where,
        ),
        overrides=stock.variants.scenarios if stock.variants else {},
        lifetimes=stock.lifetimes,
        timing=graded(stock.ages.grade),
    )
    table = stock_table(stock, counted, ground.zones, key_grades=grades, holding=holding)
    return supply, table, findings


def _merged(stock: Stock, inputs: Inputs) -> list[dict[str, object]]:
    """Report the municipalities whose earlier figures were summed into what they became."""
    if stock.method != "table" or inputs.recoding is None:
        return []
    return [
        {
            "layer": stock.id,
            "row": row["old_code"],
            "rule": "merged municipality",
            "found": f"became {row['new_code']}",
            "action": "its figures are summed into it in every year",
        }
        for row in inputs.recoding.to_dict("records")
    ]


def _flow(catalog: Catalog, flow: Flow, inputs: Inputs, ground: Ground) -> Supply:
    """Return a stream of which only a national flow is known."""
    key = ground.keys[flow.key]
    part = part_of(
        flow.national,
        totals=_totals(ground),
        of_year=inputs.figures_year,
        national=inputs.national,
        where=flow.where,
    )
    series = national_series(
        inputs.national, flow.national.total, range(FIRST_YEAR, LAST_YEAR + 1), where=flow.where
    )
    portion = (key / key.sum() * part).reindex([*ground.zones["zone_id"], UNALLOCATED]).fillna(0.0)
    return Supply(
        holding=hold_flow(
            flow, ground.zones, until=FIRST_YEAR - 1, key=graded(catalog.keys[flow.key].grade)
        ),
        table=contents_of(inputs.composition, stream=flow.id, mass=None),
        step=flow.step,
        inflow=flow.inflow,
        reuse=flow.reuse,
        collection=flow.collection,
        market=None,
        overrides=flow.variants.scenarios if flow.variants else {},
        lifetimes={},
        timing=graded("D"),
        flow=flow,
        series={year: (value, graded(grade)) for year, (value, grade) in series.items()},
        portion=portion.to_numpy(dtype=float),
    )


def _totals(ground: Ground) -> dict[str, float]:
    """Return the sum of every key over the region."""
    return {name: float(key.sum()) for name, key in ground.keys.items()}


def _count(stock: Stock, inputs: Inputs, ground: Ground) -> pd.DataFrame:
    """Count the measures of a stream on zones, and hold the sum against the source."""
    if stock.method == "points":
        points = ground.placed[stock.id]
        counted = count_points(stock, points)
        for measure in (m for m in stock.measures if m.of is None):
            before = points[measure.column].sum() if measure.column else len(points)
            check_conserved(
                float(before), float(counted[measure.id].sum()), where=f"{stock.id} {measure.id}"
            )
        return counted
    if stock.method == "table":
        rows = inputs.stocks[stock.id]
        rows = rows[rows["year"] == stock.year]
        if rows.empty:
            raise DataError(
                problem(
                    stock.where, f"no rows of {stock.year}", "the year of the stock", "correct it"
                )
            )
        return count_table(stock, rows, ground.zones, keys=ground.keys)
    return count_key(
        stock,
        key=ground.keys[stock.keys["all"]],
        totals=_totals(ground),
        of_year=inputs.figures_year,
        national=inputs.national,
    )


def _unknown(
    stream: Flow | Mention, ground: Ground, *, year: int, source: str | None
) -> pd.DataFrame:
    """Return the rows of a stream whose stock nobody knows: NULL everywhere, which is not 0."""
    return pd.DataFrame(
        {
            "zone_id": [*ground.zones["zone_id"], UNALLOCATED],
            "stream": stream.id,
            "basis": "register",
            "year": year,
            "measure": "mass",
            "value": np.nan,
            "value_low": np.nan,
            "value_high": np.nan,
            "unit": "t",
            "grade": None,
            "source_id": source,
        }
    )


def _report_materials(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the totals of critical raw materials that a report gives, without its elements."""
    some = [table for table in tables if not table.empty]
    if not some:
        return pd.DataFrame(columns=list(MATERIALS))
    low, high = graded(REPORT_GRADE)
    named = pd.concat(some, ignore_index=True)
    named = named.assign(
        scenario_id=REPORT,
        layer="stock",
        critical=True,
        strategic=pd.array([pd.NA] * len(named), dtype="boolean"),
        mass_t_low=named["mass_t"] * low,
        mass_t_high=named["mass_t"] * high,
        grade=REPORT_GRADE,
    )
    return named[list(MATERIALS)]


def _together(tables: Iterable[pd.DataFrame], columns: Iterable[str]) -> pd.DataFrame:
    """Put tables below one another, in one type a column."""
    some = [table for table in tables if not table.empty]
    numbers = ("value", "value_low", "value_high")
    joined = pd.concat([table.astype(dict.fromkeys(numbers, float)) for table in some])
    return joined.reset_index(drop=True)[list(columns)]
