// Undo and redo of what the reader makes: plants, changes and marks. What is shown is undone by the
// browser's own Back.

export const MADE = ["put", "changes", "marks", "title"];

const TEXTS = ["text", "by", "name"];
const SHOWN = ["chosen", "drawer", "lang", "background"]; // where the reader looks, and how

/** Follows the store; gives undo, redo, and whether there is anything to undo or redo. */
export function createUndo(store) {
  let [past, future] = [[], []];
  let moving = false;
  let writing = null; // the field that the last step wrote in
  const made = (state, keys) => Object.fromEntries(keys.map((key) => [key, state[key]]));

  store.subscribe((state, previous) => {
    if (moving || MADE.every((key) => state[key] === previous[key])) return;
    const field = writtenIn(state, previous);
    const goesOn = field !== null && field === writing;
    writing = field;
    future = [];
    // Text is undone as a whole, not letter by letter.
    if (goesOn) return;
    // What changed in the same step, as when a session is opened, goes back with it.
    past.push(made(previous, Object.keys(state).filter((key) =>
      MADE.includes(key) || (state[key] !== previous[key] && !SHOWN.includes(key)))));
  });

  function step(from, to) {
    if (!from.length) return;
    moving = true;
    writing = null;
    const wanted = from.pop();
    to.push(made(store.get(), Object.keys(wanted)));
    const { chosen } = store.get();
    // What is chosen may be gone with the step.
    const there = [...wanted.put.map(({ id }) => `plant:${id}`), ...wanted.marks.map(({ id }) => `mark:${id}`)];
    const gone = /^(plant|mark):/.test(chosen ?? "") && !there.includes(chosen);
    store.set({ ...wanted, ...(gone ? { chosen: null } : {}) });
    moving = false;
  }

  return {
    undo: () => step(past, future),
    redo: () => step(future, past),
    can: () => ({ undo: past.length > 0, redo: future.length > 0 }),
  };
}

/** The field of text in which alone two states differ, or null. */
function writtenIn(state, previous) {
  const keys = MADE.filter((key) => state[key] !== previous[key]);
  if (keys.length !== 1) return null;
  const [[now, before], [key]] = [[state[keys[0]], previous[keys[0]]], keys];
  if (key === "title") return key;
  if (now.length !== before.length) return null;
  const places = now.map((_, place) => place).filter((place) => now[place] !== before[place]);
  if (places.length !== 1) return null;
  const [one, other] = [now[places[0]], before[places[0]]];
  const fields = [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((field) => JSON.stringify(one[field]) !== JSON.stringify(other[field]));
  return fields.length === 1 && one.id === other.id && TEXTS.includes(fields[0]) ? `${key} ${one.id} ${fields[0]}` : null;
}

/** Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y), outside of fields that have an undo of their own. */
export function followKeys({ undo, redo }) {
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.closest?.("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    if (key === "z") (event.shiftKey ? redo : undo)();
    else if (key === "y") redo();
    else return;
    event.preventDefault();
  });
}
