// The common outline of zones that are shown as one: the lines that two of them share fall away.

const { L } = globalThis;

/** The outlines of municipalities of more than one zone. */
export function createBorders(map, municipalities, outlines) {
  map.createPane("borders").style.zIndex = 405;
  const layer = L.layerGroup();
  const lines = new Map(municipalities.filter(({ set }) => set.zones.length > 1).map(({ id, set }) => {
    const rings = ringsAround(outlines, set.zones).map((ring) => [ring]);
    return [id, { rings, line: L.polygon(rings, { pane: "borders", interactive: false, fill: false, className: "border" }).addTo(layer) }];
  }));
  return {
    show: (on) => (on ? layer.addTo(map) : layer.remove()),
    style: (id, style) => lines.get(id).line.setStyle(style),
    rings: (id) => lines.get(id).rings,
  };
}

/** The rings around zones together, as [lat, lon]; `outlines` are multipolygons, longitude first. */
export function ringsAround(outlines, zones) {
  const single = new Map(); // line between two points, whichever comes first → its ends
  for (const zone of zones) {
    for (const ring of outlines[zone].flat()) {
      for (let place = 1; place < ring.length; place += 1) {
        const ends = [String(ring[place - 1]), String(ring[place])];
        const key = [...ends].sort().join(" ");
        if (!single.delete(key)) single.set(key, ends);
      }
    }
  }
  return joined([...single.values()]).map((ring) => ring.map((point) => point.split(",").map(Number).reverse()));
}

/** Lines put end to end until they close. */
function joined(lines) {
  const at = new Map(); // point → the other ends of its lines
  for (const [one, other] of lines) {
    for (const [from, to] of [[one, other], [other, one]]) {
      if (!at.has(from)) at.set(from, []);
      at.get(from).push(to);
    }
  }
  const rings = [];
  for (const [start, others] of at) {
    while (others.length) {
      const ring = [start];
      do {
        const from = ring.at(-1);
        const to = at.get(from).pop();
        at.get(to).splice(at.get(to).indexOf(from), 1);
        ring.push(to);
      } while (ring.at(-1) !== start);
      rings.push(ring);
    }
  }
  return rings;
}
