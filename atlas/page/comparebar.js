// Above the map: begin to compare, how both are shown, swap, and stop.

import { pin, relinked, swapped } from "atlas/compare";
import { h, write } from "atlas/dom";
import { whyWords } from "atlas/pairwords";

const MODES = ["side", "difference"];
const STOP = { compare: null, other: null, linked: true };

/** Makes the bar once; `render` brings it up to date. */
export function createCompareBar(store) {
  const act = (patch, then) => () => {
    store.set(patch(store.get()));
    then?.focus(); // what was pressed may be gone
  };
  const why = h("p", { class: "note", id: "compare-why" });
  const modes = MODES.map((mode) => [mode, h("button", { type: "button", onclick: () => choose(mode) })]);
  const start = h("button", { type: "button", class: "start", onclick: act(pin, modes[0][1]) });
  const swap = h("button", { type: "button", onclick: act(swapped) });
  const label = h("span");
  const value = h("span", { class: "quiet" });
  const link = h("button", { type: "button", role: "switch", class: "switch", onclick: act(relinked) },
    h("span", { class: "track", "aria-hidden": "true" }), label, value);
  const stop = h("button", { type: "button", onclick: act(() => STOP, start) });
  const ways = h("span", { class: "options", role: "group" }, ...modes.map(([, button]) => button));
  const tools = h("div", { class: "pair-tools", role: "group" }, ways, link, swap, stop, why);
  document.getElementById("compare").append(start, tools);
  let refused = false;

  function choose(mode) {
    if (mode === "difference" && refused) return;
    store.set({ compare: mode });
  }

  return (view) => {
    const { say, state, compared } = view;
    document.body.classList.toggle("comparing", Boolean(compared));
    start.hidden = Boolean(compared);
    tools.hidden = !compared;
    write(start, say("compare.start"));
    start.title = say("compare.start.title");
    if (!compared) return;
    refused = Boolean(compared.why);
    tools.setAttribute("aria-label", say("compare.label"));
    ways.setAttribute("aria-label", say("compare.ways"));
    for (const [mode, button] of modes) {
      write(button, say(`compare.${mode}`));
      button.setAttribute("aria-pressed", String(compared.mode === mode));
    }
    const [, difference] = modes[1];
    difference.setAttribute("aria-disabled", String(refused));
    difference.classList.toggle("empty", refused);
    difference.setAttribute("aria-describedby", refused ? "compare-why" : "");
    write(why, whyWords(view));
    why.hidden = !refused;
    write(swap, say("compare.swap"));
    write(stop, say("compare.stop"));
    write(label, say("compare.linked"));
    write(value, say(state.linked ? "on" : "off"));
    link.setAttribute("aria-checked", String(state.linked));
  };
}
