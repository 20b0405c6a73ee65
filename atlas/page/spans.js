// The number of a set of zones with its range and grade: every layer says which factors move it.

import { contextOf, heldIn, keptFor, unitOf } from "atlas/context";
import { gatheredIn } from "atlas/gathered";
import { measureFor, membersOf, quantityOf, sum } from "atlas/model";
import { inflowOf } from "atlas/scenario";
import { cellsOf, modelled, productOf, yieldOf } from "atlas/series";
import { cellsIn, splitBy } from "atlas/sets";
import { addShifts, boundsOf, gradeOf, newTally, sharesOf, touch } from "atlas/spread";

const REPORT = [1 / 1.7, 1.7]; // what a report says is an order of magnitude
const RANGED = ["stock", "released", "collected", "recovered"];

/** Value of a set with low, high, best and grade; null for what is not known. */
export function spanOf(atlas, state, set) {
  const context = contextOf(atlas, state);
  const measure = measureFor(atlas, context.stream, state);
  const now = state.layer === "stock" ? null : atlas.years.indexOf(state.year);
  const cells = cellsIn(set, context.zones);
  return keptFor(context, state.layer, `span ${state.layer} ${measure} ${now} ${cells}`, () =>
    spanIn(atlas, context, { layer: state.layer, measure, now, set, cells }));
}

function spanIn(atlas, context, { layer, measure, now, set, cells }) {
  const row = cellsOf(atlas, context, layer, measure, now ?? -1);
  const value = sum(cells.map((cell) => row.values[cell]));
  const best = row.best && sum(cells.map((cell) => row.best[cell]));
  if (value === null) return { value, low: null, high: null, best: null, grade: null };
  if (!RANGED.includes(layer)) return { value, low: null, high: null, best, grade: gapGrade() };
  const { low, high } = rangeIn(context, { layer, measure, now, cells, list: members(), split: split() }, value);
  return { value, low, high, best, grade: paired() ? "D" : gradeOf(value, low, high) };

  function members() {
    return membersOf(atlas, context.stream, measure);
  }
  function split() {
    return splitBy(context.stream.spread_over, context.municipalities, set);
  }
  function paired() {
    return best !== null && Math.abs(best - value) > 1e-9 * Math.max(1, Math.abs(value));
  }
  /** What is processed is as sure as what is collected, unless unknown capacity makes a pair. */
  function gapGrade() {
    if (layer !== "processed" && layer !== "capacity_gap") return null;
    if (paired()) return "D";
    return spanIn(atlas, context, { layer: "collected", measure, now, set, cells }).grade;
  }
}

function rangeIn(context, asked, value) {
  const { layer, measure } = asked;
  const quantity = layer === "stock" && quantityOf(context.stream.bases[context.basis], measure);
  if (quantity && !(measure === "mass" && modelled(context))) return ofMeasure(context, quantity, asked);
  if (context.given === "report") return { low: value * REPORT[0], high: value * REPORT[1] };
  if (layer === "stock" || layer === "released") return boundsOf(madeOf(context, asked));
  const collected = boundsOf(gatheredOf(context, asked));
  if (layer === "recovered") return boundsOf(recoveredOf(context, asked));
  // What is collected cannot be more than what is released.
  return { low: collected.low, high: Math.min(collected.high, boundsOf(madeOf(context, asked)).high) };
}

/** A measure of the stock: how sure the count is, and how sure its key where it was spread. */
function ofMeasure(context, quantity, { cells, split }) {
  const tally = newTally();
  for (const cell of cells) {
    const amount = cell < context.zones ? quantity.values[cell] : quantity.unallocated;
    if (!amount) continue;
    tally.total += amount;
    touch(tally.shifts, "count", amount, quantity.band);
    if (split(cell)) touch(tally.shifts, "key", amount, quantity.key);
  }
  return boundsOf(tally);
}

/** What is held or released: count, contents, sizes, ages and key. */
function madeOf(context, { cells, list, now, split }) {
  const tally = newTally();
  weighted(context, cells, now, split, (cell) => heldIn(context, cell, now)).forEach(({ cell, weight, keyed }) =>
    addMade(tally, context, { cell, weight, keyed, list, now }));
  return tally;
}

function addMade(tally, context, { cell, weight, keyed, list, now }) {
  const unit = unitOf(context, cell, list, now);
  const amount = weight * unit.total;
  tally.total += amount;
  addShifts(tally.shifts, unit.contents, weight);
  addShifts(tally.shifts, unit.sizes, weight);
  touch(tally.shifts, "count", amount, countOf(context, now));
  if (now !== null) touch(tally.shifts, "ages", amount, context.model.ages && sharesOf(context.model.ages, 1));
  if (keyed) touch(tally.shifts, "key", amount, keyOf(context));
}

/** What is collected: the factors of what binds it. */
function gatheredOf(context, asked) {
  const { cells, now, split } = asked;
  const tally = newTally();
  weighted(context, cells, now, split, (cell) => perTonne(context, cell, now))
    .forEach((part) => addGathered(tally, context, { ...part, list: asked.list, now }));
  return tally;
}

function addGathered(tally, context, { cell, weight, keyed, binding, list, now }) {
  const { model } = context;
  if (binding !== "market") {
    const made = newTally();
    addMade(made, context, { cell, weight, keyed, list, now });
    const factor = binding === "rate" ? rateBounds(context) : reuseBounds(model);
    touch(made.shifts, binding, made.total, factor);
    tally.total += made.total;
    addShifts(tally.shifts, made.shifts, 1);
    return;
  }
  const unit = unitOf(context, cell, list, now);
  const amount = weight * unit.total;
  tally.total += amount;
  touch(tally.shifts, "rate", amount, rateBounds(context));
  touch(tally.shifts, "market", amount, model.collection.market.band);
  if (list.includes("mass")) return;
  addShifts(tally.shifts, unit.contents, weight);
  const mass = unitOf(context, cell, ["mass"], now);
  addShifts(tally.shifts, mass.contents, mass.total ? amount / mass.total : 0);
}

/** What is recovered: as collected, of what is processed, with the width of every yield. */
function recoveredOf(context, { cells, list, now, split }) {
  const product = productOf(context, now);
  const tally = newTally();
  for (const element of list) {
    const row = yieldOf(context, element, now);
    if (!row) continue;
    const part = newTally();
    weighted(context, cells, now, split, (cell) => (product.collected[cell]
      ? (perTonne(context, cell, now) * product.last[cell]) / product.collected[cell] : 0))
      .forEach((each) => addGathered(part, context, { ...each, weight: each.weight * row.value, list: [element], now }));
    touch(part.shifts, `yield ${row.trail.id}`, part.total, sharesOf(row, row.value));
    tally.total += part.total;
    addShifts(tally.shifts, part.shifts, 1);
  }
  return tally;
}

/** Units of a cell of which what is collected would be made: what it holds times the share collected. */
function perTonne(context, cell, now) {
  const collected = gatheredIn(context, now).collected[cell];
  const mass = unitOf(context, cell, ["mass"], now).total;
  return collected && mass ? collected / mass : 0;
}

/** Cells that are multiples of one unit, under the same factors, taken together. */
function weighted(context, cells, now, split, weigh) {
  const parts = new Map();
  for (const cell of cells) {
    const weight = weigh(cell);
    if (!weight) continue;
    const { model } = context;
    const place = model.flow ? 0 : (cell < context.zones ? model.pattern[cell] : model.rest_pattern);
    const binding = now === null ? null : gatheredIn(context, now).binding[cell];
    const keyed = split(cell);
    const key = `${place} ${binding} ${keyed}`;
    const part = parts.get(key);
    if (part) part.weight += weight;
    else parts.set(key, { cell, weight, keyed, binding });
  }
  return [...parts.values()];
}

/** How sure the units are; a flow that is held on is as sure as in the year that it is of. */
export function countOf({ model, base, scenario, years }, now) {
  if (!model.flow) return base.band;
  const held = inflowOf({ model, scenario }) === "growth" ? -1 : years.indexOf(model.flow.hold_after);
  const at = held < 0 ? now : Math.min(now, held);
  return [model.flow.low[at], model.flow.high[at]];
}

function keyOf({ model, base }) {
  return model.flow ? model.flow.key ?? null : base.key;
}

/** Targets are law: their rate has no width. */
function rateBounds({ model, scenario }) {
  return scenario.collection === "today" ? sharesOf(model.collection, model.collection.rate) : null;
}

function reuseBounds({ reuse }) {
  return reuse ? sharesOf({ low: 1 - (reuse.high ?? reuse.value), high: 1 - (reuse.low ?? reuse.value) }, 1 - reuse.value) : null;
}
