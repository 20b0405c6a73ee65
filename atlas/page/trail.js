// "How computed?": from a number back to its formula, sources, licence and year.

import { h, link } from "atlas/dom";
import { number } from "atlas/format";

/** Makes the trail of a quantity: formula, factors, spread, grade, sources. */
export function trail(view, quantity, grade, { open, remember }) {
  const { say, text, stream, basis, atlas } = view;
  const steps = chain(basis, quantity);
  const details = h("details", { class: "trail", open },
    h("summary", {}, say("trail")),
    h("ol", {}, ...steps.map((step) => h("li", {},
      h("strong", {}, text(step.title)), ": ",
      text(step.formula) || say("trail.asis"),
      step.values ? null : ` (× ${number(step.factor, view.lang, 6)})`))),
    h("p", {}, text(stream.spread)),
    h("p", {}, `${say("grade", { grade })}: ${say(`grade.${grade}`)}`),
    sourceList(view, [...new Set(steps.flatMap((step) => step.sources))]
      .map((id) => atlas.sourceById.get(id))));
  details.addEventListener("toggle", () => remember(details.open));
  return details;
}

/** Makes the list of sources with publisher, year, licence and link. */
export function sourceList({ say }, sources) {
  return h("ul", { class: "sources" }, ...sources.map((source) => h("li", {},
    link(source.url, source.title),
    h("span", {}, ` · ${[source.publisher, source.reference_date ?? source.year, source.licence]
      .filter(Boolean).join(" · ") || say("unknown")}`))));
}

/** From a quantity down to the numbers it rests on. */
function chain(basis, quantity) {
  const steps = [quantity];
  while (!steps.at(-1).values) {
    steps.push(basis.quantities.find((other) => other.id === steps.at(-1).of));
  }
  return steps;
}
