"""Leave out random numbers while learning."""

from dataclasses import dataclass

import numpy as np

from ..settings.checks import number_in
from .protocol import Layer


@dataclass(frozen=True)
class Dropout(Layer):
    """y = x m / (1 - p) with m = 0 at probability p, else 1, for each number; y = x when not training.

    x and y (N, ...). Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, JMLR 15 (2014), eq. of sec. 4, scaled
    while training ("inverted"), so that nothing has to be scaled later. It has no counterpart in a mirrored decoder.

    Parameters
    ----------
    p : probability in [0, 1[ that a number is left out.
    """

    p: float

    stochastic = True

    def __post_init__(self):
        if number_in("p", self.p, 0, 1) == 1:
            raise ValueError("p must be a number in [0, 1[, got 1.")

    def forward(self, x, params, context):
        if not context.training or self.p == 0:
            return x, lambda dy, grads: dy
        factor = _uniform(context.empty_like(x), context.rng)
        np.greater_equal(factor, self.p, out=factor)
        factor *= 1 / (1 - self.p)
        y = np.multiply(x, factor, out=context.output(*x.shape) if x.ndim == 2 else context.empty_like(x))

        def backward(dy, grads):
            dy *= factor
            return dy

        return y, backward

    def mirror(self, in_shape, activation):
        return []


def _uniform(out, rng):
    """Fill contiguous memory, in whichever order, with random numbers in [0, 1[."""
    rng.random(out=out.T if out.flags.f_contiguous else out, dtype=out.dtype)
    return out
