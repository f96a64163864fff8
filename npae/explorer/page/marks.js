// How samples look on the plane: their marks and colours.

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
  return trackColour(classIndex.get(labels[i]) || 0);
}

function visible(i) {
  return !state.hidden.size || !state.hidden.has(classIndex.get(labels[i]));
}

// The colours of errors, from the least to the greatest: bluish to orange, and more contrast with the page.
const ERRORS = { light: ["#7a9bb5", "#a8487f", "#c23b00"], dark: ["#5b7d99", "#d08fb8", "#ffb733"] };
const [LEAST_ERROR, MOST_ERROR] = errors ? quantiles(errors, 0.02) : [0, 1];

function errorShare(i) {
  return Math.min(1, Math.max(0, (errors[i] - LEAST_ERROR) / (MOST_ERROR - LEAST_ERROR))) || 0;
}

function errorColour(share) {
  const [low, middle, high] = ERRORS[darkNow() ? "dark" : "light"].map(bytesOf);
  const [from, to, part] = share < 0.5 ? [low, middle, 2 * share] : [middle, high, 2 * share - 1];
  return `rgb(${from.map((byte, c) => Math.round(byte + part * (to[c] - byte))).join()})`;
}

function sampleColour(i) {
  if (state.tint === "error") return errorColour(errorShare(i));
  return labelling === "classes" || labelling === "letters" ? classColour(i) : theme.point;
}

function drawMark(context, name, x, y, radius) {
  context.beginPath();
  if (name === "circle") context.arc(x, y, radius, 0, 7);
  else for (const [dx, dy] of CORNERS[name]) context.lineTo(x + dx * radius, y + dy * radius);
  context.closePath();
  context.fill();
  context.stroke();
}
