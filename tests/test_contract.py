"""What comes out of the default build, read back from its files as a stranger would."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from pyproj import Geod

from atlas.exports import layers

if TYPE_CHECKING:
    import atlas

TABLES = {
    "zones": "zone_id municipality_code kind name area_km2 residents households",
    "municipalities": "municipality_code name area_km2 residents households",
    "facilities": "facility_id name step streams fraction capacity_t_per_a "
    "planned_capacity_t_per_a capacity_of status from_year to_year country zone_id precision_m "
    "source_url source_id",
    "collection_points": "point_id name kind streams streams_certainty own_residents_only status "
    "zone_id precision_m source_url source_id",
    "facilities_unplaced": "facility_id name step streams fraction capacity_t_per_a "
    "planned_capacity_t_per_a capacity_of status from_year to_year country zone_id precision_m "
    "source_url source_id",
    "collection_points_unplaced": "point_id name kind streams streams_certainty "
    "own_residents_only status zone_id precision_m source_url source_id",
    **dict.fromkeys(
        (
            "zones_wind_turbine",
            "zones_solar_panel",
            "zones_ebike_battery",
            "zones_smartphone",
            "zones_ev_battery",
        ),
        "zone_id name kind municipality residents stock_t stock_crm_t released_2035_t "
        "released_2035_t_low released_2035_t_high released_2035_grade collected_2035_t "
        "processed_2035_t capacity_gap_2035_t capacity_gap_2050_t_best released_2035_crm_t",
    ),
    "flows": "zone_id facility_id stream scenario_id step year tonnes distance_km",
    "sites": "site_id name zone_id stream streams p rank class chosen size_t_per_a gained_t_per_a "
    "ours_t_per_a served_zones utilisation mean_km robustness regret_t lost_in",
    "scenarios": "scenario_id basis lifetime inflow collection drive_train recovery reach planned "
    "unknown_capacity foreign_share demand",
    "elements": "element kind name_nl name_en eu_number critical strategic bulk_metal",
    "eu_list": "number name_nl name_en elements critical strategic",
    "stocks": "zone_id stream basis year measure value value_low value_high unit grade source_id",
    "materials": "zone_id stream scenario_id layer year element critical strategic mass_t "
    "mass_t_low mass_t_high grade",
    "releases": "zone_id stream scenario_id year released_t released_t_low released_t_high "
    "reused_exported_t collected_t collected_t_low collected_t_high collection_gap_t grade "
    "collected_grade",
    "gaps": "zone_id stream scenario_id step year collected_t processed_t processed_t_best "
    "capacity_gap_t capacity_gap_t_best why grade",
    "recovery": "zone_id stream scenario_id year element processed_t recovered_t recovery_gap_t",
    "nearest": "zone_id stream step year facility_id distance_km sensitive",
    "chains": "stream reach demand step year collected_t passed_t passed_t_best",
    "gap_starts": "stream reach demand step range year year_best",
    "cover": "zone_id stream distance_km own_only certainty residents covered_low covered_high "
    "status",
    "sources": "source_id publisher licence reference_date",
    "findings": "layer row rule found action",
    "headline_figures": "figure_id stream report_value register_value register_low register_high "
    "grade difference factor formula_nl formula_en reason_nl reason_en",
}
# The last year that nothing is known of; what leaves is worked out from the next one on.
UNTIL = {
    "wind_turbine": 2025,
    "solar_panel": 2024,
    "ebike_battery": 2021,
    "smartphone": 2025,
    "ev_battery": 2024,
}
CHAIN = {
    "wind_turbine": ("dismantling", "refining"),
    "solar_panel": ("recycling",),
    "ebike_battery": ("sorting", "recycling", "refining"),
    "smartphone": ("sorting", "refining"),
    "ev_battery": ("recycling", "refining"),
}
# The step that the gap of a stream is taken at.
STEP = {
    "wind_turbine": "dismantling",
    "solar_panel": "recycling",
    "ebike_battery": "recycling",
    "smartphone": "refining",
    "ev_battery": "recycling",
}
YEARS = range(2025, 2051)
REFERENCE_YEARS = {2025, 2030, 2035, 2040, 2050}
PLACES = 61 + 1
LARGEST_MB = 15
DATA = Path(__file__).parents[1] / "data" / "geo"
PLACED = ("zones", "municipalities", "facilities", "collection_points", "flows", "sites")
WIDE = [name for name in TABLES if name.startswith("zones_")]


@pytest.fixture(scope="module")
def package(built: Path) -> Path:
    return built / "layers" / "zuid-holland.gpkg"


def read(package: Path, layer: str) -> pd.DataFrame:
    return pyogrio.read_dataframe(package, layer=layer)


def totals(package: Path, basis: str) -> dict[tuple[str, str], float]:
    stocks = read(package, "stocks")
    stocks = stocks[stocks["basis"] == basis]
    return stocks.groupby(["stream", "measure"])["value"].sum().to_dict()


@pytest.mark.parametrize("layer", TABLES)
def test_every_layer_has_its_columns(package: Path, layer: str) -> None:
    frame = read(package, layer)
    assert set(TABLES[layer].split()) <= set(frame.columns)
    assert len(frame) > 0


def test_layers_lie_in_the_national_grid(package: Path) -> None:
    for layer in (*PLACED, *WIDE):
        info = pyogrio.read_info(package, layer=layer)
        assert info["crs"] == "EPSG:28992", layer
        assert info["geometry_name"] == "geom", layer
        assert info["fid_column"] == "fid", layer
    names = {name for name, _ in pyogrio.list_layers(package)}
    assert names == {*TABLES, "layer_styles"}


def test_zones_and_residents(package: Path) -> None:
    zones, municipalities = read(package, "zones"), read(package, "municipalities")
    assert len(zones) == 61
    assert (zones["kind"] == "port").sum() == 11
    assert len(municipalities) == 50
    for frame in (zones, municipalities):
        assert frame["residents"].sum() == pytest.approx(3_804_906, rel=1e-9)
    assert shapely.coverage_is_valid(zones.geometry.array)
    assert zones.area.sum() == pytest.approx(municipalities.area.sum(), rel=1e-9)


def test_the_register_basis(package: Path) -> None:
    found = totals(package, "register")
    assert found["wind_turbine", "turbines"] == 267
    assert found["wind_turbine", "kw"] == pytest.approx(775_430, rel=1e-9)
    assert found["solar_panel", "installations"] == pytest.approx(494_315, rel=1e-9)
    assert found["solar_panel", "kwp"] == pytest.approx(3_310_842, rel=1e-9)
    # 308 Wp a panel, with the tolerance of "about 10.75 million".
    assert found["solar_panel", "panels"] == pytest.approx(3_310_842_000 / 308, rel=1e-6)
    assert found["ebike_battery", "packs"] == pytest.approx(
        4_900_000 * 3_804_906 / 17_811_291, rel=1e-9
    )
    assert found["smartphone", "phones"] == pytest.approx(
        26_800_000 * 3_804_906 / 17_811_291, rel=1e-9
    )


def test_the_report_basis(package: Path) -> None:
    found = totals(package, "report")
    assert found["wind_turbine", "turbines"] == pytest.approx(336, rel=1e-9)
    assert found["solar_panel", "panels"] == pytest.approx(300_000, rel=1e-9)
    assert found["ebike_battery", "packs"] == pytest.approx(2_100_000, rel=1e-9)
    assert found["smartphone", "phones"] == pytest.approx(5_700_000, rel=1e-9)
    materials = read(package, "materials").query("scenario_id == 'basis-report'")
    stock = materials[materials["layer"] == "stock"]
    # A report gives totals and no elements.
    assert set(stock["element"]) == {"crm"}
    crm = stock.groupby("stream")["mass_t"].sum().to_dict()
    assert crm == pytest.approx(
        {"wind_turbine": 168.0, "solar_panel": 1500.0, "ebike_battery": 3150.0}, rel=1e-9
    )


def test_what_the_report_has_beyond_the_register_is_unallocated(package: Path) -> None:
    stocks = read(package, "stocks").query("basis == 'report' and zone_id == 'unallocated'")
    beyond = stocks.set_index(["stream", "measure"])["value"]
    assert beyond["wind_turbine", "turbines"] == pytest.approx(336 - 267)
    assert beyond["solar_panel", "panels"] == 0
    assert beyond["ebike_battery", "packs"] == pytest.approx(2_100_000 - 1_046_754, abs=1)


def test_rotterdam_has_82_turbines_and_they_stand_in_its_ports(package: Path) -> None:
    stocks = read(package, "stocks").query("basis == 'register' and measure == 'turbines'")
    own = stocks[stocks["zone_id"].str.startswith("GM0599")].set_index("zone_id")["value"]
    assert own.sum() == 82
    assert own[own > 0].to_dict() == {
        "GM0599": 6,
        "GM0599.botlek": 9,
        "GM0599.europoort": 23,
        "GM0599.maasvlakte": 43,
        "GM0599.noordzeeweg": 1,
    }


def test_the_file_is_no_larger_than_it_may_be(package: Path) -> None:
    assert package.stat().st_size <= LARGEST_MB * 1_000_000


def test_releases_and_gaps_have_every_zone_stream_and_year(package: Path) -> None:
    zones = [*read(package, "zones")["zone_id"], "unallocated"]
    assert len(zones) == PLACES
    expected = pd.MultiIndex.from_product([zones, UNTIL, YEARS]).sort_values()
    releases, gaps = read(package, "releases"), read(package, "gaps")
    assert set(releases["scenario_id"]) == set(gaps["scenario_id"]) == {"default"}
    found = pd.MultiIndex.from_frame(releases[["zone_id", "stream", "year"]]).sort_values()
    assert found.equals(expected.set_names(found.names))
    # Gaps have a row for each step of the chain, and one for the rest of the country.
    steps = [(stream, step) for stream, own in CHAIN.items() for step in own]
    every = [(z, *each, y) for z in [*zones, "outside"] for each in steps for y in YEARS]
    found = pd.MultiIndex.from_frame(gaps[["zone_id", "stream", "step", "year"]])
    assert found.is_unique
    assert set(found) == set(every)


def test_what_is_not_known_is_null_and_not_nothing(package: Path) -> None:
    amounts = {
        "releases": "released_t released_t_low released_t_high reused_exported_t collected_t "
        "collected_t_low collected_t_high collection_gap_t grade",
        "gaps": "collected_t processed_t processed_t_best capacity_gap_t capacity_gap_t_best",
    }
    for name, columns in amounts.items():
        frame = read(package, name)
        early = frame["year"] <= frame["stream"].map(UNTIL)
        rows = PLACES if name == "releases" else 2 * (PLACES + 1)  # of two steps, and outside
        assert early.sum() == rows * 2, name  # 2025 of turbines and phones
        for column in columns.split():
            assert frame.loc[early, column].isna().all(), f"{name}.{column}"
            assert frame.loc[~early, column].notna().all(), f"{name}.{column}"
    stocks = read(package, "stocks")
    unknown = stocks["stream"].isin(["ev_battery", "medical_equipment"])
    assert unknown.sum() == PLACES * 2
    columns = ["value", "value_low", "value_high", "grade"]
    assert stocks.loc[unknown, columns].isna().all(axis=None)
    assert stocks.loc[~unknown, columns].notna().all(axis=None)
    # Nothing is made up from a stock that is not known, nor from a year before it was counted.
    materials = read(package, "materials")
    assert not ((materials["stream"] == "ev_battery") & (materials["layer"] == "stock")).any()
    later = materials[materials["layer"] != "stock"]
    assert (later["year"] > later["stream"].map(UNTIL)).all()
    assert "medical_equipment" not in set(read(package, "releases")["stream"])


def test_nothing_is_lost_between_the_tables(package: Path) -> None:
    releases, gaps = read(package, "releases"), read(package, "gaps")
    known = releases.dropna(subset=["released_t"])
    parts = known[["reused_exported_t", "collected_t", "collection_gap_t"]]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(known["released_t"].to_numpy(), rel=1e-9)
    assert (parts >= -1e-9).all(axis=None)
    keys = ["zone_id", "stream", "year"]
    joined = releases.merge(gaps, on=keys, suffixes=("", "_of_gaps"), validate="1:m")
    assert len(joined) == (gaps["zone_id"] != "outside").sum()
    there = joined["collected_t"].notna()
    assert joined.loc[there, "collected_t_of_gaps"].to_numpy() == pytest.approx(
        joined.loc[there, "collected_t"].to_numpy(), rel=1e-9
    )
    gaps = gaps.dropna(subset=["collected_t"])
    for end in ("", "_best"):
        both = gaps[f"processed_t{end}"] + gaps[f"capacity_gap_t{end}"]
        assert both.to_numpy() == pytest.approx(gaps["collected_t"].to_numpy(), rel=1e-9)
    assert (gaps["capacity_gap_t"] >= gaps["capacity_gap_t_best"] - 1e-9).all()
    assert set(gaps.loc[gaps["capacity_gap_t"] > 1e-6, "why"]) <= {"absence", "reach", "capacity"}
    assert gaps.loc[gaps["capacity_gap_t"] <= 1e-9, "why"].isna().all()
    # Down the chain nothing grows.
    for stream, steps in CHAIN.items():
        own = gaps[gaps["stream"] == stream].set_index(["zone_id", "year"])
        for before, after in itertools.pairwise(steps):
            one, other = (own[own["step"] == step]["processed_t"] for step in (before, after))
            assert (other <= one.reindex(other.index) + 1e-9).all()
    # Of a stock that nothing is added to, no more is released than stood.
    mass = totals(package, "register")
    out = releases.groupby("stream")["released_t"].sum()
    for stream in ("wind_turbine", "solar_panel"):
        assert 0.1 * mass[stream, "mass"] < out[stream] < mass[stream, "mass"]


def test_materials_are_there_at_the_reference_years(package: Path) -> None:
    materials = read(package, "materials").query("scenario_id == 'default'")
    counted = {"wind_turbine": 2026, "solar_panel": 2024, "ebike_battery": 2022, "smartphone": 2025}
    for stream, until in UNTIL.items():
        own = materials[materials["stream"] == stream]
        years = {layer: set(rows["year"]) for layer, rows in own.groupby("layer", observed=True)}
        later = {year for year in REFERENCE_YEARS if year > until}
        expected = {"released": later, "recovered": later}
        if stream in counted:
            expected["stock"] = {counted[stream]}
        assert years == expected, stream
        # Every zone has every element of the stream, in every layer and year.
        sizes = own.groupby(["layer", "year"], observed=True).size()
        assert set(sizes) == {PLACES * own["element"].nunique()}, stream
        assert not own.duplicated(["zone_id", "layer", "year", "element"]).any()


def test_totals_are_the_sums_of_their_elements(package: Path) -> None:
    materials = read(package, "materials").query("scenario_id == 'default'")
    elements = read(package, "elements").set_index("element")
    keys = ["stream", "zone_id", "layer", "year"]
    bulk = {"Al", "Cu", "Si", "Ni"}
    assert set(elements.index[elements["bulk_metal"] == "yes"]) == bulk
    single = materials[~materials["element"].isin(["crm", "crm_other"])]
    critical = single["element"].map(elements["critical"]) == "yes"
    assert (critical == single["critical"].astype(bool)).all()
    rest = critical & ~single["element"].isin(bulk)
    for total, members in (("crm", critical), ("crm_other", rest)):
        ours = single[members].groupby(keys)["mass_t"].sum()
        theirs = materials[materials["element"] == total].set_index(keys)["mass_t"].dropna()
        assert len(theirs) > 1000
        assert theirs.to_numpy() == pytest.approx(
            ours.reindex(theirs.index).fillna(0.0).to_numpy(), rel=1e-9, abs=1e-12
        )
    # Silver and tin are kept although they are on no list.
    kept = single[~critical & (single["layer"] == "stock")].groupby("element")["mass_t"].sum()
    assert (kept[["Ag", "Sn"]] > 0).all()


def test_recovery_is_what_passes_and_what_is_lost(package: Path) -> None:
    recovery = read(package, "recovery")
    assert set(recovery["scenario_id"]) == {"default"}
    assert not {"crm", "crm_other", "mass"} & set(recovery["element"])
    assert recovery["processed_t"].notna().all()
    # Where no yield is known nothing is said, neither of what is won nor of what is lost.
    unknown = recovery["recovered_t"].isna()
    assert (unknown == recovery["recovery_gap_t"].isna()).all()
    yields = pd.read_csv(DATA / "recovery_yields/recovery_yields.csv")
    today = yields[yields["recovery"] == "today"].set_index(["stream", "element"])["yield"]
    index = pd.MultiIndex.from_frame(recovery[["stream", "element"]])
    expected = pd.Series(index.map(today), index=recovery.index, dtype=float)
    assert (expected.isna() == unknown).all()
    known = recovery[~unknown]
    both = known["recovered_t"] + known["recovery_gap_t"]
    assert both.to_numpy() == pytest.approx(known["processed_t"].to_numpy(), rel=1e-9)
    assert known["recovered_t"].to_numpy() == pytest.approx(
        (known["processed_t"] * expected[~unknown]).to_numpy(), rel=1e-9, abs=1e-15
    )
    # The same tonnes stand in `materials`, with their range.
    keys = ["zone_id", "stream", "year", "element"]
    materials = (
        read(package, "materials")
        .query("layer == 'recovered' and scenario_id == 'default'")
        .set_index(keys)["mass_t"]
    )
    same = materials.reindex(pd.MultiIndex.from_frame(known[keys]))
    assert same.to_numpy() == pytest.approx(known["recovered_t"].to_numpy(), rel=1e-9, abs=1e-15)


def test_scenarios_turn_one_switch_at_a_time(package: Path) -> None:
    scenarios = read(package, "scenarios").set_index("scenario_id")
    assert scenarios.index[0] == "default"
    assert scenarios.index.is_unique
    assert scenarios.loc["default"].to_dict() == {
        "basis": "register",
        "lifetime": "regular",
        "inflow": "default",
        "collection": "today",
        "drive_train": "inferred",
        "recovery": "today",
        "reach": "europe",
        "planned": "no",
        "unknown_capacity": "nothing",
        "foreign_share": "share",
        "demand": "proportional",
    }
    turned = scenarios.iloc[1:].ne(scenarios.loc["default"])
    assert (turned.sum(axis=1) == 1).all()
    named = {
        f"{switch}-{scenarios.loc[name, switch]}": name
        for name, row in turned.iterrows()
        for switch in row.index[row]
    }
    assert all(made == name for made, name in named.items())
    assert set(named) == {
        "basis-report",
        "lifetime-early",
        "lifetime-late",
        "inflow-frozen",
        "inflow-replacement",
        "inflow-growth",
        "collection-targets",
        "drive_train-gb_dfig",
        "drive_train-dd_pmsg",
        "recovery-legal",
        "reach-250_km",
        "reach-netherlands",
        "reach-province_only",
        "planned-yes",
        "unknown_capacity-median",
        "unknown_capacity-unlimited",
        "foreign_share-0",
        "foreign_share-1",
        "demand-ours_first",
        "demand-province_alone",
    }


def wind_by_hand(years: range) -> dict[int, float]:
    """Release of all turbines, from the history of the country in a few plain loops."""
    rows = pd.read_csv(DATA / "national_history/national_history.csv")
    rows = rows[rows["series"] == "wind_onshore_mw_nl"]

    def stands(age: float) -> float:
        return math.exp(-((max(age, 0.0) / 27.55) ** 4.07))

    standing = {2000: 447.0}
    for year in range(2001, 2025):
        for entry in standing:
            standing[entry] *= stands(year - entry + 0.5) / stands(year - entry - 0.5)
        stock = float(np.interp(year, rows["year"], rows["value"]))
        left = sum(standing.values())
        if stock < left:
            standing = {entry: mw * stock / left for entry, mw in standing.items()}
        standing[year] = max(stock - left, 0.0)
    for entry in standing:
        standing[entry] *= stands(2025 - entry + 0.5) / stands(2024 - entry + 0.5)
    scale = 775.43 * 117.5 / sum(standing.values())
    return {
        year: scale
        * sum(
            mw
            * (stands(year - entry - 0.5) - stands(year - entry + 0.5))
            / stands(2025 - entry + 0.5)
            for entry, mw in standing.items()
        )
        for year in years
    }


def test_figures_done_by_hand(package: Path) -> None:
    """Each from the sources by a second route, so that a wrong share or base shows."""
    releases, gaps = read(package, "releases"), read(package, "gaps")
    sums = releases.groupby(["stream", "year"])[["released_t", "collected_t"]].sum(min_count=1)
    released, collected = sums["released_t"], sums["collected_t"]
    wind = wind_by_hand(range(2026, 2051))
    assert released["wind_turbine"].dropna().to_dict() == pytest.approx(wind, rel=1e-9)
    # A fifth of the turbines is used again; the rate of 100 % takes all that is left.
    assert collected["wind_turbine"][2035] == pytest.approx(wind[2035] * 0.8, rel=1e-9)
    share = 3_804_906 / 17_811_291
    # One of six phones leaves its drawer and another comes in; 160 g each, a tenth is collected.
    phones = 26_800_000 * share * 0.00016 / 6
    assert released["smartphone"][2026:].to_numpy() == pytest.approx(phones, rel=1e-9)
    assert collected["smartphone"][2026:].to_numpy() == pytest.approx(phones * 0.1, rel=1e-9)
    # Of 2,200 t of packs that were sold 305 were collected, and so it stays.
    assert collected["ebike_battery"].to_numpy() == pytest.approx(305 * share, rel=1e-9)
    # Packs of cars by cars: 1,160 t in the country in 2025, 8,200 in 2030; 34 % is handed in.
    for year, tonnes in ((2025, 1_160), (2030, 8_200)):
        own = tonnes * 1_657_849 / 8_917_000
        assert released["ev_battery"][year] == pytest.approx(own, rel=1e-9)
        assert collected["ev_battery"][year] == pytest.approx(own * 0.34, rel=1e-9)
    assert collected["solar_panel"].to_numpy() == pytest.approx(
        released["solar_panel"].to_numpy() * 0.6, rel=1e-9
    )
    # What can be processed of panels: Germany's plants for the Dutch part of both countries.
    flows = read(package, "flows").query("stream == 'solar_panel' and year == 2030")
    muenster = 50_000 * 17_811_291 / (17_811_291 + 84_400_000)
    assert set(flows["facility_id"]) == {"F048"}
    own = flows[flows["zone_id"] != "outside"]
    assert own["tonnes"].sum() == pytest.approx(collected["solar_panel"][2030], rel=1e-9)
    # The rest of the country stood 27,980 - 3,310.84 MWp.
    others = collected["solar_panel"][2030] * (27_980 / 3_310.84 - 1)
    assert flows["tonnes"].sum() - own["tonnes"].sum() == pytest.approx(others, rel=1e-5)
    assert flows["tonnes"].sum() < muenster
    # Wind has no plant of known capacity: the whole of it is the pair.
    gap = gaps.query("stream == 'wind_turbine' and year == 2030 and step == 'dismantling'")
    gap = gap[gap["zone_id"] != "outside"]
    assert gap["capacity_gap_t"].sum() == pytest.approx(collected["wind_turbine"][2030], rel=1e-9)
    assert gap["capacity_gap_t_best"].sum() == pytest.approx(0.0, abs=1e-9)
    assert set(gap.loc[gap["capacity_gap_t"] > 0, "grade"]) == {"D"}
    assert set(gap.loc[gap["capacity_gap_t"] > 0, "why"]) == {"capacity"}


def test_households_are_those_of_the_municipalities(package: Path) -> None:
    municipalities = read(package, "municipalities").set_index("municipality_code")
    assert municipalities.loc["GM0599", "households"] == pytest.approx(333_060, rel=1e-9)
    assert municipalities.loc["GM0505", "households"] == pytest.approx(55_510, rel=1e-9)


def test_kilometres_start_where_the_stock_is(region: atlas.Atlas) -> None:
    """Against the geodesic, from the mean place of the turbines and from the residents."""
    geod = Geod(ellps="WGS84")
    plants = region.facilities.set_index("facility_id").geometry.to_crs("EPSG:4326")
    nearest = region.nearest[region.nearest["year"] == 2025]
    nearest = nearest[nearest["step"] == nearest["stream"].map(STEP)]
    nearest = nearest.set_index(["zone_id", "stream"])
    turbines = pd.read_csv(
        region.catalog.home / region.catalog.stocks["wind_turbine"].data.source.file
    )
    own = turbines[turbines["municipality_code"] == "GM1924"]
    row = nearest.loc[("GM1924", "wind_turbine")]
    plant = plants[row["facility_id"]]
    metres = geod.inv(own["longitude"].mean(), own["latitude"].mean(), plant.x, plant.y)[2]
    assert row["distance_km"] == pytest.approx(metres / 1000 * 1.3, rel=0.01)
    middle = region.ground.centres.to_crs("EPSG:4326")["GM1924"]
    row = nearest.loc[("GM1924", "ebike_battery")]
    plant = plants[row["facility_id"]]
    metres = geod.inv(middle.x, middle.y, plant.x, plant.y)[2]
    assert row["distance_km"] == pytest.approx(metres / 1000 * 1.3, rel=0.01)
    # The two start from places kilometres apart.
    assert geod.inv(own["longitude"].mean(), own["latitude"].mean(), middle.x, middle.y)[2] > 2000


def test_tables_have_the_types_they_promise(package: Path) -> None:
    types = {
        "materials": {"year": "int", "mass_t": "float", "critical": "bool", "strategic": "bool"},
        "stocks": {"year": "int", "value": "float", "zone_id": "str"},
        "gaps": {"year": "int", "capacity_gap_t": "float", "why": "str"},
        "facilities": {"from_year": "int", "to_year": "int", "capacity_t_per_a": "float"},
    }
    names = {"int": "OFTInteger", "float": "OFTReal", "bool": "OFTInteger", "str": "OFTString"}
    for layer, columns in types.items():
        info = pyogrio.read_info(package, layer=layer)
        found = dict(zip(info["fields"], info["ogr_types"], strict=True))
        for column, kind in columns.items():
            assert found[column].startswith(names[kind]), f"{layer}.{column}: {found[column]}"


def test_flows_carry_what_is_processed(package: Path) -> None:
    flows, gaps = read(package, "flows"), read(package, "gaps")
    assert set(flows["year"]) == REFERENCE_YEARS
    assert set(flows["scenario_id"]) == {"default"}
    keys = ["zone_id", "stream", "step", "year"]
    carried = flows.groupby(keys)["tonnes"].sum()
    processed = gaps[gaps["year"].isin(REFERENCE_YEARS)].set_index(keys)["processed_t"]
    served = processed[processed > 1e-6]
    assert len(served) > 1500
    assert carried.reindex(served.index).to_numpy() == pytest.approx(served.to_numpy(), rel=1e-9)


def test_ranges_hold_their_middle(package: Path) -> None:
    stocks, releases = read(package, "stocks"), read(package, "releases")
    materials = read(package, "materials")
    for frame, name, grade in (
        (stocks, "value", "grade"),
        (releases, "released_t", "grade"),
        (releases, "collected_t", "collected_grade"),
        (materials, "mass_t", "grade"),
    ):
        known = frame.dropna(subset=[name])
        assert (known[f"{name}_low"] <= known[name] + 1e-12).all()
        assert (known[name] <= known[f"{name}_high"] + 1e-12).all()
        assert (known[f"{name}_low"] >= 0).all()
        assert set(known[grade]) <= set("ABCD")
        assert frame.loc[frame[name].isna(), [f"{name}_low", f"{name}_high"]].isna().all(axis=None)


def test_unknown_stays_unknown(package: Path) -> None:
    unplaced = read(package, "facilities_unplaced")
    placed = read(package, "facilities")
    facilities = pd.concat([placed, unplaced])
    assert len(facilities) == 57
    assert placed.geometry.notna().all()
    known = facilities.dropna(subset=["capacity_t_per_a"]).set_index("facility_id")
    assert known["capacity_t_per_a"].to_dict() == {
        "F001": 10_000,
        "F034": 7_000,
        "F042": 5_000,
        "F043": 10_000,
        "F046": 15_000,
        "F048": 50_000,
        "F049": 14_000,
        "F051": 600,
        "F055": 4_000,
    }
    assert set(unplaced["facility_id"]) == {
        "F010", "F011", "F025", "F032", "F033", "F036", "F040",
    }  # fmt: skip
    assert unplaced["zone_id"].isna().all()
    nowhere = read(package, "collection_points_unplaced")
    placed = read(package, "collection_points")
    points = pd.concat([placed, nowhere])
    assert len(points) == 75
    assert len(nowhere) == 5
    assert placed.geometry.notna().all()
    assert (points["streams_certainty"] == "assumed").sum() == 45


def test_every_number_leads_to_a_source(package: Path) -> None:
    known = set(read(package, "sources")["source_id"])
    unplaced = ("facilities_unplaced", "collection_points_unplaced")
    for layer in ("stocks", "facilities", "collection_points", *unplaced):
        frame = read(package, layer)
        told = frame["source_id"].notna()
        assert set(frame.loc[told, "source_id"]) <= known, layer
        # Only what is not known has none.
        assert told.all() or set(frame.loc[~told, "stream"]) == {"medical_equipment"}, layer
    assert read(package, "sources")["licence"].str.len().min() > 0


def test_headline_figures_stand_beside_the_registers(package: Path) -> None:
    figures = read(package, "headline_figures").set_index("figure_id")
    assert len(figures) == 19
    assert figures.loc["wind_count", "register_value"] == 267
    assert figures.loc["pv_count", "factor"] == pytest.approx(35.83, abs=0.01)
    named = {
        "wind_count": 267,
        "wind_crm": None,
        "wind_nd": None,
        "wind_total": None,
        "pv_count": 3_310_842_000 / 308,
        "pv_total": None,
        "ebike_count": 4_900_000 * 3_804_906 / 17_811_291,
        "ebike_crm": None,
        "phone_count": 26_800_000 * 3_804_906 / 17_811_291,
        # Of the whole country, as the report has it.
        "ev_2025": 1_160 * 0.34,
        "ev_2030": 8_200 * 0.34,
        "pv_wave": None,
    }
    assert figures.loc[list(named), "register_value"].notna().all()
    assert figures.drop(list(named))["register_value"].isna().all()
    assert figures.drop(list(named))["grade"].isna().all()
    by_hand = {name: value for name, value in named.items() if value is not None}
    assert figures.loc[list(by_hand), "register_value"].to_dict() == pytest.approx(
        by_hand, rel=1e-9
    )
    # Each has its range, but for a year.
    numbers = figures.loc[list(named)].drop("pv_wave")
    assert (numbers["register_low"] <= numbers["register_value"]).all()
    assert (numbers["register_value"] <= numbers["register_high"]).all()
    assert math.isnan(figures.loc["pv_wave", "factor"])
    # What the report says of neodymium, 134 t in all, is no order of magnitude of ours.
    per_turbine = figures.loc["wind_nd"]
    assert per_turbine["register_high"] * 267 < 134_000
    assert figures.loc["wind_crm", "register_value"] * 267 / 1000 == pytest.approx(
        figures.loc["wind_total", "register_value"], rel=1e-9
    )
    assert figures.loc[list(named), ["formula_nl", "formula_en"]].notna().all(axis=None)
    assert figures["reason_nl"].str.len().min() > 20


def test_the_raster_sums_to_the_residents(built: Path) -> None:
    path = built / "layers" / "zuid-holland" / "rasters" / "residents_100m.tif"
    with rasterio.open(path) as raster:
        assert raster.crs.to_epsg() == 28992
        assert raster.res == (100.0, 100.0)
        values = raster.read(1, masked=True)
    assert values.sum() == pytest.approx(3_804_906, rel=1e-9)
    assert values.min() >= 0


def test_the_file_holds_what_the_frames_hold(package: Path, region: atlas.Atlas) -> None:
    for name, frame in layers(region).items():
        found = read(package, name)
        assert len(found) == len(frame), name
        for column in frame.columns.drop("geometry", errors="ignore"):
            ours, theirs = frame[column], found[column]
            # Where some are NULL, yes and no come back as one and zero.
            mixed = pd.api.types.is_bool_dtype(ours) and pd.api.types.is_float_dtype(theirs)
            if mixed or (
                pd.api.types.is_numeric_dtype(ours) and not pd.api.types.is_bool_dtype(ours)
            ):
                assert np.array_equal(
                    ours.to_numpy(float, na_value=np.nan),
                    theirs.to_numpy(float, na_value=np.nan),
                    equal_nan=True,
                ), f"{name}.{column}"
            else:
                same = (ours.astype(str) == theirs.astype(str)) | (ours.isna() & theirs.isna())
                assert same.all(), f"{name}.{column}"


def test_provenance_lists_every_file_with_its_hash(built: Path) -> None:
    folder = built / "layers" / "zuid-holland"
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    found = {
        path.relative_to(built).as_posix()
        for tree in ("layers", "maps")
        for path in (built / tree).rglob("*")
        if path.is_file() and ".edition" not in path.parts
    }
    assert set(provenance["files"]) == found
    for name, digest in provenance["sha256"].items():
        assert hashlib.sha256((built / name).read_bytes()).hexdigest() == digest
    assert provenance["reference_date"] == "2026-11-21"
    assert str(built) not in json.dumps(provenance)


def test_zones_are_what_a_second_route_gives(region: atlas.Atlas) -> None:
    """Plants in zones by a spatial join, areas by the geodesic."""
    joined = gpd.sjoin(
        region.zones[["zone_id", "geometry"]],
        region.facilities.dropna(subset=["geometry"])[["facility_id", "geometry"]],
    )
    expected = joined.set_index("facility_id")["zone_id"]
    ours = region.facilities.set_index("facility_id")["zone_id"].dropna()
    assert ours.sort_index().to_dict() == expected.sort_index().to_dict()
    geodesic = region.zones.to_crs("EPSG:4326").geometry.map(_geodesic_km2)
    assert region.zones["area_km2"].to_numpy() == pytest.approx(geodesic.to_numpy(), rel=1e-4)


def _geodesic_km2(shape: shapely.Geometry) -> float:
    return abs(Geod(ellps="GRS80").geometry_area_perimeter(shape)[0]) / 1e6
