"""What goes into the history on demand: metrics, and how alive the units are."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..activations import ACTIVATIONS
from ..layers.scratch import Scratch
from ..optimize.monitor import check_monitored, check_validation
from ..settings.checks import positive_integer
from .callbacks import Callback

FLAT = 0.05  # of an activation's steepest slope, below which an output counts as saturated
DEAD = 0.001  # of it, below which a unit learns nothing


@dataclass(frozen=True)
class Record(Callback):
    """Measure metrics while training and record them in the history.

    Parameters
    ----------
    metrics : list of names of metrics in `npae.metrics` ("mse": on the training data, "val_mse": on the validation
        data), or functions metric(original, reconstruction) of the training data. All of that data is rebuilt at once:
        of a file larger than memory, measure the validation data.
    every : measure after every so many epochs; default 1. The others count as not a number.

    Examples
    --------
    >>> Record(["binary_accuracy", "val_binary_accuracy"]).every
    1
    """

    metrics: list
    every: int = 1

    def __post_init__(self):
        if not isinstance(self.metrics, (list, tuple)):
            raise ValueError(f"metrics must be a list of metrics, got {self.metrics!r}.")
        for metric in self.metrics:
            check_monitored(metric)
        positive_integer("every", self.every)

    @contextmanager
    def begin(self, training, memory):
        check_validation(self.metrics, training)

        def after_epoch():
            if training.epoch % self.every == 0:
                for metric in self.metrics:
                    training.measure(metric)

        yield after_epoch


@dataclass(frozen=True)
class UnitReport(Callback):
    """Record which units are dead and which outputs are saturated, layer by layer.

    For each layer with an activation the history gets the columns "dead encoder.0", the share of units whose slope
    f'(z) is at most 1/1000 of the steepest one for every sample (they learn nothing any more), and
    "saturated encoder.0", the share of outputs (of all units and samples) whose slope is at most 5 % of it. With relu
    the latter are the zeros.

    Parameters
    ----------
    every : look after every so many epochs; default 1. The others count as not a number.
    samples : training samples to look at, the first ones; default 1,000.
    """

    every: int = 1
    samples: int = 1000

    def __post_init__(self):
        positive_integer("every", self.every)
        positive_integer("samples", self.samples)

    @contextmanager
    def begin(self, training, memory):
        def after_epoch():
            if training.epoch % self.every:
                return
            outputs = training.network.outputs(training.theta, training.data.X[: self.samples])
            for name, layer, y in outputs:
                activation = getattr(layer, "activation", "identity")
                if activation != "identity":
                    dead, saturated = _flatness(ACTIVATIONS[activation], y)
                    training.record(f"dead {name}", dead)
                    training.record(f"saturated {name}", saturated)

        yield after_epoch


def _flatness(activation, y):
    """Return the share of dead units and the share of saturated outputs; the last axis of y counts the units."""
    scratch = Scratch(y.dtype)
    curve = np.linspace(-6, 6, 121, dtype=y.dtype)
    activation.apply(curve, scratch)
    steepest = activation.derivatives(curve, scratch)[0].max()
    slope = np.abs(activation.derivatives(y.reshape(-1, y.shape[-1]), scratch)[0]) / steepest
    return float((slope.max(axis=0) <= DEAD).mean()), float((slope <= FLAT).mean())
