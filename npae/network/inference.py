"""What a network makes of samples at a given theta: the loss alone, codes, predictions and errors.

The functions whose first argument is `self` become methods of `Network`. They keep scratch memory bounded.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..execution.threads import Threads
from ..layers.workspace import Workspace
from ..metrics import squared_errors
from ..samples import Samples
from ..samples.door import match_inputs
from ..samples.rows import RowReader, slices
from ..settings.array_types import ArrayLike, FloatArray
from .assembly import cast
from .pieces import (
    codes,
    decoder_output,
    in_pieces,
    posterior_parameters,
    reconstructed,
    samples_at_a_time,
    scratch_for,
)

if TYPE_CHECKING:
    from .network import Network


def value(
    self: Network,
    theta: ArrayLike,
    X: ArrayLike | Samples,
    T: ArrayLike | None = None,
    *,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    rng: np.random.Generator | None = None,
    code_seed: int | None = None,
    threads: int = 1,
) -> float:
    """Return the loss alone.

    Parameters
    ----------
    theta, X, T, mask, sample_weight, rng : as in `value_and_gradient`
        The parameters, samples, targets, mask, weights and source of randomness.
    code_seed : int, default None
        Draw the codes of a GaussianCode with this seed, the same ones at every call, while nothing else is random.
        The loss is then an estimate of the negative evidence lower bound. None uses the means as codes: that loss is
        smaller, and is not a bound.
    threads : int, default 1
        The number of threads that share the samples, if these can be shared.

    Returns
    -------
    float
        The loss, penalties included.

    Raises
    ------
    ValueError
        For arrays of other shapes than the network's.
    """
    samples = self._match(X, T, mask, sample_weight)
    theta, shares = self.as_theta(theta), samples.shares()
    weights, whole = shares.pop("weights"), {"samples": len(samples), "gradient": False, **shares}
    step = len(samples) if self.whole_batch else samples_at_a_time(self)
    lent = self.borrow if self.whole_batch else partial(scratch_for, self)
    values = [0.0] * (1 if self.whole_batch or rng is not None else threads)

    def part(number: int) -> None:
        with lent() as workspace, RowReader(self.dtype) as reader, RowReader(self.dtype) as targets:
            for rows in slices(team.part(number, len(samples)), step):
                x = reader.of(samples.X, rows)
                t = x if samples.T is None else targets.of(samples.T, rows)
                codes = None if code_seed is None else np.random.default_rng([code_seed, rows.start])
                options: dict[str, Any] = {"mask": samples.mask_of(rows), "code_rng": codes, **whole}
                options["weights"] = None if weights is None else weights[rows]
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
    return in_pieces(self, theta, match_inputs(X, mask, self.in_shape), self.code_shape, codes, threads=threads)


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
    both = in_pieces(
        self, theta, match_inputs(X, mask, self.in_shape), (2, *self.code_shape), posterior_parameters, threads=threads
    )
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
    Z = match_inputs(Z, None, self.code_shape, "codes")
    return in_pieces(self, theta, Z, self.out_shape, decoder_output, encodes=False, linked=True, threads=threads)


def logits(
    self: Network,
    theta: ArrayLike,
    Z: ArrayLike | Samples,
    *,
    mask: ArrayLike | None = None,
    threads: int = 1,
) -> FloatArray:
    """Return the decoder's output for codes: the predictions before the loss's link, logits for "bce".

    They are what the loss sees, and not brought back from the network's scale.

    Parameters
    ----------
    theta, Z : as in `decode`
        The parameters and codes.
    mask : bool array of shape (N, T), default None
        False where a step of the series that the codes stand for is padding.
    threads : int, default 1
        The number of threads that share the codes.

    Returns
    -------
    array of shape (N, *out_shape)
        The decoder's output.
    """
    Z = Samples(match_inputs(Z, None, self.code_shape, "codes").X, mask=None if mask is None else np.asarray(mask))
    return in_pieces(self, theta, Z, self.out_shape, decoder_output, encodes=False, threads=threads)


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
    samples = match_inputs(X, mask, self.in_shape)
    return in_pieces(self, theta, samples, self.out_shape, reconstructed, linked=True, threads=threads)


def errors(
    self: Network,
    theta: ArrayLike,
    X: ArrayLike | Samples,
    *,
    mask: ArrayLike | None = None,
    steps: bool = False,
    features: bool = False,
    threads: int = 1,
) -> FloatArray:
    """Return the mean squared error of each sample's prediction, without keeping the predictions.

    If the network scales each column by a unit of its own, errors are measured in these units.

    Parameters
    ----------
    theta, X, mask : as in `encode`
        The parameters, samples and mask. If Samples have targets, predictions are compared with these.
    steps : bool, default False
        Whether each step of series (T, C) gets an error of its own.
    features : bool, default False
        Whether each entry of a sample gets an error of its own.
    threads : int, default 1
        The number of threads that share the samples.

    Returns
    -------
    array of shape (N,), (N, T) with `steps`, or (N, *out_shape) with `features`
        The errors; NaN at steps of padding, and where nothing is observed.

    Raises
    ------
    ValueError
        For `steps` where samples are not series.
    """
    samples = match_inputs(X, mask, self.in_shape)
    if steps and len(self.out_shape) != 2:
        raise ValueError(f"steps must be False for samples that are not series (T, C), got True for {self.out_shape}.")
    if samples.T is None and self.in_shape != self.out_shape:
        raise ValueError(f"target must be given where predictions have shape {self.out_shape}, not {self.in_shape}.")
    scaling, same = self.target_scaling, samples.T is None and self.target_scaling is self.scaling

    def function(network: Network, workspace: Workspace, x: FloatArray, t: FloatArray) -> FloatArray:
        y = np.array(reconstructed(network, workspace, x))
        network.loss.predict(y, workspace.context)
        t = x if same else t if scaling is None else scaling.scaled(t)
        mask = workspace.context.mask if samples.has_steps(t) else None
        observed = workspace.context.observed if samples.T is None else None
        if observed is not None:
            t = np.where(observed, t, np.nan)
        errors = squared_errors(t, y, mask, steps, features, gaps=observed is not None)
        if scaling is not None:
            errors *= scaling.error_unit
        return cast(errors, network.dtype)

    shape = self.out_shape if features else self.out_shape[:1] if steps else ()
    return in_pieces(self, theta, samples, shape, function, compares=True, threads=threads)
