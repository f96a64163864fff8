"""The state of a training: everything that determines what happens next."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..samples.mapped_files import is_mapped
from ..settings.array_types import FloatArray
from .history import NOT_PER_EPOCH, History


def _empty_history() -> History:
    return History(loss=[], eta=[], seconds=[], evaluations=[], refinements=[])


@dataclass
class TrainingState:
    """Theta and everything that its future depends on, apart from the data and the plan.

    Attributes
    ----------
    theta : array of shape (n_parameters,)
        The flat vector, moved in place.
    rng : numpy.random.Generator
        The source of randomness.
    eta : float
        The learning rate of the next epoch.
    epoch : int, default 0
        How many epochs have ended.
    seconds : float, default 0.0
        The time they took.
    loss : float, default inf
        The loss of the last epoch; inf before the first.
    gradient : array like theta, default None
        The gradient at theta if it is known and the next step begins with it, otherwise None.
    threads : int, default None
        How many threads training goes on with; None if that is still to be decided.
    fills : array of shape (gaps,), default None
        What stands in the gaps of the training data for now, one after the other; None if there are none.
    optimizer, schedule, callbacks : dict
        What these must remember: numbers and arrays.
    best : dict
        `loss`, `epoch` and `theta` of the epoch with the least validation loss, or with the least loss if there is no
        validation data.
    history : dict of list
        One entry per epoch, except in `refinements`, which has one dict per refinement, and in `notes`, which has what
        `fit` warned of.
    stopped : str
        Why the last call to `train` ended.
    """

    theta: FloatArray
    rng: np.random.Generator
    eta: float
    epoch: int = 0
    seconds: float = 0.0
    loss: float = float("inf")
    gradient: FloatArray | None = None
    threads: int | None = None
    fills: FloatArray | None = None
    optimizer: dict[str, Any] = field(default_factory=dict)
    schedule: dict[str, Any] = field(default_factory=dict)
    callbacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)
    history: dict[str, list[Any]] = field(default_factory=_empty_history)
    stopped: str = ""

    def __post_init__(self) -> None:
        if type(self.history) is dict:  # from a file
            self.history = History(self.history)

    def record(self, name: str, value: Any) -> None:
        """Append a value to a column of the history; earlier epochs without a value get not a number."""
        column = self.history.setdefault(name, [])
        _fill(column, self.epoch - 1)
        column.append(value)

    def align(self) -> None:
        """Fill the columns that got no value in the last epochs with not a number."""
        for name, column in self.history.items():
            if name not in NOT_PER_EPOCH and isinstance(column, list):
                _fill(column, self.epoch)

    def share_theta(self) -> FloatArray:
        """Return theta for the model that was trained; a best theta that is the same shares its memory.

        Before training goes on, `own` gives each its memory again.
        """
        for memory in (self.best, *self.callbacks.values()):
            if np.array_equal(memory.get("theta", ()), self.theta):
                memory["theta"] = self.theta
        return self.theta

    def own(self) -> None:
        """Copy the arrays that training moves in place and that others see: shared, read-only or in a mapped file."""
        self.theta, seen = np.array(self.theta), {id(self.theta)}
        self.optimizer, self.schedule, self.callbacks, self.best = (
            _owned(value, seen) for value in (self.optimizer, self.schedule, self.callbacks, self.best)
        )

    def keep_best(self, loss: float) -> None:
        """Copy theta if this epoch's loss is the least so far."""
        if not self.best:
            self.best = {"loss": math.inf, "epoch": 0, "theta": self.theta.copy()}
        if loss < self.best["loss"]:
            self.best.update(loss=loss, epoch=self.epoch)
            np.copyto(self.best["theta"], self.theta)


def _owned(value: Any, seen: set[int]) -> Any:
    """Return a memory whose arrays nobody else sees: not those in `seen`, to which all are added."""
    if isinstance(value, dict):
        return {key: _owned(item, seen) for key, item in value.items()}
    if not isinstance(value, np.ndarray):
        return value
    shared = id(value) in seen or not value.flags.writeable or is_mapped(value)
    seen.add(id(value))
    return np.array(value) if shared else value


def _fill(column: list[Any], length: int) -> None:
    column += [float("nan")] * (length - len(column))


class Snapshot:
    """Theta, the gradient at it, and the memories of optimizer and schedule at one moment, to return to."""

    def __init__(self, state: TrainingState, gradient: FloatArray) -> None:
        self._theta, self._gradient, self._loss = state.theta.copy(), gradient.copy(), state.loss
        self._eta, self._schedule = state.eta, dict(state.schedule)
        self._memory = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in state.optimizer.items()}

    def restore(self, state: TrainingState, gradient: FloatArray) -> None:
        """Undo a step: restore theta, gradient, loss and the optimizer's memory, in the same arrays."""
        np.copyto(state.theta, self._theta)
        np.copyto(gradient, self._gradient)
        state.loss = self._loss
        for name, value in self._memory.items():
            if isinstance(value, np.ndarray):
                np.copyto(state.optimizer[name], value)
            else:
                state.optimizer[name] = value

    def restore_all(self, state: TrainingState, gradient: FloatArray) -> None:
        """Undo a step, and restore eta and the schedule's memory too."""
        self.restore(state, gradient)
        state.eta, state.schedule = self._eta, self._schedule
