// What can be taken along: the map on paper, an area as a sheet, the map as a picture.

import { areaName, areasOf } from "atlas/sheet";
import { h, write } from "atlas/dom";
import { SIZES, WAYS } from "atlas/paper";

/** Makes the button and its menu; `paper` prints, `picture` saves, `sheet` makes an area sheet. */
export function createKeep({ paper, picture, sheet }) {
  const button = h("button", {
    type: "button", "aria-expanded": "false", "aria-controls": "keep", onclick: () => toggle(menu.hidden),
  });
  const sizes = choices("size", Object.keys(SIZES));
  const ways = choices("way", WAYS);
  const [printMap, png, vector] = [() => paper.print(), () => picture("png", tell), () => picture("svg", tell)]
    .map((act) => h("button", { type: "button", onclick: act }));
  const sheets = h("div", { class: "sheets" });
  const note = h("p", { class: "note" });
  const status = h("p", { class: "note", role: "status" });
  const menu = h("div", { id: "keep", class: "keep", hidden: true, role: "group" },
    sizes.row, ways.row, printMap, sheets, note, png, vector, status);
  const host = h("span", { class: "keeper" }, button, menu);
  let view = null;

  host.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    event.stopPropagation(); // Esc closes one thing at a time
    toggle(false);
    button.focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.hidden && !host.contains(event.target)) toggle(false);
  });
  host.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !host.contains(event.relatedTarget)) toggle(false);
  });

  function toggle(open) {
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    tell("");
    if (open) draw();
  }

  function tell(words) {
    write(status, words);
  }

  function choices(key, values) {
    const title = h("span");
    const options = values.map((value) => [value, h("button", {
      type: "button",
      onclick: () => {
        paper.choose({ [key]: value });
        draw();
      },
    })]);
    const group = h("span", { class: "options", role: "group" }, ...options.map(([, option]) => option));
    return { row: h("div", { class: "segments" }, title, group), title, group, options };
  }

  function draw() {
    const { say, state } = view;
    menu.setAttribute("aria-label", say("paper.label"));
    const name = { size: (value) => value, way: (value) => say(`paper.${value}`) };
    for (const [key, row, words] of [["size", sizes, say("paper.size")], ["way", ways, say("paper.way")]]) {
      write(row.title, words);
      row.group.setAttribute("aria-label", words);
      for (const [value, option] of row.options) {
        write(option, name[key](value));
        option.setAttribute("aria-pressed", String(paper.get()[key] === value));
      }
    }
    write(printMap, say("paper.map"));
    write(png, say("paper.png"));
    write(vector, say("paper.svg"));
    write(note, say("paper.sheet.note"));
    // What the figures show is no map.
    for (const each of [png, vector]) each.hidden = state.door === "figures";
    sheets.replaceChildren(...areasOf(view).map((area) => h("button", {
      type: "button", onclick: () => paper.print(() => sheet(view, area)),
    }, say("paper.sheet", { name: areaName(view, area) }))));
  }

  return {
    host,
    render(next) {
      view = next;
      write(button, view.say("print"));
      if (!menu.hidden) draw();
    },
  };
}
