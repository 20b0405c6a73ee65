"""The workbook holds what the tables hold, to the last digit, in words of its readers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest

import atlas
from atlas.definitions import Text
from atlas.dictionary import read_dictionary
from atlas.errors import AtlasError, DefinitionError
from atlas.publication import publication_of
from atlas.sheet_plan import read_plan
from atlas.sheets import sheets
from atlas.workbook import write_workbook

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

    from atlas.pipeline import Atlas

HOME = Path(__file__).parents[1]
YEARS = (2025, 2030, 2035, 2040, 2050)
FIRST = "Leeswijzer"
LONG = {
    "Gebieden": "zones",
    "Gemeenten": "municipalities",
    "Voorraden": "stocks",
    "Komt vrij": "releases",
    "Capaciteitsgat": "gaps",
    "Verwerkers": "facilities",
    "Inzamelpunten": "collection_points",
    "Kandidaat-locaties": "sites",
    "Dekking": "cover",
    "Kopcijfers": "headline_figures",
    "Scenario's": "scenarios",
    "Bronnen": "sources",
    "Bevindingen": "findings",
}
WIDE = {"Grondstoffen": "materials", "Terugwinning": "recovery"}
KEY = ["zone_id", "stream", "element"]
HOSTILE = [
    '=HYPERLINK("http://x.example","y")',
    "+1",
    "-1",
    "@x",
    "\t=1+1",
    "<img src=x onerror=alert(1)>",
    "http://x.example/",
    "mailto:a@x.example",
    "internal:Leeswijzer!A1",
    "{=1+1}",
    "_x0041_ & \"quoted\" 'both'",
    "12345678901234567890",
    "é ☃ 𝄞",
]


@pytest.fixture(scope="module")
def path(built: Path) -> Path:
    return built / "layers" / "zuid-holland.xlsx"


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def world(written_world: Path) -> Atlas:
    return atlas.build("world", home=written_world)


def rows(book: Workbook, sheet: str) -> pd.DataFrame:
    """Read a sheet as a script would: the technical names are its header."""
    lines = list(book[sheet].iter_rows(min_row=3, values_only=True))
    return pd.DataFrame(lines[1:], columns=list(lines[0]), dtype=object)


def tables(built: Path, name: str) -> pd.DataFrame:
    """Read a table of the GeoPackage of the same build, with what of it has no place."""
    package = built / "layers" / "zuid-holland.gpkg"
    known = set(pyogrio.list_layers(package)[:, 0])
    frames = [
        pyogrio.read_dataframe(package, layer=layer, read_geometry=False)
        for layer in (name, f"{name}_unplaced")
        if layer in known
    ]
    return pd.concat(frames, ignore_index=True)


def plain(values: pd.Series) -> list[object]:
    """Give the values as they compare: no text is no value, a day is its ISO date."""
    return [
        None
        if pd.isna(value) or value == ""
        else value.date().isoformat()
        if isinstance(value, datetime)
        else value
        for value in values
    ]


def written(world: Atlas, path: Path) -> Workbook:
    write_workbook(publication_of(world), path)
    return openpyxl.load_workbook(path)


# ---------------------------------------------------------------- what it holds


@pytest.mark.parametrize("sheet", LONG)
def test_every_cell_is_that_of_its_table(book: Workbook, built: Path, sheet: str) -> None:
    frame = tables(built, LONG[sheet])
    if sheet == "Voorraden":
        frame = frame[frame["basis"] == "register"]
    elif sheet in {"Komt vrij", "Capaciteitsgat"}:
        frame = frame[frame["year"].isin(YEARS)]
    found = rows(book, sheet)
    shared = [name for name in found if name in frame]
    assert len(shared) >= len([name for name in found if not name.endswith("_nl")])
    assert len(found) == len(frame)
    for name in shared:
        assert plain(found[name]) == plain(frame[name]), name


@pytest.mark.parametrize(
    ("sheet", "stems"),
    [
        ("Grondstoffen", {"stock": None, "released": YEARS}),
        ("Terugwinning", {"recovered": YEARS}),
    ],
)
def test_years_beside_each_other_are_those_of_the_table(
    book: Workbook, built: Path, sheet: str, stems: dict[str, tuple[int, ...] | None]
) -> None:
    materials = tables(built, "materials")
    materials = materials[(materials["scenario_id"] == "default") & materials["critical"]]
    found = rows(book, sheet).set_index(KEY)
    assert found.index.is_unique
    seen = 0
    for layer, years in stems.items():
        own = materials[materials["layer"] == layer]
        # Every critical material has its row.
        assert set(map(tuple, own[KEY].to_numpy())) <= set(found.index)
        for year in years or (None,):
            stem = layer if year is None else f"{layer}_{year}"
            of = own if year is None else own[own["year"] == year]
            of = of.set_index(KEY).reindex(found.index)
            for end in ("", "_low", "_high"):
                assert plain(found[f"{stem}_t{end}"]) == plain(of[f"mass_t{end}"])
                seen += found[f"{stem}_t{end}"].notna().sum()
            # Of what is not known there is no grade.
            grade = of["grade"].where(of["mass_t"].notna())
            assert plain(found[f"{stem}_grade"]) == plain(grade)
    assert seen > 5_000
    if sheet == "Grondstoffen":
        stock = materials[(materials["layer"] == "stock") & materials["mass_t"].notna()]
        of = stock.set_index(KEY).reindex(found.index)
        assert plain(found["stock_year"]) == plain(of["year"])
        assert plain(found["strategic"]) == plain(
            materials.drop_duplicates(KEY).set_index(KEY)["strategic"].reindex(found.index)
        )
    else:
        recovery = tables(built, "recovery")
        for year in YEARS:
            of = recovery[recovery["year"] == year].set_index(KEY).reindex(found.index)
            for theirs in ("processed_t", "recovered_t_best"):
                stem, end = theirs.split("_", 1)
                assert plain(found[f"{stem}_{year}_{end}"]) == plain(of[theirs]), theirs
            known = of["recovered_t"].notna()
            own = found[f"recovered_{year}_t"]
            assert plain(own[known.to_numpy()]) == plain(of["recovered_t"][known])


def test_it_is_small_enough_to_be_read(book: Workbook) -> None:
    assert sum(sheet.max_row for sheet in book) <= 15_000
    assert book.sheetnames == [FIRST, *_planned(), "Kolommen"]


def _planned() -> list[str]:
    return [sheet.name for sheet in read_plan(HOME).sheets]


def test_nothing_outside_the_basis_and_the_scenario(book: Workbook) -> None:
    for sheet in (*LONG, *WIDE):
        if sheet != "Scenario's":
            assert not {"basis", "scenario_id"} & set(rows(book, sheet))


# ---------------------------------------------------------------- what it says


def test_heads_are_those_of_the_dictionary(book: Workbook) -> None:
    dictionary = read_dictionary(HOME)
    for sheet, table in LONG.items():
        known = {column.name: column for column in dictionary[table].columns}
        for column in book[sheet].iter_cols(max_row=3, values_only=True):
            heading, unit, name = (word or "" for word in column)
            if name in known:
                about = known[name]
                title = about.title.nl
                assert heading in {title, f"{title} (code)", title.removesuffix(" (Nederlands)")}
                assert unit == ("" if about.unit is None else about.unit.nl)
            else:
                bare = re.sub(r" ?\(?code\)?$", "", known[name.removesuffix("_nl")].title.nl)
                assert (heading, unit) == (bare, "")
    for sheet in WIDE:
        for heading, unit, name in book[sheet].iter_cols(max_row=3, values_only=True):
            assert ((unit or "") == "t") == bool(re.search(r"_t(_low|_high|_best)?$", name))
            years = re.findall(r"\d{4}", name)
            assert re.findall(r"\d{4}", heading) == years


def test_headings_tell_columns_apart(book: Workbook) -> None:
    for sheet in book.worksheets[1:]:
        head = [cell.value for cell in sheet[1]]
        assert all(head)
        assert len(set(head)) == len(head), sheet.title


def test_a_sheet_describes_every_column(book: Workbook) -> None:
    told = rows(book, "Kolommen")
    expected = [
        (sheet.title, heading, name, unit or None)
        for sheet in book.worksheets[1:-1]
        for heading, unit, name in sheet.iter_cols(max_row=3, values_only=True)
    ]
    found = [
        tuple(None if pd.isna(word) else word for word in line)
        for line in told[["sheet", "heading", "name", "unit"]].to_numpy()
    ]
    assert found == expected
    assert told[["about", "heading_en"]].map(lambda text: len(text) > 1).all(axis=None)


def test_codes_have_their_dutch_names(book: Workbook) -> None:
    said = {}
    for sheet in (*LONG, *WIDE):
        found = rows(book, sheet)
        for name in found:
            if f"{name}_nl" in found:
                pairs = found[[name, f"{name}_nl"]]
                coded = pairs[name].map(lambda code: not pd.isna(code) and code != "")
                assert pairs[coded].notna().all(axis=None), (sheet, name)
                said |= {(sheet, name, code): word for code, word in pairs[coded].to_numpy()}
    assert said["Capaciteitsgat", "zone_id", "GM0599.maasvlakte"] == "Maasvlakte"
    assert said["Capaciteitsgat", "zone_id", "outside"] == "rest van Nederland"
    assert said["Voorraden", "zone_id", "unallocated"] == "niet te plaatsen"
    assert said["Capaciteitsgat", "stream", "ev_battery"] == "EV-accu's"
    assert said["Capaciteitsgat", "step", "sorting"] == "sortering"
    assert said["Capaciteitsgat", "why", "capacity"] == "te weinig bekende capaciteit"
    assert said["Grondstoffen", "element", "Nd"] == "neodymium"
    assert said["Grondstoffen", "element", "crm"] == "alle kritieke grondstoffen"
    assert said["Inzamelpunten", "kind", "recycling_centre"] == "milieustraat"
    assert said["Verwerkers", "streams", "ev_battery;ebike_battery"] == "EV-accu's; Fietsaccu's"
    assert said["Kandidaat-locaties", "zone_id", "GM0599.europoort"] == "Europoort"
    # Only what is the same in both languages, or a name, stands untranslated.
    same = {code for (_, _, code), word in said.items() if word == code}
    assert same <= {
        "t", "kW", "kWp", "kg", "kg/piece", "turbines", "recycling", "open", "Zuid-Holland",
    }  # fmt: skip


def test_the_first_sheet_leads_to_the_others(book: Workbook, built: Path) -> None:
    first = book[FIRST]
    links = {cell.value: cell for row in first.iter_rows() for cell in row if cell.hyperlink}
    assert list(links) == book.sheetnames[1:]
    for name, cell in links.items():
        quoted = name.replace("'", "''")
        assert cell.hyperlink.location == f"'{quoted}'!A1"
        assert cell.hyperlink.target is None
        assert first.cell(cell.row, 3).value == book[name].max_row - 3
        about, named = (first.cell(cell.row, at).value for at in (2, 4))
        assert len(about) > 20
        ((sheet, cells),) = book.defined_names[named].destinations
        assert sheet.replace("''", "'") == name
        assert cells.replace("$", "") == book[name].auto_filter.ref
    text = "\n".join(str(cell.value) for row in first.iter_rows() for cell in row if cell.value)
    for words in (
        "Zuid-Holland", "21 november 2026", "CC BY 4.0", "geen toets voor vergunningen",
        "2025, 2030, 2035, 2040 en 2050", "unallocated", "outside", "orde van grootte",
        "zuid-holland.gpkg", "Grondstoffenatlas",
    ):  # fmt: skip
        assert words in text
    assert "{" not in text
    assert (built / "layers" / "zuid-holland.gpkg").is_file()


# ---------------------------------------------------------------- how it shows


def test_heads_stay_in_view_and_filter(book: Workbook) -> None:
    frozen = {"Voorraden": "D4", "Capaciteitsgat": "E4", "Verwerkers": "B4", "Grondstoffen": "D4"}
    for sheet in book.worksheets[1:]:
        assert re.fullmatch(r"[B-E]4", sheet.freeze_panes)
        assert frozen.get(sheet.title, sheet.freeze_panes) == sheet.freeze_panes
        assert sheet.auto_filter.ref == f"A3:{sheet.dimensions.split(':')[1]}"
        assert sheet.print_title_rows == "$1:$3"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        # One page wide (which is what is meant where nothing is said), as many high as it takes.
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_no_formula_and_no_way_out(book: Workbook, path: Path) -> None:
    for sheet in book:
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
        assert kinds <= {"s", "n", "b", "d"}
        if sheet.title != FIRST:
            assert not sheet._hyperlinks
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            assert "externalLink" not in name
            assert b"TargetMode" not in parts.read(name)
            assert b"<f>" not in parts.read(name)


def test_numbers_show_as_what_they_are(book: Workbook) -> None:
    def formats(sheet: str, name: str) -> set[str]:
        page = book[sheet]
        at = [cell.value for cell in page[3]].index(name) + 1
        cells = (page.cell(row, at) for row in range(4, page.max_row + 1))
        return {cell.number_format for cell in cells if cell.value is not None}

    assert formats("Komt vrij", "year") == {"0"}
    assert formats("Bronnen", "reference_date") == {"dd-mm-yyyy"}
    assert formats("Gebieden", "residents") == {"#,##0"}
    assert formats("Kandidaat-locaties", "robustness") == {"0.0%"}
    (mass,) = formats("Grondstoffen", "released_2030_t")
    # Nought as 0, what three decimals would make 0 as a power of ten.
    assert mass.split(";") == ["[=0]0", "[<0.001]0.0E+00", "#,##0.0##"]
    stocks = rows(book, "Voorraden")
    page = book["Voorraden"]
    at = [cell.value for cell in page[3]].index("value") + 1
    for row, unit in enumerate(stocks["unit"], 4):
        cell = page.cell(row, at)
        if cell.value is not None and unit == "t":
            assert cell.number_format == mass
    figures = rows(book, "Kopcijfers")
    at = [cell.value for cell in book["Kopcijfers"][3]].index("report_value") + 1
    shown = {
        unit: book["Kopcijfers"].cell(row, at).number_format
        for row, unit in enumerate(figures["unit"], 4)
    }
    assert (shown["year"], shown["share"]) == ("0", "0.0%")
    # Less than nothing is no small number.
    assert formats("Kopcijfers", "difference") == {"#,##0.0##", "0"}


def test_the_file_says_what_it_is(book: Workbook) -> None:
    told = book.properties
    assert "Zuid-Holland" in told.title
    assert told.creator == "Grondstoffenatlas"
    assert "CC BY 4.0" in told.description
    assert {told.created.isoformat(), told.modified.isoformat()} == {"2026-11-21T00:00:00"}


# ---------------------------------------------------------------- what may come


def spoilt(world: Atlas, names: list[str]) -> Atlas:
    """Give the world with as many collection points as names, called so."""
    points = world.collection_points.iloc[[0] * len(names)].reset_index(drop=True)
    texts = pd.Series(names, dtype=object)
    return replace(world, collection_points=points.assign(name=texts, operator=texts))


def test_text_stays_text(world: Atlas, tmp_path: Path) -> None:
    book = written(spoilt(world, HOSTILE), tmp_path / "x.xlsx")
    page = book["Inzamelpunten"]
    names = [cell.value for cell in page[3]]
    for name in ("name", "operator"):
        cells = [page.cell(row, names.index(name) + 1) for row in range(4, page.max_row + 1)]
        assert [cell.value for cell in cells] == HOSTILE
        assert {cell.data_type for cell in cells} == {"s"}
        assert not any(cell.hyperlink for cell in cells)
        # Typed again in Excel, these would else become formulas.
        marked = [bool(cell.quotePrefix) for cell in cells]
        assert marked == [text[0] in "=+-@\t" for text in HOSTILE]


def test_what_xml_forbids_is_marked(world: Atlas, tmp_path: Path) -> None:
    names = ["a\x00b", "bell\x07", "half \ud800", "end\uffff", "new\nline", "x" * 40_000]
    book = written(spoilt(world, names), tmp_path / "x.xlsx")
    found = rows(book, "Inzamelpunten")["name"].tolist()
    assert found[:5] == ["a�b", "bell�", "half �", "end�", "new\nline"]
    assert found[5].endswith("x…")
    assert len(found[5]) <= 32_767


def test_a_number_keeps_all_its_digits(world: Atlas, tmp_path: Path) -> None:
    values = [0.1 + 0.2, 1 / 3, 2.0**53 - 1, 5e-324, 1.7976931348623157e308, 0.0, -1 / 3]
    zones = world.zones.iloc[: len(values)].assign(area_km2=values)
    book = written(replace(world, zones=zones), tmp_path / "x.xlsx")
    assert rows(book, "Gebieden")["area_km2"].tolist() == values


def test_missing_is_an_empty_cell(world: Atlas, tmp_path: Path) -> None:
    zones = world.zones.assign(residents=float("nan"), name=None)
    book = written(replace(world, zones=zones), tmp_path / "x.xlsx")
    found = rows(book, "Gebieden")
    assert found["residents"].isna().all()
    # A zone without a name is called by its code.
    assert found["zone_id_nl"].tolist() == found["zone_id"].tolist()


def test_what_is_too_long_is_left_out_the_longest_first(world: Atlas) -> None:
    published, plan = publication_of(world), read_plan(world.catalog.home)
    whole, none = sheets(published, plan)
    rows = sum(len(sheet.rows) + len(sheet.columns) for sheet in whole)
    assert sheets(published, plan, most=rows)[1] == none
    found, left = sheets(published, plan, most=rows - 1)
    kept = {sheet.name for sheet in found}
    (gone,) = (sheet for sheet in whole if sheet.name not in kept)
    assert len(gone.rows) == max(len(sheet.rows) for sheet in whole)
    assert f"{len(gone.rows)} rijen" in left[gone.name].replace(".", "")
    assert gone.table in left[gone.name]
    found, left = sheets(published, plan, most=300)
    assert 0 < sum(len(sheet.rows) + len(sheet.columns) for sheet in found) <= 300
    assert min(len(sheet.rows) for sheet in whole if sheet.name in left) >= max(
        len(sheet.rows) for sheet in found
    )


def test_an_empty_table_is_left_out_and_said(world: Atlas, tmp_path: Path) -> None:
    empty = gpd.GeoDataFrame(world.sites.iloc[:0])
    book = written(replace(world, sites=empty), tmp_path / "x.xlsx")
    assert "Kandidaat-locaties" not in book.sheetnames
    told = {row[0]: row[1] for row in book[FIRST].iter_rows(values_only=True) if row[0]}
    assert "weggelaten" in told["Kandidaat-locaties"]


@pytest.mark.parametrize("sheet", [*LONG, *WIDE])
def test_any_table_may_be_absent(world: Atlas, sheet: str) -> None:
    plan = read_plan(HOME)
    (own,) = (each for each in plan.sheets if each.name == sheet)
    published = publication_of(world)
    there = {n: frame for n, frame in published.tables.items() if n not in own.tables}
    found, empty = sheets(replace(published, tables=there), plan)
    assert sheet in empty
    assert sheet not in {each.name for each in found}


@pytest.mark.parametrize("title", ["Fryslân & <Île> 'É'", "{0} {region} ☃", "=1+1"])
def test_any_region_has_a_title(world: Atlas, tmp_path: Path, title: str) -> None:
    named = replace(world, region=replace(world.region, title=Text(title, title)))
    book = written(named, tmp_path / "x.xlsx")
    assert title in str(book[FIRST]["A1"].value)
    assert title in book.properties.title
    assert book[FIRST]["B2"].value == title
    assert book[FIRST]["B2"].data_type == "s"


def test_a_stream_gives_no_name_to_a_sheet(home: Path, tmp_path: Path) -> None:
    title = "Een stroom met een [veel] te lange naam: die/geen?*blad\\mag hebben"
    stock = home / "layers" / "stocks" / "solar_panel.toml"
    text = stock.read_text(encoding="utf-8")
    old = 'title = { nl = "solar_panel"'
    assert old in text
    own = text.replace(old, f"title = {{ nl = '{title}'", 1)
    stock.write_text(own, encoding="utf-8")
    book = written(atlas.build("world", home=home), tmp_path / "x.xlsx")
    assert set(book.sheetnames) <= {FIRST, *_planned(), "Kolommen"}
    assert title in set(rows(book, "Voorraden")["stream_nl"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "Gebieden"', f'name = "{"x" * 32}"', "1 to 31 characters"),
        ('name = "Gebieden"', 'name = "Gebieden: alle"', "1 to 31 characters"),
        ('name = "Gebieden"', "name = \"'Gebieden'\"", "1 to 31 characters"),
        ('name = "Gebieden"', 'name = "gemeenten"', "twice"),
        ('name = "Gebieden"', 'name = "Leeswijzer"', "twice"),
        ('tables = ["zones"]', 'tables = ["zone"]', 'table "zone"'),
        ('tables = ["zones"]', "tables = []", "no table"),
        ('tables = ["zones"]', 'tables = ["gaps"]', "on two sheets"),
        ('["kind", ', '["sort", ', 'column "sort"'),
        ("[[reading]]", "[[readings]]", "readings"),
    ],
)
def test_a_wrong_plan_is_a_message(world: Atlas, home: Path, old: str, new: str, said: str) -> None:
    text = (HOME / "layers" / "workbook.toml").read_text(encoding="utf-8")
    assert old in text
    (home / "layers" / "workbook.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError, match=re.escape(said)):
        sheets(publication_of(world), read_plan(home))


def test_a_full_disk_is_a_message(world: Atlas, tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match=r"full: it cannot be written \(.*No space left"):
        write_workbook(publication_of(world), Path("/dev/full"))
    with pytest.raises(AtlasError, match=r"x\.xlsx: it cannot be written"):
        write_workbook(publication_of(world), tmp_path / "nowhere" / "x.xlsx")


def test_the_same_bytes_at_any_hour_and_place(written_world: Path, tmp_path: Path) -> None:
    code = (
        "import sys, atlas; from pathlib import Path; from atlas.workbook import write_workbook;"
        "from atlas.publication import publication_of;"
        "world = atlas.build('world', home=Path(sys.argv[1]));"
        "[write_workbook(publication_of(world), Path(path)) for path in sys.argv[2:]]"
    )
    found = set()
    for zone, seed in (("UTC", "0"), ("Pacific/Auckland", "7")):
        paths = [tmp_path / f"{seed}-{at}.xlsx" for at in (1, 2)]
        subprocess.run(
            [sys.executable, "-c", code, str(written_world), *map(str, paths)],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed},
            cwd=HOME,
            check=True,
        )
        found |= {path.read_bytes() for path in paths}
    assert len(found) == 1
