// What is known of the model: layers, training, the fall of its loss; and a warning if its code says nothing.

function buildFacts() {
  element("layer-rows").replaceChildren(...modelData.layers.map(layerRow));
  element("facts").replaceChildren(...modelData.facts.flatMap(([name, text]) => [inTag("dt", name), inTag("dd", text)]));
  element("history-part").hidden = !modelData.history.loss;
  element("warning").hidden = !modelData.collapsed;
}

function layerRow(texts) {
  const row = document.createElement("tr");
  row.append(...texts.map((text, i) => inTag(i ? "td" : "th", text)));
  return row;
}

function inTag(tag, text) {
  const one = document.createElement(tag);
  one.textContent = text;
  return one;
}

// The loss by epochs, on a logarithmic axis where it is positive.
function drawHistory() {
  const canvas = element("history");
  const { loss, val_loss: validation = [] } = modelData.history;
  if (!loss || !canvas.clientWidth) return;
  const context = canvas.getContext("2d");
  const scale = devicePixelRatio;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  context.clearRect(0, 0, width, height);
  const all = [...loss, ...validation];
  const logarithmic = all.every(([, value]) => value > 0);
  const heightOf = logarithmic ? Math.log10 : (value) => value;
  const values = all.map(([, value]) => heightOf(value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [left, bottom, last] = [3.6 * theme.rem, height - 1.5 * theme.rem, all[loss.length - 1][0]];
  const place = ([epoch, value]) => [
    left + ((width - left - 8) * (epoch - loss[0][0])) / (last - loss[0][0] || 1),
    8 + ((bottom - 16) * (high - heightOf(value))) / (high - low || 1),
  ];
  labelHistory(context, [left, bottom, width], [loss[0][0], last], logarithmic ? [10 ** low, 10 ** high] : [low, high]);
  strokeLosses(context, validation.map(place), theme.walk, [5, 3]);
  strokeLosses(context, loss.map(place), theme.point, []);
  const ends = (curve) => `${curve[0][1].toPrecision(3)} to ${curve[curve.length - 1][1].toPrecision(3)}`;
  const held = validation.length ? ` Dashed: validation loss, ${ends(validation)}.` : "";
  element("history-text").textContent = `Loss by epoch: ${ends(loss)}.${held}${logarithmic ? " Logarithmic axis." : ""}`;
}

function labelHistory(context, [left, bottom, width], [first, last], [low, high]) {
  Object.assign(context, { strokeStyle: theme.edge, lineWidth: 1, fillStyle: theme.quiet, textBaseline: "middle" });
  drawLine(context, [left, bottom, width - 8, bottom]);
  drawLine(context, [left, 4, left, bottom]);
  context.font = `${0.75 * theme.rem}px ${theme.font}`;
  context.textAlign = "right";
  context.fillText(high.toPrecision(3), left - 5, 10);
  context.fillText(low.toPrecision(3), left - 5, bottom - 8);
  context.fillText(`epoch ${last}`, width - 8, bottom + 0.7 * theme.rem);
  context.textAlign = "left";
  context.fillText(`${first}`, left, bottom + 0.7 * theme.rem);
}

function strokeLosses(context, places, colour, dashes) {
  context.beginPath();
  for (const [x, y] of places) context.lineTo(x, y);
  context.setLineDash(dashes);
  Object.assign(context, { strokeStyle: colour, lineWidth: 2, lineJoin: "round" });
  context.stroke();
  context.setLineDash([]);
}
