"""Where x = g(x): iteration that learns from its last steps how to go on."""

from __future__ import annotations

import numpy as np

from ..settings.array_types import BoolArray, FloatArray

MEMORY = 6  # steps that it remembers


class Anderson:
    """Anderson's acceleration of x <- g(x), for many points (n, d) at once, each on its own [1]_.

    Where g is linear of rank r on what moves, r + 2 steps are enough. A point is not moved by more than `most` times
    what g would move it by.

    References
    ----------
    .. [1] H. Walker and P. Ni, "Anderson acceleration for fixed-point iterations", SIAM J. Numer. Anal. 49 (2011).
    """

    def __init__(self, most: float = 100.0) -> None:
        self._most = most
        self._x: list[FloatArray] = []
        self._f: list[FloatArray] = []

    def keep(self, which: BoolArray) -> None:
        """Forget all points except those where `which` is true."""
        self._x = [x[which] for x in self._x]
        self._f = [f[which] for f in self._f]

    def next(self, x: FloatArray, f: FloatArray) -> FloatArray:
        """Return the points to go on from, given the points x (n, d) and f = g(x) - x."""
        self._x, self._f = [*self._x, x][-MEMORY - 1 :], [*self._f, f][-MEMORY - 1 :]
        if len(self._f) == 1:
            return x + f
        steps = np.stack([b - a for a, b in zip(self._x, self._x[1:], strict=False)], axis=1)  # (n, m, d)
        changes = np.stack([b - a for a, b in zip(self._f, self._f[1:], strict=False)], axis=1)
        products = np.einsum("nad,nbd->nab", changes, changes)
        size = np.einsum("naa->n", products)
        products += (1e-12 * size + np.finfo(np.float64).tiny)[:, None, None] * np.eye(products.shape[1])
        right = np.einsum("nad,nd->na", changes, f)
        with np.errstate(all="ignore"):
            factors = np.linalg.solve(products, right[:, :, None])[:, :, 0]
            back = np.einsum("na,nad->nd", factors, steps + changes)
            length = np.sqrt(np.einsum("nd,nd->n", back, back))
            far = ~(length <= self._most * np.sqrt(np.einsum("nd,nd->n", f, f)))
        back[far] = 0.0
        moved: FloatArray = x + f - back
        return moved
