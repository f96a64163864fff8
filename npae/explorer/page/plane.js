// The code plane below the overlay: map, regions and samples, drawn only when the view changes.

const planeCanvas = element("plane");
const cells = new Map(); // the map's decoded pictures, by their place in its grid
let cellsBelongTo = "";
let samplesTook = codes.length / 200; // milliseconds to draw them: the map may take as many in one frame

function drawPlane() {
  drawPlaneOn(clearedContext(planeCanvas));
  drawAxes();
  const outside = countOutside();
  const count = outside ? `${outside} of ${codes.length} samples lie outside of this view. ` : "";
  element("plane-note").textContent = count + unusedNumbers();
}

function drawPlaneOn(context) {
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, ...size());
  if (element("map").checked) drawMap(context);
  if (element("far").checked && codes.length) drawFar(context);
  drawGrid(context);
  if (modelData.variational && element("prior").checked) drawPrior(context);
  const began = performance.now();
  drawSamples(context);
  samplesTook = performance.now() - began;
}

// Draw pictures at multiples of a step that is a power of sqrt(2): they keep their places while the view moves.
function drawMap(context) {
  const [width, height] = size();
  const tall = (PICTURES ? 2.5 : 2.9) * theme.rem;
  const gap = 0.7 * theme.rem;
  const [right, up] = [gridStep(view.x, width, tall * RATIO + gap), gridStep(view.y, height, tall + gap)];
  forgetCells([right, up, theme.ink, ...state.dimensions, ...heldDimensions().map((d) => state.cursor[d])].join());
  const deadline = performance.now() + Math.max(10, samplesTook);
  context.globalAlpha = darkNow() ? 0.36 : 0.27;
  for (const j of L > 1 ? gridIndices(view.y, up) : [0]) {
    for (const i of gridIndices(view.x, right)) drawCell(context, i, j, right, up, deadline);
  }
  context.globalAlpha = 1;
}

function gridStep([low, high], length, wanted) {
  return 2 ** (Math.round(2 * Math.log2((wanted * (high - low)) / length)) / 2);
}

function gridIndices([low, high], by) {
  const [first, last] = [Math.ceil(low / by - 0.5), Math.floor(high / by + 0.5)];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function forgetCells(owner) {
  if (owner !== cellsBelongTo || cells.size > 4000) cells.clear();
  cellsBelongTo = owner;
}

function drawCell(context, i, j, right, up, deadline) {
  const code = state.cursor.slice();
  code[state.dimensions[0]] = i * right;
  if (L > 1) code[state.dimensions[1]] = j * up;
  const cell = cells.get(`${i},${j}`) || newCell(`${i},${j}`, code, deadline);
  if (!cell) return;
  const [width, height] = size();
  const [x, y] = toPixels(code);
  const room = [(width * right) / (view.x[1] - view.x[0]), L > 1 ? (height * up) / (view.y[1] - view.y[0]) : Infinity];
  const gap = 0.6 * theme.rem;
  const tall = Math.min(room[1] - gap, (room[0] - gap) / RATIO);
  context.imageSmoothingEnabled = !PICTURES;
  const middle = L > 1 ? y : height - 3.2 * theme.rem;
  context.drawImage(cell, x - (tall * RATIO) / 2, middle - tall / 2, tall * RATIO, tall);
}

// A slow network decodes as many pictures as it can in one frame, and the others in the next frames.
function newCell(key, code, deadline) {
  if (performance.now() > deadline) {
    changed("plane");
    return null;
  }
  const cell = PICTURES ? pixelCell(decode(code)) : curveCell(decode(code));
  cells.set(key, cell);
  return cell;
}

function pixelCell(pixels) {
  const cell = new OffscreenCanvas(W, H);
  cell.getContext("2d").putImageData(raster(pixels), 0, 0);
  return cell;
}

function curveCell(values) {
  const tall = 2.9 * theme.rem;
  const cell = new OffscreenCanvas(Math.round(tall * RATIO * devicePixelRatio), Math.round(tall * devicePixelRatio));
  const context = cell.getContext("2d");
  context.scale(devicePixelRatio, devicePixelRatio);
  paint(context, values, 0, 0, tall * RATIO, tall);
  return cell;
}

function drawLine(context, [x0, y0, x1, y1]) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function drawHaloedText(context, text, x, y, align, colour) {
  const { strokeStyle, lineWidth } = context;
  Object.assign(context, { textAlign: align, textBaseline: "middle", lineJoin: "round" });
  Object.assign(context, { strokeStyle: theme.paper, lineWidth: 4, fillStyle: colour });
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
  Object.assign(context, { strokeStyle, lineWidth });
}

function drawSamples(context) {
  const [width, height] = size();
  const seen = codes.map((code, i) => [i, toPixels(code)])
    .filter(([i, [x, y]]) => visible(i) && x > -9 && y > -9 && x < width + 9 && y < height + 9);
  occupied.points = seen.length < 2000 ? seen.map(([, place]) => place) : [];
  occupied.boxes = [];
  if (deviations && element("prior").checked) drawPosteriors(context, seen);
  if (state.tint === "error") seen.sort(([a], [b]) => errors[a] - errors[b]);
  if (labelling === "letters") return drawLetters(context, seen);
  const radius = (codes.length > 500 ? 0.19 : 0.26) * theme.rem;
  for (const [i, [x, y]] of seen) {
    context.fillStyle = sampleColour(i);
    context.strokeStyle = theme.paper;
    const grown = state.tint === "error" ? radius * (0.8 + 0.7 * errorShare(i)) : radius;
    drawMark(context, labelling === "classes" ? MARKS[classIndex.get(labels[i])] : "circle", x, y, grown);
  }
  if (labelling === "names") drawNames(context, seen);
  return undefined;
}

function drawLetters(context, seen) {
  context.font = `700 ${0.85 * theme.rem}px ${theme.font}`;
  for (const [i, [x, y]] of seen) drawHaloedText(context, labels[i], x, y, "center", sampleColour(i));
}

function drawNames(context, seen) {
  context.font = `700 ${(labels.length > 60 ? 0.85 : 1.05) * theme.rem}px ${theme.font}`;
  const names = seen.map(([i]) => (labels[i].length > 14 ? `${labels[i].slice(0, 13)}\u2026` : labels[i]));
  const boxes = names.map((name) => [context.measureText(name).width + 2, 1.1 * theme.rem]);
  const anchors = seen.map(([, place]) => place);
  const centres = placeLabels(anchors, boxes, size());
  occupied.boxes = centres.map((centre, k) => [...centre, ...boxes[k]]);
  context.strokeStyle = theme.quiet;
  context.lineWidth = 1;
  centres.forEach(([x, y], k) => {
    const away = Math.hypot(x - anchors[k][0], y - anchors[k][1]) - Math.min(...boxes[k]) / 2;
    if (away > 0.9 * theme.rem) drawLine(context, [...anchors[k], x, y]);
  });
  centres.forEach(([x, y], k) => drawHaloedText(context, names[k], x, y, "center", sampleColour(seen[k][0])));
}
