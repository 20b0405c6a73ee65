// The right side: the zone chosen, or the whole region when none is.

import { areaOf } from "atlas/areas";
import { materialBars } from "atlas/bars";
import { renderCurve } from "atlas/curve";
import { h } from "atlas/dom";
import { explain } from "atlas/explain";
import { flowList, nearby, regionList, zoneList } from "atlas/notes";
import { facilityPanel, pointPanel } from "atlas/place";
import { capital, gradeWords, headline, pairWords, rangeWords, timeWords, viewWords, whatOf } from "atlas/say";
import { spanOf } from "atlas/spans";
import { trail } from "atlas/trail";

/** Makes the panel; it keeps "how computed?" open or closed as the reader left it. */
export function createPanel(atlas, store) {
  const host = document.getElementById("panel");
  let view = null;
  let open = false;
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
        asked = { title, patch, set };
        open = true;
        draw();
        host.querySelector(".trail summary").focus();
      },
    }, words);
  }

  function draw() {
    const [kind, id] = (view.state.chosen ?? "").split(/:(.*)/s);
    const content = kind === "facility" ? facilityPanel(view, atlas.facilities[atlas.facilityIndex.get(id)])
      : kind === "point" ? pointPanel(view, atlas.collection_points[atlas.pointIndex.get(id)])
        : areaPanel(kind === "zone" ? atlas.zoneIndex.get(id) : null);
    host.replaceChildren(...[back(), ...content].filter(Boolean));
  }

  function areaPanel(zone) {
    const area = areaOf(view, zone);
    const { say, state, stream, text } = view;
    const span = spanOf(atlas, state, area.set);
    const tools = { view, area, ask, store };
    return [
      h("p", { class: "kicker" }, area.kind),
      h("h2", {}, area.title),
      h("p", { class: "size" }, area.size),
      h("p", { class: "what" }, [text(stream.title), viewWords(view), timeWords(view)].filter(Boolean).join(" · ")),
      ...oneNumber(area, span),
      asked && h("p", { class: "note" }, say("trail.other", { title: asked.title })),
      view.none ? null : trailHere(area),
      renderCurve(tools),
      materialBars(tools),
      flowList(tools),
      zone === null ? regionList(tools) : zoneList(tools, zone, span),
      nearby(tools, zone),
    ];
  }

  function oneNumber(area, span) {
    const { say, text, state, stream, measure, none } = view;
    const what = measure === null ? null : whatOf(view, state.layer, measure);
    const shown = view.range === "mid" ? span.value : span[view.range];
    if (span.value === null || what === null) {
      const why = none?.short === "none.unknown" ? text(stream.note)
        : none?.why ? say(none.why, { year: stream.model?.until ?? "" }) : "";
      return [h("p", { class: none ? "figure none" : "figure" }, capital(headline(view, null))),
        why ? h("p", { class: "certainty" }, why) : null];
    }
    const pair = pairWords(view, what, span);
    const range = rangeWords(view, what, span);
    return [
      h("p", { class: "figure" }, headline(view, shown, span.grade)),
      pair && h("p", { class: "pair" }, pair),
      h("p", { class: "certainty" }, range ? `${say("range.title")} ${range}`
        : span.value === 0 || pair ? "" : say("range.none"),
      span.grade && h("span", { class: `badge grade-${span.grade}`, title: say(`grade.${span.grade}`) },
        gradeWords(view, span))),
    ];
  }

  function trailHere(area) {
    const state = { ...view.state, ...asked?.patch };
    const set = asked?.set ?? area.set;
    return trail(view, explain(atlas, { state, set }), { state, open, remember: (now) => { open = now; } });
  }

  return (next) => {
    if (view && next.state !== view.state) asked = null;
    view = next;
    draw();
  };
}
