"""Weights of samples: how much each one counts. The only place where they are checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..settings.array_types import ArrayLike, FloatArray
from .mapped_files import is_mapped
from .samples import Samples

HINT = "Give one number of at least 0 for each sample, or None."


def weighted(samples: Samples, sample_weight: ArrayLike | None) -> Samples:
    """Return samples with checked weights; those of weight 0 are left out, except if X lies in a mapped file."""
    weights = check_weights(sample_weight, len(samples))
    if weights is None:
        return samples
    counting = np.flatnonzero(weights)
    if len(counting) < len(samples) and not is_mapped(samples.X):
        samples, weights = samples[counting], weights[counting]
    return samples.weighing(None if (weights == weights[0]).all() else weights)


def check_weights(sample_weight: ArrayLike | None, count: int, what: str = "sample_weight") -> FloatArray | None:
    """Return the weights of `count` samples in float64; None for None, and for equal ones, since they are relative.

    Raises one clear error for anything else.
    """
    if sample_weight is None:
        return None
    weights = _numbers(sample_weight, what)
    if weights.shape != (count,):
        raise ValueError(f"{what} must have shape ({count},), got {weights.shape}. {HINT}")
    bad = np.flatnonzero(~np.isfinite(weights))
    if bad.size:
        raise ValueError(f"{what} must be finite, got {weights[bad[0]]} for sample {bad[0]}. {HINT}")
    bad = np.flatnonzero(weights < 0)
    if bad.size:
        raise ValueError(f"{what} must be at least 0, got {weights[bad[0]]:g} for sample {bad[0]}. {HINT}")
    if not weights.any():
        raise ValueError(f"{what} must be above 0 for some sample, got zero for all of them. {HINT}")
    return None if (weights == weights[0]).all() else weights


def _numbers(sample_weight: ArrayLike, what: str) -> FloatArray:
    """Return weights as an array of float64; ValueError or TypeError for what is no array of numbers."""
    given: Any = sample_weight
    if np.ma.is_masked(given):
        raise ValueError(f"{what} must be numbers, got masked entries. {HINT}")
    try:
        array = np.asarray(given)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{what} must be numbers, got {type(given).__name__}: {error}. {HINT}") from error
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{what} must be numbers, got dtype {array.dtype}. {HINT}")
    return array.astype(np.float64)
