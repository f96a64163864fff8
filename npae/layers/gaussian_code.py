"""The code of a variational autoencoder: not a point, but a Gaussian around one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS, IDENTITY
from ..settings.array_types import BoolArray, FloatArray, Shape, Views
from ..settings.checks import number_in, positive_integer
from ..settings.returned import is_number, promise
from .affine import affine, affine_parameters
from .beta import BetaSchedule
from .context import Context
from .dense import Dense
from .layer import Backward, Layer, Pass
from .linearization import Factors, LinearBack, Linearization, random_signs
from .linearized_affine import linearized_affine
from .parameters import Bias, Weight

LOW, HIGH = -30.0, 20.0  # bounds of a log-variance: its exp is neither 0 nor infinite, in float32 too


@dataclass(frozen=True)
class GaussianCode(Layer):
    """The last layer of a variational encoder: q(z | x) = N(m, exp(v)), which codes are drawn from in training.

        m = x W_m + b_m,  v = x W_v + b_v       mean and log-variance, (N, L) each, two affine maps side by side
        z = m + exp(v / 2) e,  e ~ N(0, I)      in training; otherwise z = m
        KL = sum_j (m_j^2 + exp(v_j) - 1 - v_j) / 2     from q(z | x) to N(0, I), in nats

    x (N, D), W (D, 2 L), b (2 L,), z (N, L); the first L columns of W are those of the mean. The layer adds beta times
    the KL to the loss: a sum over the entries of the code and a mean over samples. With this layer the losses "mse" and
    "bce" are sums over features, so that with beta = 1 the loss is the negative evidence lower bound in nats per
    sample. ("mse" is then -log N(x; prediction, 1/2) up to a constant.)

    v is kept in [-30, 20], as in the code of [4]_; beyond, its derivative is 0.

    Parameters
    ----------
    units : int
        L, at least 1.
    beta : float or BetaSchedule, default 1.0
        Weight of the KL: a number of at least 0, or a schedule such as BetaWarmUp(10).
    free_bits : float, default 0.0
        Nats of each entry's KL that cost nothing, at least 0: the mean over the batch counts as at least this many, and
        below it has no gradient. Such a loss is evaluated by one thread, for all rows of a batch at once.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are not flat (D,).

    References
    ----------
    .. [1] Kingma & Welling, "Auto-encoding variational Bayes", ICLR 2014, eq. 10 and app. B.
    .. [2] Higgins et al., "beta-VAE", ICLR 2017, eq. 4.
    .. [3] Kingma et al., "Improved variational inference with inverse autoregressive flow", NIPS 2016, app. C.8, for
       free bits.
    .. [4] Rombach et al., "High-resolution image synthesis with latent diffusion models", CVPR 2022.

    Examples
    --------
    >>> GaussianCode(2).parameters((5,))["W"].shape
    (5, 4)
    """

    units: int
    beta: float | BetaSchedule = 1.0
    free_bits: float = 0.0

    stochastic = True

    def __post_init__(self) -> None:
        positive_integer("units", self.units)
        if not isinstance(self.beta, BetaSchedule):
            number_in("beta", self.beta, 0, math.inf)
        number_in("free_bits", self.free_bits, 0, math.inf)

    @property
    def whole_batch(self) -> bool:  # type: ignore[override]  # it depends on a field
        """Whether the layer must see all rows of a batch together."""
        return self.free_bits > 0

    def beta_at(self, epoch: float) -> float:
        """Return beta in an epoch, counted from 0.

        Parameters
        ----------
        epoch : float
            Number of the epoch; inf stands for the end of training.

        Returns
        -------
        float
            The value of beta.
        """
        if not isinstance(self.beta, BetaSchedule):
            return float(self.beta)
        beta = self.beta.at(epoch)
        if not is_number(beta) or not beta >= 0:
            promise(False, f"at of {type(self.beta).__name__}", "beta, a number of at least 0", beta)
        return float(beta)

    def loss_changes(self, epoch: int) -> bool:
        return self.beta_at(epoch) != self.beta_at(epoch - 1)

    def parameters(self, in_shape: Shape) -> dict[str, Weight | Bias]:
        if len(in_shape) != 1:
            hint = "Use Flatten() before it, or an LSTM without sequences."
            raise ValueError(f"samples must be flat (D,) for GaussianCode, got shape {in_shape}. {hint}")
        return affine_parameters(in_shape[0], 2 * self.units)

    def out_shape(self, in_shape: Shape) -> Shape:
        return (self.units,)

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        mean, log_variance, inside, affine_back = self._posterior(x, params, context)
        weight = self._charge(mean, log_variance, context) if context.samples else 0.0
        z, noise = self._draw(mean, log_variance, context)

        def backward(dz: FloatArray, grads: Views) -> FloatArray | None:
            both = context.scratch.columns(len(x), 2 * self.units)
            dmean, dlog_variance = both[:, : self.units], both[:, self.units :]
            np.multiply(mean, weight, out=dmean)
            dmean += dz
            np.multiply(np.expm1(log_variance), 0.5 * weight, out=dlog_variance)
            if noise is not None:
                dlog_variance += 0.5 * dz * noise
            dlog_variance *= inside
            return affine_back(both, grads)

        return z, backward

    def linearize(self, x: FloatArray, params: Views, context: Context) -> Linearization:
        """Return the layer as a linear map, as `Layer` describes it: rz = rm + exp(v / 2) e rv / 2, with e drawn once.

        The curvature of the KL is added: 1 for an entry of m and exp(v) / 2 for one of v, times its weight. An entry
        of v that is cut off does not move, and one that has free bits left has weight 0.

        Parameters
        ----------
        x, params, context : as in `forward`
            The samples, the parameters and the circumstances of the pass.

        Returns
        -------
        Linearization
            With the factors of W and b together, "Wb".
        """
        L, heads = self.units, linearized_affine(x, params, context, ACTIVATIONS[IDENTITY])
        mean, log_variance, inside = self._halves(heads.y)
        weight = self._charge(mean, log_variance, context) if context.samples else 0.0
        z, noise = self._draw(mean, log_variance, context)
        curvature = np.ones(heads.y.shape, x.dtype)
        np.multiply(np.exp(log_variance), 0.5 * inside, out=curvature[:, L:])
        curvature.reshape(len(x), 2, L)[...] *= np.expand_dims(weight, -2) if np.ndim(weight) else weight

        def to_heads(dz: FloatArray, charge: FloatArray) -> FloatArray:
            dheads = charge.copy()
            dheads[:, :L] += dz
            if noise is not None:
                dheads[:, L:] += 0.5 * dz * noise * inside
            return dheads

        def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
            r, back_to_x = heads.along(rx, v)
            r[:, L:] *= inside
            charge = curvature * r
            context.charge_along(r, charge)
            rz = r[:, :L] if noise is None else r[:, :L] + 0.5 * noise * r[:, L:]
            return rz, lambda dz, products: back_to_x(to_heads(dz, charge), products)

        def factors(dz: FloatArray) -> tuple[FloatArray | None, Factors]:
            assert heads.factors is not None
            return heads.factors(to_heads(dz, np.sqrt(curvature) * random_signs(curvature.shape, context)))

        return Linearization(z, along, factors)

    def posterior(self, x: FloatArray, params: Views, context: Context) -> tuple[FloatArray, FloatArray]:
        """Return the mean and the log-variance of q(z | x), as scratch memory.

        Parameters
        ----------
        x : array (N, D)
            What the layer sees.
        params : dict of arrays
            The layer's parameters W and b.
        context : Context
            Of the pass.

        Returns
        -------
        mean, log_variance : array (N, L)
            Of each entry of the codes.
        """
        return self._posterior(x, params, context)[:2]

    def mirror(self, in_shape: Shape, activation: str) -> Dense:
        return Dense(in_shape[0], activation)

    def _posterior(
        self, x: FloatArray, params: Views, context: Context
    ) -> tuple[FloatArray, FloatArray, BoolArray, Backward]:
        """Return mean, log-variance, where the latter is not cut off, and the way back through both affine maps."""
        both, backward = affine(x, params, context)
        return *self._halves(both), backward

    def _halves(self, both: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return mean and log-variance, which is cut off in place, and where it is not."""
        log_variance = both[:, self.units :]
        inside = (log_variance >= LOW) & (log_variance <= HIGH)
        return both[:, : self.units], np.clip(log_variance, LOW, HIGH, out=log_variance), inside

    def _charge(self, mean: FloatArray, log_variance: FloatArray, context: Context) -> float | FloatArray:
        """Charge for the KL of these rows; return its weight in the loss, one for all entries of the code or for each.

        An entry with free bits left has weight 0.
        """
        kl, beta = divergence(mean, log_variance), self.beta_at(context.epoch)
        weight = context.share_of_samples(kl, beta)
        if not self.free_bits:
            if isinstance(weight, float):
                context.charge(weight * float(kl.sum(dtype=np.float64)))
            else:
                context.charge(float(np.sum(weight * kl, dtype=np.float64)))
            return weight
        share, whole = context.mean_of_rows(kl)
        charged = beta / context.samples * len(kl) * whole
        context.charge(charged * float(np.maximum(share, self.free_bits).sum()))
        weights: FloatArray = (weight * (share > self.free_bits)).astype(kl.dtype)
        return weights

    def _draw(
        self, mean: FloatArray, log_variance: FloatArray, context: Context
    ) -> tuple[FloatArray, FloatArray | None]:
        """Return z and exp(v / 2) e, or None if nothing is drawn."""
        z = context.scratch.output(len(mean), self.units, context.feeds_loss)
        np.copyto(z, mean)
        if context.code_rng is None:
            return z, None
        noise: Any = context.scratch.columns(len(mean), self.units)
        context.code_rng.standard_normal(out=noise.T, dtype=noise.dtype)
        noise *= np.exp(0.5 * log_variance)
        z += noise
        return z, noise


def divergence(mean: FloatArray, log_variance: FloatArray) -> FloatArray:
    """Return KL(N(m, exp(v)) || N(0, 1)) = (m^2 + exp(v) - 1 - v) / 2 of each entry, in nats.

    >>> float(divergence(np.array(1.0), np.array(0.0)))
    0.5
    """
    kl = np.expm1(log_variance)
    kl -= log_variance
    kl += mean * mean
    kl *= 0.5
    return kl
