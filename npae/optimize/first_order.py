"""First-order optimizers: how a gradient moves theta."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..settings.array_types import FloatArray
from ..settings.checks import number_in, true_or_false
from .eta import EtaSchedule, Memory
from .optimizer import Optimizer, check_common

FLUSH = 32  # steps after which moments that have all but vanished are set to 0


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """Gradient descent: theta <- theta - eta g.

    Parameters
    ----------
    eta : float, default 0.5
        Learning rate, at the start if `adapt` changes it.
    adapt, weight_decay, clip : as in `Optimizer`
        How eta changes, how theta decays, and the largest norm of a gradient.

    References
    ----------
    .. [1] Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", Comptes rendus 25 (1847).

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> ae = npae.Autoencoder([2], optimizer=npae.GradientDescent(0.2), refine=None, epochs=30, random_state=0)
    >>> loss = ae.fit(np.eye(4)).history_["loss"]
    >>> loss[-1] < loss[0]
    True
    """

    eta: float = 0.5
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    def __post_init__(self) -> None:
        check_common(self.eta, self.adapt, self.weight_decay, self.clip)

    def update(
        self, theta: FloatArray, g: FloatArray, arrays: Mapping[str, FloatArray], numbers: Any, scratch: FloatArray
    ) -> None:
        theta -= np.multiply(g, numbers, out=scratch)


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Momentum: v <- momentum v + g, theta <- theta - eta v; Nesterov's: theta <- theta - eta (g + momentum v).

    The velocity v has the unit of the gradient, so that a change of eta acts at once ([1]_, [2]_ eqs. 1 to 4).
    Nesterov's form follows theta at the point ahead ([3]_, eq. 7). A refinement resets the velocity to 0.

    Parameters
    ----------
    eta : float, default 0.1
        Learning rate, at the start if `adapt` changes it.
    momentum : float, default 0.9
        Share of the velocity that a step keeps, in [0, 1[.
    nesterov : bool, default False
        Whether to take Nesterov's form.
    adapt, weight_decay, clip : as in `Optimizer`
        How eta changes, how theta decays, and the largest norm of a gradient.

    References
    ----------
    .. [1] Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational Mathematics
       and Mathematical Physics 4 (1964).
    .. [2] Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in deep learning",
       ICML 2013.
    .. [3] Bengio, Boulanger-Lewandowski & Pascanu, "Advances in optimizing recurrent networks", ICASSP 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> optimizer = npae.Momentum(0.1, momentum=0.5, nesterov=True)
    >>> theta, memory = np.array([1.0]), optimizer.start(np.array([1.0]))
    >>> optimizer.step(theta, 2 * theta, 0.1, memory)            # along the gradient of theta^2
    >>> theta
    array([0.7])
    """

    eta: float = 0.1
    momentum: float = 0.9
    nesterov: bool = False
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    def __post_init__(self) -> None:
        check_common(self.eta, self.adapt, self.weight_decay, self.clip)
        number_in("momentum", self.momentum, 0, 1, closed="low")
        true_or_false("nesterov", self.nesterov)

    def start(self, theta: FloatArray) -> Memory:
        return {"t": 0, "v": np.zeros_like(theta)}

    def begin(self, eta: float, memory: Memory) -> float:
        _count_step(memory, "v")
        return eta

    def update(
        self, theta: FloatArray, g: FloatArray, arrays: Mapping[str, FloatArray], numbers: Any, scratch: FloatArray
    ) -> None:
        v, eta = arrays["v"], numbers
        v *= self.momentum
        v += g
        step = np.multiply(v, eta * self.momentum if self.nesterov else eta, out=scratch)
        theta -= step
        if self.nesterov:
            theta -= np.multiply(g, eta, out=scratch)

    def after_refinement(self, memory: Memory) -> None:
        memory["v"].fill(0)


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """RMSprop: v <- rho v + (1 - rho) g^2, theta <- theta - eta g / (sqrt(v) + epsilon).

    Parameters
    ----------
    eta : float, default 0.001
        Learning rate, at the start if `adapt` changes it.
    rho : float, default 0.9
        Share of v that a step keeps, in [0, 1[.
    epsilon : float, default 1e-8
        Positive; keeps the divisor away from 0.
    adapt, weight_decay, clip : as in `Optimizer`
        How eta changes, how theta decays, and the largest norm of a gradient.

    References
    ----------
    .. [1] Tieleman & Hinton, "Neural Networks for Machine Learning", lecture 6.5, Coursera (2012).

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> ae = npae.Autoencoder([2], optimizer=npae.RMSprop(0.01), refine=None, epochs=30, random_state=0)
    >>> loss = ae.fit(np.eye(4)).history_["loss"]
    >>> loss[-1] < loss[0]
    True
    """

    eta: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    _free_of_unit = True

    def __post_init__(self) -> None:
        check_common(self.eta, self.adapt, self.weight_decay, self.clip)
        number_in("rho", self.rho, 0, 1, closed="low")
        number_in("epsilon", self.epsilon, 0, math.inf, closed=False)

    def start(self, theta: FloatArray) -> Memory:
        return {"t": 0, "v": np.zeros_like(theta)}

    def begin(self, eta: float, memory: Memory) -> float:
        _count_step(memory, "v")
        return eta

    def update(
        self, theta: FloatArray, g: FloatArray, arrays: Mapping[str, FloatArray], numbers: Any, scratch: FloatArray
    ) -> None:
        v = arrays["v"]
        v *= self.rho
        square = np.multiply(g, g, out=scratch)
        square *= 1 - self.rho
        v += square
        root = np.sqrt(v, out=scratch)
        root += self.epsilon
        step = np.divide(g, root, out=scratch)
        step *= numbers
        theta -= step


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam: theta <- theta - eta m^ / (sqrt(v^) + epsilon), with bias-corrected moments m^ and v^ ([1]_, algorithm 1).

    With `weight_decay` it is AdamW ([2]_, algorithm 2). A refinement resets m, a direction from where theta was, and
    keeps v, the scale of the gradient; so the first steps after it are small.

    Parameters
    ----------
    eta : float, default 0.01
        Learning rate, at the start if `adapt` changes it.
    beta1, beta2 : float, default 0.9 and 0.999
        Shares of m and v that a step keeps, in [0, 1[.
    epsilon : float, default 1e-8
        Positive; keeps the divisor away from 0.
    adapt, weight_decay, clip : as in `Optimizer`
        How eta changes, how theta decays, and the largest norm of a gradient.

    Notes
    -----
    The memory holds m / (1 - beta1) and v / (1 - beta2), which saves two passes over them.

    Where one squared error is worth less than 1e-4 or more than 1e12 in the units of the data, gradients are brought
    into that range first: epsilon would outweigh those of data in micrometres that are given in metres.

    References
    ----------
    .. [1] Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    .. [2] Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> adam = npae.Adam(0.03, adapt=npae.CosineDecay(), weight_decay=0.01)         # AdamW, with a decaying eta
    >>> ae = npae.Autoencoder([2], optimizer=adam, refine=None, epochs=30, random_state=0).fit(np.eye(4))
    >>> ae.history_["eta"][0], round(ae.history_["eta"][15], 3)
    (0.03, 0.015)
    """

    eta: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    _free_of_unit = True

    def __post_init__(self) -> None:
        check_common(self.eta, self.adapt, self.weight_decay, self.clip)
        number_in("beta1", self.beta1, 0, 1, closed="low")
        number_in("beta2", self.beta2, 0, 1, closed="low")
        number_in("epsilon", self.epsilon, 0, math.inf, closed=False)

    def start(self, theta: FloatArray) -> Memory:
        return {"t": 0, "m": np.zeros_like(theta), "v": np.zeros_like(theta)}

    def begin(self, eta: float, memory: Memory) -> tuple[float, float]:
        _count_step(memory, "m", "v")
        of_m = (1 - self.beta1) / (1 - self.beta1 ** memory["t"])
        of_v = math.sqrt((1 - self.beta2) / (1 - self.beta2 ** memory["t"]))
        return eta * of_m / of_v, self.epsilon / of_v

    def update(
        self, theta: FloatArray, g: FloatArray, arrays: Mapping[str, FloatArray], numbers: Any, scratch: FloatArray
    ) -> None:
        (m, v), (rate, epsilon) = arrays.values(), numbers
        m *= self.beta1
        m += g
        v *= self.beta2
        v += np.multiply(g, g, out=scratch)
        root = np.sqrt(v, out=scratch)
        root += epsilon
        step = np.divide(m, root, out=scratch)
        step *= rate
        theta -= step

    def after_refinement(self, memory: Memory) -> None:
        memory["m"].fill(0)


def _count_step(memory: Memory, *moments: str) -> None:
    """Count a step. Now and then, set moments that have decayed to almost nothing to 0.

    Denormal numbers would slow the processor down a hundredfold.
    """
    memory["t"] += 1
    if memory["t"] % FLUSH == 0:
        for array in (memory[name] for name in moments):
            tiny = np.finfo(array.dtype).tiny / np.finfo(array.dtype).eps
            array += tiny
            array -= tiny
