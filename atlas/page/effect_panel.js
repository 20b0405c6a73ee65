// What plants that are put, changed or closed do, as tables and sentences.

import { h, terms } from "atlas/dom";
import { carried, gapsOf, servedOther, today, useOf, usesOf } from "atlas/effect";
import { number, percentage } from "atlas/format";
import { plantWords } from "atlas/plan_words";
import { pairWords, plainWords, tonnesWords, whatOf } from "atlas/say";

const NAMED = 6; // zones named of those that are served more

/** In a zone's panel: what all that is put and changed does to this zone; null where nothing is. */
export function areaEffect(view, set) {
  const { put, changes } = view.state;
  if (!put.length && !changes.length) return null;
  return h("section", { class: "notes plan" }, h("h3", {}, view.say("what_if.here")), gapTable(view, view.stream.id, set));
}

/** The gap of every stream that is touched, who is served more, how full the plant is, and journeys. */
export function effect(view, streams, plant = null) {
  const { state, say, atlas, lang, name } = view;
  const order = [...streams].sort((one, other) => (other === state.stream) - (one === state.stream));
  const parts = order.flatMap((id) => {
    const stream = atlas.streams.find((each) => each.id === id);
    return [h("h4", {}, view.text(stream.title)), gapTable(view, id), servedLine(view, stream), journeyLine(view, stream), useList(view, stream)];
  });
  const use = plant && useOf(atlas, state, plant);
  return [
    use ? terms([[say("what_if.use", { year: state.year }), use.can > 0
      ? `${percentage(use.taken, use.can, lang)} (${tonnesWords(view, use.taken, "processed")})` : say("what_if.not_open")]]) : null,
    ...parts,
    h("p", { class: "note" }, say("what_if.note", { reach: name("reach", view.scenario.reach) })),
  ];
}

function gapTable(view, stream, set) {
  const { atlas, state, say } = view;
  const rows = gapsOf(atlas, state, stream, set);
  const asked = { ...view, stream: atlas.streams.find(({ id }) => id === stream), state: { ...state, layer: "capacity_gap" } };
  const what = { ...whatOf(asked, "capacity_gap", "mass"), factor: 1, unit: "" };
  const words = (span) => pairWords(asked, what, span, "what_if.pair") ?? plain(view, span.value);
  return h("table", { class: "effect" },
    h("thead", {}, h("tr", {}, ["what_if.year", "what_if.before", "what_if.after", "what_if.gone"].map((key, place) =>
      h("th", { scope: "col", class: place ? "number" : null }, say(key))))),
    h("tbody", {}, ...rows.map(({ year, before, after }) => h("tr", { class: year === state.year ? "now" : null },
      h("th", { scope: "row" }, String(year)),
      h("td", { class: "number" }, words(before)), h("td", { class: "number" }, words(after)),
      h("td", { class: "number" }, goneWords(view, before, after))))));
}

/** What the gap becomes less or more: at best and at worst where unknown capacity decides. */
function goneWords(view, before, after) {
  const worst = changeWords(view, before.value, after.value);
  const best = changeWords(view, before.best ?? before.value, after.best ?? after.value);
  return worst === best ? worst : view.say("what_if.gone.pair", { best, worst });
}

function changeWords(view, before, after) {
  const gone = before - after;
  if (Math.abs(gone) <= 1e-9) return "0";
  const share = before > 0 ? ` (${percentage(Math.abs(gone), before, view.lang)})` : "";
  return `${gone > 0 ? "−" : "+"}${plain(view, Math.abs(gone))}${share}`;
}

/** Tonnes as they stand in the table: three digits, without their unit. */
function plain(view, value) {
  return plainWords(view, { decimals: null, factor: 1 }, value);
}

/** Who is served more and who less in the year shown. */
function servedLine(view, { id }) {
  const { atlas, state, say } = view;
  const { more, less } = servedOther(atlas, state, id);
  if (!more.length && !less.length) return h("p", { class: "note" }, say("what_if.served.none", { year: state.year }));
  return h("div", {}, servedWords(view, "what_if.served", more, "+"), servedWords(view, "what_if.less", less, "−"));
}

function servedWords(view, key, zones, sign) {
  const { atlas, state, say, lang } = view;
  if (!zones.length) return null;
  const named = zones.slice(0, NAMED).map(({ zone, tonnes }) =>
    `${atlas.zones[zone].name} ${sign}${plain(view, tonnes)} t`).join(", ");
  const rest = zones.length - NAMED;
  return h("p", { class: "served" }, say(key, { n: number(zones.length, lang), of: atlas.zones.length, year: state.year }),
    ` ${named}`, rest > 0 ? ` ${say("what_if.more", { n: rest })}` : "");
}

/** Tonne-kilometres of ours, and how much of what is taken comes from outside the region. */
function journeyLine(view, stream) {
  const { atlas, state, say, lang } = view;
  const [before, after] = [today(state), state].map((each) => carried(atlas, each, stream));
  const whole = (value) => number(Math.round(value), lang);
  return h("p", { class: "note" }, say("what_if.journeys", {
    taken: plain(view, before.tonnes), with: plain(view, after.tonnes), before: whole(before.tonne_km), after: whole(after.tonne_km),
    share: percentage(after.outside, after.tonnes + after.outside, lang) ?? "0 %",
  }));
}

/** How full every plant is that takes some of it, now and with what is put and changed. */
function useList(view, stream) {
  const { atlas, state, say, lang } = view;
  const rows = usesOf(atlas, state, stream);
  if (!rows.length) return null;
  const words = ({ taken, can }) => (can > 0 && Number.isFinite(can) ? percentage(taken, can, lang) : taken > 0 ? say("what_if.unlimited") : "–");
  const name = (id) => atlas.facilities[atlas.facilityIndex.get(id)]?.name ?? plantWords(view, state.put.find((plant) => plant.id === id));
  return h("details", {}, h("summary", {}, say("what_if.uses", { n: rows.length, year: state.year })),
    h("table", { class: "effect uses" },
      h("thead", {}, h("tr", {}, ["facility", "what_if.use.before", "what_if.use.after"].map((key, place) =>
        h("th", { scope: "col", class: place ? "number" : null }, say(key))))),
      h("tbody", {}, ...rows.map(({ id, before, after }) => h("tr", {}, h("th", { scope: "row" }, name(id)),
        h("td", { class: "number" }, words(before)), h("td", { class: "number" }, words(after)))))));
}
