"""Checks of the arrays that a user gives as data: their type, shape and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..settings.array_types import AnyArray, IntArray
from .rows import walk


def checked_array(X: Any, what: str = "X") -> AnyArray:
    """Return X as an array (N, ...) of finite real numbers with N >= 1, at least 2-D, or raise one clear error.

    Integers and booleans are welcome. The array is copied only if it must be.
    """
    if hasattr(X, "toarray"):
        raise TypeError(
            f"{what} must be a dense array, got a sparse one. Sparse data is not supported: use .toarray()."
        )
    X = _numeric(X, what)
    if X.ndim < 2:
        hint = f"Reshape your data: {what}.reshape(-1, 1) for one feature, {what}.reshape(1, -1) for one sample."
        raise ValueError(f"{what} must be at least 2-D (N, ...), got an array of shape {X.shape}. {hint}")
    if len(X) == 0:
        raise ValueError(
            f"{what} must hold samples, got 0 sample(s) (shape={X.shape}) while a minimum of 1 is required."
        )
    if X.ndim == 3 and X.shape[1] == 0:
        raise ValueError(f"{what} must be series (N, T, C) of at least one step, got shape {X.shape}.")
    if X.size == 0:
        raise ValueError(
            f"{what} must hold features, got 0 feature(s) (shape={X.shape}) while a minimum of 1 is required."
        )
    check_finite(X, what)
    array: AnyArray = X
    return array


def check_range(X: AnyArray, dtype: np.dtype[Any], what: str) -> None:
    """Raise ValueError if an entry of X is too large for dtype."""
    if X.dtype.kind == "f" and X.dtype.itemsize > dtype.itemsize:
        largest = np.finfo(dtype).max
        if any(max(piece.max(), -piece.min()) > largest for _, piece in walk(X)):
            raise ValueError(f"{what} must fit into {dtype}, got values that are too large. Scale the data.")


def check_finite(X: AnyArray, what: str) -> None:
    """Raise ValueError if an entry of X is NaN or infinite; the message says how many, where and in which channels."""
    if X.dtype.kind != "f":
        return
    counts, first = np.zeros(X.shape[-1], int), None
    for start, piece in walk(X):
        bad = _not_finite(piece)
        if len(bad) and first is None:
            kind = "NaN" if np.isnan(piece[tuple(bad[0])]) else "infinity"
            first = [start + int(bad[0][0]), *map(int, bad[0][1:])]
        if len(bad):
            counts += np.bincount(bad[:, -1], minlength=len(counts))
    if first:
        where, lost = f"{kind} at {first}", np.flatnonzero(counts * counts.size == X.size)
        hint = f" Leave channel {lost[0]} out: nothing in it is finite." if X.ndim > 2 and len(lost) else ""
        raise ValueError(f"{what} must be finite, got {where} and {counts.sum()} such value(s) in all.{hint}")


def _not_finite(piece: AnyArray) -> IntArray:
    """Return the positions of entries that are not finite, (n, ndim); a finite sum says at once that there are none."""
    with np.errstate(all="ignore"):
        if np.isfinite(np.add.reduce(piece, axis=None)):
            return np.empty((0, piece.ndim), int)
    return np.argwhere(~np.isfinite(piece))


def _numeric(X: Any, what: str) -> AnyArray:
    """Return X as an array of real numbers, of whatever type."""
    if np.ma.is_masked(X):
        raise ValueError(
            f"{what} must have no masked entries, got {np.ma.getmaskarray(X).sum()} of them. Fill them first."
        )
    try:
        X = np.asarray(X)
        X = X.astype(np.float64) if X.dtype.kind == "O" else X
    except (TypeError, ValueError, OverflowError) as error:
        uneven = "inhomogeneous" in str(error)
        hint = " Series of different lengths: X, mask = npae.series.pad(series)." if uneven else ""
        raise type(error)(f"{what} must be an array of numbers: {error}{hint}") from error
    if X.dtype.kind == "c":
        raise ValueError(f"{what} must be real, got dtype {X.dtype}. Complex data not supported.")
    if X.dtype.kind not in "fiub":
        raise ValueError(f"{what} must be an array of numbers, got dtype {X.dtype}.")
    array: AnyArray = X
    return array
