"""What happens between epochs: stop in time, show progress, or whatever a user hooks in."""

import math
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass

from ..description import Description, number_in, positive_integer
from ..metrics import HIGHER_IS_BETTER, METRICS

LONG = 1.0  # seconds from which on a refinement shows how far it is


class Callback(Description):
    """Watches a training run, described by immutable fields.

    A plain function `f(training)` does as well: it is called after every epoch, and training stops when it
    returns something true (a string says why). `training` has `epoch`, `epochs`, `history`, `theta`,
    `network` and `measure(metric)`.

    A refinement may take minutes. Functions in the list `training.listeners` are called with a Status about every
    0.2 s of it: `status.method`, `loss` (the least so far), `seconds` (since it began), `share` (done, in [0, 1]) and
    `seconds_left`, estimates from the budget that will be spent first, None where none tells. Meanwhile `theta` and
    `history` are those from before the refinement.
    """

    def begin(self, training, memory):
        """Return a context manager around the run that yields the function to call after every epoch.

        `memory` is a dict in the training state: what is kept there is saved and resumed with the run.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class EarlyStopping(Callback):
    """Stop when a target is reached, or when nothing improves any more (Prechelt 1998).

    Parameters
    ----------
    monitor : "loss" (default), "val_loss", the name of a metric in `npae.metrics`, or a function
        metric(original, reconstruction). A metric of each sample is added up over the samples. Metrics are
        measured on the training data and recorded in the history.
    target : stop as soon as the monitored value is at most this (at least, where more is better).
    patience : stop after so many epochs in a row that did not improve the best value by more than `min_delta`.
    min_delta : what counts as an improvement; default 0.
    mode : "min" or "max", which way is better. None (default): "max" for `binary_accuracy` and `psnr`, else "min".
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
        if self.monitor not in ("loss", "val_loss", *METRICS) and not callable(self.monitor):
            known = ", ".join(repr(name) for name in ("loss", "val_loss", *METRICS))
            raise ValueError(f"monitor must be one of {known} or a function, got {self.monitor!r}.")
        if self.target is None and self.patience is None:
            raise ValueError("target or patience must be given to EarlyStopping, got neither.")
        if self.target is not None:
            number_in("target", self.target, -math.inf, math.inf)
        if self.patience is not None:
            positive_integer("patience", self.patience)
        positive_integer("every", self.every)
        number_in("min_delta", self.min_delta, 0, math.inf)
        if self.mode not in ("min", "max", None):
            raise ValueError(f"mode must be 'min', 'max' or None, got {self.mode!r}.")

    @contextmanager
    def begin(self, training, memory):
        if self.monitor == "val_loss" and training.validation is None:
            raise ValueError("validation_data must be given to fit to monitor 'val_loss', got None.")
        better = self.mode or ("max" if self.monitor in HIGHER_IS_BETTER else "min")
        sign = 1 if better == "min" else -1
        memory.setdefault("best", math.inf)
        memory.setdefault("waited", 0)

        def after_epoch():
            if training.epoch % self.every:
                return None
            value = sign * training.measure(self.monitor)
            self._remember(value, training, memory)
            if self.target is not None and value <= sign * self.target:
                return f"{_name(self.monitor)} reached {self.target}"
            if self.patience is not None and memory["waited"] >= self.patience:
                return f"{_name(self.monitor)} did not improve for {self.patience} epochs"
            return None

        try:
            yield after_epoch
        finally:
            if self.restore_best and "theta" in memory:
                training.go_back(memory["theta"])

    def _remember(self, value, training, memory):
        if value < memory["best"] - self.min_delta:
            memory.update(best=value, waited=0)
            if self.restore_best:
                memory["theta"] = training.theta.copy()
        else:
            memory["waited"] += 1


@dataclass(frozen=True)
class Progress(Callback):
    """A progress bar on a terminal; in a log file, one line now and then.

    A refinement that takes more than a second has a bar, or lines, of its own, with about how long it will last.

    Parameters
    ----------
    every : seconds between two lines in a log file; default 10.
    """

    every: float = 10.0

    def __post_init__(self):
        number_in("every", self.every, 0, math.inf)

    def begin(self, training, memory):
        return _bar(training) if sys.stderr.isatty() else _lines(training, self.every)


@contextmanager
def _bar(training):
    from tqdm import tqdm

    with (
        tqdm(total=training.epochs, unit="epoch", leave=False) as bar,
        closing(_RefinementBar(tqdm)) as refinement,
        _heard(training, refinement.show),
    ):

        def after_epoch():
            refinement.close()
            bar.set_postfix_str(f"loss {training.history['loss'][-1]:.4g}", refresh=False)
            bar.update()

        yield after_epoch


class _RefinementBar:
    """A second bar, there only while a refinement takes its time."""

    def __init__(self, tqdm):
        self._tqdm, self._bar = tqdm, None

    def show(self, status):
        """Move the bar to where the refinement is."""
        if status.seconds < LONG:
            return
        if self._bar is None:
            self._bar = self._tqdm(total=1.0, leave=False, bar_format="{desc} |{bar}|")
        self._bar.n = status.share or 0.0
        self._bar.set_description_str(str(status))

    def close(self):
        """Remove the bar; the next refinement gets a new one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def _lines(training, every):
    last = time.monotonic()

    def line(text):
        nonlocal last
        if time.monotonic() - last >= every:
            last = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    def after_epoch():
        line(f"epoch {training.epoch} of {training.last_epoch}, loss {training.history['loss'][-1]:.4g}")

    def refining(status):
        if status.seconds >= LONG:
            line(str(status))

    with _heard(training, refining):
        yield after_epoch


@contextmanager
def _heard(training, listener):
    training.listeners.append(listener)
    try:
        yield
    finally:
        training.listeners.remove(listener)


@contextmanager
def plain(function, training):
    """Let a user's function stand where a Callback's context is expected."""
    yield lambda: function(training)


def _name(monitor):
    return monitor if isinstance(monitor, str) else getattr(monitor, "__name__", type(monitor).__name__)
