"""What chains, fractions, plants, outside and sizes must satisfy together: each message."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import world
from spoil import change, lines_of, rewrite, run

from atlas.capacity_checks import check_capacity
from atlas.definitions import Outside

if TYPE_CHECKING:
    from pathlib import Path

    from spoil import Spoil

NAN = np.nan
STEPS = "sorting, dismantling, recycling, refining"


def frame(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    """Give a table whose rows have the numbers of the lines of a file."""
    index = pd.RangeIndex(2, len(rows) + 2, name="line")
    return pd.DataFrame(rows, columns=columns.split(), index=index)


def chain(*rows: tuple[object, ...]) -> pd.DataFrame:
    return frame("stream order step fraction", *rows)


CHAIN = chain(("pack", 1, "recycling", "whole"), ("pack", 2, "refining", "black_mass"))
FRACTIONS = frame(
    "stream fraction elements element_share",
    ("pack", "whole", None, NAN),
    ("pack", "black_mass", None, NAN),
)


def stock(name: str = "pack", step: str = "recycling", outside: Outside | None = None) -> object:
    measures = [SimpleNamespace(id=each) for each in ("packs", "kwp", "mass")]
    where = f"layers/stocks/{name}.toml"
    return SimpleNamespace(id=name, where=where, step=step, outside=outside, measures=measures)


def flow(name: str, step: str) -> object:
    return SimpleNamespace(id=name, where=f"layers/flows/{name}.toml", step=step)


def check(*stocks: object, flows: tuple[object, ...] = (), **found: pd.DataFrame) -> list[str]:
    """Check tables whose files are called after them."""
    used = {name: SimpleNamespace(source=SimpleNamespace(file=f"{name}.csv")) for name in found}
    catalog = SimpleNamespace(
        stocks={each.id: each for each in stocks}, flows={each.id: each for each in flows}
    )
    return check_capacity(found, used, catalog)


def test_sound_tables_have_no_problems() -> None:
    assert check(stock(), chain=CHAIN, fractions=FRACTIONS) == []
    assert check(stock(), flows=(flow("pack", "refining"),), chain=CHAIN) == []


def test_tables_that_could_not_be_read_are_not_looked_at() -> None:
    assert check(stock("ships")) == []


# ------------------------------------------------------------------ the chain


def test_a_step_of_another_name_is_told_once() -> None:
    wrong = chain(
        ("pack", 1, "melting", "whole"),
        ("pack", 2, "recycling", "whole"),
        ("bike", 1, "melting", "whole"),
        ("bike", 2, "Recycling", "whole"),
    )
    assert check(stock(), chain=wrong) == [
        f'chain.csv column "step": "{word}"; one of {STEPS}; correct it'
        for word in ("Recycling", "melting")
    ]


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([("pack", 1, "sorting"), ("pack", 1, "recycling")], "2, 3"),
        ([("pack", 1, "recycling"), ("pack", 2, "recycling"), ("bike", 1, "recycling")], "2, 3"),
        ([("bike", 1, "sorting"), ("pack", 1, "recycling"), ("pack", 1, "recycling")], "3, 4"),
    ],
)
def test_an_order_or_a_step_twice(rows: list[tuple[object, ...]], lines: str) -> None:
    assert check(stock(), chain=chain(*((*row, "whole") for row in rows))) == [
        (
            f"chain.csv: an order or a step twice in line {lines}; "
            "each step of a stream once, in its own place; number them anew"
        )
    ]


def test_a_fraction_that_is_none_of_the_stream_is_told_once() -> None:
    wrong = chain(
        ("pack", 1, "sorting", "boards"),
        ("pack", 2, "recycling", "boards"),
        ("ship", 1, "recycling", "whole"),
    )
    assert check(stock(), chain=wrong, fractions=FRACTIONS) == [
        f'chain.csv: fraction "{fraction}" of {stream}; a fraction of fractions.csv; correct it, '
        "or add the fraction"
        for fraction, stream in [("boards", "pack"), ("whole", "ship")]
    ]


def test_a_chain_without_the_step_of_the_stream() -> None:
    end = "; add it to the chain, or take the gap at another step"
    steps = "one of the steps of pack in chain.csv (recycling, refining)"
    assert check(stock(step="dismantling"), chain=CHAIN) == [
        f'layers/stocks/pack.toml step: "dismantling"; {steps}{end}'
    ]
    assert check(flows=(flow("pack", "sorting"),), chain=CHAIN) == [
        f'layers/flows/pack.toml step: "sorting"; {steps}{end}'
    ]


def test_a_stream_without_a_chain_needs_none() -> None:
    assert check(stock("ship"), flows=(flow("car", "recycling"),), chain=CHAIN) == []


# ------------------------------------------------------------------ fractions and years


@pytest.mark.parametrize("share", [NAN, 0.0, -0.1, 1.1])
def test_elements_without_the_part_that_they_are(share: float) -> None:
    columns = "stream fraction elements element_share"
    wrong = frame(columns, ("a", "whole", None, NAN), ("a", "magnets", "Nd;Pr", share))
    assert check(fractions=wrong) == [
        (
            f'fractions.csv column "element_share": {share} in line 3; what part of the fraction '
            "its elements are, more than 0 and at most 1; fill it in, or leave out the elements"
        )
    ]
    for fine in (0.31, 1.0):
        assert check(fractions=frame(columns, ("a", "magnets", "Nd;Pr", fine))) == []


def test_a_plant_that_closes_before_it_opens() -> None:
    columns = "facility_id from_year to_year"
    rows = [
        ("F1", 2026.0, 2025.0),
        ("F2", 2026.0, 2026.0),
        ("F3", NAN, 2025.0),
        ("F4", 2026.0, NAN),
        ("F5", 2030.0, 2026.0),
    ]
    assert check(facilities=frame(columns, *rows)) == [
        (
            'facilities.csv column "to_year": before from_year in line 2, 6; the last year that '
            "the plant works; correct one of the two"
        )
    ]
    assert check(facilities=frame(columns, *rows[1:4])) == []


# ------------------------------------------------------------------ outside

HISTORY = frame(
    "series year value unit",
    ("pv_nl", 2023, 1.0, "MWp"),
    ("sold_nl", 2023, 1.0, "piece"),
    ("pv_nl", 2024, 2.0, "kWp"),
    ("mixed_nl", 2023, 1.0, "MWp"),
    ("mixed_nl", 2024, 1.0, "MW"),
)
PACK_OUTSIDE = "layers/stocks/pack.toml [outside]: "


def outside(series: str, measure: str) -> list[str]:
    return check(stock(outside=Outside(series=series, measure=measure)), history=HISTORY)


def test_a_series_in_a_unit_of_the_measure_is_sound() -> None:
    assert outside("pv_nl", "kwp") == []
    assert outside("sold_nl", "packs") == []
    assert check(stock(), history=HISTORY) == []


def test_a_series_in_another_unit_is_told() -> None:
    do = "choose another measure, or convert the series"
    kwp = f"kWp, Wp, MWp, which become the measure kwp; {do}"
    assert outside("sold_nl", "kwp") == [f'{PACK_OUTSIDE}series "sold_nl" in piece; {kwp}']
    assert outside("mixed_nl", "kwp") == [f'{PACK_OUTSIDE}series "mixed_nl" in MW; {kwp}']
    assert outside("pv_nl", "packs") == [
        f'{PACK_OUTSIDE}series "pv_nl" in {unit}; piece, which become the measure packs; {do}'
        for unit in ("MWp", "kWp")
    ]


def test_a_measure_and_a_series_of_another_name_are_told_together() -> None:
    known = "one of pv_nl, sold_nl, mixed_nl; correct its name, or add the series"
    series = f'{PACK_OUTSIDE}no series "pv_be" in history.csv; {known}'
    assert outside("pv_be", "kwp") == [series]
    assert outside("pv_be", "kw") == [
        f'{PACK_OUTSIDE}measure "kw"; one of packs, kwp, mass; name one of the stock',
        series,
    ]


def test_a_region_where_nobody_lives() -> None:
    columns = "region_id residents"
    wrong = frame(columns, ("a", 5.0), ("b", 0.0), ("c", NAN))
    assert check(outside=wrong) == [
        (
            'outside.csv column "residents": none in line 3, 4; some in every region; correct it, '
            "or leave the region out"
        )
    ]
    assert check(outside=frame(columns, ("a", 5.0))) == []


# ------------------------------------------------------------------ tables checked elsewhere


def test_sizes_sites_and_cover_are_checked_in_their_files() -> None:
    sizes = frame(
        "size_id name streams step fraction size_t_per_a hectares hectares_of use_for_size "
        "use_for_land capex_meur",
        ("Z1", "Klein", "pack", "recycling", "whole", NAN, NAN, "plot", "yes", "no", NAN),
    )
    assert check(plant_sizes=sizes) == [
        'plant_sizes.csv: no number to use in line 2; tonnes, or a plot; fill it in, or write "no"'
    ]
    coverage = frame("municipality_code served_by", ("GM0001", "P1;P9"))
    points = frame("point_id", ("P1",))
    assert check(coverage=coverage, collection_points=points) == [
        (
            'coverage.csv column "served_by": "P9" in line 2; the point_id of a collection '
            "point is expected; correct the row, or add the point"
        )
    ]
    assert check(coverage=coverage) == []


def test_sites_of_one_id_are_told() -> None:
    columns = (
        "site_id name kind province lies_in hectares hectares_available network_2025 "
        "network_2035 environment_category"
    )
    row = ("S1", "Kade", "port", "Zuid-Holland", None, 1.0, NAN, None, None, None)
    sites = gpd.GeoDataFrame(
        frame(columns, row, row), geometry=gpd.points_from_xy([1.0, 2.0], [1.0, 2.0]), crs=world.CRS
    )
    found = check(candidate_sites=sites)
    assert found
    assert all(line.startswith("candidate_sites.csv") for line in found)


# ------------------------------------------------------------------ as the command tells it

GEO = "data/geo/"
WIND = "layers/stocks/wind_turbine.toml"
PLANT = "F1,Noord,recycling,solar_panel;ebike_battery,whole,100,,,packs,2022,operating,"


def with_outside(series: str, measure: str) -> Spoil:
    def spoil(home: Path) -> None:
        more = f'\n[outside]\nseries = "{series}"\nmeasure = "{measure}"\n'
        path = home / WIND
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")

    return spoil


COMMAND: dict[str, tuple[Spoil, str]] = {
    "a plant that closes before it opens": (
        change(GEO + "facilities.csv", f"{PLANT},,", f"{PLANT}2026,2025,"),
        'data/geo/facilities.csv column "to_year": before from_year in line 2; ',
    ),
    "a chain without the step of the stream": (
        change(GEO + "chain.csv", "wind_turbine,1,dismantling", "wind_turbine,1,recycling"),
        (
            'layers/stocks/wind_turbine.toml step: "dismantling"; one of the steps of wind_turbine '
            "in data/geo/chain.csv (recycling); "
        ),
    ),
    "a step of another name": (
        change(
            GEO + "chain.csv", "wind_turbine,1,", "wind_turbine,2,melting,whole\nwind_turbine,1,"
        ),
        'data/geo/chain.csv column "step": "melting"; one of sorting, ',
    ),
    "a step twice": (
        rewrite(GEO + "chain.csv", lambda text: text + b"solar_panel,2,recycling,whole\n"),
        "data/geo/chain.csv: an order or a step twice in line 3, 6; ",
    ),
    "a fraction of another name": (
        change(GEO + "chain.csv", "recycling,whole\nev", "recycling,hole\nev"),
        'data/geo/chain.csv: fraction "hole" of ebike_battery; a fraction of data/geo/',
    ),
    "elements without their part": (
        change(GEO + "fractions.csv", "black_mass,0.5,,,", "black_mass,,Co;Li,,"),
        'data/geo/fractions.csv column "element_share": nan in line 5; ',
    ),
    "a series with a wrong unit": (
        with_outside("pv_nl", "kw"),
        f'{WIND} [outside]: series "pv_nl" in MWp; kW, W, MW, which become the measure kw; ',
    ),
    "no such series": (
        with_outside("wind_be", "kw"),
        f'{WIND} [outside]: no series "wind_be" in data/geo/history.csv; one of wind_nl, ',
    ),
    "no such measure": (
        with_outside("wind_nl", "kwp"),
        f'{WIND} [outside]: measure "kwp"; one of turbines, kw, mass; ',
    ),
}


@pytest.mark.parametrize(("spoil", "expected"), COMMAND.values(), ids=list(COMMAND))
def test_the_command_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, spoil: Spoil, expected: str
) -> None:
    spoil(home)
    world.sign(home)
    monkeypatch.chdir(home)
    lines = lines_of(run("check", "world"))
    assert any(line.removeprefix("Error: ").startswith(expected) for line in lines), lines
