// Beside the plane: the picture under the pointer, the walk's strip, the pins, and the choice of dimensions.

const shown = { picture: null, nearest: null, loupe: false }; // what the cursor decodes to; loupe: also drawn beside it

function drawCursorPart() {
  shown.picture = decode(state.cursor);
  shown.nearest = nearestSample(shown.picture);
  drawOverlay();
  paintCanvas(element("picture"), shown.picture);
  const most = 8;
  const lines = Array.from(state.cursor.slice(0, most), (value, d) => `code ${d + 1}: ${formatNumber(value, d)}`);
  element("coordinates").textContent = lines.join(L > 4 ? ", " : "\n") + (L > most ? ", \u2026" : "");
  drawNearest();
}

function cursorText() {
  const code = `code ${formatCode(state.cursor)}`;
  const { index, distance } = shown.nearest;
  return samples.length ? `${code}, nearest ${sampleName(index)}: ${formatDistance(distance)}` : code;
}

function drawNearest() {
  if (!samples.length) return;
  const { index, distance } = shown.nearest;
  const wrong = binary ? differingPixels(samples[index], shown.picture) : [];
  paintCanvas(element("nearest"), samples[index], { wrong });
  element("nearest-text").textContent = `nearest: ${sampleName(index)}\n${formatDistance(distance)}`;
}

function differingPixels(a, b) {
  return Array.from(a.keys()).filter((i) => a[i] > 0.5 !== b[i] > 0.5);
}

// A button with a picture and a text.
function pictureButton(kind, onClick) {
  const [button, canvas, text] = [document.createElement("button"), newPicture(), document.createElement("span")];
  Object.assign(button, { type: "button", className: kind });
  button.append(canvas, text);
  button.addEventListener("click", onClick);
  return { button, canvas, text };
}

let strip = [];

function buildStrip() {
  strip = Array.from({ length: STEPS }, (_, i) => {
    const part = i / (STEPS - 1);
    const entry = pictureButton("", () => pin(interpolate(state.walk, part)));
    entry.part = part;
    entry.text.className = i % (STEPS - 1) ? "" : "end";
    entry.text.textContent = i === 0 ? "A" : part === 1 ? "B" : `${Math.round(100 * part)}\u2009%`;
    return entry;
  });
  element("strip").replaceChildren(...strip.map(({ button }) => listItem(button)));
}

function listItem(...children) {
  const item = document.createElement("li");
  item.append(...children);
  return item;
}

function drawWalk() {
  const none = !state.walk;
  element("strip").hidden = element("walk-clear").hidden = none;
  element("walk-hint").hidden = !none;
  if (none) return;
  for (const { part, canvas, button, text } of strip) {
    const picture = decode(interpolate(state.walk, part));
    paintCanvas(canvas, picture);
    const name = samples.length ? `, nearest ${sampleName(nearestSample(picture).index)}` : "";
    button.ariaLabel = `${text.textContent} of the way${name}. Pin it.`;
  }
}

function announceWalk() {
  const { from, to } = state.walk;
  announce(() => `Walk from ${formatCode(from)} to ${formatCode(to)} in ${STEPS} pictures`, 0);
}

let pinCount = 0;

function pin(code) {
  state.pins.push(newPin(++pinCount, Float64Array.from(code)));
  listPins();
  announce(() => `Pinned ${pinCount}: code ${formatCode(code)}`, 0);
}

function newPin(number, code) {
  const picture = decode(code);
  const entry = pictureButton("go", () => goTo(code));
  const nearest = nearestSample(picture);
  const name = samples.length ? ` ${nearest.distance ? "\u2248" : "="} ${sampleName(nearest.index)}` : "";
  const count = document.createElement("b");
  Object.assign(count, { className: "number", textContent: number });
  entry.text.append(count, name);
  entry.button.title = `Go to the code ${formatCode(code, L)}`;
  return { number, code, picture, ...entry, item: listItem(entry.button, removeButton(number)) };
}

function removeButton(number) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "remove", textContent: "\u00d7" });
  button.ariaLabel = `Remove pin ${number}`;
  button.addEventListener("click", () => unpin(state.pins.find((one) => one.number === number)));
  return button;
}

function unpin(one) {
  state.pins = state.pins.filter((other) => other !== one);
  listPins();
  if (one) announce(() => `Removed pin ${one.number}`, 0);
}

function listPins() {
  element("pins").replaceChildren(...state.pins.map(({ item }) => item));
  element("pins").hidden = element("pins-clear").hidden = !state.pins.length;
  element("pins-hint").hidden = state.pins.length > 0;
  changed("pins", "cursor");
}

function drawPins() {
  for (const { canvas, picture } of state.pins) paintCanvas(canvas, picture);
}

function clearPins() {
  state.pins = [];
  listPins();
}

// For codes of more than two numbers: which are drawn, and the values of the others.
function buildDimensions() {
  if (L < 3) return;
  element("dimensions").hidden = false;
  ["dimension-x", "dimension-y"].forEach((id, axis) => {
    element(id).replaceChildren(...Array.from({ length: L }, (_, d) => new Option(`code ${d + 1}`, d)));
    element(id).addEventListener("change", (event) => chooseDimension(axis, Number(event.target.value)));
  });
  element("slice").addEventListener("click", () => goTo(input.code));
  changed("dimensions");
}

// If the other axis shows this dimension already, the axes swap.
function chooseDimension(axis, d) {
  const other = state.dimensions[1 - axis];
  if (other === d) state.dimensions[1 - axis] = state.dimensions[axis];
  state.dimensions[axis] = d;
  changed("dimensions");
  showAll();
}

function drawSliders() {
  if (L < 3) return;
  state.dimensions.forEach((d, axis) => (element(`dimension-${"xy"[axis]}`).value = d));
  element("sliders").replaceChildren(...heldDimensions().map(newSlider));
}

function newSlider(d) {
  const [label, slider, value] = ["label", "input", "output"].map((name) => document.createElement(name));
  const [low, high] = widen(spans[d], 0.09);
  Object.assign(slider, { type: "range", min: low, max: high, step: "any", value: state.cursor[d] });
  value.textContent = formatNumber(state.cursor[d], d);
  label.append(`code ${d + 1}`, slider, value);
  slider.addEventListener("input", () => {
    state.cursor = state.cursor.slice();
    state.cursor[d] = Number(slider.value);
    value.textContent = formatNumber(state.cursor[d], d);
    changed("plane", "cursor");
  });
  return label;
}
