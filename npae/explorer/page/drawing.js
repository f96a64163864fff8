// Canvases: each shows one sample, whatever its kind, as sharp as the screen is.

const RATIO = { pictures: Math.min(3, Math.max(1 / 3, W / H)), series: 1.7, table: 1.5 }[KIND]; // width by height
const PAINTERS = { pictures: paintPixels, series: paintCurves, table: paintBars };

// Draw what is decoded, or an input (`columns` says which); curves and bars are compared to the sample `behind`.
function paint(context, values, x, y, width, height, columns = asDecoded, behind = null) {
  PAINTERS[KIND](context, values, x, y, width, height, columns, behind);
}

function strokeFrame(context, x, y, width, height, colour, thick = 1) {
  context.strokeStyle = colour;
  context.lineWidth = thick;
  context.strokeRect(x + thick / 2, y + thick / 2, width - thick, height - thick);
}

// Fill a canvas with one sample. `wrong` are pixels to cross out, `touched` are pixels to mark in a corner, and
// `behind` is another sample, to which curves or bars are compared if they have the same columns.
function paintCanvas(canvas, pixels, { wrong = [], touched = [], chosen = -1, columns, behind = null } = {}) {
  const context = canvas.getContext("2d");
  const [width, height] = [canvas.width, canvas.height].map((length) => length / devicePixelRatio);
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  paint(context, pixels, 0, 0, width, height, columns, behind);
  for (const i of wrong) drawCross(context, cellOf(i, width, height));
  for (const i of touched) drawCorner(context, cellOf(i, width, height));
  strokeFrame(context, 0, 0, width, height, theme.edge);
  if (chosen >= 0) strokeFrame(context, ...cellOf(chosen, width, height), theme.cursor, 3);
}

// The part of a canvas that shows a number: a pixel, a row of the table, or a step of the series.
function cellOf(i, width, height) {
  if (KIND === "table") return [0, (i * height) / K, width, height / K];
  if (KIND === "series") return [(Math.floor(i / K) * width) / T, 0, width / T, height];
  return [((i % W) * width) / W, (Math.floor(i / W) * height) / H, width / W, height / H];
}

// A canvas has one pixel per pixel of the screen. A new size empties it, so all canvases are drawn again at once.
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) sharpen(target);
  readTheme();
  changed("cursor", "walk", "pins", "input", "worst", "history");
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
