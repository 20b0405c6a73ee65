// The right side: the zone chosen, or the whole region when none is.

import { h, terms } from "atlas/dom";
import { number, percentage } from "atlas/format";
import { amounts, byMunicipality, gradeOf, hasRange, rangeFactor, sum, total } from "atlas/model";
import { facilityPanel, pointPanel } from "atlas/place";
import {
  capacityWords, headline, inline, kindWords, pairWords, quantityTitle, quantityWords, rangeWords,
  sizeWords,
} from "atlas/say";
import { trail } from "atlas/trail";
import { layerWords, sourceLine, yearOf } from "atlas/view";

/** Makes the panel; it keeps "how computed?" open or closed as the reader left it. */
export function createPanel(atlas, store) {
  const host = document.getElementById("panel");
  let open = false;
  const remember = (now) => { open = now; };
  const back = (view) => view.state.chosen && h("button", {
    type: "button",
    class: "back",
    onclick: () => {
      store.set({ chosen: null });
      host.focus();
    },
  }, `← ${view.text(atlas.region.title)}`);

  return (view) => {
    const [kind, id] = (view.state.chosen ?? "").split(/:(.*)/s);
    if (kind === "facility") {
      host.replaceChildren(back(view), ...facilityPanel(view, atlas.facilities[atlas.facilityIndex.get(id)]));
    } else if (kind === "point") {
      host.replaceChildren(back(view), ...pointPanel(view, atlas.collection_points[atlas.pointIndex.get(id)]));
    } else {
      const area = kind === "zone" ? zoneArea(view, atlas.zoneIndex.get(id)) : regionArea(view);
      host.replaceChildren(...[back(view), ...areaPanel(view, area, { open, remember })].filter(Boolean));
    }
  };
}

/** A zone as an area: its words, and how to read a quantity there. */
function zoneArea(view, index) {
  const zone = view.atlas.zones[index];
  return {
    index,
    kind: kindWords(view, zone),
    title: zone.name,
    size: sizeWords(view, zone),
    read: (quantity) => {
      const amounted = amounts(view.basis, quantity);
      return { value: amounted.values[index], best: amounted.best?.[index] ?? null };
    },
  };
}

/** The region as an area: totals, what could not be placed included. */
function regionArea(view) {
  const { zones, region } = view.atlas;
  return {
    index: null,
    kind: view.say("kind.region", { n: zones.length }),
    title: view.text(region.title),
    size: sizeWords(view, {
      area_km2: sum(zones.map((zone) => zone.area_km2)),
      residents: sum(zones.map((zone) => zone.residents)),
    }),
    read: (quantity) => {
      const amounted = amounts(view.basis, quantity);
      return { value: total(amounted), best: total(amounted, "best") };
    },
  };
}

function areaPanel(view, area, { open, remember }) {
  const { say, text, quantity, stream, state } = view;
  const year = yearOf(stream, state.layer);
  const what = `${text(stream.title)}, ${inline(layerWords(view, state.layer))}`;
  const { value, best } = quantity ? area.read(quantity) : { value: null, best: null };
  const shown = value === null ? null : value * rangeFactor(quantity, view.range, area.index);
  const range = quantity && rangeWords(view, quantity, value, area.index);
  const grade = quantity && gradeOf(quantity, area.index);
  const pair = quantity && pairWords(view, quantity, value, best);
  return [
    h("p", { class: "kicker" }, area.kind),
    h("h2", {}, area.title),
    h("p", { class: "size" }, area.size),
    h("p", { class: "what" }, [what, year && say("year.of", { year })].filter(Boolean).join(" · ")),
    h("p", { class: "figure" }, headline(view, shown, area.index)),
    pair && h("p", { class: "pair" }, pair),
    h("p", { class: "certainty" },
      range ? `${say("range.title")} ${range}` : pair ? "" : noRange(view, value),
      grade && h("span", { class: "badge", title: say(`grade.${grade}`) }, say("grade", { grade }))),
    quantity && trail(view, quantity, grade, { open, remember }),
    area.index === null ? regionNotes(view) : zoneNotes(view, area.index, value),
    view.basis && quantityTable(view, area),
    area.index === null ? gapOfRegion(view, area) : nearby(view, area),
  ].filter(Boolean);
}

/** Why there is no range to show; nothing is exactly nothing and needs no words. */
function noRange({ quantity, say }, value) {
  if (!quantity) return say("nodata.why");
  return value === 0 && hasRange(quantity) ? "" : say("range.none");
}

function regionNotes(view) {
  const { quantity, amounted, say } = view;
  if (!quantity || !amounted.unallocated) return null;
  return terms([[say("unallocated"), quantityWords(view, quantity, amounted.unallocated)]]);
}

function zoneNotes(view, index, value) {
  const { say, quantity, amounted, atlas } = view;
  if (!quantity || value === null) return null;
  const zone = atlas.zones[index];
  const parts = atlas.zones.filter((each) => each.municipality === zone.municipality).length;
  const whole = byMunicipality(atlas.zones, amounted.values).get(zone.municipality);
  return terms([
    [say("share.region"), percentage(value, total(amounted), view.lang)],
    [say("whole.municipality", { name: zone.municipality_name }),
      parts > 1 ? quantityWords(view, quantity, whole) : null],
  ]);
}

/** All quantities of the stream here, with their sources. */
function quantityTable(view, area) {
  const { say, text, basis, quantity, stream } = view;
  const rows = basis.quantities.map((each) => {
    const words = quantityWords(view, each, area.read(each).value, area.index);
    return h("tr", each === quantity ? { class: "now", "aria-current": "true" } : {},
      h("th", { scope: "row" }, quantityTitle(view, each)),
      h("td", { class: "number" }, words ?? say("nodata")),
      h("td", { class: "grade" }, gradeOf(each, area.index)),
      h("td", { class: "source", title: sourceLine(view, each) }, sourceLine(view, each)));
  });
  return h("table", { class: "quantities" },
    h("caption", {}, say("quantities", { stream: text(stream.title) })),
    h("thead", { class: "quiet" }, h("tr", {}, ...["what", "amount", "grade.short", "source"].map((key) =>
      h("th", { scope: "col" }, say(`column.${key}`))))),
    h("tbody", {}, ...rows));
}

/** Nearest plant, its capacity, and why there is a gap. */
function nearby(view, area) {
  const { say, stream, basis, atlas, lang } = view;
  const nearest = stream.nearest[area.index];
  const facility = nearest && atlas.facilities[nearest[0]];
  const why = basis?.why[area.index];
  return h("section", { class: "nearby" },
    h("h3", {}, say("nearest.title", { step: view.name("step", stream.step) })),
    terms([
      [say("nearest"), facility
        ? `${facility.name} · ${number(Math.round(nearest[1]), lang)} km` : say("nearest.none")],
      [say("capacity"), facility && capacityWords(view, facility)],
      ...gapRows(view, area),
      [say("why"), why ? say(`why.${why}`) : null],
      [say("flows"), flowWords(view, area.index)],
    ]),
    h("p", { class: "note" }, say("text.reach")));
}

function gapOfRegion(view, area) {
  const rows = gapRows(view, area);
  return rows.length ? h("section", { class: "nearby" },
    h("h3", {}, view.say("layer.capacity_gap")), terms(rows),
    h("p", { class: "note" }, view.say("text.capacity"))) : null;
}

function gapRows(view, area) {
  const gap = view.basis?.quantities.find((quantity) => quantity.layer === "capacity_gap");
  if (!gap) return [];
  const { value, best } = area.read(gap);
  return [[view.say(area.index === null ? "pair.title" : "layer.capacity_gap"),
    pairWords(view, gap, value, best) ?? quantityWords(view, gap, value) ?? view.say("nodata")]];
}

/** Where it goes now: the plants that take most of it. */
function flowWords(view, index) {
  const { atlas, stream, lang, say } = view;
  const flows = atlas.flows
    .filter((flow) => flow.zone === atlas.zones[index].id && flow.stream === stream.id)
    .sort((one, other) => other.tonnes - one.tonnes);
  return flows.slice(0, 3).map((flow) => `${atlas.facilities[flow.facility].name} · `
    + `${number(flow.tonnes, lang, 1)} ${say("unit.t_per_a")}`).join("; ");
}
