"""Checks of the numbers, names and paths that a user gives; each raises one clear error."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

import numpy as np

from .array_types import AnyArray, ArrayLike

T = TypeVar("T")
FEW = 8  # units in the last place that a number may be off by rounding


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
    raise ValueError(f"{what} {rule}, got {value!r}.{meant(value, table) or own_hint(value, base)}")


def meant(value: object, names: Iterable[str]) -> str:
    """Return a question for the known name that differs from a given one in its case, - and _ alone, "" for none.

    >>> meant("MSE", ["bce", "mse"]), meant("k-fac", ["adam", "kfac"]), meant("sme", ["bce", "mse"])
    (" Did you mean 'mse'?", " Did you mean 'kfac'?", '')
    """
    known = [name for name in names if isinstance(value, str) and _letters(name) == _letters(value)]
    return f" Did you mean {known[0]!r}?" if known else ""


def _letters(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")


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


def number_in(what: str, value: Any, low: float, high: float, *, closed: bool | Literal["low", "high"] = True) -> float:
    """Return `value` if it is a finite real number in an interval; otherwise raise ValueError.

    It is [low, high] if it is `closed`, ]low, high[ if not; `closed` may name the one end that is. What is beyond a
    closed end by rounding alone stands for that end.
    """
    has_low, has_high = closed in (True, "low"), closed in (True, "high")
    real: bool = isinstance(value, numbers.Real) and not isinstance(value, bool) and _finite(value)
    if real:
        number: float = value
        if low < value < high or (has_low and value == low) or (has_high and value == high):
            return number
        if closed and math.isfinite(high) and within(value, value, low, high):
            if value < low and has_low:
                return low
            if value > high and has_high:
                return high
    left, right = ("[" if has_low and low > -math.inf else "]"), ("]" if has_high and high < math.inf else "[")
    raise ValueError(f"{what} must be a number in {left}{low}, {high}{right}, got {value!r}.")


def real_number(what: str, value: Any) -> float:
    """Return `value` if it is a real number, infinity included; otherwise raise ValueError."""
    real: bool = isinstance(value, numbers.Real) and not isinstance(value, bool) and not math.isnan(value)
    if real:
        number: float = value
        return number
    raise ValueError(f"{what} must be a number, got {value!r}.")


def check_real(what: str, array: AnyArray) -> None:
    """Raise ValueError for an array of complex numbers or of text, which no network takes."""
    if array.dtype.kind in "cSU":
        raise ValueError(f"{what} must hold real numbers, got an array of {array.dtype}.")


def within(least: Any, greatest: Any, low: float, high: float) -> bool:
    """Return whether numbers from `least` to `greatest` lie in [low, high], give or take their rounding.

    >>> within(0.0, 1 + 2e-16, 0, 1), within(0.0, np.float32(1.0000002), 0, 1), within(0.0, 1 + 1e-9, 0, 1)
    (True, True, False)
    """
    size = max(abs(low), abs(high))
    return bool(least >= low - rounding(least) * size and greatest <= high + rounding(greatest) * size)


def rounding(number: Any) -> float:
    """Return a few units in the last place of a number about 1: in single precision if float32 holds the number."""
    if getattr(number, "dtype", None) == np.float16:
        return FEW * float(np.finfo(np.float16).eps)
    with np.errstate(over="ignore"):
        single = float(np.float32(number)) == float(number)
    return FEW * float(np.finfo(np.float32 if single else np.float64).eps)


def zeros_and_ones(numbers: ArrayLike) -> bool:
    """Return whether each number is 0 or 1, give or take its rounding.

    >>> zeros_and_ones([0.0, 1 - 1e-16]), zeros_and_ones([0.0, 0.5])
    (True, False)
    """
    array = np.asarray(numbers)
    if np.isin(array, (0, 1)).all():
        return True
    if array.dtype.kind != "f" or not within(array.min(), array.max(), 0, 1):  # the common case takes no memory
        return False
    off = np.minimum(np.abs(array), np.abs(array - 1))
    return bool(off.max() <= FEW * np.finfo(array.dtype).eps)


def digits(number: Any) -> str:
    """Return a number in as many digits as tell it from its neighbours.

    >>> digits(255.0), digits(1 + 2e-16)
    ('255', '1.0000000000000002')
    """
    short = f"{number:g}"
    return short if float(short) == float(number) else str(number)


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two different numbers in at least three digits, and in as many as tell one from the other.

    >>> told_apart(2.0, 2.0004), told_apart(1.0, 34.56)
    (('2', '2.0004'), ('1', '34.6'))
    """
    texts = ((f"{one:.{places}g}", f"{other:.{places}g}") for places in range(3, 18))
    return next((pair for pair in texts if pair[0] != pair[1]), (str(one), str(other)))


def _finite(value: Any) -> bool:
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
