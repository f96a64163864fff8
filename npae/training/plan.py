"""How training proceeds: what stays the same while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..network import Network
from ..optimize import Optimizer, Refine
from ..optimize.monitor import check_watchers
from ..optimize.optimizer import remember_unit
from ..settings.array_types import FloatArray
from ..settings.checks import positive_integer
from ..settings.returned import is_number, promise
from .callbacks import Callback
from .state import TrainingState


@dataclass(frozen=True)
class Plan:
    """How training moves theta.

    Parameters
    ----------
    optimizer : Optimizer or None
        How theta moves step by step; None if every epoch is a refinement.
    refine : Refine or None, default None
        When and how theta is handed to SciPy; None for never. Not None if `optimizer` is.
    batch_size : int, default None
        Samples per step; None for all of them.
    threads : int, default None
        The number of shards that a batch is cut into, each on a thread of its own; None for as many as the cores and
        the cost of a batch justify.
    callbacks : tuple, default ()
        Callbacks, or functions f(training).
    seed : str, default ""
        What the random numbers come from; "" if they cannot be repeated.
    epochs : int, default 200
        Passes over the data, at most.
    at_a_time : int, default None
        How many samples of a shard are evaluated at a time; None for all.
    workers : int, default None
        The number of processes that share a batch: 1 for threads alone; None for processes where they are measured to
        be faster than threads.
    """

    optimizer: Optimizer | None
    refine: Refine | None = None
    batch_size: int | None = None
    threads: int | None = None
    callbacks: tuple[Callback | Callable[..., Any], ...] = ()
    seed: str = ""
    epochs: int = 200
    at_a_time: int | None = None
    workers: int | None = None

    def check(self, network: Network, samples: int | None = None) -> None:
        """Raise ValueError or MemoryError if the plan does not suit the network or the number of samples."""
        if self.optimizer is not None and isinstance(self.optimizer, Optimizer):
            self.optimizer.check(network)
        if self.refine is not None:
            self.refine.check(network)
        if samples is not None and self.batch_size is not None:
            positive_integer("batch_size", self.batch_size)
            if self.batch_size > samples:
                hint = "Use batch_size=None for one batch of all."
                raise ValueError(f"batch_size must be at most the {samples} samples, got {self.batch_size}. {hint}")

    @property
    def workers_or_threads(self) -> int | None:
        """How many shards were asked for; None if that is left to the work."""
        return self.workers if self.workers is not None and self.workers > 1 else self.threads

    @property
    def wants_curvature(self) -> bool:
        """Whether the optimizer or the refinement takes products with the Gauss-Newton matrix, or its factors."""
        steps = self.optimizer is not None and self.optimizer.wants_curvature
        return steps or (self.refine is not None and self.refine.uses_gauss_newton)

    def check_watchers(self, *, stream: bool) -> None:
        """Raise ValueError if a callback or the schedule of eta watches validation data, for a training without any."""
        schedule = self.optimizer.adapt if self.optimizer else None
        check_watchers((*self.callbacks, schedule), stream=stream)

    def start(self, network: Network, rng: np.random.Generator, theta: FloatArray | None = None) -> TrainingState:
        """Return the state before the first epoch, at `theta` or at weights that the network draws."""
        theta = network.init(rng) if theta is None else np.array(theta, network.dtype)
        if self.optimizer is None:
            return TrainingState(theta, rng, eta=0.0)
        eta, adapt = self.optimizer.eta, self.optimizer.adapt
        first, memory = eta if adapt is None else adapt.initial_eta(eta), self.optimizer.start(theta)
        promise(is_number(first), f"initial_eta of {type(adapt).__name__}", "a number, the first eta", first)
        promise(isinstance(memory, dict), f"start of {type(self.optimizer).__name__}", "a dict, its memory", memory)
        remember_unit(self.optimizer, memory, network.loss_unit)
        return TrainingState(theta, rng, eta=first, optimizer=memory)
