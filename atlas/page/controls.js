// The left side: what is shown. Every control says its present value in words.

import { h, write } from "atlas/dom";
import { createMaterials } from "atlas/materials";
import { LAYERS, RANGES } from "atlas/model";
import { PERS, persOf } from "atlas/per";
import { STEPS } from "atlas/shapes";
import { createSlider } from "atlas/slider";
import { createSwitches } from "atlas/switches";
import { hasLayer, layerWords } from "atlas/view";

/** Makes the controls once; `render` brings their words and marks up to date. */
export function createControls(atlas, store) {
  const set = (key) => (value) => store.set({ [key]: value });
  const flip = (key) => () => store.set({ [key]: !store.get()[key] });
  const bases = [...new Set(atlas.streams.flatMap((stream) => Object.keys(stream.bases)))];
  const present = STEPS.filter((step) => atlas.facilities.some((each) => each.step === step));

  const story = h("p", { class: "story" });
  const streams = group("streams pairs", atlas.streams.map((stream) => stream.id), set("stream"));
  const layers = group("layers pairs", LAYERS, set("layer"));
  const materials = createMaterials(atlas, store);
  const slider = createSlider(atlas, store);
  const scenario = createSwitches(atlas, store);
  const basis = group("segments", bases, set("basis"));
  const range = group("segments", RANGES, set("range"));
  const per = group("segments per", PERS, set("per"));
  const perNote = h("p", { class: "why" });
  const areas = group("segments", ["zone", "municipality"], set("areas"));
  const toggles = ["hatch", "plants", "points", "sites", "flows", "only", "slash", "background"].map((key) => [key, toggle(flip(key))]);
  const boxes = toggles.map(([, each]) => each.box);
  const stepTitle = h("summary");
  const steps = present.map((step) => [step, toggle(() => store.set({
    hidden: flipIn(store.get().hidden, step),
  }))]);
  const note = h("p", { class: "note" });

  document.getElementById("controls").append(story, streams.box, layers.box, materials.box, slider.box,
    scenario.box, areas.box, per.box, perNote, basis.box, range.box, h("div", { class: "switches" },
      h("div", { class: "toggles" }, ...boxes.slice(0, -2)),
      h("details", {}, stepTitle, ...steps.map(([, each]) => each.box), ...boxes.slice(-2), note)));

  return (view) => {
    const { state, say, text, name, stream } = view;
    const door = atlas.maps.find((map) => map.id === state.door);
    write(story, text(door?.story));
    streams.render(say("control.stream"), state.stream, (id) =>
      text(atlas.streams.find((each) => each.id === id).title));
    layers.render(say("control.layer"), state.layer, (id) => layerWords(view, id), (id) => !hasLayer(view, id));
    materials.render(view);
    slider.render(view);
    scenario.render(view);
    basis.render(say("control.basis"), state.basis, (id) => say(`basis.short.${id}`),
      (id) => !stream.bases[id] || !(stream.model?.flow || stream.bases[id].quantities.length));
    range.render(say("control.range"), view.range, (id) => say(`range.short.${id}`),
      (id) => id !== "mid" && !view.ranged);
    areas.render(say("control.areas"), state.areas, (id) => say(`areas.${id}`));
    const pers = persOf(stream, view.measure);
    per.render(say("control.per"), view.per, (id) => say(`per.${id}`), () => false, (id) => !pers.includes(id));
    per.box.hidden = pers.length < 2;
    const why = perWhy(view, pers);
    perNote.hidden = why === null;
    write(perNote, why ?? "");
    for (const [key, each] of toggles) each.render(say(`show.${key}`), state[key], say);
    for (const [step, each] of steps) {
      each.render(name("step", step), !state.hidden.includes(step), say);
    }
    write(stepTitle, say("show.steps", { n: present.length - state.hidden.length, of: present.length }));
    write(note, say(state.background ? "background.on" : "background.off"));
  };
}

/** Buttons of which one is pressed, under a heading. */
function group(kind, ids, choose) {
  const heading = h("h2");
  const buttons = ids.map((id) => h("button", { type: "button", onclick: () => choose(id) }));
  const box = h("div", { class: `group ${kind}`, role: "group" },
    h("div", { class: "titled" }, heading), h("div", { class: "options" }, ...buttons));
  return {
    box,
    render(title, chosen, label, empty = () => false, hidden = () => false) {
      write(heading, title);
      box.setAttribute("aria-label", title);
      buttons.forEach((button, index) => {
        write(button, label(ids[index]));
        button.setAttribute("aria-pressed", String(ids[index] === chosen));
        button.classList.toggle("empty", empty(ids[index]));
        button.hidden = hidden(ids[index]);
      });
    },
  };
}

/** Why a number cannot be had per resident, here or anywhere; null where it can. */
function perWhy({ say, stream, per, areas, state }, pers) {
  if (pers.length > 1 && !pers.includes("resident")) return say("per.spread");
  if (per !== "resident" || areas.every((area) => area.value !== null)) return null;
  return say(stream.by_residents === "within" && state.areas === "zone" ? "per.within" : "per.few");
}

function toggle(flip) {
  const label = h("span");
  const value = h("span", { class: "quiet" });
  const button = h("button", { type: "button", role: "switch", class: "switch", onclick: flip },
    h("span", { class: "track", "aria-hidden": "true" }), label, value);
  return {
    box: button,
    render(words, on, say) {
      write(label, words);
      write(value, say(on ? "on" : "off"));
      button.setAttribute("aria-checked", String(on));
    },
  };
}

function flipIn(list, item) {
  return list.includes(item) ? list.filter((each) => each !== item) : [...list, item].sort();
}
