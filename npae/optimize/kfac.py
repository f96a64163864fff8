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
from .long_vectors import combine
from .optimizer import Optimizer, check_common, shorten
from .protocols import CurvatureView, NetworkView, ThreadsView
from .quadratic_model import Combination

EARLY = 3  # steps, each of which inverts the factors, which are means of few batches then
LOOK_EVERY = 5  # steps from one look at the reduction ratio to the next
SHRINK = (19 / 20) ** LOOK_EVERY  # what lambda is multiplied by where the model is trusted, and divided by where not
TRUSTED, DISTRUSTED = 0.75, 0.25  # reduction ratios
MUCH = 0.5  # share of the loss that a step promises to take, from which on it is looked at
REFUSED = 4.0  # what lambda is multiplied by where a step would make the loss greater
ROUNDING = 8.0  # units in the last place of the loss that a step may add
WHOLE = 0.01  # share of the mean curvature that is the first damping where a batch is all samples
CALM = (0.0, 1.0)  # what mu may be for mini-batches
WIDEN = 0.5  # ratio of the dampings of the factors that are compared
FEW = 128  # samples of a batch that tell its curvature, at least


@dataclass(frozen=True)
class KFAC(Optimizer):
    """K-FAC: theta <- theta + eta (alpha d + mu s), with d = (L + pi c I)^-1 G (R + c / pi I)^-1 for each layer [1]_.

    G is the gradient of a layer's weights and bias as a matrix. L is a running average of the second moment of what
    enters the layer, and R one of the derivative with respect to what leaves it, for a random derivative of the loss
    whose covariance is the loss's curvature. L (x) R is about the layer's block of the Gauss-Newton matrix B, which is
    the Fisher matrix for the losses of npae. s is the step before. alpha and mu minimise the exact quadratic model

        M(v) = g^T v + v^T (B + lambda I) v / 2                                                      ([1]_, sec. 7)

    lambda adapts as Levenberg and Marquardt's does: every 5 steps it is multiplied by 0.95^5 if the loss has fallen by
    more than 3/4 of what M promised, and divided by that if by less than 1/4 (sec. 6.5). Steps after such a one, and
    steps that promise more than half of the loss, are looked at, too. One that would make the loss of the batch greater
    is not taken, and lambda grows by a factor of 4. In mini-batches, mu is kept in [0, 1]. c^2, the damping of the
    factors, becomes c^2 / 2 and 2 c^2 by turns, if that makes M less, whenever the factors are inverted (sec. 6.6).

    Dense layers, convolutions ([2]_), their transposes and GaussianCode have factors. What other layers learn moves
    along Adam's direction m / (sqrt(v) + 1e-8) [3]_, with a coefficient of its own in the model.

    Parameters
    ----------
    eta : float, default 1.0
        Share of the best step that is taken, at the start if `adapt` changes it.
    damping : float or None, default None
        First lambda and c^2, positive, in units of the loss per square of theta. None takes the mean curvature (that
        over the arrays of the mean eigenvalue of L (x) R) on the first batch, or 1/100 of it if a batch is all samples.
    momentum : bool, default True
        Whether the step before takes part. Batches of fewer than four samples are better off without.
    decay : float, default 0.95
        Share of the factors' averages that a step keeps, in [0, 1[; less in the first steps.
    sample : float, default 0.125
        Share of a batch whose curvature is computed, in ]0, 1]. Of small batches, 128 samples or all.
    factors_every, inverse_every : int, default 2 and 20
        Steps from one look at the factors, or inversion of their averages, to the next. The first three steps have one
        each.
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

    On 14 autoencoders of 10^2 to 10^7 weights it was the first to a given error on nine, Adam on three: small digits
    (by 1 %), and MNIST with one large layer or with small convolutions (experiments/where_each_wins.py).

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
    factors_every: int = 2
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
        number_in("decay", self.decay, 0, 1, closed="low")
        number_in("sample", self.sample, 0, 1, closed="high")
        positive_integer("factors_every", self.factors_every)
        positive_integer("inverse_every", self.inverse_every)

    def check(self, network: NetworkView) -> None:
        network.check_factors()

    def start(self, theta: FloatArray) -> Memory:
        seed = zlib.crc32(np.ascontiguousarray(theta).tobytes())
        return {
            "t": 0,
            "seed": seed,
            "lambda": 0.0,
            "damping": 0.0,
            "doubts": 0,
            "said": 0,
            "before": np.zeros_like(theta),
        }

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
        calm = None
        if self.momentum and memory["before"].any():
            slow.append(memory["before"])
            calm = None if curvature.whole else CALM
        best = self._best(Curved(gradient, curvature, memory, calm), slow, memory)
        self._move(theta, best, eta, memory, curvature, seed)

    def after_refinement(self, memory: Memory) -> None:
        memory["before"].fill(0)
        AdamScaling.reset(memory)

    def _observe(self, curvature: CurvatureView, memory: Memory, seed: int) -> None:
        """Take the factors of this batch into the averages, if it is time."""
        t = memory["t"]
        if t > EARLY and t % self.factors_every:
            return
        keep = min(1 - 1 / t, self.decay ** (1 if t <= EARLY else self.factors_every))
        if not averaged(memory, curvature, keep, seed):
            self._say(memory, "factors of a batch that are not finite were left out", "Scale the data")

    def _best(self, curved: Curved, others: list[FloatArray], memory: Memory) -> Combination:
        """Return the step that the quadratic model thinks best; invert the factors first if it is time."""
        if memory["t"] == 1:
            memory["lambda"] = memory["damping"] = self.damping or self._first_damping(curved, memory)
        early = memory["t"] <= EARLY
        if not early and memory["t"] % self.inverse_every:
            return curved.best([natural_direction(curved, memory), *others], memory["lambda"])
        found: list[tuple[Combination, float, Memory]] = []
        other = WIDEN if memory["t"] // self.inverse_every % 2 else 1 / WIDEN
        for factor in (1.0,) if early else (1.0, other):
            damping = memory["damping"] * factor
            inverses = self._inverses(curved, damping, memory)
            directions = [natural_direction(curved, inverses), *others]
            found.append((curved.best(directions, memory["lambda"]), damping, inverses))
        best, memory["damping"], inverses = min(found, key=lambda item: item[0].promised)
        memory.update(inverses)
        return best

    @staticmethod
    def _first_damping(curved: Curved, memory: Memory) -> float:
        """Return the mean curvature for mini-batches, and a share of it for all samples: they leave less in doubt."""
        return mean_curvature(memory) * (WHOLE if curved.curvature.whole else 1.0) or 1.0

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
        """Take the step. Every few steps, and where it is doubtful, look first whether the loss falls as promised."""
        promised, threads, coefficients = best.promised_at(eta), curvature.threads, eta * best.coefficients
        doubtful = memory["doubts"] or promised < -MUCH * abs(curvature.loss)
        if not doubtful and memory["t"] % LOOK_EVERY:
            combine(best.directions, coefficients, memory["before"], threads, moved=theta)
        else:
            step = combine(best.directions, coefficients, memory["before"], threads)
            moved, before = theta + step, curvature.loss_before(theta, seed)
            change = curvature.loss_at(moved, seed) - before
            _adapt(memory, change / (promised or -math.inf))
            if change <= ROUNDING * np.finfo(theta.dtype).eps * abs(before):
                np.copyto(theta, moved)
            else:
                memory["lambda"] *= REFUSED
                step.fill(0)
        if self.weight_decay:
            theta *= 1 - eta * self.weight_decay

    def _say(self, memory: Memory, what: str, hint: str) -> None:
        """Warn once per training."""
        if not memory["said"]:
            memory["said"] = 1
            warnings.warn(f"KFAC: {what}, in step {memory['t']}. {hint}.", stacklevel=stacklevel_of_caller())


def _adapt(memory: Memory, ratio: float) -> None:
    """Change lambda as the reduction ratio says, and note whether the model is in doubt."""
    memory["doubts"] = int(not ratio >= DISTRUSTED)
    if memory["doubts"]:
        memory["lambda"] /= SHRINK
    elif ratio > TRUSTED:
        memory["lambda"] *= SHRINK
