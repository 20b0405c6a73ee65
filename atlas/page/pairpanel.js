// The panel's part on what is compared: the number of A, of B, and the difference.

import { shown, spansOfPair, worse } from "atlas/compare";
import { h } from "atlas/dom";
import { signedWords } from "atlas/pairwords";
import { fitted, gradeWords, rangeWords, sentence, timeWords, valueWords, viewWords, whatOf } from "atlas/say";

/** A small table for the area of the panel; null where nothing is compared. */
export function pairSection(view, area) {
  const { compared, say } = view;
  if (!compared) return null;
  const { before, after, difference } = spansOfPair(compared, area.set);
  // Where the short words do not tell them apart, the whole sentence does.
  const alike = shortWords(compared.a) === shortWords(compared.b);
  const rows = [side(compared.a, before, alike), side(compared.b, after, alike)];
  if (!compared.why) rows.push(differenceRow(view, difference, worse(before.grade, after.grade)));
  return h("section", { class: "notes pair-notes" }, h("h3", {}, say("compare.label")),
    h("table", {}, h("tbody", {}, ...rows)));
}

function shortWords(view) {
  return [view.text(view.stream.title), viewWords(view), timeWords(view)].filter(Boolean).join(" · ");
}

function side(view, span, alike) {
  const { say, state, measure, letter } = view;
  const value = shown(view, span);
  const what = measure === null ? null : fitted(view, whatOf(view, state.layer, measure, view.per), value, state.layer);
  const range = what && rangeWords(view, what, span);
  return h("tr", {},
    h("th", { scope: "row" }, letter),
    h("td", {}, alike ? sentence(view) : shortWords(view),
      range || span.grade ? h("span", { class: "facts" }, [range && `${say("range.title")} ${range}`,
        span.grade && gradeWords(view, span)].filter(Boolean).join(" · ")) : null),
    h("td", { class: "number" }, (what && valueWords(view, what, value, span.grade)) ?? say(view.none?.short ?? "nodata")));
}

function differenceRow(view, value, grade) {
  const { say, compared: { b, what } } = view;
  const suits = value === null ? what : fitted(b, what, value, b.state.layer);
  return h("tr", { class: "result" }, h("th", { scope: "row", colspan: 2 }, say("compare.difference.title")),
    h("td", { class: "number" }, signedWords(view, suits, value, grade ?? "C")));
}
