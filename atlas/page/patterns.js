// Hatches for the capacity gap: the colour of the class stays, so that both can be read. And signs on
// the strongest differences, so that more and less are told apart without colour.

import { COLOURS, NO_DATA } from "atlas/classes";
import { DIVERGING } from "atlas/diverging";
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
  defs.append(signs("less", DIVERGING[0], "M3 7h8"), signs("more", DIVERGING.at(-1), "M3 7h8M7 3v8"),
    tile("unknown", 8, NO_DATA, svg("path", { d: "M-1 9L9 -1M-1 1L1 -1M7 9L9 7", stroke: "#8793a1", "stroke-width": 1 })));
  document.getElementById("patterns").append(defs);
}

/** Fill of a hatched zone. */
export function hatch(each) {
  return `url(#${patternId(each)})`;
}

/** Fill of a class of difference: the outer two with their sign, what is unknown with thin lines. */
export function divergedFill(each) {
  if (each === null) return "url(#unknown)";
  return each === 0 ? "url(#less)" : each === DIVERGING.length - 1 ? "url(#more)" : DIVERGING[each];
}

function signs(id, colour, sign) {
  return tile(id, 18, colour, svg("path", { d: sign, stroke: "#fff", "stroke-width": 1.8, fill: "none" }));
}

function tile(id, size, colour, mark) {
  return svg("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse" },
    svg("rect", { width: size, height: size, fill: colour }), mark);
}

function patternId(each) {
  return each === null ? "hatch-none" : `hatch-${Math.min(each, COLOURS.length - 1)}`;
}
