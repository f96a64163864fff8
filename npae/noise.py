"""What spoils the input while a network learns to rebuild it (Vincent et al. 2008): denoising autoencoders."""

import math
from dataclasses import dataclass

import numpy as np

from .layers import Layer
from .settings.checks import number_in, positive_integer
from .settings.description import Description


class Noise(Description):
    """A random change of samples, x -> a x + b with random a and b, described by immutable fields.

    As `noise=` it acts on the input while theta is being learned: the target stays clean, and every pass draws anew.
    Between layers it acts as `Noisy(noise)`. A noise of your own is a frozen dataclass with a `draw`, or with an
    `apply` if it is not of this form.
    """

    def draw(self, x, rng):
        """Return a and b, numbers or arrays like x (N, ...), drawn from the numpy.random.Generator rng."""
        raise NotImplementedError(f"{type(self).__name__} must define draw(x, rng) or apply(x, rng).")

    def apply(self, x, rng):
        """Return spoilt samples, a fresh array of floats like x (N, ...), drawn from the numpy.random.Generator rng."""
        x = x.astype(_float(x), copy=False)
        a, b = self.draw(x, rng)
        spoilt = np.multiply(x, a)
        spoilt += b
        return spoilt

    def check(self, in_shape):
        """Raise ValueError for samples of a shape that the noise cannot act on."""


@dataclass(frozen=True)
class FlipPixels(Noise):
    """x -> 1 - x in some entries of each sample: in exactly `k` random ones, or in each with probability `p`.

    Parameters
    ----------
    k : entries of each sample, at least 1. p : probability in [0, 1]. Just one of the two is given.

    Examples
    --------
    >>> import numpy as np
    >>> FlipPixels(2).apply(np.zeros((3, 35)), np.random.default_rng(0)).sum(axis=1)
    array([2., 2., 2.])
    """

    k: int | None = None
    p: float | None = None

    def __post_init__(self):
        if (self.k is None) == (self.p is None):
            raise ValueError(f"FlipPixels must get either k or p, got k={self.k!r} and p={self.p!r}.")
        if self.k is None:
            number_in("p", self.p, 0, 1)
        else:
            positive_integer("k", self.k)

    def draw(self, x, rng):
        """Return a = -1 and b = 1 where a pixel is flipped, else 1 and 0."""
        u = rng.random((len(x), x[0].size))
        if self.k is None:
            flipped = (u < self.p).astype(x.dtype)
        else:
            flipped = np.zeros(u.shape, x.dtype)
            np.put_along_axis(flipped, np.argpartition(u, self.k - 1, axis=1)[:, : self.k], 1, axis=1)
        b = flipped.reshape(x.shape)
        return 1 - 2 * b, b

    def check(self, in_shape):
        if self.k is not None and self.k > math.prod(in_shape):
            raise ValueError(f"k must be at most the {math.prod(in_shape)} entries of a sample, got {self.k}.")


@dataclass(frozen=True)
class SaltAndPepper(Noise):
    """Each entry becomes 0 or 1, each as likely, with probability p."""

    p: float

    def __post_init__(self):
        number_in("p", self.p, 0, 1)

    def draw(self, x, rng):
        """Return a = 0 where an entry is spoilt, and b = 1 where that is by salt."""
        u = rng.random(x.shape)
        salt = u > 1 - self.p / 2
        return ((u >= self.p / 2) & ~salt).astype(x.dtype), salt.astype(x.dtype)


@dataclass(frozen=True)
class GaussianNoise(Noise):
    """x + std * e, with e ~ N(0, 1) in each entry."""

    std: float

    def __post_init__(self):
        number_in("std", self.std, 0, math.inf)

    def draw(self, x, rng):
        """Return a = 1 and b ~ N(0, std^2)."""
        b = rng.standard_normal(x.shape, dtype=x.dtype)
        b *= float(self.std)
        return 1.0, b


@dataclass(frozen=True)
class MaskPixels(Noise):
    """Each entry becomes 0 with probability p."""

    p: float

    def __post_init__(self):
        number_in("p", self.p, 0, 1)

    def draw(self, x, rng):
        """Return a = 0 where an entry is masked, else 1, and b = 0."""
        return (rng.random(x.shape) >= self.p).astype(x.dtype), 0.0


@dataclass(frozen=True)
class Noisy(Layer):
    """y = a x + b between layers, with a and b drawn by a noise while training; dx = a dy. y = x when not training.

    x and y (N, ...). It has no counterpart in a mirrored decoder.

    Parameters
    ----------
    noise : Noise that defines `draw`, such as GaussianNoise(0.1).
    """

    noise: Noise

    stochastic = True

    def __post_init__(self):
        if not isinstance(self.noise, Noise) or type(self.noise).draw is Noise.draw:
            raise ValueError(
                f"noise must be a noise that defines draw, such as GaussianNoise(0.1), got {self.noise!r}."
            )

    def out_shape(self, in_shape):
        self.noise.check(in_shape)
        return in_shape

    def forward(self, x, params, run):
        if not run.training:
            return x, lambda dy, grads: dy
        a, b = self.noise.draw(x, run.rng)
        y = np.multiply(x, a, out=run.output(*x.shape) if x.ndim == 2 else run.empty_like(x))
        y += b

        def backward(dy, grads):
            dy *= a
            return dy

        return y, backward

    def mirror(self, in_shape, activation):
        return []


def _float(x):
    """Return the dtype to compute in: x's own, or float64 for what is no float."""
    return x.dtype if x.dtype in (np.float32, np.float64) else np.dtype(np.float64)
