// The legend, on the sea: what the colours and symbols of this very view mean.

import { classLabels, colourOf } from "atlas/classes";
import { h, svg } from "atlas/dom";
import { number } from "atlas/format";
import { viewTitle, whatOf } from "atlas/say";
import { markSymbol } from "atlas/mark_layer";
import { STEPS, facilitySymbol, pointSymbol } from "atlas/shapes";

const SAMPLE = { status: "operating", capacity_t_per_a: 500 };

/** Makes the legend; it stays folded or open as the reader left it. */
export function createLegend() {
  const title = h("summary");
  const body = h("div", { class: "legend-body" });
  const keyTitle = h("summary");
  const key = h("ul", { class: "key" });
  const symbols = h("details", { open: innerHeight > 850 && innerWidth > 2200 }, keyTitle, key);
  document.getElementById("legend").append(
    h("details", { open: innerWidth > 900, class: "legend-box" }, title, body, symbols));
  return (view) => {
    const { measure, say, lang, atlas, state } = view;
    const what = measure === null ? null : whatOf(view, state.layer, measure);
    const unit = what ? titled(viewTitle(view), what.unit) : viewTitle(view);
    title.replaceChildren(h("span", {}, `${unit} · ${say("zones", { n: atlas.zones.length })}`));
    body.replaceChildren(h("table", {},
      h("caption", { class: "quiet" }, say("legend.caption")),
      h("thead", { class: "quiet" }, h("tr", {},
        h("th", { scope: "col" }, say("legend.class")), h("th", { scope: "col" }, say("legend.count")))),
      h("tbody", {}, ...rows(view, (edge) => number(edge * (what?.factor ?? 1), lang, 2)))));
    keyTitle.textContent = say("legend.symbols");
    key.replaceChildren(...symbolRows(view));
  };
}

/** Title and unit, once where they are the same word. */
function titled(title, unit) {
  return title.toLowerCase() === unit.toLowerCase() ? title : `${title}, ${unit}`;
}

function rows(view, write) {
  const { say, counts, breaks, gaps, dotted, state } = view;
  const classes = view.none === null
    ? classLabels(breaks, write).map((label, each) => row(swatch(colourOf(each)), label, counts.of[each]))
    : [];
  const marks = [];
  if (counts.none) marks.push(row(swatch(colourOf(null)), say(view.none?.short ?? "nodata"), counts.none));
  if (state.hatch) {
    marks.push(row(swatch("url(#hatch-1)"), say("legend.gap", { step: view.name("step", view.stream.step) }),
      gaps.filter(Boolean).length));
  }
  const doubtful = dotted.filter(Boolean).length;
  if (doubtful) marks.push(row(swatch("#fff", "#44566a"), say("legend.dotted"), doubtful));
  return [...classes, ...marks];
}

function row(sample, label, count) {
  return h("tr", {}, h("th", { scope: "row" }, h("span", {}, sample, label)), h("td", {}, String(count)));
}

function swatch(fill, dotted = null) {
  return svg("svg", { class: "swatch", width: 26, height: 15, "aria-hidden": "true" },
    svg("rect", {
      x: 1, y: 1, width: 24, height: 13, fill, stroke: dotted ?? "#9aa9b8",
      "stroke-width": dotted ? 1.8 : 1, "stroke-dasharray": dotted && "0.1 3.4",
      "stroke-linecap": "round",
    }));
}

function symbolRows({ say, name, state }) {
  const steps = STEPS.filter((step) => !state.hidden.includes(step));
  const row = (symbol, words) => h("li", {}, h("span", { class: "key-symbol" }, symbol), words);
  return [
    ...(state.points ? [row(pointSymbol("open"), say("point"))] : []),
    ...(state.plants ? [
      ...steps.map((step) => row(facilitySymbol({ ...SAMPLE, step }, 0.85), name("step", step))),
      row(facilitySymbol({ ...SAMPLE, step: "recycling", status: "planned" }, 0.85), say("key.hollow")),
      row(facilitySymbol({ ...SAMPLE, step: "recycling", status: "closed" }, 0.85), say("key.crossed")),
      row(facilitySymbol({ ...SAMPLE, step: "recycling", status: "unknown" }, 0.85), say("key.question")),
      row(facilitySymbol({ ...SAMPLE, step: "recycling", capacity_t_per_a: null }, 0.85), say("key.dashed")),
      row(h("span", { class: "arrow-head" }, "➤"), say("key.arrow")),
    ] : []),
    ...[...new Set(state.marks.map(({ kind }) => kind))].map((kind) => row(markSymbol(kind, ""), say(`key.mark.${kind}`))),
  ];
}
