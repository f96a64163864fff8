"""Pictures whose pixels are on or off: which ones are wrong, how clear they are, and what they look like most."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..settings.array_types import AnyArray, ArrayLike, FloatArray, IntArray
from .compared import checked_mask, real_pair, same_shape

COMPARED = 2048  # pictures, and
NUMBERS = 2**22  # pixels of them that `nearest` compares at a time with as many others


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
    original, reconstruction = same_shape(original, reconstruction)
    wrong = (original > threshold) != (reconstruction > threshold)
    wrong |= np.isnan(reconstruction)
    if mask is not None:
        wrong[~checked_mask(mask, original)] = False
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
    original, reconstruction = real_pair(original, reconstruction, mask)
    return 1.0 - float(pixel_errors(original, reconstruction).sum()) / np.size(original)


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
        clear[~checked_mask(mask, pixels)] = np.inf
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
