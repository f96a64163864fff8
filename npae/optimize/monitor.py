"""A number that is watched from epoch to epoch: which one, which way is better, and how long it has not improved."""

import math

from ..metrics import HIGHER_IS_BETTER, METRICS
from ..settings.checks import number_in, positive_integer

KNOWN = ("loss", "val_loss", *METRICS, *(f"val_{name}" for name in METRICS))


class Monitor:
    """Base of what watches a number, next to its own; patience means the same in all of them.

    The number has improved when it is better than its best by more than `min_delta`; patience runs out after
    `patience` looks in a row at which it had not.

    Fields
    ------
    monitor : "loss", "val_loss", the name of a metric in `npae.metrics`, "val_" and such a name, or a function
        metric(original, reconstruction) of the training data. min_delta : at least 0.
    mode : "min", "max" or None: then "max" for `accuracy`, `binary_accuracy` and `psnr`, "min" else.
    """

    def check_monitor(self):
        """Raise ValueError for fields that cannot work."""
        check_monitored(self.monitor)
        number_in("min_delta", self.min_delta, 0, math.inf)
        if self.patience is not None:
            positive_integer("patience", self.patience)
        if self.mode not in ("min", "max", None):
            raise ValueError(f"mode must be 'min', 'max' or None, got {self.mode!r}.")

    @property
    def sign(self):
        """1 where less is better, else -1."""
        name = self.monitor.removeprefix("val_") if isinstance(self.monitor, str) else None
        return -1 if (self.mode or ("max" if name in HIGHER_IS_BETTER else "min")) == "max" else 1

    @property
    def name(self):
        """What the watched number is called."""
        own = getattr(self.monitor, "__name__", type(self.monitor).__name__)
        return self.monitor if isinstance(self.monitor, str) else own

    def watch(self, value, memory):
        """Take a new value into `memory`, a dict with `best` and `waited`; return whether it improved."""
        improved = self.sign * value < memory.setdefault("best", math.inf) - self.min_delta
        memory["waited"] = 0 if improved else memory.get("waited", 0) + 1
        if improved:
            memory["best"] = self.sign * value
        return improved


def check_monitored(name):
    """Raise ValueError for what is neither the name of a number that can be watched nor a function."""
    if name not in KNOWN and not callable(name):
        raise ValueError(f"monitor must be one of {', '.join(map(repr, KNOWN))} or a function, got {name!r}.")


def check_validation(monitors, training):
    """Raise ValueError if one of these watches validation data and the run has none."""
    for name in monitors:
        if isinstance(name, str) and name.startswith("val_") and training.validation is None:
            hint = "Give it to fit, or set validation_fraction."
            raise ValueError(f"validation_data must be given to fit to monitor {name!r}, got None. {hint}")
