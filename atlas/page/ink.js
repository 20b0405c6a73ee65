// What stands on the screen as shapes of a picture: paths, symbols and words, where and as they are drawn.

import { svg } from "atlas/dom";

const INK = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap",
  "stroke-linejoin", "opacity", "paint-order", "font-size", "font-weight", "text-anchor"];
const LEFT_OUT = ["class", "style", "id", "role", "tabindex", "aria-label", "aria-hidden", "pointer-events"];
const DRAWN = ["path", "polygon", "polyline", "circle", "ellipse", "line", "rect", "text", "g"];

/** A shape of the page with its ink written out, as a picture has no style sheet. */
export function inked(shape, more = {}) {
  const ink = getComputedStyle(shape);
  const own = Object.fromEntries([...shape.attributes]
    .filter(({ name }) => !LEFT_OUT.includes(name) && !name.startsWith("on")).map(({ name, value }) => [name, value]));
  const written = Object.fromEntries(INK.map((name) => [name, pointed(ink.getPropertyValue(name))])
    .filter(([, value]) => value !== ""));
  const parts = [...shape.children].filter((child) => DRAWN.includes(child.tagName)).map((child) => inked(child));
  const text = shape.tagName === "text" && !parts.length ? [shape.textContent] : parts;
  return svg(shape.tagName, { ...own, ...written, ...more }, ...text);
}

/** A drawing of the page as a part of a picture, at a place and in a size. */
export function inkedDrawing(drawing, { x, y, width, height }) {
  const viewBox = drawing.getAttribute("viewBox") ?? `0 0 ${drawing.getAttribute("width")} ${drawing.getAttribute("height")}`;
  return svg("svg", { x, y, width, height, viewBox, overflow: "visible" },
    ...[...drawing.children].filter((child) => DRAWN.includes(child.tagName)).map((child) => inked(child)));
}

/** The shapes of an element of the page: its box, the drawings in it and its words; `origin` is 0, 0. */
export function shapesOf(element, origin) {
  const style = getComputedStyle(element);
  if (element.hidden || style.display === "none" || style.visibility === "hidden") return [];
  const box = element.getBoundingClientRect();
  const at = { x: box.x - origin.x, y: box.y - origin.y, width: box.width, height: box.height };
  if (element.tagName.toLowerCase() === "svg") return [inkedDrawing(element, at)];
  const shapes = boxOf(style, at);
  for (const node of element.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) shapes.push(...wordsOf(node, style, origin, turnOf(element)));
    else if (node.nodeType === Node.ELEMENT_NODE) shapes.push(...shapesOf(node, origin));
  }
  return shapes;
}

function boxOf(style, { x, y, width, height }) {
  const wide = parseFloat(style.borderTopWidth) || 0;
  const filled = !/^(transparent|rgba\(.*, 0\))$/.test(style.backgroundColor);
  if (!width || !height || (!wide && !filled)) return [];
  return [svg("rect", {
    x: x + wide / 2, y: y + wide / 2, width: width - wide, height: height - wide,
    rx: Math.min(parseFloat(style.borderTopLeftRadius) || 0, height / 2),
    fill: filled ? style.backgroundColor : "none",
    stroke: wide ? style.borderTopColor : "none", "stroke-width": wide,
    "stroke-dasharray": style.borderTopStyle === "dashed" ? "3 2" : null,
  })];
}

/** The lines of a text as it is broken on the screen. */
function wordsOf(node, style, origin, turn) {
  const lines = [];
  const range = document.createRange();
  for (const word of node.data.matchAll(/\S+/g)) {
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    const last = lines.at(-1);
    if (last && Math.abs(last.box.y - box.y) < 2) last.words.push(word[0]);
    else lines.push({ words: [word[0]], box });
  }
  const { parentElement: host } = node;
  // What the screen cuts off with dots is cut off here too.
  const cut = style.textOverflow === "ellipsis" && host.scrollWidth > host.clientWidth ? host.clientWidth / host.scrollWidth : 1;
  const size = parseFloat(style.fontSize);
  const halo = style.textShadow !== "none";
  return lines.map(({ words, box }) => {
    const [x, y] = [box.x - origin.x, box.y - origin.y];
    const [midX, midY] = [x + box.width / 2, y + box.height / 2];
    return svg("text", {
      x: turn === null ? x : midX, y: midY + size * 0.35, "font-size": size, "font-weight": style.fontWeight, fill: style.color,
      "text-anchor": turn === null ? null : "middle",
      transform: turn === null ? null : `rotate(${((turn * 180) / Math.PI).toFixed(1)} ${midX.toFixed(1)} ${midY.toFixed(1)})`,
      // The light edge that keeps names apart from what lies under them.
      ...(halo ? { stroke: "#fff", "stroke-width": 3.2, "stroke-linejoin": "round", "paint-order": "stroke" } : {}),
    }, cut < 1 ? `${words.join(" ").slice(0, Math.floor(words.join(" ").length * cut) - 1)}…` : words.join(" "));
  });
}

/** By how much an element is turned, in radians; null where it is not. */
function turnOf(element) {
  const found = element.style.transform.match(/^rotate\((-?[\d.]+)rad\)$/);
  return found ? Number(found[1]) : null;
}

/** A reference to a pattern of the page, without the page. */
function pointed(value) {
  return value.replace(/url\(["']?[^"')]*(#[^"')]+)["']?\)/, "url($1)");
}
