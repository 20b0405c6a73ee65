// One unit of a pattern: what it holds, and what of it leaves in each year. Zones are multiples of
// it, so that every sum and every range of a set of zones is a weighted sum of a few of these.

import { inflowOf } from "atlas/scenario";
import { sharesOf, touch } from "atlas/spread";

/**
 * What enters and leaves per unit that stood at the end of `until`, from `first` on. Shares that
 * leave end with the last year of the atlas; a stock counted long ago has more of them, since
 * what entered before the first year shown leaves in those shown.
 */
export function courseOf({ model, years, scenario }, pattern) {
  const life = model.lifetimes[scenario.lifetime] ?? model.lifetimes.regular;
  const inflow = inflowOf({ model, scenario });
  const count = life.leaves[0]?.length ?? years.length;
  const first = years.at(-1) - count + 1;
  const [enters, leaves] = [Array(count).fill(0), Array(count).fill(0)];
  let start = null; // what enters at the start of growth
  for (let now = Math.max(0, model.until + 1 - first); now < count; now += 1) {
    for (const [cohort, , share] of pattern) leaves[now] += share * life.leaves[cohort][now];
    for (let then = 0; then < now; then += 1) leaves[now] += enters[then] * renewed(life, now - then);
    if (inflow === "replacement") enters[now] = leaves[now];
    if (inflow === "growth") {
      start ??= yearlyEntry(model, pattern) ?? leaves[now];
      enters[now] = start * (1 + model.inflow.growth.rate) ** (first + now - model.until);
    }
  }
  return { first, enters, leaves, life };
}

/** Units that leave in a year, old and new together, per unit that stood at the end of `until`. */
export function leavingIn({ first, leaves }, year) {
  return leaves[year - first] ?? 0;
}

/** Contents of one unit in stock, for a list of elements ("mass" is one of them). */
export function unitInStock(context, pattern, list) {
  const gathered = gather(context, list);
  for (const [cohort, type, share] of pattern) {
    addOld(gathered, context, type, context.model.cohorts[cohort], share);
  }
  return finish(gathered, context);
}

/** Contents of what leaves in a year per unit that stood at the end of `until`. */
export function unitReleased(context, pattern, list, now) {
  const { model, years } = context;
  const { first, enters, life } = context.course(pattern);
  const gathered = gather(context, list);
  const at = years[now] - first;
  for (const [cohort, type, share] of pattern) {
    addOld(gathered, context, type, model.cohorts[cohort], share * life.leaves[cohort][at]);
  }
  for (let then = 0; then < at; then += 1) {
    const amount = enters[then] * renewed(life, at - then);
    if (amount) addNew(gathered, context, first + then, amount);
  }
  return finish(gathered, context);
}

/** Contents of one tonne of a stream that is only known as a flow, in a year. */
export function unitOfFlow(context, list, now) {
  const gathered = gather(context, list);
  if (list.includes("mass")) gathered.total = 1;
  else addNew(gathered, context, context.years[now], 1);
  return finish(gathered, context);
}

/** Part of what entered that leaves after an age; the first leaves after one year. */
function renewed({ renewal }, age) {
  return renewal[age - 1] ?? 0;
}

/** Mean share of the stock that entered in the years growth starts from; null if none is known. */
function yearlyEntry({ cohorts, inflow }, pattern) {
  const known = cohorts.filter((year) => inflow.growth.years.includes(year));
  if (!known.length) return null;
  return pattern.reduce((total, [cohort, , share]) =>
    (known.includes(cohorts[cohort]) ? total + share : total), 0) / known.length;
}

function gather(context, list) {
  return { rows: new Map(), sizes: new Map(), total: 0, lookUp: context.lookUp(list), sized: !list.includes("mass") };
}

function addOld(gathered, { model, scenario }, type, year, amount) {
  const override = model.overrides?.[scenario.drive_train];
  const { variant, size } = model.types[type];
  const before = gathered.total;
  for (const [each, weight] of override ?? [[variant, 1]]) addRows(gathered, each, year, amount * weight);
  if (gathered.sized && !override && size !== null && model.sizes?.[size]) {
    gathered.sizes.set(size, (gathered.sizes.get(size) ?? 0) + gathered.total - before);
  }
}

function addNew(gathered, { model, scenario }, year, amount) {
  for (const [variant, weight] of model.overrides?.[scenario.drive_train] ?? model.inflow.mix) {
    addRows(gathered, variant, year, amount * weight);
  }
}

function addRows(gathered, variant, year, amount) {
  for (const row of gathered.lookUp(variant, year)) {
    const held = amount * row.value;
    gathered.total += held;
    gathered.rows.set(row, (gathered.rows.get(row) ?? 0) + held);
  }
}

/** Turns rows and sizes into shifts: the same factor of several rows adds up. */
function finish({ rows, sizes, total }, { model }) {
  const [contents, sizeShifts] = [new Map(), new Map()];
  for (const [row, held] of rows) touch(contents, row.factor, held, sharesOf(row, row.value));
  for (const [size, held] of sizes) touch(sizeShifts, `size ${size}`, held, sharesOf(model.sizes[size], 1));
  return { total, contents, sizes: sizeShifts, rows, sizesUsed: [...sizes.keys()] };
}
