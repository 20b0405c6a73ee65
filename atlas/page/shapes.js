// One shape per step of the chain, one filling per status: readable without colour.

import { svg } from "atlas/dom";

const POLYGONS = {
  sorting: polygon([[-1, -1], [1, -1], [1, 1], [-1, 1]], 0.82),
  dismantling: polygon([[0, -1], [1, 0], [0, 1], [-1, 0]], 1.08),
  recycling: polygon([[0, -1], [1, 0.8], [-1, 0.8]], 1.05),
  refining: star(),
  refurbishment: polygon([[0, -1], [0.95, -0.31], [0.59, 0.81], [-0.59, 0.81], [-0.95, -0.31]], 1),
  collection: polygon([[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35],
    [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]], 0.95),
};
const PLANT = "#7a1fa2";
const POINT = "#1b7f4d";

/** Steps that have a shape, in the order of the chain. */
export const STEPS = ["collection", "refurbishment", "sorting", "dismantling", "recycling", "refining"];

/** Symbol of a collection point: a circle, hollow unless open. */
export function pointSymbol(status) {
  const open = status === "open";
  return svg("svg", { viewBox: "-8 -8 16 16", width: 16, height: 16, "aria-hidden": "true" },
    svg("circle", { r: 5.6, fill: "#fff" }),
    svg("circle", {
      r: 4.1, fill: open ? POINT : "#fff", stroke: POINT, "stroke-width": open ? 0.8 : 1.8,
    }),
    status === "closed" ? cross(3.2, POINT) : null,
    status === "unknown" ? question(POINT, 7) : null);
}

/** Symbol of a facility: shape by step, filling by status, size and edge by capacity. */
export function facilitySymbol({ step, status, capacity_t_per_a: capacity }, scale = 1) {
  const r = (capacity === null ? 7 : radius(capacity)) * scale;
  const box = Math.ceil(r * 1.6 + 3);
  const points = scaled(POLYGONS[step] ?? POLYGONS.refurbishment, r);
  const operating = status === "operating";
  return svg("svg", {
    viewBox: `${-box} ${-box} ${2 * box} ${2 * box}`, width: 2 * box, height: 2 * box,
    "aria-hidden": "true",
  },
  svg("polygon", {
    points: scaled(POLYGONS[step] ?? POLYGONS.refurbishment, capacity === null ? r * 1.5 : r * 1.25),
    fill: "#fff",
    stroke: capacity === null ? PLANT : "#fff",
    "stroke-width": 1.1,
    "stroke-dasharray": capacity === null ? "2.2 1.8" : null,
    "stroke-linejoin": "round",
  }),
  svg("polygon", {
    points, fill: operating ? PLANT : "#fff", stroke: PLANT, "stroke-width": operating ? 0.5 : 1.8,
    "stroke-linejoin": "round",
  }),
  status === "closed" || status === "cancelled" ? cross(r * 0.95, PLANT) : null,
  status === "unknown" ? question(PLANT, r * 1.25) : null);
}

/** Radius in pixels by capacity: the area grows with the logarithm of t/a. */
function radius(capacity) {
  return Math.min(12, Math.max(5, 2.4 * Math.log10(Math.max(1, capacity))));
}

function cross(r, colour) {
  return svg("path", {
    d: `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`, stroke: colour, "stroke-width": 1.6, fill: "none",
  });
}

function question(colour, size) {
  return svg("text", {
    "text-anchor": "middle", y: size * 0.38, "font-size": size, "font-weight": 700, fill: colour,
  }, "?");
}

function polygon(points, grow) {
  return points.map(([x, y]) => [x * grow, y * grow]);
}

function star() {
  return Array.from({ length: 10 }, (_, index) => {
    const r = index % 2 ? 0.52 : 1.2;
    const angle = (index * Math.PI) / 5;
    return [r * Math.sin(angle), -r * Math.cos(angle)];
  });
}

function scaled(points, r) {
  return points.map(([x, y]) => `${(x * r).toFixed(2)},${(y * r).toFixed(2)}`).join(" ");
}
