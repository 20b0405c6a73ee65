"""A user's own table of kilometres or minutes, in place of the straight line and its detour."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.errors import DataError, problem, raise_problems

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

_SHOWN = 5  # pairs named in one message before "and n more"
_MOST = 1e5  # kilometres or minutes: beyond this it is no journey


@dataclass(frozen=True)
class Costs:
    """Rows ``from, to`` with ``km``, ``minutes``, or both; the name of the file for messages."""

    table: pd.DataFrame
    where: str


def read_costs(path: Path) -> Costs:
    """Read a table of journeys: CSV with the columns from, to, and km or minutes.

    Raises
    ------
    DataError
        When it cannot be read, has no such columns, a pair twice, or something else than a number
        above or equal to zero; all problems at once.
    """
    where = path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            problem(where, f"it cannot be read ({error})", "a CSV file in UTF-8", "name another")
        ) from error
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if ";" in header else ",")
    lines: list[tuple[int, list[str]]] = []
    try:
        lines += [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise DataError(
            problem(f"{where} line {reader.line_num}", str(error), "a CSV file", "close its quotes")
        ) from error
    names = [name.strip().lower() for name in (lines[0][1] if lines else [])]
    given = [name for name in ("km", "minutes") if name in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            problem(where, f"column {', '.join(twice)} twice", "each column once", "remove one")
        )
    if not {"from", "to"} <= set(names) or not given:
        raise DataError(
            problem(
                where,
                f"columns {', '.join(names) or 'none'}",
                "from, to, and km or minutes",
                "name the columns so: from is a zone_id, to a facility_id",
            )
        )
    filled = [(line, row) for line, row in lines[1:] if any(cell.strip() for cell in row)]
    problems = [
        problem(
            f"{where} line {line}", f"{len(row)} cells", f"{len(names)} are expected", "correct it"
        )
        for line, row in filled
        if len(row) != len(names)
    ]
    raise_problems(problems)
    index = pd.Index([line for line, _ in filled], name="line")
    table = pd.DataFrame([row for _, row in filled], columns=names, dtype=object, index=index)
    for name in given:
        table[name] = _numbers(table[name], problems, where=where)
    for end in ("from", "to"):
        table[end] = table[end].str.strip()
    again = table[table.duplicated(["from", "to"])]
    problems += [
        problem(where, f'"{row["from"]}" to "{row["to"]}" twice', "one row each", "remove one")
        for row in again.head(_SHOWN).to_dict("records")
    ]
    raise_problems(problems)
    return Costs(table[["from", "to", *given]].reset_index(drop=True), where)


def _numbers(values: pd.Series, problems: list[str], *, where: str) -> pd.Series:
    """Read numbers of zero or more, with a point or a comma before the decimals."""
    text = values.str.strip()
    # 1,234 is a thousand in English and one and a bit in Dutch: nobody can tell.
    doubtful = text.str.fullmatch(r"[1-9]\d{0,2},\d{3}")
    found = pd.to_numeric(text.str.replace(",", ".", regex=False), errors="coerce")
    wrong = ~((found >= 0) & (found <= _MOST)) | doubtful
    for line, cell in values[wrong].head(_SHOWN).items():
        problems.append(
            problem(
                f'{where} line {line} column "{values.name}"',
                f'"{cell}"',
                f"a number from 0 to {_MOST:g}",
                "correct it, or leave the row out",
            )
        )
    return found.astype(float)


def with_costs(
    km: NDArray[np.float64],
    costs: Costs | None,
    *,
    nodes: pd.DataFrame,
    plants: gpd.GeoDataFrame,
    accepts: pd.DataFrame,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put a user's journeys in the place of those by the straight line.

    Parameters
    ----------
    km
        From `access.distances_km`, shape (n, m).
    costs
        The user's, or None.
    nodes
        ``place, ours``: regions outside and what is unallocated may be left out of the table, and
        then keep the straight line.
    plants, accepts
        Every plant with a place that takes some stream must be in it, for every zone.

    Returns
    -------
    km, cost
        Kilometres, and what journeys are chosen by: kilometres, or minutes where the table has
        them.  The limit of reach is in kilometres either way.

    Raises
    ------
    DataError
        When pairs are missing, or a name is none of the zones, regions or plants.
    """
    if costs is None:
        return km, km
    table, where = costs.table, costs.where
    places, ids = nodes["place"].to_numpy(), plants["facility_id"].to_numpy()
    problems = [
        problem(
            where,
            f'{column} "{name}"',
            f"a {kind}",
            "correct it, or leave the row out",
        )
        for column, known, kind in (("from", places, "zone_id"), ("to", ids, "facility_id"))
        for name in sorted(set(table[column]) - set(known))[:_SHOWN]
    ]
    wide = {
        name: table.pivot(index="from", columns="to", values=name)
        .reindex(index=places, columns=ids)
        .to_numpy(dtype=float)
        for name in ("km", "minutes")
        if name in table
    }
    first = next(iter(wide.values()))
    needed = np.zeros(len(ids), dtype=bool)
    needed[accepts["facility"].to_numpy(dtype=int)] = True
    own = (nodes["ours"] & (nodes["place"] != "unallocated")).to_numpy()
    gone = np.isnan(first) & own[:, None] & needed[None, :]
    row, column = np.nonzero(gone)
    pairs = list(dict.fromkeys(zip(places[row], ids[column], strict=True)))
    if pairs:
        named = ", ".join(f"{a} to {b}" for a, b in pairs[:_SHOWN])
        more = f" and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else ""
        problems.append(
            problem(
                where,
                f"no journey from {named}{more}",
                "one from every zone to every plant that takes a stream",
                "add the rows",
            )
        )
    raise_problems(problems)
    own_km = wide.get("km")
    new = km if own_km is None else np.where(np.isnan(own_km) | np.isnan(km), km, own_km)
    minutes = wide.get("minutes")
    if minutes is None:
        return new, new
    # What the table leaves out is given the pace of what is in it, so that the two compare.
    both = np.isfinite(minutes) & np.isfinite(new) & (new > 0)
    pace = float(minutes[both].sum() / new[both].sum()) if both.any() else 1.0
    return new, np.where(np.isnan(minutes), new * pace, minutes)
