// Codes of more than two numbers: which are drawn, and the values of the others.

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
  fitView();
  changed("dimensions", "plane", "cursor");
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
