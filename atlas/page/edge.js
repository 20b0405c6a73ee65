// Plants outside the view stand on the edge of the map as arrows with their distance.

import { h } from "atlas/dom";
import { number } from "atlas/format";
import { kilometres } from "atlas/model";
import { chosenArea } from "atlas/sets";
import { facilitySymbol } from "atlas/shapes";
import { facilityShown } from "atlas/symbols";
import { takes } from "atlas/view";

const INSET = 8;
const APART = 4;
const MOST = 8; // more would be a frame of labels instead of a map

/** Makes the arrows; they move with the map and with the zone chosen. */
export function createEdge(atlas, map, store) {
  const host = document.getElementById("edge");
  let view = null;
  let width = 0; // as last observed: asking for it would lay out the page in mid-switch
  new ResizeObserver(([entry]) => {
    width = entry.contentRect.width;
    render();
  }).observe(host);

  function render(next = view) {
    view = next;
    if (!view || !width) return;
    const seen = map.getBounds();
    const from = origin(atlas, view.state.chosen);
    const away = atlas.facilities
      .filter((facility) => facility.point && takes(facility, view.stream) && !gone(facility)
        && facilityShown(view, facility) && !seen.contains(facility.point))
      .map((facility) => ({ facility, km: (atlas.region.detour_factor ?? 1) * kilometres(from, facility.point) }))
      .sort((one, other) => one.km - other.km);
    const shown = away.slice(0, width < 600 ? MOST / 2 : MOST);
    const arrows = shown.map(({ facility, km }) => arrow(view, facility, km, store));
    const more = h("span", { class: "edge-more" });
    const tell = (n) => {
      // Its room is kept: whether an arrow finds none is only known once all are placed.
      more.style.visibility = n === 0 ? "hidden" : "";
      more.textContent = view.say("edge.more", { n });
    };
    tell(away.length - shown.length);
    host.replaceChildren(more, ...arrows);
    const targets = shown.map(({ facility }) => map.latLngToContainerPoint(facility.point));
    const without = place(host, arrows, targets);
    if (without) tell(away.length - shown.length + without);
  }
  map.on("moveend", () => render());
  return { render };
}

/** What is closed or never came is no answer to where a stream can go. */
function gone({ status }) {
  return status === "closed" || status === "cancelled";
}

function arrow(view, facility, km, store) {
  const distance = `${number(Math.round(km), view.lang)} km`;
  const state = `${view.name("step", facility.step)}, ${view.name("status", facility.status)}`;
  return h("button", {
    type: "button", class: "arrow", title: `${facility.name} · ${distance} · ${state}`,
    onclick: () => store.set({ chosen: `facility:${facility.id}` }),
  },
  h("span", { class: "arrow-head", "aria-hidden": "true" }, "➤"),
  facilitySymbol({ ...facility, capacity_t_per_a: facility.capacity_t_per_a === null ? null : 700 }, 0.62),
  h("span", { class: "arrow-name" }, facility.municipality || facility.name.replace(/\s*\(.*$/s, "")),
  h("span", {}, ` · ${distance}`));
}

/** Distances count from the zone chosen, else from the middle of the region. */
function origin(atlas, chosen) {
  const area = chosenArea(atlas, chosen);
  const [[south, west], [north, east]] = atlas.region.bounds;
  return area ? area.point : [(south + north) / 2, (west + east) / 2];
}

/** Slides every arrow along the edge until it is free; gives how many found no room. */
function place(host, arrows, targets) {
  const frame = host.getBoundingClientRect();
  const taken = [...document.querySelectorAll("#legend, .leaflet-control, .edge-more")]
    .map((element) => box(element, frame)).filter((each) => each.width);
  const middle = { x: frame.width / 2, y: frame.height / 2 };
  const sizes = arrows.map((element) => element.getBoundingClientRect());
  arrows.forEach((element, index) => {
    const { width, height } = sizes[index];
    const dx = targets[index].x - middle.x;
    const dy = targets[index].y - middle.y;
    const spot = free(start(dx, dy, frame, width, height), frame, { width, height }, taken);
    element.hidden = !spot;
    if (!spot) return;
    taken.push(spot);
    element.style.transform = `translate(${spot.x}px, ${spot.y}px)`;
    const turn = Math.atan2(targets[index].y - spot.y, targets[index].x - spot.x);
    element.firstChild.style.transform = `rotate(${turn}rad)`;
    element.classList.toggle("arrow-right", dx > 0);
  });
  return arrows.filter((element) => element.hidden).length;
}

function start(dx, dy, frame, width, height) {
  const reachX = frame.width / 2 - width / 2 - INSET;
  const reachY = frame.height / 2 - height / 2 - INSET;
  const scale = Math.min(reachX / Math.abs(dx || 1), reachY / Math.abs(dy || 1));
  const sideways = reachX / Math.abs(dx || 1) <= reachY / Math.abs(dy || 1);
  return {
    x: frame.width / 2 + dx * scale - width / 2,
    y: frame.height / 2 + dy * scale - height / 2,
    sideways,
  };
}

function free(first, frame, { width, height }, taken) {
  const along = first.sideways ? "y" : "x";
  const step = (first.sideways ? height : width) + APART;
  const most = (first.sideways ? frame.height - height : frame.width - width) - INSET;
  for (let turn = 0; turn < 60; turn += 1) {
    const shift = Math.ceil(turn / 2) * (turn % 2 ? 1 : -1) * (step / 4);
    const spot = { x: first.x, y: first.y, width, height };
    spot[along] += shift;
    if (spot[along] < INSET || spot[along] > most) continue;
    if (taken.every((other) => apart(spot, other))) return spot;
  }
  return null;
}

function apart(one, other) {
  return one.x + one.width + APART <= other.x || other.x + other.width + APART <= one.x
    || one.y + one.height + APART <= other.y || other.y + other.height + APART <= one.y;
}

function box(element, frame) {
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x: x - frame.x, y: y - frame.y, width, height };
}
