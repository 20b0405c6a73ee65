// The right side: the area chosen, or the whole region when none is.

import { areaOf } from "atlas/areas";
import { materialBars } from "atlas/bars";
import { chainSection } from "atlas/chain";
import { pairSection } from "atlas/pairpanel";
import { coverSection } from "atlas/cover";
import { renderCurve } from "atlas/curve";
import { h } from "atlas/dom";
import { areaEffect } from "atlas/effect_panel";
import { explain } from "atlas/explain";
import { PROCESSING, TOTALS, membersOf } from "atlas/model";
import { createMarkPanel } from "atlas/mark_panel";
import { familyLine, flowList, largestList, nearby, setsLine, zoneList } from "atlas/notes";
import { divisorOf, spanPer, whyNone } from "atlas/per";
import { facilityPanel, pointPanel } from "atlas/place";
import { changeSection, plantPanel, planSection, putButton } from "atlas/plan_panel";
import {
  capital, fitted, gradeWords, headline, pairWords, rangeWords, timeWords, valueWords, viewWords, whatOf,
} from "atlas/say";
import { withoutYield } from "atlas/series";
import { sitePanel, sitingSection } from "atlas/siting";
import { chosenArea } from "atlas/sets";
import { trail } from "atlas/trail";

const OVER = { resident: "product.over.resident", km2: "product.over.km2" };

/** Makes the panel; it keeps "how computed?" open or closed as the reader left it. */
export function createPanel(atlas, store, { undo, place: putPlace }) {
  const host = document.getElementById("panel");
  const markPanel = createMarkPanel(atlas, store);
  let view = null;
  let waiting = false; // for a field that is being typed in
  let open = false;
  let shown = null; // the area of the panel
  let asked = null; // the number whose trail is shown, where it is not the one number
  const back = () => view.state.chosen && h("button", {
    type: "button",
    class: "back",
    onclick: () => {
      store.set({ chosen: null });
      host.focus();
    },
  }, `← ${view.text(atlas.region.title)}`);

  /** A number that opens its own trail. */
  function ask(words, title, patch, set) {
    return h("button", {
      type: "button", class: "ask", title: view.say("trail.of", { title }),
      onclick: () => {
        // The one number needs no title: its trail is the one that stands there by itself.
        asked = Object.keys(patch).length || set !== shown.set ? { title, patch, set } : null;
        open = true;
        draw();
        host.querySelector(".trail summary").focus();
      },
    }, words);
  }

  function draw() {
    const [kind, id] = (view.state.chosen ?? "").split(/:(.*)/s);
    // What is being typed would be lost: the panel waits until the field is left.
    waiting = typing(host);
    if (waiting) return;
    const mark = kind === "mark" && view.state.marks.find((each) => each.id === id);
    if (mark) {
      // A panel with fields stays as it is: what is being written would be lost.
      const panel = markPanel(view, mark);
      if (panel.parentNode !== host || host.lang !== view.lang) host.replaceChildren(back(), panel);
      host.lang = view.lang;
      return;
    }
    const content = kind === "facility" ? withChanges(atlas.facilities[atlas.facilityIndex.get(id)])
      : kind === "point" ? pointPanel(view, atlas.collection_points[atlas.pointIndex.get(id)])
        : kind === "site" ? [...sitePanel(view, atlas.sites[atlas.siteIndex.get(id)]), siteButton(atlas.sites[atlas.siteIndex.get(id)])]
        : kind === "plant" ? plantPanel({ view, store, undo }, view.state.put.find((plant) => plant.id === id))
        : areaPanel(chosenArea(atlas, view.state.chosen));
    keepFocus(host, () => host.replaceChildren(...[back(), ...content].filter(Boolean)));
  }

  function withChanges(facility) {
    return [...facilityPanel(view, facility), changeSection({ view, store, undo }, facility)];
  }

  function siteButton({ point, zone_id: zone, name }) {
    return putButton({ view, store }, { point, zone, name });
  }

  function areaPanel(place) {
    const area = areaOf(view, place);
    shown = area;
    const { say, state, stream, text, per } = view;
    const span = spanPer(atlas, state, per, area.set);
    const tools = { view, area, ask, store, undo, place: putPlace };
    return [
      h("p", { class: "kicker" }, area.kind),
      h("h2", {}, area.title),
      h("p", { class: "size" }, area.size),
      place && familyLine(tools, place),
      place ? null : planSection(tools),
      place ? null : sitingSection(tools),
      h("p", { class: "what" }, [text(stream.title), viewWords(view), timeWords(view),
        per === "total" ? null : say(`per.${per}`)].filter(Boolean).join(" · ")),
      ...oneNumber(area, span),
      pairSection(view, area),
      asked && h("p", { class: "note" }, say("trail.other", { title: asked.title })),
      view.none ? null : trailHere(area, span),
      per === "total" ? null : h("p", { class: "note" }, say("per.rest")),
      place ? null : setsLine(tools),
      renderCurve(tools),
      place ? null : chainSection(tools),
      place ? null : largestList(tools),
      materialBars(tools),
      flowList(tools),
      place && zoneList(tools, place),
      nearby(tools, place),
      place && areaEffect(view, place.set),
      place && putButton(tools, { point: place.point, zone: atlas.zones[place.main].id }),
      coverSection(tools, place),
    ];
  }

  function oneNumber(area, span) {
    const { say, text, state, stream, measure, none, lang } = view;
    const what = measure === null ? null
      : fitted(view, whatOf(view, state.layer, measure, view.per), span.value, state.layer);
    const value = view.range === "mid" ? span.value : span[view.range];
    if (span.value === null || what === null) {
      // Of a stream without numbers the definition says why.
      const without = whyNone(atlas, stream, view.per, area.set);
      const why = none?.why ? say(none.why, { year: stream.model?.until ?? "" })
        : without ? capital(say(without), lang) : text(stream.note);
      return [h("p", { class: none ? "figure none" : "figure" }, capital(headline(view, null), lang)),
        why ? h("p", { class: "certainty" }, why) : null];
    }
    const pair = pairWords(view, what, span);
    const range = rangeWords(view, what, span);
    return [
      h("p", { class: "figure" }, ask(valueWords(view, what, value, span.grade), capital(viewWords(view), lang), {}, area.set)),
      pair && h("p", { class: "pair" }, pair),
      h("p", { class: "certainty" }, range ? `${say("range.title")} ${range}`
        : span.value === 0 || pair ? "" : say("range.none"),
      span.grade && h("span", { class: `badge grade-${span.grade}`, title: say(`grade.${span.grade}`) },
        gradeWords(view, span))),
      scopeNote(),
      yieldNote(),
    ];
  }

  /** Within which reach, and with whose demand, processing was worked out. */
  function scopeNote() {
    const { say, name, state, scenario } = view;
    if (!PROCESSING.includes(state.layer)) return null;
    return h("p", { class: "note" }, say("capacity.scope",
      { reach: name("reach", scenario.reach), demand: name("demand", scenario.demand) }));
  }

  /** How much of a total of what is recovered is not in it. */
  function yieldNote() {
    const { say, state, stream, measure } = view;
    if (!state.layer.startsWith("recover") || !TOTALS.includes(measure)) return null;
    const unknown = withoutYield(atlas, state).length;
    const of = membersOf(atlas, stream, measure).length;
    return unknown ? h("p", { class: "note" }, say(unknown === 1 ? "yield.unknown.one" : "yield.unknown", { n: unknown, of })) : null;
  }

  function trailHere(area, span) {
    const state = { ...view.state, ...asked?.patch };
    const set = asked?.set ?? area.set;
    const explained = explain(atlas, { state, set });
    return trail(view, asked ? explained : shared(explained, area.set, span), { state, open, remember: (now) => { open = now; } });
  }

  /** The explanation of the one number, divided as the number is. */
  function shared(explained, set, { value }) {
    const { per, lang, measure, state } = view;
    if (per === "total" || value === null) return explained;
    const { factor, unit } = fitted(view, whatOf(view, state.layer, measure, per), value, state.layer);
    return { ...explained, product: [...explained.product,
      { key: OVER[per], value: divisorOf(atlas, view.stream, per, set), unit: null },
      { key: "product.result", value: value * factor, unit: { [lang]: unit } }] };
  }

  host.addEventListener("focusout", () => {
    // After the field has told what was typed.
    if (waiting) setTimeout(() => { if (!typing(host)) draw(); });
  });

  return (next) => {
    if (view && next.state !== view.state) asked = null;
    view = next;
    draw();
  };
}

/** Whether the reader is in the middle of a field of the panel. */
function typing(host) {
  const field = document.activeElement;
  return host.contains(field) && field.matches(".fields input") && field.value !== field.defaultValue;
}

/** Draws anew without losing the place of a reader who works with keys. */
function keepFocus(host, draw) {
  const name = (element) => element.id || `${element.className} ${element.title || element.textContent}`;
  const before = document.activeElement;
  const held = before !== host && host.contains(before) ? name(before) : null;
  draw();
  if (held === null) return;
  const same = [...host.querySelectorAll("button, summary, input, select")].find((element) => name(element) === held);
  (same ?? host).focus({ preventScroll: true });
}
