"""A figure of any places is the sum of the tables, and knows what its places have in common."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from dynamics import real

from atlas.amounts import Asked
from atlas.areas import UNALLOCATED
from atlas.collection import Market
from atlas.figure import figure
from atlas.ranges import CERTAIN, grade_of
from atlas.scenarios import Scenario, same_supply
from atlas.supply import run_supply

if TYPE_CHECKING:
    import pandas as pd

    from atlas.amounts import Figure

STREAMS = ("wind_turbine", "solar_panel", "ebike_battery", "smartphone", "ev_battery")
REFERENCE = (2025, 2030, 2035, 2040, 2050)
SAMPLES = 300


# ------------------------------------------------------------------ the tables, read anew


@cache
def indexed(name: str) -> pd.DataFrame:
    """Give a table of the region, to be looked up by all that names a figure."""
    known = real()
    if name == "materials":
        keys = ["scenario_id", "stream", "layer", "year", "element", "zone_id"]
        table = known.materials.astype({"zone_id": str, "element": str})
    elif name == "recovery":
        keys = ["scenario_id", "stream", "year", "element", "zone_id"]
        table = known.recovery.astype({"zone_id": str, "element": str})
    else:
        keys = ["scenario_id", "stream", "year", "zone_id"]
        table = getattr(known, name)
        if name == "gaps":
            table = table.astype({"zone_id": str, "stream": str, "step": str, "scenario_id": str})
            own = {each: supply.step for each, supply in known.streams.supplies.items()}
            table = table[table["step"] == table["stream"].map(own)]
    return table.set_index(keys).sort_index()


def zones() -> list[str]:
    return [*real().zones["zone_id"], UNALLOCATED]


def elements(stream: str) -> list[str]:
    table = real().streams.supplies[stream].table
    return [each for each in dict.fromkeys(table["element"]) if each != "mass"]


Row = tuple[float, float, float]
NOTHING: Row = (math.nan, math.nan, math.nan)


def cells(table: str, key: tuple[object, ...], *columns: str) -> Row:
    """Give three cells of a row, NaN where there is no row or no such column."""
    if key not in indexed(table).index:
        return NOTHING
    row = indexed(table).loc[key]
    first, second, third = (float(row[each]) if each else math.nan for each in columns)
    return first, second, third


def released_in(scenario_id: str) -> str:
    """Give the scenario whose rows of releases and materials hold for another."""
    own = real().runs[scenario_id][STREAMS[0]].scenario
    return "default" if same_supply(own) else scenario_id


def of_product(asked: Asked, zone: str) -> Row:
    """Give tonnes of the product in a layer."""
    key = (released_in(asked.scenario_id), asked.stream, asked.year, zone)
    columns = {
        "released": ("released_t", "released_t_low", "released_t_high"),
        "collected": ("collected_t", "collected_t_low", "collected_t_high"),
        "collection_gap": ("collection_gap_t", "", ""),
    }
    if asked.layer in columns:
        return cells("releases", key, *columns[asked.layer])
    own = "default" if asked.scenario_id == "recovery-legal" else asked.scenario_id
    key = (own, *key[1:])
    column = "capacity_gap_t" if asked.layer == "capacity_gap" else "processed_t"
    return cells("gaps", key, column, "", "")


def of_table(asked: Asked, zone: str) -> Row:
    """Give value, low and high of one zone from the tables alone; NaN where they say nothing."""
    stream, layer = asked.stream, asked.layer
    if asked.substance == "mass":
        return of_product(asked, zone)
    columns = ("mass_t", "mass_t_low", "mass_t_high")
    if layer in {"stock", "released", "recovered"}:
        year = real().runs["default"][stream].holding.year if layer == "stock" else asked.year
        key = (released_in(asked.scenario_id), stream, layer, year, asked.substance, zone)
        return cells("materials", key, *columns)
    # Of an element there is as much as in the product that is released.
    tonnes = of_product(asked, zone)[0]
    whole = of_product(replace(asked, layer="released"), zone)[0]
    key = (released_in(asked.scenario_id), stream, "released", asked.year, asked.substance, zone)
    inside = cells("materials", key, *columns)[0]
    if math.isnan(tonnes) or not whole > 0:
        return tonnes, math.nan, math.nan
    return tonnes * inside / whole, math.nan, math.nan


def draw(rng: np.random.Generator, places: int) -> Asked:
    """Draw what may be asked of some places."""
    stream = str(rng.choice(STREAMS))
    layers = ["released", "collected", "processed", "recovered", "collection_gap", "capacity_gap"]
    if stream != "ev_battery":
        layers.append("stock")
    layer = str(rng.choice(layers))
    names = [each for each in real().runs if each != "basis-report"]
    # What is recovered stands in the tables where something else is released.
    own = [each for each in names if released_in(each) == each]
    scenario = str(rng.choice(own if layer == "recovered" else names))
    substances = [*elements(stream), "crm", "crm_other"]
    if layer not in ("stock", "recovered"):
        substances.append("mass")
    chosen = rng.choice(zones(), size=places, replace=False)
    return Asked(
        places=tuple(map(str, chosen)),
        stream=stream,
        layer=layer,
        substance=str(rng.choice(substances)),
        year=None if layer == "stock" else int(rng.choice(REFERENCE)),
        scenario_id=scenario,
    )


def same(found: float, expected: float, *, scale: float = 1e-12) -> bool:
    if math.isnan(expected):
        return math.isnan(found)
    return found == pytest.approx(expected, rel=1e-9, abs=scale)


# ------------------------------------------------------------------ any figure


def test_figures_of_single_places_are_the_rows_of_the_tables() -> None:
    rng = np.random.default_rng(2026)
    known, ranged = 0, 0
    for _ in range(SAMPLES):
        asked = draw(rng, 1)
        found = figure(real().known, asked)
        value, low, high = of_table(asked, asked.places[0])
        assert same(found.value, value), asked
        known += not math.isnan(value)
        if not math.isnan(low) and not math.isnan(found.low):
            ranged += 1
            assert same(found.low, low), asked
            assert same(found.high, high), asked
    # The sample says something: most figures are known, and many have a range.
    assert known > 0.7 * SAMPLES
    assert ranged > 0.25 * SAMPLES


@pytest.mark.parametrize("places", [2, 5, 30, 62])
def test_figures_of_many_places_are_the_sums_of_the_tables(places: int) -> None:
    rng = np.random.default_rng(places)
    known = 0
    for _ in range(SAMPLES // 4):
        asked = draw(rng, places)
        found = figure(real().known, asked)
        rows = [of_table(asked, zone) for zone in asked.places]
        value = float(np.nansum([row[0] for row in rows]))
        if all(math.isnan(row[0]) for row in rows):
            assert math.isnan(found.value), asked
            continue
        known += 1
        assert same(found.value, value, scale=1e-10), asked
        if not any(math.isnan(row[1]) for row in rows) and not math.isnan(found.low):
            # What the places do not share cancels in part, so a sum is never less sure than all
            # its lows and highs together.
            low, high = (sum(row[i] for row in rows) for i in (1, 2))
            assert found.low >= low * (1 - 1e-9) - 1e-12, asked
            assert found.high <= high * (1 + 1e-9) + 1e-12, asked
            assert found.low <= found.value * (1 + 1e-12) <= found.high * (1 + 1e-9) + 1e-12
            if value > 0 and found.low > 0:
                assert found.grade == grade_of((found.low / value, found.high / value))
    assert known > 0.6 * SAMPLES // 4


def named(which: str) -> tuple[str, ...]:
    frame = real().zones
    if which == "ports":
        return tuple(frame.loc[frame["kind"] == "port", "zone_id"])
    if which == "all":
        return tuple(zones())
    return tuple(frame.loc[frame["municipality_code"] == which, "zone_id"])


@pytest.mark.parametrize("which", ["GM0599", "GM1978", "ports", "all"])
@pytest.mark.parametrize("stream", ["wind_turbine", "solar_panel", "ebike_battery", "smartphone"])
def test_every_measure_of_the_stock_sums_over_a_municipality_ports_and_all(
    which: str, stream: str
) -> None:
    places, known = named(which), real()
    rows = known.stocks[(known.stocks["stream"] == stream) & (known.stocks["basis"] == "register")]
    inside = rows[rows["zone_id"].isin(places)]
    sums = inside.groupby("measure")[["value", "value_low", "value_high"]].sum()
    for measure in known.catalog.stocks[stream].measures:
        found = figure(known.known, Asked(places, stream, "stock", measure.id))
        row = sums.loc[measure.id]
        assert same(found.value, row["value"], scale=1e-9), measure.id
        assert found.low >= row["value_low"] * (1 - 1e-9)
        assert found.high <= row["value_high"] * (1 + 1e-9)


def test_single_zones_have_the_range_of_the_table_of_stocks() -> None:
    known = real()
    rows = known.stocks[known.stocks["value"].notna()]
    for row in rows.sample(120, random_state=5).to_dict("records"):
        scenario = "basis-report" if row["basis"] == "report" else "default"
        asked = Asked((row["zone_id"],), row["stream"], "stock", row["measure"], None, scenario)
        found = figure(known.known, asked)
        assert same(found.value, row["value"]), asked
        assert same(found.low, row["value_low"]), asked
        assert same(found.high, row["value_high"]), asked
        if row["value"] > 0:
            assert found.grade == row["grade"], asked


def test_a_report_gives_totals_and_no_elements() -> None:
    known = real()
    for stream, total in (("wind_turbine", 168), ("solar_panel", 1500), ("ebike_battery", 3150)):
        asked = Asked(tuple(zones()), stream, "stock", "crm", None, "basis-report")
        found = figure(known.known, asked)
        assert found.value == pytest.approx(total, rel=1e-12)
        assert found.grade == "D"
    asked = Asked(tuple(zones()), "wind_turbine", "stock", "Nd", None, "basis-report")
    assert math.isnan(figure(known.known, asked).value)


# ------------------------------------------------------------------ what is known of it


def of(which: str, stream: str, layer: str, substance: str, year: int | None = None) -> Figure:
    return figure(real().known, Asked(named(which), stream, layer, substance, year))


def width(found: Figure) -> float:
    return found.high / found.value


def test_spreading_drops_out_of_a_whole_municipality() -> None:
    whole = of("GM0599", "solar_panel", "stock", "kwp")
    rotterdam = figure(real().known, Asked(("GM0599",), "solar_panel", "stock", "kwp"))
    assert whole.grade == "A"
    assert width(whole) == pytest.approx(1.1)
    assert rotterdam.grade == "D"
    region = of("all", "solar_panel", "stock", "kwp")
    assert width(region) == pytest.approx(1.1)


def test_years_of_entry_are_sure_of_a_stock_and_not_of_what_is_released() -> None:
    stock = of("all", "wind_turbine", "stock", "mass")
    released = of("all", "wind_turbine", "released", "mass", 2030)
    # 10 % of the count and 118 of 139 kg: 21.2 %; the years are of grade D.
    assert width(stock) == pytest.approx(math.exp(math.hypot(math.log(1.1), math.log(139 / 117.5))))
    factors = (math.log(1.1), math.log(139 / 117.5), math.log(1.7))
    assert width(released) == pytest.approx(math.exp(math.hypot(*factors)))
    assert released.grade == "D"


@pytest.mark.parametrize("places", [1, 3, 62])
def test_the_high_end_of_what_is_collected_is_cut_at_all_that_is_released(places: int) -> None:
    # Sales that would take nine tenths of what is released, and may be twice as many.
    own = real().streams.supplies["ebike_battery"]
    released = real().runs["default"]["ebike_battery"].released_t[:, 0]
    sold = released * 0.9 / own.collection.rate.value
    sure = replace(own, timing=CERTAIN, market=Market(sold, 2025, (0.5, 2.0)))
    run = run_supply(sure, Scenario())
    known = replace(real().known, runs={"default": {"ebike_battery": run}})
    chosen = tuple(zones()[:places])
    all_of_it = figure(known, Asked(chosen, "ebike_battery", "released", "mass", 2025))
    found = figure(known, Asked(chosen, "ebike_battery", "collected", "mass", 2025))
    assert found.value == pytest.approx(0.9 * all_of_it.value)
    assert found.high == pytest.approx(all_of_it.high)
    assert found.high < 1.8 * all_of_it.value


def test_the_factors_of_a_figure_multiply_out_to_it() -> None:
    rng = np.random.default_rng(8)
    checked = 0
    for _ in range(SAMPLES):
        asked = draw(rng, int(rng.choice([1, 3, 62])))
        found = figure(real().known, asked)
        if math.isnan(found.value) or found.value == 0:
            continue
        checked += 1
        product = math.prod(value for _, value in found.parts)
        assert product == pytest.approx(found.value, rel=1e-9), asked
    assert checked > SAMPLES // 3


def test_what_counts_are_the_types_and_years_of_what_is_asked() -> None:
    found = figure(real().known, Asked(("GM0505",), "solar_panel", "released", "Ag", 2050))
    assert found.types == (("c-Si", None),)
    assert found.entered[-1] == 2024  # nothing enters later
    assert found.unit == "t/a"
    packs = figure(real().known, Asked(("GM0505",), "ebike_battery", "released", "Co", 2050))
    # They are replaced, so those of 2049 count and those of 2050 not yet.
    assert packs.entered[-1] == 2049
    assert {variant for variant, _ in packs.types} == {"NMC622", "NMC811"}


def test_no_places_are_nothing_and_years_of_the_past_are_not_known() -> None:
    nothing = figure(real().known, Asked((), "solar_panel", "stock", "Ag"))
    assert nothing.value == 0.0
    past = figure(real().known, Asked(("GM0505",), "wind_turbine", "released", "mass", 2025))
    assert math.isnan(past.value)
    flow = figure(real().known, Asked(("GM0505",), "ev_battery", "stock", "mass"))
    assert math.isnan(flow.value)
