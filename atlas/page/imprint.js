// On paper: what the map means, where it comes from, which edition it is and how to find it again.

import { madeIn } from "atlas/changes";
import { h, svg } from "atlas/dom";
import { addressOf, editionLine, sourceWords, sourcesOf, standing } from "atlas/origin";

/** Makes the words for paper; they are filled when the page is printed. */
export function createImprint() {
  const host = document.getElementById("imprint");
  const north = h("div", { class: "north leaflet-control" });
  document.getElementById("canvas").append(north);
  return (view) => {
    const { say, text, atlas, state } = view;
    north.replaceChildren(northArrow(say));
    const door = atlas.maps.find((map) => map.id === state.door);
    // The legend's symbols lie in a row here: on the sheet the map needs its sea.
    const key = [...document.querySelectorAll("#legend .key li")].map((row) => row.cloneNode(true));
    host.replaceChildren(
      key.length ? h("ul", { class: "key" }, ...key) : "",
      h("p", { class: "told" }, text(door?.story)),
      changesList(view) ?? "",
      h("p", {}, standing(view)),
      h("p", {}, `${say("paper.sources")}: ${sourceWords(sourcesOf(view))}`),
      h("p", {}, `${editionLine(view)} · `, h("span", { class: "address" }, say("paper.address", { address: addressOf(view) }))));
  };
}

/** What was changed or noted in the view; null where nothing was. */
export function changesList(view) {
  const changes = madeIn(view);
  return changes.length ? h("section", { class: "changed" }, h("h3", {}, view.say("paper.changes")),
    h("ul", {}, ...changes.map(([kind, words]) => h("li", {}, `${kind}: ${words}`)))) : null;
}

/** An arrow to the north: the projection of the map keeps it up everywhere. */
export function northArrow(say) {
  return svg("svg", { viewBox: "0 0 24 40", width: 24, height: 40, role: "img", "aria-label": say("paper.north.long") },
    svg("path", { d: "M12 14L20 36L12 31L4 36Z", fill: "#15202b", stroke: "#fff", "stroke-width": 1.5, "paint-order": "stroke" }),
    svg("text", { x: 12, y: 11, "text-anchor": "middle", "font-size": 12, "font-weight": 700, fill: "#15202b" }, say("paper.north")));
}
