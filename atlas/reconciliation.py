"""The headline figures of the reports beside what the registers give, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atlas.errors import problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


def headline_figures(
    headlines: pd.DataFrame, stocks: pd.DataFrame, register: Mapping[str, str], *, where: str
) -> pd.DataFrame:
    """Return every headline figure with the register's number, difference and factor.

    Parameters
    ----------
    headlines
        ``figure_id, stream, quantity_nl, quantity_en, value, unit, region, report, reading``
        (the report's words) and ``reason_nl, reason_en``.
    stocks
        CONTRACT's table stocks.
    register
        Figure -> ``stream.measure`` of the register basis.
    where
        The definition that says so, for messages.

    Returns
    -------
    DataFrame
        The headlines with ``register_value``, ``difference`` (register - report) and ``factor``
        (register / report); NaN where the atlas has no number of its own.
    """
    known = stocks[stocks["basis"] == "register"]
    totals = known.groupby(["stream", "measure"])["value"].sum()
    problems, values = [], []
    for figure in headlines["figure_id"]:
        name = register.get(figure)
        stream, _, measure = (name or "").partition(".")
        if name is not None and (stream, measure) not in totals.index:
            problems.append(
                problem(
                    f"{where} [register] {figure}",
                    f'"{name}"',
                    "stream.measure of a stock",
                    f"known: {', '.join('.'.join(pair) for pair in totals.index)}",
                )
            )
        values.append(totals.get((stream, measure), np.nan) if name is not None else np.nan)
    problems += [
        problem(f"{where} [register]", f'"{name}"', "a headline figure", "correct its id")
        for name in register
        if name not in set(headlines["figure_id"])
    ]
    raise_problems(problems)
    frame = headlines.drop(columns=["reason_nl", "reason_en"])
    frame = frame.rename(columns={"value": "report_value"}).assign(register_value=values)
    frame["difference"] = frame["register_value"] - frame["report_value"]
    frame["factor"] = frame["register_value"] / frame["report_value"].where(
        frame["report_value"] != 0
    )
    return frame.assign(reason_nl=headlines["reason_nl"], reason_en=headlines["reason_en"])
