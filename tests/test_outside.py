"""What the rest of the country brings to the same plants, and from where."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from atlas.definitions import Outside, Share
from atlas.errors import AtlasError
from atlas.outside import OUTSIDE, outside_ratios, regions_outside

if TYPE_CHECKING:
    from collections.abc import Mapping

# A square of a kilometre around (100 km, 450 km) in two zones, and a hole in the second.
ZONES = gpd.GeoDataFrame(
    {"zone_id": ["a", "b"], "residents": [300.0, 700.0]},
    geometry=[
        shapely.box(100_000, 450_000, 100_500, 451_000),
        shapely.box(100_500, 450_000, 101_000, 451_000)
        - shapely.box(100_700, 450_400, 100_900, 450_600),
    ],
    crs="EPSG:28992",
)


def regions(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    """Give regions at metres of the national grid, with the degrees that they are stated in."""
    points = gpd.GeoSeries.from_xy(
        [row[2] for row in rows], [row[3] for row in rows], crs="EPSG:28992"
    ).to_crs("EPSG:4326")
    return pd.DataFrame(
        {
            "region_id": [row[0] for row in rows],
            "residents": [row[1] for row in rows],
            "longitude": points.x,
            "latitude": points.y,
        }
    )


def test_what_lies_inside_is_left_out_and_the_rest_has_its_share() -> None:
    found = regions_outside(
        regions(
            ("in a", 5.0, 100_250, 450_500),
            ("north", 30.0, 100_250, 460_000),
            ("on the border of a and b", 5.0, 100_500, 450_500),
            ("hole", 10.0, 100_800, 450_500),
            ("in b", 5.0, 100_650, 450_500),
        ),
        ZONES,
    )
    assert found["region_id"].tolist() == ["north", "hole"]
    assert found["share"].tolist() == [0.75, 0.25]
    assert found.index.tolist() == [0, 1]


def test_where_all_lies_inside_nothing_is_left() -> None:
    assert regions_outside(regions(("in a", 5.0, 100_250, 450_500)), ZONES).empty


@given(st.lists(st.tuples(st.floats(1, 1e7), st.floats(0, 2e5), st.floats(3e5, 6e5)), min_size=1))
def test_shares_sum_to_one(rows: list[tuple[float, float, float]]) -> None:
    named = [(f"r{i}", *row) for i, row in enumerate(rows)]
    found = regions_outside(regions(*named, ("north", 1.0, 100_000, 500_000)), ZONES)
    assert found["share"].sum() == pytest.approx(1.0, abs=1e-9)
    assert (found["share"] > 0).all()
    assert len(found) <= len(named) + 1


# ------------------------------------------------------------------ how many times the region

NATIONAL = pd.DataFrame(
    [("residents_nl", 5000.0, 2023), ("cars_nl", 400.0, 2023), ("ev_nl", 9.0, 2030)],
    columns=["figure", "value", "year"],
).assign(grade="A")
HISTORY = pd.DataFrame(
    [
        ("wind_nl", 2024, 30.0, "MW"),
        ("wind_nl", 2020, 90.0, "MW"),
        ("pv_nl", 2024, 2.0, "MWp"),
        ("phones_nl", 2024, 800.0, "piece"),
        ("wind_nl", 2022, 60.0, "MW"),
    ],
    columns=["series", "year", "value", "unit"],
)
STOCKS = pd.DataFrame(
    [
        ("wind", "register", "a", "kw", 6000.0),
        ("wind", "register", "unallocated", "kw", 4000.0),
        ("wind", "report", "a", "kw", 99_999.0),
        ("wind", "register", "a", "turbines", 5.0),
        ("pv", "register", "b", "kwp", 500.0),
        ("phones", "register", "b", "phones", 1000.0),
    ],
    columns=["stream", "basis", "zone_id", "measure", "value"],
)


def stream(name: str, *, national: Share | None = None, outside: Outside | None = None) -> object:
    return SimpleNamespace(id=name, where=f"{name}.toml", national=national, outside=outside)


def ratios(
    *stocks: object,
    flows: tuple[object, ...] = (),
    keys: Mapping[str, list[float]] | None = None,
    stocks_table: pd.DataFrame = STOCKS,
) -> dict[str, float]:
    known = {"residents": [300.0, 700.0], "cars": [30.0, 50.0]} | dict(keys or {})
    return outside_ratios(
        SimpleNamespace(
            stocks={each.id: each for each in stocks}, flows={each.id: each for each in flows}
        ),
        SimpleNamespace(country="NL"),
        SimpleNamespace(national=NATIONAL, history=HISTORY, figures_year=2023),
        SimpleNamespace(
            keys={name: pd.Series(values) for name, values in known.items()}, zones=ZONES
        ),
        stocks=stocks_table,
    )


OF_CARS = Share(total="ev_nl", denominator="cars_nl", numerator="cars", year=2030)
OF_PEOPLE = Share(total="ev_nl", denominator="residents_nl", year=2030)


def test_a_share_of_a_national_figure_leaves_the_rest() -> None:
    # 80 of 400 cars: the rest has four times as many; 1,000 of 5,000 people too.
    found = ratios(stream("bikes", national=OF_PEOPLE), flows=(stream("ev", national=OF_CARS),))
    assert found == pytest.approx({"bikes": 4.0, "ev": 4.0})
    assert ratios(stream("ev", national=OF_CARS), keys={"cars": [90.0, 10.0]}) == {"ev": 3.0}


def test_a_series_goes_by_its_last_year_in_the_unit_of_the_measure() -> None:
    # 30 MW of which the region has 10,000 kW, also those that stand nowhere; 2 MWp against 500 kWp.
    found = ratios(
        stream("wind", outside=Outside(series="wind_nl", measure="kw")),
        stream("pv", outside=Outside(series="pv_nl", measure="kwp")),
    )
    assert found == pytest.approx({"wind": 2.0, "pv": 3.0})


def test_everything_else_goes_by_residents() -> None:
    assert ratios(stream("phones")) == pytest.approx({"phones": 4.0})
    # A flow does not know of an outside at all.
    flow = SimpleNamespace(id="x", where="x.toml", national=None)
    assert ratios(flows=(flow,)) == pytest.approx({"x": 4.0})


def test_a_region_never_has_more_than_its_country() -> None:
    # 800 phones in the country and 1,000 here; 500 cars here and 400 in the country.
    found = ratios(
        stream("phones", outside=Outside(series="phones_nl", measure="phones")),
        stream("ev", national=OF_CARS),
        keys={"cars": [450.0, 50.0]},
    )
    assert found == {"phones": 0.0, "ev": 0.0}


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_region_and_outside_are_the_country(here: float, cars: float) -> None:
    found = ratios(
        stream("wind", outside=Outside(series="wind_nl", measure="kw")),
        stream("ev", national=OF_CARS),
        keys={"cars": [cars]},
        stocks_table=STOCKS.assign(value=here / 2),
    )
    # Two rows of kW in the register.
    assert here * (1 + found["wind"]) == pytest.approx(max(30_000.0, here), rel=1e-9)
    assert cars * (1 + found["ev"]) == pytest.approx(max(400.0, cars), rel=1e-9)


def test_figures_that_are_missing_are_told() -> None:
    with pytest.raises(
        AtlasError, match=r'ev\.toml: no national figure "boats_nl"; known: cars_nl'
    ):
        ratios(stream("ev", national=Share(total="ev_nl", denominator="boats_nl", year=2030)))


def test_all_of_it_is_one_place() -> None:
    assert OUTSIDE == "outside"
