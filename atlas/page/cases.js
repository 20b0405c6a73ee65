// What plants take in any combination of switches, with any plants put, changed or closed: read
// from the tables where they hold the scenario, and worked out here everywhere else.

import { capacityIn, costTo, distanceTo, reaches, works } from "atlas/access";
import { contextOf, heldIn, inModel, kept, unitOf } from "atlas/context";
import { gatheredIn, times } from "atlas/gathered";
import { streamOf, sum } from "atlas/model";
import { groupsOf, passing, reasons } from "atlas/programme";
import { route } from "atlas/route";
import { caseKey, solvedIn } from "atlas/scenario";
import { plantsIn } from "atlas/what_if";

const DUST = 1e-9; // tonnes: a flow of less is not drawn
const MOST = 60; // cases that are remembered

const cases = new WeakMap(); // atlas → cases by what they depend on

/**
 * What passes each step of the chain, or null: for each its `step`, and functions of the year's
 * place and the cell: `worst` and `best`, parts of what is collected, and `why` the rest is left.
 */
export function passedOf(context) {
  return kept(context, "passed", () => {
    const { atlas, state, stream, model } = context;
    const solved = solvedIn(atlas, stream, state);
    if (!model?.processed) return null;
    return model.processed.scenarios[solved] ? tabled(model.processed, solved) : live(atlas, state, stream);
  });
}

/** The same as worked out here, whatever the tables hold. */
export function live(atlas, state, stream) {
  const solved = caseOf(atlas, state, stream.id);
  return solved.chain[stream.id].map(([step]) => {
    const read = (side) => (now, cell) => {
      const year = yearOf(solved, now);
      return year[side][step][solved.groupAt(stream.id, cell)];
    };
    return { step, worst: read("worst"), best: read("best"), why: read("why") };
  });
}

/**
 * Flows of a stream at a step in a year, with the fewest tonne-kilometres of all that share the
 * plants: { cell, outside, plant, tonnes, km }; what comes from outside has the cell null.
 */
export function flowsIn(atlas, state, stream, step, now) {
  const solved = caseOf(atlas, state, stream);
  const key = `${step} ${now}`;
  if (!solved.flows.has(key)) solved.flows.set(key, flowsAt(solved, step, now));
  return solved.flows.get(key).filter((flow) => flow.stream === stream);
}

/** Tonnes of product that each plant of a stream takes in a year, beside what it can: by plant id. */
export function usedIn(atlas, state, stream, step, now) {
  const solved = caseOf(atlas, state, stream);
  const { worst } = limitsOf(solved, now);
  const key = `${step} ${now}`;
  if (!solved.flows.has(key)) solved.flows.set(key, flowsAt(solved, step, now));
  const taken = new Map();
  for (const { plant, tonnes } of solved.flows.get(key)) taken.set(plant.id, (taken.get(plant.id) ?? 0) + tonnes);
  return new Map(solved.plants.map((plant, place) => [plant.id, { taken: taken.get(plant.id) ?? 0, can: worst[place] }]));
}

/** The nearest plant that takes a stream at a step in a year, whatever it can take: { plant, km }, or null. */
export function nearestIn(atlas, state, { stream, step, cell }, now) {
  const solved = caseOf(atlas, state, stream);
  const node = solved.nodes[solved.placeOf(stream, cell)];
  let found = null;
  for (const plant of solved.plants) {
    if (!takes(plant, stream, step) || !works(plant, atlas.years[now], solved.rules)) continue;
    const km = distanceTo(atlas.access, solved.detour, node, plant);
    if (found === null || km < found.km) found = { plant, km };
  }
  return found;
}

/** Case of a state: everything but the years, for the streams that share plants with `stream`. */
function caseOf(atlas, state, stream) {
  if (!cases.has(atlas)) cases.set(atlas, new Map());
  const known = cases.get(atlas);
  const plants = plantsIn(atlas, state);
  const streams = together(plants, stream);
  const key = `${caseKey(atlas, state)} ${streams}`;
  if (!known.has(key)) {
    if (known.size >= MOST) known.delete(known.keys().next().value);
    known.set(key, makeCase(atlas, state, plants, streams));
  }
  return known.get(key);
}

function makeCase(atlas, state, plants, streams) {
  const { access } = atlas;
  const choice = (key) => state[key] ?? atlas.switches[key]?.[0];
  const detour = atlas.region.detour_factor ?? 1;
  const rules = { planned: choice("planned") === "yes", plannedFrom: access.planned_from, foreign: choice("foreign_share") };
  const reach = choice("reach");
  const nodes = streams.flatMap((stream) => nodesOf(atlas, stream));
  for (const node of nodes) {
    node.plants = {};
    for (const [step] of access.chain[node.stream]) {
      node.plants[step] = plants.map((_, place) => place).filter((place) => takes(plants[place], node.stream, step)
        && reaches(plants[place], reach === "250_km" ? distanceTo(access, detour, node, plants[place]) : 0, reach));
    }
  }
  const groups = groupsOf(nodes);
  const groupOf = new Int32Array(nodes.length);
  groups.forEach(({ members }, group) => members.forEach((member) => { groupOf[member] = group; }));
  const first = new Map();
  nodes.forEach(({ stream }, place) => { if (!first.has(stream)) first.set(stream, place); });
  return {
    atlas, state, plants, streams, nodes, groups, rules, detour, demand: choice("demand"),
    unknown: choice("unknown_capacity"), chain: access.chain, years: new Map(), flows: new Map(), limits: new Map(),
    placeOf: (stream, cell) => first.get(stream) + cell,
    groupAt: (stream, cell) => groupOf[first.get(stream) + cell],
    groupOf,
  };
}

/** The nodes of a stream: its zones, what is unallocated, and the regions outside. */
function nodesOf({ access, zones }, stream) {
  const { start } = access.nodes[stream];
  const all = Object.keys(access.nodes);
  const own = zones.length + 1;
  const order = all.indexOf(stream);
  const rest = access.outside.points.length;
  return [
    ...access.starts[start].map((point, cell) => ({ stream, ours: true, cell, point, row: order * own + cell })),
    ...access.outside.points.map((point, place) => ({
      stream, ours: false, cell: null, point, share: access.outside.shares[place], row: all.length * own + order * rest + place,
    })),
  ];
}

/** The streams that share a plant with one of those that share a plant with a stream, and so on. */
function together(plants, stream) {
  const found = new Set([stream]);
  for (let size = 0; size < found.size;) {
    size = found.size;
    for (const { takes: all } of plants) {
      if (all.some(([each]) => found.has(each))) all.forEach(([each]) => found.add(each));
    }
  }
  return [...found].sort();
}

function takes(plant, stream, step) {
  return plant.takes.some(([each, at]) => each === stream && at === step);
}

/** One year: what passes at worst and at best, by group, and why the rest does not. */
function yearOf(solved, now) {
  if (!solved.years.has(now)) solved.years.set(now, makeYear(solved, now));
  return solved.years.get(now);
}

function makeYear(solved, now) {
  const { nodes, groups, plants, atlas, rules, demand, unknown } = solved;
  const tonnes = tonnesOf(solved, now);
  const collected = groups.map(({ members }) => members.reduce((total, node) => total + tonnes[node], 0));
  const limits = limitsOf(solved, now);
  const first = demand === "ours_first";
  const worst = passing(groups, collected, limits.worst, first);
  const best = unknown === "unlimited" ? worst : passing(groups, collected, limits.best, first);
  const open = plants.map((plant) => works(plant, atlas.years[now], rules));
  const why = reasons(groups, collected, worst, {
    exists: ({ stream }, step) => plants.some((plant, place) => open[place] && takes(plant, stream, step)),
    reached: ({ members }, step) => nodes[members[0]].plants[step].some((place) => open[place]),
  });
  return { worst, best, why, tonnes };
}

/** Tonnes collected at every node; what is not known is nothing here. */
function tonnesOf({ atlas, state, streams, nodes, demand }, now) {
  const [own, rest] = [{}, {}];
  for (const id of streams) {
    const stream = streamOf(atlas, id);
    const here = contextOf(atlas, { ...state, stream: id });
    const register = contextOf(atlas, { ...state, stream: id, basis: "register" });
    // What a report does not count is not there; the rest of the country stays that of the registers.
    const counts = state.basis === "register" || Boolean(stream.bases[state.basis]);
    own[id] = counts && inModel(here, now) ? gatheredIn(here, now).collected : null;
    rest[id] = demand !== "province_alone" && inModel(register, now)
      ? times(sum(gatheredIn(register, now).collected), atlas.access.nodes[id].ratio) : null;
  }
  return nodes.map(({ stream, ours, cell, share }) => (ours ? own[stream]?.[cell] : times(rest[stream], share)) ?? 0);
}

/** What every plant can take of product in a year, at worst and at best. */
function limitsOf({ plants, atlas, state, rules, unknown, limits }, now) {
  if (!limits.has(now)) {
    const parts = plants.map(({ of }) => partOf(atlas, state, of, now));
    const take = (counts) => plants.map((plant, place) =>
      capacityIn(plant, atlas.years[now], { ...rules, unknown: counts, part: parts[place] }));
    limits.set(now, { worst: take(unknown), best: take("unlimited") });
  }
  return limits.get(now);
}

/** What part of a product a fraction is: as stated, or by what its elements weigh in what is released. */
function partOf(atlas, state, [stream, fraction], now) {
  const row = atlas.access.parts.find((each) => each.stream === stream && each.fraction === fraction);
  if (!row) return null;
  if (row.part !== null || !row.elements.length) return row.part;
  const context = contextOf(atlas, { ...state, stream, basis: "register" });
  if (!inModel(context, now)) return null;
  const weigh = (list) => sum(context.cells.map((cell) =>
    times(heldIn(context, cell, now), unitOf(context, cell, list, now).total))) ?? 0;
  const mass = weigh(["mass"]);
  return mass > 0 ? weigh(row.elements) / row.of_elements / mass : 0;
}

function flowsAt(solved, step, now) {
  const { atlas, nodes, plants, groupOf, detour } = solved;
  const { worst, tonnes } = yearOf(solved, now);
  const limits = limitsOf(solved, now).worst;
  const members = nodes.map((_, place) => place).filter((place) => nodes[place].plants[step]);
  const rows = route(members.map((place) => {
    const node = nodes[place];
    return {
      served: tonnes[place] * worst[step][groupOf[place]],
      plants: node.plants[step],
      cost: node.plants[step].map((plant) => costTo(atlas.access, detour, node, plants[plant])),
    };
  }), limits);
  return rows.filter(([, , amount]) => amount > DUST).map(([place, plant, amount]) => {
    const node = nodes[members[place]];
    return {
      stream: node.stream, cell: node.cell, outside: !node.ours, plant: plants[plant], tonnes: amount,
      km: distanceTo(atlas.access, detour, node, plants[plant]),
    };
  });
}

/** What passes each step in a scenario of the tables. */
function tabled(processed, solved) {
  const read = (place) => (now, cell) => {
    const entry = processed.pool[place];
    const ofYear = Array.isArray(entry) ? entry[now] : entry;
    return Array.isArray(ofYear) ? ofYear[cell] : ofYear;
  };
  return processed.scenarios[solved].map(([worst, best, why], place) => ({
    step: processed.steps[place], worst: read(worst), best: read(best),
    why: (now, cell) => processed.why[read(why)(now, cell)],
  }));
}

