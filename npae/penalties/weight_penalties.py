"""Weights: what keeps them small, and what bounds them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..layers.context import Context
from ..settings.array_types import FloatArray
from ..settings.checks import number_in
from .penalty import Penalty


class WeightPenalty(Penalty):
    """A function of each array of weights, but not of biases; values and derivatives are added up.

    Attributes
    ----------
    curvature : callable or None, default None
        A method `curvature(w, v, share)` that returns share times H v, a fresh array, where H is the second derivative
        of the penalty of w, positive semi-definite. Gauss-Newton matrices then count the penalty; otherwise they take
        it for a straight line.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Smooth(npae.WeightPenalty):
    ...     "weight * sum log(1 + w^2); derivative 2 weight w / (1 + w^2)."
    ...
    ...     weight: float = 0.01
    ...
    ...     def charge(self, w, dw, share, context):
    ...         factor = self.weight * share
    ...         if dw is not None:
    ...             dw += 2 * factor * w / (1 + w**2)
    ...         return factor * float(np.log1p(w**2).sum())
    >>> network = npae.Network([npae.Dense(2)], [npae.Dense(5)], in_shape=(5,), penalty=Smooth())
    >>> npae.check_gradients(network, np.random.default_rng(0).random((3, 5))).error < 1e-6
    True
    """

    curvature: Callable[[FloatArray, FloatArray, float], FloatArray] | None = None

    def charge(self, w: FloatArray, dw: FloatArray | None, share: float, context: Context) -> float:
        """Return the penalty of one array, and add its derivative.

        Parameters
        ----------
        w : array
            The weights. Not to be written to.
        dw : array or None
            The gradient, which share times the penalty's derivative is added to in place; None if none is wanted.
        share : float
            The part of the batch that this pass sees: the value, too, is multiplied by it.
        context : Context
            Scratch memory: see `Layer`.

        Returns
        -------
        float
            Share times the penalty.
        """
        raise NotImplementedError(f"{type(self).__name__} must define charge(w, dw, share, context).")


@dataclass(frozen=True)
class L1(WeightPenalty):
    """Drive weights to 0: weight * sum |w| over all weights; derivative weight * sign(w).

    Parameters
    ----------
    weight : float
        At least 0.

    Raises
    ------
    ValueError
        If weight is out of range.

    References
    ----------
    .. [1] Tibshirani, "Regression shrinkage and selection via the lasso", 1996.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> def size_of_weights(penalty):
    ...     ae = npae.Autoencoder([16, 2], penalty=penalty, epochs=20, random_state=0)
    ...     return abs(ae.fit(letters).theta_).mean()
    >>> bool(size_of_weights(npae.L1(0.001)) < size_of_weights(None))
    True
    """

    weight: float

    def __post_init__(self) -> None:
        number_in("weight", self.weight, 0, math.inf)

    def charge(self, w: FloatArray, dw: FloatArray | None, share: float, context: Context) -> float:
        factor, spare = float(self.weight * share), context.scratch.empty(*w.shape)
        if dw is not None:
            dw += np.multiply(np.sign(w, out=spare), factor, out=spare)
        return factor * float(np.abs(w, out=spare).sum())


@dataclass(frozen=True)
class L2(WeightPenalty):
    """Keep weights small: weight * sum w^2 over all weights; derivative 2 weight w.

    Plain gradient descent with `weight_decay=2 * weight` takes the same steps, except that biases decay there too.

    Parameters
    ----------
    weight : float
        At least 0.

    Raises
    ------
    ValueError
        If weight is out of range.

    References
    ----------
    .. [1] Hoerl & Kennard, "Ridge regression: biased estimation for nonorthogonal problems", 1970.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> def size_of_weights(penalty):
    ...     ae = npae.Autoencoder([16, 2], penalty=penalty, epochs=20, random_state=0)
    ...     return abs(ae.fit(letters).theta_).mean()
    >>> bool(size_of_weights(npae.L2(0.001)) < size_of_weights(None))
    True
    """

    weight: float

    def __post_init__(self) -> None:
        number_in("weight", self.weight, 0, math.inf)

    def charge(self, w: FloatArray, dw: FloatArray | None, share: float, context: Context) -> float:
        factor = float(self.weight * share)
        if dw is not None:
            dw += np.multiply(w, 2.0 * factor, out=context.scratch.empty(*w.shape))
        return factor * float(np.vdot(w, w))

    def curvature(self, w: FloatArray, v: FloatArray, share: float) -> FloatArray:
        """Return 2 weight share v.

        Parameters
        ----------
        w, v : array
            The weights, and the direction to multiply. Not to be written to.
        share : float
            The part of the batch that this pass sees.

        Returns
        -------
        array
            Like v.
        """
        return v * v.dtype.type(2.0 * self.weight * share)


@dataclass(frozen=True)
class MaxNorm(Penalty):
    """Bound the norm of the weights that go into each unit: w <- w min(1, limit / |w|) after every step.

    Nothing is added to the loss. A refinement by SciPy does not know the bound: its result is projected onto it, and
    accepted if the loss is still smaller than before.

    Parameters
    ----------
    limit : float, default 3.0
        Largest Euclidean norm of a unit's weights, positive; 3 to 4 is usual.

    Raises
    ------
    ValueError
        If limit is out of range.

    References
    ----------
    .. [1] Srivastava et al., "Dropout", JMLR 15 (2014), sec. 5.1.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder([16, 2], penalty=npae.MaxNorm(1.0), epochs=20, random_state=0).fit(letters)
    >>> W = ae.network_.parameters(ae.theta_)["encoder.0.W"]
    >>> bool(np.linalg.norm(W, axis=0).max() < 1.0001)           # of the weights into each unit
    True
    """

    limit: float = 3.0

    def __post_init__(self) -> None:
        number_in("limit", self.limit, 0, math.inf, closed=False)

    def project(self, w: FloatArray) -> None:
        """Scale the weights of each unit down to the bound, in place.

        Parameters
        ----------
        w : array (..., K)
            The weights of K units.
        """
        axes, tiny = tuple(range(w.ndim - 1)), np.finfo(w.dtype).tiny
        with np.errstate(over="ignore"):
            norm = np.sqrt(np.square(w).sum(axis=axes))
        if np.isinf(norm).any():  # the squares are beyond the dtype
            largest = np.maximum(np.abs(w).max(axis=axes), tiny)
            norm = largest * np.sqrt(np.square(w / largest).sum(axis=axes))
        w *= np.minimum(1.0, self.limit / np.maximum(norm, tiny)).astype(w.dtype)
