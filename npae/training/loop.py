"""The training loop: epochs, batches, steps, refinements."""

import math
import time
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..metrics import METRICS
from ..optimize import Optimizer, Refine
from ..shards import Shards
from ..threads import blas_threads, worthwhile_threads
from .callbacks import Callback, plain
from .state import Snapshot, TrainingState


class TrainingDiverged(ArithmeticError):
    """The loss or theta stopped being finite; the last finite theta is kept."""


@dataclass(frozen=True)
class Plan:
    """How theta is to move: what stays the same during a run.

    optimizer : Optimizer or None. refine : Refine or None. At least one of them.
    batch_size : rows of one step, or None for all of them.
    threads : shards that a batch is cut into, one a thread; None for as many cores as have enough to do.
    callbacks : Callbacks or functions f(training).
    """

    optimizer: Optimizer | None
    refine: Refine | None = None
    batch_size: int | None = None
    threads: int | None = None
    callbacks: tuple = ()

    def check(self, network):
        """Raise ValueError or MemoryError where the plan cannot work on this network."""
        if self.refine is not None:
            self.refine.check(network)

    def start(self, network, rng, theta=None):
        """Return the state of a run that has not begun."""
        theta = network.init(rng) if theta is None else np.array(theta, network.dtype)
        if self.optimizer is None:
            return TrainingState(theta, rng, eta=0.0)
        return TrainingState(theta, rng, eta=self.optimizer.eta, optimizer=self.optimizer.start(theta))


class Training:
    """A run in progress: network, data, plan and state. Callbacks see it after every epoch.

    `listeners` are functions of a Status, called about every 0.2 s while theta is being refined.
    """

    def __init__(self, network, X, plan, state, validation=None):
        self.network, self.X, self.plan, self.state, self.validation = network, X, plan, state, validation
        self.epochs = 0
        self.last_epoch = state.epoch
        self._shards = None
        self._metrics = {}
        self._full = plan.batch_size is None or plan.batch_size >= len(X)
        self._schedule = plan.optimizer.adapt if plan.optimizer else None
        self.listeners = []
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

    def run(self, epochs):
        """Train for so many epochs more, or until a callback says stop or the user presses Ctrl-C."""
        self.epochs, self.last_epoch = epochs, self.state.epoch + epochs
        self.state.stopped = "epochs"
        try:
            self._run()
        except KeyboardInterrupt:
            self.state.stopped = "interrupted"
            self.state.align()
        except BaseException as error:
            self.state.stopped = f"{type(error).__name__}: {error}"
            raise
        if self.state.stopped == "interrupted":
            warnings.warn(f"Training interrupted after epoch {self.epoch}; the model so far is kept.", stacklevel=4)

    def _run(self):
        threads = self._thread_count()
        with np.errstate(all="ignore"), blas_threads(self._blas_threads(threads)), ExitStack() as stack:
            self._shards = stack.enter_context(Shards(self.network, threads))
            observers = [stack.enter_context(self._observer(c, i)) for i, c in enumerate(self.plan.callbacks)]
            self._prepare()
            while self.state.epoch < self.last_epoch and self.state.stopped == "epochs":
                self._epoch()
                for observer in observers:
                    self._heed(observer())
        self.state.align()

    def measure(self, metric):
        """Return this epoch's "loss", "val_loss", or a metric on the training data (then also in the history)."""
        name = metric if isinstance(metric, str) else self._name_of(metric)
        if len(self.history.get(name, ())) < self.epoch:
            function = metric if callable(metric) else METRICS[metric]
            reconstruction = self.network.reconstruct(self.theta, self.X)
            self.state.record(name, float(np.sum(function(self.X, reconstruction))))
        return self.history[name][-1]

    def _name_of(self, function):
        """Return the column of a user's metric: its own name, with a number where that is taken."""
        if function not in self._metrics:
            name = getattr(function, "__name__", type(function).__name__)
            taken = {"loss", "eta", "seconds", "val_loss", "refinements", *METRICS, *self._metrics.values()}
            taken -= {known for known in METRICS if METRICS[known] is function}
            numbered = (f"{name} {i}" for i in range(2, 1000))
            self._metrics[function] = next(n for n in (name, *numbered) if n not in taken)
        return self._metrics[function]

    def go_back(self, theta):
        """Move theta to a point that was seen before."""
        np.copyto(self.theta, theta)

    def _thread_count(self):
        rows = len(self.X) if self._full else self.plan.batch_size
        return worthwhile_threads(self.plan.threads, rows, self.network.n_parameters)

    def _blas_threads(self, threads):
        """One, beside threads of our own and where products are small; all cores (None) for SciPy's n x n matrices."""
        refine = self.plan.refine
        dense = refine is not None and refine.block_size is None and refine.traits.matrices > 0
        return None if threads == 1 and dense and self.plan.threads is None else 1

    def _observer(self, callback, index):
        if not isinstance(callback, Callback):
            return plain(callback, self)
        return callback.begin(self, self.state.callbacks.setdefault(f"{index} {type(callback).__name__}", {}))

    def _heed(self, reason):
        if reason is not None and reason is not False and self.state.stopped == "epochs":
            self.state.stopped = reason if isinstance(reason, str) else "callback"

    def _prepare(self):
        """Where all rows are one batch, the loss and gradient at theta are known before every step."""
        if self._full:
            self.state.loss = self._evaluate()
            if not math.isfinite(self.state.loss):
                self._diverged(self.theta, "Scale the data, or start from smaller weights")
        if self._schedule and not self.state.schedule:
            loss = self.state.loss if self._full else self.network.value(self.theta, self.X)
            self.state.schedule = self._schedule.start(loss)
        elif self._schedule and self._full:
            self._schedule.moved(self.state.loss, self.state.schedule)

    def _epoch(self):
        state, began, eta = self.state, time.perf_counter(), self.state.eta
        before, schedule = Snapshot(state, self._shards.gradient), dict(state.schedule)
        try:
            self._descend(before)
            self._refine()
        except KeyboardInterrupt:
            if self._full:
                before.restore(state, self._shards.gradient)
                state.eta, state.schedule = eta, schedule
            raise
        state.epoch += 1
        state.record("loss", state.loss)
        state.record("eta", eta)
        if self.validation is not None:
            state.record("val_loss", self.network.value(self.theta, self.validation))
        state.seconds += time.perf_counter() - began
        state.record("seconds", state.seconds)

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
            self._diverged(bad, f"Use a smaller eta (now {state.eta:g}) or AdaptiveEta(), or scale the data")

    def _full_batch_step(self):
        self._step()
        return self._evaluate()

    def _mini_batch_steps(self):
        total, order = 0.0, self.state.rng.permutation(len(self.X))
        for start in range(0, len(order), self.plan.batch_size):
            rows = order[start : start + self.plan.batch_size]
            loss = self._evaluate(rows)
            if not math.isfinite(loss):
                return loss
            total += loss * len(rows)
            self._step()
        return total / len(self.X)

    def _step(self):
        self._shards.step(self.plan.optimizer, self.theta, self.state.eta, self.state.optimizer)

    def _evaluate(self, rows=None):
        rng = self.state.rng if self.network.stochastic else None
        return self._shards.evaluate(self.theta, self.X, rows=rows, rng=rng)

    def _refine(self):
        refine, state = self.plan.refine, self.state
        if refine is None or (self.plan.optimizer and (state.epoch + 1) % refine.every):
            return
        best, record = refine.improve(_Frozen(self), self.theta, state.rng, self._tell if self.listeners else None)
        state.history["refinements"].append({"epoch": state.epoch + 1, **record})
        if record["loss_after"] < record["loss_before"]:
            np.copyto(self.theta, best, casting="same_kind")
            if self.plan.optimizer:
                self.plan.optimizer.moved(state.optimizer)
        state.loss = self._evaluate() if self._full else record["loss_after"]
        if self._schedule:
            self._schedule.moved(state.loss, state.schedule)
        if record["stopped"] == "interrupted":
            state.stopped = "interrupted"

    def _tell(self, status):
        for listener in self.listeners:
            listener(status)

    def _diverged(self, theta, cure):
        where = self.network.first_nonfinite(theta, self.X[: self.plan.batch_size])
        raise TrainingDiverged(
            f"loss must stay finite, got a value that is not, first in {where}, at epoch {self.epoch + 1}. "
            f"{cure}; theta of epoch {self.epoch} is kept."
        )


class _Frozen:
    """The loss of all training rows as SciPy needs it: float64, and the same random draws at every evaluation."""

    def __init__(self, training):
        self._network, self._X, self._shards = training.network, training.X, training._shards
        self.epsilon = np.finfo(training.network.dtype).eps
        self.indices = training.network.indices
        self._seed = training.state.rng.integers(2**63) if training.network.stochastic else None

    def _evaluate(self, x, gradient):
        rng = None if self._seed is None else np.random.default_rng(self._seed)
        return self._shards.evaluate(x, self._X, rng=rng, gradient=gradient)

    def value(self, x):
        """Return the loss at x."""
        return self._evaluate(x, gradient=False)

    def value_and_gradient(self, x):
        """Return the loss at x and a fresh float64 gradient."""
        value = self._evaluate(x, gradient=True)
        return value, self._shards.gradient.astype(np.float64)

    @cached_property
    def hessian_product(self):
        """A function (x, v) -> H v, exact, or None where the network has none."""
        exact = self._network.has_exact_hessian and not self._network.stochastic
        return self._network.hessian(self._X).product if exact else None
