// The overlay on the plane: the cursor with its decoded picture, the walk, the pins and the input picture's code.

const STEPS = 9; // pictures of a walk, including both ends
const LOUPE = 5.2; // height of the picture beside the cursor, in rem

function drawOverlay() {
  const context = clearedContext(stage);
  drawKept(context);
  drawNearestPosterior(context);
  drawCursor(context);
  if (gesture && gesture.kind === "box") drawBox(context, gesture.from, gesture.to);
}

// What the reader has put on the plane: it is also in a saved picture.
function drawKept(context) {
  occupied.badges = [];
  drawTrail(context);
  if (state.walk) drawWalkLine(context);
  for (const pin of state.pins) drawPin(context, pin);
  drawInputCode(context);
}

function drawTrail(context) {
  const places = [...input.trail, input.shown].map(toPixels);
  context.strokeStyle = theme.code;
  context.lineWidth = 2;
  for (let i = 1; i < places.length; i++) {
    context.globalAlpha = 0.25 + (0.75 * i) / places.length;
    drawLine(context, [...places[i - 1], ...places[i]]);
  }
  context.globalAlpha = 1;
}

function drawInputCode(context) {
  const [x, y] = toPixels(input.shown);
  Object.assign(context, { fillStyle: theme.code, strokeStyle: theme.paper, lineWidth: 2 });
  drawMark(context, "diamond", x, y, 0.42 * theme.rem);
  context.font = `600 ${0.85 * theme.rem}px ${theme.font}`;
  const beside = placeBadge([x, y], context.measureText("input").width + 6, 1.1 * theme.rem, [0.35, 0.7]);
  drawHaloedText(context, "input", ...beside, "center", theme.code);
}

function drawWalkLine(context) {
  const places = Array.from({ length: STEPS }, (_, i) => toPixels(interpolate(state.walk, i / (STEPS - 1))));
  const ends = [places[0], places[STEPS - 1]];
  for (const [colour, width] of [[theme.paper, 5], [theme.walk, 2.5]]) {
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    drawLine(context, ends.flat());
  }
  Object.assign(context, { fillStyle: theme.walk, strokeStyle: theme.paper, lineWidth: 1 });
  for (const [x, y] of places) drawMark(context, "circle", x, y, 3.2);
  ends.forEach((end, i) => drawBadge(context, "AB"[i], end, theme.walk, "circle"));
}

function drawPin(context, { number, code }) {
  drawBadge(context, `${number}`, toPixels(code), theme.cursor, "square");
}

// The part of the plane that a drag chooses.
function drawBox(context, [x0, y0], [x1, y1]) {
  context.setLineDash([5, 4]);
  Object.assign(context, { strokeStyle: theme.cursor, lineWidth: 2 });
  context.strokeRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  context.setLineDash([]);
}

function drawCursor(context) {
  const [x, y] = toPixels(state.cursor);
  for (const [colour, width] of [[theme.paper, 5], [theme.cursor, 2.5]]) {
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    context.beginPath();
    context.arc(x, y, 0.82 * theme.rem, 0, 7);
    context.stroke();
  }
  if (shown.loupe) drawLoupe(context, x, y);
}

// Draw the decoded picture beside the pointer, and never outside the plane.
function drawLoupe(context, x, y) {
  const [width, height] = size();
  const tall = theme.rem * Math.min(LOUPE, (1.8 * LOUPE) / RATIO);
  const wide = tall * RATIO;
  const gap = 1.3 * theme.rem;
  const left = x + gap + wide > width - 4 ? x - gap - wide : x + gap;
  const top = L === 1 ? 8 : Math.min(height - tall - 8, Math.max(8, y - tall - 0.6 * gap));
  context.fillStyle = theme.card;
  context.shadowColor = "rgb(0 0 0 / 35%)";
  context.shadowBlur = 10;
  context.fillRect(left - 4, top - 4, wide + 8, tall + 8);
  context.shadowBlur = 0;
  paint(context, shown.picture, left, top, wide, tall);
  strokeFrame(context, left - 4, top - 4, wide + 8, tall + 8, theme.cursor, 2);
}
