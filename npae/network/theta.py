"""Theta, the flat vector of all that a network learns: how it begins, what it consists of, and where it may be.

The functions whose first argument is `self` become methods of `Network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..initializers import INITIALIZERS
from ..settings.array_types import ArrayLike, FloatArray, IntArray
from ..settings.checks import check_real
from ..settings.returned import has_shape, promise
from .assembly import cast

if TYPE_CHECKING:
    from .network import Network


def init(self: Network, rng: np.random.Generator) -> FloatArray:
    """Draw a first theta.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    array of shape (n_parameters,)
        Drawn by the initialiser, with biases at their constants.
    """
    theta = np.empty(self.n_parameters, self.dtype)
    for view, spec in zip(self.parameters(theta).values(), self._layout.specs.values(), strict=True):
        values = spec.initial_values(rng, self.initializer or INITIALIZERS[spec.initializer])
        if self.initializer is not None:
            what = f"draw of {type(self.initializer).__name__}"
            promise(has_shape(values, view.shape), what, f"an array of shape {view.shape}", values)
        view[...] = values
    return theta


def parameters(self: Network, vector: ArrayLike) -> dict[str, FloatArray]:
    """Return the arrays that a vector like theta or the gradient consists of.

    Parameters
    ----------
    vector : array of shape (n_parameters,)
        The vector. One of another dtype, or that is not contiguous, is copied first.

    Returns
    -------
    dict of str to array
        Reshaped views of the vector in order: {"encoder.0.W": view, ...}.
    """
    return self._layout.views(self.as_theta(vector))


def indices(self: Network, names: Sequence[str]) -> IntArray:
    """Return the positions in theta of layers or arrays.

    Parameters
    ----------
    names : list of str
        Such as ["decoder", "encoder.0", "encoder.1.W"].

    Returns
    -------
    array of int
        The positions in ascending order.

    Raises
    ------
    ValueError
        For an unknown name; the message lists the known ones.
    """
    return self._layout.indices(names)


def name_of(self: Network, index: int) -> str:
    """Return the name of one entry of theta.

    Parameters
    ----------
    index : int
        Its position.

    Returns
    -------
    str
        Such as "encoder.1.W[3, 0]".
    """
    return self._layout.name_of(index)


def as_theta(self: Network, vector: ArrayLike, what: str = "theta") -> FloatArray:
    """Return a vector in the network's dtype, copied only if necessary; ValueError for another length or kind."""
    given = np.ascontiguousarray(vector)
    check_real(what, given)
    array = cast(given, self.dtype)
    if array.shape != (self.n_parameters,):
        raise ValueError(f"{what} must have shape ({self.n_parameters},), got {array.shape}.")
    return array


def project(self: Network, theta: FloatArray) -> bool:
    """Move theta in place to where the bounds among the penalties hold, and return whether there are any."""
    for bound in self._bounds:
        for w in self._layout.weights(theta):
            bound.project(w)
    return bool(self._bounds)
