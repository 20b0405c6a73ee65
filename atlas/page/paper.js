// The sheet that is printed: its size, and what stands on it: the map as it is seen, or an area sheet.

import { h } from "atlas/dom";
import { lacks } from "atlas/needs";

export const SIZES = { A4: [210, 297], A3: [297, 420] }; // mm
export const WAYS = ["landscape", "portrait"];
const MARGIN = 10;
const LEAST = 0.6; // a sheet is never drawn smaller than this to make it fit

/** Millimetres of a sheet within its margins. */
export function innerSize(size, way) {
  const [short, long] = SIZES[size].map((side) => side - 2 * MARGIN);
  return way === "landscape" ? { width: long, height: short } : { width: short, height: long };
}

/** Makes the paper: `choose` a size, `print` the map, or the sheet that `make` gives. */
export function createPaper(atlas, { map, fit }, fillImprint) {
  const root = document.documentElement;
  const style = h("style");
  const host = document.getElementById("sheet");
  document.head.append(style);
  let make = null;
  let seen = null; // where the reader's map was before it took the size of the sheet

  /** The size of the page can only be set by a rule; what stands on it follows the same millimetres. */
  function set({ size, way }) {
    const { width, height } = innerSize(size, way);
    style.textContent = `@page { size: ${size} ${way}; margin: ${MARGIN}mm }
:root { --sheet-width: ${width}mm; --sheet-height: ${height}mm }`;
    root.dataset.paper = size;
  }

  function before() {
    if (root.classList.contains("printing") || root.classList.contains("sheeting")) return;
    if (make) {
      set({ size: "A4", way: "portrait" });
      root.classList.add("sheeting");
      host.replaceChildren(make());
      shrink(host);
      return;
    }
    set(chosen);
    seen = { bounds: map.getBounds(), center: map.getCenter(), zoom: map.getZoom() };
    fillImprint();
    root.classList.add("printing");
    map.invalidateSize({ animate: false });
    if (whole(map, seen, atlas.region.bounds)) fit();
    else map.fitBounds(seen.bounds, { animate: false });
  }

  function after() {
    if (make) host.replaceChildren();
    make = null;
    root.classList.remove("printing", "sheeting");
    set(chosen);
    if (!seen) return;
    map.invalidateSize({ animate: false });
    map.setView(seen.center, seen.zoom, { animate: false });
    seen = null;
  }

  let chosen = { size: "A4", way: "landscape" };
  set(chosen);
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  return {
    get: () => chosen,
    choose(patch) {
      chosen = { ...chosen, ...patch };
      set(chosen);
    },
    print(sheet = null) {
      if (lacks("print")) return;
      make = sheet;
      globalThis.print();
    },
  };
}

/** Whether the reader saw the whole region, and not much more. */
function whole(map, { bounds, zoom }, region) {
  return bounds.contains(region) && zoom > map.getBoundsZoom(region) - 1;
}

/** Draws a sheet as small as it must be to stand on one page. */
function shrink(host) {
  for (let scale = 1; scale >= LEAST; scale -= 0.025) {
    host.style.setProperty("--fit", scale.toFixed(3));
    if (host.scrollHeight <= host.clientHeight) return;
  }
}
