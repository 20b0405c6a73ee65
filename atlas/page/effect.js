// What plants that are put, changed or closed do: the gap, who is served, how full plants are, and
// how far it travels, with them and as things stand today.

import { flowsIn, usedIn } from "atlas/cases";
import { regionSet, zoneSet } from "atlas/sets";
import { spanOf } from "atlas/spans";

const EVERY = 5; // years apart in the table of effects
const SOME = 1e-6; // tonnes: a zone that is served less more than this is not served otherwise

/** The state without what the reader put, changed or closed. */
export function today(state) {
  return { ...state, put: [], changes: [] };
}

/** The years that effects are told of: every fifth, and the year shown. */
function effectYears({ years }, { year }) {
  return [...new Set([...years.filter((each) => each % EVERY === 0), year])].sort((one, other) => one - other);
}

/** Gap of a stream in a set, today and with the plants: [{ year, before, after }], each a span. */
export function gapsOf(atlas, state, stream, set = regionSet(atlas)) {
  const asked = { ...state, stream, layer: "capacity_gap", measure: "mass" };
  return effectYears(atlas, state).map((year) => ({
    year,
    before: spanOf(atlas, { ...today(asked), year }, set),
    after: spanOf(atlas, { ...asked, year }, set),
  })).filter(({ before }) => before.value !== null);
}

/** Zones of which more, and of which less is taken in the year shown: [{ zone, tonnes }], most first. */
export function servedOther(atlas, state, stream) {
  const asked = { ...state, stream, layer: "processed", measure: "mass" };
  const changes = atlas.zones.map((_, zone) => {
    const [before, after] = [today(asked), asked].map((each) => spanOf(atlas, each, zoneSet(zone)).value);
    return { zone, tonnes: before === null || after === null ? 0 : after - before };
  });
  const order = (list) => list.filter(({ tonnes }) => tonnes > SOME)
    .sort((one, other) => other.tonnes - one.tonnes || one.zone - other.zone);
  return { more: order(changes), less: order(changes.map(({ zone, tonnes }) => ({ zone, tonnes: -tonnes }))) };
}

/** Tonnes and tonne-kilometres of a year at the step of the gap, ours and from outside, of a state. */
export function carried(atlas, state, { id, step }) {
  const now = atlas.years.indexOf(state.year);
  const flows = flowsIn(atlas, state, id, step, now);
  const add = (own, read) => flows.filter(({ outside }) => outside !== own).reduce((total, flow) => total + read(flow), 0);
  return {
    tonnes: add(true, ({ tonnes }) => tonnes), outside: add(false, ({ tonnes }) => tonnes),
    tonne_km: add(true, ({ tonnes, km }) => tonnes * km), outside_km: add(false, ({ tonnes, km }) => tonnes * km),
  };
}

/**
 * How full the plants of a stream are in the year shown, today and with what is put and changed:
 * [{ id, before, after }], each { taken, can }, those that take most first; who never takes is left out.
 */
export function usesOf(atlas, state, { id: stream, step }) {
  const now = atlas.years.indexOf(state.year);
  const [before, after] = [today(state), state].map((each) => usedIn(atlas, each, stream, step, now));
  const none = { taken: 0, can: 0 };
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((id) => ({ id, before: before.get(id) ?? none, after: after.get(id) ?? none }))
    .filter((each) => each.before.taken + each.after.taken > SOME)
    .sort((one, other) => other.after.taken - one.after.taken || (one.id < other.id ? -1 : 1));
}

/** How full a plant is in the year shown: product tonnes that it takes, and can take, at a step. */
export function useOf(atlas, state, { stream, step, id }) {
  return usedIn(atlas, state, stream, step, atlas.years.indexOf(state.year)).get(id) ?? { taken: 0, can: 0 };
}
