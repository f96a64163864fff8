"""Elementwise non-linearities f, each with its derivative under it.

Both work in place. The derivatives are written in terms of the output y = f(z), so that z need not be kept; second
derivatives serve exact Hessians.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from .settings.array_types import FloatArray
from .settings.checks import meant

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


class Memory(Protocol):
    """What an activation needs besides y: the `Scratch` of the pass."""

    def empty_like(self, x: FloatArray) -> FloatArray:
        """Return an uninitialised array like x."""


class NotGiven(str):
    """The name of an activation that a layer has because none was given: it equals, prints and is saved as a str."""

    __slots__ = ()


IDENTITY = NotGiven("identity")


class Activation:
    """An elementwise function.

    Attributes
    ----------
    initializer : str
        Name of the initialiser that the literature pairs with it.
    """

    initializer = "glorot"

    def apply(self, y: FloatArray, scratch: Memory) -> None:
        """Replace z by f(z), in place."""

    def times_derivative(self, y: FloatArray, dy: FloatArray, scratch: Memory) -> None:
        """Replace dy by dy * f'(z), in place, given y = f(z), which may be overwritten."""

    def second_derivative(self, y: FloatArray, slope: FloatArray) -> FloatArray:
        """Return f''(z), given y = f(z) and f'(z); 0 for functions made of straight lines."""
        return np.zeros_like(y)

    def derivatives(self, y: FloatArray, scratch: Memory) -> tuple[FloatArray, FloatArray]:
        """Return f'(z) and f''(z), given y = f(z), which is left alone."""
        slope = np.ones_like(y)
        self.times_derivative(y.copy(order="K"), slope, scratch)
        return slope, self.second_derivative(y, slope)


class Identity(Activation):
    """Identity: y = z; f' = 1, f'' = 0."""


class Tanh(Activation):
    """Hyperbolic tangent: y = tanh(z); f' = 1 - y^2, applied as dy - y^2 dy; f'' = -2 y f'."""

    def apply(self, y: FloatArray, scratch: Memory) -> None:
        np.tanh(y, out=y)

    def times_derivative(self, y: FloatArray, dy: FloatArray, scratch: Memory) -> None:
        y *= y
        y *= dy
        dy -= y

    def second_derivative(self, y: FloatArray, slope: FloatArray) -> FloatArray:
        return -2.0 * y * slope


class Sigmoid(Activation):
    """Logistic sigmoid: y = 1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2; f' = y (1 - y), f'' = f' (1 - 2 y).

    The form with tanh cannot overflow.
    """

    def apply(self, y: FloatArray, scratch: Memory) -> None:
        y *= 0.5
        np.tanh(y, out=y)
        y += 1.0
        y *= 0.5

    def times_derivative(self, y: FloatArray, dy: FloatArray, scratch: Memory) -> None:
        dy *= y
        y *= dy
        dy -= y

    def second_derivative(self, y: FloatArray, slope: FloatArray) -> FloatArray:
        return slope * (1.0 - 2.0 * y)


class ReLU(Activation):
    """Rectifier: y = max(z, 0); f' = 1 where y > 0, else 0; f'' = 0."""

    initializer = "he"

    def apply(self, y: FloatArray, scratch: Memory) -> None:
        np.maximum(y, 0.0, out=y)

    def times_derivative(self, y: FloatArray, dy: FloatArray, scratch: Memory) -> None:
        dy *= np.greater(y, 0.0, out=scratch.empty_like(y))


class LeakyReLU(Activation):
    """Leaky rectifier (Maas, Hannun & Ng 2013): y = max(z, 0.01 z); f' = 1 where y > 0, else 0.01; f'' = 0."""

    initializer = "he"
    slope = 0.01

    def apply(self, y: FloatArray, scratch: Memory) -> None:
        np.maximum(y, np.multiply(y, self.slope, out=scratch.empty_like(y)), out=y)

    def times_derivative(self, y: FloatArray, dy: FloatArray, scratch: Memory) -> None:
        slope = np.greater(y, 0.0, out=scratch.empty_like(y))
        np.maximum(slope, self.slope, out=slope)
        dy *= slope


class ELU(Activation):
    """Exponential linear unit: y = s z where z > 0, else s a (exp(z) - 1).

    f' = s where y > 0, else y + s a; f'' = 0 where y > 0, else f'. Clevert et al. (2016, eq. 15) have a = s = 1; the
    constants above give the self-normalising one, SELU (Klambauer et al. 2017, eq. 2).
    """

    def __init__(self, alpha: float = 1.0, scale: float = 1.0, initializer: str = "he"):
        self.alpha, self.scale, self.initializer = alpha, scale, initializer

    def apply(self, y: FloatArray, scratch: Memory) -> None:
        below = np.minimum(y, 0.0, out=scratch.empty_like(y))
        np.expm1(below, out=below)
        below *= self.alpha
        np.maximum(y, 0.0, out=y)
        y += below
        y *= self.scale

    def times_derivative(self, y: FloatArray, dy: FloatArray, scratch: Memory) -> None:
        slope = np.add(y, self.scale * self.alpha, out=scratch.empty_like(y))
        np.copyto(slope, self.scale, where=y > 0.0)
        dy *= slope

    def second_derivative(self, y: FloatArray, slope: FloatArray) -> FloatArray:
        return slope * (y <= 0.0)


class Softplus(Activation):
    """Smooth rectifier: y = log(1 + exp(z)) = max(z, 0) + log1p(exp(-|z|)); f' = 1 - exp(-y), f'' = f' (1 - f')."""

    def apply(self, y: FloatArray, scratch: Memory) -> None:
        tail = np.abs(y, out=scratch.empty_like(y))
        np.negative(tail, out=tail)
        np.exp(tail, out=tail)
        np.log1p(tail, out=tail)
        np.maximum(y, 0.0, out=y)
        y += tail

    def times_derivative(self, y: FloatArray, dy: FloatArray, scratch: Memory) -> None:
        slope = np.negative(y, out=scratch.empty_like(y))
        np.expm1(slope, out=slope)
        np.negative(slope, out=slope)
        dy *= slope

    def second_derivative(self, y: FloatArray, slope: FloatArray) -> FloatArray:
        return slope * (1.0 - slope)


ACTIVATIONS: dict[str, Activation] = {
    "identity": Identity(),
    "tanh": Tanh(),
    "sigmoid": Sigmoid(),
    "relu": ReLU(),
    "leaky_relu": LeakyReLU(),
    "selu": ELU(SELU_ALPHA, SELU_SCALE, initializer="lecun"),
    "elu": ELU(),
    "softplus": Softplus(),
}


def check_activation(name: object, what: str = "activation") -> str:
    """Return the name of a known activation, or raise ValueError listing them."""
    if not isinstance(name, str) or name not in ACTIVATIONS:
        known = ", ".join(map(repr, ACTIVATIONS))
        raise ValueError(f"{what} must be one of {known}, got {name!r}.{meant(name, ACTIVATIONS)}")
    return name
