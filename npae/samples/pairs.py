"""Pairs of a sample and its target: which of the arrays that a user gives are targets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray, Shape
from ..settings.data_set import samples_of
from .rows import RowReader, slices

NUMBERS = 2**18  # of each array that are compared at a time
FORMS = "samples like X, (samples, mask), (samples, target) or (samples, target, mask)"


HINT = "Use target= for what predictions are to be compared with: fit(X, target=Y)."


def refuse_targets(y: Any, X: Any, hint: str = HINT) -> None:
    """Raise ValueError if y looks like targets: an autoencoder ignores y, so nothing would be learned from them.

    Labels pass: y with one number or text per sample, and tables of labels that are no floats. So does X itself.
    """
    if y is None or y is X:
        return
    array = _array(y)
    if array is None or array.ndim < 2 or (array.ndim == 2 and array.shape[1] == 1):
        return
    own = _array(X)
    like_samples = own is not None and array.shape == own.shape and array.dtype.kind in "fiub"
    if like_samples and not hasattr(array, "toarray") and same_numbers(np.asarray(array), np.asarray(own)):
        return
    if array.ndim > 2 or array.dtype.kind == "f" or like_samples:
        raise ValueError(f"y must be None, labels or X itself, got {array.dtype} of shape {array.shape}. {hint}")


def same_numbers(A: AnyArray, B: AnyArray) -> bool:
    """Return whether two arrays have the same shape and numbers; they are compared piece by piece."""
    if A is B:
        return True
    if A.shape != B.shape:
        return False
    rows = max(1, NUMBERS // math.prod(A.shape[1:])) if A.size else 1
    with RowReader(A.dtype) as a, RowReader(B.dtype) as b:
        parts = slices(slice(0, len(A)), rows)
        return all(np.array_equal(a.of(A, part), b.of(B, part), equal_nan=_inexact(A, B)) for part in parts)


def _inexact(*arrays: AnyArray) -> bool:
    """Return whether arrays can hold NaN, which equals NaN here."""
    return all(array.dtype.kind == "f" for array in arrays)


def validation_parts(data: Any, shape: Shape) -> tuple[Any, Any, Any]:
    """Return (samples, target, mask) of validation_data for samples of this shape, None for what is not there.

    A list of whole arrays counts as a tuple. A second array is the mask if it holds bools and could be one. Raises
    ValueError for any other tuple.
    """
    whole = isinstance(data, list) and any(len(getattr(part, "shape", ())) > len(shape) for part in data)
    if not isinstance(data, tuple) and not whole:
        return data, None, None
    if len(data) == 2:
        return (data[0], None, data[1]) if data[1] is None or _is_mask(data[1], shape) else (data[0], data[1], None)
    if len(data) == 3 and (data[2] is None or _is_mask(data[2], shape)):
        return data[0], data[1], data[2]
    got = ", ".join(f"{type(part).__name__}{_shape_text(part)}" for part in data)
    raise ValueError(f"validation_data must be {FORMS}, got a {type(data).__name__} of {len(data)}: {got}.")


def _is_mask(array: Any, shape: Shape) -> bool:
    """Return whether an array holds bools, and has the axes of a mask; for samples without steps any bools will do."""
    array = _array(array)
    if array is None or array.dtype != bool:
        return False
    return bool(array.ndim == 2 if len(shape) == 2 else array.shape[1:] != shape)


def _shape_text(part: Any) -> str:
    return f" of shape {part.shape}" if hasattr(part, "shape") else ""


def _array(y: Any) -> Any:
    """Return what has a shape and NumPy's dtype: y itself, or else an array of it; None if there is none."""
    y = samples_of(y)
    if hasattr(y, "shape") and hasattr(y, "ndim") and isinstance(getattr(y, "dtype", None), np.dtype):
        return y
    try:
        return np.asarray(y)
    except (TypeError, ValueError):  # texts of different lengths in lists and the like
        return None
