// The state in the address (#…), so that a view can be kept, shared and gone back to.

import { LAYERS, RANGES, TOTALS } from "atlas/model";
import { PERS } from "atlas/per";
import { changesOf, changesText, plantsOf, plantsText } from "atlas/plan_text";
import { sameAs, supportOf, withSupport } from "atlas/marks";
import { SWITCHES } from "atlas/scenario";
import { NUMBERS, firstState, throughDoor } from "atlas/state";
import { LANGUAGES } from "atlas/words";

// `background` is left out on purpose: a link from someone else must not make requests. `slash` is
// how the reader works, not what is seen.
const KEYS = ["door", "stream", "layer", "measure", "year", "basis", ...SWITCHES, "range", "per", "areas", "hatch", "put", "changes",
  "compare", "other", "linked", "flows", "sites", "own", "certainty", "points", "plants", "hidden", "only", "chosen",
  "drawer", "lang"];
// Marks are left out: they are the session's, and stay in its file; so is who proposed a plant.
const KEPT = ["background", "slash", "marks", "title"];
const MADE = { put: [plantsText, plantsOf], changes: [changesText, changesOf] };
const COMPARISONS = ["side", "difference"];
export const DRAWERS = ["table", "points", "plants", "sites", "sources", "findings", "unplaced", "about"];

/** The address of a state: the door, and what differs from how that door opens. */
export function toHash(atlas, state) {
  const first = { ...opened(atlas, state.door), door: atlas.map };
  const parameters = new URLSearchParams();
  for (const key of KEYS) {
    const text = key === "other" ? otherText(atlas, state.other) : toText(state[key], key);
    if (text !== toText(first[key], key)) parameters.set(key, text);
  }
  const text = parameters.toString();
  return text && `#${text}`;
}

/** The state of an address; what it does not know or cannot be is as at opening. */
export function fromHash(atlas, hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const state = opened(atlas, parameters.get("door"));
  const allowed = choices(atlas);
  for (const [key, text] of parameters) {
    if (!KEYS.includes(key)) continue;
    if (key === "year") {
      if (atlas.years.includes(Number(text))) state.year = Number(text);
    } else if (key === "other") {
      state.other = otherOf(atlas, allowed, text);
    } else if (typeof state[key] === "boolean") {
      if (text === "yes" || text === "no") state[key] = text === "yes";
    } else if (Object.hasOwn(MADE, key)) {
      state[key] = MADE[key][1](atlas, text);
    } else if (key === "chosen" && text.startsWith("plant:")) {
      if (state.put.some(({ id }) => text === `plant:${id}`)) state.chosen = text;
    } else if (key === "hidden") {
      state.hidden = text.split(",").filter((step) => allowed.hidden.has(step)).sort();
    } else if (text === "" && (key === "chosen" || key === "drawer")) {
      state[key] = null;
    } else if (allowed[key].has(text)) {
      state[key] = text;
    }
  }
  // Nothing is compared with nothing.
  return state.compare && state.other ? state : { ...state, compare: null, other: null, linked: true };
}

/** What was pinned as text: its door, and what differs from how that door opens. */
function otherText(atlas, other) {
  if (!other) return "";
  const first = opened(atlas, other.door);
  const changed = NUMBERS.filter((key) => toText(other[key], key) !== toText(first[key], key));
  return new URLSearchParams(["door", ...changed].map((key) => [key, toText(other[key], key)])).toString();
}

/** What was pinned, of its text; null where any part of it is not known or cannot be. */
function otherOf(atlas, allowed, text) {
  const given = [...new URLSearchParams(text)];
  const { door } = Object.fromEntries(given);
  if (!allowed.door.has(door)) return null;
  const first = opened(atlas, door);
  const other = Object.fromEntries(["door", ...NUMBERS].map((key) => [key, first[key]]));
  for (const [key, value] of given) {
    if (Object.hasOwn(MADE, key)) {
      other[key] = MADE[key][1](atlas, value);
      continue;
    }
    const known = key === "year" ? atlas.years.map(String).includes(value)
      : Object.hasOwn(other, key) && Boolean(allowed[key]?.has(value));
    if (!known) return null;
    other[key] = key === "year" ? Number(value) : value;
  }
  return other;
}

/** Keeps the address in step with the store; Back and Forward undo and redo. */
export function followAddress(atlas, store) {
  let waiting = null;
  let written = store.get();
  const known = new Map(); // who proposed what, for plants that come back with an earlier address
  let sliding = false; // whether the last step written was one of the year alone
  const write = () => {
    waiting = null;
    const state = store.get();
    const hash = toHash(atlas, state);
    const slid = Object.keys(state).every((key) => key === "year" || state[key] === written[key]);
    // In a frame of a notebook the page has no address of its own, and may write none.
    if (hash !== location.hash && location.protocol !== "about:") {
      // Years that follow each other, as when they play, are one step back.
      const how = slid && sliding ? "replaceState" : "pushState";
      history[how](null, "", hash || location.pathname + location.search);
    }
    [written, sliding] = [state, slid];
  };
  // A run of quick choices becomes one step back, and the address bar never holds up a switch.
  store.subscribe((state, previous) => {
    if (state.put !== previous.put || state.changes !== previous.changes) {
      for (const item of [...state.put, ...state.changes]) known.set(sameAs(item), supportOf(item));
    }
    if (toHash(atlas, state) === toHash(atlas, previous)) return;
    clearTimeout(waiting);
    waiting = setTimeout(write, 200);
  });
  addEventListener("popstate", () => {
    clearTimeout(waiting);
    sliding = false;
    const next = fromHash(atlas, location.hash);
    const kept = Object.fromEntries(KEPT.map((key) => [key, store.get()[key]]));
    store.set({ ...next, ...kept, put: withSupport(next.put, known), changes: withSupport(next.changes, known) });
    written = store.get();
  });
}

function opened(atlas, door) {
  return { ...firstState(atlas), ...throughDoor(atlas, door) };
}

function choices(atlas) {
  const ids = (items) => items.map((item) => item.id);
  return {
    door: new Set(ids(atlas.maps)),
    stream: new Set(ids(atlas.streams)),
    layer: new Set(LAYERS),
    measure: new Set(["mass", ...TOTALS, ...ids(atlas.elements), ...atlas.streams.flatMap((stream) =>
      Object.values(stream.bases).flatMap((basis) => ids(basis.quantities)))]),
    ...Object.fromEntries(SWITCHES.map((key) => [key, new Set(atlas.switches[key] ?? [])])),
    basis: new Set(atlas.streams.flatMap((stream) => Object.keys(stream.bases))),
    range: new Set(RANGES),
    per: new Set(PERS),
    areas: new Set(["zone", "municipality"]),
    compare: new Set(COMPARISONS),
    hidden: new Set(atlas.facilities.map((facility) => facility.step)),
    chosen: new Set([
      ...atlas.zones.flatMap(({ id, municipality }) => [`zone:${id}`, `municipality:${municipality}`]),
      ...ids(atlas.facilities).map((id) => `facility:${id}`),
      ...ids(atlas.collection_points).map((id) => `point:${id}`),
      ...atlas.sites.map(({ site_id: id }) => `site:${id}`),
    ]),
    drawer: new Set(DRAWERS),
    certainty: new Set(["stated", "assumed"]),
    lang: new Set(LANGUAGES),
  };
}

function toText(value, key) {
  if (Object.hasOwn(MADE, key ?? "")) return MADE[key][0](value);
  if (key === "chosen" && value?.startsWith("mark:")) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(",") : value ?? "";
}
