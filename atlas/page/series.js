// Amounts per zone, for every layer, year and scenario. The last cell of every row is what could
// not be placed in a zone.

import { passedOf } from "atlas/cases";
import { contextOf, heldIn, inModel, kept, keptFor, unitOf } from "atlas/context";
import { gatheredIn, times } from "atlas/gathered";
import { measureFor, membersOf, quantityOf, sum } from "atlas/model";

/**
 * Amounts of a state: values per zone and unallocated, and where processing of unknown capacity
 * makes a pair also `best` and `unallocatedBest`, else null.
 */
export function amounts(atlas, state) {
  const context = contextOf(atlas, state);
  const measure = measureFor(atlas, context.stream, state);
  const now = atlas.years.indexOf(state.year);
  const { values, best } = cellsOf(atlas, context, state.layer, measure, now);
  const split = (cells) => (cells ? [cells.slice(0, -1), cells.at(-1)] : [null, null]);
  const [zones, unallocated] = split(values);
  const [zonesBest, unallocatedBest] = split(best);
  return { values: zones, unallocated, best: zonesBest, unallocatedBest };
}

/** Values of all cells of a layer and measure; `now` is the place of the year. */
export function cellsOf(atlas, context, layer, measure, now) {
  return keptFor(context, layer, `cells ${layer} ${measure} ${now}`, () => {
    const none = { values: context.cells.map(() => null), best: null };
    if (measure === null) return none;
    if (layer === "stock") return { values: inStock(atlas, context, measure), best: null };
    if (!inModel(context, now)) return none;
    const list = membersOf(atlas, context.stream, measure);
    if (measure === "mass") return productCells(context, layer, now) ?? none;
    if (context.given === "report") return none;
    return elementCells(context, layer, list, now) ?? none;
  });
}

/** The product tonnes of every layer in a year, by cell, and which limit binds what is collected. */
export function productOf(context, now) {
  return kept(context, `product ${now}`, () => {
    const { model } = context;
    const { released, collected, binding } = gatheredIn(context, now);
    const reuse = model.reuse?.value ?? 0;
    const passed = passedOf(context);
    const passes = (step, side) => collected.map((amount, cell) => times(amount, step?.[side](now, cell)));
    const step = passed?.[model.processed.at];
    const last = passed?.at(-1);
    const [processed, best] = [passes(step, "worst"), passes(step, "best")];
    return {
      released, collected, processed, best, binding,
      last: passes(last, "worst"), lastBest: passes(last, "best"),
      // Where all that is left is collected this is nothing, to the last digit.
      collectionGap: released.map((amount, cell) => minus(times(amount, 1 - reuse), collected[cell])),
      gap: collected.map((amount, cell) => minus(amount, processed[cell])),
      gapBest: collected.map((amount, cell) => minus(amount, best[cell])),
    };
  });
}

/** The row of yield that holds for an element in a year; null where none is known. */
export function yieldOf({ model, years, scenario }, element, now) {
  const rows = (recovery) => (model.yields ?? []).filter((row) => row.element === element
    && row.recovery === recovery && (row.from ?? -Infinity) <= years[now])
    .sort((one, other) => (one.from ?? -Infinity) - (other.from ?? -Infinity));
  return rows(scenario.recovery).at(-1) ?? rows("today").at(-1) ?? null;
}

/** The members of a material whose yield is not known in a year: no total of what is recovered holds them. */
export function withoutYield(atlas, state) {
  const context = contextOf(atlas, state);
  const now = atlas.years.indexOf(state.year);
  return membersOf(atlas, context.stream, measureFor(atlas, context.stream, state))
    .filter((element) => !yieldOf(context, element, now));
}

/** Share of the released tonnes that an element is, in a cell; 0 where nothing is released. */
export function shareOf(context, cell, list, now) {
  const mass = unitOf(context, cell, ["mass"], now).total;
  return mass ? unitOf(context, cell, list, now).total / mass : 0;
}

const PRODUCT = {
  released: ["released"], collected: ["collected"], collection_gap: ["collectionGap"],
  processed: ["processed", "best"], last: ["last", "lastBest"], capacity_gap: ["gap", "gapBest"],
};

function inStock(atlas, context, measure) {
  const { stream, basis, cells, base } = context;
  const quantity = quantityOf(stream.bases[basis], measure);
  if (quantity && !(measure === "mass" && modelled(context))) {
    return [...quantity.values, quantity.unallocated ?? null];
  }
  if (!base || basis !== "register") return cells.map(() => null);
  const list = membersOf(atlas, stream, measure);
  return cells.map((cell) => times(heldIn(context, cell, null), unitOf(context, cell, list, null).total));
}

/** Whether the mass in stock follows from contents, so that its range does too. */
export function modelled({ basis, base, model }) {
  return basis === "register" && Boolean(base) && model.contents.some((row) => row.element === "mass");
}

function productCells(context, layer, now) {
  const keys = PRODUCT[layer];
  if (!keys) return null;
  const product = productOf(context, now);
  const [values, best] = keys.map((key) => product[key]);
  return { values, best: best && best.some((each) => each !== null) ? best : null };
}

function elementCells(context, layer, list, now) {
  const { cells } = context;
  if (layer === "released") {
    return { values: cells.map((cell) =>
      times(heldIn(context, cell, now), unitOf(context, cell, list, now).total)), best: null };
  }
  if (layer.startsWith("recover")) return recoveredCells(context, layer, list, now);
  const product = productCells(context, layer, now);
  const element = (row) => row && row.map((amount, cell) => times(amount, shareOf(context, cell, list, now)));
  return { values: element(product.values), best: element(product.best) };
}

/** Sums over the elements whose yield is known; null where that is none of them. */
function recoveredCells(context, layer, list, now) {
  const { last: processed, lastBest: best } = productOf(context, now);
  const known = list.map((element) => [element, yieldOf(context, element, now)]).filter(([, row]) => row);
  const passed = (cells) => cells.map((amount, cell) => sum(known.map(([element, row]) =>
    times(times(amount, shareOf(context, cell, [element], now)),
      layer === "recovered" ? row.value : 1 - row.value))));
  const most = layer === "recovered" ? passed(best) : [];
  return { values: passed(processed), best: most.some((each) => each !== null) ? most : null };
}

function minus(amount, part) {
  return amount === null || part === null ? null : amount - part;
}
