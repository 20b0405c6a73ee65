// Drawing a mark on the map: by pointer, corner by corner, or at a place that needs no pointer. The
// map can be moved and zoomed meanwhile; Escape gives up and leaves everything as it was.

import { h, write } from "atlas/dom";
import { cornersOf } from "atlas/mark_layer";
import { LIMIT, newMark } from "atlas/marks";

const { L } = globalThis;
const NEAR = 5; // pixels: a corner this near the last is the second click of a double one

/** Makes the bar over the map; gives `start` (a kind), `stop`, and `render` for its words. */
export function createDrawing(atlas, store, { map }) {
  const hint = h("p", { role: "status" });
  const button = (onclick) => h("button", { type: "button", onclick });
  const [here, undo, done, stopped] = [button(placeHere), button(takeBack), button(finish), button(() => stop())];
  const bar = h("div", { id: "drawing", role: "group", hidden: true }, hint, h("div", {}, here, undo, done, stopped));
  document.getElementById("canvas").append(bar);
  const container = map.getContainer();
  let [kind, corners, trace, from, view] = [null, [], null, null, null];
  let swallow = false; // the rest of a double click that ended the drawing

  function start(wanted, button) {
    stop();
    [kind, from] = [wanted, button];
    trace = L.polyline([], { interactive: false, color: "#0f1c2b", weight: 2.4, dashArray: "7 5", pane: "marks" }).addTo(map);
    container.classList.add("drawing");
    map.doubleClickZoom.disable();
    draw();
    bar.hidden = false;
    container.scrollIntoView({ block: "nearest" });
    here.focus({ preventScroll: true });
  }

  function stop(focus = from) {
    if (kind === null) return;
    trace.remove();
    container.classList.remove("drawing");
    map.doubleClickZoom.enable();
    bar.hidden = true;
    [kind, corners, trace] = [null, [], null];
    focus?.focus();
  }

  /** Puts the mark and opens its panel, where its text can be written at once. */
  function put(points) {
    const { marks } = store.get();
    if (marks.length >= LIMIT.items) return stop();
    const mark = newMark(marks, kind, points.slice(0, LIMIT.corners));
    stop(null);
    store.set({ marks: [...marks, mark], chosen: `mark:${mark.id}` });
    document.querySelector("#panel textarea")?.focus({ preventScroll: innerWidth > 900 });
  }

  function add({ lat, lng }) {
    if (kind !== "area") return put([[lat, lng]]);
    const at = map.latLngToContainerPoint([lat, lng]);
    const last = corners.at(-1);
    if (last && map.latLngToContainerPoint(last).distanceTo(at) < NEAR) return undefined;
    corners = [...corners, [lat, lng]].slice(0, LIMIT.corners);
    return draw();
  }

  function takeBack() {
    corners = corners.slice(0, -1);
    draw();
    if (undo.hidden && document.activeElement === document.body) here.focus();
  }

  function finish() {
    if (corners.length >= 3) put(corners);
  }

  /** Where no pointer is needed: at the zone that is chosen, or the middle of the map. */
  function placeHere() {
    const zone = chosenZone();
    if (kind === "area") return put(zone === null ? middle() : cornersOf(zone));
    const { lat, lng } = map.getCenter();
    return put([zone === null ? [lat, lng] : atlas.zones[zone].point]);
  }

  function middle() {
    const box = map.getBounds().pad(-0.25);
    return [box.getSouthWest(), box.getNorthWest(), box.getNorthEast(), box.getSouthEast()].map(({ lat, lng }) => [lat, lng]);
  }

  function chosenZone() {
    const [what, id] = (store.get().chosen ?? "").split(/:(.*)/s);
    return what === "zone" ? atlas.zoneIndex.get(id) ?? null : null;
  }

  function draw() {
    if (kind === null || !view) return;
    const { say } = view;
    const zone = chosenZone();
    const area = kind === "area";
    trace.setLatLngs(corners.length > 2 ? [...corners, corners[0]] : corners);
    write(hint, say(area ? "draw.area" : "draw.point", { kind: say(`mark.${kind}`), n: corners.length }));
    write(here, zone === null ? say(area ? "draw.middle.area" : "draw.middle")
      : say(area ? "draw.outline" : "draw.zone", { name: atlas.zones[zone].name }));
    write(undo, say("draw.back"));
    write(done, say("draw.done"));
    write(stopped, say("draw.stop"));
    bar.setAttribute("aria-label", say("draw.label"));
    undo.hidden = !area || !corners.length;
    done.hidden = !area || corners.length < 3;
  }

  // Before the map and its zones hear of it: while drawing, a click is a corner and nothing else.
  container.addEventListener("click", (event) => {
    if (kind === null && !(swallow && event.detail > 1)) {
      swallow = false;
      return;
    }
    if (event.target.closest(".leaflet-control")) return;
    event.stopPropagation();
    if (kind === null || map.dragging.moved()) return;
    swallow = true;
    add(map.mouseEventToLatLng(event));
  }, true);
  container.addEventListener("dblclick", (event) => {
    if ((kind === null && !swallow) || event.target.closest(".leaflet-control")) return;
    event.stopPropagation();
    if (kind === "area") finish();
  }, true);
  addEventListener("keydown", (event) => {
    if (kind === null || event.target.closest?.("input, textarea, select")) return;
    const inBar = event.target.closest?.("button");
    if (event.key === "Escape") stop();
    else if (event.key === "Backspace" && kind === "area") takeBack();
    else if (event.key === "Enter" && kind === "area" && corners.length >= 3 && !inBar) finish();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  return {
    start, stop,
    render(next) {
      view = next;
      draw();
    },
  };
}
