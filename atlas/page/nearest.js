// What is near an area and why it has a gap: of a municipality, that of all its zones.

import { whyOf } from "atlas/view";

/** The nearest plants of zones at the step of the gap: each with its kilometres, nearest first. */
export function nearestOf({ stream }, zones) {
  const found = new Map();
  for (const zone of zones) {
    const nearest = stream.nearest[stream.step]?.[zone];
    if (!nearest) continue;
    const [facility, km, sensitive] = nearest;
    const known = found.get(facility);
    found.set(facility, {
      facility, least: Math.min(km, known?.least ?? km), most: Math.max(km, known?.most ?? km),
      sensitive: sensitive || Boolean(known?.sensitive),
    });
  }
  return [...found.values()].sort((one, other) => one.least - other.least);
}

/** Why zones have a gap, each reason once. */
export function whysOf({ atlas, state }, zones) {
  return [...new Set(zones.map((zone) => whyOf(atlas, state, zone)).filter(Boolean))];
}
