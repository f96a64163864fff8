"""One run: a call that returns its outcome as data, whatever happens."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..execution.blas import blas_threads
from .journal import RESERVED
from .run_types import Function, Outcome, Settings


def attempt(function: Function, settings: Settings, seed: int) -> Outcome:
    """Call function(seed=seed, **settings) with one BLAS thread; return the outcome, whatever happens.

    The outcome has `status` ("finished" or "failed"), `reason` (of the failure, otherwise ""), `seconds`, and the
    numbers that the function returned. Only exceptions that end a process on purpose, such as KeyboardInterrupt, pass.
    """
    began, reason = time.perf_counter(), ""
    numbers: Outcome = {}
    try:
        with blas_threads(1):
            numbers = _checked(function(seed=seed, **settings), settings)
    except (Exception, SystemExit) as error:  # a run that cannot work is a result of the study
        reason = f"{type(error).__name__}: {_message(error)}"
    seconds = time.perf_counter() - began
    return {"status": "failed" if reason else "finished", "reason": reason, "seconds": seconds, **numbers}


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its message raised an exception of its own)"


def _checked(numbers: Any, settings: Settings) -> Outcome:
    """Return what a run measured as plain values; numbers that are not finite become None."""
    if not isinstance(numbers, dict) or not all(isinstance(name, str) for name in numbers):
        raise TypeError(f"a run must return a dict of numbers by name, got {numbers!r}.")
    taken = [name for name in numbers if name in RESERVED or name in settings]
    if taken:
        raise ValueError(
            f"names of numbers must differ from settings and from {', '.join(RESERVED)}, got {taken[0]!r}."
        )
    return {name: _scalar(name, value) for name, value in numbers.items()}


def _scalar(name: str, value: Any) -> bool | int | float | str | None:
    value = value.item() if isinstance(value, (np.generic, np.ndarray)) and np.ndim(value) == 0 else value
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    raise TypeError(f"{name} must be a number, a string or None, got {value!r}.")
