"""What an autoencoder can say if its code is a distribution: draws, bounds and estimates of log p(x).

q(z | x) is the encoder's Gaussian, p(z) = N(0, I), and p(x | z) what the loss implies: each feature 1 with the
predicted probability for "bce" (the same formula for greys in between, as in the literature), or normal around the
prediction for "mse". If each column has a unit of its own, p(x | z) is normal in scaled numbers, and its density is
that of the data as they come. The functions whose first argument is `self` are methods of Autoencoder.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers.gaussian_code import divergence
from ..losses import BinaryCrossEntropy, Loss, MeanSquaredError
from ..network import Network
from ..network.pieces import ROWS
from ..samples import Samples
from ..samples.rows import slices
from ..settings.array_types import AnyArray, ArrayLike, FloatArray
from ..settings.checks import number_in, positive_integer
from ..training.code_report import ACTIVE
from .construction import generator
from .predicting import admitted, admitted_pairs, computed
from .sklearn_contract import check_fitted

if TYPE_CHECKING:
    from .autoencoder import Autoencoder


VARIANCE = 0.5  # of p(x | z) for "mse", unless another one is given


class PosteriorCollapse(UserWarning):
    """No entry of a variational code depends on the data: the decoder has learned to do without it.

    Examples
    --------
    With a large beta, it costs less to ignore the data than to encode it:

    >>> import warnings
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     ae = npae.Autoencoder([16, npae.GaussianCode(2, beta=100.0)], loss="bce", epochs=50, random_state=0)
    ...     ae = ae.fit(letters)
    >>> npae.PosteriorCollapse in [warning.category for warning in caught]
    True
    """


def warn_of_collapse(variance: FloatArray, stacklevel: int = 2) -> bool:
    """Warn with PosteriorCollapse if no entry of the code is active, judged by the variances of the means.

    Return whether that is so.
    """
    active = int(np.count_nonzero(variance > ACTIVE))
    if active == 0:
        hint = "Train longer, lower beta, let it grow with BetaWarmUp, or give every entry free_bits."
        message = f"posterior collapse: code must vary with the data, got 0 of {len(variance)} active entries. {hint}"
        warnings.warn(message, PosteriorCollapse, stacklevel=stacklevel + 1)
    return active == 0


def posterior(self: Autoencoder, X: ArrayLike, *, mask: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the standard deviation of q(z | x).

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    mean, deviation : arrays of shape (N, L)
        Of each entry of the code.

    Raises
    ------
    ValueError
        If the encoder does not end with a GaussianCode.
    """
    _check_variational(self, "posterior")
    mean, log_variance = computed(self, self.network_.posterior, admitted(self, X, mask))
    return mean, np.exp(log_variance / 2)


def sample_posterior(
    self: Autoencoder, X: ArrayLike, n: int = 1, random_state: Any = None, *, mask: ArrayLike | None = None
) -> FloatArray:
    """Return codes that are drawn from q(z | x); `decode(codes.reshape(-1, L))` makes predictions of them.

    Parameters
    ----------
    X : array of shape (N, D), or (N, ...) as in `fit`
        The samples.
    n : int, default 1
        How many draws for each sample.
    random_state : int or numpy.random.Generator, default None
        The source of randomness; None takes the estimator's.
    mask : bool array of shape (N, T), default None
        As in `fit`.

    Returns
    -------
    array of shape (N, n, L)
        The codes.

    Raises
    ------
    ValueError
        If the encoder does not end with a GaussianCode.
    """
    mean, std = self.posterior(X, mask=mask)
    rng, n = generator(self.random_state if random_state is None else random_state), positive_integer("n", n)
    noise = rng.standard_normal((len(mean), n, mean.shape[1]), dtype=mean.dtype)
    return mean[:, None] + std[:, None] * noise


def elbo(
    self: Autoencoder,
    X: ArrayLike,
    n: int = 1,
    random_state: Any = None,
    *,
    variance: float = VARIANCE,
    target: ArrayLike | None = None,
    mask: ArrayLike | None = None,
) -> FloatArray:
    """Return the evidence lower bound of each sample in nats: E_q log p(x | z) - KL(q(z | x) || p(z)).

    The expectation is a mean over n draws, the divergence exact. At beta = 1, minus its mean is the loss (for "mse",
    except for D log(pi) / 2, and the logarithms of the units with scale="columns").

    Parameters
    ----------
    X, n, random_state, variance, target, mask : as in `log_likelihood`
        The samples and how they are judged; n is 1 by default.

    Returns
    -------
    array of shape (N,)
        The bounds.

    Raises
    ------
    ValueError
        If the encoder does not end with a GaussianCode, or the loss is neither "bce" nor "mse".
    """
    return _weighed(self, "elbo", X, n, random_state, variance, target, mask)[0]


def log_likelihood(
    self: Autoencoder,
    X: ArrayLike,
    n: int = 100,
    random_state: Any = None,
    *,
    variance: float = VARIANCE,
    target: ArrayLike | None = None,
    mask: ArrayLike | None = None,
) -> FloatArray:
    """Return an estimate of log p(x) in nats: log 1/n sum_k p(x | z_k) p(z_k) / q(z_k | x), with z_k from q.

    On average it is too small, less so the larger n is, and no less than `elbo` [1]_. Memory grows neither with n nor,
    beyond the result, with N.

    Parameters
    ----------
    X : array of shape (N, D), or (N, ...) as in `fit`
        The samples.
    n : int, default 100
        How many draws for each sample, at least 1.
    random_state : int or numpy.random.Generator, default None
        The source of randomness; None takes the estimator's.
    variance : float, default 0.5
        Of a feature around its prediction, for "mse", in scaled numbers with scale="columns". The loss with
        beta = 1 is trained for 1/2 (beta stands for beta / 2).
    target : array of shape (N, ...), default None
        What the density is of; None means X itself. A model that was fitted with targets needs them.
    mask : bool array of shape (N, T), default None
        As in `fit`; padding does not count.

    Returns
    -------
    array of shape (N,)
        The estimates.

    Raises
    ------
    ValueError
        If the encoder does not end with a GaussianCode, or the loss is neither "bce" nor "mse".

    References
    ----------
    .. [1] Y. Burda, R. Grosse and R. Salakhutdinov, "Importance weighted autoencoders", ICLR 2016, eq. 8 and
       theorem 1; they report n = 5,000.
    """
    return _weighed(self, "log_likelihood", X, n, random_state, variance, target, mask)[1]


def _weighed(
    model: Autoencoder,
    what: str,
    X: ArrayLike,
    n: int,
    random_state: Any,
    variance: float,
    target: ArrayLike | None,
    mask: ArrayLike | None,
) -> tuple[FloatArray, FloatArray]:
    """Return the bound and the estimate for each sample, from the same draws; `what` was asked for."""
    _check_variational(model, what)
    samples, n = admitted_pairs(model, X, target, mask), positive_integer("n", n)
    rng = generator(model.random_state if random_state is None else random_state)
    likelihood = _likelihood(model.network_.loss, variance)
    model.network_.loss.check_target(samples.target[~np.isnan(samples.target)] if samples.gaps else samples.target)
    bound, estimate = np.empty((2, len(samples)))
    for rows in slices(slice(0, len(samples)), ROWS):
        piece = samples[rows]
        bound[rows], estimate[rows] = _weigh(model.network_, model.theta_, piece, n, rng, likelihood)
    return bound, estimate


def _check_variational(model: Autoencoder, what: str) -> None:
    check_fitted(model)
    if not model.network_.variational:
        last = model.network_.encoder.layers[-1]
        raise ValueError(f"encoder must end with a GaussianCode for {what}, got {last}.")


def _likelihood(loss: Loss, variance: float) -> Callable[[FloatArray, AnyArray], FloatArray]:
    """Return a function (z, target) -> log p(target | z) of each feature, in nats, z what the loss sees."""
    if isinstance(loss, BinaryCrossEntropy):
        if variance != VARIANCE:
            raise ValueError(f"variance must be left out for the loss 'bce', which has none, got {variance!r}.")
        return lambda z, t: t * z - np.logaddexp(0, z)
    if isinstance(loss, MeanSquaredError):
        constant = math.log(2 * math.pi * number_in("variance", variance, 0, math.inf, closed=False)) / 2
        return lambda z, t: -np.square(t - z) / (2 * variance) - constant
    raise ValueError(f"loss must be 'bce' or 'mse' to say what p(x | z) is, got {loss!r}.")


def _weigh(
    network: Network,
    theta: FloatArray,
    samples: Samples,
    n: int,
    rng: np.random.Generator,
    likelihood: Callable[[FloatArray, AnyArray], FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Return E_q log p(x | z) - KL, and log-mean-exp of the log-weights, (N,) each: one draw of all samples at a time.

    log p(z) - log q(z | x) = (|e|^2 + sum v - |z|^2) / 2 for z = m + exp(v / 2) e. For t = (x - shift) / unit,
    log p(x | z) = log p(t | z) - sum log unit, if each column has a unit of its own.
    """
    mean, log_variance = network.posterior(theta, samples)
    std, total, weights = np.exp(log_variance / 2), np.zeros(len(samples)), np.full(len(samples), -np.inf)
    scaling, target, log_unit = network.target_scaling, samples.target, np.zeros(1)
    if scaling is not None and scaling.kind == "columns":
        target, log_unit = scaling.scaled(target), np.log(scaling.unit)
    for _ in range(n):
        noise = rng.standard_normal(mean.shape, dtype=mean.dtype)
        z = mean + std * noise
        logits = network.logits(theta, z, mask=samples.mask)
        if scaling is not None and scaling.kind == "common":
            scaling.back(logits)
        features = likelihood(logits, target) - log_unit
        if samples.gaps and samples.T is None:
            features[np.isnan(samples.X)] = 0.0
        if samples.mask is not None and samples.has_steps(features):
            features[~samples.mask] = 0.0
        fit = features.reshape(len(samples), -1).sum(axis=1, dtype=np.float64)
        prior = 0.5 * (noise * noise + log_variance - z * z).sum(axis=1, dtype=np.float64)
        total, weights = total + fit, np.logaddexp(weights, fit + prior)
    return total / n - divergence(mean, log_variance).sum(axis=1, dtype=np.float64), weights - math.log(n)
