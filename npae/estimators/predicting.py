"""How a fitted estimator looks at data: through the schema of `fit`, on as many threads as the work is worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..execution.blas import blas_threads
from ..execution.cores import worthwhile_threads
from ..samples import Samples, Schema
from ..samples.arrays import check_range
from ..settings.array_types import ArrayLike
from ..settings.checks import positive_integer
from .estimator import Model
from .sklearn_contract import check_fitted

Result = TypeVar("Result")


def schema_of(model: Model) -> Schema:
    """Return what samples must look like for a fitted model."""
    return Schema(type(model).__name__, model.network_.in_shape, getattr(model, "feature_names_in_", None))


def admitted(model: Model, X: Any, mask: ArrayLike | None = None) -> Samples:
    """Return checked Samples for a fitted model; NotFittedError before `fit`."""
    check_fitted(model)
    samples = schema_of(model).admit(X, mask)
    check_range(samples.X, model.network_.dtype, "X")
    return samples


def computed(model: Model, function: Callable[..., Result], samples: Samples, **options: Any) -> Result:
    """Return function(theta, samples, threads=...) of a fitted model's network."""
    threads = None if model.threads is None else positive_integer("threads", model.threads)
    with blas_threads(1):
        count = worthwhile_threads(threads, len(samples), model.network_.cost_per_sample)
        return function(model.theta_, samples, threads=count, **options)
