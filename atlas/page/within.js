// Where a place lies: in which zone, by the outlines that are drawn.

/** The number of the zone a [lat, lon] point lies in, or null; outlines are multipolygons, longitude first. */
export function zoneAt(outlines, [lat, lon]) {
  const found = outlines.findIndex((parts) => parts.some(([shell, ...holes]) =>
    inRing(shell, lat, lon) && !holes.some((hole) => inRing(hole, lat, lon))));
  return found < 0 ? null : found;
}

/** The outer ring of the largest part of an outline, as open [lat, lon] corners. */
export function shellOf(parts) {
  const [ring] = [...parts].sort(([one], [other]) => Math.abs(area(other)) - Math.abs(area(one)))[0];
  return ring.slice(0, -1).map(([lon, lat]) => [lat, lon]);
}

/** The middle of corners: of what they enclose, or of the corners where that is nothing. */
export function middleOf(points) {
  const ring = points.map(([lat, lon]) => [lon, lat]);
  const size = area([...ring, ring[0]]);
  if (Math.abs(size) < 1e-12) {
    const mean = (axis) => points.reduce((total, point) => total + point[axis], 0) / points.length;
    return [mean(0), mean(1)];
  }
  let [x, y] = [0, 0];
  ring.forEach(([x1, y1], place) => {
    const [x2, y2] = ring[(place + 1) % ring.length];
    const cross = x1 * y2 - x2 * y1;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
  });
  return [y / (6 * size), x / (6 * size)];
}

function area(ring) {
  return ring.reduce((total, [x1, y1], place) => {
    const [x2, y2] = ring[(place + 1) % ring.length];
    return total + (x1 * y2 - x2 * y1) / 2;
  }, 0);
}

function inRing(ring, lat, lon) {
  let inside = false;
  ring.forEach(([x1, y1], place) => {
    const [x2, y2] = ring[(place + 1) % ring.length];
    if ((y1 > lat) !== (y2 > lat) && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}
