// Two states beside each other: what was pinned is A, what the controls change is B.

import { contextOf, kept } from "atlas/context";
import { DIVERGING, SAME, differences, divergedClass, edgesFor, minus } from "atlas/diverging";
import { spanPer } from "atlas/per";
import { fitted, whatOf } from "atlas/say";
import { amounts } from "atlas/series";
import { NUMBERS } from "atlas/state";
import { viewOf } from "atlas/view";

const STRIDE = 5; // years between those that the scale looks at
const PIN = ["door", ...NUMBERS];

/** What is kept of a state that is pinned: the door that it came from, and all that makes its numbers. */
export function pinned(state) {
  return Object.fromEntries(PIN.map((key) => [key, state[key]]));
}

/** The state of A: as pinned, in the year of B where the years are linked. */
function stateOfA(state) {
  const year = state.linked ? state.year : state.other.year;
  return Object.freeze({ ...state, ...state.other, door: state.door, year });
}

/** The patch that makes A of what is shown, and begins to compare. */
export function pin(state) {
  return { compare: "side", other: pinned(state), linked: true };
}

/** The patch that makes A of B, and B of A. */
export function swapped(state) {
  const { door: _, ...numbers } = pinned(stateOfA(state));
  return { ...numbers, other: pinned(state) };
}

/** The patch that lets the years go their own way from here, or brings them together. */
export function relinked(state) {
  return state.linked ? { linked: false, other: { ...state.other, year: state.year } } : { linked: true };
}

/** The view with what it is compared with; as it is where nothing is. */
export function paired(view) {
  const { atlas, state } = view;
  if (!state.compare) return view;
  const pair = [{ ...viewOf(atlas, stateOfA(state)), letter: "A" }, { ...view, letter: "B" }];
  const why = whyNot(...pair);
  const compared = { a: pair[0], b: pair[1], why, mode: why ? "side" : state.compare, ...(why ? null : scaled(...pair)) };
  for (const each of pair) each.compared = compared;
  return pair[1];
}

/** Words of A, B and their difference for a set of zones: the spans, and B − A. */
export function spansOfPair({ a, b, why }, set) {
  const [before, after] = [a, b].map((view) => spanPer(view.atlas, view.state, view.per, set));
  return { before, after, difference: why ? null : minus(shown(b, after), shown(a, before)) };
}

/** The number of a span on the side of the range that a view shows. */
export function shown({ range }, span) {
  return range === "mid" ? span.value : span[range] ?? span.value;
}

/** The worse grade of two; null where there is none. */
export function worse(one, other) {
  return [one, other].filter(Boolean).sort().at(-1) ?? null;
}

/** Why there is no difference: a number without a measure, or two that are in different units. */
function whyNot(a, b) {
  if (a.measure === null || b.measure === null) return "compare.none";
  return unitOf(a) === unitOf(b) && a.per === b.per ? null : "compare.unit";
}

/** The unit of a view before it is fitted to its classes: tonnes that are shown as kilograms stay tonnes. */
export function unitOf(view) {
  const what = whatOf(view, view.state.layer, view.measure, view.per);
  return what.decimals === null ? fitted(view, what, 1, view.state.layer).unit : what.unit;
}

/** The differences with their classes, edges, counts and how they are written. */
function scaled(a, b) {
  const values = differences(a.values, b.values);
  const edges = kept(contextOf(b.atlas, b.state), `edges ${pairKey(a, b)}`, () => edgesFor(mostOf(a, b)));
  const classes = values.map((value) => divergedClass(value, edges));
  const drawn = b.areas.map((area) => classes[area.main]);
  const counts = { of: DIVERGING.map((_, each) => drawn.filter((one) => one === each).length),
    none: drawn.filter((one) => one === null).length };
  if (!edges.length) counts.of = [counts.of[SAME]];
  const whats = [a, b].map((view) => whatOf(view, view.state.layer, view.measure, view.per));
  const counted = whats.every((what) => what.decimals !== null);
  const what = counted ? { ...whats[1], decimals: Math.max(...whats.map((each) => each.decimals)) }
    : fitted(b, { ...whats[1], decimals: null }, edges.at(-1) ?? 1, b.state.layer);
  return { values, edges, classes, counts, what, dotted: a.dotted.map((each, zone) => each || b.dotted[zone]) };
}

/** What the edges depend on: of linked years all together, so that the scale stands still as they play. */
function pairKey(a, b) {
  return JSON.stringify([b.per, b.state.areas, ...[a, b].map(({ state }) => NUMBERS.map((key) =>
    (key === "year" && b.state.linked ? null : state[key])))]);
}

/** The numbers of a view in another year. Where it shows amounts as they are, these need no range. */
function valuesIn({ atlas, state, values, amounted }, year) {
  const there = Object.freeze({ ...state, year });
  const plain = state.range === "mid" && values.every((value, zone) => value === amounted.values[zone]);
  return plain ? amounts(atlas, there).values : viewOf(atlas, there).values;
}

/** The largest difference of any zone, in the years at hand or in all at steps of five. */
function mostOf(a, b) {
  const { atlas, state: { linked } } = b;
  const still = [a, b].every(({ state }) => state.layer === "stock");
  const years = linked && !still ? atlas.years.filter((year, place) =>
    (year - atlas.years[0]) % STRIDE === 0 || place === atlas.years.length - 1) : [null];
  return Math.max(0, ...years.flatMap((year) => {
    const [before, after] = [a, b].map((view) => (year === null ? view.values : valuesIn(view, year)));
    return differences(before, after).map((each) => Math.abs(each ?? 0));
  }));
}
