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
UNSEEN = 100  # times that a column's spread exceeds another's, beside which a detector overlooks that one's faults
IQR = 1.349  # interquartile range of a normal distribution, in standard deviations
UNEVEN = "X must have columns of similar spread"


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
        rule = f"{UNEVEN} to learn them all, got {which(spread == spread.max())}"
        hint = "Use scale='columns', or scale='common' if that is meant."
        doubts.append(f"{rule}, beside which {which(neglected)} can hardly be learned. {hint}")
    least = max(SMALL, 2.0**20 * float(np.finfo(network.dtype).tiny))
    small = varies & ~blurred & ~neglected & (largest < least)
    if small.any() and type(network.loss) in (MeanSquaredError, CrossEntropy):
        hint = "Multiply them by a constant."
        doubts.append(f"X must have numbers beyond {least:.0e} for {network.dtype}, got smaller {which(small)}. {hint}")
    return doubts


def uneven_columns(scale: str | None, network: Network, samples: Samples) -> str:
    """Return what a user of a detector should know about columns that vary little beside others, "" for nothing.

    Each bound is on the careful side. The large spread is that of quartiles, which no outlier widens; the small one is
    the standard deviation, which outliers do widen. A column whose quartiles are equal does not count: pixels at the
    edge of a picture are nearly always empty.
    """
    undone = network.variational or (network.scaling is not None and network.scaling.kind == "common")
    if scale != AUTO or not undone or type(network.loss) is not MeanSquaredError:
        return ""
    some = samples[:: max(1, len(samples) // SEEN)]
    largest, spread = _sizes(some)
    with np.errstate(all="ignore"):
        low, high = np.nanquantile(_table(some), [0.25, 0.75], axis=0)
    middle = (high - low) / IQR
    seen = (middle > 0) & (spread > NEARLY_CONSTANT * largest)
    if not seen.any():
        return ""
    top = int(np.where(seen, middle, 0.0).argmax())
    small = np.flatnonzero(seen & (spread * UNSEEN < middle[top]))
    if not small.size:
        return ""
    names = None if samples.names is None else list(samples.names)
    large, others = listed_columns([named(top, names)]), listed_columns(named(int(i), names) for i in small)
    rule = f"{UNEVEN} for a detector to see faults in each, got {large}, beside which {others} hardly count."
    return f"{rule} Give its autoencoder scale='columns', or scale='common' if that is meant."


def _table(samples: Samples) -> FloatArray:
    """Return all real steps or samples as rows (n, columns), with NaN for gaps."""
    return samples.real(np.asarray(samples.X, dtype=np.float64)).reshape(-1, samples.shape[-1])


@np.errstate(all="ignore")
def _sizes(samples: Samples) -> tuple[FloatArray, FloatArray]:
    """Return the largest absolute value and the standard deviation of each column; gaps and padding do not count."""
    x = _table(samples)
    x = np.where(np.isnan(x), 0.0, x)
    largest = np.abs(x).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)
    x = x / unit  # so that no square is too large or too small
    return largest, x.std(axis=0) * unit
