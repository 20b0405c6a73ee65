// The year: a slider with play. Playing stops by itself; where motion is unwanted it only steps.

import { h, write } from "atlas/dom";
import { timeWords } from "atlas/say";

const PACE = 700; // milliseconds a year stays in sight
const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

/** Makes the slider; the stock stands still, so it is at rest there. */
export function createSlider(atlas, store) {
  const { years } = atlas;
  const [first, last] = [years[0], years.at(-1)];
  const label = h("label", { for: "year" });
  const value = h("span", { class: "value" });
  const input = h("input", {
    id: "year", type: "range", min: first, max: last, step: 1,
    oninput: () => { stop(); store.set({ year: Number(input.value) }); },
  });
  const play = h("button", { type: "button", class: "play", onclick: () => (timer ? stop() : start()) });
  const box = h("div", { class: "group year" }, h("div", { class: "titled" }, label, value),
    h("div", { class: "slide" }, play, h("span", { class: "ends", "aria-hidden": "true" }, String(first)), input,
      h("span", { class: "ends", "aria-hidden": "true" }, String(last))));
  let timer = null;
  let view = null;

  function step() {
    const { year } = store.get();
    store.set({ year: year >= last ? first : year + 1 });
  }

  function start() {
    step();
    if (still?.matches) return;
    timer = setInterval(() => (store.get().year >= last ? stop() : step()), PACE);
    name();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    name();
  }

  function name() {
    if (!view) return;
    const words = timer ? "year.pause" : still?.matches ? "year.next" : "year.play";
    play.setAttribute("aria-label", view.say(words));
    play.title = view.say(words);
    write(play, timer ? "❚❚" : "▶");
  }

  function render(next) {
    view = next;
    const rests = ({ state, stream }) => state.layer === "stock" || stream.kind === "unknown";
    // The year of A follows where the years are linked.
    const resting = rests(view) && (!view.compared || !view.state.linked || rests(view.compared.a));
    if (resting && timer) stop();
    write(label, view.say("control.year"));
    write(value, (view.stream.kind === "unknown" ? null : timeWords(view)) ?? "");
    input.value = String(view.state.year);
    input.disabled = resting;
    play.disabled = resting;
    input.setAttribute("aria-valuetext", String(view.state.year));
    name();
  }
  return { box, render };
}
