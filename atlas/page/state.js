// What the reader chose: one object, changed in one place, so that every choice can be undone.

import { SWITCHES, standard } from "atlas/scenario";

/** The keys of a state that make its numbers: two maps that differ in one of them can be compared. */
export const NUMBERS = ["stream", "layer", "measure", "basis", "year", ...SWITCHES, "range", "put", "changes"];

/** Gives the store of the state: get, set (a patch) and subscribe (told state and previous). */
export function createStore(initial) {
  let state = Object.freeze({ ...initial });
  const listeners = [];
  return {
    get: () => state,
    set(patch) {
      const changed = Object.keys(patch).some((key) => !same(patch[key], state[key]));
      if (!changed) return;
      const previous = state;
      state = Object.freeze({ ...state, ...patch });
      for (const listener of listeners) listener(state, previous);
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}

/** The state a door opens with; choices that are no part of a view are left alone. */
export function throughDoor(atlas, id) {
  const door = atlas.maps.find((map) => map.id === id);
  if (!door) return {};
  // What a view leaves open is the standard, or stays as it is.
  const said = Object.entries(door.view).filter(([, value]) => value !== null);
  return { door: id, range: "mid", drawer: null, sites: Boolean(door.siting), ...standard(atlas), ...Object.fromEntries(said) };
}

/** The state at opening, before the address is read. */
export function firstState(atlas) {
  return {
    lang: "nl",
    stream: atlas.streams[0].id,
    layer: "stock",
    measure: "mass", // as asked for: a stream or layer without it shows what comes nearest
    basis: "register",
    year: firstYear(atlas),
    ...standard(atlas),
    per: "total", // as asked for: a stream that has no number per resident shows its total
    areas: "zone", // what the map shows as one: a zone, or a municipality with its port areas
    hatch: false,
    flows: false,
    sites: false, // candidate sites on the map
    own: false, // cover: only points of the own municipality
    certainty: "assumed", // cover: whether points count that are assumed to take the stream
    points: true,
    plants: true,
    hidden: [], // steps whose facilities are not drawn
    only: true, // symbols of the chosen stream only
    background: false,
    slash: true, // whether "/" leads to the search box; a key by itself must be possible to switch off
    put: [], // plants that the reader puts: { id, stream, step, name, point, zone, capacity, from }
    changes: [], // of existing plants: { id, facility, capacity, from, to }
    marks: [], // notes, sites and areas of a session: { id, kind, text, by, points, votes }
    title: "", // of the session
    chosen: null, // "zone:…", "municipality:…", "facility:…", "point:…", "site:…" "plant:…" or "mark:…"; null is the whole region
    compare: null, // "side" or "difference": how the other state is shown beside this one
    other: null, // what was pinned: the numbers of A, and the door they came from
    linked: true, // whether A is shown in the year of B
    drawer: null,
    ...throughDoor(atlas, atlas.map),
  };
}

/** The first year in which every stream has numbers. */
function firstYear({ streams, years }) {
  const known = Math.max(...streams.map((stream) => stream.model?.until ?? -Infinity));
  return years.find((year) => year > known) ?? years[0];
}

function same(one, other) {
  return one === other || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));
}
