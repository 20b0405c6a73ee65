// Which plant takes what, with the fewest tonne-kilometres: a transport problem of many places and
// few plants, solved exactly by moving what is too much at a plant along the cheapest way to room.

const SLACK = 1e-12; // relative to all that is carried
const SAME = 1e-13; // relative to the largest cost: less by rounding alone is not less, or it would go in circles

/**
 * Flows that carry `served` with the least cost: rows of [place, plant, tonnes].
 *
 * `nodes` are { served, plants, cost }: tonnes, the places of the plants within reach, and what a
 * tonne to each of them costs; `capacity` has the tonnes of each plant.
 */
export function route(nodes, capacity) {
  const places = nodes.map((_, place) => place).filter((place) => nodes[place].served > 0
    && nodes[place].plants.some((plant) => capacity[plant] > 0));
  const plants = [...new Set(places.flatMap((place) => nodes[place].plants))].filter((plant) => capacity[plant] > 0);
  const task = lay(nodes, places, plants, capacity);
  for (let plant = 0; plant < plants.length; plant += 1) {
    // Everybody at the nearest plant is cheapest; each move along a cheapest way keeps it so.
    while (task.load[plant] - task.limits[plant] > task.eps) {
      const way = cheapest(task, plant);
      if (!way) break;
      move(task, plant, way);
    }
  }
  const { flow } = task;
  return places.flatMap((place, row) => plants.flatMap((plant, column) => {
    const tonnes = flow[row * plants.length + column];
    return tonnes > 0 ? [[place, plant, tonnes]] : [];
  }));
}

/** Costs and flows as tables of places by plants, everybody at the nearest. */
function lay(nodes, places, plants, capacity) {
  const width = plants.length;
  const column = new Map(plants.map((plant, each) => [plant, each]));
  const [cost, flow] = [new Float64Array(places.length * width).fill(Infinity), new Float64Array(places.length * width)];
  const load = new Float64Array(width);
  let total = 0;
  places.forEach((place, row) => {
    const { served, plants: own, cost: prices } = nodes[place];
    let nearest = -1;
    own.forEach((plant, each) => {
      const at = column.get(plant);
      if (at === undefined) return;
      cost[row * width + at] = prices[each];
      if (nearest < 0 || prices[each] < cost[row * width + nearest]) nearest = at;
    });
    flow[row * width + nearest] = served;
    load[nearest] += served;
    total += served;
  });
  const task = {
    width, rows: places.length, cost, flow, load, limits: plants.map((plant) => capacity[plant]), eps: SLACK * total,
    same: SAME * cost.reduce((most, each) => (Number.isFinite(each) ? Math.max(most, each) : most), 1),
    price: new Float64Array(width * width), mover: new Int32Array(width * width),
  };
  for (let plant = 0; plant < width; plant += 1) refresh(task, plant);
  return task;
}

/** For a plant and every other: the place whose move from the one to the other costs least. */
function refresh({ width, rows, cost, flow, price, mover }, from) {
  for (let to = 0; to < width; to += 1) price[from * width + to] = Infinity;
  for (let row = 0; row < rows; row += 1) {
    if (!(flow[row * width + from] > 0)) continue;
    const here = cost[row * width + from];
    for (let to = 0; to < width; to += 1) {
      const more = cost[row * width + to] - here;
      if (to === from || more >= price[from * width + to]) continue;
      price[from * width + to] = more;
      mover[from * width + to] = row;
    }
  }
}

/** The cheapest way from a plant to one with room, as plants after another, the last first; null if none. */
function cheapest({ width, price, load, limits, eps, same }, start) {
  const cost = new Float64Array(width).fill(Infinity);
  const before = new Int32Array(width).fill(-1);
  cost[start] = 0;
  for (let turn = 0, changed = true; changed && turn < width; turn += 1) {
    changed = false;
    for (let from = 0; from < width; from += 1) {
      if (cost[from] === Infinity) continue;
      for (let to = 0; to < width; to += 1) {
        const now = cost[from] + price[from * width + to];
        if (now >= cost[to] - same || to === start) continue;
        cost[to] = now;
        before[to] = from;
        changed = true;
      }
    }
  }
  let end = -1;
  for (let plant = 0; plant < width; plant += 1) {
    if (plant === start || cost[plant] === Infinity || limits[plant] - load[plant] <= eps) continue;
    if (end < 0 || cost[plant] < cost[end]) end = plant;
  }
  if (end < 0) return null;
  const way = [end];
  while (way.at(-1) !== start && way.length <= width) way.push(before[way.at(-1)]);
  return way.at(-1) === start ? way : null;
}

/** Sends along a way as much as it carries: one place moves at each step of it. */
function move(task, start, way) {
  const { width, mover, flow, load, limits } = task;
  const steps = way.slice(1).map((from, each) => ({ from, to: way[each], row: mover[from * width + way[each]] }));
  const most = Math.min(load[start] - limits[start], limits[way[0]] - load[way[0]],
    ...steps.map(({ from, row }) => flow[row * width + from]));
  for (const { from, to, row } of steps) {
    flow[row * width + from] -= most;
    flow[row * width + to] += most;
  }
  load[start] -= most;
  load[way[0]] += most;
  for (const plant of way) refresh(task, plant);
}
