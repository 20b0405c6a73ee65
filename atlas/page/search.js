// The search box: every place and plant by its name, in words of any order, from the first letter on.

import { h, write } from "atlas/dom";
import { kindWords } from "atlas/say";
import { folded, matches } from "atlas/match";

const MOST = 8;

/** Makes the box; what is chosen there is brought into view. */
export function createSearch(atlas, store, reveal) {
  const label = h("label", { class: "quiet", for: "find" });
  const input = h("input", {
    id: "find", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "false",
    "aria-controls": "found", "aria-autocomplete": "list", "aria-haspopup": "listbox",
  });
  const list = h("ul", { id: "found", role: "listbox", hidden: true });
  const status = h("p", { class: "quiet", role: "status" });
  const hint = h("kbd", { "aria-hidden": "true" }, "/");
  document.getElementById("search").append(label, input, hint, list, status);
  const entries = entriesOf(atlas);
  let view = null;
  let found = [];
  let active = 0;

  function seek() {
    const words = folded(input.value);
    found = words ? matches(entries, words) : [];
    active = 0;
    draw();
  }

  function draw() {
    const { say } = view;
    const open = Boolean(folded(input.value)) && document.activeElement === input;
    const shown = found.slice(0, MOST);
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    list.replaceChildren(...shown.map((entry, place) => h("li", {
      id: `found-${place}`, role: "option", "aria-selected": String(place === active),
      // Without this the box would lose the focus, and the list close, before the click.
      onmousedown: (event) => event.preventDefault(),
      onclick: () => choose(entry),
    }, h("span", {}, entry.name), h("small", {}, kindOf(view, entry)))));
    if (open && !shown.length) list.append(h("li", { class: "nothing", role: "option", "aria-disabled": "true", "aria-selected": "false" }, say("search.none")));
    if (open && shown.length) input.setAttribute("aria-activedescendant", `found-${active}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[active]?.scrollIntoView({ block: "nearest" });
    write(status, !open ? "" : say(found.length === 1 ? "search.count.one" : "search.count", { n: found.length, of: shown.length }));
  }

  function choose(entry) {
    input.value = "";
    found = [];
    store.set({ chosen: chosenIn(entry, store.get()) });
    reveal(entry.point);
    draw();
  }

  function onKey(event) {
    const last = Math.min(found.length, MOST) - 1;
    if (event.key === "Escape") {
      // First the words go; only an empty box leaves Escape to the rest of the page.
      if (!input.value) return input.blur();
      input.value = "";
      seek();
      event.stopPropagation();
    } else if (event.key === "Enter" && last >= 0) {
      choose(found[active]);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && last >= 0) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      active = (active + step + last + 1) % (last + 1);
      draw();
    } else {
      return undefined;
    }
    return event.preventDefault();
  }

  input.addEventListener("input", seek);
  input.addEventListener("keydown", onKey);
  input.addEventListener("focus", draw);
  input.addEventListener("blur", draw);
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=range]), select, textarea, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || !store.get().slash) return;
    event.preventDefault();
    input.focus();
    input.scrollIntoView({ block: "nearest" });
  });

  return (next) => {
    view = next;
    write(label, view.say("search.label"));
    input.placeholder = view.say("search.hint");
    list.setAttribute("aria-label", view.say("search.label"));
    hint.hidden = !view.state.slash;
    if (view.state.slash) input.setAttribute("aria-keyshortcuts", "/");
    else input.removeAttribute("aria-keyshortcuts");
  };
}

/** All that can be found, the most sensible kinds first: of names alike the first is taken. */
function entriesOf(atlas) {
  const { zone: zones, municipality: municipalities } = atlas.areas;
  const parted = new Set(municipalities.filter(({ set }) => set.zones.length > 1).map(({ id }) => id));
  const named = new Map(municipalities.map((area) => [area.id, [area.name, ...area.short ?? []]]));
  const byName = new Map(municipalities.map((area) => [area.name, named.get(area.id)]));
  const area = (each) => ({
    kind: "area", area: each, chosen: each.chosen, name: each.name, point: each.point,
    names: [...new Set([each.name, atlas.zones[each.main].name, ...each.short ?? []])], others: [...named.get(each.municipality) ?? [], each.id],
  });
  const place = (kind, id, each, town, others = []) => ({
    kind, chosen: `${kind}:${id}`, name: each.name, point: each.point, town: town[0] ?? "",
    names: [each.name], others: [...town, ...others].filter(Boolean), ...(kind === "facility" ? { step: each.step } : {}),
  });
  const townOf = (name) => byName.get(name) ?? (name ? [name] : []);
  const entries = [
    ...municipalities.map(area),
    ...zones.filter(({ kind }) => kind === "port").map(area),
    ...zones.filter(({ kind, municipality }) => kind !== "port" && parted.has(municipality)).map(area),
    ...atlas.facilities.map((each) => place("facility", each.id, each, townOf(each.municipality), [each.country])),
    ...atlas.collection_points.map((each) =>
      place("point", each.id, each, named.get(each.municipality) ?? [], [each.postcode, each.address])),
    ...atlas.sites.map((each) => place("site", each.site_id, each, townOf(each.municipality))),
  ];
  return entries.map((entry, order) => ({
    ...entry, order, names: entry.names.map(folded), others: folded(entry.others.join(" ")),
  }));
}

/** A municipality of one zone is that zone where the map shows zones. */
function chosenIn({ area, chosen }, { areas }) {
  return area?.chosen.startsWith("municipality:") && area.set.zones.length === 1 && areas === "zone"
    ? `zone:${area.id}` : chosen;
}

function kindOf(view, entry) {
  if (entry.kind === "area") return kindWords(view, entry.area);
  const kind = { facility: "facility", point: "point", site: "siting.kicker" }[entry.kind];
  return [view.say(kind), entry.step && view.name("step", entry.step), entry.town].filter(Boolean).join(" · ");
}
