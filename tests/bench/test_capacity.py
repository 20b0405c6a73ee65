"""How fast gaps are solved and sites chosen, for the region and all its scenarios."""

from __future__ import annotations

from typing import Any

import pytest

from atlas import build
from atlas.capacity import balance
from atlas.chains import chains_of
from atlas.cover import cover
from atlas.definitions import Siting
from atlas.pipeline import REFERENCE_YEARS, Atlas
from atlas.proposals import proposals_of
from atlas.question import propose_in
from atlas.scenarios import scenarios

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return build("zuid-holland")


@pytest.mark.benchmark(group="region: all streams, steps, years and scenarios")
def test_gaps(benchmark: Any, atlas: Atlas) -> None:
    rows = scenarios([*atlas.catalog.stocks.values(), *atlas.catalog.flows.values()])
    found = benchmark.pedantic(
        balance,
        args=(atlas.balance.access, rows, atlas.runs),
        kwargs={"flow_years": REFERENCE_YEARS},
        rounds=3,
    )
    benchmark.extra_info |= {"scenarios": len(rows), "rows": len(found.gaps)}
    assert len(found.gaps) == len(atlas.gaps)


@pytest.mark.benchmark(group="region: chains in three reaches")
def test_chains(benchmark: Any, atlas: Atlas) -> None:
    benchmark.pedantic(chains_of, args=(atlas.balance.access, atlas.runs), rounds=3)


@pytest.mark.benchmark(group="region: cover of two streams")
def test_cover(benchmark: Any, atlas: Atlas) -> None:
    ground = atlas.ground
    benchmark.pedantic(
        cover,
        args=(ground.cells, ground.grid, atlas.zones, atlas.collection_points, atlas.coverage),
        kwargs={"streams": ["smartphone", "ebike_battery"], "detour_factor": 1.3},
        rounds=3,
    )


@pytest.mark.benchmark(group="region: siting in the default build")
def test_proposals(benchmark: Any, atlas: Atlas) -> None:
    rows = scenarios([*atlas.catalog.stocks.values(), *atlas.catalog.flows.values()])
    found = benchmark.pedantic(
        proposals_of,
        args=(
            atlas.catalog.maps.values(), atlas.balance, rows, atlas.runs, atlas.candidates,
            atlas.inputs.plant_sizes,
        ),
        kwargs={"detour_factor": 1.3},
        rounds=3,
    )  # fmt: skip
    assert len(found) == len(atlas.proposals)


@pytest.mark.benchmark(group="region: siting with four plants, three sizes, all scenarios")
@pytest.mark.parametrize("stream", ["ebike_battery", "solar_panel"])
def test_four_plants(benchmark: Any, atlas: Atlas, stream: str) -> None:
    asked = Siting(
        streams=(stream,), p=4, opens=2030, years=(2035, 2040, 2045), sizes=(2e3, 5e3, 1e4)
    )
    _, (found,) = benchmark.pedantic(propose_in, args=(atlas, asked), rounds=1)
    benchmark.extra_info |= {"plants": len(found.plan.chosen)}
    assert found.plan.chosen
