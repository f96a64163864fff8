"""One epoch after another: theta descends, is refined by SciPy, and is judged."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..network import Batch, Evaluator
from ..optimize import Optimizer
from ..optimize.curve import POINTS_OF_ALL, Iteration, count_points, keep_last_point, thin_out
from ..optimize.time_left import Status
from ..settings.array_types import FloatArray, IntArray
from ..settings.returned import is_number, is_pair, promise
from .completion_of_data import Completion
from .frozen_objective import FrozenObjective
from .state import Snapshot

if TYPE_CHECKING:
    from .loop import Training


class TrainingDiverged(ArithmeticError):
    """The loss or theta is no longer finite; the model keeps the best theta.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> optimizer = npae.GradientDescent(1e200)
    >>> npae.Autoencoder([16, 2], optimizer=optimizer, refine=None, random_state=0).fit(letters)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    npae.training.epochs.TrainingDiverged: ...
    """


class Epochs:
    """Moves theta, epoch by epoch.

    If all samples are one batch, the loss and the gradient at theta are known before every step. Otherwise a batch
    is evaluated for each step.

    Parameters
    ----------
    training : Training
        Its network, data, plan and state; the state changes in place.
    evaluator : Evaluator
        What evaluates the loss, and lets an optimizer step.
    """

    def __init__(self, training: Training, evaluator: Evaluator) -> None:
        self._training, self._evaluator = training, evaluator
        self._network, self._plan, self._state = training.network, training.plan, training.state
        count, batch_size = len(training.data), training.plan.batch_size
        self._batch_size = count if batch_size is None else batch_size
        self._full = self._batch_size >= count
        self._schedule = training.plan.optimizer.adapt if training.plan.optimizer else None
        self._data, self._gaps = training.data, Completion.of(training)
        self._evaluations = evaluations_of(training.state.history, self._batches)  # since training began
        self._began = time.perf_counter()  # the epoch
        self._points = count_points(training.state.history["refinements"][-POINTS_OF_ALL - 1 :])

    @property
    def _batches(self) -> int:
        """How many batches an epoch has, 0 if it is a refinement."""
        return -(-len(self._training.data) // self._batch_size) if self._plan.optimizer else 0

    @property
    def known_gradient(self) -> FloatArray | None:
        """The gradient at theta if the next step begins with it, otherwise None."""
        return self._evaluator.gradient if self._full else None

    def prepare(self) -> None:
        """Compute what the first step needs: the loss and gradient at theta, and the schedule's memory."""
        state, known = self._state, self._state.gradient
        self._evaluator.begin_epoch(state.epoch)
        if self._gaps is not None:
            self._data = self._gaps.first()
        if self._full and known is not None:
            np.copyto(self._evaluator.gradient, known)
        elif self._full:
            state.loss = self._evaluate()
            if not math.isfinite(state.loss):
                self._diverged(state.theta, "Scale the data, or start from smaller weights")
        state.gradient = None
        if self._schedule:
            self._schedule.check(self._training)
            if not state.schedule:
                self._start_schedule()
            elif self._full and known is None:
                self._schedule.after_refinement(state.loss, state.schedule)

    def train_one(self) -> None:
        """Train for one epoch, and record it."""
        state, evaluations, eta = self._state, self._evaluations, self._state.eta
        self._began = time.perf_counter()
        self._begin()
        before = Snapshot(state, self._evaluator.gradient)
        try:
            if self._plan.optimizer:
                self._descend(self._plan.optimizer, before)
            self._refine()
        except KeyboardInterrupt:
            self._evaluations = evaluations
            if self._full:
                before.restore_all(state, self._evaluator.gradient)
            raise
        state.epoch += 1
        self._record(eta)
        state.seconds += time.perf_counter() - self._began
        state.record("seconds", state.seconds)
        state.record("evaluations", self._evaluations)

    def _start_schedule(self) -> None:
        """Give the eta schedule its first memory."""
        assert self._schedule and self._plan.optimizer
        if not self._full and self._schedule.wants_loss:
            self._state.loss = self._training.first_loss(self._data)
        memory = self._schedule.start(self._state.loss)
        promise(isinstance(memory, dict), f"start of {type(self._schedule).__name__}", "a dict, its memory", memory)
        self._state.schedule = {"first": self._plan.optimizer.eta, **memory}

    def _begin(self) -> None:
        """Begin an epoch; if the loss becomes another function, or gaps are completed again, evaluate it again."""
        state = self._state
        self._evaluator.begin_epoch(state.epoch)
        other_data = False
        if self._gaps is not None and self._gaps.due:
            self._data, other_data = self._gaps.next(), True
        other_loss = state.epoch > 0 and self._network.loss_changes(state.epoch)
        if not other_data and not other_loss:
            return
        if other_loss and self._training.validation is None and state.best:
            state.best["loss"] = math.inf
        if self._full:
            state.loss = self._evaluate()
        if self._schedule:  # with batches, nobody knows the loss before the epoch has ended
            self._schedule.after_refinement(state.loss if self._full else math.inf, state.schedule)

    def _record(self, eta: float) -> None:
        """Record the epoch's numbers in the history, get the next eta from the schedule, and keep the best theta."""
        state, training = self._state, self._training
        state.record("loss", state.loss)
        state.record("eta", eta)
        if training.validation is not None:
            state.record("val_loss", training.loss_of(training.validation))
        if self._schedule:
            state.eta = self._schedule.after_epoch(state.eta, training, state.schedule)
            if not is_number(state.eta):
                promise(False, f"after_epoch of {type(self._schedule).__name__}", "a number, the next eta", state.eta)
        state.keep_best(state.history["loss" if training.validation is None else "val_loss"][-1])

    def _descend(self, optimizer: Optimizer, before: Snapshot) -> None:
        """Let the optimizer take its steps; the schedule may undo them."""
        state, accepted = self._state, True
        state.loss = self._full_batch_step(optimizer) if self._full else self._mini_batch_steps(optimizer)
        self._evaluations += self._batches
        finite = math.isfinite(state.loss) and np.isfinite(state.theta).all()
        if self._schedule:
            loss = state.loss if finite else math.inf
            exact = self._full and not self._network.stochastic
            judged = self._schedule.update(state.eta, loss, state.schedule, exact)
            if not is_pair(judged) or not is_number(judged[0]):
                promise(False, f"update of {type(self._schedule).__name__}", "two, (eta, stands)", judged)
            state.eta, accepted = judged
        if not accepted:
            before.restore(state, self._evaluator.gradient)
        elif not finite:
            bad = state.theta.copy()
            before.restore(state, self._evaluator.gradient)
            hint = f"Use a smaller eta (now {state.eta:g}) or AdaptiveEta(), clip gradients, or scale the data"
            self._diverged(bad, hint)

    def _full_batch_step(self, optimizer: Optimizer) -> float:
        self._step(optimizer, Batch(self._data, None, self._state.loss))
        return self._evaluate()

    def _mini_batch_steps(self, optimizer: Optimizer) -> float:
        """Step once per batch; return the mean of the losses before each step."""
        total, order = 0.0, self._state.rng.permutation(len(self._training.data))
        for start in range(0, len(order), self._batch_size):
            rows = order[start : start + self._batch_size]
            loss = self._evaluate(rows)
            if not math.isfinite(loss):
                return loss
            total += loss * len(rows)
            self._step(optimizer, Batch(self._data, rows, loss))
        return total / len(order)

    def _step(self, optimizer: Optimizer, batch: Batch) -> None:
        self._evaluator.step(optimizer, self._state.theta, self._state.eta, self._state.optimizer, batch)
        self._network.project(self._state.theta)

    def _evaluate(self, rows: IntArray | None = None) -> float:
        rng = self._state.rng if self._network.stochastic else None
        return self._evaluator.evaluate(self._state.theta, self._data, rows=rows, rng=rng)

    def _refine(self) -> None:
        """Hand theta to SciPy if a refinement is due, and take the result if it is better."""
        refine, optimizer, state = self._plan.refine, self._plan.optimizer, self._state
        if refine is None or (optimizer and (state.epoch + 1) % refine.every):
            return
        frozen = FrozenObjective(self._network, self._evaluator, self._data, state.rng, refine.sample)
        report = self._tell_listeners if self._training.listeners else None
        watch = self._after_iteration if self._training.after_iteration else None
        since = self._evaluations, state.seconds + time.perf_counter() - self._began
        best, record = refine.improve(frozen, state.theta, state.rng, report, watch, since)
        if self._network.project(best):
            record["loss_after"] = frozen.value(best)
        self._keep({"epoch": state.epoch + 1, **record})
        if record["loss_after"] < record["loss_before"]:
            np.copyto(state.theta, best, casting="same_kind")
            if optimizer:
                optimizer.after_refinement(state.optimizer)
        state.loss = self._evaluate() if self._full else record["loss_after"]
        if self._schedule:
            self._schedule.after_refinement(state.loss, state.schedule)
        if record["stopped"] == "interrupted":
            state.stopped = "interrupted"

    def _keep(self, record: dict[str, Any]) -> None:
        """Put the record of a refinement into the history, whose curves do not grow without a bound."""
        records = self._state.history["refinements"]
        records.append(record)
        self._evaluations += record["evaluations"]
        self._points += len(record["curve"]["loss"])
        if len(records) > POINTS_OF_ALL:  # of which each has its last point, by now
            keep_last_point(record)
        elif self._points > POINTS_OF_ALL:
            thin_out(records)
            self._points = count_points(records)

    def _after_iteration(self, iteration: Iteration) -> object:
        reasons = [watch(iteration) for watch in self._training.after_iteration]
        return next((reason for reason in reasons if reason), None)

    def _tell_listeners(self, status: Status) -> None:
        for listener in self._training.listeners:
            listener(status)

    def _diverged(self, theta: FloatArray, hint: str) -> NoReturn:
        """Go back to the best theta, and raise TrainingDiverged, which says where `theta` is not finite."""
        training, state = self._training, self._state
        training.begun = True
        where = self._network.first_nonfinite(theta, training.data[: self._plan.batch_size or 1000])
        best = state.best or {"epoch": state.epoch}
        if "theta" in best:
            np.copyto(state.theta, best["theta"])
        raise TrainingDiverged(
            f"loss must stay finite, got a value that is not, first in {where}, at epoch {state.epoch + 1}. "
            f"{hint}; theta of epoch {best['epoch']}, the best so far, is kept."
        )


def evaluations_of(history: dict[str, Any], batches: int) -> int:
    """Return the evaluations since training began: of batches by an optimizer, and of refinements.

    A history that is older than this column has had `batches` in each epoch.
    """
    known = next((count for count in reversed(history.get("evaluations", ())) if count == count), None)
    if known is not None:  # of a stream, there are as many as there were calls: only the last ones are looked at
        return int(known)
    refined = sum(record["evaluations"] for record in history["refinements"])
    return int(len(history["loss"]) * batches + refined)
