// Layers of pictures (H, W, C) whose windows slide over them. Pictures are flat, with channels running fastest.

// The place of each tap of each window, in pixels from the upper left corner, window by window; -1 for padding.
function tapPlaces([, width], [down, across]) {
  const places = [];
  for (const rows of down) {
    for (const columns of across) {
      for (const i of rows) for (const j of columns) places.push(i < 0 || j < 0 ? -1 : i * width + j);
    }
  }
  return Int32Array.from(places);
}

// y = f(x * W + b) with W (taps, C, K): x has C channels, and each window becomes K numbers.
function convolution(x, { weights, bias, f, places, taps, channels }) {
  const K = bias.length;
  const y = new Float64Array((places.length / taps) * K);
  for (let t = 0; t < places.length; t++) {
    if (places[t] < 0) continue;
    const to = Math.floor(t / taps) * K;
    const from = places[t] * channels;
    for (let c = 0, w = (t % taps) * channels * K; c < channels; c++) {
      const xc = x[from + c];
      for (let k = 0; k < K; k++, w++) y[to + k] += xc * weights[w];
    }
  }
  return addBiasAndActivate(y, bias, f);
}

// y = f(x *' W + b) with W (taps, C, K): the K numbers of x at each window are added to its taps; y has C channels.
function transpose(x, { weights, bias, f, places, taps, channels, size }) {
  const K = weights.length / (taps * channels);
  const y = new Float64Array(size[0] * size[1] * channels);
  for (let t = 0; t < places.length; t++) {
    if (places[t] < 0) continue;
    const from = Math.floor(t / taps) * K;
    const to = places[t] * channels;
    for (let c = 0, w = (t % taps) * channels * K; c < channels; c++) {
      let sum = 0;
      for (let k = 0; k < K; k++, w++) sum += x[from + k] * weights[w];
      y[to + c] += sum;
    }
  }
  return addBiasAndActivate(y, bias, f);
}

// y = f(y + b) in place, for each pixel of y.
function addBiasAndActivate(y, bias, f) {
  for (let i = 0; i < y.length; ) {
    for (let c = 0; c < bias.length; c++, i++) y[i] = f(y[i] + bias[c]);
  }
  return y;
}

function largest(x, layer) {
  return pooled(x, layer, -Infinity, Math.max, (sum) => sum);
}

function average(x, layer) {
  return pooled(x, layer, 0, (a, b) => a + b, (sum, count) => sum / count);
}

// One number per window and channel; padding does not count.
function pooled(x, { places, taps, channels }, start, join, finish) {
  const y = new Float64Array((places.length / taps) * channels);
  for (let n = 0; n < places.length / taps; n++) {
    const inside = places.subarray(n * taps, (n + 1) * taps).filter((place) => place >= 0);
    for (let c = 0; c < channels; c++) {
      const all = inside.reduce((sum, place) => join(sum, x[place * channels + c]), start);
      y[n * channels + c] = finish(all, inside.length);
    }
  }
  return y;
}
