"""Layers one after another, as one function with one way back."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..settings.array_types import FloatArray, Shape, Views
from ..settings.checks import own_hint
from ..settings.returned import BrokenPromise, described, promise
from .context import Context
from .layer import Layer
from .parameters import Bias, Group, Weight


class Chain:
    """Layers one after another, for samples of a known shape.

    A chain owns no arrays: parameters come in as a list of dicts, one per layer.

    Parameters
    ----------
    name : str
        First part of the names of the layers: "encoder" gives "encoder.0", ...
    layers : iterable of Layer
        In the order of the forward pass.
    in_shape : tuple of int
        Shape of one sample.

    Attributes
    ----------
    shapes : list of tuple
        Shapes of one sample before the first layer and after each one.
    groups : list of tuple
        (name, {name: Weight or Bias}) of each layer.
    out_shape : tuple of int
        Shape of one sample after the last layer.
    cost_per_sample : int
        An estimate of the multiplications that one sample costs.

    Raises
    ------
    ValueError
        If something is no layer, or cannot take samples of the shape that it gets; the message names the layer.
    """

    def __init__(self, name: str, layers: Iterable[Layer], in_shape: Sequence[int]):
        self.name, self.layers = name, tuple(layers)
        self.in_shape: Shape = tuple(in_shape)
        self.shapes = [self.in_shape]
        self.groups: list[Group] = []
        for index, layer in enumerate(self.layers):
            self._append(f"{name}.{index}", layer)
        self.out_shape = self.shapes[-1]
        self.cost_per_sample = sum(map(_cost, self.groups, self.shapes[:-1], self.shapes[1:]))

    def _append(self, prefix: str, layer: object) -> None:
        if not isinstance(layer, Layer) or not dataclasses.is_dataclass(layer):
            rule = "must be a layer, a frozen dataclass derived from npae.Layer"
            raise ValueError(f"{prefix} {rule}, got {layer!r}.{own_hint(layer, Layer)}")
        name = f"{prefix} ({type(layer).__name__})"
        try:
            specs, shape = checked_parameters(layer, name, self.shapes[-1]), layer.out_shape(self.shapes[-1])
            promise(isinstance(shape, (tuple, list)), f"{name}: out_shape", "the shape of one sample, a tuple", shape)
            self.groups.append((prefix, specs))
            self.shapes.append(tuple(shape))
        except BrokenPromise:
            raise
        except ValueError as error:
            raise ValueError(re.sub("^", f"{prefix}: ", str(error), count=1)) from error

    def forward(
        self, x: FloatArray, params: Sequence[Views], context: Context, last: bool = False
    ) -> tuple[FloatArray, Callable[..., FloatArray]]:
        """Return y and the way back, as a layer does; `params` and `grads` are lists with one dict per layer.

        `last` says that y goes to the loss. What the way back returns if called with `wants_dx=False` may be None.
        """
        backwards: list[Callable[..., Any]] = []
        depth, index = len(self.layers), 0
        final = depth - 1 if last else None
        try:
            for index, layer in enumerate(self.layers):
                context.feeds_loss = index == final
                x, back = layer.forward(x, params[index], context)
                backwards.append(back)
        except Exception as error:
            self._locate(error, index)
            raise

        def backward(dy: FloatArray, grads: Sequence[Views], wants_dx: bool = True) -> FloatArray:
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

    def _locate(self, error: Exception, index: int) -> None:
        """Put the name of layer `index` in front of an error's message."""
        where = f"{self.name}.{index} ({type(self.layers[index]).__name__})"
        message, *rest = error.args or ("",)
        if isinstance(message, str):
            error.args = (f"{where}: {message}" if message else where, *rest)

    def outputs(self, x: FloatArray, params: Sequence[Views], context: Context) -> Iterator[FloatArray]:
        """Yield the output of one layer after another, for diagnosis."""
        for layer, p in zip(self.layers, params, strict=True):
            x, _ = layer.forward(x, p, context)
            yield x


def checked_parameters(layer: Layer, name: str, in_shape: Shape) -> dict[str, Weight | Bias]:
    """Return what a layer learns, or raise BrokenPromise; messages call the layer by `name`."""
    specs, what, rule = layer.parameters(in_shape), f"{name}: parameters", "a dict of Weight and Bias by name"
    promise(isinstance(specs, dict), what, rule, specs)
    for key, spec in specs.items():
        if not isinstance(spec, (Weight, Bias)):
            shape = getattr(spec, "shape", None)
            hint = "" if shape is None else f" Write npae.Bias({shape}) or npae.Weight({shape})."
            raise BrokenPromise(f"{what} must return {rule}, got {key!r}, {described(spec)}.{hint}")
    return specs


def _cost(group: Group, in_shape: Shape, out_shape: Shape) -> int:
    """Estimate a layer's multiplications for one sample: its parameters times the places where they act."""
    parameters = sum(math.prod(spec.shape) for spec in group[1].values())
    return parameters * max(math.prod(in_shape[:-1]), math.prod(out_shape[:-1]))
