"""How fast sites are chosen in a whole country, beside spopt in the same run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atlas.siting import plan
from atlas.siting_case import Case, Options

pytestmark = [pytest.mark.bench, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

DISTRICTS, SITES, PLANTS, RADIUS_KM = 3_340, 200, 20, 30.0


@pytest.fixture(scope="module")
def country() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    homes, sites = rng.uniform(0, 300, (DISTRICTS, 2)), rng.uniform(0, 300, (SITES, 2))
    km = np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1))
    return km, rng.integers(1, 9000, DISTRICTS).astype(float)


def case_of(km: np.ndarray, tonnes: np.ndarray) -> Case:
    return Case(
        demand=tonnes[:, None],
        ours=np.ones(len(km), dtype=bool),
        reach=np.zeros((len(km), 0), dtype=bool),
        capacity=np.zeros((0, 1)),
        km=np.zeros((len(km), 0)),
        site_reach=km <= RADIUS_KM,
        site_km=km,
        counts=np.ones(1, dtype=bool),
        runs=np.ones(1, dtype=bool),
        fifth=0,
    )


def options_of(sizes: np.ndarray, gap: float = 0.0) -> Options:
    ids = tuple(f"S{i:03}" for i in range(SITES))
    allowed = np.ones((SITES, len(sizes)), dtype=bool)
    return Options(site_ids=ids, sizes=sizes, allowed=allowed, p=PLANTS, gap=gap, slack=0.0)


@pytest.mark.benchmark(group="country: 20 of 200 sites for 3,340 districts, no limits")
def test_atlas(benchmark: Any, country: tuple[np.ndarray, np.ndarray]) -> None:
    asked = options_of(np.array([np.inf]))
    found = benchmark.pedantic(plan, args=(case_of(*country), asked), rounds=3)
    benchmark.extra_info |= {"processed_t": found.processed_t}


@pytest.mark.benchmark(group="country: 20 of 200 sites for 3,340 districts, no limits")
def test_spopt(benchmark: Any, country: tuple[np.ndarray, np.ndarray]) -> None:
    import pulp  # noqa: PLC0415 - a rival, imported where it is measured
    from spopt.locate import MCLP  # noqa: PLC0415

    km, tonnes = country

    def work() -> float:
        peer = MCLP.from_cost_matrix(
            km, tonnes, service_radius=RADIUS_KM, p_facilities=PLANTS
        ).solve(pulp.PULP_CBC_CMD(msg=False))
        return float(peer.problem.objective.value())

    covered = benchmark.pedantic(work, rounds=1)
    ours = plan(case_of(km, tonnes), options_of(np.array([np.inf])))
    assert ours.most_t == pytest.approx(covered)


@pytest.mark.benchmark(group="country: 20 of 200 sites, three sizes, a gap of 1 %")
def test_sizes(benchmark: Any, country: tuple[np.ndarray, np.ndarray]) -> None:
    km, tonnes = country
    sizes = np.round(tonnes.sum() / PLANTS * np.array([0.25, 0.5, 1.0]))
    asked = options_of(sizes, gap=0.01)
    found = benchmark.pedantic(plan, args=(case_of(km, tonnes), asked), rounds=1)
    benchmark.extra_info |= {"processed_t": found.processed_t, "of": float(tonnes.sum())}
    assert len(found.chosen) == PLANTS
