// What is chosen and what has the focus, marked on the map above all else.

const { L } = globalThis;

/** Outlines of the area chosen and of the area in focus, above all others; a ring around a place. */
export function createRings(map) {
  map.createPane("rings").style.zIndex = 450;
  const line = (color, weight) => L.polygon([], {
    pane: "rings", interactive: false, fill: false, color, weight, className: "ring",
  }).addTo(map);
  const pair = (color, weight) => {
    const lines = [line("#fff", weight + 3), line(color, weight)];
    return (shape) => lines.forEach((each) => each.setLatLngs(shape ?? []));
  };
  const circles = [["#fff", 6], ["#c2410c", 3]].map(([color, weight]) => L.circleMarker([0, 0], {
    pane: "rings", interactive: false, fill: false, radius: 15, color, weight, className: "ring",
  }));
  const place = (point) => circles.forEach((circle) => (point ? circle.setLatLng(point).addTo(map) : circle.remove()));
  return { place, chosen: pair("#c2410c", 3), focus: pair("#0f1c2b", 2.5) };
}

/** The collection point or site that is chosen; a facility marks its own symbol, which may stand aside. */
export function placeChosen(atlas, chosen) {
  const [kind, id] = (chosen ?? "").split(/:(.*)/s);
  if (kind === "point") return atlas.collection_points[atlas.pointIndex.get(id)];
  return kind === "site" ? atlas.sites[atlas.siteIndex.get(id)] : null;
}
