// The scenario: one select per switch that matters for the stream, and a way back to the standard.

import { h, write } from "atlas/dom";
import { switchWords } from "atlas/say";
import { SWITCHES, standard, switchesOf, valuesOf } from "atlas/scenario";

/** Makes the selects; a switch that changes nothing for the stream is not shown. */
export function createSwitches(atlas, store) {
  const heading = h("h2");
  const reset = h("button", { type: "button", class: "reset", onclick: () => store.set(standard(atlas)) });
  const rows = SWITCHES.map((key) => {
    const label = h("label", { for: `switch-${key}` });
    const select = h("select", { id: `switch-${key}`, onchange: () => store.set({ [key]: select.value }) });
    return { key, label, select, box: h("div", { class: "row" }, label, select) };
  });
  const box = h("div", { class: "group scenario", role: "group" },
    h("div", { class: "titled" }, heading, reset), ...rows.map((row) => row.box));
  let made = null;

  function render(view) {
    const { stream, scenario, say, state } = view;
    const shown = switchesOf(atlas, stream);
    box.hidden = shown.length === 0;
    box.setAttribute("aria-label", say("control.scenario"));
    write(heading, say("control.scenario"));
    write(reset, say("scenario.reset"));
    reset.hidden = shown.every((key) => scenario[key] === atlas.switches[key][0]);
    const key = `${stream.id} ${state.lang}`;
    for (const row of rows) {
      row.box.hidden = !shown.includes(row.key);
      write(row.label, say(`switch.${row.key}`));
      if (key !== made) {
        row.select.replaceChildren(...valuesOf(atlas, stream, row.key).map((value) =>
          h("option", { value }, valueTitle(view, row.key, value))));
      }
      row.select.value = scenario[row.key];
      row.box.classList.toggle("changed", scenario[row.key] !== atlas.switches[row.key]?.[0]);
    }
    made = key;
  }
  return { box, render };
}

/** Words of a value; the stream's own inflow says what it is. */
function valueTitle(view, key, value) {
  const { stream } = view;
  const words = switchWords(view, key, value);
  const own = key === "inflow" && value === "default" && stream.model && !stream.model.flow && stream.model.inflow.own;
  return own ? `${words} (${switchWords(view, key, own)})` : words;
}
