// "How computed?": from a number back to the product that makes it, every factor, and its source.

import { h, link } from "atlas/dom";
import { number, significant } from "atlas/format";
import { inline, suited } from "atlas/say";

/** Makes the trail of an explained number: the product, then each step with range and source. */
export function trail(view, explained, { state, open, remember }) {
  const { say, text, stream } = view;
  const { grade } = explained;
  const details = h("details", { class: "trail", open },
    h("summary", {}, say("trail")),
    h("ol", { class: "product" }, ...explained.product.map((part) => productRow(view, part))),
    text(stream.spread) ? h("p", {}, `${say("trail.spread")}: ${inline(text(stream.spread))}`) : null,
    grade ? h("p", {}, `${say("grade", { grade })}: ${say(`grade.${grade}`)}`) : null,
    h("ol", { class: "steps" }, ...once(explained.steps).map((step) => stepRow(view, step))));
  if (!explained.steps.length) details.append(h("p", {}, say("trail.nosteps")));
  details.dataset.layer = state.layer;
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

function productRow(view, { key, value, unit }) {
  const { say, text, lang } = view;
  // Contents are small: grams or kilograms per unit read better than parts of a tonne.
  const [factor, mass] = key === "product.content" ? suited(value) : [1, ""];
  const words = unit === null ? "" : typeof unit === "string" ? say(unit) : text(unit);
  const shown = number(significant(value * factor, 5), lang, 8);
  return h("li", { class: key === "product.result" ? "result" : null },
    h("span", {}, say(key)), h("strong", {}, [shown, mass, words].filter(Boolean).join(" ")));
}

function stepRow(view, step) {
  const { say, text, atlas, lang } = view;
  const source = atlas.sourceById.get(step.source);
  const range = step.low === undefined || step.low === null ? null
    : say("trail.range", { low: number(step.low, lang, 2), high: number(step.high, lang, 2) });
  const row = step.row === null || step.row === undefined ? null
    : [source?.file, say("trail.row", { row: step.row })].filter(Boolean).join(" ");
  const place = [step.definition, row].filter(Boolean).join(", ");
  return h("li", {}, h("strong", {}, text(step.title)), text(step.words) ? `: ${text(step.words)}` : "",
    h("span", { class: "facts" }, [range, step.grade ? say("grade", { grade: step.grade }) : null].filter(Boolean).join(" · ")),
    h("span", { class: "facts place" }, place),
    source ? sourceList(view, [source]) : null);
}

/** Steps of the same factor and row are told once. */
function once(steps) {
  const seen = new Set();
  return steps.filter((step) => {
    const key = `${step.id} ${step.definition} ${step.row}`;
    return seen.has(key) ? false : seen.add(key);
  });
}
