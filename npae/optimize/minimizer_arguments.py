"""What our own methods for `scipy.optimize.minimize` share: checks of their input, and the callback.

SciPy calls a method of one's own a custom minimizer.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import OptimizeResult, OptimizeWarning

from ..settings.array_types import ArrayLike, FloatArray

Callback: TypeAlias = Callable[..., object]

STOPPED = 99  # as SciPy's methods have it
STOPPED_MESSAGE = "`callback` raised `StopIteration`."


def start_of(x0: ArrayLike) -> FloatArray:
    """Return x0 as a fresh float64 vector (n,); ValueError for an empty array or one that is not of real numbers."""
    x0 = np.asarray(x0)
    if x0.size == 0 or x0.dtype.kind not in "fiub":
        raise ValueError(f"x0 must be real numbers, at least one, got an array of {x0.dtype}, shape {x0.shape}.")
    return x0.astype(np.float64).ravel()


def scalar(value: Any) -> float:
    """Return what an objective returned as a float; ValueError for more than one number."""
    if np.size(value) != 1:
        raise ValueError(f"fun must return a number, got an array of shape {np.shape(value)}.")
    return float(np.asarray(value).item())


def check_others(name: str, others: Mapping[str, Any]) -> None:
    """Raise ValueError for bounds and constraints; warn of options that the method `name` does not know."""
    if others.get("bounds") is not None or np.size(others.get("constraints", ())):
        hint = "Use method='trust-constr', or 'Powell' for bounds."
        raise ValueError(f"bounds and constraints must be left out for {name}, got some. {hint}")
    unknown = [key for key in others if key not in ("jac", "hess", "hessp", "bounds", "constraints")]
    if unknown:
        warnings.warn(f"Unknown solver options: {', '.join(unknown)}", OptimizeWarning, stacklevel=6)


class Path:
    """The iterates: calls the callback with each, in either form that SciPy knows, and keeps them on request."""

    def __init__(self, callback: Callback | None, keep: bool = False) -> None:
        self._callback, self._keep = callback, keep
        self.visited: list[FloatArray] = []
        self._by_name = callback is not None and set(inspect.signature(callback).parameters) == {"intermediate_result"}

    def is_at(self, x: FloatArray, value: float) -> bool:
        """Call the callback with an iterate; return whether it wants to stop there."""
        if self._keep:
            self.visited.append(x)
        if self._callback is None:
            return False
        try:
            if self._by_name:
                self._callback(intermediate_result=OptimizeResult(x=x.copy(), fun=value))
            else:
                self._callback(x.copy())
        except StopIteration:
            return True
        return False
