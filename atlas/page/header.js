// The head of the page: name, doors, share, print, language.

import { h, write } from "atlas/dom";
import { lacks } from "atlas/needs";
import { throughDoor } from "atlas/state";
import { LANGUAGES } from "atlas/words";

/** Makes the header once; `render` brings it up to date. */
export function createHeader(atlas, store, keep) {
  const title = h("h1");
  const doors = atlas.maps.map((map) => [map, h("button", {
    type: "button", class: "door", onclick: () => store.set(throughDoor(atlas, map.id)),
  })]);
  const nav = h("nav", { class: "doors" }, ...doors.map(([, button]) => button));
  let view = null;
  const shared = h("span", { role: "status", class: "shared" });
  const share = h("button", { type: "button", onclick: () => copy(shared, view) });
  const languages = LANGUAGES.map((lang) => [lang, h("button", {
    type: "button", lang, onclick: () => store.set({ lang }),
  }, lang.toUpperCase())]);
  const language = h("span", { class: "languages", role: "group" },
    ...languages.map(([, button]) => button));
  document.getElementById("header").append(title, nav,
    h("div", { class: "tools" }, shared, share, keep.host, language));

  return (next) => {
    view = next;
    const { say, text, state } = view;
    write(title, `${say("atlas.title")} ${text(atlas.region.title)}`);
    document.title = title.textContent;
    nav.setAttribute("aria-label", say("doors.label"));
    language.setAttribute("aria-label", say("language.label"));
    for (const [map, button] of doors) {
      write(button, text(map.title));
      button.setAttribute("aria-current", state.door === map.id ? "page" : "false");
    }
    write(share, say("share"));
    keep.render(view);
    for (const [lang, button] of languages) {
      button.setAttribute("aria-pressed", String(lang === state.lang));
    }
  };
}

/** Copies the address; where the browser forbids it, the address bar holds it anyway. */
async function copy(status, { say, state }) {
  if (lacks("clipboard")) return;
  try {
    await navigator.clipboard.writeText(location.href);
    status.textContent = say(state.marks.length ? "shared.marks" : "shared");
  } catch {
    status.textContent = say("shared.not");
  }
  setTimeout(() => { status.textContent = ""; }, 4000);
}
