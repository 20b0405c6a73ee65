"""What stands of a stream: units on zones, by year of entry and by type of product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.allocation import check_conserved
from atlas.areas import UNALLOCATED
from atlas.cohorts import by_size, entries, from_series, interpolated, steady
from atlas.ranges import CERTAIN, Band, graded
from atlas.variants import Type, size_bands, types_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from atlas.cohorts import AgeShape, Floats, Years
    from atlas.definitions import Ages, Flow, Stock

_GROWTH_YEARS = 3  # growth starts from the mean entry of the last full years


@dataclass(frozen=True)
class Holding:
    """A stream at the end of `until`: `amounts` of shape (Z, C, K) in the unit of one measure.

    `places` are the zones and ``unallocated``; `sources` numbers, for each place, what its amount
    was spread from by a key (-1 for nothing), so that the key's error drops out of whole sources.
    A stream of which only a flow is known has no cohorts and stands nowhere (NULL, not 0): C = 0.
    """

    stream: str
    base: str | None  # the measure that is held; None for tonnes of a flow
    year: int  # that the stock is said to be of
    until: int
    places: tuple[str, ...]
    cohorts: Years
    types: tuple[Type, ...]
    mix: tuple[tuple[str, float], ...]  # variants of what enters later
    amounts: Floats
    growth_years: tuple[int, ...]
    sources: NDArray[np.int64]
    count: Band  # how sure the units are
    key: Band  # what spreading adds within a source
    sizes: Mapping[str, Band]  # how sure the type of each size is


def hold_stock(  # noqa: PLR0913 - what stands, where, of what age and of which type
    stock: Stock,
    units: pd.Series,
    zones: gpd.GeoDataFrame,
    *,
    history: pd.DataFrame,
    rows: pd.DataFrame,
    sizes: pd.DataFrame,
    key: Band,
) -> tuple[Holding, list[dict[str, object]]]:
    """Break the counted units of a stream down by year of entry and type.

    Parameters
    ----------
    stock
        The stream.
    units
        Its held measure on ``zone_id``, ``unallocated`` included.
    zones
        A partition: ``zone_id, municipality_code``.
    history
        The table of national history: ``series, kind, year, value``.
    rows
        Placed points (``zone_id`` and the columns that the definition names), or the yearly rows
        of municipalities; ignored for a stream that is a share of a national figure.
    sizes
        The table of sizes: ``size_id, power_kw_from, power_kw_to, rotor_m, variant, share, grade,
        range_factor``.
    key
        What spreading adds to the range of a zone.

    Returns
    -------
    holding
        Summed over cohorts and types it is `units`, to 1e-9.
    findings
        ``layer, row, rule, found, action``: stocks that fell, suppressed years, sales that do
        not explain the stock, sizes that are not known.
    """
    places = (*zones["zone_id"], UNALLOCATED)
    total = units.reindex(places).fillna(0.0).to_numpy(dtype=float)
    findings: list[dict[str, object]] = []
    if stock.ages.method == "size":
        types, cohorts, amounts = _points(stock, rows, places, history, sizes, findings)
    else:
        if stock.ages.method == "stocks":
            cohorts, shares = _observed(stock, rows, zones, history, findings)
        else:
            cohorts, one = _national(stock, history, findings)
            shares = np.tile(one, (len(places), 1))
        mix = stock.variants.mix if stock.variants else {"all": 1.0}
        types = tuple(Type(variant) for variant in mix)
        if stock.method == "points" and stock.variants and stock.variants.by_size:
            types, parts = types_of(stock.variants, rows, sizes, findings, stock.id)
            kinds = _on_places(parts * _sizes_of(stock, rows)[:, None], rows["zone_id"], places)
            kinds /= np.where(kinds.sum(axis=1) > 0, kinds.sum(axis=1), 1.0)[:, None]
        else:
            kinds = np.tile(np.array(list(mix.values())), (len(places), 1))
        amounts = total[:, None, None] * shares[:, :, None] * kinds[:, None, :]
    for place, before, after in zip(places, total, amounts.sum(axis=(1, 2)), strict=True):
        check_conserved(float(before), float(after), where=f"cohorts of {stock.id} in {place}")
    holding = Holding(
        stream=stock.id,
        base=held_measure(stock),
        year=stock.year,
        until=stock.ages.until,
        places=places,
        cohorts=cohorts,
        types=types,
        mix=tuple((stock.variants.mix if stock.variants else {"all": 1.0}).items()),
        amounts=amounts,
        growth_years=_growth_years(stock.ages, history, cohorts),
        sources=_sources(stock.method, zones),
        count=next(
            graded(m.grade) for m in stock.measures if m.id == held_measure(stock) and m.grade
        ),
        key=key,
        sizes=size_bands(types, sizes),
    )
    return holding, findings


def hold_flow(flow: Flow, zones: gpd.GeoDataFrame, *, until: int, key: Band) -> Holding:
    """Return the empty holding of a stream of which only a flow is known.

    Parameters
    ----------
    flow
        The stream.
    zones
        A partition.
    until
        The last year before the flow begins.
    key
        What spreading adds to the range of a zone.
    """
    places = (*zones["zone_id"], UNALLOCATED)
    mix = flow.variants.mix if flow.variants else {"all": 1.0}
    return Holding(
        stream=flow.id,
        base=None,
        year=until,
        until=until,
        places=places,
        cohorts=np.zeros(0, dtype=np.int64),
        types=tuple(Type(variant) for variant in mix),
        mix=tuple(mix.items()),
        amounts=np.zeros((len(places), 0, len(mix))),
        growth_years=(),
        sources=_sources("key", zones),
        count=CERTAIN,
        key=key,
        sizes={},
    )


def held_measure(stock: Stock) -> str:
    """Return the counted measure that the mass of a stream is derived from."""
    measures = {measure.id: measure for measure in stock.measures}
    name = "mass"
    while measures[name].of is not None:
        name = str(measures[name].of)
    return name


def switched(holding: Holding, mix: Mapping[str, float] | None) -> Holding:
    """Return the holding with one mix of variants for everything, or as it is without a mix."""
    if mix is None:
        return holding
    shares = np.array(list(mix.values()))
    amounts = holding.amounts.sum(axis=2)[:, :, None] * shares
    types = tuple(Type(variant) for variant in mix)
    return _replaced(holding, types=types, mix=tuple(mix.items()), amounts=amounts, sizes={})


def grouped(holding: Holding, members: Floats) -> Holding:
    """Sum a holding over groups of places.

    Parameters
    ----------
    holding
        A holding on Z places.
    members
        1 where a place belongs to a group, shape (G, Z).
    """
    shape = (len(members), *holding.amounts.shape[1:])
    amounts = (members @ holding.amounts.reshape(len(holding.places), -1)).reshape(shape)
    return _replaced(holding, amounts=amounts)


def _replaced(holding: Holding, **changes: object) -> Holding:
    return Holding(**{**holding.__dict__, **changes})


def _national(
    stock: Stock, history: pd.DataFrame, findings: list[dict[str, object]]
) -> tuple[Years, Floats]:
    """Return one age shape for everything."""
    ages, lifetime = stock.ages, stock.lifetimes["regular"]
    if ages.method == "steady":
        return steady(lifetime, until=ages.until)
    rows = history[history["series"] == ages.series]
    shape = from_series(rows, lifetime, until=ages.until, where=stock.where)
    findings += _series_findings(stock.id, str(ages.series), shape)
    if rows["kind"].iloc[0] == "sales":
        first, last = shape.cohorts[0], shape.cohorts[-1]
        findings.append(
            {
                "layer": stock.id,
                "row": ages.series,
                "rule": "sales explain part of the stock",
                "found": f"{shape.standing:.0f} sold from {first} to {last} still stand",
                "action": "their ages are used, scaled to the stock",
            }
        )
    return shape.cohorts, shape.shares


def _series_findings(layer: str, series: str, shape: AgeShape) -> list[dict[str, object]]:
    """Report the years of a series that were interpolated, and those in which it fell."""
    told = (
        ("years between known ones", shape.interpolated, "interpolated between known years"),
        ("the stock fell", shape.removed, "released in that year; nothing entered"),
    )
    return [
        {
            "layer": layer,
            "row": series,
            "rule": rule,
            "found": ", ".join(map(str, years)),
            "action": action,
        }
        for rule, years, action in told
        if years
    ]


def _observed(
    stock: Stock,
    rows: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    history: pd.DataFrame,
    findings: list[dict[str, object]],
) -> tuple[Years, Floats]:
    """Return the age shape of every place from the yearly stocks of its municipality."""
    ages, lifetime = stock.ages, stock.lifetimes["regular"]
    column = next(m.column for m in stock.measures if m.id == held_measure(stock))
    if stock.categories is not None:
        rows = rows[rows["category"] == stock.categories.total]
    years = np.arange(int(rows["year"].min()), ages.until + 1)
    wide = rows.pivot(index="municipality_code", columns="year", values=column)
    wide = wide.reindex(columns=years).astype(float)
    stocks, suppressed = interpolated(wide.to_numpy())
    known = ~np.isnan(stocks).any(axis=1)
    national = history[history["series"] == ages.series]
    shape = from_series(national, lifetime, until=int(years[0]), where=stock.where)
    findings += _series_findings(stock.id, str(ages.series), shape)
    standing = stocks[known][:, :1] * shape.shares
    found = entries(stocks[known], years, lifetime, cohorts=shape.cohorts, standing=standing)
    codes = wide.index.to_numpy()
    findings += _stock_findings(stock.id, codes, codes[known], years, suppressed, found.removed)
    sums = found.standing.sum(axis=1)
    whole = found.standing.sum(axis=0)
    # Of nothing at all any ages will do.
    whole = whole / whole.sum() if whole.any() else np.full(len(whole), 1.0 / len(whole))
    parts = np.where(
        sums[:, None] > 0, found.standing / np.where(sums > 0, sums, 1.0)[:, None], whole
    )
    by_code = pd.DataFrame(parts, index=codes[known])
    # What has no place, and a municipality that is not known, have the ages of all together.
    placed = by_code.reindex([*zones["municipality_code"], None]).to_numpy()
    return found.cohorts, np.where(np.isnan(placed), whole, placed)


def _stock_findings(  # noqa: PLR0913, PLR0917 - one table of what was repaired
    layer: str,
    codes: NDArray[np.object_],
    known: NDArray[np.object_],
    years: Years,
    suppressed: NDArray[np.bool_],
    removed: Floats,
) -> list[dict[str, object]]:
    findings: list[dict[str, object]] = [
        {
            "layer": layer,
            "row": codes[row],
            "rule": "suppressed year",
            "found": ", ".join(map(str, years[suppressed[row]])),
            "action": "interpolated between known years",
        }
        for row in np.flatnonzero(suppressed.any(axis=1))
    ]
    findings += [
        {
            "layer": layer,
            "row": known[row],
            "rule": "the stock fell",
            "found": f"{removed[row, t]:.0f} more than lifetimes explain, in {years[t]}",
            "action": "released in that year; nothing entered",
        }
        for row, t in zip(*np.nonzero(removed > 0), strict=True)
    ]
    return findings


def _sizes_of(stock: Stock, rows: pd.DataFrame) -> Floats:
    """Return the held measure of each point."""
    column = next(m.column for m in stock.measures if m.id == held_measure(stock))
    values = np.ones(len(rows)) if column is None else rows[column].to_numpy(dtype=float)
    return np.asarray(values, dtype=float)


def _points(  # noqa: PLR0913, PLR0917 - ages and types meet in the single pieces
    stock: Stock,
    rows: pd.DataFrame,
    places: tuple[str, ...],
    history: pd.DataFrame,
    sizes: pd.DataFrame,
    findings: list[dict[str, object]],
) -> tuple[tuple[Type, ...], Years, Floats]:
    """Return the cohorts and types of points, the larger ones the younger."""
    own = _sizes_of(stock, rows)
    cohorts, shares = _national(stock, history, findings)
    ages = by_size(own, shares)
    variants = stock.variants
    if variants is not None and variants.by_size:
        types, parts = types_of(variants, rows, sizes, findings, stock.id)
    else:
        mix = variants.mix if variants else {"all": 1.0}
        types = tuple(Type(variant) for variant in mix)
        parts = np.tile(np.array(list(mix.values())), (len(rows), 1))
    each = own[:, None, None] * ages[:, :, None] * parts[:, None, :]
    each = each.reshape(len(rows), len(cohorts) * len(types))
    summed = _on_places(each, rows["zone_id"], places)
    return types, cohorts, summed.reshape(len(places), len(cohorts), len(types))


def _on_places(values: Floats, zone_ids: pd.Series, places: tuple[str, ...]) -> Floats:
    """Sum rows of values by place."""
    index = pd.Index(places).get_indexer(pd.Index(zone_ids))
    summed = np.zeros((len(places), values.shape[1]))
    np.add.at(summed, index, values)
    return summed


def _growth_years(ages: Ages, history: pd.DataFrame, cohorts: Years) -> tuple[int, ...]:
    """Return the last years that an entry is known of; none where the ages are assumed."""
    if ages.method == "steady":
        return ()
    last = ages.until
    if ages.method != "stocks":
        last = min(last, int(history.loc[history["series"] == ages.series, "year"].max()))
    return tuple(year for year in range(last - _GROWTH_YEARS + 1, last + 1) if year in cohorts)


def _sources(method: str, zones: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Give each place the number of what it was spread from; -1 for nothing."""
    places = len(zones) + 1
    if method == "key":
        return np.zeros(places, dtype=np.int64)
    split = zones["municipality_code"].duplicated(keep=False).to_numpy()
    codes = zones["municipality_code"].astype("category").cat.codes.to_numpy()
    own = np.where(split & (method == "table"), codes, -1)
    return np.append(own, -1).astype(np.int64)
