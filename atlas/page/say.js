// Sentences about amounts, said in the same words wherever they stand.

import { amount, number, withUnit } from "atlas/format";
import { bounds, gradeOf } from "atlas/model";
import { layerWords, yearOf } from "atlas/view";

/** The one number of the chosen quantity with its unit, or "no data". */
export function headline(view, value, zone = null) {
  return quantityWords(view, view.quantity, value, zone) ?? view.say("nodata");
}

/** Any quantity's amount with its unit; null where there is none. */
export function quantityWords(view, quantity, value, zone = null) {
  if (!quantity) return null;
  const text = amount(value, view.lang, quantity.decimals, gradeOf(quantity, zone));
  return withUnit(text, view.text(quantity.unit));
}

/** Lowest and highest, as "61 – 214 t"; null without a range. */
export function rangeWords(view, quantity, value, zone = null) {
  const pair = quantity && value !== 0 && bounds(quantity, value, zone);
  if (!pair) return null;
  const [low, high] = pair.map((each) => amount(each, view.lang, quantity.decimals, "C"));
  return withUnit(low === high ? low : `${low} – ${high}`, view.text(quantity.unit));
}

/** The pair that unknown capacity leaves: from counted as unlimited to counted as nothing. */
export function pairWords(view, quantity, value, best) {
  if (value === null || best === null || best === undefined) return null;
  const [low, high] = [Math.min(value, best), Math.max(value, best)]
    .map((each) => amount(each, view.lang, quantity.decimals, quantity.grade));
  if (low === high) return null;
  return view.say("pair", { low, high, unit: view.text(quantity.unit) });
}

/** Kind of a zone, and of what it is a part. */
export function kindWords(view, zone) {
  return zone.kind === "port" ? view.say("kind.port.of", { name: zone.municipality_name })
    : view.say("kind.municipality");
}

/** Area and residents of a zone. */
export function sizeWords(view, { area_km2: area, residents }) {
  const people = residents === null ? view.say("residents.unknown")
    : view.say("residents", { n: number(Math.round(residents), view.lang) });
  return `${number(area, view.lang, 1)} km² · ${people}`;
}

/** The whole state in one sentence. */
export function sentence(view) {
  const { state, quantity, stream } = view;
  const layer = inline(layerWords(view, state.layer));
  const parts = [view.text(stream.title), layer];
  if (quantity?.layer === "stock") parts.push(inline(view.text(quantity.title)));
  parts.push(yearOf(stream, state.layer), inline(view.say(`basis.${state.basis}`)),
    view.say(`range.${view.range}`));
  if (state.hatch) parts.push(view.say("hatch.on"));
  return parts.filter((part) => part !== null && part !== "").join(" · ");
}

/** Words for the middle of a sentence: the first letter small, unless it opens an abbreviation. */
export function inline(text) {
  return /^\p{Lu}\p{Lu}/u.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** Words for the start of a line. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Name of a quantity: its own in stock, that of its layer further on. */
export function quantityTitle(view, quantity) {
  return capital(quantity.layer === "stock" ? view.text(quantity.title)
    : view.say(`layer.${quantity.layer}`));
}

/** Capacity of a facility in words: known, planned or unknown, and of what. */
export function capacityWords(view, facility) {
  const { capacity_t_per_a: known, planned_capacity_t_per_a: planned } = facility;
  const of = facility.capacity_of ? ` (${facility.capacity_of})` : "";
  if (known !== null) {
    const year = facility.capacity_year ? `, ${facility.capacity_year}` : "";
    return `${number(known, view.lang)} ${view.say("unit.t_per_a")}${of}${year}`;
  }
  if (planned !== null) return view.say("capacity.planned", { n: number(planned, view.lang) }) + of;
  return view.say("unknown");
}
