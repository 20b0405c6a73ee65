"""From a number back to its sources: every factor with its words, range, grade, file and row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from atlas.composition import MASS
from atlas.figure import measure_band
from atlas.holdings import UNKNOWN_SIZE
from atlas.materials import yield_band
from atlas.national import national_figure
from atlas.ranges import CERTAIN, grade_of, graded, stated
from atlas.survival import mean_a

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from atlas.definitions import Factor, Flow, Lifetime, Measure, Share, Stock
    from atlas.figure import Known
    from atlas.inputs import Inputs
    from atlas.ranges import Band
    from atlas.supply import Run

Json = dict[str, Any]
Words = tuple[str, str]  # Dutch, English


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


def number(value: float, digits: int = 6) -> Words:
    """Write a number in both notations."""
    text = f"{value:.{digits}g}"
    if abs(value) >= 1000:  # noqa: PLR2004 - thousands are grouped, and no power of ten stands there
        text = f"{float(text):,.{max(0, digits - len(str(int(abs(value)))))}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.translate(str.maketrans(",.", ".,")), text


def measure_steps(stock: Stock, measure: Measure, known: Known, inputs: Inputs) -> list[Json]:
    """Return the steps of a measure of the stock: what was counted, and each factor of it."""
    measures = {each.id: each for each in stock.measures}
    if measure.of is None:
        return [_counted(stock, measure, known, inputs), *_spread(stock, known)]
    steps = measure_steps(stock, measures[measure.of], known, inputs)
    if measure.factor is not None:
        steps.append(_factor(stock, measure, measure.factor))
    else:
        steps += [
            row["trail"] for row in content_rows(stock.id, known) if row["element"] == MASS
        ]
    return steps


def report_steps(stock: Stock, figure_id: str, inputs: Inputs) -> list[Json]:
    """Return the steps of a measure on the basis of a report."""
    row = inputs.headlines.set_index("figure_id").loc[figure_id]
    return [
        step(
            f"report {figure_id}",
            ("provincierapport 2026", "provincial report 2026"),
            (
                f"«{row['reading']}»; verdeeld als het register, wat het register niet heeft is "
                "niet geplaatst",
                f"“{row['reading']}”; spread like the register, what the register lacks is "
                "unallocated",
            ),
            band=graded("D"),
            definition=f"{stock.where} [report]",
            row=row["row"],
            source="headline_figures",
        )
    ]


def content_rows(stream: str, known: Known) -> list[Json]:
    """Return the contents of a stream with their steps, in the order of its table."""
    table = _first_run(known, stream).supply.table
    catalog = known.catalog
    definition = catalog.tables["composition"].where
    stock = catalog.stocks.get(stream)
    found = []
    for row in table.to_dict("records"):
        mass = row["element"] == MASS
        if mass and stock is None:
            trail = None
        else:
            where = stock.where if mass and stock else definition
            trail = _content(row, known, where=where, source=None if mass else "composition")
        found.append(
            {
                "element": row["element"],
                "variant": None if pd.isna(row["variant"]) else row["variant"],
                "from": _year(row["from_year"]),
                "to": _year(row["to_year"]),
                "value": row["value_t"],
                "low": row["low_t"],
                "high": row["high_t"],
                "factor": row["factor"],
                "recollection": bool(row["recollection"]),
                "trail": trail,
            }
        )
    return found


def size_steps(stock: Stock, inputs: Inputs, bands: Mapping[str, Band]) -> dict[str, Json]:
    """Return a step for each size that a type is told by."""
    found: dict[str, Json] = {}
    for size, band in bands.items():
        if size == UNKNOWN_SIZE and stock.variants is not None:
            mix = stock.variants.mix.items()
            found[size] = step(
                f"size {size}",
                ("type niet bekend", "type not known"),
                (
                    ", ".join(f"{share:.0%} {variant}" for variant, share in mix)
                    + f" ({stock.variants.source})",
                    ", ".join(f"{share:.0%} {variant}" for variant, share in mix)
                    + f" ({stock.variants.source})",
                ),
                band=band,
                definition=f"{stock.where} [variants]",
            )
            continue
        rows = inputs.sizes[inputs.sizes["size_id"] == size]
        text = ", ".join(
            f"{share:.0%} {variant} ({model})"
            for share, variant, model in zip(
                rows["share"], rows["variant"], rows["model"], strict=True
            )
        )
        found[size] = step(
            f"size {size}",
            (f"type naar grootte {size}", f"type by size {size}"),
            (text, text),
            band=band,
            definition="layers/tables/drive_trains.toml",
            row=rows["row"].iloc[0],
            source="drive_trains",
        )
    return found


def lifetime_step(stock: Stock, name: str, lifetime: Lifetime) -> Json:
    """Return the step of a lifetime: a switch, so without a range."""
    mean = number(mean_a(lifetime), 3)
    kind = {
        "weibull": (f"Weibull, vorm {number(lifetime.shape or 0)[0]}, schaal "
                    f"{number(lifetime.scale_a or 0)[0]} jaar, gemiddeld {mean[0]} jaar",
                    f"Weibull, shape {number(lifetime.shape or 0)[1]}, scale "
                    f"{number(lifetime.scale_a or 0)[1]} years, mean {mean[1]} years"),
        "normal": (f"normaal, {number(lifetime.mean_a or 0)[0]} ± {number(lifetime.sd_a or 0)[0]} "
                   "jaar", f"normal, {number(lifetime.mean_a or 0)[1]} ± "
                   f"{number(lifetime.sd_a or 0)[1]} years"),
        "fixed": (f"{number(lifetime.mean_a or 0)[0]} jaar", f"{number(lifetime.mean_a or 0)[1]} years"),
        "hazard": (f"kans van {number(lifetime.chance_per_a or 0, 3)[0]} per jaar om te vertrekken",
                   f"a chance of {number(lifetime.chance_per_a or 0, 3)[1]} a year to leave"),
    }[lifetime.distribution]  # fmt: skip
    return step(
        f"lifetime {stock.id} {name}",
        ("levensduur", "lifetime"),
        (f"{kind[0]} ({lifetime.source})", f"{kind[1]} ({lifetime.source})"),
        definition=f"{stock.where} [lifetimes.{name}]",
    )


def ages_step(stock: Stock, inputs: Inputs) -> Json:
    """Return the step of the years of entry."""
    rows = inputs.history[inputs.history["series"] == (stock.ages.series or "")]
    marked = stock.ages.series is not None and (rows["recollection"] == "yes").any()
    recalled = ("; deels uit het hoofd", "; partly from memory") if marked else ("", "")
    return step(
        f"ages {stock.id}",
        ("jaren van ingebruikname", "years of entry"),
        (stock.ages.source + recalled[0], stock.ages.source + recalled[1]),
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
        (f"{dutch} %{suffix[0]} ({factor.source})", f"{english}%{suffix[1]} ({factor.source})"),
        band=stated(factor) if ranged else None,
        grade=factor.grade,
        definition=where,
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
    listed = [
        ", ".join(f"{t.value:.0%} in {t.year}" for t in targets) + of[i] for i in (0, 1)
    ]
    sources = "; ".join(dict.fromkeys(target.source for target in targets))
    return step(
        f"targets {stream.id}",
        ("inzameldoelen", "collection targets"),
        (f"{listed[0]} ({sources})", f"{listed[1]} ({sources})"),
        definition=f"{stream.where} [collection.targets]",
    )


def market_step(stock: Stock, share: Share, band: Band, inputs: Inputs) -> Json:
    """Return the step of what is put on the market."""
    dutch, english = number(national_figure(inputs.national, share.total, share.year, where=""))
    return step(
        f"market {stock.id}",
        ("op de markt gebracht", "put on the market"),
        (
            f"{dutch} t per jaar in het land ({share.year}), naar inwoners",
            f"{english} t a year in the country ({share.year}), by residents",
        ),
        band=band,
        definition=f"{stock.where} [collection.put_on_market]",
        row=_row_of(inputs, share.total),
        source="national",
    )


def flow_step(flow: Flow, inputs: Inputs) -> Json:
    """Return the step of a national flow and the region's part of it."""
    rows = inputs.national[inputs.national["figure"] == flow.national.total]
    points = [
        ", ".join(
            f"{number(value)[i]} t ({year:.0f})"
            for value, year in zip(rows["value"], rows["year"], strict=True)
        )
        for i in (0, 1)
    ]
    return step(
        f"flow {flow.id}",
        ("landelijk vrijkomend", "released in the country"),
        (f"{points[0]}; aandeel in de auto's van het land", f"{points[1]}; share of the country's cars"),
        band=graded("D"),
        definition=f"{flow.where} [national]",
        row=rows["row"].iloc[0],
        source="national",
    )


def processed_step(stream: Stock | Flow) -> Json:
    """Return the step of the capacity programme."""
    return step(
        f"processed {stream.id}",
        ("verwerkers", "facilities"),
        (
            "wat bekende verwerkers kunnen aannemen, gelijk verdeeld over wie ze bereiken",
            "what known facilities can take, shared alike by those who reach them",
        ),
        definition="layers/facilities/facilities.toml",
        source="facilities",
    )


def yield_rows(stream: str, inputs: Inputs) -> list[Json]:
    """Return the yields of a stream with their steps."""
    rows = inputs.yields[inputs.yields["stream"] == stream]
    found = []
    for row in rows.to_dict("records"):
        value = float(row["yield"])
        dutch, english = number(value * 100, 4)
        band = yield_band(row)
        found.append(
            {
                "element": row["element"],
                "recovery": row["recovery"],
                "from": _year(row["from_year"]),
                "value": value,
                "low": value * band[0],
                "high": value * band[1],
                "trail": step(
                    f"yield {stream} {row['element']} {row['recovery']}",
                    (f"opbrengst {row['element']}", f"yield of {row['element']}"),
                    (f"{dutch} % ({row['source']})", f"{english}% ({row['source']})"),
                    band=band,
                    grade=row["grade"],
                    definition="layers/tables/yields.toml",
                    row=row["row"],
                    source="yields",
                ),
            }
        )
    return found


def _counted(stock: Stock, measure: Measure, known: Known, inputs: Inputs) -> Json:
    data = stock.data
    if stock.method == "key" and stock.national is not None:
        share = stock.national
        value = number(national_figure(inputs.national, share.total, share.year, where=""))
        part = _share_of(known, stock, inputs)
        words = (
            f"{value[0]} in het land ({share.year}) × {number(part * 100, 4)[0]} % van de inwoners "
            f"({inputs.figures_year})",
            f"{value[1]} in the country ({share.year}) × {number(part * 100, 4)[1]}% of the "
            f"residents ({inputs.figures_year})",
        )
        row, source, definition = _row_of(inputs, share.total), "national", f"{stock.where} [national]"
    else:
        date = data.source.reference_date.isoformat() if data else str(stock.year)
        words = (f"geteld in de bron, {date}", f"counted in the source, {date}")
        row, source, definition = None, stock.id, stock.where
    return step(
        f"count {stock.id} {measure.id}",
        (measure.title.nl, measure.title.en),
        words,
        band=measure_band(stock, measure),
        grade=measure.grade,
        definition=definition,
        row=row,
        source=source,
    )


def _spread(stock: Stock, known: Known) -> list[Json]:
    """Return the step of spreading; nothing where nothing is spread."""
    holding = _first_run(known, stock.id).holding
    if holding.key == CERTAIN:
        return []
    keys = sorted(set(stock.keys.values()))
    return [
        step(
            f"key {stock.id}",
            ("verdeling over gebieden", "spread over zones"),
            (stock.spread.nl, stock.spread.en),
            band=holding.key,
            definition=", ".join(f"layers/keys/{name}.toml" for name in keys),
        )
    ]


def _factor(stock: Stock, measure: Measure, factor: Factor) -> Json:
    dutch, english = number(factor.value)
    unit = factor.unit.replace("piece", "stuk")
    return step(
        f"content {stock.id} {measure.id}",
        (f"{measure.title.nl} per eenheid", f"{measure.title.en} per unit"),
        (f"{dutch} {unit} ({factor.source})", f"{english} {factor.unit} ({factor.source})"),
        band=stated(factor),
        grade=factor.grade,
        definition=f"{stock.where} [measures.{measure.id}]",
    )


def _content(
    row: Mapping[Hashable, Any], known: Known, *, where: str, source: str | None
) -> Json:
    mass = row["element"] == MASS
    names = known.elements.set_index("element")
    title = ("massa", "mass")
    if not mass:
        own = names.loc[row["element"]]
        title = (str(own["name_nl"]), str(own["name_en"]))
    variant = "" if pd.isna(row["variant"]) or row["variant"] == "all" else f" · {row['variant']}"
    years = _years_words(row)
    content = number(row["content"])
    marked = ("; uit het hoofd", "; from memory") if row["recollection"] else ("", "")
    note = "" if pd.isna(row["note"]) else f"; {row['note']}"
    unit = str(row["unit"])
    value = row["value_t"]
    band = None if not value > 0 else (row["low_t"] / value, row["high_t"] / value)
    return step(
        row["factor"],
        (f"gehalte {title[0]}{variant}", f"content of {title[1]}{variant}"),
        (
            f"{content[0]} {unit.replace('piece', 'stuk')}{years[0]} ({row['source']}{note}{marked[0]})",
            f"{content[1]} {unit}{years[1]} ({row['source']}{note}{marked[1]})",
        ),
        band=band,
        grade=row["grade"],
        definition=f"{where} [measures.{MASS}]" if mass else where,
        row=row["row"],
        source=source,
    )


def _years_words(row: Mapping[Hashable, Any]) -> Words:
    first, last = _year(row["from_year"]), _year(row["to_year"])
    if first is None and last is None:
        return "", ""
    if first is None:
        return f", tot en met {last}", f", up to {last}"
    if last is None:
        return f", vanaf {first}", f", from {first}"
    return f", {first}–{last}", f", {first}–{last}"


def _share_of(known: Known, stock: Stock, inputs: Inputs) -> float:
    """Return the region's part of the country, from the stock itself."""
    share = stock.national
    rows = known.stocks[(known.stocks["stream"] == stock.id) & (known.stocks["basis"] == "register")]
    total = rows.loc[rows["measure"] == stock.units, "value"].sum()
    whole = national_figure(inputs.national, share.total, share.year, where="") if share else 1.0
    return float(total / whole)


def _first_run(known: Known, stream: str) -> Run:
    return next(iter(known.runs.values()))[stream]


def _row_of(inputs: Inputs, figure: str) -> object:
    return inputs.national.loc[inputs.national["figure"] == figure, "row"].iloc[0]


def _year(value: object) -> int | None:
    return None if value is None or pd.isna(value) else int(value)  # type: ignore[call-overload]
