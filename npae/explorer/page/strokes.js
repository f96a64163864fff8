// Strokes on the input: pixels are painted, curves are drawn, bars are dragged; keys do the same.

function pixelAt({ offsetX, offsetY }) {
  const column = Math.floor((offsetX / editor.clientWidth) * W);
  const row = Math.floor((offsetY / editor.clientHeight) * H);
  return column >= 0 && row >= 0 && column < W && row < H ? row * W + column : -1;
}

function middleOf(i) {
  const [x, y, width, height] = cellOf(i, editor.clientWidth, editor.clientHeight);
  return [x + width / 2, y + height / 2];
}

// The C numbers of a pixel, or the only one of what is no picture.
function numbersAt(pixels, i) {
  return pixels.subarray(i * C, (i + 1) * C);
}

function holds(i, value) {
  return numbersAt(input.pixels, i).every((number, c) => number === value[c]);
}

// What a stroke paints: the opposite of its first pixel, or the brush unless that pixel already has it.
function strokeValue(i) {
  const [empty, full] = [LOW, HIGH].map((value) => Array(C).fill(value));
  if (binary) return input.pixels[i] > 0.5 ? empty : full;
  const brush = C > 1 ? brushColour() : [Number(element("brush").value)];
  return holds(i, brush) ? empty : brush;
}

function brushColour() {
  const colour = bytesOf(element("colour").value).map((byte) => LOW + (byte / 255) * (HIGH - LOW));
  return C === 4 ? [...colour, HIGH] : colour;
}

// Paint the pixels within the brush around one of them.
function paintPixel(i, value) {
  if (i < 0) return;
  const around = withinBrush(i, Number(element("thick").value));
  if (around.every((j) => holds(j, value))) return;
  input.pixel = i;
  const pixels = input.pixels.slice();
  for (const j of around) pixels.set(value, j * C);
  setPixels(pixels);
}

function withinBrush(i, thick) {
  const [column, row, reach] = [i % W, Math.floor(i / W), (thick - 1) / 2];
  const near = [];
  for (let r = Math.max(0, Math.ceil(row - reach)); r <= Math.min(H - 1, row + reach); r++) {
    for (let c = Math.max(0, Math.ceil(column - reach)); c <= Math.min(W - 1, column + reach); c++) {
      if (Math.hypot(r - row, c - column) <= reach + 0.3) near.push(r * W + c);
    }
  }
  return near;
}

// Where a pointer is on curves or bars: the number that it changes, and its value there. `track` is a curve's.
function numberAt({ offsetX, offsetY }, track) {
  const [width, height] = [editor.clientWidth, editor.clientHeight];
  const clamp = (value, most) => Math.min(most, Math.max(0, value));
  if (KIND === "table") {
    const [i, [left, right]] = [clamp(Math.floor((offsetY / height) * K), K - 1), barsBetween(width, height)];
    const share = clamp(((offsetX - left) / (right - left) - 0.03) / 0.94, 1);
    return { i, value: asInput.ranges[i][0] + share * asInput.lengths[i] };
  }
  const step = clamp(Math.floor((offsetX / width) * T), T - 1);
  const share = clamp((0.94 - offsetY / height) / 0.88, 1);
  return { i: step * K + track, value: asInput.ranges[track][0] + share * asInput.lengths[track] };
}

// The curve that is nearest to the pointer.
function trackAt(event) {
  const apart = Array.from({ length: K }, (_, track) => {
    const { i, value } = numberAt(event, track);
    return Math.abs(value - input.pixels[i]) / asInput.lengths[track];
  });
  return apart.indexOf(Math.min(...apart));
}

// Set a number, and those that a fast pointer has passed over since the last one.
function drawTo({ i, value }, last) {
  const pixels = input.pixels.slice();
  const from = last && KIND === "series" ? last : { i, value };
  const count = Math.max(1, Math.abs(i - from.i) / (KIND === "series" ? K : 1));
  for (let n = 0; n <= count; n++) {
    const part = n / count;
    const at = KIND === "series" ? from.i + Math.round((part * (i - from.i)) / K) * K : i;
    pixels[at] = from.value + part * (value - from.value);
  }
  input.pixel = i;
  setPixels(pixels);
}

function listenToEditor() {
  let stroke = null;
  const start = (event) => {
    const track = PICTURES ? 0 : trackAt(event);
    stroke = PICTURES ? { value: strokeValue(pixelAt(event)) } : { track, last: null };
  };
  const go = (event) => {
    if (PICTURES) return paintPixel(pixelAt(event), stroke.value);
    const next = numberAt(event, stroke.track);
    drawTo(next, stroke.last);
    stroke.last = next;
    return undefined;
  };
  editor.addEventListener("pointerdown", (event) => {
    if (event.button || pixelAt(event) < 0) return;
    if (event.isTrusted) editor.setPointerCapture(event.pointerId);
    start(event);
    go(event);
  });
  editor.addEventListener("pointermove", (event) => stroke && go(event));
  for (const name of ["pointerup", "pointercancel"]) editor.addEventListener(name, () => (stroke = null));
  for (const name of ["focus", "blur"]) editor.addEventListener(name, () => changed("input"));
  editor.addEventListener("keydown", onEditorKey);
}

function onEditorKey(event) {
  const arrow = ARROWS[event.key];
  if (arrow && PICTURES) choosePixel(arrow);
  else if (arrow) changeNumber(...(KIND === "table" ? [-arrow[1], arrow[0]] : arrow));
  else if (PICTURES && (event.key === " " || event.key === "Enter")) paintPixel(input.pixel, strokeValue(input.pixel));
  else return;
  event.preventDefault();
}

// Choose the next number, or change the chosen one by a fiftieth of its range.
function changeNumber(by, more) {
  input.pixel = Math.min(D - 1, Math.max(0, input.pixel + by));
  const [i, track] = [input.pixel, input.pixel % K];
  const value = input.pixels[i] + 0.02 * more * asInput.lengths[track];
  if (more) drawTo({ i, value }, null);
  else changed("input");
  const step = KIND === "series" ? `step ${Math.floor(i / K) + 1}, ` : "";
  announce(() => `${step}${trackName(track)}: ${formatValue(value, track)}`, 100);
}

function choosePixel([right, up]) {
  const column = Math.min(W - 1, Math.max(0, (input.pixel % W) + right));
  const row = Math.min(H - 1, Math.max(0, Math.floor(input.pixel / W) - up));
  input.pixel = row * W + column;
  changed("input");
  const values = Array.from(numbersAt(input.pixels, input.pixel));
  const valueText = binary ? (values[0] > 0.5 ? "on" : "off") : values.map((value) => value.toPrecision(3)).join(", ");
  announce(() => `row ${row + 1}, column ${column + 1}: ${valueText}`, 100);
}
