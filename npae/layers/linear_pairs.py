"""Two linear maps in a row, which are no more than one, because an activation was not given."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise

from ..activations import NotGiven
from .layer import Layer


def warn_of_linear_pairs(encoder: Sequence[Layer], decoder: Sequence[Layer]) -> None:
    """Warn once of layers that are linear because no activation was given, and are followed by another linear map.

    The code layer and the output layer may well be linear. A decoder that was left out mirrors the encoder: pass none.
    """
    layers = [(f"encoder.{i}", layer) for i, layer in enumerate(encoder)]
    layers += [(f"decoder.{i}", layer) for i, layer in enumerate(decoder)]
    code = len(encoder) - 1
    acting = [i for i, (_, layer) in enumerate(layers) if layer._linear != "fixed"]
    pairs = [
        (layers[i], layers[j])
        for i, j in pairwise(acting)
        if _linear_by_default(layers[i][1]) and layers[j][1]._linear == "learned" and not i <= code < j
    ]
    if pairs:
        (where, first), (next_place, _) = pairs[0]
        more = f" ({len(pairs)} such pairs in all)" if len(pairs) > 1 else ""
        kind = type(first).__name__
        message = (
            f"{where} ({kind}) must have an activation to be more than one linear map together with {next_place}, got "
            f"none{more}. A {kind} is linear by default, unlike an int. Give activation='relu' or another, or "
            "activation='identity' if it is meant to be linear."
        )
        warnings.warn(message, stacklevel=2)


def _linear_by_default(layer: Layer) -> bool:
    return layer._linear == "learned" and isinstance(getattr(layer, "activation", None), NotGiven)
