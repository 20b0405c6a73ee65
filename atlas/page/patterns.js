// Hatches for the capacity gap: the colour of the class stays, so that both can be read.

import { COLOURS, NO_DATA } from "atlas/classes";
import { svg } from "atlas/dom";

/** Puts one hatch per class colour into the page. */
export function createPatterns() {
  const defs = svg("defs", {}, ...[...COLOURS, NO_DATA].map((colour, index) =>
    svg("pattern", {
      id: patternId(index === COLOURS.length ? null : index),
      width: 10, height: 10, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
    },
    svg("rect", { width: 10, height: 10, fill: colour }),
    // The white edge keeps the orange apart from the middle blues, for every eye.
    svg("rect", { width: 3, height: 10, fill: "#fff", "fill-opacity": 0.7 }),
    svg("rect", { x: 0.7, width: 1.6, height: 10, fill: "#d9480f" }))));
  document.getElementById("patterns").append(defs);
}

/** Fill of a hatched zone. */
export function hatch(each) {
  return `url(#${patternId(each)})`;
}

function patternId(each) {
  return each === null ? "hatch-none" : `hatch-${Math.min(each, COLOURS.length - 1)}`;
}
