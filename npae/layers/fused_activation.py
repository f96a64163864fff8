"""The activation at the end of a decoder, if the loss applies it itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from ..settings.array_types import Shape
from .chain import Chain
from .layer import Layer


def without_link(layers: Iterable[Layer], loss: Any, in_shape: Shape) -> list[Layer]:
    """Return the decoder's layers without the loss's link function, so that the loss gets logits.

    The link is taken out of the last layer that learns or has an activation; layers after it may only rearrange
    numbers. Raises ValueError if the loss would not get logits.
    """
    layers = list(layers)
    if not layers:
        raise ValueError("decoder must have at least one layer, got none.")
    learned = [group for _, group in Chain("decoder", layers, in_shape).groups]
    last = max([i for i, layer in enumerate(layers) if learned[i] or hasattr(layer, "activation")], default=0)
    activation, after = getattr(layers[last], "activation", "identity"), layers[last + 1 :]
    changing = [layer for layer in after if not layer.rearranges]
    if loss.link == "identity" or activation == "identity" or (changing and activation != loss.link):
        return layers
    name, known = type(loss).__name__, f"'{loss.link}' or 'identity'"
    if activation != loss.link:
        raise ValueError(f"output must be {known} for the loss {name}, got {activation!r}.")
    if changing:
        rule = f"have only layers that rearrange numbers after '{activation}', which the loss {name} applies itself"
        raise ValueError(f"decoder must {rule}, got {changing[0]!r}. Use 'identity'.")
    bare: Any = layers[last]  # a dataclass, as Chain has checked
    return [*layers[:last], dataclasses.replace(bare, activation="identity"), *after]
