// "Why other figures?": what the reports say beside what the atlas gives, and why they differ.

import { h, link } from "atlas/dom";
import { number } from "atlas/format";
import { capital } from "atlas/say";

const COLUMNS = ["quantity", "report", "register", "factor", "reason"];

/** Fills the view of the headline figures, a group per stream. */
export function renderFigures(view) {
  const { atlas, say, text, state } = view;
  const door = atlas.maps.find((map) => map.id === state.door);
  const streams = [...new Set(atlas.figures.map((figure) => figure.stream))];
  document.getElementById("figures").replaceChildren(
    h("h2", {}, say("figures.title")),
    h("p", { class: "story" }, text(door?.story)),
    h("div", { class: "scroll" }, h("table", {},
      h("caption", { class: "quiet" }, say("figures.title")),
      h("thead", {}, h("tr", {}, ...COLUMNS.map((key) => h("th", { scope: "col" }, say(`figure.${key}`))))),
      ...streams.map((id) => h("tbody", {},
        h("tr", {}, h("th", { scope: "colgroup", colspan: COLUMNS.length, class: "stream" }, streamName(view, id))),
        ...atlas.figures.filter((figure) => figure.stream === id).map((figure) => row(view, figure)))))));
}

function streamName({ atlas, text, name, lang }, id) {
  const stream = atlas.streams.find((each) => each.id === id);
  return stream ? text(stream.title) : capital(name("stream", id), lang);
}

/** A headline figure: its decimals only where it is small; a year is no amount. */
function figureWords(value, unit, lang) {
  const size = Math.abs(value);
  return unit === "year" ? String(value) : number(value, lang, size < 1 ? 3 : size < 100 ? 2 : 0);
}

function row(view, figure) {
  const { atlas, say, text, lang, name } = view;
  const source = atlas.sourceById.get(figure.report);
  const unit = name("unit", figure.unit);
  return h("tr", { "data-figure": figure.id },
    h("th", { scope: "row" }, capital(text(figure.quantity), lang), h("span", { class: "from" }, name("region", figure.region))),
    h("td", {}, h("strong", {}, `${figureWords(figure.report_value, figure.unit, lang)} ${unit}`),
      figure.reading ? h("q", { lang: "nl" }, figure.reading) : null,
      h("span", { class: "from" }, source ? link(source.url, source.title) : name("report", figure.report))),
    h("td", {}, ...registerCell(view, figure, unit)),
    h("td", { class: "times" }, factorWords(figure.factor, lang) ?? "–",
      figure.difference === null ? null : h("span", { class: "from" }, differenceWords(figure, unit, lang))),
    h("td", { class: "reason" }, text(figure.reason),
      figure.formula ? h("details", {}, h("summary", {}, say("figure.formula")), h("p", {}, text(figure.formula))) : null));
}

function registerCell({ say, lang }, figure, unit) {
  if (figure.register_value === null) return [h("em", {}, say("figure.none"))];
  const write = (value) => figureWords(value, figure.unit, lang);
  const { register_low: low, register_high: high } = figure;
  return [h("strong", {}, `${write(figure.register_value)} ${unit}`),
    low === null || high === null || low === high ? null : h("span", { class: "from" }, `${write(low)} – ${write(high)}`),
    figure.grade ? h("span", { class: `badge grade-${figure.grade}`, title: say(`grade.${figure.grade}`) },
      say("grade", { grade: figure.grade })) : null];
}

/** How many times the report's figure the atlas' is: "× 35,8", or "÷ 5,4" where it is less. */
export function factorWords(factor, lang) {
  if (factor === null || factor === undefined) return null;
  if (factor === 0) return "× 0";
  const [sign, times] = factor >= 1 ? ["×", factor] : ["÷", 1 / factor];
  return `${sign} ${number(times, lang, times < 10 ? 2 : 1)}`;
}

function differenceWords({ difference, unit: code }, unit, lang) {
  const sign = difference > 0 ? "+ " : difference < 0 ? "− " : "";
  return `${sign}${figureWords(Math.abs(difference), code, lang)} ${unit}`;
}
