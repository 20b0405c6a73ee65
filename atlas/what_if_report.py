"""A session on paper: what was proposed, what it does, who is for it; plain HTML without script."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from atlas import VERSION
from atlas.areas import UNALLOCATED
from atlas.markup import Markup, table, tag
from atlas.outside import OUTSIDE
from atlas.pipeline import REFERENCE_YEARS
from atlas.report_words import Words
from atlas.what_if_effect import DUST, TODAY, WITH, expected_in, proposals
from atlas.what_if_map import SAME, class_of, definitions, draw, edges, swatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from atlas.report_words import Lang
    from atlas.what_if_effect import Effect

    Blocks = Mapping[tuple[str, str], pd.DataFrame]

# Nothing is fetched and nothing runs, whatever a session says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def report(effect: Effect) -> str:
    """Return the report of a session: one HTML file, Dutch first with English behind a switch.

    Parameters
    ----------
    effect
        From `what_if_effect.effect_of`.
    """
    languages: tuple[tuple[Lang, str], ...] = (("nl", "Nederlands"), ("en", "English"))
    choice: list[Markup] = []
    for lang, name in languages:
        checked = "checked" if lang == "nl" else None
        choice += [
            tag("input", type="radio", name="lang", id=lang, checked=checked),
            tag("label", name, for_=lang, lang=lang),
        ]
    articles = [_article(effect, Words(effect.atlas.catalog, lang)) for lang, _ in languages]
    title = effect.session.title or Words(effect.atlas.catalog, "nl").say("untitled")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup((files("atlas") / "report" / "style.css").read_text("utf-8"))),
    )
    body = tag("body", *choice, definitions(effect), *articles)
    return f"<!doctype html>\n{tag('html', head, body, lang='nl')}\n"


def _article(effect: Effect, words: Words) -> Markup:
    atlas, session, say = effect.atlas, effect.session, words.say
    edition = atlas.edition[:10]
    parts: list[Markup | None] = [
        tag("p", say("kicker", region=words.text(atlas.region.title)), class_="kicker"),
        tag("h1", session.title or say("untitled")),
        tag(
            "p",
            say(
                "made",
                date=words.day(session.date),
                edition=edition,
                edition_date=words.day(atlas.reference_date.isoformat()),
                version=VERSION,
            ),
        ),
    ]
    if session.edition != edition:
        told = say("other", made=session.edition, made_date=words.day(session.edition_date))
        parts.append(tag("p", told, class_="notice"))
    if session.gone:
        parts.append(tag("p", say("gone", list=", ".join(session.gone)), class_="notice"))
    blocks = _blocks(effect)
    parts += [
        _short(words, blocks),
        _maps(effect, words, blocks),
        _changed(effect, words),
        _effects(effect, words, blocks),
        _use(effect, words),
        _notes(effect, words),
        _support(effect, words),
        _scenario(effect, words),
        _reading(words),
    ]
    return tag("article", *parts, lang=words.lang)


def _blocks(effect: Effect) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the rows of the region at every step of every stream, in the reference years."""
    gaps = effect.gaps
    rows = gaps[(gaps["zone_id"] != OUTSIDE) & gaps["year"].isin(REFERENCE_YEARS)]
    return {
        (stream, step): rows[(rows["stream"] == stream) & (rows["step"] == step)]
        for stream, steps in effect.today.access.network.chain.items()
        for step in steps
        if stream in effect.today.access.gap_steps
    }


def _shifts(block: pd.DataFrame) -> bool:
    return bool((block["difference_t"].abs() > DUST).any())


def _most(block: pd.DataFrame) -> int:
    """Return the year in which most changes in the region."""
    # Of years that change as much but for rounding the first counts.
    by_year = [round(abs(_sums(block, year)["difference_t"]), 6) for year in REFERENCE_YEARS]
    return REFERENCE_YEARS[int(np.argmax(by_year))]


def _sums(block: pd.DataFrame, year: int) -> pd.Series:
    names = [f"{side}_gap_t{best}" for side in (TODAY, WITH) for best in ("", "_best")]
    return block[block["year"] == year][[*names, "difference_t"]].sum()


def _short(words: Words, blocks: Blocks) -> Markup:
    """Say in a sentence what changes most for each stream."""
    lines = []
    for (stream, step), block in blocks.items():
        if not _shifts(block):
            continue
        year = _most(block)
        total = _sums(block, year)
        key = "short.smaller" if total["difference_t"] < 0 else "short.larger"
        sentence = words.say(
            key,
            stream=words.stream(stream),
            step=words.code("step", step),
            year=year,
            size=words.number(abs(total["difference_t"]), 1),
            today=words.number(total[f"{TODAY}_gap_t"], 1),
            after=words.number(total[f"{WITH}_gap_t"], 1),
        )
        lines.append(tag("li", sentence))
    years = ", ".join(map(str, REFERENCE_YEARS))
    told = tag("ul", *lines) if lines else tag("p", words.say("short.none", years=years))
    return tag("section", tag("h2", words.say("short")), told)


def _maps(effect: Effect, words: Words, blocks: Blocks) -> Markup:
    """Draw one map for each stream and step that changes, in the year in which most does."""
    say = words.say
    figures = []
    for (stream, step), block in blocks.items():
        if not _shifts(block):
            continue
        year = _most(block)
        rows = block[(block["year"] == year) & (block["zone_id"] != UNALLOCATED)]
        shifts = rows["difference_t"].fillna(0.0).to_numpy(dtype=float)
        own = dict(zip(rows["zone_id"], shifts.tolist(), strict=True))
        limits = edges(float(np.abs(shifts).max(initial=0.0)))
        title = say(
            "map.caption",
            stream=words.stream(stream),
            step=words.code("step", step),
            year=year,
        )
        drawn = draw(effect, own, limits, label=title)
        figures.append(tag("figure", tag("figcaption", title), drawn, _key(words, limits, shifts)))
    if not figures:
        title = say("map.plain")
        drawn = draw(effect, {}, [], label=title)
        figures.append(tag("figure", tag("figcaption", title), drawn))
    symbols = tag("p", say("map.symbols"), class_="soft")
    return tag("section", tag("h2", say("map")), tag("div", *figures, class_="maps"), symbols)


def _key(words: Words, limits: list[float], shifts: NDArray[np.float64]) -> Markup:
    """Say what the colours that are on a map mean."""
    items = []
    for each in sorted({class_of(value, limits) for value in shifts.tolist()}):
        steps = abs(each - SAME)
        if each == SAME:
            text = words.say("map.same")
        else:
            side = words.say("map.less" if each < SAME else "map.more")
            edge = limits[steps - 1]
            text = f"{side}, ≥ {words.number(edge, max(0, -int(np.floor(np.log10(edge)))))}"
        items.append(tag("li", swatch(each), f" {text}"))
    return tag("ul", *items, class_="key")


def _changed(effect: Effect, words: Words) -> Markup:
    """List the plants that are put and changed."""
    say, plants = words.say, effect.after.access.plants.set_index("facility_id")
    zones = effect.atlas.zones.set_index("zone_id")["name"]
    kinds = {(kind.stream, kind.step): kind for kind in expected_in(effect.atlas).kinds}

    def place(plant: str) -> str:
        zone = plants["zone_id"][plant]
        return str(zones[zone]) if zone in zones.index else say("outside")

    rows = []
    for put in effect.session.plants:
        own = put.plant
        kind = kinds[own.stream, own.step]
        takes = ", ".join(words.stream(stream) for stream in kind.streams)
        what = f"{own.name + ': ' if own.name else ''}{words.code('step', own.step)}, {takes}"
        size = words.number(own.capacity_t_per_a)
        of = f"{size} ({words.code('fraction', kind.fraction)})"
        years = say("from", year=own.from_year)
        rows.append(
            [own.plant_id, f"{say('new')}: {what}", of, years, place(own.plant_id), put.support.by]
        )
    for item in effect.session.changes:
        change = item.change
        limits = [
            say(key, year=year)
            for key, year in (("from", change.from_year), ("until", change.to_year))
            if year is not None
        ]
        capacity = change.capacity_t_per_a
        rows.append(
            [
                item.change_id,
                f"{say('changes')}: {plants['name'][change.facility_id]}",
                say("unchanged") if capacity is None else words.number(capacity),
                ", ".join(limits) or say("unchanged"),
                place(change.facility_id),
                item.support.by,
            ]
        )
    head = [say(f"col.{key}") for key in ("nr", "what", "capacity", "years", "place", "by")]
    listed = table(head, rows) if rows else tag("p", say("changed.none"))
    return tag("section", tag("h2", say("changed")), listed)


def _effects(effect: Effect, words: Words, blocks: Blocks) -> Markup:
    """Show the gap today and then, for every stream and step that changes, and each gap's own."""
    say = words.say
    carried = effect.tonne_km
    parts: list[Markup] = []
    same = []
    for (stream, step), block in blocks.items():
        title = f"{words.stream(stream)}, {words.code('step', step)}"
        km = carried[(carried["stream"] == stream) & (carried["step"] == step)].set_index("year")
        if not _shifts(block) and not (km["difference_tonne_km"].abs() > DUST).any():
            same.append(title)
            continue
        rows = []
        for year in REFERENCE_YEARS:
            total = _sums(block, year)
            own = block[(block["year"] == year) & (block["zone_id"] != UNALLOCATED)]
            difference = own["difference_t"]
            pair = [
                _pair(words, total[f"{side}_gap_t"], total[f"{side}_gap_t_best"])
                for side in (TODAY, WITH)
            ]
            rows.append(
                [
                    str(year),
                    *pair,
                    words.signed(total["difference_t"], 1),
                    str(int((difference < -DUST).sum())),
                    str(int((difference > DUST).sum())),
                    words.number(float(km[f"{TODAY}_tonne_km"][year]) / 1000, 1),
                    words.number(float(km[f"{WITH}_tonne_km"][year]) / 1000, 1),
                ]
            )
        head = ["year", "today", "after", "difference", "served", "worse", "km", "km.after"]
        parts.append(tag("h3", title))
        parts.append(table([say(f"col.{key}") for key in head], rows, numbers=7))
    if same:
        parts.append(tag("p", say("effect.same", list="; ".join(same)), class_="soft"))
    together = carried.groupby("year")[[f"{TODAY}_tonne_km", f"{WITH}_tonne_km"]].sum() / 1000
    sums = [
        [str(year), *(words.number(float(together[name][year]), 1) for name in together)]
        for year in REFERENCE_YEARS
    ]
    parts.append(tag("h3", say("km")))
    parts.append(table([say(f"col.{key}") for key in ("year", "km", "km.after")], sums, numbers=2))
    parts.append(tag("p", say("km.note"), class_="soft"))
    intro = tag("p", say("effect.intro"), class_="soft")
    return tag("section", tag("h2", say("effect")), intro, *parts)


def _pair(words: Words, gap: float, best: float) -> str:
    told = words.number(gap, 1)
    return told if abs(gap - best) <= DUST else f"{told} ({words.number(best, 1)})"


def _use(effect: Effect, words: Words) -> Markup | None:
    """Show how full every plant is that is put or changed."""
    if effect.use.empty:
        return None
    say, plants = words.say, effect.after.access.plants.set_index("facility_id")
    rows = []
    for row in effect.use.to_dict("records"):
        plant = row["plant_id"]
        name = plants["name"][plant] or words.code("step", plants["step"][plant])
        part = row["taken_t"] / row["can_t"] if 0 < row["can_t"] < np.inf else None
        ours = row["ours_t"] / row["taken_t"] if row["taken_t"] > DUST else None
        rows.append(
            [
                f"{plant} {name}",
                str(row["year"]),
                words.number(row["taken_t"], 1),
                say("nobody") if ours is None else f"{words.number(100 * ours)} %",
                words.number(row["can_t"], 1),
                say("nobody") if part is None else f"{words.number(100 * part)} %",
            ]
        )
    head = [say(f"col.{key}") for key in ("plant", "year", "taken", "ours", "can", "use")]
    intro = tag("p", say("use.intro"), class_="soft")
    return tag("section", tag("h2", say("use")), intro, table(head, rows, numbers=5))


def _notes(effect: Effect, words: Words) -> Markup | None:
    """List what was written on the map."""
    if not effect.session.marks:
        return None
    say = words.say
    rows = [
        [
            own.mark_id.removeprefix("M"),
            say(f"kind.{own.kind}"),
            tag("span", own.text, class_="lines", dir="auto"),
            own.support.by,
        ]
        for own in effect.session.marks
    ]
    head = [say(f"col.{key}") for key in ("nr", "kind", "text", "by")]
    return tag("section", tag("h2", say("notes")), table(head, rows))


def _support(effect: Effect, words: Words) -> Markup:
    """Show who is for what; what nobody voted on is left out."""
    say, names = words.say, effect.after.access.plants.set_index("facility_id")["name"]
    votes = ["votes_for", "votes_against", "votes_unsure"]
    every = proposals(effect.session)
    voted = every[every[votes].sum(axis=1) > 0]
    rows = [
        [
            row["proposal_id"],
            str(names[row["text"]] if row["kind"] == "changed" else row["text"]).split("\n")[0],
            row["by"],
            *(str(row[vote]) for vote in votes),
        ]
        for row in voted.to_dict("records")
    ]
    head = [say(f"col.{key}") for key in ("nr", "what", "by", "for", "against", "unsure")]
    listed = table(head, rows, numbers=3) if rows else tag("p", say("support.none"))
    return tag("section", tag("h2", say("support")), listed)


def _scenario(effect: Effect, words: Words) -> Markup:
    """Say every switch; what is not at its default stands out."""
    say = words.say
    items = []
    for name, known in expected_in(effect.atlas).switches.items():
        value = effect.session.scenario[name]
        title = words.code("control" if name == "basis" else "switch", name)
        told = f"{title}: {words.code(name, value)}"
        items.append(tag("li", told if value == known[0] else tag("strong", told)))
    intro = tag("p", say("scenario.intro"), class_="soft")
    return tag("section", tag("h2", say("scenario")), intro, tag("ul", *items))


def _reading(words: Words) -> Markup:
    """Say what these numbers are and are not."""
    keys = ("plan", "grade", "pair", "place", "marks")
    items = [tag("li", words.say(f"read.{key}")) for key in keys]
    return tag("section", tag("h2", words.say("read")), tag("ul", *items))
