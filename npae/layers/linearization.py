"""A layer as a linear map: what Gauss-Newton matrices and their Kronecker factors are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..settings.array_types import FloatArray, Shape, Views
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
        as `backward` of `forward` fills `grads`. dx may be None if rx was. A layer that charges passes the curvature of
        its charge to `context.charge_along`, and its `back` adds K r to what goes back.
    factors : callable or None, default None
        `factors(dy) -> (dx, {name: (L, R)})` is the same way back, with Kronecker factors instead of products. A random
        dy with mean 0 whose covariance is the curvature of the loss gives factors whose mean is that of the layer: as a
        matrix (-1, its last axis), the array with this name has a Gauss-Newton matrix of about L (x) R, where L (D, D)
        is for its rows and R (K, K) for its columns. None if the layer has no factors. They are sums over the samples
        of the pass, L of each one's share of a mean over samples: those of parts add up to the batch's.

    Examples
    --------
    The factor s of each feature, y = s x, whose derivative along (rx, v) is s rx + v x.

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Scale(npae.Layer):
    ...     "Compute y = s x, with a factor s (D,) for each feature of x (N, D)."
    ...
    ...     def parameters(self, in_shape):
    ...         return {"s": npae.Weight(in_shape)}
    ...
    ...     def forward(self, x, params, context):
    ...         def backward(dy, grads):
    ...             np.sum(dy * x, axis=0, out=grads["s"])
    ...             return dy * params["s"]
    ...
    ...         return params["s"] * x, backward
    ...
    ...     def linearize(self, x, params, context):
    ...         s = params["s"]
    ...
    ...         def along(rx, v):
    ...             def back(dy, products):
    ...                 np.sum(dy * x, axis=0, out=products["s"])
    ...                 return dy * s
    ...
    ...             return v["s"] * x + (0.0 if rx is None else s * rx), back
    ...
    ...         return npae.Linearization(s * x, along)
    >>> network = npae.Network([Scale(), npae.Dense(2)], [npae.Dense(5)], in_shape=(5,))
    >>> network.has_gauss_newton
    True
    """

    y: FloatArray
    along: LinearAlong
    factors: FactorsBack | None = None


def linearize_linear(self: Forward, x: FloatArray, params: Views, context: Context) -> Linearization:
    """Return a layer that is linear, learns nothing and draws nothing as a linear map: see `Layer`.

    ry is the layer of rx, and dx its way back.

    Parameters
    ----------
    x, params, context : as in `forward`
        The samples, no parameters, and the circumstances of the pass.

    Returns
    -------
    Linearization
        Without factors.
    """

    def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        ry, backward = self.forward(moved(rx, x), params, context)
        return ry, lambda dy, products: backward(dy.copy(order="K"), {})

    return Linearization(self.forward(x, params, context)[0], along)


def linearized_product(x: FloatArray, a: FloatArray | float, y: FloatArray, context: Context) -> Linearization:
    """Return y = a x + b as a linear map, where a and b, like x or of one sample or a number, are drawn."""

    def times(d: FloatArray) -> FloatArray:
        return d if isinstance(a, float) and a == 1.0 else np.multiply(d, a, out=context.scratch.empty(*d.shape))

    def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        return times(moved(rx, x)), lambda dy, products: times(dy)

    return Linearization(y, along)


def moved(rx: FloatArray | None, x: FloatArray) -> FloatArray:
    """Return rx, or zeros like x if x does not move."""
    return np.zeros_like(x) if rx is None else rx


def random_signs(shape: Shape, context: Context) -> FloatArray:
    """Return numbers that are 1 or -1 alike, for the factors that are being made."""
    assert context.factor_rng is not None
    signs: FloatArray = context.factor_rng.integers(0, 2, size=shape, dtype=np.int8).astype(context.scratch.dtype)
    signs *= 2.0
    signs -= 1.0
    return signs


def second_moment(rows: FloatArray, share: float | FloatArray = 1.0) -> FloatArray:
    """Return the sum of share r r^T over the rows r (N, D); `share` is a number or an array (N, 1)."""
    weighed = not isinstance(share, float)
    moment: FloatArray = np.dot(rows.T, rows * share if weighed else rows)
    if not weighed:
        moment *= share
    return moment


def linearized_by_second_order(
    second_order: Callable[..., tuple[FloatArray, Any]], x: FloatArray, params: Views, context: Context
) -> Linearization:
    """Return the linearization of a layer of which only the passes for exact Hessians are known, at dy = 0."""
    y, backward = second_order(x, params, context)
    _, along_both = backward(np.zeros_like(y))

    def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        ry, back = along_both(rx, v)
        return ry, lambda dy, products: back(dy.copy(order="K"), products)

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
            dx: FloatArray | None = layer.forward(x, params, context)[1](dy.copy(), products)
            return dx

        return (ends[0] - ends[1]) / x.dtype.type(2 * h), back

    return Linearization(y, along)
