"""Columns that a network can hardly learn because of their scale: found before training, told when it has ended."""

from __future__ import annotations

import numpy as np

from ..losses import CrossEntropy, MeanSquaredError
from ..network import Network
from ..samples import Samples
from ..samples.columns import listed_columns, named
from ..settings.array_types import BoolArray, FloatArray
from .default_recipe import AUTO

SEEN = 1000  # samples that are looked at
ROUNDING = 64  # multiples of float64's precision up to which a column is constant except for rounding
LEVELS = 8  # fewer distinct values of the dtype than this per standard deviation are too few
NEGLECTED = 10**-6.5  # a deviation's share of the largest one below which a column does not count in a common unit
NEARLY_CONSTANT = (
    1e-6  # share of a column's largest number up to which its deviation is of no interest in a common unit
)
SMALL = 1e-150  # numbers whose squares float64 does not hold


def column_doubts(scale: str | None, network: Network, samples: Samples) -> list[str]:
    """Return what a user should know about the scale of columns, one text for each kind of doubt.

    Parameters
    ----------
    scale : str or None
        As the user gave it: somebody who names one has decided how columns count.
    network : Network
        What will be trained, in its dtype.
    samples : Samples
        The training data, as it came.
    """
    some = samples[:: max(1, len(samples) // SEEN)]
    largest, spread = _sizes(some)
    varies = spread > ROUNDING * np.finfo(np.float64).eps * largest
    names = None if samples.names is None else list(samples.names)

    def which(columns: BoolArray) -> str:
        return listed_columns(named(int(i), names) for i in np.flatnonzero(columns))

    doubts, eps = [], float(np.finfo(network.dtype).eps)
    blurred = varies & (spread < LEVELS * eps * largest)
    if blurred.any():
        rule = f"X must have numbers that {network.dtype} can tell apart, got some too close together in"
        hint = "Use dtype='float64', or subtract the column's mean first."
        doubts.append(f"{rule} {which(blurred)}. {hint}")
    common = scale == AUTO and type(network.loss) is MeanSquaredError
    neglected = (
        (spread > NEARLY_CONSTANT * largest) & ~blurred & (spread < NEGLECTED * spread.max(initial=0.0)) & common
    )
    if neglected.any():
        rule = f"X must have columns of similar spread to learn them all, got {which(spread == spread.max())}"
        hint = "Use scale='columns', or scale='common' if that is meant."
        doubts.append(f"{rule}, beside which {which(neglected)} can hardly be learned. {hint}")
    least = max(SMALL, 2.0**20 * float(np.finfo(network.dtype).tiny))
    small = varies & ~blurred & ~neglected & (largest < least)
    if small.any() and type(network.loss) in (MeanSquaredError, CrossEntropy):
        hint = "Multiply them by a constant."
        doubts.append(f"X must have numbers beyond {least:.0e} for {network.dtype}, got smaller {which(small)}. {hint}")
    return doubts


@np.errstate(all="ignore")
def _sizes(samples: Samples) -> tuple[FloatArray, FloatArray]:
    """Return the largest absolute value and the standard deviation of each column; gaps and padding do not count."""
    x = samples.real(np.asarray(samples.X, dtype=np.float64)).reshape(-1, samples.shape[-1])
    x = np.where(np.isnan(x), 0.0, x)
    largest = np.abs(x).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)
    x = x / unit  # so that no square is too large or too small
    return largest, x.std(axis=0) * unit
