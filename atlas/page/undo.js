// Undo and redo of what the reader makes: plants, changes and marks. What is shown is undone by the
// browser's own Back.

export const MADE = ["put", "changes", "marks", "title"];

const SHOWN = ["chosen", "drawer", "lang", "background"]; // where the reader looks, and how

/** Follows the store; gives undo, redo, and whether there is anything to undo or redo. */
export function createUndo(store) {
  let [past, future] = [[], []];
  let moving = false;
  const made = (state, keys) => Object.fromEntries(keys.map((key) => [key, state[key]]));

  store.subscribe((state, previous) => {
    if (moving || MADE.every((key) => state[key] === previous[key])) return;
    // What changed in the same step, as when a session is opened, goes back with it.
    past.push(made(previous, Object.keys(state).filter((key) =>
      MADE.includes(key) || (state[key] !== previous[key] && !SHOWN.includes(key)))));
    future = [];
  });

  function step(from, to) {
    if (!from.length) return;
    moving = true;
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
