"""Is the derivative right? Backpropagation against central differences, entry by entry."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..initializers import INITIALIZERS
from ..layers import Layer
from ..layers.chain import checked_parameters
from ..layers.context import Context
from ..layers.parameters import Bias, Layout, Weight
from ..layers.workspace import Workspace
from ..losses import Loss
from ..noise import Noise
from ..penalties import Penalty
from ..samples.masks import check_mask
from ..settings.array_types import ArrayLike, FloatArray, IntArray
from ..settings.checks import check_real, digits, number_in, positive_integer
from ..settings.returned import described, has_shape
from .assembly import checked_shape
from .contracts import check_contracts, checked_pass
from .filled_gradients import named_gradients
from .gradient_report import GradientReport
from .linearization_check import STEP, report_of_layer, report_of_network
from .network import Network

ROUNDING = 1e-6  # what an error of second derivatives must exceed to be reported
UNFILLED = b"\x70\x6e\0\0\0\0\xf8\x7f"  # a NaN of its own: an array that backward forgets shows up as such


class GradientMismatch(AssertionError):
    """Backpropagation and central differences disagree; the message names the worst entry.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Wrong(npae.Dense):
    ...     "Twice the derivative that belongs to the formula."
    ...
    ...     def forward(self, x, params, context):
    ...         y, backward = super().forward(x, params, context)
    ...         return y, lambda dy, grads: backward(2 * dy, grads)
    >>> npae.check_gradients(Wrong(4), in_shape=(5,))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    npae.network.gradcheck.GradientMismatch: gradient must agree with central differences to 1e-06: ...
    """


@dataclass(frozen=True)
class _Case:
    """What is checked: a scalar function of a vector, its gradient by backpropagation, where, and linearizations."""

    value: Callable[[FloatArray], float]
    value_and_gradient: Callable[[FloatArray], tuple[float, FloatArray]]
    vector: FloatArray
    name_of: Callable[[int], str]
    curved: Callable[[np.random.Generator], GradientReport | None]


def check_gradients(
    subject: Network | Layer,
    X: ArrayLike | None = None,
    T: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    theta: ArrayLike | None = None,
    in_shape: int | Sequence[int] | None = None,
    tolerance: float = 1e-6,
    entries: int | None = None,
    random_state: int = 0,
    mask: ArrayLike | None = None,
) -> GradientReport:
    """Compare the gradient of a network, or of a layer of your own, with central differences.

    So are, along random directions, what `linearize` of a layer and `curvature` of a loss return, where they are
    offered: `along` and `times` with central differences, `back` with the transpose of `along`, `draw` and `total` with
    `times`.

    Parameters
    ----------
    subject : Network or Layer
        What to check. A network must have dtype float64. For a layer, the derivatives with respect to its parameters
        and its input x are checked, through the scalar <v, layer(x)> with a random v, plus what it adds to the loss.
    X : array of shape (N, ...), default None
        The samples. None draws 4 of them: from [0, 1] for a network, from N(0, 1) for a layer.
    T : array of shape (N, *out_shape), default None
        The targets of a network; None means X, or random ones if predictions have another shape.
    sample_weight : array of shape (N,), default None
        How much each sample of X counts in the loss of a network.
    theta : array, default None
        Where to check: theta of a network, or the parameters of a layer as one vector. None draws them, and then adds
        N(0, 0.1^2), since biases of 0 may put a relu exactly at its corner.
    in_shape : int or tuple of int, default None
        The shape of one sample; required for a layer without X.
    tolerance : float, default 1e-6
        The largest error to accept, relative to the largest derivative of the same array.
    entries : int, default None
        How many randomly chosen entries to check; None for all.
    random_state : int, default 0
        The seed of everything that is drawn, also inside stochastic layers.
    mask : bool array of shape (N, T), default None
        False where a step of the series X is padding.

    Returns
    -------
    GradientReport
        The worst entry.

    Raises
    ------
    GradientMismatch
        If an entry exceeds the tolerance or is not finite. It is an AssertionError.
    TypeError
        If a method of your own returns something else than its base class says.
    ValueError
        If the subject has no weights, or the arguments do not fit it.

    Examples
    --------
    >>> import npae
    >>> report = npae.check_gradients(npae.Dense(3, "tanh"), in_shape=(5,))
    >>> report.entries, report.error < 1e-8
    (38, True)
    """
    number_in("tolerance", tolerance, 0, np.inf, closed=False)
    _check_used(subject, X, T, in_shape)
    rng = np.random.default_rng(random_state)
    if isinstance(subject, Network):
        options = {"sample_weight": sample_weight, "mask": mask}
        case = _network_case(subject, X, T, options, theta, rng, random_state)
    elif isinstance(subject, Layer):
        case = _layer_case(subject, X, mask, theta, in_shape, rng, random_state)
    else:
        raise ValueError(f"subject must be a Network or a Layer, got {subject!r}.{_hint(subject)}")
    size = case.vector.size
    if size == 0:
        raise ValueError(f"subject must have weights to check the gradient of, got {subject!r}.")
    chosen = np.arange(size)
    if entries is not None and positive_integer("entries", entries) < size:
        chosen = np.sort(rng.choice(size, entries, replace=False))
    report = _worst(case, chosen)
    if not report.error <= tolerance:
        rule = f"gradient must agree with central differences to {digits(tolerance)}"
        raise GradientMismatch(f"{rule}: {report}.{_hint_at_unfilled(report)}")
    curved = case.curved(rng)
    if curved is None or curved.error <= max(report.error, ROUNDING):
        return report
    if not curved.error <= tolerance:
        raise GradientMismatch(f"linearize and curvature must be right to {digits(tolerance)}: {curved}.")
    return curved


def _hint_at_unfilled(report: GradientReport) -> str:
    """Return what to write where `backward` of a layer has not filled an array."""
    if struct.pack("<d", report.backprop) != UNFILLED:
        return ""
    entry = f"grads[{report.name.partition('[')[0].rpartition('.')[2]!r}]"
    return f" {entry} was never filled: write {entry}[...] = ..., not {entry} = ..."


def _hint(subject: object) -> str:
    """Return how to check what was given in place of a network."""
    if isinstance(subject, type) and issubclass(subject, (Layer, Network)):
        return f" Give an instance: {subject.__name__}(...)."
    if isinstance(getattr(subject, "network_", None), Network):
        return " Give its network_."
    if isinstance(subject, (Loss, Penalty, Noise)):
        option = "loss" if isinstance(subject, Loss) else "penalty" if isinstance(subject, Penalty) else "noise"
        return f" Check it in a network: npae.Network([npae.Dense(2)], [npae.Dense(5)], {option}=..., in_shape=(5,))."
    return ""


def _check_used(subject: object, X: object, T: object, in_shape: object) -> None:
    """Raise ValueError for an argument that the subject has no use for."""
    if in_shape is not None and (isinstance(subject, Network) or X is not None):
        known = "a network" if isinstance(subject, Network) else "X"
        raise ValueError(f"in_shape must be None where {known} says what samples look like, got {in_shape!r}.")
    if T is not None and isinstance(subject, Layer):
        raise ValueError("T must be None for a layer, which has no targets, got an array.")


def _network_case(
    network: Network,
    X: ArrayLike | None,
    T: ArrayLike | None,
    options: dict[str, Any],
    theta: ArrayLike | None,
    rng: np.random.Generator,
    seed: int,
) -> _Case:
    if network.dtype != np.float64:
        raise ValueError("network must have dtype float64 for a gradient check, got float32. Build it in float64.")
    samples = rng.random((4, *network.in_shape)) if X is None else np.asarray(X)
    if T is None and network.out_shape != network.in_shape:
        T = rng.random((len(samples), *network.out_shape))
    vector = _perturbed(network.init(rng), rng) if theta is None else np.array(network.as_theta(theta))

    data = network._match(samples, T, options["mask"], options["sample_weight"])
    check_contracts(network, vector, data, np.inf, curved=True)

    def draws() -> np.random.Generator | None:
        return np.random.default_rng(seed) if network.stochastic else None

    return _Case(
        lambda vector: network.value(vector, samples, T, rng=draws(), **options),
        lambda vector: network.value_and_gradient(vector, samples, T, rng=draws(), **options),
        vector,
        network.name_of,
        lambda rng: report_of_network(network, vector, data, rng, draws),
    )


def _layer_case(
    layer: Layer,
    X: ArrayLike | None,
    mask: ArrayLike | None,
    theta: ArrayLike | None,
    in_shape: int | Sequence[int] | None,
    rng: np.random.Generator,
    seed: int,
) -> _Case:
    x = _layer_input(X, in_shape, rng)
    real, specs = check_mask(mask, x), checked_parameters(layer, type(layer).__name__, x.shape[1:])
    layout = Layout([(type(layer).__name__, specs), ("input", {"x": Bias(x.shape)})])
    vector = _layer_vector(layout, specs, x, theta, rng)
    v = rng.standard_normal((len(x), *layer.out_shape(x.shape[1:])))

    def begin(context: Context) -> None:
        drawn = np.random.default_rng(seed) if layer.stochastic else None
        context.begin(len(x), drawn, real, 1.0 if real is None else float(real.mean()))

    def forward(vector: FloatArray) -> tuple[Workspace, float, Callable[..., FloatArray | None]]:
        workspace = Workspace(layout, np.float64)
        workspace.gradient.fill(struct.unpack("<d", UNFILLED)[0])
        workspace.bind(vector)
        begin(workspace.context)
        made = layer.forward(workspace.params[1]["x"], workspace.params[0], workspace.context)
        y, backward = checked_pass(made, f"forward of {type(layer).__name__}", v.shape)
        return workspace, float(np.vdot(v, y)) + workspace.context.charged, backward

    def value_and_gradient(vector: FloatArray) -> tuple[float, FloatArray]:
        workspace, value, backward = forward(vector)
        dx = backward(v.copy(), named_gradients(layer, type(layer).__name__, workspace.grads[0]))
        if not has_shape(dx, x.shape):
            what = f"backward of {type(layer).__name__} must return dx of shape {x.shape}"
            raise GradientMismatch(f"{what}, got {described(dx)}.")
        workspace.grads[1]["x"][...] = dx
        return value, workspace.gradient

    def curved(rng: np.random.Generator) -> GradientReport | None:
        return report_of_layer(layer, (type(layer).__name__, dict(specs)), x, vector[: -x.size], rng, begin)

    return _Case(lambda vector: forward(vector)[1], value_and_gradient, vector, layout.name_of, curved)


def _layer_input(X: ArrayLike | None, in_shape: int | Sequence[int] | None, rng: np.random.Generator) -> FloatArray:
    """Return the samples to check a layer at: X, or four that are drawn."""
    if X is not None:
        check_real("X", np.asarray(X))
        return np.array(X, dtype=float)
    if in_shape is None:
        raise ValueError("in_shape must be given to check a layer without X, got None.")
    return rng.standard_normal((4, *checked_shape(in_shape)))


def _layer_vector(
    layout: Layout, specs: Mapping[str, Weight | Bias], x: FloatArray, theta: ArrayLike | None, rng: np.random.Generator
) -> FloatArray:
    """Return the parameters and the input of a layer as one vector."""
    if theta is None:
        arrays = (spec.initial_values(rng, INITIALIZERS[spec.initializer]) for spec in specs.values())
        theta = np.concatenate([array.ravel() for array in arrays]) if specs else np.empty(0)
        theta = _perturbed(theta, rng)
    check_real("theta", np.asarray(theta))
    vector = np.concatenate([np.ravel(theta), x.ravel()]).astype(float)
    if vector.size != layout.size:
        raise ValueError(f"theta must have {layout.size - x.size} entries for this layer, got {np.size(theta)}.")
    return vector


def _perturbed(theta: FloatArray, rng: np.random.Generator) -> FloatArray:
    return theta + 0.1 * rng.standard_normal(theta.size)


def _worst(case: _Case, chosen: IntArray) -> GradientReport:
    """Return the worst of the chosen entries."""
    backprop = np.array(case.value_and_gradient(case.vector)[1], dtype=float)[chosen]
    numeric = np.array([_central_difference(case, index) for index in chosen])
    names = [case.name_of(index).partition("[")[0] for index in chosen]
    scales = dict.fromkeys(names, 0.0)
    for name, derivative in zip(names, numeric, strict=True):
        scales[name] = max(scales[name], abs(derivative))
    rounding = 4 * abs(case.value(case.vector)) * np.finfo(float).eps / STEP  # of the differences themselves
    excess = np.maximum(np.abs(backprop - numeric) - rounding, 0.0)
    error = excess / np.array([scales[name] or 1.0 for name in names])
    worst = int(np.argmax(np.where(np.isfinite(error), error, np.inf)))
    name = case.name_of(chosen[worst])
    return GradientReport(float(error[worst]), name, float(backprop[worst]), float(numeric[worst]), len(chosen))


def _central_difference(case: _Case, index: int) -> float:
    h = STEP * max(1.0, abs(case.vector[index]))
    above, below = case.vector.copy(), case.vector.copy()
    above[index] += h
    below[index] -= h
    return float((case.value(above) - case.value(below)) / (above[index] - below[index]))
