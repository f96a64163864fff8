// What is known of the model: layers, training, the fall of its loss; and a warning if its code says nothing.

function buildFacts() {
  const fact = ([name, text]) => [inTag("dt", name), inTag("dd", text)];
  element("layer-rows").replaceChildren(...modelData.layers.map(layerRow));
  element("facts").replaceChildren(...modelData.facts.flatMap(fact));
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
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  const all = [...loss, ...validation].map(([, value]) => value);
  const logarithmic = all.every((value) => value > 0);
  const [first, last] = [loss[0][0], loss[loss.length - 1][0]];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const frame = { left: 3.6 * theme.rem, bottom: height - 1.5 * theme.rem, width, first, last, low, high, logarithmic };
  labelHistory(context, frame);
  strokeLosses(context, validation, frame, theme.walk, [5, 3]);
  strokeLosses(context, loss, frame, theme.point, []);
  element("history-text").textContent = historyText(loss, validation, logarithmic);
}

function historyText(loss, validation, logarithmic) {
  const ends = (curve) => `${curve[0][1].toPrecision(3)} to ${curve[curve.length - 1][1].toPrecision(3)}`;
  const held = validation.length ? ` Dashed: validation loss, ${ends(validation)}.` : "";
  return `Loss by epoch: ${ends(loss)}.${held}${logarithmic ? " Logarithmic axis." : ""}`;
}

function labelHistory(context, { left, bottom, width, first, last, low, high }) {
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

function strokeLosses(context, curve, { left, bottom, width, first, last, low, high, logarithmic }, colour, dashes) {
  const share = (value) => (logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
  context.beginPath();
  for (const [epoch, value] of curve) {
    const x = left + ((width - left - 8) * (epoch - first)) / (last - first || 1);
    context.lineTo(x, bottom - 8 - (bottom - 16) * (share(value) || 0));
  }
  context.setLineDash(dashes);
  Object.assign(context, { strokeStyle: colour, lineWidth: 2, lineJoin: "round" });
  context.stroke();
  context.setLineDash([]);
}
