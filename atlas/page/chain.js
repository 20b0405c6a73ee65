// How far the chain of a stream reaches in the region, the country and beyond, and from when not.

import { passedOf } from "atlas/cases";
import { contextOf } from "atlas/context";
import { h } from "atlas/dom";
import { tonneKilometres } from "atlas/flows";
import { number } from "atlas/format";
import { gatheredIn, times } from "atlas/gathered";
import { PROCESSING, sum } from "atlas/model";
import { capital, inline } from "atlas/say";
import { solvedIn } from "atlas/scenario";

const RANGES = ["low", "mid", "high"];
const DEMANDS = ["proportional", "province_alone"];
const SOME = 1e-6; // part of what is collected: less is dust

/** The section of the region's panel, in the doors and layers that are about capacity. */
export function chainSection({ view }) {
  const { stream, state, say, lang } = view;
  const { chain } = stream;
  const now = view.atlas.years.indexOf(state.year);
  const asked = PROCESSING.includes(state.layer) || state.layer === "collected";
  if (!chain || !asked || chain.collected[now] === null) return null;
  const standard = solvedIn(view.atlas, stream, state) === "default";
  const { collected, reaches } = standard ? tabled(chain, now) : worked(view, now);
  return h("section", { class: "notes chain" },
    h("h3", {}, say("chain.title", { year: state.year })),
    h("p", { class: "note" }, say("chain.collected", { n: tonnes(view, collected) })),
    h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("chain.step")),
        ...DEMANDS.map((demand) => h("th", { scope: "col", class: "number" }, say(`chain.${demand}`))))),
      ...Object.entries(reaches).map(([reach, demands]) => h("tbody", {},
        h("tr", {}, h("th", { scope: "rowgroup", colspan: "3" }, say(`chain.reach.${reach}`))),
        ...chain.steps.map((step, place) => row(view, demands, step, place, collected))))),
    h("p", { class: "note" }, say("chain.note")),
    // Ends of the range were worked out in one scenario only, whatever is chosen.
    standard ? null : h("p", { class: "note" }, capital(say("scenario.standard"), lang)),
    ...starts(view),
    journeys(view));
}

/** What the tables have of a year: by reach, demand and step what passes at worst and at best. */
function tabled({ collected, reaches }, now) {
  const of = (steps) => steps.map(({ passed, best }) => [passed[now], (best ?? passed)[now]]);
  return { collected: collected[now], reaches: Object.fromEntries(Object.entries(reaches).map(([reach, demands]) =>
    [reach, Object.fromEntries(Object.entries(demands).map(([demand, steps]) => [demand, of(steps)]))])) };
}

/** The same for any other scenario, and with the plants that are put and changed. */
function worked({ atlas, state, stream: { chain } }, now) {
  const gathered = gatheredIn(contextOf(atlas, state), now).collected;
  const total = (part) => sum(gathered.map((amount, cell) => times(amount, part(now, cell)))) ?? 0;
  return { collected: sum(gathered) ?? 0, reaches: Object.fromEntries(Object.keys(chain.reaches).map((reach) =>
    [reach, Object.fromEntries(DEMANDS.map((demand) => [demand, passedOf(contextOf(atlas, { ...state, reach, demand }))
      .map(({ worst, best }) => [total(worst), total(best)])]))])) };
}

function row(view, demands, step, place, collected) {
  return h("tr", {}, h("td", {}, view.name("step", step)), ...DEMANDS.map((demand) => {
    const [worst, best] = demands[demand][place];
    const before = place ? demands[demand][place - 1][0] : collected;
    const breaks = before - worst > SOME * collected;
    return h("td", { class: breaks ? "number breaks" : "number", title: breaks ? view.say("chain.breaks") : null },
      pair(view, worst, best));
  }));
}

/** A pair where unknown capacity decides, else one number. */
function pair(view, worst, best) {
  const [one, other] = [tonnes(view, worst), tonnes(view, best)];
  return one === other ? one : `${one} – ${other}`;
}

function tonnes({ lang }, value) {
  return number(value, lang, value !== 0 && Math.abs(value) < 10 ? 1 : 0);
}

/** From which year something is left over at the step of the gap. */
function starts(view) {
  const { stream: { chain, step }, say, name } = view;
  const place = chain.steps.indexOf(step);
  return Object.entries(chain.reaches).map(([reach, demands]) => {
    const years = demands.proportional[place].starts;
    const said = RANGES.map((end) => `${say(`range.short.${end}`)} ${years[end][0] ?? say("chain.never")}`).join(" · ");
    return h("p", { class: "start" },
      `${say("chain.from", { step: name("step", step), reach: inline(say(`chain.reach.${reach}`)) })} ${said}`);
  });
}

function journeys(view) {
  const { say, lang } = view;
  const total = tonneKilometres(view);
  if (total === null) return null;
  return h("p", { class: "note" }, say("flows.total", { n: number(Math.round(total), lang) }));
}
