// Pins: codes that the reader keeps, each with its picture.

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
  const name = nearest.index >= 0 ? ` ${nearest.distance ? "\u2248" : "="} ${sampleName(nearest.index)}` : "";
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
