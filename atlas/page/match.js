// Names that match what was typed: case, accents, hyphens, spaces and the order of words are alike.

/** Text without what makes no difference in a search: words in small plain letters, single spaces. */
export function folded(text) {
  return String(text ?? "").normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replace(/['’‘`.]/g, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/** Entries that match folded words, best first; each has names and others (folded) and an order. */
export function matches(entries, words) {
  return entries.map((entry) => ({ entry, rank: rankOf(entry, words) }))
    .filter(({ rank }) => rank !== null)
    .sort((one, other) => one.rank - other.rank || one.entry.order - other.entry.order)
    .map(({ entry }) => entry);
}

/** How well an entry matches: its whole name, its beginning, beginnings of its words, those with
    what else is known of it, or any part; null where it does not. */
function rankOf({ names, others }, words) {
  const tight = words.replaceAll(" ", "");
  const closed = names.map((name) => name.replaceAll(" ", ""));
  if (closed.includes(tight)) return 0;
  if (closed.some((name) => name.startsWith(tight))) return 1;
  const typed = words.split(" ");
  const begins = (text) => {
    const known = text.split(" ");
    return typed.every((word) => known.some((each) => each.startsWith(word)));
  };
  if (names.some(begins)) return 2;
  const all = [...names, others].join(" ");
  if (begins(all)) return 3;
  if (tight.length > 2 && closed.some((name) => name.includes(tight))) return 4;
  // A postcode is also typed without its space.
  return tight.length > 3 && others.replaceAll(" ", "").includes(tight) ? 5 : null;
}
