"""The short notation for layers: numbers of units, and decoders that are left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..settings.array_types import Shape
from ..settings.checks import own_hint, positive_integer
from .chain import Chain
from .dense import Dense
from .layer import Layer
from .shape import Flatten, Reshape


def listed(what: str, layers: object, activation: str, output: str | None = None) -> list[Layer]:
    """Turn a list of layers and ints into layers: an int stands for `Dense(int, activation)`.

    The last int gets the activation `output` if that is given. `what` names the list in error messages.
    """
    if not isinstance(layers, (list, tuple, range, np.ndarray)) or len(layers) == 0:
        raise ValueError(f"{what} must be a list of layers or numbers of units, at least one, got {layers!r}.")
    activations = [activation] * (len(layers) - 1) + [output or activation]
    return [_layer(f"{what}[{i}]", layer, a) for i, (layer, a) in enumerate(zip(layers, activations, strict=True))]


def _layer(what: str, layer: object, activation: str) -> Layer:
    if isinstance(layer, Layer):
        return layer
    hint = own_hint(layer, Layer)
    if hint:
        raise ValueError(f"{what} must be a layer or a number of units, got {layer!r}.{hint}")
    return Dense(positive_integer(what, layer), activation)


def mirrored(layers: Sequence[Layer], in_shape: Shape, output: str, target_shape: Shape | None = None) -> list[Layer]:
    """Return the decoder layers that undo `layers`, the last one with activation `output`.

    Each mirrored layer gets the activation of the encoder layer whose output it rebuilds. A layer that learns nothing
    and has no activation, such as Flatten, pooling or Dropout, passes on that of the layer before it. Where targets
    have another shape than samples, the first layer that learns is mirrored as if its input had been made of targets.
    """
    chain, activation = Chain("encoder", layers, in_shape), output
    rebuilt, decoder = _rebuilt_shapes(chain, in_shape if target_shape is None else target_shape)
    for (prefix, learned), layer, shape in zip(chain.groups, layers, rebuilt, strict=True):
        if shape is None:
            continue
        try:
            mirror = layer.mirror(shape, activation)
        except ValueError as error:
            raise ValueError(f"{prefix}: {error}") from error
        decoder = (mirror if isinstance(mirror, list) else [mirror]) + decoder
        if learned or hasattr(layer, "activation"):
            activation = getattr(layer, "activation", "identity")
    return decoder


def _rebuilt_shapes(chain: Chain, target: Shape) -> tuple[list[Shape | None], list[Layer]]:
    """Return what the mirror of each layer of an encoder rebuilds, None where it has none, and what ends the decoder.

    Up to the first layer that learns, samples are as the targets would be there.
    """
    shapes: list[Shape | None] = list(chain.shapes[:-1])
    if target == chain.in_shape:
        return shapes, []
    first = next((i for i, (_, learned) in enumerate(chain.groups) if learned), 0)
    if len(chain.shapes[first]) == 1:
        shapes[: first + 1] = [*[None] * first, (math.prod(target),)]
        return shapes, [Reshape(target)] if len(target) > 1 else []
    if len(target) != len(chain.in_shape):
        rule = f"decoder must be given for samples of shape {chain.in_shape} and targets of shape {target}"
        raise ValueError(f"{rule}, got None: the mirror of the encoder does not lead there.")
    shapes[: first + 1] = Chain("encoder", chain.layers[:first], target).shapes
    return shapes, []


def of_whole_samples(given: Any, layers: list[Layer], in_shape: Shape) -> list[Layer]:
    """Return encoder layers with Flatten before them, if a number of units comes first and samples are not flat.

    Units see whole samples: images (N, H, W) and series (N, T, C) become rows. Layers that only draw noise may come
    before them.
    """
    first = next((item for item in given if not (isinstance(item, Layer) and _only_draws(item, in_shape))), None)
    return layers if len(in_shape) == 1 or first is None or isinstance(first, Layer) else [Flatten(), *layers]


def _only_draws(layer: Layer, in_shape: Shape) -> bool:
    """Return whether a layer learns nothing and draws random numbers, as Dropout does."""
    return layer.stochastic and not layer.parameters(in_shape)


def with_shape_of_samples(
    encoder: Sequence[Layer], decoder: list[Layer], in_shape: Shape, target_shape: Shape
) -> list[Layer]:
    """Return decoder layers that give flat predictions the shape of the targets."""
    if len(target_shape) == 1:
        return decoder
    codes = Chain("encoder", encoder, in_shape).out_shape
    flat = Chain("decoder", decoder, codes).out_shape == (math.prod(target_shape),)
    return [*decoder, Reshape(tuple(target_shape))] if flat else decoder
