"""What a user passes to be drawn: samples, their labels and the shape of a picture, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..samples.labels import shown_labels
from ..settings.data_set import DataSet, samples_of

if TYPE_CHECKING:
    from ..datasets import Font
    from ..settings.array_types import AnyArray, ArrayLike, FloatArray


def check(what: str, value: object, rule: str, holds: bool | np.bool_, hint: str = "") -> None:
    """Raise ValueError in the form "{what} must be {rule}, got {value}. {hint}" unless `holds`."""
    if not holds:
        raise ValueError(f"{what} must be {rule}, got {value}. {hint}".rstrip())


def flat(values: ArrayLike) -> FloatArray:
    """Return samples (N, ...) as floats (N, D)."""
    samples = np.asarray(values, dtype=float)
    return samples.reshape(len(samples), -1)


def checked_shape(shape: tuple[int, int] | None, size: int) -> tuple[int, int]:
    """Return a shape (H, W) that fits `size` pixels, or raise ValueError."""
    if shape is None or np.shape(shape) != (2,) or np.prod(shape) != size:
        raise ValueError(f"shape must be (H, W) with H * W = {size}, got {shape}.")
    return shape


def samples_and_labels(
    data: Font | ArrayLike, labels: Sequence[Any] | AnyArray | None = None
) -> tuple[AnyArray, Sequence[Any] | AnyArray | None]:
    """Return the samples of a Font or an array, and their labels: those given, or the Font's, or None."""
    X: Any = samples_of(data)
    labels = data.labels if labels is None and isinstance(data, DataSet) else labels
    return X, None if labels is None else shown_labels(labels, len(X))
