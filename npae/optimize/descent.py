"""How a gradient moves theta: first-order optimisers, acting in place on flat vectors."""

import math
from dataclasses import dataclass

import numpy as np

from ..description import Description, number_in
from .eta import EtaSchedule

BLOCK = 65_536  # entries that are updated at a time: a block's temporaries stay in the processor's cache
FLUSH = 32  # steps after which moments that have vanished are set to 0
WORTH_SHARING = 500_000  # entries from which on several threads are faster than one: each call hands Python's lock over


class Optimizer(Description):
    """A rule that moves theta along a gradient, described by immutable fields.

    What it must remember lives in `memory`, a dict of arrays like theta and of numbers that belongs to the training
    run, so that a run can be saved and resumed. A rule of your own overrides `start`, `begin` and `update`.

    Fields that every optimiser has: `eta`, the first learning rate, and `adapt`, an EtaSchedule or None.
    """

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
        """Move theta in place by one step of size eta, piece by piece; `threads`, Threads, share the pieces out."""
        numbers = self.begin(eta, memory)
        arrays = {name: array for name, array in memory.items() if isinstance(array, np.ndarray)}

        def move(part):
            scratch = np.empty(min(BLOCK, part.stop - part.start), theta.dtype)
            for start in range(part.start, part.stop, BLOCK):
                block = slice(start, min(start + BLOCK, part.stop))
                pieces = {name: array[block] for name, array in arrays.items()}
                self.update(theta[block], gradient[block], pieces, numbers, scratch[: block.stop - start])

        if threads is None or theta.size < WORTH_SHARING:
            move(slice(0, theta.size))
        else:
            threads.run(lambda number: move(threads.part(number, theta.size)))

    def moved(self, memory):
        """Adjust the memory after somebody else (a refinement) moved theta."""

    def _check(self):
        number_in("eta", self.eta, 0, math.inf, closed=False)
        if self.adapt is not None and not isinstance(self.adapt, EtaSchedule):
            raise ValueError(f"adapt must be None or an eta schedule such as AdaptiveEta(), got {self.adapt!r}.")


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """theta <- theta - eta g (Cauchy 1847)."""

    eta: float = 0.5
    adapt: EtaSchedule | None = None

    def __post_init__(self):
        self._check()

    def update(self, theta, g, arrays, numbers, scratch):
        theta -= np.multiply(g, numbers, out=scratch)


@dataclass(frozen=True)
class Adam(Optimizer):
    """theta <- theta - eta m^ / (sqrt(v^) + epsilon), m^ and v^ bias-corrected moments (Kingma & Ba 2015, algorithm 1).

    The memory holds m / (1 - beta1) and v / (1 - beta2), which saves two passes over them.

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

    def begin(self, eta, memory):
        memory["t"] += 1
        if memory["t"] % FLUSH == 0:
            _flush(memory["m"], memory["v"])
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

    def moved(self, memory):
        memory["m"].fill(0)


def _flush(*arrays):
    """Set what has decayed to almost nothing to 0: processors take a hundred times as long for denormal numbers."""
    for array in arrays:
        tiny = np.finfo(array.dtype).tiny / np.finfo(array.dtype).eps
        array += tiny
        array -= tiny


OPTIMIZERS = {"gradient_descent": GradientDescent(), "adam": Adam()}
