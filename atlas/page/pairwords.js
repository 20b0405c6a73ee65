// What is compared, in words: A, B and the difference, in the same order wherever they stand.

import { shown, spansOfPair, unitOf, worse } from "atlas/compare";
import { headline, plainWords, sentence, whatOf } from "atlas/say";

/** A difference with its sign and unit; a sign says more or less where colour cannot. */
export function signedWords(view, what, value, grade = "C") {
  const text = signed(view, what, value, grade);
  return text === null ? view.say("nodata") : `${text} ${what.unit}`;
}

/** The same without its unit; null where it is unknown. */
export function signed(view, what, value, grade = "C") {
  if (value === null || value === undefined) return null;
  const sign = value > 0 ? "+ " : value < 0 ? "− " : "";
  return `${sign}${plainWords(view, what, Math.abs(value), grade)}`;
}

/** The lines of a zone: A, B, and where there is one their difference. */
export function pairLines(view, index) {
  const { a, b, values, what } = view.compared;
  const [before, after] = [a, b].map((each) => headline(each, each.values[index], each.spans[index].grade));
  return [["A", before], ["B", after],
    ...(values ? [[view.say("compare.difference"), signedWords(view, what, values[index],
      worse(a.spans[index].grade, b.spans[index].grade))]] : [])];
}

/** A, B and their difference of any set of zones, as one line. */
export function setLine(view, set) {
  const { a, b, what } = view.compared;
  const { before, after, difference } = spansOfPair(view.compared, set);
  return [["A", headline(a, shown(a, before), before.grade)], ["B", headline(b, shown(b, after), after.grade)],
    ...(what ? [[view.say("compare.difference"), signedWords(view, what, difference, worse(before.grade, after.grade))]] : [])]
    .map(([title, words]) => `${title}: ${words}`).join("; ");
}

/** The lines of a zone as one, for names and announcements. */
export function pairLine(view, index) {
  return pairLines(view, index).map(([title, words]) => `${title}: ${words}`).join("; ");
}

/** The whole state in a sentence, or what both sides show. */
export function pairSentence(view) {
  const { compared, say } = view;
  if (!compared) return sentence(view);
  return say(compared.mode === "difference" ? "compare.sentence.difference" : "compare.sentence",
    { a: sentence(compared.a), b: sentence(compared.b) });
}

/** Why no difference is offered, with both units; empty where it is. */
export function whyWords({ compared, say }) {
  const { a, b, why } = compared;
  if (!why) return "";
  return why === "compare.unit" ? say(why, { a: unitOf(a), b: unitOf(b) }) : say(why);
}

/** Whether one legend does for both sides: the same classes in the same unit. */
export function sameClasses({ a, b }) {
  if (a.measure === null || b.measure === null || !a.breaks.length) return false;
  const [before, after] = [a, b].map((view) => whatOf(view, view.state.layer, view.measure, view.per).unit);
  return before === after && String(a.breaks) === String(b.breaks);
}
