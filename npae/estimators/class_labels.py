"""Labels of classes: checked, listed, and as the rows of numbers that a network learns."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..samples.arrays import check_finite
from ..samples.labels import is_missing
from ..settings.array_types import AnyArray, FloatArray
from .sklearn_contract import sklearn_exception


def check_labels(y: Any, count: int | None = None, what: str = "y") -> AnyArray:
    """Return labels y as an array (N,) of integers, booleans, texts, or floats that are whole numbers.

    Raises ValueError for anything else, for missing labels, and where there are not `count` of them.
    """
    if y is None:
        raise ValueError(
            f"{what} must hold a label for each sample: this requires y to be passed, but the target y is None."
        )
    y = as_one_column(_as_array(y))
    if y.ndim != 1:
        raise ValueError(f"{what} must have shape (N,), one label per sample, got {y.shape}.")
    if count is not None and len(y) != count:
        raise ValueError(f"{what} must hold a label for each of the {count} samples, got {len(y)} labels.")
    y = _of_one_type(y, what) if y.dtype.kind == "O" else y
    if y.dtype.kind not in "iubfU":
        raise ValueError(f"{what} must hold numbers or texts, got dtype {y.dtype}.")
    if y.dtype.kind == "f":
        _check_whole(y, what)
    labels: AnyArray = y
    return labels


def _as_array(y: Any) -> AnyArray:
    """Return y as an array; of a list of texts and something else, NumPy would make texts, such as 'nan'."""
    array = np.asarray(y)
    if array.dtype.kind == "U" and array.ndim == 1 and isinstance(y, (list, tuple)):
        return array if all(isinstance(label, str) for label in y) else np.array(y, dtype=object)
    return array


def _of_one_type(y: AnyArray, what: str) -> AnyArray:
    """Return an array of objects as one of numbers or texts."""
    types = sorted({type(label).__name__ for label in y})
    if len(types) > 1:
        lost = [row for row, label in enumerate(y) if is_missing(label)]
        hint = f"Leave samples without a label out, such as that in row {lost[0]}." if lost else "Make them texts."
        raise ValueError(f"{what} must hold labels of one type, got {', '.join(types)}. {hint}")
    return np.array(y.tolist())


def _check_whole(y: AnyArray, what: str) -> None:
    check_finite(y, what)
    if (y != np.rint(y)).any():
        hint = "Unknown label type: continuous. Use whole numbers or texts."
        raise ValueError(f"{what} must hold classes, got {y[y != np.rint(y)][0]:g}. {hint}")


def distinct_classes(labels: AnyArray, what: str = "y") -> AnyArray:
    """Return the different labels in order, at least two, or raise ValueError."""
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(f"{what} must hold at least 2 classes, got {len(classes)} class(es): {classes.tolist()}.")
    return classes


def one_hot(labels: AnyArray, classes: AnyArray, what: str = "y") -> FloatArray:
    """Return labels (N,) as rows (N, K) of the K x K unit matrix, by their position in `classes`.

    >>> one_hot(np.array(["b", "a"]), np.array(["a", "b", "c"]))
    array([[0., 1., 0.],
           [1., 0., 0.]])
    """
    place = {label: k for k, label in enumerate(classes.tolist())}
    unknown = sorted(set(labels.tolist()) - place.keys())
    if unknown:
        hint = "Give all of them at the first call: partial_fit(X, y, classes=...)."
        raise ValueError(f"{what} must hold labels among {list(place)}, got {unknown[0]!r}. {hint}")
    rows = np.zeros((len(labels), len(classes)))
    rows[np.arange(len(labels)), [place[label] for label in labels.tolist()]] = 1.0
    return rows


def as_one_column(y: AnyArray) -> AnyArray:
    """Return a column (N, 1) as (N,), with the warning that scikit-learn gives for it, and anything else as it is."""
    if y.ndim != 2 or y.shape[1] != 1:
        return y
    message = "A column-vector y was passed when a 1d array was expected. Use y.ravel()."
    warnings.warn(message, sklearn_exception("DataConversionWarning", UserWarning), stacklevel=2)
    return y[:, 0]
