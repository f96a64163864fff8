"""What a network makes of samples at a given theta: codes, predictions, errors and the outputs of its layers.

The functions without an underscore are methods of `Network`: they look, and keep scratch memory bounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..execution.threads import Threads
from ..layers import Chain, GaussianCode, Layer
from ..metrics import squared_errors
from ..samples import Samples
from ..samples.rows import RowReader, slices
from ..settings.array_types import AnyArray, ArrayLike, FloatArray, Shape
from .assembly import cast

if TYPE_CHECKING:
    from ..layers.workspace import Workspace
    from .network import Network

ROWS = 1024  # samples that are held at a time, at most: what a layer makes of them fits into a cache
NUMBERS = 2**21  # numbers that a layer makes of them, at most: of images fewer are held, but at least 32


def value(
    self: Network,
    theta: ArrayLike,
    X: ArrayLike | Samples,
    T: ArrayLike | None = None,
    *,
    mask: ArrayLike | None = None,
    rng: np.random.Generator | None = None,
    code_seed: int | None = None,
    threads: int = 1,
) -> float:
    """Return the loss alone.

    Parameters
    ----------
    theta, X, T, mask, rng : as in `value_and_gradient`
        The parameters, samples, targets, mask and source of randomness.
    code_seed : int, default None
        Draw the codes of a GaussianCode with this seed, the same ones at every call, while nothing else is random.
        The loss is then an estimate of the negative evidence lower bound. None takes the means for codes: that loss is
        smaller, and no bound.
    threads : int, default 1
        The number of threads that share the samples, where they can.

    Returns
    -------
    float
        The loss, penalties included.

    Raises
    ------
    ValueError
        For arrays of other shapes than the network's.
    """
    samples, theta = self.admit(X, T, mask), self.as_theta(theta)
    whole = {"samples": len(samples), "real": samples.real_share, "gradient": False}
    step = len(samples) if self.whole_batch else _samples_at_a_time(self)
    values = [0.0] * (1 if self.whole_batch or rng is not None else threads)

    def part(number: int) -> None:
        with self.borrow() as workspace, RowReader(self.dtype) as inputs, RowReader(self.dtype) as targets:
            for rows in slices(team.part(number, len(samples)), step):
                x = inputs.of(samples.X, rows)
                t = x if samples.T is None else targets.of(samples.T, rows)
                codes = None if code_seed is None else np.random.default_rng([code_seed, rows.start])
                options = {"mask": samples.mask_of(rows), "code_rng": codes, **whole}
                values[number] += self.evaluate(workspace, theta, x, t, rng, **options)

    with Threads(len(values)) as team:
        team.do(part)
    return sum(values)


def encode(
    self: Network, theta: ArrayLike, X: ArrayLike | Samples, *, mask: ArrayLike | None = None, threads: int = 1
) -> FloatArray:
    """Return the codes of samples.

    Parameters
    ----------
    theta : array of shape (n_parameters,)
        The parameters.
    X : array of shape (N, *in_shape)
        The samples.
    mask : bool array of shape (N, T), default None
        False where a step of the series X is padding.
    threads : int, default 1
        The number of threads that share the samples.

    Returns
    -------
    array of shape (N, *code_shape)
        The codes: the means of a GaussianCode.
    """
    return _in_pieces(self, theta, self.admit_inputs(X, mask), self.code_shape, _codes, threads=threads)


def posterior(
    self: Network, theta: ArrayLike, X: ArrayLike | Samples, *, mask: ArrayLike | None = None, threads: int = 1
) -> tuple[FloatArray, FloatArray]:
    """Return mean and log-variance of each entry of the codes; the encoder must end with a GaussianCode.

    Parameters
    ----------
    theta, X, mask, threads : as in `encode`
        The parameters, samples, mask and number of threads.

    Returns
    -------
    mean, log_variance : arrays of shape (N, L)
        The two heads of the GaussianCode.
    """
    both = _in_pieces(self, theta, self.admit_inputs(X, mask), (2, *self.code_shape), _posterior, threads=threads)
    return both[:, 0], both[:, 1]


def decode(self: Network, theta: ArrayLike, Z: ArrayLike | Samples, *, threads: int = 1) -> FloatArray:
    """Return the predictions for codes.

    Parameters
    ----------
    theta : array of shape (n_parameters,)
        The parameters.
    Z : array of shape (N, *code_shape)
        The codes.
    threads : int, default 1
        The number of threads that share the codes.

    Returns
    -------
    array of shape (N, *out_shape)
        The predictions: the loss's link is applied.
    """
    codes = self.admit_codes(Z)
    return _in_pieces(self, theta, codes, self.out_shape, _logits, linked=True, threads=threads)


def logits(
    self: Network,
    theta: ArrayLike,
    Z: ArrayLike | Samples,
    *,
    mask: ArrayLike | None = None,
    threads: int = 1,
) -> FloatArray:
    """Return what the loss sees of codes: the predictions before the loss's link, logits for "bce".

    Parameters
    ----------
    theta, Z, threads : as in `decode`
        The parameters, codes and number of threads.
    mask : bool array of shape (N, T), default None
        False where a step of the series that the codes stand for is padding.

    Returns
    -------
    array of shape (N, *out_shape)
        The decoder's output.
    """
    codes = Samples(self.admit_codes(Z).X, mask=None if mask is None else np.asarray(mask))
    return _in_pieces(self, theta, codes, self.out_shape, _logits, threads=threads)


def reconstruct(
    self: Network, theta: ArrayLike, X: ArrayLike | Samples, *, mask: ArrayLike | None = None, threads: int = 1
) -> FloatArray:
    """Return the predictions for samples, decode(encode(X)), without keeping all codes.

    Parameters
    ----------
    theta, X, mask, threads : as in `encode`
        The parameters, samples, mask and number of threads.

    Returns
    -------
    array of shape (N, *out_shape)
        The predictions.
    """
    samples = self.admit_inputs(X, mask)
    return _in_pieces(self, theta, samples, self.out_shape, _reconstructed, linked=True, threads=threads)


def errors(
    self: Network,
    theta: ArrayLike,
    X: ArrayLike | Samples,
    *,
    mask: ArrayLike | None = None,
    steps: bool = False,
    threads: int = 1,
) -> FloatArray:
    """Return the mean squared error of each sample's prediction; the predictions are not kept.

    Parameters
    ----------
    theta, X, mask, threads : as in `encode`
        The parameters, samples, mask and number of threads.
    steps : bool, default False
        Whether each step of series (T, C) gets an error of its own.

    Returns
    -------
    array of shape (N,), or (N, T) with `steps`
        The errors; NaN at steps of padding.

    Raises
    ------
    ValueError
        For `steps` where samples are not series.
    """
    samples = self.admit_inputs(X, mask)
    if steps and len(self.in_shape) != 2:
        raise ValueError(f"steps must be False where samples are no series (T, C), got True for {self.in_shape}.")

    def function(network: Network, workspace: Workspace, x: FloatArray) -> FloatArray:
        y = np.array(_reconstructed(network, workspace, x))
        network.loss.predict(y, workspace.context)
        return cast(squared_errors(x, y, workspace.context.mask, steps), network.dtype)

    return _in_pieces(self, theta, samples, self.in_shape[:1] if steps else (), function, threads=threads)


def outputs(self: Network, theta: ArrayLike, X: ArrayLike | Samples) -> Iterator[tuple[str, Layer, FloatArray]]:
    """Yield name, layer and output of one layer after another on the way forward.

    Parameters
    ----------
    theta : array of shape (n_parameters,)
        The parameters.
    X : array of shape (N, *in_shape)
        The samples, all at once.

    Yields
    ------
    name : str
        Such as "encoder.0".
    layer : Layer
        The layer; the last one has no link.
    y : array of shape (N, ...)
        Its output, in scratch memory.
    """
    x = cast(self.admit_inputs(X).X, self.dtype)
    with self.borrow() as workspace:
        workspace.bind(self.as_theta(theta))
        workspace.context.begin(len(x))
        stack = Chain("", self.layers, self.in_shape)
        names = [prefix for prefix, _ in self.encoder.groups + self.decoder.groups]
        yield from zip(names, self.layers, stack.outputs(x, workspace.params, workspace.context), strict=True)


def first_nonfinite(self: Network, theta: ArrayLike, X: ArrayLike | Samples) -> str:
    """Return the name of the parameter, layer or value that is the first one not to be finite on the way forward.

    Parameters
    ----------
    theta : array of shape (n_parameters,)
        The parameters.
    X : array of shape (N, *in_shape)
        The samples, all at once.

    Returns
    -------
    str
        Such as "parameter encoder.0.W", "layer decoder.1 (Dense)" or "the loss".
    """
    for name, view in self.parameters(theta).items():
        if not np.isfinite(view).all():
            return f"parameter {name}"
    for name, layer, y in self.outputs(theta, X):
        if not np.isfinite(y).all():
            return f"layer {name} ({type(layer).__name__})"
    return "the loss"


def _codes(network: Network, workspace: Workspace, x: FloatArray) -> FloatArray:
    params = workspace.params[: len(network.encoder.layers)]
    return network.encoder.forward(x, params, workspace.context)[0]


def _posterior(network: Network, workspace: Workspace, x: FloatArray) -> FloatArray:
    *before, last = network.encoder.layers
    assert isinstance(last, GaussianCode)
    for layer, params in zip(before, workspace.params, strict=False):
        x, _ = layer.forward(x, params, workspace.context)
    return np.stack(last.posterior(x, workspace.params[len(before)], workspace.context), axis=1)


def _logits(network: Network, workspace: Workspace, z: FloatArray) -> FloatArray:
    params = workspace.params[len(network.encoder.layers) :]
    return network.decoder.forward(z, params, workspace.context, last=True)[0]


def _reconstructed(network: Network, workspace: Workspace, x: FloatArray) -> FloatArray:
    return _logits(network, workspace, _codes(network, workspace, x))


def _samples_at_a_time(network: Network) -> int:
    largest = max(math.prod(shape) for shape in network.encoder.shapes + network.decoder.shapes)
    return max(min(32, ROWS), min(ROWS, NUMBERS // largest))


def _in_pieces(
    network: Network,
    theta: ArrayLike,
    samples: Samples,
    shape: Shape,
    function: Callable[[Network, Workspace, Any], AnyArray],
    *,
    linked: bool = False,
    threads: int,
) -> FloatArray:
    """Return function(network, workspace, x) of all samples x, each thread taking some at a time; `linked` predicts."""
    theta, out = network.as_theta(theta), np.empty((len(samples), *shape), network.dtype)

    def part(number: int) -> None:
        with network.borrow() as workspace, RowReader(network.dtype) as inputs:
            workspace.bind(theta)
            for rows in slices(team.part(number, len(samples)), _samples_at_a_time(network)):
                workspace.context.begin(0, mask=samples.mask_of(rows), gradient=False)
                x = workspace.context.without_padding(inputs.of(samples.X, rows))
                out[rows] = function(network, workspace, x)
                if linked:
                    network.loss.predict(out[rows], workspace.context)

    with Threads(threads) as team:
        team.do(part)
    return out
