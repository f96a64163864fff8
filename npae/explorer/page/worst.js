// The samples that are rebuilt worst: each with its reconstruction, and a click to go there.

const WORST = 12;
let worst = []; // {original, rebuilt, canvases}

function listWorst() {
  element("worst-card").hidden = !errors;
  if (!errors) return;
  const order = Array.from(errors.keys()).filter(visible).sort((a, b) => errors[b] - errors[a] || a - b);
  for (const { canvases } of worst) canvases.forEach((canvas) => watcher.unobserve(canvas));
  worst = order.slice(0, WORST).map(worstEntry);
  element("worst").replaceChildren(...worst.map(({ button }) => listItem(button)));
  const sorted = Float64Array.from(order, (i) => errors[i]).sort();
  const text = (value) => (PICTURES ? value.toPrecision(2) : `${(100 * value).toPrecision(2)}\u2009% of the range`);
  const median = sorted[Math.floor(sorted.length / 2)];
  element("worst-note").textContent = `Left the sample, right its reconstruction. Median error ${text(median)}.`;
  changed("worst");
}

function worstEntry(i) {
  const entry = pictureButton("go", () => goToWorst(i));
  const second = newPicture();
  entry.canvas.after(second);
  const rebuilt = decode(codes[i]);
  const shared = labelling === "classes" || labelling === "letters";
  entry.text.textContent = shared ? `${labels[i]} #${i + 1}` : sampleName(i);
  entry.button.title = `${entry.text.textContent}: ${formatDistance(distance(samples[i], rebuilt))}`;
  return { ...entry, original: samples[i], rebuilt, canvases: [entry.canvas, second] };
}

function goToWorst(i) {
  goTo(codes[i]);
  startFrom(i);
}

function drawWorst() {
  for (const { original, rebuilt, canvases } of worst) {
    paintCanvas(canvases[0], original, { columns: asInput });
    const wrong = binary ? differingPixels(original, rebuilt) : [];
    paintCanvas(canvases[1], rebuilt, { wrong, behind: PICTURES ? null : original });
  }
}
