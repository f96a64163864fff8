"""Where theta starts: random weights, scaled by the number of inputs and outputs of a unit."""

from dataclasses import dataclass

import numpy as np

from .description import Description, number_in


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
    """w ~ U(-a, a), a = sqrt(6 / (fan_in + fan_out)), for tanh and sigmoid (Glorot & Bengio 2010, eq. 16)."""

    def draw(self, rng, shape, fan_in, fan_out):
        bound = np.sqrt(6 / (fan_in + fan_out))
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


INITIALIZERS = {"glorot": Glorot(), "he": He(), "lecun": LeCun(), "gaussian": Gaussian()}
