// What follows from the state: worked out once per choice and handed to every part of the page.

import { passedOf } from "atlas/cases";
import { classOf, countClasses } from "atlas/classes";
import { contextOf, inModel, keptFor } from "atlas/context";
import { PROCESSING, choicesOf, measureFor, streamOf } from "atlas/model";
import { perBreaks, perFor, spanPer } from "atlas/per";
import { scenarioOf } from "atlas/scenario";
import { amounts, productOf } from "atlas/series";
import { areasIn } from "atlas/sets";
import { namer, speaker } from "atlas/words";

const TINY = 1e-9; // tonnes: less is the dust of the arithmetic

/** Adds the look-ups that every view needs to the document as read. */
export function prepare(atlas) {
  const index = (items) => new Map(items.map((item, place) => [item.id, place]));
  return {
    ...atlas,
    areas: areasIn(atlas),
    zoneIndex: index(atlas.zones),
    elementById: new Map(atlas.elements.map((element) => [element.id, element])),
    sourceById: new Map(atlas.sources.map((source) => [source.id, source])),
    facilityIndex: index(atlas.facilities),
    pointIndex: index(atlas.collection_points),
    siteIndex: new Map(atlas.sites.map((site, place) => [site.site_id, place])),
  };
}

/**
 * The view of a state: stream, basis, measure, and the words to say it. `areas` is what the map shows,
 * each with its zones (in `set`) and its number: `span`, `value` (the side of the span that is shown),
 * `class`, `dotted` and `gap`. Values, spans, classes and dotted by zone are those of its area.
 */
export function viewOf(atlas, state) {
  const stream = streamOf(atlas, state.stream);
  const measure = measureFor(atlas, stream, state);
  const per = perFor(stream, state, measure);
  const found = spansOf(atlas, state, measure, per);
  // Where a number has no range the map shows its middle and the page says so.
  const ranged = found.some((span) => span.low !== null);
  const range = ranged ? state.range : "mid";
  const breaks = breaksOf(atlas, stream, state.layer, measure, { per, areas: state.areas });
  const areas = atlas.areas[state.areas].map((area, place) => {
    const span = found[place];
    const value = sideOf(span, range);
    const gap = area.set.zones.some((zone) => whyOf(atlas, state, zone));
    return { ...area, span, value, class: classOf(value, breaks), dotted: span.grade === "D", gap };
  });
  const byZone = (name) => {
    const row = [];
    for (const area of areas) for (const zone of area.set.zones) row[zone] = area[name];
    return row;
  };
  const classes = areas.map((area) => area.class);
  const view = {
    atlas, state, stream, measure, per, areas, ranged, range, breaks,
    spans: byZone("span"), values: byZone("value"), classes: byZone("class"), dotted: byZone("dotted"),
    basis: stream.bases[state.basis] ?? null,
    scenario: scenarioOf(atlas, stream, state),
    amounted: amounts(atlas, state),
    counts: countClasses(classes, breaks),
    gaps: byZone("gap"),
    lang: state.lang,
    say: speaker(atlas.words, state.lang),
    name: namer(atlas.words, state.lang),
    text: (both) => both?.[state.lang] ?? both?.nl ?? "",
  };
  return { ...view, none: noneOf(view) };
}

/** The side of a span that a range shows. */
export function sideOf(span, range) {
  return range === "mid" ? span.value : span[range] ?? span.value;
}

/** Fixed breaks of a layer and measure; none where the document gives none. */
export function breaksOf(atlas, stream, layer, measure, { per, areas } = { per: "total" }) {
  if (per !== "total") return perBreaks(atlas, stream, { layer, measure, per, areas });
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

function spansOf(atlas, state, measure, per) {
  const context = contextOf(atlas, state);
  return keptFor(context, state.layer, `spans ${state.layer} ${measure} ${state.layer === "stock" || state.year} ${per} ${state.areas}`, () =>
    atlas.areas[state.areas].map(({ set }) => spanPer(atlas, state, per, set)));
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
