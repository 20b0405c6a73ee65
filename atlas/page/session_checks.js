// Checks of what a session file says. Each gives the value where it is right; where it is not, it
// notes where, what was found and what is expected, and gives undefined. All problems are found at once.

import { isClean } from "atlas/marks";

const SHOWN = 60; // characters of what was found that a message shows

/** Makes the checks of a file, which add what is wrong to `problems`. */
export function checksOf(problems) {
  function wrong(where, found, expected, values = {}) {
    problems.push({ where, found: shown(found), expected, values });
    return undefined;
  }

  /** An object with these fields and no others; those in `open` may be left out. */
  function object(where, found, fields, open = []) {
    if (found === null || typeof found !== "object" || Array.isArray(found)) return wrong(where, found, "object");
    const names = Object.keys(found);
    const place = (name) => (where === TOP ? name : `${where}.${name}`);
    for (const name of names) if (![...fields, ...open].includes(name)) wrong(place(name), found[name], "field");
    for (const name of fields) if (!names.includes(name)) wrong(place(name), undefined, "there");
    return Object.fromEntries([...fields, ...open].map((name) => [name, names.includes(name) ? found[name] : undefined]));
  }

  /** A list of at most so many, each read by `read`. */
  function list(where, found, most, read) {
    if (found === undefined) return []; // said already
    if (!Array.isArray(found)) return wrong(where, found, "list") ?? [];
    if (found.length > most) return wrong(where, found.length, "most", { most }) ?? [];
    return found.map((item, place) => read(`${where} ${place + 1}`, item));
  }

  /** A number from low to high; null only where it may be. */
  function number(where, found, low, high, { whole = false, open = false } = {}) {
    if (found === undefined || (open && found === null)) return found;
    const right = typeof found === "number" && found >= low && found <= high && (!whole || Number.isInteger(found));
    return right ? found : wrong(where, found, whole ? "whole" : "number", { low, high });
  }

  function text(where, found, longest, lines = false) {
    if (found === undefined) return undefined;
    if (typeof found !== "string" || found.length > longest) return wrong(where, found, "text", { longest });
    return isClean(found, lines) ? found : wrong(where, found, "clean");
  }

  /** One of some words. */
  function word(where, found, known) {
    if (found === undefined) return undefined;
    return known.includes(found) ? found : wrong(where, found, "word", { known: known.join(", ") });
  }

  /** A name of letters and digits. */
  function id(where, found, seen) {
    if (found === undefined) return undefined;
    if (typeof found !== "string" || !ID.test(found)) return wrong(where, found, "id");
    return once(where, found, seen);
  }

  /** What no other of the list has. */
  function once(where, found, seen) {
    if (found === undefined) return undefined;
    if (seen.has(found)) return wrong(where, found, "once");
    seen.add(found);
    return found;
  }

  function date(where, found) {
    if (found === undefined) return undefined;
    return typeof found === "string" && DATE.test(found) && isDay(found) ? found : wrong(where, found, "date");
  }

  return { wrong, object, list, number, text, word, id, once, date, count: () => problems.length };
}

export const TOP = "session"; // the file itself
const ID = /^[A-Za-z0-9_-]{1,20}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A problem in words: where it is, what was found, what is expected, what to do. */
export function problemWords(say, { where, found, expected, values }) {
  return `${where}: ${found ?? say("session.missing")}; ${say(`session.expected.${expected}`, values)}; ${say(`session.do.${expected}`)}`;
}

function isDay(text) {
  const [year, month, day] = text.split("-").map(Number);
  const found = new Date(Date.UTC(year, month - 1, day));
  return year >= 1900 && found.getUTCMonth() === month - 1 && found.getUTCDate() === day;
}

/** What was found, short enough for a message; null where nothing was. */
function shown(found) {
  if (found === undefined) return null;
  // Not what is in a list or object: it may be as deep as the file is long.
  const nested = found !== null && typeof found === "object";
  const text = nested ? (Array.isArray(found) ? "[ … ]" : "{ … }") : JSON.stringify(found);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
