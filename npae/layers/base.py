"""The layer protocol, and the chain that runs layers one after another."""

import dataclasses
import math
import re

from ..description import Description


class Layer(Description):
    """A function of x with learnable parameters, described by immutable fields.

    A layer of your own is a frozen dataclass that overrides the methods below; `npae.check_gradients` tells
    whether its derivative is right. `in_shape` and `out_shape` are the shapes of one sample, without N.

    Class attributes
    ----------------
    stochastic : true for a layer that draws from `run.rng` while `run.training`.
    rearranges : true for a layer whose outputs are numbers of its input, moved, repeated or left out, so that an
        elementwise function may as well be applied before it as behind it.
    second_order : None, or a method `second_order(x, params, run)` that offers exact Hessians; see `npae.hessian`.
    """

    stochastic = False
    rearranges = False
    second_order = None

    def parameters(self, in_shape):
        """Return {name: Weight or Bias}; raise ValueError for a shape that the layer cannot take."""
        return {}

    def out_shape(self, in_shape):
        """Return the shape of one output sample."""
        return in_shape

    def forward(self, x, params, run):
        """Return y (N, ...) and a function `backward(dy, grads)`.

        `params` holds views {name: array} of theta; neither they nor x are to be written to. y and dx have the dtype
        of x. `backward` is called once at most, may overwrite dy and y, fills every array of `grads` (same names),
        and returns dx, which may be None where `run.wants_dx` is false. Scratch arrays come from `run.empty(*shape)`,
        randomness from `run.rng`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward(x, params, run).")

    def mirror(self, in_shape, activation):
        """Return the decoder's counterpart, from this layer's output back to `in_shape`: a layer, or a list of them."""
        raise ValueError(f"{type(self).__name__} has no mirror. Pass decoder= with the layers that undo it.")


class Chain:
    """Layers one after another, for samples of a known shape.

    The chain adds up nothing and owns no numbers: parameters come in as a list with one dict a layer. `work` is an
    estimate of the multiplications that one sample costs.
    """

    def __init__(self, name, layers, in_shape):
        self.name, self.layers, self.in_shape = name, tuple(layers), tuple(in_shape)
        self.shapes = [self.in_shape]
        self.groups = []
        for index, layer in enumerate(self.layers):
            self._append(f"{name}.{index}", layer)
        self.out_shape = self.shapes[-1]
        self.work = sum(map(_work, self.groups, self.shapes[:-1], self.shapes[1:]))

    def _append(self, prefix, layer):
        if not isinstance(layer, Layer) or not dataclasses.is_dataclass(layer):
            raise ValueError(f"{prefix} must be a layer, a frozen dataclass derived from npae.Layer, got {layer!r}.")
        try:
            self.groups.append((prefix, layer.parameters(self.shapes[-1])))
            self.shapes.append(tuple(layer.out_shape(self.shapes[-1])))
        except ValueError as error:
            raise ValueError(re.sub("^", f"{prefix}: ", str(error), count=1)) from error

    def forward(self, x, params, run, last=False):
        """Return y and the way back, as a layer does; `params` and `grads` are lists with one dict a layer.

        `last` says that y goes to the loss.
        """
        backwards, depth, index = [], len(self.layers), 0
        try:
            for index, layer in enumerate(self.layers):
                run.feeds_loss = last and index == depth - 1
                x, backward = layer.forward(x, params[index], run)
                backwards.append(backward)
        except Exception as error:
            self._locate(error, index)
            raise

        def backward(dy, grads, wants_dx=True):
            index = depth
            try:
                for index in range(depth - 1, -1, -1):
                    run.wants_dx = wants_dx or index > 0
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

    def outputs(self, x, params, run):
        """Yield the output of one layer after another, for diagnosis."""
        for layer, p in zip(self.layers, params, strict=True):
            x, _ = layer.forward(x, p, run)
            yield x


def _work(group, in_shape, out_shape):
    """Estimate a layer's multiplications for one sample: its parameters times the places where they act."""
    parameters = sum(math.prod(spec.shape) for spec in group[1].values())
    return parameters * max(math.prod(in_shape[:-1]), math.prod(out_shape[:-1]))
