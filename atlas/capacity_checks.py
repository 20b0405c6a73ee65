"""What the tables of plants, chains, sizes, sites and cover must satisfy together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

from atlas.columns import UNITS, rows_named
from atlas.cover import check_coverage
from atlas.definitions import Step
from atlas.errors import problem
from atlas.sites import check_sites, check_sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from atlas.catalog import Catalog
    from atlas.definitions import Dataset, Flow, Stock

    Frames = Mapping[str, pd.DataFrame]
    Used = Mapping[str, Dataset]


# What a product passes after it is collected; a refurbisher recycles nothing.
_STEPS = tuple(step for step in get_args(Step) if step not in ("collection", "refurbishment"))


def check_capacity(found: Frames, used: Used, catalog: Catalog) -> list[str]:
    """Check the chain of every stream, what stands outside, and the tables beside the plants.

    Parameters
    ----------
    found, used
        The frames that could be read, and the dataset of each.
    catalog
        Definitions.
    """
    problems: list[str] = []
    if "chain" in found:
        problems += _check_chain(found, used, catalog)
    if "fractions" in found:
        problems += _check_parts(found, used["fractions"].source.file)
    if "facilities" in found:
        problems += _check_years(found["facilities"], used["facilities"].source.file)
    if "history" in found:
        problems += _check_outside(found, used, catalog)
    if "outside" in found:
        problems += _check_regions(found["outside"], used["outside"].source.file)
    if "plant_sizes" in found:
        problems += check_sizes(found["plant_sizes"], where=used["plant_sizes"].source.file)
    if "candidate_sites" in found:
        sites = cast("gpd.GeoDataFrame", found["candidate_sites"])
        problems += check_sites(sites, where=used["candidate_sites"].source.file)
    if "coverage" in found and "collection_points" in found:
        where = used["coverage"].source.file
        problems += check_coverage(
            found["coverage"], points=found["collection_points"], where=where
        )
    return problems


def _check_chain(found: Frames, used: Used, catalog: Catalog) -> list[str]:
    """Check steps and fractions, and that the step of every stream's gap is one of its chain."""
    chain, file = found["chain"], used["chain"].source.file
    problems = [
        problem(
            f'{file} column "step"',
            f'"{word}"',
            f"one of {', '.join(_STEPS)}",
            "correct it",
        )
        for word in sorted(set(chain["step"]) - set(_STEPS))
    ]
    twice = chain.duplicated(["stream", "order"], keep=False)
    twice |= chain.duplicated(["stream", "step"], keep=False)
    if twice.any():
        problems.append(
            problem(
                file,
                f"an order or a step twice in {rows_named(twice)}",
                "each step of a stream once, in its own place",
                "number them anew",
            )
        )
    for name, own in chain[chain["step"].isin(_STEPS)].groupby("stream"):
        steps = list(own.sort_values("order")["step"])
        if steps != sorted(steps, key=_STEPS.index):
            problems.append(
                problem(
                    f"{file} {name}",
                    f"the order {', '.join(steps)}",
                    f"that of {', '.join(_STEPS)}",
                    "number its steps in this order",
                )
            )
    if "fractions" in found:
        known = set(zip(found["fractions"]["stream"], found["fractions"]["fraction"], strict=True))
        problems += [
            problem(
                file,
                f'fraction "{fraction}" of {stream}',
                f"a fraction of {used['fractions'].source.file}",
                "correct it, or add the fraction",
            )
            for stream, fraction in dict.fromkeys(
                zip(chain["stream"], chain["fraction"], strict=True)
            )
            if (stream, fraction) not in known
        ]
    streams: list[Stock | Flow] = [*catalog.stocks.values(), *catalog.flows.values()]
    for stream in streams:
        steps = list(chain.loc[chain["stream"] == stream.id, "step"])
        if steps and stream.step not in steps:
            problems.append(
                problem(
                    f"{stream.where} step",
                    f'"{stream.step}"',
                    f"one of the steps of {stream.id} in {file} ({', '.join(steps)})",
                    "add it to the chain, or take the gap at another step",
                )
            )
    return problems


def _check_parts(found: Frames, file: str) -> list[str]:
    """Check that a fraction that names elements says what part they are, and names known ones."""
    fractions = found["fractions"]
    named = fractions["elements"].notna()
    share = fractions["element_share"]
    wrong = named & ~((share > 0) & (share <= 1))
    words = set(";".join(fractions.loc[named, "elements"]).split(";")) - {""}
    known = set(found["elements"]["element"]) if "elements" in found else words
    problems = [
        problem(f'{file} column "elements"', f'"{word}"', "an element of the table", "correct it")
        for word in sorted(words - known)
    ]
    if not wrong.any():
        return problems
    return [
        *problems,
        problem(
            f'{file} column "element_share"',
            f"{share[wrong].iloc[0]} in {rows_named(wrong)}",
            "what part of the fraction its elements are, more than 0 and at most 1",
            "fill it in, or leave out the elements",
        ),
    ]


def _check_years(facilities: pd.DataFrame, file: str) -> list[str]:
    wrong = facilities["to_year"] < facilities["from_year"]
    if not wrong.any():
        return []
    return [
        problem(
            f'{file} column "to_year"',
            f"before from_year in {rows_named(wrong)}",
            "the last year that the plant works",
            "correct one of the two",
        )
    ]


def _check_outside(found: Frames, used: Used, catalog: Catalog) -> list[str]:
    """Check that what stands outside is a series of the history, in a unit of the measure."""
    history, file = found["history"], used["history"].source.file
    problems = []
    for stock in catalog.stocks.values():
        if stock.outside is None:
            continue
        where = f"{stock.where} [outside]"
        measures = [measure.id for measure in stock.measures]
        rows = history[history["series"] == stock.outside.series]
        if stock.outside.measure not in measures:
            problems.append(
                problem(
                    where,
                    f'measure "{stock.outside.measure}"',
                    f"one of {', '.join(measures)}",
                    "name one of the stock",
                )
            )
        if rows.empty:
            problems.append(
                problem(
                    where,
                    f'no series "{stock.outside.series}" in {file}',
                    f"one of {', '.join(dict.fromkeys(history['series']))}",
                    "correct its name, or add the series",
                )
            )
            continue
        units: dict[str, Any] = UNITS.get(f"_{stock.outside.measure}", {"piece": 1.0})
        problems += [
            problem(
                where,
                f'series "{stock.outside.series}" in {unit}',
                f"{', '.join(units)}, which become the measure {stock.outside.measure}",
                "choose another measure, or convert the series",
            )
            for unit in dict.fromkeys(rows["unit"])
            if unit not in units
        ]
    return problems


def _check_regions(regions: pd.DataFrame, file: str) -> list[str]:
    if (regions["residents"] > 0).all():
        return []
    empty = ~(regions["residents"] > 0)
    return [
        problem(
            f'{file} column "residents"',
            f"none in {rows_named(empty)}",
            "some in every region",
            "correct it, or leave the region out",
        )
    ]
