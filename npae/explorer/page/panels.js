// Beside the plane: what is under the pointer, and the walk's strip.

const shown = { picture: null, nearest: null, loupe: false }; // what the cursor decodes to; loupe: also drawn beside it

function drawCursorPart() {
  shown.picture = decode(state.cursor);
  shown.nearest = nearestSample(shown.picture);
  drawOverlay();
  paintCanvas(element("picture"), shown.picture);
  if (!PICTURES) element("picture").ariaLabel = `The decoded sample: ${spokenValues(shown.picture)}`;
  showCodeText();
  const most = 8;
  const lines = Array.from(state.cursor.slice(0, most), (value, d) => `code ${d + 1}: ${formatNumber(value, d)}`);
  element("coordinates").textContent = lines.join(L > 4 ? ", " : "\n") + (L > most ? ", \u2026" : "");
  drawNearest();
}

function cursorText() {
  const code = `code ${formatCode(state.cursor)}`;
  const { index, distance } = shown.nearest;
  return index >= 0 ? `${code}, nearest ${sampleName(index)}: ${formatDistance(distance)}` : code;
}

function drawNearest() {
  const { index, distance } = shown.nearest;
  if (index < 0) return;
  const wrong = binary ? differingPixels(samples[index], shown.picture) : [];
  paintCanvas(element("nearest"), samples[index], { wrong, columns: asInput, behind: PICTURES ? null : shown.picture });
  element("nearest-text").textContent = `nearest: ${sampleName(index)}\n${formatDistance(distance)}`;
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
  element("strip").hidden = element("walk-clear").hidden = element("strip-save").hidden = none;
  element("walk-hint").hidden = !none;
  if (none) return;
  for (const { part, canvas, button, text } of strip) {
    const picture = decode(interpolate(state.walk, part));
    paintCanvas(canvas, picture);
    const { index } = nearestSample(picture);
    const name = index >= 0 ? `, nearest ${sampleName(index)}` : "";
    button.ariaLabel = `${text.textContent} of the way${name}. Pin it.`;
  }
}

function announceWalk() {
  const { from, to } = state.walk;
  announce(() => `Walk from ${formatCode(from)} to ${formatCode(to)} in ${STEPS} pictures`, 0);
}
