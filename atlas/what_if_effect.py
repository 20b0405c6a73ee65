"""What a session changes: today and with its plants, side by side, as layers and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from atlas.capacity import YEARS
from atlas.outside import OUTSIDE
from atlas.pipeline import REFERENCE_YEARS
from atlas.scenarios import switches
from atlas.session import VOTES, Expected
from atlas.what_if import case_of, kinds_of, put, solve_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlas.pipeline import Atlas
    from atlas.session import Mark, Session, Support
    from atlas.what_if import Case

TODAY, WITH = "today", "session"  # in place of the scenario_id
KEYS = ["zone_id", "stream", "step", "year"]
_COLUMNS = {
    "capacity_gap_t": "gap_t", "capacity_gap_t_best": "gap_t_best", "why": "why", "grade": "grade",
}  # fmt: skip
# What the layers are, also where a session has none of them.
GEOMETRY = {"plants": "Point", "marks_points": "Point", "marks_areas": "MultiPolygon"}
DUST = 1e-6  # tonnes: a gap that changes by less is the same


@dataclass(frozen=True)
class Effect:
    """A session solved twice in its own scenario: as the atlas has it, and with its plants.

    `gaps` has both side by side at every step and year; `use` what every plant that is put or
    changed takes in the reference years, of what it can; `tonne_km` those of our tonnes.
    """

    atlas: Atlas
    session: Session
    today: Case
    after: Case
    gaps: pd.DataFrame
    use: pd.DataFrame
    tonne_km: pd.DataFrame


def expected_in(atlas: Atlas) -> Expected:
    """Return what a session of this edition can name."""
    access = atlas.balance.access
    taking = access.plants["facility_id"].to_numpy()[
        access.accepts.loc[access.accepts["stream"].isin(list(access.ratios)), "facility"].unique()
    ]
    catalog = atlas.catalog
    return Expected(
        edition=atlas.edition[:10],
        switches=switches([*catalog.stocks.values(), *catalog.flows.values()]),
        kinds=kinds_of(access, atlas.inputs.plant_sizes, atlas.inputs.chain),
        facilities=frozenset(atlas.facilities["facility_id"]),
        taking=frozenset(taking),
        streams=[*catalog.stocks, *catalog.flows, *catalog.mentions],
        years=[int(year) for year in YEARS],
    )


def effect_of(atlas: Atlas, session: Session) -> Effect:
    """Solve today and with the session, and lay them side by side.

    Parameters
    ----------
    atlas
        A built region.
    session
        From `session.session_of`, checked against `expected_in`.
    """
    scenario = case_of(session.scenario)
    access = atlas.balance.access
    after = put(
        access,
        [own.plant for own in session.plants],
        [own.change for own in session.changes],
        kinds=expected_in(atlas).kinds,
        zones=atlas.zones,
        detour_factor=atlas.region.detour_factor,
    )
    today, then = (
        solve_case(each, atlas.streams, scenario, flow_years=REFERENCE_YEARS)
        for each in (access, after)
    )
    return Effect(
        atlas=atlas,
        session=session,
        today=today,
        after=then,
        gaps=_beside(today.gaps, then.gaps),
        use=_use(session, then),
        tonne_km=_tonne_km(today, then),
    )


def layers(effect: Effect) -> dict[str, pd.DataFrame]:
    """Return the layers and tables of the GeoPackage by name."""
    return {
        "plants": _plants(effect),
        "marks_points": _marks(effect, area=False),
        "marks_areas": _marks(effect, area=True),
        "zones": _zones(effect),
        "flows": pd.concat(
            [
                effect.today.flows.assign(scenario_id=TODAY),
                effect.after.flows.assign(scenario_id=WITH),
            ],
            ignore_index=True,
        ),
        "gaps": effect.gaps,
        "tonne_km": effect.tonne_km,
        "proposals": proposals(effect.session),
        "session": _about(effect),
    }


def proposals(session: Session) -> pd.DataFrame:
    """Return everything that was proposed, with who did and what others said of it.

    Returns
    -------
    DataFrame
        ``proposal_id, kind, text, by, votes_for, votes_against, votes_unsure``; the kind is new,
        changed, note, site or area, the text a name, a facility_id or what was written.
    """
    rows: list[dict[str, Any]] = [
        {"proposal_id": own.plant.plant_id, "kind": "new", "text": own.plant.name}
        | _said(own.support)
        for own in session.plants
    ]
    rows += [
        {"proposal_id": own.change_id, "kind": "changed", "text": own.change.facility_id}
        | _said(own.support)
        for own in session.changes
    ]
    rows += [
        {"proposal_id": own.mark_id, "kind": own.kind, "text": own.text} | _said(own.support)
        for own in session.marks
    ]
    names = ["proposal_id", "kind", "text", *_said_columns()]
    words = dict.fromkeys(names[:4], "str")
    return pd.DataFrame(rows, columns=names).astype(words | dict.fromkeys(names[4:], "int64"))


def _said(own: Support) -> dict[str, Any]:
    return dict(zip(_said_columns(), [own.by, *own.votes], strict=True))


def _said_columns() -> list[str]:
    return ["by", *(f"votes_{vote}" for vote in VOTES)]


def _beside(today: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps of both in one table, with their difference."""
    sides = [
        own[[*KEYS, "collected_t", *_COLUMNS]].rename(
            columns={theirs: f"{name}_{ours}" for theirs, ours in _COLUMNS.items()}
        )
        for own, name in ((today, TODAY), (after, WITH))
    ]
    joined = sides[0].merge(
        sides[1].drop(columns="collected_t"), on=KEYS, how="left", validate="one_to_one"
    )
    joined["difference_t"] = joined[f"{WITH}_gap_t"] - joined[f"{TODAY}_gap_t"]
    return joined


def _use(session: Session, after: Case) -> pd.DataFrame:
    """Return what the plants of a session take: tonnes of product, of which ours, of what they can.

    A plant that works at several steps takes the same tonnes at each: the most of them counts.
    """
    ids = [own.plant.plant_id for own in session.plants]
    ids += [own.change.facility_id for own in session.changes]
    flows = after.flows[after.flows["facility_id"].isin(ids)]
    ours = flows["zone_id"] != OUTSIDE
    taken = (
        flows.assign(taken_t=flows["tonnes"], ours_t=flows["tonnes"].where(ours, 0.0))
        .groupby(["facility_id", "year", "step"])[["taken_t", "ours_t"]]
        .sum()
        .sort_values("taken_t", kind="stable")
        .groupby(["facility_id", "year"])
        .last()
    )
    places = {name: at for at, name in enumerate(after.access.plants["facility_id"])}
    rows = [
        {
            "plant_id": plant,
            "year": year,
            "taken_t": float(taken["taken_t"].get((plant, year), 0.0)),
            "ours_t": float(taken["ours_t"].get((plant, year), 0.0)),
            "can_t": float(after.setting.worst[places[plant], year - int(YEARS[0])]),
        }
        for plant in ids
        for year in REFERENCE_YEARS
    ]
    table = pd.DataFrame(rows, columns=["plant_id", "year", "taken_t", "ours_t", "can_t"])
    return table.astype(dict.fromkeys(("taken_t", "ours_t", "can_t"), "float64"))


def _tonne_km(today: Case, after: Case) -> pd.DataFrame:
    """Return the tonne-kilometres of our tonnes by stream, step and year, today and then."""
    keys = ["stream", "step", "year"]
    sides = []
    for own, name in ((today, TODAY), (after, WITH)):
        flows = own.flows[own.flows["zone_id"] != OUTSIDE]
        carried = flows.assign(tkm=flows["tonnes"] * flows["distance_km"])
        sides.append(carried.groupby(keys)["tkm"].sum().rename(f"{name}_tonne_km"))
    # What nobody carries is no row in the flows.
    every = pd.MultiIndex.from_tuples(
        [
            (stream, step, year)
            for stream, steps in today.access.network.chain.items()
            for step in steps
            for year in REFERENCE_YEARS
        ],
        names=keys,
    )
    table = pd.concat(sides, axis=1).reindex(every).fillna(0.0).reset_index()
    table["difference_tonne_km"] = table[f"{WITH}_tonne_km"] - table[f"{TODAY}_tonne_km"]
    return table


def _plants(effect: Effect) -> gpd.GeoDataFrame:
    """Return the plants that are put and changed, as they then are, with their use."""
    table = effect.after.access.plants.set_index("facility_id", drop=False)
    session = effect.session
    said = {own.plant.plant_id: ("new", own.support) for own in session.plants}
    said |= {own.change.facility_id: ("changed", own.support) for own in session.changes}
    rows = table.loc[list(said)].reset_index(drop=True)
    columns = ["name", "step", "streams", "fraction", "capacity_t_per_a", "status"]
    frame = rows[["facility_id", *columns]].rename(columns={"facility_id": "plant_id"})
    for name in ("from_year", "to_year"):
        frame[name] = pd.to_numeric(rows[name]).astype("Int64")
    frame.insert(1, "what", np.array([what for what, _ in said.values()], dtype=object))
    frame["zone_id"] = rows["zone_id"]
    spoken = pd.DataFrame([_said(own) for _, own in said.values()], columns=_said_columns())
    frame[_said_columns()] = spoken.astype(dict.fromkeys(_said_columns()[1:], "int64"))
    for name in ("taken_t", "ours_t", "can_t"):
        own = effect.use[name].to_numpy().reshape(-1, len(REFERENCE_YEARS))
        for number, year in enumerate(REFERENCE_YEARS):
            # A plant without limit has no number for what it can take.
            frame[f"{name}_{year}"] = np.where(np.isinf(own[:, number]), np.nan, own[:, number])
    words = ["plant_id", "what", *columns[:4], "status", "zone_id", "by"]
    frame = frame.astype(dict.fromkeys(words, "object"))
    return gpd.GeoDataFrame(frame, geometry=rows.geometry.array, crs=table.crs)


def _zones(effect: Effect) -> gpd.GeoDataFrame:
    """Return every zone once for each stream, with the gap at the step that it is taken at."""
    zones = effect.atlas.zones[["zone_id", "name", "kind", "geometry"]]
    steps = effect.after.access.gap_steps
    rows = effect.gaps[effect.gaps["year"].isin(REFERENCE_YEARS)]
    frames = []
    for stream, step in steps.items():
        own = rows[(rows["stream"] == stream) & (rows["step"] == step)]
        if own.empty:
            continue
        named: dict[str, Any] = {}
        for name in (f"{TODAY}_gap_t", f"{WITH}_gap_t", "difference_t"):
            wide = own.pivot(index="zone_id", columns="year", values=name)
            wide = wide.reindex(zones["zone_id"])
            named |= {f"{name}_{year}": wide[year].to_numpy() for year in REFERENCE_YEARS}
        frames.append(zones.assign(stream=stream, step=step, **named))
    joined = pd.concat(frames, ignore_index=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=zones.crs)


def _marks(effect: Effect, *, area: bool) -> gpd.GeoDataFrame:
    """Return notes and sites as points, or areas as polygons."""
    marks = [own for own in effect.session.marks if (own.kind == "area") == area]
    names = ["mark_id", "kind", "text", *_said_columns()]
    rows = [
        {"mark_id": own.mark_id, "kind": own.kind, "text": own.text} | _said(own.support)
        for own in marks
    ]
    frame = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[4:], "int64"))
    frame = frame.astype(dict.fromkeys(names[:4], "object"))
    shapes = shapes_of(marks, crs=str(effect.atlas.zones.crs))
    return gpd.GeoDataFrame(frame, geometry=shapes)


def shapes_of(marks: Sequence[Mark], *, crs: str) -> gpd.GeoSeries:
    """Return marks as shapes: a point, or what the corners enclose, mended where lines cross."""
    drawn: list[shapely.Geometry] = []
    for own in marks:
        corners = [(longitude, latitude) for latitude, longitude in own.points]
        drawn.append(shapely.Polygon(corners) if own.kind == "area" else shapely.Point(*corners))
    flat = gpd.GeoSeries(drawn, crs="EPSG:4326").to_crs(crs)
    mended = [_polygons(shape) if shape.geom_type == "Polygon" else shape for shape in flat]
    return gpd.GeoSeries(np.array(mended, dtype=object), crs=crs)


def _polygons(shape: shapely.Geometry) -> shapely.Geometry | None:
    """Return what a drawn ring encloses, None where that is nothing."""
    parts = [
        part
        for part in shapely.get_parts(shapely.get_parts(shapely.make_valid(shape)))
        if part.geom_type == "Polygon" and part.area > 0
    ]
    return shapely.MultiPolygon(parts) if parts else None


def _about(effect: Effect) -> pd.DataFrame:
    """Return what the session is, and the edition that it was solved with: one row."""
    session = effect.session
    row = {
        "title": session.title,
        "date": session.date,
        "region": session.region,
        "made_with_edition": session.edition,
        "solved_with_edition": effect.atlas.edition[:10],
        "left_out": ";".join(session.gone),
        **session.scenario,
    }
    return pd.DataFrame([row])
