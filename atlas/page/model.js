// What there is to choose between, and small arithmetic. Everything is pure; missing is null and
// never becomes zero.

export const LAYERS = ["stock", "released", "collected", "processed", "recovered",
  "collection_gap", "capacity_gap", "recovery_gap"];
// What plants take decides these.
export const PROCESSING = ["processed", "recovered", "capacity_gap", "recovery_gap"];
export const RANGES = ["low", "mid", "high"];
export const TOTALS = ["crm", "crm_other"];

/** The stream of an id. */
export function streamOf(atlas, id) {
  return atlas.streams.find((stream) => stream.id === id);
}

/** The elements of the document that a stream holds, in the document's order. */
export function elementsOf(atlas, stream) {
  const held = new Set((stream.model?.contents ?? []).map((row) => row.element));
  return atlas.elements.filter((element) => held.has(element.id));
}

/** The elements that a material stands for: itself, or all that a total adds up. */
export function membersOf(atlas, stream, material) {
  if (!TOTALS.includes(material)) return [material];
  return elementsOf(atlas, stream)
    .filter((element) => element.critical && !(material === "crm_other" && element.bulk_metal))
    .map((element) => element.id);
}

/** The stock measure of an id on a basis; null where the basis does not give it. */
export function quantityOf(basis, measure) {
  return basis?.quantities.find((quantity) => quantity.id === measure) ?? null;
}

/** The measures and materials that can be chosen in a layer, in the order they are offered. */
export function choicesOf(atlas, stream, basis, layer) {
  const measures = (stream.bases[basis]?.quantities ?? []).map((quantity) => quantity.id);
  if (!stream.model) return layer === "stock" ? measures : [];
  const counted = layer !== "stock" || Boolean(stream.model.base);
  const elements = basis === "register" && counted ? elementsOf(atlas, stream).map((element) => element.id) : [];
  const totals = elements.length ? TOTALS : []; // a total of nothing says something too
  const mass = counted && stream.bases[basis] && !layer.startsWith("recover")
    && (basis === "register" || layer !== "stock") ? ["mass"] : [];
  return [...new Set([...(layer === "stock" ? measures : []), ...mass, ...totals, ...elements])];
}

/** The choice that is shown when `wanted` was chosen: itself where it exists, else the nearest. */
export function measureFor(atlas, stream, { basis, layer, measure: wanted }) {
  const choices = choicesOf(atlas, stream, basis, layer);
  if (choices.includes(wanted)) return wanted;
  if (isMaterial(atlas, wanted) && choices.includes("crm")) return "crm";
  return choices[0] ?? null;
}

/** Whether a choice is an element or a total of elements. */
export function isMaterial(atlas, choice) {
  return TOTALS.includes(choice) || atlas.elements.some((element) => element.id === choice);
}

/** Sum of what is known; null when nothing is. */
export function sum(values) {
  let total = null;
  for (const value of values) if (value !== null && value !== undefined) total = (total ?? 0) + value;
  return total;
}

/** Kilometres between two [lat, lon] points, straight over the globe. */
export function kilometres([lat1, lon1], [lat2, lon2]) {
  const rad = Math.PI / 180;
  const a = Math.sin(((lat2 - lat1) * rad) / 2) ** 2
    + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * 6371.0088 * Math.asin(Math.min(1, Math.sqrt(a)));
}
