"""Stocks on both bases and their ranges, on numbers that can be done in the head."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from atlas.definitions import (
    Ages,
    Categories,
    Collection,
    EntryFactor,
    Factor,
    Inflow,
    Lifetime,
    Measure,
    Report,
    Share,
    Stock,
    Text,
)
from atlas.errors import AtlasError
from atlas.holdings import Holding
from atlas.national import national_figure
from atlas.ranges import CERTAIN, combine, graded
from atlas.reports import report_table
from atlas.stocks import (
    count_key,
    count_points,
    count_table,
    split_categories,
    stock_table,
)

T = Text("x", "x")
ZONES = gpd.GeoDataFrame(
    {
        "zone_id": ["GM1", "GM1.port", "GM2"],
        "municipality_code": ["GM1", "GM1", "GM2"],
        "kind": ["municipality", "port", "municipality"],
    },
    geometry=[shapely.box(i, 0, i + 1, 1) for i in range(3)],
    crs="EPSG:28992",
)
RESIDENTS = pd.Series({"GM1": 90.0, "GM1.port": 0.0, "GM2": 10.0})
AREA = pd.Series({"GM1": 3.0, "GM1.port": 1.0, "GM2": 4.0})
NATIONAL = pd.DataFrame(
    {
        "figure": ["bikes", "people", "people", "sold"],
        "year": [2022, 2022, 2024, 2022],
        "value": [50.0, 1000.0, 1250.0, 200.0],
        "grade": ["C", "A", "A", "B"],
    }
)


def factor(value: float, **given_: object) -> Factor:
    return Factor(**{"value": value, "unit": "t", "source": "s", "grade": "C", **given_})


def stock(**changed: object) -> Stock:
    fields = {
        "title": T,
        "in_stock": T,
        "spread": T,
        "method": "table",
        "year": 2024,
        "units": "panels",
        "measures": (
            Measure("kwp", T, T, grade="A", column="kwp"),
            Measure("panels", T, T, of="kwp", factor=factor(2.0)),
            Measure("mass", T, T, of="kwp", factor=factor(1.0, low=0.8, high=1.5)),
        ),
        "lifetimes": {"regular": Lifetime("fixed", "s", mean_a=20.0)},
        "ages": Ages("steady", 2024, "C", "s"),
        "inflow": Inflow("frozen", factor(0.0)),
        "reuse": factor(0.0),
        "collection": Collection(rate=factor(0.5), rate_of="generated", year=2024),
        "step": "recycling",
        "keys": {"homes": "residents", "firms": "area"},
        "categories": Categories("category", "all", ("homes",), "firms"),
        "report": Report(units="count", crm_per_unit="each"),
        "id": "pv",
        "where": "pv.toml",
    }
    return Stock(**{**fields, **changed})


ROWS = pd.DataFrame(
    {
        "municipality_code": ["GM1", "GM1", "GM2", "GM2", "GM2"],
        "category": ["all", "homes", "all", "homes", "roofs"],
        "kwp": [100.0, 60.0, 20.0, 20.0, 15.0],
    }
)
KEYS = {"residents": RESIDENTS, "area": AREA}
FIGURES = pd.DataFrame(
    {
        "figure_id": ["count", "each"],
        "stream": "pv",
        "value": [480.0, 5.0],
        "unit": ["piece", "kg/piece"],
    }
)


GRADES = {"residents": "C", "area": "D"}


def aged(zones: pd.DataFrame, amounts: dict[str, list[float]] | None = None) -> Holding:
    """Give what stands of two years of entry, 2010 and 2020; nothing where nothing is said."""
    places = (*zones["zone_id"], "unallocated")
    standing = np.array([(amounts or {}).get(place, [0.0, 0.0]) for place in places])
    return Holding(
        stream="pv",
        base="kwp",
        year=2024,
        until=2024,
        places=places,
        cohorts=np.array([2010, 2020]),
        types=(),
        mix=(),
        amounts=standing[:, :, None],
        growth_years=(),
        sources=np.full(len(places), -1),
        count=CERTAIN,
        key=CERTAIN,
        sizes={},
    )


def table_of(
    of: Stock,
    rows: pd.DataFrame,
    zones: gpd.GeoDataFrame = ZONES,
    keys: dict[str, pd.Series] = KEYS,
) -> pd.DataFrame:
    counted = count_table(of, rows, zones, keys=keys)
    return stock_table(of, counted, zones, key_grades=GRADES, holding=aged(zones))


def table() -> pd.DataFrame:
    return table_of(stock(), ROWS)


def test_parts_go_by_their_own_key_and_the_remainder_by_its() -> None:
    counted = count_table(stock(), ROWS, ZONES, keys=KEYS)["kwp"].to_dict()
    # GM1: 60 to residents (all outside the port), 40 by area (3 to 1); roofs are a breakdown.
    assert counted == pytest.approx({"GM1": 90.0, "GM1.port": 10.0, "GM2": 20.0})


def test_overlapping_parts_are_refused() -> None:
    categories = Categories("category", "all", ("homes", "roofs"), "firms")
    with pytest.raises(AtlasError, match="kwp of homes, roofs in GM2 is 35; at most the all of 20"):
        split_categories(ROWS, categories, ["kwp"], where="pv.toml")


def test_a_row_that_stands_twice_is_refused() -> None:
    twice = pd.concat([ROWS, ROWS.iloc[[1]]])
    with pytest.raises(AtlasError, match="GM1 has homes twice"):
        split_categories(twice, stock().categories, ["kwp"], where="pv.toml")


def test_a_missing_total_is_refused() -> None:
    rows = ROWS[(ROWS["municipality_code"] != "GM2") | (ROWS["category"] != "all")]
    with pytest.raises(AtlasError, match="no all kwp for GM2"):
        split_categories(rows, stock().categories, ["kwp"], where="pv.toml")


def test_measures_follow_their_factors_and_nothing_is_unallocated() -> None:
    wide = table().pivot(index="zone_id", columns="measure", values="value")
    assert wide["panels"].to_dict() == pytest.approx(
        {"GM1": 180.0, "GM1.port": 20.0, "GM2": 40.0, "unallocated": 0.0}
    )
    assert wide["mass"].sum() == pytest.approx(120.0)


def test_a_municipality_of_one_zone_adds_no_doubt_of_a_key() -> None:
    found = table().set_index(["zone_id", "measure"])
    assert found.loc[("GM2", "kwp"), "grade"] == "A"
    assert found.loc[("GM1", "kwp"), "grade"] == "D"
    low, high = combine(graded("A"), (0.8, 1.5))
    mass = found.loc[("GM2", "mass")]
    assert mass["value_low"] == pytest.approx(20.0 * low)
    assert mass["value_high"] == pytest.approx(20.0 * high)


def test_a_factor_by_year_of_entry_is_the_mean_over_what_stands() -> None:
    old = EntryFactor(0.09, "t", "s", "C", low=0.06, high=0.12, to_year=2015)
    new = EntryFactor(0.06, "t", "s", "C", low=0.03, high=0.09, from_year=2016)
    of = stock(
        measures=(
            Measure("kwp", T, T, grade="A", column="kwp"),
            Measure("mass", T, T, of="kwp", by_entry=(old, new)),
        ),
        units="kwp",
    )
    counted = pd.DataFrame({"kwp": {"GM1": 90.0, "GM1.port": 10.0, "GM2": 20.0}})
    ages = aged(ZONES, {"GM1": [30.0, 60.0], "GM2": [0.0, 20.0]})
    found = stock_table(of, counted, ZONES, key_grades=GRADES, holding=ages)
    mass = found[found["measure"] == "mass"].set_index("zone_id")
    # 30 of 90 kWp are of 2010; what stands nowhere has the ages of all: 30 of 110.
    mean = 0.06 + 0.03 * 30 / 110
    assert mass["value"].to_dict() == pytest.approx(
        {"GM1": 30 * 0.09 + 60 * 0.06, "GM1.port": 10 * mean, "GM2": 1.2, "unallocated": 0.0}
    )
    low, high = combine(graded("A"), (0.03 / 0.06, 0.09 / 0.06))
    assert mass.loc["GM2", "value_low"] == pytest.approx(1.2 * low)
    assert mass.loc["GM2", "value_high"] == pytest.approx(1.2 * high)
    # One study for all years: its lows add up, 30 times 0.06 and 60 times 0.03 to 3.6 of 6.3.
    low, _ = combine(graded("A"), (3.6 / 6.3, 1.0), graded("D"))
    assert mass.loc["GM1", "value_low"] == pytest.approx(6.3 * low)


def test_the_report_follows_the_register_and_keeps_its_own_total() -> None:
    shown, crm = report_table(stock(), table(), FIGURES, year=2026)
    units = shown[shown["measure"] == "panels"].set_index("zone_id")["value"]
    # 240 panels in the register, 480 in the report: what is beyond is nowhere.
    assert units.to_dict() == pytest.approx(
        {"GM1": 180.0, "GM1.port": 20.0, "GM2": 40.0, "unallocated": 240.0}
    )
    assert crm["mass_t"].sum() == pytest.approx(480 * 5 / 1000)
    assert set(shown["measure"]) == {"panels", "mass"}


def test_a_smaller_report_shrinks_every_zone() -> None:
    figures = FIGURES.assign(value=[24.0, 5.0])
    shown, _ = report_table(stock(), table(), figures, year=2026)
    units = shown[shown["measure"] == "panels"].set_index("zone_id")["value"]
    assert units.to_dict() == pytest.approx(
        {"GM1": 18.0, "GM1.port": 2.0, "GM2": 4.0, "unallocated": 0.0}
    )


def test_points_are_counted_and_summed() -> None:
    measures = (
        Measure("turbines", T, T, grade="A"),
        Measure("kw", T, T, grade="A", column="power_kw"),
    )
    points = pd.DataFrame(
        {"zone_id": ["GM1", "GM1", "unallocated"], "power_kw": [2000.0, 500.0, 10.0]}
    )
    counted = count_points(stock(method="points", measures=measures), points)
    assert counted.to_dict("index") == {
        "GM1": {"turbines": 2.0, "kw": 2500.0},
        "unallocated": {"turbines": 1.0, "kw": 10.0},
    }


def test_a_national_figure_is_shared_by_people_of_one_year() -> None:
    bikes = stock(
        method="key",
        measures=(Measure("packs", T, T, grade="C"),),
        national=Share("bikes", "people", 2022),
        keys={"all": "residents"},
    )
    counted = count_key(
        bikes, key=RESIDENTS, totals={"residents": 100.0}, of_year=2024, national=NATIONAL
    )
    assert counted["packs"].to_dict() == pytest.approx({"GM1": 3.6, "GM1.port": 0.0, "GM2": 0.4})


def test_the_nearest_year_counts_and_the_later_of_two() -> None:
    assert national_figure(NATIONAL, "people", 2021, where="x") == 1000.0
    assert national_figure(NATIONAL, "people", 2023, where="x") == 1250.0
    with pytest.raises(AtlasError, match='no national figure "cars"'):
        national_figure(NATIONAL, "cars", 2022, where="x")


def test_a_report_is_read_in_its_own_units() -> None:
    figures = FIGURES.assign(unit=["piece", "t/piece"])
    _, crm = report_table(stock(), table(), figures, year=2026)
    assert crm["mass_t"].sum() == pytest.approx(480 * 5)
    assert set(crm["year"]) == {2026}
    with pytest.raises(AtlasError, match='headline figure each: unit "lb/piece"'):
        report_table(stock(), table(), FIGURES.assign(unit=["piece", "lb/piece"]), year=2026)


def test_a_report_of_another_region_gives_no_basis() -> None:
    shown, crm = report_table(stock(), table(), FIGURES.iloc[:0], year=2026)
    assert shown.empty
    assert crm.empty


def test_a_report_needs_a_register_to_follow() -> None:
    empty = table().assign(value=0.0)
    with pytest.raises(AtlasError, match="480 in the report and none in the register"):
        report_table(stock(), empty, FIGURES, year=2026)


def test_a_suppressed_part_is_not_taken_for_nothing() -> None:
    rows = ROWS.assign(kwp=[100.0, np.nan, 20.0, 20.0, 15.0])
    with pytest.raises(AtlasError, match="homes kwp for GM1 is suppressed"):
        split_categories(rows, stock().categories, ["kwp"], where="pv.toml")


def test_a_figure_of_another_time_is_refused() -> None:
    with pytest.raises(AtlasError, match='"sold" is known for 2022; a year within 5 of 2030'):
        national_figure(NATIONAL, "sold", 2030, where="x")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[gpd.GeoDataFrame, pd.Series, pd.DataFrame, float]:
    """Municipalities of one to three zones, a key with zeros, rows of a table, a report."""
    amounts = st.floats(0, 1e5)
    parts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    names = [f"GM{i}.{j}" for i, count in enumerate(parts) for j in range(count)]
    zones = gpd.GeoDataFrame(
        {"zone_id": names, "municipality_code": [n.split(".")[0] for n in names]},
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(len(names))],
        crs="EPSG:28992",
    )
    key = pd.Series(draw(st.lists(amounts, min_size=len(names), max_size=len(names))), index=names)
    key = key.where(key > 1.0, 0.0)
    assume(key.sum() > 0)  # a key that is zero everywhere is refused
    rows = []
    for code in zones["municipality_code"].unique():
        homes, firms = draw(amounts), draw(amounts)
        rows += [(code, "all", homes + firms), (code, "homes", homes)]
    frame = pd.DataFrame(rows, columns=["municipality_code", "category", "kwp"])
    return zones, key, frame, draw(st.floats(0, 1e7))


@given(worlds())
def test_zones_and_unallocated_are_the_source_on_both_bases(
    world: tuple[gpd.GeoDataFrame, pd.Series, pd.DataFrame, float],
) -> None:
    zones, key, rows, reported = world
    total = rows.loc[rows["category"] == "all", "kwp"].sum()
    register = table_of(stock(), rows, zones, {"residents": key, "area": key})
    wide = register.pivot(index="zone_id", columns="measure", values="value")
    assert wide["kwp"].sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert wide["mass"].sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    # A municipality whose key is zero has its stock unallocated, all of it.
    nobody = key.groupby(zones.set_index("zone_id")["municipality_code"]).sum() <= 0
    lost = rows[(rows["category"] == "all") & rows["municipality_code"].isin(nobody[nobody].index)]
    assert wide.loc["unallocated", "kwp"] == pytest.approx(lost["kwp"].sum(), rel=1e-9, abs=1e-9)
    if total <= 0:
        return
    figures = FIGURES.assign(value=[reported, 5.0])
    shown, crm = report_table(stock(), register, figures, year=2026)
    units = shown[shown["measure"] == "panels"]["value"]
    assert units.sum() == pytest.approx(reported, rel=1e-9, abs=1e-9)
    assert (units >= 0).all()
    assert crm["mass_t"].sum() == pytest.approx(reported * 5 / 1000, rel=1e-9, abs=1e-9)


@given(
    st.lists(
        st.tuples(st.sampled_from(["GM1", "GM2", "unallocated"]), st.floats(0, 1e4)), max_size=30
    )
)
def test_points_are_all_counted(points: list[tuple[str, float]]) -> None:
    measures = (Measure("turbines", T, T, grade="A"), Measure("mass", T, T, grade="A", column="kw"))
    wind = stock(method="points", measures=measures, units="turbines", report=None)
    frame = pd.DataFrame(points, columns=["zone_id", "kw"])
    table_ = stock_table(wind, count_points(wind, frame), ZONES, key_grades={}, holding=aged(ZONES))
    found = table_.groupby("measure")["value"].sum()
    assert found["turbines"] == len(points)
    assert found["mass"] == pytest.approx(sum(kw for _, kw in points), rel=1e-9, abs=1e-9)


@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), st.floats(0.1, 10))
def test_stocks_are_linear_and_lose_nothing(kwp: list[float], times: float) -> None:
    rows = pd.DataFrame(
        {
            "municipality_code": ["GM1", "GM1", "GM2", "GM2"],
            "category": ["all", "homes", "all", "homes"],
            "kwp": [kwp[0] + kwp[1], kwp[0], kwp[2], kwp[2]],
        }
    )
    once = table_of(stock(), rows)
    twice = table_of(stock(), rows.assign(kwp=rows["kwp"] * times))
    # The remainder is a difference, so it is exact to the size of what it is taken from.
    slack = 1e-9 * max(kwp) * times
    assert twice["value"].to_numpy() == pytest.approx(
        once["value"].to_numpy() * times, rel=1e-9, abs=slack
    )
    placed = once[once["measure"] == "kwp"]["value"].sum()
    assert placed == pytest.approx(sum(kwp), rel=1e-9, abs=1e-9)
    mass = once[once["measure"] == "mass"]["value"].sum()
    assert mass == pytest.approx(sum(kwp), rel=1e-9, abs=1e-9)
