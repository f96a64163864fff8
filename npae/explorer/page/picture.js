// Pictures: arrays of D numbers drawn as H x W pixels, dark where greys are high, or in their colours.

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
    for (let c = 0; c < 3; c++) {
      bytes[4 * i + c] = alpha * 255 * partOf(pixels[i * C + c]) + (1 - alpha) * theme.page[c];
    }
    bytes[4 * i + 3] = 255;
  }
}

// A vector graphic of a small picture has one rectangle for each pixel.
function paintPixels(context, pixels, x, y, width, height) {
  if (context.vector && P <= 400) return paintRectangles(context, raster(pixels).data, x, y, width / W, height / H);
  scratchContext.putImageData(raster(pixels), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(scratch, x, y, width, height);
  const cell = Math.min(width / W, height / H);
  if (cell >= 6) drawGaps(context, x, y, width, height, Math.min(2, cell / 10));
  return undefined;
}

function paintRectangles(context, bytes, x, y, wide, tall) {
  for (let i = 0; i < P; i++) {
    context.fillStyle = `rgb(${bytes.slice(4 * i, 4 * i + 3).join()})`;
    context.fillRect(x + (i % W) * wide, y + Math.floor(i / W) * tall, wide, tall);
  }
}

function drawGaps(context, x, y, width, height, thick) {
  context.fillStyle = theme.card;
  for (let c = 1; c < W; c++) context.fillRect(x + (c * width) / W - thick / 2, y, thick, height);
  for (let r = 1; r < H; r++) context.fillRect(x, y + (r * height) / H - thick / 2, width, thick);
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
