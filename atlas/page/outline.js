// A small map of the region with one area marked, drawn from the outlines that stand in the page.

import { colourOf } from "atlas/classes";
import { svg } from "atlas/dom";
import { hatch } from "atlas/patterns";

const { L } = globalThis;
const FINE = 0.35; // units of the drawing: what is smaller is not seen

/** The map of the view, `width` units wide, with the zones of an area ringed. */
export function smallMap(view, area, width) {
  const layers = [];
  globalThis.geo_json_zones.eachLayer((layer) => { layers[layer.feature.properties.index] = layer; });
  const { place, height } = projection(view.atlas.region.bounds, width);
  const paths = layers.map((layer) => pathData(layer.getLatLngs(), place, { fine: FINE, closed: true }));
  const water = [];
  globalThis.geo_json_water.eachLayer((layer) => water.push(pathData(layer.getLatLngs(), place, { fine: FINE, closed: true })));
  const whole = area.cells.length === paths.length;
  const marked = whole ? "" : area.cells.map((zone) => paths[zone]).join("");
  const ring = (stroke, wide) => svg("path", { d: marked, fill: "none", stroke, "stroke-width": wide, "stroke-linejoin": "round" });
  return svg("svg", {
    class: "small-map", viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": view.say("sheet.where", { name: area.title }),
  },
  svg("path", { d: water.join(""), fill: "#c9dae6" }),
  ...paths.map((d, zone) => svg("path", {
    d, fill: view.state.hatch && view.gaps[zone] ? hatch(view.classes[zone]) : colourOf(view.classes[zone]),
    stroke: view.classes[zone] ? "#fff" : "#a9b8c6", "stroke-width": 0.5, "stroke-linejoin": "round",
  })),
  ...(whole ? [] : [ring("#fff", 4.5), ring("#c2410c", 2.2)]));
}

/** Path data of nested lists of places; `place` puts one on the drawing. */
export function pathData(places, put, { fine, closed }) {
  if (!places.length) return "";
  if (Array.isArray(places[0])) return places.map((part) => pathData(part, put, { fine, closed })).join("");
  const points = L.LineUtil.simplify(places.map(put), fine);
  if (points.length < 2) return "";
  return `M${points.map(({ x, y }) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}${closed ? "Z" : ""}`;
}

/** Puts the region on a drawing of a width; gives the height that goes with it. */
function projection([southWest, northEast], width) {
  const project = (place) => L.CRS.EPSG3857.project(L.latLng(place));
  const [low, high] = [project(southWest), project(northEast)];
  const scale = width / (high.x - low.x);
  return {
    height: (high.y - low.y) * scale,
    place(place) {
      const { x, y } = project(place);
      return L.point((x - low.x) * scale, (high.y - y) * scale);
    },
  };
}
