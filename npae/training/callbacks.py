"""What happens between epochs: training stops in time, or whatever a user adds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from ..optimize.curve import Iteration
from ..optimize.monitor import Quantity, check_monitor, check_validation, name_of, remember_best, sign_of
from ..settings.checks import number_in, positive_integer, true_or_false
from ..settings.description import IF_GIVEN, Description, repr_of_given

if TYPE_CHECKING:
    from .loop import Training

AfterEpoch: TypeAlias = Callable[[], object]


class Callback(Description):
    """Watches training, described by immutable fields.

    A callback of your own is a frozen dataclass that derives from Callback and defines `begin`. A plain function
    f(training) does as well: it is called after every epoch, and training stops if it returns something true.
    Callbacks are called in the order of the list.

    Attributes
    ----------
    acts_last : bool, default False
        Whether the callback is called after all the others, as a Checkpoint is.
    remembered : tuple of str, default ()
        The fields that give `memory` its meaning. A Checkpoint that was written with another value of one of them is
        refused. Other fields may be changed before training resumes.

    Notes
    -----
    **What `training` offers**, to functions and to `begin`:

    - `epoch` is the number of epochs that have ended. `epochs` is how many this call of `fit` or `partial_fit` trains,
      and `last_epoch` is the number of the last of them.
    - `history` is a dict of lists with one entry per epoch: "loss", "eta", "seconds", "evaluations", and "val_loss"
      with validation data. "refinements" has one dict per refinement.
    - `theta` is the flat vector that is being trained. It is moved in place: copy it to keep it.
    - `network` is the `npae.Network`, for instance `training.network.parameters(training.theta)`.
    - `data` and `validation` are the samples: `X`, their targets `target`, and `mask`. `validation` is None without
      validation data.
    - `measure(metric)` returns this epoch's "loss", "val_loss" or a metric, and records a metric in the history. A
      metric is a name in `npae.metrics`, for the training data, "val_" and a name, for the validation data, or a
      function metric(original, reconstruction) of the training data.
    - `record(name, value)` puts this epoch's value into the column `name` of the history. Epochs without a value count
      as not a number.
    - `go_back(theta)` moves theta to a point that was copied before.
    - `listeners` is a list of functions of a status. They are called about every 0.2 s of a refinement, which may take
      minutes. A status has `method`, `iteration` (how many have ended), `loss` (the least so far), `seconds` (since the
      refinement began), `share` (how much is done, in [0, 1]) and `seconds_left`. The last two are estimates from the
      budget that will be spent first, or None if there is none. Meanwhile `theta` and `history` are those from before
      the refinement.
    - `after_iteration` is a list of functions of an iteration. They are called after each iteration of a refinement. An
      iteration has `iteration` (its number), `loss` and `gradient_norm` (at the point that the method has accepted;
      None if it takes no gradient), `evaluations` and `seconds` (both since training began), and `method`. The
      refinement ends if one of them returns something true; a string becomes the reason, `stopped` in its record. Its
      best point is kept, and the epoch ends as always. `begin` adds a function to the list, and removes it when
      training ends.

    Examples
    --------
    >>> from contextlib import contextmanager
    >>> from dataclasses import dataclass, field
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class StopAfterRise(npae.Callback):
    ...     "Stop as soon as the loss has risen so many times."
    ...
    ...     times: int = 3
    ...
    ...     @contextmanager
    ...     def begin(self, training, memory):
    ...         memory.setdefault("rises", 0)
    ...
    ...         def after_epoch():
    ...             losses = training.history["loss"][-2:]
    ...             memory["rises"] += losses[-1] > losses[0]
    ...             return "the loss rose" if memory["rises"] == self.times else None
    ...
    ...         yield after_epoch
    >>> ae = npae.Autoencoder([2], epochs=500, optimizer=npae.GradientDescent(60.0), callbacks=[StopAfterRise()])
    >>> ae.set_params(random_state=0).fit(np.eye(6)).stop_reason_
    'the loss rose'
    """

    _must_define = "begin"
    acts_last: ClassVar[bool] = False
    remembered: ClassVar[tuple[str, ...]] = ()

    def begin(self, training: Training, memory: dict[str, Any]) -> AbstractContextManager[AfterEpoch]:
        """Return a context manager around the training; usually a generator that `contextlib.contextmanager` decorates.

        It is entered before the first epoch, and left when training ends, even by Ctrl-C or an error.

        Parameters
        ----------
        training : Training
            What is watched: see the class.
        memory : dict
            What the callback remembers from one call of `fit` to the next. The numbers, strings and arrays in it, under
            strings, are part of the training's state: a Checkpoint saves them and resumes with them.

        Returns
        -------
        context manager
            Entering it returns the function `after_epoch()`, which is called after every epoch. Training stops if that
            returns something true; a string becomes the reason, `stop_reason_`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define begin(training, memory).")


@dataclass(frozen=True)
class EarlyStopping(Callback):
    """Stop when a target is reached, or when nothing improves any more [1]_.

    Parameters
    ----------
    monitor : str or callable, default "loss"
        The value to watch: "loss", "val_loss", the name of a metric in `npae.metrics`, measured on the training data,
        "val_" and such a name, measured on the validation data, or a function metric(original, reconstruction) of the
        training data. A metric of each sample is added up over the samples. Metrics are recorded in the history.
    target : float, default None
        Stop as soon as the value is at most this, or at least this if more is better.
    patience : int, default None
        Stop after so many epochs in a row that did not improve the best value by more than `min_delta`.
    min_delta : float, default 0.0
        The least improvement that counts.
    mode : "min" or "max", default None
        Which way is better. None means "max" for `accuracy`, `binary_accuracy` and `psnr`, and "min" for the others.
    every : int, default 1
        Look only after every so many epochs, since a metric costs a pass. The epochs between are not a number in the
        history, and do not count for `patience`.
    restore_best : bool, default False
        Whether to go back to the best theta when training ends: the last one that improved the value by more than
        `min_delta`.
    iterations : bool, default False
        Whether to look after each iteration of a refinement, too. Then the target, or a `patience` that counts
        iterations, ends the refinement in mid-course, which keeps the best point that it has seen, and training with
        it. Only for the monitor "loss". An epoch that is no refinement counts as one iteration.

    Raises
    ------
    ValueError
        If neither target nor patience is given, or a field cannot work.

    References
    ----------
    .. [1] Prechelt, "Early stopping - but when?", Neural Networks: Tricks of the Trade (1998).

    Examples
    --------
    >>> EarlyStopping("pixel_errors", target=0).patience is None
    True
    """

    monitor: Quantity = "loss"
    target: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    mode: str | None = None
    every: int = 1
    restore_best: bool = False
    iterations: bool = field(default=False, metadata=IF_GIVEN)

    __repr__ = repr_of_given
    remembered = ("monitor", "mode", "restore_best")

    def __post_init__(self) -> None:
        check_monitor(self.monitor, self.mode, self.min_delta, self.patience)
        if self.target is None and self.patience is None:
            raise ValueError("target or patience must be given to EarlyStopping, got neither.")
        if self.min_delta and self.patience is None and not self.restore_best:
            rule = "min_delta must come with patience or restore_best, which count improvements"
            raise ValueError(f"{rule}, got {self.min_delta} with target alone.")
        if self.target is not None:
            number_in("target", self.target, -math.inf, math.inf)
        positive_integer("every", self.every)
        true_or_false("iterations", self.iterations)
        if self.iterations and self.monitor != "loss":
            rule = "monitor must be 'loss' to be watched after each iteration"
            raise ValueError(f"{rule}, got {self.monitor!r}. Leave iterations out for others.")

    @contextmanager
    def begin(self, training: Training, memory: dict[str, Any]) -> Iterator[AfterEpoch]:
        check_validation([self.monitor], training, self)
        sign, within = sign_of(self.monitor, self.mode), _WithinRefinement()

        def after_iteration(iteration: Iteration) -> str | None:
            if (training.epoch + 1) % self.every:
                return None
            value = sign * iteration.loss
            within.improved |= remember_best(value, memory, self.min_delta)
            within.looked, within.reason = True, self._reason(value, memory, "iterations")
            return within.reason

        def after_epoch() -> str | None:
            if training.epoch % self.every:
                return None
            value = sign * training.measure(self.monitor)  # less is better
            improved = within.improved if within.looked else remember_best(value, memory, self.min_delta)
            if improved and self.restore_best:
                memory["theta"] = training.theta.copy()
            reason = within.reason or self._reason(value, memory, "iterations" if self.iterations else "epochs")
            within.reset()
            return reason

        with added(training.after_iteration, after_iteration if self.iterations else None):
            try:
                yield after_epoch
            finally:
                if self.restore_best and "theta" in memory:
                    training.go_back(memory["theta"])

    def _reason(self, value: float, memory: dict[str, Any], counted: str) -> str | None:
        """Return why to stop at a value, where less is better, or None to go on."""
        name, sign = name_of(self.monitor), sign_of(self.monitor, self.mode)
        if self.target is not None and value <= sign * self.target:
            return f"{name} reached {self.target}"
        if self.patience is not None and memory["waited"] >= self.patience:
            return f"{name} did not improve for {self.patience} {counted}"
        return None


class _WithinRefinement:
    """What EarlyStopping has seen of this epoch's refinement."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget it; the next epoch begins."""
        self.looked = self.improved = False
        self.reason: str | None = None


@contextmanager
def added(functions: list[Any], function: Callable[..., object] | None) -> Iterator[None]:
    """Keep a function in a list of a Training, such as its `listeners`, while the context lasts; None adds nothing."""
    if function is None:
        yield
        return
    functions.append(function)
    try:
        yield
    finally:
        functions.remove(function)


@contextmanager
def as_context(function: Callable[[Training], object], training: Training) -> Iterator[AfterEpoch]:
    """Let a user's function take the place of a Callback's context manager.

    Yields
    ------
    callable
        What is called after every epoch.
    """
    yield lambda: function(training)
