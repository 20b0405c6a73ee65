// What stands in the foot beside the table: sources, findings, what was not placed, about.

import { h, terms } from "atlas/dom";
import { date } from "atlas/format";
import { LAYERS, choicesOf, quantityOf } from "atlas/model";
import { capital, valueWords, whatOf } from "atlas/say";
import { restSet } from "atlas/sets";
import { spanOf } from "atlas/spans";
import { sourceList } from "atlas/trail";

/** All sources of the edition. */
export function sourcesList(view) {
  return h("div", { class: "list" }, sourceList(view, view.atlas.sources));
}

/** What was repaired, doubted or left out of the data. */
export function findingsList(view) {
  const { atlas, say, name } = view;
  const columns = ["layer", "row", "rule", "found", "action"];
  // Rules and actions are the program's own words; what was found is the source's.
  const said = { rule: (word) => name("rule", word), action: (word) => name("action", word) };
  const cell = (finding, key) => said[key]?.(finding[key]) ?? String(finding[key] ?? "");
  return h("div", { class: "list" }, h("table", {},
    h("caption", {}, say("findings.caption", { n: atlas.findings.length })),
    h("thead", {}, h("tr", {}, ...columns.map((key) => h("th", { scope: "col" }, say(`finding.${key}`))))),
    h("tbody", {}, ...atlas.findings.map((finding) =>
      h("tr", {}, ...columns.map((key) => h("td", {}, cell(finding, key))))))));
}

/** What could not be placed in a zone: every measure of the stock, and the layers of the year. */
export function unplacedList(view) {
  const { atlas, say, text, stream, state } = view;
  const rows = LAYERS.flatMap((layer) => choicesOf(atlas, stream, state.basis, layer)
    .filter((choice) => layer === "stock" ? quantityOf(view.basis, choice) : choice === "mass")
    .map((measure) => {
      const { value } = spanOf(atlas, { ...state, layer, measure }, restSet());
      const what = whatOf(view, layer, measure);
      return [layer === "stock" ? capital(what.title, view.lang) : say(`layer.${layer}`), valueWords(view, what, value) ?? say("unknown")];
    }));
  return h("div", { class: "list" },
    h("p", {}, h("strong", {}, `${text(stream.title)}, ${state.year}`)),
    h("p", {}, say("unplaced.intro")), terms(rows));
}

/** What the atlas is and is not. */
export function aboutList({ atlas, say, lang }) {
  const { edition } = atlas;
  return h("div", { class: "list about" },
    ...["what", "made", "reach", "grade", "share", "position", "capacity", "spread", "background", "keys"]
      .map((key) => h("p", {}, say(`text.${key}`, { date: date(edition.date, lang), version: edition.version }))));
}
