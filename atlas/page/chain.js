// How far the chain of a stream reaches in the region, the country and beyond, and from when not.

import { h } from "atlas/dom";
import { flowYears, tonneKilometres } from "atlas/flows";
import { number } from "atlas/format";
import { PROCESSING } from "atlas/model";
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
  if (!chain || !asked || state.basis !== "register" || chain.collected[now] === null) return null;
  return h("section", { class: "notes chain" },
    h("h3", {}, say("chain.title", { year: state.year })),
    // It was worked out in one scenario only, whatever is chosen.
    solvedIn(view.atlas, stream, state) === "default" ? null
      : h("p", { class: "note" }, capital(say("scenario.standard"), lang)),
    h("p", { class: "note" }, say("chain.collected", { n: tonnes(view, chain.collected[now]) })),
    h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("chain.step")),
        ...DEMANDS.map((demand) => h("th", { scope: "col", class: "number" }, say(`chain.${demand}`))))),
      ...Object.entries(chain.reaches).map(([reach, demands]) => h("tbody", {},
        h("tr", {}, h("th", { scope: "rowgroup", colspan: "3" }, say(`chain.reach.${reach}`))),
        ...chain.steps.map((step, place) => row(view, demands, step, place, now))))),
    h("p", { class: "note" }, say("chain.note")),
    ...starts(view),
    journeys(view));
}

function row(view, demands, step, place, now) {
  const { stream: { chain } } = view;
  return h("tr", {}, h("td", {}, view.name("step", step)), ...DEMANDS.map((demand) => {
    const { passed, best } = demands[demand][place];
    const before = place ? demands[demand][place - 1].passed[now] : chain.collected[now];
    const breaks = before - passed[now] > SOME * chain.collected[now];
    return h("td", { class: breaks ? "number breaks" : "number", title: breaks ? view.say("chain.breaks") : null },
      pair(view, passed[now], best ? best[now] : passed[now]));
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
  const years = flowYears(view);
  if (total === null) return years.length ? h("p", { class: "note" }, say("flows.years", { years: years.join(", ") })) : null;
  return h("p", { class: "note" }, say("flows.total", { n: number(Math.round(total), lang) }));
}
