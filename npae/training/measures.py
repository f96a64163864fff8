"""Metrics during training: what they are measured on, and which column of the history they get."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..metrics import METRICS
from ..optimize.monitor import KNOWN, Quantity

if TYPE_CHECKING:
    from .loop import Training


class MetricColumns:
    """The names of metrics in the history: a metric's own name, numbered if it is taken."""

    def __init__(self) -> None:
        self._names: dict[Callable[..., Any], str] = {}

    def name_of(self, metric: Quantity) -> str:
        """Return the column of a metric."""
        if isinstance(metric, str):
            return metric
        if metric not in self._names:
            name = getattr(metric, "__name__", type(metric).__name__)
            taken = {"eta", "seconds", "refinements", *KNOWN, *self._names.values()}
            taken -= {known for known in METRICS if METRICS[known] is metric}
            numbered = (f"{name} {i}" for i in range(2, 1000))
            self._names[metric] = next(n for n in (name, *numbered) if n not in taken)
        return self._names[metric]


def measured(metric: Quantity, training: Training) -> float:
    """Return a metric of a training at its theta; padding does not count, and metrics of samples are added up."""
    data = training.data
    if isinstance(metric, str):
        if metric.startswith("val_") and training.validation is not None:
            data = training.validation
        function: Callable[..., Any] = METRICS[metric.removeprefix("val_")]
    else:
        function = metric
    prediction = training.network.reconstruct(training.theta, data.X, mask=data.mask, threads=training.threads)
    where = ... if data.mask is None or data.target.ndim < 3 else data.mask  # classes have no steps
    return float(np.sum(function(data.target[where], prediction[where])))
