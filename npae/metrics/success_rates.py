"""How often something is right: classes that are told, and the interval of a rate."""

from __future__ import annotations

import math

import numpy as np

from ..settings.array_types import ArrayLike
from .compared import same_shape


def accuracy(original: ArrayLike, reconstruction: ArrayLike) -> float:
    """Return the share of rows whose largest entry is at the same place as the original's.

    The originals are classes, written as rows of a unit matrix; the reconstructions are their probabilities.

    Parameters
    ----------
    original, reconstruction : arrays of shape (N, K)
        The classes and their probabilities.

    Returns
    -------
    float
        The share, in [0, 1].

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> accuracy([[1, 0, 0], [0, 0, 1]], [[0.5, 0.2, 0.3], [0.1, 0.6, 0.3]])
    0.5
    """
    original, reconstruction = same_shape(original, reconstruction)
    chosen, right = (a.reshape(len(a), -1).argmax(axis=1) for a in (reconstruction, original))
    return float(np.mean(chosen == right))


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Return the confidence interval of a success rate [1]_.

    Parameters
    ----------
    successes : int
        How often it worked, from 0 to `trials`.
    trials : int
        How often it was tried, at least once.
    z : float, default 1.96
        The standard normal quantile of the confidence level; 1.96 is 95 %.

    Returns
    -------
    low : float
        The lower end of the interval.
    high : float
        The upper end of the interval.

    Raises
    ------
    ValueError
        For impossible counts.

    References
    ----------
    .. [1] Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Examples
    --------
    >>> low, high = wilson_interval(57, 60)
    >>> round(low, 3), round(high, 3)
    (0.863, 0.983)
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"successes must lie between 0 and trials >= 1, got {successes} of {trials}.")
    rate, weight = successes / trials, z**2 / trials
    centre = (rate + weight / 2) / (1 + weight)
    half = z * math.sqrt(rate * (1 - rate) / trials + weight / (4 * trials)) / (1 + weight)
    return min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half))  # rounding leaves the rate inside
