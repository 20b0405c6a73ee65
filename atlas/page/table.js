// All zones as a table: the twin of the map, sortable, in the state of the moment.

import { download, toCsv } from "atlas/csv";
import { h, write } from "atlas/dom";
import { amount, number } from "atlas/format";
import { bounds, total } from "atlas/model";
import { quantityTitle, sentence } from "atlas/say";

/** Makes the table for the drawer; the order stays as the reader set it. */
export function createTable(atlas, store) {
  let order = { key: "value", down: true };
  let view = null;
  let rows = [];
  let drawn = null;
  const caption = h("caption");
  const head = h("thead");
  const body = h("tbody");
  const foot = h("tfoot");
  const save = h("button", {
    type: "button", class: "save", onclick: () => download(fileName(view), csvOf(view, order)),
  });
  const host = h("div", { class: "zones" }, save, h("table", {}, caption, head, body, foot));

  function sortBy(key, text) {
    order = order.key === key ? { key, down: !order.down } : { key, down: !text };
    render(view);
    head.querySelector(`[data-key="${key}"] button`).focus();
  }

  /** Empty rows for these columns; they are kept, and only their words change. */
  function makeRows(columns) {
    return atlas.zones.map(({ id, name }) => {
      const choose = h("button", {
        type: "button", onclick: () => store.set({ chosen: `zone:${id}` }),
      }, name);
      return h("tr", {}, h("th", { scope: "row" }, choose), ...columns.slice(1).map((column) =>
        h("td", { class: column.text ? "text" : "number" })));
    });
  }

  function fillRow(columns, index) {
    rows[index].classList.toggle("now", view.state.chosen === `zone:${atlas.zones[index].id}`);
    columns.slice(1).forEach((column, place) => {
      const cell = rows[index].cells[place + 1];
      write(cell, column.write(column.read(index)));
      if (column.text) cell.title = cell.textContent;
    });
  }

  function render(next) {
    view = next;
    const columns = columnsOf(view);
    if (!columns.some((column) => column.key === order.key)) order = { key: "name", down: false };
    write(save, view.say("csv"));
    write(caption, sentence(view));
    head.replaceChildren(h("tr", {}, ...columns.map((column) => heading(column, order, sortBy))));
    const shape = columns.map((column) => column.key).join();
    if (shape !== drawn) rows = makeRows(columns);
    drawn = shape;
    rows.forEach((_, index) => fillRow(columns, index));
    const sequence = sorted(view, columns, order).map((index) => rows[index]);
    if (sequence.some((row, place) => row !== body.rows[place])) body.replaceChildren(...sequence);
    foot.replaceChildren(...footRows(view, columns));
  }
  return { host, render };
}

/** The rows of the table as CSV text: numbers unrounded, missing left empty. */
export function csvOf(view, order) {
  const columns = columnsOf(view);
  return toCsv([
    [view.say("column.zone_id"), ...columns.map((column) => column.title)],
    ...sorted(view, columns, order).map((index) => [
      view.atlas.zones[index].id, ...columns.map((column) => column.read(index))]),
    ["unallocated", view.say("unallocated"), ...columns.slice(1).map((column) => column.rest ?? null)],
  ], view.lang);
}

/** Order of the zones by a column: text as the language sorts it, missing values always last. */
export function sorted(view, columns, { key, down }) {
  const column = columns.find((each) => each.key === key);
  const collator = new Intl.Collator(view.lang, { numeric: true });
  const compare = column.text ? collator.compare : (one, other) => one - other;
  return view.atlas.zones.map((_, index) => index).sort((one, other) => {
    const [a, b] = [column.read(one), column.read(other)];
    if (a === null || b === null) return (a === null) - (b === null) || one - other;
    return (down ? -1 : 1) * compare(a, b) || one - other;
  });
}

/** Columns of the table in this state. */
export function columnsOf(view) {
  const { atlas, say, text, quantity, amounted, lang, basis, stream } = view;
  const { zones } = atlas;
  const plain = (decimals) => (value) => number(value, lang, decimals) ?? say("nodata");
  const columns = [
    { key: "name", text: true, read: (index) => zones[index].name },
    { key: "kind", text: true, read: (index) => kindCell(view, zones[index]) },
    { key: "area", write: plain(1), read: (index) => zones[index].area_km2 },
    { key: "residents", write: plain(0), read: (index) => zones[index].residents },
  ].map((column) => ({ write: (value) => value, ...column, title: say(`column.${column.key}`) }));
  if (quantity) {
    const unit = text(quantity.unit);
    const write = (value) => amount(value, lang, quantity.decimals, quantity.grade) ?? say("nodata");
    const add = (key, title, values, rest, all) => columns.push({
      key, title: `${title} (${unit})`, write, read: (index) => values[index], rest, all,
    });
    // The region's own range, not the sum of the zones': what spreading adds drops out of a total.
    const edge = (side) => (value, zone = null) => bounds(quantity, value, zone)?.[side] ?? null;
    const [rest, all] = [amounted.unallocated, total(amounted)];
    add("value", quantityTitle(view, quantity), amounted.values, rest, all);
    for (const [side, key] of ["low", "high"].entries()) {
      const at = edge(side);
      add(key, say(`range.short.${key}`), amounted.values.map((value, zone) => at(value, zone)), at(rest), at(all));
    }
    if (amounted.best) {
      add("best", say("column.best"), amounted.best, amounted.unallocatedBest, total(amounted, "best"));
    }
  }
  columns.push(
    { key: "nearest", text: true, title: say("column.nearest"), write: (value) => value ?? say("unknown"),
      read: (index) => (stream.nearest[index] ? atlas.facilities[stream.nearest[index][0]].name : null) },
    { key: "km", title: say("column.km"), write: plain(0), read: (index) => stream.nearest[index]?.[1] ?? null },
    { key: "why", text: true, title: say("why"), write: (value) => value ?? "–",
      read: (index) => (basis?.why[index] ? say(`why.${basis.why[index]}`) : null) });
  return columns;
}

/** Kind of a zone, short enough for a column. */
function kindCell({ say }, { kind, municipality_name: name }) {
  return kind === "port" ? say("kind.port.short", { name }) : say("kind.municipality");
}

function heading(column, order, sortBy) {
  const now = order.key === column.key;
  return h("th", {
    scope: "col", "data-key": column.key, class: column.text ? null : "number",
    "aria-sort": now ? (order.down ? "descending" : "ascending") : "none",
  }, h("button", { type: "button", onclick: () => sortBy(column.key, column.text) }, column.title,
    h("span", { "aria-hidden": "true" }, now ? (order.down ? " ▼" : " ▲") : "")));
}

function footRows(view, columns) {
  if (!view.quantity) return [];
  const cells = (read) => columns.slice(1).map((column) =>
    h("td", { class: "number" }, "rest" in column ? column.write(read(column)) : ""));
  return [
    h("tr", {}, h("th", { scope: "row" }, view.say("unallocated")), ...cells((column) => column.rest)),
    h("tr", {}, h("th", { scope: "row" }, view.say("total")), ...cells((column) => column.all)),
  ];
}

function fileName({ atlas, state, quantity }) {
  return [atlas.region.id, state.stream, quantity?.id ?? state.layer, state.basis].join("-") + ".csv";
}
