// Everything that is proposed, as a list: each with its name, who proposed it, and its votes. Rows
// are kept and brought up to date, so that a reader who counts votes does not lose the place.

import { h, write } from "atlas/dom";
import { number } from "atlas/format";
import { markSymbol, numberOf, zoomTo } from "atlas/mark_layer";
import { chosenOf, proposalsIn, supportOf, without } from "atlas/marks";
import { createSupport, votesLine } from "atlas/support";

/** Makes the list; gives its element and `render`. */
export function createSessionList(atlas, store) {
  const list = h("ol", { class: "proposals" });
  const rows = new Map();

  function render(view) {
    const now = proposalsIn(view.state);
    const keys = now.map(({ list: own, item }) => `${own} ${item.id}`);
    for (const [key, row] of rows) {
      if (keys.includes(key)) continue;
      row.box.remove();
      rows.delete(key);
    }
    now.forEach(({ list: own, item }, place) => {
      if (!rows.has(keys[place])) rows.set(keys[place], makeRow(atlas, store, own, item.id));
      const row = rows.get(keys[place]);
      if (list.children[place] !== row.box) list.insertBefore(row.box, list.children[place] ?? null);
      row.render(view, item);
    });
    list.hidden = !now.length;
  }
  return { box: list, render };
}

/** What a proposal is called, in the words of the page. */
function titleOf(view, list, item) {
  const { atlas, say, name, text, lang } = view;
  const tonnes = (value) => `${number(value, lang)} ${say("unit.t_per_a")}`;
  if (list === "marks") return item.text.split("\n")[0] || `${name("mark", item.kind)} ${numberOf(item)}`;
  if (list === "put") {
    const stream = text(atlas.streams.find(({ id }) => id === item.stream)?.title) || item.stream;
    return `${item.name || `${stream}, ${name("step", item.step)}`} · ${tonnes(item.capacity)} · ${item.from}`;
  }
  const facility = atlas.facilities[atlas.facilityIndex.get(item.facility)]?.name ?? item.facility;
  return [facility, item.capacity === null ? null : tonnes(item.capacity),
    item.from === null ? null : say("session.from", { year: item.from }),
    item.to === null ? null : say("session.to", { year: item.to })].filter(Boolean).join(" · ");
}

function makeRow(atlas, store, list, id) {
  const own = () => store.get()[list].find((item) => item.id === id);
  const choose = h("button", { type: "button", class: "choose", onclick: () => store.set({ chosen: chosenOf(list, own()) }) });
  const symbol = h("span", { class: "key-symbol" });
  const fold = h("summary");
  const support = createSupport(store, { list, id, place: list });
  const zoom = h("button", { type: "button", onclick: () => zoomTo(placesOf(atlas, own())) });
  const remove = h("button", { type: "button", onclick: () => {
    const next = box.nextElementSibling ?? box.previousElementSibling;
    store.set(without(store.get(), list, id));
    (next?.querySelector(".choose") ?? document.querySelector(".session .draws button")).focus();
  } });
  const more = h("details", {}, fold, support.box, h("div", { class: "actions" }, zoom, remove));
  const box = h("li", {}, symbol, choose, more);
  let drawn = null;

  return {
    box,
    render(view, item) {
      const { say, name } = view;
      const title = titleOf(view, list, item);
      write(choose, title);
      const kind = list === "marks" ? item.kind : list;
      if (drawn !== kind) symbol.replaceChildren(list === "marks" ? markSymbol(item.kind, numberOf(item)) : h("span", { class: "badge small" }, item.id));
      drawn = kind;
      symbol.title = name("mark", kind);
      write(fold, [supportOf(item).by, votesLine(view, item) || say("session.vote")].filter(Boolean).join(" · "));
      fold.setAttribute("aria-label", `${title}: ${fold.textContent}`);
      support.render(view, item);
      write(zoom, say("session.zoom"));
      write(remove, say("session.delete"));
      zoom.hidden = !placesOf(atlas, item).length;
    },
  };
}

/** Where a proposal is: its corners, or the one place it has. */
function placesOf(atlas, { points, point, facility }) {
  const place = point ?? atlas.facilities[atlas.facilityIndex.get(facility)]?.point ?? null;
  return points ?? (place ? [place] : []);
}
