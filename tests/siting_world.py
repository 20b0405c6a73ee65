"""The tiny world with sites where a plant could come, and the rest of the country around it.

Panels and both kinds of packs share the one plant of known capacity, F1 with 20 t/a, and the rest
of the country has nine times as many of each.  A new plant takes both kinds of packs::

    A1  in the port "kade", on deep water, with everything in order
    A2  in GM0002, with something to say against it everywhere
    A3  a plot in A1, of which nothing is known
    A4  in GM0009, without hectares available
    A5  30 km to the west, in no zone
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyproj
import world

if TYPE_CHECKING:
    from pathlib import Path

SITES = """site_id,name,kind,municipality,x_m,y_m,precision_m,hectares,hectares_available,category,\
quay,rail,external_safety,grid,transformation,natura2000_km,nitrogen_km,lies_in,year,source_url,\
certainty,note
A1,Kade,port_area,Vak 6,92500,441100,100,10,,5.1,deep_sea,yes,ok,ok,none,3,3,,2024,,,
A2,Vak,estate,Vak 2,91500,440500,100,4,,4.2,none,no,limited,congested,partial,1,1,,2024,,,
A3,Perceel,project,Vak 6,92600,441150,100,,,,,,,,,,,A1,2024,,,
A4,Vol,estate,Vak 9,92500,442500,100,10,0,5.1,inland,no,ok,ok,none,3,3,,2024,,,
A5,Buiten,estate,,60000,440000,100,,,5.1,inland,no,no,ok,yes,9,9,,2024,,,
"""
OUTSIDE = """region_id,province,residents,longitude,latitude
Hier,Hier,4500,{here}
Noord,Noord,30000,4.9,52.4
Oost,Oost,10500,6.1,52.2
"""
PLACES = {
    "A1": (92_500, 441_100),
    "A2": (91_500, 440_500),
    "A3": (92_600, 441_150),
    "A4": (92_500, 442_500),
    "A5": (60_000, 440_000),
}
MAP = """
[[siting]]
streams = ["ebike_battery"]
p = 2
opens = 2030
years = [2035, 2040]
"""


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a place of the world."""
    found = pyproj.Transformer.from_crs(world.CRS, "EPSG:4326", always_xy=True).transform(x, y)
    return float(found[0]), float(found[1])


def add_sites(home: Path, *, outside: bool = True) -> Path:
    """Write the sites, the country and a map that asks for them into a world."""
    title = 'title = {{ nl = "{0}", en = "{0}" }}\n\n[source]\n'
    tables = {"candidate_sites": ("facilities", SITES, world.CRS)}
    if outside:
        here = ",".join(f"{value:.6f}" for value in degrees(91_500, 441_500))
        tables["outside"] = ("tables", OUTSIDE.format(here=here), "none")
    for name, (folder, text, crs) in tables.items():
        world.write(home / "data" / "geo" / f"{name}.csv", text)
        source = world.SOURCE.format(file=f"data/geo/{name}.csv", crs=crs)
        world.write(home / "layers" / folder / f"{name}.toml", title.format(name) + source)
    world.change(
        home,
        "data/geo/facilities.csv",
        "F1,Noord,recycling,solar_panel;ebike_battery,whole,100,",
        "F1,Noord,recycling,solar_panel;ebike_battery;ev_battery,whole,20,",
    )
    path = home / "maps" / "explore.toml"
    world.write(path, path.read_text(encoding="utf-8") + MAP)
    return world.sign(home)


def add_plant(home: Path, name: str, *, site: str, size_t_per_a: float, opens: int) -> Path:
    """Put a plant at a site, as one more row of the facilities that are there."""
    x, y = PLACES[site]
    path = home / "data" / "geo" / "facilities.csv"
    row = f"{name},Nieuw {name},recycling,ebike_battery;ev_battery,whole,{size_t_per_a:g},,,packs,"
    row += f"2022,operating,{opens},,,NL,{x},{y},50,,,\n"
    world.write(path, path.read_text(encoding="utf-8") + row)
    return world.sign(home)


def without_question(home: Path) -> Path:
    """Take away what the map asks for."""
    path = home / "maps" / "explore.toml"
    world.write(path, path.read_text(encoding="utf-8").replace(MAP, ""))
    return home


def as_geojson(rows: dict[str, tuple[float, float]]) -> str:
    """Write points by name as a GeoJSON file."""
    parts = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Point", "coordinates": place},
        }
        for name, place in rows.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": parts})
