// The neighbour in a direction, for the arrow keys.

const STEPS = {
  ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0],
};
const WIDE = Math.cos((75 * Math.PI) / 180);
const NARROW = Math.cos((50 * Math.PI) / 180);

/** For each zone the set of zones that share a point of their outline with it. */
export function touching(outlines) {
  const owners = new Map();
  outlines.forEach((polygons, zone) => {
    for (const [lon, lat] of polygons.flat(2)) {
      const key = `${lon} ${lat}`;
      if (!owners.has(key)) owners.set(key, new Set());
      owners.get(key).add(zone);
    }
  });
  const touches = outlines.map(() => new Set());
  for (const zones of owners.values()) {
    for (const one of zones) for (const other of zones) if (one !== other) touches[one].add(other);
  }
  return touches;
}

/** For each kind of area: the place of every zone in it, the points, and which lie side by side. */
export function netsOf(kinds, touches) {
  return Object.fromEntries(Object.entries(kinds).map(([kind, areas]) => {
    const at = [];
    areas.forEach(({ set }, place) => set.zones.forEach((zone) => { at[zone] = place; }));
    const beside = areas.map(({ set }, place) => new Set(set.zones
      .flatMap((zone) => [...touches[zone]].map((other) => at[other])).filter((other) => other !== place)));
    return [kind, { at, points: areas.map((area) => area.point), touches: beside }];
  }));
}

/** Index of the zone that an arrow key leads to; the zone itself where nothing lies that way. */
export function neighbour(points, touches, from, key) {
  const step = STEPS[key];
  const seen = points.map((point, zone) => ({ zone, ...bearing(points[from], point, step) }))
    .filter(({ zone }) => zone !== from);
  const beside = seen.filter(({ zone, cosine }) => touches[from].has(zone) && cosine > WIDE);
  const ahead = seen.filter(({ cosine }) => cosine > NARROW);
  const candidates = beside.length ? beside : ahead;
  // Straight ahead counts for more than near: a turn of 60° makes a zone twice as far.
  candidates.sort((one, other) => one.distance / one.cosine - other.distance / other.cosine);
  return candidates[0]?.zone ?? from;
}

/** Whether a key is an arrow key. */
export function isArrow(key) {
  return key in STEPS;
}

function bearing([lat, lon], [toLat, toLon], [east, north]) {
  const dx = (toLon - lon) * Math.cos((lat * Math.PI) / 180);
  const dy = toLat - lat;
  const distance = Math.hypot(dx, dy);
  return { distance, cosine: distance ? (dx * east + dy * north) / distance : -1 };
}
