"""The training loop: resume, train epoch after epoch, let callbacks look and stop."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import numpy as np

from ..execution.blas import blas_threads
from ..execution.cores import allowed_threads, worthwhile_threads
from ..execution.worker_rules import WorkerLost, processes_may_help
from ..network import Evaluator, Network, Shards
from ..network.completion import completed
from ..network.contracts import check_contracts
from ..optimize.curve import Watch
from ..optimize.monitor import Quantity
from ..optimize.time_left import Status
from ..samples import Samples
from ..settings.array_types import FloatArray
from ..settings.returned import promise
from .callbacks import Callback, as_context
from .checkpoint import UNFINISHED, Checkpoint
from .epochs import Epochs
from .measures import MetricColumns, measured
from .plan import Plan
from .state import TrainingState


class Training:
    """Training in progress: network, data, plan and state. Callbacks see it after every epoch.

    Parameters
    ----------
    network : Network
        What is trained.
    data : Samples
        What it learns from.
    plan : Plan
        How theta moves.
    state : TrainingState
        Where training stands; it changes as training goes on.
    validation : Samples, default None
        What the loss is measured on after every epoch.
    evaluator : callable, default None
        A function of the number of threads that returns the Evaluator; None for Shards in this process.

    Attributes
    ----------
    epochs, last_epoch : int
        Epochs of this call, and the number of the last one.
    threads : int
        The number of shards that batches are cut into.
    listeners : list of callable
        Functions of a Status, called about every 0.2 s while theta is refined.
    after_iteration : list of callable
        Functions of an Iteration, called after each of a refinement, which ends if one returns something true.
    begun : bool
        Whether data and plan were accepted, so that there is a result.
    stopped_by : str
        The key of the callback that ended training, as in the state's `callbacks`; "" if none did.
    stream : bool
        Whether more calls may follow, and nobody knows how many.
    doubts : list of str
        What the user should know about the data when training has ended.
    """

    def __init__(
        self,
        network: Network,
        data: Samples,
        plan: Plan,
        state: TrainingState,
        validation: Samples | None = None,
        evaluator: Callable[[int], Evaluator] | None = None,
    ) -> None:
        self.network, self.plan, self.state = network, plan, state
        self.data, self.validation = data, validation
        self.epochs, self.last_epoch, self.threads = 0, state.epoch, 1
        self.listeners: list[Callable[[Status], None]] = []
        self.after_iteration: list[Watch] = []
        self.begun = self.stream = False
        self.doubts: list[str] = []
        self.stopped_by = ""
        self._new_evaluator = evaluator
        self._epochs: Epochs | None = None
        self._last_gradient: FloatArray | None = None
        self._columns = MetricColumns()
        plan.check(network)

    @property
    def epoch(self) -> int:
        """The number of epochs that have ended."""
        return self.state.epoch

    @property
    def history(self) -> dict[str, Any]:
        """A dict of lists with one entry per epoch."""
        return self.state.history

    @property
    def theta(self) -> FloatArray:
        """The flat vector that is being trained."""
        return self.state.theta

    @property
    def gradient(self) -> FloatArray | None:
        """The gradient at theta if the next step begins with it, otherwise None."""
        return self._epochs.known_gradient if self._epochs else self._last_gradient

    def train(self, epochs: int, stream: bool = False) -> None:
        """Train for so many more epochs, or until a callback stops training or the user presses Ctrl-C.

        Training that has not begun resumes from its checkpoint, if there is one. The epochs before the checkpoint
        count, except in a stream, where each call is one of many.
        """
        self.last_epoch, self.stream = self.state.epoch + epochs, stream
        self._resume()
        if stream:
            self.last_epoch = self.state.epoch + epochs
        self.epochs = max(0, self.last_epoch - self.state.epoch)
        try:
            self._train()
        except KeyboardInterrupt:
            self.begun, self.state.stopped = True, "interrupted"
            self.state.align()
        except BaseException as error:
            self.state.stopped = f"{type(error).__name__}: {error}"
            if isinstance(error, WorkerLost) and "theta" in self.state.best:
                self.go_back(self.state.best["theta"])  # a step may have been taken by halves
            raise
        if self.state.stopped == "interrupted":
            warnings.warn(f"Training interrupted after epoch {self.epoch}; the model so far is kept.", stacklevel=4)

    def _resume(self) -> None:
        fresh, self.state.stopped = self.state.epoch == 0, "epochs"
        for callback in self.plan.callbacks if fresh else ():
            if isinstance(callback, Checkpoint):
                self.state = callback.restored(self) or self.state
        if self.state.stopped in UNFINISHED:
            self.state.stopped = "epochs"

    def _train(self) -> None:
        check_contracts(self.network, self.theta, self.data, self.epoch, curved=self.plan.wants_curvature)
        self.threads = self._thread_count()
        with np.errstate(all="ignore"), blas_threads(self._blas_threads()), ExitStack() as stack:
            stack.callback(self._let_go)
            evaluator = stack.enter_context((self._new_evaluator or self._shards)(self.threads))
            stack.enter_context(evaluator.holding(self.state))
            self._epochs = Epochs(self, evaluator)
            self._epochs.prepare()
            observers = [(key, self._entered(stack, key, item)) for key, item in self.callbacks]
            self.begun = True
            while self.state.epoch < self.last_epoch and self.state.stopped == "epochs":
                self._epochs.train_one()
                for key, observer in observers:
                    self._stop_for(observer(), key)
        self.state.align()

    def _shards(self, threads: int) -> Evaluator:
        """Return shards on threads, or on processes where the plan asks for them or they may be faster."""
        workers, at_a_time = self.plan.workers, self.plan.at_a_time
        may_choose = threads > 1 and workers is None and not self.stream and processes_may_help()
        if threads > 1 and (may_choose or (workers or 1) > 1):
            from ..network.process_shards import ProcessShards  # here, as few trainings need what it imports

            return ProcessShards(self.network, threads, at_a_time, choose=may_choose)
        return Shards(self.network, threads, at_a_time)

    def _let_go(self) -> None:
        """Drop the epochs, which refer to this training: memory in a cycle stays until Python looks for cycles."""
        self._last_gradient, self._epochs = self.gradient, None

    def measure(self, metric: Quantity) -> float:
        """Return this epoch's loss or a metric; a metric is recorded in the history.

        Parameters
        ----------
        metric : str or callable
            "loss", "val_loss", a name in `npae.metrics`, for the training data, "val_" and a name, for the validation
            data, or a function metric(original, reconstruction) of the training data.

        Returns
        -------
        float
            The value at theta; a metric of each sample is added up over the samples.
        """
        name = self._columns.name_of(metric)
        if len(self.history.get(name, ())) < self.epoch:
            self.record(name, measured(metric, self))
        value: float = self.history[name][-1]
        return value

    def record(self, name: str, value: Any) -> None:
        """Record this epoch's value in the history.

        Parameters
        ----------
        name : str
            The column of the history.
        value : object
            What JSON can hold, such as a number or a list of numbers.
        """
        self.state.record(name, value)

    def go_back(self, theta: FloatArray) -> None:
        """Move theta to a point that training has passed.

        Parameters
        ----------
        theta : array of shape (n_parameters,)
            A copy of theta that was made there.
        """
        np.copyto(self.theta, theta)

    def _thread_count(self) -> int:
        rows = min(len(self.data), self.plan.batch_size or len(self.data))
        wanted = 1 if self.network.whole_batch else self.plan.workers_or_threads or self.state.threads
        return worthwhile_threads(wanted, rows, self.network.cost_per_sample)

    def _blas_threads(self) -> int:
        """Return 1 beside threads of our own and for small products, all we may start for SciPy's n x n matrices."""
        refine = self.plan.refine
        dense = refine is not None and refine.block_size is None and refine.traits.matrices > 0
        return allowed_threads() if self.threads == 1 and dense and self.plan.threads is None else 1

    @property
    def callbacks(self) -> list[tuple[str, Any]]:
        """Pairs (key, callback) in the order of calls; the callbacks of each class are numbered: "0 EarlyStopping"."""
        kinds = [type(callback) for callback in self.plan.callbacks]
        keys = [f"{kinds[:i].count(kind)} {kind.__name__}" for i, kind in enumerate(kinds)]
        keyed = zip(keys, self.plan.callbacks, strict=True)
        return sorted(keyed, key=lambda item: getattr(item[1], "acts_last", False))

    def _observer(self, key: str, callback: Any) -> AbstractContextManager[Callable[[], Any]]:
        if not isinstance(callback, Callback):
            return as_context(callback, self)
        name = type(callback).__name__
        observer = callback.begin(self, self.state.callbacks.setdefault(key, {}))
        if not hasattr(observer, "__enter__"):
            hint = "Decorate it with contextlib.contextmanager."
            raise TypeError(f"begin of {name} must return a context manager, got {type(observer).__name__}. {hint}")
        return observer

    def _entered(self, stack: ExitStack, key: str, callback: Any) -> Callable[[], Any]:
        """Enter a callback's context manager, and return the function `after_epoch` that it gives."""
        after_epoch = stack.enter_context(self._observer(key, callback))
        what, hint = f"begin of {type(callback).__name__}", "Let it yield a function after_epoch()."
        promise(callable(after_epoch), what, "a context manager that gives a function", after_epoch, hint)
        return after_epoch

    def loss_of(self, data: Samples) -> float:
        """Return the loss of theta on samples, the same draws of codes after every epoch."""
        seed = 0 if self.network.variational else None
        if data.gaps and data.T is None and self.network.completes:
            data = completed(self.network, self.theta, data, threads=self.threads)
        return self.network.value(self.theta, data, code_seed=seed, threads=self.threads)

    def first_loss(self, data: Samples) -> float:
        """Return the loss of theta as epochs of batches measure theirs: with noise, from draws of its own."""
        rng = np.random.default_rng(0) if self.network.stochastic else None
        return self.network.value(self.theta, data, rng=rng, threads=self.threads)

    def _stop_for(self, reason: object, key: str) -> None:
        if isinstance(reason, np.ndarray):
            promise(reason.ndim == 0, "a callback", "something true to stop, else None", reason)
        if reason and self.state.stopped == "epochs":
            self.state.stopped, self.stopped_by = reason if isinstance(reason, str) else "callback", key
