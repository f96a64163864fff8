"""A layer as a linear map: what Gauss-Newton matrices and their Kronecker factors are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..settings.array_types import FloatArray, Views
from .context import Context

LinearBack: TypeAlias = Callable[[FloatArray, Views], FloatArray | None]
LinearAlong: TypeAlias = Callable[[FloatArray | None, Views], tuple[FloatArray, LinearBack]]
Factors: TypeAlias = dict[str, tuple[FloatArray, FloatArray]]  # by the name of an array: of its rows, of its columns
FactorsBack: TypeAlias = Callable[[FloatArray], tuple[FloatArray | None, Factors]]


class Forward(Protocol):
    """A layer, as far as its forward pass."""

    def forward(self, x: FloatArray, params: Views, context: Context, /) -> tuple[FloatArray, Any]:
        """Return y and the way back."""


@dataclass(frozen=True)
class Linearization:
    """What `linearize` of a layer returns: its output, and the layer's derivative as functions.

    They may be called any number of times, and must not change what they are given.

    Parameters
    ----------
    y : array (N, *out_shape)
        The output.
    along : callable
        `along(rx, v) -> (ry, back)`: the change of y if x changes by rx and theta by v; rx is None if x is the data,
        which does not move. `back(dy, products) -> dx` is the transpose of that map: it fills the arrays of `products`,
        as `backward` of `forward` fills `grads`. dx may be None if rx was.
    factors : callable or None, default None
        `factors(dy) -> (dx, {name: (L, R)})` is the same way back, with Kronecker factors instead of products. A random
        dy with mean 0 whose covariance is the curvature of the loss gives factors whose mean is that of the layer: as a
        matrix (-1, its last axis), the array with this name has a Gauss-Newton matrix of about L (x) R, where L (D, D)
        is for its rows and R (K, K) for its columns. None if the layer has no factors.
    """

    y: FloatArray
    along: LinearAlong
    factors: FactorsBack | None = None


def second_moment(rows: FloatArray, share: float | FloatArray = 1.0) -> FloatArray:
    """Return the sum of share r r^T over the rows r (N, D); `share` is a number or an array (N, 1)."""
    if isinstance(share, float):
        product: FloatArray = np.dot(rows.T, rows)
        product *= share
        return product
    return np.dot(rows.T, rows * share)


def linearized_by_second_order(
    second_order: Callable[..., object], x: FloatArray, params: Views, context: Context
) -> Linearization:
    """Return the linearization of a layer of which only the passes for exact Hessians are known, at dy = 0."""
    y, backward = second_order(x, params, context)  # type: ignore[misc]
    _, along = backward(np.zeros_like(y))
    return Linearization(y, along)


def linearized_by_differences(layer: Forward, x: FloatArray, params: Views, context: Context) -> Linearization:
    """Return the linearization of a layer that offers none: central differences along, and its own way back.

    It is not exact, and only for a layer that draws nothing.
    """
    y, _ = layer.forward(x, params, context)

    def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        size = max(float(np.abs(d).max(initial=0.0)) for d in (*v.values(), *(() if rx is None else (rx,))))
        h = np.finfo(x.dtype).eps ** (1 / 3) / size if size > 0 else 1.0
        ends = []
        for step in (h, -h):
            moved = x if rx is None else x + x.dtype.type(step) * rx
            ends.append(layer.forward(moved, {n: p + p.dtype.type(step) * v[n] for n, p in params.items()}, context)[0])

        def back(dy: FloatArray, products: Views) -> FloatArray | None:
            _, backward = layer.forward(x, params, context)
            return backward(dy.copy(), products)

        return (ends[0] - ends[1]) / x.dtype.type(2 * h), back

    return Linearization(y, along)
