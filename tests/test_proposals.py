"""Sites proposed from a built region: as the gap table has it, as it says itself, and by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import siting_world
import world

from atlas import proposals
from atlas.access import distances_km
from atlas.capacity import YEARS
from atlas.catalog import load
from atlas.definitions import Siting
from atlas.errors import DataError, DefinitionError
from atlas.gaps import route, serve
from atlas.pipeline import build
from atlas.proposals import SITE_COLUMNS, propose, site_layer
from atlas.question import propose_in
from atlas.scenarios import DEFAULT, REPORT, scenarios
from atlas.sites import sizes_for
from atlas.siting_case import Options, Plants, class_capacity, ground, served

if TYPE_CHECKING:
    import geopandas as gpd

    from atlas.definitions import Reach
    from atlas.pipeline import Atlas
    from atlas.programme import Setting
    from atlas.proposals import Proposal
    from atlas.siting_case import Case

ROOT = Path(__file__).parents[1]
PACKS = ("ebike_battery", "ev_battery")
ASKED = Siting(streams=("ebike_battery",), p=1, opens=2030, years=(2035, 2040))
ATTRIBUTES = ("category", "external_safety", "grid", "quay", "transformation", "nitrogen_km")


@pytest.fixture(scope="module")
def sited(written_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the world with its sites; to be read only."""
    home = world.copy_world(written_world, tmp_path_factory.mktemp("sited") / "home")
    return siting_world.add_sites(home)


@pytest.fixture(scope="module")
def small(sited: Path) -> Atlas:
    return build("world", home=sited)


@pytest.fixture(scope="module")
def real() -> Atlas:
    return build(home=ROOT)


@dataclass(frozen=True)
class Seen:
    """A case, and what it was made from."""

    case: Case
    setting: Setting
    sites: gpd.GeoDataFrame
    spread: Any


def answer(atlas: Atlas, siting: Siting, **other: Any) -> Proposal:  # noqa: ANN401 - as propose has
    """Propose as the command does, with `siting.p` plants; `other` takes the place of a part."""
    given = {
        "solved": atlas.balance,
        "scenarios": scenarios([*atlas.catalog.stocks.values(), *atlas.catalog.flows.values()]),
        "runs": atlas.runs,
        "sites": atlas.candidates,
        "plant_sizes": atlas.inputs.plant_sizes,
        "stream": siting.streams[0],
        "detour_factor": atlas.region.detour_factor,
        "plants": (siting.p,),
    }
    (found,) = propose(siting=siting, **{**given, **other})
    return found


def cases_of(atlas: Atlas, siting: Siting, monkeypatch: pytest.MonkeyPatch) -> dict[str, Seen]:
    """Return the case of every scenario, as it is made for an answer."""
    made: list[Seen] = []
    original = proposals.case_of

    def seen(_access: Any, setting: Any, sites: Any, asked: Any, spread: Any) -> Case:  # noqa: ANN401
        case = original(_access, setting, sites, asked, spread)
        made.append(Seen(case, setting, sites, spread))
        return case

    with monkeypatch.context() as patch:
        patch.setattr(proposals, "case_of", seen)
        found = answer(atlas, siting)
    return dict(zip(found.scenarios, made, strict=True))


def zones_served(atlas: Atlas, seen: Seen, plants: dict[str, float]) -> pd.Series:
    """Return what is served of each zone in the years that count, with new plants by site."""
    ids = tuple(seen.sites["site_id"])
    sizes = np.array(sorted(set(plants.values()))) if plants else np.array([1.0])
    options = Options(
        site_ids=ids, sizes=sizes, allowed=np.ones((len(ids), len(sizes)), dtype=bool), p=1
    )
    on = ground(seen.case, options)
    chosen = Plants(
        np.array([ids.index(site) for site in plants], dtype=np.intp),
        np.array([list(sizes).index(size) for size in plants.values()], dtype=np.intp),
    )
    tonnes = served(on, class_capacity(on, chosen)).sum(axis=1)
    nodes = atlas.balance.access.network.nodes
    nodes = nodes[nodes["stream"].isin(seen.spread.together)]
    place = nodes["place"].where(nodes["ours"], "outside")
    return pd.Series(tonnes, index=place.to_numpy()).groupby(level=0).sum()


def processed(
    atlas: Atlas, years: tuple[int, ...], scenario: str = DEFAULT, step: str = "recycling"
) -> pd.Series:
    """Return what the gap table says is processed of each zone, of all that the world shares."""
    gaps = atlas.balance.gaps
    rows = (gaps["scenario_id"] == scenario) & (gaps["step"] == step) & gaps["year"].isin(years)
    return gaps[rows].groupby("zone_id", observed=True)["processed_t"].sum()


# ---------------------------------------------------------------- the case of a scenario


@pytest.mark.parametrize("which", ["small", "real"])
def test_a_case_has_the_numbers_of_the_balance(
    which: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    atlas: Atlas = request.getfixturevalue(which)
    solved = atlas.balance
    nodes = solved.access.network.nodes
    made = cases_of(atlas, ASKED, monkeypatch)
    assert set(made) == set(solved.settings) - {REPORT}
    at = [2034 - 2025, 2035 - 2025, 2040 - 2025]
    for name, seen in made.items():
        case, setting = seen.case, solved.settings[name]
        # Every scenario has its own setting; equal ones may share it.
        rows = np.flatnonzero(nodes["stream"].isin(seen.spread.together))
        takes = solved.access.network.takes["recycling"]
        assert np.array_equal(case.demand, np.nan_to_num(setting.collected[rows][:, at]))
        assert np.array_equal(case.reach, (takes & setting.reach)[rows])
        assert np.array_equal(case.capacity, setting.worst[:, at])
        assert np.array_equal(case.km, solved.access.km[rows], equal_nan=True)
        assert np.array_equal(case.ours, nodes["ours"].to_numpy()[rows])
        # Zones are told apart by their places, whatever the stream.
        zone = pd.Series(case.zone).groupby(nodes["place"].to_numpy()[rows]).nunique()
        assert (zone == 1).all()
        assert len(set(case.zone)) == nodes["place"].nunique()


def test_a_case_knows_its_years_its_places_and_its_sites(
    small: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = cases_of(small, replace(ASKED, opens=2036, years=(2040, 2035)), monkeypatch)[DEFAULT]
    case = seen.case
    # 2035 and 2040 count; 2040 is the fifth year after 2036 as well.
    assert case.demand.shape[1] == 2
    assert case.counts.tolist() == [True, True]
    assert case.runs.tolist() == [False, True]
    assert case.fifth == 1
    # Ten zones with two ports, what is unallocated, and two regions outside, of three streams.
    places = small.balance.access.network.nodes
    assert len(case.ours) == 3 * (len(small.zones) + 1 + 2)
    assert case.ours.sum() == 3 * (len(small.zones) + 1)
    assert not places.loc[places["place"].isin(["Noord", "Oost"]), "ours"].any()
    assert "Hier" not in set(places["place"])
    # A tenth of the country is ours.
    assert case.demand[case.ours].sum() == pytest.approx(case.demand.sum() / 10)
    # The plant takes packs, not panels, wherever the site is.
    rows = places[places["stream"].isin(seen.spread.together)]
    takes = rows["stream"].isin(PACKS).to_numpy()
    assert list(seen.sites["site_id"]) == ["A1", "A2", "A3", "A5"]
    assert np.array_equal(case.site_reach, np.repeat(takes[:, None], 4, axis=1))


def test_the_fifth_year_is_tested_whether_or_not_it_counts(
    small: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = cases_of(small, ASKED, monkeypatch)[DEFAULT].case
    assert case.counts.tolist() == [False, True, True]
    assert case.runs.all()
    assert case.fifth == 0
    # 100 t of cars' packs and 0.3 t of bikes'; no panel leaves before 2040, then 23 t do.
    assert case.demand.sum(axis=0) == pytest.approx([100.3, 100.3, 123.3])


def test_sites_are_as_far_as_the_atlas_says(small: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = cases_of(small, ASKED, monkeypatch)[DEFAULT]
    nodes = small.balance.access.network.nodes
    nodes = nodes[nodes["stream"].isin(seen.spread.together)]
    for column, site in enumerate(seen.sites["site_id"]):
        longitude, latitude = siting_world.degrees(*siting_world.PLACES[site])
        end = pd.DataFrame({"longitude": [longitude], "latitude": [latitude]})
        km = distances_km(nodes, end, detour_factor=1.3)[:, 0]
        assert seen.case.site_km[:, column] == pytest.approx(km)


def test_who_shares_a_plant_comes_along_and_nobody_else(
    small: Atlas, real: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In the world panels share F1 with the packs; a plant of their own takes panels alone.
    packs = cases_of(small, ASKED, monkeypatch)[DEFAULT].spread
    assert set(packs.together) == {*PACKS, "solar_panel"}
    assert tuple(packs.takes) == PACKS
    panels = replace(ASKED, streams=("solar_panel",), sizes=(3.0,))
    spread = cases_of(small, panels, monkeypatch)[DEFAULT].spread
    assert (tuple(spread.takes), set(spread.together)) == (
        ("solar_panel",),
        {*PACKS, "solar_panel"},
    )
    # In the real region no plant takes both.
    spread = cases_of(real, ASKED, monkeypatch)[DEFAULT].spread
    assert tuple(spread.takes) == PACKS
    assert set(spread.together) == set(PACKS)
    spread = cases_of(real, replace(ASKED, streams=("solar_panel",)), monkeypatch)[DEFAULT].spread
    assert set(spread.together) == {"solar_panel"}


def test_a_reach_within_the_region_shuts_sites_beyond_it(
    small: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = replace(ASKED, reach="province_only")
    made = cases_of(small, asked, monkeypatch)
    ids = list(made[DEFAULT].sites["site_id"])
    wider = {"reach-netherlands", "reach-250_km"}
    for name, seen in made.items():
        assert seen.case.site_reach[:, ids.index("A1")].any()
        assert seen.case.site_reach[:, ids.index("A5")].any() == (name in wider)
    # A scenario of reach keeps its own; the others have the reach that is asked for.
    solved = small.balance
    only = solved.settings["reach-province_only"].reach
    assert np.array_equal(made[DEFAULT].setting.reach, only)
    assert np.array_equal(made["inflow-frozen"].setting.reach, only)
    assert np.array_equal(
        made["reach-netherlands"].setting.reach, solved.settings["reach-netherlands"].reach
    )
    rows = answer(small, asked).sites.set_index("site_id")
    assert pd.isna(rows.loc["A5", "rank"])
    assert rows.loc["A1", "rank"] == 1


# ---------------------------------------------------------------- as the gap table has it

BUILT: dict[str, tuple[Reach, str, dict[str, float]]] = {
    "one in the port": ("europe", DEFAULT, {"A1": 80.0}),
    "a small one, in the region alone": ("province_only", "reach-province_only", {"A2": 40.0}),
    "one in each of two zones": ("europe", DEFAULT, {"A1": 40.0, "A2": 80.0}),
    "one out of the region": ("europe", DEFAULT, {"A5": 80.0}),
}


@pytest.mark.parametrize("case", BUILT.values(), ids=list(BUILT))
def test_a_gain_is_what_the_gap_loses_when_the_plant_is_there(
    small: Atlas,
    sited: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[Reach, str, dict[str, float]],
) -> None:
    reach, scenario, plants = case
    home = world.copy_world(sited, tmp_path / "home")
    for number, (site, size) in enumerate(plants.items(), start=1):
        siting_world.add_plant(home, f"N{number}", site=site, size_t_per_a=size, opens=2030)
    there = build("world", home=siting_world.without_question(home))
    asked = replace(ASKED, reach=reach, sizes=tuple(sorted(set(plants.values()))), p=len(plants))
    seen = cases_of(small, asked, monkeypatch)[DEFAULT]
    before = processed(small, asked.years, scenario)
    after = processed(there, asked.years, scenario)
    assert after.sum() > before.sum() + 10
    # Zone by zone, and the rest of the country: what was served before and what is served now.
    for table, new in ((before, {}), (after, plants)):
        mine = zones_served(small, seen, new)
        assert set(mine.index) == set(table.index)
        assert mine[table.index].to_numpy() == pytest.approx(table.to_numpy(), abs=1e-6)
    # And so the proposal, as a mean of the years.
    found = answer(small, asked)
    assert found.before_t_per_a == pytest.approx(before.sum() / 2, abs=1e-6)
    if set(plants) == {found.site_ids[site] for site, _ in found.plan.chosen}:
        assert found.after_t_per_a == pytest.approx(after.sum() / 2, abs=1e-6)
    if len(plants) == 1:
        (row,) = found.sites[found.sites["site_id"].isin(plants)].to_dict("records")
        gained = (after - before) / 2
        assert row["gained_t_per_a"] == pytest.approx(gained.sum(), abs=1e-6)
        assert row["ours_t_per_a"] == pytest.approx(gained.drop("outside").sum(), abs=1e-6)
        inside = gained.drop(["outside", "unallocated"], errors="ignore")
        assert row["served_zones"] == (inside > 1e-9).sum()


def test_one_plant_by_hand(small: Atlas) -> None:
    # F1 takes 20 t of what is there, a plant of 80 t fills itself as well: 100 of 100.3 t in 2035
    # and of 123.3 t in 2040.  A tenth of it is ours.
    found = answer(small, ASKED)
    assert (found.stream, found.streams) == ("ebike_battery", PACKS)
    assert (found.step, found.fraction) == ("recycling", "whole")
    assert (found.before_t_per_a, found.after_t_per_a) == pytest.approx((20.0, 100.0))
    assert found.plan.capacity_t_per_a == 80.0
    assert found.plan.status == ("exact",)
    assert [found.site_ids[site] for site, _ in found.plan.chosen] == ["A1"]
    table = found.sites
    assert tuple(table.columns) == SITE_COLUMNS
    # All process as much: the quay decides, then what is known of it.
    assert table["site_id"].tolist() == ["A1", "A5", "A3", "A2"]
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert table["class"].tolist() == [1, 1, 1, 1]
    assert table["chosen"].tolist() == [True, False, False, False]
    assert table["size_t_per_a"].tolist() == [80.0] * 4
    assert table["gained_t_per_a"].to_numpy() == pytest.approx(80.0)
    assert table["ours_t_per_a"].to_numpy() == pytest.approx(8.0)
    assert table["utilisation"].to_numpy() == pytest.approx(1.0)
    # A5 lies some 30 km to the west, with a detour of 1.3.
    assert table["mean_km"].to_numpy() == pytest.approx([1.3, 41.0, 1.3, 1.9], abs=0.4)
    # Of our 10 t alone F1 takes everything: then no plant can be used well.
    # A5 lies outside, where a reach that ends at the border leaves it.
    lost = table.set_index("site_id")["lost_in"]
    assert lost["A5"] == "reach-province_only;demand-province_alone"
    assert set(lost.drop("A5")) == {"demand-province_alone"}
    count = 1 + (table["site_id"] == "A5").to_numpy()
    assert table["robustness"].to_numpy() == pytest.approx(1 - count / len(found.scenarios))
    assert table["zone_id"].fillna("none").tolist() == [
        "GM0006.kade", "none", "GM0006.kade", "GM0002",
    ]  # fmt: skip
    assert found.left_out.to_numpy().tolist() == [
        ["A4", "hectares_available is 0, more than 0 is asked for"]
    ]


def test_two_plants_by_hand(small: Atlas) -> None:
    # 120 t take all packs; of the 23 t of panels of 2040 F1 takes 20: (100.3 + 120.3) / 2.
    found = answer(small, replace(ASKED, p=2))
    assert found.after_t_per_a == pytest.approx(110.3)
    assert found.plan.capacity_t_per_a == 120.0
    rows = found.sites.set_index("site_id")
    chosen = rows[rows["chosen"]]
    assert sorted(chosen["size_t_per_a"]) == [40.0, 80.0]
    # Without the other plant but with this one: 60 or 100 t, in both years.
    for row in chosen.to_dict("records"):
        others = 20 + 120 - row["size_t_per_a"]
        assert row["gained_t_per_a"] == pytest.approx(110.3 - others)
        assert row["ours_t_per_a"] == pytest.approx((110.3 - others) / 10)


def test_a_plot_and_its_area_are_one_piece_of_land(small: Atlas) -> None:
    both = small.candidates[small.candidates["site_id"].isin(["A1", "A3"])].reset_index(drop=True)
    asked = replace(ASKED, p=2)
    found = answer(small, asked, sites=both)
    assert [found.site_ids[site] for site, _ in found.plan.chosen] == ["A1"]
    assert found.other is not None
    assert [found.site_ids[site] for site, _ in found.other.plan.chosen] == ["A3"]
    apart = answer(small, asked, sites=both.assign(lies_in=None))
    assert sorted(apart.site_ids[site] for site, _ in apart.plan.chosen) == ["A1", "A3"]


def test_the_same_question_has_the_same_answer(small: Atlas) -> None:
    asked = replace(ASKED, p=2)
    one, other = answer(small, asked), answer(small, asked)
    pd.testing.assert_frame_equal(one.sites, other.sites)
    pd.testing.assert_frame_equal(one.left_out, other.left_out)
    assert (one.plan, one.other) == (other.plan, other.other)
    # The build asked it as well, for one plant and for two.
    assert [each.p for each in small.proposals] == [1, 2]
    pd.testing.assert_frame_equal(one.sites, small.proposals[1].sites)


def test_the_layer_has_a_row_for_each_site_stream_and_number(small: Atlas) -> None:
    layer = small.sites
    assert list(layer.columns) == [*SITE_COLUMNS, "geometry"]
    assert len(layer) == 2 * 4
    for row in layer.to_dict("records"):
        point = row["geometry"]
        assert (point.x, point.y) == siting_world.PLACES[row["site_id"]]
    empty = site_layer([], None, crs=world.CRS)
    assert list(empty.columns) == [*SITE_COLUMNS, "geometry"]
    assert empty.empty


def test_the_order_of_the_sites_changes_no_answer(small: Atlas) -> None:
    turned = small.candidates.iloc[::-1].reset_index(drop=True)
    one, other = answer(small, ASKED), answer(small, ASKED, sites=turned)
    pd.testing.assert_frame_equal(one.sites, other.sites)


# ---------------------------------------------------------------- filters

# What is asked, and which sites it keeps out; of A3 nothing is known.
FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "category": ({"category": 5.0}, {"A2"}),
    "external_safety": ({"external_safety": ("ok",)}, {"A2", "A5"}),
    "grid": ({"grid": ("ok",)}, {"A2"}),
    "quay": ({"quay": ("deep_sea", "inland")}, {"A2"}),
    "transformation": ({"transformation": ("none",)}, {"A2", "A5"}),
    "nitrogen_km": ({"nitrogen_km": 2.0}, {"A2"}),
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_filter_keeps_out_whom_it_says_and_the_unknown_where_asked(
    small: Atlas, name: str
) -> None:
    asked, kept_out = FILTERS[name]
    found = answer(small, replace(ASKED, **asked))
    reasons = found.left_out.set_index("site_id")["why_not"]
    assert set(reasons.index) == kept_out | {"A4"}
    assert all(f"{name} is " in reasons[site] for site in kept_out)
    assert set(found.sites["site_id"]) == {"A1", "A2", "A3", "A5"} - kept_out
    known = answer(small, replace(ASKED, **asked, unknown_fails=(name,)))
    reasons = known.left_out.set_index("site_id")["why_not"]
    assert set(reasons.index) == kept_out | {"A3", "A4"}
    assert f"{name} is unknown" in reasons["A3"]
    # Of an attribute that nothing is asked of, nothing needs to be known.
    free = answer(small, replace(ASKED, unknown_fails=(name,)))
    assert set(free.left_out["site_id"]) == {"A4"}


def test_sites_without_hectares_come_back_when_that_is_overruled(small: Atlas) -> None:
    found = answer(small, replace(ASKED, overrule_available=True))
    assert "A4" in set(found.sites["site_id"])
    assert found.left_out.empty
    row = found.sites.set_index("site_id").loc["A4"]
    # Inland with everything in order: before Buiten, which is no plot for its safety.
    assert (row["rank"], row["size_t_per_a"]) == (2, 80.0)


def test_when_nobody_passes_it_says_what_to_relax(small: Atlas) -> None:
    asked = replace(
        ASKED,
        external_safety=("limited",),
        quay=("deep_sea",),
        unknown_fails=("external_safety",),
    )
    with pytest.raises(DataError) as error:
        answer(small, asked)
    (line,) = error.value.problems
    assert "none of 5 sites passes" in line
    for words in (
        "external_safety keeps out 4",
        "quay keeps out 3",
        "hectares_available keeps out 1",
    ):
        assert words in line
    assert line.endswith("relax external_safety first")


def test_land_stops_a_size_and_not_a_site(small: Atlas) -> None:
    # 25 ha for 1,000 t/a: on the 4 ha of A2 stand 160 t/a at most, on A1 400.
    larger = replace(ASKED, sizes=(90.0, 165.0), years=(2040, 2045))
    found = answer(small, larger)
    sizes = found.sites.set_index("site_id")["size_t_per_a"]
    assert sizes["A2"] == 90.0
    only = replace(ASKED, sizes=(165.0,))
    rows = answer(small, only).sites.set_index("site_id")
    assert pd.isna(rows.loc["A2", "rank"])
    assert rows.loc["A1", "rank"] == 1


# ---------------------------------------------------------------- the real region


@pytest.fixture(scope="module")
def asked_for(real: Atlas) -> dict[str, Proposal]:
    found = {proposal.stream: proposal for proposal in real.proposals}
    assert list(found) == ["ebike_battery", "solar_panel"]
    assert len(real.proposals) == 2
    return found


@pytest.mark.parametrize("stream", ["ebike_battery", "solar_panel"])
def test_the_ranking_of_the_region_says_nothing_that_cannot_be(
    real: Atlas, asked_for: dict[str, Proposal], stream: str
) -> None:
    found = asked_for[stream]
    (siting,) = [s for s in load(ROOT).maps["siting"].siting if s.streams == (stream,)]
    assert found.siting == siting
    table, left = found.sites, found.left_out
    assert real.candidates is not None
    assert 0 < len(table) <= 31
    assert sorted([*table["site_id"], *left["site_id"]]) == sorted(real.candidates["site_id"])
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert table["class"].tolist() == sorted(table["class"])
    assert table["class"].iloc[0] == 1
    assert set(np.diff(table["class"])) <= {0, 1}
    assert (table["gained_t_per_a"] > 0).all()
    assert (table["ours_t_per_a"] > 0).all()
    assert (table["ours_t_per_a"] <= table["gained_t_per_a"]).all()
    assert (table["served_zones"] > 0).all()
    assert (table["served_zones"] <= len(real.zones)).all()
    assert table["utilisation"].between(0, 1 + 1e-9).all()
    # Of a plant that takes next to nothing of ours there are no kilometres.
    assert table["mean_km"].dropna().between(0, 400).all()
    assert table["robustness"].between(0, 1).all()
    assert (table["regret_t"] >= 0).all()
    assert REPORT not in found.scenarios
    for row in table.to_dict("records"):
        lost = row["lost_in"].split(";") if row["lost_in"] else []
        assert set(lost) <= set(found.scenarios)
        assert row["robustness"] == pytest.approx(1 - len(lost) / len(found.scenarios))
        assert (DEFAULT in lost) == (row["class"] != 1)
    best = table[table["chosen"]]
    assert len(best) == len(found.plan.chosen) == 1
    assert found.after_t_per_a - found.before_t_per_a == pytest.approx(
        best["gained_t_per_a"].iloc[0]
    )
    known = sizes_for(
        real.inputs.plant_sizes, stream=stream, step=found.step, fraction=found.fraction
    )
    assert set(table["size_t_per_a"]) <= set(known["size_t_per_a"])
    # Moerdijk lies across the border and is ranked all the same.
    moerdijk = table[table["site_id"] == "S20"]
    assert len(moerdijk) == 1
    assert moerdijk["zone_id"].isna().all()
    assert table.loc[table["site_id"] != "S20", "zone_id"].isin(real.zones["zone_id"]).all()
    # What is taken or excluded is left out with that reason.
    full = real.candidates.loc[real.candidates["hectares_available"] == 0, "site_id"]
    reasons = left.set_index("site_id")["why_not"]
    assert len(full) > 5
    for site in full:
        assert reasons[site].startswith("hectares_available is 0, more than 0 is asked for")


@pytest.mark.parametrize("stream", ["ebike_battery", "solar_panel"])
def test_a_plant_of_the_region_can_be_filled_in_its_fifth_year(
    real: Atlas,
    asked_for: dict[str, Proposal],
    monkeypatch: pytest.MonkeyPatch,
    stream: str,
) -> None:
    found = asked_for[stream]
    seen = cases_of(real, found.siting, monkeypatch)[DEFAULT]
    case = seen.case
    assert found.siting.opens + 4 == 2034
    offered = case.demand[:, case.fifth] @ case.site_reach
    sizes = found.sites.set_index("site_id")["size_t_per_a"]
    for column, site in enumerate(seen.sites["site_id"]):
        assert offered[column] >= 0.6 * sizes[site]


@pytest.mark.parametrize("stream", ["ebike_battery", "solar_panel"])
def test_the_plan_of_the_region_is_the_nearest_of_those_that_do_as_much(
    real: Atlas,
    asked_for: dict[str, Proposal],
    monkeypatch: pytest.MonkeyPatch,
    stream: str,
) -> None:
    found = asked_for[stream]
    seen = cases_of(real, found.siting, monkeypatch)[DEFAULT]
    case, solved = seen.case, real.balance
    nodes = solved.access.network.nodes
    nodes = nodes[nodes["stream"].isin(seen.spread.together)]
    places = seen.sites.geometry.to_crs("EPSG:4326")
    ends = pd.DataFrame({"longitude": places.x, "latitude": places.y})
    to_site = distances_km(nodes, ends, detour_factor=real.region.detour_factor)
    takes = nodes["stream"].isin(found.streams).to_numpy()
    ours = nodes["ours"].to_numpy()
    options = sizes_for(
        real.inputs.plant_sizes, stream=stream, step=found.step, fraction=found.fraction
    )
    years = [int(np.flatnonzero(year == YEARS)[0]) for year in found.siting.years]
    rows = np.flatnonzero(solved.access.network.nodes["stream"].isin(seen.spread.together))
    collected = np.nan_to_num(solved.settings[DEFAULT].collected[rows])
    known = (solved.access.network.takes[found.step] & solved.settings[DEFAULT].reach)[rows]
    land = seen.sites["hectares_available"].fillna(seen.sites["hectares"])
    reach = np.column_stack([known, takes])
    total: dict[tuple[str, float], float] = {}
    for size, per in zip(options["size_t_per_a"], options["ha_per_1000_t"], strict=True):
        # Whoever is within reach of one site is within reach of all: of every size that can be
        # filled for 60 % in the fifth year.
        if case.demand[takes, case.fifth].sum() < 0.6 * size:
            continue
        tonnes = 0.0
        for year in years:
            capacity = np.r_[solved.settings[DEFAULT].worst[:, year], size]
            tonnes += float(serve(collected[:, year], reach, capacity).sum())
        fit = ~(size / 1000 * per > land * (1 + 1e-9))
        total |= {(site, size): tonnes for site in seen.sites.loc[fit, "site_id"]}
    enough = {lot: tonnes for lot, tonnes in total.items() if tonnes >= 0.995 * max(total.values())}
    least = min(size for _, size in enough)
    assert found.plan.capacity_t_per_a == least
    km: dict[str, float] = {}
    for column, site in enumerate(seen.sites["site_id"]):
        if (site, least) not in enough:
            continue
        ways = np.column_stack([np.nan_to_num(solved.access.km[rows]), to_site[:, column]])
        cost = np.where(ours[:, None], ways, 0.0)
        km[site] = 0.0
        for year in years:
            capacity = np.r_[solved.settings[DEFAULT].worst[:, year], least]
            got = serve(collected[:, year], reach, capacity)
            km[site] += float((route(got, reach, capacity, cost) * cost).sum())
    ((best, _),) = found.plan.chosen
    assert found.site_ids[best] == min(km, key=lambda site: (km[site], site))
    assert found.plan.tonne_km == pytest.approx(min(km.values()), rel=1e-6)
    # And the runner-up is the next.
    assert found.other is not None
    ((second, _),) = found.other.plan.chosen
    km.pop(found.site_ids[best])
    assert found.site_ids[second] == min(km, key=lambda site: (km[site], site))
    assert found.other.objective == "tonne_km"
    assert found.other.plan.tonne_km == pytest.approx(min(km.values()), rel=1e-6)


@pytest.mark.parametrize("stream", ["ebike_battery", "solar_panel"])
def test_no_plan_of_three_holds_a_plot_and_its_area(
    real: Atlas, asked_for: dict[str, Proposal], stream: str
) -> None:
    # Small plants, so that all three are worth building; only sites that have plots.
    first = asked_for[stream]
    assert real.candidates is not None
    area = dict(zip(real.candidates["site_id"], real.candidates["lies_in"], strict=True))
    families = {area[site] or site for site in area}
    with_plots = [a for a in families if a in area.values()]
    kept = real.candidates[
        real.candidates["site_id"].isin(with_plots) | real.candidates["lies_in"].isin(with_plots)
    ].reset_index(drop=True)
    found = answer(real, replace(first.siting, p=3, sizes=(3000.0,)), sites=kept)
    plans = [found.plan, *([found.other.plan] if found.other else [])]
    assert found.other is not None
    assert len(found.plan.chosen) > 1
    for plan in plans:
        chosen = [found.site_ids[site] for site, _ in plan.chosen]
        land = [area[site] or site for site in chosen]
        assert len(set(land)) == len(land), chosen
    assert found.after_t_per_a >= first.before_t_per_a


def test_the_region_answers_twice_alike(real: Atlas, asked_for: dict[str, Proposal]) -> None:
    first = asked_for["solar_panel"]
    candidates, (again,) = propose_in(real, first.siting)
    assert candidates is real.candidates
    pd.testing.assert_frame_equal(first.sites, again.sites)
    assert (first.plan, first.other) == (again.plan, again.other)


# ---------------------------------------------------------------- what has no answer


def test_a_stream_that_nobody_knows_the_tonnes_of_is_refused(small: Atlas) -> None:
    with pytest.raises(DefinitionError, match='"medical" brings no tonnes that anybody knows; one'):
        answer(small, replace(ASKED, streams=("medical",)))


def test_no_year_in_which_it_runs_is_a_reason_and_no_error(small: Atlas) -> None:
    found = answer(small, replace(ASKED, opens=2041))
    assert found.plan.chosen == ()
    assert "new plants run in none of the years that count" in found.plan.reason
    assert found.other is None
    assert not found.sites["chosen"].any()
    assert found.after_t_per_a == found.before_t_per_a == pytest.approx(20.0)
