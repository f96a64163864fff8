"""Leave out random numbers in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..settings.array_types import FloatArray, Shape, Views
from ..settings.checks import number_in
from .context import Context
from .layer import Layer, Pass
from .linearization import Linearization, linearized_product


@dataclass(frozen=True)
class Dropout(Layer):
    """Leave out each number with probability p in training: y = x m / (1 - p), where m is 0 or 1. Otherwise y = x.

    x and y (N, ...). The scale while training ("inverted dropout") makes scaling later unnecessary. A mirrored decoder
    has no counterpart of this layer.

    Parameters
    ----------
    p : float
        Probability in [0, 1[ that a number is left out.

    Raises
    ------
    ValueError
        If p is something else.

    References
    ----------
    .. [1] Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, "Dropout", JMLR 15 (2014), sec. 4.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> encoder = [npae.Dense(64, "relu"), npae.Dropout(0.2), npae.Dense(2)]
    >>> npae.Autoencoder(encoder, epochs=5, random_state=0).fit(letters).network_
    Network(35-64-64-2 | 64-35, MeanSquaredError, 4901 parameters)
    """

    p: float

    stochastic = True
    _linear = "fixed"

    def __post_init__(self) -> None:
        number_in("p", self.p, 0, 1, closed="low")

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        if not context.training or self.p == 0:
            return x, lambda dy, grads: dy
        y, factor = self._draw(x, context)

        def backward(dy: FloatArray, grads: Views) -> FloatArray:
            dy *= factor
            return dy

        return y, backward

    def _draw(self, x: FloatArray, context: Context) -> tuple[FloatArray, FloatArray]:
        """Return y and m / (1 - p)."""
        scratch = context.scratch
        factor = _uniform(scratch.empty_like(x), context.rng)
        np.greater_equal(factor, self.p, out=factor)
        factor *= 1 / (1 - self.p)
        out = scratch.output(len(x), x.shape[1], context.feeds_loss) if x.ndim == 2 else scratch.empty_like(x)
        return np.multiply(x, factor, out=out), factor

    def linearize(self, x: FloatArray, params: Views, context: Context) -> Linearization:
        """Return the layer as a linear map, as `Layer` describes it, with the numbers that were drawn once.

        Parameters
        ----------
        x, params, context : as in `forward`
            The samples, no parameters, and the circumstances of the pass.

        Returns
        -------
        Linearization
            Without factors.
        """
        if not context.training or self.p == 0:
            return linearized_product(x, 1.0, x, context)
        y, factor = self._draw(x, context)
        return linearized_product(x, factor, y, context)

    def mirror(self, in_shape: Shape, activation: str) -> list[Layer]:
        return []


def _uniform(out: FloatArray, rng: Any) -> FloatArray:
    """Fill contiguous memory, in either order, with random numbers in [0, 1[."""
    rng.random(out=out.T if out.flags.f_contiguous else out, dtype=out.dtype)
    return out
