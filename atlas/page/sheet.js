// One area on one sheet of paper, made of the parts of the panel.

import { areaOf } from "atlas/areas";
import { materialBars } from "atlas/bars";
import { coverTable } from "atlas/cover";
import { renderCurve } from "atlas/curve";
import { h, terms } from "atlas/dom";
import { today } from "atlas/effect";
import { changesList } from "atlas/imprint";
import { flowList, nearby } from "atlas/notes";
import { addressOf, allSources, editionLine, sourceWords, sourcesOf, standing } from "atlas/origin";
import { smallMap } from "atlas/outline";
import { spanPer } from "atlas/per";
import { fitted, gradeWords, headline, pairWords, rangeWords, sentence, valueWords, whatOf } from "atlas/say";
import { planned } from "atlas/scenario";
import { chosenArea, municipalitySet } from "atlas/sets";
import { nearestPairs, streamsTable } from "atlas/streams";
import { viewOf, whyOf } from "atlas/view";

/** The areas of which a view offers a sheet, as "zone:…", "municipality:…" or null for the region. */
export function areasOf(view) {
  const { atlas, state } = view;
  const [kind, id] = (state.chosen ?? "").split(/:(.*)/s);
  const zone = zoneOf(view, kind, id);
  if (kind === "municipality") return [state.chosen, null];
  if (zone === null) return [null];
  const code = atlas.zones[zone].municipality;
  const parted = municipalitySet(atlas, code).zones.length > 1;
  return [`zone:${atlas.zones[zone].id}`, ...(parted ? [`municipality:${code}`] : []), null];
}

/** Name of an area. */
export function areaName(view, chosen) {
  return areaFor(view, chosen).title;
}

/** The sheet of an area. */
export function areaSheet(view, chosen) {
  const { say, state } = view;
  const area = areaFor(view, chosen);
  // The sheet is about the area alone: nothing on it answers to a click.
  const tools = { view, area, ask: (words) => h("span", {}, words), store: { set() {} } };
  const later = state.layer === "stock" ? { ...tools, view: viewOf(view.atlas, { ...state, layer: "released" }) } : tools;
  const sources = [...new Set([...sourcesOf(view), ...allSources(view)])];
  return h("article", {},
    h("header", {}, h("p", { class: "kicker" }, `${editionLine(view)} · ${say("sheet.kicker")}`),
      h("h2", {}, area.title), h("p", { class: "size" }, `${area.kind} · ${area.size}`)),
    h("div", { class: "top" },
      h("figure", {}, smallMap(view, area, 300), classKey()),
      h("div", {}, h("p", { class: "what" }, sentence(view)), ...numberOf(view, area), ...changed(view, area),
        renderCurve(tools))),
    h("section", {}, h("h3", {}, say("sheet.streams")), streamsTable(view, area),
      h("p", { class: "note" }, say("sheet.mass", { year: state.year }))),
    h("div", { class: "parts" },
      materialBars(tools),
      flowList(later),
      area.zone === null ? nearby(tools, null) : nearestOf(view, area),
      coverOf(view, area)),
    h("footer", {},
      h("p", {}, standing(view)),
      h("p", {}, `${say("drawer.sources")}: ${sourceWords(sources)}`),
      h("p", { class: "address" }, say("paper.address", { address: addressOf({ ...view, state: { ...state, chosen } }) }))));
}

function areaFor(view, chosen) {
  const { atlas, say } = view;
  const [kind, id] = (chosen ?? "").split(/:(.*)/s);
  const place = kind === "municipality" ? chosenArea(atlas, chosen) : atlas.areas.zone[zoneOf(view, kind, id)] ?? null;
  const area = areaOf(view, place);
  return {
    ...area, cells: area.set.zones, zone: place?.main ?? null,
    title: place?.kind === "whole" ? say("whole.municipality", { name: place.name }) : area.title,
  };
}

/** The zone of what is chosen, also of a plant, point or site in it; null is the region. */
function zoneOf({ atlas, state }, kind, id) {
  const at = { zone: id, facility: atlas.facilities[atlas.facilityIndex.get(id)]?.zone,
    point: atlas.collection_points[atlas.pointIndex.get(id)]?.zone, site: atlas.sites[atlas.siteIndex.get(id)]?.zone_id,
    plant: state.put.find((plant) => plant.id === id)?.zone }[kind];
  return atlas.zoneIndex.get(at) ?? null;
}

function numberOf(view, { set }) {
  const { atlas, state, measure, say } = view;
  const span = spanPer(atlas, state, view.per, set);
  if (measure === null || span.value === null) return [h("p", { class: "figure none" }, headline(view, null))];
  const what = fitted(view, whatOf(view, state.layer, measure, view.per), span.value, state.layer);
  const range = rangeWords(view, what, span);
  return [h("p", { class: "figure" }, valueWords(view, what, span.value, span.grade)),
    h("p", { class: "pair" }, pairWords(view, what, span) ?? ""),
    h("p", { class: "certainty" }, range ? `${say("range.title")} ${range} ` : "",
      span.grade ? h("span", { class: "badge" }, gradeWords(view, span)) : "")];
}

/** What the reader changed, and the number without it. */
function changed(view, { set }) {
  const { atlas, state, measure, say } = view;
  const span = planned(state) && measure !== null ? spanPer(atlas, today(state), view.per, set) : null;
  const words = span && span.value !== null
    ? valueWords(view, fitted(view, whatOf(view, state.layer, measure, view.per), span.value, state.layer), span.value, span.grade) : null;
  return [changesList(view), words ? h("p", { class: "note" }, say("sheet.without", { n: words })) : null];
}

/** The nearest plant of every stream, and of the chosen one why there is a gap. */
function nearestOf(view, { zone }) {
  const { say, atlas, state } = view;
  const why = whyOf(atlas, state, zone);
  return h("section", { class: "notes" }, h("h3", {}, say("sheet.nearest")),
    terms([...nearestPairs(view, zone), [say("why"), why ? say(`why.${why}`) : null]]));
}

/** Who has a collection point near, for every stream of which that is known. */
function coverOf(view, { cells }) {
  return h("section", { class: "notes cover" }, h("h3", {}, view.say("cover.title")),
    h("div", {}, ...view.atlas.streams.filter((stream) => stream.cover).map((stream) => h("div", {},
      h("p", { class: "note" }, view.text(stream.title)), coverTable({ ...view, stream }, cells)))),
    h("p", { class: "note" }, view.say("cover.note")));
}

/** The classes of the map in a row, as the legend has them. */
function classKey() {
  const rows = [...document.querySelectorAll("#legend .legend-body tbody th > span")];
  return h("figcaption", {}, h("span", {}, document.querySelector("#legend .legend-box > summary").textContent),
    h("ul", { class: "key" }, ...rows.map((row) => h("li", {}, ...[...row.cloneNode(true).childNodes]))));
}
