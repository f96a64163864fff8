// The network: the layers that Python trained, in double precision.

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

function unpack({ type, base64 }) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return Float64Array.from(new NUMBERS[type](bytes.buffer));
}

// Cut theta into layers: W (D, K) and b (K,) of one after another.
function buildLayers(described, theta, start) {
  return described.map(({ inputs, units, activation }) => {
    const weights = theta.subarray(start, (start += inputs * units));
    const bias = theta.subarray(start, (start += units));
    return { weights, bias, units, f: ACTIVATIONS[activation], end: start };
  });
}

// y = f(x W + b)
function dense(x, { weights, bias, f }) {
  const y = bias.slice();
  for (let i = 0, w = 0; i < x.length; i++) {
    const xi = x[i];
    for (let k = 0; k < y.length; k++, w++) y[k] += xi * weights[w];
  }
  for (let k = 0; k < y.length; k++) y[k] = f(y[k]);
  return y;
}

const documented = JSON.parse(document.getElementById("model").textContent);
const theta = unpack(documented.theta);
const encoder = buildLayers(documented.encoder, theta, 0);
const decoder = buildLayers(documented.decoder, theta, encoder.length ? encoder[encoder.length - 1].end : 0);
const link = ACTIVATIONS[documented.link];

function encode(pixels) {
  return encoder.reduce(dense, Float64Array.from(pixels));
}

function decode(code) {
  return decoder.reduce(dense, Float64Array.from(code)).map(link);
}
