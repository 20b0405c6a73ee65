// A number as it is, per resident or per square kilometre of where it is. What was divided by
// residents is never given per resident: that would be the key itself, not a difference of places.

import { breaksUnder } from "atlas/classes";
import { contextOf, keptInSupply } from "atlas/context";
import { streamOf, sum } from "atlas/model";
import { standard } from "atlas/scenario";
import { cellsOf } from "atlas/series";
import { splitBy } from "atlas/sets";
import { spanOf } from "atlas/spans";

export const PERS = ["total", "resident", "km2"];
const FEWEST = 100; // residents: with fewer the number tells of them, not of what is there

/** The ways in which a number of a stream can be given; one without a number only as it is. */
export function persOf(stream, measure) {
  if (measure === null) return ["total"];
  return PERS.filter((per) => per !== "resident" || stream.by_residents !== "all");
}

/** The way that is shown when `per` was chosen: itself where it means something, else the total. */
export function perFor(stream, { per }, measure) {
  return persOf(stream, measure).includes(per) ? per : "total";
}

/** What the number of a set is divided by; null where that is not known or means nothing. */
export function divisorOf(atlas, stream, per, set) {
  if (per === "total") return 1;
  if (whyNone(atlas, stream, per, set)) return null;
  return sum(set.zones.map((zone) => atlas.zones[zone][per === "km2" ? "area_km2" : "residents"]));
}

/** The key of the words for why a set has no number in this way; null where it has one. */
export function whyNone(atlas, stream, per, set) {
  if (per === "total") return null;
  const zones = set.zones.map((zone) => atlas.zones[zone]);
  if (!zones.length) return "per.none.place";
  if (per === "km2") return zones.every((zone) => zone.area_km2 > 0) ? null : "per.none.place";
  if (zones.some((zone) => zone.residents === null)) return "residents.unknown";
  const parted = splitBy("municipality", atlas.zones.map((zone) => zone.municipality), set);
  if (stream.by_residents === "within" && set.zones.some(parted)) return "per.none.within";
  return sum(zones.map((zone) => zone.residents)) < FEWEST ? "per.none.few" : null;
}

/** A span in the way of its divisor: everything but the grade, which the division does not touch. */
export function divided(span, divisor) {
  if (divisor === 1) return span;
  const over = (amount) => (amount === null || amount === undefined || divisor === null ? null : amount / divisor);
  const [value, low, high, best] = [span.value, span.low, span.high, span.best].map(over);
  return { ...span, value, low, high, best, grade: value === null ? null : span.grade };
}

/** The span of a set in a state, in the way of the state. */
export function spanPer(atlas, state, per, set) {
  const span = spanOf(atlas, state, set);
  return per === "total" ? span : divided(span, divisorOf(atlas, streamOf(atlas, state.stream), per, set));
}

/**
 * Breaks of a layer in a way, fixed over years and scenarios: from the largest number of an area in
 * the default scenario, over all years. As with totals, all that is collected and after share
 * those of what is collected.
 */
export function perBreaks(atlas, stream, { layer, measure, per, areas }) {
  const own = layer === "stock" || layer === "released" ? layer : "collected";
  const context = contextOf(atlas, { ...standard(atlas), stream: stream.id, basis: "register" });
  return keptInSupply(context, `breaks ${own} ${measure} ${per} ${areas}`, () => {
    const among = atlas.areas[areas].map(({ set }) => [set.zones, divisorOf(atlas, stream, per, set)])
      .filter(([, divisor]) => divisor !== null);
    const years = own === "stock" ? [-1] : atlas.years.map((_, now) => now);
    let most = 0;
    for (const now of years) {
      const { values } = cellsOf(atlas, context, own, measure, now);
      for (const [zones, divisor] of among) {
        most = Math.max(most, (sum(zones.map((zone) => values[zone])) ?? 0) / divisor);
      }
    }
    return breaksUnder(most);
  });
}
