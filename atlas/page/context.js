// A stream in a scenario, on a basis: everything that amounts and ranges need, worked out once.

import { courseOf, unitInStock, unitOfFlow, unitReleased } from "atlas/cohorts";
import { PROCESSING, quantityOf, streamOf, sum } from "atlas/model";
import { SUPPLY, caseKey, scenarioOf } from "atlas/scenario";

const memory = new WeakMap(); // stream → its supply by scenario; supply → contexts by what plants take
const MOST = 60; // cases of one supply: a reader who tries many plants should not fill the memory
const byState = new WeakMap(); // frozen state → its context: asked for a thousand times in a switch

/** The context of a state. */
export function contextOf(atlas, state) {
  if (!Object.isFrozen(state)) return contextFor(atlas, state);
  if (!byState.has(state)) byState.set(state, contextFor(atlas, state));
  return byState.get(state);
}

function contextFor(atlas, state) {
  const stream = streamOf(atlas, state.stream);
  const scenario = scenarioOf(atlas, stream, state);
  const given = stream.bases[state.basis] ? state.basis : "register";
  // No report counts a flow: it is the same on every basis, but what plants can take is not.
  const basis = stream.model?.flow ? "register" : given;
  const supply = lasting(`${stream.id} ${basis} ${given} ${SUPPLY.map((name) => scenario[name])}`, stream, () =>
    makeSupply(atlas, stream, { basis, given }, scenario));
  // What plants take depends on all that is chosen, also for the streams that share them.
  return lasting(`${state.basis} ${scenario.recovery} ${caseKey(atlas, state)}`, supply, () =>
    ({ ...supply, supply, scenario, state, atlas, memory: new Map() }));
}

/** Keeps what `make` gives under a key of the context. */
export function kept(context, key, make) {
  if (!context.memory.has(key)) context.memory.set(key, make());
  return context.memory.get(key);
}

/** The same for what no plant touches: kept also when plants or their switches change. */
export function keptInSupply(context, key, make) {
  return kept(context.supply ?? context, key, make);
}

/** The same for the numbers of a layer. */
export function keptFor(context, layer, key, make) {
  return (PROCESSING.includes(layer) ? kept : keptInSupply)(context, key, make);
}

/** Whether the model has numbers for the year at a place; nothing is known up to `until`. */
export function inModel({ model, years }, now) {
  return Boolean(model) && now >= 0 && years[now] > (model.until ?? -Infinity);
}

/** What a cell (a zone, or the last: what is in no zone) is a multiple of in a year. */
export function unitOf(context, cell, list, now) {
  const { model } = context;
  if (model.flow) return keptInSupply(context, `flow ${now} ${list}`, () => unitOfFlow(context, list, now));
  const place = cell < context.zones ? model.pattern[cell] : model.rest_pattern;
  return keptInSupply(context, `unit ${place} ${now} ${list}`, () => {
    const pattern = model.patterns[place] ?? [];
    return now === null ? unitInStock(context, pattern, list) : unitReleased(context, pattern, list, now);
  });
}

/** How many units a cell holds: of stock, or of a flow the tonnes in the year; null if unknown. */
export function heldIn(context, cell, now) {
  const { model, zones } = context;
  if (!model.flow) return cell < zones ? context.base.values[cell] : context.base.unallocated ?? 0;
  const portion = cell < zones ? model.flow.portion[cell] : model.flow.rest;
  const tonnes = (model.flow.t_per_a[context.scenario.inflow] ?? model.flow.t_per_a.default)[now];
  return portion === null || tonnes === null ? null : portion * tonnes;
}

function lasting(key, owner, make) {
  if (!memory.has(owner)) memory.set(owner, new Map());
  const known = memory.get(owner);
  if (!known.has(key)) {
    if (known.size >= MOST) known.delete(known.keys().next().value);
    known.set(key, make());
  }
  return known.get(key);
}

function makeSupply(atlas, stream, { basis, given }, scenario) {
  const { model } = stream;
  const register = stream.bases.register;
  const base = model?.base ? quantityOf(register, model.base) : null;
  const lists = new Map();
  const courses = new Map();
  const context = {
    stream, model, basis, given, scenario, base,
    years: atlas.years,
    zones: atlas.zones.length,
    municipalities: atlas.zones.map((zone) => zone.municipality),
    cells: Array.from({ length: atlas.zones.length + 1 }, (_, cell) => cell),
    scale: basis === "report" ? scaleOf(stream) : 1,
    memory: new Map(),
    lookUp(list) {
      const key = String(list);
      if (!lists.has(key)) lists.set(key, lookUpIn(model, list));
      return lists.get(key);
    },
    course(pattern) {
      if (!courses.has(pattern)) courses.set(pattern, courseOf(context, pattern));
      return courses.get(pattern);
    },
  };
  return context;
}

/** Report units ÷ register units: what the report says there is beside what was counted. */
function scaleOf({ bases: { register, report } }) {
  const first = report?.quantities[0];
  const counted = quantityOf(register, first?.id);
  if (!counted) return null;
  const total = ({ values, unallocated }) => sum([...values, unallocated]);
  return total(first) / total(counted);
}

/** Gives the rows of content of a variant in a year, for a list of elements. */
function lookUpIn(model, list) {
  const rows = model.contents.filter((row) => list.includes(row.element));
  const found = new Map(); // variant → year → rows: asked for a million times in a curve
  return (variant, year) => {
    const years = found.get(variant) ?? found.set(variant, new Map()).get(variant);
    return years.get(year) ?? years.set(year, rows.filter((row) =>
      (row.variant === null || row.variant === variant)
      && (row.from ?? -Infinity) <= year && year <= (row.to ?? Infinity))).get(year);
  };
}
