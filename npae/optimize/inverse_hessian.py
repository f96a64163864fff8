"""The inverse Hessian of BFGS: a sum of rank-two terms or the matrix that they add up to, whichever costs less."""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg.blas import dsymv, dsyr2, dsyr2k
from scipy.sparse.linalg import LinearOperator

from ..settings.array_types import ArrayLike, FloatArray
from ..settings.checks import digits, number_in

MATRIX_WORTH = 1 / 3  # pairs per unknown above which the n x n matrix costs less (measured)
SMALL = 100  # unknowns up to which it always costs less
ROUNDING = 1e-10  # of the largest entry: by so much a first H may miss being positive definite
PAIRS_AT_A_TIME = 256  # pairs that are added to a matrix by one product


class InverseHessian:
    """H = scale * identity (or a given H0) plus the sum of s v' + v s' over the pairs (s, v) added so far.

    Parameters
    ----------
    n : int
        Number of unknowns.
    first : array of shape (n, n), PairsOperator, LinearOperator or None, default None
        H0, symmetric and positive definite, such as the `result()` of another one; None for the identity.
    max_memory : float, default 1e9
        Bytes that it may take while it grows or becomes a matrix. A matrix given as `first` stays whatever it takes.
    """

    def __init__(self, n: int, first: ArrayLike | LinearOperator | None = None, max_memory: float = 1e9) -> None:
        number_in("max_memory", max_memory, 0, math.inf)
        self._n, self._room = (
            n,
            int(max_memory // (24 * n)),
        )  # while they grow, the pairs take one and a half times 16 n
        pairs_and_matrix = 8 * n * n + 16 * n * max(MATRIX_WORTH * (n - SMALL), 0)
        self._matrix_fits = n <= SMALL or pairs_and_matrix <= max_memory
        if self._room < 1:
            raise ValueError(f"max_memory must be at least {24 * n} bytes for {n} unknowns, got {digits(max_memory)}.")
        self._form: _Pairs | FloatArray = _Pairs(n)
        if first is not None and np.shape(first) != (n, n):
            raise ValueError(f"hess_inv0 must have shape ({n}, {n}), got {np.shape(first)}.")
        if isinstance(first, PairsOperator):
            self._form = first.pairs.copy()
        elif first is not None:
            self._form = np.asfortranarray(_checked(first, n))
        self._become_matrix_if_worth_it()

    @property
    def is_full(self) -> bool:
        """Whether the memory has no room for another pair."""
        return isinstance(self._form, _Pairs) and self._form.count >= self._room

    def restart(self, scale: float) -> None:
        """Forget everything: H is `scale` times the identity."""
        self._form = _Pairs(self._n, scale)

    def product(self, x: FloatArray) -> FloatArray:
        """Return H x for a vector (n,), or for each row of x (m, n)."""
        H = self._form
        if isinstance(H, _Pairs):
            return H.product(x)
        product: FloatArray = dsymv(1.0, H, x) if x.ndim == 1 else np.stack([dsymv(1.0, H, row) for row in x])
        return product

    def add(self, s: FloatArray, v: FloatArray) -> None:
        """Add s v' + v s' to H."""
        if isinstance(self._form, _Pairs):
            self._form.add(s, v, self._room)
            self._become_matrix_if_worth_it()
        else:
            self._form = dsyr2(1.0, s, v, a=self._form, overwrite_a=True)

    def result(self) -> FloatArray | PairsOperator:
        """Return H: a full (n, n) array, or a LinearOperator of that shape while H is a sum of pairs."""
        if isinstance(self._form, _Pairs):
            return PairsOperator(self._form)
        upper = np.triu(self._form)
        full: FloatArray = upper + np.triu(upper, 1).T
        return full

    def _become_matrix_if_worth_it(self) -> None:
        H = self._form
        if isinstance(H, _Pairs) and self._matrix_fits and H.count >= MATRIX_WORTH * (self._n - SMALL):
            self._form = H.matrix()


class _Pairs:
    """H = scale * identity + sum of s v' + v s': O(n k) numbers for k pairs, and as many operations per product."""

    def __init__(self, n: int, scale: float = 1.0, room: int = 8) -> None:
        self.n, self.scale, self.count = n, scale, 0
        self._rows = np.empty((room, 2, n))

    def product(self, x: FloatArray) -> FloatArray:
        """Return H x, for x (n,) or each row of x (m, n), by two products with the rows."""
        if not self.count:
            return self.scale * x
        rows = self._rows[: self.count].reshape(-1, self.n)  # s, v, s, v, ...
        along = (x @ rows.T).reshape(*x.shape[:-1], -1, 2)
        product: FloatArray = self.scale * x + along[..., ::-1].reshape(*x.shape[:-1], -1) @ rows
        return product

    def add(self, s: FloatArray, v: FloatArray, most: int) -> None:
        """Add a pair; there will be at most `most` of them."""
        if self.count == len(self._rows):
            larger = np.empty((min(2 * self.count, max(most, self.count + 1)), 2, self.n))
            larger[: self.count] = self._rows
            self._rows = larger
        self._rows[self.count] = s, v
        self.count += 1

    def matrix(self) -> FloatArray:
        """Return H as a matrix (n, n) in column-major order, of which only the upper triangle is filled."""
        H = np.zeros((self.n, self.n), order="F")
        np.fill_diagonal(H, self.scale)
        for start in range(0, self.count, PAIRS_AT_A_TIME):
            s, v = self._rows[start : min(start + PAIRS_AT_A_TIME, self.count)].transpose(1, 2, 0)
            H = dsyr2k(1.0, s, v, beta=1.0, c=H, overwrite_c=True)
        return H

    def copy(self) -> _Pairs:
        """Return a copy to which pairs can be added."""
        other = _Pairs(self.n, self.scale, max(8, self.count))
        other._rows[: self.count] = self._rows[: self.count]
        other.count = self.count
        return other


class PairsOperator(LinearOperator):  # type: ignore[misc]  # SciPy has no types
    """An inverse Hessian (n, n) as a sum of pairs; `todense()` returns the array."""

    def __init__(self, pairs: _Pairs) -> None:
        super().__init__(np.float64, (pairs.n, pairs.n))
        self.pairs = pairs

    def _matvec(self, x: FloatArray) -> FloatArray:
        return self.pairs.product(np.ravel(x))

    def _rmatvec(self, x: FloatArray) -> FloatArray:
        return self._matvec(x)

    def todense(self) -> FloatArray:
        """Return the (n, n) array."""
        dense: FloatArray = self @ np.eye(self.pairs.n)
        return dense


def _checked(first: ArrayLike | LinearOperator, n: int) -> FloatArray:
    """Return a first inverse Hessian as a fresh (n, n) array, symmetric and positive definite."""
    array: FloatArray = np.array(first @ np.eye(n) if isinstance(first, LinearOperator) else first, dtype=float)
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
