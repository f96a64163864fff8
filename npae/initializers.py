"""Where theta starts: random weights, scaled by the number of inputs and outputs of a unit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .settings.array_types import FloatArray, Shape
from .settings.checks import number_in
from .settings.description import Description


class Initializer(Description):
    """Draws the first weights of a layer. Biases start at a constant of their own.

    An initialiser of your own is a frozen dataclass that derives from Initializer and defines `draw`.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Sparse(npae.Initializer):
    ...     "Draw w ~ N(0, 1 / (share fan_in)), and set all but a share of the weights to 0."
    ...
    ...     share: float = 0.2
    ...
    ...     def draw(self, rng, shape, fan_in, fan_out):
    ...         return rng.normal(0, (self.share * fan_in) ** -0.5, shape) * (rng.random(shape) < self.share)
    >>> npae.Autoencoder([8, 2], init=Sparse(0.5), epochs=5, random_state=0).fit(npae.datasets.load_font("symbols"))
    Autoencoder(encoder=[8, 2], init=Sparse(share=0.5), epochs=5, random_state=0)
    """

    _must_define = "draw"

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> FloatArray:
        """Draw an array of weights.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of randomness.
        shape : tuple of int
            Shape of the array.
        fan_in : int
            How many numbers are added up in one number of the layer's output.
        fan_out : int
            How many numbers of the output one number of the input goes to.

        Returns
        -------
        array
            Of this shape, in float64.
        """
        raise NotImplementedError(f"{type(self).__name__} must define draw(rng, shape, fan_in, fan_out).")


@dataclass(frozen=True)
class Gaussian(Initializer):
    """Draw w ~ N(mean, std^2), whatever the size of the layer.

    Parameters
    ----------
    std : float, default 0.3
        Standard deviation, at least 0.
    mean : float, default 0.0
        Mean.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> W = npae.Gaussian(std=0.3).draw(np.random.default_rng(0), (400, 100), fan_in=400, fan_out=100)
    >>> round(float(W.std()), 2)
    0.3
    """

    std: float = 0.3
    mean: float = 0.0

    def __post_init__(self) -> None:
        number_in("std", self.std, 0, np.inf)
        number_in("mean", self.mean, -np.inf, np.inf, closed=False)

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> FloatArray:
        return rng.normal(self.mean, self.std, shape)


@dataclass(frozen=True)
class Glorot(Initializer):
    """Draw w ~ U(-a, a) with a = gain sqrt(6 / (fan_in + fan_out)), for tanh and sigmoid.

    Parameters
    ----------
    gain : float, default 1.0
        Positive; 1 in [1]_. A variational autoencoder of MNIST's digits ended better with 0.5.

    Raises
    ------
    ValueError
        If gain is out of range.

    References
    ----------
    .. [1] Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
       eq. 16.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> W = npae.Glorot().draw(np.random.default_rng(0), (400, 100), fan_in=400, fan_out=100)
    >>> bool(abs(W).max() < (6 / (400 + 100)) ** 0.5)
    True
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        number_in("gain", self.gain, 0, np.inf, closed=False)

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> FloatArray:
        bound = self.gain * np.sqrt(6 / (fan_in + fan_out))
        return rng.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class He(Initializer):
    """Draw w ~ N(0, 2 / fan_in), for relu and its kin.

    References
    ----------
    .. [1] He et al., "Delving deep into rectifiers", ICCV 2015, eq. 10.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> W = npae.He().draw(np.random.default_rng(0), (400, 100), fan_in=400, fan_out=100)
    >>> round(float(W.std()), 3), round((2 / 400) ** 0.5, 3)
    (0.071, 0.071)
    """

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> FloatArray:
        return rng.normal(0.0, np.sqrt(2 / fan_in), shape)


@dataclass(frozen=True)
class LeCun(Initializer):
    """Draw w ~ N(0, 1 / fan_in), for selu.

    References
    ----------
    .. [1] LeCun et al., "Efficient backprop", 1998, eq. 16.
    .. [2] Klambauer et al., "Self-normalizing neural networks", NIPS 2017, sec. 2.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> W = npae.LeCun().draw(np.random.default_rng(0), (400, 100), fan_in=400, fan_out=100)
    >>> round(float(W.std()), 3), round((1 / 400) ** 0.5, 3)
    (0.05, 0.05)
    """

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> FloatArray:
        return rng.normal(0.0, np.sqrt(1 / fan_in), shape)


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Draw matrices that keep lengths, for maps that are applied step after step [1]_.

    W (..., K), as D rows of K numbers, has orthonormal columns if K <= D. If K > D, as in the recurrent weights of
    several gates, it consists of square orthogonal matrices side by side, the last one cut off. Each is uniform among
    all orthogonal matrices: the Q of a Gaussian matrix, with the signs of R's diagonal [2]_.

    References
    ----------
    .. [1] Saxe, McClelland & Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
       networks", ICLR 2014, sec. 3.
    .. [2] Mezzadri, "How to generate random matrices from the classical compact groups", 2007, sec. 5.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> W = npae.Orthogonal().draw(np.random.default_rng(0), (400, 100), fan_in=400, fan_out=100)
    >>> np.allclose(W.T @ W, np.eye(100))
    True
    """

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> FloatArray:
        columns = shape[-1]
        rows = math.prod(shape[:-1])
        parts = [_orthonormal(rng, rows, min(rows, columns)) for _ in range(0, columns, rows)]
        return np.concatenate(parts, axis=1)[:, :columns].reshape(shape)


def _orthonormal(rng: np.random.Generator, rows: int, columns: int) -> FloatArray:
    q, r = np.linalg.qr(rng.standard_normal((rows, columns)))
    return q * np.where(np.diag(r) < 0, -1.0, 1.0)


INITIALIZERS: dict[str, Initializer] = {
    "glorot": Glorot(),
    "he": He(),
    "lecun": LeCun(),
    "gaussian": Gaussian(),
    "orthogonal": Orthogonal(),
}
