"""Layers that only give samples another shape."""

import math
from dataclasses import dataclass

import numpy as np

from ..settings.checks import positive_integer
from .protocol import Layer
from .workspace import Context


def second_order_of_linear(self, x, params, context):
    """The passes of `npae.network.hessian` for a layer that is linear and learns nothing: ry is the layer of rx.

    rdx is the way back of rdy, which is the same everywhere.
    """
    y, backward = self.forward(x, params, context)

    def along(rx, v):
        ry, backward_along = self.forward(np.zeros_like(x) if rx is None else rx, params, Context(x.dtype))
        return ry, lambda rdy, products: None if rx is None else backward_along(rdy, products)

    return y, lambda dy: (backward(dy, {}), along)


@dataclass(frozen=True)
class Flatten(Layer):
    """Make samples of any shape flat, (N, D): what `Dense` takes. The last axis, channels, runs fastest."""

    rearranges = True
    second_order = second_order_of_linear

    def out_shape(self, in_shape):
        return (math.prod(in_shape),)

    def forward(self, x, params, context):
        return context.by_row(x).reshape(len(x), -1), lambda dy, grads: context.by_row(dy).reshape(x.shape)

    def mirror(self, in_shape, activation):
        return Reshape(tuple(in_shape))


@dataclass(frozen=True)
class Reshape(Layer):
    """Give samples the shape that is named, with the same numbers in the same order.

    Parameters
    ----------
    shape : tuple of ints, of one sample, such as (7, 7, 64). ValueError for samples with more or fewer numbers.
    """

    shape: tuple

    rearranges = True
    second_order = second_order_of_linear

    def __post_init__(self):
        if not isinstance(self.shape, tuple) or not self.shape:
            raise ValueError(f"shape must be a tuple of integers such as (7, 7, 64), got {self.shape!r}.")
        for size in self.shape:
            positive_integer("shape", size)

    def out_shape(self, in_shape):
        if math.prod(in_shape) != math.prod(self.shape):
            raise ValueError(
                f"shape must hold the {math.prod(in_shape)} numbers of a sample {in_shape}, got {self.shape}."
            )
        return self.shape

    def forward(self, x, params, context):
        return context.by_row(x).reshape(len(x), *self.shape), lambda dy, grads: context.by_row(dy).reshape(x.shape)

    def mirror(self, in_shape, activation):
        return Flatten() if len(in_shape) == 1 else Reshape(tuple(in_shape))


@dataclass(frozen=True)
class Repeat(Layer):
    """Make a series of a vector: x (N, D) becomes y (N, T, D), the same at every step. It feeds recurrent decoders.

    Parameters
    ----------
    steps : int, T, at least 1.
    """

    steps: int

    rearranges = True
    second_order = second_order_of_linear

    def __post_init__(self):
        positive_integer("steps", self.steps)

    def out_shape(self, in_shape):
        if len(in_shape) != 1:
            raise ValueError(f"samples must be flat (D,) for Repeat, got shape {in_shape}. Put a Flatten before it.")
        return (self.steps, *in_shape)

    def forward(self, x, params, context):
        y = np.broadcast_to(x[:, None], (len(x), self.steps, x.shape[1]))  # one memory for all steps: an LSTM sees that
        return y, lambda dy, grads: np.add.reduce(dy, axis=1, out=context.empty(*x.shape))

    def mirror(self, in_shape, activation):
        why = "T steps that a decoder makes need not be equal, and which vector they stand for is not known"
        raise ValueError(f"Repeat has no mirror: {why}. Pass decoder= with the layers that undo it.")
