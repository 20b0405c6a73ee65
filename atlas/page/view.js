// What follows from the state: worked out once per choice and handed to every part of the page.

import { classOf, countClasses } from "atlas/classes";
import { amounts, gradeOf, hasRange, quantityOf, rangeFactor } from "atlas/model";
import { namer, speaker } from "atlas/words";

/** Adds the look-ups that every view needs to the document as read. */
export function prepare(atlas) {
  const index = (items) => new Map(items.map((item, place) => [item.id, place]));
  return {
    ...atlas,
    zoneIndex: index(atlas.zones),
    sourceById: new Map(atlas.sources.map((source) => [source.id, source])),
    facilityIndex: index(atlas.facilities),
    pointIndex: index(atlas.collection_points),
  };
}

/** The view of a state: stream, basis, quantity, values, classes, and the words to say it. */
export function viewOf(atlas, state) {
  const stream = atlas.streams.find((each) => each.id === state.stream);
  const basis = stream.bases[state.basis] ?? null;
  const quantity = quantityOf(basis, state.layer, state.measure);
  const amounted = quantity ? amounts(basis, quantity)
    : { values: atlas.zones.map(() => null), unallocated: null, best: null, unallocatedBest: null };
  // Where a quantity has no range the map shows its middle and the page says so.
  const range = hasRange(quantity) ? state.range : "mid";
  const values = amounted.values.map((value, zone) =>
    (value === null ? null : value * rangeFactor(quantity, range, zone)));
  const breaks = (quantity && atlas.classes[stream.id]?.[quantity.id]) ?? [];
  const classes = values.map((value) => classOf(value, breaks));
  return {
    atlas, state, stream, basis, quantity, amounted, range, values, breaks, classes,
    dotted: atlas.zones.map((_, zone) => Boolean(quantity) && gradeOf(quantity, zone) === "D"),
    counts: countClasses(classes, breaks),
    gaps: atlas.zones.map((_, index) => Boolean(basis?.why[index])),
    lang: state.lang,
    say: speaker(atlas.words, state.lang),
    name: namer(atlas.words, state.lang),
    text: (both) => both?.[state.lang] ?? both?.nl ?? "",
  };
}

/** Year that a layer of a stream speaks of. */
export function yearOf(stream, layer) {
  return layer === "stock" ? stream.year : stream.released_year;
}

/** Words of a layer; "in stock" means something else for each stream. */
export function layerWords(view, layer) {
  return layer === "stock" ? view.text(view.stream.in_stock) : view.say(`layer.${layer}`);
}

/** Whether a facility takes the chosen stream. */
export function takes(facility, stream) {
  return facility.streams.includes(stream.id);
}

/** Publisher and year of the first source of a quantity, which may be what it is computed from. */
export function sourceLine(view, quantity) {
  const source = view.atlas.sourceById.get(quantity?.sources[0]);
  if (!source) return "";
  const line = [source.publisher, source.year].filter(Boolean).join(" ");
  const derived = quantity.of || quantity.layer !== "stock";
  return derived ? view.say("source.derived", { source: line }) : line;
}
