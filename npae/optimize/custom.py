"""What a method of our own for `scipy.optimize.minimize` shares with SciPy's: statuses, callbacks, checks."""

import inspect
import warnings

import numpy as np
from scipy.optimize import OptimizeResult, OptimizeWarning

STOPPED = 99
STOPPED_MESSAGE = "`callback` raised `StopIteration`."


def start_of(x0):
    """Return x0 as a fresh float64 vector (n,); ValueError for what is empty or not real numbers."""
    x0 = np.asarray(x0)
    if x0.size == 0 or x0.dtype.kind not in "fiub":
        raise ValueError(f"x0 must be real numbers, at least one, got an array of {x0.dtype}, shape {x0.shape}.")
    return x0.astype(np.float64).ravel()


def scalar(value):
    """Return what an objective returned as a float; ValueError for more than one number."""
    if np.size(value) != 1:
        raise ValueError(f"fun must return a number, got an array of shape {np.shape(value)}.")
    return float(np.asarray(value).item())


def check_others(name, others):
    """Raise ValueError for bounds and constraints, warn of options that the method `name` does not know."""
    if others.get("bounds") is not None or np.size(others.get("constraints", ())):
        hint = "Use method='trust-constr', or 'Powell' for bounds."
        raise ValueError(f"bounds and constraints must be left out for {name}, got some. {hint}")
    unknown = [key for key in others if key not in ("jac", "hess", "hessp", "bounds", "constraints")]
    if unknown:
        warnings.warn(f"Unknown solver options: {', '.join(unknown)}", OptimizeWarning, stacklevel=6)


class Path:
    """Tells the callback of every iterate, in either of the forms that SciPy knows, and keeps those that are wanted."""

    def __init__(self, callback, keep=False):
        self._callback, self._keep, self.visited = callback, keep, []
        self._by_name = callback is not None and set(inspect.signature(callback).parameters) == {"intermediate_result"}

    def is_at(self, x, value):
        """Report an iterate; return whether the callback wants to stop there."""
        if self._keep:
            self.visited.append(x)
        try:
            if self._by_name:
                self._callback(intermediate_result=OptimizeResult(x=x.copy(), fun=value))
            elif self._callback is not None:
                self._callback(x.copy())
        except StopIteration:
            return True
        return False
