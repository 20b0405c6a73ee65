"""From a number back to its sources: every factor with its words, range, grade, file and row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from atlas.national import national_figure
from atlas.ranges import CERTAIN, grade_of, graded, stated
from atlas.survival import mean_a

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlas.definitions import Factor, Flow, InflowName, Lifetime, Share, Stock, Text
    from atlas.inputs import Inputs
    from atlas.ranges import Band

Json = dict[str, Any]
Words = tuple[str, str]  # Dutch, English


class Told(Protocol):
    """Anything that says where it comes from."""

    @property
    def source(self) -> str:
        """In English, or a name."""

    @property
    def source_nl(self) -> str | None:
        """In Dutch, where it is more than a name."""


def step(  # noqa: PLR0913 - the parts of a step
    id_: str,
    title: Words,
    words: Words,
    *,
    band: Band | None = None,
    grade: str | None = None,
    definition: str,
    row: object = None,
    source: str | None = None,
) -> Json:
    """Return one step of a trail; steps of one id are one factor, wrong or right together."""
    found: Json = {
        "id": id_,
        "title": {"nl": title[0], "en": title[1]},
        "words": {"nl": words[0], "en": words[1]},
        "definition": definition,
        "row": None if row is None or pd.isna(row) else int(row),  # type: ignore[call-overload]
        "source": source,
    }
    if band is not None and band != CERTAIN:
        found |= {"low": band[0], "high": band[1]}
    if grade is not None or band is not None:
        found["grade"] = grade or grade_of(band or CERTAIN)
    return found


def told(factor: Told) -> Words:
    """Return the source of a factor in Dutch and in English."""
    return factor.source_nl or factor.source, factor.source


def number(value: float, digits: int = 6) -> Words:
    """Write a number in both notations."""
    text = f"{value:.{digits}g}"
    if abs(value) >= 1000:  # noqa: PLR2004 - thousands are grouped, and no power of ten stands there
        text = f"{float(text):,.{max(0, digits - len(str(int(abs(value)))))}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.translate(str.maketrans(",.", ".,")), text


def lifetime_step(stock: Stock, name: str, lifetime: Lifetime) -> Json:
    """Return the step of a lifetime: a switch, so without a range."""
    words = [_lifetime_words(lifetime, side) for side in (0, 1)]
    return step(
        f"lifetime {stock.id} {name}",
        ("levensduur", "lifetime"),
        (f"{words[0]} ({told(lifetime)[0]})", f"{words[1]} ({told(lifetime)[1]})"),
        definition=f"{stock.where} [lifetimes.{name}]",
    )


def _lifetime_words(lifetime: Lifetime, side: int) -> str:
    """Say a lifetime in Dutch (0) or English (1)."""
    years = ("jaar", "years")[side]

    def said(value: float | None) -> str:
        return number(value or 0.0, 5)[side]

    if lifetime.distribution == "weibull":
        names = (("vorm", "schaal", "gemiddeld"), ("shape", "scale", "mean"))[side]
        mean = number(mean_a(lifetime), 3)[side]
        return (
            f"Weibull, {names[0]} {said(lifetime.shape)}, {names[1]} {said(lifetime.scale_a)} "
            f"{years}, {names[2]} {mean} {years}"
        )
    if lifetime.distribution == "normal":
        name = ("normaal", "normal")[side]
        return f"{name}, {said(lifetime.mean_a)} ± {said(lifetime.sd_a)} {years}"
    if lifetime.distribution == "fixed":
        return f"{said(lifetime.mean_a)} {years}"
    chance = number(lifetime.chance_per_a or 0.0, 3)[side]
    return (
        f"kans van {chance} per jaar om te vertrekken",
        f"a chance of {chance} a year to leave",
    )[side]


def ages_step(stock: Stock, inputs: Inputs) -> Json:
    """Return the step of the years of entry."""
    rows = inputs.history[inputs.history["series"] == (stock.ages.series or "")]
    marked = stock.ages.series is not None and (rows["recollection"] == "yes").any()
    recalled = ("; deels uit het hoofd", "; partly from memory") if marked else ("", "")
    return step(
        f"ages {stock.id}",
        ("jaren van ingebruikname", "years of entry"),
        (told(stock.ages)[0] + recalled[0], told(stock.ages)[1] + recalled[1]),
        band=graded(stock.ages.grade),
        definition=f"{stock.where} [ages]",
        row=None if rows.empty else rows["row"].iloc[0],
        source=None if rows.empty else "history",
    )


def factor_step(  # noqa: PLR0913 - a factor, its words and its place
    id_: str, title: Words, factor: Factor, *, where: str, suffix: Words = ("", ""),
    ranged: bool = True,
) -> Json:  # fmt: skip
    """Return the step of a share: a rate, a growth, a reuse."""
    dutch, english = number(factor.value * 100, 4)
    return step(
        id_,
        title,
        (f"{dutch} %{suffix[0]} ({told(factor)[0]})", f"{english}%{suffix[1]} ({told(factor)[1]})"),
        band=stated(factor) if ranged else None,
        grade=factor.grade,
        definition=where,
    )


def inflow_step(stream: Stock | Flow, inflow: InflowName) -> Json:
    """Return the step of what enters from now on: an assumption, so without a range."""
    if inflow == "growth":
        words = (" per jaar, op het gemiddelde van de laatste drie jaar",
                 " a year, on the mean of the last three years")  # fmt: skip
        return factor_step(
            f"inflow {stream.id} growth",
            ("wat erbij komt groeit", "what enters grows"),
            stream.inflow.growth,
            where=f"{stream.where} [inflow.growth]",
            suffix=words,
            ranged=False,
        )
    said = {
        "frozen": ("niets: alleen wat er nu staat, komt vrij",
                   "nothing: only what stands now is released"),
        "replacement": ("evenveel als er vrijkomt; dat komt later ook weer vrij",
                        "as much as is released; that is released later in turn"),
    }[inflow]  # fmt: skip
    return step(
        f"inflow {stream.id} {inflow}",
        ("wat erbij komt", "what enters"),
        said,
        grade="D",
        definition=f"{stream.where} [inflow]",
    )


def reuse_step(stream: Stock | Flow) -> Json:
    """Return the step of what is reused or exported."""
    return factor_step(
        f"reuse {stream.id}",
        ("hergebruikt of uitgevoerd", "reused or exported"),
        stream.reuse,
        where=f"{stream.where} [reuse]",
        suffix=(" van wat vrijkomt", " of what is released"),
    )


def rate_step(stream: Stock | Flow) -> Json:
    """Return the step of today's rate of collection."""
    return factor_step(
        f"collection {stream.id}",
        ("ingezameld", "collected"),
        stream.collection.rate,
        where=f"{stream.where} [collection.rate]",
        suffix=rate_words(stream),
    )


def rate_words(stream: Stock | Flow) -> Words:
    """Say what a rate of collection is a rate of."""
    if stream.collection.rate_of == "generated":
        return " van wat vrijkomt", " of what is released"
    return " van wat op de markt komt", " of what is put on the market"


def targets_step(stream: Stock | Flow) -> Json | None:
    """Return the step of the legal targets, None without any."""
    targets = stream.collection.targets
    if not targets:
        return None
    of = rate_words(stream)
    listed = [", ".join(f"{t.value:.0%} in {t.year}" for t in targets) + of[i] for i in (0, 1)]
    sources = ["; ".join(dict.fromkeys(told(target)[i] for target in targets)) for i in (0, 1)]
    return step(
        f"targets {stream.id}",
        ("inzameldoelen", "collection targets"),
        (f"{listed[0]} ({sources[0]})", f"{listed[1]} ({sources[1]})"),
        definition=f"{stream.where} [collection.targets]",
    )


def market_step(stock: Stock, share: Share, band: Band, inputs: Inputs) -> Json:
    """Return the step of what is put on the market."""
    dutch, english = number(national_figure(inputs.national, share.total, share.year, where=""))
    return step(
        f"market {stock.id}",
        ("op de markt gebracht", "put on the market"),
        (
            f"{dutch} t per jaar in het land ({share.year}), elk jaar gelijk",
            f"{english} t a year in the country ({share.year}), every year the same",
        ),
        band=band,
        definition=f"{stock.where} [collection.put_on_market]",
        row=row_of(inputs, share.total),
        source="national",
    )


def flow_steps(
    flow: Flow, inputs: Inputs, key: Band, *, part: float, figure_of: Band | None = None
) -> list[Json]:
    """Return the steps of a national flow, the region's part of it, and its spreading.

    Parameters
    ----------
    flow, inputs
        The stream, and the tables.
    key
        What spreading adds to a zone.
    part
        The region's part of the country.
    figure_of
        How sure the figure of the year is; where it depends on the year it is left out.
    """
    rows = inputs.national[inputs.national["figure"] == flow.national.total].sort_values("year")
    points = [
        ", ".join(
            f"{number(value)[i]} t ({year:.0f})"
            for value, year in zip(rows["value"], rows["year"], strict=True)
        )
        for i in (0, 1)
    ]
    between = ("daartussen elk jaar met hetzelfde percentage", "between them by an even percentage")
    held = (
        f"zonder groei blijft {flow.hold_after} gelden",
        f"without growth {flow.hold_after} holds",
    )
    share = number(part * 100, 4)
    steps = [
        step(
            f"flow {flow.id}",
            ("landelijk vrijkomend", "released in the country"),
            (f"{points[0]}, {between[0]}; {held[0]}", f"{points[1]}, {between[1]}; {held[1]}"),
            band=figure_of,
            definition=f"{flow.where} [national]",
            row=rows["row"].iloc[0],
            source="national",
        ),
        step(
            f"part {flow.id}",
            ("aandeel van de regio", "share of the region"),
            (
                f"{share[0]} % van {flow.national.denominator} ({flow.national.year})",
                f"{share[1]}% of {flow.national.denominator} ({flow.national.year})",
            ),
            definition=f"{flow.where} [national]",
            row=row_of(inputs, flow.national.denominator),
            source="national",
        ),
    ]
    return steps + key_steps(flow.id, flow.spread, [flow.key], key)


def key_steps(stream: str, spread: Text, keys: Iterable[str], band: Band) -> list[Json]:
    """Return the step of spreading by keys; nothing where nothing is spread."""
    if band == CERTAIN:
        return []
    return [
        step(
            f"key {stream}",
            ("verdeling over gebieden", "spread over zones"),
            (spread.nl, spread.en),
            band=band,
            definition=", ".join(f"layers/keys/{name}.toml" for name in sorted(set(keys))),
        )
    ]


def processed_step(stream: Stock | Flow) -> Json:
    """Return the step of the capacity programme."""
    return step(
        f"processed {stream.id}",
        ("verwerkers", "facilities"),
        (
            (
                "wat bekende verwerkers bij deze stap en de stappen ervoor kunnen aannemen, gelijk "
                "verdeeld over wie ze bereiken; buitenlandse tellen voor hun deel naar inwoners"
            ),
            (
                "what known facilities can take at this step and those before, shared alike by "
                "those who reach them; those abroad count for their share by residents"
            ),
        ),
        definition="layers/facilities/facilities.toml",
        source="facilities",
    )


def outside_step(stream: Stock | Flow, ratio: float) -> Json:
    """Return the step of the demand of the rest of the country, as a multiple of the region's."""
    series = getattr(stream, "outside", None)
    by: Words = ("naar inwoners", "by residents")
    if stream.national is not None:
        by = ("wat het landelijke cijfer overlaat", "what the national figure leaves")
    elif series is not None:
        by = (f"volgens de reeks {series.series}", f"by the series {series.series}")
    amount = number(ratio, 3)
    return step(
        f"outside {stream.id}",
        ("rest van het land", "rest of the country"),
        (
            (
                f"{amount[0]} keer zoveel als de regio vraagt om dezelfde verwerkers, {by[0]}; "
                "verdeeld over gebieden naar inwoners"
            ),
            (
                f"{amount[1]} times what the region has asks for the same facilities, {by[1]}; "
                "spread over regions by residents"
            ),
        ),
        grade="D",
        definition="layers/tables/outside.toml",
        source="outside",
    )


def row_of(inputs: Inputs, figure: str) -> object:
    """Return the line of a national figure in its file."""
    return inputs.national.loc[inputs.national["figure"] == figure, "row"].iloc[0]
