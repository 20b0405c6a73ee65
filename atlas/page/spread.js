// Ranges multiply: how far factors can move a sum. A tally holds an amount and, for every factor,
// how much the amount grows at the factor's high end and shrinks at its low end.

const BANDS = [["A", 1.1], ["B", 1.2], ["C", 1.4], ["D", 1.7]];
const TOLERANCE = 1e-9;

/** A tally of nothing. */
export function newTally() {
  return { total: 0, shifts: new Map() };
}

/** Adds an amount that a factor with these bounds (as shares of its middle) touches. */
export function touch(shifts, id, amount, bounds) {
  if (!bounds) return;
  const shift = shifts.get(id) ?? shifts.set(id, [0, 0]).get(id);
  shift[0] += amount * (bounds[0] - 1);
  shift[1] += amount * (bounds[1] - 1);
}

/** Adds shifts to others, each times a weight. */
export function addShifts(into, from, weight) {
  for (const [id, [low, high]] of from) {
    const shift = into.get(id) ?? into.set(id, [0, 0]).get(id);
    shift[0] += low * weight;
    shift[1] += high * weight;
  }
}

/** Lowest and highest amount of a tally: the same factor adds, different factors by squares. */
export function boundsOf({ total, shifts }) {
  if (total === 0) return { low: 0, high: 0 };
  let [down, up] = [0, 0];
  for (const [low, high] of shifts.values()) {
    down += Math.log(Math.max(0, 1 + low / total)) ** 2; // a factor that can be 0 takes all of it
    up += Math.log(1 + high / total) ** 2;
  }
  return { low: total * Math.exp(-Math.sqrt(down)), high: total * Math.exp(Math.sqrt(up)) };
}

/** Low and high of a factor as shares of its middle; null where it has no range. */
export function sharesOf({ low, high }, middle) {
  if (!middle || low === null || low === undefined || high === null || high === undefined) return null;
  return [low / middle, high / middle];
}

/** Grade of a range: the narrowest band that holds it; null for nothing or without a range. */
export function gradeOf(value, low, high) {
  if (!value || low === null || high === null) return null;
  const width = Math.max(high / value, low > 0 ? value / low : Infinity);
  return BANDS.find(([, band]) => width <= band * (1 + TOLERANCE))?.[0] ?? "D";
}

/** Whether a range is wider than grade D: only an order of magnitude. */
export function beyond(value, low, high) {
  return Boolean(value) && low !== null && Math.max(high / value, low > 0 ? value / low : Infinity)
    > BANDS[3][1] * (1 + TOLERANCE);
}
