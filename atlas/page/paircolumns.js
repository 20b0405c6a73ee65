// The columns of the table where two states are compared.

import { shown, spansOfPair } from "atlas/compare";
import { signed } from "atlas/pairwords";
import { plainWords, sentence, whatOf } from "atlas/say";
import { regionSet, restSet } from "atlas/sets";

/** A, B and their difference, and the grades; the file says in full what each of them shows. */
export function pairColumns(view) {
  const { atlas, say, compared } = view;
  const [rest, all] = [restSet(), regionSet(atlas)].map((set) => spansOfPair(compared, set));
  const side = (each, key, end) => {
    const what = each.measure === null ? { unit: "–", factor: 1, decimals: 0 } : whatOf(each, each.state.layer, each.measure, each.per);
    const scaled = (value) => (value === null || value === undefined ? null : value * what.factor);
    return [{
      key, title: `${each.letter} (${what.unit})`, long: `${each.letter}: ${sentence(each)} (${what.unit})`,
      read: (index) => scaled(each.areas[index].value), rest: scaled(shown(each, rest[end])), all: scaled(shown(each, all[end])),
      write: (value) => plainWords(each, { ...what, factor: 1 }, value, "A") ?? say("nodata"),
    }, {
      key: `${key}-grade`, text: true, title: `${say("column.grade")} ${each.letter}`, write: (value) => value ?? "–",
      read: (index) => each.areas[index].span.grade, rest: rest[end].grade, all: all[end].grade,
    }];
  };
  const [[a, gradeA], [b, gradeB]] = [side(compared.a, "before", "before"), side(compared.b, "value", "after")];
  if (compared.why) return [a, b, gradeA, gradeB];
  const { what, values } = compared;
  const scaled = (value) => (value === null ? null : value * what.factor);
  return [a, b, {
    key: "difference", title: `${say("compare.difference.title")} (${what.unit})`,
    read: (index) => scaled(values[view.areas[index].main]), rest: scaled(rest.difference), all: scaled(all.difference),
    write: (value) => signed(view, { ...what, factor: 1 }, value, "A") ?? say("nodata"),
  }, gradeA, gradeB];
}
