// Who can reach which plant, how far it is, and how much of a product the plant can take: the rules
// of the tables, for any combination of switches and for plants that the reader puts.

import { kilometres } from "atlas/model";

const LIMIT_KM = 250; // how far a plant abroad may be, in the reach of that name

/** Whether a plant works in a year; planned ones only where `planned`. */
export function works({ status, first, last }, year, { planned, plannedFrom }) {
  if (status !== "operating" && status !== "unknown" && !(planned && status === "planned")) return false;
  const opens = first ?? (status === "planned" ? plannedFrom : -Infinity);
  return opens <= year && year <= (last ?? Infinity);
}

/**
 * Tonnes of whole product that a plant can take in a year. `part` is what of a product its fraction
 * is, null where it is not known; `unknown` is what an unknown capacity counts for.
 */
export function capacityIn(plant, year, { part, unknown, planned, plannedFrom, foreign }) {
  if (!works(plant, year, { planned, plannedFrom })) return 0;
  const falls = plant.home || foreign === "share" ? plant.share : Number(foreign);
  if (!(falls > 0)) return 0; // nothing of a plant is nothing, also of one without limit
  const stated = statedIn(plant, year, { planned, plannedFrom }) ?? instead(plant, unknown);
  if (part === null) return stated > 0 && unknown === "unlimited" ? Infinity : 0;
  // Of what the product holds none of, a plant takes any amount of product.
  if (part === 0) return stated > 0 ? Infinity : 0;
  return (stated / part) * falls;
}

/** Whether a place can use a plant `km` away. */
export function reaches(plant, km, reach) {
  if (reach === "province_only") return plant.inside;
  if (reach === "netherlands") return plant.home;
  return plant.home || reach !== "250_km" || km <= LIMIT_KM;
}

/** Kilometres from a place to a plant: over the globe times the detour, or from the user's table. */
export function distanceTo(access, detour, node, plant) {
  const given = access.km?.[node.row]?.[plant.row];
  return given ?? kilometres(node.point, plant.at) * detour;
}

/** What a journey is chosen by: its kilometres, or the minutes of the user's table. */
export function costTo(access, detour, node, plant) {
  const given = access.cost?.[node.row]?.[plant.row];
  return given ?? distanceTo(access, detour, node, plant) * (access.pace ?? 1);
}

/** Capacity in tonnes of the plant's own fraction where it is known, else null. */
function statedIn({ status, capacity, hoped }, year, { planned, plannedFrom }) {
  if (planned && (status === "planned" || (status === "operating" && plannedFrom <= year))) {
    return capacity === null ? hoped : Math.max(capacity, hoped ?? capacity);
  }
  return status === "operating" ? capacity : null;
}

function instead({ site, median }, unknown) {
  const most = site ?? Infinity;
  if (unknown === "unlimited") return most;
  return unknown === "median" && median !== null ? Math.min(median, most) : 0;
}
