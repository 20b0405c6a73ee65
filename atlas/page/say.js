// Sentences about amounts, said in the same words wherever they stand.

import { amount, date, number, significant, withUnit } from "atlas/format";
import { PROCESSING, TOTALS, quantityOf } from "atlas/model";
import { SWITCHES, changedIn, switchesOf } from "atlas/scenario";
import { beyond } from "atlas/spread";
import { breaksOf, layerWords } from "atlas/view";

const UNITS = [[1, 1, "t"], [1e-3, 1e3, "kg"], [0, 1e6, "g"]]; // from how many tonnes, times, unit

// The same of a quotient: milligrams too, and pieces per so many residents or square kilometres.
const FINE = [[1, 1, "t"], [1e-3, 1e3, "kg"], [1e-6, 1e6, "g"], [0, 1e9, "mg"]];
const MANY = { resident: [[0.1, 1], [1e-4, 1e3], [0, 1e5]], km2: [[0.05, 1], [0, 100]] };

/** What a number is: title, unit, and how it is written. Tonnes get the unit of their classes. */
export function whatOf(view, layer, measure, per = "total") {
  const { atlas, stream, state, text } = view;
  const quantity = layer === "stock" ? quantityOf(stream.bases[state.basis], measure) : null;
  if (per !== "total") {
    const most = breaksOf(atlas, stream, layer, measure, { per, areas: state.areas }).at(-1);
    const title = quantity ? text(quantity.title) : materialTitle(view, measure);
    return quotient(view, { title, decimals: null, over: { per, unit: quantity && text(quantity.unit) } }, most, layer);
  }
  if (quantity) {
    return { title: text(quantity.title), unit: text(quantity.unit), decimals: quantity.decimals, factor: 1 };
  }
  const most = breaksOf(atlas, stream, layer, measure).at(-1) ?? 1;
  const [, factor, unit] = UNITS.find(([from]) => most >= from);
  return { title: materialTitle(view, measure), unit: unitWords(view, unit, layer), decimals: null, factor };
}

/** The same with the unit that suits an amount per resident or square kilometre. */
function quotient(view, what, most, layer) {
  const { per, unit } = what.over;
  if (unit === null || unit === "t") {
    const [, factor, mass] = FINE.find(([from]) => most >= from);
    return { ...what, factor, unit: view.say(`unit.per.${per}`, { unit: unitWords(view, mass, layer) }) };
  }
  const [, factor] = MANY[per].find(([from]) => most >= from);
  const n = number(factor, view.lang);
  return { ...what, factor, unit: view.say(factor === 1 ? `unit.per.${per}` : `unit.per.${per}.many`, { unit, n }) };
}

/** Name of a material: the product itself, a total, or an element. */
function materialTitle({ atlas, say, text }, measure) {
  if (measure === "mass") return say("material.mass");
  if (TOTALS.includes(measure)) return say(`material.${measure}`);
  return text(atlas.elements.find((element) => element.id === measure)?.title);
}

/** A number with its unit; null where there is none. */
export function valueWords(view, what, value, grade = "C") {
  return withUnit(plainWords(view, what, value, grade), what.unit);
}

/** A number without its unit. */
export function plainWords({ lang }, { decimals, factor }, value, grade = "C") {
  if (value === null || value === undefined) return null;
  if (decimals !== null) return amount(value * factor, lang, decimals, grade);
  return threeDigits(value * factor, lang);
}

/** What tonnes are multiplied by to suit them, and the unit they then have. */
export function suited(tonnes) {
  return (tonnes === 0 ? UNITS[0] : UNITS.find(([from]) => Math.abs(tonnes) >= from)).slice(1);
}

/** The same number in the unit that suits it: off the map it need not be that of the classes. */
export function fitted(view, what, value, layer) {
  if (what.over && value) return quotient(view, what, Math.abs(value), layer);
  if (what.decimals !== null || what.over || value === null) return what;
  const [factor, unit] = suited(value);
  return { ...what, factor, unit: unitWords(view, unit, layer) };
}

/** Tonnes in the unit that suits them: t, kg or g. */
export function tonnesWords(view, value, layer) {
  return valueWords(view, fitted(view, { decimals: null }, value, layer), value);
}

/** The one number of the view with its unit, or why there is none. */
export function headline(view, value, grade) {
  return valueWords(view, whatOf(view, view.state.layer, view.measure, view.per), value, grade)
    ?? view.say(view.none?.short ?? "nodata");
}

/** Lowest and highest, as "61 – 214 t"; null without a range. */
export function rangeWords(view, what, { value, low, high }) {
  if (!value || low === null) return null;
  const pair = [low, high].map((each) => plainWords(view, what, each));
  return withUnit(pair[0] === pair[1] ? pair[0] : pair.join(" – "), what.unit);
}

/** The pair that unknown capacity leaves: from counted as unlimited to counted as nothing. */
export function pairWords(view, what, { value, best }, key = "pair") {
  if (value === null || best === null || best === undefined) return null;
  const [low, high] = [Math.min(value, best), Math.max(value, best)].map((each) => plainWords(view, what, each));
  return low === high ? null : view.say(key, { low, high, unit: what.unit });
}

/** Grade in words; a D that is wider than its band says so. */
export function gradeWords({ say }, { value, low, high, grade }) {
  return say(beyond(value, low, high) ? "grade.beyond" : "grade", { grade });
}

/** The state of the year: of a flow its year, of a stock the day it was counted. */
export function timeWords({ say, lang, stream, state }) {
  if (state.layer !== "stock") return String(state.year);
  if (!stream.year) return null;
  return stream.date && !stream.date.endsWith("-12-31")
    ? say("stock.on", { date: date(stream.date, lang) }) : say("stock.end", { year: stream.year });
}

/** Whether a zone shares its municipality with others. */
const parted = ({ atlas }, zone) => atlas.zones.filter((each) => each.municipality === zone.municipality).length > 1;

/** Kind of an area, and of what it is a part. */
export function kindWords(view, zone) {
  if (zone.chosen?.startsWith("municipality:")) {
    return view.say(zone.kind === "whole" ? "kind.municipality.whole" : "kind.municipality");
  }
  return zone.kind === "port" ? view.say("kind.port.of", { name: zone.municipality_name })
    : view.say(parted(view, zone) ? "kind.municipality.rest" : "kind.municipality");
}

/** Area and residents of a zone, and the code by which others know it. */
export function sizeWords(view, { area_km2: area, residents, id }) {
  const people = residents === null ? view.say("residents.unknown")
    : view.say("residents", { n: number(Math.round(residents), view.lang) });
  return [`${number(area, view.lang, 1)} km²`, people, id].filter(Boolean).join(" · ");
}

/** The whole state in one sentence. */
export function sentence(view) {
  const { state, stream, measure, say, text } = view;
  if (stream.kind === "unknown") return `${text(stream.title)} · ${say("none.unknown")}`;
  const parts = [text(stream.title), inline(layerWords(view, state.layer)), timeWords(view)];
  if (measure !== null) parts.push(inline(whatOf(view, state.layer, measure).title));
  if (view.per !== "total") parts.push(say(`per.${view.per}`));
  if (state.areas !== "zone") parts.push(say(`areas.${state.areas}.sentence`));
  parts.push(scenarioWords(view), inline(say(`basis.${state.basis}`)), say(`range.${view.range}`));
  parts.push(planWords(view));
  if (state.hatch) parts.push(say("hatch.on", { year: state.year }));
  return parts.filter((part) => part !== null && part !== "").join(" · ");
}

/** What is put and changed, for the sentence above the map; null where nothing is. */
function planWords({ state: { put, changes }, say }) {
  if (!put.length && !changes.length) return null;
  return say("what_if.sentence", { put: put.length, changes: changes.length });
}

/** What differs from the standard scenario, also for streams that share plants; a stock is the same in
    all but the drive train. */
function scenarioWords(view) {
  const { atlas, stream, scenario, state, say } = view;
  const keys = switchesOf(atlas, stream).filter((key) => state.layer !== "stock" || key === "drive_train");
  const own = keys.filter((key) => scenario[key] !== atlas.switches[key][0]);
  const shared = PROCESSING.includes(state.layer) ? changedIn(atlas, stream, state) : [];
  const changed = SWITCHES.filter((key) => own.includes(key) || shared.includes(key));
  if (!changed.length) return keys.length ? say("scenario.standard") : null;
  return changed.map((key) => `${inline(say(`switch.${key}`))}: `
    + switchWords(view, key, own.includes(key) ? scenario[key] : state[key])).join(" · ");
}

/** Words of a value of a switch; one without a word is its code. A flow that does not grow stays level. */
export function switchWords({ stream, say, name }, key, value) {
  const flow = stream.model?.flow;
  if (flow && key === "inflow" && value === "frozen") return say("inflow.level", { year: flow.hold_after });
  return name(key, value);
}

/** Words for the middle of a sentence: the first letter small, unless it opens an abbreviation. */
export function inline(text) {
  return /^\p{Lu}\p{Lu}/u.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** Words for the start of a line; in Dutch ij is one letter. */
export function capital(text, lang) {
  if (lang === "nl" && text.startsWith("ij")) return `IJ${text.slice(2)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Title of the view's number: in stock its own, further on that of the layer and the material. */
export function viewTitle(view) {
  const { state, measure, say, lang } = view;
  if (measure === null) return capital(layerWords(view, state.layer), lang);
  const { title } = whatOf(view, state.layer, measure);
  if (state.layer === "stock") return capital(title, lang);
  const layer = say(`layer.${state.layer}`);
  return measure === "mass" ? layer : `${layer}: ${inline(title)}`;
}

/** The same for the middle of a sentence: a stock says where it is before what it counts. */
export function viewWords(view) {
  const { state, measure } = view;
  if (state.layer !== "stock" || measure === null) return inline(viewTitle(view));
  return `${inline(layerWords(view, "stock"))}: ${inline(whatOf(view, "stock", measure).title)}`;
}

/** Publisher and year of the first source of the view's number, which may be what it follows from. */
export function sourceLine({ atlas, stream, state, measure, say }) {
  const basis = stream.bases[state.basis];
  const counted = quantityOf(basis, measure);
  const base = counted ?? quantityOf(basis, stream.model?.base) ?? basis?.quantities[0];
  const source = atlas.sourceById.get(base?.sources[0] ?? stream.model?.flow?.trails[0]?.source);
  if (!source) return "";
  const line = [source.publisher, source.year].filter(Boolean).join(" ");
  return counted && state.layer === "stock" ? line : say("source.derived", { source: line });
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

function unitWords({ say }, unit, layer) {
  return layer === "stock" ? unit : say("unit.per_a", { unit });
}

function threeDigits(value, lang) {
  const decimals = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return number(significant(value, 3), lang, decimals);
}
