// Candidate sites: numbered on the map by their rank, ranked in the panel, each with what is known of it.

import { h, link, terms } from "atlas/dom";
import { number, percentage } from "atlas/format";
import { inline } from "atlas/say";

const { L } = globalThis;
const MOST = 8; // sites in the panel; the drawer has all
const ATTRIBUTES = ["quay", "rail", "external_safety", "grid", "transformation"];
const COLUMNS = ["rank", "class", "chosen", "size", "gained", "ours", "zones", "use", "km", "robustness", "regret", "lost"];

/** The proposal with the most plants for the stream of the view; null where none was worked out. */
export function proposalOf({ atlas, state }) {
  const all = atlas.siting[state.stream] ?? Object.values(atlas.siting).find(([{ streams }]) => streams.includes(state.stream));
  return all?.at(-1) ?? null;
}

/** Whether the sites are on the map. */
export function sitesShown(view) {
  return view.state.sites && Boolean(proposalOf(view));
}

/** Rows of a proposal by name, in the order of their rank. */
export function rowsOf(proposal) {
  return proposal.rows.map(([site, ...cells]) =>
    ({ site, ...Object.fromEntries(COLUMNS.map((name, place) => [name, cells[place]])) }));
}

/** Puts a number on every candidate; `render` shows those of the stream, the best above the others. */
export function createSites(atlas, store, { map, follow }) {
  let view = null;
  // Above the names of zones, which would hide the numbers.
  map.createPane("sites").style.zIndex = 620;
  const markers = atlas.sites.map((site) => {
    const icon = L.divIcon({ html: '<span class="site"></span>', className: "symbol symbol-site", iconSize: null });
    const marker = L.marker(site.point, { icon, keyboard: false, pane: "sites" })
      .on("click", () => store.set({ chosen: `site:${site.site_id}` })).addTo(map);
    marker.getElement().hidden = true;
    follow(marker.getElement(), () => tip(view, site));
    return marker;
  });
  return (next) => {
    view = next;
    const shown = sitesShown(view);
    const rows = shown ? new Map(rowsOf(proposalOf(view)).map((row) => [row.site, row])) : new Map();
    markers.forEach((marker, place) => {
      const row = rows.get(place);
      const ranked = row && row.rank !== null;
      const element = marker.getElement();
      element.hidden = !ranked;
      if (!ranked) return;
      const label = element.firstChild;
      label.textContent = String(row.rank);
      label.className = `site${row.chosen ? " taken" : ""}${row.class > 1 ? " lesser" : ""}`;
      // More than a place on the screen can make up for.
      marker.setZIndexOffset(1e4 * (atlas.sites.length - (row.chosen ? 0 : row.rank)));
    });
  };
}

function tip(view, site) {
  const row = rowOf(view, site);
  return h("div", {}, h("strong", {}, site.name), h("div", {}, site.municipality ?? ""),
    row && row.rank !== null ? h("div", {}, view.say("siting.tip", {
      rank: row.rank, n: tonnes(view, row.gained), ours: tonnes(view, row.ours),
    })) : null);
}

function rowOf(view, site) {
  const proposal = proposalOf(view);
  const place = view.atlas.sites.indexOf(site);
  return proposal && rowsOf(proposal).find((row) => row.site === place);
}

/** The section of the region's panel: the plan, the ranking, the runner-up. */
export function sitingSection({ view, store }) {
  const { atlas, state, say, lang, stream, text, name } = view;
  if (state.door !== "siting" && !state.sites) return null;
  const proposal = proposalOf(view);
  if (!proposal) return h("section", { class: "notes siting" }, h("h3", {}, say("siting.title", { stream: inline(text(stream.title)) })),
    h("p", { class: "note" }, say("siting.none", { region: atlas.region.id, stream: stream.id })));
  const rows = rowsOf(proposal).filter((row) => row.rank !== null);
  const best = rows.filter((row) => row.class === 1).length;
  const gained = proposal.after_t_per_a - proposal.before_t_per_a;
  const taken = proposal.chosen.map((place) => atlas.sites[place].name).join(", ");
  return h("section", { class: "notes siting" },
    h("h3", {}, say("siting.title", { stream: inline(text(stream.title)) })),
    h("p", { class: "note" }, say("siting.asked", {
      p: proposal.p, step: name("step", proposal.step), opens: proposal.opens, years: proposal.years.join(", "),
      reach: name("reach", proposal.reach),
    })),
    proposal.reason ? h("p", {}, say("siting.nothing", { reason: proposal.reason })) : h("p", {}, say("siting.plan", {
      site: taken, size: tonnes(view, proposal.capacity_t_per_a), n: tonnes(view, gained),
      ours: tonnes(view, rows.filter((row) => row.chosen).reduce((sum, row) => sum + row.ours, 0)),
    })),
    proposal.streams.length < 2 ? null : h("p", { class: "note" }, say("siting.together", {
      list: proposal.streams.map((id) => text(atlas.streams.find((each) => each.id === id)?.title) || id).join(", "),
    })),
    proposal.reason ? null : h("p", { class: "note" }, say("siting.years", {
      list: proposal.gained_by_year.map(([year, n]) => `${year}: ${tonnes(view, n)}`).join(" · "),
    })),
    h("p", { class: "note" }, say("siting.ties", { n: best, of: rows.length })),
    h("table", { class: "ranking" },
      h("thead", {}, h("tr", {}, ["siting.nr", "siting.site", "siting.gained.t", "siting.ours", "siting.robust"].map((key, place) =>
        h("th", { scope: "col", class: place > 1 ? "number" : null }, say(key))))),
      h("tbody", {}, ...rows.filter((row, place) => place < MOST || row.chosen).map((row) => rankRow(view, store, row)))),
    runnerUp(view, proposal),
    lostWords(view, rows[0]),
    h("p", { class: "note" }, say("siting.note", { n: proposal.left_out.length, scenarios: number(proposal.scenarios, lang) })),
    h("p", { class: "note" }, say("siting.command", { command: `atlas siting ${atlas.region.id} ${proposal.command}` })),
    h("button", { type: "button", class: "choose", onclick: openAll }, say("siting.all")));

  function openAll() {
    store.set({ drawer: "sites" });
    document.getElementById("drawer").focus();
  }
}

function rankRow(view, store, row) {
  const { atlas, lang } = view;
  const site = atlas.sites[row.site];
  return h("tr", { class: row.chosen ? "taken" : null },
    h("td", {}, String(row.rank)),
    h("td", {}, opener(store, site), row.chosen ? h("span", { class: "badge small" }, view.say("siting.chosen")) : null),
    h("td", { class: "number" }, number(Math.round(row.gained), lang)),
    h("td", { class: "number" }, percentage(row.ours, row.gained, lang)),
    h("td", { class: "number" }, percentage(row.robustness, 1, lang)));
}

function opener(store, site) {
  return h("button", { type: "button", class: "choose", onclick: () => store.set({ chosen: `site:${site.site_id}` }) }, site.name);
}

/** Which plan comes second, and what would have to change for it to win. */
function runnerUp({ atlas, say, lang }, { other }) {
  if (!other) return null;
  const site = other.sites.map((place) => atlas.sites[place].name).join(", ") || say("siting.empty");
  const change = number(Math.round(Math.abs(other.change ?? 0)), lang);
  const share = other.other ? percentage(Math.abs(other.change), other.other, lang) : "";
  return h("p", {}, `${say("siting.other", { site })} ${say(`siting.wins.${other.objective}`, { n: change, share })}`);
}

function lostWords({ say, name }, row) {
  if (!row?.lost) return null;
  const words = row.lost.split(";").map((id) => {
    const [, key, value] = id.match(/^([a-z_]+)-(.*)$/);
    return `${inline(say(`switch.${key}`))}: ${name(key, value)}`;
  });
  return h("p", { class: "note" }, say("siting.lost", { list: words.join("; ") }));
}

/** What the panel says of a site. */
export function sitePanel(view, site) {
  const { say, name, lang, atlas } = view;
  const row = rowOf(view, site);
  const place = atlas.sites.indexOf(site);
  const out = proposalOf(view)?.left_out.find(([index]) => index === place);
  const km = (value, none = say("unknown")) => (value === null ? none : `${number(value, lang, 1)} km`);
  const hectares = (value) => (value === null ? say("unknown") : `${number(value, lang, 1)} ha`);
  return [
    h("p", { class: "kicker" }, say("siting.kicker")),
    h("h2", {}, site.name),
    row && row.rank !== null ? terms([
      [say("siting.rank"), `${row.rank} (${say("siting.class", { n: row.class })})`],
      [say("siting.size"), tonnes(view, row.size)],
      [say("siting.gained"), tonnes(view, row.gained)],
      [say("siting.ours.full"), `${tonnes(view, row.ours)} (${percentage(row.ours, row.gained, lang)})`],
      [say("siting.zones"), row.zones === null ? null : number(row.zones, lang)],
      [say("siting.use"), row.use === null ? null : percentage(row.use, 1, lang)],
      [say("siting.km"), km(row.km, null)],
      [say("siting.robust"), percentage(row.robustness, 1, lang)],
      [say("siting.regret"), tonnes(view, row.regret)],
    ]) : null,
    out ? h("p", { class: "pair" }, say("siting.out", { why: outWords(view, out[1]) })) : null,
    terms([
      [say("country"), site.municipality ?? say("unknown")],
      [say("zone"), site.zone_id === null ? say("zone.outside") : atlas.zones[atlas.zoneIndex.get(site.zone_id)].name],
      [say("site.hectares"), hectares(site.hectares)],
      [say("site.hectares_available"), hectares(site.hectares_available)],
      [say("site.category"), site.category === null ? say("unknown") : number(site.category, lang, 1)],
      ...ATTRIBUTES.map((key) => [say(`site.${key}`), name(`is.${key}`, site[key] ?? "unknown")]),
      [say("site.natura2000_km"), km(site.natura2000_km)],
      [say("site.nitrogen_km"), km(site.nitrogen_km)],
      [say("precision"), site.precision_m === null ? say("unknown") : say("precision.about", { n: number(site.precision_m, lang) })],
      [say("certainty"), site.certainty ?? say("unknown")],
      [say("note"), site.note],
      [say("source"), site.source_url ? link(site.source_url, say("source.open")) : null],
    ]),
    h("p", { class: "note" }, say("siting.permit")),
  ];
}

/** All sites as a table, ranked, with those left out and why. */
export function sitesList(view, store) {
  const { atlas, say, lang, name } = view;
  const proposal = proposalOf(view);
  if (!proposal) return h("div", { class: "list" }, h("p", {}, say("siting.none", { region: atlas.region.id, stream: view.stream.id })));
  const heads = ["siting.rank", "siting.class.head", "siting.site", "country", "siting.size", "siting.gained", "siting.ours.full",
    "siting.zones", "siting.use", "siting.km", "siting.robust", "siting.regret", ...ATTRIBUTES.map((key) => `site.${key}`)];
  return h("div", { class: "list" },
    h("table", { class: "wide" },
      h("thead", {}, h("tr", {}, ...heads.map((key) => h("th", { scope: "col" }, say(key))))),
      h("tbody", {}, ...rowsOf(proposal).map((row) => {
        const site = atlas.sites[row.site];
        const cells = [row.rank, row.class, opener(store, site), site.municipality ?? say("unknown"), tonnes(view, row.size), tonnes(view, row.gained), tonnes(view, row.ours), row.zones,
          row.use === null ? "–" : percentage(row.use, 1, lang), row.km === null ? "–" : number(row.km, lang, 0),
          percentage(row.robustness, 1, lang), tonnes(view, row.regret),
          ...ATTRIBUTES.map((key) => name(`is.${key}`, site[key] ?? "unknown"))];
        return h("tr", {}, ...cells.map((cell) => h("td", {}, typeof cell === "number" ? String(cell) : cell ?? "–")));
      }))),
    h("h3", {}, say("siting.left")),
    h("ul", {}, ...proposal.left_out.map(([place, why]) => h("li", {}, opener(store, atlas.sites[place]), `: ${outWords(view, why)}`))));
}

/** Why a site was left out, in the words of the page: attribute, what it is, what was asked. */
function outWords({ say, name }, why) {
  const value = (key, words) => words.replace(/\b[a-z_]+\b/g, (word) =>
    ({ or: say("siting.or"), at: "", least: "≥", unknown: say("unknown") }[word] ?? name(`is.${key}`, word))).replace(/\s+/g, " ").trim();
  return why.split("; ").map((part) => {
    const [, key, is, asked] = part.match(/^(\w+) is (.+), (.+) is asked for$/) ?? [];
    if (!key) return part;
    if (key === "hectares_available") return say("siting.full");
    return say("siting.asks", { what: say(`site.${key}`), is: value(key, is), asked: value(key, asked) });
  }).join("; ");
}

function tonnes({ lang, say }, value) {
  return value === null ? "–" : `${number(Math.round(value), lang)} ${say("unit.t_per_a")}`;
}
