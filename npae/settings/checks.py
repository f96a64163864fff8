"""Checks of numbers and names that a user gives, with one clear error each."""

import math
import numbers


def choose(what, value, table, base):
    """Look `value` up in `table` if it is a name; return it unchanged if it is a `base`.

    Raises ValueError for an unknown name (the message lists the known ones) or another type.
    """
    if isinstance(value, base):
        return value
    if isinstance(value, str) and value in table:
        return table[value]
    names = ", ".join(repr(name) for name in table)
    raise ValueError(f"{what} must be one of {names} or an instance of {base.__name__}, got {value!r}.")


def positive_integer(what, value):
    """Return `value` as an int >= 1, or raise ValueError."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= 1:
        return int(value)
    raise ValueError(f"{what} must be an integer of at least 1, got {value!r}.")


def number_in(what, value, low, high, *, closed=True):
    """Return `value` if it is a real number in [low, high] (or ]low, high[) and finite, or raise ValueError."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if real and _finite(value) and (low <= value <= high if closed else low < value < high):
        return value
    left, right = ("[" if closed and low > -math.inf else "]"), ("]" if closed and high < math.inf else "[")
    raise ValueError(f"{what} must be a number in {left}{low}, {high}{right}, got {value!r}.")


def _finite(value):
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond the range of floats
        return False
