// Who has a known collection point near: a lower bound, since the network is larger than the list.

import { h } from "atlas/dom";
import { number, percentage } from "atlas/format";

/** The section of an area or of the region, with its two switches; null where nobody hands it in. */
export function coverSection({ view, store }, place) {
  const { stream, state, say, atlas, lang } = view;
  const { cover } = stream;
  if (!cover) return null;
  const status = cover.status[state.certainty];
  const cells = place ? place.set.zones : atlas.zones.map((_, index) => index);
  const residents = residentsOf(atlas);
  const unknown = cells.filter((index) => status[index] === "unknown");
  return h("section", { class: "notes cover" },
    h("h3", {}, say("cover.title")),
    h("p", { class: "note" }, !place ? say("cover.unknown", {
      n: number(Math.round(residents(unknown)), lang), share: percentage(residents(unknown), residents(cells), lang),
    }) : say(`cover.status.${status[place.main]}`)),
    coverTable(view, cells),
    h("div", { class: "toggles" },
      flip(say("cover.own"), state.own, () => store.set({ own: !state.own })),
      flip(say("cover.stated"), state.certainty === "stated",
        () => store.set({ certainty: state.certainty === "stated" ? "assumed" : "stated" }))),
    h("p", { class: "note" }, say("cover.note")));
}

/** The shares of residents with a point near, of some zones together. */
export function coverTable(view, cells) {
  const { atlas, say, stream: { cover } } = view;
  return h("table", {},
    h("thead", {}, h("tr", {}, ["cover.within", "cover.share", "cover.beyond"].map((key, place) =>
      h("th", { scope: "col", class: place ? "number" : null }, say(key))))),
    h("tbody", {}, ...cover.km.map((km, place) => row(view, cells, km, place, residentsOf(atlas)))));
}

function residentsOf(atlas) {
  return (list) => list.reduce((total, index) => total + (atlas.zones[index].residents ?? 0), 0);
}

function row({ stream: { cover }, state, say, lang }, cells, km, place, residents) {
  const [low, high] = cover.covered[state.certainty][state.own ? "yes" : "no"][place];
  // Where it is unknown nobody counts, neither as covered nor as uncovered.
  const known = cells.filter((index) => low[index] !== null);
  const whole = residents(known);
  const total = (side) => known.reduce((all, index) => all + side[index], 0);
  const cell = (words) => h("td", { class: "number" }, words);
  if (!known.length || !whole) return h("tr", {}, h("td", {}, `${km} km`), cell(say("unknown")), cell(say("unknown")));
  const [least, most] = [total(low), Math.min(whole, total(high))];
  const pair = (one, other) => `${percentage(one, whole, lang)} – ${percentage(other, whole, lang)}`;
  return h("tr", {}, h("td", {}, `${km} km`), cell(pair(least, most)), cell(pair(whole - most, whole - least)));
}

function flip(words, on, onclick) {
  return h("button", { type: "button", role: "switch", class: "switch", "aria-checked": String(on), onclick },
    h("span", { class: "track", "aria-hidden": "true" }), h("span", {}, words));
}
