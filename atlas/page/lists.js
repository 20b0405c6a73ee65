// What stands in the foot beside the table: sources, findings, what was not placed, about.

import { h, terms } from "atlas/dom";
import { date } from "atlas/format";
import { amounts } from "atlas/model";
import { quantityWords } from "atlas/say";
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

/** What could not be placed in a zone, for every quantity of this stream and basis. */
export function unplacedList(view) {
  const { basis, say, text, stream, quantity, amounted } = view;
  const now = quantity ? quantityWords(view, quantity, amounted.unallocated) ?? say("unknown") : say("nodata");
  return h("div", { class: "list" },
    h("p", {}, h("strong", {}, `${text(stream.title)}: ${now}`)),
    h("p", {}, say("unplaced.intro")),
    terms((basis?.quantities ?? []).map((each) => [text(each.title),
      quantityWords(view, each, amounts(basis, each).unallocated) ?? say("unknown")])));
}

/** What the atlas is and is not. */
export function aboutList({ atlas, say, lang }) {
  const { edition } = atlas;
  return h("div", { class: "list about" },
    ...["what", "made", "reach", "grade", "share", "position", "capacity", "spread", "background", "keys"]
      .map((key) => h("p", {}, say(`text.${key}`, { date: date(edition.date, lang), version: edition.version }))));
}
