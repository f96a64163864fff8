// The page's state: the samples and their codes, the reader's choices, and what is to be drawn again.

const [H, W] = modelData.shape;
const C = modelData.channels; // numbers per pixel: 1 grey, 3 colours, 4 with alpha
const [LOW, HIGH] = modelData.range;
const P = H * W; // pixels
const D = P * C; // numbers
const L = modelData.codeMean.length;
const { kind: KIND, steps: T, tracks: K } = modelData; // K channels or columns at each of T steps
const PICTURES = KIND === "pictures"; // otherwise "series", drawn as curves, or a "table", drawn as bars
const asInput = columnsOf(modelData); // what the samples hold
const asDecoded = modelData.predicted ? columnsOf(modelData.predicted) : asInput; // what the decoder predicts
const COMPARED = asDecoded === asInput; // otherwise the numbers of samples and of what is decoded mean different things
const binary = modelData.binary && PICTURES;
const labels = modelData.labels;
const samples = modelData.samples ? splitRows(unpack(modelData.samples), D) : [];
const codes = modelData.codes ? splitRows(unpack(modelData.codes), L) : []; // from Python, since convolutions are slow
const errors = modelData.errors ? unpack(modelData.errors) : null; // root mean squares, from Python too
const masks = modelData.mask ? splitRows(unpack(modelData.mask), T) : null; // which steps of a series are no padding
const deviations = modelData.deviations ? splitRows(unpack(modelData.deviations), L) : null; // of the posteriors
const element = (id) => document.getElementById(id);
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

const spans = Array.from({ length: L }, (_, d) => spanOf(d)); // [low, high] of each number of the code
const state = {
  cursor: Float64Array.from(modelData.codeMean), // the code that is decoded; the numbers not drawn are the slice
  walk: null, // {from, to}: two codes
  pins: [], // {number, code}
  dimensions: firstDimensions(), // the dimensions that are drawn across and up
  hidden: new Set(), // classes that are not drawn
  tint: "class", // what the samples' colours say: "class" or "error"
};

// Names, ranges and their lengths of channels or columns.
function columnsOf({ names, ranges }) {
  return { names, ranges, lengths: ranges.map(([low, high]) => high - low) };
}

function splitRows(flat, size) {
  return Array.from({ length: flat.length / size }, (_, i) => flat.subarray(i * size, (i + 1) * size));
}

// A code that hardly varies gets a wide range, so that its samples are seen to be one point.
function spanOf(d) {
  const mean = modelData.codeMean[d];
  const reach = 2.5 * modelData.codeStd[d];
  const range = [mean - reach, mean + reach];
  if (codes.length) range.splice(0, 2, Infinity, -Infinity);
  for (const code of codes) range.splice(0, 2, Math.min(range[0], code[d]), Math.max(range[1], code[d]));
  const least = modelData.collapsed ? 0.1 : 1e-9;
  return range[1] - range[0] > least * Math.max(1, Math.abs(mean)) ? range : [range[0] - 1, range[1] + 1];
}

// The two numbers of the code that vary most, in the order of the code.
function firstDimensions() {
  const order = modelData.codeStd.map((std, d) => [std, d]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  return order.slice(0, 2).map(([, d]) => d).sort((a, b) => a - b);
}

function heldDimensions() {
  return Array.from({ length: L }, (_, d) => d).filter((d) => !state.dimensions.includes(d));
}

const decimals = spans.map(([low, high]) => Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(high - low)))));

function formatNumber(value, d) {
  return value.toFixed(decimals[d]).replace("-", "\u2212");
}

function formatCode(code, most = 6) {
  const numbers = Array.from(code.slice(0, most), formatNumber);
  return `(${numbers.join(", ")}${code.length > most ? ", \u2026" : ""})`;
}

function sampleName(i) {
  return labels ? labels[i] : `sample ${i + 1}`;
}

function interpolate({ from, to }, part) {
  return from.map((value, d) => value + part * (to[d] - value));
}

// Drawing waits for the next frame, and only changed parts are drawn.
const drawers = {}; // part -> function, set by main.js
const frames = { count: 0, milliseconds: 0 };
const stale = new Set();

function changed(...parts) {
  if (!stale.size) requestAnimationFrame(drawFrame);
  for (const part of parts) stale.add(part);
}

function drawFrame() {
  const began = performance.now();
  const parts = [...stale];
  stale.clear();
  for (const part of parts) drawers[part]();
  frames.count += 1;
  frames.milliseconds = performance.now() - began;
  updateLink();
}

// Tell a screen reader what `text()` returns, but not at every step of a moving pointer.
let announcing = 0;

function announce(text, wait = 350) {
  clearTimeout(announcing);
  announcing = setTimeout(() => (element("live").textContent = text()), wait);
}
