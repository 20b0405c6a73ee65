// Plants that are put and changed, in words.

import { number } from "atlas/format";

/** Name of a plant that is put: as the reader calls it, else its kind. */
export function plantWords(view, { name, stream, step }) {
  if (name) return name;
  const { say, atlas, text } = view;
  return say("what_if.plant", {
    stream: text(atlas.streams.find((each) => each.id === stream)?.title).toLocaleLowerCase(view.lang), step: view.name("step", step),
  });
}

/** Where a plant stands. */
export function standsIn({ atlas, say }, { zone }) {
  return zone === null ? say("zone.outside") : atlas.zones[atlas.zoneIndex.get(zone)].name;
}

/** What is put and changed, for the sentence above the map; null where nothing is. */
export function planWords({ state: { put, changes }, say }) {
  if (!put.length && !changes.length) return null;
  return say("what_if.sentence", { put: put.length, changes: changes.length });
}

/** A change in words: capacity, first and last year. */
export function changeWords({ say, lang }, { capacity, from, to }) {
  return [
    capacity === null ? null : `${number(capacity, lang, 2)} ${say("unit.t_per_a")}`,
    from === null ? null : say("what_if.from.short", { year: from }),
    to === null ? null : say("what_if.to.short", { year: to }),
  ].filter(Boolean).join(" · ");
}
