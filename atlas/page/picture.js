// The map as a picture that stands by itself: what it shows, its legend, its scale, where it comes from.

import { madeIn } from "atlas/changes";
import { download } from "atlas/csv";
import { svg } from "atlas/dom";
import { inked, inkedDrawing, shapesOf } from "atlas/ink";
import { northArrow } from "atlas/imprint";
import { lacks } from "atlas/needs";
import { addressOf, editionLine, fileStem, sourceWords, sourcesOf, standing } from "atlas/origin";
import { pathData } from "atlas/outline";
import { spanPer } from "atlas/per";
import { headline, sentence } from "atlas/say";
import { chosenArea } from "atlas/sets";
import { sideOf } from "atlas/view";

const { L } = globalThis;
const WIDTH = 1200; // units; the picture has two dots for each
const DOTS = 2;
const EDGE = 28;
const COLUMN = 236; // of the legend
const TALLEST = 1000; // of the map
const [INK, SOFT, SEA] = ["#15202b", "#44566a", "#e1e8ef"];

/** Saves the map as "png" or "svg"; `tell` says how far it is. */
export function savePicture(view, map, { kind, tell }) {
  if (lacks("objectURL") || (kind === "png" && lacks("toBlob"))) return;
  tell(view.say("paper.busy"));
  save(pictureOf(view, map), `${fileStem(view)}.${kind}`, kind)
    .then((name) => tell(view.say("paper.saved", { name })))
    .catch(() => tell(view.say("paper.failed")));
}

async function save(picture, name, kind) {
  const text = new XMLSerializer().serializeToString(picture);
  if (kind === "svg") download(name, text, "image/svg+xml");
  else download(name, await dotted(text, picture), "image/png");
  return name;
}

/** The picture of a view as one SVG element. */
function pictureOf(view, map) {
  const { say, text, atlas } = view;
  const frame = map.getContainer().getBoundingClientRect();
  const scale = Math.min((WIDTH - 3 * EDGE - COLUMN) / frame.width, TALLEST / frame.height);
  const size = { width: frame.width * scale, height: frame.height * scale };
  const title = lines(`${say("atlas.title")} ${text(atlas.region.title)}`, { x: EDGE, y: EDGE + 20, size: 26, weight: 700 });
  const said = lines(sentence(view), { x: EDGE, y: title.end + 8, size: 16, width: WIDTH - 2 * EDGE });
  const top = said.end + 2;
  const column = legendOf(view, { x: EDGE + size.width + EDGE, y: top, width: WIDTH - size.width - 3 * EDGE });
  const foot = footOf(view, Math.max(top + size.height, column.end) + 26);
  const height = Math.ceil(foot.end + EDGE - 10);
  return svg("svg", {
    xmlns: "http://www.w3.org/2000/svg", width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`,
    "font-family": "system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif", lang: view.lang,
  },
  svg("title", {}, sentence(view)),
  svg("defs", {}, ...[...document.querySelectorAll("#patterns pattern")].map((each) => each.cloneNode(true)),
    svg("clipPath", { id: "frame" }, svg("rect", { width: frame.width, height: frame.height }))),
  svg("rect", { width: WIDTH, height, fill: "#fff" }),
  ...title.shapes, ...said.shapes,
  svg("g", { transform: `translate(${EDGE} ${top}) scale(${scale})` },
    svg("g", { "clip-path": "url(#frame)" }, svg("rect", { width: frame.width, height: frame.height, fill: SEA }), ...mapShapes(map, frame)),
    ...scaleBar(frame)),
  svg("rect", { x: EDGE, y: top, ...size, fill: "none", stroke: "#9aa9b8" }),
  ...column.shapes, ...foot.shapes);
}

/** All that lies on the map, pane over pane; the images of the background stay out. */
function mapShapes(map, frame) {
  const layers = new Map();
  map.eachLayer((layer) => layers.set(layer.getElement?.(), layer));
  const order = (element) => Number(getComputedStyle(element).zIndex) || 0;
  const panes = Object.entries(map.getPanes()).filter(([name]) => !["mapPane", "tilePane", "tooltipPane", "popupPane"].includes(name))
    .map(([, pane]) => pane).sort((one, other) => order(one) - order(other));
  const marks = panes.flatMap((pane) => [
    ...[...pane.querySelectorAll("path")].filter((path) => layers.has(path)).map((path) => inked(path, exact(map, layers.get(path)))),
    ...[...pane.querySelectorAll(".leaflet-marker-icon")].sort((one, other) => order(one) - order(other))
      .flatMap((icon) => shapesOf(icon, frame)),
  ]);
  return [...marks, ...shapesOf(document.getElementById("edge"), frame)];
}

/** The outline of a layer between the dots of the screen, which show when it is drawn larger. */
function exact(map, layer) {
  if (!layer?.getLatLngs) return {};
  const origin = map.getPixelOrigin();
  const put = (place) => map.layerPointToContainerPoint(map.project(place).subtract(origin));
  return { d: pathData(layer.getLatLngs(), put, { fine: 0.12, closed: layer instanceof L.Polygon }) };
}

function scaleBar(frame) {
  const bar = document.querySelector(".leaflet-control-scale-line");
  const { width, left, bottom } = bar?.getBoundingClientRect() ?? { width: 0 };
  if (!width) return [];
  const [x, y] = [left - frame.x, bottom - frame.y];
  return [svg("rect", { x: x - 4, y: y - 18, width: width + 8, height: 24, fill: "#fff", "fill-opacity": 0.85 }),
    svg("path", { d: `M${x} ${y - 5}V${y}H${x + width}V${y - 5}`, fill: "none", stroke: SOFT, "stroke-width": 2 }),
    svg("text", { x: x + 5, y: y - 5, "font-size": 12, fill: INK }, bar.textContent)];
}

/** The legend as the page has it, symbols included, and the arrow to the north. */
function legendOf(view, { x, y, width }) {
  const host = document.getElementById("legend");
  const shapes = [];
  let end = y;
  const put = (words, more = {}) => {
    const written = lines(words, { x, y: end + 14, size: 13.5, width, ...more });
    shapes.push(...written.shapes);
    end = written.end - 10;
  };
  const row = (drawing, words) => {
    const [wide, high] = ["width", "height"].map((key) => Number(drawing?.getAttribute(key) ?? 0));
    if (drawing) shapes.push(inkedDrawing(drawing, { x: x + 14 - wide / 2, y: end + 10 - high / 2, width: wide, height: high }));
    put(words, { x: x + 36, width: width - 36 });
    end += 4;
  };
  put(host.querySelector(".legend-box > summary").textContent, { weight: 700 });
  end += 6;
  for (const each of host.querySelectorAll(".legend-body tbody tr")) {
    row(each.querySelector("svg"), `${each.querySelector("th").textContent} (${each.querySelector("td").textContent})`);
  }
  const symbols = [...host.querySelectorAll(".key li")].filter((each) => each.querySelector("svg"));
  end += symbols.length ? 8 : 0;
  for (const each of symbols) row(each.querySelector("svg"), each.lastChild.textContent);
  const area = chosenArea(view.atlas, view.state.chosen);
  const span = area && spanPer(view.atlas, view.state, view.per, area.set);
  end += 8;
  if (area) put(`${area.name}: ${headline(view, sideOf(span, view.range), span.grade)}`, { weight: 700 });
  shapes.push(inkedDrawing(northArrow(view.say), { x: x + 2, y: end + 8, width: 24, height: 40 }));
  return { shapes, end: end + 48 };
}

function footOf(view, y) {
  const { say, text, atlas, state } = view;
  const story = text(atlas.maps.find((each) => each.id === state.door)?.story);
  const changes = madeIn(view).map((pair) => pair.join(": "));
  const shapes = [];
  let end = y;
  for (const words of [story, changes.length ? `${say("paper.changes")}: ${changes.join("; ")}` : "", standing(view),
    `${say("paper.sources")}: ${sourceWords(sourcesOf(view))}`,
    `${editionLine(view)} · ${say("paper.address", { address: addressOf(view) })}`]) {
    const written = lines(words, { x: EDGE, y: end, size: 12.5, width: WIDTH - 2 * EDGE, fill: SOFT });
    shapes.push(...written.shapes);
    end = written.end + 2;
  }
  return { shapes, end };
}

/** Words as lines no wider than a width; a picture breaks no lines by itself. */
function lines(words, { x, y, size, width = WIDTH, weight = 400, fill = INK }) {
  const most = Math.floor(width / (size * (weight > 400 ? 0.62 : 0.535)));
  const broken = [];
  for (const word of words.split(/\s+/).flatMap((each) => each.match(new RegExp(`.{1,${most}}`, "gu")) ?? [])) {
    if (broken.length && `${broken.at(-1)} ${word}`.length <= most) broken.push(`${broken.pop()} ${word}`);
    else broken.push(word);
  }
  return {
    shapes: broken.map((line, place) => svg("text", { x, y: y + place * size * 1.35, "font-size": size, "font-weight": weight, fill }, line)),
    end: y + broken.length * size * 1.35,
  };
}

/** The picture in dots. */
async function dotted(text, picture) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const [width, height] = ["width", "height"].map((key) => Number(picture.getAttribute(key)) * DOTS);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(image, 0, 0, width, height);
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("picture: no image was made"))), "image/png");
  });
}
