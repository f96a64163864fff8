"""Metrics of a run: what they are measured on, and which column of the history they get."""

import numpy as np

from ..metrics import METRICS
from ..optimize.monitor import KNOWN


class MetricColumns:
    """The names of metrics in the history: a metric's own, with a number where that is taken."""

    def __init__(self):
        self._names = {}

    def name_of(self, metric):
        """Return the column of a metric, a name or a function."""
        if isinstance(metric, str):
            return metric
        if metric not in self._names:
            name = getattr(metric, "__name__", type(metric).__name__)
            taken = {"eta", "seconds", "refinements", *KNOWN, *self._names.values()}
            taken -= {known for known in METRICS if METRICS[known] is metric}
            numbered = (f"{name} {i}" for i in range(2, 1000))
            self._names[metric] = next(n for n in (name, *numbered) if n not in taken)
        return self._names[metric]


def measured(metric, training):
    """Return a metric of the run at its theta, a float; padding does not count, and metrics of samples are added up."""
    named = not callable(metric)
    data = training.validation if named and metric.startswith("val_") else training.data
    function = METRICS[metric.removeprefix("val_")] if named else metric
    prediction = training.network.reconstruct(training.theta, data.X, mask=data.mask, threads=training.threads)
    where = ... if data.mask is None else data.mask
    return float(np.sum(function(data.target[where], prediction[where])))
