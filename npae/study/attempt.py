"""One run, wherever it is carried out: a call that returns its outcome as data, whatever happens."""

import time

import numpy as np

from ..execution.threads import blas_threads
from .journal import RESERVED


def attempt(function, settings, seed):
    """Call function(seed=seed, **settings) with one BLAS thread; return the outcome as a dict, whatever happens.

    It has `status` ("finished" or "failed"), `reason` (of the failure, else ""), `seconds` and what the function
    returned. Only what ends a process on purpose, such as KeyboardInterrupt, is raised.
    """
    began, numbers, reason = time.perf_counter(), {}, ""
    try:
        with blas_threads(1):
            numbers = _checked(function(seed=seed, **settings), settings)
    except (Exception, SystemExit) as error:  # a run that cannot work is a result of the study
        reason = f"{type(error).__name__}: {_message(error)}"
    seconds = time.perf_counter() - began
    return {"status": "failed" if reason else "finished", "reason": reason, "seconds": seconds, **numbers}


def _message(error):
    try:
        return str(error)
    except Exception:
        return "(its message raised an exception of its own)"


def _checked(numbers, settings):
    """Return what a run measured as plain values; what is not finite becomes None."""
    if not isinstance(numbers, dict) or not all(isinstance(name, str) for name in numbers):
        raise TypeError(f"a run must return a dict of numbers by name, got {numbers!r}.")
    taken = [name for name in numbers if name in RESERVED or name in settings]
    if taken:
        raise ValueError(
            f"names of numbers must differ from settings and from {', '.join(RESERVED)}, got {taken[0]!r}."
        )
    return {name: _scalar(name, value) for name, value in numbers.items()}


def _scalar(name, value):
    value = value.item() if isinstance(value, (np.generic, np.ndarray)) and np.ndim(value) == 0 else value
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    raise TypeError(f"{name} must be a number, a string or None, got {value!r}.")
