"""A session of the page as a file: read, checked to the last field, and written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from atlas.definitions import LayerName
from atlas.errors import DataError, problem, raise_problems
from atlas.session_checks import MISSING, Checks, parse, shown
from atlas.what_if import Change, NewPlant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from atlas.what_if import Kind

Json = dict[str, Any]
MarkKind = Literal["note", "site", "area"]

FORMAT, PROGRAM = 1, "urban-mine-atlas"
LARGEST = 2_000_000  # bytes: no workshop fills more
VOTES = ("for", "against", "unsure")
MOST_TONNES, MOST_VOTES, MOST_ITEMS, MOST_CORNERS = 1e7, 100_000, 500, 1000
FIRST, LAST = 1990, 2100  # years in which a plant can open or close
LEAST_CORNERS = 3  # of an area
# Characters of each kind of text.
TEXT, BY, TITLE, NAME = 500, 80, 120, 80

_TOP = (
    "format", "program", "region", "edition", "edition_date", "version", "title", "date",
    "scenario", "view", "plants", "changes", "marks",
)  # fmt: skip
_PLANT = (
    "id", "stream", "step", "capacity_t_per_a", "from_year", "latitude", "longitude", "name",
    "by", "votes",
)  # fmt: skip
_CHANGE = ("id", "facility_id", "capacity_t_per_a", "from_year", "to_year", "by", "votes")
_MARK = ("id", "kind", "text", "by", "latitude", "longitude", "votes")


@dataclass(frozen=True)
class Support:
    """Who proposed something, and how many are for it, against it and unsure."""

    by: str = ""
    votes: tuple[int, ...] = (0, 0, 0)


@dataclass(frozen=True)
class View:
    """What the page showed."""

    stream: str
    layer: str
    measure: str
    year: int


@dataclass(frozen=True)
class PutPlant:
    """A plant that is put, and what people say of it."""

    plant: NewPlant
    support: Support = Support()


@dataclass(frozen=True)
class PutChange:
    """What becomes of an existing plant, and what people say of it."""

    change_id: str
    change: Change
    support: Support = Support()


@dataclass(frozen=True)
class Mark:
    """A note, a site or an area: its corners are latitude, longitude; one where it is a place."""

    mark_id: str
    kind: MarkKind
    text: str
    points: tuple[tuple[float, float], ...]
    support: Support = Support()


@dataclass(frozen=True)
class Session:
    """What a group proposed: the scenario, plants that are put and changed, and marks.

    `edition` is that of the page it was made with, and `gone` the facilities that it changes and
    that this edition does not have: these changes are left out.
    """

    region: str
    edition: str
    edition_date: str
    version: str
    title: str
    date: str
    scenario: Mapping[str, str]
    view: View
    plants: tuple[PutPlant, ...] = ()
    changes: tuple[PutChange, ...] = ()
    marks: tuple[Mark, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What a session of this edition can name; `taking` are facilities that take a stream."""

    edition: str
    switches: Mapping[str, Sequence[str]]
    kinds: Sequence[Kind]
    facilities: frozenset[str]
    taking: frozenset[str]
    streams: Sequence[str]
    years: Sequence[int]


def open_session(path: Path, region: str) -> Json:
    """Read a session file as far as it can be judged without the atlas.

    Parameters
    ----------
    path
        The file; what is in it is judged, never believed.
    region
        The region that it must be of.

    Raises
    ------
    DataError
        When it cannot be read, is too large, is no JSON, or is of another format or region.
    """
    where = path.name
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such name"
        found = f"cannot be read ({reason})"
        raise DataError(problem(where, found, "a session file is expected", "name one")) from error
    if len(content) > LARGEST:
        found = f"more than {LARGEST / 1e6:g} MB"
        raise DataError(problem(where, found, "no session is that large", "name a session file"))
    problems: list[str] = []
    raw = parse(content, where, problems)
    raise_problems(problems)
    do = "name a file that was saved on the page"
    if not isinstance(raw, dict):
        raise DataError(problem(where, shown(raw), "an object { … } is expected", do))
    # Of another format, program or region nothing else needs to be right.
    for key, known, todo in (
        ("format", FORMAT, "use the atlas it was made with, or a newer one"),
        ("program", PROGRAM, do),
        ("region", region, "name the region that it is of"),
    ):
        found = shown(raw[key]) if key in raw else "missing"
        if found != shown(known):
            raise DataError(problem(f"{where} {key}", found, f"{shown(known)} is expected", todo))
    return raw


def session_of(raw: Json, expected: Expected, *, where: str) -> Session:
    """Check what a session says, field by field, and return it.

    Parameters
    ----------
    raw
        From `open_session`.
    expected
        What a session of this edition can name.  One of another edition may change facilities that
        are not here any more.
    where
        The name of the file, for messages.

    Raises
    ------
    DataError
        With all problems at once.
    """
    check = Checks()
    top = check.fields("", raw, _TOP)
    edition = check.text("edition", top["edition"], BY)
    gone: list[str] = []
    session = Session(
        region=str(top["region"]),
        edition=edition,
        edition_date=check.day("edition_date", top["edition_date"]),
        version=check.text("version", top["version"], BY),
        title=check.text("title", top["title"], TITLE),
        date=check.day("date", top["date"]),
        scenario=_scenario(check, top["scenario"], expected),
        view=_view(check, top["view"], expected),
        plants=_plants(check, top["plants"], expected),
        changes=_changes(check, top["changes"], expected, gone, same=edition == expected.edition),
        marks=_marks(check, top["marks"]),
        gone=tuple(gone),  # filled while the changes were read
    )
    raise_problems(f"{where} {each}" for each in check.problems)
    return session


def session_text(session: Session) -> str:
    """Return a session as the text of a file, as the page writes it; `gone` is not in it."""
    content = {
        "format": FORMAT,
        "program": PROGRAM,
        **{name: getattr(session, name) for name in _TOP[2:8]},
        "scenario": dict(session.scenario),
        "view": vars(session.view),
        "plants": [
            {
                "id": own.plant.plant_id,
                **{name: getattr(own.plant, name) for name in _PLANT[1:8]},
                **_said(own.support),
            }
            for own in session.plants
        ],
        "changes": [
            {"id": own.change_id, **vars(own.change), **_said(own.support)}
            for own in session.changes
        ],
        "marks": [
            {
                "id": own.mark_id,
                "kind": own.kind,
                "text": own.text,
                "latitude": [latitude for latitude, _ in own.points],
                "longitude": [longitude for _, longitude in own.points],
                **_said(own.support),
            }
            for own in session.marks
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _said(own: Support) -> Json:
    return {"by": own.by, "votes": dict(zip(VOTES, own.votes, strict=True))}


def _scenario(check: Checks, found: object, expected: Expected) -> dict[str, str]:
    """Return the value of every switch; one that is not named is at its default."""
    own = check.fields("scenario", found, list(expected.switches), open_=True)
    return {
        name: check.word(f"scenario.{name}", own[name], known) or known[0]
        for name, known in expected.switches.items()
    }


def _view(check: Checks, found: object, expected: Expected) -> View:
    own = check.fields("view", found, ("stream", "layer", "measure", "year"))
    return View(
        check.word("view.stream", own["stream"], expected.streams) or "",
        check.word("view.layer", own["layer"], get_args(LayerName)) or "",
        check.text("view.measure", own["measure"], BY),
        check.word("view.year", own["year"], expected.years) or 0,
    )


def _plants(check: Checks, found: object, expected: Expected) -> tuple[PutPlant, ...]:
    # The plants of the programme are told apart by their ids.
    seen = set(expected.facilities)

    def read(where: str, item: object) -> PutPlant:
        own = check.fields(where, item, _PLANT)
        streams = list(dict.fromkeys(kind.stream for kind in expected.kinds))
        stream = check.word(f"{where}.stream", own["stream"], streams)
        steps = [kind.step for kind in expected.kinds if kind.stream == stream]
        step = None if stream is None else check.word(f"{where}.step", own["step"], steps)
        plant = NewPlant(
            plant_id=check.name(f"{where}.id", own["id"], seen),
            stream=stream or "",
            step=step or "recycling",
            capacity_t_per_a=check.number(
                f"{where}.capacity_t_per_a", own["capacity_t_per_a"], 0, MOST_TONNES
            ),
            from_year=check.whole(f"{where}.from_year", own["from_year"], FIRST, LAST),
            longitude=check.number(f"{where}.longitude", own["longitude"], -180, 180),
            latitude=check.number(f"{where}.latitude", own["latitude"], -90, 90),
            name=check.text(f"{where}.name", own["name"], NAME),
        )
        return PutPlant(plant, _support(check, where, own))

    return check.each("plants", found, read, most=MOST_ITEMS)


def _changes(
    check: Checks, found: object, expected: Expected, gone: list[str], *, same: bool
) -> tuple[PutChange, ...]:
    seen: set[str] = set()
    changed: set[str] = set()

    def read(where: str, item: object) -> PutChange | None:
        own = check.fields(where, item, _CHANGE)
        year: dict[str, int | None] = {
            name: None
            if own[name] is None
            else check.whole(f"{where}.{name}", own[name], FIRST, LAST)
            for name in ("from_year", "to_year")
        }
        capacity = own["capacity_t_per_a"]
        if capacity is not None:
            capacity = check.number(f"{where}.capacity_t_per_a", capacity, 0, MOST_TONNES)
        facility = f"{where}.facility_id"
        plant = check.once(facility, check.text(facility, own["facility_id"], BY), changed)
        name = check.name(f"{where}.id", own["id"], seen)
        support = _support(check, where, own)
        if all(own[key] is None for key in ("capacity_t_per_a", "from_year", "to_year")):
            expects = "a capacity, a first or a last year"
            check.wrong(where, None, expects, "fill one in, or remove the change")
        if own["facility_id"] == plant and plant not in expected.taking:
            # An edition of another day may have lost a facility; one of its own cannot.
            if same:
                expects = "a facility that takes one of the streams"
                check.wrong(facility, plant, expects, "correct it, or remove the change")
            gone.append(plant)
            return None
        return PutChange(name, Change(plant, capacity, **year), support)

    read_ones = check.each("changes", found, read, most=MOST_ITEMS)
    return tuple(each for each in read_ones if each is not None)


def _marks(check: Checks, found: object) -> tuple[Mark, ...]:
    seen: set[str] = set()

    def read(where: str, item: object) -> Mark:
        own = check.fields(where, item, _MARK)
        known = len(check.problems)
        latitude, longitude = (
            check.each(
                f"{where}.{name}",
                own[name],
                lambda place, value, most=most: check.number(place, value, -most, most),  # type: ignore[misc]
                most=MOST_CORNERS,
            )
            for name, most in (("latitude", 90.0), ("longitude", 180.0))
        )
        kind = check.word(f"{where}.kind", own["kind"], get_args(MarkKind))
        area = kind == "area"
        enough = len(latitude) >= LEAST_CORNERS if area else len(latitude) == 1
        # What is wrong with a list itself is said already.
        fine = known == len(check.problems) and MISSING not in (own["latitude"], own["longitude"])
        if kind and fine and (len(latitude) != len(longitude) or not enough):
            expects = "three or more corners" if area else "one latitude and one longitude"
            check.wrong(where, f"{len(latitude)} + {len(longitude)}", expects)
        return Mark(
            mark_id=check.name(f"{where}.id", own["id"], seen),
            kind=kind or "note",
            text=check.text(f"{where}.text", own["text"], TEXT, lines=True),
            points=tuple(zip(latitude, longitude, strict=False)),
            support=_support(check, where, own),
        )

    return check.each("marks", found, read, most=MOST_ITEMS)


def _support(check: Checks, where: str, own: Json) -> Support:
    votes = check.fields(f"{where}.votes", own["votes"], VOTES)
    return Support(
        check.text(f"{where}.by", own["by"], BY),
        tuple(check.whole(f"{where}.votes.{vote}", votes[vote], 0, MOST_VOTES) for vote in VOTES),
    )
