// Regions of the code plane: where no sample is near, where the prior lies, and how far each posterior reaches.

const MOST_ELLIPSES = 400; // posteriors that are drawn; of more samples, only the nearest one's is
const FINE = 8; // pixels of a cell of the shading
const FAR = 4; // how many usual distances between neighbours a place is away from all samples if it is shaded

let usual = { axes: "", length: 0 }; // the usual distance between neighbours, as a part of the code's range across

// How many pixels a sample usually is away from its nearest neighbour: the median over some of them.
function usualDistance(places) {
  const [axes, scale] = [state.dimensions.join(), size()[0] / (view.x[1] - view.x[0])];
  if (usual.axes !== axes) {
    const by = Math.max(1, Math.floor(places.length / 300));
    const nearest = places.filter((_, i) => i % by === 0).map((place) => nearestOther(place, places));
    const sorted = nearest.filter(Number.isFinite).sort((a, b) => a - b);
    usual = { axes, length: (sorted.length ? sorted[Math.floor(sorted.length / 2)] : Infinity) / scale };
  }
  return usual.length * scale;
}

function nearestOther(place, places) {
  let least = Infinity;
  for (const other of places) {
    const apart = pixelDistance(place, other);
    if (apart > 0 && apart < least) least = apart;
  }
  return least;
}

// Darken what is far from every sample. Distances grow from cell to cell, once from the upper left and once back.
function drawFar(context) {
  const [width, height] = size();
  const places = codes.map(toPixels);
  const reach = FAR * Math.max(FINE, usualDistance(places));
  const [columns, rows] = [Math.ceil(width / FINE), L > 1 ? Math.ceil(height / FINE) : 1];
  const margin = Math.ceil((2 * reach) / FINE);
  const grid = distanceGrid(places, columns, rows, Math.min(margin, 200));
  context.fillStyle = theme.ink;
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const shade = Math.min(1, Math.max(0, (grid(i, j) * FINE) / reach - 1));
      if (!shade) continue;
      context.globalAlpha = 0.24 * shade;
      if (L > 1) context.fillRect(i * FINE, j * FINE, FINE, FINE);
      else context.fillRect(i * FINE, 0, FINE, height);
    }
  }
  context.globalAlpha = 1;
}

// Return grid(i, j), the distance of a cell to the nearest cell with a sample. Samples in the margin count too.
function distanceGrid(places, columns, rows, margin) {
  const [wide, tall] = [columns + 2 * margin, L > 1 ? rows + 2 * margin : 1];
  const [left, top] = [margin, L > 1 ? margin : 0];
  const cells = new Float64Array(wide * tall).fill(1e6);
  for (const [x, y] of places) {
    const [i, j] = [Math.floor(x / FINE) + left, L > 1 ? Math.floor(y / FINE) + top : 0];
    if (i >= 0 && j >= 0 && i < wide && j < tall) cells[j * wide + i] = 0;
  }
  for (const sign of [1, -1]) {
    for (let n = 0; n < cells.length; n++) spread(cells, sign > 0 ? n : cells.length - 1 - n, sign, wide);
  }
  return (i, j) => cells[(j + top) * wide + i + left];
}

// A cell is as far as its neighbours in one direction, and the step from them. Beyond the grid, nothing is near.
function spread(cells, at, sign, wide) {
  const column = at % wide;
  const [behind, above] = [column - sign, at - sign * wide];
  let least = cells[at];
  if (behind >= 0 && behind < wide) least = Math.min(least, cells[at - sign] + 1);
  if (above >= 0 && above < cells.length) {
    least = Math.min(least, cells[above] + 1);
    if (column > 0) least = Math.min(least, cells[above - 1] + Math.SQRT2);
    if (column < wide - 1) least = Math.min(least, cells[above + 1] + Math.SQRT2);
  }
  cells[at] = least;
}

// The prior N(0, I): circles around 0 that hold 39 % and 86 % of two numbers, or 68 % and 95 % of one.
function drawPrior(context) {
  const origin = state.cursor.map(() => 0);
  context.setLineDash([6, 5]);
  for (const radius of [1, 2]) {
    const [reach, text] = [reachOf(origin.map(() => radius)), radius === 1 ? "prior: 1 std" : "2 std"];
    strokeEllipse(context, toPixels(origin), reach, theme.walk, 2);
    context.setLineDash([]);
    const [x, y] = toPixels(origin);
    context.font = `600 ${0.8 * theme.rem}px ${theme.font}`;
    const high = L > 1 ? y - 0.71 * reach[1] : 1.4 * theme.rem * radius;
    drawHaloedText(context, text, x + 0.71 * reach[0], high, "left", theme.walk);
    context.setLineDash([6, 5]);
  }
  context.setLineDash([]);
}

// One standard deviation of each posterior.
function drawPosteriors(context, seen) {
  if (seen.length > MOST_ELLIPSES) return;
  for (const [i, place] of seen) {
    context.globalAlpha = 0.55;
    strokeEllipse(context, place, reachOf(deviations[i]), sampleColour(i), 1.2);
    context.globalAlpha = 1;
  }
}

function drawNearestPosterior(context) {
  const i = shown.nearest ? shown.nearest.index : -1;
  if (!deviations || i < 0 || !element("prior").checked || codes.length <= MOST_ELLIPSES) return;
  strokeEllipse(context, toPixels(codes[i]), reachOf(deviations[i]), theme.walk, 2);
}

// How many pixels across and up a distance in the code is.
function reachOf(lengths) {
  const [width, height] = size();
  const [dx, dy] = state.dimensions;
  const across = (lengths[dx] * width) / (view.x[1] - view.x[0]);
  return [across, dy === undefined ? 0.4 * height : (lengths[dy] * height) / (view.y[1] - view.y[0])];
}

function strokeEllipse(context, [x, y], [across, up], colour, thick) {
  context.beginPath();
  context.ellipse(x, y, across, up, 0, 0, 2 * Math.PI);
  Object.assign(context, { strokeStyle: colour, lineWidth: thick });
  context.stroke();
}

// What an unused number of a variational code is called in the text under the plane.
function unusedNumbers() {
  if (!modelData.variational || modelData.collapsed) return "";
  const unused = modelData.codeStd.map((std, d) => (std ** 2 > 0.01 ? "" : `code ${d + 1}`)).filter(Boolean);
  const some = unused.slice(0, 6).join(", ") + (unused.length > 6 ? ", \u2026" : "");
  const why = unused.length > 1 ? "they hardly vary" : "it hardly varies";
  return unused.length ? `The decoder does without ${some}: ${why}.` : "";
}
