"""The code of a variational autoencoder: not a point, but a Gaussian around one."""

import math
from dataclasses import dataclass

import numpy as np

from ..settings.checks import number_in, positive_integer
from .beta import BetaSchedule
from .dense import Dense
from .protocol import Layer

LOW, HIGH = -30.0, 20.0  # bounds of a log-variance: its exp is neither 0 nor infinite, in float32 too


@dataclass(frozen=True)
class GaussianCode(Layer):
    """The last layer of a variational encoder: q(z | x) = N(m, exp(v)), drawn from while learning.

        m = x W_m + b_m,  v = x W_v + b_v       mean and log-variance, (N, L) each, two affine maps side by side
        z = m + exp(v / 2) e,  e ~ N(0, I)      while learning; z = m when not
        KL = sum_j (m_j^2 + exp(v_j) - 1 - v_j) / 2     from q(z | x) to N(0, I), in nats

    x (N, D), W (D, 2 L), b (2 L,), z (N, L); the first L columns of W are those of the mean. beta times the KL, a sum
    over the entries of the code and a mean over samples, is added to the loss. Beside this layer the losses "mse" and
    "bce" are sums over features, so that the loss is the negative evidence lower bound in nats per sample, where
    beta is 1. ("mse" is then -log N(x; prediction, 1/2), but for a constant.)

    v is kept in [-30, 20] (as in Rombach et al. 2022, whose code does that); beyond, its derivative is 0.

    Parameters
    ----------
    units : int, L, at least 1.
    beta : number of at least 0, or a schedule such as BetaWarmUp(10); default 1.
    free_bits : nats, at least 0, of each entry's KL that cost nothing: its mean over the batch counts as at least so
        much, and pulls no more where it is less; default 0. Such a loss is evaluated by one thread, for all rows of a
        batch at once.

    Sources: Kingma & Welling, "Auto-encoding variational Bayes", ICLR 2014, eq. 10 and app. B; Higgins et al.,
    "beta-VAE", ICLR 2017, eq. 4; Kingma et al., "Improved variational inference with inverse autoregressive flow",
    NIPS 2016, app. C.8, for free bits.

    Examples
    --------
    >>> GaussianCode(2).parameters((5,))["W"].shape
    (5, 4)
    """

    units: int
    beta: float | BetaSchedule = 1.0
    free_bits: float = 0.0

    stochastic = True

    def __post_init__(self):
        positive_integer("units", self.units)
        if not isinstance(self.beta, BetaSchedule):
            number_in("beta", self.beta, 0, math.inf)
        number_in("free_bits", self.free_bits, 0, math.inf)

    @property
    def whole_batch(self):
        """Whether the rows of a batch must be seen together."""
        return self.free_bits > 0

    def beta_at(self, epoch):
        """Return beta while epoch number `epoch` runs, counted from 0."""
        return float(self.beta.at(epoch) if isinstance(self.beta, BetaSchedule) else self.beta)

    def loss_changes(self, epoch):
        return self.beta_at(epoch) != self.beta_at(epoch - 1)

    def parameters(self, in_shape):
        if len(in_shape) != 1:
            hint = "Use Flatten() before it, or an LSTM without sequences."
            raise ValueError(f"samples must be flat (D,) for GaussianCode, got shape {in_shape}. {hint}")
        return self._heads.parameters(in_shape)

    def out_shape(self, in_shape):
        return (self.units,)

    def forward(self, x, params, context):
        mean, log_variance, inside, heads_back = self._posterior(x, params, context)
        weight = self._charge(mean, log_variance, context) if context.samples else 0.0
        z, noise = self._draw(mean, log_variance, context)

        def backward(dz, grads):
            dheads = context.columns(len(x), 2 * self.units)
            dmean, dlog_variance = dheads[:, : self.units], dheads[:, self.units :]
            np.multiply(mean, weight, out=dmean)
            dmean += dz
            np.multiply(np.expm1(log_variance), 0.5 * weight, out=dlog_variance)
            if noise is not None:
                dlog_variance += 0.5 * dz * noise
            dlog_variance *= inside
            return heads_back(dheads, grads)

        return z, backward

    def posterior(self, x, params, context):
        """Return the mean and the log-variance of q(z | x), (N, L) each; scratch memory."""
        return self._posterior(x, params, context)[:2]

    def mirror(self, in_shape, activation):
        return Dense(in_shape[0], activation)

    @property
    def _heads(self):
        return Dense(2 * self.units)

    def _posterior(self, x, params, context):
        """Return mean, log-variance, where that is not cut off, and the way back through both affine maps."""
        heads, backward = self._heads.forward(x, params, context)
        log_variance = heads[:, self.units :]
        inside = (log_variance >= LOW) & (log_variance <= HIGH)
        return heads[:, : self.units], np.clip(log_variance, LOW, HIGH, out=log_variance), inside, backward

    def _charge(self, mean, log_variance, context):
        """Charge for the KL of these rows; return the charge's derivative by it: a number, or one for each entry."""
        kl, weight = divergence(mean, log_variance), self.beta_at(context.epoch) / context.samples
        if not self.free_bits:
            context.charge(weight * float(kl.sum(dtype=np.float64)))
            return weight
        share = kl.mean(axis=0, dtype=np.float64)
        context.charge(weight * len(kl) * float(np.maximum(share, self.free_bits).sum()))
        return (weight * (share > self.free_bits)).astype(kl.dtype)

    def _draw(self, mean, log_variance, context):
        """Return z, and exp(v / 2) e, or None where nothing is drawn."""
        z = context.output(*mean.shape)
        np.copyto(z, mean)
        if context.code_rng is None:
            return z, None
        noise = context.columns(*mean.shape)
        context.code_rng.standard_normal(out=noise.T, dtype=noise.dtype)
        noise *= np.exp(0.5 * log_variance)
        z += noise
        return z, noise


def divergence(mean, log_variance):
    """Return KL(N(m, exp(v)) || N(0, 1)) = (m^2 + exp(v) - 1 - v) / 2 of each entry, in nats.

    >>> float(divergence(np.array(1.0), np.array(0.0)))
    0.5
    """
    kl = np.expm1(log_variance)
    kl -= log_variance
    kl += mean * mean
    kl *= 0.5
    return kl
