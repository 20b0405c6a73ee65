// What is near an area and why it has a gap: of a municipality, that of all its zones.

import { nearestIn } from "atlas/cases";
import { plantOf } from "atlas/flows";
import { planned } from "atlas/scenario";
import { whyOf } from "atlas/view";

/** The nearest plants of zones at the step of the gap: each with its kilometres, nearest first. */
export function nearestOf(view, zones, find = nearestTabled) {
  const found = new Map();
  for (const zone of zones) {
    const nearest = find(view, zone);
    if (!nearest) continue;
    const { to, km, sensitive } = nearest;
    const known = found.get(to);
    found.set(to, {
      to, least: Math.min(km, known?.least ?? km), most: Math.max(km, known?.most ?? km),
      sensitive: sensitive || Boolean(known?.sensitive),
    });
  }
  return [...found.values()].sort((one, other) => one.least - other.least);
}

/** The nearest plant of a zone whatever the year: { to, km, sensitive }, or null. */
function nearestTabled({ atlas, stream }, zone) {
  const tabled = stream.nearest[stream.step]?.[zone] ?? null;
  return tabled && { to: atlas.facilities[tabled[0]], km: tabled[1], sensitive: Boolean(tabled[2]) };
}

/** The nearest plant that takes the stream in the year shown. */
export function nearestNow(view, zone) {
  const { atlas, state, stream } = view;
  const tabled = nearestTabled(view, zone);
  const first = state.layer === "stock" && !planned(state);
  if (first || !stream.model?.processed) return tabled;
  const found = nearestIn(atlas, state, { stream: stream.id, step: stream.step, cell: zone }, atlas.years.indexOf(state.year));
  return found && { to: plantOf({ atlas, state }, found.plant), km: found.km, sensitive: Boolean(tabled?.sensitive) };
}

/** Why zones have a gap, each reason once. */
export function whysOf({ atlas, state }, zones) {
  return [...new Set(zones.map((zone) => whyOf(atlas, state, zone)).filter(Boolean))];
}
