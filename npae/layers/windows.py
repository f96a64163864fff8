"""Windows that slide over images and series: where they lie, and how they become the rows of a matrix and back.

A convolution is then one matrix product: the rows are gathered from what is convolved ("im2col"), and added back to
where they came from on the way back ("col2im"). Both go through a batch in blocks of samples that stay in the cache.
"""

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np

BLOCK = 131_072  # numbers in the rows of a block, which stay in a second-level cache
ROWS = 512  # that a block has at least, since products of few rows are slow
NARROW = 8  # numbers side by side in a window, below which NumPy copies faster along the windows than along the taps


@dataclass(frozen=True)
class Windows:
    """The places of a window on samples (*size, C): of any number of axes, channels last.

    Parameters
    ----------
    size, kernel, stride, dilation : tuples of ints, one an axis. padding : tuple of pairs (before, after), one an axis.
    """

    size: tuple
    kernel: tuple
    stride: tuple
    dilation: tuple
    padding: tuple

    @functools.cached_property
    def padded(self):
        """Size with padding."""
        return tuple(n + before + after for n, (before, after) in zip(self.size, self.padding, strict=True))

    @functools.cached_property
    def extent(self):
        """What a window spans of each axis, dilation (kernel - 1) + 1."""
        return extents(self.kernel, self.dilation)

    @functools.cached_property
    def count(self):
        """How many windows there are along each axis, floor((padded - extent) / stride) + 1."""
        axes = zip(self.padded, self.extent, self.stride, strict=True)
        return tuple((n - extent) // stride + 1 for n, extent, stride in axes)

    @functools.cached_property
    def inside(self):
        """Slices of an array (N, *padded, C) to what is not padding."""
        axes = zip(self.size, self.padding, strict=True)
        return (slice(None), *(slice(before, before + n) for n, (before, _) in axes))

    def taps(self, padded):
        """Yield for each tap of the kernel what all windows have there: views (N, *count, C) of (N, *padded, C)."""
        for tap in itertools.product(*map(range, self.kernel)):
            axes = zip(tap, self.dilation, self.count, self.stride, strict=True)
            yield padded[(slice(None), *(slice(i * d, i * d + s * (n - 1) + 1, s) for i, d, n, s in axes))]

    def view(self, padded):
        """Return all windows of an array (N, *padded, C), as a view (N, *count, *kernel, C) of it."""
        sample, *axes, channel = padded.strides
        steps = [stride * step for stride, step in zip(axes, self.stride, strict=True)]
        taps = [stride * step for stride, step in zip(axes, self.dilation, strict=True)]
        shape = (len(padded), *self.count, *self.kernel, padded.shape[-1])
        return np.lib.stride_tricks.as_strided(padded, shape, (sample, *steps, *taps, channel))

    @functools.cached_property
    def groups(self):
        """Indices into (N, *count, *kernel, C) of taps that can be added to their places at once.

        Tap i of window n lies at s n + d i, so that taps of windows less than s / gcd(s, d) apart never meet.
        """
        steps = [s // math.gcd(s, d) for s, d in zip(self.stride, self.dilation, strict=True)]
        axes = zip(self.kernel, steps, strict=True)
        taps = itertools.product(*([slice(i, i + step) for i in range(0, k, step)] for k, step in axes))
        return [(slice(None), *(slice(None) for _ in self.size), *group) for group in taps]

    def gathered(self, x, context):
        """Yield (part, rows), block by block: the windows of x (N, *size, C) as a matrix (M, T C), T taps in a row.

        `part` is the slice of the N x count windows that `rows` holds, until the next block.
        """
        blocks = _Blocks(self, x, context)
        for samples, part, rows, taps in blocks:
            if blocks.padded is None:
                np.copyto(taps, blocks.windows[samples])
            else:
                count = len(taps)
                np.copyto(blocks.inside[:count], x[samples])
                np.copyto(taps, blocks.windows[:count])
            yield part, rows

    def scattered(self, y, context):
        """Yield (part, rows), block by block, for the consumer to fill; then add them up where they belong in y.

        Every number of y (N, *size, C) becomes the sum of the rows' entries that `gathered` would have copied it to: as
        a linear map, this is the transpose.
        """
        blocks, (first, *others) = _Blocks(self, y, context), self.groups
        sums = [context.empty(*blocks.taps[group].shape) for group in others]
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


class _Blocks:
    """A batch x (N, *size, C) in blocks of samples, and the scratch memory that one after another uses.

    Iterating yields (samples, part, rows, taps): slices of the samples and of all windows, memory for the windows of
    a block as a matrix, and the same memory as `taps` (N, *count, *kernel, C). `padded` holds a block with its padding,
    zeros, or is None where there is none; `inside` is the part of it without padding, `windows` a view of the windows.
    """

    def __init__(self, windows, x, context):
        self._samples, channels = len(x), x.shape[-1]
        self._places, width = math.prod(windows.count), math.prod(windows.kernel) * channels
        self._step = min(self._samples, max(1, BLOCK // (self._places * width), ROWS // self._places))
        self._rows, self.taps = self._matrix(windows, channels, width, context)
        if windows.padded == windows.size:
            self.padded, self.windows = None, windows.view(x)
        else:
            self.padded = context.empty(self._step, *windows.padded, channels)
            self.padded.fill(0.0)
            self.inside, self.windows = self.padded[windows.inside], windows.view(self.padded)

    def _matrix(self, windows, channels, width, context):
        """Return memory for a block as a matrix, and as (N, *count, *kernel, C)."""
        together = channels * (windows.kernel[-1] if windows.dilation[-1] == 1 else 1)
        if together >= NARROW:
            rows = context.empty(self._step * self._places, width)
            return rows, rows.reshape(self._step, *windows.count, *windows.kernel, channels)
        columns = context.empty(width, self._step * self._places)
        by_tap = columns.reshape(*windows.kernel, channels, self._step, *windows.count)
        axes = len(windows.size) + 1
        return columns.T, by_tap.transpose(*range(axes, 2 * axes), *range(axes))

    def __iter__(self):
        for start in range(0, self._samples, self._step):
            count = min(self._step, self._samples - start)
            part = slice(start * self._places, (start + count) * self._places)
            yield slice(start, start + count), part, self._rows[: count * self._places], self.taps[:count]


def extents(kernel, dilation):
    """Return what a window spans of each axis."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
