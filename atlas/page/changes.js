// What the reader put, changed or noted, as text for paper.

import { number } from "atlas/format";
import { changeWords, plantWords, standsIn } from "atlas/plan_words";

/** What was made in a view, as pairs of kind and words. */
export function madeIn(view) {
  const { state: { put, changes, marks }, atlas, say, lang } = view;
  return [
    ...put.map((plant) => [say("made.put"), [plantWords(view, plant), `${number(plant.capacity, lang, 2)} ${say("unit.t_per_a")}`,
      say("what_if.from.short", { year: plant.from }), standsIn(view, plant)].join(" · ")]),
    ...changes.map((change) => [say("made.change"),
      `${atlas.facilities[atlas.facilityIndex.get(change.facility)].name} · ${changeWords(view, change)}`]),
    ...marks.map(({ text }) => [say("made.mark"), text]).filter(([, text]) => text),
  ];
}
