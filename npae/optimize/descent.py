"""How a gradient moves theta: first-order optimisers, acting in place on flat vectors."""

import math
from dataclasses import dataclass

import numpy as np

from ..description import Description, number_in
from .eta import EtaSchedule

BLOCK = 8192  # entries that are updated at a time: a block's temporaries stay in the processor's cache


class Optimizer(Description):
    """A rule that moves theta along a gradient, described by immutable fields.

    What it must remember lives in `memory`, a dict of arrays and numbers that belongs to the training run, so
    that a run can be saved and resumed.

    Fields that every optimiser has: `eta`, the first learning rate, and `adapt`, an EtaSchedule or None.
    """

    def start(self, theta):
        """Return the memory before the first step."""
        return {}

    def step(self, theta, gradient, eta, memory):
        """Move theta in place by one step of size eta; `gradient` is left as it was."""
        raise NotImplementedError

    def moved(self, memory):
        """Adjust the memory after somebody else (a refinement) moved theta."""

    def _check(self):
        number_in("eta", self.eta, 0, math.inf, closed=False)
        if self.adapt is not None and not isinstance(self.adapt, EtaSchedule):
            raise ValueError(f"adapt must be None or an eta schedule such as AdaptiveEta(), got {self.adapt!r}.")


def _blocks(size):
    return [slice(start, start + BLOCK) for start in range(0, size, BLOCK)]


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """theta <- theta - eta g (Cauchy 1847)."""

    eta: float = 0.5
    adapt: EtaSchedule | None = None

    def __post_init__(self):
        self._check()

    def step(self, theta, gradient, eta, memory):
        for block in _blocks(theta.size):
            theta[block] -= eta * gradient[block]


@dataclass(frozen=True)
class Adam(Optimizer):
    """theta <- theta - eta m^ / (sqrt(v^) + epsilon), m^ and v^ bias-corrected moments (Kingma & Ba 2015, algorithm 1).

    After a refinement m is forgotten (it points from where theta was) and v is kept (the scale of the
    gradient), so that the first steps are small ones.
    """

    eta: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    adapt: EtaSchedule | None = None

    def __post_init__(self):
        self._check()
        for name in ("beta1", "beta2"):
            if number_in(name, getattr(self, name), 0, 1) == 1:
                raise ValueError(f"{name} must be a number in [0, 1[, got 1.")
        number_in("epsilon", self.epsilon, 0, math.inf)

    def start(self, theta):
        return {"t": 0, "m": np.zeros_like(theta), "v": np.zeros_like(theta)}

    def step(self, theta, gradient, eta, memory):
        memory["t"] += 1
        correction = math.sqrt(1 - self.beta2 ** memory["t"])
        rate = eta * correction / (1 - self.beta1 ** memory["t"])
        epsilon = self.epsilon * correction
        for block in _blocks(theta.size):
            g, m, v = gradient[block], memory["m"][block], memory["v"][block]
            m += (1 - self.beta1) * (g - m)
            v += (1 - self.beta2) * (g * g - v)
            theta[block] -= rate * m / (np.sqrt(v) + epsilon)

    def moved(self, memory):
        memory["m"].fill(0)


OPTIMIZERS = {"gradient_descent": GradientDescent(), "adam": Adam()}
