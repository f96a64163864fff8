"""Windows that slide over images and series: im2col and col2im.

A convolution is one matrix product if its windows are the rows of a matrix. im2col copies them there; col2im, its
transpose, adds such rows back to the places they were copied from. Both go through a batch in blocks of samples whose
rows stay in the cache.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray, FloatArray, Shape
from .context import Context

BLOCK = 131_072  # numbers in the rows of a block, which fit into a second-level cache
ROWS = 512  # that a block has at least, since products of few rows are slow
NARROW = 8  # numbers side by side in a window, below which NumPy copies faster along the windows than along the taps


@dataclass(frozen=True)
class Windows:
    """The places of a window on samples (*size, C), with any number of axes and channels last.

    A tap is one place of the kernel.

    Parameters
    ----------
    size, kernel, stride, dilation : tuple of int
        One per axis.
    padding : tuple of tuple of int
        A pair (before, after) per axis.
    """

    size: Shape
    kernel: Shape
    stride: Shape
    dilation: Shape
    padding: tuple[tuple[int, int], ...]

    @functools.cached_property
    def padded(self) -> Shape:
        """Size with padding."""
        return tuple(n + before + after for n, (before, after) in zip(self.size, self.padding, strict=True))

    @functools.cached_property
    def extent(self) -> Shape:
        """What a window spans of each axis, dilation (kernel - 1) + 1."""
        return extents(self.kernel, self.dilation)

    @functools.cached_property
    def count(self) -> Shape:
        """Number of windows along each axis, floor((padded - extent) / stride) + 1."""
        axes = zip(self.padded, self.extent, self.stride, strict=True)
        return tuple((n - extent) // stride + 1 for n, extent, stride in axes)

    @functools.cached_property
    def inside(self) -> tuple[slice, ...]:
        """Slices of an array (N, *padded, C) that leave the padding out."""
        axes = zip(self.size, self.padding, strict=True)
        return (slice(None), *(slice(before, before + n) for n, (before, _) in axes))

    def taps(self, padded: AnyArray) -> Iterator[AnyArray]:
        """Yield for each tap what all windows have there: views (N, *count, C) of an array (N, *padded, C)."""
        for tap in itertools.product(*map(range, self.kernel)):
            axes = zip(tap, self.dilation, self.count, self.stride, strict=True)
            yield padded[(slice(None), *(slice(i * d, i * d + s * (n - 1) + 1, s) for i, d, n, s in axes))]

    def view(self, padded: FloatArray) -> FloatArray:
        """Return all windows of an array (N, *padded, C), as a view (N, *count, *kernel, C) of it."""
        sample, *axes, channel = padded.strides
        steps = [stride * step for stride, step in zip(axes, self.stride, strict=True)]
        taps = [stride * step for stride, step in zip(axes, self.dilation, strict=True)]
        shape = (len(padded), *self.count, *self.kernel, padded.shape[-1])
        return np.lib.stride_tricks.as_strided(padded, shape, (sample, *steps, *taps, channel))

    @functools.cached_property
    def groups(self) -> list[tuple[slice, ...]]:
        """Indices into (N, *count, *kernel, C) of taps that can be added to their places at once.

        Tap i of window n lies at s n + d i, so that taps of windows less than s / gcd(s, d) apart never meet.
        """
        steps = [s // math.gcd(s, d) for s, d in zip(self.stride, self.dilation, strict=True)]
        axes = zip(self.kernel, steps, strict=True)
        taps = itertools.product(*([slice(i, i + step) for i in range(0, k, step)] for k, step in axes))
        return [(slice(None), *(slice(None) for _ in self.size), *group) for group in taps]

    def pad(self, x: FloatArray, fill: float, context: Context) -> FloatArray:
        """Return x (N, *size, C) with its padding (N, *padded, C), all of it `fill`."""
        if self.padded == self.size:
            return x
        padded = context.scratch.empty(len(x), *self.padded, x.shape[-1])
        padded.fill(fill)
        np.copyto(padded[self.inside], x)
        return padded

    def im2col(self, x: FloatArray, context: Context) -> Iterator[tuple[slice, FloatArray]]:
        """Yield (part, rows), block by block: the windows of x (N, *size, C) as a matrix (M, T C), T taps in a row.

        `part` is the slice of the N x count windows that `rows` holds until the next block.
        """
        blocks = _SampleBlocks(self, x, context)
        for samples, part, rows, taps in blocks:
            if blocks.padded is None:
                np.copyto(taps, blocks.windows[samples])
            else:
                count = len(taps)
                np.copyto(blocks.inside[:count], x[samples])
                np.copyto(taps, blocks.windows[:count])
            yield part, rows

    def col2im(self, y: FloatArray, context: Context) -> Iterator[tuple[slice, FloatArray]]:
        """Yield (part, rows), block by block, for the consumer to fill; then add the rows up where they belong in y.

        Every number of y (N, *size, C) becomes the sum of those entries of the rows that `im2col` would copy it to.
        """
        blocks, (first, *others) = _SampleBlocks(self, y, context), self.groups
        sums = [context.scratch.empty(*blocks.taps[group].shape) for group in others]
        for samples, part, rows, taps in blocks:
            yield part, rows
            count = len(taps)
            whole = y[samples] if blocks.padded is None else blocks.padded[:count]
            windows = blocks.windows[samples] if blocks.padded is None else blocks.windows[:count]
            np.copyto(whole, 0.0)
            np.copyto(windows[first], taps[first])
            for group, total in zip(others, sums, strict=True):  # in place NumPy would copy, for fear of an overlap
                np.copyto(windows[group], np.add(windows[group], taps[group], out=total[:count]))
            if blocks.padded is not None:
                np.copyto(y[samples], blocks.inside[:count])


class _SampleBlocks:
    """A batch x (N, *size, C) in blocks of samples, and the scratch memory that each block uses in turn.

    Iterating yields (samples, part, rows, taps): slices of the samples and of all windows, memory for the windows of
    a block as a matrix, and the same memory as `taps` (N, *count, *kernel, C). `padded` holds a block with its padding,
    zeros, or is None if there is none; `inside` is the part of it without padding, `windows` a view of the windows.
    """

    def __init__(self, windows: Windows, x: FloatArray, context: Context):
        self._samples, channels = len(x), x.shape[-1]
        self._places, width = math.prod(windows.count), math.prod(windows.kernel) * channels
        self._step = min(self._samples, max(1, BLOCK // (self._places * width), ROWS // self._places))
        self._rows, self.taps = self._matrix(windows, channels, width, context)
        self.padded: FloatArray | None = None
        if windows.padded == windows.size:
            self.windows = windows.view(x)
        else:
            self.padded = context.scratch.empty(self._step, *windows.padded, channels)
            self.padded.fill(0.0)
            self.inside, self.windows = self.padded[windows.inside], windows.view(self.padded)

    def _matrix(self, windows: Windows, channels: int, width: int, context: Context) -> tuple[FloatArray, FloatArray]:
        """Return memory for a block as a matrix, and as (N, *count, *kernel, C)."""
        empty, together = context.scratch.empty, channels * (windows.kernel[-1] if windows.dilation[-1] == 1 else 1)
        if together >= NARROW:
            rows = empty(self._step * self._places, width)
            return rows, rows.reshape(self._step, *windows.count, *windows.kernel, channels)
        columns = empty(width, self._step * self._places)
        by_tap: Any = columns.reshape(*windows.kernel, channels, self._step, *windows.count)
        axes = len(windows.size) + 1
        return columns.T, by_tap.transpose(*range(axes, 2 * axes), *range(axes))

    def __iter__(self) -> Iterator[tuple[slice, slice, FloatArray, FloatArray]]:
        for start in range(0, self._samples, self._step):
            count = min(self._step, self._samples - start)
            part = slice(start * self._places, (start + count) * self._places)
            yield slice(start, start + count), part, self._rows[: count * self._places], self.taps[:count]


def extents(kernel: Shape, dilation: Shape) -> Shape:
    """Return what a window spans of each axis."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
