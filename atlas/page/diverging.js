// The scale of a difference: purple is less, orange is more, near white is about the same. Its
// edges are symmetric around zero, so that as strong a colour means as large a difference.

export const DIVERGING = ["#542788", "#998ec3", "#cbcbe4", "#f7f7f7", "#fee0b6", "#f1a340", "#b35806"];
export const SAME = 3; // the class in the middle

const DUST = 1e-9; // as part of the numbers compared: less is the rounding of the arithmetic

/** B minus A for each place: null where either is unknown. */
export function differences(before, after) {
  return after.map((value, place) => minus(value, before[place]));
}

/** One number minus another; null where either is unknown, and nothing where only dust is left. */
export function minus(value, other) {
  if (value === null || value === undefined || other === null || other === undefined) return null;
  const rest = value - other;
  return Math.abs(rest) <= DUST * Math.max(Math.abs(value), Math.abs(other)) ? 0 : rest;
}

/** Three edges of the series 1-2-5 below the largest difference, so that its class is never alone
    above an edge far beneath it; none where nothing differs. */
export function edgesFor(most) {
  if (!(most > 0) || !Number.isFinite(most)) return [];
  const power = Math.floor(Math.log10(most)) - 2;
  const series = [0, 1, 2, 3].flatMap((each) => [1, 2, 5].map((digit) => Number(`${digit}e${power + each}`)));
  return series.filter((edge) => edge <= most / 2).slice(-3);
}

/** Class of a difference, 0 (much less) to 6 (much more); null where it is unknown. */
export function divergedClass(value, edges) {
  if (value === null) return null;
  return SAME + Math.sign(value) * edges.filter((edge) => Math.abs(value) >= edge).length;
}

/** Words of the classes, from much less to much more; `write` says a signed number, `between` two. */
export function divergedLabels(edges, write, between) {
  if (!edges.length) return [write(0)];
  const steps = [...edges.map((edge) => -edge).reverse(), ...edges];
  return [`≤ ${write(steps[0])}`, ...steps.slice(1).map((edge, place) => between(write(steps[place]), write(edge))),
    `≥ ${write(steps.at(-1))}`];
}
