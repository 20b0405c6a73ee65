"""The sources of a region fit together, and a region is a definition and its data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import world
from affine import Affine
from click.testing import CliRunner

import atlas
from atlas.catalog import load
from atlas.cli import main
from atlas.errors import AtlasError
from atlas.inputs import Inputs, datasets_of, read_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from atlas.pipeline import Atlas

GEO = "data/geo/"
SOLAR = "layers/stocks/solar_panel.toml"
KWP = {code: 10.0 * i for i, code in enumerate(world.CODES, 1)}


def inputs_of(home: Path, region: str = "world") -> Inputs:
    catalog = load(home)
    return read_inputs(catalog, catalog.regions[region])


def stock(built: Atlas, measure: str, basis: str = "register") -> pd.Series:
    rows = built.stocks[(built.stocks["measure"] == measure) & (built.stocks["basis"] == basis)]
    return rows.set_index("zone_id")["value"]


@pytest.fixture(scope="module")
def built(written_world: Path) -> Atlas:
    return atlas.build("world", home=written_world)


def test_frames_come_in_the_metric_system_with_checked_columns(written_world: Path) -> None:
    inputs = inputs_of(written_world)
    assert list(inputs.municipalities.columns) == ["municipality_code", "name", "geometry"]
    assert inputs.municipalities.crs == world.CRS
    assert inputs.figures_year == 2023
    assert set(inputs.stocks) == {"wind_turbine", "solar_panel"}
    assert inputs.residents_grid is None
    frames = [f for f in vars(inputs).values() if isinstance(f, pd.DataFrame)]
    assert len(frames) == 22
    assert all(f.index.equals(pd.RangeIndex(len(f))) for f in frames)


def test_rows_of_merged_municipalities_are_summed(written_world: Path) -> None:
    inputs = inputs_of(written_world)
    figures = inputs.figures.set_index("municipality_code")
    assert figures.index.tolist() == world.CODES
    assert figures.loc["GM0009"].to_dict() == {"residents": 900, "households": 450, "cars": 90}
    panels = inputs.stocks["solar_panel"].set_index(["municipality_code", "year", "category"])
    assert panels.index.is_unique
    assert panels.loc[("GM0009", 2022, "total"), "installed_kwp"] == 90
    assert panels.loc[("GM0001", 2021, "total"), "installed_kwp"] == 7
    assert panels.loc[("GM0009", 2021, "total"), "installed_kwp"] == 72


def test_a_sum_of_which_a_part_is_suppressed_is_not_known(home: Path) -> None:
    with (home / GEO / "panels.csv").open("a", encoding="utf-8") as file:
        file.write("GM0009,2021,dwellings,36\nGM0011,2021,dwellings,\n")
    world.sign(home)
    panels = inputs_of(home).stocks["solar_panel"]
    kwp = panels.set_index(["municipality_code", "year", "category"])["installed_kwp"]
    assert math.isnan(kwp["GM0009", 2021, "dwellings"])
    assert kwp["GM0009", 2021, "total"] == 72


def test_without_mergers_nothing_is_recoded(home: Path) -> None:
    text = (home / "layers/areas/world.toml").read_text(encoding="utf-8")
    before, _, _ = text.partition("\n[recoding.source]")
    world.write(home / "layers/areas/world.toml", before)
    with pytest.raises(AtlasError) as error:
        inputs_of(home)
    assert {line.split(";")[0] for line in error.value.problems} == {
        "data/geo/figures.csv: unknown municipality GM0011 in line 11",
        "data/geo/panels.csv: unknown municipality GM0011 in line 20, 21, 35, 46, 56",
    }


def test_the_world_is_built_as_done_in_the_head(built: Atlas) -> None:
    zones = built.zones.set_index("zone_id")
    assert zones["residents"].sum() == pytest.approx(4500, rel=1e-12)
    assert zones.loc["GM0006.kade", ["residents", "households"]].tolist() == pytest.approx(
        [150, 75]
    )
    assert zones.loc["GM0005.west", "residents"] == 0
    turbines, kw = stock(built, "turbines"), stock(built, "kw")
    assert turbines[["GM0001", "GM0005", "GM0005.west", "unallocated"]].tolist() == [1, 1, 2, 1]
    assert kw[["GM0001", "GM0005", "GM0005.west", "unallocated"]].tolist() == pytest.approx(
        [4000, 3000, 3000, 5000]
    )
    assert kw.sum() == pytest.approx(15_000)
    kwp = stock(built, "kwp")
    # 30 of 50 on dwellings, all in the town; 20 on businesses, half of the ground is port.
    assert kwp[["GM0005", "GM0005.west"]].tolist() == pytest.approx([40, 10], rel=1e-6)
    # 36 of 60 on dwellings, a quarter lives on the quay; a quarter of the ground too.
    assert kwp[["GM0006", "GM0006.kade"]].tolist() == pytest.approx([45, 15], rel=1e-6)
    assert kwp["GM0009"] == pytest.approx(90)
    assert kwp["unallocated"] == 10
    packs = stock(built, "packs")
    assert packs.sum() == pytest.approx(100)
    assert packs[["GM0001", "GM0009"]].tolist() == pytest.approx([100 / 45, 20])
    mass = built.stocks[(built.stocks["basis"] == "register") & (built.stocks["measure"] == "mass")]
    by_stream = mass.groupby("stream")["value"].sum(min_count=1).to_dict()
    nothing = {name: by_stream.pop(name) for name in ("ev_battery", "medical")}
    assert by_stream == pytest.approx(
        {"wind_turbine": 1500, "solar_panel": 23, "ebike_battery": 0.3}
    )
    # Not known is NULL in every zone, not 0.
    assert all(math.isnan(value) for value in nothing.values())
    assert mass.loc[mass["stream"] == "medical", "zone_id"].tolist() == [
        *built.zones["zone_id"],
        "unallocated",
    ]


def default(built: Atlas, table: str, stream: str) -> pd.DataFrame:
    frame = getattr(built, table)
    return frame[(frame["scenario_id"] == "default") & (frame["stream"] == stream)]


def yearly(built: Atlas, stream: str, column: str = "released_t") -> dict[int, float]:
    sums = default(built, "releases", stream).groupby("year")[column].sum(min_count=1)
    return {int(year): value for year, value in sums.items() if value > 1e-12}


def test_what_entered_in_one_year_leaves_in_one_year(built: Atlas) -> None:
    # 5 MW of 2013 and 10 of 2019 stay for 20 years, at 0.1 t/kW.
    assert yearly(built, "wind_turbine") == pytest.approx({2033: 500, 2039: 1000})
    # The smallest 5 MW are the oldest: T1, T2, and two thirds of T3 beside them.
    rows = default(built, "releases", "wind_turbine")
    first = rows[rows["year"] == 2033].set_index("zone_id")["released_t"]
    assert first[["GM0001", "GM0005", "GM0005.west", "unallocated"]].tolist() == pytest.approx(
        [0, 200, 300, 0]
    )
    # GM0002 has 20 kWp: 8 in 2019, half of them of 2015, and 4 more in each year after.
    rows = default(built, "releases", "solar_panel")
    panels = rows[rows["zone_id"] == "GM0002"].set_index("year")["released_t"]
    assert panels[panels > 1e-12].to_dict() == pytest.approx(
        dict.fromkeys((2040, 2044, 2045, 2046, 2047), 4 * 0.05)
    )
    # GM0001 had one kWp less at the end of 2021, so that one came in that year and three after.
    panels = rows[rows["zone_id"] == "GM0001"].set_index("year")["released_t"]
    assert panels[[2045, 2046, 2047]].tolist() == pytest.approx([0.1, 0.05, 0.15])
    # One of five packs leaves and is replaced, every year; 3 kg each.
    assert yearly(built, "ebike_battery") == pytest.approx(dict.fromkeys(range(2025, 2051), 0.06))
    # A tenth of the cars: 10 t in 2025 and 20 t in 2030, which then holds on.
    packs = yearly(built, "ev_battery")
    assert [packs[2025], packs[2030], packs[2050]] == pytest.approx([10, 20, 20])
    assert packs[2027] == pytest.approx(10 * 2 ** (2 / 5))


def test_what_is_released_is_reused_collected_or_lost(built: Atlas) -> None:
    columns = ["reused_exported_t", "collected_t", "collection_gap_t"]
    wind = default(built, "releases", "wind_turbine")
    in_2033 = wind[wind["year"] == 2033]
    # A fifth is reused, half is collected, the rest is neither.
    assert in_2033[columns].sum().tolist() == pytest.approx([100, 250, 150])
    targets = built.releases[
        (built.releases["scenario_id"] == "collection-targets")
        & (built.releases["stream"] == "solar_panel")
    ]
    in_2040 = targets[targets["year"] == 2040]
    # Half of what stood in 2019 leaves in 2040, of which the law wants 64 %.
    assert in_2040[columns].sum().tolist() == pytest.approx([0.92, 2.944, 0.736])


def test_materials_are_done_in_the_head(built: Atlas) -> None:
    found = {
        stream: default(built, "materials", stream)
        .query("layer == 'stock'")
        .groupby("element", observed=True)["mass_t"]
        .sum()
        .to_dict()
        for stream in ("wind_turbine", "solar_panel", "ebike_battery", "ev_battery")
    }
    # Nd: 3 MW with gears 30 kg, 3 MW half and half 165, 4 with magnets 400, 5 unknown 140.
    # Cu: 3 MW with gears 6 t; half and half 3 + 2 (of 2013) + 1.5 (later); 12; unknown 8 + 3.
    assert found["wind_turbine"] == pytest.approx(
        {"Nd": 0.735, "Cu": 35.5, "crm": 36.235, "crm_other": 0.735}
    )
    # Silver: 20 g/kWp in the 184 kWp of 2019, 10 g in the 276 that came after.
    assert found["solar_panel"] == pytest.approx(
        {"Al": 4.6, "Ag": 0.00644, "glass": 13.8, "crm": 4.6, "crm_other": 0.0}
    )
    assert found["ebike_battery"] == pytest.approx(
        {"Co": 0.02, "Li": 0.01, "crm": 0.03, "crm_other": 0.03}
    )
    assert found["ev_battery"] == {}
    packs = default(built, "materials", "ev_battery").query("layer == 'released'")
    assert packs[(packs["element"] == "Co") & (packs["year"] == 2030)]["mass_t"].sum() == (
        pytest.approx(20 * 0.06)
    )
    magnets = built.materials[
        (built.materials["scenario_id"] == "drive_train-magnets")
        & (built.materials["stream"] == "wind_turbine")
        & (built.materials["layer"] == "stock")
        & (built.materials["element"] == "Nd")
    ]
    assert magnets["mass_t"].sum() == pytest.approx(1.5)


def test_what_is_recovered_is_what_passes_times_its_yield(built: Atlas) -> None:
    packs = built.recovery[
        (built.recovery["stream"] == "ebike_battery") & (built.recovery["year"] == 2030)
    ]
    sums = packs.groupby(["scenario_id", "element"], observed=True)[
        ["processed_t", "recovered_t", "recovery_gap_t"]
    ].sum(min_count=1)
    # 0.03 t of packs are collected and pass; 0.2 kg of cobalt in 3 kg is a fifteenth of it.
    assert sums.loc[("default", "Co")].tolist() == pytest.approx([0.002, 0.0016, 0.0004])
    assert sums.loc[("recovery-legal", "Co")].tolist() == pytest.approx([0.002, 0.0018, 0.0002])
    # Of lithium no yield is known before the law sets one.
    assert sums.loc[("default", "Li"), "processed_t"] == pytest.approx(0.001)
    assert math.isnan(sums.loc[("default", "Li"), "recovered_t"])
    assert sums.loc[("recovery-legal", "Li"), "recovered_t"] == pytest.approx(0.0005)


def test_every_source_comes_out_whole(built: Atlas, written_world: Path) -> None:
    inputs = inputs_of(written_world)
    kw, kwp = stock(built, "kw"), stock(built, "kwp")
    assert math.isclose(kw.sum(), inputs.stocks["wind_turbine"]["power_kw"].sum(), rel_tol=1e-9)
    rows = inputs.stocks["solar_panel"]
    totals = rows[(rows["year"] == 2022) & (rows["category"] == "total")]["installed_kwp"]
    assert math.isclose(kwp.sum(), totals.sum(), rel_tol=1e-9)
    assert math.isclose(stock(built, "turbines", "report").sum(), 10, rel_tol=1e-9)


def test_findings_name_what_is_doubtful(built: Atlas) -> None:
    found = built.findings[["layer", "row", "rule"]].to_numpy().tolist()
    for row in (
        ["wind_turbine", "T4", "just outside its municipality"],
        ["wind_turbine", "T5", "in no zone"],
        ["facilities", "F3", "no coordinates"],
        ["collection_points", "P2", "no coordinates"],
    ):
        assert row in found


def test_a_column_of_the_figures_is_a_key_without_code(home: Path) -> None:
    text = (home / GEO / "figures.csv").read_text(encoding="utf-8").splitlines()
    rows = [text[0] + ",berths", *(line + ",0" for line in text[1:])]
    rows[3] = rows[3].removesuffix("0") + "7"
    (home / GEO / "figures.csv").write_text("\n".join(rows), encoding="utf-8")
    world.write(
        home / "layers/keys/berths.toml",
        'title = { nl = "Ligplaatsen", en = "Berths" }\nmeasure = "column"\ncolumn = "berths"\n'
        'within = "area"\ngrade = "C"\n',
    )
    world.change(home, "layers/stocks/ebike_battery.toml", 'all = "cars"', 'all = "berths"')
    packs = stock(atlas.build("world", home=home), "packs")
    assert packs["GM0003"] == pytest.approx(100)
    assert packs.drop("GM0003").sum() == 0


def test_a_grid_of_the_region_takes_the_place_of_districts(home: Path) -> None:
    transform = Affine(500, 0, 90_000, 0, -500, 443_000)
    profile = {"driver": "GTiff", "height": 6, "width": 6, "count": 1, "dtype": "float64"}
    path = home / GEO / "residents.tif"
    with rasterio.open(path, "w", **profile, crs=world.CRS, transform=transform) as raster:
        raster.write(np.full((1, 6, 6), 125.0))
    by_option = atlas.build("world", home=home, residents_grid=path)
    source = world.SOURCE.format(file=GEO + "residents.tif", crs=world.CRS)
    text = (home / "layers/areas/world.toml").read_text(encoding="utf-8")
    # The region's own grid needs no districts at all.
    before, _, after = text.partition("\n[districts.source]")
    text = before + "\n[water" + after.partition("\n[water")[2]
    world.write(home / "layers/areas/world.toml", f"{text}\n[residents_grid.source]\n{source}")
    world.sign(home)
    by_definition = atlas.build("world", home=home)
    for built in (by_option, by_definition):
        residents = built.zones.set_index("zone_id")["residents"]
        assert residents[["GM0005", "GM0005.west"]].tolist() == pytest.approx([250, 250])
        assert residents[["GM0006", "GM0006.kade"]].tolist() == pytest.approx([450, 150])
        assert residents.sum() == pytest.approx(4500, rel=1e-12)


def test_a_region_without_ports_water_or_mergers_is_built(home: Path) -> None:
    text = (home / "layers/areas/world.toml").read_text(encoding="utf-8")
    parts = text.split("\n[")
    kept = [p for p in parts if not p.startswith(("ports", "water", "recoding"))]
    world.write(home / "layers/areas/world.toml", "\n[".join(kept))
    for name in ("figures.csv", "panels.csv"):
        path = home / GEO / name
        rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(r for r in rows if "GM0011" not in r), encoding="utf-8")
    world.sign(home)
    built = atlas.build("world", home=home)
    assert built.zones["zone_id"].tolist() == world.CODES
    assert built.zones["residents"].sum() == pytest.approx(4200)


def test_a_region_without_turbines_is_built(home: Path) -> None:
    path = home / GEO / "turbines.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    world.change(home, "layers/stocks/wind_turbine.toml", '\n[report]\nunits = "wind"\n', "")
    built = atlas.build("world", home=home)
    assert stock(built, "turbines").sum() == 0
    assert default(built, "releases", "wind_turbine")["released_t"].sum() == 0
    assert not (default(built, "materials", "wind_turbine")["mass_t"] > 0).any()
    assert default(built, "releases", "solar_panel")["released_t"].sum() == pytest.approx(23)


def test_hostile_names_pass_through_the_frames(home: Path) -> None:
    names = ['=HYPERLINK(""http://x"",""y"")', "<script>alert(1)</script>"]
    quoted = f'"{names[0]}"'
    world.change(home, GEO + "facilities.csv", "F1,Noord", f"F1,{quoted}")
    world.change(home, GEO + "points.csv", "P1,Milieustraat", f"P1,{names[1]}")
    built = atlas.build("world", home=home)
    assert built.facilities["name"].iloc[0] == '=HYPERLINK("http://x","y")'
    assert built.collection_points["name"].iloc[0] == names[1]


# ---------------------------------------------------------------- a second region

# Two squares east of the world; what is bound to municipalities is its own, the rest is shared.
EAST = {"GM0021": (94_000, 440_000, 95_000, 441_000), "GM0022": (95_000, 440_000, 97_000, 441_000)}
EAST_TABLES = {
    "figures.csv": "code,residents,households,cars\nGM0021,100,40,10\nGM0022,300,60,30\n",
    "panels.csv": "municipality_code,year,category,mwp\n"
    "GM0021,2022,total,0.02\nGM0021,2022,dwellings,0.01\nGM0022,2022,total,0.04\n"
    "GM0022,2022,dwellings,0\n",
    "turbines.csv": "turbine_id,x_m,y_m,mw,municipality_code\nE1,94500,440500,2,GM0021\n",
    "coverage.csv": "municipality_code,served_by,status,note\nGM0021,Q1,known,\nGM0022,,known,\n",
    "points.csv": world.TABLES["points.csv"].splitlines()[0]
    + "\nQ1,Oost,other,,,,GM0021,,94100,440100,50,panels,stated,no,open,,,,\n",
    "headlines.csv": world.TABLES["headlines.csv"]
    .replace("turbines,10,", "turbines,3,")
    .replace("Wereld", "Oost"),
}
EAST_SOURCES = {
    "municipalities": "municipalities.gpkg",
    "districts": "districts.gpkg",
    "figures": "figures.csv",
    "override.wind_turbine": "turbines.csv",
    "override.solar_panel": "panels.csv",
    "override.coverage": "coverage.csv",
    "override.collection_points": "points.csv",
    "override.headline_figures": "headlines.csv",
}
EAST_COLUMNS = {
    "figures": 'municipality_code = { name = "code" }',
    "override.solar_panel": 'installed_kwp = { name = "mwp", unit = "MWp" }',
    "override.wind_turbine": 'turbine_id = { name = "turbine_id" }\n'
    'power_kw = { name = "mw", unit = "MW" }',
}


def write_east(home: Path) -> None:
    folder = home / GEO / "east"
    folder.mkdir()
    outlines = gpd.GeoDataFrame(
        {"municipality_code": list(EAST), "name": ["Een", "Twee"]},
        geometry=[shapely.box(*box) for box in EAST.values()],
        crs=world.CRS,
    )
    world.write_shapes(folder / "municipalities.gpkg", outlines)
    districts = outlines.assign(district_code=["WK1", "WK2"], residents=[1.0, 1.0])
    world.write_shapes(folder / "districts.gpkg", districts)
    for name, text in EAST_TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    spatial = (".gpkg", "turbines.csv", "points.csv")
    toml = (
        world.AREAS.replace("World", "East")
        .replace("Wereld", "Oost")
        .replace('"GM0005", "GM0005.west"', '"GM0021"')
    )
    for name, file in EAST_SOURCES.items():
        crs = world.CRS if file.endswith(spatial) else "none"
        source = world.SOURCE.format(file=f"data/geo/east/{file}", crs=crs)
        toml += f"\n[{name}.source]\n{source}"
        if name in EAST_COLUMNS:
            toml += f"\n[{name}.columns]\n{EAST_COLUMNS[name]}\n"
    world.write(home / "layers/areas/east.toml", toml)
    world.sign(home)


def test_a_second_region_is_one_definition_and_its_data(home: Path, built: Atlas) -> None:
    write_east(home)
    east = atlas.build("east", home=home)
    assert east.zones["zone_id"].tolist() == list(EAST)
    assert east.zones["residents"].tolist() == pytest.approx([100, 300])
    assert stock(east, "kw").to_dict() == {"GM0021": 2000, "GM0022": 0, "unallocated": 0}
    assert stock(east, "kwp").to_dict() == pytest.approx(
        {"GM0021": 20, "GM0022": 40, "unallocated": 0}
    )
    # 400 of 45,000 residents, 1,000 packs in the country.
    assert stock(east, "packs").sum() == pytest.approx(400 / 45)
    assert stock(east, "turbines", "report").sum() == pytest.approx(3)
    assert east.collection_points["point_id"].tolist() == ["Q1"]
    # The plants of the country are everyone's, but none stands here.
    assert east.facilities["facility_id"].tolist() == built.facilities["facility_id"].tolist()
    assert east.facilities["zone_id"].isna().all()
    files = set(east.sources["file"])
    assert "data/geo/east/panels.csv" in files
    assert "data/geo/panels.csv" not in files
    assert "data/geo/facilities.csv" in files


def test_a_report_on_one_region_says_nothing_of_another(home: Path) -> None:
    write_east(home)
    path = home / "layers/areas/east.toml"
    before, _, _ = path.read_text(encoding="utf-8").partition("\n[override.headline_figures")
    world.write(path, before)
    east = atlas.build("east", home=home)
    assert set(east.stocks["basis"]) == {"register"}
    assert stock(east, "kw").sum() == 2000


def test_the_first_region_does_not_notice_the_second(home: Path, built: Atlas) -> None:
    write_east(home)
    again = atlas.build("world", home=home)
    pd.testing.assert_frame_equal(again.stocks, built.stocks)
    pd.testing.assert_frame_equal(again.gaps, built.gaps)
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.zones.drop(columns="geometry")),
        pd.DataFrame(built.zones.drop(columns="geometry")),
    )


def test_both_regions_are_built_side_by_side(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_east(home)
    monkeypatch.chdir(home)
    for region in ("world", "east"):
        result = CliRunner().invoke(main, ["build", region])
        assert result.exit_code == 0, result.output
        assert f"layers/built/{region}.gpkg" in result.stdout.splitlines()
    assert CliRunner().invoke(main, ["check", "east"]).exit_code == 0
    names = {path.name for path in (home / "maps/built").iterdir()}
    assert {"world.html", "east.html", "east-explore.html"} <= names


def test_data_of_the_first_region_do_not_fit_the_second(home: Path) -> None:
    write_east(home)
    path = home / "layers/areas/east.toml"
    text = path.read_text(encoding="utf-8")
    before, _, after = text.partition("\n[override.coverage.source]")
    world.write(path, before + "\n[override.coll" + after.partition("\n[override.coll")[2])
    with pytest.raises(AtlasError) as error:
        inputs_of(home, "east")
    assert len(error.value.problems) == 10
    assert error.value.problems[1].startswith(
        "data/geo/coverage.csv: unknown municipality GM0001 in line 2; "
    )


def test_datasets_are_those_that_a_region_uses(home: Path) -> None:
    write_east(home)
    catalog = load(home)
    used = {d.layer: d.source.file for d in datasets_of(catalog, catalog.regions["east"])}
    assert used["solar_panel"] == "data/geo/east/panels.csv"
    assert used["facilities"] == "data/geo/facilities.csv"
    assert used["east.figures"] == "data/geo/east/figures.csv"
    assert "east.ports" not in used
    assert len(used) == 3 + 17
