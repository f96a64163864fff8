"""Gaps filled in by principal components, again and again until nothing changes: where a training with gaps begins."""

from __future__ import annotations

import numpy as np

from ..settings.array_types import FloatArray
from .fixed_point import Anderson
from .principal_components import principal_components

WORK = 2e10  # multiplications that it may take
ROUNDS = 300  # at most
STILL = 1e-5  # share of the first change at which it ends


def imputed(x: FloatArray, count: int, weights: FloatArray | None = None) -> FloatArray:
    """Return scaled samples x (N, D), where NaN is a gap and 0 the mean, with `count` principal components in the gaps.

    Each round finds the components of the samples as they are filled, and fills the gaps with what the components make
    of the samples [1]_.

    References
    ----------
    .. [1] J. Josse and F. Husson, "Handling missing values in exploratory multivariate data analysis methods", Journal
       de la SFdS 153 (2012).
    """
    gaps = np.isnan(x)
    roots = 1.0 if weights is None else np.broadcast_to(np.sqrt(weights)[:, None], x.shape)[gaps]
    x = np.where(gaps, 0.0, x)
    rounds, first = int(min(ROUNDS, max(5, WORK / (x.size * min(x.shape))))), 0.0
    best, least, accelerated = x, np.inf, Anderson()
    for number in range(rounds):
        mean, directions, _ = principal_components(x, lambda rows: rows, count, weights)
        predicted = mean + (x - mean) @ directions.T @ directions
        change = roots * (predicted - x)[gaps]
        size = float(np.linalg.norm(change))
        if not np.isfinite(size):
            break
        first = size if number == 0 else first
        if size < least:
            best, least = np.where(gaps, predicted, x), size
        if size <= STILL * first:
            break
        x = x.copy()
        x[gaps] = accelerated.next((roots * x[gaps])[None], change[None])[0] / roots
    return best
