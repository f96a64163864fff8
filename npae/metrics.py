"""How good a reconstruction is. Most metrics take (original, reconstruction) of equal shape (N, ...)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from .settings.array_types import AnyArray, ArrayLike, BoolArray, FloatArray, IntArray

__all__ = [
    "HIGHER_IS_BETTER",
    "METRICS",
    "accuracy",
    "binary_accuracy",
    "crispness",
    "max_error",
    "mse",
    "nearest",
    "pixel_errors",
    "psnr",
    "squared_errors",
    "wilson_interval",
]

COMPARED = 2048  # pictures, and
NUMBERS = 2**22  # pixels of them that `nearest` compares at a time with as many others


def _pair(original: ArrayLike, reconstruction: ArrayLike) -> tuple[AnyArray, AnyArray]:
    original, reconstruction = np.asarray(original), np.asarray(reconstruction)
    if original.shape != reconstruction.shape:
        shapes = f"{original.shape} and {reconstruction.shape}"
        raise ValueError(f"original and reconstruction must have the same shape, got {shapes}.")
    return original, reconstruction


def _checked_mask(mask: ArrayLike, X: AnyArray) -> BoolArray:
    """Return a mask as a bool array (N, T) that leaves a step of each sample of X (N, T, ...)."""
    real = np.asarray(mask)
    if X.ndim < 3 or real.shape != X.shape[:2] or real.dtype != bool or not real.any(axis=1).all():
        rule = f"bools of shape {X.shape[:2]}, for series (N, T, C), with a true one for each series"
        raise ValueError(f"mask must be {rule}, got {real.dtype} of shape {real.shape}.")
    return real


def _real(original: ArrayLike, reconstruction: ArrayLike, mask: ArrayLike | None) -> tuple[AnyArray, AnyArray]:
    """Return a pair of equal shape, of which only the steps (n, C) that are not padding are left."""
    original, reconstruction = _pair(original, reconstruction)
    if mask is None:
        return original, reconstruction
    real = _checked_mask(mask, original)
    return original[real], reconstruction[real]


def pixel_errors(
    original: ArrayLike, reconstruction: ArrayLike, threshold: float = 0.5, *, mask: ArrayLike | None = None
) -> IntArray:
    """Count the wrong pixels of each sample: those on different sides of a threshold.

    A reconstructed pixel that is not a number is wrong.

    Parameters
    ----------
    original, reconstruction : arrays of shape (N, ...)
        The samples and what was made of them.
    threshold : float, default 0.5
        Pixels above it are on.
    mask : bool array of shape (N, T), default None
        False where a step of series (N, T, C) is padding, which does not count.

    Returns
    -------
    integer array of shape (N,)
        The number of wrong pixels of each sample.

    Raises
    ------
    ValueError
        If the shapes differ, or the mask does not fit them.

    Examples
    --------
    >>> pixel_errors([[0, 1, 1], [0, 0, 1]], [[0.1, 0.9, 0.8], [0.7, 0.2, 0.3]])
    array([0, 2])
    """
    original, reconstruction = _pair(original, reconstruction)
    wrong = (original > threshold) != (reconstruction > threshold)
    wrong |= np.isnan(reconstruction)
    if mask is not None:
        wrong[~_checked_mask(mask, original)] = False
    counts: IntArray = wrong.sum(axis=tuple(range(1, wrong.ndim)))
    return counts


def binary_accuracy(original: ArrayLike, reconstruction: ArrayLike, *, mask: ArrayLike | None = None) -> float:
    """Return the share of values that are equal after rounding both to 0 or 1.

    Parameters
    ----------
    original, reconstruction : arrays of shape (N, ...)
        The samples and what was made of them.
    mask : bool array of shape (N, T), default None
        False where a step of series (N, T, C) is padding, which does not count.

    Returns
    -------
    float
        The share, in [0, 1].

    Raises
    ------
    ValueError
        If the shapes differ, or the mask does not fit them.
    """
    original, reconstruction = _real(original, reconstruction, mask)
    return 1.0 - float(pixel_errors(original, reconstruction).sum()) / np.size(original)


def accuracy(original: ArrayLike, reconstruction: ArrayLike) -> float:
    """Return the share of rows whose largest entry is at the same place as the original's.

    The originals are classes, written as rows of a unit matrix; the reconstructions are their probabilities.

    Parameters
    ----------
    original, reconstruction : arrays of shape (N, K)
        The classes and their probabilities.

    Returns
    -------
    float
        The share, in [0, 1].

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> accuracy([[1, 0, 0], [0, 0, 1]], [[0.5, 0.2, 0.3], [0.1, 0.6, 0.3]])
    0.5
    """
    original, reconstruction = _pair(original, reconstruction)
    chosen, right = (a.reshape(len(a), -1).argmax(axis=1) for a in (reconstruction, original))
    return float(np.mean(chosen == right))


def mse(original: ArrayLike, reconstruction: ArrayLike, *, mask: ArrayLike | None = None) -> float:
    """Return the mean squared difference over all values, computed in float64.

    Parameters
    ----------
    original, reconstruction : arrays of shape (N, ...)
        The samples and what was made of them.
    mask : bool array of shape (N, T), default None
        False where a step of series (N, T, C) is padding, which does not count.

    Returns
    -------
    float
        The mean squared error.

    Raises
    ------
    ValueError
        If the shapes differ, or the mask does not fit them.
    """
    original, reconstruction = _real(original, reconstruction, mask)
    with np.errstate(all="ignore"):
        difference = np.subtract(original, reconstruction, dtype=np.float64)
        return float(np.mean(np.square(difference, out=difference)))


def squared_errors(
    original: ArrayLike,
    reconstruction: ArrayLike,
    mask: ArrayLike | None = None,
    steps: bool = False,
    features: bool = False,
    gaps: bool = False,
) -> FloatArray:
    """Return the mean squared difference of each sample, of each step of series, or of each feature.

    Parameters
    ----------
    original, reconstruction : arrays of shape (N, ...)
        The samples and what was made of them; series have the shape (N, T, C).
    mask : bool array of shape (N, T), default None
        False where a step of the series is padding. The error of such a step is NaN, and the mean over a series
        leaves it out.
    steps : bool, default False
        Whether to return the errors of steps.
    features : bool, default False
        Whether to return the error of every entry.
    gaps : bool, default False
        Whether NaN in the original stands for what was not observed: the means leave it out, and are NaN where nothing
        was.

    Returns
    -------
    float array of shape (N,), (N, T) with `steps`, or (N, ...) with `features`
        The errors.

    Raises
    ------
    ValueError
        If the shapes differ, or the mask does not fit them.

    Examples
    --------
    >>> series, rebuilt = np.array([[[0.0], [1.0]]]), np.array([[[3.0], [1.0]]])
    >>> squared_errors(series, rebuilt), squared_errors(series, rebuilt, steps=True)
    (array([4.5]), array([[9., 0.]]))
    """
    original, reconstruction = _pair(original, reconstruction)
    with np.errstate(all="ignore"):
        difference = np.subtract(original, reconstruction, dtype=np.float64)
        squares = np.square(difference, out=difference)
    if gaps:
        return _errors_of_observed(squares, original, mask, steps, features)
    with np.errstate(all="ignore"):
        if not features:
            squares = squares.mean(axis=tuple(range(2 if steps or mask is not None else 1, squares.ndim)))
    errors: FloatArray = squares
    if mask is None:
        return errors
    mask = _checked_mask(mask, original)
    if features:
        errors[~mask] = np.nan
        return errors
    return np.where(mask, errors, np.nan) if steps else errors.sum(axis=1, where=mask) / mask.sum(axis=1)


def _errors_of_observed(
    squares: FloatArray, original: AnyArray, mask: ArrayLike | None, steps: bool, features: bool
) -> FloatArray:
    """Return the mean of the squares of each sample or step, over what is observed and not padding."""
    observed = ~np.isnan(original)
    if mask is not None:
        observed &= np.asarray(mask)[:, :, None]
    if features:
        return np.where(observed, squares, np.nan)
    axes = tuple(range(2 if steps else 1, squares.ndim))
    counts = observed.sum(axis=axes)
    total = squares.sum(axis=axes, where=observed)
    errors: FloatArray = np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
    return errors


def max_error(original: ArrayLike, reconstruction: ArrayLike, *, mask: ArrayLike | None = None) -> float:
    """Return the largest absolute difference of any value: below 0.5, every binary pixel is right.

    Parameters
    ----------
    original, reconstruction : arrays of shape (N, ...)
        The samples and what was made of them.
    mask : bool array of shape (N, T), default None
        False where a step of series (N, T, C) is padding, which does not count.

    Returns
    -------
    float
        The largest difference.

    Raises
    ------
    ValueError
        If the shapes differ, or the mask does not fit them.
    """
    original, reconstruction = _real(original, reconstruction, mask)
    return float(np.max(np.abs(np.subtract(original, reconstruction, dtype=np.float64))))


def psnr(original: ArrayLike, reconstruction: ArrayLike, peak: float = 1.0, *, mask: ArrayLike | None = None) -> float:
    """Return the peak signal-to-noise ratio 10 log10(peak^2 / mse).

    Parameters
    ----------
    original, reconstruction : arrays of shape (N, ...)
        The samples and what was made of them.
    peak : float, default 1.0
        The largest value that a sample can have.
    mask : bool array of shape (N, T), default None
        False where a step of series (N, T, C) is padding, which does not count.

    Returns
    -------
    float
        The ratio in decibels; inf for a perfect reconstruction.

    Raises
    ------
    ValueError
        If the shapes differ, or the mask does not fit them.
    """
    error = mse(original, reconstruction, mask=mask)
    if error in (0, math.inf):
        return math.inf if error == 0 else -math.inf
    return 10 * math.log10(peak**2 / error)


def crispness(reconstruction: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return how clearly the pixels of each sample are on or off: the smallest |2 p - 1| among them.

    Parameters
    ----------
    reconstruction : array of shape (N, ...)
        Pixels p in [0, 1]; what lies beyond counts as 0 or 1.
    mask : bool array of shape (N, T), default None
        False where a step of series (N, T, C) is padding, which does not count.

    Returns
    -------
    float array of shape (N,)
        A number in [0, 1] for each sample: 1 if all of its pixels are 0 or 1.

    Raises
    ------
    ValueError
        If the mask does not fit.

    Examples
    --------
    >>> crispness([[0.02, 0.99], [0.5, 1.0]])
    array([0.96, 0.  ])
    """
    pixels = np.asarray(reconstruction, dtype=float)
    clear = np.abs(2 * pixels - 1)
    if mask is not None:
        clear[~_checked_mask(mask, pixels)] = np.inf
    least: FloatArray = clear.reshape(len(pixels), -1).min(axis=1)
    return np.minimum(least, 1.0, out=least)


def nearest(patterns: ArrayLike, library: ArrayLike) -> tuple[IntArray, IntArray]:
    """Find for each pattern the entry of a library that differs from it in the fewest pixels.

    Parameters
    ----------
    patterns : array of shape (N, D)
        What to look up; pixels above 0.5 are on.
    library : array of shape (M, D)
        Where to look; pixels above 0.5 are on.

    Returns
    -------
    index : integer array of shape (N,)
        The nearest entry of the library, the first one of several.
    distance : integer array of shape (N,)
        The number of pixels in which it differs.

    Raises
    ------
    ValueError
        If the shapes are others.
    """
    patterns, library = np.asarray(patterns), np.asarray(library)
    if patterns.ndim != 2 or library.ndim != 2 or patterns.shape[1] != library.shape[1]:
        shapes = f"{patterns.shape} and {library.shape}"
        raise ValueError(f"patterns and library must have shapes (N, D) and (M, D), got {shapes}.")
    if len(library) == 0:
        raise ValueError("library must hold at least one entry, got none.")
    index, least = np.zeros(len(patterns), int), np.full(len(patterns), patterns.shape[1] + 1)
    for part, on in _pixels(patterns):
        for there, others in _pixels(library):
            distances = on.sum(axis=1)[:, None] - 2 * on @ others.T + others.sum(axis=1)
            found = distances.argmin(axis=1)
            distance = distances[np.arange(len(on)), found].astype(int)
            closer = distance < least[part]
            index[part][closer] = there.start + found[closer]
            least[part][closer] = distance[closer]
    return index, least


def _pixels(pictures: AnyArray) -> Iterator[tuple[slice, FloatArray]]:
    """Yield which rows, and their pixels as 0 and 1, for pieces of pictures (N, D)."""
    D = pictures.shape[1]
    exact = np.float32 if D < 2**24 else np.float64  # holds every number of pixels
    step = max(1, min(COMPARED, NUMBERS // max(1, D)))
    for start in range(0, len(pictures), step):
        rows = slice(start, start + step)
        yield rows, (pictures[rows] > 0.5).astype(exact)


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Return the confidence interval of a success rate [1]_.

    Parameters
    ----------
    successes : int
        How often it worked, from 0 to `trials`.
    trials : int
        How often it was tried, at least once.
    z : float, default 1.96
        The standard normal quantile of the confidence level; 1.96 is 95 %.

    Returns
    -------
    low : float
        The lower end of the interval.
    high : float
        The upper end of the interval.

    Raises
    ------
    ValueError
        For impossible counts.

    References
    ----------
    .. [1] Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Examples
    --------
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


Metric: TypeAlias = Callable[..., float | IntArray]

HIGHER_IS_BETTER = ("accuracy", "binary_accuracy", "psnr")
METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "pixel_errors": pixel_errors,
    "binary_accuracy": binary_accuracy,
    "mse": mse,
    "max_error": max_error,
    "psnr": psnr,
}
