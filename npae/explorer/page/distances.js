// How far samples, pictures and codes are from each other.

// The distance of two samples: wrong pixels of binary pictures, otherwise the root mean squared difference.
function distance(a, b) {
  return finished(difference(a, b));
}

function finished(sum) {
  return binary ? sum : Math.sqrt(sum / D);
}

// Wrong pixels, or the sum of squares; those of curves and tables are shares of the range of a channel or column. The
// count stops once it is above `enough`.
function difference(a, b, enough = Infinity) {
  let sum = 0;
  if (binary) for (let i = 0; i < D && sum <= enough; i++) sum += a[i] > 0.5 !== b[i] > 0.5;
  else if (PICTURES) for (let i = 0; i < D && sum <= enough; i++) sum += (a[i] - b[i]) ** 2;
  else for (let i = 0; i < D && sum <= enough; i++) sum += ((a[i] - b[i]) / asInput.lengths[i % K]) ** 2;
  return sum;
}

function formatDistance(value) {
  if (!PICTURES) return `differs by ${(100 * value).toPrecision(2)}\u2009% of the range on average`;
  if (!binary) return `differs by ${value.toPrecision(2)} on average`;
  return value === 0 ? "no pixel differs" : `${value} pixel${value === 1 ? " differs" : "s differ"}`;
}

// The sample that is nearest to what is decoded; its index is -1 if there is none to compare with.
function nearestSample(picture) {
  let [index, least] = [-1, Infinity];
  for (let i = 0; COMPARED && i < samples.length; i++) {
    const apart = difference(picture, samples[i], least);
    if (apart < least) [index, least] = [i, apart];
  }
  return { index, distance: finished(least) };
}

function differingPixels(a, b) {
  return Array.from(a.keys()).filter((i) => a[i] > 0.5 !== b[i] > 0.5);
}

// The values below and above which a share of all numbers lies.
function quantiles(values, share) {
  const sorted = Float64Array.from(values).sort();
  const at = Math.floor(share * (sorted.length - 1));
  return [sorted[at], sorted[sorted.length - 1 - at]];
}
