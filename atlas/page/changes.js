// What the reader changed or noted in a view, as text for paper: an empty or absent list is nothing.

const LISTS = ["plants", "changes", "marks"];
const SAID = ["text", "note", "title", "name"];

/** The changes and notes of a state as pairs of kind and words. */
export function changesOf({ state, say, name }) {
  return LISTS.flatMap((list) => (Array.isArray(state[list]) ? state[list] : [])
    .map((each) => [say(`paper.change.${list}`), wordsOf(each, name)]))
    .filter(([, words]) => words !== "");
}

/** The same state without what the reader changed; null where nothing was. */
export function unchanged(state) {
  const held = ["plants", "changes"].filter((list) => Array.isArray(state[list]) && state[list].length);
  return held.length ? { ...state, ...Object.fromEntries(held.map((list) => [list, []])) } : null;
}

/** A change as text: what it says itself, else all that it holds. */
function wordsOf(change, name) {
  if (change === null || change === undefined) return "";
  if (typeof change !== "object") return String(change);
  const said = SAID.map((key) => change[key]).filter((text) => typeof text === "string" && text !== "");
  const rest = Object.entries(change).filter(([key, value]) => !SAID.includes(key) && value !== null && value !== "")
    .map(([key, value]) => `${key}: ${Array.isArray(value) ? value.map((each) => name(key, each)).join(", ")
      : typeof value === "object" ? JSON.stringify(value) : name(key, value)}`);
  return [...said, ...rest].join(" · ");
}
