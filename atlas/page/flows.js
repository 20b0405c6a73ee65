// Which plant takes what, as it was worked out in the default scenario; drawn as lines on request.

import { number } from "atlas/format";
import { solvedIn } from "atlas/scenario";

const { L } = globalThis;
const WIDEST = 7;
const THINNEST = 0.6;

/** The flows of the view: none in another scenario, or in a year that was not drawn. */
export function flowsOf({ atlas, state, stream }) {
  if (solvedIn(atlas, stream, state) !== "default") return [];
  return (atlas.flows[stream.id]?.[state.year] ?? []).map(([zone, facility, tonnes, km, outside]) =>
    ({ zone, facility, tonnes, km, outside: outside === 1 }));
}

/** Tonne-kilometres of the region's own flows; null where none were worked out. */
export function tonneKilometres({ atlas, state, stream }) {
  return solvedIn(atlas, stream, state) === "default" ? stream.chain?.tonne_km[state.year] ?? null : null;
}

/** The years in which flows were worked out for the stream. */
export function flowYears({ atlas, stream }) {
  return Object.keys(atlas.flows[stream.id] ?? {}).map(Number);
}

/** Makes the lines: from where a zone's residents live to the plant, as wide as the tonnes. */
export function createFlows(atlas, map) {
  const layer = L.layerGroup();
  map.createPane("flows").style.zIndex = 440;
  let drawn = null;
  return (view) => {
    const { state, lang, say } = view;
    const lines = state.flows ? flowsOf(view).filter(({ zone }) => zone !== null) : [];
    const key = lines.length ? `${state.stream} ${state.year} ${lang}` : "";
    if (key === drawn) return;
    drawn = key;
    layer.clearLayers();
    const most = Math.max(...lines.map(({ tonnes }) => tonnes), 1e-9);
    for (const { zone, facility, tonnes, km } of lines) {
      const to = atlas.facilities[facility];
      if (!to.point) continue;
      const weight = Math.max(THINNEST, WIDEST * Math.sqrt(tonnes / most));
      const words = document.createTextNode(`${atlas.zones[zone].name} → ${to.name}: `
        + `${number(tonnes, lang, 1)} ${say("unit.t_per_a")}, ${number(Math.round(km), lang)} km`);
      L.polyline([atlas.zones[zone].point, to.point], {
        pane: "flows", color: "#7a1fa2", opacity: 0.55, weight, className: "flow",
      }).bindTooltip(wrap(words), { sticky: true }).addTo(layer);
    }
    layer.addTo(map);
  };
}

function wrap(node) {
  const box = document.createElement("span");
  box.append(node);
  return box;
}
