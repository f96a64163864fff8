// Samples that are no pictures: series as curves, and rows of a table as bars, each in the range of its numbers.

const OUTSIDE = 0.04; // how far values beyond the range are drawn outside of it, as a share of the range

function shareOfRange(value, track, columns) {
  const share = (value - columns.ranges[track][0]) / columns.lengths[track];
  return Math.min(1 + OUTSIDE, Math.max(-OUTSIDE, share)) || 0;
}

function trackColour(track) {
  const colours = COLOURS[darkNow() ? "dark" : "light"];
  return colours[track % colours.length];
}

function trackName(track, { names } = asInput) {
  return names ? names[track] : KIND === "table" ? `column ${track + 1}` : `channel ${track + 1}`;
}

function paintCurves(context, values, x, y, width, height, columns, behind) {
  const box = [x, y, width, height];
  context.fillStyle = theme.paper;
  context.fillRect(...box);
  context.lineJoin = "round";
  const thick = Math.min(3, Math.max(1, height / 50));
  for (let track = 0; track < K; track++) {
    if (behind) strokeCurve(context, behind, track, columns, box, theme.quiet, thick, [3, 3]);
  }
  for (let track = 0; track < K; track++) strokeCurve(context, values, track, columns, box, trackColour(track), thick, []);
}

function strokeCurve(context, values, track, columns, [x, y, width, height], colour, thick, dashes) {
  context.beginPath();
  for (let t = 0; t < T; t++) {
    const share = shareOfRange(values[t * K + track], track, columns);
    const [right, down] = [x + ((t + 0.5) * width) / T, y + height * (0.94 - 0.88 * share)];
    if (T === 1) context.moveTo(x, down);
    context.lineTo(T === 1 ? x + width : right, down);
  }
  context.setLineDash(dashes.map((length) => length * thick));
  Object.assign(context, { strokeStyle: colour, lineWidth: thick });
  context.stroke();
  context.setLineDash([]);
}

// Each column's bar begins at its least value. Where there is room, its name stands before it and its value after it.
function paintBars(context, values, x, y, width, height, columns, behind) {
  const row = height / K;
  const font = barFont(width, height);
  const named = hasNames(font);
  const [left, right] = barsBetween(width, height).map((edge) => x + edge);
  context.fillStyle = theme.paper;
  context.fillRect(x, y, width, height);
  context.font = `${font}px ${theme.font}`;
  for (let i = 0; i < K; i++) {
    const [top, thick] = [y + (i + 0.2) * row, Math.max(1, 0.6 * row)];
    const at = (value) => left + (right - left) * (0.03 + 0.94 * shareOfRange(value, i, columns));
    context.fillStyle = theme.edge;
    context.fillRect(left, top + thick - Math.max(1, 0.08 * row), right - left, Math.max(1, 0.08 * row));
    context.fillStyle = theme.point;
    context.fillRect(left, top, Math.max(1, at(values[i]) - left), thick);
    context.fillStyle = theme.ink;
    if (behind) context.fillRect(at(behind[i]) - 1, top - 0.15 * row, Math.max(2, 0.05 * row), thick + 0.3 * row);
    if (!named) continue;
    Object.assign(context, { textAlign: "right", textBaseline: "middle" });
    context.fillText(shortened(context, trackName(i, columns), 0.44 * width), left - 0.5 * font, y + (i + 0.5) * row);
    context.textAlign = "left";
    context.fillText(formatValue(values[i], i, columns), right + 0.4 * font, y + (i + 0.5) * row);
  }
}

function barFont(width, height) {
  return Math.min((0.6 * height) / K, 0.095 * height, 0.045 * width);
}

function hasNames(font) {
  return font >= 0.55 * theme.rem;
}

// Where bars begin and where they may end.
function barsBetween(width, height) {
  return hasNames(barFont(width, height)) ? [0.46 * width, 0.83 * width] : [0.03 * width, 0.97 * width];
}

// The text, cut where it is too wide.
function shortened(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}\u2026`).width > width) end--;
  return `${text.slice(0, end)}\u2026`;
}

// A number of a sample, as precisely as one in a thousand of its column's range.
function formatValue(value, track, { lengths } = asInput) {
  const places = Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(lengths[track]))));
  return value.toFixed(places).replace("-", "\u2212");
}

// What a screen reader says of a decoded sample that is no picture.
function spokenValues(values) {
  if (KIND !== "table") return "";
  return Array.from(values, (value, i) => `${trackName(i, asDecoded)} ${formatValue(value, i, asDecoded)}`).join(", ");
}

// The channels' colours; a single one needs no list.
function listTracks() {
  const list = element("tracks");
  list.hidden = KIND !== "series" || K === 1 || K > 10;
  if (list.hidden) return;
  const entry = (track) => listItem(swatch("square", trackColour(track)), trackName(track));
  list.replaceChildren(...Array.from({ length: K }, (_, track) => entry(track)));
}
