"""What a class of one's own returns, and one clear error if that is not what its base class promises."""

from __future__ import annotations

from typing import Any

import numpy as np

from .array_types import Shape


class BrokenPromise(TypeError, ValueError):
    """A method of one's own returned something else than its base class says: the wrong type, or the wrong shape."""


def described(value: Any) -> str:
    """Return what a message calls a value: its type, and the shape of an array.

    >>> described(np.eye(2)), described((1, 2, 3)), described(None), described(0.5)
    ('an array of shape (2, 2)', 'a tuple of 3', 'None', 'float 0.5')
    """
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, (bool, int, float, str, np.generic)):
        return f"{type(value).__name__} {value!r}"
    return f"an object of type {type(value).__name__}"


def promise(kept: bool, what: str, rule: str, value: Any, hint: str = "") -> None:
    """Raise BrokenPromise, a TypeError, unless a promise is kept: "{what} must return {rule}, got {value}. {hint}"."""
    if not kept:
        raise BrokenPromise(f"{what} must return {rule}, got {described(value)}. {hint}".rstrip())


def is_pair(value: Any) -> bool:
    """Return whether a value is a tuple, or list, of two."""
    return isinstance(value, (tuple, list)) and len(value) == 2


def is_number(value: Any) -> bool:
    """Return whether a value is one real number, of Python or NumPy."""
    return type(value) is float or (np.ndim(value) == 0 and np.asarray(value).dtype.kind in "biuf")


def has_shape(value: Any, shape: Shape) -> bool:
    """Return whether a value is an array of this shape."""
    return isinstance(value, np.ndarray) and value.shape == shape
