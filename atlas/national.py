"""National figures, and the share of one that falls to a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atlas.errors import DataError, problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from atlas.definitions import Grade, Share

_YEARS_AWAY = 5


def region_share(
    share: Share,
    *,
    totals: Mapping[str, float],
    of_year: int,
    national: pd.DataFrame,
    where: str,
) -> float:
    """Return a national figure times the region's share of its denominator.

    Parameters
    ----------
    share
        The figure, its denominator, and the key whose sum over the region is the numerator.
    totals
        Sum of each key over the region.
    of_year
        Region and country are compared in one year, which may not be that of the figure.
    national, where
        As in `national_figure`.
    """
    total = national_figure(national, share.total, share.year, where=where)
    return total * part_of(share, totals=totals, of_year=of_year, national=national, where=where)


def part_of(
    share: Share,
    *,
    totals: Mapping[str, float],
    of_year: int,
    national: pd.DataFrame,
    where: str,
) -> float:
    """Return the region's part of the country, as in `region_share`."""
    whole = national_figure(national, share.denominator, of_year, where=where)
    return totals[share.numerator] / whole


def national_series(
    national: pd.DataFrame, figure: str, years: Iterable[int], *, where: str
) -> dict[int, tuple[float, Grade]]:
    """Return a national figure in each year, growing evenly between the years that are known.

    Before the first and after the last known year theirs holds on.  The grade is that of the row,
    and the worse of two between them.
    """
    rows = national[national["figure"] == figure].sort_values("year")
    if rows.empty or not (rows["value"] > 0).all():
        raise DataError(
            problem(
                where,
                f'no series "{figure}" above zero',
                "values of some years in the table of national figures",
                "add them",
            )
        )
    known = rows["year"].to_numpy(dtype=int)
    logs = np.log(rows["value"].to_numpy(dtype=float))
    grades = rows["grade"].tolist()
    found: dict[int, tuple[float, Grade]] = {}
    for year in years:
        after = int(np.clip(np.searchsorted(known, year), 0, len(known) - 1))
        before = after if known[after] <= year else max(after - 1, 0)
        value = float(np.exp(np.interp(year, known, logs)))
        found[year] = (value, max(grades[before], grades[after]))
    return found


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
