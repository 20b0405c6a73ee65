// Where a view comes from, for paper and pictures: its address, its edition and its sources.

import { toHash } from "atlas/address";
import { explain } from "atlas/explain";
import { date } from "atlas/format";
import { regionSet } from "atlas/sets";
import { sitesShown } from "atlas/siting";

/** The address of a view; a file on somebody's disk is known by what follows the #. */
export function addressOf({ atlas, state }) {
  const hash = toHash(atlas, state) || `#door=${state.door}`;
  return /^https?:$/.test(location.protocol) ? `${location.origin}${location.pathname}${hash}` : hash;
}

/** Name of the atlas, date and edition in one line. */
export function editionLine({ atlas, say, text, lang }) {
  return `${say("atlas.title")} ${text(atlas.region.title)} · ${date(atlas.edition.date, lang)} · ${say("edition", atlas.edition)}`;
}

/** The sources of what a view shows: of its number, its boundaries and its symbols. */
export function sourcesOf(view) {
  const { atlas, state, stream } = view;
  const held = view.none ? [] : explain(atlas, { state, set: regionSet(atlas) }).steps.map((step) => step.source);
  const symbols = [
    ...(state.plants ? atlas.facilities : []), ...(state.points ? atlas.collection_points : []),
  ].map((each) => each.source);
  const ids = new Set([...quantitySources(stream, state.basis), ...held, ...symbols, ...(sitesShown(view) ? ["candidate_sites"] : [])]);
  return atlas.sources.filter((source) => ids.has(source.id) || source.layer.startsWith("layers/areas/"));
}

/** Sources of every number of every stream. */
export function allSources({ atlas, state }) {
  const ids = new Set(atlas.streams.flatMap((stream) => quantitySources(stream, state.basis)));
  return atlas.sources.filter((source) => ids.has(source.id));
}

/** Name for a file of a view, without its end. */
export function fileStem({ atlas, state, measure, per }) {
  const year = state.layer === "stock" ? null : state.year;
  const [way, areas] = [per === "total" ? null : `per-${per}`, state.areas === "zone" ? null : state.areas];
  return [atlas.region.id, state.stream, state.layer, measure, year, state.basis, way, areas].filter(Boolean).join("-");
}

/** Sources in words, by publisher and licence: each with its title and year. */
export function sourceWords(sources) {
  const groups = new Map();
  for (const { title, publisher, year, licence } of sources) {
    const key = [publisher, licence].filter(Boolean).join(", ");
    groups.set(key, [...(groups.get(key) ?? []), year ? `${title} (${year})` : title]);
  }
  return `${[...groups].map(([key, titles]) => `${key}: ${titles.join("; ")}`).join(" · ")}.`;
}

/** What must stand beside every number that leaves the page. */
export function standing({ say }) {
  return `${say("text.what")} ${say("text.grade")} ${say("text.reach")}`;
}

function quantitySources(stream, basis) {
  const quantities = stream.bases[basis]?.quantities ?? [];
  return [...quantities.flatMap((quantity) => quantity.sources),
    ...(stream.model?.flow?.trails ?? []).map((each) => each.source)];
}
