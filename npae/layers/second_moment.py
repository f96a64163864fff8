"""Kronecker factors: arrays, or rows whose second moment is computed where it is added, and lies nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from ..settings.array_types import AnyArray, FloatArray, Shape

BLOCK = 2**16  # numbers of a factor that are computed together, and are added while they are in the cache


@dataclass(frozen=True)
class SecondMoment:
    """The sum of share r r^T over rows r.

    Parameters
    ----------
    rows : array (N, D)
        The rows.
    share : float or array (N, 1), default 1.0
        The share of all rows, or of each.
    """

    rows: FloatArray
    share: float | FloatArray = 1.0

    ndim = 2

    @property
    def shape(self) -> Shape:
        """The shape of the matrix."""
        return (self.rows.shape[1],) * 2

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> AnyArray:
        """Return the matrix, for NumPy."""
        made = np.zeros(self.shape, dtype or self.rows.dtype)
        mix(made, 0.0, [self])
        return made

    def finite(self) -> bool:
        """Return whether the matrix is finite: its diagonal tells, as no m_ij^2 exceeds m_ii m_jj."""
        return bool(np.isfinite(np.einsum("nd,nd->d", self.rows, self.rows)).all())


Factor: TypeAlias = FloatArray | SecondMoment


def is_finite(factor: Factor) -> bool:
    """Return whether all numbers of a factor are finite."""
    return factor.finite() if isinstance(factor, SecondMoment) else bool(np.isfinite(factor).all())


def mix(average: FloatArray, keep: float, parts: Sequence[Factor], share: float = 1.0) -> None:
    """Replace an average by keep times itself plus share times the sum of the parts."""
    kept, scaled = average.dtype.type(keep), [_scaled(part, average.dtype.type(share)) for part in parts]
    count = max(1, BLOCK // len(average))
    for start in range(0, len(average), count):
        block = slice(start, start + count)
        rows = average[block]
        rows *= kept
        for part in scaled:
            rows += part(block)


def _scaled(factor: Factor, share: np.floating) -> Callable[[slice], FloatArray]:
    """Return the function of a block of rows that computes them, times a share."""
    if not isinstance(factor, SecondMoment):
        return lambda block: factor[block] * share
    rows, weighs = factor.rows, not isinstance(factor.share, float)
    weighted, number = (rows * factor.share, share) if weighs else (rows, share * rows.dtype.type(factor.share))

    def made(block: slice) -> FloatArray:
        part: FloatArray = np.dot(rows[:, block].T, weighted)
        part *= number
        return part

    return made
