"""What goes into the history on demand: metrics, and which units still learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS, Activation
from ..layers.scratch import Scratch
from ..optimize.monitor import Quantity, check_monitored, check_validation
from ..settings.array_types import BoolArray, FloatArray
from ..settings.checks import positive_integer
from .callbacks import AfterEpoch, Callback
from .loop import Training

SATURATED = 0.05  # share of an activation's steepest slope at which an output counts as saturated
DEAD = 0.001  # share of it at which a unit learns nothing


@dataclass(frozen=True)
class Record(Callback):
    """Measure metrics during training and record them in the history.

    Parameters
    ----------
    metrics : list of str or callable
        Names of metrics in `npae.metrics` ("mse" on the training data, "val_mse" on the validation data), or functions
        metric(original, reconstruction) of the training data. All of the data is reconstructed at once: if it is larger
        than memory, measure the validation data.
    every : int, default 1
        Measure after every so many epochs. The epochs between are not a number in the history.

    Raises
    ------
    ValueError
        For a field that cannot work; in `fit`, if there is no validation data to measure.

    Examples
    --------
    >>> Record(["binary_accuracy", "val_binary_accuracy"]).every
    1
    """

    metrics: Sequence[Quantity]
    every: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.metrics, (list, tuple)):
            raise ValueError(f"metrics must be a list of metrics, got {self.metrics!r}.")
        for metric in self.metrics:
            check_monitored(metric)
        positive_integer("every", self.every)

    @contextmanager
    def begin(self, training: Training, memory: dict[str, Any]) -> Iterator[AfterEpoch]:
        check_validation(self.metrics, training, self)

        def after_epoch() -> None:
            if training.epoch % self.every == 0:
                for metric in self.metrics:
                    training.measure(metric)

        yield after_epoch


@dataclass(frozen=True)
class UnitReport(Callback):
    """Record which units are dead and which outputs are saturated, layer by layer.

    For each layer with an activation f the history gets two columns:

    - "dead encoder.0" is the share of units whose slope f'(z) is at most 1/1000 of the steepest one for every sample.
      Such units no longer learn.
    - "saturated encoder.0" is the share of outputs, of all units and samples, whose slope is at most 5 % of the
      steepest one. With relu these are the zeros.

    Parameters
    ----------
    every : int, default 1
        Look after every so many epochs. The epochs between are not a number in the history.
    samples : int, default 1000
        How many training samples to look at: the first ones.

    Raises
    ------
    ValueError
        For a field that cannot work.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder([16, 2], callbacks=[npae.UnitReport()], epochs=5, random_state=0).fit(letters)
    >>> ae.history_["dead encoder.0"][-1]
    0.0
    """

    every: int = 1
    samples: int = 1000

    def __post_init__(self) -> None:
        positive_integer("every", self.every)
        positive_integer("samples", self.samples)

    @contextmanager
    def begin(self, training: Training, memory: dict[str, Any]) -> Iterator[AfterEpoch]:
        def after_epoch() -> None:
            if training.epoch % self.every:
                return
            some = training.data[: self.samples]
            for name, layer, y in training.network.outputs(training.theta, some):
                activation = getattr(layer, "activation", "identity")
                if activation != "identity":
                    dead, saturated = _flatness(ACTIVATIONS[activation], _real(y, some.mask))
                    training.record(f"dead {name}", dead)
                    training.record(f"saturated {name}", saturated)

        yield after_epoch


def _real(y: FloatArray, mask: BoolArray | None) -> FloatArray:
    """Return the outputs (n, units) of steps that are not padding, or y where it has other steps than the mask."""
    return y[mask] if mask is not None and y.ndim == 3 and y.shape[:2] == mask.shape else y


def _flatness(activation: Activation, y: FloatArray) -> tuple[float, float]:
    """Return the share of dead units and the share of saturated outputs; the last axis of y counts the units."""
    scratch = Scratch(y.dtype)
    curve = np.linspace(-6, 6, 121, dtype=y.dtype)
    activation.apply(curve, scratch)
    steepest = activation.derivatives(curve, scratch)[0].max()
    slope = np.abs(activation.derivatives(y.reshape(-1, y.shape[-1]), scratch)[0]) / steepest
    return float((slope.max(axis=0) <= DEAD).mean()), float((slope <= SATURATED).mean())
