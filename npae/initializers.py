"""Where theta starts: random weights, scaled by the number of inputs and outputs of a unit."""

import math
from dataclasses import dataclass

import numpy as np

from .settings.checks import number_in
from .settings.description import Description


class Initializer(Description):
    """Draws the first weights of a layer. Biases start at their own constant, not here."""

    def draw(self, rng, shape, fan_in, fan_out):
        """Return a float64 array of `shape`, drawn from the `numpy.random.Generator` rng."""
        raise NotImplementedError


@dataclass(frozen=True)
class Gaussian(Initializer):
    """w ~ N(mean, std^2), whatever the size of the layer."""

    std: float = 0.3
    mean: float = 0.0

    def __post_init__(self):
        number_in("std", self.std, 0, np.inf)
        number_in("mean", self.mean, -np.inf, np.inf, closed=False)

    def draw(self, rng, shape, fan_in, fan_out):
        return rng.normal(self.mean, self.std, shape)


@dataclass(frozen=True)
class Glorot(Initializer):
    """w ~ U(-a, a), a = gain sqrt(6 / (fan_in + fan_out)), for tanh and sigmoid (Glorot & Bengio 2010, eq. 16: gain 1).

    gain : positive; default 1. A variational autoencoder of MNIST's digits ended better with 0.5.
    """

    gain: float = 1.0

    def __post_init__(self):
        number_in("gain", self.gain, 0, np.inf, closed=False)

    def draw(self, rng, shape, fan_in, fan_out):
        bound = self.gain * np.sqrt(6 / (fan_in + fan_out))
        return rng.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class He(Initializer):
    """w ~ N(0, 2 / fan_in), for relu and its kin (He et al. 2015, eq. 10)."""

    def draw(self, rng, shape, fan_in, fan_out):
        return rng.normal(0.0, np.sqrt(2 / fan_in), shape)


@dataclass(frozen=True)
class LeCun(Initializer):
    """w ~ N(0, 1 / fan_in), for selu (LeCun et al. 1998, eq. 16; Klambauer et al. 2017, sec. 2)."""

    def draw(self, rng, shape, fan_in, fan_out):
        return rng.normal(0.0, np.sqrt(1 / fan_in), shape)


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Matrices that keep lengths, for what is applied step after step (Saxe et al. 2014, sec. 3).

    W (..., K), as D rows of K numbers, has orthonormal columns where K <= D; where K > D it is made of square
    orthogonal matrices side by side, as recurrent weights of several gates are, the last one cut off. Each one is
    uniform among all there are (Mezzadri 2007, sec. 5: QR of a Gaussian matrix, with the signs of R's diagonal).
    """

    def draw(self, rng, shape, fan_in, fan_out):
        columns = shape[-1]
        rows = math.prod(shape[:-1])
        parts = [_orthonormal(rng, rows, min(rows, columns)) for _ in range(0, columns, rows)]
        return np.concatenate(parts, axis=1)[:, :columns].reshape(shape)


def _orthonormal(rng, rows, columns):
    q, r = np.linalg.qr(rng.standard_normal((rows, columns)))
    return q * np.where(np.diag(r) < 0, -1.0, 1.0)


INITIALIZERS = {
    "glorot": Glorot(),
    "he": He(),
    "lecun": LeCun(),
    "gaussian": Gaussian(),
    "orthogonal": Orthogonal(),
}
