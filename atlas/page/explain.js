// Where a number comes from: a product of means that multiplies out to it, and the trail of every
// step and factor that touches it.

import { leavingIn } from "atlas/cohorts";
import { contextOf, heldIn, unitOf } from "atlas/context";
import { gatheredIn } from "atlas/gathered";
import { measureFor, membersOf, quantityOf, sum } from "atlas/model";
import { inflowOf } from "atlas/scenario";
import { cellsOf, modelled, productOf, yieldOf } from "atlas/series";
import { cellsIn, splitBy } from "atlas/sets";
import { countOf, spanOf } from "atlas/spans";
import { gradeOf } from "atlas/spread";

const LATER = ["collected", "processed", "recovered", "capacity_gap", "recovery_gap"];

/**
 * Explains the number of a state for a set: value, range and grade; `product`, a list of
 * { key, value, unit } of which the last is the number and the others multiply to it (key is a
 * word of the page, unit a text in two languages or a key); and `steps`, a list of trails.
 */
export function explain(atlas, { state, set }) {
  const context = contextOf(atlas, state);
  const measure = measureFor(atlas, context.stream, state);
  const stock = state.layer === "stock";
  const now = stock ? null : atlas.years.indexOf(state.year);
  const cells = cellsIn(set, context.zones);
  const span = spanOf(atlas, state, set);
  const quantity = stock ? quantityOf(context.stream.bases[context.basis], measure) : null;
  const unit = quantity ? quantity.unit : stock ? "unit.t" : "unit.t_per_a";
  const result = { value: span.value, low: span.low, high: span.high, grade: span.grade, unit, product: [], steps: [] };
  if (span.value === null) return result;
  const asked = { atlas, context, set, cells, now, measure, layer: state.layer, total: span.value, unit };
  if (quantity && !(measure === "mass" && modelled(context))) {
    return { ...result, product: [{ key: "product.asis", value: span.value, unit }], steps: touching(asked, quantity.trail ?? []) };
  }
  if (context.basis === "report") return { ...result, product: ofReport(asked), steps: context.stream.bases.report.quantities[0].trail ?? [] };
  const list = listOf(asked);
  return { ...result, product: productIn({ ...asked, list }), steps: stepsOf({ ...asked, list }) };
}

/** The elements that the number adds up: of what is recovered, those whose yield is known. */
function listOf({ atlas, context, measure, layer, now }) {
  const list = membersOf(atlas, context.stream, measure);
  return layer.startsWith("recover") ? list.filter((each) => yieldOf(context, each, now)) : list;
}

function ofReport({ atlas, context, cells, layer, measure, now, total, unit }) {
  const register = contextOf(atlas, { ...context.state, basis: "register" });
  const counted = sum(cells.map((cell) => cellsOf(atlas, register, layer, measure, now).values[cell]));
  return [
    { key: "product.register", value: counted, unit },
    { key: "product.scale", value: counted ? total / counted : 0, unit: null },
    { key: "product.result", value: total, unit },
  ];
}

/** Units × share that leaves × content, and the factor of every layer after it. */
function productIn(asked) {
  const { context, cells, now, list, layer, total, unit } = asked;
  const held = add(cells, (cell) => heldIn(context, cell, now));
  const product = [{ key: context.model.flow ? "product.flow" : "product.held", value: held,
    unit: context.model.flow ? "unit.t_per_a" : context.base.unit }];
  const whole = add(cells, (cell) => times(heldIn(context, cell, now), unitOf(context, cell, list, now).total));
  if (now === null || context.model.flow) {
    product.push({ key: "product.content", value: ratio(whole, held), unit: perUnit(context) });
  } else {
    const leaving = add(cells, (cell) => times(heldIn(context, cell, now), leavingOf(context, cell, now)));
    product.push({ key: "product.leaves", value: ratio(leaving, held), unit: "unit.per_year" },
      { key: "product.content", value: ratio(whole, leaving), unit: perUnit(context) });
  }
  if (layer !== "stock" && layer !== "released") product.push(...later(asked, whole));
  product.push({ key: "product.result", value: total, unit });
  return product;
}

/** Units that leave per unit held, old and new together. */
function leavingOf(context, cell, now) {
  const place = cell < context.zones ? context.model.pattern[cell] : context.model.rest_pattern;
  return leavingIn(context.course(context.model.patterns[place] ?? []), context.years[now]);
}

function later(asked, released) {
  const { atlas, context, cells, now, measure, layer, total } = asked;
  if (layer === "collection_gap") return [{ key: "product.left", value: ratio(total, released), unit: null }];
  const inLayer = (name, list) => sum(list.map((element) =>
    add(cells, (cell) => cellsOf(atlas, context, name, element, now).values[cell])));
  const list = layer.startsWith("recover") ? asked.list : [measure];
  const collected = inLayer("collected", list);
  const steps = [{ key: "product.collected", value: ratio(collected, released), unit: null }];
  if (layer === "collected") return steps;
  const processed = inLayer(layer.startsWith("recover") ? "last" : "processed", list);
  if (layer === "capacity_gap") return [...steps, { key: "product.unprocessed", value: ratio(total, collected), unit: null }];
  steps.push({ key: "product.processed", value: ratio(processed, collected), unit: null });
  if (layer === "recovered") steps.push({ key: "product.recovered", value: ratio(total, processed), unit: null });
  if (layer === "recovery_gap") steps.push({ key: "product.lost", value: ratio(total, processed), unit: null });
  return steps;
}

/** Steps without the spreading of what was not spread, or is asked for whole. */
function touching({ context, set, cells }, steps) {
  const { spread_over: spreadOver } = context.stream;
  const split = cells.some(splitBy(spreadOver, context.municipalities, set));
  return split ? steps : steps.filter((step) => !step.id.startsWith("key "));
}

/** Whether the mix of the stream is its own, not the one of a switch. */
const ownMix = (model, scenario) => !(scenario.drive_train in (model.overrides ?? {}));

/** Steps of a flow; the first, the figure of the country, is as sure as the year makes it. */
function flowSteps(context, now) {
  const [first, ...others] = context.model.flow.trails;
  const [low, high] = countOf(context, now);
  return [{ ...first, low, high, grade: gradeOf(1, low, high) }, ...others];
}

function stepsOf(asked) {
  const { context, cells, now, list, layer } = asked;
  const { model, base, scenario } = context;
  const { flow } = model;
  const used = usedIn(context, cells, now, list, layer);
  const mix = ownMix(model, scenario) && !list.includes("mass") ? model.mix_trail : null;
  const steps = [...touching(asked, flow ? flowSteps(context, now) : base.trail ?? []), ...used.sizes, mix,
    ...used.contents];
  if (now === null) return steps.filter(Boolean);
  if (!flow) {
    steps.push((model.lifetimes[scenario.lifetime] ?? model.lifetimes.regular).trail, model.ages,
      model.inflow.trails[inflowOf(context)]);
  }
  if (layer === "released") return steps.filter(Boolean);
  const product = productOf(context, now);
  const bound = new Set(cells.filter((cell) => product.released[cell]).map((cell) => product.binding[cell]));
  const gap = layer === "collection_gap";
  if (bound.has("reuse") || gap) steps.push(model.reuse?.trail);
  if (bound.has("rate") || bound.has("market") || gap) steps.push(...rateSteps(model.collection, scenario));
  if (bound.has("market") || (gap && model.collection.market)) steps.push(model.collection.market.trail);
  if (layer === "collected" || gap) return steps.filter(Boolean);
  steps.push(model.processed?.trail);
  if (scenario.demand !== "province_alone") steps.push(model.processed?.outside);
  if (layer.startsWith("recover")) steps.push(...list.map((element) => yieldOf(context, element, now)?.trail));
  return steps.filter(Boolean);
}

/** Today's rate, or the targets: they are law, and today's rate is where the line to a later one begins. */
function rateSteps({ trail, targets, targets_trail: law, year }, { collection }) {
  if (collection === "today") return [trail];
  const { low, high, ...bare } = trail;
  return targets[0][0] > year ? [bare, law] : [law];
}

/** Trails of the sizes and contents that hold a part of the amount, in the model's order. */
function usedIn(context, cells, now, list, layer) {
  const { model } = context;
  const [rows, sizes] = [new Set(), new Set()];
  for (const cell of cells) {
    if (!heldIn(context, cell, now)) continue;
    const unit = unitOf(context, cell, list, now);
    unit.rows.forEach((held, row) => held && rows.add(row));
    // A share of what is sold says nothing of its elements: those follow from their part of the mass.
    if (LATER.includes(layer) && !list.includes("mass") && gatheredIn(context, now).binding[cell] === "market") {
      unitOf(context, cell, ["mass"], now).rows.forEach((held, row) => held && rows.add(row));
    }
    unit.sizesUsed.forEach((size) => sizes.add(size));
  }
  return {
    contents: model.contents.filter((row) => rows.has(row)).map((row) => row.trail),
    sizes: Object.entries(model.sizes ?? {}).filter(([size]) => sizes.has(size)).map(([, trail]) => trail),
  };
}

/** Unit of a content, after that of its mass: per unit that is held. */
function perUnit({ base }) {
  const unit = base?.unit ?? { nl: "t", en: "t" };
  return { nl: `/ ${unit.nl}`, en: `/ ${unit.en}` };
}

function add(cells, read) {
  return sum(cells.map(read));
}

function times(amount, factor) {
  return amount === null ? null : amount * factor;
}

function ratio(part, whole) {
  return whole ? part / whole : 0;
}
