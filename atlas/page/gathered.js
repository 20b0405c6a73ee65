// What is released and what of it is collected, in tonnes of product, before any plant sees it.

import { heldIn, keptInSupply, unitOf } from "atlas/context";
import { sum } from "atlas/model";
import { inflowOf } from "atlas/scenario";

/** Tonnes released and collected in a year, by cell, and which limit binds what is collected. */
export function gatheredIn(context, now) {
  return keptInSupply(context, `gathered ${now}`, () => {
    const { model, cells } = context;
    const register = cells.map((cell) => releasedMass(context, cell, now));
    const released = rescaled(register, context.scale);
    const limits = cells.map((cell) => limit(context, cell, now, released[cell]));
    const bySales = model.collection.rate_of === "put_on_market";
    const collected = bySales || context.scale === 1 ? limits.map(({ amount }) => amount)
      : rescaled(cells.map((cell) => limit(context, cell, now, register[cell]).amount), context.scale);
    return { released, collected, binding: limits.map(({ binding }) => binding) };
  });
}

/** Share of what is released that is collected in a year, as far as a rate says so. */
export function rateAt({ model, years, scenario }, now) {
  const { rate, year, targets = [] } = model.collection;
  if (scenario.collection === "today" || !targets.length) return rate;
  const started = targets.filter(([from]) => from <= year);
  const points = [[year, started.length ? started.at(-1)[1] : rate], ...targets.filter(([from]) => from > year)];
  const t = years[now];
  const next = points.findIndex(([from]) => from >= t);
  if (next === -1) return points.at(-1)[1];
  if (next === 0) return points[0][1];
  const [[fromYear, from], [toYear, to]] = [points[next - 1], points[next]];
  return from + ((to - from) * (t - fromYear)) / (toYear - fromYear);
}

/** What is put on the market in a cell in a year; nothing is sold to what is in no zone of a report. */
export function marketIn({ model, years, zones, scenario, basis }, cell, now) {
  const { market } = model.collection;
  const sold = cell < zones ? market.t_per_a[cell] : (basis === "report" ? 0 : market.rest ?? 0);
  return inflowOf({ model, scenario }) === "growth"
    ? times(sold, (1 + model.inflow.growth.rate) ** (years[now] - market.year)) : sold;
}

function releasedMass(context, cell, now) {
  return times(heldIn(context, cell, now), unitOf(context, cell, ["mass"], now).total);
}

/** What a report has beyond the register is in no zone; a smaller total shrinks every zone. */
function rescaled(cells, scale) {
  if (scale === 1) return cells;
  if (scale === null) return cells.map(() => null);
  const within = cells.map((amount) => times(amount, Math.min(1, scale)));
  const beyond = times(sum(cells), Math.max(0, scale - 1));
  return within.map((amount, cell) => (cell === cells.length - 1 ? sum([amount, beyond]) : amount));
}

/** What is collected in a cell, and what limits it: "rate", "market", or "reuse". */
function limit(context, cell, now, released) {
  if (released === null) return { amount: null, binding: null };
  const { model } = context;
  const rest = 1 - (model.reuse?.value ?? 0);
  const rate = rateAt(context, now);
  if (model.collection.rate_of === "generated") {
    return rate <= rest ? { amount: released * rate, binding: "rate" } : { amount: released * rest, binding: "reuse" };
  }
  const sold = times(marketIn(context, cell, now), rate);
  if (sold === null) return { amount: null, binding: null };
  return sold <= released * rest ? { amount: sold, binding: "market" } : { amount: released * rest, binding: "reuse" };
}

/** An amount times a factor; null where either is not known. */
export function times(amount, factor) {
  return amount === null || factor === null || amount === undefined || factor === undefined
    ? null : amount * factor;
}
