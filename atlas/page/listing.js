// Collection points, facilities and sites as rows for a spreadsheet, each with how sure its place is and its source.

import { download, toCsv } from "atlas/csv";
import { h } from "atlas/dom";
import { streamWords } from "atlas/place";
import { proposalOf, rowsOf } from "atlas/siting";

const LISTS = { points: pointRows, plants: plantRows, sites: siteRows };
const ATTRIBUTES = ["category", "quay", "rail", "external_safety", "grid", "transformation", "natura2000_km", "nitrogen_km"];

/** The button that saves a list of the drawer; null where the list has no rows to save. */
export function saveButton(view, list) {
  if (!LISTS[list]) return null;
  return h("button", {
    type: "button", class: "save",
    onclick: () => download(`${view.atlas.region.id}-${list}.csv`, listCsv(view, list)),
  }, view.say("csv"));
}

/** A list as CSV text. */
function listCsv(view, list) {
  const { heads, rows } = LISTS[list](view);
  return toCsv([heads, ...rows], view.lang);
}

function pointRows(view) {
  const { atlas, say, name } = view;
  const places = new Map(atlas.municipalities.map(({ code, name: words }) => [code, words]));
  return tabled(atlas.collection_points, [
    [say("column.id"), (point) => point.id],
    [say("column.title"), (point) => point.name],
    [say("column.kind"), (point) => name("point", point.kind)],
    [say("operator"), (point) => point.operator],
    [say("address"), (point) => point.address],
    [say("column.postcode"), (point) => point.postcode],
    [say("column.municipality"), (point) => places.get(point.municipality) ?? point.municipality],
    [say("streams"), (point) => streamWords(view, point.streams)],
    [say("certainty"), (point) => name("certainty", point.streams_certainty)],
    [say("accepts"), (point) => point.accepts.map((word) => name("accepts", word)).join(", ")],
    [say("own"), (point) => name("own", point.own_residents_only)],
    [say("status"), (point) => name("status", point.status)],
    ...placeColumns(view), ...sourceColumns(view),
  ]);
}

function plantRows(view) {
  const { atlas, say, name } = view;
  return tabled(atlas.facilities, [
    [say("column.id"), (plant) => plant.id],
    [say("column.title"), (plant) => plant.name],
    [say("column.step"), (plant) => name("step", plant.step)],
    [say("streams"), (plant) => streamWords(view, plant.streams)],
    [say("fraction"), (plant) => plant.fraction && name("fraction", plant.fraction)],
    [say("status"), (plant) => name("status", plant.status)],
    [say("from_year"), (plant) => plant.from_year],
    [say("column.capacity"), (plant) => plant.capacity_t_per_a],
    [say("column.planned"), (plant) => plant.planned_capacity_t_per_a],
    [say("column.capacity_of"), (plant) => plant.capacity_of],
    [say("column.capacity_year"), (plant) => plant.capacity_year],
    [say("column.municipality"), (plant) => plant.municipality],
    [say("country"), (plant) => plant.country],
    ...placeColumns(view), ...sourceColumns(view),
  ]);
}

function siteRows(view) {
  const { atlas, say, name } = view;
  const proposal = proposalOf(view);
  const ranked = new Map(proposal ? rowsOf(proposal).map((row) => [atlas.sites[row.site].site_id, row]) : []);
  // A site serves the streams that were asked for when it was ranked.
  const streams = proposal ? streamWords(view, proposal.streams) : null;
  const of = (site, key) => ranked.get(site.site_id)?.[key] ?? null;
  return tabled(atlas.sites.map((site) => ({
    ...site, zone: site.zone_id, url: site.source_url, source: "candidate_sites",
  })), [
    [say("column.id"), (site) => site.site_id],
    [say("column.title"), (site) => site.name],
    [say("column.municipality"), (site) => site.municipality],
    [say("streams"), (site) => (ranked.has(site.site_id) ? streams : null)],
    [say("siting.rank"), (site) => of(site, "rank")],
    [say("siting.class.head"), (site) => of(site, "class")],
    [`${say("siting.gained")} (${say("unit.t_per_a")})`, (site) => of(site, "gained")],
    [`${say("siting.ours.full")} (${say("unit.t_per_a")})`, (site) => of(site, "ours")],
    [say("siting.robust"), (site) => of(site, "robustness")],
    [say("site.hectares"), (site) => site.hectares],
    [say("site.hectares_available"), (site) => site.hectares_available],
    ...ATTRIBUTES.map((key) => [say(`site.${key}`), (site) =>
      (typeof site[key] === "string" ? name(`is.${key}`, site[key]) : site[key])]),
    ...placeColumns(view), ...sourceColumns(view),
  ]);
}

function placeColumns({ atlas, say }) {
  return [
    [say("column.zone_id"), (each) => each.zone],
    [say("zone"), (each) => atlas.zones[atlas.zoneIndex.get(each.zone)]?.name ?? null],
    [say("column.lat"), (each) => each.point?.[0] ?? null],
    [say("column.lon"), (each) => each.point?.[1] ?? null],
    [say("column.precision"), (each) => (each.point ? each.precision_m : null)],
    [`${say("certainty")}: ${say("precision")}`, (each) => each.certainty],
  ];
}

function sourceColumns({ atlas, say }) {
  const known = (each, key) => atlas.sourceById.get(each.source)?.[key] ?? null;
  return [
    [say("source"), (each) => known(each, "title") ?? each.source],
    [say("column.publisher"), (each) => known(each, "publisher")],
    [say("column.year"), (each) => known(each, "year")],
    [say("column.licence"), (each) => known(each, "licence")],
    [say("column.url"), (each) => each.url],
    [say("note"), (each) => each.note],
  ];
}

function tabled(items, columns) {
  return { heads: columns.map(([head]) => head), rows: items.map((item) => columns.map(([, read]) => read(item) ?? null)) };
}
