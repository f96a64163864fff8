"""Checks of the numbers and names that a user gives; each raises one clear error."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any, TypeVar

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
    raise ValueError(f"{what} must be one of {names} or an instance of {base.__name__}, got {value!r}.")


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
