"""What convolutions and their transposes have in common: fields, weights, and the windows that they slide."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..activations import ACTIVATIONS, IDENTITY, check_activation
from ..settings.array_types import FloatArray, Shape
from ..settings.checks import positive_integer
from .context import Context
from .layer import Layer
from .parameters import Bias, Weight
from .spatial import check_form, paddings, per_axis
from .windows import Windows, extents


@dataclass(frozen=True)
class Filters(Layer):
    """What the four layers have in common: fields, and weights W (*kernel, C, K).

    A convolution leads from C channels to K, its transpose from K to C. The windows lie on what has C channels.
    """

    filters: int
    kernel: int | tuple[int, ...]
    stride: int | tuple[int, ...] = 1
    padding: str | int | tuple[int | tuple[int, int], ...] = "same"
    dilation: int | tuple[int, ...] = 1
    activation: str = IDENTITY

    rank: ClassVar[int]
    _linear = "learned"

    def __post_init__(self) -> None:
        positive_integer("filters", self.filters)
        check_activation(self.activation)
        kernel, _, dilation = self._steps()
        paddings(self.padding, extents(kernel, dilation))

    def _steps(self) -> list[Shape]:
        """Return kernel, stride and dilation with a number per axis."""
        return [per_axis(what, getattr(self, what), self.rank) for what in ("kernel", "stride", "dilation")]

    def windows(self, in_shape: Shape) -> Windows:
        """Return the Windows for samples of `in_shape`; raise ValueError for a shape that the layer cannot take."""
        check_form(type(self).__name__, in_shape, self.rank)
        return _windows(self, tuple(in_shape[:-1]))

    def windows_for(self, size: Shape) -> Windows:
        """Return the Windows for samples of this size without channels."""
        raise NotImplementedError

    def _weight_and_bias(
        self, windows: Windows, C: int, K: int, fan_in: float, fan_out: float, joined: str | None = None
    ) -> dict[str, Weight | Bias]:
        """Return W and b. Strides make the fans averages: how many numbers meet in one, and how many one goes to."""
        initializer = ACTIVATIONS[self.activation].initializer
        weight = Weight((*windows.kernel, C, K), max(1, round(fan_in)), max(1, round(fan_out)), initializer, joined)
        return {"W": weight, "b": Bias((self.filters,))}


@functools.lru_cache(maxsize=256)
def _windows(layer: Filters, size: Shape) -> Windows:
    return layer.windows_for(size)


def matrix(array: FloatArray) -> FloatArray:
    """Return an array (..., K) that lies by row as a matrix of rows (K,)."""
    return array.reshape(-1, array.shape[-1])


def add_rows(dz: FloatArray, db: FloatArray, context: Context) -> None:
    """Write the sum of dz's rows into db; as a product, since NumPy adds rows one after another."""
    ones = context.scratch.empty(len(dz))
    ones.fill(1.0)
    np.dot(ones, dz, out=db)
