// The foot, and the drawer that opens from it.

import { DRAWERS } from "atlas/address";
import { h, write } from "atlas/dom";
import { aboutList, findingsList, sourcesList, unplacedList } from "atlas/lists";
import { saveButton } from "atlas/listing";
import { plantsList, pointsList } from "atlas/points";
import { valueWords, whatOf } from "atlas/say";
import { sitesList } from "atlas/siting";
import { createTable } from "atlas/table";

/** Makes foot and drawer; only what is open is drawn. */
export function createDrawer(atlas, store) {
  const drawer = document.getElementById("drawer");
  const table = createTable(atlas, store);
  const title = h("h2");
  const shut = h("button", { type: "button", class: "shut", onclick: close });
  const content = h("div", { class: "drawer-content", tabindex: 0, role: "group" });
  drawer.append(h("div", { class: "drawer-head" }, title, shut), content);
  const contents = {
    points: pointsList, plants: plantsList, sites: sitesList, sources: sourcesList, findings: findingsList,
    unplaced: unplacedList, about: aboutList,
  };
  const buttons = DRAWERS.map((id) => [id, h("button", {
    type: "button", "aria-controls": "drawer", onclick: () => open(id),
  })]);
  const edition = h("span", { class: "edition" });
  document.getElementById("foot").append(...buttons.map(([, button]) => button), edition);
  let drawn = null;

  function open(id) {
    const now = store.get().drawer === id ? null : id;
    store.set({ drawer: now });
    if (now) drawer.focus();
  }

  function close() {
    const id = store.get().drawer;
    store.set({ drawer: null });
    buttons.find(([each]) => each === id)?.[1].focus();
  }

  function render(view) {
    const { state, say, measure, amounted } = view;
    const rest = measure === null || view.none ? null
      : valueWords(view, whatOf(view, state.layer, measure), amounted.unallocated);
    for (const [id, button] of buttons) {
      button.setAttribute("aria-expanded", String(state.drawer === id));
      write(button, id === "unplaced" && rest !== null ? `${say("unallocated")}: ${rest}`
        : say(`drawer.${id}`));
    }
    write(edition, say("edition", atlas.edition));
    drawer.hidden = !state.drawer;
    if (!state.drawer) return;
    write(title, say(`drawer.${state.drawer}`));
    write(shut, say("close"));
    for (const each of [drawer, content]) {
      each.setAttribute("aria-label", say(`drawer.${state.drawer}`));
    }
    if (state.drawer === "table") {
      if (drawn !== "table") content.replaceChildren(table.host);
      table.render(view);
      drawn = "table";
      return;
    }
    // The long lists depend on few choices: they are drawn again only when one of those changes.
    const needed = JSON.stringify([state.drawer, state.lang, state.drawer === "sites" && state.stream,
      state.drawer === "unplaced" && state]);
    if (drawn !== needed) {
      content.replaceChildren(saveButton(view, state.drawer) ?? "", contents[state.drawer](view, store));
    }
    drawn = needed;
  }
  return { render, close };
}
