"""Mean and covariance of the codes of the training data, a piece at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np

from ..network import Network
from ..samples import Samples
from ..samples.rows import slices
from ..settings.array_types import FloatArray

CODES = 16_384  # codes that are held at a time


def code_moments(network: Network, theta: FloatArray, samples: Samples) -> tuple[FloatArray, FloatArray]:
    """Return mean (L,) and covariance (L, L) of the flattened codes of samples, by their weights."""
    weights = samples.relative_weights
    parts = list(slices(slice(0, len(samples)), CODES))
    codes = (network.encode(theta, samples[rows]) for rows in parts)
    of_parts = None if weights is None else (weights[rows] for rows in parts)
    with np.errstate(all="ignore"):
        return moments((code.reshape(len(code), -1) for code in codes), of_parts)


def moments(pieces: Iterable[FloatArray], weights: Iterable[FloatArray] | None = None) -> tuple[FloatArray, FloatArray]:
    """Return mean (L,) and covariance (L, L), divided by N, of rows that come in pieces (n, L), in float64.

    `weights` are those of the rows of each piece (n,); None if all rows count alike. Pieces are merged by the formulas
    of Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979),
    which lose nothing where the mean is large beside the spread.
    """
    total: float = 0
    each = itertools.repeat(None) if weights is None else weights
    mean: FloatArray = np.float64(0.0)  # type: ignore[assignment]  # scalars until the first piece says how long a row is
    scatter: FloatArray = np.float64(0.0)  # type: ignore[assignment]
    for piece, w in zip(pieces, each, strict=False):
        x = piece.astype(np.float64)
        size = len(x) if w is None else float(w.sum())
        own = x.mean(axis=0) if w is None else w @ x / (size or 1.0)
        x -= own
        apart, both = own - mean, total + size
        squares = x.T @ (x if w is None else x * w[:, None])
        scatter = scatter + squares + np.outer(apart, apart) * (total * size / (both or 1.0))
        mean = mean + apart * (size / (both or 1.0))
        total = both
    return mean, scatter / total
