// The page's state: the samples and their codes, the reader's choices, and what is to be drawn again.

const [H, W] = modelData.shape;
const C = modelData.channels; // numbers per pixel: 1 grey, 3 colours, 4 with alpha
const [LOW, HIGH] = modelData.range;
const P = H * W; // pixels
const D = P * C; // numbers
const L = modelData.codeMean.length;
const binary = modelData.binary;
const labels = modelData.labels;
const samples = modelData.samples ? splitRows(unpack(modelData.samples), D) : [];
const codes = modelData.codes ? splitRows(unpack(modelData.codes), L) : []; // from Python, since convolutions are slow
const element = (id) => document.getElementById(id);
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

const spans = Array.from({ length: L }, (_, d) => spanOf(d)); // [low, high] of each number of the code
const state = {
  cursor: Float64Array.from(modelData.codeMean), // the code that is decoded; the numbers not drawn are the slice
  walk: null, // {from, to}: two codes
  pins: [], // {number, code}
  dimensions: firstDimensions(), // the dimensions that are drawn across and up
};

function splitRows(flat, size) {
  return Array.from({ length: flat.length / size }, (_, i) => flat.subarray(i * size, (i + 1) * size));
}

function spanOf(d) {
  const mean = modelData.codeMean[d];
  const reach = 2.5 * modelData.codeStd[d];
  const range = [mean - reach, mean + reach];
  if (codes.length) range.splice(0, 2, Infinity, -Infinity);
  for (const code of codes) range.splice(0, 2, Math.min(range[0], code[d]), Math.max(range[1], code[d]));
  return range[1] - range[0] > 1e-9 * Math.max(1, Math.abs(mean)) ? range : [range[0] - 1, range[1] + 1];
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

// The distance of two pictures: wrong pixels of binary ones, otherwise the root mean squared difference.
function distance(a, b) {
  return binary ? difference(a, b) : Math.sqrt(difference(a, b) / D);
}

// Wrong pixels, or the sum of squares. The count stops once it is above `enough`.
function difference(a, b, enough = Infinity) {
  let sum = 0;
  for (let i = 0; i < D && sum <= enough; i++) sum += binary ? a[i] > 0.5 !== b[i] > 0.5 : (a[i] - b[i]) ** 2;
  return sum;
}

function formatDistance(value) {
  if (!binary) return `differs by ${value.toPrecision(2)} on average`;
  return value === 0 ? "no pixel differs" : `${value} pixel${value === 1 ? " differs" : "s differ"}`;
}

function nearestSample(picture) {
  let [index, least] = [-1, Infinity];
  for (let i = 0; i < samples.length; i++) {
    const apart = difference(picture, samples[i], least);
    if (apart < least) [index, least] = [i, apart];
  }
  return { index, distance: binary ? least : Math.sqrt(least / D) };
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
}

// Tell a screen reader what `text()` returns, but not at every step of a moving pointer.
let announcing = 0;

function announce(text, wait = 350) {
  clearTimeout(announcing);
  announcing = setTimeout(() => (element("live").textContent = text()), wait);
}
