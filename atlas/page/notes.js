// What stands under the one number: where the rest of it is, how it flows on, what is near.

import { mostOf } from "atlas/areas";
import { nearestIn } from "atlas/cases";
import { h, terms } from "atlas/dom";
import { flowsOf, nameOf, plantOf } from "atlas/flows";
import { number, percentage } from "atlas/format";
import { choicesOf, isMaterial } from "atlas/model";
import {
  capacityWords, fitted, gradeWords, pairWords, rangeWords, tonnesWords, valueWords, whatOf,
} from "atlas/say";
import { planned } from "atlas/scenario";
import { municipalitySet, portSet, regionSet, restSet } from "atlas/sets";
import { spanOf } from "atlas/spans";
import { hasLayer, whyOf } from "atlas/view";

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
  const { atlas, say, none } = view;
  const largest = none ? [] : mostOf(view, MOST);
  if (!largest.length) return null;
  return h("section", { class: "notes" },
    h("h3", {}, say("largest")),
    h("ol", { class: "largest" }, ...largest.map(({ zone, name, span }) => h("li", {}, h("button", {
      type: "button", class: "choose", onclick: () => store.set({ chosen: `zone:${atlas.zones[zone].id}` }),
    }, name), h("span", { class: "number" }, words(view, span)), gradeBadge(view, span)))));
}

/** A zone's share of the region, and the whole of its municipality where it is split. */
export function zoneList({ view, ask }, zone, { value }) {
  const { atlas, state, say, lang } = view;
  if (value === null) return null;
  const { municipality, municipality_name: name } = atlas.zones[zone];
  const whole = municipalitySet(atlas, municipality);
  const title = say("whole.municipality", { name });
  return h("section", { class: "notes" }, terms([
    [say("share.region"), percentage(value, spanOf(atlas, state, regionSet(atlas)).value, lang)],
    whole.zones.length > 1 ? [title, spanLine({ view, ask }, spanOf(atlas, state, whole), title, whole)] : null,
  ].filter(Boolean)));
}

/** Nearest plant, its capacity, and why there is a gap. */
export function nearby({ view, area, ask }, zone) {
  const { say, stream, lang, atlas, state } = view;
  const gap = gapRow({ view, area, ask });
  if (!stream.step) return null;
  if (zone === null) {
    return gap ? h("section", { class: "notes" }, h("h3", {}, say("layer.capacity_gap")), terms([gap]),
      h("p", { class: "note" }, say("text.capacity"))) : null;
  }
  const nearest = nearestOf(view, zone);
  const why = whyOf(atlas, state, zone);
  return h("section", { class: "notes" },
    h("h3", {}, say("nearest.title", { step: view.name("step", stream.step) })),
    terms([
      [say("nearest"), nearest
        ? `${nameOf(view, nearest.to)} · ${number(Math.round(nearest.km), lang)} km` : say("nearest.none")],
      [say("capacity"), nearest && sizeOf(view, nearest.to)],
      [say("nearest.limit"), nearest?.sensitive && state.reach === "250_km" ? say("nearest.sensitive") : null],
      gap,
      [say("why"), why ? say(`why.${why}`) : null],
      [say("flows", { year: state.year }), goesTo(view, zone)],
    ].filter(Boolean)),
    h("p", { class: "note" }, say("text.reach")));
}

/** The nearest plant that takes the stream in the year shown: { to, km, sensitive }, or null. */
function nearestOf(view, zone) {
  const { atlas, state, stream } = view;
  const tabled = stream.nearest[stream.step]?.[zone] ?? null;
  const first = state.layer === "stock" && !planned(state);
  if (first || !stream.model?.processed) {
    return tabled && { to: atlas.facilities[tabled[0]], km: tabled[1], sensitive: tabled[2] };
  }
  const found = nearestIn(atlas, state, { stream: stream.id, step: stream.step, cell: zone }, atlas.years.indexOf(state.year));
  return found && { to: plantOf({ atlas, state }, found.plant), km: found.km, sensitive: Boolean(tabled?.[2]) };
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

function words(view, span) {
  return valueWords(view, whatHere(view, span), span.value, span.grade);
}

function whatHere(view, { value }) {
  const { state, measure } = view;
  return fitted(view, whatOf(view, state.layer, measure), value, state.layer);
}

/** Grade as a small letter with its words behind it. */
function gradeBadge(view, span) {
  return span.grade && h("span", { class: `badge small grade-${span.grade}`, title: gradeWords(view, span) }, span.grade);
}

function section(title, content) {
  return h("section", { class: "notes" }, h("h3", {}, title), content);
}

/** Where it goes in the year shown, as far as that was computed: the plants that take most of it. */
function goesTo(view, zone) {
  const { lang, say } = view;
  const flows = flowsOf(view).filter((flow) => flow.zone === zone)
    .sort((one, other) => other.tonnes - one.tonnes);
  if (!flows.length) return null;
  const named = flows.slice(0, PLANTS).map((flow) => `${nameOf(view, flow.to)} · `
    + `${number(flow.tonnes, lang, 1)} ${say("unit.t_per_a")} · ${number(Math.round(flow.km), lang)} km`).join("; ");
  const others = flows.length - PLANTS;
  return others > 0 ? `${named} ${say("flows.more", { n: others })}` : named;
}
