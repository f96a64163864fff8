// The input, which the reader can edit: its code moves on the plane, its reconstruction is drawn beside it.

const editor = element("editor");
const TRAIL = 60; // earlier codes of the input that are drawn
const GLIDE = 220; // milliseconds in which the input's mark moves to its new code
const input = {
  pixels: emptySample(),
  original: emptySample(), // what the reconstruction is compared with
  sample: -1,
  mask: null, // of a sample with padding
  code: null,
  shown: null, // the position of its mark, which moves to the code
  trail: [],
  pixel: 0, // the number, such as a pixel, that keys change
};

// A blank picture, or the middle of the ranges of what is no picture.
function emptySample() {
  const empty = new Float64Array(D);
  return PICTURES ? empty.fill(LOW) : empty.map((_, i) => asInput.ranges[i % K][0] + asInput.lengths[i % K] / 2);
}

function startFrom(sample) {
  input.sample = sample;
  input.original = sample < 0 ? emptySample() : samples[sample];
  input.mask = sample >= 0 && masks ? masks[sample] : null;
  element("sample").value = sample;
  input.pixels = input.original.slice();
  input.trail = [];
  input.code = input.shown = encode(input.pixels, input.mask);
  changed("input", "cursor");
}

function setPixels(pixels) {
  input.trail = [...input.trail, input.code].slice(-TRAIL);
  input.pixels = pixels;
  input.code = encode(pixels, input.mask);
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
  const count = PICTURES ? P : D;
  const touched = Array.from({ length: count }, (_, i) => i).filter((i) => !holds(i, numbersAt(input.original, i)));
  const marked = touched.length <= P / 2 ? touched : []; // marks everywhere would say nothing
  const focused = document.activeElement === editor && editor.matches(":focus-visible");
  const behind = PICTURES ? null : input.original;
  const marks = { touched: PICTURES ? marked : [], chosen: focused ? input.pixel : -1 };
  paintCanvas(editor, input.pixels, { ...marks, columns: asInput, behind });
  const wrong = binary && input.sample >= 0 ? differingPixels(input.original, rebuilt) : [];
  paintCanvas(element("rebuilt"), rebuilt, { wrong, behind: PICTURES || !COMPARED ? null : input.pixels });
  if (!PICTURES) element("rebuilt").ariaLabel = `Its ${COMPARED ? "reconstruction" : "prediction"}: ${spokenValues(rebuilt)}`;
  showFields(rebuilt);
  element("input-text").textContent = inputText(rebuilt, touched.length, marked.length > 0);
}

function inputText(rebuilt, changes, marked) {
  const one = PICTURES ? "pixel" : "number";
  const corners = marked && PICTURES ? " (green corners)" : "";
  const pixels = `${changes || "no"} ${one}${changes === 1 ? "" : "s"} changed${corners}`;
  const lines = [`code ${formatCode(input.code)}`];
  if (input.sample >= 0) {
    lines.push(`input: ${pixels}`);
    if (COMPARED) lines.push(againstText(distance(input.original, rebuilt)));
  }
  const nearest = nearestSample(rebuilt);
  if (nearest.index >= 0) lines.push(`the reconstruction is nearest to ${sampleName(nearest.index)}`);
  return lines.join("\n");
}

function againstText(apart) {
  const crossed = binary && apart ? " (crossed out)" : "";
  return `against ${sampleName(input.sample)}: ${formatDistance(apart)}${crossed}`;
}

function addNoise() {
  if (binary) return setPixels(flipped(3));
  const isAlpha = (i) => C === 4 && i % C === 3;
  const reach = (i) => 0.2 * (PICTURES ? HIGH - LOW : asInput.lengths[i % K]);
  const noisy = (value, i) => (isAlpha(i) ? value : value + reach(i) * (Math.random() - 0.5));
  return setPixels(input.pixels.map(noisy));
}

function flipped(count) {
  const pixels = input.pixels.slice();
  const order = Array.from(pixels.keys(), (i) => [Math.random(), i]).sort((a, b) => a[0] - b[0]);
  for (const [, i] of order.slice(0, count)) pixels[i] = 1 - pixels[i];
  return pixels;
}

// Light becomes dark: wanted where an uploaded picture has the other's ink.
function invert() {
  const isAlpha = (i) => C === 4 && i % C === 3;
  setPixels(input.pixels.map((value, i) => (isAlpha(i) ? value : LOW + HIGH - value)));
}

function nameTheEditor() {
  if (PICTURES) return;
  element("input-heading").textContent = "Encode a sample of your own";
  element("input-caption").textContent = KIND === "table" ? "input: drag its bars" : "input: draw on it";
  editor.ariaLabel = "Input. Arrow keys choose a number and change it.";
  element("picture").ariaLabel = "The decoded sample";
}

function buildEditor() {
  const number = (i) => (labelling === "classes" ? `, sample ${i + 1}` : ""); // a class is not unique to one sample
  const options = samples.map((_, i) => new Option(sampleName(i) + number(i), i));
  const empty = PICTURES ? "an empty picture" : "the middle of all ranges";
  element("sample").replaceChildren(new Option(empty, -1), ...options);
  element("sample").addEventListener("change", (event) => startFrom(Number(event.target.value)));
  element("sample-label").hidden = !samples.length;
  element("noise").textContent = binary ? "Flip 3 pixels" : "Add noise";
  const [reset, clear] = [() => startFrom(input.sample), () => setPixels(emptySample())];
  const actions = { noise: addNoise, invert, reset, clear };
  for (const [id, action] of Object.entries(actions)) element(id).addEventListener("click", () => action());
  element("invert").hidden = !PICTURES;
  Object.assign(element("brush"), { min: LOW, max: HIGH, step: "any", value: HIGH });
  element("brush-label").hidden = binary || C > 1 || !PICTURES;
  element("colour-label").hidden = C === 1 || !PICTURES;
  element("thick-label").hidden = !PICTURES || P < 100;
  nameTheEditor();
  buildFields();
  startFrom(samples.length ? 0 : -1);
  listenToEditor();
}
