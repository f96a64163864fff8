// Pictures to take away: what is under the pointer, the strip of a walk and the plane, as PNG or SVG.

const SHARP = 2; // pixels of a saved PNG for each pixel of the page

function fileName(what, kind) {
  const title = document.title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_|_$/g, "").slice(0, 40);
  return `${title || "explorer"}_${what}.${kind}`;
}

function save(what, kind, width, height, draw) {
  [width, height] = [Math.ceil(width), Math.ceil(height)];
  if (kind === "svg") {
    const context = new SvgContext(width, height);
    draw(context);
    return download(new Blob([context.text()], { type: "image/svg+xml" }), fileName(what, kind));
  }
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: width * SHARP, height: height * SHARP });
  const context = canvas.getContext("2d");
  context.scale(SHARP, SHARP);
  draw(context);
  return canvas.toBlob((blob) => download(blob, fileName(what, kind)));
}

function download(blob, name) {
  const link = document.createElement("a");
  Object.assign(link, { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  announce(() => `Saved ${name}`, 0);
}

function savePicture(kind) {
  const tall = 20 * theme.rem;
  save("picture", kind, tall * RATIO, tall, (context) => paint(context, shown.picture, 0, 0, tall * RATIO, tall));
}

function saveStrip(kind) {
  const [tall, gap, text] = [6 * theme.rem, 0.6 * theme.rem, 1.6 * theme.rem];
  const wide = tall * RATIO;
  save("strip", kind, STEPS * (wide + gap) + gap, tall + text + 2 * gap, (context) => {
    drawPaper(context, STEPS * (wide + gap) + gap, tall + text + 2 * gap);
    strip.forEach(({ part, text: label }, i) => {
      const x = gap + i * (wide + gap);
      paint(context, decode(interpolate(state.walk, part)), x, gap, wide, tall);
      strokeFrame(context, x, gap, wide, tall, theme.edge);
      Object.assign(context, { textAlign: "center", textBaseline: "middle", fillStyle: theme.ink });
      context.font = `${0.85 * theme.rem}px ${theme.font}`;
      context.fillText(label.textContent, x + wide / 2, tall + gap + text / 2 + 0.2 * theme.rem);
    });
  });
}

// The plane with its title above, its margins, and the classes below it.
function savePlane(kind) {
  const [[width, height], [left, below]] = [size(), margins()];
  const [top, edge, line] = [2.2 * theme.rem, 0.6 * theme.rem, 1.5 * theme.rem];
  const seen = labelling === "classes" ? classes.map((_, i) => i).filter((i) => !state.hidden.has(i)) : [];
  const wide = left + width + 2 * edge;
  const rows = legendRows(seen, wide - 2 * edge);
  const tall = top + height + below + rows.length * line + edge;
  save("plane", kind, wide, tall, (context) => {
    drawPaper(context, wide, tall);
    context.font = `600 ${theme.rem}px ${theme.font}`;
    Object.assign(context, { textAlign: "left", textBaseline: "middle", fillStyle: theme.ink });
    context.fillText(shortened(context, document.title + tintText(), wide - 2 * edge), edge, top / 2);
    within(context, [edge, top, left + width, height + below], () => drawNumbers(context));
    within(context, [edge + left, top, width, height], () => {
      drawPlaneOn(context);
      drawKept(context);
    });
    rows.forEach((row, n) => drawLegendRow(context, row, edge, top + height + below + (n + 0.5) * line));
  });
}

// What colours say, where they do not say the class.
function tintText() {
  if (state.tint !== "error") return "";
  const [least, most] = ["least-error", "most-error"].map((id) => element(id).textContent);
  return ` \u2013 coloured by ${least} (blue) to ${most} (orange)`;
}

function drawPaper(context, width, height) {
  context.fillStyle = theme.card;
  context.fillRect(0, 0, width, height);
}

// The classes in rows, each entry with its place: [class, x].
function legendRows(seen, width) {
  const rows = [];
  let x = Infinity;
  for (const i of seen) {
    const wide = (2.4 + 0.55 * Math.min(classes[i].length, 24)) * theme.rem;
    if (x + wide > width) {
      rows.push([]);
      x = 0;
    }
    rows[rows.length - 1].push([i, x]);
    x += wide;
  }
  return rows;
}

function drawLegendRow(context, row, left, y) {
  context.font = `${0.85 * theme.rem}px ${theme.font}`;
  for (const [i, x] of row) {
    const [fill, stroke] = [state.tint === "error" ? theme.quiet : trackColour(i), "transparent"];
    Object.assign(context, { fillStyle: fill, strokeStyle: stroke });
    drawMark(context, MARKS[i], left + x + 0.5 * theme.rem, y, 0.3 * theme.rem);
    Object.assign(context, { textAlign: "left", fillStyle: theme.ink });
    context.fillText(shortened(context, classes[i], 13 * theme.rem), left + x + 1.2 * theme.rem, y);
  }
}

function buildSaving() {
  const savers = { picture: savePicture, strip: saveStrip, plane: savePlane };
  for (const [what, saver] of Object.entries(savers)) {
    for (const kind of ["png", "svg"]) element(`${what}-${kind}`).addEventListener("click", () => saver(kind));
  }
}
