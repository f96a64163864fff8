// A row of a table as a form: each column's value can be typed, and stands beside what is rebuilt of it.

function buildFields() {
  element("fields").hidden = KIND !== "table";
  if (KIND !== "table") return;
  if (!COMPARED) element("field-decoded").textContent = "predicted";
  element("field-rows").replaceChildren(...Array.from({ length: K }, (_, i) => fieldRow(i)));
}

function fieldRow(i) {
  const [row, name, cell, rebuilt] = ["tr", "th", "td", "td"].map((tag) => document.createElement(tag));
  const field = document.createElement("input");
  Object.assign(field, { type: "number", step: "any", ariaLabel: trackName(i) });
  Object.assign(name, { scope: "row", textContent: trackName(i) });
  field.addEventListener("input", () => {
    if (field.value !== "" && Number.isFinite(Number(field.value))) setNumber(i, Number(field.value));
  });
  cell.append(field);
  row.append(name, cell, rebuilt);
  return row;
}

function setNumber(i, value) {
  const pixels = input.pixels.slice();
  pixels[i] = value;
  setPixels(pixels);
}

// A field that is being typed in keeps its text.
function showFields(rebuilt) {
  if (KIND !== "table") return;
  Array.from(element("field-rows").children, ({ children: [, cell, last] }, i) => {
    const field = cell.firstChild;
    if (field !== document.activeElement) field.value = Number(input.pixels[i].toPrecision(6));
    const value = formatValue(rebuilt[i], i, asDecoded);
    last.textContent = COMPARED ? value : `${trackName(i, asDecoded)}: ${value}`;
    return null;
  });
}
