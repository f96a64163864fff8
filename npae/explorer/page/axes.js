// The axes: lines on the plane, numbers in the margins beside it.

const axesCanvas = element("axes");

// The margins that page.css leaves to the left of the plane and below it, in pixels.
function margins() {
  return [stage.offsetLeft, axesCanvas.clientHeight - stage.clientHeight];
}

function drawGrid(context) {
  const [width, height] = size();
  Object.assign(context, { strokeStyle: theme.edge, lineWidth: 1 });
  if (L === 1) drawLine(context, [0, height / 2, width, height / 2]);
  if (element("map").checked && L > 1) return;
  for (const [, x] of ticksAcross()) drawLine(context, [x, 0, x, height]);
  for (const [, y] of ticksUp()) drawLine(context, [0, y, width, y]);
}

// [value, place] of each number that stands below the plane.
function ticksAcross() {
  return ticks(view.x, size()[0]).map((value) => [value, toPixels(coordinates(value, 0))[0]]);
}

function ticksUp() {
  return L > 1 ? ticks(view.y, size()[1]).map((value) => [value, toPixels(coordinates(0, value))[1]]) : [];
}

function coordinates(x, y) {
  const code = state.cursor.slice();
  code[state.dimensions[0]] = x;
  if (L > 1) code[state.dimensions[1]] = y;
  return code;
}

// Round numbers, about 110 pixels apart, or a third of a short axis.
function ticks([low, high], length) {
  const rough = ((high - low) * Math.min(110, length / 3.2)) / length;
  const power = 10 ** Math.floor(Math.log10(rough));
  const by = power * ([1, 2, 5].find((factor) => factor * power >= rough) || 10);
  const first = Math.ceil(low / by);
  return Array.from({ length: Math.max(0, Math.floor(high / by) - first + 1) }, (_, i) => (first + i) * by);
}

// Draw the numbers and the axes' names on a context whose origin is the corner of the margins.
function drawNumbers(context) {
  const [[width, height], [left, below]] = [size(), margins()];
  const text = (value) => Number(value.toPrecision(8)).toString().replace("-", "\u2212");
  const middle = height + below / 2;
  const [dx, dy] = state.dimensions;
  const drawText = (what, x, y, align) => {
    Object.assign(context, { textAlign: align, textBaseline: "middle", fillStyle: theme.quiet });
    context.fillText(what, x, y);
  };
  context.font = `${0.76 * theme.rem}px ${theme.font}`;
  for (const [value, x] of ticksAcross()) {
    if (x > 1.2 * theme.rem && x < width - 5 * theme.rem) drawText(text(value), left + x, middle, "center");
  }
  for (const [value, y] of ticksUp()) {
    if (y > 2 * theme.rem && y < height - 0.5 * theme.rem) drawText(text(value), left - 0.4 * theme.rem, y, "right");
  }
  context.font = `600 ${context.font}`;
  drawText(`code ${dx + 1} \u2192`, left + width, middle, "right");
  if (dy !== undefined) drawText(`\u2191 code ${dy + 1}`, 0, 0.7 * theme.rem, "left");
}

function drawAxes() {
  const context = axesCanvas.getContext("2d");
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, axesCanvas.clientWidth, axesCanvas.clientHeight);
  drawNumbers(context);
}
