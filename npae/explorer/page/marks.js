// How samples look on the plane: marks, colours, and labels that do not overlap.

const COLOURS = {
  light: ["#0072b2", "#b87400", "#00734f", "#a8487f", "#2a8fcb", "#d55e00", "#14202b", "#7d7400", "#6f42c1", "#7a4a2b"],
  dark: ["#6cc0f5", "#ffb733", "#3fd6a5", "#f0a3d2", "#a9dcff", "#ff8a3c", "#e9eff5", "#f0e442", "#b79cff", "#d2a27c"],
};
const CORNERS = {
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  up: [[0, -1.25], [1.15, 0.85], [-1.15, 0.85]],
  diamond: [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]],
  down: [[0, 1.25], [1.15, -0.85], [-1.15, -0.85]],
  plus: [[-0.45, -1.3], [0.45, -1.3], [0.45, -0.45], [1.3, -0.45], [1.3, 0.45], [0.45, 0.45], [0.45, 1.3],
    [-0.45, 1.3], [-0.45, 0.45], [-1.3, 0.45], [-1.3, -0.45], [-0.45, -0.45]],
  right: [[1.25, 0], [-0.85, 1.15], [-0.85, -1.15]],
  left: [[-1.25, 0], [0.85, 1.15], [0.85, -1.15]],
  hexagon: [[-1.2, 0], [-0.6, -1.04], [0.6, -1.04], [1.2, 0], [0.6, 1.04], [-0.6, 1.04]],
  hourglass: [[-1, -1.15], [1, -1.15], [-1, 1.15], [1, 1.15]],
};
const MARKS = ["circle", ...Object.keys(CORNERS)];
const classes = [...new Set(labels || [])].sort(byNumber);
const classIndex = new Map(classes.map((name, i) => [name, i]));
const labelling = chooseLabelling();

// Sort numbers by value and leave other names in their order.
function byNumber(a, b) {
  return Number(a) - Number(b) || 0;
}

// "classes" get a colour and a mark each, "names" are written beside their points, "letters" instead of them.
function chooseLabelling() {
  if (!labels || classes.length === 1) return "dots";
  if (classes.length <= MARKS.length && classes.length < labels.length) return "classes";
  if (labels.length <= 150) return "names";
  return classes.length <= 64 && classes.every((name) => name.length <= 2) ? "letters" : "dots";
}

function classColour(i) {
  const colours = COLOURS[darkNow() ? "dark" : "light"];
  return colours[(classIndex.get(labels[i]) || 0) % colours.length];
}

function drawMark(context, name, x, y, radius) {
  context.beginPath();
  if (name === "circle") context.arc(x, y, radius, 0, 7);
  else for (const [dx, dy] of CORNERS[name]) context.lineTo(x + dx * radius, y + dy * radius);
  context.closePath();
  context.fill();
  context.stroke();
}

function drawLegend() {
  const legend = element("legend");
  legend.hidden = labelling !== "classes";
  if (legend.hidden) return;
  legend.replaceChildren(...classes.map(legendEntry));
}

function legendEntry(name, i) {
  const [item, canvas] = [document.createElement("li"), document.createElement("canvas")];
  canvas.width = canvas.height = 16;
  const context = canvas.getContext("2d");
  context.fillStyle = classColour(labels.indexOf(name));
  context.strokeStyle = "transparent";
  drawMark(context, MARKS[i], 8, 8, 5);
  item.append(canvas, name);
  return item;
}

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
