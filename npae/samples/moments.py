"""Means and variances of columns, a piece of the data at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..settings.array_types import AnyArray, BoolArray, FloatArray
from .rows import walk
from .samples import Samples

COPIED = 2**18  # bytes of the data that are copied at a time
ROUNDING = 64 * float(np.finfo(np.float64).eps)  # share of a mean that may be its rounding


@dataclass(frozen=True)
class Moments:
    """Count, mean and scatter of columns.

    Parameters
    ----------
    count : int, or array of shape (C,)
        How many rows they are of, or what the rows weigh in which each column is observed.
    mean, scatter : arrays of shape (C,)
        The mean of each column, and the sum of the squares about it.
    """

    count: int | FloatArray
    mean: FloatArray
    scatter: FloatArray

    @classmethod
    def of(cls, rows: AnyArray, weights: FloatArray | None = None, gaps: bool = False) -> Moments:
        """Return the moments of rows (n, C) by their weights (n,), in float64; with `gaps`, of what is not NaN."""
        x = rows.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            if weights is not None or gaps:
                return cls._weighted(x, np.ones(len(x)) if weights is None else weights)
            mean = x.mean(axis=0)
            x -= mean
            return cls(len(x), mean, np.einsum("nc,nc->c", x, x))._exact(x, slice(None))

    @classmethod
    def _weighted(cls, x: FloatArray, weights: FloatArray) -> Moments:
        observed = ~np.isnan(x)
        count = weights @ observed
        mean = weights @ np.where(observed, x, 0.0) / np.where(count > 0, count, 1.0)
        x = np.where(observed, x - mean, 0.0)
        counting = observed & (weights > 0)[:, None]
        return cls(count, mean, np.einsum("n,nc,nc->c", weights, x, x))._exact(x, counting)

    def _exact(self, x: FloatArray, counting: BoolArray | slice) -> Moments:
        """Return these moments without the rounding of a mean of equal numbers; x are the rows about the mean.

        An optimizer whose steps do not depend on the size of the gradient would follow that rounding.
        """
        spread, rounding = np.sqrt(self.scatter), np.sqrt(self.count) * ROUNDING * np.abs(self.mean)
        suspects = np.flatnonzero((spread > 0) & (spread <= rounding) & np.isfinite(spread))
        if suspects.size:
            seen = True if isinstance(counting, slice) else counting[:, suspects]
            low = x[:, suspects].min(axis=0, where=seen, initial=np.inf)
            equal = low == x[:, suspects].max(axis=0, where=seen, initial=-np.inf)
            self.mean[suspects[equal]] += low[equal]
            self.scatter[suspects[equal]] = 0.0
        return self

    def merged(self, other: Moments) -> Moments:
        """Return the moments of both sets of rows [1]_.

        References
        ----------
        .. [1] T. Chan, G. Golub and R. LeVeque, "Updating formulae and a pairwise algorithm for computing sample
           variances" (1979).
        """
        count = self.count + other.count
        whole = count if isinstance(count, int) else np.where(count > 0, count, 1.0)
        with np.errstate(over="ignore", invalid="ignore"):
            apart = other.mean - self.mean
            scatter = self.scatter + other.scatter + apart * apart * (self.count * other.count / whole)
            return Moments(count, self.mean + apart * (other.count / whole), scatter)


def merged(parts: Iterable[Moments]) -> Moments:
    """Return the moments of all parts, at least one."""
    first, *others = parts
    for part in others:
        first = first.merged(part)
    return first


def moments_of(samples: Samples, whole: bool = False) -> Moments:
    """Return the moments of the entries of the samples' last axis, or of whole samples without a mask.

    Padding and gaps do not count: with a mask, each step has other samples, too few of them where most series have
    ended. Moments are not finite for numbers whose squares overflow.
    """
    X, mask, weights = samples.X, samples.mask, samples.relative_weights
    whole &= mask is None
    pieces = ((rows, slice(start, start + len(rows))) for start, rows in walk(X, COPIED))
    return merged(
        Moments.of(
            columns(rows if mask is None else rows[mask[which]], whole),
            None if weights is None else _repeated(weights[which], rows, None if mask is None else mask[which], whole),
            samples.gaps,
        )
        for rows, which in pieces
    )


def _repeated(weights: FloatArray, rows: AnyArray, mask: BoolArray | None, whole: bool) -> FloatArray:
    """Return the weights of the rows of `columns(rows)`, of which one sample may have many."""
    if mask is not None:
        return np.broadcast_to(weights[:, None], mask.shape)[mask]
    return weights if whole else np.repeat(weights, math.prod(rows.shape[1:-1]))


def columns(rows: AnyArray, whole: bool = False) -> AnyArray:
    """Return samples (N, ..., C) as a matrix (N ..., C), or if they are seen as a whole (N, ... C)."""
    return rows.reshape(len(rows) if whole else -1, -1 if whole else rows.shape[-1])
