// Plants that are put and changed, as text short enough for an address. What an address says is
// believed only as far as it can be: anything else is left out, and in which zone a plant lies
// follows from its place.

import { LIMIT, clean } from "atlas/marks";
import { zoneAt } from "atlas/within";

const [ITEM, PART] = ["!", "~"]; // stand in no number and no id, and are escaped in names

/** Text of the plants that are put. */
export function plantsText(plants) {
  return plants.map(({ id, stream, step, capacity, from, point, name }) =>
    [id, stream, step, capacity, from, ...point, safe(name)].join(PART)).join(ITEM);
}

/** Text of the changes of existing plants. */
export function changesText(changes) {
  return changes.map(({ id, facility, capacity, from, to }) =>
    [id, facility, capacity ?? "", from ?? "", to ?? ""].join(PART)).join(ITEM);
}

/** Plants of a text: those of a kind, a place and a size that can be. */
export function plantsOf(atlas, text) {
  const found = items(text).map(([id, stream, step, capacity, from, lat, lon, name]) => ({
    id, stream, step, name: open(name), capacity: amountFrom(capacity), from: yearFrom(from),
    point: [degrees(lat, 90), degrees(lon, 180)],
  }));
  return once(found.filter((plant) => isPlant(atlas, plant)), "id").map((plant) => ({ ...plant, zone: zoneOf(atlas, plant.point) }));
}

/** Changes of a text: those of facilities that there are. */
export function changesOf(atlas, text) {
  const found = items(text).map(([id, facility, capacity, from, to]) =>
    ({ id, facility, capacity: amountFrom(capacity), from: yearFrom(from), to: yearFrom(to) }));
  return once(once(found.filter((change) => isChange(atlas, change)), "id"), "facility");
}

/** The zone whose outline holds a place; null if none does. */
export function zoneOf(atlas, point) {
  return atlas.zones[zoneAt(atlas.outlines ?? [], point)]?.id ?? null;
}

/** Whether a plant can be put: of a kind that is known, with a place, a size and a year. */
function isPlant(atlas, { id, stream, step, capacity, from, point }) {
  return ID.test(id ?? "") && !atlas.facilities.some((each) => each.id === id) && (atlas.access?.kinds ?? []).some((kind) => kind.stream === stream && kind.step === step)
    && capacity !== null && from !== null && point.every((each) => each !== null);
}

/** Whether a change is one: of a plant that is in the programme, with something that changes. */
export function isChange(atlas, { id, facility, capacity, from, to }) {
  const row = atlas.facilities.findIndex((each) => each.id === facility);
  return ID.test(id ?? "") && Boolean(atlas.access?.plants[row]) && [capacity, from, to].some((each) => each !== null);
}

/** An amount of tonnes a year, or null for what is none. */
export function amountFrom(text) {
  const value = text === "" || text === undefined || text === null ? NaN : Number(text);
  return value >= 0 && value <= MOST ? value : null;
}

/** A year in which a plant can open or close, or null. */
export function yearFrom(text) {
  const value = text === "" || text === undefined || text === null ? NaN : Number(text);
  return Number.isInteger(value) && value >= YEARS[0] && value <= YEARS[1] ? value : null;
}

export const MOST = 1e7; // tonnes a year: more than any plant there is
export const YEARS = [1990, 2100];
const ID = /^[A-Za-z0-9_-]{1,20}$/;
export const LONGEST = 80; // characters of a name

function items(text) {
  return (text ?? "").split(ITEM).filter(Boolean).map((item) => item.split(PART));
}

/** The first of each, as many as a session holds. */
function once(found, key) {
  const seen = new Set();
  return found.filter((item) => !seen.has(item[key]) && seen.add(item[key])).slice(0, LIMIT.items);
}

function degrees(text, most) {
  const value = text === "" || text === undefined ? NaN : Number(text);
  return Math.abs(value) <= most ? value : null;
}

function safe(name = "") {
  return encodeURIComponent(name).replace(/[!~]/g, (mark) => (mark === "!" ? "%21" : "%7E"));
}

function open(name) {
  try {
    return clean(decodeURIComponent(name ?? ""), LONGEST);
  } catch {
    return "";
  }
}
