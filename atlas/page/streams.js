// Every stream of one area in a table: in stock, released, collected and the gap, with range and grade.

import { nameOf } from "atlas/flows";
import { h } from "atlas/dom";
import { number } from "atlas/format";
import { measureFor } from "atlas/model";
import { fitted, inline, pairWords, rangeWords, valueWords, whatOf } from "atlas/say";
import { spanOf } from "atlas/spans";
import { nearestNow } from "atlas/nearest";
import { layerWords } from "atlas/view";

const LAYERS = ["stock", "released", "collected", "capacity_gap"];

/** The table of an area. */
export function streamsTable(view, area) {
  const { atlas, say, text, state } = view;
  const head = (layer) => (layer === "stock" ? say("sheet.stock") : `${say(`layer.${layer}`)}, ${state.year}`);
  return h("table", { class: "streams-table" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("control.stream")),
      ...LAYERS.map((layer) => h("th", { scope: "col" }, head(layer))))),
    h("tbody", {}, ...atlas.streams.map((stream) => h("tr", { class: stream === view.stream ? "now" : null },
      h("th", { scope: "row" }, text(stream.title)),
      ...(stream.kind === "unknown" ? [h("td", { colspan: LAYERS.length }, say("none.unknown"))]
        : LAYERS.map((layer) => cell(view, stream, layer, area.set)))))));
}

/** The nearest plant of every stream, from a zone. */
export function nearestPairs(view, zone) {
  const { atlas, text, name, say, lang } = view;
  return atlas.streams.filter(({ step, nearest }) => step && nearest[step]).map((stream) => {
    const found = nearestNow({ ...view, stream, state: { ...view.state, stream: stream.id } }, zone);
    return [`${text(stream.title)} (${name("step", stream.step)})`, found
      ? `${nameOf(view, found.to)} · ${number(Math.round(found.km), lang)} km` : say("nearest.none")];
  });
}

function cell(view, stream, layer, set) {
  const { atlas, say } = view;
  const first = stream.bases[view.state.basis]?.quantities[0]?.id;
  const asked = { ...view.state, stream: stream.id, layer, measure: layer === "stock" ? first : "mass" };
  const measure = measureFor(atlas, stream, asked);
  const here = { ...view, stream, measure, state: asked };
  const span = measure === null ? null : spanOf(atlas, asked, set);
  if (!span || span.value === null) return h("td", {}, h("span", { class: "note" }, whyNot(here, layer)));
  const what = fitted(here, whatOf(here, layer, measure), span.value, layer);
  const pair = pairWords(here, what, span, "pair.short");
  const range = pair ? null : rangeWords(here, what, span);
  return h("td", {}, h("strong", {}, pair ?? valueWords(here, what, span.value, span.grade)),
    span.grade ? h("span", { class: `badge small grade-${span.grade}` }, span.grade) : "",
    h("span", { class: "note" }, [range, layer === "stock" ? inline(layerWords(here, "stock")) : null].filter(Boolean).join(" · ")));
}

function whyNot(view, layer) {
  const { say, stream } = view;
  if (layer === "stock" && stream.kind === "flow") return say("none.stock");
  return say("nodata");
}
