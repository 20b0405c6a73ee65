// Amounts from the document: factors are multiplied here, so that the file holds no products.
// Everything is pure; missing is null and never becomes zero.

export const LAYERS = ["stock", "released", "collected", "processed", "capacity_gap"];
export const RANGES = ["low", "mid", "high"];

const resolved = new WeakMap();

/** The quantities of the layer in stock: what the reader can choose between. */
export function measuresOf(basis) {
  return basis.quantities.filter((quantity) => quantity.layer === "stock");
}

/** The quantity that a layer and a measure point at; null where the basis does not give it. */
export function quantityOf(basis, layer, measure) {
  if (!basis) return null;
  const all = basis.quantities.filter((quantity) => quantity.layer === layer);
  return all.find((quantity) => quantity.id === measure)
    ?? all.find((quantity) => quantity.id === "mass") ?? all[0] ?? null;
}

/** Amounts of a quantity: values per zone and unallocated, both also as `best` or null. */
export function amounts(basis, quantity) {
  if (!resolved.has(quantity)) resolved.set(quantity, resolve(basis, quantity, []));
  return resolved.get(quantity);
}

/** Factor of a side ("low" or "high") of the range: that of the zone, else that of the region. */
export function sideOf(quantity, side, zone = null) {
  return (zone === null ? null : quantity[`zone_${side}`]?.[zone]) ?? quantity[side] ?? null;
}

/** What the middle value is multiplied by; a quantity without a range has only its middle. */
export function rangeFactor(quantity, range, zone = null) {
  return range === "mid" ? 1 : sideOf(quantity, range, zone) ?? 1;
}

/** Grade of a quantity, in the region or in one of its zones. */
export function gradeOf(quantity, zone = null) {
  return (zone === null ? null : quantity.zone_grade?.[zone]) ?? quantity.grade;
}

/** Whether a quantity has a range. */
export function hasRange(quantity) {
  return Number.isFinite(quantity?.low) && Number.isFinite(quantity?.high);
}

/** Lowest and highest value of an amount; null without a range or an amount. */
export function bounds(quantity, value, zone = null) {
  if (!hasRange(quantity) || value === null) return null;
  return ["low", "high"].map((side) => value * sideOf(quantity, side, zone));
}

/** Sum of what is known; null when nothing is. */
export function sum(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length ? known.reduce((total, value) => total + value, 0) : null;
}

/** Total of the region: all zones and what could not be placed. */
export function total(amounted, key = "values") {
  const rest = key === "values" ? amounted.unallocated : amounted.unallocatedBest;
  return amounted[key] && sum([...amounted[key], rest]);
}

/** Sums per municipality, its port areas included: a map from code to amount or null. */
export function byMunicipality(zones, values) {
  const lists = new Map();
  zones.forEach((zone, index) => {
    lists.set(zone.municipality, [...(lists.get(zone.municipality) ?? []), values[index]]);
  });
  return new Map([...lists].map(([code, list]) => [code, sum(list)]));
}

/** Kilometres between two [lat, lon] points, straight over the globe. */
export function kilometres([lat1, lon1], [lat2, lon2]) {
  const rad = Math.PI / 180;
  const a = Math.sin(((lat2 - lat1) * rad) / 2) ** 2
    + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 12742 * Math.asin(Math.min(1, Math.sqrt(a)));
}

function resolve(basis, quantity, trail) {
  if (quantity.values) {
    return {
      values: quantity.values,
      unallocated: quantity.unallocated ?? null,
      best: quantity.best ?? null,
      unallocatedBest: quantity.unallocated_best ?? null,
    };
  }
  if (trail.includes(quantity.id)) throw new Error(`quantity ${quantity.id} is a factor of itself`);
  const of = basis.quantities.find((other) => other.id === quantity.of);
  const base = resolve(basis, of, [...trail, quantity.id]);
  const times = (value) => (value === null || value === undefined ? null : value * quantity.factor);
  return {
    values: base.values.map(times),
    unallocated: times(base.unallocated),
    best: base.best && base.best.map(times),
    unallocatedBest: times(base.unallocatedBest),
  };
}
