// What the panel is about: a zone or the region, and the sets that are told beside it.

import { sum } from "atlas/model";
import { kindWords, sizeWords } from "atlas/say";
import { municipalitySet, regionSet, zoneSet } from "atlas/sets";
import { spanOf } from "atlas/spans";

/** The area of a zone, or of the region where no zone is given. */
export function areaOf(view, zone) {
  const { atlas } = view;
  if (zone !== null) {
    const each = atlas.zones[zone];
    return { set: zoneSet(zone), kind: kindWords(view, each), title: each.name, size: sizeWords(view, each) };
  }
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
export function mostOf(view, count) {
  const { atlas, amounted, state } = view;
  const totals = new Map();
  atlas.zones.forEach((zone, index) => {
    const known = sum([totals.get(zone.municipality) ?? null, amounted.values[index]]);
    totals.set(zone.municipality, known);
  });
  return [...totals].filter(([, value]) => value > 0).sort(([, one], [, other]) => other - one)
    .slice(0, count).map(([code]) => {
      const set = municipalitySet(atlas, code);
      const main = atlas.zones.findIndex((zone) => zone.municipality === code && zone.kind !== "port");
      const zone = main === -1 ? set.zones[0] : main;
      return { zone, set, name: atlas.zones[zone].municipality_name, span: spanOf(atlas, state, set) };
    });
}
