"""A network as the page computes it: a list of plain layers, each with what it needs to find its way in flat arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS
from ..estimators.anomaly_detector import AnomalyDetector
from ..estimators.autoencoder import Autoencoder
from ..estimators.classifier import Classifier
from ..estimators.sklearn_contract import check_fitted
from ..layers import (
    LSTM,
    AveragePool1D,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GaussianCode,
    Layer,
    MaxPool1D,
    MaxPool2D,
    Repeat,
    Reshape,
    Upsample,
)
from ..layers.chain import Chain
from ..layers.parameters import Bias, Weight
from ..layers.spatial import per_axis
from ..layers.windows import Windows
from ..losses import Loss
from ..network import Network
from ..noise import Noisy
from ..samples.arrays import check_finite
from ..settings.array_types import FloatArray, Shape

OTHER_WAYS = "A layer of your own has no JavaScript. npae.plots.latent_space and npae.plots.manifold draw such a model."


def checked_model(model: Any) -> Autoencoder:
    """Return a fitted autoencoder, that of a detector too; TypeError for anything else, NotFittedError before fit."""
    if not isinstance(model, (Autoencoder, AnomalyDetector)):
        hint = " A classifier decodes no codes." if isinstance(model, Classifier) else ""
        raise TypeError(f"model must be a fitted npae.Autoencoder, got {model!r}.{hint}")
    check_fitted(model)
    return model.autoencoder_ if isinstance(model, AnomalyDetector) else model


def checked_network(model: Autoencoder) -> Network:
    """Return the network of a fitted model, or raise an error if the page cannot compute and draw it.

    Raises ValueError for layers, losses and shapes that the page does not know, and for numbers that are not finite.
    """
    network = model.network_
    for chain in (network.encoder, network.decoder):
        for i, layer in enumerate(chain.layers):
            if type(layer) not in KINDS:
                known, name = ", ".join(kind.__name__ for kind in KINDS), f"{type(layer).__name__} as {chain.name}.{i}"
                rule = f"model must have only layers that a page can compute ({known}), got {name}"
                raise ValueError(f"{rule}. {OTHER_WAYS}")
    if network.out_shape != network.in_shape:
        raise ValueError(f"model must end with samples of shape {network.in_shape}, got {network.out_shape}.")
    if type(network.loss).predict is not Loss.predict or network.loss.link not in ACTIVATIONS:
        raise ValueError(f"loss must predict through one of npae's activations, got {network.loss!r}.")
    check_finite(model.theta_, "theta_")
    check_finite(np.append(model.code_mean_, model.code_variance_), "the codes' mean and variances")
    return network


NUMBERS = {"weights": "W", "biases": "b", "recurrent": "R"}  # what the page calls a layer's parameters


def described_layers(chain: Chain) -> list[dict[str, Any]]:
    """Return the layers of a chain that compute something, in their order, as dictionaries.

    All have `kind`, `shape` (of their output), `weights`, `biases` and `recurrent` (how many numbers of theta, one
    after the other) and `activation`. Layers that only reshape samples, or only act during training, are left out: the
    page's samples are flat, with channels running fastest, as they are in memory here.
    """
    layers: list[dict[str, Any]] = []
    for layer, (_, specs), in_shape, shape in zip(
        chain.layers, chain.groups, chain.shapes[:-1], chain.shapes[1:], strict=True
    ):
        own = KINDS[type(layer)](layer, in_shape)
        if own is not None:
            counts = {what: _size(layer, specs.get(name)) for what, name in NUMBERS.items()}
            activation = getattr(layer, "activation", "identity")
            layers.append({**own, **counts, "activation": activation, "shape": list(shape)})
    return layers


def weights_of(network: Network, theta: FloatArray) -> FloatArray:
    """Return the numbers of theta that the page computes with, in their order: what `described_layers` counts."""
    arrays = iter(network.parameters(theta).values())
    parts: list[FloatArray] = [np.empty(0)]
    for chain in (network.encoder, network.decoder):
        for layer, (_, specs) in zip(chain.layers, chain.groups, strict=True):
            parts += [_shown(layer, next(arrays)).ravel() for _ in specs]
    return np.concatenate(parts, dtype=theta.dtype)


def _shown(layer: Layer, array: FloatArray) -> FloatArray:
    """Return W or b as the page knows it. The code of a GaussianCode is its mean: its first columns are a Dense."""
    return array[..., : layer.units] if isinstance(layer, GaussianCode) else array


def _size(layer: Layer, spec: Weight | Bias | None) -> int:
    return 0 if spec is None else _shown(layer, np.broadcast_to(0.0, spec.shape)).size


def _nothing(_layer: Layer, _in_shape: Shape) -> None:
    return None


def _dense(_layer: Layer, _in_shape: Shape) -> dict[str, Any]:
    return {"kind": "dense"}


def _lstm(layer: Any, in_shape: Shape) -> dict[str, Any]:
    return {"kind": "lstm", "channels": in_shape[-1], "sequences": layer.sequences}


def _repeat(layer: Any, _in_shape: Shape) -> dict[str, Any]:
    return {"kind": "repeat", "steps": layer.steps}


def _convolution(layer: Any, in_shape: Shape) -> dict[str, Any]:
    return {"kind": "convolution", "channels": in_shape[-1], **_placed(layer.windows(in_shape))}


def _transpose(layer: Any, in_shape: Shape) -> dict[str, Any]:
    return {"kind": "transpose", "channels": layer.filters, **_placed(layer.windows(in_shape))}


def _largest(layer: Any, in_shape: Shape) -> dict[str, Any]:
    return {"kind": "largest", "channels": in_shape[-1], **_placed(layer.windows(in_shape))}


def _average(layer: Any, in_shape: Shape) -> dict[str, Any]:
    return {"kind": "average", "channels": in_shape[-1], **_placed(layer.windows(in_shape))}


def _upsample(layer: Any, in_shape: Shape) -> dict[str, Any]:
    """Describe each output pixel as a window of one tap, at the pixel that it repeats."""
    *size, channels = in_shape
    factor = per_axis("factor", layer.factor, len(size))
    axes = zip(size, factor, layer.out_shape(in_shape), strict=False)
    rows = [[[min(i // times, n - 1)] for i in range(out)] for n, times, out in axes]
    return {"kind": "average", "channels": channels, **_on_a_plane(size, rows)}


KINDS: dict[type[Layer], Callable[[Any, Shape], dict[str, Any] | None]] = {
    Dense: _dense,
    GaussianCode: _dense,
    Conv1D: _convolution,
    Conv2D: _convolution,
    ConvTranspose1D: _transpose,
    ConvTranspose2D: _transpose,
    MaxPool1D: _largest,
    MaxPool2D: _largest,
    AveragePool1D: _average,
    AveragePool2D: _average,
    Upsample: _upsample,
    LSTM: _lstm,
    Repeat: _repeat,
    Flatten: _nothing,
    Reshape: _nothing,
    Dropout: _nothing,
    Noisy: _nothing,
}


def _placed(windows: Windows) -> dict[str, Any]:
    """Return where windows are: for each axis and each window along it, the index of each tap, -1 for padding."""
    axes = []
    for n, count, kernel, stride, dilation, (before, _) in zip(
        windows.size, windows.count, windows.kernel, windows.stride, windows.dilation, windows.padding, strict=True
    ):
        at = stride * np.arange(count)[:, None] + dilation * np.arange(kernel) - before
        axes.append(np.where((at >= 0) & (at < n), at, -1).tolist())
    return _on_a_plane(windows.size, axes)


def _on_a_plane(size: Sequence[int], axes: list[list[list[int]]]) -> dict[str, Any]:
    """Give series a first axis of one row, so that the page only has to know pictures."""
    missing = 2 - len(size)
    return {"size": [1] * missing + list(size), "taps": [[[0]]] * missing + list(axes)}
