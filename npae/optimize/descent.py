"""How a gradient moves theta: first-order optimisers, acting in place on flat vectors."""

import math
from dataclasses import dataclass

import numpy as np

from ..settings.checks import number_in
from ..settings.description import Description
from .eta import EtaSchedule

BLOCK = 65_536  # entries that are updated at a time: a block's temporaries stay in the processor's cache
FLUSH = 32  # steps after which moments that have vanished are set to 0
WORTH_SHARING = 500_000  # entries from which on several threads are faster than one: each call hands Python's lock over


class Optimizer(Description):
    """A rule that moves theta along a gradient, described by immutable fields.

    What it must remember lives in `memory`, a dict of arrays like theta and of numbers that belongs to the training
    run, so that a run can be saved and resumed. A rule of your own overrides `start`, `begin` and `update`.

    Fields that every optimiser has
    -------------------------------
    eta : first learning rate.
    adapt : EtaSchedule, or None (default) for a constant eta.
    weight_decay : theta <- (1 - eta weight_decay) theta before each step; default 0. It acts on theta itself and not
        through the gradient's moments (Loshchilov & Hutter 2019, "decoupled"): Adam with it is AdamW, and gradient
        descent the same as with the penalty weight_decay / 2 |theta|^2. Biases decay too, unlike with `npae.L2`.
    clip : largest Euclidean norm of a gradient; a longer one is shortened to it (Pascanu, Mikolov & Bengio 2013,
        algorithm 1). None (default): no limit.
    """

    weight_decay = 0.0
    clip = None

    def start(self, theta):
        """Return the memory before the first step."""
        return {}

    def begin(self, eta, memory):
        """Count a step and return the numbers that `update` needs in it, such as rates."""
        return eta

    def update(self, theta, g, arrays, numbers, scratch):
        """Move a piece of theta in place along that of the gradient, g.

        `arrays` holds the same piece of each array in the memory, by name; `numbers` is what `begin` returned;
        `scratch` is an uninitialised array like theta. g is left as it is.
        """
        raise NotImplementedError(f"{type(self).__name__} must define update(theta, g, arrays, numbers, scratch).")

    def step(self, theta, gradient, eta, memory, threads=None):
        """Move theta in place by one step of size eta, piece by piece; `threads`, Threads, share the pieces out.

        The gradient is spent: `clip` shortens it in place.
        """
        if self.clip is not None:
            _shorten(gradient, self.clip)
        numbers, kept = self.begin(eta, memory), 1 - eta * self.weight_decay
        arrays = {name: array for name, array in memory.items() if isinstance(array, np.ndarray)}

        def move(part):
            scratch = np.empty(min(BLOCK, part.stop - part.start), theta.dtype)
            for start in range(part.start, part.stop, BLOCK):
                block = slice(start, min(start + BLOCK, part.stop))
                pieces = {name: array[block] for name, array in arrays.items()}
                if kept != 1:
                    theta[block] *= kept
                self.update(theta[block], gradient[block], pieces, numbers, scratch[: block.stop - start])

        if threads is None or theta.size < WORTH_SHARING:
            move(slice(0, theta.size))
        else:
            threads.do(lambda number: move(threads.part(number, theta.size)))

    def after_refinement(self, memory):
        """Adjust the memory after somebody else (a refinement) moved theta."""

    def _check(self):
        number_in("eta", self.eta, 0, math.inf, closed=False)
        if self.adapt is not None and not isinstance(self.adapt, EtaSchedule):
            raise ValueError(f"adapt must be None or an eta schedule such as AdaptiveEta(), got {self.adapt!r}.")
        number_in("weight_decay", self.weight_decay, 0, math.inf)
        if self.clip is not None:
            number_in("clip", self.clip, 0, math.inf, closed=False)

    def _check_below_1(self, *names):
        for name in names:
            if number_in(name, getattr(self, name), 0, 1) == 1:
                raise ValueError(f"{name} must be a number in [0, 1[, got 1.")


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """theta <- theta - eta g (Cauchy 1847)."""

    eta: float = 0.5
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    def __post_init__(self):
        self._check()

    def update(self, theta, g, arrays, numbers, scratch):
        theta -= np.multiply(g, numbers, out=scratch)


@dataclass(frozen=True)
class Momentum(Optimizer):
    """v <- momentum v + g, theta <- theta - eta v (Polyak 1964); Nesterov's: theta <- theta - eta (g + momentum v).

    Sutskever, Martens, Dahl & Hinton 2013, eqs. 1 to 4, with the velocity in units of the gradient, so that a change of
    eta acts at once; Nesterov's form as theta sees it at the point ahead (Bengio, Boulanger-Lewandowski & Pascanu 2013,
    eq. 7). After a refinement the velocity is forgotten.

    Fields
    ------
    momentum : in [0, 1[; default 0.9. nesterov : default false.
    """

    eta: float = 0.1
    momentum: float = 0.9
    nesterov: bool = False
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    def __post_init__(self):
        self._check()
        self._check_below_1("momentum")
        if not isinstance(self.nesterov, bool):
            raise ValueError(f"nesterov must be True or False, got {self.nesterov!r}.")

    def start(self, theta):
        return {"t": 0, "v": np.zeros_like(theta)}

    def begin(self, eta, memory):
        _count(memory, "v")
        return eta

    def update(self, theta, g, arrays, numbers, scratch):
        v, eta = arrays["v"], numbers
        v *= self.momentum
        v += g
        step = np.multiply(v, eta * self.momentum if self.nesterov else eta, out=scratch)
        theta -= step
        if self.nesterov:
            theta -= np.multiply(g, eta, out=scratch)

    def after_refinement(self, memory):
        memory["v"].fill(0)


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """v <- rho v + (1 - rho) g^2, theta <- theta - eta g / (sqrt(v) + epsilon) (Tieleman & Hinton 2012, lecture 6.5).

    Fields
    ------
    rho : in [0, 1[; default 0.9. epsilon : positive; default 1e-8.
    """

    eta: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    def __post_init__(self):
        self._check()
        self._check_below_1("rho")
        number_in("epsilon", self.epsilon, 0, math.inf, closed=False)

    def start(self, theta):
        return {"t": 0, "v": np.zeros_like(theta)}

    def begin(self, eta, memory):
        _count(memory, "v")
        return eta

    def update(self, theta, g, arrays, numbers, scratch):
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
    """theta <- theta - eta m^ / (sqrt(v^) + epsilon), m^ and v^ bias-corrected moments (Kingma & Ba 2015, algorithm 1).

    The memory holds m / (1 - beta1) and v / (1 - beta2), which saves two passes over them.

    After a refinement m is forgotten (it points from where theta was) and v is kept (the scale of the
    gradient), so that the first steps are small ones. With `weight_decay` this is AdamW (Loshchilov & Hutter 2019,
    algorithm 2).

    Fields
    ------
    beta1, beta2 : how much of m and v a step keeps, in [0, 1[; default 0.9 and 0.999. epsilon : positive; default 1e-8.
    """

    eta: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    def __post_init__(self):
        self._check()
        self._check_below_1("beta1", "beta2")
        number_in("epsilon", self.epsilon, 0, math.inf, closed=False)

    def start(self, theta):
        return {"t": 0, "m": np.zeros_like(theta), "v": np.zeros_like(theta)}

    def begin(self, eta, memory):
        _count(memory, "m", "v")
        of_m = (1 - self.beta1) / (1 - self.beta1 ** memory["t"])
        of_v = math.sqrt((1 - self.beta2) / (1 - self.beta2 ** memory["t"]))
        return eta * of_m / of_v, self.epsilon / of_v

    def update(self, theta, g, arrays, numbers, scratch):
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

    def after_refinement(self, memory):
        memory["m"].fill(0)


def _count(memory, *moments):
    """Count a step; now and then set moments that have decayed to almost nothing to 0.

    Processors take a hundred times as long for denormal numbers.
    """
    memory["t"] += 1
    if memory["t"] % FLUSH == 0:
        for array in map(memory.get, moments):
            tiny = np.finfo(array.dtype).tiny / np.finfo(array.dtype).eps
            array += tiny
            array -= tiny


def _shorten(gradient, limit):
    norm = _norm(gradient)
    if norm > limit and math.isfinite(norm):
        gradient *= limit / norm


def _norm(gradient):
    """Return the Euclidean norm, also where the squares overflow: such gradients need `clip` most."""
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(gradient))
        if math.isfinite(norm):
            return norm
        largest = float(np.abs(gradient).max())
        return largest * float(np.linalg.norm(gradient.astype(np.float64) / largest))


OPTIMIZERS = {"gradient_descent": GradientDescent(), "momentum": Momentum(), "rmsprop": RMSprop(), "adam": Adam()}
