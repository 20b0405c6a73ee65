"""Stocks as a report gives them: its totals, on the pattern of the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlas.allocation import check_conserved
from atlas.areas import UNALLOCATED
from atlas.errors import DataError, problem
from atlas.ranges import graded
from atlas.stocks import COLUMNS

if TYPE_CHECKING:
    from atlas.definitions import Grade, Stock

REPORT_GRADE: Grade = "D"  # a headline figure without its method
CRM = "crm"  # the "element" of a total that a report gives without naming elements


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
