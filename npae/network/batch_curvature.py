"""The curvature of the loss on a batch: what an optimizer of second order asks, whatever thread looks at which rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..execution.threads import Threads
from ..layers.linearization import Factors
from ..layers.second_moment import Factor, is_finite, mix
from ..samples import Samples
from ..samples.rows import RowReader
from ..settings.array_types import AnyArray, FloatArray, IntArray
from .gauss_newton import GaussNewton

if TYPE_CHECKING:
    from .network import Network


class CurvatureWorkers:
    """A `GaussNewton` for each thread, kept from batch to batch.

    Parameters
    ----------
    network : Network
        Whose loss is curved.
    threads : Threads
        The team that shares the work.
    """

    def __init__(self, network: Network, threads: Threads) -> None:
        self.network, self.threads = network, threads
        self.matrices = [GaussNewton(network) for _ in range(threads.count)]
        self._readers = [(RowReader(network.dtype), RowReader(network.dtype)) for _ in range(threads.count)]

    def read(self, thread: int, samples: Samples, rows: IntArray) -> tuple[AnyArray, AnyArray]:
        """Return X and T of some of the samples; T is X itself if there are no other targets."""
        inputs, targets = self._readers[thread]
        x = inputs.of(samples.X, rows)
        return x, x if samples.T is None else targets.of(samples.T, rows)

    def close(self) -> None:
        """Close the files that samples were read from."""
        for reader in (reader for pair in self._readers for reader in pair):
            reader.close()


class BatchCurvature:
    """The loss on a batch, and its Gauss-Newton matrix on some of the batch's samples.

    Parameters
    ----------
    workers : CurvatureWorkers
        Who computes it.
    value : callable
        `value(theta, seed) -> loss` of the whole batch; a stochastic network draws from `seed`.
    samples : Samples
        The training data.
    rows : array of int, or None
        Which of them are the batch; None for all.
    loss : float
        The loss of the batch at theta.
    epoch : float
        Number of the epoch, counted from 0.
    """

    def __init__(
        self,
        workers: CurvatureWorkers,
        value: Callable[[FloatArray, int | None], float],
        samples: Samples,
        rows: IntArray | None,
        loss: float,
        epoch: float,
    ) -> None:
        self._workers, self._samples, self._rows = workers, samples, rows
        self._value, self.loss, self._epoch = value, loss, epoch

    @property
    def threads(self) -> Threads:
        """The threads that share the work."""
        return self._workers.threads

    @property
    def whole(self) -> bool:
        """Whether the batch is all samples."""
        return self._rows is None

    def loss_at(self, theta: FloatArray, seed: int) -> float:
        """Return the loss of the batch at theta, the same draws for the same seed."""
        return self._value(theta, seed if self._workers.network.stochastic else None)

    def loss_before(self, theta: FloatArray, seed: int) -> float:
        """Return the loss at the theta of the gradient; it is known unless random numbers are drawn."""
        return self.loss_at(theta, seed) if self._workers.network.stochastic else self.loss

    def move(self, theta: FloatArray, share: float, least: int, seed: int) -> None:
        """Go to theta, and to a share of the batch's samples, but to no fewer than `least` if there are so many."""
        threads, samples = self.threads, self._samples
        chosen, weights = self._chosen(share, least, seed)
        self._count = len(chosen)
        shares = samples.shares(chosen)
        whole: dict[str, Any] = {"samples": len(chosen), "real": shares["real"], "seen": shares["seen"]}
        of_rows = {"mask": None if samples.mask is None else samples.mask[chosen], "weights": weights}
        stochastic = self._workers.network.stochastic

        def move(i: int) -> None:
            part = threads.part(i, len(chosen))
            if part.start == part.stop:
                self._workers.matrices[i].leave()
                return
            rng = np.random.default_rng([seed, i]) if stochastic else None
            x, t = self._workers.read(i, samples, chosen[part])
            parts: dict[str, Any] = {name: None if of is None else of[part] for name, of in of_rows.items()}
            self._workers.matrices[i].move(theta, x, t, rng, epoch=self._epoch, copy=False, **parts, **whole)

        threads.do(move)

    def mix_factors(self, averages: dict[str, tuple[FloatArray, FloatArray]], keep: float, seed: int) -> bool:
        """Take the factors of one draw into averages: keep times themselves plus 1 - keep times the factors.

        Averages are {"encoder.0.Wb": (L, R), ...}; those that are missing begin at 0. Where a factor is not finite, its
        averages stay as they are. Returns whether all were finite.
        """
        finite: list[bool] = []
        jobs = []
        for name, pairs in self._factors(seed).items():
            sides: tuple[tuple[Factor, ...], ...] = tuple(zip(*pairs, strict=True))
            if name not in averages:
                rows, columns = (np.zeros(side[0].shape, self._workers.network.dtype) for side in sides)
                averages[name] = rows, columns
            cost = float(sum(average.size for average in averages[name]))
            jobs.append((cost, partial(_mix, averages[name], keep, sides, finite)))
        self.threads.share_out(jobs)
        return all(finite)

    def _factors(self, seed: int) -> dict[str, list[tuple[Factor, Factor]]]:
        """Return what each thread made of the factors (L, R) of each array: they are sums over that."""
        made: list[list[Factors]] = [[] for _ in self._workers.matrices]

        def draw(i: int) -> None:
            part, rng = self.threads.part(i, self._count), np.random.default_rng([seed, 0, 1])
            made[i] = self._workers.matrices[i].factors(rng, (part, self._count))

        self.threads.do(draw)
        parts: dict[str, list[tuple[Factor, Factor]]] = {}
        for layers in made:
            for layer, of in zip(self._workers.network.layer_names, layers, strict=False):
                for name, pair in of.items():
                    parts.setdefault(f"{layer}.{name}", []).append(pair)
        return parts

    def products(self, vectors: Sequence[FloatArray]) -> FloatArray:
        """Return v_i^T B v_j for all pairs of vectors, in float64."""
        sums = np.zeros((self.threads.count, len(vectors), len(vectors)))

        def multiply(i: int) -> None:
            sums[i] = self._workers.matrices[i].products(vectors)

        self.threads.do(multiply)
        total: FloatArray = sums.sum(axis=0)
        return total

    def arrays(self, vector: FloatArray) -> dict[str, FloatArray]:
        """Return {"encoder.0.Wb": matrix, ...}, views of a vector like theta, also of arrays that are joined."""
        network = self._workers.network
        views = zip(network.layer_names, network._layout.by_layer(vector), strict=True)
        return {f"{layer}.{name}": view.reshape(-1, view.shape[-1]) for layer, of in views for name, view in of.items()}

    def _chosen(self, share: float, least: int, seed: int) -> tuple[IntArray, FloatArray | None]:
        """Return the rows of a share of the batch, and their weights.

        Samples that have weights are drawn by them, and weigh alike then: a few that weigh most are not missed. The
        rows of a mini-batch come in random order, all rows do not.
        """
        rows, weights = self._rows, self._samples.relative_weights
        size = len(self._samples) if rows is None else len(rows)
        count = min(size, max(least, round(share * size)))
        if weights is not None:
            weights = weights if rows is None else weights[rows]
        if count == size:
            return np.arange(size) if rows is None else rows, weights
        rng = np.random.default_rng([seed, 0, 2])
        if weights is not None and weights.any():
            drawn = np.sort(rng.choice(size, count, p=weights / weights.sum(dtype=np.float64)))
            return drawn if rows is None else rows[drawn], np.full(count, weights.mean())
        if rows is not None:
            return rows[:count], weights
        return np.sort(rng.choice(size, count, replace=False)), weights


def _mix(
    averages: tuple[FloatArray, FloatArray], keep: float, sides: Sequence[Sequence[Factor]], finite: list[bool]
) -> None:
    """Take the parts of L and of R into their averages, if they are finite; note whether they are."""
    finite.append(all(is_finite(part) for parts in sides for part in parts))
    if finite[-1]:
        for average, parts in zip(averages, sides, strict=True):
            mix(average, keep, parts, 1 - keep)
