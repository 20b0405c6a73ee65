// The map: polygons are drawn once when the page opens; a choice only restyles them.

import { createBorders } from "atlas/borders";
import { colourOf } from "atlas/classes";
import { h } from "atlas/dom";
import { fillOf, paleOf } from "atlas/fills";
import { createLabels } from "atlas/labels";
import { isArrow, neighbour, netsOf, touching } from "atlas/neighbours";
import { pairLine, pairLines } from "atlas/pairwords";
import { createRings, placeChosen } from "atlas/rings";
import { headline, kindWords, sourceLine, timeWords, viewWords } from "atlas/say";
import { chosenArea } from "atlas/sets";

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
  const nets = netsOf(atlas.areas, touches);
  const borders = createBorders(map, atlas.areas.municipality, outlines);
  const labels = createLabels(map, atlas.zones, atlas.region.bounds);
  const rings = createRings(map);
  const fit = given ?? home(map, atlas.region.bounds);
  let view = null;
  let current = 0; // the one zone that Tab reaches; arrows move it
  const placeOf = (zone) => nets[view.state.areas].at[zone]; // of its area in the view
  const areaOf = (zone) => view.areas[placeOf(zone)];

  if (!given) L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const setBackground = background(map);

  function rove(index) {
    if (index === current && zones[index].getElement().getAttribute("tabindex") === "0") return;
    zones[current].getElement().setAttribute("tabindex", "-1");
    current = index;
    zones[index].getElement().setAttribute("tabindex", "0");
  }

  /** Brings a point into view, if it lies in the region: outside it there is no map. */
  function reveal(point) {
    if (!point || map.getBounds().contains(point) || !L.latLngBounds(atlas.region.bounds).contains(point)) return;
    map.panTo(point, { animate: false });
  }

  function onKey(event, index) {
    if (isArrow(event.key)) {
      const { points, touches } = nets[view.state.areas];
      const next = view.areas[neighbour(points, touches, placeOf(index), event.key)];
      rove(next.main);
      reveal(next.point);
      zones[next.main].getElement().focus();
    } else if (event.key === "Enter" || event.key === " ") {
      store.set({ chosen: areaOf(index).chosen });
    } else if (event.key === "Home") {
      store.set({ chosen: null });
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
      rove(areaOf(index).main);
      if (!path.matches(":focus-visible")) return;
      mark(index);
      pointed(index);
    });
    path.addEventListener("blur", () => { mark(null); pointed(null); });
    path.addEventListener("pointerenter", () => { light(areaOf(index).set.zones); pointed(index); });
    path.addEventListener("pointerleave", () => { light([]); pointed(null); });
    zone.on("click", () => store.set({ chosen: areaOf(index).chosen }));
    follow(path, () => tooltip(view, areaOf(index)));
    if (atlas.zones[index].kind === "port") zone.bringToFront();
  });
  rove(0);

  function render(next) {
    view = next;
    view.areas.forEach(paint);
    borders.show(view.state.areas === "municipality");
    labels.show((zone) => view.state.areas === "zone" || zone.kind !== "port");
    const chosen = chosenArea(atlas, view.state.chosen);
    rove(areaOf(chosen ? chosen.main : current).main);
    rings.chosen(chosen && shapeOf(chosen));
    rings.place(chosen ? null : placeChosen(atlas, view.state.chosen)?.point);
    setBackground(view.state.background);
  }

  function paint(area) {
    const { main } = area;
    const difference = view.compared?.mode === "difference";
    const dotted = difference ? view.compared.dotted[main] : area.dotted;
    const edge = outline(area.kind === "port", dotted, paleOf(view, main));
    const fill = { fillColor: fillOf(view, main), fillOpacity: view.state.background ? 0.75 : 1 };
    // Within one area the edges take the colour of the fill, so that no seam is left.
    const parted = area.set.zones.length > 1;
    const seam = { color: difference ? fill.fillColor : colourOf(area.class), weight: 1, dashArray: null };
    const words = view.compared ? pairLine(view, main) : headline(view, area.value, area.span.grade);
    for (const index of area.set.zones) {
      zones[index].setStyle({ ...fill, ...(parted ? seam : edge) });
      const path = zones[index].getElement();
      path.setAttribute("aria-label", `${area.name}: ${words}`);
      if (index === main) path.removeAttribute("aria-hidden");
      else path.setAttribute("aria-hidden", "true");
    }
    if (parted) borders.style(area.id, edge);
  }

  function shapeOf({ id, main, set }) {
    return set.zones.length > 1 ? borders.rings(id) : zones[main].getLatLngs();
  }

  /** Outlines the area of a zone; none without one. */
  function mark(index) {
    rings.focus(index === null ? null : shapeOf(areaOf(index)));
  }

  /** What is shown as one lights up as one. */
  function light(lit) {
    zones.forEach((zone, index) => zone.getElement().classList.toggle("near", lit.includes(index)));
  }
  return { render, map, fit, labels, reveal, touches, outline: mark };
}

/** Ports darker, grade D dotted; pale zones get a grey edge, as white would not show. */
function outline(port, dotted, pale) {
  if (dotted) return { color: port ? "#0f1c2b" : "#44566a", weight: port ? 2 : 1.4, dashArray: "0.1 3.4" };
  if (port) return { color: "#22303f", weight: 1.4, dashArray: null };
  return { color: pale ? "#a9b8c6" : "#ffffff", weight: 1, dashArray: null };
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

function tooltip(view, area) {
  const { span } = area;
  return h("div", {},
    h("strong", {}, area.name),
    h("div", {}, kindWords(view, area)),
    view.compared
      ? h("dl", { class: "tip-pair" }, ...pairLines(view, area.main).flatMap(([title, words]) => [h("dt", {}, title), h("dd", {}, words)]))
      : h("div", { class: "tip-value" }, headline(view, area.value, span.grade)),
    view.compared ? null : h("div", {}, `${view.text(view.stream.title)}, ${viewWords(view)}`),
    view.compared ? null : h("div", { class: "tip-source" }, [sourceLine(view), timeWords(view),
      span.grade && view.say("grade", { grade: span.grade })].filter(Boolean).join(" · ")));
}
