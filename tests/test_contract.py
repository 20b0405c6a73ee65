"""What comes out of the default build, read back from its files as a stranger would."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from pyproj import Geod

import atlas
from atlas.exports import layers

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {
    "zones": "zone_id municipality_code kind name area_km2 residents households",
    "municipalities": "municipality_code name area_km2 residents households",
    "facilities": "facility_id name step streams fraction capacity_t_per_a "
    "planned_capacity_t_per_a capacity_of status from_year to_year country zone_id precision_m "
    "source_url source_id",
    "collection_points": "point_id name kind streams streams_certainty own_residents_only status "
    "zone_id precision_m source_url source_id",
    "flows": "zone_id facility_id stream scenario_id step year tonnes distance_km",
    "scenarios": "scenario_id basis lifetime inflow collection drive_train reach planned "
    "unknown_capacity foreign_share demand",
    "stocks": "zone_id stream basis year measure value value_low value_high unit grade source_id",
    "materials": "zone_id stream scenario_id layer year element critical strategic mass_t "
    "mass_t_low mass_t_high grade",
    "releases": "zone_id stream scenario_id year released_t released_t_low released_t_high "
    "reused_exported_t collected_t collected_t_low collected_t_high grade",
    "gaps": "zone_id stream scenario_id step year collected_t processed_t processed_t_best "
    "capacity_gap_t capacity_gap_t_best why grade",
    "sources": "source_id publisher licence reference_date",
    "findings": "layer row rule found action",
    "headline_figures": "figure_id stream report_value register_value difference factor",
}
PLACED = ("zones", "municipalities", "facilities", "collection_points", "flows")


@pytest.fixture(scope="module")
def package(built: Path) -> Path:
    return built / "layers" / "zuid-holland.gpkg"


@pytest.fixture(scope="module")
def region() -> atlas.Atlas:
    return atlas.build("zuid-holland")


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
    for layer in PLACED:
        info = pyogrio.read_info(package, layer=layer)
        assert info["crs"] == "EPSG:28992", layer
        assert info["geometry_name"] == "geom", layer
        assert info["fid_column"] == "fid", layer
    assert {name for name, _ in pyogrio.list_layers(package)} == set(TABLES)


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
    materials = read(package, "materials")
    materials = materials[(materials["layer"] == "stock") & (materials["element"] == "crm")]
    crm = materials.groupby("stream")["mass_t"].sum().to_dict()
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


def test_nothing_is_lost_between_the_tables(package: Path) -> None:
    stocks, releases, gaps = (read(package, name) for name in ("stocks", "releases", "gaps"))
    mass = (
        stocks.query("basis == 'register' and measure == 'mass'").groupby("stream")["value"].sum()
    )
    released = releases.groupby("stream")["released_t"].sum()
    lifetimes = {"wind_turbine": 25, "solar_panel": 27.66, "ebike_battery": 7, "smartphone": 6}
    for stream, years in lifetimes.items():
        assert released[stream] == pytest.approx(mass[stream] / years, rel=1e-9)
    joined = releases.merge(gaps, on=["zone_id", "stream", "year"], suffixes=("", "_of_gaps"))
    assert len(joined) == len(releases) == len(gaps)
    assert (joined["collected_t"] <= joined["released_t"] * (1 + 1e-9)).all()
    for end in ("", "_best"):
        both = gaps[f"processed_t{end}"] + gaps[f"capacity_gap_t{end}"]
        assert both.to_numpy() == pytest.approx(gaps["collected_t"].to_numpy(), rel=1e-9)
    assert (gaps["capacity_gap_t"] >= gaps["capacity_gap_t_best"] - 1e-9).all()
    assert set(gaps.loc[gaps["capacity_gap_t"] > 1e-6, "why"]) <= {"absence", "reach", "capacity"}
    assert gaps.loc[gaps["capacity_gap_t"] <= 1e-9, "why"].isna().all()


def test_figures_done_by_hand(package: Path) -> None:
    """Each from the sources with a pocket calculator, so that a wrong share or base shows."""
    releases, gaps = read(package, "releases"), read(package, "gaps")
    assert set(releases["year"]) == set(gaps["year"]) == {2026}
    collected = releases.groupby("stream")["collected_t"].sum()
    share = 3_804_906 / 17_811_291
    assert collected["ebike_battery"] == pytest.approx(305 * share, rel=1e-9)
    assert collected["wind_turbine"] == pytest.approx(775_430 * 0.1175 / 25, rel=1e-9)
    assert collected["solar_panel"] == pytest.approx(3_310_842 * 0.065 / 27.66 * 0.6, rel=1e-9)
    # What can be processed of panels: Germany's plants for the Dutch part of both countries.
    flows = read(package, "flows").query("stream == 'solar_panel'")
    muenster = 50_000 * 17_811_291 / (17_811_291 + 84_400_000)
    assert set(flows["facility_id"]) == {"F048"}
    assert flows["tonnes"].sum() == pytest.approx(collected["solar_panel"], rel=1e-9)
    assert flows["tonnes"].sum() < muenster
    # Wind has no plant of known capacity: the whole of it is the pair.
    wind = gaps.query("stream == 'wind_turbine'")
    assert wind["capacity_gap_t"].sum() == pytest.approx(collected["wind_turbine"], rel=1e-9)
    assert wind["capacity_gap_t_best"].sum() == pytest.approx(0.0, abs=1e-9)
    assert set(wind.loc[wind["capacity_gap_t"] > 0, "grade"]) == {"D"}
    assert set(wind.loc[wind["capacity_gap_t"] > 0, "why"]) == {"capacity"}


def test_households_are_those_of_the_municipalities(package: Path) -> None:
    municipalities = read(package, "municipalities").set_index("municipality_code")
    assert municipalities.loc["GM0599", "households"] == pytest.approx(333_060, rel=1e-9)
    assert municipalities.loc["GM0505", "households"] == pytest.approx(55_510, rel=1e-9)


def test_kilometres_start_where_the_stock_is(region: atlas.Atlas) -> None:
    """Against the geodesic, from the mean place of the turbines and from the residents."""
    geod = Geod(ellps="WGS84")
    plants = region.facilities.geometry.to_crs("EPSG:4326")
    nearest = region.nearest.set_index(["zone_id", "stream"])
    turbines = pd.read_csv(
        region.catalog.home / region.catalog.stocks["wind_turbine"].data.source.file
    )
    own = turbines[turbines["municipality_code"] == "GM1924"]
    row = nearest.loc[("GM1924", "wind_turbine")]
    plant = plants.iloc[int(row["facility"])]
    metres = geod.inv(own["longitude"].mean(), own["latitude"].mean(), plant.x, plant.y)[2]
    assert row["distance_km"] == pytest.approx(metres / 1000 * 1.3, rel=0.01)
    middle = region.centres.to_crs("EPSG:4326")["GM1924"]
    row = nearest.loc[("GM1924", "ebike_battery")]
    plant = plants.iloc[int(row["facility"])]
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
    carried = flows.groupby(["zone_id", "stream"])["tonnes"].sum()
    processed = gaps.set_index(["zone_id", "stream"])["processed_t"]
    served = processed[processed > 1e-6]
    assert carried.reindex(served.index).to_numpy() == pytest.approx(served.to_numpy(), rel=1e-9)


def test_ranges_hold_their_middle(package: Path) -> None:
    stocks, releases = read(package, "stocks"), read(package, "releases")
    for frame, name in ((stocks, "value"), (releases, "released_t"), (releases, "collected_t")):
        assert (frame[f"{name}_low"] <= frame[name] + 1e-12).all()
        assert (frame[name] <= frame[f"{name}_high"] + 1e-12).all()
    assert set(stocks["grade"]) <= set("ABCD")


def test_unknown_stays_unknown(package: Path) -> None:
    facilities = read(package, "facilities")
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
    unplaced = facilities[facilities.geometry.isna()]
    nowhere = {"F010", "F011", "F025", "F032", "F033", "F036", "F040"}
    assert set(unplaced["facility_id"]) == nowhere
    assert unplaced["zone_id"].isna().all()
    points = read(package, "collection_points")
    assert len(points) == 75
    assert points.geometry.isna().sum() == 5
    assert (points["streams_certainty"] == "assumed").sum() == 45


def test_every_number_leads_to_a_source(package: Path) -> None:
    known = set(read(package, "sources")["source_id"])
    for layer in ("stocks", "facilities", "collection_points"):
        assert set(read(package, layer)["source_id"]) <= known, layer
    assert read(package, "sources")["licence"].str.len().min() > 0


def test_headline_figures_stand_beside_the_registers(package: Path) -> None:
    figures = read(package, "headline_figures").set_index("figure_id")
    assert len(figures) == 19
    assert figures.loc["wind_count", "register_value"] == 267
    assert figures.loc["pv_count", "factor"] == pytest.approx(35.83, abs=0.01)
    known = ["wind_count", "pv_count", "ebike_count", "phone_count"]
    assert figures.drop(known)["register_value"].isna().all()
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
            if pd.api.types.is_numeric_dtype(ours) and not pd.api.types.is_bool_dtype(ours):
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
