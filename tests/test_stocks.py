"""Stocks on both bases, release and ranges, on numbers that can be done in the head."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from atlas.definitions import (
    Categories,
    Collection,
    Factor,
    Measure,
    Report,
    Share,
    Stock,
    Text,
)
from atlas.errors import AtlasError
from atlas.national import national_figure
from atlas.ranges import combine, grade_of, graded, stated, without
from atlas.reconciliation import headline_figures
from atlas.release import put_on_market, releases
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
            Measure("mass", T, T, of="panels", factor=factor(0.5, low=0.4, high=0.75)),
        ),
        "mean_lifetime": factor(20.0, low=10.0, high=25.0),
        "collection": Collection(rate=factor(0.5), rate_of="generated"),
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


def table() -> pd.DataFrame:
    counted = count_table(stock(), ROWS, ZONES, keys=KEYS)
    return stock_table(stock(), counted, ZONES, key_grades={"residents": "C", "area": "D"})


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
    low, high = combine(graded("A"), graded("C"), (0.8, 1.5))
    mass = found.loc[("GM2", "mass")]
    assert mass["value_low"] == pytest.approx(20.0 * low)
    assert mass["value_high"] == pytest.approx(20.0 * high)


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
    counted = count_key(bikes, key=RESIDENTS, of_region=100.0, of_year=2024, national=NATIONAL)
    assert counted["packs"].to_dict() == pytest.approx({"GM1": 3.6, "GM1.port": 0.0, "GM2": 0.4})


def test_the_nearest_year_counts_and_the_later_of_two() -> None:
    assert national_figure(NATIONAL, "people", 2021, where="x") == 1000.0
    assert national_figure(NATIONAL, "people", 2023, where="x") == 1250.0
    with pytest.raises(AtlasError, match='no national figure "cars"'):
        national_figure(NATIONAL, "cars", 2022, where="x")


# ------------------------------------------------------------------ release and collection


def test_release_is_stock_over_lifetime_and_collection_its_rate() -> None:
    found = releases(stock(), table(), scenario_id="default", years=[2026], market=None).set_index(
        "zone_id"
    )
    assert found["released_t"].to_dict() == pytest.approx(
        {"GM1": 4.5, "GM1.port": 0.5, "GM2": 1.0, "unallocated": 0.0}
    )
    assert found["collected_t"].to_numpy() == pytest.approx(found["released_t"].to_numpy() / 2)
    low, high = combine(graded("A"), graded("C"), (0.8, 1.5), (20 / 25, 20 / 10))
    assert found.loc["GM2", "released_t_low"] == pytest.approx(low)
    assert found.loc["GM2", "released_t_high"] == pytest.approx(high)
    assert found["reused_exported_t"].isna().all()


def test_a_rate_of_what_is_sold_never_collects_more_than_is_released() -> None:
    collection = Collection(
        rate=factor(0.5), rate_of="put_on_market", put_on_market=Share("sold", "people", 2022)
    )
    bikes = stock(collection=collection)
    market = put_on_market(
        bikes,
        key=RESIDENTS,
        key_grade="C",
        of_region=100.0,
        of_year=2022,
        national=NATIONAL,
    )
    assert market is not None
    assert market.put_on_market_t.to_dict() == pytest.approx(
        {"GM1": 18.0, "GM1.port": 0.0, "GM2": 2.0, "unallocated": 0.0}
    )
    found = releases(bikes, table(), scenario_id="default", years=[2026, 2027], market=market)
    first = found[found["year"] == 2026].set_index("zone_id")["collected_t"]
    # GM1 releases 4.5 and would collect 9; GM2 releases 1 and collects 0.5 × 2 = 1.
    assert first.to_dict() == pytest.approx(
        {"GM1": 4.5, "GM1.port": 0.0, "GM2": 1.0, "unallocated": 0.0}
    )
    assert (found["collected_t_high"] <= found["released_t_high"]).all()
    assert len(found) == 8
    # The range is that of rate, sales and key; the stock and its lifetime are not in it.
    low, _ = combine(stated(factor(0.5)), graded("B"), graded("C"))
    assert found.loc[0, "collected_t_low"] == pytest.approx(4.5 * low)


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
    grades = {"residents": "C", "area": "D"}
    total = rows.loc[rows["category"] == "all", "kwp"].sum()
    counted = count_table(stock(), rows, zones, keys={"residents": key, "area": key})
    register = stock_table(stock(), counted, zones, key_grades=grades)
    wide = register.pivot(index="zone_id", columns="measure", values="value")
    assert wide["kwp"].sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert wide["mass"].sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    # A municipality whose key is zero has its stock unallocated, all of it.
    nobody = key.groupby(zones.set_index("zone_id")["municipality_code"]).sum() <= 0
    lost = rows[(rows["category"] == "all") & rows["municipality_code"].isin(nobody[nobody].index)]
    assert wide.loc["unallocated", "kwp"] == pytest.approx(lost["kwp"].sum(), rel=1e-9, abs=1e-9)
    out = releases(stock(), register, scenario_id="x", years=[2026], market=None)
    assert out["released_t"].sum() == pytest.approx(total / 20, rel=1e-9, abs=1e-9)
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
    table_ = stock_table(wind, count_points(wind, frame), ZONES, key_grades={})
    found = table_.groupby("measure")["value"].sum()
    assert found["turbines"] == len(points)
    assert found["mass"] == pytest.approx(sum(kw for _, kw in points), rel=1e-9, abs=1e-9)


@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), st.floats(0.1, 10))
def test_stocks_and_releases_are_linear_and_lose_nothing(kwp: list[float], times: float) -> None:
    rows = pd.DataFrame(
        {
            "municipality_code": ["GM1", "GM1", "GM2", "GM2"],
            "category": ["all", "homes", "all", "homes"],
            "kwp": [kwp[0] + kwp[1], kwp[0], kwp[2], kwp[2]],
        }
    )
    grades = {"residents": "C", "area": "D"}
    once = stock_table(
        stock(), count_table(stock(), rows, ZONES, keys=KEYS), ZONES, key_grades=grades
    )
    more = rows.assign(kwp=rows["kwp"] * times)
    twice = stock_table(
        stock(), count_table(stock(), more, ZONES, keys=KEYS), ZONES, key_grades=grades
    )
    # The remainder is a difference, so it is exact to the size of what it is taken from.
    slack = 1e-9 * max(kwp) * times
    assert twice["value"].to_numpy() == pytest.approx(
        once["value"].to_numpy() * times, rel=1e-9, abs=slack
    )
    placed = once[once["measure"] == "kwp"]["value"].sum()
    assert placed == pytest.approx(sum(kwp), rel=1e-9, abs=1e-9)
    out = releases(stock(), once, scenario_id="default", years=[2026], market=None)
    assert out["released_t"].sum() == pytest.approx(sum(kwp) * 2 * 0.5 / 20, rel=1e-9, abs=1e-9)


# ------------------------------------------------------------------ ranges


def test_log_widths_add_in_quadrature() -> None:
    low, high = combine((0.5, 2.0), (0.5, 2.0))
    assert high == pytest.approx(math.exp(math.log(2) * math.sqrt(2)))
    assert low == pytest.approx(1 / high)
    assert combine((0.8, 1.5)) == pytest.approx((0.8, 1.5))


def test_a_stated_range_replaces_the_grade() -> None:
    assert stated(factor(10.0, low=8.0, high=15.0)) == pytest.approx((0.8, 1.5))
    assert stated(factor(10.0)) == pytest.approx(graded("C"))
    assert stated(factor(10.0, high=15.0))[0] == pytest.approx(1 / 1.4)


def test_what_is_left_without_a_part() -> None:
    whole = combine(graded("B"), (0.7, 1.9))
    assert without(whole, graded("B")) == pytest.approx((0.7, 1.9))
    assert without(graded("A"), graded("D")) == (1.0, 1.0)


@pytest.mark.parametrize("grade", ["A", "B", "C", "D"])
def test_a_band_finds_its_grade(grade: str) -> None:
    assert grade_of(graded(grade)) == grade
    assert grade_of((0.1, 20.0)) == "D"


def test_the_band_of_a_product_is_that_of_its_simulation() -> None:
    """Bands are the 5th and 95th percentiles of lognormals."""
    random = np.random.default_rng(1)
    sigma = [math.log(1 + width) / 1.6448536 for width in (0.2, 0.4)]
    draws = np.exp(sum(random.normal(0, s, 400_000) for s in sigma))
    low, high = combine(graded("B"), graded("C"))
    assert np.percentile(draws, 5) == pytest.approx(low, rel=0.01)
    assert np.percentile(draws, 95) == pytest.approx(high, rel=0.01)


# ------------------------------------------------------------------ reconciliation

HEADLINES = pd.DataFrame(
    {
        "figure_id": ["count", "ore"],
        "stream": "pv",
        "value": [480.0, 207.0],
        "reason_nl": "n",
        "reason_en": "e",
    }
)


def test_a_headline_figure_stands_beside_the_register() -> None:
    found = headline_figures(HEADLINES, table(), {"count": "pv.panels"}, where="x").set_index(
        "figure_id"
    )
    assert found.loc["count", "register_value"] == pytest.approx(240.0)
    assert found.loc["count", "difference"] == pytest.approx(-240.0)
    assert found.loc["count", "factor"] == pytest.approx(0.5)
    assert math.isnan(found.loc["ore", "register_value"])


def test_a_figure_or_measure_that_does_not_exist_is_named() -> None:
    with pytest.raises(AtlasError) as caught:
        headline_figures(HEADLINES, table(), {"count": "pv.turbines", "gold": "pv.kwp"}, where="x")
    assert len(caught.value.problems) == 2
    assert '"pv.turbines"' in caught.value.problems[0]
    assert '"gold"' in caught.value.problems[1]
