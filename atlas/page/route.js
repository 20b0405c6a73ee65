// Which plant takes what, with the fewest tonne-kilometres: a transport problem of many places and
// few plants, solved exactly by moving what is too much at a plant along the cheapest way to room.

const SLACK = 1e-12; // relative to all that is carried

/**
 * Flows that carry `served` with the least cost: rows of [place, plant, tonnes].
 *
 * `nodes` are { served, plants, cost }: tonnes, the places of the plants within reach, and what a
 * tonne to each of them costs; `capacity` has the tonnes of each plant.
 */
export function route(nodes, capacity) {
  const total = nodes.reduce((sum, { served }) => sum + served, 0);
  const eps = SLACK * Math.max(total, 1e-300);
  const flow = nodes.map(() => new Map());
  const load = new Map();
  nodes.forEach(({ served, plants, cost }, place) => {
    if (!(served > 0)) return;
    let best = -1;
    plants.forEach((plant, each) => {
      if (capacity[plant] > 0 && (best < 0 || cost[each] < cost[best])) best = each;
    });
    if (best < 0) return;
    flow[place].set(plants[best], served);
    load.set(plants[best], (load.get(plants[best]) ?? 0) + served);
  });
  // Everybody at the nearest plant is cheapest; each move along a cheapest way keeps it so.
  const used = [...new Set(nodes.flatMap(({ served, plants }) => (served > 0 ? plants : [])))]
    .filter((plant) => capacity[plant] > 0);
  for (const plant of used) {
    let excess = (load.get(plant) ?? 0) - capacity[plant];
    while (excess > eps) {
      const way = cheapest(plant, { nodes, flow, load, capacity, used, eps });
      if (!way) break;
      const most = Math.min(excess, way.room, ...way.moves.map(([place, from]) => flow[place].get(from)));
      for (const [place, from, to] of way.moves) move(flow[place], from, to, most);
      load.set(plant, load.get(plant) - most);
      load.set(way.end, (load.get(way.end) ?? 0) + most);
      excess = load.get(plant) - capacity[plant];
    }
  }
  return flow.flatMap((own, place) => [...own].filter(([, tonnes]) => tonnes > 0)
    .map(([plant, tonnes]) => [place, plant, tonnes]));
}

function move(own, from, to, tonnes) {
  const left = own.get(from) - tonnes;
  if (left > 0) own.set(from, left);
  else own.delete(from);
  own.set(to, (own.get(to) ?? 0) + tonnes);
}

/** The cheapest way from a plant to one with room, as moves of places from plant to plant. */
function cheapest(start, { nodes, flow, load, capacity, used, eps }) {
  const arcs = arcsOf(nodes, flow, used);
  const cost = new Map([[start, 0]]);
  const before = new Map();
  for (let turn = 0; turn < used.length; turn += 1) {
    let changed = false;
    for (const { from, to, price, place } of arcs) {
      if (!cost.has(from)) continue;
      const now = cost.get(from) + price;
      // Less by rounding alone is not less: it would go round in circles.
      if (cost.has(to) && now >= cost.get(to) - 1e-11) continue;
      cost.set(to, now);
      before.set(to, { from, place });
      changed = true;
    }
    if (!changed) break;
  }
  let end = null;
  for (const plant of used) {
    if (plant === start || !cost.has(plant) || capacity[plant] - (load.get(plant) ?? 0) <= eps) continue;
    if (end === null || cost.get(plant) < cost.get(end)) end = plant;
  }
  if (end === null) return null;
  const moves = [];
  for (let plant = end; plant !== start; plant = before.get(plant).from) {
    moves.push([before.get(plant).place, before.get(plant).from, plant]);
  }
  return { end, moves, room: capacity[end] - (load.get(end) ?? 0) };
}

/** For each pair of plants the place whose move from the one to the other costs least. */
function arcsOf(nodes, flow, used) {
  const best = new Map();
  const known = new Set(used);
  flow.forEach((own, place) => {
    if (!own.size) return;
    const { plants, cost } = nodes[place];
    for (const from of own.keys()) {
      const here = cost[plants.indexOf(from)];
      plants.forEach((to, each) => {
        if (to === from || !known.has(to)) return;
        const key = `${from} ${to}`;
        const price = cost[each] - here;
        if (!best.has(key) || price < best.get(key).price) best.set(key, { from, to, price, place });
      });
    }
  });
  return [...best.values()];
}
