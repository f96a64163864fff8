"""A batch cut into shards, one a thread, and their values and gradients added up in a fixed order."""

import numpy as np

from ..samples.rows import Rows
from .threads import Threads


class Shards:
    """Evaluates a network on several threads; a context manager, since the threads end with it.

    Each thread has a workspace of its own and takes consecutive rows of the batch, so that the sum does not depend
    on which thread is done first: equal batches and equal `threads` give equal bits.

    Parameters
    ----------
    network : Network. threads : how many, at least 1.

    Attributes
    ----------
    gradient : flat vector, the whole batch's after `evaluate`.
    """

    def __init__(self, network, threads=1):
        self._network, self._threads = network, Threads(threads)
        self._workspaces = [network.new_workspace() for _ in range(threads)]
        self._inputs, self._targets = ([Rows(network.dtype) for _ in range(threads)] for _ in range(2))
        self.gradient = self._workspaces[0].gradient

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._threads.__exit__(*exception)
        for rows in (*self._inputs, *self._targets):
            rows.close()

    def begin_epoch(self, epoch):
        """Let epoch number `epoch` begin, counted from 0, for layers that ask `context.epoch`."""
        for workspace in self._workspaces:
            workspace.context.epoch = epoch

    def evaluate(self, theta, X, T=None, *, mask=None, rows=None, rng=None, gradient=True):
        """Return the loss of theta on X, or on those of its rows; the gradient is left in `gradient`.

        X (N, *in_shape) and the targets T (N, *out_shape), X itself by default, may be larger than memory: they are
        cast to the network's dtype shard by shard, where they do not have it. `mask` (N, steps) is that of series.
        `rows` is an array of indices. With more than one thread each gets a generator of its own, seeded by `rng`.
        """
        if mask is not None and rows is not None:
            mask = mask[rows]
        if self._threads.count == 1:
            x, t = self._shard(0, X, T, rows)
            return self._network.evaluate(self._workspaces[0], theta, x, t, rng, mask=mask, gradient=gradient)
        count = len(X) if rows is None else len(rows)
        whole = {"samples": count, "real": None if mask is None else mask.mean(), "gradient": gradient}
        seeds = None if rng is None else rng.integers(2**63, size=self._threads.count)
        values = [0.0] * self._threads.count

        def shard(i):
            part = self._threads.part(i, count)
            if part.start == part.stop:
                self._workspaces[i].gradient.fill(0.0)
                return
            x, t = self._shard(i, X, T, part if rows is None else rows[part])
            own = None if seeds is None else np.random.default_rng(seeds[i])
            padding = None if mask is None else mask[part]
            values[i] = self._network.evaluate(self._workspaces[i], theta, x, t, own, mask=padding, **whole)

        self._threads.do(shard)
        if gradient:
            self._threads.do(self._add_up)
        return sum(values)

    def step(self, optimizer, theta, eta, memory):
        """Let an optimiser move theta along `gradient`, each thread its part."""
        optimizer.step(theta, self.gradient, eta, memory, self._threads)

    def _shard(self, i, X, T, which):
        x = self._inputs[i].of(X, which)
        return x, x if T is None or T is X else self._targets[i].of(T, which)

    def _add_up(self, i):
        part = self._threads.part(i, self.gradient.size)
        for workspace in self._workspaces[1:]:
            self.gradient[part] += workspace.gradient[part]
