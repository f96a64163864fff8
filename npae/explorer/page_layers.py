"""A network as the page computes it: a list of plain layers, each with what it needs to find its way in flat arrays."""

import numpy as np

from ..activations import ACTIVATIONS
from ..estimators.sklearn_contract import check_fitted
from ..layers import (
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
    MaxPool1D,
    MaxPool2D,
    Reshape,
    Upsample,
)
from ..layers.spatial import per_axis
from ..losses import Loss
from ..noise import Noisy
from ..samples.arrays import check_finite


def checked(model):
    """Return the network of a fitted model, or raise if it is not one that the page can compute and draw.

    Raises
    ------
    TypeError for what is no autoencoder, NotFittedError before fit, ValueError for layers, losses and shapes that the
        page does not know, and for numbers that are not finite.
    """
    if not hasattr(model, "__sklearn_is_fitted__"):
        raise TypeError(f"model must be a fitted npae.Autoencoder, got {model!r}.")
    check_fitted(model)
    network = model.network_
    for chain in (network.encoder, network.decoder):
        for i, layer in enumerate(chain.layers):
            if type(layer) not in KINDS:
                known, name = ", ".join(kind.__name__ for kind in KINDS), f"{type(layer).__name__} as {chain.name}.{i}"
                raise ValueError(f"model must have only layers that a page can compute ({known}), got {name}.")
    if network.out_shape != network.in_shape:
        raise ValueError(f"model must end with samples of shape {network.in_shape}, got {network.out_shape}.")
    if type(network.loss).predict is not Loss.predict or network.loss.link not in ACTIVATIONS:
        raise ValueError(f"loss must predict through one of npae's activations, got {network.loss!r}.")
    check_finite(model.theta_, "theta_")
    check_finite(np.append(model.code_mean_, model.code_covariance_), "the codes' mean and covariance")
    return network


def described(chain):
    """Return the layers of a chain that compute something, in their order, as dictionaries.

    All have `kind`, `shape` (of what comes out), `weights` and `biases` (how many numbers of theta, one after the
    other) and `activation`. What only gives samples another shape, or only acts while training, is left out: the page's
    samples are flat, with channels running fastest, as they lie in memory here.
    """
    layers = []
    for layer, (_, specs), in_shape, shape in zip(
        chain.layers, chain.groups, chain.shapes[:-1], chain.shapes[1:], strict=True
    ):
        own = KINDS[type(layer)](layer, in_shape)
        if own is not None:
            counts = {what: _size(layer, specs.get(name)) for what, name in (("weights", "W"), ("biases", "b"))}
            activation = getattr(layer, "activation", "identity")
            layers.append({**own, **counts, "activation": activation, "shape": list(shape)})
    return layers


def weights_of(network, theta):
    """Return the numbers of theta that the page computes with, in their order: what `described` counts."""
    arrays, parts = iter(network.parameters(theta).values()), [np.empty(0)]
    for chain in (network.encoder, network.decoder):
        for layer, (_, specs) in zip(chain.layers, chain.groups, strict=True):
            parts += [_shown(layer, next(arrays)).ravel() for _ in specs]
    return np.concatenate(parts, dtype=theta.dtype)


def _shown(layer, array):
    """Return W or b as the page knows it. The code of a GaussianCode is its mean: the first columns, as in Dense."""
    return array[..., : layer.units] if isinstance(layer, GaussianCode) else array


def _size(layer, spec):
    return 0 if spec is None else _shown(layer, np.broadcast_to(0.0, spec.shape)).size


def _nothing(layer, in_shape):
    return None


def _dense(layer, in_shape):
    return {"kind": "dense"}


def _convolution(layer, in_shape):
    return {"kind": "convolution", "channels": in_shape[-1], **_placed(layer.windows(in_shape))}


def _transpose(layer, in_shape):
    return {"kind": "transpose", "channels": layer.filters, **_placed(layer.windows(in_shape))}


def _largest(layer, in_shape):
    return {"kind": "largest", "channels": in_shape[-1], **_placed(layer.windows(in_shape))}


def _average(layer, in_shape):
    return {"kind": "average", "channels": in_shape[-1], **_placed(layer.windows(in_shape))}


def _upsample(layer, in_shape):
    """Every pixel that comes out is a window of one tap, at the pixel that it repeats."""
    *size, channels = in_shape
    factor = per_axis("factor", layer.factor, len(size))
    axes = zip(size, factor, layer.out_shape(in_shape), strict=False)
    rows = [[[min(i // times, n - 1)] for i in range(out)] for n, times, out in axes]
    return {"kind": "average", "channels": channels, **_on_a_plane(size, rows)}


KINDS = {
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
    Flatten: _nothing,
    Reshape: _nothing,
    Dropout: _nothing,
    Noisy: _nothing,
}


def _placed(windows):
    """Return where windows lie: for both axes, and for each window along it, the index of each tap, -1 for padding."""
    axes = []
    for n, count, kernel, stride, dilation, (before, _) in zip(
        windows.size, windows.count, windows.kernel, windows.stride, windows.dilation, windows.padding, strict=True
    ):
        at = stride * np.arange(count)[:, None] + dilation * np.arange(kernel) - before
        axes.append(np.where((at >= 0) & (at < n), at, -1).tolist())
    return _on_a_plane(windows.size, axes)


def _on_a_plane(size, axes):
    """Give series a first axis of one row, so that the page knows pictures only."""
    missing = 2 - len(size)
    return {"size": [1] * missing + list(size), "taps": [[[0]]] * missing + list(axes)}
