// Plants that the reader puts, on the map: their symbols, moved by dragging, and putting one by a click.

import { h } from "atlas/dom";
import { zoneOf } from "atlas/plan_text";
import { plantWords } from "atlas/plan_words";
import { facilitySymbol } from "atlas/shapes";
import { newPlant } from "atlas/what_if";

const { L } = globalThis;

/** Makes the layer; gives its `render`, and `place`, which lets the next click put a plant. */
export function createPut(atlas, store, { map, follow }) {
  map.createPane("put").style.zIndex = 630;
  const markers = new Map(); // id → marker
  const container = map.getContainer();
  let view = null;
  let waiting = null; // what the next click puts
  const announcer = document.getElementById("announcer");

  function move(id, point) {
    store.set({ put: store.get().put.map((plant) => (plant.id === id ? { ...plant, point, zone: zoneOf(atlas, point) } : plant)) });
  }

  function add(plant) {
    const marker = L.marker(plant.point, {
      icon: L.divIcon({ html: "", className: "symbol symbol-put", iconSize: null }), pane: "put",
      keyboard: false, draggable: true, autoPan: true,
    }).on("click", () => store.set({ chosen: `plant:${plant.id}` }))
      .on("dragend", () => move(plant.id, rounded(marker.getLatLng())))
      .addTo(map);
    follow(marker.getElement(), () => tip(view, plant.id));
    return marker;
  }

  // Before the zones see it: they would be chosen instead.
  container.addEventListener("click", (event) => {
    if (!waiting || event.target.closest(".leaflet-control")) return;
    event.stopPropagation();
    const point = rounded(map.mouseEventToLatLng(event));
    const { chosen: _, ...asked } = waiting;
    stop();
    putAt(atlas, store, { ...asked, point, zone: zoneOf(atlas, point) });
  }, { capture: true });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && waiting) {
      stop();
      event.stopImmediatePropagation();
    }
  }, { capture: true });

  function stop() {
    waiting = null;
    container.classList.remove("placing");
  }

  function place(asked) {
    waiting = { ...asked, chosen: view.state.chosen };
    container.classList.add("placing");
    container.querySelector("path.zones[tabindex='0']")?.focus();
    announcer.textContent = view.say("what_if.click");
  }

  /** Without a pointer: the zone that is chosen with keys, or found by its name, is the place. */
  function placeIn(zone) {
    const { chosen: _, ...asked } = waiting;
    stop();
    putAt(atlas, store, { ...asked, point: atlas.zones[zone].point, zone: atlas.zones[zone].id });
    document.querySelector("#panel input")?.focus();
  }

  function render(next) {
    view = next;
    const [kind, id] = (view.state.chosen ?? "").split(/:(.*)/s);
    if (waiting && view.state.chosen !== waiting.chosen && kind === "zone") queueMicrotask(() => placeIn(atlas.zoneIndex.get(id)));
    const { put, chosen } = view.state;
    for (const [id, marker] of markers) {
      if (put.some((plant) => plant.id === id)) continue;
      marker.remove();
      markers.delete(id);
    }
    for (const plant of put) {
      if (!markers.has(plant.id)) markers.set(plant.id, add(plant));
      const marker = markers.get(plant.id);
      marker.setLatLng(plant.point);
      const element = marker.getElement();
      element.replaceChildren(facilitySymbol({ step: plant.step, status: "operating", capacity_t_per_a: plant.capacity }));
      element.classList.toggle("now", chosen === `plant:${plant.id}`);
    }
  }
  return { render, place };
}

/** Puts a plant and chooses it: its panel has the fields, and what it does. */
export function putAt(atlas, store, asked) {
  const state = store.get();
  const plant = newPlant(atlas, state, asked);
  store.set({ put: [...state.put, plant], chosen: `plant:${plant.id}` });
}

function tip(view, id) {
  const plant = view.state.put.find((each) => each.id === id);
  return plant ? h("div", {}, h("strong", {}, plantWords(view, plant)), h("div", {}, view.say("what_if.drag"))) : h("div");
}

/** About a metre, on the one world there is. */
function rounded(place) {
  const { lat, lng } = place.wrap();
  return [Number(lat.toFixed(5)), Number(lng.toFixed(5))];
}
