"""Mean, variances and covariance of the codes of the training data, a piece at a time."""

from __future__ import annotations

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
    """Return the moments of the codes of samples."""
    with np.errstate(all="ignore"):
        if has_covariance(network):
            return CodeMoments.of_covariance(*moments(code_pieces(network, theta, samples)))
        return without_covariance(merged(map(Moments.of, code_pieces(network, theta, samples))))


def without_covariance(moments: Moments) -> CodeMoments:
    """Return the moments of codes that are too wide for a covariance."""
    return CodeMoments(moments.mean, moments.scatter / moments.count, None)


def code_pieces(network: Network, theta: FloatArray, samples: Samples) -> Iterator[FloatArray]:
    """Yield the flattened codes (n, L) of some samples at a time."""
    count = max(1, min(CODES, NUMBERS // int(np.prod(network.code_shape))))
    for rows in slices(slice(0, len(samples)), count):
        code = network.encode(theta, samples[rows])
        yield code.reshape(len(code), -1)


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
