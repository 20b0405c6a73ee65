"""The trail of what is counted and of what it is made of: measures, contents, sizes, yields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlas.amounts import measure_band
from atlas.composition import MASS
from atlas.materials import yield_band
from atlas.national import national_figure
from atlas.ranges import CERTAIN, grade_of, graded, stated
from atlas.trail import Json, key_steps, number, row_of, step, told
from atlas.variants import UNKNOWN_SIZE

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Any

    from atlas.amounts import Known
    from atlas.definitions import Factor, Flow, Measure, Stock
    from atlas.inputs import Inputs
    from atlas.ranges import Band
    from atlas.supply import Run
    from atlas.trail import Words


def measure_steps(stock: Stock, measure: Measure, known: Known, inputs: Inputs) -> list[Json]:
    """Return the steps of a measure of the stock: what was counted, and each factor of it."""
    measures = {each.id: each for each in stock.measures}
    if measure.of is None:
        band = _first_run(known, stock.id).holding.key
        spread = key_steps(stock.id, stock.spread, stock.keys.values(), band)
        return [_counted(stock, measure, known, inputs), *spread]
    steps = measure_steps(stock, measures[measure.of], known, inputs)
    if measure.factor is not None:
        steps.append(_factor(stock, measure, measure.factor))
    else:
        steps += [row["trail"] for row in content_rows(stock.id, known) if row["element"] == MASS]
    return steps


def report_steps(stock: Stock, figure_id: str, inputs: Inputs) -> list[Json]:
    """Return the steps of a measure on the basis of a report."""
    row = inputs.headlines.set_index("figure_id").loc[figure_id]
    return [
        step(
            f"report {figure_id}",
            ("provincierapport 2026", "provincial report 2026"),
            (
                f"«{row['reading']}»; verdeeld als het register, de rest is niet geplaatst",
                f"“{row['reading']}”; spread like the register, the rest is unallocated",
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
                    + f" ({told(stock.variants)[0]})",
                    ", ".join(f"{share:.0%} {variant}" for variant, share in mix)
                    + f" ({told(stock.variants)[1]})",
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


def _counted(stock: Stock, measure: Measure, known: Known, inputs: Inputs) -> Json:
    data = stock.data
    if stock.method == "key" and stock.national is not None:
        share = stock.national
        value = number(national_figure(inputs.national, share.total, share.year, where=""))
        part = number(_share_of(known, stock, inputs) * 100, 4)
        people = (
            f"van de inwoners ({inputs.figures_year})",
            f"of residents ({inputs.figures_year})",
        )
        words = (
            f"{value[0]} in het land ({share.year}) × {part[0]} % {people[0]}",
            f"{value[1]} in the country ({share.year}) × {part[1]}% {people[1]}",
        )
        row, source, definition = (
            row_of(inputs, share.total),
            "national",
            f"{stock.where} [national]",
        )
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


def _factor(stock: Stock, measure: Measure, factor: Factor) -> Json:
    dutch, english = number(factor.value)
    unit = factor.unit.replace("piece", "stuk")
    return step(
        f"content {stock.id} {measure.id}",
        (f"{measure.title.nl} per eenheid", f"{measure.title.en} per unit"),
        (f"{dutch} {unit} ({told(factor)[0]})", f"{english} {factor.unit} ({told(factor)[1]})"),
        band=stated(factor),
        grade=factor.grade,
        definition=f"{stock.where} [measures.{measure.id}]",
    )


def _content(row: Mapping[Hashable, Any], known: Known, *, where: str, source: str | None) -> Json:
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
    notes = ["" if pd.isna(row[name]) else f"; {row[name]}" for name in ("note_nl", "note")]
    unit = str(row["unit"])
    said = (f"{_dutch(row)}{notes[0]}", f"{row['source']}{notes[1]}")
    value = row["value_t"]
    band = None if not value > 0 else (row["low_t"] / value, row["high_t"] / value)
    return step(
        row["factor"],
        (f"gehalte {title[0]}{variant}", f"content of {title[1]}{variant}"),
        (
            f"{content[0]} {unit.replace('piece', 'stuk')}{years[0]} ({said[0]}{marked[0]})",
            f"{content[1]} {unit}{years[1]} ({said[1]}{marked[1]})",
        ),
        band=band,
        # A range of its own may be wider than the grade of the row says.
        grade=max(row["grade"], grade_of(band or CERTAIN)),
        definition=f"{where} [measures.{MASS}]" if mass else where,
        row=row["row"],
        source=source,
    )


def _dutch(row: Mapping[Hashable, Any]) -> str:
    """Return the source of a row in Dutch, or as it stands."""
    return str(row["source"] if pd.isna(row["source_nl"]) else row["source_nl"])


def mix_step(stream: Stock | Flow) -> Json | None:
    """Return the step of an assumed mix of variants; None where there is one, or sizes tell."""
    own = stream.variants
    if own is None or own.by_size or len(own.mix) == 1:
        return None
    mix = ", ".join(f"{share:.0%} {variant}" for variant, share in own.mix.items())
    return step(
        f"mix {stream.id}",
        ("mengsel van varianten", "mix of variants"),
        (f"{mix} ({told(own)[0]})", f"{mix} ({told(own)[1]})"),
        definition=f"{stream.where} [variants]",
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
    rows = known.stocks[
        (known.stocks["stream"] == stock.id) & (known.stocks["basis"] == "register")
    ]
    total = rows.loc[rows["measure"] == stock.units, "value"].sum()
    whole = national_figure(inputs.national, share.total, share.year, where="") if share else 1.0
    return float(total / whole)


def _first_run(known: Known, stream: str) -> Run:
    return next(iter(known.runs.values()))[stream]


def _year(value: object) -> int | None:
    return None if value is None or pd.isna(value) else int(value)  # type: ignore[call-overload]


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
                    (f"{dutch} % ({_dutch(row)})", f"{english}% ({row['source']})"),
                    band=band,
                    grade=row["grade"],
                    definition="layers/tables/yields.toml",
                    row=row["row"],
                    source="yields",
                ),
            }
        )
    return found
