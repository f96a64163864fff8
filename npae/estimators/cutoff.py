"""From which error on a sample is an anomaly."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from ..settings.array_types import FloatArray
from ..settings.checks import FEW, number_in

Contamination: TypeAlias = str | float
EPSILON = float(np.finfo(np.float64).eps)


def checked_contamination(value: object) -> Contamination:
    """Return `value` if it is "auto" or a number in ]0, 0.5], or raise ValueError."""
    if isinstance(value, str) and value == "auto":
        return value
    try:
        if value != 0:
            return number_in("contamination", value, 0, 0.5)
    except ValueError:
        pass  # the message below names "auto" too
    raise ValueError(f"contamination must be 'auto' or a number in ]0, 0.5], got {value!r}.")


def counts_of(weights: FloatArray | None) -> FloatArray | None:
    """Return how often each sample counts to be there: whole numbers without a common divisor, or 1 on average.

    >>> counts_of(np.array([4.0, 2.0, 0.0])), counts_of(np.array([0.5, 0.25]))
    (array([2., 1., 0.]), array([1.33333333, 0.66666667]))
    """
    if weights is None:
        return None
    if (weights == np.rint(weights)).all() and weights.max() < 2**53:
        counts: FloatArray = weights / np.gcd.reduce(weights.astype(np.int64))
        return counts
    counts = weights / weights.max()
    counts /= counts[counts > 0].mean()
    return counts


def cutoff(
    errors: FloatArray, contamination: Contamination, counts: FloatArray | None = None, precision: float = 0.0
) -> float:
    """Return the error above which a sample is an anomaly, given the errors of the training data.

    `counts` says how often each error counts to be there; None stands for once. `precision` is the share of an error
    that may come from rounding.

    >>> cutoff(np.array([1.0, 2.0, 3.0, 9.0]), 0.25)
    4.5
    >>> cutoff(np.array([1.0, 2.0, 3.0, 9.0]), 0.25, np.array([1.0, 1.0, 2.0, 1.0]))
    4.5
    """
    if counts is not None:
        errors, counts = errors[counts > 0], counts[counts > 0]
    return (
        fence(errors, counts) if isinstance(contamination, str) else between(errors, contamination, counts, precision)
    )


def fence(errors: FloatArray, counts: FloatArray | None = None) -> float:
    """Return Tukey's upper fence of the root errors, Q3 + 1.5 (Q3 - Q1), squared."""
    roots, quartiles = np.sqrt(errors), [0.25, 0.75]
    first, third = np.quantile(roots, quartiles) if counts is None else quantiles(roots, quartiles, counts)
    return float((third + 1.5 * (third - first)) ** 2)


def quantiles(values: FloatArray, shares: list[float], counts: FloatArray) -> FloatArray:
    """Return quantiles as np.quantile interpolates them, of values that are there as often as `counts` says."""
    order = np.argsort(values)
    values, ends = values[order], np.cumsum(counts[order])
    place = np.array(shares) * max(ends[-1] - 1.0, 0.0)  # counted from 0 along the repeated values
    low, high = (np.searchsorted(ends, np.floor(place) + step, side="right") for step in (0.0, 1.0))
    last = len(values) - 1
    below, above = values[np.minimum(low, last)], values[np.minimum(high, last)]
    found: FloatArray = below + (place - np.floor(place)) * (above - below)
    return found


def between(errors: FloatArray, share: float, counts: FloatArray | None = None, precision: float = 0.0) -> float:
    """Return an error that at most this share of the errors exceeds: between those and the greatest other one.

    Where the share makes a whole number of errors, it is the quantile that scikit-learn and PyOD interpolate. It
    stands a little above the greatest other error, even if several are equal, since the last digits of a sample's error
    depend on the samples that are computed with it.
    """
    order, count = np.argsort(errors), len(errors)
    errors = errors[order]
    if counts is None:
        above = math.floor(share * count * (1 + FEW * EPSILON))  # so many are anomalies; 1 - 0.9 of 10 is one
        below, next_one = errors[count - 1 - above], errors[min(count - above, count - 1)]
    else:
        ends = np.cumsum(counts[order[::-1]])
        above = math.floor(share * ends[-1] * (1 + FEW * EPSILON))
        places = np.searchsorted(ends, [above, max(above - 1, 0)], side="right")
        below, next_one = errors[count - 1 - np.minimum(places, count - 1)]
    return float(max(below + share * (next_one - below), below * (1 + precision)))
