// What a stream is made of here: the materials as bars, the critical ones first.

import { h } from "atlas/dom";
import { number } from "atlas/format";
import { choicesOf, elementsOf } from "atlas/model";
import { capital, gradeWords, tonnesWords } from "atlas/say";
import { spanOf } from "atlas/spans";

const MOST = 8;

/** The bars; a click on a name chooses that material, a click on a number asks for its trail. */
export function materialBars({ view, area, ask, store }) {
  const { atlas, state, stream, say, text } = view;
  const choices = choicesOf(atlas, stream, state.basis, state.layer);
  const found = elementsOf(atlas, stream).filter((element) => choices.includes(element.id))
    .map((element) => ({ element, span: spanOf(atlas, { ...state, measure: element.id }, area.set) }))
    .filter(({ span }) => span.value > 0)
    .sort((one, other) => other.element.critical - one.element.critical || other.span.value - one.span.value);
  if (!found.length) return null;
  const shown = found.slice(0, MOST);
  const most = Math.max(...shown.map(({ span }) => span.value));
  return h("section", { class: "notes bars" }, h("h3", {}, say("bars.title")),
    h("ul", {}, ...shown.map(({ element, span }) => bar({ element, span }))),
    found.length > shown.length ? h("p", { class: "note" }, say("bars.more", { n: number(found.length - shown.length, view.lang) })) : null);

  function bar({ element, span }) {
    const title = capital(text(element.title), view.lang);
    const choose = () => store.set({ measure: element.id });
    const marks = [
      recalled(stream, element.id) ? say("recollection") : null,
      element.kind === "element" && element.eu_number === null ? say("unlisted") : null,
    ].filter(Boolean);
    return h("li", { class: state.measure === element.id ? "now" : null, "data-element": element.id },
      h("button", {
        type: "button", class: "choose", "aria-pressed": String(state.measure === element.id),
        title: text(element.note) || null, onclick: choose,
      }, title),
      marks.length ? h("span", { class: "marks" }, marks.join(" · ")) : h("span"),
      ask(tonnesWords(view, span.value, state.layer), title, { measure: element.id }, area.set),
      h("span", { class: "letter", title: span.grade ? gradeWords(view, span) : null }, span.grade ?? ""),
      // The bar answers to a click as its name does.
      h("span", { class: element.critical ? "bar" : "bar other", "aria-hidden": "true", onclick: choose },
        h("span", { style: `width: ${(100 * span.value) / most}%` })));
  }
}

/** Whether any content of the element was written from memory instead of read in a source. */
function recalled({ model }, element) {
  return model.contents.some((row) => row.element === element && row.recollection);
}
