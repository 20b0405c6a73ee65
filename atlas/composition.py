"""What a unit of a product is made of: tonnes per element by variant and year of entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.columns import rows_named
from atlas.errors import problem
from atlas.ranges import graded, stated
from atlas.stream_rules import check_intervals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from atlas.definitions import Measure

    Floats = NDArray[np.float64]

MASS = "mass"  # the product itself, beside the elements in it
# Unit of a content -> the unit it is a content of, and tonnes in one of it.
UNITS: Mapping[str, tuple[str, float]] = {
    "kg/MW": ("kW", 1e-6),
    "kg/kW": ("kW", 1e-3),
    "kg/MWp": ("kWp", 1e-6),
    "kg/kWp": ("kWp", 1e-3),
    "g/piece": ("piece", 1e-6),
    "kg/piece": ("piece", 1e-3),
    "kg/t": ("t", 1e-3),
}
COLUMNS = (
    "element", "variant", "from_year", "to_year", "value_t", "low_t", "high_t", "grade",
    "recollection", "row", "factor", "content", "low", "high", "unit", "source",
    "source_nl", "note", "note_nl",
)  # fmt: skip


@dataclass(frozen=True)
class PerUnit:
    """Tonnes per unit of a product, shape (C, K, E), and how wide each is, in logarithms.

    `up` and `down` are ln(high / mid) and ln(mid / low), infinite where the low is nothing.
    Contents of one variant and element are one factor: a study that is wrong is wrong for all
    years.
    """

    elements: tuple[str, ...]  # the first is the mass of the product
    variants: tuple[str, ...]  # of the K types; the factor of a content is (variant, element)
    value_t: Floats
    up: Floats
    down: Floats


def contents_of(rows: pd.DataFrame, *, stream: str, mass: Measure | None) -> pd.DataFrame:
    """Return what a stream is made of in tonnes per unit of the measure that is held.

    Parameters
    ----------
    rows
        The table composition, checked: ``stream, variant, element, from_year, to_year, content,
        low, high, unit, grade, recollection, row, source, source_nl, note, note_nl``.
    stream
        The stream.
    mass
        The measure of its mass; None where nothing but a flow of tonnes is known.

    Returns
    -------
    DataFrame
        `COLUMNS`; the mass of the product is the element ``mass`` of all variants (variant None).
        A side of the range that is not stated is that of the grade.
    """
    own = rows[rows["stream"] == stream]
    worth = own["unit"].map({unit: tonnes for unit, (_, tonnes) in UNITS.items()}).astype(float)
    sides = own["grade"].map(graded)
    low = own["low"].fillna(own["content"] * sides.str[0])
    high = own["high"].fillna(own["content"] * sides.str[1])
    table = own.assign(
        value_t=own["content"] * worth,
        low_t=low * worth,
        high_t=high * worth,
        low=low,
        high=high,
        recollection=own["recollection"] == "yes",
        factor="content " + own["stream"] + " " + own["variant"] + " " + own["element"],
    )[list(COLUMNS)]
    of_mass = pd.DataFrame(_mass_rows(stream, mass), columns=list(COLUMNS))
    return pd.concat([of_mass, table.astype(object)], ignore_index=True).infer_objects()


def _mass_rows(stream: str, mass: Measure | None) -> list[tuple[object, ...]]:
    factor = f"content {stream} {MASS}"
    if mass is None or mass.of is None:
        one = (None, None, 1.0, 1.0, 1.0, "A", False, None, factor, 1.0, 1.0, 1.0, "t/t")
        told = ("counted in tonnes", "geteld in tonnen", None, None)
        return [(MASS, None, *one, *told)]
    rows: list[tuple[object, ...]] = []
    for each in mass.by_entry or ((mass.factor,) if mass.factor else ()):
        low, high = (each.value * side for side in stated(each))
        years = (getattr(each, "from_year", None), getattr(each, "to_year", None))
        values = (each.value, low, high, each.grade, False, None, factor, each.value, low, high)
        told = (each.source, each.source_nl or each.source, None, None)
        rows.append((MASS, None, *years, *values, each.unit, *told))
    return rows


def per_unit(
    contents: pd.DataFrame, variants: Sequence[str], years: Floats | NDArray[np.int64]
) -> PerUnit:
    """Lay contents out by year of entry and type.

    Parameters
    ----------
    contents
        From `contents_of`.
    variants
        The variant of each of K types.
    years
        C years of entry.

    Returns
    -------
    PerUnit
        Zero where a variant has no row for an element: it holds none of it.
    """
    elements = tuple(dict.fromkeys(contents["element"]))
    place = {element: e for e, element in enumerate(elements)}
    value = np.zeros((len(years), len(variants), len(elements)))
    up, down = np.zeros_like(value), np.zeros_like(value)
    names = np.asarray(variants, dtype=object)
    when = np.asarray(years)
    # An open year is NaN, which nothing comes before or after.
    before = when[:, None] < contents["from_year"].to_numpy(dtype=float)
    after = when[:, None] > contents["to_year"].to_numpy(dtype=float)
    every = contents["variant"].isna().to_numpy()
    mids, lows, highs = (contents[c].to_numpy(dtype=float) for c in ("value_t", "low_t", "high_t"))
    for row, (element, variant) in enumerate(
        zip(contents["element"].tolist(), contents["variant"].tolist(), strict=True)
    ):
        types = np.ones(len(names), dtype=bool) if every[row] else names == variant
        cells = ~(before[:, row] | after[:, row])[:, None] & types
        at = place[element]
        value[:, :, at][cells] = mids[row]
        if mids[row] > 0:
            up[:, :, at][cells] = np.log(highs[row] / mids[row])
            down[:, :, at][cells] = np.log(mids[row] / lows[row]) if lows[row] > 0 else np.inf
    return PerUnit(elements, tuple(variants), value, up, down)


def totals(elements: Sequence[str], table: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Return which elements add up to which total.

    Parameters
    ----------
    elements
        Names, the mass of the product among them.
    table
        The table elements: ``element, critical, bulk_metal``.

    Returns
    -------
    dict
        ``crm``: all critical ones; ``crm_other``: those without aluminium, copper, silicon and
        nickel, which are nearly all of the mass and hide the rest.  None where nothing is known of
        what a product is made of: that is not nothing.
    """
    if set(elements) <= {MASS}:
        return {}
    critical = set(table.loc[table["critical"] == "yes", "element"])
    bulk = set(table.loc[table["bulk_metal"] == "yes", "element"])
    return {
        "crm": np.array([element in critical for element in elements]),
        "crm_other": np.array([element in critical - bulk for element in elements]),
    }


def check_contents(
    rows: pd.DataFrame, elements: pd.DataFrame, bases: Mapping[str, str], *, where: str
) -> list[str]:
    """Check the table composition.

    Parameters
    ----------
    rows
        As in `contents_of`; the index numbers the lines of the file.
    elements
        The table elements: every element and bulk material that is known.
    bases
        Stream -> the unit of the measure that is held (kW, kWp, piece, t).
    where
        The file, for messages.
    """
    totals_ = {MASS, "crm", "crm_other"} & set(elements["element"])
    problems = [
        problem(where, f'"{name}" among the elements', "a name of its own", "rename it")
        for name in sorted(totals_)
    ]
    known = set(elements["element"])
    strange = ~rows["element"].isin(known)
    if strange.any():
        names = ", ".join(sorted(set(rows.loc[strange, "element"])))
        problems.append(
            problem(
                where,
                f"{names} in {rows_named(strange)}",
                "an element of the table of elements, or a bulk material that stands there",
                "correct its symbol, or add it to that table (kind = bulk for a material)",
            )
        )
    problems += [
        problem(
            where,
            f'stream "{stream}"',
            f"one of {', '.join(bases)}",
            "correct it, or add the definition of the stream",
        )
        for stream in sorted(set(rows["stream"]) - set(bases))
    ]
    for (stream, unit), group in rows.groupby(["stream", "unit"], sort=False):
        of = UNITS.get(str(unit), (None, 0.0))[0]
        if stream in bases and of != bases[str(stream)]:
            fitting = [name for name, (base, _) in UNITS.items() if base == bases[str(stream)]]
            mask = pd.Series(data=True, index=group.index)
            mask.index.name = rows.index.name
            problems.append(
                problem(
                    where,
                    f'unit "{unit}" of {stream} in {rows_named(mask)}',
                    f"one of {', '.join(fitting)}",
                    "convert the content",
                )
            )
    low_wrong, high_wrong = rows["low"] > rows["content"], rows["high"] < rows["content"]
    for mask, what in ((low_wrong, "low above content"), (high_wrong, "high below content")):
        if mask.any():
            found = f"{what} in {rows_named(mask)}"
            problems.append(problem(where, found, "low <= content <= high", "correct the row"))
    for (stream, variant, element), group in rows.groupby(
        ["stream", "variant", "element"], sort=False
    ):
        name = f"{where} {stream} {variant} {element}"
        if group.duplicated("from_year").any():
            problems.append(problem(name, "the same years twice", "one row for each", "remove one"))
            continue
        years = [
            (None if pd.isna(first) else float(first), None if pd.isna(last) else float(last))
            for first, last in zip(group["from_year"], group["to_year"], strict=True)
        ]
        problems += check_intervals(years, where=name)
    return problems


def check_variants(
    rows: pd.DataFrame, named: Mapping[str, Iterable[str]], *, where: str
) -> list[str]:
    """Check that every variant that a definition or the table of sizes names has contents."""
    known = {
        str(stream): set(group["variant"]) for stream, group in rows.groupby("stream", sort=False)
    }
    return [
        problem(
            where,
            f'no content of "{variant}" for {stream}',
            f"one of {', '.join(sorted(known.get(stream, ())))}",
            "correct the name of the variant, or add its contents",
        )
        for stream, variants in named.items()
        for variant in sorted(set(variants) - known.get(stream, set()))
    ]


def check_sizes(rows: pd.DataFrame, *, where: str) -> list[str]:
    """Check that the shares of a size sum to 1, and that no two sizes hold the same piece."""
    problems = []
    reversed_ = rows["power_kw_from"] > rows["power_kw_to"]
    narrow = rows["range_factor"] < 1
    for mask, what, expected in (
        (reversed_, "power_kw_from above power_kw_to", "the smaller one first"),
        (narrow, "a range_factor below 1", "how many times larger it may be: 1 or more"),
    ):
        if mask.any():
            found = f"{what} in {rows_named(mask)}"
            problems.append(problem(where, found, expected, "correct the row"))
    limits = ["power_kw_from", "power_kw_to", "rotor_m"]
    for size, group in rows.groupby("size_id", sort=False):
        if len(group[limits].drop_duplicates()) > 1:
            what = f"{size} has different limits"
            problems.append(problem(where, what, "the same for all its variants", "correct them"))
        if abs(group["share"].sum() - 1.0) > 1e-9:  # noqa: PLR2004 - what rounding leaves
            what = f"shares of {size} sum to {group['share'].sum():g}"
            problems.append(problem(where, what, "1", "correct the shares of its variants"))
    one = rows.drop_duplicates("size_id")
    for i, first in enumerate(one.to_dict("records")):
        for second in one.iloc[i + 1 :].to_dict("records"):
            apart = (
                first["power_kw_to"] < second["power_kw_from"]
                or second["power_kw_to"] < first["power_kw_from"]
            )
            same = str(first["rotor_m"]) == str(second["rotor_m"])
            if not apart and same:
                what = f"{first['size_id']} and {second['size_id']} hold the same sizes"
                problems.append(problem(where, what, "each size once", "correct their limits"))
    return problems
