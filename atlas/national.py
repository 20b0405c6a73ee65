"""National figures, and the share of one that falls to a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlas.errors import DataError, problem

if TYPE_CHECKING:
    import pandas as pd

    from atlas.definitions import Grade, Share

_YEARS_AWAY = 5


def region_share(
    share: Share, *, of_region: float, of_year: int, national: pd.DataFrame, where: str
) -> float:
    """Return a national figure times the region's share of its denominator.

    Region and country are compared in one year, `of_year`, which may not be that of the figure.
    """
    total = national_figure(national, share.total, share.year, where=where)
    whole = national_figure(national, share.denominator, of_year, where=where)
    return total * of_region / whole


def national_figure(national: pd.DataFrame, figure: str, year: int, *, where: str) -> float:
    """Return one national figure: that of `year`, else of the nearest year (the later of two).

    A figure more than five years away stands for another time and is refused.
    """
    return float(_nearest_row(national, figure, year, where=where)["value"])


def national_grade(national: pd.DataFrame, figure: str, year: int, *, where: str) -> Grade:
    """Return the grade of the row that `national_figure` takes."""
    grade: Grade = _nearest_row(national, figure, year, where=where)["grade"]
    return grade


def _nearest_row(national: pd.DataFrame, figure: str, year: int, *, where: str) -> pd.Series:
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
    return rows.iloc[nearest]
