"""The inverse of a symmetric positive definite matrix, on as many threads at a time as call it.

SciPy's LAPACK functions keep Python's lock, so that two threads wait for one another; NumPy's products do not.
"""

from __future__ import annotations

import numpy as np

from ..settings.array_types import FloatArray

SMALL = 96  # rows of a matrix that LAPACK inverts as a whole


def invert_definite(A: FloatArray) -> bool:
    """Replace a symmetric matrix by its inverse, in place; return whether it is positive definite after rounding.

    Halves of the rows and columns make four blocks, of which one half and the Schur complement of the other are
    inverted in turn ([1]_, sec. 0.7.3). It takes about 2/3 n^3 multiplications, nearly all of them in products. A
    matrix that is not positive definite is left half done.

    References
    ----------
    .. [1] Horn & Johnson, "Matrix analysis", 2nd edition, Cambridge University Press, 2013.
    """
    if len(A) <= SMALL:
        return _invert_small(A)
    half = len(A) // 2
    first, below, last = A[:half, :half], A[half:, :half], A[half:, half:]
    if not invert_definite(first):
        return False
    slopes = np.dot(below, first)
    last -= np.dot(slopes, below.T)
    if not invert_definite(last):
        return False
    across = np.dot(last, slopes)
    first += np.dot(slopes.T, across)
    np.negative(across, out=below)
    A[:half, half:] = below.T
    return True


def _invert_small(A: FloatArray) -> bool:
    try:
        root = np.linalg.cholesky(A)
        inverse = np.linalg.inv(root)
    except np.linalg.LinAlgError:
        return False
    np.dot(inverse.T, inverse, out=A) if A.flags.c_contiguous else np.copyto(A, np.dot(inverse.T, inverse))
    return bool(np.isfinite(A.diagonal()).all())
