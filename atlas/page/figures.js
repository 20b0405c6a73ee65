// "Why other figures?": what the reports say beside what the registers give.

import { h, link } from "atlas/dom";
import { number } from "atlas/format";

/** Fills the view of the headline figures. */
export function renderFigures(view) {
  const { atlas, say, text, state } = view;
  const door = atlas.maps.find((map) => map.id === state.door);
  const columns = ["stream", "quantity", "report", "register", "factor", "reason"];
  document.getElementById("figures").replaceChildren(
    h("h2", {}, say("figures.title")),
    h("p", { class: "story" }, text(door?.story)),
    h("div", { class: "scroll" }, h("table", {},
      h("caption", { class: "quiet" }, say("figures.title")),
      h("thead", {}, h("tr", {}, ...columns.map((key) => h("th", { scope: "col" }, say(`figure.${key}`))))),
      h("tbody", {}, ...atlas.figures.map((figure) => row(view, figure))))));
}

/** A headline figure: its decimals only where it is small; a year is no amount. */
function figureWords(value, unit, lang) {
  return unit === "year" ? String(value) : number(value, lang, Math.abs(value) < 100 ? 2 : 0);
}

function row(view, figure) {
  const { atlas, say, text, lang, name } = view;
  const source = atlas.sourceById.get(figure.report);
  const unit = name("unit", figure.unit);
  const stream = atlas.streams.find((each) => each.id === figure.stream);
  return h("tr", { "data-figure": figure.id },
    h("td", {}, stream ? text(stream.title) : name("stream", figure.stream)),
    h("th", { scope: "row" }, text(figure.quantity), h("span", { class: "region" }, figure.region)),
    h("td", {}, h("strong", { class: "number" }, `${figureWords(figure.report_value, figure.unit, lang) ?? "–"} ${unit}`),
      figure.reading ? h("q", { lang: "nl" }, figure.reading) : null,
      h("span", { class: "from" }, source ? link(source.url, source.title) : name("report", figure.report))),
    h("td", {}, figure.register_value === null ? h("em", {}, say("figure.none"))
      : h("strong", { class: "number" }, `${figureWords(figure.register_value, figure.unit, lang)} ${unit}`)),
    h("td", {}, figure.factor === null ? "–" : `× ${number(figure.factor, lang, 2)}`),
    h("td", { class: "reason" }, text(figure.reason)));
}
