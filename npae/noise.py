"""What spoils the input while a network learns to rebuild it (Vincent et al. 2008): denoising autoencoders."""

import math
from dataclasses import dataclass

import numpy as np

from .description import Description, number_in, positive_integer


class Noise(Description):
    """A random change of samples, described by immutable fields.

    A noise of your own is a frozen dataclass with an `apply`. It acts while theta is being learned, on the input
    only: the target stays clean, and every pass draws anew.
    """

    def apply(self, x, rng):
        """Return spoilt samples, a fresh array like x (N, ...), drawn from the numpy.random.Generator rng."""
        raise NotImplementedError(f"{type(self).__name__} must define apply(x, rng).")

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

    def apply(self, x, rng):
        flat = x.reshape(len(x), -1)
        if self.k is None:
            flipped = rng.random(flat.shape) < self.p
        else:
            flipped = np.zeros(flat.shape, dtype=bool)
            chosen = np.argpartition(rng.random(flat.shape), self.k - 1, axis=1)[:, : self.k]
            np.put_along_axis(flipped, chosen, True, axis=1)
        return np.where(flipped, 1 - flat, flat).astype(x.dtype, copy=False).reshape(x.shape)

    def check(self, in_shape):
        if self.k is not None and self.k > math.prod(in_shape):
            raise ValueError(f"k must be at most the {math.prod(in_shape)} entries of a sample, got {self.k}.")


@dataclass(frozen=True)
class SaltAndPepper(Noise):
    """Each entry becomes 0 or 1, each as likely, with probability p."""

    p: float

    def __post_init__(self):
        number_in("p", self.p, 0, 1)

    def apply(self, x, rng):
        u = rng.random(x.shape)
        spoilt = np.where(u < self.p / 2, 0, x)
        return np.where(u > 1 - self.p / 2, 1, spoilt).astype(x.dtype, copy=False)


@dataclass(frozen=True)
class GaussianNoise(Noise):
    """x + std * e, with e ~ N(0, 1) in each entry."""

    std: float

    def __post_init__(self):
        number_in("std", self.std, 0, math.inf)

    def apply(self, x, rng):
        dtype = x.dtype if x.dtype in (np.float32, np.float64) else np.dtype(np.float64)
        spoilt = rng.standard_normal(x.shape, dtype=dtype)
        spoilt *= float(self.std)
        spoilt += x
        return spoilt


@dataclass(frozen=True)
class MaskPixels(Noise):
    """Each entry becomes 0 with probability p."""

    p: float

    def __post_init__(self):
        number_in("p", self.p, 0, 1)

    def apply(self, x, rng):
        return np.where(rng.random(x.shape) < self.p, 0, x).astype(x.dtype, copy=False)
