"""Elements in what stands, is released and recovered: small ones by hand, the region as a whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from dynamics import ELEMENTS, collection, contents, fixed, holding, real, share, supply

from atlas.materials import COLUMNS, RECOVERY_COLUMNS, materials_of, yield_band, yields_of
from atlas.scenarios import Scenario
from atlas.supply import run_supply

if TYPE_CHECKING:
    from atlas.supply import Run

CONTENTS = contents(
    [
        ("all", "Nd", None, None, 10.0, 8.0, 12.0, "B"),
        ("all", "Cu", None, None, 100.0, 50.0, 200.0, "D"),
        ("all", "Ag", None, None, 1.0, None, None, "C"),
    ]
)
YIELDS = pd.DataFrame(
    [
        ("thing", "Nd", "today", np.nan, 0.5, 0.25, 0.75, "D"),
        ("thing", "Cu", "today", np.nan, 0.8, np.nan, np.nan, "D"),
        ("thing", "Cu", "legal", 2027.0, 0.9, np.nan, np.nan, "B"),
        ("thing", "Cu", "legal", 2031.0, 0.95, np.nan, np.nan, "B"),
        ("other", "Ag", "today", np.nan, 1.0, np.nan, np.nan, "A"),
    ],
    columns=["stream", "element", "recovery", "from_year", "yield", "low", "high", "grade"],
)


def run(scenario: Scenario | None = None) -> Run:
    """Release 10 t in the first place and 30 t in the second, in 2030 and again in 2040.

    Nine tenths are collected, and none reused.
    """
    stands = holding([[10.0, 10.0], [30.0, 30.0]], [2010, 2020])
    certain = share(0.9, low=0.9, high=0.9)
    none = share(0.0, low=0.0, high=0.0)
    own = supply(stands, CONTENTS, lifetime=fixed(20.0), rates=collection(certain), reuse=none)
    return run_supply(own, scenario or Scenario())


def tables(
    scenario: Scenario | None = None, *, processed: float | None = 0.5, best: float = 0.5
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give materials and recovery where a part of what is collected passes the last step."""
    own = run(scenario)
    all_of_it = own.collected.collected_t
    passed = None if processed is None else (all_of_it * processed, all_of_it * best)
    return materials_of(
        own, ELEMENTS, years=(2024, 2030, 2035, 2040), processed_t=passed, yields=YIELDS
    )


def cell(table: pd.DataFrame, layer: str, element: str, year: int, zone: str = "Z0") -> pd.Series:
    rows = table[
        (table["layer"] == layer)
        & (table["element"] == element)
        & (table["year"] == year)
        & (table["zone_id"] == zone)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_what_stands_and_is_released_by_hand() -> None:
    table, _ = tables()
    assert tuple(table.columns) == COLUMNS
    # 20 pieces of 10 kg, of which ten leave in each of two years.
    assert cell(table, "stock", "Nd", 2024)["mass_t"] == pytest.approx(0.2)
    assert cell(table, "stock", "Nd", 2024, "Z1")["mass_t"] == pytest.approx(0.6)
    assert cell(table, "released", "Nd", 2030)["mass_t"] == pytest.approx(0.1)
    assert cell(table, "released", "Nd", 2035)["mass_t"] == pytest.approx(0.0)
    assert cell(table, "released", "Cu", 2040, "Z1")["mass_t"] == pytest.approx(3.0)


def test_totals_stand_beside_their_elements() -> None:
    table, _ = tables()
    assert cell(table, "released", "crm", 2030)["mass_t"] == pytest.approx(1.1)
    assert cell(table, "released", "crm_other", 2030)["mass_t"] == pytest.approx(0.1)
    # Neodymium and copper are independent: ln(1 + 0.1 x 0.2 / 1.1) and ln(1 + 1 / 1.1).
    high = math.exp(math.hypot(math.log(1.12 / 1.1), math.log(2.1 / 1.1)))
    found = cell(table, "released", "crm", 2030)
    assert found["mass_t_high"] / found["mass_t"] == pytest.approx(high)


def test_flags_are_those_of_the_list_and_totals_are_critical() -> None:
    table, _ = tables()
    flags = table.groupby("element", observed=True)[["critical", "strategic"]].first()
    assert flags["critical"].to_dict() == {
        "Nd": True, "Cu": True, "Ag": False, "crm": True, "crm_other": True,
    }  # fmt: skip
    strategic = flags["strategic"]
    assert strategic[["Nd", "Cu", "Ag"]].tolist() == [True, True, False]
    # A total of critical ones is strategic in part only.
    assert strategic[["crm", "crm_other"]].isna().all()


def test_the_product_itself_is_no_material_and_years_without_release_are_left_out() -> None:
    table, recovery = tables()
    assert "mass" not in set(table["element"])
    assert set(table.loc[table["layer"] == "released", "year"]) == {2030, 2035, 2040}
    assert set(table.loc[table["layer"] == "stock", "year"]) == {2024}
    assert set(recovery["year"]) == {2030, 2035, 2040}


def test_what_is_recovered_by_hand() -> None:
    table, recovery = tables()
    # 10 t, of which 9 are collected and 4.5 pass: 45 kg Nd, half of it comes back.
    assert cell(table, "recovered", "Nd", 2030)["mass_t"] == pytest.approx(0.0225)
    assert cell(table, "recovered", "Cu", 2030)["mass_t"] == pytest.approx(0.36)
    assert tuple(recovery.columns) == RECOVERY_COLUMNS
    own = recovery[(recovery["zone_id"] == "Z1") & (recovery["year"] == 2030)].set_index("element")
    assert own.loc["Cu", ["processed_t", "recovered_t", "recovery_gap_t"]].tolist() == (
        pytest.approx([1.35, 1.08, 0.27])
    )
    assert set(own.index) == {"Nd", "Cu", "Ag"}


def test_unknown_capacity_makes_a_pair() -> None:
    _, recovery = tables(best=1.0)
    own = recovery[(recovery["zone_id"] == "Z1") & (recovery["year"] == 2030)].set_index("element")
    assert own.loc["Cu", ["processed_t_best", "recovered_t_best"]].tolist() == (
        pytest.approx([2.7, 2.16])
    )
    assert own.loc["Cu", ["processed_t", "recovered_t"]].tolist() == pytest.approx([1.35, 1.08])


def test_an_element_without_a_yield_is_not_known_and_left_out_of_totals() -> None:
    table, recovery = tables()
    assert np.isnan(cell(table, "recovered", "Ag", 2030)["mass_t"])
    silver = recovery[recovery["element"] == "Ag"]
    assert silver["recovered_t"].isna().all()
    assert silver["recovery_gap_t"].isna().all()
    assert (silver.loc[silver["year"] == 2030, "processed_t"] > 0).all()
    assert cell(table, "recovered", "crm", 2030)["mass_t"] == pytest.approx(0.3825)
    assert cell(table, "recovered", "crm_other", 2030)["mass_t"] == pytest.approx(0.0225)


def test_the_range_of_what_is_recovered_has_that_of_content_and_yield() -> None:
    table, _ = tables()
    found = cell(table, "recovered", "Nd", 2030)
    # 8 to 12 kg, and 25 to 75 %: nothing else is unsure here.
    up = math.exp(math.hypot(math.log(1.2), math.log(1.5)))
    down = math.exp(math.hypot(math.log(1.25), math.log(2.0)))
    assert found["mass_t_high"] / found["mass_t"] == pytest.approx(up)
    assert found["mass_t"] / found["mass_t_low"] == pytest.approx(down)
    assert found["grade"] == "D"


def test_without_a_programme_nothing_is_said_of_recovery() -> None:
    table, recovery = tables(processed=None)
    assert set(table["layer"]) == {"stock", "released"}
    assert recovery.empty
    assert tuple(recovery.columns) == RECOVERY_COLUMNS


def test_legal_yields_count_from_their_years_on() -> None:
    scenario = Scenario("recovery-legal", recovery="legal")
    table, _ = tables(scenario)
    passed = 1.0 * 0.9 * 0.5  # of the copper of 2030 and of 2040
    assert cell(table, "recovered", "Cu", 2030)["mass_t"] == pytest.approx(passed * 0.9)
    assert cell(table, "recovered", "Cu", 2040)["mass_t"] == pytest.approx(passed * 0.95)
    # No law speaks of neodymium here, so today's holds on.
    assert cell(table, "recovered", "Nd", 2030)["mass_t"] == pytest.approx(0.0225)
    assert set(table["scenario_id"]) == {"recovery-legal"}


def test_before_a_legal_yield_counts_today_s_does() -> None:
    found = yields_of(YIELDS, stream="thing", recovery="legal")
    assert [(since, value) for since, value, _ in found["Cu"]] == [
        (-np.inf, 0.8), (2027.0, 0.9), (2031.0, 0.95),
    ]  # fmt: skip
    today = yields_of(YIELDS, stream="thing", recovery="today")
    assert [value for _, value, _ in today["Cu"]] == [0.8]
    assert "Ag" not in today


def test_no_more_comes_back_than_there_is() -> None:
    row = {"yield": 0.8, "low": np.nan, "high": np.nan, "grade": "D"}
    assert yield_band(row) == pytest.approx((1 / 1.7, 1.25))
    assert yield_band(row | {"yield": 0.0, "high": 0.1}) == (1.0, 1.0)
    assert yield_band(row | {"low": 0.0}) == pytest.approx((0.0, 1.25))


# ------------------------------------------------------------------ the real region


def test_region_recovers_no_more_than_is_processed_and_processes_no_more_than_is_collected() -> (
    None
):
    known = real()
    rows = known.recovery
    there = rows.dropna(subset=["recovered_t"])
    assert len(there) > 1000
    parts = there["recovered_t"] + there["recovery_gap_t"]
    assert parts.to_numpy() == pytest.approx(there["processed_t"].to_numpy(), rel=1e-9, abs=1e-12)
    assert (there["recovered_t"] >= 0).all()
    assert (there["recovery_gap_t"] >= -1e-12).all()
    keys = ["scenario_id", "zone_id", "stream", "year", "element"]
    released = known.materials[known.materials["layer"] == "released"].set_index(keys)["mass_t"]
    own = rows.set_index(keys)["processed_t"]
    assert (own <= released[own.index] * (1 + 1e-9) + 1e-12).all()


def test_region_has_elements_of_every_stream_and_no_range_upside_down() -> None:
    rows = real().materials.dropna(subset=["mass_t"])
    default = rows[rows["scenario_id"] == "default"]
    assert set(default["stream"]) == {
        "wind_turbine", "solar_panel", "ebike_battery", "smartphone", "ev_battery",
    }  # fmt: skip
    for first, last in (("mass_t_low", "mass_t"), ("mass_t", "mass_t_high")):
        assert (rows[first] <= rows[last] * (1 + 1e-12)).all()
    assert (rows["mass_t_low"] >= 0).all()
    assert np.isfinite(rows["mass_t_high"]).all()


def test_region_holds_no_ev_battery_and_no_element_of_one() -> None:
    rows = real().materials
    assert rows[(rows["stream"] == "ev_battery") & (rows["layer"] == "stock")].empty
    stocks = real().stocks
    for stream in ("ev_battery", "medical_equipment"):
        own = stocks[stocks["stream"] == stream]
        assert len(own) == 62
        assert own["value"].isna().all()


def test_region_has_the_same_elements_in_every_layer_and_scenario() -> None:
    rows = real().materials
    rows = rows[rows["scenario_id"] != "basis-report"]
    sizes = rows.groupby(["stream", "scenario_id", "layer", "year"], observed=True).size()
    by_stream = sizes.groupby("stream").nunique()
    assert (by_stream == 1).all()
    assert not rows.duplicated(
        ["zone_id", "stream", "scenario_id", "layer", "year", "element"]
    ).any()
