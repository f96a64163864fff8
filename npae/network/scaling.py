"""Scaling that a network owns: samples are shifted and divided on the way in, and predictions brought back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers.scratch import Scratch
from ..samples.moments import Moments
from ..settings.array_types import AnyArray, FloatArray, Shape

KINDS = ("common", "columns")
SAME = "same"  # of a target_scaling: that of the samples


@dataclass(frozen=True, eq=False)
class Scaling:
    """The map x -> (x - shift) / unit, and back.

    Loss and errors are measured in the units of the data, or in scaled numbers if each column has a unit of its own.

    Parameters
    ----------
    shift, unit : arrays of shape (C,), or of the shape of a sample
        One number for each entry of the samples' last axis, or of whole samples, in the dtype of the network.
    kind : str
        "common" if all units are the same, so that squared errors keep their proportions, or "columns".
    """

    shift: FloatArray
    unit: FloatArray
    kind: str

    @classmethod
    def of(cls, moments: Moments, kind: str, dtype: np.dtype[Any], shape: Shape = (-1,)) -> Scaling:
        """Return the scaling that gives columns with these moments the mean 0, and the variance 1.

        With "common" the variance is 1 on average over the columns. What does not vary, except by rounding, keeps its
        unit. `shape` is that of shift and unit.
        """
        deviation = np.sqrt(moments.scatter / moments.count)
        deviation[deviation <= 64 * np.finfo(np.float64).eps * np.abs(moments.mean)] = 0.0
        if kind == "common":
            deviation[:] = np.sqrt(np.mean(deviation**2))
        unit = np.where(deviation > 2**20 * float(np.finfo(dtype).tiny), deviation, 1.0)
        return cls(moments.mean.astype(dtype).reshape(shape), unit.astype(dtype).reshape(shape), kind)

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

    def check(self, in_shape: Shape) -> None:
        """Raise ValueError if this is not for samples of the shape."""
        if self.unit.shape not in (in_shape, in_shape[-1:]):
            rule = f"scaling must have a shift and a unit for each of {in_shape[-1]} columns"
            raise ValueError(f"{rule}, got some of shape {self.unit.shape}.")

    @property
    def error_unit(self) -> float:
        """What one squared error in scaled numbers is worth: 1 if each column has a unit of its own."""
        return float(self.unit.flat[0]) ** 2 if self.kind == "common" else 1.0


def restored_scaling(kind: str, shift: FloatArray, unit: FloatArray) -> Scaling:
    """Return the scaling that a file describes; ValueError for numbers that cannot be one."""
    reals = shift.dtype.kind == unit.dtype.kind == "f"
    if kind not in KINDS or not reals or shift.shape != unit.shape or unit.size == 0:
        raise ValueError(f"scaling must be a shift and a unit for each column, got {kind!r} with shape {shift.shape}")
    if not (np.isfinite(shift).all() and np.isfinite(unit).all() and (unit > 0).all()):
        raise ValueError("scaling must have finite shifts and units above 0")
    return Scaling(shift, unit, kind)


def restored_fill(fill: FloatArray, in_shape: Shape) -> FloatArray:
    """Return the numbers for gaps that a file holds; ValueError for numbers that cannot be."""
    known = fill.dtype.kind == "f" and fill.shape in (in_shape, in_shape[-1:]) and np.isfinite(fill).all()
    if not known:
        raise ValueError(f"fill must be finite numbers for samples of shape {in_shape}, got shape {fill.shape}")
    return fill
