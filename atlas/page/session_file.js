// A session as a file: the scenario, and all that was put, changed and marked, with who proposed it.
// What is read is checked to the last field before anything of it counts.

import { LAYERS } from "atlas/model";
import { KINDS, LIMIT, LONGEST, VOTES, supportOf } from "atlas/marks";
import { MOST, YEARS, isChange } from "atlas/plan_text";
import { SWITCHES } from "atlas/scenario";
import { TOP, checksOf } from "atlas/session_checks";

const [FORMAT, PROGRAM] = [1, "urban-mine-atlas"];
export const LARGEST = 2_000_000; // bytes: no workshop fills more

/** The text of a session file; `today` is the reader's date (2026-01-31). */
export function sessionText(atlas, state, today) {
  const { edition, region } = atlas;
  const support = (item) => {
    const { by, votes } = supportOf(item);
    return { by, votes: Object.fromEntries(VOTES.map((vote) => [vote, votes[vote]])) };
  };
  const degrees = (points) => ({ latitude: points.map(([lat]) => lat), longitude: points.map(([, lon]) => lon) });
  return `${JSON.stringify({
    format: FORMAT, program: PROGRAM, region: region.id, edition: edition.hash, edition_date: edition.date,
    version: edition.version, title: state.title, date: today,
    scenario: Object.fromEntries(["basis", ...SWITCHES].filter((key) => state[key]).map((key) => [key, state[key]])),
    view: { stream: state.stream, layer: state.layer, measure: state.measure, year: state.year },
    plants: state.put.map((plant) => ({
      id: plant.id, stream: plant.stream, step: plant.step, capacity_t_per_a: plant.capacity, from_year: plant.from,
      latitude: plant.point[0], longitude: plant.point[1], name: plant.name ?? "", ...support(plant),
    })),
    changes: state.changes.map((change) => ({
      id: change.id, facility_id: change.facility, capacity_t_per_a: change.capacity, from_year: change.from,
      to_year: change.to, ...support(change),
    })),
    marks: state.marks.map((mark) => ({
      id: mark.id, kind: mark.kind, text: mark.text, ...degrees(mark.points), ...support(mark),
    })),
  }, null, 1)}\n`;
}

/**
 * What a session file says: { session, problems, gone, other }. `session` is a patch of the state,
 * null where anything is wrong; `other` tells of the edition it was made with where that is not
 * this one, and `gone` which changed facilities that one had and this one has not. The zone of a
 * plant follows from its place, by `zoneOf`.
 */
export function readSession(atlas, text, zoneOf) {
  const problems = [];
  const check = checksOf(problems);
  const failed = () => ({ session: null, problems, gone: [], other: null });
  if (new TextEncoder().encode(text).length > LARGEST) {
    check.wrong(TOP, text.length, "small", { most: LARGEST / 1e6 });
    return failed();
  }
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    check.wrong(TOP, text.slice(0, 40), "json");
    return failed();
  }
  // Of another format, program or region nothing else needs to be right.
  const known = { format: FORMAT, program: PROGRAM, region: atlas.region.id };
  const strange = found && !Array.isArray(found) && typeof found === "object"
    ? Object.keys(known).find((key) => found[key] !== known[key]) : undefined;
  if (strange) {
    check.wrong(strange, found[strange], strange, { known: known[strange] });
    return failed();
  }
  const top = check.object(TOP, found, FIELDS);
  if (!top) return failed();

  const edition = check.text("edition", top.edition, LONGEST.by);
  const made = check.date("edition_date", top.edition_date);
  check.text("version", top.version, LONGEST.by);
  check.date("date", top.date);
  const title = check.text("title", top.title, LONGEST.title);
  const other = edition === atlas.edition.hash ? null : { edition, date: made, older: made < atlas.edition.date };
  const gone = [];
  const session = {
    title, ...scenarioIn(atlas, check, top.scenario), ...viewIn(atlas, check, top.view),
    put: plantsIn(atlas, check, top.plants, zoneOf),
    changes: changesIn(atlas, check, top.changes, { other, gone }),
    marks: marksIn(check, top.marks),
  };
  return problems.length ? failed() : { session, problems, gone, other };
}

const FIELDS = ["format", "program", "region", "edition", "edition_date", "version", "title", "date", "scenario",
  "view", "plants", "changes", "marks"];

/** The switches; one that is not named is at its default. */
function scenarioIn(atlas, check, found) {
  const known = { basis: basesOf(atlas), ...atlas.switches };
  const names = ["basis", ...SWITCHES];
  const own = found === undefined ? undefined : check.object("scenario", found, [], names);
  return Object.fromEntries(names.map((name) => [name, check.word(`scenario.${name}`, own?.[name], known[name] ?? [])
    ?? known[name]?.[0] ?? null]));
}

function viewIn(atlas, check, found) {
  const view = found === undefined ? undefined : check.object("view", found, ["stream", "layer", "measure", "year"]);
  if (!view) return {};
  return {
    stream: check.word("view.stream", view.stream, atlas.streams.map(({ id }) => id)),
    layer: check.word("view.layer", view.layer, LAYERS),
    measure: check.text("view.measure", view.measure, LONGEST.by),
    year: check.word("view.year", view.year, atlas.years),
  };
}

function plantsIn(atlas, check, found, zoneOf) {
  const seen = new Set(atlas.facilities.map(({ id }) => id));
  const kinds = atlas.access?.kinds ?? [];
  const read = (where, item) => {
    const plant = check.object(where, item, ["id", "stream", "step", "capacity_t_per_a", "from_year", "latitude",
      "longitude", "name", "by", "votes"]);
    if (!plant) return null;
    const stream = check.word(`${where}.stream`, plant.stream, [...new Set(kinds.map((kind) => kind.stream))]);
    const steps = kinds.filter((kind) => kind.stream === stream).map((kind) => kind.step);
    const point = [check.number(`${where}.latitude`, plant.latitude, -90, 90),
      check.number(`${where}.longitude`, plant.longitude, -180, 180)];
    return {
      // The plants of the programme are told apart by their ids.
      id: check.id(`${where}.id`, plant.id, seen), stream,
      step: stream === undefined ? undefined : check.word(`${where}.step`, plant.step, steps),
      name: check.text(`${where}.name`, plant.name, LONGEST.name), point,
      zone: point.includes(undefined) ? null : zoneOf(point),
      capacity: check.number(`${where}.capacity_t_per_a`, plant.capacity_t_per_a, 0, MOST),
      from: check.number(`${where}.from_year`, plant.from_year, ...YEARS, { whole: true }),
      ...supportIn(check, where, plant),
    };
  };
  return check.list("plants", found, LIMIT.items, read);
}

function changesIn(atlas, check, found, { other, gone }) {
  const [seen, facilities] = [new Set(), new Set()];
  const read = (where, item) => {
    const own = check.object(where, item, ["id", "facility_id", "capacity_t_per_a", "from_year", "to_year", "by", "votes"]);
    if (!own) return null;
    const facility = `${where}.facility_id`;
    const year = (name) => check.number(`${where}.${name}`, own[name], ...YEARS, { whole: true, open: true });
    const change = {
      id: check.id(`${where}.id`, own.id, seen),
      facility: check.once(facility, check.text(facility, own.facility_id, LONGEST.by), facilities),
      capacity: check.number(`${where}.capacity_t_per_a`, own.capacity_t_per_a, 0, MOST, { open: true }),
      from: year("from_year"), to: year("to_year"), ...supportIn(check, where, own),
    };
    if ([own.capacity_t_per_a, own.from_year, own.to_year].every((value) => value === null)) {
      check.wrong(where, null, "change");
    } else if (change.id !== undefined && change.facility !== undefined && !isChange(atlas, change)) {
      // An edition of another day may have lost a facility; one of its own cannot.
      if (!other) check.wrong(facility, change.facility, "facility");
      else gone.push(change.facility);
      return null;
    }
    return change;
  };
  return check.list("changes", found, LIMIT.items, read).filter(Boolean);
}

function marksIn(check, found) {
  const seen = new Set();
  const read = (where, item) => {
    const mark = check.object(where, item, ["id", "kind", "text", "by", "latitude", "longitude", "votes"]);
    if (!mark) return null;
    const known = check.count();
    const along = (name, most) => check.list(`${where}.${name}`, mark[name], LIMIT.corners,
      (place, value) => check.number(place, value, -most, most));
    const [latitude, longitude] = [along("latitude", 90), along("longitude", 180)];
    const kind = check.word(`${where}.kind`, mark.kind, KINDS);
    const right = kind === "area" ? latitude.length >= 3 : latitude.length === 1;
    // What is wrong with a list itself is said already.
    if (known === check.count() && mark.latitude && mark.longitude && (!right || latitude.length !== longitude.length)) {
      check.wrong(where, `${latitude.length} + ${longitude.length}`, kind === "area" ? "corners" : "place");
    }
    return {
      id: check.id(`${where}.id`, mark.id, seen), kind, text: check.text(`${where}.text`, mark.text, LONGEST.text, true),
      points: latitude.map((lat, place) => [lat, longitude[place]]), ...supportIn(check, where, mark),
    };
  };
  return check.list("marks", found, LIMIT.items, read);
}

function supportIn(check, where, { by, votes }) {
  const own = votes === undefined ? undefined : check.object(`${where}.votes`, votes, VOTES);
  return {
    by: check.text(`${where}.by`, by, LONGEST.by),
    votes: Object.fromEntries(VOTES.map((vote) => [vote,
      check.number(`${where}.votes.${vote}`, own?.[vote], 0, LIMIT.votes, { whole: true })])),
  };
}

function basesOf(atlas) {
  return [...new Set(["register", ...atlas.streams.flatMap((stream) => Object.keys(stream.bases))])];
}
