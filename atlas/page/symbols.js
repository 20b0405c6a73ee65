// Facilities and collection points on the map, each with a switch of its own.

import { h } from "atlas/dom";
import { capacityWords } from "atlas/say";
import { facilitySymbol, pointSymbol } from "atlas/shapes";
import { takes } from "atlas/view";

const { L } = globalThis;

/** Puts the symbols on the map; `render` shows those that the state asks for. */
export function createSymbols(atlas, store, { map, follow }) {
  let view = null;
  const plants = atlas.facilities.map((facility, index) => facility.point && marker({ map, follow }, facility.point, {
    symbol: facilitySymbol(facility),
    shift: shiftOf(atlas.facilities, index),
    choose: () => store.set({ chosen: `facility:${facility.id}` }),
    tip: () => plantTip(view, facility),
    kind: "plant",
  }));
  const points = atlas.collection_points.map((point) => point.point && marker({ map, follow }, point.point, {
    symbol: pointSymbol(point.status),
    shift: 0,
    choose: () => store.set({ chosen: `point:${point.id}` }),
    tip: () => pointTip(view, point),
    kind: "point",
  }));

  const drawn = atlas.facilities.map(({ status }) => status);

  // Hidden rather than taken off the map: a switch then makes and moves nothing.
  const toggle = (marked, on) => {
    if (marked) marked.getElement().hidden = !on;
  };
  return {
    render(next) {
      view = next;
      const changed = new Map(view.state.changes.map((change) => [change.facility, change]));
      atlas.facilities.forEach((facility, index) => {
        toggle(plants[index], facilityShown(view, facility) || changed.has(facility.id));
        if (!plants[index]) return;
        const element = plants[index].getElement();
        element.classList.toggle("now", view.state.chosen === `facility:${facility.id}`);
        element.classList.toggle("changed", changed.has(facility.id));
        const status = statusIn(view, facility, changed.get(facility.id));
        if (drawn[index] === status) return;
        drawn[index] = status;
        element.replaceChildren(facilitySymbol({ ...facility, status }));
      });
      atlas.collection_points.forEach((point, index) => toggle(points[index], pointShown(view, point)));
    },
  };
}

/** Status of a facility in the year shown, as the reader may have changed it. */
function statusIn({ state: { year } }, { status }, change) {
  if (!change) return status;
  if ((change.to ?? Infinity) < year) return "closed";
  if ((change.from ?? -Infinity) > year) return "planned";
  return change.capacity !== null || change.from !== null ? "operating" : status;
}

/** Whether the state shows a facility. */
export function facilityShown({ state, stream }, facility) {
  if (state.chosen === `facility:${facility.id}`) return true; // what is chosen is never out of sight
  return state.plants && !state.hidden.includes(facility.step)
    && (!state.only || takes(facility, stream));
}

/** Whether the state shows a collection point. */
function pointShown({ state, stream }, point) {
  if (state.chosen === `point:${point.id}`) return true;
  return state.points && (!state.only || point.streams.includes(stream.id));
}

function marker({ map, follow }, place, { symbol, shift, choose, tip, kind }) {
  const icon = L.divIcon({
    html: symbol, className: `symbol symbol-${kind}`, iconSize: null, iconAnchor: [-shift, 0],
  });
  // No tab stop: the lists in the foot hold every symbol as text, with the same choice.
  const marked = L.marker(place, { icon, keyboard: false, zIndexOffset: kind === "plant" ? 1000 : 0 })
    .on("click", choose)
    .addTo(map);
  follow(marked.getElement(), tip);
  return marked;
}

/** Sites at one address stand side by side instead of on top of each other. */
function shiftOf(facilities, index) {
  const key = String(facilities[index].point);
  const same = facilities.map((each, place) => [String(each.point), place]).filter(([at]) => at === key);
  return (same.findIndex(([, place]) => place === index) - (same.length - 1) / 2) * 17;
}

function plantTip(view, facility) {
  return h("div", {}, h("strong", {}, facility.name),
    h("div", {}, `${view.name("step", facility.step)} · ${view.name("status", facility.status)}`),
    h("div", {}, `${view.say("capacity")}: ${capacityWords(view, facility)}`));
}

function pointTip(view, point) {
  return h("div", {}, h("strong", {}, point.name),
    h("div", {}, `${view.name("point", point.kind)} · ${view.name("status", point.status)}`));
}
