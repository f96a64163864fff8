"""The inverse Hessian that BFGS builds: a sum of rank-two terms, or the matrix they add up to, whichever costs less."""

import math

import numpy as np
from scipy.linalg.blas import dsymv, dsyr2, dsyr2k
from scipy.sparse.linalg import LinearOperator

from ..settings.checks import number_in

MATRIX_WORTH = 1 / 3  # pairs, as a share of n, from which on the n x n matrix is the cheaper form (measured)
SMALL = 100  # unknowns up to which it always is
ROUNDING = 1e-10  # of the largest entry, by which a first H may miss being positive definite
BLOCK = 256  # pairs that are added to a matrix at a time


class InverseHessian:
    """H = scale * identity (or a given H0) plus the sum of s v' + v s' over the pairs (s, v) added so far.

    Parameters
    ----------
    n : unknowns.
    first : H0: None for the identity, a symmetric positive definite (n, n) array, or another one's `result()`.
    max_memory : bytes that it may take while it grows or becomes a matrix. A matrix given as `first` stays what it is.
    """

    def __init__(self, n, first=None, max_memory=1e9):
        number_in("max_memory", max_memory, 0, math.inf)
        self._n, self._room = n, int(max_memory // (24 * n))  # growing, the pairs are there one and a half times
        pairs_and_matrix = 8 * n * n + 16 * n * max(MATRIX_WORTH * (n - SMALL), 0)
        self._matrix_fits = n <= SMALL or pairs_and_matrix <= max_memory
        if self._room < 1:
            raise ValueError(f"max_memory must be at least {24 * n} bytes for {n} unknowns, got {max_memory:g}.")
        self.restart(1.0)
        if first is not None and np.shape(first) != (n, n):
            raise ValueError(f"hess_inv0 must have shape ({n}, {n}), got {np.shape(first)}.")
        if isinstance(first, PairsOperator):
            self._pairs = first.pairs.copy()
        elif first is not None:
            self._matrix = np.asfortranarray(_checked(first, n))
        self._switch()

    @property
    def is_full(self):
        """Whether no pair can be added within the memory."""
        return self._matrix is None and self._pairs.count >= self._room

    def restart(self, scale):
        """Forget everything: H is `scale` times the identity."""
        self._matrix, self._pairs = None, _Pairs(self._n, scale)

    def product(self, x):
        """Return H x for a vector (n,), or for each row of x (m, n)."""
        if self._matrix is None:
            return self._pairs.product(x)
        return dsymv(1.0, self._matrix, x) if x.ndim == 1 else np.stack([dsymv(1.0, self._matrix, row) for row in x])

    def add(self, s, v):
        """Add s v' + v s' to H."""
        if self._matrix is not None:
            self._matrix = dsyr2(1.0, s, v, a=self._matrix, overwrite_a=True)
            return
        self._pairs.add(s, v, self._room)
        self._switch()

    def result(self):
        """Return H: a full (n, n) array, or a LinearOperator of shape (n, n) while it is a sum of pairs."""
        if self._matrix is None:
            return PairsOperator(self._pairs)
        upper = np.triu(self._matrix)
        return upper + np.triu(upper, 1).T

    def _switch(self):
        """Become a matrix where that is cheaper and fits."""
        if self._matrix is None and self._matrix_fits and self._pairs.count >= MATRIX_WORTH * (self._n - SMALL):
            self._matrix, self._pairs = self._pairs.matrix(), None


class _Pairs:
    """scale * identity + sum of s v' + v s': O(n k) numbers for k pairs, and as many operations for a product."""

    def __init__(self, n, scale=1.0, room=8):
        self.n, self.scale, self.count = n, scale, 0
        self._rows = np.empty((room, 2, n))

    def product(self, x):
        """Return H x, for x (n,) or each row of x (m, n), from two products with the rows."""
        if not self.count:
            return self.scale * x
        rows = self._rows[: self.count].reshape(-1, self.n)  # s, v, s, v, ...
        along = (x @ rows.T).reshape(*x.shape[:-1], -1, 2)
        return self.scale * x + along[..., ::-1].reshape(*x.shape[:-1], -1) @ rows

    def add(self, s, v, most):
        """Add a pair, with room for `most` of them in the end."""
        if self.count == len(self._rows):
            larger = np.empty((min(2 * self.count, max(most, self.count + 1)), 2, self.n))
            larger[: self.count] = self._rows
            self._rows = larger
        self._rows[self.count] = s, v
        self.count += 1

    def matrix(self):
        """Return H as a matrix whose upper triangle is filled, (n, n), column by column."""
        H = np.zeros((self.n, self.n), order="F")
        np.fill_diagonal(H, self.scale)
        for start in range(0, self.count, BLOCK):
            s, v = self._rows[start : min(start + BLOCK, self.count)].transpose(1, 2, 0)
            H = dsyr2k(1.0, s, v, beta=1.0, c=H, overwrite_c=True)
        return H

    def copy(self):
        """Return pairs of its own that can be added to."""
        other = _Pairs(self.n, self.scale, max(8, self.count))
        other._rows[: self.count] = self._rows[: self.count]
        other.count = self.count
        return other


class PairsOperator(LinearOperator):
    """An inverse Hessian, (n, n), as a sum of pairs; `todense()` gives the array."""

    def __init__(self, pairs):
        super().__init__(np.float64, (pairs.n, pairs.n))
        self.pairs = pairs

    def _matvec(self, x):
        return self.pairs.product(np.ravel(x))

    def _rmatvec(self, x):
        return self._matvec(x)

    def todense(self):
        """Return the (n, n) array."""
        return self @ np.eye(self.pairs.n)


def _checked(first, n):
    """Return a first inverse Hessian as a symmetric positive definite (n, n) array of its own."""
    array = np.array(first @ np.eye(n) if isinstance(first, LinearOperator) else first, dtype=float)
    if not np.isfinite(array).all():
        raise ValueError("hess_inv0 must be finite, got a matrix that is not.")
    if not np.allclose(array, array.T, rtol=1e-6, atol=1e-12 * np.abs(array).max()):
        raise ValueError("hess_inv0 must be symmetric, got a matrix that is not.")
    array = (array + array.T) / 2
    try:
        np.linalg.cholesky(array + ROUNDING * np.abs(array).max() * np.eye(n))
    except np.linalg.LinAlgError as error:
        raise ValueError("hess_inv0 must be positive definite, got a matrix that is not.") from error
    return array
