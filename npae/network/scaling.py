"""Scaling that a network owns: samples are shifted and divided on the way in, and predictions brought back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers.scratch import Scratch
from ..samples.moments import Moments
from ..settings.array_types import AnyArray, FloatArray

KINDS = ("common", "columns")


@dataclass(frozen=True, eq=False)
class Scaling:
    """The map x -> (x - shift) / unit, and back.

    Loss and errors are measured in the units of the data, or in scaled numbers if each column has a unit of its own.

    Parameters
    ----------
    shift, unit : arrays of shape (C,)
        One number for each entry of the samples' last axis, in the dtype of the network.
    kind : str
        "common" if all units are the same, so that squared errors keep their proportions, or "columns".
    """

    shift: FloatArray
    unit: FloatArray
    kind: str

    @classmethod
    def of(cls, moments: Moments, kind: str, dtype: np.dtype[Any]) -> Scaling:
        """Return the scaling that gives columns with these moments the mean 0, and the variance 1.

        With "common" the variance is 1 on average over the columns. What does not vary, except by rounding, keeps its
        unit.
        """
        variance, size = moments.scatter / moments.count, np.abs(moments.mean)
        if kind == "common":
            variance, size = np.full_like(variance, variance.mean()), np.full_like(size, size.max())
        deviation, precision = np.sqrt(variance), np.finfo(np.float64).eps
        least = np.maximum(64 * precision * size, 2**20 * float(np.finfo(dtype).tiny))
        unit = np.where(deviation > least, deviation, 1.0)
        return cls(moments.mean.astype(dtype), unit.astype(dtype), kind)

    def into(self, x: AnyArray, scratch: Scratch) -> FloatArray:
        """Return scaled samples, in scratch memory."""
        scaled = scratch.empty(*x.shape)
        np.subtract(x, self.shift, out=scaled)
        scaled /= self.unit
        return scaled

    def scaled(self, x: AnyArray) -> FloatArray:
        """Return scaled samples, a fresh array."""
        return (x - self.shift) / self.unit

    def back(self, y: FloatArray) -> None:
        """Bring predictions back, in place."""
        y *= self.unit
        y += self.shift

    @property
    def error_unit(self) -> float:
        """What one squared error in scaled numbers is worth: 1 if each column has a unit of its own."""
        return float(self.unit[0]) ** 2 if self.kind == "common" else 1.0


def restored_scaling(kind: str, shift: FloatArray, unit: FloatArray) -> Scaling:
    """Return the scaling that a file describes; ValueError for numbers that cannot be one."""
    if kind not in KINDS or shift.ndim != 1 or shift.shape != unit.shape or len(unit) == 0:
        raise ValueError(f"scaling must be a shift and a unit for each column, got {kind!r} with shape {shift.shape}")
    if not (np.isfinite(shift).all() and np.isfinite(unit).all() and (unit > 0).all()):
        raise ValueError("scaling must have finite shifts and units above 0")
    return Scaling(shift, unit, kind)
