// Who is served when plants cannot take everything: proportional access. Zones that can reach the
// same plants are served in the same proportion, whatever the distance. The same algorithm as that
// of the tables; a test holds the two together.

const SLACK = 1e-12; // relative: what a flow may miss by rounding

/**
 * Tonnes served of each node: the leximin of served ÷ collected under capacities and reach.
 *
 * `nodes` are { collected, arrives, plants, rank }: tonnes, what of them comes here at all, the
 * places of the plants within reach, and who goes first (lower before higher). `capacity` has the
 * tonnes of each plant, Infinity for no limit. The answer has the largest total that any flow
 * reaches, and is the same when a node is split in two.
 */
export function serve(nodes, capacity) {
  const served = nodes.map(() => 0);
  const kinds = new Map();
  nodes.forEach(({ collected, arrives, plants, rank = 0 }, place) => {
    const some = Math.min(collected, arrives);
    if (plants.some((plant) => capacity[plant] === Infinity)) served[place] = some;
    else if (some > 0) {
      const own = plants.filter((plant) => capacity[plant] > 0);
      if (!own.length) return;
      // Parts that differ by rounding alone are one group.
      const key = `${own} ${(some / collected).toFixed(13)} ${rank}`;
      const kind = kinds.get(key) ?? kinds.set(key, { demand: 0, given: 0, plants: own, rank, members: [] }).get(key);
      kind.demand += collected;
      kind.given += some;
      kind.members.push(place);
    }
  });
  for (const part of apart([...kinds.values()])) {
    fill(part, capacity).forEach((ratio, each) => {
      for (const place of part[each].members) {
        const { collected, arrives } = nodes[place];
        served[place] = Math.min(collected * ratio, arrives);
      }
    });
  }
  return served;
}

/** Groups that share no plant with others are solved by themselves. */
function apart(groups) {
  const parts = [];
  for (const group of groups) {
    const own = new Set(group.plants);
    const touching = parts.filter(({ plants }) => group.plants.some((plant) => plants.has(plant)));
    const merged = { plants: own, groups: [] };
    for (const part of touching) {
      part.plants.forEach((plant) => own.add(plant));
      merged.groups.push(...part.groups);
      parts.splice(parts.indexOf(part), 1);
    }
    merged.groups.push(group);
    parts.push(merged);
  }
  return parts.map((part) => part.groups);
}

/** Ratio of each group: all rise together until some set is full or has no more to give. */
function fill(groups, capacity) {
  const total = groups.reduce((sum, { demand }) => sum + demand, 0);
  const places = [...new Set(groups.flatMap(({ plants }) => plants))];
  const at = new Map(places.map((plant, place) => [plant, place]));
  // More than everything is as good as everything, and keeps the sizes comparable.
  const limits = places.map((plant) => Math.min(capacity[plant], total));
  const reach = groups.map(({ plants }) => plants.map((plant) => at.get(plant)));
  const part = groups.map(({ given, demand }) => given / demand);
  const ratio = groups.map(() => 0);
  for (const rank of [...new Set(groups.map((group) => group.rank))].sort((one, other) => one - other)) {
    let rising = groups.map((group) => group.rank === rank);
    while (rising.includes(true)) {
      const start = Math.min(...part.filter((_, each) => rising[each]));
      const wanted = groups.map(({ demand }, each) => (rising[each] ? demand : 0));
      const pinned = groups.map(({ demand }, each) => (rising[each] ? 0 : demand * ratio[each]));
      const { theta, tight } = tightest(wanted, pinned, reach, limits, start);
      rising = rising.map((up, each) => {
        if (!up) return false;
        ratio[each] = theta;
        return tight ? !tight[each] : part[each] > theta;
      });
    }
  }
  return ratio;
}

/** The largest ratio, at most `start`, that all can have, and the set that stops it. */
function tightest(demand, pinned, reach, capacity, start) {
  let [theta, tight] = [start, null];
  for (;;) {
    const wanted = demand.map((each, group) => pinned[group] + each * theta);
    const { flow, side } = cut(wanted, reach, capacity);
    const asked = add(demand, side);
    if (flow >= add(wanted) * (1 - SLACK) || asked <= 0) return { theta, tight };
    const plants = new Set(reach.flatMap((own, group) => (side[group] ? own : [])));
    const room = [...plants].reduce((sum, plant) => sum + capacity[plant], 0) - add(pinned, side);
    const lower = Math.max(0, room) / asked;
    if (lower >= theta * (1 - SLACK)) return { theta, tight };
    [theta, tight] = [lower, side];
  }
}

/** The largest flow, and the groups on the source side of a smallest cut, by shortest augmenting paths. */
function cut(demand, reach, capacity) {
  const left = [...demand];
  const room = [...capacity];
  const flow = demand.map(() => new Float64Array(capacity.length));
  const users = capacity.map((_, plant) => reach.flatMap((own, group) => (own.includes(plant) ? [group] : [])));
  const eps = SLACK * Math.max(add(demand), add(capacity), 1);
  for (;;) {
    const fromGroup = capacity.map(() => -1);
    const fromPlant = demand.map(() => -1);
    const side = left.map((each) => each > eps);
    const queue = side.flatMap((on, group) => (on ? [group] : []));
    let end = -1;
    for (let head = 0; head < queue.length && end < 0; head += 1) {
      const group = queue[head];
      for (const plant of reach[group]) {
        if (fromGroup[plant] >= 0) continue;
        fromGroup[plant] = group;
        if (room[plant] > eps) {
          end = plant;
          break;
        }
        for (const other of users[plant]) {
          if (side[other] || flow[other][plant] <= eps) continue;
          side[other] = true;
          fromPlant[other] = plant;
          queue.push(other);
        }
      }
    }
    if (end < 0) return { flow: add(demand) - add(left), side };
    push(end, { fromGroup, fromPlant, left, room, flow });
  }
}

/** Sends as much as the path to a plant with room can carry. */
function push(end, { fromGroup, fromPlant, left, room, flow }) {
  const path = [];
  let plant = end;
  let group = fromGroup[plant];
  for (;;) {
    path.push([group, plant, 1]);
    if (fromPlant[group] < 0) break;
    plant = fromPlant[group];
    path.push([group, plant, -1]);
    group = fromGroup[plant];
  }
  const most = Math.min(left[group], room[end],
    ...path.filter(([, , sign]) => sign < 0).map(([a, b]) => flow[a][b]));
  for (const [a, b, sign] of path) flow[a][b] += sign * most;
  left[group] -= most;
  room[end] -= most;
}

function add(values, which = null) {
  let total = 0;
  values.forEach((value, place) => { if (!which || which[place]) total += value; });
  return total;
}
