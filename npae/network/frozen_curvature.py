"""The loss on fixed samples to second order, with the same draws as its value: what refinements ask."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..execution.threads import Threads
from ..penalties import L2
from ..samples import Samples
from ..samples.rows import RowReader, slices
from ..settings.array_types import AnyArray, FloatArray
from .gauss_newton import GaussNewton

if TYPE_CHECKING:
    from .network import Network

KEPT = (
    100_000_000  # numbers that the threads hold for one theta; samples that take more are gone through piece by piece
)
PER_OUTPUT = 8  # numbers held for each number of a layer's output


class FrozenCurvature:
    """The Gauss-Newton matrix of the loss on all samples, and its residuals if it is a sum of squares.

    The samples are cut into the parts of `Shards`, so that random numbers are those of its loss. What depends on theta
    alone is kept until theta changes, if it fits into memory.

    Parameters
    ----------
    network : Network
        What is evaluated.
    samples : Samples
        The samples.
    threads : Threads
        The team that shares the work.
    at_a_time : int or None
        How many samples of a thread's part its loss is evaluated on at a time; None for all.
    seed : int or None
        What noise, dropout and codes are drawn from; None for no draws.
    epoch : float
        Number of the epoch, counted from 0.

    Attributes
    ----------
    count : int
        How many residuals there are.
    """

    def __init__(
        self,
        network: Network,
        samples: Samples,
        threads: Threads,
        at_a_time: int | None,
        seed: int | None,
        epoch: float,
    ) -> None:
        self._network, self._samples, self._threads, self._epoch = network, samples, threads, epoch
        self._whole: dict[str, Any] = {"samples": len(samples), **samples.shares()}
        self._weights = self._whole.pop("weights")
        self._seeds = self._seeds_of(seed, at_a_time)
        parts = [threads.part(i, len(samples)) for i in range(threads.count)]
        self._pieces = [list(slices(part, self._most(at_a_time))) for part in parts]
        self._matrices = [GaussNewton(network) for _ in parts]
        self._readers = [(RowReader(network.dtype), RowReader(network.dtype)) for _ in parts]
        self._at: FloatArray | None = None
        self._per_sample = math.prod(network.out_shape)
        self._penalty_roots = self._roots()
        self.count = len(samples) * self._per_sample + np.count_nonzero(self._penalty_roots)

    def product(self, theta: FloatArray, v: FloatArray) -> FloatArray:
        """Return B v at theta, a fresh float64 vector."""
        sums = np.zeros((self._threads.count, v.size))

        def multiply(i: int, matrix: GaussNewton, _rows: slice) -> None:
            sums[i] += matrix.product(v)

        self._on_pieces(theta, multiply)
        return np.asarray(sums.sum(axis=0))

    def diagonal(self, theta: FloatArray, draws: int, seed: int) -> FloatArray:
        """Return an estimate of the diagonal of B at theta, float64: the mean of random squares, and that of L2."""
        sums = np.zeros((self._threads.count, theta.size))

        def draw(i: int, matrix: GaussNewton, rows: slice) -> None:
            rng = np.random.default_rng([seed, rows.start])
            for _ in range(draws):
                sums[i] += matrix.squared_draw(rng)

        self._on_pieces(theta, draw)
        return np.asarray(sums.sum(axis=0) / draws + np.square(self._penalty_roots))

    def residuals(self, theta: FloatArray) -> FloatArray:
        """Return r (count,), float64, the sum of whose squares is twice the loss at theta."""
        return self._of_outputs(theta, theta, GaussNewton.residuals)

    def along(self, theta: FloatArray, v: FloatArray) -> FloatArray:
        """Return J v (count,), the derivative of the residuals along v."""
        return self._of_outputs(theta, v, lambda matrix: matrix.residuals_along(v))

    def back(self, theta: FloatArray, u: FloatArray) -> FloatArray:
        """Return J^T u, float64, for u (count,)."""
        sums = np.zeros((self._threads.count, theta.size))
        errors = self._errors(u)

        def multiply(i: int, matrix: GaussNewton, rows: slice) -> None:
            sums[i] += matrix.residuals_back(errors[rows].astype(self._network.dtype))

        self._on_pieces(theta, multiply)
        total: FloatArray = sums.sum(axis=0)
        chosen = self._penalty_roots != 0
        total[chosen] += self._penalty_roots[chosen] * u[errors.size :]
        return total

    def close(self) -> None:
        """Close the files that samples were read from, and let go of memory."""
        for reader in (reader for pair in self._readers for reader in pair):
            reader.close()
        self._matrices, self._at = [GaussNewton(self._network) for _ in self._pieces], None

    def _of_outputs(self, theta: FloatArray, vector: FloatArray, of: Callable[[GaussNewton], FloatArray]) -> FloatArray:
        """Return numbers like the residuals: those of outputs, and the penalties' roots times a vector."""
        found = np.empty(self.count)
        errors = self._errors(found)

        def fill(_i: int, matrix: GaussNewton, rows: slice) -> None:
            errors[rows] = of(matrix)

        self._on_pieces(theta, fill)
        chosen = self._penalty_roots != 0
        found[errors.size :] = (self._penalty_roots * vector)[chosen]
        return found

    def _errors(self, residuals: FloatArray) -> FloatArray:
        """Return a view of the residuals that are errors of outputs, (N, *out_shape)."""
        return residuals[: len(self._samples) * self._per_sample].reshape(-1, *self._network.out_shape)

    def _on_pieces(self, theta: FloatArray, use: Callable[[int, GaussNewton, slice], None]) -> None:
        """Call `use` with each thread's matrix, moved to theta and to one piece of the samples after another."""
        kept = self._at is not None and np.array_equal(theta, self._at)
        stays = all(len(pieces) <= 1 for pieces in self._pieces)
        self._at = None

        def work(i: int) -> None:
            rng = None if self._seeds is None else np.random.default_rng(self._seeds[i])
            for rows in self._pieces[i]:
                if not kept:
                    self._move(i, theta, rows, rng)
                use(i, self._matrices[i], rows)

        with np.errstate(all="ignore"):
            self._threads.do(work)
        self._at = theta.copy() if stays else None

    def _move(self, i: int, theta: FloatArray, rows: slice, rng: np.random.Generator | None) -> None:
        inputs, targets = self._readers[i]
        x: AnyArray = inputs.of(self._samples.X, rows)
        t = x if self._samples.T is None else targets.of(self._samples.T, rows)
        mask = None if self._samples.mask is None else self._samples.mask[rows]
        weights = None if self._weights is None else self._weights[rows]
        point = self._network.as_theta(theta)
        self._matrices[i].move(point, x, t, rng, mask=mask, weights=weights, epoch=self._epoch, **self._whole)

    def _most(self, at_a_time: int | None) -> int:
        """Return how many samples a thread holds at a time: all of its part if it draws or must see them together."""
        network, count = self._network, len(self._samples)
        if self._seeds is not None or network.whole_batch:
            return count
        numbers = PER_OUTPUT * network.outputs_per_sample * self._threads.count
        return max(1, min(count, KEPT // numbers))

    def _seeds_of(self, seed: int | None, at_a_time: int | None) -> list[int] | None:
        """Return each thread's seed, as `Shards` draws them."""
        count = self._threads.count
        if seed is None:
            return None
        if count == 1 and (at_a_time is None or len(self._samples) <= at_a_time):
            return [seed]
        return [int(own) for own in np.random.default_rng(seed).integers(2**63, size=count)]

    def _roots(self) -> FloatArray:
        """Return for each entry of theta the root of its penalty's curvature: L2 is a sum of squares."""
        roots = np.zeros(self._network.n_parameters)
        weight = sum(penalty.weight for penalty in self._network.penalties if isinstance(penalty, L2))
        for array in self._network._layout.weights(roots):
            array.fill(math.sqrt(2 * weight))
        return roots
