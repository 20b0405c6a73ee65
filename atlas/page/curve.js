// The years as a curve: the present choice with its band, the lifetimes side by side, and the year
// shown. The same numbers stand in a table for those who do not see the curve.

import { h, svg } from "atlas/dom";
import { contextOf, keptFor } from "atlas/context";
import { measureFor } from "atlas/model";
import { divided, divisorOf, perFor } from "atlas/per";
import { capital, fitted, plainWords, switchWords, viewTitle, whatOf } from "atlas/say";
import { valuesOf } from "atlas/scenario";
import { spanOf } from "atlas/spans";
import { benchmarkNote, targetKey, targetLabels, targetLines, targetWords, targetsOf } from "atlas/targets";

const [WIDTH, HEIGHT] = [324, 126];
const FRAME = { left: 2, right: 8, top: 20, bottom: 18 };
const COLOURS = { regular: "#12436d", early: "#b3400a", late: "#526070" };
const DASHES = { regular: null, early: "5 3", late: "1.5 2.5" };

/** The curve of an area; in stock that of what is released. Null where there is nothing to draw. */
export function renderCurve({ view, area, store }) {
  const { atlas, stream, state } = view;
  const layer = state.layer === "stock" ? "released" : state.layer;
  const measure = measureFor(atlas, stream, { ...state, layer });
  if (!stream.model || measure === null) return null;
  const asked = { ...state, layer, measure };
  const per = perFor(stream, state, measure);
  const divisor = divisorOf(atlas, stream, per, area.set);
  const lines = linesOf(view, asked, area.set).map((line) =>
    ({ ...line, spans: line.spans.map((span) => divided(span, divisor)) }));
  if (!lines[0].spans.some((span) => span.value !== null)) return null;
  const targets = targetsOf(atlas, asked, area.set).map((target) =>
    ({ ...target, values: target.values.map((value) => divided({ value }, divisor).value) }));
  const top = Math.max(topOf(lines), ...targets.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const what = fitted(view, whatOf({ ...view, measure }, layer, measure, per), top, layer);
  const title = `${capital(viewTitle({ ...view, measure, state: asked }), view.lang)}, ${what.unit}`;
  return h("figure", { class: "curve" }, h("figcaption", {}, title),
    drawing({ view, lines, targets, top, what, title, store }), targetKey(view, targets),
    benchmarkNote(view, area.set), twin({ view, lines, targets, what, title }));
}

/** The present choice first; where the stream has an early lifetime, regular and early as well. */
function linesOf({ atlas, stream, scenario }, asked, set) {
  const lifetimes = valuesOf(atlas, stream, "lifetime");
  const others = lifetimes.includes("early") ? ["regular", "early"].filter((each) => each !== scenario.lifetime) : [];
  return [scenario.lifetime, ...others].map((lifetime) => {
    const state = { ...asked, lifetime };
    const key = `curve ${asked.layer} ${asked.measure} ${set.zones} ${set.rest}`;
    const spans = keptFor(contextOf(atlas, state), asked.layer, key, () =>
      atlas.years.map((year) => spanOf(atlas, { ...state, year }, set)));
    return { lifetime, spans };
  }).filter((line, place) => place === 0 || line.spans.some((span) => span.value !== null));
}

/** The highest number drawn: of the present choice its high end. */
function topOf(lines) {
  return Math.max(...lines.flatMap((line, place) => line.spans.map((span) =>
    (place === 0 ? span.high ?? span.value : span.value) ?? 0))) || 1;
}

function drawing({ view, lines, targets, top, what, title, store }) {
  const { atlas, state, say } = view;
  const { years } = atlas;
  const x = (place) => FRAME.left + (place / (years.length - 1)) * (WIDTH - FRAME.left - FRAME.right);
  const y = (value) => HEIGHT - FRAME.bottom - (value / top) * (HEIGHT - FRAME.top - FRAME.bottom);
  const now = years.indexOf(state.year);
  const mark = lines[0].spans[now];
  const choose = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = ((event.clientX - box.x) / box.width * WIDTH - FRAME.left) / (WIDTH - FRAME.left - FRAME.right);
    store.set({ year: years[Math.min(years.length - 1, Math.max(0, Math.round(share * (years.length - 1))))] });
  };
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", onclick: choose,
    "aria-label": [title, ...targets.map((target) => targetWords(view, target))].join(". ") },
    svg("title", {}, say("curve.hint")),
    bandOf(lines[0].spans, x, y),
    svg("path", { class: "axis", d: `M${FRAME.left} ${y(0)}H${WIDTH - FRAME.right}` }),
    state.layer === "stock" || mark?.value == null ? null
      : svg("path", { class: "now", d: `M${x(now)} ${FRAME.top - 6}V${y(0)}` }),
    ...lines.toReversed().map((line) => svg("path", {
      class: "line", d: pathOf(line.spans.map((span) => span.value), x, y),
      stroke: colourOf(line), "stroke-dasharray": DASHES[line.lifetime] ?? null,
      "stroke-width": line === lines[0] ? 2.2 : 1.7,
    })),
    ...targetLines(targets, x, y),
    ...(lines.length > 1 ? labelsOf(view, lines, x, y) : []),
    ...targetLabels(view, targets, x, y),
    mark?.value == null || state.layer === "stock" ? null : svg("circle", {
      cx: x(now), cy: y(mark.value), r: 3.6, fill: colourOf(lines[0]), stroke: "#fff", "stroke-width": 1.4,
    }),
    svg("text", { x: FRAME.left, y: 10 }, plainWords(view, what, top)),
    svg("text", { x: FRAME.left, y: HEIGHT - 4 }, String(years[0])),
    svg("text", { x: WIDTH - FRAME.right, y: HEIGHT - 4, "text-anchor": "end" }, String(years.at(-1))),
    state.layer === "stock" ? null : svg("text", {
      class: "year", x: Math.min(WIDTH - 50, Math.max(46, x(now))), y: HEIGHT - 4, "text-anchor": "middle",
    }, now === 0 || now === years.length - 1 ? "" : String(state.year)));
}

/** Colour of a line; a lifetime without one of its own is drawn as the regular. */
function colourOf({ lifetime }) {
  return COLOURS[lifetime] ?? COLOURS.regular;
}

/** The range as a band; a gap where nothing is known. */
function bandOf(spans, x, y) {
  const known = spans.map((span, place) => ({ ...span, place })).filter((span) => span.low !== null && span.value !== null);
  if (known.length < 2) return null;
  const forth = known.map(({ high, place }) => `${x(place).toFixed(1)} ${y(high).toFixed(1)}`);
  const back = known.toReversed().map(({ low, place }) => `${x(place).toFixed(1)} ${y(low).toFixed(1)}`);
  return svg("path", { class: "band", d: `M${[...forth, ...back].join("L")}Z` });
}

function pathOf(values, x, y) {
  let pen = "M";
  return values.map((value, place) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const command = `${pen}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
    return command;
  }).join("");
}

/** Names beside the lines, where they lie furthest from each other. */
function labelsOf(view, lines, x, y) {
  const reach = lines[0].spans.length;
  const places = Array.from({ length: reach }, (_, place) => place)
    .filter((place) => place > 3 && place < reach - 3 && lines.every((line) => line.spans[place].value !== null));
  const apart = (place) => Math.abs(lines[0].spans[place].value - (lines[1]?.spans[place].value ?? 0));
  const at = places.sort((one, other) => apart(other) - apart(one))[0];
  if (at === undefined) return [];
  return [...lines].sort((one, other) => other.spans[at].value - one.spans[at].value).map((line, place) => svg("text", {
    class: "name", x: Math.min(WIDTH - 60, Math.max(60, x(at))), "text-anchor": "middle", fill: colourOf(line),
    y: place === 0 ? Math.max(18, Math.min(y(line.spans[at].value) - 6, HEIGHT - FRAME.bottom - 16)) : Math.min(HEIGHT - FRAME.bottom - 3, y(line.spans[at].value) + 13),
  }, switchWords(view, "lifetime", line.lifetime)));
}

/** The numbers as a table, made once it is opened: most switches never need it. */
function twin({ view, lines, targets, what, title }) {
  const { atlas, say } = view;
  const heads = [say("control.year"), ...lines.map((line) => switchWords(view, "lifetime", line.lifetime)),
    say("range.short.low"), say("range.short.high"), ...targets.map((target) => targetWords(view, target))];
  const cell = (value) => h("td", { class: "number" }, plainWords(view, what, value) ?? "–");
  const table = () => h("table", {}, h("caption", { class: "quiet" }, title),
    h("thead", {}, h("tr", {}, ...heads.map((head, place) =>
      h("th", { scope: "col", class: place ? "number" : null }, head)))),
    h("tbody", {}, ...atlas.years.map((year, place) => h("tr", {}, h("th", { scope: "row" }, String(year)),
      ...lines.map((line) => cell(line.spans[place].value)),
      cell(lines[0].spans[place].low), cell(lines[0].spans[place].high),
      ...targets.map(({ values }) => cell(values[place]))))));
  const details = h("details", { class: "twin" }, h("summary", {}, say("curve.table")));
  details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(table()));
  return details;
}
