"""A training run as a value: everything that determines what happens next."""

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass
class TrainingState:
    """Theta and all that its future depends on, besides the data and the plan.

    Attributes
    ----------
    theta : flat vector, moved in place.
    rng : numpy.random.Generator of the run.
    eta : learning rate of the next epoch.
    epoch : epochs that have ended. seconds : time they took.
    loss : of the last epoch; inf before the first.
    gradient : at theta, where it is known and the next step begins with it, else None.
    threads : how many the run goes on with, or None if that is still to be decided.
    optimizer, schedule, callbacks : what these must remember, dicts of numbers and arrays.
    best : the epoch with the least validation loss, or loss where there is none: `loss`, `epoch`, `theta`.
    history : dict of lists, one entry an epoch (`refinements`: one dict a refinement).
    stopped : why the last call to train ended.
    """

    theta: np.ndarray
    rng: np.random.Generator
    eta: float
    epoch: int = 0
    seconds: float = 0.0
    loss: float = float("inf")
    gradient: np.ndarray | None = None
    threads: int | None = None
    optimizer: dict = field(default_factory=dict)
    schedule: dict = field(default_factory=dict)
    callbacks: dict = field(default_factory=dict)
    best: dict = field(default_factory=dict)
    history: dict = field(default_factory=lambda: {"loss": [], "eta": [], "seconds": [], "refinements": []})
    stopped: str = ""

    def record(self, name, value):
        """Append to the history; epochs in which `name` was not recorded count as not a number."""
        column = self.history.setdefault(name, [])
        _fill(column, self.epoch - 1)
        column.append(value)

    def align(self):
        """Fill up the columns that were not recorded in the last epochs."""
        for name, column in self.history.items():
            if name != "refinements" and isinstance(column, list):
                _fill(column, self.epoch)

    def keep_best(self, loss):
        """Keep theta if this epoch's loss is the least so far."""
        if not self.best:
            self.best = {"loss": math.inf, "epoch": 0, "theta": self.theta.copy()}
        if loss < self.best["loss"]:
            self.best.update(loss=loss, epoch=self.epoch)
            np.copyto(self.best["theta"], self.theta)


def _fill(column, length):
    column += [float("nan")] * (length - len(column))


class Snapshot:
    """Theta, the gradient there and the memories at one moment, to go back to."""

    def __init__(self, state, gradient):
        self._theta, self._gradient, self._loss = state.theta.copy(), gradient.copy(), state.loss
        self._eta, self._schedule = state.eta, dict(state.schedule)
        self._memory = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in state.optimizer.items()}

    def restore(self, state, gradient):
        """Take the step back: theta, gradient, loss and the optimiser's memory, into the same arrays."""
        np.copyto(state.theta, self._theta)
        np.copyto(gradient, self._gradient)
        state.loss = self._loss
        for name, value in self._memory.items():
            if isinstance(value, np.ndarray):
                np.copyto(state.optimizer[name], value)
            else:
                state.optimizer[name] = value

    def restore_all(self, state, gradient):
        """Go back, eta and its schedule included."""
        self.restore(state, gradient)
        state.eta, state.schedule = self._eta, self._schedule
