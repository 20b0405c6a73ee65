// What the panel is about: an area of the map or the region, and what is told beside it.

import { contextOf, keptInSupply } from "atlas/context";
import { sum } from "atlas/model";
import { divisorOf, spanPer } from "atlas/per";
import { kindWords, sizeWords } from "atlas/say";
import { regionSet } from "atlas/sets";

/** What the panel says first of an area, or of the region where none is given. */
export function areaOf(view, place) {
  const { atlas } = view;
  if (place) return { set: place.set, kind: kindWords(view, place), title: place.name, size: sizeWords(view, place) };
  return {
    set: regionSet(atlas),
    kind: view.say("kind.region", { n: atlas.zones.length }),
    title: view.text(atlas.region.title),
    size: sizeWords(view, {
      area_km2: sum(atlas.zones.map((each) => each.area_km2)),
      residents: sum(atlas.zones.map((each) => each.residents)),
    }),
  };
}

/** The municipalities with most of what is shown, their port areas included. */
export function mostOf({ atlas, state, stream, per, amounted }, count) {
  const divisors = keptInSupply(contextOf(atlas, state), `divisors ${per}`, () =>
    atlas.areas.municipality.map(({ set }) => divisorOf(atlas, stream, per, set)));
  // Ranges take long: only those that are shown get one.
  return atlas.areas.municipality.map((area, place) => ({
    area, value: divisors[place] === null ? 0 : sum(area.set.zones.map((zone) => amounted.values[zone])) / divisors[place],
  })).filter(({ value }) => value > 0)
    .sort(({ value: one }, { value: other }) => other - one).slice(0, count)
    .map(({ area }) => ({ area, span: spanPer(atlas, state, per, area.set) }));
}
