// Fixed classes: their breaks never move with the data, so that maps can be laid side by side.

export const COLOURS = ["#f1eef6", "#c5d5e8", "#86b0d3", "#3f80b5", "#12436d"];
export const NO_DATA = "#ffffff";

/** Four round breaks of the series 1, 2, 5, 10, …, the last just below the maximum, as the program
    makes them for totals. */
export function breaksUnder(maximum) {
  if (!(maximum > 0) || !Number.isFinite(maximum)) return [1, 2, 5, 10];
  const found = [];
  // One power too many to begin with: a logarithm may fall just short of a whole number.
  for (let power = Math.floor(Math.log10(maximum)) + 1; found.length < COLOURS.length - 1; power -= 1) {
    // Written as text, 5e-05 is exact where 5 * 10 ** -5 is not.
    found.push(...[5, 2, 1].map((times) => Number(`${times}e${power}`)).filter((edge) => edge < maximum));
  }
  return found.slice(0, COLOURS.length - 1).reverse();
}

/** Class of a value: the number of breaks it reaches; null without a value. */
export function classOf(value, breaks) {
  if (value === null || value === undefined) return null;
  return breaks.filter((edge) => value >= edge).length;
}

/** Number of zones in each class, and `none` for those without a value. */
export function countClasses(classes, breaks) {
  const counts = { of: Array(breaks.length + 1).fill(0), none: 0 };
  for (const each of classes) {
    if (each === null) counts.none += 1;
    else counts.of[each] += 1;
  }
  return counts;
}

/** Colour of a class; without a value the colour of "no data". */
export function colourOf(each) {
  return each === null ? NO_DATA : COLOURS[Math.min(each, COLOURS.length - 1)];
}

/** Words of the classes, as "< 10", "10 – 25", "≥ 150"; `write` says a number. */
export function classLabels(breaks, write) {
  if (!breaks.length) return ["–"];
  const last = breaks.length - 1;
  const between = breaks.slice(1).map((edge, index) => `${write(breaks[index])} – ${write(edge)}`);
  return [`< ${write(breaks[0])}`, ...between, `≥ ${write(breaks[last])}`];
}
