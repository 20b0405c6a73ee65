// What is proposed in a session: notes, sites and areas on the map, and the plants that are put and
// changed; each with who proposed it and what others say of it. Everything is pure.

import { freeId } from "atlas/what_if";

export const KINDS = ["note", "site", "area"];
export const VOTES = ["for", "against", "unsure"];
export const LISTS = ["put", "changes", "marks"]; // keys of the state that hold proposals
export const LONGEST = { text: 500, by: 80, title: 120, name: 80 }; // characters
export const LIMIT = { votes: 100000, corners: 1000, items: 500 };

/** A mark of a kind at corners: one for a note or site, three or more for an area. */
export function newMark(marks, kind, points) {
  return { id: freeId("M", marks), kind, text: "", by: "", points, votes: noVotes() };
}

/** Votes of nobody yet. */
function noVotes() {
  return { for: 0, against: 0, unsure: 0 };
}

/** Who proposed an item and what others say of it, also where nothing was said yet. */
export function supportOf({ by, votes }) {
  return { by: by ?? "", votes: { ...noVotes(), ...votes } };
}

/** The patch that changes one item of a list of the state. */
export function changed(state, list, id, patch) {
  return { [list]: state[list].map((item) => (item.id === id ? { ...item, ...patch } : item)) };
}

/** The patch that counts one vote more, or one less but never below nothing. */
export function voted(state, list, id, vote, step) {
  const { votes } = supportOf(state[list].find((item) => item.id === id));
  const count = Math.min(LIMIT.votes, Math.max(0, votes[vote] + step));
  return changed(state, list, id, { votes: { ...votes, [vote]: count } });
}

/** The patch that takes an item out of its list; what was chosen is no longer. */
export function without(state, list, id) {
  const gone = state.chosen === chosenOf(list, state[list].find((item) => item.id === id));
  return { [list]: state[list].filter((item) => item.id !== id), ...(gone ? { chosen: null } : {}) };
}

/** What is chosen when an item is: the state's `chosen`. */
export function chosenOf(list, item) {
  if (list === "marks") return `mark:${item.id}`;
  return list === "put" ? `plant:${item.id}` : `facility:${item.facility}`;
}

/** Everything that is proposed, in the order of the lists: { list, item }. */
export function proposalsIn(state) {
  return LISTS.flatMap((list) => state[list].map((item) => ({ list, item })));
}

/** The items with who proposed them and their votes as they were last known; an address holds neither. */
export function withSupport(items, known) {
  return items.map((item) => {
    const { by, votes } = known.get(sameAs(item)) ?? {};
    return { ...item, ...(by === undefined ? {} : { by }), ...(votes === undefined ? {} : { votes }) };
  });
}

/** The key by which an item is known again: its number alone can be given out twice. */
export function sameAs({ id, stream, step, facility, point }) {
  return JSON.stringify([id, facility ?? [stream, step, point]]);
}

/** Text as it is kept: without what no reader can see, and not longer than may be. */
export function clean(text, longest, lines = false) {
  const whole = text.replace(/\r\n?/g, "\n");
  const seen = whole.replace(lines ? UNSEEN_IN_LINES : UNSEEN, " ").replace(HALF, "");
  return seen.slice(0, longest).replace(HALF, "").trim();
}

/** Whether text can stand in a file as it is: no control characters and no half characters. */
export function isClean(text, lines = false) {
  return !new RegExp(lines ? UNSEEN_IN_LINES : UNSEEN, "").test(text) && !/\p{Surrogate}/u.test(text);
}

// Control characters mean nothing on a map or in a file; a note may have lines.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f]/g;
const UNSEEN_IN_LINES = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;
const HALF = /\p{Surrogate}/gu; // half of a character, as where a text is cut
