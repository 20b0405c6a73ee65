// Which plant takes what; drawn as lines on request.

import { flowsIn } from "atlas/cases";
import { contextOf, inModel } from "atlas/context";
import { number } from "atlas/format";
import { plantWords } from "atlas/plan_words";
import { solvedIn } from "atlas/scenario";

const { L } = globalThis;
const WIDEST = 7;
const THINNEST = 0.6;

/**
 * The flows of the view at the step of the gap: { zone, to, tonnes, km, outside }, `to` with the name
 * and the point of the plant. Those of the tables where they have them: ways that are equally short
 * are then the same in both.
 */
export function flowsOf({ atlas, state, stream }) {
  const now = atlas.years.indexOf(state.year);
  if (!stream.model?.processed || !inModel(contextOf(atlas, state), now)) return [];
  const tabled = solvedIn(atlas, stream, state) === "default" ? atlas.flows[stream.id]?.[state.year] : null;
  if (tabled) {
    return tabled.map(([zone, facility, tonnes, km, outside]) =>
      ({ zone, to: atlas.facilities[facility], tonnes, km, outside: outside === 1 }));
  }
  return flowsIn(atlas, state, stream.id, stream.step, now).map(({ cell, plant, tonnes, km, outside }) => ({
    zone: cell !== null && cell < atlas.zones.length ? cell : null, to: plantOf({ atlas, state }, plant), tonnes, km, outside,
  }));
}

/** Name and point of a plant of the programme: a facility, or one that the reader puts. */
export function plantOf({ atlas, state }, { id, row }) {
  return row === null ? state.put.find((plant) => plant.id === id) : atlas.facilities[row];
}

/** Tonne-kilometres of the region's own flows; null where nothing flows. */
export function tonneKilometres(view) {
  const { atlas, state, stream } = view;
  const tabled = solvedIn(atlas, stream, state) === "default" ? stream.chain?.tonne_km[state.year] : undefined;
  if (tabled !== undefined) return tabled;
  const own = flowsOf(view).filter(({ outside }) => !outside);
  return own.length ? own.reduce((total, { tonnes, km }) => total + tonnes * km, 0) : null;
}

/** Makes the lines: from where a zone's residents live to the plant, as wide as the tonnes. */
export function createFlows(atlas, map) {
  const layer = L.layerGroup();
  map.createPane("flows").style.zIndex = 440;
  let drawn = null;
  return (view) => {
    const { state, lang, say } = view;
    const lines = state.flows ? flowsOf(view).filter(({ zone }) => zone !== null) : [];
    const key = JSON.stringify([lang, lines.map(({ zone, to, tonnes }) => [zone, to.point, tonnes])]);
    if (key === drawn) return;
    drawn = key;
    layer.clearLayers();
    const most = Math.max(...lines.map(({ tonnes }) => tonnes), 1e-9);
    for (const { zone, to, tonnes, km } of lines) {
      if (!to.point) continue;
      const weight = Math.max(THINNEST, WIDEST * Math.sqrt(tonnes / most));
      const words = document.createTextNode(`${atlas.zones[zone].name} → ${nameOf(view, to)}: `
        + `${number(tonnes, lang, 1)} ${say("unit.t_per_a")}, ${number(Math.round(km), lang)} km`);
      L.polyline([atlas.zones[zone].point, to.point], {
        pane: "flows", color: "#7a1fa2", opacity: 0.55, weight, className: "flow",
      }).bindTooltip(wrap(words), { sticky: true }).addTo(layer);
    }
    layer.addTo(map);
  };
}

/** Name of where it goes: a facility's own, or what a plant that is put is called. */
export function nameOf(view, to) {
  return "stream" in to ? plantWords(view, to) : to.name;
}

function wrap(node) {
  const box = document.createElement("span");
  box.append(node);
  return box;
}
