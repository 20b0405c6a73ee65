// What follows from the state: worked out once per choice and handed to every part of the page.

import { passedOf } from "atlas/cases";
import { classOf, countClasses } from "atlas/classes";
import { contextOf, inModel, keptFor } from "atlas/context";
import { PROCESSING, choicesOf, measureFor, streamOf } from "atlas/model";
import { scenarioOf } from "atlas/scenario";
import { amounts, productOf } from "atlas/series";
import { zoneSet } from "atlas/sets";
import { spanOf } from "atlas/spans";
import { namer, speaker } from "atlas/words";

const TINY = 1e-9; // tonnes: less is the dust of the arithmetic

/** Adds the look-ups that every view needs to the document as read. */
export function prepare(atlas) {
  const index = (items) => new Map(items.map((item, place) => [item.id, place]));
  return {
    ...atlas,
    zoneIndex: index(atlas.zones),
    elementById: new Map(atlas.elements.map((element) => [element.id, element])),
    sourceById: new Map(atlas.sources.map((source) => [source.id, source])),
    facilityIndex: index(atlas.facilities),
    pointIndex: index(atlas.collection_points),
    siteIndex: new Map(atlas.sites.map((site, place) => [site.site_id, place])),
  };
}

/** The view of a state: stream, basis, measure, values, classes, and the words to say it. */
export function viewOf(atlas, state) {
  const stream = streamOf(atlas, state.stream);
  const measure = measureFor(atlas, stream, state);
  const spans = spansOf(atlas, state, measure);
  const side = { low: "low", mid: "value", high: "high" }[state.range];
  // Where a number has no range the map shows its middle and the page says so.
  const ranged = spans.some((span) => span.low !== null);
  const range = ranged ? state.range : "mid";
  const values = spans.map((span) => (range === "mid" ? span.value : span[side] ?? span.value));
  const breaks = breaksOf(atlas, stream, state.layer, measure);
  const classes = values.map((value) => classOf(value, breaks));
  const view = {
    atlas, state, stream, measure, spans, ranged, range, values, breaks, classes,
    basis: stream.bases[state.basis] ?? null,
    scenario: scenarioOf(atlas, stream, state),
    amounted: amounts(atlas, state),
    dotted: spans.map((span) => span.grade === "D"),
    counts: countClasses(classes, breaks),
    gaps: atlas.zones.map((_, zone) => Boolean(whyOf(atlas, state, zone))),
    lang: state.lang,
    say: speaker(atlas.words, state.lang),
    name: namer(atlas.words, state.lang),
    text: (both) => both?.[state.lang] ?? both?.nl ?? "",
  };
  return { ...view, none: noneOf(view) };
}

/** Fixed breaks of a layer and measure; none where the document gives none. */
export function breaksOf(atlas, stream, layer, measure) {
  return atlas.classes[stream.id]?.[`${layer}:${measure}`] ?? [];
}

/** Why a zone has a gap in the year shown, at the step its gap is taken at; null where it has none. */
export function whyOf(atlas, state, zone) {
  const context = contextOf(atlas, state);
  const now = atlas.years.indexOf(state.year);
  if (!inModel(context, now)) return null;
  const passed = passedOf(context);
  if (!passed) return null;
  const { gap } = productOf(context, now);
  return gap[zone] > TINY ? passed[context.model.processed.at].why(now, zone) : null;
}

/** Whether a layer has any number for the stream as things are chosen. */
export function hasLayer({ atlas, stream, state }, layer) {
  return choicesOf(atlas, stream, state.basis, layer).length > 0
    && (!PROCESSING.includes(layer) || Boolean(stream.model?.processed));
}

/** Words of a layer; "in stock" means something else for each stream. */
export function layerWords(view, layer) {
  return layer === "stock" ? view.text(view.stream.in_stock) : view.say(`layer.${layer}`);
}

/** Whether a facility takes the chosen stream. */
export function takes(facility, stream) {
  return facility.streams.includes(stream.id);
}

function spansOf(atlas, state, measure) {
  const context = contextOf(atlas, state);
  return keptFor(context, state.layer, `spans ${state.layer} ${measure} ${state.layer === "stock" || state.year}`, () =>
    atlas.zones.map((_, zone) => spanOf(atlas, state, zoneSet(zone))));
}

/** The key of the words for a missing number: in short, and why; null where there are numbers. */
function noneOf({ atlas, state, stream, measure, values }) {
  if (values.some((value) => value !== null)) return null;
  if (stream.kind === "unknown") return { short: "none.unknown", why: null };
  if (state.layer === "stock" && stream.kind === "flow") return { short: "none.stock", why: null };
  if (measure === null) return { short: "nodata", why: "nodata.why" };
  if (state.layer !== "stock" && !inModel(contextOf(atlas, state), atlas.years.indexOf(state.year))) {
    return { short: "nodata", why: "none.until" };
  }
  if (state.layer.startsWith("recover")) return { short: "unknown", why: "none.yield" };
  return { short: "nodata", why: "nodata.why" };
}
