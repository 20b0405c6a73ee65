// The legend, on the sea: what the colours and symbols of this very view mean.

import { classLabels, colourOf } from "atlas/classes";
import { SAME, divergedLabels } from "atlas/diverging";
import { h, svg } from "atlas/dom";
import { number } from "atlas/format";
import { sameClasses, signed } from "atlas/pairwords";
import { divergedFill } from "atlas/patterns";
import { viewTitle, whatOf } from "atlas/say";
import { markSymbol } from "atlas/mark_layer";
import { STEPS, facilitySymbol, pointSymbol } from "atlas/shapes";

const SAMPLE = { status: "operating", capacity_t_per_a: 500 };

/** Makes the legend; it stays folded or open as the reader left it. */
export function createLegend(host = document.getElementById("legend")) {
  const title = h("summary");
  const body = h("div", { class: "legend-body" });
  const keyTitle = h("summary");
  const key = h("ul", { class: "key" });
  const symbols = h("details", { open: innerHeight > 850 && innerWidth > 2200 }, keyTitle, key);
  host.append(
    h("details", { open: innerWidth > 900, class: "legend-box" }, title, body, symbols));
  return (view) => {
    const { measure, say, lang, state } = view;
    const what = measure === null ? null : whatOf(view, state.layer, measure, view.per);
    const { compared } = view;
    const difference = compared?.mode === "difference";
    const both = compared && !difference && sameClasses(compared);
    const unit = difference ? titled(say("compare.difference.title"), compared.what.unit)
      // One legend for two layers is named after what they share.
      : both && viewTitle(compared.a) !== viewTitle(view) ? what.unit
        : what ? titled(viewTitle(view), what.unit) : viewTitle(view);
    title.replaceChildren(h("span", {}, `${unit} · ${say(`areas.${state.areas}.count`, { n: view.areas.length })}`));
    body.replaceChildren(h("table", {},
      h("caption", { class: "quiet" }, say("legend.caption")),
      h("thead", { class: both ? null : "quiet" }, h("tr", {},
        h("th", { scope: "col" }, say("legend.class")), ...(both ? ["A", "B"] : [say(`areas.${state.areas}`)])
          .map((words) => h("th", { scope: "col" }, words)))),
      h("tbody", {}, ...(difference ? differenceRows(view)
        : rows(view, (edge) => number(edge * (what?.factor ?? 1), lang, 2), both ? compared.a : null)))));
    keyTitle.textContent = say("legend.symbols");
    key.replaceChildren(...symbolRows(view));
  };
}

/** Title and unit, once where they are the same word. */
function titled(title, unit) {
  return title.toLowerCase() === unit.toLowerCase() ? title : `${title}, ${unit}`;
}

/** The rows of a view; with the counts of another before its own where the classes are the same. */
function rows(view, write, other = null) {
  const { say, breaks, state } = view;
  const views = [other, view].filter(Boolean);
  const counted = (sample, label, count) => row(sample, label, views.map(count));
  const classes = views.some(({ none }) => none === null) ? classLabels(breaks, write).map((label, each) =>
    counted(swatch(colourOf(each)), label, ({ counts }) => counts.of[each])) : [];
  const marks = [];
  const none = views.find(({ counts }) => counts.none)?.none;
  if (none !== undefined) marks.push(counted(swatch(colourOf(null)), say(none?.short ?? "nodata"), ({ counts }) => counts.none));
  if (state.hatch) {
    marks.push(counted(swatch("url(#hatch-1)"), say("legend.gap", { step: view.name("step", view.stream.step) }),
      ({ areas }) => areas.filter((area) => area.gap).length));
  }
  const doubtful = ({ areas }) => areas.filter((area) => area.dotted).length;
  if (views.some(doubtful)) marks.push(counted(swatch("#fff", "#44566a"), say("legend.dotted"), doubtful));
  return [...classes, ...marks];
}

/** The classes of a difference, from much less to much more. */
function differenceRows(view) {
  const { say, areas, compared: { edges, counts, what, dotted } } = view;
  const labels = divergedLabels(edges, (edge) => signed(view, { ...what, decimals: null }, edge).replace(" ", ""),
    (low, high) => say("compare.between", { low, high }));
  const fill = (each) => divergedFill(edges.length ? each : SAME);
  const classes = labels.map((label, each) => row(swatch(fill(each)), label, [counts.of[each]]));
  const doubtful = areas.filter((area) => dotted[area.main]).length;
  return [...classes,
    ...(counts.none ? [row(swatch(divergedFill(null)), say("nodata"), [counts.none])] : []),
    ...(doubtful ? [row(swatch("#fff", "#44566a"), say("legend.dotted"), [doubtful])] : [])];
}

function row(sample, label, counts) {
  return h("tr", {}, h("th", { scope: "row" }, h("span", {}, sample, label)),
    ...counts.map((count) => h("td", {}, String(count))));
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
    ...(state.put.length + state.changes.length ? [row(h("span", { class: "symbol-put key-put" }, facilitySymbol({ ...SAMPLE, step: "recycling" }, 0.6)), say("key.put"))] : []),
    ...[...new Set(state.marks.map(({ kind }) => kind))].map((kind) => row(markSymbol(kind, ""), say(`key.mark.${kind}`))),
  ];
}
