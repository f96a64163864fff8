"""How crisp pictures are, and how far apart: what `discover` chooses by.

`real` (M, D) is 1 where a number of a known sample counts, and 0 where it is padding; None means that all count.
"""

from __future__ import annotations

import math

import numpy as np

from .. import metrics
from ..samples.rows import slices
from ..settings.array_types import AnyArray, BoolArray, FloatArray

PIECE = 2**22  # numbers that are squared at a time


def between_neighbours(known: FloatArray, real: FloatArray | None = None, most: int = 1000) -> float:
    """Return how far it is half way from a sample to its nearest neighbour: the median of (at most `most`) samples."""
    some = np.unique(np.linspace(0, len(known) - 1, most).astype(int))
    if len(known) < 2:
        return 0.0
    both = (None if real is None else real * real[i] for i in some)
    to_nearest = [np.sort(apart(known[i : i + 1], known, count)[0])[1] for i, count in zip(some, both, strict=True)]
    return float(np.median(to_nearest)) / 4


def crispness_of(
    samples: FloatArray, binary: bool, limits: tuple[float, float], mask: BoolArray | None = None
) -> FloatArray:
    """Return how crisp each sample is, in [0, 1]; `limits` are the values of an empty and a full pixel."""
    low, high = limits
    pixels = np.clip((samples - low) / (high - low), 0, 1)
    if binary:
        return metrics.crispness(pixels, mask=mask)
    clear = np.abs(2 * pixels - 1)
    if mask is not None:
        clear[~mask] = np.nan
    rows = clear.reshape(len(pixels), -1)
    mean: FloatArray = rows.mean(axis=1) if mask is None else np.nanmean(rows, axis=1)
    return mean


def compared(samples: AnyArray, binary: bool) -> FloatArray:
    """Return samples as rows (N, D) of the numbers that distances are computed from."""
    rows = samples.reshape(len(samples), math.prod(samples.shape[1:]))
    return (rows > 0.5 if binary else rows).astype(float)


def apart(A: FloatArray, B: FloatArray, real: FloatArray | None = None) -> FloatArray:
    """|a - b|^2 of all rows a (N, D) and b (M, D), (N, M): of black-and-white pictures, the pixels that differ."""
    own = _squares(A)[:, None] if real is None else (A * A) @ real.T
    B = B if real is None else B * real
    products: FloatArray = A @ B.T
    squares = own - np.multiply(products, 2, out=products) + _squares(B)
    return np.maximum(squares, 0, out=squares)  # rounding


def _squares(rows: FloatArray) -> FloatArray:
    """Return |a|^2 of each row a (N, D), some at a time."""
    squares = np.empty(len(rows))
    for part in slices(slice(0, len(rows)), max(1, PIECE // max(1, rows.shape[1]))):
        squares[part] = (rows[part] * rows[part]).sum(axis=1)
    return squares
