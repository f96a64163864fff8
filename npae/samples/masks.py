"""Masks of series: which steps are real, and which are padding. The only place where a mask is checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..settings.array_types import AnyArray, ArrayLike, BoolArray
from .mapped_files import is_mapped


def zero_padding(X: Any, mask: ArrayLike | None) -> Any:
    """Return series X (N, T, C) with zeros at the steps that are padding, so that these need not even be numbers.

    X itself is returned if it has zeros there already, if the mask does not fit, and if X lies in a mapped file.
    """
    if mask is None or not isinstance(X, np.ndarray) or X.ndim != 3 or is_mapped(X):
        return X
    padding = ~np.asarray(mask, bool)
    if padding.shape != X.shape[:2] or not X[padding].any():
        return X
    X = X.copy()
    X[padding] = 0
    return X


def check_mask(mask: ArrayLike | None, X: ArrayLike) -> BoolArray | None:
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


def mask_option(mask: ArrayLike | None) -> dict[str, Any]:
    """Return the keyword argument of a mask, none without one: a method of the user's own may not know it."""
    return {} if mask is None else {"mask": mask}


def check_mask_given(mask: ArrayLike | None, X: AnyArray | None, what: str) -> None:
    """Raise ValueError where a mask is missing although `fit` had one: padding would count as data without a word.

    With X, only if a series of it ends in zeros, as those of `npae.series.pad` do.
    """
    if mask is not None or (X is not None and X[:, -1].any(axis=1).all()):
        return
    which = "" if X is None else f", whose series {int((~X[:, -1].any(axis=1)).argmax())} ends in zeros,"
    hint = f"Without padding, give mask=np.ones({what}.shape[:2], bool)."
    routing = "Where scikit-learn makes the call, request it: set_score_request(mask=True) and its like"
    raise ValueError(
        f"mask must be given for {what}{which} where fit had one, got None, so that padding would count as data. "
        f"{hint} {routing}, after sklearn.set_config(enable_metadata_routing=True)."
    )
