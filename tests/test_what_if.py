"""Plants that are put, changed or closed, in the program."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.scenarios import DEFAULT, REPORT, scenarios
from atlas.what_if import CASE, Change, NewPlant, case_of, kinds_of, pace, put, solve_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlas.capacity import Access
    from atlas.pipeline import Atlas
    from atlas.what_if import Case, Kind

SK_TES = "F001"  # recycles packs in Rotterdam: 10,000 t/a, the only one of the country
MAASVLAKTE = {"longitude": 4.02, "latitude": 51.95}


@pytest.fixture(scope="module")
def real(region: Atlas) -> Atlas:
    return region


@pytest.fixture(scope="module")
def kinds(real: Atlas) -> list[Kind]:
    return kinds_of(real.balance.access, real.inputs.plant_sizes, real.inputs.chain)


def plant(**more: object) -> NewPlant:
    known: dict[str, object] = {
        "plant_id": "P1", "stream": "ev_battery", "step": "recycling",
        "capacity_t_per_a": 5000.0, "from_year": 2030, **MAASVLAKTE,
    }  # fmt: skip
    return NewPlant(**{**known, **more})  # type: ignore[arg-type]


def changed(
    real: Atlas,
    kinds: Sequence[Kind],
    plants: Sequence[NewPlant] = (),
    changes: Sequence[Change] = (),
) -> Access:
    return put(
        real.balance.access,
        plants,
        changes,
        kinds=kinds,
        zones=real.zones,
        detour_factor=real.region.detour_factor,
    )


def packs(case: Case, year: int, column: str = "processed_t") -> float:
    """Give all packs of bikes and cars, of the whole country, that are recycled in a year."""
    rows = case.gaps[(case.gaps["year"] == year) & (case.gaps["step"] == "recycling")]
    return float(rows[rows["stream"].isin(["ebike_battery", "ev_battery"])][column].sum())


def solve(real: Atlas, access: Access, **switches: str) -> Case:
    return solve_case(access, real.streams, case_of(switches), flow_years=[2040])


# ------------------------------------------------------------------ what there is to put


def test_kinds_are_the_steps_of_every_chain(real: Atlas, kinds: list[Kind]) -> None:
    chain = real.balance.access.network.chain
    assert [(kind.stream, kind.step) for kind in kinds] == [
        (stream, step) for stream in real.streams.supplies for step in chain[stream]
    ]
    found = {(kind.stream, kind.step): kind for kind in kinds}
    packs_ = found["ev_battery", "recycling"]
    # A plant for packs takes those of bikes too, and those also at the step before.
    assert packs_.streams == ("ev_battery", "ebike_battery")
    assert set(packs_.takes) == {
        ("ev_battery", "recycling"), ("ebike_battery", "sorting"), ("ebike_battery", "recycling"),
    }  # fmt: skip
    assert packs_.sizes_t_per_a == (10000.0, 15000.0, 30000.0)
    assert found["wind_turbine", "refining"].fraction == "magnets"
    assert found["ebike_battery", "sorting"].sizes_t_per_a == ()  # none is stated


# ------------------------------------------------------------------ put


def test_nothing_put_is_the_region_as_it_is(real: Atlas, kinds: list[Kind]) -> None:
    case = solve(real, changed(real, kinds))
    own = real.gaps[real.gaps["scenario_id"] == DEFAULT].reset_index(drop=True)
    assert case.gaps["capacity_gap_t"].to_numpy() == pytest.approx(
        own["capacity_gap_t"].to_numpy(), abs=1e-9, nan_ok=True
    )
    assert set(case.gaps["scenario_id"]) == {CASE}


@pytest.mark.parametrize(
    "name",
    ["lifetime-early", "drive_train-dd_pmsg", "reach-netherlands", "demand-ours_first", REPORT],
)
def test_any_combination_holds_the_scenarios_of_the_tables(real: Atlas, name: str) -> None:
    streams = [*real.catalog.stocks.values(), *real.catalog.flows.values()]
    (scenario,) = [each for each in scenarios(streams) if each.scenario_id == name]
    chosen = {
        key: value
        for key, value in vars(scenario).items()
        if key != "scenario_id" and value != getattr(type(scenario)(), key)
    }
    case = solve(real, real.balance.access, **chosen)
    own = real.gaps[real.gaps["scenario_id"] == name].reset_index(drop=True)
    for column in ("collected_t", "processed_t", "processed_t_best"):
        assert case.gaps[column].to_numpy() == pytest.approx(
            own[column].to_numpy(), abs=1e-9, nan_ok=True
        )
    assert (case.gaps["why"].fillna("") == own["why"].astype(object).fillna("")).all()


def test_a_plant_takes_what_is_left_from_its_year_on(real: Atlas, kinds: list[Kind]) -> None:
    # Within the country SK tes takes 10,000 t/a of packs: the new one adds 5,000 from 2030 on.
    before = solve(real, real.balance.access, reach="netherlands")
    after = solve(real, changed(real, kinds, [plant(from_year=2041)]), reach="netherlands")
    assert packs(before, 2040) == pytest.approx(10_000, rel=1e-9)
    assert packs(after, 2040) == pytest.approx(10_000, rel=1e-9)
    assert packs(before, 2045) == pytest.approx(10_000, rel=1e-9)
    assert packs(after, 2045) == pytest.approx(15_000, rel=1e-9)
    # Whoever collects it, the region or the rest of the country, is served in the same proportion.
    rows = after.gaps[(after.gaps["year"] == 2045) & (after.gaps["step"] == "recycling")]
    rows = rows[rows["stream"].isin(["ebike_battery", "ev_battery"]) & (rows["collected_t"] > 0)]
    assert np.ptp(rows["processed_t"] / rows["collected_t"]) < 1e-9


def test_a_new_plant_lies_in_a_zone_or_in_none(real: Atlas, kinds: list[Kind]) -> None:
    inside = plant()
    outside = plant(plant_id="P2", longitude=6.5, latitude=53.2)
    table = changed(real, kinds, [inside, outside]).plants.set_index("facility_id")
    assert table.loc["P1", "zone_id"] == "GM0599.maasvlakte"
    assert pd.isna(table.loc["P2", "zone_id"])
    assert (table.loc[["P1", "P2"], "country"] == "NL").all()
    # In the province alone, without its one plant, only what is put there takes anything.
    alone = {"reach": "province_only", "demand": "province_alone"}
    gone = [Change(SK_TES, to_year=2024)]
    for new, taken in ((inside, 500.0), (outside, 0.0)):
        small = replace(new, capacity_t_per_a=500.0)
        case = solve(real, changed(real, kinds, [small], gone), **alone)
        assert packs(case, 2050) == pytest.approx(taken, rel=1e-9)


def test_a_plant_of_black_mass_takes_that_part_of_a_pack(real: Atlas, kinds: list[Kind]) -> None:
    black = plant(step="refining", capacity_t_per_a=400.0)
    access = changed(real, kinds, [black], [Change(name, to_year=2024) for name in refiners(real)])
    case = solve(real, access, reach="netherlands")
    rows = case.gaps[(case.gaps["year"] == 2040) & (case.gaps["step"] == "refining")]
    rows = rows[rows["stream"].isin(["ebike_battery", "ev_battery"])]
    # 40 % of a pack is black mass, so that 400 t of it are of 1,000 t of packs.
    assert rows["processed_t"].sum() == pytest.approx(1000.0, rel=1e-9)


def refiners(real: Atlas) -> list[str]:
    access = real.balance.access
    own = access.accepts[
        (access.accepts["step"] == "refining")
        & access.accepts["stream"].isin(["ebike_battery", "ev_battery"])
    ]
    return list(access.plants["facility_id"].iloc[sorted(set(own["facility"]))])


# ------------------------------------------------------------------ changed and closed


def test_a_plant_closes_after_its_last_year(real: Atlas, kinds: list[Kind]) -> None:
    access = changed(real, kinds, changes=[Change(SK_TES, to_year=2032)])
    case = solve(real, access, reach="netherlands")
    assert packs(case, 2032) > 1000
    assert packs(case, 2033) == 0
    rows = case.gaps[
        (case.gaps["year"] == 2033)
        & (case.gaps["stream"] == "ev_battery")
        & (case.gaps["step"] == "recycling")
        & (case.gaps["capacity_gap_t"] > 0)
    ]
    assert set(rows["why"]) == {"reach"}  # plants abroad take it still


def test_a_plant_has_the_capacity_that_it_is_given(real: Atlas, kinds: list[Kind]) -> None:
    access = changed(real, kinds, changes=[Change(SK_TES, capacity_t_per_a=12_500.0)])
    assert packs(solve(real, access, reach="netherlands"), 2050) == pytest.approx(12_500)
    # Plans for it do not go before what it is given.
    planned = solve(real, access, reach="netherlands", planned="yes")
    assert packs(planned, 2050) == pytest.approx(12_500)


def test_an_unknown_plant_that_is_given_a_capacity_is_known(real: Atlas, kinds: list[Kind]) -> None:
    plants = real.balance.access.plants
    own = plants[plants["capacity_t_per_a"].isna() & (plants["status"] == "operating")]
    taking = set(real.balance.access.accepts["facility"])
    name = next(own["facility_id"].loc[i] for i in own.index if i in taking)
    access = changed(real, kinds, changes=[Change(name, capacity_t_per_a=1.0)])
    one, other = (real.balance.access.plants, access.plants)
    row = one.index[one["facility_id"] == name][0]
    assert np.isnan(one.loc[row, "capacity_t_per_a"])
    assert other.loc[row, "capacity_t_per_a"] == 1.0
    assert real.balance.access.plants is one  # what was there is left alone


@settings(max_examples=15)
@given(
    capacity=st.floats(0, 1e5),
    year=st.integers(2020, 2055),
    more=st.floats(0, 1e4),
)
def test_conservation_and_more_is_never_less(
    real: Atlas, kinds: list[Kind], capacity: float, year: int, more: float
) -> None:
    """At the first step of a chain a larger plant raises no gap; what comes in goes out."""
    cases = [
        solve(real, changed(real, kinds, [plant(capacity_t_per_a=size, from_year=year)]))
        for size in (capacity, capacity + more)
    ]
    small, large = (case.gaps for case in cases)
    for gaps in (small, large):
        total = gaps["processed_t"] + gaps["capacity_gap_t"]
        assert total.to_numpy() == pytest.approx(
            gaps["collected_t"].to_numpy(), rel=1e-9, abs=1e-9, nan_ok=True
        )
    first = real.balance.access.network.chain
    own = small["step"] == small["stream"].map({name: steps[0] for name, steps in first.items()})
    lost = large.loc[own, "capacity_gap_t"] - small.loc[own, "capacity_gap_t"]
    assert lost.max() <= 1e-6


def test_minutes_of_a_table_go_on_at_their_pace(real: Atlas, kinds: list[Kind]) -> None:
    access = real.balance.access
    slow = replace(access, cost=access.km * 2.0)
    assert pace(access) == pytest.approx(1.0)
    assert pace(slow) == pytest.approx(2.0)
    new = put(
        slow, [plant()], [], kinds=kinds, zones=real.zones,
        detour_factor=real.region.detour_factor,
    )  # fmt: skip
    assert new.cost[:, -1] == pytest.approx(2.0 * new.km[:, -1])
    assert new.km.shape == (access.km.shape[0], access.km.shape[1] + 1)
