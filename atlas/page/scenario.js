// The switches of a scenario. Only those that change a stream are shown for it, and a switch that
// changes nothing counts as its default: the numbers are the same, so what is known stays known.

import { changesText, plantsText } from "atlas/plan_text";

// What is released and collected; what is got back of it.
export const SUPPLY = ["lifetime", "inflow", "collection", "drive_train"];
// What plants can take, for whom, and how far: these touch only what is processed and after.
export const CAPACITY = ["reach", "planned", "unknown_capacity", "foreign_share", "demand"];
export const SWITCHES = [...SUPPLY, "recovery", ...CAPACITY];

/** The values of a switch that differ for a stream, its default first. */
export function valuesOf(atlas, stream, key) {
  const all = atlas.switches[key] ?? [];
  return stream.model ? all.filter((value, place) => place === 0 || PRESENT[key](stream.model, value))
    : all.slice(0, 1);
}

/** The switches that matter for a stream. */
export function switchesOf(atlas, stream) {
  return SWITCHES.filter((key) => valuesOf(atlas, stream, key).length > 1);
}

/** The scenario in which a stream is computed: each switch as chosen, or its default. */
export function scenarioOf(atlas, stream, state) {
  return Object.fromEntries(SWITCHES.map((key) => {
    const values = valuesOf(atlas, stream, key);
    // A flow has nothing to replace: it stays level, as when nothing is added.
    const wanted = stream.model?.flow && state[key] === "replacement" ? "frozen" : state[key];
    return [key, values.includes(wanted) ? wanted : values[0]];
  }));
}

/** What enters in a scenario: the stream's own inflow, unless another was chosen. */
export function inflowOf({ model, scenario }) {
  return scenario.inflow === "default" ? model.inflow.own : scenario.inflow;
}

/** Every switch at its default. */
export function standard(atlas) {
  return Object.fromEntries(SWITCHES.map((key) => [key, atlas.switches[key]?.[0] ?? null]));
}

/** The switches that change what plants take of a stream: also those of streams that share its plants. */
export function changedIn(atlas, stream, state) {
  const together = [stream, ...atlas.streams.filter((other) => other !== stream && sharesPlants(atlas, stream, other))];
  return SWITCHES.filter((key) => key !== "recovery" && together.some((each) =>
    scenarioOf(atlas, each, state)[key] !== valuesOf(atlas, each, key)[0]));
}

/**
 * The scenario of the tables that has what plants take, or null: the default, or one switch away
 * from it. Plants are shared, so a switch counts where it changes any stream that uses the same ones.
 */
export function solvedIn(atlas, stream, state) {
  if (planned(state)) return null;
  const changed = changedIn(atlas, stream, state);
  if (state.basis === "report") return changed.length ? null : "basis-report";
  if (changed.length > 1) return null;
  return changed.length ? `${changed[0]}-${state[changed[0]]}` : "default";
}

function sharesPlants(atlas, { id }, { id: other }) {
  return atlas.facilities.some(({ streams }) => streams.includes(id) && streams.includes(other));
}

/** All that what plants take depends on, as one text; who proposed a plant changes nothing. */
export function caseKey(atlas, state) {
  const switches = SWITCHES.filter((key) => key !== "recovery").map((key) => state[key] ?? atlas.switches[key]?.[0]);
  return [state.basis, ...switches, ...(planned(state) ? [plantsText(state.put), changesText(state.changes)] : [])].join();
}

/** Whether the reader has put or changed a plant. */
export function planned({ put = [], changes = [] }) {
  return put.length + changes.length > 0;
}

const PRESENT = {
  lifetime: (model, value) => Boolean(model.lifetimes?.[value]),
  inflow: (model, value) => value !== model.inflow.own && (model.flow
    ? value !== "replacement" && Boolean(model.flow.t_per_a[value]) : value !== "growth" || Boolean(model.inflow.growth)),
  collection: (model) => Boolean(model.collection?.targets?.length),
  drive_train: (model, value) => Boolean(model.overrides?.[value]),
  recovery: (model, value) => (model.yields ?? []).some((row) => row.recovery === value),
  ...Object.fromEntries(CAPACITY.map((key) => [key, (model) => Boolean(model.processed)])),
};
