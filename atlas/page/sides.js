// Two maps beside each other: A left (on a phone above), B right. The second is made when it is
// first asked for, of the polygons that stand in the page; both move as one.

import { h, write } from "atlas/dom";
import { createFlows } from "atlas/flows";
import { createLegend } from "atlas/legend";
import { createMap } from "atlas/map";
import { sameClasses } from "atlas/pairwords";
import { sentence } from "atlas/say";
import { createSites } from "atlas/siting";
import { createSymbols } from "atlas/symbols";

const { L } = globalThis;

/** Gives `render`, and `point`: the zone that is pointed at on the main map, or null. */
export function createSides(atlas, store, { main, follow }) {
  const canvas = document.getElementById("canvas");
  const captions = ["A", "B"].map((letter) => caption(letter));
  canvas.prepend(...captions.map(({ box }) => box));
  let second = null;
  let on = false; // whether two maps are shown

  function make() {
    const box = h("div", { class: "folium-map", id: "map_other" });
    const key = h("div", { id: "legend-other" });
    captions[0].box.after(box);
    canvas.append(key);
    const map = copyOf(main.map, box);
    const zones = copyLayer(globalThis.geo_json_zones, map);
    const made = createMap(atlas, store, {
      map, zones, follow, touches: main.touches, fit: main.fit, pointed: (index) => main.outline(index),
    });
    const symbols = createSymbols(atlas, store, { map, follow });
    const parts = [made.render, symbols.render, createFlows(atlas, map), createSites(atlas, store, { map, follow })];
    moveTogether(main.map, map);
    return { box, key, made, legend: createLegend(key), render: (view) => parts.forEach((render) => render(view)) };
  }

  function render(view) {
    const { compared, say } = view;
    const begins = !on && compared?.mode === "side";
    on = compared?.mode === "side";
    canvas.classList.toggle("side", on);
    for (const { box } of captions) box.hidden = !compared;
    if (compared) [compared.a, compared.b].forEach((each, place) => write(captions[place].words, sentence(each)));
    if (on && !second) second = make();
    if (!second) return;
    second.box.hidden = !on;
    const shared = on && sameClasses(compared);
    canvas.classList.toggle("one-legend", shared);
    second.key.hidden = !on || shared;
    name(main.map.getContainer(), on && say("compare.map", { letter: "B" }));
    if (!on) return;
    name(second.box, say("compare.map", { letter: "A" }));
    second.render(compared.a);
    if (!second.key.hidden) second.legend(compared.a);
    if (begins) second.made.labels.arrange();
  }
  return { render, point: (index) => on && second.made.outline(index) };
}

function caption(letter) {
  const words = h("span");
  return { words, box: h("p", { class: `caption caption-${letter}`, hidden: true }, h("strong", {}, letter), words) };
}

function name(container, words) {
  if (words) {
    container.setAttribute("role", "group");
    container.setAttribute("aria-label", words);
  } else {
    container.removeAttribute("role");
    container.removeAttribute("aria-label");
  }
}

/** A map with the reach of another, without a control of its own: one set does for both. */
function copyOf(other, box) {
  const map = L.map(box, { ...other.options, zoomControl: false, renderer: undefined, layers: [] })
    .setView(other.getCenter(), other.getZoom(), { animate: false });
  copyLayer(globalThis.geo_json_water, map);
  return map;
}

function copyLayer(layer, map) {
  const features = layer.getLayers().map((each) => each.feature);
  return L.geoJSON(features, { ...layer.options, onEachFeature: null }).addTo(map);
}

/** Moves each map to where the other goes; at once, as a map that lags behind cannot be compared. */
function moveTogether(...maps) {
  let busy = false;
  const follow = (other, center, zoom) => {
    if (busy || other.getContainer().hidden) return;
    busy = true;
    other.invalidateSize({ animate: false, pan: false });
    other.setView(center, zoom, { animate: false });
    busy = false;
  };
  maps.forEach((map, place) => {
    const other = maps[1 - place];
    if (!other) return;
    map.on("zoomanim", ({ center, zoom }) => follow(other, center, zoom));
    map.on("move resize", () => follow(other, map.getCenter(), map.getZoom()));
  });
}
