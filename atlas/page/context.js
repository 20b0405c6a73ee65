// A stream in a scenario, on a basis: everything that amounts and ranges need, worked out once.

import { courseOf, unitInStock, unitOfFlow, unitReleased } from "atlas/cohorts";
import { quantityOf, streamOf, sum } from "atlas/model";
import { scenarioOf, solvedIn } from "atlas/scenario";

const contexts = new WeakMap(); // stream → contexts by basis and scenario
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
  if (!contexts.has(stream)) contexts.set(stream, new Map());
  const known = contexts.get(stream);
  const solved = solvedIn(atlas, stream, state);
  const key = [state.basis, solved, ...Object.values(scenario)].join();
  if (!known.has(key)) known.set(key, makeContext(atlas, stream, { basis, given, solved }, scenario));
  return known.get(key);
}

/** Keeps what `make` gives under a key of the context. */
export function kept(context, key, make) {
  if (!context.memory.has(key)) context.memory.set(key, make());
  return context.memory.get(key);
}

/** Whether the model has numbers for the year at a place; nothing is known up to `until`. */
export function inModel({ model, years }, now) {
  return Boolean(model) && now >= 0 && years[now] > (model.until ?? -Infinity);
}

/** What a cell (a zone, or the last: what is in no zone) is a multiple of in a year. */
export function unitOf(context, cell, list, now) {
  const { model } = context;
  if (model.flow) return kept(context, `flow ${now} ${list}`, () => unitOfFlow(context, list, now));
  const place = cell < context.zones ? model.pattern[cell] : model.rest_pattern;
  return kept(context, `unit ${place} ${now} ${list}`, () => {
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

function makeContext(atlas, stream, { basis, given, solved }, scenario) {
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
    passed: passedIn(model?.processed, solved),
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

/** What passes each step in a scenario: functions of the year and cell; null where it was not solved. */
function passedIn(processed, solved) {
  const steps = processed?.scenarios[solved];
  if (!steps) return null;
  const read = (place) => (now, cell) => {
    const entry = processed.pool[place];
    const ofYear = Array.isArray(entry) ? entry[now] : entry;
    return Array.isArray(ofYear) ? ofYear[cell] : ofYear;
  };
  return steps.map(([worst, best, why], place) => ({
    step: processed.steps[place], worst: read(worst), best: read(best),
    why: (now, cell) => processed.why[read(why)(now, cell)],
  }));
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
