"""Where the chains of the real region break, against numbers worked out of its files."""

from __future__ import annotations

import csv
import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from atlas.chains import DEMANDS, ENDS, REACHES, chains_of
from atlas.scenarios import DEFAULT

if TYPE_CHECKING:
    from atlas.pipeline import Atlas

GEO = Path(__file__).parents[1] / "data" / "geo"
YEARS = range(2025, 2051)


@pytest.fixture(scope="module")
def real(region: Atlas) -> Atlas:
    return region


# ------------------------------------------------------------------ the files, apart from the code


def rows_of(name: str) -> list[dict[str, str]]:
    with (GEO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figure(name: str) -> dict[int, float]:
    rows = rows_of("national_figures/national_figures.csv")
    return {int(row["year"]): float(row["value"]) for row in rows if row["figure"] == name}


PLANTS = {row["facility_id"]: row for row in rows_of("processing_facilities/facilities.csv")}
OURS = rows_of("cbs_municipal_figures/municipal_figures.csv")
CARS = sum(float(row["cars_2023"]) for row in OURS) / figure("cars_nl")[2023]
PEOPLE = sum(float(row["residents_2023"]) for row in OURS) / figure("residents_nl")[2023]
BIKES = figure("ebike_packs_collected_nl")[2022]  # t/a, as long as today's rate holds on
SERIES = figure("ev_batteries_generated_no_export_nl")
LEFT = 0.34  # of what is generated; 0.24 to 1 with more export or none
GRADES = {"B": 1.2, "C": 1.4, "D": 1.7}


def working(stream: str, step: str) -> dict[str, float]:
    """Return the plants with a place that work at a step for a stream, and what they can take."""
    return {
        name: float(row["capacity_t_per_a"] or "nan")
        for name, row in PLANTS.items()
        if stream in row["streams"].split(";")
        and row["step"] == step
        and row["status"] == "operating"
        and row["longitude"]
    }


def part_of(country: str) -> float:
    here = figure("residents_nl")[2023]
    return here / (here + figure(f"residents_{country}")[2023])


def cars_t(year: int) -> float:
    """Return what is collected of packs of cars in the country, growing evenly between figures."""
    before = max(y for y in SERIES if y <= year)
    after = min((y for y in SERIES if y >= year), default=before)
    part = (year - before) / (after - before) if after > before else 0.0
    return LEFT * SERIES[before] * (SERIES[after] / SERIES[before]) ** part


def root(*factors: float) -> float:
    """Return the factor whose logarithm is the root of the sum of squares of those of others."""
    return math.exp(math.hypot(*(math.log(factor) for factor in factors)))


def ranges(year: int, end: str) -> tuple[float, float]:
    """Return the factors of cars and bikes at one end: of figures, keys, rates and export."""
    if end == "mid":
        return 1.0, 1.0
    series = GRADES["C" if year == 2030 else "D"]
    export = LEFT / 0.24 if end == "low" else 1 / LEFT
    cars = root(export, series, GRADES["C"])
    bikes = root(GRADES["B"], GRADES["B"], GRADES["C"])  # rate, sales, and by residents
    return (1 / cars, 1 / bikes) if end == "low" else (cars, bikes)


def packs_t(year: int, end: str = "mid", *, ours: bool = False) -> float:
    cars, bikes = ranges(year, end)
    of_cars, of_bikes = (CARS, PEOPLE) if ours else (1.0, 1.0)
    return cars_t(year) * cars * of_cars + BIKES * bikes * of_bikes


def first_year(capacity: float, end: str = "mid", *, ours: bool = False) -> int | None:
    return next((year for year in YEARS if packs_t(year, end, ours=ours) > capacity), None)


# ------------------------------------------------------------------ reading the answer


def start(
    real: Atlas,
    reach: str,
    demand: str,
    step: str,
    *,
    end: str = "mid",
    stream: str = "ev_battery",
) -> tuple[int | None, int | None]:
    """Return the first year of a gap, at worst and at best."""
    table = real.gap_starts
    keys = {"stream": stream, "reach": reach, "demand": demand, "step": step, "range": end}
    (row,) = table[(table[list(keys)] == list(keys.values())).all(axis=1)].to_dict("records")
    return tuple(None if pd.isna(row[n]) else int(row[n]) for n in ("year", "year_best"))


def passed(
    real: Atlas, stream: str, reach: str, demand: str, step: str, *, column: str = "passed_t"
) -> np.ndarray:
    keys = {"stream": stream, "reach": reach, "demand": demand, "step": step}
    own = real.chains[(real.chains[list(keys)] == list(keys.values())).all(axis=1)]
    assert own["year"].tolist() == list(YEARS)
    return own[column].to_numpy(dtype=float)


# ------------------------------------------------------------------ packs


def test_one_plant_of_the_country_recycles_packs() -> None:
    found = working("ev_battery", "recycling")
    here = {name: size for name, size in found.items() if PLANTS[name]["country"] == "NL"}
    assert here == {"F001": 10_000.0}
    assert PLANTS["F001"]["municipality"] == "Rotterdam"
    assert "ebike_battery" in PLANTS["F001"]["streams"]


@pytest.mark.parametrize(("end", "year"), [("low", 2040), ("mid", 2035), ("high", 2031)])
def test_the_country_fills_it_from_a_year_on(real: Atlas, end: str, year: int) -> None:
    assert first_year(10_000.0, end) == year
    for reach in ("province_only", "netherlands"):
        assert start(real, reach, "proportional", "recycling", end=end) == (year, year)


@pytest.mark.parametrize(("end", "year"), [("low", None), ("mid", None), ("high", 2038)])
def test_alone_the_province_does_not_fill_it_in_the_middle(
    real: Atlas, end: str, year: int | None
) -> None:
    assert first_year(10_000.0, end, ours=True) == year
    for reach in ("province_only", "netherlands"):
        assert start(real, reach, "province_alone", "recycling", end=end) == (year, year)


def test_in_2035_ten_thousand_tonnes_are_shared_by_all_packs_of_the_country(real: Atlas) -> None:
    # 34 % of 30,000 t of cars and 305 t of bikes ask for 10,000 t.
    ratio = 10_000 / (10_200 + 305)
    for stream, tonnes in (("ev_battery", 10_200 * CARS), ("ebike_battery", 305 * PEOPLE)):
        keys = (stream, "netherlands", "proportional", "recycling")
        assert passed(real, *keys, column="collected_t")[10] == pytest.approx(tonnes, rel=1e-9)
        assert passed(real, *keys)[10] == pytest.approx(tonnes * ratio, rel=1e-9)
    assert abs(CARS - 0.186) < 5e-4
    assert abs(PEOPLE - 0.214) < 5e-4


def test_every_year_of_both_streams_has_the_ratio_of_the_plant(real: Atlas) -> None:
    ratio = np.array([min(1.0, 10_000 / packs_t(year)) for year in YEARS])
    cars = np.array([cars_t(year) * CARS for year in YEARS])
    for stream, tonnes in (("ev_battery", cars), ("ebike_battery", np.full(26, BIKES * PEOPLE))):
        keys = (stream, "netherlands", "proportional", "recycling")
        assert passed(real, *keys, column="collected_t") == pytest.approx(tonnes, rel=1e-9)
        assert passed(real, *keys) == pytest.approx(tonnes * ratio, rel=1e-9)
    # Sorting fits in the same plant at any time.
    sorted_t = passed(real, "ebike_battery", "netherlands", "proportional", "sorting")
    assert sorted_t == pytest.approx(np.full(26, BIKES * PEOPLE), rel=1e-9)


def test_refining_breaks_in_the_country_from_the_first_year(real: Atlas) -> None:
    for stream in ("ev_battery", "ebike_battery"):
        assert {PLANTS[name]["country"] for name in working(stream, "refining")} == {"BE"}
        for reach in ("province_only", "netherlands"):
            for demand in DEMANDS:
                for end in ENDS:
                    assert start(real, reach, demand, "refining", end=end, stream=stream) == (
                        2025,
                        2025,
                    )
                assert not passed(real, stream, reach, demand, "refining").any()


def test_in_europe_one_refinery_and_more_recyclers_hold_out_longer(real: Atlas) -> None:
    # Of plants abroad a part is for this country, by residents.
    refined = working("ev_battery", "refining")
    assert refined == {"F034": 7000.0}
    refining = 7000 * part_of("be")
    abroad = {n: s for n, s in working("ev_battery", "recycling").items() if n != "F001"}
    assert {n: s for n, s in abroad.items() if not math.isnan(s)} == {
        "F042": 5000.0, "F043": 10_000.0, "F046": 15_000.0
    }  # fmt: skip
    recycling = 10_000 + refining + 30_000 * part_of("de")
    assert (first_year(refining), first_year(recycling)) == (2032, 2040)
    assert start(real, "europe", "proportional", "refining") == (2032, 2032)
    # The capacity of the plant in Sweden is not known: at best there is no gap at all.
    assert start(real, "europe", "proportional", "recycling") == (2040, None)
    found = passed(real, "ev_battery", "europe", "proportional", "refining")
    ratio = refining / packs_t(2050)
    assert found[-1] == pytest.approx(cars_t(2050) * CARS * ratio, rel=1e-9)


# ------------------------------------------------------------------ panels and magnets


def test_no_plant_of_the_province_takes_panels(real: Atlas) -> None:
    ours = real.facilities[real.facilities["zone_id"].notna()]
    assert not ours["streams"].str.contains("solar_panel", na=False).any()
    for demand in DEMANDS:
        assert not passed(real, "solar_panel", "province_only", demand, "recycling").any()
        for end in ENDS:
            found = start(real, "province_only", demand, "recycling", end=end, stream="solar_panel")
            assert found == (2025, 2025)


def test_the_nearest_plant_for_panels_is_in_eindhoven(real: Atlas) -> None:
    here = {n for n in working("solar_panel", "recycling") if PLANTS[n]["country"] == "NL"}
    assert here == {"F015"}
    assert PLANTS["F015"]["municipality"] == "Eindhoven"
    nearest = real.nearest[real.nearest["stream"] == "solar_panel"]
    assert set(nearest["facility_id"]) == {"F015"}
    assert set(nearest["zone_id"]) == {*real.zones["zone_id"], "unallocated"}
    # Abroad Münster is the nearest, so near to 250 km for nearly all that the detour decides.
    access = real.balance.access
    rows = (access.network.nodes["stream"] == "solar_panel") & access.network.nodes["ours"]
    plant = list(access.plants["facility_id"]).index("F048")
    km = dict(
        zip(access.network.nodes["place"][rows], access.km[rows.to_numpy(), plant], strict=True)
    )
    near = nearest["zone_id"].map(km).between(200.0, 312.5)
    assert (near == nearest["sensitive"]).all()
    assert near.mean() == pytest.approx(60 / 62)


def test_of_the_plant_in_eindhoven_only_the_size_of_its_site_is_known(real: Atlas) -> None:
    assert PLANTS["F015"]["capacity_t_per_a"] == ""
    assert PLANTS["F015"]["site_throughput_t_per_a"] == "60000"
    keys = ("solar_panel", "netherlands", "proportional", "recycling")
    assert not passed(real, *keys).any()
    # The country has so many times the panels of the province as it has kWp.
    history = rows_of("national_history/national_history.csv")
    country = {row["year"]: float(row["value"]) for row in history if row["series"] == "pv_mwp_nl"}[
        "2024"
    ]
    panels = rows_of("cbs_solar_power/solar_power_2019_2025.csv")
    codes = {row["municipality_code"] for row in OURS}
    ours = sum(
        float(row["installed_kwp"])
        for row in panels
        if row["year"] == "2024"
        and row["category"] == "total"
        and row["municipality_code"] in codes
    )
    collected = passed(real, *keys, column="collected_t")
    asked = collected * country * 1000 / ours
    best = collected * np.minimum(1.0, 60_000 / asked)
    assert passed(real, *keys, column="passed_t_best") == pytest.approx(best, rel=1e-9)
    expected = next(year for year, tonnes in zip(YEARS, asked, strict=True) if tonnes > 60_000)
    assert start(real, *keys[1:], stream="solar_panel") == (2025, expected)


def test_magnets_of_turbines_are_their_rare_earths(real: Atlas) -> None:
    assert PLANTS["F051"]["capacity_t_per_a"] == "600"
    table = real.materials
    setting = real.balance.settings[DEFAULT]
    row = real.facilities["facility_id"].tolist().index("F051")
    for year in (2030, 2035, 2040):
        own = table[
            (table["stream"] == "wind_turbine")
            & (table["layer"] == "released")
            & (table["scenario_id"] == DEFAULT)
            & (table["year"] == year)
        ]
        earths = own.loc[own["element"].isin(["Nd", "Pr", "Dy", "Tb"]), "mass_t"].sum()
        of_year = real.releases.query(
            "stream == 'wind_turbine' and scenario_id == 'default' and year == @year"
        )
        released = of_year["released_t"].sum()
        expected = 600 * part_of("de") * released / (earths / 0.31)
        assert setting.worst[row, year - 2025] == pytest.approx(expected, rel=1e-9)


# ------------------------------------------------------------------ all chains


def test_every_stream_step_reach_and_demand_is_there_once(real: Atlas) -> None:
    steps = pd.DataFrame(rows_of("processing_chain/chain.csv"))
    size = len(steps) * len(REACHES) * len(DEMANDS)
    assert len(real.chains) == size * len(YEARS)
    assert len(real.gap_starts) == size * len(ENDS)
    keys = ["stream", "reach", "demand", "step"]
    assert not real.chains.duplicated([*keys, "year"]).any()
    assert not real.gap_starts.duplicated([*keys, "range"]).any()


def test_down_the_chain_nothing_grows_and_best_is_no_less_than_worst(real: Atlas) -> None:
    columns = ["passed_t", "passed_t_best", "collected_t"]
    # The stock of turbines is that of the end of 2025: what leaves in that year is not known.
    unknown = real.chains[columns].isna()
    assert (unknown.any(axis=1) == unknown.all(axis=1)).all()
    assert set(real.chains.loc[unknown.any(axis=1), "year"]) == {2025}
    known = real.chains.dropna(subset=columns)
    assert (known["passed_t"] <= known["passed_t_best"] + 1e-9).all()
    assert (known["passed_t_best"] <= known["collected_t"] + 1e-9).all()
    for _, own in known.groupby(["stream", "reach", "demand", "year"], sort=False):
        for column in ("passed_t", "passed_t_best"):
            assert all(more >= less - 1e-9 for more, less in pairwise(own[column]))


def test_the_end_of_the_range_moves_the_start_of_a_gap(real: Atlas) -> None:
    wide = real.gap_starts.fillna({"year": 9999, "year_best": 9999})
    for _, own in wide.groupby(["stream", "reach", "demand", "step"], sort=False):
        years = own.set_index("range")
        for column in ("year", "year_best"):
            assert years.loc["high", column] <= years.loc["mid", column]
            assert years.loc["mid", column] <= years.loc["low", column]
        assert (own["year"] <= own["year_best"]).all()


@pytest.mark.parametrize(
    ("scenario", "reach", "demand"),
    [
        (DEFAULT, "europe", "proportional"),
        ("reach-netherlands", "netherlands", "proportional"),
        ("reach-province_only", "province_only", "proportional"),
        ("demand-province_alone", "europe", "province_alone"),
    ],
)
def test_chains_are_the_sums_of_the_gaps(
    real: Atlas, scenario: str, reach: str, demand: str
) -> None:
    keys = ["stream", "step", "year"]
    gaps = real.gaps[(real.gaps["scenario_id"] == scenario) & (real.gaps["zone_id"] != "outside")]
    sums = gaps.groupby(keys, observed=True)[
        ["collected_t", "processed_t", "processed_t_best"]
    ].sum(min_count=1)
    chains = real.chains[(real.chains["reach"] == reach) & (real.chains["demand"] == demand)]
    own = chains.set_index(keys).reindex(sums.index)
    for ours, theirs in (
        ("collected_t", "collected_t"),
        ("passed_t", "processed_t"),
        ("passed_t_best", "processed_t_best"),
    ):
        assert own[ours].to_numpy() == pytest.approx(
            sums[theirs].to_numpy(), rel=1e-9, abs=1e-9, nan_ok=True
        )


def test_the_same_input_gives_the_same_chains(real: Atlas) -> None:
    chains, starts = chains_of(real.balance.access, real.runs)
    pd.testing.assert_frame_equal(chains, real.chains, check_exact=True)
    pd.testing.assert_frame_equal(starts, real.gap_starts, check_exact=True)
