"""Checks of the numbers, names and paths that a user gives; each raises one clear error."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def choose(what: str, value: object, table: Mapping[str, T], base: type[T]) -> T:
    """Return the entry of `table` that a name stands for, or `value` itself if it is a `base`.

    Raises ValueError for an unknown name, with a message that lists the known ones, and for any other type.
    """
    if isinstance(value, base):
        return value
    if isinstance(value, str) and value in table:
        return table[value]
    names = ", ".join(repr(name) for name in table)
    rule = f"must be one of {names} or an instance of {base.__name__}"
    raise ValueError(f"{what} {rule}, got {value!r}.{own_hint(value, base)}")


def own_hint(value: object, base: type) -> str:
    """Return what to do with a class, or an object of a class of one's own, that was given in place of a `base`."""
    if isinstance(value, type) and issubclass(value, base):
        return f" Give an instance: {value.__name__}(...)."
    if isinstance(value, base):
        return " Put @dataclass(frozen=True) before its class."
    if value is None or isinstance(value, (str, bytes, numbers.Number, list, tuple, dict, type)):
        return ""
    name, hook = base.__name__, getattr(base, "_must_define", "")
    define = f" and defines {hook}" if hook else ""
    return f" One of your own is a frozen dataclass that derives from npae.{name}{define}: see help(npae.{name})."


def positive_integer(what: str, value: object) -> int:
    """Return `value` as an int of at least 1, or raise ValueError."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) >= 1:
        return int(value)
    raise ValueError(f"{what} must be an integer of at least 1, got {value!r}.")


def number_in(what: str, value: Any, low: float, high: float, *, closed: bool = True) -> float:
    """Return `value` if it is a finite real number in [low, high], or ]low, high[; otherwise raise ValueError."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if real and _finite(value) and (low <= value <= high if closed else low < value < high):
        number: float = value
        return number
    left, right = ("[" if closed and low > -math.inf else "]"), ("]" if closed and high < math.inf else "[")
    raise ValueError(f"{what} must be a number in {left}{low}, {high}{right}, got {value!r}.")


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond the range of floats
        return False


def true_or_false(what: str, value: object) -> bool:
    """Return `value`, Python's or NumPy's, as a bool, or raise ValueError."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise ValueError(f"{what} must be True or False, got {value!r}.")


def without_numpy(value: Any) -> Any:
    """Return a NumPy number as Python's, and anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def checked_path(what: str, path: Any) -> Any:
    """Return `path` if it is a text or an os.PathLike that is not empty; otherwise raise TypeError or ValueError."""
    if not isinstance(path, (str, os.PathLike)):
        hint = "To keep it in memory, save to a temporary file and read that." if hasattr(path, "write") else ""
        raise TypeError(f"{what} must be the path of a file, a str or Path, got {path!r}. {hint}".rstrip())
    if not os.fspath(path):
        raise ValueError(f"{what} must be the path of a file, a str or Path, got {path!r}.")
    return path
