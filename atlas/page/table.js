// All areas of the map as a table: the twin of the map, sortable, in the state of the moment.

import { download, toCsv } from "atlas/csv";
import { h, write } from "atlas/dom";
import { number } from "atlas/format";
import { fileStem } from "atlas/origin";
import { pairColumns } from "atlas/paircolumns";
import { pairSentence } from "atlas/pairwords";
import { plainWords, sentence, viewTitle, whatOf } from "atlas/say";
import { nearestOf, whysOf } from "atlas/nearest";
import { spanPer } from "atlas/per";
import { regionSet, restSet } from "atlas/sets";

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
    return view.areas.map(({ chosen, name }) => {
      const choose = h("button", { type: "button", onclick: () => store.set({ chosen }) }, name);
      return h("tr", {}, h("th", { scope: "row" }, choose), ...columns.slice(1).map((column) =>
        h("td", { class: column.text ? "text" : "number" })));
    });
  }

  function fillRow(columns, index) {
    rows[index].classList.toggle("now", view.state.chosen === view.areas[index].chosen);
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
    write(caption, pairSentence(view));
    head.replaceChildren(h("tr", {}, ...columns.map((column) => heading(column, order, sortBy))));
    const shape = [view.state.areas, ...columns.map((column) => column.key)].join();
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
function csvOf(view, order) {
  const columns = columnsOf(view);
  return toCsv([
    [view.say("column.zone_id"), ...columns.map((column) => column.long ?? column.title)],
    ...sorted(view, columns, order).map((index) => [
      view.areas[index].id, ...columns.map((column) => column.read(index))]),
    ["unallocated", view.say("unallocated"), ...columns.slice(1).map((column) => column.rest ?? null)],
  ], view.lang);
}

/** Order of the areas by a column: text as the language sorts it, missing values always last. */
export function sorted(view, columns, { key, down }) {
  const column = columns.find((each) => each.key === key);
  const collator = new Intl.Collator(view.lang, { numeric: true });
  const compare = column.text ? collator.compare : (one, other) => one - other;
  return view.areas.map((_, index) => index).sort((one, other) => {
    const [a, b] = [column.read(one), column.read(other)];
    if (a === null || b === null) return (a === null) - (b === null) || one - other;
    return (down ? -1 : 1) * compare(a, b) || one - other;
  });
}

/** Columns of the table in this state: the number, its range and grade, and what is near. */
function columnsOf(view) {
  const { atlas, say, lang, measure, areas } = view;
  const nearest = areas.map((area) => nearestOf(view, area.set.zones)[0]);
  const plain = (decimals) => (value) => number(value, lang, decimals) ?? say("nodata");
  const columns = [
    { key: "name", text: true, read: (index) => areas[index].name },
    { key: "kind", text: true, read: (index) => kindCell(view, areas[index]) },
    { key: "area", write: plain(1), read: (index) => areas[index].area_km2 },
    { key: "residents", write: plain(0), read: (index) => areas[index].residents },
  ].map((column) => ({ write: (value) => value, ...column, title: say(`column.${column.key}`) }));
  if (view.compared) columns.push(...pairColumns(view));
  else if (measure !== null && !view.none) columns.push(...numberColumns(view));
  columns.push(
    { key: "nearest", text: true, title: say("column.nearest"), write: (value) => value ?? say("unknown"),
      read: (index) => (nearest[index] ? nearest[index].to.name : null) },
    { key: "km", title: say("column.km"), write: plain(0), read: (index) => nearest[index]?.least ?? null },
    { key: "why", text: true, title: say("why"), write: (value) => value ?? "–",
      read: (index) => whysOf(view, areas[index].set.zones).map((why) => say(`why.${why}`)).join("; ") || null });
  return columns;
}

/** Value, low, high, grade, and best where unknown capacity makes a pair; the foot has them too. */
function numberColumns(view) {
  const { atlas, say, state, measure, per, areas } = view;
  const what = whatOf(view, state.layer, measure, per);
  const [rest, all] = [restSet(), regionSet(atlas)].map((set) => spanPer(atlas, state, per, set));
  const scaled = (value) => (value === null || value === undefined ? null : value * what.factor);
  const column = (key, title, side) => ({
    key, title: `${title} (${what.unit})`,
    read: (index) => scaled(areas[index].span[side]), rest: scaled(rest[side]), all: scaled(all[side]),
    write: (value) => plainWords(view, { ...what, factor: 1 }, value, "A") ?? say("nodata"), // as counted
  });
  return [
    column("value", viewTitle(view), "value"),
    ...(view.ranged ? [column("low", say("range.short.low"), "low"), column("high", say("range.short.high"), "high")] : []),
    ...(view.amounted.best ? [column("best", say("column.best"), "best")] : []),
    { key: "grade", text: true, title: say("column.grade"), write: (value) => value ?? "–",
      read: (index) => areas[index].span.grade, rest: rest.grade, all: all.grade },
  ];
}

/** Kind of a zone, short enough for a column. */
function kindCell({ say }, { kind, municipality_name: name }) {
  if (kind === "whole") return say("kind.whole.short");
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
  if (!view.compared && (view.measure === null || view.none)) return [];
  const cells = (read) => columns.slice(1).map((column) =>
    h("td", { class: column.text ? "text" : "number" }, "rest" in column ? column.write(read(column)) : ""));
  return [
    // What is in no zone has no residents and no square kilometres.
    view.per === "total" ? h("tr", {}, h("th", { scope: "row" }, view.say("unallocated")), ...cells((column) => column.rest)) : null,
    h("tr", {}, h("th", { scope: "row" }, view.say("total")), ...cells((column) => column.all)),
  ].filter(Boolean);
}

function fileName(view) {
  return [fileStem(view), view.compared && "compared"].filter(Boolean).join("-") + ".csv";
}
