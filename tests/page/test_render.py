"""The file itself: what is in it, the same every time, and what it refuses."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from atlas.errors import AtlasError
from atlas.maps import render

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = files("atlas") / "page"
SCRIPTS = {
    entry.name: entry.read_text(encoding="utf-8")
    for entry in PAGE.iterdir()
    if entry.name.endswith(".js")
}
WORDS = json.loads((PAGE / "words.json").read_text(encoding="utf-8"))


class Reader(HTMLParser):
    """Every element with its attributes, and the text of every script."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script":
            self.scripts[-1] += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def test_two_renders_give_the_same_bytes(document: dict[str, Any]) -> None:
    assert render(document) == render(document)


def test_rendering_leaves_the_document_alone(document: dict[str, Any]) -> None:
    before = json.dumps(document)
    render(document)
    assert json.dumps(document) == before


def test_the_file_names_its_language_title_and_scheme(document: dict[str, Any]) -> None:
    html = render(document)
    elements = read(html).elements
    metas = {attrs["name"]: attrs["content"] for tag, attrs in elements if "name" in attrs}
    assert ("html", {"lang": "nl"}) in elements
    assert "<title>Grondstoffenatlas Klein</title>" in html
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert metas["color-scheme"] == "light"
    assert "Klein" in str(metas["description"])


def test_nothing_is_linked_from_elsewhere(document: dict[str, Any]) -> None:
    html = render(document)
    for tag, attrs in read(html).elements:
        for name in ("src", "href", "srcset", "data"):
            assert re.match(r"#|data:", attrs.get(name) or "#"), (tag, attrs)
    styles = "".join(re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles


def test_text_of_the_document_adds_no_element(document: dict[str, Any]) -> None:
    tags = [tag for tag, _ in read(render(document)).elements]
    plain = json.loads(re.sub(r"<img[^\"]*", "tame", json.dumps(document)))
    assert "<img" not in json.dumps(plain)
    assert tags == [tag for tag, _ in read(render(plain)).elements]


def test_a_hostile_title_of_the_region_stays_text(document: dict[str, Any]) -> None:
    document["region"]["title"]["nl"] = "</title><script>boom()</script>"
    html = render(document)
    assert "<script>boom" not in html
    assert "&lt;/title&gt;&lt;script&gt;boom()" in html


def test_the_geometry_stands_in_the_file_once(document: dict[str, Any]) -> None:
    document["outlines"][0][0][0][0] = [4.12345, 52.54321]
    document["water"][0][0][0][0] = [3.98765, 51.56789]
    html = render(document)
    assert html.count("4.12345") == 1
    assert html.count("51.56789") == 1


def test_modules_come_whole_under_their_names(document: dict[str, Any]) -> None:
    imports = json.loads(
        next(text for text in read(render(document)).scripts if text.startswith('{"imports"')),
    )["imports"]
    assert list(imports) == sorted(f"atlas/{name.removesuffix('.js')}" for name in SCRIPTS)
    assert all(
        re.fullmatch(r"data:text/javascript;[^#<>\s]*( [^#<>\s]*)*", url)
        for url in imports.values()
    )


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_modules_have_no_way_from_data_to_markup(name: str) -> None:
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
    assert re.findall(ways, SCRIPTS[name]) == []
    assert len(SCRIPTS[name].splitlines()) <= 250


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_modules_import_only_what_another_exports(name: str) -> None:
    for names, source in re.findall(r'import \{([^}]*)\} from "atlas/(\w+)"', SCRIPTS[name]):
        exported = set(re.findall(r"export (?:function|const) (\w+)", SCRIPTS[f"{source}.js"]))
        assert {each.strip() for each in names.split(",") if each.strip()} <= exported


def test_every_word_of_the_page_stands_in_both_languages() -> None:
    assert all(set(word) == {"nl", "en"} and all(word.values()) for word in WORDS.values())
    used = {key for text in SCRIPTS.values() for key in re.findall(r'\bsay\("([\w.]+)"', text)}
    used |= set(re.findall(r'data-(?:word|label)="([\w.]+)"', (PAGE / "index.html").read_text()))
    used |= {
        key
        for text in SCRIPTS.values()
        for pair in re.findall(r'\bsay\([^()]*\? "([\w.]+)" : "([\w.]+)"\)', text)
        for key in pair
    }
    assert used
    assert used <= set(WORDS)


def test_every_family_of_words_has_members() -> None:
    families = {
        family
        for text in SCRIPTS.values()
        for pair in re.findall(r'\bsay\(`([\w.]+)\.\$\{|\bname\(["`](\w+)', text)
        for family in pair
        if family
    }
    assert families
    assert all(any(key.startswith(f"{family}.") for key in WORDS) for family in families)


def test_every_word_is_used() -> None:
    text = "".join([*SCRIPTS.values(), (PAGE / "index.html").read_text(encoding="utf-8")])
    families = tuple(
        f"{family}."
        for pair in re.findall(r'\bsay\(`([\w.]+)\.\$\{|\bname\(["`](\w+)', text)
        for family in pair
        if family
    )
    # The values of the switches are said by switch and value.
    switches = re.findall(r"(?:SUPPLY|CAPACITY|SWITCHES) = \[([^\]]*)\]", SCRIPTS["scenario.js"])
    assert len(switches) == 3
    families += tuple(f"{switch}." for switch in re.findall(r"\w+", "".join(switches)))
    aside = {"atlas.title", "atlas.description"}
    unused = {key for key in WORDS if f'"{key}"' not in text and not key.startswith(families)}
    assert unused - aside == set()


def drop(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.pop(key)


def flat_breaks(document: dict[str, Any]) -> None:
    document["classes"]["panel"]["released:mass"] = [1.0, 2.0, 2.0, 5.0]


def few_breaks(document: dict[str, Any]) -> None:
    document["classes"]["panel"]["stock:kwp"].pop()


def model(document: dict[str, Any], stream: int = 0) -> dict[str, Any]:
    found = document["streams"][stream]["model"]
    assert isinstance(found, dict)
    return found


def short_values(document: dict[str, Any]) -> None:
    document["streams"][0]["bases"]["report"]["quantities"][0]["values"].pop()


def short_pattern(document: dict[str, Any]) -> None:
    model(document)["pattern"].pop()


def short_nearest(document: dict[str, Any]) -> None:
    document["streams"][0]["nearest"]["recycling"].pop()


def short_leaves(document: dict[str, Any]) -> None:
    model(document, 1)["lifetimes"]["regular"]["leaves"][0].pop()


def short_market(document: dict[str, Any]) -> None:
    model(document, 1)["collection"]["market"]["t_per_a"].pop()


def short_portion(document: dict[str, Any]) -> None:
    model(document, 2)["flow"]["portion"].pop()


def short_flow(document: dict[str, Any]) -> None:
    model(document, 2)["flow"]["t_per_a"]["growth"].pop()


def short_share(document: dict[str, Any]) -> None:
    model(document)["processed"]["pool"][0][1].pop()


def short_steps(document: dict[str, Any]) -> None:
    model(document)["processed"]["scenarios"]["default"].pop()


def no_source(document: dict[str, Any]) -> None:
    document["streams"][0]["bases"]["register"]["quantities"][0]["sources"] = ["rumour"]


def no_source_of_step(document: dict[str, Any]) -> None:
    model(document)["contents"][2]["trail"]["source"] = "hearsay"


def no_door(document: dict[str, Any]) -> None:
    document["map"] = "elsewhere"


def view_of(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["maps"][1]["view"].update(changes)


def old_format(document: dict[str, Any]) -> None:
    document["format"] = 1


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (drop("zones"), ["no part 'zones'", "give the document this part"]),
        (drop("years"), ["no part 'years'"]),
        (old_format, ["format 2 is expected"]),
        (flat_breaks, ["classes.panel.released:mass", "4 ascending breaks are expected"]),
        (few_breaks, ["classes.panel.stock:kwp", "4 ascending breaks are expected"]),
        (short_values, ["streams.panel.bases.report.kwp.values", "4 are expected"]),
        (short_pattern, ["streams.panel.model.pattern", "one per zone"]),
        (short_nearest, ["streams.panel.nearest.recycling", "3 entries", "one per zone"]),
        (short_leaves, ["streams.phone.model.lifetimes.regular.leaves.0", "25 are expected"]),
        (short_market, ["streams.phone.model.collection.market.t_per_a", "one per zone"]),
        (short_portion, ["streams.car.model.flow.portion", "one per zone"]),
        (short_flow, ["streams.car.model.flow.growth", "26 are expected, one per year"]),
        (short_share, ["streams.panel.model.processed.pool.0.1", "5 are expected, one per zone"]),
        (short_steps, ["streams.panel.model.processed.scenarios.default", "one per step"]),
        (no_source, ["bases.register.kwp", "source 'rumour'", "add it to them"]),
        (no_source_of_step, ["streams.panel.model", "source 'hearsay'"]),
        (no_door, ["'elsewhere'", "one of explore, gap, figures is expected"]),
        (view_of(stream="gone"), ["maps.gap.view.stream", "panel, phone, car, scanner"]),
        (view_of(layer="gone"), ["maps.gap.view.layer", "one of stock, released"]),
        (view_of(measure="gone"), ["maps.gap.view.measure", "'gone'"]),
        (view_of(year=2024), ["maps.gap.view.year", "2024"]),
        (view_of(basis="gone"), ["maps.gap.view.basis", "one of register, report"]),
        (view_of(lifetime="gone"), ["maps.gap.view.lifetime", "regular, early, late"]),
    ],
)
def test_a_document_that_does_not_fit_is_refused(
    document: dict[str, Any],
    harm: Callable[[dict[str, Any]], None],
    words: list[str],
) -> None:
    harm(document)
    with pytest.raises(AtlasError) as error:
        render(document)
    assert all(word in str(error.value) for word in words)


def test_all_problems_are_said_at_once(document: dict[str, Any]) -> None:
    few_breaks(document)
    short_values(document)
    no_door(document)
    with pytest.raises(AtlasError) as error:
        render(document)
    assert len(str(error.value).splitlines()) == 3
