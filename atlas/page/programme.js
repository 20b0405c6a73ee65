// The capacity programme of one year: all streams that share plants together, step by step down the
// chain of each. Nodes of a stream that reach the same plants at every step are one group.

import { serve } from "atlas/serve";

const STEPS = ["sorting", "dismantling", "recycling", "refining"];
const TOLERANCE = 1e-9; // tonnes, relative above one

/**
 * Puts nodes into groups. A node is { stream, ours, plants }, `plants` giving for each step of its
 * stream the places of the plants within reach that take it there. Groups have `members`.
 */
export function groupsOf(nodes) {
  const found = new Map();
  nodes.forEach((node, place) => {
    const key = `${node.stream} ${node.ours} ${STEPS.map((step) => node.plants[step] ?? "")
      .join(" ")}`;
    const group = found.get(key) ?? found.set(key, { ...node, members: [] }).get(key);
    group.members.push(place);
  });
  return [...found.values()];
}

/**
 * What passes each step, as a part of what is collected of each group: step → [part]; null where the
 * step is not one of its chain. What passes never grows down the chain.
 */
export function passing(groups, collected, capacity, oursFirst) {
  const before = [...collected];
  const parts = {};
  for (const step of STEPS) {
    const members = groups.map((_, each) => each).filter((each) => groups[each].plants[step]);
    const served = serve(members.map((each) => ({
      collected: collected[each], arrives: before[each], plants: groups[each].plants[step],
      rank: oursFirst && !groups[each].ours ? 1 : 0,
    })), capacity);
    members.forEach((each, place) => { before[each] = served[place]; });
    parts[step] = groups.map(({ plants }, each) =>
      (plants[step] ? (collected[each] > 0 ? before[each] / collected[each] : 0) : null));
  }
  return parts;
}

/**
 * Why something is left over after each step: the reason of the last step that something is lost
 * at. `exists` and `reached` tell of a group and step whether any plant takes its stream that year,
 * and whether one within reach does.
 */
export function reasons(groups, collected, parts, { exists, reached }) {
  const last = groups.map(() => null);
  const before = [...collected];
  const why = {};
  for (const step of STEPS) {
    groups.forEach((group, each) => {
      if (!group.plants[step]) return;
      const after = collected[each] * parts[step][each];
      if (before[each] - after > TOLERANCE * Math.max(1, collected[each])) {
        last[each] = !exists(group, step) ? "absence" : !reached(group, step) ? "reach" : "capacity";
      }
      before[each] = after;
    });
    why[step] = [...last];
  }
  return why;
}
