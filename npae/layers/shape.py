"""Layers that only give samples another shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..settings.array_types import FloatArray, Shape, Views
from ..settings.checks import positive_integer
from .context import Context
from .layer import Along, Layer, Pass, SecondOrderPass
from .linearization import linearize_linear


def second_order_of_linear(self: Layer, x: FloatArray, params: Views, context: Context) -> SecondOrderPass:
    """Return the passes for exact Hessians of a layer that is linear and learns nothing: see `Layer`.

    ry is the layer of rx, and rdx the way back of rdy, which is the same for every x.

    Parameters
    ----------
    x, params, context : as in `forward`
        The samples, no parameters, and the circumstances of the pass.

    Returns
    -------
    y : array (N, *out_shape)
        The output.
    backward : callable
        The next pass.
    """
    y, backward = self.forward(x, params, context)

    def along(rx: FloatArray | None, v: Views) -> Pass:
        ry, backward_along = self.forward(np.zeros_like(x) if rx is None else rx, params, Context(x.dtype))
        return ry, lambda rdy, products: None if rx is None else backward_along(rdy, products)

    def backward_once(dy: FloatArray) -> tuple[FloatArray, Along]:
        dx: Any = backward(dy, {})
        return dx, along

    return y, backward_once


@dataclass(frozen=True)
class Flatten(Layer):
    """Make samples of any shape flat, (N, D), as `Dense` takes them.

    The last axis, channels, varies fastest.

    Examples
    --------
    >>> import npae
    >>> layer = npae.Flatten()
    >>> layer.out_shape((28, 28, 1))
    (784,)
    """

    _linear = "fixed"
    rearranges = True
    second_order = second_order_of_linear
    linearize = linearize_linear

    def out_shape(self, in_shape: Shape) -> Shape:
        return (math.prod(in_shape),)

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        by_row = context.scratch.by_row
        return by_row(x).reshape(len(x), -1), lambda dy, grads: by_row(dy).reshape(x.shape)

    def mirror(self, in_shape: Shape, activation: str) -> Reshape:
        return Reshape(tuple(in_shape))


@dataclass(frozen=True)
class Reshape(Layer):
    """Give samples another shape, with the same numbers in the same order.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample, such as (7, 7, 64).

    Raises
    ------
    ValueError
        If shape is something else, or if samples have more or fewer numbers.

    Examples
    --------
    >>> import npae
    >>> layer = npae.Reshape((28, 28, 1))
    >>> layer.out_shape((784,))
    (28, 28, 1)
    """

    shape: Shape

    _linear = "fixed"
    rearranges = True
    second_order = second_order_of_linear
    linearize = linearize_linear

    def __post_init__(self) -> None:
        if not isinstance(self.shape, tuple) or not self.shape:
            raise ValueError(f"shape must be a tuple of integers such as (7, 7, 64), got {self.shape!r}.")
        for size in self.shape:
            positive_integer("shape", size)

    def out_shape(self, in_shape: Shape) -> Shape:
        if math.prod(in_shape) != math.prod(self.shape):
            raise ValueError(
                f"shape must hold the {math.prod(in_shape)} numbers of a sample {in_shape}, got {self.shape}."
            )
        return self.shape

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        by_row = context.scratch.by_row
        return by_row(x).reshape(len(x), *self.shape), lambda dy, grads: by_row(dy).reshape(x.shape)

    def mirror(self, in_shape: Shape, activation: str) -> Layer:
        return Flatten() if len(in_shape) == 1 else Reshape(tuple(in_shape))


@dataclass(frozen=True)
class Repeat(Layer):
    """Repeat a vector as a series: x (N, D) becomes y (N, T, D), the same at every step. It feeds recurrent decoders.

    Parameters
    ----------
    steps : int
        T, at least 1.

    Raises
    ------
    ValueError
        If steps is something else, or if samples are not flat (D,).

    Examples
    --------
    >>> import npae
    >>> layer = npae.Repeat(100)
    >>> layer.out_shape((8,))
    (100, 8)
    """

    steps: int

    _linear = "fixed"
    rearranges = True
    second_order = second_order_of_linear
    linearize = linearize_linear

    def __post_init__(self) -> None:
        positive_integer("steps", self.steps)

    def out_shape(self, in_shape: Shape) -> Shape:
        if len(in_shape) != 1:
            raise ValueError(f"samples must be flat (D,) for Repeat, got shape {in_shape}. Put a Flatten before it.")
        return (self.steps, *in_shape)

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        y = np.broadcast_to(x[:, None], (len(x), self.steps, x.shape[1]))  # one memory for all steps: an LSTM notices
        return y, lambda dy, grads: np.add.reduce(dy, axis=1, out=context.scratch.empty(*x.shape))

    def mirror(self, in_shape: Shape, activation: str) -> Layer:
        why = "T steps that a decoder makes need not be equal, and which vector they stand for is not known"
        raise ValueError(f"Repeat has no mirror: {why}. Pass decoder= with the layers that undo it.")
