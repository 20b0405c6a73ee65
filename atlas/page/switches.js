// The scenario: one select per switch that matters for the stream, and a way back to the standard.

import { h, write } from "atlas/dom";
import { switchWords } from "atlas/say";
import { CAPACITY, SWITCHES, changedIn, standard, switchesOf, valuesOf } from "atlas/scenario";
import { PROCESSING } from "atlas/model";

/** Makes the selects; a switch that changes nothing for the stream is not shown. */
export function createSwitches(atlas, store) {
  const heading = h("h2");
  const reset = h("button", { type: "button", class: "reset", onclick: () => store.set(standard(atlas)) });
  const rows = SWITCHES.map((key) => {
    const label = h("label", { for: `switch-${key}` });
    const select = h("select", { id: `switch-${key}`, onchange: () => store.set({ [key]: select.value }) });
    return { key, label, select, box: h("div", { class: "row" }, label, select) };
  });
  const supply = rows.filter(({ key }) => !CAPACITY.includes(key));
  const fold = h("summary");
  const capacity = h("details", {}, fold, ...rows.filter(({ key }) => CAPACITY.includes(key)).map((row) => row.box));
  const box = h("div", { class: "group scenario", role: "group" },
    h("div", { class: "titled" }, heading, reset), ...supply.map((row) => row.box), capacity);
  let made = null;

  function render(view) {
    const { stream, scenario, say, state } = view;
    // What plants can take matters only to what they take; a switch that is set stays in sight.
    const shown = switchesOf(atlas, stream).filter((key) => !CAPACITY.includes(key)
      || PROCESSING.includes(state.layer) || scenario[key] !== valuesOf(atlas, stream, key)[0]);
    box.hidden = shown.length === 0;
    box.setAttribute("aria-label", say("control.scenario"));
    write(heading, say("control.scenario"));
    write(reset, say("scenario.reset"));
    reset.hidden = shown.every((key) => scenario[key] === atlas.switches[key][0])
      && !(PROCESSING.includes(state.layer) && changedIn(atlas, stream, state).length);
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
    capacity.hidden = !shown.some((each) => CAPACITY.includes(each));
    // Folded it still says what it is set to.
    const set = CAPACITY.filter((each) => scenario[each] !== valuesOf(atlas, stream, each)[0]);
    write(fold, `${say("switch.capacity")}: ${set.length
      ? set.map((each) => switchWords(view, each, scenario[each])).join(" · ") : say("scenario.reset")}`);
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
