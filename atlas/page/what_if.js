// What if: plants that the reader puts, changes or closes. Everything is pure; the state holds
// them in `put` and `changes`, and each step from one to the next can be undone.

/** The plants of the programme: those of the document as they are changed, and those that are put. */
export function plantsIn(atlas, { put = [], changes = [] }) {
  const changed = new Map(changes.map((change) => [change.facility, change]));
  const known = atlas.access.plants.map((plant, row) => plant && {
    ...plant, ...changeOf(changed.get(atlas.facilities[row].id)), row, id: atlas.facilities[row].id,
  });
  return [...known.filter(Boolean), ...put.map((plant) => putIn(atlas, plant)).filter(Boolean)];
}

/** The kind of a plant: what it takes, of which streams, and how large such plants are elsewhere. */
export function kindOf(atlas, stream, step) {
  return atlas.access?.kinds.find((kind) => kind.stream === stream && kind.step === step) ?? null;
}

/** The kinds of plants that a stream can be taken to, in the order of its chain. */
export function kindsOf(atlas, stream) {
  return (atlas.access?.kinds ?? []).filter((kind) => kind.stream === stream);
}

/** An id that no plant, change or mark has yet. */
export function freeId(prefix, items) {
  const taken = new Set(items.map((item) => item.id));
  let number = items.length + 1;
  while (taken.has(`${prefix}${number}`)) number += 1;
  return `${prefix}${number}`;
}

/** A plant of a size as they are built elsewhere; the size and the year can be changed afterwards. */
export function newPlant(atlas, { put = [] }, { stream, step, point, zone, name = "" }) {
  const sizes = kindOf(atlas, stream, step)?.sizes ?? [];
  return {
    id: freeId("P", put), stream, step, name, point, zone,
    capacity: sizes[Math.floor((sizes.length - 1) / 2)] ?? 10000,
    from: atlas.years.find((year) => year >= OPENS) ?? atlas.years[0],
  };
}

/** The changes with another of the same facility put in the place of an earlier one; null takes it out. */
export function withChange(changes, facility, patch) {
  const known = changes.find((change) => change.facility === facility);
  const others = changes.filter((change) => change.facility !== facility);
  if (patch === null) return others;
  return [...others, { id: known?.id ?? freeId("C", changes), facility, ...NO_CHANGE, ...known, ...patch }];
}

const OPENS = 2030; // what is decided now is hardly open sooner
const NO_CHANGE = { capacity: null, from: null, to: null };

/** What a change does to a plant: one that is given a capacity or a first year works. */
function changeOf(change) {
  if (!change) return {};
  const { capacity, from, to } = change;
  return {
    ...(capacity !== null || from !== null ? { status: "operating" } : {}),
    ...(capacity !== null ? { capacity, hoped: null } : {}),
    ...(from !== null ? { first: from } : {}),
    ...(to !== null ? { last: to } : {}),
  };
}

/** A new plant as the programme knows plants; it counts as one of the region's own country. */
function putIn(atlas, { id, stream, step, capacity, from, point, zone }) {
  const kind = kindOf(atlas, stream, step);
  return kind && {
    id, at: point, takes: kind.takes, of: [kind.takes[0][0], kind.fraction], home: true,
    inside: zone !== null, share: 1, status: "operating", first: from, last: null, capacity,
    hoped: null, site: null, median: null, row: null,
  };
}
