// The network: the layers that Python trained, in double precision, on flat samples.

const NUMBERS = { uint8: Uint8Array, float32: Float32Array, float64: Float64Array };
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const ACTIVATIONS = {
  identity: (z) => z,
  tanh: Math.tanh,
  sigmoid: (z) => 0.5 * (1 + Math.tanh(0.5 * z)),
  relu: (z) => Math.max(z, 0),
  leaky_relu: (z) => Math.max(z, 0.01 * z),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  selu: (z) => SELU_SCALE * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
  softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
};

// Unpack numbers from Python, and repeat the division by which Python made them, in single or double precision.
function unpack({ type, base64, divisor = 1, single = false }) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const rounded = single ? Math.fround : (value) => value;
  return Float64Array.from(new NUMBERS[type](bytes.buffer), (value) => rounded(value / divisor));
}

const COMPUTE = { dense, convolution, transpose, largest, average, lstm, repeat };

// Cut theta into layers, each with its weights and its bias.
function buildLayers(described, theta, start) {
  return described.map(({ kind, weights, biases, recurrent, activation, channels, size, taps, ...others }) => {
    const layer = { compute: COMPUTE[kind], f: ACTIVATIONS[activation], channels, size, ...others };
    layer.weights = theta.subarray(start, (start += weights));
    layer.bias = theta.subarray(start, (start += biases));
    layer.recurrent = theta.subarray(start, (start += recurrent));
    if (taps) Object.assign(layer, { places: tapPlaces(size, taps), taps: taps[0][0].length * taps[1][0].length });
    return layer;
  });
}

// y = f(x W + b), for each row of x: a series has one at every step.
function dense(x, { weights, bias, f }) {
  const K = bias.length;
  const inputs = weights.length / K;
  const y = new Float64Array((x.length / inputs) * K);
  for (let row = 0; row * inputs < x.length; row++) {
    addProduct(y.subarray(row * K, (row + 1) * K), x.subarray(row * inputs, (row + 1) * inputs), weights);
  }
  return addBiasAndActivate(y, bias, f);
}

const modelData = JSON.parse(document.getElementById("model").textContent);
const theta = unpack(modelData.theta);
const encoder = buildLayers(modelData.encoder, theta, 0);
const decoder = buildLayers(modelData.decoder, theta, sizeOf(modelData.encoder));
const link = ACTIVATIONS[modelData.link];

// How many numbers of theta the layers take.
function sizeOf(described) {
  return described.reduce((sum, { weights, biases, recurrent }) => sum + weights + biases + recurrent, 0);
}

function applyLayers(layers, x, mask = null) {
  return layers.reduce((y, layer) => layer.compute(y, layer, mask), Float64Array.from(x));
}

// The network learned samples as (x - shift) / unit, with one shift and one unit for each entry of their last axis,
// and their targets likewise.
const { shift, unit, targetShift, targetUnit } = modelData;

function scaled(x) {
  return unit ? Float64Array.from(x, (value, i) => (value - shift[i % unit.length]) / unit[i % unit.length]) : x;
}

function unscaled(y) {
  const count = targetUnit?.length;
  return targetUnit ? y.map((value, i) => value * targetUnit[i % count] + targetShift[i % count]) : y;
}

// A mask tells which steps of a series are real; the others are padding.
function encode(pixels, mask = null) {
  return applyLayers(encoder, scaled(pixels), mask);
}

function decode(code) {
  return unscaled(applyLayers(decoder, code).map(link));
}
