"""How good a reconstruction is. Most metrics take (original, reconstruction) of equal shape (N, ...)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..settings.array_types import IntArray
from .pixels import binary_accuracy, crispness, nearest, pixel_errors
from .success_rates import accuracy, wilson_interval
from .value_errors import max_error, mse, psnr, squared_errors

__all__ = [
    "HIGHER_IS_BETTER",
    "METRICS",
    "accuracy",
    "binary_accuracy",
    "crispness",
    "max_error",
    "mse",
    "nearest",
    "pixel_errors",
    "psnr",
    "squared_errors",
    "wilson_interval",
]

Metric: TypeAlias = Callable[..., float | IntArray]

HIGHER_IS_BETTER = ("accuracy", "binary_accuracy", "psnr")
METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "pixel_errors": pixel_errors,
    "binary_accuracy": binary_accuracy,
    "mse": mse,
    "max_error": max_error,
    "psnr": psnr,
}
