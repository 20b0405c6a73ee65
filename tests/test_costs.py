"""A user's own kilometres or minutes: what is read, what is told, what keeps the straight line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from atlas.costs import Costs, read_costs, with_costs
from atlas.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

NAN = np.nan
HEAD = "from,to,km\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journeys.csv"


def read(path: Path, text: str | bytes) -> Costs:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_costs(path)


def problems_of(path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(DataError) as error:
        read(path, text)
    return list(error.value.problems)


# ------------------------------------------------------------------ reading


@pytest.mark.parametrize(
    "text",
    [
        "from,to,km\na,F1,12.5\nb,F1,0\n",
        "from;to;km\na;F1;12,5\nb;F1;0\n",
        "from;to;km\na;F1;12.5\nb;F1;0,0\n",
        'from,to,km\na,F1,"12,5"\nb,F1,0\n',
        "\ufefffrom,to,km\r\na,F1,12.5\r\nb,F1,0\r\n",
        " From , TO,Km \n a , F1 , 12.5 \nb,F1,0",
        "from,to,km\n\na,F1,12.5\n , ,\nb,F1,0\n\n",
        "note,km,to,from\nx,12.5,F1,a\n,0,F1,b\n",
    ],
)
def test_commas_and_semicolons_and_decimal_commas_are_read(path: Path, text: str) -> None:
    found = read(path, text)
    assert found.where == "journeys.csv"
    assert found.table.to_dict("list") == {"from": ["a", "b"], "to": ["F1", "F1"], "km": [12.5, 0]}


def test_kilometres_and_minutes_are_read_in_one_order(path: Path) -> None:
    found = read(path, "minutes;from;to;km\n30;a;F1;12,5\n")
    assert list(found.table) == ["from", "to", "km", "minutes"]
    assert found.table.iloc[0].tolist() == ["a", "F1", 12.5, 30.0]
    assert list(read(path, "from,to,minutes\na,F1,30\n").table) == ["from", "to", "minutes"]


def test_a_table_without_rows_is_read_and_misses_every_pair_later(path: Path) -> None:
    assert read(path, HEAD).table.empty


# ------------------------------------------------------------------ what is wrong with it


def test_a_file_that_is_not_there_or_no_text(path: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_costs(tmp_path / "none.csv")
    (line,) = error.value.problems
    assert line.startswith("none.csv: it cannot be read (")
    assert line.endswith("; a CSV file in UTF-8; name another")
    (line,) = problems_of(path, b"from,to,km\nCaf\xe9,F1,3\n")
    assert line.startswith("journeys.csv: it cannot be read (")
    with pytest.raises(DataError, match="it cannot be read"):
        read_costs(tmp_path)


EXPECTED = "; from, to, and km or minutes; name the columns so: from is a zone_id, to a facility_id"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", "none"),
        ("\n", "none"),
        ("zone,plant,km\na,F1,3\n", "zone, plant, km"),
        ("from,to\na,F1\n", "from, to"),
        ("from,km\na,3\n", "from, km"),
        ("from,to,hours\na,F1,3\n", "from, to, hours"),
        ("from\tto\tkm\na\tF1\t3\n", "from\tto\tkm"),
        ("a,F1,3\n", "a, f1, 3"),
    ],
)
def test_other_columns_are_named(path: Path, text: str, columns: str) -> None:
    assert problems_of(path, text) == [f"journeys.csv: columns {columns}{EXPECTED}"]


def number(row: int, cell: str, column: str = "km") -> str:
    return (
        f'journeys.csv line {row} column "{column}": "{cell}"; a number from 0 to 100000; '
        "correct it, or leave the row out"
    )


@pytest.mark.parametrize(
    "cell", ["ca. 10", "-1", "", "nan", "inf", "100001", "1.000,5", "10 km", "1e9", "=1+1"]
)
def test_what_is_no_distance_is_named_with_its_row(path: Path, cell: str) -> None:
    assert problems_of(path, f"from;to;km\na;F1;3\na;F2;{cell}\n") == [number(3, cell)]
    text = f"from;to;km;minutes\na;F1;3;{cell}\n"
    assert problems_of(path, text) == [number(2, cell, "minutes")]


def test_a_pair_twice_is_told(path: Path) -> None:
    # Also where the two agree: which of them counts is not for us to choose.
    rows = HEAD + "a,F1,3\na,F2,3\n a ,F1,3\n"
    twice = 'journeys.csv: "a" to "F1" twice; one row each; remove one'
    assert problems_of(path, rows) == [twice]
    # One way is not the other.
    assert len(read(path, HEAD + "a,b,3\nb,a,3\n").table) == 2


def test_a_row_of_another_length_is_told(path: Path) -> None:
    assert problems_of(path, HEAD + "a,F1,3\nb,F1,3,5\nb,F2\n") == [
        "journeys.csv line 3: 4 cells; 3 are expected; correct it",
        "journeys.csv line 4: 2 cells; 3 are expected; correct it",
    ]
    # A decimal comma between commas makes a cell more.
    assert problems_of(path, HEAD + "a,F1,3,5\n") == [
        "journeys.csv line 2: 4 cells; 3 are expected; correct it"
    ]


def test_all_problems_are_told_at_once_and_at_most_five_of_a_kind(path: Path) -> None:
    rows = "".join(f"a,F{i},x{i},-{i}\n" for i in range(1, 8)) + "a,F1,1,1\n"
    assert problems_of(path, "from,to,km,minutes\n" + rows) == [
        *(number(i + 1, f"x{i}") for i in range(1, 6)),
        *(number(i + 1, f"-{i}", "minutes") for i in range(1, 6)),
        'journeys.csv: "a" to "F1" twice; one row each; remove one',
    ]


# ------------------------------------------------------------------ in place of the straight line

# Two zones, what is unallocated, and a region outside; F3 takes nothing and F4 has no place.
NODES = pd.DataFrame(
    {"place": ["a", "b", "unallocated", "Delfzijl", "a"], "ours": [True, True, True, False, True]}
).assign(stream=["pack", "pack", "pack", "pack", "panel"])
PLANTS = gpd.GeoDataFrame({"facility_id": ["F1", "F2", "F3", "F4"]})
ACCEPTS = pd.DataFrame({"facility": [0, 1, 0], "stream": ["pack", "pack", "panel"]})
KM = np.array(
    [
        [10.0, 20.0, 30.0, NAN],
        [40.0, 50.0, 60.0, NAN],
        [70.0, 80.0, 90.0, NAN],
        [200.0, 300.0, 400.0, NAN],
        [11.0, 21.0, 31.0, NAN],
    ]
)
PAIRS = [("a", "F1"), ("a", "F2"), ("b", "F1"), ("b", "F2")]


def table(*rows: tuple[object, ...], columns: tuple[str, ...] = ("km",)) -> Costs:
    return Costs(pd.DataFrame(rows, columns=["from", "to", *columns]), "journeys.csv")


def all_pairs(**values: list[float]) -> Costs:
    rows = [
        (*pair, *each) for pair, each in zip(PAIRS, zip(*values.values(), strict=True), strict=True)
    ]
    return table(*rows, columns=tuple(values))


def changed(costs: Costs | None) -> tuple[np.ndarray, np.ndarray]:
    return with_costs(KM, costs, nodes=NODES, plants=PLANTS, accepts=ACCEPTS)


def problems_with(costs: Costs) -> list[str]:
    with pytest.raises(DataError) as error:
        changed(costs)
    return list(error.value.problems)


def test_without_a_table_the_straight_line_is_all() -> None:
    km, cost = changed(None)
    assert km is KM
    assert cost is KM


def test_kilometres_take_the_place_of_the_straight_line_where_they_are_given() -> None:
    km, cost = changed(all_pairs(km=[1.0, 2.0, 3.0, 0.0]))
    expected = KM.copy()
    expected[:2, :2] = [[1.0, 2.0], [3.0, 0.0]]
    expected[4, :2] = [1.0, 2.0]  # panels start where packs do
    assert np.array_equal(km, expected, equal_nan=True)
    assert np.array_equal(cost, expected, equal_nan=True)
    assert KM[0, 0] == 10.0  # what was given is left as it was


def test_what_is_outside_may_be_in_the_table_too() -> None:
    rows = [(*pair, 1.0) for pair in PAIRS]
    rows += [("Delfzijl", "F1", 9.0), ("unallocated", "F2", 8.0), ("a", "F3", 7.0)]
    km, _ = changed(table(*rows))
    assert km[3, :3].tolist() == [9.0, 300.0, 400.0]
    assert km[2, :3].tolist() == [70.0, 8.0, 90.0]
    assert km[0, :3].tolist() == [1.0, 1.0, 7.0]


def test_a_plant_without_a_place_stays_without_a_distance() -> None:
    km, _ = changed(table(*[(*pair, 1.0) for pair in PAIRS], ("a", "F4", 5.0)))
    assert np.isnan(km[:, 3]).all()


def test_minutes_choose_and_kilometres_stay_those_of_the_line() -> None:
    # 60, 20, 80 and 80 minutes on 10, 20, 40 and 50 km; and for panels 60 and 20 on 11 and 21.
    km, cost = changed(all_pairs(minutes=[60.0, 20.0, 80.0, 80.0]))
    assert np.array_equal(km, KM, equal_nan=True)
    assert cost[:2, :2].tolist() == [[60.0, 20.0], [80.0, 80.0]]
    # What is left out is scaled by the pace of all that is in the table, as the programme sees it.
    pace = (60 + 20 + 80 + 80 + 60 + 20) / (10 + 20 + 40 + 50 + 11 + 21)
    assert cost[3, :3].tolist() == pytest.approx([200 * pace, 300 * pace, 400 * pace])
    assert cost[0, 2] == pytest.approx(30 * pace)


def test_with_both_minutes_choose_and_kilometres_count() -> None:
    costs = all_pairs(km=[5.0, 10.0, 20.0, 25.0], minutes=[10.0, 20.0, 40.0, 50.0])
    km, cost = changed(costs)
    assert km[:2, :2].tolist() == [[5.0, 10.0], [20.0, 25.0]]
    assert cost[:2, :2].tolist() == [[10.0, 20.0], [40.0, 50.0]]
    # Two minutes a kilometre.
    assert cost[3, :3].tolist() == [400.0, 600.0, 800.0]
    assert cost[2, 0] == 140.0


def test_minutes_of_no_kilometres_have_no_pace() -> None:
    costs = all_pairs(km=[0.0] * 4, minutes=[1.0] * 4)
    assert changed(costs)[1][3, 0] == 200.0


def missing(pairs: str) -> str:
    return (
        f"journeys.csv: no journey from {pairs}; one from every zone to every plant that takes a "
        "stream; add the rows"
    )


def test_a_missing_pair_is_told_once() -> None:
    # Zone a is a node of two streams, and F3 and F4 take nothing.
    assert problems_with(table(*[(*pair, 1.0) for pair in PAIRS[1:]])) == [missing("a to F1")]


def test_of_many_missing_pairs_five_are_told() -> None:
    nodes = pd.DataFrame({"place": [f"z{i}" for i in range(7)], "ours": True})
    km = np.ones((7, 4))
    with pytest.raises(DataError) as error:
        with_costs(km, table(("z0", "F1", 1.0)), nodes=nodes, plants=PLANTS, accepts=ACCEPTS)
    assert error.value.problems == (
        missing("z0 to F2, z1 to F1, z1 to F2, z2 to F1, z2 to F2 and 8 more"),
    )


def test_an_empty_table_misses_them_all(path: Path) -> None:
    pairs = "a to F1, a to F2, b to F1, b to F2"
    assert problems_with(read(path, HEAD)) == [missing(pairs)]


def test_unknown_names_and_missing_pairs_are_told_together() -> None:
    costs = table(("a", "F1", 1.0), ("a", "F2", 1.0), ("b", "f2", 1.0), ("B", "F1", 1.0))
    assert problems_with(costs) == [
        'journeys.csv: from "B"; a zone_id; correct it, or leave the row out',
        'journeys.csv: to "f2"; a facility_id; correct it, or leave the row out',
        missing("b to F1, b to F2"),
    ]


def test_of_many_unknown_names_five_are_told() -> None:
    rows = [(*pair, 1.0) for pair in PAIRS] + [(f"x{i}", "F1", 1.0) for i in range(7)]
    assert [line.split(";")[0] for line in problems_with(table(*rows))] == [
        f'journeys.csv: from "x{i}"' for i in range(5)
    ]
