"""Pooling, which makes series and images smaller, and upsampling, which makes them larger."""

import functools
from dataclasses import dataclass

import numpy as np

from .protocol import Layer
from .shape import second_order_of_linear
from .spatial import FORMS, check_fit, check_form, paddings, per_axis, same_padding
from .windows import Windows
from .workspace import Context


@dataclass(frozen=True)
class _Pool(Layer):
    """What pooling layers have in common: one number of each window, channel by channel; nothing is learned."""

    kernel: int | tuple
    stride: int | tuple | None = None
    padding: str | int | tuple = "valid"

    rank = None

    def __post_init__(self):
        kernel, _ = self._steps()
        paddings(self.padding, kernel)

    def _steps(self):
        kernel = per_axis("kernel", self.kernel, self.rank)
        return kernel, kernel if self.stride is None else per_axis("stride", self.stride, self.rank)

    def windows(self, in_shape):
        """Return the Windows for samples of `in_shape`; raise ValueError for one that the layer cannot take."""
        check_form(type(self).__name__, in_shape, self.rank)
        (kernel, stride), size = self._steps(), tuple(in_shape[:-1])
        padding = paddings(self.padding, kernel) or same_padding(size, kernel, stride)
        windows = Windows(size, kernel, stride, (1,) * self.rank, padding)
        check_fit(kernel, stride, windows.padded)
        return windows

    def out_shape(self, in_shape):
        return (*self.windows(in_shape).count, in_shape[-1])

    def mirror(self, in_shape, activation):
        windows = self.windows(in_shape)
        return Upsample(windows.stride, windows.size)


class _MaxPool(_Pool):
    """y = max over the taps of each window; padding never wins. dy goes to the first tap that has the maximum."""

    rearranges = True

    def forward(self, x, params, context):
        windows = self.windows(x.shape[1:])
        taps = list(windows.taps(_padded(windows, x, -np.inf, context)))
        y = context.empty(*taps[0].shape)
        np.copyto(y, taps[0])
        for tap in taps[1:]:
            np.maximum(y, tap, out=y)

        def backward(dy, grads):
            dy, total = context.by_row(dy), context.empty(len(x), *windows.padded, x.shape[-1])
            hit, part = context.empty(*y.shape), context.empty(*y.shape)
            total.fill(0.0)
            for tap, target in zip(taps, windows.taps(total), strict=True):
                np.multiply(dy, np.equal(tap, y, out=hit), out=part)
                target += part
                np.subtract(dy, part, out=dy)  # what the first maximum has got, the others do not get
            return total[windows.inside]

        return y, backward


class _AveragePool(_Pool):
    """y = mean over the taps of each window that are not padding."""

    second_order = second_order_of_linear

    def forward(self, x, params, context):
        windows = self.windows(x.shape[1:])
        weight = _weights(windows, x.dtype)
        taps = windows.taps(_padded(windows, x, 0.0, context))
        y = context.empty(len(x), *windows.count, x.shape[-1])
        y.fill(0.0)
        for tap in taps:
            y += tap
        y *= weight

        def backward(dy, grads):
            dy, total = context.by_row(dy), context.empty(len(x), *windows.padded, x.shape[-1])
            dy *= weight
            total.fill(0.0)
            for target in windows.taps(total):
                target += dy
            return total[windows.inside]

        return y, backward


@dataclass(frozen=True)
class MaxPool1D(_MaxPool):
    """The maximum of each window of series: x (N, T, C), y (N, T', C); parameters as in `MaxPool2D`, with one axis."""

    rank = 1


@dataclass(frozen=True)
class MaxPool2D(_MaxPool):
    """The maximum of each window of images, channel by channel: x (N, H, W, C), y (N, H', W', C).

    Of equal maxima the first, in the order of rows, gets the derivative. The mirror is `Upsample`.

    Parameters
    ----------
    kernel : int or tuple (rows, columns): what a window spans.
    stride : int or tuple from window to window; None (default): kernel, so that windows do not overlap.
    padding : "valid" (default), "same" or numbers, as in `Conv2D`; what is padded has no part in any result.
    """

    rank = 2


@dataclass(frozen=True)
class AveragePool1D(_AveragePool):
    """The mean of each window of series: x (N, T, C), y (N, T', C); parameters as in `MaxPool2D`, with one axis."""

    rank = 1


@dataclass(frozen=True)
class AveragePool2D(_AveragePool):
    """The mean of each window of images, channel by channel; shapes and parameters as in `MaxPool2D`."""

    rank = 2


@dataclass(frozen=True)
class Upsample(Layer):
    """Repeat every number of series (N, T, C) or images (N, H, W, C), so that they become `factor` times as large.

    Parameters
    ----------
    factor : int, or a tuple with one for each axis; y[n, i, j, c] = x[n, i // factor, j // factor, c].
    size : int or tuple, of the output without channels; None (default): factor times the input's. What is too much is
        cut off at the end, what is missing repeats the last number.
    """

    factor: int | tuple
    size: int | tuple | None = None

    rearranges = True
    second_order = second_order_of_linear

    def __post_init__(self):
        rank = next((len(value) for value in (self.factor, self.size) if isinstance(value, tuple)), 1)
        per_axis("factor", self.factor, rank)
        if self.size is not None:
            per_axis("size", self.size, rank)

    def out_shape(self, in_shape):
        return (*(size for _, size in self._axes(in_shape)), in_shape[-1])

    def _axes(self, in_shape):
        """Return (factor, size of the output) for each axis."""
        rank = len(in_shape) - 1
        if rank not in FORMS:
            known = " or ".join(FORMS.values())
            raise ValueError(f"samples must be {known} for Upsample, got shape {in_shape}. Use a Reshape before it.")
        factors = per_axis("factor", self.factor, rank)
        whole = tuple(n * factor for n, factor in zip(in_shape[:-1], factors, strict=True))
        return list(zip(factors, whole if self.size is None else per_axis("size", self.size, rank), strict=True))

    def forward(self, x, params, context):
        ways_back = []
        for axis, (factor, size) in enumerate(self._axes(x.shape[1:]), 1):
            x, backward = _stretched(x, axis, factor, size, context)
            ways_back.append(backward)

        def backward(dy, grads):
            for back in reversed(ways_back):
                dy = back(dy)
            return dy

        return x, backward

    def mirror(self, in_shape, activation):
        axes = self._axes(in_shape)
        factors, missing = zip(*((f, n * f - size) for n, (f, size) in zip(in_shape, axes, strict=False)), strict=True)
        if not all(0 <= pad < factor for factor, pad in zip(factors, missing, strict=True)):
            why = f"pooling by {factors} does not lead from {self.out_shape(in_shape)} back to {in_shape}"
            raise ValueError(f"Upsample has no mirror: {why}. Pass decoder= with the layers that undo it.")
        pool = {1: AveragePool1D, 2: AveragePool2D}[len(factors)]
        return pool(factors, padding=tuple((0, pad) for pad in missing))


def _stretched(x, axis, factor, size, context):
    """Repeat the entries along one axis `factor` times, or as `size` needs it; return y and the way back."""
    n, at = x.shape[axis], (slice(None),) * axis
    y = context.empty(*x.shape[:axis], size, *x.shape[axis + 1 :])
    parts = [(*at, slice(i, n * factor, factor)) for i in range(min(factor, size))]
    ends = [(*at, slice(i, i + 1)) for i in range(n * factor, size)]
    last = (*at, slice(n - 1, n))
    for part in parts:
        np.copyto(y[part], x[(*at, slice(y[part].shape[axis]))])
    for end in ends:
        np.copyto(y[end], x[last])

    def backward(dy):
        dx = context.empty(*x.shape)
        dx.fill(0.0)
        for part in parts:
            dx[(*at, slice(dy[part].shape[axis]))] += dy[part]
        for end in ends:
            dx[last] += dy[end]
        return dx

    return y, backward


def _padded(windows, x, fill, context):
    """Return x with its padding, all of it `fill`."""
    if windows.padded == windows.size:
        return x
    padded = context.empty(len(x), *windows.padded, x.shape[-1])
    padded.fill(fill)
    np.copyto(padded[windows.inside], x)
    return padded


@functools.lru_cache(maxsize=256)
def _weights(windows, dtype):
    """Return 1 / (taps that are not padding) for each window, (*count, 1)."""
    taps = np.ones((1, *windows.size, 1), dtype)
    return 1.0 / sum(windows.taps(_padded(windows, taps, 0.0, Context(dtype))))[0]
