"""Is the derivative right? Backpropagation against central differences, entry by entry."""

from dataclasses import dataclass

import numpy as np

from ..initializers import INITIALIZERS
from ..layers import Layer
from ..layers.parameters import Bias, Layout
from ..layers.workspace import Workspace
from ..settings.checks import number_in, positive_integer
from .network import Network

STEP = 6e-6  # eps^(1/3): rounding and truncation errors of a central difference balance


class GradientMismatch(AssertionError):
    """Backpropagation and central differences disagree; the message names the worst entry."""


@dataclass(frozen=True)
class GradientReport:
    """The entry where backpropagation and central differences differ most.

    `error` is |backprop - numeric|, less what rounding accounts for, over the largest numeric derivative of the
    same array; `entries` is how many were checked.
    """

    error: float
    name: str
    backprop: float
    numeric: float
    entries: int

    def __str__(self):
        return (
            f"worst of {self.entries} entries: {self.name}, {self.backprop:.9g} by backpropagation, "
            f"{self.numeric:.9g} by central differences (relative error {self.error:.1e})"
        )


def check_gradients(
    subject, X=None, T=None, *, theta=None, in_shape=None, tolerance=1e-6, entries=None, random_state=0
):
    """Compare the gradient of a network, or of a layer of your own, with central differences.

    Parameters
    ----------
    subject : Network (float64) or Layer. For a layer, its parameters and its input x are checked, through
        the scalar <v, layer(x)> with a random v, and what it adds to the loss.
    X : samples; 4 random ones in [0, 1] (for a layer: standard normal) by default.
    T : targets of a network; X by default.
    theta : where to check. Default: freshly initialised, then moved by N(0, 0.1^2), lest a relu sit in its corner where
        biases are 0. For a layer: its parameters, flat.
    in_shape : shape of one sample; needed for a layer without X.
    tolerance : largest accepted error, relative to the largest derivative of the same array; 1e-6 by default.
    entries : check only so many randomly chosen entries; all by default.
    random_state : int; seeds everything that is drawn, also inside stochastic layers.

    Returns
    -------
    GradientReport of the worst entry.

    Raises
    ------
    GradientMismatch (an AssertionError) if an entry exceeds the tolerance or is not finite.

    Examples
    --------
    >>> import npae
    >>> report = npae.check_gradients(npae.Dense(3, "tanh"), in_shape=(5,))
    >>> report.entries, report.error < 1e-8
    (38, True)
    """
    number_in("tolerance", tolerance, 0, np.inf, closed=False)
    rng = np.random.default_rng(random_state)
    if isinstance(subject, Network):
        function, vector, name_of = _network_case(subject, X, T, theta, rng, random_state)
    elif isinstance(subject, Layer):
        function, vector, name_of = _layer_case(subject, X, theta, in_shape, rng, random_state)
    else:
        raise ValueError(f"subject must be a Network or a Layer, got {subject!r}.")
    if vector.size == 0:
        raise ValueError(f"subject must have weights to check the gradient of, got {subject!r}.")
    chosen = np.arange(vector.size)
    if entries is not None and positive_integer("entries", entries) < vector.size:
        chosen = np.sort(rng.choice(vector.size, entries, replace=False))
    report = _worst(function, vector, chosen, name_of)
    if not report.error <= tolerance:
        raise GradientMismatch(f"gradient must agree with central differences to {tolerance:g}: {report}.")
    return report


def _network_case(network, X, T, theta, rng, seed):
    if network.dtype != np.float64:
        raise ValueError("network must have dtype float64 for a gradient check, got float32. Build it in float64.")
    X = rng.random((4, *network.in_shape)) if X is None else X
    if T is None and network.out_shape != network.in_shape:
        T = rng.random((len(X), *network.out_shape))
    theta = _moved(network.init(rng), rng) if theta is None else np.array(theta, dtype=float)

    def function(vector, gradient=True):
        noise = np.random.default_rng(seed) if network.stochastic else None
        evaluate = network.value_and_gradient if gradient else network.value
        return evaluate(vector, X, T, rng=noise)

    return function, theta, network.name_of


def _layer_case(layer, X, theta, in_shape, rng, seed):
    if X is None and in_shape is None:
        raise ValueError("in_shape must be given to check a layer without X, got None.")
    x = rng.standard_normal((4, *in_shape)) if X is None else np.array(X, dtype=float)
    specs = layer.parameters(x.shape[1:])
    layout = Layout([(type(layer).__name__, specs), ("input", {"x": Bias(x.shape)})])
    vector = _layer_vector(layout, specs, x, theta, rng)
    v = rng.standard_normal((len(x), *layer.out_shape(x.shape[1:])))

    def function(vector, gradient=True):
        workspace = Workspace(layout, np.float64)
        workspace.gradient.fill(np.nan)  # an array that backward forgets shows up as not a number
        workspace.bind(vector)
        workspace.context.begin(len(x), np.random.default_rng(seed) if layer.stochastic else None)
        y, backward = layer.forward(workspace.params[1]["x"], workspace.params[0], workspace.context)
        if y.shape != v.shape:
            raise ValueError(f"{layer!r} must return y of shape {v.shape}, as its out_shape says, got {y.shape}.")
        value = float(np.vdot(v, y)) + workspace.context.charged
        if not gradient:
            return value
        workspace.grads[1]["x"][...] = backward(v.copy(), workspace.grads[0])
        return value, workspace.gradient

    return function, vector, layout.name_of


def _layer_vector(layout, specs, x, theta, rng):
    if theta is None:
        arrays = (spec.initial_values(rng, INITIALIZERS[spec.initializer]) for spec in specs.values())
        theta = np.concatenate([array.ravel() for array in arrays]) if specs else np.empty(0)
        theta = _moved(theta, rng)
    vector = np.concatenate([np.ravel(theta), x.ravel()]).astype(float)
    if vector.size != layout.size:
        raise ValueError(f"theta must have {layout.size - x.size} entries for this layer, got {np.size(theta)}.")
    return vector


def _moved(theta, rng):
    """Return theta with a little noise on it."""
    return theta + 0.1 * rng.standard_normal(theta.size)


def _worst(function, vector, chosen, name_of):
    backprop = np.array(function(vector)[1], dtype=float)[chosen]
    numeric = np.array([_central_difference(function, vector, index) for index in chosen])
    names = [name_of(index).partition("[")[0] for index in chosen]
    scales = dict.fromkeys(names, 0.0)
    for name, derivative in zip(names, numeric, strict=True):
        scales[name] = max(scales[name], abs(derivative))
    rounding = 4 * abs(function(vector, gradient=False)) * np.finfo(float).eps / STEP  # of the differences themselves
    excess = np.maximum(np.abs(backprop - numeric) - rounding, 0.0)
    error = excess / np.array([scales[name] or 1.0 for name in names])
    worst = int(np.argmax(np.where(np.isfinite(error), error, np.inf)))
    return GradientReport(
        float(error[worst]), name_of(chosen[worst]), float(backprop[worst]), float(numeric[worst]), len(chosen)
    )


def _central_difference(function, vector, index):
    h = STEP * max(1.0, abs(vector[index]))
    ahead, behind = vector.copy(), vector.copy()
    ahead[index] += h
    behind[index] -= h
    return (function(ahead, gradient=False) - function(behind, gradient=False)) / (ahead[index] - behind[index])
