// Plants that are put and changed, in words.

import { number } from "atlas/format";
import { inline } from "atlas/say";

/** Name of a plant that is put: as the reader calls it, else its kind. */
export function plantWords(view, { name, stream, step }) {
  if (name) return name;
  const { say, atlas, text } = view;
  return say("what_if.plant", {
    stream: inline(text(atlas.streams.find((each) => each.id === stream)?.title)), step: view.name("step", step),
  });
}

/** Where a plant stands. */
export function standsIn({ atlas, say }, { zone }) {
  return zone === null ? say("zone.outside") : atlas.zones[atlas.zoneIndex.get(zone)].name;
}

/** A change in words: capacity, first and last year. */
export function changeWords({ say, lang }, { capacity, from, to }) {
  return [
    capacity === null ? null : `${number(capacity, lang, 2)} ${say("unit.t_per_a")}`,
    from === null ? null : say("what_if.from.short", { year: from }),
    to === null ? null : say("what_if.to.short", { year: to }),
  ].filter(Boolean).join(" · ");
}
