"""How fast stocks age: every scenario of the region, of a whole country, and beside a plain model.

Places of a whole country are the districts in the GeoPackage that ATLAS_BENCH_DISTRICTS names;
without it as many are made.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
from scipy import stats

from atlas import build
from atlas.composition import MASS
from atlas.materials import materials_of
from atlas.release import tonnes
from atlas.scenarios import REPORT, scenarios
from atlas.supply import leaving_of, run_supply

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.pipeline import Atlas
    from atlas.scenarios import Scenario
    from atlas.supply import Supply

    Floats = NDArray[np.float64]

pytestmark = pytest.mark.bench

HOME = Path(__file__).parents[2]
DISTRICTS = 3_340
MEMORY_GB = 3.0
YEARS = range(2025, 2051)


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    return build("zuid-holland", home=HOME)


@pytest.fixture(scope="session")
def rows(atlas: Atlas) -> list[Scenario]:
    return [row for row in scenarios(atlas.catalog.stocks.values()) if row.scenario_id != REPORT]


@pytest.fixture(scope="session")
def residents() -> Floats:
    """Residents of the places of a country."""
    path = os.environ.get("ATLAS_BENCH_DISTRICTS")
    if path:
        frame = gpd.read_file(path, ignore_geometry=True)
        name = next(c for c in frame.columns if "population" in c or "residents" in c)
        values = frame[name].to_numpy(dtype=float)
        return np.where(values > 0, values, 0.0)
    return np.random.default_rng(1).integers(1, 9000, DISTRICTS).astype(float)


# ------------------------------------------------------------------ the region


@pytest.mark.benchmark(group="region: streams x scenarios x places x elements x years")
def test_region(benchmark: Any, atlas: Atlas, rows: list[Scenario]) -> None:
    supplies = atlas.streams.supplies

    def work() -> dict[str, float]:
        size = {"runs": 0, "numbers": 0, "array_mb": 0.0, "rows": 0}
        for supply in supplies.values():
            for row in rows:
                run = run_supply(supply, row)
                found, _ = materials_of(
                    run, atlas.elements, years=YEARS, processed_t=None, yields=atlas.inputs.yields
                )
                size["runs"] += 1
                size["numbers"] += run.element_t.size
                size["array_mb"] += run.element_t.nbytes / 1e6
                size["rows"] += len(found)
        return size

    size = benchmark.pedantic(work, rounds=1)
    benchmark.extra_info |= size
    print(
        f"\n{size['runs']} runs, {size['numbers']:,} tonnes of elements"
        f" ({size['array_mb']:.0f} MB), {size['rows']:,} rows with their ranges"
    )
    assert size["runs"] == len(supplies) * len(rows) == 50
    assert size["numbers"] > 800_000


@pytest.mark.benchmark(group="region: streams x scenarios x places x elements x years")
def test_region_without_ranges(benchmark: Any, atlas: Atlas, rows: list[Scenario]) -> None:
    """What leaves and is in it, without how sure it is."""

    def work() -> int:
        return sum(
            tonnes(*leaving_of(supply, row), supply.table)[1].size
            for supply in atlas.streams.supplies.values()
            for row in rows
        )

    assert benchmark.pedantic(work, rounds=3) > 800_000


# ------------------------------------------------------------------ the country

COUNTRY = """
import json, pickle, resource, sys, time
from dataclasses import replace
import numpy as np
from atlas.supply import run_supply

with open(sys.argv[1], "rb") as file:
    supplies, rows, parts = pickle.load(file)
begin, numbers = time.perf_counter(), 0
sums = {}
for name, supply in supplies.items():
    held = supply.holding
    amounts = parts[:, None, None] * held.amounts.sum(axis=0)
    places = tuple(f"WK{i:06}" for i in range(len(parts)))
    holding = replace(
        held, places=places, amounts=amounts, sources=np.zeros(len(parts), dtype=np.int64)
    )
    changes = {"holding": holding}
    if supply.market is not None:
        tonnes = supply.market.t_per_a.sum() * parts
        changes["market"] = replace(supply.market, t_per_a=tonnes)
    if supply.portion is not None:
        changes["portion"] = supply.portion.sum() * parts
    own = replace(supply, **changes)
    for row in rows:
        run = run_supply(own, row)
        numbers += run.element_t.size
        sums[f"{name} {row.scenario_id}"] = [
            float(run.released_t.sum()), float(run.element_t.sum())
        ]
print(json.dumps({
    "seconds": time.perf_counter() - begin,
    "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    "numbers": numbers,
    "sums": sums,
}))
"""


@pytest.mark.benchmark(group="country: 3,340 districts, every scenario")
def test_country(
    benchmark: Any, atlas: Atlas, rows: list[Scenario], residents: Floats, tmp_path: Path
) -> None:
    path = tmp_path / "supplies.pickle"
    parts = residents / residents.sum()
    path.write_bytes(pickle.dumps((atlas.streams.supplies, rows, parts)))
    command = [sys.executable, "-c", COUNTRY, str(path)]
    options = {"check": True, "capture_output": True, "text": True, "cwd": HOME}
    done = benchmark.pedantic(subprocess.run, (command,), options, rounds=1)
    found = json.loads(done.stdout)
    sums = found.pop("sums")
    benchmark.extra_info |= found | {"places": len(parts)}
    print(
        f"\n{len(parts):,} places: {found['seconds']:.1f} s, {found['peak_gb']:.2f} GB at most,"
        f" {found['numbers']:,} tonnes of elements"
    )
    assert len(parts) > 3_000
    assert found["peak_gb"] <= MEMORY_GB
    # The same stock on other places releases the same.
    for name, supply in atlas.streams.supplies.items():
        for row in rows:
            run = run_supply(supply, row)
            expected = [float(run.released_t.sum()), float(run.element_t.sum())]
            assert sums[f"{name} {row.scenario_id}"] == pytest.approx(expected, rel=1e-9)


# ------------------------------------------------------------------ beside a plain model


def plain(supply: Supply) -> tuple[list[str], Floats]:
    """Work a stream out as dynamic stock models do: a matrix of cohorts and years for each place.

    Entry and stock are followed year by year; what enters replaces what leaves.  Elements are
    added up one by one.
    """
    holding, lifetime = supply.holding, supply.lifetimes["regular"]
    years = list(range(holding.until + 1, 2051))
    cohorts = [*map(int, holding.cohorts), *years]

    def stands(age: float) -> float:
        return float(stats.weibull_min.sf(max(age, 0.0), lifetime.shape, scale=lifetime.scale_a))

    leaves = np.zeros((len(years), len(cohorts)))  # of what stands of a cohort at first
    for c, cohort in enumerate(cohorts):
        first = stands(max(holding.until, cohort) - cohort + 0.5)
        for t, year in enumerate(years):
            if year > max(holding.until, cohort):
                gone = stands(year - cohort - 0.5) - stands(year - cohort + 0.5)
                leaves[t, c] = gone / first
    elements = list(dict.fromkeys(supply.table["element"]))
    content = {
        (row["element"], None if row["element"] == MASS else row["variant"]): row["value_t"]
        for row in supply.table.to_dict("records")
    }
    found = np.zeros((len(holding.places), len(years), len(elements)))
    for z in range(len(holding.places)):
        for k, kind in enumerate(holding.types):
            entered = np.zeros(len(cohorts))
            entered[: len(holding.cohorts)] = holding.amounts[z, :, k]
            out = np.zeros((len(years), len(cohorts)))
            for t in range(len(years)):
                out[t] = entered * leaves[t]
                entered[len(holding.cohorts) + t] = out[t].sum()
            for e, element in enumerate(elements):
                name = None if element == MASS else kind.variant
                found[z, :, e] += out.sum(axis=1) * content.get((element, name), 0.0)
    return elements, found


@pytest.fixture(scope="session")
def packs(atlas: Atlas) -> Supply:
    """A small stream: 62 places, 8 years of entry, 2 variants, replaced."""
    return atlas.streams.supplies["ebike_battery"]


@pytest.mark.benchmark(group="packs: 62 places, 29 years, 8 substances")
def test_packs_atlas(benchmark: Any, packs: Supply, rows: list[Scenario]) -> None:
    def work() -> Floats:
        return tonnes(*leaving_of(packs, rows[0]), packs.table)[1]

    found = benchmark.pedantic(work, rounds=5)
    names, expected = plain(packs)
    assert tonnes(*leaving_of(packs, rows[0]), packs.table)[0] == tuple(names)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.benchmark(group="packs: 62 places, 29 years, 8 substances")
def test_packs_plain(benchmark: Any, packs: Supply) -> None:
    names, found = benchmark.pedantic(plain, (packs,), rounds=3)
    assert found.shape == (62, 29, len(names))
