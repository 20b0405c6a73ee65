"""What stands on places, by year of entry and type: sums, sizes, observed stocks and findings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from dynamics import UNTIL, fixed, hazard, mass_measure, real, share
from hypothesis import given
from hypothesis import strategies as st

from atlas.areas import UNALLOCATED
from atlas.definitions import (
    Ages,
    Categories,
    Collection,
    Inflow,
    Lifetime,
    Measure,
    Share,
    Stock,
    Text,
    Variants,
)
from atlas.holdings import grouped, held_measure, hold_stock, switched
from atlas.ranges import graded
from atlas.variants import UNKNOWN_SIZE, Type

ZONES = gpd.GeoDataFrame(
    {
        "zone_id": ["GM1", "GM1.port", "GM2"],
        "municipality_code": ["GM1", "GM1", "GM2"],
    },
    geometry=[shapely.box(i, 0, i + 1, 1) for i in range(3)],
    crs="EPSG:28992",
)
WORDS = Text("woord", "word")
MIX = {"gears": 0.75, "magnets": 0.25}
# Old and new power at the end of years of a country: half of 2024's entered in each of two years.
HISTORY = pd.DataFrame(
    [
        ("mw", "stock", 2023, 50.0),
        ("mw", "stock", 2024, 100.0),
        ("sold", "sales", 2023, 300.0),
        ("sold", "sales", 2024, 100.0),
        ("kw", "stock", 2018, 10.0),
        ("kw", "stock", 2019, 40.0),
    ],
    columns=["series", "kind", "year", "value"],
)
SIZES = pd.DataFrame(
    [
        ("10-25", 10, 25, np.nan, "magnets", 1.0, "C", 3.0),
        ("600", 600, 600, np.nan, "gears", 1.0, "B", np.nan),
        ("600x44", 600, 600, 44, "gears", 0.5, "D", np.nan),
        ("600x44", 600, 600, 44, "magnets", 0.5, "D", np.nan),
    ],
    columns=[
        "size_id", "power_kw_from", "power_kw_to", "rotor_m", "variant", "share", "grade",
        "range_factor",
    ],
)  # fmt: skip
# kW, rotor, whether the rotor is doubted, zone.
POINTS = [
    (600.0, 44.0, "no", "GM1"),
    (600.0, 44.0, "yes", "GM1"),
    (600.0, 50.0, "no", "GM1.port"),
    (20.0, 12.0, "no", "GM2"),
    (20.0, 12.0, "no", "GM2"),
    (3000.0, 90.0, "no", UNALLOCATED),
]


def stream(method: str, ages: Ages, *, lifetime: Lifetime, variants: Variants | None) -> Stock:
    held = Measure(
        "pieces", WORDS, Text("stuks", "pieces"), grade="B",
        column=None if method == "key" else "power_kw",
    )  # fmt: skip
    return Stock(
        title=WORDS,
        in_stock=WORDS,
        spread=WORDS,
        method=method,  # type: ignore[arg-type]
        year=UNTIL,
        units="pieces",
        measures=(held, mass_measure(share(0.1))),
        lifetimes={"regular": lifetime},
        ages=ages,
        inflow=Inflow("frozen", share(0.0)),
        reuse=share(0.1),
        collection=Collection(share(0.5), "generated", UNTIL),
        step="recycling",
        keys={},
        variants=variants,
        id="thing",
        where="thing.toml",
    )


def turbines(rows: pd.DataFrame) -> tuple[object, list[dict[str, object]]]:
    variants = Variants(
        mix=MIX, source="made up", by_size=True, size="power_kw", rotor="rotor_m", doubt="doubt"
    )
    stock = stream(
        "points", Ages("size", UNTIL, "D", "made up", "mw"), lifetime=hazard(1e-9),
        variants=variants,
    )  # fmt: skip
    units = rows.groupby("zone_id")["power_kw"].sum()
    return hold_stock(stock, units, ZONES, history=HISTORY, rows=rows, sizes=SIZES, key=(1.0, 1.0))


def points(rows: list[tuple[float, float, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["power_kw", "rotor_m", "doubt", "zone_id"])


def amounts(holding: object) -> dict[tuple[str, int, str, str | None], float]:
    """Give what stands by place, year, variant and size, without what does not."""
    return {
        (place, int(cohort), kind.variant, kind.size): float(value)
        for i, place in enumerate(holding.places)
        for c, cohort in enumerate(holding.cohorts)
        for k, kind in enumerate(holding.types)
        if (value := holding.amounts[i, c, k]) > 1e-6
    }


# ------------------------------------------------------------------ points


def test_types_are_told_by_size_the_more_exact_one_first() -> None:
    found, _ = turbines(points(POINTS))
    kinds = {(place, variant, size) for place, _, variant, size in amounts(found)}
    assert kinds == {
        ("GM1", "gears", "600x44"), ("GM1", "magnets", "600x44"),  # 44 m, two makes
        ("GM1", "gears", "600"),  # 44 m, but doubted
        ("GM1.port", "gears", "600"),  # another rotor
        ("GM2", "magnets", "10-25"),
        (UNALLOCATED, "gears", UNKNOWN_SIZE), (UNALLOCATED, "magnets", UNKNOWN_SIZE),
    }  # fmt: skip


def test_a_size_of_two_makes_and_one_that_is_not_known_are_mixes() -> None:
    found, _ = turbines(points(POINTS))
    sums: dict[tuple[str, str, str | None], float] = {}
    for (place, _, variant, size), value in amounts(found).items():
        sums[place, variant, size] = sums.get((place, variant, size), 0.0) + value
    assert sums["GM1", "gears", "600x44"] == pytest.approx(300.0)
    assert sums["GM1", "magnets", "600x44"] == pytest.approx(300.0)
    assert sums[UNALLOCATED, "gears", UNKNOWN_SIZE] == pytest.approx(2250.0)
    assert sums[UNALLOCATED, "magnets", UNKNOWN_SIZE] == pytest.approx(750.0)


def test_what_could_not_be_told_is_a_finding() -> None:
    _, findings = turbines(points(POINTS))
    told = [each for each in findings if each["rule"] == "type not told by size"]
    # 3000 of 4840 kW.
    assert [each["found"] for each in told] == ["1 points, 62% of all"]
    _, none = turbines(points(POINTS[:-1]))
    assert not [each for each in none if each["rule"] == "type not told by size"]


def test_the_largest_are_the_youngest() -> None:
    # 4840 kW, half of it of 2024: 2420 of the 3000.
    found, _ = turbines(points(POINTS))
    assert found.cohorts.tolist() == [2023, 2024]
    young = found.amounts[:, 1].sum(axis=1)
    assert found.places[-1] == UNALLOCATED
    assert young == pytest.approx(np.array([0, 0, 0, 2420.0]), abs=1e-4)


def test_how_sure_a_size_is_is_its_own_factor_or_its_grade() -> None:
    found, _ = turbines(points(POINTS))
    assert found.sizes["10-25"] == pytest.approx((1 / 3, 3.0))
    assert found.sizes["600"] == pytest.approx(graded("B"))
    assert found.sizes["600x44"] == pytest.approx(graded("D"))
    assert found.sizes[UNKNOWN_SIZE] == pytest.approx(graded("D"))


@given(st.permutations(POINTS))
def test_the_order_of_the_points_changes_nothing(rows: list[tuple[float, float, str, str]]) -> None:
    first, _ = turbines(points(POINTS))
    found, _ = turbines(points(rows))
    assert amounts(found) == pytest.approx(amounts(first))


@given(
    st.lists(
        st.tuples(
            st.sampled_from([10.0, 20.0, 600.0, 660.0, 12_000.0]),
            st.sampled_from([44.0, np.nan]),
            st.sampled_from(["yes", "no"]),
            st.sampled_from(["GM1", "GM1.port", "GM2", UNALLOCATED]),
        ),
        min_size=1,
    )
)
def test_every_place_holds_what_was_counted_there(
    rows: list[tuple[float, float, str, str]],
) -> None:
    frame = points(rows)
    found, _ = turbines(frame)
    counted = frame.groupby("zone_id")["power_kw"].sum().reindex(found.places, fill_value=0.0)
    assert found.amounts.sum(axis=(1, 2)) == pytest.approx(counted.to_numpy(), rel=1e-9)
    by_year = found.amounts.sum(axis=(0, 2))
    assert by_year == pytest.approx(counted.sum() / 2, rel=1e-6)


# ------------------------------------------------------------------ a mix of a scenario


def test_a_mix_of_a_scenario_keeps_what_stands_where_and_since_when() -> None:
    found, _ = turbines(points(POINTS))
    changed = switched(found, {"magnets": 0.9, "gears": 0.1})
    assert changed.types == (Type("magnets"), Type("gears"))
    assert changed.mix == (("magnets", 0.9), ("gears", 0.1))
    assert changed.amounts.sum(axis=2) == pytest.approx(found.amounts.sum(axis=2))
    assert changed.amounts[:, :, 0] == pytest.approx(0.9 * found.amounts.sum(axis=2))
    assert changed.sizes == {}
    assert switched(found, None) is found


def test_a_holding_of_groups_is_the_sum_of_places() -> None:
    found, _ = turbines(points(POINTS))
    members = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=float)
    both = grouped(found, members)
    assert both.amounts.sum(axis=(1, 2)) == pytest.approx([1800.0, 3040.0])
    assert both.amounts.sum(axis=0) == pytest.approx(found.amounts.sum(axis=0))


# ------------------------------------------------------------------ a table of municipalities

LASTING = fixed(50.0)
YEARLY = [
    ("GM1", 2019, "total", 100.0), ("GM1", 2020, "total", 200.0), ("GM1", 2021, "total", 150.0),
    ("GM2", 2019, "total", 40.0), ("GM2", 2020, "total", np.nan), ("GM2", 2021, "total", 80.0),
    ("GM1", 2021, "dwellings", 90.0),
]  # fmt: skip


def panels(
    rows: list[tuple[str, int, str, float]], until: int = 2021
) -> tuple[object, list[dict[str, object]]]:
    stock = stream(
        "table", Ages("stocks", until, "C", "made up", "kw"), lifetime=LASTING,
        variants=Variants(mix=MIX, source="made up"),
    )  # fmt: skip
    parts = Categories("category", "total", ("dwellings",), "businesses")
    stock = Stock(**{**stock.__dict__, "categories": parts})
    frame = pd.DataFrame(rows, columns=["municipality_code", "year", "category", "power_kw"])
    units = pd.Series({"GM1": 90.0, "GM1.port": 60.0, "GM2": 80.0})
    return hold_stock(
        stock, units, ZONES, history=HISTORY, rows=frame, sizes=SIZES, key=graded("D")
    )


def test_ages_of_a_municipality_are_those_of_its_yearly_stocks() -> None:
    found, _ = panels(YEARLY)
    assert found.cohorts.tolist() == [2018, 2019, 2020, 2021]
    years = found.amounts.sum(axis=2)
    # GM2: 40 in 2019, a quarter of it of 2018; 20 more in 2020 (between 40 and 80) and in 2021.
    assert years[2] == pytest.approx([10, 30, 20, 20])
    # GM1: 100 came until 2019 and 100 in 2020; 50 of these 200 were gone in 2021, of all alike.
    assert years[0] + years[1] == pytest.approx([150 / 8, 450 / 8, 75, 0])
    # Zones of one municipality have its ages.
    assert years[0] / 90 == pytest.approx(years[1] / 60)
    assert found.amounts[:, :, 1] == pytest.approx(0.25 * years)


def test_a_stock_that_fell_and_a_suppressed_year_are_findings() -> None:
    _, findings = panels(YEARLY)
    assert [(each["row"], each["rule"], each["found"]) for each in findings] == [
        ("GM2", "suppressed year", "2020"),
        ("GM1", "the stock fell", "50 more than lifetimes explain, in 2021"),
    ]


def test_growth_starts_from_the_last_three_years_that_are_known() -> None:
    found, _ = panels(YEARLY)
    assert found.growth_years == (2019, 2020, 2021)


def test_rows_of_other_categories_and_later_years_are_not_counted() -> None:
    found, _ = panels(YEARLY)
    more, _ = panels([*YEARLY, ("GM2", 2022, "total", 999.0), ("GM2", 2020, "large", 999.0)])
    assert more.amounts == pytest.approx(found.amounts)


@given(st.permutations(YEARLY))
def test_the_order_of_the_rows_changes_nothing(rows: list[tuple[str, int, str, float]]) -> None:
    first, findings = panels(YEARLY)
    found, others = panels(rows)
    assert found.amounts == pytest.approx(first.amounts, rel=1e-12)
    assert others == findings


def test_zones_of_a_split_municipality_share_a_source() -> None:
    found, _ = panels(YEARLY)
    assert found.places == ("GM1", "GM1.port", "GM2", UNALLOCATED)
    assert found.sources[0] == found.sources[1] >= 0
    assert found.sources[2:].tolist() == [-1, -1]
    assert found.key == graded("D")
    assert found.count == graded("B")


# ------------------------------------------------------------------ a share of a country


def shared(ages: Ages, lifetime: Lifetime) -> tuple[object, list[dict[str, object]]]:
    stock = stream("key", ages, lifetime=lifetime, variants=None)
    stock = Stock(**{**stock.__dict__, "national": Share("a", "b", 2020)})
    units = pd.Series({"GM1": 10.0, "GM1.port": 0.0, "GM2": 30.0})
    empty = pd.DataFrame()
    return hold_stock(
        stock, units, ZONES, history=HISTORY, rows=empty, sizes=SIZES, key=graded("C")
    )


def test_sales_give_the_ages_and_say_how_much_they_explain() -> None:
    found, findings = shared(Ages("series", UNTIL, "D", "made up", "sold"), LASTING)
    assert found.amounts[2, :, 0] == pytest.approx([22.5, 7.5])
    assert [each["found"] for each in findings] == ["400 sold from 2023 to 2024 still stand"]
    assert found.types == (Type("all"),)


def test_one_source_is_spread_over_all_places() -> None:
    found, _ = shared(Ages("steady", UNTIL, "D", "made up"), hazard(0.5))
    assert set(found.sources) == {0}
    assert found.growth_years == ()
    assert found.amounts[:, 0, 0].tolist() == [10.0, 0.0, 30.0, 0.0]


def test_the_held_measure_is_the_one_that_the_mass_comes_from() -> None:
    stocks = real().catalog.stocks
    assert {name: held_measure(stock) for name, stock in stocks.items()} == {
        "ebike_battery": "packs",
        "smartphone": "phones",
        "solar_panel": "kwp",
        "wind_turbine": "kw",
    }


def test_a_flow_stands_nowhere() -> None:
    stands = real().streams.supplies["ev_battery"].holding
    assert stands.base is None
    assert stands.amounts.shape == (62, 0, 2)
    assert stands.until == 2024
