// In which zone a place lies.

/** The place of the zone that holds a [lat, lon], by their outlines (longitude first); null if none. */
export function zoneAt(outlines, [lat, lon]) {
  const found = outlines.findIndex((polygons) => polygons.some(([shell, ...holes]) =>
    inside(shell, lon, lat) && !holes.some((hole) => inside(hole, lon, lat))));
  return found === -1 ? null : found;
}

/** Whether a ray from the place crosses the ring an odd number of times. */
function inside(ring, lon, lat) {
  let odd = false;
  for (let one = 0, other = ring.length - 1; one < ring.length; other = one, one += 1) {
    const [[x, y], [px, py]] = [ring[one], ring[other]];
    if ((y > lat) !== (py > lat) && lon < ((px - x) * (lat - y)) / (py - y) + x) odd = !odd;
  }
  return odd;
}
