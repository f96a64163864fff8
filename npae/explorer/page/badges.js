// Badges: the ends of a walk, pins and the input's name. They stand beside their places, clear of names and samples.

const occupied = { points: [], boxes: [], badges: [] }; // places, [x, y, width, height] of names, and of badges
const ends = new Map(); // "A" and "B" -> where their badges are

function drawBadge(context, text, place, colour, mark) {
  const reach = 0.6 * theme.rem;
  const [x, y] = placeBadge(place, 2.4 * reach, 2.4 * reach);
  for (const [stroke, width] of [[theme.paper, 4], [colour, 2]]) {
    Object.assign(context, { strokeStyle: stroke, lineWidth: width });
    drawLine(context, [...place, x, y]);
  }
  Object.assign(context, { fillStyle: colour, strokeStyle: theme.paper, lineWidth: 1.5 });
  drawMark(context, "circle", ...place, 0.2 * theme.rem);
  drawMark(context, mark, x, y, reach);
  Object.assign(context, { fillStyle: theme.card, textAlign: "center", textBaseline: "middle" });
  context.font = `700 ${0.8 * theme.rem}px ${theme.font}`;
  context.fillText(text, x, y + 1);
  if (mark === "circle") ends.set(text, [x, y]);
}

// Return where a badge of this size stands: near its place, clear of names, samples and other badges if it can be.
function placeBadge([x, y], width, height, gaps = [0.5, 1.1, 1.8]) {
  let best = null;
  for (const gap of gaps) {
    for (let i = 0; i < 12; i++) {
      const turn = ((i + 7.5) * Math.PI) / 6; // first up and to the left, away from the cursor's picture
      const away = gap * theme.rem + 0.5 * Math.min(width, height);
      const centre = [x + Math.cos(turn) * (away + (width - Math.min(width, height)) / 2), y + Math.sin(turn) * away];
      const cost = badgeCost(centre, width, height) + gap;
      if (!best || cost < best.cost) best = { cost, centre };
    }
    if (best.cost < 5) break;
  }
  occupied.badges.push([...best.centre, width, height]);
  return best.centre;
}

function badgeCost([x, y], width, height) {
  const meets = ([cx, cy, w, h]) => 2 * Math.abs(cx - x) < w + width && 2 * Math.abs(cy - y) < h + height;
  let cost = edgeCost([x, y], [width, height], ...size());
  for (const box of occupied.boxes) if (meets(box)) cost += 60;
  for (const badge of occupied.badges) if (meets(badge)) cost += 100;
  for (const [px, py] of occupied.points) if (meets([px, py, 6, 6])) cost += 30;
  return cost;
}
