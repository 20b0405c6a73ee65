// The words that go along with the pointer, or stand beside what has the focus. They lie above
// legend and arrows, where the map's own tooltips cannot come.

import { h } from "atlas/dom";

const AWAY = 14;

/** Makes the tip; `follow` gives an element words that are made when they are needed. */
export function createTip() {
  const canvas = document.getElementById("canvas");
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  canvas.append(tip);
  const hide = () => { tip.hidden = true; };

  function show(content, x, y) {
    tip.replaceChildren(content);
    tip.hidden = false;
    const frame = canvas.getBoundingClientRect();
    const { width, height } = tip.getBoundingClientRect();
    const left = x - frame.x + AWAY + width > frame.width ? x - frame.x - AWAY - width : x - frame.x + AWAY;
    const top = Math.min(y - frame.y + AWAY, frame.height - height - 4);
    tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  function follow(element, words) {
    element.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") show(words(), event.clientX, event.clientY);
    });
    element.addEventListener("pointerleave", hide);
    element.addEventListener("focus", () => {
      if (!element.matches(":focus-visible")) return;
      const { right, y, height } = element.getBoundingClientRect();
      show(words(), right - AWAY, y + height / 2);
    });
    element.addEventListener("blur", hide);
  }

  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  return follow;
}
