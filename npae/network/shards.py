"""A batch cut into shards, one per thread; their values and gradients are added up in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from ..execution.threads import Threads
from ..samples import Samples
from ..settings.array_types import FloatArray, IntArray
from .batch_curvature import BatchCurvature, CurvatureWorkers
from .frozen_curvature import FrozenCurvature
from .network import Network
from .shard import Shard, add_up


class StepRule(Protocol):
    """What moves theta along a gradient: an optimizer."""

    wants_curvature: ClassVar[bool]

    def step(
        self,
        theta: FloatArray,
        gradient: FloatArray,
        eta: float,
        memory: dict[str, Any],
        threads: Threads | None = None,
        curvature: BatchCurvature | None = None,
    ) -> None:
        """Move theta in place by one step."""


@dataclass(frozen=True)
class Batch:
    """What the gradient of a step is that of.

    Parameters
    ----------
    samples : Samples
        The training data.
    rows : array of int, or None
        Which of them; None for all.
    loss : float
        Their loss.
    """

    samples: Samples
    rows: IntArray | None
    loss: float


class Moving(Protocol):
    """What training moves: its state."""

    theta: FloatArray
    optimizer: dict[str, Any]


class Evaluator(Protocol):
    """What training evaluates the loss with: shards on threads of this process, or on a cluster.

    It is a context manager, with which threads or connections end.
    """

    @property
    def gradient(self) -> FloatArray:
        """The batch's gradient after `evaluate`; the array itself stays the same one."""

    def __enter__(self) -> Evaluator: ...

    def __exit__(self, *exception: object) -> None: ...

    def holding(self, state: Moving, /) -> AbstractContextManager[None]:
        """Return a context manager, inside which theta of a training's state lies where this evaluator wants it."""

    def begin_epoch(self, epoch: int) -> None:
        """Tell the layers that epoch number `epoch` begins, counted from 0."""

    def curvature_on(self, samples: Samples, seed: int | None, /) -> FrozenCurvature | None:
        """Return the loss on samples to second order, or None if nobody can tell."""

    def evaluate(
        self,
        theta: FloatArray,
        samples: Samples,
        *,
        rows: IntArray | None = None,
        rng: np.random.Generator | None = None,
        gradient: bool = True,
    ) -> float:
        """Return the loss of theta on samples, or on those at `rows`; leave the gradient in `gradient`."""

    def step(
        self, optimizer: StepRule, theta: FloatArray, eta: float, memory: dict[str, Any], batch: Batch | None = None
    ) -> None:
        """Let an optimizer move theta along `gradient`, which is that of a batch."""


class Shards:
    """Evaluates a network on several threads: the Evaluator of a training in this process.

    Each thread has a workspace of its own and takes consecutive samples of the batch. The sum does not depend on which
    thread finishes first: equal batches and equal `threads` give equal bits on one
    machine.

    Parameters
    ----------
    network : Network
        What is evaluated.
    threads : int, default 1
        The number of shards, each with a thread of its own.
    at_a_time : int, default None
        How many samples of a shard are evaluated at a time, which bounds the memory of layers' outputs; None for all.
        It is for networks that draw nothing and need no whole batch.
    gradients : list of arrays of shape (P,), default None
        Where each shard's gradient is to lie; None for memory of its own.
    """

    def __init__(
        self,
        network: Network,
        threads: int = 1,
        at_a_time: int | None = None,
        gradients: list[FloatArray] | None = None,
    ) -> None:
        self._network, self._threads, self._at_a_time = network, Threads(threads), at_a_time
        places: Sequence[FloatArray | None] = gradients or [None] * threads
        self._shards = [Shard(network, at_a_time, place) for place in places]
        self.gradient: FloatArray = self._shards[0].gradient
        self._curvature: CurvatureWorkers | None = None
        self._frozen: FrozenCurvature | None = None

    def __enter__(self) -> Shards:
        return self

    def __exit__(self, *exception: object) -> None:
        self._threads.__exit__(*exception)
        for shard in self._shards:
            shard.close()
        self._shards.clear()  # an exception or a training may refer to this for long
        self._close_frozen()
        if self._curvature is not None:
            self._curvature.close()
            self._curvature = None

    def holding(self, state: Moving) -> AbstractContextManager[None]:
        """Return a context manager that does nothing: threads see theta wherever it lies."""
        return nullcontext()

    def begin_epoch(self, epoch: int) -> None:
        """Tell the layers that epoch number `epoch` begins, counted from 0."""
        for shard in self._shards:
            shard.workspace.context.epoch = epoch

    def evaluate(
        self,
        theta: FloatArray,
        samples: Samples,
        *,
        rows: IntArray | None = None,
        rng: np.random.Generator | None = None,
        gradient: bool = True,
    ) -> float:
        """Return the loss of theta on samples, or on those at `rows`; leave the gradient in `gradient`.

        The samples may be larger than memory: they are cast to the network's dtype shard by shard. With more than one
        thread each gets a generator of its own, seeded by `rng`.
        """
        count = len(samples) if rows is None else len(rows)
        if self._threads.count == 1 and (self._at_a_time is None or count <= self._at_a_time):
            return self._evaluate_alone(theta, samples, rows, rng, gradient)
        whole = whole_batch(samples, rows, gradient)
        seeds = None if rng is None else rng.integers(2**63, size=self._threads.count)
        values = [0.0] * self._threads.count

        def evaluate(i: int) -> None:
            own = None if seeds is None else np.random.default_rng(seeds[i])
            part = self._threads.part(i, count)
            values[i] = self._shards[i].evaluate(theta, samples, rows, part, own, whole)

        self._threads.do(evaluate)
        if gradient:
            self._threads.do(self._add_up)
        return sum(values)

    def _evaluate_alone(
        self,
        theta: FloatArray,
        samples: Samples,
        rows: IntArray | None,
        rng: np.random.Generator | None,
        gradient: bool,
    ) -> float:
        """Return the loss of a batch that is not cut into parts: the way of small networks, where each call counts."""
        x, t = self._shards[0].read(samples, rows)
        mask = samples.mask if samples.mask is None or rows is None else samples.mask[rows]
        shares = {} if samples.weights is None and not samples.gaps else samples.shares(rows)
        evaluate, workspace = self._network.evaluate, self._shards[0].workspace
        return evaluate(workspace, theta, x, t, rng, mask=mask, gradient=gradient, **shares)

    def step(
        self, optimizer: StepRule, theta: FloatArray, eta: float, memory: dict[str, Any], batch: Batch | None = None
    ) -> None:
        """Let an optimizer move theta along `gradient`, each thread its part; show it the curvature if it asks."""
        curvature = self._curvature_of(batch) if optimizer.wants_curvature and batch is not None else None
        more = {} if curvature is None else {"curvature": curvature}  # a rule of one's own may not know the word
        optimizer.step(theta, self.gradient, eta, memory, self._threads, **more)

    def curvature_on(self, samples: Samples, seed: int | None) -> FrozenCurvature:
        """Return the loss on samples to second order, with the draws that `evaluate` makes from a generator of seed."""
        self._close_frozen()
        epoch = self._shards[0].workspace.context.epoch
        self._frozen = FrozenCurvature(self._network, samples, self._threads, self._at_a_time, seed, epoch)
        return self._frozen

    def _close_frozen(self) -> None:
        """Close what `curvature_on` has returned last: refinements come one after another."""
        if self._frozen is not None:
            self._frozen.close()
            self._frozen = None

    def _curvature_of(self, batch: Batch) -> BatchCurvature:
        if self._curvature is None:
            self._curvature = CurvatureWorkers(self._network, self._threads)

        def value(theta: FloatArray, seed: int | None) -> float:
            rng = None if seed is None else np.random.default_rng(seed)
            return self.evaluate(theta, batch.samples, rows=batch.rows, rng=rng, gradient=False)

        epoch = self._shards[0].workspace.context.epoch
        return BatchCurvature(self._curvature, value, batch.samples, batch.rows, batch.loss, epoch)

    def _add_up(self, i: int) -> None:
        add_up([shard.gradient for shard in self._shards], self._threads.part(i, self.gradient.size))


def whole_batch(samples: Samples, rows: IntArray | None, gradient: bool) -> dict[str, Any]:
    """Return what `Shard.evaluate` is told about the whole batch."""
    shares = samples.shares(rows)
    count = len(samples) if rows is None else len(rows)
    return {"samples": count, "gradient": gradient, "real": shares["real"], "seen": shares["seen"]}
