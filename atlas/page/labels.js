// Names on the map: a few at province scale, more on zoom, never one over another.

import { h } from "atlas/dom";

const { L } = globalThis;

/** Puts the labels on the map; they hide from each other on every zoom. */
export function createLabels(map, zones, bounds) {
  map.createPane("labels").style.zIndex = 610;
  const labels = zones
    .filter((zone) => zone.label > 0)
    // Fewest steps of zoom first, then most residents: that one keeps its place.
    .sort((one, other) => one.label - other.label || (other.residents ?? 0) - (one.residents ?? 0))
    .map((zone) => {
      const element = h("span", { class: "label" }, zone.name);
      L.marker(zone.point, {
        pane: "labels", interactive: false, keyboard: false,
        icon: L.divIcon({ html: element, className: "label-place", iconSize: [0, 0] }),
      }).addTo(map);
      return { element, rank: zone.label, zone };
    });
  let wanted = () => true;

  function arrange() {
    const near = map.getZoom() >= map.getBoundsZoom(bounds) + 0.75;
    const boxes = labels.map(({ element }) => element.getBoundingClientRect());
    const shown = [];
    labels.forEach(({ element, rank, zone }, index) => {
      const free = wanted(zone) && (rank === 1 || near) && shown.every((box) => apart(box, boxes[index]));
      if (free) shown.push(boxes[index]);
      element.style.visibility = free ? "" : "hidden";
    });
  }
  map.on("zoomend resize", arrange);

  /** Shows the names of some zones only; they make room for others. */
  function show(which) {
    const changed = zones.some((zone) => which(zone) !== wanted(zone));
    wanted = which;
    if (changed) arrange();
  }
  return { arrange, show };
}

function apart(one, other) {
  return one.right < other.left || other.right < one.left
    || one.bottom < other.top || other.bottom < one.top;
}
