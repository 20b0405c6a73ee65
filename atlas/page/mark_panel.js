// The panel of a mark: its text, who proposed it, what others say of it.

import { h, write } from "atlas/dom";
import { createField } from "atlas/field";
import { numberOf, outlinesOf, zoomTo } from "atlas/mark_layer";
import { LONGEST, changed, without } from "atlas/marks";
import { createSupport } from "atlas/support";
import { middleOf, zoneAt } from "atlas/within";

/** Makes the panels of marks; `render` gives the element of one, the same one every time. */
export function createMarkPanel(atlas, store) {
  let made = null;
  return (view, mark) => {
    if (made?.id !== mark.id) made = makePanel(atlas, store, mark.id);
    made.render(view, mark);
    return made.box;
  };
}

function makePanel(atlas, store, id) {
  const own = () => store.get().marks.find((mark) => mark.id === id);
  const [kicker, title, place, label, left] = [h("p", { class: "kicker" }), h("h2"), h("p", { class: "size" }),
    h("label", { for: "mark-text" }), h("span", { class: "value" })];
  const text = createField(h("textarea", {
    id: "mark-text", rows: 5,
    onkeydown: (event) => {
      // The first Escape leaves the field; the panel closes with the next.
      if (event.key !== "Escape") return;
      event.stopPropagation();
      document.getElementById("panel").focus({ preventScroll: true });
    },
  }), { longest: LONGEST.text, lines: true, keep: (words) => store.set(changed(store.get(), "marks", id, { text: words })) });
  const support = createSupport(store, { list: "marks", id, place: "panel" });
  const zoom = h("button", { type: "button", onclick: () => zoomTo(own().points) });
  const remove = h("button", { type: "button", onclick: () => {
    store.set(without(store.get(), "marks", id));
    document.getElementById("panel").focus();
  } });
  const note = h("p", { class: "note" });
  const box = h("div", { class: "mark-panel" }, kicker, title, place,
    h("div", { class: "field" }, h("div", { class: "titled" }, label, left), text.box),
    support.box, h("div", { class: "actions" }, zoom, remove), note);

  return {
    id, box,
    render(view, mark) {
      const { say } = view;
      write(kicker, say("session.mark"));
      write(title, `${say(`mark.${mark.kind}`)} ${numberOf(mark)}`);
      const zone = zoneAt(outlinesOf(), mark.kind === "area" ? middleOf(mark.points) : mark.points[0]);
      write(place, zone === null ? say("zone.outside") : atlas.zones[zone].name);
      write(label, say(`mark.text.${mark.kind}`));
      text.render(mark.text);
      write(left, `${text.box.value.length} / ${LONGEST.text}`);
      support.render(view, mark);
      write(zoom, say("session.zoom"));
      write(remove, say("session.delete"));
      write(note, say("session.note"));
    },
  };
}
