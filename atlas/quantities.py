"""The quantities of a stream as the page reads them: values, or a factor of another quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlas.areas import UNALLOCATED
from atlas.national import national_figure
from atlas.ranges import CERTAIN, grade_of, graded, without
from atlas.reports import CRM
from atlas.scenarios import BASES
from atlas.stocks import key_band

if TYPE_CHECKING:
    from atlas.definitions import Factor, Measure, Stock, Text
    from atlas.pipeline import Atlas
    from atlas.ranges import Band

Json = dict[str, Any]

_SAME = 1e-12  # a smaller difference between two factors is rounding
_TONNES = {"nl": "t", "en": "t"}
_TONNES_A_YEAR = {"nl": "t/jaar", "en": "t/a"}
_TITLES = {
    "released": {"nl": "komt vrij", "en": "released"},
    "collected": {"nl": "ingezameld", "en": "collected"},
    "processed": {"nl": "verwerkt", "en": "processed"},
    "capacity_gap": {"nl": "capaciteitsgat", "en": "capacity gap"},
    CRM: {"nl": "kritieke grondstoffen", "en": "critical raw materials"},
}


def stream_document(atlas: Atlas, stock: Stock) -> Json:
    """Return one stream: how it was counted and placed, and its quantities on both bases."""
    bases = {
        basis: content
        for basis, scenario_id in BASES.items()
        if (content := _basis(atlas, stock, basis, scenario_id)) is not None
    }
    year = int(atlas.releases["year"].min())
    data = atlas.region.override.get(stock.id, stock.data) if stock.data else None
    date = data.source.reference_date.isoformat() if data else f"{stock.year}"
    nearest = atlas.nearest[atlas.nearest["stream"] == stock.id].set_index("zone_id")
    nearest = nearest[["facility", "distance_km"]].astype(float)
    return {
        "id": stock.id,
        "title": both(stock.title),
        "in_stock": both(stock.in_stock),
        "year": stock.year,
        "date": date,
        "released_year": year,
        "spread": both(stock.spread),
        "step": stock.step,
        "bases": bases,
        "nearest": [
            [int(plant), float(km)] if plant == plant else None  # NaN: none takes it  # noqa: PLR0124
            for plant, km in nearest.reindex(atlas.zones["zone_id"]).to_numpy()
        ],
    }


def _basis(atlas: Atlas, stock: Stock, basis: str, scenario_id: str) -> Json | None:
    """Return the quantities of one stream on one basis, None where the basis lacks it."""
    rows = atlas.stocks[(atlas.stocks["stream"] == stock.id) & (atlas.stocks["basis"] == basis)]
    if rows.empty:
        return None
    zone_ids = atlas.zones["zone_id"]
    spread = _spread(atlas, stock) if basis == "register" else CERTAIN
    quantities = []
    for measure in stock.measures:
        own = rows[rows["measure"] == measure.id].set_index("zone_id")
        if own.empty:
            continue
        head = _quantity(measure.id, "stock", _sources_of(stock, basis), of=measure)
        head |= _zone_ranges(own, "value", zone_ids, spread=spread)
        formula = _formula(atlas, stock, measure, basis)
        if measure.factor is not None and basis == "register":
            head |= {"of": measure.of, "factor": measure.factor.value}
        else:
            head |= _values(own["value"], zone_ids)
        quantities.append(head | {"formula": formula})
    crm = atlas.materials
    crm = crm[
        (crm["stream"] == stock.id)
        & (crm["scenario_id"] == scenario_id)
        & (crm["layer"] == "stock")
        & (crm["element"] == CRM)
    ].set_index("zone_id")
    if not crm.empty:
        quantities.append(
            {
                **_quantity(CRM, "stock", ["headline_figures"]),
                **_range(graded(crm["grade"].iloc[0])),
                **_values(crm["mass_t"], zone_ids),
                "formula": {
                    "nl": "het totaal dat het rapport noemt, verdeeld als de stuks",
                    "en": "the total that the report gives, spread like the pieces",
                },
            }
        )
    released = _of(atlas.releases, stock.id, scenario_id)
    gaps = _of(atlas.gaps, stock.id, scenario_id)
    quantities += _released(stock, released, zone_ids, _sources_of(stock, basis), spread=spread)
    quantities += _gap(gaps, zone_ids, _sources_of(stock, basis))
    why = [plain(gaps["why"].get(zone)) for zone in zone_ids]
    return {"quantities": quantities, "why": why}


def _formula(atlas: Atlas, stock: Stock, measure: Measure, basis: str) -> Json:
    """Say how a measure of the stock came about."""
    factor, share = measure.factor, stock.national
    if basis == "report":
        return {
            "nl": "het totaal van het rapport, verdeeld als het register; "
            "wat het register niet heeft is niet geplaatst",
            "en": "the report's total, spread like the register; "
            "what the register lacks is unallocated",
        }
    if factor is not None and measure.of is not None:
        of = next(m for m in stock.measures if m.id == measure.of)
        return {
            "nl": f"{of.title.nl} × {_number(factor, nl=True)} ({factor.source})",
            "en": f"{of.title.en} × {_number(factor, nl=False)} ({factor.source})",
        }
    if stock.method == "key" and share is not None:
        value = national_figure(atlas.national, share.total, share.year, where=stock.where)
        part = float(atlas.zones["residents"].sum()) / national_figure(
            atlas.national, share.denominator, atlas.figures_year, where=stock.where
        )
        dutch = f"{value:,.0f}".replace(",", "."), f"{part:.2%}".replace(".", ",")
        return {
            "nl": f"{dutch[0]} in het land ({share.year}) × {dutch[1]} van de inwoners "
            f"({atlas.figures_year}), verdeeld naar inwoners",
            "en": f"{value:,.0f} in the country ({share.year}) × {part:.2%} of the residents "
            f"({atlas.figures_year}), spread by residents",
        }
    return {"nl": "geteld in de bron", "en": "counted in the source"}


def _spread(atlas: Atlas, stock: Stock) -> Band:
    """Return the range that spreading adds to every zone: none where some zone is not spread."""
    codes = atlas.zones["municipality_code"]
    if stock.method == "key" or codes.duplicated(keep=False).all():
        return key_band(stock, {name: key.grade for name, key in atlas.catalog.keys.items()})
    return CERTAIN


def _released(
    stock: Stock, released: pd.DataFrame, zone_ids: pd.Series, sources: list[str], *, spread: Band
) -> list[Json]:
    """Return what is released and collected of one stream."""
    life, rate = stock.mean_lifetime, stock.collection.rate
    percent = {
        "nl": f"{rate.value * 100:.3g} %".replace(".", ","),
        "en": f"{rate.value * 100:.3g} %",
    }
    out = _quantity("released", "released", sources)
    out |= _zone_ranges(released, "released_t", zone_ids, spread=spread)
    out |= {"of": "mass", "factor": 1.0 / life.value}
    out["formula"] = {
        "nl": f"massa ÷ {_number(life, nl=True)} gemiddelde levensduur, elk jaar gelijk "
        f"({life.source})",
        "en": f"mass ÷ {_number(life, nl=False)} mean lifetime, every year the same "
        f"({life.source})",
    }
    if stock.collection.rate_of == "generated":
        kept = _quantity("collected", "collected", sources)
        kept |= _zone_ranges(released, "collected_t", zone_ids, spread=spread)
        kept |= {"of": "released", "factor": rate.value}
        kept["formula"] = {
            "nl": f"{percent['nl']} van wat vrijkomt ({rate.source})",
            "en": f"{percent['en']} of what is released ({rate.source})",
        }
        return [out, kept]
    kept = _quantity("collected", "collected", [*sources, "national"])
    kept |= _zone_ranges(released, "collected_t", zone_ids, spread=spread)
    kept |= _values(released["collected_t"], zone_ids)
    kept["formula"] = {
        "nl": f"{percent['nl']} van wat op de markt komt, hooguit wat vrijkomt ({rate.source})",
        "en": f"{percent['en']} of what is put on the market, at most what is released "
        f"({rate.source})",
    }
    return [out, kept]


def _gap(gaps: pd.DataFrame, zone_ids: pd.Series, sources: list[str]) -> list[Json]:
    """Return what is processed and what is not, each as the pair of unknown capacity."""
    formulas = {
        "processed": {
            "nl": "wat bekende verwerkers kunnen aannemen, gelijk verdeeld over wie ze bereiken",
            "en": "what known facilities can take, shared alike by those who reach them",
        },
        "capacity_gap": {"nl": "ingezameld − verwerkt", "en": "collected − processed"},
    }
    result = []
    for layer, formula in formulas.items():
        quantity = _quantity(layer, layer, [*sources, "facilities", "fractions"])
        quantity |= _values(gaps[f"{layer}_t"], zone_ids)
        best = _values(gaps[f"{layer}_t_best"], zone_ids)
        quantity |= {"best": best["values"], "unallocated_best": best["unallocated"]}
        quantity |= {"low": None, "high": None, "grade": _worst(gaps["grade"]), "formula": formula}
        result.append(quantity)
    return result


def _quantity(name: str, layer: str, sources: list[str], *, of: Measure | None = None) -> Json:
    """Return the head of a quantity: a measure of the stock, or tonnes of a layer."""
    yearly = layer != "stock"
    return {
        "id": name,
        "layer": layer,
        "title": _TITLES[name] if of is None else both(of.title),
        "unit": (_TONNES_A_YEAR if yearly else _TONNES) if of is None else both(of.unit),
        "decimals": int(yearly) if of is None else of.decimals,
        "sources": list(dict.fromkeys(sources)),
    }


def _values(series: pd.Series, zone_ids: pd.Series) -> Json:
    return {
        "values": [plain(series.get(zone)) for zone in zone_ids],
        "unallocated": plain(series.get(UNALLOCATED)),
    }


def _zone_ranges(rows: pd.DataFrame, column: str, zone_ids: pd.Series, *, spread: Band) -> Json:
    """Return the range as factors: of the whole region, and per zone where they differ.

    What spreading adds to a zone's range drops out of the region's: the region has the range of
    its narrowest zone, without `spread` where every zone carries it.
    """
    value = rows[column]
    some = value[value > 0].index
    lows = (rows.loc[some, f"{column}_low"] / value[some]).reindex(zone_ids)
    highs = (rows.loc[some, f"{column}_high"] / value[some]).reindex(zone_ids)
    if lows.isna().all():
        return _range(graded("D"))
    narrowest = (float(lows.max()), float(highs.min()))
    result = _range(without(narrowest, spread))
    if lows.max() - lows.min() > _SAME or spread != CERTAIN:
        result |= {
            "zone_low": [plain(x) for x in lows],
            "zone_high": [plain(x) for x in highs],
            "zone_grade": [
                grade_of((low, high)) if np.isfinite(low) else None
                for low, high in zip(lows, highs, strict=True)
            ],
        }
    return result


def _range(band: Band) -> Json:
    return {"low": band[0], "high": band[1], "grade": grade_of(band)}


def _of(table: pd.DataFrame, stream: str, scenario_id: str) -> pd.DataFrame:
    rows = table[(table["stream"] == stream) & (table["scenario_id"] == scenario_id)]
    first = rows[rows["year"] == rows["year"].min()]
    return pd.DataFrame(first.set_index("zone_id"))


def _sources_of(stock: Stock, basis: str) -> list[str]:
    if basis == "report":
        return ["headline_figures"]
    return [stock.id if stock.data is not None else "national"]


def maximum(quantity: Json, others: list[Json]) -> float:
    """Return the largest amount of a zone; `others` holds the quantity that this is a factor of."""
    if "values" in quantity:
        return max((v for v in quantity["values"] if v is not None), default=0.0)
    of = next(other for other in others if other["id"] == quantity["of"])
    return maximum(of, others) * float(quantity["factor"])


def _worst(grades: pd.Series) -> str:
    return str(grades.max())


def plain(value: Any) -> Any:  # noqa: ANN401 - any cell of a table
    """Return a plain JSON value, None for what is missing."""
    if value is None or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def both(text: Text) -> Json:
    """Return the same words in both languages."""
    return {"nl": text.nl, "en": text.en}


def _number(factor: Factor, *, nl: bool) -> str:
    """Write a factor with its unit, in the notation of the language."""
    text = f"{factor.value:.6g} {factor.unit}"
    if not nl:
        return text
    words = {"piece": "stuk", " a": " jaar"}
    text = text.replace(".", ",")
    for english, dutch in words.items():
        text = text.replace(english, dutch)
    return text
