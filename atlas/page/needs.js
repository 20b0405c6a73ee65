// What saving and printing ask of a browser; where it is missing the reader is told what, by name.

import { h } from "atlas/dom";

const FEATURES = {
  clipboard: () => Boolean(globalThis.navigator?.clipboard?.writeText),
  toBlob: () => typeof HTMLCanvasElement === "function" && typeof HTMLCanvasElement.prototype.toBlob === "function",
  objectURL: () => typeof Blob === "function" && typeof URL.createObjectURL === "function",
  print: () => typeof globalThis.print === "function",
};
const LONG = 10_000; // ms that a notice stays
let say = null;
let waiting = null;

/** Tells `needs` in which language it speaks. */
export function speakOfNeeds(view) {
  say = view.say;
}

/** Whether the browser lacks a feature; if so the reader is told which and what to do instead. */
export function lacks(feature) {
  if (FEATURES[feature]()) return false;
  notice(say("needs.missing", { feature: say(`feature.${feature}`), instead: say(`instead.${feature}`) }));
  return true;
}

/** Shows a message in sight of everybody; it goes by itself. */
export function notice(text) {
  const host = document.getElementById("notice");
  clearTimeout(waiting);
  host.replaceChildren(h("span", {}, text));
  waiting = setTimeout(() => host.replaceChildren(), LONG);
}
