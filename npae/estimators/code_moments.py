"""Mean and covariance of the codes of the training data, a piece at a time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..network import Network
from ..samples import Samples
from ..samples.rows import slices
from ..settings.array_types import FloatArray

CODES = 16_384  # codes that are held at a time


def code_moments(network: Network, theta: FloatArray, samples: Samples) -> tuple[FloatArray, FloatArray]:
    """Return mean (L,) and covariance (L, L) of the flattened codes of samples."""
    pieces = (samples[rows] for rows in slices(slice(0, len(samples)), CODES))
    codes = (network.encode(theta, piece) for piece in pieces)
    with np.errstate(all="ignore"):
        return moments(code.reshape(len(code), -1) for code in codes)


def moments(pieces: Iterable[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return mean (L,) and covariance (L, L), divided by N, of rows that come in pieces (n, L), in float64.

    Pieces are merged by the formulas of Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances" (1979), which lose nothing where the mean is large beside the spread.
    """
    total = 0
    mean: FloatArray = np.float64(0.0)  # type: ignore[assignment]  # scalars until the first piece says how long a row is
    scatter: FloatArray = np.float64(0.0)  # type: ignore[assignment]
    for piece in pieces:
        x = piece.astype(np.float64)
        own = x.mean(axis=0)
        x -= own
        apart, both = own - mean, total + len(x)
        scatter = scatter + x.T @ x + np.outer(apart, apart) * (total * len(x) / both)
        mean = mean + apart * (len(x) / both)
        total = both
    return mean, scatter / total
