"""The training loop: epochs, batches, steps, refinements."""

import math
import time
import warnings
from contextlib import ExitStack

import numpy as np

from ..execution.shards import Shards
from ..execution.threads import blas_threads, worthwhile_threads
from .callbacks import Callback, plain
from .checkpoint import UNFINISHED, Checkpoint
from .frozen import FrozenObjective
from .measures import MetricColumns, measured
from .state import Snapshot


class TrainingDiverged(ArithmeticError):
    """The loss or theta stopped being finite; the best theta is kept."""


class Training:
    """A run in progress: network, data, plan and state. Callbacks see it after every epoch.

    `listeners` are functions of a Status, called about every 0.2 s while theta is being refined. `begun` says whether
    data and plan were accepted, so that there is a result. `stream` says that nobody knows how many epochs will follow.
    """

    def __init__(self, network, data, plan, state, validation=None):
        self.network, self.plan, self.state = network, plan, state
        self.data, self.validation = data, validation
        self.epochs, self.last_epoch, self.threads = 0, state.epoch, 1
        self.listeners = []
        self.begun = self.stream = False
        self._shards = None
        self._columns = MetricColumns()
        self._full = plan.batch_size is None or plan.batch_size >= len(data)
        self._schedule = plan.optimizer.adapt if plan.optimizer else None
        plan.check(network)

    @property
    def epoch(self):
        """Epochs that have ended."""
        return self.state.epoch

    @property
    def history(self):
        """Dict of lists, one entry an epoch."""
        return self.state.history

    @property
    def theta(self):
        """The flat vector that is being trained."""
        return self.state.theta

    @property
    def gradient(self):
        """The gradient at theta where the next step begins with it, else None."""
        return self._shards.gradient if self._full and self._shards else None

    def run(self, epochs, stream=False):
        """Train for so many epochs more, or until a callback says stop or the user presses Ctrl-C.

        A run that has not begun goes on from its checkpoint, if there is one; the epochs before it count, but not in a
        stream, where each call is one of many.
        """
        self.last_epoch, self.stream = self.state.epoch + epochs, stream
        self._resume()
        if stream:
            self.last_epoch = self.state.epoch + epochs
        self.epochs = max(0, self.last_epoch - self.state.epoch)
        try:
            self._run()
        except KeyboardInterrupt:
            self.begun, self.state.stopped = True, "interrupted"
            self.state.align()
        except BaseException as error:
            self.state.stopped = f"{type(error).__name__}: {error}"
            raise
        if self.state.stopped == "interrupted":
            warnings.warn(f"Training interrupted after epoch {self.epoch}; the model so far is kept.", stacklevel=4)

    def _resume(self):
        fresh, self.state.stopped = self.state.epoch == 0, "epochs"
        for callback in self.plan.callbacks if fresh else ():
            if isinstance(callback, Checkpoint):
                self.state = callback.restored(self) or self.state
        if self.state.stopped in UNFINISHED:
            self.state.stopped = "epochs"

    def _run(self):
        self.threads = self._thread_count()
        with np.errstate(all="ignore"), blas_threads(self._blas_threads()), ExitStack() as stack:
            self._shards = stack.enter_context(Shards(self.network, self.threads))
            self._prepare()
            observers = [stack.enter_context(self._observer(*item)) for item in self._callbacks()]
            self.begun = True
            while self.state.epoch < self.last_epoch and self.state.stopped == "epochs":
                self._epoch()
                for observer in observers:
                    self._heed(observer())
        self.state.align()

    def measure(self, metric):
        """Return this epoch's "loss", "val_loss", or a metric (then also in the history).

        A metric is a name in `npae.metrics`, for the training data, "val_" and a name, for the validation data, or a
        function of the training data.
        """
        name = self._columns.name_of(metric)
        if len(self.history.get(name, ())) < self.epoch:
            self.record(name, measured(metric, self))
        return self.history[name][-1]

    def record(self, name, value):
        """Put this epoch's value of `name` into the history."""
        self.state.record(name, value)

    def go_back(self, theta):
        """Move theta to a point that was seen before."""
        np.copyto(self.theta, theta)

    def _thread_count(self):
        rows = len(self.data) if self._full else self.plan.batch_size
        wanted = 1 if self.network.whole_batch else self.plan.threads or self.state.threads
        return worthwhile_threads(wanted, rows, self.network.cost_per_sample)

    def _blas_threads(self):
        """One, beside threads of our own and where products are small; all cores (None) for SciPy's n x n matrices."""
        refine = self.plan.refine
        dense = refine is not None and refine.block_size is None and refine.traits.matrices > 0
        return None if self.threads == 1 and dense and self.plan.threads is None else 1

    def _callbacks(self):
        """Return (callback, number) pairs in the order in which they are called; each kind is counted for itself."""
        kinds = [type(callback) for callback in self.plan.callbacks]
        numbered = [(callback, kinds[:i].count(kinds[i])) for i, callback in enumerate(self.plan.callbacks)]
        return sorted(numbered, key=lambda item: getattr(item[0], "acts_last", False))

    def _observer(self, callback, number):
        if not isinstance(callback, Callback):
            return plain(callback, self)
        name = type(callback).__name__
        observer = callback.begin(self, self.state.callbacks.setdefault(f"{number} {name}", {}))
        if not hasattr(observer, "__enter__"):
            hint = "Decorate it with contextlib.contextmanager."
            raise TypeError(f"begin of {name} must return a context manager, got {type(observer).__name__}. {hint}")
        return observer

    def _heed(self, reason):
        if reason and self.state.stopped == "epochs":
            self.state.stopped = reason if isinstance(reason, str) else "callback"

    def _prepare(self):
        """Where all rows are one batch, the loss and gradient at theta are known before every step."""
        state, known = self.state, self.state.gradient
        self._shards.begin_epoch(state.epoch)
        if self._full and known is not None:
            np.copyto(self._shards.gradient, known)
        elif self._full:
            state.loss = self._evaluate()
            if not math.isfinite(state.loss):
                self._diverged(self.theta, "Scale the data, or start from smaller weights")
        state.gradient = None
        if self._schedule:
            self._schedule.check(self)
            if not state.schedule:
                if not self._full and self._schedule.wants_loss:
                    state.loss = self._loss_of(self.data)
                state.schedule = {"first": self.plan.optimizer.eta, **self._schedule.start(state.loss)}
            elif self._full and known is None:
                self._schedule.after_refinement(state.loss, state.schedule)

    def _turn(self):
        """Begin an epoch. If its loss is another one than before, what is known of the loss becomes that too."""
        state = self.state
        self._shards.begin_epoch(state.epoch)
        if state.epoch == 0 or not self.network.loss_changes(state.epoch):
            return
        if self.validation is None and state.best:
            state.best["loss"] = math.inf
        if self._full:
            state.loss = self._evaluate()
            if self._schedule:
                self._schedule.after_refinement(state.loss, state.schedule)

    def _epoch(self):
        state, began, eta = self.state, time.perf_counter(), self.state.eta
        self._turn()
        before = Snapshot(state, self._shards.gradient)
        try:
            self._descend(before)
            self._refine()
        except KeyboardInterrupt:
            if self._full:
                before.restore_all(state, self._shards.gradient)
            raise
        state.epoch += 1
        self.record("loss", state.loss)
        self.record("eta", eta)
        if self.validation is not None:
            self.record("val_loss", self._loss_of(self.validation))
        if self._schedule:
            state.eta = self._schedule.after_epoch(state.eta, self, state.schedule)
        state.keep_best(self.history["loss" if self.validation is None else "val_loss"][-1])
        state.seconds += time.perf_counter() - began
        self.record("seconds", state.seconds)

    def _descend(self, before):
        if self.plan.optimizer is None:
            return
        state, stands = self.state, True
        state.loss = self._full_batch_step() if self._full else self._mini_batch_steps()
        finite = math.isfinite(state.loss) and np.isfinite(self.theta).all()
        if self._schedule:
            loss = state.loss if finite else math.inf
            exact = self._full and not self.network.stochastic
            state.eta, stands = self._schedule.update(state.eta, loss, state.schedule, exact)
        if not stands:
            before.restore(state, self._shards.gradient)
        elif not finite:
            bad = self.theta.copy()
            before.restore(state, self._shards.gradient)
            self._diverged(
                bad, f"Use a smaller eta (now {state.eta:g}) or AdaptiveEta(), clip gradients, or scale the data"
            )

    def _full_batch_step(self):
        self._step()
        return self._evaluate()

    def _mini_batch_steps(self):
        total, order = 0.0, self.state.rng.permutation(len(self.data))
        for start in range(0, len(order), self.plan.batch_size):
            rows = order[start : start + self.plan.batch_size]
            loss = self._evaluate(rows)
            if not math.isfinite(loss):
                return loss
            total += loss * len(rows)
            self._step()
        return total / len(self.data)

    def _step(self):
        self._shards.step(self.plan.optimizer, self.theta, self.state.eta, self.state.optimizer)
        self.network.project(self.theta)

    def _evaluate(self, rows=None):
        rng = self.state.rng if self.network.stochastic else None
        return self._shards.evaluate(self.theta, self.data.X, self.data.T, mask=self.data.mask, rows=rows, rng=rng)

    def _loss_of(self, data):
        seed = 0 if self.network.variational else None  # the same draws after every epoch
        return self.network.value(self.theta, data.X, data.T, mask=data.mask, code_seed=seed, threads=self.threads)

    def _refine(self):
        refine, state = self.plan.refine, self.state
        if refine is None or (self.plan.optimizer and (state.epoch + 1) % refine.every):
            return
        frozen = FrozenObjective(self.network, self._shards, self.data, state.rng, refine.sample)
        best, record = refine.improve(frozen, self.theta, state.rng, self._tell if self.listeners else None)
        if self.network.project(best):
            record["loss_after"] = frozen.value(best)
        state.history["refinements"].append({"epoch": state.epoch + 1, **record})
        if record["loss_after"] < record["loss_before"]:
            np.copyto(self.theta, best, casting="same_kind")
            if self.plan.optimizer:
                self.plan.optimizer.after_refinement(state.optimizer)
        state.loss = self._evaluate() if self._full else record["loss_after"]
        if self._schedule:
            self._schedule.after_refinement(state.loss, state.schedule)
        if record["stopped"] == "interrupted":
            state.stopped = "interrupted"

    def _tell(self, status):
        for listener in self.listeners:
            listener(status)

    def _diverged(self, theta, hint):
        self.begun = True
        where = self.network.first_nonfinite(theta, self.data.X[: self.plan.batch_size or 1000])
        best = self.state.best or {"epoch": self.epoch}
        if "theta" in best:
            self.go_back(best["theta"])
        raise TrainingDiverged(
            f"loss must stay finite, got a value that is not, first in {where}, at epoch {self.epoch + 1}. "
            f"{hint}; theta of epoch {best['epoch']}, the best so far, is kept."
        )
