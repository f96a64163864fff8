"""Denoising autoencoders: what corrupts the input while a network learns to rebuild it (Vincent et al. 2008)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .layers import Layer
from .layers.context import Context
from .layers.layer import Pass
from .layers.linearization import Linearization, linearized_product
from .settings.array_types import AnyArray, FloatArray, Shape, Views
from .settings.checks import number_in, positive_integer
from .settings.description import Description


class Noise(Description):
    """A random change of samples, x -> a x + b with random a and b, described by immutable fields.

    As `noise=` it acts on the input in training: the target stays clean, and every pass draws again. Between layers it
    acts as `Noisy(noise)`. A noise of your own is a frozen dataclass that derives from Noise and defines `draw`, or
    `apply` if it is not of this form.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Fade(npae.Noise):
    ...     "Multiply each sample by a random factor in [least, 1]."
    ...
    ...     least: float = 0.5
    ...
    ...     def draw(self, x, rng):
    ...         return rng.uniform(self.least, 1, (len(x), *[1] * (x.ndim - 1))).astype(x.dtype), 0.0
    >>> faded = Fade(0.5).apply(np.ones((3, 4)), np.random.default_rng(0))
    >>> bool(faded.min() >= 0.5), bool((faded == faded[:, :1]).all())
    (True, True)
    >>> npae.Autoencoder([2], noise=Fade(), epochs=5).fit(np.eye(4)).network_.noise
    Fade(least=0.5)
    """

    _must_define = "draw"

    def draw(self, x: FloatArray, rng: np.random.Generator) -> tuple[float | FloatArray, float | FloatArray]:
        """Draw the factor and the summand.

        Parameters
        ----------
        x : array (N, ...)
            The samples, floats. Not to be written to.
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        a, b : float or array (N, ...)
            The samples become a x + b.
        """
        raise NotImplementedError(f"{type(self).__name__} must define draw(x, rng) or apply(x, rng).")

    def apply(self, x: AnyArray, rng: np.random.Generator) -> FloatArray:
        """Return noisy samples.

        Parameters
        ----------
        x : array (N, ...)
            The samples. Not written to.
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        array (N, ...)
            A fresh array of floats.
        """
        x = x.astype(_float(x), copy=False)
        a, b = self.draw(x, rng)
        noisy = np.multiply(x, a)
        noisy += b
        return noisy

    def check(self, in_shape: Shape) -> None:
        """Refuse samples that the noise cannot act on.

        Parameters
        ----------
        in_shape : tuple of int
            Shape of one sample.

        Raises
        ------
        ValueError
            If the noise cannot act on samples of this shape.
        """


@dataclass(frozen=True)
class FlipPixels(Noise):
    """Flip some entries of each sample, x -> 1 - x: exactly `k` random ones, or each with probability `p`.

    Parameters
    ----------
    k : int or None, default None
        Number of entries of each sample, at least 1.
    p : float or None, default None
        Probability in [0, 1].

    Raises
    ------
    ValueError
        If not exactly one of the two is given, or if it is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> FlipPixels(2).apply(np.zeros((3, 35)), np.random.default_rng(0)).sum(axis=1)
    array([2., 2., 2.])
    """

    k: int | None = None
    p: float | None = None

    def __post_init__(self) -> None:
        if (self.k is None) == (self.p is None):
            raise ValueError(f"FlipPixels must get either k or p, got k={self.k!r} and p={self.p!r}.")
        if self.k is None:
            number_in("p", self.p, 0, 1)
        else:
            positive_integer("k", self.k)

    def draw(self, x: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Return a = -1 and b = 1 where a pixel is flipped, else 1 and 0."""
        u = rng.random((len(x), x[0].size))
        flipped: FloatArray
        if self.k is None:
            flipped = (u < self.p).astype(x.dtype)  # type: ignore[operator]  # one of k and p is given
        else:
            flipped = np.zeros(u.shape, x.dtype)
            np.put_along_axis(flipped, np.argpartition(u, self.k - 1, axis=1)[:, : self.k], 1, axis=1)
        b = flipped.reshape(x.shape)
        return 1 - 2 * b, b

    def check(self, in_shape: Shape) -> None:
        if self.k is not None and self.k > math.prod(in_shape):
            raise ValueError(f"k must be at most the {math.prod(in_shape)} entries of a sample, got {self.k}.")


@dataclass(frozen=True)
class SaltAndPepper(Noise):
    """Set each entry to 0 or 1, with equal chances, with probability p.

    Parameters
    ----------
    p : float
        Probability in [0, 1] that an entry is set.

    Raises
    ------
    ValueError
        If p is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> noisy = npae.SaltAndPepper(0.2).apply(np.full((100, 35), 0.5), np.random.default_rng(0))
    >>> sorted({float(value) for value in noisy.ravel()})
    [0.0, 0.5, 1.0]
    """

    p: float

    def __post_init__(self) -> None:
        number_in("p", self.p, 0, 1)

    def draw(self, x: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Return a = 0 where an entry is set, and b = 1 where it is set to 1."""
        u = rng.random(x.shape)
        salt = u > 1 - self.p / 2
        return ((u >= self.p / 2) & ~salt).astype(x.dtype), salt.astype(x.dtype)


@dataclass(frozen=True)
class GaussianNoise(Noise):
    """Add a normal number to each entry: x + std * e with e ~ N(0, 1).

    Parameters
    ----------
    std : float
        Standard deviation, at least 0.

    Raises
    ------
    ValueError
        If std is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> noisy = npae.GaussianNoise(0.1).apply(np.zeros((100, 35)), np.random.default_rng(0))
    >>> round(float(noisy.std()), 2)
    0.1
    """

    std: float

    def __post_init__(self) -> None:
        number_in("std", self.std, 0, math.inf)

    def draw(self, x: FloatArray, rng: np.random.Generator) -> tuple[float, FloatArray]:
        """Return a = 1 and b ~ N(0, std^2)."""
        dtype: Any = x.dtype
        b = rng.standard_normal(x.shape, dtype=dtype)
        b *= float(self.std)
        return 1.0, b


@dataclass(frozen=True)
class MaskPixels(Noise):
    """Set each entry to 0 with probability p.

    Parameters
    ----------
    p : float
        Probability in [0, 1] that an entry is set.

    Raises
    ------
    ValueError
        If p is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> noisy = npae.MaskPixels(0.3).apply(np.ones((100, 35)), np.random.default_rng(0))
    >>> round(float((noisy == 0).mean()), 1)
    0.3
    """

    p: float

    def __post_init__(self) -> None:
        number_in("p", self.p, 0, 1)

    def draw(self, x: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, float]:
        """Return a = 0 where an entry is set to 0, else 1, and b = 0."""
        return (rng.random(x.shape) >= self.p).astype(x.dtype), 0.0


@dataclass(frozen=True)
class Noisy(Layer):
    """Add noise between layers in training: y = a x + b, with a and b drawn by a noise; dx = a dy. Otherwise y = x.

    x and y (N, ...). A mirrored decoder has no counterpart of this layer.

    Parameters
    ----------
    noise : Noise
        One that defines `draw`, such as GaussianNoise(0.1).

    Raises
    ------
    ValueError
        If noise is something else, or cannot act on the samples.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> encoder = [npae.Dense(16, "tanh"), npae.Noisy(npae.GaussianNoise(0.1)), npae.Dense(2)]
    >>> npae.Autoencoder(encoder, epochs=5, random_state=0).fit(letters).network_
    Network(35-16-16-2 | 16-35, MeanSquaredError, 1253 parameters)
    """

    noise: Noise

    stochastic = True

    def __post_init__(self) -> None:
        if not isinstance(self.noise, Noise) or type(self.noise).draw is Noise.draw:
            raise ValueError(
                f"noise must be a noise that defines draw, such as GaussianNoise(0.1), got {self.noise!r}."
            )

    def out_shape(self, in_shape: Shape) -> Shape:
        self.noise.check(in_shape)
        return in_shape

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        if context.rng is None:
            return x, lambda dy, grads: dy
        y, a = self._draw(x, context, context.rng)

        def backward(dy: FloatArray, grads: Views) -> FloatArray:
            dy *= a
            return dy

        return y, backward

    def _draw(self, x: FloatArray, context: Context, rng: np.random.Generator) -> tuple[FloatArray, float | FloatArray]:
        """Return y and a."""
        (a, b), scratch = self.noise.draw(x, rng), context.scratch
        out = scratch.output(len(x), x.shape[1], context.feeds_loss) if x.ndim == 2 else scratch.empty_like(x)
        y = np.multiply(x, a, out=out)
        y += b
        return y, a

    def linearize(self, x: FloatArray, params: Views, context: Context) -> Linearization:
        """Return the layer as a linear map, as `Layer` describes it, with the noise that was drawn once.

        Parameters
        ----------
        x, params, context : as in `forward`
            The samples, no parameters, and the circumstances of the pass.

        Returns
        -------
        Linearization
            Without factors.
        """
        if context.rng is None:
            return linearized_product(x, 1.0, x, context)
        y, a = self._draw(x, context, context.rng)
        return linearized_product(x, a, y, context)

    def mirror(self, in_shape: Shape, activation: str) -> list[Layer]:
        return []


def _float(x: AnyArray) -> np.dtype[Any]:
    """Return the dtype to compute in: x's own, or float64 if that is not a float."""
    return x.dtype if x.dtype in (np.float32, np.float64) else np.dtype(np.float64)
