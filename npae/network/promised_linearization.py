"""What `linearize` of a layer of one's own returns, looked at: one clear error if it is something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..layers.linearization import Linearization
from ..settings.array_types import FloatArray, Shape
from ..settings.returned import has_shape, is_pair, promise


def checked_linearization(made: Any, what: str, shape: Shape) -> Linearization:
    """Return what `linearize` made, with y of this shape, or raise BrokenPromise."""
    promise(isinstance(made, Linearization), what, "an npae.Linearization", made)
    promise(has_shape(made.y, shape), what, f"y of shape {shape}, as its out_shape says", made.y)
    promise(callable(made.along), what, "a function along(rx, v)", made.along)
    promise(made.factors is None or callable(made.factors), what, "a function factors(dy), or None", made.factors)
    known: Linearization = made
    return known


def checked_along(made: Any, what: str, like: FloatArray) -> tuple[FloatArray, Callable[..., Any]]:
    """Return what `along` made, ry like y and the way back, or raise BrokenPromise."""
    promise(is_pair(made), f"{what}: along", "two, (ry, back)", made)
    ry, back = made
    promise(has_shape(ry, like.shape), f"{what}: along", f"ry of the shape of y, {like.shape}", ry)
    promise_finite(ry, f"{what}: along", like)
    promise(callable(back), f"{what}: along", "(ry, back) with a function back(dy, products)", back)
    return ry, back


def promise_finite(result: FloatArray, what: str, *inputs: FloatArray) -> None:
    """Raise BrokenPromise for NaN or infinity, where what it was made of is finite."""
    if inputs and all(np.isfinite(array).all() for array in inputs):
        promise(bool(np.isfinite(result).all()), what, "finite numbers", result, "Some are NaN or infinite.")
