"""Metrics during training: what they are measured on, and which column of the history they get."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..metrics import METRICS
from ..optimize.monitor import KNOWN, Quantity, check_validation, name_of
from ..settings.returned import is_number, promise

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
    """Return a metric of a training at its theta, added up over the samples if it is one of each sample.

    Padding does not count. Of data with gaps, it gets the numbers that are observed, one after the other.
    """
    data = training.data
    check_validation([metric], training)
    if isinstance(metric, str):
        if metric.startswith("val_") and training.validation is not None:
            data = training.validation
        function: Callable[..., Any] = METRICS[metric.removeprefix("val_")]
    else:
        function = metric
    prediction = training.network.reconstruct(training.theta, data.X, mask=data.mask, threads=training.threads)
    target, prediction = data.real(data.target), data.real(prediction)
    if data.gaps:
        seen = ~np.isnan(target)
        target, prediction = target[seen], prediction[seen]
    value = np.sum(function(target, prediction))
    promise(is_number(value), f"the metric {name_of(metric)}", "a number, or one for each sample", value)
    return float(value)
