// The map: polygons are drawn once when the page opens; a choice only restyles them.

import { h } from "atlas/dom";
import { createLabels } from "atlas/labels";
import { isArrow, neighbour, touching } from "atlas/neighbours";
import { fillOf, paleOf } from "atlas/fills";
import { pairLine, pairLines } from "atlas/pairwords";
import { headline, kindWords, sourceLine, timeWords, viewWords } from "atlas/say";

const { L } = globalThis;
const BACKGROUND =
  "https://service.pdok.nl/brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:3857/{z}/{x}/{y}.png";

/**
 * Makes a map out of the layers that stand on it; gives its `render`. The main one fits itself and has
 * the scale; a second one is told where it `fit`s and what `touches` what. `pointed` hears which zone
 * the pointer or the focus is on, `outline` marks one of the other map.
 */
export function createMap(atlas, store, { map, zones: layer, follow, pointed, fit: given, touches: known }) {
  const zones = [];
  layer.eachLayer((zone) => { zones[zone.feature.properties.index] = zone; });
  const outlines = zones.map((zone) => zone.feature.geometry.coordinates);
  const touches = known ?? touching(outlines);
  const points = atlas.zones.map((zone) => zone.point);
  const labels = createLabels(map, atlas.zones, atlas.region.bounds);
  const rings = createRings(map);
  const fit = given ?? home(map, atlas.region.bounds);
  let view = null;
  let current = 0; // the one zone that Tab reaches; arrows move it

  if (!given) L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const setBackground = background(map);

  function choose(index) {
    store.set({ chosen: index === null ? null : `zone:${atlas.zones[index].id}` });
  }

  function rove(index) {
    zones[current].getElement().setAttribute("tabindex", "-1");
    current = index;
    zones[index].getElement().setAttribute("tabindex", "0");
  }

  function onKey(event, index) {
    if (isArrow(event.key)) {
      const next = neighbour(points, touches, index, event.key);
      rove(next);
      if (!map.getBounds().contains(points[next])) map.panTo(points[next], { animate: false });
      zones[next].getElement().focus();
    } else if (event.key === "Enter" || event.key === " ") {
      choose(index);
    } else if (event.key === "Home") {
      choose(null);
      fit();
    } else if (event.key === "+" || event.key === "=") {
      map.zoomIn();
    } else if (event.key === "-") {
      map.zoomOut();
    } else {
      return;
    }
    event.preventDefault();
  }

  zones.forEach((zone, index) => {
    const path = zone.getElement();
    path.setAttribute("role", "button");
    path.setAttribute("tabindex", "-1");
    path.addEventListener("keydown", (event) => onKey(event, index));
    path.addEventListener("focus", () => {
      rove(index);
      if (!path.matches(":focus-visible")) return;
      rings.focus(zone);
      pointed(index);
    });
    path.addEventListener("blur", () => { rings.focus(null); pointed(null); });
    path.addEventListener("pointerenter", () => pointed(index));
    path.addEventListener("pointerleave", () => pointed(null));
    zone.on("click", () => choose(index));
    follow(path, () => tooltip(view, index));
    if (atlas.zones[index].kind === "port") zone.bringToFront();
  });
  rove(0);

  function render(next) {
    view = next;
    const { dotted } = view.compared?.mode === "difference" ? view.compared : view;
    zones.forEach((zone, index) => {
      zone.setStyle({
        fillColor: fillOf(view, index),
        fillOpacity: view.state.background ? 0.75 : 1,
        ...outline(atlas.zones[index].kind === "port", dotted[index], paleOf(view, index)),
      });
      const words = view.compared ? pairLine(view, index)
        : headline(view, view.values[index], view.spans[index].grade);
      zone.getElement().setAttribute("aria-label", `${atlas.zones[index].name}: ${words}`);
    });
    const [kind, id] = (view.state.chosen ?? "").split(/:(.*)/s);
    const chosen = kind === "zone" ? atlas.zoneIndex.get(id) : undefined;
    if (chosen !== undefined) rove(chosen);
    rings.chosen(chosen === undefined ? null : zones[chosen]);
    setBackground(view.state.background);
  }
  const mark = (index) => rings.focus(index === null ? null : zones[index]);
  return { render, map, fit, labels, touches, outlines, outline: mark };
}

/** Ports darker, grade D dotted; pale zones get a grey edge, as white would not show. */
function outline(port, dotted, pale) {
  if (dotted) return { color: port ? "#0f1c2b" : "#44566a", weight: port ? 2 : 1.4, dashArray: "0.1 3.4" };
  if (port) return { color: "#22303f", weight: 1.4, dashArray: null };
  return { color: pale ? "#a9b8c6" : "#ffffff", weight: 1, dashArray: null };
}

/** Outlines of the zone chosen and of the zone in focus, above all others. */
function createRings(map) {
  map.createPane("rings").style.zIndex = 450;
  const line = (color, weight) => L.polygon([], {
    pane: "rings", interactive: false, fill: false, color, weight, className: "ring",
  }).addTo(map);
  const pair = (color, weight) => {
    const lines = [line("#fff", weight + 3), line(color, weight)];
    return (zone) => lines.forEach((each) => each.setLatLngs(zone ? zone.getLatLngs() : []));
  };
  return { chosen: pair("#c2410c", 3), focus: pair("#0f1c2b", 2.5) };
}

/** Fits the region, again on every change of size, until the reader moves the map. */
function home(map, bounds) {
  const fit = () => {
    const { clientWidth, clientHeight } = map.getContainer();
    if (clientWidth < 50 || clientHeight < 50) return; // hidden behind the figures, or about to close
    map.invalidateSize({ animate: false, pan: false });
    // A narrow one of two has room to spare above the region, where its legend then stands.
    const spare = map.getContainer().parentElement.matches(".side") ? clientHeight - clientWidth : 0;
    map.fitBounds(bounds, {
      animate: false, paddingTopLeft: [10, Math.max(12, spare)], paddingBottomRight: [34, 30],
    });
    moved = false;
  };
  let moved = false;
  for (const event of ["mousedown", "wheel", "touchstart", "keydown"]) {
    // Of either map, where two move as one.
    map.getContainer().parentElement.addEventListener(event, ({ target }) => {
      if (target.closest(".leaflet-container")) moved = true;
    }, { passive: true });
  }
  new ResizeObserver(() => (moved ? map.invalidateSize({ animate: false }) : fit()))
    .observe(map.getContainer());
  fit();
  return fit;
}

/** The one thing on the page that asks the network, and only after the reader says so. */
function background(map) {
  let tiles = null;
  const attribution = L.control.attribution({ prefix: false, position: "bottomright" });
  return (on) => {
    if (on && !tiles) {
      tiles = L.tileLayer(BACKGROUND, { attribution: "Kaartgegevens © Kadaster", maxZoom: 19 });
      tiles.addTo(map);
      attribution.addTo(map);
    } else if (!on && tiles) {
      tiles.remove();
      attribution.remove();
      tiles = null;
    }
  };
}

function tooltip(view, index) {
  const zone = view.atlas.zones[index];
  const span = view.spans[index];
  return h("div", {},
    h("strong", {}, zone.name),
    h("div", {}, kindWords(view, zone)),
    view.compared
      ? h("dl", { class: "tip-pair" }, ...pairLines(view, index).flatMap(([title, words]) => [h("dt", {}, title), h("dd", {}, words)]))
      : h("div", { class: "tip-value" }, headline(view, view.values[index], span.grade)),
    view.compared ? null : h("div", {}, `${view.text(view.stream.title)}, ${viewWords(view)}`),
    view.compared ? null : h("div", { class: "tip-source" }, [sourceLine(view), timeWords(view),
      span.grade && view.say("grade", { grade: span.grade })].filter(Boolean).join(" · ")));
}
