"""A tiny exact world: nine squares of 1 km, two ports, numbers that can be done in the head.

It is written as a real home folder, with definitions and data of its own::

    GM0007  GM0008  GM0009      y 442 to 443 km      square i has 100 * i residents,
    GM0004  GM0005  GM0006      y 441 to 442 km      half of them in the districts' older year
    GM0001  GM0002  GM0003      y 440 to 441 km
    x 90 to 93 km (EPSG:28992)

The port "west" is the western half of GM0005 and empty; "kade" is the southern quarter of GM0006
and holds its own district with a quarter of the residents.  The eastern half of GM0001 is water.
GM0009 counts a third of its people and panels under the code GM0011, which became GM0010 and
then GM0009.

Turbines and panels stay for exactly 20 and 25 years, so that what entered in one year leaves in
one year.  The country had 5 MW of turbines from 2013 on and 15 from 2019 on: the smallest 5 of the
15 MW here are of 2013 and leave in 2033, the largest 10 are of 2019 and leave in 2039.  Half of the
panels of 2019 are of 2015; what came after is what each municipality has more than a year before.
One of five packs leaves in a year, and as many come in.  Of the packs of cars only the country's
flow is known, a tenth of which is the world's; of medical equipment nothing is.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio
import shapely

if TYPE_CHECKING:
    from pathlib import Path

CRS = "EPSG:28992"
WEST, SOUTH = 90_000.0, 440_000.0
KM = 1000.0
CODES = [f"GM000{i}" for i in range(1, 10)]
SQUARES = {
    code: shapely.box(
        WEST + i % 3 * KM, SOUTH + i // 3 * KM, WEST + (i % 3 + 1) * KM, SOUTH + (i // 3 + 1) * KM
    )
    for i, code in enumerate(CODES)
}
PORTS = {
    "west": ("GM0005", shapely.box(91_000, 441_000, 91_500, 442_000)),
    "kade": ("GM0006", shapely.box(92_000, 441_000, 93_000, 441_250)),
}
WATER = shapely.box(90_500, 440_000, 91_000, 441_000)
RESIDENTS = {code: 100.0 * i for i, code in enumerate(CODES, 1)}

SOURCE = """file = "{file}"
sha256 = ""
title = "{file}"
publisher = "The world's office"
licence = "CC0-1.0"
reference_date = 2023-01-01
crs = "{crs}"
"""

AREAS = """
title = { nl = "Wereld", en = "World" }
country = "NL"
crs = { metric = "EPSG:28992", area = "EPSG:3035" }
detour_factor = 1.3
labels = ["GM0005", "GM0005.west"]
"""

# A layer's id -> folder, file, coordinate system, and what stands beside its source.
LAYERS = {
    "national": ("tables", "national.csv", "none", ""),
    "fractions": ("tables", "fractions.csv", "none", ""),
    "accepted": ("tables", "accepted.csv", "none", ""),
    "coverage": ("tables", "coverage.csv", "none", ""),
    "facilities": ("facilities", "facilities.csv", CRS, ""),
    "collection_points": ("facilities", "points.csv", CRS, ""),
    "headline_figures": (
        "reports",
        "headlines.csv",
        "none",
        '\n[register.wind]\nstream = "wind_turbine"\nsubstance = "turbines"\nlayer = "stock"\n',
    ),
    "composition": ("tables", "composition.csv", "none", ""),
    "elements": ("tables", "elements.csv", "none", ""),
    "eu_list": ("tables", "eu_list.csv", "none", ""),
    "drive_trains": ("tables", "drive_trains.csv", "none", ""),
    "history": ("tables", "history.csv", "none", ""),
    "yields": ("tables", "yields.csv", "none", ""),
    "chain": ("tables", "chain.csv", "none", ""),
    "plant_sizes": ("tables", "plant_sizes.csv", "none", ""),
}

KEYS = {
    "residents": 'measure = "grid"\ngrade = "C"',
    "area": 'measure = "area"\ngrade = "D"',
    "cars": 'measure = "column"\ncolumn = "cars"\nwithin = "residents"\ngrade = "C"',
    "power": 'measure = "points"\npoints = "wind_turbine"\ncolumn = "power_kw"\ngrade = "A"',
}

RATES = """
[inflow]
own = "{own}"

[inflow.growth]
value = 0.1
unit = "share"
grade = "D"
source = "the world"

[reuse]
value = 0.2
unit = "share"
low = 0.1
high = 0.4
grade = "D"
source = "the world"

[collection]
rate_of = "generated"
year = 2023

[collection.rate]
value = 0.5
unit = "share"
grade = "D"
source = "the world"
"""

# From half in 2023 in a straight line to 64 % in 2030: two hundredths a year.
TARGETS = """
[[collection.targets]]
year = 2030
value = 0.64
source = "the world's law"
"""

LIFETIME = """
[lifetimes.{name}]
distribution = "{distribution}"
{parameters}
source = "the world"
"""

AGES = """
[ages]
method = "{method}"
until = 2022
grade = "D"
source = "the world"
{series}
"""

MASS = """
[[measures]]
id = "mass"
title = {{ nl = "massa", en = "mass" }}
unit = {{ nl = "t", en = "t" }}
of = "{of}"

[measures.factor]
value = {value}
unit = "{unit}"
grade = "C"
source = "the world"
"""

COUNTED = """
[[measures]]
id = "{id}"
title = {{ nl = "{id}", en = "{id}" }}
unit = {{ nl = "{unit}", en = "{unit}" }}
grade = "A"
{column}
"""

STOCK = """
title = {{ nl = "{id}", en = "{id}" }}
in_stock = {{ nl = "in gebruik", en = "in use" }}
spread = {{ nl = "geteld", en = "counted" }}
order = {order}
"""

STOCKS = {
    "wind_turbine": STOCK.format(id="wind_turbine", order=1)
    + 'method = "points"\nyear = 2023\nunits = "turbines"\nstep = "dismantling"\nkeys = {}\n\n'
    + "[source]\n"
    + SOURCE.format(file="data/geo/turbines.csv", crs=CRS)
    + "\n[columns]\n"
    + 'turbine_id = { name = "turbine_id" }\npower_kw = { name = "mw", unit = "MW" }\n'
    + COUNTED.format(id="turbines", unit="pieces", column="")
    + COUNTED.format(id="kw", unit="kW", column='column = "power_kw"')
    + MASS.format(of="kw", value=0.1, unit="t/kW")
    + LIFETIME.format(name="regular", distribution="fixed", parameters="mean_a = 20.0")
    + LIFETIME.format(name="early", distribution="fixed", parameters="mean_a = 15.0")
    + LIFETIME.format(name="late", distribution="normal", parameters="mean_a = 25.0\nsd_a = 5.0")
    + AGES.format(method="size", series='series = "wind_nl"')
    + RATES.format(own="frozen")
    + """
[variants]
by_size = true
size = "power_kw"
mix = { "magnets" = 0.2, "gears" = 0.8 }
source = "the world"

[variants.scenarios]
magnets = { "magnets" = 1.0 }
"""
    + '\n[report]\nunits = "wind"\n',
    "solar_panel": STOCK.format(id="solar_panel", order=2)
    + 'method = "table"\nyear = 2022\nunits = "kwp"\nstep = "recycling"\n'
    + 'keys = { dwellings = "residents", businesses = "area" }\n\n'
    + "[source]\n"
    + SOURCE.format(file="data/geo/panels.csv", crs="none")
    + '\n[columns]\ninstalled_kwp = { name = "kwp", unit = "kWp" }\n'
    + '\n[categories]\ncolumn = "category"\ntotal = "total"\n'
    + 'parts = ["dwellings"]\nremainder = "businesses"\n'
    + COUNTED.format(id="kwp", unit="kWp", column='column = "installed_kwp"')
    + MASS.format(of="kwp", value=0.05, unit="t/kWp")
    + LIFETIME.format(name="regular", distribution="fixed", parameters="mean_a = 25.0")
    + LIFETIME.format(
        name="early", distribution="weibull", parameters="shape = 2.5\nscale_a = 20.0"
    )
    + AGES.format(method="stocks", series='series = "pv_nl"')
    + RATES.format(own="frozen")
    + TARGETS
    + '\n[variants]\nmix = { "silicon" = 1.0 }\nsource = "the world"\n',
    "ebike_battery": STOCK.format(id="ebike_battery", order=3)
    + 'method = "key"\nyear = 2022\nunits = "packs"\nstep = "recycling"\n'
    + 'keys = { all = "cars" }\n\n'
    + '[national]\ntotal = "packs_nl"\ndenominator = "residents_nl"\nyear = 2022\n'
    + COUNTED.format(id="packs", unit="pieces", column="")
    + MASS.format(of="packs", value=0.003, unit="t/piece")
    + LIFETIME.format(name="regular", distribution="hazard", parameters="chance_per_a = 0.2")
    + AGES.format(method="steady", series="")
    + RATES.format(own="replacement"),
}

FLOW = (
    """
title = { nl = "ev_battery", en = "ev_battery" }
in_stock = { nl = "in auto's", en = "in cars" }
spread = { nl = "verdeeld", en = "spread" }
note = { nl = "onbekend", en = "not known" }
order = 4
key = "cars"
step = "recycling"
hold_after = 2030

[national]
total = "ev_nl"
denominator = "cars_nl"
numerator = "cars"
year = 2023
"""
    + RATES.format(own="growth")
    + '\n[variants]\nmix = { "pack" = 1.0 }\nsource = "the world"\n'
)

MENTION = """
title = { nl = "medical", en = "medical" }
note = { nl = "onbekend", en = "not known" }
order = 5
"""

MAP = """
title = { nl = "Verkennen", en = "Explore" }
order = 1
story = { nl = "Wat is er?", en = "What is there?" }

[view]
stream = "wind_turbine"
layer = "stock"
measure = "turbines"
"""

TABLES = {
    # T1 and T2 stand in the port, T3 beside it, T4 100 m off the coast, T5 nowhere near.
    "turbines.csv": """turbine_id,x_m,y_m,mw,municipality_code
T1,91200,441500,1,GM0005
T2,91300,441500,2,GM0005
T3,91700,441500,3,GM0005
T4,89900,440500,4,GM0001
T5,90500,431000,5,GM0002
""",
    "panels.csv": "municipality_code,year,category,kwp\n"
    + "".join(
        f"{code},2022,total,{10 * i}\n{code},2022,dwellings,{6 * i}\n"
        for code, i in [*zip(CODES[:8], range(1, 9), strict=True), ("GM0009", 6), ("GM0011", 3)]
    )
    + "GM0000,2022,total,10\nGM0000,2022,dwellings,0\nGM0001,2021,total,7\nGM0005,2022,large,4\n"
    # GM0001 had 4, 6, 7 and now 10; the others i times 4, 6, 8 and now 10.
    + "".join(
        f"{code},{year},total,{much * i}\n"
        for year, much in ((2019, 4), (2020, 6), (2021, 8))
        for code, i in [
            *zip(CODES[:8], range(1, 9), strict=True),
            ("GM0009", 6),
            ("GM0011", 3),
            ("GM0000", 1),
        ]
        if (code, year) != ("GM0001", 2021)
    ),
    "figures.csv": "municipality_code,residents,households,cars\n"
    + "".join(
        f"{code},{100 * i},{50 * i},{10 * i}\n"
        for code, i in [*zip(CODES[:8], range(1, 9), strict=True), ("GM0009", 6), ("GM0011", 3)]
    ),
    "recoding.csv": "old_code,new_code\nGM0010,GM0009\nGM0011,GM0010\n",
    "national.csv": """figure,value,unit,year,source,grade
residents_nl,45000,piece,2023,the world,A
packs_nl,1000,piece,2022,the world,B
cars_nl,4500,piece,2023,the world,A
ev_nl,100,t,2025,the world,D
ev_nl,200,t,2030,the world,D
""",
    "composition.csv": """stream,variant,element,from_year,to_year,content,low,high,unit,grade,\
recollection,source,source_nl,note,note_nl
wind_turbine,magnets,Nd,,,100,50,200,kg/MW,C,no,the world,de wereld,,
wind_turbine,magnets,Cu,,2014,2000,,,kg/MW,B,no,the world,de wereld,,
wind_turbine,magnets,Cu,2015,,3000,,,kg/MW,B,no,the world,de wereld,,
wind_turbine,gears,Nd,,,10,5,20,kg/MW,C,no,the world,de wereld,,
wind_turbine,gears,Cu,,,2000,,,kg/MW,B,no,the world,de wereld,,
solar_panel,silicon,Al,,,10,8,12,kg/kWp,B,no,the world,de wereld,,
solar_panel,silicon,Ag,,2019,0.02,,,kg/kWp,C,yes,the world,de wereld,,
solar_panel,silicon,Ag,2020,,0.01,,,kg/kWp,C,no,the world,de wereld,,
solar_panel,silicon,glass,,,30,,,kg/kWp,B,no,the world,de wereld,,
ebike_battery,all,Co,,,0.2,0.1,0.4,kg/piece,C,no,the world,de wereld,,
ebike_battery,all,Li,,,100,,,g/piece,C,no,the world,de wereld,,
ev_battery,pack,Co,,,60,,,kg/t,C,no,the world,de wereld,,
""",
    "elements.csv": """element,kind,name_nl,name_en,eu_number,critical,strategic,bulk_metal,note
Nd,element,neodymium,neodymium,1,yes,yes,no,
Cu,element,koper,copper,2,yes,yes,yes,
Al,element,aluminium,aluminium,3,yes,yes,yes,
Co,element,kobalt,cobalt,4,yes,yes,no,
Li,element,lithium,lithium,5,yes,yes,no,
Ag,element,zilver,silver,,no,no,no,not on the list
glass,bulk,glas,glass,,no,no,no,
""",
    "eu_list.csv": """number,name_nl,name_en,elements,critical,strategic,note
1,neodymium,neodymium,Nd,yes,yes,
2,koper,copper,Cu,yes,yes,
3,aluminium,aluminium,Al,yes,yes,
4,kobalt,cobalt,Co,yes,yes,
5,lithium,lithium,Li,yes,yes,
""",
    # T1 and T2 are small, T3 is of two kinds, T4 is large; the size of T5 is in no row.
    "drive_trains.csv": """size_id,power_kw_from,power_kw_to,rotor_m,model,variant,share,grade,\
range_factor,note
small,500,2500,,,gears,1,B,,
middle,2501,3500,,,gears,0.5,D,,
middle,2501,3500,,,magnets,0.5,D,,
large,3501,4500,,,magnets,1,C,2,
""",
    "history.csv": """series,kind,year,value,unit,grade,recollection,source
wind_nl,stock,2013,5,MW,B,no,the world
wind_nl,stock,2018,5,MW,B,no,the world
wind_nl,stock,2019,15,MW,B,no,the world
wind_nl,stock,2022,15,MW,B,no,the world
pv_nl,stock,2015,50,MWp,B,no,the world
pv_nl,stock,2018,50,MWp,B,no,the world
pv_nl,stock,2019,100,MWp,B,no,the world
sold_nl,sales,2020,100,piece,B,no,the world
sold_nl,sales,2022,300,piece,B,no,the world
""",
    "yields.csv": """stream,element,recovery,from_year,yield,low,high,grade,source,source_nl,note
wind_turbine,Cu,today,,0.8,,,C,the world,de wereld,
wind_turbine,Nd,today,,0,0,0.1,C,the world,de wereld,
solar_panel,Al,today,,0.9,,,C,the world,de wereld,
ebike_battery,Co,today,,0.8,,,C,the world,de wereld,
ebike_battery,Co,legal,2028,0.9,,,C,the law,de wet,
ebike_battery,Li,legal,2028,0.5,,,C,the law,de wet,
""",
    "fractions.csv": """stream,fraction,mass_share,elements,element_share,carries_crm,\
arrives_at_step
wind_turbine,whole,1,,,yes,dismantling
solar_panel,whole,1,,,yes,recycling
ebike_battery,whole,1,,,yes,recycling
ebike_battery,black_mass,0.5,,,yes,refining
ev_battery,whole,1,,,yes,recycling
""",
    "chain.csv": """stream,order,step,fraction
wind_turbine,1,dismantling,whole
solar_panel,1,recycling,whole
ebike_battery,1,recycling,whole
ev_battery,1,recycling,whole
""",
    "plant_sizes.csv": """size_id,name,streams,step,fraction,size_t_per_a,hectares,hectares_of,\
use_for_size,use_for_land,capex_meur,year,source_url,certainty,note
Z1,Klein,ebike_battery;ev_battery,recycling,whole,40,1,plot,yes,yes,,2024,,,
Z2,Groot,ebike_battery;ev_battery,recycling,whole,80,2,plot,yes,yes,,2024,,,
""",
    "accepted.csv": "accepted,stream\nbikes,ebike_battery\npanels,solar_panel\nlamps,\n",
    "coverage.csv": "municipality_code,served_by,status,note\n"
    + "".join(f"{code},P1,known,\n" for code in CODES),
    "facilities.csv": """facility_id,name,step,streams,fraction,capacity_t_per_a,\
planned_capacity_t_per_a,site_throughput_t_per_a,capacity_of,capacity_year,status,from_year,\
to_year,municipality,country,x_m,y_m,\
precision_m,source_url,certainty,note
F1,Noord,recycling,solar_panel;ebike_battery,whole,100,,,packs,2022,operating,,,,NL,90500,441500,50,,,
F2,Oost,recycling,ebike_battery,whole,,,,,,operating,,,,NL,92500,440500,2000,,,
F3,Sloop,dismantling,wind_turbine,whole,,,,,,unknown,,,,NL,,,,,,
F4,Opknapper,refurbishment,ebike_battery,whole,70,,,,,operating,,,,NL,91700,441700,50,,,
""",
    "points.csv": """point_id,name,kind,operator,address,postcode,municipality_code,municipality,\
x_m,y_m,precision_m,accepted,streams_certainty,own_residents_only,status,source_date,source_url,\
certainty,note
P1,Milieustraat,recycling_centre,,,,GM0001,,90250,440500,50,bikes;lamps,stated,yes,open,,,,
P2,Winkel,other,,,,GM0008,,,,,,assumed,unknown,unknown,,,,
""",
    "headlines.csv": """figure_id,stream,quantity_nl,quantity_en,value,unit,region,report,reading,\
reason_nl,reason_en
wind,wind_turbine,turbines,turbines,10,piece,Wereld,report,10 turbines,andere bron,other source
""",
}


def districts() -> gpd.GeoDataFrame:
    """One district a square, but for the port "kade", which is one of its own."""
    _, kade = PORTS["kade"]
    rows = [
        (f"WK{code[2:]}", code, RESIDENTS[code] / 2, shape)
        for code, shape in SQUARES.items()
        if code != "GM0006"
    ]
    rest = shapely.difference(SQUARES["GM0006"], kade)
    rows += [("WK0006", "GM0006", 225.0, rest), ("WK0006K", "GM0006", 75.0, kade)]
    columns = ["district_code", "municipality_code", "residents", "geometry"]
    frame = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
    return gpd.GeoDataFrame(frame, crs=CRS)


def municipalities() -> gpd.GeoDataFrame:
    """The nine squares; with every corner of the ports on the borders, as real outlines have."""
    return gpd.GeoDataFrame(
        {"municipality_code": CODES, "name": [f"Vak {code[-1]}" for code in CODES]},
        geometry=list(SQUARES.values()),
        crs=CRS,
    )


def ports() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "port_id": list(PORTS),
            "name": [f"Haven {name}" for name in PORTS],
            "municipality_code": [code for code, _ in PORTS.values()],
        },
        geometry=[shape for _, shape in PORTS.values()],
        crs=CRS,
    )


def water() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": ["Plas"]}, geometry=[WATER], crs=CRS)


def write_world(home: Path) -> Path:
    """Write the whole world into `home`, hashes included."""
    data = home / "data" / "geo"
    data.mkdir(parents=True)
    frames = {
        "municipalities": municipalities(),
        "ports": ports(),
        "districts": districts(),
        "water": water(),
    }
    for name, frame in frames.items():
        write_shapes(data / f"{name}.gpkg", frame)
    for name, text in TABLES.items():
        (data / name).write_text(text, encoding="utf-8", newline="")
    tables = [(name, f"{name}.gpkg", CRS) for name in frames]
    tables += [(name, f"{name}.csv", "none") for name in ("figures", "recoding")]
    region = AREAS + "".join(
        f"\n[{name}.source]\n" + SOURCE.format(file=f"data/geo/{file}", crs=crs)
        for name, file, crs in tables
    )
    write(home / "layers" / "areas" / "world.toml", region)
    for name, (folder, file, crs, more) in LAYERS.items():
        text = f'title = {{ nl = "{name}", en = "{name}" }}\n\n[source]\n'
        text += SOURCE.format(file=f"data/geo/{file}", crs=crs) + more
        write(home / "layers" / folder / f"{name}.toml", text)
    for name, text in KEYS.items():
        title = f'title = {{ nl = "{name}", en = "{name}" }}\n'
        write(home / "layers" / "keys" / f"{name}.toml", title + text + "\n")
    for name, text in STOCKS.items():
        write(home / "layers" / "stocks" / f"{name}.toml", text)
    write(home / "layers" / "flows" / "ev_battery.toml", FLOW)
    write(home / "layers" / "mentions" / "medical.toml", MENTION)
    write(home / "maps" / "explore.toml", MAP)
    return sign(home)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_shapes(path: Path, frame: gpd.GeoDataFrame) -> None:
    path.unlink(missing_ok=True)
    pyogrio.write_dataframe(frame, path)


def sign(home: Path) -> Path:
    """Write the hash of every file into the definitions that name it."""

    def signed(match: re.Match[str]) -> str:
        path = home / match[1]
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "0" * 64
        return f'file = "{match[1]}"\nsha256 = "{digest}"'

    for path in sorted((home / "layers").rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        write(path, re.sub(r'file = "([^"]*)"\nsha256 = "[^"]*"', signed, text))
    return home


def change(home: Path, name: str, old: str, new: str) -> None:
    """Replace `old` by `new` in a file of the world, where it must stand; hashes are renewed."""
    path = home / name
    text = path.read_bytes()
    assert old.encode() in text, f"{old!r} is not in {name}"
    path.write_bytes(text.replace(old.encode(), new.encode()))
    sign(home)


def copy_world(world: Path, home: Path) -> Path:
    shutil.copytree(world, home, dirs_exist_ok=True)
    return home
