// The sheet that is printed: its size, and what stands on it: the map as it is seen, or an area sheet.

import { h } from "atlas/dom";
import { lacks } from "atlas/needs";

export const SIZES = { A4: [210, 297], A3: [297, 420] }; // mm
export const WAYS = ["landscape", "portrait"];
const MARGIN = 10;
// How small a sheet, or the words beside a map, may be drawn to make them fit.
const LEAST = 0.6;
const SMALLEST = 0.8;

/** Millimetres of a sheet within its margins. */
function innerSize(size, way) {
  const [short, long] = SIZES[size].map((side) => side - 2 * MARGIN);
  return way === "landscape" ? { width: long, height: short } : { width: short, height: long };
}

/** Makes the paper: `choose` a size, `print` the map, or the sheet that `make` gives. */
export function createPaper(atlas, { map, fit }, fillImprint) {
  const root = document.documentElement;
  const style = h("style");
  const [host, stage] = ["sheet", "stage"].map((id) => document.getElementById(id));
  document.head.append(style);
  let make = null;
  let seen = null; // where the reader's map was before it took the size of the sheet

  /** The size of the page can only be set by a rule; what stands on it follows the same millimetres. */
  function set({ size, way }) {
    const { width, height } = innerSize(size, way);
    style.textContent = `@page { size: ${size} ${way}; margin: ${MARGIN}mm }
:root { --sheet-width: ${width}mm; --sheet-height: ${height}mm }`;
    root.dataset.paper = size;
    root.dataset.way = way;
  }

  function before() {
    if (root.classList.contains("printing") || root.classList.contains("sheeting")) return;
    if (make) {
      set({ size: "A4", way: "portrait" });
      root.classList.add("sheeting");
      host.replaceChildren(make());
      shrink(root, LEAST, () => host.scrollHeight <= host.clientHeight);
      return;
    }
    set(chosen);
    seen = { bounds: map.getBounds(), center: map.getCenter(), zoom: map.getZoom() };
    fillImprint();
    root.classList.add("printing");
    shrink(root, SMALLEST, () => stage.getBoundingClientRect().height <= parseFloat(getComputedStyle(stage).minHeight) + 1);
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

/** Draws what stands on a sheet as small as it must be to fit, but not smaller than can be read. */
function shrink(root, least, fits) {
  for (let scale = 1; scale >= least; scale -= 0.025) {
    root.style.setProperty("--fit", scale.toFixed(3));
    if (fits()) return;
  }
}
