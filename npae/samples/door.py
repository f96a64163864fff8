"""The one door for data: what a user gives becomes `Samples` here, and nothing is checked again below.

`admit` checks numbers and mask, a `Schema` compares them with the data of `fit`, and `prepare` fits them to a network.
`match` is the shorter way in for arrays that go straight to a `Network`: it compares shapes and leaves the numbers to
the caller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from ..settings.array_types import AnyArray, ArrayLike, Shape
from ..settings.data_set import DataSet, samples_of
from .arrays import check_range, checked_array
from .mapped_files import is_mapped
from .masks import check_mask, zero_padding
from .rows import walk
from .samples import Samples
from .weights import check_weights


def admit(
    X: Any,
    mask: ArrayLike | None = None,
    *,
    what: str = "X",
    schema: Schema | None = None,
    gaps: bool | None = None,
) -> Samples:
    """Return checked Samples of what a user gave, or raise one clear error.

    Parameters
    ----------
    X : array-like of shape (N, ...)
        Finite real numbers, except where `mask` says that a step is padding. A DataFrame's column names are kept. A
        data set such as a Font stands for its samples, in the shape that the schema wants if their numbers suffice.
    mask : bool array of shape (N, steps), default None
        False where a step of the series X (N, T, C) is padding.
    what : str, default "X"
        What error messages call the data.
    schema : Schema, default None
        What the samples must look like.
    gaps : bool, default None
        Whether numbers may be missing (NaN). None says that the user has no choice.

    Raises
    ------
    TypeError, ValueError
        If X is not an array of finite real numbers, does not fit the schema, or the mask does not fit X.
    """
    names = feature_names(X)
    array = checked_array(zero_padding(X, mask), what, gaps)
    if schema is not None and isinstance(X, DataSet) and array[0].size == math.prod(schema.shape):
        array = array.reshape(len(array), *schema.shape)
    if schema is not None:
        schema.check(array, names, what)
    return Samples(array, mask=check_mask(mask, array), names=names, gaps=bool(gaps))


@dataclass(frozen=True)
class Schema:
    """What samples must look like: learned from the data of `fit`, expected of all data after it.

    Parameters
    ----------
    owner : str
        The name of the estimator, for messages.
    shape : tuple of int
        The shape of one sample.
    names : array of str, default None
        The names of the features in order; None if they have none.
    gaps : bool, default None
        Whether numbers may be missing (NaN). None says that the user has no choice.
    """

    owner: str
    shape: Shape
    names: AnyArray | None = None
    gaps: bool | None = None

    def admit(self, X: Any, mask: ArrayLike | None = None, *, what: str = "X") -> Samples:
        """Return checked Samples that look like this; the arguments are those of `samples.admit`."""
        return admit(X, mask, what=what, schema=self, gaps=self.gaps)

    def admit_validation(self, data: Any) -> Samples:
        """Return checked Samples of what a user gave as validation_data: samples, or a tuple (samples, mask)."""
        X, mask = validation_pair(data, self.shape)
        try:
            return self.admit(X, mask, what="validation_data")
        except ValueError as error:
            if str(error).startswith("mask "):
                raise ValueError(f"validation_data must fit its mask: {error}") from error
            raise

    def check(self, X: AnyArray, names: AnyArray | None, what: str) -> None:
        """Raise ValueError for samples of another shape, or with other feature names."""
        shape = self.shape
        if X.ndim == 2 and len(shape) == 1 and X.shape[1] != shape[0]:
            raise ValueError(
                f"{what} has {X.shape[1]} features, but {self.owner} is expecting {shape[0]} features as input."
            )
        if X.shape[1:] != shape:
            same = X[0].size == math.prod(shape)
            hint = f" Use {what}.reshape(-1, {', '.join(map(str, shape))})." if same else ""
            raise ValueError(f"{what} must have samples of shape {shape}, as in fit, got {X.shape[1:]}.{hint}")
        if names is not None and self.names is not None and list(names) != list(self.names):
            raise ValueError(
                "The feature names should match those that were passed during fit, "
                f"got {list(names)} instead of {list(self.names)}."
            )


def validation_pair(data: Any, shape: Shape) -> tuple[Any, Any]:
    """Return (samples, mask) of validation_data for samples of this shape, the mask None without one.

    Raises ValueError for any other tuple, and for a list of whole arrays, which says that targets were meant.
    """
    whole = isinstance(data, list) and any(len(getattr(part, "shape", ())) > len(shape) for part in data)
    if not isinstance(data, tuple) and not whole:
        return data, None
    if isinstance(data, tuple) and len(data) == 2 and (data[1] is None or np.asarray(data[1]).dtype == bool):
        return data
    rule = "must be samples like X, or a tuple (samples, mask) with a mask of bools"
    hint = "Give the samples alone: an autoencoder's targets are its samples."
    got = ", ".join(f"{type(part).__name__}{_shape_text(part)}" for part in data)
    raise ValueError(f"validation_data {rule}, got a {type(data).__name__} of {len(data)}: {got}. {hint}")


def _shape_text(part: Any) -> str:
    return f" of shape {part.shape}" if hasattr(part, "shape") else ""


class TargetCheck(Protocol):
    """The part of a loss that the door needs: which targets it takes."""

    @property
    def restricts_targets(self) -> bool:
        """Whether there are targets that the loss is not defined on."""

    def check_target(self, target: Any) -> None:
        """Raise ValueError for targets that the loss is not defined on."""


def prepare(samples: Samples, dtype: np.dtype[Any], loss: TargetCheck, what: str = "X") -> Samples:
    """Return samples in a network's dtype; those in a mapped file stay there, and are cast as they are read.

    Raises ValueError for numbers beyond the dtype's range, and for targets that the loss does not take.
    """
    check_range(samples.X, dtype, what, None if samples.names is None else list(samples.names))
    if loss.restricts_targets:  # otherwise a file would be read for nothing
        for _, piece in walk(samples.target):
            seen = piece[~np.isnan(piece)] if samples.gaps and np.isnan(piece).any() else piece
            if seen.size:
                loss.check_target(seen)
    X = samples.X if is_mapped(samples.X) else np.asarray(samples.X, dtype=dtype, order="C")
    return replace(samples, X=X, T=None if samples.T is None else np.asarray(samples.T, dtype=dtype))


def match(
    X: Any,
    T: Any,
    mask: ArrayLike | None,
    *,
    in_shape: Shape,
    out_shape: Shape,
    weights: ArrayLike | None = None,
    gaps: bool = False,
) -> Samples:
    """Return Samples for a network that takes `in_shape` and predicts `out_shape`; their numbers are not looked at.

    Samples pass as they are. Raises ValueError for other shapes, and if T is needed and missing.
    """
    if isinstance(X, Samples):
        return X
    X = shaped(X, in_shape, "X")
    if T is not None:
        T = shaped(T, out_shape, "T")
    elif out_shape != in_shape:
        raise ValueError(f"T must be given where the network's out_shape {out_shape} is not {in_shape}.")
    count = len(X) if T is None else len(T)
    if count != len(X) or count == 0:
        raise ValueError(f"X and T must have the same number of samples, at least 1, got {len(X)} and {count}.")
    mask = None if mask is None else check_mask(mask, X)
    return Samples(X, T, mask, None, None if weights is None else check_weights(weights, count), gaps)


def match_inputs(X: Any, mask: ArrayLike | None, shape: Shape, what: str = "X") -> Samples:
    """Return Samples without targets for a network that takes `shape`, as `match` does."""
    if isinstance(X, Samples):
        return X
    X = shaped(X, shape, what)
    return Samples(X, mask=check_mask(mask, X))


def shaped(x: Any, shape: Shape, what: str) -> AnyArray:
    """Return x as an array (N, *shape), or raise ValueError."""
    array: AnyArray = np.asarray(samples_of(x))
    if array.ndim == 0 or array.shape[1:] != shape:
        raise ValueError(f"{what} must have shape (N, {', '.join(map(str, shape))}), got {array.shape}.")
    return array


def feature_names(X: Any) -> AnyArray | None:
    """Return the column names of a DataFrame as an array of objects; None if there are none, or not all are texts."""
    columns = getattr(X, "columns", None)
    if columns is None or not all(isinstance(name, str) for name in columns):
        return None
    return np.asarray(columns, dtype=object)
