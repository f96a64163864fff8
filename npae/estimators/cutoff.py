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


def cutoff(errors: FloatArray, contamination: Contamination, precision: float = 0.0) -> float:
    """Return the error above which a sample is an anomaly, given the errors of the training data.

    `precision` is the share of an error that may come from rounding.

    >>> cutoff(np.array([1.0, 2.0, 3.0, 9.0]), 0.25)
    4.5
    """
    return fence(errors) if isinstance(contamination, str) else between(errors, contamination, precision)


def fence(errors: FloatArray) -> float:
    """Return Tukey's upper fence of the root errors, Q3 + 1.5 (Q3 - Q1), squared."""
    first, third = np.quantile(np.sqrt(errors), [0.25, 0.75])
    return float((third + 1.5 * (third - first)) ** 2)


def between(errors: FloatArray, share: float, precision: float = 0.0) -> float:
    """Return an error that at most this share of the errors exceeds: between those and the greatest other one.

    Where the share makes a whole number of errors, it is the quantile that scikit-learn and PyOD interpolate. It
    stands a little above the greatest other error, even if several are equal, since the last digits of a sample's error
    depend on the samples that are computed with it.
    """
    errors, count = np.sort(errors), len(errors)
    above = math.floor(share * count * (1 + FEW * EPSILON))  # so many are anomalies; 1 - 0.9 of 10 is one
    below, next_one = errors[count - 1 - above], errors[min(count - above, count - 1)]
    return float(max(below + share * (next_one - below), below * (1 + precision)))
