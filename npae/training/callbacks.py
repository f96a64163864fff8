"""What happens between epochs: stop in time, or whatever a user hooks in."""

import math
from contextlib import contextmanager
from dataclasses import dataclass

from ..optimize.monitor import check_monitor, check_validation, name_of, remember_best, sign_of
from ..settings.checks import number_in, positive_integer
from ..settings.description import Description


class Callback(Description):
    """Watches a training run, described by immutable fields.

    A plain function `f(training)` does as well: it is called after every epoch, and training stops when it
    returns something true (a string says why). `training` has `epoch` (that have ended), `epochs` (of this call),
    `last_epoch`, `history`, `theta`, `network`, `data` and `validation` (samples with `X` and `T`) and
    `measure(metric)`, which also records what it measures.

    A refinement may take minutes. Functions in the list `training.listeners` are called with a Status about every
    0.2 s of it: `status.method`, `loss` (the least so far), `seconds` (since it began), `share` (done, in [0, 1]) and
    `seconds_left`, estimates from the budget that will be spent first, None where none tells. Meanwhile `theta` and
    `history` are those from before the refinement.
    """

    acts_last = False  # whether it is called only when all the others have been

    def begin(self, training, memory):
        """Return a context manager around the run that yields the function to call after every epoch.

        `memory` is a dict in the training state: the numbers, strings and arrays that are kept there, under strings,
        are saved and resumed with the run.

            @contextlib.contextmanager
            def begin(self, training, memory):
                yield lambda: print(training.epoch, training.history["loss"][-1])
        """
        raise NotImplementedError


@dataclass(frozen=True)
class EarlyStopping(Callback):
    """Stop when a target is reached, or when nothing improves any more (Prechelt 1998).

    Parameters
    ----------
    monitor : "loss" (default), "val_loss", the name of a metric in `npae.metrics`, measured on the training data,
        "val_" and such a name, measured on the validation data, or a function metric(original, reconstruction) of the
        training data. A metric of each sample is added up over the samples. Metrics are recorded in the history.
    target : stop as soon as the monitored value is at most this (at least, where more is better).
    patience : stop after so many epochs in a row that did not improve the best value by more than `min_delta`.
    min_delta : what counts as an improvement; default 0.
    mode : "min" or "max", which way is better. None (default): "max" for `accuracy`, `binary_accuracy` and `psnr`, else
        "min".
    every : look only after every so many epochs (a metric costs a pass); default 1. Epochs between count as not a
        number in the history, and not for `patience`.
    restore_best : go back to the best theta when training ends; default false.

    Examples
    --------
    >>> EarlyStopping("pixel_errors", target=0).patience is None
    True
    """

    monitor: str = "loss"
    target: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    mode: str | None = None
    every: int = 1
    restore_best: bool = False

    def __post_init__(self):
        check_monitor(self.monitor, self.mode, self.min_delta, self.patience)
        if self.target is None and self.patience is None:
            raise ValueError("target or patience must be given to EarlyStopping, got neither.")
        if self.target is not None:
            number_in("target", self.target, -math.inf, math.inf)
        positive_integer("every", self.every)

    @contextmanager
    def begin(self, training, memory):
        check_validation([self.monitor], training)
        sign, name = sign_of(self.monitor, self.mode), name_of(self.monitor)

        def after_epoch():
            if training.epoch % self.every:
                return None
            value = sign * training.measure(self.monitor)  # less is better
            if remember_best(value, memory, self.min_delta) and self.restore_best:
                memory["theta"] = training.theta.copy()
            if self.target is not None and value <= sign * self.target:
                return f"{name} reached {self.target}"
            if self.patience is not None and memory["waited"] >= self.patience:
                return f"{name} did not improve for {self.patience} epochs"
            return None

        try:
            yield after_epoch
        finally:
            if self.restore_best and "theta" in memory:
                training.go_back(memory["theta"])


@contextmanager
def as_context(function, training):
    """Let a user's function stand where a Callback's context is expected."""
    yield lambda: function(training)
