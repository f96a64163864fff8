// The code under the pointer as Python writes it, to copy and to type in; and how text reaches the clipboard.

const codeField = element("code");

// Six digits: as many as a place on the screen has, and more.
function shortNumber(value) {
  return Number(value.toPrecision(6));
}

function codeText(code) {
  return `[${Array.from(code, shortNumber).join(", ")}]`;
}

function showCodeText() {
  if (document.activeElement !== codeField) codeField.value = codeText(state.cursor);
}

// Go to a typed code, or say why it is none.
function takeCode() {
  const numbers = numbersIn(codeField.value.replace(/\u2212/g, "-"));
  const good = numbers.length === L && numbers.every(Number.isFinite);
  codeField.ariaInvalid = `${!good}`;
  if (!good) return sayCopied(`A code has ${L} number${L > 1 ? "s" : ""}, such as ${codeText(modelData.codeMean)}.`);
  sayCopied("");
  return goTo(Float64Array.from(numbers));
}

function sayCopied(text) {
  element("copied").textContent = text;
  if (text) announce(() => text, 0);
}

// The clipboard may be forbidden, as in a notebook's frame: then the old way, and then the reader's own keys.
async function copyText(text, field, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    field.value = text;
    field.focus();
    field.select();
    if (!document.execCommand("copy")) return sayCopied("Press Ctrl+C to copy it.");
  }
  return sayCopied(`Copied ${what}`);
}

function buildCodeText() {
  codeField.addEventListener("keydown", (event) => event.key === "Enter" && takeCode());
  codeField.addEventListener("focus", () => codeField.select());
  codeField.addEventListener("blur", showCodeText);
  element("copy-code").addEventListener("click", () => copyText(codeText(state.cursor), codeField, "the code"));
}
