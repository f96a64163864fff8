// Pictures: arrays of D numbers drawn as H x W pixels, dark where greys are high, or in their colours.

const RATIO = Math.min(3, Math.max(1 / 3, W / H)); // so that a single row of pixels becomes bars, not a line
const scratch = new OffscreenCanvas(W, H);
const scratchContext = scratch.getContext("2d");
let theme = {}; // colours by their names in page.css, and what follows from them

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const names = ["card", "edge", "ink", "quiet", "paper", "point", "cursor", "walk", "code", "wrong"];
  theme = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  theme.rem = parseFloat(style.fontSize);
  theme.font = style.fontFamily;
  theme.page = bytesOf(theme.paper);
  theme.shades = shades(theme.page, bytesOf(theme.ink));
}

// Red, green and blue of #rrggbb.
function bytesOf(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// 256 opaque colours from paper to ink, each as the four bytes of a pixel.
function shades(from, to) {
  const shade = (i) => [...from.map((part, c) => part + (i / 255) * (to[c] - part)), 255];
  const bytes = Array.from({ length: 256 }, (_, i) => shade(i)).flat();
  return new Uint32Array(Uint8ClampedArray.from(bytes).buffer);
}

function raster(pixels) {
  const image = scratchContext.createImageData(W, H);
  if (C > 1) fillColours(image.data, pixels);
  else fillGreys(new Uint32Array(image.data.buffer), pixels);
  return image;
}

// How far a number is on the way from LOW to HIGH.
function partOf(value) {
  return Math.min(1, Math.max(0, (value - LOW) / (HIGH - LOW))) || 0;
}

function fillGreys(colours, pixels) {
  for (let i = 0; i < P; i++) colours[i] = theme.shades[Math.round(255 * partOf(pixels[i]))];
}

// Red, green and blue as they are, on the page where alpha is low: canvases are painted over, so all is opaque.
function fillColours(bytes, pixels) {
  for (let i = 0; i < P; i++) {
    const alpha = C === 4 ? partOf(pixels[i * C + 3]) : 1;
    for (let c = 0; c < 3; c++) bytes[4 * i + c] = alpha * 255 * partOf(pixels[i * C + c]) + (1 - alpha) * theme.page[c];
    bytes[4 * i + 3] = 255;
  }
}

function paint(context, pixels, x, y, width, height) {
  scratchContext.putImageData(raster(pixels), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(scratch, x, y, width, height);
  const cell = Math.min(width / W, height / H);
  if (cell >= 6) drawGaps(context, x, y, width, height, Math.min(2, cell / 10));
}

function drawGaps(context, x, y, width, height, thick) {
  context.fillStyle = theme.card;
  for (let c = 1; c < W; c++) context.fillRect(x + (c * width) / W - thick / 2, y, thick, height);
  for (let r = 1; r < H; r++) context.fillRect(x, y + (r * height) / H - thick / 2, width, thick);
}

function strokeFrame(context, x, y, width, height, colour, thick = 1) {
  context.strokeStyle = colour;
  context.lineWidth = thick;
  context.strokeRect(x + thick / 2, y + thick / 2, width - thick, height - thick);
}

// Fill a canvas with one picture. `wrong` are pixels to cross out, `touched` are pixels to mark in a corner.
function paintCanvas(canvas, pixels, { wrong = [], touched = [], chosen = -1 } = {}) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  paint(context, pixels, 0, 0, width, height);
  for (const i of wrong) drawCross(context, cellOf(i, width, height));
  for (const i of touched) drawCorner(context, cellOf(i, width, height));
  strokeFrame(context, 0, 0, width, height, theme.edge, devicePixelRatio);
  if (chosen >= 0) strokeFrame(context, ...cellOf(chosen, width, height), theme.cursor, 3 * devicePixelRatio);
}

function cellOf(i, width, height) {
  return [((i % W) * width) / W, (Math.floor(i / W) * height) / H, width / W, height / H];
}

function drawCross(context, [x, y, width, height]) {
  context.beginPath();
  for (const [from, to] of [[0.2, 0.8], [0.8, 0.2]]) {
    context.moveTo(x + 0.2 * width, y + from * height);
    context.lineTo(x + 0.8 * width, y + to * height);
  }
  context.lineWidth = Math.max(1, Math.min(width, height) / 6);
  context.strokeStyle = theme.wrong;
  context.stroke();
}

function drawCorner(context, [x, y, width, height]) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 0.45 * width, y);
  context.lineTo(x, y + 0.45 * height);
  context.fillStyle = theme.code;
  context.fill();
}

// A canvas has one pixel per pixel of the screen. A new size empties it, so all canvases are drawn again at once.
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) sharpen(target);
  readTheme();
  changed("cursor", "walk", "pins", "input");
  if (entries.some(({ target }) => target === stage)) changed("plane");
  drawFrame();
});

function sharpen(canvas) {
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
}

function newPicture() {
  const canvas = document.createElement("canvas");
  watcher.observe(canvas);
  return canvas;
}
