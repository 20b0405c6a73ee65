// The session: what a group proposes, in a folded part of the choices. It is kept in a file of its
// own; nothing of it leaves the page by itself.

import { download } from "atlas/csv";
import { h, write } from "atlas/dom";
import { createField } from "atlas/field";
import { date } from "atlas/format";
import { KINDS, LISTS, LONGEST, proposalsIn } from "atlas/marks";
import { zoneOf } from "atlas/plan_text";
import { problemWords } from "atlas/session_checks";
import { LARGEST, readSession, sessionText } from "atlas/session_file";
import { createSessionList } from "atlas/session_list";

const SHOWN = 30; // problems of a file that are listed

/** Makes the part of the session; `render` brings it up to date. */
export function createSession(atlas, store, drawing) {
  const summary = h("summary");
  const label = h("label", { for: "session-title" });
  const title = createField(h("input", { id: "session-title", type: "text", autocomplete: "off" }), {
    longest: LONGEST.title, keep: (text) => store.set({ title: text }),
  });
  const draws = KINDS.map((kind) => [kind, h("button", { type: "button", onclick: (event) => drawing.start(kind, event.currentTarget) })]);
  const list = createSessionList(atlas, store);
  const empty = h("p", { class: "hint" });
  const save = h("button", { type: "button", onclick: keep });
  const open = h("button", { type: "button", onclick: () => file.click() });
  const file = h("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: async () => {
    const [chosen] = file.files;
    if (chosen) await take(chosen);
    file.value = ""; // the same file can be opened again
  } });
  const told = h("div", { class: "told", role: "status" });
  const box = h("details", { class: "session" }, summary, h("div", { class: "field" }, label, title.box),
    h("div", { class: "draws" }, ...draws.map(([, button]) => button)), empty, list.box,
    h("div", { class: "actions" }, save, open, file), told);
  document.getElementById("controls").append(box);
  let [view, message] = [null, null];
  let kept = made(store.get()); // as it is in a file, or as the page was opened

  function keep() {
    const state = store.get();
    const today = localDate(new Date());
    download(fileName(atlas, state.title), sessionText(atlas, state, today), "application/json");
    kept = made(state);
    tell(({ say }) => [h("p", {}, say("session.saved", { name: fileName(atlas, state.title) }))]);
    render(view);
  }

  /** Reads a file; nothing changes unless all of it is right, and then in one step. */
  async function take(chosen) {
    box.open = true;
    const text = chosen.size > LARGEST ? null : decoded(await chosen.arrayBuffer());
    const { session, problems, gone, other } = text === null
      ? { session: null, problems: [fileProblem(chosen)] } : readSession(atlas, text, (point) => zoneOf(atlas, point));
    if (!session) {
      tell((now) => refusal(now, chosen.name, problems), true);
      return;
    }
    drawing.stop(null);
    store.set({ ...session, chosen: null });
    kept = made(store.get());
    tell((now) => opening(now, { name: chosen.name, session, gone, other }));
    render(view);
  }

  function tell(words, alarm = false) {
    message = words;
    told.classList.toggle("wrong", alarm);
    told.replaceChildren(...message(view));
    told.scrollIntoView({ block: "nearest" });
  }

  function render(next) {
    const { say, state, lang } = next;
    const spoken = lang !== view?.lang;
    view = next;
    const count = proposalsIn(state).length;
    const unsaved = isUnsaved(state, kept);
    write(summary, [say("session"), count && say(count === 1 ? "session.count.one" : "session.count", { n: count }),
      unsaved && say("session.unsaved")].filter(Boolean).join(" · "));
    write(label, say("session.title"));
    title.render(state.title);
    for (const [kind, button] of draws) write(button, say(`mark.${kind}`));
    write(empty, say("session.empty"));
    empty.hidden = count > 0;
    list.render(view);
    write(save, say("session.save"));
    write(open, say("session.open"));
    if (spoken && message) told.replaceChildren(...message(view));
  }

  // A file may also be dropped anywhere on the page.
  const holds = (event) => [...event.dataTransfer?.types ?? []].includes("Files");
  addEventListener("dragover", (event) => { if (holds(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    const [dropped] = event.dataTransfer.files;
    if (dropped) take(dropped);
  });
  addEventListener("beforeunload", (event) => {
    if (isUnsaved(store.get(), kept)) event.preventDefault();
  });
  return render;
}

/** Whether a reader who leaves now would lose something that was made. */
function isUnsaved(state, kept) {
  return proposalsIn(state).length > 0 && made(state) !== kept;
}

/** All that was made, as one text. */
export function made(state) {
  return JSON.stringify([...LISTS, "title"].map((key) => state[key]));
}

/** The name of a session's file: its title in plain letters, or what it is. */
export function fileName(atlas, title) {
  const plain = title.normalize("NFKD").replace(/[^\w\s-]/g, "").trim().toLowerCase().replace(/[\s_]+/g, "-").slice(0, 60);
  return `${plain || `sessie-${atlas.region.id}`}.json`;
}

/** The reader's own day, as 2026-01-31. */
function localDate(now) {
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function fileProblem({ name, size }) {
  return size > LARGEST ? { where: name, found: `${(size / 1e6).toFixed(1)} MB`, expected: "small", values: { most: LARGEST / 1e6 } }
    : { where: name, found: "…", expected: "json", values: {} };
}

function refusal({ say }, name, problems) {
  const rest = problems.length - SHOWN;
  return [h("p", {}, h("strong", {}, say("session.refused", { name }))),
    h("ul", {}, ...problems.slice(0, SHOWN).map((problem) => h("li", {}, problemWords(say, problem))),
      rest > 0 ? h("li", {}, say("session.more", { n: rest })) : null)];
}

function opening({ say, atlas, lang }, { name, session, gone, other }) {
  const count = proposalsIn(session).length;
  return [h("p", {}, say("session.opened", { name, n: count })),
    other && h("p", { class: "pair" }, say(other.older ? "session.older" : "session.newer",
      { date: date(other.date, lang), edition: other.edition, own: atlas.edition.hash })),
    gone.length ? h("p", { class: "pair" }, say("session.gone", { list: gone.join(", ") })) : null].filter(Boolean);
}
