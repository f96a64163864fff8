"""How good a reconstruction is. Every metric takes (original, reconstruction) of equal shape (N, ...)."""

import math

import numpy as np


def _pair(original, reconstruction):
    original, reconstruction = np.asarray(original), np.asarray(reconstruction)
    if original.shape != reconstruction.shape:
        shapes = f"{original.shape} and {reconstruction.shape}"
        raise ValueError(f"original and reconstruction must have the same shape, got {shapes}.")
    return original, reconstruction


def pixel_errors(original, reconstruction, threshold=0.5):
    """Count the wrong pixels of each sample: those on different sides of `threshold`.

    Returns an integer array (N,). A reconstructed pixel that is not a number is wrong.

    >>> pixel_errors([[0, 1, 1], [0, 0, 1]], [[0.1, 0.9, 0.8], [0.7, 0.2, 0.3]])
    array([0, 2])
    """
    original, reconstruction = _pair(original, reconstruction)
    wrong = (original > threshold) != (reconstruction > threshold)
    wrong |= np.isnan(reconstruction)
    return wrong.sum(axis=tuple(range(1, wrong.ndim)))


def binary_accuracy(original, reconstruction):
    """Share of values that are equal after rounding both to 0 or 1, a float in [0, 1]."""
    wrong = pixel_errors(original, reconstruction)
    return 1.0 - float(wrong.sum()) / np.size(original)


def accuracy(original, reconstruction):
    """Share of rows whose largest entry is the original's, a float in [0, 1]; for classes as rows of a unit matrix.

    >>> accuracy([[1, 0, 0], [0, 0, 1]], [[0.5, 0.2, 0.3], [0.1, 0.6, 0.3]])
    0.5
    """
    original, reconstruction = _pair(original, reconstruction)
    chosen, right = (a.reshape(len(a), -1).argmax(axis=1) for a in (reconstruction, original))
    return float(np.mean(chosen == right))


def mse(original, reconstruction):
    """Mean squared difference over all values, a float, computed in float64."""
    original, reconstruction = _pair(original, reconstruction)
    with np.errstate(all="ignore"):
        difference = np.subtract(original, reconstruction, dtype=np.float64)
        return float(np.mean(np.square(difference, out=difference)))


def max_error(original, reconstruction):
    """Largest absolute difference of any value, a float: below 0.5, every binary pixel is right."""
    original, reconstruction = _pair(original, reconstruction)
    return float(np.max(np.abs(np.subtract(original, reconstruction, dtype=np.float64))))


def psnr(original, reconstruction, peak=1.0):
    """Peak signal-to-noise ratio 10 log10(peak^2 / mse), in decibels; inf for a perfect reconstruction."""
    error = mse(original, reconstruction)
    if error in (0, math.inf):
        return math.inf if error == 0 else -math.inf
    return 10 * math.log10(peak**2 / error)


def crispness(reconstruction):
    """How clearly each sample's pixels are on or off: the smallest |2 p - 1| in it, an array (N,) in [0, 1].

    >>> crispness([[0.02, 0.99], [0.5, 1.0]])
    array([0.96, 0.  ])
    """
    pixels = np.asarray(reconstruction, dtype=float)
    return np.abs(2 * pixels - 1).reshape(len(pixels), -1).min(axis=1)


def nearest(patterns, library):
    """Find for each pattern the entry of `library` that differs in the fewest pixels.

    Parameters
    ----------
    patterns, library : arrays (N, D) and (M, D), rounded to 0 or 1.

    Returns
    -------
    (index, distance) : integer arrays (N,); the distance is the number of differing pixels.
    """
    patterns, library = np.asarray(patterns) > 0.5, np.asarray(library) > 0.5
    if patterns.ndim != 2 or library.ndim != 2 or patterns.shape[1] != library.shape[1]:
        shapes = f"{patterns.shape} and {library.shape}"
        raise ValueError(f"patterns and library must have shapes (N, D) and (M, D), got {shapes}.")
    distances = (patterns[:, None, :] != library[None, :, :]).sum(axis=2)
    index = distances.argmin(axis=1)
    return index, distances[np.arange(len(patterns)), index]


def wilson_interval(successes, trials, z=1.96):
    """Confidence interval of a success rate (Wilson 1927), 95 % by default.

    >>> low, high = wilson_interval(57, 60)
    >>> round(low, 3), round(high, 3)
    (0.863, 0.983)
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"successes must lie between 0 and trials >= 1, got {successes} of {trials}.")
    rate, weight = successes / trials, z**2 / trials
    centre = (rate + weight / 2) / (1 + weight)
    half = z * math.sqrt(rate * (1 - rate) / trials + weight / (4 * trials)) / (1 + weight)
    return min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half))  # rounding leaves the rate inside


HIGHER_IS_BETTER = ("accuracy", "binary_accuracy", "psnr")
METRICS = {
    "accuracy": accuracy,
    "pixel_errors": pixel_errors,
    "binary_accuracy": binary_accuracy,
    "mse": mse,
    "max_error": max_error,
    "psnr": psnr,
}
