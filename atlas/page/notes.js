// What stands under the one number: where the rest of it is, how it flows on, what is near.

import { mostOf } from "atlas/areas";
import { h, terms } from "atlas/dom";
import { flowsOf, nameOf } from "atlas/flows";
import { number, percentage } from "atlas/format";
import { choicesOf, isMaterial } from "atlas/model";
import { nearestNow, nearestOf, whysOf } from "atlas/nearest";
import {
  capacityWords, fitted, gradeWords, pairWords, rangeWords, tonnesWords, valueWords, whatOf,
} from "atlas/say";
import { municipalitySet, portSet, regionSet, restSet } from "atlas/sets";
import { spanOf } from "atlas/spans";
import { hasLayer } from "atlas/view";

const MOST = 5;
const PLANTS = 3;

/** Where what is released goes: reused, collected, or neither. */
export function flowList({ view, area, ask }) {
  const { atlas, state, measure, say } = view;
  if (state.layer === "stock" || view.none) return null;
  const patch = (layer) => ({ layer, measure });
  const spans = Object.fromEntries(["released", "collected", "collection_gap"].map((layer) =>
    [layer, spanOf(atlas, { ...state, ...patch(layer) }, area.set)]));
  if (spans.released.value === null) return null;
  const row = (key, layer) => [say(key), ask(tonnesWords(view, spans[layer].value, layer),
    say(key), patch(layer), area.set)];
  const reused = spans.released.value - spans.collected.value - spans.collection_gap.value;
  return section(say("flow.title"), terms([
    row("layer.released", "released"),
    [say("flow.reused"), reused > 1e-12 ? tonnesWords(view, reused, state.layer) : null],
    row("layer.collected", "collected"),
    row("flow.left", "collection_gap"),
  ]));
}

/** The region's other sets: the port areas together, and what is not placed. */
export function setsLine({ view, ask }) {
  const { atlas, state, say, none } = view;
  if (none) return null;
  const row = (words, set) => {
    const span = spanOf(atlas, state, set);
    return span.value === null ? null : [words, spanLine({ view, ask }, span, words, set)];
  };
  const ports = portSet(atlas);
  const rest = spanOf(atlas, state, restSet());
  const rows = [ports.zones.length ? row(say("ports"), ports) : null,
    rest.value ? row(say("unallocated"), restSet()) : null].filter(Boolean);
  return rows.length ? h("section", { class: "notes" }, terms(rows)) : null;
}

/** The municipalities, ports included, that have most of it. */
export function largestList({ view, store }) {
  const { say, none } = view;
  const largest = none ? [] : mostOf(view, MOST);
  if (!largest.length) return null;
  return h("section", { class: "notes" },
    h("h3", {}, say("largest")),
    h("ol", { class: "largest" }, ...largest.map(({ area, span }) => h("li", {}, h("button", {
      type: "button", class: "choose", onclick: () => store.set({ chosen: area.chosen }),
    }, area.name), h("span", { class: "number" }, words(view, span, view.per)), gradeBadge(view, span)))));
}

/** An area's share of the region, and the whole of its municipality where it is a part of one. */
export function zoneList({ view, ask }, place) {
  const { atlas, state, say, lang } = view;
  const { value } = spanOf(atlas, state, place.set);
  if (value === null) return null;
  const { municipality, municipality_name: name } = place;
  const whole = municipalitySet(atlas, municipality);
  const title = say("whole.municipality", { name });
  return h("section", { class: "notes" }, terms([
    [say("share.region"), percentage(value, spanOf(atlas, state, regionSet(atlas)).value, lang)],
    whole.zones.length > place.set.zones.length ? [title, spanLine({ view, ask }, spanOf(atlas, state, whole), title, whole)] : null,
  ].filter(Boolean)));
}

/** The way from a part to its municipality, and from a municipality to its parts. */
export function familyLine({ view, store }, place) {
  const { atlas, say } = view;
  const kin = atlas.zones.flatMap((zone, index) => (zone.municipality === place.municipality ? [index] : []));
  if (kin.length < 2) return null;
  const way = (area, words) => h("button", {
    type: "button", class: "choose", onclick: () => store.set({ chosen: area.chosen }),
  }, words);
  if (place.set.zones.length < kin.length) {
    const whole = atlas.areas.municipality.find(({ id }) => id === place.municipality);
    return h("p", { class: "family" }, way(whole, say("family.whole", { name: whole.name })));
  }
  return h("details", { class: "family" }, h("summary", {}, say("family.parts", { n: kin.length })),
    h("ul", {}, ...kin.map((zone) => h("li", {}, way(atlas.areas.zone[zone],
      zone === place.main ? say("family.rest", { name: place.name }) : atlas.zones[zone].name)))));
}

/** Nearest plant, its capacity, and why there is a gap. */
export function nearby({ view, area, ask }, place) {
  const { say, stream, lang, state } = view;
  const gap = gapRow({ view, area, ask });
  if (!stream.step) return null;
  if (!place) {
    return gap ? h("section", { class: "notes" }, h("h3", {}, say("layer.capacity_gap")), terms([gap]),
      h("p", { class: "note" }, say("text.capacity"))) : null;
  }
  const { zones } = place.set;
  const near = nearestOf(view, zones, nearestNow);
  const whys = whysOf(view, zones);
  return h("section", { class: "notes" },
    h("h3", {}, say("nearest.title", { step: view.name("step", stream.step) })),
    terms([
      [say("nearest"), near.map((each) => `${nameOf(view, each.to)} · ${kmWords(each, lang)}`).join("; ") || say("nearest.none")],
      [say("capacity"), near.map(({ to }) => sizeOf(view, to)).join("; ")],
      [say("nearest.limit"), near[0]?.sensitive && state.reach === "250_km" ? say("nearest.sensitive") : null],
      gap,
      [say("why"), whys.map((why) => say(`why.${why}`)).join("; ")],
      [say("flows", { year: state.year }), goesTo(view, zones)],
    ].filter(Boolean)),
    h("p", { class: "note" }, say("text.reach")));
}

/** Kilometres of the zones of an area, the nearest and the farthest where they differ. */
function kmWords({ least, most }, lang) {
  const ends = [...new Set([least, most].map((km) => number(Math.round(km), lang)))];
  return `${ends.join(" – ")} km`;
}

/** Capacity in words, of a facility or of a plant that is put. */
function sizeOf(view, to) {
  return "stream" in to ? `${number(to.capacity, view.lang)} ${view.say("unit.t_per_a")}` : capacityWords(view, to);
}

function gapRow({ view, area, ask }) {
  const { atlas, state, stream, measure, say } = view;
  if (state.layer === "capacity_gap" || !hasLayer(view, "capacity_gap")) return null;
  if (!choicesOf(atlas, stream, state.basis, "capacity_gap").includes("mass")) return null;
  const patch = { layer: "capacity_gap", measure: "mass" };
  const span = spanOf(atlas, { ...state, ...patch }, area.set);
  const what = fitted(view, whatOf(view, "capacity_gap", "mass"), span.value, "capacity_gap");
  if (span.value === null) return null;
  // Beside an amount of a material the gap is still one of products.
  const title = say(isMaterial(atlas, measure) ? "gap.in.mass" : "gap.in", { year: state.year });
  return [title, ask(pairWords(view, what, span, "pair.short") ?? valueWords(view, what, span.value), title, patch, area.set)];
}

function spanLine({ view, ask }, span, title, set) {
  const range = rangeWords(view, whatHere(view, span), span);
  return h("span", { class: "span" }, ask(words(view, span), title, {}, set), gradeBadge(view, span),
    range && h("small", {}, range));
}

function words(view, span, per = "total") {
  return valueWords(view, whatHere(view, span, per), span.value, span.grade);
}

function whatHere(view, { value }, per = "total") {
  const { state, measure } = view;
  return fitted(view, whatOf(view, state.layer, measure, per), value, state.layer);
}

/** Grade as a small letter with its words behind it. */
function gradeBadge(view, span) {
  return span.grade && h("span", { class: `badge small grade-${span.grade}`, title: gradeWords(view, span) }, span.grade);
}

function section(title, content) {
  return h("section", { class: "notes" }, h("h3", {}, title), content);
}

/** Where it goes in the year shown, as far as that was computed: the plants that take most of it. */
function goesTo(view, zones) {
  const { lang, say } = view;
  const own = flowsOf(view).filter((flow) => zones.includes(flow.zone));
  const flows = (zones.length > 1 ? joinedFlows(own) : own.map((flow) => ({ ...flow, least: flow.km, most: flow.km })))
    .sort((one, other) => other.tonnes - one.tonnes);
  if (!flows.length) return null;
  const named = flows.slice(0, PLANTS).map((flow) => `${nameOf(view, flow.to)} · `
    + `${number(flow.tonnes, lang, 1)} ${say("unit.t_per_a")} · ${kmWords(flow, lang)}`).join("; ");
  const others = flows.length - PLANTS;
  return others > 0 ? `${named} ${say("flows.more", { n: others })}` : named;
}

/** The flows of several zones to one plant as one, with the nearest and the farthest. */
function joinedFlows(flows) {
  const found = new Map();
  for (const { to, tonnes, km } of flows) {
    const known = found.get(to) ?? { tonnes: 0, least: km, most: km };
    found.set(to, {
      to, tonnes: known.tonnes + tonnes, least: Math.min(known.least, km), most: Math.max(known.most, km),
    });
  }
  return [...found.values()];
}
