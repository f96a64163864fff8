"""A network that begins as principal component analysis: a first theta whose error is that of the best linear code."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np

from ..activations import ACTIVATIONS
from ..layers import Dense, Flatten, Reshape
from ..layers.scratch import Scratch
from ..losses import MeanSquaredError
from ..network import Network
from ..samples import Samples
from ..samples.moments import COPIED
from ..samples.principal_components import principal_components
from ..samples.rows import walk
from ..settings.array_types import AnyArray, FloatArray

CENTRES = {"identity": 0.0, "tanh": 0.0, "sigmoid": 0.0, "softplus": 0.0}  # where f is nearly linear; 1 for the others
NEARLY = 1e-7  # the share by which the error may exceed that of the components
FLOOR = 1e-20  # the share of the variance that it may exceed it by in any case
HALVINGS = 40


@np.errstate(all="ignore")
def principal_start(network: Network, samples: Samples, drawn: FloatArray) -> FloatArray | None:
    """Return a theta at which a network of dense layers reconstructs samples as principal component analysis does.

    In every layer one unit carries each component, at a point where its activation is nearly linear, and so small that
    the activation's curvature costs almost nothing. The other units see what they see in `drawn`, but nothing reads
    them yet.

    Parameters
    ----------
    network : Network
        The network.
    samples : Samples
        What it will learn from.
    drawn : array of shape (n_parameters,)
        A theta from the initialiser.

    Returns
    -------
    array of shape (n_parameters,) or None
        The theta; None if the network has other layers, another loss, a layer narrower than its code, or bounds on its
        weights, and for samples with targets or a mask.
    """
    layers = _dense_layers(network)
    code = network.encoder.layers[-1]
    other = network.penalties or samples.mask is not None or samples.T is not None  # which components know nothing of
    if layers is None or not isinstance(code, Dense) or other:
        return None
    flat = samples.X.reshape(len(samples), -1)
    scaled = partial(_flat_and_scaled, network)
    mean, directions, variances = principal_components(flat, scaled, code.units, samples.relative_weights)
    if not len(variances) or min(layer.units for _, layer in layers[:-1]) < len(variances):
        return None
    some = samples[:: max(1, len(samples) // 1000)]
    u = (scaled(some.X) - mean) @ directions.T / np.sqrt(variances)
    residual = np.square(scaled(some.X) - mean - u * np.sqrt(variances) @ directions)
    most = some.average(residual).mean() * (1 + NEARLY) + FLOOR * variances.sum() / len(mean)
    tail = np.maximum(some.average(u**6), 1.0)
    size = (variances**2 * tail) ** -0.25
    reach = 0.5 / np.maximum(np.abs(u).max(axis=0), 1.0)
    size *= (reach / size).max()
    best, least = None, np.inf
    for _ in range(HALVINGS):
        theta = _carrying(network, layers, drawn, mean, directions, np.sqrt(variances), np.minimum(size, reach))
        error = network.value(theta, some) / network.loss_unit
        if error < least:
            best, least = theta, error
        if error <= most:
            break
        size = size / 2
    return best


@np.errstate(all="ignore")
def reading_all_units(network: Network, samples: Samples, theta: FloatArray) -> FloatArray:
    """Return a principal start whose last layer reads the other units too: least squares of what the components leave.

    So the error is below that of the components even where the loss is too small for refinement to lower it.
    """
    layers = _dense_layers(network)
    assert layers is not None
    (before, hidden), (last, output) = layers[-2:]
    products, sums = np.zeros((hidden.units + 1,) * 2), np.zeros((hidden.units + 1, output.units))
    weights = samples.relative_weights
    for start, rows in walk(samples.X, COPIED // 4):
        outputs = {name: y.reshape(len(rows), -1) for name, _, y in network.outputs(theta, rows)}
        read = np.column_stack([outputs[before], np.ones(len(rows))]).astype(np.float64)
        seen = read if weights is None else read * weights[start : start + len(rows), None]
        products += seen.T @ read
        sums += seen.T @ (_flat_and_scaled(network, rows) - outputs[last])
    size = np.sqrt(np.diag(products))
    size[size == 0] = 1.0  # units that are never active
    if not np.isfinite(products).all() or not np.isfinite(sums).all():
        return theta
    change = np.linalg.lstsq(products / np.outer(size, size), sums / size[:, None], rcond=1e-9)[0] / size[:, None]
    changed = theta.copy()
    arrays = network.parameters(changed)
    arrays[f"{last}.W"][:] += change[:-1]
    arrays[f"{last}.b"][:] += change[-1]
    return changed if network.value(changed, samples) < network.value(theta, samples) else theta


def _flat_and_scaled(network: Network, rows: AnyArray) -> FloatArray:
    """Return some samples, flat or not, as flat ones in float64 that the network's scaling has seen."""
    x: FloatArray = rows.reshape(len(rows), *network.in_shape).astype(np.float64)
    x = x if network.scaling is None else network.scaling.scaled(x)
    return x.reshape(len(rows), -1)


def _dense_layers(network: Network) -> list[tuple[str, Dense]] | None:
    """Return the names and layers of a network that is dense from end to end, with a linear output and mse, or None."""
    named = list(zip(_names(network), network.layers, strict=True))
    dense = [(name, layer) for name, layer in named if isinstance(layer, Dense)]
    others = [layer for _, layer in named if not isinstance(layer, Dense)]
    if not all(type(layer) in (Flatten, Reshape) for layer in others) or len(dense) < 2:
        return None
    shapes = network.encoder.shapes[:-1] + network.decoder.shapes[:-1]
    flat = all(len(shape) == 1 for (_, layer), shape in zip(named, shapes, strict=True) if isinstance(layer, Dense))
    linear = type(network.loss) is MeanSquaredError and dense[-1][1].activation == "identity"
    return dense if flat and linear and network.out_shape == network.in_shape else None


def _names(network: Network) -> Iterable[str]:
    return (name for chain in (network.encoder, network.decoder) for name, _ in chain.groups)


def _carrying(
    network: Network,
    layers: list[tuple[str, Dense]],
    drawn: FloatArray,
    mean: FloatArray,
    directions: FloatArray,
    deviations: FloatArray,
    size: FloatArray,
) -> FloatArray:
    """Return a theta whose units carry the components u, of variance 1, as f(centre + size u)."""
    theta = drawn.copy()
    arrays, count = network.parameters(theta), len(deviations)
    units = np.arange(count)
    read = directions.T / deviations  # u = x read - offset
    offset = mean @ read
    for number, (name, layer) in enumerate(layers[:-1]):
        W, b, f = arrays[f"{name}.W"], arrays[f"{name}.b"], ACTIVATIONS[layer.activation]
        own = np.ones(count) if layer.activation == "identity" else size
        centre = CENTRES.get(layer.activation, 1.0)
        if number == 0:
            W[:, :count] = read * own
        else:
            W[:, :count] = 0.0
            W[units, units] = read * own
        b[:count] = centre - offset * own
        value, scratch = np.full((1, count), centre), Scratch()
        f.apply(value, scratch)
        slope, _ = f.derivatives(value, scratch)
        read = 1.0 / (slope[0] * own)  # u = h read - offset
        offset = value[0] * read
    W, b = (arrays[f"{layers[-1][0]}.{which}"] for which in "Wb")
    W[:] = 0.0
    write = directions * deviations[:, None]
    W[:count] = read[:, None] * write
    b[:] = mean - offset @ write
    return theta
