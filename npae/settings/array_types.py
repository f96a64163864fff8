"""The types of arrays and shapes in signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["AnyArray", "ArrayLike", "BoolArray", "DTypeLike", "FloatArray", "IntArray", "Shape", "Views"]

AnyArray: TypeAlias = NDArray[Any]
FloatArray: TypeAlias = NDArray[np.floating[Any]]
BoolArray: TypeAlias = NDArray[np.bool_]
IntArray: TypeAlias = NDArray[np.integer[Any]]
Shape: TypeAlias = tuple[int, ...]
Views: TypeAlias = Mapping[str, FloatArray]  # the arrays of one layer in a flat vector, by name
