// Start the page, and expose its state to tests and to curious readers.

const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const THEMES = ["auto", "light", "dark"];
let chosenTheme = "auto";

function darkNow() {
  return chosenTheme === "auto" ? darkScheme.matches : chosenTheme === "dark";
}

function applyTheme() {
  document.documentElement.dataset.theme = darkNow() ? "dark" : "light";
  element("theme").textContent = `Theme: ${chosenTheme}`;
  readTheme();
  drawLegend();
  listTracks();
  changed(...Object.keys(drawers));
}

function nextTheme() {
  chosenTheme = THEMES[(THEMES.indexOf(chosenTheme) + 1) % THEMES.length];
  applyTheme();
}

function introduce() {
  const sizes = modelData.decoder.map(({ shape }) => shape.join("\u00d7"));
  const what = L === 1 ? "line is a code of one number" : `plane is a code of ${L === 2 ? "two" : L} numbers`;
  const result = { pictures: "picture", series: "series", table: "row of the table" }[KIND];
  const ends = [LOW, HIGH].map((value) => Number(value.toPrecision(4)).toString().replace("-", "\u2212"));
  const range = ` ${C > 1 ? "Colours" : "Greys"} go from ${ends[0]} to ${ends[1]}.`;
  element("lead").textContent =
    `Every point of the ${what}, and the decoder ${[L, ...sizes].join("\u2013")} turns it into a ${result}. ` +
    `Move over it to see the ${result}, click to keep it, drag from one point to another to see what lies between.` +
    (!PICTURES || (LOW === 0 && HIGH === 1) ? "" : range);
  if (!COMPARED) document.querySelector("#rebuilt + figcaption").textContent = "prediction";
  element("plane-heading").textContent = L === 1 ? "Code line" : "Code plane";
  element("overlay").ariaLabel = `${element("plane-heading").textContent}. Arrow keys move, Enter pins.`;
  element("keys-text").textContent =
    "Move: decode. Click or tap: pin. Drag: walk from A to B; drag A or B to move it. Wheel or pinch: zoom. " +
    "Shift and drag, or two fingers: move the view. Arrow keys: move the cursor (Ctrl: finely, Shift: walk). " +
    "Enter: pin. N and P: next and previous sample shown. + \u2212 0: zoom. Z: drag a box to zoom to it. " +
    "Esc: remove the walk. Del: remove the last pin.";
}

const BUILDERS = [
  buildDimensions, buildStrip, buildLegend, buildEditor, listenToPlane, buildSearch, listWorst, buildUpload,
  buildSaving, buildCodeText, buildFacts, listTracks,
];

function start() {
  Object.assign(drawers, {
    plane: drawPlane, cursor: drawCursorPart, walk: drawWalk, pins: drawPins, input: drawInput, dimensions: drawSliders,
    worst: drawWorst, history: drawHistory,
  });
  const { style } = document.documentElement;
  style.setProperty("--ratio", RATIO);
  style.setProperty("--columns", K);
  document.querySelector("main").classList.toggle("line", L === 1);
  document.querySelector("main").classList.add(KIND);
  element("far-label").hidden = !codes.length;
  element("prior-label").hidden = !modelData.variational;
  element("near").hidden = !samples.length || !COMPARED;
  introduce();
  fitView();
  readTheme();
  for (const build of BUILDERS) build();
  const canvases = ["axes", "plane", "overlay", "picture", "nearest", "editor", "rebuilt", "history"];
  for (const id of canvases) watcher.observe(element(id));
  element("walk-clear").addEventListener("click", () => setWalk(null));
  element("pins-clear").addEventListener("click", clearPins);
  element("theme").addEventListener("click", nextTheme);
  darkScheme.addEventListener("change", applyTheme);
  applyTheme();
  buildLink();
}

start();

window.npae = {
  encode, decode, samples, codes, labels, state, input, view, frames, occupied, linkText,
  place: (code) => toPixels(Float64Array.from(code)),
  middle: middleOf,
};
