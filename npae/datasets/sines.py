"""Series that are sums of sines, with all that went into them."""

from dataclasses import dataclass

import numpy as np

from ..settings.checks import number_in, positive_integer


@dataclass(frozen=True, eq=False)
class Sines:
    """N series of T steps and C channels, each channel a sum of K waves.

    values[n, t, c] = sum_k amplitudes[n, c, k] sin(2 pi frequencies[n, c, k] t / T + phases[n, c, k])

    Parameters
    ----------
    values : float array (N, T, C)
    frequencies : float array (N, C, K), in periods a series
    amplitudes : float array (N, C, K)
    phases : float array (N, C, K), in radians, in [0, 2 pi[
    """

    values: np.ndarray
    frequencies: np.ndarray
    amplitudes: np.ndarray
    phases: np.ndarray

    def __len__(self):
        return len(self.values)

    def __repr__(self):
        _, T, C = self.values.shape
        return f"Sines({len(self)} series of {T} steps, {C} channels, {self.phases.shape[2]} waves each)"


def sines(n=100, steps=100, *, channels=1, waves=2, frequencies=(1, 5), amplitudes=(0.5, 1), random_state=0):
    """Draw series, each channel of them a sum of sines whose frequency, amplitude and phase are uniform.

    Parameters
    ----------
    n : number of series; default 100. steps : T, default 100. channels : C, default 1. waves : K, default 2.
    frequencies : (least, most) periods a series, positive; default (1, 5).
    amplitudes : (least, most), positive; default (0.5, 1).
    random_state : int or numpy.random.Generator that they are drawn from; default 0.

    Returns
    -------
    Sines, with ``values`` (n, steps, channels).

    Raises
    ------
    ValueError for numbers that make no waves.

    Examples
    --------
    >>> from npae.datasets import sines
    >>> data = sines(20, 50, channels=3)
    >>> data
    Sines(20 series of 50 steps, 3 channels, 2 waves each)
    >>> data.values.shape, data.phases.shape
    ((20, 50, 3), (20, 3, 2))
    """
    T, shape = positive_integer("steps", steps), (("n", n), ("channels", channels), ("waves", waves))
    shape = tuple(positive_integer(what, value) for what, value in shape)
    ranges = _checked("frequencies", frequencies), _checked("amplitudes", amplitudes), (0, 2 * np.pi)
    rng = np.random.default_rng(random_state)
    f, a, phase = (rng.uniform(*limits, shape) for limits in ranges)  # (N, C, K) each
    angles = 2 * np.pi * f * (np.arange(T) / T)[:, None, None, None] + phase  # (T, N, C, K)
    return Sines((a * np.sin(angles)).sum(axis=3).swapaxes(0, 1).copy(), f, a, phase)


def _checked(what, limits):
    """Return (least, most), two positive numbers."""
    try:
        least, most = limits
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be two positive numbers (least, most), got {limits!r}.") from None
    number_in(f"the first of {what}", least, 0, np.inf, closed=False)
    return least, number_in(f"the second of {what}", most, least, np.inf)
