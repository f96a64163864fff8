"""The loss of theta on rows of a cluster: a sum over its parts, each evaluated where it lies."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ..layers.workspace import LentWorkspace
from ..network import Network
from ..penalties import Penalty
from ..samples import Samples
from ..settings.array_types import AnyArray, ArrayLike, FloatArray
from .parts import Rows, packed, unpacked


class DistributedObjective:
    """The loss of theta on rows of a cluster, and its gradient: sums over the parts, in their order.

    value(theta) = sum_p value_p(theta), where each part's loss is divided by the number of rows in all parts; likewise
    the gradient. Every evaluation sends theta to each worker and gets one gradient per part back. The sums are those of
    one process up to rounding. They have the same bits every time, whichever worker does what, since the order of the
    parts is fixed, if the workers have the same processor and libraries.

    It can be used like any objective: `scipy.optimize.minimize(objective.value_and_gradient, theta, jac=True)`,
    `method=npae.optimize.bfgs`, `Refine(...).improve(objective, theta)`.

    Parameters
    ----------
    network : Network
        What is evaluated.
    X : Rows, dask.array or list of futures
        The samples, which are also the targets: as in Rows.
    client : dask.distributed.Client, default None
        The cluster; None for the current client.
    seed : int, default None
        The seed of noise, dropout and sampling, with the same draws at every evaluation; None for no draws.

    Attributes
    ----------
    rows : Rows
        The samples, checked and in the network's dtype.
    epsilon : float
        The relative precision of what is returned.

    Raises
    ------
    ValueError
        If the rows do not fit the network, or the network's loss is not a sum over samples.
    ImportError, TypeError, RuntimeError
        As in Rows.

    Examples
    --------
    >>> objective = npae.distributed.DistributedObjective(network, X, client)  # doctest: +SKIP
    >>> scipy.optimize.minimize(objective.value_and_gradient, theta, jac=True, method="L-BFGS-B")  # doctest: +SKIP
    """

    def __init__(self, network: Network, X: Any, client: Any = None, *, seed: int | None = None) -> None:
        self.rows, self._network, self._seed = X if isinstance(X, Rows) else Rows(X, client), network, seed
        self.epsilon, self.indices = np.finfo(network.dtype).eps, network.indices
        if self.rows.shape != network.in_shape:
            raise ValueError(f"X must have samples of shape {network.in_shape}, got {self.rows.shape}.")
        _check_additive(network)
        self._bytes = packed(network)
        self.rows.prepare(network)

    def value(self, theta: ArrayLike) -> float:
        """Return the loss of theta.

        Parameters
        ----------
        theta : array of shape (n_parameters,)
            The parameters.

        Returns
        -------
        float
            The loss on all rows.
        """
        return self.evaluate(theta, self._rng(), gradient=False)[0]

    def value_and_gradient(self, theta: ArrayLike) -> tuple[float, FloatArray]:
        """Return the loss of theta, and its gradient.

        Parameters
        ----------
        theta : array of shape (n_parameters,)
            The parameters.

        Returns
        -------
        value : float
            The loss on all rows.
        gradient : array of shape (n_parameters,)
            A fresh float64 vector.
        """
        value, gradient = self.evaluate(theta, self._rng())
        assert gradient is not None
        return value, gradient

    def evaluate(
        self,
        theta: ArrayLike,
        rng: np.random.Generator | None = None,
        *,
        gradient: bool = True,
        epoch: float = math.inf,
    ) -> tuple[float, FloatArray | None]:
        """Return the loss of theta in a certain epoch, and its gradient if it is wanted.

        Parameters
        ----------
        theta : array of shape (n_parameters,)
            The parameters.
        rng : numpy.random.Generator, default None
            What seeds the draws of each part; None for no draws.
        gradient : bool, default True
            Whether the gradient is wanted.
        epoch : float, default inf
            The number of the epoch, counted from 0; inf outside of training.

        Returns
        -------
        value : float
            The loss on all rows.
        gradient : array of shape (n_parameters,) or None
            A fresh float64 vector.

        Raises
        ------
        ValueError
            If theta has another shape.
        """
        theta = np.array(theta, self._network.dtype)
        if theta.shape != (self._network.n_parameters,):
            raise ValueError(f"theta must have shape ({self._network.n_parameters},), got {theta.shape}.")
        count = len(self.rows.counts)
        seeds = [None] * count if rng is None else rng.integers(2**63, size=count).tolist()
        real = None if self.rows.mask is None else float(self.rows.mask.mean())
        shards = self.rows.map(_shard, theta, self._bytes, len(self.rows), real, gradient, epoch, each=seeds)
        values, gradients = zip(*shards, strict=True)
        return sum(values), functools.reduce(np.add, gradients) if gradient else None

    def _rng(self) -> np.random.Generator | None:
        return None if self._seed is None else np.random.default_rng(self._seed)


def _check_additive(network: Network) -> None:
    """Raise ValueError if the loss of all rows is not a sum over parts of them."""
    together = [item for item in (*network.penalties, *network.layers) if getattr(item, "whole_batch", False)]
    if together:
        what = "penalty" if isinstance(together[0], Penalty) else "layer"
        hint = "Use CodeL1." if what == "penalty" else "Leave free_bits out of a GaussianCode."
        raise ValueError(f"{what} must be a sum over samples on a cluster, got {together[0]!r}. {hint}")


def _shard(
    part: AnyArray | Samples,
    theta: FloatArray,
    content: bytes,
    samples: int,
    real: float | None,
    gradient: bool,
    epoch: float,
    seed: int | None,
) -> tuple[float, FloatArray | None]:
    """Return (value, float64 gradient or None) of a part, as its share of the whole batch of so many samples.

    `real` is the share of the batch's steps that are not padding, None without a mask.
    """
    network, idle = unpacked(content)
    rng = None if seed is None else np.random.default_rng(seed)
    x, mask = (part.X, part.mask) if isinstance(part, Samples) else (part, None)
    with LentWorkspace(idle, network.new_workspace) as workspace:
        workspace.context.epoch = epoch
        value = network.evaluate(workspace, theta, x, x, rng, samples=samples, mask=mask, real=real, gradient=gradient)
        return float(value), workspace.gradient.astype(np.float64) if gradient else None
