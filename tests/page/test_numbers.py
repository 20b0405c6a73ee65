"""Amounts, ranges and trails: numbers worked out by hand on the small document."""

from __future__ import annotations

from math import exp, log, log2, sqrt
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Document = dict[str, Any]

ALFA, EAST, PORT, DELTA = range(4)
MUNICIPALITY = {"zones": [ALFA, PORT], "rest": False}
REGION = {"zones": [ALFA, EAST, PORT, DELTA], "rest": True}

STATE = {"stream": "panel", "layer": "released", "measure": "mass", "basis": "register"}


def state_of(state: dict[str, Any]) -> dict[str, Any]:
    return {**STATE, "year": 2026, "lang": "nl", **state}


def ask(modules: Page, module: str, expression: str, *values: object) -> Any:  # noqa: ANN401
    body = f"async (v) => {{ const m = await import('atlas/{module}'); return {expression}; }}"
    return modules.evaluate(body, list(values))


def amounts(modules: Page, document: Document, **state: Any) -> Document:  # noqa: ANN401
    found = ask(modules, "series", "m.amounts(...v)", document, state_of(state))
    assert isinstance(found, dict)
    return found


def values(modules: Page, document: Document, **state: Any) -> list[float | None]:  # noqa: ANN401
    """Values of the four zones, and what is in none."""
    found = amounts(modules, document, **state)
    return [*found["values"], found["unallocated"]]


def alfa(modules: Page, document: Document, **state: Any) -> float | None:  # noqa: ANN401
    return values(modules, document, **state)[ALFA]


def span(
    modules: Page,
    document: Document,
    zones: list[int] | Document,
    **state: Any,  # noqa: ANN401
) -> Document:
    where = zones if isinstance(zones, dict) else {"zones": zones, "rest": False}
    found = ask(modules, "spans", "m.spanOf(...v)", document, state_of(state), where)
    assert isinstance(found, dict)
    return found


def near(value: object) -> Any:  # noqa: ANN401
    if isinstance(value, list | tuple):
        return type(value)(None if each is None else near(each) for each in value)
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def explained(modules: Page, document: Document, where: Document, **state: Any) -> Document:  # noqa: ANN401
    asked = {"state": state_of(state), "set": where}
    found = ask(modules, "explain", "m.explain(...v)", document, asked)
    assert isinstance(found, dict)
    return found


def ids(found: Document) -> list[str]:
    return [step["id"] for step in found["steps"]]


# ------------------------------------------------------------------ what stands and what leaves


def test_the_stock_is_as_counted_and_its_mass_follows_from_contents(
    modules: Page, document: Document
) -> None:
    counted = values(modules, document, layer="stock", measure="kwp")
    assert counted == [100, 1234.5, 50, None, 10]
    mass = values(modules, document, layer="stock", measure="mass")
    assert mass == near([10, 123.45, 5, None, 1])


def test_contents_follow_variant_and_year_of_entry(modules: Page, document: Document) -> None:
    # Half of 2010 at 0.01 and half of another variant at 0.04; the port's is of 2020, at 0.02.
    assert values(modules, document, layer="stock", measure="Nd") == near(
        [100 * (0.5 * 0.01 + 0.5 * 0.04), 1234.5 * 0.025, 50 * 0.02, None, 0.25]
    )
    # Aluminium is bulk: it counts in one of the totals only.
    assert alfa(modules, document, layer="stock", measure="Al") == near(100 * 0.5 * 0.05)
    assert alfa(modules, document, layer="stock", measure="crm") == near(2.5 + 2.5)
    assert alfa(modules, document, layer="stock", measure="crm_other") == near(2.5)


def test_what_leaves_is_a_share_of_every_cohort(modules: Page, document: Document) -> None:
    # 2026: 0.3 of 2010 and 0.1 of 2020, at 0.1 t per kWp.
    assert values(modules, document) == near([2, 24.69, 0.5, None, 0.2])
    assert alfa(modules, document, year=2025) == near(1)
    assert alfa(modules, document, year=2027) == near(4)
    assert alfa(modules, document, measure="Nd") == near(100 * (0.15 * 0.01 + 0.05 * 0.04))
    assert alfa(modules, document, lifetime="early", year=2025) == near(5.5)
    # A lifetime that the stream does not have is the regular one.
    assert alfa(modules, document, lifetime="late") == near(2)


def test_nothing_is_known_of_years_before_the_count(modules: Page, document: Document) -> None:
    assert values(modules, document, stream="phone", year=2025) == [None] * 5
    assert alfa(modules, document, stream="phone", year=2026) == near(7)
    assert values(modules, document, year=2024) == [None] * 5


def test_replacement_renews_what_leaves(modules: Page, document: Document) -> None:
    # 10 units enter in 2025, half of which leave a year later: 20 + 5; then 40 + 2.5 + 12.5.
    assert alfa(modules, document, inflow="replacement", year=2025) == near(1)
    assert alfa(modules, document, inflow="replacement") == near(2.5)
    assert alfa(modules, document, inflow="replacement", year=2027) == near(5.5)
    # What is new has the mix of what enters, at the contents of its own year.
    new = 5 * (0.75 * 0.02 + 0.25 * 0.04)
    assert alfa(modules, document, inflow="replacement", measure="Nd") == near(0.35 + new)


def test_growth_starts_from_what_entered_last(modules: Page, document: Document) -> None:
    # Half of the stock entered in 2020, the one known year: 100 in 2025, 200 in 2026.
    assert alfa(modules, document, inflow="growth") == near(2 + 5)
    assert alfa(modules, document, inflow="growth", year=2027) == near(4 + 2.5 + 10)
    # Without a known year it starts from what leaves in the first: 10, doubled is 20.
    document["streams"][0]["model"]["inflow"]["growth"]["years"] = [2030]
    assert alfa(modules, document, inflow="growth") == near(2 + 1)


def test_what_entered_before_the_first_year_shown_leaves_as_well(
    modules: Page, document: Document
) -> None:
    model = document["streams"][0]["model"]
    model["until"] = 2023
    model["inflow"]["own"] = "replacement"
    for leaves in model["lifetimes"]["regular"]["leaves"]:
        leaves.insert(0, 0.4)
    # 40 enter in 2024: half of them leave in 2025, beside 10 of the stock.
    assert alfa(modules, document, year=2025) == near(3)


def test_another_drive_train_replaces_all_variants(modules: Page, document: Document) -> None:
    assert alfa(modules, document, layer="stock", measure="Nd", drive_train="dd_pmsg") == near(4)
    assert alfa(modules, document, measure="Nd", drive_train="dd_pmsg") == near(20 * 0.04)
    new = {"measure": "Nd", "drive_train": "dd_pmsg", "inflow": "replacement"}
    assert alfa(modules, document, **new) == near(25 * 0.04)
    # A drive train that the stream does not know changes nothing.
    assert alfa(modules, document, measure="Nd", drive_train="gb_dfig") == near(0.35)


def test_a_flow_is_a_portion_of_the_country(modules: Page, document: Document) -> None:
    car = {"stream": "car"}
    assert values(modules, document, layer="stock", **car) == [None] * 5
    assert values(modules, document, year=2025, **car) == near([50, 25, 12.5, 12.5, 0])
    assert alfa(modules, document, **car) == near(100)
    assert alfa(modules, document, inflow="growth", **car) == near(200)
    assert alfa(modules, document, measure="Nd", **car) == near(100 * 0.5 * 0.2)


def test_an_unknown_amount_has_no_number_anywhere(modules: Page, document: Document) -> None:
    for layer in ("stock", "released", "collected", "recovered"):
        assert values(modules, document, stream="scanner", layer=layer) == [None] * 5


# ------------------------------------------------------------------ what becomes of it


def test_collected_is_a_share_of_what_is_generated(modules: Page, document: Document) -> None:
    assert values(modules, document, layer="collected") == near([1, 12.345, 0.25, None, 0.1])
    assert alfa(modules, document, layer="collected", measure="Nd") == near(0.175)
    # 2 - 10 % reused - 1 collected
    assert alfa(modules, document, layer="collection_gap") == near(0.8)


def test_targets_grow_in_a_straight_line_and_apply_at_once_when_past(
    modules: Page, document: Document
) -> None:
    targets = {"layer": "collected", "collection": "targets"}
    assert alfa(modules, document, **targets) == near(2 * (0.6 + 0.4 * 3 / 10))
    # What is reused cannot be collected, whatever the target.
    document["streams"][0]["model"]["collection"]["targets"] = [[2019, 1.0]]
    assert alfa(modules, document, **targets) == near(2 * 0.9)


def test_targets_hold_on_after_the_last(modules: Page, document: Document) -> None:
    collection = document["streams"][0]["model"]["collection"]
    collection["targets"] = [[2030, 0.7]]
    rate = "m.rateAt({ model: v[0], years: v[1], scenario: { collection: 'targets' } }, v[2])"
    model, years = document["streams"][0]["model"], document["years"]
    rates = [ask(modules, "gathered", rate, model, years, at) for at in (0, 5, 25)]
    assert rates == near([0.5 + 0.2 * 2 / 7, 0.7, 0.7])


def test_collected_of_sales_is_not_more_than_what_is_left(
    modules: Page, document: Document
) -> None:
    # Half of sales of 2, 20, 2, 2; but no more than 90 % of the 8 t in the east.
    found = values(modules, document, stream="phone", layer="collected")
    assert found == near([1, 7.2, 1, 1, 0])
    model = document["streams"][1]["model"]
    model["inflow"] |= {
        "growth": {"rate": 1.0, "years": [2025]},
        "own": "growth",
    }
    # Sales of 2024 have doubled twice.
    grown = alfa(modules, document, stream="phone", layer="collected")
    assert grown == near(min(0.5 * 2 * 4, 0.9 * 7))


def test_processed_and_the_gap_are_a_pair(modules: Page, document: Document) -> None:
    year = {"year": 2027}
    processed = amounts(modules, document, layer="processed", **year)
    assert processed["values"] == near([1, 12.345, 0.375, None])
    assert processed["best"] == near([2, 24.69, 0.75, None])
    gap = amounts(modules, document, layer="capacity_gap", **year)
    assert gap["values"] == near([1, 12.345, 0.375, None])
    assert gap["best"] == near([0, 0, 0, None])
    assert gap["unallocatedBest"] == near(0)
    # A share can differ by zone.
    shares = amounts(modules, document, layer="processed")["values"]
    assert shares[ALFA] == near(1.0)
    assert shares[EAST] == near(12.345 / 2)
    assert alfa(modules, document, layer="capacity_gap", measure="Nd", **year) == near(0.2125)


@pytest.mark.parametrize(
    ("switch", "value", "tabled"),
    [
        ("lifetime", "early", False),
        ("collection", "targets", False),
        ("drive_train", "dd_pmsg", True),
        ("recovery", "legal", True),
        ("lifetime", "late", True),  # the stream has none
        ("inflow", "frozen", True),  # that is its own
    ],
)
def test_processing_is_worked_out_where_the_tables_do_not_have_it(
    modules: Page,
    document: Document,
    switch: str,
    value: str,
    tabled: bool,  # noqa: FBT001
) -> None:
    state = {switch: value}
    collected, processed, gap = (
        values(modules, document, layer=layer, **state)[EAST]
        for layer in ("collected", "processed", "capacity_gap")
    )
    whole = span(modules, document, REGION, layer="collected", **state)["value"]
    # One plant of 40 t/a serves this region and one that brings three times as much.
    share = 0.5 if tabled else min(1.0, 40 / (4 * whole))
    assert collected is not None
    assert processed == near(collected * share)
    assert gap == near(collected * (1 - share))
    neodymium = values(modules, document, layer="recovered", measure="Nd", **state)[EAST]
    assert neodymium is not None


def test_recovered_is_by_element_where_the_yield_is_known(
    modules: Page, document: Document
) -> None:
    year = {"year": 2027, "measure": "Nd"}
    # 1 t processed, 0.2125 of it neodymium, half of which comes back; by law 90 %.
    assert alfa(modules, document, layer="recovered", **year) == near(0.10625)
    assert alfa(modules, document, layer="recovered", recovery="legal", **year) == near(0.19125)
    assert alfa(modules, document, layer="recovery_gap", recovery="legal", **year) == near(0.02125)
    # The law counts from 2027 on; before that it is as today.
    before = alfa(modules, document, layer="recovered", measure="Nd", recovery="legal")
    assert before == near(0.175 / 2)
    assert alfa(modules, document, layer="recovered", measure="Al") is None
    # A total is the sum of what is known.
    assert alfa(modules, document, layer="recovered", measure="crm", year=2027) == near(0.10625)
    document["streams"][0]["model"]["yields"] = []
    assert alfa(modules, document, layer="recovered", measure="crm", year=2027) is None


def test_a_report_with_more_puts_the_rest_in_no_zone(modules: Page, document: Document) -> None:
    # Twice the units: zones as they are, and as much again in no zone.
    report = {"basis": "report"}
    total = 2 + 24.69 + 0.5 + 0.2
    assert values(modules, document, **report) == near([2, 24.69, 0.5, None, 0.2 + total])
    collected = values(modules, document, layer="collected", **report)
    assert collected == near([1, 12.345, 0.25, None, (0.2 + total) / 2])
    processed = values(modules, document, layer="processed", year=2027, **report)
    assert processed[ALFA] == near(0.5)
    assert values(modules, document, layer="stock", measure="kwp", **report)[0] == 200
    assert values(modules, document, layer="stock", measure="crm", **report)[:3] == [1, 2, 3]


def test_a_report_with_less_shrinks_every_zone(modules: Page, document: Document) -> None:
    quantity = document["streams"][0]["bases"]["report"]["quantities"][0]
    quantity |= {"values": [50.0, 617.25, 25.0, None], "unallocated": 5.0}
    assert values(modules, document, basis="report") == near([1, 12.345, 0.25, None, 0.1])


def test_nothing_is_sold_to_what_is_in_no_zone(modules: Page, document: Document) -> None:
    phone = document["streams"][1]
    units = phone["bases"]["register"]["quantities"][0]
    twice = [2 * value for value in units["values"]]
    phone["bases"]["report"] = {"quantities": [{**units, "values": twice}]}
    state = {"stream": "phone", "basis": "report"}
    assert values(modules, document, **state) == near([7, 8, 9, 10, 34])
    assert values(modules, document, layer="collected", **state) == near([1, 7.2, 1, 1, 0])


# ------------------------------------------------------------------ ranges and grades


def test_a_measure_is_as_sure_as_its_count_and_its_key(modules: Page, document: Document) -> None:
    stock = {"layer": "stock", "measure": "kwp"}
    one = span(modules, document, [ALFA], **stock)
    assert (one["low"], one["high"]) == near((100 / 2 ** sqrt(2), 100 * 2 ** sqrt(2)))
    # The whole municipality, and one of a single zone, were not spread: no key.
    for where, value in (([ALFA, PORT], 150), ([EAST], 1234.5), (REGION, 1394.5)):
        found = span(modules, document, where, **stock)
        assert (found["low"], found["high"]) == near((value / 2, value * 2))


def test_the_key_touches_only_what_is_split(modules: Page, document: Document) -> None:
    found = span(modules, document, [ALFA, EAST], layer="stock", measure="kwp")
    value = 1334.5
    key = log((200 + 1234.5) / value), log((50 + 1234.5) / value)
    assert found["high"] == near(value * exp(sqrt(log(2) ** 2 + key[0] ** 2)))
    assert found["low"] == near(value * exp(-sqrt(log(2) ** 2 + key[1] ** 2)))
    document["streams"][0]["spread_over"] = "none"
    assert span(modules, document, [ALFA], layer="stock", measure="kwp")["high"] == near(200)


def test_spread_over_the_region_only_the_whole_is_sure(modules: Page, document: Document) -> None:
    stock = {"stream": "phone", "layer": "stock", "measure": "phones"}
    assert span(modules, document, REGION, **stock)["high"] == near(34 * 1.1)
    part = span(modules, document, [ALFA, EAST, PORT], **stock)
    assert part["high"] == near(24 * exp(sqrt(log(1.1) ** 2 + log(2) ** 2)))


def test_mass_in_stock_has_count_content_and_key(modules: Page, document: Document) -> None:
    stock = {"layer": "stock", "measure": "mass"}
    assert span(modules, document, [ALFA], **stock)["high"] == near(10 * 2 ** sqrt(3))
    assert span(modules, document, MUNICIPALITY, **stock)["high"] == near(15 * 2 ** sqrt(2))


def test_contents_that_can_be_nothing_and_sizes_touch_their_part(
    modules: Page, document: Document
) -> None:
    found = span(modules, document, [ALFA], layer="stock", measure="Nd")
    # 0.5 t of one variant, from nothing to double; 2 t of the other, of an unsure size.
    up = [log(3 / 2.5), log(4.5 / 2.5), log(4.5 / 2.5), log(2), log(2)]
    down = [log(2.5 / 2), log(2.5 / 1.5), log(2.5 / 1.5), log(2), log(2)]
    assert found["high"] == near(2.5 * exp(sqrt(sum(w**2 for w in up))))
    assert found["low"] == near(2.5 * exp(-sqrt(sum(w**2 for w in down))))
    assert found["grade"] == "D"
    # With one drive train for all, sizes say nothing any more.
    sure = span(modules, document, [ALFA], layer="stock", measure="Nd", drive_train="dd_pmsg")
    assert sure["high"] == near(4 * 2 ** sqrt(3))
    # Where all of it may be nothing, so may the sum.
    contents = document["streams"][0]["model"]["contents"]
    contents[3] |= {"low": 0.0, "factor": "content c-Si Nd"}
    assert span(modules, document, [ALFA], layer="stock", measure="Nd")["low"] == 0


def test_released_is_as_sure_as_the_ages_too(modules: Page, document: Document) -> None:
    found = span(modules, document, MUNICIPALITY)
    width = sqrt(2 * log(2) ** 2 + log(1.25) ** 2)
    assert (found["low"], found["high"]) == near((2.5 * exp(-width), 2.5 * exp(width)))
    # What enters later counts with the contents of its own variants, and has no size.
    new = span(modules, document, MUNICIPALITY, inflow="replacement")
    assert new["high"] == near(new["value"] * exp(width))


def test_collected_of_what_is_generated_adds_what_binds(modules: Page, document: Document) -> None:
    made = 2 * log(2) ** 2 + log(1.25) ** 2
    found = span(modules, document, MUNICIPALITY, layer="collected")
    assert found["high"] == near(1.25 * exp(sqrt(made + log(1.6) ** 2)))
    assert found["low"] == near(1.25 * exp(-sqrt(made + log(2) ** 2)))
    # A target is law, without a range.
    law = span(modules, document, MUNICIPALITY, layer="collected", collection="targets")
    assert law["high"] == near(law["value"] * exp(sqrt(made)))
    # Where reuse binds, it is that which is unsure: 90 % lies between 60 and 95.
    document["streams"][0]["model"]["collection"] |= {"rate": 0.95, "targets": []}
    bound = span(modules, document, MUNICIPALITY, layer="collected")
    assert bound["low"] == near(2.25 * exp(-sqrt(made + log(0.9 / 0.6) ** 2)))
    assert bound["high"] == near(2.25 * exp(sqrt(made + log(0.95 / 0.9) ** 2)))


def test_no_more_is_collected_than_is_released_at_the_high_end(
    modules: Page, document: Document
) -> None:
    document["streams"][0]["model"]["collection"] |= {"rate": 0.8, "low": 0.2, "high": 3.2}
    collected = span(modules, document, MUNICIPALITY, layer="collected")
    released = span(modules, document, MUNICIPALITY)
    assert collected["high"] == near(released["high"])
    assert collected["low"] < released["low"]


def test_collected_of_sales_is_as_sure_as_rate_and_sales(modules: Page, document: Document) -> None:
    phone = {"stream": "phone", "layer": "collected"}
    assert span(modules, document, [ALFA], **phone)["high"] == near(2 ** sqrt(2))
    # Its elements have their contents and that of the mass as well.
    element = span(modules, document, [ALFA], measure="Nd", **phone)
    assert (element["value"], element["low"]) == near((0.25, 0.25 / 4))
    # In the east what is left binds: units, content, key, and what is not reused.
    east = span(modules, document, [EAST], **phone)
    made = log(1.1) ** 2 + 2 * log(2) ** 2
    assert east["low"] == near(7.2 * exp(-sqrt(made + log(0.9 / 0.6) ** 2)))
    # Together each factor touches its own part.
    whole = span(modules, document, REGION, **phone)
    parts = [(3, 2), (3, 2), (7.2, 1.1), (7.2, 2), (7.2, 0.95 / 0.9)]
    widths = [log((10.2 + part * (factor - 1)) / 10.2) for part, factor in parts]
    assert whole["high"] == near(10.2 * exp(sqrt(sum(w**2 for w in widths))))


def test_a_flow_is_as_sure_as_its_series(modules: Page, document: Document) -> None:
    car = {"stream": "car", "year": 2025}
    assert span(modules, document, REGION, **car)["high"] == near(200)
    assert span(modules, document, REGION, measure="Nd", **car)["high"] == near(10 * 2 ** sqrt(2))
    assert span(modules, document, REGION, stream="car")["high"] == near(200 * 4)
    # A zone has a part by a key, where one is stated.
    assert span(modules, document, [ALFA], **car)["high"] == near(100)
    document["streams"][2]["model"]["flow"]["key"] = [0.5, 2.0]
    assert span(modules, document, [ALFA], **car)["high"] == near(50 * 2 ** sqrt(2))
    assert span(modules, document, REGION, **car)["high"] == near(200)
    collected = span(modules, document, REGION, layer="collected", **car)
    assert collected["low"] == near(90 * exp(-sqrt(log(2) ** 2 + log(0.9 / 0.6) ** 2)))


def test_recovered_has_the_width_of_its_yield(modules: Page, document: Document) -> None:
    state = {"layer": "recovered", "measure": "Nd", "year": 2027}
    found = span(modules, document, [EAST], **state)
    assert found["low"] == 0  # nothing at all may come back
    gathered = span(modules, document, [EAST], layer="collected", measure="Nd", year=2027)
    width = sqrt(log(gathered["high"] / gathered["value"]) ** 2 + log(1.6) ** 2)
    assert found["high"] == near(found["value"] * exp(width))
    # Unknown capacity makes it a pair: twice as much is processed at best.
    assert (found["best"], found["grade"]) == (near(2 * found["value"]), "D")
    total = span(modules, document, REGION, **{**state, "measure": "crm"})
    assert total["best"] == near(2 * total["value"])
    lost = span(modules, document, [EAST], **{**state, "layer": "recovery_gap"})
    assert lost["best"] is None
    legal = span(modules, document, [EAST], recovery="legal", **state)
    assert legal["high"] / legal["value"] == near(gathered["high"] / gathered["value"])


def test_recovered_is_graded_by_its_range_where_capacity_is_known(
    modules: Page, document: Document
) -> None:
    model = document["streams"][0]["model"]
    model |= {"ages": None, "sizes": {}, "yields": model["yields"][1:]}
    model["yields"][0] |= {"recovery": "today", "from": None}
    model["collection"] |= {"low": 0.45, "high": 0.55}
    for row in model["contents"]:
        row |= {"low": row["value"], "high": row["value"]}
    document["streams"][0]["bases"]["register"]["quantities"][0]["band"] = [1, 1]
    state = {"layer": "recovered", "measure": "Nd", "year": 2027}
    found = span(modules, document, [EAST], **state)
    assert found["high"] == near(found["value"] * 1.1)
    assert found["grade"] == "D"
    model["processed"]["pool"][1] = 0.5
    sure = span(modules, document, [EAST], **state)
    assert (sure["best"], sure["grade"]) == (near(sure["value"]), "B")


def test_gaps_have_no_range_and_the_grade_of_what_is_collected(
    modules: Page, document: Document
) -> None:
    document["streams"][0]["model"] |= {"ages": None}
    document["streams"][0]["model"]["collection"] |= {"low": 0.45, "high": 0.55}
    document["streams"][0]["model"]["contents"][0] |= {"low": 0.1, "high": 0.1}
    document["streams"][0]["bases"]["register"]["quantities"][0]["band"] = [1 / 1.1, 1.1]
    for layer, year in (("processed", 2026), ("capacity_gap", 2027), ("collection_gap", 2026)):
        found = span(modules, document, MUNICIPALITY, layer=layer, year=year)
        assert (found["low"], found["high"]) == (None, None)
    # In 2027 unknown capacity makes a pair: an order of magnitude. Without one it is as collected.
    assert span(modules, document, [EAST], layer="processed", year=2027)["grade"] == "D"
    document["streams"][0]["model"]["processed"]["pool"][1] = 0.5
    assert span(modules, document, [EAST], layer="processed", year=2027)["grade"] == "B"
    assert span(modules, document, [EAST], layer="collected", year=2027)["grade"] == "B"


def test_a_report_is_an_order_of_magnitude(modules: Page, document: Document) -> None:
    for layer in ("released", "collected"):
        found = span(modules, document, REGION, basis="report", layer=layer)
        assert (found["low"], found["high"]) == near((found["value"] / 1.7, found["value"] * 1.7))
        assert found["grade"] == "D"
    # Of a flow too, however sure its series is.
    car = document["streams"][2]
    car["bases"]["report"] = {"quantities": []}
    car["model"]["flow"] |= {"low": [1.0] * 26, "high": [1.0] * 26}
    for basis, grade, widest in (("register", "A", 1.0), ("report", "D", 1.7)):
        found = span(modules, document, REGION, stream="car", basis=basis)
        assert (found["value"], found["high"]) == near((200, 200 * widest))
        assert found["grade"] == grade
    # A material that was chosen before is the product there.
    mass = span(modules, document, REGION, stream="car", basis="report", measure="Nd")
    assert mass["value"] == near(200)


@pytest.mark.parametrize(
    ("low", "high", "grade"),
    [
        (1.0, 1.0, "A"),
        (1 / 1.1, 1.1, "A"),
        (1 / 1.1, 1.11, "B"),
        (1 / 1.2, 1.1, "B"),
        (1 / 1.4, 1.0, "C"),
        (1 / 1.7, 1.7, "D"),
        (0.0, 1.0, "D"),
        (0.1, 9.0, "D"),
    ],
)
def test_grades_are_bands(modules: Page, low: float, high: float, grade: str) -> None:
    assert ask(modules, "spread", "m.gradeOf(3, 3 * v[0], 3 * v[1])", low, high) == grade
    wide = ask(modules, "spread", "m.beyond(3, 3 * v[0], 3 * v[1])", low, high)
    assert wide == (low < 1 / 1.71 or high > 1.71)


def test_nothing_has_no_grade(modules: Page, document: Document) -> None:
    found = span(modules, document, [PORT], year=2025)
    assert (found["value"], found["low"], found["high"], found["grade"]) == (0, 0, 0, None)
    assert span(modules, document, [DELTA])["value"] is None


# ------------------------------------------------------------------ where it comes from


def test_the_product_of_a_release_is_units_share_and_content(
    modules: Page, document: Document
) -> None:
    found = explained(modules, document, {"zones": [ALFA], "rest": False}, measure="Nd")
    assert [part["value"] for part in found["product"]] == near([100, 0.2, 0.0175, 0.35])
    assert ids(found) == [
        "geteld",
        "key panel",
        "maat",
        "gehalte Nd",
        "gehalte Nd",
        "regulier",
        "leeftijd",
        "niets erbij",
    ]
    # The port holds one variant, without a size, and the mass needs neither.
    port = explained(modules, document, {"zones": [PORT], "rest": False}, measure="Nd")
    assert ids(port)[:4] == ["geteld", "key panel", "gehalte Nd", "regulier"]
    mass = explained(modules, document, REGION, inflow="growth", lifetime="early")
    assert [step["id"] for step in mass["steps"]] == [
        "geteld",
        "gehalte mass",
        "vroeg",
        "leeftijd",
        "groei",
    ]


@pytest.mark.parametrize(
    ("inflow", "step"),
    [("default", "niets erbij"), ("replacement", "vervangen"), ("growth", "groei")],
)
def test_what_enters_has_a_step_after_the_ages(
    modules: Page, document: Document, inflow: str, step: str
) -> None:
    assert ids(explained(modules, document, REGION, inflow=inflow))[-2:] == ["leeftijd", step]
    stock = explained(modules, document, REGION, layer="stock", measure="Nd", inflow=inflow)
    assert step not in ids(stock)


def test_spreading_is_a_step_where_a_source_is_split(modules: Page, document: Document) -> None:
    for state in ({"layer": "stock", "measure": "kwp"}, {"layer": "stock", "measure": "Nd"}, {}):
        part = explained(modules, document, {"zones": [ALFA, EAST], "rest": False}, **state)
        assert ids(part)[:2] == ["geteld", "key panel"]
        # Whole municipalities were not spread.
        for where in (MUNICIPALITY, {"zones": [EAST], "rest": False}, REGION):
            assert "key panel" not in ids(explained(modules, document, where, **state))


def test_a_flow_has_its_steps_and_the_first_the_range_of_the_year(
    modules: Page, document: Document
) -> None:
    car = {"stream": "car", "year": 2025}
    part = explained(modules, document, {"zones": [ALFA], "rest": False}, **car)
    assert ids(part) == ["landelijk", "aandeel", "key car"]
    whole = explained(modules, document, REGION, measure="Nd", **car)
    assert ids(whole) == ["landelijk", "aandeel", "gehalte Nd"]
    bounds = [[step.get(name) for name in ("low", "high", "grade")] for step in whole["steps"][:2]]
    assert bounds == [[0.5, 2, "D"], [None, None, "C"]]
    document["streams"][2]["model"]["flow"] |= {
        "low": [1 / 1.1] * 5 + [1 / 1.2] * 21,
        "high": [1.1] * 5 + [1.2] * 21,
    }
    grades = [explained(modules, document, REGION, stream="car", year=year)["steps"][0]["grade"]
              for year in (2029, 2030, 2040)]  # fmt: skip
    assert grades == ["A", "B", "B"]
    # What is held on is as sure as in the year that it is of; growth as in its own.
    document["streams"][2]["model"]["flow"]["hold_after"] = 2029
    for inflow, grade in (("default", "A"), ("growth", "B")):
        held = explained(modules, document, REGION, stream="car", year=2040, inflow=inflow)
        assert (held["steps"][0]["grade"], held["grade"]) == (grade, grade)


def test_targets_are_told_without_a_range_and_with_todays_rate_where_they_start_from_it(
    modules: Page, document: Document
) -> None:
    state = {"layer": "collected", "collection": "targets"}
    # A target of before counts from the first year on: today's rate has no part in it.
    past = explained(modules, document, REGION, **state)
    assert ids(past)[-2:] == ["niets erbij", "doelen"]
    collection = document["streams"][0]["model"]["collection"]
    collection["trail"] |= {"low": 0.5, "high": 1.6}
    collection["targets"] = [[2030, 0.7]]
    later = explained(modules, document, REGION, **state)
    assert ids(later)[-3:] == ["niets erbij", "inzameling", "doelen"]
    assert not {"low", "high"} & set(later["steps"][-2])
    today = explained(modules, document, REGION, layer="collected")
    assert ids(today)[-2:] == ["niets erbij", "inzameling"]
    assert today["steps"][-1]["high"] == 1.6
    # A target of the very year of the rate replaces it as well.
    collection["targets"] = [[2023, 0.7]]
    assert "inzameling" not in ids(explained(modules, document, REGION, **state))


def test_the_product_of_a_stock_is_units_and_content(modules: Page, document: Document) -> None:
    found = explained(modules, document, MUNICIPALITY, layer="stock", measure="Nd")
    assert [part["value"] for part in found["product"]] == near([150, 3.5 / 150, 3.5])
    counted = explained(modules, document, MUNICIPALITY, layer="stock", measure="kwp")
    assert [part["value"] for part in counted["product"]] == [150]
    assert ids(counted) == ["geteld"]


@pytest.mark.parametrize("where", [{"zones": [ALFA], "rest": False}, MUNICIPALITY, REGION])
@pytest.mark.parametrize("measure", ["mass", "Nd", "crm"])
@pytest.mark.parametrize(
    "layer",
    ["stock", "released", "collected", "collection_gap", "processed", "capacity_gap", "recovered"],
)
@pytest.mark.parametrize("stream", ["panel", "phone", "car"])
def test_every_product_multiplies_out(  # noqa: PLR0917 - a product of cases
    modules: Page, document: Document, stream: str, layer: str, measure: str, where: Document
) -> None:
    state = {"stream": stream, "layer": layer, "measure": measure, "year": 2027}
    found = explained(modules, document, where, **state)
    shown = span(modules, document, where, **state)
    assert {name: found[name] for name in ("value", "low", "high", "grade")} == {
        name: shown[name] for name in ("value", "low", "high", "grade")
    }
    if found["value"] is None:
        assert found["product"] == []
        return
    *factors, result = [part["value"] for part in found["product"]]
    assert result == near(found["value"])
    product = 1.0
    for factor in factors:
        product *= factor
    assert product == near(found["value"])


def test_later_layers_name_what_they_add(modules: Page, document: Document) -> None:
    where = {"zones": [ALFA], "rest": False}
    found = explained(modules, document, where, layer="recovered", measure="Nd", year=2027)
    assert [part["value"] for part in found["product"]] == near(
        [100, 0.4, 0.85 / 40, 0.5, 0.5, 0.5, 0.10625]
    )
    assert [step["id"] for step in found["steps"]][-4:] == [
        "inzameling",
        "verwerking",
        "buiten",
        "opbrengst Nd today",
    ]
    gap = explained(modules, document, where, layer="collection_gap", collection="targets")
    assert ids(gap)[-3:] == ["niets erbij", "hergebruik", "doelen"]
    sales = explained(modules, document, where, stream="phone", layer="collected", measure="Nd")
    assert [step["id"] for step in sales["steps"]][-2:] == ["inzameling", "verkoop"]
    assert "gehalte mass" in [step["id"] for step in sales["steps"]]
    left = explained(modules, document, {"zones": [EAST], "rest": False}, stream="phone",
                     layer="collected")  # fmt: skip
    assert [step["id"] for step in left["steps"]][-1] == "hergebruik"


def test_a_report_explains_itself_by_its_scale(modules: Page, document: Document) -> None:
    found = explained(modules, document, REGION, basis="report")
    assert [part["value"] for part in found["product"]] == near([27.39, 2, 54.78])


# ------------------------------------------------------------------ what there is to choose


def test_choices_are_those_the_stream_has(modules: Page, document: Document) -> None:
    choices = "m.choicesOf(v[0], v[0].streams.find((s) => s.id === v[1]), v[2], v[3])"

    def found(*asked: str) -> list[str]:
        listed = ask(modules, "model", choices, document, *asked)
        assert isinstance(listed, list)
        return listed

    materials = ["crm", "crm_other", "Al", "Nd", "Ag", "glass"]
    assert found("panel", "register", "stock") == ["kwp", "panels", "mass", *materials]
    assert found("panel", "register", "released") == ["mass", *materials]
    assert found("panel", "register", "recovered") == materials
    assert found("panel", "report", "stock") == ["kwp", "crm"]
    assert found("panel", "report", "collected") == ["mass"]
    # A total of nothing is a number too.
    document["elements"][1]["critical"] = False
    assert found("phone", "register", "stock") == ["phones", "mass", "crm", "crm_other", "Nd"]
    assert alfa(modules, document, stream="phone", layer="stock", measure="crm") == 0
    assert found("car", "register", "stock") == []
    assert found("car", "register", "released") == ["mass", "crm", "crm_other", "Nd"]
    # No report counts elements, of a flow neither.
    document["streams"][2]["bases"]["report"] = {"quantities": []}
    assert found("car", "report", "released") == ["mass"]
    assert found("car", "report", "recovered") == []
    assert found("scanner", "register", "released") == []


@pytest.mark.parametrize(
    ("stream", "layer", "wanted", "shown"),
    [
        ("panel", "stock", "kwp", "kwp"),
        ("panel", "released", "kwp", "mass"),
        ("panel", "recovered", "kwp", "crm"),
        ("panel", "recovered", "mass", "crm"),
        ("phone", "released", "Al", "crm"),
        ("phone", "stock", "kwp", "phones"),
        ("phone", "stock", "Nd", "Nd"),
        ("scanner", "stock", "Nd", None),
    ],
)
def test_a_choice_survives_where_it_exists(  # noqa: PLR0917 - as above
    modules: Page, document: Document, stream: str, layer: str, wanted: str, shown: str | None
) -> None:
    code = "m.measureFor(v[0], m.streamOf(v[0], v[1]), v[2])"
    state = {"basis": "register", "layer": layer, "measure": wanted}
    assert ask(modules, "model", code, document, stream, state) == shown


def test_only_switches_that_matter_are_offered(modules: Page, document: Document) -> None:
    code = "v[0].streams.map((stream) => m.switchesOf(v[0], stream))"
    assert ask(modules, "scenario", code, document) == [
        [
            *("lifetime", "inflow", "collection", "drive_train", "recovery"),
            *("reach", "planned", "unknown_capacity", "foreign_share", "demand"),
        ],
        ["inflow"],
        ["inflow"],
        [],
    ]
    values_of = "m.valuesOf(v[0], v[0].streams[v[1]], 'inflow')"
    assert ask(modules, "scenario", values_of, document, 0) == ["default", "replacement", "growth"]
    assert ask(modules, "scenario", values_of, document, 1) == ["default", "frozen"]
    # A flow has nothing to replace: asked for, it stays level.
    assert ask(modules, "scenario", values_of, document, 2) == ["default", "growth"]
    document["streams"][2]["model"]["inflow"]["own"] = "growth"
    assert ask(modules, "scenario", values_of, document, 2) == ["default", "frozen"]
    scenario = "m.scenarioOf(v[0], v[0].streams[v[1]], { inflow: 'replacement' }).inflow"
    found = [ask(modules, "scenario", scenario, document, stream) for stream in (0, 2)]
    assert found == ["replacement", "frozen"]


def test_factors_of_a_figure_read_both_ways(modules: Page) -> None:
    words = "v[0].map((factor) => m.factorWords(factor, 'nl'))"
    factors = [35.83, 2, 1 / log2(8), None]
    assert ask(modules, "figures", words, factors) == ["× 35,8", "× 2", "÷ 3", None]
