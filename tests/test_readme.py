"""What the README says, done: its commands exist, and its example of a stream builds."""

from __future__ import annotations

import hashlib
import math
import re
import shutil
from pathlib import Path

import pytest

import atlas
from atlas.catalog import datasets, load
from atlas.cli import main
from atlas.document import page_document
from atlas.maps import render

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_and_option_is_in_the_readme() -> None:
    for name, command in main.commands.items():
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        # All of `explain` must be named; a region that may be left out stands in brackets.
        words = [a.name.upper() if a.required else f"[{a.name.upper()}]" for a in arguments]
        assert f"`atlas {name} {' '.join(words)}`" in README
        assert command.help
        for option in command.params:
            if option.param_type_name == "option":
                assert f"`{option.opts[0]}" in README, option.opts


def test_every_file_that_the_readme_names_is_made(built: Path) -> None:
    rows = re.findall(r"^\| (?:maps|layers)/built/([^|]+) \|", README, re.MULTILINE)
    # Further names in a row stand in the folder of the first.
    named = [
        name if at == 0 else f"{row.rpartition('/')[0]}/{name}"
        for row in rows
        for at, name in enumerate(row.split(", "))
    ]
    assert len(named) == 12
    for name in named:
        tree = "maps" if name.endswith(".html") else "layers"
        assert list((built / tree).glob(name)), name
    assert (ROOT / "maps" / "zuid-holland.png").is_file()


def test_every_data_file_has_its_licence_beside_it() -> None:
    table = (ROOT / "data" / "geo" / "LICENCES.md").read_text(encoding="utf-8")
    catalog = load(ROOT)
    kinds = (catalog.regions, catalog.stocks, catalog.facilities, catalog.tables, catalog.reports)
    sources = [d.source for kind in kinds for item in kind.values() for d in datasets(item)]
    for source in sources:
        name = source.file.removeprefix("data/geo/")
        date = source.reference_date.isoformat()
        assert f"| {name} | {source.publisher} | {source.licence} | {date} |" in table
    found = {p.relative_to(ROOT).as_posix() for p in (ROOT / "data" / "geo").rglob("*.*")}
    assert found - {"data/geo/LICENCES.md"} == {source.file for source in sources}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a copy of the definitions and data, without what is built."""
    for folder in ("layers", "maps", "data"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("built"))
    return tmp_path


def test_the_example_of_a_stream_builds(project: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    table = project / "data" / "geo" / "fishing_nets" / "nets.csv"
    table.parent.mkdir()
    codes = atlas.build(home=project).municipalities["municipality_code"]
    rows = [f"{code},2025,{100 * number}" for number, code in enumerate(codes)]
    table.write_text("municipality_code,year,aantal\n" + "\n".join(rows) + "\n", encoding="utf-8")
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    text = example.replace('sha256 = "…"', f'sha256 = "{digest}"')
    (project / "layers" / "stocks" / "fishing_nets.toml").write_text(text, encoding="utf-8")
    contents = project / "data" / "geo" / "composition" / "composition.csv"
    row = {
        "stream": "fishing_nets",
        "variant": "all",
        "element": "Pb",
        "content": "2",
        "unit": "kg/piece",
        "grade": "C",
        "recollection": "no",
        "source": "the harbour",
        "source_nl": "de haven",
    }
    names = contents.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(row) <= set(names)
    with contents.open("a", encoding="utf-8") as file:
        file.write(",".join(row.get(name, "") for name in names) + "\n")
    definition = project / "layers" / "tables" / "composition.toml"
    old = load(project).tables["composition"].data.source.sha256
    new = hashlib.sha256(contents.read_bytes()).hexdigest()
    definition.write_text(
        definition.read_text(encoding="utf-8").replace(old, new), encoding="utf-8"
    )
    region = atlas.build(home=project)
    nets = region.stocks[region.stocks["stream"] == "fishing_nets"]
    total = nets.groupby("measure")["value"].sum()
    assert total["nets"] == pytest.approx(100 * 49 * 50 / 2)
    assert total["mass"] == pytest.approx(total["nets"] * 0.18)
    # Of six equal years of entry the oldest leaves, and is replaced, every year.
    default = region.releases[
        (region.releases["stream"] == "fishing_nets")
        & (region.releases["scenario_id"] == "default")
    ]
    released = default.groupby("year")["released_t"].sum(min_count=1)
    assert math.isnan(released[2025])
    assert released[2026:].to_numpy() == pytest.approx(total["mass"] / 6)
    lead = region.materials[
        (region.materials["stream"] == "fishing_nets")
        & (region.materials["scenario_id"] == "default")
        & (region.materials["element"] == "Pb")
    ]
    assert lead[lead["layer"] == "stock"]["mass_t"].sum() == pytest.approx(total["nets"] * 0.002)
    gaps = region.gaps[
        (region.gaps["stream"] == "fishing_nets")
        & (region.gaps["scenario_id"] == "default")
        & (region.gaps["year"] == 2030)
        & (region.gaps["zone_id"] != "outside")
    ]
    assert gaps["collected_t"].sum() == pytest.approx(total["mass"] / 6 * 0.5)
    # Nobody takes nets: the whole of it is a gap, for want of any plant.
    assert gaps["capacity_gap_t"].sum() == pytest.approx(gaps["collected_t"].sum())
    assert set(gaps.loc[gaps["capacity_gap_t"] > 0, "why"]) == {"absence"}
    # And the page has it without a word of code.
    assert "Visnetten" in render(page_document(region, region.catalog.maps["explore"]))


def test_the_three_stories_are_told_with_the_numbers_of_the_atlas() -> None:
    region = atlas.build("zuid-holland", home=ROOT)
    story = README[README.index("## Three stories") : README.index("## To add")]
    chains = region.chains.set_index(["stream", "reach", "demand", "step", "year"]).sort_index()
    keys = ["stream", "reach", "demand", "step", "range"]
    starts = region.gap_starts.set_index(keys).sort_index()

    def tonnes(column: str, stream: str, reach: str, demand: str, year: int) -> str:
        row = chains.loc[(stream, reach, demand, "recycling", year)]
        return f"{row[column]:,.0f}"

    years = (2030, 2035, 2040)
    packs = [tonnes("collected_t", "ev_battery", "europe", "proportional", y) for y in years]
    assert "({} t in 2030, {} t in 2035, {} t in 2040)".format(*packs) in story
    alone = [tonnes("passed_t", "ev_battery", "province_only", "province_alone", y) for y in years]
    assert alone == packs
    shared = [tonnes("passed_t", "ev_battery", "netherlands", "proportional", y) for y in years]
    assert "{}, {} and {} t".format(*shared) in story
    packs_from = starts.loc[("ev_battery", "netherlands", "proportional", "recycling")]["year"]
    assert packs_from.to_dict() == {"low": 2040, "mid": 2035, "high": 2031}
    assert "gap from 2035 (from 2031 where most is\ncollected, from 2040 where least)" in story
    europe = starts.loc[("ev_battery", "europe", "proportional")]["year"]
    assert (europe["recycling", "mid"], europe["refining", "mid"]) == (2040, 2032)
    panels = starts.loc[("solar_panel", "europe", "proportional", "recycling")]["year"]
    assert panels.to_dict() == {"low": 2041, "mid": 2037, "high": 2034}
    row = chains.loc[("solar_panel", "europe", "proportional", "recycling", 2040)]
    left = row["collected_t"] - row["passed_t"]
    assert f"{left:,.0f} of {row['collected_t']:,.0f} t are left over in 2040" in story
    near = region.nearest[region.nearest["year"] == 2025].groupby(["stream", "step"])
    for key, said in (
        (("solar_panel", "recycling"), "71 to 148 km"),
        (("wind_turbine", "refining"), "655 to 742 km"),
    ):
        km = near["distance_km"].agg(["min", "max"]).loc[key]
        assert said == f"{km['min']:.0f} to {km['max']:.0f} km"
        assert said in story


def test_the_example_in_python_runs(
    region: atlas.Atlas, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    asked: list[str] = []
    monkeypatch.setattr(atlas, "build", lambda name: asked.append(name) or region)
    *lines, last = code.rstrip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # noqa: S102 - it is the README's
    shown = eval(last.split("#")[0], names)  # noqa: S307 - as above
    assert asked == ["zuid-holland"]
    assert "<iframe" in shown._repr_html_()
    told = capsys.readouterr().out
    # The gap of EV packs that the stories tell: of what is collected, what is not processed.
    gaps = region.gaps[
        (region.gaps["scenario_id"] == "default") & (region.gaps["stream"] == "ev_battery")
        & (region.gaps["step"] == "recycling") & (region.gaps["zone_id"] != "outside")
        & (region.gaps["year"] == 2040)
    ]  # fmt: skip
    assert f"{gaps['capacity_gap_t'].sum():.6f}"[:8] in told
    assert "Rotterdam" in told
