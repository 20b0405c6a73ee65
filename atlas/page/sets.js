// Sets of cells: one zone, a municipality, the port areas, the region. The cell after the last
// zone is what could not be placed in any.

/** The set of one zone. */
export function zoneSet(zone) {
  return { zones: [zone], rest: false };
}

/** The set of a municipality, its port areas included. */
export function municipalitySet(atlas, code) {
  return placesWhere(atlas, (zone) => zone.municipality === code);
}

/** The set of all port areas. */
export function portSet(atlas) {
  return placesWhere(atlas, (zone) => zone.kind === "port");
}

/** The set of the whole region, with what could not be placed. */
export function regionSet(atlas) {
  return { zones: atlas.zones.map((_, index) => index), rest: true };
}

/** The set of what could not be placed. */
export function restSet() {
  return { zones: [], rest: true };
}

/** The cells of a set. */
export function cellsIn({ zones, rest }, count) {
  return rest ? [...zones, count] : zones;
}

/** Whether each cell of a set holds a part of a source figure that is not wholly in the set. */
export function splitBy(spreadOver, municipalities, set) {
  if (spreadOver === "none") return () => false;
  if (spreadOver === "region") {
    const whole = set.zones.length === municipalities.length;
    return () => !whole;
  }
  const inside = new Map();
  for (const zone of set.zones) {
    inside.set(municipalities[zone], (inside.get(municipalities[zone]) ?? 0) + 1);
  }
  const all = new Map();
  for (const code of municipalities) all.set(code, (all.get(code) ?? 0) + 1);
  return (cell) => cell < municipalities.length
    && inside.get(municipalities[cell]) !== all.get(municipalities[cell]);
}

function placesWhere(atlas, holds) {
  return { zones: atlas.zones.map((zone, index) => (holds(zone) ? index : -1)).filter((at) => at >= 0), rest: false };
}
