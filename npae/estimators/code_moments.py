"""Mean, variances and covariance of the codes of the training data, a piece at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from ..network import Network
from ..samples import Samples
from ..samples.moments import Moments, merged
from ..samples.rows import slices
from ..settings.array_types import FloatArray

CODES = 16_384  # codes that are held at a time
NUMBERS = 2**23  # numbers in them, where they have more than 512 entries
WIDE = 512  # entries of a code up to which the covariance is always made: 2 MB


class CodeMoments(NamedTuple):
    """Mean (L,), variances (L,), and covariance (L, L) or None, of flattened codes, divided by N, in float64."""

    mean: FloatArray
    variance: FloatArray
    covariance: FloatArray | None

    @classmethod
    def of_covariance(cls, mean: FloatArray, covariance: FloatArray) -> CodeMoments:
        """Return the moments of codes whose covariance is made."""
        return cls(mean, np.diag(covariance).copy(), covariance)


def has_covariance(network: Network) -> bool:
    """Return whether the covariance of codes is made: up to WIDE entries, or where it is no larger than theta."""
    size = int(np.prod(network.code_shape))
    return size <= WIDE or size**2 <= network.n_parameters


def code_moments(network: Network, theta: FloatArray, samples: Samples) -> CodeMoments:
    """Return the moments of the codes of samples, by their weights."""
    weights = samples.relative_weights
    of_parts = None if weights is None else (weights[rows] for rows in _parts(network, samples))
    pieces = code_pieces(network, theta, samples)
    with np.errstate(all="ignore"):
        if has_covariance(network):
            return CodeMoments.of_covariance(*moments(pieces, of_parts))
        each = itertools.repeat(None) if of_parts is None else of_parts
        return without_covariance(merged(map(Moments.of, pieces, each)))


def without_covariance(moments: Moments) -> CodeMoments:
    """Return the moments of codes that are too wide for a covariance."""
    return CodeMoments(moments.mean, moments.scatter / moments.count, None)


def code_pieces(network: Network, theta: FloatArray, samples: Samples) -> Iterator[FloatArray]:
    """Yield the flattened codes (n, L) of some samples at a time."""
    for rows in _parts(network, samples):
        code = network.encode(theta, samples[rows])
        yield code.reshape(len(code), -1)


def _parts(network: Network, samples: Samples) -> Iterable[slice]:
    """Return which samples' codes are held at a time."""
    return slices(slice(0, len(samples)), max(1, min(CODES, NUMBERS // int(np.prod(network.code_shape)))))


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


def drawn_like(pieces: Callable[[], Iterable[FloatArray]], n: int, rng: np.random.Generator) -> FloatArray:
    """Return n draws (n, L) from a Gaussian with the mean and the covariance of rows that come in pieces (k, L).

    With rows x_i and independent standard normal weights w_i, mean + sum_i w_i (x_i - mean) / sqrt(N) has just this
    covariance, which is never made. `pieces` is called twice: for the mean, and for the sum.
    """
    found = merged(map(Moments.of, pieces()))
    total = np.zeros((n, len(found.mean)))
    for piece in pieces():
        total += rng.standard_normal((n, len(piece))) @ (piece - found.mean)
    drawn: FloatArray = found.mean + total / np.sqrt(found.count)
    return drawn
