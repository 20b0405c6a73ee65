// The map: polygons are drawn once when the page opens; a choice only restyles them.

import { createBorders } from "atlas/borders";
import { colourOf } from "atlas/classes";
import { h } from "atlas/dom";
import { createLabels } from "atlas/labels";
import { isArrow, neighbour, netsOf, touching } from "atlas/neighbours";
import { createPatterns, hatch } from "atlas/patterns";
import { createRings, placeChosen } from "atlas/rings";
import { headline, kindWords, sourceLine, timeWords, viewWords } from "atlas/say";
import { chosenArea } from "atlas/sets";

const { L } = globalThis;
const BACKGROUND =
  "https://service.pdok.nl/brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:3857/{z}/{x}/{y}.png";

/** Makes the map out of the layers that stand in the page; gives its `render`. */
export function createMap(atlas, store, follow) {
  const map = globalThis.map_atlas;
  const zones = [];
  globalThis.geo_json_zones.eachLayer((zone) => { zones[zone.feature.properties.index] = zone; });
  const outlines = zones.map((zone) => zone.feature.geometry.coordinates);
  const nets = netsOf(atlas.areas, touching(outlines));
  const borders = createBorders(map, atlas.areas.municipality, outlines);
  const labels = createLabels(map, atlas.zones, atlas.region.bounds);
  const rings = createRings(map);
  const fit = home(map, atlas.region.bounds);
  let view = null;
  let current = 0; // the one zone that Tab reaches; arrows move it
  const placeOf = (zone) => nets[view.state.areas].at[zone]; // of its area in the view
  const areaOf = (zone) => view.areas[placeOf(zone)];

  createPatterns();
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
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
      if (path.matches(":focus-visible")) rings.focus(shapeOf(areaOf(index)));
    });
    path.addEventListener("blur", () => rings.focus(null));
    zone.on("click", () => store.set({ chosen: areaOf(index).chosen }));
    // What is shown as one lights up as one.
    path.addEventListener("pointerenter", () => areaOf(index).set.zones.forEach((each) => zones[each].getElement().classList.add("near")));
    path.addEventListener("pointerleave", () => zones.forEach((each) => each.getElement().classList.remove("near")));
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
    const edge = outline(area.kind === "port", area.dotted, !area.class);
    const fill = {
      fillColor: view.state.hatch && area.gap ? hatch(area.class) : colourOf(area.class),
      fillOpacity: view.state.background ? 0.75 : 1,
    };
    // Within one area the edges take the colour of the fill, so that no seam is left.
    const parted = area.set.zones.length > 1;
    const seam = { color: colourOf(area.class), weight: 1, dashArray: null };
    const label = `${area.name}: ${headline(view, area.value, area.span.grade)}`;
    for (const index of area.set.zones) {
      zones[index].setStyle({ ...fill, ...(parted ? seam : edge) });
      const path = zones[index].getElement();
      path.setAttribute("aria-label", label);
      if (index === area.main) path.removeAttribute("aria-hidden");
      else path.setAttribute("aria-hidden", "true");
    }
    if (parted) borders.style(area.id, edge);
  }

  function shapeOf({ id, main, set }) {
    return set.zones.length > 1 ? borders.rings(id) : zones[main].getLatLngs();
  }
  return { render, map, fit, labels, reveal };
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
    map.fitBounds(bounds, { animate: false, paddingTopLeft: [10, 12], paddingBottomRight: [34, 30] });
    moved = false;
  };
  let moved = false;
  for (const event of ["mousedown", "wheel", "touchstart", "keydown"]) {
    map.getContainer().addEventListener(event, () => { moved = true; }, { passive: true });
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
    h("div", { class: "tip-value" }, headline(view, area.value, span.grade)),
    h("div", {}, `${view.text(view.stream.title)}, ${viewWords(view)}`),
    h("div", { class: "tip-source" }, [sourceLine(view), timeWords(view),
      span.grade && view.say("grade", { grade: span.grade })].filter(Boolean).join(" · ")));
}
