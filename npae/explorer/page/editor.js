// The input picture, which the reader can edit: its code moves on the plane, its reconstruction is drawn beside it.

const editor = element("editor");
const TRAIL = 60; // earlier codes of the input that are drawn
const GLIDE = 220; // milliseconds in which the input's mark moves to its new code
const input = {
  pixels: new Float64Array(D).fill(LOW),
  original: new Float64Array(D).fill(LOW), // what the reconstruction is compared with
  sample: -1,
  code: null,
  shown: null, // the position of its mark, which moves to the code
  trail: [],
  pixel: 0, // the pixel that keys change
};

function startFrom(sample) {
  input.sample = sample;
  input.original = sample < 0 ? new Float64Array(D).fill(LOW) : samples[sample];
  input.pixels = input.original.slice();
  input.trail = [];
  input.code = input.shown = encode(input.pixels);
  changed("input", "cursor");
}

function setPixels(pixels) {
  input.trail = [...input.trail, input.code].slice(-TRAIL);
  input.pixels = pixels;
  input.code = encode(pixels);
  glide(input.shown, input.code, performance.now());
  changed("input", "cursor");
  announce(() => `Input ${element("input-text").textContent}`, 600);
}

// Move the mark so that the eye can follow it, or at once if the reader prefers reduced motion.
function glide(from, to, began) {
  const part = reducedMotion.matches ? 1 : Math.min(1, (performance.now() - began) / GLIDE);
  if (to !== input.code) return;
  input.shown = interpolate({ from, to }, part * (2 - part));
  changed("cursor");
  if (part < 1) requestAnimationFrame(() => glide(from, to, began));
}

function drawInput() {
  const rebuilt = decode(input.code);
  const touched = Array.from({ length: P }, (_, i) => i).filter((i) => !holds(i, numbersAt(input.original, i)));
  const marked = touched.length <= P / 2 ? touched : []; // marks everywhere would say nothing
  const focused = document.activeElement === editor && editor.matches(":focus-visible");
  paintCanvas(editor, input.pixels, { touched: marked, chosen: focused ? input.pixel : -1 });
  const wrong = binary && input.sample >= 0 ? differingPixels(input.original, rebuilt) : [];
  paintCanvas(element("rebuilt"), rebuilt, { wrong });
  element("input-text").textContent = inputText(rebuilt, touched.length, marked.length > 0);
}

function inputText(rebuilt, changes, marked) {
  const pixels = `${changes || "no"} pixel${changes === 1 ? "" : "s"} changed${marked ? " (green corners)" : ""}`;
  const lines = [`code ${formatCode(input.code)}`];
  if (input.sample >= 0) {
    const apart = distance(input.original, rebuilt);
    const crossed = binary && apart ? " (crossed out)" : "";
    lines.push(`input: ${pixels}`, `against ${sampleName(input.sample)}: ${formatDistance(apart)}${crossed}`);
  }
  const nearest = nearestSample(rebuilt);
  if (nearest.index >= 0) lines.push(`the reconstruction is nearest to ${sampleName(nearest.index)}`);
  return lines.join("\n");
}

function pixelAt({ offsetX, offsetY }) {
  const column = Math.floor((offsetX / editor.clientWidth) * W);
  const row = Math.floor((offsetY / editor.clientHeight) * H);
  return column >= 0 && row >= 0 && column < W && row < H ? row * W + column : -1;
}

function middleOf(i) {
  const [x, y, width, height] = cellOf(i, editor.clientWidth, editor.clientHeight);
  return [x + width / 2, y + height / 2];
}

// The C numbers of a pixel.
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

function paintPixel(i, value) {
  if (i < 0 || holds(i, value)) return;
  input.pixel = i;
  const pixels = input.pixels.slice();
  pixels.set(value, i * C);
  setPixels(pixels);
}

function listenToEditor() {
  let stroke = null;
  editor.addEventListener("pointerdown", (event) => {
    if (event.button || pixelAt(event) < 0) return;
    if (event.isTrusted) editor.setPointerCapture(event.pointerId);
    stroke = strokeValue(pixelAt(event));
    paintPixel(pixelAt(event), stroke);
  });
  editor.addEventListener("pointermove", (event) => stroke !== null && paintPixel(pixelAt(event), stroke));
  for (const name of ["pointerup", "pointercancel"]) editor.addEventListener(name, () => (stroke = null));
  for (const name of ["focus", "blur"]) editor.addEventListener(name, () => changed("input"));
  editor.addEventListener("keydown", onEditorKey);
}

function onEditorKey(event) {
  const arrow = ARROWS[event.key];
  if (arrow) choosePixel(arrow);
  else if (event.key === " " || event.key === "Enter") paintPixel(input.pixel, strokeValue(input.pixel));
  else return;
  event.preventDefault();
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

function addNoise() {
  const pixels = input.pixels.slice();
  const isAlpha = (i) => C === 4 && i % C === 3;
  const noisy = (value, i) => (isAlpha(i) ? value : value + 0.2 * (HIGH - LOW) * (Math.random() - 0.5));
  if (!binary) return setPixels(pixels.map(noisy));
  const order = Array.from(pixels.keys(), (i) => [Math.random(), i]).sort((a, b) => a[0] - b[0]);
  for (const [, i] of order.slice(0, 3)) pixels[i] = 1 - pixels[i];
  return setPixels(pixels);
}

function buildEditor() {
  const number = (i) => (labelling === "classes" ? `, sample ${i + 1}` : ""); // a class is not unique to one sample
  const options = samples.map((_, i) => new Option(sampleName(i) + number(i), i));
  element("sample").replaceChildren(new Option("an empty picture", -1), ...options);
  element("sample").addEventListener("change", (event) => startFrom(Number(event.target.value)));
  element("sample-label").hidden = !samples.length;
  element("noise").textContent = binary ? "Flip 3 pixels" : "Add noise";
  element("noise").addEventListener("click", addNoise);
  element("reset").addEventListener("click", () => startFrom(input.sample));
  element("clear").addEventListener("click", () => setPixels(new Float64Array(D).fill(LOW)));
  Object.assign(element("brush"), { min: LOW, max: HIGH, step: "any", value: HIGH });
  element("brush-label").hidden = binary || C > 1;
  element("colour-label").hidden = C === 1;
  startFrom(samples.length ? 0 : -1);
  element("sample").value = input.sample;
  listenToEditor();
}
