// Puts the page together: document and address in, parts out, one round per choice.

import { followAddress, fromHash } from "atlas/address";
import { createControls } from "atlas/controls";
import { write } from "atlas/dom";
import { createDrawer } from "atlas/drawer";
import { createDrawing } from "atlas/drawing";
import { createEdge } from "atlas/edge";
import { renderFigures } from "atlas/figures";
import { createFlows } from "atlas/flows";
import { createHeader } from "atlas/header";
import { createImprint } from "atlas/imprint";
import { createLegend } from "atlas/legend";
import { createMap } from "atlas/map";
import { createMarks } from "atlas/mark_layer";
import { createPanel } from "atlas/panel";
import { headline, sentence } from "atlas/say";
import { createSession } from "atlas/session";
import { createSites } from "atlas/siting";
import { createStore } from "atlas/state";
import { createSymbols } from "atlas/symbols";
import { createTip } from "atlas/tip";
import { createUndo, followKeys } from "atlas/undo";
import { prepare, viewOf } from "atlas/view";
import { fillWords } from "atlas/words";

const atlas = prepare(JSON.parse(document.getElementById("atlas-document").textContent));
const store = createStore(fromHash(atlas, location.hash));

const renderHeader = createHeader(atlas, store);
const renderControls = createControls(atlas, store);
const renderPanel = createPanel(atlas, store);
const renderLegend = createLegend();
const follow = createTip();
const map = createMap(atlas, store, follow);
const symbols = createSymbols(atlas, store, { map: map.map, follow });
const renderSites = createSites(atlas, store, { map: map.map, follow });
const renderMarks = createMarks(store, { map: map.map, follow });
const drawing = createDrawing(atlas, store, map);
const renderSession = createSession(atlas, store, drawing);
const renderFlows = createFlows(atlas, map.map);
const edge = createEdge(atlas, map.map, store);
const drawer = createDrawer(atlas, store);
const renderImprint = createImprint(atlas, map.fit);
const line = document.getElementById("sentence");
const announcer = document.getElementById("announcer");

function render(state, previous) {
  const view = viewOf(atlas, state);
  const figures = state.door === "figures";
  document.body.classList.toggle("reading", figures);
  document.getElementById("figures").hidden = !figures;
  if (state.lang !== previous?.lang) {
    fillWords(view.say, state.lang);
    renderImprint(view);
  }
  renderHeader(view);
  renderControls(view);
  renderPanel(view);
  write(line, sentence(view));
  map.render(view);
  symbols.render(view);
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

/** What a screen reader is told after a choice: the view, and the number that the panel shows. */
function spoken(view) {
  const [kind, id] = (view.state.chosen ?? "").split(/:(.*)/s);
  if (kind !== "zone") return sentence(view);
  const index = atlas.zoneIndex.get(id);
  return `${atlas.zones[index].name}: ${headline(view, view.values[index], view.spans[index].grade)}. ${sentence(view)}`;
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (store.get().drawer) drawer.close();
  else if (store.get().chosen) store.set({ chosen: null });
});

store.subscribe(render);
followKeys(createUndo(store));
followAddress(atlas, store);
render(store.get(), null);
map.labels.arrange();
