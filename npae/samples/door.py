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
from ..settings.checks import check_real
from ..settings.data_set import DataSet, samples_of
from .arrays import check_range, checked_array
from .feature_names import check_names, feature_names, refuse_other_names
from .mapped_files import is_mapped
from .masks import check_mask, check_mask_given, zero_padding
from .pairs import same_numbers, validation_parts
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
    if schema is not None:
        refuse_other_names(names, schema.names, what)
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
    names : array of object, default None
        The labels of the columns in order; None if there are none.
    gaps : bool, default None
        Whether numbers may be missing (NaN). None says that the user has no choice.
    masked : bool, default False
        Whether there was a mask.
    """

    owner: str
    shape: Shape
    names: AnyArray | None = None
    gaps: bool | None = None
    masked: bool = False

    def admit(self, X: Any, mask: ArrayLike | None = None, *, what: str = "X", needs_mask: bool = False) -> Samples:
        """Return checked Samples that look like this; the arguments are those of `samples.admit`.

        Where `fit` had a mask, samples without one are refused if something is learned or judged by them
        (`needs_mask`), and otherwise if they are plainly padded.
        """
        samples = admit(X, mask, what=what, schema=self, gaps=self.gaps)
        if self.masked:
            check_mask_given(mask, None if needs_mask else samples.X, what)
        return samples

    def admit_validation(self, data: Any, targets: Schema | None = None) -> Samples:
        """Return checked Samples of what a user gave as validation_data: samples, or a tuple with their mask or target.

        `targets` says what targets look like where the model learns from pairs; None for targets like the samples.
        """
        X, target, mask = validation_parts(data, self.shape)
        samples = self.admit_validation_samples(X, mask)
        if target is None and targets is not None:
            rule = "validation_data must be a tuple with its own target where target is given"
            raise ValueError(f"{rule}, got samples alone. Give validation_data=(X, Y).")
        like = self.of_targets(self.shape) if targets is None else targets
        return like.admit_target(samples, target, what="validation_data[1]")

    def of_targets(self, shape: Shape) -> Schema:
        """Return what targets of a shape look like where `fit` had none: like samples, if these have that shape."""
        return Schema(self.owner, shape, self.names if shape == self.shape else None)

    def admit_validation_samples(self, X: Any, mask: ArrayLike | None) -> Samples:
        """Return checked Samples for validation; messages say whose mask does not fit."""
        try:
            samples = self.admit(X, mask, what="validation_data", needs_mask=True)
        except ValueError as error:
            if str(error).startswith("mask "):
                raise ValueError(f"validation_data must fit its mask: {error}") from error
            raise
        samples.check_observed("validation_data")
        return samples

    def admit_target(self, samples: Samples, target: Any, *, what: str = "target") -> Samples:
        """Return samples with checked targets that look like this; see `with_target`."""
        paired = with_target(samples, target, what=what)
        if target is not None:
            check_names(feature_names(target), self.names, self.owner, what)
            shape = paired.target.shape[1:]
            if shape != self.shape:
                raise ValueError(f"{what} must have samples of shape {self.shape}, as the model predicts, got {shape}.")
        return paired

    def check(self, X: AnyArray, names: AnyArray | None, what: str) -> None:
        """Raise ValueError for samples of another shape or with other feature names; warn if only some have names."""
        check_names(names, self.names, self.owner, what)
        shape = self.shape
        if X.ndim == 2 and len(shape) == 1 and X.shape[1] != shape[0]:
            raise ValueError(
                f"{what} has {X.shape[1]} features, but {self.owner} is expecting {shape[0]} features as input."
            )
        if X.shape[1:] != shape:
            same = X[0].size == math.prod(shape)
            hint = f" Use {what}.reshape(-1, {', '.join(map(str, shape))})." if same else ""
            raise ValueError(f"{what} must have samples of shape {shape}, as in fit, got {X.shape[1:]}.{hint}")


def with_target(samples: Samples, target: Any, *, what: str = "target") -> Samples:
    """Return samples with what predictions are compared with, or raise one clear error; None leaves that to be X.

    Targets that equal the samples are left out, since that is the same. A step of padding need not hold numbers.
    """
    if target is None:
        return samples
    array = zero_padding(samples_of(target), samples.mask)
    if samples.gaps and same_numbers(np.asarray(array), samples.X):  # which must then be able to have gaps
        return samples
    array = checked_array(array, what)
    if len(array) != len(samples):
        raise ValueError(f"{what} must have a row for each of the {len(samples)} samples, got {len(array)} rows.")
    return samples if same_numbers(array, samples.X) else replace(samples, T=array)


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
    if samples.T is not None:
        check_range(samples.T, dtype, "target" if what == "X" else f"{what}[1]")
    if loss.restricts_targets:  # otherwise a file would be read for nothing
        for _, piece in walk(samples.target):
            seen = piece[~np.isnan(piece)] if samples.gaps and np.isnan(piece).any() else piece
            if seen.size:
                _check_target(loss, seen, what)
    T = None if samples.T is None else _in_memory(samples.T, dtype)
    return replace(samples, X=_in_memory(samples.X, dtype), T=T)


def _in_memory(array: AnyArray, dtype: np.dtype[Any]) -> AnyArray:
    """Return an array in the dtype, except one in a mapped file, which stays there."""
    return array if is_mapped(array) else np.asarray(array, dtype=dtype, order="C")


def _check_target(loss: TargetCheck, target: AnyArray, what: str) -> None:
    """Raise ValueError for targets that the loss does not take; the message says whose targets they are."""
    try:
        loss.check_target(target)
    except ValueError as error:
        if what == "X":
            raise
        raise ValueError(f"{what} must suit the loss: {error}") from error


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
    check_real(what, array)
    return array
