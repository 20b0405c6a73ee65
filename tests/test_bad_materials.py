"""What products are made of, how long they stay and what becomes of them: wrong input is told."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import world
from spoil import add_rows, change, files, lines_of, repeat, rewrite, run

import atlas
from atlas.errors import AtlasError, ConservationError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from spoil import Spoil

GEO = "data/geo/"
CONTENTS = GEO + "composition.csv"
SIZES = GEO + "drive_trains.csv"
HISTORY = GEO + "history.csv"
ELEMENTS = GEO + "elements.csv"
YIELDS = GEO + "yields.csv"
PANELS = GEO + "panels.csv"
WIND = "layers/stocks/wind_turbine.toml"
SOLAR = "layers/stocks/solar_panel.toml"
BIKE = "layers/stocks/ebike_battery.toml"
CARS = "layers/flows/ev_battery.toml"
HEADLINES = "layers/reports/headline_figures.toml"
MAP = "maps/explore.toml"

BESIDE = 'stream = "wind_turbine"\nsubstance = "turbines"\nlayer = "stock"\n'


def beside(text: str) -> Spoil:
    """Let something else of the register stand beside the headline figure."""
    return change(HEADLINES, BESIDE, text)


def target(year: int, value: float) -> str:
    return f'[[collection.targets]]\nyear = {year}\nvalue = {value}\nsource = "x"\n\n'


def through_panels(home: Path) -> None:
    """Derive the mass of what is counted in kWp from a number of panels that is derived itself."""
    world.change(
        home,
        SOLAR,
        '\n[[measures]]\nid = "mass"',
        '\n[[measures]]\nid = "panels"\ntitle = { nl = "p", en = "p" }\n'
        'unit = { nl = "stuks", en = "pieces" }\nof = "kwp"\n'
        'factor = { value = 4, unit = "piece/kWp", grade = "C", source = "x" }\n'
        '\n[[measures]]\nid = "mass"',
    )
    world.change(home, SOLAR, 'of = "kwp"\n\n[measures', 'of = "panels"\n\n[measures')
    world.change(home, SOLAR, '"t/kWp"', '"t/piece"')


def of_sales(home: Path) -> None:
    """Collect a share of what is sold, of which the figure counts pieces."""
    world.change(home, BIKE, '"generated"', '"put_on_market"')
    path = home / BIKE
    market = 'total = "packs_nl"\ndenominator = "residents_nl"\nyear = 2022\n'
    path.write_text(
        path.read_text(encoding="utf-8") + f"\n[collection.put_on_market]\n{market}",
        encoding="utf-8",
    )


# What is wrong -> how it gets so, and the one line that says so.
DEFINITIONS: dict[str, tuple[Spoil, str]] = {
    # How long products stay.
    "a lifetime of zero": (
        change(WIND, "mean_a = 20.0", "mean_a = 0.0"),
        r"layers/stocks/wind_turbine\.toml \[lifetimes\]\.regular: mean_a = 0; above zero; ",
    ),
    "a lifetime below zero": (
        change(SOLAR, "scale_a = 20.0", "scale_a = -20.0"),
        r"layers/stocks/solar_panel\.toml \[lifetimes\]\.early: scale_a = -20; above zero; ",
    ),
    "a chance above one": (
        change(BIKE, "chance_per_a = 0.2", "chance_per_a = 1.2"),
        r"layers/stocks/ebike_battery\.toml \[lifetimes\]\.regular: chance_per_a = 1\.2; more than",
    ),
    "a missing parameter": (
        change(SOLAR, "scale_a = 20.0\n", ""),
        r"layers/stocks/solar_panel\.toml \[lifetimes\]\.early: no key \"scale_a\"; distribution =",
    ),
    "a surplus parameter": (
        change(SOLAR, "scale_a = 20.0", "scale_a = 20.0\nmean_a = 20.0"),
        r"layers/stocks/solar_panel\.toml \[lifetimes\]\.early: mean_a = 20; shape, scale_a of a ",
    ),
    "a distribution of another name": (
        change(BIKE, '"hazard"', '"hazzard"'),
        r"layers/stocks/ebike_battery\.toml .*'hazzard'; one of weibull, .*mean \"hazard\"\?",
    ),
    "a lifetime of another name": (
        change(WIND, "[lifetimes.late]", "[lifetimes.later]"),
        r"layers/stocks/wind_turbine\.toml \[lifetimes\.later\]: no such lifetime; one of regular,",
    ),
    "no regular lifetime": (
        change(BIKE, "[lifetimes.regular]", "[lifetimes.early]"),
        r"layers/stocks/ebike_battery\.toml: no \[lifetimes\.regular\]; it is needed; ",
    ),
    "the mean lifetime of before": (
        change(WIND, "[ages]", "[mean_lifetime]\nvalue = 10.0\n\n[ages]"),
        r"layers/stocks/wind_turbine\.toml: unknown key \"mean_lifetime\"; .*mean \"lifetimes\"\?",
    ),
    # When they came in.
    "ages by a series without its name": (
        change(WIND, 'series = "wind_nl"\n', ""),
        r"layers/stocks/wind_turbine\.toml \[ages\]: no series; method = \"size\"; name a series ",
    ),
    "steady ages with a series": (
        change(BIKE, 'method = "steady"', 'method = "steady"\nseries = "sold_nl"'),
        r"layers/stocks/ebike_battery\.toml \[ages\]: series = \"sold_nl\"; method = \"steady\"; ",
    ),
    "ages by yearly stocks of points": (
        change(WIND, 'method = "size"', 'method = "stocks"'),
        r"layers/stocks/wind_turbine\.toml \[ages\]: method = \"stocks\"; a stream whose own metho",
    ),
    "ages until another time than the stock": (
        change(SOLAR, "until = 2022", "until = 2030"),
        r"layers/stocks/solar_panel\.toml \[ages\]: until = 2030 of a stock of 2022; 2022, or the ",
    ),
    "ages that end before the stock": (
        change(SOLAR, "until = 2022", "until = 2010"),
        r"layers/stocks/solar_panel\.toml \[ages\]: until = 2010 of a stock of 2022; ",
    ),
    "a stock after the last year": (
        lambda home: (
            world.change(home, WIND, "year = 2023\nunits", "year = 2051\nunits"),
            world.change(home, WIND, "until = 2022", "until = 2050"),
        ),
        r"layers/stocks/wind_turbine\.toml \[ages\]: until = 2050 of a stock of 2051; .*before 205",
    ),
    # What they are made of.
    "shares of variants below one": (
        change(WIND, '"gears" = 0.8', '"gears" = 0.7'),
        r"layers/stocks/wind_turbine\.toml \[variants\.mix\]: shares of 0\.2, 0\.7; .*sum to 1; ",
    ),
    "a negative share": (
        change(WIND, '"magnets" = 0.2, "gears" = 0.8', '"magnets" = -0.2, "gears" = 1.2'),
        r"layers/stocks/wind_turbine\.toml \[variants\.mix\]: shares of -0\.2, 1\.2; shares above ",
    ),
    "a mix of nothing": (
        change(WIND, 'mix = { "magnets" = 0.2, "gears" = 0.8 }', "mix = {}"),
        r"layers/stocks/wind_turbine\.toml \[variants\.mix\]: shares of nothing; ",
    ),
    "shares of a scenario below one": (
        change(WIND, 'magnets = { "magnets" = 1.0 }', 'magnets = { "magnets" = 0.9 }'),
        r"layers/stocks/wind_turbine\.toml \[variants\.scenarios\.magnets\]: shares of 0\.9; ",
    ),
    "types by a size without its column": (
        change(WIND, 'size = "power_kw"\n', ""),
        r"layers/stocks/wind_turbine\.toml \[variants\]: by_size with method = \"points\" and size",
    ),
    "a factor and factors by year": (
        change(
            WIND,
            'of = "kw"\n',
            'of = "kw"\nby_entry = [{ value = 1, unit = "t/kW", grade = "C", source = "x" }]\n',
        ),
        r"layers/stocks/wind_turbine\.toml \[measures\] mass: factor and by_entry; one of the two;",
    ),
    "factors that overlap": (
        change(
            WIND,
            'of = "kw"\n\n[measures.factor]\nvalue = 0.1\nunit = "t/kW"\ngrade = "C"\n'
            'source = "the world"\n',
            'of = "kw"\nby_entry = [\n'
            '  { to_year = 2010, value = 1, unit = "t/kW", grade = "C", source = "x" },\n'
            '  { from_year = 2010, value = 1, unit = "t/kW", grade = "C", source = "x" },\n]\n',
        ),
        r"layers/stocks/wind_turbine\.toml \[measures\] mass \[by_entry\]: years that overlap: one",
    ),
    "a mass of what is derived itself": (
        through_panels,
        r"layers/stocks/solar_panel\.toml \[measures\] mass: of = \"panels\", which is derived fro",
    ),
    # What becomes of them.
    "a rate above one": (
        change(WIND, "value = 0.5", "value = 1.5"),
        r"layers/stocks/wind_turbine\.toml \[collection\.rate\]: 1\.5 share; a part from 0 to 1, ",
    ),
    "a high above one": (
        change(CARS, "high = 0.4", "high = 1.4"),
        r"layers/flows/ev_battery\.toml \[reuse\]: 1\.4 share; a part from 0 to 1, ",
    ),
    "a rate in percent": (
        change(BIKE, 'value = 0.5\nunit = "share"', 'value = 0.5\nunit = "percent"'),
        r"layers/stocks/ebike_battery\.toml \[collection\.rate\]: 0\.5 percent; a part from 0 to 1",
    ),
    "targets out of order": (
        change(SOLAR, "[[collection.targets]]", target(2035, 0.7) + "[[collection.targets]]"),
        r"layers/stocks/solar_panel\.toml \[collection\.targets\]: targets of 2035, 2030; .*each ",
    ),
    "two targets of a year": (
        change(SOLAR, "[[collection.targets]]", target(2030, 0.6) + "[[collection.targets]]"),
        r"layers/stocks/solar_panel\.toml \[collection\.targets\]: targets of 2030, 2030; .*later ",
    ),
    "a target above one": (
        change(SOLAR, "value = 0.64", "value = 64"),
        r"layers/stocks/solar_panel\.toml \[collection\.targets\]: targets of 2030; parts above 0 ",
    ),
    "growth without its rate": (
        change(
            BIKE,
            '[inflow.growth]\nvalue = 0.1\nunit = "share"\ngrade = "D"\nsource = "the world"\n',
            "",
        ),
        r"layers/stocks/ebike_battery\.toml \[inflow\]: no key \"growth\"; it is needed; ",
    ),
    "an inflow of another name": (
        change(BIKE, '"replacement"', '"replace"'),
        r"layers/stocks/ebike_battery\.toml \[inflow\] \[own\]: 'replace'; .*\"replacement\"\?",
    ),
    # Streams without a stock, and the page.
    "a flow by a key that is none": (
        change(CARS, 'key = "cars"', 'key = "cras"'),
        r"layers/flows/ev_battery\.toml \[key\]: \"cras\" is not defined; .*mean \"cars\"\?",
    ),
    "a flow that holds before the first year": (
        change(CARS, "hold_after = 2030", "hold_after = 2010"),
        r"layers/flows/ev_battery\.toml: hold_after = 2010; a year from 2025 to 2050; ",
    ),
    "one name for two streams": (
        lambda home: shutil.copy(home / CARS, home / "layers/flows/solar_panel.toml"),
        r"solar_panel: two definitions of this stream; one; rename one of them",
    ),
    "a view with a lifetime that is none": (
        change(MAP, 'layer = "stock"', 'layer = "stock"\nlifetime = "erly"'),
        r"maps/explore\.toml \[view\] \[lifetime\]: 'erly'; .*mean \"early\"\?",
    ),
    "a view of a year in words": (
        change(MAP, 'layer = "stock"', 'layer = "released"\nyear = "2030"'),
        r"maps/explore\.toml \[view\] \[year\]: '2030'; a whole number is expected; ",
    ),
    "a headline register in the form of before": (
        change(HEADLINES, "[register.wind]\n" + BESIDE, '[register]\nwind = "wind_turbine.kw"\n'),
        r"layers/reports/headline_figures\.toml \[register\]\.wind: 'wind_turbine\.kw'; a table is",
    ),
    "a layer that is none": (
        beside(BESIDE.replace('"stock"', '"stok"')),
        r"layers/reports/headline_figures\.toml \[register\]\.wind \[layer\]: 'stok'; .*\"stock\"",
    ),
}

SOURCES: dict[str, tuple[Spoil, str]] = {
    # Contents.
    "a content without a unit": (
        change(CONTENTS, "10,5,20,kg/MW", "10,5,20,"),
        r"data/geo/composition\.csv column \"unit\": empty in line 5; every row needs one; ",
    ),
    "a unit that does not fit the stream": (
        change(CONTENTS, "10,5,20,kg/MW", "10,5,20,g/piece"),
        r"data/geo/composition\.csv: unit \"g/piece\" of wind_turbine in line 5; one of kg/MW, ",
    ),
    "a unit that is none": (
        change(CONTENTS, "60,,,kg/t", "60,,,lb/t"),
        r"data/geo/composition\.csv: unit \"lb/t\" of ev_battery in line 13; one of kg/t; ",
    ),
    "a content without a number": (
        change(CONTENTS, "10,5,20,kg/MW", ",5,20,kg/MW"),
        r"data/geo/composition\.csv column \"content\": empty in line 5; a number in every row; ",
    ),
    "a negative content": (
        change(CONTENTS, "10,5,20,kg/MW", "-10,,20,kg/MW"),
        r"data/geo/composition\.csv column \"content\": -10 in line 5; zero or more is expected; ",
    ),
    "more of an element than the product weighs": (
        change(CONTENTS, "10,5,20,kg/MW", "1e9,,,kg/MW"),
        r"data/geo/composition\.csv: more in wind_turbine than it weighs in line 5; at most ",
    ),
    "an element that is not known": (
        change(CONTENTS, "gears,Nd", "gears,Nx"),
        r"data/geo/composition\.csv: Nx in line 5; an element of the table .*\(kind = bulk for a ",
    ),
    "a bulk material that is not declared": (
        rewrite(ELEMENTS, lambda text: re.sub(rb"glass.*\n", b"", text)),
        r"data/geo/composition\.csv: glass in line 10; an element of the table of elements, or a ",
    ),
    "an element named as a total": (
        add_rows(ELEMENTS, "crm,element,x,x,,no,no,no,"),
        r"data/geo/composition\.csv: \"crm\" among the elements; a name of its own; ",
    ),
    "low above content": (
        change(CONTENTS, "10,5,20,kg/MW", "10,15,20,kg/MW"),
        r"data/geo/composition\.csv: low above content in line 5; low <= content <= high; ",
    ),
    "high below content": (
        change(CONTENTS, "10,5,20,kg/MW", "10,5,9,kg/MW"),
        r"data/geo/composition\.csv: high below content in line 5; low <= content <= high; ",
    ),
    "a grade that is none": (
        change(CONTENTS, "10,5,20,kg/MW,C", "10,5,20,kg/MW,E"),
        r"data/geo/composition\.csv column \"grade\": \"E\"; one of A, B, C, D; ",
    ),
    "contents of a stream that is none": (
        change(CONTENTS, "ebike_battery,all,Co", "ebikes,all,Co"),
        r"data/geo/composition\.csv: stream \"ebikes\"; one of wind_turbine, solar_panel, ",
    ),
    "years that overlap": (
        change(CONTENTS, "Cu,2015,,", "Cu,2014,,"),
        r"data/geo/composition\.csv wind_turbine magnets Cu: years that overlap: one ends in 2014,",
    ),
    "years between that are in no row": (
        change(CONTENTS, "Cu,2015,,", "Cu,2017,,"),
        r"data/geo/composition\.csv wind_turbine magnets Cu: nothing between 2014 and 2017; ",
    ),
    "a first year that is closed": (
        change(CONTENTS, "Cu,,2014,", "Cu,1990,2014,"),
        r"data/geo/composition\.csv wind_turbine magnets Cu: years from 1990 only; .*outer sides o",
    ),
    "a last year that is closed": (
        change(CONTENTS, "Cu,2015,,", "Cu,2015,2050,"),
        r"data/geo/composition\.csv wind_turbine magnets Cu: years to 2050 only; .*outer sides ope",
    ),
    "years that run backwards": (
        change(CONTENTS, "Cu,,2014,", "Cu,2020,2014,"),
        r"data/geo/composition\.csv wind_turbine magnets Cu: 2020 to 2014; a first year before the",
    ),
    "one content twice": (
        repeat(CONTENTS, 5),
        r"data/geo/composition\.csv wind_turbine gears Nd: the same years twice; one row for each;",
    ),
    "one content of later years twice": (
        repeat(CONTENTS, 4),
        r"data/geo/composition\.csv wind_turbine magnets Cu: the same years twice; ",
    ),
    "a variant without contents": (
        change(WIND, '"gears" = 0.8', '"geers" = 0.8'),
        r"data/geo/composition\.csv: no content of \"geers\" for wind_turbine; one of gears, magn",
    ),
    "a variant of a flow without contents": (
        change(CARS, '"pack" = 1.0', '"peck" = 1.0'),
        r"data/geo/composition\.csv: no content of \"peck\" for ev_battery; one of pack; ",
    ),
    "a variant of a size without contents": (
        change(SIZES, "large,3501,4500,,,magnets", "large,3501,4500,,,magnet"),
        r"data/geo/composition\.csv: no content of \"magnet\" for wind_turbine; ",
    ),
    "contents of a variant that the stream has not": (
        change(CONTENTS, "ebike_battery,all", "ebike_battery,NMC"),
        r"data/geo/composition\.csv: no content of \"all\" for ebike_battery; one of NMC; ",
    ),
    # Sizes.
    "shares of a size below one": (
        change(SIZES, "gears,0.5,D", "gears,0.4,D"),
        r"data/geo/drive_trains\.csv: shares of middle sum to 0\.9; 1; ",
    ),
    "two sizes that overlap": (
        change(SIZES, "middle,2501", "middle,2500"),
        r"data/geo/drive_trains\.csv: small and middle hold the same sizes; each size once; ",
    ),
    "a size that runs backwards": (
        change(SIZES, "small,500,2500", "small,2500,500"),
        r"data/geo/drive_trains\.csv: power_kw_from above power_kw_to in line 2; the smaller one ",
    ),
    "one size with two limits": (
        change(SIZES, "middle,2501,3500,,,magnets", "middle,2501,3400,,,magnets"),
        r"data/geo/drive_trains\.csv: middle has different limits; the same for all its variants; ",
    ),
    "a range of a size below one": (
        change(SIZES, "magnets,1,C,2", "magnets,1,C,0"),
        r"data/geo/drive_trains\.csv: a range_factor below 1 in line 5; .*1 or more; ",
    ),
    "a column of sizes that is not there": (
        change(WIND, 'size = "power_kw"', 'size = "power"'),
        r"data/geo/turbines\.csv: no column \"power\"; ",
    ),
    # History.
    "a series that is none": (
        change(WIND, '"wind_nl"', '"wind_be"'),
        r"layers/stocks/wind_turbine\.toml \[ages\.series\] in .*: \"wind_be\"; one of wind_nl, ",
    ),
    "a series of two kinds": (
        change(HISTORY, "wind_nl,stock,2019", "wind_nl,sales,2019"),
        r"data/geo/history\.csv: wind_nl is of two kinds; stock or sales; split the series",
    ),
    "a kind of series that is none": (
        change(HISTORY, "wind_nl,stock,2019", "wind_nl,stok,2019"),
        r"data/geo/history\.csv column \"kind\": \"stok\"; one of stock, sales; ",
    ),
    "a year of a series twice": (
        change(HISTORY, "wind_nl,stock,2019", "wind_nl,stock,2018"),
        r"data/geo/history\.csv: wind_nl, 2018 more than once, in line 3, 4; ",
    ),
    "a series that begins too late": (
        change(HISTORY, "wind_nl,stock,20", "wind_nl,stock,21"),
        r"data/geo/history\.csv: nothing of wind_nl up to 2022; a stock or sales; ",
    ),
    "a series of nothing": (
        rewrite(HISTORY, lambda text: re.sub(rb"(wind_nl,stock,\d+),\d+", rb"\1,0", text)),
        r"data/geo/history\.csv: nothing of wind_nl up to 2022; ",
    ),
    # Yields.
    "a yield above one": (
        change(YIELDS, "Cu,today,,0.8", "Cu,today,,80"),
        r"data/geo/yields\.csv: a yield out of its range in line 2; low <= yield <= high, at most",
    ),
    "a low above its yield": (
        change(YIELDS, "Cu,today,,0.8,,", "Cu,today,,0.8,0.9,"),
        r"data/geo/yields\.csv: a yield out of its range in line 2; ",
    ),
    "a yield of an element that is none": (
        change(YIELDS, "wind_turbine,Cu", "wind_turbine,Cuu"),
        r"data/geo/yields\.csv column \"element\": \"Cuu\"; one of Nd, Cu, ",
    ),
    "a yield of a stream that is none": (
        change(YIELDS, "wind_turbine,Cu", "wind,Cu"),
        r"data/geo/yields\.csv column \"stream\": \"wind\"; one of wind_turbine, ",
    ),
    "one yield twice": (
        repeat(YIELDS, 2),
        r"data/geo/yields\.csv: wind_turbine, Cu, today more than once, in line 2, 8; ",
    ),
    # Elements.
    "an element twice": (
        add_rows(ELEMENTS, "Nd,element,x,x,1,yes,yes,no,"),
        r"data/geo/elements\.csv column \"element\": Nd more than once, in line 2, 9; ",
    ),
    "an element that may be critical": (
        change(ELEMENTS, "Ag,element,zilver,silver,,no", "Ag,element,zilver,silver,,maybe"),
        r"data/geo/elements\.csv column \"critical\": \"maybe\"; one of yes, no; ",
    ),
    "a number that the list has not": (
        change(ELEMENTS, "lithium,lithium,5,", "lithium,lithium,35,"),
        r"data/geo/elements\.csv: an eu_number that the list does not have in line 6; ",
    ),
    "a critical element without its number": (
        change(ELEMENTS, "Ag,element,zilver,silver,,no", "Ag,element,zilver,silver,,yes"),
        r"data/geo/elements\.csv: critical and eu_number do not agree in line 7; ",
    ),
    "no table of contents": (
        lambda home: (home / "layers/tables/composition.toml").unlink(),
        r"layers/tables/composition\.toml: no such file; it is needed; add it",
    ),
    # National figures of flows.
    "a series of a flow that is none": (
        change(CARS, '"ev_nl"', '"ev_be"'),
        r"layers/flows/ev_battery\.toml: no figure \"ev_be\" in data/geo/national\.csv; ",
    ),
    "a key that a flow is a part of, but is none": (
        change(CARS, 'numerator = "cars"', 'numerator = "cras"'),
        r"layers/flows/ev_battery\.toml: numerator = \"cras\"; one of area, cars, ",
    ),
    "a denominator of a flow of zero": (
        change(GEO + "national.csv", "cars_nl,4500", "cars_nl,0"),
        r"data/geo/national\.csv: cars_nl is zero; above zero; correct it",
    ),
    "a flow of zero": (
        change(GEO + "national.csv", "ev_nl,100", "ev_nl,0"),
        r"data/geo/national\.csv: ev_nl is zero; above zero; correct it",
    ),
    "a flow in kilograms": (
        change(GEO + "national.csv", "ev_nl,100,t", "ev_nl,100,kg"),
        r"data/geo/national\.csv: ev_nl in kg; t or t/a; convert it in the file",
    ),
    "sales in pieces": (
        of_sales,
        r"data/geo/national\.csv: packs_nl in piece; t or t/a; convert it in the file",
    ),
    # Headline figures.
    "beside a figure that is none": (
        change(HEADLINES, "[register.wind]", "[register.wnd]"),
        r"layers/reports/headline_figures\.toml \[register\.wnd\]: \"wnd\"; a headline figure; ",
    ),
    "a stream that is none beside a figure": (
        beside(BESIDE.replace("wind_turbine", "wind")),
        r"layers/reports/.*\[register\.wind\]: stream = \"wind\"; one of wind_turbine, solar_panel",
    ),
    "a stream of unknown amount beside a figure": (
        beside('stream = "medical"\nsubstance = "mass"\nlayer = "stock"\n'),
        r"layers/reports/.*\[register\.wind\]: stream = \"medical\"; one of wind_turbine, ",
    ),
    "a measure that is none beside a figure": (
        beside(BESIDE.replace("turbines", "wings")),
        r"layers/reports/.*\[register\.wind\]: substance = \"wings\"; one of turbines, kw, mass, c",
    ),
    "an element that the stream has not": (
        beside(BESIDE.replace("turbines", "Li")),
        r"layers/reports/.*\[register\.wind\]: substance = \"Li\"; one of ",
    ),
    "turbines that are released": (
        beside(BESIDE.replace('"stock"', '"released"') + "year = 2033\n"),
        r"layers/reports/.*\[register\.wind\]: substance = \"turbines\"; one of mass, crm, ",
    ),
    "a part of a measure that is none": (
        beside(BESIDE + 'per = "wings"\n'),
        r"layers/reports/.*\[register\.wind\]: per = \"wings\"; one of turbines, kw, mass; ",
    ),
    "what is released in no year": (
        beside('stream = "wind_turbine"\nsubstance = "mass"\nlayer = "released"\n'),
        r"layers/reports/.*\[register\.wind\]: no year; with layer = \"released\" a year from 2025",
    ),
    "what is released in a year that is not shown": (
        beside('stream = "wind_turbine"\nsubstance = "mass"\nlayer = "released"\nyear = 2020\n'),
        r"layers/reports/.*\[register\.wind\]: year = 2020; with layer = \"released\" a year from",
    ),
    "the stock of a flow beside a figure": (
        beside('stream = "ev_battery"\nsubstance = "mass"\nlayer = "stock"\n'),
        r"layers/reports/.*\[register\.wind\]: the stock of ev_battery; a stream whose stock is kn",
    ),
    "the peak of a flow beside a figure": (
        beside(
            'stream = "ev_battery"\nsubstance = "mass"\nlayer = "released"\ngive = "peak_year"\n'
        ),
        r"layers/reports/.*\[register\.wind\]: the stock of ev_battery; ",
    ),
    "the country of a register of one region": (
        beside(BESIDE + 'of = "country"\n'),
        r"layers/reports/.*\[register\.wind\]: of = \"country\"; a stream of which the flow of the",
    ),
    "a headline figure in another unit": (
        change(GEO + "headlines.csv", "10,piece,Wereld", "10,dozen,Wereld"),
        r"layers/reports/.*\[register\.wind\]: unit \"dozen\"; one of t, ",
    ),
}
CASES = {**DEFINITIONS, **SOURCES}


@pytest.mark.parametrize("case", CASES)
def test_wrong_materials_are_one_clear_line(case: str, spoilt: Path) -> None:
    spoil, expected = CASES[case]
    before = files(spoilt)
    assert len(before) >= 5
    spoil(spoilt)
    lines = lines_of(run("build", "world"))
    assert len(lines) == 1, lines
    assert re.match(expected, lines[0]), lines[0]
    assert lines[0].count("; ") >= 2
    assert str(spoilt) not in lines[0]
    # It is told without building, too, and the previous edition stands.
    assert lines_of(run("check", "world")) == lines
    assert files(spoilt) == before


@pytest.mark.parametrize(
    "together",
    [
        [
            "shares of variants below one",
            "a high above one",
            "a rate above one",
            "a missing parameter",
            "a flow that holds before the first year",
            "steady ages with a series",
        ],
        [
            "a unit that does not fit the stream",
            "years that overlap",
            "one yield twice",
            "two sizes that overlap",
            "a series of two kinds",
            "an element that may be critical",
            "a denominator of a flow of zero",
            "beside a figure that is none",
        ],
    ],
    ids=["definitions", "sources"],
)
def test_all_problems_are_told_at_once(together: list[str], spoilt: Path) -> None:
    for case in together:
        CASES[case][0](spoilt)
    lines = lines_of(run("check", "world"))
    assert len(lines) == len(together), lines
    for case in together:
        assert any(re.match(CASES[case][1], line) for line in lines), case
    with pytest.raises(AtlasError) as error:
        atlas.build("world", home=spoilt)
    assert list(error.value.problems) == lines


# ------------------------------------------------------------------ what is lost is told


def test_ages_that_do_not_sum_are_an_error(spoilt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A fifth of the packs is in no cohort.
    monkeypatch.setattr(
        "atlas.holdings.steady", lambda _, *, until: (np.array([until]), np.array([0.8]))
    )
    before = files(spoilt)
    (line,) = lines_of(run("build", "world"))
    # Of 100 packs, 10 of 450 cars are in GM0001.
    assert re.match(r"cohorts of ebike_battery in GM0001: 2\.222.* went in and 1\.777.* came", line)
    assert files(spoilt) == before
    with pytest.raises(ConservationError):
        atlas.build("world", home=spoilt)


# ------------------------------------------------------------------ what can be survived


def row_of(built: atlas.Atlas, rule: str) -> tuple[object, ...]:
    rows = built.findings[built.findings["rule"] == rule]
    (found,) = rows[["layer", "row", "found", "action"]].itertuples(index=False, name=None)
    return found


def leaving(built: atlas.Atlas, zone: str) -> dict[int, float]:
    rows = built.releases[
        (built.releases["scenario_id"] == "default")
        & (built.releases["stream"] == "solar_panel")
        & (built.releases["zone_id"] == zone)
        & (built.releases["released_t"] > 1e-12)
    ]
    by_year: pd.Series = rows.set_index("year")["released_t"]
    return {int(year): value for year, value in by_year.items()}


def test_a_stock_that_falls_is_booked_and_told(spoilt: Path) -> None:
    world.change(spoilt, PANELS, "GM0002,2021,total,16", "GM0002,2021,total,6")
    built = atlas.build("world", home=spoilt)
    assert row_of(built, "the stock fell") == (
        "solar_panel",
        "GM0002",
        "6 more than lifetimes explain, in 2021",
        "released in that year; nothing entered",
    )
    # 4, 4 and 4 kWp of 2015, 2019 and 2020 stood; half of each is left, and 14 came in 2022.
    assert leaving(built, "GM0002") == pytest.approx({2040: 0.1, 2044: 0.1, 2045: 0.1, 2047: 0.7})


def test_a_suppressed_year_is_interpolated_and_told(spoilt: Path) -> None:
    world.change(spoilt, PANELS, "GM0002,2021,total,16", "GM0002,2021,total,")
    built = atlas.build("world", home=spoilt)
    assert row_of(built, "suppressed year") == (
        "solar_panel",
        "GM0002",
        "2021",
        "interpolated between known years",
    )
    # 12 kWp at the end of 2020 and 20 at the end of 2022: 16 between them, as it was.
    assert leaving(built, "GM0002") == pytest.approx(
        dict.fromkeys((2040, 2044, 2045, 2046, 2047), 0.2)
    )


def test_a_size_in_no_row_is_told_and_has_the_mix(spoilt: Path) -> None:
    built = atlas.build("world", home=spoilt)
    layer, _, found, action = row_of(built, "type not told by size")
    # 5 of 15 MW.
    assert (layer, found) == ("wind_turbine", "1 points, 33% of all")
    assert action == "the assumed mix of types"


def test_a_stream_of_nothing_is_no_fault(spoilt: Path) -> None:
    zero = rewrite(PANELS, lambda text: re.sub(rb"(GM\d+,\d+,\w+),\d+", rb"\1,0", text))
    zero(spoilt)
    rewrite(GEO + "turbines.csv", lambda text: re.sub(rb",\d,GM", b",0,GM", text))(spoilt)
    built = atlas.build("world", home=spoilt)
    default = built.releases[built.releases["scenario_id"] == "default"]
    sums = default.groupby("stream")["released_t"].sum()
    assert sums[["solar_panel", "wind_turbine"]].tolist() == [0, 0]
    assert sums["ebike_battery"] == pytest.approx(26 * 0.06)


def test_what_is_counted_in_tonnes_needs_no_factor(spoilt: Path) -> None:
    path = spoilt / BIKE
    before, _, after = path.read_text(encoding="utf-8").partition('\n[[measures]]\nid = "packs"')
    path.write_text(
        before.replace('units = "packs"', 'units = "mass"')
        + '\n[[measures]]\nid = "mass"\ntitle = { nl = "m", en = "m" }\n'
        + 'unit = { nl = "t", en = "t" }\ngrade = "C"\n\n[lifetimes.regular]'
        + after.partition("\n[lifetimes.regular]")[2],
        encoding="utf-8",
    )
    rewrite(CONTENTS, lambda text: re.sub(rb"k?g/piece", b"kg/t", text))(spoilt)
    built = atlas.build("world", home=spoilt)
    default = built.releases[
        (built.releases["scenario_id"] == "default")
        & (built.releases["stream"] == "ebike_battery")
        & (built.releases["year"] == 2030)
    ]
    # A fifth of 100 t leaves, and is as sure as the count and the years are.
    assert default["released_t"].sum() == pytest.approx(20)
