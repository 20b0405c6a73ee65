// Sets of cells: one zone, a municipality, the port areas, the region. The cell after the last
// zone is what could not be placed in any.

import { sum } from "atlas/model";

/** The set of one zone. */
export function zoneSet(zone) {
  return { zones: [zone], rest: false };
}

/** The set of a municipality, its port areas included. */
export function municipalitySet(atlas, code) {
  return placesWhere(atlas, (zone) => zone.municipality === code);
}

/** The areas that a map can show: every zone, or every municipality with its port areas as one. */
export function areasIn(atlas) {
  const zones = atlas.zones.map((zone, index) => ({ ...zone, chosen: `zone:${zone.id}`, main: index, set: zoneSet(index) }));
  const codes = [...new Set(atlas.zones.map((zone) => zone.municipality))];
  return { zone: zones, municipality: codes.map((code) => municipalityOf(atlas, code)) };
}

/** The area of what is chosen; null where that is no area. */
export function chosenArea(atlas, chosen) {
  const kind = chosen?.split(":")[0];
  return atlas.areas[kind]?.find((area) => area.chosen === chosen) ?? null;
}

/** A municipality, port areas included; it stands where its largest part of people lives. */
function municipalityOf(atlas, code) {
  const set = municipalitySet(atlas, code);
  const zones = set.zones.map((index) => atlas.zones[index]);
  const found = set.zones.find((index) => atlas.zones[index].kind !== "port");
  const main = found ?? set.zones[0];
  const known = (name) => (zones.some((zone) => zone[name] === null) ? null : sum(zones.map((zone) => zone[name])));
  const { municipality_name: name, point } = atlas.zones[main];
  return {
    id: code, chosen: `municipality:${code}`, municipality: code, municipality_name: name, name,
    kind: set.zones.length > 1 ? "whole" : atlas.zones[main].kind, short: found === undefined ? [] : atlas.zones[main].short,
    area_km2: known("area_km2"), residents: known("residents"), point, main, set,
  };
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
