"""What is compared: an original and a reconstruction of one shape, of which padding is left out."""

from __future__ import annotations

import numpy as np

from ..settings.array_types import AnyArray, ArrayLike, BoolArray


def same_shape(original: ArrayLike, reconstruction: ArrayLike) -> tuple[AnyArray, AnyArray]:
    """Return both as arrays; ValueError if their shapes differ."""
    original, reconstruction = np.asarray(original), np.asarray(reconstruction)
    if original.shape != reconstruction.shape:
        shapes = f"{original.shape} and {reconstruction.shape}"
        raise ValueError(f"original and reconstruction must have the same shape, got {shapes}.")
    return original, reconstruction


def checked_mask(mask: ArrayLike, X: AnyArray) -> BoolArray:
    """Return a mask as a bool array (N, T) that leaves a step of each sample of X (N, T, ...)."""
    real = np.asarray(mask)
    if X.ndim < 3 or real.shape != X.shape[:2] or real.dtype != bool or not real.any(axis=1).all():
        rule = f"bools of shape {X.shape[:2]}, for series (N, T, C), with a true one for each series"
        raise ValueError(f"mask must be {rule}, got {real.dtype} of shape {real.shape}.")
    return real


def real_pair(original: ArrayLike, reconstruction: ArrayLike, mask: ArrayLike | None) -> tuple[AnyArray, AnyArray]:
    """Return a pair of equal shape, of which only the steps (n, C) that are not padding are left."""
    original, reconstruction = same_shape(original, reconstruction)
    if mask is None:
        return original, reconstruction
    real = checked_mask(mask, original)
    return original[real], reconstruction[real]
