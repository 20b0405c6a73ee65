// Puts the page together: document and address in, parts out, one round per choice.

import { followAddress, fromHash } from "atlas/address";
import { createControls } from "atlas/controls";
import { paired } from "atlas/compare";
import { createCompareBar } from "atlas/comparebar";
import { write } from "atlas/dom";
import { createDrawer } from "atlas/drawer";
import { createDrawing } from "atlas/drawing";
import { createEdge } from "atlas/edge";
import { renderFigures } from "atlas/figures";
import { createFlows } from "atlas/flows";
import { createHeader } from "atlas/header";
import { createImprint } from "atlas/imprint";
import { createKeep } from "atlas/keep";
import { createLegend } from "atlas/legend";
import { createMap } from "atlas/map";
import { createMarks, outlinesOf } from "atlas/mark_layer";
import { speakOfNeeds } from "atlas/needs";
import { pairSentence, setLine } from "atlas/pairwords";
import { createPanel } from "atlas/panel";
import { createPaper } from "atlas/paper";
import { createPatterns } from "atlas/patterns";
import { savePicture } from "atlas/picture";
import { createPut } from "atlas/put";
import { headline } from "atlas/say";
import { createSearch } from "atlas/search";
import { chosenArea } from "atlas/sets";
import { spanPer } from "atlas/per";
import { createSession } from "atlas/session";
import { areaSheet } from "atlas/sheet";
import { createSides } from "atlas/sides";
import { createSites } from "atlas/siting";
import { createStore } from "atlas/state";
import { createSymbols } from "atlas/symbols";
import { createTip } from "atlas/tip";
import { createUndo, followKeys } from "atlas/undo";
import { prepare, sideOf, viewOf } from "atlas/view";
import { fillWords } from "atlas/words";

// The outlines stand in the page once: as the layers of its map.
const atlas = { ...prepare(JSON.parse(document.getElementById("atlas-document").textContent)), outlines: outlinesOf() };
const store = createStore(fromHash(atlas, location.hash));

const renderControls = createControls(atlas, store);
const renderLegend = createLegend();
const follow = createTip();
createPatterns();
const map = createMap(atlas, store, {
  map: globalThis.map_atlas, zones: globalThis.geo_json_zones, follow, pointed: (index) => sides.point(index),
});
const put = createPut(atlas, store, { map: map.map, follow });
const undo = createUndo(store);
const renderPanel = createPanel(atlas, store, { undo, place: startPlacing });
const renderSearch = createSearch(atlas, store, map.reveal);
const symbols = createSymbols(atlas, store, { map: map.map, follow });
const renderSites = createSites(atlas, store, { map: map.map, follow });
const renderMarks = createMarks(store, { map: map.map, follow });
const drawing = createDrawing(atlas, store, map);
const renderSession = createSession(atlas, store, drawing);
const renderFlows = createFlows(atlas, map.map);
const edge = createEdge(atlas, map.map, store);
const drawer = createDrawer(atlas, store);
const renderBar = createCompareBar(store);
const sides = createSides(atlas, store, { main: map, follow });
const renderImprint = createImprint();
const paper = createPaper(atlas, map, () => renderImprint(viewOf(atlas, store.get())));
const keep = createKeep({
  paper, sheet: areaSheet, picture: (kind, tell) => savePicture(viewOf(atlas, store.get()), map.map, { kind, tell }),
});
const renderHeader = createHeader(atlas, store, keep);
const line = document.getElementById("sentence");
const announcer = document.getElementById("announcer");

function render(state, previous) {
  const view = paired(viewOf(atlas, state));
  const figures = state.door === "figures";
  document.body.classList.toggle("reading", figures);
  document.getElementById("figures").hidden = !figures;
  if (state.lang !== previous?.lang) {
    fillWords(view.say, state.lang);
    speakOfNeeds(view);
  }
  renderHeader(view);
  renderSearch(view);
  renderControls(view);
  renderPanel(view);
  write(line, pairSentence(view));
  renderBar(view);
  map.render(view);
  sides.render(view);
  symbols.render(view);
  put.render(view);
  renderFlows(view);
  renderSites(view);
  renderMarks(view);
  renderSession(view);
  drawing.render(view);
  renderLegend(view);
  edge.render(view);
  drawer.render(view);
  if (figures) renderFigures(view);
  if (previous) write(announcer, spoken(view));
}

/** A click on the map either puts a plant or draws a mark. */
function startPlacing(asked) {
  drawing.stop();
  put.place(asked);
}

/** What a screen reader is told after a choice: the view, and the number that the panel shows. */
function spoken(view) {
  const area = chosenArea(atlas, view.state.chosen);
  if (!area) return pairSentence(view);
  const span = spanPer(atlas, view.state, view.per, area.set);
  const words = view.compared ? setLine(view, area.set) : headline(view, sideOf(span, view.range), span.grade);
  return `${area.name}: ${words}. ${pairSentence(view)}`;
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (store.get().drawer) drawer.close();
  else if (store.get().chosen) store.set({ chosen: null });
});

store.subscribe(render);
followAddress(atlas, store);
followKeys(undo);
render(store.get(), null);
map.labels.arrange();
