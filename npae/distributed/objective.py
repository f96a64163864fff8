"""The loss of theta on rows of a cluster: the sum over shards, evaluated where they are."""

import functools
import math

import numpy as np

from ..layers.workspace import LentWorkspace
from ..penalties import Penalty
from .parts import Rows, packed, unpacked


class DistributedObjective:
    """The loss of theta on rows of a cluster, and its gradient: sums over the parts, in their order.

    value(theta) = sum_p value_p(theta), each part's loss averaged over the rows of all parts; likewise the gradient.
    Every evaluation sends theta to each worker and gets one gradient back a part. The sums are those of one process
    up to rounding, and the same bits every time, whichever worker does what: parts, not workers, are added up.

    It stands wherever an objective does: `scipy.optimize.minimize(objective.value_and_gradient, theta, jac=True)`,
    `method=npae.optimize.bfgs`, `Refine(...).improve(objective, theta)`.

    Parameters
    ----------
    network : Network. X, client : as in Rows.
    seed : of noise, dropout and sampling, the same draws at every evaluation; None (default) for none.

    Attributes
    ----------
    epsilon : relative precision of what it returns. rows : Rows.

    Raises
    ------
    As Rows; ValueError for rows that do not fit the network.
    """

    def __init__(self, network, X, client=None, *, seed=None):
        self.rows, self._network, self._seed = X if isinstance(X, Rows) else Rows(X, client), network, seed
        self.epsilon, self.indices = np.finfo(network.dtype).eps, network.indices
        if self.rows.shape != network.in_shape:
            raise ValueError(f"X must have samples of shape {network.in_shape}, got {self.rows.shape}.")
        _check_additive(network)
        self._bytes = packed(network)
        self.rows.prepare(network)

    def value(self, theta):
        """Return the loss at theta, a float."""
        return self.evaluate(theta, self._rng(), gradient=False)[0]

    def value_and_gradient(self, theta):
        """Return the loss at theta and a fresh float64 gradient."""
        return self.evaluate(theta, self._rng())

    def evaluate(self, theta, rng=None, *, gradient=True, epoch=math.inf):
        """Return (value, gradient or None) in epoch number `epoch`; a Generator seeds the draws of each part."""
        theta = np.array(theta, self._network.dtype)
        if theta.shape != (self._network.n_parameters,):
            raise ValueError(f"theta must have shape ({self._network.n_parameters},), got {theta.shape}.")
        count = len(self.rows.counts)
        seeds = [None] * count if rng is None else rng.integers(2**63, size=count).tolist()
        shards = self.rows.map(_shard, theta, self._bytes, len(self.rows), gradient, epoch, each=seeds)
        values, gradients = zip(*shards, strict=True)
        return sum(values), functools.reduce(np.add, gradients) if gradient else None

    def _rng(self):
        return None if self._seed is None else np.random.default_rng(self._seed)


def _check_additive(network):
    """Raise ValueError if the loss of all rows is no sum over parts of them."""
    together = [item for item in (*network.penalties, *network.layers) if getattr(item, "whole_batch", False)]
    if together:
        what = "penalty" if isinstance(together[0], Penalty) else "layer"
        hint = "Use CodeL1." if what == "penalty" else "Leave free_bits out of a GaussianCode."
        raise ValueError(f"{what} must be a sum over samples on a cluster, got {together[0]!r}. {hint}")


def _shard(x, theta, content, samples, gradient, epoch, seed):
    """Return (value, float64 gradient or None) of a part, as a share of the whole batch of so many samples."""
    network, idle = unpacked(content)
    rng = None if seed is None else np.random.default_rng(seed)
    with LentWorkspace(idle, network.new_workspace) as workspace:
        workspace.context.epoch = epoch
        value = network.evaluate(workspace, theta, x, x, rng, samples=samples, gradient=gradient)
        return float(value), workspace.gradient.astype(np.float64) if gradient else None
