// Marks on the map: a balloon for a note, a pin for a site, a dashed area with a flag, each with its
// number. None of these shapes is that of a zone, a plant, a point or a candidate site.

import { h, svg } from "atlas/dom";
import { shellOf, middleOf } from "atlas/within";

const { L } = globalThis;
const [INK, PAPER] = ["#0f1c2b", "#ffe066"];
const SHAPES = { // around the place they stand for, which is 0,0
  note: "M-13 -29H13A4 4 0 0 1 17 -25V-11A4 4 0 0 1 13 -7H5L0 0L-5 -7H-13A4 4 0 0 1 -17 -11V-25A4 4 0 0 1 -13 -29Z",
  site: "M0 0C-4 -7 -13 -11 -13 -20A13 13 0 0 1 13 -20C13 -11 4 -7 0 0Z",
  area: "M-1 13V-13H17L12 -5L17 3H1V13Z",
};
const TEXT = { note: [0, -14], site: [0, -15.5], area: [6.5, -0.5] };

/** Symbol of a kind of mark with its number. */
export function markSymbol(kind, number, chosen = false) {
  const [x, y] = TEXT[kind];
  return svg("svg", { viewBox: "-19 -31 38 46", width: 38, height: 46, "aria-hidden": "true" },
    svg("path", { d: SHAPES[kind], fill: "none", stroke: chosen ? "#c2410c" : "#fff", "stroke-width": chosen ? 5.5 : 4, "stroke-linejoin": "round" }),
    svg("path", { d: SHAPES[kind], fill: PAPER, stroke: INK, "stroke-width": 1.6, "stroke-linejoin": "round" }),
    svg("text", { x, y, "text-anchor": "middle", "font-size": String(number).length > 2 ? 9 : 12, "font-weight": 700, fill: INK }, String(number)));
}

/** The number that a mark shows: that of its id. */
export function numberOf({ id }) {
  return id.replace(/^M(?=\d)/, "");
}

/** Puts the marks on the map; `render` draws those that changed. */
export function createMarks(store, { map, follow }) {
  map.createPane("marks").style.zIndex = 445; // over zones, under the ring of the one chosen
  let drawn = { marks: [], lang: null, chosen: null };
  let view = null;
  const layers = new Map(); // id → { mark, chosen, drawn }

  function draw(mark, chosen) {
    const choose = () => store.set({ chosen: `mark:${mark.id}` });
    const place = mark.kind === "area" ? middleOf(mark.points) : mark.points[0];
    const icon = L.divIcon({ html: markSymbol(mark.kind, numberOf(mark), chosen), className: "symbol symbol-mark", iconSize: null });
    // No tab stop: the list of the session holds every mark as text, with the same choice.
    const marker = L.marker(place, { icon, keyboard: false, zIndexOffset: 2000 }).on("click", choose).addTo(map);
    follow(marker.getElement(), () => tip(view, mark));
    if (mark.kind !== "area") return [marker];
    // Only the line takes the pointer: what lies within stays in reach.
    const line = (style) => L.polygon(mark.points, { pane: "marks", fillOpacity: 0.14, ...style }).addTo(map);
    const casing = line({ color: "#fff", weight: 5, fill: false, interactive: false });
    const edge = line({ color: chosen ? "#c2410c" : INK, weight: 2.4, dashArray: "7 5", fillColor: PAPER, className: "mark-area" }).on("click", choose);
    return [casing, edge, marker];
  }

  return (next) => {
    view = next;
    const { marks, chosen } = next.state;
    if (marks === drawn.marks && chosen === drawn.chosen) return;
    drawn = { marks, chosen };
    const now = new Map(marks.map((mark) => [mark.id, mark]));
    for (const [id, { mark, chosen: was, parts }] of layers) {
      if (now.get(id) === mark && was === (chosen === `mark:${id}`)) continue;
      parts.forEach((part) => part.remove());
      layers.delete(id);
    }
    for (const mark of marks) {
      if (layers.has(mark.id)) continue;
      const own = chosen === `mark:${mark.id}`;
      layers.set(mark.id, { mark, chosen: own, parts: draw(mark, own) });
    }
  };
}

/** Brings places into view. */
export function zoomTo(points) {
  const map = globalThis.map_atlas;
  map.fitBounds(points, { animate: false, maxZoom: 12, padding: [40, 40] });
}

/** The outlines of the zones as they are drawn. */
export function outlinesOf() {
  const outlines = [];
  globalThis.geo_json_zones.eachLayer(({ feature }) => {
    outlines[feature.properties.index] = feature.geometry.coordinates;
  });
  return outlines;
}

/** The corners of a zone, for an area that follows it. */
export function cornersOf(zone) {
  return shellOf(outlinesOf()[zone]);
}

function tip({ say, name }, { kind, text, by, id }) {
  return h("div", {}, h("strong", {}, text || `${name("mark", kind)} ${numberOf({ id })}`),
    h("div", {}, [text && name("mark", kind), by].filter(Boolean).join(" · ") || say("mark.empty")));
}
