"""Elementwise non-linearities f, each with its derivative right under it.

Both work in place, and the derivative is written in terms of the output y = f(z), so that z need not be kept. So is
the second derivative, for Hessians.
"""

import numpy as np

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


class Activation:
    """An elementwise function; `initializer` names the initialisation that the literature pairs with it."""

    initializer = "glorot"

    def apply(self, y, context):
        """Replace z by f(z), in place."""

    def times_derivative(self, y, dy, context):
        """Replace dy by dy * f'(z), in place, given y = f(z); y is spent and may be overwritten."""

    def second_derivative(self, y, slope):
        """Return f''(z), given y = f(z) and f'(z); 0 for what is made of straight lines."""
        return np.zeros_like(y)

    def derivatives(self, y, context):
        """Return f'(z) and f''(z), given y = f(z), which stays."""
        slope = np.ones_like(y)
        self.times_derivative(y.copy(order="K"), slope, context)
        return slope, self.second_derivative(y, slope)


class Identity(Activation):
    """y = z; f' = 1, f'' = 0."""


class Tanh(Activation):
    """y = tanh(z); f' = 1 - y^2, applied as dy - y^2 dy; f'' = -2 y f'."""

    def apply(self, y, context):
        np.tanh(y, out=y)

    def times_derivative(self, y, dy, context):
        y *= y
        y *= dy
        dy -= y

    def second_derivative(self, y, slope):
        return -2.0 * y * slope


class Sigmoid(Activation):
    """y = 1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2, which cannot overflow; f' = y (1 - y), f'' = f' (1 - 2 y)."""

    def apply(self, y, context):
        y *= 0.5
        np.tanh(y, out=y)
        y += 1.0
        y *= 0.5

    def times_derivative(self, y, dy, context):
        dy *= y
        y *= dy
        dy -= y

    def second_derivative(self, y, slope):
        return slope * (1.0 - 2.0 * y)


class ReLU(Activation):
    """y = max(z, 0); f' = 1 where y > 0, else 0; f'' = 0."""

    initializer = "he"

    def apply(self, y, context):
        np.maximum(y, 0.0, out=y)

    def times_derivative(self, y, dy, context):
        dy *= np.greater(y, 0.0, out=context.empty_like(y))


class LeakyReLU(Activation):
    """y = max(z, 0.01 z); f' = 1 where y > 0, else 0.01; f'' = 0 (Maas, Hannun & Ng 2013)."""

    initializer = "he"
    slope = 0.01

    def apply(self, y, context):
        np.maximum(y, np.multiply(y, self.slope, out=context.empty_like(y)), out=y)

    def times_derivative(self, y, dy, context):
        slope = np.greater(y, 0.0, out=context.empty_like(y))
        np.maximum(slope, self.slope, out=slope)
        dy *= slope


class ELU(Activation):
    """y = s z where z > 0, else s a (exp(z) - 1); f' = s where y > 0, else y + s a; f'' = 0 where y > 0, else f'.

    With a = s = 1 the exponential linear unit (Clevert et al. 2016, eq. 15); with the constants below the
    self-normalising one, SELU (Klambauer et al. 2017, eq. 2).
    """

    def __init__(self, alpha=1.0, scale=1.0, initializer="he"):
        self.alpha, self.scale, self.initializer = alpha, scale, initializer

    def apply(self, y, context):
        below = np.minimum(y, 0.0, out=context.empty_like(y))
        np.expm1(below, out=below)
        below *= self.alpha
        np.maximum(y, 0.0, out=y)
        y += below
        y *= self.scale

    def times_derivative(self, y, dy, context):
        slope = np.add(y, self.scale * self.alpha, out=context.empty_like(y))
        np.copyto(slope, self.scale, where=y > 0.0)
        dy *= slope

    def second_derivative(self, y, slope):
        return slope * (y <= 0.0)


class Softplus(Activation):
    """y = log(1 + exp(z)) = max(z, 0) + log1p(exp(-|z|)); f' = 1 - exp(-y), f'' = f' (1 - f')."""

    def apply(self, y, context):
        tail = np.abs(y, out=context.empty_like(y))
        np.negative(tail, out=tail)
        np.exp(tail, out=tail)
        np.log1p(tail, out=tail)
        np.maximum(y, 0.0, out=y)
        y += tail

    def times_derivative(self, y, dy, context):
        slope = np.negative(y, out=context.empty_like(y))
        np.expm1(slope, out=slope)
        np.negative(slope, out=slope)
        dy *= slope

    def second_derivative(self, y, slope):
        return slope * (1.0 - slope)


ACTIVATIONS = {
    "identity": Identity(),
    "tanh": Tanh(),
    "sigmoid": Sigmoid(),
    "relu": ReLU(),
    "leaky_relu": LeakyReLU(),
    "selu": ELU(SELU_ALPHA, SELU_SCALE, initializer="lecun"),
    "elu": ELU(),
    "softplus": Softplus(),
}


def check_activation(name, what="activation"):
    """Return the name of a known activation, or raise ValueError listing them."""
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, ACTIVATIONS))}, got {name!r}.")
    return name
