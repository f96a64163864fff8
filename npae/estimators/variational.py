"""What an estimator can say where its code is a distribution: draws, bounds and estimates of log p(x)."""

import math
import warnings

import numpy as np

from ..layers.gaussian_code import divergence
from ..losses import BinaryCrossEntropy, MeanSquaredError
from ..network.inference import ROWS
from ..samples.masks import check_mask, rows_of
from ..samples.rows import slices
from ..settings.checks import number_in, positive_integer
from ..training.code_report import ACTIVE
from .construction import generator
from .estimator import check_fitted


class PosteriorCollapse(UserWarning):
    """No entry of a variational code depends on the data: the decoder has learned to do without it."""


def warn_of_collapse(covariance, stacklevel=2):
    """Warn with PosteriorCollapse if, by the covariance of the codes' means over the data, no entry is active."""
    active = np.count_nonzero(np.diag(covariance) > ACTIVE)
    if active == 0:
        hint = "Train longer, lower beta, let it grow with BetaWarmUp, or give every entry free_bits."
        message = f"posterior collapse: code must vary with the data, got 0 of {len(covariance)} active entries. {hint}"
        warnings.warn(message, PosteriorCollapse, stacklevel=stacklevel + 1)


class Variational:
    """The methods of an estimator that need a GaussianCode; ValueError without.

    q(z | x) is the encoder's Gaussian, p(z) = N(0, I), and p(x | z) what the loss implies: each feature 1 with the
    predicted probability for "bce" (for greys in between the same formula, as the literature has it), or normal around
    the prediction for "mse".
    """

    def posterior(self, X, *, mask=None):
        """Return the mean and the standard deviation of q(z | x), (N, L) each; `mask` as in `fit`."""
        self._check_variational("posterior")
        mean, log_variance = self._inferred(self.network_.posterior, self._samples(X, mask), mask=mask)
        return mean, np.exp(log_variance / 2)

    def sample_posterior(self, X, n=1, random_state=None, *, mask=None):
        """Return n codes from q(z | x) for each sample, (N, n, L); `random_state` and `mask` as in `sample` and `fit`.

        Their predictions are `decode(codes.reshape(-1, L))`.
        """
        mean, std = self.posterior(X, mask=mask)
        rng, n = generator(self.random_state if random_state is None else random_state), positive_integer("n", n)
        noise = rng.standard_normal((len(mean), n, mean.shape[1]), dtype=mean.dtype)
        return mean[:, None] + std[:, None] * noise

    def elbo(self, X, n=1, random_state=None, *, variance=0.5, mask=None):
        """Return the evidence lower bound of each sample, (N,), in nats: E_q log p(x | z) - KL(q(z | x) || p(z)).

        The expectation is a mean over n draws, the divergence exact. Minus its mean is, at beta = 1, the loss (for
        "mse" but for D log(pi) / 2). Parameters as in `log_likelihood`.
        """
        return self._weighed("elbo", X, n, random_state, variance, mask)[0]

    def log_likelihood(self, X, n=100, random_state=None, *, variance=0.5, mask=None):
        """Return log p(x) of each sample, (N,), in nats: log 1/n sum_k p(x | z_k) p(z_k) / q(z_k | x), z_k from q.

        It is too small on average, the less the larger n is, and no less than `elbo` (Burda, Grosse & Salakhutdinov,
        "Importance weighted autoencoders", ICLR 2016, eq. 8 and theorem 1; they report n = 5,000). Memory does not grow
        with n, nor beyond the result with N.

        Parameters
        ----------
        X : samples like those of `fit`.
        n : draws for each sample, at least 1; default 100.
        random_state : as in `sample`.
        variance : of a feature around its prediction, for "mse"; default 1/2, which the loss with beta = 1 is trained
            for (beta stands for beta / 2).
        mask : as in `fit`; padding does not count.
        """
        return self._weighed("log_likelihood", X, n, random_state, variance, mask)[1]

    def _weighed(self, what, X, n, random_state, variance, mask):
        """Return the bound and the estimate for each sample, from the same draws; `what` was asked for."""
        self._check_variational(what)
        X, n = self._samples(X, mask), positive_integer("n", n)
        rng, mask = generator(self.random_state if random_state is None else random_state), check_mask(mask, X)
        likelihood = _likelihood(self.network_.loss, variance)
        bound, estimate = np.empty((2, len(X)))
        for rows in slices(slice(0, len(X)), ROWS):
            real = rows_of(mask, rows)
            bound[rows], estimate[rows] = _weigh(self.network_, self.theta_, X[rows], real, n, rng, likelihood)
        return bound, estimate

    def _check_variational(self, what):
        check_fitted(self)
        if not self.network_.variational:
            last = self.network_.encoder.layers[-1]
            raise ValueError(f"encoder must end with a GaussianCode for {what}, got {last}.")


def _likelihood(loss, variance):
    """Return a function (z, target) -> log p(target | z) of each feature, in nats, z what the loss sees."""
    if isinstance(loss, BinaryCrossEntropy):
        return lambda z, t: t * z - np.logaddexp(0, z)
    if isinstance(loss, MeanSquaredError):
        constant = math.log(2 * math.pi * number_in("variance", variance, 0, math.inf, closed=False)) / 2
        return lambda z, t: -np.square(t - z) / (2 * variance) - constant
    raise ValueError(f"loss must be 'bce' or 'mse' to say what p(x | z) is, got {loss!r}.")


def _weigh(network, theta, x, mask, n, rng, likelihood):
    """Return E_q log p(x | z) - KL and log-mean-exp of the log-weights, (N,) each: one draw of all rows at a time.

    log p(z) - log q(z | x) = (|e|^2 + sum v - |z|^2) / 2 for z = m + exp(v / 2) e.
    """
    mean, log_variance = network.posterior(theta, x, mask=mask)
    std, total, weights = np.exp(log_variance / 2), 0.0, -np.inf
    for _ in range(n):
        noise = rng.standard_normal(mean.shape, dtype=mean.dtype)
        z = mean + std * noise
        features = likelihood(network.logits(theta, z, mask=mask), x)
        if mask is not None:
            features[~mask] = 0.0
        fit = features.reshape(len(x), -1).sum(axis=1, dtype=np.float64)
        prior = 0.5 * (noise * noise + log_variance - z * z).sum(axis=1, dtype=np.float64)
        total, weights = total + fit, np.logaddexp(weights, fit + prior)
    return total / n - divergence(mean, log_variance).sum(axis=1, dtype=np.float64), weights - math.log(n)
