// Layers of series (T, C), flat, with channels running fastest.

// o, i, f = sigmoid(z), g = tanh(z) with z = x_t W + b + h R; c <- f c + i g; h <- o tanh(c). Padding changes nothing.
function lstm(x, { weights, bias, recurrent, channels, sequences }, mask) {
  const units = bias.length / 4;
  const steps = x.length / channels;
  const [cells, z] = [new Float64Array(units), new Float64Array(4 * units)];
  let state = new Float64Array(units);
  const all = new Float64Array(sequences ? steps * units : 0);
  for (let t = 0; t < steps; t++) {
    if (!mask || mask[t]) {
      z.set(bias);
      addProduct(z, x.subarray(t * channels, (t + 1) * channels), weights);
      addProduct(z, state, recurrent);
      state = nextState(z, cells, units);
    }
    if (sequences) all.set(state, t * units);
  }
  return sequences ? all : state;
}

// z <- z + x W
function addProduct(z, x, weights) {
  for (let i = 0, w = 0; i < x.length; i++) {
    const xi = x[i];
    for (let k = 0; k < z.length; k++, w++) z[k] += xi * weights[w];
  }
}

// The gates stand in the order o, i, f, g.
function nextState(z, cells, units) {
  const sigmoid = ACTIVATIONS.sigmoid;
  return cells.map((cell, u) => {
    cells[u] = sigmoid(z[2 * units + u]) * cell + sigmoid(z[units + u]) * Math.tanh(z[3 * units + u]);
    return sigmoid(z[u]) * Math.tanh(cells[u]);
  });
}

// The same vector at every step.
function repeat(x, { steps }) {
  const y = new Float64Array(steps * x.length);
  for (let t = 0; t < steps; t++) y.set(x, t * x.length);
  return y;
}
