// The left side: what is shown. Every control says its present value in words.

import { h, write } from "atlas/dom";
import { LAYERS, RANGES, hasRange, measuresOf, quantityOf } from "atlas/model";
import { STEPS } from "atlas/shapes";
import { layerWords, yearOf } from "atlas/view";

/** Makes the controls once; `render` brings their words and marks up to date. */
export function createControls(atlas, store) {
  const set = (key) => (value) => store.set({ [key]: value });
  const flip = (key) => () => store.set({ [key]: !store.get()[key] });
  const bases = [...new Set(atlas.streams.flatMap((stream) => Object.keys(stream.bases)))];
  const present = STEPS.filter((step) => atlas.facilities.some((each) => each.step === step));

  const story = h("p", { class: "story" });
  const streams = group("streams", atlas.streams.map((stream) => stream.id), set("stream"));
  const layers = group("layers", LAYERS, set("layer"));
  const measure = h("select", { id: "measure", onchange: () => store.set({ measure: measure.value }) });
  const measureBox = h("div", { class: "field" }, h("label", { for: "measure" }), measure);
  const basis = group("segments", bases, set("basis"));
  const range = group("segments", RANGES, set("range"));
  const switches = ["hatch", "plants", "points", "only", "background"]
    .map((key) => [key, toggle(flip(key))]);
  const boxes = switches.map(([, each]) => each.box);
  const stepTitle = h("summary");
  const steps = present.map((step) => [step, toggle(() => store.set({
    hidden: flipIn(store.get().hidden, step),
  }))]);
  const note = h("p", { class: "note" });

  document.getElementById("controls").append(story, streams.box, layers.box, measureBox, basis.box,
    range.box, h("div", { class: "switches" }, ...boxes.slice(0, -1),
      h("details", {}, stepTitle, ...steps.map(([, each]) => each.box), boxes.at(-1), note)));

  return (view) => {
    const { state, say, text, name, stream, quantity } = view;
    const door = atlas.maps.find((map) => map.id === state.door);
    write(story, text(door?.story));
    streams.render(say("control.stream"), text(stream.title), state.stream, (id) =>
      text(atlas.streams.find((each) => each.id === id).title));
    const year = yearOf(stream, state.layer);
    layers.render(say("control.layer"), year ? say("year.of", { year }) : "", state.layer,
      (id) => layerWords(view, id),
      (id) => !quantityOf(stream.bases[state.basis], id));
    renderMeasure(measureBox, measure, view);
    basis.render(say("control.basis"), "", state.basis, (id) => say(`basis.short.${id}`),
      (id) => !stream.bases[id]?.quantities.length);
    range.render(say("control.range"), hasRange(quantity) ? "" : say("range.none"), view.range,
      (id) => say(`range.short.${id}`), (id) => id !== "mid" && !hasRange(quantity));
    for (const [key, each] of switches) each.render(say(`switch.${key}`), state[key], say);
    for (const [step, each] of steps) {
      each.render(name("step", step), !state.hidden.includes(step), say);
    }
    write(stepTitle, say("switch.steps", { n: present.length - state.hidden.length, of: present.length }));
    write(note, say(state.background ? "background.on" : "background.off"));
  };
}

/** Buttons of which one is pressed, under a heading that says which. */
function group(kind, ids, choose) {
  const heading = h("h2");
  const value = h("span", { class: "value" });
  const buttons = ids.map((id) => h("button", { type: "button", onclick: () => choose(id) }));
  const titled = h("div", { class: "titled" }, heading, value);
  const box = h("div", { class: `group ${kind}`, role: "group" }, titled,
    h("div", { class: "options" }, ...buttons));
  return {
    box,
    render(title, words, chosen, label, empty = () => false) {
      write(heading, title);
      write(value, words);
      box.setAttribute("aria-label", title);
      buttons.forEach((button, index) => {
        write(button, label(ids[index]));
        button.setAttribute("aria-pressed", String(ids[index] === chosen));
        button.classList.toggle("empty", empty(ids[index]));
      });
    },
  };
}

function toggle(flip) {
  const label = h("span");
  const value = h("span", { class: "value" });
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

function renderMeasure(box, select, view) {
  const { state, stream, quantity, text, say } = view;
  const measures = stream.bases[state.basis] ? measuresOf(stream.bases[state.basis]) : [];
  box.hidden = state.layer !== "stock" || measures.length === 0;
  write(box.firstChild, say("control.measure"));
  select.replaceChildren(...measures.map((each) => h("option", { value: each.id },
    `${text(each.title)} (${text(each.unit)})`)));
  if (quantity) select.value = quantity.id;
}

function flipIn(list, item) {
  return list.includes(item) ? list.filter((each) => each !== item) : [...list, item].sort();
}
