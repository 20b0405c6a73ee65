// The panel of one facility or one collection point.

import { h, link, terms } from "atlas/dom";
import { number } from "atlas/format";
import { capacityWords } from "atlas/say";

/** What the panel says of a facility. */
export function facilityPanel(view, facility) {
  const { say, name } = view;
  return [
    h("p", { class: "kicker" }, `${say("facility")} · ${name("step", facility.step)}`),
    h("h2", {}, facility.name),
    terms([
      [say("status"), name("status", facility.status)],
      [say("from_year"), facility.from_year === null ? null : String(facility.from_year)],
      [say("capacity"), capacityWords(view, facility)],
      [say("streams"), streamWords(view, facility.streams)],
      [say("fraction"), facility.fraction ? name("fraction", facility.fraction) : null],
      [say("country"), [facility.municipality, facility.country].filter(Boolean).join(", ")],
      [say("zone"), zoneWords(view, facility)],
      [say("precision"), precisionWords(view, facility)],
      [say("certainty"), facility.certainty],
      [say("note"), facility.note],
      [say("source"), sourceLink(view, facility)],
    ]),
    h("p", { class: "note" }, say("text.position")),
  ];
}

/** What the panel says of a collection point. */
export function pointPanel(view, point) {
  const { say, name } = view;
  return [
    h("p", { class: "kicker" }, `${say("point")} · ${name("point", point.kind)}`),
    h("h2", {}, point.name),
    terms([
      [say("address"), [point.address, point.postcode].filter(Boolean).join(", ") || say("unknown")],
      [say("operator"), point.operator],
      [say("status"), name("status", point.status)],
      [say("streams"), `${streamWords(view, point.streams)} (${name("certainty", point.streams_certainty)})`],
      [say("accepts"), point.accepts.map((word) => name("accepts", word)).join(", ")],
      [say("own"), name("own", point.own_residents_only)],
      [say("zone"), zoneWords(view, point)],
      [say("precision"), precisionWords(view, point)],
      [say("certainty"), point.certainty],
      [say("note"), point.note],
      [say("source"), sourceLink(view, point)],
    ]),
    h("p", { class: "note" }, say("text.position")),
  ];
}

/** Names of streams; none of ours is said as such. */
export function streamWords({ atlas, text, say, name }, ids) {
  const names = ids.map((id) =>
    text(atlas.streams.find((stream) => stream.id === id)?.title) || name("stream", id));
  return names.join(", ") || say("streams.none");
}

/** How precise a position is, or that there is none. */
export function precisionWords({ say, lang }, { point, precision_m: metres }) {
  if (!point) return say("precision.none");
  return metres === null ? say("unknown") : say("precision.about", { n: number(metres, lang) });
}

/** Link to where the facts of a place come from. */
export function sourceLink(view, { url, source }) {
  const known = view.atlas.sourceById.get(source);
  if (url) return link(url, view.say("source.open"));
  return known ? link(known.url, known.title) : view.say("unknown");
}

function zoneWords(view, { zone }) {
  return zone === null ? view.say("zone.outside")
    : view.atlas.zones[view.atlas.zoneIndex.get(zone)]?.name ?? zone;
}
