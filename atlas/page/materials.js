// The choice of a material, or of a measure of the stock: one list, grouped, one action.

import { h, write } from "atlas/dom";
import { TOTALS, choicesOf } from "atlas/model";
import { capital, whatOf } from "atlas/say";

const GROUPS = ["measure", "product", "totals", "strategic", "critical", "unlisted", "bulk"];

/** Makes the select; its options are only made again when the choices change. */
export function createMaterials(atlas, store) {
  const label = h("label", { for: "measure" });
  const select = h("select", { id: "measure", onchange: () => store.set({ measure: select.value }) });
  const box = h("div", { class: "field" }, label, select);
  let made = null;

  function render(view) {
    const { stream, state, measure, say } = view;
    const choices = choicesOf(atlas, stream, state.basis, state.layer);
    box.hidden = choices.length === 0;
    write(label, say(state.layer === "stock" ? "control.measure" : "control.material"));
    const key = [stream.id, state.basis, state.layer === "stock", choices, state.lang].join();
    if (key !== made) select.replaceChildren(...groups(view, choices));
    made = key;
    if (measure !== null) select.value = measure;
  }
  return { box, render };
}

/** Group of a choice, by what the EU list says of it. */
function groupOf(atlas, choice) {
  if (choice === "mass") return "product";
  if (TOTALS.includes(choice)) return "totals";
  const element = atlas.elements.find((each) => each.id === choice);
  if (!element) return "measure";
  if (element.kind === "bulk") return "bulk";
  return element.strategic ? "strategic" : element.critical ? "critical" : "unlisted";
}

function groups(view, choices) {
  const { atlas, say } = view;
  return GROUPS.flatMap((group) => {
    const own = choices.filter((choice) => groupOf(atlas, choice) === group);
    const options = own.map((choice) => h("option", { value: choice }, optionWords(view, choice, group)));
    if (!own.length || group === "measure" || group === "product") return options;
    return [h("optgroup", { label: say(`group.${group}`) }, ...options)];
  });
}

function optionWords(view, choice, group) {
  const { title, unit } = whatOf(view, view.state.layer, choice);
  if (group === "measure") return `${capital(title, view.lang)} (${unit})`;
  const symbol = /^[A-Z][a-z]?$/.test(choice) ? ` (${choice})` : "";
  return capital(title, view.lang) + symbol;
}
