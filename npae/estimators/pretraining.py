"""The fitted models that a classifier starts from: their layers and weights, checked to fit one another."""

from __future__ import annotations

import zlib
from itertools import pairwise
from typing import Any

import numpy as np

from ..layers import Dense, Flatten, Layer, Reshape
from ..layers.parameters import Layout
from ..network import Network
from ..network.scaling import Scaling
from ..samples.masks import check_mask_given
from ..settings.array_types import FloatArray, Shape


def first_model(start: Any) -> Any:
    """Return the fitted model whose encoder sees the samples."""
    return _models(start)[0]


def starting_layers(start: Any, in_shape: Shape, masked: bool) -> list[Layer]:
    """Return the layers of all encoders of `start`, each of which takes what the one before makes of samples."""
    models = _models(start)
    if getattr(models[0], "_masked", False) and not masked:
        check_mask_given(None, None, "X")
    first = models[0].network_.in_shape
    if first != in_shape:
        raise ValueError(f"X must have samples of shape {first}, as start was fitted to, got {in_shape}.")
    for i, (below, above) in enumerate(pairwise(models), 1):
        codes, taken = below.network_.code_shape, above.network_.in_shape
        if codes != taken:
            raise ValueError(
                f"start[{i}] must be fitted to codes of shape {codes}, those of start[{i - 1}], got {taken}."
            )
    return [layer for model in models for layer in model.network_.encoder.layers]


def starting_scaling(start: Any) -> Scaling | None:
    """Return the scaling of samples with which the first encoder of `start` was fitted."""
    scaling: Scaling | None = _models(start)[0].network_.scaling
    return scaling


def rescales(start: Any) -> bool:
    """Return whether `start` has one unit for all columns, and a first layer that makes up for one for each."""
    network: Network = _models(start)[0].network_
    first, scaling = _first_dense(network), network.scaling
    if first is None or scaling is None or scaling.kind != "common":
        return False
    return len(first[0]) == scaling.unit.size


def first_theta(start: Any, network: Network, rng: np.random.Generator) -> FloatArray:
    """Return a theta that begins with the weights of `start`; the rest is drawn.

    If the network scales samples in another way than `start`, its first layer undoes the difference.
    """
    theta = network.init(rng)
    if start is not None:
        models = _models(start)
        weights, old = _weights(models), models[0].network_.scaling
        theta[: len(weights)] = weights
        if old is not None and network.scaling is not None and network.scaling is not old:
            first = _first_dense(network, theta)
            assert first is not None  # `rescales` has seen it
            W, b = first
            b += ((network.scaling.shift - old.shift) / old.unit).ravel() @ W
            W *= (network.scaling.unit / old.unit).reshape(-1, 1)
    return theta


def _first_dense(network: Network, theta: FloatArray | None = None) -> tuple[FloatArray, FloatArray] | None:
    """Return views of the first layer's W and b, in `theta` if that is given; None if the layer is not dense."""
    layers = enumerate(network.encoder.layers)
    number, layer = next(((i, layer) for i, layer in layers if type(layer) not in (Flatten, Reshape)), (0, None))
    if not isinstance(layer, Dense):
        return None
    arrays = network.parameters(np.empty(network.n_parameters, network.dtype) if theta is None else theta)
    return arrays[f"encoder.{number}.W"], arrays[f"encoder.{number}.b"]


def seed_with_start(seed: str, start: Any) -> str:
    """Return a text that tells one start from another, since a checkpoint belongs to one of them."""
    return seed if start is None else f"{seed}, start {zlib.crc32(_weights(_models(start))):08x}"  # type: ignore[arg-type]


def _models(start: Any) -> list[Any]:
    """Return the fitted models that `start` stands for, from the input on; ValueError for anything else."""
    models = list(start) if isinstance(start, (list, tuple)) else [start]
    if not models or not all(hasattr(model, "__sklearn_is_fitted__") and hasattr(model, "encode") for model in models):
        raise ValueError(f"start must be None, a fitted Autoencoder or a list of them, got {start!r}.")
    for model in models:
        if not model.__sklearn_is_fitted__():
            raise ValueError(f"start must be fitted, got an unfitted {type(model).__name__}. Call its fit first.")
    return models


def _weights(models: list[Any]) -> FloatArray:
    """Return the parameters of all encoders, one flat vector: what theta begins with."""
    return np.concatenate([_encoder_weights(model, place) for place, model in enumerate(models)])


def _encoder_weights(model: Any, place: int) -> FloatArray:
    """Return the parameters of an encoder. Those after the first see codes as they come: W and b scale them instead."""
    network: Network = model.network_
    theta: FloatArray = model.theta_.copy()
    if place > 0 and network.scaling is not None:
        _fold(network, network.scaling, theta, place)
    return theta[: Layout(network.encoder.groups).size]


def _fold(network: Network, scaling: Scaling, theta: FloatArray, place: int) -> None:
    """Let the first layer of an encoder scale its input, in place: (x - shift) / unit W + b."""
    layers = enumerate(network.encoder.layers)
    number, layer = next((i, layer) for i, layer in layers if type(layer) not in (Flatten, Reshape))
    arrays = network.parameters(theta)
    W, b = (arrays.get(f"encoder.{number}.{which}", np.empty(0)) for which in "Wb")
    if not isinstance(layer, Dense) or len(W) % scaling.unit.size:
        rule = f"start[{place}] must begin with a Dense layer of whole samples, since it scales them"
        raise ValueError(f"{rule}, got {layer!r}. Fit it with scale=None.")
    repeated = len(W) // scaling.unit.size
    W /= np.tile(scaling.unit.ravel(), repeated)[:, None]
    b -= np.tile(scaling.shift.ravel(), repeated) @ W
