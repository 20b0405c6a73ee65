"""From what is collected, plants and switches to the balance of every scenario."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from atlas.access import within_reach
from atlas.capacity import YEARS, Access, access_of, balance, chain_of, parts_of, setting_of
from atlas.costs import Costs
from atlas.errors import AtlasError
from atlas.scenarios import DEFAULT, REPORT, Scenario

if TYPE_CHECKING:
    from atlas.programme import Setting

NAN, INF = np.nan, np.inf
T = len(YEARS)
CRS = "EPSG:28992"

# Two zones of a square kilometre side by side; the rest of the country lies to the north.
ZONES = gpd.GeoDataFrame(
    {"zone_id": ["a", "b"], "residents": [300.0, 100.0]},
    geometry=[
        shapely.box(100_000, 450_000, 101_000, 451_000),
        shapely.box(101_000, 450_000, 102_000, 451_000),
    ],
    crs=CRS,
)
CENTRES = gpd.GeoSeries(
    [shapely.Point(100_500, 450_500), shapely.Point(101_500, 450_500)], index=["a", "b"], crs=CRS
)
PLACES = ("a", "b", "unallocated")

# F0 in zone a; F1 in the country, of unknown capacity; F2 abroad, of magnets; F3 planned in zone
# b; F4 nowhere.
PLANTS = gpd.GeoDataFrame(
    {
        "facility_id": ["F0", "F1", "F2", "F3", "F4"],
        "step": ["recycling", "recycling", "refining", "recycling", "recycling"],
        "streams": ["pack", "pack", "wind", "pack", "pack"],
        "fraction": ["whole", "whole", "magnets", "whole", "whole"],
        "capacity_t_per_a": [100.0, NAN, 31.0, NAN, 1000.0],
        "planned_capacity_t_per_a": [NAN, NAN, NAN, 50.0, NAN],
        "site_throughput_t_per_a": NAN,
        "status": ["operating", "operating", "operating", "planned", "operating"],
        "from_year": NAN,
        "to_year": NAN,
        "zone_id": ["a", None, None, "b", None],
        "country": ["NL", "NL", "DE", "NL", "NL"],
    },
    geometry=[
        shapely.Point(100_500, 450_500),
        shapely.Point(110_500, 450_500),
        shapely.Point(300_000, 450_500),
        shapely.Point(101_500, 450_500),
        None,
    ],
    crs=CRS,
)
FRACTIONS = pd.DataFrame(
    [
        ("pack", "whole", 1.0, None, NAN, "recycling", "yes"),
        ("wind", "whole", 1.0, None, NAN, "dismantling", "yes"),
        ("wind", "magnets", NAN, "Nd;Pr;Tb", 0.31, "refining", "yes"),
    ],
    columns=[
        "stream", "fraction", "mass_share", "elements", "element_share", "arrives_at_step",
        "carries_crm",
    ],
)  # fmt: skip
CHAIN = pd.DataFrame(
    [("wind", 2.0, "refining", "magnets"), ("wind", 1.0, "dismantling", "whole")],
    columns=["stream", "order", "step", "fraction"],
)
SIZES = pd.DataFrame(
    [("pack", "recycling", "whole", 40.0), ("pack", "recycling", "whole", 80.0)],
    columns=["streams", "step", "fraction", "size_t_per_a"],
).assign(use_for_size="yes", use_for_land="yes")
REGIONS = pd.DataFrame(
    {
        "region_id": ["here", "north", "east"],
        "residents": [400.0, 900.0, 300.0],
        "longitude": [4.5929, 4.6, 6.0],
        "latitude": [52.0401, 53.0, 52.04],
    }
)
NATIONAL = pd.DataFrame(
    {"figure": ["residents_nl", "residents_de"], "year": 2023, "value": [18.0, 72.0]}
)


def access(*, regions: pd.DataFrame = REGIONS, costs: Costs | None = None) -> Access:
    """Lay out packs, of which the rest of the country has three times as many, and turbines."""
    return access_of(
        SimpleNamespace(country="NL", detour_factor=1.3),
        SimpleNamespace(
            outside=regions,
            chain=CHAIN,
            fractions=FRACTIONS,
            plant_sizes=SIZES,
            national=NATIONAL,
        ),
        SimpleNamespace(zones=ZONES, centres=CENTRES, placed={}),
        PLANTS,
        steps={"pack": "recycling", "wind": "dismantling"},
        ratios={"pack": 3.0, "wind": 1.0},
        costs=costs,
        reference_year=2026,
    )


def run(
    collected: list[float],
    *,
    start: int = 2025,
    released: list[float] | None = None,
    **elements: list[float],
) -> SimpleNamespace:
    """Give a stream of which every place collects the same in every year, of grade B.

    Elements are tonnes in what is released, by place.
    """
    years = np.arange(start, 2051)

    def held(of: list[float]) -> np.ndarray:
        return np.repeat(np.array(of, dtype=float)[:, None], len(years), axis=1)

    of_element = [held(value) for value in elements.values()]
    return SimpleNamespace(
        holding=SimpleNamespace(places=PLACES),
        leaving=SimpleNamespace(years=years),
        released_t=held(collected if released is None else released),
        elements=tuple(elements),
        element_t=np.stack(of_element, axis=2) if of_element else np.zeros((3, len(years), 0)),
        collected=SimpleNamespace(
            collected_t=held(collected),
            up=np.full((3, len(years)), np.log(1.2)),
            down=np.full((3, len(years)), np.log(1.2)),
        ),
    )


PACK = run([10.0, 20.0, 0.0], Co=[1.0, 2.0, 0.0])
# 3.1 t of rare earths in 100 t of turbines: 10 t of magnets, a tenth; terbium is not known.
WIND = run(
    [8.0, 1.0, 1.0],
    start=2027,
    released=[40.0, 50.0, 10.0],
    Nd=[2.0, 0.5, 0.1],
    Cu=[9.0, 9.0, 9.0],
    Pr=[0.5, 0.0, 0.0],
)
RUNS = {DEFAULT: {"pack": PACK, "wind": WIND}}
ALL = access()


def setting(**switches: str) -> Setting:
    return setting_of(ALL, Scenario(**switches), RUNS)


def at(values: np.ndarray, year: int) -> list[float]:
    return values[:, year - 2025].tolist()


# ------------------------------------------------------------------ the layout


def test_nodes_are_zones_of_each_stream_and_then_those_outside() -> None:
    nodes = ALL.network.nodes
    assert list(zip(nodes["place"], nodes["stream"], nodes["ours"], strict=True)) == [
        *((place, stream, True) for stream in ("pack", "wind") for place in PLACES),
        *((place, stream, False) for stream in ("pack", "wind") for place in ("north", "east")),
    ]
    assert ALL.outside["share"].tolist() == [0.75, 0.25]
    assert ALL.abroad == pytest.approx({"NL": 1.0, "DE": 0.2})
    assert ALL.planned_from == 2027
    assert ALL.median_t.tolist()[:2] == [60.0, 60.0]
    assert np.isnan(ALL.median_t[[2, 4]]).all()
    assert ALL.accepts["facility"].tolist() == [0, 1, 2, 3]


def test_kilometres_are_straight_ones_times_the_detour() -> None:
    # From the centre of a to F0, of b, and of what is unallocated, a quarter of the way.
    assert ALL.km[:3, 0].tolist() == pytest.approx([0.0, 1.3, 0.325], rel=6e-3, abs=1e-6)
    assert ALL.km[0, 1] == pytest.approx(13.0, rel=6e-3)
    assert np.isnan(ALL.km[:, 4]).all()
    assert ALL.cost is ALL.km


def test_a_chain_goes_by_its_order_and_without_one_is_the_step_of_the_gap() -> None:
    assert ALL.network.chain == {"pack": ("recycling",), "wind": ("dismantling", "refining")}
    found = chain_of(CHAIN, {"pack": "recycling", "wind": "dismantling"})
    assert found.iloc[2].tolist() == ["pack", 1.0, "recycling", "whole"]
    assert len(found) == 3
    assert chain_of(CHAIN, {"wind": "dismantling"}) is CHAIN


def test_a_region_without_neighbours_has_only_its_own_places() -> None:
    alone = access(regions=REGIONS.iloc[:1])
    assert alone.network.nodes["ours"].all()
    found = setting_of(alone, Scenario(), RUNS)
    assert at(found.collected, 2030) == [10.0, 20.0, 0.0, 8.0, 1.0, 1.0]


def test_a_table_of_journeys_takes_the_place_of_the_line() -> None:
    rows = [(place, plant, 30.0) for place in ("a", "b") for plant in ("F0", "F1", "F2", "F3")]
    minutes = Costs(pd.DataFrame(rows, columns=["from", "to", "minutes"]), "own.csv")
    found = access(costs=minutes)
    assert np.array_equal(found.km, ALL.km, equal_nan=True)
    assert found.cost[:2, :4].tolist() == [[30.0] * 4] * 2
    with pytest.raises(AtlasError, match=r"own\.csv: no journey from b to F3; one from every zone"):
        access(costs=replace(minutes, table=minutes.table.iloc[:-1]))


# ------------------------------------------------------------------ what is collected


def test_what_is_collected_here_and_outside() -> None:
    found = setting()
    # Outside three times 30 t of packs and once 10 t of turbines, a quarter of it in the east.
    here = [10.0, 20.0, 0.0, 8.0, 1.0, 1.0]
    assert at(found.collected, 2027) == [*here, 67.5, 22.5, 7.5, 2.5]
    assert at(found.grades, 2027) == ["B"] * 6 + ["D"] * 4


def test_years_before_the_stock_stood_are_not_known() -> None:
    found = setting()
    for year in (2025, 2026):
        known = [10.0, 20.0, 0.0, NAN, NAN, NAN, 67.5, 22.5, NAN, NAN]
        assert np.array_equal(at(found.collected, year), known, equal_nan=True)
        grades = ["B"] * 3 + [None] * 3 + ["D"] * 2 + [None] * 2
        assert at(found.grades, year) == grades


def test_alone_nothing_is_collected_outside() -> None:
    found, alone = setting(), setting(demand="province_alone")
    assert np.array_equal(alone.collected[:6], found.collected[:6], equal_nan=True)
    assert at(alone.collected, 2030)[6:] == [0.0] * 4
    assert np.isnan(at(alone.collected, 2026)[8:]).all()
    assert not alone.ours_first


def test_ours_first_is_a_matter_of_order_alone() -> None:
    found, first = setting(), setting(demand="ours_first")
    assert (found.ours_first, first.ours_first) == (False, True)
    assert np.array_equal(first.collected, found.collected, equal_nan=True)


def test_a_report_counts_the_region_and_the_rest_stays_that_of_the_registers() -> None:
    report = {"pack": run([100.0, 200.0, 300.0])}
    scenario = Scenario(scenario_id=REPORT, basis="report")
    found = setting_of(ALL, scenario, {**RUNS, REPORT: report})
    expected = [100.0, 200.0, 300.0, NAN, NAN, NAN, 67.5, 22.5, 7.5, 2.5]
    assert np.array_equal(at(found.collected, 2030), expected, equal_nan=True)
    # A report knows of no elements; what part magnets are is that of the registers.
    assert at(found.worst, 2030)[2] == pytest.approx(62.0)
    twice = {**report, "wind": run([16.0, 2.0, 2.0])}
    found = setting_of(ALL, scenario, {**RUNS, REPORT: twice})
    assert at(found.collected, 2030)[3:] == [16.0, 2.0, 2.0, 67.5, 22.5, 7.5, 2.5]
    assert at(found.worst, 2030)[2] == pytest.approx(62.0)


def test_a_scenario_of_another_supply_has_its_own_tonnes_here_and_outside() -> None:
    early = {"pack": run([1.0, 1.0, 2.0]), "wind": WIND}
    scenario = Scenario(scenario_id="lifetime-early", lifetime="early")
    found = setting_of(ALL, scenario, {**RUNS, "lifetime-early": early})
    assert at(found.collected, 2030)[:3] == [1.0, 1.0, 2.0]
    assert at(found.collected, 2030)[6:8] == [9.0, 3.0]
    # A switch of capacity has that of the default.
    planned = Scenario(scenario_id="planned-yes", planned="yes")
    assert at(setting_of(ALL, planned, RUNS).collected, 2030)[:3] == [10.0, 20.0, 0.0]


# ------------------------------------------------------------------ what can be taken


def test_magnets_are_their_rare_earths_by_what_part_of_them_they_are() -> None:
    found = parts_of(FRACTIONS, RUNS[DEFAULT], RUNS[DEFAULT])
    assert set(found) == {("pack", "whole"), ("wind", "whole"), ("wind", "magnets")}
    assert (found["pack", "whole"] == 1.0).all()
    magnets = found["wind", "magnets"]
    assert np.isnan(magnets[:2]).all()
    assert magnets[2:] == pytest.approx(np.full(T - 2, 0.1))
    # 31 t of magnets a year, of which a fifth is for this country, are 62 t of turbines.
    default = setting()
    assert at(default.worst, 2030) == pytest.approx([100.0, 0.0, 62.0, 0.0, 0.0])
    # Before anything is known of them their plants are of unknown capacity.
    assert at(default.worst, 2026)[2] == 0.0
    assert at(default.best, 2026)[2] == INF


def test_a_mass_share_of_the_table_goes_before_elements() -> None:
    stated = FRACTIONS.assign(mass_share=[1.0, 1.0, 0.2])
    assert (parts_of(stated, RUNS[DEFAULT], RUNS[DEFAULT])["wind", "magnets"] == 0.2).all()


def test_turbines_without_magnets_pass_any_plant_of_magnets() -> None:
    bare = run([8.0, 1.0, 1.0], Nd=[0.0, 0.0, 0.0], Pr=[0.0, 0.0, 0.0])
    nothing = run([0.0, 0.0, 0.0], Nd=[0.0, 0.0, 0.0])
    for wind in (bare, nothing):
        found = setting_of(ALL, Scenario(), {DEFAULT: {"pack": PACK, "wind": wind}})
        assert at(found.worst, 2030)[2] == INF


def test_the_elements_of_a_fraction_are_those_of_the_scenario() -> None:
    # Twice the rare earths: the plant of magnets takes half the turbines.
    more = run([8.0, 1.0, 1.0], released=[40.0, 50.0, 10.0], Nd=[6.2, 0.0, 0.0])
    scenario = Scenario(scenario_id="drive_train-dd", drive_train="dd")
    runs = {**RUNS, "drive_train-dd": {"pack": PACK, "wind": more}}
    assert at(setting_of(ALL, scenario, runs).worst, 2030)[2] == pytest.approx(31.0)


def test_unknown_capacities_and_the_best_that_can_be_said() -> None:
    found = {name: setting(unknown_capacity=name) for name in ("nothing", "median", "unlimited")}
    assert [at(each.worst, 2030)[1] for each in found.values()] == [0.0, 60.0, INF]
    assert [at(each.best, 2030)[1] for each in found.values()] == [INF] * 3
    assert all(at(each.worst, 2030)[0] == 100.0 for each in found.values())


def test_plans_open_after_the_newest_source() -> None:
    found = setting(planned="yes")
    assert [at(found.worst, year)[3] for year in (2026, 2027, 2050)] == [0.0, 50.0, 50.0]
    assert [at(found.open_plants, year)[3] for year in (2026, 2027)] == [False, True]
    assert not setting().open_plants[3].any()
    assert setting().open_plants[[0, 1, 2, 4]].all()


def test_the_part_of_plants_abroad() -> None:
    taken = [at(setting(foreign_share=part).worst, 2030)[2] for part in ("0", "share", "1")]
    assert taken == pytest.approx([0.0, 62.0, 310.0])


@pytest.mark.parametrize("reach", ["province_only", "netherlands", "250_km", "europe"])
def test_reach_is_that_of_the_switch(reach: str) -> None:
    expected = within_reach(PLANTS, ALL.km, reach=reach, home="NL")
    assert (setting(reach=reach).reach == expected).all()


# ------------------------------------------------------------------ the balance

SCENARIOS = [
    Scenario(),
    Scenario(scenario_id="recovery-legal", recovery="legal"),
    Scenario(scenario_id="demand-province_alone", demand="province_alone"),
    Scenario(scenario_id="reach-netherlands", reach="netherlands"),
]
SOLVED = balance(ALL, SCENARIOS, {row.scenario_id: RUNS[DEFAULT] for row in SCENARIOS},
                 flow_years=[2025, 2030])  # fmt: skip


def gap(scenario: str, stream: str, step: str) -> dict[str, float]:
    """Return the gap of every place in 2030."""
    keys = ["scenario_id", "stream", "step", "year"]
    own = SOLVED.gaps[(SOLVED.gaps[keys] == [scenario, stream, step, 2030]).all(axis=1)]
    return dict(zip(own["zone_id"], own["capacity_gap_t"], strict=True))


def test_every_scenario_is_solved_and_yields_are_those_of_the_default() -> None:
    assert set(SOLVED.settings) == {row.scenario_id for row in SCENARIOS}
    assert SOLVED.passed["recovery-legal"] is SOLVED.passed[DEFAULT]
    assert "recovery-legal" not in set(SOLVED.gaps["scenario_id"])
    rows = SOLVED.gaps.groupby(["scenario_id", "stream", "step"], observed=True).size()
    # Three places and what is outside, in every year; packs have one step and turbines two.
    assert (rows == 4 * T).all()
    assert len(rows) == 3 * 3


def test_gaps_worked_out_by_hand() -> None:
    # 120 t of packs and a plant of 100: a sixth of each is left over.
    assert gap(DEFAULT, "pack", "recycling") == pytest.approx(
        {"a": 10 / 6, "b": 20 / 6, "unallocated": 0.0, "outside": 15.0}
    )
    assert sum(gap("demand-province_alone", "pack", "recycling").values()) == 0.0
    # Nobody takes turbines down, so that nothing arrives at the plant of magnets.
    for step in ("dismantling", "refining"):
        assert gap(DEFAULT, "wind", step) == {"a": 8.0, "b": 1.0, "unallocated": 1.0, "outside": 10}
    why = SOLVED.gaps.set_index(["stream", "scenario_id"])["why"]
    assert set(why["pack", DEFAULT].dropna()) == {"capacity"}
    assert set(why["wind", "reach-netherlands"].dropna()) == {"absence"}


def test_flows_are_those_of_the_default_in_the_years_asked_for() -> None:
    flows = SOLVED.flows
    assert set(flows["year"]) == {2025, 2030}
    assert set(flows["scenario_id"]) == {DEFAULT}
    assert set(flows["facility_id"]) == {"F0"}
    own = flows[flows["year"] == 2030].set_index("zone_id")["tonnes"]
    assert own.to_dict() == pytest.approx({"a": 50 / 6, "b": 100 / 6, "outside": 75.0})
    assert str(flows.crs) == CRS


def test_the_nearest_plant_is_whatever_it_can_take() -> None:
    found = SOLVED.nearest
    packs = found[(found["stream"] == "pack") & (found["year"] == 2030)]
    # The planned plant beside b is not open.
    assert packs.set_index("zone_id")["facility_id"].to_dict() == dict.fromkeys(PLACES, "F0")
    magnets = found[(found["stream"] == "wind") & (found["step"] == "refining")]
    assert set(magnets["facility_id"]) == {"F2"}
    assert "dismantling" not in set(found["step"])
