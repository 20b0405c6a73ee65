// What the law asks to be collected, beside what is: each target times its own base, from its year on.

import { h, svg } from "atlas/dom";
import { contextOf, inModel } from "atlas/context";
import { percentage } from "atlas/format";
import { marketIn, times } from "atlas/gathered";
import { membersOf, sum } from "atlas/model";
import { cellsOf, shareOf } from "atlas/series";
import { cellsIn } from "atlas/sets";
import { spanOf } from "atlas/spans";

/**
 * The targets of a stream for a set: { year, rate, values } with a value for every year in which the
 * target is the one that holds, else null. Elements count as in what is collected: in proportion to
 * the products. None outside what is collected.
 */
export function targetsOf(atlas, state, set) {
  const context = contextOf(atlas, state);
  const { collection } = context.model;
  if (state.layer !== "collected") return [];
  const targets = [...collection.targets ?? []].sort(([one], [other]) => one - other);
  return targets.map(([year, rate], place) => {
    const end = targets[place + 1]?.[0] ?? Infinity;
    const values = atlas.years.map((each, now) => (each >= year && each < end
      ? times(baseIn(atlas, context, state.measure, now, set), rate) : null));
    return { year, rate, values };
  }).filter(({ values }) => values.some((value) => value !== null));
}

/** What a target is a share of, in a year. */
function baseIn(atlas, context, measure, now, set) {
  if (!inModel(context, now)) return null;
  const cells = cellsIn(set, context.zones);
  if (context.model.collection.rate_of === "generated") {
    const { values } = cellsOf(atlas, context, "released", measure, now);
    return sum(cells.map((cell) => values[cell]));
  }
  const list = membersOf(atlas, context.stream, measure);
  return sum(cells.map((cell) => times(marketIn(context, cell, now),
    measure === "mass" ? 1 : shareOf(context, cell, list, now))));
}

/** The lines of targets in a curve, each with a square where it begins to hold. */
export function targetLines(targets, x, y) {
  return targets.flatMap(({ values }) => {
    const known = values.map((value, place) => [value, place]).filter(([value]) => value !== null);
    const [value, place] = known[0];
    return [
      svg("path", { class: "target", d: `M${known.map(([each, at]) => `${x(at).toFixed(1)} ${y(each).toFixed(1)}`).join("L")}` }),
      svg("rect", { class: "target-start", x: x(place) - 3, y: y(value) - 3, width: 6, height: 6 }),
    ];
  });
}

/** A target in words, as "doel 2028: 51 % van wat op de markt komt". */
export function targetWords({ say, lang, stream }, { year, rate }) {
  return say(`target.${stream.model.collection.rate_of}`, { year, share: percentage(rate, 1, lang) });
}

/** The short names of targets in the drawing: of the last over the end of its line, of one before it
    under its beginning, as the next lies above. */
export function targetLabels({ lang, say }, targets, x, y) {
  return targets.map(({ rate, values }, place) => {
    const last = place === targets.length - 1;
    const known = (value) => value !== null;
    const at = last ? values.findLastIndex(known) : values.findIndex(known);
    return svg("text", {
      class: "name target-name", x: x(at) + (last ? 0 : 5), y: last ? Math.max(10, y(values[at]) - 6) : y(values[at]) + 14,
      "text-anchor": last ? "end" : "start",
    }, say("target.short", { share: percentage(rate, 1, lang) }));
  });
}

/** What stands under a curve on targets: which they are, and which law says so. */
export function targetKey(view, targets) {
  if (!targets.length) return null;
  const law = view.text(view.stream.model.collection.targets_trail?.words);
  return h("div", { class: "targets" },
    h("ul", {}, ...targets.map((target) => h("li", {},
      svg("svg", { width: 22, height: 10, "aria-hidden": "true" },
        svg("path", { class: "target", d: "M0 5H22" }), svg("rect", { class: "target-start", x: 1, y: 2, width: 6, height: 6 })),
      targetWords(view, target)))),
    law ? h("details", { class: "twin" }, h("summary", {}, view.say("target.law")), h("p", {}, law)) : null);
}

/**
 * The benchmark of the European Union is of its own consumption of strategic raw materials, and no
 * region's consumption is known: it gets no line, but words, and beside them what part of what is
 * released is recovered.
 */
export function benchmarkNote({ atlas, say, state, lang, text, measure }, set) {
  if (state.layer !== "recovered") return null;
  const { value, best } = spanOf(atlas, state, set);
  const released = spanOf(atlas, { ...state, layer: "released", measure }, set).value;
  const [least, most] = [value, best].map((each) => percentage(each ?? null, released, lang));
  return h("p", { class: "note benchmark" }, [say("benchmark", { region: text(atlas.region.title) }),
    least === null ? null : say("benchmark.here", {
      year: state.year, share: most === null || most === least ? least : say("benchmark.pair", { least, most }),
    })].filter(Boolean).join(" "));
}
