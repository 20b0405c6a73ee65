"""Small stocks with years of entry, for tests of what leaves, what is in it, and how sure."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from atlas import build
from atlas.composition import contents_of
from atlas.definitions import (
    Collection,
    EntryFactor,
    Factor,
    Inflow,
    Lifetime,
    Measure,
    Target,
    Text,
)
from atlas.holdings import Holding
from atlas.ranges import CERTAIN
from atlas.supply import Supply
from atlas.variants import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from atlas.definitions import Grade, InflowName
    from atlas.pipeline import Atlas
    from atlas.ranges import Band

HOME = Path(__file__).parents[1]
UNTIL = 2024
STREAM = "thing"

# Beyond a row the content is: variant, element, from_year, to_year, content, low, high, grade.
Row = tuple[str, str, int | None, int | None, float, float | None, float | None, str]


@cache
def real() -> Atlas:
    """Build the real region once, for all tests together; to be read only."""
    return build("zuid-holland", home=HOME)


# ------------------------------------------------------------------ definitions


def weibull(shape: float, scale_a: float) -> Lifetime:
    return Lifetime("weibull", "made up", shape=shape, scale_a=scale_a)


def normal(mean_a: float, sd_a: float) -> Lifetime:
    return Lifetime("normal", "made up", mean_a=mean_a, sd_a=sd_a)


def fixed(mean_a: float) -> Lifetime:
    return Lifetime("fixed", "made up", mean_a=mean_a)


def hazard(chance_per_a: float) -> Lifetime:
    return Lifetime("hazard", "made up", chance_per_a=chance_per_a)


def share(
    value: float, *, low: float | None = None, high: float | None = None, grade: Grade = "C"
) -> Factor:
    return Factor(value, "share", "made up", grade, low, high)


def entry_factor(
    value: float, *, since: int | None = None, till: int | None = None, grade: Grade = "C"
) -> EntryFactor:
    return EntryFactor(value, "t/piece", "made up", grade, from_year=since, to_year=till)


def mass_measure(*factors: Factor | EntryFactor) -> Measure:
    """Give the measure of the mass, from one factor or from factors by year of entry."""
    words = Text("massa", "mass")
    if len(factors) == 1 and isinstance(factors[0], Factor):
        return Measure("mass", words, Text("t", "t"), of="pieces", factor=factors[0])
    entry = tuple(factor for factor in factors if isinstance(factor, EntryFactor))
    return Measure("mass", words, Text("t", "t"), of="pieces", by_entry=entry)


def composition(rows: Sequence[Row], *, unit: str = "kg/piece") -> pd.DataFrame:
    """Give rows as the table composition has them."""
    names = ["variant", "element", "from_year", "to_year", "content", "low", "high", "grade"]
    frame = pd.DataFrame(rows, columns=names)
    numbers = ["from_year", "to_year", "content", "low", "high"]
    frame[numbers] = frame[numbers].astype(float)
    lines = np.arange(2, len(frame) + 2)
    said = {"source": "made up", "source_nl": "verzonnen", "note": None, "note_nl": None}
    return frame.assign(stream=STREAM, unit=unit, recollection="no", row=lines, **said)


def contents(
    rows: Sequence[Row], *factors: Factor | EntryFactor, unit: str = "kg/piece"
) -> pd.DataFrame:
    """Give what a piece is made of; its mass is 1 t for certain where no factor says otherwise."""
    one = Factor(1.0, "t/piece", "made up", "A", 1.0, 1.0)
    measure = mass_measure(*(factors or (one,)))
    return contents_of(composition(rows, unit=unit), stream=STREAM, mass=measure)


ELEMENTS = pd.DataFrame(
    [
        ("Nd", "yes", "yes", "no"),
        ("Dy", "yes", "no", "no"),
        ("Cu", "yes", "yes", "yes"),
        ("Ag", "no", "no", "no"),
    ],
    columns=["element", "critical", "strategic", "bulk_metal"],
)


def collection(
    rate: Factor,
    *,
    year: int = 2024,
    targets: Mapping[int, float] | None = None,
    of_market: bool = False,
) -> Collection:
    return Collection(
        rate=rate,
        rate_of="put_on_market" if of_market else "generated",
        year=year,
        targets=tuple(Target(when, value, "law") for when, value in (targets or {}).items()),
    )


# ------------------------------------------------------------------ holdings


def holding(
    amounts: object,
    cohorts: Sequence[int],
    *,
    until: int = UNTIL,
    types: Sequence[Type] | None = None,
    mix: Mapping[str, float] | None = None,
    sources: Sequence[int] | None = None,
    growth_years: tuple[int, ...] = (),
    count: Band = CERTAIN,
    key: Band = CERTAIN,
    sizes: Mapping[str, Band] | None = None,
) -> Holding:
    """Give a holding; amounts of shape (Z, C) are of one variant, else (Z, C, K)."""
    values = np.array(amounts, dtype=float)
    if values.ndim == 2:
        values = values[:, :, None]
    places = len(values)
    types = tuple(types or [Type("all")])
    return Holding(
        stream=STREAM,
        base="pieces",
        year=until,
        until=until,
        places=tuple(f"Z{i}" for i in range(places)),
        cohorts=np.array(cohorts, dtype=np.int64),
        types=types,
        mix=tuple((mix or {types[0].variant: 1.0}).items()),
        amounts=values,
        growth_years=growth_years,
        sources=np.full(places, -1) if sources is None else np.array(sources, dtype=np.int64),
        count=count,
        key=key,
        sizes=sizes or {},
    )


def supply(
    stands: Holding,
    table: pd.DataFrame,
    *,
    lifetime: Lifetime,
    inflow: InflowName = "frozen",
    rates: Collection | None = None,
    reuse: Factor | None = None,
    overrides: Mapping[str, Mapping[str, float]] | None = None,
    lifetimes: Mapping[str, Lifetime] | None = None,
    timing: Band = CERTAIN,
) -> Supply:
    return Supply(
        holding=stands,
        table=table,
        step="recycling",
        inflow=Inflow(inflow, share(0.05, grade="D")),
        reuse=reuse or share(0.1, low=0.05, high=0.2),
        collection=rates or collection(share(0.5, low=0.4, high=0.6)),
        market=None,
        overrides=overrides or {},
        lifetimes={"regular": lifetime, **(lifetimes or {})},
        timing=timing,
    )


# ------------------------------------------------------------------ strategies


def lifetimes() -> st.SearchStrategy[Lifetime]:
    """Give every distribution, from months to a century."""
    years = st.floats(0.3, 100.0)
    return st.one_of(
        st.builds(weibull, st.floats(0.5, 12.0), years),
        st.builds(normal, years, st.floats(0.2, 30.0)),
        st.builds(fixed, years),
        st.builds(hazard, st.floats(0.001, 1.0)),
    )


@st.composite
def holdings(draw: Callable[..., object], types: Sequence[Type] = (Type("all"),)) -> Holding:
    """Give a few places with cohorts, some of which have outlived every lifetime."""
    ages = draw(st.sets(st.integers(0, 40) | st.integers(41, 400), min_size=1, max_size=5))
    shape = (draw(st.integers(1, 4)), len(ages), len(types))
    size = int(np.prod(shape))
    values = draw(st.lists(st.just(0.0) | st.floats(0.01, 1e6), min_size=size, max_size=size))
    cohorts = sorted(UNTIL - age for age in ages)
    return holding(
        np.reshape(values, shape), cohorts, types=types, growth_years=tuple(cohorts[-2:])
    )
