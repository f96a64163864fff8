"""K-FAC: steps along the natural gradient, whose curvature is a Kronecker product for each layer."""

from __future__ import annotations

import math
import warnings
import zlib
from dataclasses import dataclass

import numpy as np

from ..settings.array_types import FloatArray
from ..settings.callers import stacklevel_of_caller
from ..settings.checks import number_in, positive_integer, true_or_false
from .adam_scaling import AdamScaling
from .eta import EtaSchedule, Memory
from .kronecker import Curved, averaged, damped_inverses, mean_curvature, natural_direction
from .optimizer import Optimizer, check_common, shorten
from .protocols import CurvatureView, NetworkView, ThreadsView
from .quadratic_model import Combination, best_combination

FIRST = tuple(10.0**exponent for exponent in range(-6, 3))  # dampings to try first, as shares of the mean curvature
EARLY = 3  # steps, each of which inverts the factors, which are means of few batches then
LOOK_EVERY = 5  # steps from one look at the reduction ratio to the next
SHRINK = (19 / 20) ** LOOK_EVERY  # what lambda is multiplied by where the model is trusted, and divided by where not
TRUSTED, DISTRUSTED = 0.75, 0.25  # reduction ratios
WIDEN = 0.5  # ratio of the dampings of the factors that are compared
FEW = 128  # samples of a batch that tell its curvature, at least


@dataclass(frozen=True)
class KFAC(Optimizer):
    """K-FAC: theta <- theta + eta (alpha d + mu s), with d = -(L + pi c I)^-1 G (R + c / pi I)^-1 for each layer [1]_.

    G is the gradient of a layer's weights and bias as a matrix. L is a running average of the second moment of what
    enters the layer, and R one of the derivative with respect to what leaves it, for a random derivative of the loss
    whose covariance is the loss's curvature. L (x) R is about the layer's block of the Gauss-Newton matrix B, which is
    the Fisher matrix for the losses of npae. s is the step before. alpha and mu minimise the exact quadratic model

        M(v) = g^T v + v^T (B + lambda I) v / 2                                                      ([1]_, sec. 7)

    lambda adapts as Levenberg and Marquardt's does: every 5 steps it is multiplied by 0.95^5 if the loss has fallen by
    more than 3/4 of what M promised, and divided by that if by less than 1/4 (sec. 6.5). c^2, the damping of the
    factors, becomes that of c^2, c^2 / 2 and 2 c^2 with the least M, whenever the factors are inverted (sec. 6.6).

    Dense layers, convolutions ([2]_), their transposes and GaussianCode have factors. What other layers learn moves
    along Adam's direction m / (sqrt(v) + 1e-8) [3]_, with a coefficient of its own in the model.

    Parameters
    ----------
    eta : float, default 1.0
        Share of the best step that is taken, at the start if `adapt` changes it.
    damping : float or None, default None
        First lambda, positive, in units of the loss per square of theta. None tries nine on the first batch, from 1e-6
        to 1e2 times the mean curvature, and takes the one whose step makes the loss least.
    momentum : bool, default True
        Whether the step before takes part.
    decay : float, default 0.95
        Share of the factors' averages that a step keeps, in [0, 1[; less in the first steps.
    sample : float, default 0.125
        Share of a batch whose curvature is computed, in ]0, 1]. Of small batches, 128 samples or all.
    inverse_every : int, default 20
        Steps from one inversion of the factors to the next. The first three steps have one each.
    adapt, weight_decay, clip : as in `Optimizer`
        How eta changes, how theta decays, and the largest norm of a gradient.

    Raises
    ------
    ValueError
        If a parameter is out of range, if the loss offers no `curvature`, or if no layer has factors.

    Notes
    -----
    The memory holds L, R and their inverses: for a Dense layer of D inputs and K units 2 (D + 1)^2 + 2 K^2 numbers.
    Draws follow from the first theta and the number of the step. Of penalties, L2 has its curvature in B; others count
    in g alone.

    References
    ----------
    .. [1] Martens & Grosse, "Optimizing neural networks with Kronecker-factored approximate curvature", ICML 2015.
       Section numbers are those of arXiv:1503.05671.
    .. [2] Grosse & Martens, "A Kronecker-factored approximate Fisher matrix for convolution layers", ICML 2016.
    .. [3] Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder([16, 2], optimizer=npae.KFAC(), refine=None, epochs=100, random_state=0).fit(letters)
    >>> ae.history_["loss"][-1] < ae.history_["loss"][0] / 4
    True
    """

    eta: float = 1.0
    damping: float | None = None
    momentum: bool = True
    decay: float = 0.95
    sample: float = 0.125
    inverse_every: int = 20
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    wants_curvature = True

    def __post_init__(self) -> None:
        check_common(self.eta, self.adapt, self.weight_decay, self.clip)
        if self.damping is not None:
            number_in("damping", self.damping, 0, math.inf, closed=False)
        true_or_false("momentum", self.momentum)
        if number_in("decay", self.decay, 0, 1) == 1:
            raise ValueError(f"decay must be a number in [0, 1[, got {self.decay!r}.")
        if number_in("sample", self.sample, 0, 1) == 0:
            raise ValueError(f"sample must be a number in ]0, 1], got {self.sample!r}.")
        positive_integer("inverse_every", self.inverse_every)

    def check(self, network: NetworkView) -> None:
        network.check_factors()

    def start(self, theta: FloatArray) -> Memory:
        seed = zlib.crc32(np.ascontiguousarray(theta).tobytes())
        return {"t": 0, "seed": seed, "lambda": 0.0, "damping": 0.0, "said": 0, "before": np.zeros_like(theta)}

    def step(
        self,
        theta: FloatArray,
        gradient: FloatArray,
        eta: float,
        memory: Memory,
        threads: ThreadsView | None = None,
        curvature: CurvatureView | None = None,
    ) -> None:
        """Move theta in place by one step.

        Parameters
        ----------
        theta, gradient, eta, memory, threads : as in `Optimizer`
            What moves, and along what.
        curvature : BatchCurvature
            The loss of the batch to second order.

        Raises
        ------
        TypeError
            If there is no `curvature`.
        """
        if curvature is None:
            raise TypeError("KFAC.step needs the curvature of the batch, got None. Training gives it.")
        memory["t"] += 1
        seed = (memory["seed"] + memory["t"]) % 2**32
        if self.clip is not None:
            shorten(gradient, self.clip)
        curvature.move(theta, self.sample, FEW, seed)
        self._observe(curvature, memory, seed)
        others = AdamScaling.of(theta, memory, curvature)
        slow = [] if others is None else [others.direction(gradient, memory)]
        if self.momentum and memory["before"].any():
            slow.append(memory["before"])
        best = self._best(theta, gradient, slow, memory, curvature)
        self._move(theta, best, eta, memory, curvature, seed)

    def after_refinement(self, memory: Memory) -> None:
        memory["before"].fill(0)
        AdamScaling.reset(memory)

    def _observe(self, curvature: CurvatureView, memory: Memory, seed: int) -> None:
        """Take the factors of this batch into the averages."""
        keep = min(1 - 1 / memory["t"], self.decay)
        if not averaged(memory, curvature.factors(seed), keep):
            self._say(memory, "factors of a batch that are not finite were left out", "Scale the data")

    def _best(
        self,
        theta: FloatArray,
        gradient: FloatArray,
        others: list[FloatArray],
        memory: Memory,
        curvature: CurvatureView,
    ) -> Combination:
        """Return the step that the quadratic model thinks best; invert the factors first if it is time."""
        curved = Curved(gradient, curvature, memory)
        if memory["lambda"] == 0:
            memory["lambda"] = memory["damping"] = self.damping or self._first_damping(theta, curved, memory)
        early = memory["t"] <= EARLY
        if not early and memory["t"] % self.inverse_every:
            return best_combination([natural_direction(curved, memory), *others], curved, memory["lambda"])
        found: list[tuple[Combination, float, Memory]] = []
        for factor in (1.0,) if early else (1.0, WIDEN, 1 / WIDEN):
            damping = memory["damping"] * factor
            inverses = self._inverses(curved, damping, memory)
            directions = [natural_direction(curved, inverses), *others]
            found.append((best_combination(directions, curved, memory["lambda"]), damping, inverses))
        best, memory["damping"], inverses = min(found, key=lambda item: item[0].promised)
        memory.update(inverses)
        return best

    def _first_damping(self, theta: FloatArray, curved: Curved, memory: Memory) -> float:
        """Return the damping among `FIRST` whose step makes the loss of the batch least."""
        scale, losses = mean_curvature(memory), []
        for share in FIRST:
            direction = natural_direction(curved, self._inverses(curved, share * scale, memory))
            step = best_combination([direction], curved, share * scale).step
            loss = curved.curvature.loss_at(theta + step, memory["seed"])
            losses.append(loss if math.isfinite(loss) else math.inf)
        return FIRST[int(np.argmin(losses))] * scale or 1.0

    def _inverses(self, curved: Curved, damping: float, memory: Memory) -> Memory:
        inverses, firm = damped_inverses(memory, damping, curved.curvature.threads)
        if not firm:
            self._say(memory, "factors that are singular to rounding were damped more", "Use dtype='float64'")
        return inverses

    def _move(
        self,
        theta: FloatArray,
        best: Combination,
        eta: float,
        memory: Memory,
        curvature: CurvatureView,
        seed: int,
    ) -> None:
        """Take the step, and every few steps compare what the loss did with what the model promised."""
        looks = memory["t"] % LOOK_EVERY == 0
        before = curvature.loss_before(theta, seed) if looks else 0.0
        step = best.step
        if eta != 1:
            step *= eta
        np.copyto(memory["before"], step)
        theta += step
        if looks:
            ratio = (curvature.loss_at(theta, seed) - before) / (best.promised_at(eta) or -math.inf)
            if not ratio >= DISTRUSTED:
                memory["lambda"] /= SHRINK
            elif ratio > TRUSTED:
                memory["lambda"] *= SHRINK
        if self.weight_decay:
            theta *= 1 - eta * self.weight_decay

    def _say(self, memory: Memory, what: str, hint: str) -> None:
        """Warn once per training."""
        if not memory["said"]:
            memory["said"] = 1
            warnings.warn(f"KFAC: {what}, in step {memory['t']}. {hint}.", stacklevel=stacklevel_of_caller())
