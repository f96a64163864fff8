"""Layers one after another, as one function with one way back."""

import dataclasses
import math
import re

from .protocol import Layer


class Chain:
    """Layers one after another, for samples of a known shape.

    The chain adds up nothing and owns no numbers: parameters come in as a list with one dict a layer.
    `cost_per_sample` is an estimate of the multiplications that one sample costs.
    """

    def __init__(self, name, layers, in_shape):
        self.name, self.layers, self.in_shape = name, tuple(layers), tuple(in_shape)
        self.shapes = [self.in_shape]
        self.groups = []
        for index, layer in enumerate(self.layers):
            self._append(f"{name}.{index}", layer)
        self.out_shape = self.shapes[-1]
        self.cost_per_sample = sum(map(_cost, self.groups, self.shapes[:-1], self.shapes[1:]))

    def _append(self, prefix, layer):
        if not isinstance(layer, Layer) or not dataclasses.is_dataclass(layer):
            raise ValueError(f"{prefix} must be a layer, a frozen dataclass derived from npae.Layer, got {layer!r}.")
        try:
            self.groups.append((prefix, layer.parameters(self.shapes[-1])))
            self.shapes.append(tuple(layer.out_shape(self.shapes[-1])))
        except ValueError as error:
            raise ValueError(re.sub("^", f"{prefix}: ", str(error), count=1)) from error

    def forward(self, x, params, context, last=False):
        """Return y and the way back, as a layer does; `params` and `grads` are lists with one dict a layer.

        `last` says that y goes to the loss.
        """
        backwards, depth, index = [], len(self.layers), 0
        try:
            for index, layer in enumerate(self.layers):
                context.feeds_loss = last and index == depth - 1
                x, backward = layer.forward(x, params[index], context)
                backwards.append(backward)
        except Exception as error:
            self._locate(error, index)
            raise

        def backward(dy, grads, wants_dx=True):
            index = depth
            try:
                for index in range(depth - 1, -1, -1):
                    context.wants_dx = wants_dx or index > 0
                    dy = backwards[index](dy, grads[index])
            except Exception as error:
                self._locate(error, index)
                raise
            return dy

        return x, backward

    def _locate(self, error, index):
        """Put the name of layer `index` in front of an error's message."""
        where = f"{self.name}.{index} ({type(self.layers[index]).__name__})"
        message, *rest = error.args or ("",)
        if isinstance(message, str):
            error.args = (f"{where}: {message}" if message else where, *rest)

    def outputs(self, x, params, context):
        """Yield the output of one layer after another, for diagnosis."""
        for layer, p in zip(self.layers, params, strict=True):
            x, _ = layer.forward(x, p, context)
            yield x


def _cost(group, in_shape, out_shape):
    """Estimate a layer's multiplications for one sample: its parameters times the places where they act."""
    parameters = sum(math.prod(spec.shape) for spec in group[1].values())
    return parameters * max(math.prod(in_shape[:-1]), math.prod(out_shape[:-1]))
