"""How far the values of a reconstruction are from the original's."""

from __future__ import annotations

import math

import numpy as np

from ..settings.array_types import AnyArray, ArrayLike, FloatArray
from .compared import checked_mask, real_pair, same_shape


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
    original, reconstruction = real_pair(original, reconstruction, mask)
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
    original, reconstruction = same_shape(original, reconstruction)
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
    mask = checked_mask(mask, original)
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
    original, reconstruction = real_pair(original, reconstruction, mask)
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
    return 20 * math.log10(abs(peak)) - 10 * math.log10(error)  # peak^2 may be beyond float64
