"""Principal components of samples that may be larger than memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg

from ..settings.array_types import AnyArray, FloatArray
from .moments import COPIED
from .rows import walk

DENSE = 2000  # features or samples up to which all inner products are made: 32 MB


def principal_components(
    X: AnyArray, scaled: Callable[[AnyArray], FloatArray], count: int, weights: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the directions along which samples vary most.

    Parameters
    ----------
    X : array of shape (N, D)
        The samples, in memory or in a mapped file.
    scaled : callable
        A function of some rows of X that returns them as they are to be seen.
    count : int
        How many components; there may be fewer, if the samples do not vary along so many.
    weights : array of shape (N,), default None
        How much each sample counts, 1 on average; None if all count alike.

    Returns
    -------
    mean : array of shape (D,)
        The mean of the scaled samples.
    directions : array of shape (k, D)
        Orthonormal, those of the largest variance first.
    variances : array of shape (k,)
        Of the scaled samples along them.
    """
    N, D = X.shape
    if weights is None:
        mean = sum(scaled(rows).sum(axis=0, dtype=np.float64) for _, rows in walk(X, COPIED)) / N
    else:
        mean = sum(weights[start : start + len(rows)] @ scaled(rows) for start, rows in walk(X, COPIED)) / N
    roots = None if weights is None else np.sqrt(weights)[:, None]

    def centred(rows: AnyArray, start: int = 0) -> FloatArray:
        """Return scaled rows less their mean, times the root of their weight."""
        x: FloatArray = scaled(rows) - mean
        return x if roots is None else x * roots[start : start + len(rows)]

    count = min(count, N, D)
    if min(N, D) > DENSE:
        values, directions = _by_iteration(X, centred, count)
    elif D <= N:
        scatter = np.zeros((D, D))
        for start, rows in walk(X, COPIED):
            x = centred(rows, start)
            scatter += x.T @ x
        values, vectors = _largest(scatter, count)
        directions = vectors.T
    else:
        x = centred(X)
        values, vectors = _largest(x @ x.T, count)
        directions = vectors.T @ x
        directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), np.finfo(float).tiny)
    alive = values > 1e-14 * max(float(values.max(initial=0.0)), float(np.finfo(float).tiny))
    order = np.argsort(-values)[: int(alive.sum())]
    return mean, directions[order], values[order] / N


def _largest(products: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Return the largest eigenvalues of a symmetric matrix, and its eigenvectors as columns; none if it overflowed."""
    size = len(products)
    if not np.isfinite(products).all():
        return np.empty(0), np.empty((size, 0))
    values, vectors = scipy.linalg.eigh(products, subset_by_index=(size - count, size - 1))
    return values, vectors


def _by_iteration(
    X: AnyArray, centred: Callable[[AnyArray, int], FloatArray], count: int
) -> tuple[FloatArray, FloatArray]:
    """Return the largest eigenvalues of the scatter matrix, and its eigenvectors as rows, without making it."""
    from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh  # slow to import, and seldom needed

    def product(v: FloatArray) -> FloatArray:
        total = np.zeros(X.shape[1])
        for start, rows in walk(X, COPIED):
            x = centred(rows, start)
            total += x.T @ (x @ v.ravel())
        return total

    operator = LinearOperator((X.shape[1],) * 2, matvec=product, dtype=np.float64)
    first = np.random.default_rng(0).standard_normal(X.shape[1])  # no direction that data could be at right angles to
    count = min(count, X.shape[1] - 1)
    try:
        options = {"tol": 1e-4, "ncv": min(max(20, 2 * count + 1), X.shape[1])}
        values, vectors = eigsh(operator, k=count, v0=first, **options)
    except ArpackError as error:  # not all have converged, or none since nothing varies
        none = np.empty(0), np.empty((X.shape[1], 0))
        values, vectors = getattr(error, "eigenvalues", none[0]), getattr(error, "eigenvectors", none[1])
    return values, vectors.T
