// The legend: what colours and marks mean, and which classes are drawn.

function buildLegend() {
  const tints = labelling === "classes" || labelling === "letters" ? [["class", "class"]] : [["class", "one colour"]];
  if (errors) tints.push(["error", "error"]);
  element("tint").replaceChildren(...tints.map(([value, text]) => new Option(text, value)));
  element("tint-label").hidden = tints.length < 2;
  element("tint").addEventListener("change", (event) => setTint(event.target.value));
  element("show-all").addEventListener("click", () => hideClasses(new Set()));
}

function setTint(tint) {
  state.tint = errors ? tint : "class";
  drawLegend();
  changed("plane");
}

function drawLegend() {
  const legend = element("legend");
  element("tint").value = state.tint;
  element("show-all").hidden = !state.hidden.size;
  element("error-scale").hidden = state.tint !== "error";
  if (state.tint === "error") drawErrorScale();
  legend.hidden = labelling !== "classes";
  if (legend.hidden) return;
  const focused = document.activeElement?.dataset.class;
  legend.replaceChildren(...classes.map((name, i) => listItem(legendButton(name, i))));
  if (focused) legend.querySelector(`[data-class="${focused}"]`)?.focus();
}

function legendButton(name, i) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", ariaPressed: `${!state.hidden.has(i)}` });
  Object.assign(button, { title: "Click: hide or show. Double-click, Alt and click, or O: this class alone" });
  button.dataset.class = i;
  button.append(swatch(MARKS[i], state.tint === "error" ? theme.quiet : trackColour(i)), name);
  button.addEventListener("click", (event) => (event.altKey ? showOnly(i) : toggleClass(i)));
  button.addEventListener("dblclick", () => showOnly(i));
  button.addEventListener("keydown", (event) => event.key.toLowerCase() === "o" && showOnly(i));
  return button;
}

// A small canvas with a mark; its class is drawn by colour and by shape.
function swatch(mark, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 16 * devicePixelRatio;
  const context = canvas.getContext("2d");
  context.scale(devicePixelRatio, devicePixelRatio);
  Object.assign(context, { fillStyle: colour, strokeStyle: "transparent" });
  drawMark(context, mark, 8, 8, 5);
  return canvas;
}

function toggleClass(i) {
  const hidden = new Set(state.hidden);
  if (!hidden.delete(i)) hidden.add(i);
  hideClasses(hidden.size < classes.length ? hidden : new Set());
}

function showOnly(i) {
  const others = classes.map((_, j) => j).filter((j) => j !== i);
  const alone = others.every((j) => state.hidden.has(j)) && !state.hidden.has(i);
  hideClasses(new Set(alone ? [] : others));
}

function hideClasses(hidden) {
  state.hidden = hidden;
  drawLegend();
  listWorst();
  changed("plane", "cursor");
  const seen = classes.filter((_, i) => !hidden.has(i));
  announce(() => (hidden.size ? `Shown: ${seen.join(", ")}` : "All classes are shown"), 0);
}

function drawErrorScale() {
  const canvas = element("error-colours");
  const context = canvas.getContext("2d");
  for (let x = 0; x < canvas.width; x++) {
    context.fillStyle = errorColour(x / (canvas.width - 1));
    context.fillRect(x, 0, 1, canvas.height);
  }
  const text = (value) => (PICTURES ? value.toPrecision(2) : `${(100 * value).toPrecision(2)}\u2009%`);
  element("least-error").textContent = `error ${text(LEAST_ERROR)}`;
  element("most-error").textContent = `${text(MOST_ERROR)} and more${PICTURES ? "" : " of the range"}`;
}
