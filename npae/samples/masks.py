"""Masks of series: which steps are real, and which are padding."""

import numpy as np

from .rows import is_mapped


def zero_padding(X, mask):
    """Return series X (N, T, C) with zeros where a step is padding; X itself if it has them, or the mask does not fit.

    So what stands there need not even be a number. The rows of a mapped file are left as they are.
    """
    if mask is None or not isinstance(X, np.ndarray) or X.ndim != 3 or is_mapped(X):
        return X
    padding = ~np.asarray(mask, bool)
    if padding.shape != X.shape[:2] or not X[padding].any():
        return X
    X = X.copy()
    X[padding] = 0
    return X


def check_mask(mask, X):
    """Return the mask of series X (N, T, C) as a bool array (N, T), or None for None.

    Raises ValueError for another shape or type, and for a series of which no step is left.
    """
    if mask is None:
        return None
    mask, X = np.asarray(mask), np.asarray(X)
    if X.ndim != 3:
        raise ValueError(f"mask must be None where X is not series (N, T, C), got one for X of shape {X.shape}.")
    if mask.shape != X.shape[:2] or mask.dtype != bool:
        raise ValueError(f"mask must be bools of shape {X.shape[:2]}, got {mask.dtype} of shape {mask.shape}.")
    empty = np.flatnonzero(~mask.any(axis=1))
    if empty.size:
        raise ValueError(f"mask must leave at least one step of each series, got none for series {empty[0]}.")
    return mask


def rows_of(mask, rows):
    """Return those rows of a mask, or None for None."""
    return None if mask is None else mask[rows]
