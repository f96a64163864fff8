"""Series that are sums of sines, together with the parameters of every sine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..settings.array_types import FloatArray
from ..settings.checks import number_in, positive_integer


@dataclass(frozen=True, eq=False)
class Sines:
    """N series of T steps and C channels, each channel a sum of K waves.

    values[n, t, c] = sum_k amplitudes[n, c, k] sin(2 pi frequencies[n, c, k] t / T + phases[n, c, k])

    Parameters
    ----------
    values : float array of shape (N, T, C)
        The series.
    frequencies : float array of shape (N, C, K)
        Periods per series.
    amplitudes : float array of shape (N, C, K)
        The amplitude of each wave.
    phases : float array of shape (N, C, K)
        The phase of each wave in radians, in [0, 2 pi[.

    Examples
    --------
    >>> import npae
    >>> series = npae.datasets.sines(20, steps=100)
    >>> series.values.shape
    (20, 100, 1)
    """

    values: FloatArray
    frequencies: FloatArray
    amplitudes: FloatArray
    phases: FloatArray

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        _, T, C = self.values.shape
        return f"Sines({len(self)} series of {T} steps, {C} channels, {self.phases.shape[2]} waves each)"


def sines(
    n: int = 100,
    steps: int = 100,
    *,
    channels: int = 1,
    waves: int = 2,
    frequencies: tuple[float, float] = (1, 5),
    amplitudes: tuple[float, float] = (0.5, 1),
    random_state: int | np.random.Generator | None = 0,
) -> Sines:
    """Draw series whose channels are sums of sines with uniform frequencies, amplitudes and phases.

    Parameters
    ----------
    n : int, default 100
        The number of series.
    steps : int, default 100
        T, the steps of each series.
    channels : int, default 1
        C, the channels of each series.
    waves : int, default 2
        K, the sines of each channel.
    frequencies : tuple of 2 floats, default (1, 5)
        The least and the most periods per series, positive.
    amplitudes : tuple of 2 floats, default (0.5, 1)
        The least and the largest amplitude, positive.
    random_state : int or numpy.random.Generator or None, default 0
        The source of randomness; None takes a fresh one.

    Returns
    -------
    Sines
        Its `values` have the shape (n, steps, channels).

    Raises
    ------
    ValueError
        If the numbers make no waves.

    Examples
    --------
    >>> from npae.datasets import sines
    >>> data = sines(20, 50, channels=3)
    >>> data
    Sines(20 series of 50 steps, 3 channels, 2 waves each)
    >>> data.values.shape, data.phases.shape
    ((20, 50, 3), (20, 3, 2))
    """
    T, sizes = positive_integer("steps", steps), {"n": n, "channels": channels, "waves": waves}
    shape = tuple(positive_integer(what, value) for what, value in sizes.items())
    ranges = _checked("frequencies", frequencies), _checked("amplitudes", amplitudes), (0.0, 2 * np.pi)
    rng = np.random.default_rng(random_state)
    f, a, phase = (rng.uniform(low, high, shape) for low, high in ranges)  # (N, C, K) each
    angles = 2 * np.pi * f * (np.arange(T) / T)[:, None, None, None] + phase  # (T, N, C, K)
    return Sines((a * np.sin(angles)).sum(axis=3).swapaxes(0, 1).copy(), f, a, phase)


def _checked(what: str, limits: tuple[float, float]) -> tuple[float, float]:
    """Return (least, most), two positive numbers."""
    try:
        least, most = limits
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be two positive numbers (least, most), got {limits!r}.") from None
    number_in(f"the first of {what}", least, 0, np.inf, closed=False)
    return least, number_in(f"the second of {what}", most, least, np.inf)
