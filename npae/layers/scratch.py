"""Scratch memory: a pass that asks for the same arrays as the one before gets the same arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from ..settings.array_types import DTypeLike, FloatArray, Shape
from .memory_order import SMALL, lies_by_column

WithOnes: TypeAlias = dict[int, FloatArray]  # id of what `output` returned -> the same with its column of ones


class _Arena:
    """Hands out arrays in order; after `position` is set back to 0, the same arrays for the same shapes."""

    def __init__(self, make: Callable[[Shape], FloatArray], discard: Callable[[FloatArray], None] | None = None):
        self._make, self._discard, self.position = make, discard, 0
        self._arrays: list[tuple[Shape, FloatArray]] = []  # with their shapes, which are quicker to get from here

    def take(self, shape: Shape) -> FloatArray:
        """Return the next array, which has this shape."""
        position = self.position
        self.position = position + 1
        try:
            made, array = self._arrays[position]
            if made == shape:
                return array
            if self._discard:
                self._discard(array)
            array = self._make(shape)
            self._arrays[position] = shape, array
        except IndexError:
            array = self._make(shape)
            self._arrays.append((shape, array))
        return array


class Scratch:
    """Uninitialised arrays that live until the next `rewind`, and then are handed out again in the same order.

    A training loop therefore allocates nothing: every pass asks for the same shapes in the same order. Matrices (N, K)
    lie in memory by row or by column; `memory_order` says which, and why.

    Parameters
    ----------
    dtype : dtype, default float64
        Of all arrays.
    """

    def __init__(self, dtype: DTypeLike = np.float64):
        self.dtype = own = np.dtype(dtype)
        self._with_ones: WithOnes = {}
        self._plain = _Arena(lambda shape: np.empty(shape, own))  # these do not hold self: memory in a cycle of
        self._columns = _Arena(lambda shape: np.empty(shape, own, order="F"))  # references would outlive its use
        self._outputs = _Arena(partial(_new_output, own, self._with_ones), partial(_forget, self._with_ones))

    def rewind(self, to: tuple[int, int, int] = (0, 0, 0)) -> None:
        """Begin a pass: the arrays of the pass before are free again, or those handed out after a `mark`."""
        self._plain.position, self._columns.position, self._outputs.position = to

    def mark(self) -> tuple[int, int, int]:
        """Return the place that `rewind` can go back to, so that the arrays handed out until now stay in use."""
        return self._plain.position, self._columns.position, self._outputs.position

    def empty(self, *shape: int) -> FloatArray:
        """Return an array of `shape` that lies by row."""
        return self._plain.take(shape)

    def columns(self, samples: int, units: int) -> FloatArray:
        """Return an array (N, K) that lies by column."""
        return self._columns.take((samples, units))

    def empty_like(self, x: FloatArray) -> FloatArray:
        """Return an array of x's shape for what meets x elementwise: by column if x lies so, else by row."""
        return (self._columns if x.flags.f_contiguous else self._plain).take(x.shape)

    def by_row(self, x: FloatArray) -> FloatArray:
        """Return x, or a copy of it that lies by row."""
        if x.flags.c_contiguous:
            return x
        copy = self.empty(*x.shape)
        np.copyto(copy, x)
        return copy

    def output(self, samples: int, units: int, last: bool = False) -> FloatArray:
        """Return an array (N, K) for a layer's output, with a column of ones after it in memory: see `with_ones`.

        It lies by column if it is small or narrow, else by row. The output of the `last` layer lies by row and has no
        ones, like the target that the loss compares it with.
        """
        return (self._plain if last else self._outputs).take((samples, units))

    def with_ones(self, x: FloatArray) -> FloatArray | None:
        """Return [x 1], (N, D + 1): the memory of x if it came from `output`, a copy if x is small, else None."""
        x1 = self._with_ones.get(id(x))
        if x1 is None and x.size <= SMALL:
            copy = self._outputs.take(x.shape)
            np.copyto(copy, x)
            return self._with_ones[id(copy)]
        return x1


def _new_output(dtype: np.dtype[Any], with_ones: WithOnes, shape: Shape) -> FloatArray:
    """Return new memory for a layer's output, and note the same with its column of ones."""
    samples, units = shape
    x1 = np.ones((samples, units + 1), dtype, order="F" if lies_by_column(samples, units) else "C")
    x = x1[:, :units]
    with_ones[id(x)] = x1
    return x


def _forget(with_ones: WithOnes, output: FloatArray) -> None:
    del with_ones[id(output)]
