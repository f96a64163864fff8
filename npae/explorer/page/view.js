// The view: from codes to places on the screen and back.

const stage = element("overlay");
const view = { x: [0, 1], y: [0, 1] }; // the codes at the edges of the plane
const size = () => [stage.clientWidth || 1, stage.clientHeight || 1];

const OUTLYING = 0.02; // the share of codes at each end that a view may leave out
const RULED = 1.5; // how much longer the range of all codes is than that of the others where outliers rule it

// Show all codes, or `within` the middle ones where a few outliers would crush them.
function fitView(within = true) {
  const [x, y] = state.dimensions.map((d) => widen(within ? middleRange(d) : spans[d], 0.09));
  view.x = x;
  view.y = y || [-1, 1];
}

function middleRange(d) {
  const [low, high] = spans[d];
  if (codes.length < 50) return [low, high];
  const middle = widen(quantiles(codes.map((code) => code[d]), OUTLYING), 0.05);
  const length = middle[1] - middle[0];
  return length > 0 && high - low > RULED * length ? middle : [low, high];
}

function countOutside() {
  const inside = ([low, high], value) => value >= low && value <= high;
  const [dx, dy] = state.dimensions;
  return codes.filter((code) => !inside(view.x, code[dx]) || (L > 1 && !inside(view.y, code[dy]))).length;
}

function widen([low, high], share) {
  const more = share * (high - low);
  return [low - more, high + more];
}

function toPixels(code) {
  const [width, height] = size();
  const [dx, dy] = state.dimensions;
  const up = dy === undefined ? 0 : code[dy];
  return [
    (width * (code[dx] - view.x[0])) / (view.x[1] - view.x[0]),
    height - (height * (up - view.y[0])) / (view.y[1] - view.y[0]),
  ];
}

// The code at a place; numbers that are not drawn are the cursor's.
function toCode([x, y]) {
  const [width, height] = size();
  const [dx, dy] = state.dimensions;
  const code = state.cursor.slice();
  code[dx] = view.x[0] + (x / width) * (view.x[1] - view.x[0]);
  if (dy !== undefined) code[dy] = view.y[1] - (y / height) * (view.y[1] - view.y[0]);
  return code;
}

function zoom(factor, [x, y] = size().map((length) => length / 2)) {
  const [width, height] = size();
  view.x = scaleSpan(view.x, factor, x / width, spans[state.dimensions[0]]);
  if (L > 1) view.y = scaleSpan(view.y, factor, 1 - y / height, spans[state.dimensions[1]]);
  changed("plane", "cursor");
}

function scaleSpan([low, high], factor, fixed, [from, to]) {
  const now = high - low;
  const next = Math.min(30 * (to - from), Math.max(1e-4 * (to - from), now / factor));
  const start = low + fixed * (now - next);
  return [start, start + next];
}

function pan(right, down) {
  const [width, height] = size();
  const [x, y] = [(right / width) * (view.x[1] - view.x[0]), (down / height) * (view.y[1] - view.y[0])];
  view.x = view.x.map((edge) => edge - x);
  if (L > 1) view.y = view.y.map((edge) => edge + y);
  changed("plane", "cursor");
}

function bringIntoView(code) {
  const [[x, y], [width, height]] = [toPixels(code), size()];
  const right = Math.min(0, width - 20 - x) + Math.max(0, 20 - x);
  const down = Math.min(0, height - 20 - y) + Math.max(0, 20 - y);
  if (right || down) pan(right, down);
}

// The cleared drawing context of a canvas on the stage, measured in CSS pixels.
function clearedContext(canvas) {
  const context = canvas.getContext("2d");
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, ...size());
  return context;
}
