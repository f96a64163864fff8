"""Checks of the arrays that a user gives as data: their type, shape and numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray, IntArray
from ..settings.data_set import samples_of
from .columns import (
    MISSING,
    NotNumbers,
    first_of_other_length,
    hint_at_slips,
    integer_columns,
    listed_columns,
    listed_slips,
    named,
    names_of,
    slips,
    unusable,
)
from .foreign import complex_numbers, refuse_no_array, refuse_single_object, structured, texts_in_a_row, too_few_axes
from .rows import walk

OPTION = " Or let the model take gaps: missing='ignore'."
EXACT = 2**53  # up to which float64 holds every integer


def checked_array(X: Any, what: str = "X", gaps: bool | None = None) -> AnyArray:
    """Return X as an array (N, ...) of finite real numbers with N >= 1, at least 2-D, or raise one clear error.

    With `gaps`, what is missing becomes NaN; None says that the user has no choice.

    Integers and booleans are welcome: true is 1. A data set such as a Font stands for its samples. The array is copied
    only if it must be.
    """
    given = X = samples_of(X)
    names = names_of(X)
    if hasattr(X, "toarray"):
        hint = f"Sparse data is not supported: use {what}.toarray()."
        raise TypeError(f"{what} must be a dense array, got a sparse one. {hint}")
    X = _numeric(X, what, names, gaps)
    if X.ndim < 2:
        raise too_few_axes(X, given, what)
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
    check_finite(X, what, names, gaps)
    _check_exact(X, what, names, given)
    array: AnyArray = X
    return array


def check_range(X: AnyArray, dtype: np.dtype[Any], what: str, names: Sequence[Any] | None = None) -> None:
    """Raise ValueError if an entry of X is too large for dtype; the message names its column."""
    if X.dtype.kind == "f" and X.dtype.itemsize > dtype.itemsize:
        largest = np.finfo(dtype).max
        for start, piece in walk(X):
            top = max(piece.max(), -piece.min())
            if top > largest or (np.isnan(top) and (np.abs(piece) > largest).any()):
                row, *_, column = map(int, np.argwhere(np.abs(piece) > largest)[0])
                where = f"the first in row {start + row}, {listed_columns([named(column, names)])}"
                raise ValueError(
                    f"{what} must fit into {dtype}, got values that are too large, {where}. Scale the data."
                )


def check_finite(X: AnyArray, what: str, names: Sequence[Any] | None = None, gaps: bool | None = None) -> None:
    """Raise ValueError if an entry of X is NaN or infinite; the message says how many, where and in which columns.

    With `gaps`, NaN is welcome.
    """
    if X.dtype.kind != "f":
        return
    counts, first = np.zeros(X.shape[-1], int), None
    for start, piece in walk(X):
        bad = np.argwhere(np.isinf(piece)) if gaps else _not_finite(piece)
        if len(bad) and first is None:
            kind = "NaN" if np.isnan(piece[tuple(bad[0])]) else "infinity"
            first = [start + int(bad[0][0]), *map(int, bad[0][1:])]
        if len(bad):
            counts += np.bincount(bad[:, -1], minlength=len(counts))
    if first:
        where, lost = f"{kind} at {first}", np.flatnonzero(counts * counts.size == X.size)
        hint = f" Leave channel {lost[0]} out: nothing in it is finite." if X.ndim > 2 and len(lost) else ""
        columns = _bad_columns(counts, len(X), names) if X.ndim == 2 and what != "Z" else ""
        if gaps is False and kind == "NaN" and not len(lost):
            hint += OPTION
        raise ValueError(f"{what} must be finite, got {where} and {counts.sum()} such value(s) in all{columns}.{hint}")


def _bad_columns(counts: IntArray, rows: int, names: Sequence[Any] | None) -> str:
    """Return which columns have values that are not finite, and what to do with them."""
    which = np.flatnonzero(counts).tolist()
    listed = listed_columns(f"{named(index, names)} ({counts[index]} of {rows})" for index in which)
    empty = [named(index, names) for index in which if counts[index] == rows > 1]
    hint = f"Leave out {listed_columns(empty)}" if empty else "Leave these rows out, or fill the gaps first"
    return f", in {listed}. {hint}"


def _check_exact(X: AnyArray, what: str, names: Sequence[Any] | None, given: Any) -> None:
    """Raise ValueError if an integer is so large that float64 does not hold it: two of them could become one."""
    if X.dtype.kind in "iu":
        found = _lossy(X)
        if found is not None:
            raise _inexact(what, X[tuple(found)], found[0], named(found[-1], names))
    for index, column in integer_columns(given) if X.ndim == 2 and X.dtype.kind == "f" else ():
        found = _lossy(column)
        if found is not None:
            raise _inexact(what, column[found[0]], found[0], named(index, names))


def _lossy(X: AnyArray) -> list[int] | None:
    """Return the position of the first integer of X that float64 does not hold, or None."""
    if X.dtype.itemsize < 8:
        return None
    for start, piece in walk(X):
        if int(piece.max()) <= EXACT and int(piece.min()) >= -EXACT:
            continue
        floats = piece.astype(np.float64)
        too_large = floats >= float(np.iinfo(piece.dtype).max)  # rounded up to a number that is no integer of the type
        lossy = np.argwhere(too_large | (np.where(too_large, 0, floats).astype(piece.dtype) != piece))
        if len(lossy):
            return [start + int(lossy[0][0]), *map(int, lossy[0][1:])]
    return None


def _inexact(what: str, value: Any, row: int, column: str) -> ValueError:
    got = f"{value} in row {row}, {listed_columns([column])}"
    hint = f"Leave it out if it is a key; use {what}.astype(float) if the last digits do not matter."
    return ValueError(f"{what} must hold integers that float64 can tell apart (up to 2**53), got {got}. {hint}")


def _not_finite(piece: AnyArray) -> IntArray:
    """Return the positions of entries that are not finite, (n, ndim); a finite sum says at once that there are none."""
    with np.errstate(all="ignore"):
        if np.isfinite(np.add.reduce(piece, axis=None)):
            return np.empty((0, piece.ndim), int)
    return np.argwhere(~np.isfinite(piece))


def _numeric(X: Any, what: str, names: Sequence[Any] | None, gaps: bool | None) -> AnyArray:
    """Return X as an array of real numbers, of whatever type."""
    if np.ma.is_masked(X) and gaps:
        X = X.astype(np.result_type(X.dtype, np.float16)).filled(np.nan)
    if np.ma.is_masked(X):
        count, hint = np.ma.getmaskarray(X).sum(), OPTION if gaps is False else ""
        raise ValueError(f"{what} must have no masked entries, got {count} of them. Fill them first.{hint}")
    _refuse_containers(X, what)
    X = _as_array(X, what)
    if X.dtype.kind == "c":
        raise complex_numbers(X, what)
    if X.dtype.names:
        raise structured(X, what)
    if X.ndim < 2 and X.dtype.kind in "US" and X.size:
        raise texts_in_a_row(np.atleast_1d(X), what)
    if X.dtype.kind == "O":
        return _from_objects(X, what, names, gaps)
    if X.dtype.kind not in "fiub":
        raise _no_numbers(X, what, names)
    array: AnyArray = X
    return array


def _refuse_containers(X: Any, what: str) -> None:
    """Raise an error for what is no array, and for an object with several arrays, such as Sines."""
    refuse_no_array(X, what)
    if dataclasses.is_dataclass(X) and not hasattr(X, "__array__"):
        fields = (field.name for field in dataclasses.fields(X))
        arrays = [f"{what}.{name}" for name in fields if isinstance(getattr(X, name, None), np.ndarray)]
        hint = f"Give one of its arrays: {', '.join(arrays)}." if arrays else ""
        raise TypeError(f"{what} must be an array of numbers, got {type(X).__name__}. {hint}".rstrip())


def _as_array(X: Any, what: str) -> AnyArray:
    try:
        return np.asarray(X)
    except (TypeError, ValueError, OverflowError) as error:
        if "inhomogeneous" in str(error):
            raise _ragged(X, what) from error
        raise type(error)(f"{what} must be an array of numbers: {error}") from error


def _ragged(X: Any, what: str) -> ValueError:
    lengths = first_of_other_length(X)
    got = "entries of different shapes"
    if lengths is not None:
        got = f"rows of different lengths: row 0 has {lengths[0]}, row {lengths[1]} has {lengths[2]}"
    hint = f"Series of different lengths: {what}, mask = npae.series.pad(series). Pictures: make them equally large."
    return ValueError(f"{what} must be an array of numbers, got {got}. {hint}")


def _from_objects(X: AnyArray, what: str, names: Sequence[Any] | None, gaps: bool | None) -> AnyArray:
    """Return an array of objects as one of integers or floats, if all of them are numbers."""
    refuse_single_object(X, what)
    if X.ndim == 1 and len(X) and all(np.ndim(row) > 0 for row in X):
        raise _ragged(X, what)
    if X.size and all(type(value) is int for value in X.flat):
        X = _integers(X)
    try:
        return X.astype(np.float64) if X.dtype.kind == "O" else X
    except (TypeError, ValueError, OverflowError) as error:
        kinds = unusable(X) if gaps and X.ndim and X.size else []
        if kinds and all(bad.kind == "missing" for _, bad in kinds):
            lost = np.array([type(value).__name__ in MISSING for value in X.flat]).reshape(X.shape)
            return np.where(lost, np.nan, X).astype(np.float64)
        raise _no_numbers(X, what, names, error, gaps) from error


def _integers(X: AnyArray) -> AnyArray:
    """Return Python's integers as 64-bit ones where they fit, so that `_check_exact` sees them."""
    for dtype in (np.int64, np.uint64):
        try:
            return X.astype(dtype)
        except OverflowError:
            continue
    return X


def _no_numbers(
    X: AnyArray, what: str, names: Sequence[Any] | None, error: Exception | None = None, gaps: bool | None = None
) -> Exception:
    """Return the error for an array that does not hold numbers; the message names the columns."""
    kinds = unusable(X) if X.ndim and X.size else []
    if kinds and all(bad.kind == "missing" for _, bad in kinds):
        return _missing(what, names, kinds[0][1].row, [index for index, _ in kinds], gaps)
    if not kinds:
        got = f"dtype {X.dtype}" if error is None else str(error)
        hint = f" Use np.asarray({what}).astype(float)." if X.dtype.kind in "US" and X.size else ""
        return ValueError(f"{what} must be an array of numbers, got {got}.{hint}")
    if any(isinstance(bad.value, complex) for _, bad in kinds):
        return complex_numbers(X, what)
    texts = {index: slips(X[:, index]) for index, bad in kinds if X.ndim == 2 and bad.kind == "text"}
    few = {named(index, names): cells for index, cells in texts.items() if cells}
    whole = [(named(index, names), bad) for index, bad in kinds if bad.kind != "missing" and not texts.get(index)]
    found, hints = [], []
    if whole:
        found.append(_listed_kinds(whole))
        call = f" ({what}.drop(columns=[{', '.join(name for name, _ in whole[:5])}]))" if names is not None else ""
        hints.append(f"Leave such columns out{call}, or encode them as numbers.")
    if few:
        found.append(listed_slips(few, len(X)))
        hints.append(hint_at_slips(few, what if names is not None else None))
    known = error is not None and bool(whole) and whole[0][1].kind.startswith("objects")
    error_type = type(error) if error is not None and known else ValueError
    rule = f"{what} must be an array of numbers, got dtype {X.dtype}: {' and '.join(found)}"
    return error_type(f"{rule}. {' '.join(hints)}" + (f" ({error})" if known else ""))


def _listed_kinds(columns: Sequence[tuple[str, NotNumbers]]) -> str:
    """Return what columns hold that are no numbers throughout, and the first such entry."""
    found = " and ".join(
        f"{kind} in {listed_columns(name for name, bad in columns if bad.kind == kind)}"
        for kind in dict.fromkeys(bad.kind for _, bad in columns)
    )
    return f"{found} (row {columns[0][1].row}: {columns[0][1].value!r})"


def _missing(what: str, names: Sequence[Any] | None, row: int, columns: Sequence[int], gaps: bool | None) -> ValueError:
    listed = listed_columns(named(index, names) for index in columns)
    hint = f"Leave these rows out, or fill the gaps first.{OPTION if gaps is False else ''}"
    return ValueError(f"{what} must be finite, got missing values (NA) in {listed}, the first in row {row}. {hint}")
