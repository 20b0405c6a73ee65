// Collection points and facilities as text: the list that needs no map.

import { h } from "atlas/dom";
import { precisionWords, sourceLink, streamWords } from "atlas/place";
import { capacityWords } from "atlas/say";

/** All collection points by municipality; a municipality without one says so. */
export function pointsList(view, store) {
  const { atlas, say, name } = view;
  return h("div", { class: "list" },
    h("p", {}, say("points.intro", { n: atlas.collection_points.length })),
    ...byName(atlas.municipalities, view.lang).map((municipality) => {
      const points = atlas.collection_points.filter((each) => each.municipality === municipality.code);
      return h("section", {}, h("h3", {}, municipality.name),
        h("p", { class: "note" }, [name("served", municipality.served_by), municipality.note]
          .filter(Boolean).join(" · ")),
        points.length ? h("ul", {}, ...points.map((point) => pointItem(view, store, point)))
          : h("p", {}, say("points.unknown")));
    }),
    ...elsewhere(view, store));
}

/** All facilities, by step. */
export function plantsList(view, store) {
  const { atlas, say, name } = view;
  const steps = [...new Set(atlas.facilities.map((facility) => facility.step))];
  return h("div", { class: "list" }, h("p", {}, say("plants.intro", { n: atlas.facilities.length })),
    ...steps.map((step) => h("section", {}, h("h3", {}, name("step", step)),
      h("ul", {}, ...atlas.facilities.filter((each) => each.step === step).map((facility) => h("li", {},
        choose(store, `facility:${facility.id}`, facility.name),
        h("span", {}, ` · ${[name("status", facility.status), facility.country,
          `${say("capacity")}: ${capacityWords(view, facility)}`,
          streamWords(view, facility.streams), precisionWords(view, facility)]
          .filter(Boolean).join(" · ")} · `),
        sourceLink(view, facility)))))));
}

function pointItem(view, store, point) {
  const { say, name } = view;
  return h("li", {}, choose(store, `point:${point.id}`, point.name),
    h("span", {}, ` · ${[point.address, point.postcode].filter(Boolean).join(", ") || say("address.unknown")}`
      + ` · ${streamWords(view, point.streams)} (${name("certainty", point.streams_certainty)})`
      + ` · ${name("status", point.status)} · ${precisionWords(view, point)} · `),
    point.point ? null : h("span", { class: "badge" }, say("precision.none")),
    sourceLink(view, point));
}

/** Points whose municipality is not in the list stay in sight as well. */
function elsewhere(view, store) {
  const codes = new Set(view.atlas.municipalities.map((municipality) => municipality.code));
  const points = view.atlas.collection_points.filter((point) => !codes.has(point.municipality));
  return points.length ? [h("section", {}, h("h3", {}, view.say("points.elsewhere")),
    h("ul", {}, ...points.map((point) => pointItem(view, store, point))))] : [];
}

function choose(store, chosen, text) {
  return h("button", { type: "button", class: "choose", onclick: () => store.set({ chosen }) }, text);
}

function byName(items, lang) {
  return [...items].sort(({ name: one }, { name: other }) => one.localeCompare(other, lang));
}
