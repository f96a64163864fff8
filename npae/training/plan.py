"""How a run is to go: what stays the same while it lasts."""

from dataclasses import dataclass

import numpy as np

from ..optimize import Optimizer, Refine
from ..settings.checks import positive_integer
from .state import TrainingState


@dataclass(frozen=True)
class Plan:
    """How theta is to move: what stays the same during a run.

    optimizer : Optimizer or None. refine : Refine or None. At least one of them.
    batch_size : rows of one step, or None for all of them.
    threads : shards that a batch is cut into, one a thread; None for as many cores as have enough to do.
    callbacks : Callbacks or functions f(training).
    seed : what the random numbers come from, as text; "" for nothing that could be repeated.
    """

    optimizer: Optimizer | None
    refine: Refine | None = None
    batch_size: int | None = None
    threads: int | None = None
    callbacks: tuple = ()
    seed: str = ""

    def check(self, network, samples=None):
        """Raise ValueError or MemoryError where the plan cannot work on this network, or with so many samples."""
        if self.refine is not None:
            self.refine.check(network)
        if samples is not None and self.batch_size is not None:
            positive_integer("batch_size", self.batch_size)
            if self.batch_size > samples:
                hint = "Use batch_size=None for one batch of all."
                raise ValueError(f"batch_size must be at most the {samples} samples, got {self.batch_size}. {hint}")

    def start(self, network, rng, theta=None):
        """Return the state of a run that has not begun."""
        theta = network.init(rng) if theta is None else np.array(theta, network.dtype)
        if self.optimizer is None:
            return TrainingState(theta, rng, eta=0.0)
        eta, adapt = self.optimizer.eta, self.optimizer.adapt
        first = eta if adapt is None else adapt.initial_eta(eta)
        return TrainingState(theta, rng, eta=first, optimizer=self.optimizer.start(theta))
