// Labels beside their points: near them, and clear of one another.

const GAPS = [4, 7, 11, 16, 23, 32, 44];
const ALL_AROUND = GAPS.flatMap((gap) => Array.from({ length: 12 }, (_, i) => [gap, (i * Math.PI) / 6]));
const ALONG_A_LINE = Array.from({ length: 16 }, (_, i) => 8 + 9 * i).flatMap((gap) =>
  [-1, 1].flatMap((up) => [0, 0.1, -0.1].map((lean) => [gap, up * (Math.PI / 2 + lean)])));

// Return the centres of labels: near their anchors, clear of other labels, points and the edge of the frame.
function placeLabels(anchors, boxes, [width, height]) {
  const placed = [];
  for (let i = 0; i < anchors.length; i++) {
    let best = null;
    for (const [gap, turn] of L > 1 ? ALL_AROUND : ALONG_A_LINE) {
      const [dx, dy] = [Math.cos(turn), Math.sin(turn)];
      const centre = [anchors[i][0] + dx * (gap + boxes[i][0] / 2), anchors[i][1] + dy * (gap + boxes[i][1] / 2)];
      const crowding = crowdingCost(centre, boxes[i], anchors, placed, boxes);
      const cost = gap + crowding + edgeCost(centre, boxes[i], width, height);
      if (!best || cost < best.cost) best = { cost, centre };
      if (cost <= gap) break; // nothing overlaps, and every later place is farther away
    }
    placed.push(best.centre);
  }
  return placed;
}

function crowdingCost([x, y], [width, height], anchors, placed, boxes) {
  let cost = 0;
  for (const [px, py] of anchors) if (2 * Math.abs(px - x) < width + 7 && 2 * Math.abs(py - y) < height + 7) cost += 60;
  for (let j = 0; j < placed.length; j++) {
    const [px, py] = placed[j];
    if (2 * Math.abs(px - x) < width + boxes[j][0] && 2 * Math.abs(py - y) < height + boxes[j][1]) cost += 200;
  }
  return cost;
}

function edgeCost([x, y], [width, height], right, bottom) {
  return x < width / 2 || y < height / 2 || x > right - width / 2 || y > bottom - height / 2 ? 200 : 0;
}
