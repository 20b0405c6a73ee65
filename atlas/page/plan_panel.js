// What if, in the panel: the plants that are put and changed, and the fields of each.

import { pinned } from "atlas/compare";
import { h } from "atlas/dom";
import { today } from "atlas/effect";
import { effect } from "atlas/effect_panel";
import { number } from "atlas/format";
import { clean } from "atlas/marks";
import { LONGEST, MOST, YEARS, amountFrom, yearFrom } from "atlas/plan_text";
import { changeWords, plantWords, standsIn } from "atlas/plan_words";
import { putAt } from "atlas/put";
import { inline } from "atlas/say";
import { kindOf, kindsOf, withChange } from "atlas/what_if";

/** The button that puts a plant in a zone or on a site; null for a stream that no plant takes. */
export function putButton({ view, store }, { point, zone, name = "" }) {
  const { atlas, stream, say } = view;
  if (!kindOf(atlas, stream.id, stream.step)) return null;
  return h("button", {
    type: "button", class: "put",
    onclick: () => {
      putAt(atlas, store, { stream: stream.id, step: stream.step, point, zone, name });
      document.querySelector("#panel input")?.focus();
    },
  }, say("what_if.put"));
}

/** The section of the region's panel: all that is put and changed, and what it does. */
export function planSection({ view, store, undo, place }) {
  const { atlas, state, stream, say } = view;
  const { put, changes } = state;
  const some = put.length + changes.length > 0;
  const can = undo.can();
  // What was taken away can be taken back from here.
  if (!some && state.door !== "siting" && !can.undo && !can.redo) return null;
  return h("section", { class: "notes plan" },
    h("h3", {}, say("what_if.title")),
    some ? null : h("p", { class: "note" }, say("what_if.how")),
    h("div", { class: "toggles" },
      kindOf(atlas, stream.id, stream.step) ? h("button", {
        type: "button", class: "choose", onclick: () => place({ stream: stream.id, step: stream.step }),
      }, say("what_if.on_map")) : null,
      tool(say("undo"), undo.undo, can.undo), tool(say("redo"), undo.redo, can.redo),
      some ? tool(say("what_if.beside"), () => store.set({ compare: "side", other: pinned(today(state)), linked: true }), true) : null,
      some ? tool(say("what_if.clear"), () => store.set({ put: [], changes: [] }), true) : null),
    some ? h("ul", { class: "plain" },
      ...put.map((plant) => h("li", {},
        opener(store, `plant:${plant.id}`, plantWords(view, plant)),
        h("span", {}, ` · ${number(plant.capacity, view.lang, 2)} ${say("unit.t_per_a")} · ${say("what_if.from.short", { year: plant.from })} · ${standsIn(view, plant)}`))),
      ...changes.map((change) => h("li", {},
        opener(store, `facility:${change.facility}`, facilityOf(atlas, change).name),
        h("span", {}, ` · ${changeWords(view, change)}`)))) : null,
    ...(some ? effect(view, affected(view)) : []));
}

/** What the panel says of a plant that is put. */
export function plantPanel(tools, plant) {
  const { view, store } = tools;
  const { atlas, state, say, name } = view;
  const change = (patch) => store.set({ put: state.put.map((each) => (each.id === plant.id ? { ...each, ...patch } : each)) });
  const kind = kindOf(atlas, plant.stream, plant.step);
  return [
    h("p", { class: "kicker" }, say("what_if.kicker")),
    h("h2", {}, plantWords(view, plant)),
    h("p", { class: "size" }, standsIn(view, plant)),
    h("form", { class: "fields", onsubmit: (event) => event.preventDefault() },
      field("plant-capacity", say("what_if.capacity", { fraction: inline(name("fraction", kind.fraction)) }), h("input", {
        type: "number", min: 0, max: MOST, step: "any", value: plant.capacity, inputmode: "decimal",
        onchange: (event) => keep(view, event.target, amountFrom(event.target.value), (capacity) => change({ capacity })),
      })),
      field("plant-from", say("what_if.from"), h("input", {
        type: "number", min: YEARS[0], max: YEARS[1], step: 1, value: plant.from,
        onchange: (event) => keep(view, event.target, yearFrom(event.target.value), (from) => change({ from })),
      })),
      field("plant-step", say("what_if.kind"), h("select", {
        onchange: (event) => change({ step: event.target.value }),
      }, ...kindsOf(atlas, plant.stream).map((each) => h("option", { value: each.step, selected: each.step === plant.step },
        `${name("step", each.step)} (${inline(name("fraction", each.fraction))})`)))),
      field("plant-zone", say("what_if.move"), h("select", {
        onchange: (event) => moveTo(atlas, change, event.target.value),
      }, h("option", { value: "", selected: plant.zone === null, disabled: plant.zone !== null }, say("zone.outside")),
      ...byName(view).map(({ id, name: title }) => h("option", { value: id, selected: id === plant.zone }, title)))),
      field("plant-name", say("what_if.name"), h("input", {
        type: "text", maxlength: LONGEST, value: plant.name,
        onchange: (event) => { settle(event.target); change({ name: clean(event.target.value, LONGEST) }); },
      }))),
    h("div", { class: "toggles" },
      tool(say("undo"), tools.undo.undo, tools.undo.can().undo), tool(say("redo"), tools.undo.redo, tools.undo.can().redo),
      tool(say("what_if.remove"), () => store.set({ put: state.put.filter(({ id }) => id !== plant.id), chosen: null }), true)),
    h("p", { class: "note" }, say("what_if.takes", { list: streamNames(view, kind.streams) })),
    ...effect(view, kind.streams, plant),
    h("p", { class: "note" }, say("siting.permit")),
  ];
}

/** The fields that change or close an existing plant; null for one that is in no programme. */
export function changeSection({ view, store, undo }, facility) {
  const { atlas, state, say } = view;
  const plant = atlas.access.plants[atlas.facilityIndex.get(facility.id)];
  if (!plant) return null;
  const known = state.changes.find((change) => change.facility === facility.id);
  const set = (patch) => {
    const changes = withChange(state.changes, facility.id, patch);
    const own = changes.find((change) => change.facility === facility.id);
    // A change that changes nothing any more is none.
    const empty = own && [own.capacity, own.from, own.to].every((each) => each === null);
    store.set({ changes: empty ? withChange(changes, facility.id, null) : changes });
  };
  const number_ = (id, words, key, read, bounds) => field(id, words, h("input", {
    type: "number", ...bounds, value: known?.[key] ?? "", placeholder: say("what_if.as_is"),
    onchange: ({ target }) => keep(view, target, target.value === "" && !target.validity.badInput ? null : read(target.value),
      (value) => set({ [key]: value }), true),
  }));
  return h("section", { class: "notes plan" },
    h("h3", {}, say("what_if.change")),
    h("form", { class: "fields", onsubmit: (event) => event.preventDefault() },
      number_("change-capacity", say("what_if.capacity", { fraction: inline(view.name("fraction", facility.fraction)) }), "capacity", amountFrom, { min: 0, max: MOST, step: "any" }),
      number_("change-from", say("what_if.from"), "from", yearFrom, { min: YEARS[0], max: YEARS[1], step: 1 }),
      number_("change-to", say("what_if.to"), "to", yearFrom, { min: YEARS[0], max: YEARS[1], step: 1 })),
    h("div", { class: "toggles" },
      tool(say("what_if.close", { year: state.year }), () => set({ to: state.year - 1 }), true),
      tool(say("undo"), undo.undo, undo.can().undo), tool(say("redo"), undo.redo, undo.can().redo),
      known ? tool(say("what_if.reset"), () => store.set({ changes: withChange(state.changes, facility.id, null) }), true) : null),
    ...(known ? effect(view, [...new Set(plant.takes.map(([stream]) => stream))]) : []));
}

/** Streams that what is put and changed can touch. */
function affected({ atlas, state }) {
  const streams = [
    ...state.put.flatMap(({ stream, step }) => kindOf(atlas, stream, step)?.streams ?? []),
    ...state.changes.flatMap(({ facility }) => atlas.access.plants[atlas.facilityIndex.get(facility)].takes.map(([stream]) => stream)),
  ];
  return atlas.streams.map(({ id }) => id).filter((id) => streams.includes(id));
}

function field(id, words, input) {
  input.id = id;
  input.setAttribute("aria-describedby", `${id}-wrong`);
  return h("div", { class: "row" }, h("label", { for: id }, words), input,
    h("p", { class: "wrong", id: `${id}-wrong`, role: "alert" }));
}

/** Keeps what can be kept; what cannot stands as it was typed, with what is expected beside it. */
function keep(view, input, value, use, empty = false) {
  const wrong = value === null && !(empty && input.value === "" && !input.validity.badInput);
  const told = input.parentElement.querySelector(".wrong");
  told.textContent = wrong ? view.say("what_if.wrong", { low: number(Number(input.min), view.lang), high: number(Number(input.max), view.lang) }) : "";
  input.setAttribute("aria-invalid", String(wrong));
  if (wrong) return;
  settle(input);
  use(value);
}

/** From here on what stands in a field is what is known: the panel may draw it anew. */
function settle(input) {
  input.defaultValue = input.value;
}

function moveTo(atlas, change, zone) {
  if (zone === "") return;
  change({ zone, point: atlas.zones[atlas.zoneIndex.get(zone)].point });
}

function tool(words, onclick, can) {
  return h("button", { type: "button", class: "tool", onclick, disabled: !can }, words);
}

function opener(store, chosen, words) {
  return h("button", { type: "button", class: "choose", onclick: () => store.set({ chosen }) }, words);
}

function facilityOf(atlas, { facility }) {
  return atlas.facilities[atlas.facilityIndex.get(facility)];
}

function streamNames({ atlas, text }, ids) {
  return ids.map((id) => text(atlas.streams.find((each) => each.id === id)?.title) || id).join(", ");
}

function byName({ atlas, lang }) {
  return [...atlas.zones].sort((one, other) => one.name.localeCompare(other.name, lang));
}
